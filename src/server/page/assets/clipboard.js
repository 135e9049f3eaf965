// Copying, and saying so.

import { isCopied, mark } from "./copying.js";
import { announce, notify } from "./status.js";

/** Puts a text into the clipboard and says so, on the button that asked. */
export async function copy(text, asked) {
  if (!(await isCopied(text, asked))) {
    notify("The browser did not let the page copy. Select the text and copy it.", { isError: true });
    return;
  }
  announce("Copied");
  mark(asked);
}
