//! What the programs that mmogit starts get from it, and that none of them outlives it.

use crate::common::{TestHome, signal, wait_until};
use std::fs;
use std::process::{Command, Stdio};

/// Runs mmogit as a shell would that opened two files for it.
fn with_open_files(home: &TestHome, args: &str) {
    fs::write(home.path().join("passphrase"), "open sesame\n").unwrap();
    let line = format!("\"$0\" {args} 3<passphrase 7<passphrase");
    let mut command = Command::new("sh");
    command.args(["-c", &line, env!("CARGO_BIN_EXE_mmogit")]);
    command
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", home.path().join("bin"));
    command.env("MMOGIT_PASSPHRASE_FD", "3");
    command
        .current_dir(home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn no_program_inherits_an_open_file() {
    let home = TestHome::new();
    // `ls` has the folder itself open, as its lowest free descriptor.
    home.program("list", "ls /proc/self/fd >>\"$HOME/seen\"; echo done");
    home.program("crush", "ls /proc/self/fd >>\"$HOME/seen\"; exit 1");
    let seen = home.path().join("seen");
    for args in [
        "chat -m hello --command list",
        "chat -m hello --backend crush",
    ] {
        with_open_files(&home, args);
        let descriptors =
            fs::read_to_string(&seen).unwrap_or_else(|error| panic!("{args}: {error}"));
        assert_eq!(descriptors.replace("0\n1\n2\n3\n", ""), "", "{args}");
        fs::remove_file(&seen).unwrap();
    }
}

/// A core would hold the keys, and what is sealed everywhere else.
#[test]
fn neither_it_nor_a_program_that_it_starts_leaves_a_core() {
    let home = TestHome::new();
    home.program("limits", "ulimit -Hc; ulimit -Sc");
    let ran = home.run(&["chat", "-m", "hello", "--command", "limits"]);
    assert_eq!(ran.stdout.trim_end(), "0\n0");
}

/// A backend that tells its own process and that of a child, and then goes on for long, deaf to
/// what may be ignored.
const LONG: &str = "trap '' HUP INT TERM; cat >/dev/null; sleep 600 & echo $$ $! >pids.new; \
                    cat pids.new >pids; echo some; wait; sleep 600";

fn is_gone(pid: &str) -> bool {
    let state = Command::new("ps")
        .args(["-o", "stat=", "-p", pid])
        .output()
        .unwrap()
        .stdout;
    state.is_empty() || state.starts_with(b"Z")
}

#[test]
fn whatever_ends_a_chat_ends_the_program_that_answers() {
    for (args, by, code) in [
        (
            &["chat", "-m", "x", "--title", "t", "--command", "long"][..],
            "TERM",
            15,
        ),
        (
            &["chat", "-m", "x", "--title", "t", "--command", "long"],
            "HUP",
            1,
        ),
        (
            &["chat", "-m", "x", "--title", "t", "--command", "long"],
            "KILL",
            9,
        ),
        (&["chat", "--title", "t", "--command", "long"], "TERM", 15),
        (&["chat", "--title", "t", "--command", "long"], "KILL", 9),
    ] {
        let home = TestHome::new();
        home.program("long", LONG);
        fs::write(home.path().join("script"), "x\n").unwrap();
        let input = fs::File::open(home.path().join("script")).unwrap();
        let mut child = home
            .command(args)
            .stdin(if args.contains(&"-m") {
                Stdio::null()
            } else {
                input.into()
            })
            .spawn()
            .unwrap();
        let pids = || fs::read_to_string(home.path().join("pids")).unwrap_or_default();
        wait_until("an answer begins", || pids().ends_with('\n'));
        signal(&child, by);
        let ended = std::os::unix::process::ExitStatusExt::signal(&child.wait().unwrap());
        assert_eq!(ended, Some(code), "{args:?} {by}");
        for pid in pids().split_whitespace() {
            wait_until(&format!("{by} reaches {pid}"), || is_gone(pid));
        }
    }
}

#[test]
fn what_came_before_a_sigterm_is_saved() {
    let home = TestHome::new();
    home.program("long", "cat >/dev/null; echo some; echo >said; sleep 600");
    let mut child = home
        .command(&["chat", "-m", "x", "--command", "long"])
        .spawn()
        .unwrap();
    let mut word = [0; 4];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut word).unwrap();
    signal(&child, "TERM");
    child.wait().unwrap();
    assert_eq!(home.messages()[1], ("ai".to_owned(), "some".to_owned()));
    assert_eq!(home.thread_files()[0]["messages"][1]["interrupted"], true);
}
