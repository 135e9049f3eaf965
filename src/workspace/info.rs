//! All there is to know about one thread.

use super::indexing::Needs;
use super::verification::check_entry;
use super::{FileReport, SharedCopies, Threads, WorkError};
use crate::model::json::Value;
use crate::model::{PublicKey, Reading, Role, Thread, Timestamp};
use crate::store::ThreadCommit;
use crate::verify::Verdict;
use std::collections::BTreeMap;

/// A thread's file: what it is, whether it is true, and where it comes from.
#[derive(Debug)]
pub struct ThreadInfo {
    /// Whose branch it is on.
    pub owner: PublicKey,
    /// How many bytes the file has.
    pub file_bytes: usize,
    /// The verdict.
    pub file: FileReport,
    /// The thread itself, where there is one of this format.
    pub thread: Option<Thread>,
    /// If it is a thread of several people, and true: what all copies that are here show together.
    pub shared: Option<SharedCopies>,
    /// The name of the project that it belongs to, where that is known to whoever asks.
    pub project_name: Option<String>,
    /// The commits that changed it, newest first.
    pub commits: Vec<ThreadCommit>,
}

/// What is counted in a thread.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Counts {
    /// Messages that are shown.
    pub shown: usize,
    /// Messages that are kept and not shown.
    pub aside: usize,
    /// Messages of each role, shown or not.
    pub roles: Vec<(Role, usize)>,
    /// Tokens that AIs read, as far as they said.
    pub prompt_tokens: u64,
    /// How many of them came out of a cache.
    pub cached_tokens: u64,
    /// Tokens that AIs wrote, as far as they said.
    pub completion_tokens: u64,
    /// How many of them were reasoning, and in no answer.
    pub reasoning_tokens: u64,
    /// Answers by each model that named itself.
    pub models: BTreeMap<String, usize>,
    /// Bytes of all texts.
    pub text_bytes: usize,
    /// When the first message was said.
    pub first: Option<Timestamp>,
    /// When the last message was said.
    pub last: Option<Timestamp>,
}

impl Counts {
    /// Counts.
    pub fn of(thread: &Thread) -> Self {
        let messages = thread.messages();
        let shown = thread.visible().len();
        let mut counts = Self {
            shown,
            aside: messages.len() - shown,
            ..Self::default()
        };
        for message in messages {
            match counts
                .roles
                .iter_mut()
                .find(|(role, _)| *role == message.role())
            {
                Some((_, count)) => *count += 1,
                None => counts.roles.push((message.role(), 1)),
            }
            if let Some(usage) = message.field("usage") {
                counts.add_usage(&usage);
            }
            if let Some(model) = message.text_field("model") {
                *counts.models.entry(model).or_default() += 1;
            }
            counts.text_bytes += message.text().len();
        }
        counts.first = messages.iter().map(|message| message.timestamp()).min();
        counts.last = messages.iter().map(|message| message.timestamp()).max();
        counts
    }

    fn add_usage(&mut self, usage: &Value) {
        let sums = [
            (&mut self.prompt_tokens, "prompt_tokens"),
            (&mut self.cached_tokens, "cached_tokens"),
            (&mut self.completion_tokens, "completion_tokens"),
            (&mut self.reasoning_tokens, "reasoning_tokens"),
        ];
        for (sum, name) in sums {
            let tokens = usage.get(name).and_then(Value::as_u64);
            *sum = sum.saturating_add(tokens.unwrap_or_default());
        }
    }
}

impl Threads<'_> {
    /// What is known about the one thread that a query names.
    ///
    /// # Errors
    /// If no thread fits, or several do; if the store or that thread can't be read.
    pub fn info(&self, query: &str) -> Result<ThreadInfo, WorkError> {
        let not_found = || WorkError::NotFound(query.to_owned());
        let store = self.workspace.store()?.ok_or_else(not_found)?;
        let entry = self.find_entry(&store, query)?;
        let bytes = store.read(&entry)?;
        let checked = check_entry(&entry, Ok(&bytes));
        let thread = match checked.reading {
            Some(Reading::Thread(thread)) => Some(thread),
            _ => None,
        };
        let is_true = checked.report.verdict == Verdict::Valid;
        let shared = match &thread {
            Some(thread) if is_true => self.shared_copies(&store, thread)?,
            _ => None,
        };
        let thread = match &shared {
            Some(shared) => Some(shared.thread.thread().clone()),
            None => thread,
        };
        Ok(ThreadInfo {
            project_name: None,
            shared,
            owner: entry.owner,
            file_bytes: bytes.len(),
            file: checked.report,
            thread,
            commits: store.commits_changing(&entry.owner, &entry.path)?,
        })
    }

    /// Every tag and how many threads have it: the most used first.
    ///
    /// # Errors
    /// If the store or the index can't be read.
    pub fn tags(&self) -> Result<Vec<(String, usize)>, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(Vec::new());
        };
        self.workspace
            .with_index(&store, Needs::Lists, &|index| index.tags())
    }

    /// The same, as far as it is known at once; for completion.
    ///
    /// # Errors
    /// If the store or the index can't be read.
    pub fn tags_in_passing(&self) -> Result<Vec<String>, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(Vec::new());
        };
        let tags = self
            .workspace
            .with_index_in_passing(&store, &|index| index.tags())?;
        Ok(tags
            .unwrap_or_default()
            .into_iter()
            .map(|(tag, _)| tag)
            .collect())
    }
}
