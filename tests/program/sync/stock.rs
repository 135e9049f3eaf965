//! The servers of these tests by themselves: stock git can push to each and clone from it.

use crate::support::far::Far;
use crate::support::git_http::{GitHttp, LOGIN, Manner};
use crate::support::sshd::Sshd;
use crate::support::{git, git_command, said};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A folder with a commit, pushed to a URL and cloned again.
fn assert_serves(url: &str, prepare: impl Fn(&mut Command)) {
    let work = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = git_command(work.path());
        prepare(&mut command);
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    };
    // More than git puts into one piece of an HTTP request.
    let noise: String = (0..300_000_u64)
        .map(|number| format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
        .collect();
    git(work.path(), &["init", "--quiet", "here"]);
    fs::write(work.path().join("here/file"), &noise).unwrap();
    let here = work.path().join("here");
    git(&here, &["add", "file"]);
    git(&here, &["commit", "--quiet", "-m", "one"]);
    run(&["-C", "here", "push", "--quiet", url, "HEAD:refs/heads/main"]);
    run(&["clone", "--quiet", "--branch", "main", url, "there"]);
    let cloned = fs::read_to_string(work.path().join("there/file")).unwrap();
    assert_eq!(cloned.len(), noise.len());
}

fn without_prompt(command: &mut Command) {
    command.env("GIT_TERMINAL_PROMPT", "0");
}

#[test]
fn an_ssh_server() {
    let Some(sshd) = Sshd::start() else { return };
    let far = Far::new();
    let script = far.folder().join("ssh");
    write_script(&script, &sshd.client());
    assert_serves(&sshd.url(&far.repository()), |command| {
        command.env("GIT_SSH", &script);
    });
    far.assert_sound();

    write_script(&script, &sshd.client_of_a_stranger());
    let refused = git_command(far.folder())
        .env("GIT_SSH", &script)
        .args(["ls-remote", &sshd.url(&far.repository())])
        .output()
        .unwrap();
    assert!(said(&refused).contains("Permission denied"), "{refused:?}");
}

fn write_script(place: &Path, text: &str) {
    let written = Command::new("sh")
        .args([
            "-c",
            "printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$0\" && chmod 755 \"$0\"",
        ])
        .arg(place)
        .arg(text)
        .status()
        .unwrap();
    assert!(written.success());
}

#[test]
fn a_web_server() {
    let far = Far::new();
    let Some(server) = GitHttp::serve(far.folder(), Manner::Plain) else {
        return;
    };
    assert_serves(&server.url(Far::NAME), without_prompt);
    far.assert_sound();
}

#[test]
fn a_web_server_that_wants_a_login() {
    let far = Far::new();
    let Some(server) = GitHttp::serve(far.folder(), Manner::Login(LOGIN)) else {
        return;
    };
    let url = server.url_of("somebody:a%20password", Far::NAME);
    assert_serves(&url, without_prompt);
    far.assert_sound();
    let refused = git_command(far.folder())
        .env("GIT_TERMINAL_PROMPT", "0")
        .args(["ls-remote", &server.url(Far::NAME)])
        .output()
        .unwrap();
    assert!(!refused.status.success(), "{refused:?}");
}
