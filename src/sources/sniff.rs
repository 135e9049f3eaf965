//! Which program wrote a file, by how it begins.

use super::pieces::{FirstFields, Shape, first_fields};
use super::plain::OURS;
use super::{Kind, OtherFile, markdown};

/// How a file is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Which program wrote it.
    pub kind: Kind,
    /// How its records stand in it.
    pub shape: Shape,
    /// Each record is one message, and all together are one conversation.
    pub is_by_message: bool,
}

/// Looks at the beginning of a file. `None` if it is nobody's that is known here.
pub fn sniff(start: &[u8]) -> Option<Layout> {
    // What is in memory can always be read.
    let fields = first_fields(start).ok()?;
    if let Some(kind) = transcript(&fields) {
        return Some(line_by_line(kind));
    }
    let all = |kind, shape| {
        Some(Layout {
            kind,
            shape,
            is_by_message: false,
        })
    };
    if let Some(list) = WRAPPERS
        .iter()
        .find(|name| !fields.is_list && fields.has_list(name))
    {
        let inside = inside(start, list)?;
        let kind = kind_of(&inside)?;
        return all(kind, Shape::ItemsOf(list));
    }
    if is_message(&fields) && !is_ours(&fields) {
        // A list of messages is one record.
        return Some(Layout {
            kind: Kind::Plain,
            shape: Shape::Values,
            is_by_message: !fields.is_list,
        });
    }
    let shape = if fields.is_list {
        Shape::Items
    } else {
        Shape::Values
    };
    match kind_of(&fields) {
        Some(kind) => all(kind, shape),
        None => later_line(start).or_else(|| {
            let is_text = markdown::is_conversation(start);
            all(Kind::Markdown, Shape::Values).filter(|_| is_text)
        }),
    }
}

fn line_by_line(kind: Kind) -> Layout {
    Layout {
        kind,
        shape: Shape::Values,
        is_by_message: false,
    }
}

/// A transcript of which the first lines are broken.
fn later_line(start: &[u8]) -> Option<Layout> {
    let mut lines = start.split(|byte| *byte == b'\n').skip(1).take(MOST_BROKEN);
    lines.find_map(|line| Some(line_by_line(transcript(&first_fields(line).ok()?)?)))
}

/// Which agent writes such a line.
fn transcript(fields: &FirstFields) -> Option<Kind> {
    if fields.is_list {
        return None;
    }
    let kind = fields.word("type");
    let is_of_codex = match kind {
        Some("session_meta" | "turn_context" | "response_item" | "event_msg" | "compacted") => {
            fields.has("payload")
        }
        // Of the first versions.
        None => fields.has("id") && fields.has("timestamp") && fields.has("instructions"),
        Some(_) => false,
    };
    let is_of_claude_code = match kind {
        Some("summary") => fields.has("leafUuid"),
        Some("file-history-snapshot") => fields.has("messageId"),
        kind => fields.has("sessionId") && (kind.is_some() || fields.has("uuid")),
    };
    if is_of_codex {
        Some(Kind::Codex)
    } else if is_of_claude_code {
        Some(Kind::ClaudeCode)
    } else {
        None
    }
}

/// So many lines of a transcript may be broken before one that tells what it is.
const MOST_BROKEN: usize = 50;

/// What a file is that begins so, if it is something that never has conversations in it.
pub fn other_file(start: &[u8]) -> Option<OtherFile> {
    const PICTURES: [&[u8]; 3] = [b"\x89PNG", b"\xff\xd8\xff", b"GIF8"];
    const COMPRESSED: [&[u8]; 4] = [b"\x28\xb5\x2f\xfd", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"];
    let begins = |with: &[&[u8]]| with.iter().any(|with| start.starts_with(with));
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let text = text.trim_ascii_start();
    let is_page = [&b"<!doctype html"[..], b"<html"].iter().any(|tag| {
        let begin = text.get(..tag.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(tag))
    });
    let is_webp = start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP");
    if start.is_empty() {
        Some(OtherFile::Empty)
    } else if is_webp || begins(&PICTURES) {
        Some(OtherFile::Picture)
    } else if start.starts_with(b"%PDF-") {
        Some(OtherFile::Pdf)
    } else if is_page {
        Some(OtherFile::Page)
    } else if begins(&COMPRESSED) {
        Some(OtherFile::Compressed)
    } else {
        None
    }
}

/// Fields that some exporters put the list of conversations into.
const WRAPPERS: [&str; 1] = ["conversations"];

fn inside(start: &[u8], list: &str) -> Option<FirstFields> {
    let name = format!("\"{list}\"");
    let at = start
        .windows(name.len())
        .position(|part| part == name.as_bytes())?;
    let rest = &start[at + name.len()..];
    let opens = rest.iter().position(|byte| *byte == b'[')?;
    first_fields(&rest[opens..]).ok()
}

fn kind_of(fields: &FirstFields) -> Option<Kind> {
    if fields.has("mapping") {
        Some(Kind::ChatGpt)
    } else if fields.has_list("chat_messages") {
        Some(Kind::Claude)
    } else if fields.has_list("messages") && !is_ours(fields) {
        Some(Kind::Plain)
    } else {
        None
    }
}

fn is_message(fields: &FirstFields) -> bool {
    fields.has("role") && (fields.has("content") || fields.has("tool_calls"))
}

/// As [`OURS`], as far as the beginning shows.
fn is_ours(fields: &FirstFields) -> bool {
    OURS.iter().any(|name| fields.has(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(start: &str) -> Option<(Kind, Shape, bool)> {
        sniff(start.as_bytes()).map(|found| (found.kind, found.shape, found.is_by_message))
    }

    #[test]
    fn each_kind_is_known_by_its_first_fields() {
        let expected = [
            (
                "[{\"title\":\"t\",\"mapping\":{\"a\":",
                Kind::ChatGpt,
                Shape::Items,
                false,
            ),
            (
                "{\"title\":\"t\",\"mapping\":{}}",
                Kind::ChatGpt,
                Shape::Values,
                false,
            ),
            (
                "{\"conversations\": [{\"mapping\":{}}]}",
                Kind::ChatGpt,
                Shape::ItemsOf("conversations"),
                false,
            ),
            (
                "\u{feff}[{\"uuid\":\"u\",\"chat_messages\":[",
                Kind::Claude,
                Shape::Items,
                false,
            ),
            (
                "[{\"role\":\"user\",\"content\":\"a\"}]",
                Kind::Plain,
                Shape::Values,
                false,
            ),
            (
                "{\"role\":\"user\",\"content\":\"a\"}\n{",
                Kind::Plain,
                Shape::Values,
                true,
            ),
            (
                "{\"messages\":[]}\n{\"messages\":[",
                Kind::Plain,
                Shape::Values,
                false,
            ),
            ("[{\"messages\":[", Kind::Plain, Shape::Items, false),
            ("User: a\nAI: b", Kind::Markdown, Shape::Values, false),
            (
                "{\"timestamp\":\"t\",\"type\":\"session_meta\",\"payload\":{\"id\":\"u",
                Kind::Codex,
                Shape::Values,
                false,
            ),
            (
                "{\"id\":\"u\",\"timestamp\":\"t\",\"instructions\":null}\n{",
                Kind::Codex,
                Shape::Values,
                false,
            ),
            (
                "{\"parentUuid\":null,\"sessionId\":\"s\",\"type\":\"user\",\"message\":{",
                Kind::ClaudeCode,
                Shape::Values,
                false,
            ),
            (
                "{\"type\":\"summary\",\"summary\":\"s\",\"leafUuid\":\"u\"}",
                Kind::ClaudeCode,
                Shape::Values,
                false,
            ),
            (
                "{\"sessionId\":\"cu\n\0\0{\"type\":\"mode\",\"sessionId\":\"s\"}\n",
                Kind::ClaudeCode,
                Shape::Values,
                false,
            ),
        ];
        for (start, kind, shape, is_by_message) in expected {
            assert_eq!(told(start), Some((kind, shape, is_by_message)), "{start}");
        }
    }

    #[test]
    fn what_never_is_a_conversation_is_known_as_what_it_is() {
        for (start, what) in [
            (&b""[..], OtherFile::Empty),
            (b"\x89PNG\r\n", OtherFile::Picture),
            (b"RIFF1234WEBPVP8", OtherFile::Picture),
            (b"%PDF-1.7", OtherFile::Pdf),
            (
                b"\xef\xbb\xbf\n<!DOCTYPE html><title>ChatGPT",
                OtherFile::Page,
            ),
            (b"<HTML lang=en>", OtherFile::Page),
            (b"\x28\xb5\x2f\xfd..", OtherFile::Compressed),
        ] {
            assert_eq!(other_file(start), Some(what));
        }
        for start in ["User: a", "{}", "<b>", "RIFF1234WAVE"] {
            assert_eq!(other_file(start.as_bytes()), None, "{start}");
        }
    }

    #[test]
    fn our_own_files_and_all_others_are_nobodys() {
        for start in [
            "",
            "text",
            "[]",
            "[1]",
            "{}",
            "{\"mmogit_bundle\":1}",
            "{\"version\":1,\"author\":\"a\",\"messages\":[]}",
            "{\"messages\":\"many\"}",
            "{\"conversations\":[{\"name\":1}]}",
            "{\"display\":\"d\",\"project\":\"p\",\"timestamp\":1,\"sessionId\":\"s\"}",
            "{\"session_id\":\"s\",\"ts\":1,\"text\":\"t\"}",
        ] {
            assert_eq!(told(start), None, "{start}");
        }
    }
}
