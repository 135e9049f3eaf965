//! Remotes are set up, listed and forgotten, and no address runs a program or shows a password.

use crate::common::TestHome;
use serde_json::{Value, json};
use std::fs;

fn home() -> TestHome {
    let home = TestHome::new();
    home.run(&["init", "--no-verify"]).exits(0);
    home
}

fn listed(home: &TestHome) -> Value {
    let list = home.run(&["remote", "list", "--json"]).exits(0);
    serde_json::from_str(&list.stdout).unwrap()
}

#[test]
fn a_remote_is_set_up_listed_and_forgotten() {
    let home = home();
    assert_eq!(listed(&home), json!({"remotes": []}));
    let none = home.run(&["remote", "list"]).exits(0);
    assert!(none.stderr.contains("mmogit remote add"), "{}", none.stderr);

    let add = |name: &str, url: &str| home.run(&["remote", "add", name, url]);
    add("web", "https://example.com/me/threads.git").exits(0);
    add("disk", "/media/disk/threads.git").exits(0);
    let taken = add("disk", "/elsewhere.git").exits(1).stderr;
    assert!(
        taken.contains("there is a remote “disk” already"),
        "{taken}"
    );
    let remote =
        |name: &str, address: &str| json!({"name": name, "address": address, "fault": null});
    assert_eq!(
        listed(&home)["remotes"],
        json!([
            remote("disk", "/media/disk/threads.git"),
            remote("web", "https://example.com/me/threads.git")
        ])
    );
    let shown = home.run(&["remote", "list"]).exits(0).stdout;
    assert!(shown.contains("disk  /media/disk/threads.git"), "{shown}");

    home.run(&["remote", "remove", "disk"]).exits(0);
    let unknown = home.run(&["remote", "remove", "disk"]).exits(1).stderr;
    assert!(unknown.contains("There are: web"), "{unknown}");
    let left = listed(&home);
    assert_eq!(left["remotes"].as_array().unwrap().len(), 1, "{left}");
    assert_eq!(left["remotes"][0]["name"], "web");
}

#[test]
fn a_path_is_made_whole() {
    let home = home();
    home.run(&["remote", "add", "near", "far.git"]).exits(0);
    let whole = home.path().join("far.git").display().to_string();
    assert_eq!(listed(&home)["remotes"][0]["address"], whole);
}

#[test]
fn what_could_run_a_program_is_no_address() {
    let home = home();
    for url in [
        "ext::sh -c touch% x",
        "--upload-pack=touch x",
        "-oProxyCommand=x:y",
        "ssh://-oProxyCommand=x/y",
        "git://example.com/x",
        "https://example.com/\u{1b}[2J",
        "",
    ] {
        let refused = home.run(&["remote", "add", "bad", url]).exits(2);
        assert!(
            refused.stderr.contains("hint: "),
            "{url}: {}",
            refused.stderr
        );
        assert!(!refused.stderr.contains('\u{1b}'), "{url}");
    }
    for name in ["", "a/b", "..", "a b", "-x", "é"] {
        home.run(&["remote", "add", "--", name, "/x/y"]).exits(2);
    }
    assert_eq!(listed(&home), json!({"remotes": []}));
}

#[test]
fn a_password_is_shown_nowhere() {
    let home = home();
    let url = "https://me:secret@127.0.0.1:1/threads.git";
    let runs = [
        home.run(&["remote", "add", "origin", url]),
        home.run(&["remote", "list"]),
        home.run(&["remote", "list", "--json"]),
        home.run(&["sync", "--yes"]),
        home.run(&["sync", "--yes", "--json"]),
    ];
    for ran in runs {
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!said.contains("secret"), "{said}");
    }
    let shown = home.run(&["remote", "list"]).exits(0).stdout;
    assert!(
        shown.contains("https://***@127.0.0.1:1/threads.git"),
        "{shown}"
    );
}

/// Settings that somebody else wrote are listed as what they are, and not gone to.
#[test]
fn a_remote_that_git_set_up_otherwise_is_named_and_not_used() {
    let home = home();
    home.run(&["remote", "add", "origin", "/nowhere/x.git"])
        .exits(0);
    let settings = home.mmogit().join("repo.git/config");
    let text = fs::read_to_string(&settings).unwrap();
    let text = text.replace("/nowhere/x.git", "ext::sh -c 'touch ran'");
    fs::write(&settings, text).unwrap();
    assert_eq!(
        listed(&home)["remotes"][0]["fault"],
        "address-of-another-kind"
    );
    let refused = home.run(&["sync"]).exits(2).stderr;
    assert!(refused.contains("can't be used"), "{refused}");
    assert!(!home.path().join("ran").exists());
}
