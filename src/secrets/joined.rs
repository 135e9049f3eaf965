//! Secrets that a line break goes through: terminals and mails fold what is long.

use super::Secret;
use super::placeholder::looks_random;
use super::rules::{Shorter, find_by_itself};
use std::ops::Range;

/// Nobody folds a key more often; what goes on for longer is made to keep us busy.
const MOST_JOINTS: usize = 32;

/// What stands in a text over more than one line.
pub(super) fn find(text: &str) -> Vec<Secret> {
    let Some(joined) = Joined::of(text) else {
        return Vec::new();
    };
    let all = find_by_itself(&joined.text);
    all.into_iter()
        .filter_map(|(secret, shorter)| joined.over_lines(&secret, &shorter))
        .collect()
}

/// A text whose lines are joined wherever a word may go on.
struct Joined {
    text: String,
    /// Where lines were joined, and where the text went on there.
    joints: Vec<(usize, usize)>,
}

impl Joined {
    fn of(text: &str) -> Option<Self> {
        let mut joined = Self {
            text: String::new(),
            joints: Vec::new(),
        };
        let mut done = 0;
        for (place, _) in text.match_indices('\n') {
            let before = text[..place].trim_end_matches('\r');
            let next = &text[place + 1..];
            let goes_on = next.len() - next.trim_start_matches([' ', '\t']).len();
            let next = &next[goes_on..];
            let is_within = before.len() >= done
                && before.bytes().next_back().is_some_and(may_be_within)
                && next.bytes().next().is_some_and(may_be_within);
            if is_within {
                joined.text.push_str(&text[done..before.len()]);
                done = place + 1 + goes_on;
                joined.joints.push((joined.text.len(), done));
            }
        }
        joined.text.push_str(&text[done..]);
        (!joined.joints.is_empty()).then_some(joined)
    }

    /// Where a secret stands that goes over a joint. What follows it on the next line and is a word is
    /// none of it, as long as the rest is whole.
    fn over_lines(&self, secret: &Secret, shorter: &Shorter) -> Option<Secret> {
        let mut at = secret.at.clone();
        let first = self.joints.partition_point(|(joint, _)| *joint <= at.start);
        if let Some((too_far, _)) = self.joints.get(first + MOST_JOINTS) {
            at.end = at.end.min(*too_far);
        }
        while let Some(joint) = self.last_joint_within(&at) {
            let is_whole_before = shorter.is_whole(&self.text[at.start..joint]);
            if !is_whole_before || looks_random(&self.text[joint..at.end]) {
                return Some(Secret {
                    at: self.place(at.start)..self.place(at.end - 1) + 1,
                    kind: secret.kind,
                });
            }
            at.end = joint;
        }
        None
    }

    fn last_joint_within(&self, at: &Range<usize>) -> Option<usize> {
        let before_end = self.joints.partition_point(|(joint, _)| *joint < at.end);
        let (joint, _) = self.joints[..before_end].last()?;
        (*joint > at.start).then_some(*joint)
    }

    /// Where a byte of the joined text stands in the text.
    fn place(&self, at: usize) -> usize {
        let before = self.joints.partition_point(|(joint, _)| *joint <= at);
        match self.joints[..before].last() {
            Some((joint, place)) => place + (at - joint),
            None => at,
        }
    }
}

fn may_be_within(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_+/=.".contains(&byte)
}
