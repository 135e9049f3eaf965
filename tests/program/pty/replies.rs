//! Replies as they come, and how they are stopped.

use super::terminal::{CTRL_C, Start, Terminal};
use crate::common::TestHome;

const ENDLESS: &str = "cat >/dev/null; while :; do printf 'word '; sleep 0.05; done";
const SILENT: &str = "cat >/dev/null; sleep 1000";

#[test]
fn a_reply_is_seen_as_it_comes_and_drawn() {
    let home = TestHome::new();
    let script = "cat >/dev/null; printf '# Head\n\nSome **bold** and `code`\n\n- one\n'; until test -e go; do sleep 0.05; done; printf -- '- two\n'";
    home.program("slow", script);
    let mut terminal = Terminal::start(&home, &["chat", "--command", "slow"]);
    terminal.say("go on");
    terminal.wait_for("Some bold and code");
    assert!(!terminal.screen().contains("two"));
    std::fs::write(home.path().join("go"), "").unwrap();
    terminal.wait_for("• two");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(raw.contains("\x1b[1mbold"), "{raw:?}");
    terminal.leave();
    assert_eq!(
        home.messages()[1].1,
        "# Head\n\nSome **bold** and `code`\n\n- one\n- two"
    );
}

#[test]
fn code_has_the_terminals_colours_where_it_has_any() {
    let home = TestHome::new();
    home.program(
        "coder",
        "cat >/dev/null; printf '```rust\nlet x = 1; // \\033[31mred\n```\n'",
    );
    let ask = |variable: Option<(&'static str, &str)>| {
        let start = Start::new(&home, &["chat", "--command", "coder", "-m", "write"]);
        let start = variable
            .into_iter()
            .fold(start, |start, (name, value)| start.variable(name, value));
        let mut terminal = start.run();
        assert_eq!(terminal.exit_code(), 0);
        assert!(
            terminal.screen().contains("let x = 1; // ␛[31mred"),
            "{}",
            terminal.screen()
        );
        String::from_utf8_lossy(&terminal.raw()).into_owned()
    };
    let raw = ask(None);
    assert!(
        raw.contains("\x1b[35mlet\x1b[0m x = \x1b[36m1\x1b[0m; \x1b[2m//\x1b[0m"),
        "{raw:?}"
    );
    for variable in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let raw = ask(Some(variable));
        assert!(
            !raw.contains("\x1b[3") && !raw.contains("\x1b[2m"),
            "{variable:?}: {raw:?}"
        );
    }
}

#[test]
fn ctrl_c_stops_a_reply_and_keeps_what_came() {
    let home = TestHome::new();
    home.program("endless", ENDLESS);
    let mut terminal = Terminal::start(&home, &["chat", "--command", "endless"]);
    terminal.say("talk");
    terminal.wait_for("AI: word word word");
    terminal.keys(CTRL_C);
    terminal.wait_for("Stopped. What came is kept");
    terminal.wait_for_prompt();
    assert!(!terminal.screen().contains("^C"), "{}", terminal.screen());
    // It was meant for the reply; at an empty prompt the first one only warns.
    terminal.keys(CTRL_C);
    terminal.wait_for("Ctrl-C again or Ctrl-D saves and leaves.");
    terminal.wait_for_prompt();
    terminal.keys(CTRL_C);
    assert_eq!(terminal.exit_code(), 0);
    assert!(
        terminal.screen().contains("(2 messages)"),
        "{}",
        terminal.screen()
    );
    let answer = &home.thread_files()[0]["messages"][1];
    assert_eq!(answer["interrupted"], true);
    assert!(
        answer["content"]
            .as_str()
            .unwrap()
            .starts_with("word word word")
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn while_nothing_comes_a_spinner_turns_and_goes_without_a_trace() {
    let home = TestHome::new();
    home.program("silent", SILENT);
    let mut terminal = Terminal::start(&home, &["chat", "--command", "silent"]);
    terminal.say("hello?");
    terminal.wait_for("thinking…");
    terminal.keys(CTRL_C);
    terminal.wait_for("Stopped before anything came. Your message is kept; /retry asks again.");
    let screen = terminal.leave();
    assert!(!screen.contains("thinking"), "{screen}");
    assert!(screen.contains("You: hello?\n⏹"), "{screen}");
    assert_eq!(home.messages().len(), 1);
}

#[test]
fn what_is_typed_during_a_reply_waits_for_the_prompt() {
    let home = TestHome::new();
    home.program(
        "gated",
        "cat >/dev/null; printf 'begin '; until test -e go; do sleep 0.05; done; echo end",
    );
    let mut terminal = Terminal::start(&home, &["chat", "--command", "gated"]);
    terminal.say("first");
    terminal.wait_for("AI: begin");
    terminal.keys("typed ahead");
    std::thread::sleep(std::time::Duration::from_millis(200));
    std::fs::write(home.path().join("go"), "").unwrap();
    terminal.wait("the answer, then the words", |screen| {
        screen.contains("AI: begin end\n") && screen.ends_with("of 100k\n\nYou: typed ahead")
    });
    terminal.keys("\r");
    terminal.wait("a second answer", |screen| {
        screen.matches("AI: begin end").count() == 2
    });
    terminal.leave();
    assert_eq!(home.messages()[2].1, "typed ahead");
}

#[test]
fn no_code_of_the_ai_reaches_the_terminal() {
    let home = TestHome::new();
    let script = r"cat >/dev/null; printf '\033]0;owned\007\033[2J\033[31mred\033[0m `\033[5m` \302\2331m\n\n```\n\033[8mhidden\n```\n'; printf '\033]2;\007' >&2";
    home.program("rude", script);
    let title = "t\u{1b}itle";
    assert_eq!(
        home.run(&["chat", "-m", "x", "--title", title]).code,
        Some(2)
    );
    let mut terminal = Terminal::start(
        &home,
        &["chat", "--title", "t\u{202e}itle", "--command", "rude"],
    );
    terminal.say("be rude");
    terminal.wait_for("red");
    terminal.wait_for("hidden");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    for code in [
        "\x1b]", "\x07", "\x1b[2J", "\x1b[31m", "\x1b[5m", "\x1b[8m", "\u{9b}", "\u{202e}",
    ] {
        assert!(!raw.contains(code), "{code:?} in {raw:?}");
    }
    terminal.leave();
}

#[test]
fn a_failing_ai_is_told_in_a_sentence_and_retry_asks_again() {
    let home = TestHome::new();
    let script =
        "cat >/dev/null; test -e there || { : >there; echo 'out of luck' >&2; exit 7; }; echo fine";
    home.program("shaky", script);
    let mut terminal = Terminal::start(&home, &["chat", "--command", "shaky"]);
    terminal.say("hello");
    terminal.wait_for("⚠️  No reply: ");
    terminal.wait_for("Your message is kept; /retry asks again.");
    terminal.say("/retry");
    terminal.wait_for("AI: fine");
    terminal.leave();
    assert_eq!(home.messages().len(), 2);
}

#[test]
fn no_color_means_no_codes_of_ours_either() {
    let home = TestHome::new();
    home.program(
        "plain",
        "cat >/dev/null; sleep 1; printf '**bold** and `code`\n'",
    );
    let start = Start::new(&home, &["chat", "--command", "plain"]).variable("NO_COLOR", "1");
    let mut terminal = start.run();
    terminal.say("hello");
    terminal.wait_for("AI: **bold** and `code`");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    let is_colour = |code: &str| {
        code.split_once('m')
            .is_some_and(|(digits, _)| digits.chars().all(|c| c.is_ascii_digit() || c == ';'))
    };
    assert!(!raw.split("\x1b[").skip(1).any(is_colour), "{raw:?}");
    assert!(!raw.contains("thinking"), "{raw:?}");
    terminal.leave();
}

#[test]
fn a_narrow_terminal_folds_between_words() {
    let home = TestHome::new();
    home.program(
        "long",
        "cat >/dev/null; sleep 0.6; echo 'a reply of quite some length that does not fit'",
    );
    let mut terminal = Start::new(&home, &["chat", "--title", "T", "--command", "long"])
        .columns(24)
        .run();
    terminal.say("hi");
    terminal.wait_for("AI: a reply of quite\nsome length that does\nnot fit");
    terminal.say("a question that is longer than this line");
    terminal.wait("a second answer", |screen| {
        screen.matches("AI: a reply").count() == 2
    });
    let screen = terminal.leave();
    assert!(!screen.contains("thinking"), "{screen}");
    // The last lines have a command in them, which must not be broken.
    let talk = screen
        .split_once("You: hi")
        .unwrap()
        .1
        .split("📝")
        .next()
        .unwrap();
    assert!(
        talk.lines().all(|line| line.chars().count() <= 24),
        "{screen}"
    );
}

#[test]
fn below_an_answer_stands_what_it_took_dimly_or_not_at_all() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &["chat", "--title", "T", "--backend", "echo"]);
    terminal.say("hello");
    terminal.wait_for("AI: hello\nabout 76 tokens in · 2 out · context <1 % of 100k\n\nYou:");
    terminal.leave();
    let terminal_of = |variable: &'static str, value: &str| {
        let mut terminal = Start::new(&home, &["chat", "--continue", "--backend", "echo"])
            .variable(variable, value)
            .run();
        terminal.say("again");
        terminal.wait_for("AI: again\nabout ");
        terminal
    };
    for (variable, value, is_dim) in [("LANG", "C", true), ("NO_COLOR", "1", false)] {
        let terminal = terminal_of(variable, value);
        assert_eq!(
            String::from_utf8_lossy(&terminal.raw()).contains("\x1b[2mabout "),
            is_dim
        );
        terminal.leave();
    }
    home.config("status-line = false\ncontext-tokens = 200");
    let mut terminal = Terminal::start(&home, &["chat", "--continue", "--backend", "echo"]);
    terminal.say("quietly");
    terminal.wait_for("AI: quietly\n\nYou:");
    terminal.say("/info");
    terminal.wait_for(" % of 200)");
    terminal.leave();
}

#[test]
fn one_question_at_a_terminal_is_drawn_and_the_id_told() {
    let home = TestHome::new();
    home.program("marked", "cat >/dev/null; printf '**bold**\n'");
    let mut terminal = Terminal::start(&home, &["chat", "-m", "x", "--command", "marked"]);
    assert_eq!(terminal.exit_code(), 0);
    let screen = terminal.screen();
    assert!(
        screen.contains("\nbold\n\n💾 Thread ID: thread_"),
        "{screen}"
    );
}

#[test]
fn a_reply_or_its_code_goes_to_the_clipboard() {
    let home = TestHome::new();
    home.program(
        "coder",
        r"cat >/dev/null; printf 'Run:\n```sh\nls\033[31m\n```\n'",
    );
    // NO_COLOR is about looks.
    let start = Start::new(&home, &["chat", "--command", "coder"]).variable("NO_COLOR", "1");
    let mut terminal = start.run();
    terminal.say("/copy");
    terminal.wait_for("There is no reply to copy yet.");
    terminal.say("hello");
    terminal.wait_for("ls");
    terminal.say("/copy code");
    terminal.wait_for("📋 Gave the code to the terminal for its clipboard (8 characters)");
    terminal.say("/copy 2");
    terminal.wait_for("There is only one reply.");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    // `ls␛[31m` and a line feed: what was seen, not what was sent.
    assert!(raw.contains("\x1b]52;c;bHPikJtbMzFtCg==\x07"), "{raw:?}");
    terminal.leave();
}
