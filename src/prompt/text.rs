//! A prompt as one text, for a program that reads its stdin.
//!
//! Each message stands under a line of its own that no message can imitate.

use super::{Prompt, PromptMessage};

/// Begins the line above each message.
const MARK: &str = "=== ";

/// The whole prompt as one text.
pub fn as_text(prompt: &Prompt) -> String {
    let mut text = preamble(prompt);
    if prompt.left_out > 0 {
        text.push_str("\n(The oldest messages are left out.)\n");
    }
    for message in &prompt.messages {
        text.push('\n');
        text.push_str(&of_message(message));
    }
    text
}

fn preamble(prompt: &Prompt) -> String {
    let title = one_line(&prompt.title);
    let mut text = format!(
        "This is a conversation between a person (human) and you (ai). Each message stands under a \
         line that begins with `{MARK}`; inside a message, such a line is written with a backslash \
         before it. Answer the last message, with the text of your answer only.\n\nTitle: {title}\n"
    );
    if !prompt.tags.is_empty() {
        let tags = one_line(&prompt.tags.join(", "));
        text.push_str(&format!("Tags: {tags}\n"));
    }
    text
}

/// What a persona is for stands above it and not at the beginning of all, which stays as it was
/// without one.
pub(super) fn of_message(message: &PromptMessage) -> String {
    let speaker = message.speaker.as_str();
    let time = message.timestamp.to_seconds_string();
    let order = if message.is_persona {
        " (how you are to answer from here on)"
    } else {
        ""
    };
    let cut = if message.is_interrupted {
        ", interrupted"
    } else {
        ""
    };
    let text = quoted(&message.text);
    format!("{MARK}{speaker}{order}, {time}{cut} ===\n{text}\n")
}

/// Escapes every line that could be taken for the line above a message, whatever ends a line for
/// the reader.
fn quoted(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut quoted = String::with_capacity(text.len());
    for line in text.split_inclusive(is_line_end) {
        if line.trim_start_matches('\\').starts_with(MARK.trim_end()) {
            quoted.push('\\');
        }
        quoted.push_str(line);
    }
    quoted
}

fn one_line(text: &str) -> String {
    text.replace(is_line_end, " ")
}

fn is_line_end(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn an_escaped_line_stays_told_from_a_written_one() {
        assert_ne!(quoted("=== x"), quoted("\\=== x"));
    }
}
