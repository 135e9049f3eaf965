//! What one person finds with the ids of another: nothing.

use super::Server;
use crate::common::wait_until;
use crate::server::served::Client;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NOBODYS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What somebody has: an archived thread and open ones, messages, a reply, a session.
fn talk(client: &Client) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for mode in ["inner", "conversation"] {
        let message = json!({"role": "user", "content": "a note"});
        let said = json!({"mode": mode, "message": message});
        client.post("/api/conversation-buffer", &said).ok();
    }
    client.delete("/api/conversation-buffer?mode=inner").ok();
    let asked = json!({"message": "a question", "mode": "conversation"});
    let mut reply = client.post_stream("/api/persona_chat", None, &asked);
    for event in ["started", "answer"] {
        ids_in(&reply.next_of(event).data, &mut ids);
    }
    wait_until("all is saved", || {
        let listed = client.get("/api/threads").ok();
        let counts = listed["threads"].as_array().unwrap().iter();
        counts
            .filter_map(|thread| thread["messageCount"].as_u64())
            .sum::<u64>()
            == 4
    });
    let threads = client.get("/api/threads").ok();
    ids_in(&threads, &mut ids);
    for thread in threads["threads"].as_array().unwrap() {
        let root = thread["root"].as_str().unwrap();
        ids_in(&client.get(&format!("/api/threads/{root}")).ok(), &mut ids);
    }
    ids_in(&client.get("/api/sessions").ok(), &mut ids);
    ids
}

fn ids_in(value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, inside) in fields {
                if let ("id" | "root" | "message", Some(text)) = (name.as_str(), inside.as_str()) {
                    ids.insert(text.to_owned());
                }
                ids_in(inside, ids);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| ids_in(item, ids)),
        _ => {}
    }
}

/// An operation of the API, with places for ids.
struct Operation {
    method: String,
    path: String,
}

impl Operation {
    /// All of them that name something.
    fn all(client: &Client) -> Vec<Self> {
        let document = client.get("/api/openapi.json").ok();
        let mut all = Vec::new();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for method in ["get", "post", "put", "patch", "delete"] {
                if path.contains('{') && operations.get(method).is_some() {
                    let (method, path) = (method.to_uppercase(), path.clone());
                    all.push(Self { method, path });
                }
            }
        }
        all
    }

    fn places(&self) -> usize {
        self.path.matches('{').count()
    }

    /// What it answers with these in its places, and a body that it takes.
    fn with(&self, ids: &[&str], client: &Client) -> (u16, String) {
        let mut path = self.path.clone();
        for id in ids {
            let (begin, end) = (path.find('{').unwrap(), path.find('}').unwrap());
            path.replace_range(begin..=end, id);
        }
        if path.ends_with("/export") {
            path.push_str("?format=json");
        }
        let body = match self.method.as_str() {
            "PATCH" => r#"{"title": "taken over"}"#,
            "PUT" => r#"{"messageLimit": 20}"#,
            "POST" => "{}",
            _ => "",
        };
        let answered = client.ask(&self.method, &path, body);
        (answered.status, answered.body)
    }
}

/// Walks what the server says of itself: with another's ids each operation answers as with an id that
/// nobody has.
#[test]
fn with_anothers_ids_nothing_is_found() {
    let server = Server::start();
    let (ana, ben) = (server.client_of("ana"), server.client_of("ben"));
    let (of_ana, of_ben) = (talk(&ana), talk(&ben));
    // Two people may begin a thread in the same second; its id is then both's.
    let only_anas: Vec<&String> = of_ana.difference(&of_ben).collect();
    assert!(only_anas.len() >= 7, "{only_anas:?}");
    let before = ana.get("/api/threads").ok();
    let own = ana_finds(&ana, &before);
    let operations = Operation::all(&ben);
    assert!(operations.len() >= 10);
    for operation in &operations {
        let first: Vec<&str> = match operation.places() {
            1 => vec![],
            // Within a thread of one's own, another's messages are not to be had either.
            _ => vec![NOBODYS, of_ben.first().unwrap()],
        };
        let mut asked = first.iter().map(|id| vec![*id]).collect::<Vec<_>>();
        asked.extend((operation.places() == 1).then(Vec::new));
        for begin in &asked {
            let with = |id: &str| operation.with(&[begin.as_slice(), &[id]].concat(), &ben);
            let nobodys = with(NOBODYS);
            let name = format!("{} {}", operation.method, operation.path);
            assert!(nobodys.0 >= 400, "{name}: {nobodys:?}");
            for id in &only_anas {
                assert_eq!(with(id), nobodys, "{name} {id}");
            }
        }
    }
    assert_eq!(ana.get("/api/threads").ok(), before);
    assert_eq!(ana_finds(&ana, &before), own);
}

/// With her own ids there is something: else nothing would have been shown.
fn ana_finds(ana: &Client, threads: &Value) -> Vec<Value> {
    let threads = threads["threads"].as_array().unwrap();
    let read = |thread: &Value| {
        let root = thread["root"].as_str().unwrap();
        ana.get(&format!("/api/threads/{root}")).ok()
    };
    threads.iter().map(read).collect()
}
