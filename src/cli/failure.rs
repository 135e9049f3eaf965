//! How a failure is told: what happened, why, what to do next, and the exit code. The words for what
//! comes from below are in [`super::words`].

use crate::render::safe::SafeText;
use crate::safe_format;
use std::io;
use std::process::ExitCode;

/// The exit codes of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It was done.
    Done = 0,
    /// It was not.
    Failed = 1,
    /// It was asked for wrongly.
    Usage = 2,
    /// Something does not verify.
    Unverified = 3,
    /// The AI gave no reply, or not a whole one; the message and what came are saved.
    NoReply = 4,
    /// The user stopped it.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// The one error of the edge.
#[derive(Debug)]
pub enum Failure {
    /// It is told in words.
    Explained(Explanation),
    /// Whoever looks knows already: they stopped the pager, or closed the pipe. Only the exit code
    /// is left to give.
    Known(Exit),
}

/// A failure in words that are safe to show: errors from below may quote anybody.
#[derive(Debug)]
pub struct Explanation {
    /// The exit code.
    pub exit: Exit,
    /// What happened.
    pub what: SafeText,
    /// Why, and why that.
    pub causes: Vec<SafeText>,
    /// The next step.
    pub hint: Option<SafeText>,
}

impl Failure {
    /// A failure in words of our own.
    pub fn new(exit: Exit, what: impl Into<SafeText>) -> Self {
        Self::Explained(Explanation {
            exit,
            what: what.into(),
            causes: Vec::new(),
            hint: None,
        })
    }

    /// A failure in the words of an error, and of those that led to it.
    pub(super) fn of(error: impl Into<anyhow::Error>, exit: Exit, hint: Option<SafeText>) -> Self {
        let error = error.into();
        // A line each, so that no error can say what looks like the next one.
        let mut words = error.chain().map(SafeText::shown);
        let what = words.next().unwrap_or_default();
        Self::Explained(Explanation {
            exit,
            what,
            causes: words.collect(),
            hint,
        })
    }

    /// With another next step. What is known already needs none.
    pub fn hint(self, hint: impl Into<SafeText>) -> Self {
        match self {
            Self::Explained(explanation) => Self::Explained(Explanation {
                hint: Some(hint.into()),
                ..explanation
            }),
            known => known,
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Explained(explanation) => explanation.exit,
            Self::Known(exit) => *exit,
        }
    }

    /// What happened, without why; empty if it is known.
    pub fn what(&self) -> SafeText {
        match self {
            Self::Explained(explanation) => explanation.what.clone(),
            Self::Known(_) => SafeText::new(),
        }
    }

    /// The next step; empty if there is none.
    pub fn next_step(&self) -> SafeText {
        match self {
            Self::Explained(explanation) => explanation.hint.clone().unwrap_or_default(),
            Self::Known(_) => SafeText::new(),
        }
    }

    /// The lines for standard error; none if it is known.
    pub fn lines(&self) -> Vec<SafeText> {
        match self {
            Self::Explained(explanation) => explanation.lines(),
            Self::Known(_) => Vec::new(),
        }
    }
}

impl Explanation {
    fn lines(&self) -> Vec<SafeText> {
        let mut lines = vec![safe_format!("error: {}", self.what)];
        let mut told = &self.what;
        for cause in &self.causes {
            if !told.contains(cause.as_str()) {
                lines.push(safe_format!("  because: {}", cause));
            }
            told = cause;
        }
        if let Some(hint) = &self.hint {
            lines.push(safe_format!("hint: {}", hint));
        }
        lines
    }
}

/// Its lines, one below the other.
impl From<&Failure> for SafeText {
    fn from(failure: &Failure) -> Self {
        SafeText::joined(failure.lines(), "\n")
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Failure::of(error, Exit::Failed, None)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // Whoever read our output has had enough; that is their right.
            return Failure::Known(Exit::Done);
        }
        Failure::of(error, Exit::Failed, None)
    }
}
