//! A rotation that dies at any step leaves the words of both keys, one whole identity, and goes on.

use crate::dies_at;
use crate::support::{Home, me, problems, workspace_now};
use mmogit::identity::{Keys, Vault, Words};
use std::path::Path;

/// Every step up to the one that counts: then the identity is the older one.
const BEFORE: [&str; 5] = [
    "rotation-begun",
    "rotation-handed-on",
    "rotation-older-card",
    "rotation-newer-card",
    "rotation-older-kept",
];

fn words(number: u8) -> Words {
    Words::from_entropy(&[number; 32]).unwrap()
}

/// Begins a rotation, or goes on with the one that was begun.
pub fn rotate(home: &Path) {
    let workspace = workspace_now(home);
    let rotator = workspace.rotator().unwrap();
    if rotator.broken_off().unwrap().is_none() {
        rotator.begin(&words(9), None).unwrap();
    }
    let newer = rotator.broken_off().unwrap().unwrap().unlock(None).unwrap();
    rotator.rotate(me(), &newer).unwrap();
}

fn case() -> Home {
    let home = Home::new();
    workspace_now(home.path())
        .create_identity(&words(1), None)
        .unwrap();
    home.chat(1);
    home
}

/// All is as after a rotation that nothing stopped.
fn assert_rotated(home: &Home, step: &str) {
    let (workspace, newer) = (workspace_now(home.path()), Keys::from_words(&words(9)));
    let vault = workspace.vault().unwrap().unwrap();
    assert_eq!(vault.author(), newer.public(), "{step}");
    assert!(vault.unlock(None).is_ok(), "{step}");
    let kept = home.path().join(format!("former/{}.json", me().public()));
    let kept = Vault::read(&kept).unwrap();
    assert!(kept.unlock(None).is_ok(), "{step}");
    let card = workspace.ensure_card(&newer).unwrap();
    assert_eq!(card.succeeds.len(), 1, "{step}");
    assert_eq!(home.store().made_for(), Some(newer.public()), "{step}");
    let report = workspace.verifier().all().unwrap();
    assert!(report.is_good(), "{step}: {:?}", problems(&report));
}

#[test]
fn before_the_step_that_counts_the_identity_is_the_older_one_and_the_words_are_there() {
    for step in BEFORE {
        let home = case();
        dies_at("rotate", home.path(), step, 1).unwrap_or_else(|| panic!("{step} is never met"));
        let workspace = workspace_now(home.path());
        let vault = workspace.vault().unwrap().unwrap();
        assert_eq!(vault.author(), me().public(), "{step}");
        assert!(vault.unlock(None).is_ok(), "{step}");
        let next = workspace.rotator().unwrap().broken_off().unwrap().unwrap();
        assert!(next.unlock(None).is_ok(), "{step}");
        rotate(home.path());
        assert_rotated(&home, step);
    }
}

#[test]
fn after_the_step_that_counts_the_identity_is_the_newer_one() {
    let home = case();
    dies_at("rotate", home.path(), "rotation-taken", 1).expect("it is met");
    assert_rotated(&home, "rotation-taken");
}
