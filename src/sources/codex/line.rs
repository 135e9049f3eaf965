//! The messages of a rollout, one after the other, but where turns were gone back from.

use super::super::{SourceMessage, Speaker, Usage};

/// What was said, and where the next words belong.
#[derive(Default)]
pub struct Line {
    /// All messages; their parents are set.
    pub messages: Vec<SourceMessage>,
    end: Option<usize>,
    /// What stands before each question of the branch that goes on.
    turns: Vec<Option<usize>>,
}

impl Line {
    /// Puts a message at the end of the branch that goes on.
    pub fn push(&mut self, mut said: SourceMessage) {
        if said.speaker == Speaker::Human {
            self.turns.push(self.end);
        }
        said.parent = self.end;
        self.end = Some(self.messages.len());
        self.messages.push(said);
    }

    /// Goes back to before the last so many questions; what stood after them is a branch.
    pub fn go_back(&mut self, turns: usize) {
        let left = self.turns.len().saturating_sub(turns);
        if let Some(before) = self.turns.get(left) {
            self.end = *before;
        }
        self.turns.truncate(left);
    }

    /// The last answer was broken off.
    pub fn breaks_off(&mut self) {
        if let Some(last) = self.last_of_model() {
            last.is_interrupted = true;
        }
    }

    /// What the last answer took.
    pub fn took(&mut self, usage: &Usage) {
        if let Some(last) = self.last_of_model() {
            last.usage = usage.clone();
        }
    }

    /// The last message, if a model spoke.
    fn last_of_model(&mut self) -> Option<&mut SourceMessage> {
        let mut place = self.end;
        loop {
            let at = place?;
            match &self.messages[at].speaker {
                Speaker::ToolOutput(_) => place = self.messages[at].parent,
                speaker if speaker.is_model() => return Some(&mut self.messages[at]),
                _ => return None,
            }
        }
    }

    /// The last message of the branch that goes on; of all, where everything was gone back from.
    pub fn shown(&self) -> Option<usize> {
        self.end.or(self.messages.len().checked_sub(1))
    }
}
