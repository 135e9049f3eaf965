// The element: it puts the parts together, and says which conversation is shown.

import { isCopied, mark } from "./copying.js";
import { Composer } from "./widget-composer.js";
import { Drafts } from "./widget-drafts.js";
import { Entry } from "./widget-entry.js";
import { Frame, STATES } from "./widget-frame.js";
import { Keys } from "./widget-keys.js";
import { showTitle, Switcher } from "./widget-list.js";
import { Log } from "./widget-log.js";
import { Notices } from "./widget-notices.js";
import { enter, leave, use } from "./widget-page.js";
import { Server } from "./widget-server.js";
import { Sheets } from "./widget-sheet.js";
import { Shelf } from "./widget-shelf.js";
import { shell } from "./widget-shell.js";
import { styles } from "./widget-style.js";
import { Talks } from "./widget-talks.js";
import { address } from "./wire.js";

/** As large as the server takes, but for what stands around a text. */
const MOST_BYTES = 63 * 1024;
/** How often it looks whether something changed elsewhere, while somebody sees it. */
const PULSE = 20_000;

export class Chat extends HTMLElement {
  static observedAttributes = ["state"];

  connectedCallback() {
    this.project ??= this.getAttribute("project");
    enter(this);
    if (this.isBegun) {
      this.connect();
    } else {
      this.begin();
    }
  }

  async begin() {
    this.isBegun = true;
    const root = this.attachShadow({ mode: "open" });
    const place = new CSSStyleSheet();
    const style = await styles();
    root.adoptedStyleSheets = [...style, place];
    this.shelf = new Shelf(this.project, this.nthOfProject);
    this.server = new Server(this.shelf);
    this.parts = shell(root, this.nth);
    this.parts.launcher.dataset.wanted = this.getAttribute("launcher") ?? "";
    this.frame = new Frame({ ...this.parts, header: this.parts.head, place, shelf: this.shelf, nth: this.nth });
    this.fill();
    this.listen();
    this.setTheme(this.shelf.get("theme") ?? this.getAttribute("theme") ?? "system");
    this.shelf.adopt();
    this.beginAnew();
    const kept = this.shelf.get("state") ?? this.getAttribute("state");
    this.frame.state = STATES.includes(kept) ? kept : "hidden";
    this.connect();
    this.dispatchEvent(new Event("ready"));
  }

  connect() {
    if (this.frame === undefined || this.leaving !== undefined || !this.isConnected) {
      return;
    }
    this.frame.connect();
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    this.keys.listen(signal);
    document.addEventListener("visibilitychange", () => this.look(), { signal });
    addEventListener("focus", () => this.look(), { signal });
    addEventListener("online", () => this.comeBack(), { signal });
    this.talks.connect();
    this.unfollow = this.shelf.follow(() => this.heardOfOthers());
    this.pulse = setInterval(() => this.look(), PULSE);
  }

  disconnectedCallback() {
    leave(this);
    this.leaving?.abort();
    this.leaving = undefined;
    this.frame?.disconnect();
    this.entry?.close();
    this.unfollow?.();
    this.talks?.disconnect();
    clearInterval(this.pulse);
  }

  attributeChangedCallback(_, before, state) {
    if (this.frame !== undefined && state !== before && state !== this.frame.state && STATES.includes(state)) {
      this.frame.show(state);
    }
  }

  // ── the parts ────────────────────────────────────────────────────────────────────────────────

  get talk() {
    return this.talks.shown;
  }

  fill() {
    const { find, body, sheets: { switcher } } = this.parts;
    const does = {
      again: (item) => (this.focusField(), this.talk.again(item)),
      edit: (item) => (this.composer.take(item.text), this.talk.drop(item)),
      discard: (item) => (this.focusField(), this.try(() => this.discard(item))),
      // What was pressed goes; Escape is to reach the answer that comes.
      retry: (open) => (this.focusField(), this.try(() => this.talk.retry(open))),
    };
    this.drafts = new Drafts({
      server: this.server,
      shelf: this.shelf,
      decide: (draft, deed) => this.entry.open({ draft, do: deed }),
      tell: (text) => this.announce(text),
    });
    this.log = new Log({ area: find(".scroll"), jump: find(".jump"), does, card: (message) => this.drafts.card(message.linked_draft_id) });
    const names = async (prefix) => (this.server.isOpen ? (await this.server.ask("GET", address("/api/v1/tags", { prefix }))).tags : []);
    const say = (text, intent) => this.say(text, intent);
    this.composer = new Composer({ form: body.querySelector(".composer"), shelf: this.shelf, say, names, preview: (text) => this.preview(text) });
    this.switcher = new Switcher({
      sheet: switcher,
      server: this.server,
      choose: (id) => (this.sheets.close(), this.turnTo(id), this.focusField()),
      restore: (id) => this.try(() => this.restore(id)),
    });
    const hear = ({ draft }) => this.drafts.load(draft);
    this.talks = new Talks({ server: this.server, shelf: this.shelf, hear });
    this.sheets = new Sheets(this);
    this.keys = new Keys(this);
    this.notices = new Notices({
      status: this.parts.status,
      notice: find(".notice"),
      leave: () => this.focusField(),
    });
    this.entry = new Entry({
      server: this.server,
      entry: find(".entry"),
      cameIn: () => (this.notices.hide(), this.announce("Connected"), this.focusField()),
      decided: (id) => this.decided(id),
    });
  }

  listen() {
    const { panel, launcher } = this.parts;
    this.server.addEventListener("token", () => this.changeHands());
    this.frame.addEventListener("state", () => this.showState());
    this.talks.addEventListener("change", () => this.draw());
    this.talks.addEventListener("begun", () => this.composer.rename(this.talk.name));
    launcher.addEventListener("click", () => this.bringBack());
    panel.addEventListener("click", (event) => this.press(event));
    panel.addEventListener("focusin", () => use(this));
  }

  press(event) {
    const pressed = event.target.closest("[data-does]");
    const article = pressed?.closest("article");
    const does = {
      list: () => this.sheets.open("switcher"),
      settings: () => this.sheets.open("settings"),
      close: () => this.sheets.close(true),
      new: () => (this.sheets.close(), this.turnTo(null), this.focusField()),
      archive: () => this.try(() => this.archive()),
      minimise: () => (this.sheets.close(), this.frame.minimise(), this.focusTool("grow")),
      grow: () => (this.frame.grow(), this.focusField()),
      hide: () => this.hide(),
      stop: () => this.try(() => this.stop()),
      connect: () => this.entry.ask(this.project),
      disconnect: () => this.try(() => this.leave()),
      dismiss: () => this.notices.dismiss(),
      act: () => this.notices.answer(),
      copy: () => this.copy(article.plain, pressed),
      "copy-code": () => this.copy(pressed.closest("pre").querySelector("code").textContent, pressed),
    };
    does[pressed?.dataset.does]?.();
    if (event.target === this.parts.find(".earlier")) {
      this.talk.loadEarlier();
    }
  }

  decided(id) {
    this.drafts.load(id);
    this.talks.tellOthers({ draft: id });
    this.announce("The draft is decided");
  }

  /** Somebody was let in, or nobody is any longer. What they typed stays theirs. */
  changeHands() {
    const { isOpen } = this.server;
    this.shelf.adopt();
    if (this.shelf.user !== this.user) {
      this.beginAnew();
      return;
    }
    if (!isOpen) {
      this.drafts.clear();
    }
    this.talks.change(isOpen);
    this.draw();
  }

  /** With nothing of whoever was here before. */
  beginAnew() {
    this.user = this.shelf.user;
    this.talks.clear();
    this.drafts.clear();
    this.turnTo(this.shelf.get("current"));
  }

  async leave() {
    await this.server.leave();
    this.sheets.close();
    this.announce("This page is disconnected");
  }

  // ── which conversation ───────────────────────────────────────────────────────────────────────

  turnTo(id) {
    this.notices.hide();
    this.talks.turnTo(id);
    this.composer.turnTo(this.talk.name);
    this.draw();
  }

  /** What changed elsewhere: in another tab, on the server. */
  look() {
    if (document.visibilityState === "visible" && this.frame.isShown && this.server.isOpen) {
      this.talk.refresh();
      this.talk.flush();
      this.drafts.look(this.talk.messages);
    }
  }

  /** The network is there again: nobody waits longer. */
  comeBack() {
    this.talks.wake();
    this.look();
  }

  heardOfOthers() {
    if (this.wasOpen !== this.server.isOpen || this.user !== this.shelf.user) {
      this.changeHands();
    } else {
      this.draw();
    }
  }

  // ── what a person does ───────────────────────────────────────────────────────────────────────

  /** What the names in a text would bring in. */
  async preview(text) {
    if (!this.server.isOpen) {
      return {};
    }
    return this.server.ask("POST", "/api/v1/tags/preview", { body: { content: { text }, conversation_id: this.talk.id } });
  }

  /** Whether it is kept, and so may be taken from where it was written. */
  say(text, intent) {
    const size = new Blob([JSON.stringify(text)]).size;
    if (size > MOST_BYTES) {
      this.notify(`This message has ${Math.ceil(size / 1024)} KiB, and ${MOST_BYTES / 1024} KiB can be sent at once. Shorten it, or send it in parts.`);
      return false;
    }
    const { talk } = this;
    this.notices.hide();
    if (!talk.say(text, intent)) {
      const isOver = () => talk.unsent.length === 0;
      this.notify("The browser keeps nothing now. The message is being sent: do not close or reload this page before it is.", { isOver });
    }
    this.log.scroll.toEnd();
    return true;
  }

  async stop() {
    this.focusField();
    await this.talk.stop();
    this.announce("Stopped. What came is kept.");
  }

  async archive() {
    const talk = this.talk;
    if (talk.id === null) {
      return;
    }
    // What is said from now on belongs to the next one.
    this.turnTo(null);
    this.focusField();
    await this.putAway(talk);
    this.notify("Archived.", { label: "Undo", act: () => this.try(() => this.restore(talk.id)) });
  }

  /** A conversation that nothing was ever said in goes with the message that was to begin it. */
  async discard(item) {
    const { talk } = this;
    talk.drop(item);
    if (await talk.isNothing()) {
      if (talk === this.talk) {
        this.turnTo(null);
      }
      await this.putAway(talk);
    }
  }

  /** If that fails it is back, unless something was said elsewhere meanwhile. */
  async putAway(talk) {
    const next = this.talk;
    try {
      await talk.setArchived(true);
    } catch (error) {
      if (this.talk === next && next.id === null && next.unsent.length === 0) {
        this.turnTo(talk.id);
      }
      throw error;
    }
  }

  async restore(id) {
    this.sheets.close();
    this.turnTo(id);
    await this.talk.setArchived(false);
    this.announce("The conversation is back");
    this.focusField();
  }

  async copy(text, pressed) {
    if (await isCopied(text, pressed)) {
      mark(pressed);
      this.announce("Copied");
    } else {
      this.notify("The browser did not let the page copy. Select the text and copy it.");
    }
  }

  async try(work) {
    this.notices.pass();
    try {
      await work();
    } catch (error) {
      if (error.status !== 401) {
        // A notice lies behind what is open.
        this.sheets.close(true);
        this.notify(error.message);
      }
    }
  }

  // ── focus ──────────────────────────────────────────────────────────────────────────────────────

  bringBack() {
    use(this);
    this.before = document.activeElement;
    this.frame.bringBack();
    this.focusField();
    this.look();
  }

  /** Whoever was somewhere on the page is there again. */
  hide() {
    this.sheets.close();
    const hadFocus = this.shadowRoot.activeElement !== null;
    this.frame.show("hidden");
    if (hadFocus) {
      const place = this.before?.isConnected && this.before !== document.body && this.before !== this ? this.before : this.parts.launcher;
      place.focus();
    }
  }

  focusField() {
    const { find } = this.parts;
    const places = [find("[data-does=grow]"), find("[data-does=connect]"), find("textarea"), find(".scroll")];
    places.find((place) => place.checkVisibility())?.focus();
  }

  focusTool(name) {
    this.parts.find(`[data-does=${name}]`).focus();
  }

  // ── drawing ──────────────────────────────────────────────────────────────────────────────────

  draw() {
    const { talk, parts: { find } } = this;
    const isOpen = this.server.isOpen;
    this.wasOpen = isOpen;
    const count = this.log.draw(talk);
    showTitle(find("#title"), talk);
    find(".empty").hidden = count > 0 || !isOpen || (talk.id !== null && talk.picture === null);
    find(".loading").hidden = !isOpen || talk.id === null || talk.picture !== null || talk.error !== null;
    find(".stop").hidden = talk.running === undefined;
    find("[data-does=archive]").hidden = talk.id === null || talk.isArchived || !isOpen;
    find("[data-does=list]").hidden = !isOpen;
    find("[data-does=new]").hidden = !isOpen;
    this.entry.draw(talk);
    find(".composer").hidden = talk.isArchived;
    this.notices.look();
    this.notices.tellOfReplies(talk);
  }

  showState() {
    const { state } = this.frame;
    this.setAttribute("state", state);
    this.dispatchEvent(new CustomEvent("state", { detail: { state, width: this.frame.width } }));
  }

  setTheme(theme) {
    for (const part of [this.parts.panel, this.parts.launcher]) {
      part.dataset.theme = theme;
    }
  }

  announce(text) {
    this.notices.announce(text);
  }

  notify(...said) {
    this.notices.notify(...said);
  }
}
