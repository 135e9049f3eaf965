// The server's own window, which another site's page opened: here a person lets that page speak for
// them, or decides on a draft that it shows. The page can't press anything here.

import { address, ask, newKey } from "./api.js";
import { copy } from "./clipboard.js";
import { plain } from "./content.js";
import { build, byId } from "./dom.js";
import { session } from "./session.js";
import { SignIn } from "./signin.js";
import { announce } from "./status.js";
import { titleOf } from "./words.js";

/**
 * How long what appeared stands there before it can be pressed: nobody presses what they did not
 * read.
 */
const MOMENT = 1_000;
/** How long the page that opened this window has to say that it did. */
const ANSWER_TIME = 10_000;

const SECTIONS = ["asking", "code", "draft", "told"];

const wanted = new URLSearchParams(location.hash.slice(1));
const origin = wanted.get("origin") ?? "";
// Kept over a reload, as the address is: nothing in it is secret.

/**
 * Whether the page that opened this window stands where it says. What it says of itself counts for
 * nothing: the browser delivers the question to that origin alone, and names the origin of the
 * answer.
 */
async function openerIs() {
  if (window.opener === null) {
    return "nobody";
  }
  return new Promise((resolve) => {
    setTimeout(resolve, ANSWER_TIME, "another");
    addEventListener("message", (event) => {
      if (event.source === window.opener && event.data?.mmogit === "asking") {
        resolve(event.origin === origin ? "asker" : "another");
      }
    });
    try {
      window.opener.postMessage({ mmogit: "open" }, origin);
    } catch {
      resolve("another");
    }
  });
}

async function begin() {
  const opener = openerIs();
  const signIn = new SignIn();
  await cameIn(signIn);
  showWho();
  const is = await opener;
  if (is === "another") {
    tell("This window was not opened by that page", `It was asked to let ${origin || "a page without an address"} speak for you, and something else opened it. Nothing was allowed.`);
    return;
  }
  const work = wanted.has("draft") ? offerDraft(is) : offerPermit(is);
  await work.catch(refused);
}

function cameIn(signIn) {
  if (session.token !== null) {
    return Promise.resolve();
  }
  signIn.open();
  return new Promise((resolve) => {
    session.addEventListener("change", () => session.token !== null && resolve());
  });
}

/** Whoever reads this must be who it is asked of: another one is asked anew. */
function showWho() {
  const { token, username } = session;
  byId("who").hidden = username === null;
  byId("who").textContent = `You are ${username}`;
  session.addEventListener("change", () => {
    if (session.token !== null && session.token !== token) {
      location.reload();
    }
  });
}

// ── letting a page in ──────────────────────────────────────────────────────────────────────────

async function offerPermit(opener) {
  const page = { origin, project: wanted.get("project") || null };
  const known = await ask("GET", address("/api/embed/asking", page));
  byId("origin").textContent = known.origin;
  if (known.project !== null) {
    byId("project").textContent = inProject(known);
  }
  show("asking");
  liveAfterAMoment(byId("allow"), [byId("origin"), byId("project")]);
  byId("not-now").addEventListener("click", () => leave("Nothing was allowed"));
  byId("allow").addEventListener("click", () => allow(page, opener).catch(refused));
}

/** Anybody may call a project what they like: whose it is tells it apart. */
function inProject({ project, project_owner: owner }) {
  const name = `in the project “${project}”`;
  return owner === null ? name : `${name}, which somebody else began, whose key is ${owner}`;
}

async function allow(page, opener) {
  const { permit } = await ask("POST", "/api/embed/permits", { body: page });
  if (opener === "nobody") {
    byId("code-origin").textContent = origin;
    byId("permit").textContent = permit;
    byId("copy").addEventListener("click", (event) => copy(permit, event.target));
    show("code");
    return;
  }
  window.opener.postMessage({ mmogit: "permit", permit }, origin);
  leave("Allowed");
}

// ── deciding on a draft ────────────────────────────────────────────────────────────────────────

const DECISIONS = { accept: "Accept", discard: "Discard" };

/** Both are for good. */
const MEANS = {
  accept: (id) => `Nothing is applied by that: you may do so later, with mmogit draft apply ${id.slice(0, 8)} --to FILE. What is accepted can’t be edited or discarded any more.`,
  discard: () => "What is discarded can’t be edited or accepted any more.",
};

/** What there is nothing left to decide about. */
const DECIDED = {
  accepted: "It was accepted before.",
  discarded: "It was discarded before.",
  partially_applied: "Some of it was applied before.",
};

async function offerDraft(opener) {
  const id = wanted.get("draft");
  const path = `/api/v1/drafts/${encodeURIComponent(id)}`;
  const deed = wanted.get("do") === "discard" ? "discard" : "accept";
  const tellOpener = () => opener === "asker" && window.opener.postMessage({ mmogit: "decided", draft: id }, origin);
  const known = await ask("GET", address("/api/embed/asking", { origin, draft: id }));
  const draft = await ask("GET", path);
  if (draft.state in DECIDED) {
    tellOpener();
    tell("This draft is decided", DECIDED[draft.state]);
    return;
  }
  byId("draft-title").textContent = `${DECISIONS[deed]} this draft?`;
  byId("draft-origin").textContent = known.origin;
  byId("draft-cut").hidden = !draft.interrupted;
  byId("draft-conversation").textContent = await conversationOf(draft);
  byId("draft-means").textContent = MEANS[deed](draft.id);
  byId("decide").textContent = DECISIONS[deed];
  const text = byId("draft-text");
  const end = build("span", { class: "end" });
  text.replaceChildren(plain(draft.content), end);
  show("draft");
  byId("draft-long").hidden = text.scrollHeight <= text.clientHeight;
  liveAfterAMoment(byId("decide"), [byId("draft-title"), byId("draft-origin"), end]);
  byId("draft-not-now").addEventListener("click", () => leave("Nothing was changed"));
  const { content } = draft;
  byId("decide").addEventListener("click", () => decide(`${path}/${deed}`, { deed, content, tellOpener }));
}

/** As its title says; what can't be read now keeps nobody from deciding. */
async function conversationOf({ conversation_id: id }) {
  const found = id === null ? null : await ask("GET", `/api/v1/conversations/${encodeURIComponent(id)}`).catch(() => null);
  return found === null ? "a conversation" : `the conversation \u2068“${titleOf(found)}”\u2069`;
}

/** About what stands here: the page that opened this window may write in the draft meanwhile. */
async function decide(path, { deed, content, tellOpener }) {
  try {
    await ask("POST", path, { body: { content }, key: newKey() });
    tellOpener();
    leave(deed === "accept" ? "Accepted" : "Discarded");
  } catch (error) {
    // Another window may have been first.
    tellOpener();
    refused(error);
  }
}

// ── the window ─────────────────────────────────────────────────────────────────────────────────

function show(section) {
  for (const name of SECTIONS) {
    byId(name).hidden = name !== section;
  }
  const title = byId(section).querySelector("h1").textContent;
  document.title = `mmogit: ${title}`;
  announce(title);
}

function tell(title, why) {
  byId("told-title").textContent = title;
  byId("told-why").textContent = why;
  show("told");
  byId("told-title").focus();
}

function refused(error) {
  if (error.status === 401) {
    // The way in covers this window; it begins anew with whoever came in.
    return;
  }
  tell("That can’t be done", error.message);
}

/** Windows that no page opened are not a page's to close. */
function leave(title) {
  tell(title, "You can close this window.");
  window.close();
}

/**
 * Live, for one press, once it stood in view for a moment in a window in front, and all of `read`
 * was in view before: whoever opened this window says how large it is.
 */
function liveAfterAMoment(button, read) {
  const unread = new Set(read);
  let isInView = false;
  let isPressed = false;
  let clock;
  const wait = () => {
    button.disabled = true;
    clearTimeout(clock);
    if (isInView && !isPressed && unread.size === 0 && document.visibilityState === "visible") {
      clock = setTimeout(() => (button.disabled = false), MOMENT);
    }
  };
  const see = (entries) => {
    const before = [isInView, unread.size].join();
    for (const { target, isIntersecting } of entries) {
      if (target === button) {
        isInView = isIntersecting;
      } else if (isIntersecting) {
        unread.delete(target);
      }
    }
    if (before !== [isInView, unread.size].join()) {
      wait();
    }
  };
  const observer = new IntersectionObserver(see, { threshold: 1 });
  [button, ...read].forEach((element) => observer.observe(element));
  button.addEventListener("click", () => {
    isPressed = true;
    wait();
  });
  addEventListener("focus", wait);
  document.addEventListener("visibilitychange", wait);
  wait();
}

begin();
