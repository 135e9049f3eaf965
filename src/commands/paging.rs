//! `--no-pager`, for the commands whose output may be longer than the screen.

use crate::cli::{Environment, Failure, Ui, pager};
use crate::render::safe::SafeText;

/// How long outputs are shown.
#[derive(clap::Args, Default)]
pub struct Paging {
    /// Don't show what is longer than the screen in a pager (MMOGIT_PAGER, PAGER, or less)
    #[arg(long)]
    no_pager: bool,
}

impl Paging {
    /// Writes a text to standard output.
    pub(super) fn show(
        &self,
        text: &SafeText,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<(), Failure> {
        if self.no_pager {
            ui.data(text)
        } else {
            pager::show(text, environment, ui)
        }
    }
}
