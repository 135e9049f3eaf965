//! Wrapping our own sentences to the width of a terminal.

use anstream::adapter::strip_str;
use textwrap::WordSeparator;
use textwrap::core::{Fragment, Word};
use textwrap::wrap_algorithms::wrap_first_fit;
use unicode_width::UnicodeWidthStr;

/// Breaks each line between words so that it fits into `width` columns; what follows is indented as
/// the line is. A word that is longer than a line is left whole: an address or a path that was
/// broken could not be copied.
pub(super) fn wrap(text: &str, width: usize) -> String {
    let wrapped: Vec<String> = text
        .split('\n')
        .map(|line| wrap_line(line, width))
        .collect();
    wrapped.join("\n")
}

fn wrap_line(line: &str, width: usize) -> String {
    if columns(line) <= width {
        return line.to_owned();
    }
    let words = line.trim_start_matches(' ');
    let indent = " ".repeat(line.len() - words.len());
    let words: Vec<Seen<'_>> = WordSeparator::AsciiSpace
        .find_words(words)
        .map(Seen::of)
        .collect();
    let room = width.saturating_sub(indent.len());
    let lines: Vec<String> = wrap_first_fit(&words, &[room as f64])
        .into_iter()
        .map(|words| format!("{indent}{}", Seen::joined(words)))
        .collect();
    lines.join("\n")
}

/// The columns that a text takes on a screen: colours take none, and what several characters make
/// together (an accent, a family) is as wide as it is seen.
fn columns(text: &str) -> usize {
    strip_str(text).to_string().width()
}

/// A word as wide as it is seen. textwrap itself adds up its characters.
#[derive(Debug)]
struct Seen<'t> {
    word: Word<'t>,
    columns: usize,
}

impl<'t> Seen<'t> {
    fn of(word: Word<'t>) -> Self {
        let columns = columns(word.word);
        Self { word, columns }
    }

    /// The words of one line, without the blanks at its end.
    fn joined(words: &[Self]) -> String {
        let mut line = String::new();
        for Seen { word, .. } in words {
            line.push_str(word.word);
            line.push_str(word.whitespace);
        }
        line.truncate(line.trim_end_matches(' ').len());
        line
    }
}

impl Fragment for Seen<'_> {
    fn width(&self) -> f64 {
        self.columns as f64
    }

    fn whitespace_width(&self) -> f64 {
        self.word.whitespace.len() as f64
    }

    fn penalty_width(&self) -> f64 {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_keep_their_indent() {
        assert_eq!(
            wrap("one two three\n   four five", 9),
            "one two\nthree\n   four\n   five"
        );
        assert_eq!(wrap("fits", 4), "fits");
        assert_eq!(wrap("", 4), "");
        assert_eq!(wrap("a  b   c", 5), "a  b\nc");
    }

    #[test]
    fn width_is_what_is_seen() {
        assert_eq!(wrap("日本 語", 6), "日本\n語");
        assert_eq!(wrap("é é é", 5), "é é é");
        // Wide by a selector that follows: two columns and not one.
        assert_eq!(wrap("⚠️ ab cd", 5), "⚠️ ab\ncd");
        assert_eq!(wrap("⚠️ ab cd", 4), "⚠️\nab\ncd");
        // Three people of two columns each are one family of two.
        assert_eq!(wrap("👨‍👩‍👧 ab cd", 5), "👨‍👩‍👧 ab\ncd");
    }

    #[test]
    fn a_long_word_stays_whole() {
        assert_eq!(
            wrap("see https://example.org/long now", 10),
            "see\nhttps://example.org/long\nnow"
        );
        assert_eq!(wrap("漢字漢字漢字", 4), "漢字漢字漢字");
    }

    #[test]
    fn a_narrow_window_gets_nothing_that_could_have_been_broken() {
        let text = "⚠️  The answer is not whole: 日本語 と 漢字. What came is kept, marked interrupted; /retry asks for another.";
        for width in 20..60 {
            for line in wrap(text, width).lines() {
                assert!(columns(line) <= width, "{width}: {line:?}");
            }
        }
        assert_eq!(wrap("a b", 0), "a\nb");
    }
}
