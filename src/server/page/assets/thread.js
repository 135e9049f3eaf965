// One thread, to read, go on with, rename, archive and take along.

import { address, ask, call, newKey } from "./api.js";
import { asked, closeAll, open } from "./dialogs.js";
import { byId } from "./dom.js";
import { markWords } from "./marks.js";
import { stored } from "./messages.js";
import { inOrder, reconcile } from "./reconcile.js";
import { save } from "./saved.js";
import { notify, tell } from "./status.js";
import { stoppedAnswers } from "./stopped.js";

const LONGEST_TITLE = 200;

let shown = null;
let tabs = null;

/** Opens a thread, at a message if one is named, with these words marked in it. */
export async function showThread(id, { root = id, message = null, words = [] } = {}) {
  shown = { name: root ?? id, messages: [], earlier: null, later: null };
  try {
    await load({ around: message });
  } catch (error) {
    tell(error);
    return;
  }
  const dialog = open("thread");
  const area = dialog.querySelector(".scroll");
  const found = message && dialog.querySelector(`[data-key="${CSS.escape(message)}"]`);
  if (found) {
    found.classList.add("found");
    const mark = markWords(found.querySelector(".text"), words);
    // What is taller than the window is seen where the words stand, or else from its beginning.
    const isTall = found.offsetHeight > area.clientHeight;
    const seen = (isTall && mark) || found;
    seen.scrollIntoView({ block: isTall && seen === found ? "start" : "center" });
  } else {
    area.scrollTop = area.scrollHeight;
  }
}

/** Once, when the page begins. */
export function prepareThread(pageTabs) {
  tabs = pageTabs;
  const dialog = byId("thread");
  const does = {
    continue: () => goOn(shown.name, tabs.openThread(shown.thread.buffer)),
    rename,
    archive: () => setState("archive", "restore"),
    restore: () => setState("restore", "archive"),
    aside: showAside,
    earlier: showEarlier,
    later: showLater,
  };
  dialog.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-does]");
    if (pressed?.dataset.does === "export") {
      take(pressed.dataset.format);
    } else if (pressed && does[pressed.dataset.does]) {
      does[pressed.dataset.does]().catch(tell);
    }
  });
}

function path(rest = "") {
  return `/api/threads/${encodeURIComponent(shown.name)}${rest}`;
}

async function load(query = {}) {
  const aside = shown.thread?.showsAside || null;
  const page = await ask("GET", address(`/api/page/threads/${encodeURIComponent(shown.name)}`, { aside, ...query }));
  shown.thread = page.thread;
  if (query.before !== undefined) {
    shown.messages = [...page.messages, ...shown.messages];
    shown.earlier = page.earlier;
  } else if (query.from !== undefined) {
    shown.messages = [...shown.messages, ...page.messages];
    shown.later = page.later;
  } else {
    Object.assign(shown, page);
  }
  draw();
}

function draw() {
  const dialog = byId("thread");
  const { thread, messages, earlier, later } = shown;
  const isArchived = thread.state === "archived";
  dialog.querySelector("h2").textContent = thread.title;
  dialog.querySelector(".facts").textContent = isArchived ? `${thread.facts} · archived, read-only` : thread.facts;
  const inTab = thread.buffer === null ? null : tabs.openThread(thread.buffer);
  const isOpen = inTab === thread.root;
  dialog.querySelector("[data-does=continue]").hidden = thread.buffer === null || isOpen;
  // While its tab shows another one, that has to give way to it.
  dialog.querySelector("[data-does=restore]").hidden = !isArchived || inTab !== null;
  dialog.querySelector("[data-does=rename]").hidden = isArchived;
  const aside = dialog.querySelector("[data-does=aside]");
  aside.hidden = thread.aside === 0;
  aside.setAttribute("aria-pressed", String(thread.showsAside));
  dialog.querySelector("[data-does=archive]").hidden = isArchived;
  dialog.querySelector("[data-does=earlier]").hidden = earlier === null;
  dialog.querySelector("[data-does=later]").hidden = later === null;
  const stopped = stoppedAnswers();
  reconcile(dialog.querySelector(".messages"), inOrder(messages.map((message) => stored(message, stopped))));
}

async function showEarlier() {
  const area = byId("thread").querySelector(".scroll");
  const fromEnd = area.scrollHeight - area.scrollTop;
  await load({ before: shown.earlier });
  area.scrollTop = area.scrollHeight - fromEnd;
}

function showLater() {
  return load({ from: shown.later });
}

function showAside() {
  return load({ aside: shown.thread.showsAside ? null : true });
}

/** The tab shows this thread, and what it showed is archived. */
async function goOn(name, before) {
  const { id, mode } = await ask("POST", `/api/threads/${encodeURIComponent(name)}/continue`, { body: {}, key: newKey() });
  closeAll();
  document.dispatchEvent(new Event("threads-changed"));
  tabs.goTo(mode);
  const back = before === null ? {} : { label: "Back to the other one", act: () => goOn(before, null).catch(tell) };
  notify(before === null ? `You go on with ${id}.` : "You go on with this one; the other one is archived.", back);
}

/** Why a thread can't be called that. */
function titleFault(title) {
  if (title === "") {
    return "Title cannot be empty";
  }
  return Array.from(title).length > LONGEST_TITLE ? "Title exceeds maximum length of 200 characters" : null;
}

async function rename() {
  const title = await asked("Title of the thread", shown.thread.title, "Rename", titleFault);
  if (title === null || title === shown.thread.title) {
    return;
  }
  await ask("PATCH", path(), { body: { title } });
  await changed(shown.name, "Renamed");
}

async function setState(does, undoes) {
  const { name } = shown;
  await ask("POST", path(`/${does}`), { body: {} });
  const undo = async () => {
    await ask("POST", `/api/threads/${encodeURIComponent(name)}/${undoes}`, { body: {} });
    await changed(name, undoes === "archive" ? "Archived again" : "Restored");
  };
  await changed(name, does === "archive" ? "Archived" : "Restored", { label: "Undo", act: () => undo().catch(tell) });
}

/** Shows what became of a thread, also where another one is read meanwhile. */
async function changed(name, said, doing = {}) {
  document.dispatchEvent(new Event("threads-changed"));
  if (shown.name === name) {
    await load();
  }
  notify(said, doing);
}

/** Fetched with the token and given out as a file: a link could carry no token. */
async function take(format) {
  try {
    const response = await call("GET", address(path("/export"), { format }), { headers: { Accept: "*/*" } });
    save(await response.blob(), fileName(response, format));
    notify("Exported");
  } catch (error) {
    tell(error);
  }
}

function fileName(response, format) {
  const told = /filename="([^"\\/]+)"/.exec(response.headers.get("Content-Disposition") ?? "");
  return told?.[1] ?? `thread.${format}`;
}
