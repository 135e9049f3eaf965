//! `verify`, `allowed-signers`, `doctor` and `completions`.

use crate::common::{Ran, TestHome};
use crate::support::has;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/threads");

fn one_thread() -> TestHome {
    let home = TestHome::new();
    home.run_with_input(&["chat", "--title", "t", "--backend", "echo"], "a\n")
        .exits(0);
    home
}

#[test]
fn what_is_good_is_good_and_told_part_by_part() {
    let home = one_thread();
    let all = home.run(&["verify"]).exits(0).stdout;
    assert!(
        all.contains("2 commits, all signed by the owner, nothing ever taken away"),
        "{all}"
    );
    let one = home.run(&["verify", "t"]).exits(0).stdout;
    for part in ["2 of 2 messages", "chain", "tail", "thread signature"] {
        assert!(one.contains(part), "{part}: {one}");
    }
    let json: Value =
        serde_json::from_str(&home.run(&["verify", "--all", "--json"]).exits(0).stdout).unwrap();
    assert_eq!(json["good"], true);
    assert_eq!(json["files"][0]["verdict"], "valid");
    assert_eq!(json["branches"][0]["commits"][0]["signature"], Value::Null);
}

#[test]
fn a_file_from_anywhere_gets_its_verdict_and_exit_code() {
    let home = TestHome::new();
    let cases = [
        ("good-basic.json", 0),
        ("bad-content.json", 3),
        ("legacy.json", 3),
        ("malformed-cut.json", 3),
    ];
    for (file, code) in cases {
        let path = format!("{SAMPLES}/../independent/threads/{file}");
        let ran = home.run(&["verify", "--file", &path]).exits(code);
        let verdict = file.split(['-', '.']).next().unwrap();
        let word = match verdict {
            "good" => ": valid",
            "bad" => ": invalid",
            other => other,
        };
        assert!(ran.stdout.contains(word), "{file}: {}", ran.stdout);
    }
    assert!(!home.mmogit().exists(), "a look at a file makes nothing");
    let missing = home.run(&["verify", "--file", "nowhere.json"]).exits(1);
    assert!(
        missing.stderr.contains("nowhere.json"),
        "{}",
        missing.stderr
    );
}

#[test]
fn stock_git_agrees() {
    let home = one_thread();
    let signers = home.path().join("signers");
    fs::write(&signers, home.run(&["allowed-signers"]).exits(0).stdout).unwrap();
    if !has("ssh-keygen") {
        return;
    }
    let verified = Command::new("git")
        .arg("-C")
        .arg(home.mmogit().join("repo.git"))
        .args([
            "-c",
            &format!("gpg.ssh.allowedSignersFile={}", signers.display()),
            "verify-commit",
            "HEAD",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8(verified.stderr).unwrap();
    assert!(
        verified.status.success() && said.contains("Good \"git\" signature"),
        "{said}"
    );
}

#[test]
fn an_edit_in_the_repository_is_caught_and_all_else_still_works() {
    let home = one_thread();
    home.run_with_input(&["chat", "--title", "other", "--backend", "echo"], "b\n")
        .exits(0);
    let repository = home.mmogit().join("repo.git");
    let tree = home.path().join("tree");
    let git = |args: &[&str]| {
        let identity = [
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@example.com",
            "-c",
            "commit.gpgsign=false",
        ];
        let output = Command::new("git")
            .current_dir(home.path())
            .args(identity)
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    git(&[
        "-C",
        repository.to_str().unwrap(),
        "worktree",
        "add",
        tree.to_str().unwrap(),
    ]);
    let mut files = Vec::new();
    let mut folders = vec![tree.join(".mmogit/threads")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path)
            } else {
                files.push(path)
            }
        }
    }
    let edited = files
        .iter()
        .find(|path| fs::read_to_string(path).unwrap().contains("\"a\""))
        .unwrap();
    let text = fs::read_to_string(edited)
        .unwrap()
        .replace("\"content\": \"a\"", "\"content\": \"A\"");
    fs::write(edited, text).unwrap();
    git(&["-C", tree.to_str().unwrap(), "commit", "-qam", "edit"]);
    let branch = home.run(&["identity", "--json"]).exits(0).stdout;
    let branch = serde_json::from_str::<Value>(&branch).unwrap()["branch"]
        .as_str()
        .unwrap()
        .to_owned();
    git(&[
        "-C",
        tree.to_str().unwrap(),
        "push",
        "-q",
        ".",
        &format!("HEAD:refs/heads/{branch}"),
    ]);

    let all = home.run(&["verify"]).exits(3).stdout;
    let told = concat!(
        r"→ message 1: its signature is not [0-9a-f]{8}…'s over what it says: changed after it was signed, ",
        r"or signed with another key \(human, \d{4}-\d\d-\d\dT[\d:]+Z\)\n",
    );
    assert!(
        regex_lite::Regex::new(told).unwrap().is_match(&all),
        "{all}"
    );
    assert!(
        all.contains("it is not signed") && all.contains("were taken away"),
        "{all}"
    );
    let replayed = home.run(&["thread-replay", "other"]).exits(0);
    assert!(replayed.stdout.contains("✅ Signed"), "{}", replayed.stdout);
    let bad = home.run(&["thread-replay", "t"]);
    assert_eq!(bad.code, Some(3), "{bad:?}");
    assert!(bad.stdout.contains("❌ Not proven"), "{}", bad.stdout);
    // The next chat goes on with what is true, and keeps what somebody else put there apart.
    let mended = home
        .run(&["chat", "--continue", "t", "-m", "x", "--backend", "echo"])
        .exits(0);
    assert!(
        mended.stderr.contains("kept at refs/mmogit/replaced/"),
        "{}",
        mended.stderr
    );
    home.run(&["verify"]).exits(0);
    assert_eq!(
        home.run(&["chat", "-m", "still works", "--backend", "echo"])
            .exits(0)
            .stdout,
        "still works\n"
    );
}

/// Stock git on a home's repository.
fn git(home: &TestHome, args: &[&str]) -> String {
    let repository = home.mmogit().join("repo.git");
    let output = Command::new("git")
        .arg("-C")
        .arg(&repository)
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Removes what a revision names from the repository's disk.
fn remove(home: &TestHome, revision: &str) {
    let id = git(home, &["rev-parse", revision]);
    fs::remove_file(
        home.mmogit()
            .join("repo.git/objects")
            .join(&id[..2])
            .join(&id[2..]),
    )
    .unwrap();
}

/// The codes of all findings on branches, with which `verify` exits with 3.
fn codes(home: &TestHome) -> Vec<String> {
    let json: Value =
        serde_json::from_str(&home.run(&["verify", "--json"]).exits(3).stdout).unwrap();
    assert_eq!(json["good"], false);
    let findings = json["branches"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|b| b["findings"].as_array().unwrap());
    findings
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

fn ask(home: &TestHome, title: &str, text: &str) {
    home.run_with_input(
        &["chat", "--title", title, "--backend", "echo"],
        format!("{text}\n"),
    )
    .exits(0);
}

#[test]
fn a_branch_moved_back_is_noticed_everywhere_and_mended_by_the_next_chat() {
    let home = one_thread();
    ask(&home, "newer", "b");
    let (head, newest) = (
        git(&home, &["symbolic-ref", "HEAD"]),
        git(&home, &["rev-parse", "HEAD"]),
    );
    git(&home, &["update-ref", &head, "HEAD^"]);
    let told = home.run(&["verify"]).exits(3).stdout;
    assert!(
        told.contains("moved back") && told.contains(&newest),
        "{told}"
    );
    assert_eq!(codes(&home), ["branch-moved-back"]);
    assert!(home.run(&["doctor"]).exits(1).stdout.contains("moved back"));
    let chat = home.run(&["chat", "-m", "x", "--backend", "echo"]).exits(0);
    assert!(
        chat.stderr.contains("moved back") && chat.stderr.contains("together again"),
        "{}",
        chat.stderr
    );
    // Nothing that was ever said is missing.
    home.run(&["verify"]).exits(0);
    home.run(&["doctor"]).exits(0);
    assert_eq!(home.thread_files().len(), 3);
    assert_eq!(
        home.run(&["chat", "-m", "y", "--backend", "echo"])
            .exits(0)
            .stderr,
        ""
    );
}

#[test]
fn what_was_deleted_behind_a_branch_moved_back_is_noticed_until_it_is_there_again() {
    let home = one_thread();
    ask(&home, "newer", "b");
    let backup = home.path().join("back up's.git");
    git(
        &home,
        &["clone", "--quiet", "--bare", ".", backup.to_str().unwrap()],
    );
    let (head, newest) = (
        git(&home, &["symbolic-ref", "HEAD"]),
        git(&home, &["rev-parse", "HEAD"]),
    );
    let paths = git(&home, &["diff", "--name-only", "HEAD^", "HEAD"]);
    remove(&home, &format!("HEAD:{}", paths.trim()));
    git(&home, &["update-ref", &head, "HEAD^"]);
    for _ in 0..2 {
        let told = home.run(&["verify"]).exits(3).stdout;
        assert!(
            told.contains(&newest) && told.contains("can't be read any more"),
            "{told}"
        );
        assert_eq!(codes(&home), ["seen-commit-unreadable"]);
        assert!(home.run(&["doctor"]).exits(1).stdout.contains(&newest));
        let chat = home.run(&["chat", "-m", "x", "--backend", "echo"]).exits(0);
        assert!(
            chat.stderr.contains(&newest) && chat.stderr.contains("--refetch"),
            "{}",
            chat.stderr
        );
    }
    // What is advised is typed, with a copy in the place of its name.
    let chat = home.run(&["chat", "-m", "x", "--backend", "echo"]).exits(0);
    let command = chat
        .stderr
        .lines()
        .find_map(|line| line.split_once("repository: "))
        .unwrap()
        .1;
    let command = command.replace("COPY", &format!("\"{}\"", backup.display()));
    assert!(
        Command::new("sh")
            .args(["-c", &command])
            .status()
            .unwrap()
            .success(),
        "{command}"
    );
    let chat = home.run(&["chat", "-m", "x", "--backend", "echo"]).exits(0);
    assert!(chat.stderr.contains("together again"), "{}", chat.stderr);
    home.run(&["verify"]).exits(0);
    assert_eq!(home.thread_files().len(), 6);
}

#[test]
fn a_folder_that_is_gone_is_no_warning() {
    for path in ["", ".mmogit", ".mmogit/threads", "month", "day"] {
        let home = one_thread();
        let file = git(
            &home,
            &["ls-tree", "-r", "--name-only", "HEAD", ".mmogit/threads"],
        );
        let parts: Vec<&str> = file.split('/').collect();
        let folder = match path {
            "month" => parts[..3].join("/"),
            "day" => parts[..4].join("/"),
            other => other.to_owned(),
        };
        remove(&home, &format!("HEAD:{folder}"));
        // The card lies in that one, and is missed for itself.
        let codes = codes(&home);
        let is_card = |code: &String| path == ".mmogit" && code == "card-taken-away";
        assert!(
            codes
                .iter()
                .all(|code| code == "object-unreadable" || is_card(code)),
            "{path}: {codes:?}"
        );
        let told = home.run(&["verify"]).exits(3).stdout;
        assert!(!told.contains("No threads to verify"), "{told}");
        let json = home.run(&["doctor", "--json"]).exits(1).stdout;
        let findings: Value = serde_json::from_str(&json).unwrap();
        let bad = |finding: &&Value| finding["what"] == "branch" && finding["health"] == "bad";
        assert!(
            findings["findings"]
                .as_array()
                .unwrap()
                .iter()
                .any(|found| bad(&found)),
            "{json}"
        );
        let chat = home.run(&["chat", "-m", "x", "--backend", "echo"]);
        assert!(
            chat.stderr.contains("can't be read"),
            "{path}: {}",
            chat.stderr
        );
    }
}

#[test]
fn doctor_names_a_thread_whose_file_is_gone() {
    let home = one_thread();
    let path = git(
        &home,
        &["ls-tree", "-r", "--name-only", "HEAD", ".mmogit/threads"],
    );
    remove(&home, &format!("HEAD:{path}"));
    let told = home.run(&["doctor"]).exits(1).stdout;
    assert!(told.contains(&format!("❌ thread     {path}: ")), "{told}");
}

/// `objects/info/commit-graph` is git's own shorthand for what commits say of themselves; whoever
/// writes it could leave parents out.
#[test]
fn a_forged_commit_graph_hides_no_part_of_the_history() {
    let home = one_thread();
    ask(&home, "second", "b");
    let first = git(&home, &["rev-parse", "HEAD~1"]);
    git(
        &home,
        &[
            "-c",
            "commitGraph.generationVersion=1",
            "commit-graph",
            "write",
            "--reachable",
        ],
    );
    let path = home.mmogit().join("repo.git/objects/info/commit-graph");
    let mut graph = fs::read(&path).unwrap();
    let place = graph.windows(4).position(|name| name == b"CDAT").unwrap() + 4;
    let data = u64::from_be_bytes(graph[place..place + 8].try_into().unwrap()) as usize;
    const NO_PARENT: [u8; 4] = 0x7000_0000_u32.to_be_bytes();
    for commit in 0..3 {
        let parents = data + commit * 36 + 20;
        graph[parents..parents + 4].copy_from_slice(&NO_PARENT);
        graph[parents + 4..parents + 8].copy_from_slice(&NO_PARENT);
    }
    fs::remove_file(&path).unwrap();
    fs::write(&path, graph).unwrap();
    assert!(home.run(&["verify"]).exits(0).stdout.contains("3 commits"));
    remove(&home, &first);
    let told = home.run(&["verify"]).exits(3).stdout;
    assert!(told.contains("can't be read"), "{told}");
}

#[test]
fn an_erasure_that_was_undone_is_noticed_and_stands_again() {
    let home = one_thread();
    ask(&home, "secret", "b");
    let (head, before) = (
        git(&home, &["symbolic-ref", "HEAD"]),
        git(&home, &["rev-parse", "HEAD"]),
    );
    git(&home, &["tag", "keeps-it", "HEAD"]);
    let threads: Value =
        serde_json::from_str(&home.run(&["thread-list", "--json"]).exits(0).stdout).unwrap();
    let secret = threads["threads"]
        .as_array()
        .unwrap()
        .iter()
        .find(|thread| thread["title"] == "secret");
    let id = secret.unwrap()["id"].as_str().unwrap();
    home.run(&["thread-erase", id, "--yes"]).exits(0);
    git(&home, &["update-ref", &head, &before]);
    assert_eq!(codes(&home), ["branch-moved-back"]);
    assert!(
        home.run(&["doctor"])
            .exits(1)
            .stdout
            .contains("the word of an erasure")
    );
    let chat = home
        .run(&[
            "chat",
            "--continue",
            "secret",
            "-m",
            "x",
            "--backend",
            "echo",
        ])
        .exits(1);
    assert!(
        chat.stderr.contains("the word of an erasure"),
        "{}",
        chat.stderr
    );
    assert!(
        chat.stderr.contains("kept at refs/mmogit/replaced/"),
        "{}",
        chat.stderr
    );
    home.run(&["verify"]).exits(0);
    // What is kept holds the text still, and that is said whenever it matters.
    let doctor = home.run(&["doctor"]).exits(0).stdout;
    assert!(doctor.contains("refs/mmogit/replaced/"), "{doctor}");
    let again = home.run(&["thread-erase", id, "--yes"]).exits(0).stderr;
    assert!(
        again.contains(&format!("update-ref -d refs/mmogit/replaced/{before}")),
        "{again}"
    );
}

#[test]
fn doctor_and_completions_work_on_an_empty_machine() {
    let home = TestHome::new();
    let json: Value =
        serde_json::from_str(&home.run(&["doctor", "--json"]).exits(0).stdout).unwrap();
    let findings = json["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .any(|finding| finding["what"] == "crush" && finding["health"] == "note")
    );
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            home.run(&["completions", shell])
                .exits(0)
                .stdout
                .contains("MMOGIT_COMPLETE")
        );
    }
    assert!(!home.mmogit().exists());
}

#[test]
fn a_replay_points_to_what_was_set_aside_only_where_something_was() {
    let home = one_thread();
    ask(&home, "longer", "b\nc");
    home.run_with_input(
        &["chat", "--continue", "longer", "--backend", "echo"],
        "/retry\n",
    )
    .exits(0);
    let hints = |ran: Ran| ran.stderr.contains("--branches");
    assert!(hints(home.run(&["thread-replay", "longer"]).exits(0)));
    assert!(!hints(home.run(&["thread-replay", "t"]).exits(0)));
    let mut thread = home
        .thread_files()
        .into_iter()
        .find(|thread| thread["title"] == "t")
        .unwrap();
    // The head is gone, so nothing leads to what is left.
    thread["messages"].as_array_mut().unwrap().pop();
    fs::write(home.path().join("cut.json"), thread.to_string()).unwrap();
    assert!(!hints(
        home.run(&["thread-replay", "--file", "cut.json"]).exits(3)
    ));
}

#[test]
fn a_wrong_setting_is_told_with_its_line() {
    let home = TestHome::new();
    home.config("backend = \"echo\"\ncolour = true\n");
    let ran = home.run(&["chat", "-m", "x"]).exits(1);
    assert!(
        ran.stderr.contains("config.toml") && ran.stderr.contains("line 2"),
        "{}",
        ran.stderr
    );
    home.config("backend = \"echo");
    let ran = home.run(&["chat", "-m", "x"]).exits(1);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(
        lines.contains(&"    1 | backend = \"echo"),
        "{}",
        ran.stderr
    );
    assert!(
        lines.last().unwrap().starts_with("hint: "),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_needs_no_settings_does_without_those_that_cannot_be_read() {
    let home = one_thread();
    home.config("bakend = 1");
    let id = home
        .run(&["thread-list", "--ids"])
        .exits(0)
        .stdout
        .trim()
        .to_owned();
    for args in [
        &["verify"] as &[&str],
        &["thread-list"],
        &["thread-replay", &id],
        &["thread-info", &id],
        &["thread-tree", &id],
        &["thread-search", "a"],
        &["thread-export", &id],
        &["allowed-signers"],
    ] {
        let ran = home.run(args).exits(0);
        assert!(!ran.stdout.is_empty(), "{args:?}");
        assert!(
            ran.stderr.contains("bakend") && ran.stderr.contains("left aside"),
            "{args:?}: {}",
            ran.stderr
        );
    }
    for what in ["identity", "repository"] {
        assert_eq!(doctor(&home, what).0[0].0, "good", "{what}");
    }
    // An answer could come from somebody else than was wanted.
    home.run(&["chat", "-m", "x"]).exits(1);
}

/// Health and words of what `doctor` says about one thing, and its exit code.
fn doctor(home: &TestHome, what: &str) -> (Vec<(String, String)>, Option<i32>) {
    let ran = home.run(&["doctor", "--json"]);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let findings = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["what"] == what);
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let findings = findings.map(|finding| {
        (
            text(finding, "health"),
            text(finding, "said") + &text(finding, "next"),
        )
    });
    (findings.collect(), ran.code)
}

#[test]
fn doctor_says_who_would_answer() {
    let home = TestHome::new();
    let one = |health: &str, part: &str, code: i32| {
        let (found, exit) = doctor(&home, "answers");
        let [(is, said)] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!((is.as_str(), exit), (health, Some(code)), "{said}");
        assert!(said.contains(part), "{said}");
    };
    one("note", "there will be no answers", 0);
    home.config("backend = \"offline\"");
    one("note", "the settings say so", 0);
    home.config("backend = \"echo\"");
    one("good", "echo", 0);
    home.config("backend = \"crush\"");
    one("bad", "Crush was not found on PATH", 1);
    home.config("backend = \"command\"");
    one("bad", "no program to run", 1);
    home.config("backend = \"command\"\ncommand = [\"my-ai\", \"-x\"]");
    one("bad", "`my-ai` was not found", 1);
    home.program("my-ai", "cat");
    one("good", "my-ai", 0);
    home.config("backend = \"nobody\"");
    one("bad", "there is no backend", 1);
    // A Crush that doesn't work is in the way only where it is to answer.
    home.program("crush", "exit 1");
    home.config("backend = \"echo\"");
    let (found, exit) = doctor(&home, "crush");
    assert_eq!((found[0].0.as_str(), exit), ("note", Some(0)));
    home.config("");
    let (found, exit) = doctor(&home, "crush");
    assert_eq!((found[0].0.as_str(), exit), ("bad", Some(1)));
}

#[test]
fn doctor_finds_settings_with_which_a_chat_would_not_begin() {
    let home = TestHome::new();
    home.config("backend = 'echo'\npersona = 'nix'");
    let (found, exit) = doctor(&home, "persona");
    assert_eq!((found[0].0.as_str(), exit), ("bad", Some(1)), "{found:?}");
    assert!(
        found[0].1.contains("no persona `nix`") && found[0].1.contains("config.toml"),
        "{found:?}"
    );
    home.run_with_input(&["persona", "edit", "nix"], "Say nothing.")
        .exits(0);
    assert_eq!(
        doctor(&home, "persona"),
        (vec![("good".into(), "nix".into())], Some(0))
    );

    home.config(
        "backend = 'echo'\n[profile.broken]\ncommand = ['no-such-ai']\n[profile.good]\ncommand = ['cat']",
    );
    let (found, exit) = doctor(&home, "profile");
    let [(health, said)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!((health.as_str(), exit), ("note", Some(0)));
    assert!(
        said.contains("`broken`: the program `no-such-ai` was not found"),
        "{said}"
    );
    home.config("backend = 'broken'\n[profile.broken]\ncommand = ['no-such-ai']");
    assert_eq!(doctor(&home, "profile"), (vec![], Some(1)));
}

#[test]
fn doctor_finds_what_a_chat_could_not_write() {
    for folder in [
        "repo.git",
        "repo.git/objects",
        "repo.git/refs/heads",
        "repo.git/refs/heads/users",
        "journal",
    ] {
        let home = one_thread();
        let path = home.mmogit().join(folder);
        fs::create_dir_all(&path).unwrap();
        // Not even who may write everywhere can enter what is no folder.
        if matches!(folder, "repo.git/refs/heads/users" | "journal") {
            fs::remove_dir_all(&path).unwrap();
            fs::write(&path, "").unwrap();
        } else {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o500)).unwrap();
            if fs::write(path.join("x"), "").is_ok() {
                continue;
            }
        }
        let what = if folder == "journal" {
            "journal"
        } else {
            "repository"
        };
        let (found, exit) = doctor(&home, what);
        let place = format!("{} can't be written", path.display());
        assert!(
            found
                .iter()
                .any(|(is, said)| is == "bad" && said.contains(&place)),
            "{found:?}"
        );
        assert_eq!(exit, Some(1));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    }
}

#[test]
fn a_repository_without_its_head_is_told_once_with_what_mends_it() {
    let home = one_thread();
    fs::remove_file(home.mmogit().join("repo.git/HEAD")).unwrap();
    assert_eq!(doctor(&home, "journal").0, []);
    let (found, exit) = doctor(&home, "repository");
    let [(health, said)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!((health.as_str(), exit), ("bad", Some(1)));
    assert!(!said.contains("mmogit doctor"), "{said}");
    let (_, command) = said.split_once("anew: ").unwrap();
    assert!(
        Command::new("sh")
            .args(["-c", command])
            .status()
            .unwrap()
            .success()
    );
    home.run(&["doctor"]).exits(0);
    home.run(&["verify"]).exits(0);
}

#[test]
fn doctor_fails_where_a_branch_can_not_be_read() {
    let home = one_thread();
    let head = git(&home, &["symbolic-ref", "HEAD"]);
    fs::write(home.mmogit().join("repo.git").join(&head), "garbage").unwrap();
    let (found, exit) = doctor(&home, "branch");
    assert_eq!((found[0].0.as_str(), exit), ("bad", Some(1)));
}

#[test]
fn doctor_counts_the_findings_that_it_does_not_name() {
    let home = one_thread();
    let head = git(&home, &["symbolic-ref", "HEAD"]);
    let who = ["-c", "user.name=x", "-c", "user.email=x@x"];
    for _ in 0..12 {
        let made = git(
            &home,
            &[
                &who[..],
                &["commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "x"],
            ]
            .concat(),
        );
        git(&home, &["update-ref", &head, &made]);
    }
    let (found, exit) = doctor(&home, "branch");
    assert_eq!((found.len(), exit), (11, Some(1)));
    assert!(found[10].1.contains("2 more findings"), "{found:?}");
}

#[test]
fn doctor_names_a_session_of_somebody_else_that_nobody_folds_in() {
    let (home, other) = (one_thread(), one_thread());
    let mut header = other.thread_files().remove(0);
    let fields = header.as_object_mut().unwrap();
    fields.remove("messages");
    fields.remove("signature");
    let author = header["author"].as_str().unwrap().to_owned();
    let line = serde_json::json!({"journal": 1, "author": author, "base": null, "thread": header});
    fs::create_dir_all(home.mmogit().join("journal")).unwrap();
    fs::write(
        home.mmogit().join("journal/thread_1.0.ndjson"),
        format!("{line}\n"),
    )
    .unwrap();
    let (found, exit) = doctor(&home, "journal");
    let told = |(health, said): &(String, String)| health == "bad" && said.contains(&author[..8]);
    assert!(found.iter().any(told), "{found:?}");
    assert_eq!(exit, Some(1));
}

#[test]
fn doctor_finds_what_keeps_a_chat_from_working() {
    let home = TestHome::new();
    home.config("bakend = 1");
    let (found, exit) = doctor(&home, "settings");
    assert_eq!((found[0].0.as_str(), exit), ("bad", Some(1)));
    home.config("");
    home.run(&["init", "--no-verify"]).exits(0);
    let vault = home.mmogit().join("identity.json");
    fs::write(home.mmogit().join(".identity-AbC123"), "{}").unwrap();
    let (found, exit) = doctor(&home, "identity");
    assert_eq!((found.len(), exit), (2, Some(0)));
    assert!(
        found
            .iter()
            .any(|(health, said)| health == "note" && said.contains(".identity-AbC123")),
        "{found:?}"
    );
    fs::write(&vault, "{").unwrap();
    assert_eq!(doctor(&home, "identity").1, Some(1));

    fs::set_permissions(home.mmogit(), fs::Permissions::from_mode(0o750)).unwrap();
    let (found, _) = doctor(&home, "home");
    assert_eq!(found[0].0, "note");
    assert!(found[0].1.contains("can be entered by others"), "{found:?}");

    let file = TestHome::new();
    fs::write(file.mmogit(), "no folder").unwrap();
    let (found, exit) = doctor(&file, "home");
    assert_eq!((found[0].0.as_str(), exit), ("bad", Some(1)));
    assert!(found[0].1.contains("is not a folder"), "{found:?}");

    let ran = Ran::of(
        home.command(&["doctor"])
            .env("MMOGIT_HOME", file.mmogit().join("x"))
            .output()
            .unwrap(),
    );
    assert!(ran.exits(1).stdout.contains("can't be made"));

    // What says that it can be written, and can't.
    let at = |args: &[&str]| {
        Ran::of(
            home.command(args)
                .env("MMOGIT_HOME", "/proc/x")
                .output()
                .unwrap(),
        )
    };
    assert!(at(&["doctor"]).exits(1).stdout.contains("can't be made"));
    let chat = at(&["chat", "-m", "x", "--backend", "echo"])
        .exits(1)
        .stderr;
    assert!(
        chat.contains("hint: ") && chat.contains("MMOGIT_HOME"),
        "{chat}"
    );

    // Whoever may write everywhere can't be kept out.
    let locked = TestHome::new();
    locked.config("");
    fs::set_permissions(locked.mmogit(), fs::Permissions::from_mode(0o500)).unwrap();
    let may_write_everywhere = fs::write(locked.mmogit().join("x"), "").is_ok();
    let (found, exit) = doctor(&locked, "home");
    if !may_write_everywhere {
        assert!(found[0].1.contains("can't be written"), "{found:?}");
        assert_eq!(exit, Some(1));
    }
    fs::set_permissions(locked.mmogit(), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn the_totals_tell_of_the_threads_alone() {
    let home = TestHome::new();
    home.run(&["chat", "--backend", "echo", "-m", "hello"])
        .exits(0);
    fs::write(home.mmogit().join("contacts.json"), "{").unwrap();
    let told = home.run(&["verify"]).exits(3).stdout;
    assert!(told.contains("✅ 1 thread: 1 valid\n"), "{told}");
    let finding = "contacts.json, the file of your contacts";
    assert!(told.contains(finding), "{told}");
}
