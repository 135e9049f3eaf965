//! By what a repeated request is known, and what it was answered.
//!
//! What makes a message is marked in that message, which is signed; of anything else the answer is
//! noted (`answered`). So a repeat is known after a restart, too. Keys and bodies are only kept as
//! hashes.

use crate::buffer::IdempotencyMark;
use crate::model::{Hash, Timestamp};
use std::collections::{HashMap, VecDeque};

/// For so long a repeat is known.
pub(super) const KNOWN_FOR: i64 = 24 * 60 * 60 * 1000;

/// How many requests are known at the most; then the oldest is forgotten.
const MOST_KNOWN: usize = 20_000;

/// How many bytes of answers are known at the most; then the oldest is forgotten.
const MOST_BYTES: usize = 32 << 20;

/// What a marked request came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A message.
    Message {
        /// Its id.
        id: Hash,
        /// How many messages the buffer showed with it.
        message_count: usize,
    },
    /// An answer that holds nobody's words.
    Answered {
        /// Its status.
        status: u16,
        /// Its body.
        body: serde_json::Value,
    },
}

/// What is known of a request.
#[derive(Debug, PartialEq)]
pub(super) enum Known<'m> {
    /// It is new.
    New,
    /// It was done.
    Done(&'m Outcome),
    /// Another one had its key.
    OtherBody,
}

/// The requests of the last day.
#[derive(Default)]
pub(super) struct Marks {
    known: HashMap<Hash, Entry>,
    /// Their keys, oldest first.
    order: VecDeque<Hash>,
    /// How many bytes their answers have.
    bytes: usize,
}

struct Entry {
    body: Hash,
    at: Timestamp,
    outcome: Outcome,
    bytes: usize,
}

impl Outcome {
    fn bytes(&self) -> usize {
        match self {
            Self::Message { .. } => 0,
            Self::Answered { body, .. } => body.to_string().len(),
        }
    }
}

impl Marks {
    pub fn look(&self, mark: &IdempotencyMark, now: Timestamp) -> Known<'_> {
        match self.known.get(&mark.key) {
            Some(entry) if is_over(entry.at, now) => Known::New,
            Some(entry) if entry.body == mark.body => Known::Done(&entry.outcome),
            Some(_) => Known::OtherBody,
            None => Known::New,
        }
    }

    pub fn remember(&mut self, mark: IdempotencyMark, at: Timestamp, outcome: Outcome) {
        let bytes = outcome.bytes();
        let entry = Entry {
            body: mark.body,
            at,
            outcome,
            bytes,
        };
        self.bytes += bytes;
        match self.known.insert(mark.key, entry) {
            Some(before) => self.bytes -= before.bytes,
            None => self.order.push_back(mark.key),
        }
        self.forget(at);
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some(oldest) = self.order.front() {
            let is_over = self
                .known
                .get(oldest)
                .is_none_or(|entry| is_over(entry.at, now));
            let is_room = self.order.len() <= MOST_KNOWN && self.bytes <= MOST_BYTES;
            if !is_over && is_room {
                return;
            }
            if let Some(forgotten) = self.known.remove(oldest) {
                self.bytes -= forgotten.bytes;
            }
            self.order.pop_front();
        }
    }
}

fn is_over(at: Timestamp, now: Timestamp) -> bool {
    now.millis().saturating_sub(at.millis()) > KNOWN_FOR
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(key: u32, body: u8) -> IdempotencyMark {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&key.to_be_bytes());
        IdempotencyMark {
            key: Hash(hash),
            body: Hash([body; 32]),
        }
    }

    fn message(count: usize) -> Outcome {
        Outcome::Message {
            id: Hash([9; 32]),
            message_count: count,
        }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_repeat_is_known_for_a_day_and_another_body_is_refused() {
        let mut marks = Marks::default();
        marks.remember(mark(1, 1), at(0), message(7));
        assert_eq!(
            marks.look(&mark(1, 1), at(KNOWN_FOR)),
            Known::Done(&message(7))
        );
        assert_eq!(marks.look(&mark(1, 2), at(KNOWN_FOR)), Known::OtherBody);
        assert_eq!(marks.look(&mark(2, 1), at(0)), Known::New);
        assert_eq!(marks.look(&mark(1, 2), at(KNOWN_FOR + 1)), Known::New);
    }

    #[test]
    fn the_oldest_is_forgotten_when_there_are_too_many() {
        let mut marks = Marks::default();
        let most = u32::try_from(MOST_KNOWN).unwrap();
        for key in 0..=most {
            marks.remember(mark(key, 1), at(0), message(1));
        }
        assert_eq!(marks.known.len(), MOST_KNOWN);
        assert_eq!(marks.order.len(), MOST_KNOWN);
        assert_eq!(marks.look(&mark(0, 1), at(0)), Known::New);
        assert_eq!(marks.look(&mark(most, 1), at(0)), Known::Done(&message(1)));
    }
    #[test]
    fn the_oldest_is_forgotten_when_the_answers_are_too_large() {
        let mut marks = Marks::default();
        let large = || Outcome::Answered {
            status: 200,
            body: "x".repeat(MOST_BYTES / 4).into(),
        };
        for key in 0..4 {
            marks.remember(mark(key, 1), at(0), large());
        }
        assert_eq!(marks.look(&mark(0, 1), at(0)), Known::New);
        assert_eq!(marks.look(&mark(1, 1), at(0)), Known::Done(&large()));
        // What takes the place of another weighs once.
        marks.remember(mark(3, 1), at(0), large());
        assert_eq!(marks.look(&mark(1, 1), at(0)), Known::Done(&large()));
    }
}
