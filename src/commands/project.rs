//! `mmogit project`.

use super::completions::{contact_names, project_names};
use super::thread_list::tell_of_labels;
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::model::{Project, PublicKey};
use crate::render::contacts::called;
use crate::render::projects;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::store::Trouble;
use crate::workspace::{Contact, Workspace};
use clap::Subcommand;
use clap_complete::ArgValueCompleter;
use std::path::Path;

/// Projects: what threads and drafts belong to, and who has a part in it
///
/// A project is a signed document on its owner's branch: its name, and whoever is a member. It goes
/// along with each sync, so that members see what they belong to. Its owner is always a member;
/// nobody else changes it. `mmogit chat --project NAME` begins a thread that belongs to it.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit project create launch
  mmogit project add launch Ana
  mmogit project list")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Begin a project
    #[command(after_help = "Examples:\n  mmogit project create 'Spring launch'")]
    Create {
        /// What it is called: 1 to 100 characters on a line
        name: String,
        /// Print JSON: the project
        #[arg(long)]
        json: bool,
    },
    /// List the projects that you have a part in
    #[command(after_help = "Examples:\n  mmogit project list\n  mmogit project list --json")]
    List {
        /// Print JSON: {"projects": […], "troubles": […]}
        #[arg(long)]
        json: bool,
    },
    /// Show who has, or had, a part in a project
    #[command(after_help = "Examples:\n  mmogit project members launch")]
    Members {
        /// A project's name, its id or UUID, or at least four digits with which it alone begins
        #[arg(add = ArgValueCompleter::new(project_names))]
        project: String,
        /// Print JSON: the project
        #[arg(long)]
        json: bool,
    },
    /// Let somebody into a project of yours
    #[command(after_help = "Examples:\n  mmogit project add launch Ana")]
    Add(Person),
    /// Let somebody take part in a project of yours no more
    ///
    /// They keep what they had until then, and nothing new belongs to them. They may be let in again.
    #[command(after_help = "Examples:\n  mmogit project remove launch Ana")]
    Remove(Person),
}

/// A project, and somebody.
#[derive(clap::Args)]
struct Person {
    /// A project's name, its id or UUID, or at least four digits with which it alone begins
    #[arg(add = ArgValueCompleter::new(project_names))]
    project: String,
    /// A contact's name, a key or its unique beginning, or the file of a card
    #[arg(add = ArgValueCompleter::new(contact_names))]
    who: String,
    /// Print JSON: the project
    #[arg(long)]
    json: bool,
}

/// Begins, lists, shows or changes projects.
///
/// # Errors
/// If the project or the person can't be found, or the store can't be read or written.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    match &args.what {
        What::Create { name, json } => create(&workspace, name, *json, environment, ui)?,
        What::List { json } => list(&workspace, *json, ui)?,
        What::Members { project, json } => members(&workspace, project, *json, ui)?,
        What::Add(person) => add(&workspace, person, environment, ui)?,
        What::Remove(person) => remove(&workspace, person, environment, ui)?,
    }
    Ok(Exit::Done)
}

fn create(
    workspace: &Workspace,
    name: &str,
    is_json: bool,
    environment: &Environment,
    ui: &Ui,
) -> Result<(), Failure> {
    let keys = cli::keys_of_owner(workspace, environment, ui)?;
    // One that can't be read may be called so.
    tell(&workspace.projects().of(&keys.public())?.troubles, ui);
    let project = workspace.projects().create(&keys, name)?;
    if is_json {
        return ui.json(&projects::json(&project, &keys.public()));
    }
    ui.report(safe_format!(
        "🗂️  Began the project {} ({})",
        SafeText::line(&project.name),
        SafeText::shown(project.id.short())
    ))?;
    ui.hint(safe_format!("   {}", projects::for_programs(&project)));
    tell_of_labels(workspace, &keys.public(), &project.name, ui)?;
    ui.hint(safe_format!(
        "   Let somebody in: mmogit project add {} CONTACT",
        cli::quoted(Path::new(&project.name))
    ));
    Ok(())
}

fn list(workspace: &Workspace, is_json: bool, ui: &Ui) -> Result<(), Failure> {
    let own = workspace.owner()?;
    let found = workspace.projects().of(&own)?;
    if is_json {
        return ui.json(&projects::list_json(&found, &own));
    }
    tell(&found.troubles, ui);
    if found.projects.is_empty() {
        return ui.data("No projects found. Begin one with 'mmogit project create NAME'\n");
    }
    ui.data(projects::list(&found, &own, &|key| {
        name_of(workspace, own, key)
    }))
}

fn members(workspace: &Workspace, query: &str, is_json: bool, ui: &Ui) -> Result<(), Failure> {
    let own = workspace.owner()?;
    let project = workspace.projects().find(&own, query)?;
    if is_json {
        return ui.json(&projects::json(&project, &own));
    }
    ui.data(projects::members(&project, &own, &|key| {
        name_of(workspace, own, key)
    }))
}

fn add(
    workspace: &Workspace,
    person: &Person,
    environment: &Environment,
    ui: &Ui,
) -> Result<(), Failure> {
    let keys = cli::keys_of_owner(workspace, environment, ui)?;
    let mut contacts = workspace.contacts(keys.public())?;
    let contact = contacts.find(&person.who)?;
    let project = workspace
        .projects()
        .add(&keys, &person.project, contact.key)?;
    let contact = contacts.remember(&keys, &contact)?;
    say(
        person,
        &project,
        &contact,
        "is a member of",
        &keys.public(),
        ui,
    )?;
    if !person.json && !contact.verified {
        ui.hint(safe_format!(
            "Compare keys with them, so that nobody stands between you: mmogit contact verify {}",
            contact.key.short()
        ));
    }
    Ok(())
}

fn remove(
    workspace: &Workspace,
    person: &Person,
    environment: &Environment,
    ui: &Ui,
) -> Result<(), Failure> {
    let keys = cli::keys_of_owner(workspace, environment, ui)?;
    let contacts = workspace.contacts(keys.public())?;
    // Whatever their card says now: nobody keeps a part by changing it.
    let contact = match contacts.known(&person.who) {
        Ok(contact) => contact,
        Err(_) => contacts.find(&person.who)?,
    };
    let projects = workspace.projects();
    let project = projects.remove(&keys, &person.project, contact.key)?;
    say(
        person,
        &project,
        &contact,
        "is no member any more of",
        &keys.public(),
        ui,
    )
}

fn say(
    person: &Person,
    project: &Project,
    contact: &Contact,
    what: &'static str,
    own: &PublicKey,
    ui: &Ui,
) -> Result<(), Failure> {
    if person.json {
        return ui.json(&projects::json(project, own));
    }
    let who = called(&contact.name, &contact.key);
    let name = SafeText::line(&project.name);
    ui.report(safe_format!("🗂️  {} {} {}", who, what, name))?;
    ui.hint("   Let them know of it: mmogit sync");
    Ok(())
}

/// What a key is called: by its contact's name.
fn name_of(workspace: &Workspace, own: PublicKey, key: &PublicKey) -> String {
    let contacts = workspace.contacts(own).ok();
    let contact = contacts.and_then(|contacts| contacts.with_key(key));
    contact.map(|contact| contact.name).unwrap_or_default()
}

/// Says what of the projects, or the drafts, can't be used.
pub(super) fn tell(troubles: &[Trouble], ui: &Ui) {
    for trouble in troubles {
        ui.warning(safe_format!(
            "{}: {}",
            SafeText::line(&trouble.place),
            SafeText::line(&trouble.why)
        ));
    }
}
