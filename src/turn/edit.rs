//! Changing a live thread by other means than saying something. Nothing is ever deleted: `heads`
//! moves.

use super::{Accepted, Answer, Session, TurnError};
use crate::backend::{Backend, Listener};
use crate::model::{Graph, Hash, Message, Role, Timestamp};
use crate::store::StoreError;
use crate::workspace::{WorkError, check_tag, check_title, with_tags, without_tags};
use serde_json::Value;
use std::collections::HashSet;
use std::time::Duration;

/// One of the places where a thread may be gone on with.
pub struct ThreadBranch<'t> {
    /// Its last message.
    pub end: &'t Message,
    /// Whether it is shown.
    pub is_shown: bool,
    /// How many messages it has from the beginning.
    pub messages: usize,
    /// How long ago the last one was said.
    pub age: Duration,
}

impl Session<'_> {
    /// Changes the title.
    pub fn set_title(&mut self, title: &str) -> Result<(), WorkError> {
        check_title(title)?;
        self.thread.set_title(title);
        Ok(self.note_change()?)
    }

    /// Adds tags: all of them or, where one is not accepted, none. One that is there already is not
    /// added twice.
    pub fn add_tags(&mut self, tags: &[String]) -> Result<(), WorkError> {
        tags.iter().try_for_each(|tag| check_tag(tag))?;
        Ok(self
            .set_tags(&with_tags(&self.thread.tags(), tags))
            .map(drop)?)
    }

    /// Removes a tag; `false` if it was not there.
    pub fn remove_tag(&mut self, tag: &str) -> Result<bool, StoreError> {
        self.set_tags(&without_tags(&self.thread.tags(), &[tag.to_owned()]))
    }

    /// `false` if it has just these already.
    fn set_tags(&mut self, tags: &[String]) -> Result<bool, StoreError> {
        if self.thread.tags() == *tags {
            return Ok(false);
        }
        self.thread.set_tags(tags);
        self.note_change()?;
        Ok(true)
    }

    /// Asks again: the newest answer is put aside and another is asked for. Should none come, the
    /// old one is shown as before. Where the newest message is not answered yet this is `ask`.
    pub fn ask_again(
        &mut self,
        backend: &dyn Backend,
        model: Option<&str>,
        listener: Listener<'_>,
    ) -> Result<Answer, TurnError> {
        let heads = self.thread.heads();
        let is_aside = self.put_answer_aside()?;
        let answer = self.ask(backend, model, listener);
        if is_aside
            && matches!(
                answer,
                Err(TurnError::NoReply(_) | TurnError::NothingToAnswer)
            )
        {
            self.move_heads(&heads)?;
        }
        answer
    }

    /// `false` if the newest message is not an answer: then there is nothing to put aside. A role
    /// that an undone question left behind goes with the answer; the next question brings it again.
    fn put_answer_aside(&mut self) -> Result<bool, StoreError> {
        let visible = self.thread.visible();
        let place = visible
            .iter()
            .rposition(|message| message.persona_name().is_none());
        let last = place
            .map(|place| visible[place])
            .filter(|last| !last.role().is_persons());
        // Another session's answer, newer than a question that waits here, is not ours to put
        // aside.
        let Some(last) = last.filter(|_| self.unanswered().is_none()) else {
            return Ok(false);
        };
        let last = last.id();
        self.take_back(&last)?;
        Ok(true)
    }

    /// Puts the newest question and what followed it aside; returns the question's text.
    pub fn undo(&mut self) -> Result<Option<String>, StoreError> {
        let visible = self.thread.visible();
        let Some(place) = visible
            .iter()
            .rposition(|message| message.role() == Role::Human)
        else {
            return Ok(None);
        };
        let (question, text) = (visible[place].id(), visible[place].text());
        self.take_back(&question)?;
        Ok(Some(text))
    }

    /// Puts a shown message aside with all that stands on it.
    pub fn take_back(&mut self, message: &Hash) -> Result<(), StoreError> {
        let mut taken = HashSet::from([*message]);
        let mut kept = Vec::new();
        for shown in self.thread.visible() {
            if taken.contains(&shown.id()) || shown.prev().iter().any(|id| taken.contains(id)) {
                taken.insert(shown.id());
            } else {
                kept.push(shown.id());
            }
        }
        self.move_heads(&kept)
    }

    /// Says something in the place of an earlier question, which is put aside with all that stands
    /// on it. Where it can't be said, all stays as it was.
    pub fn say_instead(
        &mut self,
        question: &Hash,
        text: &str,
        context: Option<Value>,
    ) -> Result<Accepted, StoreError> {
        let heads = self.thread.heads();
        self.take_back(question)?;
        let said = self.say_with(text, context);
        if said.is_err() {
            self.move_heads(&heads)?;
        }
        said
    }

    /// Where the thread may be gone on with, in the order in which the messages stand.
    pub fn branches(&self) -> Vec<ThreadBranch<'_>> {
        let (heads, aside) = (self.thread.heads(), self.thread.aside());
        let graph = Graph::of(self.thread.messages());
        let now = self.workspace.now();
        let messages = self.thread.messages().iter();
        let ends = messages
            .filter(|message| heads.contains(&message.id()) || aside.contains(&message.id()));
        ends.map(|end| ThreadBranch {
            end,
            is_shown: heads.contains(&end.id()),
            messages: graph
                .reached_from(&[end.id()])
                .into_iter()
                .filter(|reached| *reached)
                .count(),
            age: Duration::from_millis(
                now.millis()
                    .saturating_sub(end.timestamp().millis())
                    .try_into()
                    .unwrap_or(0),
            ),
        })
        .collect()
    }

    /// Shows again what was shown when the thread had these heads: takes an `undo` back.
    pub fn show(&mut self, heads: &[Hash]) -> Result<(), StoreError> {
        self.move_heads(heads)
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
