//! What a person types to search, read so that nothing they type is an error.
//!
//! ```text
//! refresh token        both words, anywhere in one message or title
//! "refresh token"      the two in a row
//! refr*                words that begin so
//! C++  ->  --all       signs count where they begin or end a word, or stand alone
//! role:ai tag:rust model:claude before:2025-06-01 after:30d
//! ```

use super::filter::Filter;
use super::fold::{fold, word_list};
use super::pieces::{Narrowing, Piece, TakenAsWords, is_gap, next_piece, taken_as_words};
use super::signs::SignSet;
use crate::model::{Hash, PublicKey, Role, Timestamp};

/// A search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub(super) terms: Vec<Term>,
    /// In threads with each of these tags.
    pub tags: Vec<String>,
    /// Messages of one of these roles.
    pub roles: Vec<Role>,
    /// Messages of a model whose name has one of these parts.
    pub models: Vec<String>,
    /// In threads of this mode.
    pub mode: Option<String>,
    /// In threads that this face began.
    pub face: Option<String>,
    /// In threads on this owner's branch that are their own.
    pub owner: Option<PublicKey>,
    /// In threads that belong to a project document only where it is one of these; no others are
    /// shut out.
    pub open_projects: Option<Vec<Hash>>,
    /// Only messages that their threads show.
    pub is_shown: bool,
    /// Messages before this time, in milliseconds since 1970.
    pub before: Option<i64>,
    /// Messages at this time or later.
    pub after: Option<i64>,
    /// What looked as if it meant more than its words, and is looked for as it stands.
    pub taken_as_words: Vec<TakenAsWords>,
}

/// Words in a row, and the signs around them if those count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) words: Vec<String>,
    /// The last word may go on.
    pub(super) is_prefix: bool,
    /// Must be found in the folded text as it stands.
    pub(super) literal: Option<String>,
}

impl Term {
    /// Whether its words stand in a row among the words of a text, each of which has a space after it.
    fn is_in(&self, words: &str) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let mut row = self.words.join(" ");
        if !self.is_prefix {
            row.push(' ');
        }
        let mut places = words.match_indices(&row);
        places.any(|(place, _)| place == 0 || words.as_bytes()[place - 1] == b' ')
    }
}

/// Signs that belong to the sentence around a word, not to the word.
const OF_SENTENCES: &str = "?!.,;:'\"()";

impl Query {
    /// Reads a search. Everything means something: what is no filter is looked for.
    pub fn read(text: &str, now: Timestamp) -> Self {
        let mut query = Self::default();
        let mut leftovers = Vec::new();
        let mut rest = text;
        while let Some((piece, after)) = next_piece(rest) {
            rest = after;
            if !query.take_filter(&piece, now) {
                query.taken_as_words.extend(taken_as_words(&piece));
                match term(&piece) {
                    Some(term) if query.terms.contains(&term) => {}
                    Some(term) => query.terms.push(term),
                    None => leftovers.push(piece.text),
                }
            }
        }
        // Signs of sentences alone are looked for only if there is nothing else to look for.
        if query.is_empty() {
            let literals = leftovers.into_iter().filter(|sign| !sign.is_empty());
            query.terms = literals
                .map(|sign| Term {
                    literal: Some(fold(sign)),
                    ..Term::default()
                })
                .collect();
        }
        query
    }

    /// Whether nothing at all is asked for.
    pub fn is_empty(&self) -> bool {
        *self
            == Self {
                taken_as_words: self.taken_as_words.clone(),
                ..Self::default()
            }
    }

    /// The same search for words that begin so; `None` if it is that already.
    pub fn for_beginnings(&self) -> Option<Self> {
        let mut loose = self.clone();
        for term in loose.terms.iter_mut().filter(|term| !term.words.is_empty()) {
            term.is_prefix = true;
        }
        (loose != *self).then_some(loose)
    }

    fn take_filter(&mut self, piece: &Piece<'_>, now: Timestamp) -> bool {
        let Some(narrowing) = piece.narrowing(now) else {
            return false;
        };
        match narrowing {
            Narrowing::Tag(tag) => self.tags.push(tag.to_owned()),
            Narrowing::Model(model) => self.models.push(model.to_owned()),
            Narrowing::Role(role) => self.roles.push(role),
            Narrowing::Before(time) => {
                self.before = Some(self.before.map_or(time, |known| known.min(time)));
            }
            Narrowing::Since(time) => {
                self.after = Some(self.after.map_or(time, |known| known.max(time)));
            }
            Narrowing::Title(_)
            | Narrowing::Project(_)
            | Narrowing::Mode(_)
            | Narrowing::Archived(_) => return false,
        }
        true
    }

    /// What it asks of threads beside their tags.
    pub(super) fn of_threads(&self) -> Filter {
        Filter {
            mode: self.mode.clone(),
            face: self.face.clone(),
            owner: self.owner,
            author: self.owner.map(|owner| owner.to_string()),
            open_projects: self.open_projects.clone(),
            ..Filter::default()
        }
    }

    /// Whether it asks for something that only messages have.
    pub(super) fn looks_at_messages(&self) -> bool {
        let has_time = self.before.is_some() || self.after.is_some();
        has_time || !self.roles.is_empty() || !self.models.is_empty()
    }

    /// The words of each term as FTS5 wants them.
    pub(super) fn expressions(&self) -> Vec<String> {
        let terms = self.terms.iter().filter(|term| !term.words.is_empty());
        terms
            .map(|term| {
                let goes_on = if term.is_prefix { " *" } else { "" };
                format!("\"{}\"{goes_on}", term.words.join(" "))
            })
            .collect()
    }

    /// Whether anything is looked for in the texts themselves.
    pub(super) fn has_terms(&self) -> bool {
        !self.terms.is_empty()
    }

    /// Whether a text has all the words, in the form in which they stand in the index.
    pub(super) fn has_words(&self, words: &str) -> bool {
        self.terms.iter().all(|term| term.is_in(words))
    }

    /// Whether a text has what the words alone don't say.
    pub(super) fn has_literals(&self, text: &str) -> bool {
        let mut literals = self.literals().peekable();
        if literals.peek().is_none() {
            return true;
        }
        let folded = fold(text);
        literals.all(|literal| folded.contains(literal))
    }

    /// The signs that a text must have.
    pub(super) fn signs(&self) -> SignSet {
        let mut signs = SignSet::default();
        for literal in self.literals() {
            signs = signs.with(SignSet::of_folded(literal));
        }
        signs
    }

    pub(super) fn literals(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| term.literal.as_deref())
    }
}

/// `None` if there is nothing in it but signs that mean nothing by themselves.
fn term(piece: &Piece<'_>) -> Option<Term> {
    let text = if piece.is_quoted {
        piece.text.trim_matches(is_gap)
    } else {
        piece
            .text
            .trim_matches(|c: char| OF_SENTENCES.contains(c) || is_foreign_sign(c))
    };
    let words = word_list(text);
    let counts = |character: Option<char>| character.is_some_and(|c| c.is_ascii_punctuation());
    let is_literal =
        words.is_empty() || counts(text.chars().next()) || counts(text.chars().next_back());
    let literal = (is_literal && !text.is_empty()).then(|| fold(text));
    let is_something = !words.is_empty() || literal.is_some();
    is_something.then_some(Term {
        is_prefix: piece.is_prefix && !words.is_empty(),
        words,
        literal,
    })
}

/// Quotation marks, dashes and stops beyond ASCII.
fn is_foreign_sign(character: char) -> bool {
    !character.is_ascii() && word_list(character.encode_utf8(&mut [0; 4])).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Query {
        Query::read(text, Timestamp::from_millis(0))
    }

    fn terms(text: &str) -> Vec<(String, bool, Option<String>)> {
        let of = |term: Term| (term.words.join(" "), term.is_prefix, term.literal);
        read(text).terms.into_iter().map(of).collect()
    }

    fn words(text: &str) -> (String, bool, Option<String>) {
        (text.to_owned(), false, None)
    }

    fn literal(text: &str, literal: &str) -> (String, bool, Option<String>) {
        (text.to_owned(), false, Some(literal.to_owned()))
    }

    #[test]
    fn words_phrases_and_beginnings() {
        assert_eq!(
            terms("Refresh Token refresh"),
            [words("refresh"), words("token")]
        );
        assert_eq!(
            terms("\"refresh token\" x"),
            [words("refresh token"), words("x")]
        );
        assert_eq!(terms("refr*"), [("refr".into(), true, None)]);
        assert_eq!(terms("\"of refr\"*"), [("of refr".into(), true, None)]);
        assert_eq!(terms("日本 foo.bar"), [words("日 本"), words("foo bar")]);
    }

    #[test]
    fn signs_count_at_the_edge_of_a_word_unless_they_belong_to_the_sentence() {
        assert_eq!(terms("C++"), [literal("c", "c++")]);
        assert_eq!(terms("what's (that)?"), [words("what s"), words("that")]);
        assert_eq!(terms("NEAR("), [words("near")]);
        assert_eq!(terms("\"NEAR(\""), [literal("near", "near(")]);
        assert_eq!(terms("a -> b"), [words("a"), literal("", "->"), words("b")]);
        assert_eq!(terms("a ? b"), [words("a"), words("b")]);
        assert_eq!(terms("*"), [literal("", "*")]);
        assert_eq!(terms("?"), [literal("", "?")]);
        assert_eq!(terms("\""), [literal("", "\"")]);
        assert_eq!(terms("\"open end"), [words("open end")]);
        assert_eq!(
            terms("AND OR NOT ^a"),
            [words("and"), words("or"), words("not"), literal("a", "^a")]
        );
    }

    #[test]
    fn filters_are_taken_out_and_what_only_looks_like_one_is_looked_for() {
        let query = read(
            "x role:AI role:user tag:\"two words\" model:gpt before:2025-01-02 before:2025-01-01 after:1970-01-01",
        );
        assert_eq!(query.roles, [Role::Ai, Role::Human]);
        assert_eq!(
            (query.tags, query.models),
            (vec!["two words".to_owned()], vec!["gpt".to_owned()])
        );
        assert_eq!(
            (query.before, query.after),
            (Some(1_735_689_600_000), Some(0))
        );
        assert_eq!(query.terms.len(), 1);
        assert_eq!(terms("role:admin"), [words("role admin")]);
        assert_eq!(terms("before:tomorrow"), [words("before tomorrow")]);
        assert_eq!(terms("std::vec tag:"), [words("std vec"), words("tag")]);
    }

    #[test]
    fn what_means_less_than_it_seems_to_is_named() {
        use TakenAsWords::{Filter, Minus, OpenQuote, Operator, Role, Time};
        let named = |text: &str| read(text).taken_as_words;
        assert_eq!(
            named("x after:soon role:boss"),
            [Time("after:soon".into()), Role("role:boss".into())]
        );
        assert_eq!(named("title:auth"), [Filter("title:auth".into())]);
        assert_eq!(named("\""), [OpenQuote]);
        assert_eq!(named("a \"open end"), [OpenQuote]);
        assert_eq!(
            named("cats OR -dogs"),
            [Operator("OR".into()), Minus("-dogs".into())]
        );
        for plain in [
            "std::vec http://a.example",
            "-x --all -> a-b",
            "\"OR -dogs\" or",
            "after:yesterday since:30m",
        ] {
            assert_eq!(named(plain), [], "{plain}");
        }
    }

    #[test]
    fn beginnings_are_looked_for_once() {
        let loose = read("refresh \"access token\" -> C++")
            .for_beginnings()
            .unwrap();
        let prefixes: Vec<_> = loose.terms.iter().map(|term| term.is_prefix).collect();
        assert_eq!(prefixes, [true, true, false, true]);
        assert_eq!(loose.for_beginnings(), None);
        assert_eq!(read("role:ai").for_beginnings(), None);
    }

    #[test]
    fn nothing_is_nothing() {
        for nothing in ["", "  ", "\0", "\n\t"] {
            assert!(read(nothing).is_empty(), "{nothing:?}");
        }
        assert!(!read("\u{2014}").is_empty());
    }
}
