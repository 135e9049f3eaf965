//! New words in the place of older ones.

use crate::cli::contact::person;
use crate::common::TestHome;
use serde_json::Value;
use std::fs;
use std::process::Command;

fn json(home: &TestHome, args: &[&str]) -> Value {
    serde_json::from_str(&home.run(args).exits(0).stdout).unwrap()
}

fn author(home: &TestHome) -> String {
    let author = json(home, &["identity", "--json"])["author"].clone();
    author.as_str().unwrap().to_owned()
}

fn ask(home: &TestHome, text: &str) {
    home.run(&["chat", "--backend", "echo", "-m", text])
        .exits(0);
}

#[test]
fn both_cards_name_each_other_and_all_stays_good() {
    let home = TestHome::new();
    ask(&home, "said before");
    home.run(&["identity", "card", "--name", "Ana"]).exits(0);
    let older = author(&home);
    let words = home.run(&["identity", "rotate", "--no-verify"]).exits(0);
    assert_eq!(words.stdout.split_whitespace().count(), 24);
    let newer = author(&home);
    assert_ne!(newer, older);
    let card = json(&home, &["identity", "card", "--json"]);
    assert_eq!(
        (&card["name"], &card["author"]),
        (&"Ana".into(), &newer.as_str().into())
    );
    assert_eq!(card["succeeds"][0]["key"], older.as_str());
    let shown = home.run(&["identity", "words"]).exits(0).stdout;
    assert_eq!(shown, words.stdout);
    let kept = home.mmogit().join(format!("former/{older}.json"));
    assert!(fs::read_to_string(kept).unwrap().contains(&older));
    assert!(!home.mmogit().join("identity.next.json").exists());
    ask(&home, "said after");
    let verified = json(&home, &["verify", "--json"]);
    assert_eq!(verified["good"], true, "{verified}");
    assert_eq!(verified["branches"].as_array().unwrap().len(), 2);
}

#[test]
fn contacts_stay_known_and_verified() {
    let (home, _) = person("Ana");
    let (_bo, card) = person("Bo");
    home.run(&["contact", "add", &card]).exits(0);
    home.run(&["identity", "rotate", "--no-verify"]).exits(0);
    let listed = json(&home, &["contact", "list", "--json"]);
    assert_eq!(listed["contacts"][0]["name"], "Bo", "{listed}");
    let file = fs::read_to_string(home.mmogit().join("contacts.json")).unwrap();
    assert!(
        file.contains(&format!("\"author\": \"{}\"", author(&home))),
        "{file}"
    );
    assert_eq!(json(&home, &["verify", "--json"])["good"], true);
}

#[test]
fn a_rotation_that_was_begun_goes_on_with_the_words_that_were_shown() {
    let home = TestHome::new();
    ask(&home, "said before");
    let older = author(&home);
    let other = TestHome::new();
    other.run(&["init", "--no-verify"]).exits(0);
    fs::copy(
        other.mmogit().join("identity.json"),
        home.mmogit().join("identity.next.json"),
    )
    .unwrap();
    assert_eq!(author(&home), older);
    ask(&home, "the older identity is whole");
    let went_on = home.run(&["identity", "rotate", "--no-verify"]).exits(0);
    assert_eq!(went_on.stdout, "", "no other words are shown");
    assert!(went_on.stderr.contains("broken off"), "{}", went_on.stderr);
    assert_eq!(author(&home), author(&other));
}

#[test]
fn a_key_with_a_successor_says_nothing_more() {
    let home = TestHome::new();
    ask(&home, "said before");
    let vault = fs::read(home.mmogit().join("identity.json")).unwrap();
    home.run(&["identity", "rotate", "--no-verify"]).exits(0);
    fs::write(home.mmogit().join("identity.json"), vault).unwrap();
    for command in [
        &["chat", "--backend", "echo", "-m", "x"][..],
        &["thread-rename", "said", "other"],
        &["identity", "card", "--name", "Thief"],
    ] {
        let refused = home.run(command).exits(1);
        assert!(
            refused.stderr.contains("has a successor"),
            "{}",
            refused.stderr
        );
    }
    let again = home.run(&["identity", "rotate", "--no-verify"]).exits(1);
    assert!(again.stderr.contains("has a successor"), "{}", again.stderr);
}

#[test]
fn a_thread_of_the_older_key_goes_on_as_a_copy_and_only_one() {
    let home = TestHome::new();
    home.run(&[
        "chat",
        "--backend",
        "echo",
        "--title",
        "talk",
        "-m",
        "said before",
    ])
    .exits(0);
    let older = author(&home);
    let listed = json(&home, &["thread-list", "--json"]);
    let id = listed["threads"][0]["id"].as_str().unwrap().to_owned();
    home.run(&["identity", "rotate", "--no-verify"]).exits(0);
    for text in ["said after", "and more"] {
        home.run(&["chat", "--continue", &id, "--backend", "echo", "-m", text])
            .exits(0);
    }
    let listed = json(&home, &["thread-list", "--json"]);
    let threads = listed["threads"].as_array().unwrap();
    assert_eq!(
        (threads.len(), &listed["total"]),
        (1, &1.into()),
        "{listed}"
    );
    let copy = &threads[0];
    assert_ne!(copy["author"], older.as_str());
    assert_eq!(
        (&copy["title"], &copy["message_count"]),
        (&"talk".into(), &6.into())
    );
    assert_eq!(json(&home, &["verify", "--json"])["good"], true);
    let file = home
        .thread_files()
        .into_iter()
        .find(|file| file["id"] == copy["id"])
        .unwrap();
    assert_eq!(file["former"][0]["key"], older.as_str());
    assert_eq!(file["former"][0]["times"], 1);
    let agents = file["agents"].as_array().unwrap();
    assert!(
        agents.iter().any(|agent| agent["by"] == older.as_str()),
        "{agents:?}"
    );
}

/// A home that took a newer key, with what the older one said in the thread `hello`: its id.
fn rotated(with: &[&str]) -> (TestHome, String) {
    let home = TestHome::new();
    home.run(&["init", "--no-verify"]).exits(0);
    let first = ["chat", "--backend", "echo", "--title", "hello", "-m", "one"];
    home.run(&[&first, with].concat()).exits(0);
    home.run(&[
        "chat",
        "--backend",
        "echo",
        "--continue",
        "hello",
        "-m",
        "two",
    ])
    .exits(0);
    let listed = json(&home, &["thread-list", "--json"]);
    let id = listed["threads"][0]["id"].as_str().unwrap().to_owned();
    home.run(&["identity", "rotate", "--no-verify"]).exits(0);
    (home, id)
}

fn go_on(home: &TestHome, text: &str) {
    home.run(&[
        "chat",
        "--backend",
        "echo",
        "--continue",
        "hello",
        "-m",
        text,
    ])
    .exits(0);
}

fn listed_ids(home: &TestHome) -> Vec<String> {
    let listed = json(home, &["thread-list", "--json"]);
    let threads = listed["threads"].as_array().unwrap();
    assert_eq!(listed["total"], threads.len());
    let ids = threads.iter().map(|thread| thread["id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

#[test]
fn the_older_thread_gives_way_to_its_copy() {
    for with in [&[][..], &["--encrypt"]] {
        let (home, older) = rotated(with);
        assert_eq!(listed_ids(&home), [older.as_str()]);
        go_on(&home, "three");
        go_on(&home, "four");
        let ids = listed_ids(&home);
        assert_eq!(ids.len(), 1, "{with:?}: {ids:?}");
        assert_ne!(ids[0], older);
        let replayed = home.run(&["thread-replay", "hello"]).exits(0).stdout;
        assert!(replayed.contains("four"), "{replayed}");
        let older = home.run(&["thread-replay", &older]).exits(0).stdout;
        assert!(older.contains("two") && !older.contains("three"), "{older}");
    }
}

#[test]
fn a_part_of_the_older_thread_takes_the_place_of_nothing() {
    let (home, older) = rotated(&[]);
    home.run(&["thread-fork", "hello", "--at", "2", "--title", "part"])
        .exits(0);
    let ids = listed_ids(&home);
    assert!(ids.len() == 2 && ids.contains(&older), "{ids:?}");
}

#[test]
fn each_newer_copy_takes_the_place_of_the_one_before() {
    let (home, _) = rotated(&[]);
    go_on(&home, "three");
    home.run(&["identity", "rotate", "--no-verify"]).exits(0);
    assert_eq!(listed_ids(&home).len(), 1);
    go_on(&home, "four");
    assert_eq!(listed_ids(&home).len(), 1);
}

#[test]
fn who_had_the_older_key_is_nobody_else() {
    let (home, _) = rotated(&[]);
    let first = author(&home);
    go_on(&home, "three");
    home.run(&["identity", "rotate", "--no-verify"]).exits(0);
    assert_ne!(author(&home), first);
    go_on(&home, "four");
    let listed = home.run(&["thread-list"]).exits(0).stdout;
    assert!(!listed.contains("With "), "{listed}");
    let shown = home.run(&["thread-replay", "hello"]).exits(0).stdout;
    assert!(shown.contains("you, with an older key"), "{shown}");
}

#[test]
fn what_others_sealed_for_the_older_key_stays_open() {
    let ((ana, ana_card), (di, di_card)) = (person("Ana"), person("Di"));
    let remote = ana.path().join("remote.git");
    let made = Command::new("git")
        .args(["init", "-q", "--bare"])
        .arg(&remote)
        .status();
    assert!(made.unwrap().success());
    for (home, card) in [(&ana, &di_card), (&di, &ana_card)] {
        home.run(&["contact", "add", card]).exits(0);
        let place = remote.to_str().unwrap();
        home.run(&["remote", "add", "origin", place]).exits(0);
    }
    let begin = ["chat", "--backend", "echo", "--to", &di_card, "--encrypt"];
    let said = ["--title", "for Di", "-m", "a word for Di"];
    ana.run(&[&begin[..], &said].concat()).exits(0);
    let listed = json(&ana, &["thread-list", "--json"]);
    let id = listed["threads"][0]["id"].as_str().unwrap().to_owned();
    ana.run(&["sync"]).exits(0);
    di.run(&["sync"]).exits(0);
    let before = di.run(&["thread-replay", &id]).exits(0).stdout;
    assert!(before.contains("a word for Di"), "{before}");
    di.run(&["identity", "rotate", "--no-verify"]).exits(0);
    let after = di.run(&["thread-replay", &id]).exits(0).stdout;
    assert!(after.contains("a word for Di"), "{after}");
    let listed = di.run(&["thread-list"]).exits(0).stdout;
    assert!(listed.contains("for Di"), "{listed}");
    // Without the older words there is nothing that opens it.
    fs::remove_dir_all(di.mmogit().join("former")).unwrap();
    let closed = di.run(&["thread-replay", &id]).exits(0).stdout;
    assert!(!closed.contains("a word for Di"), "{closed}");
}
