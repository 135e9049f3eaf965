//! What looks like a secret, at a terminal: somebody is asked, and nothing is kept until they mean it.

use super::terminal::{CTRL_C, Terminal};
use crate::cli::secrets::key;
use crate::cli::taken_in::{home, write};
use crate::common::TestHome;
use crate::support::canary::places_of;
use serde_json::json;

const WARNING: &str = "This looks like it has a secret (Anthropic API key)";

fn texts(home: &TestHome) -> Vec<String> {
    home.messages().into_iter().map(|(_, text)| text).collect()
}

#[test]
fn a_line_with_a_secret_is_given_back_and_sent_once_it_is_meant() {
    let home = TestHome::new();
    let (key, home_of) = (key(1), home.mmogit());
    let mut terminal = Terminal::start(&home, &["chat", "--backend", "echo"]);
    terminal.say(&format!("it is {key}"));
    terminal.wait_for(WARNING);
    terminal.wait("the line again", |screen| {
        screen.matches("You: it is").count() == 2
    });
    assert_eq!(places_of(&key, &[&home_of]), [""; 0]);
    terminal.keys(CTRL_C);
    terminal.say("another one");
    terminal.wait_for("AI: another one");
    terminal.say("/send");
    terminal.wait_for("Nothing was held back");

    terminal.say(&format!("really {key}"));
    terminal.wait("the line again", |screen| {
        screen.matches("You: really").count() == 2
    });
    terminal.keys(CTRL_C);
    terminal.say("/send");
    terminal.wait_for("AI: really");
    terminal.say(&format!("/send and {key}"));
    terminal.wait_for("AI: and");
    terminal.leave();
    let (really, and) = (format!("really {key}"), format!("and {key}"));
    let said = ["another one", "another one", &really, &really, &and, &and];
    assert_eq!(texts(&home), said);
    let history = std::fs::read_to_string(home_of.join("state/chat-history")).unwrap();
    assert!(
        history.contains("another one") && !history.contains(&key),
        "{history}"
    );
}

#[test]
fn an_edit_with_a_secret_takes_the_place_of_what_it_edits() {
    let home = TestHome::new();
    let key = key(1);
    let mut terminal = Terminal::start(&home, &["chat", "--backend", "echo"]);
    terminal.say("first");
    terminal.wait_for("AI: first");
    terminal.say("/edit");
    terminal.wait("the text", |screen| screen.ends_with("You: first"));
    terminal.keys(&format!(" {key}\r"));
    terminal.wait_for(WARNING);
    terminal.wait("the line again", |screen| {
        screen.ends_with(&format!("You: first {key}"))
    });
    terminal.keys(CTRL_C);
    terminal.say("/send");
    terminal.wait_for("AI: first sk-ant");
    terminal.leave();
    let edited = format!("first {key}");
    assert_eq!(texts(&home), ["first", "first", &edited, &edited]);
    let shown = home.run(&["thread-replay", "chat_"]).exits(0).stdout;
    assert_eq!(shown.matches("human: ").count(), 1, "{shown}");
}

#[test]
fn an_import_asks_once_and_does_what_is_said() {
    for (answer, is_kept) in [("", false), ("n", true)] {
        let home = home();
        let (one, other) = (key(1), key(2));
        let messages = json!([
            {"role": "user", "content": format!("it is {one}")},
            {"role": "assistant", "content": format!("not {other}?")},
        ]);
        write(&home, "c.json", &messages);
        let mut terminal = Terminal::start(&home, &["thread-import", "c.json"]);
        terminal.wait_for("(Y/n)");
        terminal.keys(&format!("{answer}\r"));
        assert_eq!(terminal.exit_code(), 0);
        let screen = terminal.screen();
        assert_eq!(screen.matches("(Y/n)").count(), 1, "{screen}");
        assert_eq!(
            screen.contains("2 likely secrets replaced"),
            !is_kept,
            "{screen}"
        );
        for key in [one, other] {
            assert_eq!(!places_of(&key, &[&home.mmogit()]).is_empty(), is_kept);
            assert!(!screen.contains(&key), "{screen}");
        }
    }
}
