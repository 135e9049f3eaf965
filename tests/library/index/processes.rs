//! Many at once, in processes of their own: each gets the right answer, and the index survives.

use super::common::Home;
use std::process::{Child, Command, Stdio};

fn start(home: &Home, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mmogit"));
    command
        .args(args)
        .env_clear()
        .env("MMOGIT_HOME", home.path());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Every one of these lists all threads, and none complains.
#[track_caller]
fn all_see(children: Vec<Child>, threads: usize) {
    for child in children {
        let output = child.wait_with_output().unwrap();
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success() && err.is_empty(), "{out}{err}");
        assert!(out.contains(&format!("({threads} total)")), "{out}");
    }
}

fn filled(threads: i64) -> Home {
    let home = Home::new();
    for second in 0..threads {
        home.save(&home.thread(second, &format!("t{second}"), &["question", "answer"]));
    }
    home
}

#[test]
fn two_and_sixteen_build_it_at_once() {
    let home = filled(100);
    for many in [2, 16] {
        let _ = std::fs::remove_file(home.index());
        all_see(
            (0..many)
                .map(|_| start(&home, &["thread-list", "--limit", "1"]))
                .collect(),
            100,
        );
    }
    assert_eq!(home.titles().len(), 100);
    assert_eq!(home.heard(), (0, false));
}

#[test]
fn sixteen_find_it_damaged_at_once() {
    let home = filled(60);
    home.titles();
    for content in [&b"noise"[..], b""] {
        std::fs::write(home.index(), content).unwrap();
        all_see(
            (0..16)
                .map(|_| start(&home, &["thread-list", "--limit", "1"]))
                .collect(),
            60,
        );
    }
}

#[test]
fn sixteen_bring_it_up_to_date_while_threads_are_saved() {
    let home = filled(20);
    home.titles();
    for round in 0..4_i64 {
        home.save(&home.thread(100 + round, "more", &["question"]));
        all_see(
            (0..16)
                .map(|_| start(&home, &["thread-list", "--limit", "1"]))
                .collect(),
            21 + usize::try_from(round).unwrap(),
        );
    }
}

#[test]
fn it_is_deleted_while_it_is_used() {
    let home = filled(60);
    let children: Vec<Child> = (0..16)
        .map(|number| {
            if number % 4 == 3 {
                let _ = std::fs::remove_file(home.index());
            }
            start(&home, &["thread-list", "--limit", "1"])
        })
        .collect();
    all_see(children, 60);
}

#[test]
fn a_killed_builder_leaves_nothing_that_hinders() {
    let home = filled(100);
    for _ in 0..8 {
        let _ = std::fs::remove_file(home.index());
        let mut child = start(&home, &["thread-list"]);
        std::thread::sleep(std::time::Duration::from_millis(15));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(home.titles().len(), 100);
        assert!(!home.heard().1);
    }
}

/// Completion in a shell answers at once, whatever another process does with the index.
#[test]
fn a_shell_is_not_kept_waiting() {
    let home = filled(3);
    home.titles();
    let lock = std::fs::File::open(home.path().join("index.lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(
        home.workspace()
            .threads()
            .names("thread_", 9)
            .unwrap()
            .len(),
        3
    );
}
