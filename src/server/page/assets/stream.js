// Streams of events that notice when the other side is gone.

import { events, Refusal } from "./wire.js";

/** A connection without a sign of life for so long is taken for dead. */
export const SILENCE = 40_000;

/** The events of an address that `call` asks for, until its end, an abort, or too long a silence. */
export async function* stream(call, path, headers, signal) {
  const attempt = new AbortController();
  try {
    const response = await call("GET", path, {
      headers: { Accept: "text/event-stream", ...headers },
      signal: AbortSignal.any([signal, attempt.signal]),
      patience: null,
    });
    yield* watched(events(response));
  } finally {
    attempt.abort();
  }
}

async function* watched(source) {
  for (;;) {
    let clock;
    const silence = new Promise((_, reject) => {
      clock = setTimeout(() => reject(new Refusal(0, "The server fell silent.")), SILENCE);
    });
    try {
      const { done, value } = await Promise.race([source.next(), silence]);
      if (done) {
        return;
      }
      yield value;
    } finally {
      clearTimeout(clock);
    }
  }
}

/** Nobody is made to wait longer by what a server, or whatever stands before it, says. */
const LONGEST_TOLD = 300;

/** Waits, each time longer, until told otherwise. */
export class Patience {
  constructor(first = 500, longest = 10_000) {
    this.first = first;
    this.longest = longest;
    this.reset();
  }

  reset() {
    this.next = this.first;
  }

  /** `seconds` are what the server asked for. */
  wait({ signal, seconds } = {}) {
    const told = Math.min(seconds ?? 0, LONGEST_TOLD) * 1_000;
    const milliseconds = Math.max(this.next, told);
    this.next = Math.min(this.next * 2, this.longest);
    return new Promise((resolve) => {
      const clock = setTimeout(resolve, milliseconds);
      const stop = () => {
        clearTimeout(clock);
        resolve();
      };
      signal?.addEventListener("abort", stop, { once: true });
    });
  }
}
