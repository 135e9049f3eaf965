//! `mmogit profile`.

use super::completions::profile_names;
use super::init::new_words;
use crate::buffer::{self, MessageLimit};
use crate::cli::{self, Environment, Exit, Failure, Ui};
use crate::identity::Keys;
use crate::profiles::{Admitted, CannotLogIn, ProfileName, Profiles, ProfilesError, Role};
use crate::render::profiles::{self, ListedProfile, ProfileList};
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::server::RunningServer;
use clap::{Subcommand, ValueHint};
use clap_complete::ArgValueCompleter;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Several people's homes side by side, for one server: who may log in, and as what
///
/// Each profile is a whole home of its own, DIR/NAME, with its own identity. Who logs in unlocks it
/// with their passphrase; nobody reads or signs for another. Only the operator of this machine can
/// use these commands, and whoever operates it can put another program in the place of this one: what
/// they can't do is open an identity that was not unlocked since.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit profile add ana --owner --profiles /srv/mmogit
  mmogit profile list --profiles /srv/mmogit
  mmogit serve --profiles /srv/mmogit")]
pub struct Args {
    /// The folder with the homes (default: the setting `profiles`)
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    profiles: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Let somebody log in: with a new identity, or with the home that is there under that name
    ///
    /// A new identity has new words, which are shown once, and a passphrase, with which one logs in.
    /// To take a home that exists, move it to DIR/NAME before; it needs a passphrase too. Whoever
    /// had a login before gets it back.
    #[command(after_help = "\
Examples:
  mmogit profile add ana --owner
  mmogit profile add ben
  mv ~/.mmogit /srv/mmogit/cleo && mmogit profile add cleo --profiles /srv/mmogit
  MMOGIT_PASSPHRASE_FILE=secret mmogit profile add dora --no-verify > words   # in a script")]
    Add {
        /// The name to log in with: 1 to 32 lower-case letters, digits, - and _
        name: String,
        /// The server is theirs: they see who is logged in, end sessions and lock profiles
        #[arg(long)]
        owner: bool,
        /// Don't ask for three of the new words back
        #[arg(long)]
        no_verify: bool,
    },
    /// List the profiles: who may log in, and who could not
    #[command(after_help = "Examples:\n  mmogit profile list\n  mmogit profile list --json")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Lock a profile that is served: its sessions end, its replies stop, and its keys are let go of
    ///
    /// What was accepted is saved, and what came of a running reply is kept as interrupted. Its owner
    /// can log in again; to keep them out, take their login away.
    #[command(after_help = "Examples:\n  mmogit profile lock ben")]
    Lock {
        /// Whose
        #[arg(add = ArgValueCompleter::new(profile_names))]
        name: String,
    },
    /// Set how many messages somebody's buffers show
    #[command(after_help = "Examples:\n  mmogit profile limit ben 100")]
    Limit {
        /// Whose
        #[arg(add = ArgValueCompleter::new(profile_names))]
        name: String,
        /// How many, 10 to 100
        messages: u64,
    },
    /// Take the login from somebody; their home stays, and `mmogit profile add` gives it back
    #[command(after_help = "Examples:\n  mmogit profile remove-login ben")]
    RemoveLogin {
        /// Whose
        #[arg(add = ArgValueCompleter::new(profile_names))]
        name: String,
    },
}

/// Adds, lists, locks and limits profiles, and takes logins from them.
///
/// # Errors
/// If the folder, the register or a home is not as it must be, or if the disk refuses.
pub fn run(args: &Args, environment: &Environment, ui: &Ui) -> Result<Exit, Failure> {
    let folder = cli::profiles_folder(args.profiles.as_deref(), environment)?;
    let folder = folder.ok_or_else(no_folder_named)?;
    match &args.what {
        What::Add {
            name,
            owner,
            no_verify,
        } => {
            let name = read_name(name)?;
            let profiles = Profiles::open_or_create(&folder)?;
            let role = if *owner { Role::Owner } else { Role::User };
            add(&profiles, &name, role, *no_verify, environment, ui)?;
        }
        What::List { json } => list(&Profiles::open(&folder)?, *json, ui)?,
        What::Lock { name } => lock(&Profiles::open(&folder)?, &read_name(name)?, ui)?,
        What::Limit { name, messages } => {
            set_limit(&Profiles::open(&folder)?, &read_name(name)?, *messages, ui)?;
        }
        What::RemoveLogin { name } => {
            remove_login(&Profiles::open(&folder)?, &read_name(name)?, ui)?;
        }
    }
    Ok(Exit::Done)
}

fn no_folder_named() -> Failure {
    Failure::new(Exit::Usage, "no folder with profiles is named").hint(
        "Name it with --profiles DIR, or once and for all in config.toml: profiles = \"/srv/mmogit\"",
    )
}

fn read_name(text: &str) -> Result<ProfileName, Failure> {
    let name = text.parse().map_err(ProfilesError::from)?;
    Ok(name)
}

fn add(
    profiles: &Profiles,
    name: &ProfileName,
    role: Role,
    is_unverified: bool,
    environment: &Environment,
    ui: &Ui,
) -> Result<(), Failure> {
    let workspace = environment.workspace_in(profiles.path_of(name))?;
    if workspace.vault()?.is_none() {
        make_identity(profiles, name, is_unverified, environment, ui)?;
    }
    profiles
        .sealed_vault(name)
        .map_err(|error| unfit(error, &workspace.vault_path()))?;
    let admitted = profiles.admit(name, role, workspace.now())?;
    let (shown, role) = (SafeText::shown(name), role.name());
    let told = match admitted {
        Admitted::Added => safe_format!("👤 {}: may log in ({})", shown, role),
        Admitted::Changed => safe_format!("👤 {}: may log in again ({})", shown, role),
        Admitted::Already => safe_format!("👤 {}: may log in already ({})", shown, role),
    };
    // The words, if any, stand alone on standard output.
    ui.status(told);
    Ok(())
}

fn make_identity(
    profiles: &Profiles,
    name: &ProfileName,
    is_unverified: bool,
    environment: &Environment,
    ui: &Ui,
) -> Result<(), Failure> {
    let workspace = environment.workspace_in(profiles.path_of(name))?;
    let words = new_words(is_unverified, &workspace, ui)?;
    let passphrase = cli::login_passphrase(environment, ui)?.ok_or_else(|| {
        Failure::new(Exit::Usage, "a profile needs a passphrase: it is what one logs in with")
            .hint("Type one, or name a file that holds it in MMOGIT_PASSPHRASE_FILE. The words that were shown are nobody's.")
    })?;
    profiles.home_or_new(name)?;
    let vault = workspace.create_identity(&words, Some(&passphrase))?;
    cli::ensure_card(&workspace, &Keys::from_words(&words), ui)?;
    ui.status(safe_format!("🔐 Identity: {}", vault.author()));
    let path = workspace.vault_path();
    ui.status(safe_format!(
        "   Kept in {}",
        SafeText::shown(path.display())
    ));
    Ok(())
}

/// A home that was there and is none with which one could log in.
fn unfit(error: CannotLogIn, vault: &Path) -> Failure {
    let has_no_passphrase = matches!(error, CannotLogIn::NoPassphrase);
    let failure = Failure::from(error);
    if !has_no_passphrase {
        return failure;
    }
    let home = vault.parent().unwrap_or(vault);
    failure.hint(safe_format!(
        "Give it one: MMOGIT_HOME={} mmogit identity passphrase",
        cli::quoted(home)
    ))
}

fn list(profiles: &Profiles, is_json: bool, ui: &Ui) -> Result<(), Failure> {
    let register = profiles.register()?;
    let sessions = sessions_told(profiles)?;
    let mut not_admitted = profiles.homes_on_disk()?;
    let mut listed = Vec::new();
    for (name, entry) in register.entries() {
        not_admitted.remove(name);
        let vault = profiles.sealed_vault(name);
        listed.push(ListedProfile {
            name: name.clone(),
            entry: entry.clone(),
            vault: vault.map(|vault| vault.author()),
            sessions: sessions.get(name.as_str()).copied(),
        });
    }
    let list = ProfileList {
        folder: profiles.folder(),
        profiles: listed,
        not_admitted: not_admitted.into_iter().collect(),
    };
    if is_json {
        return ui.json(&profiles::list_json(&list));
    }
    if list.profiles.is_empty() && list.not_admitted.is_empty() {
        return ui.data("No profiles found. Add one with 'mmogit profile add NAME'\n");
    }
    ui.data(profiles::list(&list))
}

/// How many sessions each profile has, as the server that runs tells; nothing where none runs.
fn sessions_told(profiles: &Profiles) -> Result<HashMap<String, usize>, Failure> {
    let mut sessions = HashMap::new();
    let Some(server) = RunningServer::of_folder(profiles.folder())? else {
        return Ok(sessions);
    };
    let answer = asked(&server, "GET", "/api/profiles", None)?;
    for profile in answer["profiles"].as_array().into_iter().flatten() {
        let count = profile["sessions"].as_u64();
        let count = count.and_then(|count| usize::try_from(count).ok());
        if let (Some(name), Some(count)) = (profile["name"].as_str(), count) {
            sessions.insert(name.to_owned(), count);
        }
    }
    Ok(sessions)
}

/// What a running server answers, if it does what it is asked.
fn asked(
    server: &RunningServer,
    method: &'static str,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, Failure> {
    let answer = server.ask(method, path, body)?;
    if answer.status == 200 {
        return Ok(answer.body);
    }
    let why = answer.body["error"].as_str().unwrap_or_default();
    let what = safe_format!(
        "the server refused, with {}: {}",
        answer.status,
        SafeText::line(why)
    );
    Err(Failure::new(Exit::Failed, what).hint("Its log says more."))
}

fn lock(profiles: &Profiles, name: &ProfileName, ui: &Ui) -> Result<(), Failure> {
    check_known(profiles, name)?;
    let shown = SafeText::shown(name);
    let Some(server) = RunningServer::of_folder(profiles.folder())? else {
        return ui.report(safe_format!("🔒 {}: locked already; no server runs", shown));
    };
    asked(&server, "POST", &format!("/api/profiles/{name}/lock"), None)?;
    ui.report(safe_format!("🔒 {}: locked", shown))
}

fn set_limit(
    profiles: &Profiles,
    name: &ProfileName,
    messages: u64,
    ui: &Ui,
) -> Result<(), Failure> {
    check_known(profiles, name)?;
    let limit = MessageLimit::of(messages).ok_or_else(|| {
        let (least, most) = (MessageLimit::LEAST, MessageLimit::MOST);
        let what = safe_format!("a buffer shows {} to {} messages", least, most);
        Failure::new(Exit::Usage, what)
    })?;
    match RunningServer::of_folder(profiles.folder())? {
        Some(server) => {
            let path = format!("/api/profiles/{name}/limit");
            asked(
                &server,
                "PUT",
                &path,
                Some(&json!({"messageLimit": messages})),
            )?;
        }
        None => buffer::write_limit(&profiles.home(name)?, limit)?,
    }
    let shown = SafeText::shown(name);
    ui.report(safe_format!(
        "👤 {}: buffers show {} messages",
        shown,
        messages
    ))
}

fn check_known(profiles: &Profiles, name: &ProfileName) -> Result<(), Failure> {
    match profiles.register()?.get(name) {
        Some(_) => Ok(()),
        None => Err(ProfilesError::Unknown(name.clone()).into()),
    }
}

fn remove_login(profiles: &Profiles, name: &ProfileName, ui: &Ui) -> Result<(), Failure> {
    let had_one = profiles.remove_login(name)?;
    // A server that runs would notice by itself, a moment later.
    if let Some(server) = RunningServer::of_folder(profiles.folder())? {
        asked(&server, "POST", &format!("/api/profiles/{name}/lock"), None)?;
    }
    let (shown, home) = (SafeText::shown(name), profiles.path_of(name));
    let home = SafeText::shown(home.display());
    let told = match had_one {
        true => safe_format!(
            "👤 {}: can't log in any more; the home stays: {}",
            shown,
            home
        ),
        false => safe_format!(
            "👤 {}: could not log in before; the home stays: {}",
            shown,
            home
        ),
    };
    ui.report(told)
}
