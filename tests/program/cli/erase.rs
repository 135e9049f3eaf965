//! Erasing a thread from a script.

use crate::common::TestHome;
use crate::server::served::Served;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;

fn two_threads() -> TestHome {
    let home = TestHome::new();
    home.run_with_input(
        &["chat", "--title", "plain", "--backend", "echo"],
        "hello\n",
    )
    .exits(0);
    home.run_with_input(
        &["chat", "--title", "my secret", "--backend", "echo"],
        "xyzzy\n",
    )
    .exits(0);
    home
}

fn id_of(home: &TestHome, title: &str) -> String {
    let listed: Value =
        serde_json::from_str(&home.run(&["thread-list", "--json"]).exits(0).stdout).unwrap();
    let threads = listed["threads"].as_array().unwrap();
    let found = threads
        .iter()
        .find(|thread| thread["title"] == title)
        .expect("it is listed");
    found["id"].as_str().unwrap().to_owned()
}

#[test]
fn without_a_terminal_it_needs_yes_and_the_whole_id() {
    let home = two_threads();
    let before = home.thread_files();
    let ran = home.run(&["thread-erase", "my secret"]).exits(2);
    assert_eq!(
        ran.stderr,
        "error: there is no terminal to ask whether you are sure\nhint: Name the thread by its whole id, and add --yes.\n"
    );
    let id = id_of(&home, "my secret");
    // The other thread may have been begun in the same ten seconds; then this names both.
    let part = &id[..id.len() - 1];
    let names_both = id_of(&home, "plain").starts_with(part);
    for (part, exit) in [
        ("my secret", 2),
        ("secret", 2),
        (part, if names_both { 1 } else { 2 }),
    ] {
        home.run(&["thread-erase", part, "--yes"]).exits(exit);
    }
    home.run_with_input(&["thread-erase", &id], format!("{id}\n"))
        .exits(2);
    home.run(&["thread-erase", &id, "--json"]).exits(2);
    home.run(&["thread-erase", "thread_17", "--yes"]).exits(1);
    assert_eq!(home.thread_files(), before);

    let ran = home.run(&["thread-erase", &id, "--yes"]).exits(0);
    assert_eq!(
        home.normal(&ran.stdout).lines().next().unwrap(),
        "🪦 Erased: thread_N",
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr.contains("Out of reach from here:"),
        "{}",
        ran.stderr
    );
    home.run(&["verify"]).exits(0);
    home.run(&["thread-replay", &id]).exits(1);
    // Again: there is nothing left to do.
    let again: Value = serde_json::from_str(
        &home
            .run(&["thread-erase", &id, "--yes", "--json"])
            .exits(0)
            .stdout,
    )
    .unwrap();
    assert_eq!(again["objects_removed"], 0);
    assert_eq!(again["kept_in"], Value::Null);
}

#[test]
fn a_bundle_or_a_file_does_not_bring_it_back() {
    let home = two_threads();
    let id = id_of(&home, "my secret");
    let bundle = home.path().join("kept.bundle");
    home.run(&[
        "thread-export",
        "--all",
        "--format",
        "bundle",
        "--output",
        bundle.to_str().unwrap(),
    ])
    .exits(0);
    let ran = home.run(&["thread-erase", &id, "--yes", "--json"]).exits(0);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(told["id"], id.as_str());
    assert_eq!(told["kept_in"], serde_json::json!([]));
    let ran = home
        .run(&["thread-import", bundle.to_str().unwrap()])
        .exits(1);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(
        said.contains("you erased it, and what was erased is not brought back"),
        "{said}"
    );
    assert!(!said.contains("does not verify"), "{said}");
    let ran = home
        .run(&["thread-import", "--json", bundle.to_str().unwrap()])
        .exits(1);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let outcomes = told["threads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|thread| &thread["outcome"]);
    assert_eq!(
        outcomes.filter(|outcome| *outcome == "erased").count(),
        1,
        "{told}"
    );
    home.run(&["thread-replay", &id]).exits(1);
    home.run(&["verify"]).exits(0);
    let index = fs::read(home.mmogit().join("index.db")).unwrap_or_default();
    assert!(!index.windows(5).any(|part| part == b"xyzzy"));
    // The file itself is the user's, and can still be read.
    let ran = home.run(&["thread-replay", &id, "--file", bundle.to_str().unwrap()]);
    assert!(
        ran.stdout.contains("xyzzy"),
        "{} {}",
        ran.stdout,
        ran.stderr
    );
}

/// What another program wrote into a buffer's file may be no message, and holds words all the same.
#[test]
fn a_packed_file_goes_with_erased_words_in_an_entry_that_is_no_message() {
    let served = Served::start(TestHome::new());
    let said = json!({"mode": "inner", "message": {"role": "user", "content": "xyzzy"}});
    served.client.post("/api/conversation-buffer", &said).ok();
    let home = served.stop().home;
    let archive = home.mmogit().join("state/archive");
    fs::create_dir_all(&archive).unwrap();
    let packed = |name: &str, words: &str| {
        let path = archive.join(format!("conversation-buffer-inner-{name}.json.gz"));
        let messages = json!([
            {"role": "user", "content": "good", "timestamp": 1},
            {"role": "user", "content": words, "timestamp": "then"},
        ]);
        let buffer = json!({
            "mode": "inner", "messages": messages,
            "lastUpdated": "2025-08-25T12:00:00.000Z", "messageLimit": 50,
        });
        let file = fs::File::create(&path).unwrap();
        let mut gz = GzEncoder::new(file, Compression::default());
        gz.write_all(buffer.to_string().as_bytes()).unwrap();
        gz.finish().unwrap();
        path
    };
    let gone = packed("20250825T120000000Z", "xyzzy");
    let left = packed("20250825T120000001Z", "something else");
    let listed = home.run(&["thread-list", "--all", "--json"]).exits(0);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let id = listed["threads"][0]["id"].as_str().unwrap();
    home.run(&["thread-erase", id, "--yes"]).exits(0);
    assert!(!gone.exists() && left.exists());
}
