//! Every command that clap knows, called with arguments that it takes. Nothing is listed here: what
//! an argument takes is tried out, and one for which nothing is found fails the test.

use super::home::HostileHome;
use super::hostile::hostile_name;
use clap::{Arg, Command, CommandFactory, ValueHint};
use mmogit::commands::Cli;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

/// So many of the values are tried with an option: those at the beginning are of different kinds.
const OF_AN_OPTION: usize = 4;

/// A part of the title of each thread.
const TITLE: &str = "sample";

/// What is given as arguments.
pub struct Values {
    pool: Vec<String>,
    /// Those of the pool that are paths.
    files: Vec<String>,
    with_options: bool,
}

impl Values {
    pub fn of(home: &HostileHome) -> Self {
        let path = home.files[0].to_str().unwrap();
        let mut pool = ["1", path, "2026-01-01"].map(str::to_owned).to_vec();
        pool.insert(0, hostile_name("text"));
        pool.push(TITLE.to_owned());
        pool.extend(home.threads.iter().map(|id| id.replace('\0', "")));
        let files: Vec<String> = home
            .files
            .iter()
            .map(|path| path.to_str().unwrap().to_owned())
            .collect();
        pool.extend_from_slice(&files[1..]);
        Self {
            pool,
            files,
            with_options: true,
        }
    }

    /// Without options but for `--json`.
    pub fn only_arguments(self) -> Self {
        Self {
            with_options: false,
            ..self
        }
    }

    pub fn plain() -> Self {
        Self {
            pool: vec!["x".to_owned()],
            files: Vec::new(),
            with_options: false,
        }
    }
}

/// One call of a command.
pub struct Call {
    pub words: Vec<String>,
}

impl Call {
    /// The same call, in JSON; `None` where there is none.
    pub fn in_json(&self) -> Option<Vec<String>> {
        let is_json = self.words.iter().any(|word| word == "--json");
        let json = (!is_json).then(|| "--json".to_owned());
        let words: Vec<String> = self.words.iter().cloned().chain(json).collect();
        takes(&words).then_some(words)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.words)
    }
}

/// A command that does something, and the words that lead to it.
struct Leaf {
    path: Vec<String>,
    command: Command,
}

fn leaves() -> Vec<Leaf> {
    let mut waiting = vec![Leaf {
        path: Vec::new(),
        command: Cli::command(),
    }];
    let mut found = Vec::new();
    while let Some(Leaf { path, command }) = waiting.pop() {
        for inner in command.get_subcommands() {
            let path = path
                .iter()
                .cloned()
                .chain([inner.get_name().to_owned()])
                .collect();
            waiting.push(Leaf {
                path,
                command: inner.clone(),
            });
        }
        let is_only_a_group = command.has_subcommands() && command.is_subcommand_required_set();
        // A server goes on until a signal ends it, and prints nothing but its own address.
        let goes_on = path.first().is_some_and(|name| name == "serve");
        if !path.is_empty() && !is_only_a_group && !goes_on {
            found.push(Leaf { path, command });
        }
    }
    found
}

impl Leaf {
    fn arguments(&self) -> impl Iterator<Item = &Arg> {
        self.command
            .get_arguments()
            .filter(|argument| !["help", "version"].contains(&argument.get_id().as_str()))
    }

    /// Values for an argument: those that clap lists, and all that there are.
    fn values(argument: &Arg, pool: &[String]) -> Vec<String> {
        let listed = argument.get_possible_values();
        listed
            .iter()
            .map(|value| value.get_name().to_owned())
            .chain(pool.iter().cloned())
            .collect()
    }

    /// The words for one argument with a value.
    fn said(argument: &Arg, value: &str) -> Vec<String> {
        if argument.is_positional() {
            return vec![value.to_owned()];
        }
        let name = match (argument.get_long(), argument.get_short()) {
            (Some(long), _) => format!("--{long}"),
            (None, Some(short)) => format!("-{short}"),
            (None, None) => unreachable!("an option has a name"),
        };
        if !argument.get_action().takes_values() {
            return vec![name];
        }
        match argument.get_long() {
            Some(_) => vec![format!("{name}={value}")],
            None => vec![name, value.to_owned()],
        }
    }

    /// A call in which this argument has this value, with what else it takes for clap to accept it.
    fn with(&self, wanted: &Arg, value: &str, pool: &[String]) -> Option<Call> {
        let is_wanted = |argument: &Arg| argument.get_id() == wanted.get_id();
        let call = |is_in: &dyn Fn(&Arg) -> bool| self.accepted(is_in, Some((wanted, value)), pool);
        let besides = |other: &Arg, is_base: &dyn Fn(&Arg) -> bool| {
            call(&|argument| {
                is_base(argument) || is_wanted(argument) || argument.get_id() == other.get_id()
            })
        };
        call(&|argument| argument.is_required_set() || is_wanted(argument))
            // It may need what is not always needed, or not stand beside what mostly is.
            .or_else(|| call(&|argument| argument.is_positional() || is_wanted(argument)))
            .or_else(|| call(&is_wanted))
            .or_else(|| {
                self.arguments()
                    .find_map(|other| besides(other, &Arg::is_required_set))
            })
            .or_else(|| {
                self.arguments()
                    .find_map(|other| besides(other, &Arg::is_positional))
            })
    }

    /// The first call with these arguments that clap accepts.
    fn accepted(
        &self,
        is_in: &dyn Fn(&Arg) -> bool,
        wanted: Option<(&Arg, &str)>,
        pool: &[String],
    ) -> Option<Call> {
        // The others' values: threads where there is no name, so that there is something to be
        // done, unless it is a number that is asked for.
        let others = [("x", true), ("1", true), ("1", false)];
        others.into_iter().find_map(|(other, has_threads)| {
            let is_thread = |value: &&String| has_threads && value.starts_with("thread_");
            let mut threads = pool.iter().filter(is_thread);
            let mut words = self.path.clone();
            for argument in self.arguments().filter(|argument| is_in(argument)) {
                let listed = argument
                    .get_possible_values()
                    .first()
                    .map(|value| value.get_name().to_owned());
                let thread = threads.next().filter(|_| argument.is_positional()).cloned();
                let given = wanted.filter(|(wanted, _)| argument.get_id() == wanted.get_id());
                let given = given.map(|(_, value)| value.to_owned());
                let value = given
                    .or(listed)
                    .or(thread)
                    .unwrap_or_else(|| other.to_owned());
                words.extend(Self::said(argument, &value));
            }
            takes(&words).then_some(Call { words })
        })
    }

    /// The same where nothing is named, and where what is named is a title.
    fn with_a_title(&self, call: &Call) -> Option<Call> {
        let is_named =
            call.words.len() > self.path.len() && !call.words[self.path.len()].starts_with('-');
        let mut words = call.words.clone();
        words.insert(self.path.len(), TITLE.to_owned());
        (!is_named && takes(&words)).then_some(Call { words })
    }

    fn base(&self, pool: &[String]) -> Call {
        let bare = takes(&self.path).then(|| Call {
            words: self.path.clone(),
        });
        bare.or_else(|| self.accepted(&Arg::is_required_set, None, pool))
            .or_else(|| {
                self.arguments()
                    .find_map(|argument| self.with(argument, &pool[0], pool))
            })
            .unwrap_or_else(|| panic!("nothing is found with which clap accepts {:?}", self.path))
    }

    fn calls(&self, values: &Values) -> Vec<Call> {
        let pool = &values.pool;
        let mut calls = vec![self.base(pool)];
        for argument in self.arguments() {
            let wanted =
                values.with_options || argument.is_positional() || argument.get_id() == "json";
            // Files where files are meant.
            let takes_files = argument.get_value_hint() == ValueHint::AnyPath;
            let some = pool
                .iter()
                .filter(|value| takes_files || !values.files.contains(value));
            let some: Vec<String> = if argument.is_positional() {
                some.cloned().collect()
            } else {
                pool[..pool.len().min(OF_AN_OPTION)].to_vec()
            };
            let all = Self::values(argument, &some);
            let all = if argument.get_action().takes_values() {
                all
            } else {
                vec![String::new()]
            };
            let with: Vec<Call> = all
                .iter()
                .filter_map(|value| self.with(argument, value, pool))
                .collect();
            assert!(
                !with.is_empty() || pool.len() == 1,
                "nothing is found that {:?} takes as {}",
                self.path,
                argument.get_id()
            );
            if wanted && !argument.is_positional() {
                calls.extend(
                    with.iter()
                        .filter_map(|call| self.with_a_title(call))
                        .take(1),
                );
            }
            if wanted {
                calls.extend(with);
            }
        }
        // And what each of them refuses.
        let nonsense = hostile_name("nonsense");
        for words in [
            vec![nonsense.clone(); 9],
            vec![format!("--{nonsense}")],
            vec!["--help".to_owned()],
        ] {
            calls.push(Call {
                words: self.path.iter().cloned().chain(words).collect(),
            });
        }
        calls
    }
}

thread_local! {
    /// Built once: that takes far longer than reading arguments.
    static COMMAND: RefCell<Command> = RefCell::new(Cli::command());
}

fn takes(words: &[String]) -> bool {
    let words = ["mmogit"]
        .into_iter()
        .map(str::to_owned)
        .chain(words.iter().cloned());
    COMMAND.with_borrow_mut(|command| command.try_get_matches_from_mut(words).is_ok())
}

/// Calls of every command, with every argument.
pub fn calls(values: &Values) -> Vec<Call> {
    let nonsense = [
        hostile_name("nonsense"),
        format!("--{}", hostile_name("nonsense")),
        "--help".to_owned(),
    ];
    let without_command = nonsense.into_iter().map(|word| Call { words: vec![word] });
    let mut calls: Vec<Call> = leaves()
        .iter()
        .flat_map(|leaf| leaf.calls(values))
        .chain(without_command)
        .collect();
    let mut known = HashSet::new();
    calls.retain(|call| known.insert(call.words.clone()));
    calls
}

/// Where a shell may ask what to complete: behind each command, and as the value of each option.
pub fn places() -> Vec<Vec<String>> {
    let mut places = Vec::new();
    for leaf in leaves() {
        let positionals = leaf
            .arguments()
            .filter(|argument| argument.is_positional())
            .count();
        for before in 0..=positionals {
            let words = vec!["x".to_owned(); before]
                .into_iter()
                .chain([String::new()]);
            places.push(leaf.path.iter().cloned().chain(words).collect());
        }
        for option in leaf
            .arguments()
            .filter(|argument| !argument.is_positional())
        {
            let words = Leaf::said(option, "");
            places.push(leaf.path.iter().cloned().chain(words).collect());
        }
    }
    places
}
