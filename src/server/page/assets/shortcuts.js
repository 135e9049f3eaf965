// The keyboard. The help sheet lists what stands here.

import { isAnyOpen } from "./dialogs.js";
import { usesSingleKeys } from "./settings.js";

/** `does` has a function for each name. */
export function listen(does) {
  addEventListener("keydown", (event) => {
    const name = wanted(event);
    if (name !== null && does[name] !== undefined) {
      event.preventDefault();
      does[name]();
    }
  });
}

function wanted(event) {
  if (event.isComposing || event.keyCode === 229) {
    return null;
  }
  const hasCommand = event.ctrlKey || event.metaKey;
  if (hasCommand && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    return isAnyOpen() ? null : "search";
  }
  if (isAnyOpen() || hasCommand) {
    return null;
  }
  if (event.key === "Escape") {
    return "stop";
  }
  if (event.altKey) {
    // By place, since Alt and a letter write other letters on some keyboards.
    return { Digit1: "conversation", Digit2: "inner", KeyT: "threads", KeyA: "audit", KeyS: "settings" }[event.code] ?? null;
  }
  if (event.target.closest("input, textarea, select, [contenteditable]") || !usesSingleKeys()) {
    return null;
  }
  return { "?": "help", "/": "search" }[event.key] ?? null;
}
