//! Cards and contacts, as two people exchange them.

use crate::common::TestHome;
use serde_json::Value;
use std::fs;

/// A home with an identity that is called so, and its card in a file.
pub fn person(name: &str) -> (TestHome, String) {
    let home = TestHome::new();
    home.run(&["init", "--no-verify"]).exits(0);
    let card = home.run(&["identity", "card", "--name", name, "--json"]);
    let file = home.path().join(format!("{name}.card"));
    fs::write(&file, card.exits(0).stdout).unwrap();
    (home, file.to_str().unwrap().to_owned())
}

fn json(home: &TestHome, args: &[&str]) -> Value {
    serde_json::from_str(&home.run(args).exits(0).stdout).unwrap()
}

/// What the comparison with somebody shows; nothing is compared yet.
pub fn words_for(home: &TestHome, who: &str) -> String {
    let shown = home.run(&["contact", "verify", who, "--json"]).exits(1);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    let words = shown["words"].as_array().unwrap();
    let words: Vec<&str> = words.iter().map(|word| word.as_str().unwrap()).collect();
    words.join(" ")
}

fn is_verified(home: &TestHome) -> bool {
    let listed = json(home, &["contact", "list", "--json"]);
    listed["contacts"][0]["verified"].as_bool().unwrap()
}

#[test]
fn a_card_has_a_name_once_it_is_given_one() {
    let home = TestHome::new();
    home.run(&["init", "--no-verify"]).exits(0);
    let nameless = home.run(&["identity", "card"]).exits(0);
    assert!(
        nameless.stdout.contains("(no name yet)"),
        "{}",
        nameless.stdout
    );
    assert!(nameless.stderr.contains("--name"), "{}", nameless.stderr);
    home.run(&["identity", "card", "--name", "Ana"]).exits(0);
    let card = json(&home, &["identity", "card", "--json"]);
    assert_eq!(card["name"], "Ana");
    assert_eq!(
        card["author"],
        json(&home, &["identity", "--json"])["author"]
    );
    for bad in ["", "a\u{202e}b", "0123abcd"] {
        home.run(&["identity", "card", "--name", bad]).exits(2);
    }
    home.run(&["verify"]).exits(0);
}

#[test]
fn two_people_compare_their_keys() {
    let ((ana, ana_card), (bo, bo_card)) = (person("Ana"), person("Bo"));
    ana.run(&["contact", "add", &bo_card]).exits(0);
    bo.run(&["contact", "add", &ana_card, "--name", "Anita"])
        .exits(0);
    let words = words_for(&ana, "Bo");
    assert_eq!(words.split(' ').count(), 16, "{words}");
    assert_eq!(words_for(&bo, "Anita"), words);
    let others = words.replacen(words.split(' ').next().unwrap(), "abandon", 1);
    ana.run(&["contact", "verify", "Bo", "--words", &others])
        .exits(3);
    assert_eq!(
        json(&ana, &["contact", "list", "--json"])["contacts"][0]["verified"],
        false
    );
    ana.run(&["contact", "verify", "Bo", "--words", &words])
        .exits(0);
    let listed = json(&ana, &["contact", "list", "--json"]);
    assert_eq!(listed["contacts"][0]["verified"], true);
    assert_eq!(listed["contacts"][0]["name"], "Bo");
    let shown = ana.run(&["contact", "list"]).exits(0).stdout;
    assert!(
        shown.contains("Bo (") && shown.contains("✅ verified"),
        "{shown}"
    );
    ana.run(&["contact", "remove", "Bo"]).exits(0);
    assert_eq!(
        json(&ana, &["contact", "list", "--json"])["contacts"],
        Value::Array(vec![])
    );
    ana.run(&["contact", "remove", "Bo"]).exits(2);
}

#[test]
fn what_is_no_comparison_says_nothing_about_keys() {
    let ((ana, _), (_bo, bo_card)) = (person("Ana"), person("Bo"));
    ana.run(&["contact", "add", &bo_card]).exits(0);
    let later = ana.run(&["contact", "verify", "Bo"]).exits(1);
    assert!(later.stderr.contains("nothing noted"), "{}", later.stderr);
    assert!(!later.stderr.contains("not the same"), "{}", later.stderr);
    let words = words_for(&ana, "Bo");
    let typo = words.replacen(words.split(' ').next().unwrap(), "abandn", 1);
    for (bad, why) in [
        ("zoo zoo zoo", "16 words are expected, 3 were given"),
        ("", "16 words are expected, 0 were given"),
        (&typo, "word 1, “abandn”, is not in the list"),
    ] {
        let refused = ana.run(&["contact", "verify", "Bo", "--words", bad]);
        let refused = refused.exits(2).stderr;
        assert!(refused.contains(why), "{refused}");
    }
    assert!(!is_verified(&ana));
    // As they are shown, with their numbers, in columns.
    let grid = later.stdout.split_once("\n\n").unwrap().1;
    assert!(grid.starts_with("   1. "), "{grid}");
    ana.run(&["contact", "verify", "Bo", "--words", grid])
        .exits(0);
    assert!(is_verified(&ana));
}

#[test]
fn other_words_take_back_that_somebody_was_verified() {
    let ((ana, _), (_bo, bo_card)) = (person("Ana"), person("Bo"));
    ana.run(&["contact", "add", &bo_card]).exits(0);
    let words = words_for(&ana, "Bo");
    let others = "zoo ".repeat(16);
    let with = |words: &str| ana.run(&["contact", "verify", "Bo", "--words", words]);
    let first = with(&others).exits(3).stderr;
    assert!(first.contains("Nothing was noted"), "{first}");
    with(&words).exits(0);
    assert!(is_verified(&ana));
    with("zoo").exits(2);
    assert!(is_verified(&ana), "too few words are no doubt");
    let doubted = with(&others).exits(3).stderr;
    assert!(doubted.contains("so no more"), "{doubted}");
    assert!(!is_verified(&ana));
}

#[test]
fn a_forged_card_and_a_name_that_looks_the_same_are_refused() {
    let ((ana, ana_card), (_bo, bo_card), (_eve, eve_card)) =
        (person("Ana"), person("Bo"), person("Bо"));
    let edited = fs::read_to_string(&bo_card).unwrap().replace("Bo", "Eve");
    let forged = ana.path().join("forged.card");
    fs::write(&forged, edited).unwrap();
    let refused = ana.run(&["contact", "add", forged.to_str().unwrap()]);
    assert!(refused.exits(3).stderr.contains("its signature is wrong"));
    ana.run(&["contact", "add", &bo_card]).exits(0);
    let alike = ana.run(&["contact", "add", &eve_card]).exits(2);
    assert!(alike.stderr.contains("looks like"), "{}", alike.stderr);
    ana.run(&["contact", "add", &eve_card, "--name", "Other"])
        .exits(0);
    let own = ana.run(&["contact", "add", &ana_card]).exits(2);
    assert!(own.stderr.contains("your own key"), "{}", own.stderr);
    ana.run(&["contact", "add", "nobody"]).exits(2);
}

#[test]
fn contacts_that_somebody_else_wrote_are_not_believed() {
    let ((ana, _), (_bo, bo_card)) = (person("Ana"), person("Bo"));
    ana.run(&["contact", "add", &bo_card]).exits(0);
    let file = ana.mmogit().join("contacts.json");
    let good = fs::read_to_string(&file).unwrap();
    let verified = good.replace(
        "\"verified_at\": null",
        "\"verified_at\": \"2026-01-01T00:00:00.000Z\"",
    );
    assert_ne!(good, verified);
    for bad in [&verified, "{", ""] {
        fs::write(&file, bad).unwrap();
        let refused = ana.run(&["contact", "list"]).exits(3);
        assert!(refused.stderr.contains("damaged"), "{}", refused.stderr);
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            *bad,
            "it stays as it is"
        );
    }
}
