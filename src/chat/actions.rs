//! What each input does. The same at a terminal and in a script.

mod attach;
mod backend;
mod branches;
mod browse;
mod change_thread;
mod clipboard;
mod draft;
mod info;
mod persona;

use super::conversation::Conversation;
use super::files;
use super::input::{self, Command, Input};
use super::keyboard::Keyboard;
use super::messages;
use super::transcript;
use super::warned;
use crate::cli::{EditorFile, EditorPlace, Environment, Failure, Ui, write_in_editor};
use crate::render::counted::counted;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::store::StoreError;
use crate::turn::check_tag;

/// What comes after an input.
pub(super) enum Next {
    /// The next one.
    Go,
    /// The next one, with this text to begin with.
    Offer(String),
    /// The end.
    Leave,
}

/// What is at hand.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) environment: &'a Environment,
    pub(super) ui: &'a Ui,
    /// The terminal, where there is one on which a text can be edited.
    pub(super) terminal: Option<&'a Keyboard>,
}

/// Does what was entered.
pub(super) fn take(
    text: &str,
    conversation: &mut Conversation<'_>,
    desk: Desk<'_>,
) -> Result<Next, Failure> {
    let ui = desk.ui;
    match input::read(text) {
        Input::Nothing => Ok(Next::Go),
        Input::Say(said) => say(said, text, Meant::No, conversation, desk),
        Input::Unknown(name) => {
            let near = input::nearest(name).map(|near| safe_format!(" Did you mean {}?", near));
            let name = SafeText::line(name);
            ui.hint(safe_format!("{} is no command; /help lists them.{} To say something that begins with a slash, double it: /{}", name, near.unwrap_or_default(), name));
            ui.blank_line()?;
            Ok(Next::Go)
        }
        Input::TooMuch(name) => {
            ui.hint(safe_format!(
                "{} takes nothing after it; nothing was done.",
                name
            ));
            ui.blank_line()?;
            Ok(Next::Go)
        }
        Input::Do(command, rest) => {
            let mut act = Act {
                conversation,
                desk,
                ui,
            };
            let done = act.run(command, rest);
            // A command that failed is told; the talk goes on.
            done.or_else(|failure| {
                if let Failure::Known(_) = failure {
                    return Err(failure);
                }
                ui.error(&failure);
                ui.blank_line()?;
                Ok(Next::Go)
            })
        }
    }
}

/// Whether a text is to be sent even if it looks like it has a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meant {
    Yes,
    No,
}

/// Says a text, which was entered like this.
fn say(
    text: &str,
    entered: &str,
    meant: Meant,
    conversation: &mut Conversation<'_>,
    desk: Desk<'_>,
) -> Result<Next, Failure> {
    let files = files::mentioned(text, desk.environment);
    if let Ok(files) = &files
        && meant == Meant::No
        && let Some(kinds) = conversation.likely_secrets(text, files)
    {
        return warned::give_back(text, &kinds, conversation, desk);
    }
    let said = files.map(|files| {
        files.iter().for_each(|file| desk.ui.status(file.label()));
        conversation.say(text, &files)
    });
    let failure = match said {
        Ok(Ok(())) => {
            if desk.terminal.is_none() {
                transcript::echo(entered, desk.ui)?;
            }
            conversation.answer()?;
            return Ok(Next::Go);
        }
        // Nothing more can be said in a thread that another machine erased.
        Ok(Err(error @ StoreError::Erased { .. })) => return Err(error.into()),
        Ok(Err(error)) if desk.terminal.is_none() => return Err(error.into()),
        Ok(Err(error)) => Failure::from(error),
        Err(failure) => failure,
    };
    desk.ui.error(&failure);
    if desk.terminal.is_none() {
        desk.ui.blank_line()?;
        return Ok(Next::Go);
    }
    Ok(Next::Offer(text.to_owned()))
}

/// A command at work.
pub(super) struct Act<'c, 'a> {
    pub(super) conversation: &'c mut Conversation<'a>,
    pub(super) desk: Desk<'c>,
    pub(super) ui: &'c Ui,
}

impl Act<'_, '_> {
    fn run(&mut self, command: Command, rest: &str) -> Result<Next, Failure> {
        match command {
            Command::Help => self.ui.report(input::help())?,
            Command::Title => self.title(rest)?,
            Command::Tag => self.tag(rest)?,
            Command::Persona => self.persona(rest)?,
            Command::Backend => self.backend(rest)?,
            Command::Model => self.model(rest)?,
            Command::Save => self.save()?,
            Command::Retry => self.retry()?,
            Command::Undo => self.undo(rest)?,
            Command::Edit => return self.edit(rest),
            Command::Branches => self.branches()?,
            Command::Switch => self.switch(rest)?,
            Command::Continue => self.go_on_with(rest)?,
            Command::New => self.begin_another(rest)?,
            Command::List => self.list()?,
            Command::Search => self.search(rest)?,
            Command::Show => self.show(rest)?,
            Command::Attach => return self.attach(rest),
            Command::Copy => self.copy(rest)?,
            Command::Draft => self.draft(rest)?,
            Command::Editor => return self.editor(),
            Command::Send => return self.send(rest),
            Command::Info => self.info()?,
            Command::Exit => return Ok(Next::Leave),
        }
        Ok(Next::Go)
    }

    fn title(&mut self, title: &str) -> Result<(), Failure> {
        if !title.is_empty() {
            self.conversation.session.set_title(title)?;
        }
        self.ui.report(safe_format!(
            "💬 Title: {}\n",
            SafeText::line(self.conversation.session.thread().title())
        ))
    }

    fn tag(&mut self, words: &str) -> Result<(), Failure> {
        let words = words
            .split([' ', '\t', ','])
            .filter(|word| !word.is_empty());
        let (removed, added): (Vec<&str>, Vec<&str>) =
            words.partition(|word| word.starts_with('-'));
        let added: Vec<String> = added
            .iter()
            .map(|tag| tag.trim_start_matches('#').to_owned())
            .collect();
        // First, so that a refused tag leaves all as it was.
        added.iter().try_for_each(|tag| check_tag(tag))?;
        let session = &mut self.conversation.session;
        for tag in removed.iter().map(|tag| &tag[1..]) {
            if !session.remove_tag(tag)? {
                self.ui.status(safe_format!(
                    "{} is not among the tags",
                    SafeText::line(tag)
                ));
            }
        }
        session.add_tags(&added)?;
        let tags = self.conversation.session.thread().tags().join(", ");
        let tags = if tags.is_empty() {
            "none".into()
        } else {
            SafeText::line(&tags)
        };
        self.ui.report(safe_format!("🏷️  Tags: {}\n", tags))
    }

    fn save(&mut self) -> Result<(), Failure> {
        if self.conversation.session.thread().messages().is_empty() {
            self.ui
                .status("Nothing was said yet, so there is nothing to save.");
            return self.ui.blank_line();
        }
        let from_elsewhere = self.conversation.session.save()?;
        self.conversation.tell_from_elsewhere(from_elsewhere);
        let thread = self.conversation.session.thread();
        self.ui.status(safe_format!(
            "💾 Saved: {}, {}",
            thread.id(),
            messages(thread.visible().len())
        ));
        self.ui.blank_line()
    }

    fn retry(&mut self) -> Result<(), Failure> {
        let visible = self.conversation.session.thread().visible();
        if visible
            .iter()
            .all(|message| message.persona_name().is_some())
        {
            self.ui.status("There is nothing to ask again yet.");
            return self.ui.blank_line();
        }
        self.conversation.answer_again()
    }

    fn undo(&mut self, number: &str) -> Result<(), Failure> {
        let there = self.conversation.session.undoable();
        let count = if number.is_empty() {
            Some(1)
        } else {
            number.parse().ok().filter(|count| *count > 0)
        };
        match count {
            None => self
                .ui
                .hint("/undo takes how many of the last questions to put aside."),
            Some(_) if there == 0 => self.ui.status("There is nothing to undo."),
            Some(count) if count > there => {
                let there = counted(there, "question");
                self.ui.status(safe_format!(
                    "There are only {} to undo; nothing was put aside.",
                    there
                ));
            }
            Some(count) => self.put_aside(count)?,
        }
        self.ui.blank_line()
    }

    /// Puts so many of the last questions aside, of which there are as many.
    fn put_aside(&mut self, count: usize) -> Result<(), Failure> {
        let mut first = String::new();
        for _ in 0..count {
            first = self.conversation.session.undo()?.unwrap_or_default();
        }
        let words = SafeText::line(first.lines().next().unwrap_or_default()).shortened(40);
        let what = match count {
            1 => words,
            _ => safe_format!("{}, back to {}", counted(count, "question"), words),
        };
        self.ui.status(safe_format!(
            "↩️  Put aside: {} (kept in the thread, no longer sent or shown)",
            what
        ));
        Ok(())
    }

    /// Sends a text, or the one that was held back, whatever it looks like.
    fn send(&mut self, text: &str) -> Result<Next, Failure> {
        if !text.is_empty() {
            return say(text, text, Meant::Yes, self.conversation, self.desk);
        }
        let Some(held) = self.conversation.held.take() else {
            self.ui
                .hint("Nothing was held back. /send TEXT sends a text, whatever it looks like.");
            self.ui.blank_line()?;
            return Ok(Next::Go);
        };
        self.conversation.edit = held.edit;
        let text = &held.text;
        if self.desk.terminal.is_some() {
            self.ui
                .data_line(safe_format!("You: {}", SafeText::block(text)))?;
        }
        say(text, text, Meant::Yes, self.conversation, self.desk)
    }

    fn editor(&mut self) -> Result<Next, Failure> {
        let Some(terminal) = self.desk.terminal else {
            self.ui.hint("/editor needs a terminal that can edit.");
            self.ui.blank_line()?;
            return Ok(Next::Go);
        };
        let session = &self.conversation.session;
        let may_rest = session.settings().sealed_files_on_disk;
        let place = if session.thread().is_sealed() && !may_rest {
            EditorPlace::Memory
        } else {
            EditorPlace::Home
        };
        let composed = terminal.pause(|| {
            let file = EditorFile {
                name: "message",
                text: "",
                otherwise: "Nothing was sent.",
                place,
            };
            write_in_editor(&file, self.desk.environment)
        });
        let Some(composed) = composed else {
            return Ok(Next::Go);
        };
        // Ctrl-C in there was meant for the editor.
        self.conversation.stop().forget_interrupt();
        let text = composed?;
        let text = text.trim_matches('\n').trim_end();
        if text.is_empty() {
            self.ui.status("The text is empty; nothing was sent.");
            self.ui.blank_line()?;
            return Ok(Next::Go);
        }
        self.ui
            .data_line(safe_format!("You: {}", SafeText::block(text)))?;
        say(text, text, Meant::No, self.conversation, self.desk)
    }
}
