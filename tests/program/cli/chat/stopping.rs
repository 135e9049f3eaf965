//! Ctrl-C and worse, without a terminal.

use crate::common::{Ran, TestHome, signal, wait_until};
use std::io::{Read, Write};
use std::process::Stdio;

const ENDLESS: &str = "cat >/dev/null; : >asked; while :; do printf 'word '; sleep 0.05; done";
const SILENT: &str = "cat >/dev/null; : >asked; sleep 1000";

#[test]
fn ctrl_c_keeps_what_came_and_exits_with_130() {
    let home = TestHome::new();
    home.program("endless", ENDLESS);
    let mut child = home
        .command(&["chat", "-m", "x", "--command", "endless"])
        .spawn()
        .unwrap();
    let mut some = [0; 9];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut some)
        .unwrap();
    signal(&child, "INT");
    let ran = Ran::of(child.wait_with_output().unwrap()).exits(130);
    assert!(
        ran.stdout.ends_with("\n") && ran.stderr.contains("stopped"),
        "{ran:?}"
    );
    let answer = &home.thread_files()[0]["messages"][1];
    assert_eq!(answer["interrupted"], true);
    assert!(answer["content"].as_str().unwrap().starts_with("word word"));
}

#[test]
fn ctrl_c_is_told_although_it_ended_the_reader_too() {
    let home = TestHome::new();
    home.program("slow", "cat >/dev/null; printf 'a slow answer'; sleep 1000");
    let mut child = home
        .command(&["chat", "-m", "x", "--command", "slow"])
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 6]).unwrap();
    drop(stdout);
    signal(&child, "INT");
    let ran = Ran::of(child.wait_with_output().unwrap()).exits(130);
    assert!(
        ran.stderr.contains("The answer is not whole: stopped"),
        "{ran:?}"
    );
}

#[test]
fn ctrl_c_before_anything_came_keeps_the_message() {
    let home = TestHome::new();
    home.program("silent", SILENT);
    let child = home
        .command(&["chat", "-m", "x", "--json", "--command", "silent"])
        .spawn()
        .unwrap();
    wait_until("the question is asked", || {
        home.path().join("asked").exists()
    });
    signal(&child, "INT");
    let ran = Ran::of(child.wait_with_output().unwrap()).exits(130);
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(said["response"], serde_json::Value::Null);
    assert_eq!(home.messages().len(), 1);
}

#[test]
fn ctrl_c_ends_a_script_and_saves_it() {
    let home = TestHome::new();
    home.program("endless", ENDLESS);
    let mut child = home
        .command(&["chat", "--command", "endless"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(b"one\ntwo\n")
        .unwrap();
    wait_until("the question is asked", || {
        home.path().join("asked").exists()
    });
    std::thread::sleep(std::time::Duration::from_millis(300));
    signal(&child, "INT");
    let ran = Ran::of(child.wait_with_output().unwrap()).exits(130);
    assert!(ran.stdout.contains("📝 Thread saved: "), "{}", ran.stdout);
    let texts: Vec<String> = home.messages().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts[0], "one");
    assert!(!texts.contains(&"two".to_owned()), "{texts:?}");
}

#[test]
fn ctrl_c_is_heard_while_no_line_comes() {
    let home = TestHome::new();
    let mut child = home
        .command(&["chat", "--backend", "echo"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"hello\n").unwrap();
    let mut seen = Vec::new();
    let mut byte = [0; 1];
    while !String::from_utf8_lossy(&seen).contains("AI: hello\n") {
        child
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut byte)
            .unwrap();
        seen.push(byte[0]);
    }
    signal(&child, "INT");
    let ran = Ran::of(child.wait_with_output().unwrap()).exits(130);
    assert!(ran.stdout.contains("📝 Thread saved: "), "{}", ran.stdout);
    drop(stdin);
}

#[test]
fn a_killed_session_is_recovered_by_the_next_one() {
    let home = TestHome::new();
    home.program(
        "endless",
        "cat >/dev/null; while :; do printf 'word %0200d ' 0; : >asked; sleep 0.05; done",
    );
    let mut child = home
        .command(&["chat", "--title", "T", "--command", "endless"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(b"precious\n")
        .unwrap();
    wait_until("some of the answer is in the journal", || {
        home.journals().contains("word")
    });
    signal(&child, "KILL");
    child.wait().unwrap();
    let ran = home
        .run_with_input(&["chat", "--continue", "T", "--backend", "echo"], "on\n")
        .exits(0);
    assert!(
        ran.stderr.contains("Recovered 2 messages of “T”"),
        "{}",
        ran.stderr
    );
    let messages = home.messages();
    assert_eq!(messages[0].1, "precious");
    assert!(messages[1].1.starts_with("word "), "{messages:?}");
    assert_eq!(home.thread_files()[0]["messages"][1]["interrupted"], true);
    assert_eq!(messages.len(), 4);
    home.run(&["verify"]).exits(0);
}
