// What happens on the server, while it happens: one connection for all tabs of a browser.
//
// Browsers allow six connections to a host, so one tab leads: it holds a lock, listens to the server and
// passes on what it hears. The lock goes to the next tab when that one closes. Every tab, the leader too,
// changes its own picture by the same notes, so that they agree.

import { session } from "./session.js";
import { Listener } from "./listener.js";
import { SILENCE } from "./stream.js";

export const MODES = ["conversation", "inner"];

const NAME = "mmogit.live";
const PULSE = 10_000;

function blank() {
  const modes = MODES.map((mode) => [mode, { version: null, replies: [] }]);
  return { connection: "connecting", modes: Object.fromEntries(modes) };
}

/** Events: `change` with `detail.mode` (a view, a reply), `connection`, `threads`. */
export class Live extends EventTarget {
  constructor() {
    super();
    this.picture = blank();
    this.isLeading = false;
    this.heard = Date.now();
    this.listener = new Listener(this);
    // Without locks (plain http from afar) each tab listens for itself.
    const isShared = typeof BroadcastChannel !== "undefined" && navigator.locks;
    this.channel = isShared ? new BroadcastChannel(NAME) : null;
    this.channel?.addEventListener("message", ({ data }) => this.receive(data));
  }

  start() {
    this.channel?.postMessage({ note: "hello" });
    this.lead();
    setInterval(() => this.beat(), PULSE);
    document.addEventListener("visibilitychange", () => this.wake());
    addEventListener("online", () => this.wake());
    addEventListener("pageshow", () => this.wake());
    session.addEventListener("change", () => this.forget());
  }

  mode(name) {
    return this.picture.modes[name];
  }

  reply(mode, id) {
    return this.mode(mode).replies.find((reply) => reply.id === id);
  }

  get connection() {
    return this.picture.connection;
  }

  // ── which tab leads ────────────────────────────────────────────────────────────────────────────

  lead(options = {}) {
    if (this.channel === null) {
      this.isLeading = true;
      this.listener.start();
      return;
    }
    navigator.locks.request(NAME, options, () => this.hold()).catch(() => this.stepDown());
  }

  hold() {
    this.isLeading = true;
    this.listener.start();
    return new Promise(() => {});
  }

  /** Another tab took over, because this one was asleep. */
  stepDown() {
    this.isLeading = false;
    this.listener.stop();
    this.lead();
  }

  beat() {
    if (this.isLeading) {
      this.say({ note: "pulse" });
    } else if (Date.now() - this.heard > 3 * PULSE && document.visibilityState === "visible") {
      this.heard = Date.now();
      this.lead({ steal: true });
    }
  }

  /** After sleep a connection may be dead without knowing it. */
  wake() {
    if (document.visibilityState !== "visible") {
      return;
    }
    if (!this.isLeading) {
      this.channel.postMessage({ note: "hello" });
    } else if (this.connection !== "online" || Date.now() - this.listener.heard > SILENCE / 2) {
      this.restart();
    }
  }

  /** Who comes in now may be another. */
  forget() {
    this.picture = blank();
    MODES.forEach((mode) => this.tell("change", { mode }));
    this.restart();
    if (!this.isLeading) {
      this.channel?.postMessage({ note: "hello" });
    }
  }

  restart() {
    if (this.isLeading) {
      this.listener.stop();
      this.listener.start();
    }
  }

  // ── what passes between tabs ───────────────────────────────────────────────────────────────────

  say(note) {
    this.apply(note);
    this.channel?.postMessage(note);
  }

  receive(note) {
    if (note.note === "hello") {
      if (this.isLeading) {
        this.channel.postMessage({ note: "picture", picture: this.picture });
      }
      return;
    }
    this.heard = Date.now();
    if (!this.isLeading) {
      this.apply(note);
    }
  }

  apply(note) {
    switch (note.note) {
      case "picture":
        this.picture = note.picture;
        this.tell("connection");
        MODES.forEach((mode) => this.tell("change", { mode }));
        break;
      case "connection":
        this.picture.connection = note.connection;
        this.tell("connection");
        break;
      case "view":
        this.mode(note.mode).version = note.version;
        this.tell("change", { mode: note.mode });
        break;
      case "replies":
        this.mode(note.mode).replies = merged(this.mode(note.mode).replies, note.replies);
        this.tell("change", { mode: note.mode });
        break;
      case "piece":
        this.addPiece(note);
        break;
      case "end":
        this.changeReply(note, { state: "ended", answer: note.answer, error: note.error, code: note.code });
        break;
      case "threads":
        this.tell("threads");
        break;
    }
  }

  addPiece({ mode, id, kind, from, text, at }) {
    const reply = this.reply(mode, id);
    if (reply !== undefined && reply[kind].length === from) {
      this.changeReply({ mode, id }, { [kind]: reply[kind] + text, at });
    } else {
      this.channel?.postMessage({ note: "hello" });
    }
  }

  changeReply({ mode, id }, changes) {
    const reply = this.reply(mode, id);
    if (reply !== undefined) {
      Object.assign(reply, changes);
      this.tell("change", { mode });
    }
  }

  tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** The server's list is what there is; what already came of a reply is kept, but not of an older try. */
function merged(known, listed) {
  const open = { answer: null, error: null, code: null };
  const nothing = { text: "", reasoning: "", at: 0, ...open };
  return listed.map((reply) => {
    const before = known.find((one) => one.id === reply.id);
    const isAgain = before?.state === "ended" && reply.state !== "ended";
    // Another try may have begun and ended between two looks: only its end counts.
    const isTold = "answer" in reply || "error" in reply;
    return isAgain ? { ...nothing, ...reply } : { ...nothing, ...before, ...(isTold ? open : {}), ...reply };
  });
}
