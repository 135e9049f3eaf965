//! One machine of one person, on which the built program runs.

use crate::common::{Ran, TestHome};
use crate::support::{self, START};
use mmogit::identity::{Keys, Words};
use mmogit::model::PublicKey;
use mmogit::workspace::Workspace;
use serde_json::Value;
use std::path::Path;

/// What it calls the other side.
pub const REMOTE: &str = "far";

/// A sync without questions.
pub const SYNC: [&str; 2] = ["sync", "--yes"];

const DAY: i64 = 86_400_000;

pub struct Device {
    pub home: TestHome,
    pub keys: &'static Keys,
    /// The day on which its next thread begins.
    day: i64,
}

impl Device {
    /// A new machine of a person, with the words put in. Each has days of its own, so that no two
    /// make a thread of one id.
    pub fn new(person: u8, machine: u8) -> Self {
        let device = Self {
            home: TestHome::new(),
            keys: support::keys(person),
            day: 1000 * i64::from(person) + 100 * i64::from(machine),
        };
        let words = Words::from_entropy(&[person; 32]).unwrap();
        device.workspace().create_identity(&words, None).unwrap();
        device
    }

    /// The same with a remote.
    pub fn with_remote(person: u8, machine: u8, url: &str) -> Self {
        let device = Self::new(person, machine);
        device.run(&["remote", "add", REMOTE, url]).exits(0);
        device
    }

    pub fn author(&self) -> PublicKey {
        self.keys.public()
    }

    /// Its home, opened by the library; the clock begins at its own day.
    pub fn workspace(&self) -> Workspace {
        support::workspace_at(&self.home.mmogit(), START + self.day * DAY)
    }

    /// A new thread of so many turns, stored.
    pub fn talk(&mut self, turns: usize) -> String {
        self.day += 1;
        let (workspace, keys) = (self.workspace(), self.keys);
        let store = workspace.store_of(&keys.public()).unwrap();
        let title = support::titled(&format!("talk {}", self.day));
        let mut session = mmogit::turn::Session::begin(&workspace, &store, keys, title).unwrap();
        for turn in 0..turns {
            support::Say::say(&mut session, &format!("question {turn}")).unwrap();
            session
                .ask(&support::Canned::new("answer"), None, &mut support::ignore)
                .unwrap();
        }
        let thread = session.end().unwrap().expect("something was said");
        thread.id().to_string()
    }

    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Ran {
        self.home.run(args)
    }

    /// Syncs, and gives what it prints for programs.
    #[track_caller]
    pub fn sync(&self, code: i32) -> Value {
        let ran = self.run(&[&SYNC[..], &["--json"]].concat()).exits(code);
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// Which kinds of things were refused, and of whose branch; in the order of the summary.
    #[track_caller]
    pub fn refused(&self) -> Vec<(String, String)> {
        let summary = self.sync(3);
        let refused = summary["refused"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        refused
            .iter()
            .map(|refused| (text(&refused["author"]), text(&refused["kind"])))
            .collect()
    }

    /// Where the branch of an author stands here.
    pub fn tip_of(&self, author: &PublicKey) -> Option<String> {
        let branch = format!("refs/heads/users/{author}");
        let output = support::git_command(&self.home.mmogit().join("repo.git"))
            .args(["rev-parse", "--verify", "--quiet", &branch])
            .output()
            .unwrap();
        let tip = String::from_utf8(output.stdout).unwrap();
        output.status.success().then(|| tip.trim().to_owned())
    }

    /// Its git reaches a host by ssh through this script; `$*` holds git's words at the end.
    pub fn ssh(&self, script: &str) {
        self.home.program("ssh", script);
    }

    /// How long a remote may be silent, and take in all, in seconds.
    pub fn patience(&self, silence: u32, total: u32) {
        let table = format!("[sync]\nsilence = {silence}\ntotal = {total}\n");
        self.home.config(&table);
    }

    /// The ids of all threads that it lists, of whomever.
    #[track_caller]
    pub fn listed(&self) -> Vec<String> {
        let ran = self.run(&["thread-list", "--all", "--json"]).exits(0);
        let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
        let threads = listed["threads"].as_array().unwrap();
        let mut ids: Vec<String> = threads
            .iter()
            .map(|thread| thread["id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort();
        ids
    }

    /// All that is stored is whole and true.
    #[track_caller]
    pub fn assert_sound(&self) {
        self.run(&["verify"]).exits(0);
    }
}

/// A shell's words that run one of git's programs on a repository and break the connection off
/// after so many bytes of what it says. Nothing else may hold the line open meanwhile.
pub fn cut(program: &str, repository: &Path, bytes: usize) -> String {
    let repository = repository.display();
    format!(
        "exec 3>&1 4<&0 >/dev/null; \
         git {program} '{repository}' <&4 3>&- | /bin/dd bs=1 count={bytes} 2>/dev/null >&3 3>&- & \
         exec 3>&-; wait"
    )
}
