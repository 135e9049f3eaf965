//! How an archive of ten years feels: lists, searches, saves, the index and the disk, each beside something that anyone
//! can judge it by.
//!
//! ```text
//! cargo bench --bench archive                    100,000 threads, 1,000,000 messages: minutes, and 6 GB under target/tmp
//! cargo bench --bench archive -- --quick         a hundredth of that
//! cargo bench --bench archive -- list search     only these
//! ```

mod measure;
mod parts;
mod store;
mod words;

use std::env;
use std::process::ExitCode;
use store::{Archive, Shape};

const PARTS: [&str; 7] = ["rebuild", "list", "search", "names", "save", "replay", "size"];

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let words: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    let is_quick = words.iter().any(|word| word == "--quick");
    let wanted: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "--quick").collect();
    if let Some(unknown) = wanted.iter().find(|word| !PARTS.contains(word)) {
        eprintln!("no part {unknown:?}; there are: --quick {}", PARTS.join(" "));
        return ExitCode::from(2);
    }
    let shape = if is_quick {
        Shape { threads: 1_000, messages: 10_000, long_thread: 1_000 }
    } else {
        Shape { threads: 100_000, messages: 1_000_000, long_thread: 10_000 }
    };
    let archive = Archive::of(shape);
    let tools = measure::Tools::find();
    println!(
        "| what | median | most memory | beside it | median | goal | met |\n|---|---:|---:|---|---:|---:|---|"
    );
    let mut is_missed = false;
    for part in PARTS.iter().filter(|part| wanted.is_empty() || wanted.contains(part)) {
        for row in parts::measure(part, &archive, &tools, if is_quick { 5 } else { 15 }) {
            println!("{}", row.line());
            is_missed |= row.is_missed();
        }
    }
    ExitCode::from(u8::from(is_missed))
}
