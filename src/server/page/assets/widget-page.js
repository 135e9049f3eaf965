// The widgets that stand on this page: each has a place of its own, and a key is meant for one of
// them.

const chats = new Set();
let usedLast = null;

/** A number that no other widget here has, and one that no other of its project has. */
export function enter(chat) {
  const others = [...chats].filter((other) => other !== chat);
  const alike = others.filter((other) => other.project === chat.project);
  chat.nth ??= lowestFree(others.map((other) => other.nth));
  chat.nthOfProject ??= lowestFree(alike.map((other) => other.nthOfProject));
  chats.add(chat);
}

export function leave(chat) {
  chats.delete(chat);
}

function lowestFree(taken) {
  let number = 0;
  while (taken.includes(number)) {
    number += 1;
  }
  return number;
}

export function use(chat) {
  usedLast = chat;
}

/** The one where somebody is; else the one that was used last; else the first. */
export function isMeant(chat) {
  const all = [...chats];
  const focused = all.find((one) => one.matches(":focus-within"));
  const used = all.find((one) => one === usedLast);
  return chat === (focused ?? used ?? all[0]);
}
