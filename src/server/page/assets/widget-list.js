// The switcher: the conversations that this page began.

import { build, button } from "./dom.js";
import { shortTime } from "./times.js";
import { address } from "./wire.js";
import { isUsual, titleOf } from "./words.js";

const PAGE = 50;

/** In the header, where a long word may go on below. */
export function showTitle(heading, { id, picture }) {
  const unknown = id === null ? "New conversation" : "Conversation";
  const title = picture === null ? unknown : titleOf(picture.conversation);
  if (heading.title !== title) {
    heading.title = title;
    heading.replaceChildren(...title.split(/(?<=_)/).flatMap((part) => [part, build("wbr")]));
    heading.classList.toggle("usual", isUsual(title));
  }
}

export class Switcher {
  /** `choose(id)` is told which one it is to be, `restore(id)` which one is to come back. */
  constructor({ sheet, server, choose, restore }) {
    Object.assign(this, { sheet, server, choose, restore });
    this.list = sheet.querySelector("ul");
    this.said = sheet.querySelector(".said");
    this.archived = sheet.querySelector("input");
    this.more = sheet.querySelector(".more");
    this.archived.addEventListener("change", () => this.load());
    this.more.addEventListener("click", () => this.load(this.next));
  }

  async load(cursor = null) {
    const look = (this.look = Symbol("look"));
    const query = { limit: PAGE, archived: this.archived.checked, cursor };
    this.said.textContent = "Loading…";
    try {
      const page = await this.server.ask("GET", address("/api/v1/conversations", query));
      if (look === this.look) {
        this.draw(page, cursor !== null);
      }
    } catch (error) {
      this.said.textContent = error.message;
    }
  }

  draw({ conversations, next }, isMore) {
    const rows = conversations.map((conversation) => this.row(conversation));
    this.list.replaceChildren(...(isMore ? this.list.children : []), ...rows);
    this.next = next;
    this.more.hidden = next === null;
    const nothing = this.archived.checked ? "Nothing is archived." : "No conversation yet.";
    this.said.textContent = this.list.children.length === 0 ? nothing : "";
  }

  row(conversation) {
    const isArchived = conversation.archived_at !== null;
    const time = conversation.last_activity ?? conversation.created_at;
    const hit = button("", () => this.choose(conversation.id), { class: "hit" });
    hit.append(
      build("span", { class: "title", dir: "auto" }, titleOf(conversation)),
      build("span", { class: "soft", dir: "auto" }, conversation.preview ?? "Nothing said yet"),
      build("span", { class: "soft" }, shortTime(new Date(time))),
    );
    return build("li", {}, hit, isArchived ? button("Restore", () => this.restore(conversation.id), { class: "link" }) : null);
  }
}
