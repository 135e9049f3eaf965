//! `mmogit identity`.

mod card;
mod rotate;

use super::init::show;
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::identity::Vault;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::sign;
use crate::workspace::Workspace;
use clap::Subcommand;
use serde_json::json;

/// Show who you are here, and where your identity is kept
#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  mmogit identity
  mmogit identity card --name Ana
  mmogit identity words
  mmogit identity passphrase
  mmogit identity rotate"
)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// Print JSON: {"author", "fingerprint", "file", "branch", "passphrase"}
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum What {
    Card(card::Args),
    Rotate(rotate::Args),
    /// Show your words, to write them down
    ///
    /// Asks for the passphrase, if there is one. Whoever has the words has your identity; in a pipe
    /// they are printed in one line.
    #[command(after_help = "\
Examples:
  mmogit identity words
  mmogit identity words | gpg --symmetric --output words.gpg")]
    Words,
    /// Set, change or remove the passphrase under which your identity is kept on this computer
    ///
    /// Asks for the one there is, then twice for the new one. Your words and your threads stay as
    /// they are, and copies of the file made before still open as they did. A script names files:
    /// MMOGIT_PASSPHRASE_FILE (or _FD) for the one there is, MMOGIT_NEW_PASSPHRASE_FILE (or _FD)
    /// for the new one.
    #[command(after_help = "\
Examples:
  mmogit identity passphrase
  MMOGIT_PASSPHRASE_FILE=old MMOGIT_NEW_PASSPHRASE_FILE=new mmogit identity passphrase
  mmogit identity passphrase --remove")]
    Passphrase {
        /// Have none from now on: whoever can read the file can then sign as you
        #[arg(long)]
        remove: bool,
    },
}

/// Shows the identity, its words, or changes its passphrase.
///
/// # Errors
/// If there is none, or it can't be opened or written.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let vault = workspace.existing_vault()?;
    match &args.what {
        Some(What::Card(card)) => return card::run(card, &workspace, &vault, environment, ui),
        Some(What::Rotate(rotate)) => return rotate::run(rotate, &workspace, environment, ui),
        Some(What::Words) => {
            show(&cli::open(&vault, environment, ui)?, ui)?;
            return Ok(Exit::Done);
        }
        Some(What::Passphrase { remove }) => {
            return passphrase(*remove, &workspace, &vault, environment, ui);
        }
        None => {}
    }
    let author = vault.author();
    let file = workspace.vault_path().display().to_string();
    if args.json {
        let value = json!({
            "author": author.to_string(),
            "fingerprint": sign::fingerprint(&author),
            "file": file,
            "branch": safe_format!("users/{}", author),
            "passphrase": vault.is_sealed(),
        });
        ui.json(&value)?;
        return Ok(Exit::Done);
    }
    ui.data_line(safe_format!("🔐 Identity: {}", author))?;
    ui.data_line(safe_format!(
        "   Fingerprint: {}",
        SafeText::shown(sign::fingerprint(&author))
    ))?;
    ui.data_line(safe_format!("   Branch: users/{}", author))?;
    ui.data_line(safe_format!(
        "   Kept in {}, {}",
        SafeText::line(&file),
        protection(&vault)
    ))?;
    Ok(Exit::Done)
}

fn passphrase(
    is_removal: bool,
    workspace: &Workspace,
    vault: &Vault,
    environment: &Environment,
    ui: &Ui,
) -> Result<Exit, Failure> {
    if is_removal && !vault.is_sealed() {
        ui.status("There is no passphrase; nothing was changed.");
        return Ok(Exit::Done);
    }
    let words = cli::open(vault, environment, ui)?;
    let passphrase = if is_removal {
        None
    } else {
        Some(cli::another_passphrase(environment, ui)?)
    };
    workspace.change_passphrase(
        vault,
        &words,
        passphrase.as_ref().map(|passphrase| passphrase.as_str()),
    )?;
    ui.report(match (vault.is_sealed(), is_removal) {
        (_, true) => "🔓 The passphrase was removed: whoever can read the file can sign as you",
        (true, false) => "🔐 The passphrase was changed",
        (false, false) => "🔐 The passphrase was set",
    })?;
    Ok(Exit::Done)
}

fn protection(vault: &Vault) -> &'static str {
    if vault.is_sealed() {
        "sealed under a passphrase"
    } else {
        "without a passphrase"
    }
}
