//! `init` and `identity`, from scripts.

use crate::common::TestHome;
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

const WORDS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                     abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";
const AUTHOR: &str = "1de352e44cd333672593f2334a730e180aaf290de89aa16d480de594e34e2961";

fn recovered() -> TestHome {
    let home = TestHome::new();
    home.run_with_input(&["init", "--recover"], WORDS).exits(0);
    home
}

#[test]
fn the_same_words_give_the_same_identity() {
    let home = TestHome::new();
    let ran = home
        .run_with_input(&["init", "--recover"], WORDS.replace(' ', "\n"))
        .exits(0);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains(AUTHOR), "{}", ran.stderr);
    let shown = home.run(&["identity", "words"]).exits(0).stdout;
    assert_eq!(shown.trim(), WORDS);
}

#[test]
fn new_words_bring_the_new_identity_back() {
    let home = TestHome::new();
    let ran = home.run(&["init", "--no-verify"]).exits(0);
    assert_eq!(ran.stdout.split_whitespace().count(), 24);
    let other = TestHome::new();
    other
        .run_with_input(&["init", "--recover"], &ran.stdout)
        .exits(0);
    let author = |home: &TestHome| -> Value {
        serde_json::from_str(&home.run(&["identity", "--json"]).exits(0).stdout).unwrap()
    };
    assert_eq!(author(&home)["author"], author(&other)["author"]);
}

#[test]
fn without_a_terminal_nobody_can_be_asked_back() {
    let home = TestHome::new();
    let ran = home.run(&["init"]).exits(2);
    assert!(ran.stderr.contains("--no-verify"), "{}", ran.stderr);
    assert!(!home.mmogit().join("identity.json").exists());
}

#[test]
fn an_identity_is_never_overwritten() {
    let home = recovered();
    let before = fs::read(home.mmogit().join("identity.json")).unwrap();
    for args in [&["init", "--no-verify"][..], &["init", "--recover"]] {
        let ran = home.run_with_input(args, WORDS).exits(1);
        assert!(
            ran.stderr.contains("already") && ran.stderr.contains("MMOGIT_HOME"),
            "{}",
            ran.stderr
        );
        assert_eq!(ran.stdout, "");
    }
    assert_eq!(
        fs::read(home.mmogit().join("identity.json")).unwrap(),
        before
    );
}

#[test]
fn each_mistake_in_the_words_is_named() {
    let cases = [
        (
            WORDS.replacen("abandon", "abandn", 1),
            "word 1, “abandn”, is not in the list; did you mean “abandon”?",
        ),
        (
            WORDS.replace("art", "about"),
            "the last one, “about”, does not match",
        ),
        ("abandon art".to_owned(), "there are 2 words"),
        (String::new(), "there are 0 words"),
    ];
    for (words, told) in cases {
        let home = TestHome::new();
        let ran = home.run_with_input(&["init", "--recover"], &words).exits(2);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
        assert!(!home.mmogit().join("identity.json").exists());
    }
}

#[test]
fn a_passphrase_file_seals_and_opens() {
    let home = TestHome::new();
    let secret = home.path().join("secret");
    fs::write(&secret, "correct horse\n").unwrap();
    let with = |args: &[&str], file: &str| {
        let mut command = home.command(args);
        command.env("MMOGIT_PASSPHRASE_FILE", home.path().join(file));
        crate::common::Ran::of(command.output().unwrap())
    };
    with(&["init", "--no-verify"], "secret").exits(0);
    let vault = fs::read_to_string(home.mmogit().join("identity.json")).unwrap();
    assert!(
        vault.contains("sealed") && !vault.contains("entropy"),
        "{vault}"
    );

    assert_eq!(
        with(&["identity", "words"], "secret")
            .exits(0)
            .stdout
            .split_whitespace()
            .count(),
        24
    );
    assert_eq!(
        with(&["chat", "-m", "hi", "--backend", "echo"], "secret")
            .exits(0)
            .stdout,
        "hi\n"
    );

    fs::write(&secret, "wrong").unwrap();
    let wrong = with(&["chat", "-m", "hi", "--backend", "echo"], "secret").exits(1);
    assert!(
        wrong.stderr.contains("passphrase is wrong"),
        "{}",
        wrong.stderr
    );
    let missing = with(&["identity", "words"], "nowhere").exits(1);
    assert!(
        missing.stderr.contains("can't be read"),
        "{}",
        missing.stderr
    );
    // What needs no key needs no passphrase.
    let locked = home
        .run(&["chat", "-m", "hi", "--backend", "echo"])
        .exits(1);
    assert!(
        locked.stderr.contains("locked") && locked.stderr.contains("MMOGIT_PASSPHRASE_FILE"),
        "{}",
        locked.stderr
    );
    home.run(&["identity"]).exits(0);
    home.run(&["thread-list"]).exits(0);
    home.run(&["verify"]).exits(0);
}

#[test]
fn a_passphrase_may_come_through_a_descriptor() {
    let home = TestHome::new();
    fs::write(home.path().join("secret"), "battery staple").unwrap();
    let script = format!(
        "exec 7<{}/secret; MMOGIT_PASSPHRASE_FD=7 exec {} init --no-verify",
        home.path().display(),
        env!("CARGO_BIN_EXE_mmogit")
    );
    let through = home.program("through", &script);
    let output = std::process::Command::new(through)
        .env_clear()
        .env("HOME", home.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(
        fs::read_to_string(home.mmogit().join("identity.json"))
            .unwrap()
            .contains("sealed")
    );
}

#[test]
fn a_vault_that_others_can_read_is_refused_with_the_mend() {
    let home = recovered();
    let vault = home.mmogit().join("identity.json");
    fs::set_permissions(&vault, Permissions::from_mode(0o640)).unwrap();
    let ran = home.run(&["identity", "words"]).exits(1);
    assert!(
        ran.stderr
            .contains(&format!("chmod 600 {}", vault.display())),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_damaged_vault_is_told_and_kept() {
    let home = recovered();
    let vault = home.mmogit().join("identity.json");
    fs::write(&vault, "{\"version\": 1").unwrap();
    let ran = home
        .run(&["chat", "-m", "hi", "--backend", "echo"])
        .exits(1);
    assert!(
        ran.stderr.contains("is damaged") && ran.stderr.contains("--recover"),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read_to_string(&vault).unwrap(), "{\"version\": 1");
}

#[test]
fn without_an_identity_the_next_step_is_told() {
    let home = TestHome::new();
    let ran = home.run(&["identity"]).exits(1);
    assert!(ran.stderr.contains("mmogit init"), "{}", ran.stderr);
    assert!(!home.mmogit().exists(), "looking makes nothing");
}

#[test]
fn a_passphrase_is_set_changed_and_removed() {
    let home = recovered();
    for name in ["one", "two", "empty"] {
        fs::write(
            home.path().join(name),
            if name == "empty" { "\n" } else { name },
        )
        .unwrap();
    }
    let vault = || fs::read(home.mmogit().join("identity.json")).unwrap();
    let with = |args: &[&str], old: &str, new: &str| {
        let mut command = home.command(&[&["identity"], args].concat());
        let path = |name: &str| home.path().join(name);
        if !old.is_empty() {
            command.env("MMOGIT_PASSPHRASE_FILE", path(old));
        }
        if !new.is_empty() {
            command.env("MMOGIT_NEW_PASSPHRASE_FILE", path(new));
        }
        crate::common::Ran::of(command.output().unwrap())
    };
    let opens = |old: &str| with(&["words"], old, "").code == Some(0);

    let ran = with(&["passphrase"], "", "one").exits(0);
    assert_eq!(ran.stdout, "🔐 The passphrase was set\n");
    assert!(!opens("") && opens("one"));
    assert_eq!(
        with(&["passphrase"], "one", "two").exits(0).stdout,
        "🔐 The passphrase was changed\n"
    );
    assert!(!opens("one") && opens("two"));
    let mode = fs::metadata(home.mmogit().join("identity.json"))
        .unwrap()
        .permissions()
        .mode()
        & 0o777;
    assert_eq!(mode, 0o600);

    // What is refused changes nothing.
    let before = vault();
    for (args, old, new, code, why) in [
        (&["passphrase"][..], "one", "two", 1, "passphrase is wrong"),
        (&["passphrase"], "", "one", 1, "locked by a passphrase"),
        (&["passphrase"], "two", "", 2, "MMOGIT_NEW_PASSPHRASE_FILE"),
        (&["passphrase"], "two", "empty", 2, "--remove"),
        (&["passphrase"], "two", "nowhere", 1, "can't be read"),
        (
            &["passphrase", "--remove"],
            "one",
            "",
            1,
            "passphrase is wrong",
        ),
        (
            &["--json", "passphrase"],
            "two",
            "one",
            2,
            "cannot be used with",
        ),
        (&["--json", "words"], "two", "", 2, "cannot be used with"),
    ] {
        let ran = with(args, old, new).exits(code);
        assert!(
            ran.stderr.contains(why) && ran.stdout.is_empty(),
            "{args:?}: {}",
            ran.stderr
        );
        assert_eq!(vault(), before, "{args:?}");
    }

    with(&["passphrase", "--remove"], "two", "").exits(0);
    assert_eq!(with(&["words"], "", "").exits(0).stdout.trim(), WORDS);
    let ran = with(&["passphrase", "--remove"], "", "").exits(0);
    assert!(ran.stderr.contains("nothing was changed"), "{}", ran.stderr);
    let author: Value = serde_json::from_str(&with(&["--json"], "", "").exits(0).stdout).unwrap();
    assert_eq!(author["author"], AUTHOR);
}
