//! `mmogit remote`.

use super::completions::remote_names;
use crate::cli::{Environment, Exit, Failure, Ui};
use crate::render::safe::SafeText;
use crate::render::sync;
use crate::safe_format;
use crate::store::{Address, AddressFault, RemoteName, Store};
use crate::workspace::Workspace;
use clap::Subcommand;
use clap_complete::ArgValueCompleter;
use std::path;

/// Set up, list or forget remotes: the repositories with which `mmogit sync` exchanges threads
///
/// A remote can be any git repository to which you may push: a folder on a disk, a repository on
/// your own server by ssh, or one at a git host. All that is needed there is a bare repository
/// (`git init --bare`). Nothing is fetched or pushed before you run `mmogit sync`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit remote add origin git@example.com:me/threads.git
  mmogit remote add disk /media/disk/threads.git
  mmogit remote list")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Set up a remote
    #[command(
        after_help = "Examples:\n  mmogit remote add origin git@example.com:me/threads.git\n  mmogit remote add web https://example.com/me/threads.git"
    )]
    Add {
        /// What to call it: at most 50 letters, digits, - and _
        name: String,
        /// Where it is: a path, file:///…, ssh://…, host:path, https://… or http://…
        #[arg(allow_hyphen_values = true)]
        url: String,
    },
    /// List the remotes
    #[command(after_help = "Examples:\n  mmogit remote list --json")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Forget a remote; what came from there stays
    #[command(after_help = "Examples:\n  mmogit remote remove origin")]
    Remove {
        /// The remote's name
        #[arg(add = ArgValueCompleter::new(remote_names))]
        name: String,
    },
}

/// Sets up, lists or forgets remotes.
///
/// # Errors
/// If the name or the address is none, or the repository can't be read or written.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    match &args.what {
        What::Add { name, url } => add(name, url, environment, ui)?,
        What::List { json } => list(*json, environment, ui)?,
        What::Remove { name } => {
            let store = environment.workspace()?.store()?;
            let Some(store) = store else {
                return Err(crate::store::StoreError::NoSuchRemote {
                    name: name.clone(),
                    known: Vec::new(),
                }
                .into());
            };
            store.remove_remote(name)?;
            ui.status(safe_format!("Forgot the remote {}", SafeText::line(name)));
        }
    }
    Ok(Exit::Done)
}

fn add(name: &str, url: &str, environment: &Environment, ui: &Ui) -> Result<(), Failure> {
    let name: RemoteName = name.parse().map_err(|_| {
        let what = safe_format!("a remote can't be called “{}”", SafeText::line(name));
        Failure::new(Exit::Usage, what)
            .hint("A name has 1 to 50 letters, digits, - or _, and does not begin with a hyphen.")
    })?;
    let address = read_address(url)?;
    let store = store_for(&environment.workspace()?)?;
    store.add_remote(&name, &address)?;
    ui.status(safe_format!(
        "🔗 Remote {}: {}",
        SafeText::shown(&name),
        SafeText::shown(&address)
    ));
    ui.hint(safe_format!(
        "   Exchange threads with it: mmogit sync {}",
        SafeText::shown(&name)
    ));
    Ok(())
}

/// The address; a path is made whole, for it would lead elsewhere from another folder.
fn read_address(url: &str) -> Result<Address, Failure> {
    let read = match Address::read(url) {
        Err(AddressFault::RelativePath) => {
            let whole = path::absolute(url)?;
            let whole = whole.to_str().ok_or_else(|| {
                Failure::new(Exit::Usage, "the path of this folder is no text in UTF-8")
            })?;
            Address::read(whole)
        }
        read => read,
    };
    read.map_err(|fault| {
        Failure::new(Exit::Usage, SafeText::shown(fault)).hint(
            "Write a path, file:///path, ssh://user@host/path, user@host:path, \
             https://host/path or http://host/path.",
        )
    })
}

/// The store; made, if nothing was saved yet.
fn store_for(workspace: &Workspace) -> Result<Store, Failure> {
    let vault = workspace.existing_vault()?;
    Ok(workspace.store_of(&vault.author())?)
}

fn list(is_json: bool, environment: &Environment, ui: &Ui) -> Result<(), Failure> {
    let workspace = environment.workspace_for_reading(ui);
    let remotes = match workspace.store()? {
        Some(store) => store.remotes()?,
        None => Vec::new(),
    };
    if is_json {
        return ui.json(&sync::remotes_json(&remotes));
    }
    if remotes.is_empty() {
        ui.hint("No remotes yet. Set one up: mmogit remote add origin URL");
    }
    ui.data(sync::remotes(&remotes))
}
