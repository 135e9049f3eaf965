//! `thread-import`: what is not the same conversation is never mixed, and no thread of ours comes in
//! by another door.

use crate::cli::taken_in::{chatgpt, home, imported, outcomes, write};
use crate::common::TestHome;
use serde_json::{Value, json};
use std::fs;

const BEGAN: f64 = 1_700_000_000.0;

fn list(texts: &[&str]) -> Value {
    let roles = ["user", "assistant"].into_iter().cycle();
    let messages = roles.zip(texts);
    messages
        .map(|(role, text)| json!({"role": role, "content": text}))
        .collect()
}

fn told(home: &TestHome) -> String {
    let replayed = home.run(&["thread-replay", "hello"]);
    replayed.exits(0).stdout
}

#[test]
fn a_list_that_goes_on_otherwise_adds_nothing() {
    let home = home();
    write(&home, "chat.json", &list(&["hello", "one", "my number"]));
    imported(&home, &["chat.json"], 0);
    let other = list(&["hello", "two", "what about bread", "bake it"]);
    write(&home, "chat.json", &other);
    for args in [&["chat.json", "--dry-run"][..], &["chat.json"]] {
        assert_eq!(outcomes(&imported(&home, args, 1)), ["differs"]);
    }
    let shown = told(&home);
    assert!(shown.contains("my number"), "{shown}");
    assert!(!shown.contains("bake it"), "{shown}");
    // What only grew is the same one.
    let grown = list(&["hello", "one", "my number", "noted"]);
    write(&home, "chat.json", &grown);
    assert_eq!(outcomes(&imported(&home, &["chat.json"], 0)), ["updated"]);
}

#[test]
fn a_thread_of_ours_is_taken_on_nobodys_word() {
    let home = home();
    write(
        &home,
        "a.json",
        &json!([chatgpt("a", BEGAN, &["said", "answered"])]),
    );
    imported(&home, &["a.json"], 0);
    let exported = home
        .run(&["thread-export", "about a", "--format", "json"])
        .exits(0)
        .stdout;
    let changed = exported.replace("answered", "forged");
    assert!(changed.contains("forged"));
    let changed: Value = serde_json::from_str(&changed).unwrap();
    let first = json!({"messages": list(&["an innocent", "line"])});
    fs::write(
        home.path().join("mix.jsonl"),
        format!("{first}\n{changed}\n"),
    )
    .unwrap();
    let done = imported(&home, &["mix.jsonl"], 1);
    assert_eq!(outcomes(&done), ["new"]);
    assert_eq!(done["skipped"], 1);
    let found = home.run(&["thread-search", "forged"]).exits(0).stdout;
    assert!(!found.contains("human"), "{found}");
}

#[test]
fn where_one_of_two_begun_at_once_was_erased_the_other_stays_one_file() {
    let home = home();
    let both = json!([
        chatgpt("first", BEGAN, &["one"]),
        chatgpt("second", BEGAN, &["two"]),
    ]);
    write(&home, "two.json", &both);
    imported(&home, &["two.json"], 0);
    home.run(&["thread-erase", "thread_1700000000", "--yes"])
        .exits(0);
    home.run(&["thread-rename", "about second", "renamed"])
        .exits(0);
    let list = home.run(&["thread-list", "--json"]).exits(0).stdout;
    let list: Value = serde_json::from_str(&list).unwrap();
    let threads = list["threads"].as_array().unwrap();
    let titles: Vec<&Value> = threads.iter().map(|thread| &thread["title"]).collect();
    assert_eq!(titles, ["renamed"]);
}

#[test]
fn a_byte_order_mark_hides_no_message() {
    let home = home();
    let text = "\u{feff}## User\nhi\n\n## Assistant\nyo\n";
    fs::write(home.path().join("t.md"), text).unwrap();
    assert_eq!(imported(&home, &["t.md"], 0)["messages"], 2);
}

#[test]
fn two_that_began_at_once_are_named_each_by_itself() {
    let home = home();
    let both = json!([
        chatgpt("first", BEGAN, &["one"]),
        chatgpt("second", BEGAN, &["two"]),
    ]);
    write(&home, "two.json", &both);
    let dry = imported(&home, &["two.json", "--dry-run"], 0);
    let done = imported(&home, &["two.json"], 0);
    for done in [&dry, &done] {
        let name = |at: usize| done["threads"][at]["name"].as_str().unwrap();
        let root = done["threads"][1]["root"].as_str().unwrap();
        assert_eq!(done["threads"][0]["id"], done["threads"][1]["id"]);
        assert_eq!(name(0), "thread_1700000000");
        assert_eq!(name(1), format!("thread_1700000000-{}", &root[..8]));
    }
    let name = done["threads"][1]["name"].as_str().unwrap();
    let shown = home.run(&["thread-replay", name]).exits(0).stdout;
    assert!(shown.contains("about second"), "{shown}");
    let known = home
        .run(&["thread-import", "two.json", "--explain"])
        .exits(0);
    assert!(known.stdout.contains(name), "{}", known.stdout);
}

#[test]
fn when_nobody_knows_when_every_face_says_so() {
    let home = home();
    write(&home, "chat.json", &list(&["hello", "one"]));
    imported(&home, &["chat.json"], 0);
    let info = home.run(&["thread-info", "hello"]).exits(0).stdout;
    assert!(
        info.contains("not known") && !info.contains("1970-01-01T"),
        "{info}"
    );
    for format in ["md", "html"] {
        let exported = home.run(&["thread-export", "hello", "--format", format]);
        let exported = exported.exits(0).stdout;
        let dates = exported.replace("thread_", "");
        assert!(exported.contains("time not known"), "{exported}");
        assert!(!dates.contains("1970-"), "{exported}");
    }
}

#[test]
fn a_time_to_come_is_not_known() {
    let home = home();
    let in_4000 = 64_060_588_800.0;
    write(
        &home,
        "c.json",
        &json!([chatgpt("late", in_4000, &["said", "answered"])]),
    );
    let done = imported(&home, &["c.json"], 0);
    let shown = home.run(&["thread-replay", "about late"]).exits(0).stdout;
    assert!(shown.contains("Created: not known"), "{shown}");
    assert!(!shown.contains("4000"), "{shown}");
    let id = done["threads"][0]["id"].as_str().unwrap();
    let second: u64 = id.trim_start_matches("thread_").parse().unwrap();
    assert!(second < 86_400, "{id}");
    assert_eq!(outcomes(&imported(&home, &["c.json"], 0)), ["known"]);
}

#[test]
fn instructions_that_come_in_are_told() {
    let home = home();
    let told = |name: &str, list: &Value| {
        write(&home, name, list);
        let stdout = home
            .run(&["thread-import", name, "--explain"])
            .exits(0)
            .stdout;
        (
            stdout.contains("with instructions (system prompts)"),
            stdout,
        )
    };
    assert!(!told("plain.json", &list(&["hello"])).0);
    let mut with = list(&["hi", "ho"]).as_array().unwrap().clone();
    with.insert(0, json!({"role": "system", "content": "Say only yes."}));
    let (is_told, stdout) = told("with.json", &with.clone().into());
    assert!(is_told, "{stdout}");
    assert!(
        stdout.contains("   with 1 message of instructions"),
        "{stdout}"
    );
    let done = imported(&home, &["with.json"], 0);
    assert_eq!(done["threads"][0]["instructions"], 1);
}

#[test]
fn somebody_of_whom_nobody_knows_who_that_is_is_no_ai() {
    let home = home();
    let mut odd = chatgpt("odd", BEGAN, &["hello", "I am the moderator"]);
    odd["mapping"]["odd-1"]["message"]["author"]["role"] = json!("moderator");
    write(&home, "c.json", &json!([odd]));
    let done = imported(&home, &["c.json"], 0);
    assert_eq!(done["unknown"], 1);
    let shown = home.run(&["thread-replay", "about odd"]).exits(0).stdout;
    assert!(
        shown.contains("[said by somebody unknown: moderator]"),
        "{shown}"
    );
    assert!(!shown.contains("I am the moderator"), "{shown}");
    let sender = json!([{"uuid": "u", "name": "n", "chat_messages": [
        {"uuid": "1", "sender": "human", "text": "hi"},
        {"uuid": "2", "sender": "narrator", "text": "and then"}]}]);
    write(&home, "d.json", &sender);
    assert_eq!(imported(&home, &["d.json"], 0)["unknown"], 1);
}

#[test]
fn what_is_no_conversation_is_called_what_it_is() {
    let home = home();
    for (name, bytes, what, next) in [
        (
            "a.png",
            &b"\x89PNG\r\n\x1a\n\0"[..],
            "is a picture",
            "as JSON or Markdown",
        ),
        ("a.pdf", b"%PDF-1.7\n", "is a PDF", "as JSON or Markdown"),
        (
            "chat.html",
            b"<!DOCTYPE html><p>User: a",
            "is a web page",
            "conversations.json",
        ),
        ("empty.json", b"", "is empty", "once more"),
        (
            "a.jsonl.zst",
            b"\x28\xb5\x2f\xfd\x00",
            "is compressed",
            "zstd -d",
        ),
    ] {
        fs::write(home.path().join(name), bytes).unwrap();
        let failed = home.run(&["thread-import", name]).exits(1).stderr;
        assert!(failed.contains(what), "{name}: {failed}");
        assert!(failed.contains(next), "{name}: {failed}");
    }
}
