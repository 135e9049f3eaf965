//! The independent store, fetched by real git into a home recovered from its words, verified and
//! gone on with.

use super::{load, text};
use crate::support::{Say, has, ignore};
use mmogit::backend::echo::Echo;
use mmogit::identity::{Keys, Words};
use mmogit::model::{PublicKey, Reading};
use mmogit::turn::Session;
use mmogit::workspace::{FileFinding, Setup, StoreReport, Workspace};
use std::env;
use std::sync::atomic::{AtomicI64, Ordering};

use std::path::Path;
use std::process::Command;

/// git, with nothing of this machine's or this user's settings.
fn git(home: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(args)
        .env_clear()
        .envs(env::var_os("PATH").map(|path| ("PATH", path)))
        .env("HOME", home)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn workspace(home: &Path) -> Workspace {
    let time = AtomicI64::new(1_800_000_000_000);
    let setup = Setup {
        home: home.to_owned(),
        clock: Box::new(move || time.fetch_add(1000, Ordering::Relaxed)),
        random: Box::new(|bytes| bytes.fill(7)),
    };
    Workspace::open(setup).unwrap()
}

pub fn a_fetched_store_is_gone_on_with(bundle: &Path) {
    if !has("git") {
        return;
    }
    let vectors = load(&bundle.with_file_name("commits.json"));
    let home = tempfile::tempdir().unwrap();
    let workspace = workspace(&home.path().join("recovered"));
    let words = Words::read(text(&vectors, "owner_words")).unwrap();
    workspace.create_identity(&words, None).unwrap();
    let keys = Keys::from_words(&words);
    let store = workspace.store_of(&keys.public()).unwrap();
    let repository = store.path().to_str().unwrap();
    let fetch = [
        "-C",
        repository,
        "fetch",
        "-q",
        bundle.to_str().unwrap(),
        "refs/heads/users/*:refs/heads/users/*",
    ];
    git(home.path(), &fetch);

    for (branch, tip) in vectors["tips"].as_object().unwrap() {
        let author: PublicKey = branch.rsplit('/').next().unwrap().parse().unwrap();
        assert_eq!(store.tip(&author).unwrap().unwrap().to_string(), *tip);
    }
    is_all_good(&workspace.verifier().all().unwrap(), 4);

    let found = workspace
        .threads()
        .newest_of(&keys.public())
        .unwrap()
        .unwrap();
    let Reading::Thread(before) = &found.reading else {
        panic!("the newest thread is a legacy one")
    };
    let (id, said) = (before.id().to_string(), before.messages().len());
    let (thread, commit) = workspace
        .threads()
        .continuable(found, &keys.public())
        .unwrap();
    let mut session = Session::resume(&workspace, &store, &keys, thread, commit).unwrap();
    session.say("Still here?").unwrap();
    session.ask(&Echo, None, &mut ignore).unwrap();
    let after = session.end().unwrap().unwrap();
    assert_eq!(after.messages().len(), said + 2);
    assert_eq!(after.visible().last().unwrap().text(), "Still here?");

    is_all_good(&workspace.verifier().all().unwrap(), 4);
    let Reading::Thread(stored) = workspace.threads().find(&id).unwrap().reading else {
        panic!("stored as legacy")
    };
    assert_eq!(stored, after);
    git(home.path(), &["-C", repository, "fsck", "--strict"]);
}

fn is_all_good(report: &StoreReport, threads: usize) {
    let problems: Vec<&FileFinding> = report
        .files
        .iter()
        .flat_map(|file| &file.findings)
        .collect();
    assert!(problems.is_empty(), "{problems:?}");
    assert!(
        report
            .files
            .iter()
            .all(|file| file.verdict.as_str() == "valid")
    );
    assert_eq!(report.files.len(), threads);
    assert_eq!(report.branches.len(), 2);
    for branch in &report.branches {
        assert_eq!(branch.problems(), Vec::<String>::new());
    }
    assert!(report.troubles.is_empty());
}
