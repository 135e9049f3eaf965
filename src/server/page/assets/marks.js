// Words that were looked for, marked where they stand.

import { build } from "./dom.js";

/** Marks each of the words in an element, whatever their case and accents; the first mark, or null. */
export function markWords(place, words) {
  const wanted = new Set(words.map(folded).filter((word) => word !== ""));
  if (wanted.size === 0) {
    return null;
  }
  const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    texts.push(walker.currentNode);
  }
  for (const text of texts) {
    text.replaceWith(...marked(text.data, wanted));
  }
  return place.querySelector("mark");
}

function marked(text, wanted) {
  const parts = text.split(/([\p{L}\p{N}\p{M}_]+)/u).filter((part) => part !== "");
  return parts.map((part) => (wanted.has(folded(part)) ? build("mark", {}, part) : part));
}

function folded(word) {
  return word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
