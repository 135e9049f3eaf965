//! What it costs to keep what was said: a turn, a save, a session.

use super::home::{self, Home, QUESTION};
use super::measure::{Row, all_in_turns, median, over, time, timed};
use ed25519_dalek::{Signer, SigningKey};
use mmogit::backend::echo::Echo;
use mmogit::store::{Save, Store};
use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

/// A message is saved with every so many.
const AUTO_SAVE: usize = 5;

/// Accepting a person's message, against one synced append.
pub fn turn(rounds: usize) -> Vec<Row> {
    let home = Home::new();
    let mut session = home.session();
    session.say_with(QUESTION, None).unwrap();
    let line = newest_line(&home.path().join("journal"));
    let mut beside = File::create(home.folder.path().join("beside")).unwrap();
    let mut signed = File::create(home.folder.path().join("signed")).unwrap();
    let key = SigningKey::from_bytes(&[9; 32]);

    let mut said = 1;
    let mut with_save = Vec::new();
    let mut say = || loop {
        let time = timed(|| session.say_with(QUESTION, None).unwrap());
        said += 1;
        if said % AUTO_SAVE > 0 {
            break time;
        }
        with_save.push(time);
    };
    let mut append = || timed(|| self::append(&mut beside, &line));
    let mut sign_and_append = || {
        timed(|| {
            black_box(key.sign(&line));
            self::append(&mut signed, &line);
        })
    };
    let [ours, bare, with_signature] =
        all_in_turns(rounds, [&mut say, &mut append, &mut sign_and_append]);
    let what = format!(
        "accept a message: sign, journal, sync ({} bytes)",
        line.len()
    );
    let more = over(ours, with_signature);
    vec![
        Row::times(what, ours, "append the same bytes to a file, sync", bare)
            .at_most(ours, bare, 1.3),
        Row::times(
            "the same",
            ours,
            "sign and append the same bytes, sync",
            with_signature,
        )
        .ratio(format!("{more:.2}×")),
        Row::new(
            "the same, each fifth time: with the save",
            time(median(with_save)),
            "–",
            "–".into(),
        ),
    ]
}

fn append(file: &mut File, line: &[u8]) {
    file.write_all(line).unwrap();
    file.sync_data().unwrap();
}

pub fn newest_line(journals: &Path) -> Vec<u8> {
    let journal = fs::read_dir(journals)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let bytes = fs::read(journal).unwrap();
    bytes
        .split_inclusive(|byte| *byte == b'\n')
        .next_back()
        .unwrap()
        .to_vec()
}

/// A save among few threads, against saves among many.
pub fn saves(rounds: usize, sizes: [usize; 3]) -> Vec<Row> {
    let places = sizes.map(Place::new);
    let [mut few, mut more, mut many] = places.each_ref().map(|place| || place.save());
    let times = all_in_turns(rounds, [&mut few, &mut more, &mut many]);
    let [beside, ..] = times;
    let mut rows = Vec::new();
    for ((place, size), time) in places.iter().zip(sizes).zip(times) {
        let (objects, bytes) = place.cost();
        let row = Row::times(
            format!(
                "save a thread among {size}: {objects} new objects, {:.1} kB",
                bytes as f64 / 1e3
            ),
            time,
            format!("the same among {}", sizes[0]),
            beside,
        );
        let row = row.ratio(format!("{:.2}×", over(time, beside)));
        let is_met = objects == 7 && over(time, beside) <= 1.3;
        rows.push(if size == sizes[0] {
            row.goal("7 objects", objects == 7)
        } else {
            row.goal("7 objects, ≤ 1.3×", is_met)
        });
    }
    rows
}

/// A home with threads in it, and what each save added.
struct Place {
    home: Home,
    added: RefCell<Vec<(usize, u64)>>,
}

impl Place {
    fn new(threads: usize) -> Self {
        Self {
            home: Home::with_threads(threads),
            added: RefCell::default(),
        }
    }

    fn save(&self) -> Duration {
        let mut session = self.home.session();
        for _ in 1..AUTO_SAVE {
            session.say_with(QUESTION, None).unwrap();
        }
        let before = loose(&self.home.store);
        let time = timed(|| session.save().unwrap());
        let after = loose(&self.home.store);
        self.added
            .borrow_mut()
            .push((after.0 - before.0, after.1 - before.1));
        session.end().unwrap();
        time
    }

    /// The most that a save added.
    fn cost(&self) -> (usize, u64) {
        let added = self.added.borrow();
        let objects = added.iter().map(|added| added.0).max().unwrap();
        (objects, added.iter().map(|added| added.1).max().unwrap())
    }
}

/// How many loose objects there are, and how large they are together.
fn loose(store: &Store) -> (usize, u64) {
    let folders = fs::read_dir(store.path().join("objects"))
        .unwrap()
        .flatten();
    let folders = folders.filter(|folder| folder.file_name().len() == 2);
    let files = folders.flat_map(|folder| fs::read_dir(folder.path()).unwrap().flatten());
    files.fold((0, 0), |(count, bytes), file| {
        (count + 1, bytes + file.metadata().unwrap().len())
    })
}

/// What a session leaves in git, against a commit for each message.
pub fn session(messages: usize) -> Vec<Row> {
    let sessions = Home::new();
    let mut session = sessions.session();
    for _ in 0..messages / 2 {
        session.say_with(QUESTION, None).unwrap();
        session
            .ask(&Echo, None, &mut |_| ControlFlow::Continue(()))
            .unwrap();
    }
    session.end().unwrap();

    let commits = Home::new();
    let mut stored = None;
    for count in 1..=messages {
        let thread = home::thread(&commits.keys, 1_756_140_749_000, count);
        let save = Save {
            owner: commits.keys.owner(),
            thread: &thread,
            base: stored.as_ref(),
            replaces: None,
            now: commits.workspace.now(),
        };
        stored = Some(commits.store.save(&save).unwrap().thread);
    }

    let (ours, theirs) = (reachable(&sessions), reachable(&commits));
    let fewer = theirs as f64 / ours as f64;
    let on_disk = [&sessions, &commits].map(|home| loose(&home.store));
    vec![
        Row::new(
            format!("objects in the history after a session of {messages} messages"),
            ours.to_string(),
            "a commit for each message",
            theirs.to_string(),
        )
        .ratio(format!("{fewer:.0}× fewer"))
        .goal("≥ 20× fewer", fewer >= 20.0),
        Row::new(
            "files on disk after it, until they are packed",
            format!("{} ({:.1} MB)", on_disk[0].0, on_disk[0].1 as f64 / 1e6),
            "the same",
            format!("{} ({:.1} MB)", on_disk[1].0, on_disk[1].1 as f64 / 1e6),
        )
        .ratio(format!(
            "{:.1}× fewer",
            on_disk[1].0 as f64 / on_disk[0].0 as f64
        )),
    ]
}

/// How many objects a clone would get.
fn reachable(home: &Home) -> usize {
    let repo = git2::Repository::open_bare(home.store.path()).unwrap();
    let mut found = HashSet::new();
    let mut walk = repo.revwalk().unwrap();
    walk.push_glob("refs/heads/*").unwrap();
    for commit in walk {
        let commit = commit.unwrap();
        let tree = repo.find_commit(commit).unwrap().tree().unwrap();
        found.extend([commit, tree.id()]);
        let note = |_: &str, entry: &git2::TreeEntry<'_>| {
            found.insert(entry.id());
            git2::TreeWalkResult::Ok
        };
        tree.walk(git2::TreeWalkMode::PreOrder, note).unwrap();
    }
    found.len()
}
