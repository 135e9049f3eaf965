//! `thread-list`, `thread-replay` and what hostile threads may do to a terminal.

use crate::common::TestHome;
use serde_json::Value;

fn with_threads() -> TestHome {
    let home = TestHome::new();
    home.run_with_input(
        &[
            "chat",
            "--title",
            "alpha one",
            "--tag",
            "x",
            "--tag",
            "y",
            "--backend",
            "echo",
        ],
        "a\nb\n",
    )
    .exits(0);
    home.run_with_input(
        &["chat", "--title", "alpha two", "--backend", "echo"],
        "c\n",
    )
    .exits(0);
    home
}

#[test]
fn an_empty_home_says_how_to_begin() {
    let home = TestHome::new();
    let ran = home.run(&["thread-list"]).exits(0);
    assert_eq!(
        ran.stdout,
        "No threads found. Start a chat with 'mmogit chat'\n"
    );
    let json: Value =
        serde_json::from_str(&home.run(&["thread-list", "--json"]).exits(0).stdout).unwrap();
    assert_eq!(json["threads"], Value::Array(Vec::new()));
}

#[test]
fn the_list_is_newest_first_with_whole_ids() {
    let home = with_threads();
    let ran = home.run(&["thread-list"]).exits(0);
    let list = regex_lite::Regex::new(r"Updated: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n")
        .unwrap()
        .replace_all(&home.normal(&ran.stdout), "Updated: TIME\n")
        .into_owned();
    assert_eq!(
        list,
        "📚 Chat Threads (2 total)\n\n\
         🟢 alpha two - thread_N (2 messages)\n   Author: HEX8...\n   Updated: TIME\n\n\
         🟢 alpha one - thread_N (4 messages)\n   Author: HEX8...\n   Updated: TIME\n   Tags: x, y\n\n"
    );
    assert!(!ran.stdout.contains('\x1b'));
}

#[test]
fn a_replay_shows_each_message_with_its_proof() {
    let home = with_threads();
    let ran = home.run(&["thread-replay", "alpha two"]).exits(0);
    let text = regex_lite::Regex::new(r"Created: \S+")
        .unwrap()
        .replace(&home.normal(&ran.stdout), "Created: TIME")
        .into_owned();
    assert_eq!(
        text,
        "📖 Thread: alpha two\n🔑 Author: HEX8...\n📅 Created: TIME\n💬 Messages: 2\n\n--- Conversation ---\n\n\
         👤 human: c\n   ✅ Signed: HEX8...\n\n🤖 ai: c\n   ✅ Signed: HEX8...\n"
    );
}

#[test]
fn a_part_of_a_title_or_an_id_is_enough_if_it_is_unique() {
    let home = with_threads();
    let list: Value =
        serde_json::from_str(&home.run(&["thread-list", "--json"]).exits(0).stdout).unwrap();
    let id = list["threads"][0]["id"].as_str().unwrap();
    for query in [id, &id[3..], "two", "ALPHA TWO"] {
        let ran = home.run(&["thread-replay", query]).exits(0);
        assert!(ran.stdout.contains("alpha two"), "{query}: {}", ran.stdout);
    }
    let ambiguous = home.run(&["thread-replay", "alpha"]).exits(1).stderr;
    assert!(
        ambiguous.contains("fits 2 threads") && ambiguous.contains(id),
        "{ambiguous}"
    );
    let line = regex_lite::Regex::new(
        r"(?m)^  thread_\d+  alpha one \(\d{4}-\d\d-\d\dT[\d:]+Z, 4 messages\) “a”$",
    );
    assert!(
        line.unwrap().is_match(&ambiguous) && ambiguous.contains("alpha two"),
        "{ambiguous}"
    );
    let none = home
        .run(&["thread-replay", "nothing like it"])
        .exits(1)
        .stderr;
    assert!(
        none.contains("Thread not found: nothing like it") && none.contains("thread-list"),
        "{none}"
    );
    home.run(&["thread-replay", ""]).exits(1);
}

#[test]
fn a_replay_for_programs_is_the_file_and_its_verdicts() {
    let home = with_threads();
    let shown: Value = serde_json::from_str(
        &home
            .run(&["thread-replay", "two", "--json"])
            .exits(0)
            .stdout,
    )
    .unwrap();
    assert!(home.thread_files().contains(&shown["thread"]));
    assert_eq!(shown["verification"]["verdict"], "valid");
    assert_eq!(shown["verification"]["messages"][0]["problem"], Value::Null);
}

#[test]
fn nothing_anybody_wrote_reaches_the_terminal_as_a_command() {
    let home = TestHome::new();
    home.program(
        "evil",
        r"cat >/dev/null; printf '\033]0;owned\007\033[2Jgone \302\233 \342\200\256 back'",
    );
    home.run_with_input(
        &["chat", "--title", "t", "--command", "evil"],
        "hi \x1b[31mred\n",
    )
    .exits(0);
    for args in [
        &["thread-list"][..],
        &["thread-replay", "t"],
        &["verify", "t"],
    ] {
        let ran = home.run(args).exits(0);
        let bad = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
        assert!(!ran.stdout.chars().any(bad), "{args:?}: {:?}", ran.stdout);
    }
    let refused = home
        .run(&[
            "chat",
            "--title",
            "bad \x1b]0;title\x07",
            "-m",
            "x",
            "--backend",
            "echo",
        ])
        .exits(2);
    assert!(!refused.stderr.contains('\x1b'), "{:?}", refused.stderr);
}
