//! Crush's own words for what went wrong, as one short sentence and a next step.
//!
//! From 0.11 on Crush frames its errors for a terminal even where there is none; before, they are
//! one line. Up to 0.12 it retries most failures silently and at the end knows only that it
//! retried; the cause is in its log.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use serde_json::Value;

use crate::backend::NoReply;
use crate::backend::no_reply::{no_reply, quotable};

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

/// What an error says (any of these, in lower case), what that means, and what to do about it. The
/// first that fits counts, so the outer errors come before what a provider may say.
const KNOWN: &[(&[&str], &str, &str)] = &[
    (
        &["no providers configured", "no custom providers"],
        NO_MODEL,
        "Run `crush` once and choose a model.",
    ),
    (
        &[
            "failed to load providers",
            "failed to fetch providers",
            "updated list of providers",
        ],
        NO_LIST,
        "Connect to the network and run `crush` once, or update Crush: newer versions carry the list.",
    ),
    (
        &["failed to override models", "large model \""],
        "Crush does not know the model",
        "See `crush models`, or leave the model out.",
    ),
    (
        &[
            "failed to load config",
            "invalid json in config",
            "failed to configure",
        ],
        "Crush can't use its configuration",
        "Correct the file, then check with `crush`.",
    ),
    (
        &["unknown flag", "unknown shorthand flag", "unknown command"],
        "this Crush is too old to be asked",
        "Update Crush, then try again.",
    ),
    (
        &["unauthorized", "invalid api key", "invalid x-api-key"],
        "the provider refused the API key",
        "Run `crush` and enter a valid key.",
    ),
    (
        &[
            "402 payment",
            "payment required",
            "insufficient_quota",
            "insufficient quota",
            "quota exceeded",
        ],
        "the provider wants to be paid first",
        "Check your account with the provider.",
    ),
    (
        &["too many requests", "rate limit exceeded"],
        "the provider has had too many requests (429)",
        "Wait a little, then ask again.",
    ),
    (
        &[
            "context_length",
            "context length",
            "maximum context",
            "prompt is too long",
        ],
        "the conversation is too long for this model",
        "Choose a model with a larger context, or begin a new thread.",
    ),
    (
        &[
            "connection refused",
            "no such host",
            "network is unreachable",
            "i/o timeout",
            "dial tcp",
        ],
        "the model's server can't be reached",
        "Check the network and the provider's address.",
    ),
    (
        &["403 forbidden", ": forbidden:"],
        "the provider does not allow this (403)",
        "Check with the provider what your key may do.",
    ),
    (
        &["404 not found", ": not found:"],
        "the provider does not know this model or address (404)",
        "Run `crush` and choose another model.",
    ),
    (
        &[
            "500 internal",
            "gateway timeout",
            "internal server error",
            "bad gateway",
            "service unavailable",
            "overloaded",
        ],
        "the provider's server failed",
        "Ask again in a while.",
    ),
    (
        &[
            "empty streaming response",
            "unexpected eof",
            "stream transport error",
        ],
        "the model's server broke off before it answered",
        "Ask again; if it persists, check the provider's address.",
    ),
    (
        &["no space left", "disk full", "disk is full"],
        "the disk is full",
        "Make room, then ask again.",
    ),
];
const UNKNOWN: (&str, &str) = ("Crush failed", "Try `crush run hello` by hand to see more.");

/// These say all; Crush's own words would add nothing.
const NO_MODEL: &str = "Crush has no model to ask yet";
const NO_LIST: &str = "Crush could not fetch its list of providers, and keeps none";

/// The failure that `error`, a line from [`plain`], speaks of.
pub(super) fn explain(error: &str) -> NoReply {
    let lower = error.to_lowercase();
    let known = KNOWN
        .iter()
        .find(|(words, _, _)| words.iter().any(|word| lower.contains(word)));
    let (what, hint) = known.map_or(UNKNOWN, |(_, what, hint)| (*what, *hint));
    let detail = quotable(detail(error));
    match detail.is_empty() || what == NO_MODEL || what == NO_LIST {
        true => no_reply(what.to_owned(), hint),
        false => no_reply(format!("{what}: {detail}"), hint),
    }
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
    String::from_utf8_lossy(&end)
        .lines()
        .rev()
        .find_map(|line| {
            let entry: Value = serde_json::from_str(line).ok()?;
            let message = entry["msg"].as_str()?.to_lowercase();
            if !message.contains("retrying") {
                return None;
            }
            match entry["error"].as_str() {
                Some(error) => Some(error.to_owned()),
                // Later versions log the parts of it.
                None => {
                    let part = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
                    let status = entry["status_code"].as_u64()?;
                    Some(format!(
                        "retry error: {status} {}: {}",
                        part("title"),
                        part("message")
                    ))
                }
            }
        })
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
