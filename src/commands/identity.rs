//! `mmogit identity`.

use super::init::show;
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::identity::{Vault, VaultError};
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::sign;
use clap::Subcommand;
use serde_json::json;

/// Show who you are here, and where your identity is kept
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// Print JSON: {"author", "fingerprint", "file", "branch", "passphrase"}
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum What {
    /// Show your words, to write them down
    ///
    /// Asks for the passphrase, if there is one. Whoever has the words has your identity; in a pipe they are printed in
    /// one line.
    Words,
}

/// Runs it.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let vault = workspace.vault()?.ok_or_else(|| VaultError::Missing(workspace.vault_path()))?;
    if let Some(What::Words) = args.what {
        show(&cli::open(&vault, environment, ui)?, ui)?;
        return Ok(Exit::Done);
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
    ui.line(safe_format!("🔐 Identity: {}", author))?;
    ui.line(safe_format!("   Fingerprint: {}", SafeText::shown(sign::fingerprint(&author))))?;
    ui.line(safe_format!("   Branch: users/{}", author))?;
    ui.line(safe_format!("   Kept in {}, {}", SafeText::line(&file), protection(&vault)))?;
    Ok(Exit::Done)
}

fn protection(vault: &Vault) -> &'static str {
    if vault.is_sealed() { "sealed under a passphrase" } else { "without a passphrase" }
}
