//! Why an answer did not come, or not whole; the same for every program.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use super::crush::CrushFailure;
use crate::process::{End, LONGEST_ANSWER};

/// How much of a program's own words goes into ours.
const QUOTED: usize = 300;

/// Why there is no reply; of a reply that is not whole, why it ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoReply {
    /// There is nobody to ask.
    #[error("there is no AI to ask")]
    Nobody,
    /// The listener stopped it.
    #[error("stopped")]
    Stopped,
    /// It came, and there was no text in it.
    #[error("the answer was empty")]
    Empty,
    /// It ended before there was any text in it.
    #[error("no answer: {0}")]
    NothingBefore(Box<Self>),
    /// The program could not be started.
    #[error("`{program}` could not be started: {why}")]
    NotStarted {
        /// Its name.
        program: String,
        /// The system's reason.
        why: String,
    },
    /// The program said itself that it failed.
    #[error("`{program}` failed ({status}){}", or_silent(said.as_deref()))]
    Failed {
        /// Its name.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// Its last words.
        said: Option<String>,
    },
    /// The program said that all went well, and said nothing else.
    #[error("`{program}` gave an empty answer{}", if_said(said.as_deref()))]
    Blank {
        /// Its name.
        program: String,
        /// Its last words on stderr.
        said: Option<String>,
    },
    /// Nothing came.
    #[error("no answer came from `{program}` within {} s", limit.as_secs_f64())]
    NoFirstText {
        /// Its name.
        program: String,
        /// So long.
        limit: Duration,
    },
    /// It began, and then nothing more came.
    #[error("nothing more came from `{program}` for {} s", limit.as_secs_f64())]
    Silent {
        /// Its name.
        program: String,
        /// So long.
        limit: Duration,
    },
    /// It went on for too long.
    #[error("`{program}` was not done after {} s", limit.as_secs_f64())]
    TooSlow {
        /// Its name.
        program: String,
        /// So long.
        limit: Duration,
    },
    /// It wrote more than is kept.
    #[error("the answer was cut at {} MiB", LONGEST_ANSWER >> 20)]
    TooLong,
    /// It has more than a thread has room for.
    #[error("the answer was cut where it takes {} MiB in its thread", most >> 20)]
    NoRoom {
        /// So many bytes.
        most: usize,
    },
    /// It closed its output and went on. How it would have ended nobody knows, so nobody can say
    /// that its answer is whole.
    #[error("`{program}` closed its output and did not end")]
    Lingered {
        /// Its name.
        program: String,
    },
    /// What only Crush fails with.
    #[error(transparent)]
    Crush(#[from] CrushFailure),
    /// What asks for it broke.
    #[error("something went wrong while the answer came")]
    Broke,
}

impl NoReply {
    pub(super) fn not_started(program: &str, error: &io::Error) -> Self {
        Self::NotStarted {
            program: program.to_owned(),
            why: error.to_string(),
        }
    }

    pub(super) fn failed(program: &str, status: ExitStatus, stderr: &str) -> Self {
        Self::Failed {
            program: program.to_owned(),
            status,
            said: last_words(stderr),
        }
    }

    pub(super) fn blank(program: &str, stderr: &str) -> Self {
        Self::Blank {
            program: program.to_owned(),
            said: last_words(stderr),
        }
    }

    /// How a program ended that did not end well by itself.
    pub(super) fn of_end(program: &str, end: End) -> Self {
        let program = program.to_owned();
        match end {
            End::Stopped => Self::Stopped,
            End::NoFirstText(limit) => Self::NoFirstText { program, limit },
            End::Silent(limit) => Self::Silent { program, limit },
            End::TooSlow(limit) => Self::TooSlow { program, limit },
            End::TooLong => Self::TooLong,
            End::Lingered => Self::Lingered { program },
            End::Exit(status) => Self::Failed {
                program,
                status,
                said: None,
            },
        }
    }
}

fn or_silent(said: Option<&str>) -> String {
    match said {
        Some(words) => format!(": {words}"),
        None => " and did not say why".to_owned(),
    }
}

fn if_said(said: Option<&str>) -> String {
    said.map_or(String::new(), |words| format!(": {words}"))
}

/// The last line a program wrote on stderr, fit to be quoted.
fn last_words(stderr: &str) -> Option<String> {
    let mut lines = stderr.lines().map(str::trim);
    lines.rfind(|line| !line.is_empty()).map(quotable)
}

/// A program's own words: one line, no control characters, no full stop, not endless.
pub(super) fn quotable(words: &str) -> String {
    let line: Vec<&str> = words.split_whitespace().collect();
    let mut line: String = line.join(" ").chars().filter(|c| !c.is_control()).collect();
    if line.chars().count() > QUOTED {
        line = line.chars().take(QUOTED).collect::<String>() + "…";
    }
    line.trim_end_matches('.').to_owned()
}
