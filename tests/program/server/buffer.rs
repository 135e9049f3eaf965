//! `/api/conversation-buffer`, to the letter.

use super::served::Served;
use crate::common::{TestHome, wait_until};
use serde_json::{Value, json};
use std::fs;

const BUFFER: &str = "/api/conversation-buffer";

fn said(mode: &str, role: &str, content: &str) -> Value {
    json!({"mode": mode, "message": {"role": role, "content": content}})
}

fn of(mode: &str) -> String {
    format!("{BUFFER}?mode={mode}")
}

fn names(value: &Value) -> Vec<&str> {
    let fields = value.as_object().unwrap();
    fields.keys().map(String::as_str).collect()
}

#[test]
fn an_empty_buffer_has_the_documented_form() {
    let served = Served::start(TestHome::new());
    for mode in ["conversation", "inner"] {
        let view = served.client.get(&of(mode)).ok();
        assert_eq!(
            names(&view),
            ["mode", "messages", "lastUpdated", "messageLimit"]
        );
        assert_eq!(view["mode"], mode);
        assert_eq!(view["messages"], json!([]));
        assert_eq!(view["messageLimit"], 50);
        let updated = view["lastUpdated"].as_str().unwrap();
        assert!(updated.ends_with('Z') && updated.len() == 24, "{updated}");
    }
}

#[test]
fn a_mode_that_is_none_is_refused_in_the_documented_words() {
    let served = Served::start(TestHome::new());
    let error = r#"Invalid mode. Must be "conversation" or "inner""#;
    for query in [
        "",
        "?mode=",
        "?mode=Inner",
        "?mode=../inner",
        "?mode=inner%00",
        "?mode=inner&mode=conversation",
        "?other=inner",
    ] {
        let path = format!("{BUFFER}{query}");
        served.client.get(&path).refused(400, error);
        served.client.delete(&path).refused(400, error);
    }
}

#[test]
fn each_role_is_given_back_as_it_came() {
    let served = Served::start(TestHome::new());
    let roles = [
        "user",
        "assistant",
        "system",
        "reflection",
        "dream",
        "reasoning",
    ];
    for (place, role) in roles.iter().enumerate() {
        let answered = served.client.post(BUFFER, &said("inner", role, role));
        let expected = json!({"success": true, "messageCount": place + 1});
        assert_eq!(answered.ok(), expected);
    }
    let expected = roles.map(|role| (role.to_owned(), role.to_owned()));
    assert_eq!(served.client.shown("inner"), expected);
    assert_eq!(served.client.shown("conversation"), []);
}

#[test]
fn meta_and_the_timestamp_are_given_back_as_they_came() {
    let served = Served::start(TestHome::new());
    let deep = "[".repeat(100) + &"]".repeat(100);
    let metas = [
        r#"{"curiosityQuestionId":"q1"}"#.to_owned(),
        r#"{"score":0.25,"big":12345678901234567890,"exp":1e-9,"b":1,"a":2}"#.to_owned(),
        format!(r#"{{"deep":{deep}}}"#),
        r#"{}"#.to_owned(),
    ];
    for meta in &metas {
        let body = format!(
            r#"{{"mode":"conversation","message":{{"role":"user","content":"x","timestamp":1731715200000,"meta":{meta}}}}}"#
        );
        let answered = served.client.try_post(BUFFER, None, &body).unwrap();
        assert_eq!(answered.status, 200, "{}", answered.body);
    }
    let view = served.client.get(&of("conversation")).body;
    for meta in &metas {
        let written = format!(r#""timestamp":1731715200000,"meta":{meta}}}"#);
        assert!(view.contains(&written), "{written}\n{view}");
    }
}

#[test]
fn a_message_without_meta_has_none_and_gets_a_time() {
    let served = Served::start(TestHome::new());
    let mut body = said("conversation", "user", "Hello!");
    body["message"]["meta"] = Value::Null;
    body["message"]["timestamp"] = Value::Null;
    served.client.post(BUFFER, &body).ok();
    let view = served.client.get(&of("conversation")).ok();
    let message = &view["messages"][0];
    assert_eq!(names(message), ["role", "content", "timestamp"]);
    assert!(message["timestamp"].as_i64().unwrap() > 1_700_000_000_000);
}

#[test]
fn what_is_no_message_is_refused_in_the_documented_words() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    let mode = "Invalid or missing mode";
    let structure = "Invalid message structure. Required: role, content";
    let role = "Unknown role. Must be user, assistant, system, reflection, dream or reasoning";
    let json = "The request body is not valid JSON";
    let message = r#""message":{"role":"user","content":"x"}"#;
    for (body, error) in [
        (format!("{{{message}}}"), mode),
        (format!(r#"{{"mode":"dream",{message}}}"#), mode),
        (format!(r#"{{"mode":null,{message}}}"#), mode),
        (format!(r#"{{"mode":["inner"],{message}}}"#), mode),
        ("[]".to_owned(), mode),
        (r#"{"mode":"inner"}"#.to_owned(), structure),
        (r#"{"mode":"inner","message":"x"}"#.to_owned(), structure),
        (
            r#"{"mode":"inner","message":{"role":"user"}}"#.to_owned(),
            structure,
        ),
        (
            r#"{"mode":"inner","message":{"content":"x"}}"#.to_owned(),
            structure,
        ),
        (
            r#"{"mode":"inner","message":{"role":"user","content":""}}"#.to_owned(),
            structure,
        ),
        (
            r#"{"mode":"inner","message":{"role":"user","content":7}}"#.to_owned(),
            structure,
        ),
        (
            r#"{"mode":"inner","message":{"role":"owner","content":"x"}}"#.to_owned(),
            role,
        ),
        (
            r#"{"mode":"inner","message":{"role":"human","content":"x"}}"#.to_owned(),
            role,
        ),
        (String::new(), json),
        ("{".to_owned(), json),
        ("\u{feff}{}".to_owned(), json),
        (format!(r#"{{"mode":"inner",{message}}} x"#), json),
    ] {
        let answered = client.try_post(BUFFER, None, &body).unwrap();
        assert_eq!(answered.status, 400, "{body}: {}", answered.body);
        assert_eq!(answered.json()["error"], error, "{body}");
    }
    assert_eq!(client.shown("inner"), []);
}

#[test]
fn the_oldest_go_first_and_each_time_that_is_audited() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    for number in 1..=53 {
        let count = client.post(BUFFER, &said("inner", "user", &number.to_string()));
        assert_eq!(count.ok()["messageCount"], number.min(50));
    }
    let texts: Vec<String> = client
        .shown("inner")
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let expected: Vec<String> = (4..=53).map(|number| number.to_string()).collect();
    assert_eq!(texts, expected);
    let pruned = audited(&served.home, "conversation_buffer_pruned");
    let details: Vec<&Value> = pruned.iter().map(|line| &line["details"]).collect();
    let expected = json!({"mode": "inner", "removedCount": 1, "remaining": 50});
    assert_eq!(details, [&expected, &expected, &expected]);
}

/// The lines of the audit trail of one kind.
fn audited(home: &TestHome, event: &str) -> Vec<Value> {
    let folder = home.mmogit().join("logs/audit");
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let lines = files.flat_map(|file| {
        let text = fs::read_to_string(file.path()).unwrap();
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        lines
    });
    lines.filter(|line| line["event"] == event).collect()
}

#[test]
fn what_was_cleared_stays_cleared() {
    let mut served = Served::start(TestHome::new());
    let cleared = json!({"success": true, "mode": "conversation"});
    assert_eq!(served.client.delete(&of("conversation")).ok(), cleared);
    served
        .client
        .post(BUFFER, &said("inner", "user", "stays"))
        .ok();
    for round in 0..3 {
        served
            .client
            .post(BUFFER, &said("conversation", "user", "goes"))
            .ok();
        assert_eq!(served.client.delete(&of("conversation")).ok(), cleared);
        assert_eq!(served.client.delete(&of("conversation")).ok(), cleared);
        assert_eq!(served.client.shown("conversation"), []);
        served = if round == 1 {
            Served::start(served.kill())
        } else {
            Served::start(served.stop().home)
        };
        assert_eq!(served.client.shown("conversation"), []);
    }
    served
        .client
        .post(BUFFER, &said("conversation", "user", "next"))
        .ok();
    let next = [("user".to_owned(), "next".to_owned())];
    assert_eq!(served.client.shown("conversation"), next);
    assert_eq!(served.client.shown("inner").len(), 1);
    assert!(!audited(&served.home, "conversation_buffer_cleared").is_empty());
}

#[test]
fn undo_brings_back_what_was_cleared_unless_something_was_said_since() {
    let served = Served::start(TestHome::new());
    let (client, undo) = (&served.client, "/api/conversation-buffer/undo-clear");
    let inner = json!({"mode": "inner"});
    let nothing = "There is nothing to bring back";
    client.post(undo, &inner).refused(409, nothing);
    client.post(BUFFER, &said("inner", "user", "one")).ok();
    client.delete(&of("inner")).ok();
    let restored = json!({"success": true, "mode": "inner"});
    assert_eq!(client.post(undo, &inner).ok(), restored);
    assert_eq!(client.shown("inner").len(), 1);
    client.delete(&of("inner")).ok();
    client.post(BUFFER, &said("inner", "user", "two")).ok();
    client.post(undo, &inner).refused(409, nothing);
    assert_eq!(
        client.shown("inner"),
        [("user".to_owned(), "two".to_owned())]
    );
}

#[test]
fn legitimate_repeats_are_kept_and_what_a_key_names_is_done_once() {
    let mut served = Served::start(TestHome::new());
    let yes = said("conversation", "user", "yes");
    served.client.post(BUFFER, &yes).ok();
    served.client.post(BUFFER, &yes).ok();
    let first = served.client.post_with_key(BUFFER, "k1", &yes);
    assert_eq!(first.ok()["messageCount"], 3);
    for restart in [false, true, true] {
        if restart {
            served = Served::start(served.kill());
        }
        assert_eq!(served.client.post_with_key(BUFFER, "k1", &yes), first);
        let other = said("conversation", "user", "no");
        let error = "Idempotency-Key was used for another request";
        let refused = served.client.post_with_key(BUFFER, "k1", &other);
        refused.refused(422, error);
    }
    assert_eq!(served.client.shown("conversation").len(), 3);
    let second = served.client.post_with_key(BUFFER, "k2", &yes);
    assert_eq!(second.ok()["messageCount"], 4);
}

#[test]
fn a_key_is_short_and_kept_as_a_hash() {
    let served = Served::start(TestHome::new());
    let yes = said("conversation", "user", "yes");
    let longest = "k".repeat(255);
    served.client.post_with_key(BUFFER, &longest, &yes).ok();
    let error = "Invalid Idempotency-Key. Must be one of up to 255 ASCII characters";
    let longer = "k".repeat(256);
    let refused = served.client.post_with_key(BUFFER, &longer, &yes);
    refused.refused(400, error);
    let home = served.stop().home;
    let found = crate::support::canary::places_of(&longest, &[&home.mmogit()]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn an_undo_that_is_repeated_is_done_once_after_a_restart_too() {
    let mut served = Served::start(TestHome::new());
    let undo = "/api/conversation-buffer/undo-clear";
    let inner = json!({"mode": "inner"});
    served.client.post(BUFFER, &said("inner", "user", "x")).ok();
    served.client.delete(&of("inner")).ok();
    let first = served.client.post_with_key(undo, "undo", &inner);
    first.ok();
    served.client.delete(&of("inner")).ok();
    for _ in 0..2 {
        assert_eq!(served.client.post_with_key(undo, "undo", &inner), first);
        assert_eq!(served.client.shown("inner"), [], "not done again");
        served = Served::start(served.kill());
    }
    let other = json!({"mode": "conversation"});
    let refused = served.client.post_with_key(undo, "undo", &other);
    refused.refused(422, "Idempotency-Key was used for another request");
}

#[test]
fn what_a_program_says_is_signed_by_the_agent_that_it_names() {
    let served = Served::start(TestHome::new());
    let mut named = said("inner", "dream", "of sheep");
    named["message"]["agent"] = "dreamer".into();
    served.client.post(BUFFER, &named).ok();
    let unnamed = said("inner", "reflection", "hm");
    served.client.post(BUFFER, &unnamed).ok();
    named["message"]["agent"] = "../dreamer".into();
    assert_eq!(served.client.post(BUFFER, &named).status, 400);
    let home = served.stop().home;
    let threads = home.thread_files();
    let agents: Vec<&str> = threads[0]["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["agent"].as_str().unwrap())
        .collect();
    assert_eq!(agents, ["dreamer", "api"]);
    assert_eq!(
        (&threads[0]["face"], &threads[0]["mode"]),
        (&json!("buffer"), &json!("inner"))
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn a_second_server_on_a_home_is_refused_and_names_the_first() {
    let served = Served::start(TestHome::new());
    let again = served
        .home
        .run(&["serve", "--port", "0", "--backend", "echo"]);
    let pid = served.child.id().to_string();
    let again = again.exits(1);
    assert!(again.stderr.contains(&pid), "{}", again.stderr);
    served.client.post(BUFFER, &said("inner", "user", "x")).ok();
}

#[test]
fn a_command_line_sees_what_was_said_within_a_second() {
    let served = Served::start(TestHome::new());
    served
        .client
        .post(BUFFER, &said("inner", "user", "needle"))
        .ok();
    let said = std::time::Instant::now();
    let mut asked = said;
    wait_until("the thread is saved", || {
        asked = std::time::Instant::now();
        let listed = served.home.run(&["thread-list", "--json"]);
        let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
        // What is open is listed from its journal, saved or not.
        !listed["threads"].as_array().unwrap().is_empty()
    });
    // The list that had it was asked for within a second.
    let waited = asked.duration_since(said);
    assert!(waited.as_millis() < 1_000, "{waited:?}");
}
