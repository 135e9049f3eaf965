// Dialogs: the browser's own, which make what they cover inert and give the focus back.

import { build, button, byId } from "./dom.js";

/** Opens one of the shell's dialogs, on top of those that are open. */
export function open(id) {
  const dialog = byId(id);
  if (!dialog.open) {
    dialog.showModal();
  }
  return dialog;
}

/** Closes what is open, and empties what somebody else could read there. */
export function closeAll() {
  for (const dialog of document.querySelectorAll("dialog[open]:not(#signin)")) {
    dialog.close();
  }
  for (const place of document.querySelectorAll("dialog :is(.results, .messages, .said, .facts, .body)")) {
    place.replaceChildren();
  }
}

export function isAnyOpen() {
  return document.querySelector("dialog[open]") !== null;
}

/** Buttons that close, and clicks beside a dialog. */
export function prepare() {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      const closes = event.target.closest("[data-does=close]") !== null;
      if (closes || (event.target === dialog && isBeside(dialog, event))) {
        dialog.close();
      }
    });
  }
}

function isBeside(dialog, event) {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  const isWithin = event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
  // A key that presses a button reports no place.
  return !isWithin && event.detail > 0;
}

/** Asks before something that can't be undone; whether the answer was yes. */
export async function confirmed(question, yes) {
  return (await chosen(question, [{ label: yes, answer: true, looks: "danger" }])) ?? false;
}

/** Asks which of `[{ label, answer, looks }]`; null if none. */
export function chosen(question, choices) {
  return new Promise((resolve) => {
    let chosen = null;
    const choose = (answer) => {
      chosen = answer;
      dialog.close();
    };
    const dialog = build(
      "dialog",
      { class: "small", "aria-labelledby": "question" },
      build("p", { id: "question" }, question),
      build(
        "div",
        { class: "row end" },
        button("Cancel", () => dialog.close()),
        choices.map(({ label, answer, looks }) => button(label, () => choose(answer), { class: looks })),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(chosen);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Asks for one line of text, in which `fault` finds nothing to say; null if there is none. */
export function asked(question, value, yes, fault) {
  return new Promise((resolve) => {
    let answer = null;
    const field = build("input", { type: "text", id: "answer", autocomplete: "off", "aria-describedby": "fault" });
    const said = build("p", { id: "fault", class: "problem bad", role: "alert" });
    field.value = value;
    const submit = (event) => {
      event.preventDefault();
      const text = field.value.trim();
      said.textContent = fault(text) ?? "";
      field.setAttribute("aria-invalid", String(said.textContent !== ""));
      if (said.textContent === "") {
        answer = text;
        dialog.close();
      }
    };
    const form = build(
      "form",
      { onsubmit: submit },
      build("label", { for: "answer" }, question),
      field,
      said,
      build("div", { class: "row end" }, button("Cancel", () => dialog.close()), build("button", { type: "submit", class: "main" }, yes)),
    );
    const dialog = build("dialog", { class: "small", "aria-label": question }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    field.select();
  });
}
