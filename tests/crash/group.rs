//! Several things said at once, in a process that dies, or on a disk that fails: what was
//! acknowledged is there once, and what was refused is not.

use crate::dies_at;
use crate::support::{Canned, Home, all_texts, ignore, me, start_child, titled, workspace_now};
use mmogit::model::json::Map;
use mmogit::model::{Face, Mode, Role};
use mmogit::store::{Recovery, StoreError};
use mmogit::turn::{Beginning, Saying, Session};
use mmogit::workspace::Workspace;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;

/// Every step of groups that are committed and saved, with journals that give way.
const STEPS: [&str; 9] = [
    "journal-begun",
    "journal-before-group",
    "journal-torn",
    "journal-before-sync",
    "journal-after-group",
    "save-commit-written",
    "save-branch-moved",
    "journal-before-removal",
    "journal-removed",
];

fn saying(role: Role, content: String) -> Saying {
    Saying {
        role,
        content,
        structured: None,
        agent: (!role.is_persons()).then(|| "api".to_owned()),
        fields: Map::new(),
    }
}

fn beginning() -> Beginning {
    Beginning {
        mode: Mode::Inner,
        face: Some(Face::Buffer),
        ..titled("served")
    }
}

fn commit(session: &mut Session<'_>, texts: &[String]) -> Result<(), StoreError> {
    for (place, text) in texts.iter().enumerate() {
        let role = if place % 2 == 0 {
            Role::Human
        } else {
            Role::Dream
        };
        session.stage(saying(role, text.clone())).unwrap();
    }
    session.commit_staged()?;
    for text in texts {
        eprintln!("ack {text}");
    }
    Ok(())
}

/// Groups of three, saved after each second group; the texts make journals give way.
pub fn groups(home: &Path) {
    let (workspace, keys) = (workspace_now(home), me());
    let store = workspace.store_of(&keys.public()).unwrap();
    let mut session = Session::begin(&workspace, &store, keys, beginning()).unwrap();
    session.save_when_asked();
    for group in 0..6 {
        let long = "x".repeat(if group == 1 { 600_000 } else { 10 });
        let texts: Vec<String> = (0..3).map(|n| format!("{group}.{n} {long}")).collect();
        commit(&mut session, &texts).unwrap();
        if group % 2 == 1 {
            session.save().unwrap();
        }
    }
    session.end().unwrap();
}

fn journals(home: &Path) -> Vec<u64> {
    let entries = fs::read_dir(home.join("journal")).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .collect()
}

/// What the disk refuses was not said, whether or not the journal can be cut back at once.
pub fn on_a_failing_disk(home: &Path) {
    let (workspace, keys) = (workspace_now(home), me());
    let store = workspace.store_of(&keys.public()).unwrap();
    let mut session = Session::begin(&workspace, &store, keys, beginning()).unwrap();
    session.save_when_asked();
    commit(&mut session, &["one".to_owned(), "two".to_owned()]).unwrap();
    let asked = session.thread().messages()[0].id();
    let window = mmogit::turn::Window {
        earlier: &[],
        limit: 50,
    };
    let question = session.question_in(window, asked, None, None).unwrap();
    // Its pieces are noted and not synced.
    let piece = format!("piece {}", "y".repeat(600));
    let given = question.ask(&Canned::new(&piece), &mut ignore).unwrap();
    let (length, said) = (journals(home), session.thread().messages().len());

    fail::cfg("journal-sync-fails", "return").unwrap();
    let refused = commit(
        &mut session,
        &["refused".to_owned(), "refused too".to_owned()],
    );
    assert!(matches!(refused, Err(StoreError::Disk { .. })));
    assert_eq!(journals(home), length, "it is cut back");
    assert_eq!(session.thread().messages().len(), said);

    fail::cfg("journal-cut-fails", "return").unwrap();
    assert!(commit(&mut session, &["refused again".to_owned()]).is_err());
    fail::remove("journal-sync-fails");
    // The disk is well again, but what it refused still stands in the journal.
    assert_ne!(journals(home), length);
    assert!(commit(&mut session, &["not after that".to_owned()]).is_err());
    fail::remove("journal-cut-fails");
    commit(&mut session, &["three".to_owned()]).unwrap();
    drop((question, given));
    std::process::abort();
}

fn recovered(workspace: &Workspace) -> Recovery {
    workspace.recover(me()).unwrap()
}

#[test]
fn groups_survive_a_death_at_any_step_once_and_whole() {
    for step in STEPS {
        for time in [1, 2, 4] {
            let home = Home::new();
            let Some(acknowledged) = dies_at("groups", home.path(), step, time) else {
                assert_ne!(time, 1, "{step} is never met");
                break;
            };
            let at = format!("{step}, time {time}");
            let recovery = recovered(&workspace_now(home.path()));
            assert_eq!(recovery.left, [], "{at}");
            let texts: Vec<String> = home.threads().iter().flat_map(all_texts).collect();
            let there: BTreeSet<&String> = texts.iter().collect();
            assert_eq!(there.len(), texts.len(), "{at}: something stands twice");
            for text in &acknowledged {
                assert!(there.contains(text), "{at}: lost {:.20}", text);
            }
            assert!(texts.len() <= acknowledged.len() + 3, "{at}");
            assert!(journals(home.path()).is_empty(), "{at}");
            home.assert_sound();
            let thread = home.threads().pop();
            assert!(thread.is_none_or(|thread| thread.face() == Some(Face::Buffer)));
        }
    }
}

#[test]
fn a_disk_that_fails_a_sync_takes_nothing_and_loses_nothing() {
    let home = Home::new();
    let mut command = start_child("crash", "failing", home.path());
    let output = command.stderr(Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert!(!output.status.success());
    let recovery = recovered(&workspace_now(home.path()));
    assert_eq!(recovery.left, []);
    let thread = home.only_thread();
    let mut texts = all_texts(&thread);
    let piece = texts.iter().position(|text| text.starts_with("piece y"));
    let piece = texts.remove(piece.expect("the reply was coming"));
    assert_eq!(piece.len(), 606);
    assert_eq!(texts, ["one", "two", "three"]);
    home.assert_sound();
}
