//! What keys do at the prompt.

use super::terminal::{ALT_ENTER, CTRL_C, CTRL_D, TAB, Terminal, UP};
use crate::common::TestHome;
use std::os::unix::fs::PermissionsExt;

const ECHO: [&str; 3] = ["chat", "--backend", "echo"];

fn first_message(home: &TestHome) -> String {
    home.messages()[0].1.clone()
}

#[test]
fn a_paste_of_several_lines_is_one_message() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &ECHO);
    terminal.wait_for_prompt();
    terminal.keys("\x1b[200~fn main() {\r    // cc \\\r\n}\n\x1b[201~");
    terminal.wait("the pasted text", |screen| {
        screen.contains("You: fn main() {") && screen.contains("cc \\")
    });
    terminal.keys("\r");
    terminal.wait_for("AI: ");
    terminal.leave();
    assert_eq!(first_message(&home), "fn main() {\n    // cc \\\n}");
    assert_eq!(home.messages().len(), 2);
}

#[test]
fn a_pasted_escape_code_never_reaches_the_terminal() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &ECHO);
    terminal.wait_for_prompt();
    terminal.keys("\x1b[200~bell\x07 and \u{9b}31m csi\x1b[201~\r");
    terminal.wait_for("AI: bell");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(!raw.contains('\x07') && !raw.contains('\u{9b}'), "{raw:?}");
    terminal.leave();
}

#[test]
fn a_trailing_backslash_or_alt_enter_goes_on_in_a_new_line() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &ECHO);
    terminal.wait_for_prompt();
    terminal.keys("one\\\r");
    terminal.keys("two");
    terminal.keys(ALT_ENTER);
    terminal.keys("three");
    terminal.wait("three lines", |screen| {
        screen.ends_with("You: one\\\ntwo\nthree")
    });
    terminal.keys("\r");
    terminal.wait_for("AI: ");
    terminal.say("four\\\\");
    terminal.wait_for("AI: four");
    // What comes back from the history is what was sent.
    terminal.wait_for_prompt();
    terminal.keys(UP);
    terminal.keys(UP);
    terminal.wait("the first message again", |screen| {
        screen.ends_with("You: one\ntwo\nthree")
    });
    terminal.keys(CTRL_C);
    terminal.leave();
    assert_eq!(first_message(&home), "one\ntwo\nthree");
    assert_eq!(home.messages()[2].1, "four\\\\");
}

#[test]
fn ctrl_c_clears_a_line_and_a_second_one_leaves() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &ECHO);
    terminal.say("said");
    terminal.wait_for("AI: said");
    terminal.wait_for_prompt();
    terminal.keys("never mind");
    terminal.wait_for("You: never mind");
    terminal.keys(CTRL_C);
    terminal.wait_for_prompt();
    // That it cleared a line is no step on the way out.
    terminal.keys(CTRL_C);
    terminal.wait_for("Ctrl-C again or Ctrl-D saves and leaves.");
    terminal.wait_for_prompt();
    terminal.keys("after the warning");
    terminal.wait_for("You: after the warning");
    terminal.keys(CTRL_C);
    terminal.wait_for_prompt();
    terminal.keys(CTRL_C);
    terminal.wait("the warning again", |screen| {
        screen.matches("Ctrl-C again").count() == 2
    });
    terminal.wait_for_prompt();
    terminal.keys(CTRL_C);
    assert_eq!(terminal.exit_code(), 0);
    assert!(
        terminal.screen().contains("📝 Thread saved: "),
        "{}",
        terminal.screen()
    );
    assert_eq!(home.messages().len(), 2);
}

#[test]
fn at_an_empty_prompt_the_first_ctrl_c_tells_how_to_leave() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &ECHO);
    terminal.wait_for_prompt();
    terminal.keys(CTRL_C);
    terminal.wait_for("Ctrl-C again or Ctrl-D saves and leaves.");
    terminal.say("still here");
    terminal.wait_for("AI: still here");
    terminal.wait_for_prompt();
    terminal.keys(CTRL_C);
    terminal.wait("the hint again", |screen| {
        screen.matches("Ctrl-C again").count() == 2
    });
    terminal.wait_for_prompt();
    terminal.keys(CTRL_C);
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn ctrl_d_leaves_only_an_empty_prompt() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &ECHO);
    terminal.wait_for_prompt();
    terminal.keys("abc");
    terminal.keys(CTRL_D);
    terminal.keys("d\r");
    terminal.wait_for("AI: abcd");
    let screen = terminal.leave();
    assert!(screen.contains("📝 Thread saved: "), "{screen}");
}

#[test]
fn slash_commands_complete() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &ECHO);
    terminal.wait_for_prompt();
    terminal.keys("/ti");
    terminal.keys(TAB);
    terminal.wait_for("You: /title");
    terminal.keys("Done by Tab\r");
    terminal.wait_for("💬 Title: Done by Tab");
    terminal.leave();
}

#[test]
fn what_was_typed_is_remembered_for_its_user_alone() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &ECHO);
    terminal.say("remember me");
    terminal.wait_for("AI: remember me");
    terminal.wait_for_prompt();
    // Not even a killed session forgets it.
    terminal.kill();
    let mut terminal = Terminal::start(&home, &ECHO);
    terminal.wait_for_prompt();
    terminal.keys(UP);
    terminal.wait_for("You: remember me");
    terminal.keys(CTRL_C);
    terminal.leave();
    let history = home.mmogit().join("state/chat-history");
    assert_eq!(
        std::fs::metadata(history).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn lines_typed_ahead_are_not_lost() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &ECHO);
    terminal.wait_for_prompt();
    terminal.keys("one\rtwo\rthree\r");
    terminal.wait_for("AI: three");
    terminal.leave();
    assert_eq!(home.messages().len(), 6);
}

#[test]
fn a_whole_session_typed_ahead_is_held() {
    let home = TestHome::new();
    home.program("slow", "cat >/dev/null; sleep 0.5; echo done");
    let mut terminal = Terminal::start(&home, &["chat", "--command", "slow"]);
    terminal.say("one");
    terminal.keys("two\\\r");
    std::thread::sleep(std::time::Duration::from_millis(100));
    terminal.keys("lines\r");
    terminal.keys(CTRL_D);
    assert_eq!(terminal.exit_code(), 0);
    let texts: Vec<String> = home.messages().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["one", "done", "two\nlines", "done"]);
}

#[test]
fn paths_complete_and_an_edited_message_keeps_its_files() {
    let home = TestHome::new();
    std::fs::write(home.path().join("some notes.txt"), "inside\n").unwrap();
    std::fs::write(home.path().join("other.rs"), "fn other() {}\n").unwrap();
    let mut terminal = Terminal::start(&home, &ECHO);
    terminal.wait_for_prompt();
    terminal.keys("/attach so");
    terminal.keys(TAB);
    terminal.wait_for("You: /attach some\\ notes.txt");
    terminal.keys("\r");
    terminal.wait_for("📎 some notes.txt (7 bytes)");
    terminal.wait_for_prompt();
    terminal.keys("look at @oth");
    terminal.keys(TAB);
    terminal.wait_for("You: look at @other.rs");
    terminal.keys("\r");
    terminal.wait_for("AI: look at @other.rs");
    terminal.say("/edit");
    terminal.wait("the words alone", |screen| {
        screen.ends_with("You: look at @other.rs")
    });
    terminal.keys(" again\r");
    terminal.wait_for("AI: look at @other.rs again");
    terminal.leave();
    let thread = &home.thread_files()[0];
    let names = |place: usize| -> Vec<&str> {
        let context = thread["messages"][place]["context"].as_array().unwrap();
        context
            .iter()
            .map(|file| file["name"].as_str().unwrap())
            .collect()
    };
    assert_eq!(names(0), ["some notes.txt", "other.rs"]);
    assert_eq!(names(2), names(0));
}

#[test]
fn tags_branches_and_titles_complete() {
    let home = TestHome::new();
    for (title, tag) in [
        ("implementing auth", "security"),
        ("implementing sync", "rust"),
    ] {
        home.run(&[
            "chat",
            "-m",
            "hello",
            "--title",
            title,
            "--tag",
            tag,
            "--backend",
            "echo",
        ])
        .exits(0);
    }
    let mut terminal = Terminal::start(&home, &["chat", "--title", "here", "--backend", "echo"]);
    terminal.say("one");
    terminal.wait_for("AI: one");
    let complete = |terminal: &mut Terminal, typed: &str, whole: &str| {
        terminal.wait_for_prompt();
        terminal.keys(typed);
        terminal.keys(TAB);
        terminal.wait(whole, |screen| screen.ends_with(whole.trim_end()));
    };
    complete(&mut terminal, "/tag sec", "\nYou: /tag security");
    terminal.keys("\r");
    terminal.wait_for("🏷️  Tags: security");
    complete(&mut terminal, "/tag -s", "\nYou: /tag -security");
    terminal.keys("\r");
    terminal.wait_for("🏷️  Tags: none");
    terminal.say("/retry");
    terminal.wait("another answer", |screen| {
        screen.matches("AI: one").count() == 2
    });
    complete(&mut terminal, "/switch ", "\nYou: /switch ");
    terminal.keys(TAB);
    terminal.wait_for("1 🤖 one  2 🤖 one");
    terminal.keys("1\r");
    terminal.wait_for("🔀 2 messages shown now");
    complete(
        &mut terminal,
        "/continue IMP",
        "\nYou: /continue implementing ",
    );
    terminal.keys(TAB);
    terminal.wait_for("implementing sync  implementing auth");
    terminal.keys("a");
    terminal.keys(TAB);
    terminal.wait("the whole title", |screen| {
        screen.ends_with("You: /continue implementing auth")
    });
    terminal.keys("\r");
    terminal.wait_for(
        "📝 Thread saved: here (2 messages)\n💬 Continuing thread: implementing auth (2 messages)",
    );
    terminal.say("and on");
    terminal.wait_for("AI: and on");
    terminal.say("/continue implementing auth");
    terminal.wait_for("That is the thread you are in.");
    terminal.say("/continue nothing");
    terminal.wait_for("Thread not found: nothing");
    let screen = terminal.leave();
    assert!(
        screen.contains("📝 Thread saved: implementing auth (4 messages)"),
        "{screen}"
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn no_title_steers_the_terminal_by_tab() {
    let home = TestHome::new();
    home.run(&[
        "chat",
        "-m",
        "x",
        "--title",
        "t\u{202e}wo",
        "--backend",
        "echo",
    ])
    .exits(0);
    let mut terminal = Terminal::start(&home, &ECHO);
    terminal.wait_for_prompt();
    terminal.keys("/continue t");
    terminal.keys(TAB);
    terminal.wait_for("You: /continue thread_");
    terminal.keys("\r");
    terminal.wait_for("wo (2 messages)");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(
        raw.contains("💬 Continuing thread: t\u{fffd}wo") && !raw.contains('\u{202e}'),
        "{raw:?}"
    );
    terminal.leave();
}

#[test]
fn ctrl_r_searches_what_was_typed() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &ECHO);
    for text in ["the first one", "another"] {
        terminal.say(text);
        terminal.wait_for(&format!("AI: {text}"));
    }
    terminal.wait_for_prompt();
    terminal.keys("\x12fir");
    terminal.wait_for("(reverse-i-search)`fir': the first one");
    terminal.keys("\r");
    terminal.wait("it is said again", |screen| {
        screen.matches("AI: the first one").count() == 2
    });
    terminal.leave();
    assert_eq!(home.messages().len(), 6);
}
