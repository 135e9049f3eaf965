//! What became of other programs' conversations.

use super::{Brought, Redacted};
use crate::model::Thread;
use crate::sources::{Conversation, Kind, Skip, Speaker};
use std::collections::BTreeMap;
use std::path::Path;

/// So many records that were left out are told one by one; of all others only how many they are.
const MOST_SKIPS: usize = 1_000;

/// All that came of some files, or, in a dry run, what would.
#[derive(Debug, Default)]
pub struct TakenIn {
    /// The files.
    pub files: Vec<TakenFile>,
    /// The conversations in them.
    pub conversations: Vec<TakenConversation>,
    /// The first of the records that were left out.
    pub skips: Vec<Skip>,
    /// How many records were left out.
    pub skipped: usize,
    /// How many of those say something that is not there now.
    pub lost: usize,
    /// How many parts nobody knows there are, by what they call themselves.
    pub unknown: BTreeMap<String, usize>,
    /// How many messages were left out that the other program shows to nobody.
    pub hidden: usize,
    /// How many secrets were replaced; `None` where nobody looked for them, or they are to stay.
    pub redacted: Option<usize>,
    /// The first of those.
    pub redactions: Vec<Redacted>,
}

/// One file, or all those of a folder that one program wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenFile {
    /// Its path.
    pub path: String,
    /// Which program wrote it.
    pub kind: Kind,
    /// How many files it is.
    pub files: usize,
}

/// One conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenConversation {
    /// The file, and its number there.
    pub place: String,
    /// Its thread's id. Another thread that began in the same second may have it, too.
    pub id: String,
    /// What names its thread and no other: the name of its file, or else its id.
    pub name: String,
    /// Its thread's root.
    pub root: String,
    /// Its thread's title.
    pub title: String,
    /// What became of it.
    pub outcome: TakenOutcome,
    /// How many messages it has.
    pub messages: usize,
    /// How many of them came in.
    pub added: usize,
    /// How many were there.
    pub unchanged: usize,
    /// How many were there with other words, which stay.
    pub changed: usize,
    /// How many parts of it nobody knows; they are kept as they are.
    pub unknown: usize,
    /// How many of its messages are instructions: an AI that goes on with it is given them.
    pub instructions: usize,
}

/// What became of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenOutcome {
    /// It was not there.
    New,
    /// It was there, and has more.
    Grown,
    /// All of it was there.
    Known,
    /// Its thread was erased here.
    Erased,
    /// Its thread was sealed here since: what is new would lie open.
    Sealed,
    /// It is larger than any thread.
    TooLarge,
    /// It goes on otherwise than what is here: nothing tells whether it is the same one, changed.
    Differs,
}

impl TakenOutcome {
    /// Whether something of it came in.
    pub fn came_in(self) -> bool {
        matches!(self, Self::New | Self::Grown)
    }

    /// Whether something of it should have come in, and did not.
    pub fn was_left_out(self) -> bool {
        matches!(
            self,
            Self::Erased | Self::Sealed | Self::TooLarge | Self::Differs
        )
    }
}

impl TakenIn {
    pub(super) fn begin(&mut self, path: &Path, kind: Kind) {
        let path = path.display().to_string();
        let mut known = self.files.iter_mut();
        match known.find(|file| file.path == path && file.kind == kind) {
            Some(file) => file.files += 1,
            None => self.files.push(TakenFile {
                path,
                kind,
                files: 1,
            }),
        }
    }

    pub(super) fn skip(&mut self, skip: Skip) {
        self.skipped += 1;
        self.lost += usize::from(skip.reason.is_loss());
        if self.skips.len() < MOST_SKIPS {
            self.skips.push(skip);
        }
    }

    pub(super) fn push(&mut self, place: String, conversation: &Conversation, brought: &Brought) {
        let unknown = conversation.messages.iter().flat_map(|said| &said.unknown);
        let mut count = 0;
        for part in unknown {
            *self.unknown.entry(part.kind.clone()).or_default() += 1;
            count += 1;
        }
        self.hidden += conversation.hidden;
        let outcome = brought.outcome;
        let assembled = &brought.assembled;
        self.conversations.push(TakenConversation {
            place,
            id: brought.thread.id().to_string(),
            name: brought
                .name
                .clone()
                .unwrap_or_else(|| self.name_for(&brought.thread)),
            root: brought.thread.root().to_string(),
            title: brought.thread.title().to_owned(),
            outcome,
            messages: conversation.messages.len(),
            added: if outcome.came_in() {
                assembled.added
            } else {
                0
            },
            unchanged: assembled.unchanged,
            changed: assembled.changed,
            unknown: count,
            instructions: conversation
                .messages
                .iter()
                .filter(|said| said.speaker == Speaker::Instructions)
                .count(),
        });
    }

    /// What a thread that is not there would be called: an id that another has already is not enough.
    fn name_for(&self, thread: &Thread) -> String {
        let (id, root) = (thread.id().to_string(), thread.root().to_string());
        let mut others = self.conversations.iter();
        match others.any(|other| other.id == id && other.root != root) {
            true => format!("{id}-{}", root.get(..8).unwrap_or_default()),
            false => id,
        }
    }
}
