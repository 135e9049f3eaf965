//! What a key does where something would be lost by doing it twice, where none is taken, and what
//! the audit trail has of what was done.

use super::served::{Answered, Client, Served};
use crate::common::{TestHome, wait_until};
use crate::support::hostile::{Entry, Hostile, mode};
use crate::sync::device::Device;
use serde_json::{Value, json};
use std::fs;

const BUFFER: &str = "/api/conversation-buffer?mode=inner";
const AUDIT: &str = "/api/audit/clear";

fn say(served: &Served, text: &str) {
    let said = json!({"mode": "inner", "message": {"role": "user", "content": text}});
    served.client.post("/api/conversation-buffer", &said).ok();
}

fn keyed(client: &Client, method: &str, path: &str, body: &str) -> Answered {
    client.ask_with_headers(method, path, &[("idempotency-key", "once")], body)
}

fn texts(served: &Served) -> Vec<String> {
    let shown = served.client.shown("inner");
    shown.into_iter().map(|(_, text)| text).collect()
}

/// The address of the one thread, once it is saved.
fn only_thread(served: &Served) -> String {
    let mut found = None;
    wait_until("it is saved", || {
        let list = served.client.get("/api/threads").ok();
        found = list["threads"][0]["id"].as_str().map(str::to_owned);
        found.is_some()
    });
    format!("/api/threads/{}", found.unwrap())
}

fn events(served: &Served) -> Vec<String> {
    let lines = served.client.get("/api/audit").ok();
    let lines = lines["lines"].as_array().unwrap().iter();
    let name = |line: &Value| line["event"].as_str().unwrap().to_owned();
    lines.map(name).collect()
}

#[test]
fn what_is_cleared_twice_with_one_key_is_cleared_once() {
    let served = Served::start(TestHome::new());
    say(&served, "one");
    let cleared = keyed(&served.client, "DELETE", BUFFER, "");
    say(&served, "two");
    let again = keyed(&served.client, "DELETE", BUFFER, "");
    assert_eq!(again.ok(), cleared.ok());
    assert_eq!(texts(&served), ["two"]);
    let other = keyed(&served.client, "DELETE", AUDIT, "");
    other.refused(422, "Idempotency-Key was used for another request");
    let served = Served::start(served.kill());
    keyed(&served.client, "DELETE", BUFFER, "").ok();
    assert_eq!(texts(&served), ["two"], "also after a restart");
}

#[test]
fn a_trail_that_is_cleared_twice_with_one_key_is_cleared_once() {
    let served = Served::start(TestHome::new());
    let cleared = keyed(&served.client, "DELETE", AUDIT, "").ok();
    say(&served, "one");
    served.client.delete(BUFFER).ok();
    assert_eq!(keyed(&served.client, "DELETE", AUDIT, "").ok(), cleared);
    let left = events(&served);
    assert!(
        left.contains(&"conversation_buffer_cleared".to_owned()),
        "{left:?}"
    );
}

#[test]
fn where_no_key_is_taken_one_is_refused_and_nothing_is_done() {
    let served = Served::start(TestHome::new());
    say(&served, "one");
    let thread = only_thread(&served);
    let requests = [
        ("PATCH", thread.as_str(), r#"{"title": "new"}"#),
        ("PUT", "/api/chat-config", r#"{"messageLimit": 10}"#),
        ("DELETE", "/api/persona_chat/0", ""),
        ("DELETE", "/api/sessions/0", ""),
    ];
    for (method, path, body) in requests {
        let refused = keyed(&served.client, method, path, body);
        refused.refused(400, "Idempotency-Key is not taken here");
    }
    let config = served.client.get("/api/chat-config").ok();
    assert_eq!(config["messageLimit"], 50);
    let list = served.client.get("/api/threads").ok();
    assert_ne!(list["threads"][0]["title"], "new");
}

#[test]
fn what_is_done_with_threads_stands_in_the_trail() {
    let served = Served::start(TestHome::new());
    say(&served, "one");
    let thread = only_thread(&served);
    served
        .client
        .ask("PATCH", &thread, r#"{"title": "SECRET"}"#)
        .ok();
    for what in ["archive", "restore"] {
        served
            .client
            .ask("POST", &format!("{thread}/{what}"), "")
            .ok();
    }
    let exported = served.client.get(&format!("{thread}/export?format=json"));
    assert_eq!(exported.status, 200);
    served
        .client
        .ask("POST", "/api/import", &exported.body)
        .ok();
    let buffer = json!({
        "mode": "conversation",
        "messages": [{"role": "user", "content": "older", "timestamp": 1}],
    });
    served.client.post("/api/import", &buffer).ok();
    let mut done = events(&served);
    done.reverse();
    let expected = [
        "thread_renamed",
        "thread_archived",
        "thread_restored",
        "thread_exported",
        "threads_imported",
        "conversation_buffer_imported",
    ];
    assert_eq!(done, expected);
    let lines = served.client.get("/api/audit").body;
    assert!(!lines.contains("SECRET"), "{lines}");
}

/// Asks with a key that the buffer be cleared; nobody can know whether that was done before.
#[track_caller]
fn is_not_done(served: &Served) {
    let refused = keyed(&served.client, "DELETE", BUFFER, "");
    refused.refused(500, "Earlier requests could not be read");
    let asked = json!({"mode": "inner", "message": {"role": "user", "content": "keyed"}});
    let path = "/api/conversation-buffer";
    let refused = served.client.post_with_key(path, "another", &asked);
    assert_eq!(refused.status, 500, "{refused:?}");
    assert_eq!(texts(served), ["one"]);
}

#[test]
fn where_earlier_answers_cannot_be_read_nothing_is_done_under_a_key() {
    let served = Served::start(TestHome::new());
    say(&served, "one");
    let today = chrono::Utc::now().format("%Y-%m-%d.ndjson").to_string();
    let in_its_place = served.home.mmogit().join("state/answered").join(today);
    fs::create_dir_all(&in_its_place).unwrap();
    is_not_done(&served);
    fs::remove_dir(&in_its_place).unwrap();
    keyed(&served.client, "DELETE", BUFFER, "").ok();
    assert_eq!(texts(&served), Vec::<String>::new());
}

#[test]
fn where_a_thread_of_the_owners_is_damaged_nothing_is_done_under_a_key() {
    let mut device = Device::new(1, 1);
    device.talk(1);
    let repository = Hostile::at(&device.home.mmogit().join("repo.git"));
    let (author, tip) = (device.author(), repository.tip_of(&device.author()));
    let folders: [&[u8]; 4] = [b".mmogit", b"threads", b"2026-01", b"01"];
    let entry = Entry::new(
        mode::FILE,
        "thread_1767225600.json",
        repository.blob(b"no JSON"),
    );
    let tree = repository.with(Some(repository.tree_of(tip)), &folders, entry);
    let damaged = repository.commit(tree, &[tip], Some(device.keys.owner()));
    repository.move_branch(&author, damaged);
    let served = Served::start(device.home);
    say(&served, "one");
    is_not_done(&served);
}

#[test]
fn answers_of_days_long_past_are_removed() {
    let home = TestHome::new();
    let folder = home.mmogit().join("state/answered");
    fs::create_dir_all(&folder).unwrap();
    let older = folder.join("2020-01-01.ndjson");
    fs::write(&older, "").unwrap();
    let served = Served::start(home);
    let older = served
        .home
        .mmogit()
        .join("state/answered/2020-01-01.ndjson");
    keyed(&served.client, "DELETE", BUFFER, "").ok();
    assert!(!older.exists());
}
