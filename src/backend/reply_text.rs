//! What the listener has been told of an answer, kept equal to what will be stored.
//!
//! A program ends its answer with a newline of its own, which is not the AI's; and some versions of
//! Crush write progress codes into it. Both are held back here, so that the text shown is, piece by
//! piece, the text kept.

use std::ops::ControlFlow;

use super::{Event, Listener};
use crate::process;

/// A progress code for the terminal begins with this (ConEmu's OSC 9;4) and ends with BEL or ST.
const PROGRESS: &str = "\x1b]9;4";
/// No progress code is longer; what is, was something else.
const LONGEST_PROGRESS: usize = 32;

/// Stands between a program's output and the listener.
pub(super) struct ReplyText<'a> {
    listener: Listener<'a>,
    text: String,
    /// Newlines that may be the last.
    held: String,
    /// The beginning of what may be a progress code; `None` where none are expected.
    code: Option<String>,
    stopped: bool,
}

impl<'a> ReplyText<'a> {
    pub(super) fn new(listener: Listener<'a>) -> Self {
        ReplyText {
            listener,
            text: String::new(),
            held: String::new(),
            code: None,
            stopped: false,
        }
    }

    /// For programs that write progress codes among their text.
    pub(super) fn without_progress_codes(mut self) -> Self {
        self.code = Some(String::new());
        self
    }

    /// Passes on what a program says, without what is held back.
    pub(super) fn hear_program(&mut self, event: process::Event<'_>) -> ControlFlow<()> {
        self.hear(match event {
            process::Event::Text(text) => Event::Text(text),
            process::Event::Waiting { elapsed } => Event::Waiting { elapsed },
        })
    }

    /// Passes an event on, without what is held back.
    pub(super) fn hear(&mut self, event: Event<'_>) -> ControlFlow<()> {
        let Event::Text(text) = event else {
            return self.pass(event);
        };
        match &mut self.code {
            None => self.give(text),
            Some(code) => {
                code.push_str(text);
                let (plain, rest) = split_codes(code);
                *code = rest;
                self.give(&plain)
            }
        }
    }

    /// The answer, without the newline its program added.
    pub(super) fn finish(mut self) -> String {
        self.flush_code();
        let held = std::mem::take(&mut self.held);
        self.add(held.strip_suffix('\n').unwrap_or(&held));
        self.text
    }

    /// The answer as it was recorded elsewhere, if what came is its beginning; else as it came.
    pub(super) fn finish_with(mut self, recorded: &str) -> String {
        self.flush_code();
        match recorded.trim_start().strip_prefix(self.text.trim_start()) {
            Some(tail) => {
                self.add(tail);
                self.text
            }
            None => self.finish(),
        }
    }

    fn flush_code(&mut self) {
        if let Some(rest) = self.code.take() {
            let _ = self.give(&rest);
        }
    }

    fn give(&mut self, text: &str) -> ControlFlow<()> {
        let body = text.trim_end_matches('\n');
        if body.is_empty() {
            self.held.push_str(text);
            return ControlFlow::Continue(());
        }
        let mut piece = std::mem::replace(&mut self.held, text[body.len()..].to_owned());
        piece.push_str(body);
        self.text.push_str(&piece);
        self.pass(Event::Text(&piece))
    }

    /// More text, after the program is gone.
    fn add(&mut self, text: &str) {
        let blank = self.text.is_empty() && text.trim().is_empty();
        if !text.is_empty() && !blank && !self.stopped {
            self.text.push_str(text);
            let _ = self.pass(Event::Text(text));
        }
    }

    /// A listener that said stop hears nothing more.
    fn pass(&mut self, event: Event<'_>) -> ControlFlow<()> {
        if self.stopped || (self.listener)(event).is_break() {
            self.stopped = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

/// Text without progress codes, and the beginning of a code that is not whole yet.
fn split_codes(text: &str) -> (String, String) {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if PROGRESS.starts_with(rest) {
            return (plain, rest.to_owned());
        }
        if rest.starts_with(PROGRESS) {
            let body = &rest[PROGRESS.len()..];
            let end = [
                body.find('\x07').map(|at| at + 1),
                body.find("\x1b\\").map(|at| at + 2),
            ];
            if let Some(end) = end.into_iter().flatten().min() {
                rest = &body[end..];
                continue;
            }
            if body.len() < LONGEST_PROGRESS {
                return (plain, rest.to_owned());
            }
        }
        plain.push('\x1b');
        rest = &rest[1..];
    }
    plain.push_str(rest);
    (plain, String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is kept and what was shown, when `text` comes in pieces of `size` characters.
    fn through(text: &str, size: usize, recorded: Option<&str>) -> (String, String) {
        let mut shown = String::new();
        let mut listener = |event: Event<'_>| {
            if let Event::Text(text) = event {
                shown.push_str(text);
            }
            ControlFlow::Continue(())
        };
        let mut reply = ReplyText::new(&mut listener).without_progress_codes();
        let characters: Vec<char> = text.chars().collect();
        for piece in characters.chunks(size) {
            let _ = reply.hear(Event::Text(&piece.iter().collect::<String>()));
        }
        let kept = match recorded {
            Some(recorded) => reply.finish_with(recorded),
            None => reply.finish(),
        };
        (kept, shown)
    }

    #[test]
    fn only_the_programs_own_newline_goes_and_shown_is_kept() {
        for size in 1..6 {
            for (came, kept) in [
                ("a\n\nb\n", "a\n\nb"),
                ("a\n\n", "a\n"),
                ("a", "a"),
                ("\n", ""),
                ("\na\n", "\na"),
            ] {
                assert_eq!(
                    through(came, size, None),
                    (kept.to_owned(), kept.to_owned()),
                    "{came:?}"
                );
            }
        }
    }

    #[test]
    fn progress_codes_go_and_other_codes_stay() {
        let came = "\x1b]9;4;3\x07one \x1b[1mbold\x1b[0m\x1b]9;4;0\x1b\\ two\x1b]9;5;x\x07\x1b]9;4;0\x07\n";
        let kept = "one \x1b[1mbold\x1b[0m two\x1b]9;5;x\x07";
        for size in 1..12 {
            assert_eq!(
                through(came, size, None),
                (kept.to_owned(), kept.to_owned()),
                "in pieces of {size}"
            );
        }
    }

    #[test]
    fn a_code_without_an_end_is_text_after_all() {
        let long = format!("a\x1b]9;4;{}", "x".repeat(100));
        assert_eq!(through(&long, 7, None).0, long);
        assert_eq!(through("a\x1b]9;4", 1, None).0, "a\x1b]9;4");
    }

    #[test]
    fn a_recorded_tail_is_added_and_shown() {
        for (came, recorded, kept) in [
            ("Hel", "Hello, world", "Hello, world"),
            ("Hello\n", "Hello\n\nworld", "Hello\n\nworld"),
            ("Hello\n", "  Hello", "Hello"),
            ("\n", "all of it", "all of it"),
            ("other\n", "Hello", "other"),
            ("Hello and more\n", "Hello", "Hello and more"),
        ] {
            assert_eq!(
                through(came, 2, Some(recorded)),
                (kept.to_owned(), kept.to_owned()),
                "{came:?}"
            );
        }
    }

    #[test]
    fn a_listener_that_stopped_hears_nothing_more() {
        let mut heard = 0;
        let mut listener = |_: Event<'_>| {
            heard += 1;
            ControlFlow::Break(())
        };
        let mut reply = ReplyText::new(&mut listener);
        assert!(reply.hear(Event::Text("a")).is_break());
        assert!(reply.hear(Event::Text("b")).is_break());
        reply.finish_with("abc");
        assert_eq!(heard, 1);
    }
}
