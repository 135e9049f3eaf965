//! How an archive of ten years feels: lists, searches, saves, the index and the disk, each beside
//! something that anyone can judge it by.
//!
//! ```text
//! cargo bench --bench archive                    100,000 threads, 1,000,000 messages: some ten minutes, 6 GB under target/tmp
//! cargo bench --bench archive -- --threads 100   so many threads, of ten messages on average
//! cargo bench --bench archive -- list search     only these parts
//! ```

#[path = "../homes/import.rs"]
mod import;
mod measure;
mod others;
mod parts;
mod store;
mod words;

use std::env;
use std::process::ExitCode;
use store::{Archive, Shape};

const PARTS: [&str; 8] = [
    "rebuild", "list", "search", "names", "save", "replay", "size", "others",
];

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let mut words: Vec<String> = env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let mut threads = 100_000;
    if let Some(place) = words.iter().position(|word| word == "--threads") {
        let Some(Ok(count)) = words.get(place + 1).map(|count| count.parse()) else {
            eprintln!("--threads wants a number");
            return ExitCode::from(2);
        };
        threads = count;
        words.drain(place..place + 2);
    }
    let wanted: Vec<&str> = words.iter().map(String::as_str).collect();
    if let Some(unknown) = wanted.iter().find(|word| !PARTS.contains(word)) {
        eprintln!("no part {unknown:?}; there are: {}", PARTS.join(" "));
        return ExitCode::from(2);
    }
    let shape = Shape {
        threads,
        messages: 10 * threads,
        long_thread: threads.clamp(1_000, 10_000),
    };
    let is_quick = threads < 100_000;
    let archive = Archive::of(shape);
    let tools = measure::Tools::find();
    println!(
        "| what | median | most memory | beside it | median | goal | met |\n|---|---:|---:|---|---:|---:|---|"
    );
    let mut is_missed = false;
    for part in PARTS
        .iter()
        .filter(|part| wanted.is_empty() || wanted.contains(part))
    {
        for row in parts::measure(part, &archive, &tools, if is_quick { 5 } else { 15 }) {
            println!("{}", row.line());
            is_missed |= row.is_missed();
        }
    }
    ExitCode::from(u8::from(is_missed))
}
