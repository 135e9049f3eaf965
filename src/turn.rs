//! A turn, as every face takes it: the person's message is signed and on disk before anybody is
//! asked; the answer is signed with the agent's key and on disk before it is called received; every
//! fifth message the thread is saved.
//!
//! ```text
//! say ── sign ── journal (fsync) ──┐            ask ── context ── backend ── sign ── journal (fsync) ──┐
//!                                  └─ 5th: save                                                       └─ 5th: save
//! ```

mod capacity;
mod edit;
mod notes;
mod persona;

use crate::backend::{Backend, Listener, NoReply, Request, Usage};
use crate::identity::Keys;
use crate::model::json::{MAX_INTEGER, Value};
use crate::model::{Birth, Hash, Message, MessageDraft, Role, Thread, ThreadId, Timestamp};
use crate::prompt;
use crate::settings::Settings;
use crate::store::{CommitId, Journal, Save, Store, StoreError};
use crate::verify::Verified;
use crate::workspace::{Persona, WorkError, Workspace, with_tags};
use serde_json::json;
use std::collections::HashSet;

use notes::Notes;

pub use crate::workspace::{check_project, check_tag, check_title};
pub use edit::default_title;

/// A thread is saved when so many messages are not saved yet.
const AUTO_SAVE: usize = 5;

/// A live session: one thread, open for writing.
pub struct Session<'a> {
    workspace: &'a Workspace,
    store: &'a Store,
    keys: &'a Keys,
    thread: Thread,
    stored: Option<Thread>,
    own_commit: Option<CommitId>,
    journal: Journal,
    unsaved: usize,
    is_changed: bool,
    /// The commit with other sessions' messages of which the journal does not know yet.
    rebase_due: Option<CommitId>,
    /// The question that was asked last in this session.
    asked: Option<Hash>,
    /// The role that was set in this session.
    role: Option<Persona>,
    /// How many bytes the thread's file has, or a few more.
    size: usize,
}

/// A message or an answer that was accepted.
#[derive(Debug)]
pub struct Accepted {
    /// Its id.
    pub id: Hash,
    /// Why the thread could not be saved just now; the message is in the journal all the same.
    pub not_saved: Option<StoreError>,
    /// How many messages another session added to this thread meanwhile.
    pub from_elsewhere: usize,
}

/// What an answer came with.
#[derive(Debug)]
pub struct Answer {
    /// The answer's message.
    pub accepted: Accepted,
    /// Why it is not whole.
    pub interrupted: Option<String>,
    /// How many of the oldest messages the AI did not get to read.
    pub left_out: usize,
    /// What it took, as the backend counted it.
    pub usage: Option<Usage>,
    /// What was sent, counted roughly.
    pub sent_tokens: usize,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The AI gave none. The question stays, unanswered.
    #[error(transparent)]
    NoReply(#[from] NoReply),
    /// There is nothing to answer.
    #[error("there is no message to answer yet")]
    NothingToAnswer,
    /// The answer came and could not be kept.
    #[error("the answer could not be kept: {0}")]
    Store(#[from] StoreError),
}

/// What a new thread begins with; the rest follows from who and when.
#[derive(Debug, Clone, Default)]
pub struct Beginning {
    /// The title; without one, `chat_` and the date and time.
    pub title: Option<String>,
    /// The tags.
    pub tags: Vec<String>,
    /// The project it belongs to.
    pub project: Option<String>,
}

impl<'a> Session<'a> {
    /// Begins a new thread. Its id is reserved from now on.
    pub fn begin(
        workspace: &'a Workspace,
        store: &'a Store,
        keys: &'a Keys,
        beginning: Beginning,
    ) -> Result<Self, WorkError> {
        let now = time_of(workspace)?;
        let title = beginning.title.unwrap_or_else(|| default_title(now));
        check_title(&title)?;
        beginning.tags.iter().try_for_each(|tag| check_tag(tag))?;
        beginning.project.as_deref().map_or(Ok(()), check_project)?;
        let make = |id: ThreadId| {
            Thread::begin(Birth {
                id,
                title: title.clone(),
                author: keys.public(),
                created_at: now,
                mode: "conversation".to_owned(),
                project: beginning.project.clone(),
                tags: with_tags(&[], &beginning.tags),
            })
        };
        let (journal, thread) = store.journal_new(&keys.public(), ThreadId::at(now), make)?;
        Ok(Self::new(workspace, store, keys, thread, None, journal))
    }

    /// Goes on with a thread that was found at `commit` and is all true.
    pub fn resume(
        workspace: &'a Workspace,
        store: &'a Store,
        keys: &'a Keys,
        thread: Verified<Thread>,
        commit: CommitId,
    ) -> Result<Self, WorkError> {
        time_of(workspace)?;
        let thread = thread.into_inner();
        let journal = store.journal(&thread, Some(commit))?;
        Ok(Self::new(
            workspace,
            store,
            keys,
            thread.clone(),
            Some(thread),
            journal,
        ))
    }

    fn new(
        workspace: &'a Workspace,
        store: &'a Store,
        keys: &'a Keys,
        thread: Thread,
        stored: Option<Thread>,
        journal: Journal,
    ) -> Self {
        let size = thread.to_file().len();
        Self {
            workspace,
            store,
            keys,
            thread,
            stored,
            own_commit: None,
            journal,
            unsaved: 0,
            is_changed: false,
            rebase_due: None,
            asked: None,
            role: None,
            size,
        }
    }

    /// The thread as it is now.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// The newest question after which nothing stands: the one asked in this session, or else any
    /// that is shown. What another session said meanwhile may be newer, and answers nothing.
    pub fn unanswered(&self) -> Option<&Message> {
        let heads = self.thread.heads();
        let visible = self.thread.visible();
        let waits =
            |message: &&&Message| message.role() == Role::Human && heads.contains(&message.id());
        let asked_here = visible
            .iter()
            .rev()
            .filter(waits)
            .find(|message| self.asked == Some(message.id()));
        asked_here
            .or_else(|| visible.iter().rev().find(waits))
            .copied()
    }

    /// How many messages are not saved yet. They are in the journal.
    pub fn unsaved(&self) -> usize {
        self.unsaved
    }

    /// Whether this session has put anything into git.
    pub fn has_saved(&self) -> bool {
        self.own_commit.is_some()
    }

    /// How many tokens the next question will send, roughly.
    pub fn prompt_tokens(&self) -> usize {
        prompt::whole_thread(&self.thread, self.workspace.settings().context_tokens).tokens
    }

    /// The settings that it keeps to.
    pub fn settings(&self) -> &Settings {
        self.workspace.settings()
    }

    /// Where the thread rests on its owner's branch, once it is saved.
    pub fn path(&self) -> Option<String> {
        let entries = self.store.with_id(self.thread.id()).ok()?;
        let mut own = entries
            .into_iter()
            .filter(|entry| entry.owner == self.keys.public());
        own.next().map(|entry| entry.path)
    }

    /// Signs a person's message and puts it on disk. `context` says what was brought into the text from
    /// elsewhere.
    pub fn say_with(&mut self, text: &str, context: Option<Value>) -> Result<Accepted, StoreError> {
        let role = self.persona_due().map_or(0, |role| role.text.len());
        self.check_capacity(self.size + text.len() + role)?;
        let before = self
            .take_on_persona()?
            .map_or(0, |role| role.from_elsewhere);
        let owner = self.keys.owner();
        let draft = MessageDraft::new(
            Role::Human,
            text,
            self.moment()?,
            owner.public(),
            &self.after(),
        )
        .with("context", context);
        let mut accepted = self.accept(owner.sign_message(draft))?;
        accepted.from_elsewhere += before;
        self.asked = Some(accepted.id);
        Ok(accepted)
    }

    /// Asks for an answer to the newest question, hands its pieces to the listener as they come,
    /// and keeps it.
    pub fn ask(
        &mut self,
        backend: &dyn Backend,
        model: Option<&str>,
        listener: Listener<'_>,
    ) -> Result<Answer, TurnError> {
        let question = self.unanswered().ok_or(TurnError::NothingToAnswer)?;
        // Rather no question than an answer that can't be dated.
        self.moment()?;
        let (last, question) = (question.text(), question.id());
        let mut asked = self.thread.clone();
        asked.set_heads(&[question]);
        let prompt = prompt::whole_thread(&asked, self.workspace.settings().context_tokens);
        let request = Request {
            prompt: &prompt.text,
            last: &last,
            model,
        };
        let (agent, recorded) = (backend.name(), backend.recorded());
        // Pieces of an answer that could not be kept are not the beginning of this one.
        let _ = self.journal.no_reply();
        let reply = {
            let mut notes = Notes::new(
                &mut self.journal,
                self.workspace,
                (agent, &recorded),
                question,
            );
            backend.ask(&request, &mut |event| {
                notes.hear(event);
                listener(event)
            })
        };
        if reply
            .as_ref()
            .map_or(true, |reply| reply.text.trim().is_empty())
        {
            let _ = self.journal.no_reply();
        }
        let reply = reply?;
        if reply.text.trim().is_empty() {
            let what = reply
                .interrupted
                .map_or("the answer was empty".to_owned(), |why| {
                    format!("no answer: {why}")
                });
            return Err(NoReply {
                what,
                hint: String::new(),
            }
            .into());
        }
        self.check_capacity(self.size + reply.text.len())?;
        let signer = self.keys.agent(agent);
        let usage = reply.usage.map(|usage| {
            let tokens = |count: u64| count.min(MAX_INTEGER);
            json!({"prompt_tokens": tokens(usage.prompt_tokens), "completion_tokens": tokens(usage.completion_tokens)})
        });
        let draft = MessageDraft::new(
            Role::Ai,
            &reply.text,
            self.moment()?,
            signer.public(),
            &[question],
        )
        .with("agent", Some(agent))
        .with("backend", Some(recorded))
        .with("model", reply.model)
        .with("usage", usage)
        .with("interrupted", reply.interrupted.is_some().then_some(true));
        let entry = self.keys.agent_entry(agent);
        if !self.thread.agents().contains(&entry) {
            self.thread.add_agent(&entry);
            self.journal.header(&self.thread)?;
        }
        let accepted = self.accept(signer.sign_message(draft))?;
        Ok(Answer {
            accepted,
            interrupted: reply.interrupted,
            left_out: prompt.left_out,
            usage: reply.usage,
            sent_tokens: prompt.tokens,
        })
    }

    /// Saves what is not saved yet; returns how many messages came from elsewhere.
    pub fn save(&mut self) -> Result<usize, StoreError> {
        self.rebase_journal()?;
        let is_empty = self.stored.is_none() && self.thread.messages().is_empty();
        if is_empty || (self.unsaved == 0 && !self.is_changed) {
            return Ok(0);
        }
        let before = self.thread.messages().len();
        let saved = self.store.save(&Save {
            owner: self.keys.owner(),
            thread: &self.thread,
            base: self.stored.as_ref(),
            replaces: self.own_commit,
            now: self.workspace.now(),
        })?;
        if saved.is_new {
            self.own_commit = Some(saved.commit);
        }
        let was_changed_elsewhere = named_differently(&self.thread, &saved.thread);
        self.thread = saved.thread.clone();
        self.stored = Some(saved.thread);
        (self.unsaved, self.is_changed) = (0, false);
        let from_elsewhere = self.thread.messages().len() - before;
        if from_elsewhere > 0 || was_changed_elsewhere {
            self.size = self.thread.to_file().len();
            self.rebase_due = Some(saved.commit);
            self.rebase_journal()?;
        }
        Ok(from_elsewhere)
    }

    /// The journal must be able to attach what is said next to what came in from other sessions.
    fn rebase_journal(&mut self) -> Result<(), StoreError> {
        if let Some(commit) = self.rebase_due {
            self.journal.rebase(&self.thread, commit)?;
            self.rebase_due = None;
        }
        Ok(())
    }

    /// Saves and leaves this thread and goes on with the one that a query names. `None`: it is this
    /// one. Otherwise the thread that was left, if anything was said in it.
    pub fn go_on_with(&mut self, query: &str) -> Result<Option<Option<Thread>>, WorkError> {
        let found = self.workspace.find(query)?;
        let (thread, commit) = self.workspace.continuable(found, &self.keys.public())?;
        if thread.root() == self.thread.root() {
            return Ok(None);
        }
        let next = Self::resume(self.workspace, self.store, self.keys, thread, commit)?;
        Ok(Some(std::mem::replace(self, next).end()?))
    }

    /// Saves and leaves this thread and begins another. Returns the thread that was left, if
    /// anything was said in it.
    pub fn begin_another(&mut self, beginning: Beginning) -> Result<Option<Thread>, WorkError> {
        let next = Self::begin(self.workspace, self.store, self.keys, beginning)?;
        Ok(std::mem::replace(self, next).end()?)
    }

    /// Saves and ends the session. A thread without a message leaves nothing behind.
    pub fn end(mut self) -> Result<Option<Thread>, StoreError> {
        self.save()?;
        self.journal.close()?;
        Ok(self.stored)
    }

    /// The time for a new message: now, or the next millisecond that no message of the thread has.
    /// Two that say the same after the same, as when an answer is asked for again, would otherwise
    /// be one message.
    fn moment(&self) -> Result<Timestamp, StoreError> {
        let taken: HashSet<Timestamp> = self
            .thread
            .messages()
            .iter()
            .map(Message::timestamp)
            .collect();
        let mut moment = self.workspace.now();
        while taken.contains(&moment) {
            moment = moment.next().ok_or(StoreError::NoTimeLeft)?;
        }
        Ok(moment)
    }

    /// What the next message stands after.
    fn after(&self) -> Vec<Hash> {
        let heads = self.thread.heads();
        if heads.is_empty() {
            vec![self.thread.root()]
        } else {
            heads
        }
    }

    /// A thread never grows beyond what can be read back.
    fn check_capacity(&self, size: usize) -> Result<(), StoreError> {
        if size <= capacity::IN_ALL {
            return Ok(());
        }
        Err(StoreError::TooLarge {
            title: self.thread.title().to_owned(),
        })
    }

    fn accept(&mut self, message: Message) -> Result<Accepted, StoreError> {
        let size = self.size + capacity::taken_by(&message);
        self.check_capacity(size)?;
        self.rebase_journal()?;
        self.journal.message(&message)?;
        self.size = size;
        let id = message.id();
        self.thread.append(message);
        self.unsaved += 1;
        let mut accepted = Accepted {
            id,
            not_saved: None,
            from_elsewhere: 0,
        };
        if self.unsaved >= AUTO_SAVE {
            match self.save() {
                Ok(count) => accepted.from_elsewhere = count,
                Err(error) => accepted.not_saved = Some(error),
            }
        }
        Ok(accepted)
    }
}

/// The time, if the record still has times after it.
fn time_of(workspace: &Workspace) -> Result<Timestamp, StoreError> {
    let now = workspace.now();
    if now.is_last() {
        Err(StoreError::NoTimeLeft)
    } else {
        Ok(now)
    }
}

/// Whether two versions differ in what a person may change at any time, from anywhere.
fn named_differently(one: &Thread, other: &Thread) -> bool {
    ["title", "tags", "state"]
        .iter()
        .any(|name| one.header().get(*name) != other.header().get(*name))
}
