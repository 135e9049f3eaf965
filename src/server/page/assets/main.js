// The page begins here.

import { about } from "./about.js";
import { Audit } from "./audit.js";
import { copy } from "./clipboard.js";
import { Conversation } from "./conversation.js";
import { closeAll, open, prepare } from "./dialogs.js";
import { byId } from "./dom.js";
import { Live } from "./live.js";
import { showProof } from "./proof.js";
import { Search } from "./search.js";
import { session } from "./session.js";
import { Settings } from "./settings.js";
import { listen } from "./shortcuts.js";
import { launch, SignIn, tokenOfAddress } from "./signin.js";
import { announce, dismiss } from "./status.js";
import { Tabs } from "./tabs.js";
import { prepareThread } from "./thread.js";
import { Threads } from "./threads.js";

const launchToken = tokenOfAddress();

async function begin() {
  const signIn = new SignIn();
  customElements.define("mmogit-conversation", Conversation);
  const live = new Live();
  document.querySelectorAll("mmogit-conversation").forEach((panel) => panel.begin(live));
  const tabs = new Tabs();
  prepare();
  prepareThread(tabs);
  offer(live, tabs);
  onMessages();
  live.addEventListener("connection", () => showConnection(live.connection));
  session.addEventListener("change", () => session.token === null && coverAll());
  session.addEventListener("change", showWhose);
  showWhose();
  let problem = "";
  if (launchToken !== null) {
    // Used twice (a reload, a second click), it opens nothing: the session that it gave may still do.
    await launch(launchToken).catch((error) => (problem = error.message));
  }
  live.start();
  about.load();
  if (session.token === null) {
    signIn.open(problem);
  } else if (document.activeElement === document.body) {
    // Whoever began to do something meanwhile goes on there.
    tabs.current.querySelector("textarea").focus();
  }
}

/** As whom this browser is logged in, where several people share a server. */
function showWhose() {
  const place = byId("whose");
  place.hidden = session.token === null || session.username === null;
  place.textContent = session.username ?? "";
  place.title = place.hidden ? "" : `Logged in as ${session.username}`;
}

/** Nobody is in: nothing stays open or offered. */
function coverAll() {
  closeAll();
  dismiss();
}

/** Buttons and keys do the same things. */
function offer(live, tabs) {
  const [search, threads, audit, settings] = [new Search(), new Threads(live, tabs), new Audit(), new Settings()];
  const does = {
    search: () => search.open(),
    threads: () => threads.open(),
    audit: () => audit.open(),
    settings: () => settings.open(),
    help: () => open("help"),
    stop: () => tabs.current.stop(),
    conversation: () => tabs.goTo("conversation"),
    inner: () => tabs.goTo("inner"),
  };
  listen(does);
  byId("tools").addEventListener("click", (event) => {
    does[event.target.closest("[data-opens]")?.dataset.opens]?.();
  });
}

/** What the buttons on messages do, wherever the message is shown. */
function onMessages() {
  addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-does]");
    const article = pressed?.closest("article");
    switch (article && pressed.dataset.does) {
      case "copy":
        copy(article.plain, pressed);
        break;
      case "copy-code":
        copy(pressed.closest("pre").querySelector("code").textContent, pressed);
        break;
      case "proof":
        showProof(article);
        break;
    }
  });
}

function showConnection(connection) {
  const banner = byId("offline");
  const isOffline = connection === "offline";
  if (isOffline && banner.hidden) {
    announce(banner.textContent);
  } else if (!isOffline && !banner.hidden) {
    announce("The server is there again");
  }
  banner.hidden = !isOffline;
  document.documentElement.dataset.connection = connection;
}

begin();
