//! Going on with an older thread; and what a repeated request gets once the audit trail is cleared.

use super::served::Served;
use crate::common::TestHome;
use serde_json::{Value, json};

const BUFFER: &str = "/api/conversation-buffer";
const CLEAR: &str = "/api/conversation-buffer?mode=conversation";
const TALK: &str = "conversation";

fn say(served: &Served, mode: &str, text: &str) {
    let message = json!({"mode": mode, "message": {"role": "user", "content": text}});
    served.client.post(BUFFER, &message).ok();
}

fn threads(served: &Served) -> Vec<Value> {
    let page = served.client.get("/api/threads").ok();
    page["threads"].as_array().unwrap().clone()
}

fn thread_with(served: &Served, opening: &str) -> Value {
    let all = threads(served);
    let found = all.into_iter().find(|one| one["opening"] == opening);
    found.unwrap_or_else(|| panic!("no thread begins with {opening}"))
}

fn path_of(thread: &Value, what: &str) -> String {
    format!("/api/threads/{}/{what}", thread["root"].as_str().unwrap())
}

fn texts(served: &Served, mode: &str) -> Vec<String> {
    let shown = served.client.shown(mode).into_iter();
    shown.map(|(_, text)| text).collect()
}

/// A talk that was cleared away, and a newer one.
fn with_two_talks() -> Served {
    let served = Served::start(TestHome::new());
    say(&served, TALK, "older");
    served.client.delete(CLEAR).ok();
    say(&served, TALK, "newer");
    // The list knows it once it is saved.
    let older = thread_with(&served, "older");
    served
        .client
        .post(&path_of(&older, "archive"), &json!({}))
        .ok();
    served
}

#[test]
fn an_older_thread_is_gone_on_with_and_the_open_one_archived() {
    let mut served = with_two_talks();
    say(&served, "inner", "inside");
    let older = thread_with(&served, "older");
    let newer = thread_with(&served, "newer");
    let gone_on = served.client.post(&path_of(&older, "continue"), &json!({}));
    let expected = json!({"success": true, "id": older["id"], "mode": TALK, "changed": true});
    assert_eq!(gone_on.ok(), expected);
    assert_eq!(texts(&served, TALK), ["older"]);
    assert_eq!(thread_with(&served, "newer")["state"], "archived");
    assert_eq!(thread_with(&served, "older")["state"], "active");
    let again = served.client.post(&path_of(&older, "continue"), &json!({}));
    assert_eq!(again.ok()["changed"], false);
    say(&served, TALK, "and on");
    served = Served::start(served.stop().home);
    assert_eq!(texts(&served, TALK), ["older", "and on"]);
    assert_eq!(texts(&served, "inner"), ["inside"]);
    served
        .client
        .post(&path_of(&newer, "continue"), &json!({}))
        .ok();
    assert_eq!(texts(&served, TALK), ["newer"]);
    let verified = served.stop().home.run(&["verify"]);
    verified.exits(0);
}

#[test]
fn only_what_a_buffer_began_is_gone_on_with() {
    let home = TestHome::new();
    home.run(&["chat", "--backend", "echo", "-m", "from the shell"])
        .exits(0);
    let served = Served::start(home);
    say(&served, TALK, "open");
    let other = thread_with(&served, "from the shell");
    let refused = served.client.post(&path_of(&other, "continue"), &json!({}));
    refused.refused(409, "This thread can't be gone on with here");
    let missing = served
        .client
        .post("/api/threads/thread_1/continue", &json!({}));
    missing.refused(404, "Not found or access denied");
    assert_eq!(texts(&served, TALK), ["open"]);
    assert_eq!(thread_with(&served, "from the shell")["state"], "active");
}

/// What came of a reply is kept in the thread of its question.
#[test]
fn a_reply_that_comes_is_kept_where_it_was_asked_for() {
    let home = TestHome::new();
    let slow = home.program("slow", "cat >/dev/null; printf 'it begins'; sleep 60");
    let command = slow.to_str().unwrap();
    let served = Served::with(home, &["--backend", "command", "--command", command]);
    say(&served, TALK, "older");
    served.client.delete(CLEAR).ok();
    let older = thread_with(&served, "older");
    let asked = json!({"mode": TALK, "message": "newer"});
    let mut events = served.client.post_stream("/api/persona_chat", None, &asked);
    events.next_of("content");
    served
        .client
        .post(&path_of(&older, "continue"), &json!({}))
        .ok();
    assert_eq!(texts(&served, TALK), ["older"]);
    let newer = thread_with(&served, "newer");
    assert_eq!(newer["state"], "archived");
    let path = format!("/api/threads/{}", newer["root"].as_str().unwrap());
    let messages = served.client.get(&path).ok()["messages"].clone();
    assert_eq!(messages[1]["content"], "it begins");
    assert_eq!(messages[1]["interrupted"], true);
}

#[test]
fn a_cleared_trail_has_one_line_and_a_repeat_still_gets_the_first_answer() {
    let mut served = with_two_talks();
    let older = thread_with(&served, "older");
    let go_on = path_of(&older, "continue");
    let first = served.client.post_with_key(&go_on, "once", &json!({}));
    assert_eq!(first.ok()["changed"], true);
    served.client.delete("/api/audit/clear").ok();
    let trail = served.client.get("/api/audit").ok();
    assert_eq!(trail["lines"].as_array().unwrap().len(), 1, "{trail}");
    assert_eq!(trail["lines"][0]["event"], "audit_logs_cleared");
    let newer = path_of(&thread_with(&served, "newer"), "continue");
    served.client.post(&newer, &json!({})).ok();
    for _ in 0..2 {
        let repeated = served.client.post_with_key(&go_on, "once", &json!({}));
        assert_eq!(repeated, first);
        assert_eq!(texts(&served, TALK), ["newer"], "not done again");
        served = Served::start(served.kill());
    }
    let other = served.client.post_with_key(&newer, "once", &json!({}));
    other.refused(422, "Idempotency-Key was used for another request");
}
