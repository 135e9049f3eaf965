//! `mmogit draft`.

mod apply;

use super::completions::draft_ids;
use super::project::tell;
use crate::cli::{self, EditorFile, EditorPlace, Environment, Exit, Failure, Ui};
use crate::identity::Keys;
use crate::model::DraftRefusal;
use crate::render::drafts;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::workspace::{DraftError, ShownDraft, WorkError, Workspace};
use clap::Subcommand;
use clap_complete::ArgValueCompleter;
use std::io::{IsTerminal, Read};

/// The longest text of a draft that is read from a pipe: more has no room in its file.
const MOST: u64 = 1 << 20;

/// Drafts: what an AI proposed, for you to edit, accept, discard and apply
///
/// A reply that says so has a draft, and `/draft` in a chat makes one of any reply, or of a piece of
/// code in it. The reply itself never changes. Nothing is applied but by you: accepting says that
/// you agree, and is final; `draft apply` writes it to a file.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit draft list
  mmogit draft accept 3fa9
  mmogit draft apply 3fa9 --to plan.md")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List your drafts, the last changed first
    #[command(after_help = "Examples:\n  mmogit draft list --pending")]
    List {
        /// Only those of which nothing was decided yet
        #[arg(long)]
        pending: bool,
        /// Print JSON: {"drafts": […], "troubles": […]}
        #[arg(long)]
        json: bool,
    },
    /// Show a draft and what became of it
    #[command(
        after_help = "Examples:\n  mmogit draft show 3fa9\n  mmogit draft show 3fa9 --text > plan.md"
    )]
    Show {
        #[command(flatten)]
        which: Which,
        /// Print only its text
        #[arg(long, conflicts_with = "json")]
        text: bool,
    },
    /// Write another text in its place: in your editor, or from a pipe
    #[command(
        after_help = "Examples:\n  mmogit draft edit 3fa9\n  mmogit draft edit 3fa9 < plan.md"
    )]
    Edit(Which),
    /// Agree to a draft, for good; applying it is another step
    ///
    /// What was accepted can't be edited or discarded any more, and may be applied as often as you
    /// like. Look at it before: `mmogit draft show ID`.
    #[command(after_help = "Examples:\n  mmogit draft accept 3fa9")]
    Accept(Which),
    /// Say that you want none of a draft, for good
    #[command(after_help = "Examples:\n  mmogit draft discard 3fa9")]
    Discard(Which),
    Apply(apply::Args),
}

/// Which draft.
#[derive(clap::Args)]
struct Which {
    /// A draft's id or UUID, or at least four digits with which it alone begins
    #[arg(add = ArgValueCompleter::new(draft_ids))]
    id: String,
    /// Print JSON: the draft
    #[arg(long)]
    json: bool,
}

/// What every draft command works with.
struct Desk<'d> {
    workspace: &'d Workspace,
    environment: &'d Environment,
    ui: &'d Ui,
}

/// Lists, shows, changes or applies drafts.
///
/// # Errors
/// If the draft can't be found, if what became of it does not allow it, or if the store can't be
/// read or written.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let desk = Desk {
        workspace: &workspace,
        environment,
        ui,
    };
    match &args.what {
        What::List { pending, json } => desk.list(*pending, *json)?,
        What::Show { which, text } => desk.show(which, *text)?,
        What::Edit(which) => desk.edit(which)?,
        What::Accept(which) => {
            let keys = desk.keys()?;
            let found = desk.find(&keys, &which.id)?;
            let done = workspace.drafts().accept(&keys, &found);
            let done = done.map_err(|error| refused(error, &found))?;
            desk.tell(which, &done, "✅ Accepted")?;
            if !which.json {
                ui.hint(safe_format!(
                    "   It can't be edited or discarded any more. Nothing was applied yet: \
                     mmogit draft apply {} --to FILE",
                    SafeText::shown(done.draft.id.short())
                ));
            }
        }
        What::Discard(which) => {
            let keys = desk.keys()?;
            let found = desk.find(&keys, &which.id)?;
            let done = workspace.drafts().discard(&keys, &found);
            let done = done.map_err(|error| refused(error, &found))?;
            desk.tell(which, &done, "🗑️  Discarded")?;
        }
        What::Apply(args) => apply::run(args, &desk)?,
    }
    Ok(Exit::Done)
}

/// Where what became of a draft is in the way, what may still be done with it is the next step.
fn refused(error: WorkError, found: &ShownDraft) -> Failure {
    let why = match &error {
        WorkError::Draft(DraftError::Refused(why)) => Some(*why),
        _ => None,
    };
    let failure = Failure::from(error);
    match why {
        Some(why) => failure.hint(cli::after_refusal(why, &found.draft)),
        None => failure,
    }
}

/// With the end that the last line of a file has.
fn with_end(mut text: String) -> String {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Without that end, which editors and `draft show --text` give to a text that has none.
fn without_end(text: &str) -> &str {
    text.strip_suffix('\n').unwrap_or(text)
}

impl Desk<'_> {
    fn keys(&self) -> Result<Keys, Failure> {
        let keys = cli::keys_of_owner(self.workspace, self.environment, self.ui)?;
        self.workspace.read_as(&keys);
        Ok(keys)
    }

    fn find(&self, keys: &Keys, id: &str) -> Result<ShownDraft, Failure> {
        Ok(self.workspace.drafts().find(&keys.public(), id)?)
    }

    fn tell(&self, which: &Which, shown: &ShownDraft, what: &'static str) -> Result<(), Failure> {
        if which.json {
            return self.ui.json(&drafts::json(shown));
        }
        let id = SafeText::shown(shown.draft.id.short());
        self.ui.report(safe_format!("{}: draft {}", what, id))
    }

    fn list(&self, is_pending: bool, is_json: bool) -> Result<(), Failure> {
        let found = self.workspace.drafts().list(&self.workspace.owner()?)?;
        let all = found.drafts.iter();
        let wanted: Vec<&ShownDraft> = all
            .filter(|shown| !is_pending || shown.draft.state.is_pending())
            .collect();
        if is_json {
            return self.ui.json(&drafts::list_json(&found, &wanted));
        }
        tell(&found.troubles, self.ui);
        if wanted.is_empty() {
            return self
                .ui
                .data("No drafts found. /draft in a chat keeps a reply as one\n");
        }
        self.ui.data(drafts::list(&wanted))
    }

    fn show(&self, which: &Which, is_text: bool) -> Result<(), Failure> {
        let shown = self
            .workspace
            .drafts()
            .find(&self.workspace.owner()?, &which.id)?;
        if which.json {
            return self.ui.json(&drafts::json(&shown));
        }
        if !is_text {
            return self.ui.data(drafts::whole(&shown));
        }
        let open = shown
            .open
            .map_err(|why| WorkError::from(DraftError::Closed(why)))?;
        let text = with_end(open.text());
        let text = if self.ui.stdout_is_terminal {
            SafeText::block(&text).to_string()
        } else {
            text
        };
        self.ui.bytes(text.as_bytes())
    }

    fn edit(&self, which: &Which) -> Result<(), Failure> {
        let keys = self.keys()?;
        let found = self.find(&keys, &which.id)?;
        let open = found.open.clone();
        let open = open.map_err(|why| WorkError::from(DraftError::Closed(why)))?;
        // Before an editor is opened for nothing.
        if !found.draft.state.is_pending() {
            let why = DraftError::Refused(DraftRefusal::NotEditable);
            return Err(refused(why.into(), &found));
        }
        let before = open.text();
        let text = self.written(&found, &before)?;
        if text.trim().is_empty() {
            return Err(
                Failure::new(Exit::Usage, "a draft needs a text").hint(safe_format!(
                    "Nothing was changed. To be rid of it: mmogit draft discard {}",
                    SafeText::shown(found.draft.id.short())
                )),
            );
        }
        if without_end(&text) == without_end(&before) {
            self.ui
                .status("The text is as it was; nothing was changed.");
            return Ok(());
        }
        let done = self.workspace.drafts().edit(&keys, &found, text.into());
        let done = done.map_err(|error| refused(error, &found))?;
        self.tell(which, &done, "✏️  Edited")
    }

    /// The new text: from a pipe, or else out of the editor.
    fn written(&self, found: &ShownDraft, before: &str) -> Result<String, Failure> {
        if !std::io::stdin().is_terminal() {
            let mut bytes = Vec::new();
            std::io::stdin().take(MOST + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > MOST {
                return Err(Failure::new(Exit::Usage, "a draft has room for 1 MiB")
                    .hint("Nothing was changed."));
            }
            let text = String::from_utf8(bytes);
            return text.map_err(|_| {
                Failure::new(Exit::Usage, "the text is not in UTF-8").hint("Nothing was changed.")
            });
        }
        let may_rest = self.workspace.settings().sealed_files_on_disk;
        let place = match found.is_sealed() && !may_rest {
            true => EditorPlace::Memory,
            false => EditorPlace::Home,
        };
        let file = EditorFile {
            name: "draft",
            text: before,
            otherwise: "Nothing was changed.",
            place,
        };
        cli::write_in_editor(&file, self.environment)
    }
}
