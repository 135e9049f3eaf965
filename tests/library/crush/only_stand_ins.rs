//! What only a stand-in can be made to do.

use crate::support::skip;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use mmogit::backend::NoReply;
use mmogit::backend::crush::CrushFailure;
use mmogit::process::LONGEST_ANSWER;
use mmogit::prompt::{Prompt, as_text};

use super::stand_in;
use super::subject::{self, Heard};

#[test]
fn a_dropped_tail_is_recovered_from_the_record() {
    for subject in subject::stand_ins() {
        let heard = subject.ask("drop the tail");
        let reply = heard.reply();
        assert_eq!(reply.text, "You said: drop the tail", "{subject}");
        assert_eq!(heard.text, reply.text, "{subject}: the tail is shown too");
        assert_eq!(reply.interrupted, None, "{subject}");
    }
}

#[test]
fn a_record_of_unknown_shape_is_asked_of_crush() {
    for subject in subject::stand_ins() {
        fs::write(subject.home.path().join("keeps-another-database"), "").unwrap();
        let heard = subject.ask("drop the tail");
        let recovered = subject.version >= (0, 48, 0);
        let expected = if recovered {
            "You said: drop the tail"
        } else {
            "You s"
        };
        assert_eq!(heard.reply().text, expected, "{subject}");
        assert_eq!(heard.reply().model.is_some(), recovered, "{subject}");
    }
}

#[test]
fn a_crush_that_never_reads_its_input_still_answers() {
    for subject in subject::stand_ins() {
        fs::write(subject.home.path().join("ignores-stdin"), "").unwrap();
        let heard = subject.ask(&"a long prompt\n".repeat(100_000));
        assert_eq!(heard.reply().text, "I did not listen.", "{subject}");
    }
}

#[test]
fn an_endless_answer_is_cut_at_the_limit() {
    let subject = subject::stand_ins().pop().unwrap();
    let heard = subject.ask("talk for ever");
    let reply = heard.reply();
    assert_eq!(reply.text.len(), LONGEST_ANSWER);
    assert_eq!(reply.interrupted, Some(NoReply::TooLong));
    subject.assert_nothing_left();
}

#[test]
fn what_crush_started_ends_with_it() {
    for subject in subject::stand_ins() {
        let heard = subject.ask("leave something running");
        assert_eq!(
            heard.reply().text,
            "You said: leave something running",
            "{subject}"
        );
        let left = fs::read_to_string(subject.home.path().join(stand_in::LEFT)).unwrap();
        subject::assert_gone(&left);
    }
}

#[test]
fn what_is_not_crush_is_told_apart() {
    let subject = subject::stand_ins().pop().unwrap();
    let mut settings = subject.settings();
    settings.program = "/bin/echo".into();
    let Heard { result, .. } = subject.ask_of(settings.clone(), "hello", None);
    let no_reply = result.unwrap_err();
    assert!(
        matches!(no_reply, NoReply::Crush(CrushFailure::NoVersion(_))),
        "{no_reply}"
    );
    settings.program = "/no/such/crush".into();
    let Heard { result, .. } = subject.ask_of(settings, "hello", None);
    let no_reply = result.unwrap_err();
    assert!(matches!(no_reply, NoReply::NotStarted { .. }), "{no_reply}");
}

/// What a program finds in the sandbox that a Crush before 0.10.1 gets, where there is `bwrap`.
#[test]
fn a_sandbox_shows_and_changes_only_what_it_must() {
    let subject = subject::stand_ins().remove(0);
    let home = subject.home.path().canonicalize().unwrap();
    let program = home.join("looks-around");
    let script = r#"#!/bin/sh
        [ "$1" = -v ] && echo "crush version v0.7.1" && exit
        echo "prompt: $(cat)"
        ls -A "$HOME"
        ls "$HOME/secret" 2>/dev/null && echo "a secret is seen"
        (echo x > "$HOME/.config/crush/crush.json") 2>/dev/null && echo "the configuration is changed"
        (echo x > /etc/mark) 2>/dev/null && echo "the system is changed"
        echo x > "$HOME/mark"
        echo x > "$XDG_DATA_HOME/crush/providers.json" && echo "its own copy is changed"
        echo x > mark && echo "its directory is changed"
        grep -c stub-model "$HOME/.config/crush/crush.json""#;
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    fs::write(home.join("secret"), "").unwrap();
    let listed = home.join(".local/share/crush/providers.json");
    let before = fs::read_to_string(&listed).unwrap();
    let mut settings = subject.settings();
    settings.program = program;
    settings.bwrap = subject::bwrap();
    if !subject::boxes(&settings) {
        skip("a bwrap that works");
        return;
    }
    let heard = subject.ask_of(settings, "hello", None);
    let prompt = as_text(&Prompt::alone("hello"));
    let prompt = prompt.trim_end();
    let expected = "\n.config\nlooks-around\nmmogit\n\
                    its own copy is changed\nits directory is changed\n1";
    let expected = format!("prompt: {prompt}{expected}");
    assert_eq!(heard.reply().text, expected, "{heard:?}");
    assert!(heard.notices.is_empty(), "{:?}", heard.notices);
    assert_eq!(fs::read_to_string(listed).unwrap(), before);
    assert!(!home.join("mark").exists());
}
