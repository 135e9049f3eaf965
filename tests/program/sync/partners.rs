//! Who takes part in a thread with the owner comes, whomever else the owner follows; and nobody
//! else does.

use super::device::Device;
use crate::support::far::Far;
use crate::support::hostile::{Entry, Hostile, mode};
use std::collections::BTreeSet;

/// I follow Ben; he and Cleo have threads at the remote.
struct Scene {
    far: Far,
    me: Device,
    ben: Device,
    cleo: Device,
    /// A thread of Ben's.
    thread: String,
}

impl Scene {
    fn new() -> Self {
        let far = Far::new();
        let [me, mut ben, mut cleo] =
            [1, 2, 3].map(|person| Device::with_remote(person, 1, &far.path_url()));
        cleo.talk(1);
        cleo.sync(0);
        let thread = ben.talk(1);
        ben.sync(0);
        let who = ben.author().to_string();
        me.run(&["sync", "--yes", "--follow", &who]).exits(0);
        Self {
            far,
            me,
            ben,
            cleo,
            thread,
        }
    }

    /// Ben invites somebody into his thread.
    fn invites(&self, whom: &Device) {
        let whom = whom.author().to_string();
        let invite = ["thread-invite", &self.thread, &whom];
        self.ben.run(&invite).exits(0);
        self.ben.sync(0);
    }

    /// Puts beside Ben's thread a copy of it that says, as he never signed, that I take part.
    fn forges(&self) {
        let remote = Hostile::at(&self.far.repository());
        let (ben, tip) = (self.ben.author(), remote.tip_of(&self.ben.author()));
        let listed = self
            .far
            .git(&["ls-tree", "-r", "--name-only", &tip.to_string()]);
        let path = listed.lines().find(|path| path.contains(&self.thread));
        let path = path.expect("it is there");
        let text = self.far.git(&["show", &format!("{tip}:{path}")]);
        let keys = [&self.cleo, &self.me].map(|device| device.author().to_string());
        let keys = BTreeSet::from(keys.map(|key| format!("\"{key}\"")));
        let keys: Vec<String> = keys.into_iter().collect();
        let cleos = format!("\"{}\"", self.cleo.author());
        let (head, tail) = text.split_once("\"participants\"").expect("they are named");
        let forged = tail.replacen(&cleos, &keys.join(",\n    "), 1);
        assert_ne!(forged, tail);
        let blob = remote.blob(format!("{head}\"participants\"{forged}").as_bytes());
        let folders: [&[u8]; 4] = [b".mmogit", b"threads", b"2026-01", b"01"];
        let entry = Entry::new(mode::FILE, "thread_1767225600.json", blob);
        let tree = remote.with(Some(remote.tree_of(tip)), &folders, entry);
        let signer = self.ben.keys.owner();
        remote.move_branch(&ben, remote.commit(tree, &[tip], Some(signer)));
    }

    /// What is Ben's comes, and nothing of Cleo's.
    #[track_caller]
    fn only_ben_comes(&self) {
        let ben = self.ben.author();
        self.me.sync(0);
        assert_eq!(self.me.tip_of(&ben), self.far.tip_of(&ben));
        assert_eq!(self.me.tip_of(&self.cleo.author()), None);
    }
}

#[test]
fn who_takes_part_with_others_only_does_not_come() {
    let scene = Scene::new();
    scene.invites(&scene.cleo);
    scene.only_ben_comes();
    scene.invites(&scene.me);
    scene.me.sync(0);
    let cleo = scene.cleo.author();
    assert_eq!(scene.me.tip_of(&cleo), scene.far.tip_of(&cleo));
}

#[test]
fn who_takes_part_in_a_forged_thread_does_not_come() {
    let scene = Scene::new();
    scene.invites(&scene.cleo);
    scene.forges();
    scene.only_ben_comes();
}
