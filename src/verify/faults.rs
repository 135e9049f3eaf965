//! What a check can find wrong with a thread: kinds with their data, a sentence for people, a code for programs.
//!
//! Codes never change, and none is used for two things.

use crate::model::{Hash, PublicKey, Role, Timestamp};
use std::fmt;

/// What is wrong with a thread: which check found it, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThreadFinding {
    /// Something is wrong with a message by itself.
    Message {
        /// Its place in the file, counted from 1.
        number: usize,
        /// What.
        fault: MessageFault,
    },
    /// A message does not stand after what it says it stands after.
    Chain(ChainFault),
    /// Something was dropped from an end, or `heads` and `aside` don't tell the ends.
    Tail(TailFault),
    /// The thread's own signature does not hold.
    Header(HeaderFault),
    /// The file lies where it may not.
    Place(PlaceFault),
}

/// What is wrong with a message by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageFault {
    /// What it is.
    pub kind: MessageFaultKind,
    /// As what the message was said.
    pub role: Role,
    /// When, as it claims.
    pub time: Timestamp,
}

/// The ways in which a message can fail to be its author's word in this thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageFaultKind {
    /// It has no signature.
    Unsigned,
    /// No signature of this key is ever worth anything.
    UnusableKey(PublicKey),
    /// The signature is not this key's over what the message says.
    WrongSignature(PublicKey),
    /// A person says it who has no part in the thread.
    Stranger(PublicKey),
    /// Somebody says it who had been dropped from the thread before.
    Former(PublicKey),
    /// An AI's message that does not name its agent.
    NamesNoAgent,
    /// The thread lists no such agent with this key.
    UnlistedAgent {
        /// Who signed it.
        key: PublicKey,
        /// The agent it names.
        name: String,
    },
    /// The agent's owner had been dropped from the thread before.
    AgentOfFormer {
        /// Who signed it.
        key: PublicKey,
        /// The agent it names.
        name: String,
        /// Whose agent that is.
        by: PublicKey,
    },
    /// The agent's owner never had a part in the thread.
    AgentOfStranger {
        /// Who signed it.
        key: PublicKey,
        /// The agent it names.
        name: String,
        /// Whose agent that is.
        by: PublicKey,
    },
    /// It is sealed in an epoch that the thread does not have.
    UnknownEpoch(Hash),
}

/// How a chain can be broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainFault {
    /// A message stands after one that is not before it.
    Broken {
        /// The message's place in the file, counted from 1.
        number: usize,
        /// What it says it stands after.
        after: Hash,
    },
    /// A message stands there a second time.
    Twice {
        /// Its second place in the file, counted from 1.
        number: usize,
    },
}

/// How the ends of a thread can be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TailFault {
    /// A message that `heads` or `aside` names is not there.
    Missing(Hash),
    /// `heads` names a message twice, or one that stands before another head.
    Heads,
    /// `aside` names something else than each end that `heads` does not reach, once.
    Aside,
    /// Neither `heads` nor `aside` reaches a message.
    Unreached {
        /// The message's place in the file, counted from 1.
        number: usize,
    },
}

/// What can be wrong with a thread's own signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderFault {
    /// Whoever keeps this copy has no part in the thread.
    KeptByStranger(PublicKey),
    /// It has no signature.
    Unsigned,
    /// The signature is not this key's over the header.
    WrongSignature(PublicKey),
}

/// How a thread's file can lie where it may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceFault {
    /// It is on a branch of somebody who does not sign it.
    ForeignBranch {
        /// Who signs it.
        signer: PublicKey,
        /// Whose branch it is on.
        owner: PublicKey,
    },
    /// Its id and root demand another path.
    Elsewhere {
        /// The path at which it belongs.
        place: String,
    },
    /// It is a link, or can be run.
    NotPlain,
}

impl ThreadFinding {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Message { fault, .. } => fault.kind.code(),
            Self::Chain(fault) => fault.code(),
            Self::Tail(fault) => fault.code(),
            Self::Header(fault) => fault.code(),
            Self::Place(fault) => fault.code(),
        }
    }

    /// The place in the file, counted from 1, of the message that it is about, if it is about one
    /// that is there.
    pub fn message(&self) -> Option<usize> {
        match self {
            Self::Message { number, .. }
            | Self::Chain(ChainFault::Broken { number, .. } | ChainFault::Twice { number })
            | Self::Tail(TailFault::Unreached { number }) => Some(*number),
            Self::Tail(_) | Self::Header(_) | Self::Place(_) => None,
        }
    }
}

impl MessageFaultKind {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsigned => "message-unsigned",
            Self::UnusableKey(_) => "message-key-unusable",
            Self::WrongSignature(_) => "message-signature-wrong",
            Self::Stranger(_) => "message-by-stranger",
            Self::NamesNoAgent => "message-names-no-agent",
            Self::UnlistedAgent { .. } => "message-agent-unlisted",
            Self::Former(_) => "message-by-former",
            Self::AgentOfFormer { .. } => "message-agent-of-former",
            Self::AgentOfStranger { .. } => "message-agent-of-stranger",
            Self::UnknownEpoch(_) => "message-epoch-unknown",
        }
    }
}

impl ChainFault {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken { .. } => "chain-broken",
            Self::Twice { .. } => "message-twice",
        }
    }
}

impl TailFault {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "message-missing",
            Self::Heads => "heads-wrong",
            Self::Aside => "aside-wrong",
            Self::Unreached { .. } => "message-unreached",
        }
    }
}

impl HeaderFault {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeptByStranger(_) => "kept-by-stranger",
            Self::Unsigned => "thread-unsigned",
            Self::WrongSignature(_) => "thread-signature-wrong",
        }
    }
}

impl PlaceFault {
    /// A name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ForeignBranch { .. } => "on-foreign-branch",
            Self::Elsewhere { .. } => "out-of-place",
            Self::NotPlain => "not-a-plain-file",
        }
    }
}

impl fmt::Display for ThreadFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message { number, fault } => write!(f, "message {number}: {fault}"),
            Self::Chain(fault) => write!(f, "chain: {fault}"),
            Self::Tail(fault) => write!(f, "tail: {fault}"),
            Self::Header(fault) => write!(f, "thread signature: {fault}"),
            Self::Place(fault) => fault.fmt(f),
        }
    }
}

impl fmt::Display for MessageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (role, time) = (self.role.as_str(), self.time.to_seconds_string());
        write!(f, "{} ({role}, {time})", self.kind)
    }
}

impl fmt::Display for MessageFaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("it is not signed"),
            Self::UnusableKey(key) => write!(f, "{}… is not a usable key", key.short()),
            Self::WrongSignature(key) => write!(
                f,
                "its signature is not {}…'s over what it says: changed after it was signed, \
                 or signed with another key",
                key.short()
            ),
            Self::Stranger(key) => write!(f, "{}… is not of this thread", key.short()),
            Self::NamesNoAgent => f.write_str("it names no agent"),
            Self::UnlistedAgent { key, name } => write!(
                f,
                "{}… is not the key of an agent {name:?} of this thread",
                key.short()
            ),
            Self::Former(key) => write!(
                f,
                "{}… had been dropped from this thread before it was said",
                key.short()
            ),
            Self::AgentOfFormer { name, by, .. } => write!(
                f,
                "{}…, whose agent {name:?} is, had been dropped from this thread before it was said",
                by.short()
            ),
            Self::AgentOfStranger { name, by, .. } => write!(
                f,
                "{}…, whose agent {name:?} is, is not of this thread",
                by.short()
            ),
            Self::UnknownEpoch(epoch) => write!(
                f,
                "it is sealed in the epoch {}…, which this thread does not have",
                epoch.short()
            ),
        }
    }
}

impl fmt::Display for ChainFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken { number, after } => write!(
                f,
                "message {number} stands after {}…, which is not before it: \
                 a message was taken out, moved or changed",
                after.short()
            ),
            Self::Twice { number } => write!(f, "message {number} stands twice"),
        }
    }
}

impl fmt::Display for TailFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(id) => write!(
                f,
                "message {}…, which should be there, is missing: \
                 it was taken out, cut off or changed",
                id.short()
            ),
            Self::Heads => {
                f.write_str("heads names a message twice, or one that stands before another head")
            }
            Self::Aside => f.write_str(
                "aside names something else than an end that heads does not reach, once",
            ),
            Self::Unreached { number } => {
                write!(f, "neither heads nor aside reaches message {number}")
            }
        }
    }
}

impl fmt::Display for HeaderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeptByStranger(keeper) => {
                write!(f, "kept by {}…, who is not of this thread", keeper.short())
            }
            Self::Unsigned => f.write_str("it is not signed"),
            Self::WrongSignature(signer) => write!(
                f,
                "it is not {}…'s over title, tags, state and heads: changed after they were \
                 signed, or signed with another key",
                signer.short()
            ),
        }
    }
}

impl fmt::Display for PlaceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForeignBranch { signer, owner } => write!(
                f,
                "it is {}…'s thread on the branch of {}…",
                signer.short(),
                owner.short()
            ),
            Self::Elsewhere { place } => write!(f, "its place is {place}"),
            Self::NotPlain => {
                f.write_str("it is not a plain file, but a link or one that can be run")
            }
        }
    }
}
