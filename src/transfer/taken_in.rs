//! Taking in what other programs kept: each conversation becomes a thread of the one who brings it.
//!
//! The person signs that this stood in the file, not that anybody said it: each message has `source`.
//! All that a thread and its messages are known by follows from the conversation, so whoever takes it
//! in again, on whichever machine, adds what is new of it and nothing else.

mod outcome;
mod redaction;
mod thread;

use super::import::{ImportMode, stored_version};
use crate::model::{PublicKey, Thread, Timestamp};
use crate::sign::Signer;
use crate::sources::{Conversation, Folder, Found, Kind, Source, SourceError};
use crate::store::{Batch, Store, StoreError};
use crate::workspace::{WorkError, Workspace};
pub use outcome::{TakenConversation, TakenIn, TakenOutcome};
use redaction::Redactor;
pub use redaction::{Redacted, Secrets};
use thread::{Assembled, assemble, begin};

/// Nothing was taken in: new threads are to be sealed, and imported ones would lie open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("your settings seal new threads, and conversations from elsewhere would lie open")]
pub struct WouldLieOpen;

/// What somebody names to be taken in.
pub enum Given {
    /// One file.
    File(Source),
    /// All files of a folder.
    Folder(Folder),
}

/// Takes in all conversations of these files, by one commit; after an error, nothing came in.
/// `told` hears how many there were so far.
///
/// # Errors
///
/// If a file can't be read on; if the store can't be read, or refuses what is to be saved; if new
/// threads are to be sealed; or whatever is said when somebody is asked about `secrets`.
pub fn take_in_all<E>(
    workspace: &Workspace,
    files: Vec<Given>,
    mode: &ImportMode<'_>,
    secrets: Secrets<'_, E>,
    told: &mut dyn FnMut(usize),
) -> Result<TakenIn, E>
where
    E: From<WorkError> + From<StoreError> + From<SourceError> + From<WouldLieOpen>,
{
    if workspace.settings().encrypt {
        return Err(WouldLieOpen.into());
    }
    let owner = mode.owner();
    let now = workspace.now();
    let mut done = TakenIn::default();
    let mut reading = Reading {
        redactor: Redactor::new(secrets, &mut done),
        done,
        now,
        told,
    };
    match mode {
        ImportMode::DryRun(_) => {
            let store = workspace.store()?;
            reading.each(files, &mut |conversation, kind| {
                Ok::<_, E>(foretell(store.as_ref(), &owner, conversation, kind)?)
            })?;
        }
        ImportMode::Save(signer) => {
            let store = workspace.store_of(&owner)?;
            store.save_many(signer, now, |batch| {
                reading.each(files, &mut |conversation, kind| {
                    let bringing = Bringing {
                        store: &store,
                        signer,
                        now,
                    };
                    Ok::<_, E>(bringing.bring(batch, conversation, kind)?)
                })
            })?;
        }
    }
    Ok(reading.done)
}

/// What became of one conversation, and which thread it is.
struct Brought {
    thread: Thread,
    /// The name of its file, if it is there or came in.
    name: Option<String>,
    assembled: Assembled,
    outcome: TakenOutcome,
}

/// Files that are read, conversation by conversation, and what came of them so far.
struct Reading<'s, 't, E> {
    redactor: Redactor<'s, E>,
    done: TakenIn,
    now: Timestamp,
    told: &'t mut dyn FnMut(usize),
}

/// What becomes of one conversation.
type Bring<'b, E> = dyn FnMut(&Conversation, Kind) -> Result<Brought, E> + 'b;

impl<E: From<SourceError>> Reading<'_, '_, E> {
    fn each(&mut self, files: Vec<Given>, bring: &mut Bring<'_, E>) -> Result<(), E> {
        for given in files {
            match given {
                Given::File(file) => {
                    self.done.begin(file.path(), file.kind());
                    self.each_of(file, bring)?;
                }
                Given::Folder(folder) => {
                    let path = folder.path().to_owned();
                    for file in folder.sources() {
                        match file {
                            Err(skip) => self.done.skip(skip),
                            Ok(file) => {
                                self.done.begin(&path, file.kind());
                                self.each_of(file, bring)?;
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn each_of(&mut self, file: Source, bring: &mut Bring<'_, E>) -> Result<(), E> {
        let kind = file.kind();
        file.each(&mut |found| {
            match found {
                Found::Skipped(skip) => self.done.skip(skip),
                Found::Conversation(place, mut conversation) => {
                    forget_times_to_come(&mut conversation, self.now);
                    self.redactor
                        .look_at(&place, kind, &mut conversation, &mut self.done)?;
                    let brought = bring(&conversation, kind)?;
                    self.done.push(place, &conversation, &brought);
                }
            }
            (self.told)(self.done.conversations.len());
            Ok::<(), E>(())
        })
    }
}

/// What taking a conversation in would do.
fn foretell(
    store: Option<&Store>,
    owner: &PublicKey,
    conversation: &Conversation,
    kind: Kind,
) -> Result<Brought, StoreError> {
    let begun = begin(conversation, kind, *owner);
    let (is_erased, stored) = match store {
        None => (false, None),
        Some(store) => (
            store.is_erased(owner, &begun)?,
            stored_version(store, &begun, owner)?,
        ),
    };
    Ok(weighed(
        conversation,
        kind,
        begun,
        stored.as_deref(),
        is_erased,
        None,
    ))
}

/// What a conversation comes to beside the thread that is stored of it, or else the one that it begins.
fn weighed(
    conversation: &Conversation,
    kind: Kind,
    begun: Thread,
    stored: Option<&Thread>,
    is_erased: bool,
    signer: Option<&Signer>,
) -> Brought {
    let assembled = assemble(conversation, kind, stored.unwrap_or(&begun), signer);
    let outcome = outcome(is_erased, kind, stored, &assembled);
    Brought {
        name: None,
        thread: stored.cloned().unwrap_or(begun),
        assembled,
        outcome,
    }
}

fn outcome(
    is_erased: bool,
    kind: Kind,
    stored: Option<&Thread>,
    assembled: &Assembled,
) -> TakenOutcome {
    match stored {
        _ if is_erased => TakenOutcome::Erased,
        None => TakenOutcome::New,
        Some(_) if assembled.new.is_empty() => TakenOutcome::Known,
        Some(stored) if stored.is_sealed() => TakenOutcome::Sealed,
        Some(_) if kind.is_known_by_places() && assembled.changed > 0 => TakenOutcome::Differs,
        Some(_) => TakenOutcome::Grown,
    }
}

/// Times that nobody can know yet are not known. A clock may be wrong by some hours.
fn forget_times_to_come(conversation: &mut Conversation, now: Timestamp) {
    const DAY: i64 = 86_400_000;
    let latest = Timestamp::from_millis(now.millis().saturating_add(DAY));
    for message in &mut conversation.messages {
        message.time = message.time.filter(|time| *time <= latest);
    }
    let known = conversation.began.filter(|began| *began <= latest);
    let times = conversation.messages.iter().filter_map(|said| said.time);
    conversation.began = known.or_else(|| times.min());
}

struct Bringing<'b> {
    store: &'b Store,
    signer: &'b Signer,
    now: Timestamp,
}

impl Bringing<'_> {
    fn name_of(&self, batch: &Batch<'_>, thread: &Thread) -> Result<String, StoreError> {
        let path = batch.path_of(thread)?;
        Ok(crate::index::name_of(&path).to_owned())
    }

    fn bring(
        &self,
        batch: &mut Batch<'_>,
        conversation: &Conversation,
        kind: Kind,
    ) -> Result<Brought, StoreError> {
        let owner = self.signer.public();
        let begun = begin(conversation, kind, owner);
        let is_erased = self.store.is_erased(&owner, &begun)?;
        let stored = batch.stored(&begun)?;
        let mut brought = weighed(
            conversation,
            kind,
            begun,
            stored.as_ref(),
            is_erased,
            Some(self.signer),
        );
        if !brought.outcome.came_in() {
            if brought.outcome != TakenOutcome::Erased {
                brought.name = Some(self.name_of(batch, &brought.thread)?);
            }
            return Ok(brought);
        }
        let new = brought.assembled.take_new();
        let thread = &mut brought.thread;
        thread.take_in(new, &brought.assembled.shown);
        if conversation.began.is_none() {
            // Else it would stand among what was last changed in 1970.
            thread.touch(self.now);
        }
        match batch.add(thread, stored.as_ref()) {
            Ok(()) => brought.name = Some(self.name_of(batch, &brought.thread)?),
            Err(StoreError::TooLarge { .. }) => brought.outcome = TakenOutcome::TooLarge,
            Err(error) => return Err(error),
        }
        Ok(brought)
    }
}
