//! Shown text as a type: what prints takes only this, so that forgetting to make text safe is a compile error.
//!
//! A [`SafeText`] comes from three places: our own literals, [`SafeText::line`] and [`SafeText::block`], which make any
//! text safe, and [`safe_format!`](crate::safe_format), which puts together only what is safe already.

use super::{safe, safe_line};
use crate::model::{Hash, PublicKey, ThreadId, Timestamp};
use std::fmt::{self, Arguments, Display};
use std::ops::AddAssign;

/// Text that can be printed: our own words, and those of others made safe.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafeText(String);

impl SafeText {
    /// No text.
    pub const fn new() -> Self {
        Self(String::new())
    }

    /// Anybody's text on one line: a title, a tag, a name, a path.
    pub fn line(text: &str) -> Self {
        Self(safe_line(text).into_owned())
    }

    /// Anybody's text with its lines.
    pub fn block(text: &str) -> Self {
        Self(safe(text).into_owned())
    }

    /// Appends.
    pub fn push(&mut self, text: impl Into<SafeText>) {
        self.0.push_str(&text.into().0);
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For [`safe_format!`](crate::safe_format) alone, which has looked at each argument.
    #[doc(hidden)]
    pub fn of_checked_arguments(arguments: Arguments<'_>) -> Self {
        Self(arguments.to_string())
    }
}

impl Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `pad` heeds a width, as that of a column.
        f.pad(&self.0)
    }
}

impl From<&'static str> for SafeText {
    fn from(literal: &'static str) -> Self {
        Self(literal.to_owned())
    }
}

impl From<&SafeText> for SafeText {
    fn from(text: &SafeText) -> Self {
        text.clone()
    }
}

impl<T: Into<SafeText>> AddAssign<T> for SafeText {
    fn add_assign(&mut self, text: T) {
        self.push(text);
    }
}

impl FromIterator<SafeText> for SafeText {
    fn from_iter<I: IntoIterator<Item = SafeText>>(texts: I) -> Self {
        let mut all = SafeText::new();
        for text in texts {
            all.push(text);
        }
        all
    }
}

/// What is safe to show by its form: numbers, times, hashes, and [`SafeText`] itself. Never a `String`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` could hold anything, and is not shown as it is",
    note = "make it safe: SafeText::line(…) for a title, a name or a path, SafeText::block(…) for text with lines"
)]
pub trait SafeToShow: Display {}

/// Lets only what is safe into [`safe_format!`](crate::safe_format).
#[doc(hidden)]
pub fn checked<T: SafeToShow + ?Sized>(argument: &T) -> &T {
    argument
}

macro_rules! safe_to_show {
    ($($kind:ty),* $(,)?) => { $(impl SafeToShow for $kind {})* };
}

safe_to_show!(
    SafeText,
    u8,
    u16,
    u32,
    u64,
    usize,
    i32,
    i64,
    f64,
    &'static str,
    Timestamp,
    Hash,
    PublicKey,
    ThreadId,
    anstyle::Style,
    anstyle::Reset,
);

impl<T: SafeToShow> SafeToShow for &T {}

/// Refuses `{name}` in a format: it would take in a variable that nobody looked at.
#[doc(hidden)]
pub const fn captures_nothing(format: &str) -> bool {
    let bytes = format.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'{' {
            if at + 1 < bytes.len() && bytes[at + 1] == b'{' {
                at += 1;
            } else if at + 1 < bytes.len() && !matches!(bytes[at + 1], b'}' | b':' | b'0'..=b'9') {
                return false;
            }
        }
        at += 1;
    }
    true
}

/// `format!` for shown text: the format is our literal, each argument is [`SafeToShow`].
///
/// Arguments stand behind the format, never as `{name}` within it.
#[macro_export]
macro_rules! safe_format {
    ($format:literal $(, $argument:expr)* $(,)?) => {{
        const { assert!(
            $crate::render::safe::captures_nothing($format),
            "arguments stand behind the format, so that each is looked at"
        ) };
        $crate::render::safe::SafeText::of_checked_arguments(
            format_args!($format $(, $crate::render::safe::checked(&$argument))*)
        )
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_together_from_safe_parts_is_their_text() {
        let title = SafeText::line("\u{1b}[31mred\nline");
        assert_eq!(
            safe_format!("📖 {}: {:>3}|{:<4}|", title, 7, "ab").as_str(),
            "📖 ␛[31mred␊line:   7|ab  |"
        );
        let mut text = SafeText::from("one ");
        text += safe_format!("{{{}}}", SafeText::block("a\nb\u{7}"));
        assert_eq!(text.as_str(), "one {a\nb␇}");
    }

    #[test]
    fn a_variable_within_the_format_is_refused() {
        assert!(captures_nothing("{} {:>4} {0} {{name}}"));
        assert!(!captures_nothing("{} {name}"));
        assert!(!captures_nothing("{{{name}}}"));
    }
}
