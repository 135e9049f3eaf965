//! Erasing a thread at a terminal: what is said before, and what has to be typed.

use super::terminal::{CTRL_C, CTRL_D, Terminal};
use crate::common::TestHome;
use std::fs;

const ASKED: &str = "(Ctrl-C stops):";

/// Two threads, one with a secret that was typed at the prompt.
fn with_secret() -> TestHome {
    let home = TestHome::new();
    home.run_with_input(
        &["chat", "--title", "plain", "--backend", "echo"],
        "hello\n",
    )
    .exits(0);
    let mut terminal = Terminal::start(
        &home,
        &["chat", "--title", "my secret", "--backend", "echo"],
    );
    terminal.say("xyzzy");
    terminal.leave();
    home
}

/// All that a refusal must leave as it is.
fn state(home: &TestHome) -> (Vec<serde_json::Value>, String) {
    let history = fs::read_to_string(home.mmogit().join("state/chat-history")).unwrap();
    assert!(history.contains("xyzzy"));
    (home.thread_files(), history)
}

fn id_of(home: &TestHome, title: &str) -> String {
    let thread = home
        .thread_files()
        .into_iter()
        .find(|thread| thread["title"] == title)
        .unwrap();
    thread["id"].as_str().unwrap().to_owned()
}

fn is_erased(home: &TestHome) {
    let history = fs::read_to_string(home.mmogit().join("state/chat-history")).unwrap();
    assert!(!history.contains("xyzzy"), "{history}");
    let listed = home.run(&["thread-list", "--all"]).exits(0);
    assert!(
        listed.stdout.contains("plain") && !listed.stdout.contains("secret"),
        "{}",
        listed.stdout
    );
    let report = home.run(&["verify"]).exits(0);
    assert!(report.stdout.contains("was erased at"), "{}", report.stdout);
}

#[test]
fn it_says_what_stays_and_takes_the_whole_title() {
    let home = with_secret();
    let mut terminal = Terminal::start(&home, &["thread-erase", "secret"]);
    terminal.wait_for(ASKED);
    let screen = terminal
        .screen()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for said in [
        "my secret - thread_",
        "2 messages",
        "Will be erased for good:",
        "Out of reach from here:",
        "other devices",
    ] {
        assert!(screen.contains(said), "{said}: {screen}");
    }
    terminal.keys("my secret\r");
    terminal.wait_for("Erased: thread_");
    assert_eq!(terminal.exit_code(), 0);
    is_erased(&home);
}

#[test]
fn it_takes_the_whole_id() {
    let home = with_secret();
    let mut terminal = Terminal::start(&home, &["thread-erase", "my secret"]);
    terminal.wait_for(ASKED);
    terminal.keys(&format!("{}\r", id_of(&home, "my secret")));
    assert_eq!(terminal.exit_code(), 0);
    is_erased(&home);
}

#[test]
fn a_wrong_answer_ctrl_c_or_none_changes_nothing() {
    let home = with_secret();
    let before = state(&home);
    let other = id_of(&home, "plain");
    for (keys, code) in [
        ("yes\r", 1),
        ("secret\r", 1),
        ("\r", 1),
        (&format!("{other}\r"), 1),
        (CTRL_D, 130),
    ] {
        let mut terminal = Terminal::start(&home, &["thread-erase", "secret"]);
        terminal.wait_for(ASKED);
        terminal.keys(keys);
        assert_eq!(
            terminal.exit_code(),
            code,
            "{keys:?}: {}",
            terminal.screen()
        );
        assert_eq!(state(&home), before, "{keys:?}");
    }
    let mut terminal = Terminal::start(&home, &["thread-erase", "secret"]);
    terminal.wait_for(ASKED);
    terminal.keys(CTRL_C);
    assert_ne!(terminal.exit_code(), 0);
    assert_eq!(state(&home), before);
    assert!(!home.mmogit().join("state/erasing").exists());
}

#[test]
fn a_thread_that_is_talked_in_is_refused_and_nothing_is_forgotten() {
    let home = with_secret();
    let before = state(&home);
    let chat = Terminal::start(
        &home,
        &["chat", "--continue", "secret", "--backend", "echo"],
    );
    chat.wait_for_prompt();
    let mut terminal = Terminal::start(&home, &["thread-erase", "secret"]);
    terminal.wait_for(ASKED);
    terminal.keys("my secret\r");
    terminal.wait_for("is still open");
    terminal.wait_for("End that chat");
    assert_eq!(terminal.exit_code(), 1);
    assert_eq!(state(&home), before);
    chat.leave();
}
