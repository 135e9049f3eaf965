//! The terminal: answers and data to standard output, everything else to standard error.

use super::{Exit, Failure};
use crate::render::json;
use crate::render::safe::SafeText;
use anstream::{AutoStream, ColorChoice};
use base64ct::{Base64, Encoding};
use serde::Serialize;
use std::io::{self, BufRead, IsTerminal, Write};
use zeroize::Zeroizing;

/// What is known about the three streams.
#[derive(Debug, Clone, Copy)]
pub struct Ui {
    /// Somebody can type.
    pub stdin_is_terminal: bool,
    /// Somebody reads the answers.
    pub stdout_is_terminal: bool,
    /// Somebody reads the remarks.
    pub stderr_is_terminal: bool,
}

const DEFAULT_SIZE: (usize, usize) = (80, 24);

impl Ui {
    /// Looks at the streams.
    pub fn new() -> Self {
        Self {
            stdin_is_terminal: io::stdin().is_terminal(),
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
        }
    }

    /// Whether a person sits at both ends.
    pub fn is_interactive(&self) -> bool {
        self.stdin_is_terminal && self.stdout_is_terminal
    }

    /// Whether standard output gets colours (NO_COLOR, CLICOLOR and the terminal decide).
    pub fn has_colour(&self) -> bool {
        AutoStream::choice(&io::stdout()) != ColorChoice::Never
    }

    /// The terminal's width in columns.
    pub fn width(&self) -> usize {
        self.size().0
    }

    /// The terminal's columns and rows.
    pub fn size(&self) -> (usize, usize) {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
        let known = |side: u16, default| if side > 0 { usize::from(side) } else { default };
        size.map_or(DEFAULT_SIZE, |size| {
            (
                known(size.ws_col, DEFAULT_SIZE.0),
                known(size.ws_row, DEFAULT_SIZE.1),
            )
        })
    }

    /// Writes to standard output as it is, at once.
    pub fn print(&self, text: impl Into<SafeText>) -> Result<(), Failure> {
        let mut out = anstream::stdout();
        out.write_all(text.into().as_bytes())?;
        Ok(out.flush()?)
    }

    /// Writes a line to standard output.
    pub fn line(&self, text: impl Into<SafeText>) -> Result<(), Failure> {
        self.print(text.into() + "\n")
    }

    /// Writes a line of our own words to standard output, wrapped between words where somebody reads
    /// it.
    pub fn tell(&self, text: impl Into<SafeText>) -> Result<(), Failure> {
        let text = text.into();
        self.line(if self.stdout_is_terminal {
            text.wrapped(self.width())
        } else {
            text
        })
    }

    /// Writes JSON to standard output, so that it can be shown and pasted anywhere.
    pub fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        self.line(json::text(
            &serde_json::to_string_pretty(value).map_err(anyhow::Error::from)?,
        ))
    }

    /// Writes JSON as it is stored, to the byte; at a terminal so that it can be shown.
    pub fn stored_json(&self, bytes: &[u8]) -> Result<(), Failure> {
        if self.stdout_is_terminal {
            return self.print(json::text(&String::from_utf8_lossy(bytes)));
        }
        self.data(bytes)
    }

    /// Writes data to standard output, to the byte; at a terminal without what could act on it.
    pub fn data(&self, bytes: &[u8]) -> Result<(), Failure> {
        if self.stdout_is_terminal {
            return self.print(SafeText::block(&String::from_utf8_lossy(bytes)));
        }
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        Ok(out.flush()?)
    }

    /// Writes a line to standard error. Where even that fails there is nobody left to tell.
    pub fn note(&self, text: impl Into<SafeText>) {
        self.print_beside(text.into() + "\n");
    }

    /// Writes a remark of ours to standard error, wrapped between words where somebody reads it.
    pub fn remark(&self, text: impl Into<SafeText>) {
        let text = text.into();
        self.note(if self.stderr_is_terminal {
            text.wrapped(self.width())
        } else {
            text
        });
    }

    /// Writes to standard error as it is, at once.
    pub fn print_beside(&self, text: impl Into<SafeText>) {
        let mut err = anstream::stderr();
        let _ = err
            .write_all(text.into().as_bytes())
            .and_then(|()| err.flush());
    }

    /// Draws a line on standard error in place of the one that is there, as far as it fits.
    pub fn redraw(&self, line: impl Into<SafeText>) {
        let line = line.into().shortened(self.width().saturating_sub(1));
        let mut err = io::stderr();
        // Where the terminal is gone there is nobody to show it to.
        let _ = write!(err, "\r\x1b[2K{line}").and_then(|()| err.flush());
    }

    /// Gives a text to the terminal for its clipboard (OSC 52).
    pub fn give_to_clipboard(&self, text: &SafeText) -> Result<(), Failure> {
        let mut out = io::stdout();
        write!(out, "{}", osc_52(text))?;
        Ok(out.flush()?)
    }

    /// Leaves a prompt that is broken off, which had asked the terminal to mark what is pasted.
    pub fn leave_prompt() {
        let mut out = io::stdout();
        let _ = out.write_all(b"\x1b[?2004l\n").and_then(|()| out.flush());
    }

    /// Asks for a line at the terminal.
    pub fn read_line(&self, question: impl Into<SafeText>) -> Result<String, Failure> {
        let answer = self.read_line_or_end(question)?;
        answer.ok_or_else(|| Failure::new(Exit::Interrupted, "the input ended before the answer"))
    }

    /// The same; `None` where the input ends instead.
    pub fn read_line_or_end(
        &self,
        question: impl Into<SafeText>,
    ) -> Result<Option<String>, Failure> {
        self.print_beside(question);
        let mut line = String::new();
        let is_any = io::stdin().lock().read_line(&mut line)? > 0;
        Ok(is_any.then(|| line.trim_end_matches(['\n', '\r']).to_owned()))
    }

    /// Asks for something that must not be seen.
    pub fn read_secret(&self, question: impl Into<SafeText>) -> Result<Zeroizing<String>, Failure> {
        Ok(Zeroizing::new(rpassword::prompt_password(
            question.into().as_str(),
        )?))
    }
}

impl Default for Ui {
    fn default() -> Self {
        Self::new()
    }
}

fn osc_52(text: &SafeText) -> String {
    format!("\x1b]52;c;{}\x07", Base64::encode_string(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_the_sequence() {
        assert_eq!(osc_52(&"a\x07\x1b\\".into()), "\x1b]52;c;YQcbXA==\x07");
    }
}
