//! The help of the whole program: its commands in groups, where to begin, and what a wrong command
//! may have meant.

use super::Cli;
use crate::cli::{Exit, Failure, Ui};
use crate::model::edit_distance;
use crate::render::safe::SafeText;
use crate::safe_format;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};
use std::env;
use std::ffi::OsString;

/// The page. A test holds the groups against the commands that there are.
pub(super) const TEMPLATE: &str = "\
{about-with-newline}
{usage-heading} {usage}

Begin with `mmogit chat`. `mmogit COMMAND --help` explains each, with examples.

Talk:
  chat             Talk to an AI; every message is signed and kept
  persona          Named instructions for the AI
  serve            Your conversations in a browser, and for programs over HTTP

Read and find:
  thread-list      List your threads, newest first
  thread-search    Search all titles and messages
  thread-replay    Read a thread again, each message with its proof
  thread-info      All there is to know about a thread
  thread-tree      A thread's messages as a tree, with what was set aside

Organise:
  thread-rename    Give a thread another title
  thread-tag       Add, remove or list tags
  thread-archive   Put threads away
  thread-restore   Bring archived threads back
  thread-fork      Copy a conversation, to go on differently
  thread-split     Make a new thread of a conversation's end
  thread-merge     Make a new thread of two conversations
  thread-invite    Let somebody speak in a thread of yours
  thread-drop      Take somebody's part in a thread from them
  thread-encrypt   Seal a thread: only its readers read what follows
  thread-readers   Who reads a sealed thread; let readers in, or remove them
  thread-erase     Erase a thread for good
  project          What threads belong to, and who has a part in it
  draft            What an AI proposed: edit, accept, discard, apply

Take elsewhere:
  sync             Exchange threads with a git repository
  remote           The repositories you sync with
  thread-export    As Markdown, HTML or JSON, or as a bundle that proves itself
  thread-import    Bring your threads in from files

Check:
  verify           Every signature, every link, and that nothing was taken away
  doctor           What is set up here, and whether a chat could work
  allowed-signers  For checking signatures with stock git

You and your shell:
  init             Make your identity, or bring it back from its words
  identity         Who you are here; your card, your words, your passphrase
  contact          Whom you know, and whose keys you compared
  agent            The keys with which AIs sign for you
  profile          Several people's homes, for one server
  completions      Completion for your shell
  man              The manual pages

Options:
{options}{after-help}";

/// Names from other programs, and what is called so here.
const ELSEWHERE: [(&str, &str); 7] = [
    ("ls", "thread-list"),
    ("show", "thread-replay"),
    ("find", "thread-search"),
    ("seal", "thread-encrypt"),
    ("encrypt", "thread-encrypt"),
    ("delete", "thread-erase"),
    ("rm", "thread-erase"),
];

/// Reads the arguments. Help and version are printed, and what is wrong is told; then there is only
/// an exit code.
pub(super) fn read_arguments(ui: &Ui) -> Result<Cli, Exit> {
    let arguments: Vec<OsString> = env::args_os().collect();
    let error = match Cli::try_parse_from(&arguments) {
        Ok(cli) => return Ok(cli),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let help = SafeText::coloured(&error.render().ansi().to_string());
            if error.use_stderr() {
                ui.usage(help);
                return Err(Exit::Usage);
            }
            let help = if ui.stdout_is_terminal {
                fitted(&help, ui.width())
            } else {
                help
            };
            // Whoever reads no further has had enough.
            let _ = ui.data(help);
            return Err(Exit::Done);
        }
        _ => {}
    }
    let own_words = wrong_command(&error)
        .map(|name| no_such_command(&name))
        .or_else(|| word_with_a_dash(&error, &arguments));
    match own_words {
        Some(failure) => ui.error(&failure),
        None => ui.error(refusal(&error, &arguments)),
    }
    if is_unquoted(&error, &arguments) {
        ui.hint("hint: A question of several words goes in quotes: mmogit chat 'What is it?'");
    }
    Err(Exit::Usage)
}

/// A page of help on a screen of so many columns. clap fits in what it sets itself, but not our
/// tables and paragraphs. Examples stay as they are: they are there to be copied.
fn fitted(help: &SafeText, width: usize) -> SafeText {
    let mut fitted = SafeText::new();
    let mut is_example = false;
    for line in help.in_lines() {
        is_example = match line.trim() {
            "" => false,
            "Examples:" => true,
            _ => is_example,
        };
        fitted.push(if is_example {
            line
        } else {
            line.wrapped(width)
        });
        fitted.push("\n");
    }
    fitted
}

/// Whether a question was given word by word.
fn is_unquoted(error: &clap::Error, arguments: &[OsString]) -> bool {
    let is_word = matches!(
        error.get(ContextKind::InvalidArg),
        Some(ContextValue::String(word)) if !word.starts_with('-')
    );
    error.kind() == ErrorKind::UnknownArgument
        && is_word
        && arguments.get(1).is_some_and(|name| name == "chat")
}

/// clap's own words. They quote what was typed, and clap takes out of them what looks like a
/// colour; so it is asked again with arguments that are safe.
fn refusal(error: &clap::Error, arguments: &[OsString]) -> SafeText {
    let safe = arguments
        .iter()
        .map(|argument| SafeText::line(&argument.to_string_lossy()).to_string());
    let again = Cli::try_parse_from(safe)
        .err()
        .filter(|again| again.kind() == error.kind());
    SafeText::block(
        again
            .as_ref()
            .unwrap_or(error)
            .render()
            .to_string()
            .trim_end(),
    )
}

/// What stands in the place of a command and is none.
fn wrong_command(error: &clap::Error) -> Option<String> {
    let first = env::args_os().nth(1)?.to_string_lossy().into_owned();
    let is_first = matches!(
        error.get(ContextKind::InvalidSubcommand),
        Some(ContextValue::String(name)) if *name == first
    );
    (error.kind() == ErrorKind::InvalidSubcommand && is_first).then_some(first)
}

/// A word of a search that is taken for an option. clap would name its first letter alone.
fn word_with_a_dash(error: &clap::Error, arguments: &[OsString]) -> Option<Failure> {
    let is_search = arguments.get(1).is_some_and(|name| name == "thread-search");
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    if !is_search || error.kind() != ErrorKind::UnknownArgument || option.starts_with("--") {
        return None;
    }
    let words = arguments.iter().map(|argument| argument.to_string_lossy());
    let word = SafeText::line(&words.into_iter().find(|word| word.starts_with(option))?);
    let hint = safe_format!(
        "Words that begin with a dash come last, behind --: mmogit thread-search WORDS -- {}\n\
         They are looked for with it: words can't be left out of a search.",
        word
    );
    Some(Failure::new(Exit::Usage, safe_format!("there is no option `{}`", word)).hint(hint))
}

fn no_such_command(typed: &str) -> Failure {
    let what = safe_format!("there is no command `{}`", SafeText::line(typed));
    let hint = match nearest(typed) {
        Some(near) => {
            safe_format!(
                "Did you mean `mmogit {}`? `mmogit --help` shows all.",
                SafeText::line(&near)
            )
        }
        None => "`mmogit --help` shows all commands. To ask an AI: mmogit chat 'QUESTION'".into(),
    };
    Failure::new(Exit::Usage, what).hint(hint)
}

/// The command whose name, with or without `thread-`, is most like what was typed, if it is like it
/// at all.
fn nearest(typed: &str) -> Option<String> {
    let typed = typed.to_lowercase().replace('_', "-");
    if let Some((_, name)) = ELSEWHERE.iter().find(|(other, _)| *other == typed) {
        return Some((*name).to_owned());
    }
    let command = Cli::command();
    let names = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(clap::Command::get_name);
    let distance = |name: &str| {
        let short = name.strip_prefix("thread-").unwrap_or(name);
        edit_distance(&typed, name).min(edit_distance(&typed, short))
    };
    let (distance, name) = names.map(|name| (distance(name), name)).min()?;
    (distance <= (typed.chars().count() / 2).clamp(1, 2)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visible(command: &clap::Command) -> Vec<&clap::Command> {
        command
            .get_subcommands()
            .filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
            .collect()
    }

    #[test]
    fn each_command_stands_in_one_group_and_each_line_fits() {
        let listed: Vec<&str> = TEMPLATE
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
            .collect();
        let command = Cli::command();
        let mut names: Vec<&str> = visible(&command)
            .iter()
            .map(|command| command.get_name())
            .collect();
        let mut sorted = listed.clone();
        sorted.sort_unstable();
        names.sort_unstable();
        assert_eq!(sorted, names);
        assert!(
            TEMPLATE.lines().all(|line| line.chars().count() <= 80),
            "a line is too long"
        );
    }

    #[test]
    fn every_command_has_an_example_of_itself() {
        fn check(command: &clap::Command, path: &str) {
            for inner in visible(command) {
                let path = format!("{path} {}", inner.get_name());
                let help = inner.clone().render_long_help().to_string();
                let (_, usage) = help.split_once("Usage:").unwrap();
                let described = help.lines().filter(|line| !line.starts_with("Usage:"));
                let has_example = described
                    .clone()
                    .any(|line| line.starts_with("  ") && line.contains(&path));
                assert!(has_example, "{path} has no example: {usage}");
                check(inner, &path);
            }
        }
        check(&Cli::command(), "mmogit");
    }

    fn refused(arguments: &[&str]) -> (clap::Error, Vec<OsString>) {
        let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
        let error = Cli::try_parse_from(&arguments).err().expect("refused");
        (error, arguments)
    }

    #[test]
    fn what_a_refusal_quotes_is_shown_and_safe() {
        let hostile = "\u{1b}[32mx\u{9b}2J\u{202e}";
        for arguments in [
            &["\u{1b}]0;me\u{7}", "verify", hostile, hostile][..],
            &["mmogit", "persona", hostile],
            &["mmogit", "thread-list", "--sort", hostile],
            &["mmogit", "thread-list", "--limit", hostile],
            &["mmogit", "thread-search", "--role", hostile, "x"],
            &["mmogit", "verify", &format!("--{hostile}")],
        ] {
            let (error, arguments) = refused(arguments);
            let told = refusal(&error, &arguments);
            assert!(told.contains("␛[32mx\u{fffd}2J\u{fffd}"), "{told:?}");
            assert!(
                !told.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{7}']),
                "{told:?}"
            );
        }
    }

    #[test]
    fn the_programs_own_name_is_not_taken_from_whoever_started_it() {
        let help = refused(&["\u{1b}[31mother", "thread-list", "--help"])
            .0
            .render()
            .to_string();
        assert!(
            help.contains("mmogit thread-list") && !help.contains("other"),
            "{help:?}"
        );
    }

    #[test]
    fn what_is_nearest_is_suggested_and_nothing_far() {
        for (typed, meant) in [
            ("list", "thread-list"),
            ("lst", "thread-list"),
            ("threadlist", "thread-list"),
            ("thread_list", "thread-list"),
            ("Replay", "thread-replay"),
            ("serach", "thread-search"),
            ("verfy", "verify"),
            ("chta", "chat"),
            ("ls", "thread-list"),
        ] {
            assert_eq!(nearest(typed).as_deref(), Some(meant), "{typed}");
        }
        for typed in ["what is rust", "x", "commit", "--", ""] {
            assert_eq!(nearest(typed), None, "{typed}");
        }
    }
}
