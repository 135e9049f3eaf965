//! What was done is seen as soon as it is answered, and what a buffer shows is never beside the truth.

use super::served::{Answered, Served};
use crate::common::{TestHome, wait_until};
use serde_json::{Value, json};
use std::fs;

const BUFFER: &str = "/api/conversation-buffer";

fn say(served: &Served, text: &str) {
    let said = json!({"mode": "conversation", "message": {"role": "user", "content": text}});
    served.client.post(BUFFER, &said).ok();
}

fn shown(served: &Served) -> Vec<String> {
    let shown = served.client.shown("conversation");
    shown.into_iter().map(|(_, text)| text).collect()
}

/// The newest thread's address.
fn newest(served: &Served) -> String {
    let list = served.client.get("/api/threads?archived=false").ok();
    let root = list["threads"][0]["root"].as_str().unwrap();
    format!("/api/threads/{root}")
}

fn post(served: &Served, path: &str) -> Answered {
    served.client.ask("POST", path, "")
}

#[test]
fn what_a_request_changed_is_shown_when_it_is_answered() {
    let served = Served::start(TestHome::new());
    say(&served, "one");
    // A list is of what is saved, and a title saves.
    let title = json!({"title": "a talk"}).to_string();
    let list = || served.client.get("/api/threads").ok()["threads"].clone();
    wait_until("it is saved", || list() != json!([]));
    let thread = newest(&served);
    for _ in 0..5 {
        post(&served, &format!("{thread}/archive")).ok();
        assert_eq!(shown(&served), Vec::<String>::new());
        post(&served, &format!("{thread}/restore")).ok();
        assert_eq!(shown(&served), ["one"]);
    }
    served.client.ask("PATCH", &thread, &title).ok();
    assert_eq!(list()[0]["title"], "a talk");
    let buffer = json!({"mode": "conversation", "messages": [
        {"role": "user", "content": "two", "timestamp": 1_731_715_200_000_i64},
    ]});
    served.client.post("/api/import", &buffer).ok();
    assert_eq!(shown(&served), ["one", "two"]);
}

#[test]
fn a_thread_is_not_restored_beside_a_newer_one_of_its_buffer() {
    let served = Served::start(TestHome::new());
    say(&served, "old");
    let list = || served.client.get("/api/threads").ok()["threads"].clone();
    wait_until("it is saved", || list() != json!([]));
    let old = newest(&served);
    served
        .client
        .delete("/api/conversation-buffer?mode=conversation")
        .ok();
    say(&served, "new");
    let refused = post(&served, &format!("{old}/restore"));
    refused.refused(409, "Something newer is in this buffer");
    assert!(refused.json()["hint"].is_string());
    let state = |thread: &str| served.client.get(thread).ok()["thread"]["state"].clone();
    assert_eq!(
        (state(&old), shown(&served)),
        (json!("archived"), vec!["new".to_owned()])
    );
    // The other mode is another buffer.
    let inner = json!({"mode": "inner", "message": {"role": "user", "content": "inside"}});
    served.client.post(BUFFER, &inner).ok();
    served
        .client
        .delete("/api/conversation-buffer?mode=conversation")
        .ok();
    post(&served, &format!("{old}/restore")).ok();
    assert_eq!(shown(&served), ["old"]);
    // What is open stays so, and that is no news.
    assert_eq!(
        post(&served, &format!("{old}/restore")).ok()["changed"],
        false
    );
    say(&served, "on");
    assert_eq!(shown(&served), ["old", "on"]);
    let served = Served::start(served.stop().home);
    assert_eq!(shown(&served), ["old", "on"]);
}

/// 1.3 million characters, each of which takes six bytes in a file.
const CONTROL: &str = "p=$(printf '\\001\\001\\001\\001\\001\\001\\001\\001\\001\\001'); \
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do p=$p$p; done; printf '%s' \"$p\"";

#[test]
fn an_answer_takes_no_more_room_than_a_thread_has_and_says_so() {
    let home = TestHome::new();
    let program = home.program("loud", &format!("cat >/dev/null; {CONTROL}"));
    let served = Served::with(home, &["--command", program.to_str().unwrap()]);
    let asked = json!({"message": "well?", "mode": "conversation"});
    let mut events = served.client.post_stream("/api/persona_chat", None, &asked);
    let answer = events.next_of("answer").data;
    assert_eq!(answer["interrupted"], true);
    let room = (1 << 20) / 6;
    assert_eq!(answer["response"].as_str().unwrap().chars().count(), room);
    let home = served.stop().home;
    let threads = home.thread_files();
    let [thread] = &threads[..] else {
        panic!("one thread")
    };
    let kept: &Value = &thread["messages"][1];
    assert_eq!(kept["content"].as_str().unwrap().len(), room);
    assert_eq!(kept["interrupted"], true);
    assert_eq!(
        fs::read_dir(home.mmogit().join("journal")).unwrap().count(),
        0
    );
    home.run(&["verify"]).exits(0);
}
