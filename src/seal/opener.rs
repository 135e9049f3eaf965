//! Opening a thread with the keys of one of its readers.

use super::{Closed, DecryptionKey, EpochKey, NoKey, Room, TooLong, Wrap};
use crate::model::json::{Map, Value};
use crate::model::{Epoch, Hash, Message, MessageDraft, Nonce, PublicKey, Thread};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One reader: who they are, and with what they open.
pub struct Opener {
    author: PublicKey,
    decryption: DecryptionKey,
    /// The same person, with the keys that were theirs before.
    former: Vec<Opener>,
}

/// Why something sealed stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Locked {
    /// There is no key for it.
    #[error(transparent)]
    NoKey(#[from] NoKey),
    /// There is, and it does not open.
    #[error(transparent)]
    Closed(#[from] Closed),
}

impl Locked {
    /// Its name, which does not change.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoKey(why) => why.code(),
            Self::Closed(why) => why.code(),
        }
    }
}

/// What of a thread stayed closed, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StillClosed {
    /// Its title and tags.
    pub header: Option<Locked>,
    /// Messages, by their ids.
    pub messages: BTreeMap<Hash, Locked>,
}

impl Opener {
    /// The reader who signs with `author`.
    pub fn new(author: PublicKey, decryption: DecryptionKey) -> Self {
        Self {
            author,
            decryption,
            former: Vec::new(),
        }
    }

    /// The same reader, who also reads what was sealed for the keys that were theirs before.
    pub fn with_former(self, former: impl IntoIterator<Item = Opener>) -> Self {
        Self {
            former: former.into_iter().collect(),
            ..self
        }
    }

    /// Lays over a thread what this reader sees of it. The thread should be verified: who sealed
    /// something is known by the signature alone.
    ///
    /// All that is open of a thread has as much room as its file has; what is beyond stays closed.
    pub fn open(&self, thread: &mut Thread) -> StillClosed {
        let messages = thread.messages_open_bytes();
        self.open_within(&mut Room::of_a_thread(messages), thread, usize::MAX)
    }

    /// Lays over a thread its title and tags, and the beginning of what is said: so many bytes.
    pub fn open_beginning(&self, thread: &mut Thread, bytes: usize) -> StillClosed {
        let messages = thread.messages_open_bytes();
        self.open_within(&mut Room::of_a_thread(messages), thread, bytes)
    }

    fn open_within(&self, room: &mut Room, thread: &mut Thread, bytes: usize) -> StillClosed {
        let mut keys = EpochKeys::new(self, thread.epochs());
        let mut still = StillClosed::default();
        let root = thread.root();
        if let Some(sealed) = thread.sealed().filter(|_| !thread.is_open()) {
            let key = keys.of(&sealed.epoch).map_err(Locked::NoKey);
            let inside = key.and_then(|key| Ok(key.open_header_within(room, &root, sealed)?));
            match inside {
                Ok(inside) => thread.put_inside(inside),
                Err(why) => still.header = Some(why),
            }
        }
        room.keep_at_most(bytes);
        thread.open_messages(|message| match open_message(&mut keys, message, room) {
            Ok(inside) => Some(inside),
            Err(why) => {
                still.messages.insert(message.id(), why);
                None
            }
        });
        still
    }

    /// The key of one of a thread's epochs, for the key in use: what was sealed for a former one is
    /// read, but nothing more is sealed with it.
    ///
    /// # Errors
    /// Why this reader has none.
    pub fn key_of(&self, epochs: &[Epoch], id: &Hash) -> Result<EpochKey, NoKey> {
        let epoch = epochs.iter().find(|epoch| epoch.id == *id);
        let readers = epoch.map(|epoch| epoch.readers.as_slice());
        let mine = readers.unwrap_or_default().iter();
        let mine = mine.filter(|reader| reader.author == self.author);
        // What says to be for this very key comes first, so that no number of others hides it.
        let own = self.decryption.public();
        let (first, later): (Vec<_>, Vec<_>) = mine.partition(|reader| reader.encryption == own);
        let wraps: Vec<&Wrap> = first
            .iter()
            .chain(&later)
            .map(|reader| &reader.wrap)
            .collect();
        self.decryption.unwrap(&self.author, id, wraps)
    }

    /// The same, to read with: where the key in use has none, a former one may.
    pub(super) fn key_to_read(&self, epochs: &[Epoch], id: &Hash) -> Result<EpochKey, NoKey> {
        self.key_of(epochs, id).or_else(|why| {
            let mut former = self.former.iter();
            former
                .find_map(|one| one.key_of(epochs, id).ok())
                .ok_or(why)
        })
    }
}

fn open_message(
    keys: &mut EpochKeys<'_>,
    message: &Message,
    room: &mut Room,
) -> Result<Map<String, Value>, Locked> {
    let epoch = message.epoch().ok_or(Closed::Shape)?;
    let key = keys.of(epoch)?;
    Ok(key.open_message_within(room, &message.fields())?)
}

/// The keys of a thread's epochs, each unwrapped once, when it is needed.
struct EpochKeys<'o> {
    opener: &'o Opener,
    epochs: Vec<Epoch>,
    unwrapped: BTreeMap<Hash, Result<Arc<EpochKey>, NoKey>>,
}

impl<'o> EpochKeys<'o> {
    fn new(opener: &'o Opener, epochs: &[Epoch]) -> Self {
        Self {
            opener,
            epochs: epochs.to_vec(),
            unwrapped: BTreeMap::new(),
        }
    }

    fn of(&mut self, id: &Hash) -> Result<Arc<EpochKey>, NoKey> {
        let unwrapped = self.unwrapped.entry(*id);
        let unwrap = || self.opener.key_to_read(&self.epochs, id).map(Arc::new);
        unwrapped.or_insert_with(unwrap).clone()
    }
}

impl EpochKey {
    /// Seals a draft; who wrote it goes on seeing what is inside.
    ///
    /// # Errors
    /// If it is too long to be opened again.
    pub fn seal_draft(&self, nonce: Nonce, draft: MessageDraft) -> Result<MessageDraft, TooLong> {
        let halves = self.seal_message(nonce, draft.into_fields())?;
        Ok(MessageDraft::of_halves(halves.outside, halves.inside))
    }
}

#[cfg(test)]
mod tests;
