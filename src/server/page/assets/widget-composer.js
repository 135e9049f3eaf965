// Where a message is written. What stands there outlives a reload, and a text is taken away only
// once it is kept elsewhere.

import { build } from "./dom.js";
import { Brings } from "./widget-brings.js";

/** What may be completed before the caret: `@` and a name's beginning, and no e-mail address. */
const NAME = /(?:^|[^\p{L}\p{N}_\-@.+%"')])@([\p{L}\p{N}_-]{0,60})$/u;
const PAUSE = 150;

export class Composer {
  /** `say(text, intent)` is told what is sent, `names(beginning)` gives what fits, and `preview(text)` what its names
   *  would bring in. */
  constructor({ form, shelf, say, names, preview }) {
    Object.assign(this, { form, shelf, say, names });
    this.field = form.querySelector("textarea");
    this.intent = form.querySelector("select");
    this.list = form.querySelector(".names");
    this.brings = new Brings(form.querySelector(".brings"), preview);
    this.talk = null;
    this.chosen = 0;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("input", () => this.keep());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("blur", () => this.closeNames());
  }

  /** Shows what is being written in another conversation. */
  turnTo(talk) {
    this.talk = talk;
    this.field.value = this.shelf.draft(talk);
    this.closeNames();
    this.brings.look(this.field.value);
  }

  /** The same text, in a conversation that just got its name. */
  rename(talk) {
    this.talk = talk;
  }

  keep() {
    this.shelf.setDraft(this.talk, this.field.value);
    clearTimeout(this.clock);
    this.brings.forget(this.field.value);
    this.clock = setTimeout(() => {
      this.complete();
      this.brings.look(this.field.value);
    }, PAUSE);
  }

  /** Takes a text back, behind what stands there. */
  take(text) {
    const before = this.field.value.trimEnd();
    this.field.value = before === "" ? text : `${before}\n\n${text}`;
    this.keep();
    this.field.focus();
  }

  submit() {
    const text = this.field.value;
    if (text.trim() === "" || this.field.disabled || !this.say(text, this.intent.value || null)) {
      return;
    }
    this.field.value = "";
    this.intent.value = "";
    this.keep();
  }

  key(event) {
    // An input method's Enter picks a word; older browsers tell it by this code alone.
    const isComposing = event.isComposing || event.keyCode === 229;
    if (isComposing || (!this.list.hidden && this.keyOfNames(event))) {
      return;
    }
    const breaksLine = event.shiftKey || event.altKey || isTouch();
    if (event.key === "Enter" && !breaksLine) {
      event.preventDefault();
      this.submit();
    }
  }

  // ── names ────────────────────────────────────────────────────────────────────────────────────

  get beginning() {
    const { selectionStart, selectionEnd, value } = this.field;
    return selectionStart === selectionEnd ? NAME.exec(value.slice(0, selectionStart))?.[1] : undefined;
  }

  async complete() {
    const beginning = this.beginning;
    if (beginning === undefined) {
      this.closeNames();
      return;
    }
    const names = await this.names(beginning).catch(() => []);
    if (beginning === this.beginning) {
      this.showNames(names.slice(0, 6));
    }
  }

  showNames(names) {
    this.chosen = 0;
    this.list.hidden = names.length === 0;
    this.list.replaceChildren(...names.map((known, place) => this.option(known, place)));
    this.mark();
  }

  option({ name, title, kind }, place) {
    const option = build("li", { role: "option", id: `name-${place}` }, build("b", { dir: "auto" }, `@${name}`), build("span", { class: "soft" }, kind === "thread" ? title : kind));
    // The field keeps the focus, and with it the caret.
    option.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.pick(place);
    });
    option.name = name;
    return option;
  }

  mark() {
    const options = [...this.list.children];
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === this.chosen)));
    if (options.length > 0) {
      this.field.setAttribute("aria-activedescendant", options[this.chosen].id);
    } else {
      this.field.removeAttribute("aria-activedescendant");
    }
  }

  /** Whether the key was one of the list's. */
  keyOfNames(event) {
    const count = this.list.children.length;
    switch (event.key) {
      case "ArrowDown":
        this.chosen = (this.chosen + 1) % count;
        break;
      case "ArrowUp":
        this.chosen = (this.chosen + count - 1) % count;
        break;
      case "Enter":
      case "Tab":
        this.pick(this.chosen);
        break;
      case "Escape":
        this.closeNames();
        break;
      default:
        return false;
    }
    this.mark();
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  pick(place) {
    const { name } = this.list.children[place];
    const { selectionStart: caret, value } = this.field;
    const start = caret - this.beginning.length;
    this.field.setRangeText(`${name} `, start, caret, "end");
    this.closeNames();
    if (this.field.value !== value) {
      this.shelf.setDraft(this.talk, this.field.value);
      this.brings.look(this.field.value);
    }
  }

  closeNames() {
    this.showNames([]);
  }
}

/** On a screen keyboard Enter is the only way to a new line. */
function isTouch() {
  return matchMedia("(hover: none) and (pointer: coarse)").matches;
}
