//! What an attacker does to a repository.

use crate::support::{Home, kinds, me, thread_of};
use git2::build::TreeUpdateBuilder;
use git2::{FileMode, Oid, Repository, Signature, Time};
use mmogit::model::{MessageDraft, PublicKey, Role, Thread, Timestamp};
use mmogit::sign::{Namespace, Signer};
use mmogit::store::{BranchFinding, CommitFinding};
use mmogit::verify::Verdict;
use serde_json::Value;

/// A home with one stored thread, and its repository laid open.
pub struct Forge {
    pub home: Home,
    pub repo: Repository,
}

impl Forge {
    /// Human, ai, human, ai, all true.
    pub fn new() -> Self {
        let home = Home::new();
        home.chat(2);
        let repo = Repository::open_bare(home.repository()).unwrap();
        Self { home, repo }
    }

    pub fn branch(key: &PublicKey) -> String {
        format!("refs/heads/users/{key}")
    }

    pub fn tip(&self) -> Oid {
        self.repo
            .refname_to_id(&Self::branch(&me().public()))
            .unwrap()
    }

    /// Where the first thread's file lies.
    pub fn path(&self) -> String {
        self.home.store().list().unwrap().entries[0].path.clone()
    }

    pub fn bytes(&self) -> Vec<u8> {
        let store = self.home.store();
        store.read(&store.list().unwrap().entries[0]).unwrap()
    }

    pub fn thread(&self) -> Thread {
        thread_of(&self.bytes())
    }

    /// The tip's tree with one file written.
    pub fn tree_with(&self, path: &str, bytes: &[u8]) -> Oid {
        let tree = self.repo.find_commit(self.tip()).unwrap().tree().unwrap();
        let blob = self.repo.blob(bytes).unwrap();
        TreeUpdateBuilder::new()
            .upsert(path, blob, FileMode::Blob)
            .create_updated(&self.repo, &tree)
            .unwrap()
    }

    /// The text of a commit that is not signed.
    pub fn text(&self, tree: Oid, parent: Option<Oid>) -> String {
        let who = Signature::new(
            "mmogit",
            "x@users.mmogit.invalid",
            &Time::new(1_767_225_700, 0),
        )
        .unwrap();
        let tree = self.repo.find_tree(tree).unwrap();
        let parent = parent.map(|id| self.repo.find_commit(id).unwrap());
        let parents: Vec<_> = parent.iter().collect();
        let text = self
            .repo
            .commit_create_buffer(&who, &who, "1 thread\n", &tree, &parents)
            .unwrap();
        String::from_utf8(text.to_vec()).unwrap()
    }

    /// A commit with any signature, made the tip of my branch.
    pub fn commit_with(&self, text: &str, armour: Option<&str>) -> Oid {
        let id = match armour {
            Some(armour) => self
                .repo
                .commit_signed(text, armour.trim_end(), None)
                .unwrap(),
            None => self
                .repo
                .odb()
                .unwrap()
                .write(git2::ObjectType::Commit, text.as_bytes())
                .unwrap(),
        };
        self.move_branch(id);
        id
    }

    pub fn commit(&self, tree: Oid, parent: Option<Oid>, by: &Signer) -> Oid {
        let text = self.text(tree, parent);
        self.commit_with(
            &text,
            Some(&by.sign_armoured(Namespace::Git, text.as_bytes())),
        )
    }

    /// Every object that a commit leads to and another does not, by its path where it has one.
    pub fn objects_of(&self, commit: Oid) -> Vec<(String, Oid)> {
        let commit = self.repo.find_commit(commit).unwrap();
        let tree = commit.tree().unwrap();
        let mut found = vec![(String::new(), tree.id())];
        tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            found.push((format!("{folder}{}", entry.name().unwrap()), entry.id()));
            git2::TreeWalkResult::Ok
        })
        .unwrap();
        found
    }

    /// Removes an object from the disk.
    pub fn remove(&self, id: Oid) {
        let id = id.to_string();
        std::fs::remove_file(
            self.home
                .repository()
                .join("objects")
                .join(&id[..2])
                .join(&id[2..]),
        )
        .unwrap();
    }

    /// Removes the thread's files of a commit that an older one has not got.
    pub fn remove_news(&self, commit: Oid, older: Oid) {
        let old = self.objects_of(older);
        let news = self
            .objects_of(commit)
            .into_iter()
            .filter(|object| !old.contains(object));
        news.filter(|(path, _)| path.ends_with(".json"))
            .for_each(|(_, id)| self.remove(id));
    }

    /// All that is wrong with my branch, as a verification finds it.
    pub fn findings(&self) -> Vec<BranchFinding> {
        let report = self.home.verify();
        let mine = report
            .branches
            .iter()
            .find(|branch| branch.owner == me().public())
            .unwrap();
        let findings = mine.findings();
        assert_eq!(
            report.is_good(),
            findings.is_empty() && !report.files.iter().any(|file| file.is_bad())
        );
        findings
    }

    /// The same, as the commits show it.
    pub fn commit_findings(&self) -> Vec<CommitFinding> {
        let of_commit = |finding| match finding {
            BranchFinding::Commit { finding, .. } => Some(finding),
            _ => None,
        };
        self.findings().into_iter().filter_map(of_commit).collect()
    }

    pub fn move_branch(&self, to: Oid) {
        self.repo
            .reference(&Self::branch(&me().public()), to, true, "")
            .unwrap();
    }

    /// Puts a file on my branch in a commit that I signed.
    pub fn put(&self, path: &str, bytes: &[u8]) {
        self.commit(self.tree_with(path, bytes), Some(self.tip()), me().owner());
    }

    /// Puts a thread in the place of the stored one, the same way.
    pub fn replace(&self, thread: &Thread) {
        self.put(&self.path(), &thread.to_file());
    }

    /// Changes the stored file's JSON, the same way.
    pub fn edit(&self, change: impl FnOnce(&mut Value)) {
        let mut file: Value = serde_json::from_slice(&self.bytes()).unwrap();
        change(&mut file);
        self.put(&self.path(), &serde_json::to_vec_pretty(&file).unwrap());
    }

    /// Changes the stored file's JSON and signs the whole anew, as only the owner can.
    pub fn edit_as_owner(&self, change: impl FnOnce(&mut Value)) {
        let mut file: Value = serde_json::from_slice(&self.bytes()).unwrap();
        change(&mut file);
        let mut thread = thread_of(&serde_json::to_vec(&file).unwrap());
        me().owner().sign_thread(&mut thread);
        self.replace(&thread);
    }

    /// The verdict on the one thread, and the kinds of all that is wrong with the store.
    pub fn verdict(&self) -> (Verdict, Vec<String>) {
        let report = self.home.verify();
        assert_eq!(report.files.len(), 1);
        (report.files[0].verdict, kinds(&report))
    }

    /// The thread is invalid, for these reasons and no others.
    pub fn assert_invalid(&self, reasons: &[&str]) {
        let (verdict, found) = self.verdict();
        assert_eq!(verdict, Verdict::Invalid, "{found:#?}");
        assert_eq!(found, reasons);
    }

    /// The thread by itself is all true; only the branch shows the attack, in these kinds and no
    /// others.
    pub fn assert_branch_shows(&self, reasons: &[&str]) {
        let (verdict, found) = self.verdict();
        assert_eq!(verdict, Verdict::Valid, "{found:#?}");
        assert_eq!(found, reasons);
    }
}

/// What somebody says after the end of a thread.
pub fn said_after(thread: &Thread, role: Role, author: PublicKey) -> MessageDraft {
    let time = Timestamp::from_millis(thread.updated_at().millis() + 1);
    MessageDraft::new(role, "forged", time, author, &thread.heads())
}
