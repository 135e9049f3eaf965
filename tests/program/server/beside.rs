//! A command line at work on a home that is served. Each shows what the other did.

use super::served::Served;
use crate::common::{Ran, TestHome, wait_until};
use serde_json::{Value, json};

const BUFFER: &str = "/api/conversation-buffer";

fn say(served: &Served, text: &str) {
    let message = json!({"role": "user", "content": text});
    let body = json!({"mode": "conversation", "message": message});
    served.client.post(BUFFER, &body).ok();
}

fn texts(served: &Served) -> Vec<String> {
    let shown = served.client.shown("conversation").into_iter();
    shown.map(|(_, text)| text).collect()
}

/// The threads of the buffers, as a command line lists them.
fn listed(home: &TestHome) -> Vec<Value> {
    let listed = home.run(&["thread-list", "--all", "--json"]).exits(0);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    listed["threads"].as_array().unwrap().clone()
}

/// Runs a command until it no longer meets a thread in which something was said just now.
pub fn once_it_is_quiet(home: &TestHome, args: &[&str]) -> Ran {
    let mut ran = home.run(args);
    wait_until("the thread is quiet", || {
        ran.code == Some(0) || {
            ran = home.run(args);
            false
        }
    });
    ran
}

#[test]
fn each_sees_what_the_other_does() {
    let served = Served::start(TestHome::new());
    let home = &served.home;
    say(&served, "by http");
    wait_until("the thread is listed", || listed(home).len() == 1);
    let id = listed(home)[0]["id"].as_str().unwrap().to_owned();
    let chat = [
        "chat",
        "--backend",
        "echo",
        "--continue",
        &id,
        "-m",
        "by hand",
    ];
    once_it_is_quiet(home, &chat);
    let talk = ["by http", "by hand", "by hand"];
    wait_until("the buffer shows it", || texts(&served) == talk);
    say(&served, "by http again");
    let talk = ["by http", "by hand", "by hand", "by http again"];
    wait_until("the thread has it", || {
        let replayed = home.run(&["thread-replay", &id, "--json"]);
        let has = |text: &&str| replayed.stdout.contains(&format!("\"{text}\""));
        talk.iter().all(has)
    });
    assert_eq!(texts(&served), talk);
    once_it_is_quiet(home, &["thread-archive", &id]);
    wait_until("the buffer is empty", || texts(&served).is_empty());
    say(&served, "goes soon");
    wait_until("the next thread is listed", || listed(home).len() == 2);
    let threads = listed(home);
    let next = threads.iter().find(|thread| thread["state"] == "active");
    let next = next.unwrap()["id"].as_str().unwrap().to_owned();
    once_it_is_quiet(home, &["thread-erase", &next, "--yes"]);
    wait_until("nothing of it is shown", || texts(&served).is_empty());
    say(&served, "stays");
    assert_eq!(texts(&served), ["stays"]);
    let home = served.stop().home;
    home.run(&["verify"]).exits(0);
    assert_eq!(listed(&home).len(), 2);
}
