//! Several processes at one home: nobody waits for anybody's chat, and nobody's words are lost.

use crate::support::{
    Canned, Home, Say, all_texts, git, has, ignore, job, keys, me, problems, resume, start_child,
    texts, titled, traces_of, workspace_now,
};
use mmogit::identity::Keys;
use mmogit::model::{Message, Thread};
use mmogit::store::Store;
use mmogit::turn::Session;
use mmogit::workspace::Workspace;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Child;
use std::time::Duration;
use std::{fs, thread};

const TURNS: usize = 7;

/// What one process does: `new <name>` begins a thread, `same <name>` goes on with the only one.
#[test]
#[ignore = "runs in processes that the other tests start"]
fn child() {
    let Some((job, home)) = job() else { return };
    let (kind, name) = job.split_once(' ').unwrap();
    let workspace = workspace_now(&home);
    let keys = me();
    wait_for_start(&home, name);
    let store = workspace.store_of(&keys.public()).unwrap();
    let mut session = match kind {
        "new" => Session::begin(&workspace, &store, keys, titled(name)).unwrap(),
        "same" => resume(&workspace, &store, keys),
        _ => unreachable!("{kind}"),
    };
    for turn in 0..TURNS {
        session.say(&format!("{name} says {turn}")).unwrap();
        session
            .ask(
                &Canned::new(&format!("answer to {name}, {turn}")),
                None,
                &mut ignore,
            )
            .unwrap();
    }
    session.end().unwrap();
}

/// A stored thread, and what sessions on it are held with.
struct Talk {
    home: Home,
    workspace: Workspace,
    store: Store,
    keys: &'static Keys,
}

impl Talk {
    /// One of so many turns.
    fn of(turns: usize) -> Self {
        let home = Home::new();
        home.chat(turns);
        Self {
            workspace: home.workspace(),
            store: home.store(),
            keys: me(),
            home,
        }
    }

    /// A session that goes on with it.
    fn resume(&self) -> Session<'_> {
        resume(&self.workspace, &self.store, self.keys)
    }
}

/// All begin at once, when the last of them is there.
fn wait_for_start(home: &Path, name: &str) {
    fs::write(home.join(format!("ready-{name}")), "").unwrap();
    while !home.join("start").exists() {
        thread::sleep(Duration::from_millis(1));
    }
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("process {n:02}")).collect()
}

fn run_at_once(home: &Path, kind: &str, names: &[String]) {
    run_beside(home, kind, names, || {});
}

/// The same, and something here meanwhile.
fn run_beside(home: &Path, kind: &str, names: &[String], here: impl FnOnce()) {
    let start = |name: &String| {
        start_child(module_path!(), &format!("{kind} {name}"), home)
            .spawn()
            .unwrap()
    };
    let children: Vec<Child> = names.iter().map(start).collect();
    while !names
        .iter()
        .all(|name| home.join(format!("ready-{name}")).exists())
    {
        thread::sleep(Duration::from_millis(1));
    }
    fs::write(home.join("start"), "").unwrap();
    here();
    let ended: Vec<bool> = children
        .into_iter()
        .map(|mut child| child.wait().unwrap().success())
        .collect();
    assert!(ended.into_iter().all(|well| well), "a process failed");
}

fn expected(name: &str) -> BTreeSet<String> {
    (0..TURNS)
        .flat_map(|n| [format!("{name} says {n}"), format!("answer to {name}, {n}")])
        .collect()
}

fn threads_of_their_own(count: usize) {
    let home = Home::new();
    let names = names(count);
    run_at_once(home.path(), "new", &names);
    home.assert_sound();
    let threads: BTreeMap<String, Thread> = home
        .threads()
        .into_iter()
        .map(|thread| (thread.title().to_owned(), thread))
        .collect();
    assert_eq!(threads.keys().cloned().collect::<Vec<_>>(), names);
    let ids: BTreeSet<_> = threads
        .values()
        .map(|thread| thread.id().to_string())
        .collect();
    assert_eq!(ids.len(), count, "two threads have one id");
    for (name, thread) in &threads {
        assert_eq!(BTreeSet::from_iter(all_texts(thread)), expected(name));
        assert_eq!(thread.visible().len(), 2 * TURNS);
    }
    assert_eq!(
        fs::read_dir(home.path().join("journal")).unwrap().count(),
        0
    );
}

#[test]
fn threads_are_erased_while_others_are_talked_in() {
    let home = Home::new();
    let old: Vec<Thread> = (0..4)
        .map(|_| home.chat_with(&workspace_now(home.path()), me(), 2))
        .collect();
    home.store().pack().unwrap();
    let names = names(3);
    run_beside(home.path(), "new", &names, || {
        for thread in &old {
            let workspace = workspace_now(home.path());
            let erasable = workspace
                .eraser()
                .erasable(&me().public(), &thread.id().to_string())
                .unwrap();
            workspace.eraser().erase(me(), &erasable).unwrap();
        }
    });
    home.assert_sound();
    let threads = home.threads();
    assert_eq!(threads.len(), names.len());
    for thread in &threads {
        assert_eq!(
            BTreeSet::from_iter(all_texts(thread)),
            expected(thread.title())
        );
    }
    assert_eq!(home.verify().branches[0].erasures.len(), old.len());
    assert_eq!(traces_of("question", &home), Vec::<String>::new());
}

fn one_thread_for_all(count: usize) {
    let home = Home::new();
    home.chat(1);
    let names = names(count);
    run_at_once(home.path(), "same", &names);
    home.assert_sound();
    let thread = home.only_thread();
    let mut all: BTreeSet<String> = names.iter().flat_map(|name| expected(name)).collect();
    all.extend(["question 0".to_owned(), "answer".to_owned()]);
    assert_eq!(BTreeSet::from_iter(all_texts(&thread)), all);
    assert_eq!(thread.visible().len(), all.len(), "something is not shown");
    assert!(thread.aside().is_empty());
    for message in thread
        .messages()
        .iter()
        .filter(|message| message.text().starts_with("answer to"))
    {
        let question = thread
            .messages()
            .iter()
            .find(|question| question.id() == message.prev()[0])
            .unwrap();
        let expected = message
            .text()
            .replace("answer to ", "")
            .replace(',', " says");
        assert_eq!((question.text(), message.prev().len()), (expected, 1));
    }
    assert_eq!(
        fs::read_dir(home.path().join("journal")).unwrap().count(),
        0
    );
}

#[test]
fn two_processes_on_threads_of_their_own() {
    threads_of_their_own(2);
}

#[test]
fn sixteen_processes_that_start_at_once_make_the_store_together_and_clash_nowhere() {
    threads_of_their_own(16);
}

#[test]
fn two_processes_on_one_thread() {
    one_thread_for_all(2);
}

#[test]
fn sixteen_processes_on_one_thread() {
    one_thread_for_all(16);
}

#[test]
fn a_second_session_on_one_thread_takes_nothing_away_and_hears_of_the_first() {
    let talk = Talk::of(1);
    let (mut one, mut other) = (talk.resume(), talk.resume());
    one.say("from one").unwrap();
    other.say("from other").unwrap();
    assert_eq!(one.save().unwrap(), 0);
    assert_eq!(other.save().unwrap(), 1);
    // What is said next stands after both.
    other.say("after both").unwrap();
    let last = other.thread().messages().last().unwrap();
    assert_eq!((last.text().as_str(), last.prev().len()), ("after both", 2));
    one.say("one again").unwrap();
    other.end().unwrap();
    let end = one.end().unwrap().unwrap();
    assert_eq!(end.heads().len(), 2);
    let shown: BTreeSet<String> = end.visible().into_iter().map(Message::text).collect();
    for text in [
        "question 0",
        "answer",
        "from one",
        "from other",
        "after both",
        "one again",
    ] {
        assert!(shown.contains(text), "{text} is missing");
    }
    talk.home.assert_sound();
}

#[test]
fn what_one_session_takes_back_stays_so_when_another_saves() {
    let talk = Talk::of(2);
    let (mut one, mut other) = (talk.resume(), talk.resume());
    one.ask_again(&Canned::new("a better answer"), None, &mut ignore)
        .unwrap();
    one.end().unwrap();
    other.add_tags(&["kept".to_owned()]).unwrap();
    let end = other.end().unwrap().unwrap();
    assert_eq!(
        texts(&end),
        ["question 0", "answer", "question 1", "a better answer"]
    );
    assert_eq!(end.aside().len(), 1);
    talk.home.assert_sound();
}

#[test]
fn an_undo_takes_back_nothing_that_another_session_said() {
    let talk = Talk::of(1);
    let (mut one, mut other) = (talk.resume(), talk.resume());
    other.say("from other").unwrap();
    one.say("from one").unwrap();
    other
        .ask(&Canned::new("answer to other"), None, &mut ignore)
        .unwrap();
    other.end().unwrap();
    one.save().unwrap();
    assert_eq!(one.undo().unwrap().as_deref(), Some("from one"));
    let end = one.end().unwrap().unwrap();
    assert_eq!(
        texts(&end),
        ["question 0", "answer", "from other", "answer to other"]
    );
    talk.home.assert_sound();
}

#[test]
fn asking_again_puts_no_other_sessions_answer_aside() {
    let talk = Talk::of(1);
    let (mut one, mut other) = (talk.resume(), talk.resume());
    one.say("from one").unwrap();
    other.say("from other").unwrap();
    other
        .ask(&Canned::new("answer to other"), None, &mut ignore)
        .unwrap();
    other.end().unwrap();
    one.save().unwrap();
    assert_eq!(
        one.thread().visible().last().unwrap().text(),
        "answer to other"
    );
    one.ask_again(&Canned::new("answer to one"), None, &mut ignore)
        .unwrap();
    let end = one.end().unwrap().unwrap();
    assert!(end.aside().is_empty());
    assert_eq!(end.visible().len(), 6);
    talk.home.assert_sound();
}

#[test]
fn two_people_share_a_repository() {
    let home = Home::new();
    home.chat(2);
    home.chat_with(&home.workspace(), keys(2), 3);
    home.assert_sound();
    let owners: BTreeSet<_> = home
        .store()
        .list()
        .unwrap()
        .entries
        .iter()
        .map(|entry| entry.owner)
        .collect();
    assert_eq!(owners, BTreeSet::from([me().public(), keys(2).public()]));
}

#[test]
fn an_id_is_taken_while_its_session_lives_and_free_when_nothing_was_said() {
    let home = Home::new();
    let store = home.store();
    let begin = || {
        // Each workspace begins at the same second.
        let (workspace, keys) = (
            Box::leak(Box::new(home.workspace())),
            Box::leak(Box::new(me())),
        );
        Session::begin(workspace, &store, keys, titled("x")).unwrap()
    };
    let (first, second) = (begin(), begin());
    let next = first.thread().id().next().unwrap();
    assert_eq!(second.thread().id(), next);
    let id = first.thread().id();
    assert!(first.end().unwrap().is_none());
    assert_eq!(begin().thread().id(), id);
    assert!(second.end().unwrap().is_none());
    assert!(store.list().unwrap().entries.is_empty());
}

#[test]
fn a_git_that_holds_the_branch_for_a_moment_is_waited_for() {
    let talk = Talk::of(1);
    let lock = talk
        .home
        .repository()
        .join(format!("refs/heads/users/{}.lock", me().public()));
    fs::write(&lock, "").unwrap();
    let held = thread::spawn({
        let lock = lock.clone();
        move || {
            thread::sleep(Duration::from_millis(300));
            fs::remove_file(lock).unwrap();
        }
    });
    let mut session = talk.resume();
    session.say("through").unwrap();
    session.end().unwrap();
    held.join().unwrap();
    talk.home.assert_sound();
}

#[test]
fn a_lock_that_a_dead_process_left_on_the_branch_stops_nobody() {
    let talk = Talk::of(1);
    let lock = talk
        .home
        .repository()
        .join(format!("refs/heads/users/{}.lock", me().public()));
    fs::write(&lock, "half").unwrap();
    let mut session = talk.resume();
    session.say("through").unwrap();
    session.end().unwrap();
    assert!(!lock.exists());
    talk.home.assert_sound();
}

#[test]
fn a_branch_moved_by_git_under_a_session_is_built_on() {
    if !has("git") {
        return;
    }
    let talk = Talk::of(1);
    let mut session = talk.resume();
    session.say("one").unwrap();
    session.save().unwrap();
    let branch = format!("refs/heads/users/{}", talk.keys.public());
    let foreign = git(
        &talk.home.repository(),
        &[
            "commit-tree",
            "-m",
            "by hand",
            "-p",
            &branch,
            &format!("{branch}^{{tree}}"),
        ],
    );
    git(
        &talk.home.repository(),
        &["update-ref", &branch, foreign.trim()],
    );
    session.say("two").unwrap();
    session.end().unwrap();
    let log = git(&talk.home.repository(), &["log", "--format=%H", &branch]);
    assert!(
        log.contains(foreign.trim()),
        "the commit made by hand is gone"
    );
    let report = talk.home.verify();
    assert_eq!(problems(&report).len(), 1, "{:?}", problems(&report));
    assert_eq!(
        texts(&talk.home.only_thread()),
        ["question 0", "answer", "one", "two"]
    );
}

#[test]
fn packing_beside_sessions_loses_nothing() {
    let home = Home::new();
    home.chat(1);
    let names = names(4);
    let packers: Vec<_> = (0..2)
        .map(|_| {
            let path = home.path().to_owned();
            thread::spawn(move || {
                let mut packed = 0;
                while !path.join("done").exists() {
                    packed += Store::open(&path).unwrap().unwrap().pack().unwrap();
                }
                packed
            })
        })
        .collect();
    run_at_once(home.path(), "new", &names);
    fs::write(home.path().join("done"), "").unwrap();
    let packed: usize = packers
        .into_iter()
        .map(|packer| packer.join().unwrap())
        .sum();
    assert!(packed > 0);
    home.assert_sound();
    for thread in home.threads() {
        assert!(
            thread.title() == "a talk"
                || BTreeSet::from_iter(all_texts(&thread)) == expected(thread.title())
        );
    }
    assert_eq!(home.threads().len(), 5);
}
