// What the widget keeps in the storage of the page that embeds it: its token, where it stands, and
// the texts that are being written or are on their way. Nothing that was said. Each has a name of
// its own there, since what two tabs write at once into one would be lost.

const PREFIX = "mmogit-chat/";

/** What the widgets of one project share: who speaks there. */
const OF_PROJECT = ["token", "user"];
/** What belongs to whoever wrote it, and is nobody else's to see or to send. */
const OF_USER = /^(current$|draft\/|unsent\/)/;
/** Whose it is before anybody was let in. */
const NOBODY = "";

/** The name of a conversation that has not begun. */
export const NEW = "new";

/** Those of this page, whom no event tells of each other. */
const shelves = new Set();

export class Shelf {
  /** `nth` tells the widgets of one project on one page apart: the first is 0. */
  constructor(project, nth = 0) {
    this.project = encodeURIComponent(project ?? "");
    this.place = nth === 0 ? this.project : `${this.project}+${nth + 1}`;
    // What the browser did not take.
    this.memory = new Map();
    [this.own, this.shared] = [() => sessionStorage, () => localStorage].map(opened);
    this.tell = () => {};
  }

  /** Who speaks here, or did when this page was let in last. */
  get user() {
    return this.get("user") ?? NOBODY;
  }

  /** What is kept under a name, or null. */
  get(name, user) {
    const key = this.key(name, user);
    return this.memory.has(key) ? this.memory.get(key) : read(this.shared, key);
  }

  /** False where the browser did not take it: then this tab alone has it. Null is nothing. */
  set(name, value, user) {
    const key = this.key(name, user);
    const isKept = isWritten(this.shared, key, value);
    if (isKept) {
      this.memory.delete(key);
    } else {
      this.memory.set(key, value);
    }
    if (OF_PROJECT.includes(name)) {
      this.tellOthers();
    }
    return isKept;
  }

  key(name, user) {
    if (OF_PROJECT.includes(name)) {
      return `${PREFIX}${this.project}/${name}`;
    }
    const place = OF_USER.test(name) ? `${this.place}/of/${user ?? this.user}` : this.place;
    return `${PREFIX}${place}/${name}`;
  }

  // ── texts ────────────────────────────────────────────────────────────────────────────────────

  /** The text being written in a conversation: this tab's own before another tab's. */
  draft(talk, user) {
    const name = `draft/${talk}`;
    return read(this.own, this.key(name, user)) ?? this.get(name, user) ?? "";
  }

  /** This tab keeps that there is nothing: what another one wrote there is not to come up here. */
  setDraft(talk, text, user) {
    const name = `draft/${talk}`;
    isWritten(this.own, this.key(name, user), text);
    this.set(name, text === "" ? null : text, user);
  }

  /** What is on its way, the first written first: `{ key, talk, text, intent, at, state, why }`. */
  unsent(user) {
    const prefix = this.key("unsent/", user);
    const keys = [...Object.keys(this.shared ?? {}), ...this.memory.keys()];
    const own = [...new Set(keys)].filter((key) => key.startsWith(prefix));
    const items = own.map((key) => this.get(`unsent/${key.slice(prefix.length)}`, user));
    return items.filter((item) => item !== null).sort((one, other) => one.at - other.at);
  }

  keepUnsent(item, user) {
    return this.set(`unsent/${item.key}`, item, user);
  }

  dropUnsent(item, user) {
    this.set(`unsent/${item.key}`, null, user);
  }

  /** What was written while nobody was let in is now of whoever was. */
  adopt() {
    const text = this.draft(NEW, NOBODY);
    const unsent = this.unsent(NOBODY);
    if (this.user === NOBODY || (text.trim() === "" && unsent.length === 0)) {
      return;
    }
    this.setDraft(NEW, both(this.draft(NEW), text));
    this.setDraft(NEW, "", NOBODY);
    unsent.forEach((item) => {
      this.keepUnsent(item);
      this.dropUnsent(item, NOBODY);
    });
    this.set("current", null);
  }

  // ── others ───────────────────────────────────────────────────────────────────────────────────

  /** Tells when another tab of the page's site, or another widget here, changed something. */
  follow(tell) {
    const hear = ({ key }) => (key === null || key.startsWith(PREFIX)) && tell();
    this.tell = tell;
    shelves.add(this);
    addEventListener("storage", hear);
    return () => {
      shelves.delete(this);
      removeEventListener("storage", hear);
    };
  }

  tellOthers() {
    const others = [...shelves].filter((other) => other !== this && other.project === this.project);
    others.forEach((other) => other.tell());
  }
}

/** One text behind the other, once. */
function both(one, other) {
  if (one.includes(other)) {
    return one;
  }
  return other.includes(one.trim()) ? other : `${one.trimEnd()}\n\n${other}`;
}

function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null;
  }
}

function isWritten(storage, key, value) {
  try {
    if (value === null) {
      storage.removeItem(key);
    } else {
      storage.setItem(key, JSON.stringify(value));
    }
    return true;
  } catch {
    return false;
  }
}

function opened(open) {
  try {
    return open();
  } catch {
    return null;
  }
}
