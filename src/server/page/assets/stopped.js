// Which answers were stopped from this browser, and which questions before an answer came. The record
// says that they are not whole, not why.

import { shared } from "./store.js";

const NAME = "stopped";
const MOST = 100;

function known() {
  const ids = shared.get(NAME);
  return Array.isArray(ids) ? ids : [];
}

export function stoppedAnswers() {
  return new Set(known());
}

export function rememberStopped(message) {
  shared.set(NAME, [...known(), message].slice(-MOST));
}
