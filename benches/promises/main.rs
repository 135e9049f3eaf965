//! What mmogit promises about speed, each measured beside something that anyone can judge it by.
//!
//! ```text
//! cargo bench                                  everything, a few minutes
//! cargo bench --bench promises -- --quick      fewer rounds, smaller stores
//! cargo bench --bench promises -- save turn    only these
//! ```
//! Where `MMOGIT_TEST_CRUSH` names binaries of Crush (colon-separated), `first-word` asks them too,
//! on the loopback. Prints the table of docs/performance.md. Both sides of a line are run in turns
//! and their medians compared, so a busy machine slows both. Ends with 1 if a goal is missed.

#[path = "../../tests/support/crush_config.rs"]
mod crush_config;
mod drawing;
mod exchange;
mod groups;
mod home;
mod keeping;
mod measure;
#[path = "../../tests/support/model_server.rs"]
#[expect(dead_code, reason = "the tests ask it more")]
mod model_server;
mod programs;
#[path = "../../tests/support/scenario.rs"]
mod scenario;
mod trust;

use measure::{HEAD, Row};
use std::process::ExitCode;
use std::{env, fs, thread};

const PARTS: [&str; 12] = [
    "start",
    "turn",
    "save",
    "session",
    "buffer",
    "verify-thread",
    "verify-store",
    "sync",
    "follow",
    "first-word",
    "memory",
    "code",
];

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let words: Vec<String> = env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let is_quick = words.iter().any(|word| word == "--quick");
    let wanted: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| *word != "--quick")
        .collect();
    if let Some(unknown) = wanted.iter().find(|word| !PARTS.contains(word)) {
        eprintln!(
            "no part {unknown:?}; there are: --quick {}",
            PARTS.join(" ")
        );
        return ExitCode::from(2);
    }
    println!("{}\n\n{HEAD}", machine());
    let programs = programs::Programs::compile();
    let mut is_missed = false;
    for part in PARTS
        .iter()
        .filter(|part| wanted.is_empty() || wanted.contains(part))
    {
        for row in measure_part(part, is_quick, &programs) {
            println!("{}", row.line());
            is_missed |= row.is_missed();
        }
    }
    ExitCode::from(u8::from(is_missed))
}

fn measure_part(part: &str, is_quick: bool, programs: &programs::Programs) -> Vec<Row> {
    let pick = |full: usize, quick: usize| if is_quick { quick } else { full };
    match part {
        "start" => programs::start(pick(300, 50), programs),
        "turn" => keeping::turn(pick(400, 50)),
        "save" => keeping::saves(
            pick(60, 20),
            [100, pick(10_000, 1_000), pick(100_000, 10_000)],
        ),
        "session" => keeping::session(100),
        "buffer" => groups::buffer(pick(400, 50)),
        "verify-thread" => trust::thread(pick(15, 5), 10_000),
        "verify-store" => trust::store(pick(15, 5), pick(1_000, 200)),
        "sync" => exchange::exchange(pick(5, 3), pick(10_000, 500)),
        "follow" => exchange::follow(pick(10, 3), pick(10_000, 1_000)),
        "first-word" => programs::first_word(pick(100, 20), programs),
        "memory" => programs::memory(pick(5, 1), programs),
        "code" => drawing::code(pick(20, 5), pick(10_000, 1_000)),
        _ => unreachable!("one of the parts"),
    }
}

/// The processor and how many of its cores there are.
fn machine() -> String {
    let about = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about
        .lines()
        .find_map(|line| Some(line.strip_prefix("model name")?.split_once(": ")?.1));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{} cores of {}",
        cores,
        model.unwrap_or("an unknown processor")
    )
}
