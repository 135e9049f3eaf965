//! Nothing that others wrote acts on the terminal.
//!
//! Text that tries to stands in every place that a text can stand in: each string of threads and
//! erasures, true ones, older ones and broken ones; tags, roles, settings, remotes, branches,
//! journals; paths, variables and arguments. Every command that clap knows is then run at a
//! terminal and, where it has `--json`, in a pipe, with arguments that are tried out rather than
//! listed. So a new command, option or field is tested without being added here.

mod arguments;
mod home;
mod hostile;
mod slash;
mod terminal;

use arguments::{Call, Values, calls};
use home::HostileHome;
use hostile::{foreign, foreign_in_json};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use terminal::{complete, in_a_pipe, on_a_terminal};

const AT_ONCE: usize = 8;

/// Does it for each, several at a time: most of the time of each goes by with waiting.
fn each<T: Sync>(all: &[T], found: impl Fn(&T) -> Vec<String> + Sync + Send) -> Vec<String> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(AT_ONCE)
        .build()
        .unwrap();
    pool.install(|| all.par_iter().flat_map_iter(found).collect())
}

/// Runs each call in a copy of the home, and returns what reached somebody.
fn findings(home: &HostileHome, calls: &[Call]) -> Vec<String> {
    each(calls, |call| {
        let seen = on_a_terminal(&home.copy(), &call.words, "1\r\u{4}");
        let mut found: Vec<String> = foreign(&seen)
            .map(|what| format!("{call}: {what}"))
            .into_iter()
            .collect();
        if let Some(words) = call.in_json() {
            let printed = in_a_pipe(&home.copy(), &words);
            found.extend(foreign_in_json(&printed).map(|what| format!("{call} in a pipe: {what}")));
        }
        found
    })
}

#[track_caller]
fn assert_nothing(found: &[String]) {
    assert!(
        found.is_empty(),
        "{} of others' sequences:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn no_command_lets_anything_through_where_all_is_true() {
    let home = HostileHome::true_one();
    assert_nothing(&findings(&home, &calls(&Values::of(&home))));
}

#[test]
fn no_command_lets_anything_through_where_all_is_broken() {
    let home = HostileHome::broken_one();
    assert_nothing(&findings(
        &home,
        &calls(&Values::of(&home).only_arguments()),
    ));
}

#[test]
fn no_command_lets_anything_through_that_a_journal_holds() {
    let home = HostileHome::with_broken_journals();
    assert_nothing(&findings(&home, &calls(&Values::plain())));
}

#[test]
fn no_command_lets_settings_through() {
    for settings in home::settings() {
        let home = HostileHome::with_settings(&settings);
        let mut calls = calls(&Values::plain());
        calls.retain(|call| ["chat", "doctor"].contains(&call.words[0].as_str()));
        assert_nothing(&findings(&home, &calls));
    }
}

#[test]
fn no_shell_is_offered_anything() {
    let home = HostileHome::true_one();
    assert_nothing(&each(&arguments::places(), |words| {
        let offered = complete(&home, words);
        foreign(&offered)
            .map(|what| format!("{words:?}: {what}"))
            .into_iter()
            .collect()
    }));
}

#[test]
fn no_chat_lets_anything_through() {
    let home = HostileHome::true_one();
    let commands = slash::commands(&home);
    assert!(commands.len() > 10, "{commands:?}");
    assert_nothing(&each(&commands, |command| {
        let seen = slash::in_a_chat(&home.copy(), command);
        foreign(&seen)
            .map(|what| format!("{command}: {what}"))
            .into_iter()
            .collect()
    }));
}
