//! Crush as a backend: one list of expectations, two suites.
//!
//! `stand_ins` runs them over a program that behaves as several versions of Crush do, on any
//! machine. `real` runs them over every real binary named in `MMOGIT_TEST_CRUSH` (colon-separated),
//! against a model server on the loopback, with a home of its own:
//!
//!     MMOGIT_TEST_CRUSH=… cargo test --test library crush::real -- --ignored

mod only_stand_ins;
mod session;
mod stand_in;
mod subject;

use std::fs;
use std::ops::ControlFlow;
use std::time::Duration;

use mmogit::backend::crush::{CrushError, CrushFailure, CrushProblem, CutShort};
use mmogit::backend::{Backend, Event, NoReply, Notice};
use mmogit::cli::after_no_reply;
use mmogit::process::Timeouts;
use mmogit::prompt::{self, Prompt};

use crate::support::scenario::{self, AFTER_TOOL, BEFORE_TOOL, CODES, PIECES};
use subject::Subject;

/// Makes each expectation a test of both suites.
macro_rules! suites {
    ($($expectation:ident),+ $(,)?) => {
        mod stand_ins {
            $(#[test]
            fn $expectation() {
                super::subject::each(super::subject::stand_ins(), super::$expectation);
            })+
        }
        mod real {
            $(#[test]
            #[ignore = "asks the programs that MMOGIT_TEST_CRUSH names"]
            fn $expectation() {
                super::subject::each(super::subject::real(), super::$expectation);
            })+
        }
    };
}

suites!(
    an_answer_comes_in_pieces_and_whole,
    a_slow_start_is_waited_for,
    nothing_is_no_reply,
    control_codes_of_the_answer_stay_and_those_of_crush_go,
    a_huge_answer_is_whole,
    a_refused_key_has_a_next_step,
    an_unknown_model_has_a_next_step,
    silent_retries_end_and_their_cause_is_found,
    an_answer_that_stops_coming_is_kept_as_interrupted,
    a_cut_stream_never_passes_unless_crush_hides_it,
    an_answer_at_the_length_limit_is_interrupted,
    tools_do_not_run,
    tools_run_when_asked_for_and_that_is_said,
    a_stopped_answer_keeps_what_came,
    without_a_configuration_the_next_step_is_crush,
    a_model_is_asked_for_where_that_is_possible,
    a_list_of_providers_that_cannot_be_fetched_is_no_obstacle,
    the_version_and_the_model_are_known,
    the_prompt_arrives_as_it_was,
);

fn an_answer_comes_in_pieces_and_whole(subject: &Subject) {
    let heard = subject.ask("scenario=pieces");
    let reply = heard.reply();
    assert_eq!(reply.text, PIECES.concat(), "{subject}");
    assert_eq!(
        heard.text, reply.text,
        "{subject}: what is shown is what is kept"
    );
    assert_eq!(reply.interrupted, None, "{subject}");
    assert_eq!(reply.model.as_deref(), Some("stub-model"), "{subject}");
    assert!(
        heard.pieces >= 3,
        "{subject}: it came in {} pieces",
        heard.pieces
    );
    if let Some(usage) = reply.usage {
        assert!(usage.completion > Some(0), "{subject}: {usage:?}");
    }
}

fn a_slow_start_is_waited_for(subject: &Subject) {
    let heard = subject.ask("scenario=slow");
    assert_eq!(heard.reply().text, PIECES.concat(), "{subject}");
    assert!(
        heard.waits_before_text >= 5,
        "{subject}: {} events",
        heard.waits_before_text
    );
}

fn nothing_is_no_reply(subject: &Subject) {
    let heard = subject.ask("scenario=blank");
    let is_blank = matches!(heard.no_reply(), NoReply::Blank { .. });
    assert!(is_blank, "{subject}: {:?}", heard.result);
    assert_eq!(heard.text, "", "{subject}");
}

fn control_codes_of_the_answer_stay_and_those_of_crush_go(subject: &Subject) {
    let heard = subject.ask("scenario=codes");
    assert_eq!(heard.reply().text, CODES, "{subject}");
    assert_eq!(heard.text, CODES, "{subject}");
}

fn a_huge_answer_is_whole(subject: &Subject) {
    let heard = subject.ask("scenario=huge");
    let (text, expected) = (&heard.reply().text, scenario::huge());
    assert!(
        *text == expected,
        "{subject}: {} of {} bytes",
        text.len(),
        expected.len()
    );
    assert_eq!(heard.reply().interrupted, None, "{subject}");
}

/// 0.10.1 to 0.12 lose the reason, and exit with 0.
fn a_refused_key_has_a_next_step(subject: &Subject) {
    let heard = subject.ask("scenario=401");
    let no_reply = heard.no_reply();
    if ((0, 10, 1)..(0, 13, 0)).contains(&subject.version) {
        let gave_up = NoReply::Crush(CrushFailure::GaveUp);
        assert_eq!(*no_reply, gave_up, "{subject}");
    } else {
        let error = error_in(no_reply);
        assert_eq!(error.problem, CrushProblem::KeyRefused, "{subject}");
        assert!(
            error.said.ends_with("stub says 401"),
            "{subject}: {no_reply}"
        );
    }
    let next = after_no_reply(no_reply).unwrap();
    assert!(
        next.contains("run `crush`") || next.contains("Run `crush`"),
        "{subject}: {next}"
    );
}

fn an_unknown_model_has_a_next_step(subject: &Subject) {
    let heard = subject.ask("scenario=404");
    let no_reply = heard.no_reply();
    let error = error_in(no_reply);
    assert_eq!(error.problem, CrushProblem::NotFound, "{subject}");
    assert!(
        error.said.ends_with("stub says 404"),
        "{subject}: {no_reply}"
    );
    let next = after_no_reply(no_reply).unwrap();
    assert!(next.contains("`crush`"), "{subject}: {next}");
}

fn silent_retries_end_and_their_cause_is_found(subject: &Subject) {
    // A real one logs its first failure only after it retried for some seconds.
    let seconds = if subject.is_real() { 15 } else { 4 };
    let heard = subject.ask_with(timeouts(seconds), "scenario=500");
    let no_reply = heard.no_reply();
    assert!(
        no_reply
            .to_string()
            .contains(&format!("within {seconds} s")),
        "{subject}: {no_reply}"
    );
    if subject.version < (0, 13, 0) || subject.version >= (0, 90, 0) {
        let error = error_in(no_reply);
        assert_eq!(error.problem, CrushProblem::ServerFailed, "{subject}");
    }
    assert!(after_no_reply(no_reply).is_some(), "{subject}");
}

fn an_answer_that_stops_coming_is_kept_as_interrupted(subject: &Subject) {
    let heard = subject.ask_with(timeouts(4), "scenario=stuck");
    let reply = heard.reply();
    assert_eq!(reply.text, PIECES[0], "{subject}");
    assert!(
        reply
            .interrupted
            .as_ref()
            .is_some_and(|why| why.to_string().contains("4 s")),
        "{subject}: {reply:?}"
    );
}

/// Up to 0.12 Crush takes a cut stream for a whole answer, and its record says so too; nobody can
/// tell.
fn a_cut_stream_never_passes_unless_crush_hides_it(subject: &Subject) {
    let heard = subject.ask_with(timeouts(4), "scenario=cut");
    if subject.version < (0, 13, 0) {
        assert_eq!(heard.reply().text, PIECES[0], "{subject}");
    } else if let Ok(reply) = &heard.result {
        assert!(reply.interrupted.is_some(), "{subject}: {reply:?}");
    }
}

fn an_answer_at_the_length_limit_is_interrupted(subject: &Subject) {
    let heard = subject.ask("scenario=length");
    let reply = heard.reply();
    assert_eq!(reply.text, PIECES.concat(), "{subject}");
    assert!(
        reply
            .interrupted
            .as_ref()
            .is_some_and(|why| *why == NoReply::Crush(CutShort::MaxTokens.into())),
        "{subject}: {reply:?}"
    );
}

fn tools_do_not_run(subject: &Subject) {
    let marker = subject.home.path().join("marker");
    let heard = subject.ask(&format!("scenario=tool {}", marker.display()));
    let reply = heard.reply();
    assert!(reply.text.starts_with(BEFORE_TOOL), "{subject}: {reply:?}");
    assert_eq!(reply.text, heard.text, "{subject}");
    if subject.can_deny_tools() {
        assert!(!marker.exists(), "{subject}: the tool ran");
        assert_eq!(heard.notices, [], "{subject}");
        return;
    }
    // What can't be forbidden is boxed in, or told.
    let said = heard
        .notices
        .iter()
        .any(|notice| matches!(notice, Notice::CrushKeepsTools(_)));
    assert_eq!(said, !subject.boxed(), "{subject}: {:?}", heard.notices);
    assert!(
        said || !marker.exists(),
        "{subject}: the tool reached out of its sandbox"
    );
    if subject.version < (0, 7, 2) {
        let crashed = NoReply::Crush(CrushFailure::Crashed);
        assert_eq!(reply.interrupted, Some(crashed), "{subject}");
    }
    // Whoever else asks the same Crush is told too.
    let again = subject.ask_same("hello");
    assert_eq!(
        again.notices.len(),
        2 * usize::from(said),
        "{subject}: {:?}",
        again.notices
    );
}

fn tools_run_when_asked_for_and_that_is_said(subject: &Subject) {
    let marker = subject.home.path().join("wanted");
    let mut settings = subject.settings();
    settings.tools = true;
    let heard = subject.ask_of(
        settings,
        &format!("scenario=tool {}", marker.display()),
        None,
    );
    assert!(marker.exists(), "{subject}: {:?}", heard.result);
    assert!(
        heard
            .notices
            .iter()
            .any(|notice| matches!(notice, Notice::CrushHasTools(_))),
        "{subject}: {:?}",
        heard.notices
    );
    if subject.version >= (0, 7, 2) {
        assert_eq!(
            heard.reply().text,
            [BEFORE_TOOL, AFTER_TOOL].concat(),
            "{subject}"
        );
    }
}

fn a_stopped_answer_keeps_what_came(subject: &Subject) {
    let crush = subject.crush();
    let mut shown = String::new();
    let reply = crush.ask(
        &subject::request(&Prompt::alone("scenario=stuck")),
        &mut |event| match event {
            Event::Text(text) => {
                shown.push_str(text);
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        },
    );
    let reply = reply.unwrap_or_else(|error| panic!("{subject}: {error}"));
    assert_eq!(reply.text, shown, "{subject}");
    assert!(
        PIECES[0].starts_with(&shown) && !shown.is_empty(),
        "{subject}: {shown}"
    );
    assert_eq!(reply.interrupted, Some(NoReply::Stopped), "{subject}");
    subject.assert_nothing_left();
}

fn without_a_configuration_the_next_step_is_crush(subject: &Subject) {
    fs::remove_file(subject.home.path().join(".config/crush/crush.json")).unwrap();
    let heard = subject.ask("hello");
    let no_reply = heard.no_reply();
    let error = error_in(no_reply);
    assert_eq!(error.problem, CrushProblem::NoModel, "{subject}");
    let next = after_no_reply(no_reply).unwrap();
    assert!(next.contains("Run `crush` once"), "{subject}: {next}");
    if subject.version < (0, 8, 0) {
        fs::remove_file(
            subject
                .home
                .path()
                .join(".local/share/crush/providers.json"),
        )
        .unwrap();
        let heard = subject.ask("hello");
        assert!(
            error_in(heard.no_reply()).problem == CrushProblem::NoProviderList,
            "{subject}: {:?}",
            heard.result
        );
    }
}

fn a_model_is_asked_for_where_that_is_possible(subject: &Subject) {
    let possible = subject.version >= (0, 34, 0);
    let heard = subject.ask_of(subject.settings(), "hello", Some("stub/stub-model"));
    assert_eq!(heard.reply().text, "You said: hello", "{subject}");
    let told = heard
        .notices
        .iter()
        .any(|notice| matches!(notice, Notice::CrushChoosesItsModel { .. }));
    assert_eq!(told, !possible, "{subject}: {:?}", heard.notices);
    let heard = subject.ask_of(subject.settings(), "hello", Some("no-such-model"));
    assert_eq!(
        heard.result.is_err(),
        possible,
        "{subject}: {:?}",
        heard.result
    );
    if let Err(no_reply) = heard.result {
        let error = error_in(&no_reply);
        assert_eq!(error.problem, CrushProblem::UnknownModel, "{subject}");
    }
}

/// 0.8 to 0.25 refuse to start then, though they carry a list of their own.
fn a_list_of_providers_that_cannot_be_fetched_is_no_obstacle(subject: &Subject) {
    let mut settings = subject.settings();
    settings
        .environment
        .retain(|(name, _)| name != "CRUSH_DISABLE_PROVIDER_AUTO_UPDATE");
    let heard = subject.ask_of(settings, "hello", None);
    assert_eq!(heard.reply().text, "You said: hello", "{subject}");
}

fn the_version_and_the_model_are_known(subject: &Subject) {
    let crush = subject.crush();
    let (major, minor, patch) = subject.version;
    assert_eq!(
        crush.version().unwrap().to_string(),
        format!("{major}.{minor}.{patch}"),
        "{subject}"
    );
    assert_eq!(crush.description(), "Stub Model (via Crush)", "{subject}");
    assert_eq!(crush.name(), "crush");
}

fn the_prompt_arrives_as_it_was(subject: &Subject) {
    let prompt = "-m --help \"quoted\" $HOME `id`\n\n  {\"json\": 1}\n\tGrüße 😀\nlast line";
    let written = prompt::as_text(&Prompt::alone(prompt));
    let heard = subject.ask(prompt);
    assert_eq!(heard.reply().text, "You said: last line", "{subject}");
    let arrived = subject.prompts();
    assert!(
        arrived.iter().any(|text| text.trim() == written.trim()),
        "{subject}: {arrived:?}"
    );
    subject.assert_nothing_left();
}

/// What Crush said of a failure.
#[track_caller]
fn error_in(no_reply: &NoReply) -> &CrushError {
    match no_reply {
        NoReply::Crush(CrushFailure::Error(error)) => error,
        NoReply::Crush(CrushFailure::Retried { cause, .. }) => cause,
        other => panic!("no error of Crush: {other}"),
    }
}

fn timeouts(seconds: u64) -> Timeouts {
    let short = Duration::from_secs(seconds);
    Timeouts {
        first: short,
        silence: short,
        total: 5 * short,
    }
}
