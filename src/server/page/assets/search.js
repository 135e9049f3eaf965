// Search over all that was said.

import { address, ask } from "./api.js";
import { open } from "./dialogs.js";
import { build, byId } from "./dom.js";
import { announce } from "./status.js";
import { shortTime } from "./times.js";
import { showThread } from "./thread.js";
import { counted } from "./words.js";

const PAUSE = 180;

export class Search {
  constructor() {
    this.dialog = byId("search");
    this.field = this.dialog.querySelector("input");
    this.list = this.dialog.querySelector(".results");
    this.more = this.dialog.querySelector(".more");
    this.said = this.dialog.querySelector(".said");
    this.field.addEventListener("input", () => this.soon());
    this.more.addEventListener("click", () => this.find(this.next));
    this.dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.find();
    });
  }

  open() {
    open("search");
    this.field.select();
  }

  soon() {
    clearTimeout(this.clock);
    this.clock = setTimeout(() => this.find(), PAUSE);
  }

  async find(cursor = null) {
    clearTimeout(this.clock);
    this.asked?.abort();
    const words = this.field.value.trim();
    if (words === "") {
      this.show([], null, "");
      return;
    }
    this.asked = new AbortController();
    const { signal } = this.asked;
    try {
      const found = await ask("GET", address("/api/search", { q: words, cursor }), { signal });
      const hits = cursor === null ? found.hits : [...this.hits, ...found.hits];
      this.show(hits, found.next ?? null, summary(hits.length, found));
    } catch (error) {
      if (!signal.aborted) {
        this.show([], null, error.message);
      }
    }
  }

  show(hits, next, said) {
    this.hits = hits;
    this.next = next;
    this.list.replaceChildren(...hits.map((hit) => this.row(hit)));
    this.more.hidden = next === null;
    this.said.textContent = said;
    announce(said);
  }

  row(hit) {
    const { thread, message } = hit;
    const when = message?.timestamp ?? thread.updatedAt;
    const words = hit.snippet.filter(({ match }) => match).map(({ text }) => text);
    const openHit = () => showThread(thread.name, { root: thread.root, message: message?.id, words });
    const title = build("span", { class: "title" }, thread.title);
    const aside = build("span", { class: "soft" }, `${speaker(hit)} · ${shortTime(new Date(when))}`);
    const snippet = build("span", { class: "snippet" }, hit.snippet.map(part));
    const choose = { type: "button", class: "hit", onclick: openHit };
    return build("li", {}, build("button", choose, title, aside, snippet));
  }
}

/** As the page calls them. */
function speaker({ thread, message }) {
  if (!message) {
    return "Title";
  }
  const names = { user: thread.own ? "You" : "Somebody else", assistant: "AI" };
  return names[message.role] ?? message.role[0].toUpperCase() + message.role.slice(1);
}

function part({ text, match }) {
  return match ? build("mark", {}, text) : text;
}

/** What was found, and what could not be looked at: something may stand there. */
function summary(count, { next, beginnings, takenAsWords, notOpened, troubles }) {
  const said = [places(count, next)];
  if (beginnings) {
    said.push("Nothing has these words: shown is what has words that begin so.");
  }
  if (takenAsWords.length > 0) {
    said.push(`Looked for as it stands: ${takenAsWords.join(", ")}.`);
  }
  if (notOpened > 0) {
    said.push(`${counted(notOpened, "sealed thread")} could not be opened, and ${notOpened === 1 ? "was" : "were"} not searched.`);
  }
  if (troubles.length > 0) {
    said.push(`${troubles.length} can’t be read: ${troubles[0].why}`);
  }
  return said.join(" ");
}

function places(count, next) {
  if (count === 0) {
    return "Nothing found.";
  }
  const found = counted(count, "place");
  return next ? `The first ${found}.` : `${found}.`;
}
