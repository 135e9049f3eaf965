//! What is on disk, and not only on its way there, before each step is acknowledged: as the system
//! saw it, by strace.

use crate::support::{
    Canned, Home, Say, files_below, has, ignore, job, me, resume, said, skip, start_child, titled,
    workspace_now,
};
use mmogit::identity::Words;
use mmogit::transfer;
use mmogit::turn::Session;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::Write;
use std::process::Command;
use std::sync::LazyLock;

/// One step after another; when one is done, its name is written to stderr, as a person would be
/// told.
#[test]
#[ignore = "runs in a process that the other tests start"]
fn child() {
    let Some((_, home)) = job() else { return };
    let (workspace, keys) = (workspace_now(&home), me());
    let words = Words::from_entropy(&[1; 32]).unwrap();
    let vault = workspace.create_identity(&words, None).unwrap();
    acknowledge("identity");
    workspace.change_passphrase(&vault, &words, None).unwrap();
    acknowledge("passphrase changed");
    let store = workspace.store_of(&keys.public()).unwrap();
    acknowledge("repository");
    let mut session = Session::begin(&workspace, &store, keys, titled("a talk")).unwrap();
    acknowledge("begun");
    session.say("one").unwrap();
    acknowledge("said first");
    session.say("two").unwrap();
    acknowledge("said");
    session
        .ask(&Canned::new("three"), None, &mut ignore)
        .unwrap();
    acknowledge("answered");
    session.set_title("another title").unwrap();
    acknowledge("renamed");
    session.end().unwrap();
    acknowledge("saved");
    let mut session = resume(&workspace, &store, keys);
    session.say("four").unwrap();
    session.end().unwrap();
    acknowledge("saved again");
    store.pack().unwrap();
    acknowledge("packed");
    transfer::write(&home.join("exported"), false, |out| out.write_all(b"text")).unwrap();
    acknowledge("exported");
}

fn acknowledge(step: &str) {
    std::io::stderr()
        .write_all(format!("{MARK}{step};").as_bytes())
        .unwrap();
}

const MARK: &str = "done ";

/// What the system did during a step. Paths are below the home, which itself is "".
#[derive(Debug, Default)]
struct Step {
    synced: Vec<String>,
    /// How many syncs came before the first removal of an object's own file.
    before_removal: Option<usize>,
}

impl Step {
    /// Fails unless a path of this beginning and this end was synced.
    #[track_caller]
    fn assert_synced(&self, begins: &str, ends: &str) {
        let is_there = self
            .synced
            .iter()
            .any(|path| path.starts_with(begins) && path.ends_with(ends));
        assert!(
            is_there,
            "{begins:?}…{ends:?} is not among {:#?}",
            self.synced
        );
    }

    #[track_caller]
    fn assert_folder_synced(&self, folder: &str) {
        assert!(
            self.synced.iter().any(|path| path == folder),
            "{folder:?} is not among {:#?}",
            self.synced
        );
    }
}

/// The steps of one child, by name; `None` where nobody can look at it.
static STEPS: LazyLock<Option<HashMap<String, Step>>> = LazyLock::new(|| {
    if !has("strace") || !may_trace() {
        return None;
    }
    let (home, logs) = (Home::new(), Home::new());
    let child = start_child(module_path!(), "steps", home.path());
    // A log of its own for each thread: what the one that acknowledges did itself, it has waited
    // for.
    let output = Command::new("strace")
        .args([
            "-ff",
            "-y",
            "-s",
            "300",
            "-e",
            "trace=fsync,fdatasync,write,unlink,unlinkat",
            "-o",
        ])
        .arg(logs.path().join("log"))
        .arg(child.get_program())
        .args(child.get_args())
        .envs(
            child
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let mut logs = files_below(logs.path())
        .into_iter()
        .map(|path| fs::read_to_string(path).unwrap());
    let log = logs
        .find(|log| log.contains(MARK))
        .expect("somebody acknowledges");
    Some(steps_of(
        &log,
        home.path().canonicalize().unwrap().to_str().unwrap(),
    ))
});

fn may_trace() -> bool {
    let tried = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .output()
        .unwrap();
    if !tried.status.success() {
        skip(&format!("an strace that may trace: {}", said(&tried)));
    }
    tried.status.success()
}

/// Reads lines such as `fsync(3</tmp/home/journal>) = 0` and `write(2</dev/null>, "done said;", 10)
/// = 10`.
fn steps_of(log: &str, home: &str) -> HashMap<String, Step> {
    let (mut steps, mut step) = (HashMap::new(), Step::default());
    for call in log.lines() {
        let is_sync = call.starts_with("fsync(") || call.starts_with("fdatasync(");
        if is_sync && call.ends_with("= 0") {
            let path = call.split(['<', '>']).nth(1).expect("strace -y names it");
            let below = path
                .strip_prefix(home)
                .map(|path| path.trim_start_matches('/').to_owned());
            step.synced.extend(below);
        } else if call.starts_with("unlink")
            && call.contains("/objects/")
            && !call.contains("/objects/pack/")
        {
            step.before_removal.get_or_insert(step.synced.len());
        } else if let Some((_, rest)) = call
            .split_once(MARK)
            .filter(|_| call.starts_with("write(2<"))
        {
            let name = rest.split(';').next().unwrap_or_default();
            steps.insert(name.to_owned(), std::mem::take(&mut step));
        }
    }
    steps
}

/// What is known of one step, unless nobody can look.
fn step(name: &str) -> Option<&'static Step> {
    Some(&STEPS.as_ref()?[name])
}

#[test]
fn the_words_are_on_disk_before_anything_relies_on_them() {
    for name in ["identity", "passphrase changed"] {
        let Some(step) = step(name) else { return };
        step.assert_synced(".identity-", "");
        step.assert_folder_synced("");
    }
}

#[test]
fn a_new_repository_is_on_disk_as_a_whole() {
    let Some(step) = step("repository") else {
        return;
    };
    for file in [
        "config",
        "HEAD",
        "mmogit.config",
        "objects/pack",
        "refs/heads",
    ] {
        step.assert_synced("repo-", &format!("/{file}"));
    }
    step.assert_folder_synced("");
}

#[test]
fn the_first_message_is_on_disk_with_the_journals_name() {
    let Some(step) = step("said first") else {
        return;
    };
    step.assert_synced("journal/thread_", ".ndjson");
    step.assert_folder_synced("journal");
}

#[test]
fn each_message_and_each_change_is_on_disk() {
    for name in ["said", "answered", "renamed"] {
        let Some(step) = step(name) else { return };
        step.assert_synced("journal/thread_", ".ndjson");
    }
}

#[test]
fn a_save_is_on_disk_object_by_object_with_its_branch_and_the_remembered_tip() {
    let key = me().public().to_string();
    for (name, tip) in [("saved", "tip-"), ("saved again", &key)] {
        let Some(step) = step(name) else { return };
        // The thread, a tree for each folder on the way to it and the root, the commit: each under
        // a draft's name.
        let drafts = step
            .synced
            .iter()
            .filter(|path| path.starts_with("repo.git/objects/tmp_"));
        assert_eq!(
            drafts.collect::<BTreeSet<_>>().len(),
            7,
            "{:#?}",
            step.synced
        );
        step.assert_synced("repo.git/refs/heads/users/", &format!("{key}.lock"));
        step.assert_synced(&format!("state/tips/{tip}"), "");
    }
    // The first one is a new file, with a name to be found by.
    let Some(step) = step("saved") else { return };
    step.assert_folder_synced("state/tips");
}

#[test]
fn a_pack_is_on_disk_before_what_it_holds_is_removed() {
    let Some(step) = step("packed") else { return };
    let before = step.before_removal.expect("the loose objects are removed");
    let step = Step {
        synced: step.synced[..before].to_vec(),
        before_removal: None,
    };
    for ending in [".pack", ".idx"] {
        step.assert_synced("repo.git/objects/pack/pack-", ending);
    }
    // libgit2 syncs the folder too, but before both files have their names.
    assert_eq!(
        step.synced.last().map(String::as_str),
        Some("repo.git/objects/pack")
    );
}

#[test]
fn an_exported_file_is_on_disk_with_its_name() {
    let Some(step) = step("exported") else { return };
    step.assert_synced(".mmogit-export-", "");
    step.assert_folder_synced("");
}
