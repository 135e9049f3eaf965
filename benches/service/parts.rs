//! What is asked of the service.

use super::client::{Answer, Client};
use super::home::{COMMON, Home, RARE};
use super::measure::{Goal, Times, tell};
use serde_json::Value;
use std::thread::sleep;
use std::time::Duration;

/// A part of what is measured.
pub struct Part {
    pub name: &'static str,
    /// Measures it, tells it, and says whether a goal was missed.
    pub measure: fn(&mut Client, &Home) -> bool,
}

/// Those that change nothing come first.
pub const PARTS: [Part; 7] = [
    Part {
        name: "read",
        measure: read,
    },
    Part {
        name: "long",
        measure: long,
    },
    Part {
        name: "list",
        measure: list,
    },
    Part {
        name: "search",
        measure: search,
    },
    Part {
        name: "figures",
        measure: figures,
    },
    Part {
        name: "first",
        measure: first,
    },
    Part {
        name: "last",
        measure: last,
    },
];

/// What is promised of each answer to a question, in milliseconds.
const GOAL: Goal = Goal::Within(10.0);
/// So many different conversations are read: of 200 the first would be forgotten before the last.
const READ: usize = 100;
/// So often the same is asked.
const AGAIN: usize = 100;
/// So many conversations are begun.
const BEGUN: usize = 25;
/// So many messages are said in one conversation, and how often in turns.
const TURN: usize = 100;
const TURNS: usize = 3;
/// After so long all that was said is saved.
const SAVED: Duration = Duration::from_secs(2);

const SAID: &str = r#"{"content":{"text":"How should we handle JWT refresh tokens?"}}"#;
const BUFFERED: &str = r#"{"mode":"conversation","message":{"role":"user","content":"How should we handle JWT refresh tokens?"}}"#;

fn of_one(id: impl std::fmt::Display, what: &str) -> String {
    format!("/api/v1/conversations/{id}{what}")
}

/// A path asked for again and again.
fn again(client: &mut Client, path: &str) -> Times {
    Times::of(client, AGAIN, |client, _| client.get(path))
}

/// Conversations of 100 messages, far from each other: first ones that were not read before, then the
/// same again.
fn read(client: &mut Client, home: &Home) -> bool {
    let mut is_missed = false;
    for (offset, what) in ["/context", "/messages", "/analytics"]
        .into_iter()
        .enumerate()
    {
        let ask = |client: &mut Client, number: usize| {
            let place = (number * 7_919 + offset) % home.many.len();
            client.get(&of_one(home.many[place], what))
        };
        let times = Times::of(client, READ, ask);
        is_missed |= tell(&format!("`…{what}` of another each time"), &times, GOAL);
        let times = Times::of(client, READ, ask);
        is_missed |= tell(&format!("`…{what}` of the same ones again"), &times, GOAL);
    }
    is_missed
}

/// One with 10,000 messages.
fn long(client: &mut Client, home: &Home) -> bool {
    let context = of_one(home.long, "/context");
    let times = Times::of(client, 1, |client, _| client.get(&context));
    let mut is_missed = tell(
        "`…/context` of 10,000 messages, at first",
        &times,
        Goal::Nothing,
    );
    for what in ["/context", "/messages", "/analytics"] {
        let times = again(client, &of_one(home.long, what));
        is_missed |= tell(&format!("`…{what}` of 10,000 messages"), &times, GOAL);
    }
    is_missed
}

fn list(client: &mut Client, _: &Home) -> bool {
    let mut is_missed = false;
    let all = "/api/v1/conversations?include_archived=true";
    let times = again(client, "/api/v1/conversations");
    is_missed |= tell("list those in use", &times, GOAL);
    let times = again(client, all);
    is_missed |= tell("list all, the first page", &times, GOAL);
    let mut path = all.to_owned();
    for _ in 0..40 {
        let page: Value = serde_json::from_str(&client.get(&path).body).unwrap();
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("{all}&cursor={next}");
    }
    let times = again(client, &path);
    is_missed | tell("list all, the 40th page", &times, GOAL)
}

fn search(client: &mut Client, _: &Home) -> bool {
    let mut is_missed = false;
    for (what, words) in [
        ("a rare word", RARE.to_owned()),
        ("a common word", COMMON.to_owned()),
        ("both", format!("{COMMON}+{RARE}")),
    ] {
        let times = again(client, &format!("/api/v1/search?q={words}"));
        is_missed |= tell(&format!("search {what}"), &times, GOAL);
    }
    is_missed
}

/// What is counted, and drafts.
fn figures(client: &mut Client, _: &Home) -> bool {
    let mut is_missed = false;
    let times = again(client, "/api/v1/analytics");
    is_missed |= tell("`/analytics`", &times, GOAL);
    let times = again(client, "/api/v1/drafts");
    is_missed |= tell("`/drafts`, 300 of them", &times, GOAL);
    is_missed
}

/// The first message of a new conversation beside one to a buffer, in turns.
fn first(client: &mut Client, _: &Home) -> bool {
    let (mut begun, mut said, mut buffered) = Default::default();
    client.post("/api/conversation-buffer", BUFFERED);
    for _ in 0..BEGUN {
        let answer = client.post("/api/v1/conversations", "{}");
        let id = id_in(&answer);
        Times::add(&mut begun, &answer);
        Times::add(
            &mut buffered,
            &client.post("/api/conversation-buffer", BUFFERED),
        );
        Times::add(&mut said, &client.post(&of_one(&id, "/messages"), SAID));
        client.post(&of_one(&id, "/archive"), "");
    }
    let beside = Times::median(&buffered);
    tell("begin a conversation", &begun, Goal::Nothing);
    tell("`POST /api/conversation-buffer`", &buffered, Goal::Nothing);
    tell(
        "its first message, beside that",
        &said,
        Goal::Times(1.3, beside),
    )
}

fn id_in(answer: &Answer) -> String {
    let shown: Value = serde_json::from_str(&answer.body).unwrap();
    shown["id"].as_str().expect("an id").to_owned()
}

/// Messages from the 10th on beside those from the 10,000th on, in turns.
fn last(client: &mut Client, home: &Home) -> bool {
    let (mut early, mut late) = (Times::default(), Times::default());
    for _ in 0..TURNS {
        say_for_a_turn(client, &of_one(home.short, "/messages"), &mut early);
        say_for_a_turn(client, &of_one(home.long, "/messages"), &mut late);
    }
    tell("messages from the 10th on", &early, Goal::Nothing);
    let beside = early.median();
    tell(
        "messages from the 10,000th on",
        &late,
        Goal::Times(3.0, beside),
    )
}

/// The first one, which finds the conversation, counts as well, and so does the saving.
fn say_for_a_turn(client: &mut Client, path: &str, times: &mut Times) {
    let mut said = Times::measured(client, |client, times| {
        for _ in 0..TURN {
            times.add(&client.post(path, SAID));
        }
        sleep(SAVED);
    });
    times.append(&mut said);
}
