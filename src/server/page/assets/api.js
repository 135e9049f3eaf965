// What the page says to the server, and how it hears back.

import { session } from "./session.js";
import { read, request } from "./wire.js";

export { address, events, newKey, Refusal } from "./wire.js";

/** The response, if it is a success; else a `Refusal`. */
export async function call(method, path, options = {}) {
  const token = session.token;
  try {
    return await request(path, { ...options, method, token });
  } catch (error) {
    if (error.status === 401 && token !== null) {
      session.expire(token);
    }
    throw error;
  }
}

/** The answer's JSON. */
export async function ask(method, path, options) {
  return read(await call(method, path, options));
}
