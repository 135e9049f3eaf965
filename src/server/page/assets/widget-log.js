// The messages of a conversation in the widget. What the server drew is put in as it is.

import { plain } from "./content.js";
import { build, button, fragment } from "./dom.js";
import { offerCopies } from "./drawing.js";
import { coming, failed, unanswered, unsent } from "./messages.js";
import { inOrder, reconcile } from "./reconcile.js";
import { Scroll } from "./scroll.js";
import { localise } from "./times.js";
import { unclearOf } from "./widget-brings.js";
import { counted } from "./words.js";

const NAMES = { user: "You", ai: "AI", system: "System" };
const LOOKS = { user: "human", ai: "ai", system: "other" };

export class Log {
  /** `does` is what its buttons do; `card` draws the draft of a message. */
  constructor({ area, jump, does, card }) {
    this.place = area.querySelector(".messages");
    this.earlier = area.querySelector(".earlier");
    this.beyond = area.querySelector(".beyond");
    this.scroll = new Scroll(area, jump);
    // Drafts come after their messages.
    this.scroll.follow(this.place);
    this.does = does;
    this.card = card;
    this.last = null;
  }

  draw(talk) {
    const items = inOrder(this.items(talk));
    const last = items.at(-1);
    const stamp = last && `${last.key} ${last.stamp}`;
    const isNews = stamp !== this.last && this.talk === talk;
    const isOther = this.talk !== talk;
    this.talk = talk;
    this.last = stamp;
    const hasEarlier = talk.picture?.has_earlier ?? false;
    this.earlier.hidden = !(hasEarlier && talk.limit < 200);
    this.beyond.hidden = !(hasEarlier && talk.limit >= 200);
    this.scroll.keep(() => reconcile(this.place, items), isNews);
    if (isOther) {
      this.scroll.toEnd();
    }
    return items.length;
  }

  items(talk) {
    const replies = [...talk.replies.values()];
    const shown = new Set(talk.messages.map((message) => message.id));
    return [
      ...talk.messages.map((message) => this.stored(message, talk)),
      ...talk.unsent.map((item) => unsent({ isKept: true, ...item }, this.does)),
      ...replies.filter((reply) => shown.has(reply.message)).map((reply) => this.coming(reply, talk)),
      ...this.unanswered(talk),
    ];
  }

  coming(reply, talk) {
    return coming(reply, talk.isOnline, () => talk.drawn(reply), (change) => this.scroll.keep(change));
  }

  /** The last question, if nobody is answering it and nobody did to its end. */
  unanswered(talk) {
    const open = talk.picture?.unanswered;
    if (open == null || talk.replies.size > 0 || talk.isArchived) {
      return [];
    }
    const retry = () => this.does.retry(open);
    const ended = talk.picture.replies.findLast((reply) => reply.message_id === open.message_id);
    const isStopped = talk.stopped.has(open.message_id) || ended?.error?.code === "stopped";
    if (ended?.error && !isStopped) {
      return [failed(open.message_id, { error: ended.error.message, code: ended.error.code }, retry)];
    }
    if (!talk.isOnline) {
      return [];
    }
    return [unanswered({ question: open.message_id, is_interrupted: open.interrupted }, isStopped, retry)];
  }

  stored(message, talk) {
    return {
      key: message.id,
      answers: message.answers,
      stamp: `${message.verified} ${message.linked_draft_id} ${message.html}`,
      draw: () => this.article(message, talk),
    };
  }

  article(message, talk) {
    const said = fragment(message.html);
    offerCopies(said);
    const article = build(
      "article",
      { class: `message ${LOOKS[message.sender_type]}${message.interrupted ? " interrupted" : ""}` },
      build("header", {}, build("h2", {}, NAMES[message.sender_type]), build("time", { datetime: message.created_at }, message.created_at)),
      said,
      message.linked_draft_id ? this.card(message, talk) : null,
      build("footer", {}, ...this.notes(message), button("Copy", null, { class: "quiet", "data-does": "copy" })),
    );
    article.plain = plain(message.content);
    localise(article);
    return article;
  }

  notes(message) {
    const good = message.verified ? build("span", { class: "good", title: "Its signature was checked" }, "✓ Verified") : build("span", { class: "bad" }, "✗ Not verified");
    const interrupted = message.interrupted ? build("span", { class: "unsure" }, "interrupted: the text is not whole") : null;
    const unclear = message.tags.filter((tag) => tag.status !== "resolved");
    const tags = unclear.map((tag) => build("span", { class: "unsure" }, unclearOf(tag)));
    const read = message.context.length > 0 ? build("span", {}, `Read ${broughtBy(message.context)} by tags`) : null;
    return [good, interrupted, read, ...tags].filter(Boolean);
  }
}

/** How much of what was read: messages, and drafts. */
function broughtBy(context) {
  const messages = context.reduce((count, one) => count + (one.type === "messages" ? one.count : 0), 0);
  const drafts = context.filter((one) => one.type === "draft").length;
  const parts = [messages > 0 && counted(messages, "message"), drafts > 0 && counted(drafts, "draft")].filter(Boolean);
  return parts.length > 0 ? parts.join(" and ") : "a project's name";
}
