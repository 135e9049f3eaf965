//! Finding what looks like a secret (a key, a token, a password) in a text, and taking it out.
//!
//! ```text
//! rules        what secrets look like: those of `nosecrets-rules`, and more in `rules.toml`
//! placeholder  what looks so and is none: `sk-xxxx`, `<your key>`, the name of a variable
//! joined       a text without its line breaks: terminals fold long words
//! encoded      Base64, in which a secret is no less one
//! ```
//!
//! What is found is likely a secret, and no more than that; what is not found may be one all the same.
//! A finding says where and of what kind, and nothing here prints what stands there.

mod encoded;
mod joined;
mod placeholder;
mod rules;

use std::ops::Range;

/// What looks like a secret in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Where it stands, in bytes.
    pub at: Range<usize>,
    /// Of which kind it is.
    pub kind: SecretKind,
}

/// What somebody would call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretKind {
    /// In plain words.
    pub name: &'static str,
    /// The name of its rule, which does not change.
    pub code: &'static str,
    /// Only its surroundings tell; nothing in it does.
    is_by_surroundings: bool,
}

/// All that looks like a secret in a text, in order, none within another.
pub fn find(text: &str) -> Vec<Secret> {
    find_in(text, encoded::DEPTH)
}

fn find_in(text: &str, depth: usize) -> Vec<Secret> {
    let mut found = rules::find(text);
    found.extend(joined::find(text));
    if depth > 0 {
        found.extend(encoded::find(text, depth));
    }
    apart(found)
}

/// The text without its secrets, each replaced by what kind it is; `None` where there are none.
pub fn redact(text: &str) -> Option<(String, Vec<Secret>)> {
    let found = find(text);
    if found.is_empty() {
        return None;
    }
    let mut redacted = String::with_capacity(text.len());
    let mut done = 0;
    for secret in &found {
        redacted.push_str(&text[done..secret.at.start]);
        redacted.push_str(&format!("{}{}]", placeholder::REDACTED, secret.kind.name));
        done = secret.at.end;
    }
    redacted.push_str(&text[done..]);
    Some((redacted, found))
}

/// What overlaps is one secret; what says more of it names its kind.
fn apart(mut found: Vec<Secret>) -> Vec<Secret> {
    // Where two begin alike, the rule that stands first stays first.
    found.sort_by_key(|secret| (secret.at.start, secret.kind.is_by_surroundings));
    let mut apart: Vec<Secret> = Vec::with_capacity(found.len());
    for secret in found {
        match apart.last_mut() {
            Some(last) if secret.at.start < last.at.end => {
                last.at.end = last.at.end.max(secret.at.end);
                if last.kind.is_by_surroundings && !secret.kind.is_by_surroundings {
                    last.kind = secret.kind;
                }
            }
            _ => apart.push(secret),
        }
    }
    apart
}

#[cfg(test)]
mod tests;
