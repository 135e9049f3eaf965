//! `mmogit init`.

use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::identity::{BadWords, Keys, VaultError, Words};
use crate::render::contacts::numbered_words;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::sign;
use crate::workspace::Workspace;
use std::io::Read;
use zeroize::Zeroizing;

/// Make your identity, or bring it back from its words
///
/// The first chat makes one by itself; do it here to write its 24 words down first, and to choose a
/// passphrase. Whoever has the words has your identity, and without them it can't be brought back.
/// An existing identity is never overwritten.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit init
  mmogit init --recover
  mmogit init --no-verify > words   # in a script")]
pub struct Args {
    /// Bring an identity back: type its 12 to 24 words, or give them on standard input
    #[arg(long)]
    recover: bool,
    /// Don't ask for three of the new words back
    #[arg(long, conflicts_with = "recover")]
    no_verify: bool,
}

const ASKED_BACK: usize = 3;

/// Makes an identity, or brings one back from its words.
///
/// # Errors
/// If there is one already, or the words are none.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    if workspace.vault()?.is_some() {
        return Err(VaultError::Exists(workspace.vault_path()).into());
    }
    let words = if args.recover {
        typed_words(ui)?
    } else {
        new_words(args.no_verify, &workspace, ui)?
    };
    let passphrase = cli::new_passphrase(environment, ui)?;
    let vault = workspace.create_identity(
        &words,
        passphrase.as_ref().map(|passphrase| passphrase.as_str()),
    )?;
    // Who brings an identity back may have a card elsewhere; it comes with the first chat or sync.
    if !args.recover {
        cli::ensure_card(&workspace, &Keys::from_words(&words), ui)?;
    }
    ui.status(safe_format!("🔐 Identity: {}", vault.author()));
    ui.status(safe_format!(
        "   Fingerprint: {}",
        SafeText::shown(sign::fingerprint(&vault.author()))
    ));
    ui.status(safe_format!(
        "   Kept in {}",
        SafeText::shown(workspace.vault_path().display())
    ));
    if passphrase.is_none() {
        ui.status("   No passphrase: whoever can read that file can sign as you.");
    }
    ui.hint("Start a chat: mmogit chat");
    Ok(Exit::Done)
}

/// New words, shown, and three of them asked back unless that is left out.
pub(super) fn new_words(
    is_unverified: bool,
    workspace: &Workspace,
    ui: &Ui,
) -> Result<Words, Failure> {
    if !is_unverified && !ui.is_interactive() {
        return Err(Failure::new(
            Exit::Usage,
            "there is no terminal to ask three of the words back",
        )
        .hint("Add --no-verify: the words are then printed on standard output, once."));
    }
    let words = workspace.new_words();
    show(&words, ui)?;
    if !is_unverified {
        ask_back(&words, workspace, ui)?;
    }
    Ok(words)
}

/// Shows words: numbered in columns at a terminal, in one line for a script.
pub(super) fn show(words: &Words, ui: &Ui) -> Result<(), Failure> {
    let words = words.reveal();
    if !ui.stdout_is_terminal {
        return ui.bytes(Zeroizing::new(words.join(" ") + "\n").as_bytes());
    }
    ui.data_line("Write these words down, in this order, on paper. They are your identity:\n")?;
    for line in numbered_words(&words, ui.width()) {
        ui.data_line(line)?;
    }
    ui.blank_line()
}

fn ask_back(words: &Words, workspace: &Workspace, ui: &Ui) -> Result<(), Failure> {
    let words = words.reveal();
    for place in workspace.some_of(words.len(), ASKED_BACK) {
        loop {
            let typed = Zeroizing::new(ui.read_line(safe_format!(
                "Word {}, to be sure it is written down: ",
                place + 1
            ))?);
            if typed.trim().eq_ignore_ascii_case(words[place]) {
                break;
            }
            ui.warning("That is not it; look at what you wrote down. (Ctrl-C stops, and no identity is made.)");
        }
    }
    Ok(())
}

/// No identity has more.
const MOST_WORDS: usize = 24;

fn typed_words(ui: &Ui) -> Result<Words, Failure> {
    if !ui.stdin_is_terminal {
        let mut text = Zeroizing::new(String::new());
        std::io::stdin().take(64 * 1024).read_to_string(&mut text)?;
        return Ok(Words::read(&text)?);
    }
    ui.hint("Type your words, in one line or several; an empty line ends them.");
    loop {
        let mut text = Zeroizing::new(String::new());
        loop {
            let line = Zeroizing::new(ui.read_line("> ")?);
            text.push_str(&line);
            text.push('\n');
            // The first 12 of 24 words may fit together by chance, and would be another identity.
            let are_all = Words::read(&text).is_ok_and(|words| words.reveal().len() == MOST_WORDS);
            if are_all || line.trim().is_empty() {
                break;
            }
        }
        match Words::read(&text) {
            Ok(words) => return Ok(words),
            Err(error) => ui.warning(safe_format!(
                "{}\nType them again, or stop with Ctrl-C.",
                sentence(&error)
            )),
        }
    }
}

/// What is wrong, with the full stop of a sentence unless it is a question.
fn sentence(error: &BadWords) -> SafeText {
    let told = SafeText::shown(error);
    if told.as_str().ends_with('?') {
        told
    } else {
        told + "."
    }
}
