// What stands before the conversation while nobody can talk here, and how a page is let in.

import { OwnWindow } from "./widget-window.js";

export class Entry {
  /** `cameIn()` and `decided(draft)` are told what happened in the server's own window. */
  constructor({ server, entry, cameIn, decided }) {
    Object.assign(this, { server, entry, cameIn, decided });
    this.window = new OwnWindow(server, (said) => this.hear(said), () => this.left());
    this.isAnswered = true;
    this.problem = entry.querySelector(".problem");
    entry.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const { code } = event.target.elements;
      if (code.value.trim() === "") {
        this.problem.textContent = "Paste the code that the window shows.";
        return;
      }
      this.trade(code.value.trim());
      code.value = "";
    });
  }

  ask(project) {
    this.open({ project });
    this.isAnswered = false;
  }

  open(wanted) {
    this.isAnswered = true;
    this.problem.textContent = this.window.open(wanted) ? "" : "The browser opened no window. Allow it for this page, or try again.";
  }

  hear(said) {
    if (said?.mmogit === "permit") {
      this.trade(said.permit);
    } else if (said?.mmogit === "decided") {
      this.decided(said.draft);
    }
  }

  left() {
    if (!this.isAnswered && this.problem.textContent === "") {
      this.problem.textContent = "Nothing was allowed yet. If the window shows a code, paste it here.";
      this.entry.querySelector("details").open = true;
    }
  }

  /** Whatever the window says is not heard any more. */
  close() {
    this.window.close();
  }

  async trade(permit) {
    this.isAnswered = true;
    this.problem.textContent = "";
    try {
      await this.server.trade(permit);
      this.cameIn();
    } catch (error) {
      this.problem.textContent = error.message;
    }
  }

  draw(talk) {
    const { isOpen } = this.server;
    const why = whyNot(talk, isOpen);
    this.entry.hidden = why === null;
    this.entry.querySelector(".why").textContent = why ?? "";
    this.entry.querySelector("[data-does=connect]").hidden = isOpen;
    this.entry.querySelector("details").hidden = isOpen;
  }
}

/** In words, or null. */
function whyNot(talk, isOpen) {
  if (!isOpen) {
    return "To talk here, let this page speak for you. What you type is kept until then.";
  }
  if (talk.error !== null) {
    return talk.error.message;
  }
  if (!talk.isOnline) {
    return "The server can’t be reached. What you write is kept here and sent when it is back.";
  }
  return talk.isArchived ? "This conversation is archived: it can be read. Restore it in the list to go on." : null;
}
