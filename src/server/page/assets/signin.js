// The way in: a link with a one-time token, or a name and a passphrase. Until there is one, the page is
// covered, and what was typed stays where it is.

import { Refusal } from "./api.js";
import { byId } from "./dom.js";
import { countKept } from "./kept.js";
import { session } from "./session.js";
import { sentences } from "./words.js";

const LINK = /[#&]launch=([A-Za-z0-9_-]+)/;

/** Takes the token out of the address, before anything else can see it there. */
export function tokenOfAddress() {
  const found = LINK.exec(location.hash);
  if (location.hash !== "") {
    history.replaceState(null, "", location.pathname + location.search);
  }
  return found?.[1] ?? null;
}

/** Which run of the server this is, and whether people log in here. */
export async function health() {
  const response = await fetch("/healthz", { cache: "no-store", credentials: "omit" });
  if (!response.ok) {
    throw new Refusal(response.status, "The server is not well.");
  }
  return response.json();
}

/** Trades a link's token for a session. */
export async function launch(token) {
  try {
    await begin("/api/launch", { token });
  } catch (error) {
    throw error.status === 401 ? new Refusal(401, "That link was used before, or is too old.") : error;
  }
}

/** Opens a person's vault. */
export async function login(username, passphrase) {
  return begin("/api/login", { username, passphrase });
}

async function begin(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    cache: "no-store",
    credentials: "omit",
  });
  const told = await response.json();
  if (!response.ok) {
    throw new Refusal(response.status, sentences(told.error, told.reason, told.hint));
  }
  const { profiles } = await health();
  session.begin({ token: told.token, username: profiles ? told.username : null });
}

/** Covers the page until somebody is let in. */
export class SignIn {
  constructor() {
    this.dialog = byId("signin");
    this.problem = this.dialog.querySelector(".problem");
    // There is nothing behind it to go back to.
    this.dialog.addEventListener("cancel", (event) => event.preventDefault());
    this.dialog.querySelector(".link").addEventListener("submit", (event) => this.useLink(event));
    this.dialog.querySelector(".login").addEventListener("submit", (event) => this.useName(event));
    session.addEventListener("change", () => this.follow());
  }

  /** Where its person leaves, the page begins anew, and asks then. */
  follow() {
    if (session.token !== null) {
      this.dialog.close();
    } else if (!session.isLeft) {
      this.open();
    }
  }

  async open(problem = "") {
    this.problem.textContent = problem;
    const { drafts, unsent } = countKept();
    this.dialog.querySelector(".kept").hidden = drafts + unsent === 0;
    this.dialog.querySelector(".ended").hidden = !session.isKnown;
    const asksName = await health().then((told) => told.profiles === true, () => session.username !== null);
    this.dialog.querySelector(".login").hidden = !asksName;
    this.dialog.querySelector(".link").hidden = asksName;
    this.dialog.querySelector("#username").value ||= session.username ?? "";
    if (!this.dialog.open && session.token === null) {
      this.dialog.showModal();
      this.focusOnWhatIsMissing();
    }
  }

  /** Whoever was here before has their name there already. */
  focusOnWhatIsMissing() {
    const { username, passphrase } = this.dialog.querySelector(".login").elements;
    if (username.value !== "") {
      passphrase.focus();
    }
  }

  async useLink(event) {
    event.preventDefault();
    const field = event.target.elements.link;
    const token = LINK.exec(field.value)?.[1];
    if (token === undefined) {
      this.problem.textContent = "That is not a link of mmogit: it ends in #launch= and a token.";
      return;
    }
    await this.attempt(() => launch(token));
    field.value = "";
  }

  async useName(event) {
    event.preventDefault();
    const { username, passphrase } = event.target.elements;
    const secret = passphrase.value;
    passphrase.value = "";
    await this.attempt(() => login(username.value, secret));
  }

  async attempt(enter) {
    this.problem.textContent = "";
    this.dialog.classList.add("busy");
    try {
      await enter();
    } catch (error) {
      this.problem.textContent = error instanceof Refusal ? error.message : "The server can’t be reached.";
    } finally {
      this.dialog.classList.remove("busy");
    }
  }
}
