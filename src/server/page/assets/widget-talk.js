// One conversation: what was said, what is on its way, the replies that come. Errors and waiting
// belong to it, whatever is shown.

import { newKey, Refusal } from "./wire.js";
import { Patience } from "./stream.js";
import { line } from "./widget-lines.js";
import { NEW } from "./widget-shelf.js";

/**
 * The server knows keys again for 24 hours; what is older might be said twice. An hour is for
 * clocks.
 */
const SAFE_FOR = 23 * 3_600_000;

/** Events: `change`; `begun`, once the server has it; `said`, when something new is stored. */
export class Talk extends EventTarget {
  constructor(server, shelf, id = null) {
    super();
    this.server = server;
    this.shelf = shelf;
    this.id = id;
    this.picture = null;
    this.replies = new Map();
    this.limit = 50;
    this.error = null;
    this.isOnline = true;
    this.isSending = false;
    this.stopped = new Set();
    this.ended = new Set();
    this.end = new AbortController();
    this.naps = new AbortController();
  }

  get name() {
    return this.id ?? NEW;
  }

  get path() {
    return `/api/v1/conversations/${this.id}`;
  }

  get isArchived() {
    return this.picture?.conversation.archived_at != null;
  }

  get messages() {
    return this.picture?.messages ?? [];
  }

  /** The reply that comes now. */
  get running() {
    return [...this.replies.values()].find((reply) => reply.state === "running");
  }

  tell(name = "change") {
    this.dispatchEvent(new Event(name));
  }

  // ── what the server has ──────────────────────────────────────────────────────────────────────

  /** Looks at it anew; the last look counts. `ended` is a reply that comes no more. */
  async load(ended = null) {
    const look = (this.look = Symbol("look"));
    if (ended !== null) {
      this.ended.add(ended);
      this.replies.get(ended).state = "ended";
    }
    const picture = await this.seen();
    if (look !== this.look || this.end.signal.aborted) {
      return;
    }
    if (picture !== null) {
      this.take(picture);
    }
    if (picture !== null || !this.server.isOpen) {
      // What a reply came to is shown now, and takes its place in one step.
      this.ended.forEach((id) => this.replies.delete(id));
      this.ended.clear();
    }
    this.tell();
  }

  /** Looks whether anything changed, and only then at all of it. */
  async refresh() {
    if (this.picture === null || this.error !== null) {
      await this.load();
      return;
    }
    try {
      const now = await this.server.ask("GET", this.path);
      const before = this.picture?.conversation ?? {};
      if (!this.isOnline || Object.keys(now).some((name) => now[name] !== before[name])) {
        await this.load();
      }
    } catch {
      await this.load();
    }
  }

  /** What the server shows of it, or null. */
  async seen() {
    if (this.id === null || !this.server.isOpen || this.end.signal.aborted) {
      return null;
    }
    try {
      return await this.server.ask("GET", `${this.path}/drawn?limit=${this.limit}`);
    } catch (error) {
      this.note(error);
      return null;
    }
  }

  /** Nothing of it is shown any more. */
  forget() {
    this.picture = null;
    this.error = null;
    this.tell();
  }

  take(picture) {
    this.picture = picture;
    this.error = null;
    this.isOnline = true;
    const shown = new Set(picture.messages.map((message) => message.id));
    this.unsent.filter((item) => shown.has(item.id)).forEach((item) => this.shelf.dropUnsent(item));
    for (const { reply_id: id, message_id: message, state } of picture.replies) {
      if (state === "ended" || this.ended.has(id)) {
        continue;
      }
      if (this.replies.has(id)) {
        this.replies.get(id).state = state;
      } else {
        this.follow(id, message, state);
      }
    }
  }

  note(error) {
    this.isOnline = error.status !== 0;
    this.error = error.status === 0 || error.status === 401 ? null : error;
  }

  async loadEarlier() {
    this.limit = Math.min(this.limit + 50, 200);
    await this.load();
  }

  // ── saying ───────────────────────────────────────────────────────────────────────────────────

  /** What is on its way, the first written first. */
  get unsent() {
    return this.shelf.unsent().filter((item) => item.talk === this.name);
  }

  say(text, intent = null) {
    const last = this.unsent.at(-1)?.at ?? 0;
    const why = this.server.isOpen ? null : "This page was not let in yet.";
    const at = Math.max(Date.now(), last + 1);
    const isKept = this.shelf.keepUnsent({ key: newKey(), talk: this.name, text, intent, at, state: "sending", why });
    this.tell();
    this.flush();
    return isKept;
  }

  /** Only what is there: another tab may have sent it meanwhile. */
  change(item, changes) {
    const kept = this.shelf.unsent().find((one) => one.key === item.key);
    if (kept !== undefined) {
      this.shelf.keepUnsent({ ...kept, ...changes });
    }
    this.tell();
  }

  drop(item) {
    this.shelf.dropUnsent(item);
    this.tell();
  }

  again(item) {
    this.shelf.dropUnsent(item);
    this.shelf.keepUnsent({ ...item, key: newKey(), state: "sending", why: null, at: Date.now() });
    this.tell();
    this.flush();
  }

  /** Sends what waits, in order. */
  async flush() {
    if (this.isSending) {
      return;
    }
    this.isSending = true;
    const patience = new Patience(1_000, 15_000);
    for (let item = this.waiting(); item !== undefined && this.server.isOpen; item = this.waiting()) {
      try {
        await this.send(item);
        patience.reset();
      } catch (error) {
        if (this.picture === null) {
          // It was begun, and its first message refused.
          this.load();
        }
        this.change(item, { state: waits(error) ? "sending" : "failed", why: error.message });
        if (waits(error) && this.server.isOpen) {
          await this.rest(patience, error.retryAfter);
        }
      }
      if (this.end.signal.aborted) {
        break;
      }
    }
    this.isSending = false;
  }

  /** Whether the server has it, and nothing was said in it, nor is to be. */
  async isNothing() {
    await this.load();
    const isEmpty = this.picture?.messages.length === 0 && this.replies.size === 0;
    return isEmpty && this.unsent.length === 0 && this.shelf.draft(this.name).trim() === "";
  }

  waiting() {
    return this.unsent.find((item) => item.state === "sending");
  }

  async send(item) {
    if (Date.now() - item.at > SAFE_FOR) {
      throw new Refusal(400, "It waited for nearly a day, and the server might have it.");
    }
    if (this.id === null) {
      // Under a key that is as old as the message: sent again it is begun once.
      const begun = await this.server.ask("POST", "/api/v1/conversations", { body: {}, key: `${item.key}-begin` });
      this.begin(begun.id);
    }
    const body = { content: { text: item.text }, intent: item.intent, reply: true };
    const said = await this.server.ask("POST", `${this.path}/messages`, { body, key: item.key });
    // Whichever look shows it first takes it from here: it never stands there twice.
    this.change(item, { id: said.id });
    this.follow(said.reply_id, said.id, "waiting");
    await this.load();
    this.drop(item);
    this.tell("said");
  }

  begin(id) {
    this.unsent.forEach((item) => this.shelf.keepUnsent({ ...item, talk: id }));
    this.shelf.setDraft(id, this.shelf.draft(NEW));
    this.shelf.setDraft(NEW, "");
    this.id = id;
    this.tell("begun");
  }

  // ── replies ──────────────────────────────────────────────────────────────────────────────────

  /** Reads a reply to its end, however often the connection breaks. */
  async follow(id, message, state) {
    if (id === null || this.replies.has(id)) {
      return;
    }
    const reply = { id, message, state, text: "", reasoning: "", at: 0 };
    this.replies.set(id, reply);
    this.tell();
    const patience = new Patience();
    while (!this.end.signal.aborted && this.server.isOpen) {
      await this.turn(reply);
      try {
        if (await this.read(reply, patience)) {
          break;
        }
      } catch (error) {
        // Anything but a refusal is a connection that broke off in the middle.
        if (error instanceof Refusal && !error.isPassing) {
          break;
        }
        this.isOnline = error instanceof Refusal && error.status !== 0;
        this.tell();
      }
      await this.rest(patience);
    }
    await this.load(id);
    this.tell("said");
  }

  /** One is answered at a time, and only that one is listened to. */
  async turn(reply) {
    const first = () => [...this.replies.values()].find(({ state }) => state !== "ended");
    while (first() !== undefined && first() !== reply) {
      await new Promise((changed) => this.addEventListener("change", changed, { once: true }));
    }
  }

  async read(reply, patience) {
    const free = await line(this.end.signal);
    try {
      return await this.hear(reply, patience);
    } finally {
      free();
    }
  }

  async hear(reply, patience) {
    const path = `${this.path}/replies/${encodeURIComponent(reply.id)}/events`;
    for await (const event of this.server.events(path, reply.at, this.end.signal)) {
      this.isOnline = true;
      if (event === null) {
        continue;
      }
      patience.reset();
      const { type, data } = event.data;
      if (type === "answer" || type === "error") {
        return true;
      }
      if (type === "content") {
        reply.state = "running";
        reply.text += data.text;
        reply.at = Number(event.id ?? reply.at);
      }
      this.tell();
    }
    return false;
  }

  drawn(reply) {
    return this.server.ask("GET", `${this.path}/replies/${encodeURIComponent(reply.id)}/drawn`);
  }

  async stop() {
    const reply = this.running;
    if (reply !== undefined) {
      this.stopped.add(reply.message);
      await this.server.ask("POST", `${this.path}/replies/${encodeURIComponent(reply.id)}/stop`, { body: {} });
    }
  }

  /** Asks again; the question is not stored twice. */
  async retry({ reply_id: name, message_id: message }) {
    const path = `${this.path}/replies/${encodeURIComponent(name)}/retry`;
    this.stopped.delete(message);
    const { reply_id: id } = await this.server.ask("POST", path, { body: {}, key: newKey() });
    this.follow(id, message, "waiting");
    this.tell("said");
  }

  // ── what it is called, and where it is ───────────────────────────────────────────────────────

  async rename(title) {
    await this.server.ask("PATCH", this.path, { body: { title: title.trim() === "" ? null : title.trim() }, key: newKey() });
    await this.load();
    this.tell("said");
  }

  async setArchived(isArchived) {
    await this.server.ask("POST", `${this.path}/${isArchived ? "archive" : "restore"}`, { body: {}, key: newKey() });
    await this.load();
    this.tell("said");
  }

  // ── waiting ──────────────────────────────────────────────────────────────────────────────────

  rest(patience, seconds = null) {
    return patience.wait({ signal: AbortSignal.any([this.end.signal, this.naps.signal]), seconds });
  }

  /** Whatever waits tries again now. */
  wake() {
    this.naps.abort();
    this.naps = new AbortController();
  }

  /** Nobody looks any more. */
  close() {
    this.end.abort();
  }
}

/** Not lost: a queue that is full, a server that is away, a token that ended. */
function waits(error) {
  const isPassing = !(error instanceof Refusal) || error.isPassing || [401, 500].includes(error.status);
  return isPassing || (error.status === 409 && error.retryAfter !== null);
}
