//! Arguments that nobody expects, commands that there are not, and the help.

use crate::common::TestHome;

#[test]
fn a_wrong_command_is_told_with_the_nearest() {
    let home = TestHome::new();
    for (typed, meant) in [
        ("list", "thread-list"),
        ("replay", "thread-replay"),
        ("search", "thread-search"),
        ("thread-lst", "thread-list"),
        ("verfiy", "verify"),
    ] {
        let ran = home.run(&[typed]).exits(2);
        let told = format!(
            "error: there is no command `{typed}`\n\
             hint: Did you mean `mmogit {meant}`? `mmogit --help` shows all.\n"
        );
        assert_eq!((ran.stderr, ran.stdout), (told, String::new()));
    }
    let ran = home.run(&["what is a monad?"]).exits(2);
    assert!(
        ran.stderr.contains("hint: `mmogit --help`") && ran.stderr.contains("mmogit chat"),
        "{ran:?}"
    );
    assert!(
        home.run(&["role", "lst"])
            .exits(2)
            .stderr
            .contains("'list'")
    );
    assert!(!home.mmogit().exists());
}

#[test]
fn what_was_typed_wrongly_is_quoted_safely() {
    let home = TestHome::new();
    for args in [
        &["\u{1b}[31mlist"][..],
        &["chat", "--t\u{1b}[2J"],
        &["thread-list", "--sort", "\u{9b}5m"],
    ] {
        let ran = home.run(args).exits(2);
        assert!(
            !ran.stderr.contains(['\u{1b}', '\u{9b}']),
            "{args:?}: {:?}",
            ran.stderr
        );
    }
}

#[test]
fn arguments_that_would_be_ignored_are_refused() {
    let home = TestHome::new();
    for args in [
        &["thread-export", "--all", "x"][..],
        &["chat", "-m", "x", "--backend", "echo", "--command", "cat"],
        &["chat", "-m", "x", "--backend", "echo", "--crush-tools"],
        &["chat", "-m", "x", "--command", "cat", "--crush-tools"],
        &["verify", "x", "--file", "y"],
        &["verify", "--all", "x"],
        &["identity", "--json", "words"],
        &["identity", "words", "--json"],
        &["init", "--recover", "--no-verify"],
        &["thread-list", "--all", "--limit", "3"],
        &["thread-replay", "x", "--json", "--at", "2"],
        &["thread-search", "x", "--pick", "--json"],
        &["thread-erase", "x", "--json"],
        &["thread-tag", "list", "x", "y"],
        &["persona", "list", "x"],
        &["persona", "show", "x", "y"],
        &["persona", "edit", "x", "y"],
        &["doctor", "x"],
        &["allowed-signers", "x"],
        &["completions", "bash", "zsh"],
        &["thread-info", "x", "y"],
        &["thread-rename", "x", "y", "z"],
        &["thread-fork", "x", "y"],
        &["thread-merge", "x", "y", "z"],
    ] {
        let ran = home.run(args).exits(2);
        assert!(
            ran.stdout.is_empty() && ran.stderr.starts_with("error: "),
            "{args:?}: {ran:?}"
        );
    }
}

#[test]
fn the_help_has_groups_and_says_how_to_begin() {
    let home = TestHome::new();
    for args in [&["--help"][..], &["-h"], &["help"]] {
        let help = home.run(args).exits(0).stdout;
        for part in [
            "Begin with `mmogit chat`",
            "\nTalk:\n  chat ",
            "\nOrganise:\n",
            "\nOptions:\n  -h",
        ] {
            assert!(help.contains(part), "{args:?}: {help}");
        }
    }
    let ran = home.run(&[]).exits(2);
    assert!(
        ran.stderr.contains("Begin with") && ran.stdout.is_empty(),
        "{ran:?}"
    );
    assert!(
        home.run(&["--version"])
            .exits(0)
            .stdout
            .starts_with("mmogit ")
    );
}
