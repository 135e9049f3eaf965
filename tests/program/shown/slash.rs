//! What a chat shows: its prompt, what Tab offers, and what each command tells.

use super::home::HostileHome;
use super::hostile::hostile_name;
use super::terminal::{Pty, in_a_pipe_with};

const CTRL_C: &str = "\u{3}";
const SEARCH: &str = "\u{12}";
const UP: &str = "\u{1b}[A";

/// Each command that the chat's own help names.
pub fn commands(home: &HostileHome) -> Vec<String> {
    let said = in_a_pipe_with(&home.copy(), &["chat".to_owned()], "/help\n");
    let said = String::from_utf8(said).unwrap();
    let names = said
        .lines()
        .filter(|line| line.starts_with('/'))
        .filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

/// A command with Tab behind it, with hostile words pasted there and into a search of what was
/// typed, with a number, and alone; then files to complete, and what was typed before. The paste
/// comes before anything that may end the chat: then the terminal itself would show what is typed.
pub fn in_a_chat(home: &HostileHome, command: &str) -> Vec<u8> {
    let words = ["chat", "--continue", &home.threads[0]].map(str::to_owned);
    let mut pty = Pty::start(home, &words);
    pty.settle();
    let pasted = hostile_name("x").replace(char::is_control, "");
    let typed = [
        format!("{command} \t\t"),
        CTRL_C.to_owned(),
        "@\t\t".to_owned(),
        CTRL_C.to_owned(),
        format!("{SEARCH}{pasted}"),
        CTRL_C.to_owned(),
        format!("{command} {pasted}"),
        "\r".to_owned(),
        format!("{command} 1\r"),
        CTRL_C.to_owned(),
        format!("{command}\r"),
        CTRL_C.to_owned(),
        UP.to_owned(),
        CTRL_C.to_owned(),
    ];
    for keys in typed {
        pty.keys(&keys);
        pty.settle();
    }
    pty.end()
}
