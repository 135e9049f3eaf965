//! A branch with many threads, put into a new repository by `git fast-import` as one signed commit:
//! saving them one by one would take hours.

use mmogit::identity::Keys;
use mmogit::model::ThreadId;
use mmogit::sign::Namespace;
use mmogit::store::Store;
use std::io::{BufWriter, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

/// Where the threads are put before the branch is signed.
const MADE: &str = "refs/heads/made";

/// A branch that is being made.
pub struct Import {
    git: Child,
    out: BufWriter<ChildStdin>,
}

impl Import {
    /// Begins one in a repository that has none.
    pub fn into(store: &Store) -> Self {
        let mut git = Command::new("git")
            .args(["-c", "core.compression=1"])
            .args(["-c", "fastimport.unpackLimit=0", "-C"])
            .arg(store.path())
            .args(["fast-import", "--quiet", "--depth=0"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("git");
        let stdin = git.stdin.take().expect("it is piped");
        let mut out = BufWriter::new(stdin);
        write!(out, "commit {MADE}\ncommitter x <x@x.invalid> 0 +0000\n").unwrap();
        out.write_all(b"data 0\n\n").unwrap();
        Self { git, out }
    }

    /// Puts a thread's file in its place.
    pub fn put(&mut self, id: ThreadId, file: &[u8]) {
        let path = path_of(id);
        writeln!(self.out, "M 644 inline {path}\ndata {}", file.len()).unwrap();
        self.out.write_all(file).unwrap();
        self.out.write_all(b"\n").unwrap();
    }

    /// Makes it the owner's branch, signed, with this time in seconds.
    pub fn finish(mut self, store: &Store, keys: &Keys, time: i64) {
        self.out.write_all(b"\ndone\n").unwrap();
        drop(self.out);
        assert!(self.git.wait().unwrap().success());
        sign_the_branch(store, keys, time);
    }
}

/// Where a thread lies on its branch.
pub fn path_of(id: ThreadId) -> String {
    let day = id.time().utc().format("%Y-%m/%d");
    format!(".mmogit/threads/{day}/{id}.json")
}

fn sign_the_branch(store: &Store, keys: &Keys, time: i64) {
    let repo = git2::Repository::open_bare(store.path()).unwrap();
    let mut made = repo.find_reference(MADE).unwrap();
    let tree = made.peel_to_tree().unwrap();
    let owner = keys.owner();
    let address = format!("{}@users.mmogit.invalid", owner.public());
    let who = git2::Signature::new("mmogit", &address, &git2::Time::new(time, 0)).unwrap();
    let text = repo.commit_create_buffer(&who, &who, "many threads\n", &tree, &[]);
    let text = text.unwrap();
    let text = std::str::from_utf8(&text).unwrap();
    let armour = owner.sign_armoured(Namespace::Git, text.as_bytes());
    let commit = repo.commit_signed(text, armour.trim_end(), None).unwrap();
    let branch = format!("refs/heads/users/{}", owner.public());
    repo.reference(&branch, commit, true, "").unwrap();
    made.delete().unwrap();
}
