//! A key that takes the place of another, as others see it.

use crate::cli::contact::person;
use crate::common::TestHome;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

fn json(home: &TestHome, args: &[&str]) -> Value {
    serde_json::from_str(&home.run(args).stdout).unwrap()
}

fn author(home: &TestHome) -> String {
    let author = json(home, &["identity", "--json"])["author"].clone();
    author.as_str().unwrap().to_owned()
}

/// All that one home has on its branches goes to another, by stock git.
fn carry(from: &TestHome, to: &TestHome) {
    let repository = |home: &TestHome| home.mmogit().join("repo.git");
    let mut git = Command::new("git");
    git.arg("-C")
        .arg(repository(to))
        .args(["fetch", "-q", "--force"]);
    git.arg(repository(from))
        .arg("refs/heads/users/*:refs/heads/users/*");
    assert!(git.status().unwrap().success());
}

fn ask(home: &TestHome, text: &str) {
    home.run(&["chat", "--backend", "echo", "-m", text])
        .exits(0);
}

/// Ana, whom Bo knows as such, took new words; somebody kept a copy of her home from before.
fn scene() -> (TestHome, TestHome, TestHome, String, String) {
    let ((ana, ana_card), (bo, _)) = (person("Ana"), person("Bo"));
    ask(&ana, "said before");
    let thief = TestHome::new();
    copy(&ana.mmogit(), &thief.mmogit());
    let older = author(&ana);
    bo.run(&["contact", "add", &ana_card]).exits(0);
    ana.run(&["identity", "rotate", "--no-verify"]).exits(0);
    let newer = author(&ana);
    carry(&ana, &bo);
    (ana, bo, thief, older, newer)
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(copied.unwrap().success());
}

fn of_key<'v>(listed: &'v Value, key: &str) -> &'v Value {
    let all = listed["contacts"].as_array().unwrap();
    all.iter().find(|one| one["key"] == key).unwrap()
}

fn verify_key(home: &TestHome, key: &str) {
    let words = crate::cli::contact::words_for(home, key);
    home.run(&["contact", "verify", key, "--words", &words])
        .exits(0);
}

#[test]
fn a_succession_is_a_question_until_the_newer_key_is_verified() {
    let (_ana, bo, _thief, older, newer) = scene();
    let asked = json(&bo, &["contact", "list", "--json"]);
    assert_eq!(of_key(&asked, &older)["succession"], "claimed");
    assert_eq!(of_key(&asked, &older)["successors"][0], newer.as_str());
    let shown = bo.run(&["contact", "list"]).exits(0).stdout;
    assert!(shown.contains("❓") && shown.contains(&newer), "{shown}");
    verify_key(&bo, &newer);
    let stands = json(&bo, &["contact", "list", "--json"]);
    assert_eq!(of_key(&stands, &older)["succession"], "stands");
    assert_eq!(of_key(&stands, &newer)["name"], "Ana");
    assert!(
        of_key(&stands, &older)["name"]
            .as_str()
            .unwrap()
            .starts_with("Ana (former ")
    );
    assert_eq!(json(&bo, &["verify", "--json"])["good"], true);
}

#[test]
fn what_the_older_key_signs_later_does_not_count_once_the_newer_is_verified() {
    let (_ana, bo, thief, _older, newer) = scene();
    verify_key(&bo, &newer);
    ask(&thief, "said by a thief");
    carry(&thief, &bo);
    let told = json(&bo, &["verify", "--json"]);
    let codes = told.to_string();
    assert!(codes.contains("after-succession"), "{told}");
    assert_eq!(told["good"], false);
    let listed = bo.run(&["thread-list"]).exits(0).stderr;
    assert!(listed.contains("counts for nothing"), "{listed}");
    let listed = json(&bo, &["thread-list", "--all", "--json"]);
    let warned = |message: &str| {
        let threads = listed["threads"].as_array().unwrap();
        let id = |thread: &Value| thread["id"].as_str().unwrap().to_owned();
        let replay = |id: String| bo.run(&["thread-replay", &id]).exits(0);
        let replays: Vec<_> = threads.iter().map(id).map(replay).collect();
        let found = replays
            .iter()
            .find(|replay| replay.stdout.contains(message));
        found.unwrap().stderr.contains("counts for nothing")
    };
    assert!(warned("said by a thief"));
    assert!(!warned("said before"));
}

/// A verified contact who names another contact's key ends that one's branch: loudly.
#[test]
fn a_place_that_only_one_side_says_was_taken_is_told_with_who_says_so() {
    let (_ana, bo, _thief, older, newer) = scene();
    verify_key(&bo, &newer);
    let repository = bo.mmogit().join("repo.git");
    let branch = format!("refs/heads/users/{older}");
    let first = git_says(&repository, &["rev-list", "--max-parents=0", &branch]);
    // The card in which the older key says so is not here any more.
    assert!(!first.is_empty());
    git_says(&repository, &["update-ref", &branch, &first]);
    let _ = fs::remove_file(bo.mmogit().join("state/tips").join(&older));
    let listed = json(&bo, &["contact", "list", "--json"]);
    assert_eq!(
        of_key(&listed, &older)["succession"],
        "one-sided",
        "{listed}"
    );
    assert_eq!(of_key(&listed, &older)["successors"][0], newer.as_str());
    let shown = bo.run(&["contact", "list"]).exits(0).stdout;
    let who = format!("❌ only the card of Ana ({}…)", &newer[..8]);
    assert!(shown.contains(&who), "{shown}");
}

fn git_says(repository: &Path, args: &[&str]) -> String {
    let mut git = Command::new("git");
    let said = git.arg("-C").arg(repository).args(args).output().unwrap();
    assert!(said.status.success(), "{said:?}");
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

#[test]
fn two_successors_are_an_alarm() {
    let (ana, bo, thief, older, newer) = scene();
    thief.run(&["identity", "rotate", "--no-verify"]).exits(0);
    let thiefs = author(&thief);
    // The thief holds both branches of theirs, and takes in what is Ana's, so that both stand there.
    let file = bo.path().join("thief.card");
    let card = thief.run(&["identity", "card", "--json"]).exits(0).stdout;
    fs::write(&file, card).unwrap();
    for key in [&thiefs, &newer] {
        assert_ne!(*key, older);
    }
    drop(ana);
    carry(&thief, &bo);
    // Bo compared keys with both: with one of them somebody deceived him.
    for key in [&newer, &thiefs] {
        bo.run(&[
            "contact",
            "add",
            key,
            "--name",
            &key[..7].replace(char::is_numeric, "x"),
        ])
        .exits(0);
        verify_key(&bo, key);
    }
    let listed = json(&bo, &["contact", "list", "--json"]);
    assert_eq!(
        of_key(&listed, &older)["succession"],
        "contested",
        "{listed}"
    );
    let shown = bo.run(&["contact", "list"]).exits(0).stdout;
    assert!(shown.contains("none is believed"), "{shown}");
}

/// Whoever has the older words could read it.
#[test]
fn nothing_is_sealed_for_a_key_whose_place_another_took() {
    let (_ana, bo, _thief, older, newer) = scene();
    bo.run(&[
        "chat",
        "--encrypt",
        "--backend",
        "echo",
        "--title",
        "plan",
        "-m",
        "quietly",
    ])
    .exits(0);
    let ways = [
        vec!["chat", "--to", &older, "--backend", "echo", "-m", "for you"],
        vec!["thread-readers", "plan", "add", &older],
    ];
    // While it is only claimed, and once it stands.
    for is_verified in [false, true] {
        if is_verified {
            verify_key(&bo, &newer);
        }
        for way in &ways {
            let refused = bo.run(way).exits(1).stderr;
            let why = format!("{}… says that it took the place of", &newer[..8]);
            assert!(refused.contains(&why), "{refused}");
            assert!(refused.contains("mmogit contact verify"), "{refused}");
        }
    }
    let readers = json(&bo, &["thread-readers", "plan", "--json"]);
    assert_eq!(readers["readers"].as_array().unwrap().len(), 1, "{readers}");
    bo.run(&["thread-readers", "plan", "add", &newer]).exits(0);
}
