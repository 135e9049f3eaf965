//! Narrow and wide windows, windows that change, and characters of two columns.

use super::terminal::{CTRL_C, Start, Terminal};
use crate::common::TestHome;
use unicode_width::UnicodeWidthStr;

/// The rows from the one that begins so, down to the next empty one.
fn block(screen: &str, beginning: &str) -> Vec<String> {
    let rows = screen.lines().skip_while(|row| !row.starts_with(beginning));
    rows.take_while(|row| !row.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn twenty_and_two_hundred_columns_are_used_and_no_word_is_cut() {
    let words: Vec<String> = (1..=40).map(|n| format!("word{n}")).collect();
    let home = TestHome::new();
    home.program(
        "wordy",
        &format!("cat >/dev/null; sleep 0.6; echo '{}'", words.join(" ")),
    );
    for columns in [20, 80, 200] {
        let start =
            Start::new(&home, &["chat", "--title", "T", "--command", "wordy"]).columns(columns);
        let mut terminal = start.rows(150).run();
        terminal.say("hi");
        terminal.wait_for("word40");
        terminal.wait_for_prompt();
        let mut rows = block(&terminal.screen(), "AI: ");
        let status = rows.pop().unwrap();
        assert!(status.contains("of 100k"), "{status}");
        let text = rows.join(" ");
        assert_eq!(text.strip_prefix("AI: ").unwrap(), words.join(" "));
        // As many words as fit, and not one more.
        let whole = rows[..rows.len() - 1].iter().map(|row| row.width());
        assert!(
            whole
                .clone()
                .all(|width| width <= columns.into() && width + 7 > columns.into()),
            "{rows:?}"
        );
        terminal.say("/help");
        terminal.wait_for("//etc/hosts");
        terminal.wait_for_prompt();
        let screen = terminal.screen();
        let help = screen.split_once("You: /help\n").unwrap().1;
        // A row that the terminal itself had to break would be longer.
        assert!(
            help.lines().all(|row| row.width() <= columns.into()),
            "{help}"
        );
        terminal.leave();
    }
}

#[test]
fn a_reply_keeps_to_a_window_that_changes_while_it_comes() {
    let home = TestHome::new();
    let script = "cat >/dev/null; for part in 1 2 3; do for n in 1 2 3 4 5 6 7 8 9; do printf 'part %s word %s, ' \
                  $part $n; done; until test -e go$part; do sleep 0.05; done; done; echo end";
    home.program("gated", script);
    let mut terminal = Start::new(&home, &["chat", "--title", "T", "--command", "gated"])
        .columns(60)
        .run();
    terminal.say("talk");
    for (part, columns) in [(1, 30), (2, 90)] {
        let last = format!("part{part}word9,");
        terminal.wait(&last, |screen| {
            screen
                .split_whitespace()
                .collect::<String>()
                .contains(&last)
        });
        terminal.resize(columns);
        std::fs::write(home.path().join(format!("go{part}")), "").unwrap();
    }
    std::fs::write(home.path().join("go3"), "").unwrap();
    terminal.wait_for("end");
    terminal.wait_for_prompt();
    let raw = String::from_utf8_lossy(&terminal.raw()).replace('\r', "");
    let reply = raw
        .split_once("part 1 word 1,")
        .unwrap()
        .1
        .split_once("end\n")
        .unwrap()
        .0;
    let widest = |part: &str| {
        reply
            .lines()
            .filter(|line| line.contains(part))
            .map(str::len)
            .max()
            .unwrap()
    };
    assert!((50..=60).contains(&widest("part 1")), "{reply}");
    // A line that was begun is ended as it was begun.
    let second: Vec<&str> = reply
        .lines()
        .skip_while(|line| !line.contains("part 2 word 4"))
        .collect();
    let second = second.iter().take_while(|line| !line.contains("part 3"));
    assert!(
        second.clone().count() >= 2 && second.clone().all(|line| line.len() <= 30),
        "{reply}"
    );
    assert!((80..=90).contains(&widest("part 3 word 5")), "{reply}");
    terminal.leave();
}

#[test]
fn characters_of_two_columns_stay_in_line() {
    let home = TestHome::new();
    let table = "| 名前 | x |\\n|---|---|\\n| 日本語 | 1 |\\n| 👍🏽 | 2 |\\n| abc | 3 |\\n";
    home.program(
        "wide",
        &format!("cat >/dev/null; printf '{table}\\n漢字漢字漢字漢字漢字漢字\\n'"),
    );
    let mut terminal = Start::new(&home, &["chat", "--title", "T", "--command", "wide"])
        .columns(20)
        .run();
    terminal.wait_for_prompt();
    // The prompt counts them as the terminal does: what is put in the middle lands there.
    terminal.keys("日本語👍 end\x1b[D\x1b[D\x1b[D\x1b[DX");
    terminal.wait_for("You: 日本語👍X end");
    assert_eq!(terminal.cursor(), (terminal.cursor().0, 5 + 8 + 1));
    terminal.keys("\x05 and one more line\x01\x1b[C");
    terminal.wait("a second row", |screen| screen.contains("one more line"));
    assert_eq!(terminal.cursor().1, 5 + 2);
    terminal.keys("\r");
    terminal.wait_for("漢字漢字");
    terminal.wait_for_prompt();
    let screen = terminal.screen();
    let bars: Vec<usize> = screen
        .lines()
        .filter_map(|row| Some(row.split_once('│')?.0.width()))
        .collect();
    assert_eq!(bars.len(), 4, "{screen}");
    assert!(bars.iter().all(|column| *column == bars[0]), "{screen}");
    let row = screen.lines().find(|row| row.contains("漢字")).unwrap();
    assert!(row.width() <= 20, "{screen}");
    terminal.leave();
}

#[test]
fn the_spinner_keeps_to_a_window_that_gets_narrow() {
    let home = TestHome::new();
    home.program("silent", "cat >/dev/null; sleep 1000");
    let mut terminal = Terminal::start(&home, &["chat", "--title", "T", "--command", "silent"]);
    terminal.say("hello?");
    terminal.wait_for("thinking…");
    terminal.resize(8);
    terminal.wait_for("⠋ thin…");
    terminal.keys(CTRL_C);
    terminal.wait("the end of it", |screen| !screen.contains("thin…"));
    terminal.resize(80);
    terminal.leave();
}

#[test]
fn an_error_is_broken_between_words() {
    let home = TestHome::new();
    home.run(&["init", "--no-verify"]).exits(0);
    let mut terminal = Start::new(&home, &["thread-rename", "nothing", "x"])
        .columns(30)
        .run();
    assert_eq!(terminal.exit_code(), 1);
    // The terminal itself would have broken it after `all thr`.
    let told = "error: Thread not found:\nnothing\nhint: `mmogit thread-list`\nshows all threads.";
    assert_eq!(terminal.screen(), told);
}

#[test]
fn help_in_a_narrow_window_breaks_no_word() {
    let home = TestHome::new();
    // Examples are there to be copied, and stay lines of one command.
    let words = |command: &[&str], columns: u16| -> Vec<String> {
        let mut terminal = Start::new(&home, command).columns(columns).rows(400).run();
        assert_eq!(terminal.exit_code(), 0);
        let screen = terminal.screen();
        let text = screen.split("\nExamples:").next().unwrap().to_owned();
        text.split_whitespace().map(str::to_owned).collect()
    };
    for command in [&["--help"][..], &["chat", "--help"], &["identity", "-h"]] {
        let whole = words(command, 200);
        assert!(whole.len() > 20, "{command:?}: {whole:?}");
        let narrow = words(command, 40);
        let broken: Vec<_> = narrow.iter().filter(|word| !whole.contains(word)).collect();
        assert!(broken.is_empty(), "{command:?}: {broken:?}");
    }
}
