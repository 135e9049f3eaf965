//! `thread-import`: one's own threads come home whole; nothing else comes in.

use crate::cli::export::with_threads;
use crate::common::TestHome;
use crate::support::schema;
use serde_json::Value;
use std::fs;

const SAMPLES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/vectors/independent/threads"
);

/// Another computer with the same words.
pub fn recovered(from: &TestHome) -> TestHome {
    let words = from.run(&["identity", "words"]).exits(0).stdout;
    let home = TestHome::new();
    home.run_with_input(&["init", "--recover"], words).exits(0);
    home
}

/// Carries all threads of a home into a file of another.
fn carry(from: &TestHome, to: &TestHome, name: &str) {
    let bundle = from
        .run(&["thread-export", "--all", "--format", "bundle"])
        .exits(0)
        .stdout;
    fs::write(to.path().join(name), bundle).unwrap();
}

fn outcomes(home: &TestHome, args: &[&str], code: i32) -> Vec<String> {
    let ran = home
        .run(&[&["thread-import", "--json"], args].concat())
        .exits(code);
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    let threads = value["threads"].as_array().unwrap();
    threads
        .iter()
        .map(|thread| thread["outcome"].as_str().unwrap().to_owned())
        .collect()
}

pub fn sorted(home: &TestHome) -> Vec<String> {
    let mut files: Vec<String> = home
        .thread_files()
        .iter()
        .map(ToString::to_string)
        .collect();
    files.sort();
    files
}

#[test]
fn all_threads_come_home_unchanged() {
    let old = with_threads();
    // Set aside, tagged, put away: all of it is carried.
    old.run_with_input(
        &["chat", "--continue", "first", "--backend", "echo"],
        "more\n/retry\n/tag kept\n",
    )
    .exits(0);
    old.run(&["thread-archive", "Second"]).exits(0);
    let new = recovered(&old);
    carry(&old, &new, "b");
    assert_eq!(outcomes(&new, &["--dry-run", "b"], 0), ["new", "new"]);
    assert!(
        !new.mmogit().join("repo.git").exists(),
        "a dry run makes nothing"
    );
    let ran = new.run(&["thread-import", "b"]).exits(0);
    assert_eq!(
        ran.stdout.matches(": imported").count(),
        2,
        "{}",
        ran.stdout
    );
    // Roots, ids, messages, signatures: every field is as it was.
    assert_eq!(sorted(&new), sorted(&old));
    new.run(&["verify"]).exits(0);
    assert_eq!(outcomes(&new, &["b"], 0), ["known", "known"]);
    assert_eq!(sorted(&new), sorted(&old));
}

pub fn commits(home: &TestHome) -> Vec<String> {
    let output = std::process::Command::new("git")
        .args(["log", "--format=%s"])
        .current_dir(home.mmogit().join("repo.git"))
        .output()
        .unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn all_that_is_named_comes_in_by_one_commit() {
    let old = with_threads();
    let new = recovered(&old);
    carry(&old, &new, "b");
    old.run(&[
        "chat",
        "--continue",
        "first",
        "--backend",
        "echo",
        "-m",
        "more",
    ])
    .exits(0);
    old.run(&["chat", "--title", "third", "--backend", "echo", "-m", "hi"])
        .exits(0);
    carry(&old, &new, "newer");
    // The newest thread comes first in a bundle; of one that stands in both, the later state
    // counts.
    assert_eq!(
        outcomes(&new, &["b", "newer"], 0),
        ["new", "new", "new", "known", "updated"]
    );
    assert_eq!(sorted(&new), sorted(&old));
    assert_eq!(commits(&new), ["3 threads"]);
    new.run(&["verify"]).exits(0);
    assert_eq!(outcomes(&new, &["newer", "b"], 0), ["known"; 5]);
    assert_eq!(commits(&new), ["3 threads"], "nothing new is no commit");
}

#[test]
fn what_stays_outside_makes_no_store() {
    let old = TestHome::new();
    old.run(&["init", "--no-verify"]).exits(0);
    let new = recovered(&old);
    let path = format!("{SAMPLES}/good-basic.json");
    assert_eq!(outcomes(&new, &[&path], 1), ["foreign"]);
    assert!(!new.mmogit().join("repo.git").exists());
}

#[test]
fn what_grew_on_both_sides_is_united_and_nothing_is_lost() {
    let one = with_threads();
    let other = recovered(&one);
    carry(&one, &other, "b");
    other.run(&["thread-import", "b"]).exits(0);
    other
        .run(&[
            "chat",
            "--continue",
            "first",
            "--backend",
            "echo",
            "-m",
            "there",
        ])
        .exits(0);
    carry(&other, &one, "newer");
    // Only there: the newer version takes the older one's place, as it is.
    assert_eq!(outcomes(&one, &["newer"], 0), ["known", "updated"]);
    assert_eq!(sorted(&one), sorted(&other));
    // An older one brings back nothing that was set aside, nor anything else.
    assert_eq!(outcomes(&other, &["b"], 0), ["known", "known"]);
    one.run(&[
        "chat",
        "--continue",
        "first",
        "--backend",
        "echo",
        "-m",
        "here",
    ])
    .exits(0);
    other
        .run(&[
            "chat",
            "--continue",
            "first",
            "--backend",
            "echo",
            "-m",
            "there too",
        ])
        .exits(0);
    carry(&other, &one, "both");
    assert_eq!(outcomes(&one, &["both"], 0), ["known", "updated"]);
    let all = one.run(&["thread-export", "first"]).exits(0).stdout;
    for text in ["hello", "there", "here", "there too"] {
        assert!(all.contains(&format!("> {text}\n")), "{text}: {all}");
    }
    one.run(&["verify"]).exits(0);
}

#[test]
fn an_answer_set_aside_since_stays_aside() {
    let home = with_threads();
    let before = home
        .run(&["thread-export", "--all", "--format", "bundle"])
        .exits(0)
        .stdout;
    fs::write(home.path().join("before"), before).unwrap();
    home.run_with_input(
        &["chat", "--continue", "first", "--backend", "echo"],
        "/retry\n",
    )
    .exits(0);
    let kept = sorted(&home);
    assert_eq!(outcomes(&home, &["before"], 0), ["known", "known"]);
    assert_eq!(sorted(&home), kept);
}

#[test]
fn what_was_tampered_with_stays_outside_and_the_rest_comes_in() {
    let old = with_threads();
    let new = recovered(&old);
    carry(&old, &new, "b");
    let bundle = fs::read_to_string(new.path().join("b")).unwrap();
    fs::write(new.path().join("altered"), bundle.replace("hello", "hullo")).unwrap();
    let ran = new.run(&["thread-import", "altered"]).exits(3);
    assert!(
        ran.stdout.contains("left outside: message 1"),
        "{}",
        ran.stdout
    );
    assert_eq!(new.thread_files().len(), 1, "the other one proves itself");
    let ran = new
        .run(&["thread-import", &format!("{SAMPLES}/malformed-float.json")])
        .exits(3);
    assert!(ran.stdout.contains("malformed"), "{}", ran.stdout);
    let ran = new
        .run(&["thread-import", &format!("{SAMPLES}/legacy.json")])
        .exits(3);
    assert!(ran.stdout.contains("older mmogit"), "{}", ran.stdout);
    // A bundle that lost a line says so, and what is left of it comes in.
    let cut: String = bundle
        .lines()
        .take(2)
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(new.path().join("cut"), cut).unwrap();
    let ran = new.run(&["thread-import", "cut"]).exits(3);
    assert!(
        ran.stdout
            .contains("its header names 2 thread(s), and 1 are there"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_nothing_proves_has_a_code() {
    let home = with_threads();
    let bundle = "{\"mmogit_bundle\":1}\n\n\n\n[]\n";
    fs::write(home.path().join("b"), bundle).unwrap();
    let ran = home.run(&["thread-import", "b", "--json"]).exits(3);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    schema::check(&schema::closed("thread-import"), &told, "an import");
    let mut codes = Vec::new();
    for import in told["threads"].as_array().unwrap() {
        let place = import["place"].as_str().unwrap();
        let code = import["findings"][0]["code"].as_str().unwrap();
        codes.push((place, code));
    }
    let expected = [
        ("b", "bundle-count-missing"),
        ("b:2-4", "blank-lines"),
        ("b:5", "not-an-object"),
    ];
    assert_eq!(codes, expected);
}

#[test]
fn others_threads_stay_where_they_prove_themselves() {
    let home = with_threads();
    let path = format!("{SAMPLES}/good-basic.json");
    let before = sorted(&home);
    let ran = home.run(&["thread-import", &path]).exits(1);
    assert!(
        ran.stdout.contains("not by you") && ran.stdout.contains("thread-replay --file"),
        "{}",
        ran.stdout
    );
    assert_eq!(sorted(&home), before);
    // And there they can be read.
    let ran = home.run(&["thread-replay", "--file", &path]).exits(0);
    assert!(ran.stdout.contains("✅ Signed:"), "{}", ran.stdout);
}

#[test]
fn a_file_that_is_no_thread_is_told_to_be_none() {
    let home = with_threads();
    for (name, text) in [
        ("notes.txt", "hello\n"),
        ("other.json", "{\"a\": 1}"),
        ("list.json", "[1]"),
        ("empty", ""),
    ] {
        std::fs::write(home.path().join(name), text).unwrap();
        for args in [
            &["thread-replay", "--file"][..],
            &["verify", "--file"],
            &["thread-import"],
        ] {
            let ran = home.run(&[args, &[name]].concat()).exits(1);
            let told = match (name, args) {
                ("empty", ["thread-import"]) => "empty is empty".to_owned(),
                _ => format!("{name} is no thread and no bundle"),
            };
            assert!(ran.stderr.contains(&told), "{args:?}: {ran:?}");
            assert_eq!(ran.stdout, "", "{args:?}");
        }
    }
    // One that was a thread is checked, whatever is wrong with it.
    let cut = format!("{SAMPLES}/malformed-cut.json");
    for args in [
        &["thread-replay", "--file"][..],
        &["verify", "--file"],
        &["thread-import"],
    ] {
        home.run(&[args, &[&cut]].concat()).exits(3);
    }
}

#[test]
fn a_file_is_read_without_a_home_and_a_bundle_asks_which() {
    let home = with_threads();
    let reader = TestHome::new();
    carry(&home, &reader, "b");
    let asked = reader.run(&["thread-replay", "--file", "b"]).exits(1);
    assert!(
        asked.stderr.contains("2 threads fit") && asked.stderr.contains("first one"),
        "{}",
        asked.stderr
    );
    let ran = reader
        .run(&["thread-replay", "FIRST", "--file", "b"])
        .exits(0);
    assert!(ran.stdout.contains("human: hello"), "{}", ran.stdout);
    assert!(
        reader
            .run(&["thread-replay", "x", "--file", "b"])
            .exits(1)
            .stderr
            .contains("Thread not found: x")
    );
    let bad = format!("{SAMPLES}/bad-content.json");
    let ran = reader.run(&["thread-replay", "--file", &bad]).exits(3);
    assert!(
        ran.stderr.contains("mmogit verify --file"),
        "{}",
        ran.stderr
    );
    reader
        .run(&[
            "thread-replay",
            "--file",
            &format!("{SAMPLES}/malformed-cut.json"),
        ])
        .exits(3);
    reader.run(&["thread-replay", "--file", "."]).exits(1);
    let listed = regex_lite::Regex::new(
        r"  thread_\d+  first one \(\d{4}-\d\d-\d\dT[\d:]+Z, \d+ messages; b:\d\)",
    );
    assert!(listed.unwrap().is_match(&asked.stderr), "{}", asked.stderr);
    assert!(!reader.mmogit().exists(), "reading makes nothing");
}

#[test]
fn without_an_identity_or_a_file_it_says_what_to_do() {
    let home = TestHome::new();
    let ran = home.run(&["thread-import", "b"]).exits(1);
    assert!(
        ran.stderr.contains("mmogit init --recover"),
        "{}",
        ran.stderr
    );
    let home = with_threads();
    let ran = home.run(&["thread-import", "nowhere"]).exits(1);
    assert!(
        ran.stderr.contains("nowhere") && ran.stderr.contains("hint: "),
        "{}",
        ran.stderr
    );
}
