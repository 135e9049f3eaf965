//! What is seen while nothing comes.

use crate::cli::Ui;
use crate::render::safe::SafeText;
use crate::safe_format;
use std::time::Duration;

const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME: Duration = Duration::from_millis(100);
/// A quick answer needs no spinner.
const DELAY: Duration = Duration::from_millis(250);
/// From now on people wonder whether it still works.
const LONG: Duration = Duration::from_secs(10);

/// One line on standard error that turns, and goes without a trace.
pub(super) struct Spinner {
    ui: Ui,
    kind: Kind,
    is_drawn: bool,
}

enum Kind {
    /// Drawn in place.
    Turning,
    /// A line now and then, where nothing may be drawn over; the next one is due at this time.
    Lines(Duration),
    /// Nobody watches.
    None,
}

impl Spinner {
    pub(super) fn new(ui: &Ui) -> Self {
        let kind = match (ui.stderr_is_terminal, ui.has_colour()) {
            (true, true) => Kind::Turning,
            (true, false) => Kind::Lines(LONG),
            (false, _) => Kind::None,
        };
        Self {
            ui: *ui,
            kind,
            is_drawn: false,
        }
    }

    pub(super) fn tick(&mut self, elapsed: Duration) {
        match &mut self.kind {
            Kind::Turning if elapsed >= DELAY => {
                self.ui.redraw(line(elapsed));
                self.is_drawn = true;
            }
            Kind::Lines(due) if elapsed >= *due => {
                self.ui.status(safe_format!(
                    "… still waiting, {} s (Ctrl-C stops)",
                    elapsed.as_secs()
                ));
                *due += LONG.max(*due);
            }
            _ => {}
        }
    }

    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.is_drawn) {
            self.ui.redraw("");
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.clear();
    }
}

fn line(elapsed: Duration) -> SafeText {
    let turn = (elapsed.as_millis() / FRAME.as_millis()) as usize;
    let frame = FRAMES[turn % FRAMES.len()];
    if elapsed < LONG {
        return safe_format!("{} thinking…", frame);
    }
    safe_format!(
        "{} still waiting, {} s (Ctrl-C stops)",
        frame,
        elapsed.as_secs()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_while_it_tells_the_time_and_how_to_stop() {
        assert_eq!(line(Duration::from_millis(9_950)), "⠏ thinking…");
        assert_eq!(
            line(Duration::from_millis(12_300)),
            "⠸ still waiting, 12 s (Ctrl-C stops)"
        );
    }
}
