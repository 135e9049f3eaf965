//! What is said in a sealed thread lies readable nowhere: not in the home, not in a temporary file,
//! not at the remote, whatever is done with the thread.

use crate::common::{Ran, TestHome, signal, wait_until};
use crate::support::canary;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Words that nothing else has. Each place where somebody may put some has its own.
const SAID: &str = "qzjvkwxsaid";
const ANSWERED: &str = "qzjvkwxanswered";
const TITLE: &str = "qzjvkwxtitle";
const TAG: &str = "qzjvkwxtag";
const ALL: [&str; 4] = [SAID, ANSWERED, TITLE, TAG];

/// A home, a folder for temporary files and one in memory.
struct Sealed {
    home: TestHome,
    memory: TempDir,
}

impl Sealed {
    fn new() -> Self {
        let home = TestHome::new();
        fs::create_dir(home.path().join("tmp")).unwrap();
        let memory = tempfile::tempdir_in("/dev/shm").unwrap();
        fs::set_permissions(memory.path(), Permissions::from_mode(0o700)).unwrap();
        home.program("answer", &format!("cat >/dev/null; echo '{ANSWERED}'"));
        Self { home, memory }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.home.command(args);
        command
            .env("TMPDIR", self.home.path().join("tmp"))
            .env("XDG_RUNTIME_DIR", self.memory.path());
        command
    }

    #[track_caller]
    fn run(&self, args: &[&str]) -> Ran {
        let ran = Ran::of(self.command(args).output().unwrap());
        self.assert_nothing_readable(&format!("{args:?}"));
        ran.exits(0)
    }

    #[track_caller]
    fn chat(&self, args: &[&str], lines: &str) -> Ran {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut { input }, lines.as_bytes()).unwrap();
        let ran = Ran::of(child.wait_with_output().unwrap());
        self.assert_nothing_readable(&format!("{args:?}"));
        ran.exits(0)
    }

    /// A sealed thread with an answer.
    fn thread(&self) -> String {
        let said =
            format!("{SAID} one\n/retry\n{SAID} two\n/undo\n/tag {TAG}\n/title {TITLE} two\n");
        let args = [
            "chat",
            "--encrypt",
            "--title",
            TITLE,
            "--tag",
            TAG,
            "--script",
            "--command",
            "answer",
        ];
        self.chat(&args, &said);
        self.home.thread_files()[0]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    #[track_caller]
    fn assert_nothing_readable(&self, after: &str) {
        // The program that answers for the test has its answer in it.
        let folders = [self.home.mmogit(), self.home.path().join("tmp")];
        let folders: Vec<&Path> = folders.iter().map(|folder| folder.as_path()).collect();
        for word in ALL {
            assert_eq!(canary::places_of(word, &folders), [""; 0], "{after}");
        }
    }

    /// Nothing is left in memory either.
    #[track_caller]
    fn assert_memory_empty(&self) {
        for word in ALL {
            assert_eq!(canary::places_of(word, &[self.memory.path()]), [""; 0]);
        }
    }
}

#[test]
fn whatever_is_done_with_a_sealed_thread_nothing_of_it_lies_readable() {
    let sealed = Sealed::new();
    let id = sealed.thread();
    let shows = |args: &[&str], what: &str| {
        let ran = sealed.run(args);
        assert!(ran.stdout.contains(what), "{args:?}: {}", ran.stdout);
    };
    shows(&["thread-replay", &id, "--branches"], SAID);
    shows(&["thread-search", SAID], SAID);
    shows(&["thread-search", ANSWERED, "--json"], ANSWERED);
    sealed.run(&["thread-export", &id, "--format", "md"]);
    sealed.run(&["thread-list"]);
    shows(&["thread-info", &id], TITLE);
    sealed.run(&["thread-tree", &id]);
    sealed.run(&["thread-rename", &id, &format!("{TITLE} three")]);
    sealed.run(&["thread-tag", "add", &id, &format!("{TAG}-more")]);
    sealed.run(&["thread-fork", &id]);
    sealed.run(&["thread-archive", &id]);
    sealed.run(&["thread-restore", &id]);
    sealed.chat(
        &["chat", "--continue", &id, "--script", "--command", "answer"],
        SAID,
    );
    sealed.run(&["verify"]);
    sealed.run(&["store-pack"]);
    sealed.run(&["thread-search", SAID]);
    sealed.run(&["thread-erase", &id, "--yes"]);
    sealed.assert_memory_empty();
}

#[test]
fn what_is_synced_of_a_sealed_thread_is_readable_nowhere_on_the_way() {
    let sealed = Sealed::new();
    sealed.thread();
    let far = sealed.home.mmogit().join("tmp-far.git");
    let far = far.to_str().unwrap();
    let made = Command::new("git")
        .args(["init", "-q", "--bare", far])
        .status();
    assert!(made.unwrap().success());
    sealed.run(&["remote", "add", "far", far]);
    sealed.run(&["sync", "--yes"]);
    sealed.assert_memory_empty();
}

/// Killed in the middle of an answer, and recovered.
#[test]
fn of_a_killed_session_nothing_lies_readable() {
    let sealed = Sealed::new();
    let endless = format!(
        "cat >/dev/null; while :; do printf '{ANSWERED} %0200d ' 0; : >asked; sleep 0.05; done"
    );
    sealed.home.program("endless", &endless);
    let args = [
        "chat",
        "--encrypt",
        "--title",
        TITLE,
        "--tag",
        TAG,
        "--command",
        "endless",
    ];
    let mut child = sealed.command(&args).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, format!("{SAID}\n").as_bytes()).unwrap();
    wait_until("some of the answer is in the journal", || {
        sealed.home.journals().matches("\"partial\"").count() > 2
    });
    sealed.assert_nothing_readable("while it comes");
    signal(&child, "KILL");
    child.wait().unwrap();
    sealed.assert_nothing_readable("killed");
    let ran = sealed.run(&["thread-list"]);
    assert!(
        ran.stderr.contains("Recovered 2 messages"),
        "{}",
        ran.stderr
    );
    let id = sealed.home.thread_files()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let ran = sealed.run(&["thread-replay", &id]);
    assert!(
        ran.stdout.contains(SAID) && ran.stdout.contains(ANSWERED),
        "{}",
        ran.stdout
    );
    sealed.run(&["verify"]);
    sealed.assert_memory_empty();
}

/// What was said before a thread was sealed stays in its history; nowhere else.
#[test]
fn what_a_thread_is_sealed_after_stays_in_git_alone_and_goes_when_it_is_erased() {
    let sealed = Sealed::new();
    let open = Ran::of(
        sealed
            .command(&[
                "chat",
                "--title",
                TITLE,
                "--tag",
                TAG,
                "-m",
                SAID,
                "--command",
                "answer",
            ])
            .output()
            .unwrap(),
    );
    open.exits(0);
    Ran::of(sealed.command(&["thread-search", SAID]).output().unwrap()).exits(0);
    let history = sealed.home.mmogit().join("state/chat-history");
    fs::write(&history, format!("#V2\n{SAID}\nsomething else\n")).unwrap();
    let id = sealed.home.thread_files()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    Ran::of(sealed.command(&["thread-encrypt", &id]).output().unwrap()).exits(0);
    Ran::of(sealed.command(&["thread-search", SAID]).output().unwrap()).exits(0);
    for word in ALL {
        let places = canary::places_of(word, &[&sealed.home.mmogit()]);
        assert!(!places.is_empty(), "the history has it still");
        for place in places {
            assert!(place.contains("repo.git"), "{place}");
        }
    }
    assert!(
        fs::read_to_string(history)
            .unwrap()
            .contains("something else")
    );
    sealed.run(&["thread-erase", &id, "--yes"]);
}

/// Crush keeps a record of each run, with all that is said in it.
#[test]
fn crush_works_on_a_sealed_thread_in_memory() {
    let sealed = Sealed::new();
    let crush = format!(
        "case $* in *-v*|*--version*) echo 'crush version v0.48.0'; exit;; esac\n\
         while [ $# -gt 0 ]; do [ \"$1\" = -D ] && data=$2; shift; done\n\
         cat >\"$data/record\"; echo \"$data\" >>\"$HOME/where\"; echo '{ANSWERED}'"
    );
    sealed.home.program("crush", &crush);
    let args = ["chat", "--encrypt", "--script", "--backend", "crush"];
    let ran = sealed.chat(&args, &format!("{SAID}\n"));
    assert!(ran.stdout.contains(ANSWERED), "{ran:?}");
    let place = fs::read_to_string(sealed.home.path().join("where")).unwrap();
    let memory = sealed.memory.path().canonicalize().unwrap();
    assert!(place.starts_with(memory.to_str().unwrap()), "{place}");
    sealed.assert_memory_empty();
}

/// Whoever may read a thread finds it by its true title; who is locked out is told that there are
/// some that could not be looked at.
#[test]
fn a_sealed_thread_is_listed_and_found_by_its_title_once_it_can_be_opened() {
    let sealed = Sealed::new();
    sealed.thread();
    let list = sealed.run(&["thread-list"]).stdout;
    assert!(list.contains(TITLE) && list.contains(TAG), "{list}");
    let list: serde_json::Value =
        serde_json::from_str(&sealed.run(&["thread-list", "--json"]).stdout).unwrap();
    assert_eq!(list["threads"][0]["title"], format!("{TITLE} two"));
    let replayed = sealed.run(&["thread-replay", TITLE]).stdout;
    assert!(replayed.contains(SAID), "{replayed}");
    let args = [
        "chat",
        "--continue",
        TITLE,
        "--script",
        "--command",
        "answer",
    ];
    let lines = format!("{SAID} three\n");
    sealed.chat(&args, &lines);
    assert_eq!(sealed.home.thread_files().len(), 1);

    let mut lock = sealed.command(&["identity", "passphrase"]);
    let passphrase = sealed.home.path().join("passphrase");
    fs::write(&passphrase, "open sesame\n").unwrap();
    lock.env("MMOGIT_NEW_PASSPHRASE_FILE", &passphrase);
    Ran::of(lock.output().unwrap()).exits(0);
    let list = sealed.run(&["thread-list"]).stdout;
    assert!(list.contains("🔒") && !list.contains(TITLE), "{list}");
    let found = Ran::of(sealed.command(&["thread-info", TITLE]).output().unwrap()).exits(1);
    assert!(
        found.stderr.contains("1 sealed one could not be looked at"),
        "{}",
        found.stderr
    );
    let searched = sealed.run(&["thread-search", SAID]);
    assert!(
        searched.stderr.contains("1 sealed thread was not searched"),
        "{searched:?}"
    );
    let mut with_it = sealed.command(&["thread-search", SAID]);
    with_it.env("MMOGIT_PASSPHRASE_FILE", &passphrase);
    let searched = Ran::of(with_it.output().unwrap()).exits(0);
    assert!(searched.stdout.contains(SAID), "{searched:?}");
}
