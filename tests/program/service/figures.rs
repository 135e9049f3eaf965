//! Figures, search and export of conversations.

use super::{CONVERSATIONS, begun, refused, said, text};
use crate::common::TestHome;
use crate::server::served::Served;
use serde_json::{Value, json};

#[test]
fn what_was_said_is_counted_and_nothing_else() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    let conversation = begun(client, &json!({}));
    for intent in ["explain", "critique_plan", "explain"] {
        let body = json!({"content": {"text": "12345678"}, "intent": intent});
        said(client, &conversation, &body);
    }
    let one = client.get(&format!("{conversation}/analytics")).ok();
    assert_eq!(
        (&one["message_count"], &one["total_tokens"]),
        (&json!(3), &json!(6))
    );
    assert_eq!(one["linked_drafts"], 0);
    assert!(one["last_activity"].is_string());
    let all = client.get("/api/v1/analytics").ok();
    let fields: Vec<&str> = all
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        fields,
        [
            "conversation_count",
            "message_count",
            "total_tokens",
            "accepted_drafts",
            "discarded_drafts",
            "unreadable_drafts",
            "draft_acceptance_rate",
            "intent_frequency",
            "sealed_conversations",
            "unreadable",
        ]
    );
    assert_eq!(
        (&all["message_count"], &all["total_tokens"]),
        (&json!(3), &json!(6))
    );
    assert_eq!(all["draft_acceptance_rate"], Value::Null);
    let count = |intent: &str, count: u64| json!({"intent": intent, "count": count});
    assert_eq!(
        all["intent_frequency"],
        json!([count("explain", 2), count("critique_plan", 1)])
    );
}

#[test]
fn a_search_finds_messages_of_conversations_alone() {
    let home = TestHome::new();
    home.run(&[
        "chat",
        "--backend",
        "echo",
        "-m",
        "a campaign at the command line",
    ])
    .exits(0);
    let served = Served::start(home);
    let conversation = begun(&served.client, &json!({"title": "Spring"}));
    let message = said(&served.client, &conversation, &text("the campaign plan"));
    let found = served.client.get("/api/v1/search?q=campaign").ok();
    let hits = found["hits"].as_array().unwrap();
    assert_eq!(hits.len(), 1, "{found}");
    assert_eq!(hits[0]["message_id"], message["id"]);
    assert_eq!(
        format!(
            "{CONVERSATIONS}/{}",
            hits[0]["conversation_id"].as_str().unwrap()
        ),
        conversation
    );
    assert_eq!(
        served.client.get("/api/v1/search?q=spring").ok()["hits"][0]["message_id"],
        Value::Null
    );
    let of_length = |length: usize| {
        let query = format!("/api/v1/search?q={}", "x".repeat(length));
        served.client.get(&query).status
    };
    assert_eq!((of_length(400), of_length(401)), (200, 400));
    let nothing = served.client.get("/api/v1/search?q=%20");
    refused(
        &nothing,
        400,
        "invalid_query",
        "Invalid query: q says nothing to look for",
    );
}

#[test]
fn an_export_has_all_messages() {
    let served = Served::start(TestHome::new());
    let conversation = begun(&served.client, &json!({"title": "Spring"}));
    for number in 0..3 {
        said(
            &served.client,
            &conversation,
            &text(&format!("message <{number}>")),
        );
    }
    let whole = served
        .client
        .get(&format!("{conversation}/export?format=json"))
        .ok();
    assert_eq!(whole["messages"].as_array().unwrap().len(), 3);
    assert_eq!(whole["conversation"]["title"], "Spring");
    let text = served
        .client
        .get(&format!("{conversation}/export?format=md"));
    assert_eq!(text.status, 200);
    for number in 0..3 {
        assert!(
            text.body.contains(&format!("message <{number}>")),
            "{}",
            text.body
        );
    }
    assert_eq!(
        served
            .client
            .get(&format!("{conversation}/export?format=html"))
            .status,
        400
    );
}

/// `NO_AUTONOMOUS_BEHAVIOR`: what nobody asked for is never said.
#[test]
fn nothing_is_said_that_nobody_asked_for() {
    let served = Served::start(TestHome::new());
    let conversation = begun(&served.client, &json!({"title": "quiet"}));
    said(
        &served.client,
        &conversation,
        &text("a note, and no question"),
    );
    std::thread::sleep(std::time::Duration::from_millis(700));
    let shown = served.client.get(&conversation).ok();
    assert_eq!(
        (&shown["message_count"], &shown["title"]),
        (&json!(1), &json!("quiet"))
    );
}

/// `DRAFT_REFERENCES_READ_ONLY`, and what else the server alone says.
#[test]
fn what_the_server_says_of_a_message_no_client_can() {
    let served = Served::start(TestHome::new());
    let conversation = begun(&served.client, &json!({}));
    for field in [
        "linked_draft_id",
        "response_type",
        "token_count",
        "created_at",
        "tags",
        "draft",
    ] {
        let mut body = text("x");
        body[field] = json!("x");
        let answered = served
            .client
            .post(&format!("{conversation}/messages"), &body);
        assert_eq!(answered.status, 400, "{field}: {answered:?}");
        assert_eq!(answered.json()["error"]["code"], "invalid_body", "{field}");
    }
    assert_eq!(served.client.get(&conversation).ok()["message_count"], 0);
}
