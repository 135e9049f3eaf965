//! What is seen while nothing comes.

use crate::cli::{LiveLine, Ui};
use crate::render::safe::SafeText;
use crate::safe_format;
use std::time::Duration;

const FRAME: Duration = Duration::from_millis(100);
/// A quick answer needs no spinner.
const DELAY: Duration = Duration::from_millis(250);
/// From now on people wonder whether it still works.
const LONG: Duration = Duration::from_secs(10);

/// One line on standard error that turns, and goes without a trace.
pub(super) struct Spinner {
    ui: Ui,
    kind: Kind,
}

enum Kind {
    /// Drawn in place; the next frame is due at this time.
    Turning { line: LiveLine, due: Duration },
    /// A line now and then, where nothing may be drawn over; the next one is due at this time.
    Lines { due: Duration },
    /// Nobody watches.
    None,
}

impl Spinner {
    pub(super) fn new(ui: &Ui) -> Self {
        let kind = match (ui.stderr_is_terminal, ui.has_colour()) {
            (true, true) => Kind::Turning {
                line: LiveLine::new(ui),
                due: DELAY,
            },
            (true, false) => Kind::Lines { due: LONG },
            (false, _) => Kind::None,
        };
        Self { ui: *ui, kind }
    }

    pub(super) fn tick(&mut self, elapsed: Duration) {
        match &mut self.kind {
            Kind::Turning { line, due } if elapsed >= *due => {
                line.spin(&words(elapsed));
                *due = elapsed + FRAME;
            }
            Kind::Lines { due } if elapsed >= *due => {
                self.ui.status(safe_format!("… {}", words(elapsed)));
                *due += LONG.max(*due);
            }
            _ => {}
        }
    }

    pub(super) fn clear(&mut self) {
        if let Kind::Turning { line, .. } = &self.kind {
            line.clear();
        }
    }
}

fn words(elapsed: Duration) -> SafeText {
    if elapsed < LONG {
        return "thinking…".into();
    }
    safe_format!("still waiting, {} s (Ctrl-C stops)", elapsed.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_while_it_tells_the_time_and_how_to_stop() {
        assert_eq!(words(Duration::from_millis(9_950)), "thinking…");
        assert_eq!(
            words(Duration::from_millis(12_300)),
            "still waiting, 12 s (Ctrl-C stops)"
        );
    }
}
