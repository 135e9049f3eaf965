//! Homes to measure in: on the disk that holds the build, with a clock that stands until it is
//! moved.

use mmogit::identity::{Keys, Words};
use mmogit::model::{Birth, MessageDraft, Role, Thread, ThreadId, Timestamp};
use mmogit::sign::Namespace;
use mmogit::store::Store;
use mmogit::turn::{Beginning, Session};
use mmogit::workspace::{Setup, Workspace};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;

pub const QUESTION: &str = "How should we handle JWT refresh tokens? Our mobile client keeps people signed in for \
                            weeks, and the last audit asked us to rotate them. I would rather not add a database \
                            round trip to every request.";
pub const ANSWER: &str = "Rotate the refresh token each time it is used, and keep only a hash of the newest one for \
                          each device.\n\n1. The access token stays short, ten minutes or so, and is checked without \
                          a look at the database.\n2. The refresh token is used once. If an old one comes back, \
                          somebody copied it: end that whole family of tokens, and ask the person to sign in \
                          again.\n3. Give a token that was just replaced a few seconds of grace, since a phone on a \
                          bad line sends a request twice.\n\nSo the database is asked once in ten minutes for each \
                          device, and never for an ordinary request.\n";

/// A person who begins so many conversations a day.
const THREADS_A_DAY: usize = 30;
const DAY: i64 = 86_400_000;
/// 2025-08-25T20:00:00Z.
const TODAY: i64 = 1_756_152_000_000;

/// A home of its own, gone when it is dropped.
pub struct Home {
    pub folder: TempDir,
    pub workspace: Workspace,
    pub store: Store,
    pub keys: Keys,
    clock: Arc<AtomicI64>,
}

impl Home {
    pub fn new() -> Self {
        Self::of(7)
    }

    /// Of one of several people.
    pub fn of(person: u8) -> Self {
        let folder = folder();
        let words = Words::from_entropy(&[person; 32]).unwrap();
        let keys = Keys::from_words(&words);
        let clock = Arc::new(AtomicI64::new(TODAY));
        let hands = Arc::clone(&clock);
        let setup = Setup {
            home: folder.path().join("home"),
            clock: Box::new(move || hands.load(Ordering::Relaxed)),
            random: Box::new(|bytes| getrandom::fill(bytes).expect("randomness")),
        };
        let workspace = Workspace::open(setup).unwrap();
        workspace.create_identity(&words, None).unwrap();
        let store = workspace.store_of(&keys.public()).unwrap();
        Self {
            folder,
            workspace,
            store,
            keys,
            clock,
        }
    }

    /// A home with so many threads of two messages each, all in one pack and one commit.
    pub fn with_threads(count: usize) -> Self {
        let mut home = Self::new();
        home.fill(count);
        home.store = home.workspace.store_of(&home.keys.public()).unwrap();
        home
    }

    pub fn path(&self) -> &Path {
        self.workspace.home()
    }

    /// A new session; a minute has passed since the last.
    pub fn session(&self) -> Session<'_> {
        self.clock.fetch_add(60_000, Ordering::Relaxed);
        let beginning = Beginning {
            title: Some("implementing_auth".into()),
            tags: vec!["backend".into()],
            project: None,
            ..Beginning::default()
        };
        Session::begin(&self.workspace, &self.store, &self.keys, beginning).unwrap()
    }

    /// Writes threads through git2, a tree for each day; through the store it would be a save for
    /// each thread.
    fn fill(&self, count: usize) {
        let times: Vec<i64> = (0..count).map(moment).collect();
        let keys = &self.keys;
        let files: Vec<Vec<u8>> = times
            .par_iter()
            .map(|time| thread(keys, *time, 2).to_file())
            .collect();
        let repo = git2::Repository::open_bare(self.store.path()).unwrap();
        let odb = repo.odb().unwrap();
        let in_memory = odb.add_new_mempack_backend(1000).unwrap();

        let mut months: BTreeMap<String, BTreeMap<String, Vec<(String, git2::Oid)>>> =
            BTreeMap::new();
        for (time, file) in times.iter().zip(files) {
            let id = ThreadId::at(Timestamp::from_millis(*time));
            let day = id.time().utc();
            let (month, day) = (
                day.format("%Y-%m").to_string(),
                day.format("%d").to_string(),
            );
            let blob = repo.blob(&file).unwrap();
            months
                .entry(month)
                .or_default()
                .entry(day)
                .or_default()
                .push((format!("{id}.json"), blob));
        }
        let folder = |entries: Vec<(String, git2::Oid)>, mode: git2::FileMode| {
            let mut builder = repo.treebuilder(None).unwrap();
            for (name, id) in entries {
                builder.insert(name, id, mode.into()).unwrap();
            }
            builder.write().unwrap()
        };
        let of_folders = |entries| folder(entries, git2::FileMode::Tree);
        let months = months.into_iter().map(|(month, days)| {
            let days = days
                .into_iter()
                .map(|(day, files)| (day, folder(files, git2::FileMode::Blob)));
            (month, of_folders(days.collect()))
        });
        let threads = of_folders(months.collect());
        let top = of_folders(vec![(
            ".mmogit".into(),
            of_folders(vec![("threads".into(), threads)]),
        )]);
        let commit = self.commit(&repo, top);

        let mut pack = git2::Buf::new();
        in_memory.dump(&repo, &mut pack).unwrap();
        let mut writer = odb.packwriter().unwrap();
        writer.write_all(&pack).unwrap();
        writer.commit().unwrap();
        let branch = format!("refs/heads/users/{}", self.keys.public());
        repo.reference(&branch, commit, false, "").unwrap();
    }

    fn commit(&self, repo: &git2::Repository, tree: git2::Oid) -> git2::Oid {
        let owner = self.keys.owner();
        let address = format!("{}@users.mmogit.invalid", owner.public());
        let who =
            git2::Signature::new("mmogit", &address, &git2::Time::new(TODAY / 1000, 0)).unwrap();
        let tree = repo.find_tree(tree).unwrap();
        let text = repo
            .commit_create_buffer(&who, &who, "many threads\n", &tree, &[])
            .unwrap();
        let text = std::str::from_utf8(&text).unwrap();
        let armour = owner.sign_armoured(Namespace::Git, text.as_bytes());
        repo.commit_signed(text, armour.trim_end(), None).unwrap()
    }
}

/// A folder on the disk that holds the build: `/tmp` is often no disk at all.
pub fn folder() -> TempDir {
    let place = option_env!("CARGO_TARGET_TMPDIR").unwrap_or("/tmp");
    fs::create_dir_all(place).unwrap();
    TempDir::new_in(place).unwrap()
}

/// When a thread began, counted back from the newest; the last day is not over.
fn moment(back: usize) -> i64 {
    let (days, place) = (back / THREADS_A_DAY, back % THREADS_A_DAY);
    TODAY - days as i64 * DAY - (place as i64 + 1) * 1_200_000
}

/// A thread of so many messages, questions and answers in turn, signed.
pub fn thread(keys: &Keys, time: i64, messages: usize) -> Thread {
    let begun = Timestamp::from_millis(time);
    let mut thread = Thread::begin(Birth {
        id: ThreadId::at(begun),
        title: "implementing_auth".into(),
        author: keys.public(),
        created_at: begun,
        mode: "conversation".into(),
        project: None,
        tags: vec!["backend".into()],
    });
    let agent = keys.agent("echo");
    thread.add_agent(&keys.agent_entry("echo"));
    let mut prev = thread.origins();
    for place in 0..messages {
        let at = Timestamp::from_millis(time + place as i64 * 1000);
        let message = if place % 2 == 0 {
            let draft = MessageDraft::new(Role::Human, QUESTION, at, keys.public(), &prev);
            keys.owner().sign_message(draft)
        } else {
            let draft = MessageDraft::new(Role::Ai, ANSWER, at, agent.public(), &prev);
            agent.sign_message(
                draft
                    .with("agent", Some("echo"))
                    .with("backend", Some("echo")),
            )
        };
        prev = vec![message.id()];
        thread.append(message);
    }
    keys.owner().sign_thread(&mut thread);
    thread
}
