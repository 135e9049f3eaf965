//! The words for an answer that did not come, or not whole; the same for every program.

use std::io;
use std::process::ExitStatus;

use super::NoReply;
use crate::process::{End, LONGEST_ANSWER};

/// Why an answer that the listener stopped is not whole.
pub const STOPPED: &str = "stopped";

/// How much of a program's own words goes into ours.
const QUOTED: usize = 300;

/// The listener stopped it before there was anything to keep.
pub(super) fn nothing_came() -> NoReply {
    no_reply(STOPPED.to_owned(), "")
}

pub(super) fn not_started(title: &str, error: &io::Error) -> NoReply {
    no_reply(
        format!("`{title}` could not be started: {error}"),
        "Check that it is installed and may be run.",
    )
}

/// It said itself that it failed.
pub(super) fn failed(title: &str, status: ExitStatus, stderr: &str) -> NoReply {
    let what = match last_words(stderr) {
        Some(words) => format!("`{title}` failed ({status}): {words}"),
        None => format!("`{title}` failed ({status}) and did not say why"),
    };
    no_reply(what, "Run it by hand with the same arguments to see more.")
}

/// It said that all went well, and said nothing else.
pub(super) fn blank(title: &str, stderr: &str) -> NoReply {
    let what = match last_words(stderr) {
        Some(words) => format!("`{title}` gave an empty answer: {words}"),
        None => format!("`{title}` gave an empty answer"),
    };
    no_reply(what, "Ask again, or in other words.")
}

/// We ended it.
pub(super) fn cut(title: &str, ended: End) -> NoReply {
    match ended {
        End::Stopped => nothing_came(),
        End::NoFirstText(limit) => no_reply(
            format!(
                "no answer came from `{title}` within {} s",
                limit.as_secs_f64()
            ),
            "Ask again later; a longer patience can be configured.",
        ),
        End::Silent(limit) => no_reply(
            format!(
                "nothing more came from `{title}` for {} s",
                limit.as_secs_f64()
            ),
            "Ask again; a longer patience can be configured.",
        ),
        End::TooSlow(limit) => no_reply(
            format!("`{title}` was not done after {} s", limit.as_secs_f64()),
            "Ask for less at once; a longer patience can be configured.",
        ),
        End::TooLong => no_reply(
            format!("the answer was cut at {} MiB", LONGEST_ANSWER >> 20),
            "Ask for less at once.",
        ),
        // How it would have ended nobody knows, so nobody can say that its answer is whole.
        End::Lingered => no_reply(
            format!("`{title}` closed its output and did not end"),
            "A program that answers has to end after its last word.",
        ),
        End::Exit(status) => failed(title, status, ""),
    }
}

pub(super) fn no_reply(what: String, hint: &str) -> NoReply {
    NoReply {
        what,
        hint: hint.to_owned(),
    }
}

/// The last line a program wrote on stderr, fit to be quoted.
fn last_words(stderr: &str) -> Option<String> {
    let line = stderr
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty())?;
    Some(quotable(line))
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
