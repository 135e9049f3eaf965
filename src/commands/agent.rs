//! `mmogit agent`.

use super::completions::agent_names;
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::model::PublicKey;
use crate::render::agents;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::workspace::{AgentKey, AgentList, WorkError, Workspace};
use clap::Subcommand;
use clap_complete::ArgValueCompleter;

/// The keys with which AIs sign for you: what each said, and an end to one
///
/// Each backend, and each profile, signs its answers with a key of its own that follows from your
/// words. Retire one when a program that had it can't be trusted any more: what it said before
/// stays good, what it signs later is a finding, and a new key takes its place.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit agent list
  mmogit agent show crush
  mmogit agent retire crush")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List your agents
    #[command(after_help = "Examples:\n  mmogit agent list\n  mmogit agent list --json")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what an agent said, key by key: how many answers, with which models, from when to when
    #[command(after_help = "Examples:\n  mmogit agent show crush")]
    Show {
        /// The agent's name
        #[arg(add = ArgValueCompleter::new(agent_names))]
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// End an agent's key: what it signs from now on does not count
    ///
    /// Your card says from which commit on. End your chats first.
    #[command(after_help = "Examples:\n  mmogit agent retire crush")]
    Retire {
        /// The agent's name
        #[arg(add = ArgValueCompleter::new(agent_names))]
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Lists, shows or retires agents.
///
/// # Errors
/// If there is no such agent, or the store can't be read or written.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let vault = workspace.existing_vault()?;
    let owner = vault.author();
    match &args.what {
        What::List { json } => list(&workspace.agents(&owner)?, *json, ui)?,
        What::Show { name, json } => show(&workspace, &owner, name, *json, ui)?,
        What::Retire { name, json } => {
            let keys = cli::keys_of_owner(&workspace, environment, ui)?;
            let key = workspace.retire_agent(&keys, name)?;
            if *json {
                show(&workspace, &owner, name, true, ui)?;
            } else {
                let name = SafeText::line(name);
                let short = SafeText::shown(key.short());
                ui.report(safe_format!("🤖 {} ({}…): retired", name, short))?;
                ui.hint("   A new key signs from now on. Others learn of it with the next sync.");
            }
        }
    }
    Ok(Exit::Done)
}

fn list(found: &AgentList, is_json: bool, ui: &Ui) -> Result<(), Failure> {
    if is_json {
        return ui.json(&agents::list_json(found));
    }
    if found.agents.is_empty() {
        ui.data("No agents found. One is made with the first answer: 'mmogit chat'\n")?;
    } else {
        ui.data(agents::list(found))?;
    }
    for path in &found.unread {
        ui.warning(safe_format!(
            "⚠️  {} does not verify, and is not counted",
            SafeText::line(path)
        ));
    }
    Ok(())
}

fn show(
    workspace: &Workspace,
    owner: &PublicKey,
    name: &str,
    is_json: bool,
    ui: &Ui,
) -> Result<(), Failure> {
    let list = workspace.agents(owner)?;
    let keys: Vec<&AgentKey> = list
        .agents
        .iter()
        .filter(|agent| agent.name == name)
        .collect();
    if keys.is_empty() {
        let mut known: Vec<String> = list.agents.into_iter().map(|agent| agent.name).collect();
        known.dedup();
        let name = name.to_owned();
        return Err(WorkError::NoSuchAgent { name, known }.into());
    }
    if is_json {
        let found = AgentList {
            agents: keys.into_iter().cloned().collect(),
            unread: list.unread.clone(),
        };
        return ui.json(&agents::list_json(&found));
    }
    ui.data(agents::show(&keys))
}
