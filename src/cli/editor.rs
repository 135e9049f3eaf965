//! Writing a text in the user's own editor.

use super::shell::in_shell;
use super::{Environment, Exit, Failure};
use crate::in_memory;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::workspace::EditorFolder;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// What is to be written.
pub struct EditorFile<'a> {
    /// Begins the name of the file that the editor shows.
    pub name: &'a str,
    /// What stands in it already.
    pub text: &'a str,
    /// How things are if it fails: `Nothing was sent.`
    pub otherwise: &'static str,
    /// Where the editor's file lies.
    pub place: EditorPlace,
}

/// Where the file lies that an editor is opened on, and what the editor puts beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditorPlace {
    /// In the home.
    Home,
    /// In memory: what is written is sealed where it rests.
    Memory,
}

/// Opens the editor on a file that only the user may read, and returns what was written.
pub fn write_in_editor(
    wanted: &EditorFile<'_>,
    environment: &Environment,
) -> Result<String, Failure> {
    let editor = environment.editor.as_deref().ok_or_else(|| {
        Failure::new(Exit::Failed, "no editor is set, and there is no vi")
            .hint("Set VISUAL or EDITOR before you start, as in: export EDITOR=nano")
    })?;
    let folder = match wanted.place {
        EditorPlace::Home => EditorFolder::in_home(&environment.home)?,
        EditorPlace::Memory => EditorFolder::in_memory(&memory_folder(wanted, environment)?)?,
    };
    let file = folder.path().join(format!("{}.md", wanted.name));
    let mut opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)?;
    opened.write_all(wanted.text.as_bytes())?;
    let ended = in_shell(&format!("{editor} \"$@\""))
        .arg(editor)
        .arg(&file)
        .status()?;
    if !ended.success() {
        return Err(Failure::new(
            Exit::Failed,
            safe_format!(
                "the editor ended with an error ({})",
                SafeText::shown(ended)
            ),
        )
        .hint(wanted.otherwise));
    }
    let bytes = fs::read(&file)?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::new(Exit::Failed, "the editor left a text that is not UTF-8")
            .hint(wanted.otherwise)
    })
}

/// The folder in memory, where one is needed.
fn memory_folder(wanted: &EditorFile<'_>, environment: &Environment) -> Result<PathBuf, Failure> {
    let folder = in_memory::folder(environment.session_folder().as_deref());
    folder.ok_or_else(|| {
        let what = "there is no folder in memory for the editor's file";
        Failure::new(Exit::Failed, what).hint(safe_format!(
            "Type it at the prompt, or set XDG_RUNTIME_DIR to a folder in memory that only you may \
             enter; `sealed-files-on-disk = true` in config.toml lets it lie on the disk. {}",
            wanted.otherwise
        ))
    })
}
