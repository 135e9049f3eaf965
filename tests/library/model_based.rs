//! Two people, three machines and what lies between them, drawn at random: whatever they do, all
//! views end alike, nothing that was acknowledged is lost, and nobody reads what they may not.
//!
//! `MMOGIT_TEST_SEED` and `MMOGIT_TEST_STEPS` choose another run, and a longer one.

use crate::support::devices::Device;
use crate::support::far::Far;
use crate::support::{Say, all_texts, canary, files_below, git_command, has, keys, texts};
use mmogit::model::{Hash, PublicKey, Reading, Thread};
use mmogit::seal::Reader;
use mmogit::store::{Entry, LeftJournal, StoreError};
use mmogit::turn::Session;
use mmogit::workspace::{Contact, Setup, WorkError, Workspace};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

const ALICE: u8 = 1;
const BOB: u8 = 2;
/// Enough to meet each kind of step several times.
const STEPS: usize = 40;

/// What was acknowledged, and what became of it.
struct Said {
    text: String,
    by: PublicKey,
    root: Hash,
    /// Only its author could read it when it was said.
    is_private: bool,
}

struct World {
    far: Far,
    /// Two of Alice's, one of Bob's.
    devices: Vec<Device>,
    said: Vec<Said>,
    erased: BTreeSet<Hash>,
    /// The words that whoever erased a thread had of it.
    forgotten: BTreeSet<String>,
    chance: u64,
    made: i64,
    /// How many steps of each kind did something.
    done: BTreeMap<&'static str, usize>,
}

/// Numbers that follow from a seed (xorshift64*).
fn next(chance: &mut u64) -> u64 {
    *chance ^= *chance >> 12;
    *chance ^= *chance << 25;
    *chance ^= *chance >> 27;
    chance.wrapping_mul(0x2545_F491_4F6C_DD1D)
}

fn workspace(home: &Path, start: i64) -> Workspace {
    let (now, drawn) = (AtomicI64::new(start), AtomicU64::new(0));
    let place = home.display().to_string();
    Workspace::open(Setup {
        home: home.to_owned(),
        clock: Box::new(move || now.fetch_add(1000, Ordering::Relaxed) + 1000),
        random: Box::new(move |bytes| {
            for chunk in bytes.chunks_mut(32) {
                let number = drawn.fetch_add(1, Ordering::Relaxed);
                let digest = Sha256::digest(format!("{place} {start} {number}"));
                chunk.copy_from_slice(&digest[..chunk.len()]);
            }
        }),
    })
    .unwrap()
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            far: Far::new(),
            devices: Vec::new(),
            said: Vec::new(),
            erased: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            chance: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            made: 0,
            done: BTreeMap::new(),
        };
        for person in [ALICE, ALICE, BOB] {
            let device = world.new_device(person);
            world.devices.push(device);
        }
        world.begin(0);
        world.sync_all();
        world
    }

    /// Each has a clock of its own, some hours from the others'.
    fn new_device(&mut self, person: u8) -> Device {
        self.made += 1;
        let start = crate::support::START + self.made * 7_200_000;
        let mut device = Device::of(keys(person), start);
        device.workspace = workspace(device.home.path(), start);
        device.workspace.ensure_card(device.keys).unwrap();
        device
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(next(&mut self.chance) % count as u64).unwrap()
    }

    fn did(&mut self, what: &'static str) {
        println!("{what}");
        *self.done.entry(what).or_default() += 1;
    }

    fn step(&mut self) {
        let at = self.below(self.devices.len());
        self.recover(at);
        print!("machine {at}: ");
        match self.below(20) {
            0..=1 => self.begin(at),
            2..=6 => self.say(at, false),
            7 => self.say(at, true),
            8 => self.rename(at),
            9 => self.undo(at),
            10 => self.erase(at),
            11 => self.invite(at),
            12 => self.drop_person(at),
            13 => self.encrypt(at),
            14 => self.rolled_back(at),
            15 => self.garbage(at),
            16 => self.restore(at),
            _ => self.sync(at),
        }
    }

    /// As every command does first.
    fn recover(&self, at: usize) {
        let device = &self.devices[at];
        let recovery = device.workspace.recover(device.keys).unwrap();
        for left in &recovery.left {
            assert!(matches!(left, LeftJournal::Erased { .. }), "{left:?}");
        }
    }

    /// One of the threads that a device has, with the file it is in.
    fn any_thread(&mut self, at: usize, is_own: bool) -> Option<(Entry, Thread)> {
        let device = &self.devices[at];
        let (store, me) = (device.store(), device.keys.public());
        let mut found = Vec::new();
        for entry in store.list().unwrap().entries {
            let Ok(Reading::Thread(thread)) = Thread::read(&store.read(&entry).unwrap()) else {
                panic!("{} is no thread", entry.path);
            };
            let may_speak = thread.author() == me || thread.participants().contains(&me);
            if may_speak && (!is_own || thread.author() == me && entry.owner == me) {
                found.push((entry, thread));
            }
        }
        if found.is_empty() {
            return None;
        }
        let chosen = self.below(found.len());
        Some(found.swap_remove(chosen))
    }

    fn begin(&mut self, at: usize) {
        let text = self.new_text();
        let device = &self.devices[at];
        let store = device.store();
        let title = crate::support::titled(&format!("about {text}"));
        let mut session = Session::begin(&device.workspace, &store, device.keys, title).unwrap();
        session.say(&text).unwrap();
        let root = session.thread().root();
        session.end().unwrap();
        self.acknowledged(at, text, root, false);
        self.did("begin");
    }

    fn new_text(&mut self) -> String {
        format!(
            "words{}x{:x}",
            self.said.len(),
            next(&mut self.chance) >> 40
        )
    }

    fn acknowledged(&mut self, at: usize, text: String, root: Hash, is_private: bool) {
        println!("machine {at} says {text} in {}", root.short());
        let by = self.devices[at].keys.public();
        self.said.push(Said {
            text,
            by,
            root,
            is_private,
        });
    }

    fn say(&mut self, at: usize, dies: bool) {
        let Some((_, thread)) = self.any_thread(at, false) else {
            return;
        };
        let text = self.new_text();
        let device = &self.devices[at];
        let store = device.store();
        let threads = device.workspace.threads();
        let mut found = match threads.find(&thread.id().to_string()) {
            Ok(found) => found,
            Err(WorkError::Ambiguous { .. } | WorkError::NotFound(_)) => return,
            Err(error) => panic!("{error}"),
        };
        device.workspace.organiser().open(device.keys, &mut found);
        let (continued, commit) = match threads.continuable(found, &device.keys.public()) {
            Ok(continued) => continued,
            Err(WorkError::Unfit { .. }) => return,
            Err(error) => panic!("{error}"),
        };
        let mut session =
            Session::resume(&device.workspace, &store, device.keys, continued, commit).unwrap();
        match session.say(&text) {
            Ok(_) => {}
            Err(StoreError::Erased { .. } | StoreError::Sealing { .. }) => return,
            Err(error) => panic!("{error}"),
        }
        let root = session.thread().root();
        let is_private = session.thread().is_sealed() && thread.participants().is_empty();
        if dies {
            drop(session);
        } else {
            session.end().unwrap();
        }
        self.acknowledged(at, text, root, is_private);
        self.did(if dies { "crash" } else { "say" });
    }

    fn rename(&mut self, at: usize) {
        let Some((entry, _)) = self.any_thread(at, true) else {
            return;
        };
        let title = format!("title{}", next(&mut self.chance) >> 40);
        let device = &self.devices[at];
        let Some(found) = found_at(device, &entry) else {
            return;
        };
        let renamed = device
            .workspace
            .organiser()
            .rename(device.keys, found, &title);
        if renamed.is_ok() {
            self.did("rename");
        }
    }

    fn undo(&mut self, at: usize) {
        let Some((_, thread)) = self.any_thread(at, true) else {
            return;
        };
        let device = &self.devices[at];
        let store = device.store();
        let threads = device.workspace.threads();
        let Ok(found) = threads.find(&thread.id().to_string()) else {
            return;
        };
        let Ok((continued, commit)) = threads.continuable(found, &device.keys.public()) else {
            return;
        };
        let mut session =
            Session::resume(&device.workspace, &store, device.keys, continued, commit).unwrap();
        session.undo().unwrap();
        session.end().unwrap();
        self.did("undo");
    }

    fn erase(&mut self, at: usize) {
        let Some((entry, thread)) = self.any_thread(at, true) else {
            return;
        };
        let device = &self.devices[at];
        let eraser = device.workspace.eraser();
        let name = entry
            .path
            .rsplit('/')
            .next()
            .unwrap()
            .trim_end_matches(".json");
        let Ok(erasable) = eraser.erasable(&device.keys.public(), name) else {
            return;
        };
        eraser.erase(device.keys, &erasable).unwrap();
        let mut opened = thread.clone();
        device.keys.opener().open(&mut opened);
        self.forgotten.extend(all_texts(&opened));
        println!("machine {at} erases {}", thread.root().short());
        self.erased.insert(thread.root());
        self.did("erase");
    }

    fn invite(&mut self, at: usize) {
        let Some((entry, thread)) = self.any_thread(at, true) else {
            return;
        };
        let device = &self.devices[at];
        let whom = if thread.author() == keys(ALICE).public() {
            BOB
        } else {
            ALICE
        };
        let Some(found) = found_at(device, &entry) else {
            return;
        };
        let organiser = device.workspace.organiser();
        let contact = Contact {
            name: String::new(),
            key: keys(whom).public(),
            encryption: Some(keys(whom).encryption()),
            verified: true,
            added_at: None,
        };
        let invited = organiser.invite(device.keys, found, &contact);
        if invited.is_ok_and(|invited| invited.is_some()) {
            self.did("invite");
        }
    }

    fn drop_person(&mut self, at: usize) {
        let Some((entry, thread)) = self.any_thread(at, true) else {
            return;
        };
        let device = &self.devices[at];
        let Some(whom) = thread.participants().first().copied() else {
            return;
        };
        let Some(found) = found_at(device, &entry) else {
            return;
        };
        let organiser = device.workspace.organiser();
        if organiser.drop_person(device.keys, found, whom).is_ok() {
            self.did("drop");
        }
    }

    fn encrypt(&mut self, at: usize) {
        let Some((entry, thread)) = self.any_thread(at, true) else {
            return;
        };
        let device = &self.devices[at];
        let Some(found) = found_at(device, &entry) else {
            return;
        };
        let mut readers = Vec::new();
        for participant in thread.participants() {
            let person = if participant == keys(BOB).public() {
                BOB
            } else {
                ALICE
            };
            readers.push(Reader {
                author: participant,
                encryption: keys(person).encryption(),
            });
        }
        let organiser = device.workspace.organiser();
        if organiser.encrypt(device.keys, found, &readers).is_ok() {
            self.did("encrypt");
        }
    }

    fn sync(&mut self, at: usize) {
        let summary = self.devices[at].sync(&self.far);
        assert!(summary.refused.is_empty(), "{:?}", summary.refused);
        self.did("sync");
    }

    /// The remote goes back to an older state of a branch; the next sync says so and puts it right,
    /// or leaves it until its owner does.
    fn rolled_back(&mut self, at: usize) {
        let owner = self.devices[at].keys.public();
        let branch = format!("refs/heads/users/{owner}");
        let Some(tip) = self.far.tip_of(&owner) else {
            return;
        };
        let parent = git_command(&self.far.repository())
            .args(["rev-parse", "--verify", "--quiet", &format!("{tip}^")])
            .output()
            .unwrap();
        if !parent.status.success() {
            return;
        }
        let parent = String::from_utf8(parent.stdout).unwrap().trim().to_owned();
        self.far.git(&["update-ref", &branch, &parent]);
        let before = self.devices[at].own_threads();
        self.devices[at].sync(&self.far);
        for path in before.keys() {
            assert!(
                self.devices[at].own_threads().contains_key(path),
                "{path} is gone"
            );
        }
        // Whoever has the newer state brings it back.
        if self.far.tip_of(&owner) == Some(parent) {
            self.far.git(&["update-ref", &branch, &tip]);
        }
        self.did("rollback");
    }

    /// The remote mixes in what its owner did not sign; nobody takes it, and all else goes on.
    fn garbage(&mut self, at: usize) {
        let owner = keys(if self.below(2) == 0 { ALICE } else { BOB }).public();
        let branch = format!("refs/heads/users/{owner}");
        let Some(tip) = self.far.tip_of(&owner) else {
            return;
        };
        let forged = git_command(&self.far.repository())
            .args([
                "commit-tree",
                "-m",
                "forged",
                "-p",
                &tip,
                &format!("{tip}^{{tree}}"),
            ])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let forged = String::from_utf8(forged.stdout).unwrap().trim().to_owned();
        self.far.git(&["update-ref", &branch, &forged]);
        let tips = |device: &Device| {
            device
                .store()
                .tip(&owner)
                .unwrap()
                .map(|tip| tip.to_string())
        };
        let before = tips(&self.devices[at]);
        let summary = self.devices[at].sync(&self.far);
        assert!(!summary.refused.is_empty(), "forged words were taken");
        assert_eq!(tips(&self.devices[at]), before);
        self.far.git(&["update-ref", &branch, &tip]);
        self.did("garbage");
    }

    /// A machine is lost, and another one begins from the words.
    fn restore(&mut self, at: usize) {
        self.sync(at);
        // What lies in bundles and journals only is lost with the machine.
        let home = self.devices[at].home.path();
        let waits = |folder| !files_below(&home.join(folder)).is_empty();
        if waits("kept") || waits("journal") {
            return;
        }
        let person = if self.devices[at].keys.public() == keys(BOB).public() {
            BOB
        } else {
            ALICE
        };
        self.devices[at] = self.new_device(person);
        self.sync(at);
        self.did("restore");
    }

    fn sync_all(&mut self) {
        for _ in 0..3 {
            for at in 0..self.devices.len() {
                self.recover(at);
                self.sync(at);
            }
        }
    }

    fn check(&self) {
        let [one, other, bobs] = &self.devices[..] else {
            unreachable!("there are three")
        };
        for owner in [ALICE, BOB].map(|person| keys(person).public()) {
            let tips = self
                .devices
                .iter()
                .map(|device| device.store().tip(&owner).unwrap());
            let tips: BTreeSet<_> = tips.map(|tip| tip.map(|tip| tip.to_string())).collect();
            assert_eq!(tips.len(), 1, "not all have the same branch of {owner}");
        }
        assert_eq!(
            seen(one),
            seen(other),
            "Alice's two machines show different things"
        );
        for device in &self.devices {
            device.home.assert_sound();
        }
        self.nothing_is_lost();
        self.nobody_reads_what_they_may_not(bobs);
    }

    /// Every word stands, once, in some version of its thread; or, if that was erased, where it was
    /// kept aside, unless whoever erased it had it.
    fn nothing_is_lost(&self) {
        let mut words: BTreeMap<Hash, BTreeSet<String>> = BTreeMap::new();
        for device in &self.devices {
            let store = device.store();
            for entry in store.list().unwrap().entries {
                let mut thread = crate::support::thread_of(&store.read(&entry).unwrap());
                device.keys.opener().open(&mut thread);
                words
                    .entry(thread.root())
                    .or_default()
                    .extend(all_texts(&thread));
            }
        }
        let aside = self.kept_aside();
        for said in &self.said {
            let is_there = words
                .get(&said.root)
                .is_some_and(|words| words.contains(&said.text));
            let is_erased = self.erased.contains(&said.root)
                && (self.forgotten.contains(&said.text) || aside.contains(&said.text));
            assert!(is_there || is_erased, "{} is lost", said.text);
        }
    }

    /// All words in bundles, and in journals of threads that were erased.
    fn kept_aside(&self) -> BTreeSet<String> {
        let mut words = BTreeSet::new();
        for device in &self.devices {
            let opener = device.keys.opener();
            let mut files = files_below(&device.home.path().join("kept"));
            files.extend(files_below(&device.home.path().join("journal")));
            for file in files {
                let text = std::fs::read_to_string(file).unwrap();
                for line in text.lines() {
                    if let Ok(Reading::Thread(mut thread)) = Thread::read(line.as_bytes()) {
                        opener.open(&mut thread);
                        words.extend(all_texts(&thread));
                    }
                    let said = self.said.iter().filter(|said| line.contains(&said.text));
                    words.extend(said.map(|said| said.text.clone()));
                }
            }
        }
        words
    }

    /// What only its author may read is nowhere else, in no form.
    fn nobody_reads_what_they_may_not(&self, bobs: &Device) {
        let far = self.far.repository();
        for said in self.said.iter().filter(|said| said.is_private) {
            let mut folders = vec![far.as_path()];
            if said.by != bobs.keys.public() {
                folders.push(bobs.home.path());
            }
            let places = canary::places_of(&said.text, &folders);
            assert!(places.is_empty(), "{} stands in {places:?}", said.text);
        }
    }
}

fn found_at(device: &Device, entry: &Entry) -> Option<mmogit::workspace::FoundThread> {
    let name = entry
        .path
        .rsplit('/')
        .next()
        .unwrap()
        .trim_end_matches(".json");
    let mut found = device.workspace.threads().find(name).ok()?;
    device.workspace.organiser().open(device.keys, &mut found);
    Some(found)
}

/// What a device shows of each file: the title, and what is visible.
fn seen(device: &Device) -> BTreeMap<(PublicKey, String), (String, Vec<String>)> {
    let store = device.store();
    let mut seen = BTreeMap::new();
    for entry in store.list().unwrap().entries {
        let mut thread = crate::support::thread_of(&store.read(&entry).unwrap());
        device.keys.opener().open(&mut thread);
        let shown = (thread.title().to_owned(), texts(&thread));
        seen.insert((entry.owner, entry.path), shown);
    }
    seen
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_people_do_at_their_machines_all_views_end_alike() {
    if !has("git") {
        return;
    }
    let steps = number("MMOGIT_TEST_STEPS").map_or(STEPS, |steps| steps as usize);
    let seeds = number("MMOGIT_TEST_SEED").map_or(vec![3, 5], |seed| vec![seed]);
    for seed in seeds {
        println!("MMOGIT_TEST_SEED={seed} MMOGIT_TEST_STEPS={steps}");
        let mut world = World::new(seed);
        for _ in 0..steps {
            world.step();
        }
        world.sync_all();
        println!("{:?}", world.done);
        world.check();
    }
}
