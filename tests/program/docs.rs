//! The documents are true: what they say to type is typed, and what they show is what comes.

mod console;
mod markdown;

use crate::support::has;
use clap::CommandFactory;
use mmogit::commands::Cli;
use mmogit::settings::{ChatSettings, Profile, ServerSettings, Settings, SyncLimits, Timeouts};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All documents of the project, by their paths in it.
fn documents() -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["", "docs/", ".mmogit/", "tests/vectors/"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") {
                found.push(format!("{folder}{name}"));
            }
        }
    }
    found
}

fn read(document: &str) -> String {
    fs::read_to_string(root().join(document)).unwrap()
}

#[test]
fn sessions_are_as_shown() {
    if !["curl", "git", "python3", "script", "ssh-keygen"]
        .into_iter()
        .all(has)
    {
        return;
    }
    let documents = documents();
    let found: Vec<String> = thread::scope(|scope| {
        let run = |document: &String| console::differences(root(), document);
        let running: Vec<_> = documents
            .iter()
            .map(|one| scope.spawn(move || run(one)))
            .collect();
        running
            .into_iter()
            .flat_map(|one| one.join().unwrap())
            .collect()
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_readme_has_no_block_that_nothing_checks() {
    for block in markdown::blocks(&read("README.md")) {
        assert!(
            ["console", "json", "toml", "text"].contains(&block.info.as_str()),
            "README.md:{}: {:?}",
            block.line,
            block.info
        );
    }
}

#[test]
fn json_is_json() {
    for document in documents() {
        for block in markdown::blocks(&read(&document))
            .iter()
            .filter(|block| block.info == "json")
        {
            let parsed = serde_json::from_str::<serde_json::Value>(&block.text);
            assert!(
                parsed.is_ok(),
                "{document}:{}: {}",
                block.line,
                parsed.unwrap_err()
            );
        }
    }
}

#[test]
fn links_lead_somewhere() {
    for document in documents() {
        for link in markdown::local_links(&read(&document)) {
            let target = root().join(&document).parent().unwrap().join(&link);
            assert!(target.exists(), "{document}: {link}");
        }
    }
}

#[test]
fn settings_are_what_the_program_reads() {
    for document in documents() {
        for block in markdown::blocks(&read(&document))
            .iter()
            .filter(|block| block.info == "toml")
        {
            let read = Settings::read(&block.text);
            assert!(
                read.is_ok(),
                "{document}:{}: {}",
                block.line,
                read.unwrap_err()
            );
        }
    }
}

/// The first `toml` block of docs/backends.md names every setting; those that have a default, with
/// the default.
#[test]
fn every_setting_is_documented_with_its_default() {
    let document = read("docs/backends.md");
    let blocks = markdown::blocks(&document);
    let whole = &blocks
        .iter()
        .find(|block| block.info == "toml")
        .expect("the settings in full")
        .text;
    let documented: toml::Table = whole.parse().unwrap();
    let names: Vec<&str> = documented.keys().map(String::as_str).collect();
    let Settings {
        backend,
        model,
        context_tokens,
        command,
        persona,
        profile,
        status_line,
        crush_tools,
        encrypt,
        sealed_files_on_disk,
        chat,
        timeouts,
        sync_on_exit,
        sync,
        profiles,
        server,
    } = Settings::read(whole).unwrap();
    let all = [
        "backend",
        "model",
        "context-tokens",
        "command",
        "persona",
        "profile",
        "status-line",
        "crush-tools",
        "encrypt",
        "sealed-files-on-disk",
        "sync-on-exit",
        "profiles",
    ];
    for name in all
        .into_iter()
        .chain(["timeouts", "sync", "server", "chat"])
    {
        assert!(names.contains(&name), "{name} is not documented");
    }
    assert!(
        backend.is_some() && model.is_some() && !command.is_empty() && persona.is_some(),
        "an example of each"
    );
    assert!(profiles.is_some(), "an example of it");
    assert!(documented["chat"].get("warn-of-secrets").is_some());
    assert_eq!(chat, ChatSettings::default());
    let Profile {
        backend,
        model,
        command,
    } = profile
        .values()
        .next()
        .expect("an example of a profile")
        .clone();
    assert!(
        backend.is_some() && model.is_some() && command.is_empty(),
        "the command is shown beside it"
    );
    let Timeouts {
        first_token: _,
        silence: _,
        total: _,
    } = timeouts;
    let SyncLimits {
        silence: _,
        total: _,
        megabytes: _,
    } = sync;
    let ServerSettings {
        hosts: _,
        allowed_origins: _,
        session_idle_hours: _,
        session_days: _,
        lock_after: _,
    } = server;
    for (table, count) in [("timeouts", 3), ("sync", 3), ("server", 5)] {
        let documented = documented[table].as_table().unwrap();
        assert_eq!(documented.len(), count, "{table}");
    }
    let default = Settings::default();
    assert_eq!(
        (context_tokens, status_line, crush_tools, timeouts),
        (
            default.context_tokens,
            default.status_line,
            default.crush_tools,
            default.timeouts
        )
    );
    assert_eq!(sealed_files_on_disk, default.sealed_files_on_disk);
    assert_eq!(encrypt, default.encrypt);
    assert_eq!((sync_on_exit, sync), (default.sync_on_exit, default.sync));
    assert_eq!(server, default.server);
}

const REWRITE: &str = "MMOGIT_TEST_REWRITE";

#[test]
fn the_reference_of_commands_is_the_help() {
    let path = root().join("docs/commands.md");
    let reference = reference();
    if std::env::var_os(REWRITE).is_some() {
        fs::write(&path, &reference).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == reference,
        "docs/commands.md is out of date; write it anew with {REWRITE}=1 cargo test --test program docs::"
    );
}

fn reference() -> String {
    let mut text = format!(
        "# Commands\n\nWhat `mmogit COMMAND --help` says. Written by a test: `{REWRITE}=1 cargo test --test program docs::`.\n"
    );
    let mut whole = Cli::command().term_width(100);
    whole.build();
    text.push('\n');
    list(&whole, 0, &mut text);
    text += "- [Within a chat](#within-a-chat)\n";
    describe(&mut whole, &mut text);
    text + &format!(
        "\n## Within a chat\n\n```text\n{}\n```\n",
        help_within_a_chat()
    )
}

/// A line for each command, which leads to its help; those within it are indented below.
fn list(command: &clap::Command, depth: usize, text: &mut String) {
    let name = command.get_bin_name().unwrap_or("mmogit");
    let about = command.get_about().map(ToString::to_string);
    let about = about.unwrap_or_default();
    text.push_str(&format!(
        "{}- [{name}](#{}): {}\n",
        "  ".repeat(depth),
        name.replace(' ', "-"),
        about.trim_end_matches('.')
    ));
    let depth = if name == "mmogit" { 0 } else { depth + 1 };
    for inner in command.get_subcommands() {
        if !inner.is_hide_set() && inner.get_name() != "help" {
            list(inner, depth, text);
        }
    }
}

fn help_within_a_chat() -> String {
    let home = tempfile::tempdir().unwrap();
    let mut chat = Command::new(env!("CARGO_BIN_EXE_mmogit"));
    chat.args(["chat", "--backend", "echo"])
        .env("MMOGIT_HOME", home.path());
    let mut chat = chat
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    chat.stdin.take().unwrap().write_all(b"/help\n").unwrap();
    let said = String::from_utf8(chat.wait_with_output().unwrap().stdout).unwrap();
    let (_, said) = said.split_once("You: /help\n").unwrap();
    said.split_once("\n\n📝").unwrap().0.to_owned()
}

fn describe(command: &mut clap::Command, text: &mut String) {
    let name = command.get_bin_name().unwrap_or("mmogit").to_owned();
    let help = command
        .clone()
        .term_width(100)
        .render_long_help()
        .to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    text.push_str(&format!(
        "\n## {name}\n\n```text\n{}\n```\n",
        help.join("\n").trim_end()
    ));
    for inner in command.get_subcommands_mut() {
        if !inner.is_hide_set() && inner.get_name() != "help" {
            describe(inner, text);
        }
    }
}

/// Others' projects that the texts name. Of mmogit itself no address is known, so none may be
/// given: whoever owns a guessed one could send readers anywhere.
const KNOWN_PLACES: [&str; 8] = [
    "github.com/charmbracelet/crush",
    "github.com/containers/bubblewrap",
    "json-schema.org/draft/2020-12",
    "keepachangelog.com/en/1.1.0",
    "llm.datasette.io",
    "ollama.com",
    "semver.org",
    // The name of SVG's namespace; nobody goes there.
    "www.w3.org/2000/svg",
];

/// Hosts that lead nowhere: reserved for examples (RFC 2606), this machine, and names without a
/// dot.
fn leads_nowhere(place: &str) -> bool {
    let host = place.split(['/', ':']).next().unwrap_or_default();
    let ends = [".example", ".invalid", "example.com", "example.org", "a.b"];
    host == "127.0.0.1" || !host.contains('.') || ends.iter().any(|end| host.ends_with(end))
}

#[test]
fn nobody_is_sent_to_an_address_that_is_not_known() {
    let address = regex_lite::Regex::new(r"https?://([A-Za-z0-9][A-Za-z0-9._/:-]*)").unwrap();
    let mut waiting: Vec<_> = ["src", "docs", "examples"]
        .map(|folder| root().join(folder))
        .into();
    waiting.extend(documents().iter().map(|document| root().join(document)));
    waiting.push(root().join("Cargo.toml"));
    let mut strange = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        let places = address
            .captures_iter(&text)
            .map(|found| found[1].to_owned());
        let unknown = |place: &String| {
            !leads_nowhere(place) && !KNOWN_PLACES.iter().any(|known| place.starts_with(known))
        };
        strange.extend(
            places
                .filter(unknown)
                .map(|place| format!("{}: {place}", path.display())),
        );
    }
    assert!(strange.is_empty(), "{}", strange.join("\n"));
}

#[test]
fn the_verifiers_hash_is_the_one_that_is_told() {
    let hash = mmogit::transfer::bundle::verifier_sha256();
    let told = regex_lite::Regex::new("`([0-9a-f]{64})`").unwrap();
    let document = read("docs/bundle.md");
    let hashes: Vec<&str> = told
        .captures_iter(&document)
        .map(|found| found.get(1).unwrap().as_str())
        .collect();
    assert_eq!(hashes, [hash]);
}
