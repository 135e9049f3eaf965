//! What the work can fail with.

use super::{documents, sealing};
use crate::cli::{Exit, Failure};
use crate::render::safe::SafeText;
use crate::render::threads;
use crate::safe_format;
use crate::workspace::{Obstacle, Purpose, Summary, WorkError};
use std::path::Path;

/// So many threads are named where several fit.
const NAMED: usize = 10;

impl From<WorkError> for Failure {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Vault(error) => error.into(),
            WorkError::Store(error) => error.into(),
            WorkError::Contacts(error) => error.into(),
            WorkError::Settings { path, why } => in_settings(&path, &why),
            error => {
                let hint = next_step(&error);
                let exit = exit_of(&error);
                Failure::of(error, exit, hint)
            }
        }
    }
}

/// With the parser's lines as they are, since one of them points into the line above it. They stand
/// apart, so that none can say what looks like a line of ours.
fn in_settings(path: &Path, why: &str) -> Failure {
    let why = SafeText::block(why);
    let lines = why
        .in_lines()
        .map(|line| safe_format!("    {}", line).trimmed_end());
    let what = safe_format!(
        "{} can't be understood:\n{}",
        SafeText::shown(path.display()),
        SafeText::joined(lines, "\n")
    );
    let hint = "Correct that line, or remove the file to go back to the defaults.";
    Failure::new(Exit::Failed, what).hint(hint)
}

/// What was asked for in a way that can't be done is a matter of usage.
fn exit_of(error: &WorkError) -> Exit {
    match error {
        WorkError::BadTitle(_)
        | WorkError::BadTag(_)
        | WorkError::BadProject
        | WorkError::BadLabel
        | WorkError::Project(_)
        | WorkError::BadPersonaName(_)
        | WorkError::BadPersonaText(_)
        | WorkError::BadName(_)
        | WorkError::NoSuchAgent { .. }
        | WorkError::NoSuchMessage { .. } => Exit::Usage,
        _ => Exit::Failed,
    }
}

fn next_step(error: &WorkError) -> Option<SafeText> {
    let hint = match error {
        WorkError::Index(_) => {
            "The index is derived: delete index.db in your home folder, and it is built anew."
        }
        WorkError::NotFound(_) => "`mmogit thread-list` shows all threads.",
        WorkError::ErasedByYou(_) => {
            "Their copies are theirs; `mmogit verify` still checks them. `mmogit thread-list` shows \
             all other threads."
        }
        WorkError::NotFoundInOpen { .. } => {
            "Name it by its id (`mmogit thread-list`), or give the passphrase in \
             MMOGIT_PASSPHRASE_FILE: a sealed title is known to its readers alone."
        }
        WorkError::OpenElsewhere { .. } => {
            "/save there saves it now; from then on it can be read, and gone on with, here too."
        }
        WorkError::Ambiguous { candidates, .. } => return Some(one_of(candidates)),
        WorkError::Malformed { .. } | WorkError::Unreadable { .. } => {
            "Earlier versions of it are in your branch's history (`git log -- PATH`)."
        }
        WorkError::NoSuchMessage { id, .. } => {
            let id = SafeText::line(id);
            return Some(safe_format!("`mmogit thread-tree {}` numbers them.", id));
        }
        WorkError::Unfit {
            what: Purpose::ChangePeople,
            why: Obstacle::Foreign(_) | Obstacle::OnBranchOf(_),
            ..
        } => "Only who began a thread says who has a part in it.",
        WorkError::Unfit { id, why, .. } => return Some(around(why, id)),
        WorkError::BadTitle(_) => "A title has 1 to 200 characters and fits on a line.",
        WorkError::BadProject => {
            "A project's name has 1 to 100 characters, a label 1 to 200; either fits on a line."
        }
        WorkError::BadLabel => "Take a word. For a project that you have a part in: --project.",
        WorkError::BadTag(_) => "A tag has 1 to 50 letters, digits, - or _, as in `to-do`.",
        WorkError::BadPersonaName(_) => {
            "A persona is called like `code-reviewer`; the name is no path."
        }
        WorkError::BadPersona { .. } => {
            "A persona is a text file of at most 64 KiB. Move this one away, or write it anew from a \
             good one: mmogit persona edit NAME < FILE"
        }
        WorkError::BadPersonaText(_) => {
            "A persona is a text of at most 64 KiB in UTF-8. Nothing was changed."
        }
        WorkError::NoSuchPersona { name, known } => return Some(one_of_the_personas(name, known)),
        WorkError::Disk { .. } => {
            "Check that it can be read and written and that there is room, or set MMOGIT_HOME to \
             another folder."
        }
        WorkError::NoSuchAgent { known, .. } => {
            let known = SafeText::line(&known.join(", "));
            return Some(safe_format!(
                "There are: {}. `mmogit agent list` shows them.",
                known
            ));
        }
        WorkError::Succeeded { .. } => {
            "If that was you, on this computer, `mmogit identity rotate` finishes it; on another one, \
             bring the newer identity here with `mmogit init --recover` and MMOGIT_HOME set to a new \
             folder. If it was not you, somebody has your words: tell your contacts."
        }
        WorkError::Served { .. } => {
            "End it first, with Ctrl-C where it runs; of several profiles, log out of this one."
        }
        WorkError::BadName(_) => "A name has 1 to 100 characters and fits on a line.",
        WorkError::Card { .. } | WorkError::OtherEncryptionKey { .. } => {
            "Nothing was changed. `mmogit verify` shows each finding."
        }
        WorkError::GivenUp { .. } => {
            "Ask them, compare keys with the newer one (`mmogit contact verify KEY`), and name that."
        }
        WorkError::NoCard { .. } => {
            "Their card comes with a sync that follows them, or as a file: \
             `mmogit contact add CARD.json`."
        }
        WorkError::Project(why) => return documents::of_project(why),
        WorkError::Draft(why) => return documents::of_draft(why),
        WorkError::Sealing(why) => return sealing::next_step(why),
        WorkError::Settings { .. }
        | WorkError::Vault(_)
        | WorkError::Store(_)
        | WorkError::Contacts(_) => return None,
    };
    Some(hint.into())
}

fn one_of(candidates: &[Summary]) -> SafeText {
    let mut lines = vec![SafeText::from("Name one of them:")];
    for thread in candidates.iter().take(NAMED) {
        lines.push(safe_format!("  {}", threads::candidate(thread)));
    }
    if candidates.len() > NAMED {
        lines.push(safe_format!("  … and {} more", candidates.len() - NAMED));
    }
    SafeText::joined(lines, "\n")
}

/// How the thread `id` can be used in spite of what is in the way.
fn around(obstacle: &Obstacle, id: &str) -> SafeText {
    let id = SafeText::line(id);
    match obstacle {
        Obstacle::Foreign(_) => safe_format!(
            "Copy it into a thread of your own: `mmogit thread-fork {}`.",
            id
        ),
        Obstacle::Dropped(_) => safe_format!(
            "What you said before stays. Go on by yourself: `mmogit thread-fork {}`.",
            id
        ),
        Obstacle::Yours => "Name somebody else.".into(),
        Obstacle::UntrueTogether(_) => safe_format!(
            "`mmogit thread-info {}` says what each copy has; `mmogit thread-fork {}` copies what \
             is shown.",
            id,
            id
        ),
        Obstacle::AfterSuccession { .. } => {
            "Ask them over another way which words are theirs. `mmogit verify` shows each finding."
                .into()
        }
        Obstacle::AuthorsCopyMissing => {
            "Sync with a repository that has its author's branch: `mmogit sync --follow AUTHOR`."
                .into()
        }
        Obstacle::SealedForOthers => safe_format!(
            "Ask its author to let you in (`mmogit thread-readers`), or go on by yourself in a \
             copy: `mmogit thread-fork {}`.",
            id
        ),
        Obstacle::Archived => {
            safe_format!("Bring it back first: `mmogit thread-restore {}`.", id)
        }
        Obstacle::Invalid(_) => safe_format!(
            "`mmogit verify {}` shows each check; `mmogit thread-replay {}` shows the thread.",
            id,
            id
        ),
        Obstacle::AllOfIt => safe_format!(
            "Copy it whole with `mmogit thread-fork {}`, or split at 2 or later.",
            id
        ),
        Obstacle::Legacy => safe_format!(
            "Read it with `mmogit thread-replay {}`, or start a new one.",
            id
        ),
        Obstacle::Itself => "Name two different threads.".into(),
        Obstacle::OtherMode { .. } => "Modes never mix; name two threads of the same mode.".into(),
        Obstacle::OtherProject { .. } => {
            "Projects never mix; name two threads of the same project.".into()
        }
        Obstacle::NothingToCopy => "Name threads that show messages.".into(),
        Obstacle::UntrueAsCopy(_) => {
            "What was imported counts only in a thread of whoever imported it; let them make \
             the copy."
                .into()
        }
        Obstacle::OnBranchOf(_) => {
            "Ask them to erase it; to be rid of your copy, delete that branch with git.".into()
        }
    }
}

fn one_of_the_personas(name: &str, known: &[String]) -> SafeText {
    let name = SafeText::line(name);
    if known.is_empty() {
        return safe_format!("There are none yet. Make it: mmogit persona edit {}", name);
    }
    safe_format!(
        "There are: {}. Make it: mmogit persona edit {}",
        SafeText::line(&known.join(", ")),
        name
    )
}
