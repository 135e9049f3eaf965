//! Several people in one thread: two homes, and a bare repository between them.

use super::contact::person;
use crate::common::{Ran, TestHome};
use crate::support::git;
use serde_json::Value;
use std::path::PathBuf;

/// Ana and Bo, who know each other, and a remote that both sync with.
struct Two {
    ana: TestHome,
    bo: TestHome,
    remote: PathBuf,
}

impl Two {
    fn new() -> Self {
        let ((ana, ana_card), (bo, bo_card)) = (person("Ana"), person("Bo"));
        let remote = ana.path().join("remote.git");
        git(
            ana.path(),
            &["init", "--bare", "--quiet", remote.to_str().unwrap()],
        );
        for (home, card) in [(&ana, &bo_card), (&bo, &ana_card)] {
            home.config("backend = \"echo\"\n");
            home.run(&["remote", "add", "team", remote.to_str().unwrap()])
                .exits(0);
            home.run(&["contact", "add", card]).exits(0);
        }
        Self { ana, bo, remote }
    }

    fn sync(&self) {
        for home in [&self.ana, &self.bo, &self.ana] {
            home.run(&["sync", "--yes"]).exits(0);
        }
    }

    /// A question of Ana's in a thread into which Bo is invited, and both have it.
    fn with_shared_thread() -> Self {
        let two = Self::new();
        two.ana
            .run(&["chat", "--title", "plan", "-m", "shall we?"])
            .exits(0);
        let invited = two.ana.run(&["thread-invite", "plan", "Bo"]).exits(0);
        assert!(invited.stderr.contains("mmogit sync"), "{}", invited.stderr);
        two.sync();
        two
    }
}

fn say(home: &TestHome, text: &str) -> Ran {
    home.run(&["chat", "--continue", "plan", "-m", text])
}

fn replay(home: &TestHome) -> Value {
    let ran = home.run(&["thread-replay", "plan", "--json"]).exits(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

/// What is shown, in order.
fn shown(home: &TestHome) -> Vec<String> {
    let plain = home.run(&["thread-replay", "plan"]).exits(0).stdout;
    let lines = plain.lines();
    let said = lines.filter_map(|line| {
        let (who, text) = line.split_once(": ")?;
        (who.starts_with("👤 human") || who.starts_with("🤖 ai")).then(|| text.to_owned())
    });
    said.collect()
}

fn ids(home: &TestHome) -> Vec<String> {
    let value = replay(home);
    let messages = value["verification"]["messages"].as_array().unwrap();
    let ids = messages.iter().map(|message| message["id"].to_string());
    ids.collect()
}

fn list(home: &TestHome) -> Value {
    let ran = home.run(&["thread-list", "--json"]).exits(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn who_is_invited_just_goes_on() {
    let two = Two::with_shared_thread();
    say(&two.bo, "yes").exits(0);
    two.sync();
    assert_eq!(shown(&two.ana), shown(&two.bo));
    assert_eq!(ids(&two.ana), ids(&two.bo));
    assert_eq!(replay(&two.ana)["shared"]["findings"], Value::Array(vec![]));
    let seen = two.ana.run(&["thread-replay", "plan"]).exits(0).stdout;
    assert!(seen.contains("👤 human · you: shall we?"), "{seen}");
    assert!(
        seen.contains("👤 human · Bo (") && seen.contains(", not verified): yes"),
        "{seen}"
    );
    assert!(seen.contains("🤖 ai of Bo ("), "{seen}");
    assert!(seen.contains("📌 In one copy only: that of Bo"), "{seen}");
    for home in [&two.ana, &two.bo] {
        let list = list(home);
        assert_eq!(list["total"], 1, "{list:#}");
        assert_eq!(list["threads"][0]["message_count"], 4);
        let plain = home.run(&["thread-list"]).exits(0).stdout;
        assert!(plain.contains("👥 With "), "{plain}");
        let found = home.run(&["thread-search", "yes", "--json"]).exits(0);
        let found: Value = serde_json::from_str(&found.stdout).unwrap();
        assert_eq!(found["hits"].as_array().unwrap().len(), 2, "{found:#}");
        home.run(&["verify"]).exits(0);
    }
}

#[test]
fn a_chat_names_who_said_what_before_it() {
    let two = Two::with_shared_thread();
    say(&two.bo, "Pizza!").exits(0);
    two.sync();
    let continued = ["chat", "--continue", "plan"];
    let show = |command: &str| {
        let input = format!("{command}\n/exit\n");
        two.ana.run_with_input(&continued, &input).exits(0)
    };
    let (last, all) = (show("/show"), show("/show all"));
    for seen in [&last.stdout, &all.stdout] {
        let line_of = |text: &str| seen.lines().find(|line| line.contains(text)).unwrap();
        let bos = line_of(": Pizza!");
        assert!(bos.starts_with("👤 Bo (") && bos.ends_with(", not verified): Pizza!"));
        assert!(seen.contains("\nAI of Bo ("), "{seen}");
        assert!(!seen.contains("You: Pizza!"), "{seen}");
    }
    assert!(all.stdout.contains("You: shall we?"), "{}", all.stdout);
    assert!(all.stdout.contains("\nAI: "), "{}", all.stdout);
}

#[test]
fn two_who_answer_at_once_see_the_same_in_any_order_of_syncs() {
    for first_to_sync in ["Ana", "Bo"] {
        let two = Two::with_shared_thread();
        say(&two.ana, "or not?").exits(0);
        say(&two.bo, "yes").exits(0);
        let (first, second) = match first_to_sync {
            "Ana" => (&two.ana, &two.bo),
            _ => (&two.bo, &two.ana),
        };
        for home in [first, second, first] {
            home.run(&["sync", "--yes"]).exits(0);
        }
        assert_eq!(ids(first), ids(second));
        assert_eq!(ids(first).len(), 6);
        // The next word joins what both said.
        say(second, "so?").exits(0);
        two.sync();
        assert_eq!(ids(first), ids(second));
        let heads = &replay(first)["thread"]["heads"];
        assert_eq!(heads.as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_stranger_is_told_to_copy_the_thread() {
    let two = Two::new();
    two.ana
        .run(&["chat", "--title", "plan", "-m", "alone"])
        .exits(0);
    two.sync();
    let refused = say(&two.bo, "me too").exits(1);
    assert!(
        refused.stderr.contains("mmogit thread-fork"),
        "{}",
        refused.stderr
    );
    assert_eq!(two.bo.thread_files().len(), 0);
    let refused = two.bo.run(&["thread-invite", "plan", "Ana"]).exits(1);
    assert!(
        refused.stderr.contains("Only who began"),
        "{}",
        refused.stderr
    );
    assert!(two.remote.exists());
}

#[test]
fn opening_and_syncing_make_no_copy() {
    let two = Two::with_shared_thread();
    two.bo
        .run_with_input(&["chat", "--continue", "plan"], "/exit\n")
        .exits(0);
    two.bo.run(&["thread-replay", "plan"]).exits(0);
    two.sync();
    assert_eq!(two.bo.thread_files().len(), 0);
    assert_eq!(two.bo.journals(), "");
}

#[test]
fn who_is_dropped_says_no_more_and_may_come_back() {
    let two = Two::with_shared_thread();
    say(&two.bo, "yes").exits(0);
    two.sync();
    two.ana.run(&["thread-drop", "plan", "Bo"]).exits(0);
    // Bo does not know it yet, and speaks on.
    say(&two.bo, "too late").exits(0);
    two.sync();
    for home in [&two.ana, &two.bo] {
        let shown = shown(home);
        assert!(shown.contains(&"yes".to_owned()), "{shown:?}");
        assert!(!shown.contains(&"too late".to_owned()), "{shown:?}");
    }
    let findings = replay(&two.ana)["shared"]["findings"].clone();
    assert_eq!(findings.as_array().unwrap().len(), 2, "{findings:#}");
    let refused = say(&two.bo, "again").exits(1);
    assert!(refused.stderr.contains("dropped you"), "{}", refused.stderr);

    two.ana.run(&["thread-invite", "plan", "Bo"]).exits(0);
    two.sync();
    assert!(shown(&two.ana).contains(&"too late".to_owned()));
    say(&two.bo, "back").exits(0);
    two.sync();
    assert!(shown(&two.ana).contains(&"back".to_owned()));
    assert_eq!(ids(&two.ana), ids(&two.bo));
}

#[test]
fn title_and_tags_are_the_authors_word() {
    let two = Two::with_shared_thread();
    say(&two.bo, "yes").exits(0);
    for command in [
        &["thread-rename", "plan", "mine"][..],
        &["thread-tag", "add", "plan", "mine"],
        &["thread-archive", "plan"],
    ] {
        let refused = two.bo.run(command).exits(1);
        assert!(refused.stderr.contains("belongs to"), "{}", refused.stderr);
    }
    two.ana.run(&["thread-rename", "plan", "the plan"]).exits(0);
    two.sync();
    assert_eq!(list(&two.bo)["threads"][0]["title"], "the plan");
}

#[test]
fn who_is_invited_into_a_sealed_thread_reads_it_until_they_are_dropped() {
    let two = Two::new();
    two.sync();
    two.ana
        .run(&["chat", "--encrypt", "--title", "plan", "-m", "shall we?"])
        .exits(0);
    let id = list(&two.ana)["threads"][0]["id"].clone();
    let id = id.as_str().unwrap();
    two.sync();
    let closed = two.bo.run(&["thread-replay", id]).exits(0);
    let why = "is sealed, and not for you: ask its author";
    assert!(closed.stderr.contains(why), "{}", closed.stderr);
    let invited = two.ana.run(&["thread-invite", id, "Bo"]).exits(0);
    assert!(
        invited.stdout.starts_with("👥 Invited: 🔒 plan - "),
        "{}",
        invited.stdout
    );
    assert!(
        invited.stderr.contains("also what was said before"),
        "{}",
        invited.stderr
    );
    two.sync();
    two.bo
        .run(&["chat", "--continue", id, "-m", "a quiet yes"])
        .exits(0);
    two.sync();
    for home in [&two.ana, &two.bo] {
        let seen = home.run(&["thread-replay", id]).exits(0).stdout;
        assert!(seen.contains("shall we?"), "{seen}");
        assert!(seen.contains("a quiet yes"), "{seen}");
        home.run(&["verify"]).exits(0);
    }
    let dropped = two.ana.run(&["thread-drop", id, "Bo"]).exits(0);
    assert!(
        dropped.stdout.starts_with("👥 Dropped: 🔒 plan - "),
        "{}",
        dropped.stdout
    );
    assert!(
        dropped.stderr.contains("read nothing"),
        "{}",
        dropped.stderr
    );
    two.ana
        .run(&["chat", "--continue", id, "-m", "between us"])
        .exits(0);
    two.sync();
    let seen = two.bo.run(&["thread-replay", id]).exits(0).stdout;
    assert!(!seen.contains("between us"), "{seen}");
    assert!(
        seen.contains("a quiet yes") && seen.contains('🔒'),
        "{seen}"
    );
}

#[test]
fn whoever_no_longer_reads_a_sealed_thread_is_told_so() {
    let two = Two::new();
    two.ana
        .run(&["chat", "--to", "Bo", "--title", "plan", "-m", "shall we?"])
        .exits(0);
    two.ana.run(&["thread-invite", "plan", "Bo"]).exits(0);
    two.sync();
    say(&two.bo, "a quiet yes").exits(0);
    two.sync();
    two.ana
        .run(&["thread-readers", "plan", "remove", "Bo"])
        .exits(0);
    say(&two.ana, "between us").exits(0);
    two.sync();
    let refused = say(&two.bo, "and me?").exits(1).stderr;
    let why = "can't be continued: what is said in it now is sealed for others";
    assert!(refused.contains("error: thread_"), "{refused}");
    assert!(refused.contains(why), "{refused}");
    assert!(refused.contains("thread-fork thread_"), "{refused}");
    let partly = two.bo.run(&["thread-replay", "plan"]).exits(0).stderr;
    assert!(
        partly.contains("2 of 6 messages sealed, and not for you"),
        "{partly}"
    );
}

/// Whoever keeps a copy could have put readers of their own into it.
#[test]
fn a_sealed_thread_of_which_only_a_kept_copy_is_here_is_not_gone_on_with() {
    let two = Two::new();
    two.ana
        .run(&["chat", "--to", "Bo", "--title", "plan", "-m", "shall we?"])
        .exits(0);
    two.ana.run(&["thread-invite", "plan", "Bo"]).exits(0);
    two.sync();
    say(&two.bo, "a quiet yes").exits(0);
    let key = author(&two.ana);
    let repository = two.bo.mmogit().join("repo.git");
    let branch = format!("refs/heads/users/{key}");
    git(&repository, &["update-ref", "-d", &branch]);
    let refused = say(&two.bo, "and then?").exits(1).stderr;
    assert!(
        refused.contains("the copy of its author, which alone says for whom, is not here"),
        "{refused}"
    );
    assert!(refused.contains("mmogit sync --follow"), "{refused}");
    let seen = two.bo.run(&["thread-replay", "plan"]).exits(0).stdout;
    assert!(
        seen.contains("a quiet yes") && !seen.contains("and then?"),
        "{seen}"
    );
}

fn author(home: &TestHome) -> String {
    let ran = home.run(&["identity", "--json"]).exits(0);
    let identity: Value = serde_json::from_str(&ran.stdout).unwrap();
    identity["author"].as_str().unwrap().to_owned()
}
