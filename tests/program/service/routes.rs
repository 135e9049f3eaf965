//! What the API's text promises of the service.

use super::{CONVERSATIONS, refused};
use crate::common::TestHome;
use crate::server::served::Served;
use serde_json::Value;

/// Every method of every route below the service's address.
fn operations(document: &Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        if path.starts_with("/api/v1/") {
            let methods = item.as_object().unwrap().keys();
            all.extend(methods.map(|method| (method.clone(), path.clone())));
        }
    }
    all
}

/// `MESSAGES_APPEND_ONLY` and `MESSAGES_IMMUTABLE`.
#[test]
fn no_route_changes_or_removes_a_message() {
    let served = Served::start(TestHome::new());
    let document = served.client.get("/api/openapi.json").ok();
    let all = operations(&document);
    assert!(all.len() > 10, "{all:?}");
    for (method, path) in &all {
        if path.contains("messages") {
            let is_open = path.ends_with("/messages") && ["get", "post"].contains(&&method[..]);
            assert!(is_open, "{method} {path}");
        }
        assert!(!["put", "delete"].contains(&&method[..]), "{method} {path}");
    }
    for method in ["PUT", "PATCH", "DELETE"] {
        let id = "00000000-0000-8000-8000-000000000000";
        for path in ["", "/00000000-0000-8000-8000-000000000000"] {
            let path = format!("{CONVERSATIONS}/{id}/messages{path}");
            let status = served.client.ask(method, &path, "{}").status;
            assert!([404, 405].contains(&status), "{method} {path}: {status}");
        }
    }
}

#[test]
fn whoever_refuses_says_it_in_the_same_form() {
    let served = Served::start(TestHome::new());
    let mut stranger = served.client.clone();
    stranger.token = "x".to_owned();
    let answered = stranger.get(CONVERSATIONS);
    refused(&answered, 401, "unauthenticated", "Authentication required");
    let unknown = served.client.get("/api/v1/nothing");
    refused(&unknown, 404, "not_found", "Not found or access denied");
    let kind = served
        .client
        .ask_with("POST", CONVERSATIONS, "text/plain", "{}");
    let only = "Content-Type must be application/json";
    refused(&kind, 415, "unsupported_media_type", only);
    let method = served.client.ask("PUT", CONVERSATIONS, "{}");
    refused(&method, 405, "method_not_allowed", "Method not allowed");
    let large = format!("{{\"title\": \"{}\"}}", "x".repeat(70 << 10));
    let large = served.client.ask("POST", CONVERSATIONS, &large);
    refused(&large, 413, "too_large", "The request is too large");
}
