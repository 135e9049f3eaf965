//! The manual pages.

use crate::common::TestHome;
use crate::support::has;
use clap::{Command, CommandFactory};
use mmogit::commands::Cli;
use std::fs;

/// The names of all commands that a user may see, as `mmogit thread-tag add`.
fn names(command: &Command, path: &str, names: &mut Vec<String>) {
    names.push(path.to_owned());
    for inner in command.get_subcommands() {
        if !inner.is_hide_set() && inner.get_name() != "help" {
            self::names(inner, &format!("{path} {}", inner.get_name()), names);
        }
    }
}

#[test]
fn every_command_has_a_page_with_its_options_and_nothing_that_acts_on_a_terminal() {
    let home = TestHome::new();
    let folder = home.path().join("share/man1");
    let ran = home
        .run(&["man", "--output", folder.to_str().unwrap()])
        .exits(0);
    let mut commands = Vec::new();
    let root = Cli::command();
    names(&root, "mmogit", &mut commands);
    assert_eq!(
        home.normal(&ran.stderr),
        format!("📖 {} manual pages → HOME/share/man1\n", commands.len())
    );
    assert_eq!(fs::read_dir(&folder).unwrap().count(), commands.len());
    for command in &commands {
        let file = folder.join(command.replace(' ', "-") + ".1");
        let page = fs::read_to_string(&file).expect(command);
        assert!(page.contains("\n.TH "), "{command}: {page}");
        let strange = page.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(strange, None, "{command}");
    }
    let chat = fs::read_to_string(folder.join("mmogit-chat.1")).unwrap();
    for option in root.find_subcommand("chat").unwrap().get_arguments() {
        let Some(long) = option.get_long() else {
            continue;
        };
        let written = format!("\\-\\-{}", long.replace('-', "\\-"));
        assert!(chat.contains(&written), "--{long} is missing: {chat}");
    }
    assert!(!chat.contains("\\-\\-role"), "an older name is shown");
    assert!(!folder.join("mmogit-store-pack.1").exists());

    // A second time over the first, and one page alone.
    home.run(&["man", "--output", folder.to_str().unwrap()])
        .exits(0);
    let ran = home.run(&["man"]).exits(0);
    assert_eq!(
        ran.stdout,
        fs::read_to_string(folder.join("mmogit.1")).unwrap()
    );
    assert!(!home.mmogit().exists(), "a page makes no home");
}

#[test]
fn man_shows_a_page_without_a_complaint() {
    if !has("groff") {
        return;
    }
    let home = TestHome::new();
    let folder = home.path().join("man1");
    home.run(&["man", "--output", folder.to_str().unwrap()])
        .exits(0);
    let shown = std::process::Command::new("groff")
        .args(["-man", "-Tutf8", "-ww", "-Kutf8"])
        .arg(folder.join("mmogit-thread-search.1"))
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&shown.stderr);
    let text = String::from_utf8_lossy(&shown.stdout);
    assert!(
        shown.status.success() && complaints.is_empty(),
        "{complaints}"
    );
    assert!(text.contains("thread-search"), "{text}");
}

#[test]
fn a_folder_that_is_none_is_refused() {
    let home = TestHome::new();
    let file = home.path().join("file");
    fs::write(&file, "mine").unwrap();
    let ran = home
        .run(&["man", "--output", file.to_str().unwrap()])
        .exits(1);
    assert!(ran.stderr.contains("error: "), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}
