//! A process that dies at any step of a turn, a save or a recovery loses nothing that it
//! acknowledged.

use crate::dies_at;
use crate::support::{
    self, Canned, Home, Say, all_texts, ignore, me, numbered, resume, titled, workspace_now,
};
use mmogit::model::Message;
use mmogit::store::{Batch, Recovery, StoreError};
use mmogit::turn::Session;
use mmogit::workspace::{Setup, Workspace};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every step of a turn and of the saves in it, in the order in which they are met first.
const STEPS: [&str; 16] = [
    "repository-drafted",
    "journal-created",
    "journal-torn",
    "journal-before-sync",
    "journal-begun",
    "journal-before-message",
    "journal-after-message",
    "save-locked",
    "save-blob-written",
    "save-trees-written",
    "save-commit-written",
    "save-branch-moved",
    "save-tip-remembered",
    "journal-header-noted",
    "journal-before-removal",
    "journal-removed",
];
/// Every step of a recovery; the save within it has those of any save.
const RECOVERY: [&str; 9] = [
    "recover-begun",
    "save-locked",
    "save-blob-written",
    "save-trees-written",
    "save-commit-written",
    "save-branch-moved",
    "save-tip-remembered",
    "recover-saved",
    "recover-removed",
];

pub fn pack(home: &Path) {
    let store = workspace_now(home).store_of(&me().public()).unwrap();
    store.pack().unwrap();
}

pub fn chat(home: &Path) {
    let (workspace, keys) = (workspace_now(home), me());
    let store = workspace.store_of(&keys.public()).unwrap();
    let mut session = Session::begin(&workspace, &store, keys, titled("new")).unwrap();
    talk(&mut session, "n");
    session.end().unwrap();
    eprintln!("ended");
}

pub fn go_on(home: &Path) {
    let (workspace, keys) = (workspace_now(home), me());
    let store = workspace.store_of(&keys.public()).unwrap();
    let mut session = resume(&workspace, &store, keys);
    talk(&mut session, "c");
    session.end().unwrap();
    eprintln!("ended");
}

/// Saves so many threads as one, as an import does.
pub fn bring(home: &Path, count: i64) {
    let (workspace, keys) = (workspace_now(home), me());
    let store = workspace.store_of(&keys.public()).unwrap();
    let add = |batch: &mut Batch<'_>| {
        (0..count).try_for_each(|number| {
            let mut thread = numbered(number);
            keys.owner().sign_thread(&mut thread);
            batch.add(&thread, None)
        })
    };
    store
        .save_many::<StoreError>(keys.owner(), workspace.now(), add)
        .unwrap();
}

/// Eight turns: saves at the fifth, tenth and fifteenth message; one answer is asked for again, one
/// turn taken back.
fn talk(session: &mut Session<'_>, name: &str) {
    for turn in 0..8 {
        session.say(&format!("{name} asks {turn}")).unwrap();
        eprintln!("ack {name} asks {turn}");
        session
            .ask(
                &Canned::new(&format!("{name} hears {turn}")),
                None,
                &mut ignore,
            )
            .unwrap();
        eprintln!("ack {name} hears {turn}");
        match turn {
            2 => {
                session
                    .ask_again(
                        &Canned::new(&format!("{name} hears again")),
                        None,
                        &mut ignore,
                    )
                    .unwrap();
                eprintln!("ack {name} hears again");
            }
            4 => drop(session.undo().unwrap()),
            5 => session.set_title(&format!("{name} named")).unwrap(),
            _ => {}
        }
    }
}

/// A workspace that makes identities.
fn with_randomness(home: &Path) -> Workspace {
    let random = Box::new(|bytes: &mut [u8]| bytes.fill(7));
    Workspace::open(Setup {
        home: home.to_owned(),
        clock: Box::new(|| 0),
        random,
    })
    .unwrap()
}

/// Puts the identity, which has no passphrase, under one.
pub fn seal(home: &Path) {
    let workspace = with_randomness(home);
    let vault = workspace.vault().unwrap().unwrap();
    let words = vault.open(None).unwrap();
    workspace
        .change_passphrase(&vault, &words, Some("secret"))
        .unwrap();
}

fn stored(home: &Home) -> BTreeSet<String> {
    let threads = home.threads();
    let texts: Vec<String> = threads.iter().flat_map(all_texts).collect();
    let set = BTreeSet::from_iter(texts.iter().cloned());
    assert_eq!(set.len(), texts.len(), "something stands twice");
    set
}

/// Recovers, and shows that all is well: nothing lost, nothing doubled, nothing false, nothing left
/// over, all told.
fn recovers(home: &Home, acknowledged: &[String], at: &str) {
    let before = stored(home);
    let recovery = workspace_now(home.path()).recover(me()).unwrap();
    let (recovered, left) = (recovery.sessions, recovery.left);
    assert!(left.is_empty(), "{at}: {left:?}");
    let after = stored(home);
    for text in acknowledged {
        assert!(after.contains(text), "{at}: lost {text:?}");
    }
    let told: usize = recovered.iter().map(|found| found.messages).sum();
    assert_eq!(told, after.len() - before.len(), "{at}: {recovered:?}");
    home.assert_sound();
    let journals = fs::read_dir(home.path().join("journal")).map_or(0, Iterator::count);
    assert_eq!(journals, 0, "{at}: a journal is left over");
    let again = workspace_now(home.path()).recover(me()).unwrap();
    assert_eq!(again, Recovery::default(), "{at}");
    assert!(
        home.threads()
            .iter()
            .all(|thread| !thread.messages().is_empty()),
        "{at}: an empty thread"
    );
}

/// A thread can be gone on with after anything.
fn goes_on(home: &Home, at: &str) {
    let before = stored(home);
    if before.is_empty() {
        return;
    }
    let (workspace, store, keys) = (workspace_now(home.path()), home.store(), me());
    let mut session = resume(&workspace, &store, keys);
    session.say("and on").unwrap();
    session.end().unwrap();
    assert_eq!(stored(home).len(), before.len() + 1, "{at}");
}

#[test]
fn a_new_thread_survives_a_death_at_any_step() {
    for step in STEPS {
        for time in [1, 2, 3, 6, 12] {
            let home = Home::new();
            let Some(acknowledged) = dies_at("chat", home.path(), step, time) else {
                assert_ne!(time, 1, "{step} is never met");
                break;
            };
            let at = format!("{step}, time {time}");
            recovers(&home, &acknowledged, &at);
            goes_on(&home, &at);
        }
    }
}

#[test]
fn a_continued_thread_survives_a_death_at_any_step() {
    for step in STEPS
        .into_iter()
        .filter(|step| *step != "repository-drafted")
    {
        for time in [1, 3, 7] {
            let home = Home::new();
            home.chat(2);
            let Some(mut acknowledged) = dies_at("continue", home.path(), step, time) else {
                assert_ne!(time, 1, "{step} is never met");
                break;
            };
            acknowledged.extend(["question 0", "question 1"].map(str::to_owned));
            let at = format!("{step}, time {time}");
            let threads = home.threads();
            assert_eq!(threads.len(), 1);
            // Both answers of the first chat have one text.
            let texts: Vec<String> = all_texts(&threads[0]);
            let before: BTreeSet<String> = texts.into_iter().collect();
            let recovery = workspace_now(home.path()).recover(me()).unwrap();
            let (recovered, left) = (recovery.sessions, recovery.left);
            assert!(left.is_empty(), "{at}: {left:?}");
            let thread = home.only_thread();
            let after = BTreeSet::from_iter(all_texts(&thread));
            assert!(
                acknowledged.iter().all(|text| after.contains(text)),
                "{at}: {after:?}"
            );
            let told: usize = recovered.iter().map(|found| found.messages).sum();
            assert_eq!(told, after.len() - before.len(), "{at}");
            home.assert_sound();
        }
    }
}

#[test]
fn what_was_moved_stays_moved() {
    // After the undo and the new title, before anything later is saved.
    let home = Home::new();
    let acknowledged = dies_at("chat", home.path(), "journal-before-message", 14).unwrap();
    assert_eq!(acknowledged.last().unwrap(), "n hears 5");
    recovers(&home, &acknowledged, "later");
    let thread = home.only_thread();
    assert_eq!(thread.title(), "n named");
    let shown: BTreeSet<String> = thread.visible().into_iter().map(Message::text).collect();
    assert!(
        shown.contains("n hears again") && !shown.contains("n hears 2"),
        "{shown:?}"
    );
    assert!(
        shown.contains("n asks 5") && !shown.contains("n asks 4"),
        "{shown:?}"
    );
    assert_eq!(thread.aside().len(), 2);
}

#[test]
fn a_recovery_that_dies_itself_is_done_again() {
    for first in ["journal-after-message", "save-branch-moved"] {
        for step in RECOVERY {
            let home = Home::new();
            let time = if first == "save-branch-moved" { 2 } else { 13 };
            let acknowledged = dies_at("chat", home.path(), first, time).unwrap();
            let at = format!("{first}, then {step}");
            let died = dies_at("recover", home.path(), step, 1).is_some();
            // All may be stored already; then there is nothing to save.
            let may_skip = first == "save-branch-moved" && step.starts_with("save-");
            assert!(died || may_skip, "{at}: not met");
            recovers(&home, &acknowledged, &at);
            goes_on(&home, &at);
        }
    }
}

#[test]
fn recovery_that_dies_over_and_over_gets_there_in_the_end() {
    let home = Home::new();
    let acknowledged = dies_at("chat", home.path(), "journal-after-message", 9).unwrap();
    for step in RECOVERY.into_iter().chain(RECOVERY) {
        dies_at("recover", home.path(), step, 1);
    }
    recovers(&home, &acknowledged, "over and over");
}

#[test]
fn a_damaged_journal_survives_a_death_while_it_is_set_aside() {
    let home = Home::new();
    dies_at("chat", home.path(), "journal-after-message", 4).unwrap();
    let journal = fs::read_dir(home.path().join("journal"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let damaged = fs::read_to_string(&journal)
        .unwrap()
        .replace("n hears 1", "n heard 1");
    fs::write(&journal, &damaged).unwrap();
    dies_at("recover", home.path(), "recover-before-set-aside", 1).expect("it comes to that");
    let left = workspace_now(home.path()).recover(me()).unwrap().left;
    assert_eq!(left.len(), 1);
    assert_eq!(fs::read_to_string(left[0].path()).unwrap(), damaged);
    assert_eq!(
        support::texts(&home.only_thread()),
        ["n asks 0", "n hears 0", "n asks 1"]
    );
    home.assert_sound();
}

#[test]
fn many_saved_as_one_are_there_all_or_not_at_all() {
    let steps = ["batch-locked", "save-branch-moved", "save-tip-remembered"];
    for (job, written, count) in [
        ("bring few", "batch-written", 3),
        ("bring many", "batch-packed", 120),
    ] {
        for (step, time) in steps
            .map(|step| (step, 1))
            .into_iter()
            .chain([(written, 1), (written, 2)])
        {
            let home = Home::new();
            home.chat(1);
            dies_at(job, home.path(), step, time)
                .unwrap_or_else(|| panic!("{job}: {step} is never met"));
            home.assert_sound();
            let there = home.threads().len() - 1;
            assert_eq!(
                there,
                if step.starts_with("save-") { count } else { 0 },
                "{job}: {step}, {time}"
            );
            assert_eq!(
                dies_at(job, home.path(), "nowhere", 1),
                None,
                "it is done again"
            );
            home.assert_sound();
            assert_eq!(home.threads().len(), count + 1);
        }
    }
}

#[test]
fn packing_that_dies_leaves_every_object_readable() {
    for (step, time) in [
        ("pack-written", 1),
        ("pack-one-removed", 1),
        ("pack-one-removed", 10),
    ] {
        let home = Home::new();
        home.chat(3);
        dies_at("pack", home.path(), step, time).expect("it packs");
        home.assert_sound();
        home.store().pack().unwrap();
        home.assert_sound();
        assert_eq!(home.only_thread().messages().len(), 6);
    }
}

#[test]
fn an_identity_is_never_lost_while_its_passphrase_is_changed() {
    for (step, passphrase) in [
        ("vault-half-written", None),
        ("vault-before-replacement", None),
        ("vault-replaced", Some("secret")),
    ] {
        let home = Home::new();
        let workspace = with_randomness(home.path());
        let vault = workspace
            .create_identity(&workspace.new_words(), None)
            .unwrap();
        dies_at("seal", home.path(), step, 1).unwrap_or_else(|| panic!("{step} is never met"));
        let left = workspace.vault().unwrap().unwrap();
        assert_eq!(
            (left.author(), left.is_sealed()),
            (vault.author(), passphrase.is_some()),
            "{step}"
        );
        assert!(left.open(passphrase).is_ok(), "{step}");
        // What the death left over is in nobody's way.
        let words = left.open(passphrase).unwrap();
        let again = workspace
            .change_passphrase(&left, &words, Some("another"))
            .unwrap();
        assert!(again.open(Some("another")).is_ok(), "{step}");
    }
}
