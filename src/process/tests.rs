use std::ops::ControlFlow;
use std::process::Command;

use super::*;

const SHORT: Duration = Duration::from_millis(300);
// Whatever is run here ends by itself in the end: a limit that does not hold fails a test, and does
// not hang it.

fn shell<'a>(args: &'a [OsString], input: &'a str, timeouts: Timeouts) -> Program<'a> {
    Program {
        path: Path::new("/bin/sh"),
        args,
        directory: None,
        environment: &[],
        input,
        timeouts,
    }
}

fn script(text: &str) -> [OsString; 2] {
    ["-c".into(), format!("PATH=/usr/bin:/bin; {text}").into()]
}

/// Runs a shell script to its end.
fn run(text: &str, input: &str, timeouts: Timeouts) -> Finished {
    let args = script(text);
    shell(&args, input, timeouts)
        .run(&mut |_| ControlFlow::Continue(()))
        .unwrap()
}

fn exit_code(finished: &Finished) -> Option<i32> {
    match finished.ended {
        End::Exit(status) => status.code(),
        _ => None,
    }
}

/// Whether a process ends now, and not by itself after a while, be it that its new parent hasn't
/// noticed yet.
fn is_gone(pid: &str) -> bool {
    let asked = Instant::now();
    while asked.elapsed() < Duration::from_secs(5) {
        let state = Command::new("ps")
            .args(["-o", "stat=", "-p", pid.trim()])
            .output()
            .unwrap()
            .stdout;
        if state.is_empty() || state.starts_with(b"Z") {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}

#[test]
fn input_output_errors_and_exit_code_come_through() {
    let finished = run("cat; echo why >&2; exit 3", "Grüße\n", Timeouts::default());
    assert_eq!(finished.text, "Grüße\n");
    assert_eq!(finished.stderr, "why\n");
    assert_eq!(exit_code(&finished), Some(3));
}

#[test]
fn the_environment_and_the_directory_are_the_given_ones() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let args = script("echo \"$GIVEN $HOME\"; pwd -P");
    let given = [("GIVEN".into(), "one".into())];
    let program = Program {
        directory: Some(&folder),
        environment: &given,
        ..shell(&args, "", Timeouts::default())
    };
    let finished = program.run(&mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(finished.text, format!("one \n{}\n", folder.display()));
}

#[test]
fn a_large_input_that_nobody_reads_is_no_obstacle() {
    let finished = run("echo done", &"x".repeat(4 << 20), Timeouts::default());
    assert_eq!(
        (finished.text.as_str(), exit_code(&finished)),
        ("done\n", Some(0))
    );
}

#[test]
fn a_large_input_that_is_answered_while_it_is_read_is_no_obstacle() {
    let input = "0123456789abcde\n".repeat(1 << 16);
    let finished = run("cat", &input, Timeouts::default());
    assert!(finished.text == input);
}

#[test]
fn a_character_cut_by_a_pause_is_shown_whole() {
    let args = script(r"printf 'a\303'; sleep 0.3; printf '\274b'");
    let mut pieces = Vec::new();
    let finished = shell(&args, "", Timeouts::default()).run(&mut |event| {
        if let Event::Text(text) = event {
            pieces.push(text.to_owned());
        }
        ControlFlow::Continue(())
    });
    assert_eq!(finished.unwrap().text, "aüb");
    assert_eq!(pieces, ["a", "üb"]);
}

#[test]
fn time_is_told_while_nothing_comes() {
    let args = script("sleep 0.5; echo a");
    let mut waited = Vec::new();
    let finished = shell(&args, "", Timeouts::default()).run(&mut |event| {
        if let Event::Waiting { elapsed } = event {
            waited.push(elapsed);
        }
        ControlFlow::Continue(())
    });
    assert_eq!(finished.unwrap().text, "a\n");
    assert!(waited.len() >= 3 && waited.is_sorted(), "{waited:?}");
}

#[test]
fn each_timeout_ends() {
    let long = Duration::from_secs(600);
    let timeouts = |first, silence, total| Timeouts {
        first,
        silence,
        total,
    };
    let cases = [
        (
            "sleep 20",
            timeouts(SHORT, long, long),
            End::NoFirstText(SHORT),
            "",
        ),
        (
            "echo a; sleep 20",
            timeouts(long, SHORT, long),
            End::Silent(SHORT),
            "a\n",
        ),
        (
            "for i in $(seq 400); do echo a; sleep 0.05; done",
            timeouts(long, long, SHORT),
            End::TooSlow(SHORT),
            "a\n",
        ),
        // Closing stdout is not at once the end of a program.
        (
            "echo a; exec >&-; sleep 20",
            timeouts(long, SHORT, long),
            End::Silent(SHORT),
            "a\n",
        ),
    ];
    for (text, timeouts, ended, begins) in cases {
        let finished = run(text, "", timeouts);
        assert_eq!(finished.ended, ended, "{text}");
        assert!(
            finished.text.starts_with(begins),
            "{text}: {}",
            finished.text
        );
    }
}

#[test]
fn a_program_that_closes_its_stdout_has_said_all_and_must_end() {
    let finished = run("echo a; exec >&-; sleep 20", "", Timeouts::default());
    assert_eq!(
        (finished.ended, finished.text.as_str()),
        (End::Lingered, "a\n")
    );
    // It may put its things away.
    let finished = run(
        "echo a; exec >&-; sleep 0.3; exit 4",
        "",
        Timeouts::default(),
    );
    assert_eq!(
        (exit_code(&finished), finished.text.as_str()),
        (Some(4), "a\n")
    );
}

#[test]
fn a_program_that_never_stops_talking_is_stopped() {
    let finished = run(
        "while :; do echo 'Grüße und so weiter'; done",
        "",
        Timeouts::default(),
    );
    assert_eq!(finished.ended, End::TooLong);
    assert!(finished.text.len() <= LONGEST_ANSWER && finished.text.len() > LONGEST_ANSWER - 4);
}

/// However far the listener is behind: what nobody will keep is not held in memory either.
#[test]
fn no_more_is_read_than_the_longest_answer() {
    let zeros = ["-c", &(LONGEST_ANSWER + (1 << 20)).to_string(), "/dev/zero"].map(str::to_owned);
    let mut child = Command::new("head")
        .args(zeros)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let pieces = read_at_once(child.stdout.take().unwrap());
    let read: usize = pieces.iter().map(|piece| piece.len()).sum();
    assert!(
        (LONGEST_ANSWER + 1..=LONGEST_ANSWER + (16 << 10)).contains(&read),
        "{read}"
    );
    let _ = child.wait().unwrap();
}

#[test]
fn what_is_said_on_stderr_is_kept_to_its_end_only() {
    let finished = run(
        "head -c 300000 /dev/zero | tr '\\0' x >&2; echo the end >&2",
        "",
        Timeouts::default(),
    );
    assert!(finished.stderr.len() <= STDERR_KEPT && finished.stderr.ends_with("xthe end\n"));
}

#[test]
fn stopping_keeps_what_came_and_ends_even_the_deaf() {
    let cases = [
        "echo $$; sleep 20; echo late",
        "trap '' INT; echo $$; sleep 20; sleep 20; echo late",
    ];
    for text in cases {
        let args = script(text);
        let finished = shell(&args, "", Timeouts::default()).run(&mut |event| match event {
            Event::Text(_) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        });
        let finished = finished.unwrap();
        assert_eq!(finished.ended, End::Stopped, "{text}");
        assert!(is_gone(&finished.text), "{text}");
    }
}

#[test]
fn it_can_be_stopped_before_anything_came() {
    let args = script("sleep 20");
    let finished = shell(&args, "", Timeouts::default()).run(&mut |_| ControlFlow::Break(()));
    let finished = finished.unwrap();
    assert_eq!((finished.ended, finished.text.as_str()), (End::Stopped, ""));
}

/// However long the program has been gone when the last of it is taken.
#[test]
fn a_slow_listener_gets_all_that_was_said() {
    let said = 1 << 20;
    let args = script(&format!("head -c {said} /dev/zero | tr '\\0' x"));
    let finished = shell(&args, "", Timeouts::default()).run(&mut |event| {
        if let Event::Text(_) = event {
            thread::sleep(GRACE / 16);
        }
        ControlFlow::Continue(())
    });
    let finished = finished.unwrap();
    assert_eq!(exit_code(&finished), Some(0));
    assert_eq!(finished.text.len(), said);
}

#[test]
fn what_a_program_left_running_ends_with_it() {
    // It holds stdout open too, so that its end can't be waited for.
    let finished = run("sleep 20 & echo $!", "", Timeouts::default());
    assert_eq!(exit_code(&finished), Some(0));
    assert!(is_gone(&finished.text), "{}", finished.text);
    // And where it holds nothing, so that all seems well.
    let finished = run(
        "sleep 20 > /dev/null 2>&1 < /dev/null & echo $!",
        "",
        Timeouts::default(),
    );
    assert_eq!(exit_code(&finished), Some(0));
    assert!(is_gone(&finished.text), "{}", finished.text);
}

#[test]
fn a_listener_that_panics_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let args = script(&format!(
        "echo $$ > '{}'; echo go; sleep 20",
        file.display()
    ));
    let run = std::panic::AssertUnwindSafe(|| {
        shell(&args, "", Timeouts::default()).run(&mut |event| match event {
            Event::Text(_) => panic!("on purpose"),
            _ => ControlFlow::Continue(()),
        })
    });
    assert!(std::panic::catch_unwind(run).is_err());
    assert!(is_gone(&std::fs::read_to_string(file).unwrap()));
}

#[test]
fn a_signal_that_is_not_ours_is_how_it_ended() {
    let finished = run("echo a; kill -9 $$", "", Timeouts::default());
    assert_eq!(finished.text, "a\n");
    assert!(matches!(finished.ended, End::Exit(status) if status.code().is_none()));
}

#[test]
fn a_program_that_is_stopped_may_put_its_things_away() {
    let args = script("trap 'echo bye >&2; exit' INT; echo go; sleep 20 & wait");
    let finished = shell(&args, "", Timeouts::default()).run(&mut |event| match event {
        Event::Text(_) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    assert_eq!(finished.unwrap().stderr, "bye\n");
}
