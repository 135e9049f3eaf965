//! What looks like a secret and is none.

/// How a redaction begins.
pub(super) const REDACTED: &str = "[redacted: ";

/// Words that examples are made of, and that chance hardly ever writes.
const WORDS: [&str; 15] = [
    "example",
    "sample",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "your",
    "dummy",
    "redacted",
    "insert",
    "xxxx",
    "****",
    "....",
    "123456789",
    "abcdefgh",
];
/// Signs of something that is put in later.
const MARKS: [&str; 7] = ["<", ">", "${", "{{", "$(", "%(", "…"];
/// What stands in the place of a password that everybody may know.
const OPEN_SECRETS: [&str; 22] = [
    "admin",
    "false",
    "guest",
    "none",
    "null",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "postgres",
    "pw",
    "pwd",
    "root",
    "secret",
    "string",
    "test",
    "testing",
    "token",
    "true",
    "undefined",
    "user",
    "username",
];
/// So many of one sign in a row are drawn, not random.
const ROW: usize = 7;
/// So many different signs a secret has at least.
const FEWEST_SIGNS: usize = 5;

/// Whether somebody wrote this where a secret belongs.
pub(super) fn is_placeholder(value: &str) -> bool {
    let small = value.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| small.contains(word));
    // Of a long one only a part may look so by chance.
    let is_long = value.len() > 300;
    let is_name = value.starts_with('$') || value.starts_with('%') || value.starts_with('[');
    let is_open = OPEN_SECRETS.contains(&small.as_str());
    is_name
        || is_open
        || (!is_long && (has(&WORDS) || has(&MARKS) || has_row(value)))
        || has_few_signs(value)
}

fn has_row(value: &str) -> bool {
    let bytes = value.as_bytes();
    let mut rows = bytes.chunk_by(|a, b| a == b);
    rows.any(|row| row.len() >= ROW && row[0] != b'-')
}

fn has_few_signs(value: &str) -> bool {
    counts(value).into_iter().filter(|count| *count > 0).count() < FEWEST_SIGNS
}

/// Whether this is one word, or the name of something that has the secret.
pub(super) fn is_of_letters(value: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphabetic() || b"._-:/".contains(&byte);
    value.bytes().all(is_name) && !is_mixed_up(value)
}

/// Whether this is more like chance than like a word, a name or a path.
pub(super) fn looks_random(value: &str) -> bool {
    let has = |is: fn(&u8) -> bool| value.as_bytes().iter().any(is);
    let has_digit = has(u8::is_ascii_digit);
    let has_letter = has(u8::is_ascii_alphabetic);
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let is_place = ["/", "./", "../", "~/", "http:", "https:"]
        .iter()
        .any(|beginning| value.starts_with(beginning))
        && entropy(value) < 4.5;
    let is_said = has_digit && has_letter && entropy(value) >= 3.0;
    !is_place && !is_of_words(value) && (is_said || (is_mixed && entropy(value) >= 4.2))
}

/// `read_token_from_v2`, `crates/token/lib.rs`, `2026-11-22`, `a.b.c(d)`: words, with a number at most.
fn is_of_words(value: &str) -> bool {
    let parts = value.split(|c: char| !c.is_ascii_alphanumeric());
    parts.filter(|part| !part.is_empty()).all(|part| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        let is_number = digits == part.len() && digits <= 10;
        let is_word = part.len() <= 16
            && digits <= 2
            && !part.as_bytes()[..part.len() - digits]
                .iter()
                .any(u8::is_ascii_digit)
            && !is_mixed_up(part);
        is_number || is_word
    })
}

/// Capitals anywhere but at the beginning of words.
fn is_mixed_up(part: &str) -> bool {
    let changes = part
        .as_bytes()
        .windows(2)
        .filter(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase())
        .count();
    changes > 3 || (changes > 0 && part.len() / (changes + 1) < 3)
}

/// Bits a sign.
fn entropy(value: &str) -> f64 {
    let all = value.len().max(1) as f64;
    let counts = counts(value).into_iter().filter(|count| *count > 0);
    counts
        .map(|count| {
            let share = count as f64 / all;
            -share * share.log2()
        })
        .sum()
}

fn counts(value: &str) -> [usize; 256] {
    let mut counts = [0; 256];
    value
        .bytes()
        .for_each(|byte| counts[usize::from(byte)] += 1);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_writes_for_a_secret_is_none() {
        for value in [
            "sk-xxxxxxxxxxxxxxxxxxxxxxxx",
            "<your key>",
            "YOUR_API_KEY_HERE",
            "${TOKEN}",
            "$TOKEN",
            "[redacted: a token]",
            "aaaaaaaaaaaaaaaaaaaa",
            "00000000-0000-0000-0000-000000000000",
            "hunter2.example",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["q8Zr2Lk0Vt7Yb4Nc", "hunter2!"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn words_names_and_places_are_not_random() {
        for value in [
            "read_the_token_from_v2",
            "crates/token/src/lib.rs",
            "2026-11-22T20:15:00",
            "getTokenFromStore",
            "/usr/lib/python3.12/site-packages",
            "AuthenticationError",
            "process.env.API_KEY",
        ] {
            assert!(!looks_random(value), "{value}");
        }
        for value in [
            "q8Zr2Lk0Vt7Yb4Nc",
            "9f86d081884c7d659a2feaa0c55ad015",
            "wJq1rXUtn9EMI/K7MDENG/bPxRfiCYzR3kQ8",
            "b7d1-44fa-9c2e-aa10",
        ] {
            assert!(looks_random(value), "{value}");
        }
    }
}
