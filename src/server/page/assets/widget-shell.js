// The elements of the widget, built one by one: no markup is read, and no style stands in it.

import { build, button } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";

/** Lines on a field of 24 by 24. */
const SIGNS = {
  list: "M4 6h16M4 12h16M4 18h10",
  new: "M12 5v14M5 12h14",
  archive: "M4 5h16v4H4zM6 9v10h12V9M10 13h4",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4",
  minimise: "M5 18h14",
  grow: "M5 19V9h10v10zM9 9V5h10v10h-4",
  hide: "M6 6l12 12M18 6L6 18",
  chat: "M4 5h16v11H10l-5 4v-4H4z",
};

const INTENTS = [
  ["", "Answer"],
  ["explain", "Explain"],
  ["summarize", "Summarise"],
  ["draft_task_list", "Draft a task list"],
  ["draft_roadmap_item", "Draft a roadmap item"],
  ["suggest_next_steps", "Suggest next steps"],
  ["critique_plan", "Critique a plan"],
  ["compare_options", "Compare options"],
  ["generate_checklist", "Make a checklist"],
  ["propose_timeline", "Propose a timeline"],
  ["identify_risks", "Identify risks"],
];

const KEYS = [
  ["Ctrl + K", "show or hide the chat"],
  ["Enter", "send; on a touch screen, begin a line"],
  ["Shift + Enter", "begin a line"],
  ["Esc", "close what is open; stop the answer; hide the chat"],
];

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", SIGNS[name]);
  svg.append(path);
  return svg;
}

function tool(name, label) {
  const made = button("", null, { class: "tool", "data-does": name, "aria-label": label, title: label });
  made.append(icon(name));
  return made;
}

function header() {
  const title = build("h2", { id: "title", dir: "auto", tabindex: "-1" }, "Chat");
  return build(
    "div",
    { class: "head" },
    tool("list", "Conversations"),
    title,
    tool("new", "New conversation"),
    tool("archive", "Archive this conversation"),
    tool("settings", "Settings"),
    tool("minimise", "Minimise"),
    tool("grow", "Make it large again"),
    tool("hide", "Hide (Ctrl+K)"),
  );
}

/** `of` is behind the names of what there is several of on a page. */
function talk(of) {
  const column = build(
    "div",
    { class: "column" },
    button("Show earlier messages", null, { class: "earlier quiet", hidden: true }),
    build("p", { class: "beyond soft", hidden: true }, "What was said before that is on the server’s own page."),
    build("p", { class: "loading soft", hidden: true }, "Loading…"),
    build("div", { class: "messages" }),
    build("div", { class: "empty" }, build("h3", {}, "Nothing here yet"), build("p", {}, "Write the first message. It is signed with your key and kept in your own git branch.")),
  );
  return build(
    "div",
    { class: "talk" },
    build("div", { class: "notice", hidden: true }, build("span", {}), button("", null, { class: "link", "data-does": "act" }), button("✕", null, { class: "quiet", "data-does": "dismiss", "aria-label": "Close this notice" })),
    build("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Messages${of}` }, column),
    button("New messages ↓", null, { class: "jump", hidden: true }),
    entry(),
    composer(),
  );
}

/** Where a page asks to be let in. */
function entry() {
  const code = build("input", { type: "text", id: "code", autocomplete: "off", spellcheck: "false" });
  const paste = build(
    "details",
    {},
    build("summary", {}, "The window shows a code?"),
    build("form", {}, build("label", { for: "code" }, "Paste it here"), code, build("button", { type: "submit" }, "Use it")),
  );
  return build(
    "div",
    { class: "entry", hidden: true },
    build("p", { class: "why" }),
    button("Connect", null, { class: "main", "data-does": "connect" }),
    build("p", { class: "bad problem", role: "alert" }),
    paste,
  );
}

function composer() {
  const intents = INTENTS.map(([value, text]) => build("option", { value }, text));
  return build(
    "form",
    { class: "composer" },
    build("ul", { class: "names", id: "names", role: "listbox", "aria-label": "Tags", hidden: true }),
    build("textarea", { rows: "1", placeholder: "Write a message", "aria-label": "Message", "aria-controls": "names", "aria-describedby": "brings", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "true", dir: "auto" }),
    build("ul", { class: "brings", id: "brings", hidden: true }),
    build("div", { class: "row" }, build("select", { "aria-label": "What is asked for" }, ...intents), button("Stop", null, { class: "stop", "data-does": "stop", hidden: true }), build("button", { type: "submit", class: "main" }, "Send")),
  );
}

function sheet(name, title, ...children) {
  const close = button("✕", null, { class: "quiet", "data-does": "close", "aria-label": "Close" });
  return build("section", { class: `sheet ${name}`, "aria-labelledby": `${name}-title`, role: "group", hidden: true }, build("div", { class: "top" }, build("h3", { id: `${name}-title`, tabindex: "-1" }, title), close), ...children);
}

function switcher() {
  return sheet(
    "switcher",
    "Conversations",
    build("label", { class: "row" }, build("input", { type: "checkbox" }), "Archived ones"),
    build("p", { class: "said soft" }),
    build("ul", { class: "results" }),
    button("More", null, { class: "more", hidden: true }),
  );
}

function choices(name, legend, options) {
  const made = options.map(([value, text]) => build("label", { class: "row" }, build("input", { type: "radio", name, value }), text));
  return build("fieldset", { class: name }, build("legend", {}, legend), ...made);
}

function settings() {
  const keys = KEYS.map(([key, what]) => build("div", {}, build("dt", {}, key), build("dd", {}, what)));
  return sheet(
    "settings",
    "Settings",
    build("form", { class: "rename" }, build("label", { for: "name" }, "Title of this conversation"), build("input", { type: "text", id: "name", dir: "auto" }), build("button", { type: "submit" }, "Rename"), build("p", { class: "bad problem", role: "alert" })),
    choices("place", "Place", [["floating", "Floating"], ["docked-left", "At the left"], ["docked-right", "At the right"]]),
    choices("theme", "Colours", [["system", "As the system"], ["light", "Light"], ["dark", "Dark"]]),
    build("dl", { class: "keys" }, ...keys),
    build("p", { class: "soft" }, "This page and its site can read what is shown here."),
    button("Disconnect this page", null, { class: "danger", "data-does": "disconnect" }),
  );
}

/**
 * All of it, in the shadow root; the parts that others need. `nth` tells several on a page apart.
 */
export function shell(root, nth) {
  const status = build("p", { class: "unseen", role: "status", "aria-live": "polite" });
  const head = header();
  const body = talk(nth === 0 ? "" : ` of chat ${nth + 1}`);
  const sheets = { switcher: switcher(), settings: settings() };
  const panel = build(
    "dialog",
    { class: "panel mmogit", popover: "manual", "aria-labelledby": "title" },
    head,
    body,
    sheets.switcher,
    sheets.settings,
    status,
  );
  const chat = nth === 0 ? "the chat" : `chat ${nth + 1}`;
  const launcher = button("", null, {
    class: "launcher mmogit",
    popover: "manual",
    "aria-label": `Show ${chat} (Ctrl+K)`,
    title: `Show ${chat} (Ctrl+K)`,
  });
  launcher.append(icon("chat"));
  root.append(launcher, panel);
  return { panel, launcher, head, body, sheets, status, find: (selector) => panel.querySelector(selector) };
}
