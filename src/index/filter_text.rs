//! Threads named by what they have in common, where something is to be done with all of them.
//!
//! ```text
//! tag:rust before:2025 title:auth model:claude project:x mode:inner is:archived   and words, as in a list
//! ```
//! The same language as a search's, but what is not understood is refused: taken for a word it
//! would choose others.

use super::filter::Filter;
use super::pieces::{Narrowing, next_piece, taken_as_words};
use crate::model::Timestamp;

impl Filter {
    /// Reads what threads have in common.
    ///
    /// # Errors
    /// The piece that was not understood.
    pub fn read(text: &str, now: Timestamp) -> Result<Self, String> {
        let mut filter = Self::default();
        let mut rest = text;
        while let Some((piece, after)) = next_piece(rest) {
            rest = after;
            let is_understood = if piece.filter.is_some() {
                let narrowing = piece.narrowing(now);
                narrowing.is_some_and(|narrowing| filter.take(narrowing))
            } else if piece.is_prefix || taken_as_words(&piece).is_some() {
                false
            } else {
                filter.parts.push(piece.text.to_owned());
                true
            };
            if !is_understood {
                return Err(piece.text.to_owned());
            }
        }
        Ok(filter)
    }

    /// `false` if threads can't be narrowed so, or were already: a second one would put the first
    /// out of force.
    fn take(&mut self, narrowing: Narrowing<'_>) -> bool {
        match narrowing {
            Narrowing::Tag(tag) => self.tags.push(tag.to_owned()),
            Narrowing::Title(title) => return set_once(&mut self.title, title.to_owned()),
            Narrowing::Model(model) => return set_once(&mut self.model, model.to_owned()),
            Narrowing::Project(project) => return set_once(&mut self.project, project.to_owned()),
            Narrowing::Mode(mode) => return set_once(&mut self.mode, mode.to_owned()),
            Narrowing::Archived(is_archived) => {
                return set_once(&mut self.is_archived, is_archived);
            }
            Narrowing::Since(time) => {
                self.since = Some(self.since.map_or(time, |known| known.max(time)));
            }
            Narrowing::Before(time) => {
                let last = time - 1;
                self.until = Some(self.until.map_or(last, |known| known.min(last)));
            }
            Narrowing::Role(_) => return false,
        }
        true
    }
}

fn set_once<T>(slot: &mut Option<T>, value: T) -> bool {
    let is_first = slot.is_none();
    slot.replace(value);
    is_first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Filter, String> {
        Filter::read(text, Timestamp::from_millis(1_000 * 86_400_000))
    }

    #[test]
    fn it_is_the_language_of_a_search() {
        let read =
            read("tag:rust tag:Web before:1970-01-03 after:1970-01-02 title:\"two words\" is:archived auth")
                .unwrap();
        assert_eq!(read.tags, ["rust", "Web"]);
        assert_eq!(
            (read.since, read.until),
            (Some(86_400_000), Some(2 * 86_400_000 - 1))
        );
        assert_eq!(
            (read.title.as_deref(), read.is_archived),
            (Some("two words"), Some(true))
        );
        assert_eq!(read.parts, ["auth"]);
    }

    #[test]
    fn what_is_not_understood_is_refused_and_named() {
        for (text, piece) in [
            ("tag:x before:soon", "before:soon"),
            ("role:ai", "role:ai"),
            ("tga:rust", "tga:rust"),
            ("rust OR web", "OR"),
            ("-rust", "-rust"),
            ("is:gone", "is:gone"),
            ("title:a title:b", "title:b"),
            ("conf*", "conf"),
        ] {
            assert_eq!(read(text), Err(piece.to_owned()), "{text}");
        }
    }
}
