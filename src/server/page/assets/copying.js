// Into the clipboard, on plain http too, where browsers withhold the clipboard's own interface.

import { build } from "./dom.js";

/** Whether the text is there. `asked` is the button that was pressed. */
export async function isCopied(text, asked) {
  return (await written(text)) || copiedByHand(text, asked);
}

/** Says it on the button, for a while. */
export function mark(asked) {
  const before = asked.textContent;
  if (!asked.classList.contains("done")) {
    asked.classList.add("done");
    asked.textContent = "Copied";
    setTimeout(() => {
      asked.textContent = before;
      asked.classList.remove("done");
    }, 1_500);
  }
}

async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function copiedByHand(text, asked) {
  const field = build("textarea", { class: "unseen", readonly: true, tabindex: "-1" });
  field.value = text;
  // Within an open dialog all else is inert and can't be selected.
  (asked.closest("dialog") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  asked.focus();
  return done;
}
