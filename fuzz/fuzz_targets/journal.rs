//! Whatever a dead session's journal holds, recovery does not panic, takes nothing away, and stores
//! only what verifies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mmogit::backend::Event;
use mmogit::backend::echo::Echo;
use mmogit::identity::{Keys, Words};
use mmogit::turn::{Beginning, Session};
use mmogit::workspace::{Setup, Workspace};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    Keys::from_words(&Words::from_entropy(&[1; 32]).expect("32 bytes make words"))
});

thread_local! {
    static HOME: TempDir = home();
}

fn home() -> TempDir {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    tempfile::tempdir_in(parent).expect("a home can be made")
}

fn workspace(home: &Path) -> Workspace {
    let now = AtomicI64::new(1_767_225_601_000);
    let clock = Box::new(move || now.fetch_add(1000, Ordering::Relaxed));
    let random = Box::new(|_: &mut [u8]| unreachable!("nothing here needs randomness"));
    Workspace::open(Setup {
        home: home.to_owned(),
        clock,
        random,
    })
    .expect("it opens")
}

fn seeds() -> Vec<Vec<u8>> {
    let home = home();
    let workspace = workspace(home.path());
    let store = workspace.store_of(&KEYS.public()).expect("a store is made");
    let mut seeds = Vec::new();
    for turns in [1, 2, 4] {
        let begun = Beginning {
            title: Some("x".to_owned()),
            ..Beginning::default()
        };
        let mut session = Session::begin(&workspace, &store, &KEYS, begun).expect("it begins");
        for turn in 0..turns {
            let text = format!("say {turn}");
            session.say_with(&text, None).expect("it is said");
            let listener = &mut |_: Event<'_>| ControlFlow::Continue(());
            session.ask(&Echo, None, listener).expect("it answers");
        }
        session.undo().expect("it is taken back");
        drop(session);
        let journals = fs::read_dir(home.path().join("journal")).expect("there is a journal");
        seeds.extend(
            journals.map(|entry| fs::read(entry.expect("listed").path()).expect("readable")),
        );
    }
    seeds
}

fuzz_target!(
    init: mmogit_fuzz::seed("journal", seeds()),
    |data: &[u8]| HOME.with(|home| recover(home.path(), data))
);

fn recover(home: &Path, data: &[u8]) {
    let workspace = workspace(home);
    let folder = home.join("journal");
    fs::create_dir_all(&folder).expect("it can be made");
    fs::write(folder.join("thread_1767225601.0.ndjson"), data).expect("it can be written");
    let recovery = workspace.recover(&KEYS).expect("the disk is there");
    let left: Vec<_> = fs::read_dir(&folder)
        .expect("it is there")
        .flatten()
        .collect();
    assert!(left.len() <= 1);
    if !recovery.left.is_empty() {
        assert_eq!(fs::read(left[0].path()).expect("it was set aside"), data);
    }
    for file in left {
        fs::remove_file(file.path()).expect("it can be removed");
    }
    let report = workspace.verifier().all().expect("it can be read");
    assert!(report.is_good(), "{report:?}");
    // What was stored is not to be met by the next input.
    if !report.branches.is_empty() {
        for part in ["repo.git", "state"] {
            fs::remove_dir_all(home.join(part)).expect("it can be removed");
        }
    }
}
