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
