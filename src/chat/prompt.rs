//! The prompt: line editing, history, several lines, and what Ctrl-C means where.

use super::HOW_TO_LEAVE;
use super::complete::{Helper, Here};
use super::transcript::LABEL;
use super::view::styled;
use crate::bounded;
use crate::cli::{Environment, Failure, Ui};
use crate::home::Home;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::secrets;
use anstyle::AnsiColor;
use anyhow::Context as _;
use rustyline::error::ReadlineError;
use rustyline::history::{FileHistory, History, MemHistory};
use rustyline::{
    Cmd, ColorMode, CompletionType, ConditionalEventHandler, Config, Editor, Event, EventContext,
    EventHandler, KeyCode, KeyEvent, Modifiers, Movement, RepeatCount,
};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const KEPT: usize = 5_000;
/// A pasted book is not worth recalling line by line.
const LONGEST_KEPT: usize = 16 << 10;

/// Reads what the user types.
pub(super) struct Prompt<'a> {
    /// It recalls all that was typed, as long as it lives.
    editor: Editor<Helper<'a>, MemHistory>,
    /// What is remembered beyond that, if anything can be.
    remembered: Option<Remembered>,
    /// What is typed now is recalled here and remembered nowhere.
    is_private: bool,
    /// What looks like a secret is remembered nowhere either.
    is_careful: bool,
    label: SafeText,
    is_warned: Arc<AtomicBool>,
    is_edit: Arc<AtomicBool>,
    continued: Continued,
    ui: &'a Ui,
}

/// The file of what was typed, in this session and before.
struct Remembered {
    path: PathBuf,
    lines: FileHistory,
}

/// What was typed.
pub(super) enum Typed {
    /// A text.
    Text(String),
    /// Nothing.
    Nothing,
    /// The user wants to leave.
    Leave,
}

impl<'a> Prompt<'a> {
    pub(super) fn new(
        helper: Helper<'a>,
        environment: &Environment,
        ui: &'a Ui,
    ) -> Result<Self, Failure> {
        // Always on, for our own `highlight`, which makes control characters visible; it knows
        // about NO_COLOR.
        let config = Config::builder()
            .color_mode(ColorMode::Forced)
            .completion_type(CompletionType::List)
            .bell_style(rustyline::config::BellStyle::None)
            .max_history_size(KEPT)
            .and_then(|config| config.history_ignore_dups(true))
            .context("the prompt can't be set up")?
            .build();
        let mut remembered = FileHistory::with_config(&config);
        let recalled = MemHistory::with_config(&config);
        let mut editor =
            Editor::with_history(config, recalled).context("the terminal can't be used")?;
        editor.set_helper(Some(helper));
        let is_warned = Arc::new(AtomicBool::new(false));
        let is_edit = Arc::new(AtomicBool::new(false));
        let continued = Continued::default();
        let clear = Clear {
            is_warned: Arc::clone(&is_warned),
            is_edit: Arc::clone(&is_edit),
        };
        bind(&mut editor, clear, &continued);
        let history = Home::at(&environment.home).chat_history();
        let is_private = private(&history);
        if let Err(why) = &is_private {
            ui.warning(safe_format!(
                "ℹ️  What you type can't be remembered in {}: {}",
                SafeText::shown(history.display()),
                SafeText::shown(why)
            ));
        }
        let remembered = is_private.is_ok().then(|| {
            // A history that can't be read is no reason not to talk.
            let _ = remembered.load(&history);
            for line in remembered.iter() {
                let _ = editor.add_history_entry(line);
            }
            Remembered {
                path: history,
                lines: remembered,
            }
        });
        let label = styled(ui, LABEL, AnsiColor::Green);
        Ok(Self {
            editor,
            remembered,
            is_private: false,
            is_careful: true,
            label,
            is_warned,
            is_edit,
            continued,
            ui,
        })
    }

    /// What stands before the user's words.
    pub(super) fn label(&self) -> &SafeText {
        &self.label
    }

    /// Looks at what may be completed now.
    pub(super) fn look(&mut self, here: Here) {
        if let Some(helper) = self.editor.helper_mut() {
            helper.look(here);
        }
    }

    /// Whether what is typed from now on is to be remembered in no file, as in a sealed thread.
    pub(super) fn set_private(&mut self, is_private: bool) {
        self.is_private = is_private;
    }

    /// Whether what looks like a secret is to be remembered in no file.
    pub(super) fn set_careful(&mut self, is_careful: bool) {
        self.is_careful = is_careful;
    }

    /// Reads a message or a command. At an empty prompt the first Ctrl-C tells how to leave, a
    /// second one leaves; an edit is given up by the first one.
    pub(super) fn read(&mut self, initial: &str, is_edit: bool) -> Result<Typed, Failure> {
        self.is_warned.store(false, Ordering::SeqCst);
        self.is_edit.store(is_edit, Ordering::SeqCst);
        self.continued.lines().clear();
        let prompt = (LABEL.to_owned(), self.label.to_string());
        let mut initial = SafeText::block(initial);
        loop {
            match self.editor.readline_with_initial(&prompt, (&initial, "")) {
                Ok(text) if text.trim().is_empty() => return Ok(Typed::Nothing),
                Ok(text) => {
                    let text = self.continued.join(text);
                    self.remember(&text);
                    return Ok(Typed::Text(text));
                }
                Err(ReadlineError::Interrupted) if is_edit => return Ok(Typed::Nothing),
                Err(ReadlineError::Eof) => return Ok(Typed::Leave),
                Err(ReadlineError::Interrupted) if self.is_warned.swap(true, Ordering::SeqCst) => {
                    return Ok(Typed::Leave);
                }
                Err(ReadlineError::Interrupted) => {
                    self.ui.hint(HOW_TO_LEAVE);
                    // What was offered was cleared before.
                    initial = "".into();
                }
                Err(ReadlineError::Signal(_)) => {}
                Err(error) => {
                    return Err(anyhow::Error::from(error)
                        .context("the terminal can't be read")
                        .into());
                }
            }
        }
    }

    fn remember(&mut self, text: &str) {
        if text.len() > LONGEST_KEPT {
            return;
        }
        let _ = self.editor.add_history_entry(text);
        if self.is_private || (self.is_careful && !secrets::find(text).is_empty()) {
            return;
        }
        if let Some(Remembered { path, lines }) = &mut self.remembered {
            // At once, so that a killed terminal forgets nothing; where it can't be kept, that was
            // told at the start.
            let _ = lines.add(text);
            let _ = lines.append(path);
        }
    }
}

/// Only the user may read what they typed, and only in a file of its own.
fn private(history: &Path) -> std::io::Result<()> {
    if let Some(folder) = history.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = bounded::open_lock(history)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(())
}

fn bind<H: History>(editor: &mut Editor<Helper<'_>, H>, clear: Clear, continued: &Continued) {
    let enter = |modifiers| KeyEvent(KeyCode::Enter, modifiers);
    editor.bind_sequence(enter(Modifiers::ALT), EventHandler::Simple(Cmd::Newline));
    editor.bind_sequence(KeyEvent::alt('\r'), EventHandler::Simple(Cmd::Newline));
    editor.bind_sequence(KeyEvent::alt('\n'), EventHandler::Simple(Cmd::Newline));
    editor.bind_sequence(
        enter(Modifiers::NONE),
        EventHandler::Conditional(Box::new(continued.clone())),
    );
    editor.bind_sequence(
        KeyEvent::ctrl('C'),
        EventHandler::Conditional(Box::new(clear)),
    );
}

/// Enter after a lone backslash begins a new line. Only such backslashes are taken out again, never
/// a pasted one.
#[derive(Clone, Default)]
struct Continued(Arc<Mutex<Vec<String>>>);

impl ConditionalEventHandler for Continued {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        let line = context.line();
        let backslashes = line.len() - line.trim_end_matches('\\').len();
        if context.pos() < line.len() || backslashes.is_multiple_of(2) {
            return None;
        }
        self.lines().push(line.to_owned());
        Some(Cmd::Insert(1, "\n".to_owned()))
    }
}

impl Continued {
    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The text without the backslashes that were typed to go on.
    fn join(&self, text: String) -> String {
        const BREAK: &str = "\\\n";
        let lines = std::mem::take(&mut *self.lines());
        if lines.len() == text.matches(BREAK).count() {
            return text.replace(BREAK, "\n");
        }
        // Others were pasted: ours are where the text up to them is still the same.
        let ours = lines
            .iter()
            .rev()
            .filter(|line| text.starts_with(&format!("{line}\n")));
        let places: Vec<usize> = ours.map(|line| line.len() - 1).collect();
        places.into_iter().fold(text, |mut text, place| {
            text.remove(place);
            text
        })
    }
}

/// Ctrl-C: clears what is typed, and is no step on the way out; where nothing is typed, or an edit
/// is offered, it is an interruption.
struct Clear {
    is_warned: Arc<AtomicBool>,
    is_edit: Arc<AtomicBool>,
}

impl ConditionalEventHandler for Clear {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        if context.line().is_empty() || self.is_edit.load(Ordering::SeqCst) {
            return Some(Cmd::Interrupt);
        }
        self.is_warned.store(false, Ordering::SeqCst);
        Some(Cmd::Kill(Movement::WholeBuffer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(lines: &[&str], text: &str) -> String {
        let continued = Continued::default();
        continued
            .lines()
            .extend(lines.iter().map(|line| (*line).to_owned()));
        continued.join(text.to_owned())
    }

    #[test]
    fn only_the_backslashes_typed_to_go_on_are_taken_out() {
        assert_eq!(joined(&[], "a"), "a");
        assert_eq!(joined(&[], "cc \\\n -o x"), "cc \\\n -o x");
        assert_eq!(joined(&["a\\", "a\\\nb\\"], "a\\\nb\\\nc"), "a\nb\nc");
        assert_eq!(
            joined(&["a\\"], "now a\\\nb"),
            "now a\nb",
            "edited later on"
        );
        assert_eq!(
            joined(&["a\\"], "a\\\ncc \\\n -o x"),
            "a\ncc \\\n -o x",
            "and a paste"
        );
    }
}
