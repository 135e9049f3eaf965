//! A disk that is full or may not be written, a repository of another kind, strange things on a
//! branch: each is told in a clear line, and everything else still works.

use crate::attacks::forge::Forge;
use crate::support::{
    Canned, Home, Say, all_texts, git, has, ignore, job, keys, me, resume, said, skip, start_child,
    texts, titled, workspace_now,
};
use git2::{FileMode, Repository};
use mmogit::index::Filter;
use mmogit::model::json::Map;
use mmogit::model::{Birth, MessageDraft, Role, Thread, ThreadId, Timestamp};
use mmogit::store::{LeftJournal, Recovery, RepositoryKind, Store, StoreError};
use mmogit::turn::{Saying, Session, TurnError};
use mmogit::workspace::{Notice, WorkError};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

#[test]
#[ignore = "runs in processes that the other tests start"]
fn child() {
    let Some((job, home)) = job() else { return };
    match job.as_str() {
        "full" => on_a_full_disk(&home),
        "read-only" => on_a_read_only_disk(&home),
        "limited" => until_files_may_not_grow(&home),
        _ => unreachable!("{job}"),
    }
}

/// What makes `unshare` give a mount namespace here: `-rm` where anyone may have one, `-m` where only
/// root may.
fn mount_namespace() -> Option<&'static str> {
    ["-rm", "-m"].into_iter().find(|namespace| {
        let tried = Command::new("unshare")
            .args([namespace, "sh", "-c", "mount -t tmpfs none /mnt"])
            .output();
        tried.is_ok_and(|output| output.status.success())
    })
}

/// Runs a job in a mount namespace of its own, after `mount`; `false` if this system allows none.
fn runs_mounted(job: &str, home: &Path, mount: &str) -> bool {
    let Some(namespace) = mount_namespace() else {
        skip("unshare, and mount namespaces");
        return false;
    };
    let inner = start_child(module_path!(), job, home);
    let mut command = Command::new("unshare");
    command.args([
        namespace,
        "sh",
        "-c",
        &format!("{mount} && exec \"$0\" \"$@\""),
    ]);
    command.arg(inner.get_program()).args(inner.get_args());
    command.envs(
        inner
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    true
}

#[test]
fn a_full_disk_is_told_and_gone_on_from_when_there_is_room_again() {
    let home = Home::new();
    let place = home.path().display();
    runs_mounted(
        "full",
        home.path(),
        &format!("mount -t tmpfs -o size=2m,mode=0700 none '{place}'"),
    );
}

/// Leaves no room but so many pages.
fn fill(home: &Path, pages: u64) {
    let mut filler = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(home.join("filler"))
        .unwrap();
    while filler.write_all(&[1; 4096]).is_ok() {}
    let size = filler.metadata().unwrap().len() / 4096 * 4096;
    filler.set_len(size - 4096 * pages).unwrap();
}

fn on_a_full_disk(home: &Path) {
    let (workspace, keys) = (workspace_now(home), me());
    let store = workspace.store_of(&keys.public()).unwrap();
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    for n in 0..4 {
        session.say(&format!("say {n}")).unwrap();
    }
    // A page for the journal, none for the save: the message is accepted, the save waits.
    fill(home, 1);
    let fifth = session.say("say 4").unwrap();
    assert!(fifth.not_saved.expect("there is no room").is_out_of_reach());
    // Not even room for the journal: the message is refused, whole.
    fill(home, 0);
    let big = "x".repeat(5000);
    let refused = session.say(&big).unwrap_err();
    assert!(refused.is_out_of_reach(), "{refused}");
    assert!(refused.to_string().contains("No space left"), "{refused}");
    let answer = session.ask(&Canned::new(&big), None, &mut ignore);
    assert!(matches!(answer, Err(TurnError::Store(error)) if error.is_out_of_reach()));
    let saying = Saying {
        role: Role::Human,
        content: big.clone(),
        structured: None,
        agent: None,
        fields: Map::new(),
    };
    session.stage(saying).unwrap();
    assert!(session.commit_staged().unwrap_err().is_out_of_reach());
    let begun = Session::begin(&workspace, &store, keys, titled("y"));
    assert!(begun.is_err());
    assert!(session.save().is_err());
    // What is stored can be read all the same.
    assert!(
        workspace
            .threads()
            .list(&Filter::default())
            .unwrap()
            .threads
            .is_empty()
    );
    assert_eq!(session.thread().messages().len(), 5);

    fs::remove_file(home.join("filler")).unwrap();
    session
        .ask(&Canned::new("an answer"), None, &mut ignore)
        .unwrap();
    session.say("say 5").unwrap();
    // The journal is whole after all that.
    drop(session);
    let recovery = workspace.recover(keys).unwrap();
    assert_eq!(recovery.left, []);
    assert_eq!(recovery.sessions[0].messages, 1);
    let thread = only(&store);
    assert_eq!(
        texts(&thread),
        [
            "say 0",
            "say 1",
            "say 2",
            "say 3",
            "say 4",
            "an answer",
            "say 5"
        ]
    );
    let report = workspace.verifier().all().unwrap();
    assert!(report.is_good(), "{:?}", crate::support::problems(&report));
    // A recovery without room takes nothing away.
    let mut session = resume(&workspace, &store, keys);
    session.say("left").unwrap();
    drop(session);
    fill(home, 0);
    let refused = workspace.recover(keys).err().unwrap();
    assert!(
        matches!(&refused, WorkError::Store(error) if error.is_out_of_reach()),
        "{refused}"
    );
    fs::remove_file(home.join("filler")).unwrap();
    assert_eq!(workspace.recover(keys).unwrap().sessions[0].messages, 1);
    assert_eq!(texts(&only(&store)).len(), 8);
}

fn only(store: &Store) -> Thread {
    let entries = store.list().unwrap().entries;
    assert_eq!(entries.len(), 1);
    crate::support::thread_of(&store.read(&entries[0]).unwrap())
}

#[test]
fn a_disk_that_may_only_be_read_is_read() {
    let home = Home::new();
    home.chat(2);
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let place = home.path().display();
    let mount = format!("mount --bind '{place}' '{place}' && mount -o remount,ro,bind '{place}'");
    runs_mounted("read-only", home.path(), &mount);
    let mut session = resume(&workspace, &store, keys);
    session.say("left behind").unwrap();
    drop(session);
    if runs_mounted("read-only", home.path(), &mount) {
        let recovered = workspace.recover(keys).unwrap().sessions;
        assert_eq!(recovered[0].messages, 1);
    }
}

fn on_a_read_only_disk(home: &Path) {
    let (workspace, keys) = (workspace_now(home), me());
    assert_eq!(
        workspace
            .threads()
            .list(&Filter::default())
            .unwrap()
            .threads
            .len(),
        1
    );
    assert!(workspace.verifier().all().unwrap().is_good());
    let store = workspace.store().unwrap().unwrap();
    let found = workspace.threads().find("talk").unwrap();
    let (thread, commit) = workspace
        .threads()
        .continuable(found, &keys.public())
        .unwrap();
    for begun in [
        Session::resume(&workspace, &store, keys, thread, commit)
            .err()
            .unwrap(),
        Session::begin(&workspace, &store, keys, titled("x"))
            .err()
            .unwrap(),
    ] {
        assert!(
            matches!(&begun, WorkError::Store(error) if error.is_out_of_reach()),
            "{begun}"
        );
        assert!(
            begun.to_string().contains("Read-only file system"),
            "{begun}"
        );
    }
    let left_behind = crate::support::files_below(&home.join("journal")).len();
    match workspace.recover(keys) {
        Ok(found) => assert_eq!((left_behind, found), (0, Recovery::default())),
        Err(error) => {
            assert_eq!(left_behind, 1);
            assert!(
                error.to_string().contains("Read-only file system"),
                "{error}"
            );
        }
    }
}

#[test]
fn a_file_that_may_not_grow_takes_whole_messages_or_none() {
    let home = Home::new();
    let inner = start_child(module_path!(), "limited", home.path());
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\""]);
    command.arg(inner.get_program()).args(inner.get_args());
    command.envs(
        inner
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let accepted: Vec<String> = stderr
        .lines()
        .filter_map(|line| line.strip_prefix("ack "))
        .map(str::to_owned)
        .collect();
    assert!(accepted.len() > 5, "{stderr}");
    let left = workspace_now(home.path()).recover(me()).unwrap().left;
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(texts(&home.only_thread()), accepted);
    home.assert_sound();
}

fn until_files_may_not_grow(home: &Path) {
    let (workspace, keys) = (workspace_now(home), me());
    let store = workspace.store_of(&keys.public()).unwrap();
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    for n in 0.. {
        let text = format!("say {n} {}", "x".repeat(500));
        match session.say(&text) {
            Ok(_) => eprintln!("ack {text}"),
            Err(error) => {
                assert!(error.is_out_of_reach(), "{error}");
                break;
            }
        }
    }
    // A shorter one may still fit, right after what was taken back.
    if session.say("short").is_ok() {
        eprintln!("ack short");
    }
}

#[test]
fn something_else_in_the_place_of_a_folder_is_named() {
    for name in ["journal", "state", "lock/x"] {
        let home = Home::new();
        home.chat(1);
        let place = home.path().join(name);
        let top = home.path().join(name.split('/').next().unwrap());
        let _ = fs::remove_dir_all(&top);
        let _ = fs::remove_file(&top);
        if name.contains('/') {
            fs::create_dir_all(&place).unwrap()
        } else {
            fs::write(&place, "").unwrap()
        }
        let (workspace, store, keys) = (home.workspace(), home.store(), me());
        assert_eq!(
            workspace
                .threads()
                .list(&Filter::default())
                .unwrap()
                .threads
                .len(),
            1,
            "{name}"
        );
        assert!(workspace.verifier().all().is_ok(), "{name}");
        let ended =
            Session::begin(&workspace, &store, keys, titled("x")).and_then(|mut session| {
                session.say("said")?;
                Ok(session.end()?)
            });
        let error = ended.expect_err(name).to_string();
        assert!(error.contains(top.to_str().unwrap()), "{name}: {error}");
    }
}

fn unsupported(home: &Home) -> RepositoryKind {
    let workspace = home.workspace();
    assert!(workspace.store_of(&me().public()).is_err());
    match workspace.threads().list(&Filter::default()) {
        Err(WorkError::Store(StoreError::Unsupported { uses, .. })) => uses,
        other => panic!("{:?}", other.err()),
    }
}

#[test]
fn a_repository_that_can_not_be_opened_is_explained() {
    let home = Home::new();
    home.chat(1);
    let config = home.repository().join("config");
    let text = fs::read_to_string(&config)
        .unwrap()
        .replace("repositoryformatversion = 0", "repositoryformatversion = 1");
    fs::write(
        &config,
        format!("{text}[extensions]\n\trefStorage = reftable\n"),
    )
    .unwrap();
    assert_eq!(unsupported(&home), RepositoryKind::Reftable);

    if has("git") {
        let home = Home::new();
        git(
            home.path(),
            &["init", "-q", "--bare", "--object-format=sha256", "repo.git"],
        );
        assert_eq!(unsupported(&home), RepositoryKind::Sha256);
    }
}

#[test]
fn a_folder_that_is_no_repository_is_told_and_never_written_over() {
    let home = Home::new();
    fs::create_dir(home.repository()).unwrap();
    fs::write(home.repository().join("precious"), "x").unwrap();
    let error = home
        .workspace()
        .store_of(&me().public())
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("repo.git"), "{error}");
    assert!(home.repository().join("precious").exists());
}

#[test]
fn foreign_branches_are_not_ours_to_read() {
    let forge = Forge::new();
    let tip = forge.tip();
    let hex = "ab".repeat(32);
    let strange = [
        "main",
        "users/somebody",
        "users/0123",
        &format!("users/{hex}/deeper"),
        &format!("other/{hex}"),
    ];
    for name in strange {
        forge
            .repo
            .reference(&format!("refs/heads/{name}"), tip, false, "")
            .unwrap();
    }
    assert_eq!(forge.home.store().authors().unwrap(), [me().public()]);
    assert!(forge.home.verify().is_good());
    assert_eq!(
        forge
            .home
            .workspace()
            .threads()
            .list(&Filter::default())
            .unwrap()
            .threads
            .len(),
        1
    );
}

#[test]
fn a_branch_that_leads_nowhere_is_told_and_hides_no_other() {
    let forge = Forge::new();
    let tree = forge.repo.find_commit(forge.tip()).unwrap().tree_id();
    let other = Forge::branch(&keys(2).public());
    let file = forge.home.repository().join(&other);
    for text in [
        format!("{}\n", "1".repeat(40)),
        format!("{tree}\n"),
        "garbage".to_owned(),
        String::new(),
    ] {
        fs::write(&file, &text).unwrap();
        let workspace = forge.home.workspace();
        let summaries = workspace.threads().list(&Filter::default()).unwrap();
        assert_eq!(summaries.threads.len(), 1, "{text}");
        let report = forge.home.verify();
        assert!(report.files.iter().all(|file| !file.is_bad()), "{text}");
        let (store, keys) = (forge.home.store(), me());
        let found = workspace.threads().find(&summaries.threads[0].id).unwrap();
        let (thread, commit) = workspace
            .threads()
            .continuable(found, &keys.public())
            .unwrap();
        let mut session = Session::resume(&workspace, &store, keys, thread, commit).unwrap();
        session.say("on").unwrap();
        session.end().unwrap();
        // What git itself would not list as a branch is no author's either.
        if !text.starts_with('g') && !text.is_empty() {
            assert!(
                summaries
                    .troubles
                    .iter()
                    .any(|trouble| trouble.place == other),
                "{text}"
            );
            assert!(!report.is_good(), "{text}");
        }
    }
}

#[test]
fn my_own_branch_when_it_is_broken_is_told() {
    let forge = Forge::new();
    let branch = Forge::branch(&me().public());
    for text in ["garbage", ""] {
        fs::write(forge.home.repository().join(&branch), text).unwrap();
        let summaries = forge
            .home
            .workspace()
            .threads()
            .list(&Filter::default())
            .unwrap();
        assert_eq!(summaries.threads.len(), 0);
        assert_eq!(summaries.troubles[0].place, branch, "{text:?}");
        assert!(!forge.home.verify().is_good(), "{text:?}");
    }
}

#[test]
fn strange_files_among_the_threads_are_named_and_passed_over() {
    let forge = Forge::new();
    let day = forge.path().rsplit_once('/').unwrap().0.to_owned();
    let month = day.rsplit_once('/').unwrap().0.to_owned();
    let top = month.rsplit_once('/').unwrap().0.to_owned();
    let strange = [
        format!("{day}/README.md"),
        format!("{day}/thread_x.json"),
        format!("{day}/thread_1.json.bak"),
        format!("{day}/folder/thread_1.json"),
        format!("{month}/notes.txt"),
        format!("{top}/notes.txt"),
    ];
    for path in &strange {
        forge.put(path, b"hello");
    }
    forge.put("somewhere/else.txt", b"hello");
    let summaries = forge
        .home
        .workspace()
        .threads()
        .list(&Filter::default())
        .unwrap();
    assert_eq!(summaries.threads.len(), 1);
    let named: Vec<&String> = summaries
        .troubles
        .iter()
        .map(|trouble| &trouble.place)
        .collect();
    for path in strange {
        let place = path.replace("/folder/thread_1.json", "/folder");
        assert!(named.contains(&&place), "{place} is not in {named:?}");
    }
    assert_eq!(named.len(), 6);
    let (workspace, store, keys) = (forge.home.workspace(), forge.home.store(), me());
    let mut session = resume(&workspace, &store, keys);
    session.say("on").unwrap();
    session.end().unwrap();
    let files = forge.home.verify().files;
    assert!(files.iter().all(|file| !file.is_bad()));
    // The strange ones are not ours to remove.
    assert_eq!(
        workspace
            .threads()
            .list(&Filter::default())
            .unwrap()
            .troubles
            .len(),
        6
    );
}

#[test]
fn a_file_in_the_place_of_my_folder_stops_only_the_save() {
    let forge = Forge::new();
    let day = forge.path().rsplit_once('/').unwrap().0.to_owned();
    let tree = {
        let empty = forge.repo.treebuilder(None).unwrap().write().unwrap();
        let empty = forge.repo.find_tree(empty).unwrap();
        let blob = forge.repo.blob(b"x").unwrap();
        git2::build::TreeUpdateBuilder::new()
            .upsert(day.as_str(), blob, FileMode::Blob)
            .create_updated(&forge.repo, &empty)
            .unwrap()
    };
    let (workspace, store, keys) = (forge.home.workspace(), forge.home.store(), me());
    let mut session = resume(&workspace, &store, keys);
    session.say("kept").unwrap();
    let before = forge.tip();
    forge.commit(tree, None, keys.owner());
    // Without the note of what was seen, nobody knows what should be there.
    let note = forge
        .home
        .path()
        .join("state/tips")
        .join(keys.public().to_string());
    fs::remove_file(note).unwrap();
    let error = session.end().err().unwrap();
    assert!(matches!(error, StoreError::Misplaced { .. }), "{error}");
    // Put away by hand, all is well: the message waited in the journal.
    let recovery = workspace.recover(keys).unwrap();
    assert_eq!(recovery.sessions, []);
    assert!(
        matches!(recovery.left[..], [LeftJournal::Waiting { .. }]),
        "{recovery:?}"
    );
    forge.move_branch(before);
    let recovery = workspace.recover(keys).unwrap();
    assert_eq!(recovery.left, []);
    assert_eq!(recovery.sessions[0].messages, 1);
    assert_eq!(forge.verdict().1, Vec::<String>::new());
}

#[test]
fn a_file_in_the_place_of_my_folder_gives_way_to_what_was_seen_there() {
    let forge = Forge::new();
    let day = forge.path().rsplit_once('/').unwrap().0.to_owned();
    let blob = forge.repo.blob(b"x").unwrap();
    let empty = forge.repo.treebuilder(None).unwrap().write().unwrap();
    let empty = forge.repo.find_tree(empty).unwrap();
    let tree = git2::build::TreeUpdateBuilder::new()
        .upsert(day.as_str(), blob, FileMode::Blob)
        .create_updated(&forge.repo, &empty)
        .unwrap();
    let (workspace, store, keys) = (forge.home.workspace(), forge.home.store(), me());
    let mut session = resume(&workspace, &store, keys);
    session.say("kept").unwrap();
    forge.commit(tree, Some(forge.tip()), keys.owner());
    session.end().unwrap();
    assert!(all_texts(&forge.home.only_thread()).contains(&"kept".to_owned()));
    let beside = format!("{day}-{:.8}", blob.to_string());
    let found = forge.objects_of(forge.tip());
    assert!(found.contains(&(beside, blob)), "{found:?}");
}

const MANY: i64 = 1500;

/// A store of many threads in one signed commit, as an import would make it.
fn many() -> Forge {
    let forge = Forge::new();
    let keys = me();
    let tip = forge.repo.find_commit(forge.tip()).unwrap();
    let mut update = git2::build::TreeUpdateBuilder::new();
    for n in 0..MANY {
        let created_at = Timestamp::from_millis(crate::support::START + (n + 100) * 3_600_000);
        let mut thread = Thread::begin(Birth {
            id: ThreadId::at(created_at),
            title: format!("number {n:05}"),
            author: keys.public(),
            created_at,
            mode: "conversation".into(),
            project: None,
            tags: Vec::new(),
        });
        let prev = [thread.root()];
        let draft = MessageDraft::new(Role::Human, "hello", created_at, keys.public(), &prev);
        thread.append(keys.owner().sign_message(draft));
        keys.owner().sign_thread(&mut thread);
        let path = mmogit::model::layout::places_of(&thread)[0].clone();
        update.upsert(
            path,
            forge.repo.blob(&thread.to_file()).unwrap(),
            FileMode::Blob,
        );
    }
    let tree = update
        .create_updated(&forge.repo, &tip.tree().unwrap())
        .unwrap();
    forge.commit(tree, Some(tip.id()), keys.owner());
    drop(tip);
    forge
}

#[test]
fn one_malformed_thread_among_many_is_named_and_every_other_works() {
    let forge = many();
    let workspace = forge.home.workspace();
    let path = crate::support::path_of(&workspace, "number 00700").unwrap();
    forge.put(&path, b"{\"version\": 1, ");
    let summaries = workspace.threads().list(&Filter::default()).unwrap();
    assert_eq!(summaries.threads.len() as i64, MANY);
    assert_eq!(summaries.troubles.len(), 1);
    assert_eq!(summaries.troubles[0].place, path);
    let report = forge.home.verify();
    let bad: Vec<&String> = report
        .files
        .iter()
        .filter(|file| file.is_bad())
        .map(|file| &file.path)
        .collect();
    assert_eq!(bad, [&path]);
    assert_eq!(report.files.len() as i64, MANY + 1);
    let error = workspace
        .threads()
        .find(path.rsplit_once('/').unwrap().1.trim_end_matches(".json"))
        .err()
        .unwrap();
    assert!(matches!(error, WorkError::Malformed { .. }), "{error}");
    let (store, keys) = (forge.home.store(), me());
    let mut session = resume(&workspace, &store, keys);
    session.say("on").unwrap();
    session.end().unwrap();
    assert!(workspace.threads().find("number 00701").is_ok());
}

#[test]
fn a_thread_whose_object_is_gone_is_named_and_every_other_works() {
    let forge = Forge::new();
    let other = forge.home.chat_with(
        &crate::support::workspace_at(forge.home.path(), crate::support::START + 60_000),
        me(),
        1,
    );
    let repo = Repository::open_bare(forge.home.repository()).unwrap();
    let tree = repo.find_commit(forge.tip()).unwrap().tree().unwrap();
    let entries = forge.home.store().list().unwrap().entries;
    let lost = entries
        .iter()
        .find(|entry| entry.id != other.id())
        .unwrap()
        .path
        .clone();
    let blob = tree.get_path(Path::new(&lost)).unwrap().id().to_string();
    fs::remove_file(
        forge
            .home
            .repository()
            .join("objects")
            .join(&blob[..2])
            .join(&blob[2..]),
    )
    .unwrap();
    let summaries = forge
        .home
        .workspace()
        .threads()
        .list(&Filter::default())
        .unwrap();
    assert_eq!(summaries.threads.len(), 1);
    assert_eq!(summaries.troubles[0].place, lost);
    assert!(!forge.home.verify().is_good());
    let (workspace, store, keys) = (forge.home.workspace(), forge.home.store(), me());
    let mut session = resume(&workspace, &store, keys);
    session.say("on").unwrap();
    let end = session.end().unwrap().unwrap();
    assert_eq!(all_texts(&end).len(), 3);
}

#[test]
fn a_message_that_would_make_its_thread_unreadable_is_refused() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("long")).unwrap();
    session.say("before").unwrap();
    let huge = "x".repeat(64 << 20);
    let error = session.say(&huge).err().unwrap();
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
    let error = session
        .ask(&Canned::new(&huge), None, &mut ignore)
        .err()
        .unwrap();
    assert!(
        matches!(error, TurnError::Store(StoreError::TooLarge { .. })),
        "{error}"
    );
    session.say("after").unwrap();
    session.end().unwrap();
    assert_eq!(texts(&home.only_thread()), ["before", "after"]);
    home.assert_sound();
}

#[test]
fn a_clock_at_the_end_of_the_calendar_is_told() {
    const LAST_SECOND: i64 = 253_402_300_799_000;
    for clock in [
        LAST_SECOND + 999,
        LAST_SECOND + 1000,
        i64::MAX - 1_000_000_000,
    ] {
        let home = Home::new();
        let workspace = crate::support::workspace_at(home.path(), clock);
        let (store, keys) = (home.store(), me());
        let begun = Session::begin(&workspace, &store, keys, titled("x"));
        assert!(
            matches!(begun.err(), Some(WorkError::Store(StoreError::NoTimeLeft))),
            "{clock}"
        );
    }
    // A second before, the first thread has an id, and the next one none.
    let home = Home::new();
    let (store, keys) = (home.store(), me());
    // The clock goes on by a second before each look.
    let workspace = || crate::support::workspace_at(home.path(), LAST_SECOND - 1000);
    let first = workspace();
    let mut session = Session::begin(&first, &store, keys, titled("x")).unwrap();
    let second = workspace();
    let refused = Session::begin(&second, &store, keys, titled("y")).err();
    assert!(
        matches!(refused, Some(WorkError::Store(StoreError::NoTimeLeft))),
        "{refused:?}"
    );
    // Now the clock is beyond: one message has the last moment, and no other.
    session.say("one").unwrap();
    assert!(matches!(session.say("two"), Err(StoreError::NoTimeLeft)));
    assert_eq!(texts(&session.end().unwrap().unwrap()), ["one"]);
}

/// Nobody would ever write into such a pipe: whoever waited for it would wait for ever.
#[test]
fn a_pipe_in_the_place_of_a_file_of_the_home_is_refused_and_not_waited_for() {
    let home = Home::new();
    home.chat(1);
    let (store, keys) = (home.store(), me());
    let owner = keys.public();
    let state = home.path().join("state");
    let in_place_of = |path: &Path| {
        let _ = fs::remove_file(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RWXU,
            0,
        )
        .unwrap();
        path.to_owned()
    };

    let journal = in_place_of(&home.path().join("journal/thread_1.0.ndjson"));
    assert_eq!(store.open_sessions().unwrap().troubles.len(), 1);
    assert_eq!(store.waiting_to_be_recovered().unwrap(), 1);
    assert_eq!(home.workspace().recover(keys).unwrap().left.len(), 1);
    assert!(!journal.exists(), "it is set aside");
    assert_eq!(store.waiting_to_be_recovered().unwrap(), 0);

    let note = in_place_of(&state.join("erasing"));
    assert!(store.broken_off_erasure().is_err());
    let id = ThreadId::at(Timestamp::from_millis(0));
    assert!(store.forget_erasure(&owner, id).is_err());
    fs::remove_file(note).unwrap();

    let tip = in_place_of(&state.join("tips").join(owner.to_string()));
    assert!(store.lost_since_seen(&owner).is_err());
    fs::remove_file(tip).unwrap();
    home.assert_sound();
}

/// libgit2 would wait for ever for somebody to write into it.
#[test]
fn a_pipe_in_the_repository_is_refused_and_not_waited_for() {
    let home = Home::new();
    home.chat(1);
    let repository = home.path().join("repo.git");
    let owner = me().public();
    let with_pipe_at = |name: &str, refuses: &dyn Fn() -> bool| {
        let place = repository.join(name);
        let before = fs::read(&place).ok();
        let _ = fs::remove_file(&place);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &place,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RWXU,
            0,
        )
        .unwrap();
        assert!(refuses(), "{name}");
        fs::remove_file(&place).unwrap();
        if let Some(before) = before {
            fs::write(&place, before).unwrap();
        }
    };
    for name in [
        "HEAD",
        "config",
        "packed-refs",
        "commondir",
        "mmogit.config",
    ] {
        with_pipe_at(name, &|| Store::open(home.path()).is_err());
    }
    let branch = format!("refs/heads/users/{owner}");
    with_pipe_at(&branch, &|| home.store().tip(&owner).is_err());
    with_pipe_at("refs/heads/users/other", &|| {
        home.store().authors().is_err()
    });
    home.assert_sound();
}

/// It takes no room on the disk, but would be read for minutes.
#[test]
fn a_journal_longer_than_any_is_not_read() {
    let home = Home::new();
    home.chat(1);
    let journal = home.path().join("journal/thread_1.0.ndjson");
    fs::create_dir_all(journal.parent().unwrap()).unwrap();
    let file = fs::File::create(&journal).unwrap();
    file.set_len(20 << 30).unwrap();
    let recovery = home
        .store()
        .recover(me(), Timestamp::from_millis(0))
        .unwrap();
    let left = format!("{:?}", recovery.left);
    assert!(
        recovery.left.len() == 1 && left.contains("TooLarge"),
        "{left}"
    );
}

/// Who saves holds the repository's lock, and whoever waits for it while the index is open keeps
/// everybody from replacing that.
#[test]
fn nobody_waits_for_the_repository_with_the_index_open() {
    let home = Home::new();
    home.chat(1);
    let other = keys(2);
    let theirs = home.workspace();
    let store = theirs.store_of(&me().public()).unwrap();
    let mut session = Session::begin(&theirs, &store, other, titled("theirs")).unwrap();
    let index = fs::File::create(home.path().join("index.lock")).unwrap();
    // The first time the index is made, the second time it is brought up to date.
    for text in ["hello", "still here"] {
        session.say(text).unwrap();
        session.save().unwrap();
        let note = home
            .path()
            .join("state/tips")
            .join(other.public().to_string());
        fs::remove_file(&note).unwrap();
        let repository = fs::File::open(home.path().join("lock")).unwrap();
        repository.lock().unwrap();

        let (indexed, is_indexed) = mpsc::channel();
        let mut workspace = home.workspace();
        workspace.on_notice(move |notice| {
            if *notice == Notice::Indexed {
                indexed.send(()).unwrap();
            }
        });
        let lists = thread::spawn(move || workspace.threads().list(&Filter::default()).unwrap());
        is_indexed.recv_timeout(Duration::from_secs(60)).unwrap();
        let limit = Instant::now() + Duration::from_secs(60);
        while index.try_lock().is_err() {
            assert!(Instant::now() < limit, "the index stays open: {text}");
            thread::sleep(Duration::from_millis(10));
        }
        assert!(!lists.is_finished(), "{text}");
        index.unlock().unwrap();
        repository.unlock().unwrap();
        assert_eq!(lists.join().unwrap().threads.len(), 2);
        assert!(note.exists(), "{text}");
    }
}

/// What lies in our folders may be renamed and removed; through a link that would be others' files.
#[test]
fn nothing_of_others_goes_through_a_link_in_the_place_of_a_folder() {
    let home = Home::new();
    home.chat(1);
    let elsewhere = tempfile::tempdir().unwrap();
    let foreign = elsewhere.path().join("data.ndjson");
    fs::write(&foreign, "{\"half of a line").unwrap();
    let journals = home.path().join("journal");
    fs::rename(&journals, elsewhere.path().join("ours")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), &journals).unwrap();
    let store = home.store();
    assert!(store.waiting_to_be_recovered().is_err());
    assert!(store.recover(me(), home.workspace().now()).is_err());
    assert_eq!(fs::read_to_string(&foreign).unwrap(), "{\"half of a line");
}

/// Otherwise what that branch loses from now on would be missed by nobody, and nobody would know.
#[test]
fn a_branch_that_can_not_be_remembered_is_told() {
    let home = Home::new();
    home.chat(1);
    let (mut workspace, other) = (home.workspace(), keys(2));
    let store = workspace.store_of(&me().public()).unwrap();
    let mut session = Session::begin(&workspace, &store, other, titled("theirs")).unwrap();
    session.say("hello").unwrap();
    session.end().unwrap();
    let note = home
        .path()
        .join("state/tips")
        .join(other.public().to_string());
    fs::remove_file(&note).unwrap();
    fs::create_dir(&note).unwrap();

    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    workspace.on_notice(move |notice| {
        if let Notice::NotRemembered { owner, .. } = notice {
            heard.lock().unwrap().push(*owner);
        }
    });
    assert_eq!(
        workspace
            .threads()
            .list(&Filter::default())
            .unwrap()
            .threads
            .len(),
        2
    );
    assert_eq!(*told.lock().unwrap(), [other.public()]);
}
