// Files given out to the reader.

import { build } from "./dom.js";

/** Long enough for the slowest disk to take it. */
const TAKEN_AFTER = 60_000;

/** As the browser saves what was downloaded. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  build("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), TAKEN_AFTER);
}
