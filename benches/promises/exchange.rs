//! What it costs to exchange threads with a remote on the same disk, beside git that does the same
//! and looks at nothing.

use super::home::{self, Home};
use super::measure::{Row, in_turns, over, timed};
use super::programs::mmogit;
use super::trust::Raw;
use mmogit::sign::{Namespace, Signer};
use mmogit::store::Save;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const REMOTE: &str = "far";

/// All of an author's threads, each of a commit of its own, on their way to an empty remote and to
/// an empty home; then once more, when nothing is new.
pub fn exchange(rounds: usize, threads: usize) -> Vec<Row> {
    const MESSAGES: usize = 10;
    let (from, far) = (Home::new(), Folder::new());
    for place in 0..threads {
        let time = 1_756_140_749_000 - place as i64 * 2_880_000;
        let save = Save {
            owner: from.keys.owner(),
            thread: &home::thread(&from.keys, time, MESSAGES),
            base: None,
            replaces: None,
            now: from.workspace.now(),
        };
        from.store.save(&save).unwrap();
    }
    from.store.pack().unwrap();
    vec![
        push(rounds, threads, &from, &far),
        pull(rounds, threads, &from, &far),
        nothing(rounds, threads, &from, &far),
    ]
}

fn push(rounds: usize, threads: usize, from: &Home, far: &Folder) -> Row {
    let mut round = 0;
    let ours = || {
        // A place of its own each time: what is gone from a remote would be told.
        round += 1;
        let to = far.empty(&format!("pushed-{round}.git"));
        add_remote(from, &to);
        let time = timed(|| sync(from, &[]));
        remove_remote(from);
        time
    };
    let theirs = || {
        let to = far.empty("pushed-raw.git");
        let to = to.display().to_string();
        let refs = "refs/heads/users/*:refs/heads/users/*";
        timed(|| git(from.store.path(), &["push", "--quiet", &to, refs]))
    };
    let (ours, theirs) = in_turns(rounds, ours, theirs);
    let what = format!("push {threads} new threads, each of a commit of its own");
    Row::times(what, ours, "`git push`", theirs).at_most(ours, theirs, 1.2)
}

/// Each commit is checked before it counts: to what git takes comes what ed25519-dalek takes.
fn pull(rounds: usize, threads: usize, from: &Home, far: &Folder) -> Row {
    let there = far.with(from, "whole.git");
    let raw = Raw::new(threads);
    let ours = || {
        let empty = Home::of(8);
        add_remote(&empty, &there);
        timed(|| sync(&empty, &[]))
    };
    let theirs = || {
        let empty = far.empty("fetched-raw.git");
        let from = there.display().to_string();
        let refs = "refs/heads/users/*:refs/heads/users/*";
        timed(|| git(&empty, &["fetch", "--quiet", &from, refs]))
    };
    let (ours, theirs) = in_turns(rounds, ours, theirs);
    let checked = raw.check();
    let most = theirs.mul_f64(1.2) + checked.div_f64(0.75);
    let what = format!("pull them, and check {threads} commits and what each changed");
    let goal = format!(
        "≤ 1.2× + {threads} signatures at 75 % of raw: {:.0} ms",
        most.as_secs_f64() * 1e3
    );
    Row::times(what, ours, "`git fetch`", theirs)
        .ratio(format!("{:.2}×", over(ours, theirs)))
        .goal(&goal, ours <= most)
}

fn nothing(rounds: usize, threads: usize, from: &Home, far: &Folder) -> Row {
    let there = far.with(from, "same.git");
    add_remote(from, &there);
    let there = there.display().to_string();
    let beside = far.empty("same-raw.git");
    let fetch = || {
        let refs = "refs/heads/users/*:refs/heads/users/*";
        git(&beside, &["fetch", "--quiet", &there, refs]);
    };
    fetch();
    let (ours, theirs) = in_turns(rounds * 5, || timed(|| sync(from, &[])), || timed(fetch));
    remove_remote(from);
    let what = format!("sync when nothing is new, {threads} threads");
    Row::times(what, ours, "`git fetch` with nothing new", theirs).at_most(ours, theirs, 1.3)
}

/// A remote of many authors, of whom three are followed.
pub fn follow(rounds: usize, authors: usize) -> Vec<Row> {
    let far = Folder::new();
    let there = far.of_authors("many.git", authors);
    let followed = [1, 2, 3].map(|number| signer(number).public().to_string());
    let url = there.display().to_string();
    let refs = followed
        .clone()
        .map(|author| format!("refs/heads/users/{author}:refs/heads/users/{author}"));
    let fetch = |into: &Path| {
        let mut words = vec!["fetch", "--quiet", &url];
        words.extend(refs.iter().map(String::as_str));
        git(into, &words);
    };
    let wanted: Vec<&str> = followed
        .iter()
        .flat_map(|author| ["--follow", author])
        .collect();
    let (first, raw_first) = in_turns(
        rounds,
        || {
            let empty = Home::of(8);
            add_remote(&empty, &there);
            timed(|| sync(&empty, &wanted))
        },
        || {
            let empty = far.empty("followed-raw.git");
            timed(|| fetch(&empty))
        },
    );
    let (home, beside) = (Home::of(8), far.empty("followed-raw.git"));
    add_remote(&home, &there);
    sync(&home, &wanted);
    fetch(&beside);
    let (again, raw_again) = in_turns(
        rounds,
        || timed(|| sync(&home, &[])),
        || timed(|| fetch(&beside)),
    );
    let fetched = "`git fetch` of these three";
    let what = format!("the first sync with a remote of {authors} authors, three followed");
    vec![
        Row::times(what, first, fetched, raw_first)
            .ratio(format!("{:.2}×", over(first, raw_first))),
        Row::times("the same again, nothing new", again, fetched, raw_again)
            .at_most(again, raw_again, 1.3),
    ]
}

/// Where the remotes lie.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(home::folder())
    }

    /// A new bare repository in the place of an older one.
    fn empty(&self, name: &str) -> PathBuf {
        let place = self.0.path().join(name);
        let _ = fs::remove_dir_all(&place);
        git(self.0.path(), &["init", "--quiet", "--bare", name]);
        place
    }

    /// A bare repository with all that a home has.
    fn with(&self, home: &Home, name: &str) -> PathBuf {
        let place = self.empty(name);
        let refs = "refs/heads/users/*:refs/heads/users/*";
        let to = place.display().to_string();
        git(home.store.path(), &["push", "--quiet", &to, refs]);
        place
    }

    /// A bare repository of authors who have said nothing yet.
    fn of_authors(&self, name: &str, count: usize) -> PathBuf {
        let place = self.empty(name);
        let repo = git2::Repository::open_bare(&place).unwrap();
        let tree = repo.treebuilder(None).unwrap().write().unwrap();
        let tree = repo.find_tree(tree).unwrap();
        let mut refs = "# pack-refs with: peeled fully-peeled sorted \n".to_owned();
        let mut lines: Vec<String> = (0..count)
            .map(|number| {
                let signer = signer(number);
                let commit = first_commit(&repo, &tree, &signer);
                format!("refs/heads/users/{} {commit}", signer.public())
            })
            .collect();
        lines.sort();
        for line in lines {
            let (name, commit) = line.split_once(' ').unwrap();
            refs += &format!("{commit} {name}\n");
        }
        fs::write(place.join("packed-refs"), refs).unwrap();
        git(&place, &["repack", "-adq"]);
        place
    }
}

fn first_commit(repo: &git2::Repository, tree: &git2::Tree<'_>, signer: &Signer) -> git2::Oid {
    let time = git2::Time::new(1_756_152_000, 0);
    let who = git2::Signature::new("mmogit", "x@users.mmogit.invalid", &time).unwrap();
    let text = repo.commit_create_buffer(&who, &who, "begun\n", tree, &[]);
    let text = text.unwrap();
    let text = std::str::from_utf8(&text).unwrap();
    let armour = signer.sign_armoured(Namespace::Git, text.as_bytes());
    repo.commit_signed(text, armour.trim_end(), None).unwrap()
}

fn signer(number: usize) -> Signer {
    let mut secret = [3; 32];
    secret[..8].copy_from_slice(&number.to_le_bytes());
    Signer::from_secret(&secret)
}

fn add_remote(home: &Home, to: &Path) {
    let to = to.display().to_string();
    run(&mut mmogit(home, &["remote", "add", REMOTE, &to]));
}

fn remove_remote(home: &Home) {
    run(&mut mmogit(home, &["remote", "remove", REMOTE]));
}

fn sync(home: &Home, more: &[&str]) {
    run(&mut mmogit(home, &[&["sync", "--yes"], more].concat()));
}

fn git(folder: &Path, words: &[&str]) {
    let mut command = Command::new("git");
    command
        .env_clear()
        .env("HOME", folder)
        .env("PATH", "/usr/bin:/bin")
        .arg("-C")
        .arg(folder)
        .args(words);
    run(&mut command);
}

#[track_caller]
fn run(command: &mut Command) {
    command.stdin(Stdio::null());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}
