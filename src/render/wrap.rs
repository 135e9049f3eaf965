//! Wrapping our own sentences to the width of a terminal.

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
    if line.width() <= width {
        return line.to_owned();
    }
    let words = line.trim_start_matches(' ');
    let indent = " ".repeat(line.len() - words.len());
    let mut wrapped = indent.clone();
    let mut column = indent.len();
    for (place, word) in words.split(' ').enumerate() {
        let space = usize::from(place > 0);
        if place > 0 && column + space + word.width() > width {
            wrapped.push('\n');
            wrapped.push_str(&indent);
            column = indent.len();
        } else if place > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += word.width();
    }
    wrapped
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
    }

    #[test]
    fn width_is_what_is_seen() {
        assert_eq!(wrap("日本 語", 6), "日本\n語");
        assert_eq!(wrap("é é é", 5), "é é é");
    }

    #[test]
    fn a_long_word_stays_whole() {
        assert_eq!(
            wrap("see https://example.org/long now", 10),
            "see\nhttps://example.org/long\nnow"
        );
    }
}
