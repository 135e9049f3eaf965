//! A join of two machines' states that dies at any step has done nothing yet, or all; done again it
//! ends as if nobody had died.

use crate::dies_at;
use crate::support::{Home, Say, copy_folder, me, resume, titled, workspace_now};
use git2::Repository;
use mmogit::home;
use mmogit::store::{CommitId, Joined};
use mmogit::transfer::keep_said_since;
use mmogit::turn::Session;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const STEPS: [&str; 5] = [
    "join-locked",
    "join-said-since-kept",
    "join-written",
    "save-branch-moved",
    "save-tip-remembered",
];

/// Where the test puts what the other machine has.
const INCOMING: &str = "refs/incoming";

/// What the process does that dies.
pub fn join(home: &Path) {
    try_join(home);
}

fn try_join(home: &Path) -> Joined {
    let workspace = workspace_now(home);
    let store = workspace.store_of(&me().public()).unwrap();
    let repo = Repository::open_bare(home.join("repo.git")).unwrap();
    let incoming: CommitId = repo
        .refname_to_id(INCOMING)
        .unwrap()
        .to_string()
        .parse()
        .unwrap();
    let keep = &mut |said: &_| keep_said_since(home::Home::at(home), said);
    store
        .join_own_branch(me().owner(), incoming, workspace.now(), keep)
        .unwrap()
}

fn begin(home: &Home, title: &str) {
    let workspace = workspace_now(home.path());
    let store = home.store();
    let mut session = Session::begin(&workspace, &store, me(), titled(title)).unwrap();
    session.say(&format!("{title} says")).unwrap();
    session.end().unwrap();
}

fn erase(home: &Home, title: &str) {
    let workspace = workspace_now(home.path());
    let erasable = workspace.eraser().erasable(&me().public(), title).unwrap();
    workspace.eraser().erase(me(), &erasable).unwrap();
}

/// A home that holds what another machine made of its branch, too. Each said something in a thread
/// that both have, and each erased one that the other has, and spoke in.
fn home_with_both() -> Home {
    let (here, there) = (Home::new(), Home::new());
    for title in ["erased here", "erased there", "shared"] {
        begin(&here, title);
    }
    copy_folder(here.path(), there.path());
    for (home, text) in [(&here, "here"), (&there, "there")] {
        let (workspace, store) = (workspace_now(home.path()), home.store());
        let mut session = resume(&workspace, &store, me());
        session.say(text).unwrap();
        session.end().unwrap();
    }
    for (home, own, others) in [
        (&here, "erased here", "erased there"),
        (&there, "erased there", "erased here"),
    ] {
        let (workspace, store) = (workspace_now(home.path()), home.store());
        let threads = workspace.threads();
        let found = threads.find(others).unwrap();
        let (thread, commit) = threads.continuable(found, &me().public()).unwrap();
        let mut session = Session::resume(&workspace, &store, me(), thread, commit).unwrap();
        session.say("said too late").unwrap();
        session.end().unwrap();
        erase(home, own);
    }
    let repo = Repository::open_bare(here.repository()).unwrap();
    let branch = format!("refs/heads/users/{}", me().public());
    let mut remote = repo
        .remote_anonymous(there.repository().to_str().unwrap())
        .unwrap();
    remote
        .fetch(&[format!("{branch}:{INCOMING}")], None, None)
        .unwrap();
    here
}

fn files(home: &Home) -> BTreeMap<String, Vec<u8>> {
    let store = home.store();
    let mut files = BTreeMap::new();
    for entry in store.list().unwrap().entries {
        files.insert(entry.path.clone(), store.read(&entry).unwrap());
    }
    files
}

fn kept(home: &Home) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(home.path().join("kept")).into_iter().flatten() {
        names.push(entry.unwrap().file_name().into_string().unwrap());
    }
    names.sort();
    names
}

#[test]
fn a_join_that_dies_at_any_step_is_done_again() {
    let start = home_with_both();
    let copy = || {
        let home = Home::new();
        copy_folder(start.path(), home.path());
        home
    };
    let undisturbed = copy();
    let joined = try_join(undisturbed.path());
    assert_eq!((joined.erased.len(), joined.said_since.len()), (1, 2));
    assert_eq!(files(&undisturbed).len(), 1);
    assert_eq!(kept(&undisturbed).len(), 2);
    for step in STEPS {
        let home = copy();
        dies_at("join", home.path(), step, 1).unwrap_or_else(|| panic!("{step} is not met"));
        // Nothing that was there is lost on the way, nor told to be.
        assert_eq!(
            home.store().lost_since_seen(&me().public()).unwrap(),
            None,
            "{step}"
        );
        let is_done = files(&home) == files(&undisturbed);
        assert_eq!(is_done, step.starts_with("save-"), "{step}");
        let again = try_join(home.path());
        assert_eq!(files(&home), files(&undisturbed), "{step}");
        assert_eq!(kept(&home), kept(&undisturbed), "{step}");
        home.assert_sound();
        let third = try_join(home.path());
        assert_eq!(third.tip, again.tip, "{step}");
    }
}
