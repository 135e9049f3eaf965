//! `mmogit role`.

use super::completions::role_names;
use crate::cli::{Draft, Environment, Exit, Failure, Ui, write_in_editor};
use crate::render::safe::SafeText;
use crate::render::{roles, threads};
use crate::safe_format;
use crate::workspace::{MAX_ROLE_BYTES, Workspace};
use clap::Subcommand;
use clap_complete::ArgValueCompleter;
use std::io::{self, Read};

/// List, show or write roles: named instructions for the AI, used with `mmogit chat --role NAME`
///
/// A role is a text file in the folder `roles` of your home folder, NAME.md. When it is used, its
/// text goes into the thread, signed by you; what you change in the file later changes no thread.
/// To delete a role, delete its file.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit role edit reviewer
  echo 'Answer in one sentence.' | mmogit role edit brief
  mmogit chat --role brief")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List your roles
    #[command(after_help = "Examples:\n  mmogit role list")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a role's text
    #[command(
        after_help = "Examples:\n  mmogit role show reviewer\n  mmogit role show reviewer > reviewer.md"
    )]
    Show {
        /// The role's name
        #[arg(add = ArgValueCompleter::new(role_names))]
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write a role, new or not, in your editor (VISUAL or EDITOR), or from standard input
    #[command(
        after_help = "Examples:\n  mmogit role edit reviewer\n  mmogit role edit reviewer < reviewer.md"
    )]
    Edit {
        /// The role's name: letters, digits, - and _, at most 50 characters
        #[arg(add = ArgValueCompleter::new(role_names))]
        name: String,
    },
}

/// Runs it.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    match &args.what {
        What::List { json } => list(&workspace, *json, ui)?,
        What::Show { name, json } => show(&workspace, name, *json, ui)?,
        What::Edit { name } => edit(&workspace, name, environment, ui)?,
    }
    Ok(Exit::Done)
}

fn list(workspace: &Workspace, is_json: bool, ui: &Ui) -> Result<(), Failure> {
    let found = workspace.roles()?;
    if is_json {
        let path = |name: &str| {
            workspace
                .role_path(name)
                .map(|path| path.display().to_string())
        };
        let path = |role: &crate::workspace::RolePrompt| path(&role.name).unwrap_or_default();
        return ui.json(&roles::list_json(
            &found.roles,
            &workspace.roles_folder(),
            path,
            &found.troubles,
        ));
    }
    ui.print(roles::list(&found.roles))?;
    found
        .troubles
        .iter()
        .for_each(|trouble| ui.note(threads::trouble(trouble)));
    Ok(())
}

fn show(workspace: &Workspace, name: &str, is_json: bool, ui: &Ui) -> Result<(), Failure> {
    let role = workspace.role(name)?;
    if is_json {
        return ui.json(&roles::json(&role, &workspace.role_path(name)?));
    }
    ui.data(format!("{}\n", role.text).as_bytes())
}

fn edit(
    workspace: &Workspace,
    name: &str,
    environment: &Environment,
    ui: &Ui,
) -> Result<(), Failure> {
    let path = workspace.role_path(name)?;
    let text = if ui.stdin_is_terminal {
        let known = if workspace.has_role(name)? {
            workspace.role(name)?.text + "\n"
        } else {
            String::new()
        };
        let draft = Draft {
            name: &format!("role-{name}"),
            text: &known,
            otherwise: "Nothing was changed.",
        };
        write_in_editor(&draft, environment)?.into_bytes()
    } else {
        let mut bytes = Vec::new();
        // Enough to see that it is too long.
        io::stdin()
            .lock()
            .take(2 * MAX_ROLE_BYTES as u64)
            .read_to_end(&mut bytes)?;
        bytes
    };
    if workspace.write_role(name, &text)? {
        ui.line(safe_format!(
            "🎭 Role {}: {}",
            SafeText::line(name),
            SafeText::shown(path.display())
        ))?;
        ui.remark(safe_format!(
            "   Use it: mmogit chat --role {}",
            SafeText::line(name)
        ));
        return Ok(());
    }
    ui.note("It says the same already; nothing was changed.");
    Ok(())
}
