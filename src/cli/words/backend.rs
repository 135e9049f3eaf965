//! Who answers: why nobody could be chosen, and why an answer did not come.

use crate::backend::choose::ChooseError;
use crate::backend::crush::{CrushFailure, CrushProblem};
use crate::backend::{NoReply, Notice};
use crate::cli::{Exit, Failure};
use crate::render::safe::SafeText;
use crate::safe_format;

impl From<ChooseError> for Failure {
    fn from(error: ChooseError) -> Self {
        let exit = match error {
            ChooseError::NoCrush | ChooseError::ProgramNotFound(_) => Exit::Failed,
            _ => Exit::Usage,
        };
        let hint = next_step(&error);
        Failure::of(error, exit, Some(hint))
    }
}

fn next_step(error: &ChooseError) -> SafeText {
    match error {
        ChooseError::Unknown { profiles, .. } if profiles.is_empty() => {
            "Use crush, command, echo or offline; `[profile.NAME]` in config.toml adds others."
                .into()
        }
        ChooseError::Unknown { profiles, .. } => safe_format!(
            "Use crush, command, echo or offline, or a profile of config.toml: {}.",
            SafeText::line(&profiles.join(", "))
        ),
        ChooseError::NoCrush => {
            "Install it (https://github.com/charmbracelet/crush), or use `--backend offline`: \
             messages are kept without replies."
                .into()
        }
        ChooseError::NoProgram => "Name one: --command 'llm -m MODEL', or in config.toml: \
             command = [\"llm\", \"-m\", \"MODEL\"]"
            .into(),
        ChooseError::ProgramNotFound(_) => {
            "Check its name, that it may be run, and that its folder is on PATH.".into()
        }
        ChooseError::OpenQuote(_) => {
            "Write it as you would in a shell: --command 'llm -m \"a model\"'".into()
        }
        ChooseError::NoModels(_) => "Leave --model out, or name another backend.".into(),
    }
}

/// The next step where no answer came, or not a whole one.
pub fn after_no_reply(error: &NoReply) -> Option<&'static str> {
    Some(match error {
        NoReply::Nobody => {
            "Install Crush (https://github.com/charmbracelet/crush) and run `crush` once to choose \
             a model, or name any program that answers on stdout: --command 'PROGRAM ARGS'."
        }
        NoReply::Stopped | NoReply::Empty | NoReply::NothingBefore(_) | NoReply::Broke => {
            return None;
        }
        NoReply::NotStarted { .. } => "Check that it is installed and may be run.",
        NoReply::Failed { .. } => "Run it by hand with the same arguments to see more.",
        NoReply::Blank { .. } => "Ask again, or in other words.",
        NoReply::NoFirstText { .. } => "Ask again later; a longer patience can be configured.",
        NoReply::Silent { .. } => "Ask again; a longer patience can be configured.",
        NoReply::TooSlow { .. } => "Ask for less at once; a longer patience can be configured.",
        NoReply::TooLong | NoReply::NoRoom { .. } => "Ask for less at once.",
        NoReply::Lingered { .. } => "A program that answers has to end after its last word.",
        NoReply::Crush(failure) => after_crush(failure),
    })
}

/// What to do about what should be known of a backend.
pub fn after_notice(notice: &Notice) -> Option<&'static str> {
    match notice {
        Notice::CrushKeepsTools(_) => Some("update Crush, or install bubblewrap (bwrap)"),
        Notice::CrushHasTools(_) | Notice::CrushChoosesItsModel { .. } => None,
    }
}

fn after_crush(failure: &CrushFailure) -> &'static str {
    match failure {
        CrushFailure::NoDirectory { .. } => {
            "Check that the directory may be written and the disk is not full."
        }
        CrushFailure::NoMemory => {
            "Set XDG_RUNTIME_DIR to a folder in memory that only you may enter, or ask another \
             program; `sealed-files-on-disk = true` in config.toml lets Crush work on the disk."
        }
        CrushFailure::NoVersion(_) => "Check with `crush -v` that it is Crush, or update it.",
        CrushFailure::Crashed => "Ask again, or update Crush.",
        CrushFailure::GaveUp => {
            "In some versions a refused API key looks like this: run `crush` and enter a valid key, \
             or update Crush."
        }
        CrushFailure::CutShort(_) => "Ask again.",
        CrushFailure::Error(error) | CrushFailure::Retried { cause: error, .. } => {
            after_problem(error.problem)
        }
    }
}

fn after_problem(problem: CrushProblem) -> &'static str {
    match problem {
        CrushProblem::NoModel => "Run `crush` once and choose a model.",
        CrushProblem::NoProviderList => {
            "Connect to the network and run `crush` once, or update Crush: newer versions carry \
             the list."
        }
        CrushProblem::UnknownModel => "See `crush models`, or leave the model out.",
        CrushProblem::BadConfiguration => "Correct the file, then check with `crush`.",
        CrushProblem::TooOld => "Update Crush, then try again.",
        CrushProblem::KeyRefused => "Run `crush` and enter a valid key.",
        CrushProblem::Unpaid => "Check your account with the provider.",
        CrushProblem::TooManyRequests => "Wait a little, then ask again.",
        CrushProblem::TooLong => "Choose a model with a larger context, or begin a new thread.",
        CrushProblem::Unreachable => "Check the network and the provider's address.",
        CrushProblem::Forbidden => "Check with the provider what your key may do.",
        CrushProblem::NotFound => "Run `crush` and choose another model.",
        CrushProblem::ServerFailed => "Ask again in a while.",
        CrushProblem::BrokeOff => "Ask again; if it persists, check the provider's address.",
        CrushProblem::DiskFull => "Make room, then ask again.",
        CrushProblem::Other => "Try `crush run hello` by hand to see more.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::crush::Version;

    #[test]
    fn whoever_has_nobody_to_ask_hears_of_both_ways() {
        let next = after_no_reply(&NoReply::Nobody).unwrap();
        assert!(
            next.contains("Crush") && next.contains("--command"),
            "{next}"
        );
    }

    #[test]
    fn what_a_crush_with_tools_can_do_is_told_with_the_way_out() {
        let version = Version::new(0, 7, 1);
        let next = after_notice(&Notice::CrushKeepsTools(version)).unwrap();
        assert!(
            next.contains("update Crush") && next.contains("bubblewrap"),
            "{next}"
        );
    }

    #[test]
    fn who_stopped_it_needs_no_next_step() {
        assert_eq!(after_no_reply(&NoReply::Stopped), None);
        let nothing = NoReply::NothingBefore(Box::new(NoReply::Stopped));
        assert_eq!(after_no_reply(&nothing), None);
    }
}
