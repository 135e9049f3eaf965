// The list of threads, older and archived ones too, and bringing one in.

import { address, ask, newKey } from "./api.js";
import { open } from "./dialogs.js";
import { build, byId } from "./dom.js";
import { outcomeOf } from "./imported.js";
import { reconcile } from "./reconcile.js";
import { announce, notify, tell } from "./status.js";
import { showThread } from "./thread.js";
import { shortTime } from "./times.js";
import { counted } from "./words.js";

/** The server takes ten minutes for a file at the most. */
const PATIENCE = 630_000;

export class Threads {
  constructor(live, tabs) {
    this.tabs = tabs;
    this.dialog = byId("threads");
    this.list = this.dialog.querySelector(".results");
    this.more = this.dialog.querySelector(".more");
    this.said = this.dialog.querySelector(".said");
    this.filter = this.dialog.querySelector("form");
    this.filter.addEventListener("change", () => this.load());
    this.more.addEventListener("click", () => this.load(this.next));
    this.dialog.querySelector("input[type=file]").addEventListener("change", (event) => this.bring(event.target));
    live.addEventListener("threads", () => this.dialog.open && this.load());
    document.addEventListener("threads-changed", () => this.dialog.open && this.load());
  }

  open() {
    open("threads");
    this.load();
  }

  async load(cursor = null) {
    const look = (this.look = Symbol("look"));
    const { mode, archived } = this.filter.elements;
    const query = { mode: mode.value, archived: archived.checked ? "" : "false", cursor };
    try {
      const found = await ask("GET", address("/api/threads", query));
      if (look !== this.look) {
        return;
      }
      this.show(cursor === null ? found.threads : [...this.threads, ...found.threads], found);
    } catch (error) {
      this.said.textContent = error.message;
    }
  }

  show(threads, { next = null, total = threads.length, troubles = [] }) {
    this.threads = threads;
    this.next = next;
    // Each row's button stays while it is pressed, whatever is saved meanwhile.
    reconcile(this.list, threads.map((thread) => this.row(thread)));
    this.more.hidden = next === null;
    const unread = troubles.length === 0 ? "" : ` ${troubles.length} can’t be read: ${troubles[0].why}`;
    this.said.textContent = total === 0 ? `No threads.${unread}` : `${counted(total, "thread")}.${unread}`;
    announce(this.said.textContent);
  }

  async bring(field) {
    const [file] = field.files;
    field.value = "";
    if (file === undefined) {
      return;
    }
    const lines = file.name.endsWith(".json") ? "application/json" : "application/x-ndjson";
    try {
      const report = await ask("POST", "/api/import", { body: file, type: lines, key: newKey(), patience: PATIENCE });
      const { text, isNothing } = outcomeOf(report);
      notify(`${file.name}: ${text}`, { isError: isNothing });
      this.load();
    } catch (error) {
      tell(error);
    }
  }

  row(thread) {
    const isOpen = thread.root !== null && this.tabs.openThread(thread.mode) === thread.root;
    const openThread = () => showThread(thread.name, { root: thread.root });
    return {
      key: `${thread.name} ${thread.root}`,
      stamp: JSON.stringify([thread, isOpen]),
      draw: () => build("li", {}, build("button", { type: "button", class: "hit", onclick: openThread }, told(thread, isOpen))),
      update: (row) => {
        row.firstElementChild.replaceChildren(...told(thread, isOpen));
        return true;
      },
    };
  }
}

/** What stands in a row. */
function told(thread, isOpen) {
  const marks = [
    thread.mode === "inner" ? "💭 Inner dialogue" : "💬 Conversation",
    counted(thread.messageCount, "message"),
    shortTime(new Date(thread.updatedAt)),
    thread.state === "archived" ? "archived" : null,
    thread.sealed ? "🔒 sealed" : null,
  ];
  const parts = [
    build("span", { class: "title" }, thread.title, isOpen ? build("span", { class: "badge" }, "open in its tab") : null),
    thread.opening === "" ? null : build("span", { class: "snippet" }, thread.opening),
    build("span", { class: "soft" }, marks.filter(Boolean).join(" · ")),
  ];
  return parts.filter((part) => part !== null);
}
