//! What is in the repository afterwards, as stock git and stock OpenSSH see it.

use crate::support::{
    Canned, Home, Say, git, git_command, has, ignore, me, resume, said, texts, titled, workspace_at,
};
use mmogit::model::Message;
use mmogit::sign::{Namespace, allowed_signers_line, armour};
use mmogit::store::Store;
use mmogit::turn::Session;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

fn branch() -> String {
    format!("users/{}", me().public())
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn commits(home: &Home) -> Vec<String> {
    lines(&git(&home.repository(), &["rev-list", &branch()]))
}

fn reachable(home: &Home) -> usize {
    git(&home.repository(), &["rev-list", "--objects", "--all"])
        .lines()
        .count()
}

#[test]
fn a_session_of_any_length_is_one_commit_and_seven_objects() {
    if !has("git") {
        return;
    }
    for turns in [1, 3, 20] {
        let home = Home::new();
        home.chat(turns);
        assert_eq!(
            (reachable(&home), commits(&home).len()),
            (7, 1),
            "{turns} turns"
        );
        let kinds = git(
            &home.repository(),
            &["cat-file", "--batch-all-objects", "--batch-check"],
        );
        assert!(kinds.lines().count() >= 7);
    }
}

#[test]
fn each_further_session_adds_seven() {
    if !has("git") {
        return;
    }
    let home = Home::new();
    home.chat(1);
    home.chat_with(
        &workspace_at(home.path(), crate::support::START + 60_000),
        me(),
        4,
    );
    assert_eq!((reachable(&home), commits(&home).len()), (14, 2));
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = resume(&workspace, &store, keys);
    for n in 0..12 {
        session.say(&format!("say {n}")).unwrap();
    }
    session.end().unwrap();
    assert_eq!((reachable(&home), commits(&home).len()), (21, 3));
}

#[test]
fn an_auto_save_comes_with_every_fifth_message_and_replaces_the_sessions_own_commit() {
    if !has("git") {
        return;
    }
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    let mut tips = Vec::new();
    for n in 1..=20 {
        session.say(&format!("say {n}")).unwrap();
        tips.extend(
            store
                .tip(&keys.public())
                .unwrap()
                .map(|tip| tip.to_string()),
        );
        assert_eq!(session.unsaved(), n % 5);
    }
    tips.dedup();
    assert_eq!(tips.len(), 4);
    assert_eq!(commits(&home), [tips[3].clone()]);
}

/// Says five messages, lets somebody do something to the repository, says five more; returns the
/// commits, newest first.
fn interrupted_by(act: impl FnOnce(&Home, &str)) -> (Vec<String>, String) {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    for n in 0..5 {
        session.say(&format!("say {n}")).unwrap();
    }
    let own = store.tip(&keys.public()).unwrap().unwrap().to_string();
    act(&home, &own);
    for n in 5..10 {
        session.say(&format!("say {n}")).unwrap();
    }
    let end = session.end().unwrap().unwrap();
    assert_eq!(texts(&end).len(), 10);
    home.assert_sound();
    (commits(&home), own)
}

#[test]
fn a_commit_that_somebody_may_have_is_never_replaced() {
    if !has("git") {
        return;
    }
    let shared: [&[&str]; 4] = [
        &["update-ref", "refs/remotes/origin/x"],
        &["tag", "simple"],
        &["tag", "-a", "-m", "annotated", "annotated"],
        &["update-ref", "refs/notes/x"],
    ];
    for arguments in shared {
        let (commits, own) = interrupted_by(|home, own| {
            git(&home.repository(), &[arguments, &[own]].concat());
        });
        assert_eq!(commits.len(), 2, "{arguments:?}");
        assert_eq!(commits[1], own);
    }
    // Also when what they have only stands on it.
    let (commits, own) = interrupted_by(|home, own| {
        let tree = format!("{own}^{{tree}}");
        let above = git(
            &home.repository(),
            &["commit-tree", "-m", "x", "-p", own, &tree],
        );
        git(
            &home.repository(),
            &["update-ref", "refs/remotes/origin/x", above.trim()],
        );
    });
    assert_eq!((commits.len(), &commits[1]), (2, &own));
}

#[test]
fn references_that_say_nothing_of_the_commit_change_nothing() {
    if !has("git") {
        return;
    }
    let (commits, _) = interrupted_by(|home, _| {
        let repository = home.repository();
        let blob = git(&repository, &["hash-object", "-w", "HEAD"]);
        git(&repository, &["tag", "of-a-blob", blob.trim()]);
        git(
            &repository,
            &["tag", "-a", "-m", "x", "of-a-tree", "HEAD^{tree}"],
        );
        let unrelated = git(&repository, &["commit-tree", "-m", "x", "HEAD^{tree}"]);
        git(
            &repository,
            &["update-ref", "refs/remotes/origin/main", unrelated.trim()],
        );
        git(
            &repository,
            &[
                "symbolic-ref",
                "refs/remotes/origin/HEAD",
                "refs/remotes/origin/main",
            ],
        );
    });
    assert_eq!(commits.len(), 1);
}

#[test]
fn a_commit_above_which_somebody_wrote_is_never_replaced() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("one").unwrap();
    session.save().unwrap();
    let own = store.tip(&keys.public()).unwrap().unwrap().to_string();
    home.chat_with(
        &workspace_at(home.path(), crate::support::START + 60_000),
        keys,
        1,
    );
    session.say("two").unwrap();
    session.end().unwrap();
    home.assert_sound();
    if has("git") {
        let commits = commits(&home);
        assert_eq!((commits.len(), &commits[2]), (3, &own));
    }
}

/// Writes a file of allowed signers into the home.
fn allowed(home: &Home, text: &str) -> String {
    let path = home.path().join("allowed_signers");
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn stock_git_calls_every_commit_good() {
    if !has("git") || !has("ssh-keygen") {
        return;
    }
    let home = Home::new();
    home.chat(1);
    home.chat_with(
        &workspace_at(home.path(), crate::support::START + 60_000),
        crate::support::keys(2),
        2,
    );
    let signers = allowed(&home, &home.store().allowed_signers().unwrap());
    let setting = format!("gpg.ssh.allowedSignersFile={signers}");
    for person in [me(), crate::support::keys(2)] {
        let commit = format!("users/{}", person.public());
        let said = git(
            &home.repository(),
            &["-c", &setting, "verify-commit", &commit],
        );
        assert!(said.contains("Good \"git\" signature for"), "{said}");
        assert!(said.contains(&person.public().to_string()), "{said}");
    }
    // And not with another key allowed.
    let other = allowed_signers_line("*", &[Namespace::Git], &crate::support::keys(3).public());
    let signers = allowed(&home, &other);
    let setting = format!("gpg.ssh.allowedSignersFile={signers}");
    let refused = git_command(&home.repository())
        .args(["-c", &setting, "verify-commit", &branch()])
        .output()
        .unwrap();
    assert!(!refused.status.success(), "{}", said(&refused));
}

fn ssh_keygen_says(
    home: &Home,
    namespace: &str,
    signature: &str,
    bytes: &[u8],
    signers: &str,
) -> (bool, String) {
    let file = home.path().join("signature");
    fs::write(&file, signature).unwrap();
    let mut child = Command::new("ssh-keygen")
        .args([
            "-Y", "verify", "-f", signers, "-I", "who", "-n", namespace, "-s",
        ])
        .arg(&file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.success(), said(&output))
}

#[test]
fn stock_openssh_accepts_every_message_and_the_thread() {
    if !has("ssh-keygen") {
        return;
    }
    let home = Home::new();
    let thread = home.chat(2);
    for message in thread.messages() {
        let key = message.author();
        let signers = allowed(
            &home,
            &allowed_signers_line("who", &[Namespace::Message], &key),
        );
        let signature = armour(&key, Namespace::Message, message.signature().unwrap());
        let check =
            |bytes: &[u8]| ssh_keygen_says(&home, "mmogit.message.v1", &signature, bytes, &signers);
        let (good, said) = check(&message.canonical());
        assert!(good, "{said}");
        assert!(!check(b"another text").0);
    }
    let key = thread.author();
    let signers = allowed(
        &home,
        &allowed_signers_line("who", &[Namespace::Thread], &key),
    );
    let signature = armour(&key, Namespace::Thread, thread.signature().unwrap());
    let (good, said) = ssh_keygen_says(
        &home,
        "mmogit.thread.v1",
        &signature,
        &thread.signed_bytes(),
        &signers,
    );
    assert!(good, "{said}");
}

#[test]
fn a_plain_clone_shows_the_owners_branch_and_git_has_no_complaints() {
    if !has("git") {
        return;
    }
    let home = Home::new();
    home.chat(2);
    home.chat_with(
        &workspace_at(home.path(), crate::support::START + 60_000),
        crate::support::keys(2),
        1,
    );
    let clone = home.path().join("clone");
    git(home.path(), &["clone", "-q", "repo.git", "clone"]);
    let log = git_command(&clone)
        .args(["log", "--format=%s %an %ae"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&log.stderr), "");
    let expected = format!("1 thread mmogit {}@users.mmogit.invalid\n", me().public());
    assert_eq!(String::from_utf8_lossy(&log.stdout), expected);
    let entries = home.store().list().unwrap().entries;
    let mine = entries
        .iter()
        .find(|entry| entry.owner == me().public())
        .unwrap();
    assert_eq!(
        fs::read(clone.join(&mine.path)).unwrap(),
        home.store().read(mine).unwrap()
    );
    for arguments in [
        &["fsck", "--strict"][..],
        &["gc", "-q"],
        &["log", "-1", "--stat"],
    ] {
        let output = git_command(&home.repository())
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
    home.assert_sound();
}

#[test]
fn nothing_of_a_thread_is_in_a_commits_own_text() {
    if !has("git") {
        return;
    }
    let home = Home::new();
    home.chat(1);
    let text = git(&home.repository(), &["cat-file", "commit", &branch()]);
    assert!(
        !text.contains("talk") && text.ends_with("\n\n1 thread\n"),
        "{text}"
    );
}

#[test]
fn what_is_private_is_nobody_elses_to_read() {
    let home = Home::new();
    let workspace = workspace_at(&home.path().join("deep/home"), crate::support::START);
    let (store, keys) = (workspace.store_of(&me().public()).unwrap(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("secret").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(workspace.home()), 0o700);
    assert_eq!(mode(&workspace.home().join("repo.git")), 0o700);
    for journal in crate::support::files_below(&workspace.home().join("journal")) {
        assert_eq!(mode(&journal), 0o600);
    }
}

fn loose(home: &Home) -> usize {
    let files = crate::support::files_below(&home.repository().join("objects"));
    files
        .iter()
        .filter(|path| path.parent().unwrap().file_name().unwrap().len() == 2)
        .count()
}

#[test]
fn packing_keeps_every_object_and_stock_git_agrees() {
    let home = Home::new();
    for n in 0..4 {
        home.chat_with(
            &workspace_at(home.path(), crate::support::START + n * 60_000),
            me(),
            6,
        );
    }
    let all = |home: &Home| -> BTreeSet<String> {
        let batch = git(
            &home.repository(),
            &["cat-file", "--batch-all-objects", "--batch-check"],
        );
        lines(&batch).into_iter().collect()
    };
    let before = has("git").then(|| all(&home));
    let count = loose(&home);
    assert!(count > 28, "replaced commits are there too");
    let store = home.store();
    assert_eq!(store.pack().unwrap(), count);
    assert_eq!(loose(&home), 0);
    assert_eq!(store.pack().unwrap(), 0);
    assert_eq!(before, has("git").then(|| all(&home)));
    home.assert_sound();
    // The one that was open, and one opened anew, go on.
    let (workspace, keys) = (home.workspace(), me());
    for store in [&store, &home.store()] {
        let mut session = resume(&workspace, store, keys);
        session.say("on").unwrap();
        session.end().unwrap();
    }
    home.assert_sound();
}

#[test]
fn stock_gits_own_tidying_is_survived() {
    if !has("git") {
        return;
    }
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    for n in 0..20 {
        session.say(&format!("say {n}")).unwrap();
        session.ask(&Canned::new("yes"), None, &mut ignore).unwrap();
        if n % 4 == 0 {
            git(&home.repository(), &["gc", "-q", "--prune=now"]);
            git(&home.repository(), &["pack-refs", "--all"]);
        }
    }
    session.end().unwrap();
    home.assert_sound();
    assert_eq!(home.only_thread().messages().len(), 40);
}

#[test]
fn packing_is_wanted_when_loose_objects_are_many() {
    let home = Home::new();
    home.chat(1);
    let store = home.store();
    assert!(!store.wants_packing());
    let folder = home.repository().join("objects/17");
    fs::create_dir_all(&folder).unwrap();
    for n in 0..30 {
        fs::write(folder.join(format!("{n:038}")), "").unwrap();
    }
    assert!(store.wants_packing());
}

#[test]
fn a_repository_cloned_by_hand_is_taken_as_the_store() {
    if !has("git") {
        return;
    }
    let home = Home::new();
    home.chat(2);
    let other = Home::new();
    git(
        other.path(),
        &[
            "clone",
            "-q",
            "--bare",
            &home.repository().display().to_string(),
            "repo.git",
        ],
    );
    assert!(Store::open(other.path()).unwrap().is_some());
    let (workspace, store, keys) = (other.workspace(), other.store(), me());
    let mut session = resume(&workspace, &store, keys);
    session.say("here").unwrap();
    session.end().unwrap();
    other.assert_sound();
    let shown: Vec<String> = other
        .only_thread()
        .visible()
        .into_iter()
        .map(Message::text)
        .collect();
    assert_eq!(shown.last().unwrap(), "here");
}
