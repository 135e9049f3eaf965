// Who answers here, and how much may be said at once. Asked for with each session.

import { ask } from "./api.js";
import { session } from "./session.js";

class About extends EventTarget {
  constructor() {
    super();
    this.forget();
    session.addEventListener("change", () => this.load());
  }

  forget() {
    /** In words; null where nobody does, undefined where that isn't known. */
    this.answers = undefined;
    this.mostBytes = Infinity;
  }

  async load() {
    this.forget();
    if (session.token !== null) {
      try {
        Object.assign(this, await ask("GET", "/api/page/about"));
      } catch {
        // Then the page says nothing of it, and the server itself refuses what is too long.
      }
    }
    this.dispatchEvent(new Event("change"));
  }
}

export const about = new About();
