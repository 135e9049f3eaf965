//! Sealed threads, as their author, another reader and everybody else meet them.

use super::contact::person;
use crate::common::{Ran, TestHome};
use serde_json::Value;
use std::fs;

/// What nobody else may read.
const SECRET: &str = "canary";

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

/// Begins a sealed thread with a secret title, tag and text; returns its id.
fn begin_sealed(home: &TestHome, more: &[&str]) -> String {
    let begin = [
        "chat",
        "--backend",
        "echo",
        "--encrypt",
        "-m",
        "a canary sings",
    ];
    let named = [
        "--title",
        "the canary",
        "--tag",
        "canary",
        "--label",
        "canaries",
    ];
    home.run(&[&begin[..], &named, more].concat()).exits(0);
    newest(home)
}

fn newest(home: &TestHome) -> String {
    let listed = json_of(&home.run(&["thread-list", "--all", "--json"]).exits(0));
    listed["threads"][0]["id"].as_str().unwrap().to_owned()
}

fn file(home: &TestHome, id: &str) -> Value {
    let mut files = home.thread_files().into_iter();
    files
        .find(|thread| thread["id"] == id)
        .expect("it is there")
}

fn replay(home: &TestHome, id: &str) -> String {
    home.run(&["thread-replay", id]).exits(0).stdout
}

#[test]
fn a_chat_that_is_sealed_is_gone_on_with_and_tells_nobody() {
    let home = TestHome::new();
    let id = begin_sealed(&home, &[]);
    let go_on = [
        "chat",
        "--continue",
        &id,
        "--backend",
        "echo",
        "-m",
        "the canary again",
    ];
    assert_eq!(home.run(&go_on).exits(0).stdout, "the canary again\n");
    home.run(&["thread-rename", &id, "my canary"]).exits(0);
    home.run(&["thread-tag", "add", &id, "canary-2"]).exits(0);
    home.run(&["thread-archive", &id]).exits(0);
    home.run(&["thread-restore", &id]).exits(0);

    let shown = replay(&home, &id);
    for part in [
        "Thread: 🔒 my canary",
        "canary, canary-2",
        "a canary sings",
        "the canary again",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let info = json_of(&home.run(&["thread-info", &id, "--json"]).exits(0));
    assert_eq!(info["project"], "canaries");
    let opened = json_of(&home.run(&["thread-replay", &id, "--json"]).exits(0))["opened"].clone();
    assert_eq!(opened["header"]["title"], "my canary");
    assert_eq!(opened["messages"].as_object().unwrap().len(), 4);

    let stored = file(&home, &id);
    assert_eq!(stored["title"], "🔒");
    assert!(!stored.to_string().contains(SECRET), "{stored}");
    for message in stored["messages"].as_array().unwrap() {
        let names: Vec<&str> = message
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let outside = [
            "role",
            "timestamp",
            "author",
            "prev",
            "agent",
            "sealed",
            "signature",
        ];
        assert!(names.iter().all(|name| outside.contains(name)), "{names:?}");
    }
    // Whoever has the keys finds it by its title.
    let listed = home.run(&["thread-list"]).exits(0).stdout;
    assert!(listed.contains("🟢 🔒 my canary - "), "{listed}");
}

#[test]
fn everybody_verifies_and_nobody_else_reads() {
    let home = TestHome::new();
    let id = begin_sealed(&home, &[]);
    // Without an identity there is no key at all.
    fs::remove_file(home.mmogit().join("identity.json")).unwrap();
    home.run(&["verify"]).exits(0);
    let shown = replay(&home, &id);
    assert!(shown.contains("🔒") && !shown.contains(SECRET), "{shown}");
    let value = json_of(&home.run(&["thread-replay", &id, "--json"]).exits(0));
    assert_eq!(value.get("opened"), None);
    assert_eq!(value["verification"]["verdict"], "valid");
}

#[test]
fn under_a_passphrase_it_is_locked_until_that_is_given() {
    let home = TestHome::new();
    let passphrase = home.path().join("passphrase");
    fs::write(&passphrase, "open sesame\n").unwrap();
    let with = |args: &[&str]| {
        let mut command = home.command(args);
        command.env("MMOGIT_PASSPHRASE_FILE", &passphrase);
        Ran::of(command.output().unwrap())
    };
    with(&["init", "--no-verify"]).exits(0);
    let chat = [
        "chat",
        "--encrypt",
        "--backend",
        "echo",
        "--title",
        "the canary",
        "-m",
        "sings",
    ];
    with(&chat).exits(0);
    let id = newest(&home);
    let locked = home.run(&["thread-replay", &id]).exits(0);
    assert!(!locked.stdout.contains(SECRET), "{}", locked.stdout);
    assert!(locked.stderr.contains("sealed"), "{}", locked.stderr);
    let listed = home.run(&["thread-list"]).exits(0).stdout;
    assert!(
        listed.contains("🔒") && !listed.contains(SECRET),
        "{listed}"
    );
    let open = with(&["thread-replay", &id]).exits(0).stdout;
    assert!(open.contains("Thread: 🔒 the canary"), "{open}");
}

#[test]
fn a_copy_of_a_sealed_thread_is_sealed_for_its_author_alone() {
    let (home, _) = person("Ana");
    let (_bo, bo_card) = person("Bo");
    let id = begin_sealed(&home, &["--to", &bo_card]);
    let open = [
        "chat",
        "--backend",
        "echo",
        "--title",
        "open",
        "--label",
        "canaries",
        "-m",
        "x",
    ];
    home.run(&open).exits(0);
    let fork = json_of(&home.run(&["thread-fork", &id, "--json"]).exits(0));
    assert_eq!(fork["title"], "the canary (fork)");
    let merge = [
        "thread-merge",
        "open",
        &id,
        "--title",
        "canary and all",
        "--json",
    ];
    let merged = json_of(&home.run(&merge).exits(0));
    for made in [&fork, &merged] {
        let id = made["id"].as_str().unwrap();
        let stored = file(&home, id);
        assert!(!stored.to_string().contains(SECRET), "{stored}");
        let readers = json_of(&home.run(&["thread-readers", id, "--json"]).exits(0));
        let reads_on = |reader: &&Value| reader["reads_on"] == true;
        let readers = readers["readers"].as_array().unwrap();
        let left: Vec<&Value> = readers.iter().filter(reads_on).collect();
        assert_eq!((readers.len(), left.len()), (2, 1), "{readers:?}");
        assert_eq!(left[0]["is_you"], true);
        assert!(replay(&home, id).contains("a canary sings"));
        let go_on = ["chat", "-c", id, "--backend", "echo", "-m", "and so on"];
        home.run(&go_on).exits(0);
    }
    home.run(&["verify"]).exits(0);
}

#[test]
fn a_thread_is_sealed_later_and_says_what_stays_open() {
    let home = TestHome::new();
    let chat = [
        "chat",
        "--backend",
        "echo",
        "--title",
        "the canary",
        "-m",
        "in the open",
    ];
    home.run(&chat).exits(0);
    let id = newest(&home);
    let sealed = home.run(&["thread-encrypt", &id]).exits(0);
    assert!(sealed.stderr.contains("thread-erase"), "{}", sealed.stderr);
    let go_on = ["chat", "-c", &id, "--backend", "echo", "-m", "canary"];
    home.run(&go_on).exits(0);
    let stored = file(&home, &id);
    assert!(!stored.to_string().contains(SECRET), "{stored}");
    assert_eq!(stored["messages"][0]["content"], "in the open");
    assert!(stored["changed"].get("title").is_none());
    home.run(&["thread-encrypt", &id]).exits(1);
    let me = json_of(&home.run(&["identity", "--json"]).exits(0))["author"].clone();
    let remove = ["thread-readers", &id, "remove", me.as_str().unwrap()];
    let refused = home.run(&remove).exits(1).stderr;
    assert!(
        refused.starts_with("error: its author always reads it\n"),
        "{refused}"
    );
    home.run(&["verify"]).exits(0);
}

/// Begins an open thread; returns its id.
fn newest_open(home: &TestHome) -> String {
    home.run(&["chat", "--backend", "echo", "-m", "x"]).exits(0);
    newest(home)
}

#[test]
fn readers_come_and_go() {
    let (ana, _) = person("Ana");
    let (_bo, bo_card) = person("Bo");
    let id = begin_sealed(&ana, &["--to", &bo_card]);
    assert_eq!(
        file(&ana, &id)["epochs"][0]["readers"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    ana.run(&["thread-readers", &id, "remove", "Bo"]).exits(0);
    let epochs = file(&ana, &id)["epochs"].as_array().unwrap().clone();
    assert_eq!(epochs.len(), 2);
    assert!(epochs.iter().any(|epoch| epoch["without"].is_array()));
    let again = ana.run(&["thread-readers", &id, "remove", "Bo"]).exits(0);
    assert!(again.stderr.contains("already"), "{}", again.stderr);
    ana.run(&["thread-readers", &id, "add", "Bo"]).exits(0);
    ana.run(&["thread-readers", &id, "add", "nobody"]).exits(2);
    let shown = ana.run(&["thread-readers", &id]).exits(0).stdout;
    assert!(shown.contains("you") && shown.contains("Bo ("), "{shown}");
    ana.run(&["verify"]).exits(0);
}

#[test]
fn a_setting_seals_new_threads_and_an_option_does_not() {
    let home = TestHome::new();
    home.config("encrypt = true\nbackend = \"echo\"");
    home.run(&["chat", "-m", "canary"]).exits(0);
    assert_eq!(file(&home, &newest(&home))["title"], "🔒");
    home.run(&["chat", "--no-encrypt", "--title", "open", "-m", "x"])
        .exits(0);
    assert_eq!(file(&home, &newest(&home))["title"], "open");
    home.run(&["chat", "--no-encrypt", "--encrypt", "-m", "x"])
        .exits(2);
}

#[test]
fn an_export_for_people_opens_it_and_says_so() {
    let home = TestHome::new();
    let id = begin_sealed(&home, &[]);
    let page = home.run(&["thread-export", &id]).exits(0);
    assert!(page.stdout.contains("a canary sings"), "{}", page.stdout);
    assert!(page.stderr.contains("opened"), "{}", page.stderr);
    let stored = home
        .run(&["thread-export", &id, "--format", "json"])
        .exits(0);
    assert!(!stored.stdout.contains(SECRET), "{}", stored.stdout);
    let bundle = home
        .run(&["thread-export", &id, "--format", "bundle"])
        .exits(0);
    assert!(!bundle.stdout.contains(SECRET), "{}", bundle.stdout);
}

#[test]
fn lists_say_what_is_sealed_to_programs_too() {
    let home = TestHome::new();
    begin_sealed(&home, &[]);
    home.run(&["chat", "--backend", "echo", "-m", "x"]).exits(0);
    let listed = json_of(&home.run(&["thread-list", "--json"]).exits(0));
    let threads = listed["threads"].as_array().unwrap();
    let sealed: Vec<&Value> = threads.iter().map(|thread| &thread["sealed"]).collect();
    assert_eq!(sealed, [false, true]);
}

#[test]
fn who_reads_an_open_thread_has_an_answer() {
    let home = TestHome::new();
    let id = newest_open(&home);
    let shown = home.run(&["thread-readers", &id]).exits(0).stdout;
    assert_eq!(shown, "Not sealed: everybody who has it reads it\n");
    let value = json_of(&home.run(&["thread-readers", &id, "--json"]).exits(0));
    assert_eq!(value["sealed"], false);
    home.run(&["thread-readers", &id, "remove", &id]).exits(2);
}

#[test]
fn readers_who_were_not_verified_are_marked() {
    let (ana, _) = person("Ana");
    let (_bo, bo_card) = person("Bo");
    let id = begin_sealed(&ana, &["--to", &bo_card]);
    let shown = ana.run(&["thread-readers", &id]).exits(0).stdout;
    assert!(shown.contains("…, not verified)"), "{shown}");
    let mut chat = ana.command(&["chat", "--continue", &id, "--backend", "echo"]);
    let header = Ran::of(chat.output().unwrap()).exits(0);
    let said = header.stdout + &header.stderr;
    assert!(
        said.contains("only you and Bo (") && said.contains("…, not verified) can read it"),
        "{said}"
    );
}
