//! The outcome of a verification, part by part.

use crate::model::Hash;

/// The verdict on a whole thread file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every signature and link holds.
    Valid,
    /// Something was changed, or signed by somebody who may not.
    Invalid,
    /// Written by the older mmogit: readable, and nothing proves it.
    Legacy,
    /// No thread at all.
    Malformed,
}

impl Verdict {
    /// The word for it, as in the test vectors.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Valid => "valid",
            Verdict::Invalid => "invalid",
            Verdict::Legacy => "legacy",
            Verdict::Malformed => "malformed",
        }
    }
}

/// One check: passed, or why not.
pub type Check = Result<(), String>;

/// The verdict on one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageVerdict {
    /// Its id.
    pub id: Hash,
    /// Its signature, and whether its author may say this in this thread.
    pub check: Check,
}

/// The verdicts on a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadReport {
    /// Each message's, in file order.
    pub messages: Vec<MessageVerdict>,
    /// Every `prev` names the root, an anchor, or a message before it; none stands twice.
    pub chain: Check,
    /// `heads` and `aside` together reach every message, so none was dropped from an end.
    pub tail: Check,
    /// The thread's signature, by its author (or by a participant who keeps this copy).
    pub header: Check,
}

impl ThreadReport {
    /// Valid if every check passed, invalid otherwise.
    pub fn verdict(&self) -> Verdict {
        if self.problems().is_empty() {
            Verdict::Valid
        } else {
            Verdict::Invalid
        }
    }

    /// Every check that did not pass, in words.
    pub fn problems(&self) -> Vec<String> {
        let numbered = self.messages.iter().enumerate();
        let messages = numbered.filter_map(|(place, message)| {
            message
                .check
                .as_ref()
                .err()
                .map(|why| format!("message {}: {why}", place + 1))
        });
        let parts = [
            ("chain", &self.chain),
            ("tail", &self.tail),
            ("thread signature", &self.header),
        ];
        let parts = parts
            .into_iter()
            .filter_map(|(part, check)| check.as_ref().err().map(|why| format!("{part}: {why}")));
        messages.chain(parts).collect()
    }
}
