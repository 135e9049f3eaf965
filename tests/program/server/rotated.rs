//! A newer key, and a home that is served.

use super::served::Served;
use crate::common::{Ran, TestHome, wait_until};
use serde_json::{Value, json};
use std::process::Command;

const BUFFER: &str = "/api/conversation-buffer";
const CONVERSATIONS: &str = "/api/v1/conversations";
const ROTATE: [&str; 3] = ["identity", "rotate", "--no-verify"];

fn say(served: &Served, text: &str) -> u16 {
    let message = json!({"role": "user", "content": text});
    let body = json!({"mode": "conversation", "message": message});
    served.client.post(BUFFER, &body).status
}

fn author(home: &TestHome) -> String {
    let shown = home.run(&["identity", "--json"]).exits(0).stdout;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    shown["author"].as_str().unwrap().to_owned()
}

/// Runs git in a home's repository.
fn git(home: &TestHome, args: &[&str]) -> String {
    let mut git = Command::new("git");
    git.arg("-C").arg(home.mmogit().join("repo.git")).args(args);
    let ran = Ran::of(git.output().unwrap()).exits(0);
    ran.stdout.trim().to_owned()
}

#[test]
fn a_home_that_is_served_takes_no_newer_key() {
    let served = Served::start(TestHome::new());
    let home = &served.home;
    assert_eq!(say(&served, "before"), 200);
    // Also when no session is open.
    wait_until("the thread is let go of", || {
        !home
            .mmogit()
            .join("journal")
            .read_dir()
            .unwrap()
            .any(|_| true)
    });
    let older = author(home);
    let refused = home.run(&ROTATE).exits(1);
    let said = &refused.stderr;
    assert!(said.contains("a server is at work on this home"), "{said}");
    assert_eq!(refused.stdout, "", "no words are shown");
    assert!(!home.mmogit().join("identity.next.json").exists());
    assert_eq!(say(&served, "after"), 200);
    let home = served.stop().home;
    home.run(&ROTATE).exits(0);
    assert_ne!(author(&home), older);
}

#[test]
fn a_server_whose_key_has_a_successor_says_nothing_more() {
    let served = Served::start(TestHome::new());
    assert_eq!(say(&served, "before"), 200);
    let begun = served.client.post(CONVERSATIONS, &json!({}));
    assert_eq!(begun.status, 201, "{begun:?}");
    let conversation = begun.json()["id"].as_str().unwrap().to_owned();
    let home = served.stop().home;
    let elsewhere = TestHome::new();
    let copied = Command::new("cp")
        .arg("-a")
        .args([home.mmogit(), elsewhere.mmogit()])
        .status();
    assert!(copied.unwrap().success());
    let served = Served::start(home);
    assert_eq!(served.client.get(CONVERSATIONS).status, 200);

    elsewhere.run(&ROTATE).exits(0);
    let branch = git(&served.home, &["symbolic-ref", "HEAD"]);
    let from = elsewhere.mmogit().join("repo.git");
    let refs = format!("{branch}:{branch}");
    git(
        &served.home,
        &[
            "fetch",
            "-q",
            "--update-head-ok",
            from.to_str().unwrap(),
            &refs,
        ],
    );
    let closed = git(&served.home, &["rev-parse", &branch]);

    let messages = format!("{CONVERSATIONS}/{conversation}/messages");
    let text = json!({"content": {"text": "after"}});
    let mode = json!({"mode": "conversation", "message": {"role": "user", "content": "after"}});
    for (path, body) in [(&messages, &text), (&CONVERSATIONS.to_owned(), &json!({}))] {
        let refused = served.client.post(path, body);
        assert_eq!(refused.status, 409, "{path}: {refused:?}");
        assert_eq!(refused.json()["error"]["code"], "key_succeeded", "{path}");
    }
    let refused = served.client.post(BUFFER, &mode);
    refused.refused(409, "Another key took the place of the one that is served");
    let home = served.stop().home;
    assert_eq!(
        git(&home, &["rev-parse", &branch]),
        closed,
        "nothing is signed beyond the end"
    );
}
