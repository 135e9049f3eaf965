// Who this browser is to the server: a session token in the storage of the page's origin. No cookie:
// those are shared by every port of a host.

import { onOtherTab, shared } from "./store.js";

const NAME = "session";

class Session extends EventTarget {
  constructor() {
    super();
    /** Whether this page is about to be left. */
    this.isLeft = false;
    onOtherTab(NAME, () => this.dispatchEvent(new Event("change")));
  }

  get token() {
    return shared.get(NAME)?.token ?? null;
  }

  /** Whether it is known who sits here, though they may have to come in anew. */
  get isKnown() {
    return shared.get(NAME) !== null;
  }

  /** Whose it is; null where the server knows one person only. */
  get username() {
    return shared.get(NAME)?.username ?? null;
  }

  /** What drafts and unsent messages are filed under, so that people at one browser keep theirs apart. */
  get shelf() {
    return this.username ?? "local";
  }

  begin(session) {
    shared.set(NAME, session);
    this.dispatchEvent(new Event("change"));
  }

  /**
   * The server knows it no longer. What was typed stays with whom it was typed by. `token` guards
   * against ending a newer session than the one that was refused.
   */
  expire(token) {
    if (token === this.token) {
      shared.set(NAME, { token: null, username: this.username });
      this.dispatchEvent(new Event("change"));
    }
  }

  /** Whoever it was has left this browser. */
  leave() {
    this.isLeft = true;
    shared.remove(NAME);
    this.dispatchEvent(new Event("change"));
  }
}

export const session = new Session();
