//! Several people's homes in one folder: who may log in.

use crate::common::TestHome;
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

const FOLDER: &str = "profiles";

/// The file with the passphrase of a profile.
pub fn with_passphrase(home: &TestHome, name: &str) -> String {
    let file = home.path().join(format!("{}.passphrase", hex(name)));
    fs::write(&file, format!("{name}'s passphrase\n")).unwrap();
    file.to_str().unwrap().to_owned()
}

/// A text as a name of a file, whatever signs it has.
fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds a profile whose passphrase is `NAME's passphrase`.
pub fn add(home: &TestHome, name: &str, options: &[&str]) -> crate::common::Ran {
    let args = ["profile", "add", name, "--no-verify", "--profiles", FOLDER];
    let mut command = home.command(&[&args, options].concat());
    command.env("MMOGIT_PASSPHRASE_FILE", with_passphrase(home, name));
    crate::common::Ran::of(command.output().unwrap())
}

/// A home in the folder to which nobody was admitted, without a passphrase.
pub fn home_without_login(home: &TestHome, name: &str) {
    let mut command = home.command(&["init", "--no-verify"]);
    command.env("MMOGIT_HOME", home.path().join(FOLDER).join(name));
    let ran = crate::common::Ran::of(command.output().unwrap());
    ran.exits(0);
}

fn list(home: &TestHome) -> Value {
    let ran = home.run(&["profile", "list", "--json", "--profiles", FOLDER]);
    serde_json::from_str(&ran.exits(0).stdout).unwrap()
}

#[test]
fn a_profile_is_a_whole_home_of_its_own() {
    let home = TestHome::new();
    let added = add(&home, "ana", &["--owner"]).exits(0);
    assert_eq!(added.stdout.split_whitespace().count(), 24, "{added:?}");
    add(&home, "ben", &[]).exits(0);
    let folder = home.path().join(FOLDER);
    for private in [folder.clone(), folder.join("ana"), folder.join("ben")] {
        let mode = fs::metadata(&private).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{}", private.display());
    }
    let listed = list(&home);
    let profiles = listed["profiles"].as_array().unwrap();
    assert_eq!(profiles.len(), 2);
    assert_eq!(
        (&profiles[0]["name"], &profiles[0]["role"]),
        (&"ana".into(), &"owner".into())
    );
    assert_eq!(
        (&profiles[1]["name"], &profiles[1]["role"]),
        (&"ben".into(), &"user".into())
    );
    assert_ne!(profiles[0]["key"], profiles[1]["key"]);
    assert!(
        profiles
            .iter()
            .all(|one| one["problem"].is_null() && one["login"] == true)
    );
    let mut chat = home.command(&["chat", "--backend", "echo", "-m", "hello"]);
    chat.env("MMOGIT_HOME", folder.join("ana"));
    chat.env("MMOGIT_PASSPHRASE_FILE", with_passphrase(&home, "ana"));
    crate::common::Ran::of(chat.output().unwrap()).exits(0);
    let text = home
        .run(&["profile", "list", "--profiles", FOLDER])
        .exits(0);
    assert!(text.stdout.contains("🟢 ana (owner)"), "{}", text.stdout);
}

#[test]
fn a_home_that_is_there_is_taken_if_one_can_log_in_to_it() {
    let home = TestHome::new();
    home_without_login(&home, "cleo");
    let listed = list_failing(&home);
    assert!(listed.contains("profiles.json is missing"), "{listed}");
    let refused = add(&home, "cleo", &[]).exits(1);
    assert!(refused.stderr.contains("has no passphrase"), "{refused:?}");
    assert!(
        refused.stderr.contains("mmogit identity passphrase"),
        "{refused:?}"
    );
    let mut command = home.command(&["identity", "passphrase"]);
    command.env("MMOGIT_HOME", home.path().join(FOLDER).join("cleo"));
    command.env("MMOGIT_NEW_PASSPHRASE_FILE", with_passphrase(&home, "cleo"));
    crate::common::Ran::of(command.output().unwrap()).exits(0);
    let taken = add(&home, "cleo", &[]).exits(0);
    assert_eq!(taken.stdout, "", "no new words: {taken:?}");
    assert_eq!(list(&home)["profiles"][0]["problem"], Value::Null);
}

fn list_failing(home: &TestHome) -> String {
    let ran = home.run(&["profile", "list", "--profiles", FOLDER]);
    ran.exits(1).stderr
}

#[test]
fn a_login_is_removed_and_given_back_and_the_home_stays() {
    let home = TestHome::new();
    add(&home, "ana", &[]).exits(0);
    let key = list(&home)["profiles"][0]["key"].clone();
    let remove = ["profile", "remove-login", "ana", "--profiles", FOLDER];
    home.run(&remove).exits(0);
    let removed = &list(&home)["profiles"][0];
    assert_eq!((&removed["login"], &removed["key"]), (&false.into(), &key));
    let again = home.run(&remove).exits(0);
    assert!(
        again.stdout.contains("could not log in before"),
        "{again:?}"
    );
    let back = add(&home, "ana", &[]).exits(0);
    assert!(back.stderr.contains("may log in again"), "{back:?}");
    let given_back = &list(&home)["profiles"][0];
    assert_eq!(
        (&given_back["login"], &given_back["key"]),
        (&true.into(), &key)
    );
    let nobody = ["profile", "remove-login", "nobody", "--profiles", FOLDER];
    home.run(&nobody).exits(2);
}

#[test]
fn what_is_no_name_makes_nothing() {
    let home = TestHome::new();
    let too_long = "a".repeat(33);
    for name in [
        "../ana", "..", "Ana", "a/b", "%2e%2e", "аna", "local", "-", "", &too_long,
    ] {
        let refused = add(&home, name, &[]);
        assert_eq!(refused.code, Some(2), "{name}: {refused:?}");
    }
    assert!(!home.path().join(FOLDER).exists());
    assert!(!home.path().join("ana").exists());
}

#[test]
fn without_a_passphrase_there_is_no_profile() {
    let home = TestHome::new();
    let args = ["profile", "add", "ana", "--no-verify", "--profiles", FOLDER];
    let refused = home.run(&args).exits(2);
    assert!(refused.stderr.contains("needs a passphrase"), "{refused:?}");
    assert!(!home.path().join(FOLDER).join("ana").exists());
    let unnamed = home.run(&["profile", "list"]).exits(2);
    assert!(unnamed.stderr.contains("--profiles DIR"), "{unnamed:?}");
}

#[test]
fn the_folder_may_stand_in_the_settings() {
    let home = TestHome::new();
    home.config("profiles = \"../profiles\"\n");
    add(&home, "ana", &[]).exits(0);
    let listed = home.run(&["profile", "list"]).exits(0);
    assert!(listed.stdout.contains("🟢 ana (user)"), "{listed:?}");
}

#[test]
fn what_is_not_the_operators_alone_is_refused_and_a_damaged_register_too() {
    let home = TestHome::new();
    add(&home, "ana", &[]).exits(0);
    let folder = home.path().join(FOLDER);
    symlink(folder.join("ana"), folder.join("ben")).unwrap();
    let refused = add(&home, "ben", &[]).exits(1);
    assert!(refused.stderr.contains("it is a link"), "{refused:?}");
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    let told = list_failing(&home);
    assert!(told.contains("chmod go="), "{told}");
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    fs::write(folder.join("profiles.json"), "{").unwrap();
    let told = list_failing(&home);
    assert!(
        told.contains("is damaged") && told.contains("move it away"),
        "{told}"
    );
    fs::remove_file(folder.join("profiles.json")).unwrap();
    let told = list_failing(&home);
    assert!(told.contains("profiles.json is missing"), "{told}");
}
