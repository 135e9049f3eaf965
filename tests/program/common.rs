//! A home folder of its own for each test, and the program run in it with nothing else of the
//! machine's.

use crate::support::schema;
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// What the scripts of the tests need. Nothing else is on `PATH`, so no AI that happens to be
/// installed answers.
const TOOLS: [&str; 10] = [
    "sh", "cat", "sleep", "printf", "git", "grep", "head", "tail", "kill", "ls",
];

/// A home, gone when the test ends.
pub struct TestHome {
    folder: TempDir,
}

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub code: Option<i32>,
}

impl TestHome {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        for tool in TOOLS {
            let found =
                ["/usr/bin", "/bin", "/usr/local/bin"].map(|place| Path::new(place).join(tool));
            if let Some(found) = found.iter().find(|path| path.exists()) {
                symlink(found, bin.join(tool)).unwrap();
            }
        }
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where mmogit keeps its things.
    pub fn mmogit(&self) -> PathBuf {
        self.path().join(".mmogit")
    }

    pub fn config(&self, text: &str) {
        fs::create_dir_all(self.mmogit()).unwrap();
        fs::set_permissions(self.mmogit(), Permissions::from_mode(0o700)).unwrap();
        fs::write(self.mmogit().join("config.toml"), text).unwrap();
    }

    /// Puts a shell script on this home's `PATH`.
    pub fn program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.path().join("bin").join(name);
        // What has this name may be a link to the machine's own program, which must not be written
        // over.
        let _ = fs::remove_file(&path);
        // Another process writes it: a child that another test starts meanwhile would inherit our
        // open file, and what is open for writing can't be run.
        let mut writer = Command::new("sh")
            .args(["-c", "cat >\"$0\" && chmod 755 \"$0\""])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        writer
            .stdin
            .take()
            .unwrap()
            .write_all(format!("#!/bin/sh\n{script}\n").as_bytes())
            .unwrap();
        assert!(writer.wait().unwrap().success());
        path
    }

    /// The program, not started yet.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mmogit"));
        command
            .args(args)
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", self.path().join("bin"))
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Ran {
        let ran = Ran::of(self.command(args).output().unwrap());
        if args.contains(&"--json") && !ran.stdout.is_empty() {
            let printed = serde_json::from_str(&ran.stdout).unwrap();
            schema::check(&schema::closed(args[0]), &printed, &format!("{args:?}"));
        }
        ran
    }

    pub fn run_with_input(&self, args: &[&str], input: impl AsRef<[u8]>) -> Ran {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        // Where the program refuses before it reads, nobody takes the input.
        let _ = child.stdin.take().unwrap().write_all(input.as_ref());
        Ran::of(child.wait_with_output().unwrap())
    }

    /// The threads on the owner's branch, read by stock git.
    pub fn thread_files(&self) -> Vec<serde_json::Value> {
        let git = |args: &[&str]| {
            let repository = self.mmogit().join("repo.git");
            let output = Command::new("git")
                .arg("-C")
                .arg(repository)
                .args(args)
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        let paths = git(&["ls-tree", "-r", "--name-only", "HEAD", ".mmogit/threads"]);
        paths
            .lines()
            .map(|path| serde_json::from_str(&git(&["show", &format!("HEAD:{path}")])).unwrap())
            .collect()
    }

    /// What the journals hold.
    pub fn journals(&self) -> String {
        let files = fs::read_dir(self.mmogit().join("journal"))
            .into_iter()
            .flatten()
            .flatten();
        files
            .filter_map(|file| fs::read_to_string(file.path()).ok())
            .collect()
    }

    /// The only thread's messages, as role and text.
    pub fn messages(&self) -> Vec<(String, String)> {
        let files = self.thread_files();
        let [thread] = files.as_slice() else {
            panic!("{} threads", files.len())
        };
        let text =
            |message: &serde_json::Value, name: &str| message[name].as_str().unwrap().to_owned();
        let messages = thread["messages"].as_array().unwrap();
        messages
            .iter()
            .map(|message| (text(message, "role"), text(message, "content")))
            .collect()
    }

    /// Text without what differs from run to run.
    pub fn normal(&self, text: &str) -> String {
        let text = text.replace(&self.path().display().to_string(), "HOME");
        [
            (r"thread_\d+", "thread_N"),
            (r"threads/\d{4}-\d\d/\d\d/", "threads/MONTH/DAY/"),
            (r"chat_\d{8}_\d{6}", "chat_TIME"),
            (r"\b[0-9a-f]{128}\b", "HEX128"),
            (r"\b[0-9a-f]{64}\b", "HEX64"),
            (r"\b[0-9a-f]{8}(\.\.\.|…)", "HEX8$1"),
        ]
        .iter()
        .fold(text, |text, (pattern, name)| {
            regex_lite::Regex::new(pattern)
                .unwrap()
                .replace_all(&text, *name)
                .into_owned()
        })
    }
}

impl Ran {
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            code: output.status.code(),
        }
    }

    /// Fails with all that was said unless the exit code is this one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Both outputs, for a snapshot.
    pub fn snapshot(&self, home: &TestHome) -> String {
        home.normal(&format!("{}── stderr\n{}", self.stdout, self.stderr))
    }
}

/// Sends a signal as a shell would.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Waits until something has happened; fails if it never does.
#[track_caller]
pub fn wait_until(what: &str, mut happened: impl FnMut() -> bool) {
    for _ in 0..600 {
        if happened() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{what}: never happened");
}
