//! A reply on its way to the screen, piece by piece.

use super::spinner::Spinner;
use crate::backend::Event;
use crate::cli::{Failure, Ui, after_notice};
use crate::render::markdown::{Markdown, Style};
use crate::render::safe::{SafeStream, SafeText};
use crate::safe_format;
use anstyle::AnsiColor;
use std::ops::ControlFlow;
use unicode_width::UnicodeWidthStr;

/// What stands before a reply in a session.
const LABEL: &str = "AI: ";

/// Writes one reply.
pub(super) struct View<'a> {
    ui: &'a Ui,
    form: Form,
    label: SafeText,
    spinner: Spinner,
    is_begun: bool,
    /// White space at the beginning; where nothing follows it, it was no answer.
    lead: String,
    /// Why nothing can be written any more.
    failure: Option<Failure>,
}

/// In what form a reply is written.
enum Form {
    /// Drawn for a terminal.
    Drawn(Box<Markdown>),
    /// Line by line for a file or a pipe, among other lines: no control codes.
    Safe(SafeStream, LastLine),
    /// Byte by byte: the reply is all there is. Newlines that may be the last wait here.
    Raw(String),
    /// Not at all.
    Silent,
}

#[derive(Default)]
struct LastLine {
    is_ended: bool,
}

impl<'a> View<'a> {
    /// A reply within a session, after its label.
    pub(super) fn labelled(ui: &'a Ui) -> Self {
        Self::labelled_as(LABEL.into(), ui)
    }

    /// The same after another label.
    pub(super) fn labelled_as(label: SafeText, ui: &'a Ui) -> Self {
        let form = if ui.stdout_is_terminal {
            Form::Drawn(Box::new(drawn(ui).after(column_after(&label, ui))))
        } else {
            Form::Safe(SafeStream::new(), LastLine::default())
        };
        Self::new(ui, form, label)
    }

    /// A reply by itself.
    pub(super) fn alone(ui: &'a Ui) -> Self {
        let form = if ui.stdout_is_terminal {
            Form::Drawn(Box::new(drawn(ui)))
        } else {
            Form::Raw(String::new())
        };
        Self::new(ui, form, SafeText::new())
    }

    /// A reply that is shown in another way, later.
    pub(super) fn silent(ui: &'a Ui) -> Self {
        Self::new(ui, Form::Silent, SafeText::new())
    }

    fn new(ui: &'a Ui, form: Form, label: SafeText) -> Self {
        Self {
            ui,
            form,
            label,
            spinner: Spinner::new(ui),
            is_begun: false,
            lead: String::new(),
            failure: None,
        }
    }

    /// Shows what happens. `Break` once nobody can see it any more.
    pub(super) fn hear(&mut self, event: Event<'_>) -> ControlFlow<()> {
        match event {
            Event::Text(piece) => self.text(piece),
            Event::Waiting { elapsed } if !self.is_begun => self.spinner.tick(elapsed),
            Event::Waiting { .. } => {}
            Event::Notice(notice) => {
                self.spinner.clear();
                let next = after_notice(notice).map(|next| safe_format!("; {}", next));
                self.ui.status(safe_format!(
                    "ℹ️  {}{}",
                    SafeText::shown(notice),
                    next.unwrap_or_default()
                ));
            }
        }
        if self.failure.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn text(&mut self, piece: &str) {
        if self.is_begun {
            return self.show(piece);
        }
        self.lead.push_str(piece);
        if self.lead.trim().is_empty() {
            return;
        }
        self.is_begun = true;
        self.spinner.clear();
        if !self.label.is_empty() {
            let label = styled(self.ui, self.label.clone(), AnsiColor::Cyan);
            self.write(label);
        }
        let lead = std::mem::take(&mut self.lead);
        self.show(&lead);
    }

    fn show(&mut self, piece: &str) {
        match &mut self.form {
            Form::Drawn(markdown) => {
                markdown.resize(self.ui.width());
                let text = markdown.push(piece);
                self.write(text);
            }
            Form::Safe(stream, last) => {
                let text = stream.push(piece);
                last.hear(&text);
                self.write(text);
            }
            Form::Raw(held) => {
                let body = piece.trim_end_matches('\n');
                let mut text = String::new();
                if !body.is_empty() {
                    text.push_str(held);
                    text.push_str(body);
                    held.clear();
                }
                held.push_str(&piece[body.len()..]);
                self.write_raw(&text);
            }
            Form::Silent => {}
        }
    }

    /// Ends the reply, and its last line.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.spinner.clear();
        if self.is_begun {
            match &mut self.form {
                Form::Drawn(markdown) => {
                    let rest = markdown.finish();
                    self.write(rest);
                }
                Form::Safe(stream, last) => {
                    let mut rest = stream.finish();
                    last.hear(&rest);
                    if !last.is_ended {
                        rest.push("\n");
                    }
                    self.write(rest);
                }
                Form::Raw(_) => self.write_raw("\n"),
                Form::Silent => {}
            }
        }
        self.failure.map_or(Ok(()), Err)
    }

    fn write(&mut self, text: SafeText) {
        if !text.is_empty() && self.failure.is_none() {
            self.failure = self.ui.stream(text).err();
        }
    }

    /// Past everything that would strip codes from a pipe.
    fn write_raw(&mut self, text: &str) {
        if self.failure.is_none() {
            self.failure = self.ui.bytes(text.as_bytes()).err();
        }
    }
}

impl LastLine {
    fn hear(&mut self, text: &str) {
        if !text.is_empty() {
            self.is_ended = text.ends_with('\n');
        }
    }
}

/// Where the text begins. The terminal itself wraps a label that is too long for a line.
fn column_after(label: &SafeText, ui: &Ui) -> usize {
    label.as_str().width() % ui.width().max(1)
}

fn drawn(ui: &Ui) -> Markdown {
    Markdown::new(
        ui.width(),
        if ui.has_colour() {
            Style::colour()
        } else {
            Style::plain()
        },
    )
}

/// Bold words in a colour, where there are colours.
pub(super) fn styled(ui: &Ui, words: impl Into<SafeText>, colour: AnsiColor) -> SafeText {
    let words = words.into();
    if !ui.has_colour() {
        return words;
    }
    let style = colour.on_default().bold();
    safe_format!("{}{}{:#}", style, words, style)
}
