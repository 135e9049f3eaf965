//! The terminal: answers and data to standard output, everything else to standard error.

use super::{Exit, Failure};
use crate::render::fold::fold;
use crate::render::safe::safe;
use anstream::{AutoStream, ColorChoice};
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
            (known(size.ws_col, DEFAULT_SIZE.0), known(size.ws_row, DEFAULT_SIZE.1))
        })
    }

    /// Writes to standard output as it is, at once.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = anstream::stdout();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    /// Writes a line to standard output.
    pub fn line(&self, text: &str) -> Result<(), Failure> {
        self.print(&format!("{text}\n"))
    }

    /// Writes a line of our own words to standard output, folded between words where somebody reads it.
    pub fn tell(&self, text: &str) -> Result<(), Failure> {
        if self.stdout_is_terminal { self.line(&fold(text, self.width())) } else { self.line(text) }
    }

    /// Writes data to standard output, to the byte; at a terminal without what could act on it.
    pub fn data(&self, bytes: &[u8]) -> Result<(), Failure> {
        if self.stdout_is_terminal {
            return self.print(&safe(&String::from_utf8_lossy(bytes)));
        }
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        Ok(out.flush()?)
    }

    /// Writes a line to standard error. Where even that fails there is nobody left to tell.
    pub fn note(&self, text: &str) {
        let _ = writeln!(anstream::stderr(), "{text}");
    }

    /// Writes a remark of ours to standard error, folded between words where somebody reads it.
    pub fn remark(&self, text: &str) {
        if self.stderr_is_terminal { self.note(&fold(text, self.width())) } else { self.note(text) }
    }

    /// Asks for a line at the terminal.
    pub fn ask(&self, question: &str) -> Result<String, Failure> {
        let mut err = anstream::stderr();
        write!(err, "{question}")?;
        err.flush()?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            return Err(Failure::new(Exit::Interrupted, "the input ended before the answer"));
        }
        Ok(line.trim_end_matches(['\n', '\r']).to_owned())
    }

    /// Asks for something that must not be seen.
    pub fn ask_secret(&self, question: &str) -> Result<Zeroizing<String>, Failure> {
        Ok(Zeroizing::new(rpassword::prompt_password(question)?))
    }
}

impl Default for Ui {
    fn default() -> Self {
        Self::new()
    }
}
