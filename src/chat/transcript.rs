//! What a session without line editing shows of what was typed.

use crate::cli::{Failure, Ui};
use crate::render::safe::SafeText;
use crate::safe_format;

/// What stands before each line of the person's.
pub(super) const LABEL: &str = "You: ";

/// Writes down a line. What was typed stands there already where the transcript is the terminal.
pub(super) fn echo(line: &str, ui: &Ui) -> Result<(), Failure> {
    if ui.is_interactive() {
        return Ok(());
    }
    ui.data_line(safe_format!("{}{}", LABEL, SafeText::line(line)))
}
