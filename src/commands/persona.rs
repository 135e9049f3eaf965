//! `mmogit persona`.

use super::completions::persona_names;
use crate::cli::{EditorFile, EditorPlace, Environment, Exit, Failure, Ui, write_in_editor};
use crate::render::safe::SafeText;
use crate::render::{personas, threads};
use crate::safe_format;
use crate::workspace::{MAX_PERSONA_BYTES, Workspace};
use clap::Subcommand;
use clap_complete::ArgValueCompleter;
use std::io::{self, Read};

const NONE_YET: &str = "No personas found. Make one with 'mmogit persona edit NAME'\n";

/// List, show or write personas: named instructions for the AI, used with `mmogit chat --persona NAME`
///
/// A persona is a text file in the folder `personas` of your home folder, NAME.md. When it is used, its
/// text goes into the thread, signed by you; what you change in the file later changes no thread.
/// To delete a persona, delete its file.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit persona edit reviewer
  echo 'Answer in one sentence.' | mmogit persona edit brief
  mmogit chat --persona brief")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List your personas
    #[command(after_help = "Examples:\n  mmogit persona list")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a persona's text
    #[command(
        after_help = "Examples:\n  mmogit persona show reviewer\n  mmogit persona show reviewer > reviewer.md"
    )]
    Show {
        /// The persona's name
        #[arg(add = ArgValueCompleter::new(persona_names))]
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write a persona, new or not, in your editor (VISUAL or EDITOR), or from standard input
    #[command(
        after_help = "Examples:\n  mmogit persona edit reviewer\n  mmogit persona edit reviewer < reviewer.md"
    )]
    Edit {
        /// The persona's name: letters, digits, - and _, at most 50 characters
        #[arg(add = ArgValueCompleter::new(persona_names))]
        name: String,
    },
}

/// Lists, shows or writes personas.
///
/// # Errors
/// If the name or the text is no persona's, or the disk refuses.
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
    let found = workspace.personas().list()?;
    if is_json {
        let path = |name: &str| {
            workspace
                .personas()
                .path(name)
                .map(|path| path.display().to_string())
        };
        let path = |persona: &crate::workspace::Persona| path(&persona.name).unwrap_or_default();
        return ui.json(&personas::list_json(
            &found.personas,
            &workspace.personas().folder(),
            path,
            &found.troubles,
        ));
    }
    ui.data(personas::list(&found.personas, NONE_YET))?;
    found
        .troubles
        .iter()
        .for_each(|trouble| ui.warning(threads::trouble(trouble)));
    Ok(())
}

fn show(workspace: &Workspace, name: &str, is_json: bool, ui: &Ui) -> Result<(), Failure> {
    let persona = workspace.personas().get(name)?;
    if is_json {
        return ui.json(&personas::json(&persona, &workspace.personas().path(name)?));
    }
    ui.bytes(format!("{}\n", persona.text).as_bytes())
}

fn edit(
    workspace: &Workspace,
    name: &str,
    environment: &Environment,
    ui: &Ui,
) -> Result<(), Failure> {
    let path = workspace.personas().path(name)?;
    let text = if ui.stdin_is_terminal {
        let known = if workspace.personas().has(name)? {
            workspace.personas().get(name)?.text + "\n"
        } else {
            String::new()
        };
        let file = EditorFile {
            name: &format!("persona-{name}"),
            text: &known,
            otherwise: "Nothing was changed.",
            place: EditorPlace::Home,
        };
        write_in_editor(&file, environment)?.into_bytes()
    } else {
        let mut bytes = Vec::new();
        // Enough to see that it is too long.
        io::stdin()
            .lock()
            .take(2 * MAX_PERSONA_BYTES as u64)
            .read_to_end(&mut bytes)?;
        bytes
    };
    if workspace.personas().write(name, &text)? {
        ui.data_line(safe_format!(
            "🎭 Persona {}: {}",
            SafeText::line(name),
            SafeText::shown(path.display())
        ))?;
        ui.hint(safe_format!(
            "   Use it: mmogit chat --persona {}",
            SafeText::line(name)
        ));
        return Ok(());
    }
    ui.status("It says the same already; nothing was changed.");
    Ok(())
}
