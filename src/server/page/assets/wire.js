// Requests and their answers, whoever asks: the server's own page, or one that embeds the widget.

import { sentences } from "./words.js";

const PATIENCE = 30_000;

/** No success. `status` is 0 where nobody answered; `code` is a word for programs, where there is one. */
export class Refusal extends Error {
  constructor(status, text, retryAfter = null, code = null) {
    super(text);
    this.status = status;
    this.retryAfter = retryAfter;
    this.code = code;
  }

  /** Whether the same request may well succeed later. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status === 503;
  }
}

/** A key for one send, told apart from every other. `randomUUID` is missing on plain http. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `path` with its parts and its query quoted: ``at`/api/threads/${id}` `` and `{ mode }`. */
export function address(path, query = {}) {
  const wanted = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(wanted).toString();
  return text === "" ? path : `${path}?${text}`;
}

/** The response, if it is a success; else a `Refusal`. */
export async function request(url, { method, token, body, type, key, headers = {}, signal, patience = PATIENCE }) {
  const clock = patience === null ? null : AbortSignal.timeout(patience);
  const asked = {
    method,
    headers: { ...headers, Accept: headers.Accept ?? "application/json" },
    signal: AbortSignal.any([signal, clock].filter(Boolean)),
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    referrerPolicy: "no-referrer",
  };
  if (token !== null) {
    asked.headers.Authorization = `Bearer ${token}`;
  }
  if (key !== undefined) {
    asked.headers["Idempotency-Key"] = key;
  }
  if (body !== undefined) {
    asked.headers["Content-Type"] = type ?? "application/json";
    asked.body = type ? body : JSON.stringify(body);
  }
  const response = await answered(url, asked, signal);
  if (response.ok) {
    return response;
  }
  throw await refusal(response);
}

async function answered(url, asked, signal) {
  try {
    return await fetch(url, asked);
  } catch (error) {
    if (signal?.aborted) {
      throw error;
    }
    throw new Refusal(0, "The server can’t be reached.");
  }
}

/** The page's own routes say it in one form, those for programs in another. */
async function refusal(response) {
  let text = `The server answered ${response.status}.`;
  let code = null;
  try {
    const told = await response.json();
    const { message, hint } = told.error?.message ? told.error : { message: told.error, hint: sentences(told.reason, told.hint) };
    text = sentences(message, hint) || text;
    code = told.error?.code ?? null;
  } catch {
    // The status has to do.
  }
  return new Refusal(response.status, text, Number(response.headers.get("Retry-After")) || null, code);
}

/** The answer's JSON. */
export async function read(response) {
  try {
    return await response.json();
  } catch {
    throw new Refusal(0, "The server’s answer broke off.");
  }
}

/**
 * The events of a stream as they come: `{ id, data }` with parsed data, and `null` for each sign of
 * life without one.
 */
export async function* events(response) {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of pieces(response.body)) {
    rest += decoder.decode(bytes, { stream: true }).replaceAll("\r", "");
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    yield null;
    for (const block of blocks) {
      const event = parsed(block);
      if (event !== null) {
        yield event;
      }
    }
  }
}

/** Not every browser lets a stream be looped over. */
async function* pieces(body) {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parsed(block) {
  const data = [];
  let id = null;
  for (const line of block.split("\n")) {
    if (line.startsWith("data:")) {
      data.push(line.slice(5).replace(/^ /, ""));
    } else if (line.startsWith("id:")) {
      id = line.slice(3).trim();
    }
  }
  return data.length === 0 ? null : { id, data: JSON.parse(data.join("\n")) };
}
