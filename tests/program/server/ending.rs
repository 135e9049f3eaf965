//! How a server ends: what it accepted is finished and saved.

use super::served::{SentEvents, Served};
use crate::common::{TestHome, signal, wait_until};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

const CHAT: &str = "/api/persona_chat";
const BUFFER: &str = "/api/conversation-buffer";

fn said(mode: &str, text: &str) -> Value {
    json!({"mode": mode, "message": {"role": "user", "content": text}})
}

/// A home whose AI says `one ` and then nothing for long, whatever it is told.
fn stubborn() -> Served {
    let home = TestHome::new();
    let script = "trap '' TERM INT; cat >/dev/null; printf 'one '; sleep 60 & wait; wait";
    let program = home.program("stubborn", script);
    let program = program.to_str().unwrap().to_owned();
    Served::with(home, &["--command", &program])
}

fn ask(served: &Served) -> SentEvents {
    let asked = json!({"message": "hello", "mode": "conversation"});
    let mut events = served.client.post_stream(CHAT, None, &asked);
    events.next_of("content");
    events
}

#[test]
fn a_signal_saves_all_and_keeps_what_came_of_a_reply() {
    for name in ["TERM", "INT", "HUP"] {
        let served = stubborn();
        served.client.post(BUFFER, &said("inner", "note")).ok();
        let _events = ask(&served);
        signal(&served.child, name);
        let stopped = served.wait();
        assert_eq!(stopped.status.code(), Some(0), "{name}");
        let home = stopped.home;
        assert_eq!(home.journals(), "", "all is on the branch");
        let texts: Vec<Vec<String>> = home.thread_files().iter().map(texts_of).collect();
        assert!(texts.contains(&vec!["note".to_owned()]), "{texts:?}");
        let talk = vec!["hello".to_owned(), "one ".to_owned()];
        assert!(texts.contains(&talk), "{texts:?}");
        home.run(&["verify"]).exits(0);
    }
}

fn texts_of(thread: &Value) -> Vec<String> {
    let messages = thread["messages"].as_array().unwrap().iter();
    messages
        .map(|message| message["content"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_second_signal_ends_it_at_once_and_nothing_acknowledged_is_lost() {
    let served = stubborn();
    served.client.post(BUFFER, &said("inner", "note")).ok();
    let _events = ask(&served);
    signal(&served.child, "TERM");
    std::thread::sleep(Duration::from_secs(1));
    signal(&served.child, "TERM");
    let stopped = served.wait();
    assert_eq!(stopped.status.code(), Some(130));
    let served = Served::start(stopped.home);
    assert_eq!(served.client.shown("inner").len(), 1);
    let talk = served.client.shown("conversation");
    assert_eq!(talk[0], ("user".to_owned(), "hello".to_owned()));
    assert_eq!(talk[1], ("assistant".to_owned(), "one ".to_owned()));
}

#[test]
fn work_that_does_not_end_in_time_is_left_and_the_log_says_so() {
    let (served, log) = Served::logged(TestHome::new());
    served.client.post(BUFFER, &said("inner", "saved")).ok();
    wait_until("it is saved", || served.home.journals().is_empty());
    // Whoever holds this lock writes to the repository, and is waited for.
    let saving = File::options()
        .write(true)
        .open(served.home.mmogit().join("lock"));
    let saving = saving.unwrap();
    saving.lock().unwrap();
    let client = served.client.clone();
    let body = said("inner", "waits").to_string();
    let saying = thread::spawn(move || client.try_post(BUFFER, None, &body));
    thread::sleep(Duration::from_millis(300));
    let stopped = served.stop();
    let told = fs::read_to_string(log).unwrap();
    assert_eq!(stopped.status.code(), Some(130), "{told}");
    assert!(
        told.contains("ended while something was being done"),
        "{told}"
    );
    assert!(told.contains("comes back with the next start"), "{told}");
    drop(saving);
    let _ = saying.join();
    let served = Served::start(stopped.home);
    assert_eq!(served.client.shown("inner")[0].1, "saved");
}

#[test]
fn who_never_reads_holds_up_nobody_and_not_the_end_either() {
    let served = Served::start(TestHome::new());
    let long = "long ".repeat(9_000);
    let asked = json!({"message": long, "mode": "conversation"});
    let mut events = served.client.post_stream(CHAT, None, &asked);
    let id = events.next_of("started").data["id"].clone();
    let reply = format!("{CHAT}/{}", id.as_str().unwrap());
    let mut silent = Vec::new();
    for path in [reply.as_str(), "/api/events"] {
        silent.extend((0..40).map(|_| ask_and_never_read(&served, path)));
    }
    for number in 0..20 {
        let text = number.to_string();
        served.client.post(BUFFER, &said("inner", &text)).ok();
    }
    assert_eq!(served.client.shown("inner").len(), 20);
    let stopped = served.stop();
    assert_eq!(stopped.status.code(), Some(0), "it ended in time");
    drop(silent);
}

fn ask_and_never_read(served: &Served, path: &str) -> TcpStream {
    let client = &served.client;
    let mut stream = TcpStream::connect(("127.0.0.1", client.port)).unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\n\r\n",
        client.port, client.token
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    stream
}
