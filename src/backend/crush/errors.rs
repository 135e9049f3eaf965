//! Crush's own words for what went wrong, as a kind and what it said of it.
//!
//! From 0.11 on Crush frames its errors for a terminal even where there is none; before, they are
//! one line. Up to 0.12 it retries most failures silently and at the end knows only that it
//! retried; the cause is in its log.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use serde_json::Value;

use crate::backend::no_reply::quotable;

/// How much of the end of a log is looked through.
const LOG_READ: u64 = 256 << 10;

/// What Crush wrote on stderr, as one line without its frame.
pub(super) fn plain(stderr: &str) -> String {
    let uncoloured = without_codes(stderr);
    let lines = uncoloured.lines().map(str::trim);
    let lines: Vec<&str> = lines
        .filter(|line| !line.is_empty() && *line != "ERROR")
        .collect();
    let line = lines.join(" ");
    line.strip_suffix('.').unwrap_or(&line).to_owned()
}

/// What Crush, or the provider behind it, could not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CrushProblem {
    /// No provider is set up.
    #[error("Crush has no model to ask yet")]
    NoModel,
    /// The list of providers can't be fetched, and this version carries none.
    #[error("Crush could not fetch its list of providers, and keeps none")]
    NoProviderList,
    /// The model asked for is none of its.
    #[error("Crush does not know the model")]
    UnknownModel,
    /// Its configuration is wrong.
    #[error("Crush can't use its configuration")]
    BadConfiguration,
    /// It lacks an option that is needed.
    #[error("this Crush is too old to be asked")]
    TooOld,
    /// 401.
    #[error("the provider refused the API key")]
    KeyRefused,
    /// 402, or a quota that is used up.
    #[error("the provider wants to be paid first")]
    Unpaid,
    /// 429.
    #[error("the provider has had too many requests (429)")]
    TooManyRequests,
    /// More than the model can read.
    #[error("the conversation is too long for this model")]
    TooLong,
    /// The network, or the address.
    #[error("the model's server can't be reached")]
    Unreachable,
    /// 403.
    #[error("the provider does not allow this (403)")]
    Forbidden,
    /// 404.
    #[error("the provider does not know this model or address (404)")]
    NotFound,
    /// 5xx.
    #[error("the provider's server failed")]
    ServerFailed,
    /// The connection ended too soon.
    #[error("the model's server broke off before it answered")]
    BrokeOff,
    /// There is no room on this machine.
    #[error("the disk is full")]
    DiskFull,
    /// Anything else.
    #[error("Crush failed")]
    Other,
}

/// What it was, and Crush's own words for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}{}", told(.said))]
pub struct CrushError {
    /// What it was.
    pub problem: CrushProblem,
    /// Its own words; empty where they would add nothing.
    pub said: String,
}

fn told(said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        format!(": {said}")
    }
}

/// What an error says (any of these, in lower case), and what that means. The first that fits
/// counts, so the outer errors come before what a provider may say.
const KNOWN: &[(&[&str], CrushProblem)] = &[
    (
        &["no providers configured", "no custom providers"],
        CrushProblem::NoModel,
    ),
    (
        &[
            "failed to load providers",
            "failed to fetch providers",
            "updated list of providers",
        ],
        CrushProblem::NoProviderList,
    ),
    (
        &["failed to override models", "large model \""],
        CrushProblem::UnknownModel,
    ),
    (
        &[
            "failed to load config",
            "invalid json in config",
            "failed to configure",
        ],
        CrushProblem::BadConfiguration,
    ),
    (
        &["unknown flag", "unknown shorthand flag", "unknown command"],
        CrushProblem::TooOld,
    ),
    (
        &["unauthorized", "invalid api key", "invalid x-api-key"],
        CrushProblem::KeyRefused,
    ),
    (
        &[
            "402 payment",
            "payment required",
            "insufficient_quota",
            "insufficient quota",
            "quota exceeded",
        ],
        CrushProblem::Unpaid,
    ),
    (
        &["too many requests", "rate limit exceeded"],
        CrushProblem::TooManyRequests,
    ),
    (
        &[
            "context_length",
            "context length",
            "maximum context",
            "prompt is too long",
        ],
        CrushProblem::TooLong,
    ),
    (
        &[
            "connection refused",
            "no such host",
            "network is unreachable",
            "i/o timeout",
            "dial tcp",
        ],
        CrushProblem::Unreachable,
    ),
    (&["403 forbidden", ": forbidden:"], CrushProblem::Forbidden),
    (&["404 not found", ": not found:"], CrushProblem::NotFound),
    (
        &[
            "500 internal",
            "gateway timeout",
            "internal server error",
            "bad gateway",
            "service unavailable",
            "overloaded",
        ],
        CrushProblem::ServerFailed,
    ),
    (
        &[
            "empty streaming response",
            "unexpected eof",
            "stream transport error",
        ],
        CrushProblem::BrokeOff,
    ),
    (
        &["no space left", "disk full", "disk is full"],
        CrushProblem::DiskFull,
    ),
];

/// The failure that `error`, a line from [`plain`], speaks of.
pub(super) fn explain(error: &str) -> CrushError {
    let lower = error.to_lowercase();
    let speaks_of = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let known = KNOWN.iter().find(|(words, _)| speaks_of(words));
    let problem = known.map_or(CrushProblem::Other, |(_, problem)| *problem);
    let says_all = matches!(
        problem,
        CrushProblem::NoModel | CrushProblem::NoProviderList
    );
    let said = if says_all {
        String::new()
    } else {
        quotable(detail(error))
    };
    CrushError { problem, said }
}

/// The innermost part of an error, which is what the provider said.
fn detail(error: &str) -> &str {
    if let Some(object) = error.find('{')
        && let Some(said) = after(&error[object..], "\"message\"")
    {
        return said;
    }
    let markers = [
        "retry error: ",
        "start agent processing stream: ",
        "failed to process events: ",
        "agent processing failed: ",
    ];
    let inner = |error| {
        markers
            .iter()
            .find_map(|marker: &&str| find_ignoring_case(error, marker))
    };
    inner(error).unwrap_or(error)
}

/// The string after a name in text that is nearly JSON (Crush breaks long lines).
fn after<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let rest = &object[object.find(name)? + name.len()..];
    let rest = rest.trim_start_matches([':', ' ']).strip_prefix('"')?;
    Some(&rest[..rest.find('"')?])
}

fn find_ignoring_case<'a>(text: &'a str, marker: &str) -> Option<&'a str> {
    // Crush writes the first word with a capital when it frames an error. ASCII lower case keeps
    // every offset.
    let at = text.to_ascii_lowercase().find(marker)?;
    Some(&text[at + marker.len()..])
}

/// Why Crush was retrying, from the end of its log.
pub(super) fn cause_in_log(data: &Path) -> Option<String> {
    let mut log = File::open(data.join("logs/crush.log")).ok()?;
    let length = log.metadata().ok()?.len();
    log.seek(SeekFrom::Start(length.saturating_sub(LOG_READ)))
        .ok()?;
    let mut end = Vec::new();
    log.read_to_end(&mut end).ok()?;
    let end = String::from_utf8_lossy(&end);
    end.lines().rev().find_map(cause_in_line)
}

fn cause_in_line(line: &str) -> Option<String> {
    let entry: Value = serde_json::from_str(line).ok()?;
    let message = entry["msg"].as_str()?.to_lowercase();
    if !message.contains("retrying") {
        return None;
    }
    if let Some(error) = entry["error"].as_str() {
        return Some(error.to_owned());
    }
    // Later versions log the parts of it.
    let part = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let status = entry["status_code"].as_u64()?;
    let (title, message) = (part("title"), part("message"));
    Some(format!("retry error: {status} {title}: {message}"))
}

/// Text without terminal control sequences.
fn without_codes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\x1b' {
            plain.push(c);
            continue;
        }
        match characters.next() {
            Some('[') => {
                let _ = characters.find(|c| ('\x40'..='\x7e').contains(c));
            }
            Some(']') => {
                let _ = characters.find(|c| *c == '\x07' || *c == '\\');
            }
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests;
