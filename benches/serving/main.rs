//! What a served home does under load, beside what the machine allows: `cargo bench --bench serving`.
//!
//! Two programs answer in turns, so that what else the machine does meets both: `mmogit serve`, and
//! this one as a bare axum that says hello, or appends what it is sent to one file and syncs it in
//! groups before it answers. 64 clients each keep one connection and ask again as soon as they are
//! answered. The seconds of a turn may be given: `cargo bench --bench serving -- 5`.

mod baseline;
mod clients;
#[path = "../homes/served.rs"]
mod served;

use clients::{Asked, Measured, measure};
use served::{Served, mmogit};
use std::env;
use std::time::Duration;

const CLIENTS: usize = 64;
const ROUNDS: usize = 3;

fn main() {
    let mut args = env::args().skip(1).filter(|arg| arg != "--bench");
    let first = args.next();
    if first.as_deref() == Some("baseline") {
        return baseline::serve();
    }
    let seconds = first.and_then(|seconds| seconds.parse().ok()).unwrap_or(3);
    let turn = Duration::from_secs(seconds);
    let home = new_home();
    let bare = baseline::served();
    let message = r#"{"mode":"conversation","message":{"role":"user","content":"How should we handle JWT refresh tokens?"}}"#;
    let cases = [
        Case {
            name: "GET",
            goal: 0.70,
            ours: Asked::get("/api/conversation-buffer?mode=conversation"),
            theirs: Asked::get("/hello"),
        },
        Case {
            name: "POST",
            goal: 0.80,
            ours: Asked::post("/api/conversation-buffer", message),
            theirs: Asked::post("/append", message),
        },
    ];
    for case in cases {
        let mut ours = Vec::new();
        let mut theirs = Vec::new();
        for _ in 0..ROUNDS {
            theirs.push(measure(&bare.place, &case.theirs, CLIENTS, turn));
            ours.push(measure(&home.place, &case.ours, CLIENTS, turn));
        }
        case.tell(&middle(ours), &middle(theirs));
    }
}

/// A new home, served.
fn new_home() -> Served {
    let folder = tempfile::tempdir().expect("a folder");
    let made = mmogit(&folder, &["init", "--no-verify"]).output();
    let made = made.expect("it runs");
    assert!(made.status.success(), "{made:?}");
    Served::home_in(folder)
}

/// One thing that is measured.
struct Case {
    name: &'static str,
    /// What part of the other's rate is wanted.
    goal: f64,
    ours: Asked,
    theirs: Asked,
}

impl Case {
    fn tell(&self, ours: &Measured, theirs: &Measured) {
        let part = ours.rate / theirs.rate;
        let verdict = if part >= self.goal {
            "reached"
        } else {
            "missed"
        };
        println!("{}", self.name);
        println!("  mmogit  {ours}");
        println!("  bare    {theirs}");
        println!(
            "  {:.0} % of it; the goal of {:.0} % is {verdict}",
            part * 100.0,
            self.goal * 100.0
        );
    }
}

/// The round in the middle, by its rate.
fn middle(mut rounds: Vec<Measured>) -> Measured {
    rounds.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    rounds.swap_remove(rounds.len() / 2)
}
