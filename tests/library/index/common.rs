//! A home with a store that a test can change in every way, and what its index says.

use mmogit::identity::{Keys, Words};
use mmogit::index::{Filter, Hits, Query, Summary};
use mmogit::model::{Birth, MessageDraft, PublicKey, Role, Thread, ThreadId, Timestamp};
use mmogit::store::{CommitId, Save, Store};
use mmogit::workspace::{Notice, Setup, ThreadList, Workspace};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// 2025-01-21T10:00:00Z.
pub const BEGIN: i64 = 1_737_453_600_000;

pub struct Home {
    folder: TempDir,
    notices: Arc<Mutex<Vec<Notice>>>,
    pub keys: Keys,
}

impl Home {
    pub fn new() -> Self {
        let words = Words::from_entropy(&[7; 32]).unwrap();
        let home = Self {
            folder: tempfile::tempdir().unwrap(),
            notices: Arc::default(),
            keys: Keys::from_words(&words),
        };
        home.workspace().create_identity(&words, None).unwrap();
        home
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn index(&self) -> PathBuf {
        self.path().join("index.db")
    }

    pub fn workspace(&self) -> Workspace {
        let setup = Setup {
            home: self.path().to_owned(),
            clock: Box::new(|| BEGIN),
            random: Box::new(|bytes| bytes.fill(1)),
        };
        let mut workspace = Workspace::open(setup).unwrap();
        let notices = Arc::clone(&self.notices);
        workspace.on_notice(move |notice| notices.lock().unwrap().push(notice.clone()));
        workspace
    }

    pub fn store(&self) -> Store {
        Store::open_or_create(self.path(), &self.keys.public()).unwrap()
    }

    /// A thread as it would be after a chat.
    pub fn thread(&self, second: i64, title: &str, texts: &[&str]) -> Thread {
        thread(&self.keys, second, title, texts)
    }

    /// Saves a thread that nothing is known of yet.
    pub fn save(&self, thread: &Thread) -> CommitId {
        self.save_as(thread, None, None)
    }

    pub fn save_as(
        &self,
        thread: &Thread,
        base: Option<&Thread>,
        replaces: Option<CommitId>,
    ) -> CommitId {
        let owner = self.keys.owner();
        let now = thread.updated_at();
        self.store()
            .save(&Save {
                owner,
                thread,
                base,
                replaces,
                now,
            })
            .unwrap()
            .commit
    }

    pub fn list(&self) -> ThreadList {
        self.workspace().threads().list(&Filter::default()).unwrap()
    }

    pub fn titles(&self) -> Vec<String> {
        self.list()
            .threads
            .into_iter()
            .map(|thread| thread.title)
            .collect()
    }

    pub fn search(&self, query: &str) -> Hits {
        let workspace = self.workspace();
        workspace
            .threads()
            .search(&Query::read(query, workspace.now()), 1000)
            .unwrap()
            .hits
    }

    /// The names of the threads with a hit, and the numbers of the messages; 0 for a title.
    pub fn found(&self, query: &str) -> Vec<(String, Option<usize>)> {
        let name = |thread: &Summary| thread.title.clone();
        let hits = self.search(query).hits;
        let mut found: Vec<_> = hits
            .iter()
            .map(|hit| {
                (
                    name(&hit.thread),
                    hit.message
                        .as_ref()
                        .map_or(Some(0), |message| message.number),
                )
            })
            .collect();
        found.sort();
        found
    }

    /// How many files were read since this was last asked, and whether the index could not be used.
    pub fn heard(&self) -> (usize, bool) {
        let notices = std::mem::take(&mut *self.notices.lock().unwrap());
        let read = |notice: &Notice| match notice {
            Notice::Indexing { done, total } if done == total => *total,
            _ => 0,
        };
        let is_without = notices
            .iter()
            .any(|notice| matches!(notice, Notice::WithoutIndex { .. }));
        (notices.iter().map(read).sum(), is_without)
    }

    /// Points a branch, or its absence, wherever a test wants it.
    pub fn move_branch(&self, owner: &PublicKey, to: Option<&str>) {
        let repo = git2::Repository::open_bare(self.path().join("repo.git")).unwrap();
        let name = format!("refs/heads/users/{owner}");
        match to {
            Some(to) => drop(
                repo.reference(&name, git2::Oid::from_str(to).unwrap(), true, "")
                    .unwrap(),
            ),
            None => repo.find_reference(&name).unwrap().delete().unwrap(),
        }
    }

    /// Writes any content at any path of the owner's branch.
    pub fn put(&self, path: &str, content: Option<&[u8]>) {
        put(
            &self.path().join("repo.git"),
            &self.keys.public(),
            path,
            content,
        );
    }
}

pub fn thread(keys: &Keys, second: i64, title: &str, texts: &[&str]) -> Thread {
    let time = Timestamp::from_millis(BEGIN + second * 1000);
    let mut thread = Thread::begin(Birth {
        id: ThreadId::at(time),
        title: title.to_owned(),
        author: keys.public(),
        created_at: time,
        mode: "conversation".into(),
        project: None,
        tags: vec!["Été".into()],
    });
    thread.add_agent(&keys.agent_entry("echo"));
    for text in texts {
        say(keys, &mut thread, text);
    }
    keys.owner().sign_thread(&mut thread);
    thread
}

/// Adds a message, a question or an answer in turn, and signs the thread.
pub fn say(keys: &Keys, thread: &mut Thread, text: &str) {
    let place = thread.messages().len();
    let time = Timestamp::from_millis(thread.created_at().millis() + place as i64 * 10);
    let prev = thread
        .messages()
        .last()
        .map_or_else(|| thread.origins(), |last| vec![last.id()]);
    let message = if place.is_multiple_of(2) {
        keys.owner().sign_message(MessageDraft::new(
            Role::Human,
            text,
            time,
            keys.public(),
            &prev,
        ))
    } else {
        let agent = keys.agent("echo");
        let draft = MessageDraft::new(Role::Ai, text, time, agent.public(), &prev);
        agent.sign_message(
            draft
                .with("agent", Some("echo"))
                .with("model", Some("Echo-1")),
        )
    };
    thread.append(message);
    keys.owner().sign_thread(thread);
}

/// A commit on an author's branch with the same content at many paths.
pub fn put_all(
    repository: &Path,
    owner: &PublicKey,
    paths: impl Iterator<Item = String>,
    content: &[u8],
) {
    let repo = git2::Repository::open_bare(repository).unwrap();
    let name = format!("refs/heads/users/{owner}");
    let parent = repo
        .find_reference(&name)
        .unwrap()
        .peel_to_commit()
        .unwrap();
    let blob = repo.blob(content).unwrap();
    let mut change = git2::build::TreeUpdateBuilder::new();
    for path in paths {
        change.upsert(path, blob, git2::FileMode::Blob);
    }
    let tree = change
        .create_updated(&repo, &parent.tree().unwrap())
        .unwrap();
    let who = git2::Signature::new("x", "x@x.invalid", &git2::Time::new(0, 0)).unwrap();
    repo.commit(
        Some(&name),
        &who,
        &who,
        "",
        &repo.find_tree(tree).unwrap(),
        &[&parent],
    )
    .unwrap();
}

/// A commit on an author's branch with one path changed, or taken away.
pub fn put(repository: &Path, owner: &PublicKey, path: &str, content: Option<&[u8]>) {
    let repo = git2::Repository::open_bare(repository).unwrap();
    let name = format!("refs/heads/users/{owner}");
    let parent = repo
        .find_reference(&name)
        .ok()
        .and_then(|branch| branch.peel_to_commit().ok());
    let base = parent.as_ref().map(|parent| parent.tree().unwrap());
    let mut change = git2::build::TreeUpdateBuilder::new();
    match content {
        Some(content) => {
            change.upsert(path, repo.blob(content).unwrap(), git2::FileMode::Blob);
        }
        None => {
            change.remove(path);
        }
    }
    let empty = repo.treebuilder(None).unwrap().write().unwrap();
    let base = base.unwrap_or_else(|| repo.find_tree(empty).unwrap());
    let tree = repo
        .find_tree(change.create_updated(&repo, &base).unwrap())
        .unwrap();
    let who = git2::Signature::new("x", "x@x.invalid", &git2::Time::new(0, 0)).unwrap();
    let parents: Vec<_> = parent.iter().collect();
    repo.commit(Some(&name), &who, &who, "", &tree, &parents)
        .unwrap();
}
