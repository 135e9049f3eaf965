//! Changing a live thread by other means than saying something. Nothing is ever deleted: `heads` moves.

use super::{Answer, Session, TurnError};
use crate::backend::{Backend, Listener};
use crate::model::{Hash, Message, Role, Timestamp};
use crate::store::StoreError;
use crate::workspace::{WorkError, check_tag, check_title};
use std::collections::HashSet;

impl Session<'_> {
    /// Changes the title.
    pub fn set_title(&mut self, title: &str) -> Result<(), WorkError> {
        check_title(title)?;
        self.thread.set_title(title);
        Ok(self.note_change()?)
    }

    /// Adds a tag; one that is there already is not added twice.
    pub fn add_tag(&mut self, tag: &str) -> Result<(), WorkError> {
        check_tag(tag)?;
        let mut tags: Vec<String> = self.thread.tags().into_iter().map(str::to_owned).collect();
        if tags.iter().any(|known| known == tag) {
            return Ok(());
        }
        tags.push(tag.to_owned());
        self.thread.set_tags(&tags);
        Ok(self.note_change()?)
    }

    /// Removes a tag; `false` if it was not there.
    pub fn remove_tag(&mut self, tag: &str) -> Result<bool, StoreError> {
        let tags = self.thread.tags();
        let kept: Vec<String> =
            tags.iter().filter(|known| **known != tag).map(|known| (*known).to_owned()).collect();
        if kept.len() == tags.len() {
            return Ok(false);
        }
        self.thread.set_tags(&kept);
        self.note_change()?;
        Ok(true)
    }

    /// Asks again: the newest answer is put aside and another is asked for. Should none come, the old one is shown
    /// as before. Where the newest message is not answered yet this is `ask`.
    pub fn ask_again(
        &mut self,
        backend: &dyn Backend,
        model: Option<&str>,
        listener: Listener<'_>,
    ) -> Result<Answer, TurnError> {
        let heads = self.thread.heads();
        let is_aside = self.put_answer_aside()?;
        let answer = self.ask(backend, model, listener);
        if is_aside && matches!(answer, Err(TurnError::NoReply(_) | TurnError::NothingToAnswer)) {
            self.move_heads(&heads)?;
        }
        answer
    }

    /// `false` if the newest message is not an answer: then there is nothing to put aside.
    fn put_answer_aside(&mut self) -> Result<bool, StoreError> {
        let last = self.thread.visible().last().copied().filter(|last| !last.role().is_persons());
        let Some(last) = last.filter(|_| self.unanswered().is_none()) else { return Ok(false) };
        let heads = self.without(last);
        self.move_heads(&heads)?;
        Ok(true)
    }

    /// Puts the newest question and what followed it aside; returns the question's text.
    pub fn undo(&mut self) -> Result<Option<String>, StoreError> {
        let visible = self.thread.visible();
        let Some(place) = visible.iter().rposition(|message| message.role() == Role::Human) else {
            return Ok(None);
        };
        let question = visible[place];
        let text = question.text();
        let mut undone = HashSet::from([question.id()]);
        let mut heads: Vec<Hash> = self.thread.heads();
        heads.extend(question.prev());
        // What another session said beside it stays.
        for later in &visible[place + 1..] {
            if later.prev().iter().any(|id| undone.contains(id)) {
                undone.insert(later.id());
                heads.extend(later.prev());
            }
        }
        heads.retain(|head| !undone.contains(head));
        self.move_heads(&heads)?;
        Ok(Some(text))
    }

    /// Shows again what was shown when the thread had these heads: takes an `undo` back.
    pub fn show(&mut self, heads: &[Hash]) -> Result<(), StoreError> {
        self.move_heads(heads)
    }

    fn without(&self, message: &Message) -> Vec<Hash> {
        let others = self.thread.heads().into_iter().filter(|head| *head != message.id());
        others.chain(message.prev().iter().copied()).collect()
    }

    fn move_heads(&mut self, heads: &[Hash]) -> Result<(), StoreError> {
        self.thread.set_heads(heads);
        self.note_change()
    }

    fn note_change(&mut self) -> Result<(), StoreError> {
        self.thread.touch_changed(self.workspace.now());
        self.is_changed = true;
        self.journal.header(&self.thread)
    }
}

/// The title of a thread that was given none: fixed, never inferred from what is said.
pub fn default_title(now: Timestamp) -> String {
    now.utc().format("chat_%Y%m%d_%H%M%S").to_string()
}
