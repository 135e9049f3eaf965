// The widget's style: sheets that are made by script, which no policy of a page forbids, and which
// a page can't reach.

import { Patience } from "./stream.js";

const NAMES = ["colours.css", "messages.css", "widget.css"];

/** A page may set its own root to any size; the widget's sizes are its own. */
const ROOT_SIZE = 16;
const REM = /(\d*\.?\d+)rem\b/g;

let loading = null;

/** The style sheets, once they are there: the widget is not shown without. */
export function styles() {
  loading ??= Promise.all(NAMES.map(load));
  return loading;
}

async function load(name) {
  const patience = new Patience();
  for (;;) {
    try {
      const response = await fetch(new URL(`./${name}`, import.meta.url), { credentials: "omit" });
      if (response.ok) {
        return sheet(await response.text());
      }
    } catch {
      // It is there when the server is.
    }
    await patience.wait();
  }
}

function sheet(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text.replace(REM, (_, count) => `${count * ROOT_SIZE}px`));
  return made;
}
