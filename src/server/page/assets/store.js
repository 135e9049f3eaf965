// What the browser keeps for the page. What it does not keep (no room, private windows, blocked storage)
// this tab has all the same, until it is closed or loaded anew.

const PREFIX = "mmogit.";

class Shelf {
  constructor(open) {
    try {
      this.storage = open();
      this.storage.getItem(PREFIX);
    } catch {
      this.storage = null;
    }
    // What the browser did not take. It is newer than what the browser may have under that name.
    this.memory = new Map();
    addEventListener("storage", ({ key, storageArea }) => {
      if (key !== null && storageArea === this.storage) {
        this.memory.delete(key.slice(PREFIX.length));
      }
    });
  }

  get(name) {
    const text = this.memory.get(name) ?? this.kept(name);
    if (text === null) {
      return null;
    }
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }

  /** The text that outlives a reload; null where there is none. */
  kept(name) {
    return this.storage?.getItem(PREFIX + name) ?? null;
  }

  /** False where the browser did not take it: then this tab alone has it. */
  set(name, value) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    if (this.store(PREFIX + name, text)) {
      this.memory.delete(name);
      return true;
    }
    this.memory.set(name, text);
    return false;
  }

  store(key, text) {
    try {
      this.storage?.setItem(key, text);
      return this.storage !== null;
    } catch {
      return false;
    }
  }

  /** What there is under names that begin so. */
  names(prefix) {
    const keys = Object.keys(this.storage ?? {}).filter((key) => key.startsWith(PREFIX));
    const all = new Set([...keys.map((key) => key.slice(PREFIX.length)), ...this.memory.keys()]);
    return [...all].filter((name) => name.startsWith(prefix));
  }

  remove(name) {
    this.memory.delete(name);
    this.storage?.removeItem(PREFIX + name);
  }
}

/** Shared by all tabs, kept until it is removed. */
export const shared = new Shelf(() => localStorage);

/** This tab's own: it outlives a reload, not the tab. */
export const own = new Shelf(() => sessionStorage);

/** Tells when another tab changed something of this name. */
export function onOtherTab(name, tell) {
  addEventListener("storage", (event) => {
    if (event.key === PREFIX + name || event.key === null) {
      tell();
    }
  });
}
