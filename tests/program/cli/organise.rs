//! Renaming, tagging, archiving, looking at, forking, splitting and merging threads.

use crate::common::{Ran, TestHome};
use serde_json::{Value, json};
use std::fs;

/// A thread of two turns, the second of which was asked for again, asked differently, and gone on
/// with.
fn with_branches() -> TestHome {
    let home = TestHome::new();
    let lines = "one\ntwo\n/retry\n/undo\nthree\nfour\n";
    home.run_with_input(
        &[
            "chat",
            "--title",
            "alpha",
            "--tag",
            "x",
            "--backend",
            "echo",
        ],
        lines,
    )
    .exits(0);
    home
}

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

fn thread(home: &TestHome, title: &str) -> Value {
    home.thread_files()
        .into_iter()
        .find(|thread| thread["title"] == title)
        .expect("there is such a thread")
}

fn texts(thread: &Value) -> Vec<&str> {
    let messages = thread["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["content"].as_str().unwrap())
        .collect()
}

#[test]
fn a_thread_is_renamed_tagged_archived_and_restored() {
    let home = with_branches();
    let ran = home.run(&["thread-rename", "alpha", "beta thing"]).exits(0);
    assert_eq!(
        home.normal(&ran.stdout),
        "💬 Renamed: beta thing - thread_N\n"
    );
    let ran = home
        .run(&["thread-tag", "add", "beta", "#y", "z", "x"])
        .exits(0);
    assert_eq!(
        home.normal(&ran.stdout),
        "🏷️  Tags: beta thing - thread_N (x, y, z)\n"
    );
    home.run(&["thread-tag", "remove", "beta", "x", "nothing"])
        .exits(0);
    let ran = home.run(&["thread-archive", "beta"]).exits(0);
    assert_eq!(
        home.normal(&ran.stdout),
        "⚫ Archived: beta thing - thread_N\n"
    );
    let file = thread(&home, "beta thing");
    assert_eq!(
        (&file["tags"], &file["state"]),
        (&json!(["y", "z"]), &json!("archived"))
    );
    assert_eq!(texts(&file).len(), 9, "a message is gone");

    let ran = home
        .run(&["chat", "--continue", "beta", "-m", "x", "--backend", "echo"])
        .exits(1);
    let id = file["id"].as_str().unwrap();
    assert_eq!(
        ran.stderr,
        format!(
            "error: {id} can't be continued: it is archived\nhint: Bring it back first: `mmogit thread-restore {id}`.\n"
        )
    );
    // What is put away can still be renamed.
    home.run(&["thread-rename", "beta", "gamma"]).exits(0);
    let ran = home.run(&["thread-restore", "gamma"]).exits(0);
    assert_eq!(home.normal(&ran.stdout), "🟢 Restored: gamma - thread_N\n");
    home.run(&[
        "chat",
        "--continue",
        "gamma",
        "-m",
        "five",
        "--backend",
        "echo",
    ])
    .exits(0);
    home.run(&["verify"]).exits(0);
}

#[test]
fn what_is_so_already_is_told_and_makes_no_commit() {
    let home = with_branches();
    for (args, is) in [
        (
            &["thread-rename", "alpha", "alpha"][..],
            "has that title already",
        ),
        (
            &["thread-tag", "add", "alpha", "x"],
            "has all of these tags already",
        ),
        (
            &["thread-tag", "remove", "alpha", "y"],
            "has none of these tags",
        ),
        (&["thread-restore", "alpha"], "is in use already"),
    ] {
        let ran = home.run(args).exits(0);
        let told = format!("alpha - thread_N {is}; nothing was changed\n");
        assert_eq!((ran.stdout.as_str(), home.normal(&ran.stderr)), ("", told));
    }
    let info = json_of(&home.run(&["thread-info", "alpha", "--json"]).exits(0));
    assert_eq!(info["commits"].as_array().unwrap().len(), 1);
}

#[test]
fn a_tag_is_the_same_whatever_its_case() {
    let home = with_branches();
    let ran = home
        .run(&["thread-tag", "add", "alpha", "X", "Rust", "RUST"])
        .exits(0);
    assert_eq!(
        home.normal(&ran.stdout),
        "🏷️  Tags: alpha - thread_N (x, Rust)\n"
    );
    home.run(&["thread-tag", "remove", "alpha", "rUST"])
        .exits(0);
    assert_eq!(thread(&home, "alpha")["tags"], json!(["x"]));
    let args = [
        "chat",
        "--title",
        "beta",
        "--tag",
        "a",
        "--tag",
        "A",
        "--backend",
        "echo",
    ];
    home.run_with_input(&args, "one\n/tag B b -A\n").exits(0);
    assert_eq!(thread(&home, "beta")["tags"], json!(["B"]));
    home.run(&[
        "chat",
        "--continue",
        "beta",
        "--tag",
        "b",
        "-m",
        "two",
        "--backend",
        "echo",
    ])
    .exits(0);
    home.run(&["thread-tag", "add", "alpha", "b"]).exits(0);
    home.run(&["thread-merge", "alpha", "beta", "--title", "both"])
        .exits(0);
    assert_eq!(thread(&home, "both")["tags"], json!(["x", "b"]));
}

#[test]
fn a_refused_tag_lets_no_neighbour_in() {
    let home = with_branches();
    home.run(&["thread-tag", "add", "alpha", "good", "not good"])
        .exits(2);
    let input = "/tag fine -x b.ad other\n/info\n";
    let ran = home.run_with_input(&["chat", "--continue", "alpha", "--backend", "echo"], input);
    assert!(ran.stderr.contains("Tag can only have"), "{}", ran.stderr);
    home.run(&[
        "chat",
        "--continue",
        "alpha",
        "--tag",
        "y",
        "--tag",
        "b.ad",
        "-m",
        "q",
        "--backend",
        "echo",
    ])
    .exits(2);
    assert_eq!(thread(&home, "alpha")["tags"], json!(["x"]));
}

#[test]
fn a_second_fork_has_a_number_in_its_title() {
    let home = with_branches();
    let titles = |command: &[&str]| {
        let made = json_of(&home.run(&[command, &["--json"][..]].concat()).exits(0));
        made["title"].as_str().unwrap().to_owned()
    };
    let id = thread(&home, "alpha")["id"].as_str().unwrap().to_owned();
    assert_eq!(titles(&["thread-fork", &id]), "alpha (fork)");
    assert_eq!(titles(&["thread-fork", &id]), "alpha (fork 2)");
    assert_eq!(
        titles(&["thread-fork", &id, "--title", "Alpha (Fork 3)"]),
        "Alpha (Fork 3)"
    );
    assert_eq!(titles(&["thread-fork", &id]), "alpha (fork 4)");
    assert_eq!(titles(&["thread-split", &id, "--at", "3"]), "alpha (split)");
    assert_eq!(
        titles(&["thread-split", &id, "--at", "3"]),
        "alpha (split 2)"
    );
    let long = "x".repeat(200);
    home.run(&["thread-rename", &id, &long]).exits(0);
    let made: Vec<String> = (0..3).map(|_| titles(&["thread-fork", &id])).collect();
    assert!(
        made[1].ends_with("x (fork 2)") && made[2].ends_with("x (fork 3)"),
        "{made:?}"
    );
}

#[test]
fn tags_are_counted() {
    let home = with_branches();
    home.run(&[
        "chat",
        "-m",
        "q",
        "--title",
        "other",
        "--tag",
        "x",
        "--tag",
        "y",
        "--backend",
        "echo",
    ])
    .exits(0);
    assert_eq!(
        home.run(&["thread-tag", "list"]).exits(0).stdout,
        "🏷️  x (2)\n🏷️  y (1)\n"
    );
    let all = json_of(&home.run(&["thread-tag", "list", "--json"]).exits(0));
    assert_eq!(
        all,
        json!({"tags": [{"tag": "x", "threads": 2}, {"tag": "y", "threads": 1}]})
    );
    let one = json_of(
        &home
            .run(&["thread-tag", "list", "other", "--json"])
            .exits(0),
    );
    assert_eq!(one["tags"], json!(["x", "y"]));
}

#[test]
fn the_tree_shows_what_was_set_aside_where_it_stands() {
    let home = with_branches();
    let ran = home.run(&["thread-tree", "alpha"]).exits(0);
    insta::assert_snapshot!(home.normal(&ran.stdout), @r"
    🌳 alpha - thread_N

    • 1 👤 one
    • 2 🤖 one
    ├─○   👤 two
    │ ├─○   🤖 two
    │ ○   🤖 two
    • 3 👤 three
    • 4 🤖 three
    • 5 👤 four
    ● 6 🤖 four

    ● goes on from here  • shown  ○ set aside, kept and signed
    ");
    let tree = json_of(&home.run(&["thread-tree", "alpha", "--json"]).exits(0));
    let messages = tree["messages"].as_array().unwrap();
    let numbers: Vec<&Value> = messages.iter().map(|message| &message["number"]).collect();
    assert_eq!(json!(numbers), json!([1, 2, null, null, null, 3, 4, 5, 6]));
    assert_eq!(tree["aside"].as_array().unwrap().len(), 2);
}

#[test]
fn info_tells_everything() {
    let home = with_branches();
    let info = json_of(&home.run(&["thread-info", "alpha", "--json"]).exits(0));
    assert_eq!(info["messages"]["shown"], 6);
    assert_eq!(info["messages"]["aside"], 3);
    assert_eq!(info["messages"]["roles"], json!({"human": 4, "ai": 5}));
    assert_eq!(info["verification"]["verdict"], "valid");
    assert_eq!(info["agents"][0]["name"], "echo");
    let text = home.run(&["thread-info", "alpha"]).exits(0).stdout;
    for part in [
        "State: 🟢 active",
        "Tags: x",
        "6 shown, 3 set aside (4 human, 5 ai)",
        "Verification: ✅ valid",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn a_fork_a_split_and_a_merge_are_threads_of_their_own() {
    let home = with_branches();
    let ran = home
        .run(&["thread-fork", "alpha", "--at", "3", "--title", "forked"])
        .exits(0);
    insta::assert_snapshot!(home.normal(&ran.stdout), @r"
    🌱 forked - thread_N (3 messages)
       Derived from: thread_N, up to HEX8...
       Continue it: mmogit chat --continue thread_N
    ");
    assert_eq!(texts(&thread(&home, "forked")), ["one", "one", "three"]);
    let split = json_of(
        &home
            .run(&["thread-split", "alpha", "--at", "5", "--json"])
            .exits(0),
    );
    assert_eq!(
        (&split["title"], &split["message_count"]),
        (&json!("alpha (split)"), &json!(2))
    );
    assert_eq!(texts(&thread(&home, "alpha (split)")), ["four", "four"]);
    home.run(&["thread-merge", "forked", "alpha (split)", "--title", "both"])
        .exits(0);
    assert_eq!(
        texts(&thread(&home, "both")),
        ["one", "one", "three", "four", "four"]
    );
    let replay = home.run(&["thread-replay", "both"]).exits(0).stdout;
    assert!(
        home.normal(&replay)
            .contains("🌱 Derived from: thread_N, up to HEX8...; thread_N, up to HEX8...\n")
    );
    // A fork is gone on with like any other.
    home.run(&[
        "chat",
        "--continue",
        "forked",
        "-m",
        "more",
        "--backend",
        "echo",
    ])
    .exits(0);
    assert_eq!(
        texts(&thread(&home, "alpha")).len(),
        9,
        "the first thread did not stay as it was"
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn split_sets_aside_only_when_asked() {
    let home = with_branches();
    home.run(&["thread-split", "alpha", "--at", "3"]).exits(0);
    let shown = |home: &TestHome| {
        json_of(&home.run(&["thread-info", "alpha", "--json"]).exits(0))["messages"].clone()
    };
    assert_eq!(
        (&shown(&home)["shown"], &shown(&home)["aside"]),
        (&json!(6), &json!(3))
    );
    home.run(&[
        "thread-split",
        "alpha",
        "--at",
        "3",
        "--aside",
        "--title",
        "again",
    ])
    .exits(0);
    assert_eq!(
        (&shown(&home)["shown"], &shown(&home)["aside"]),
        (&json!(2), &json!(7))
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn every_refusal_says_what_to_do_instead() {
    let home = with_branches();
    let long = "x".repeat(201);
    let cases: [(&[&str], i32, &str, &str); 12] = [
        (
            &["thread-rename", "alpha", ""],
            2,
            "Title cannot be empty",
            "hint: A title has 1 to 200",
        ),
        (
            &["thread-rename", "alpha", &long],
            2,
            "Title exceeds maximum length of 200 characters",
            "hint:",
        ),
        (
            &["thread-rename", "alpha", "a\nb"],
            2,
            "Title cannot contain control characters",
            "hint:",
        ),
        (
            &["thread-rename", "nothing", "x"],
            1,
            "Thread not found: nothing",
            "thread-list",
        ),
        (
            &["thread-tag", "add", "alpha", "no space"],
            2,
            "Tag can only have",
            "hint: A tag has",
        ),
        (
            &["thread-archive", "alpha", "nothing"],
            1,
            "Thread not found: nothing",
            "thread-list",
        ),
        (
            &["thread-fork", "alpha", "--at", "0"],
            2,
            "there is no message 0: it shows 6",
            "thread-tree",
        ),
        (
            &["thread-fork", "alpha", "--at", "7"],
            2,
            "there is no message 7: it shows 6",
            "thread-tree",
        ),
        (
            &["thread-split", "alpha", "--at", "1"],
            1,
            "it is the whole conversation",
            "thread-fork",
        ),
        (
            &["thread-split", "alpha", "--at", "9"],
            2,
            "there is no message 9",
            "thread-tree",
        ),
        (
            &["thread-merge", "alpha", "alpha"],
            1,
            "can't be merged with itself",
            "two different threads",
        ),
        (
            &["thread-info", "nothing"],
            1,
            "Thread not found: nothing",
            "thread-list",
        ),
    ];
    for (args, code, what, next) in cases {
        let ran = home.run(args).exits(code);
        assert!(
            ran.stderr.contains(what) && ran.stderr.contains(next),
            "{args:?}: {}",
            ran.stderr
        );
    }
    let threads = home.thread_files();
    assert_eq!(
        (threads.len(), &threads[0]["state"]),
        (1, &json!("active")),
        "something was changed"
    );
}

#[test]
fn without_an_identity_there_is_nothing_to_organise() {
    let home = TestHome::new();
    let ran = home.run(&["thread-rename", "x", "y"]).exits(1);
    assert!(
        ran.stderr.contains("hint: Make one with `mmogit init`"),
        "{}",
        ran.stderr
    );
    assert!(!home.mmogit().exists());
    home.run(&["thread-tag", "list"]).exits(0);
}

#[test]
fn what_a_dead_session_left_is_copied_too() {
    let home = with_branches();
    // The AI's program kills its own session: what was said is in the journal only.
    home.program("deadly", "kill -9 $PPID; sleep 5");
    let ran = home.run(&[
        "chat",
        "--continue",
        "alpha",
        "-m",
        "last words",
        "--command",
        "deadly",
    ]);
    assert_eq!(ran.code, None, "{}", ran.stderr);
    let ran = home.run(&["thread-fork", "alpha"]).exits(0);
    assert!(ran.stderr.contains("♻️"), "{}", ran.stderr);
    assert_eq!(
        texts(&thread(&home, "alpha (fork)")).last(),
        Some(&"last words")
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn a_thread_that_somebody_tampered_with_is_neither_changed_nor_copied() {
    let home = with_branches();
    let file = thread(&home, "alpha")
        .to_string()
        .replace("three", "thirty");
    let place = json_of(&home.run(&["thread-info", "alpha", "--json"]).exits(0))["path"].clone();
    put_on_branch(&home, place.as_str().unwrap(), &file);
    // Where the true version is remembered, a change brings it back first (`cli/verify`); here
    // nobody does.
    fs::remove_dir_all(home.mmogit().join("state/tips")).unwrap();
    for args in [
        &["thread-rename", "alpha", "x"][..],
        &["thread-fork", "alpha"],
        &["thread-archive", "alpha"],
    ] {
        let ran = home.run(args).exits(1);
        assert!(
            ran.stderr.contains("does not verify") && ran.stderr.contains("mmogit verify"),
            "{}",
            ran.stderr
        );
    }
    home.run(&["thread-info", "alpha"]).exits(3);
    home.run(&["thread-tree", "alpha"]).exits(3);
}

#[test]
fn a_chat_moves_between_branches() {
    let home = with_branches();
    let ran = home.run_with_input(
        &["chat", "--continue", "alpha", "--backend", "echo"],
        "/branches\n/switch 9\n/switch 1\n/edit 1\n/branches\n",
    );
    let said = ran.exits(0).snapshot(&home);
    let said = regex_lite::Regex::new(r"just now|\d+ minutes? ago")
        .unwrap()
        .replace_all(&said, "AGO");
    insta::assert_snapshot!(said, @r"
    🔐 Using identity: HEX8...
    🤖 AI: echo (repeats what you say)
    💬 Continuing thread: alpha

    You: /branches
    ○ 1 🤖 two (4 messages, AGO)
    ○ 2 🤖 two (4 messages, AGO)
    ● 3 🤖 four (6 messages, AGO)

    You: /switch 9

    You: /switch 1
    🔀 4 messages shown now, the last of them:
       👤 two
       🤖 two

    You: /edit 1

    You: /branches
    ● 1 🤖 two (4 messages, AGO)
    ○ 2 🤖 two (4 messages, AGO)
    ○ 3 🤖 four (6 messages, AGO)

    📝 Thread saved: alpha (4 messages)
    💾 Thread ID: thread_N
    Continue it: mmogit chat --continue thread_N
    ── stderr
    ● is shown. /switch N shows another; several numbers show several at once.
    /switch takes the number of a branch; /branches lists them.
    /edit needs a terminal that can edit.
    ● is shown. /switch N shows another; several numbers show several at once.
    ");
    home.run(&["verify"]).exits(0);
}

/// Puts a file on the branch, in a commit that nobody signed.
fn put_on_branch(home: &TestHome, place: &str, file: &str) {
    fs::write(home.path().join("forged"), file).unwrap();
    let put = format!(
        "cd .mmogit/repo.git && export GIT_INDEX_FILE=index && git read-tree HEAD && \
         git update-index --add --cacheinfo 100644,$(git hash-object -w ../../forged),{place} && \
         git update-ref HEAD $(git -c user.name=x -c user.email=x@example.invalid commit-tree -p HEAD -m x $(git write-tree))",
    );
    let done = std::process::Command::new("sh")
        .args(["-c", &put])
        .current_dir(home.path())
        .status()
        .unwrap();
    assert!(done.success());
}

/// Threads `one`, `two` and `three` with tags, and how many commits made them.
fn with_three() -> TestHome {
    let home = TestHome::new();
    for (title, tag) in [("one", "rust"), ("two", "Rust"), ("three", "web")] {
        home.run(&[
            "chat",
            "-m",
            "q",
            "--title",
            title,
            "--tag",
            tag,
            "--backend",
            "echo",
        ])
        .exits(0);
    }
    home
}

fn commits(home: &TestHome) -> usize {
    let repository = home.mmogit().join("repo.git");
    let mut git = std::process::Command::new("git");
    let output = git
        .arg("-C")
        .arg(repository)
        .args(["rev-list", "--count", "HEAD"])
        .output()
        .unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

#[test]
fn threads_that_fit_a_filter_are_tagged_and_archived_in_one_commit() {
    let home = with_three();
    let before = commits(&home);
    let args = [
        "thread-tag",
        "add",
        "old",
        "#Done",
        "--filter",
        "tag:RUST before:2999-01-01",
        "--yes",
    ];
    assert_eq!(
        home.run(&args).exits(0).stdout,
        "🏷️  Added old, Done: 2 of 2 threads\n"
    );
    assert_eq!(commits(&home), before + 1);
    assert_eq!(thread(&home, "one")["tags"], json!(["rust", "old", "Done"]));
    assert_eq!(thread(&home, "two")["tags"], json!(["Rust", "old", "Done"]));
    assert_eq!(thread(&home, "three")["tags"], json!(["web"]));
    assert_eq!(
        home.run(&args).exits(0).stdout,
        "🏷️  Added old, Done: 0 of 2 threads\n"
    );
    assert_eq!(commits(&home), before + 1);
    home.run(&[
        "thread-tag",
        "remove",
        "DONE",
        "--filter",
        "tag:old",
        "--yes",
    ])
    .exits(0);

    let ran = home
        .run(&["thread-archive", "--filter", "tag:old", "--yes"])
        .exits(0);
    assert_eq!(ran.stdout, "⚫ Archived: 2 of 2 threads\n");
    assert_eq!(commits(&home), before + 3);
    assert_eq!(thread(&home, "three")["state"], json!("active"));
    let ran = home
        .run(&["thread-archive", "--filter", "tag:old", "--yes"])
        .exits(0);
    assert!(
        ran.stderr.contains("No thread of yours fits"),
        "{}",
        ran.stderr
    );
    let ran = home
        .run(&["thread-restore", "--filter", "one", "--yes"])
        .exits(0);
    assert_eq!(ran.stdout, "🟢 Restored: 1 of 1 thread\n");
    home.run(&["verify"]).exits(0);
}

#[test]
fn what_a_filter_could_not_look_at_is_told() {
    let home = with_three();
    put_on_branch(
        &home,
        ".mmogit/threads/2026-11/21/thread_1795248517.json",
        "{}",
    );
    for filter in ["tag:rust", "tag:none"] {
        let ran = home
            .run(&["thread-archive", "--filter", filter, "--yes"])
            .exits(0);
        assert!(
            ran.stderr.contains("2026-11/21/thread_1795248517.json"),
            "{filter}: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_filter_that_is_not_understood_changes_nothing() {
    let home = with_three();
    let before = commits(&home);
    for (args, why) in [
        (
            &["--filter", "tga:rust", "--yes"][..],
            "“tga:rust” is not understood",
        ),
        (
            &["--filter", "before:soon", "--yes"],
            "“before:soon” is not understood",
        ),
        (&["--filter", " ", "--yes"], "would fit every thread"),
        (&["--filter", "tag:rust"], "2 threads would be changed"),
        (
            &["one", "--filter", "tag:rust", "--yes"],
            "cannot be used with",
        ),
        (&["one", "--yes"], "--yes is for --filter"),
        (&[], "required"),
    ] {
        let ran = home.run(&[&["thread-archive"], args].concat()).exits(2);
        assert!(ran.stderr.contains(why), "{args:?}: {}", ran.stderr);
    }
    home.run(&[
        "thread-tag",
        "add",
        "good",
        "not good",
        "--filter",
        "tag:rust",
        "--yes",
    ])
    .exits(2);
    // A copy may have another writer's tag, whatever that is like.
    home.run(&[
        "thread-tag",
        "remove",
        "not good",
        "--filter",
        "tag:rust",
        "--yes",
    ])
    .exits(0);
    assert_eq!(commits(&home), before);
}
