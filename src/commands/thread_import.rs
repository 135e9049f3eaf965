//! `mmogit thread-import`.

use crate::cli::{self, Environment, Exit, Failure, Progress, Ui};
use crate::render::safe::SafeText;
use crate::render::taken_in::Telling;
use crate::render::{imports, taken_in};
use crate::safe_format;
use crate::sources::{Folder, Kind, Source};
use crate::transfer::bundle::Parts;
use crate::transfer::{
    Given, Import, ImportMode, ImportOutcome, Redacted, Secrets, TakenIn, import_all, take_in_all,
};
use crate::workspace::Workspace;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

const NAME_ONE: &str = "Name an export of ChatGPT or Claude.ai, a transcript of Claude Code or Codex, \
    the log of llm, a list of messages, a text with speakers, a bundle, or a thread's JSON file.";
const FOREIGN: &str = "
A branch holds only what its owner signed, so others' threads stay in their file, which proves itself:
check them with `mmogit verify --file`, read them with `mmogit thread-replay --file`.
";
const UNPROVEN: &str = "
What does not verify was left outside, whole; `mmogit thread-replay --file` shows what is there.
";
const LEFT_OUT: &str = "
--explain tells each thing that was left out, and what was kept without being understood.
";

/// Bring conversations in: exports of ChatGPT and Claude.ai, transcripts of agents, texts, your bundles
///
/// What each file is is seen from how it begins; of a folder all *.jsonl and conversations.json in it
/// are taken. A conversation of another program becomes a thread of yours, with its times, models,
/// branches and calls of tools: you sign that it stood in the file, not that anybody said it, and every
/// face says so. It can be continued, searched and forked like any. Importing it again adds what was
/// said there since, and nothing else; what was changed there stays here as it came in, and is told.
///
/// What is signed stays in the history. So what looks like a key, a token or a password is replaced by
/// its kind before anything is signed: in transcripts of agents unless you say --no-redact, in other
/// programs' conversations if you want. A terminal asks at the first that is found, a script says
/// --redact or --no-redact. Not everything that is secret looks so.
///
/// Bundles and threads of yours are checked first, and each is taken whole or not at all; what is there
/// already is united with it, and nothing is ever replaced or lost. Others' threads stay in their
/// files, and prove themselves there: `mmogit verify --file`, `mmogit thread-replay --file`.
///
/// All that comes in from other programs makes one commit, all from bundles and threads another; after
/// an error or Ctrl-C nothing of it is there. Exits with 3 if anything does not verify, with 1 if
/// something good was left out.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit thread-import export.zip --dry-run --explain
  mmogit thread-import conversations.json
  mmogit thread-import ~/.claude/projects ~/.codex/sessions
  mmogit thread-import chat.json --from messages
  mmogit thread-import conversations.json --redact
  mmogit thread-import all.bundle")]
pub struct Args {
    /// Exports, transcripts, folders of these, bundles or thread files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// What all files are, where it is not seen from how they begin
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    from: Option<Kind>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Replace what looks like a key, a token or a password by its kind, before anything is signed
    #[arg(long, conflicts_with = "no_redact")]
    redact: bool,
    /// Import all as it is, and don't look for secrets
    #[arg(long)]
    no_redact: bool,
    /// Tell each conversation, what was left out, and what was kept without being understood
    #[arg(long, conflicts_with = "json")]
    explain: bool,
    /// Print JSON: {"threads": [{"place", "id", "title", "outcome", …}], "messages", "added", …}
    #[arg(long)]
    json: bool,
}

fn kinds() -> impl TypedValueParser<Value = Kind> {
    let names = PossibleValuesParser::new(Kind::ALL.map(Kind::code));
    names.map(|name| Kind::read(&name).expect("one of the possible values"))
}

/// Takes threads and conversations in from files.
///
/// # Errors
/// If a file can't be read, or what is in it can't be kept.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let workspace = environment.workspace()?;
    let vault = workspace.existing_vault()?;
    // A path that can't be read is told before anything is imported.
    let files = Files::open(args)?;
    let done = if args.dry_run {
        files.take(&workspace, &ImportMode::DryRun(vault.author()), ui)?
    } else {
        let keys = cli::unlock(&vault, environment, ui)?;
        cli::recover(&workspace, &keys, ui)?;
        files.take(&workspace, &ImportMode::Save(keys.owner()), ui)?
    };
    if args.json {
        ui.json(&imports::json(&done.threads, &done.conversations))?;
    } else {
        ui.data(text(&done, args))?;
    }
    Ok(exit(&done))
}

/// The files that are named, each by what is in it.
struct Files {
    ours: Vec<Parts<BufReader<File>>>,
    others: Vec<Given>,
    /// What was said about secrets in them.
    redact: Option<bool>,
}

/// What became of all that is in them.
struct Done {
    threads: Vec<Import>,
    conversations: TakenIn,
}

impl Files {
    fn open(args: &Args) -> Result<Self, Failure> {
        let mut files = Self {
            ours: Vec::new(),
            others: Vec::new(),
            redact: (args.redact || args.no_redact).then_some(args.redact),
        };
        for path in &args.paths {
            if path.is_dir() {
                let folder = Folder::open(path, args.from)?;
                files.others.push(Given::Folder(folder));
                continue;
            }
            match Source::open(path, args.from)? {
                Some(source) => files.others.push(Given::File(source)),
                None => files
                    .ours
                    .push(open(path).map_err(|failure| failure.hint(NAME_ONE))?),
            }
        }
        Ok(files)
    }

    fn take(self, workspace: &Workspace, mode: &ImportMode<'_>, ui: &Ui) -> Result<Done, Failure> {
        let mut done = Done {
            threads: Vec::new(),
            conversations: TakenIn::default(),
        };
        if !self.ours.is_empty() {
            done.threads = take(workspace, self.ours, mode, ui)?;
        }
        if !self.others.is_empty() {
            let progress = Progress::new(ui);
            let told = &mut |count| progress.count("Importing", count);
            let ask = &mut |first: &Redacted| {
                progress.clear();
                ask_about(first, ui)
            };
            let secrets = secrets(self.redact, mode, ask);
            done.conversations =
                take_in_all::<Failure>(workspace, self.others, mode, secrets, told)?;
        }
        Ok(done)
    }
}

/// What is to become of secrets. A dry run asks nobody: it tells what would be replaced.
fn secrets<'a>(
    redact: Option<bool>,
    mode: &ImportMode<'_>,
    ask: &'a mut dyn FnMut(&Redacted) -> Result<bool, Failure>,
) -> Secrets<'a, Failure> {
    match (redact, mode) {
        (Some(false), _) => Secrets::Keep,
        (Some(true), _) | (None, ImportMode::DryRun(_)) => Secrets::Redact,
        (None, ImportMode::Save(_)) => Secrets::Ask(ask),
    }
}

/// Whether secrets are to be replaced, of which this is the first.
fn ask_about(first: &Redacted, ui: &Ui) -> Result<bool, Failure> {
    let what = safe_format!(
        "{} has what looks like a secret ({}), and what is signed stays in the history",
        taken_in::place_of(first),
        first.kind.name
    );
    if !ui.stdin_is_terminal || !ui.stderr_is_terminal {
        return Err(Failure::new(Exit::Usage, what).hint(
            "Nothing was imported. --redact replaces each by its kind; --no-redact imports all as it is; \
             --dry-run --explain tells what was found.",
        ));
    }
    ui.warning(safe_format!("⚠️  {}.", what));
    let answer = ui.read_line("   Replace this and all others by [redacted: …]? (Y/n) ")?;
    Ok(!matches!(answer.trim().to_lowercase().as_str(), "n" | "no"))
}

fn text(done: &Done, args: &Args) -> SafeText {
    let mut text = SafeText::new();
    if done.conversations.files.is_empty() || !done.threads.is_empty() {
        text += imports::text(&done.threads, args.dry_run) + &left_outside(&done.threads);
    }
    if !done.conversations.files.is_empty() {
        let telling = Telling {
            is_dry_run: args.dry_run,
            is_in_full: args.explain,
        };
        text += taken_in::text(&done.conversations, telling);
        let has_more = done.conversations.skipped > 0
            || !done.conversations.unknown.is_empty()
            || done.conversations.hidden > 0;
        if has_more && !args.explain {
            text += LEFT_OUT;
        }
    }
    text
}

fn exit(done: &Done) -> Exit {
    let any = |fits: fn(&ImportOutcome) -> bool| {
        let mut threads = done.threads.iter();
        threads.any(|import| fits(&import.outcome))
    };
    let mut conversations = done.conversations.conversations.iter();
    let was_left_out = conversations.any(|one| one.outcome.was_left_out());
    if any(|outcome| matches!(outcome, ImportOutcome::Unproven(_))) {
        Exit::Unverified
    } else if was_left_out
        || done.conversations.lost > 0
        || any(|outcome| matches!(outcome, ImportOutcome::Foreign(_) | ImportOutcome::Erased))
    {
        Exit::Failed
    } else {
        Exit::Done
    }
}

/// What to do about those that stayed outside.
fn left_outside(imports: &[Import]) -> SafeText {
    let has = |fits: fn(&ImportOutcome) -> bool| imports.iter().any(|import| fits(&import.outcome));
    let mut text = SafeText::new();
    if has(|outcome| matches!(outcome, ImportOutcome::Foreign(_))) {
        text += FOREIGN;
    }
    if has(|outcome| matches!(outcome, ImportOutcome::Unproven(_))) {
        text += UNPROVEN;
    }
    text
}

fn take(
    workspace: &Workspace,
    files: Vec<Parts<BufReader<File>>>,
    mode: &ImportMode<'_>,
    ui: &Ui,
) -> Result<Vec<Import>, Failure> {
    let progress = Progress::new(ui);
    let parts = files.into_iter().flatten().zip(0..).map(|(part, done)| {
        progress.count("Importing", done);
        part.map_err(Failure::from)
    });
    import_all(workspace, parts, mode)
}

/// Opens a bundle or a thread's file.
pub(super) fn open(path: &Path) -> Result<Parts<BufReader<File>>, Failure> {
    let failed = |error| {
        Failure::new(
            Exit::Failed,
            safe_format!(
                "{}: {}",
                SafeText::shown(path.display()),
                SafeText::shown(error)
            ),
        )
        .hint("Name a bundle, or a thread's JSON file.")
    };
    let mut file = File::open(path).map_err(failed)?;
    // A folder opens, and only then can't be read.
    file.read(&mut [])
        .and_then(|_| file.metadata())
        .map_err(failed)
        .and_then(|found| {
            if found.is_dir() {
                Err(failed(std::io::ErrorKind::IsADirectory.into()))
            } else {
                Ok(())
            }
        })?;
    let whole = file.metadata().map_or(0, |found| found.len());
    let mut reader = BufReader::new(file);
    let start = reader.fill_buf().map_err(failed)?;
    if is_something_else(start, whole == start.len() as u64) {
        let what = safe_format!(
            "{} is no thread and no bundle",
            SafeText::shown(path.display())
        );
        return Err(
            Failure::new(Exit::Failed, what).hint("Name a bundle, or a thread's JSON file.")
        );
    }
    Ok(Parts::new(path.display().to_string(), reader))
}

/// Whether a file that begins so never was a thread or a bundle. One that is damaged is another
/// matter, and checked.
fn is_something_else(start: &[u8], is_all: bool) -> bool {
    let has = |name: &[u8]| start.windows(name.len()).any(|part| part == name);
    let begins = start.trim_ascii_start().starts_with(b"{");
    let names = [
        b"\"messages\"".as_slice(),
        b"\"author\"",
        b"\"mmogit_bundle\"",
    ];
    !begins || (is_all && !names.into_iter().any(has))
}
