//! Several people at once, in both modes, with clears between and the server ended and killed: each
//! buffer shows what a simple model of it shows, and each home holds its owner's words alone.

use super::Server;
use crate::server::hammered::Corner;
use crate::server::served::Client;
use serde_json::Value;
use std::thread;

const NAMES: [&str; 3] = ["ana", "ben", "cleo"];
const ROUNDS: usize = 4;
const STEPS: usize = 12;

/// One of those who talk, and both modes of theirs.
struct Person {
    name: &'static str,
    corners: [Corner; 2],
}

#[test]
fn nothing_mixes_and_nothing_comes_back() {
    let mut server = Server::start();
    let mut seed = 0;
    let mut people = NAMES.map(|name| {
        seed += 10;
        let corners = Corner::both(name, seed);
        Person { name, corners }
    });
    for round in 0..ROUNDS {
        let clients = NAMES.map(|name| server.client_of(name));
        for (person, client) in people.iter().zip(&clients) {
            let shown_after = |corner: &Corner| corner.assert_as_modelled(client, round * STEPS);
            person.corners.iter().for_each(shown_after);
        }
        thread::scope(|scope| {
            for (person, client) in people.iter_mut().zip(&clients) {
                for corner in &mut person.corners {
                    scope.spawn(move || hammer(corner, client, round));
                }
            }
        });
        server = server.again(round % 2 == 0);
    }
    for person in &people {
        let client = server.client_of(person.name);
        let shown_last = |corner: &Corner| corner.assert_as_modelled(&client, ROUNDS * STEPS);
        person.corners.iter().for_each(shown_last);
        assert_own_words(person.name, &client);
    }
}

fn hammer(corner: &mut Corner, client: &Client, round: usize) {
    for step in 0..STEPS {
        corner.step(client);
        corner.assert_as_modelled(client, round * STEPS + step);
    }
}

/// Each thread of a home, archived ones too, holds what its owner said in its mode.
fn assert_own_words(name: &str, client: &Client) {
    let listed = client.get("/api/threads?limit=200").ok();
    let threads = listed["threads"].as_array().unwrap();
    assert!(!threads.is_empty());
    for thread in threads {
        let path = format!("/api/threads/{}?limit=200", text(&thread["root"]));
        let begin = format!("{name}-{} ", text(&thread["mode"]));
        let shown = client.get(&path).ok();
        assert_eq!(shown["verdict"], "valid", "{shown}");
        for message in shown["messages"].as_array().unwrap() {
            let content = text(&message["content"]);
            assert!(content.starts_with(&begin), "{content} among {begin}");
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}
