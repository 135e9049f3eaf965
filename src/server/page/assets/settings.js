// Settings of the page (kept by the browser) and of the conversations (kept by the server).

import { ask } from "./api.js";
import { chosen, open } from "./dialogs.js";
import { build, button, byId } from "./dom.js";
import { countKept, forgetKept } from "./kept.js";
import { session } from "./session.js";
import { notify, tell } from "./status.js";
import { onOtherTab, shared } from "./store.js";

export class Settings {
  constructor() {
    this.dialog = byId("settings");
    const { theme, single, limit } = this.dialog.querySelector("form").elements;
    this.limit = limit;
    theme.value = shared.get("theme") ?? "system";
    single.checked = usesSingleKeys();
    this.dialog.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
    for (const choice of theme) {
      choice.addEventListener("change", () => setTheme(theme.value));
    }
    single.addEventListener("change", () => shared.set("single-keys", single.checked ? "on" : "off"));
    limit.addEventListener("change", () => this.setLimit());
    this.dialog.querySelector(".logout").addEventListener("click", () => this.logout());
    onOtherTab("theme", () => setTheme(shared.get("theme") ?? "system"));
  }

  async open() {
    open("settings");
    this.dialog.querySelector(".who").textContent = session.username === null ? "" : `Logged in as ${session.username}.`;
    try {
      const told = await ask("GET", "/api/chat-config");
      this.limit.value = told.messageLimit;
      this.showSessions((await ask("GET", "/api/sessions")).sessions ?? []);
    } catch (error) {
      if (error.status !== 404) {
        tell(error);
      }
    }
  }

  async setLimit() {
    if (!this.limit.reportValidity()) {
      return;
    }
    try {
      await ask("PUT", "/api/chat-config", { body: { messageLimit: this.limit.valueAsNumber } });
      notify(`The newest ${this.limit.value} messages are shown and sent along.`);
    } catch (error) {
      tell(error);
    }
  }

  showSessions(sessions) {
    const place = this.dialog.querySelector(".sessions");
    place.hidden = sessions.length === 0;
    place.querySelector("ul").replaceChildren(...sessions.map((one) => this.sessionRow(one)));
  }

  sessionRow(one) {
    const other = one.origin === null ? (one.user_agent ?? "A browser") : `The chat on ${one.origin}`;
    const name = one.current ? "This browser" : other;
    const end = async () => {
      try {
        await ask("DELETE", `/api/sessions/${encodeURIComponent(one.id)}`);
        this.open();
      } catch (error) {
        tell(error);
      }
    };
    return build("li", {}, build("span", {}, name), one.current ? null : button("End", end, { class: "link" }));
  }

  async logout() {
    const isLeaving = await agreed();
    if (!isLeaving) {
      return;
    }
    try {
      await ask("POST", "/api/logout", { body: {} });
    } catch (error) {
      if (error.status !== 401) {
        // The session goes on there, and this browser is the one that can end it.
        tell(error);
        return;
      }
    }
    this.dialog.close();
    session.leave();
    // Nothing of what was shown stays behind the login.
    location.reload();
  }
}

/** Asks what becomes of texts that were not sent. Whether to log out. */
async function agreed() {
  const { drafts, unsent } = countKept();
  if (drafts + unsent === 0) {
    return true;
  }
  const waiting = unsent === 0 ? "" : ` Of your messages ${unsent} ${unsent === 1 ? "was" : "were"} not sent.`;
  const written = drafts === 0 ? "" : " A text that you began was not sent.";
  const question = `Log out?${waiting}${written} This browser can keep that for when you come back; whoever uses it could read it.`;
  const what = await chosen(question, [
    { label: "Log out and delete it", answer: "delete", looks: "danger" },
    { label: "Log out and keep it", answer: "keep", looks: "main" },
  ]);
  if (what === "delete") {
    forgetKept();
  }
  return what !== null;
}

/** Whether keys without Ctrl or Alt are shortcuts: those can be in the way of speech input. */
export function usesSingleKeys() {
  return shared.get("single-keys") !== "off";
}

function setTheme(theme) {
  if (theme === "system") {
    shared.remove("theme");
    delete document.documentElement.dataset.theme;
  } else {
    shared.set("theme", theme);
    document.documentElement.dataset.theme = theme;
  }
}
