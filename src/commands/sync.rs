//! `mmogit sync`.

use super::completions::remote_names;
use crate::cli::{self, Environment, Exchange, Exit, Failure, Ui, remote_to_sync};
use crate::model::PublicKey;
use crate::render::safe::SafeText;
use crate::render::sync as render;
use crate::safe_format;
use crate::store::{Address, Store};
use crate::workspace::Workspace;
use clap_complete::ArgValueCompleter;
use std::collections::BTreeSet;

/// Whom to follow, to follow everybody again.
const EVERYBODY: &str = "all";

/// Exchange threads with a remote: what is there comes, if its author signed it, and yours go
///
/// Fetches the branches of all authors, checks every commit, takes what its owner signed and what
/// loses nothing, and pushes your own branch. What you said here and on another machine becomes
/// one. What is refused is named; all else goes on.
#[derive(clap::Args)]
#[command(after_help = "\
Exit code 3: something was refused.

Examples:
  mmogit sync
  mmogit sync origin --dry-run
  mmogit sync --follow anna --follow ben")]
pub struct Args {
    /// The remote; needed only where there are several
    #[arg(add = ArgValueCompleter::new(remote_names))]
    remote: Option<String>,
    /// From now on fetch only the branches of these authors, of yours, and of who takes part in a
    /// thread with you; `all` for everybody's. A contact's name, or a key
    #[arg(long, value_name = "AUTHOR")]
    follow: Vec<String>,
    /// Let threads go there that anybody can read who can read the remote; asked once for each
    /// remote that is not on this machine
    #[arg(long)]
    yes: bool,
    /// Only say what would come and go
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Exchanges threads with a remote.
///
/// # Errors
/// If there is no such remote, it can't be asked, or the store can't be read or written.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let keys = cli::keys_of_owner(&workspace, environment, ui)?;
    let store = workspace.store_of(&keys.public())?;
    let (remote, address) = remote_to_sync(&store, args.remote.as_deref())?;
    let follow = whom_to_follow(args, &workspace, &store, &keys.public(), &address)?;
    let may_push = args.dry_run || may_push(args, &store, &keys.public(), &address, ui)?;
    let exchange = Exchange {
        remote: &remote,
        address: &address,
        follow: follow.as_ref(),
        may_push,
        is_dry_run: args.dry_run,
    };
    let summary = exchange.carry_out(&workspace, &store, &keys, environment, ui)?;
    if !args.follow.is_empty() && !args.dry_run {
        store.follow_at(&address, follow.as_ref())?;
    }
    if args.json {
        ui.json(&render::summary_json(&summary))?;
    } else {
        let names = cli::names_of_people(&workspace, &keys.public());
        ui.data(render::summary(&summary, &names))?;
    }
    cli::hint_after(&summary, ui);
    Ok(match summary.refused.is_empty() {
        true => Exit::Done,
        false => Exit::Unverified,
    })
}

/// Whose branches are fetched: those that are named, or were before; `None`: all.
fn whom_to_follow(
    args: &Args,
    workspace: &Workspace,
    store: &Store,
    own: &PublicKey,
    address: &Address,
) -> Result<Option<BTreeSet<PublicKey>>, Failure> {
    match args.follow.as_slice() {
        [] => Ok(store.followed_at(address)?),
        [all] if all == EVERYBODY => Ok(None),
        named => {
            let contacts = workspace.contacts(*own)?;
            let mut followed = BTreeSet::new();
            for who in named {
                followed.insert(contacts.find(who)?.key);
            }
            Ok(Some(followed))
        }
    }
}

/// Whether the own branch may go there: asked once, where others may come to read it.
fn may_push(
    args: &Args,
    store: &Store,
    own: &PublicKey,
    address: &Address,
    ui: &Ui,
) -> Result<bool, Failure> {
    if store.may_receive_open_threads(address)? || !store.would_send_open_threads(own, address)? {
        return Ok(true);
    }
    if !args.yes {
        if !ui.is_interactive() {
            return Err(Failure::new(
                Exit::Usage,
                "there is no terminal to ask whether your threads may go there",
            )
            .hint("Whoever can read the remote can read your threads that are not sealed: add --yes once."));
        }
        ui.warning(safe_format!(
            "⚠️  Whoever can read {} can read your threads that are not sealed.",
            SafeText::shown(address)
        ));
        if !ui.confirm("Push your threads there?")? {
            return Ok(false);
        }
    }
    store.let_open_threads_go_to(address)?;
    Ok(true)
}
