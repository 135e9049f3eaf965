//! The talk itself: say, ask, and tell the person what became of it.

mod earlier;

use super::backends::Chosen;
use super::files::{self, File};
use super::messages;
use super::stop::Stop;
use super::token_line::{self, Context, Tokens};
use super::view::View;
use super::warned::Held;
use crate::backend::choose::{BackendOverrides, ReadyBackend};
use crate::backend::{Backend, Event, Listener, NoReply};
use crate::cli::{Exit, Failure, Ui, after_no_reply};
use crate::model::Hash;
use crate::prompt;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::store::StoreError;
use crate::turn::{Accepted, KeptAnswer, Session, TurnError};
use std::collections::HashSet;
use std::ops::ControlFlow;

/// So much of a persona's name is shown.
const PERSONA_WIDTH: usize = 50;

/// A live session with somebody to answer.
pub(super) struct Conversation<'a> {
    pub(super) session: Session<'a>,
    /// Files that go with the next message.
    pub(super) waiting: Vec<File>,
    /// The question in whose place the next message is said.
    pub(super) edit: Option<Edit>,
    /// What was given back because of a likely secret.
    pub(super) held: Option<Held>,
    /// Secrets are meant to be sent.
    pub(super) sends_secrets: bool,
    chosen: Chosen,
    ui: &'a Ui,
    stop: &'a Stop,
    /// What was told already and need not be told with every turn.
    told: HashSet<String>,
}

/// A question that is being edited. Until the new text is sent the thread stays as it is.
#[derive(Clone)]
pub(super) struct Edit {
    pub(super) question: Hash,
    /// The files that went with it.
    pub(super) files: Vec<File>,
}

/// `Session::ask` or `Session::ask_again`.
type Ask<'a> =
    fn(&mut Session<'a>, &dyn Backend, Option<&str>, Listener<'_>) -> Result<KeptAnswer, TurnError>;

/// Whether all of an answer could be written.
pub(super) type Shown = Result<(), Failure>;

/// What became of a question.
pub(super) enum Outcome {
    /// It has an answer, perhaps not a whole one.
    Answered {
        id: Hash,
        interrupted: Option<NoReply>,
        tokens: Tokens,
    },
    /// It has none and stays unanswered.
    Unanswered(NoReply),
}

impl<'a> Conversation<'a> {
    pub(super) fn new(session: Session<'a>, chosen: Chosen, ui: &'a Ui, stop: &'a Stop) -> Self {
        Self {
            session,
            waiting: Vec::new(),
            edit: None,
            held: None,
            sends_secrets: false,
            chosen,
            ui,
            stop,
            told: HashSet::new(),
        }
    }

    /// What was asked for of those who answer.
    pub(super) fn overrides(&self) -> &BackendOverrides {
        &self.chosen.overrides
    }

    /// From now on somebody else answers, or with another model.
    pub(super) fn take_backend(&mut self, chosen: Chosen) {
        self.chosen = chosen;
    }

    /// Who answers, as the header shows it.
    pub(super) fn description(&self) -> String {
        self.chosen.ready.backend.description()
    }

    /// Under what name the answers are signed.
    pub(super) fn agent(&self) -> &str {
        self.chosen.ready.backend.name()
    }

    /// What is to be said of the persona, if there is one.
    pub(super) fn persona(&self) -> Option<SafeText> {
        let name = |name: &str| SafeText::line(name).shortened(PERSONA_WIDTH);
        if let Some(due) = self.session.persona_due() {
            let is_begun = !self.session.thread().visible().is_empty();
            let from = if is_begun {
                ", from your next message on"
            } else {
                ""
            };
            return Some(safe_format!("Persona: {}{}", name(&due.name), from));
        }
        let in_force = self.session.persona_in_force()?.persona_name()?;
        Some(safe_format!("Persona: {}", name(&in_force)))
    }

    /// The same on a line of its own.
    pub(super) fn persona_line(&self) -> Option<SafeText> {
        self.persona().map(|persona| safe_format!("🎭 {}", persona))
    }

    /// Ctrl-C, as the whole session sees it.
    pub(super) fn stop(&self) -> &'a Stop {
        self.stop
    }

    /// All files that go with the next message.
    pub(super) fn files<'f>(&'f self, mentioned: &'f [File]) -> Vec<&'f File> {
        let edited = self.edit.iter().flat_map(|edit| &edit.files);
        edited.chain(&self.waiting).chain(mentioned).collect()
    }

    /// Signs a message, with the files that go with it, and puts it on disk.
    pub(super) fn say(&mut self, words: &str, mentioned: &[File]) -> Result<(), StoreError> {
        let files = self.files(mentioned);
        let (text, context) = (files::compose(words, &files), files::context(&files));
        let accepted = match &self.edit {
            Some(edit) => self.session.say_instead(&edit.question, &text, context)?,
            None => self.session.say_with(&text, context)?,
        };
        self.edit = None;
        self.held = None;
        self.waiting.clear();
        self.tell_accepted(accepted);
        Ok(())
    }

    /// Asks for the answer to the newest message and shows it as it comes. What went wrong is not
    /// told yet.
    pub(super) fn ask(&mut self, view: View<'a>) -> Result<(Outcome, Shown), Failure> {
        self.ask_by(Session::ask, view)
    }

    fn ask_by(&mut self, ask: Ask<'a>, mut view: View<'a>) -> Result<(Outcome, Shown), Failure> {
        let (stop, told) = (self.stop, &mut self.told);
        let mut listener = |event: Event<'_>| {
            let is_news = match event {
                Event::Notice(words) => told.insert(words.to_string()),
                _ => true,
            };
            let seen = if is_news {
                view.hear(event)
            } else {
                ControlFlow::Continue(())
            };
            if stop.is_set() {
                ControlFlow::Break(())
            } else {
                seen
            }
        };
        let answer = {
            let ReadyBackend { backend, model } = &self.chosen.ready;
            ask(
                &mut self.session,
                backend.as_ref(),
                model.as_deref(),
                &mut listener,
            )
        };
        let shown = view.finish();
        let outcome = match answer {
            Ok(answer) => {
                let id = answer.accepted.id;
                let tokens = self.tokens(&answer);
                self.tell_left_out(answer.left_out);
                self.tell_accepted(answer.accepted);
                Outcome::Answered {
                    id,
                    interrupted: answer.interrupted,
                    tokens,
                }
            }
            Err(TurnError::NoReply(none)) => Outcome::Unanswered(none),
            Err(TurnError::Store(error)) => return Err(error.into()),
            Err(error @ (TurnError::AnotherThread | TurnError::OtherMode)) => {
                return Err(Failure::new(Exit::Failed, SafeText::shown(error)));
            }
            Err(nothing @ TurnError::NothingToAnswer) => {
                return Err(Failure::new(Exit::Failed, SafeText::shown(nothing))
                    .hint("Say something first."));
            }
        };
        Ok((outcome, shown))
    }

    /// Asks within a session: labels the answer and tells what became of it.
    pub(super) fn answer(&mut self) -> Result<(), Failure> {
        let (outcome, shown) = self.ask(View::labelled(self.ui))?;
        self.tell_of(&outcome, shown)?;
        self.tell_tokens(&outcome);
        self.ui.blank_line()
    }

    /// The same for another answer to the question that was answered last.
    pub(super) fn answer_again(&mut self) -> Result<(), Failure> {
        let has_answer = self.session.unanswered().is_none();
        let (outcome, shown) = self.ask_by(Session::ask_again, View::labelled(self.ui))?;
        self.tell_of(&outcome, shown)?;
        if has_answer && matches!(outcome, Outcome::Unanswered(_)) {
            self.ui.status("   The earlier answer stays.");
        }
        self.tell_tokens(&outcome);
        self.ui.blank_line()
    }

    /// What the backend counted, or else what can be estimated.
    fn tokens(&self, answer: &KeptAnswer) -> Tokens {
        let written = || {
            let messages = self.session.thread().messages();
            let reply = messages
                .iter()
                .rev()
                .find(|message| message.id() == answer.accepted.id);
            reply.map_or(0, |reply| prompt::tokens(&reply.text()))
        };
        let counted = answer.usage.unwrap_or_default();
        match (counted.prompt, counted.completion) {
            (Some(read), Some(written)) => Tokens {
                read,
                written,
                is_counted: true,
            },
            _ => Tokens {
                read: answer.sent_tokens as u64,
                written: written() as u64,
                is_counted: false,
            },
        }
    }

    /// How much of what may be sent the thread takes by now.
    pub(super) fn context(&self) -> Context {
        Context {
            next: self.session.prompt_tokens(),
            most: self.session.settings().context_tokens,
        }
    }

    fn tell_tokens(&self, outcome: &Outcome) {
        let Outcome::Answered { tokens, .. } = outcome else {
            return;
        };
        let is_seen = self.ui.is_interactive() && self.ui.stderr_is_terminal;
        if is_seen && self.session.settings().status_line {
            let line = token_line::line(tokens, &self.context(), self.ui.width());
            let dim = anstyle::Style::new().effects(anstyle::Effects::DIMMED);
            line.into_iter()
                .for_each(|line| self.ui.status(safe_format!("{}{}{:#}", dim, line, dim)));
        }
    }

    /// Ctrl-C ends whoever reads our output too. What became of the answer is told all the same.
    fn tell_of(&mut self, outcome: &Outcome, shown: Shown) -> Result<(), Failure> {
        if shown.is_ok() || self.stop.is_set() {
            self.tell(outcome);
        }
        shown
    }

    fn tell(&mut self, outcome: &Outcome) {
        let was_stopped = self.stop.is_set();
        match outcome {
            Outcome::Answered {
                interrupted: None, ..
            } => {}
            Outcome::Answered { .. } if was_stopped => {
                self.ui.status(
                    "⏹️  Stopped. What came is kept, marked interrupted; \
                     /retry asks for another answer.",
                );
            }
            Outcome::Answered {
                interrupted: Some(why),
                ..
            } => {
                let why = SafeText::shown(why);
                self.ui.warning(safe_format!("⚠️  The answer is not whole: {}. What came is kept, marked interrupted; /retry asks for another.", why));
            }
            Outcome::Unanswered(_) if was_stopped => {
                self.ui.status(
                    "⏹️  Stopped before anything came. Your message is kept; /retry asks again.",
                );
            }
            Outcome::Unanswered(none) => self.tell_unanswered(none),
        }
    }

    fn tell_unanswered(&mut self, none: &NoReply) {
        let what = SafeText::shown(none);
        if !self.told.insert(what.to_string()) {
            return self
                .ui
                .warning("⚠️  Again no reply. Your message is kept; /retry asks again.");
        }
        self.ui.warning(safe_format!("⚠️  No reply: {}.", what));
        // The way out is told once; with every message it would only be in the way.
        if let Some(next) = after_no_reply(none)
            && self.told.insert(next.to_owned())
        {
            self.ui.hint(safe_format!("   {}", next));
        }
        self.ui.hint("   Your message is kept; /retry asks again.");
    }

    fn tell_left_out(&mut self, left_out: usize) {
        if left_out > 0 && self.told.insert(format!("left out {left_out}")) {
            self.ui.status(safe_format!("ℹ️  The thread is longer than the AI may read: its {} oldest were not sent (context-tokens in config.toml).", messages(left_out)));
        }
    }

    fn tell_accepted(&mut self, accepted: Accepted) {
        let unreached = self.session.take_unreached();
        for key in unreached {
            let what = safe_format!("{}… can't read what is said from now on", key.short());
            if self.told.insert(what.to_string()) {
                self.ui.warning(safe_format!(
                    "⚠️  {}: no card of theirs is known here.",
                    what
                ));
            }
        }
        if let Some(lost) = self.session.take_lost_journal() {
            self.ui.warning(safe_format!(
                "⚠️  {} was taken away or cut while it was in use. Nothing is lost: all that it had is \
                 in another journal.",
                SafeText::shown(lost.display())
            ));
        }
        if let Some(error) = accepted.not_saved {
            self.ui.warning(safe_format!(
                "⚠️  Not saved in git yet: {}",
                SafeText::shown(error)
            ));
            self.ui.hint(
                "   Nothing is lost: every message is in the journal, and saving is tried again.",
            );
        }
        self.tell_from_elsewhere(accepted.from_elsewhere);
    }

    /// Tells of messages that came in with a save.
    pub(super) fn tell_from_elsewhere(&self, count: usize) {
        if count > 0 {
            self.ui.status(safe_format!(
                "ℹ️  {} from another session came into this thread",
                messages(count)
            ));
        }
    }
}
