//! The end of a thread, in all of a home: its branch, its journals, the index, and what was typed.

use super::editor_folders;
use super::{Obstacle, Purpose, WorkError, Workspace};
use crate::backend::crush;
use crate::bounded;
use crate::files::{self, Readers};
use crate::home::Home;
use crate::identity::Keys;
use crate::in_memory;
use crate::mirror::{self, MirrorError};
use crate::model::{Face, Message, PublicKey, Reading, Role, Thread, ThreadId, crash_point};
use crate::store::{BrokenOffErasure, Entry, Erase, Erased, Remote, Store};
use std::collections::HashSet;
use std::io::ErrorKind;

/// A thread that could be erased, and where its words would stay.
#[derive(Debug)]
pub struct Erasable {
    /// Its file.
    pub entry: Entry,
    /// Its title; none if the file is no thread.
    pub title: Option<String>,
    /// How many messages it has.
    pub messages: usize,
    /// What in the repository holds it too, and is not touched: others' branches, remotes'
    /// branches, tags, work trees.
    pub kept_in: Vec<String>,
    /// The files of other threads that hold copies of its messages.
    pub copied_in: Vec<String>,
    /// The remotes that are set up.
    pub remotes: Vec<Remote>,
    /// The other repositories that this one borrows objects from.
    pub alternates: Vec<String>,
    typed: Vec<String>,
    /// What a buffer showed of it.
    shown: HashSet<String>,
}

impl Erasable {
    /// The name of its file, which no other thread on the branch has: its id, if no other thread
    /// has that.
    pub fn name(&self) -> &str {
        self.entry
            .path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches(".json")
    }
}

/// Erases threads from all of a home.
pub struct Eraser<'w> {
    pub(super) workspace: &'w Workspace,
}

impl Eraser<'_> {
    /// Looks at what erasing the one thread that a query names would do. It must be on the owner's
    /// branch; whether it verifies does not matter.
    ///
    /// # Errors
    /// If no thread of the owner's fits, or several do; if the store can't be read.
    pub fn erasable(&self, owner: &PublicKey, query: &str) -> Result<Erasable, WorkError> {
        let not_found = || WorkError::NotFound(query.to_owned());
        let store = self.workspace.store()?.ok_or_else(not_found)?;
        let entry = match self.workspace.threads().find_entry(&store, query) {
            // Other people's copies are not what is meant.
            Err(WorkError::Ambiguous { query, candidates }) => {
                let own: Vec<_> = candidates
                    .iter()
                    .filter(|found| found.owner == *owner)
                    .collect();
                let [one] = own.as_slice() else {
                    return Err(WorkError::Ambiguous { query, candidates });
                };
                store.entry_at(owner, &one.path)?.ok_or_else(not_found)?
            }
            found => found?,
        };
        let entry = match own_copy(&store, owner, &entry)? {
            Some(own) => own,
            None => entry,
        };
        if entry.owner != *owner {
            return Err(WorkError::Unfit {
                id: entry.id.to_string(),
                what: Purpose::Erase,
                why: Obstacle::OnBranchOf(entry.owner),
            });
        }
        let mut found = Erasable {
            title: None,
            messages: 0,
            kept_in: store.roots_holding(&entry)?,
            copied_in: Vec::new(),
            remotes: store.remotes()?,
            alternates: store.alternates()?,
            typed: Vec::new(),
            shown: HashSet::new(),
            entry,
        };
        match Thread::read(&store.read(&found.entry)?) {
            Ok(Reading::Thread(thread)) => {
                found.title = Some(thread.title().to_owned());
                found.messages = thread.messages().len();
                found.typed = typed_in(&thread);
                found.shown = shown_of(&thread);
                found.copied_in = copies(&store, &found.entry, &thread)?;
            }
            Ok(Reading::Legacy(legacy)) => {
                found.messages = legacy.messages.len();
                found.typed = legacy
                    .messages
                    .into_iter()
                    .map(|message| message.content)
                    .collect();
                found.title = Some(legacy.title);
            }
            Err(_) => {}
        }
        Ok(found)
    }

    /// Erases it.
    ///
    /// # Errors
    /// If a session has the thread open, if the branch is not all there and the owner's, or if the
    /// disk refuses.
    pub fn erase(&self, keys: &Keys, erasable: &Erasable) -> Result<Erased, WorkError> {
        let store = self.workspace.store_of(&keys.public())?;
        let erase = Erase {
            owner: keys.owner(),
            entry: &erasable.entry,
            now: self.workspace.now(),
        };
        let ready = store.prepare_erasure(&erase)?;
        // Before the thread is gone: then what was typed in it can't be told from the rest.
        self.forget_typed(&erasable.typed)?;
        self.forget_shown(&erasable.shown)?;
        crash_point!("erase-typed-forgotten");
        let erased = ready.carry_out()?;
        self.forget_the_rest(&store, &erased)?;
        Ok(erased)
    }

    /// Does here what an erasure that was broken off, or that came from another device, left to do;
    /// `None` if no thread of this id was erased.
    ///
    /// # Errors
    /// If the store can't be read, or if the disk refuses.
    pub fn finish_erasure(
        &self,
        owner: &PublicKey,
        id: ThreadId,
    ) -> Result<Option<Erased>, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(None);
        };
        for erasure in store.erasures_of(owner, id)? {
            if let Some(thread) = store.last_seen(&erasure) {
                self.forget_typed(&typed_in(&thread))?;
                self.forget_shown(&shown_of(&thread))?;
            }
        }
        let finished = store.finish_erasure(owner, id)?;
        if let Some(erased) = &finished {
            self.forget_the_rest(&store, erased)?;
        }
        Ok(finished)
    }

    /// Finishes an erasure whose process died. `None` if there is none; then this is only a look at
    /// one file.
    ///
    /// # Errors
    /// If the store can't be read, or if the disk refuses.
    pub fn finish_broken_off_erasure(&self) -> Result<Option<Erased>, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(None);
        };
        let Some(BrokenOffErasure { owner, id }) = store.broken_off_erasure()? else {
            return Ok(None);
        };
        let finished = self.finish_erasure(&owner, id)?;
        if finished.is_none() {
            // It did not come to the step that counts: the thread is there, whole.
            store.forget_erasure(&owner, id)?;
        }
        Ok(finished)
    }

    fn forget_the_rest(&self, store: &Store, erased: &Erased) -> Result<(), WorkError> {
        crash_point!("erase-repository-done");
        self.workspace.remove_index()?;
        crash_point!("erase-index-removed");
        self.forget_dead_files()?;
        crash_point!("erase-before-forgotten");
        Ok(store.forget_erasure(&erased.erasure.author(), erased.erasure.thread)?)
    }

    /// Takes out of the home what lies there, beside the repository, of a thread that is sealed from
    /// now on: its words in the index, what was typed in it, and files of dead sessions.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn forget_open_words(&self, thread: &Thread) -> Result<(), WorkError> {
        self.forget_typed(&typed_in(thread))?;
        self.forget_shown(&shown_of(thread))?;
        self.workspace.remove_index()?;
        self.forget_dead_files()
    }

    /// Removes the files of buffers in which something of the thread stands.
    fn forget_shown(&self, shown: &HashSet<String>) -> Result<(), WorkError> {
        if shown.is_empty() {
            return Ok(());
        }
        match mirror::forget(self.workspace.home(), shown) {
            Ok(_) => Ok(()),
            Err(MirrorError { path, source }) => Err(WorkError::Disk { path, source }),
        }
    }

    fn forget_dead_files(&self) -> Result<(), WorkError> {
        let memory = in_memory::known_folders(self.workspace.session_folder.as_deref());
        editor_folders::forget_dead(self.workspace.home(), &memory)?;
        let mut runs = vec![Home::at(self.workspace.home()).crush()];
        runs.extend(memory.iter().map(|folder| crush::runs_in_memory(folder)));
        for runs in runs {
            crush::remove_dead_runs(&runs)
                .map_err(|source| WorkError::Disk { path: runs, source })?;
        }
        Ok(())
    }

    /// Takes what was typed in a thread out of the lines that the prompt remembers (rustyline's
    /// second format: a line each, with `\n` and `\\` escaped). Rather one line too many than one
    /// too few.
    fn forget_typed(&self, typed: &[String]) -> Result<(), WorkError> {
        let path = Home::at(self.workspace.home()).chat_history();
        let failed = |source| WorkError::Disk {
            path: path.clone(),
            source,
        };
        let text = match bounded::read_plain_text(&path, bounded::MANY_LINES) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            read => read.map_err(failed)?,
        };
        let kept: String = text
            .split_inclusive('\n')
            .filter(|line| !was_typed(line, typed))
            .collect();
        if kept.len() == text.len() {
            return Ok(());
        }
        files::replace(&path, ".chat-history-", Readers::Owner, kept.as_bytes()).map_err(failed)
    }
}

/// What a person typed in a thread, its title included.
fn typed_in(thread: &Thread) -> Vec<String> {
    let said = thread
        .messages()
        .iter()
        .filter(|message| message.role() == Role::Human);
    said.map(Message::text)
        .chain([thread.title().to_owned()])
        .collect()
}

/// What a buffer showed of a thread, if it is a buffer's.
fn shown_of(thread: &Thread) -> HashSet<String> {
    match thread.face() {
        Some(Face::Buffer) => thread.messages().iter().map(Message::text).collect(),
        _ => HashSet::new(),
    }
}

/// Whether a remembered line is of these: a message, but for the files that went with it, or a
/// command with it or with the title behind (`/edit 3 …`).
fn was_typed(line: &str, typed: &[String]) -> bool {
    let line = line
        .replace("\\\\", "\0")
        .replace("\\n", "\n")
        .replace('\0', "\\");
    let line = line.trim();
    let behind = line
        .strip_prefix('/')
        .and_then(|command| command.split_once(char::is_whitespace));
    typed
        .iter()
        .map(|text| text.trim())
        .filter(|text| !text.is_empty() && !line.is_empty())
        .any(|text| {
            text.starts_with(line)
                || behind.is_some_and(|(_, behind)| {
                    behind.trim().contains(text) || text.starts_with(behind.trim())
                })
        })
}

/// The files of other threads that hold messages of this one.
fn copies(store: &Store, entry: &Entry, thread: &Thread) -> Result<Vec<String>, WorkError> {
    let said: HashSet<_> = thread.messages().iter().map(Message::id).collect();
    // A copy stands, at its beginning or by an anchor, on the root or on a message: reading all the
    // rest is not needed.
    let names: HashSet<String> = said
        .iter()
        .chain([&thread.root()])
        .map(ToString::to_string)
        .collect();
    let mut others = store.list()?.entries;
    others.retain(|other| other != entry);
    let found = store.read_all(&others, |other, bytes| {
        let bytes = bytes.ok()?;
        let mut quoted = bytes
            .split(|byte| *byte == b'"')
            .filter(|text| text.len() == 64);
        if !quoted.any(|text| std::str::from_utf8(text).is_ok_and(|text| names.contains(text))) {
            return None;
        }
        let Ok(Reading::Thread(thread)) = Thread::read(&bytes) else {
            return None;
        };
        thread
            .messages()
            .iter()
            .any(|message| said.contains(&message.id()))
            .then(|| other.path.clone())
    });
    Ok(found.into_iter().flatten().collect())
}
/// The copy that the owner keeps of a thread on somebody else's branch, if they keep one.
fn own_copy(store: &Store, owner: &PublicKey, entry: &Entry) -> Result<Option<Entry>, WorkError> {
    let root = |entry: &Entry| match Thread::read(&store.read(entry)?) {
        Ok(Reading::Thread(thread)) => Ok(Some(thread.root())),
        _ => Ok::<_, WorkError>(None),
    };
    let wanted = root(entry)?;
    for own in store.with_id_on(owner, entry.id) {
        if wanted.is_some() && root(&own)? == wanted {
            return Ok(Some(own));
        }
    }
    Ok(None)
}
