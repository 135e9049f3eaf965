// The texts that this browser keeps of a person: what they write, and what is on its way.

import { session } from "./session.js";
import { own, shared } from "./store.js";

function drafts(shelf) {
  return shelf.names(`draft.${session.shelf}.`);
}

/** How many there are, as `{ drafts, unsent }`. */
export function countKept() {
  const unsent = shared.names(`outbox.${session.shelf}.`).filter((name) => shared.get(name)?.state !== "stored");
  const written = new Set([own, shared].flatMap((shelf) => drafts(shelf).filter((name) => shelf.get(name)?.text?.trim())));
  return { drafts: written.size, unsent: unsent.length };
}

/** Nothing of it stays. */
export function forgetKept() {
  for (const shelf of [own, shared]) {
    drafts(shelf).forEach((name) => shelf.remove(name));
  }
  shared.names(`outbox.${session.shelf}.`).forEach((name) => shared.remove(name));
}
