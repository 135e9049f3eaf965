//! Erasing: the text is gone from everything that is the owner's, and all else still verifies.

use crate::support::{
    Canned, Home, Say, git, has, ignore, keys, kinds, me, resume, titled, traces_of,
};
use git2::{ObjectType, Repository};
use mmogit::index::Filter;
use mmogit::model::{PublicKey, Thread, ThreadId};
use mmogit::store::{Erased, StoreError};
use mmogit::turn::Session;
use mmogit::workspace::{WorkError, Workspace};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

const SECRET: &str = "xyzzy";

fn talk(workspace: &Workspace, title: &str, text: &str) -> Thread {
    let store = workspace.store_of(&me().public()).unwrap();
    let keys = me();
    let mut session = Session::begin(workspace, &store, keys, titled(title)).unwrap();
    for turn in 0..4 {
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

/// So many threads, of which one holds the secret.
fn with_secret(count: usize, at: usize) -> (Home, Workspace, Thread) {
    let home = Home::new();
    let workspace = home.workspace();
    let mut secret = None;
    for n in 0..count {
        let thread = talk(
            &workspace,
            &format!("talk {n}"),
            if n == at { SECRET } else { "plain" },
        );
        if n == at {
            secret = Some(thread);
        }
    }
    (home, workspace, secret.unwrap())
}

fn erase(workspace: &Workspace, id: &str) -> Result<Erased, WorkError> {
    let erasable = workspace.eraser().erasable(&me().public(), id)?;
    workspace.eraser().erase(me(), &erasable)
}

/// Wherever the secret still stands.
fn traces(home: &Home) -> Vec<String> {
    traces_of(SECRET, home)
}

fn branch() -> String {
    format!("refs/heads/users/{}", me().public())
}

fn assert_erased(home: &Home, left: usize) {
    assert_eq!(traces(home), Vec::<String>::new());
    home.assert_sound();
    assert_eq!(home.threads().len(), left);
    assert_eq!(home.store().lost_since_seen(&me().public()).unwrap(), None);
}

/// Stock git calls every commit good.
fn git_agrees(home: &Home) {
    if !has("git") || !has("ssh-keygen") {
        return;
    }
    let signers = home.path().join("signers");
    fs::write(&signers, home.store().allowed_signers().unwrap()).unwrap();
    let allowed = format!("gpg.ssh.allowedSignersFile={}", signers.display());
    for commit in git(&home.repository(), &["rev-list", &branch()]).lines() {
        let said = git(
            &home.repository(),
            &["-c", &allowed, "verify-commit", commit],
        );
        assert!(said.contains("Good \"git\" signature"), "{said}");
    }
    fs::remove_file(signers).unwrap();
}

#[test]
fn a_thread_in_the_middle_of_many_is_gone_and_the_others_verify() {
    let (home, workspace, secret) = with_secret(12, 5);
    let id = secret.id().to_string();
    workspace
        .organiser()
        .rename(
            me(),
            workspace.threads().find(&id).unwrap(),
            "another title",
        )
        .unwrap();
    // The index knows it, and every version that a session saved is there.
    workspace.threads().list(&Filter::default()).unwrap();
    assert!(traces(&home).len() > 3, "{:?}", traces(&home));
    let others: BTreeSet<String> = home
        .threads()
        .iter()
        .filter(|t| t.id() != secret.id())
        .map(|t| format!("{:?}", t.to_file()))
        .collect();
    let repo = Repository::open_bare(home.repository()).unwrap();
    let times = |repo: &Repository| {
        let mut walk = repo.revwalk().unwrap();
        walk.push_ref(&branch()).unwrap();
        walk.map(|id| repo.find_commit(id.unwrap()).unwrap().time().seconds())
            .collect::<Vec<_>>()
    };
    let before = times(&repo);

    let erased = erase(&workspace, &id).unwrap();
    // The five commits before it are kept, six are written anew, its own two are gone.
    assert_eq!((erased.commits.anew, erased.commits.gone), (6, 2));
    assert_erased(&home, 11);
    let after: BTreeSet<String> = home
        .threads()
        .iter()
        .map(|t| format!("{:?}", t.to_file()))
        .collect();
    assert_eq!(after, others);
    let after = times(&Repository::open_bare(home.repository()).unwrap());
    // Without the rename on top, without its session in the middle, with the word that is left.
    let expected: Vec<i64> = before[1..]
        .iter()
        .copied()
        .enumerate()
        .filter(|(n, _)| *n != 6)
        .map(|(_, time)| time)
        .collect();
    assert_eq!(after[1..], expected);
    git_agrees(&home);
    let report = home.verify();
    let told = &report.branches[0].erasures;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].erasure.as_ref().unwrap().root, Some(secret.root()));
    assert!(matches!(
        workspace.threads().find(&id),
        Err(WorkError::NotFound(_))
    ));
    // Life goes on.
    talk(&workspace, "later", "plain");
    assert_erased(&home, 12);
}

/// examples/verify.py and stock ssh-keygen, knowing nothing of mmogit, call the word that is left
/// good, and a changed one not.
#[test]
fn the_word_that_is_left_is_checked_without_us() {
    if !["git", "python3", "ssh-keygen"]
        .map(has)
        .iter()
        .all(|there| *there)
    {
        return;
    }
    let (home, workspace, secret) = with_secret(3, 1);
    erase(&workspace, &secret.id().to_string()).unwrap();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let python = |script: &str, arguments: &[&str]| {
        let script = format!("{examples}/{script}");
        let run = Command::new("python3")
            .arg(script)
            .args(arguments)
            .current_dir(home.path())
            .output()
            .unwrap();
        (run.status.code(), String::from_utf8(run.stdout).unwrap())
    };
    let repository = home.repository().display().to_string();
    let (code, said) = python("verify.py", &["--git", &repository]);
    assert_eq!(code, Some(0), "{said}");
    let told = &home.verify().branches[0].erasures[0];
    assert!(said.contains(&format!("{}: valid", told.path)), "{said}");
    assert_eq!(
        said.lines().count(),
        3 + 2 + 1,
        "commits, threads, the word: {said}"
    );

    let word = git(
        &home.repository(),
        &["show", &format!("{}:{}", branch(), told.path)],
    );
    fs::write(home.path().join("word.json"), &word).unwrap();
    fs::write(
        home.path().join("signers"),
        home.store().allowed_signers().unwrap(),
    )
    .unwrap();
    let (_, command) = python("armour.py", &["word.json", "erasure"]);
    let checked = |command: &str| {
        let command = command.replace("SIGNERS", "signers");
        Command::new("sh")
            .args(["-c", &command])
            .current_dir(home.path())
            .output()
            .unwrap()
            .status
            .success()
    };
    assert!(command.contains("-n mmogit.erasure.v1"), "{command}");
    assert!(checked(&command), "{command}");
    let signed = fs::read_to_string(home.path().join("signed")).unwrap();
    fs::write(
        home.path().join("signed"),
        signed.replace("thread_", "thread_1"),
    )
    .unwrap();
    assert!(!checked(&command));
}

#[test]
fn packed_text_goes_too_and_a_second_erasure_keeps_the_first_ones_word() {
    let (home, workspace, secret) = with_secret(4, 1);
    home.store().pack().unwrap();
    let other = talk(&workspace, "other", "plain");
    erase(&workspace, &secret.id().to_string()).unwrap();
    assert_erased(&home, 4);
    erase(&workspace, &other.id().to_string()).unwrap();
    assert_erased(&home, 3);
    assert_eq!(home.verify().branches[0].erasures.len(), 2);
    git_agrees(&home);
}

#[test]
fn the_only_thread_can_be_erased_and_erasing_it_again_only_tidies() {
    let (home, workspace, secret) = with_secret(1, 0);
    let id = secret.id().to_string();
    let commits = erase(&workspace, &id).unwrap().commits;
    assert_eq!((commits.anew, commits.gone), (0, 1));
    assert_erased(&home, 0);
    let tip = home.store().tip(&me().public()).unwrap();
    assert!(matches!(
        erase(&workspace, &id),
        Err(WorkError::NotFound(_))
    ));
    assert_eq!(
        workspace
            .eraser()
            .finish_erasure(&me().public(), secret.id())
            .unwrap()
            .unwrap()
            .removed,
        0
    );
    assert_eq!(home.store().tip(&me().public()).unwrap(), tip);
    let unknown = ThreadId::read("thread_1").unwrap();
    assert_eq!(
        workspace
            .eraser()
            .finish_erasure(&me().public(), unknown)
            .unwrap(),
        None
    );
}

#[test]
fn a_rollback_is_still_caught_before_and_after() {
    let (home, workspace, secret) = with_secret(3, 0);
    let repo = Repository::open_bare(home.repository()).unwrap();
    let first = repo
        .revparse_single(&format!("{}~1", branch()))
        .unwrap()
        .id();
    let newest = repo.refname_to_id(&branch()).unwrap();
    repo.reference(&branch(), first, true, "").unwrap();
    let refused = erase(&workspace, &secret.id().to_string());
    assert!(
        matches!(refused, Err(WorkError::Store(StoreError::Untrue { .. }))),
        "{refused:?}"
    );
    assert_eq!(repo.refname_to_id(&branch()).unwrap(), first);
    repo.reference(&branch(), newest, true, "").unwrap();
    // Somebody has kept the old history.
    repo.reference("refs/tags/kept", newest, true, "").unwrap();
    erase(&workspace, &secret.id().to_string()).unwrap();
    let word = repo.refname_to_id(&branch()).unwrap();
    talk(&workspace, "later", "plain");
    for old in [newest, word] {
        let now = repo.refname_to_id(&branch()).unwrap();
        repo.reference(&branch(), old, true, "").unwrap();
        let report = home.verify();
        assert_eq!(kinds(&report)[0], "branch-moved-back");
        repo.reference(&branch(), now, true, "").unwrap();
    }
    assert!(home.verify().is_good());
}

#[test]
fn what_other_references_hold_stays_and_is_said_before() {
    let (home, workspace, secret) = with_secret(2, 0);
    let repo = Repository::open_bare(home.repository()).unwrap();
    let tip = repo.refname_to_id(&branch()).unwrap();
    repo.reference("refs/remotes/origin/main", tip, true, "")
        .unwrap();
    let id = secret.id().to_string();
    let erasable = workspace.eraser().erasable(&me().public(), &id).unwrap();
    assert_eq!(erasable.kept_in, ["refs/remotes/origin/main"]);
    assert_eq!(erasable.copied_in, Vec::<String>::new());
    workspace
        .organiser()
        .fork(me(), workspace.threads().find(&id).unwrap(), None, None)
        .unwrap();
    let erasable = workspace.eraser().erasable(&me().public(), &id).unwrap();
    assert_eq!(erasable.copied_in.len(), 1);
    workspace.eraser().erase(me(), &erasable).unwrap();
    assert!(home.verify().is_good());
    assert!(
        repo.find_commit(tip).is_ok(),
        "what a remote's branch reaches is kept"
    );
    assert!(!traces(&home).is_empty());
}

#[test]
fn a_thread_that_is_talked_in_or_anothers_is_refused() {
    let (home, workspace, secret) = with_secret(2, 1);
    let (store, keys_of_mine, id) = (home.store(), me(), secret.id().to_string());
    let session = resume(&workspace, &store, keys_of_mine);
    let refused = erase(&workspace, &id);
    assert!(
        matches!(refused, Err(WorkError::Store(StoreError::InUse { .. }))),
        "{refused:?}"
    );
    session.end().unwrap();
    let stranger: PublicKey = keys(2).public();
    let refused = workspace.eraser().erasable(&stranger, &id);
    assert!(
        matches!(refused, Err(WorkError::Unfit { .. })),
        "{refused:?}"
    );
    home.assert_sound();
    assert_eq!(home.threads().len(), 2);
}

#[test]
fn a_session_of_another_thread_goes_on_and_a_change_of_the_erased_one_does_not_bring_it_back() {
    let (home, workspace, secret) = with_secret(2, 0);
    let id = secret.id().to_string();
    let found = workspace.threads().find(&id).unwrap();
    let (store, mine) = (home.store(), me());
    let mut session = resume(&workspace, &store, mine);
    session.say("before").unwrap();
    erase(&workspace, &id).unwrap();
    for n in 0..6 {
        session.say(&format!("after {n}")).unwrap();
    }
    session.end().unwrap();
    assert_erased(&home, 1);
    let refused = workspace.organiser().rename(me(), found, "again");
    assert!(
        matches!(refused, Err(WorkError::Store(StoreError::Erased { .. }))),
        "{refused:?}"
    );
    workspace.threads().list(&Filter::default()).unwrap();
    assert_erased(&home, 1);
}

#[test]
fn a_commit_of_somebody_else_is_not_signed_by_the_owner() {
    let (home, workspace, secret) = with_secret(2, 0);
    let repo = Repository::open_bare(home.repository()).unwrap();
    let tip = repo
        .find_commit(repo.refname_to_id(&branch()).unwrap())
        .unwrap();
    let who =
        git2::Signature::new("x", "x@example.invalid", &git2::Time::new(1_767_225_700, 0)).unwrap();
    let text = repo
        .commit_create_buffer(&who, &who, "x", &tip.tree().unwrap(), &[&tip])
        .unwrap();
    let forged = repo
        .odb()
        .unwrap()
        .write(ObjectType::Commit, &text)
        .unwrap();
    repo.reference(&branch(), forged, true, "").unwrap();
    let refused = erase(&workspace, &secret.id().to_string());
    assert!(
        matches!(refused, Err(WorkError::Store(StoreError::Untrue { .. }))),
        "{refused:?}"
    );
    assert_eq!(repo.refname_to_id(&branch()).unwrap(), forged);
}

#[test]
fn what_a_dead_session_of_another_thread_left_is_still_recovered() {
    let (home, workspace, secret) = with_secret(3, 1);
    let (store, mine) = (home.store(), me());
    let mut session = resume(&workspace, &store, mine);
    session.say("not saved yet").unwrap();
    drop(session);
    erase(&workspace, &secret.id().to_string()).unwrap();
    // The commit that its journal names as its base is gone with the old history.
    let recovery = workspace.recover(mine).unwrap();
    assert_eq!(recovery.left, []);
    assert_eq!(recovery.sessions.len(), 1);
    assert_eq!(recovery.sessions[0].messages, 1);
    assert_erased(&home, 2);
    let texts = home
        .threads()
        .iter()
        .flat_map(crate::support::all_texts)
        .collect::<Vec<_>>();
    assert!(texts.contains(&"not saved yet".to_owned()), "{texts:?}");
}

/// What an import has written is named by nothing until its end: an erasure would take it for
/// rubbish.
#[test]
fn an_erasure_waits_for_an_import_that_is_under_way() {
    let (home, elsewhere) = (Home::new(), Home::new());
    let thread = elsewhere.chat_with(
        &crate::support::workspace_at(elsewhere.path(), crate::support::START + 99_000),
        me(),
        2,
    );
    let secret = talk(&home.workspace(), "secret", SECRET);
    let mut erasing = None;
    let saved = home
        .store()
        .save_many(me().owner(), home.workspace().now(), |batch| {
            batch.add(&thread, None)?;
            let (path, id) = (home.path().to_owned(), secret.id().to_string());
            let erased = std::thread::spawn(move || {
                erase(&crate::support::workspace_now(&path), &id).is_ok()
            });
            std::thread::sleep(std::time::Duration::from_millis(400));
            assert!(!erased.is_finished(), "it did not wait");
            erasing = Some(erased);
            Ok::<_, StoreError>(())
        });
    assert!(saved.unwrap().is_some());
    assert!(erasing.unwrap().join().unwrap());
    assert_erased(&home, 1);
    assert_eq!(home.only_thread().to_file(), thread.to_file());
}

#[test]
fn git_programs_in_the_way_are_waited_for_and_a_lock_that_one_left_is_removed() {
    let (home, workspace, secret) = with_secret(2, 0);
    let lock = home.repository().join(format!("{}.lock", branch()));
    fs::write(&lock, "").unwrap();
    erase(&workspace, &secret.id().to_string()).unwrap();
    assert!(!lock.exists());
    assert_erased(&home, 1);
}

#[test]
fn a_word_that_the_owner_did_not_sign_is_a_finding() {
    let (home, workspace, secret) = with_secret(2, 0);
    erase(&workspace, &secret.id().to_string()).unwrap();
    let told = home.verify().branches[0].erasures[0].clone();
    let mut forged = told.erasure.unwrap();
    forged.set_signature(
        me().owner()
            .sign(mmogit::sign::Namespace::Thread, &forged.signed_bytes()),
    );
    let repo = Repository::open_bare(home.repository()).unwrap();
    let tip = repo
        .find_commit(repo.refname_to_id(&branch()).unwrap())
        .unwrap();
    let blob = repo.blob(&forged.to_file()).unwrap();
    let tree = git2::build::TreeUpdateBuilder::new()
        .upsert(told.path.as_str(), blob, git2::FileMode::Blob)
        .create_updated(&repo, &tip.tree().unwrap())
        .unwrap();
    let who = tip.author();
    let tree = repo.find_tree(tree).unwrap();
    let text = repo
        .commit_create_buffer(&who, &who, "1 thread\n", &tree, &[&tip])
        .unwrap();
    let text = std::str::from_utf8(&text).unwrap();
    let armour = me()
        .owner()
        .sign_armoured(mmogit::sign::Namespace::Git, text.as_bytes());
    let id = repo.commit_signed(text, armour.trim_end(), None).unwrap();
    repo.reference(&branch(), id, true, "").unwrap();
    let report = home.verify();
    let untrue = "erasure-signature-wrong".to_owned();
    assert!(kinds(&report).contains(&untrue), "{report:?}");
}

/// A tag that is an object of its own, and what it leads to, is somebody's.
#[test]
fn what_an_annotated_tag_names_is_kept() {
    let (home, workspace, secret) = with_secret(2, 0);
    let repo = Repository::open_bare(home.repository()).unwrap();
    let file = repo.blob(b"release notes").unwrap();
    let mut tree = repo.treebuilder(None).unwrap();
    tree.insert("notes", file, git2::FileMode::Blob.into())
        .unwrap();
    let tree = repo.find_tree(tree.write().unwrap()).unwrap();
    let who =
        git2::Signature::new("x", "x@example.invalid", &git2::Time::new(1_767_225_700, 0)).unwrap();
    let commit = repo.commit(None, &who, &who, "x", &tree, &[]).unwrap();
    let commit = repo.find_object(commit, None).unwrap();
    let inner = repo
        .tag_annotation_create("inner", &commit, &who, "a tag")
        .unwrap();
    let inner = repo.find_object(inner, None).unwrap();
    repo.tag("outer", &inner, &who, "a tag of a tag", false)
        .unwrap();
    erase(&workspace, &secret.id().to_string()).unwrap();
    let repo = Repository::open_bare(home.repository()).unwrap();
    for id in [inner.id(), commit.id(), tree.id(), file] {
        assert!(repo.find_object(id, None).is_ok(), "{id} is lost");
    }
    assert_erased(&home, 1);
}

/// What writers that died left of the text: under names that are no object's, and a pack that no
/// index belongs to.
#[test]
fn half_written_objects_and_packs_go_too() {
    let (home, workspace, secret) = with_secret(2, 0);
    let objects = home.repository().join("objects");
    let loose = crate::support::files_below(&objects);
    let folder = loose
        .iter()
        .find_map(|path| Some(path.parent()?.file_name()?.to_str()?.to_owned()))
        .unwrap();
    let places = [
        "tmp_obj_a".to_owned(),
        format!("{folder}/tmp_obj_b"),
        "pack/tmp_pack_c".to_owned(),
        format!("pack/pack-{}.pack", "5a".repeat(20)),
    ];
    for place in &places {
        fs::write(objects.join(place), format!("half of {SECRET}")).unwrap();
    }
    erase(&workspace, &secret.id().to_string()).unwrap();
    assert_erased(&home, 1);
}

/// A push or a fetch that broke off leaves what it brought in a folder that git set apart.
#[test]
fn what_a_broken_off_push_left_goes_too() {
    let (home, workspace, secret) = with_secret(2, 0);
    let objects = home.repository().join("objects");
    for folder in [
        "tmp_objdir-incoming-a1B2c3",
        "tmp_objdir-bulk-fsync-a1B2c3",
        "incoming-a1B2c3",
    ] {
        let folder = objects.join(folder);
        fs::create_dir_all(folder.join("17")).unwrap();
        fs::create_dir_all(folder.join("pack")).unwrap();
        fs::write(folder.join("17/object"), SECRET).unwrap();
        fs::write(folder.join("pack/tmp_pack_x"), SECRET).unwrap();
    }
    erase(&workspace, &secret.id().to_string()).unwrap();
    assert_erased(&home, 1);
}

/// Of another repository's objects most would seem to be led to by nothing.
#[test]
fn no_object_of_another_repository_is_removed_through_a_link() {
    for part in ["objects", "objects/pack"] {
        let (home, workspace, secret) = with_secret(2, 0);
        let elsewhere = tempfile::tempdir().unwrap();
        let (place, foreign) = (home.repository().join(part), elsewhere.path().join("o"));
        fs::rename(&place, &foreign).unwrap();
        fs::create_dir_all(foreign.join("5a")).unwrap();
        let other = foreign.join("5a").join("5a".repeat(19));
        fs::write(&other, "another's").unwrap();
        std::os::unix::fs::symlink(&foreign, &place).unwrap();
        assert!(
            erase(&workspace, &secret.id().to_string()).is_err(),
            "{part}"
        );
        assert!(other.exists(), "{part}");
    }
}

/// Git derived them from objects that are gone, and would believe them.
#[test]
fn what_git_derived_from_the_objects_goes_too() {
    if !has("git") {
        return;
    }
    let (home, workspace, secret) = with_secret(3, 1);
    let repository = home.repository();
    git(&repository, &["repack", "-q", "-a", "-d"]);
    let objects = home.repository().join("objects");
    let [graph, graphs, packs] = [
        "info/commit-graph",
        "info/commit-graphs",
        "pack/multi-pack-index",
    ]
    .map(|name| objects.join(name));
    git(&repository, &["commit-graph", "write", "--reachable"]);
    // Git keeps the one or the other.
    let whole = fs::read(&graph).unwrap();
    fs::remove_file(&graph).unwrap();
    git(
        &repository,
        &["commit-graph", "write", "--reachable", "--split"],
    );
    fs::write(&graph, whole).unwrap();
    git(&repository, &["multi-pack-index", "write"]);
    let derived = [graph, graphs, packs];
    for place in &derived {
        assert!(place.exists(), "{place:?}");
    }
    erase(&workspace, &secret.id().to_string()).unwrap();
    for place in &derived {
        assert!(!place.exists(), "{place:?}");
    }
    assert_erased(&home, 2);
    git_agrees(&home);
}

/// The note says what was about to happen. If the branch did not move there is nothing to finish,
/// and nothing to do again before each command from then on.
#[test]
fn an_erasure_that_never_came_about_is_forgotten_and_the_thread_is_whole() {
    let (home, workspace, secret) = with_secret(2, 0);
    let note = home.path().join("state/erasing");
    fs::write(&note, format!("{} {}\n", me().public(), secret.id())).unwrap();
    assert_eq!(
        workspace.eraser().finish_broken_off_erasure().unwrap(),
        None
    );
    assert!(!note.exists());
    assert_eq!(home.threads().len(), 2);
    home.assert_sound();
}

#[test]
fn a_draft_that_a_killed_session_left_goes_with_the_thread() {
    let (home, workspace, secret) = with_secret(2, 0);
    let draft = home.path().join("state/drafts/x");
    fs::create_dir_all(&draft).unwrap();
    fs::write(draft.join("lock"), "").unwrap();
    fs::write(
        draft.join("message.md"),
        format!("{SECRET} asks 1, put better"),
    )
    .unwrap();
    erase(&workspace, &secret.id().to_string()).unwrap();
    assert_erased(&home, 1);
    assert!(!draft.exists());
}

/// What is in a place that can't be read may lead to anything, so nothing is removed.
#[test]
fn a_folder_that_cannot_be_read_is_not_taken_for_an_empty_one() {
    for place in ["worktrees", "logs"] {
        let (home, workspace, secret) = with_secret(2, 0);
        let folder = home.repository().join(place);
        let _ = fs::remove_dir_all(&folder);
        // Not even root can list a file.
        fs::write(&folder, "").unwrap();
        let refused = erase(&workspace, &secret.id().to_string()).unwrap_err();
        assert!(
            matches!(refused, WorkError::Store(StoreError::Disk { .. })),
            "{place}: {refused}"
        );
        assert_eq!(home.threads().len(), 2);
        fs::remove_file(&folder).unwrap();
        erase(&workspace, &secret.id().to_string()).unwrap();
        assert_erased(&home, 1);
    }
}

#[test]
fn where_a_folder_of_another_branch_is_missing_nothing_is_removed() {
    let (home, workspace, secret) = with_secret(2, 0);
    let repo = Repository::open_bare(home.repository()).unwrap();
    let who = git2::Signature::now("other", "other@example.invalid").unwrap();
    let blob = repo.blob(b"of another").unwrap();
    let tree = |name: &str, id, mode| {
        let mut builder = repo.treebuilder(None).unwrap();
        builder.insert(name, id, mode).unwrap();
        builder.write().unwrap()
    };
    let inner = tree("file", blob, 0o100_644);
    let top = repo.find_tree(tree("folder", inner, 0o040_000)).unwrap();
    repo.commit(Some("refs/heads/other"), &who, &who, "x", &top, &[])
        .unwrap();
    let name = inner.to_string();
    let object = home
        .repository()
        .join("objects")
        .join(&name[..2])
        .join(&name[2..]);
    let bytes = fs::read(&object).unwrap();
    fs::remove_file(&object).unwrap();
    let refused = erase(&workspace, &secret.id().to_string()).unwrap_err();
    assert!(
        matches!(refused, WorkError::Store(StoreError::Git { .. })),
        "{refused}"
    );
    assert_eq!(home.threads().len(), 2);
    fs::write(&object, bytes).unwrap();
    assert!(repo.find_blob(blob).is_ok());
    erase(&workspace, &secret.id().to_string()).unwrap();
    assert!(
        repo.find_blob(blob).is_ok(),
        "what another branch leads to is kept"
    );
}
