//! What is read, rather than said, at a terminal: long replays, hits to choose from, the index on
//! its way.

use super::terminal::{CTRL_C, Start, Terminal};
use crate::common::TestHome;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use unicode_width::UnicodeWidthStr;

/// A thread whose replay is longer than the screen, and so long that no pipe holds it.
fn long_thread(home: &TestHome) {
    let lines: String = (1..=8_000)
        .map(|n| format!("- line {n} \u{1b}]0;owned\u{7}\n"))
        .collect();
    home.run_with_input(
        &["chat", "-m", "-", "--title", "long", "--backend", "echo"],
        lines,
    )
    .exits(0);
}

fn replay(home: &TestHome, pager: &str) -> Terminal {
    Start::new(home, &["thread-replay", "long"])
        .variable("PAGER", pager)
        .run()
}

#[test]
fn a_long_replay_goes_through_the_pager_which_may_be_left_early() {
    let home = TestHome::new();
    long_thread(&home);
    home.program("few lines", "echo \"LESS=$LESS LV=$LV\"; head -n \"$1\"");
    let mut terminal = replay(&home, "'few lines' 12");
    assert_eq!(terminal.exit_code(), 0);
    let screen = terminal.screen();
    assert!(
        screen.starts_with("LESS=FRX LV=-c\n📖 Thread: long\n"),
        "{screen}"
    );
    assert!(screen.ends_with("- line 4 ␛]0;owned␇"), "{screen}");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(!raw.contains("\x1b]") && !raw.contains('\x07'), "{raw:?}");

    let start = Start::new(&home, &["thread-replay", "long"]).variable("PAGER", "cat >theirs");
    let mut terminal = start
        .variable("LESS", "-S")
        .variable("MMOGIT_PAGER", "cat >all; echo \"$LESS\"")
        .run();
    assert_eq!(terminal.exit_code(), 0);
    assert_eq!(terminal.screen(), "-S");
    assert!(!home.path().join("theirs").exists());
    let all = fs::read_to_string(home.path().join("all")).unwrap();
    assert_eq!(all.matches("line 8000 ").count(), 2);
}

#[test]
#[cfg(target_os = "linux")]
fn the_pager_and_the_editor_inherit_no_open_file() {
    let home = TestHome::new();
    long_thread(&home);
    // `ls` has the folder itself open, as its lowest free descriptor.
    home.program("list", "ls /proc/self/fd >\"$HOME/seen\"");
    for command in [
        "PAGER=list mmogit thread-replay long",
        "EDITOR=list mmogit persona edit pirate",
    ] {
        Start::script(&home, &format!("{command} 7</dev/null"))
            .run()
            .exit_code();
        let seen = home.path().join("seen");
        assert_eq!(
            fs::read_to_string(&seen).unwrap(),
            "0\n1\n2\n3\n",
            "{command}"
        );
        fs::remove_file(seen).unwrap();
    }
}

#[test]
fn what_fits_or_is_not_wanted_in_a_pager_is_not_paged() {
    let home = TestHome::new();
    long_thread(&home);
    home.run(&[
        "chat",
        "-m",
        "one\ntwo\nthree",
        "--title",
        "short",
        "--backend",
        "echo",
    ])
    .exits(0);
    let last_line = |args: &[&str], pager: &str, rows: u16| {
        let mut terminal = Start::new(&home, args)
            .variable("PAGER", pager)
            .rows(rows)
            .run();
        assert_eq!(terminal.exit_code(), 0);
        terminal
            .screen()
            .lines()
            .last()
            .unwrap_or_default()
            .to_owned()
    };
    let pager = "cat >/dev/null; echo paged";
    assert_eq!(last_line(&["thread-replay", "short"], pager, 10), "paged");
    let unpaged = |args: &[&str], pager: &str, rows| {
        let last = last_line(args, pager, rows);
        assert!(last.starts_with("   ✅ Signed: "), "{args:?}: {last}");
    };
    unpaged(&["thread-replay", "short"], pager, 60);
    unpaged(&["thread-replay", "long", "--no-pager"], pager, 10);
    unpaged(&["thread-replay", "long"], "cat", 10);
    unpaged(&["thread-replay", "long"], "", 10);
    let mut piped = home.command(&["thread-replay", "long"]);
    let piped = piped.env("PAGER", pager).output().unwrap();
    assert!(!String::from_utf8_lossy(&piped.stdout).contains("paged"));
    for list in [
        &["thread-list"][..],
        &["thread-tree", "short"],
        &["thread-search", "line"],
    ] {
        assert_eq!(last_line(list, pager, 3), "paged", "{list:?}");
    }
}

#[test]
fn own_words_are_shown_as_typed_and_an_answer_keeps_its_lines() {
    let home = TestHome::new();
    let typed = "Why?\n  File \"a.py\", line 3\n    def __init__(self, *args, **kwargs):\n\n\n  # no heading";
    home.program("answers", r"cat >/dev/null; printf 'one **two**\nthree\n'");
    home.run(&["chat", "-m", typed, "--title", "t", "--command", "answers"])
        .exits(0);
    let mut terminal = Terminal::start(&home, &["thread-replay", "t"]);
    assert_eq!(terminal.exit_code(), 0);
    let screen = terminal.screen();
    assert!(
        screen.contains(&format!("\n{typed}\n   ✅ Signed: ")),
        "{screen}"
    );
    assert!(
        screen.contains("\none two\nthree\n   ✅ Signed: "),
        "{screen}"
    );
    let heading =
        regex_lite::Regex::new(r"(?m)^👤 human · 1 · \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$").unwrap();
    assert!(heading.is_match(&screen), "{screen}");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(
        raw.contains("\x1b[1m\x1b[32m👤 human\x1b[0m\x1b[2m · 1 · "),
        "{raw:?}"
    );
    assert!(
        raw.contains("\x1b[1m\x1b[36m🤖 ai\x1b[0m\x1b[2m · 2 · "),
        "{raw:?}"
    );
    let mut plain = Start::new(&home, &["thread-replay", "t"])
        .variable("NO_COLOR", "1")
        .run();
    assert_eq!(plain.exit_code(), 0);
    assert!(
        plain.screen().contains("👤 human · 1 · "),
        "{}",
        plain.screen()
    );
    assert!(!String::from_utf8_lossy(&plain.raw()).contains("\x1b[3"));
}

#[test]
fn a_pager_that_is_missing_costs_nothing() {
    let home = TestHome::new();
    long_thread(&home);
    let mut terminal = replay(&home, "no such");
    assert_eq!(terminal.exit_code(), 0);
    let screen = terminal.screen();
    assert!(
        screen.lines().last().unwrap().starts_with("   ✅ Signed: "),
        "{screen}"
    );
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(raw.contains("The pager `no such` could not be started"));
}

#[test]
fn a_pager_takes_no_verdict_away() {
    let home = TestHome::new();
    long_thread(&home);
    let forged = home.thread_files()[0]
        .to_string()
        .replacen("line 7 ", "line 8 ", 1);
    fs::write(home.path().join("forged.json"), forged).unwrap();
    let args = ["thread-replay", "--file", "forged.json"];
    let mut terminal = Start::new(&home, &args)
        .variable("PAGER", "head -n 1")
        .run();
    assert_eq!(terminal.exit_code(), 3);
    assert!(
        terminal.screen().contains("❌ This thread does not verify"),
        "{}",
        terminal.screen()
    );
}

#[test]
fn ctrl_c_is_for_the_pager() {
    let home = TestHome::new();
    long_thread(&home);
    home.program(
        "pages",
        "trap 'echo caught' INT; head -n 1; echo ready; until test -e go; do sleep 0.05; done; echo end",
    );
    let mut terminal = replay(&home, "pages");
    terminal.wait_for("ready");
    terminal.keys(CTRL_C);
    terminal.wait_for("caught");
    fs::write(home.path().join("go"), "").unwrap();
    terminal.wait_for("end");
    assert_eq!(terminal.exit_code(), 0);
    // One that dies of it takes us along. Between two programs a shell may miss it.
    let mut terminal = replay(&home, "head -n 1; echo ready; exec sleep 1000");
    terminal.wait_for("ready");
    terminal.keys(CTRL_C);
    assert_eq!(terminal.exit_code(), 130);
}

#[test]
fn a_hit_is_chosen_by_its_number_and_read_on_from() {
    let home = TestHome::new();
    home.run_with_input(
        &["chat", "--title", "first", "--backend", "echo"],
        "red\ngreen\nred again\n",
    )
    .exits(0);
    home.run(&[
        "chat",
        "-m",
        "red too",
        "--title",
        "second",
        "--backend",
        "echo",
    ])
    .exits(0);
    let mut terminal =
        Terminal::start(&home, &["thread-search", "again", "--role", "ai", "--pick"]);
    terminal.wait_for("Read on at which hit?");
    for wrong in ["7\r", "0\r", "x\r"] {
        terminal.keys(wrong);
    }
    terminal.wait("what can be typed", |screen| {
        screen.matches("Type a number from 1 to 1").count() == 3
    });
    terminal.keys("1\r");
    assert_eq!(terminal.exit_code(), 0);
    let screen = terminal.screen();
    let replay = screen.split_once("📖 Thread: first").expect(&screen).1;
    assert!(
        replay.contains("🤖 ai · 6 · echo · 20") && replay.contains("\nred again\n"),
        "{screen}"
    );
    assert!(!replay.contains("green"), "{screen}");

    for leaves in ["\r", "q\r", "\u{4}"] {
        let mut terminal = Terminal::start(&home, &["thread-search", "red", "--pick"]);
        terminal.wait_for("Read on at which hit?");
        terminal.keys(leaves);
        assert_eq!(terminal.exit_code(), 0, "{leaves:?}");
        let screen = terminal.screen();
        assert!(
            ["📖", "error", "Type a number"]
                .iter()
                .all(|told| !screen.contains(told)),
            "{screen}"
        );
    }

    let mut terminal = Terminal::start(&home, &["thread-search", "nowhere", "--pick"]);
    assert_eq!(terminal.exit_code(), 0);
    assert!(
        !terminal.screen().contains("Read on"),
        "{}",
        terminal.screen()
    );
}

#[test]
fn the_best_hits_stay_in_view_when_one_is_to_be_chosen() {
    let home = TestHome::new();
    for number in 1..=9 {
        let args = [
            "chat",
            "--backend",
            "offline",
            "--title",
            &format!("t{number}"),
            "-m",
            "red",
        ];
        home.run(&args).exits(4);
    }
    let mut terminal = Start::new(&home, &["thread-search", "red", "--pick"])
        .rows(14)
        .run();
    terminal.wait_for("Read on at which hit?");
    let screen = terminal.screen();
    assert!(screen.starts_with("🔎 The best 2 hits\n"), "{screen}");
    assert!(screen.contains("… and 7 more: "), "{screen}");
    assert!(
        screen.contains("  1. 👤 human, message 1, ") && screen.contains("  2. 👤 human"),
        "{screen}"
    );
    terminal.keys("2\r");
    assert_eq!(terminal.exit_code(), 0);
    assert!(
        terminal.screen().contains("📖 Thread: t8"),
        "{}",
        terminal.screen()
    );
}

#[test]
fn a_list_at_a_terminal_says_how_long_ago_and_how_a_nameless_thread_began() {
    let home = TestHome::new();
    home.run(&["chat", "--backend", "echo", "-m", "How do\n  tokens work?"])
        .exits(0);
    home.run(&[
        "chat",
        "--backend",
        "echo",
        "-m",
        "x",
        "--title",
        "named",
        "--tag",
        "a",
        "--tag",
        "b",
    ])
    .exits(0);
    let shown = |args: &[&str]| {
        let mut terminal = Start::new(&home, args).columns(80).run();
        assert_eq!(terminal.exit_code(), 0);
        let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
        (home.normal(&terminal.screen()), raw)
    };
    let (list, raw) = shown(&["thread-list"]);
    insta::assert_snapshot!(list, @r"
    📚 Chat Threads (2 total)

    🟢 named - thread_N (2 messages)
       just now · Tags: a, b

    🟢 chat_TIME - thread_N (2 messages)
       “How do tokens work?”
       just now
    ");
    assert!(raw.contains("🟢 \x1b[1mnamed\x1b[0m - "), "{raw:?}");
    let (lines, _) = shown(&["thread-list", "--oneline"]);
    insta::assert_snapshot!(lines, @r"
    🟢 thread_N  just now        named
    🟢 thread_N  just now        chat_TIME “How do tokens work?”
    ");
    // Nobody's key is known here: the authors are named.
    fs::remove_file(home.mmogit().join("identity.json")).unwrap();
    let (list, _) = shown(&["thread-list", "named"]);
    assert!(
        list.contains("   just now · Tags: a, b · Author: HEX8..."),
        "{list}"
    );
}

#[test]
fn a_chat_that_is_open_elsewhere_is_listed_with_the_way_to_join_it() {
    let home = TestHome::new();
    let mut chat = Terminal::start(&home, &["chat", "--title", "new one", "--backend", "echo"]);
    chat.say("hello");
    chat.wait_for("AI: hello");
    // An answer is kept after it was shown.
    chat.wait_for_prompt();
    let list = home.run(&["thread-list"]).exits(0);
    let text = home.normal(&list.stdout);
    assert!(
        text.starts_with("📚 Chat Threads (1 total)\n\n🟡 new one - thread_N (2 messages)\n"),
        "{text}"
    );
    assert!(
        text.contains("\n   🟡 Open in another session, not saved yet\n"),
        "{text}"
    );
    assert!(
        list.stderr
            .contains("/save there, then join it: mmogit chat --continue thread_"),
        "{list:?}"
    );
    let listed: serde_json::Value =
        serde_json::from_str(&home.run(&["thread-list", "--json"]).exits(0).stdout).unwrap();
    assert_eq!(
        (&listed["open"][0]["saved"], &listed["total"]),
        (&false.into(), &0.into())
    );
    let refused = home.run(&["thread-replay", "new one"]).exits(1).stderr;
    assert!(
        refused.contains("is open in another session, and not saved yet"),
        "{refused}"
    );
    assert!(
        home.run(&["thread-list", "old"])
            .exits(0)
            .stderr
            .contains("No thread fits")
    );

    chat.say("/save");
    chat.wait_for("Saved");
    let list = home.run(&["thread-list"]).exits(0);
    let text = home.normal(&list.stdout);
    assert!(
        text.starts_with("📚 Chat Threads (1 total)\n\n🟢 new one - thread_N (2 messages)\n"),
        "{text}"
    );
    assert!(text.contains("\n   🟡 Open in another session\n"), "{text}");
    assert!(
        list.stderr
            .contains("“new one” is open; join it: mmogit chat --continue thread_"),
        "{list:?}"
    );
    chat.leave();
    let list = home.run(&["thread-list"]).exits(0);
    assert!(
        !list.stdout.contains("Open") && list.stderr.is_empty(),
        "{list:?}"
    );
}

/// Puts many files onto the branch at once, as nobody but git could.
fn many_files(home: &TestHome, count: usize) {
    home.run(&["chat", "-m", "x", "--title", "one", "--backend", "echo"])
        .exits(0);
    let repository = home.mmogit().join("repo.git");
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C")
            .arg(&repository)
            .args(args)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HOME", home.path());
        git
    };
    let branch = git(&["symbolic-ref", "HEAD"]).output().unwrap();
    let branch = String::from_utf8(branch.stdout).unwrap();
    let branch = branch.trim();
    let mut stream = format!(
        "blob\nmark :1\ndata 2\n{{}}\ncommit {branch}\ncommitter x <x> 1 +0000\ndata 0\nfrom {branch}^0\n"
    );
    for n in 0..count {
        stream += &format!(
            "M 100644 :1 .mmogit/threads/2026-01/01/thread_{}.json\n",
            1_767_225_600 + n
        );
    }
    let mut import = git(&["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    import
        .stdin
        .take()
        .unwrap()
        .write_all(stream.as_bytes())
        .unwrap();
    assert!(import.wait().unwrap().success());
}

#[test]
fn a_bar_is_drawn_while_many_threads_are_indexed_and_goes_without_a_trace() {
    let home = TestHome::new();
    many_files(&home, 1_500);
    let bars = |variable: &'static str| {
        let _ = fs::remove_file(home.mmogit().join("index.db"));
        let list = ["thread-list", "--title", "one"];
        let mut terminal = Start::new(&home, &list)
            .variable(variable, "1")
            .columns(60)
            .rows(2_000)
            .run();
        assert_eq!(terminal.exit_code(), 0);
        let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
        assert!(
            !terminal.screen().contains("dexing"),
            "{}",
            terminal.screen()
        );
        assert!(
            variable == "NO_COLOR" || raw.contains("\r\x1b[2K📚 Chat Threads (1 total)"),
            "{raw}"
        );
        let bars = raw
            .split("\r\x1b[2K")
            .skip(1)
            .map(|bar| bar.split('\r').next().unwrap().to_owned());
        bars.filter(|bar| bar.contains("dexing") || bar.contains("Sorting"))
            .collect::<Vec<_>>()
    };
    let drawn = bars("SOMETHING");
    assert!(drawn.len() > 3, "{drawn:?}");
    assert!(
        drawn[0].starts_with("Indexing █") && drawn[0].contains(" of 1501 t"),
        "{drawn:?}"
    );
    assert!(drawn.iter().all(|bar| bar.width() < 60), "{drawn:?}");
    assert_eq!(bars("NO_COLOR"), [""; 0]);
}

#[test]
fn long_work_says_how_far_it_has_come_and_leaves_no_trace() {
    let home = TestHome::new();
    many_files(&home, 1_500);
    let all = home.path().join("all.bundle");
    let name = all.display().to_string();
    let draws = |begins: &str, command: &[&str]| {
        let mut terminal = Start::new(&home, command).columns(90).rows(9_000).run();
        terminal.exit_code();
        let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
        assert!(
            raw.contains(&format!("\r\x1b[2K{begins}")),
            "{command:?}: {raw}"
        );
        let screen = terminal.screen();
        assert!(
            !["Checking", "Exporting", "Importing"]
                .iter()
                .any(|word| screen.contains(word)),
            "{screen}"
        );
    };
    draws("Checking ████", &["verify"]);
    draws(
        "Exporting ████",
        &[
            "thread-export",
            "--all",
            "--format",
            "bundle",
            "--output",
            &name,
        ],
    );

    let exported = fs::read_to_string(&all).unwrap();
    let (header, thread) = exported.split_once('\n').unwrap();
    let header = header.replace("\"threads\":1,", "\"threads\":1200,");
    fs::write(&all, format!("{header}\n{}", thread.repeat(1_200))).unwrap();
    draws("Checking … 1000 threads", &["verify", "--file", &name]);
    draws(
        "Importing … 1000 threads",
        &["thread-import", "--dry-run", &name],
    );
}
