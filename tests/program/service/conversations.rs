//! Conversations: begun, listed, changed, archived and taken up again.

use super::{CONVERSATIONS, address, begun, refused, said, text};
use crate::common::TestHome;
use crate::server::served::{Client, Served};
use serde_json::{Value, json};
use std::thread;

const NOT_FOUND: &str = "Conversation not found or access denied";
const FULL: &str = "Maximum of 50 active conversations reached";

fn list(client: &Client, query: &str) -> Value {
    client.get(&format!("{CONVERSATIONS}?{query}")).ok()
}

fn titles(page: &Value) -> Vec<&str> {
    let conversations = page["conversations"].as_array().unwrap().iter();
    conversations
        .map(|one| one["title"].as_str().unwrap_or("-"))
        .collect()
}

#[test]
fn a_conversation_has_the_documented_fields_and_outlasts_the_server() {
    let served = Served::start(TestHome::new());
    let body = json!({"title": "Marketing Planning", "intent_context": "the spring campaign"});
    let conversation = begun(&served.client, &body);
    let shown = served.client.get(&conversation).ok();
    let fields: Vec<&str> = shown
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        fields,
        [
            "id",
            "user_id",
            "master_project_id",
            "title",
            "intent_context",
            "created_at",
            "archived_at",
            "message_count",
            "total_tokens",
            "last_activity",
            "preview",
        ]
    );
    assert_eq!(shown["title"], "Marketing Planning");
    assert_eq!(shown["intent_context"], "the spring campaign");
    for empty in [
        "master_project_id",
        "archived_at",
        "last_activity",
        "preview",
    ] {
        assert_eq!(shown[empty], Value::Null, "{empty}");
    }
    assert_eq!(
        (&shown["message_count"], &shown["total_tokens"]),
        (&json!(0), &json!(0))
    );
    // Nothing was said in it, and it is there all the same.
    let served = Served::start(served.kill());
    assert_eq!(served.client.get(&conversation).ok(), shown);
    served.home.run(&["verify"]).exits(0);
}

#[test]
fn without_a_title_it_has_none_and_nothing_ever_makes_one() {
    let served = Served::start(TestHome::new());
    let conversation = begun(&served.client, &json!({}));
    said(
        &served.client,
        &conversation,
        &text("Let us plan the wedding of Rachel"),
    );
    assert_eq!(served.client.get(&conversation).ok()["title"], Value::Null);
    assert_eq!(titles(&list(&served.client, "")), ["-"]);
    let named = served
        .client
        .ask("PATCH", &conversation, r#"{"title": "Wedding"}"#)
        .ok();
    assert_eq!(named["title"], "Wedding");
    let unnamed = served
        .client
        .ask("PATCH", &conversation, r#"{"title": null}"#)
        .ok();
    assert_eq!(unnamed["title"], Value::Null);
}

#[test]
fn a_title_has_1_to_200_characters() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    for sign in ["x", "日", "🦀"] {
        let longest = sign.repeat(200);
        let conversation = begun(client, &json!({"title": longest}));
        assert_eq!(client.get(&conversation).ok()["title"], longest);
        let body = json!({"title": sign.repeat(201)});
        let too_long = "Title exceeds maximum length of 200 characters";
        refused(
            &client.post(CONVERSATIONS, &body),
            400,
            "invalid_title",
            too_long,
        );
        let changed = client.ask("PATCH", &conversation, &body.to_string());
        refused(&changed, 400, "invalid_title", too_long);
    }
    for blank in ["", "  ", "\u{200b}", "\u{feff}\u{ad}", "\u{3164}"] {
        let answered = client.post(CONVERSATIONS, &json!({"title": blank}));
        refused(&answered, 400, "invalid_title", "Title cannot be empty");
    }
    assert_eq!(list(client, "")["total"], 3);
}

#[test]
fn what_it_is_for_has_1_to_1000_characters() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    let of = |text: &str| json!({ "intent_context": text });
    for sign in ["x", "日"] {
        let longest = sign.repeat(1_000);
        let conversation = begun(client, &of(&longest));
        assert_eq!(client.get(&conversation).ok()["intent_context"], longest);
        for bad in [&sign.repeat(1_001), "", " \n", "a\u{7}b"] {
            let answered = client.post(CONVERSATIONS, &of(bad));
            assert_eq!(answered.status, 400, "{answered:?}");
            assert_eq!(answered.json()["error"]["code"], "invalid_intent_context");
            let changed = client.ask("PATCH", &conversation, &of(bad).to_string());
            assert_eq!(changed.status, 400, "{changed:?}");
        }
        assert_eq!(client.get(&conversation).ok()["intent_context"], longest);
    }
}

#[test]
fn only_for_oneself() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    let own = begun(client, &json!({}));
    let own = client.get(&own).ok()["user_id"].clone();
    begun(client, &json!({"user_id": own}));
    let other = json!({"user_id": "00000000-0000-8000-8000-000000000000"});
    refused(
        &client.post(CONVERSATIONS, &other),
        403,
        "not_yourself",
        "User can only create conversations for themselves",
    );
}

#[test]
fn what_is_not_there_is_refused_in_one_way() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    for id in [
        "00000000-0000-8000-8000-000000000000",
        "x",
        "..%2f..",
        "thread_1756140749",
    ] {
        let address = format!("{CONVERSATIONS}/{id}");
        for path in ["", "/messages", "/context", "/analytics"] {
            refused(
                &client.get(&format!("{address}{path}")),
                404,
                "not_found",
                NOT_FOUND,
            );
        }
        for path in ["/archive", "/restore"] {
            let answered = client.ask("POST", &format!("{address}{path}"), "");
            refused(&answered, 404, "not_found", NOT_FOUND);
        }
        let answered = client.post(&format!("{address}/messages"), &text("x"));
        refused(&answered, 404, "not_found", NOT_FOUND);
        refused(
            &client.ask("PATCH", &address, "{}"),
            404,
            "not_found",
            NOT_FOUND,
        );
    }
    // A person's own thread is no conversation.
    served
        .home
        .run(&["chat", "--backend", "echo", "-m", "mine"])
        .exits(0);
    assert_eq!(list(client, "include_archived=true")["total"], 0);
}

#[test]
fn lists_are_newest_first_and_pages_stay_where_they_were() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    let all: Vec<String> = (0..7)
        .map(|number| begun(client, &json!({"title": number.to_string()})))
        .collect();
    let first = list(client, "limit=3");
    assert_eq!(titles(&first), ["6", "5", "4"]);
    assert_eq!(first["total"], 7);
    // What changes meanwhile comes to the front, and no later page misses or repeats the others.
    said(client, &all[0], &text("to the front"));
    let cursor = first["next"].as_str().unwrap();
    let second = list(client, &format!("limit=3&cursor={cursor}"));
    assert_eq!(titles(&second), ["3", "2", "1"]);
    assert_eq!(second["next"], Value::Null);
    assert_eq!(titles(&list(client, "limit=2")), ["0", "6"]);
    let after = all[4].rsplit('/').next().unwrap();
    assert_eq!(
        titles(&list(client, &format!("before={after}&limit=2"))),
        ["3", "2"]
    );
    let unknown = "before=00000000-0000-8000-8000-000000000000&limit=2";
    assert_eq!(titles(&list(client, unknown)), ["0", "6"]);
    let answered = client.get(&format!("{CONVERSATIONS}?limit=0"));
    assert_eq!(answered.status, 400);
    assert_eq!(
        client.get(&format!("{CONVERSATIONS}?limit=201")).status,
        400
    );
}

#[test]
fn what_is_archived_can_only_be_read_until_it_is_restored() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    let conversation = begun(client, &json!({"title": "Weekly Review"}));
    said(client, &conversation, &text("first"));
    let archived = client
        .ask("POST", &format!("{conversation}/archive"), "")
        .ok();
    assert!(archived["archived_at"].is_string(), "{archived}");
    assert_eq!(titles(&list(client, "")), Vec::<&str>::new());
    assert_eq!(
        titles(&list(client, "include_archived=true")),
        ["Weekly Review"]
    );
    assert_eq!(titles(&list(client, "archived=true")), ["Weekly Review"]);
    let read_only = "Conversation is archived and read-only";
    let answered = client.post(&format!("{conversation}/messages"), &text("second"));
    refused(&answered, 409, "archived", read_only);
    let answered = client.ask("PATCH", &conversation, r#"{"title": "x"}"#);
    refused(&answered, 409, "archived", read_only);
    let context = client.get(&format!("{conversation}/context")).ok();
    assert_eq!(context["message_count"], 1);
    let restored = client
        .ask("POST", &format!("{conversation}/restore"), "")
        .ok();
    assert_eq!(restored["archived_at"], Value::Null);
    said(client, &conversation, &text("second"));
    assert_eq!(client.get(&conversation).ok()["message_count"], 2);
}

#[test]
fn at_most_50_are_in_use_whoever_asks_at_once() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    for _ in 0..42 {
        begun(client, &json!({}));
    }
    let clients: Vec<_> = (0..16)
        .map(|_| {
            let client = client.clone();
            thread::spawn(move || client.post(CONVERSATIONS, &json!({})))
        })
        .collect();
    let answers: Vec<_> = clients.into_iter().map(|one| one.join().unwrap()).collect();
    let begun: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .collect();
    assert_eq!(begun.len(), 8);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        refused(answer, 409, "too_many_conversations", FULL);
    }
    assert_eq!(list(client, "")["total"], 50);
    // An archived one makes room, once; and it can't come back into a full house.
    let one = address(&begun[0].json());
    client.ask("POST", &format!("{one}/archive"), "").ok();
    assert_eq!(client.post(CONVERSATIONS, &json!({})).status, 201);
    let restored = client.ask("POST", &format!("{one}/restore"), "");
    refused(&restored, 409, "too_many_conversations", FULL);
    // Nor as a thread of the history server.
    let put_away = client.get("/api/threads?archived=true").ok();
    let id = put_away["threads"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/threads/{id}/restore");
    let restored = client.ask("POST", &path, "");
    assert_eq!(
        (restored.status, &restored.json()["error"]),
        (409, &FULL.into())
    );
    assert_eq!(list(client, "")["total"], 50);
    let other = address(&begun[1].json());
    client.ask("POST", &format!("{other}/archive"), "").ok();
    client.ask("POST", &path, "").ok();
    // One that is in use already is not counted twice.
    client.ask("POST", &format!("{one}/restore"), "").ok();
    assert_eq!(list(client, "")["total"], 50);
}

#[test]
fn a_write_with_a_key_is_done_once_also_after_a_restart() {
    let mut served = Served::start(TestHome::new());
    let body = json!({"title": "once"});
    let first = served.client.post_with_key(CONVERSATIONS, "k", &body);
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(
        served.client.post_with_key(CONVERSATIONS, "k", &body),
        first
    );
    served = Served::start(served.kill());
    assert_eq!(
        served.client.post_with_key(CONVERSATIONS, "k", &body),
        first
    );
    let other = served.client.post_with_key(CONVERSATIONS, "k", &json!({}));
    let used = "Idempotency-Key was used for another request";
    refused(&other, 422, "key_used_for_another_request", used);
    assert_eq!(list(&served.client, "")["total"], 1);
    // No title stands in the trail of what was done.
    for day in std::fs::read_dir(served.home.mmogit().join("logs/audit"))
        .into_iter()
        .flatten()
    {
        let text = std::fs::read_to_string(day.unwrap().path()).unwrap();
        assert!(!text.contains("once"), "{text}");
    }
}
