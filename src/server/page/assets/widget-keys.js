// The keys of the widget.

import { isMeant } from "./widget-page.js";

export class Keys {
  /** Of a chat, which does what they say. */
  constructor(chat) {
    this.chat = chat;
    const { panel } = chat.parts;
    panel.addEventListener("keydown", (event) => event.key === "Escape" && this.escape(event));
    // Escape in a dialog that covers all: it is ours to say what that closes.
    panel.addEventListener("cancel", (event) => event.preventDefault());
  }

  /** Hears the page's keys until `signal`. */
  listen(signal) {
    document.addEventListener("keydown", (event) => this.toggle(event), { signal });
  }

  toggle(event) {
    const { chat } = this;
    if (isToggle(event) && !event.defaultPrevented && !event.isComposing && isMeant(chat)) {
      event.preventDefault();
      if (chat.frame.isShown) {
        chat.hide();
      } else {
        chat.bringBack();
      }
    }
  }

  escape(event) {
    if (event.isComposing) {
      return;
    }
    const { chat } = this;
    event.preventDefault();
    event.stopPropagation();
    if (chat.sheets.isOpen) {
      chat.sheets.close(true);
    } else if (chat.talk.running !== undefined) {
      chat.try(() => chat.stop());
    } else {
      chat.hide();
    }
  }
}

function isToggle({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  return key?.toLowerCase() === "k" && (ctrlKey || metaKey) && !altKey && !shiftKey;
}
