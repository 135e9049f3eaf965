//! A thread read again: what was said, each message with its proof.
//!
//! In a file or a pipe a message is its role and its text as it was written. At a terminal it has
//! its number, its model and its time above it; what a person wrote stands there as they typed it,
//! what an AI wrote is drawn.

use super::counted::counted;
use super::imported::{attested, is_of_known_beginning, time_of};
use super::markdown::{Markdown, Style};
use super::personas;
use super::safe::SafeText;
use super::shared::Together;
use super::threads::{derivation, icon_of, seconds, short_key, titled};
use crate::model::{Hash, Legacy, Message, Role, Thread, ThreadId, as_a_talk};
use crate::safe_format;
use crate::verify::{MessageFault, ThreadFinding, ThreadReport};
use anstyle::{AnsiColor, Effects};
use std::collections::{HashMap, HashSet};

/// Where a replay is read, and how much of it.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Without it, messages are shown as they were written.
    terminal: Option<Screen>,
    /// The number of the first message that is shown.
    start: usize,
    /// What was set aside is shown too.
    branches: bool,
    hints: Option<Hints>,
}

/// What a face says of the next step.
#[derive(Debug, Clone, Copy)]
pub struct Hints {
    /// How to see the messages that are left out.
    pub see_all: &'static str,
    /// How to have a thread's last question answered.
    pub answer: fn(ThreadId) -> SafeText,
}

#[derive(Debug, Clone, Copy)]
struct Screen {
    width: usize,
    colour: bool,
}

/// One message on its page, whichever format it is kept in.
struct Said<'t> {
    role: &'t str,
    /// Who says it, in a thread of several people.
    who: Option<SafeText>,
    /// The persona that a system message brings.
    brings: Option<SafeText>,
    /// Its number among the messages that are shown; `None` if it was set aside.
    number: Option<usize>,
    /// Through what and with which model it was answered.
    through: Vec<String>,
    time: SafeText,
    text: String,
}

impl Page {
    /// A terminal: Markdown is drawn.
    pub fn terminal(width: usize, colour: bool) -> Self {
        Self {
            terminal: Some(Screen { width, colour }),
            ..Self::plain()
        }
    }

    /// A file or a pipe: Markdown stays as it was written.
    pub fn plain() -> Self {
        Self {
            terminal: None,
            start: 1,
            branches: false,
            hints: None,
        }
    }

    /// Leaves out what stands before the message of this number, counted from 1.
    pub fn starting_at(self, start: usize) -> Self {
        Self { start, ..self }
    }

    /// Says the next step where there is one.
    pub fn with_hints(self, hints: Hints) -> Self {
        Self {
            hints: Some(hints),
            ..self
        }
    }

    /// Shows what was set aside too, where it stands.
    pub fn with_branches(self, branches: bool) -> Self {
        Self { branches, ..self }
    }

    /// The replay of a thread.
    pub fn thread(&self, thread: &Thread, report: &ThreadReport) -> SafeText {
        self.replay(thread, report, None)
    }

    /// The replay of a thread of several people: who said what, and what only one copy has.
    pub fn together(&self, together: Together<'_>) -> SafeText {
        let shared = &together.copies.thread;
        self.replay(shared.thread(), &shared.report(), Some(together))
    }

    fn replay(
        &self,
        thread: &Thread,
        report: &ThreadReport,
        together: Option<Together<'_>>,
    ) -> SafeText {
        // Where the links are broken, nobody can say what is meant to be shown: then it is all
        // there is.
        let is_whole = report.chain.is_ok() && report.tail.is_ok();
        let visible = if is_whole {
            thread.visible()
        } else {
            thread.messages().iter().collect()
        };
        let mut text = self.thread_head(thread, report, visible.len(), together);
        let in_one_copy = together.map(|together| together.copies.thread.in_one_copy_only());
        let in_one_copy = in_one_copy.unwrap_or_default();
        let numbers: HashMap<Hash, usize> = visible
            .iter()
            .map(|message| message.id())
            .zip(1..)
            .collect();
        let checks: HashMap<Hash, &Result<(), MessageFault>> = report
            .messages
            .iter()
            .map(|message| (message.id, &message.check))
            .collect();
        let messages = if self.branches {
            thread.messages().iter().collect()
        } else {
            as_a_talk(visible.clone())
        };
        let starts =
            |message: &&Message| numbers.get(&message.id()).is_some_and(|&n| n >= self.start);
        let first = if self.start > 1 {
            messages.iter().position(starts).unwrap_or_default()
        } else {
            0
        };
        for message in &messages[first..] {
            text += "\n";
            let mut said = said(message, numbers.get(&message.id()).copied());
            said.who = together.map(|together| together.speaker(message));
            text += self.said(&said);
            text += proof(message, checks.get(&message.id()).copied());
            if let (Some(together), Some(keeper)) = (together, in_one_copy.get(&message.id())) {
                let keeper = together.called(keeper);
                text += safe_format!("   📌 In one copy only: that of {}\n", keeper);
            }
        }
        text += self.foot(thread, &visible);
        text
    }

    fn thread_head(
        &self,
        thread: &Thread,
        report: &ThreadReport,
        shown: usize,
        together: Option<Together<'_>>,
    ) -> SafeText {
        let tags = thread.tags().join(", ");
        let (author, begun) = (thread.author().to_string(), thread.created_at().to_string());
        let title = titled(thread.title(), thread.is_sealed());
        let is_known = is_of_known_beginning(thread);
        let begun = if is_known { &begun } else { "not known" };
        let mut text = head(title, &author, begun, shown, &tags);
        if let Some(together) = together {
            text += safe_format!("👥 People: {}\n", together.everybody());
            for warning in together.warnings() {
                text += safe_format!("⚠️  {}\n", warning);
            }
        }
        if let Some(keeper) = Some(thread.signer()).filter(|signer| *signer != thread.author()) {
            text += safe_format!("📌 Kept by: {}...\n", keeper.short());
        }
        if let Some(origin) = derivation(thread) {
            text += safe_format!("🌱 Derived from: {}\n", origin);
        }
        for finding in report.findings() {
            let (part, why) = match &finding {
                ThreadFinding::Chain(fault) => ("chain", SafeText::shown(fault)),
                ThreadFinding::Tail(fault) => ("tail", SafeText::shown(fault)),
                ThreadFinding::Header(fault) => ("signature", SafeText::shown(fault)),
                // Those of messages stand with them.
                ThreadFinding::Message { .. } | ThreadFinding::Place(_) => continue,
            };
            text += safe_format!("❌ Its {} does not verify: {}\n", part, why);
        }
        text += self.place_of_first(shown);
        text += "\n--- Conversation ---\n";
        text
    }

    /// The replay of a thread of the older mmogit.
    pub fn legacy(&self, legacy: &Legacy) -> SafeText {
        let tags = legacy.tags.join(", ");
        let mut text = head(
            SafeText::line(&legacy.title),
            &legacy.author,
            &legacy.created_at,
            legacy.messages.len(),
            &tags,
        );
        text += "⚠️  Written by the older mmogit: readable, but nothing proves it\n";
        text += self.place_of_first(legacy.messages.len());
        text += "\n--- Conversation ---\n";
        for (message, number) in legacy.messages.iter().zip(1..).skip(self.start - 1) {
            let said = Said {
                role: &message.role,
                who: None,
                brings: None,
                number: Some(number),
                through: Vec::new(),
                time: seconds(&message.timestamp),
                text: message.content.clone(),
            };
            text += "\n";
            text += self.said(&said);
            text += "   ⚠️ Unverifiable (legacy)\n";
        }
        text
    }

    fn place_of_first(&self, messages: usize) -> SafeText {
        if self.start <= 1 {
            return SafeText::new();
        }
        let mut text = safe_format!("⏩ From message {} of {}", self.start, messages);
        if let Some(hints) = self.hints {
            text += safe_format!("; {}", hints.see_all);
        }
        text + "\n"
    }

    fn said(&self, said: &Said<'_>) -> SafeText {
        let mut text = match self.terminal {
            Some(screen) => {
                let mut text = screen.heading(said);
                text += screen.body(said);
                text
            }
            None => safe_format!("{}: {}", said.label(), SafeText::block(&said.text)),
        };
        if !text.as_str().ends_with('\n') {
            text += "\n";
        }
        text
    }

    fn foot(&self, thread: &Thread, visible: &[&Message]) -> SafeText {
        let mut text = SafeText::new();
        if visible
            .last()
            .is_some_and(|last| last.role() == Role::Human)
        {
            text += "\n⏳ Not answered yet";
            if let Some(hints) = self.hints {
                text += safe_format!(": {}", (hints.answer)(thread.id()));
            }
            text += "\n";
        }
        if thread.open_ends() > 1 {
            text += "\n🔀 It has more than one open end: all of it is shown, in order of time\n";
        }
        let aside = aside(thread, visible);
        if aside > 0 {
            let counted = counted(aside, "message");
            text += safe_format!("\n📎 {} set aside, kept and signed\n", counted);
        }
        text
    }
}

/// How many messages a thread keeps beside those that it shows.
fn aside(thread: &Thread, visible: &[&Message]) -> usize {
    let shown: HashSet<_> = visible.iter().map(|message| message.id()).collect();
    thread
        .messages()
        .iter()
        .filter(|message| !shown.contains(&message.id()))
        .count()
}

impl Screen {
    /// `🤖 ai · 2 · llama3 · 2025-01-21T10:30:00Z`.
    fn heading(self, said: &Said<'_>) -> SafeText {
        let mut facts = vec![
            said.number
                .map_or("set aside".into(), |number| safe_format!("{}", number)),
        ];
        facts.extend(said.through.iter().map(|part| SafeText::line(part)));
        facts.push(said.time.clone());
        let facts: SafeText = facts
            .iter()
            .map(|fact| safe_format!(" · {}", fact))
            .collect();
        if !self.colour {
            return safe_format!("{}{}\n", said.name(), facts);
        }
        let (role, faint) = (
            colour_of(said.role),
            anstyle::Style::new().effects(Effects::DIMMED),
        );
        safe_format!(
            "{}{}{:#}{}{}{:#}\n",
            role,
            said.name(),
            role,
            faint,
            facts,
            faint
        )
    }

    fn body(self, said: &Said<'_>) -> SafeText {
        if said.is_typed() {
            return SafeText::block(&said.text);
        }
        let style = if self.colour {
            Style::colour()
        } else {
            Style::plain()
        };
        let mut markdown = Markdown::new(self.width, style);
        markdown.push(&said.text) + markdown.finish()
    }
}

impl Said<'_> {
    /// A person's own words, which mean what they look like; an AI's are Markdown.
    fn is_typed(&self) -> bool {
        Role::read(self.role).is_some_and(Role::is_persons)
    }

    fn name(&self) -> SafeText {
        let persona = match &self.brings {
            Some(name) => safe_format!(" (persona {})", name),
            None => SafeText::new(),
        };
        let who = match &self.who {
            Some(who) if self.is_typed() => safe_format!(" · {}", who),
            Some(who) => safe_format!(" of {}", who),
            None => SafeText::new(),
        };
        safe_format!(
            "{} {}{}{}",
            icon_of(self.role),
            SafeText::line(self.role),
            persona,
            who
        )
    }

    fn label(&self) -> SafeText {
        let aside = if self.number.is_none() {
            " (set aside)"
        } else {
            ""
        };
        safe_format!("{}{}", self.name(), aside)
    }
}

fn said(message: &Message, number: Option<usize>) -> Said<'_> {
    Said {
        role: message.role().as_str(),
        who: None,
        brings: personas::of_message(message),
        number,
        through: message.answered_by(),
        time: time_of(message),
        text: message.text(),
    }
}

/// As a chat has them: the person's own in green, the AI's in cyan.
fn colour_of(role: &str) -> anstyle::Style {
    let colour = match Role::read(role) {
        Some(Role::Human) => AnsiColor::Green,
        Some(Role::Ai) => AnsiColor::Cyan,
        Some(Role::System) => AnsiColor::Yellow,
        Some(_) | None => AnsiColor::Magenta,
    };
    colour.on_default().bold()
}

fn head(title: SafeText, author: &str, created_at: &str, messages: usize, tags: &str) -> SafeText {
    let mut text = safe_format!("📖 Thread: {}\n", title);
    text += safe_format!("🔑 Author: {}\n", SafeText::line(&short_key(author)));
    text += safe_format!("📅 Created: {}\n", seconds(created_at));
    text += safe_format!("💬 Messages: {}\n", messages);
    if !tags.is_empty() {
        text += safe_format!("🏷️  Tags: {}\n", SafeText::line(tags));
    }
    text
}

/// ✅ only for what was checked and is right.
fn proof(message: &Message, check: Option<&Result<(), MessageFault>>) -> SafeText {
    let mut text = SafeText::new();
    if message.is_interrupted() {
        text += "   ✂️  Interrupted: the answer is not whole\n";
    }
    match (check, message.signature()) {
        (Some(Ok(())), Some(_)) if message.is_imported() => {
            text += safe_format!("   📥 Imported: {}\n", attested(message));
        }
        (Some(Ok(())), Some(signature)) => {
            text += safe_format!("   ✅ Signed: {}...\n", signature.short());
        }
        (Some(Err(why)), _) => text += safe_format!("   ❌ Not proven: {}\n", SafeText::shown(why)),
        _ => text += "   ❌ Not proven: it is not signed\n",
    }
    text
}
