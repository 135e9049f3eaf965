//! An erasure that dies at any step leaves the thread whole, or gone with its word in place; and
//! nothing else suffers.

use crate::dies_at;
use crate::support::{
    Canned, Home, Say, git, has, ignore, me, problems, titled, traces_of, workspace_now,
};
use mmogit::index::Filter;
use mmogit::model::{Thread, ThreadId};
use mmogit::turn::Session;
use mmogit::workspace::WorkError;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

const SECRET: &str = "xyzzy";

/// Every step up to the one that counts: then the thread is still there.
const BEFORE: [(&str, usize); 3] = [
    ("erase-written", 1),
    ("erase-typed-forgotten", 1),
    ("erase-noted", 1),
];
/// Every step after it: then it is gone.
const AFTER: [(&str, usize); 12] = [
    ("erase-branch-moved", 1),
    ("erase-tip-remembered", 1),
    ("erase-journals-removed", 1),
    ("prune-packed", 1),
    ("prune-pack-removed", 1),
    ("prune-pack-removed", 2),
    ("prune-pack-removed", 6),
    ("prune-one-removed", 1),
    ("prune-one-removed", 9),
    ("erase-repository-done", 1),
    ("erase-index-removed", 1),
    ("erase-before-forgotten", 1),
];

pub fn erase(home: &Path) {
    let workspace = workspace_now(home);
    let erasable = workspace.eraser().erasable(&me().public(), SECRET).unwrap();
    workspace.eraser().erase(me(), &erasable).unwrap();
}

/// Three threads, the second one with the secret: in packs and loose, in a journal, in the index,
/// among the lines that the prompt remembers, and in what a killed run of Crush left.
struct Case {
    home: Home,
    id: ThreadId,
    others: BTreeMap<ThreadId, Vec<u8>>,
}

fn talk(home: &Home, title: &str, text: &str) -> Thread {
    let (workspace, keys) = (workspace_now(home.path()), me());
    let store = workspace.store_of(&keys.public()).unwrap();
    let mut session = Session::begin(&workspace, &store, keys, titled(title)).unwrap();
    for turn in 0..3 {
        session.say(&format!("{text} asks {turn}")).unwrap();
        session
            .ask(
                &Canned::new(&format!("{text} hears {turn}")),
                None,
                &mut ignore,
            )
            .unwrap();
    }
    session.end().unwrap().unwrap()
}

impl Case {
    fn new() -> Self {
        let home = Home::new();
        let first = talk(&home, "before", "plain");
        let secret = talk(&home, "the secret xyzzy", SECRET);
        home.store().pack().unwrap();
        let last = talk(&home, "after", "plain");
        let (workspace, store, keys) = (workspace_now(home.path()), home.store(), me());
        let found = workspace.threads().find(SECRET).unwrap();
        workspace
            .organiser()
            .add_tags(keys, found, &["later".to_owned()])
            .unwrap();
        let found = workspace.threads().find(SECRET).unwrap();
        let (thread, commit) = workspace
            .threads()
            .continuable(found, &keys.public())
            .unwrap();
        let mut session = Session::resume(&workspace, &store, keys, thread, commit).unwrap();
        session.say("xyzzy, unsaved").unwrap();
        drop(session);
        workspace.threads().list(&Filter::default()).unwrap();
        fs::write(
            home.path().join("state/chat-history"),
            "#V2\nxyzzy asks 0\nplain asks 0\n",
        )
        .unwrap();
        fs::create_dir_all(home.path().join("crush/run-0")).unwrap();
        fs::write(home.path().join("crush/run-0/crush.db"), SECRET).unwrap();
        let traces = traces_of(SECRET, &home).join(" ");
        for place in [
            "index.db",
            "state/chat-history",
            "crush/run-0/crush.db",
            "journal/",
        ] {
            assert!(traces.contains(place), "{place}: {traces}");
        }
        let others = [first, last]
            .map(|thread| (thread.id(), thread.to_file()))
            .into();
        Self {
            home,
            id: secret.id(),
            others,
        }
    }

    /// Nothing but the secret has changed, and everything verifies.
    fn others_are_whole(&self, at: &str) {
        self.home.assert_sound();
        let threads = self.home.threads();
        let mut found: BTreeMap<_, _> = threads
            .iter()
            .map(|thread| (thread.id(), thread.to_file()))
            .collect();
        found.remove(&self.id);
        assert_eq!(found, self.others, "{at}");
        let history = fs::read_to_string(self.home.path().join("state/chat-history")).unwrap();
        assert!(history.contains("plain asks 0"), "{at}: {history:?}");
    }

    fn is_whole(&self, at: &str) {
        let found = self
            .home
            .threads()
            .into_iter()
            .find(|thread| thread.id() == self.id);
        assert_eq!(found.expect(at).messages().len(), 6, "{at}");
        assert!(self.home.verify().branches[0].erasures.is_empty(), "{at}");
    }

    fn is_gone(&self, at: &str) {
        let not_found = workspace_now(self.home.path())
            .threads()
            .find(&self.id.to_string());
        assert!(matches!(not_found, Err(WorkError::NotFound(_))), "{at}");
        let report = self.home.verify();
        let told = &report.branches[0].erasures;
        assert_eq!(told.len(), 1, "{at}");
        assert_eq!(told[0].erasure.as_ref().unwrap().thread, self.id, "{at}");
        assert!(problems(&report).is_empty(), "{at}");
        assert_eq!(traces_of(SECRET, &self.home), Vec::<String>::new(), "{at}");
        assert!(!self.home.path().join("state/erasing").exists(), "{at}");
    }

    /// The program itself, with a command that has nothing to do with it.
    fn list(&self) {
        let listed = Command::new(env!("CARGO_BIN_EXE_mmogit"))
            .args(["thread-list", "--all"])
            .env_clear()
            .env("HOME", self.home.path())
            .env("MMOGIT_HOME", self.home.path())
            .output()
            .unwrap();
        assert!(listed.status.success(), "{listed:?}");
    }

    fn erase_again(&self) {
        let workspace = workspace_now(self.home.path());
        if workspace
            .eraser()
            .finish_erasure(&me().public(), self.id)
            .unwrap()
            .is_none()
        {
            erase(self.home.path());
        }
    }
}

#[test]
fn any_command_after_a_death_at_any_step_finds_the_thread_whole_or_finishes() {
    for (step, time) in BEFORE {
        let case = Case::new();
        dies_at("erase", case.home.path(), step, time).expect(step);
        case.list();
        case.is_whole(step);
        case.others_are_whole(step);
        case.erase_again();
        case.is_gone(step);
        case.others_are_whole(step);
    }
    for (step, time) in AFTER {
        let case = Case::new();
        let at = format!("{step}, time {time}");
        dies_at("erase", case.home.path(), step, time).expect(&at);
        // Before anything else is done all that is left verifies already.
        case.others_are_whole(&at);
        case.list();
        case.is_gone(&at);
        case.others_are_whole(&at);
    }
}

#[test]
fn the_same_command_after_a_death_at_any_step_finishes() {
    for (step, time) in BEFORE.into_iter().chain(AFTER) {
        let case = Case::new();
        let at = format!("{step}, time {time}");
        dies_at("erase", case.home.path(), step, time).expect(&at);
        case.erase_again();
        case.is_gone(&at);
        case.others_are_whole(&at);
    }
}

#[test]
fn finishing_that_dies_over_and_over_gets_there_in_the_end() {
    let case = Case::new();
    dies_at("erase", case.home.path(), "erase-branch-moved", 1).unwrap();
    let steps = [
        ("erase-tip-remembered", 1),
        ("erase-journals-removed", 1),
        ("prune-packed", 1),
        ("prune-pack-removed", 1),
        ("prune-one-removed", 1),
        ("prune-one-removed", 3),
        ("erase-repository-done", 1),
        ("erase-index-removed", 1),
        ("erase-before-forgotten", 1),
    ];
    for (step, time) in steps {
        dies_at("finish", case.home.path(), step, time).expect(step);
        case.others_are_whole(step);
    }
    case.list();
    case.is_gone("over and over");
    case.others_are_whole("over and over");
}

#[test]
fn talking_goes_on_after_a_death_and_the_erasure_is_finished_meanwhile() {
    let case = Case::new();
    dies_at("erase", case.home.path(), "erase-branch-moved", 1).unwrap();
    talk(&case.home, "later", "plain");
    case.list();
    assert_eq!(traces_of(SECRET, &case.home), Vec::<String>::new());
    case.home.assert_sound();
    assert_eq!(case.home.threads().len(), 3);
    if has("git") {
        git(&case.home.repository(), &["fsck", "--strict", "--full"]);
    }
}
