//! One line at the terminal that is drawn again and again, and goes without a trace.

use super::Ui;
use crate::render::safe::SafeText;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use std::borrow::Cow;
use std::io;
use std::sync::{Mutex, PoisonError};

const BAR: &str = "{msg} {bar:30} {pos} of {len} threads";
const BAR_CHARACTERS: &str = "█░";
const COUNT: &str = "{msg} … {pos} threads";
const SPINNER: &str = "{spinner} {msg}";
/// The last one would stand where a spinner stays when it is done; ours goes.
const FRAMES: &str = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ";
/// So often a second at the most.
const DRAWN: u8 = 20;

/// The line. Whether anybody may see it is for whoever draws it to know.
pub struct LiveLine {
    ui: Ui,
    /// What is drawn now; `None` before and after.
    drawn: Mutex<Option<ProgressBar>>,
}

impl LiveLine {
    /// Nothing is drawn yet.
    pub fn new(ui: &Ui) -> Self {
        Self {
            ui: *ui,
            drawn: Mutex::new(None),
        }
    }

    /// A bar: so many threads of so many.
    pub fn bar(&self, what: &'static str, done: usize, total: usize) {
        self.draw(BAR, |line| {
            line.set_length(total as u64);
            line.set_position(done as u64);
            line.set_message(what);
        });
    }

    /// So many threads, of nobody knows how many.
    pub fn count(&self, what: &'static str, done: usize) {
        self.draw(COUNT, |line| {
            line.set_position(done as u64);
            line.set_message(what);
        });
    }

    /// A spinner, one frame further.
    pub fn spin(&self, words: &SafeText) {
        self.draw(SPINNER, |line| {
            line.set_message(Cow::from(words.to_string()))
        });
    }

    /// Takes the line away.
    pub fn clear(&self) {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = drawn.take() {
            line.finish_and_clear();
        }
    }

    fn draw(&self, template: &'static str, set: impl FnOnce(&ProgressBar)) {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let line = drawn.get_or_insert_with(|| new_line(self.ui, template));
        set(line);
        line.tick();
    }
}

impl Drop for LiveLine {
    fn drop(&mut self) {
        self.clear();
    }
}

fn new_line(ui: Ui, template: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template(template)
        .expect("a template of ours")
        .progress_chars(BAR_CHARACTERS)
        .tick_chars(FRAMES);
    let target = ProgressDrawTarget::term_like_with_hz(Box::new(OneLine(ui)), DRAWN);
    ProgressBar::with_draw_target(None, target).with_style(style)
}

/// A terminal of one line: what does not fit is cut off, where a window that gets narrow would
/// wrap it and keep the half.
#[derive(Debug)]
struct OneLine(Ui);

impl TermLike for OneLine {
    /// As wide as any line of ours; it is cut to the window's width as it is drawn.
    fn width(&self) -> u16 {
        1_000
    }

    fn height(&self) -> u16 {
        1
    }

    fn write_str(&self, line: &str) -> io::Result<()> {
        // A line is filled up with blanks, which a narrow window would wrap.
        if !line.trim_start_matches(' ').is_empty() {
            self.0.redraw(SafeText::line(line));
        }
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.redraw("");
        Ok(())
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.write_str(line)
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
