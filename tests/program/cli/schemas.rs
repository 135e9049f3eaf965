//! What is printed for programs has the form that `docs/schema` gives it, and no other form passes
//! for it. (Every other test here that runs a command with `--json` is checked too, by
//! [`TestHome::run`].)

use crate::cli::export::with_threads;
use crate::common::TestHome;
use crate::support::{git, schema};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};

const SAMPLES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/vectors/independent/threads"
);

/// A home with something of everything.
fn home() -> TestHome {
    let home = with_threads();
    home.run_with_input(
        &["chat", "--continue", "first", "--backend", "echo"],
        "more\n/retry\n/tag kept\n",
    )
    .exits(0);
    home.run(&["thread-archive", "Second"]).exits(0);
    home.run(&["chat", "--encrypt", "--backend", "echo", "-m", "x"])
        .exits(0);
    home.run_with_input(&["persona", "edit", "brief"], "Be brief.")
        .exits(0);
    fs::write(home.mmogit().join("personas/empty.md"), "").unwrap();
    git(home.path(), &["init", "--quiet", "--bare", "far.git"]);
    home.run(&["remote", "add", "origin", "far.git"]).exits(0);
    home.run(&[
        "thread-export",
        "--all",
        "--format",
        "bundle",
        "--output",
        "b",
    ])
    .exits(0);
    home
}

/// Somebody is a contact then; the words that both see.
fn compared(home: &TestHome) -> String {
    let (_bo, card) = crate::cli::contact::person("Bo");
    home.run(&["contact", "add", &card]).exits(0);
    crate::cli::contact::words_for(home, "Bo")
}

/// What each command prints; what may be missing from it is named.
fn printed(home: &TestHome) -> Vec<(&'static str, Value)> {
    let good = format!("{SAMPLES}/good-basic.json");
    let bad = format!("{SAMPLES}/bad-content.json");
    let float = format!("{SAMPLES}/malformed-float.json");
    let legacy = format!("{SAMPLES}/legacy.json");
    let words = compared(home);
    crate::cli::profile::add(home, "ana", &[]).exits(0);
    crate::cli::profile::home_without_login(home, "ben");
    let listed = home.run(&["thread-list", "--all", "--json"]).stdout;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let second = listed["threads"]
        .as_array()
        .unwrap()
        .iter()
        .find(|thread| thread["title"].as_str().unwrap().starts_with("Second"))
        .unwrap();
    let second = second["id"].as_str().unwrap();
    let sealed = listed["threads"]
        .as_array()
        .unwrap()
        .iter()
        .find(|thread| thread["sealed"] == true)
        .unwrap();
    let sealed = sealed["id"].as_str().unwrap();
    let runs: [(&[&'static str], &[&str]); 37] = [
        (&["chat"], &["--backend", "echo", "-m", "hello"]),
        (&["chat"], &["--backend", "offline", "-m", "hello"]),
        (&["identity"], &[]),
        (&["identity", "card"], &[]),
        (&["agent", "list"], &[]),
        (&["contact", "list"], &[]),
        (&["project", "create"], &["launch"]),
        (&["project", "list"], &[]),
        (&["draft", "list"], &[]),
        (&["contact", "verify"], &["Bo", "--words", &words]),
        (&["thread-list"], &["--all"]),
        (&["thread-search"], &["hello"]),
        (&["thread-search"], &["Second"]),
        (&["thread-replay"], &["first"]),
        (&["thread-replay"], &[sealed]),
        (&["thread-readers"], &[sealed]),
        (&["thread-replay"], &["--file", &bad]),
        (&["thread-replay"], &["--file", &legacy]),
        (&["thread-tree"], &["first"]),
        (&["thread-info"], &["first"]),
        (&["thread-tag", "list"], &[]),
        (&["thread-tag", "list"], &["first"]),
        (&["thread-fork"], &["first", "--title", "copy"]),
        (
            &["thread-split"],
            &["first", "--at", "3", "--title", "rest"],
        ),
        (&["thread-merge"], &["first", "Second", "--title", "both"]),
        (
            &["thread-import"],
            &["--dry-run", "b", &good, &bad, &float, &legacy],
        ),
        (&["persona", "list"], &[]),
        (&["persona", "show"], &["brief"]),
        (&["thread-erase"], &[second, "--yes"]),
        (&["thread-erase"], &[second, "--yes"]),
        (&["verify"], &[]),
        (&["verify"], &["--file", &bad]),
        (&["verify"], &["--file", &float]),
        (&["remote", "list"], &[]),
        (&["sync"], &[]),
        (&["doctor"], &[]),
        (&["profile", "list"], &["--profiles", "profiles"]),
    ];
    let run = |(command, args): (&[&'static str], &[&str])| {
        let ran = home.run(&[command, &["--json"], args].concat());
        let value = serde_json::from_str(&ran.stdout);
        (
            command[0],
            value.unwrap_or_else(|_| panic!("{command:?} {args:?}: {}{}", ran.stdout, ran.stderr)),
        )
    };
    let served = ("serve", told_by_a_server());
    runs.into_iter().map(run).chain([served]).collect()
}

fn told_by_a_server() -> Value {
    let home = TestHome::new();
    let serve = ["serve", "--port", "0", "--json", "--backend", "echo"];
    let mut child = home.command(&serve).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    serde_json::from_str(&line).expect("one line")
}

#[test]
fn every_form_has_a_schema_and_other_forms_are_refused() {
    let printed = printed(&home());
    let mut met = BTreeSet::new();
    for (command, value) in &printed {
        let (open, closed) = (schema::open(command), schema::closed(command));
        schema::check(&open, value, command);
        schema::check(&closed, value, command);
        for (place, altered) in alterations(value) {
            assert!(
                !open.is_valid(&altered),
                "{command}: {place} may be anything"
            );
        }
        let mut more = value.clone();
        more["added_later"] = json!(1);
        assert!(open.is_valid(&more), "{command}: fields may be added");
        assert!(!closed.is_valid(&more), "{command}: and are noticed here");
        met.insert((*command).to_owned());
    }
    assert_eq!(
        met,
        BTreeSet::from_iter(schema::commands()),
        "the commands that print JSON"
    );
}

/// The value with one field missing, or with one that is of no known form.
fn alterations(value: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut places = Vec::new();
    places_in(value, String::new(), &mut places);
    for place in places {
        let mut altered = value.clone();
        // A list in a list stands nowhere.
        *altered.pointer_mut(&place).unwrap() = json!([[]]);
        found.push((place.clone(), altered));
        let (above, name) = place.rsplit_once('/').unwrap();
        let mut altered = value.clone();
        if let Some(fields) = altered.pointer_mut(above).unwrap().as_object_mut() {
            fields.shift_remove(name);
            if !may_be_missing(above, name) {
                found.push((format!("without {place}"), altered));
            }
        }
    }
    found
}

fn places_in(value: &Value, place: String, places: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| (at.to_string(), item))
            .collect(),
        _ => Vec::new(),
    };
    for (name, value) in inner {
        let place = format!("{place}/{name}");
        // There the record lets anything stand.
        let is_free = ["derived_from", "agent", "model", "backend", "usage"]
            .contains(&name.as_str())
            && place != "/model"
            && !place.starts_with("/hits/");
        if !is_free {
            places.push(place.clone());
            places_in(value, place, places);
        }
    }
}

/// What only some have: a thread without a signature is well-formed, an answer may have no model.
fn may_be_missing(above: &str, name: &str) -> bool {
    let optional: &[&str] = match above {
        "" => &["model", "interrupted", "error", "opened"],
        "/thread" => &[
            "signature",
            "aside",
            "anchors",
            "participants",
            "kept_by",
            "former",
            "changed",
            "hides",
            "sealed",
            "epochs",
        ],
        "/thread/changed" | "/thread/hides" | "/opened/messages" => return true,
        "/verification" => &["messages", "chain", "tail", "thread_signature"],
        above if above.starts_with("/thread/messages/") => &["signature"],
        above if above.starts_with("/files/") => {
            &["id", "messages", "chain", "tail", "thread_signature"]
        }
        above if above == "/messages/roles" || above.ends_with("/models") => return true,
        _ => &[],
    };
    optional.contains(&name)
}

#[test]
fn exports_have_the_form_of_the_record() {
    let home = home();
    home.run(&["thread-fork", "first", "--title", "copy"])
        .exits(0);
    let schema = schema::thread();
    let lines = |format: &str| -> Vec<Value> {
        let all = home
            .run(&["thread-export", "--all", "--format", format])
            .exits(0)
            .stdout;
        all.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let (files, bundle) = (lines("json"), lines("bundle"));
    assert_eq!((files.len(), bundle.len()), (4, 5));
    for thread in files.iter().chain(&bundle[1..]) {
        schema::check(&schema, thread, "an export");
    }
    assert!(
        !schema.is_valid(&bundle[0]),
        "a bundle's header is no thread"
    );
    fs::write(home.path().join("one.json"), files[0].to_string()).unwrap();
    home.run(&["verify", "--file", "one.json"]).exits(0);
}
