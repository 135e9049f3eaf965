// The leading tab's ear: the server's events, and the text of each reply that is being given.

import { call, Refusal } from "./api.js";
import { MODES } from "./live.js";
import { session } from "./session.js";
import { Patience, stream } from "./stream.js";

const MOST_ENDED = 20;

export class Listener {
  /** `live` is told what is heard. */
  constructor(live) {
    this.live = live;
    this.heard = Date.now();
    this.run = null;
    this.end = new AbortController();
    this.followed = new Set();
  }

  start() {
    this.end = new AbortController();
    this.followed = new Set();
    this.listen(this.end.signal);
  }

  stop() {
    this.end.abort();
  }

  async listen(signal) {
    const patience = new Patience();
    while (!signal.aborted && session.token !== null) {
      let seconds = null;
      try {
        for await (const event of stream(call, "/api/events", {}, signal)) {
          this.heard = Date.now();
          if (event !== null) {
            patience.reset();
            this.take(event.data, signal);
          }
        }
      } catch (error) {
        seconds = error.retryAfter;
        if (error.status === 401) {
          this.live.say({ note: "connection", connection: "signed-out" });
          return;
        }
      }
      if (!signal.aborted) {
        this.live.say({ note: "connection", connection: "offline" });
        await patience.wait({ signal, seconds });
      }
    }
  }

  take({ type, data }, signal) {
    switch (type) {
      case "hello":
        this.greet(data, signal);
        break;
      case "view":
        this.live.say({ note: "view", mode: data.mode, version: `${this.run} ${data.version}` });
        break;
      case "reply": {
        const known = this.live.mode(data.mode).replies;
        // One that ended stands there until the view has its answer.
        const others = known.filter((reply) => reply.id !== data.id).slice(-MOST_ENDED);
        this.takeReplies(data.mode, [...others, data], signal);
        break;
      }
      case "threads":
        this.live.say({ note: "threads" });
        break;
    }
  }

  greet(data, signal) {
    this.run = data.run;
    this.live.say({ note: "connection", connection: "online" });
    for (const mode of MODES) {
      this.takeReplies(mode, data.replies.filter((reply) => reply.mode === mode), signal);
      this.live.say({ note: "view", mode, version: `${data.run} ${data.views[mode]}` });
    }
    this.live.say({ note: "threads" });
  }

  /**
   * What the server has of replies. Each that runs is followed, from where its text ends here. One that
   * came and went before it was heard of says itself how it ended.
   */
  takeReplies(mode, listed, signal) {
    const replies = listed.map(({ id, message, state, outcome }) => ({ id, message, state, ...outcome }));
    this.live.say({ note: "replies", mode, replies });
    for (const { id, state } of replies) {
      if (state === "running" && !this.followed.has(id)) {
        this.followed.add(id);
        this.follow(mode, id, signal);
      }
    }
  }

  /** To its end. Another try has the same name, and is followed then. */
  async follow(mode, id, signal) {
    await this.readAll(mode, id, signal);
    if (!signal.aborted) {
      this.followed.delete(id);
    }
  }

  async readAll(mode, id, signal) {
    const patience = new Patience();
    while (!signal.aborted && this.live.reply(mode, id) !== undefined) {
      let seconds = null;
      try {
        if (await this.read(mode, id, signal)) {
          return;
        }
      } catch (error) {
        if (!(error instanceof Refusal && error.isPassing)) {
          return;
        }
        seconds = error.retryAfter;
      }
      await patience.wait({ signal, seconds });
    }
  }

  /** Whether the reply came to its end. */
  async read(mode, id, signal) {
    const from = this.live.reply(mode, id).at;
    const headers = from > 0 ? { "Last-Event-ID": String(from) } : {};
    for await (const event of stream(call, `/api/persona_chat/${encodeURIComponent(id)}`, headers, signal)) {
      this.heard = Date.now();
      const reply = this.live.reply(mode, id);
      if (reply === undefined) {
        return true;
      }
      if (event !== null && this.takePiece(mode, reply, event)) {
        return true;
      }
    }
    return false;
  }

  takePiece(mode, reply, event) {
    const { id } = reply;
    const { type, data } = event.data;
    switch (type) {
      case "content": {
        const at = event.id === null ? reply.at : Number(event.id);
        this.live.say({ note: "piece", mode, id, kind: "text", from: reply.text.length, text: data.text, at });
        return false;
      }
      case "reasoning": {
        const from = reply.reasoning.length;
        this.live.say({ note: "piece", mode, id, kind: "reasoning", from, text: data.text, at: reply.at });
        return false;
      }
      case "answer":
        this.live.say({ note: "end", mode, id, answer: data.message ?? "", error: null, code: null });
        return true;
      case "error":
        this.live.say({ note: "end", mode, id, answer: null, error: data.message ?? "", code: data.code });
        return true;
      default:
        return false;
    }
  }
}
