//! People and machines exchange threads through a repository that they share.

use crate::common::{Ran, TestHome};
use crate::support::far::Far;
use serde_json::{Value, json};
use std::fs;

/// Somebody with an identity, and a remote.
fn somebody(far: &Far) -> TestHome {
    let home = TestHome::new();
    home.run(&["init", "--no-verify"]).exits(0);
    add(&home, far);
    home
}

fn add(home: &TestHome, far: &Far) {
    home.run(&["remote", "add", "origin", &far.path_url()])
        .exits(0);
}

fn say(home: &TestHome, title: &str) {
    home.run(&["chat", "--backend", "echo", "--title", title, "-m", "hello"])
        .exits(0);
}

fn key(home: &TestHome) -> String {
    let shown = home.run(&["identity", "--json"]).exits(0).stdout;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    shown["author"].as_str().unwrap().to_owned()
}

fn sync(home: &TestHome, args: &[&str]) -> Ran {
    home.run(&[&["sync", "--json"], args].concat())
}

fn summary(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

fn titles(home: &TestHome) -> Vec<String> {
    let listed = home.run(&["thread-list", "--json"]).exits(0).stdout;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let threads = listed["threads"].as_array().unwrap().iter();
    let mut titles: Vec<_> = threads
        .map(|thread| thread["title"].as_str().unwrap().to_owned())
        .collect();
    titles.sort();
    titles
}

/// The authors whose branches came, and how.
fn came(summary: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let came = summary["came"].as_array().unwrap().iter();
    let mut came: Vec<_> = came
        .map(|came| (text(&came["author"]), text(&came["how"])))
        .collect();
    came.sort();
    came
}

fn kinds(summary: &Value) -> Vec<String> {
    let refused = summary["refused"].as_array().unwrap().iter();
    refused
        .map(|refused| refused["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn two_people_get_what_the_other_said() {
    let far = Far::new();
    let (ana, bo) = (somebody(&far), somebody(&far));
    say(&ana, "of Ana");
    say(&bo, "of Bo");

    let first = summary(&sync(&ana, &[]).exits(0));
    assert_eq!(first["went"]["how"], "pushed");
    assert_eq!(first["went"]["threads"], 1);
    let second = summary(&sync(&bo, &[]).exits(0));
    assert_eq!(came(&second), [(key(&ana), "new".to_owned())]);
    sync(&ana, &[]).exits(0);
    for home in [&ana, &bo] {
        assert_eq!(titles(home), ["of Ana", "of Bo"]);
        home.run(&["verify"]).exits(0);
        let again = summary(&sync(home, &[]).exits(0));
        assert_eq!(again["came"], json!([]));
        assert_eq!(again["went"]["how"], "nothing");
    }

    say(&bo, "of Bo again");
    sync(&bo, &[]).exits(0);
    let third = summary(&sync(&ana, &[]).exits(0));
    assert_eq!(came(&third), [(key(&bo), "forward".to_owned())]);
    assert_eq!(third["came"][0]["threads"], 1);
    far.assert_sound();
}

#[test]
fn a_new_machine_has_all_that_its_owner_said() {
    let far = Far::new();
    let old = somebody(&far);
    say(&old, "from the old one");
    sync(&old, &[]).exits(0);
    let words = old.run(&["identity", "words"]).exits(0).stdout;
    let new = TestHome::new();
    new.run_with_input(&["init", "--recover"], &words).exits(0);
    add(&new, &far);
    sync(&new, &[]).exits(0);
    assert_eq!(titles(&new), ["from the old one"]);
    say(&new, "from the new one");
    sync(&new, &[]).exits(0);
    let back = summary(&sync(&old, &[]).exits(0));
    assert_eq!(came(&back), [(key(&old), "forward".to_owned())]);
    assert_eq!(titles(&old), ["from the new one", "from the old one"]);
}

#[test]
fn without_a_remote_the_next_step_is_named() {
    let home = TestHome::new();
    home.run(&["init", "--no-verify"]).exits(0);
    let none = home.run(&["sync"]).exits(2).stderr;
    assert!(none.contains("mmogit remote add origin URL"), "{none}");
    for name in ["one", "two"] {
        home.run(&["remote", "add", name, "/nowhere/x.git"])
            .exits(0);
    }
    let several = home.run(&["sync"]).exits(2).stderr;
    assert!(several.contains("There are: one, two"), "{several}");
    let unknown = home.run(&["sync", "three"]).exits(1).stderr;
    assert!(unknown.contains("There are: one, two"), "{unknown}");
    let nowhere = home.run(&["sync", "one"]).exits(1).stderr;
    assert!(
        nowhere.contains("there is no repository at that address"),
        "{nowhere}"
    );
}

#[test]
fn a_dry_run_changes_nothing() {
    let far = Far::new();
    let (ana, bo) = (somebody(&far), somebody(&far));
    say(&ana, "of Ana");
    let foreseen = summary(&sync(&ana, &["--dry-run"]).exits(0));
    assert_eq!(foreseen["went"]["how"], "to-push");
    assert_eq!(far.refs(), "");
    sync(&ana, &[]).exits(0);
    say(&bo, "of Bo");
    let foreseen = summary(&sync(&bo, &["--dry-run"]).exits(0));
    assert_eq!(came(&foreseen), [(key(&ana), "to-fetch".to_owned())]);
    assert_eq!(titles(&bo), ["of Bo"]);
    // A machine that has less than the remote has nothing to push.
    let nothing = summary(&sync(&ana, &["--dry-run"]).exits(0));
    assert_eq!(nothing["went"]["how"], "nothing");
}

#[test]
fn what_stands_in_the_repositorys_settings_is_not_run() {
    let far = Far::new();
    let home = somebody(&far);
    say(&home, "a talk");
    let repository = home.mmogit().join("repo.git");
    let ran = home.path().join("ran");
    let touch = format!("touch '{}'", ran.display());
    let settings = repository.join("config");
    let hooks = repository.join("hooks");
    let mut text = fs::read_to_string(&settings).unwrap();
    text += &format!("[core]\n\thooksPath = {}\n", hooks.display());
    for remote in ["origin", "there"] {
        text += &format!(
            "[remote \"{remote}\"]\n\tuploadpack = \"{touch};git-upload-pack\"\n\treceivepack = \"{touch};git-receive-pack\"\n"
        );
    }
    text += &format!(
        "[core]\n\tsshCommand = \"{touch}\"\n\tfsmonitor = \"{touch}\"\n\talternateRefsCommand = \"{touch}\"\n\
         [uploadpack]\n\tpackObjectsHook = \"{touch}\"\n"
    );
    fs::write(&settings, text).unwrap();
    fs::create_dir_all(&hooks).unwrap();
    for hook in ["pre-push", "reference-transaction", "post-rewrite"] {
        let script = format!("#!/bin/sh\n{touch}\n");
        let path = hooks.join(hook);
        fs::write(&path, script).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&path, mode).unwrap();
    }
    let other = somebody(&far);
    say(&other, "another talk");
    sync(&other, &[]).exits(0);
    let done = summary(&sync(&home, &[]).exits(0));
    assert_eq!(done["went"]["how"], "pushed");
    assert_eq!(titles(&home), ["a talk", "another talk"]);
    assert!(!ran.exists(), "a program of the settings was run");
}

#[test]
fn threads_that_anybody_can_read_leave_the_machine_only_if_the_owner_says_so() {
    let home = TestHome::new();
    home.run(&["init", "--no-verify"]).exits(0);
    home.run(&["remote", "add", "origin", "http://127.0.0.1:1/far.git"])
        .exits(0);
    say(&home, "a talk");
    let refused = home.run(&["sync"]).exits(2).stderr;
    assert!(refused.contains("--yes"), "{refused}");
    // Said once, it is remembered; nobody is there.
    for args in [&["sync", "--yes"][..], &["sync"]] {
        let nobody = home.run(args).exits(1).stderr;
        assert!(
            nobody.contains("nobody answers at that address"),
            "{nobody}"
        );
    }
    // Another place is another question.
    home.run(&["remote", "remove", "origin"]).exits(0);
    home.run(&["remote", "add", "origin", "http://127.0.0.1:1/other.git"])
        .exits(0);
    home.run(&["sync"]).exits(2);
}

#[test]
fn only_whom_one_follows_comes_and_that_is_remembered() {
    let far = Far::new();
    let people: Vec<TestHome> = ["Ana", "Bo", "Cy"]
        .into_iter()
        .map(|name| {
            let home = somebody(&far);
            say(&home, name);
            sync(&home, &[]).exits(0);
            home
        })
        .collect();
    let me = somebody(&far);
    say(&me, "mine");
    let followed = summary(&sync(&me, &["--follow", &key(&people[0])]).exits(0));
    assert_eq!(came(&followed), [(key(&people[0]), "new".to_owned())]);
    assert_eq!(titles(&me), ["Ana", "mine"]);
    // Remembered; and who isn't there is no error.
    let again = summary(&sync(&me, &[]).exits(0));
    assert_eq!(again["came"], json!([]));
    let nobody = "0".repeat(63) + "1";
    let two = [&key(&people[1]), &nobody];
    sync(&me, &["--follow", two[0], "--follow", two[1]]).exits(0);
    assert_eq!(titles(&me), ["Ana", "Bo", "mine"]);
    // Ana is no longer followed; what came stays.
    say(&people[0], "Ana again");
    sync(&people[0], &[]).exits(0);
    sync(&me, &[]).exits(0);
    assert_eq!(titles(&me), ["Ana", "Bo", "mine"]);
    let all = summary(&sync(&me, &["--follow", "all"]).exits(0));
    assert_eq!(came(&all).len(), 2);
    assert_eq!(titles(&me), ["Ana", "Ana again", "Bo", "Cy", "mine"]);
    me.run(&["sync", "--follow", "nobody-of-that-name"])
        .exits(2);
}

/// The remote goes back, or loses a branch: what is here stays, and it is said until it is there
/// again.
#[test]
fn a_remote_that_goes_back_is_told() {
    let far = Far::new();
    let (ana, bo) = (somebody(&far), somebody(&far));
    say(&ana, "first");
    sync(&ana, &[]).exits(0);
    let branch = format!("refs/heads/users/{}", key(&ana));
    let first = far.git(&["rev-parse", &branch]);
    say(&ana, "second");
    sync(&ana, &[]).exits(0);
    sync(&bo, &[]).exits(0);
    far.git(&["update-ref", &branch, first.trim()]);
    for _ in 0..2 {
        let told = summary(&sync(&bo, &[]).exits(3));
        assert_eq!(kinds(&told), ["remote-rolled-back"]);
    }
    far.git(&["update-ref", "-d", &branch]);
    let told = summary(&sync(&bo, &[]).exits(3));
    assert_eq!(kinds(&told), ["remote-branch-gone"]);
    assert_eq!(titles(&bo), ["first", "second"]);
    // The owner puts it back, and hears that it was gone.
    let told = summary(&sync(&ana, &[]).exits(3));
    assert_eq!(kinds(&told), ["remote-branch-gone"]);
    assert_eq!(told["went"]["how"], "pushed");
    sync(&ana, &[]).exits(0);
    sync(&bo, &[]).exits(0);
}

#[test]
fn a_chat_that_ends_syncs_if_that_is_set() {
    let far = Far::new();
    let home = somebody(&far);
    say(&home, "before");
    assert_eq!(far.refs(), "");
    home.config("sync-on-exit = true\n");
    let ran = home
        .run(&["chat", "--backend", "echo", "-m", "hello", "--json"])
        .exits(0);
    assert!(ran.stderr.contains("was pushed"), "{}", ran.stderr);
    assert!(far.refs().contains(&key(&home)));
    // What goes wrong there changes nothing about the chat.
    fs::remove_dir_all(far.repository()).unwrap();
    let ran = home
        .run(&["chat", "--backend", "echo", "-m", "hello"])
        .exits(0);
    assert!(ran.stderr.contains("Not synced"), "{}", ran.stderr);
}
