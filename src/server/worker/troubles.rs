//! What goes wrong again and again: told when it begins, when it changes, and when it ends. The
//! worker looks around four times a second, and would else fill the log with one and the same.

use crate::buffer::BufferNotice;
use crate::render::safe::SafeText;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

/// What the worker does again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Round {
    /// Following what other processes do in the home.
    Looking,
    /// Saving what was said.
    Saving,
}

/// What one round came upon.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What went wrong, and would again.
    failed: BTreeSet<Failed>,
    /// What else the owner is to know.
    noticed: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Failed {
    what: &'static str,
    why: String,
}

/// What is to be told of a round.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Failed(Failed),
    Noticed(String),
    Over(&'static str),
}

/// What the last round of each kind came upon.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    last: BTreeMap<Round, Found>,
}

impl Found {
    /// Takes what became of a step.
    pub fn step<T, E: Error>(&mut self, what: &'static str, done: Result<T, E>) {
        if let Err(error) = done {
            self.failed(what, error.to_string());
        }
    }

    /// Takes why something failed. The kinds of errors below hold nothing of what was said.
    pub fn failed(&mut self, what: &'static str, why: String) {
        self.failed.insert(Failed { what, why });
    }

    /// Takes what the buffers came upon.
    pub fn notices(&mut self, notices: Vec<BufferNotice>) {
        for notice in notices {
            match notice {
                BufferNotice::NotSaved(not_saved) => {
                    self.failed("a thread could not be saved yet", not_saved.to_string());
                }
                notice => {
                    self.noticed.insert(notice.to_string());
                }
            }
        }
    }
}

impl Troubles {
    /// Tells what is new of what a round came upon, and what of the last one is over.
    pub fn tell(&mut self, round: Round, found: Found) {
        for told in self.news(round, found) {
            match told {
                Told::Failed(Failed { what, why }) => tracing::error!(error = %why, "{what}"),
                Told::Noticed(notice) => tracing::warn!("{}", SafeText::shown(notice)),
                Told::Over(what) => tracing::warn!("over: {what}"),
            }
        }
    }

    fn news(&mut self, round: Round, found: Found) -> Vec<Told> {
        let last = self.last.remove(&round).unwrap_or_default();
        let mut news = Vec::new();
        for failed in found.failed.difference(&last.failed) {
            news.push(Told::Failed(failed.clone()));
        }
        for notice in found.noticed.difference(&last.noticed) {
            news.push(Told::Noticed(notice.clone()));
        }
        let whats = |found: &Found| -> BTreeSet<&'static str> {
            found.failed.iter().map(|failed| failed.what).collect()
        };
        for what in whats(&last).difference(&whats(&found)) {
            news.push(Told::Over(what));
        }
        self.last.insert(round, found);
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    fn found(why: Option<&str>, notice: Option<&str>) -> Found {
        let mut found = Found::default();
        found.step(
            "it failed",
            why.map_or(Ok(()), |why| Err(io::Error::other(why))),
        );
        found.noticed.extend(notice.map(str::to_owned));
        found
    }

    fn failed(why: &str) -> Told {
        Told::Failed(Failed {
            what: "it failed",
            why: why.to_owned(),
        })
    }

    #[test]
    fn a_trouble_is_told_when_it_begins_changes_and_ends() {
        let mut troubles = Troubles::default();
        let mut look = |found| troubles.news(Round::Looking, found);
        assert_eq!(look(found(None, None)), []);
        assert_eq!(look(found(Some("full"), None)), [failed("full")]);
        assert_eq!(look(found(Some("full"), None)), []);
        assert_eq!(look(found(Some("gone"), None)), [failed("gone")]);
        assert_eq!(look(found(None, None)), [Told::Over("it failed")]);
        assert_eq!(look(found(None, None)), []);
        let noticed = Told::Noticed("a file".to_owned());
        assert_eq!(look(found(None, Some("a file"))), [noticed]);
        assert_eq!(look(found(None, Some("a file"))), []);
        assert_eq!(look(found(None, None)), []);
        assert_eq!(look(found(Some("full"), None)), [failed("full")]);
        let saved = troubles.news(Round::Saving, found(None, None));
        assert_eq!(saved, [], "another round's is not over");
    }
}
