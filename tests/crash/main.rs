//! Processes that die at a named step of what they do.
//!
//!     cargo test --features crash-points --test crash

mod buffers;
mod erase;
mod group;
mod join;
mod rotate;
#[path = "../support/mod.rs"]
mod support;
mod turn;

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use support::{job, me, start_child, workspace_now};

/// What a process does until it dies, writing a line to stderr for each thing it acknowledges.
#[test]
#[ignore = "runs in processes that the other tests start"]
fn child() {
    let Some((job, home)) = job() else { return };
    let _points = fail::FailScenario::setup();
    match job.as_str() {
        "chat" => turn::chat(&home),
        "continue" => turn::go_on(&home),
        "recover" => drop(workspace_now(&home).recover(me()).unwrap()),
        "bring few" => turn::bring(&home, 3),
        "bring many" => turn::bring(&home, 120),
        "groups" => group::groups(&home),
        "failing" => group::on_a_failing_disk(&home),
        "seal" => turn::seal(&home),
        "pack" => turn::pack(&home),
        "erase" => erase::erase(&home),
        "join" => join::join(&home),
        "buffers" => buffers::walk(&home),
        "take in" => buffers::take_in(&home),
        "give way" => buffers::give_way(&home),
        "rotate" => rotate::rotate(&home),
        "finish" => drop(
            workspace_now(&home)
                .eraser()
                .finish_broken_off_erasure()
                .unwrap(),
        ),
        _ => unreachable!("{job}"),
    }
}

/// Runs a job that dies when it comes to a step for the so-manieth time. `None`: it never does.
pub fn dies_at(job: &str, home: &Path, step: &str, time: usize) -> Option<Vec<String>> {
    let point = format!("{step}={}*off->return", time - 1);
    let mut command: Command = start_child(module_path!(), job, home);
    let output = command
        .env("FAILPOINTS", point)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !stderr.contains("panicked"),
        "{step}, time {time}: {stderr}"
    );
    let acknowledged = stderr
        .lines()
        .filter_map(|line| line.strip_prefix("ack "))
        .map(str::to_owned)
        .collect();
    if output.status.success() {
        return None;
    }
    assert_eq!(
        output.status.signal(),
        Some(6),
        "{step}, time {time}: {stderr}"
    );
    Some(acknowledged)
}
