//! `/copy`: a reply on the clipboard, by the terminal's own means (OSC 52), so that it works over
//! SSH too.

use super::Act;
use crate::cli::Failure;
use crate::model::{Message, Role};
use crate::render::code::LastBlock;
use crate::render::safe::SafeText;
use crate::safe_format;

/// Terminals take about 100,000 bytes, which Base64 makes of three quarters as many.
const MOST: usize = 74_000;

/// Which reply, counted from the newest, and whether only its code is wanted.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    number: usize,
    is_code: bool,
}

impl Wanted {
    fn read(words: &str) -> Option<Self> {
        let (codes, numbers): (Vec<&str>, Vec<&str>) = words
            .split_whitespace()
            .partition(|word| word.eq_ignore_ascii_case("code"));
        let number = match numbers[..] {
            [] => 1,
            [number] => number.parse().ok().filter(|number| *number > 0)?,
            _ => return None,
        };
        (codes.len() < 2).then_some(Self {
            number,
            is_code: !codes.is_empty(),
        })
    }
}

impl Act<'_, '_> {
    /// Copies a reply, or the last code block in it.
    pub(super) fn copy(&mut self, words: &str) -> Result<(), Failure> {
        match self.wanted(words) {
            Ok((text, what)) => {
                self.ui.give_to_clipboard(&text)?;
                self.ui.status(safe_format!("📋 Gave {} to the terminal for its clipboard ({} characters). Not there? Then yours doesn't take OSC 52.", what, text.chars().count()));
                if self.conversation.session.thread().is_sealed() {
                    self.ui.hint("   This thread is sealed; what keeps a history of the clipboard keeps it readable.");
                }
            }
            Err(why) => self.ui.hint(why),
        }
        self.ui.blank_line()
    }

    fn wanted(&self, words: &str) -> Result<(SafeText, &'static str), SafeText> {
        if self.desk.terminal.is_none() {
            return Err("/copy needs a terminal that has a clipboard.".into());
        }
        let wanted = Wanted::read(words).ok_or(
            "/copy takes a number, counted from the newest reply, \
             and `code` for its last code block.",
        )?;
        let visible = self.conversation.session.thread().visible();
        let replies: Vec<&&Message> = visible
            .iter()
            .filter(|message| message.role() == Role::Ai)
            .collect();
        let Some(reply) = replies.iter().rev().nth(wanted.number - 1) else {
            return Err(match replies.len() {
                0 => "There is no reply to copy yet.".into(),
                1 => "There is only one reply.".into(),
                count => safe_format!("There are only {} replies.", count),
            });
        };
        let (text, what) = if wanted.is_code {
            match LastBlock::of(&reply.text()) {
                LastBlock::Whole(code) => (code, "the code"),
                LastBlock::Missing => return Err("That reply has no code block.".into()),
                LastBlock::Unclosed => {
                    return Err(
                        "The last code block of that reply is not closed, so it may not be whole."
                            .into(),
                    );
                }
            }
        } else {
            (reply.text(), "the reply")
        };
        // What is pasted into a shell later must be what was seen here.
        let text = SafeText::block(&text);
        if text.len() > MOST {
            return Err(safe_format!(
                "That is too much for a terminal's clipboard: {} bytes, and {} are taken. \
                 `mmogit thread-export` writes it to a file.",
                text.len(),
                MOST
            ));
        }
        Ok((text, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_which_reply_and_whether_its_code() {
        let wanted = |number, is_code| Some(Wanted { number, is_code });
        assert_eq!(Wanted::read(""), wanted(1, false));
        assert_eq!(Wanted::read("3"), wanted(3, false));
        assert_eq!(Wanted::read("code"), wanted(1, true));
        assert_eq!(Wanted::read("2 Code"), wanted(2, true));
        for words in ["0", "-1", "all", "1 x"] {
            assert_eq!(Wanted::read(words), None, "{words}");
        }
    }
}
