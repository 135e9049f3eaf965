// Lines to the server that stay open. A browser allows six connections to a host, whichever tab has them:
// all widgets of a site share three for streams, so that there is always room for what is done meanwhile.

const LINES = [1, 2, 3].map((number) => `mmogit-chat/line/${number}`);

/** Waits for a line; what comes gives it back. */
export async function line(signal) {
  // Without locks (plain http from afar) each widget has its own.
  if (!navigator.locks) {
    return () => {};
  }
  for (const name of LINES) {
    const free = await taken(name, { ifAvailable: true });
    if (free !== null) {
      return free;
    }
  }
  const any = LINES[Math.floor(Math.random() * LINES.length)];
  return taken(any, { signal });
}

/** `null` if it is not to be had. */
function taken(name, options) {
  return new Promise((have, fail) => {
    const hold = (lock) => (lock === null ? have(null) : new Promise((free) => have(free)));
    navigator.locks.request(name, options, hold).catch(fail);
  });
}
