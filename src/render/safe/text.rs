//! Shown text as a type: what prints takes only this, so that forgetting to make text safe is a
//! compile error.
//!
//! A [`SafeText`] comes from three places: our own literals, [`SafeText::line`] and
//! [`SafeText::block`], which make any text safe, and [`safe_format!`](crate::safe_format), which
//! puts together only what is safe already.

use super::{safe, safe_line, shorten};
use crate::model::{EncryptionKey, Hash, PublicKey, ShortHex, ThreadId, Timestamp};
use crate::render::wrap::wrap;
use std::fmt::{self, Arguments, Display};
use std::ops::{Add, AddAssign, Deref};

/// Text that can be printed: our own words, and those of others made safe.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafeText(String);

impl SafeText {
    /// No text.
    pub const fn new() -> Self {
        Self(String::new())
    }

    /// Anybody's text on one line: a title, a tag, a name.
    pub fn line(text: &str) -> Self {
        Self(safe_line(text).into_owned())
    }

    /// Anybody's text with its lines.
    pub fn block(text: &str) -> Self {
        Self(safe(text).into_owned())
    }

    /// What something says of itself, on one line: an error, a path.
    pub fn shown(thing: impl Display) -> Self {
        Self::line(&thing.to_string())
    }

    /// A literal so many times.
    pub fn repeated(literal: &'static str, times: usize) -> Self {
        Self(literal.repeat(times))
    }

    /// Texts with a literal between them.
    pub fn joined<T: Into<SafeText>>(
        texts: impl IntoIterator<Item = T>,
        between: &'static str,
    ) -> Self {
        let mut all = Self::new();
        for (place, text) in texts.into_iter().enumerate() {
            if place > 0 {
                all.push(between);
            }
            all.push(text);
        }
        all
    }

    /// Appends.
    pub fn push(&mut self, text: impl Into<SafeText>) {
        self.0.push_str(&text.into().0);
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// At most so many columns; what was cut ends in `…`. A text with colours stays whole: half a
    /// sequence would take in what stands behind it.
    pub fn shortened(&self, width: usize) -> Self {
        if self.0.contains('\u{1b}') {
            return self.clone();
        }
        Self(shorten(&self.0, width).into_owned())
    }

    /// Each line broken between words, to fit into so many columns.
    pub fn wrapped(&self, width: usize) -> Self {
        Self(wrap(&self.0, width))
    }

    /// Without the white space at its end.
    pub fn trimmed_end(&self) -> Self {
        Self(self.0.trim_end().to_owned())
    }

    /// Its lines.
    pub fn in_lines(&self) -> impl Iterator<Item = SafeText> + '_ {
        self.0.lines().map(|line| Self(line.to_owned()))
    }

    /// A text of our own that a library coloured: its colours stay, and nothing else that could act
    /// on a terminal. What it quotes must be safe already, or the colours could be another's.
    pub fn coloured(text: &str) -> Self {
        let mut parts = text.split('\u{1b}');
        let mut all = Self::block(parts.next().unwrap_or_default());
        for part in parts {
            let (colour, rest) = part.split_at(colour_length(part));
            all.0.push(if colour.is_empty() { '␛' } else { '\u{1b}' });
            all.0.push_str(colour);
            all.push(Self::block(rest));
        }
        all
    }

    /// What a filter let through.
    pub(super) fn filtered(text: String) -> Self {
        Self(text)
    }

    /// For [`safe_format!`](crate::safe_format) alone, which has looked at each argument.
    #[doc(hidden)]
    pub fn of_checked_arguments(arguments: Arguments<'_>) -> Self {
        Self(arguments.to_string())
    }
}

/// How much of what follows an escape is a sequence that sets colours and nothing else, as
/// `[1;31m`.
fn colour_length(text: &str) -> usize {
    let Some(rest) = text.strip_prefix('[') else {
        return 0;
    };
    let numbers = rest.len()
        - rest
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
            .len();
    if rest[numbers..].starts_with('m') {
        numbers + 2
    } else {
        0
    }
}

impl Deref for SafeText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<String> for SafeText {
    fn eq(&self, other: &String) -> bool {
        self.0 == *other
    }
}

impl PartialEq<&str> for SafeText {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
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

impl<T: Into<SafeText>> Add<T> for SafeText {
    type Output = SafeText;

    fn add(mut self, text: T) -> SafeText {
        self.push(text);
        self
    }
}

impl serde::Serialize for SafeText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Extend<SafeText> for SafeText {
    fn extend<I: IntoIterator<Item = SafeText>>(&mut self, texts: I) {
        texts.into_iter().for_each(|text| self.push(text));
    }
}

impl FromIterator<SafeText> for SafeText {
    fn from_iter<I: IntoIterator<Item = SafeText>>(texts: I) -> Self {
        let mut all = SafeText::new();
        all.extend(texts);
        all
    }
}

/// What is safe to show by its form: numbers, times, hashes, and [`SafeText`] itself. Never a
/// `String`.
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
    EncryptionKey,
    ShortHex,
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

/// `format!` for shown text: the format is our literal, each argument is `SafeToShow`.
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
    fn a_text_with_colours_is_not_cut_in_a_sequence() {
        let text = SafeText::coloured("\u{1b}[1;31mred words\u{1b}[0m");
        for width in 0..12 {
            assert_eq!(text.shortened(width), text);
        }
        assert_eq!(SafeText::line("red words").shortened(4), "red…");
    }

    #[test]
    fn of_what_a_library_coloured_only_the_colours_stay() {
        let text = "\u{1b}[1m\u{1b}[4mUsage\u{1b}[0m\n\u{1b}[2J\u{1b}]0;x\u{7}\u{1b}\u{9b}31m";
        assert_eq!(
            SafeText::coloured(text).as_str(),
            "\u{1b}[1m\u{1b}[4mUsage\u{1b}[0m\n␛[2J␛]0;x␇␛\u{fffd}31m"
        );
    }

    #[test]
    fn a_variable_within_the_format_is_refused() {
        assert!(captures_nothing("{} {:>4} {0} {{name}}"));
        assert!(!captures_nothing("{} {name}"));
        assert!(!captures_nothing("{{{name}}}"));
    }
}
