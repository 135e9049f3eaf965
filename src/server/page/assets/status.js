// One polite region for screen readers, and one place where a notice stands for those who see.

import { build, button, byId } from "./dom.js";

const STAYS = 8_000;
let ending = null;
let region = null;

/** Says something to screen readers, without taking anyone's focus. */
export function announce(text) {
  region ??= byId("status");
  // What an open dialog covers is not read out.
  const place = Array.from(document.querySelectorAll("dialog[open]")).at(-1) ?? document.body;
  if (region.parentElement !== place) {
    place.append(region);
  }
  region.textContent = "";
  // The same words twice are said twice only if the text changed between.
  requestAnimationFrame(() => (region.textContent = text));
}

/** Shows a notice for a while, with something to do about it if there is. */
export function notify(text, { act, label, isError = false } = {}) {
  const place = byId("notice");
  stand(place);
  const close = button("✕", () => hide(place), { "aria-label": "Close this notice", class: "quiet" });
  const doing = act && button(label, () => (hide(place), act()), { class: "link" });
  place.replaceChildren(build("span", {}, text), ...[doing, close].filter(Boolean));
  place.classList.toggle("bad", isError);
  place.showPopover();
  announce(text);
  clearTimeout(ending);
  ending = setTimeout(() => leave(place), STAYS);
}

/** On top of whatever is open, and within it: what an open dialog covers can't be pressed. */
function stand(place) {
  if (place.matches(":popover-open")) {
    place.hidePopover();
  }
  const dialog = Array.from(document.querySelectorAll("dialog[open]")).at(-1);
  (dialog ?? document.querySelector("main")).append(place);
  // Never over what is being written.
  const composer = document.querySelector("mmogit-conversation:not([hidden]) .composer");
  const above = dialog || !composer ? null : innerHeight - composer.getBoundingClientRect().top + 16;
  place.style.bottom = above === null ? "" : `${above}px`;
  dialog?.addEventListener("close", () => place.matches(":popover-open") && (stand(place), place.showPopover()), { once: true });
}

/** Takes the notice away. */
export function dismiss() {
  hide(byId("notice"));
}

/** What went wrong, in the server's words. */
export function tell(error) {
  // Who is no longer known is asked to come in.
  if (error.name !== "AbortError" && error.status !== 401) {
    notify(error.message, { isError: true });
  }
}

/** Nobody loses a notice that they are at. */
function leave(place) {
  if (place.matches(":hover, :focus-within")) {
    ending = setTimeout(() => leave(place), STAYS);
  } else {
    hide(place);
  }
}

function hide(place) {
  if (!place.matches(":popover-open")) {
    return;
  }
  const hadFocus = place.contains(document.activeElement);
  place.hidePopover();
  if (hadFocus) {
    document.querySelector("mmogit-conversation:not([hidden]) textarea")?.focus();
  }
}
