//! JSON as other programs write it.

use super::SkipReason;
use serde_json::Value;

/// Reads JSON as other programs write it: half of a surrogate pair, and bytes that are no text, become
/// the sign for that.
///
/// # Errors
///
/// If it is no JSON all the same.
pub fn read(bytes: &[u8]) -> Result<Value, SkipReason> {
    let error = match serde_json::from_slice(bytes) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let mended = mended(bytes);
    serde_json::from_str(&mended).map_err(|_| SkipReason::NotJson(error.to_string()))
}

fn mended(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut mended = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('\\') {
        mended.push_str(&rest[..at]);
        rest = &rest[at..];
        let (escape, length) = match (half(rest), rest.get(6..).and_then(half)) {
            (Some(Half::First), Some(Half::Second)) => (&rest[..12], 12),
            (Some(_), _) => ("\\ufffd", 6),
            (None, _) => {
                let next = rest[1..].chars().next().map_or(0, char::len_utf8);
                (&rest[..1 + next], 1 + next)
            }
        };
        mended.push_str(escape);
        rest = &rest[length..];
    }
    mended.push_str(rest);
    mended
}

/// A half of a surrogate pair.
enum Half {
    First,
    Second,
}

/// The half that an escape stands for, if it stands for one.
fn half(text: &str) -> Option<Half> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xd800..0xdc00 => Some(Half::First),
        0xdc00..0xe000 => Some(Half::Second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_pair_and_bytes_that_are_no_text_cost_one_sign() {
        let told = |text: &[u8]| read(text).unwrap();
        assert_eq!(told(br#""a\ud83d\ude00b""#), "a\u{1f600}b");
        assert_eq!(told(br#""a\ud83db""#), "a\u{fffd}b");
        assert_eq!(told(br#""\ude00\ud83d\u0041""#), "\u{fffd}\u{fffd}A");
        assert_eq!(told(br#""\\ud83d \ud83d""#), "\\ud83d \u{fffd}");
        assert_eq!(told(b"\"a\xffb\""), "a\u{fffd}b");
        assert!(matches!(read(b"{\"a\":}"), Err(SkipReason::NotJson(_))));
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(matches!(read(deep.as_bytes()), Err(SkipReason::NotJson(_))));
    }
}
