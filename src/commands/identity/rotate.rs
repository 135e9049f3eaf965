//! `mmogit identity rotate`.

use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::commands::init::new_words;
use crate::identity::Keys;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::workspace::{Rotated, Rotator, Workspace};

/// Take new words, and with them a new key, in the place of those you have
///
/// Do it when your words, or a computer with them, may be in other hands. Your branch ends here,
/// and a new one begins; both cards name each other. Whatever your older key signs later does not
/// count for whoever verified the newer one, so let your contacts compare keys with you again. Your
/// threads stay; going on with one copies it into one of the newer key. The older words still open
/// what others sealed for them: keep them. End your chats, and a server at work on the home, first. What was broken off goes on when
/// you run this again.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit identity rotate
  mmogit identity rotate --no-verify > words   # in a script")]
pub struct Args {
    /// Don't ask for three of the new words back
    #[arg(long)]
    no_verify: bool,
}

/// Gives the home new words and a new key.
///
/// # Errors
/// If it can't be opened, if a chat is open, or if the store or the disk refuses.
pub fn run(
    args: &Args,
    workspace: &Workspace,
    environment: &Environment,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let older = cli::keys_to_rotate(workspace, environment, ui)?;
    // Before new words are shown, of which nothing would come while the home is served.
    let rotator = workspace.rotator()?;
    let newer = newer_keys(args, &rotator, workspace, environment, ui)?;
    let rotated = rotator.rotate(&older, &newer)?;
    tell(&rotated, ui);
    Ok(Exit::Done)
}

/// Those of new words; of a rotation that was broken off, those of the words that were shown then.
fn newer_keys(
    args: &Args,
    rotator: &Rotator<'_>,
    workspace: &Workspace,
    environment: &Environment,
    ui: &Ui,
) -> Result<Keys, Failure> {
    if let Some(begun) = rotator.broken_off()? {
        ui.status(safe_format!(
            "♻️  Going on with the rotation to {}… that was broken off",
            SafeText::shown(begun.author().short())
        ));
        return cli::unlock_newer(&begun, environment, ui);
    }
    let words = new_words(args.no_verify, workspace, ui)?;
    let passphrase = cli::newer_passphrase(environment, ui)?;
    let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_str());
    rotator.begin(&words, passphrase)?;
    Ok(Keys::from_words(&words))
}

fn tell(rotated: &Rotated, ui: &Ui) {
    ui.status(safe_format!("🔐 Identity: {}", rotated.newer));
    ui.status(safe_format!(
        "   It takes the place of {}, whose branch ends at commit {}",
        rotated.older,
        SafeText::line(&rotated.closed_at)
    ));
    ui.status(safe_format!(
        "   The older words rest in {}, and still open what others sealed for them",
        SafeText::shown(rotated.kept_in.display())
    ));
    for thread in &rotated.not_handed_on {
        ui.warning(safe_format!(
            "⚠️  {} can't be opened whole, and was not handed on: keep the older words for it",
            SafeText::line(thread)
        ));
    }
    ui.hint("   Sync, and let your contacts compare keys with you: mmogit contact verify NAME");
}
