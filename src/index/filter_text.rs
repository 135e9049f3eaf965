//! Threads named by what they have in common, where something is to be done with all of them.
//!
//! ```text
//! tag:rust before:2025 title:auth model:claude project:x mode:inner is:archived   and words, as in a list
//! ```
//! The same language as a search's, but what is not understood is refused: taken for a word it
//! would choose others.

use super::filter::Filter;
use super::query::{next_piece, taken_as_words};
use super::when::{DayBoundary, moment};
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
            let is_understood = match piece.filter {
                Some((name, value)) => filter.take(name, value, now).is_some(),
                None if piece.is_prefix || taken_as_words(&piece).is_some() => false,
                None => {
                    filter.parts.push(piece.text.to_owned());
                    true
                }
            };
            if !is_understood {
                return Err(piece.text.to_owned());
            }
        }
        Ok(filter)
    }

    fn take(&mut self, name: &str, value: &str, now: Timestamp) -> Option<()> {
        // A second one of these would put the first out of force.
        let only =
            |known: &mut Option<String>| known.replace(value.to_owned()).is_none().then_some(());
        match name {
            "tag" => self.tags.push(value.to_owned()),
            "title" => only(&mut self.title)?,
            "model" => only(&mut self.model)?,
            "project" => only(&mut self.project)?,
            "mode" => only(&mut self.mode)?,
            "is" | "state" => {
                let is_archived = match value {
                    "archived" => true,
                    "active" => false,
                    _ => return None,
                };
                self.is_archived
                    .replace(is_archived)
                    .is_none()
                    .then_some(())?;
            }
            "after" | "since" => {
                let time = moment(value, now, DayBoundary::Start)?;
                self.since = Some(self.since.map_or(time, |known| known.max(time)));
            }
            "before" => {
                let time = moment(value, now, DayBoundary::Start)? - 1;
                self.until = Some(self.until.map_or(time, |known| known.min(time)));
            }
            _ => return None,
        }
        Some(())
    }
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
