// How the page puts words together.

export function counted(count, noun, nouns = `${noun}s`) {
  return `${count} ${count === 1 ? noun : nouns}`;
}

/** What there is of these, one sentence after the other. */
export function sentences(...parts) {
  return parts.filter(Boolean).map(sentence).join(" ");
}

function sentence(text) {
  const end = /[.!?…:]$/.test(text) ? "" : ".";
  return text.charAt(0).toUpperCase() + text.slice(1) + end;
}

/**
 * What a conversation is called, here as everywhere: nothing makes a title but its user. Else it has
 * the record's usual one, with the moment in UTC.
 */
export function titleOf({ title, created_at: begun }) {
  const [day, hour] = new Date(begun).toISOString().split(/[T.]/);
  return title ?? `chat_${day.replaceAll("-", "")}_${hour.replaceAll(":", "")}`;
}

export function isUsual(title) {
  return /^chat_\d{8}_\d{6}$/.test(title);
}
