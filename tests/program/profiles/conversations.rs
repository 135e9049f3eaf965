//! Conversations of several people on one server: nobody reads or writes another's, and what is
//! another's can't be told from what there is not.

use super::Server;
use crate::server::served::{Answered, Client};
use serde_json::{Value, json};

const CONVERSATIONS: &str = "/api/v1/conversations";
pub const NOBODYS: &str = "00000000-0000-8000-8000-000000000000";
const STEPS: usize = 60;

/// A user, and what they should see.
struct User {
    client: Client,
    conversations: Vec<Kept>,
}

struct Kept {
    id: String,
    texts: Vec<String>,
    is_archived: bool,
}

/// Numbers that look random and are the same each time.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

impl User {
    fn step(&mut self, chance: &mut Chance, number: usize) {
        let count = self.conversations.len();
        if count == 0 || chance.below(4) == 0 {
            let created = self
                .client
                .post(CONVERSATIONS, &json!({"title": format!("t{number}")}));
            assert_eq!(created.status, 201, "{created:?}");
            let id = created.json()["id"].as_str().unwrap().to_owned();
            let (texts, is_archived) = (Vec::new(), false);
            self.conversations.push(Kept {
                id,
                texts,
                is_archived,
            });
            return;
        }
        let kept = &mut self.conversations[chance.below(count)];
        let address = format!("{CONVERSATIONS}/{}", kept.id);
        if chance.below(5) == 0 {
            let path = if kept.is_archived {
                "restore"
            } else {
                "archive"
            };
            self.client
                .ask("POST", &format!("{address}/{path}"), "")
                .ok();
            kept.is_archived = !kept.is_archived;
            return;
        }
        let text = format!("text {number}");
        let body = json!({"content": {"text": text}});
        let said = self.client.post(&format!("{address}/messages"), &body);
        assert_eq!(
            said.status,
            if kept.is_archived { 409 } else { 201 },
            "{said:?}"
        );
        if !kept.is_archived {
            kept.texts.push(text);
        }
    }

    /// All that is theirs is there, and nothing else.
    fn check(&self) {
        let page = self
            .client
            .get(&format!("{CONVERSATIONS}?include_archived=true&limit=200"));
        let page = page.ok();
        let ids = |value: &Value| value["id"].as_str().unwrap().to_owned();
        let mut listed: Vec<String> = page["conversations"]
            .as_array()
            .unwrap()
            .iter()
            .map(ids)
            .collect();
        let mut own: Vec<String> = self
            .conversations
            .iter()
            .map(|kept| kept.id.clone())
            .collect();
        listed.sort();
        own.sort();
        assert_eq!(listed, own);
        for kept in &self.conversations {
            let path = format!("{CONVERSATIONS}/{}/messages?limit=200", kept.id);
            let page = self.client.get(&path).ok();
            let messages = page["messages"].as_array().unwrap().iter();
            let texts: Vec<&str> = messages
                .map(|message| message["content"]["text"].as_str().unwrap())
                .collect();
            assert_eq!(texts, kept.texts);
        }
    }
}

/// What somebody gets who asks for all that can be asked of a conversation.
pub fn all_of(client: &Client, id: &str) -> Vec<Answered> {
    let address = format!("{CONVERSATIONS}/{id}");
    let message = r#"{"content": {"text": "an intruder's"}, "reply": true}"#;
    let reply = format!("replies/{}", "ab".repeat(32));
    let asked = [
        ("GET", String::new(), ""),
        ("PATCH", String::new(), r#"{"title": "an intruder's"}"#),
        ("GET", "/messages".to_owned(), ""),
        ("POST", "/messages".to_owned(), message),
        ("GET", "/context".to_owned(), ""),
        ("GET", "/analytics".to_owned(), ""),
        ("GET", "/export?format=md".to_owned(), ""),
        ("GET", "/export?format=json".to_owned(), ""),
        ("POST", "/archive".to_owned(), ""),
        ("POST", "/restore".to_owned(), ""),
        ("GET", format!("/{reply}/events"), ""),
        ("POST", format!("/{reply}/stop"), ""),
        ("POST", format!("/{reply}/retry"), ""),
    ];
    let ask = |(method, path, body): (&str, String, &str)| {
        let path = format!("{address}{path}");
        match method {
            "GET" => client.get(&path),
            _ => client.ask(method, &path, body),
        }
    };
    let previewed = json!({"content": {"text": "@text"}, "conversation_id": id});
    let previewed = client.post("/api/v1/tags/preview", &previewed);
    let mut answers: Vec<Answered> = asked.into_iter().map(ask).collect();
    answers.push(previewed);
    answers
}

/// `NO_CROSS_USER_VISIBILITY`.
#[test]
fn what_is_anothers_can_not_be_told_from_what_there_is_not() {
    let server = Server::start();
    let mut users: Vec<User> = ["ana", "ben", "cleo"]
        .map(|name| User {
            client: server.client_of(name),
            conversations: Vec::new(),
        })
        .into();
    let mut chance = Chance(7);
    for number in 0..STEPS {
        let who = chance.below(users.len());
        users[who].step(&mut chance, number);
    }
    for (place, user) in users.iter().enumerate() {
        let nothing = all_of(&user.client, NOBODYS);
        for answered in &nothing {
            assert_eq!(answered.status, 404, "{answered:?}");
        }
        let others = users
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place);
        for kept in others.flat_map(|(_, other)| &other.conversations) {
            assert_eq!(all_of(&user.client, &kept.id), nothing, "{}", kept.id);
        }
    }
    for user in &users {
        user.check();
        let found = user.client.get("/api/v1/search?q=intruder").ok();
        assert_eq!(found["hits"], json!([]));
    }
}
