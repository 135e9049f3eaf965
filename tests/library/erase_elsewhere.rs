//! Erasing, and the places that one device can't clear by itself: each is named before, none is
//! lost, and what is left here goes once nothing holds it any more.

use crate::support::{
    Canned, Home, Say, git, git_command, has, ignore, keys, kinds, me, problems, resume, titled,
    traces_of, workspace_now,
};
use git2::Repository;
use mmogit::model::{Thread, ThreadId};
use mmogit::store::{Address, LeftJournal, Remote, StoreError};
use mmogit::turn::Session;
use mmogit::workspace::{Erasable, WorkError, Workspace};
use std::fs;
use std::path::Path;

const SECRET: &str = "xyzzy";

fn talk(home: &Home, title: &str, text: &str) -> Thread {
    let (workspace, keys) = (workspace_now(home.path()), me());
    let store = workspace.store_of(&keys.public()).unwrap();
    let mut session = Session::begin(&workspace, &store, keys, titled(title)).unwrap();
    for turn in 0..2 {
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

fn erasable(workspace: &Workspace) -> Erasable {
    workspace.eraser().erasable(&me().public(), SECRET).unwrap()
}

fn erase(home: &Home) -> ThreadId {
    let workspace = workspace_now(home.path());
    let erasable = erasable(&workspace);
    workspace
        .eraser()
        .erase(me(), &erasable)
        .unwrap()
        .erasure
        .thread
}

fn finish(home: &Home, id: ThreadId) {
    workspace_now(home.path())
        .eraser()
        .finish_erasure(&me().public(), id)
        .unwrap()
        .expect("it was erased");
}

fn branch() -> String {
    format!("users/{}", me().public())
}

fn traces(home: &Home) -> Vec<String> {
    traces_of(SECRET, home)
}

/// A home whose repository knows a remote, and has what is there.
fn device(remote: &Path) -> Home {
    let home = Home::new();
    home.store();
    git(
        &home.repository(),
        &[
            "remote",
            "add",
            "origin",
            &format!("file://{}", remote.display()),
        ],
    );
    home
}

fn tip(home: &Home) -> String {
    git(&home.repository(), &["rev-parse", &branch()])
        .trim()
        .to_owned()
}

/// What a person types to take their other device's branch as it is now.
fn fetch_by_force(home: &Home) {
    git(
        &home.repository(),
        &[
            "fetch",
            "origin",
            &format!("+refs/heads/{0}:refs/heads/{0}", branch()),
        ],
    );
}

fn is_refused(home: &Home, arguments: &[&str]) {
    let output = git_command(&home.repository())
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        !output.status.success(),
        "git {arguments:?} was not refused"
    );
}

/// Two devices and a remote, which all have one branch of two threads.
fn two_devices() -> (tempfile::TempDir, Home, Home) {
    let remote = tempfile::tempdir().unwrap();
    git(remote.path(), &["init", "--quiet", "--bare", "."]);
    let (one, other) = (device(remote.path()), device(remote.path()));
    talk(&one, "plain", "plain");
    talk(&one, "the secret xyzzy", SECRET);
    git(&one.repository(), &["push", "origin", &branch()]);
    fetch_by_force(&other);
    // A save, so that the other device remembers the tip from outside of the repository.
    let workspace = workspace_now(other.path());
    workspace
        .organiser()
        .rename(me(), workspace.threads().find("plain").unwrap(), "renamed")
        .unwrap();
    git(&other.repository(), &["push", "origin", &branch()]);
    git(
        &one.repository(),
        &["fetch", "origin", &format!("{0}:{0}", branch())],
    );
    (remote, one, other)
}

#[test]
fn a_remote_is_named_and_follows_by_force_and_then_a_new_clone_has_nothing() {
    if !has("git") {
        return;
    }
    let (remote, one, _other) = two_devices();
    let asked = erasable(&workspace_now(one.path()));
    assert_eq!(asked.kept_in, [format!("refs/remotes/origin/{}", branch())]);
    let address = format!("file://{}", remote.path().display());
    let origin = Remote {
        name: "origin".to_owned(),
        place: Address::read(&address),
        address,
    };
    assert_eq!(asked.remotes, [origin]);
    let id = erase(&one);
    one.assert_sound();
    assert!(
        !traces(&one).is_empty(),
        "what the remote's branch here leads to stays, as was said"
    );

    is_refused(&one, &["push", "origin", &branch()]);
    git(
        &one.repository(),
        &["push", "--force-with-lease", "origin", &branch()],
    );
    finish(&one, id);
    assert_eq!(traces(&one), Vec::<String>::new());
    one.assert_sound();

    let new = device(remote.path());
    fetch_by_force(&new);
    assert_eq!(traces(&new), Vec::<String>::new());
    assert!(new.verify().is_good());
    assert_eq!(new.threads().len(), 1);
    assert_eq!(new.verify().branches[0].erasures.len(), 1);
}

#[test]
fn another_device_takes_the_new_branch_without_an_alarm_and_is_cleared_by_the_same_command() {
    if !has("git") {
        return;
    }
    let (_remote, one, other) = two_devices();
    // The other device is behind: what is erased is not the tip that it remembers.
    talk(&one, "newer", "plain");
    let id = erase(&one);
    talk(&one, "newest", "plain");
    git(
        &one.repository(),
        &["push", "--force-with-lease", "origin", &branch()],
    );

    let before = tip(&other);
    is_refused(&other, &["fetch", "origin", &format!("{0}:{0}", branch())]);
    is_refused(&other, &["push", "origin", &branch()]);
    assert_eq!(tip(&other), before);
    fs::write(
        other.path().join("state/chat-history"),
        "#V2\nxyzzy asks 0\nplain asks 0\n",
    )
    .unwrap();
    fetch_by_force(&other);
    let report = other.verify();
    assert!(report.is_good(), "{:?}", problems(&report));
    assert!(!traces(&other).is_empty());
    finish(&other, id);
    assert_eq!(traces(&other), Vec::<String>::new());
    assert!(
        fs::read_to_string(other.path().join("state/chat-history"))
            .unwrap()
            .contains("plain")
    );
    other.assert_sound();
    assert_eq!(other.threads().len(), 3);
    talk(&other, "and on", "plain");
    other.assert_sound();
}

#[test]
fn what_only_the_other_device_had_is_missed_there_and_can_be_put_back() {
    if !has("git") {
        return;
    }
    let (_remote, one, other) = two_devices();
    talk(&other, "only here", "plain");
    let before = tip(&other);
    erase(&one);
    git(
        &one.repository(),
        &["push", "--force-with-lease", "origin", &branch()],
    );
    fetch_by_force(&other);
    let report = other.verify();
    assert_eq!(kinds(&report)[0], "branch-moved-back");
    // The same rule holds where the erasing device would do it: a branch that lacks something is
    // not signed anew.
    git(
        &other.repository(),
        &["update-ref", &format!("refs/heads/{}", branch()), &before],
    );
    assert!(other.verify().is_good());
    assert_eq!(other.threads().len(), 3);
}

#[test]
fn a_session_on_another_device_does_not_bring_it_back() {
    if !has("git") {
        return;
    }
    let (_remote, one, other) = two_devices();
    let (workspace, store, mine) = (workspace_now(other.path()), other.store(), me());
    let found = workspace.threads().find(SECRET).unwrap();
    let (thread, commit) = workspace
        .threads()
        .continuable(found, &mine.public())
        .unwrap();
    let mut session = Session::resume(&workspace, &store, mine, thread, commit).unwrap();
    session.say("xyzzy again").unwrap();
    let id = erase(&one);
    git(
        &one.repository(),
        &["push", "--force-with-lease", "origin", &branch()],
    );
    fetch_by_force(&other);
    let refused = session.save();
    assert!(
        matches!(refused, Err(StoreError::Erased { .. })),
        "{refused:?}"
    );
    drop(session);
    // What was said meanwhile is not thrown away behind anybody's back.
    let recovery = workspace.recover(mine).unwrap();
    assert_eq!(recovery.sessions, []);
    assert!(
        matches!(recovery.left[..], [LeftJournal::Erased { .. }]),
        "{recovery:?}"
    );
    assert!(!traces(&other).is_empty());
    finish(&other, id);
    assert_eq!(traces(&other), Vec::<String>::new());
    other.assert_sound();
}

#[test]
fn work_trees_logs_and_other_peoples_branches_are_named_and_not_broken() {
    if !has("git") {
        return;
    }
    let home = Home::new();
    talk(&home, "plain", "plain");
    talk(&home, "the secret xyzzy", SECRET);
    let repository = home.repository();
    let outside = tempfile::tempdir().unwrap();
    let tree = outside.path().join("tree");
    git(
        &repository,
        &["worktree", "add", tree.to_str().unwrap(), &branch()],
    );
    git(&repository, &["config", "core.logAllRefUpdates", "always"]);
    git(&repository, &["branch", "mine", &branch()]);
    git(
        &repository,
        &["branch", "--force", "mine", &format!("{}~1", branch())],
    );
    let friend = format!("refs/heads/users/{}", keys(2).public());
    git(&repository, &["update-ref", &friend, &branch()]);
    git(&repository, &["update-ref", "refs/stash", &branch()]);

    let asked = erasable(&workspace_now(home.path()));
    let place = fs::canonicalize(&tree).unwrap();
    let mut expected = vec![
        friend.clone(),
        "refs/stash".to_owned(),
        "the log of refs/heads/mine".to_owned(),
        format!("the log of {friend}"),
        "the log of refs/stash".to_owned(),
        format!("the work tree {}", place.display()),
    ];
    let mut named = asked.kept_in;
    named.sort();
    expected.sort();
    assert_eq!(named, expected);
    let id = erase(&home);
    // Nothing that they need was taken from them.
    git(&repository, &["fsck", "--strict", "--full"]);
    git(&tree, &["status"]);
    git(&repository, &["show", "--stat", "refs/stash@{0}"]);
    assert!(!traces(&home).is_empty());

    git(
        &repository,
        &["worktree", "remove", "--force", tree.to_str().unwrap()],
    );
    for reference in [friend.as_str(), "refs/stash", "refs/heads/mine"] {
        git(&repository, &["update-ref", "-d", reference]);
    }
    finish(&home, id);
    assert_eq!(traces(&home), Vec::<String>::new());
    home.assert_sound();
}

#[test]
fn a_repository_that_is_borrowed_from_is_named_and_left_as_it_is() {
    if !has("git") {
        return;
    }
    let home = Home::new();
    talk(&home, "plain", "plain");
    talk(&home, "the secret xyzzy", SECRET);
    let outside = tempfile::tempdir().unwrap();
    let copy = outside.path().join("copy.git");
    let from = home.repository();
    git(
        outside.path(),
        &[
            "clone",
            "--quiet",
            "--bare",
            from.to_str().unwrap(),
            copy.to_str().unwrap(),
        ],
    );
    let lender = copy.join("objects").display().to_string();
    fs::create_dir_all(from.join("objects/info")).unwrap();
    fs::write(from.join("objects/info/alternates"), format!("{lender}\n")).unwrap();
    assert_eq!(erasable(&workspace_now(home.path())).alternates, [lender]);
    erase(&home);
    assert!(
        !traces(&home).is_empty(),
        "it can still be read through the other repository"
    );
    git(&copy, &["fsck", "--strict"]);
    fs::remove_file(from.join("objects/info/alternates")).unwrap();
    assert_eq!(traces(&home), Vec::<String>::new());
    home.assert_sound();
}

#[test]
fn a_thread_of_the_older_mmogit_and_a_file_that_is_none_are_erased_too() {
    for content in [
        r#"{"id":"thread_1700000000","title":"xyzzy","author":"me","created_at":"2023-11-14T22:13:20Z",
            "updated_at":"2023-11-14T22:13:20Z","state":"active","tags":[],
            "messages":[{"role":"user","content":"xyzzy","timestamp":"2023-11-14T22:13:20Z"}]}"#,
        "xyzzy, and no thread at all",
    ] {
        let home = Home::new();
        let plain = talk(&home, "plain", "plain");
        let repo = Repository::open_bare(home.repository()).unwrap();
        let path = ".mmogit/threads/2023-11/14/thread_1700000000.json";
        commit_file(&repo, path, content.as_bytes());
        assert!(!traces(&home).is_empty());
        let workspace = workspace_now(home.path());
        let erasable = workspace
            .eraser()
            .erasable(&me().public(), "thread_1700000000")
            .unwrap();
        let erased = workspace.eraser().erase(me(), &erasable).unwrap();
        assert_eq!(erased.erasure.root, None);
        assert_eq!(traces(&home), Vec::<String>::new());
        home.assert_sound();
        assert_eq!(home.only_thread().to_file(), plain.to_file());
        finish(&home, erased.erasure.thread);
    }
}

/// A commit of the owner's with one more file.
fn commit_file(repo: &Repository, path: &str, content: &[u8]) {
    let branch = format!("refs/heads/{}", branch());
    let tip = repo
        .find_reference(&branch)
        .unwrap()
        .peel_to_commit()
        .unwrap();
    let tree = git2::build::TreeUpdateBuilder::new()
        .upsert(path, repo.blob(content).unwrap(), git2::FileMode::Blob)
        .create_updated(repo, &tip.tree().unwrap())
        .unwrap();
    let tree = repo.find_tree(tree).unwrap();
    let text = repo
        .commit_create_buffer(&tip.author(), &tip.author(), "x\n", &tree, &[&tip])
        .unwrap();
    let text = std::str::from_utf8(&text).unwrap();
    let armour = me()
        .owner()
        .sign_armoured(mmogit::sign::Namespace::Git, text.as_bytes());
    let id = repo.commit_signed(text, armour.trim_end(), None).unwrap();
    repo.reference(&branch, id, true, "").unwrap();
}

#[test]
fn two_threads_with_one_id_are_erased_each_by_itself() {
    let (home, elsewhere) = (Home::new(), Home::new());
    let workspace = crate::support::workspace_at(home.path(), crate::support::START);
    let mine = home.chat_with(&workspace, me(), 1);
    let keys = me();
    let store = home.store();
    let mut dies = resume(&workspace, &store, keys);
    dies.say("not saved").unwrap();
    drop(dies);
    // The same second on another device.
    let other = crate::support::workspace_at(elsewhere.path(), crate::support::START + 500);
    let store = other.store_of(&me().public()).unwrap();
    let mut session = Session::begin(&other, &store, keys, titled("the secret xyzzy")).unwrap();
    session.say("xyzzy").unwrap();
    let secret = session.end().unwrap().unwrap();
    assert_eq!(secret.id(), mine.id());
    let save = mmogit::store::Save {
        owner: keys.owner(),
        thread: &secret,
        base: None,
        replaces: None,
        now: workspace.now(),
    };
    home.store().save(&save).unwrap();
    assert_eq!(home.threads().len(), 2);
    let named = format!("{}-{}", secret.id(), secret.root().short());
    let erasable = workspace.eraser().erasable(&me().public(), &named).unwrap();
    assert_eq!(erasable.name(), named);
    workspace.eraser().erase(me(), &erasable).unwrap();
    assert_eq!(traces(&home), Vec::<String>::new());
    assert_eq!(home.only_thread().to_file(), mine.to_file());
    let recovery = workspace.recover(keys).unwrap();
    let (recovered, left) = (recovery.sessions, recovery.left);
    assert_eq!(
        (recovered.len(), left),
        (1, Vec::new()),
        "the other's journal went too"
    );
    // The other of that id is not taken for it: it can be gone on with, and erased with a word of
    // its own.
    let store = home.store();
    let mut session = resume(&workspace, &store, keys);
    session.say("and on").unwrap();
    session.end().unwrap();
    assert!(matches!(
        home.store().save(&save),
        Err(StoreError::Erased { .. })
    ));
    let erasable = workspace
        .eraser()
        .erasable(&me().public(), &mine.id().to_string())
        .unwrap();
    workspace.eraser().erase(me(), &erasable).unwrap();
    assert_eq!(home.verify().branches[0].erasures.len(), 2);
    assert!(matches!(
        workspace.threads().find(&mine.id().to_string()),
        Err(WorkError::NotFound(_))
    ));
    home.assert_sound();
}
