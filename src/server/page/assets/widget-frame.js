// Where the widget stands on the page: hidden, minimised, floating, or docked at a side. It stands
// in the browser's top layer, so that nothing of the page's style can cut it off or cover it.

import { build } from "./dom.js";

export const STATES = ["hidden", "minimised", "floating", "docked-left", "docked-right"];

const SMALLEST = { w: 300, h: 320 };
const STEP = 24;
const MARGIN = 12;
/**
 * So narrow a page has no room beside it: then it covers all, and what it covers can't be reached.
 */
const NARROW = "(max-width: 600px)";

/** Events: `state`, and again when a place beside the page gets another width. */
export class Frame extends EventTarget {
  /** `panel` is a dialog, `launcher` the button that brings it back, `place` a sheet of its own. */
  constructor({ panel, launcher, header, place, shelf, nth }) {
    super();
    Object.assign(this, { panel, launcher, place, shelf, nth });
    this.state = "hidden";
    this.narrow = matchMedia(NARROW);
    this.box = { x: null, y: null, w: 400, h: 560, ...shelf.get("box") };
    this.handles(header);
    this.fit = () => (this.lay(), this.tell());
    this.again = () => this.show(this.state);
  }

  connect() {
    addEventListener("resize", this.fit);
    this.narrow.addEventListener("change", this.again);
    // What is taken out of a page is shown no more when it comes back.
    this.again();
  }

  disconnect() {
    removeEventListener("resize", this.fit);
    this.narrow.removeEventListener("change", this.again);
  }

  /** Whether all of the page is covered. */
  get coversAll() {
    return this.narrow.matches && !["hidden", "minimised"].includes(this.state);
  }

  /** How much of the page's width it takes. */
  get width() {
    return this.state.startsWith("docked") && !this.coversAll ? this.wide : 0;
  }

  get isShown() {
    return this.state !== "hidden";
  }

  show(state) {
    this.state = state;
    if (state !== "hidden") {
      this.shelf.set("before", state);
    }
    this.shelf.set("state", state);
    this.panel.dataset.state = this.coversAll ? "whole" : state;
    this.lay();
    this.open();
    this.tell();
  }

  tell() {
    const told = `${this.state} ${this.width}`;
    if (told !== this.told) {
      this.told = told;
      this.dispatchEvent(new Event("state"));
    }
  }

  /** Whoever is in it stays where they are. */
  open() {
    const focused = this.panel.getRootNode().activeElement;
    this.stand();
    if (this.isShown && focused !== null && this.panel.contains(focused) && focused.checkVisibility()) {
      focused.focus({ preventScroll: true });
    }
  }

  stand() {
    const isModal = this.panel.matches(":modal");
    if (this.panel.open && (isModal !== this.coversAll || !this.isShown)) {
      this.panel.close();
    }
    if (this.panel.matches(":popover-open") && (this.coversAll || !this.isShown)) {
      this.panel.hidePopover();
    }
    if (this.coversAll && !isModal) {
      this.panel.showModal();
    } else if (this.isShown && !this.coversAll && !this.panel.matches(":popover-open")) {
      this.showBeside();
    }
    this.launcher.togglePopover(!this.isShown && this.hasLauncher);
  }

  /** A dialog that is shown takes the focus; nobody on the page asked for that. */
  showBeside() {
    const before = document.activeElement;
    this.panel.showPopover();
    const taken = this.panel.getRootNode().activeElement;
    if (taken !== null && before !== document.activeElement) {
      taken.blur();
      before?.focus({ preventScroll: true });
    }
  }

  get hasLauncher() {
    return this.launcher.dataset.wanted !== "none";
  }

  /** As it stood before it was hidden. */
  bringBack() {
    const before = this.shelf.get("before");
    this.show(STATES.includes(before) && before !== "hidden" ? before : "floating");
  }

  /** Grown from what is minimised. */
  grow() {
    const wide = this.shelf.get("wide");
    this.show(STATES.includes(wide) ? wide : "floating");
  }

  minimise() {
    this.shelf.set("wide", this.state);
    this.show("minimised");
  }

  // ── moving and resizing ──────────────────────────────────────────────────────────────────────

  handles(header) {
    this.mover = handle("move", "Move the chat: arrow keys");
    this.sizer = handle("size", "Resize the chat: arrow keys");
    header.prepend(this.mover);
    this.panel.append(this.sizer);
    dragged(header, (by, start) => this.set({ x: start.x + by.x, y: start.y + by.y }), () => this.begin());
    dragged(this.sizer, (by, start) => this.resize(by, start), () => this.begin());
    this.mover.addEventListener("keydown", (event) => this.step(event, (by, start) => this.set({ x: start.x + by.x, y: start.y + by.y })));
    this.sizer.addEventListener("keydown", (event) => this.step(event, (by, start) => this.resize(by, start)));
  }

  /** Where it is when somebody takes it; null where it can't be moved. */
  begin() {
    if (this.coversAll || !this.isShown || this.state === "minimised") {
      return null;
    }
    const { left: x, top: y, width: w, height: h } = this.panel.getBoundingClientRect();
    return { x, y, w, h };
  }

  step(event, change) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const start = this.begin();
    if (way !== undefined && start !== null) {
      event.preventDefault();
      change({ x: way[0] * STEP, y: way[1] * STEP }, start);
    }
  }

  resize(by, start) {
    // At the right side it grows to the left.
    const w = this.state === "docked-right" ? start.w - by.x : start.w + by.x;
    this.set(this.state === "floating" ? { x: start.x, y: start.y, w, h: start.h + by.y } : { w });
  }

  set(changes) {
    if (this.state !== "floating" && "x" in changes) {
      return;
    }
    this.box = { ...this.box, ...changes };
    this.lay();
    this.tell();
    this.shelf.set("box", this.box);
  }

  /** Always within the window, however small that became. */
  lay() {
    const wide = document.documentElement.clientWidth;
    const high = innerHeight;
    const w = within(this.box.w, SMALLEST.w, wide - 2 * MARGIN);
    // A lower window has all of it, where one writes too.
    const h = Math.min(within(this.box.h, SMALLEST.h, high - 2 * MARGIN), high - 2 * MARGIN);
    this.wide = w;
    const beside = this.nth * (w + MARGIN);
    const x = within(this.box.x ?? wide - w - 2 * MARGIN - beside, MARGIN, wide - w - MARGIN);
    const y = within(this.box.y ?? high - h - 2 * MARGIN, MARGIN, high - h - MARGIN);
    this.place.replaceSync(`.mmogit { --x: ${x}px; --y: ${y}px; --w: ${w}px; --h: ${h}px; --nth: ${this.nth}; }`);
  }
}

function within(value, least, most) {
  return Math.max(least, Math.min(value, most));
}

function handle(what, label) {
  return build("button", { type: "button", class: `handle ${what}`, "aria-label": label, title: label });
}

/** Tells how far something was dragged. `begin` says where it was, or null. */
function dragged(element, move, begin) {
  element.addEventListener("pointerdown", (event) => {
    const pressed = event.target.closest("button, input, select, textarea, a");
    const isHandle = pressed === null || pressed.classList.contains("handle");
    const start = event.button === 0 && isHandle ? begin() : null;
    if (start === null) {
      return;
    }
    const follow = (later) => move({ x: later.clientX - event.clientX, y: later.clientY - event.clientY }, start);
    const leave = () => {
      element.removeEventListener("pointermove", follow);
      element.removeEventListener("pointerup", leave);
      element.removeEventListener("pointercancel", leave);
    };
    element.setPointerCapture(event.pointerId);
    element.addEventListener("pointermove", follow);
    element.addEventListener("pointerup", leave);
    element.addEventListener("pointercancel", leave);
  });
}
