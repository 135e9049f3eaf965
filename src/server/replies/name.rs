//! What a reply is called.

use crate::model::Hash;
use std::fmt;
use std::str::FromStr;

/// The name of a reply: the question that it answers, and which try it is. It follows from what is
/// stored, so it means the same after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyName {
    /// The question.
    pub question: Hash,
    /// The first, the second, … answer to it.
    pub attempt: usize,
}

/// What is no reply's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no reply's name")]
pub struct NoReplyName;

impl ReplyName {
    /// The first answer to a question.
    pub fn first(question: Hash) -> Self {
        Self {
            question,
            attempt: 1,
        }
    }
}

impl fmt::Display for ReplyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.question)?;
        if self.attempt > 1 {
            write!(f, ".{}", self.attempt)?;
        }
        Ok(())
    }
}

impl FromStr for ReplyName {
    type Err = NoReplyName;

    fn from_str(name: &str) -> Result<Self, NoReplyName> {
        let (question, attempt) = match name.split_once('.') {
            None => (name, 1),
            Some((question, attempt)) => (question, read_attempt(attempt).ok_or(NoReplyName)?),
        };
        let question = question.parse().map_err(|_| NoReplyName)?;
        Ok(Self { question, attempt })
    }
}

/// One name has one spelling.
fn read_attempt(text: &str) -> Option<usize> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    let attempt = text.parse().ok().filter(|attempt| *attempt > 1)?;
    (is_plain && text.len() <= 6).then_some(attempt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written_and_in_no_other_way() {
        let question = "ab".repeat(32);
        let first = ReplyName::first(question.parse().unwrap());
        let third = ReplyName {
            attempt: 3,
            ..first
        };
        for name in [first, third] {
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        let short = &question[..62];
        let wrong = ["", ".2", "x", short, "../../etc/passwd"].map(str::to_owned);
        let spelt = ["", "0", "1", "02", "+2", "-2", " 2", "2 ", "2.2", "1234567"];
        let spelt = spelt.map(|attempt| format!("{question}.{attempt}"));
        for name in wrong.iter().chain(&spelt) {
            assert_eq!(name.parse::<ReplyName>(), Err(NoReplyName), "{name}");
        }
    }
}
