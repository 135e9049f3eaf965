//! The conversation service in a home of many conversations: `cargo bench --bench service`.
//!
//! ```text
//! cargo bench --bench service                          10,000 conversations, 1,000,000 messages
//! cargo bench --bench service -- --conversations 1000  so many, of 100 messages each
//! cargo bench --bench service -- read list             only these parts
//! ```
//!
//! The home is signed by the real code and served by the release binary. One client asks over HTTP, on
//! a connection that stays open; its time is told as it is, with what the socket and the client take.
//! Beside it stands the processor time that the server took, which a busy machine changes less.

mod client;
mod home;
#[path = "../homes/import.rs"]
mod import;
mod measure;
mod parts;
#[path = "../homes/served.rs"]
mod served;
#[path = "../archive/words.rs"]
mod words;

use client::Client;
use home::{Home, Shape};
use parts::PARTS;
use served::Served;
use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let args = env::args().skip(1).filter(|word| word != "--bench");
    let mut parts: Vec<String> = args.collect();
    let mut conversations = 10_000;
    if let Some(place) = parts.iter().position(|word| word == "--conversations") {
        let Some(Ok(count)) = parts.get(place + 1).map(|count| count.parse()) else {
            eprintln!("--conversations wants a number");
            return ExitCode::from(2);
        };
        conversations = count;
        parts.drain(place..place + 2);
    }
    let is_known = |part: &String| PARTS.iter().any(|known| known.name == part);
    if let Some(unknown) = parts.iter().find(|part| !is_known(part)) {
        let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        eprintln!("no part {unknown:?}; there are: {}", names.join(" "));
        return ExitCode::from(2);
    }
    let home = Home::of(Shape {
        conversations,
        messages: 100,
        long: 9_999,
        drafts: 300,
    });
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    home.copied(&folder.path().join("home"));
    let served = Served::home_in(folder);
    let mut client = Client::of(&served);
    measure::print_head();
    let mut is_missed = false;
    for part in PARTS {
        if parts.is_empty() || parts.iter().any(|asked| asked == part.name) {
            is_missed |= (part.measure)(&mut client, &home);
        }
    }
    ExitCode::from(u8::from(is_missed))
}
