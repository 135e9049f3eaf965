//! A history that no branch names, as one that was fetched: it is looked into before anything is
//! moved to it.

use super::forge::Forge;
use crate::support::{me, resume};
use git2::{Oid, Signature, Time};
use mmogit::sign::{Namespace, Signer};
use mmogit::store::{BranchReport, CommitFinding, CommitId, Listing};

/// A commit is made, and the branch is back where it was: nothing names the commit.
fn unnamed(forge: &Forge, make: impl FnOnce() -> Oid) -> CommitId {
    let before = forge.tip();
    let made = make();
    forge.move_branch(before);
    made.to_string().parse().unwrap()
}

fn looked_into(forge: &Forge, tip: CommitId) -> (BranchReport, Listing) {
    let (store, owner) = (forge.home.store(), me().public());
    let report = store.check_history(&owner, tip).unwrap();
    let listing = store.list_at(&owner, tip).unwrap();
    // What is found there is nothing against the branch.
    assert_eq!(store.check_branch(&owner).unwrap().findings(), []);
    assert_eq!(store.list().unwrap().entries.len(), 1);
    (report, listing)
}

#[test]
fn a_true_history_is_found_to_be_true_and_its_threads_are_listed() {
    let forge = Forge::new();
    let tip = unnamed(&forge, || {
        let (workspace, store, keys) = (forge.home.workspace(), forge.home.store(), me());
        let mut session = resume(&workspace, &store, keys);
        session.set_title("of the other history").unwrap();
        session.end().unwrap();
        forge.put(".mmogit/notes.txt", b"more");
        forge.tip()
    });
    // The note of the newest commit seen knows it now; the branch lacks it.
    std::fs::remove_dir_all(forge.home.path().join("state/tips")).unwrap();
    let (report, listing) = looked_into(&forge, tip);
    assert_eq!(report.findings(), []);
    assert_eq!(report.commits.len(), 3);
    assert_eq!(report.commits[0].id, tip);
    let bytes = forge.home.store().read(&listing.entries[0]).unwrap();
    assert!(
        String::from_utf8(bytes)
            .unwrap()
            .contains("of the other history")
    );
}

#[test]
fn what_a_history_took_away_is_found_before_any_branch_has_it() {
    let forge = Forge::new();
    let tip = unnamed(&forge, || {
        let nothing = forge.repo.treebuilder(None).unwrap().write().unwrap();
        forge.commit(nothing, Some(forge.tip()), me().owner())
    });
    let (report, listing) = looked_into(&forge, tip);
    let path = forge.path();
    let taken = CommitFinding::MessagesTakenAway { path, messages: 4 };
    assert_eq!(report.commits[0].findings, [taken]);
    assert_eq!(report.commits[1].findings, []);
    assert_eq!(listing.entries, []);
}

#[test]
fn a_strangers_history_is_not_the_owners() {
    let forge = Forge::new();
    let tip = unnamed(&forge, || {
        let stranger = Signer::from_secret(&[0x5a; 32]);
        forge.commit(
            forge.tree_with(".mmogit/x", b"x"),
            Some(forge.tip()),
            &stranger,
        )
    });
    let (report, _) = looked_into(&forge, tip);
    assert!(matches!(
        report.commits[0].findings[..],
        [CommitFinding::NotTheOwners { .. }]
    ));
}

/// Two histories that were joined elsewhere: against each parent nothing may be missing.
#[test]
fn a_history_with_two_parents_is_held_against_each() {
    let forge = Forge::new();
    let (mine, path) = (forge.tip(), forge.path());
    let nothing = forge.repo.treebuilder(None).unwrap().write().unwrap();
    let theirs = unnamed(&forge, || forge.commit(nothing, None, me().owner()));
    let theirs = Oid::from_str(&theirs.to_string()).unwrap();
    let full = forge.repo.find_commit(mine).unwrap().tree_id();
    for (tree, parents, is_good) in [
        (full, [mine, theirs], true),
        (full, [theirs, mine], true),
        (nothing, [mine, theirs], false),
        (nothing, [theirs, mine], false),
    ] {
        let tip = unnamed(&forge, || joined(&forge, tree, &parents));
        let (report, _) = looked_into(&forge, tip);
        let taken = CommitFinding::MessagesTakenAway {
            path: path.clone(),
            messages: 4,
        };
        let expected = if is_good { Vec::new() } else { vec![taken] };
        assert_eq!(report.commits.len(), 3);
        assert_eq!(report.commits[0].findings, expected);
    }
}

fn joined(forge: &Forge, tree: Oid, parents: &[Oid]) -> Oid {
    let address = "x@users.mmogit.invalid";
    let who = Signature::new("mmogit", address, &Time::new(1_767_225_800, 0)).unwrap();
    let tree = forge.repo.find_tree(tree).unwrap();
    let parents: Vec<_> = parents
        .iter()
        .map(|id| forge.repo.find_commit(*id).unwrap())
        .collect();
    let parents: Vec<_> = parents.iter().collect();
    let text = forge
        .repo
        .commit_create_buffer(&who, &who, "1 thread\n", &tree, &parents)
        .unwrap();
    let text = String::from_utf8(text.to_vec()).unwrap();
    let armour = me().owner().sign_armoured(Namespace::Git, text.as_bytes());
    forge.commit_with(&text, Some(&armour))
}
