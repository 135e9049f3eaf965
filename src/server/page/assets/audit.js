// The audit trail: what was done, never what was said.

import { address, ask } from "./api.js";
import { confirmed, open } from "./dialogs.js";
import { build, byId } from "./dom.js";
import { announce, notify, tell } from "./status.js";

const WHEN = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const AT_ONCE = 100;

/** What happened, for people. */
const NAMES = {
  conversation_buffer_pruned: "Older messages left the view",
  conversation_buffer_cleared: "View cleared",
  conversation_buffer_restored: "View brought back",
  conversation_buffer_gone_on: "Went on with an older thread",
  conversation_buffer_imported: "Messages imported",
  thread_renamed: "Thread renamed",
  thread_archived: "Thread archived",
  thread_restored: "Thread restored",
  thread_exported: "Thread exported",
  threads_imported: "Threads imported",
  late_reply_dropped: "Late answer dropped",
  audit_logs_cleared: "Trail cleared",
};

export class Audit {
  constructor() {
    this.dialog = byId("audit");
    this.list = this.dialog.querySelector(".results");
    this.more = this.dialog.querySelector(".more");
    this.said = this.dialog.querySelector(".said");
    this.day = this.dialog.querySelector("input[type=date]");
    this.more.addEventListener("click", () => this.load(this.next));
    this.day.addEventListener("change", () => this.load());
    this.dialog.querySelector(".wipe").addEventListener("click", () => this.clear());
  }

  open() {
    if (this.day.value === "") {
      this.day.value = new Date().toISOString().slice(0, 10);
    }
    open("audit");
    this.load();
  }

  async load(cursor = null) {
    try {
      const query = { day: this.day.value, limit: AT_ONCE, cursor };
      const { lines, damaged, next } = await ask("GET", address("/api/audit", query));
      const before = cursor === null ? [] : Array.from(this.list.children);
      this.list.replaceChildren(...before, ...lines.map(row));
      this.next = next;
      this.more.hidden = next === null;
      this.said.textContent = summary(this.list.children.length, damaged);
      announce(this.said.textContent);
    } catch (error) {
      this.list.replaceChildren();
      this.more.hidden = true;
      this.said.textContent = error.message;
    }
  }

  async clear() {
    const isSure = await confirmed("Delete your audit trail? The conversations stay; one line will say that the trail was cleared.", "Delete the trail");
    if (!isSure) {
      return;
    }
    try {
      const done = await ask("DELETE", "/api/audit/clear");
      notify(done.message);
      this.load();
    } catch (error) {
      tell(error);
    }
  }
}

function row(line) {
  const said = [...saidOf(line), `by ${line.actor}`].join(" · ");
  return build(
    "li",
    {},
    build("time", { datetime: line.timestamp }, WHEN.format(new Date(line.timestamp))),
    build("span", { class: "title" }, NAMES[line.event] ?? line.event.replaceAll("_", " ")),
    build("span", { class: "soft" }, said),
  );
}

/** What an event's details come to, in words. */
function saidOf({ event, details }) {
  const mode = { conversation: "💬 Conversation", inner: "💭 Inner dialogue" }[details.mode];
  const said = mode === undefined ? [] : [mode];
  switch (event) {
    case "conversation_buffer_pruned":
      return [...said, `${details.removedCount} left the view, ${details.remaining} are shown; all stay in their thread`];
    case "conversation_buffer_cleared":
      return [...said, "archived, nothing deleted"];
    case "late_reply_dropped":
      return [...said, "what an AI said after it was stopped; what came before is kept"];
    case "conversation_buffer_imported":
      return [...said, `${details.taken} ${details.taken === 1 ? "message" : "messages"}`];
    case "threads_imported":
      return [`${details.taken} of ${details.of} came in`];
    case "audit_logs_cleared":
      return [`${details.deletedFiles} ${details.deletedFiles === 1 ? "file" : "files"} deleted`];
    default:
      return [...said, ...rest(details)];
  }
}

/** What this page knows no words for. */
function rest(details) {
  const others = Object.entries(details).filter(([name]) => name !== "mode");
  return others.map(([name, value]) => `${name} ${shortened(value)}`);
}

/** The beginning of a hash says enough; the thread's own page has all of it. */
function shortened(value) {
  if (typeof value === "object") {
    return JSON.stringify(value);
  }
  return /^[0-9a-f]{64}$/.test(value) ? `${value.slice(0, 8)}…` : value;
}

function summary(count, damaged) {
  const unread = damaged === 0 ? "" : ` ${damaged} damaged.`;
  return count === 0 ? `Nothing on this day.${unread}` : `${count} ${count === 1 ? "line" : "lines"}, the latest first.${unread}`;
}
