//! The sample threads of `.mmogit/`: all true, and each shows what its README says it shows.

use mmogit::identity::{Keys, Words};
use mmogit::model::{Message, Reading, Role, Thread};
use mmogit::verify::{self, Verdict};
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".mmogit")
}

/// Every file under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect();
    found.sort();
    found
}

fn threads() -> Vec<(PathBuf, Thread)> {
    let read = |path: PathBuf| match Thread::read(&fs::read(&path).unwrap()) {
        Ok(Reading::Thread(thread)) => (path, thread),
        other => panic!("{}: {other:?}", path.display()),
    };
    files(&folder().join("threads"))
        .into_iter()
        .map(read)
        .collect()
}

fn titled(title: &str) -> Thread {
    threads()
        .into_iter()
        .map(|(_, thread)| thread)
        .find(|thread| thread.title() == title)
        .unwrap()
}

#[test]
fn all_are_valid_and_in_their_places() {
    let threads = threads();
    assert_eq!(threads.len(), 3);
    for (path, thread) in threads {
        let report = verify::thread(&thread);
        assert_eq!(
            report.verdict(),
            Verdict::Valid,
            "{}: {:?}",
            path.display(),
            report.findings()
        );
        let day =
            chrono::DateTime::from_timestamp(thread.id().to_string()[7..].parse().unwrap(), 0)
                .unwrap();
        let place = format!("threads/{}/{}.json", day.format("%Y-%m/%d"), thread.id());
        assert!(
            path.ends_with(&place),
            "{} is not at {place}",
            path.display()
        );
    }
}

/// The words are read off the README, so that what it says of them stays true.
#[test]
fn their_author_is_that_of_the_published_words() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let phrase: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .collect();
    let keys = Keys::from_words(&Words::read(&phrase.join(" ")).unwrap());
    for (path, thread) in threads() {
        assert_eq!(thread.author(), keys.public(), "{}", path.display());
    }
    let signers = fs::read_to_string(folder().join("allowed-signers")).unwrap();
    assert!(signers.starts_with(&format!("{}@", keys.public())) && signers.lines().count() == 1);
}

#[test]
fn one_is_plain_and_complete() {
    let thread = titled("implementing_auth");
    let roles: Vec<Role> = thread
        .visible()
        .iter()
        .map(|message| message.role())
        .collect();
    assert_eq!(roles, [Role::Human, Role::Ai, Role::Human, Role::Ai]);
    assert_eq!(thread.messages().len(), 4);
    assert_eq!(thread.tags(), ["backend", "security"]);
    assert!(!thread.messages().iter().any(Message::is_interrupted));
}

#[test]
fn one_has_an_answer_set_aside() {
    let thread = titled("ordering_events");
    let visible = thread.visible();
    assert_eq!((visible.len(), thread.messages().len()), (2, 3));
    assert_eq!(
        thread.messages()[1].prev(),
        visible[1].prev(),
        "both answer the same question"
    );
    assert_ne!(thread.messages()[1].text(), visible[1].text());
}

#[test]
fn one_has_an_answer_that_broke_off() {
    let thread = titled("deadlocks");
    assert!(
        thread
            .visible()
            .last()
            .is_some_and(|last| last.is_interrupted() && last.role() == Role::Ai)
    );
}
