//! The outcome of a verification, part by part.

use super::{ChainFault, HeaderFault, MessageFault, TailFault, ThreadFinding};
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

/// The verdict on one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageVerdict {
    /// Its id.
    pub id: Hash,
    /// Its signature, and whether its author may say this in this thread.
    pub check: Result<(), MessageFault>,
    /// It came from elsewhere: its signer attests that it stood there.
    pub is_imported: bool,
}

/// The verdicts on a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadReport {
    /// Each message's, in file order.
    pub messages: Vec<MessageVerdict>,
    /// Every `prev` names the root, an anchor, or a message before it; none stands twice.
    pub chain: Result<(), ChainFault>,
    /// `heads` and `aside` together reach every message, so none was dropped from an end.
    pub tail: Result<(), TailFault>,
    /// The thread's signature, by its author (or by a participant who keeps this copy).
    pub header: Result<(), HeaderFault>,
}

impl ThreadReport {
    /// Valid if every check passed, invalid otherwise.
    pub fn verdict(&self) -> Verdict {
        if self.findings().is_empty() {
            Verdict::Valid
        } else {
            Verdict::Invalid
        }
    }

    /// Every check that did not pass, those of messages first.
    pub fn findings(&self) -> Vec<ThreadFinding> {
        let mut findings = Vec::new();
        for (place, message) in self.messages.iter().enumerate() {
            if let Err(fault) = &message.check {
                findings.push(ThreadFinding::Message {
                    number: place + 1,
                    fault: fault.clone(),
                });
            }
        }
        let chain = self.chain.clone().map_err(ThreadFinding::Chain);
        let tail = self.tail.clone().map_err(ThreadFinding::Tail);
        let header = self.header.clone().map_err(ThreadFinding::Header);
        findings.extend([chain, tail, header].into_iter().filter_map(Result::err));
        findings
    }
}
