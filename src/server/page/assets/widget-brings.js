// What the names in a text would bring in, told below the field before it is sent.

import { build } from "./dom.js";
import { counted } from "./words.js";

/** There may be a name. What is one, the server knows. */
const MAY_BE = /@[\p{L}\p{N}_-]/u;

export class Brings {
  /** `preview(text)` gives what the server says of it. */
  constructor(list, preview) {
    Object.assign(this, { list, preview });
  }

  /** What was told is of another text, if it has no name any more. */
  forget(text) {
    this.text = text;
    if (!MAY_BE.test(text)) {
      this.show([]);
    }
  }

  async look(text) {
    this.forget(text);
    if (!MAY_BE.test(text)) {
      return;
    }
    const told = await this.preview(text).catch((error) => (error.code === "too_many_tags" ? { problem: error.message } : null));
    if (text === this.text) {
      this.show(told === null ? [] : lines(told));
    }
  }

  show(lines) {
    this.list.hidden = lines.length === 0;
    this.list.replaceChildren(...lines.map(({ text, isClear }) => build("li", { class: isClear ? "" : "unsure", dir: "auto" }, text)));
  }
}

function lines({ tags = [], sources = [], problem }) {
  const unclear = tags.filter((tag) => tag.status !== "resolved").map((tag) => ({ text: unclearOf(tag) }));
  const clear = sources.map((source) => ({ text: `@${source.name} brings ${what(source)}${source.cut ? ", cut" : ""}`, isClear: true }));
  // What is amiss comes first: the list may be longer than what is seen of it.
  return [...(problem ? [{ text: problem }] : []), ...unclear, ...clear];
}

export function unclearOf(tag) {
  return tag.status === "ambiguous" ? `@${tag.name} fits several` : `@${tag.name} was not found`;
}

function what({ type, title, count, message_count: all, bytes }) {
  const size = bytes < 1024 ? counted(bytes, "byte") : `${Math.ceil(bytes / 1024)} KiB`;
  switch (type) {
    case "messages":
      return `${count < all ? `the last ${count} of ${all} messages` : counted(count, "message")} of “${title}” (${size})`;
    case "draft":
      return `the draft “${title}” (${size})`;
    default:
      return `the name of the project “${title}”`;
  }
}
