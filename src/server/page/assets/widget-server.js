// The server, as a page of another site reaches it: by a token that its user gave this page.

import { stream } from "./stream.js";
import { read, request } from "./wire.js";

/** Events: `token`, when it came or went. */
export class Server extends EventTarget {
  constructor(shelf) {
    super();
    this.origin = new URL(import.meta.url).origin;
    this.shelf = shelf;
  }

  get token() {
    return this.shelf.get("token");
  }

  set token(token) {
    this.shelf.set("token", token);
    this.dispatchEvent(new Event("token"));
  }

  get isOpen() {
    return this.token !== null;
  }

  async call(method, path, options = {}) {
    const { token } = this;
    try {
      return await request(this.origin + path, { ...options, method, token });
    } catch (error) {
      // Another tab may have come in anew meanwhile.
      if (error.status === 401 && token !== null && token === this.token) {
        this.token = null;
      }
      throw error;
    }
  }

  async ask(method, path, options) {
    return read(await this.call(method, path, options));
  }

  /** The events of a reply, from so many bytes of its text on. */
  events(path, known, signal) {
    const headers = known > 0 ? { "Last-Event-ID": String(known) } : {};
    return stream((...asked) => this.call(...asked), path, headers, signal);
  }

  /** Trades what the user's window handed over. */
  async trade(permit) {
    const response = await request(`${this.origin}/api/embed/token`, { method: "POST", token: null, body: { permit } });
    const { token, user_id: user } = await read(response);
    // Nobody asks with the token of one and keeps it as another's.
    this.token = null;
    this.shelf.set("user", user);
    this.token = token;
  }

  async leave() {
    await this.call("DELETE", "/api/embed/token");
    this.shelf.set("user", null);
    this.token = null;
  }
}
