// What became of a file that was brought in.

import { counted } from "./words.js";

const OUTCOMES = {
  new: "came in",
  updated: "brought up to date",
  known: "there already",
  erased: "erased here before, and not brought back",
  foreign: "somebody else’s, and not taken",
  unproven: "not taken: not a thread that is proven",
};

/** In a sentence, and whether nothing of it is here. */
export function outcomeOf({ threads, buffer }) {
  const others = threads.filter((thread) => !isNoThread(thread));
  const parts = Object.entries(OUTCOMES).map(([outcome, words]) => part(others, outcome, words));
  parts.push(noThreads(threads.filter(isNoThread), others.length));
  if (buffer) {
    parts.push(bufferPart(buffer));
  }
  const refused = threads.filter(({ outcome }) => ["erased", "foreign", "unproven"].includes(outcome));
  const isNothing = !buffer && refused.length === threads.length;
  const said = parts.filter(Boolean).join("; ");
  return { text: said === "" ? "nothing in it" : said, isNothing };
}

/** What was never a thread has no id. */
function isNoThread({ outcome, id }) {
  return outcome === "unproven" && id === null;
}

function noThreads(those, others) {
  if (those.length === 0) {
    return null;
  }
  if (others > 0) {
    return `${counted(those.length, "entry", "entries")} not taken: no thread`;
  }
  return "no export of mmogit: a thread’s JSON or a bundle can be brought in, Markdown can’t";
}

function part(threads, outcome, words) {
  const those = threads.filter((thread) => thread.outcome === outcome);
  if (those.length === 0) {
    return null;
  }
  const codes = new Set(those.flatMap(({ findings = [] }) => findings.map(({ code }) => code.replaceAll("-", " "))));
  const why = codes.size === 0 ? "" : ` (${[...codes].slice(0, 3).join(", ")})`;
  return `${counted(those.length, "thread")} ${words}${why}`;
}

function bufferPart({ taken, skipped, wasThere }) {
  if (wasThere) {
    return "its messages are there already";
  }
  const rest = skipped === 0 ? "" : `, ${skipped} passed over`;
  return `${counted(taken, "message")} came in${rest}`;
}
