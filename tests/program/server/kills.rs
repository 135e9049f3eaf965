//! Kills under load. Clients say one thing after the other, each under a key of its own, and say again
//! what was not acknowledged. In the end each message is there once, and none is missing.

use super::served::{Client, Served};
use crate::common::{TestHome, wait_until};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Range;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How many say something at once.
const CLIENTS: usize = 6;

/// How often the server is killed, unless `MMOGIT_TEST_KILLS` says another number.
const KILLS: usize = 8;

/// How often on one home: with each message the next start takes longer.
const KILLS_OF_A_HOME: usize = 20;

/// One who says things, and what became of them.
struct Speaker {
    number: usize,
    said: usize,
    /// What was sent last, as long as nobody said that it is kept.
    open: Option<String>,
    acknowledged: Vec<String>,
}

impl Speaker {
    fn new(number: usize) -> Self {
        Self {
            number,
            said: 0,
            open: None,
            acknowledged: Vec::new(),
        }
    }

    /// Says at least one thing, and goes on until it is over or the server is gone.
    fn speak(&mut self, client: &Client, load: &Load) {
        let before = self.acknowledged.len();
        while self.say_next(client) {
            let is_heard = self.acknowledged.len() > before;
            load.is_heard.fetch_or(is_heard, Ordering::Relaxed);
            if load.is_over.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    /// False once nobody answers.
    fn say_next(&mut self, client: &Client) -> bool {
        let text = self.open.take().unwrap_or_else(|| {
            self.said += 1;
            format!("{}-{}", self.number, self.said)
        });
        let is_kept = if self.number == 0 {
            self.ask(client, &text)
        } else {
            self.append(client, &text)
        };
        match is_kept {
            Some(true) => self.acknowledged.push(text),
            Some(false) => self.open = Some(text),
            None => {
                self.open = Some(text);
                return false;
            }
        }
        true
    }

    fn mode(&self) -> &'static str {
        ["conversation", "inner"][self.number % 2]
    }

    fn append(&self, client: &Client, text: &str) -> Option<bool> {
        let message = json!({"role": "user", "content": text});
        let body = json!({"mode": self.mode(), "message": message}).to_string();
        let answered = client.try_post("/api/conversation-buffer", Some(text), &body);
        let answered = answered.ok()?;
        assert!([200, 503].contains(&answered.status), "{answered:?}");
        Some(answered.status == 200)
    }

    /// An event of the reply says that the question is kept. The rest may be lost.
    fn ask(&self, client: &Client, text: &str) -> Option<bool> {
        let body = json!({"mode": self.mode(), "message": text}).to_string();
        let answered = client
            .try_post("/api/persona_chat", Some(text), &body)
            .ok()?;
        match answered.status {
            200 => Some(answered.body.contains("\"started\"")),
            status => {
                assert_eq!(status, 503, "{answered:?}");
                Some(false)
            }
        }
    }
}

impl Speaker {
    /// What was acknowledged one after the other stands so in the record.
    fn assert_in_order(&self, threads: &[Value]) {
        let own = format!("{}-", self.number);
        for thread in threads {
            let messages = thread["messages"].as_array().unwrap().iter();
            let texts = messages.filter_map(|message| message["content"].as_str());
            let numbers: Vec<usize> = texts
                .filter_map(|text| text.strip_prefix(&own)?.parse().ok())
                .collect();
            assert!(numbers.is_sorted(), "{numbers:?}");
        }
    }
}

fn kill(pid: &str) {
    let killed = Command::new("kill").args(["-KILL", pid]).status();
    assert!(killed.unwrap().success());
}

/// What all who speak have in common.
#[derive(Default)]
struct Load {
    /// Something was acknowledged.
    is_heard: AtomicBool,
    is_over: AtomicBool,
}

/// Lets all speak until it is over.
fn speak(served: &Served, speakers: &mut [Speaker], until: impl FnOnce(&Load)) {
    let load = Load::default();
    thread::scope(|scope| {
        for speaker in speakers {
            let (client, load) = (served.client.clone(), &load);
            scope.spawn(move || speaker.speak(&client, load));
        }
        until(&load);
        load.is_over.store(true, Ordering::Relaxed);
    });
}

/// How often each message of a person is there.
fn count_said(threads: &[Value]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for thread in threads {
        let messages = thread["messages"].as_array().unwrap().iter();
        for message in messages.filter(|message| message["role"] == "human") {
            let text = message["content"].as_str().unwrap();
            *counts.entry(text).or_default() += 1;
        }
    }
    counts
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_is_there_twice() {
    let asked = std::env::var("MMOGIT_TEST_KILLS").ok();
    let kills = asked.map_or(KILLS, |kills| kills.parse().expect("a number of kills"));
    let mut acknowledged = 0;
    for first in (0..kills).step_by(KILLS_OF_A_HOME) {
        let last = kills.min(first + KILLS_OF_A_HOME);
        acknowledged += kill_on_one_home(first..last);
    }
    println!("{kills} kills; {acknowledged} messages were acknowledged, and are there once");
}

/// How many messages were acknowledged, and are there.
fn kill_on_one_home(rounds: Range<usize>) -> usize {
    let mut speakers: Vec<Speaker> = (0..CLIENTS).map(Speaker::new).collect();
    let mut served = Served::start(TestHome::new());
    for round in rounds {
        let pid = served.child.id().to_string();
        speak(&served, &mut speakers, |load| {
            let is_early = round % 4 == 3;
            if !is_early {
                load.wait_until_heard();
            }
            // Another moment each time: within a group, within a save, after it.
            thread::sleep(Duration::from_millis((round as u64 * 137) % 900));
            kill(&pid);
        });
        served = Served::start(served.kill());
    }
    // What is open is said again; from then on nothing is.
    speak(&served, &mut speakers, Load::wait_until_heard);
    check(served.stop().home, &speakers)
}

impl Load {
    fn wait_until_heard(&self) {
        wait_until("something is acknowledged", || {
            self.is_heard.load(Ordering::Relaxed)
        });
    }
}

fn check(home: TestHome, speakers: &[Speaker]) -> usize {
    let threads = home.thread_files();
    let counts = count_said(&threads);
    let mut acknowledged = 0;
    for speaker in speakers {
        for text in &speaker.acknowledged {
            let count = counts.get(text.as_str());
            assert_eq!(count, Some(&1), "{text} was acknowledged");
        }
        assert_eq!(speaker.open, None);
        speaker.assert_in_order(&threads);
        acknowledged += speaker.acknowledged.len();
    }
    assert_eq!(counts.len(), acknowledged, "and nothing else is there");
    home.run(&["verify"]).exits(0);
    acknowledged
}
