//! What a document shows of a thread, in words, before it is Markdown or HTML.

use crate::model::{Graph, Hash, Legacy, Message, Role, State, Thread, Timestamp};
use crate::render::counted::counted;
use crate::render::imported::{is_of_known_beginning, is_of_known_time};
use crate::render::personas;
use crate::render::safe::{safe, safe_line};
use crate::render::threads::icon;
use crate::verify::{MessageFault, ThreadReport};
use std::collections::HashMap;
use std::fmt::Display;

/// A thread, ready to be drawn. Its text can neither steer a terminal nor hide; it is not yet
/// escaped.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The title; never empty.
    pub title: String,
    /// What there is to know of it.
    pub facts: Vec<SheetFact>,
    /// What the whole of it proves.
    pub verdict: SheetVerdict,
    /// What was said.
    pub messages: Vec<SheetMessage>,
    /// Remarks at the end.
    pub remarks: Vec<String>,
    /// Its id.
    pub id: String,
}

/// One fact about a thread.
#[derive(Debug, Clone)]
pub struct SheetFact {
    /// What it is.
    pub name: &'static str,
    /// The value, or several.
    pub values: Vec<String>,
    /// Whether it is for programs (a key, an id) rather than words.
    pub is_code: bool,
}

/// What a thread proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetVerdict {
    /// All of it holds.
    Valid,
    /// These things do not.
    Invalid(Vec<String>),
    /// Nothing can be proven.
    Legacy,
}

/// One message.
#[derive(Debug, Clone)]
pub struct SheetMessage {
    /// Its number in the document.
    pub number: usize,
    /// A sign for the role.
    pub icon: &'static str,
    /// The role.
    pub role: String,
    /// Through what and with which model it was answered.
    pub through: Vec<String>,
    /// When.
    pub time: String,
    /// The text: Markdown.
    pub text: String,
    /// What it proves.
    pub proof: Proof,
    /// What else there is to say: that it broke off, was set aside, follows another than the one
    /// before.
    pub notes: Vec<String>,
    /// Whether it was set aside.
    pub is_aside: bool,
}

/// What a message proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Signed by who may say it: the beginnings of the key and of the message's id.
    Signed {
        /// The key.
        key: String,
        /// The message's id.
        id: String,
    },
    /// Brought from elsewhere: the author says that it was said.
    Attested {
        /// The author's key.
        key: String,
        /// The message's id.
        id: String,
    },
    /// Not proven, and why.
    Unproven(String),
    /// Of the older mmogit.
    Unverifiable,
}

impl Sheet {
    /// Of a thread and what was checked of it. `findings` are all that is wrong, the place in the
    /// store included. With `branches`, what was set aside is shown too.
    pub fn of_thread(
        thread: &Thread,
        report: &ThreadReport,
        findings: &[impl Display],
        branches: bool,
    ) -> Self {
        let shown = Graph::of(thread.messages()).reached_from(&thread.heads());
        let checks: HashMap<Hash, &Result<(), MessageFault>> = report
            .messages
            .iter()
            .map(|verdict| (verdict.id, &verdict.check))
            .collect();
        let mut numbers: HashMap<Hash, usize> = HashMap::new();
        let mut messages = Vec::new();
        for (message, is_shown) in thread.messages().iter().zip(&shown) {
            if !is_shown && !branches {
                continue;
            }
            let number = messages.len() + 1;
            let check = checks.get(&message.id()).copied();
            let after = after(message, number, &numbers);
            messages.push(SheetMessage {
                is_aside: !is_shown,
                notes: notes(message, !is_shown, after),
                ..SheetMessage::of(message, number, check)
            });
            numbers.insert(message.id(), number);
        }
        let aside = shown.iter().filter(|is_shown| !**is_shown).count();
        Self {
            title: title(thread.title(), &thread.id().to_string()),
            facts: facts(thread, shown.len() - aside, aside),
            verdict: if findings.is_empty() {
                SheetVerdict::Valid
            } else {
                SheetVerdict::Invalid(
                    findings
                        .iter()
                        .map(|why| safe_line(&why.to_string()).into_owned())
                        .collect(),
                )
            },
            messages,
            remarks: remarks(thread, aside, branches),
            id: thread.id().to_string(),
        }
    }

    /// Of a thread of the older mmogit.
    pub fn of_legacy(legacy: &Legacy) -> Self {
        let sheet_message =
            |(place, message): (usize, &crate::model::LegacyMessage)| SheetMessage {
                number: place + 1,
                icon: Role::read(&message.role).map_or("❔", icon),
                role: safe_line(&message.role).into_owned(),
                through: Vec::new(),
                time: legacy_time(&message.timestamp),
                text: safe(&message.content).into_owned(),
                proof: Proof::Unverifiable,
                notes: Vec::new(),
                is_aside: false,
            };
        let mut facts = vec![
            code("Thread", &legacy.id),
            code("Author", &legacy.author),
            words("Begun", &legacy_time(&legacy.created_at)),
            words("Last changed", &legacy_time(&legacy.updated_at)),
        ];
        facts.extend(tags(
            &legacy.tags.iter().map(String::as_str).collect::<Vec<_>>(),
        ));
        facts.push(words("Messages", &legacy.messages.len().to_string()));
        Self {
            title: title(&legacy.title, &legacy.id),
            facts,
            verdict: SheetVerdict::Legacy,
            messages: legacy
                .messages
                .iter()
                .enumerate()
                .map(sheet_message)
                .collect(),
            remarks: Vec::new(),
            id: safe_line(&legacy.id).into_owned(),
        }
    }
}

impl SheetMessage {
    /// A message that is shown, by itself. `check` is what came of checking it.
    pub fn of(message: &Message, number: usize, check: Option<&Result<(), MessageFault>>) -> Self {
        let through = message
            .answered_by()
            .into_iter()
            .map(|text| safe_line(&text).into_owned());
        let persona = personas::of_message(message).map(|name| format!("persona {name}"));
        Self {
            number,
            icon: icon(message.role()),
            role: message.role().as_str().to_owned(),
            through: through.chain(persona).collect(),
            time: match is_of_known_time(message) {
                true => time(message.timestamp()),
                false => "time not known".to_owned(),
            },
            text: safe(&message.text()).into_owned(),
            proof: proof(message, check),
            notes: notes(message, false, None),
            is_aside: false,
        }
    }
}

impl SheetVerdict {
    /// In a line.
    pub fn in_words(&self) -> String {
        match self {
            SheetVerdict::Valid => {
                "Every signature and every link held when this was written".to_owned()
            }
            SheetVerdict::Invalid(_) => "This thread does not verify".to_owned(),
            SheetVerdict::Legacy => {
                "Written by the older mmogit: readable, but nothing proves it".to_owned()
            }
        }
    }
}

impl Proof {
    /// In words, without its sign.
    pub fn in_words(&self) -> String {
        match self {
            Proof::Signed { key, .. } => format!("signed by {key}…"),
            Proof::Attested { key, .. } => {
                format!("imported: {key}… attests that it stood there, not who said it")
            }
            Proof::Unproven(why) => format!("not proven: {why}"),
            Proof::Unverifiable => "unverifiable (legacy)".to_owned(),
        }
    }

    /// The beginning of the message's id, where it is good.
    pub fn id(&self) -> Option<&str> {
        match self {
            Proof::Signed { id, .. } | Proof::Attested { id, .. } => Some(id),
            Proof::Unproven(_) | Proof::Unverifiable => None,
        }
    }
}

fn notes(message: &Message, is_aside: bool, after: Option<String>) -> Vec<String> {
    let mut notes = Vec::new();
    if message.is_interrupted() {
        notes.push("interrupted: the text is not whole".to_owned());
    }
    if is_aside {
        notes.push("set aside".to_owned());
    }
    notes.extend(after);
    notes
}

fn proof(message: &Message, check: Option<&Result<(), MessageFault>>) -> Proof {
    let (key, id) = (
        message.author().short().to_string(),
        message.id().short().to_string(),
    );
    match check {
        Some(Ok(())) if message.is_imported() => Proof::Attested { key, id },
        Some(Ok(())) => Proof::Signed { key, id },
        Some(Err(why)) => Proof::Unproven(safe_line(&why.to_string()).into_owned()),
        None => Proof::Unproven("it was not checked".to_owned()),
    }
}

/// What a message follows, where that is not simply the one before.
fn after(message: &Message, number: usize, numbers: &HashMap<Hash, usize>) -> Option<String> {
    let mut parents: Vec<usize> = message
        .prev()
        .iter()
        .filter_map(|id| numbers.get(id).copied())
        .collect();
    parents.sort_unstable();
    parents.dedup();
    match parents.as_slice() {
        [] => (number > 1).then(|| "begins anew".to_owned()),
        [before] if before + 1 == number => None,
        parents => {
            let numbers: Vec<String> = parents.iter().map(ToString::to_string).collect();
            Some(format!("follows {}", numbers.join(" and ")))
        }
    }
}

pub(super) fn title(title: &str, id: &str) -> String {
    let title = safe_line(title);
    let title = if title.trim().is_empty() {
        safe_line(id)
    } else {
        title
    };
    title.trim().to_owned()
}

fn facts(thread: &Thread, shown: usize, aside: usize) -> Vec<SheetFact> {
    let mut facts = vec![
        code("Thread", &thread.id().to_string()),
        code("Author", &thread.author().to_string()),
    ];
    facts.extend(
        thread
            .kept_by()
            .map(|keeper| code("Kept by", &keeper.to_string())),
    );
    let begun = match is_of_known_beginning(thread) {
        true => time(thread.created_at()),
        false => "not known".to_owned(),
    };
    facts.push(words("Begun", &begun));
    facts.push(words("Last changed", &time(thread.updated_at())));
    let project = thread
        .header()
        .get("project")
        .and_then(|project| project.as_str());
    facts.extend(project.map(|project| words("Project", project)));
    if thread.mode() != "conversation" {
        facts.push(words("Mode", thread.mode()));
    }
    facts.extend(tags(&thread.tags()));
    if thread.state() == State::Archived {
        facts.push(words("State", State::Archived.as_str()));
    }
    let and_aside = if aside > 0 {
        format!(", and {aside} set aside")
    } else {
        String::new()
    };
    facts.push(words("Messages", &format!("{shown}{and_aside}")));
    facts
}

fn remarks(thread: &Thread, aside: usize, branches: bool) -> Vec<String> {
    let mut remarks = Vec::new();
    if thread
        .visible()
        .last()
        .is_some_and(|last| last.role() == Role::Human)
    {
        remarks.push("The last message is not answered yet.".to_owned());
    }
    if thread.open_ends() > 1 {
        remarks.push(
            "It has more than one open end: all of it is shown, in order of time.".to_owned(),
        );
    }
    if aside > 0 && !branches {
        remarks.push(format!(
            "{} set aside by the author, kept and signed in the thread, not shown here.",
            counted(aside, "message")
        ));
    }
    remarks
}

/// `2025-08-25 16:52:29 UTC`.
pub(super) fn time(time: Timestamp) -> String {
    time.utc().format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The same of an older file's time, if it is one that the record could hold.
pub(super) fn legacy_time(text: &str) -> String {
    Timestamp::read(text).map_or_else(|| safe_line(text).into_owned(), time)
}

fn words(name: &'static str, value: &str) -> SheetFact {
    SheetFact {
        name,
        values: vec![safe_line(value).into_owned()],
        is_code: false,
    }
}

fn code(name: &'static str, value: &str) -> SheetFact {
    SheetFact {
        is_code: true,
        ..words(name, value)
    }
}

fn tags(tags: &[&str]) -> Option<SheetFact> {
    let values = tags.iter().map(|tag| safe_line(tag).into_owned()).collect();
    (!tags.is_empty()).then_some(SheetFact {
        name: "Tags",
        values,
        is_code: true,
    })
}

#[cfg(test)]
pub(super) mod hostile;
#[cfg(test)]
mod tests;
