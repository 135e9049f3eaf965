//! What looks like a secret is asked about before it is signed, and what was taken out of an import lies
//! nowhere. No key stands here: each is made when a test runs.

use super::taken_in::{home, imported, write};
use crate::common::TestHome;
use crate::support::canary::places_of;
use base64ct::{Base64, Encoding};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A key that no other number has.
pub fn key(number: usize) -> String {
    let mut state = 0x9e37_79b9_u64 + number as u64;
    let signs: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
    let next = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        signs[(state >> 33) as usize % signs.len()]
    };
    let rest: String = (0..40).map(next).collect();
    format!("sk-ant-api03-{rest}")
}

/// An export of Claude.ai with keys in all places, and the keys.
fn planted() -> (Value, Vec<String>) {
    let keys: Vec<String> = (0..11).map(key).collect();
    let (first, rest) = keys[6].split_at(25);
    let said = |number: usize, sender: &str, content: Value, attached: Value| {
        json!({
            "uuid": format!("m{number}"), "sender": sender, "text": "", "content": content,
            "created_at": "2026-01-02T03:04:05Z", "attachments": attached, "files": [],
        })
    };
    let text = |text: String| json!([{"type": "text", "text": text}]);
    let tools = json!([
        {"type": "tool_use", "id": "t", "name": format!("run {}", keys[8]), "input": {"env": format!("KEY={}", keys[3])}},
        {"type": "tool_result", "name": "run", "content": [{"type": "text", "text": format!("KEY={}", keys[4])}]},
        {"type": "future", "what": {"token": keys[5]}},
    ]);
    let attached = json!([{"file_name": "env", "file_type": "txt", "extracted_content": format!("KEY={}", keys[2])}]);
    let conversation = json!({
        "uuid": format!("c-{}", keys[9]), "name": format!("why does {} fail", keys[0]), "model": format!("model-{}", keys[10]),
        "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z",
        "chat_messages": [
            said(1, "human", text(format!("it is {} here", keys[1])), attached),
            said(2, "assistant", tools, json!([])),
            said(3, "human", text(format!("folded: {first}\n{rest}\nor {}", Base64::encode_string(keys[7].as_bytes()))), json!([])),
        ],
    });
    (json!([conversation]), keys)
}

/// All places at home where a key, or a half of it, lies.
fn found(home: &TestHome, keys: &[String]) -> Vec<String> {
    let halves = keys.iter().flat_map(|key| [&key[..25], &key[25..]]);
    halves
        .flat_map(|half| places_of(half, &[&home.mmogit()]))
        .collect()
}

#[test]
fn what_is_redacted_lies_nowhere_and_is_told_without_a_sign_of_it() {
    let home = home();
    let (export, keys) = planted();
    write(&home, "c.json", &export);
    let told = home
        .run(&["thread-import", "c.json", "--dry-run", "--explain"])
        .exits(0);
    assert!(told.stdout.contains("to be replaced"), "{}", told.stdout);
    let done = home.run(&["thread-import", "--redact", "--json", "c.json"]);
    let sums: Value = serde_json::from_str(&done.exits(0).stdout).unwrap();
    let redactions = sums["redactions"].as_array().unwrap();
    assert_eq!(sums["redacted"], redactions.len(), "{sums}");
    let again = home
        .run(&["thread-import", "--redact", "--explain", "c.json"])
        .exits(0);
    assert!(
        again.stdout.contains("0 messages signed"),
        "{}",
        again.stdout
    );
    home.run(&["thread-list"]).exits(0);
    home.run(&["thread-search", "folded"]).exits(0);
    home.run(&["verify"]).exits(0);
    let replay = home.run(&["thread-replay", "why"]).exits(0).stdout;
    assert!(replay.contains("[redacted: Anthropic API key]"), "{replay}");

    assert_eq!(found(&home, &keys), [""; 0]);
    let shown = [
        told.stdout,
        told.stderr,
        sums.to_string(),
        again.stdout,
        replay,
    ]
    .concat();
    for key in &keys {
        assert!(
            !shown.contains(&key[..25]) && !shown.contains(&key[25..]),
            "{shown}"
        );
    }
    let of = |name: &str| -> BTreeSet<&str> {
        let all = redactions.iter();
        all.map(|one| one[name].as_str().unwrap()).collect()
    };
    let parts = ["id", "model", "text", "title", "tool", "unknown"];
    assert_eq!(of("part"), BTreeSet::from(parts));
    assert_eq!(of("code"), BTreeSet::from(["anthropic-key"]));
    assert_eq!(of("place"), BTreeSet::from(["c.json:1"]));
}

#[test]
fn what_is_not_to_be_redacted_stays_as_it_is_and_would_be_found() {
    let home = home();
    let (export, keys) = planted();
    write(&home, "c.json", &export);
    let done = imported(&home, &["--no-redact", "c.json"], 0);
    assert_eq!(done["redacted"], Value::Null);
    for key in &keys {
        let places = found(&home, std::slice::from_ref(key));
        assert!(!places.is_empty(), "{key}");
    }
}

#[test]
fn a_script_says_what_is_to_become_of_secrets() {
    let home = home();
    let (export, keys) = planted();
    write(&home, "c.json", &export);
    let ran = home.run(&["thread-import", "c.json"]).exits(2);
    assert!(
        ran.stderr.contains("Anthropic API key") && ran.stderr.contains("--no-redact"),
        "{}",
        ran.stderr
    );
    assert_eq!(found(&home, &keys), [""; 0]);
    home.run(&["thread-import", "--redact", "--no-redact", "c.json"])
        .exits(2);
    // Where nothing is found, nobody is asked.
    let plain = json!([{"role": "user", "content": "no key, and an id of 40 signs: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"}]);
    write(&home, "plain.json", &plain);
    let done = imported(&home, &["plain.json"], 0);
    assert_eq!(done["redacted"], 0);
}

#[test]
fn a_question_with_a_secret_is_refused_before_anything_is_made() {
    let home = TestHome::new();
    let key = key(1);
    let ask = format!("why does {key} fail?");
    let refused = |args: &[&str], input: &str| {
        let ran = home.run_with_input(&[&["chat", "--backend", "echo"], args].concat(), input);
        let ran = ran.exits(2);
        assert!(
            ran.stderr.contains("Anthropic API key") && ran.stderr.contains("--send-secrets"),
            "{}",
            ran.stderr
        );
        assert!(!ran.stderr.contains(&key) && !ran.stdout.contains(&key));
    };
    refused(&["-m", &ask], "");
    refused(&["-m", "what is this?"], &key);
    std::fs::write(home.path().join("env"), format!("KEY={key}")).unwrap();
    refused(&["-m", "what is this?", "--attach", "env"], "");
    refused(&["-m", "what is @env?"], "");
    refused(&["--json"], &key);
    assert!(!home.mmogit().exists(), "no identity was made for it");

    let sent = home.run(&["chat", "--backend", "echo", "--send-secrets", "-m", &ask]);
    assert_eq!(sent.exits(0).stdout, format!("{ask}\n"));
    home.config("[chat]\nwarn-of-secrets = false\n");
    let sent = home.run(&["chat", "--backend", "echo", "-m", &ask]);
    assert_eq!(sent.exits(0).stdout, format!("{ask}\n"));
}

#[test]
fn a_script_ends_at_a_secret_and_keeps_what_was_said_before() {
    let home = TestHome::new();
    let key = key(1);
    let lines = format!("hello\nit is {key}\nmore\n");
    let ran = home
        .run_with_input(&["chat", "--backend", "echo"], &lines)
        .exits(2);
    assert!(ran.stderr.contains("--send-secrets"), "{}", ran.stderr);
    let texts: Vec<String> = home.messages().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["hello", "hello"]);
    assert_eq!(places_of(&key, &[&home.mmogit()]), [""; 0]);
    let sent = home.run_with_input(&["chat", "--backend", "echo", "--send-secrets"], &lines);
    assert!(sent.exits(0).stdout.contains(&key));
}
