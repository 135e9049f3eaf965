//! Secrets within Base64.

use super::{Secret, find_in};
use base64ct::{Base64Unpadded, Encoding};
use regex::bytes::{Regex, RegexBuilder};
use std::ops::Range;
use std::sync::LazyLock;

/// So deep Base64 within Base64 is looked into.
pub(super) const DEPTH: usize = 2;

/// What may be Base64, also of URLs, also over several lines.
static RUN: LazyLock<Regex> = LazyLock::new(|| {
    let word = "[A-Za-z0-9+/_-]";
    RegexBuilder::new(&format!("{word}{{24,}}(?:\r?\n[ \t]*{word}{{4,}})*"))
        .unicode(false)
        .build()
        .expect("a test runs it")
});

/// Each piece of Base64 with a secret in it, as a whole: who decodes a part of it has it.
pub(super) fn find(text: &str, depth: usize) -> Vec<Secret> {
    let runs = RUN.find_iter(text.as_bytes()).map(|run| run.range());
    let mut found = Vec::new();
    for run in runs {
        let whole = within(&text[run.clone()], depth);
        match whole {
            Some(secret) => found.push(Secret { at: run, ..secret }),
            // A word below it is none of it.
            None => found.extend(lines(text, run).filter_map(|line| {
                let secret = within(&text[line.clone()], depth)?;
                Some(Secret { at: line, ..secret })
            })),
        }
    }
    found
}

fn lines(text: &str, run: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let all = &text[run.clone()];
    let lines = all.lines().filter(|line| line.len() < all.len());
    let lines = lines.map(str::trim).filter(|line| line.len() >= 24);
    lines.map(move |line| {
        let start = run.start + (line.as_ptr() as usize - all.as_ptr() as usize);
        start..start + line.len()
    })
}

/// A secret in what this says when it is decoded, from whichever sign on.
fn within(run: &str, depth: usize) -> Option<Secret> {
    let signs: Vec<u8> = run
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    (0..4).find_map(|from| {
        let signs = &signs[from.min(signs.len())..];
        // The last signs may belong to what follows.
        let signs = &signs[..signs.len() / 4 * 4 + most_of_rest(signs.len() % 4)];
        decoded(signs).and_then(|text| find_in(&text, depth - 1).into_iter().next())
    })
}

/// Two signs or three are a byte or two; one alone is nothing.
fn most_of_rest(rest: usize) -> usize {
    if rest == 1 { 0 } else { rest }
}

/// The text that this is the Base64 of; `None` where it is none.
fn decoded(signs: &[u8]) -> Option<String> {
    let signs = std::str::from_utf8(signs).ok()?;
    // Most is no Base64 of a text, and that shows at once, or after a word that stands before it.
    let begins = |from: usize| signs.get(from..from + 16).is_some_and(is_of_text);
    if ![0, 16, 32].into_iter().any(begins) {
        return None;
    }
    let bytes = Base64Unpadded::decode_vec(signs).or_else(|_| {
        // Bits that are left over and not zero: of the last signs.
        Base64Unpadded::decode_vec(&signs[..signs.len() / 4 * 4])
    });
    Some(String::from_utf8_lossy(&bytes.ok()?).into_owned())
}

fn is_of_text(signs: &str) -> bool {
    let is_text =
        |byte: &u8| *byte >= 0x80 || byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    Base64Unpadded::decode_vec(signs).is_ok_and(|bytes| bytes.iter().all(is_text))
}
