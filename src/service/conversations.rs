//! The conversations of one home that are held open, and each step in them.

use super::asking;
use super::brought::brought_in;
use super::create::{check_intent_context, check_new_title};
use super::older_keys::OlderKeys;
use super::{Committed, Refusal, ServiceError, ShownConversation, threads};
use crate::buffer::{Posed, Work};
use crate::model::{Embedder, Hash, State, Thread, ThreadId, Timestamp, Uuid};
use crate::store::{CommitId, StoreError};
use crate::turn::{IdleSession, Question, Session, TurnError, default_title};
use crate::workspace::Belonging;
use std::collections::{HashMap, HashSet};

/// So many sessions are held open at the most; then the one that rests longest is closed.
const MOST_OPEN: usize = 64;
/// So many names are remembered with their roots.
const MOST_NAMES: usize = 10_000;

/// The conversations of one home. What is not held open rests in the store.
#[derive(Default)]
pub struct Conversations {
    live: HashMap<Hash, Live>,
    /// Conversations by the names that programs have for them.
    names: HashMap<Uuid, Known>,
    /// In which something is signed and not on disk yet.
    pub(super) staged: HashSet<Hash>,
    pub(super) committed: Committed,
    /// The tip of the branch that the sessions know of.
    seen: Option<CommitId>,
    /// Those that could not take in what changed up to there.
    behind: HashSet<Hash>,
    pub(super) older: OlderKeys,
    pub(super) troubles: Vec<ServiceError>,
}

/// What never changes of a conversation.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub root: Hash,
    pub belonging: Belonging,
}

/// A session that is held open.
struct Live {
    session: IdleSession,
    used: Timestamp,
}

/// A conversation that could not be saved at the end.
#[derive(Debug)]
pub struct NotEnded {
    /// Why not.
    pub why: ServiceError,
    /// Whether all of it is in a journal, for whoever comes next. If not, some of it is nowhere.
    pub is_in_journal: bool,
}

/// What is to be changed of a conversation. What is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Its title; `Some(None)` gives it the record's usual one.
    pub title: Option<Option<String>>,
    /// What it is for.
    pub intent_context: Option<Option<String>>,
}

impl Conversations {
    /// The root of the owner's conversation that programs know by a name, if they may work in it
    /// now.
    ///
    /// # Errors
    /// If there is none, or it belongs to a project in which they have no part; if that can't be
    /// looked up.
    pub fn root_of(&mut self, work: Work<'_>, id: &Uuid) -> Result<Hash, ServiceError> {
        let known = match self.names.get(id) {
            Some(known) => *known,
            None => {
                let known = threads::known(work, id)?;
                if self.names.len() >= MOST_NAMES {
                    self.names.clear();
                }
                // What can't be opened now may be when it is asked for again.
                if known.belonging != Belonging::Unknown {
                    self.names.insert(*id, known);
                }
                known
            }
        };
        // Whoever was a member a moment ago may be none now.
        threads::check_membership(work, known.belonging)?;
        Ok(known.root)
    }

    /// Whether the owner of a conversation may work in its project now.
    ///
    /// # Errors
    /// If they have no part in it, or there is no such conversation; if that can't be looked up.
    pub fn check_membership(&mut self, work: Work<'_>, root: &Hash) -> Result<(), ServiceError> {
        let belonging = self.with_thread(work, root, Belonging::of_thread)?;
        threads::check_membership(work, belonging)
    }

    /// The same for a page that embeds conversations: only one that it reaches.
    ///
    /// # Errors
    /// Those of [`Conversations::root_of`], and if the conversation can't be read.
    pub fn root_reached(
        &mut self,
        work: Work<'_>,
        id: &Uuid,
        embedder: Option<&Embedder>,
    ) -> Result<Hash, ServiceError> {
        let Some(embedder) = embedder else {
            return self.root_of(work, id);
        };
        threads::check_page(work, id, embedder)?;
        let root = self.root_of(work, id)?;
        match self.with_thread(work, &root, |thread| embedder.reaches(thread)) {
            Ok(true) => Ok(root),
            // What is not true says nothing of where it began.
            Ok(false) | Err(ServiceError::Refused(_)) => Err(Refusal::NotFound.into()),
            Err(error) => Err(error),
        }
    }

    /// Whether its owner was put out of the project of a conversation. Where that can't be looked up
    /// they were not.
    pub fn is_out_of_reach(&mut self, work: Work<'_>, root: &Hash) -> bool {
        let mut known = self.names.values();
        let known = known.find(|known| known.root == *root).copied();
        let checked = match known {
            Some(known) => threads::check_membership(work, known.belonging),
            None => self.check_membership(work, root),
        };
        matches!(checked, Err(ServiceError::Refused(_)))
    }

    /// The thread in which somebody talks just now that has a message.
    pub fn live_with(&self, message: &Hash) -> Option<Thread> {
        let mut live = self.live.values().map(|live| live.session.thread());
        let has_it = |thread: &&Thread| {
            thread
                .messages()
                .iter()
                .rev()
                .any(|one| one.id() == *message)
        };
        live.find(has_it).cloned()
    }

    /// Looks at a conversation as it is said in just now; `None` if nobody does.
    pub fn look<T>(&self, root: &Hash, look: impl FnOnce(&Thread) -> T) -> Option<T> {
        self.live.get(root).map(|live| look(live.session.thread()))
    }

    /// The same by the name that programs have for it, if it was asked for before; with its root.
    pub fn look_at_named<T>(
        &self,
        id: &Uuid,
        look: impl FnOnce(&Thread) -> T,
    ) -> Option<(Hash, T)> {
        let root = self.names.get(id)?.root;
        self.look(&root, look).map(|seen| (root, seen))
    }

    /// Looks at a conversation, as it is said in now or as it is stored.
    ///
    /// # Errors
    /// If there is none, or it is not true; if it can't be read.
    pub fn with_thread<T>(
        &mut self,
        work: Work<'_>,
        root: &Hash,
        look: impl FnOnce(&Thread) -> T,
    ) -> Result<T, ServiceError> {
        self.flush(work, root);
        if let Some(live) = self.live.get(root) {
            return Ok(look(live.session.thread()));
        }
        let mut thread = threads::stored(work, root)?.thread.into_inner();
        work.keys.opener().open(&mut thread);
        Ok(look(&thread))
    }

    /// A conversation's thread, as it is said in now or as it is stored; `None` if there is none.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn thread(&mut self, work: Work<'_>, root: &Hash) -> Result<Option<Thread>, ServiceError> {
        match self.with_thread(work, root, Thread::clone) {
            Ok(thread) => Ok(Some(thread)),
            Err(ServiceError::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What programs see of a conversation.
    ///
    /// # Errors
    /// Those of [`Conversations::with_thread`].
    pub fn shown(
        &mut self,
        work: Work<'_>,
        root: &Hash,
    ) -> Result<ShownConversation, ServiceError> {
        self.with_thread(work, root, ShownConversation::of)
    }

    /// A question with the last messages of its conversation, ready to be asked.
    ///
    /// # Errors
    /// If its thread can't be opened; within, if the thread does not show it.
    pub fn question(
        &mut self,
        work: Work<'_>,
        posed: Posed<'_>,
    ) -> Result<Result<Question, TurnError>, ServiceError> {
        let root = posed.thread;
        self.check_membership(work, &root)?;
        let bring = |thread: &Thread| brought_in(work, thread, &posed.question);
        let brought = self.with_thread(work, &root, bring)??;
        self.with_session_of(work, &root, |session| {
            asking::question(session, posed, &brought)
        })
    }

    /// Does something with the session of a conversation, archived or not.
    ///
    /// # Errors
    /// If there is no such conversation, or it can't be opened.
    pub fn with_session_of<T>(
        &mut self,
        work: Work<'_>,
        root: &Hash,
        step: impl FnOnce(&mut Session<'_>) -> T,
    ) -> Result<T, ServiceError> {
        self.flush(work, root);
        let mut session = self.any_session(work, root)?;
        let done = step(&mut session);
        self.put_down(work, session);
        Ok(done)
    }

    /// Changes what a conversation is called, or what it is for.
    ///
    /// # Errors
    /// If it is archived or none, if that is not accepted, or it can't be saved.
    pub fn change(
        &mut self,
        work: Work<'_>,
        root: &Hash,
        changes: &Changes,
    ) -> Result<(), ServiceError> {
        if let Some(Some(title)) = &changes.title {
            check_new_title(title)?;
        }
        let what_for = changes.intent_context.as_ref();
        check_intent_context(what_for.and_then(Option::as_deref))?;
        self.close(work, root)?;
        let stored = threads::stored(work, root)?.thread;
        if stored.state() == State::Archived {
            return Err(Refusal::Archived.into());
        }
        let usual = default_title(stored.created_at());
        let found = work.workspace.threads().identified(&root.to_string())?;
        work.workspace
            .organiser()
            .change(work.keys, found, |changing| {
                if let Some(title) = &changes.title {
                    changing.set_title(title.as_deref().unwrap_or(&usual))?;
                }
                if let Some(what_for) = what_for {
                    changing.set_intent_context(what_for.as_deref())?;
                }
                Ok(())
            })?;
        Ok(())
    }

    /// Archives a conversation: it can only be read then, until it is restored.
    ///
    /// # Errors
    /// If there is none, or it can't be saved.
    pub fn archive(&mut self, work: Work<'_>, root: &Hash) -> Result<(), ServiceError> {
        self.close(work, root)?;
        threads::stored(work, root)?;
        let found = work.workspace.threads().identified(&root.to_string())?;
        let organiser = work.workspace.organiser();
        organiser.set_state(work.keys, found, State::Archived)?;
        Ok(())
    }

    /// The session of a conversation that is in use. It is to be put down again.
    pub(super) fn session<'a>(
        &mut self,
        work: Work<'a>,
        root: &Hash,
    ) -> Result<Session<'a>, ServiceError> {
        let session = self.any_session(work, root)?;
        if session.thread().state() == State::Active {
            return Ok(session);
        }
        self.put_down(work, session);
        Err(Refusal::Archived.into())
    }

    fn any_session<'a>(
        &mut self,
        work: Work<'a>,
        root: &Hash,
    ) -> Result<Session<'a>, ServiceError> {
        if let Some(live) = self.live.remove(root) {
            let woken = live.session.wake(work.workspace, work.store, work.keys);
            return woken.map_err(|refused| ServiceError::NotWoken(refused.why));
        }
        let stored = threads::stored(work, root)?;
        let (thread, commit) = (stored.thread, stored.commit);
        let resumed = Session::resume(work.workspace, work.store, work.keys, thread, commit);
        let mut session = resumed?;
        session.save_when_asked();
        Ok(session)
    }

    /// Holds the session until it is needed again.
    pub(super) fn put_down(&mut self, work: Work<'_>, session: Session<'_>) {
        let root = session.thread().root();
        let live = Live {
            used: work.workspace.now(),
            session: session.idle(),
        };
        self.live.insert(root, live);
        if self.live.len() > MOST_OPEN {
            self.close_the_longest_resting(work, &root);
        }
    }

    fn close_the_longest_resting(&mut self, work: Work<'_>, besides: &Hash) {
        let may_rest = |root: &Hash, live: &Live| root != besides && !live.session.awaits_reply();
        let live = self.live.iter();
        let resting = live.filter(|(root, live)| may_rest(root, live));
        let longest = resting.min_by_key(|(_, live)| live.used);
        if let Some(root) = longest.map(|(root, _)| *root)
            && let Err(error) = self.close(work, &root)
        {
            self.troubles.push(error);
        }
    }

    /// Saves the session of a conversation and lets go of it. Where it can't be saved it stays.
    pub(super) fn close(&mut self, work: Work<'_>, root: &Hash) -> Result<(), ServiceError> {
        self.flush(work, root);
        if !self.live.contains_key(root) {
            return Ok(());
        }
        let mut session = self.any_session(work, root)?;
        if let Err(error) = session.save() {
            self.put_down(work, session);
            return Err(error.into());
        }
        session.end()?;
        Ok(())
    }

    /// Saves what is not saved yet. What can't be saved is in its journal, and is told.
    pub fn save(&mut self, work: Work<'_>) {
        for root in self.roots_of(|live| live.session.is_unsaved()) {
            self.flush(work, &root);
            let saved = self.in_passing(work, &root, |session| {
                let saved = session.save();
                if saved.is_err() {
                    // Whoever took the repository away may have taken the journal, too.
                    session.secure();
                }
                saved
            });
            self.tell(saved);
        }
    }

    fn tell<T>(&mut self, done: Result<Result<T, StoreError>, ServiceError>) {
        match done {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => self.troubles.push(error.into()),
            Err(error) => self.troubles.push(error),
        }
    }

    /// Whether something is not saved yet.
    pub fn is_unsaved(&self) -> bool {
        let mut live = self.live.values();
        !self.staged.is_empty() || live.any(|live| live.session.is_unsaved())
    }

    /// What went wrong without stopping anything, since this was asked last.
    pub fn take_troubles(&mut self) -> Vec<ServiceError> {
        std::mem::take(&mut self.troubles)
    }

    /// Lets go of the sessions that were not used for so many milliseconds, and in which no reply is
    /// coming: then other programs may erase, rename and archive their threads.
    pub fn close_idle(&mut self, work: Work<'_>, idle: i64) {
        let now = work.workspace.now().millis();
        let is_idle =
            |live: &Live| now - live.used.millis() >= idle && !live.session.awaits_reply();
        for root in self.roots_of(is_idle) {
            if let Err(error) = self.close(work, &root) {
                self.troubles.push(error);
            }
        }
    }

    /// Follows the branch, if its tip moved: the sessions take in what others said and changed, and
    /// those of threads that were erased are let go of.
    pub fn refresh(&mut self, work: Work<'_>) {
        self.follow_older_keys(work);
        let tip = match work.store.tip(&work.keys.public()) {
            Ok(tip) => tip,
            Err(error) => return self.troubles.push(error.into()),
        };
        if tip == self.seen && self.behind.is_empty() {
            return;
        }
        let changed = match tip == self.seen {
            true => Some(HashSet::new()),
            false => self.changed_since_seen(work, tip),
        };
        if changed.is_none() {
            // Something may have been erased.
            work.workspace.forget_files();
        }
        self.seen = tip;
        let behind = std::mem::take(&mut self.behind);
        let is_touched = |live: &Live| match &changed {
            Some(ids) => {
                let thread = live.session.thread();
                ids.contains(&thread.id()) || behind.contains(&thread.root())
            }
            None => true,
        };
        for root in self.roots_of(is_touched) {
            self.flush(work, &root);
            let caught_up = self.in_passing(work, &root, |session| session.catch_up());
            if let Ok(Err(StoreError::Erased { .. })) = caught_up {
                // Its journal stays, as that of a dead session does.
                self.live.remove(&root);
                continue;
            }
            if !matches!(caught_up, Ok(Ok(_))) {
                self.behind.insert(root);
            }
            self.tell(caught_up);
        }
    }

    /// The threads that may have changed since the branch was looked at; `None`: any of them.
    fn changed_since_seen(
        &self,
        work: Work<'_>,
        tip: Option<CommitId>,
    ) -> Option<HashSet<ThreadId>> {
        let (seen, tip) = (self.seen?, tip?);
        let diff = work.store.diff_between(&work.keys.public(), seen, tip);
        let diff = diff.ok().flatten()?;
        if diff.is_partial || !diff.removed.is_empty() || !diff.troubles.is_empty() {
            return None;
        }
        if !diff.erased.is_empty() {
            work.workspace.forget_files();
        }
        let mut changed: HashSet<ThreadId> = diff.changed.iter().map(|entry| entry.id).collect();
        changed.extend(&diff.erased);
        // What a session saved last it knows.
        for live in self.live.values() {
            if live.session.own_commit() == Some(tip) {
                changed.remove(&live.session.thread().id());
            }
        }
        Some(changed)
    }

    /// The same as [`Conversations::with_session_of`], and the session rests on as it did.
    fn in_passing<T>(
        &mut self,
        work: Work<'_>,
        root: &Hash,
        step: impl FnOnce(&mut Session<'_>) -> T,
    ) -> Result<T, ServiceError> {
        let used = self.live.get(root).map(|live| live.used);
        let done = self.with_session_of(work, root, step);
        if let (Some(used), Some(live)) = (used, self.live.get_mut(root)) {
            live.used = used;
        }
        done
    }

    fn roots_of(&self, is_meant: impl Fn(&Live) -> bool) -> Vec<Hash> {
        let live = self.live.iter().filter(|(_, live)| is_meant(live));
        live.map(|(root, _)| *root).collect()
    }

    /// Saves all and lets go of it. Gives what could not be saved.
    pub fn end(mut self, work: Work<'_>) -> Vec<NotEnded> {
        self.save(work);
        let mut not_ended = Vec::new();
        for root in self.roots_of(|_| true) {
            if let Err(why) = self.close(work, &root) {
                let secured = self.with_session_of(work, &root, |session| session.secure());
                let is_in_journal = secured.unwrap_or(false);
                not_ended.push(NotEnded { why, is_in_journal });
            }
        }
        not_ended
    }
}
