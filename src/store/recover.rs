//! Folding in what dead sessions left in their journals.

use super::files::{components, file_name, file_name_with_root, subtree};
use super::journal::{self, Contents, Partial, Record};
use super::lock::RepositoryLock;
use super::{CommitId, Save, Store, StoreError, Trouble};
use crate::identity::Keys;
use crate::model::{Hash, Message, MessageDraft, PublicKey, Reading, Role, Thread, ThreadId, Timestamp};
use crate::verify::Verified;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What was folded in from one journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The thread it belongs to.
    pub id: ThreadId,
    /// Its title.
    pub title: String,
    /// How many messages were not stored yet.
    pub messages: usize,
}

impl Store {
    /// How many dead sessions wait to be folded in. Needs no key.
    pub fn waiting_to_be_recovered(&self) -> Result<usize, StoreError> {
        Ok(self.abandoned_journals()?.len())
    }

    /// Folds in every dead session's journal. A damaged one is read as far as it goes and set aside, never deleted.
    pub fn recover(&self, keys: &Keys, now: Timestamp) -> Result<(Vec<Recovered>, Vec<Trouble>), StoreError> {
        let mut recovered = Vec::new();
        let mut troubles = Vec::new();
        for (path, _locked) in self.abandoned_journals()? {
            match self.recover_one(&path, keys, now) {
                Ok(found) => recovered.extend(found.filter(|found| found.messages > 0)),
                Err(Unreadable::Store(error)) if error.is_out_of_reach() => return Err(error),
                Err(Unreadable::Store(error)) => troubles.push(set_aside(&path, &error.to_string())?),
                Err(Unreadable::Partly(found, why)) => {
                    recovered.push(found);
                    troubles.push(set_aside(&path, &why)?);
                }
            }
        }
        Ok((recovered, troubles))
    }

    fn abandoned_journals(&self) -> Result<Vec<(PathBuf, fs::File)>, StoreError> {
        let folder = self.journal_folder()?;
        // A session that is just beginning holds this lock until its journal is locked too.
        let _lock = RepositoryLock::wait(&self.home)?;
        journal::abandoned(&folder).map_err(StoreError::disk(&folder))
    }

    fn recover_one(&self, path: &Path, keys: &Keys, now: Timestamp) -> Result<Option<Recovered>, Unreadable> {
        let bytes = fs::read(path).map_err(StoreError::disk(path))?;
        let Some(contents) = journal::read(path, &bytes)? else {
            fs::remove_file(path).map_err(StoreError::disk(path))?;
            return Ok(None);
        };
        if contents.author != keys.public() {
            return Ok(None);
        }
        let damaged = contents.damaged_lines > 0;
        let replay = self.replay(path, contents, keys)?;
        let (thread, base) = (&replay.thread, replay.base.as_ref());
        self.save(&Save { owner: keys.owner(), thread, base, replaces: None, now })?;
        let found =
            Recovered { id: thread.id(), title: thread.title().to_owned(), messages: replay.new_messages };
        if damaged || replay.is_cut {
            return Err(Unreadable::Partly(found, "a line in it can't be read".to_owned()));
        }
        fs::remove_file(path).map_err(StoreError::disk(path))?;
        Ok(Some(found))
    }

    /// Does again what the session did, up to where it died.
    fn replay(&self, path: &Path, contents: Contents, keys: &Keys) -> Result<Replay, StoreError> {
        let bad = |why: &dyn ToString| StoreError::Journal { path: path.to_owned(), why: why.to_string() };
        let begun = Thread::from_parts(contents.header.clone(), Vec::new()).map_err(|e| bad(&e))?;
        let owner = keys.public();
        let at_base = contents.base.and_then(|commit| self.version_in(commit, &begun));
        let stored = self.tip(&owner)?.and_then(|tip| self.version_in(tip, &begun));
        let before = at_base.or_else(|| contents.base.and(stored.clone()));

        let messages = before.as_ref().map(|thread| thread.messages().to_vec()).unwrap_or_default();
        let thread = Thread::from_parts(contents.header, messages).map_err(|e| bad(&e))?;
        let mut replay = Replay { thread, base: before, new_messages: 0, is_cut: false };
        let mut coming = Vec::new();
        for record in contents.records {
            match record {
                Record::Message(message) if !replay.attaches(&message) => {
                    replay.is_cut = true;
                    break;
                }
                Record::Message(message) => {
                    replay.thread.append(*message);
                    coming.clear();
                }
                Record::Header(header) => {
                    let messages = replay.thread.messages().to_vec();
                    replay.thread = Thread::from_parts(header, messages).map_err(|e| bad(&e))?;
                }
                Record::Stored(commit, header) => {
                    let version = self.version_in(commit, &begun).or_else(|| stored.clone());
                    let messages = version.as_ref().unwrap_or(&replay.thread).messages().to_vec();
                    replay.thread = Thread::from_parts(header, messages).map_err(|e| bad(&e))?;
                    replay.base = version;
                }
                Record::Partial(partial) => coming.push(partial),
            }
            // The session's own last save looked like this: what is stored is our past, not somebody's addition.
            if let Some(stored) = &stored
                && stored.heads() == replay.thread.heads()
            {
                replay.base = Some(stored.clone());
            }
        }
        if let Some(answer) = cut_answer(&coming, keys) {
            replay.thread.add_agent(&keys.agent_entry(&coming[0].agent));
            if replay.attaches(&answer) {
                replay.thread.append(answer);
            }
        }
        let known: HashSet<Hash> =
            stored.iter().flat_map(|thread| thread.messages()).map(Message::id).collect();
        replay.new_messages = replay.thread.messages().iter().filter(|m| !known.contains(&m.id())).count();
        let mut signed = replay.thread.clone();
        keys.owner().sign_thread(&mut signed);
        match Verified::check(signed) {
            Ok(_) => Ok(replay),
            Err(refused) => Err(bad(&refused.1.problems().join("; "))),
        }
    }

    /// The version of a thread that a commit holds.
    fn version_in(&self, commit: CommitId, thread: &Thread) -> Option<Thread> {
        let tree = self.repo.find_commit(commit.0).and_then(|commit| commit.tree()).ok()?;
        let (id, root) = (thread.id(), thread.root());
        [file_name(id), file_name_with_root(id, &root)].iter().find_map(|name| {
            let path = components(id, name);
            let blob = subtree(&self.repo, &tree, &path[..4])?.get_name(&path[4])?.id();
            match Thread::read(&self.read_blob(blob).ok()?).ok()? {
                Reading::Thread(found) if found.root() == root => Some(found),
                _ => None,
            }
        })
    }
}

struct Replay {
    thread: Thread,
    base: Option<Thread>,
    new_messages: usize,
    is_cut: bool,
}

impl Replay {
    fn attaches(&self, message: &Message) -> bool {
        let known: HashSet<Hash> =
            self.thread.messages().iter().map(Message::id).chain(self.thread.origins()).collect();
        !known.contains(&message.id()) && message.prev().iter().all(|id| known.contains(id))
    }
}

/// The answer that was coming when the session died, kept as far as it came.
fn cut_answer(coming: &[Partial], keys: &Keys) -> Option<Message> {
    let first = coming.first()?;
    let last = coming.last()?;
    let text: String = coming.iter().map(|partial| partial.text.as_str()).collect();
    let signer = keys.agent(&first.agent);
    let author: PublicKey = signer.public();
    let draft = MessageDraft::new(Role::Ai, &text, last.timestamp, author, &first.prev)
        .with("agent", Some(first.agent.as_str()))
        .with("interrupted", Some(true));
    Some(signer.sign_message(draft))
}

enum Unreadable {
    Store(StoreError),
    Partly(Recovered, String),
}

impl From<StoreError> for Unreadable {
    fn from(error: StoreError) -> Self {
        Unreadable::Store(error)
    }
}

fn set_aside(path: &Path, why: &str) -> Result<Trouble, StoreError> {
    let mut aside = path.with_extension("ndjson.damaged");
    for n in 1.. {
        if !aside.exists() {
            break;
        }
        aside = path.with_extension(format!("ndjson.damaged-{n}"));
    }
    fs::rename(path, &aside).map_err(StoreError::disk(path))?;
    Ok(Trouble { place: aside.display().to_string(), why: format!("{why}; the journal was set aside there") })
}
