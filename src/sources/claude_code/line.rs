//! In which order what stands in a transcript was said.
//!
//! A record names the one before it. But what several tools gave at once names what asked for each, a
//! talk that was made shorter names nothing, and names lead nowhere. So records follow one another as
//! they stand in the file, and only somebody's own words begin a branch: where they name what stands
//! before other words.

use super::super::SourceMessage;
use std::collections::HashMap;

/// So many turns back it is looked whether a record belongs to what is said now.
const FARTHEST: usize = 1000;

/// A record's place as it says itself.
pub struct Place<'r> {
    /// Its name.
    pub uuid: Option<&'r str>,
    /// The name of the one before.
    pub parent: Option<&'r str>,
    /// It is what an agent does beside the talk.
    pub is_aside: bool,
    /// It is somebody's own words, or stands for them.
    pub may_branch: bool,
}

/// The messages of one session.
#[derive(Default)]
pub struct Line {
    /// All of them; their parents are set.
    pub messages: Vec<SourceMessage>,
    turns: Vec<Turn>,
    /// The turn that each record stands in.
    turn_of: HashMap<String, usize>,
    /// The turn that goes on.
    now: Option<usize>,
    /// The last turn of an agent.
    beside: Option<usize>,
}

/// Somebody's words, and all that follows up to the next ones.
struct Turn {
    before: Option<usize>,
    /// The last message in it, or else before it.
    end: Option<usize>,
}

impl Line {
    /// Whether there was a record of this name.
    pub fn has(&self, uuid: &str) -> bool {
        self.turn_of.contains_key(uuid)
    }

    /// The last message of what was said last.
    pub fn shown(&self) -> Option<usize> {
        let end = |turn: Option<usize>| self.turns[turn?].end;
        end(self.now).or_else(|| end(self.beside))
    }

    /// The last answer was broken off.
    pub fn breaks_off(&mut self) {
        let end = self.now.and_then(|turn| self.turns[turn].end);
        if let Some(last) = end.map(|place| &mut self.messages[place]) {
            last.is_interrupted |= last.speaker.is_model();
        }
    }

    /// Puts a record after the one that it follows; it may say nothing.
    pub fn place(&mut self, place: &Place<'_>, said: Vec<SourceMessage>) {
        let named = place
            .parent
            .and_then(|parent| self.turn_of.get(parent).copied());
        let turn = match place.is_aside {
            true => self.turn_beside(place, named),
            false => self.turn_in_line(place, named),
        };
        let end = &mut self.turns[turn].end;
        for mut message in said {
            message.parent = *end;
            *end = Some(self.messages.len());
            self.messages.push(message);
        }
        if let Some(uuid) = place.uuid {
            self.turn_of.insert(uuid.to_owned(), turn);
        }
    }

    fn turn_beside(&mut self, place: &Place<'_>, named: Option<usize>) -> usize {
        // A name that leads nowhere: it goes on where the file does.
        let known = named.or(self.beside.filter(|_| place.parent.is_some()));
        let turn = known.unwrap_or_else(|| self.begin_after(self.now));
        self.beside = Some(turn);
        turn
    }

    fn turn_in_line(&mut self, place: &Place<'_>, named: Option<usize>) -> usize {
        let begins_anew = place.parent.is_none() && place.may_branch;
        let turn = match named {
            _ if begins_anew => self.begin_after(None),
            Some(named) if place.may_branch => self.begin_after(Some(named)),
            Some(named) if !self.is_before_now(named) => named,
            _ if place.may_branch => self.begin_after(self.now),
            _ => match self.now {
                Some(now) => now,
                None => self.begin_after(None),
            },
        };
        self.now = Some(turn);
        turn
    }

    fn begin_after(&mut self, before: Option<usize>) -> usize {
        let end = before.and_then(|turn| self.turns[turn].end);
        self.turns.push(Turn { before, end });
        self.turns.len() - 1
    }

    /// Whether a turn leads to the one that goes on.
    fn is_before_now(&self, turn: usize) -> bool {
        let mut turns = std::iter::successors(self.now, |now| self.turns[*now].before);
        turns.by_ref().take(FARTHEST).any(|now| now == turn)
    }
}
