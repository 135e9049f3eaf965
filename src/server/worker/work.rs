//! The thread that owns a profile.

use super::answered::Answers;
use super::append::Gathered;
use super::damaged_projects::DamagedProjects;
use super::marks::Marks;
use super::published::{PublishedView, ServedState};
use super::queue::{Job, Sender, Waiting};
use super::troubles::{Found, Round, Troubles};
use super::{NotStopped, Serving, Shared, StartError};
use crate::audit::{Actor, Event, Sync, Trail};
use crate::backend::Backend;
use crate::backend::offline::Offline;
use crate::buffer::{BufferError, BufferNotice, Buffers, Mode, Work};
use crate::identity::Keys;
use crate::model::Hash;
use crate::render::safe::SafeText;
use crate::server::replies::{Lanes, ReplyName, Talk};
use crate::service::Conversations;
use crate::store::{CommitId, Store, StoreError};
use crate::workspace::{ServingLock, WorkError, Workspace};
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the worker looks around when nothing is asked of it.
const POLL: Duration = Duration::from_millis(250);

/// A thread is saved once nothing more was said for so long.
const SAVE_AFTER: Duration = Duration::from_millis(300);

/// And under load, once what was said first has waited for so long.
const SAVE_WITHIN: Duration = Duration::from_secs(1);

/// A session in which nothing was said for so long is closed, so that a command line may erase,
/// rename and archive its thread.
const IDLE: Duration = Duration::from_secs(3);

/// How long programs that answer may take to end once they are told to.
const LEAVE_TIME: Duration = Duration::from_secs(3);

/// A home with all that is needed to work on it.
pub struct OwnedHome {
    /// The home.
    pub workspace: Arc<Workspace>,
    /// Its store.
    pub store: Store,
    /// Its owner's keys.
    pub keys: Keys,
}

/// Who answers, as those who ask share it.
pub(super) struct SharedBackend {
    pub backend: Arc<dyn Backend>,
    pub model: Option<String>,
}

/// What a step on a profile's thread has at hand.
pub struct ProfileWork {
    /// The home.
    pub home: OwnedHome,
    /// Its buffers.
    pub buffers: Buffers,
    /// Its conversations.
    pub conversations: Conversations,
    /// Its audit trail.
    pub trail: Trail,
    pub(super) answers: Answers,
    pub(super) replies: Lanes,
    pub(super) backend: SharedBackend,
    pub(super) marks: Marks,
    pub(super) has_marks: bool,
    pub(super) sender: Sender,
    /// As many as there are threads that ask, and one.
    pub(super) asking: Arc<()>,
    pub(super) shared: Arc<Shared>,
    unsaved: Option<Unsaved>,
    /// The branch's tip when it was looked at last.
    tip: Option<CommitId>,
    looked: Instant,
    pub(super) looked_at_members: Instant,
    /// The branch's tip when it was looked whether another key took the place of the owner's.
    pub(super) tip_in_use: Option<CommitId>,
    troubles: Troubles,
    damaged_projects: DamagedProjects,
    _lock: ServingLock,
}

/// Since when something is not saved.
#[derive(Clone, Copy)]
struct Unsaved {
    first: Instant,
    last: Instant,
}

impl OwnedHome {
    /// What a step on the buffers needs.
    pub fn work(&self) -> Work<'_> {
        Work {
            workspace: &self.workspace,
            store: &self.store,
            keys: &self.keys,
        }
    }
}

impl ProfileWork {
    /// Locks a home and brings back what earlier processes left in it.
    pub(super) fn open(
        serving: Serving,
        sender: Sender,
        shared: Arc<Shared>,
    ) -> Result<Self, StartError> {
        let Serving {
            workspace,
            keys,
            backend,
            name,
        } = serving;
        // Makes the home's folder, where the lock lies, if need be.
        let store = workspace.store_of(&keys.public())?;
        let lock = workspace.lock_for_serving().map_err(|error| match error {
            WorkError::Served { pid } => StartError::Served { pid },
            error => StartError::Work(error),
        })?;
        workspace.keep_owner(&keys);
        for finding in workspace.findings_at_a_glance(&keys.public())? {
            tracing::warn!("{}", SafeText::shown(finding));
        }
        workspace.bring_together(&keys)?;
        for journal in workspace.recover(&keys)?.left {
            let path = SafeText::shown(journal.path().display());
            tracing::warn!("{path}: {}", SafeText::shown(journal));
        }
        let user = keys.public();
        if workspace.check_index(&user)? {
            tracing::warn!(
                "index.db did not have the threads that the branch has: it was made anew"
            );
        }
        let actor = Actor { name, user };
        let trail = Trail::of(workspace.home(), actor.clone());
        let answers = Answers::of(workspace.home(), actor, &keys);
        let home = OwnedHome {
            workspace: Arc::new(workspace),
            store,
            keys,
        };
        let mut buffers = Buffers::open(home.work(), trail.clone())?;
        tell_notices(&buffers.take_notices());
        let mut profile = Self {
            home,
            buffers,
            conversations: Conversations::default(),
            trail,
            answers,
            replies: Lanes::default(),
            backend: SharedBackend {
                backend: Arc::from(backend.backend),
                model: backend.model,
            },
            marks: Marks::default(),
            has_marks: false,
            sender,
            asking: Arc::new(()),
            shared,
            unsaved: None,
            tip: None,
            looked: Instant::now(),
            looked_at_members: Instant::now(),
            tip_in_use: None,
            troubles: Troubles::default(),
            damaged_projects: DamagedProjects::default(),
            _lock: lock,
        };
        profile.conversations.refresh(profile.home.work());
        profile.publish();
        Ok(profile)
    }

    /// Does what is asked, until told to end.
    ///
    /// # Errors
    /// When something could not be saved at the end.
    pub(super) fn serve(mut self, waiting: &Waiting) -> Result<(), NotStopped> {
        let mut next = None;
        loop {
            let job = match next.take() {
                Some(job) => Ok(Some(job)),
                None => waiting.next_within(self.patience()),
            };
            match job {
                Ok(Some(Job::Append(first))) => {
                    let gathered = Gathered::from(first, waiting);
                    next = gathered.next;
                    self.guard(|profile| profile.append_together(gathered.group));
                }
                // Whoever asked for it is told why.
                Ok(Some(Job::Step(_))) if self.is_succeeded() => {}
                Ok(Some(Job::Step(step))) => self.guard(step),
                Ok(None) => {}
                Ok(Some(Job::Stop)) | Err(_) => break,
            }
            self.guard(Self::tend);
        }
        self.finish()
    }

    /// Does something. What breaks costs its own answer, and nothing else: the rest goes on from
    /// what is on disk.
    pub(super) fn guard(&mut self, step: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| step(self))).is_ok() {
            return;
        }
        tracing::error!("a step broke; going on from the disk");
        let reopened = catch_unwind(AssertUnwindSafe(|| self.reopen()));
        match reopened {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tell_trouble("the buffers could not be opened again", &error),
            Err(_) => tracing::error!("the buffers could not be opened again: that broke, too"),
        }
    }

    fn troubles_of_conversations(&mut self, found: &mut Found) {
        for error in self.conversations.take_troubles() {
            let what = "a conversation could not be saved or followed";
            found.failed(what, error.to_string());
        }
        for left in self.conversations.not_carried() {
            let what = "a conversation of the older key could not be carried over";
            found.failed(what, format!("{}: {}", left.path, left.why));
        }
    }

    fn reopen(&mut self) -> Result<(), BufferError> {
        // With the sessions their journals are let go of; what is not saved is recovered from them.
        let is_unsaved = self.conversations.is_unsaved();
        self.conversations = Conversations::default();
        let saved = catch_unwind(AssertUnwindSafe(|| self.buffers.save(self.home.work())));
        let is_saved = saved.is_ok() && !self.buffers.is_unsaved() && !is_unsaved;
        // With the older buffers their journals are let go of, and what is in them is recovered.
        self.buffers = Buffers::open(self.home.work(), self.trail.clone())?;
        // What comes back from a journal may be marked, and nobody was told that it is there.
        self.has_marks = false;
        if !is_saved {
            self.home.workspace.recover(&self.home.keys)?;
            self.buffers.refresh(self.home.work())?;
        }
        self.publish();
        Ok(())
    }

    /// How long the worker may sleep.
    fn patience(&self) -> Duration {
        let now = Instant::now();
        let save = self.unsaved.map(|unsaved| unsaved.due());
        let due = save.map_or(POLL, |due| due.saturating_duration_since(now));
        due.min(POLL)
    }

    /// What is done by time.
    fn tend(&mut self) {
        if self.is_succeeded() {
            // What is not saved waits in its journal.
            self.unsaved = None;
            return;
        }
        let now = Instant::now();
        if self.unsaved.is_some_and(|unsaved| unsaved.due() <= now) {
            self.save();
        }
        if now.duration_since(self.looked) >= POLL {
            self.look_around();
        }
    }

    /// Follows what other processes did in the home, and closes what idles.
    pub(super) fn look_around(&mut self) {
        self.looked = Instant::now();
        let mut found = Found::default();
        let refreshed = self.buffers.refresh(self.home.work());
        found.step("the branch could not be followed", refreshed);
        let idle = i64::try_from(IDLE.as_millis()).unwrap_or(i64::MAX);
        let closed = self.buffers.close_idle(self.home.work(), idle);
        found.step("a session could not be closed", closed);
        found.notices(self.buffers.take_notices());
        self.conversations.refresh(self.home.work());
        self.stop_what_is_out_of_reach();
        self.conversations.close_idle(self.home.work(), idle);
        self.home.workspace.forget_unasked_files();
        self.troubles_of_conversations(&mut found);
        self.damaged_projects.look(self.home.work(), &mut found);
        self.note_unsaved();
        self.publish();
        found.step("the branch could not be looked at", self.note_tip());
        self.troubles.tell(Round::Looking, found);
    }

    /// Tells tabs when threads may have changed: by us, or by another process.
    ///
    /// # Errors
    /// If the branch can't be looked at; then it is told with the next look around.
    pub(super) fn note_tip(&mut self) -> Result<(), StoreError> {
        let tip = self.home.store.tip(&self.home.keys.public())?;
        if tip != self.tip {
            self.tip = tip;
            self.shared.update(|state| state.threads += 1);
        }
        Ok(())
    }

    /// Saves all that was said, now.
    pub fn save(&mut self) {
        self.unsaved = None;
        let mut found = Found::default();
        self.buffers.save(self.home.work());
        found.notices(self.buffers.take_notices());
        self.conversations.save(self.home.work());
        self.troubles_of_conversations(&mut found);
        self.note_unsaved();
        if let Some(unsaved) = &mut self.unsaved {
            *unsaved = Unsaved::failed(Instant::now());
        }
        self.publish();
        found.step("the branch could not be looked at", self.note_tip());
        self.troubles.tell(Round::Saving, found);
    }

    /// Notes in the audit trail what was done. It is done also where that can't be noted.
    pub fn note_done(&self, event: &Event) {
        let now = self.home.workspace.now();
        if let Err(error) = self.trail.append(event, now, Sync::Later) {
            tell_trouble("the audit trail could not be written", &error);
        }
    }

    /// Stops the replies to questions in a thread, and keeps what came. Whether there were any.
    pub fn stop_replies_in(&mut self, root: &Hash) -> bool {
        let mut were_any = false;
        for talk in self.replies.talks() {
            let running = self.replies.of(talk).running();
            let is_there = talk == Talk::Conversation(*root);
            if is_there || running.is_some_and(|running| running.question.thread() == *root) {
                self.stop_replies(talk);
                were_any = true;
            }
        }
        were_any
    }

    /// Empties what a buffer shows. A reply that is coming is kept as far as it came, in the thread
    /// of its question.
    ///
    /// # Errors
    /// When its threads can't be archived. It shows them then.
    pub fn clear(&mut self, mode: Mode) -> Result<(), BufferError> {
        self.stop_replies(Talk::Buffer(mode));
        let cleared = self.buffers.clear(self.home.work(), mode);
        self.note_said();
        self.publish();
        cleared
    }

    /// Brings back what was cleared last.
    ///
    /// # Errors
    /// When there is nothing to bring back, or something was said since.
    pub fn undo_clear(&mut self, mode: Mode) -> Result<(), BufferError> {
        let undone = self.buffers.undo_clear(self.home.work(), mode);
        self.note_said();
        self.publish();
        undone
    }

    /// Who answers, in words; none where nobody does.
    pub fn who_answers(&self) -> Option<String> {
        let backend = &self.backend.backend;
        (backend.name() != Offline::NAME).then(|| backend.description())
    }

    pub(super) fn note_unsaved(&mut self) {
        if !self.buffers.is_unsaved() && !self.conversations.is_unsaved() {
            self.unsaved = None;
            return;
        }
        self.unsaved = Some(Unsaved::noted(self.unsaved, Instant::now()));
    }

    /// Notes that something was said just now: it is saved once nothing more comes.
    pub(super) fn note_said(&mut self) {
        self.note_unsaved();
        if let Some(unsaved) = &mut self.unsaved {
            unsaved.last = Instant::now();
        }
    }

    /// Publishes what changed of the views.
    pub(super) fn publish(&mut self) {
        for mode in Mode::ALL {
            let view = self.buffers.view(mode);
            if self.shared.shows(mode, &view) {
                continue;
            }
            self.shared.show(mode, PublishedView::of(view));
        }
    }

    /// Publishes which replies come and wait.
    pub(super) fn tell_state(&self) {
        self.tell_state_and(|_| {});
    }

    /// The same together with another change of what tabs follow.
    pub(super) fn tell_state_and(&self, change: impl FnOnce(&mut ServedState)) {
        self.shared.update(|state| {
            change(state);
            for mode in Mode::ALL {
                let lane = self.replies.of(Talk::Buffer(mode));
                let names: Vec<ReplyName> = lane.waiting().map(|reply| reply.name).collect();
                let of_mode = state.modes.of_mut(mode);
                of_mode.running = lane.running().map(|running| running.reply.name);
                of_mode.waiting = names;
            }
            state.conversations = self.replies_of_conversations();
        });
    }

    fn replies_of_conversations(&self) -> Vec<ReplyName> {
        let mut names = Vec::new();
        for talk in self.replies.talks() {
            if let Talk::Conversation(_) = talk {
                let lane = self.replies.of(talk);
                names.extend(lane.running().map(|running| running.reply.name));
                names.extend(lane.waiting().map(|reply| reply.name));
            }
        }
        names.sort();
        names
    }

    /// Keeps what came of the replies, saves and closes all.
    fn finish(mut self) -> Result<(), NotStopped> {
        self.guard(|profile| {
            for talk in profile.replies.talks() {
                profile.stop_replies(talk);
            }
            profile.save();
        });
        self.wait_for_asking(LEAVE_TIME);
        let Self {
            home,
            buffers,
            conversations,
            ..
        } = self;
        let not_ended = conversations.end(home.work()).into_iter();
        let ended = buffers.end(home.work()).map_err(NotStopped::from);
        let ended = not_ended.fold(ended, |ended, one| ended.and(Err(one.into())));
        match &ended {
            Ok(notices) => tell_notices(notices),
            Err(error) => tell_trouble("a home was not left as it should be", error),
        }
        ended.map(drop)
    }
}

impl Unsaved {
    /// What is unsaved at a moment; that somebody looked does not make it younger.
    fn noted(before: Option<Self>, now: Instant) -> Self {
        before.unwrap_or(Self {
            first: now,
            last: now,
        })
    }

    /// A save that failed is tried again in a while.
    fn failed(now: Instant) -> Self {
        Self {
            first: now,
            last: now + SAVE_WITHIN,
        }
    }

    fn due(self) -> Instant {
        (self.last + SAVE_AFTER).min(self.first + SAVE_WITHIN)
    }
}

/// Tells the operator what a buffer came upon. No notice holds what was said.
fn tell_notices(notices: &[BufferNotice]) {
    for notice in notices {
        tracing::warn!("{}", SafeText::shown(notice));
    }
}

/// Tells the operator of an error. The kinds of errors below hold nothing of what was said.
pub(in crate::server) fn tell_trouble(what: &'static str, error: &dyn Error) {
    tracing::error!(error = %error, "{what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_is_saved_no_later() {
        let said = Instant::now();
        let mut unsaved = Unsaved::noted(None, said);
        for looks in 1..4 {
            unsaved = Unsaved::noted(Some(unsaved), said + POLL * looks);
        }
        assert_eq!(unsaved.due(), said + SAVE_AFTER);
        assert_eq!(Unsaved::failed(said).due(), said + SAVE_WITHIN);
    }
}
