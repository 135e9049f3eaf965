// Elements, built and found. Text goes in as text; nothing here takes markup but `fragment`.

/** An element: `build("button", { type: "button", onclick }, "Text", child)`. */
export function build(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    set(element, attribute, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

function set(element, attribute, value) {
  if (value === null || value === undefined || value === false) {
    return;
  }
  if (attribute.startsWith("on")) {
    element.addEventListener(attribute.slice(2), value);
  } else if (value === true) {
    element.setAttribute(attribute, "");
  } else {
    element.setAttribute(attribute, value);
  }
}

/** The element of the shell with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Where a page asks for it (`require-trusted-types-for`), this is what its policy is to name. */
const trusted = policy();

function policy() {
  try {
    return globalThis.trustedTypes?.createPolicy("mmogit", { createHTML: (html) => html });
  } catch {
    return undefined;
  }
}

/**
 * What the server drew, as elements. It was cleaned there, and this way of reading it runs no script
 * and loads nothing.
 */
export function fragment(html) {
  const parsed = new DOMParser().parseFromString(trusted?.createHTML(html) ?? html, "text/html");
  return document.adoptNode(parsed.body.firstElementChild);
}

/** A copy of what stands in a `<template>` of the shell. */
export function fromTemplate(id) {
  return byId(id).content.cloneNode(true);
}

/** A button that does one thing. */
export function button(text, onclick, attributes = {}) {
  return build("button", { type: "button", onclick, ...attributes }, text);
}
