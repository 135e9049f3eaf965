//! The commands: one file each, with its arguments and one `run`. Doc comments on arguments are the
//! help.

pub mod agent;
pub mod allowed_signers;
pub mod chat;
pub mod completions;
pub mod contact;
pub mod doctor;
pub mod draft;
mod help;
pub mod identity;
pub mod init;
pub mod man;
mod organise;
mod paging;
pub mod persona;
pub mod profile;
pub mod project;
pub mod remote;
pub mod serve;
pub mod store_pack;
pub mod sync;
pub mod thread_encrypt;
pub mod thread_erase;
pub mod thread_export;
pub mod thread_fork;
pub mod thread_import;
pub mod thread_info;
pub mod thread_list;
pub mod thread_merge;
pub mod thread_people;
pub mod thread_readers;
pub mod thread_rename;
pub mod thread_replay;
pub mod thread_search;
pub mod thread_split;
pub mod thread_state;
pub mod thread_tag;
pub mod thread_tree;
pub mod verify;

use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::index::{self, DayBoundary};
use crate::model::{State, Timestamp};
use crate::render::safe::SafeText;
use crate::safe_format;
use clap::{Parser, Subcommand};
use organise::{check_new_title, show_derived};

const AFTER_HELP: &str = "\
Your threads live in ~/.mmogit, or where MMOGIT_HOME says. Settings, if you need any, go into
config.toml in there.

Environment:
  MMOGIT_HOME             the folder of your identity, settings and threads
  MMOGIT_PASSPHRASE_FILE  a file that holds the passphrase of your identity, for scripts
  MMOGIT_PASSPHRASE_FD    the number of an open file descriptor to read it from
  MMOGIT_NEW_PASSPHRASE_FILE, MMOGIT_NEW_PASSPHRASE_FD
                          the same for the new one of `mmogit identity passphrase`
  NO_COLOR                no colours
  VISUAL, EDITOR          what /editor and `mmogit persona edit` start (default: vi)
  MMOGIT_PAGER, PAGER     what shows an output that is longer than the screen (default: less -FRX)

Exit codes:
  0 done, 1 failed, 2 asked for wrongly, 3 something does not verify, 4 no reply from the AI, or not
  a whole one (your message and what came are saved), 130 interrupted";

/// Own your conversations with AI.
///
/// Every message is signed with a key made from your own 24 words, every thread is one JSON file in
/// your own git branch, and everything works offline. Nothing has to be set up before you begin.
#[derive(Parser)]
#[command(
    name = "mmogit",
    bin_name = "mmogit",
    version,
    propagate_version = true,
    max_term_width = 100,
    help_template = help::TEMPLATE,
    after_help = "Your threads live in ~/.mmogit, or where MMOGIT_HOME says.",
    after_long_help = AFTER_HELP
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Chat(chat::Args),
    ThreadList(thread_list::Args),
    ThreadSearch(thread_search::Args),
    ThreadReplay(thread_replay::Args),
    ThreadInfo(thread_info::Args),
    ThreadTree(thread_tree::Args),
    ThreadRename(thread_rename::Args),
    ThreadTag(thread_tag::Args),
    /// Put threads away: they stay, and are not gone on with until they are restored
    #[command(after_help = "\
Examples:
  mmogit thread-archive auth 'refresh tokens'
  mmogit thread-archive --filter 'tag:draft before:90d'")]
    ThreadArchive(thread_state::Args),
    /// Bring archived threads back into use
    #[command(after_help = "\
Examples:
  mmogit thread-restore auth")]
    ThreadRestore(thread_state::Args),
    ThreadFork(thread_fork::Args),
    ThreadSplit(thread_split::Args),
    ThreadMerge(thread_merge::Args),
    /// Let somebody speak in a thread of yours
    ///
    /// They go on with it as with their own, in a copy that only they sign; both see what both say,
    /// once each of you has synced. What they say is theirs; title, tags and who has a part stay
    /// your word.
    ///
    /// Into a sealed thread they are let in as readers, too: they read what follows, and what was
    /// said before, since the last reader was removed.
    #[command(after_help = "\
Examples:
  mmogit thread-invite auth Ana
  mmogit thread-invite auth ana.card")]
    ThreadInvite(thread_people::Args),
    /// Take somebody's part in a thread of yours from them
    ///
    /// What they said until now, as far as it came to you, stays. What they say later, or date
    /// back, does not count, and nobody is shown it. They may be invited again.
    ///
    /// Of a sealed thread they read nothing that is said from then on. What was said before they may
    /// have kept.
    #[command(after_help = "\
Examples:
  mmogit thread-drop auth Ana")]
    ThreadDrop(thread_people::Args),
    ThreadEncrypt(thread_encrypt::Args),
    ThreadReaders(thread_readers::Args),
    ThreadErase(thread_erase::Args),
    ThreadExport(thread_export::Args),
    ThreadImport(thread_import::Args),
    #[command(alias = "role")]
    Persona(persona::Args),
    Project(project::Args),
    Draft(draft::Args),
    Sync(sync::Args),
    Remote(remote::Args),
    Serve(serve::Args),
    Verify(verify::Args),
    Init(init::Args),
    Identity(identity::Args),
    Agent(agent::Args),
    Contact(contact::Args),
    Profile(profile::Args),
    AllowedSigners(allowed_signers::Args),
    Doctor(doctor::Args),
    Completions(completions::Args),
    Man(man::Args),
    #[command(hide = true)]
    StorePack(store_pack::Args),
}

/// Reads a time that an option names.
fn moment(
    option: &'static str,
    text: Option<&str>,
    now: Timestamp,
    boundary: DayBoundary,
) -> Result<Option<i64>, Failure> {
    let Some(text) = text else { return Ok(None) };
    index::moment(text, now, boundary).map(Some).ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            safe_format!("{}: “{}” is not a time", option, SafeText::line(text)),
        )
        .hint(
            "Write 2025-01-21, today, yesterday, 2025-01-21T10:00:00Z, \
             or a span that ends now: 30m, 12h, 7d, 2w.",
        )
    })
}

/// Reads the arguments, runs the command, tells a failure, and returns the exit code.
pub fn main() -> Exit {
    cli::keep_from_children();
    cli::core_dump::leave_none();
    completions::answer_a_shell();
    let ui = Ui::new();
    let cli = match help::read_arguments(&ui) {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    match run(cli.command, &ui) {
        Ok(exit) => exit,
        Err(failure) => {
            ui.error(&failure);
            failure.exit()
        }
    }
}

fn run(command: Command, ui: &Ui) -> Result<Exit, Failure> {
    match command {
        Command::Completions(args) => return completions::run(&args, ui),
        Command::Man(args) => return man::run(&args, ui),
        _ => {}
    }
    let environment = Environment::read()?;
    cli::finish_broken_off_erasure(&environment, ui);
    match command {
        Command::Chat(args) => {
            let done = chat::run(args, &environment, ui);
            store_pack::in_background(&environment);
            done
        }
        Command::ThreadList(args) => thread_list::run(&args, &environment, ui),
        Command::ThreadSearch(args) => thread_search::run(&args, &environment, ui),
        Command::ThreadReplay(args) => thread_replay::run(&args, &environment, ui),
        Command::ThreadInfo(args) => thread_info::run(&args, &environment, ui),
        Command::ThreadTree(args) => thread_tree::run(&args, &environment, ui),
        Command::ThreadInvite(args) => thread_people::invite(&args, &environment, ui),
        Command::ThreadDrop(args) => thread_people::drop_person(&args, &environment, ui),
        Command::ThreadRename(args) => thread_rename::run(&args, &environment, ui),
        Command::ThreadTag(args) => thread_tag::run(&args, &environment, ui),
        Command::ThreadArchive(args) => thread_state::run(&args, State::Archived, &environment, ui),
        Command::ThreadRestore(args) => thread_state::run(&args, State::Active, &environment, ui),
        Command::ThreadFork(args) => thread_fork::run(&args, &environment, ui),
        Command::ThreadSplit(args) => thread_split::run(&args, &environment, ui),
        Command::ThreadMerge(args) => thread_merge::run(&args, &environment, ui),
        Command::ThreadEncrypt(args) => thread_encrypt::run(&args, &environment, ui),
        Command::ThreadReaders(args) => thread_readers::run(&args, &environment, ui),
        Command::ThreadErase(args) => thread_erase::run(&args, &environment, ui),
        Command::ThreadExport(args) => thread_export::run(&args, &environment, ui),
        Command::ThreadImport(args) => thread_import::run(&args, &environment, ui),
        Command::Persona(args) => persona::run(&args, &environment, ui),
        Command::Project(args) => project::run(&args, &environment, ui),
        Command::Draft(args) => draft::run(&args, &environment, ui),
        Command::Sync(args) => sync::run(&args, &environment, ui),
        Command::Remote(args) => remote::run(&args, &environment, ui),
        Command::Serve(args) => serve::run(&args, &environment, ui),
        Command::Verify(args) => verify::run(&args, &environment, ui),
        Command::Init(args) => init::run(&args, &environment, ui),
        Command::Identity(args) => identity::run(&args, &environment, ui),
        Command::Agent(args) => agent::run(&args, &environment, ui),
        Command::Contact(args) => contact::run(&args, &environment, ui),
        Command::Profile(args) => profile::run(&args, &environment, ui),
        Command::AllowedSigners(args) => allowed_signers::run(&args, &environment, ui),
        Command::Doctor(args) => doctor::run(&args, &environment, ui),
        Command::StorePack(args) => store_pack::run(&args, &environment, ui),
        Command::Completions(_) | Command::Man(_) => unreachable!("handled above"),
    }
}
