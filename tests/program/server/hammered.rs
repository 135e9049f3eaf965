//! Many steps in an order of their own, on both modes, with restarts and kills between: the buffers
//! show what a simple model of them shows.

use super::served::{Client, Served};
use crate::common::TestHome;
use serde_json::json;
use std::thread;

const BUFFER: &str = "/api/conversation-buffer";
const MODES: [&str; 2] = ["conversation", "inner"];
const LIMIT: usize = 50;
const STEPS: usize = 60;

/// One mode of one home, as it should be.
pub struct Corner {
    /// Whose it is: each text begins so.
    name: String,
    mode: &'static str,
    shown: Vec<String>,
    /// What was cleared last, as long as nothing was said since.
    cleared: Option<Vec<String>>,
    numbers: Numbers,
    said: usize,
}

/// Numbers that are the same in each run.
pub struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

impl Corner {
    /// Both modes of a home, with nothing in them.
    pub fn both(name: &str, seed: u64) -> [Self; 2] {
        let mut seed = seed;
        MODES.map(|mode| {
            seed += 1;
            Self {
                name: format!("{name}-{mode}"),
                mode,
                shown: Vec::new(),
                cleared: None,
                numbers: Numbers(seed),
                said: 0,
            }
        })
    }

    pub fn step(&mut self, client: &Client) {
        match self.numbers.below(90) {
            0..70 => self.say(client),
            70..80 => self.clear(client),
            _ => self.undo(client),
        }
    }

    /// One message, or several.
    fn say(&mut self, client: &Client) {
        for _ in 0..=self.numbers.below(8) {
            self.said += 1;
            let text = format!("{} {}", self.name, self.said);
            let message = json!({"role": "user", "content": text});
            let body = json!({"mode": self.mode, "message": message});
            let answered = client.post(BUFFER, &body).ok();
            self.shown.push(text);
            let excess = self.shown.len().saturating_sub(LIMIT);
            self.shown.drain(..excess);
            assert_eq!(answered["messageCount"], self.shown.len());
        }
        self.cleared = None;
    }

    fn clear(&mut self, client: &Client) {
        client.delete(&format!("{BUFFER}?mode={}", self.mode)).ok();
        if !self.shown.is_empty() {
            self.cleared = Some(std::mem::take(&mut self.shown));
        }
    }

    fn undo(&mut self, client: &Client) {
        let body = json!({ "mode": self.mode });
        let answered = client.post(&format!("{BUFFER}/undo-clear"), &body);
        match self.cleared.take() {
            Some(shown) => {
                answered.ok();
                self.shown = shown;
            }
            None => answered.refused(409, "There is nothing to bring back"),
        }
    }

    #[track_caller]
    pub fn assert_as_modelled(&self, client: &Client, step: usize) {
        let shown = client.shown(self.mode).into_iter();
        let shown: Vec<String> = shown.map(|(_, text)| text).collect();
        assert_eq!(shown, self.shown, "{} after step {step}", self.name);
    }
}

fn started_again(served: Served, is_killed: bool) -> Served {
    let home = if is_killed {
        served.kill()
    } else {
        served.stop().home
    };
    Served::start(home)
}

#[test]
fn the_buffers_show_what_a_simple_model_of_them_shows() {
    for seed in [1, 2, 3] {
        let mut served = Served::start(TestHome::new());
        let mut corners = Corner::both("own", seed * 100);
        let mut numbers = Numbers(seed);
        for step in 0..STEPS {
            match numbers.below(100) {
                0..90 => corners[usize::from(numbers.below(2) == 0)].step(&served.client),
                chance => served = started_again(served, chance < 95),
            }
            for corner in &corners {
                corner.assert_as_modelled(&served.client, step);
            }
        }
        let home = served.stop().home;
        home.run(&["verify"]).exits(0);
    }
}

#[test]
fn what_many_say_at_once_is_there_in_the_order_of_each() {
    let served = Served::start(TestHome::new());
    thread::scope(|scope| {
        for speaker in 0..8 {
            let client = served.client.clone();
            scope.spawn(move || {
                for number in 0..6 {
                    let text = format!("{speaker}-{number}");
                    let message = json!({"role": "user", "content": text});
                    let mode = MODES[speaker % 2];
                    client
                        .post(BUFFER, &json!({"mode": mode, "message": message}))
                        .ok();
                    let _ = client.get(&format!("{BUFFER}?mode={mode}")).ok();
                }
            });
        }
    });
    for (place, mode) in MODES.into_iter().enumerate() {
        let shown = served.client.shown(mode);
        assert_eq!(shown.len(), 24);
        for speaker in (0..8).filter(|speaker| speaker % 2 == place) {
            let own = format!("{speaker}-");
            let numbers = shown.iter().filter_map(|(_, text)| text.strip_prefix(&own));
            assert_eq!(numbers.collect::<Vec<_>>(), ["0", "1", "2", "3", "4", "5"]);
        }
    }
}
