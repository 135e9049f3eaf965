//! `/api/persona_chat`: replies that run to their end, whoever listens.

use super::served::Served;
use crate::common::{TestHome, wait_until};
use serde_json::{Value, json};
use std::fs;

const CHAT: &str = "/api/persona_chat";
const BUFFER: &str = "/api/conversation-buffer";

fn asked(text: &str) -> Value {
    json!({"message": text, "mode": "conversation"})
}

/// A home whose AI says `one `, and `two` once it is let.
fn slow() -> Served {
    slow_at(TestHome::new())
}

fn slow_at(home: TestHome) -> Served {
    let gate = home.path().join("gate");
    let script = format!(
        "cat >/dev/null; printf 'one '; while [ ! -e '{}' ]; do sleep 0.05; done; printf 'two'",
        gate.display()
    );
    let program = home.program("slow", &script);
    let program = program.to_str().unwrap().to_owned();
    Served::with(home, &["--command", &program])
}

fn let_go(served: &Served) {
    fs::write(served.home.path().join("gate"), "").unwrap();
}

fn said(role: &str, text: &str) -> (String, String) {
    (role.to_owned(), text.to_owned())
}

#[test]
fn the_message_is_stored_first_and_the_answer_is_what_came() {
    let served = slow();
    let mut events = served.client.post_stream(CHAT, None, &asked("hello"));
    let started = events.next_of("started");
    assert_eq!(started.data["id"], started.data["message"]);
    assert_eq!(served.client.shown("conversation"), [said("user", "hello")]);
    let first = events.next_of("content");
    assert_eq!(
        (&first.data["text"], first.id.as_deref()),
        (&json!("one "), Some("4"))
    );
    let_go(&served);
    let second = events.next_of("content");
    assert_eq!(
        (&second.data["text"], second.id.as_deref()),
        (&json!("two"), Some("7"))
    );
    let answer = events.next_of("answer");
    assert_eq!(answer.data["response"], "one two");
    assert_eq!(answer.data["interrupted"], false);
    assert!(events.next().is_none());
    let both = [said("user", "hello"), said("assistant", "one two")];
    assert_eq!(served.client.shown("conversation"), both);
    assert_eq!(served.client.shown("inner"), []);
}

#[test]
fn without_a_message_nothing_is_asked() {
    let served = Served::start(TestHome::new());
    for body in [
        json!({"mode": "inner"}),
        json!({"mode": "inner", "message": " \n"}),
        json!({"mode": "inner", "message": 7}),
    ] {
        served
            .client
            .post(CHAT, &body)
            .refused(400, "Message is required");
    }
    let other = json!({"mode": "dream", "message": "x"});
    served
        .client
        .post(CHAT, &other)
        .refused(400, "Invalid or missing mode");
    assert_eq!(served.client.shown("inner"), []);
}

#[test]
fn who_left_comes_back_to_the_same_bytes_after_a_restart_too() {
    let mut served = slow();
    let mut events = served.client.post_stream(CHAT, None, &asked("hello"));
    let id = events.next_of("started").data["id"]
        .as_str()
        .unwrap()
        .to_owned();
    events.next_of("content");
    drop(events);
    let path = format!("{CHAT}/{id}");
    let_go(&served);
    let mut again = served.client.stream(&path, Some(4));
    assert_eq!(again.next_of("started").data["offset"], 4);
    assert_eq!(again.next_of("content").data["text"], "two");
    let answer = again.next_of("answer");
    served = Served::start(served.kill());
    let mut stored = served.client.stream(&path, Some(4));
    assert_eq!(stored.next_of("content").data["text"], "two");
    assert_eq!(
        stored.next_of("answer").data["message"],
        answer.data["message"]
    );
    let unknown = format!("{CHAT}/{}", "ab".repeat(32));
    assert_eq!(served.client.get(&unknown).status, 404);
    assert_eq!(served.client.get(&format!("{CHAT}/x")).status, 404);
}

#[test]
fn what_came_before_a_kill_is_kept_as_interrupted() {
    let served = slow();
    let mut events = served.client.post_stream(CHAT, None, &asked("hello"));
    let id = events.next_of("started").data["id"]
        .as_str()
        .unwrap()
        .to_owned();
    events.next_of("content");
    wait_until("the piece is noted", || {
        served.home.journals().contains("one ")
    });
    let served = Served::start(served.kill());
    let mut stored = served.client.stream(&format!("{CHAT}/{id}"), None);
    let answer = stored.next_of("answer");
    assert_eq!(answer.data["response"], "one ");
    assert_eq!(answer.data["interrupted"], true);
}

#[test]
fn stop_keeps_what_came() {
    let served = slow();
    let mut events = served.client.post_stream(CHAT, None, &asked("hello"));
    let id = events.next_of("started").data["id"]
        .as_str()
        .unwrap()
        .to_owned();
    events.next_of("content");
    let stopped = served.client.delete(&format!("{CHAT}/{id}")).ok();
    assert_eq!(
        (&stopped["success"], &stopped["interrupted"]),
        (&json!(true), &json!(true))
    );
    let answer = events.next_of("answer");
    assert_eq!(
        (&answer.data["response"], &answer.data["message"]),
        (&json!("one "), &stopped["message"])
    );
    let both = [said("user", "hello"), said("assistant", "one ")];
    assert_eq!(served.client.shown("conversation"), both);
    let again = served.client.delete(&format!("{CHAT}/{id}")).ok();
    assert_eq!(again["message"], stopped["message"]);
}

#[test]
fn retry_never_stores_the_question_twice() {
    let served = slow();
    let_go(&served);
    let mut events = served.client.post_stream(CHAT, None, &asked("hello"));
    let id = events.next_of("started").data["id"]
        .as_str()
        .unwrap()
        .to_owned();
    events.next_of("answer");
    let retry = format!("{CHAT}/{id}/retry");
    let mut again = served.client.post_stream(&retry, Some("r"), &json!({}));
    let started = again.next_of("started");
    assert_eq!(
        (&started.data["id"], &started.data["message"]),
        (&json!(format!("{id}.2")), &json!(id))
    );
    again.next_of("answer");
    let mut same = served.client.post_stream(&retry, Some("r"), &json!({}));
    assert_eq!(same.next_of("started").data["id"], started.data["id"]);
    let both = [said("user", "hello"), said("assistant", "one two")];
    assert_eq!(served.client.shown("conversation"), both);
    served
        .client
        .post(
            BUFFER,
            &json!({"mode": "conversation", "message": {"role": "user", "content": "more"}}),
        )
        .ok();
    let refused = served.client.post(&retry, &json!({}));
    refused.refused(409, "Only the newest message can be asked again");
}

#[test]
fn what_is_asked_meanwhile_is_stored_and_waits_for_its_turn() {
    let served = slow();
    let client = &served.client;
    let mut first = client.post_stream(CHAT, None, &asked("first"));
    first.next_of("content");
    let mut waiting: Vec<_> = (1..=8)
        .map(|number| client.post_stream(CHAT, None, &asked(&number.to_string())))
        .collect();
    let refused = client.post(CHAT, &asked("too many"));
    refused.refused(
        409,
        "Too many messages wait for an answer. Wait for one, or stop it",
    );
    assert_eq!(client.shown("conversation").len(), 9);
    let_go(&served);
    for events in &mut waiting {
        assert_eq!(events.next_of("answer").data["response"], "one two");
    }
    assert_eq!(client.shown("conversation").len(), 18);
}

#[test]
fn a_repeated_question_gets_the_same_reply() {
    let served = slow();
    let mut events = served.client.post_stream(CHAT, Some("k"), &asked("hello"));
    let first = events.next_of("started");
    let mut again = served.client.post_stream(CHAT, Some("k"), &asked("hello"));
    assert_eq!(again.next_of("started"), first);
    let other = served.client.post_with_key(CHAT, "k", &asked("other"));
    other.refused(422, "Idempotency-Key was used for another request");
    let_go(&served);
    let answers = [&mut events, &mut again].map(|events| events.next_of("answer"));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(served.client.shown("conversation").len(), 2);
}

#[test]
fn clearing_keeps_a_coming_reply_in_its_thread_and_nothing_of_it_comes_back() {
    let served = slow();
    let mut events = served.client.post_stream(CHAT, None, &asked("hello"));
    events.next_of("content");
    let cleared = served.client.delete(&format!("{BUFFER}?mode=conversation"));
    assert_eq!(cleared.ok()["success"], true);
    assert_eq!(served.client.shown("conversation"), []);
    assert_eq!(events.next_of("answer").data["interrupted"], true);
    let_go(&served);
    let mut next = served.client.post_stream(CHAT, None, &asked("again"));
    next.next_of("answer");
    let both = [said("user", "again"), said("assistant", "one two")];
    assert_eq!(served.client.shown("conversation"), both);
    let home = served.stop().home;
    let texts: Vec<Value> = home.thread_files();
    let of_first = texts
        .iter()
        .find(|thread| thread["state"] == "archived")
        .unwrap();
    let texts: Vec<&Value> = of_first["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| &message["content"])
        .collect();
    assert_eq!(texts, [&json!("hello"), &json!("one ")]);
    home.run(&["verify"]).exits(0);
}

#[test]
fn of_an_answer_that_comes_word_by_word_a_kill_costs_the_last_at_the_most() {
    let home = TestHome::new();
    // For longer than a session is held open in which nothing is said.
    let script = "cat >/dev/null; for word in one two three four five six seven eight; do \
                  printf '%s ' $word; sleep 0.7; done; sleep 600";
    let program = home.program("slow", script);
    let program = program.to_str().unwrap().to_owned();
    let served = Served::with(home, &["--command", &program]);
    let mut events = served.client.post_stream(CHAT, None, &asked("hello"));
    let mut heard = String::new();
    while !heard.contains("eight") {
        heard += events.next_of("content").data["text"].as_str().unwrap();
    }
    let served = Served::start(served.kill());
    let shown = served.client.shown("conversation");
    let (_, answer) = shown.last().unwrap();
    assert!(
        answer.starts_with("one two three four five six "),
        "{shown:?}"
    );
}

#[test]
fn tabs_are_told_of_each_change() {
    let served = slow();
    let mut tab = served.client.stream("/api/events", None);
    let hello = tab.next_of("hello");
    assert_eq!(hello.data["replies"], json!([]));
    let mut events = served.client.post_stream(CHAT, None, &asked("hello"));
    let id = events.next_of("started").data["id"].clone();
    let running = tab.next_of("reply");
    assert_eq!(
        (&running.data["id"], &running.data["state"]),
        (&id, &json!("running"))
    );
    let_go(&served);
    let ended = loop {
        let told = tab.next_of("reply");
        if told.data["state"] == "ended" {
            break told;
        }
    };
    assert_ne!(ended.data["outcome"]["answer"], json!(null));
    // Who comes later is told how it ended, too.
    let later = served.client.stream("/api/events", None).next_of("hello");
    assert_eq!(later.data["replies"], json!([ended.data]));
    let stopped = served.stop();
    assert_eq!(stopped.status.code(), Some(0));
    assert!(
        tab.all(|event| event.kind != "hello"),
        "the stream ends with the server"
    );
}

#[test]
fn a_reply_to_a_thread_that_gave_way_meanwhile_is_kept_in_it() {
    let home = TestHome::new();
    let messages: Vec<Value> = (0..999_i64)
        .map(|number| {
            let at = 1_700_000_000_000 + number;
            json!({"role": "user", "content": number.to_string(), "timestamp": at})
        })
        .collect();
    let older = json!({"mode": "conversation", "messages": messages});
    let state = home.mmogit().join("state");
    fs::create_dir_all(&state).unwrap();
    let file = state.join("conversation-buffer-conversation.json");
    fs::write(file, older.to_string()).unwrap();
    let served = slow_at(home);
    let mut events = served.client.post_stream(CHAT, None, &asked("hello"));
    events.next_of("content");
    let message = json!({"role": "user", "content": "meanwhile"});
    let body = json!({"mode": "conversation", "message": message});
    served.client.post(BUFFER, &body).ok();
    let_go(&served);
    assert_eq!(events.next_of("answer").data["response"], "one two");
    let shown = served.client.shown("conversation");
    let answer = said("assistant", "one two");
    assert_eq!(shown.iter().filter(|said| **said == answer).count(), 1);
    assert!(shown.contains(&said("user", "meanwhile")));
    let home = served.stop().home;
    let threads = home.thread_files();
    let archived = threads.iter().find(|thread| thread["state"] == "archived");
    let messages = archived.expect("it gave way")["messages"]
        .as_array()
        .unwrap();
    assert_eq!(
        (messages.len(), &messages[1000]["content"]),
        (1001, &json!("one two"))
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn where_nobody_answers_asking_again_is_not_offered() {
    let served = Served::with(TestHome::new(), &["--backend", "offline"]);
    let mut events = served.client.post_stream(CHAT, None, &asked("hello"));
    let none = events.next_of("error").data;
    assert_eq!(none["code"], "nobody-to-ask");
    assert_eq!(none["retry"], false);
}

#[test]
fn questions_that_are_asked_at_once_are_replayed_with_their_answers() {
    let served = slow();
    let mut first = served.client.post_stream(CHAT, None, &asked("first"));
    first.next_of("content");
    let mut second = served.client.post_stream(CHAT, None, &asked("second"));
    second.next_of("started");
    let_go(&served);
    second.next_of("answer");
    let home = served.stop().home;
    let thread = &home.thread_files()[0];
    assert_eq!(thread["heads"].as_array().unwrap().len(), 2);
    let replay = home.run(&["thread-replay", thread["id"].as_str().unwrap()]);
    let replay = replay.exits(0).stdout;
    let places = ["first", "one two", "second"].map(|text| replay.find(text).unwrap());
    assert!(places.is_sorted(), "{replay}");
    assert!(!replay.contains("open end"), "{replay}");
}
