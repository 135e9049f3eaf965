//! A conversation that its user erased while it is served: nothing that the server read of it before
//! is shown.

use super::tags::{asked, asks};
use super::{CONVERSATIONS, begun, refused};
use crate::common::TestHome;
use crate::server::beside::once_it_is_quiet;
use crate::server::served::{Client, Served};
use serde_json::{Value, json};

/// All that is told of anything, besides the conversation itself.
fn told_elsewhere(client: &Client) -> [Value; 5] {
    let preview = json!({"content": {"text": "@tulips and @an-answer"}});
    [
        client.get(CONVERSATIONS).ok()["conversations"].clone(),
        client.get("/api/v1/drafts").ok()["drafts"].clone(),
        client.get("/api/v1/search?q=bulbs").ok()["hits"].clone(),
        client.get("/api/v1/tags").ok()["tags"].clone(),
        client.post("/api/v1/tags/preview", &preview).ok()["sources"].clone(),
    ]
}

#[test]
fn what_was_erased_while_it_is_served_is_told_nowhere() {
    let home = TestHome::new();
    let sent = home.path().join("sent");
    let script = format!("cat > '{}'; printf 'an answer'", sent.display());
    let program = home.program("answering", &script);
    let program = program.to_str().unwrap().to_owned();
    let served = Served::with(home, &["--command", &program]);
    let client = &served.client;
    let conversation = begun(client, &json!({"title": "Tulips"}));
    let mut body = asks("bulbs in autumn");
    body["intent"] = "draft_plan".into();
    let (proposed, _) = asked(&served, &conversation, &body);
    let draft = proposed["linked_draft_id"].as_str().unwrap();
    let draft = format!("/api/v1/drafts/{draft}");
    let parts = ["", "/messages", "/context", "/drawn", "/export?format=json"];
    let pages = parts.map(|part| format!("{conversation}{part}"));
    let id = served.home.thread_files()[0]["id"].clone();
    let erase = ["thread-erase", id.as_str().unwrap(), "--yes"];
    // All of it is read, and remembered.
    for told in told_elsewhere(client) {
        assert_ne!(told, json!([]));
    }
    for page in &pages {
        client.get(page).ok();
    }
    client.get(&draft).ok();
    once_it_is_quiet(&served.home, &erase);
    for page in &pages {
        let missing = "Conversation not found or access denied";
        refused(&client.get(page), 404, "not_found", missing);
    }
    let missing = "Linked draft not found or access denied";
    refused(&client.get(&draft), 404, "not_found", missing);
    for told in told_elsewhere(client) {
        assert_eq!(told, json!([]));
    }
}
