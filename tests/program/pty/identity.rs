//! Making an identity, and bringing one back, at a terminal.

use super::terminal::{CTRL_C, Terminal};
use crate::common::TestHome;
use std::fs;

/// The words on the screen, in their order.
fn shown_words(screen: &str) -> Vec<String> {
    let numbered = regex_lite::Regex::new(r"(\d+)\. ([a-z]+)").unwrap();
    let mut words: Vec<(usize, String)> = numbered
        .captures_iter(screen)
        .map(|found| (found[1].parse().unwrap(), found[2].to_owned()))
        .collect();
    words.sort();
    words.into_iter().map(|(_, word)| word).collect()
}

/// Which word is asked for on the last line.
fn asked_for(screen: &str) -> Option<usize> {
    let last = screen.trim_end().lines().last()?;
    let number = last.strip_prefix("Word ")?.split(',').next()?.parse().ok();
    number.filter(|_| last.ends_with("written down:"))
}

#[test]
fn three_of_the_new_words_are_asked_back_and_the_passphrase_twice() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &["init"]);
    terminal.wait("a word asked for", |screen| asked_for(screen).is_some());
    let words = shown_words(&terminal.screen());
    assert_eq!(words.len(), 24);

    terminal.keys("nonsense\r");
    terminal.wait_for("That is not it");
    let mut asked = Vec::new();
    while asked.len() < 3 {
        terminal.wait("the next word", |screen| {
            asked_for(screen).is_some_and(|word| !asked.contains(&word))
        });
        let word = asked_for(&terminal.screen()).unwrap();
        asked.push(word);
        terminal.keys(&format!("{}\r", words[word - 1]));
    }
    assert!(
        !home.mmogit().join("identity.json").exists(),
        "it is made only when all is known"
    );
    for (passphrase, again) in [("one", "two"), ("three", "three")] {
        terminal.wait("a passphrase asked for", |screen| {
            screen.trim_end().ends_with("(empty for none):")
        });
        terminal.keys(&format!("{passphrase}\r"));
        terminal.wait("it asked for again", |screen| {
            screen.trim_end().ends_with("The same again:")
        });
        terminal.keys(&format!("{again}\r"));
    }
    terminal.wait_for("Start a chat: mmogit chat");
    assert!(terminal.screen().contains("The two are not the same"));
    assert!(
        !terminal.screen().contains("three"),
        "a passphrase is never seen"
    );
    assert_eq!(terminal.exit_code(), 0);

    let mut terminal = Terminal::start(&home, &["identity", "words"]);
    terminal.wait_for("Passphrase:");
    terminal.keys("four\r");
    terminal.wait_for("the passphrase is wrong");
    terminal.keys("three\r");
    terminal.wait("the words again", |screen| shown_words(screen) == words);
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn words_with_a_mistake_can_be_typed_again() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &["init", "--recover"]);
    terminal.wait_for("Type your words");
    let eleven = "abandon ".repeat(11);
    terminal.keys(&format!("{eleven}abot\r\r"));
    terminal.wait_for("did you mean “about”?");
    terminal.wait_for("Type them again");
    let screen = terminal.screen();
    assert!(!screen.contains("”?."), "{screen}");
    terminal.keys(&format!("{eleven}\rabout\r\r"));
    terminal.wait_for("(empty for none):");
    terminal.keys("\r");
    terminal.wait_for("The same again:");
    terminal.keys("\r");
    terminal.wait_for("No passphrase");
    assert_eq!(terminal.exit_code(), 0);
    assert!(
        fs::read_to_string(home.mmogit().join("identity.json"))
            .unwrap()
            .contains("entropy")
    );
}

/// One in sixteen identities begins with 12 words that are an identity of their own.
#[test]
fn the_first_half_of_the_words_is_not_taken_for_all_of_them() {
    let half = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    let rest = "legal winner thank year wave sausage worth useful legal winner thank artwork";
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &["init", "--recover"]);
    terminal.wait_for("Type your words");
    terminal.keys(&format!("{half}\r{rest}\r"));
    terminal.wait_for("(empty for none):");
    terminal.keys("\r");
    terminal.wait_for("The same again:");
    terminal.keys("\r");
    terminal.wait_for("No passphrase");
    assert_eq!(terminal.exit_code(), 0);
    let words = home.run(&["identity", "words"]).exits(0).stdout;
    assert_eq!(words.trim_end(), format!("{half} {rest}"));
}

/// Enter is no answer, and only "no" says that keys differ.
#[test]
fn a_comparison_is_put_off_or_answered() {
    let home = TestHome::new();
    home.run(&["init", "--no-verify"]).exits(0);
    let (_bo, card) = crate::cli::contact::person("Bo");
    home.run(&["contact", "add", &card]).exits(0);
    for (flags, answer, told, code) in [
        (&[][..], "", "nothing noted", 1),
        (&["--json"], "what", "nothing noted", 1),
        (&[], "y", "verified", 0),
        (&[], "no", "so no more", 3),
        (&["--json"], "n", "Nothing was noted", 3),
        (&["--json"], "yes", "\"verified\": true", 0),
    ] {
        let args = [&["contact", "verify", "Bo"], flags].concat();
        let mut terminal = Terminal::start(&home, &args);
        terminal.wait_for("Enter for later)");
        assert_eq!(shown_words(&terminal.screen()).len(), 16, "{flags:?}");
        terminal.keys(&format!("{answer}\r"));
        terminal.wait_for(told);
        assert_eq!(terminal.exit_code(), code, "{answer}");
        assert_eq!(terminal.screen().contains("not the same"), code == 3);
    }
}

#[test]
fn nothing_is_made_if_it_is_given_up() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &["init"]);
    terminal.wait("a word asked for", |screen| asked_for(screen).is_some());
    terminal.keys(CTRL_C);
    assert_ne!(terminal.exit_code(), 0);
    assert!(!home.mmogit().exists());
}

#[test]
fn a_new_passphrase_is_asked_for_twice_after_the_old_one() {
    let home = TestHome::new();
    home.run(&["init", "--no-verify"]).exits(0);
    let change = |typed: &[(&str, &str)]| {
        let mut terminal = Terminal::start(&home, &["identity", "passphrase"]);
        for (question, answer) in typed {
            terminal.wait(question, |screen| screen.trim_end().ends_with(question));
            terminal.keys(&format!("{answer}\r"));
        }
        let code = terminal.exit_code();
        assert!(
            !terminal.screen().contains("secret"),
            "a passphrase is never seen"
        );
        (code, terminal.screen())
    };
    let twice = |new| [("New passphrase:", new), ("The same again:", new)];
    let (code, screen) = change(&twice("secret 1"));
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("The passphrase was set"), "{screen}");
    let mut typed = vec![("Passphrase:", "secret 1")];
    typed.extend([
        ("New passphrase:", "secret 2"),
        ("The same again:", "secret 3"),
    ]);
    typed.extend(twice("secret 4"));
    let (code, screen) = change(&typed);
    assert_eq!(code, 0, "{screen}");
    assert!(
        screen.contains("not the same") && screen.contains("The passphrase was changed"),
        "{screen}"
    );
    // Nothing typed is not a wish to have none.
    let (code, screen) = change(&[&[("Passphrase:", "secret 4")], &twice("")[..]].concat());
    assert_eq!(code, 2, "{screen}");
    assert!(
        screen.contains("mmogit identity passphrase --remove"),
        "{screen}"
    );
    assert!(
        fs::read_to_string(home.mmogit().join("identity.json"))
            .unwrap()
            .contains("sealed")
    );
}
