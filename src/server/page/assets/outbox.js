// Messages on their way. Each is kept by the browser, under a key of its own, from before the composer is
// emptied until the server has it, so that no reload, crash or restart loses it; and since it is sent under
// the same key each time, it is never said twice. One that the browser has no room for is sent from this tab.

import { call, events, newKey, Refusal } from "./api.js";
import { session } from "./session.js";
import { shared } from "./store.js";
import { Patience } from "./stream.js";

/** The server knows keys again for 24 hours; what is older might be said twice. An hour is for clocks. */
const SAFE_FOR = 23 * 3_600_000;

/** Of one conversation. Event `change`. */
export class Outbox extends EventTarget {
  constructor(mode) {
    super();
    this.mode = mode;
    this.patience = new Patience(1_000, 15_000);
    this.retryAfter = null;
    this.isSending = false;
    addEventListener("storage", ({ key }) => {
      if (key === null || key.startsWith(`mmogit.${this.prefix}`)) {
        this.dispatchEvent(new Event("change"));
      }
    });
    addEventListener("online", () => this.flush());
  }

  get prefix() {
    return `outbox.${session.shelf}.${this.mode}.`;
  }

  /**
   * `{ key, text, at, state: "sending"|"stored"|"failed", id, why, isTooLarge, isKept }`, the first written
   * first. What is not `isKept` is in this tab alone.
   */
  get items() {
    return shared
      .names(this.prefix)
      .map((name) => ({ ...shared.get(name), isKept: shared.kept(name) !== null }))
      .filter((item) => item.key)
      .sort((one, other) => one.at - other.at);
  }

  /** False if the browser can't keep it: it is sent, and until then a reload loses it. */
  add(text) {
    const key = newKey();
    const isKept = this.keep({ key, text, at: Date.now(), state: "sending", id: null, why: null });
    this.flush();
    return isKept;
  }

  keep(item) {
    const isKept = shared.set(this.prefix + item.key, item);
    this.dispatchEvent(new Event("change"));
    return isKept;
  }

  drop(item) {
    shared.remove(this.prefix + item.key);
    this.dispatchEvent(new Event("change"));
  }

  /** Under a new key, since the older one was refused. */
  again(item) {
    this.drop(item);
    this.add(item.text);
  }

  /** What the server has and shows, as of a picture asked for at that time, needs no keeping. */
  settle(time) {
    for (const item of this.items) {
      if (item.state === "stored" && item.storedAt < time) {
        shared.remove(this.prefix + item.key);
      }
    }
  }

  /** Sends what waits, in order, one tab at a time. */
  async flush() {
    if (this.isSending) {
      return;
    }
    this.isSending = true;
    try {
      await exclusively(`mmogit.${this.prefix}`, () => this.sendAll());
    } finally {
      this.isSending = false;
    }
    if (this.waiting() !== undefined && session.token !== null) {
      await this.patience.wait({ seconds: this.retryAfter });
      this.flush();
    }
  }

  waiting() {
    return this.items.find((item) => item.state === "sending");
  }

  async sendAll() {
    for (let item = this.waiting(); item !== undefined && session.token !== null; item = this.waiting()) {
      if (Date.now() - item.at > SAFE_FOR) {
        this.keep({ ...item, state: "failed", why: "It waited for nearly a day, and the server might have it." });
        continue;
      }
      try {
        const id = await this.send(item);
        this.patience.reset();
        this.retryAfter = null;
        this.keep({ ...item, state: "stored", id, storedAt: Date.now() });
      } catch (error) {
        const state = waits(error) ? "sending" : "failed";
        // What the browser says of a connection that broke is for programs.
        const why = error instanceof Refusal ? error.message : "The connection to the server broke off.";
        this.keep({ ...item, state, why, isTooLarge: error.status === 413 });
        if (state === "sending") {
          this.retryAfter = error.retryAfter;
          return;
        }
      }
    }
  }

  /** The stored message's id. The reply runs on without us; who leads reads it. */
  async send(item) {
    const response = await call("POST", "/api/persona_chat", {
      body: { message: item.text, mode: this.mode },
      key: item.key,
      headers: { Accept: "text/event-stream" },
    });
    for await (const event of events(response)) {
      if (event?.data.type === "started") {
        return event.data.data.message;
      }
    }
    throw new Refusal(0, "The server’s answer broke off.");
  }
}

/** Not lost: signed out, a queue that is full, a server that is away. */
function waits(error) {
  return !(error instanceof Refusal) || error.isPassing || [401, 403, 409, 500].includes(error.status);
}

function exclusively(name, work) {
  return navigator.locks ? navigator.locks.request(name, work) : work();
}
