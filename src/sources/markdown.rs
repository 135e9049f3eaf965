//! A conversation as Markdown, with a line before each message that says who speaks: `## User`,
//! `**Assistant:** …`, `Human: …`. A file keeps to one of these; the others are text in it.

use super::plain::id_of;
use super::{Conversation, SkipReason, SourceMessage, Speaker};

/// How a file marks who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `## User`, with so many signs.
    Heading(usize),
    /// `**User**: …` or `**User:** …`.
    Bold,
    /// `User: …`.
    Label,
}

/// A line that says who speaks, and what follows on it.
struct Mark<'t> {
    style: Style,
    speaker: Speaker,
    rest: &'t str,
}

/// Whether a text that begins so is a conversation: a person and an AI both speak.
pub fn is_conversation(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(start);
    let text = without_mark(&text);
    if text.contains('\0') {
        return false;
    }
    let Some(style) = style_of(text) else {
        return false;
    };
    let mut has = [false; 2];
    for mark in marks(text, style) {
        has[0] |= mark.speaker == Speaker::Human;
        has[1] |= mark.speaker == Speaker::Ai;
    }
    has == [true; 2]
}

/// Some editors begin a text with a byte order mark.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Reads a conversation. `place` is what it is known by: its file's name.
///
/// # Errors
///
/// If nobody speaks in it, or nothing is said.
pub fn read(text: &str, place: &str) -> Result<Conversation, SkipReason> {
    let text = without_mark(text);
    let style = style_of(text).ok_or(SkipReason::OtherForm)?;
    let mut fence = Fence::default();
    let mut said: Vec<Turn> = Vec::new();
    for line in text.lines() {
        let mark = fence.is_outside(line).then(|| mark(line)).flatten();
        match mark.filter(|mark| mark.style == style) {
            Some(mark) => said.push(Turn {
                speaker: mark.speaker,
                lines: vec![mark.rest],
            }),
            // What stands before the first one is no part of the talk.
            None => {
                if let Some(last) = said.last_mut() {
                    last.lines.push(line);
                }
            }
        }
    }
    let turns = said.into_iter().filter_map(Turn::text).zip(0_usize..);
    let messages: Vec<SourceMessage> = turns
        .map(|((speaker, text), place)| SourceMessage {
            parent: place.checked_sub(1),
            ..SourceMessage::new(format!("#{place}"), speaker, text)
        })
        .collect();
    let shown = messages.len().checked_sub(1).ok_or(SkipReason::Empty)?;
    Ok(Conversation {
        native_id: id_of(place, &messages[0]),
        title: title(text, style),
        began: None,
        messages,
        shown,
        hidden: 0,
    })
}

struct Turn<'t> {
    speaker: Speaker,
    lines: Vec<&'t str>,
}

impl Turn<'_> {
    /// Without the empty lines and rules around it.
    fn text(self) -> Option<(Speaker, String)> {
        let is_nothing = |line: &&str| line.trim().is_empty() || line.trim() == "---";
        let lines: Vec<&str> = self.lines.into_iter().skip_while(is_nothing).collect();
        let end = lines.iter().rposition(|line| !is_nothing(line))?;
        Some((self.speaker, lines[..=end].join("\n")))
    }
}

/// Whether a line stands in code, where it says nothing about who speaks.
#[derive(Default)]
struct Fence<'t>(Option<&'t str>);

impl<'t> Fence<'t> {
    fn is_outside(&mut self, line: &'t str) -> bool {
        let line = line.trim_start();
        let sign = line.chars().next().filter(|sign| matches!(sign, '`' | '~'));
        let length = line.len() - line.trim_start_matches(['`', '~']).len();
        let fence = &line[..length];
        let is_fence = length >= 3 && sign.is_some();
        match self.0 {
            None if is_fence => {
                self.0 = Some(fence);
                false
            }
            None => true,
            Some(open) => {
                let closes =
                    is_fence && fence.starts_with(open) && line[length..].trim().is_empty();
                self.0 = self.0.filter(|_| !closes);
                false
            }
        }
    }
}

/// How the first line that says who speaks says it.
fn style_of(text: &str) -> Option<Style> {
    let mut fence = Fence::default();
    let mut lines = text.lines().filter(|line| fence.is_outside(line));
    lines.find_map(|line| mark(line).map(|mark| mark.style))
}

fn marks(text: &str, style: Style) -> impl Iterator<Item = Mark<'_>> {
    let mut fence = Fence::default();
    let lines = text.lines().filter(move |line| fence.is_outside(line));
    lines
        .filter_map(mark)
        .filter(move |mark| mark.style == style)
}

fn mark(line: &str) -> Option<Mark<'_>> {
    let line = line.trim_end();
    let level = line.len() - line.trim_start_matches('#').len();
    if (1..=6).contains(&level) {
        let name = line[level..].trim_matches(['*', ':', ' ']);
        return Some(Mark {
            style: Style::Heading(level),
            speaker: speaker(name)?,
            rest: "",
        });
    }
    if let Some(bold) = line.strip_prefix("**") {
        let (name, rest) = bold.split_once("**")?;
        let has_colon = name.ends_with(':') || rest.starts_with(':');
        let rest = rest.trim_start_matches(':').trim_start();
        let stands_alone = has_colon || rest.is_empty();
        return Some(Mark {
            style: Style::Bold,
            speaker: speaker(name.trim_end_matches(':')).filter(|_| stands_alone)?,
            rest,
        });
    }
    let (name, rest) = line.split_once(':')?;
    Some(Mark {
        style: Style::Label,
        speaker: speaker(name)?,
        rest: rest.trim_start(),
    })
}

fn speaker(name: &str) -> Option<Speaker> {
    match name.trim().to_lowercase().as_str() {
        "user" | "human" | "you" | "me" | "question" | "prompt" => Some(Speaker::Human),
        "assistant" | "ai" | "chatgpt" | "gpt" | "claude" | "gemini" | "model" | "bot"
        | "answer" | "response" => Some(Speaker::Ai),
        "system" => Some(Speaker::Instructions),
        "tool" => Some(Speaker::ToolOutput("tool".to_owned())),
        _ => None,
    }
}

/// The heading above all messages.
fn title(text: &str, style: Style) -> Option<String> {
    let before = text.lines().take_while(|line| {
        let mark = mark(line);
        mark.is_none_or(|mark| mark.style != style)
    });
    let mut headings = before.filter_map(|line| line.strip_prefix("# "));
    headings.next().map(|title| title.trim().to_owned())
}

#[cfg(test)]
mod tests;
