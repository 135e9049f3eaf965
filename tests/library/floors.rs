//! The floors of the house, held against what the source imports. `src/lib.rs` draws them; each
//! wall says why it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

mod imports;
mod texts;

/// The rooms of the faces: the only ones that touch the terminal, the environment, the clock and
/// chance.
const FACES: &[&str] = &["cli", "commands", "chat", "server", "main"];
const SILENT: &str = "the library is silent, so that every face, every test and every other program can use it \
                      alike; a face hands in the clock, chance and the environment, and prints";

/// A wall around things from outside: paths that only certain rooms may name.
struct Wall {
    what: &'static str,
    stops: fn(&[&str]) -> bool,
    rooms: &'static [&'static str],
    why: &'static str,
}

const WALLS: &[Wall] = &[
    Wall {
        what: "git2",
        stops: |path| path[0] == "git2",
        rooms: &["store"],
        why: "one room knows how git keeps things, so that all else is tested without a repository, and a change of \
              library stays in that room",
    },
    Wall {
        what: "rusqlite",
        stops: |path| path[0] == "rusqlite",
        rooms: &["index", "backend/crush/database", "sources"],
        why: "SQLite holds nothing but what can be made anew (and other programs' own records, which are only read); the \
              truth is in git",
    },
    Wall {
        what: "ciphers",
        stops: |path| {
            matches!(
                path[0],
                "hpke" | "x25519_dalek" | "chacha20poly1305" | "argon2"
            )
        },
        rooms: &["seal"],
        why: "one room seals and opens, so that one place is to be read to know how, and with what it is bound",
    },
    Wall {
        what: "zip",
        stops: |path| path[0] == "zip",
        rooms: &["sources"],
        why: "archives are other people's; one room reads them, and nothing of one is ever unpacked to a disk",
    },
    Wall {
        what: "rules for secrets",
        stops: |path| matches!(path[0], "nosecrets_rules" | "aho_corasick" | "regex"),
        rooms: &["secrets"],
        why: "one room knows what looks like a key; whoever else matched patterns would know it otherwise",
    },
    Wall {
        what: "clap",
        stops: |path| matches!(path[0], "clap" | "clap_complete" | "clap_mangen"),
        rooms: &["cli", "commands"],
        why: "arguments are one face's affair; what lies below takes plain values",
    },
    Wall {
        what: "rustyline",
        stops: |path| path[0] == "rustyline",
        rooms: &["chat"],
        why: "only the chat reads lines from a person",
    },
    Wall {
        what: "the web",
        stops: |path| {
            matches!(
                path[0],
                "axum"
                    | "tokio"
                    | "tokio_stream"
                    | "hyper"
                    | "hyper_util"
                    | "http_body_util"
                    | "tower"
                    | "utoipa"
                    | "utoipa_axum"
                    | "maud"
                    | "ammonia"
                    | "rust_embed"
                    | "tracing"
                    | "tracing_subscriber"
                    | "futures_util"
            )
        },
        rooms: &["server"],
        why: "what is asynchronous, and what speaks HTTP, is one face's affair; the domain below stays synchronous, and \
              every other command starts without it",
    },
    Wall {
        what: "printing",
        stops: |path| match path {
            [.., "print!" | "println!" | "eprint!" | "eprintln!" | "dbg!"] => true,
            [.., "io", "stdout" | "stderr"] => true,
            // It takes text apart; it writes nothing.
            ["anstream", "adapter", ..] => false,
            [first, ..] => matches!(*first, "anstream" | "rpassword"),
            [] => false,
        },
        // A server's log is no screen: its lines are made of what `server/log` lets through.
        rooms: &["cli/ui", "server/log"],
        why: "one place writes to the terminal, and it takes nothing but safe text",
    },
    Wall {
        what: "indicatif",
        stops: |path| path[0] == "indicatif",
        rooms: &["cli/live_line"],
        why: "it would write to the terminal by itself; there it draws through cli/ui, and safe text only",
    },
    Wall {
        what: "textwrap",
        stops: |path| path[0] == "textwrap",
        rooms: &["render/wrap"],
        why: "its widths are sums over characters; one place measures what is seen",
    },
    Wall {
        what: "clap's printing",
        stops: |path| matches!(path, ["Cli", "parse" | "parse_from"]),
        rooms: &[],
        why: "it quotes arguments, and would print them as they are: take try_parse, and make safe what it says",
    },
    Wall {
        what: "text that nobody looked at",
        stops: |path| matches!(path, [.., "of_checked_arguments"]),
        rooms: &["render/safe"],
        why: "safe text is made of literals and of what was made safe; `safe_format!` looks at each argument",
    },
    Wall {
        what: "text with another's colours",
        stops: |path| matches!(path, [.., "SafeText", "coloured"]),
        rooms: &["commands/help", "render/safe"],
        why: "clap colours its help, which is our own; whoever else brought colours could recolour a verdict",
    },
    Wall {
        what: "leaking",
        stops: |path| matches!(path, [.., "Box" | "String", "leak"]),
        rooms: &[],
        why: "a text that lives for ever would pass for a literal of ours, which is printed as it is",
    },
    Wall {
        what: "the keyboard",
        stops: |path| matches!(path, [.., "io", "stdin"]),
        rooms: FACES,
        why: SILENT,
    },
    Wall {
        what: "the environment",
        // These two only take text apart; they read nothing.
        stops: |path| match path {
            ["std", "env", "split_paths" | "join_paths"]
            | ["env", "split_paths" | "join_paths"] => false,
            ["std", "env", ..] | ["env", _, ..] => true,
            _ => false,
        },
        rooms: FACES,
        why: SILENT,
    },
    Wall {
        what: "the clock",
        stops: |path| path.contains(&"SystemTime") || matches!(path, [.., "Utc" | "Local", "now"]),
        rooms: FACES,
        why: SILENT,
    },
    Wall {
        what: "chance",
        stops: |path| matches!(path[0], "getrandom" | "rand"),
        rooms: FACES,
        why: SILENT,
    },
    Wall {
        what: "the end of the process",
        stops: |path| matches!(path, [.., "process", "exit" | "abort"]) || path[0] == "signal_hook",
        // Crash tests end the process in the middle of a write; without their feature nothing is
        // compiled in.
        rooms: &["cli", "commands", "chat", "server", "main", "model/crash"],
        why: SILENT,
    },
    Wall {
        what: "anyhow",
        stops: |path| matches!(path[0], "anyhow" | "anyhow!"),
        rooms: FACES,
        why: "below the faces each error has a type, so that whoever calls can tell one from another",
    },
];

/// The whole house: each file below `src/`, by its path there, with its text.
type House = BTreeMap<String, String>;

/// Every broken wall, in words.
fn violations(house: &House) -> Vec<String> {
    let floors = floors(&house["lib.rs"]);
    let mut broken = BTreeSet::new();
    let mut level: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (file, source) in house {
        let room = file.split('/').next().unwrap().trim_end_matches(".rs");
        if room != "lib" && !floors.contains_key(room) {
            broken.insert(format!(
                "{file}: {room} stands on no floor; give it one in the drawing of src/lib.rs"
            ));
        }
        for path in imports::paths(file, source) {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            match path[..] {
                ["crate", to, ..]
                    if to != room && floors.contains_key(to) && floors.contains_key(room) =>
                {
                    broken.extend(upward(file, room, to, &floors));
                    if floors[room] == floors[to] {
                        level.entry(room).or_default().insert(to.to_owned());
                    }
                }
                ["crate", ..] | [] => {}
                _ => broken.extend(through_a_wall(file, &path)),
            }
        }
    }
    broken.extend(level.keys().filter_map(|room| circle_from(room, &level)));
    broken.into_iter().collect()
}

/// `//! 2 disk    store  index` puts store and index on floor 2. `main` is a face that the drawing
/// leaves out.
fn floors(lib: &str) -> BTreeMap<String, u32> {
    let mut floors = BTreeMap::from([("main".to_owned(), 5)]);
    for line in lib.lines().filter_map(|line| line.strip_prefix("//! ")) {
        let mut words = line.split_whitespace();
        if let Some(floor) = words.next().and_then(|word| word.parse().ok()) {
            floors.extend(words.skip(1).map(|room| (room.to_owned(), floor)));
        }
    }
    floors
}

fn upward(file: &str, room: &str, to: &str, floors: &BTreeMap<String, u32>) -> Option<String> {
    let (from_floor, to_floor) = (floors[room], floors[to]);
    if from_floor < to_floor {
        return Some(format!(
            "{file}: imports {to} of floor {to_floor} from floor {from_floor}; imports go down only, so that what lies \
             below is understood, tested and trusted without what lies above"
        ));
    }
    let strangers = [("store", "index"), ("index", "store")];
    strangers.contains(&(room, to)).then(|| {
        format!("{file}: imports {to}; store and index don't know each other, so that the index can be thrown away")
    })
}

fn through_a_wall(file: &str, path: &[&str]) -> Vec<String> {
    let is_in = |room: &&str| file == format!("{room}.rs") || file.starts_with(&format!("{room}/"));
    WALLS
        .iter()
        .filter(|wall| (wall.stops)(path) && !wall.rooms.iter().any(is_in))
        .map(|wall| {
            let (what, rooms, why) = (wall.what, wall.rooms.join(", "), wall.why);
            format!(
                "{file}: {} is {what}, which belongs to {rooms} alone: {why}",
                path.join("::")
            )
        })
        .collect()
}

/// A way from a room back to itself along its own floor.
fn circle_from(start: &str, level: &BTreeMap<&str, BTreeSet<String>>) -> Option<String> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        for next in level
            .get(way.last().unwrap().as_str())
            .into_iter()
            .flatten()
        {
            let way: Vec<String> = way.iter().chain([next]).cloned().collect();
            if next == start {
                let way = way.join(" → ");
                return Some(format!(
                    "{way}: a circle; rooms that need each other are one room in disguise"
                ));
            }
            if seen.insert(next.clone()) {
                ways.push(way);
            }
        }
    }
    None
}

fn real_house() -> House {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut house, mut waiting) = (House::new(), vec![root.clone()]);
    while let Some(folder) = waiting.pop() {
        for path in fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(&root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                house.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    house
}

#[test]
fn the_source_keeps_to_the_floors() {
    let found = violations(&real_house());
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_room_of_the_drawing_is_there() {
    let house = real_house();
    for room in floors(&house["lib.rs"]).keys() {
        assert!(
            house.contains_key(&format!("{room}.rs")),
            "src/lib.rs draws {room}, and there is no src/{room}.rs"
        );
    }
}

/// Rooms whose texts name flags of other programs: those that they run.
const RUN_OTHER_PROGRAMS: &[&str] = &["backend", "process", "sync"];

/// Documents that leave the house and say with which command of this program they are checked.
const DOCUMENTS: &[&str] = &[
    "render/export/html.rs",
    "render/export/markdown.rs",
    "transfer/bundle.rs",
];

/// What a text below the faces says of the command line or the keyboard, if it does.
fn command_line_in(room: &str, text: &str, commands: &[String]) -> Option<String> {
    let mut named = commands.iter().map(|command| format!("mmogit {command}"));
    if let Some(command) = named.find(|command| text.contains(command)) {
        return Some(command);
    }
    let keys = ["`/", "Ctrl-"].into_iter().find(|word| text.contains(word));
    if keys.is_some() || RUN_OTHER_PROGRAMS.contains(&room) {
        return keys.map(str::to_owned);
    }
    if text.contains("MMOGIT_") {
        return Some("MMOGIT_".to_owned());
    }
    let words = text.split(|sign: char| sign.is_whitespace() || "\"`'()".contains(sign));
    let mut flags = words.filter(|word| {
        word.strip_prefix("--")
            .is_some_and(|name| name.starts_with(|sign: char| sign.is_ascii_lowercase()))
    });
    flags.next().map(str::to_owned)
}

#[test]
fn words_of_the_command_line_are_noticed() {
    let commands = ["thread-list".to_owned()];
    let source = r#"
        //! Of `mmogit thread-list` a comment may speak, and of --flags.
        #[error("see `mmogit thread-list`")]
        struct Error;
        fn f() { say(format!("add --all to it"), "type `/retry`", "Ctrl-C stops", "set MMOGIT_HOME") }
        fn g() { say("mmogit is fine", "a -- b", "---", "either/or") }
        #[cfg(test)]
        mod tests { const TEXT: &str = "mmogit thread-list"; }
    "#;
    let found: Vec<String> = texts::texts("store.rs", source)
        .iter()
        .filter_map(|text| command_line_in("store", text, &commands))
        .collect();
    let expected = ["mmogit thread-list", "--all", "`/", "Ctrl-", "MMOGIT_"];
    assert_eq!(found, expected);
    let of_another = command_line_in("backend", "--json", &commands);
    assert_eq!(of_another, None, "a flag of the program that is run");
}

#[test]
fn nothing_below_the_faces_speaks_the_command_line() {
    let house = real_house();
    let commands: Vec<String> = house
        .keys()
        .filter_map(|file| file.strip_prefix("commands/")?.strip_suffix(".rs"))
        .map(|name| name.replace('_', "-"))
        .collect();
    assert!(commands.contains(&"thread-list".to_owned()));
    let mut found = Vec::new();
    for (file, source) in &house {
        let room = file.split('/').next().unwrap().trim_end_matches(".rs");
        let is_of_a_test = file.ends_with("tests.rs") || file.contains("/tests/");
        let is_document = DOCUMENTS.contains(&file.as_str());
        if FACES.contains(&room) || is_of_a_test || is_document {
            continue;
        }
        for text in texts::texts(file, source) {
            if let Some(word) = command_line_in(room, &text, &commands) {
                found.push(format!("{file}: {word} in {text}"));
            }
        }
    }
    assert!(
        found.is_empty(),
        "a server and a widget have other words for the next step: below the faces there are kinds \
         with data\n{}",
        found.join("\n")
    );
}

#[test]
fn the_document_draws_the_same_house() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let design = fs::read_to_string(root.join("docs/design.md")).unwrap();
    let house = real_house();
    let drawn = floors(&house["lib.rs"]);
    let (_, beginnings) = design.split_once("## Where to begin").unwrap();
    let (beginnings, _) = beginnings.split_once("\n## ").unwrap();
    for (room, floor) in drawn {
        let is_drawn = design.lines().any(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(&floor.to_string()) && words.any(|word| word == room)
        });
        assert!(
            is_drawn,
            "docs/design.md does not draw {room} on floor {floor}"
        );
        let is_named = ["/", ".rs"]
            .iter()
            .any(|end| beginnings.contains(&format!("src/{room}{end}")));
        assert!(
            is_named || room == "main",
            "docs/design.md does not say when to begin at src/{room}"
        );
    }
    for path in design.split('`').filter(|part| part.starts_with("src/")) {
        assert!(root.join(path).exists(), "docs/design.md names {path}");
    }
}

#[test]
fn behind_each_wall_there_is_something() {
    let house = real_house();
    let paths: Vec<_> = house
        .iter()
        .flat_map(|(file, source)| imports::paths(file, source))
        .collect();
    for wall in WALLS {
        let is_stopped =
            |path: &Vec<String>| (wall.stops)(&path.iter().map(String::as_str).collect::<Vec<_>>());
        // What stands in no room is used by nobody.
        let is_used = wall.rooms.is_empty() || paths.iter().any(is_stopped);
        assert!(
            is_used,
            "nobody uses {}: the wall is needless, or blind",
            wall.what
        );
    }
}

/// A small house, sound but for what `more` puts into it.
fn house_with(more: &[(&str, &str)]) -> House {
    let sound = [
        (
            "lib.rs",
            "//! ```text\n//! 5 faces  cli chat\n//! 3 work   turn context\n//! 2 disk   store index\n//! 0 words  model\n//! ```\npub mod model;",
        ),
        ("main.rs", "fn main() { mmogit::cli::run() }"),
        (
            "cli.rs",
            "use crate::turn::{self, Turn}; use clap::Parser; fn run() { std::env::var(\"HOME\"); ui() }",
        ),
        ("chat.rs", "use crate::cli; use rustyline::Editor;"),
        (
            "turn.rs",
            "use crate::{context, model::{Thread, Id as Name}}; use crate::store as disk;",
        ),
        (
            "context.rs",
            "// use crate::cli;\n/// Not [`crate::cli`].\nconst TEXT: &str = \"crate::cli\";",
        ),
        ("store.rs", "mod files; use git2::Oid;"),
        (
            "store/files.rs",
            "use super::Store; mod tests { use super::super::Other; use crate::model; }",
        ),
        (
            "index.rs",
            "use rusqlite::Connection; use std::env::split_paths;",
        ),
        (
            "model.rs",
            "pub(super) mod json; fn take(env: Env) { env.now() }",
        ),
    ];
    sound
        .iter()
        .chain(more)
        .map(|(file, source)| ((*file).to_owned(), (*source).to_owned()))
        .collect()
}

#[test]
fn a_sound_house_has_no_violation() {
    assert_eq!(violations(&house_with(&[])), Vec::<String>::new());
}

#[test]
fn each_kind_of_violation_is_found() {
    let cases = [
        (
            "upward",
            "model.rs",
            "use crate::store::Store;",
            "imports store of floor 2 from floor 0",
        ),
        (
            "upward in braces",
            "model.rs",
            "use crate::{json, turn::{self}};",
            "imports turn of floor 3",
        ),
        (
            "upward by super",
            "store/files.rs",
            "use super::super::turn::Turn;",
            "imports turn of floor 3",
        ),
        (
            "upward in a nested module",
            "model.rs",
            "mod a { mod b { use super::super::super::turn; } }",
            "imports turn",
        ),
        (
            "upward in code",
            "model.rs",
            "fn f() -> u8 { crate::cli::exit() }",
            "imports cli of floor 5",
        ),
        (
            "upward in a macro",
            "model.rs",
            "fn f() { format!(\"{}\", crate::cli::name()) }",
            "imports cli",
        ),
        (
            "upward in an attribute",
            "model.rs",
            "#[with(crate::cli::read)] struct S;",
            "imports cli",
        ),
        (
            "upward in a test",
            "model.rs",
            "#[cfg(test)] mod tests { use crate::cli; }",
            "imports cli",
        ),
        (
            "strangers",
            "index.rs",
            "use crate::store::Store;",
            "store and index don't know each other",
        ),
        (
            "circle",
            "context.rs",
            "use crate::turn::Turn;",
            "context → turn → context: a circle",
        ),
        ("no floor", "web.rs", "", "web stands on no floor"),
        (
            "git2",
            "turn.rs",
            "use git2::Repository;",
            "git2, which belongs to store alone",
        ),
        (
            "git2 by its root",
            "turn.rs",
            "fn f() { ::git2::init() }",
            "git2, which belongs to store alone",
        ),
        (
            "git2 whole",
            "turn.rs",
            "use git2;",
            "git2, which belongs to store alone",
        ),
        (
            "rusqlite",
            "store.rs",
            "use rusqlite::Connection;",
            "rusqlite, which belongs to index",
        ),
        (
            "clap",
            "turn.rs",
            "#[derive(clap::Args)] struct A;",
            "clap, which belongs to cli, commands alone",
        ),
        (
            "clap in the chat",
            "chat.rs",
            "use clap::Parser;",
            "clap, which belongs to cli, commands alone",
        ),
        (
            "rustyline",
            "cli.rs",
            "use rustyline::Editor;",
            "rustyline, which belongs to chat alone",
        ),
        (
            "print",
            "turn.rs",
            "fn f() { if true { eprintln!(\"x\") } }",
            "eprintln! is printing",
        ),
        (
            "print in a face",
            "chat.rs",
            "fn f() { println!(\"x\") }",
            "println! is printing",
        ),
        (
            "stdout in a face",
            "cli.rs",
            "fn f() { std::io::stdout() }",
            "io::stdout is printing",
        ),
        (
            "stdin",
            "turn.rs",
            "fn f() { std::io::stdin() }",
            "io::stdin is the keyboard",
        ),
        (
            "clap's own printing",
            "chat.rs",
            "fn f() { Cli::parse() }",
            "Cli::parse is clap's printing",
        ),
        (
            "unsafe text",
            "chat.rs",
            "fn f() { SafeText::of_checked_arguments(x) }",
            "is text that nobody looked at",
        ),
        (
            "colours",
            "chat.rs",
            "fn f() { SafeText::coloured(x) }",
            "is text with another's colours",
        ),
        (
            "a leak",
            "chat.rs",
            "fn f() { Box::leak(x) }",
            "Box::leak is leaking",
        ),
        (
            "stdout",
            "turn.rs",
            "use std::io::{self, Write}; fn f() { io::stdout() }",
            "io::stdout is printing",
        ),
        (
            "environment",
            "turn.rs",
            "use std::{env, fs};",
            "std::env is the environment",
        ),
        (
            "environment in code",
            "turn.rs",
            "fn f() { std::env::var(\"HOME\") }",
            "is the environment",
        ),
        (
            "clock",
            "turn.rs",
            "use std::time::SystemTime;",
            "SystemTime is the clock",
        ),
        (
            "chrono's clock",
            "turn.rs",
            "fn f() { chrono::Utc::now() }",
            "Utc::now is the clock",
        ),
        (
            "chance",
            "turn.rs",
            "fn f() { getrandom::fill(&mut []) }",
            "getrandom::fill is chance",
        ),
        (
            "exit",
            "turn.rs",
            "fn f() { std::process::exit(1) }",
            "process::exit is the end of the process",
        ),
        (
            "anyhow",
            "turn.rs",
            "fn f() -> anyhow::Result<()> { Ok(()) }",
            "anyhow, which belongs to",
        ),
    ];
    for (name, file, source, expected) in cases {
        let source = format!(
            "{source}\n{}",
            house_with(&[]).get(file).map_or("", String::as_str)
        );
        let found = violations(&house_with(&[(file, &source)]));
        let is_found = found.iter().any(|violation| violation.contains(expected));
        assert!(is_found, "{name}: {found:?}");
        let others = found
            .iter()
            .filter(|violation| !violation.contains(expected));
        // A circle is told from each of its rooms.
        assert!(
            name == "circle" || others.count() == 0,
            "{name}, and more: {found:?}"
        );
    }
}
