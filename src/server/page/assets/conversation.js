// One conversation: its messages, what is on its way, the reply that comes, and the composer. Errors and
// waiting belong to it, whatever is open.

import { about } from "./about.js";
import { address, ask, call, newKey, Refusal } from "./api.js";
import { Composer } from "./composer.js";
import { build, fromTemplate } from "./dom.js";
import { coming, failed, stored, unanswered, unsent } from "./messages.js";
import { inOrder, reconcile } from "./reconcile.js";
import { Outbox } from "./outbox.js";
import { Scroll } from "./scroll.js";
import { session } from "./session.js";
import { announce, dismiss, notify, tell } from "./status.js";
import { rememberStopped, stoppedAnswers } from "./stopped.js";
import { Patience } from "./stream.js";

/** Every other part is code. */
const NOBODY_ANSWERS = [
  "Nobody answers here: what you write is kept. For answers, install Crush and start the server again, or start it with another AI; ",
  "mmogit serve --help",
  " says how.",
];

const NOTHING = { version: null, messages: [], earlier: null, undo: false, retry: null };

export class Conversation extends HTMLElement {
  /** Once, when the page begins. */
  begin(live) {
    this.mode = this.getAttribute("mode");
    this.live = live;
    this.view = NOTHING;
    this.isLoaded = false;
    this.drawnReplies = new Set();
    this.older = [];
    this.olderFrom = null;
    this.toldOf = new Map();
    this.isFollowing = false;
    this.append(fromTemplate("conversation"));
    this.scroll = new Scroll(this.find(".scroll"), this.find(".jump"));
    this.outbox = new Outbox(this.mode);
    this.composer = new Composer(this.find(".composer"), this.mode, (text) => this.say(text));
    this.find("textarea").setAttribute("aria-label", `Message, ${this.label}`);
    this.find(".scroll").setAttribute("aria-label", `Messages, ${this.label}`);
    this.listen();
    this.draw();
    this.outbox.flush();
  }

  get label() {
    return this.mode === "inner" ? "inner dialogue" : "conversation";
  }

  find(selector) {
    return this.querySelector(selector);
  }

  listen() {
    this.find(".stop").addEventListener("click", () => this.stop());
    this.find(".clear").addEventListener("click", () => this.clear());
    this.find(".undo").addEventListener("click", () => this.undo());
    this.find(".earlier").addEventListener("click", () => this.showEarlier());
    this.outbox.addEventListener("change", () => this.draw());
    session.addEventListener("change", () => this.changeHands());
    about.addEventListener("change", () => this.sayWhoAnswers());
    this.live.addEventListener("connection", () => this.draw());
    this.live.addEventListener("change", ({ detail }) => {
      if (detail.mode === this.mode) {
        this.follow();
      }
    });
  }

  /** Somebody else logged in, or the same person anew, or nobody is in: nothing stays on the screen. */
  changeHands() {
    this.view = NOTHING;
    this.older = [];
    this.olderFrom = null;
    this.isLoaded = false;
    this.draw();
    if (session.token !== null) {
      this.load();
      this.outbox.flush();
    }
  }

  sayWhoAnswers() {
    const place = this.find(".answers");
    if (about.answers === undefined) {
      place.textContent = "";
    } else if (about.answers === null) {
      place.replaceChildren(...NOBODY_ANSWERS.map((part, odd) => (odd % 2 === 1 ? build("code", {}, part) : part)));
    } else {
      place.textContent = `🤖 Who answers: ${about.answers}`;
    }
  }

  /** The root of the thread that is shown; null where there is none. */
  get openThread() {
    return this.view.messages.at(-1)?.thread ?? null;
  }

  // ── what is there ──────────────────────────────────────────────────────────────────────────────

  follow() {
    const { version } = this.live.mode(this.mode);
    const hasEnded = Array.from(this.endedReplies()).some((id) => !this.drawnReplies.has(id));
    if (version !== null && (version !== this.loadedVersion || hasEnded)) {
      this.load();
    }
    this.tellOfReplies();
    this.draw();
  }

  /** Fetches the view; asked for again meanwhile, once more after that. */
  async load() {
    if (this.loading) {
      this.isStale = true;
      return;
    }
    this.loading = true;
    const patience = new Patience();
    do {
      this.isStale = false;
      const { token } = session;
      const wanted = this.live.mode(this.mode).version;
      const asked = { at: Date.now(), ended: this.endedReplies() };
      try {
        const view = await ask("GET", address("/api/page/messages", { mode: this.mode }));
        if (token !== session.token) {
          continue;
        }
        this.take(view, asked);
        this.loadedVersion = wanted;
      } catch (error) {
        if (token !== session.token) {
          continue;
        }
        if (!(error instanceof Refusal && error.isPassing)) {
          tell(error);
          break;
        }
        await patience.wait({ seconds: error.retryAfter });
        this.isStale = session.token !== null;
      }
    } while (this.isStale);
    this.loading = false;
  }

  endedReplies() {
    const ended = this.live.mode(this.mode).replies.filter((reply) => reply.state === "ended");
    return new Set(ended.map((reply) => reply.id));
  }

  /** What had ended before the view was asked for stands in it. */
  take(view, asked) {
    this.drawnReplies = asked.ended;
    if (view.messages.length === 0) {
      this.older = [];
    }
    if (this.older.length === 0) {
      this.olderFrom = view.earlier;
    }
    this.view = view;
    this.isLoaded = true;
    this.outbox.settle(asked.at);
    this.draw();
  }

  async showEarlier() {
    const before = this.olderFrom;
    const { token } = session;
    try {
      const page = await ask("GET", address("/api/page/messages", { mode: this.mode, before }));
      if (token !== session.token) {
        return;
      }
      this.older = [...page.messages, ...this.older];
      this.olderFrom = page.earlier;
      this.draw();
      announce(`${page.messages.length} earlier messages`);
    } catch (error) {
      tell(error);
    }
  }

  // ── drawing ────────────────────────────────────────────────────────────────────────────────────

  draw() {
    const items = this.shown();
    const last = items.at(-1);
    const isNews = last !== undefined && `${last.key} ${last.stamp}` !== this.lastDrawn;
    this.lastDrawn = last && `${last.key} ${last.stamp}`;
    this.scroll.keep(() => reconcile(this.find(".messages"), inOrder(items)), isNews);
    const isEmpty = items.length === 0;
    this.find(".empty").hidden = !(isEmpty && this.isLoaded);
    this.find(".loading").hidden = this.isLoaded || !isEmpty;
    this.find(".undo").hidden = !this.view.undo;
    this.find(".clear").hidden = isEmpty || this.view.messages.length === 0;
    this.find(".earlier").hidden = this.olderFrom === null || isEmpty;
    this.find(".stop").hidden = this.running() === undefined;
  }

  shown() {
    const window = new Set(this.view.messages.map((message) => message.id));
    const before = this.older.filter((message) => !window.has(message.id));
    const waiting = this.outbox.items.filter((item) => !window.has(item.id));
    const does = {
      again: (item) => this.outbox.again(item),
      edit: (item) => this.takeBack(item),
      discard: (item) => this.outbox.drop(item),
    };
    const stopped = stoppedAnswers();
    return [
      ...[...before, ...this.view.messages].map((message) => stored(message, stopped)),
      ...waiting.map((item) => unsent(item, does)),
      ...this.replies().map((reply) => this.drawReply(reply)),
      ...this.unanswered(),
    ];
  }

  /** Those that the view does not have yet. */
  replies() {
    return this.live.mode(this.mode).replies.filter((reply) => this.isDrawn(reply));
  }

  /** Whether a reply is drawn from what came of it, since the view does not have it. */
  isDrawn(reply) {
    if (reply.state !== "ended") {
      return true;
    }
    if (reply.code === "stopped") {
      return false;
    }
    if (reply.error !== null) {
      return this.isLoaded && this.hasOpenQuestion(reply);
    }
    // Of one that ended before the page began nothing came here.
    return reply.text !== "" && !this.isInView(reply.answer) && !this.drawnReplies.has(reply.id);
  }

  /** An error stands until its question is asked again, or another one, or is cleared away. */
  hasOpenQuestion(reply) {
    const isNewest = this.view.messages.at(-1)?.id === reply.message;
    return isNewest || !(this.isInView(reply.message) || this.drawnReplies.has(reply.id));
  }

  isInView(id) {
    return this.view.messages.some((message) => message.id === id);
  }

  drawReply(reply) {
    if (reply.error !== null) {
      return failed(reply.message, reply, () => this.retry(reply.message));
    }
    const drawn = () => ask("GET", `/api/page/replies/${encodeURIComponent(reply.id)}`);
    return coming(reply, this.isOnline, drawn, (change) => this.scroll.keep(change));
  }

  /** The last question, if nobody is answering it and nobody did to the end. */
  unanswered() {
    const { retry } = this.view;
    const isQuiet = this.isOnline && this.replies().length === 0;
    if (retry === null || !isQuiet) {
      return [];
    }
    const ended = this.live.mode(this.mode).replies.find((reply) => reply.message === retry.question);
    if (ended?.answer && !this.isInView(ended.answer)) {
      // The view that has it is on its way.
      return [];
    }
    const isStopped = ended?.code === "stopped" || stoppedAnswers().has(retry.question);
    return [unanswered(retry, isStopped, () => this.retry(retry.question))];
  }

  get isOnline() {
    return this.live.connection === "online";
  }

  running() {
    const { replies } = this.live.mode(this.mode);
    return this.isOnline ? replies.find((reply) => reply.state === "running") : undefined;
  }

  /** That an answer begins, and how it ends, though both came between two looks. Of what had ended before this page, nothing. */
  tellOfReplies() {
    const { version, replies } = this.live.mode(this.mode);
    for (const reply of replies) {
      const isBusy = reply.state !== "ended";
      // That it ended is heard before how.
      const isKnown = reply.answer !== null || reply.error !== null;
      const now = isBusy ? "busy" : `${reply.answer} ${reply.error}`;
      if (this.toldOf.get(reply.id) === now || !(isBusy || isKnown)) {
        continue;
      }
      this.toldOf.set(reply.id, now);
      if (isBusy) {
        announce("The AI is answering");
      } else if (this.isFollowing) {
        announce(outcome(reply));
      }
    }
    this.isFollowing = version !== null;
  }

  // ── what a person does ─────────────────────────────────────────────────────────────────────────

  say(text) {
    // What it offers to undo is over with a new message.
    dismiss();
    const size = sizeOf(text, this.mode);
    if (size > about.mostBytes) {
      const most = Math.floor(about.mostBytes / 1024);
      const text = `This message has ${Math.ceil(size / 1024)} KiB, and ${most} KiB can be sent at once. Shorten it, or send it in parts.`;
      notify(text, { isError: true });
      return "refused";
    }
    const isKept = this.outbox.add(text);
    this.scroll.toEnd();
    return isKept ? "kept" : "held";
  }

  /** What was not sent is text again, to be written on. */
  takeBack(item) {
    this.composer.take(item.text);
    this.outbox.drop(item);
  }

  async stop() {
    const reply = this.running();
    if (reply === undefined) {
      return;
    }
    this.find("textarea").focus();
    try {
      const stopped = await ask("DELETE", `/api/persona_chat/${encodeURIComponent(reply.id)}`);
      // Where nothing had come it was the question that was stopped.
      rememberStopped(stopped.message ?? reply.message);
      this.draw();
      announce("Stopped. What came is kept.");
    } catch (error) {
      tell(error);
    }
  }

  async retry(question) {
    try {
      const path = `/api/persona_chat/${encodeURIComponent(question)}/retry`;
      const response = await call("POST", path, { body: {}, key: newKey() });
      // The tab that leads reads the answer.
      await response.body.cancel();
    } catch (error) {
      tell(error);
    }
  }

  async clear() {
    this.find("textarea").focus();
    try {
      await ask("DELETE", address("/api/conversation-buffer", { mode: this.mode }));
      await this.load();
      notify("Cleared. The messages are archived.", { label: "Undo", act: () => this.undo() });
    } catch (error) {
      tell(error);
    }
  }

  async undo() {
    this.find("textarea").focus();
    try {
      await ask("POST", "/api/conversation-buffer/undo-clear", { body: { mode: this.mode } });
      await this.load();
      announce("The messages are back");
    } catch (error) {
      tell(error);
    }
  }

  // ── tabs ───────────────────────────────────────────────────────────────────────────────────────

  show() {
    this.hidden = false;
    this.scroll.comeBack();
  }

  hide() {
    this.scroll.leave();
    this.hidden = true;
  }
}

/** In bytes, as it is sent. */
function sizeOf(text, mode) {
  return new Blob([JSON.stringify({ message: text, mode })]).size;
}

function outcome(reply) {
  if (reply.error === null) {
    return "The answer is complete";
  }
  return reply.code === "stopped" ? "Stopped" : "AI couldn’t respond. Your message was not lost.";
}
