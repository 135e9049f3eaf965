//! Standard input, line by line, for a session in which each line is a turn.
//!
//! Whoever pipes a log into a chat rarely means hundreds of questions. So only a few lines are
//! taken without a word for it, and as far as can be seen before the first is sent, either all are
//! or none is.

use crate::cli::{Exit, Failure, Ui};
use crate::safe_format;
use std::collections::VecDeque;
use std::io::{self, BufRead, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// So many lines are a conversation that somebody wrote.
const FEW: usize = 20;
/// No model reads a longer one.
const LONGEST: u64 = 1 << 20;
/// How often whoever asks gets to look for Ctrl-C.
const TICK: Duration = Duration::from_millis(50);
/// A program that talks to us says nothing for so long once it waits for an answer.
const PAUSE: Duration = Duration::from_secs(1);
/// A person who waits for so long should know for what.
const PATIENCE: Duration = Duration::from_secs(3);

/// The lines to come.
#[derive(Default)]
pub(super) struct Lines {
    source: Option<Receiver<io::Result<String>>>,
    bound: Option<Bound>,
    /// Read, and not yet given out.
    ahead: VecDeque<String>,
    is_over: bool,
}

/// What has to be known before the first line is given out.
struct Bound {
    /// How many turns came.
    count: usize,
    is_begun: bool,
}

/// What comes next.
pub(super) enum Came {
    /// A line.
    Line(String),
    /// None yet.
    Nothing,
    /// No more.
    End,
}

impl Lines {
    /// However many there are, as they come.
    pub(super) fn all() -> Self {
        Self::default()
    }

    /// A few, or an error that says how more are sent. Whoever reads our answers from a pipe may
    /// wait for one before the next line; else the end is waited for.
    pub(super) fn few(ui: &Ui) -> Result<Self, Failure> {
        let bound = Some(Bound {
            count: 0,
            is_begun: false,
        });
        let mut lines = Self {
            bound,
            ..Self::default()
        };
        if ui.stdout_is_terminal {
            lines.read_until_silence(PATIENCE)?;
            if !lines.is_over {
                ui.status("… waiting for the end of standard input, of which each line is a turn (</dev/null for none)");
            }
            while !lines.is_over {
                lines.read_until_silence(PATIENCE)?;
            }
        } else {
            lines.read_until_silence(PAUSE)?;
        }
        Ok(lines)
    }

    /// Whether the input is known to have ended without a turn.
    pub(super) fn are_none(&self) -> bool {
        self.is_over && self.ahead.iter().all(|line| line.trim().is_empty())
    }

    /// The next line, if it comes soon.
    pub(super) fn next(&mut self) -> Result<Came, Failure> {
        if self.bound.as_ref().is_some_and(|bound| !bound.is_begun) {
            self.read_until_silence(PAUSE)?;
        }
        if self.ahead.is_empty() && !self.is_over {
            self.read(TICK)?;
        }
        match self.ahead.pop_front() {
            Some(line) => {
                self.bound
                    .iter_mut()
                    .for_each(|bound| bound.is_begun = true);
                Ok(Came::Line(line))
            }
            None if self.is_over => Ok(Came::End),
            None => Ok(Came::Nothing),
        }
    }

    fn read_until_silence(&mut self, pause: Duration) -> Result<(), Failure> {
        while !self.is_over && self.read(pause)? {}
        Ok(())
    }

    /// Reads one line; `false` if none came within that time.
    fn read(&mut self, patience: Duration) -> Result<bool, Failure> {
        match self
            .source
            .get_or_insert_with(source)
            .recv_timeout(patience)
        {
            Ok(line) => self.keep(line?)?,
            Err(RecvTimeoutError::Timeout) => return Ok(false),
            Err(RecvTimeoutError::Disconnected) => self.is_over = true,
        }
        Ok(true)
    }

    fn keep(&mut self, line: String) -> Result<(), Failure> {
        if line.len() as u64 > LONGEST {
            return Err(
                Failure::new(Exit::Usage, "a line of standard input has more than 1 MiB")
                    .hint("Send the part that matters, for example with `tail` or `grep`."),
            );
        }
        if let Some(bound) = self.bound.as_mut().filter(|_| !line.trim().is_empty()) {
            bound.count += 1;
            if bound.count > FEW {
                return Err(too_many(bound.is_begun));
            }
        }
        self.ahead.push_back(line);
        Ok(())
    }
}

fn too_many(is_begun: bool) -> Failure {
    let sent = if is_begun {
        "the rest was not sent"
    } else {
        "nothing was sent"
    };
    Failure::new(
        Exit::Usage,
        safe_format!(
            "standard input has more than {} lines, and each would be a question of its own; {}",
            FEW,
            sent
        ),
    )
    .hint("As one question: mmogit chat -m -. As a turn for each line: mmogit chat --script.")
}

/// Read by a thread of its own, so that Ctrl-C is heard while nothing comes.
fn source() -> Receiver<io::Result<String>> {
    let (sender, receiver) = mpsc::sync_channel(0);
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let mut bytes = Vec::new();
            let line = match input
                .by_ref()
                .take(LONGEST + 1)
                .read_until(b'\n', &mut bytes)
            {
                Ok(0) => return,
                Ok(_) => Ok(String::from_utf8_lossy(&bytes)
                    .trim_end_matches(['\n', '\r'])
                    .to_owned()),
                Err(error) => Err(error),
            };
            let is_over = line.is_err();
            if sender.send(line).is_err() || is_over {
                return;
            }
        }
    });
    receiver
}
