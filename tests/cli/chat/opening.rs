//! Which thread, which identity, and who answers.

use crate::common::TestHome;
use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

fn talk(home: &TestHome, title: &str) {
    home.run(&["chat", "-m", title, "--title", title, "--backend", "echo"]).exits(0);
}

#[test]
fn continuing_names_the_newest_an_id_or_a_part_of_a_title() {
    let home = TestHome::new();
    talk(&home, "alpha one");
    talk(&home, "beta two");
    let id = home.thread_files()[0]["id"].as_str().unwrap().to_owned();
    for (which, title) in [(None, "beta two"), (Some(id.as_str()), "alpha one"), (Some("two"), "beta two")] {
        let args: Vec<&str> = ["chat", "--backend", "echo", "--continue"].into_iter().chain(which).collect();
        let ran = home.run_with_input(&args, "more\n").exits(0);
        assert!(ran.stdout.contains(&format!("💬 Continuing thread: {title}\n")), "{}", ran.stdout);
    }
    let counts: Vec<usize> =
        home.thread_files().iter().map(|thread| thread["messages"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [4, 6]);
    home.run(&["verify"]).exits(0);
}

#[test]
fn continuing_may_give_a_new_title_and_tags() {
    let home = TestHome::new();
    talk(&home, "old");
    let args = ["chat", "--continue", "--title", "new", "--tag", "a", "--tag", "b", "--backend", "echo"];
    let ran = home.run(&args).exits(0);
    assert!(ran.stdout.contains("📝 Thread saved: new (2 messages)"), "{}", ran.stdout);
    assert_eq!(home.thread_files()[0]["tags"], serde_json::json!(["a", "b"]));
    let ran = home.run(&["chat", "--continue"]).exits(0);
    assert!(ran.stdout.contains("📝 Nothing new in: new (2 messages)"), "{}", ran.stdout);
}

#[test]
fn what_is_not_there_is_told_and_nothing_is_made() {
    let home = TestHome::new();
    let ran = home.run(&["chat", "--continue"]).exits(1);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    ── stderr
    error: there is no thread of yours to continue yet
    hint: Start one with `mmogit chat`.
    ");
    assert!(!home.mmogit().exists());
    talk(&home, "one thing");
    talk(&home, "one more");
    let ran = home.run(&["chat", "--continue", "nothing"]).exits(1);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    ── stderr
    error: Thread not found: nothing
    hint: `mmogit thread-list` shows all threads.
    ");
    let ran = home.run(&["chat", "--continue", "one"]).exits(1);
    assert!(ran.stderr.contains("one thing") && ran.stderr.contains("one more"), "{}", ran.stderr);
}

#[test]
fn starts_in_one_second_are_different_threads() {
    let home = TestHome::new();
    talk(&home, "first");
    let start =
        |_| home.command(&["chat", "-m", "x", "--backend", "echo"]).stderr(Stdio::null()).spawn().unwrap();
    let children: Vec<_> = (0..4).map(start).collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let threads = home.thread_files();
    let ids: HashSet<&str> = threads.iter().map(|thread| thread["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 5);
    home.run(&["verify"]).exits(0);
}

#[test]
fn only_a_home_is_needed_and_its_absence_is_told() {
    let home = TestHome::new();
    let own = home.path().join("elsewhere");
    let args = ["chat", "-m", "x", "--backend", "echo"];
    let mut command = home.command(&args);
    assert!(command.env_clear().env("MMOGIT_HOME", &own).output().unwrap().status.success());
    assert_eq!(fs::metadata(&own).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(own.join("repo.git").exists() && !home.mmogit().exists());
    let output = home.command(&args).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("MMOGIT_HOME"));
}

#[test]
fn another_sessions_messages_come_in_with_a_save_and_are_told() {
    let home = TestHome::new();
    talk(&home, "shared");
    home.program("meddler", "cat >/dev/null; test -e done || { : >done; \"$MM\" chat --continue shared -m meanwhile --backend echo >/dev/null; }; echo ok");
    let mut command = home.command(&["chat", "--continue", "shared", "--command", "meddler"]);
    let mut child = command.env("MM", env!("CARGO_BIN_EXE_mmogit")).stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"mine\n/save\nand on\n").unwrap();
    let ran = crate::common::Ran::of(child.wait_with_output().unwrap()).exits(0);
    assert!(ran.stderr.contains("2 messages from another session came into this thread"), "{}", ran.stderr);
    assert_eq!(home.messages().len(), 8);
    home.run(&["verify"]).exits(0);
}

#[test]
fn two_lines_of_one_thread_are_told_and_joined() {
    let home = TestHome::new();
    talk(&home, "shared");
    let meddler =
        "cat >/dev/null; \"$MM\" chat --continue shared -m meanwhile --backend echo >/dev/null; echo ok";
    home.program("meddler", meddler);
    let mut command = home.command(&["chat", "--continue", "shared", "-m", "mine", "--command", "meddler"]);
    assert!(command.env("MM", env!("CARGO_BIN_EXE_mmogit")).output().unwrap().status.success());
    let ran = home.run_with_input(&["chat", "--continue", "--backend", "echo"], "both?\n").exits(0);
    assert!(ran.stderr.contains("more than one open end"), "{}", ran.stderr);
    let thread = &home.thread_files()[0];
    let prev = thread["messages"].as_array().unwrap().iter().find(|message| message["content"] == "both?");
    assert_eq!(prev.unwrap()["prev"].as_array().unwrap().len(), 2);
    assert_eq!(home.run(&["chat", "--continue"]).exits(0).stderr, "");
}

#[test]
fn the_backend_is_the_flag_then_the_settings_then_what_is_found() {
    let home = TestHome::new();
    home.program("crush", "case \"$1\" in -v) echo v >>asked; echo 'crush version v0.90.0';; *) cat >/dev/null; echo from crush;; esac");
    home.program("other", "cat >/dev/null; echo \"from other $*\"");
    let ask = |args: &[&str]| home.run(&[&["chat", "-m", "x"], args].concat()).exits(0).stdout;
    assert_eq!(ask(&[]), "from crush\n");
    assert_eq!(ask(&[]), "from crush\n");
    assert_eq!(ask(&["--backend", "echo"]), "x\n");
    assert_eq!(ask(&["--command", "other -m 'a model'"]), "from other -m a model\n");
    home.config("backend = \"command\"\ncommand = [\"other\", \"set\"]\n");
    assert_eq!(ask(&[]), "from other set\n");
    assert_eq!(ask(&["--backend", "crush"]), "from crush\n");
    assert_eq!(
        fs::read_to_string(home.mmogit().join("state/crush-version")).unwrap().lines().next(),
        Some("crush version 0.90.0")
    );
}

#[test]
fn the_version_of_crush_is_read_once_and_again_when_crush_changes() {
    let home = TestHome::new();
    let asked = home.path().join("asked");
    let crush = |version: &str| {
        let script = format!(
            "case \"$1\" in -v) echo v >>{}; echo 'crush version {version}';; *) cat >/dev/null; echo hi;; esac",
            asked.display()
        );
        home.program("crush", &script);
    };
    let ask = || home.run(&["chat", "-m", "x"]).exits(0);
    crush("0.90.0");
    ask();
    ask();
    assert_eq!(fs::read_to_string(&asked).unwrap().lines().count(), 1);
    crush("v0.91.0-newer");
    ask();
    assert_eq!(fs::read_to_string(&asked).unwrap().lines().count(), 2);
}

#[test]
fn a_backend_that_can_not_be_had_is_told_with_the_next_step() {
    let home = TestHome::new();
    for (args, code, said) in [
        (["--backend", "crush"], 1, "Crush was not found"),
        (["--command", "no-such-program"], 1, "`no-such-program` was not found"),
        (["--command", "sh -c 'x"], 2, "a quote is not closed"),
        (["--backend", "gpt"], 2, "invalid value 'gpt'"),
    ] {
        let ran = home.run(&[&["chat", "-m", "x"], &args[..]].concat()).exits(code);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    home.config("backend = \"gpt\"");
    let ran = home.run(&["chat", "-m", "x"]).exits(2);
    assert!(
        ran.stderr.contains("there is no backend `gpt`") && ran.stderr.contains("hint: Use crush"),
        "{}",
        ran.stderr
    );
}
