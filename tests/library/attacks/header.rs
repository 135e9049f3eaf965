//! Attacks on a thread as a whole.

use super::forge::Forge;
use crate::support::{Home, Say, keys, me, resume, thread_of};
use mmogit::verify::{PlaceFault, ThreadFinding, Verdict};
use mmogit::workspace::{FileFinding, Obstacle, WorkError};
use serde_json::{Value, json};

const HEADER: &str = "thread-signature-wrong";

#[test]
fn every_header_field_is_signed() {
    let changes: [(&str, Value); 8] = [
        ("title", "another".into()),
        ("tags", json!(["added"])),
        ("state", "archived".into()),
        ("updated_at", "2026-01-02T00:00:00.000Z".into()),
        ("agents", json!([])),
        ("participants", json!([keys(9).public().to_string()])),
        ("from_the_future", 1.into()),
        ("aside", json!([])),
    ];
    for (name, value) in changes {
        let forge = Forge::new();
        forge.edit(|file| file[name] = value);
        let (verdict, problems) = forge.verdict();
        assert_eq!(verdict, Verdict::Invalid, "{name}");
        let of_header = |kind: &String| kind == HEADER;
        assert!(problems.iter().any(of_header), "{name}: {problems:#?}");
    }
}

#[test]
fn what_was_fixed_at_birth_binds_every_message() {
    for (name, value) in [("mode", Value::from("inner")), ("project", "stolen".into())] {
        let forge = Forge::new();
        forge.edit_as_owner(|file| file[name] = value);
        forge.assert_invalid(&["chain-broken 1", "messages-taken-away", "branch-moved-back"]);
    }
}

#[test]
fn another_authors_thread_on_my_branch_is_caught() {
    let forge = Forge::new();
    let other = Home::new();
    let theirs = other.chat_with(&other.workspace(), keys(9), 1);
    forge.replace(&theirs);
    forge.assert_invalid(&[
        "on-foreign-branch",
        "messages-taken-away",
        "branch-moved-back",
    ]);
}

#[test]
fn a_copy_kept_by_a_stranger_is_caught() {
    let forge = Forge::new();
    let stranger = keys(9);
    let mut file = forge.thread().to_value();
    file["kept_by"] = stranger.public().to_string().into();
    let mut thread = thread_of(&serde_json::to_vec(&file).unwrap());
    stranger.owner().sign_thread(&mut thread);
    forge.replace(&thread);
    forge.assert_invalid(&["kept-by-stranger", "on-foreign-branch"]);
}

#[test]
fn a_participants_copy_on_my_branch_is_told_and_never_united_with_mine() {
    let forge = Forge::new();
    let workspace = forge.home.workspace();
    let store = forge.home.store();
    let (keys, other) = (me(), keys(9));
    let mut session = resume(&workspace, &store, keys);
    session.say("mine").unwrap();

    let mut file = forge.thread().to_value();
    file["participants"] = json!([other.public().to_string()]);
    file["kept_by"] = other.public().to_string().into();
    file["updated_at"] = "2027-01-01T00:00:00.000Z".into();
    file["title"] = "theirs".into();
    let mut thread = thread_of(&serde_json::to_vec(&file).unwrap());
    other.owner().sign_thread(&mut thread);
    forge.replace(&thread);
    forge.assert_invalid(&["on-foreign-branch"]);

    let saved = session.end().unwrap().unwrap();
    assert_eq!((saved.title(), saved.signer()), ("a talk", keys.public()));
    assert_eq!(forge.verdict(), (Verdict::Valid, Vec::new()));
}

#[test]
fn a_thread_under_another_ids_name_is_caught() {
    let forge = Forge::new();
    let path = forge.path();
    let elsewhere = path.replace("/thread_", "/thread_9");
    assert_ne!(path, elsewhere);
    forge.put(&elsewhere, &forge.bytes());
    let report = forge.home.verify();
    let bad: Vec<_> = report.files.iter().filter(|file| file.is_bad()).collect();
    assert_eq!(bad.len(), 1);
    assert_eq!(bad[0].path, elsewhere);
    let misplaced = ThreadFinding::Place(PlaceFault::Elsewhere { place: path });
    assert_eq!(bad[0].findings, [FileFinding::Thread(misplaced.clone())]);

    // What is invalid there is nothing to go on from either.
    let workspace = forge.home.workspace();
    let name = elsewhere.rsplit('/').next().unwrap();
    let name = name.strip_suffix(".json").unwrap();
    let found = || workspace.threads().find(name).unwrap();
    let owner = me().public();
    let continued = workspace.threads().continuable(found(), &owner);
    let renamed = workspace.organiser().rename(me(), found(), "another");
    let forked = workspace.organiser().fork(me(), found(), None, None);
    for refused in [continued.map(drop), renamed.map(drop), forked.map(drop)] {
        let Err(WorkError::Unfit { why, .. }) = refused else {
            panic!("{refused:?}");
        };
        let Obstacle::Invalid(untrue) = why else {
            panic!("{why:?}");
        };
        assert_eq!(untrue.findings, std::slice::from_ref(&misplaced));
    }
}

#[test]
fn a_thread_on_another_day_or_under_another_root_is_caught() {
    let forge = Forge::new();
    let path = forge.path();
    for elsewhere in [
        path.replace("/01/", "/02/"),
        path.replace(".json", "-01234567.json"),
    ] {
        assert_ne!(path, elsewhere);
        forge.put(&elsewhere, &forge.bytes());
        let report = forge.home.verify();
        let bad: Vec<_> = report
            .files
            .iter()
            .filter(|file| file.is_bad())
            .map(|file| &file.path)
            .collect();
        assert!(
            bad.contains(&&elsewhere) && !bad.contains(&&path),
            "{bad:?}"
        );
    }
}

#[test]
fn an_escape_sequence_in_a_title_is_the_owners_right_and_nothing_else() {
    // Showing it safely is the faces' part; the record says only who wrote it.
    let forge = Forge::new();
    forge.edit_as_owner(|file| file["title"] = "\u{1b}[2J\u{1b}]0;owned\u{7}\r".into());
    assert_eq!(forge.verdict(), (Verdict::Valid, Vec::new()));
    assert_eq!(forge.thread().title(), "\u{1b}[2J\u{1b}]0;owned\u{7}\r");

    let forge = Forge::new();
    forge.edit(|file| file["title"] = "\u{1b}[2J".into());
    forge.assert_invalid(&[HEADER]);
}
