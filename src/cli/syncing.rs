//! A sync as faces start it, whether somebody asked for it or a chat ended.

use super::{Environment, Exit, Failure, LiveLine, Ui, after_fault, one_of_the_remotes};
use crate::backend::find_in;
use crate::identity::Keys;
use crate::model::PublicKey;
use crate::render::safe::SafeText;
use crate::render::sync as render;
use crate::safe_format;
use crate::store::{Address, BadRemoteName, Remote, RemoteName, Store, StoreError};
use crate::sync::{self, GitProgram, Refusal, Request, Step, Summary};
use crate::workspace::Workspace;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// The remote that is meant where several are set up and none is named.
const USUAL: &str = "origin";

/// What is to be exchanged with a remote.
pub struct Exchange<'a> {
    /// What the remote is called.
    pub remote: &'a RemoteName,
    /// Where it is.
    pub address: &'a Address,
    /// Whose branches are to come; all, if nobody is named.
    pub follow: Option<&'a BTreeSet<PublicKey>>,
    /// Whether the own branch may go there.
    pub may_push: bool,
    /// Only look what would be done.
    pub is_dry_run: bool,
}

impl Exchange<'_> {
    /// Syncs, and says at the terminal how far it has come.
    ///
    /// # Errors
    /// If there is no git, the remote can't be asked, or the store can't be read or written.
    pub fn carry_out(
        &self,
        workspace: &Workspace,
        store: &Store,
        keys: &Keys,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Summary, Failure> {
        let git = git_of(workspace, environment)?;
        let request = Request {
            remote: self.remote,
            address: self.address,
            keys,
            git: &git,
            follow: self.follow,
            may_push: self.may_push,
            is_dry_run: self.is_dry_run,
        };
        let line = LiveLine::new(ui);
        let is_watched = ui.stderr_is_terminal && ui.has_colour();
        let done = sync::sync(workspace, store, &request, &mut |step: Step| {
            if is_watched {
                line.spin(&render::step(&step));
            }
            ControlFlow::Continue(())
        });
        line.clear();
        Ok(done?)
    }
}

/// Syncs with the usual remote when a chat has ended, if that is set. It changes nothing about how
/// the chat ended: what goes wrong is told.
pub fn sync_on_exit(
    workspace: &Workspace,
    store: &Store,
    keys: &Keys,
    environment: &Environment,
    ui: &Ui,
) {
    if !workspace.settings().sync_on_exit {
        return;
    }
    let summary = match exchange_on_exit(workspace, store, keys, environment, ui) {
        Ok(summary) => summary,
        Err(failure) => {
            ui.warning(safe_format!("⚠️  Not synced: {}", failure.what()));
            let next = failure.next_step();
            if !next.is_empty() {
                ui.hint(next);
            }
            return;
        }
    };
    let names = names_of_people(workspace, &keys.public());
    ui.status(render::summary(&summary, &names).trimmed_end());
    hint_after(&summary, ui);
}

fn exchange_on_exit(
    workspace: &Workspace,
    store: &Store,
    keys: &Keys,
    environment: &Environment,
    ui: &Ui,
) -> Result<Summary, Failure> {
    let (remote, address) = remote_to_sync(store, None)?;
    let own = keys.public();
    let may_push = store.may_receive_open_threads(&address)?
        || !store.would_send_open_threads(&own, &address)?;
    if !may_push {
        ui.hint(
            "Your threads were not pushed there before; `mmogit sync` asks whether they may be.",
        );
    }
    let followed = store.followed_at(&address)?;
    let exchange = Exchange {
        remote: &remote,
        address: &address,
        follow: followed.as_ref(),
        may_push,
        is_dry_run: false,
    };
    exchange.carry_out(workspace, store, keys, environment, ui)
}

/// The next step after each thing that was erased elsewhere, or could not be fetched or pushed.
pub fn hint_after(summary: &Summary, ui: &Ui) {
    let erased = summary.joined.iter().flat_map(|joined| &joined.erased);
    for erasure in erased {
        ui.hint_to_copy(safe_format!(
            "   → What is left of {} here goes with: mmogit thread-erase {}",
            erasure.thread,
            erasure.thread
        ));
    }
    for refused in &summary.refused {
        if let Refusal::NotFetched(fault) | Refusal::NotPushed(fault) = &refused.why {
            ui.hint(safe_format!("   → {}", after_fault(fault.kind)));
        }
    }
}

/// How people are called here: the owner, contacts, and others by their cards and keys.
pub fn names_of_people(
    workspace: &Workspace,
    own: &PublicKey,
) -> impl Fn(&PublicKey) -> Option<String> + use<> {
    let contacts = workspace.contacts(*own).ok();
    let known = contacts.map(|contacts| contacts.list()).unwrap_or_default();
    let own = *own;
    move |key| {
        if *key == own {
            return None;
        }
        let contact = known.iter().find(|contact| contact.key == *key);
        let called = contact.map(crate::workspace::Contact::called);
        Some(called.unwrap_or_else(|| format!("{}…", key.short())))
    }
}

/// The remote that is named, or the usual one.
///
/// # Errors
/// If there is none, or it can't be used.
pub fn remote_to_sync(
    store: &Store,
    wanted: Option<&str>,
) -> Result<(RemoteName, Address), Failure> {
    let remotes = store.remotes()?;
    let known: Vec<String> = remotes.iter().map(|remote| remote.name.clone()).collect();
    let found = match (wanted, remotes.as_slice()) {
        (Some(wanted), _) => remotes.iter().find(|remote| remote.name == wanted),
        (None, [only]) => Some(only),
        (None, []) => {
            return Err(Failure::new(Exit::Usage, "there is no remote to sync with")
                .hint(one_of_the_remotes(&known)));
        }
        (None, several) => several.iter().find(|remote| remote.name == USUAL),
    };
    let Some(Remote { name, place, .. }) = found else {
        return Err(match wanted {
            Some(name) => StoreError::NoSuchRemote {
                name: name.to_owned(),
                known,
            }
            .into(),
            None => Failure::new(Exit::Usage, "there are several remotes; name one")
                .hint(one_of_the_remotes(&known)),
        });
    };
    let unusable = |why: SafeText| {
        let name = SafeText::line(name);
        Failure::new(
            Exit::Usage,
            safe_format!("the remote {} can't be used: {}", name, why),
        )
        .hint("Remove it, and set it up again with another name or address.")
    };
    let name: RemoteName = name
        .parse()
        .map_err(|error: BadRemoteName| unusable(SafeText::shown(error)))?;
    let address = place.clone();
    let address = address.map_err(|fault| unusable(SafeText::shown(fault)))?;
    Ok((name, address))
}

fn git_of(workspace: &Workspace, environment: &Environment) -> Result<GitProgram, Failure> {
    let path = find_in(&environment.path, "git").ok_or_else(|| {
        Failure::new(Exit::Failed, "there is no git on this machine")
            .hint("Sync uses git to fetch and push: install it, then try again.")
    })?;
    Ok(GitProgram {
        path,
        environment: environment.variables.clone(),
        budget: workspace.settings().sync.into(),
    })
}
