//! The part of a text that shows why it was found.

use super::fold::words;
use super::query::{Query, Term};
use std::ops::Range;

/// One line out of a text, and where in it the words are that were looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snippet {
    /// The line. It is not yet safe for a terminal.
    pub text: String,
    /// What to highlight, in order: ranges of bytes.
    pub marks: Vec<Range<usize>>,
}

/// A part of a snippet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnippetPart<'s> {
    /// Its text; never empty.
    pub text: &'s str,
    /// Whether it is what was looked for.
    pub is_match: bool,
}

/// How many bytes of a text are shown, and how many of them stand before the first mark.
const LENGTH: usize = 200;
const BEFORE: usize = 50;

impl Snippet {
    /// The best part of a text for a query.
    pub(super) fn of(text: &str, query: &Query) -> Self {
        let spans = spans(text, &query.terms);
        let start = best_start(&spans);
        let last = text.len().saturating_sub(LENGTH);
        let from = boundary_before(text, start.saturating_sub(BEFORE).min(last));
        let to = boundary_after(text, from + LENGTH);
        let marks = spans.into_iter().map(|(span, _)| span);
        let inside = marks.filter(|span| span.start >= from && span.end <= to);
        let mut snippet = Self::default();
        if from > 0 {
            snippet.text.push('…');
        }
        snippet.copy(
            &text[from..to],
            inside.map(|span| span.start - from..span.end - from),
        );
        if to < text.len() {
            snippet.text.push('…');
        }
        snippet
    }

    /// The line in parts: what was looked for, and what stands between.
    pub fn parts(&self) -> Vec<SnippetPart<'_>> {
        let part = |range: Range<usize>, is_match| SnippetPart {
            text: &self.text[range],
            is_match,
        };
        let mut parts = Vec::new();
        let mut at = 0;
        for mark in &self.marks {
            parts.push(part(at..mark.start, false));
            parts.push(part(mark.clone(), true));
            at = mark.end;
        }
        parts.push(part(at..self.text.len(), false));
        parts.retain(|part| !part.text.is_empty());
        parts
    }

    /// Copies a part as one line: any white space becomes one space.
    fn copy(&mut self, part: &str, marks: impl Iterator<Item = Range<usize>>) {
        let mut ends: Vec<(usize, bool)> = Vec::new();
        let mut last = 0;
        for mark in marks {
            if mark.start >= last {
                ends.extend([(mark.start, true), (mark.end, false)]);
                last = mark.end;
            }
        }
        let mut ends = ends.into_iter().peekable();
        let mut began = 0;
        let mut was_space = true;
        for (at, character) in part.char_indices().chain([(part.len(), ' ')]) {
            while let Some((_, is_start)) = ends.next_if(|(end, _)| *end <= at) {
                if is_start {
                    began = self.text.len();
                } else {
                    self.marks.push(began..self.text.len());
                }
            }
            if at == part.len() {
                break;
            }
            let is_space = character.is_whitespace();
            if !is_space {
                self.text.push(character);
            } else if !was_space {
                self.text.push(' ');
            }
            was_space = is_space;
        }
        self.text.truncate(self.text.trim_end().len());
    }
}

/// Where in a text each term stands, in order, with the term's number.
fn spans(text: &str, terms: &[Term]) -> Vec<(Range<usize>, usize)> {
    let mut places = Vec::new();
    let mut folded = Vec::new();
    words(text, |place, word| {
        places.push(place);
        folded.push(word.to_owned());
    });
    let mut spans = Vec::new();
    for (number, term) in terms.iter().enumerate() {
        match (term.words.split_last(), &term.literal) {
            (Some((last, before)), _) => {
                for at in 0..(folded.len() + 1).saturating_sub(term.words.len()) {
                    let end = at + before.len();
                    let is_last =
                        folded[end] == *last || (term.is_prefix && folded[end].starts_with(last));
                    if is_last && folded[at..end] == *before {
                        spans.push((places[at].start..places[end].end, number));
                    }
                }
            }
            (None, Some(sign)) => {
                spans.extend(
                    text.match_indices(sign)
                        .map(|(at, sign)| (at..at + sign.len(), number)),
                );
            }
            (None, None) => {}
        }
    }
    spans.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    spans
}

/// The place from which the most different terms follow soon.
fn best_start(spans: &[(Range<usize>, usize)]) -> usize {
    let mut best = (0, 0);
    for (place, (span, _)) in spans.iter().enumerate() {
        let near = spans[place..]
            .iter()
            .take_while(|(other, _)| other.end <= span.start + LENGTH - BEFORE);
        let mut terms: Vec<usize> = near.map(|(_, term)| *term).take(64).collect();
        terms.sort_unstable();
        terms.dedup();
        if terms.len() > best.0 {
            best = (terms.len(), span.start);
        }
    }
    best.1
}

/// The nearest beginning of a word, or of a character, near a place.
fn boundary_before(text: &str, from: usize) -> usize {
    if from == 0 {
        return 0;
    }
    let from = floor(text, from);
    let gap = text[from..]
        .char_indices()
        .take_while(|(at, _)| *at < BEFORE / 2);
    let mut gap = gap.skip_while(|(_, character)| !character.is_whitespace());
    let word = gap.find(|(_, character)| !character.is_whitespace());
    from + word.map_or(0, |(at, _)| at)
}

/// The nearest end of a word, or of a character, at or before a place.
fn boundary_after(text: &str, to: usize) -> usize {
    if to >= text.len() {
        return text.len();
    }
    let to = floor(text, to);
    let near = floor(text, to.saturating_sub(BEFORE / 2));
    text[near..to]
        .rfind(char::is_whitespace)
        .map_or(to, |gap| near + gap)
}

/// The last boundary between characters that is not after a place.
fn floor(text: &str, place: usize) -> usize {
    (0..=place)
        .rev()
        .find(|place| text.is_char_boundary(*place))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn snippet(text: &str, query: &str) -> (String, Vec<String>) {
        let snippet = Snippet::of(text, &Query::read(query, Timestamp::from_millis(0)));
        let marks = snippet
            .marks
            .iter()
            .map(|mark| snippet.text[mark.clone()].to_owned())
            .collect();
        (snippet.text, marks)
    }

    #[test]
    fn marks_show_the_words_as_they_are_written() {
        let (text, marks) = snippet(
            "Über  die\nBrücke, über C++ -> 日本語",
            "uber brucke c++ -> 日本",
        );
        assert_eq!(text, "Über die Brücke, über C++ -> 日本語");
        assert_eq!(marks, ["Über", "Brücke", "über", "C", "->", "日本"]);
    }

    #[test]
    fn the_part_with_the_most_terms_is_shown() {
        let text = format!(
            "one {} one two {}",
            "filler ".repeat(60),
            "filler ".repeat(60)
        );
        let (shown, marks) = snippet(&text, "one two");
        assert_eq!(marks, ["one", "two"]);
        assert!(
            shown.starts_with('…') && shown.ends_with('…') && shown.len() < LENGTH + 10,
            "{shown}"
        );
    }

    #[test]
    fn overlapping_terms_are_marked_once() {
        assert_eq!(snippet("a b c", "\"a b\" b \"b c\"").1, ["a b"]);
    }

    #[test]
    fn without_words_the_beginning_is_shown() {
        let (text, marks) = snippet(&"字".repeat(500), "role:ai");
        assert!(text.starts_with('字') && text.ends_with('…') && marks.is_empty());
    }
}
