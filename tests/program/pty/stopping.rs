//! Ctrl-C where no reply is on its way, and a disk that takes no more.

use super::terminal::{CTRL_C, Start, Terminal};
use crate::common::TestHome;
use std::fs::{self, File};
use std::thread;
use std::time::Duration;

/// Long enough for what must not happen to happen.
const A_WHILE: Duration = Duration::from_millis(300);

#[test]
fn ctrl_c_while_a_save_runs_neither_breaks_nor_loses_anything() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &["chat", "--title", "T", "--backend", "echo"]);
    for text in ["one", "two"] {
        terminal.say(text);
        terminal.wait_for(&format!("AI: {text}"));
    }
    // Another process saves, and takes its time.
    let lock = File::create(home.mmogit().join("lock")).unwrap();
    lock.lock().unwrap();
    terminal.say("/save");
    terminal.keys(CTRL_C);
    thread::sleep(A_WHILE);
    assert!(
        !terminal.screen().contains("Saved"),
        "{}",
        terminal.screen()
    );
    lock.unlock().unwrap();
    terminal.wait_for("💾 Saved: thread_");
    terminal.wait_for_prompt();
    for text in ["three", "four"] {
        terminal.say(text);
        terminal.wait_for(&format!("AI: {text}"));
    }
    // The fifth message since then is saved before it is answered.
    lock.lock().unwrap();
    terminal.say("five");
    terminal.keys(CTRL_C);
    thread::sleep(A_WHILE);
    assert!(
        !terminal.screen().contains("AI: five"),
        "{}",
        terminal.screen()
    );
    lock.unlock().unwrap();
    terminal.wait_for("Stopped");
    terminal.say("/retry");
    terminal.wait_for("AI: five");
    terminal.leave();
    let thread = &home.thread_files()[0];
    let fives: Vec<bool> = thread["messages"].as_array().unwrap()[8..]
        .iter()
        .map(|message| message["content"] == "five" && message["interrupted"] == true)
        .collect();
    assert_eq!(fives, [false, true, false], "{thread}");
    home.run(&["verify"]).exits(0);
}

#[test]
fn ctrl_c_within_the_editor_is_the_editors() {
    let home = TestHome::new();
    let editor = home.program(
        "ed",
        "trap 'echo caught' INT; echo open; until test -e go; do sleep 0.05; done; printf written >\"$1\"",
    );
    let start = Start::new(&home, &["chat", "--title", "T", "--backend", "echo"]);
    let mut terminal = start.variable("EDITOR", editor.display().to_string()).run();
    terminal.say("/editor");
    terminal.wait_for("open");
    terminal.keys(CTRL_C);
    terminal.wait_for("caught");
    fs::write(home.path().join("go"), "").unwrap();
    terminal.wait_for("You: written\nAI: written");
    // It does not count as the first of the two that leave.
    terminal.wait_for_prompt();
    terminal.keys(CTRL_C);
    terminal.wait_for("Ctrl-C again or Ctrl-D saves and leaves.");
    terminal.leave();
    assert_eq!(home.messages().len(), 2);
}

#[test]
fn a_disk_that_takes_no_more_gives_the_text_back_to_the_prompt() {
    let home = TestHome::new();
    // No file may have more than 8 KiB.
    let script = "trap '' XFSZ; ulimit -f 16; mmogit chat --title T --backend offline";
    let mut terminal = Start::script(&home, script).rows(200).run();
    let [fits, too_much] = ["x", "y"].map(|letter| letter.repeat(5_000));
    terminal.say(&fits);
    terminal.wait_for("Your message is kept");
    terminal.say(&too_much);
    terminal.wait_for("error: ");
    terminal.wait("the text again", |screen| {
        screen.matches("You: yyyy").count() == 2 && screen.replace('\n', "").ends_with(&too_much)
    });
    assert!(
        terminal.screen().contains("hint: Make room"),
        "{}",
        terminal.screen()
    );
    // It can be sent again, or made shorter.
    terminal.keys("\r");
    terminal.wait("it a third time", |screen| {
        screen.matches("You: yyyy").count() == 3
    });
    terminal.keys(CTRL_C);
    terminal.say("short");
    terminal.leave();
    let texts: Vec<String> = home.messages().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, [fits.as_str(), "short"]);
    home.run(&["verify"]).exits(0);
}
