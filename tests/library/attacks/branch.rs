//! Attacks on the history.

use super::forge::{Forge, said_after};
use crate::support::{Say, all_texts, keys, me, resume, titled};
use mmogit::model::Role;
use mmogit::sign::Namespace;
use mmogit::store::{BranchFinding, CommitFinding, StoreError};
use mmogit::turn::Session;
use mmogit::verify::Verdict;
use mmogit::workspace::WorkError;

/// A second commit on top of the first session's.
fn two_sessions() -> (Forge, git2::Oid) {
    let forge = Forge::new();
    let first = forge.tip();
    let (workspace, store, keys) = (forge.home.workspace(), forge.home.store(), me());
    let mut session = resume(&workspace, &store, keys);
    session.say("later").unwrap();
    session.end().unwrap();
    assert_ne!(forge.tip(), first);
    assert_eq!(forge.verdict(), (Verdict::Valid, Vec::new()));
    (forge, first)
}

#[test]
fn a_rolled_back_branch_is_caught() {
    let (forge, first) = two_sessions();
    let newest = forge.tip();
    forge.move_branch(first);
    forge.assert_branch_shows(&["branch-moved-back"]);

    let missing = forge.home.store().lost_since_seen(&me().public()).unwrap();
    let Some(BranchFinding::MovedBack { seen, lost, .. }) = missing else {
        panic!("{missing:?}")
    };
    assert_eq!(seen.to_string(), newest.to_string());
    assert_eq!(
        lost,
        [CommitFinding::MessagesTakenAway {
            path: forge.path(),
            messages: 1
        }]
    );
}

#[test]
fn a_branch_that_is_gone_is_caught() {
    let forge = Forge::new();
    forge
        .repo
        .find_reference(&Forge::branch(&me().public()))
        .unwrap()
        .delete()
        .unwrap();
    let report = forge.home.verify();
    assert!(!report.is_good());
    assert!(
        matches!(
            report.branches[0].findings()[..],
            [BranchFinding::Gone { .. }]
        ),
        "{:?}",
        report.branches
    );
    let troubles = forge.home.store().list().unwrap().troubles;
    assert!(troubles[0].why.contains("is gone"), "{troubles:?}");
}

#[test]
fn an_old_commits_content_replayed_on_top_is_caught() {
    let (forge, first) = two_sessions();
    let old = forge.repo.find_commit(first).unwrap().tree_id();
    forge.commit(old, Some(forge.tip()), me().owner());
    forge.assert_branch_shows(&["messages-taken-away", "branch-moved-back"]);
}

#[test]
fn an_old_header_replayed_on_top_is_caught() {
    let forge = Forge::new();
    let first = forge.tip();
    let (workspace, store, keys) = (forge.home.workspace(), forge.home.store(), me());
    let mut session = resume(&workspace, &store, keys);
    session.set_title("renamed").unwrap();
    session.end().unwrap();
    let old = forge.repo.find_commit(first).unwrap().tree_id();
    forge.commit(old, Some(forge.tip()), me().owner());
    forge.assert_branch_shows(&["older-version", "branch-moved-back"]);
}

#[test]
fn an_old_commit_itself_can_not_be_grafted_elsewhere() {
    let (forge, first) = two_sessions();
    let (armour, text) = forge.repo.extract_signature(&first, None).unwrap();
    let (armour, text) = (
        armour.as_str().unwrap(),
        std::str::from_utf8(&text).unwrap(),
    );
    let grafted = text.replacen("author ", &format!("parent {}\nauthor ", forge.tip()), 1);
    forge.commit_with(&grafted, Some(armour));
    forge.assert_branch_shows(&[
        "commit-signature-wrong",
        "messages-taken-away",
        "branch-moved-back",
    ]);
}

#[test]
fn a_deleted_thread_is_caught() {
    let forge = Forge::new();
    let path = forge.path();
    let empty = forge.repo.treebuilder(None).unwrap().write().unwrap();
    forge.commit(empty, Some(forge.tip()), me().owner());
    let lost = CommitFinding::MessagesTakenAway { path, messages: 4 };
    assert_eq!(forge.commit_findings(), [lost]);
}

#[test]
fn an_unsigned_commit_is_caught() {
    let forge = Forge::new();
    let tree = forge.repo.find_commit(forge.tip()).unwrap().tree_id();
    let text = forge.text(tree, Some(forge.tip()));
    forge.commit_with(&text, None);
    forge.assert_branch_shows(&["commit-unsigned"]);
}

#[test]
fn a_commit_signed_by_another_key_is_caught() {
    let forge = Forge::new();
    let tree = forge.repo.find_commit(forge.tip()).unwrap().tree_id();
    forge.commit(tree, Some(forge.tip()), keys(9).owner());
    forge.assert_branch_shows(&["commit-signed-by-another"]);
}

#[test]
fn a_commit_signed_for_another_purpose_is_caught() {
    let forge = Forge::new();
    let tree = forge.repo.find_commit(forge.tip()).unwrap().tree_id();
    let text = forge.text(tree, Some(forge.tip()));
    let armour = me()
        .owner()
        .sign_armoured(Namespace::Message, text.as_bytes());
    forge.commit_with(&text, Some(&armour));
    forge.assert_branch_shows(&["commit-signature-unreadable"]);
}

#[test]
fn an_unsigned_commit_deep_in_the_history_is_caught() {
    let forge = Forge::new();
    let tree = forge.repo.find_commit(forge.tip()).unwrap().tree_id();
    let text = forge.text(tree, Some(forge.tip()));
    let unsigned = forge.commit_with(&text, None);
    forge.commit(tree, Some(unsigned), me().owner());
    forge.assert_branch_shows(&["commit-unsigned"]);
}

#[test]
fn a_history_cut_off_below_is_told_and_hides_no_other_branch() {
    let (forge, first) = two_sessions();
    let id = first.to_string();
    let object = forge
        .home
        .repository()
        .join("objects")
        .join(&id[..2])
        .join(&id[2..]);
    std::fs::remove_file(object).unwrap();
    assert_eq!(forge.verdict().0, Verdict::Valid);
    // What is still there is looked at all the same.
    let findings = forge.findings();
    assert!(
        matches!(
            &findings[..],
            [
                BranchFinding::Commit {
                    finding: CommitFinding::Unreadable { object, .. },
                    ..
                },
                BranchFinding::Unreadable { .. },
            ] if *object == id
        ),
        "{findings:?}"
    );
}

#[test]
fn a_save_takes_nothing_from_a_stored_version_that_is_not_true() {
    let forge = Forge::new();
    let (workspace, store, mine) = (forge.home.workspace(), forge.home.store(), me());
    let mut session = resume(&workspace, &store, mine);
    let stranger = keys(9);
    let mut forged = forge.thread();
    let said = said_after(&forged, Role::Human, stranger.public());
    forged.append(stranger.owner().sign_message(said));
    mine.owner().sign_thread(&mut forged);
    forge.replace(&forged);
    assert_eq!(forge.verdict().0, Verdict::Invalid);
    session.say("mine").unwrap();
    session.end().unwrap();
    assert_eq!(forge.verdict().0, Verdict::Valid);
    let texts = all_texts(&forge.thread());
    assert_eq!((texts.len(), texts.last().unwrap().as_str()), (5, "mine"));
}

#[test]
fn a_branch_that_is_another_name_of_one_is_told_and_not_written() {
    let (forge, _) = two_sessions();
    let branch = Forge::branch(&me().public());
    let tip = forge.tip();
    forge
        .repo
        .reference("refs/heads/elsewhere", tip, true, "")
        .unwrap();
    forge
        .repo
        .reference_symbolic(&branch, "refs/heads/elsewhere", true, "")
        .unwrap();
    let report = forge.home.verify();
    assert!(!report.is_good());
    assert!(report.branches[0].problems()[0].contains("another name of refs/heads/elsewhere"));
    let refused = forge.home.store().tip(&me().public()).unwrap_err();
    let StoreError::SymbolicBranch { target, commit, .. } = refused else {
        panic!("{refused}")
    };
    assert_eq!(
        (target.as_str(), commit),
        ("refs/heads/elsewhere", Some(tip.to_string()))
    );
    let (workspace, store, keys) = (forge.home.workspace(), forge.home.store(), me());
    let refused = Session::begin(&workspace, &store, keys, titled("x")).err();
    assert!(
        matches!(
            refused,
            Some(WorkError::Store(StoreError::SymbolicBranch { .. }))
        ),
        "{refused:?}"
    );
    // Put back as told, all of it is there.
    forge
        .repo
        .find_reference(&branch)
        .unwrap()
        .delete()
        .unwrap();
    forge.move_branch(tip);
    assert_eq!(forge.verdict(), (Verdict::Valid, Vec::new()));
}
