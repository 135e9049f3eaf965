//! What a sync may not do to a session that is open, and what is left of one that broke off.

use crate::support::devices::Device;
use crate::support::far::Far;
use crate::support::{START, Say, git, has, me, texts, titled};
use mmogit::store::{Address, Store};
use mmogit::sync::{How, Refusal, Went};
use mmogit::turn::Session;
use std::fs;

fn devices() -> Option<(Far, Device, Device)> {
    if !has("git") {
        return None;
    }
    let far = Far::new();
    let one = Device::of(me(), START);
    let other = Device::of(me(), START + 3_600_000);
    Some((far, one, other))
}

fn history(device: &Device) -> Vec<String> {
    let branch = Store::branch_name(&device.keys.public());
    let said = git(&device.home.repository(), &["rev-list", &branch]);
    said.lines().map(str::to_owned).collect()
}

/// A session replaces its own newest commit when it saves again, but not one that others have.
#[test]
fn a_session_replaces_no_commit_that_was_pushed() {
    let Some((far, one, _)) = devices() else {
        return;
    };
    let store = one.store();
    let mut session = Session::begin(&one.workspace, &store, one.keys, titled("a talk")).unwrap();
    session.say("first").unwrap();
    session.save().unwrap();
    let unshared = one.tip().unwrap().to_string();
    session.say("second").unwrap();
    session.save().unwrap();
    assert!(
        !history(&one).contains(&unshared),
        "it is replaced as long as nobody has it"
    );

    let pushed = one.tip().unwrap().to_string();
    one.sync(&far);
    session.say("third").unwrap();
    session.end().unwrap();
    assert!(history(&one).contains(&pushed), "somebody may have it");
    let summary = one.sync(&far);
    assert!(summary.refused.is_empty(), "{:?}", summary.refused);
    assert_eq!(
        far.tip_of(&me().public()),
        one.tip().map(|tip| tip.to_string())
    );
}

/// The same where nobody knows whether the push arrived.
#[test]
fn a_session_replaces_no_commit_that_may_have_been_pushed() {
    let Some((_, one, _)) = devices() else {
        return;
    };
    let store = one.store();
    let mut session = Session::begin(&one.workspace, &store, one.keys, titled("a talk")).unwrap();
    session.say("first").unwrap();
    session.save().unwrap();
    let address = Address::read("https://example.com/threads.git").unwrap();
    let noted = store.note_push(&address, &me().public()).unwrap();
    assert_eq!(noted, one.tip());
    session.say("second").unwrap();
    session.save().unwrap();
    assert!(history(&one).contains(&noted.unwrap().to_string()));

    // What the note says can't be told any more: then all may have been.
    let tip = one.tip().unwrap().to_string();
    let notes = crate::support::files_below(&one.home.path().join("state/remotes"));
    fs::write(&notes[0], "no commit\n").unwrap();
    session.say("third").unwrap();
    session.end().unwrap();
    assert!(history(&one).contains(&tip));
}

#[test]
fn a_session_goes_on_while_its_branch_is_synced() {
    let Some((far, one, other)) = devices() else {
        return;
    };
    let store = one.store();
    let mut session = Session::begin(&one.workspace, &store, one.keys, titled("a talk")).unwrap();
    session.say("first").unwrap();
    session.save().unwrap();
    one.sync(&far);
    other.sync(&far);
    let others = other.store();
    let threads = other.workspace.threads();
    let found = threads.find("a talk").unwrap();
    let (thread, commit) = threads.continuable(found, &me().public()).unwrap();
    let mut there = Session::resume(&other.workspace, &others, other.keys, thread, commit).unwrap();
    there.say("from the other machine").unwrap();
    there.end().unwrap();
    other.sync(&far);

    // It came while the session is open, and a commit of the session's is not saved yet.
    session.say("second").unwrap();
    one.sync(&far);
    session.say("third").unwrap();
    session.end().unwrap();
    for device in [&one, &other, &one] {
        let summary = device.sync(&far);
        assert!(summary.refused.is_empty(), "{:?}", summary.refused);
    }
    assert_eq!(one.tip(), other.tip());
    let mut said = texts(&one.thread("a talk"));
    said.sort();
    assert_eq!(said, ["first", "from the other machine", "second", "third"]);
    one.home.assert_sound();
}

/// What one that was killed left in quarantine goes, and no reference of it is listed.
#[test]
fn what_a_killed_sync_left_is_gone_with_the_next() {
    let Some((far, one, other)) = devices() else {
        return;
    };
    let store = one.store();
    let mut session = Session::begin(&one.workspace, &store, one.keys, titled("a talk")).unwrap();
    session.say("first").unwrap();
    session.end().unwrap();
    one.sync(&far);
    other.sync(&far);
    let quarantine = Store::quarantine_of(&"origin".parse().unwrap(), &"1".repeat(64));
    let tip = other.tip().unwrap().to_string();
    git(&other.home.repository(), &["update-ref", &quarantine, &tip]);
    fs::create_dir_all(other.home.path().join("state/sync/objects")).unwrap();

    assert_eq!(other.store().authors().unwrap(), [me().public()]);
    let summary = other.sync(&far);
    assert!(summary.came.is_empty() && summary.refused.is_empty());
    let references = git(&other.home.repository(), &["for-each-ref", "refs/mmogit"]);
    assert_eq!(references, "");
    assert!(!other.home.path().join("state/sync").exists());
}

/// The remote's own copy of the branch is not what its owner signed: it stays there, and nothing is
/// put in its place.
#[test]
fn a_forged_commit_on_the_own_branch_is_neither_taken_nor_overwritten() {
    let Some((far, one, _)) = devices() else {
        return;
    };
    let store = one.store();
    let mut session = Session::begin(&one.workspace, &store, one.keys, titled("a talk")).unwrap();
    session.say("first").unwrap();
    session.end().unwrap();
    one.sync(&far);
    let branch = Store::branch_name(&me().public());
    let tree = far.git(&["rev-parse", &format!("{branch}^{{tree}}")]);
    let forged = far.git(&["commit-tree", "-p", &branch, "-m", "1 thread", tree.trim()]);
    far.git(&["update-ref", &branch, forged.trim()]);
    let before = one.tip();
    let summary = one.sync(&far);
    let kinds: Vec<&str> = summary
        .refused
        .iter()
        .map(|refused| refused.why.code())
        .collect();
    assert_eq!(kinds, ["commit-not-the-owners"]);
    assert_eq!(one.tip(), before);
    // Nothing is new here, so nothing was to go; once there is, it is said that it stays here.
    let mut session = Session::begin(&one.workspace, &store, one.keys, titled("more")).unwrap();
    session.say("second").unwrap();
    session.end().unwrap();
    let summary = one.sync(&far);
    assert_eq!(summary.went, Went::Refused);
    let is_not_replaced = |why: &Refusal| matches!(why, Refusal::NotReplaced);
    assert!(
        summary
            .refused
            .iter()
            .any(|refused| is_not_replaced(&refused.why))
    );
    assert_eq!(far.tip_of(&me().public()).unwrap(), forged.trim());
}

#[test]
fn two_syncs_of_one_home_wait_for_each_other() {
    let Some((far, one, other)) = devices() else {
        return;
    };
    let store = other.store();
    let mut session =
        Session::begin(&other.workspace, &store, other.keys, titled("a talk")).unwrap();
    session.say("first").unwrap();
    session.end().unwrap();
    other.sync(&far);
    let came: usize = std::thread::scope(|scope| {
        let both = [0, 1].map(|_| scope.spawn(|| one.sync(&far).came.len()));
        both.into_iter().map(|sync| sync.join().unwrap()).sum()
    });
    assert_eq!(came, 1, "what came once does not come again");
    assert_eq!(one.tip(), other.tip());
    let summary = one.sync(&far);
    assert!(!summary.came.iter().any(|came| matches!(came.how, How::New)));
}
