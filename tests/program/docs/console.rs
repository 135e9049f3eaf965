//! Runs the `console` blocks of a document and compares what comes with what the document shows.
//!
//! A line that begins with `$ ` is run by `sh`; what follows is its output, both streams of it.
//! `[..]` stands for any part of a line, a line `...` for any number of lines. A command must
//! succeed. Where its output has lines that begin with `You: `, and nothing is piped into it, it is
//! run at a terminal, and what follows `You: ` is typed.
//!
//! All blocks of a document share one home, empty at the beginning but for the settings of Crush,
//! so that a document can tell a story. `cargo` and `crush` are those of tests/program/docs/bin.

use super::markdown::{self, Block};
use std::env;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const PROMPT: &str = "You: ";

/// What a person has who set up Crush.
const CRUSH_SETTINGS: &str = r#"{
    "models": {"large": {"provider": "anthropic", "model": "claude-sonnet-4-5"}},
    "providers": {"anthropic": {"models": [{"id": "claude-sonnet-4-5", "name": "Claude Sonnet 4.5"}]}}
}"#;

struct Step {
    line: usize,
    command: String,
    shown: Vec<String>,
}

/// Runs a document; the text of every difference.
pub fn differences(root: &Path, document: &str) -> Vec<String> {
    let text = fs::read_to_string(root.join(document)).unwrap();
    let place = Place::new(root);
    let mut found = Vec::new();
    for block in markdown::blocks(&text)
        .iter()
        .filter(|block| block.info == "console")
    {
        for step in steps(block) {
            let (came, succeeded) = place.run(&step);
            let is_as_shown = matches(&step.shown, &came);
            if !is_as_shown || !succeeded {
                let how = if succeeded { "" } else { " (it failed)" };
                found.push(format!(
                    "{document}:{}: $ {}\n--- shown\n{}\n--- came{how}\n{}\n",
                    step.line,
                    step.command,
                    step.shown.join("\n"),
                    came.join("\n")
                ));
            }
        }
    }
    found
}

fn steps(block: &Block) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (number, line) in block.text.lines().enumerate() {
        let line = line.trim_end();
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => {
                let line = block.line + number;
                steps.push(Step {
                    line,
                    command: command.to_owned(),
                    shown: Vec::new(),
                });
            }
            (None, Some(step)) if step.command.ends_with('\\') => {
                step.command.push('\n');
                step.command.push_str(line);
            }
            (None, Some(step)) => step.shown.push(line.to_owned()),
            (None, None) => panic!("line {}: a console block begins with `$ `", block.line),
        }
    }
    for step in &mut steps {
        trim_end(&mut step.shown);
    }
    steps
}

/// A home and a working directory in which the documents are tried.
struct Place {
    folder: TempDir,
    path: String,
}

impl Place {
    /// The working directory shows the project's files, and takes new ones beside them.
    fn new(root: &Path) -> Place {
        // Lines are folded to the terminal's width, so a path among them must be short.
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        for name in ["home", "work"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let crush = folder.path().join("home/.config/crush");
        fs::create_dir_all(&crush).unwrap();
        fs::write(crush.join("crush.json"), CRUSH_SETTINGS).unwrap();
        for entry in fs::read_dir(root).unwrap().flatten() {
            if !["target", ".git"]
                .map(Into::into)
                .contains(&entry.file_name())
            {
                symlink(
                    entry.path(),
                    folder.path().join("work").join(entry.file_name()),
                )
                .unwrap();
            }
        }
        let ours = PathBuf::from(env!("CARGO_BIN_EXE_mmogit"));
        let found = env::var_os("PATH").unwrap_or_default();
        let first = [
            root.join("tests/program/docs/bin"),
            ours.parent().unwrap().to_owned(),
        ];
        let path = env::join_paths(first.into_iter().chain(env::split_paths(&found))).unwrap();
        Place {
            folder,
            path: path.into_string().unwrap(),
        }
    }

    fn run(&self, step: &Step) -> (Vec<String>, bool) {
        let mut typed: Vec<&str> = step
            .shown
            .iter()
            .filter_map(|line| line.strip_prefix(PROMPT))
            .collect();
        if step.command.contains(['|', '<']) {
            typed.clear();
        }
        let (out, succeeded) = if typed.is_empty() {
            self.run_in_pipes(&step.command)
        } else {
            self.run_at_a_terminal(&step.command, &typed)
        };
        let mut lines: Vec<String> = out.lines().map(|line| line.trim_end().to_owned()).collect();
        trim_end(&mut lines);
        (lines, succeeded)
    }

    fn run_in_pipes(&self, command: &str) -> (String, bool) {
        let mut shell = self.prepared("sh");
        shell.args(["-c", &format!("exec 2>&1\n{command}")]);
        let output = shell.stdin(Stdio::null()).output().unwrap();
        (
            String::from_utf8(output.stdout).unwrap(),
            output.status.success(),
        )
    }

    /// `script` lends the terminal, one so plain that what is written on it is what is seen.
    fn run_at_a_terminal(&self, command: &str, typed: &[&str]) -> (String, bool) {
        let mut script = self.prepared("script");
        script.args([
            "--quiet",
            "--return",
            "--flush",
            "--command",
            command,
            "/dev/null",
        ]);
        let mut child = script
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (mut seen, mut typed) = (Vec::new(), typed.iter());
        let mut buffer = [0; 4096];
        loop {
            let count = stdout.read(&mut buffer).unwrap();
            if count == 0 {
                break;
            }
            seen.extend_from_slice(&buffer[..count]);
            if seen.ends_with(PROMPT.as_bytes()) {
                // Nothing left to type is an end of the input.
                let line = typed
                    .next()
                    .map_or("\u{4}".to_owned(), |line| format!("{line}\n"));
                stdin.write_all(line.as_bytes()).unwrap();
            }
        }
        let succeeded = child.wait().unwrap().success();
        (
            String::from_utf8(seen).unwrap().replace('\r', ""),
            succeeded,
        )
    }

    fn prepared(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", self.folder.path().join("home"))
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "dumb")
            .env("NO_COLOR", "1")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(self.folder.path().join("work"));
        command
    }
}

fn trim_end(lines: &mut Vec<String>) {
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
}

fn matches(shown: &[String], came: &[String]) -> bool {
    match shown {
        [] => came.is_empty(),
        [any, rest @ ..] if any == "..." => {
            (0..=came.len()).any(|skipped| matches(rest, &came[skipped..]))
        }
        [line, rest @ ..] => {
            came.first().is_some_and(|first| line_matches(line, first)) && matches(rest, &came[1..])
        }
    }
}

fn line_matches(shown: &str, came: &str) -> bool {
    let Some((before, mut shown)) = shown.split_once("[..]") else {
        return shown == came;
    };
    let Some(mut came) = came.strip_prefix(before) else {
        return false;
    };
    while let Some((part, rest)) = shown.split_once("[..]") {
        let Some(place) = came.find(part) else {
            return false;
        };
        came = &came[place + part.len()..];
        shown = rest;
    }
    came.ends_with(shown)
}

#[test]
fn what_differs_is_told() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    for (shown, came, fits) in [
        ("a\nb", "a\nb", true),
        ("a", "a\nb", false),
        ("a\n...", "a\nb\nc", true),
        ("...\nc", "a\nb\nc", true),
        ("...\nd", "a\nb\nc", false),
        ("id [..] (4 [..])", "id 17 (4 messages)", true),
        ("id [..] (5 [..])", "id 17 (4 messages)", false),
        ("[..]x", "xy", false),
        ("a[..]a", "a", false),
    ] {
        assert_eq!(
            matches(&lines(shown), &lines(came)),
            fits,
            "{shown:?} {came:?}"
        );
    }
}

#[test]
fn a_document_that_is_wrong_is_caught() {
    let folder = tempfile::tempdir().unwrap();
    let text = "```console\n$ echo one\none\n$ echo two >&2; echo three\ntwo\nthree\n$ false\n$ echo four\nfive\n```\n";
    fs::write(folder.path().join("x.md"), text).unwrap();
    let found = differences(folder.path(), "x.md");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("x.md:7: $ false") && found[1].starts_with("x.md:8: $ echo four"),
        "{found:?}"
    );
}
