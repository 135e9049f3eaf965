//! The conversation service over HTTP.

mod conversations;
mod drafts;
mod erased;
mod figures;
mod messages;
mod preview;
mod projects;
mod rotated;
mod routes;
mod tags;
mod unreadable;

use crate::server::served::{Answered, Client};
use serde_json::{Value, json};

pub const CONVERSATIONS: &str = "/api/v1/conversations";

/// Begins a conversation, and gives its address.
#[track_caller]
fn begun(client: &Client, body: &Value) -> String {
    let answered = client.post(CONVERSATIONS, body);
    assert_eq!(answered.status, 201, "{answered:?}");
    address(&answered.json())
}

fn address(conversation: &Value) -> String {
    format!("{CONVERSATIONS}/{}", conversation["id"].as_str().unwrap())
}

fn text(text: &str) -> Value {
    json!({"content": {"text": text}})
}

#[track_caller]
fn said(client: &Client, conversation: &str, body: &Value) -> Value {
    let answered = client.post(&format!("{conversation}/messages"), body);
    assert_eq!(answered.status, 201, "{answered:?}");
    answered.json()
}

/// Fails unless the service refused with exactly this, in its own form.
#[track_caller]
fn refused(answered: &Answered, status: u16, code: &str, message: &str) {
    assert_eq!(answered.status, status, "{answered:?}");
    let body = answered.json();
    let error = &body["error"];
    assert_eq!(
        (error["code"].as_str(), error["message"].as_str()),
        (Some(code), Some(message))
    );
    let known = ["code", "message", "hint"];
    let fields: Vec<&str> = error
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(fields, known);
}
