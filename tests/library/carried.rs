//! Conversations of an older key under the newer one.

use crate::support::{
    Home, START, Say, copy_folder, me, problems, rotate, workspace_at, workspace_now,
    workspace_that_seals,
};
use mmogit::identity::{Keys, Words};
use mmogit::model::{Face, PublicKey, Reading, State, Thread};
use mmogit::turn::{Beginning, Session};
use mmogit::workspace::{Workspace, conversation_id};
use std::path::Path;

const ORIGIN: &str = "https://app.example";

fn words(number: u8) -> Words {
    Words::from_entropy(&[number; 32]).unwrap()
}

/// A home with a conversation that a page of another site began, archived, and one without a word.
fn with_conversations(home: &Path, seals: bool) {
    let workspace = workspace_that_seals(home);
    workspace.create_identity(&words(1), None).unwrap();
    let store = workspace.store_of(&me().public()).unwrap();
    for text in [Some("said before"), None] {
        let sealed_for = seals.then(|| workspace.readers(me(), &[]).unwrap());
        let beginning = Beginning {
            intent_context: Some("for the launch".to_owned()),
            face: Some(Face::Service),
            web_origin: Some(ORIGIN.to_owned()),
            sealed_for,
            ..Beginning::default()
        };
        let mut session = Session::begin(&workspace, &store, me(), beginning).unwrap();
        if let Some(text) = text {
            session.say(text).unwrap();
            session.set_state(State::Archived).unwrap();
        }
        session
            .save_begun(store.tip(&me().public()).unwrap())
            .unwrap();
        session.end().unwrap();
    }
}

fn carry_over(workspace: &Workspace, keys: &Keys) {
    let left = workspace.organiser().carry_over_conversations(keys);
    assert!(left.unwrap().is_empty());
}

/// The threads on somebody's branch, opened, the first begun first.
fn threads_of(workspace: &Workspace, owner: PublicKey, keys: &Keys) -> Vec<Thread> {
    let store = workspace.store_of(&owner).unwrap();
    let tip = store.tip(&owner).unwrap().unwrap();
    let entries = store.list_at(&owner, tip).unwrap().entries;
    let mut threads: Vec<Thread> = entries
        .iter()
        .map(
            |entry| match Thread::read(&store.read(entry).unwrap()).unwrap() {
                Reading::Thread(mut thread) => {
                    keys.opener().open(&mut thread);
                    thread
                }
                other => panic!("{other:?}"),
            },
        )
        .collect();
    threads.sort_by_key(Thread::created_at);
    threads
}

#[test]
fn a_conversation_is_what_it_was() {
    for seals in [false, true] {
        let home = Home::new();
        with_conversations(home.path(), seals);
        let newer = rotate(home.path());
        let workspace = workspace_that_seals(home.path());
        carry_over(&workspace, &newer);
        let before = threads_of(&workspace, me().public(), me());
        let after = threads_of(&workspace, newer.public(), &newer);
        assert_eq!((before.len(), after.len()), (2, 2));
        for (was, is) in before.iter().zip(&after) {
            assert_eq!(conversation_id(is), conversation_id(was));
            assert_eq!(is.face(), Some(Face::Service));
            assert_eq!(is.web_origin(), Some(ORIGIN));
            assert_eq!(is.intent_context(), Some("for the launch"));
            assert_eq!(is.state(), was.state());
            assert_eq!(is.changed().get("state"), was.changed().get("state"));
            assert_eq!(is.created_at(), was.created_at());
            assert_eq!(is.title(), was.title());
            assert_eq!(is.is_sealed(), seals);
            assert_eq!(is.visible().len(), was.visible().len());
        }
        assert_eq!(after[0].state(), State::Archived);
        let report = workspace.verifier().all().unwrap();
        assert!(report.is_good(), "{:?}", problems(&report));
    }
}

#[test]
fn two_machines_make_one_thread_of_it() {
    let (one, other) = (Home::new(), Home::new());
    with_conversations(one.path(), false);
    let newer = rotate(one.path());
    copy_folder(one.path(), other.path());
    let hour = 3_600_000;
    let roots = [(&one, 50 * hour), (&other, 99 * hour)].map(|(home, later)| {
        let workspace = workspace_at(home.path(), START + later);
        carry_over(&workspace, &newer);
        let threads = threads_of(&workspace, newer.public(), &newer);
        threads.iter().map(Thread::root).collect::<Vec<_>>()
    });
    assert_eq!(roots[0].len(), 2);
    assert_eq!(roots[0], roots[1]);
}

#[test]
fn what_was_erased_does_not_come_back() {
    let home = Home::new();
    with_conversations(home.path(), false);
    let newer = rotate(home.path());
    let workspace = workspace_now(home.path());
    carry_over(&workspace, &newer);
    let erased = threads_of(&workspace, newer.public(), &newer).remove(0);
    let erasable = workspace
        .eraser()
        .erasable(&newer.public(), &erased.id().to_string())
        .unwrap();
    workspace.eraser().erase(&newer, &erasable).unwrap();
    carry_over(&workspace, &newer);
    let left = threads_of(&workspace, newer.public(), &newer);
    let roots: Vec<_> = left.iter().map(Thread::root).collect();
    assert_eq!(roots.len(), 1);
    assert!(!roots.contains(&erased.root()));
}
