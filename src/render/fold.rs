//! Folding our own sentences to the width of a terminal.

use unicode_width::UnicodeWidthStr;

/// Breaks each line between words so that it fits into `width` columns; what follows is indented as
/// the line is. A word that is longer than a line is left whole: an address or a path that was
/// broken could not be copied.
pub(super) fn fold(text: &str, width: usize) -> String {
    let folded: Vec<String> = text
        .split('\n')
        .map(|line| fold_line(line, width))
        .collect();
    folded.join("\n")
}

fn fold_line(line: &str, width: usize) -> String {
    if line.width() <= width {
        return line.to_owned();
    }
    let words = line.trim_start_matches(' ');
    let indent = " ".repeat(line.len() - words.len());
    let mut folded = indent.clone();
    let mut column = indent.len();
    for (place, word) in words.split(' ').enumerate() {
        let space = usize::from(place > 0);
        if place > 0 && column + space + word.width() > width {
            folded.push('\n');
            folded.push_str(&indent);
            column = indent.len();
        } else if place > 0 {
            folded.push(' ');
            column += 1;
        }
        folded.push_str(word);
        column += word.width();
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_keep_their_indent() {
        assert_eq!(
            fold("one two three\n   four five", 9),
            "one two\nthree\n   four\n   five"
        );
        assert_eq!(fold("fits", 4), "fits");
        assert_eq!(fold("", 4), "");
    }

    #[test]
    fn width_is_what_is_seen() {
        assert_eq!(fold("日本 語", 6), "日本\n語");
        assert_eq!(fold("é é é", 5), "é é é");
    }

    #[test]
    fn a_long_word_stays_whole() {
        assert_eq!(
            fold("see https://example.org/long now", 10),
            "see\nhttps://example.org/long\nnow"
        );
    }
}
