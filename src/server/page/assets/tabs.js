// The two modes as tabs: arrow keys move between them, as screen readers expect.

import { byId } from "./dom.js";
import { MODES } from "./live.js";
import { own } from "./store.js";

export class Tabs {
  constructor() {
    this.tabs = MODES.map((mode) => byId(`tab-${mode}`));
    this.panels = MODES.map((mode) => byId(`panel-${mode}`));
    this.tabs.forEach((tab, place) => {
      tab.addEventListener("click", () => this.select(place));
      tab.addEventListener("keydown", (event) => this.key(event, place));
    });
    this.select(Math.max(0, MODES.indexOf(own.get("mode"))));
  }

  get current() {
    return this.panels[this.place];
  }

  select(place, { focus = false } = {}) {
    if (this.place !== place) {
      this.panels[this.place]?.hide();
      this.place = place;
      this.panels[place].show();
      own.set("mode", MODES[place]);
    }
    this.tabs.forEach((tab, other) => {
      tab.setAttribute("aria-selected", String(other === place));
      tab.tabIndex = other === place ? 0 : -1;
    });
    this.panels.forEach((panel, other) => (panel.hidden = other !== place));
    if (focus) {
      this.tabs[place].focus();
    }
  }

  /** The root of the thread that a mode shows. */
  openThread(mode) {
    return this.panels[MODES.indexOf(mode)]?.openThread ?? null;
  }

  /** From anywhere: the panel, ready to write in. */
  goTo(mode) {
    this.select(MODES.indexOf(mode));
    this.current.querySelector("textarea").focus();
  }

  key(event, place) {
    const count = this.tabs.length;
    const next = { ArrowRight: place + 1, ArrowLeft: place - 1 + count, Home: 0, End: count - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      this.select(next % count, { focus: true });
    }
  }
}
