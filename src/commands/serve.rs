//! `mmogit serve`.

mod browser;
mod told;

use super::completions::backend_names;
use crate::backend::choose::{BackendOverrides, Surroundings};
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::profiles::Profiles;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::server::worker::{NotStopped, ProfileHandle, Serving};
use crate::server::{
    self, Ended, FolderServed, HomeNoted, Links, LogForm, LogLevel, Logins, OpenHome, OpenedHome,
    RunningError, RunningServer, Served, Setup,
};
use crate::workspace::Workspace;
use browser::HandedPage;
use clap::ValueHint;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap_complete::ArgValueCompleter;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use told::Way;

/// Serve your conversations to your browser and your programs
///
/// It prints a link for your browser, which is good once and for ten minutes, and serves until
/// Ctrl-C. What was accepted is finished and saved then.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit serve
  mmogit serve --port 0 --json")]
pub struct Args {
    /// The port to listen on; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 7717)]
    port: u16,
    /// The address to listen on
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_hint = ValueHint::Other, value_parser = listen_address)]
    listen: IpAddr,
    /// Open the page in your browser; where this home is served already, a page of that server
    #[arg(long)]
    open: bool,
    /// Print JSON, one line, once it listens: {"url", "port", "token", "pid"}
    #[arg(long)]
    json: bool,
    /// What is logged to standard error: error, warn, or info for a line each request
    #[arg(long, value_name = "LEVEL", default_value = "warn", value_parser = log_levels())]
    log: LogLevel,
    /// Log JSON, one object a line
    #[arg(long)]
    log_json: bool,
    /// Serve the homes of several people, who log in: see `mmogit profile` (default: the setting
    /// `profiles`, else your own home)
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    profiles: Option<PathBuf>,
    /// Who answers: crush, command (any program, see --command), echo (repeats what you say),
    /// offline (nobody), or a profile of config.toml (default: `backend` in config.toml, else Crush
    /// if it is installed, else offline)
    #[arg(short, long, value_name = "NAME", add = ArgValueCompleter::new(backend_names))]
    backend: Option<String>,
    /// The model to ask for, in the backend's own words
    #[arg(long)]
    model: Option<String>,
    /// A program to ask: it reads the prompt on standard input and writes its answer on standard
    /// output. No shell reads this line
    #[arg(long, value_name = "PROGRAM ARGS")]
    command: Option<String>,
}

/// An address, or the name that each machine has for itself.
fn listen_address(text: &str) -> Result<IpAddr, String> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    text.parse()
        .map_err(|_| "it is no IP address, such as 127.0.0.1".to_owned())
}

fn log_levels() -> impl TypedValueParser<Value = LogLevel> {
    PossibleValuesParser::new(["error", "warn", "info"]).map(|name| match name.as_str() {
        "error" => LogLevel::Error,
        "warn" => LogLevel::Warn,
        _ => LogLevel::Info,
    })
}

/// Serves until a signal ends it.
///
/// # Errors
/// If the home can't be opened, or the port can't be had.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    if let Some(folder) = cli::profiles_folder(args.profiles.as_deref(), environment)? {
        return serve_several(&folder, args, environment, ui);
    }
    check_address(args)?;
    check_home(&environment.home)?;
    if let Some(running) = RunningServer::of_folder(&environment.home)? {
        return meet(&running, args, environment, ui);
    }
    let workspace = environment.workspace()?;
    let listener = listen(SocketAddr::new(args.listen, args.port))?;
    let settings = workspace.settings().server.clone();
    server::begin_log(log_form(args));
    let setup = Setup {
        listener,
        served: Served::One(start(args, workspace, environment, ui)?),
        settings,
        random: environment.randomness(),
        log: log_form(args),
    };
    let (mut noted, mut page) = (Ok(None), None);
    let ready = |links: &Links| {
        // Whoever reads the address may look for the note.
        noted = note(links, environment).map(Some);
        told::links(links, Way::Link, args.json, ui);
        page = opened(links, args, environment, ui);
    };
    let how = server::run(setup, ready)?;
    drop(page);
    noted?;
    ended(how)
}

/// Serves the homes of several people, each from when they log in.
fn serve_several(
    folder: &Path,
    args: &Args,
    environment: &Environment,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let profiles = Profiles::open(folder)?;
    if args.open
        && let Some(running) = RunningServer::of_folder(folder)?
    {
        return open_sign_in(&running, environment, ui);
    }
    let served = FolderServed::lock(folder)?;
    let settings = environment.workspace()?.settings().server.clone();
    if !args.json {
        told::profiles(&profiles, &overrides(args), ui)?;
    }
    let logins = Logins::begin(profiles, &settings, home_opener(args, environment))?;
    let setup = Setup {
        listener: listen(SocketAddr::new(args.listen, args.port))?,
        served: Served::Several(Arc::new(logins)),
        settings,
        random: environment.randomness(),
        log: log_form(args),
    };
    if !args.listen.is_loopback() {
        ui.warning(
            "⚠️  Others on the network reach it, and what they send can be read on the way: put TLS in \
             front.",
        );
    }
    let (mut noted, mut page) = (Ok(()), None);
    let ready = |links: &Links| {
        noted = served.note(links.address, links.script.expose(), std::process::id());
        told::links(links, Way::Login, args.json, ui);
        page = opened(links, args, environment, ui);
    };
    let how = server::run(setup, ready)?;
    drop(page);
    noted?;
    ended(how)
}

/// Opens a profile's home with what was said to this command.
fn home_opener(args: &Args, environment: &Environment) -> Box<OpenHome> {
    let overrides = overrides(args);
    let environment = environment.clone();
    Box::new(move |home| {
        let workspace = environment.quiet_workspace_in(home)?;
        overrides.check_model(workspace.settings())?;
        let backend = overrides.choose(&Surroundings {
            settings: workspace.settings(),
            home: workspace.home(),
            path: &environment.path,
            variables: &environment.variables,
        })?;
        Ok(OpenedHome { workspace, backend })
    })
}

fn log_form(args: &Args) -> LogForm {
    LogForm {
        level: args.log,
        is_json: args.log_json,
    }
}

fn overrides(args: &Args) -> BackendOverrides {
    BackendOverrides {
        backend: args.backend.clone(),
        model: args.model.clone(),
        command: args.command.clone(),
        crush_tools: false,
    }
}

fn ended(how: Ended) -> Result<Exit, Failure> {
    match how {
        Ended::Finished => Ok(Exit::Done),
        Ended::BrokenOff => Ok(Exit::Interrupted),
        Ended::NotSaved(why) => {
            let failure = Failure::new(Exit::Failed, SafeText::shown(&why));
            Err(match why {
                NotStopped::NotSaved {
                    is_in_journal: false,
                    ..
                } => failure.hint("What was said last is in no file any more. `mmogit doctor` checks the home."),
                _ => failure.hint("The next command on this home brings it back; `mmogit doctor` checks the home."),
            })
        }
    }
}

/// For this home's programs, as long as it is served.
fn note(links: &Links, environment: &Environment) -> Result<HomeNoted, RunningError> {
    let token = links.script.expose();
    HomeNoted::write(&environment.home, links.address, token, std::process::id())
}

/// A page in the browser, if one is wanted.
fn opened(links: &Links, args: &Args, environment: &Environment, ui: &Ui) -> Option<HandedPage> {
    let wanted = args.open.then(|| open(links.url.expose(), environment, ui));
    wanted.flatten()
}

/// Opens a page in the browser. Where that can't be done the link is there all the same.
fn open(url: &str, environment: &Environment, ui: &Ui) -> Option<HandedPage> {
    match HandedPage::open(url, environment) {
        Ok(page) => Some(page),
        Err(failure) => {
            ui.warning(safe_format!("⚠️  {}", failure.what()));
            ui.hint(failure.next_step());
            None
        }
    }
}

/// A home that is served already: a fresh link of that server, if that is what is wanted.
fn meet(
    running: &RunningServer,
    args: &Args,
    environment: &Environment,
    ui: &Ui,
) -> Result<Exit, Failure> {
    if !args.open {
        let what = safe_format!(
            "this home is served already, at http://{}/, by process {}",
            SafeText::shown(running.address()),
            running.pid()
        );
        return Err(Failure::new(Exit::Failed, what)
            .hint("`mmogit serve --open` opens a page of that server."));
    }
    let answer = running.ask("POST", "/api/link", None)?;
    let url = answer.body["url"].as_str().filter(|_| answer.status == 200);
    let url = url.ok_or_else(|| {
        let what = safe_format!("the server that runs gave no link: {}", answer.status);
        Failure::new(Exit::Failed, what)
            .hint("End it with Ctrl-C where it runs, and start it again.")
    })?;
    told::link(url, Way::Link, ui)?;
    if let Some(page) = open(url, environment, ui) {
        page.wait_to_be_read();
    }
    Ok(Exit::Done)
}

/// A folder whose profiles are served already: the page on which they log in.
fn open_sign_in(
    running: &RunningServer,
    environment: &Environment,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let url = running.url();
    told::link(&url, Way::Login, ui)?;
    if let Some(page) = open(&url, environment, ui) {
        page.wait_to_be_read();
    }
    Ok(Exit::Done)
}

/// Unlocks the home, and begins to serve it.
fn start(
    args: &Args,
    workspace: Workspace,
    environment: &Environment,
    ui: &Ui,
) -> Result<ProfileHandle, Failure> {
    let overrides = overrides(args);
    overrides.check_model(workspace.settings())?;
    let backend = overrides.choose(&Surroundings {
        settings: workspace.settings(),
        home: workspace.home(),
        path: &environment.path,
        variables: &environment.variables,
    })?;
    let keys = cli::identity_for_chat(&workspace, environment, ui)?;
    cli::recover(&workspace, &keys, ui)?;
    cli::ensure_card(&workspace, &keys, ui)?;
    if !args.json {
        told::who(&workspace, &keys, &backend, ui);
    }
    let serving = Serving {
        name: server::LOCAL.to_owned(),
        workspace,
        keys,
        backend,
    };
    Ok(ProfileHandle::start(serving)?)
}

/// A file in a home's place is named as what it is.
fn check_home(home: &Path) -> Result<(), Failure> {
    if !home.exists() || home.is_dir() {
        return Ok(());
    }
    let what = safe_format!("{} is no folder", SafeText::shown(home.display()));
    Err(Failure::new(Exit::Failed, what)
        .hint("A home is a folder: set MMOGIT_HOME to one, or to where one is to be made."))
}

/// Whoever reaches it from elsewhere is to say who they are, which takes profiles.
fn check_address(args: &Args) -> Result<(), Failure> {
    if args.listen.is_loopback() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Usage,
        "one home is served on this machine alone: a link would be all that others need",
    )
    .hint("Leave out --listen, and reach it through a tunnel: ssh -L 7717:127.0.0.1:7717 HOST"))
}

/// The port, before anything is unlocked.
fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| {
        let what = safe_format!(
            "{} can't be listened on: {}",
            SafeText::shown(address),
            SafeText::shown(&error)
        );
        Failure::new(Exit::Failed, what).hint(match error.kind() {
            ErrorKind::AddrInUse => {
                "Another program listens there, or another `mmogit serve`: --port 0 takes a free \
                 port."
            }
            ErrorKind::PermissionDenied => {
                "Ports below 1024 are the system's: take another --port."
            }
            _ => "Take an address of this machine.",
        })
    })
}
