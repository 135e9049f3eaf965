//! The terminal. What was asked for goes to standard output (`data`, `report`), everything beside it
//! to standard error (`status`, `hint`, `warning`, `error`); a verb says what is said, and is the one
//! place that knows how.

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

    /// What was asked for, as it stands, with its lines: to standard output.
    ///
    /// # Errors
    /// If standard output takes nothing; whoever read it may have left.
    pub fn data(&self, text: impl Into<SafeText>) -> Result<(), Failure> {
        self.stream(text)
    }

    /// One line of it.
    ///
    /// # Errors
    /// As [`data`](Self::data).
    pub fn data_line(&self, text: impl Into<SafeText>) -> Result<(), Failure> {
        self.data(text.into() + "\n")
    }

    /// A blank line between two parts of it.
    ///
    /// # Errors
    /// As [`data`](Self::data).
    pub fn blank_line(&self) -> Result<(), Failure> {
        self.data("\n")
    }

    /// A piece of it as it comes.
    ///
    /// # Errors
    /// As [`data`](Self::data).
    pub fn stream(&self, piece: impl Into<SafeText>) -> Result<(), Failure> {
        let mut out = anstream::stdout();
        out.write_all(piece.into().as_bytes())?;
        Ok(out.flush()?)
    }

    /// What was asked for, in sentences of ours: to standard output, wrapped where somebody reads
    /// it.
    ///
    /// # Errors
    /// As [`data`](Self::data).
    pub fn report(&self, text: impl Into<SafeText>) -> Result<(), Failure> {
        let text = text.into();
        self.data_line(if self.stdout_is_terminal {
            text.wrapped(self.width())
        } else {
            text
        })
    }

    /// Writes JSON to standard output, so that it can be shown and pasted anywhere.
    pub fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        self.data_line(json::text(
            &serde_json::to_string_pretty(value).map_err(anyhow::Error::from)?,
        ))
    }

    /// Writes JSON as it is stored, to the byte; at a terminal so that it can be shown.
    pub fn stored_json(&self, bytes: &[u8]) -> Result<(), Failure> {
        if self.stdout_is_terminal {
            return self.data(json::text(&String::from_utf8_lossy(bytes)));
        }
        self.bytes(bytes)
    }

    /// Writes data to standard output, to the byte; at a terminal without what could act on it.
    pub fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        if self.stdout_is_terminal {
            return self.data(SafeText::block(&String::from_utf8_lossy(bytes)));
        }
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        Ok(out.flush()?)
    }

    /// How it goes, or what was done beside what was asked for: to standard error.
    pub fn status(&self, text: impl Into<SafeText>) {
        self.print_beside(text.into());
    }

    /// What can be done next, or how: to standard error.
    pub fn hint(&self, text: impl Into<SafeText>) {
        self.print_beside(text.into());
    }

    /// A hint with a command, which is never broken into lines: half of it could be copied.
    pub fn hint_to_copy(&self, text: impl Into<SafeText>) {
        write_beside(&(text.into() + "\n"));
    }

    /// What is not as it should be, though the work goes on: to standard error.
    pub fn warning(&self, text: impl Into<SafeText>) {
        self.print_beside(text.into());
    }

    /// Why the work did not get done: to standard error. What is known already is not told.
    pub fn error(&self, failure: impl Into<SafeText>) {
        let text = failure.into();
        if !text.is_empty() {
            self.print_beside(text);
        }
    }

    /// How a command is to be called, in the lines that it has: to standard error.
    pub fn usage(&self, text: impl Into<SafeText>) {
        write_beside(&text.into());
    }

    /// A question, or what stands before an answer: to standard error, and the line stays open.
    pub fn prompt(&self, text: impl Into<SafeText>) {
        write_beside(&text.into());
    }

    /// Wrapped where somebody reads it.
    fn print_beside(&self, text: SafeText) {
        let text = if self.stderr_is_terminal {
            text.wrapped(self.width())
        } else {
            text
        };
        write_beside(&(text + "\n"));
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

    /// Asks whether to do something; whatever is not yes is no.
    ///
    /// # Errors
    /// If the input ends before.
    pub fn confirm(&self, question: impl Into<SafeText>) -> Result<bool, Failure> {
        let answer = self.read_line(question.into() + " (y/N) ")?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks for a line at the terminal.
    ///
    /// # Errors
    /// If the input ends before.
    pub fn read_line(&self, question: impl Into<SafeText>) -> Result<String, Failure> {
        let answer = self.read_line_or_end(question)?;
        answer.ok_or_else(|| Failure::new(Exit::Interrupted, "the input ended before the answer"))
    }

    /// The same; `None` where the input ends instead.
    pub fn read_line_or_end(
        &self,
        question: impl Into<SafeText>,
    ) -> Result<Option<String>, Failure> {
        self.prompt(question);
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

/// Where even standard error takes nothing there is nobody left to tell.
fn write_beside(text: &SafeText) {
    let mut err = anstream::stderr();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
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
