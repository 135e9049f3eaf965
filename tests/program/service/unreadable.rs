//! What can't be read is said: nothing that is there is ever told as if it were not.

use super::{CONVERSATIONS, begun, refused, said, text};
use crate::common::TestHome;
use crate::server::served::{Client, Served};
use crate::support::git;
use serde_json::{Value, json};
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// All that is told of everything.
fn told_of_all(client: &Client) -> Vec<Value> {
    let paths = [
        CONVERSATIONS,
        "/api/v1/drafts",
        "/api/v1/projects",
        "/api/v1/tags?prefix=spring",
        "/api/v1/search?q=campaign",
        "/api/v1/analytics",
    ];
    let told = paths.iter().map(|path| client.get(path).ok());
    told.collect()
}

/// The server holds the keys: what lies in the identity's file then changes nothing.
#[test]
fn lists_are_told_while_the_identitys_file_can_not_be_read() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    let conversation = begun(client, &json!({"title": "Spring"}));
    said(client, &conversation, &text("the campaign plan"));
    let project = json!({"name": "Marketing"});
    let project = client.post("/api/v1/projects", &project).json();
    let before = told_of_all(client);
    assert_eq!(before[0]["total"], 1);
    fs::write(served.home.mmogit().join("identity.json"), "nothing").unwrap();
    assert_eq!(told_of_all(client), before);
    let address = format!("/api/v1/projects/{}", project["id"].as_str().unwrap());
    assert_eq!(client.get(&address).ok(), project);
    let id = conversation.rsplit('/').next().unwrap();
    let of_conversation = client.get(&format!("/api/v1/drafts?conversation_id={id}"));
    assert_eq!(of_conversation.ok()["total"], 0);
}

#[test]
fn a_conversation_whose_file_is_lost_is_not_told_as_none() {
    let served = Served::start(TestHome::new());
    let conversation = begun(&served.client, &json!({}));
    said(&served.client, &conversation, &text("hello"));
    let served = Served::start(served.stop().home);
    let client = &served.client;
    lose(&served.home, "thread_");
    let can_not = "Conversation can't be read";
    for part in ["", "/messages", "/context", "/analytics"] {
        let path = format!("{conversation}{part}");
        refused(&client.get(&path), 409, "not_verified", can_not);
    }
    let message = client.post(&format!("{conversation}/messages"), &text("and?"));
    assert!([409, 500].contains(&message.status), "{message:?}");
    let none = format!("{CONVERSATIONS}/00000000-0000-8000-8000-000000000000");
    let missing = "Conversation not found or access denied";
    refused(&client.get(&none), 404, "not_found", missing);
}

/// Writes other bytes in the place of the only file of a kind, as somebody does who has no keys.
fn forge(home: &TestHome, kind: &str, how: &str) {
    let script = format!(
        r#"
        set -e
        branch=$(git symbolic-ref HEAD)
        export GIT_INDEX_FILE=$PWD/forged-index
        git read-tree "$branch"
        path=$(git ls-files | grep '{kind}')
        blob=$(git show "$branch:$path" | sed '{how}' | git hash-object -w --stdin)
        git update-index --cacheinfo "100644,$blob,$path"
        tree=$(git write-tree)
        commit=$(git -c user.name=x -c user.email=x@example.invalid commit-tree "$tree" -p "$branch" -m forged)
        git update-ref "$branch" "$commit"
        rm "$GIT_INDEX_FILE"
        "#
    );
    let mut shell = std::process::Command::new("sh");
    let repository = home.mmogit().join("repo.git");
    let ran = shell.current_dir(repository).args(["-c", &script]).status();
    assert!(ran.unwrap().success());
}

/// Takes the bytes of the only file of a kind out of the store, as a disk does that fails.
fn lose(home: &TestHome, kind: &str) {
    let repository = home.mmogit().join("repo.git");
    let branch = git(&repository, &["symbolic-ref", "HEAD"]);
    let files = git(&repository, &["ls-tree", "-r", branch.trim()]);
    let file = files.lines().find(|line| line.contains(kind)).unwrap();
    let blob = file.split_whitespace().nth(2).unwrap();
    let object = repository.join("objects").join(&blob[..2]).join(&blob[2..]);
    fs::remove_file(object).unwrap();
}

#[test]
fn what_goes_wrong_with_a_list_is_told_to_the_operator() {
    let (served, log) = Served::logged(TestHome::new());
    let client = &served.client;
    begun(client, &json!({}));
    fs::write(served.home.mmogit().join("contacts.json"), "nothing").unwrap();
    for path in [
        CONVERSATIONS,
        "/api/v1/search?q=campaign",
        "/api/v1/projects",
    ] {
        let told = || {
            let log = fs::read_to_string(&log).unwrap();
            log.matches("something could not be done").count()
        };
        let before = told();
        let answered = client.get(path);
        refused(
            &answered,
            500,
            "internal",
            "Something went wrong within the server",
        );
        assert_eq!(told(), before + 1, "{path}");
    }
}

const LISTS: [&str; 6] = [
    CONVERSATIONS,
    "/api/v1/drafts",
    "/api/v1/projects",
    "/api/v1/tags",
    "/api/v1/search?q=campaign",
    "/api/v1/analytics",
];

fn unreadable(client: &Client, path: &str) -> u64 {
    let told = client.get(path).ok();
    told["unreadable"]
        .as_u64()
        .unwrap_or_else(|| panic!("{path}: {told}"))
}

#[test]
fn a_lost_project_is_counted_in_each_list() {
    let served = Served::start(TestHome::new());
    let project = json!({"name": "Marketing"});
    let project = served.client.post("/api/v1/projects", &project).json();
    let body = json!({"master_project_id": project["id"]});
    begun(&served.client, &body);
    for path in LISTS {
        assert_eq!(unreadable(&served.client, path), 0, "{path}");
    }
    let home = served.stop().home;
    lose(&home, ".mmogit/projects");
    let served = Served::start(home);
    for path in LISTS {
        assert_eq!(unreadable(&served.client, path), 1, "{path}");
    }
}

#[test]
fn a_lost_conversation_is_counted_in_each_list() {
    let served = Served::start(TestHome::new());
    begun(&served.client, &json!({}));
    let home = served.stop().home;
    lose(&home, "thread_");
    fs::remove_file(home.mmogit().join("index.db")).unwrap();
    let served = Served::start(home);
    for path in LISTS.iter().filter(|path| !path.contains("projects")) {
        assert_eq!(unreadable(&served.client, path), 1, "{path}");
    }
}

/// A home with a draft that nothing was done with, and the draft's id.
fn proposing() -> (Served, String) {
    let home = TestHome::new();
    let program = home.program("planner", "cat > /dev/null; printf 'a plan'");
    let program = program.to_str().unwrap().to_owned();
    let served = Served::with(home, &["--command", &program]);
    let conversation = begun(&served.client, &json!({}));
    let body = json!({"content": {"text": "Plan"}, "intent": "draft_plan", "reply": true});
    let message = said(&served.client, &conversation, &body);
    let reply = message["reply_id"].as_str().unwrap();
    let events = format!("{conversation}/replies/{reply}/events");
    served.client.stream(&events, None).next_of("answer");
    let drafts = served.client.get("/api/v1/drafts").ok();
    assert_eq!(
        (&drafts["total"], &drafts["unreadable"]),
        (&json!(1), &json!(0))
    );
    let id = drafts["drafts"][0]["id"].as_str().unwrap().to_owned();
    (served, id)
}

fn is_not_told_as_none(served: &Served, id: &str) {
    let drafts = served.client.get("/api/v1/drafts").ok();
    assert_eq!(
        (&drafts["total"], &drafts["unreadable"]),
        (&json!(0), &json!(1))
    );
    // Nobody knows which drafts it has: each that is not found may be one of them.
    for id in [id, "00000000-0000-8000-8000-000000000000"] {
        let draft = served.client.get(&format!("/api/v1/drafts/{id}"));
        refused(
            &draft,
            409,
            "not_verified",
            "Draft can't be verified or read",
        );
    }
}

#[test]
fn what_a_lost_conversation_proposed_is_not_told_as_none() {
    let (served, id) = proposing();
    let listed = served.home.run(&["draft", "list", "--json"]).exits(0);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let whole = listed["drafts"][0]["id"].as_str().unwrap().to_owned();
    lose(&served.home, "thread_");
    is_not_told_as_none(&served, &id);
    let home = served.stop().home;
    let listed = home.run(&["draft", "list"]).exits(0);
    assert!(listed.stderr.contains("thread_"), "{}", listed.stderr);
    let shown = home.run(&["draft", "show", &whole[..8]]).exits(1);
    let can_not = "files that may have it can't be read or verified: 1";
    assert!(shown.stderr.contains(can_not), "{}", shown.stderr);
}

#[test]
fn what_a_forged_conversation_proposes_is_not_told_as_none() {
    let (served, _) = proposing();
    // A server unites what it has with what was put there.
    let home = served.stop().home;
    forge(&home, "thread_", "s/a plan/a trap/");
    let listed = home.run(&["draft", "list", "--json"]).exits(0);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed["drafts"], json!([]));
    let why = listed["troubles"][0]["why"].as_str().unwrap();
    assert!(why.contains("can't be verified"), "{why}");
}

#[test]
fn a_damaged_project_is_told_to_the_operator_once() {
    let home = TestHome::new();
    home.run(&["init", "--no-verify"]).exits(0);
    home.run(&["project", "create", "Marketing"]).exits(0);
    lose(&home, ".mmogit/projects");
    let (served, log) = Served::logged(home);
    let told = || {
        let log = fs::read_to_string(&log).unwrap();
        log.matches("a project can't be used").count()
    };
    let end = Instant::now() + Duration::from_secs(20);
    while told() == 0 {
        assert!(Instant::now() < end, "nothing was told");
        sleep(Duration::from_millis(50));
    }
    for _ in 0..3 {
        served.client.get("/api/v1/projects").ok();
        sleep(Duration::from_millis(400));
    }
    assert_eq!(told(), 1);
}

#[test]
fn a_project_that_looks_like_a_damaged_one_is_not_begun() {
    let home = TestHome::new();
    home.run(&["init", "--no-verify"]).exits(0);
    home.run(&["project", "create", "Marketing"]).exits(0);
    forge(&home, ".mmogit/projects", "s/Marketing/MarketinG/");
    // Else what was there comes back.
    fs::remove_dir_all(home.mmogit().join("state/tips")).unwrap();
    let created = home.run(&["project", "create", "marketing"]).exits(2);
    let already = "you have a project “MarketinG” already, and it can't be verified";
    assert!(created.stderr.contains(already), "{}", created.stderr);
    let served = Served::start(home);
    let begun = served
        .client
        .post("/api/v1/projects", &json!({"name": "marketing"}));
    refused(
        &begun,
        409,
        "project_exists",
        "You have a project of this name already",
    );
    // Another is begun, and what can't be read is said.
    let other = served.home.run(&["project", "create", "Garden"]).exits(0);
    assert!(
        other.stderr.contains(".mmogit/projects"),
        "{}",
        other.stderr
    );
}
