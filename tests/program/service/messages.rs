//! Messages of a conversation: said, kept as they came, answered.

use super::{begun, refused, said, text};
use crate::common::{TestHome, wait_until};
use crate::server::served::Served;
use serde_json::{Value, json};
use std::fs;

fn messages(served: &Served, conversation: &str, query: &str) -> Value {
    served
        .client
        .get(&format!("{conversation}/messages?{query}"))
        .ok()
}

fn texts(page: &Value, field: &str) -> Vec<String> {
    let messages = page[field].as_array().unwrap().iter();
    let text = |message: &Value| message["content"]["text"].as_str().unwrap().to_owned();
    messages.map(text).collect()
}

/// A server whose AI answers what it was sent, and writes that into a file.
fn writing() -> Served {
    let home = TestHome::new();
    let sent = home.path().join("sent");
    let script = format!("cat > '{}'; printf 'an answer'", sent.display());
    let program = home.program("writing", &script);
    let program = program.to_str().unwrap().to_owned();
    Served::with(home, &["--command", &program])
}

/// Asks, and waits for the answer.
fn answered(served: &Served, conversation: &str, body: &Value) -> Value {
    let asked = said(&served.client, conversation, body);
    let reply = asked["reply_id"].as_str().unwrap();
    let path = format!("{conversation}/replies/{reply}/events");
    let mut events = served.client.stream(&path, None);
    events.next_of("answer").data
}

#[test]
fn a_message_has_the_documented_fields_and_is_on_disk_at_once() {
    let served = Served::start(TestHome::new());
    let conversation = begun(&served.client, &json!({}));
    let message = said(
        &served.client,
        &conversation,
        &text("Create 3 marketing tasks"),
    );
    let fields: Vec<&str> = message
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        fields,
        [
            "id",
            "conversation_id",
            "sender_type",
            "content",
            "intent",
            "response_type",
            "linked_draft_id",
            "token_count",
            "created_at",
            "tags",
            "context",
            "interrupted",
            "verified",
            "reply_id",
        ]
    );
    assert_eq!(message["sender_type"], "user");
    assert_eq!(
        message["content"],
        json!({"text": "Create 3 marketing tasks"})
    );
    assert_eq!(
        (&message["token_count"], &message["verified"]),
        (&json!(6), &json!(true))
    );
    assert_eq!(message["reply_id"], Value::Null);
    let served = Served::start(served.kill());
    let page = messages(&served, &conversation, "");
    assert_eq!(page["messages"][0]["id"], message["id"]);
    assert_eq!(page["messages"][0]["verified"], true);
    served.home.run(&["verify"]).exits(0);
}

#[test]
fn content_comes_back_as_it_came_and_is_markdown_for_others() {
    let served = Served::start(TestHome::new());
    let conversation = begun(&served.client, &json!({"title": "blocks"}));
    let content = json!({"blocks": [
        {"type": "heading", "content": "Campaign Plan", "level": 2},
        {"type": "text", "content": "Here's a suggested approach..."},
        {"type": "code", "content": "const campaign = { ... }", "language": "javascript", "x": 1.5},
        {"type": "list", "content": "- Task 1\n- Task 2"},
    ]});
    let message = said(&served.client, &conversation, &json!({"content": content}));
    assert_eq!(message["content"], content);
    let served = Served::start(served.kill());
    let page = messages(&served, &conversation, "");
    assert_eq!(page["messages"][0]["content"], content);
    let replay = served.home.run(&["thread-replay", "blocks"]);
    let shown = &replay.exits(0).stdout;
    for line in ["Campaign Plan", "const campaign", "Task 2"] {
        assert!(shown.contains(line), "{shown}");
    }
}

#[test]
fn what_is_no_content_is_refused_in_the_documented_words() {
    let served = Served::start(TestHome::new());
    let conversation = begun(&served.client, &json!({}));
    let path = format!("{conversation}/messages");
    for (content, message) in [
        (json!({"text": ""}), "Message text cannot be empty"),
        (json!({"text": " "}), "Message text cannot be empty"),
        (
            json!({"text": "\u{200b}\n"}),
            "Message text cannot be empty",
        ),
        (
            json!({"blocks": []}),
            "Structured message must have at least one block",
        ),
        (json!("x"), "Invalid message content format"),
        (json!({}), "Invalid message content format"),
        (
            json!({"blocks": [{"type": "table", "content": "x"}]}),
            "Invalid message content format",
        ),
    ] {
        let answered = served.client.post(&path, &json!({"content": content}));
        refused(&answered, 400, "invalid_content", message);
    }
    let second = json!({"content": {"blocks": [
        {"type": "text", "content": "x"}, {"type": "heading", "content": "x", "level": 7},
    ]}});
    let hint = &served.client.post(&path, &second).json()["error"]["hint"];
    assert!(hint.as_str().unwrap().starts_with("Block 2:"), "{hint}");
    assert_eq!(messages(&served, &conversation, "")["message_count"], 0);
}

#[test]
fn who_may_say_ai_and_system_is_the_server() {
    let served = Served::start(TestHome::new());
    let conversation = begun(&served.client, &json!({}));
    let path = format!("{conversation}/messages");
    for sender in ["ai", "system"] {
        let body = json!({"content": {"text": "x"}, "sender_type": sender});
        let only = "Only the server writes messages of ai and system";
        refused(
            &served.client.post(&path, &body),
            403,
            "sender_not_allowed",
            only,
        );
    }
    let body = json!({"content": {"text": "x"}, "sender_type": "user"});
    said(&served.client, &conversation, &body);
    assert_eq!(messages(&served, &conversation, "")["message_count"], 1);
}

/// `NO_AI_MEMORY_PERSISTENCE`.
#[test]
fn the_ai_reads_exactly_the_last_10_messages() {
    let served = writing();
    let conversation = begun(&served.client, &json!({"title": "ten"}));
    let other = begun(&served.client, &json!({"title": "other"}));
    said(
        &served.client,
        &other,
        &text("a secret of another conversation"),
    );
    for number in 1..=12 {
        said(
            &served.client,
            &conversation,
            &text(&format!("message <{number}>")),
        );
    }
    let asked = json!({"content": {"text": "message <13>"}, "reply": true});
    assert_eq!(
        answered(&served, &conversation, &asked)["response"],
        "an answer"
    );
    let sent = fs::read_to_string(served.home.path().join("sent")).unwrap();
    for number in 1..=13 {
        let is_sent = sent.contains(&format!("message <{number}>"));
        assert_eq!(is_sent, number >= 4, "{number}: {sent}");
    }
    assert_eq!(sent.matches("=== human").count(), 10, "{sent}");
    assert!(!sent.contains("secret"), "{sent}");
    let context = served.client.get(&format!("{conversation}/context")).ok();
    let recent = texts(&context, "recent_messages");
    assert_eq!(recent.len(), 10);
    assert_eq!(
        (recent[0].as_str(), recent[9].as_str()),
        ("message <5>", "an answer")
    );
    assert_eq!(context["message_count"], 14);
    assert_eq!(context["conversation"]["preview"], "an answer");
}

#[test]
fn an_answer_says_what_was_asked_for_and_a_draft_is_linked() {
    let served = writing();
    let conversation = begun(&served.client, &json!({}));
    let body =
        json!({"content": {"text": "Create 3 tasks"}, "intent": "draft_task_list", "reply": true});
    answered(&served, &conversation, &body);
    let page = messages(&served, &conversation, "");
    let answer = &page["messages"][1];
    assert_eq!(
        (&answer["intent"], &answer["response_type"]),
        (&json!("draft_task_list"), &json!("draft"))
    );
    assert_eq!(page["messages"][0]["intent"], "draft_task_list");
    let body = json!({"content": {"text": "x"}, "intent": "query_roadmap", "reply": true});
    answered(&served, &conversation, &body);
    let page = messages(&served, &conversation, "");
    assert_eq!(page["messages"][3]["response_type"], Value::Null);
    assert_eq!(page["messages"][3]["linked_draft_id"], Value::Null);
    let path = format!("{conversation}/messages");
    let bad = json!({"content": {"text": "x"}, "intent": "Not Snake"});
    assert_eq!(
        served.client.post(&path, &bad).json()["error"]["code"],
        "invalid_intent"
    );
}

#[test]
fn pages_go_back_and_stay_where_they_were() {
    let served = Served::start(TestHome::new());
    let conversation = begun(&served.client, &json!({}));
    let mut ids = Vec::new();
    for number in 0..7 {
        let message = said(&served.client, &conversation, &text(&number.to_string()));
        ids.push(message["id"].as_str().unwrap().to_owned());
    }
    let last = messages(&served, &conversation, "limit=3");
    assert_eq!(texts(&last, "messages"), ["4", "5", "6"]);
    said(&served.client, &conversation, &text("later"));
    let cursor = last["earlier"].as_str().unwrap();
    let before = messages(&served, &conversation, &format!("limit=3&cursor={cursor}"));
    assert_eq!(texts(&before, "messages"), ["1", "2", "3"]);
    let by_id = messages(
        &served,
        &conversation,
        &format!("limit=2&before={}", ids[2]),
    );
    assert_eq!(texts(&by_id, "messages"), ["0", "1"]);
    assert_eq!(by_id["earlier"], Value::Null);
    let unknown = "limit=1&before=00000000-0000-8000-8000-000000000000";
    assert_eq!(
        texts(&messages(&served, &conversation, unknown), "messages"),
        ["later"]
    );
}

#[test]
fn a_repeated_message_is_said_once_and_gets_the_same_answer() {
    let mut served = Served::start(TestHome::new());
    let conversation = begun(&served.client, &json!({}));
    let path = format!("{conversation}/messages");
    let first = served.client.post_with_key(&path, "k", &text("yes"));
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(served.client.post_with_key(&path, "k", &text("yes")), first);
    served = Served::start(served.kill());
    assert_eq!(served.client.post_with_key(&path, "k", &text("yes")), first);
    let other = served.client.post_with_key(&path, "k", &text("no"));
    assert_eq!(other.status, 422);
    // Without a key a repeat is meant.
    said(&served.client, &conversation, &text("yes"));
    assert_eq!(messages(&served, &conversation, "")["message_count"], 2);
}

/// A server whose AI says `one `, and `two` once it is let.
fn slow() -> Served {
    let home = TestHome::new();
    let gate = home.path().join("gate");
    let script = format!(
        "cat >/dev/null; printf 'one '; while [ ! -e '{}' ]; do sleep 0.05; done; printf 'two'",
        gate.display()
    );
    let program = home.program("slow", &script);
    let program = program.to_str().unwrap().to_owned();
    Served::with(home, &["--command", &program])
}

#[test]
fn archiving_keeps_what_came_of_a_reply_in_its_own_conversation() {
    let served = slow();
    let conversation = begun(&served.client, &json!({}));
    let body = json!({"content": {"text": "hello"}, "reply": true});
    let asked = said(&served.client, &conversation, &body);
    let reply = asked["reply_id"].as_str().unwrap().to_owned();
    let path = format!("{conversation}/replies/{reply}/events");
    let mut events = served.client.stream(&path, None);
    assert_eq!(events.next_of("content").data["text"], "one ");
    for known in ["-1", "x", "1.5"] {
        let bad = [("last-event-id", known)];
        let refused = served.client.ask_with_headers("GET", &path, &bad, "");
        assert_eq!(refused.status, 400, "{known}: {}", refused.body);
    }
    served
        .client
        .ask("POST", &format!("{conversation}/archive"), "")
        .ok();
    assert_eq!(events.next_of("answer").data["interrupted"], true);
    fs::write(served.home.path().join("gate"), "").unwrap();
    let other = begun(&served.client, &json!({}));
    let page = messages(&served, &conversation, "");
    assert_eq!(texts(&page, "messages"), ["hello", "one "]);
    assert_eq!(page["messages"][1]["interrupted"], true);
    assert_eq!(messages(&served, &other, "")["message_count"], 0);
    let retry = served
        .client
        .ask("POST", &format!("{conversation}/replies/{reply}/retry"), "");
    refused(
        &retry,
        409,
        "archived",
        "Conversation is archived and read-only",
    );
}

#[test]
fn replies_of_two_conversations_come_at_once_and_each_stays_in_its_own() {
    let served = slow();
    let body = json!({"content": {"text": "hello"}, "reply": true});
    let both: Vec<(String, String)> = (0..2)
        .map(|_| {
            let conversation = begun(&served.client, &json!({}));
            let asked = said(&served.client, &conversation, &body);
            (conversation, asked["reply_id"].as_str().unwrap().to_owned())
        })
        .collect();
    for (conversation, reply) in &both {
        let path = format!("{conversation}/replies/{reply}/events");
        let first = served.client.stream(&path, None).next_of("content");
        assert_eq!(first.data["text"], "one ");
    }
    let (first, other) = (&both[0], &both[1]);
    let crossed = format!("{}/replies/{}/events", first.0, other.1);
    assert_eq!(served.client.get(&crossed).status, 404);
    fs::write(served.home.path().join("gate"), "").unwrap();
    for (conversation, reply) in &both {
        let path = format!("{conversation}/replies/{reply}/events");
        let answer = served.client.stream(&path, None).next_of("answer");
        assert_eq!(answer.data["response"], "one two");
        let page = messages(&served, conversation, "");
        assert_eq!(texts(&page, "messages"), ["hello", "one two"]);
        assert_eq!(page["messages"][1]["id"], answer.data["message"]);
    }
}

#[test]
fn a_reply_is_stopped_and_asked_for_again_without_a_second_question() {
    let served = slow();
    let conversation = begun(&served.client, &json!({}));
    let body = json!({"content": {"text": "hello"}, "reply": true});
    let asked = said(&served.client, &conversation, &body);
    let reply = format!(
        "{conversation}/replies/{}",
        asked["reply_id"].as_str().unwrap()
    );
    served
        .client
        .stream(&format!("{reply}/events"), None)
        .next_of("content");
    let stop = format!("{reply}/stop");
    let with_key = served.client.post_with_key(&stop, "key-1", &json!({}));
    assert_eq!(with_key.status, 400, "{with_key:?}");
    let stopped = served.client.ask("POST", &stop, "").ok();
    assert_eq!(stopped["interrupted"], true);
    fs::write(served.home.path().join("gate"), "").unwrap();
    let again = served.client.ask("POST", &format!("{reply}/retry"), "");
    assert_eq!(again.status, 201, "{again:?}");
    let again = again.json()["reply_id"].as_str().unwrap().to_owned();
    let path = format!("{conversation}/replies/{again}/events");
    served.client.stream(&path, None).next_of("answer");
    let page = messages(&served, &conversation, "");
    assert_eq!(texts(&page, "messages"), ["hello", "one two"]);
}

#[test]
fn what_came_before_a_kill_is_kept_as_interrupted() {
    let served = slow();
    let conversation = begun(&served.client, &json!({}));
    let body = json!({"content": {"text": "hello"}, "reply": true});
    let asked = said(&served.client, &conversation, &body);
    let reply = format!(
        "{conversation}/replies/{}",
        asked["reply_id"].as_str().unwrap()
    );
    served
        .client
        .stream(&format!("{reply}/events"), None)
        .next_of("content");
    wait_until("the piece is noted", || {
        served.home.journals().contains("one ")
    });
    let served = Served::start(served.kill());
    let page = messages(&served, &conversation, "");
    assert_eq!(texts(&page, "messages"), ["hello", "one "]);
    assert_eq!(page["messages"][1]["interrupted"], true);
}
