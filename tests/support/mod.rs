//! What the tests of the record share: keys from fixed words, homes in temporary folders, git
//! without the user's settings, and processes of their own.
#![allow(dead_code, unused_imports, reason = "each test binary uses its part")]

pub mod canary;
pub mod crush_config;
pub mod devices;
pub mod far;
pub mod git_http;
pub mod hostile;
pub mod model_server;
pub mod scenario;
pub mod schema;
pub mod sealed;
pub mod sshd;
pub mod tools;

pub use tools::{has, skip};

use mmogit::backend::{Backend, Event, Listener, NoReply, Reply, Request};
use mmogit::identity::{Keys, Words};
use mmogit::model::{Birth, Message, Reading, Thread, ThreadId, Timestamp};
use mmogit::prompt;
use mmogit::store::{Store, StoreError};
use mmogit::turn::{Accepted, Beginning, Session};
use mmogit::workspace::{Setup, StoreReport, WorkError, Workspace};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// The first second of most tests.
pub const START: i64 = 1_767_225_600_000;

/// The keys of a fixed person, made once: that takes thousands of rounds.
pub fn keys(person: u8) -> &'static Keys {
    static PEOPLE: [OnceLock<Keys>; 10] = [const { OnceLock::new() }; 10];
    PEOPLE[usize::from(person)].get_or_init(|| {
        let words = Words::from_entropy(&[person; 32]).expect("32 bytes make words");
        Keys::from_words(&words)
    })
}

/// The person whose home it mostly is.
pub fn me() -> &'static Keys {
    keys(1)
}

/// A home folder of its own.
pub struct Home {
    folder: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn repository(&self) -> PathBuf {
        self.path().join("repo.git")
    }

    /// A workspace whose clock goes on by a second each time it is read.
    pub fn workspace(&self) -> Workspace {
        workspace_at(self.path(), START)
    }

    pub fn store(&self) -> Store {
        Store::open_or_create(self.path(), &me().public()).unwrap()
    }

    /// A stored thread of so many turns with the echo backend.
    pub fn chat(&self, turns: usize) -> Thread {
        self.chat_with(&self.workspace(), me(), turns)
    }

    pub fn chat_with(&self, workspace: &Workspace, keys: &Keys, turns: usize) -> Thread {
        let store = workspace.store_of(&keys.public()).unwrap();
        let mut session = Session::begin(workspace, &store, keys, titled("a talk")).unwrap();
        for turn in 0..turns {
            session.say(&format!("question {turn}")).unwrap();
            session
                .ask(&Canned::new("answer"), None, &mut ignore)
                .unwrap();
        }
        session.end().unwrap().expect("something was said")
    }

    /// The one thread that is stored.
    pub fn only_thread(&self) -> Thread {
        let store = self.store();
        let entries = store.list().unwrap().entries;
        assert_eq!(entries.len(), 1, "one thread is expected");
        thread_of(&store.read(&entries[0]).unwrap())
    }

    pub fn threads(&self) -> Vec<Thread> {
        let store = self.store();
        store
            .list()
            .unwrap()
            .entries
            .iter()
            .map(|entry| thread_of(&store.read(entry).unwrap()))
            .collect()
    }

    pub fn verify(&self) -> StoreReport {
        self.workspace().verifier().all().unwrap()
    }

    /// Everything verifies, and git finds nothing broken.
    pub fn assert_sound(&self) {
        let report = self.verify();
        assert!(report.is_good(), "{:#?}", problems(&report));
        assert!(report.troubles.is_empty(), "{:#?}", report.troubles);
        if has("git") {
            let fsck = git(&self.repository(), &["fsck", "--strict", "--no-dangling"]);
            // An empty store is only noticed as such.
            let found: Vec<&str> = fsck
                .lines()
                .filter(|line| !line.starts_with("notice: "))
                .collect();
            assert_eq!(found, Vec::<&str>::new(), "fsck has something to say");
        }
    }
}

pub fn titled(title: &str) -> Beginning {
    Beginning {
        title: Some(title.to_owned()),
        ..Beginning::default()
    }
}

/// A thread of mine, begun on a day of its own; nobody signed it yet.
pub fn numbered(number: i64) -> Thread {
    let begun = Timestamp::from_millis(START + number * 86_400_000);
    Thread::begin(Birth {
        id: ThreadId::at(begun),
        title: format!("number {number}"),
        author: me().public(),
        created_at: begun,
        mode: "conversation".to_owned(),
        project: None,
        tags: Vec::new(),
    })
}

pub fn workspace_at(home: &Path, start: i64) -> Workspace {
    let now = AtomicI64::new(start);
    let clock = move || now.fetch_add(1000, Ordering::Relaxed) + 1000;
    open(home, Box::new(clock))
}

/// The same, with random bytes that are no other's, and the same in each run.
pub fn workspace_with_chance(home: &Path, start: i64, name: &'static str) -> Workspace {
    let (now, drawn) = (AtomicI64::new(start), AtomicI64::new(0));
    Workspace::open(Setup {
        home: home.to_owned(),
        clock: Box::new(move || now.fetch_add(1000, Ordering::Relaxed) + 1000),
        random: Box::new(move |bytes| {
            for chunk in bytes.chunks_mut(32) {
                let number = drawn.fetch_add(1, Ordering::Relaxed);
                let digest = Sha256::digest(format!("{name} {number}"));
                chunk.copy_from_slice(&digest[..chunk.len()]);
            }
        }),
    })
    .unwrap()
}

/// With the system's clock.
pub fn workspace_now(home: &Path) -> Workspace {
    open(home, Box::new(system_clock))
}

/// With the system's clock, and bytes for what is sealed that are the same in each run.
pub fn workspace_that_seals(home: &Path) -> Workspace {
    let drawn = AtomicI64::new(0);
    let random = move |bytes: &mut [u8]| {
        for byte in bytes {
            *byte = drawn.fetch_add(1, Ordering::Relaxed) as u8;
        }
    };
    Workspace::open(Setup {
        home: home.to_owned(),
        clock: Box::new(system_clock),
        random: Box::new(random),
    })
    .unwrap()
}

/// Takes a newer key in the place of that of [`me`].
pub fn rotate(home: &Path) -> Keys {
    let workspace = workspace_that_seals(home);
    let rotator = workspace.rotator().unwrap();
    let words = Words::from_entropy(&[9; 32]).unwrap();
    let newer = rotator.begin(&words, None).unwrap();
    let newer = newer.unlock(None).unwrap();
    rotator.rotate(me(), &newer).unwrap();
    newer
}

fn system_clock() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_millis() as i64
}

fn open(home: &Path, clock: Box<dyn Fn() -> i64 + Send + Sync>) -> Workspace {
    let random = Box::new(|_: &mut [u8]| panic!("nothing here needs randomness"));
    Workspace::open(Setup {
        home: home.to_owned(),
        clock,
        random,
    })
    .unwrap()
}

pub fn thread_of(bytes: &[u8]) -> Thread {
    match Thread::read(bytes) {
        Ok(Reading::Thread(thread)) => thread,
        other => panic!("not a thread: {other:?}"),
    }
}

/// Goes on with the newest thread of these keys.
pub fn resume<'a>(workspace: &'a Workspace, store: &'a Store, keys: &'a Keys) -> Session<'a> {
    let found = workspace
        .threads()
        .newest_of(&keys.public())
        .unwrap()
        .expect("there is a thread");
    let (thread, commit) = workspace
        .threads()
        .continuable(found, &keys.public())
        .unwrap();
    Session::resume(workspace, store, keys, thread, commit).unwrap()
}

pub fn texts(thread: &Thread) -> Vec<String> {
    thread.visible().into_iter().map(Message::text).collect()
}

/// Fails if a message stands twice; returns the texts of all messages, shown or not.
pub fn all_texts(thread: &Thread) -> Vec<String> {
    let ids: HashSet<_> = thread.messages().iter().map(Message::id).collect();
    assert_eq!(ids.len(), thread.messages().len(), "a message stands twice");
    thread.messages().iter().map(Message::text).collect()
}

/// Where the one thread that a query names lies on its branch.
pub fn path_of(workspace: &Workspace, query: &str) -> Result<String, WorkError> {
    let entries = workspace.threads().entries_of(&[query.to_owned()])?;
    Ok(entries[0].path.clone())
}

/// All that is wrong, as codes, the most precise there are; with the message's number where it is
/// about one.
pub fn kinds(report: &StoreReport) -> Vec<String> {
    let mut kinds = Vec::new();
    for finding in report.files.iter().flat_map(|file| &file.findings) {
        let number = finding.message().map(|number| format!(" {number}"));
        kinds.push(format!("{}{}", finding.code(), number.unwrap_or_default()));
    }
    for finding in report.branches.iter().flat_map(|branch| branch.findings()) {
        let kind = finding.fault().unwrap_or(finding.code());
        kinds.push(kind.to_owned());
    }
    kinds
}

/// The same, in words.
pub fn problems(report: &StoreReport) -> Vec<String> {
    let files = report
        .files
        .iter()
        .flat_map(|file| file.findings.iter().map(ToString::to_string));
    files
        .chain(report.branches.iter().flat_map(|branch| branch.problems()))
        .collect()
}

/// A listener that lets everything pass, for tests that show nothing.
pub fn ignore(_: Event<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Says something into which nothing was brought from elsewhere.
pub trait Say {
    fn say(&mut self, text: &str) -> Result<Accepted, StoreError>;
}

impl Say for Session<'_> {
    fn say(&mut self, text: &str) -> Result<Accepted, StoreError> {
        self.say_with(text, None)
    }
}

pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Answers with a fixed text, in pieces; then fails, if told so.
pub struct Canned {
    pub pieces: Vec<String>,
    pub fails: bool,
}

impl Canned {
    pub fn new(text: &str) -> Self {
        Self {
            pieces: vec![text.to_owned()],
            fails: false,
        }
    }
}

impl Backend for Canned {
    fn name(&self) -> &str {
        "echo"
    }

    fn description(&self) -> String {
        "canned".to_owned()
    }

    fn ask(&self, _: &Request<'_>, listener: Listener<'_>) -> Result<Reply, NoReply> {
        for piece in &self.pieces {
            let _ = listener(Event::Text(piece));
        }
        if self.fails {
            return Err(NoReply::Empty);
        }
        Ok(Reply {
            text: self.pieces.concat(),
            ..Reply::default()
        })
    }
}

/// Git with nobody's settings.
pub fn git_command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "somebody")
        .env("GIT_AUTHOR_EMAIL", "somebody@example.invalid")
        .env("GIT_COMMITTER_NAME", "somebody")
        .env("GIT_COMMITTER_EMAIL", "somebody@example.invalid")
        .stdin(Stdio::null());
    command
}

/// What git says, on either stream; it must succeed.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = git_command(folder).args(arguments).output().unwrap();
    let said = said(&output);
    assert!(output.status.success(), "git {arguments:?}: {said}");
    said
}

pub fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// This test binary again, in which the test `child` of a module (its `module_path!()`) does one
/// job.
pub fn start_child(module: &str, job: &str, home: &Path) -> Command {
    let test = match module.split_once("::") {
        Some((_binary, inner)) => format!("{inner}::child"),
        None => "child".to_owned(),
    };
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--ignored",
            "--exact",
            &test,
            "--nocapture",
            "--test-threads=1",
        ])
        .env("MMOGIT_TEST_JOB", job)
        .env("MMOGIT_TEST_HOME", home)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// In a child: what to do, and where. `None` where somebody runs all ignored tests.
pub fn job() -> Option<(String, PathBuf)> {
    let variable = |name| std::env::var(name).ok();
    Some((
        variable("MMOGIT_TEST_JOB")?,
        PathBuf::from(variable("MMOGIT_TEST_HOME")?),
    ))
}

/// The texts that an AI would get to read.
pub fn prompt_of(thread: &Thread) -> String {
    prompt::as_text(&prompt::whole_thread(thread, 100_000))
}

/// Every file below a folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path))
        } else {
            found.push(path)
        }
    }
    found
}

/// Wherever a text still stands below a home: in files as they are, and in every object of the
/// repository, whether or not anything leads to it, unpacked.
pub fn traces_of(secret: &str, home: &Home) -> Vec<String> {
    let repo = git2::Repository::open_bare(home.repository()).unwrap();
    let objects = repo.odb().unwrap();
    let mut ids = Vec::new();
    objects
        .foreach(|id| {
            ids.push(*id);
            true
        })
        .unwrap();
    let holds = |bytes: &[u8]| {
        bytes
            .windows(secret.len())
            .any(|part| part == secret.as_bytes())
    };
    let mut found: Vec<String> = Vec::new();
    for id in ids {
        if holds(objects.read(id).unwrap().data()) {
            found.push(id.to_string());
        }
    }
    let files = files_below(home.path())
        .into_iter()
        .filter(|path| holds(&fs::read(path).unwrap()));
    found.extend(files.map(|path| path.display().to_string()));
    if has("git") {
        let all = git_command(&home.repository())
            .args(["cat-file", "--batch-all-objects", "--batch"])
            .output();
        let all = all.unwrap();
        assert!(all.status.success(), "{all:?}");
        assert_eq!(
            holds(&all.stdout),
            !found.iter().all(|place| place.contains('/')),
            "git sees other objects"
        );
    }
    found
}
