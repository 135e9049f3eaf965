// The text of a reply as it comes, drawn by the server a few times a second, so that nothing jumps when
// it is whole.

import { button, fragment } from "./dom.js";

const PACE = 300;

export class Drawing {
  /** What `ask()` gives as `{ html }`, in `place`, which `keep(change)` changes without moving the reader. */
  constructor(place, ask, keep) {
    this.place = place;
    this.ask = ask;
    this.keep = keep;
    this.text = "";
    this.drawn = 0;
    this.isDrawing = false;
  }

  /** All that came by now. Until it was drawn for the first time it is plain. */
  show(text) {
    this.text = text;
    if (this.drawn === 0) {
      append(this.place.querySelector("p"), text);
    }
    if (text.length > this.drawn && !this.isDrawing) {
      this.isDrawing = true;
      this.follow().finally(() => (this.isDrawing = false));
    }
  }

  async follow() {
    // Whoever shows it puts it into the page after this.
    await Promise.resolve();
    while (this.place.isConnected && this.drawn < this.text.length) {
      const began = performance.now();
      if (!document.hidden) {
        await this.draw();
      }
      // A long text, or a busy server, is drawn less often.
      const pause = Math.max(PACE, 4 * (performance.now() - began));
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  async draw() {
    const { length } = this.text;
    try {
      const { html } = await this.ask();
      const wanted = fragment(html);
      offerCopies(wanted);
      this.keep(() => this.replace(wanted));
      this.drawn = length;
    } catch {
      // It is drawn with what comes next, or when it is whole.
    }
  }

  replace(wanted) {
    if (this.drawn === 0) {
      this.place.classList.remove("typed");
      this.place.replaceChildren();
    }
    changeFromFirstDifference(this.place, [...wanted.childNodes]);
  }
}

/** Blocks that are finished stay, and with them a selection in them. */
function changeFromFirstDifference(place, wanted) {
  let same = 0;
  while (same < wanted.length && place.childNodes[same]?.isEqualNode(wanted[same])) {
    same += 1;
  }
  while (place.childNodes.length > same) {
    place.lastChild.remove();
  }
  place.append(...wanted.slice(same));
}

/** Code scrolls sideways, and so must be reachable by the keyboard. */
export function offerCopies(element) {
  for (const code of element.querySelectorAll("pre")) {
    code.tabIndex = 0;
    code.append(button("Copy", null, { "data-does": "copy-code", class: "copy-code quiet" }));
  }
}

/** Adds what is new, so that a selection in what stands there stays. */
export function append(paragraph, text) {
  const before = paragraph.textContent;
  if (text.startsWith(before)) {
    if (text.length > before.length) {
      paragraph.append(text.slice(before.length));
      paragraph.normalize();
    }
  } else {
    paragraph.textContent = text;
  }
}
