// `<mmogit-chat>`: the widget begins here, on whatever page embeds it.

import { Chat } from "./widget-chat.js";

if (customElements.get("mmogit-chat") === undefined) {
  customElements.define("mmogit-chat", Chat);
}
