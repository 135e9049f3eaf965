//! Lists, searches and replays from a message on, as a script sees them.

use crate::common::TestHome;
use serde_json::Value;

fn home() -> TestHome {
    let home = TestHome::new();
    for (title, tag, text) in [
        (
            "implementing_auth",
            "backend",
            "How should we handle the refresh token?",
        ),
        ("ferien", "reise", "Wohin im Frühling? \u{1b}[31mrot"),
    ] {
        let args = [
            "chat",
            "--backend",
            "echo",
            "--title",
            title,
            "--tag",
            tag,
            "-m",
            text,
        ];
        home.run(&args).exits(0);
    }
    home
}

fn json(home: &TestHome, args: &[&str]) -> Value {
    serde_json::from_str(&home.run(args).exits(0).stdout).unwrap()
}

#[test]
fn a_list_counts_what_fits_and_says_what_it_leaves_out() {
    let home = home();
    let all = home.run(&["thread-list"]).exits(0);
    assert!(
        all.stdout.starts_with("📚 Chat Threads (2 total)\n\n🟢 "),
        "{}",
        all.stdout
    );
    assert_eq!(all.stderr, "");
    let one = home.run(&["thread-list", "--tag", "BACKEND"]).exits(0);
    assert!(
        one.stdout
            .starts_with("📚 Chat Threads (1 total)\n\n🟢 implementing_auth - "),
        "{}",
        one.stdout
    );
    let none = home.run(&["thread-list", "--since", "2999-01-01"]).exits(0);
    assert_eq!(
        (none.stdout.as_str(), none.stderr.contains("No thread fits")),
        ("", true)
    );
    for index in 0..50 {
        home.run(&[
            "chat",
            "--backend",
            "offline",
            "--title",
            &format!("t{index}"),
            "-m",
            "x",
        ]);
    }
    let many = home.run(&["thread-list"]).exits(0);
    assert!(
        many.stdout.starts_with("📚 Chat Threads (52 total)"),
        "{}",
        many.stdout
    );
    assert_eq!(many.stdout.matches("   Author: ").count(), 50);
    assert!(many.stderr.contains("2 more"), "{}", many.stderr);
    let all = home.run(&["thread-list", "--all"]).exits(0);
    assert_eq!(
        (
            all.stdout.matches("   Author: ").count(),
            all.stderr.as_str()
        ),
        (52, "")
    );
    let list = json(&home, &["thread-list", "--json"]);
    assert_eq!(
        (list["threads"].as_array().unwrap().len(), &list["total"]),
        (52, &Value::from(52))
    );
}

#[test]
fn wrong_options_are_told_with_a_way_out() {
    let home = home();
    for args in [
        &["thread-list", "--since", "soon"][..],
        &["thread-search", "x", "--after", "soon"],
        &["thread-search", "x", "--role", "boss"],
        &["thread-search"],
        &["thread-search", " \t"],
        &["thread-search", "x", "--pick"],
        &["thread-replay", "ferien", "--at", "0"],
        &["thread-replay", "ferien", "--at", "3"],
        &["thread-list", "--limit", "1", "--all"],
    ] {
        let ran = home.run(args).exits(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn a_word_with_a_dash_is_told_how_it_can_be_looked_for() {
    let home = home();
    let ran = home.run(&["thread-search", "refresh", "-token"]).exits(2);
    assert!(
        ran.stderr.contains("`-token`") && ran.stderr.contains(" -- -token\n"),
        "{}",
        ran.stderr
    );
    home.run(&["thread-search", "refresh", "--", "-token"])
        .exits(0);
    // An option that is misspelled is another matter.
    let ran = home
        .run(&["thread-search", "refresh", "--limt", "3"])
        .exits(2);
    assert!(ran.stderr.contains("--limit"), "{}", ran.stderr);
}

#[test]
fn a_search_leads_to_the_message() {
    let home = home();
    let ran = home
        .run(&["thread-search", "refresh", "token", "role:ai"])
        .exits(0);
    let command = ran
        .stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("mmogit thread-replay"))
        .unwrap();
    assert!(command.ends_with(" --at 2"), "{command}");
    let args: Vec<&str> = ["thread-replay"]
        .into_iter()
        .chain(command.split_whitespace())
        .collect();
    let replay = home.run(&args).exits(0).stdout;
    assert!(
        replay.contains("💬 Messages: 2\n") && replay.contains("From message 2 of 2"),
        "{replay}"
    );
    assert!(
        replay.contains("🤖 ai: ") && !replay.contains("👤 human"),
        "{replay}"
    );
    assert!(
        ran.stdout.contains("mmogit chat --continue thread_"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains('\u{1b}'), "no colour in a pipe");
    let nothing = home.run(&["thread-search", "nowhere"]).exits(0);
    assert_eq!(nothing.stdout, "Nothing found\n");
    assert_eq!(nothing.stderr, "");
}

#[test]
fn where_nothing_has_the_words_beginnings_are_looked_for_and_that_is_said() {
    let home = TestHome::new();
    home.run(&[
        "chat",
        "--backend",
        "echo",
        "--title",
        "t",
        "-m",
        "We rotate refresh tokens.",
    ])
    .exits(0);
    let found = home.run(&["thread-search", "refresh", "token"]).exits(0);
    assert!(
        found.stdout.contains("🔎 2 hits") && found.stdout.contains("refresh tokens"),
        "{}",
        found.stdout
    );
    assert!(
        found.stderr.contains("words that begin so"),
        "{}",
        found.stderr
    );
    let exact = home.run(&["thread-search", "refresh", "tokens"]).exits(0);
    assert!(
        exact.stdout.contains("🔎 2 hits") && exact.stderr.is_empty(),
        "{exact:?}"
    );
    assert_eq!(
        json(&home, &["thread-search", "refr tok", "--json"])["beginnings"],
        true
    );
    assert_eq!(
        json(&home, &["thread-search", "nowhere", "--json"])["beginnings"],
        false
    );
    assert_eq!(
        json(&home, &["thread-search", "refresh", "--json"])["beginnings"],
        false
    );
}

#[test]
fn what_a_search_takes_for_words_is_named() {
    let home = home();
    for (query, named) in [
        (
            "token after:soon",
            "“after:soon” is looked for as it stands: a time is 2025-01-21, today",
        ),
        (
            "token role:boss",
            "“role:boss” is looked for as it stands: a role is human",
        ),
        (
            "token title:auth",
            "“title:auth” is looked for as it stands: filters are role:",
        ),
        ("\"refresh token", "A quotation mark is not closed"),
        ("token -frühling", "“-frühling” is looked for with its dash"),
        ("token OR frühling", "“OR” is looked for as a word"),
    ] {
        let ran = home.run(&["thread-search", query]).exits(0);
        assert!(ran.stderr.contains(named), "{query}: {}", ran.stderr);
    }
    for query in [
        "token after:yesterday before:2999-01-01",
        "token since:30m",
        "std::vec -x",
    ] {
        assert_eq!(
            home.run(&["thread-search", query]).exits(0).stderr,
            "",
            "{query}"
        );
    }
    assert!(
        home.run(&["thread-search", "token after:today"])
            .exits(0)
            .stdout
            .contains("2 hits")
    );
    let printed = json(&home, &["thread-search", "a OR b", "--json"]);
    assert_eq!(printed["taken_as_words"], serde_json::json!(["OR"]));
}

#[test]
fn a_list_is_narrowed_by_words_and_cut_to_what_a_script_needs() {
    let home = home();
    let titles = |args: &[&str]| {
        let listed = json(&home, &[&["thread-list", "--json"], args].concat());
        let threads = listed["threads"].as_array().unwrap();
        threads
            .iter()
            .map(|thread| thread["title"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(titles(&["AUTH"]), ["implementing_auth"]);
    assert_eq!(titles(&["reise"]), ["ferien"]);
    assert_eq!(titles(&["auth", "reise"]), [""; 0]);
    let none = home.run(&["thread-list", "refresh"]).exits(0);
    assert!(
        none.stdout.is_empty() && none.stderr.contains("thread-search"),
        "{none:?}"
    );
    let ids = home.run(&["thread-list", "--ids"]).exits(0);
    let is_id = |line: &str| {
        line.strip_prefix("thread_")
            .is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
    };
    assert!(
        ids.stdout.lines().count() == 2 && ids.stdout.lines().all(is_id),
        "{}",
        ids.stdout
    );
    assert_eq!(
        home.run(&["thread-list", "--ids", "nothing"])
            .exits(0)
            .stdout,
        ""
    );
    let lines = home
        .run(&["thread-list", "--oneline", "ferien"])
        .exits(0)
        .stdout;
    let line =
        regex_lite::Regex::new(r"^thread_\d+  \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  ferien\n$").unwrap();
    assert!(line.is_match(&lines), "{lines}");
    home.run(&["thread-list", "--ids", "--json"]).exits(2);
}

#[test]
fn a_hit_that_was_set_aside_can_be_read() {
    let home = TestHome::new();
    home.program(
        "counting",
        "cat >/dev/null; echo x >>count; echo \"answer number$(grep -c x count)\"",
    );
    home.run_with_input(
        &["chat", "--title", "t", "--command", "counting"],
        "hello\n/retry\n",
    )
    .exits(0);
    let found = home.run(&["thread-search", "number1"]).exits(0).stdout;
    let command = found
        .lines()
        .find_map(|line| line.trim().strip_prefix("mmogit "))
        .expect(&found);
    assert!(command.ends_with(" --branches"), "{command}");
    let replay = home
        .run(&command.split_whitespace().collect::<Vec<_>>())
        .exits(0);
    assert!(
        replay
            .stdout
            .contains("🤖 ai (set aside): answer number1\n   ✅ Signed: "),
        "{}",
        replay.stdout
    );
    assert!(
        replay
            .stdout
            .contains("🤖 ai: answer number2\n   ✅ Signed: "),
        "{}",
        replay.stdout
    );
    assert_eq!(replay.stderr, "");
    let usual = home.run(&["thread-replay", "t"]).exits(0);
    assert!(
        !usual.stdout.contains("number1") && usual.stderr.contains("--branches"),
        "{usual:?}"
    );
    let from = home
        .run(&["thread-replay", "t", "--branches", "--at", "2"])
        .exits(0)
        .stdout;
    assert!(
        !from.contains("hello") && from.contains("number2"),
        "{from}"
    );
    let hit = &json(&home, &["thread-search", "number1", "--json"])["hits"][0];
    assert!(
        hit["replay"].as_str().unwrap().ends_with(" --branches"),
        "{hit}"
    );
}

#[test]
fn a_search_for_programs_has_the_documented_shape() {
    let home = home();
    let found = json(
        &home,
        &[
            "thread-search",
            "--json",
            "fruhling",
            "--limit",
            "1",
            "--model",
            "ECHO",
        ],
    );
    assert_eq!(found["more"], false);
    let hit = &found["hits"][0];
    assert_eq!(hit["thread"]["title"], "ferien");
    assert_eq!(
        (&hit["message"]["number"], &hit["message"]["aside"]),
        (&Value::from(2), &Value::from(false))
    );
    let parts = hit["snippet"].as_array().unwrap();
    assert!(
        parts.contains(&serde_json::json!({"text": "Frühling", "match": true})),
        "{parts:?}"
    );
    assert!(hit["replay"].as_str().unwrap().ends_with("--at 2"));
    let title = json(&home, &["thread-search", "--json", "ferien"]);
    assert_eq!(title["hits"][0]["message"], Value::Null);
}

#[test]
fn a_search_says_what_could_not_be_read() {
    let home = home();
    let branches = home.mmogit().join("repo.git/refs/heads/users");
    std::fs::write(branches.join("5a".repeat(32)), "07".repeat(20) + "\n").unwrap();
    for query in ["refresh", "nowhere"] {
        let ran = home.run(&["thread-search", query]).exits(0);
        assert!(ran.stderr.contains("⚠️  "), "{}", ran.stderr);
        let found = json(&home, &["thread-search", "--json", query]);
        let listed = json(&home, &["thread-list", "--json"]);
        assert_eq!(found["troubles"].as_array().unwrap().len(), 1);
        assert_eq!(found["troubles"], listed["troubles"]);
    }
}

#[test]
fn nothing_found_in_a_message_reaches_the_terminal() {
    let home = home();
    let ran = home.run(&["thread-search", "31mrot"]).exits(0);
    assert!(
        ran.stdout.contains("␛[31mrot") && !ran.stdout.contains('\u{1b}'),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_query_that_looks_like_an_option_is_searched_for() {
    let home = home();
    for query in ["--nothing", "-x", "*", "\"", "NEAR(", "AND"] {
        home.run(&["thread-search", query]).exits(0);
    }
}

/// The scripts ask the program at each Tab; it answers with ids, and titles where the shell shows
/// them.
#[test]
fn a_shell_is_offered_threads_with_their_titles() {
    let home = home();
    home.run(&["thread-list"]).exits(0);
    for shell in ["bash", "zsh", "fish"] {
        let script = home.run(&["completions", shell]).exits(0).stdout;
        assert!(script.contains("MMOGIT_COMPLETE"), "{shell}: {script}");
        let mut command = home.command(&["--", "mmogit", "thread-replay", "thread_"]);
        command
            .env("MMOGIT_COMPLETE", shell)
            .env("_CLAP_COMPLETE_INDEX", "2")
            .env("_CLAP_IFS", "\n");
        let output = command.output().unwrap();
        let offered = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            offered
                .lines()
                .filter(|line| line.starts_with("thread_"))
                .count(),
            2,
            "{shell}: {offered}"
        );
        assert!(offered.contains("ferien"), "{shell}: {offered}");
    }
}

fn offered_by_bash(home: &TestHome, words: &[&str]) -> Vec<String> {
    let mut command = home.command(&[&["--", "mmogit"], words].concat());
    command
        .env("MMOGIT_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    command
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("COLUMNS", "40");
    let output = command.output().unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Bash puts in what all that is offered has in common: one candidate stands alone, and several
/// differ before their help.
#[test]
fn bash_puts_no_title_into_the_line() {
    let home = home();
    home.run(&[
        "chat",
        "--backend",
        "echo",
        "--title",
        &"long ".repeat(20),
        "-m",
        "x",
    ])
    .exits(0);
    let ids: Vec<String> = home
        .run(&["thread-list", "--ids"])
        .exits(0)
        .stdout
        .lines()
        .map(str::to_owned)
        .collect();
    for words in [
        &["thread-tag", "add", "thread_"][..],
        &["thread-fork", "thread_"],
        &["thread-tree", ""],
    ] {
        let offered = offered_by_bash(&home, words);
        let offered: Vec<&String> = offered
            .iter()
            .filter(|line| line.starts_with("thread_"))
            .collect();
        assert_eq!(offered.len(), 3, "{words:?}: {offered:?}");
        assert!(
            offered.iter().all(|line| line.chars().count() < 40),
            "{offered:?}"
        );
        let one = |id: &String, title: &str| {
            offered
                .iter()
                .any(|line| **line == format!("{id}  {title}"))
        };
        assert!(
            one(&ids[1], "ferien") && one(&ids[2], "implementing_auth"),
            "{offered:?}"
        );
    }
    assert!(
        offered_by_bash(&home, &["thread-tree", ""])
            .iter()
            .all(|line| line.starts_with("thread_"))
    );
    assert!(
        offered_by_bash(&home, &["thread-tree", "--"])
            .iter()
            .any(|line| line.starts_with("--help"))
    );
    assert!(
        offered_by_bash(&home, &["doctor", ""])
            .iter()
            .any(|line| line.starts_with("--json"))
    );
    // Bash takes the colon for a word, or nothing behind it.
    assert!(offered_by_bash(&home, &["thread-search", "role", ":"]).is_empty());
    assert!(offered_by_bash(&home, &["thread-search", "role", ":", ""]).is_empty());
    assert_eq!(
        offered_by_bash(&home, &["thread-replay", &ids[1]]),
        [ids[1].clone()]
    );
    assert_eq!(
        offered_by_bash(&home, &["thread-list", "--tag", "BACK"]),
        ["backend"]
    );
    assert_eq!(
        offered_by_bash(&home, &["thread-search", "--tag", "re"]),
        ["reise"]
    );
    assert_eq!(
        offered_by_bash(&home, &["thread-tag", "add", &ids[1], "ba"]),
        ["backend"]
    );
    let mut menu = home.command(&["--", "mmogit", "thread-replay", "thread_"]);
    menu.env("MMOGIT_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", "2")
        .env("_CLAP_IFS", "\n");
    let menu = menu.env("_CLAP_COMPLETE_COMP_TYPE", "37").output().unwrap();
    assert!(!String::from_utf8(menu.stdout).unwrap().contains("ferien"));
}
