// Messages on the screen.

import { build, button, fragment } from "./dom.js";
import { append, Drawing, offerCopies } from "./drawing.js";
import { localise } from "./times.js";
import { sentences } from "./words.js";

/** A message that the server drew. `stopped` are the answers that were stopped from here. */
export function stored(message, stopped) {
  const isStopped = stopped.has(message.id);
  return {
    key: message.id,
    answers: message.answers,
    stamp: `${isStopped} ${message.html}`,
    draw: () => {
      const article = fragment(message.html);
      localise(article);
      offerCopies(article);
      if (isStopped && article.matches(".interrupted")) {
        article.querySelector("footer .unsure").textContent = "interrupted by you: the text is not whole";
      }
      article.plain = message.text;
      article.signer = message.signer;
      return article;
    },
  };
}

/** A message on its way. */
export function unsent(item, does) {
  return {
    key: item.id ?? item.key,
    stamp: `${item.state} ${item.isKept} ${item.why ?? ""}`,
    draw: () =>
      build(
        "article",
        { class: `message human unsent ${item.state}`, "aria-label": "You, not sent yet" },
        build("header", {}, build("h2", {}, "You")),
        build("div", { class: "text typed", dir: "auto" }, build("p", {}, item.text)),
        build("footer", {}, ...standing(item, does)),
      ),
  };
}

function standing(item, does) {
  if (item.state === "failed") {
    return [
      build("span", { class: "bad" }, `Not sent: ${item.why}`),
      item.isTooLarge ? null : button("Send again", () => does.again(item), { class: "link" }),
      button("Edit", () => does.edit(item), { class: "link" }),
      button("Discard", () => does.discard(item), { class: "link" }),
    ];
  }
  if (item.state === "sending" && item.why !== null) {
    const kept = item.isKept ? "It is kept here and will be sent." : "The browser keeps nothing now: it will be sent if this tab stays open.";
    return [build("span", { class: "unsure" }, `Waiting. ${item.why} ${kept}`)];
  }
  return [build("span", { class: "soft" }, item.state === "stored" ? "Stored" : "Sending…")];
}

/**
 * A reply as it comes, while the server is there. `ask` has what came drawn, `keep` changes the page
 * without moving the reader.
 */
export function coming(reply, isOnline, ask, keep) {
  const text = reply.text;
  return {
    key: `reply ${reply.id}`,
    answers: reply.message,
    stamp: `${isOnline} ${reply.state} ${text.length} ${reply.reasoning.length}`,
    draw: () => {
      const article = build(
        "article",
        { class: "message ai coming", "aria-label": "AI, answering", "aria-busy": "true" },
        build("header", {}, build("h2", {}, "AI")),
        reasoning(),
        build("div", { class: "text typed", dir: "auto" }, build("p", {})),
        build("footer", {}, build("span", { class: "soft" }, "")),
      );
      article.drawing = new Drawing(article.querySelector(".text"), ask, keep);
      fill(article, reply, isOnline);
      return article;
    },
    update: (article) => {
      fill(article, reply, isOnline);
      return true;
    },
  };
}

function reasoning() {
  return build("details", { class: "reasoning", hidden: true }, build("summary", {}, "Reasoning"), build("p", {}));
}

function fill(article, reply, isOnline) {
  article.drawing.show(reply.text);
  const details = article.querySelector(".reasoning");
  details.hidden = reply.reasoning === "";
  append(details.querySelector("p"), reply.reasoning);
  article.classList.toggle("waiting", reply.text === "");
  article.classList.toggle("silent", !isOnline);
  article.querySelector("footer span").textContent = says(reply, isOnline);
}

function says(reply, isOnline) {
  if (!isOnline) {
    return "Interrupted: there is no connection to the server";
  }
  if (reply.state === "waiting") {
    return "Waits for the answer before it";
  }
  if (reply.state === "ended") {
    return "";
  }
  return reply.text === "" ? "Thinking…" : "Answering…";
}

/** A reply that failed. */
export function failed(question, { error: why, code }, retry) {
  const hint = code === "nobody-to-ask" ? "Install Crush, or start the server with another backend: mmogit serve --help names them." : null;
  return {
    key: `retry ${question}`,
    answers: question,
    stamp: why,
    draw: () =>
      build(
        "div",
        { class: "retry failed" },
        build("strong", {}, "AI couldn’t respond. "),
        build("span", {}, "Your message was not lost. "),
        build("span", { class: "why" }, sentences(why, hint)),
        button("Retry", retry),
      ),
  };
}

/** A question without an answer, or with one that broke off. */
export function unanswered({ question, is_interrupted: isInterrupted }, isStopped, retry) {
  const text = isStopped ? "You stopped it before an answer came. " : "Nobody answered yet. ";
  const said = isInterrupted ? "" : build("span", {}, text);
  const offer = isInterrupted || isStopped ? "Retry" : "Ask the AI";
  return {
    key: `retry ${question}`,
    answers: question,
    stamp: `${isInterrupted} ${isStopped}`,
    draw: () => build("div", { class: "retry" }, said, button(offer, retry)),
  };
}
