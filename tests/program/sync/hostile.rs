//! A remote that lies: whoever can write to it changes another's branch, or their own. What is here
//! stays, the rest goes on, and each lie has its name.

use super::device::Device;
use crate::support;
use crate::support::far::Far;
use crate::support::hostile::{Entry, Hostile, mode};
use git2::Oid;
use mmogit::identity::Keys;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// No lie makes a sync take longer than this, however busy the machine is.
pub const BOUND: Duration = Duration::from_secs(120);

/// A reader who has an honest author's thread and that of one whose branch is going to be changed;
/// the honest one has said more meanwhile.
pub struct Scene {
    far: Far,
    pub remote: Hostile,
    pub reader: Device,
    pub honest: Device,
    /// Whose branch is going to be changed.
    pub target: Device,
}

impl Scene {
    pub fn new() -> Self {
        let far = Far::new();
        let [mut reader, mut honest, mut target] =
            [1, 3, 2].map(|person| Device::with_remote(person, 1, &far.path_url()));
        for device in [&mut target, &mut honest, &mut reader] {
            device.talk(2);
            device.sync(0);
        }
        honest.talk(1);
        honest.sync(0);
        target.talk(1);
        target.sync(0);
        let remote = Hostile::at(&far.repository());
        // Two commits of the target's are there, of which the reader has the first.
        Self {
            far,
            remote,
            reader,
            honest,
            target,
        }
    }

    /// The folder in which the remote lies.
    pub fn folder(&self) -> PathBuf {
        self.far.folder().to_owned()
    }

    pub fn keys(&self) -> &'static Keys {
        self.target.keys
    }

    /// Where the target's branch stands there.
    pub fn tip(&self) -> Oid {
        self.remote.tip_of(&self.target.author())
    }

    pub fn tree(&self) -> Oid {
        self.remote.tree_of(self.tip())
    }

    /// Moves the target's branch there.
    pub fn move_to(&self, tip: Oid) {
        self.remote.move_branch(&self.target.author(), tip);
    }

    /// Adds a tree to the target's branch, in a commit signed by the target.
    pub fn add(&self, tree: Oid) {
        let signer = self.keys().owner();
        self.move_to(self.remote.commit(tree, &[self.tip()], Some(signer)));
    }

    /// Puts one file on the target's branch, whatever its name.
    pub fn put(&self, folders: &[&[u8]], entry: Entry) {
        self.add(self.remote.with(Some(self.tree()), folders, entry));
    }

    /// The reader takes nothing more of the target's, is told why, and has all else.
    #[track_caller]
    pub fn is_kept_out(&self, kind: &str) {
        self.is_kept_out_as(&[kind]);
    }

    /// The same, where it depends on the version of git how it is called.
    #[track_caller]
    pub fn is_kept_out_as(&self, kinds: &[&str]) {
        let (target, honest) = (self.target.author(), self.honest.author());
        let before = self.reader.tip_of(&target);
        let listed = self.reader.listed();
        let begun = Instant::now();
        let refused = self.reader.refused();
        assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
        assert!(!refused.is_empty());
        for (author, kind) in &refused {
            assert_eq!(author, &target.to_string(), "{refused:?}");
            assert!(kinds.contains(&kind.as_str()), "{refused:?}");
        }
        assert_eq!(self.reader.tip_of(&target), before);
        assert_eq!(self.reader.tip_of(&honest), self.far.tip_of(&honest));
        let now = self.reader.listed();
        assert!(listed.iter().all(|thread| now.contains(thread)));
        assert_eq!(now.len(), 4, "{now:?}");
        self.is_whole();
        // It is said each time, and changes nothing.
        assert_eq!(self.reader.refused(), refused);
        assert_eq!(self.reader.tip_of(&target), before);
    }

    /// All that the reader has is good, and nothing of the remote's has a name here but branches.
    #[track_caller]
    pub fn is_whole(&self) {
        self.reader.assert_sound();
        let repository = self.reader.home.mmogit().join("repo.git");
        let names = support::git(&repository, &["for-each-ref", "--format=%(refname)"]);
        for name in names.lines() {
            let author = name.strip_prefix("refs/heads/users/").unwrap_or_default();
            let is_author = author.len() == 64 && author.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_author, "{name}");
        }
    }

    /// All came, and is good.
    #[track_caller]
    pub fn is_taken(&self) {
        let begun = Instant::now();
        self.reader.sync(0);
        assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
        let target = self.target.author();
        assert_eq!(self.reader.tip_of(&target), self.far.tip_of(&target));
        self.is_whole();
    }
}

#[test]
fn what_its_owner_did_not_sign_is_kept_out() {
    let scene = Scene::new();
    let (remote, good) = (&scene.remote, scene.tip());
    let tree = scene.tree();
    for signer in [
        None,
        Some(support::keys(5).owner()),
        Some(scene.reader.keys.owner()),
    ] {
        scene.move_to(remote.commit(tree, &[good], signer));
        scene.is_kept_out("commit-not-the-owners");
    }
    // A good commit on top doesn't heal one that is forged.
    let forged = remote.commit(tree, &[good], None);
    scene.move_to(remote.commit(tree, &[forged], Some(scene.keys().owner())));
    scene.is_kept_out("commit-not-the-owners");
    scene.move_to(good);
    scene.is_taken();
}

#[test]
fn a_signature_of_another_commit_is_kept_out() {
    let scene = Scene::new();
    let signer = scene.keys().owner();
    let text = |message: &str| {
        let who = "mmogit <x@users.mmogit.invalid> 1767225700 +0000";
        let (tree, parent) = (scene.tree(), scene.tip());
        format!("tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n\n{message}\n")
    };
    let signed = scene.remote.signed_commit(&text("1 thread"), Some(signer));
    let bytes = support::git_command(&scene.far.repository())
        .args(["cat-file", "commit", &signed.to_string()])
        .output()
        .unwrap()
        .stdout;
    let other = String::from_utf8(bytes)
        .unwrap()
        .replace("1 thread", "2 threads");
    scene.move_to(scene.remote.signed_commit(&other, None));
    scene.is_kept_out("commit-not-the-owners");
}

#[test]
fn another_authors_commits_are_no_authors_own() {
    let scene = Scene::new();
    let honest = scene.remote.tip_of(&scene.honest.author());
    scene.move_to(honest);
    scene.is_kept_out("commit-not-the-owners");
}

#[test]
fn a_branch_that_lost_something_is_kept_out() {
    let scene = Scene::new();
    let signer = scene.keys().owner();
    let newest = scene.tip();
    let older = scene.remote.parent_of(newest);
    // The owner's own signature under a tree that has less.
    let less = scene.remote.tree_of(older);
    scene.move_to(scene.remote.commit(less, &[newest], Some(signer)));
    scene.is_kept_out("messages-taken-away");
    // Begun anew, with less and with nothing.
    let empty = scene.remote.tree(Vec::new());
    for tree in [scene.remote.tree(Vec::new()), empty] {
        scene.move_to(scene.remote.commit(tree, &[], Some(signer)));
        scene.is_kept_out_as(&["branch-moved-back", "messages-taken-away"]);
    }
    scene.move_to(newest);
    scene.is_taken();
}

#[test]
fn a_branch_that_is_rolled_back_there_is_named() {
    let scene = Scene::new();
    let newest = scene.tip();
    scene.is_taken();
    scene.move_to(scene.remote.parent_of(newest));
    let target = scene.target.author().to_string();
    let rolled_back = [(target, "remote-rolled-back".to_owned())];
    assert_eq!(scene.reader.refused(), rolled_back);
    let kept = scene.reader.tip_of(&scene.target.author()).unwrap();
    assert_eq!(kept, newest.to_string());
    scene.is_whole();
    // Its owner heals it.
    scene.target.sync(3);
    scene.is_taken();
}

#[test]
fn a_branch_that_is_gone_there_is_named_and_stays_here() {
    let scene = Scene::new();
    scene.is_taken();
    let newest = scene.tip();
    scene
        .remote
        .delete_ref(&Hostile::branch(&scene.target.author()));
    let target = scene.target.author().to_string();
    let gone = [(target, "remote-branch-gone".to_owned())];
    assert_eq!(scene.reader.refused(), gone);
    let kept = scene.reader.tip_of(&scene.target.author()).unwrap();
    assert_eq!(kept, newest.to_string());
    scene.is_whole();
}

#[test]
fn the_own_branch_forged_there_is_not_taken_and_not_written_over() {
    let scene = Scene::new();
    let mine = scene.reader.author();
    let tip = scene.remote.tip_of(&mine);
    let tree = scene.remote.tree_of(tip);
    let forged = scene
        .remote
        .commit(tree, &[tip], Some(scene.keys().owner()));
    scene.remote.move_branch(&mine, forged);
    let before = scene.reader.tip_of(&mine);
    let refused = scene.reader.refused();
    let forgery = (mine.to_string(), "commit-not-the-owners".to_owned());
    assert!(refused.contains(&forgery), "{refused:?}");
    assert_eq!(scene.reader.tip_of(&mine), before);
    // What is there is evidence; and it may be that somebody else holds the words.
    assert_eq!(scene.remote.tip_of(&mine), forged);
    scene.is_whole();
}

#[test]
fn missing_and_spoilt_objects_keep_their_branch_out() {
    for spoilt in [None, Some(&b"\x78\x9cnothing that inflates"[..]), Some(b"")] {
        let scene = Scene::new();
        let file = scene.remote.blob(b"a file that is going to be lost");
        scene.put(&[], Entry::new(mode::FILE, "lost.txt", file));
        match spoilt {
            None => scene.remote.remove(file),
            Some(bytes) => scene.remote.spoil(file, bytes),
        }
        scene.is_kept_out_as(&[
            "bad-objects",
            "object-unreadable",
            "git-failed",
            "broken-off",
        ]);
    }
}

#[test]
fn a_missing_commit_and_a_missing_tree_keep_their_branch_out() {
    let tree = |scene: &Scene| scene.tree();
    let commit = |scene: &Scene| scene.tip();
    for lost in [tree as fn(&Scene) -> Oid, commit] {
        let scene = Scene::new();
        let file = scene.remote.blob(b"one file more");
        scene.put(&[], Entry::new(mode::FILE, "more.txt", file));
        let gone = lost(&scene);
        scene.put(&[], Entry::new(mode::FILE, "yet more.txt", file));
        scene.remote.remove(gone);
        scene.is_kept_out_as(&[
            "bad-objects",
            "object-unreadable",
            "history-unreadable",
            "git-failed",
            "broken-off",
        ]);
    }
}

#[test]
fn refs_that_are_no_branches_of_authors_are_let_be() {
    let scene = Scene::new();
    let (remote, tip) = (&scene.remote, scene.tip());
    let mine = scene.reader.author();
    let key = scene.target.author().to_string();
    for name in [
        "refs/heads/main",
        "refs/heads/users/nobody",
        &format!("refs/heads/users/{}", key.to_uppercase()),
        &format!("refs/heads/users/{key}0"),
        &format!("refs/heads/users/{}/{key}", "f".repeat(64)),
        &format!("refs/heads/users/{}\u{202e}", &key[..63]),
        "refs/heads/users/-option",
        "refs/tags/v1",
        "refs/notes/commits",
        "refs/stash",
        &format!("refs/replace/{tip}"),
        &format!("refs/mmogit/incoming/far/{mine}"),
        &format!("refs/mmogit/replaced/{tip}"),
        &format!("refs/remotes/origin/users/{mine}"),
    ] {
        remote.set_ref(name, tip);
    }
    remote.point_ref("HEAD", "refs/heads/main");
    scene.is_taken();
    assert_eq!(scene.reader.listed().len(), 5);
}

#[test]
fn a_branch_that_points_to_another_is_no_authors_own() {
    let scene = Scene::new();
    let stranger = support::keys(6).public();
    let target = Hostile::branch(&scene.target.author());
    scene.remote.point_ref(&Hostile::branch(&stranger), &target);
    let refused = scene.reader.refused();
    assert!(
        refused
            .iter()
            .all(|(author, _)| *author == stranger.to_string())
    );
    assert_eq!(refused[0].1, "commit-not-the-owners", "{refused:?}");
    assert_eq!(scene.reader.tip_of(&stranger), None);
    assert_eq!(scene.reader.listed().len(), 5);
    scene.is_whole();
}

#[test]
fn a_branch_of_a_key_that_is_none_is_named() {
    let scene = Scene::new();
    // Of small order: a signature that everyone can make.
    let weak = format!("01{}", "0".repeat(62));
    scene
        .remote
        .set_ref(&format!("refs/heads/users/{weak}"), scene.tip());
    let refused = scene.reader.refused();
    assert!(
        refused.iter().all(|(author, _)| *author == weak),
        "{refused:?}"
    );
    assert_eq!(scene.reader.listed().len(), 5);
    scene.reader.assert_sound();
}

#[test]
fn a_branch_that_is_no_commit_is_kept_out() {
    let scene = Scene::new();
    let good = scene.tip();
    for object in [scene.tree(), scene.remote.blob(b"text")] {
        scene.move_to(object);
        scene.is_kept_out_as(&[
            "commit-not-the-owners",
            "bad-objects",
            "object-unreadable",
            "history-unreadable",
            "folder-unreadable",
            "git-failed",
        ]);
    }
    scene.move_to(good);
    scene.is_taken();
}

#[test]
fn bad_threads_come_along_and_are_shown_as_such() {
    let scene = Scene::new();
    let folders: [&[u8]; 4] = [b".mmogit", b"threads", b"2026-01", b"01"];
    let put = |name: &str, text: &[u8]| {
        scene.put(
            &folders,
            Entry::new(mode::FILE, name, scene.remote.blob(text)),
        );
    };
    put("thread_1767225600.json", b"no JSON");
    put("thread_1767225601.json", &[b'['; 100_000]);
    put("thread_1767225602.json", b"{\"version\": 99}");
    let summary = scene.reader.sync(0);
    assert_eq!(summary["refused"].as_array().unwrap().len(), 0, "{summary}");
    let target = scene.target.author();
    assert_eq!(scene.reader.tip_of(&target), scene.far.tip_of(&target));
    let ran = scene.reader.run(&["verify"]).exits(3);
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    assert!(shown.contains("thread_1767225600"), "{shown}");
    // The others are as they were.
    let good = scene.reader.listed();
    assert!(good.len() >= 5, "{good:?}");
}

#[test]
fn what_was_refused_is_not_what_the_remote_had() {
    let scene = Scene::new();
    let good = scene.tip();
    let target = scene.target.author();
    let forged = scene.remote.commit(scene.tree(), &[good], None);
    let refused = [(target.to_string(), "commit-not-the-owners".to_owned())];
    // For somebody who never had the branch, the forged one is all that was ever there.
    let newcomers = [6, 7].map(|person| Device::with_remote(person, 1, &scene.far.path_url()));
    scene.move_to(forged);
    for newcomer in &newcomers {
        assert_eq!(newcomer.refused(), refused);
        assert_eq!(newcomer.tip_of(&target), None);
    }
    let [first, second] = newcomers;
    scene.remote.delete_ref(&Hostile::branch(&target));
    let summary = first.sync(0);
    assert_eq!(summary["refused"], serde_json::json!([]));
    scene.move_to(good);
    second.sync(0);
    assert_eq!(second.tip_of(&target), Some(good.to_string()));
}

#[test]
fn a_followed_branch_that_could_not_be_fetched_is_not_told_as_gone() {
    let scene = Scene::new();
    let [target, honest] = [&scene.target, &scene.honest].map(|one| one.author().to_string());
    let follow = ["sync", "--yes", "--follow", &target, "--follow", &honest];
    scene.reader.run(&follow).exits(0);
    let file = scene.remote.blob(b"a file that is going to be lost");
    scene.put(&[], Entry::new(mode::FILE, "lost.txt", file));
    scene.remote.remove(file);
    let refused = scene.reader.refused();
    let [(author, kind)] = refused.as_slice() else {
        panic!("{refused:?}");
    };
    assert_eq!(*author, target);
    assert_ne!(kind, "remote-branch-gone");
}
