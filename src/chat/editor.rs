//! Writing a message in the user's own editor.

use crate::cli::{Environment, Exit, Failure};
use std::fs;
use std::process::Command;

/// Opens the editor on an empty file that only the user may read, and returns what was written.
pub(super) fn compose(environment: &Environment) -> Result<String, Failure> {
    let editor = environment.editor.as_deref().ok_or_else(|| {
        Failure::new(Exit::Failed, "no editor is set")
            .hint("Set VISUAL or EDITOR before you start, as in: EDITOR=nano mmogit chat")
    })?;
    let folder = environment.home.join("state");
    fs::create_dir_all(&folder)?;
    let file = tempfile::Builder::new().prefix("message-").suffix(".md").tempfile_in(&folder)?;
    // As git does it, so that `code --wait` and quoted paths work. Ctrl-C is the editor's; the shell must outlive it.
    let script = format!("trap : INT\n{editor} \"$@\"");
    let ended = Command::new("sh").args(["-c", &script, editor]).arg(file.path()).status()?;
    if !ended.success() {
        return Err(Failure::new(Exit::Failed, format!("the editor ended with an error ({ended})"))
            .hint("Nothing was sent."));
    }
    let bytes = fs::read(file.path())?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::new(Exit::Failed, "the editor left a text that is not UTF-8").hint("Nothing was sent.")
    })
}
