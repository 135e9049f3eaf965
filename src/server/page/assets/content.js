// What a message or a draft says, as one text.

/** As it would be copied: blocks become Markdown. */
export function plain(content) {
  return content?.text ?? (content?.blocks ?? []).map(markdown).join("\n\n");
}

function markdown({ type, content, level, language }) {
  if (type === "heading") {
    return `${"#".repeat(level)} ${content}`;
  }
  if (type === "code") {
    const fence = fenceAround(content);
    return `${fence}${language ?? ""}\n${content}\n${fence}`;
  }
  return content;
}

/** Longer than any that stands in the code. */
function fenceAround(code) {
  const longest = Math.max(2, ...Array.from(code.matchAll(/`+/g), ([run]) => run.length));
  return "`".repeat(longest + 1);
}
