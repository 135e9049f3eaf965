// An AI's draft as a card below its message. The page may show and edit it; accepting and
// discarding happen in the server's own window, where no page presses anything.

import { plain } from "./content.js";
import { build, button, fragment } from "./dom.js";
import { offerCopies } from "./drawing.js";
import { newKey } from "./wire.js";

const STATES = {
  generated: "Draft",
  edited: "Draft, edited",
  accepted: "Accepted",
  discarded: "Discarded",
  partially_applied: "Partly applied",
};

/** Nothing was decided yet: it may be written in, accepted, discarded. */
const PENDING = ["generated", "edited"];

const LONGEST_OPENING = 120;

/** What of a text has a line of its own. */
const LINES = "h3, h4, h5, h6, p, li, pre > code, th, td";

const NAME = "The draft’s text";
const TEXT = { class: "draft", dir: "auto", tabindex: "0", role: "group", "aria-label": NAME };

/** The drafts that were met, each with its card. */
export class Drafts {
  /** `does` is what a draft takes. */
  constructor(does) {
    this.does = does;
    this.known = new Map();
  }

  card(id) {
    if (!this.known.has(id)) {
      this.known.set(id, new Draft({ ...this.does, id }));
    }
    return this.known.get(id).card;
  }

  load(id) {
    this.known.get(id)?.load();
  }

  /** Looks at those again that something may have become of. */
  look(messages) {
    const met = messages.map((message) => this.known.get(message.linked_draft_id));
    met.forEach((draft) => draft?.isPending && draft.load());
  }

  clear() {
    this.known.clear();
  }
}

class Draft {
  /** `decide(id, deed)` opens the window, `tell(text)` says something. */
  constructor({ server, shelf, id, decide, tell }) {
    Object.assign(this, { server, shelf, id, decide, tell });
    this.path = `/api/v1/drafts/${encodeURIComponent(id)}`;
    this.card = build("div", { class: "card", role: "group", "aria-label": "Draft" });
    this.card.addEventListener("keydown", (event) => event.key === "Escape" && this.escape(event));
    this.draft = null;
    this.isViewed = false;
    this.editor = null;
    this.isAside = false;
    this.say("Draft…");
    this.load();
  }

  /** Whether nothing was decided yet, as far as is known. */
  get isPending() {
    return this.draft === null || PENDING.includes(this.draft.state);
  }

  /** The text that somebody writes here is kept as any other is. */
  get name() {
    return `draft:${this.id}`;
  }

  async load() {
    const look = (this.look = Symbol("look"));
    try {
      const draft = await this.server.ask("GET", `${this.path}/drawn`);
      if (look === this.look) {
        this.take(draft);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /** What is shown stays where it can't be looked at now. */
  fail(error) {
    if (this.draft !== null && (error.isPassing || error.status === 401)) {
      return;
    }
    const isMissing = error.status === 404 || error.status === 403;
    const again = button("Try again", () => this.load(), { class: "link" });
    this.say(isMissing ? "This draft can’t be opened here." : error.message, again);
  }

  say(text, ...more) {
    this.card.replaceChildren(build("p", { class: "soft" }, text), ...more);
  }

  take(draft) {
    const isSame = draft.updated_at === this.draft?.updated_at && draft.state === this.draft.state;
    this.draft = draft;
    if (this.editor !== null) {
      this.editor.say(this.whyNotEdited);
    } else if (this.unsaved !== "" && !(this.isAside && this.isPending)) {
      this.edit();
    } else if (!isSame) {
      this.draw();
    }
  }

  // ── the card ─────────────────────────────────────────────────────────────────────────────────

  draw() {
    const hadFocus = this.card.matches(":focus-within");
    const said = fragment(this.draft.html);
    const opening = openingOf(said);
    offerCopies(said);
    this.text = build("div", TEXT, said);
    this.viewer = button("View", () => {
      this.view(!this.isViewed);
      this.bringIntoView();
    });
    const row = build("div", { class: "row" }, this.viewer, ...this.choices());
    const aside = build("p", { class: "unsure", hidden: !this.isAside }, "What you wrote is kept. Edit goes on with it.");
    this.card.replaceChildren(this.line(opening), this.text, aside, row);
    this.view(this.isViewed);
    if (hadFocus) {
      this.viewer.focus();
    }
  }

  line(opening) {
    const { state, interrupted } = this.draft;
    const name = build("b", { class: `state ${state}` }, STATES[state] ?? state);
    const cut = interrupted ? build("span", { class: "unsure cut" }, " The AI’s answer broke off.") : null;
    return build("p", {}, name, " ", build("span", { class: "soft", dir: "auto" }, opening), cut);
  }

  choices() {
    if (!this.isPending) {
      return [];
    }
    return [
      button("Edit", () => (this.edit(), this.editor.field.focus(), this.bringIntoView())),
      button("Accept", () => this.decide(this.id, "accept")),
      button("Discard", () => this.decide(this.id, "discard")),
    ];
  }

  view(isViewed) {
    this.isViewed = isViewed;
    this.text.hidden = !isViewed;
    this.viewer.setAttribute("aria-expanded", String(isViewed));
  }

  // ── writing in it ────────────────────────────────────────────────────────────────────────────

  get unsaved() {
    return this.shelf.draft(this.name);
  }

  get whyNotEdited() {
    if (this.isPending) {
      return "";
    }
    const state = STATES[this.draft.state] ?? this.draft.state;
    return `It is ${state.toLowerCase()} now, and not to be changed. What you wrote stands here until you cancel.`;
  }

  edit() {
    this.isAside = false;
    this.editor = new Editor({
      text: this.unsaved === "" ? plain(this.draft.content) : this.unsaved,
      keep: (text) => this.shelf.setDraft(this.name, text),
      save: (text) => this.save(text),
      cancel: () => this.leave(),
    });
    this.editor.say(this.whyNotEdited);
    this.card.replaceChildren(...this.editor.parts);
  }

  bringIntoView() {
    this.card.scrollIntoView({ block: "nearest" });
  }

  /** Closes what is open here, and takes nothing away. */
  escape(event) {
    if (event.isComposing || (this.editor === null && !this.isViewed)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (this.editor === null) {
      this.view(false);
    } else {
      this.setAside();
    }
    this.viewer.focus();
  }

  setAside() {
    this.isAside = this.unsaved !== "";
    this.editor = null;
    this.draw();
  }

  async save(text) {
    if (text.trim() === "") {
      this.editor.say("A draft can’t be empty. To be rid of it, cancel and discard it.");
      return;
    }
    const body = { content: { text } };
    try {
      await this.server.ask("PATCH", this.path, { body, key: newKey() });
    } catch (error) {
      this.editor.say(error.message);
      if (error.status === 409) {
        await this.load();
      }
      return;
    }
    this.shelf.setDraft(this.name, "");
    this.editor = null;
    this.draft = null;
    await this.load();
    this.viewer.focus();
    this.tell("The draft is changed");
  }

  leave() {
    this.shelf.setDraft(this.name, "");
    this.editor = null;
    this.draw();
    this.viewer.focus();
  }
}

/** Where a draft is written in. */
class Editor {
  constructor({ text, keep, save, cancel }) {
    this.field = build("textarea", { rows: "8", dir: "auto", "aria-label": NAME });
    this.field.value = text;
    this.field.addEventListener("input", () => keep(this.field.value));
    this.problem = build("p", { class: "bad", role: "alert" });
    this.saver = button("Save", () => this.save(save), { class: "main" });
    this.row = build("div", { class: "row" }, this.saver, button("Cancel", cancel));
  }

  get parts() {
    return [this.field, this.problem, this.row];
  }

  say(problem) {
    this.problem.textContent = problem;
  }

  async save(save) {
    this.saver.disabled = true;
    await save(this.field.value);
    this.saver.disabled = false;
  }
}

/** Its first line that says something, in plain words. */
function openingOf(said) {
  const lines = Array.from(said.querySelectorAll(LINES), (line) => line.textContent.trim());
  const [first] = (lines.find((line) => line !== "") ?? "").split("\n", 1);
  return first.slice(0, LONGEST_OPENING);
}
