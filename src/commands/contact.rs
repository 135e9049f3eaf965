//! `mmogit contact`.

use super::completions::contact_names;
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::identity::{Keys, Side, comparison_words, read_comparison};
use crate::render::contacts::{self, Listed, called};
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::workspace::{Contact, ContactError, Contacts, Workspace};
use clap::Subcommand;
use clap_complete::ArgValueCompleter;
use serde_json::json;

/// Whom you know: people by their keys, under names that you give them
///
/// A contact is somebody's key with a name that you choose. The encryption key of the first card
/// that you see of them is remembered, and another one refused from then on. That the first one was
/// theirs you know once you compared the words of `mmogit contact verify` with them, aloud or face
/// to face.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit contact add ana.card --name Ana
  mmogit contact verify Ana
  mmogit contact list")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Remember somebody, or give them another name
    #[command(after_help = "\
Examples:
  mmogit contact add ana.card
  mmogit contact add 4030a141ed964b23a9f35806029f063c8dc5903018e3f474afc4d7edf4ad35d5 --name Ana
  mmogit contact add Ana --name 'Ana Lima'")]
    Add {
        /// A card's file, a key, the beginning of a key that is known here, or a contact's name
        #[arg(add = ArgValueCompleter::new(contact_names))]
        who: String,
        /// What you want to call them (default: the name on their card)
        #[arg(long)]
        name: Option<String>,
    },
    /// List your contacts
    #[command(after_help = "Examples:\n  mmogit contact list\n  mmogit contact list --json")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Compare keys with somebody: both see the same words, or somebody stands between you
    ///
    /// Let them run the same with your name, and read the words to each other: on the telephone, or
    /// face to face, but not over what brought you the card. Read them in the order of their numbers,
    /// 1 to 16, down one column after the other. Each word counts.
    ///
    /// The answer may wait: then nothing is noted, and the exit code is 1. If the words differ the
    /// exit code is 3, and somebody who was verified before is so no more. In a script, --words takes
    /// the 16 words that the other side sees; without them and without a terminal the words are
    /// printed, nothing is compared, and the exit code is 1.
    #[command(after_help = "\
Examples:
  mmogit contact verify Ana
  mmogit contact verify Ana --words \"$(cat words-from-ana)\"")]
    Verify {
        /// Whom
        #[arg(add = ArgValueCompleter::new(contact_names))]
        who: String,
        /// The words that they see, instead of asking
        #[arg(long)]
        words: Option<String>,
        /// Print JSON: {"contact", "words"}; at a terminal the words are shown first, beside it
        #[arg(long)]
        json: bool,
    },
    /// Forget somebody
    #[command(after_help = "Examples:\n  mmogit contact remove Ana")]
    Remove {
        /// Whom
        #[arg(add = ArgValueCompleter::new(contact_names))]
        who: String,
    },
}

/// Adds, lists, verifies or removes contacts.
///
/// # Errors
/// If it is nobody, if their card is not good or names another key than before, or if the file of
/// the contacts can't be read or written.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let vault = workspace.existing_vault()?;
    let mut contacts = workspace.contacts(vault.author())?;
    let keys = || cli::unlock(&vault, environment, ui);
    match &args.what {
        What::Add { who, name } => add(&mut contacts, who, name.as_deref(), &keys()?, ui)?,
        What::List { json } => list(&contacts, *json, ui)?,
        What::Verify { who, words, json } => {
            let asked = Asked {
                who,
                words: words.as_deref(),
                json: *json,
            };
            return verify(&workspace, &mut contacts, &asked, &keys()?, ui);
        }
        What::Remove { who } => remove(&mut contacts, who, &keys()?, ui)?,
    }
    Ok(Exit::Done)
}

fn add(
    contacts: &mut Contacts<'_>,
    who: &str,
    name: Option<&str>,
    keys: &Keys,
    ui: &Ui,
) -> Result<(), Failure> {
    let mut contact = contacts.find(who)?;
    if let Some(name) = name {
        name.clone_into(&mut contact.name);
        contact.name = contact.name.trim().to_owned();
        if contact.name.is_empty() {
            return Err(Failure::new(Exit::Usage, "a name cannot be empty"));
        }
    }
    let added = contacts.remember(keys, &contact)?;
    ui.data_line(safe_format!(
        "👤 {}: remembered",
        called(&added.name, &added.key)
    ))?;
    if added.encryption.is_none() {
        ui.status("   No card of theirs was seen yet: nothing can be sealed for them.");
    } else if !added.verified {
        let key = added.key.short();
        ui.hint(safe_format!(
            "   Compare keys with them: mmogit contact verify {}",
            SafeText::shown(key)
        ));
    }
    Ok(())
}

fn list(contacts: &Contacts<'_>, is_json: bool, ui: &Ui) -> Result<(), Failure> {
    let mut all = Vec::new();
    for contact in contacts.list() {
        all.push(Listed {
            problem: contacts.by_key(contact.key).err(),
            succession: contacts.succession_of(&contact.key)?,
            contact,
        });
    }
    if is_json {
        return ui.json(&contacts::list_json(&all));
    }
    if all.is_empty() {
        return ui.data("No contacts found. Add one with 'mmogit contact add FILE'\n");
    }
    ui.data(contacts::list(&all))
}

/// What was asked of `verify`.
struct Asked<'a> {
    who: &'a str,
    words: Option<&'a str>,
    json: bool,
}

/// What came of a comparison.
enum Compared {
    Same,
    Different,
    /// Nobody said yet whether they are the same.
    Later,
}

fn verify(
    workspace: &Workspace,
    contacts: &mut Contacts<'_>,
    asked: &Asked<'_>,
    keys: &Keys,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let given = asked.words.map(read_comparison).transpose()?;
    let contact = contacts.find(asked.who)?;
    let words = words_for(workspace, &contact, keys)?;
    let is_asked = given.is_none() && ui.is_interactive();
    if !asked.json {
        ui.data(shown_words(&contact, &words, ui))?;
    } else if is_asked {
        ui.status(shown_words(&contact, &words, ui));
    }
    let compared = match given {
        Some(given) if given == words => Compared::Same,
        Some(_) => Compared::Different,
        None if is_asked => ask(ui)?,
        None => Compared::Later,
    };
    let (contact, exit) = match compared {
        Compared::Same => (contacts.set_verified(keys, &contact)?, Exit::Done),
        Compared::Different => return Err(differ(contacts, &contact, keys, ui)),
        Compared::Later => (contact, Exit::Failed),
    };
    if asked.json {
        let succession = contacts.succession_of(&contact.key)?;
        let contact = contacts::json(&contact, None, &succession);
        ui.json(&json!({"contact": contact, "words": words}))?;
    } else if exit == Exit::Done {
        let who = called(&contact.name, &contact.key);
        ui.report(safe_format!("✅ {}: verified", who))?;
    }
    if exit == Exit::Failed {
        ui.hint(
            "Nothing was compared yet, and nothing noted. Once you know which words they see, run it \
             again, or give them: --words \"WORD WORD …\"",
        );
    }
    Ok(exit)
}

/// The words that the owner and somebody else both see, if nobody stands between them.
fn words_for(
    workspace: &Workspace,
    contact: &Contact,
    keys: &Keys,
) -> Result<Vec<&'static str>, Failure> {
    let own = workspace.ensure_card(keys)?;
    let Some(encryption) = contact.encryption else {
        return Err(ContactError::NothingToCompare(Box::new(contact.clone())).into());
    };
    let ours = Side {
        key: keys.public(),
        encryption: own.encryption,
    };
    let theirs = Side {
        key: contact.key,
        encryption,
    };
    if ours.key == theirs.key {
        return Err(ContactError::Yourself.into());
    }
    Ok(comparison_words(ours, theirs))
}

fn shown_words(contact: &Contact, words: &[&'static str], ui: &Ui) -> SafeText {
    let who = called(&contact.name, &contact.key);
    let mut text = safe_format!("The words for you and {}:\n\n", who);
    for line in contacts::numbered_words(words, ui.width()) {
        text += line + "\n";
    }
    text
}

/// Only who says so says that they differ: somebody may not have reached the other side yet.
fn ask(ui: &Ui) -> Result<Compared, Failure> {
    let question = "\nDo they see the very same words, all of them? (y/n, Enter for later) ";
    let answer = ui.read_line(question)?;
    Ok(match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Compared::Same,
        "n" | "no" => Compared::Different,
        _ => Compared::Later,
    })
}

/// The keys are in doubt from now on, whatever was noted before.
fn differ(contacts: &mut Contacts<'_>, contact: &Contact, keys: &Keys, ui: &Ui) -> Failure {
    let noted = match contacts.take_back_verified(keys, &contact.key) {
        Ok(true) => "They were verified before, and are so no more.",
        Ok(false) => "Nothing was noted.",
        Err(error) => {
            ui.warning(SafeText::shown(error));
            "They may still be noted as verified: take that away with `mmogit contact remove`."
        }
    };
    let what = "the words are not the same: one of you has a key that is not the other's";
    Failure::new(Exit::Unverified, what).hint(safe_format!(
        "{} Exchange the cards anew, over another way, and compare again.",
        noted
    ))
}

fn remove(contacts: &mut Contacts<'_>, who: &str, keys: &Keys, ui: &Ui) -> Result<(), Failure> {
    let contact = contacts.known(who)?;
    contacts.remove(keys, &contact.key)?;
    ui.report(safe_format!(
        "👤 {}: forgotten",
        called(&contact.name, &contact.key)
    ))
}
