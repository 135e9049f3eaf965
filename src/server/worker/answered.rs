//! What keyed requests were answered on the last day, so that a repeat gets the same answer, also
//! after a restart. It lies in a folder of its own: the audit trail tells people what was done, and
//! may be cleared at any time.
//!
//! Each line has a proof that only the owner's keys make (HMAC-SHA-256, RFC 2104): whoever writes
//! into the folder could else have the server say that it did what it never did.

use super::marks::{KNOWN_FOR, Outcome};
use super::repeats::{AskedBefore, Marked};
use super::work::tell_trouble;
use crate::audit::{Actor, Category, Detail, Event, Level, Line, Sync, Trail, TrailError};
use crate::buffer::IdempotencyMark;
use crate::home::Home;
use crate::identity::Keys;
use crate::model::{Hash, Timestamp};
use hkdf::hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::path::Path;
use zeroize::Zeroizing;

/// What a line of it is called.
const EVENT: &str = "request_answered";

/// The most bytes of a line: an import's report names each thread of up to 64 MiB.
const LONGEST: usize = 8 << 20;

/// What a proof begins with.
const PURPOSE: &[u8] = b"mmogit.answered.v1\0";

/// The answers of one home.
pub(super) struct Answers {
    lines: Trail,
    key: Zeroizing<[u8; 32]>,
}

impl Answers {
    /// Those of a home; makes nothing yet.
    pub(super) fn of(home: &Path, actor: Actor, keys: &Keys) -> Self {
        Self {
            lines: Trail::in_folder(Home::at(home).answered(), actor, LONGEST),
            key: keys.derive("answered"),
        }
    }

    /// Notes an answer. When this returns, it outlasts a power cut.
    ///
    /// # Errors
    /// If the disk refuses.
    pub(super) fn note(
        &self,
        mark: IdempotencyMark,
        answer: &AskedBefore,
        now: Timestamp,
    ) -> Result<(), TrailError> {
        let event = Event::new(Level::Info, Category::Action, EVENT)
            .with("key", mark.key)
            .with("body", mark.body)
            .with("status", answer.status)
            .with("answer", Detail::of_answer(answer.body.clone()))
            .with(
                "proof",
                Hash(
                    self.proof(&mark, answer, now)
                        .finalize()
                        .into_bytes()
                        .into(),
                ),
            );
        self.lines.append(&event, now, Sync::Now)
    }

    /// The answers since a moment. What is older is forgotten.
    ///
    /// # Errors
    /// If they can't be read.
    pub(super) fn since(&self, since: i64, now: Timestamp) -> Result<Vec<Marked>, TrailError> {
        let first = day_of(since);
        if let Err(error) = self.lines.remove_before(&first) {
            tell_trouble("older answers could not be removed", &error);
        }
        // A clock that was ahead may have made tomorrow's.
        let wanted = first..=day_of(now.millis().saturating_add(KNOWN_FOR));
        let days = self.lines.days()?;
        let mut found = Vec::new();
        for day in days.iter().filter(|day| wanted.contains(*day)) {
            let mut damaged = 0;
            let looked = self
                .lines
                .each_line(day, None, |line| match self.marked(&line) {
                    Some(marked) if marked.at.millis() >= since => found.push(marked),
                    Some(_) => {}
                    None => damaged += 1,
                })?;
            damaged += looked.damaged;
            if damaged > 0 {
                // A line that was never finished is of a request that was never answered.
                tracing::error!(
                    day,
                    lines = damaged,
                    "answers can't be read: a request whose answer that was would be done again"
                );
            }
            if looked.from > 0 {
                tracing::error!(
                    day,
                    "a day of answers is too large: those before its last 64 MiB are forgotten, and a \
                     request that is sent again would be done again"
                );
            }
        }
        Ok(found)
    }

    /// What a line says, if it was this home's owner who had it written.
    fn marked(&self, line: &Line) -> Option<Marked> {
        if line.event() != EVENT {
            return None;
        }
        let hash = |name| line.detail(name)?.as_str()?.parse::<Hash>().ok();
        let at = Timestamp::read(line.timestamp())?;
        let status = line.detail("status")?.as_u64()?.try_into().ok()?;
        let body = line.detail("answer")?.clone();
        let mark = IdempotencyMark {
            key: hash("key")?,
            body: hash("body")?,
        };
        let answer = AskedBefore { status, body };
        let proof = self.proof(&mark, &answer, at);
        proof.verify_slice(&hash("proof")?.0).ok()?;
        let AskedBefore { status, body } = answer;
        Some(Marked {
            mark,
            at,
            outcome: Outcome::Answered { status, body },
        })
    }

    fn proof(&self, mark: &IdempotencyMark, answer: &AskedBefore, at: Timestamp) -> Hmac<Sha256> {
        // All but the last have one length.
        let mut proof =
            Hmac::<Sha256>::new_from_slice(&*self.key).expect("a key may have any length");
        proof.update(PURPOSE);
        proof.update(&mark.key.0);
        proof.update(&mark.body.0);
        proof.update(&at.millis().to_be_bytes());
        proof.update(&answer.status.to_be_bytes());
        proof.update(answer.body.to_string().as_bytes());
        proof
    }
}

fn day_of(millis: i64) -> String {
    Timestamp::from_millis(millis).to_string()[..10].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Words;
    use serde_json::json;
    use std::fs;

    fn answers_of(home: &Path, words: u8) -> Answers {
        let words = Words::generate(&mut |bytes: &mut [u8]| bytes.fill(words));
        let keys = Keys::from_words(&words);
        let actor = Actor {
            name: "local".to_owned(),
            user: keys.public(),
        };
        Answers::of(home, actor, &keys)
    }

    #[test]
    fn only_what_the_owners_keys_vouch_for_is_an_answer() {
        let home = tempfile::tempdir().unwrap();
        let now = Timestamp::from_millis(1_756_140_749_123);
        let mark = IdempotencyMark {
            key: Hash([1; 32]),
            body: Hash([2; 32]),
        };
        let answer = AskedBefore {
            status: 200,
            body: json!({"success": true, "taken": 1}),
        };
        let answers = answers_of(home.path(), 7);
        answers.note(mark, &answer, now).unwrap();
        let count = |answers: &Answers| answers.since(0, now).unwrap().len();
        assert_eq!(count(&answers), 1);
        assert_eq!(count(&answers_of(home.path(), 8)), 0, "of other keys");

        let day = Home::at(home.path()).answered().join("2025-08-25.ndjson");
        let line = fs::read_to_string(&day).unwrap();
        for (what, forged) in [
            ("\"taken\":1", "\"taken\":2"),
            ("\"status\":200", "\"status\":101"),
            ("29.123Z", "29.124Z"),
            ("0101", "0201"),
            ("0202", "0302"),
        ] {
            assert!(line.contains(what), "{what} in {line}");
            fs::write(&day, line.replacen(what, forged, 1)).unwrap();
            assert_eq!(count(&answers), 0, "{forged}");
        }
        fs::write(&day, &line).unwrap();
        assert_eq!(count(&answers), 1);
    }
}
