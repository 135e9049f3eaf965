//! `mmogit identity card`.

use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::identity::Vault;
use crate::model::Card;
use crate::render::contacts;
use crate::workspace::{WorkError, Workspace};

/// Show your card, or change the name on it
///
/// Your card is what others must know to invite you, to seal for you and to be sure of you: your
/// key, your encryption key, and the name that you want to be called. It stands on your branch,
/// signed, and goes along with each sync. With --json it is printed as it stands there: a file that
/// others can take up with `mmogit contact add`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit identity card
  mmogit identity card --name 'Ana Lima'
  mmogit identity card --json > ana.card")]
pub struct Args {
    /// The name that you want to be called
    #[arg(long)]
    name: Option<String>,
    /// Print the card itself, as JSON
    #[arg(long)]
    json: bool,
}

/// Shows the owner's card, or changes it.
///
/// # Errors
/// If it is not good, or the store can't be written.
pub fn run(
    args: &Args,
    workspace: &Workspace,
    vault: &Vault,
    environment: &Environment,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let card = match &args.name {
        Some(name) => {
            let keys = cli::unlock(vault, environment, ui)?;
            workspace.set_own_name(&keys, name)?
        }
        None => own_card(workspace, vault, environment, ui)?,
    };
    if args.json {
        ui.stored_json(&card.to_file())?;
    } else {
        ui.data(contacts::card(&card))?;
        if card.name.is_empty() {
            ui.hint("   Say what you want to be called: mmogit identity card --name NAME");
        }
    }
    Ok(Exit::Done)
}

/// The card that is there; only to make one takes the keys.
fn own_card(
    workspace: &Workspace,
    vault: &Vault,
    environment: &Environment,
    ui: &Ui,
) -> Result<Card, Failure> {
    let owner = vault.author();
    if let Some(found) = workspace.card_of(&owner)? {
        let good = found.good();
        return Ok(good.map_err(|fault| WorkError::Card { owner, fault })?);
    }
    let keys = cli::unlock(vault, environment, ui)?;
    Ok(workspace.ensure_card(&keys)?)
}
