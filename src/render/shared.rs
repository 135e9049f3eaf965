//! Several people in one thread: who they are, and what each copy has.

use super::safe::SafeText;
use crate::model::json::Value;
use crate::model::{Message, PublicKey, Thread};
use crate::safe_format;
use crate::verify::{CopyFinding, CopyState, speakers_in};
use crate::workspace::{Acquaintances, SharedCopies, Summary};
use serde_json::json;
use std::collections::BTreeSet;

/// So long is a name at most, where it is shown.
const NAME: usize = 40;
/// So many people are named in a line of a list.
const NAMED: usize = 3;

/// A thread's copies, and what its people are called.
#[derive(Debug, Clone, Copy)]
pub struct Together<'a> {
    /// The copies.
    pub copies: &'a SharedCopies,
    /// The people.
    pub people: &'a Acquaintances,
}

impl Together<'_> {
    /// What somebody is called.
    pub fn called(&self, key: &PublicKey) -> SafeText {
        called(self.people, key)
    }

    /// Who said something, or whose AI did.
    pub fn speaker(&self, message: &Message) -> SafeText {
        speaker_called(self.people, &self.copies.thread.speakers(message))
    }

    /// All who have a part, the author first.
    pub fn everybody(&self) -> SafeText {
        let thread = self.copies.thread.thread();
        let mut names = vec![self.called(&thread.author())];
        names.extend(thread.participants().iter().map(|key| self.called(key)));
        SafeText::joined(names, ", ")
    }

    /// What is to be known before the rest is believed, a line each.
    pub fn warnings(&self) -> Vec<SafeText> {
        let shared = &self.copies.thread;
        let mut lines = Vec::new();
        if !shared.is_authors_word() {
            lines.push(safe_format!(
                "Its author's copy is not here: title, tags and people are the word of {}",
                self.called(&shared.word_of())
            ));
        }
        for finding in shared.findings() {
            lines.push(SafeText::shown(finding));
        }
        for copy in &self.copies.left_out {
            lines.push(safe_format!(
                "The copy of {} counts for nothing: {}",
                self.called(&copy.owner),
                SafeText::shown(&copy.why)
            ));
        }
        lines
    }

    /// One copy: whose it is, and what it lacks of what all show together.
    pub fn copy(&self, copy: &CopyState) -> SafeText {
        let mut facts = vec![match copy.lacks {
            0 => "has all".into(),
            lacks => safe_format!("lacks {} of {}", lacks, lacks + copy.has),
        }];
        if copy.hides > 0 {
            facts.push(safe_format!("does not show {}", copy.hides));
        }
        let facts = SafeText::joined(facts, ", ");
        safe_format!("{}: {}", self.called(&copy.keeper), facts)
    }

    /// All of it for programs.
    pub fn json(&self) -> Value {
        let shared = &self.copies.thread;
        let thread = shared.thread();
        let mut people = vec![thread.author()];
        people.extend(thread.participants());
        let people: Vec<Value> = people.iter().map(|key| self.person_json(key)).collect();
        let only = shared.in_one_copy_only();
        let only: Vec<Value> = only
            .iter()
            .map(|(id, keeper)| json!({"id": id.to_string(), "keeper": keeper.to_string()}))
            .collect();
        let left_out: Vec<Value> = self
            .copies
            .left_out
            .iter()
            .map(|copy| {
                json!({
                    "keeper": copy.owner.to_string(),
                    "path": copy.path,
                    "code": copy.why.code(),
                    "text": copy.why.to_string(),
                })
            })
            .collect();
        json!({
            "word_of": shared.word_of().to_string(),
            "people": people,
            "copies": shared.copies().iter().map(copy_json).collect::<Vec<_>>(),
            "in_one_copy_only": only,
            "findings": shared.findings().iter().map(finding_json).collect::<Vec<_>>(),
            "left_out": left_out,
        })
    }

    fn person_json(&self, key: &PublicKey) -> Value {
        let contact = self.people.get(key);
        json!({
            "key": key.to_string(),
            "name": contact.map(|contact| contact.name.as_str()).unwrap_or_default(),
            "verified": contact.is_some_and(|contact| contact.verified),
            "you": self.people.is_owner(key) || self.people.is_owners_older(key),
        })
    }
}

/// Who said something, or whose AI did, if that is not who reads.
pub fn other_speaker(
    thread: &Thread,
    message: &Message,
    people: &Acquaintances,
) -> Option<SafeText> {
    let speakers = speakers_in(thread, message);
    let is_reader = |key: &PublicKey| people.is_owner(key) || people.is_owners_older(key);
    if speakers.iter().all(is_reader) {
        return None;
    }
    Some(speaker_called(people, &speakers))
}

/// An agent may be that of several.
fn speaker_called(people: &Acquaintances, speakers: &BTreeSet<PublicKey>) -> SafeText {
    let names: Vec<SafeText> = speakers.iter().map(|key| called(people, key)).collect();
    SafeText::joined(names, " or ")
}

/// With whom a thread is shared, if it is: `👥 With Bo (95fc32a1…, not verified)`.
pub fn with(thread: &Summary, people: &Acquaintances) -> Option<SafeText> {
    let mut others = thread.people()?;
    others.retain(|key| !people.is_owner(key) && !people.is_owners_older(key));
    if others.is_empty() {
        return None;
    }
    Some(safe_format!("👥 With {}", named(&others, people)))
}

/// What the first of these people are called, and how many more there are.
pub fn named(keys: &[PublicKey], people: &Acquaintances) -> SafeText {
    let more = keys.len().saturating_sub(NAMED);
    let mut names: Vec<SafeText> = keys
        .iter()
        .take(NAMED)
        .map(|key| called(people, key))
        .collect();
    if more > 0 {
        names.push(safe_format!("{} more", more));
    }
    SafeText::joined(names, ", ")
}

/// What somebody is called: a name that is not certain has its key beside it.
pub(super) fn called(people: &Acquaintances, key: &PublicKey) -> SafeText {
    if people.is_owner(key) {
        return "you".into();
    }
    if people.is_owners_older(key) {
        return "you, with an older key".into();
    }
    let short = safe_format!("{}…", SafeText::shown(key.short()));
    let Some(contact) = people.get(key).filter(|known| !known.name.is_empty()) else {
        return short;
    };
    let name = SafeText::line(&contact.name).shortened(NAME);
    if people.is_ambiguous(&contact.name) {
        return safe_format!("{} {}", name, key);
    }
    if contact.verified {
        return name;
    }
    safe_format!("{} ({}, not verified)", name, short)
}

fn copy_json(copy: &CopyState) -> Value {
    json!({
        "keeper": copy.keeper.to_string(),
        "has": copy.has,
        "lacks": copy.lacks,
        "hides": copy.hides,
    })
}

fn finding_json(finding: &CopyFinding) -> Value {
    let message = match finding {
        CopyFinding::Uncounted { message, .. } => Some(message.to_string()),
        _ => None,
    };
    json!({
        "code": finding.code(),
        "keeper": finding.keeper().to_string(),
        "message": message,
        "text": finding.to_string(),
    })
}
