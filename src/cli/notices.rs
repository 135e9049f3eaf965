//! What the workspace has to say while a command waits for it: how far it has come, and one remark
//! where there can be no index.

use super::{Progress, Ui};
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::workspace::Notice;

/// Tells notices at the terminal.
pub(super) fn teller(ui: Ui) -> impl Fn(&Notice) {
    let progress = Progress::new(&ui);
    move |notice| match notice {
        Notice::Indexing { done, total } => {
            progress.show(
                if done < total { "Indexing" } else { "Sorting" },
                *done,
                *total,
            );
        }
        Notice::Checking { done, total } => progress.show("Checking", *done, *total),
        Notice::Indexed | Notice::Checked => progress.clear(),
        Notice::Waiting if ui.stderr_is_terminal => {
            ui.status("Another mmogit is building the index; waiting for it")
        }
        Notice::Waiting => {}
        Notice::NotRemembered { owner, why } => {
            ui.warning(safe_format!(
                "What the branch of {}… has now can't be remembered: {}",
                owner.short(),
                SafeText::line(why)
            ));
        }
        Notice::WithoutIndex { why } => {
            ui.warning(safe_format!(
                "The index can't be used, so every thread is read: {}",
                SafeText::line(why)
            ));
        }
    }
}
