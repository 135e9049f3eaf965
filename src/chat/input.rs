//! What a line means: something to say, a command, or the end.

use crate::model::edit_distance;
use crate::render::safe::SafeText;
use crate::safe_format;

/// A slash command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Help,
    Title,
    Tag,
    Persona,
    Backend,
    Model,
    Save,
    Retry,
    Undo,
    Edit,
    Branches,
    Switch,
    Show,
    Continue,
    New,
    List,
    Search,
    Attach,
    Copy,
    Draft,
    Editor,
    Send,
    Info,
    Exit,
}

/// Each command with its name, what may follow it, and what it does.
pub(super) static COMMANDS: [Row; 24] = [
    (Command::Help, "/help", "", "show this"),
    (
        Command::Title,
        "/title",
        "[TITLE]",
        "show or change the title",
    ),
    (
        Command::Tag,
        "/tag",
        "[TAG] [-TAG]",
        "show, add or (with -) remove tags",
    ),
    (
        Command::Persona,
        "/persona",
        "[NAME]",
        "show or change the persona as which the AI answers (none leaves it)",
    ),
    (
        Command::Backend,
        "/backend",
        "[NAME]",
        "show who may answer, or let another answer",
    ),
    (
        Command::Model,
        "/model",
        "[NAME]",
        "show the model, or ask for another (- for the one that is set)",
    ),
    (
        Command::Save,
        "/save",
        "",
        "save now; happens by itself every 5 messages and at the end",
    ),
    (
        Command::Retry,
        "/retry",
        "",
        "ask again, or for another answer",
    ),
    (
        Command::Undo,
        "/undo",
        "[N]",
        "put the last question and its answer aside, or the last N",
    ),
    (
        Command::Edit,
        "/edit",
        "[N]",
        "edit your last message, or message N; once sent, it takes that one's place",
    ),
    (
        Command::Branches,
        "/branches",
        "",
        "list where the thread goes on: shown or set aside",
    ),
    (
        Command::Switch,
        "/switch",
        "N",
        "show branch N of that list instead",
    ),
    (
        Command::Show,
        "/show",
        "[N]",
        "show the last question and answer again, or the last N (or all)",
    ),
    (
        Command::Continue,
        "/continue",
        "THREAD",
        "save this thread and go on with another (Tab for titles)",
    ),
    (
        Command::New,
        "/new",
        "[TITLE]",
        "save this thread and begin another",
    ),
    (
        Command::List,
        "/list",
        "",
        "list the threads that were changed last",
    ),
    (Command::Search, "/search", "WORDS", "search all threads"),
    (
        Command::Attach,
        "/attach",
        "FILE [FILE]",
        "send text files with your next message (- for none)",
    ),
    (
        Command::Copy,
        "/copy",
        "[N] [code]",
        "copy the last or N-th last reply, or its last code block",
    ),
    (
        Command::Draft,
        "/draft",
        "[N]",
        "keep the last reply, or its Nth code block, as a draft",
    ),
    (
        Command::Editor,
        "/editor",
        "",
        "write a message in your editor (VISUAL or EDITOR)",
    ),
    (
        Command::Send,
        "/send",
        "[TEXT]",
        "send what was held back for a likely secret, or a text with one",
    ),
    (
        Command::Info,
        "/info",
        "",
        "show the thread's id, size, tokens and file",
    ),
    (
        Command::Exit,
        "/exit",
        "",
        "save and leave (so do exit, quit and Ctrl-D)",
    ),
];

/// Names that no list shows, and those that stand there: what people try, and what was called so
/// before.
const OTHER_NAMES: [(&str, &str); 2] = [("/quit", "/exit"), ("/role", "/persona")];

/// A row of [`COMMANDS`].
type Row = (Command, &'static str, &'static str, &'static str);

/// The command of this name.
fn find(name: &str) -> Option<&'static Row> {
    let other = OTHER_NAMES
        .iter()
        .find(|(other, _)| other.eq_ignore_ascii_case(name));
    let name = other.map_or(name, |(_, listed)| listed);
    COMMANDS
        .iter()
        .find(|(_, listed, ..)| listed.eq_ignore_ascii_case(name))
}

/// What was entered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input<'t> {
    /// Nothing worth sending.
    Nothing,
    /// A message.
    Say(&'t str),
    /// A command, and what follows it.
    Do(Command, &'t str),
    /// A command that takes nothing, and something follows it.
    TooMuch(&'static str),
    /// Looks like a command and is none.
    Unknown(&'t str),
}

/// Reads what was entered. A text of several lines is always a message, so a pasted one is sent as
/// it is.
pub(super) fn read(text: &str) -> Input<'_> {
    let line = text.trim();
    if line.is_empty() {
        return Input::Nothing;
    }
    if line.contains('\n') {
        return Input::Say(text.trim_start_matches(['\n', '\r']).trim_end());
    }
    if ["exit", "quit", "/quit"]
        .iter()
        .any(|word| line.eq_ignore_ascii_case(word))
    {
        return Input::Do(Command::Exit, "");
    }
    if !line.starts_with('/') {
        return Input::Say(line);
    }
    if line.starts_with("//") {
        return Input::Say(&line[1..]);
    }
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match find(name) {
        None => Input::Unknown(name),
        Some((_, known, "", _)) if !rest.trim().is_empty() => Input::TooMuch(known),
        Some((command, ..)) => Input::Do(*command, rest.trim()),
    }
}

/// The command that was meant, if one is near.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let typed = name.to_lowercase();
    let (distance, known) = COMMANDS
        .iter()
        .map(|(_, known, ..)| (edit_distance(&typed, known), *known))
        .min()?;
    (distance <= (typed.chars().count() / 3).clamp(1, 2)).then_some(known)
}

/// The command at the beginning of a line, and where what follows it begins.
pub(super) fn command_of(line: &str) -> Option<(Command, usize)> {
    let (name, rest) = line.split_once(char::is_whitespace)?;
    let (command, ..) = find(name)?;
    Some((*command, line.len() - rest.trim_start().len()))
}

/// The text of `/help`.
pub(super) fn help() -> SafeText {
    let mut text = SafeText::new();
    for (_, name, follows, what) in COMMANDS {
        let usage = safe_format!("{} {}", name, follows);
        text += safe_format!("{:<20} {}\n", usage, what);
    }
    text.push(
        "\nA trailing \\ or Alt-Enter begins a new line; a paste is one message.\n\
         In a line, @path sends that file along, if there is one.\n\
         Ctrl-C stops a reply or clears the line; Up brings back what you typed.\n\
         To say something that begins with a slash, double it: //etc/hosts\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_out_is_known_in_any_case() {
        for text in ["exit", " EXIT ", "Quit", "/exit", "/Exit", "/quit"] {
            assert_eq!(read(text), Input::Do(Command::Exit, ""), "{text:?}");
        }
        for text in ["exit now", "how do I exit?", "quitting"] {
            assert_eq!(read(text), Input::Say(text));
        }
    }

    #[test]
    fn a_slash_is_a_command_or_told_to_be_none() {
        assert_eq!(read("/title  a b "), Input::Do(Command::Title, "a b"));
        assert_eq!(read("/TAG x"), Input::Do(Command::Tag, "x"));
        assert_eq!(read("/etc/hosts is what?"), Input::Unknown("/etc/hosts"));
        assert_eq!(read("/"), Input::Unknown("/"));
        assert_eq!(
            read("//etc/hosts is what?"),
            Input::Say("/etc/hosts is what?")
        );
    }

    #[test]
    fn several_lines_are_sent_as_they_are() {
        assert_eq!(
            read("\n// a comment\n  code\n\n"),
            Input::Say("// a comment\n  code")
        );
        assert_eq!(read("/help\nme"), Input::Say("/help\nme"));
        assert_eq!(read("exit\nhere"), Input::Say("exit\nhere"));
    }

    #[test]
    fn nothing_is_not_sent() {
        for text in ["", " ", "\t", "\n\n", "\u{a0}"] {
            assert_eq!(read(text), Input::Nothing, "{text:?}");
        }
    }

    #[test]
    fn help_names_every_command() {
        let help = help();
        assert!(COMMANDS.iter().all(|(_, name, ..)| help.contains(name)));
    }
}
