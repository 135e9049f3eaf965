// The conversations that a widget knows, one of which is shown. What one of them waits for goes on,
// whatever is shown.

import { NEW } from "./widget-shelf.js";
import { Talk } from "./widget-talk.js";

const CHANNEL = "mmogit-chat";

/**
 * Events: `change`, of the one that is shown; `begun`, when that is one that the server has now.
 */
export class Talks extends EventTarget {
  /** `hear(data)` is told what other widgets of this site say, here or in another tab. */
  constructor({ server, shelf, hear }) {
    super();
    Object.assign(this, { server, shelf, hear });
    this.known = new Map();
    this.shown = null;
    this.channel = null;
  }

  connect() {
    this.channel = new BroadcastChannel(CHANNEL);
    this.channel.addEventListener("message", ({ data }) => {
      this.known.get(data.talk)?.load();
      this.hear(data);
    });
  }

  disconnect() {
    this.channel?.close();
    this.channel = null;
  }

  tellOthers(data) {
    this.channel?.postMessage(data);
  }

  /** From now on this one is shown; `null` for one that has not begun. */
  turnTo(id) {
    this.shown = this.of(id);
    this.shelf.set("current", id);
    this.shown.load();
    this.flush();
  }

  of(id) {
    const name = id ?? NEW;
    if (!this.known.has(name)) {
      this.known.set(name, this.made(id));
    }
    return this.known.get(name);
  }

  made(id) {
    const talk = new Talk(this.server, this.shelf, id);
    talk.addEventListener("change", () => talk === this.shown && this.tell("change"));
    talk.addEventListener("said", () => this.tellOthers({ talk: talk.name }));
    talk.addEventListener("begun", () => this.begun(talk));
    return talk;
  }

  begun(talk) {
    this.known.delete(NEW);
    this.known.set(talk.id, talk);
    if (talk === this.shown) {
      this.shelf.set("current", talk.id);
      this.tell("begun");
    }
  }

  tell(name) {
    this.dispatchEvent(new Event(name));
  }

  /** All are looked at anew, or none is to be seen any more. */
  change(isOpen) {
    this.known.forEach((talk) => (isOpen ? talk.load() : talk.forget()));
    this.flush();
  }

  /** What is on its way goes on. */
  flush() {
    const waiting = this.shelf.unsent().map((item) => item.talk);
    for (const name of new Set([this.shown.name, ...waiting])) {
      this.of(name === NEW ? null : name).flush();
    }
  }

  wake() {
    this.known.forEach((talk) => talk.wake());
  }

  /** Nothing is left of any. */
  clear() {
    this.known.forEach((talk) => talk.close());
    this.known.clear();
    this.shown = null;
  }
}
