// Where a message is written. What stands there outlives a reload, and a text is taken away only once it
// is kept elsewhere.

import { session } from "./session.js";
import { notify } from "./status.js";
import { own, shared } from "./store.js";

export class Composer {
  /** `send` is given the text, and says what became of it: `kept`, `held` by this tab alone, or `refused`. */
  constructor(form, mode, send) {
    this.form = form;
    this.field = form.querySelector("textarea");
    this.mode = mode;
    this.send = send;
    this.shelf = session.shelf;
    this.grows = !CSS.supports("field-sizing", "content");
    this.isKept = true;
    if (!this.isHidden) {
      this.restore();
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("input", () => this.keep());
    this.field.addEventListener("keydown", (event) => this.key(event));
    session.addEventListener("change", () => this.changeHands());
  }

  get name() {
    return `draft.${this.shelf}.${this.mode}`;
  }

  /** Whether somebody else may sit here: who logs in with a name is not the only one at the browser. */
  get isHidden() {
    const mayBeAnother = session.token === null && session.username !== null;
    return !session.isKnown || (mayBeAnother && this.isKept);
  }

  /** Nobody sees what another wrote; whoever comes in anew finds theirs. */
  changeHands() {
    const isAnother = this.shelf !== session.shelf;
    this.shelf = session.shelf;
    if (this.isHidden) {
      this.field.value = "";
      this.fit();
    } else if (isAnother || this.field.value === "") {
      this.restore();
    }
  }

  /** Takes a text back, behind what stands there. */
  take(text) {
    const before = this.field.value.trimEnd();
    this.field.value = before === "" ? text : `${before}\n\n${text}`;
    this.keep();
    this.field.focus();
  }

  /** This tab's own text first: another tab may be writing too. */
  restore() {
    this.field.value = own.get(this.name)?.text ?? shared.get(this.name)?.text ?? "";
    this.fit();
  }

  keep() {
    const draft = { text: this.field.value };
    this.isKept = [own, shared].map((shelf) => shelf.set(this.name, draft)).every(Boolean);
    this.fit();
  }

  submit() {
    const text = this.field.value;
    if (text.trim() === "") {
      return;
    }
    const became = this.send(text);
    if (became === "refused") {
      return;
    }
    if (became === "held") {
      notify("The browser keeps nothing now. The message is being sent: do not close or reload this tab before it is.");
    }
    this.field.value = "";
    this.keep();
  }

  key(event) {
    // An input method's Enter picks a word; older browsers tell it by this code alone.
    const isComposing = event.isComposing || event.keyCode === 229;
    const breaksLine = event.shiftKey || event.altKey || isTouch();
    if (event.key === "Enter" && !isComposing && !breaksLine) {
      event.preventDefault();
      this.submit();
    }
  }

  fit() {
    if (this.grows) {
      this.field.rows = Math.min(10, this.field.value.split("\n").length);
    }
  }
}

/** On a screen keyboard Enter is the only way to a new line. */
function isTouch() {
  return matchMedia("(hover: none) and (pointer: coarse)").matches;
}
