//! What Tab offers at the prompt. Titles and paths may be anybody's words: what is shown and what
//! is put into the line can't steer the terminal.

use super::conversation::Conversation;
use super::input::{self, COMMANDS, Command};
use crate::index::fold;
use crate::model::{PublicKey, Role};
use crate::render::safe::{SafeText, is_plain};
use crate::render::threads::icon;
use crate::render::tree::first_line;
use crate::safe_format;
use crate::settings::Settings;
use crate::workspace::Workspace;
use rustyline::Context;
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use std::borrow::Cow;
use unicode_width::UnicodeWidthChar;

/// More than that nobody reads, and rustyline can't count.
const OFFERED: usize = 200;
const WORDS: usize = 50;

/// Completes, and lets no control character through to the terminal.
#[derive(Default)]
pub(super) struct Helper<'a> {
    files: FilenameCompleter,
    /// Where other threads are found, and whose.
    threads: Option<(&'a Workspace, PublicKey)>,
    here: Here,
}

/// What the thread at hand has to offer.
#[derive(Default)]
pub(super) struct Here {
    title: String,
    tags: Vec<String>,
    branches: Vec<SafeText>,
    /// The newest of the person's own messages, with their numbers.
    questions: Vec<(usize, SafeText)>,
}

impl Here {
    pub(super) fn of(conversation: &Conversation<'_>) -> Self {
        let session = &conversation.session;
        let thread = session.thread();
        let line = |message| first_line(message).shortened(WORDS);
        let visible = thread.visible();
        let numbered = visible.iter().enumerate().rev();
        let questions = numbered
            .filter(|(_, message)| message.role() == Role::Human)
            .take(OFFERED);
        let mut questions: Vec<_> = questions
            .map(|(place, message)| (place + 1, line(message)))
            .collect();
        questions.reverse();
        Self {
            title: thread.title().to_owned(),
            tags: thread.tags().into_iter().map(str::to_owned).collect(),
            branches: session
                .branches()
                .iter()
                .map(|branch| safe_format!("{} {}", icon(branch.end.role()), line(branch.end)))
                .collect(),
            questions,
        }
    }
}

impl<'a> Helper<'a> {
    pub(super) fn new(workspace: &'a Workspace, owner: PublicKey) -> Self {
        Self {
            threads: Some((workspace, owner)),
            ..Self::default()
        }
    }

    pub(super) fn look(&mut self, here: Here) {
        self.here = here;
    }

    /// What may follow a command, and where the part begins that is to be completed.
    fn after(&self, command: Command, start: usize, rest: &str) -> (usize, Vec<Pair>) {
        let word = rest.rfind([' ', '\t', ',']).map_or(0, |place| place + 1);
        let (at_word, word) = (start + word, &rest[word..]);
        match command {
            Command::Title if rest.is_empty() => (start, vec![pair(&self.here.title)]),
            Command::Tag => (at_word, self.tags(word)),
            Command::Switch => (at_word, numbered(word, (1..).zip(&self.here.branches))),
            Command::Edit => {
                let questions = self
                    .here
                    .questions
                    .iter()
                    .map(|(number, line)| (*number, line));
                (start, numbered(rest, questions))
            }
            Command::Persona => {
                let names = self
                    .threads
                    .and_then(|(workspace, _)| workspace.personas().names().ok());
                let names = names
                    .unwrap_or_default()
                    .into_iter()
                    .chain(["none".to_owned()]);
                (start, beginning_so(rest, names))
            }
            Command::Backend => (
                start,
                beginning_so(rest, self.settings(Settings::backend_names)),
            ),
            Command::Model => (start, beginning_so(rest, self.settings(Settings::models))),
            Command::Copy => (at_word, beginning_so(word, ["code"])),
            Command::Continue => (start, self.titles(rest)),
            _ => (start, Vec::new()),
        }
    }

    fn settings(&self, names: fn(&Settings) -> Vec<String>) -> Vec<String> {
        self.threads
            .map_or_else(Vec::new, |(workspace, _)| names(workspace.settings()))
    }

    /// With a minus the thread's own, to be removed; else those of all threads that it lacks.
    fn tags(&self, word: &str) -> Vec<Pair> {
        if word.starts_with('-') {
            return beginning_so(word, self.here.tags.iter().map(|tag| format!("-{tag}")));
        }
        // At Tab nobody is told what goes wrong.
        let known = self
            .threads
            .and_then(|(workspace, _)| workspace.threads().tags_in_passing().ok());
        let others = known
            .unwrap_or_default()
            .into_iter()
            .filter(|tag| !self.here.tags.contains(tag));
        beginning_so(word, others)
    }

    /// Titles that begin so. Those that only have it somewhere are shown, or completed if it is but
    /// one.
    fn titles(&self, part: &str) -> Vec<Pair> {
        let Some((workspace, owner)) = self.threads else {
            return Vec::new();
        };
        offer(
            part,
            &workspace
                .threads()
                .continuable_in_passing(&owner, part, OFFERED)
                .unwrap_or_default(),
        )
    }
}

/// What to offer of threads with these names and titles.
fn offer(part: &str, threads: &[(String, String)]) -> Vec<Pair> {
    let is_alone = |title: &str| {
        threads
            .iter()
            .filter(|(_, other)| fold(other) == fold(title))
            .count()
            == 1
    };
    let pairs = threads.iter().map(|(name, title)| {
        let shown = SafeText::line(title).shortened(WORDS);
        // A title is put into the line only if it says what it seems to say, and names one thread.
        if SafeText::line(title).as_str() == title && title.trim() == title && is_alone(title) {
            return Pair {
                display: shown.to_string(),
                replacement: title.clone(),
            };
        }
        let name = SafeText::line(name);
        Pair {
            display: safe_format!("{} ({})", shown, name).to_string(),
            replacement: name.to_string(),
        }
    });
    let (mut fitting, mut others): (Vec<Pair>, Vec<Pair>) =
        pairs.partition(|pair| fold(&pair.replacement).starts_with(&fold(part)));
    if fitting.is_empty() && others.len() == 1 {
        return others;
    }
    if fitting.is_empty() {
        // What they have in common need not be what was typed, which must stay.
        others
            .iter_mut()
            .for_each(|pair| pair.replacement = part.to_owned());
        fitting = others;
    }
    fitting
}

fn pair(text: &str) -> Pair {
    let text = SafeText::line(text);
    Pair {
        display: text.shortened(WORDS).to_string(),
        replacement: text.to_string(),
    }
}

fn beginning_so(start: &str, all: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Pair> {
    let fits = |text: &Pair| {
        text.replacement
            .to_lowercase()
            .starts_with(&start.to_lowercase())
    };
    all.into_iter()
        .map(|text| pair(text.as_ref()))
        .filter(fits)
        .take(OFFERED)
        .collect()
}

fn numbered<'l>(start: &str, all: impl Iterator<Item = (usize, &'l SafeText)>) -> Vec<Pair> {
    let pairs = all.map(|(number, line)| Pair {
        display: safe_format!("{} {}", number, line).to_string(),
        replacement: number.to_string(),
    });
    pairs
        .filter(|pair| pair.replacement.starts_with(start))
        .take(OFFERED)
        .collect()
}

impl Completer for Helper<'_> {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let typed = &line[..pos];
        let word = typed.rsplit(char::is_whitespace).next().unwrap_or_default();
        let command = input::command_of(typed);
        if word.starts_with('@') || matches!(command, Some((Command::Attach, ..))) {
            let (start, mut found) = self.files.complete_path(line, pos)?;
            found.truncate(OFFERED);
            found
                .iter_mut()
                .for_each(|pair| pair.display = SafeText::line(&pair.display).to_string());
            return Ok((start, found));
        }
        if let Some((command, start)) = command {
            return Ok(self.after(command, start, &typed[start..]));
        }
        if !typed.starts_with('/') {
            return Ok((pos, Vec::new()));
        }
        let name = |(_, name, follows, _): &(Command, &str, &str, &str)| {
            format!("{name}{}", if follows.is_empty() { "" } else { " " })
        };
        Ok((0, beginning_so(typed, COMMANDS.iter().map(name))))
    }
}

impl Highlighter for Helper<'_> {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        in_place(line)
    }

    /// The one for a search of what was typed before quotes what is looked for.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(
        &'s self,
        prompt: &'p str,
        is_ours: bool,
    ) -> Cow<'b, str> {
        if is_ours {
            Cow::Borrowed(prompt)
        } else {
            in_place(prompt)
        }
    }

    /// What is typed at the end is else written as it is, without a look at the line.
    fn highlight_char(&self, line: &str, _: usize, _: CmdKind) -> bool {
        !line.chars().all(is_plain)
    }
}

/// A text with nothing that could act on the terminal, as wide as it was.
fn in_place(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    // One column for one column, so that the cursor stays where it is.
    let shown = |c: char| match c.width() {
        _ if is_plain(c) => Some(c),
        Some(0) => None,
        _ => Some('\u{fffd}'),
    };
    Cow::Owned(text.chars().filter_map(shown).collect())
}

impl Hinter for Helper<'_> {
    type Hint = String;
}

impl Validator for Helper<'_> {}
impl rustyline::Helper for Helper<'_> {}

#[cfg(test)]
mod tests;
