//! JSON that is kept as its text, since a signed record can't hold all of it: floats, depth.

use serde::de::IgnoredAny;
use std::fmt;

/// The most bytes of such a text.
const MOST: usize = 64 << 10;

/// One JSON value as it came, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonText(Box<str>);

/// Why a text is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotJson {
    /// It is not one JSON value.
    #[error("it is not JSON")]
    Malformed,
    /// It is too long.
    #[error("it has more than {} KiB", MOST >> 10)]
    TooLong,
}

impl JsonText {
    /// Checks that it is one JSON value.
    ///
    /// # Errors
    /// Why it is not, or is not kept.
    pub fn read(text: &str) -> Result<Self, NotJson> {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        if text.len() > MOST {
            return Err(NotJson::TooLong);
        }
        match serde_json::from_str::<IgnoredAny>(text) {
            Ok(_) => Ok(Self(text.into())),
            Err(_) => Err(NotJson::Malformed),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_record_cannot_hold_is_kept_as_it_came() {
        for text in ["{}", "1.50", "1e3", "-0", r#"{"a": [1.0, null]}"#, "null"] {
            assert_eq!(JsonText::read(text).unwrap().as_str(), text);
        }
        let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
        assert_eq!(JsonText::read(&deep).unwrap().as_str(), deep);
    }

    /// It is put into an answer as it is, so half a value would break all of it.
    #[test]
    fn what_is_no_value_is_refused() {
        for text in ["", "{", "1 2", "}{", "{}x", "nul", r#""a"#, "\u{feff}1"] {
            assert_eq!(JsonText::read(text), Err(NotJson::Malformed), "{text}");
        }
        let long = format!("\"{}\"", "x".repeat(MOST));
        assert_eq!(JsonText::read(&long), Err(NotJson::TooLong));
    }
}
