//! `/show`, `/list` and `/search`: looking at what was said, here and elsewhere.

use super::Act;
use crate::chat::messages;
use crate::cli::Failure;
use crate::index::{Filter, Query};
use crate::model::Timestamp;
use crate::render::list;
use crate::render::safe::SafeText;
use crate::render::search::{self, Form};
use crate::render::threads;
use crate::safe_format;
use crate::store::Trouble;
use crate::workspace::Summary;
use std::time::Duration;

/// So many threads are listed, and so many hits shown: a screen that has the talk above it still.
const LISTED: usize = 10;
const HITS: usize = 5;
/// So much of a question tells which thread it began.
const WORDS: usize = 50;

impl Act<'_, '_> {
    /// Shows the last exchange again, or some more.
    pub(super) fn show(&mut self, number: &str) -> Result<(), Failure> {
        let count = match number {
            "" => Some(1),
            "all" => Some(usize::MAX),
            number => number.parse().ok().filter(|count| *count > 0),
        };
        let is_empty = self.conversation.session.thread().visible().is_empty();
        match count {
            Some(_) if is_empty => self.ui.status("Nothing was said yet."),
            Some(count) => return self.conversation.show_last(count),
            None => self
                .ui
                .hint("/show takes how many of the last questions and answers to show, or `all`."),
        }
        self.ui.blank_line()
    }

    /// Lists the threads that were changed last.
    pub(super) fn list(&mut self) -> Result<(), Failure> {
        let workspace = self.desk.environment.workspace()?;
        let owner = self.conversation.session.thread().author();
        let filter = Filter {
            continuable_by: Some(owner),
            limit: Some(LISTED),
            ..Filter::default()
        };
        let found = workspace.threads().list(&filter)?;
        if found.threads.is_empty() {
            self.ui
                .hint("No thread is saved yet; /save saves this one.");
        }
        for thread in &found.threads {
            self.ui.report(self.line_of(thread, workspace.now()))?;
            if let Some(question) = list::question(thread) {
                self.ui
                    .report(safe_format!("  “{}”", question.shortened(WORDS)))?;
            }
        }
        let more = found.total - found.threads.len();
        if more > 0 {
            self.ui.hint(safe_format!(
                "… and {} more; `mmogit thread-list` shows them",
                more
            ));
        }
        self.tell_troubles(&found.troubles);
        if !found.threads.is_empty() {
            self.ui
                .hint("/continue goes on with one: a part of its title or id is enough.");
        }
        self.ui.blank_line()
    }

    fn line_of(&self, thread: &Summary, now: Timestamp) -> SafeText {
        let here = self.conversation.session.thread().id().to_string();
        let mark = if thread.id == here { "●" } else { "○" };
        let ago = Timestamp::read(&thread.updated_at)
            .map(|then| now.millis().saturating_sub(then.millis()));
        let ago = ago.map(|ago| threads::age(Duration::from_millis(ago.try_into().unwrap_or(0))));
        let ago = ago.unwrap_or_else(|| SafeText::line(&thread.updated_at));
        let (title, name) = (SafeText::line(&thread.title), SafeText::line(thread.name()));
        safe_format!(
            "{} {} - {} ({}, {})",
            mark,
            title,
            name,
            messages(thread.messages),
            ago
        )
    }

    /// What could not be read may be what is looked for.
    fn tell_troubles(&self, troubles: &[Trouble]) {
        for trouble in troubles {
            self.ui.warning(threads::trouble(trouble));
        }
    }

    /// Searches all threads.
    pub(super) fn search(&mut self, words: &str) -> Result<(), Failure> {
        let workspace = self.desk.environment.workspace()?;
        let query = Query::read(words, workspace.now());
        if query.is_empty() {
            self.ui
                .hint("/search takes words: all of them must be in one message or title.");
            return self.ui.blank_line();
        }
        let reader = self.conversation.session.opener();
        let found = workspace.threads().search_as(Some(&reader), &query, HITS)?;
        let owner = self.conversation.session.thread().author();
        let width = self.ui.stdout_is_terminal.then(|| self.ui.width());
        let form = Form {
            owner: Some(&owner),
            ways: None,
            width,
            colour: self.ui.has_colour(),
        };
        let hits = search::hits(&found.hits, form);
        self.ui.data_line(hits.trimmed_end())?;
        self.tell_troubles(&found.troubles);
        if self.conversation.session.unsaved() > 0 {
            self.ui
                .hint("What is not saved yet is not searched; /save saves it.");
        }
        if found.hits.has_more {
            self.ui
                .hint("There are more: `mmogit thread-search` shows them.");
        }
        self.ui.blank_line()
    }
}
