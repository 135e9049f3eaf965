//! Writing a text in the user's own editor.

use super::shell::in_shell;
use super::{Environment, Exit, Failure};
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::workspace::DraftFolder;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

/// What is to be written.
pub struct Draft<'a> {
    /// Begins the name of the file that the editor shows.
    pub name: &'a str,
    /// What stands in it already.
    pub text: &'a str,
    /// How things are if it fails: `Nothing was sent.`
    pub otherwise: &'static str,
}

/// Opens the editor on a file that only the user may read, and returns what was written.
pub fn write_in_editor(draft: &Draft<'_>, environment: &Environment) -> Result<String, Failure> {
    let editor = environment.editor.as_deref().ok_or_else(|| {
        Failure::new(Exit::Failed, "no editor is set, and there is no vi")
            .hint("Set VISUAL or EDITOR before you start, as in: export EDITOR=nano")
    })?;
    let folder = DraftFolder::new(&environment.home)?;
    let file = folder.path().join(format!("{}.md", draft.name));
    let mut opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)?;
    opened.write_all(draft.text.as_bytes())?;
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
        .hint(draft.otherwise));
    }
    let bytes = fs::read(&file)?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::new(Exit::Failed, "the editor left a text that is not UTF-8").hint(draft.otherwise)
    })
}
