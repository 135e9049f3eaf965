// What lies over the conversation for a while: the switcher and the settings. What it covers can't
// be reached meanwhile.

export class Sheets {
  /** Of a chat, which does what is chosen there. */
  constructor(chat) {
    this.chat = chat;
    this.parts = chat.parts;
    this.shown = null;
    const { settings } = this.parts.sheets;
    settings.querySelector(".rename").addEventListener("submit", (event) => this.rename(event));
    settings.addEventListener("change", ({ target }) => this.choose(target));
  }

  get isOpen() {
    return this.shown !== null;
  }

  open(name) {
    const isOpen = this.shown === name;
    this.close();
    if (isOpen) {
      return;
    }
    this.shown = name;
    const sheet = this.parts.sheets[name];
    sheet.hidden = false;
    this.parts.body.inert = true;
    if (name === "switcher") {
      this.chat.switcher.load();
    } else {
      this.fill(sheet);
    }
    sheet.querySelector("h3").focus();
  }

  /** `isBack`: the focus goes to where it was opened. */
  close(isBack = false) {
    const tool = { switcher: "list", settings: "settings" }[this.shown];
    Object.values(this.parts.sheets).forEach((sheet) => (sheet.hidden = true));
    this.parts.body.inert = false;
    this.shown = null;
    if (isBack && tool !== undefined) {
      this.chat.focusTool(tool);
    }
  }

  fill(sheet) {
    const { talk, frame, shelf, server } = this.chat;
    const chosen = [frame.state, shelf.get("theme") ?? "system"];
    sheet.querySelectorAll("[type=radio]").forEach((choice) => (choice.checked = chosen.includes(choice.value)));
    sheet.querySelector("#name").value = talk.picture?.conversation.title ?? "";
    sheet.querySelector(".rename .problem").textContent = "";
    sheet.querySelector(".rename").hidden = talk.id === null || talk.isArchived || !server.isOpen;
    sheet.querySelector("[data-does=disconnect]").hidden = !server.isOpen;
  }

  choose({ name, value }) {
    if (name === "place") {
      this.chat.frame.show(value);
    } else if (name === "theme") {
      this.chat.shelf.set("theme", value);
      this.chat.setTheme(value);
    }
  }

  rename(event) {
    event.preventDefault();
    const { talk } = this.chat;
    const before = talk.picture?.conversation.title ?? "";
    const title = event.target.elements.name.value.trim();
    const problem = event.target.querySelector(".problem");
    problem.textContent = title === "" && before === "" ? "It has no title yet: write one." : "";
    if (problem.textContent !== "") {
      return;
    }
    this.chat.try(async () => {
      try {
        await talk.rename(title);
      } catch (error) {
        problem.textContent = error.message;
        return;
      }
      this.chat.announce(title === "" ? "The title is taken away" : "Renamed");
      if (this.shown === "settings") {
        this.close(true);
      }
    });
  }
}
