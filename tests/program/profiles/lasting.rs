//! What lasts longer than a request: streams, and replies.

use super::Server;
use crate::cli::profile;
use crate::common::{TestHome, wait_until};
use crate::server::served::Client;
use serde_json::json;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_stream_ends_with_the_session_that_asked_for_it() {
    let server = Server::start();
    let (ana, ben) = (server.token_of("ana"), server.token_of("ben"));
    let stays = server.client_of("ben");
    let mut staying = stays.stream("/api/events", None);
    staying.next_of("hello");
    let operator = Client::new(server.port.try_into().unwrap(), &ana);
    for (method, what) in [("DELETE", "sessions"), ("POST", "lock")] {
        let path = format!("/api/profiles/ben/{what}");
        let keyed = operator.ask_with_headers(method, &path, &[("idempotency-key", "once")], "");
        keyed.refused(400, "Idempotency-Key is not taken here");
    }
    let end_all = |name: &str| {
        let path = format!("/api/profiles/{name}/sessions");
        server.ask("DELETE", &path, &ana, "").ok();
    };
    let follows = Client::new(server.port.try_into().unwrap(), &ben);
    let mut events = follows.stream("/api/events", None);
    events.next_of("hello");
    follows.post("/api/logout", &json!({})).ok();
    let begun = Instant::now();
    assert_eq!(events.count(), 0);
    let message = json!({"role": "user", "content": "x"});
    let said = json!({"mode": "inner", "message": message});
    stays.post("/api/conversation-buffer", &said).ok();
    staying.next_of("view");
    end_all("ben");
    staying.for_each(drop);
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "and did not just break"
    );
}

/// Whoever leaves while an answer comes finds it whole when they come back.
#[test]
fn a_reply_that_runs_keeps_its_profile_open() {
    let home = TestHome::new();
    profile::add(&home, "ben", &[]).exits(0);
    let gate = home.path().join("gate");
    let wait = format!("while [ ! -e '{}' ]; do sleep 0.05; done", gate.display());
    let script = format!("cat >/dev/null; printf 'one '; {wait}; printf 'two'");
    let program = home.program("slow", &script);
    let server = Server::with(home, &["--command", program.to_str().unwrap()]);
    let ben = server.client_of("ben");
    let asked = json!({"message": "hello", "mode": "conversation"});
    let mut events = ben.post_stream("/api/persona_chat", None, &asked);
    events.next_of("content");
    ben.post("/api/logout", &json!({})).ok();
    // A profile without sessions is locked after a second here.
    thread::sleep(Duration::from_secs(3));
    assert!(!server.is_locked("ben"));
    fs::write(gate, "").unwrap();
    wait_until("it is locked", || server.is_locked("ben"));
    let shown = server.client_of("ben").shown("conversation");
    assert_eq!(shown[1], ("assistant".to_owned(), "one two".to_owned()));
}
