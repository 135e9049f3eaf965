//! States of one branch, drawn at random, and joined in every order.

use super::join::JoinedHistory;
use crate::model::layout::{CARD, ERASED, THREADS, components, file_name, file_name_with_root};
use crate::model::{
    Birth, Card, ErasedThread, Erasure, Hash, MessageDraft, OwnerCard, Role, Thread, ThreadId,
    Timestamp,
};
use crate::sign::Signer;
use crate::store::Store;
use git2::build::TreeUpdateBuilder;
use git2::{FileMode, ObjectType, Oid, TreeWalkMode, TreeWalkResult};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const START: i64 = 1_767_225_600_000;

/// What a state of a branch may hold.
#[derive(Debug, Clone)]
enum Part {
    /// A true thread: which of an id's, the messages that it has, and whether it stands under the
    /// longer name.
    Thread {
        second: i64,
        root: u8,
        messages: Vec<u8>,
        has_long_name: bool,
    },
    /// Something else under a thread's name.
    Damaged {
        second: i64,
        content: u8,
    },
    /// The same, with all that a thread has but the owner's signature.
    Untrue {
        second: i64,
        root: u8,
        message: u8,
    },
    Unknown {
        place: usize,
        content: u8,
        runs: bool,
    },
    Erased {
        second: i64,
        root: u8,
        at: i64,
    },
    Card {
        name: u8,
        at: i64,
    },
}

const PLACES: [&str; 4] = ["notes", "a/b.txt", "a", ".mmogit/threads/junk.json"];

fn part() -> impl Strategy<Value = Part> {
    let root = 0..2u8;
    let second = 0..2i64;
    prop_oneof![
        6 => (second.clone(), root.clone(), prop::collection::vec(0..4u8, 1..3), any::<bool>())
            .prop_map(|(second, root, messages, has_long_name)| Part::Thread {
                second,
                root,
                messages,
                has_long_name,
            }),
        1 => (second.clone(), 0..3u8).prop_map(|(second, content)| Part::Damaged { second, content }),
        1 => (second.clone(), root.clone(), 0..3u8)
            .prop_map(|(second, root, message)| Part::Untrue { second, root, message }),
        2 => (0..PLACES.len(), 0..3u8, any::<bool>())
            .prop_map(|(place, content, runs)| Part::Unknown { place, content, runs }),
        1 => (second, root, 0..3i64).prop_map(|(second, root, at)| Part::Erased { second, root, at }),
        1 => (0..3u8, 0..3i64).prop_map(|(name, at)| Part::Card { name, at }),
    ]
}

struct Bench {
    _home: tempfile::TempDir,
    store: Store,
    owner: Signer,
}

impl Bench {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let owner = Signer::from_secret(&[7; 32]);
        let store = Store::open_or_create(home.path(), &owner.public()).unwrap();
        // Nothing here has to outlast a power cut.
        fs::write(store.path().join("mmogit.config"), "").unwrap();
        let store = Store::open(home.path()).unwrap().unwrap();
        Self {
            _home: home,
            store,
            owner,
        }
    }

    /// The second thread of an id differs in a field of its root.
    fn thread(&self, second: i64, root: u8, messages: &[u8]) -> Thread {
        let begun = Timestamp::from_millis(START + second * 1000);
        let mut thread = Thread::begin(Birth {
            id: ThreadId::at(begun),
            title: format!("{second} {root}"),
            author: self.owner.public(),
            created_at: begun,
            mode: "conversation".to_owned(),
            project: (root > 0).then(|| root.to_string()),
            tags: Vec::new(),
        });
        for message in messages {
            let said = Timestamp::from_millis(START + 10_000 + i64::from(*message));
            let text = message.to_string();
            let prev = [thread.root()];
            let draft = MessageDraft::new(Role::Human, &text, said, self.owner.public(), &prev);
            let message = self.owner.sign_message(draft);
            if thread
                .messages()
                .iter()
                .all(|known| known.id() != message.id())
            {
                thread.append(message);
            }
        }
        thread
    }

    fn root(&self, second: i64, root: u8) -> Hash {
        self.thread(second, root, &[]).root()
    }

    /// Where something lies, and its content.
    fn file(&self, part: &Part) -> (String, Vec<u8>, FileMode) {
        let id = |second: &i64| ThreadId::at(Timestamp::from_millis(START + second * 1000));
        let place = |second: &i64, name: &str| components(id(second), name).join("/");
        match part {
            Part::Thread {
                second,
                root,
                messages,
                has_long_name,
            } => {
                let mut thread = self.thread(*second, *root, messages);
                self.owner.sign_thread(&mut thread);
                let name = match has_long_name {
                    true => file_name_with_root(thread.id(), &thread.root()),
                    false => file_name(thread.id()),
                };
                (place(second, &name), thread.to_file(), FileMode::Blob)
            }
            Part::Damaged { second, content } => {
                let bytes = format!("damaged {content}").into_bytes();
                (place(second, &file_name(id(second))), bytes, FileMode::Blob)
            }
            Part::Untrue {
                second,
                root,
                message,
            } => {
                let mut thread = self.thread(*second, *root, &[*message]);
                Signer::from_secret(&[9; 32]).sign_thread(&mut thread);
                (
                    place(second, &file_name(id(second))),
                    thread.to_file(),
                    FileMode::Blob,
                )
            }
            Part::Unknown {
                place,
                content,
                runs,
            } => {
                let mode = match runs {
                    true => FileMode::BlobExecutable,
                    false => FileMode::Blob,
                };
                (PLACES[*place].to_owned(), vec![b'a' + content], mode)
            }
            Part::Erased { second, root, at } => {
                let mut erasure = Erasure::new(
                    self.owner.public(),
                    ErasedThread {
                        thread: id(second),
                        root: Some(self.root(*second, *root)),
                        erased_at: Timestamp::from_millis(START + at),
                        replaced: format!("{at:040}"),
                        also: Vec::new(),
                        moved: Vec::new(),
                    },
                );
                self.owner.sign_document(&mut erasure);
                let path = format!("{}/{ERASED}/{}", THREADS[0], erasure.file_name());
                (path, erasure.to_file(), FileMode::Blob)
            }
            Part::Card { name, at } => {
                let mut card = Card::new(
                    self.owner.public(),
                    OwnerCard {
                        name: name.to_string(),
                        updated_at: Timestamp::from_millis(START + at),
                        ..OwnerCard::unnamed("ab".repeat(32).parse().unwrap())
                    },
                );
                self.owner.sign_document(&mut card);
                (CARD.join("/"), card.to_file(), FileMode::Blob)
            }
        }
    }

    /// A history of one commit, which holds the parts but for what it erased itself.
    fn state(&self, parts: &[Part]) -> Oid {
        let mut erased = BTreeSet::new();
        for part in parts {
            if let Part::Erased { second, root, .. } = part {
                erased.insert((*second, *root));
            }
        }
        let repo = &self.store.repo;
        let mut files = BTreeMap::new();
        let mut there = BTreeSet::new();
        for part in parts {
            // Nobody stores a thread twice.
            let gone = match part {
                Part::Thread { second, root, .. } => {
                    erased.contains(&(*second, *root)) || !there.insert((*second, *root))
                }
                Part::Untrue { second, root, .. } => erased.contains(&(*second, *root)),
                _ => false,
            };
            let (path, bytes, mode) = self.file(part);
            let in_the_way = |path: &String| path.split('/').next() == Some("a");
            let clashes = in_the_way(&path) && files.keys().any(in_the_way);
            if !gone && !clashes {
                files.insert(path, (repo.blob(&bytes).unwrap(), mode));
            }
        }
        let mut update = TreeUpdateBuilder::new();
        for (path, (blob, mode)) in &files {
            update.upsert(path.as_bytes(), *blob, *mode);
        }
        let empty = repo.treebuilder(None).unwrap().write().unwrap();
        let empty = repo.find_tree(empty).unwrap();
        let tree = update.create_updated(repo, &empty).unwrap();
        let time = Timestamp::from_millis(START + 50_000);
        self.store.commit(&self.owner, tree, 1, &[], time).unwrap()
    }

    fn joined(&self, one: Oid, other: Oid) -> Oid {
        let now = Timestamp::from_millis(START + 60_000);
        let JoinedHistory { commit, .. } = self
            .store
            .join_histories(&self.owner, one, other, now)
            .unwrap();
        commit
    }

    /// All files of a state, by their paths. Of the word of an erasure only what does not tell where
    /// it was carried out.
    fn files(&self, commit: Oid) -> BTreeMap<String, String> {
        let tree = self.store.tree_at(commit).unwrap();
        let mut files = BTreeMap::new();
        let walked = tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            if entry.kind() != Some(ObjectType::Blob) {
                return TreeWalkResult::Ok;
            }
            let path = format!("{folder}{}", entry.name().unwrap());
            let bytes = self.store.read_blob(entry.id()).unwrap();
            let content = match Erasure::read(&bytes) {
                Ok(erasure) => format!("{:?} {}", erasure.erased_id(), erasure.erased_at),
                Err(_) => format!("{:o} {}", entry.filemode(), entry.id()),
            };
            files.insert(path, content);
            TreeWalkResult::Ok
        });
        walked.unwrap();
        files
    }
}

fn orders(states: &[Oid]) -> Vec<Vec<Oid>> {
    if states.len() < 2 {
        return vec![states.to_vec()];
    }
    let mut all = Vec::new();
    for (place, first) in states.iter().enumerate() {
        let mut rest = states.to_vec();
        rest.remove(place);
        for mut order in orders(&rest) {
            order.insert(0, *first);
            all.push(order);
        }
    }
    all
}

thread_local! {
    /// To make one takes longer than to join on it.
    static BENCH: Bench = Bench::new();
}

/// The states, joined from either end in each order, end in one. Gives that.
fn end_of(states: &[Vec<Part>]) -> BTreeMap<String, String> {
    BENCH.with(|bench| end_on(bench, states))
}

fn end_on(bench: &Bench, states: &[Vec<Part>]) -> BTreeMap<String, String> {
    let states: Vec<Oid> = states.iter().map(|parts| bench.state(parts)).collect();
    let mut ends = Vec::new();
    for order in orders(&states) {
        let [first, between @ .., last] = &order[..] else {
            unreachable!("there are at least two")
        };
        let from_left = between
            .iter()
            .chain([last])
            .fold(*first, |joined, next| bench.joined(joined, *next));
        ends.push(bench.files(from_left));
        let from_right = between
            .iter()
            .rev()
            .chain([first])
            .fold(*last, |joined, next| bench.joined(*next, joined));
        ends.push(bench.files(from_right));
    }
    for other in &ends[1..] {
        assert_eq!(&ends[0], other);
    }
    ends.remove(0)
}

fn thread(messages: &[u8], has_long_name: bool) -> Part {
    Part::Thread {
        second: 0,
        root: 0,
        messages: messages.to_vec(),
        has_long_name,
    }
}

const DAMAGED: Part = Part::Damaged {
    second: 0,
    content: 0,
};

fn unknown(place: usize, runs: bool) -> Part {
    Part::Unknown {
        place,
        content: 0,
        runs,
    }
}

#[test]
fn what_only_one_state_has_beside_a_damaged_file_is_named_anew_in_either_order() {
    let files = end_of(&[vec![DAMAGED], vec![DAMAGED, thread(&[0], true)]]);
    let [bare, beside] = &files.keys().collect::<Vec<_>>()[..] else {
        panic!("{files:?}")
    };
    // `-` sorts before `.`: the thread has the bare name.
    assert!(beside.ends_with("/thread_1767225600.json"), "{beside}");
    let damaged = &files[*bare];
    let digits = &damaged["100644 ".len()..][..8];
    assert!(bare.ends_with(&format!("-{digits}.json")), "{bare}");
}

#[test]
fn of_a_file_and_two_folders_of_one_name_the_folders_become_one_that_keeps_it() {
    let states = [unknown(1, false), unknown(2, false), unknown(1, true)];
    let files = end_of(&states.map(|part| vec![part]));
    let b = "2e65efe2a145dda7ee51d1741299f848e5bf752e";
    let expected = [
        ("a-2e65efe2", format!("100644 {b}")),
        ("a/b-2e65efe2.txt", format!("100755 {b}")),
        ("a/b.txt", format!("100644 {b}")),
    ];
    let expected = expected.map(|(path, content)| (path.to_owned(), content));
    assert_eq!(files, BTreeMap::from(expected));
}

#[test]
fn what_gave_way_to_an_erased_thread_is_named_as_if_that_had_never_been() {
    let erased = Part::Erased {
        second: 0,
        root: 0,
        at: 0,
    };
    let files = end_of(&[vec![DAMAGED], vec![thread(&[0], false)], vec![erased]]);
    let mut names = files.keys().map(|path| path.rsplit('/').next().unwrap());
    assert!(
        names.any(|name| name == "thread_1767225600.json"),
        "{files:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_order_of_unions_ends_in_one_tree(
        states in prop::collection::vec(prop::collection::vec(part(), 0..6), 2..4)
    ) {
        end_of(&states);
    }
}
