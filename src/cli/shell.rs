//! Programs that the user named in the environment.

use std::process::Command;

/// Runs a line as git runs an editor or a pager: in a shell, so that `code --wait` and quoted paths
/// work. Ctrl-C is for the program in it, and the shell must not go before that does.
pub(super) fn in_shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("trap : INT\n{line}")]);
    command
}
