//! A session that is ended from outside.

use super::terminal::{Start, Terminal};
use crate::common::TestHome;
use std::fs;

/// A session, and after it a program that shows whether the terminal is as it was.
fn session(home: &TestHome, args: &str) -> Terminal {
    Start::script(
        home,
        &format!("mmogit chat --title T {args}; echo \"ended $?\"; cat"),
    )
    .run()
}

/// What is typed is seen, and comes back a line at a time.
fn terminal_is_as_it_was(mut terminal: Terminal) {
    terminal.keys("seen\r");
    terminal.wait("an echo, and the line", |screen| {
        screen.ends_with("seen\nseen")
    });
    assert!(!terminal.screen().contains("200~"), "{}", terminal.screen());
}

#[test]
fn a_signal_at_the_prompt_gives_the_terminal_back_and_costs_no_word() {
    for (name, code) in [("TERM", 143), ("HUP", 129)] {
        let home = TestHome::new();
        let mut terminal = session(&home, "--backend echo");
        terminal.say("precious");
        terminal.wait_for("AI: precious");
        terminal.wait_for_prompt();
        terminal.keys("half a");
        terminal.wait_for("You: half a");
        terminal.signal(&home, name);
        terminal.wait_for(&format!("\nended {code}"));
        assert!(
            terminal.screen().contains("You: half a\n"),
            "{}",
            terminal.screen()
        );
        let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
        // The mode in which pastes are marked was left.
        assert!(
            raw.rfind("\x1b[?2004l") > raw.rfind("\x1b[?2004h"),
            "{raw:?}"
        );
        terminal_is_as_it_was(terminal);
        let list = home.run(&["thread-list"]).exits(0);
        assert!(
            list.stderr.contains("Recovered 2 messages of “T”"),
            "{}",
            list.stderr
        );
        assert_eq!(home.messages()[1].1, "precious");
    }
}

#[test]
fn a_signal_during_a_reply_stops_it_and_saves_what_came() {
    let home = TestHome::new();
    home.program(
        "endless",
        "cat >/dev/null; while :; do printf 'word '; sleep 0.05; done",
    );
    let mut terminal = session(&home, "--command endless");
    terminal.say("talk");
    terminal.wait_for("AI: word word");
    terminal.signal(&home, "TERM");
    terminal.wait_for("\nended 143");
    assert!(
        terminal
            .screen()
            .contains("📝 Thread saved: T (2 messages)"),
        "{}",
        terminal.screen()
    );
    terminal_is_as_it_was(terminal);
    assert_eq!(home.thread_files()[0]["messages"][1]["interrupted"], true);
    assert_eq!(home.run(&["thread-list"]).exits(0).stderr, "");
}

#[test]
fn an_editor_may_be_ended_in_peace() {
    let home = TestHome::new();
    let editor = home.program(
        "ed",
        "printf written >\"$1\"; echo open; until test -e go; do sleep 0.05; done",
    );
    let script = format!(
        "VISUAL='{}' mmogit chat --backend echo; echo \"ended $?\"; cat",
        editor.display()
    );
    let mut terminal = Start::script(&home, &script).run();
    terminal.say("/editor");
    terminal.wait_for("open");
    terminal.signal(&home, "TERM");
    std::thread::sleep(std::time::Duration::from_millis(200));
    fs::write(home.path().join("go"), "").unwrap();
    terminal.wait_for("\nended 143");
    terminal_is_as_it_was(terminal);
    assert_eq!(home.messages()[0].1, "written");
}
