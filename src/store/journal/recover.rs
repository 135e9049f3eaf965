//! Folding in what dead sessions left in their journals.

use crate::identity::Keys;
use crate::model::json::{Map, Value};
use crate::model::{
    Graph, Hash, Malformed, Message, MessageDraft, PublicKey, Reading, Role, Thread, ThreadId,
    Timestamp, crash_point, union,
};
use crate::sign::Namespace;
use crate::store::disk::sync;
use crate::store::journal::ReplyPiece;
use crate::store::journal::folder;
use crate::store::journal::read::{self, Contents, Record};
use crate::store::lock::RepositoryLock;
use crate::store::objects::places::{components, file_name, file_name_with_root};
use crate::store::{CommitId, Save, Store, StoreError, Trouble};
use crate::verify::{self, Verified};
use git2::Tree;
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

    /// Folds in every dead session's journal. A damaged one is read as far as it goes and set
    /// aside, never deleted; one that can't be folded in just now stays where it is.
    pub fn recover(
        &self,
        keys: &Keys,
        now: Timestamp,
    ) -> Result<(Vec<Recovered>, Vec<Trouble>), StoreError> {
        let mut recovered = Vec::new();
        let mut troubles = Vec::new();
        for (path, _locked) in self.abandoned_journals()? {
            match self.recover_one(&path, keys, now) {
                Ok(found) => recovered.extend(found.filter(|found| found.messages > 0)),
                Err(Unfolded::Store(error)) if error.is_out_of_reach() => return Err(error),
                Err(Unfolded::Store(StoreError::Journal { why, .. })) => {
                    troubles.push(set_aside(&path, &why)?)
                }
                Err(Unfolded::Store(error)) => {
                    let mut why = format!("{error}; what is in the journal stays there");
                    if let StoreError::Erased { id } = error {
                        why += &format!("; `mmogit thread-erase {id}` removes it");
                    }
                    troubles.push(Trouble {
                        place: path.display().to_string(),
                        why,
                    });
                }
                Err(Unfolded::Partly(found)) => {
                    recovered.extend(found.filter(|found| found.messages > 0));
                    troubles.push(set_aside(&path, "a line in it can't be read")?);
                }
            }
        }
        Ok((recovered, troubles))
    }

    fn abandoned_journals(&self) -> Result<Vec<(PathBuf, fs::File)>, StoreError> {
        let folder = self.home().journals();
        if folder::all(&folder)?.is_empty() {
            return Ok(Vec::new());
        }
        // A session that is just beginning holds this lock until its journal is locked too.
        let _lock = RepositoryLock::wait(self.home())?;
        folder::abandoned(folder::all(&folder)?).map_err(StoreError::disk(&folder))
    }

    /// The journals of dead sessions that are not this author's, and whose they are: no command of
    /// theirs folds them in.
    pub fn journals_of_others(
        &self,
        author: &PublicKey,
    ) -> Result<Vec<(PathBuf, PublicKey)>, StoreError> {
        let mut found = Vec::new();
        for (path, _locked) in self.abandoned_journals()? {
            // What can't be read at all is set aside by the next recovery, which says so.
            let contents = match read::journal(&path) {
                Ok(Some(contents)) => contents,
                Ok(None) | Err(StoreError::Journal { .. }) => continue,
                Err(error) => return Err(error),
            };
            if !contents.belongs_to(author) {
                found.push((path, contents.author()));
            }
        }
        Ok(found)
    }

    fn recover_one(
        &self,
        path: &Path,
        keys: &Keys,
        now: Timestamp,
    ) -> Result<Option<Recovered>, Unfolded> {
        crash_point!("recover-begun");
        let Some(contents) = read::journal(path)? else {
            fs::remove_file(path).map_err(StoreError::disk(path))?;
            return Ok(None);
        };
        if !contents.belongs_to(&keys.public()) {
            let author = contents.author();
            return Err(Unfolded::Store(StoreError::ForeignJournal {
                path: path.to_owned(),
                author,
            }));
        }
        let begun = contents.header.clone();
        let replay = self.replay(path, contents, keys)?;
        let mut found = None;
        if *replay.thread.header() != begun && !replay.thread.messages().is_empty() {
            let (thread, base) = (&replay.thread, replay.base.as_ref());
            self.save(&Save {
                owner: keys.owner(),
                thread,
                base,
                replaces: None,
                now,
            })?;
            let title = thread.title().to_owned();
            found = Some(Recovered {
                id: thread.id(),
                title,
                messages: replay.new_messages,
            });
        }
        crash_point!("recover-saved");
        if replay.is_damaged {
            return Err(Unfolded::Partly(found));
        }
        fs::remove_file(path).map_err(StoreError::disk(path))?;
        crash_point!("recover-removed");
        Ok(found)
    }

    /// Does again what the session did, up to where it died.
    fn replay(&self, path: &Path, contents: Contents, keys: &Keys) -> Result<Replay, StoreError> {
        let bad = |why: String| StoreError::Journal {
            path: path.to_owned(),
            why,
        };
        let malformed = |why: Malformed| bad(why.to_string());
        let begun = Thread::from_parts(contents.header.clone(), Vec::new()).map_err(malformed)?;
        let stored = match self.tip(&keys.public())? {
            Some(tip) => self.version_in(tip, &begun)?,
            None => None,
        };
        // The commit may be gone, whole or in part: another session's newest one is replaced when
        // that session saves again, and then holds nothing that the branch lacks.
        let version = |commit| {
            self.version_in(commit, &begun)
                .ok()
                .flatten()
                .or_else(|| stored.clone())
        };
        let is_damaged = contents.is_damaged();
        let before = contents.base.and_then(version);
        let thread = version_of(contents.header, before.as_ref()).map_err(malformed)?;
        let base = before.is_some().then(|| thread.clone());
        let mut replay = Replay::new(thread, base, is_damaged);
        for record in contents.records {
            let goes_on = match record {
                Record::Stored(commit, header) => replay.go_to(header, version(commit)),
                record => replay.take(record),
            };
            if !goes_on {
                replay.is_damaged = true;
                break;
            }
            // The session's own last save looked like this: what is stored is our past, not
            // somebody's addition.
            if let Some(stored) = stored.as_ref().filter(|stored| replay.has_moved_to(stored)) {
                replay.base = Some(unsigned(stored));
            }
        }
        replay.take_cut_answer(keys);
        let known: HashSet<Hash> = stored
            .iter()
            .flat_map(|thread| thread.messages())
            .map(Message::id)
            .collect();
        replay.new_messages = replay
            .thread
            .messages()
            .iter()
            .filter(|m| !known.contains(&m.id()))
            .count();
        let mut signed = replay.thread.clone();
        keys.owner().sign_thread(&mut signed);
        match Verified::check(signed) {
            Ok(_) => Ok(replay),
            Err(refused) => Err(bad(refused.1.problems().join("; "))),
        }
    }

    fn version_in(&self, commit: CommitId, thread: &Thread) -> Result<Option<Thread>, StoreError> {
        let tree = self.tree_at(commit.0)?;
        self.version_at(&tree, thread.id(), thread.root())
    }

    /// The version of a thread that a commit's tree holds. What can't be read is an error: it might
    /// be that version.
    pub(in crate::store) fn version_at(
        &self,
        tree: &Tree<'_>,
        id: ThreadId,
        root: Hash,
    ) -> Result<Option<Thread>, StoreError> {
        for name in [file_name(id), file_name_with_root(id, &root)] {
            let Some(blob) = self.blob_at(Some(tree), &components(id, &name))? else {
                continue;
            };
            match Thread::read(&self.read_blob(blob)?) {
                Ok(Reading::Thread(found)) if found.root() == root => return Ok(Some(found)),
                _ => {}
            }
        }
        Ok(None)
    }
}

/// A header with those messages of a version that it shows or sets aside: what was said later is
/// left out.
fn version_of(header: Map<String, Value>, version: Option<&Thread>) -> Result<Thread, Malformed> {
    let thread = Thread::from_parts(header.clone(), Vec::new())?;
    let messages = version.map(Thread::messages).unwrap_or_default();
    let ends: Vec<Hash> = thread.heads().into_iter().chain(thread.aside()).collect();
    let reached = Graph::of(messages).reached_from(&ends);
    let kept = messages
        .iter()
        .zip(reached)
        .filter(|(_, reached)| *reached)
        .map(|(message, _)| message.clone());
    Thread::from_parts(header, kept.collect())
}

/// Without its signature no save takes it for what is stored: whatever others changed meanwhile is
/// kept.
fn unsigned(thread: &Thread) -> Thread {
    Thread::from_parts(thread.header().clone(), thread.messages().to_vec())
        .expect("it was read before")
}

struct Replay {
    thread: Thread,
    base: Option<Thread>,
    known: HashSet<Hash>,
    coming: Vec<ReplyPiece>,
    new_messages: usize,
    is_damaged: bool,
}

impl Replay {
    fn new(thread: Thread, base: Option<Thread>, is_damaged: bool) -> Self {
        let known = known(&thread);
        Self {
            thread,
            base,
            known,
            coming: Vec::new(),
            new_messages: 0,
            is_damaged,
        }
    }

    /// Does one record again; `false` if it can't be what the session wrote.
    fn take(&mut self, record: Record) -> bool {
        match record {
            Record::Message(message) => {
                self.coming.clear();
                self.append(*message)
            }
            Record::Header(header) => {
                let thread = Thread::from_parts(header, self.thread.messages().to_vec());
                thread.is_ok_and(|thread| self.replace(thread))
            }
            Record::ReplyPiece(partial) => {
                self.coming.push(partial);
                true
            }
            Record::NoReply => {
                self.coming.clear();
                true
            }
            Record::Stored(..) => false,
        }
    }

    fn append(&mut self, message: Message) -> bool {
        let is_signed = message.signature().is_some_and(|signature| {
            verify::signature(
                &message.author(),
                Namespace::Message,
                &message.canonical(),
                signature,
            )
        });
        let attaches = message.prev().iter().all(|id| self.known.contains(id));
        let fits = is_signed && attaches && self.known.insert(message.id());
        if fits {
            self.thread.append(message);
        }
        fits
    }

    /// Whether this is what the session shows, and not what it showed at its last known point in
    /// common with others.
    fn has_moved_to(&self, stored: &Thread) -> bool {
        let heads = stored.heads();
        heads == self.thread.heads() && self.base.as_ref().is_none_or(|base| base.heads() != heads)
    }

    /// Goes on from a version that holds other sessions' messages too.
    fn go_to(&mut self, header: Map<String, Value>, version: Option<Thread>) -> bool {
        let all = version.map_or_else(
            || self.thread.clone(),
            |version| union(&version, &self.thread),
        );
        let thread = version_of(header, Some(&all));
        let goes = thread.is_ok_and(|thread| {
            self.known.extend(thread.messages().iter().map(Message::id));
            self.replace(thread)
        });
        if goes {
            self.base = Some(self.thread.clone());
        }
        goes
    }

    fn replace(&mut self, thread: Thread) -> bool {
        let mut ends = thread.heads().into_iter().chain(thread.aside());
        let fits = thread.root() == self.thread.root() && ends.all(|id| self.known.contains(&id));
        if fits {
            self.thread = thread;
        }
        fits
    }

    /// The answer that was coming when the session died, as far as it came.
    fn take_cut_answer(&mut self, keys: &Keys) {
        let coming = std::mem::take(&mut self.coming);
        let (Some(first), Some(last)) = (coming.first(), coming.last()) else {
            return;
        };
        let text: String = coming.iter().map(|partial| partial.text.as_str()).collect();
        let heads = self.thread.heads();
        if !first.prev.iter().all(|id| heads.contains(id)) || text.trim().is_empty() {
            return;
        }
        let signer = keys.agent(&first.agent);
        let draft = MessageDraft::new(
            Role::Ai,
            &text,
            last.timestamp,
            signer.public(),
            &first.prev,
        )
        .with("agent", Some(first.agent.as_str()))
        .with("backend", first.backend.as_deref())
        .with("interrupted", Some(true));
        self.thread.add_agent(&keys.agent_entry(&first.agent));
        self.append(signer.sign_message(draft));
    }
}

fn known(thread: &Thread) -> HashSet<Hash> {
    thread
        .messages()
        .iter()
        .map(Message::id)
        .chain(thread.origins())
        .collect()
}

enum Unfolded {
    Store(StoreError),
    Partly(Option<Recovered>),
}

impl From<StoreError> for Unfolded {
    fn from(error: StoreError) -> Self {
        Unfolded::Store(error)
    }
}

fn set_aside(path: &Path, why: &str) -> Result<Trouble, StoreError> {
    crash_point!("recover-before-set-aside");
    let mut aside = path.with_extension("ndjson.damaged");
    for n in 1.. {
        if !aside.exists() {
            break;
        }
        aside = path.with_extension(format!("ndjson.damaged-{n}"));
    }
    fs::rename(path, &aside).map_err(StoreError::disk(path))?;
    sync(path.parent().expect("a journal lies in its folder"))?;
    Ok(Trouble {
        place: aside.display().to_string(),
        why: format!("{why}; the journal was set aside there"),
    })
}
