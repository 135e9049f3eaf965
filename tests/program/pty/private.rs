//! What is typed in a sealed thread, at the prompt and in an editor, is recalled and not remembered.

use super::terminal::{CTRL_C, Start, Terminal, UP};
use crate::common::TestHome;
use crate::support::canary;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

const CANARY: &str = "qzjvkwxtyped";

/// The folder that the system keeps for a user's session.
fn session_folder() -> TempDir {
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
    folder
}

fn sealed(home: &TestHome, memory: &Path, editor: &str) -> Terminal {
    let start = Start::new(home, &["chat", "--encrypt", "--backend", "echo"]);
    let start = start.variable("XDG_RUNTIME_DIR", memory.to_str().unwrap());
    start.variable("EDITOR", editor).run()
}

fn assert_nothing_readable(home: &TestHome, memory: &Path) {
    assert_eq!(
        canary::places_of(CANARY, &[&home.mmogit(), memory]),
        [""; 0]
    );
}

#[test]
fn a_line_of_a_sealed_thread_is_recalled_there_and_written_nowhere() {
    let (home, memory) = (TestHome::new(), session_folder());
    let mut terminal = Terminal::start(&home, &["chat", "--backend", "echo"]);
    terminal.say("from before");
    terminal.wait_for("AI: from before");
    terminal.leave();

    let mut terminal = sealed(&home, memory.path(), "");
    terminal.say(CANARY);
    terminal.wait_for(&format!("AI: {CANARY}"));
    assert_nothing_readable(&home, memory.path());
    terminal.wait_for_prompt();
    terminal.keys(UP);
    terminal.wait("the line again", |screen| {
        screen.ends_with(&format!("You: {CANARY}"))
    });
    terminal.keys(UP);
    terminal.wait("the line before", |screen| {
        screen.ends_with("You: from before")
    });
    terminal.keys(CTRL_C);
    terminal.leave();
    assert_nothing_readable(&home, memory.path());
    let history = fs::read_to_string(home.mmogit().join("state/chat-history")).unwrap();
    assert!(history.contains("from before"), "{history}");
}

#[test]
fn a_draft_of_a_sealed_thread_lies_in_memory() {
    let (home, memory) = (TestHome::new(), session_folder());
    let editor = home.program(
        "editor",
        &format!("echo \"$1\" >\"$HOME/where\"; echo {CANARY} >\"$1\"; cp \"$1\" \"$1~\""),
    );
    home.program("cp", "exec /bin/cp \"$@\"");
    let mut terminal = sealed(&home, memory.path(), &editor.display().to_string());
    terminal.say("/editor");
    terminal.wait_for(&format!("AI: {CANARY}"));
    let place = fs::read_to_string(home.path().join("where")).unwrap();
    let in_memory = memory.path().join("mmogit/drafts");
    assert!(place.starts_with(in_memory.to_str().unwrap()), "{place}");
    assert_nothing_readable(&home, memory.path());
    terminal.leave();
    assert_nothing_readable(&home, memory.path());
}
