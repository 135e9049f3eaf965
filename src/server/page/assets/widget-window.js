// The server's own window, in which a person lets this page speak for them, or decides on a draft.
// What happens there this page can neither see nor press.

const LOOKS = "popup,width=560,height=720";
/** How often it looks whether the window is there still: nothing tells. */
const LOOK = 500;

export class OwnWindow {
  /**
   * `hear` is told what the window says, `left` that it is closed, or that the browser keeps it apart:
   * nobody can tell the one from the other.
   */
  constructor(server, hear, left) {
    Object.assign(this, { server, hear, left });
    this.opened = null;
    this.listener = (event) => this.receive(event);
  }

  /** In a click, since browsers open windows in no other moment. */
  open(wanted) {
    const asked = Object.entries({ ...wanted, origin: location.origin }).filter(([, value]) => value);
    const address = `${this.server.origin}/embed#${new URLSearchParams(asked)}`;
    addEventListener("message", this.listener);
    this.opened?.close();
    this.opened = window.open(address, "_blank", LOOKS);
    clearInterval(this.clock);
    this.clock = setInterval(() => this.look(), LOOK);
    return this.opened !== null;
  }

  look() {
    if (this.opened?.closed !== false) {
      clearInterval(this.clock);
      this.left();
    }
  }

  receive({ origin, source, data }) {
    if (origin !== this.server.origin || source === null || source !== this.opened) {
      return;
    }
    if (data?.mmogit === "open") {
      source.postMessage({ mmogit: "asking" }, this.server.origin);
    } else {
      this.hear(data);
    }
  }

  close() {
    clearInterval(this.clock);
    removeEventListener("message", this.listener);
  }
}
