//! `@tags`: resolved when a message is said, signed with it, and brought into the prompt.

use super::{begun, refused, said, text};
use crate::common::TestHome;
use crate::server::served::Served;
use serde_json::{Value, json};
use std::fs;

/// A home with an answering program that writes what it was sent into a file, and two threads.
pub fn with_threads() -> Served {
    let home = TestHome::new();
    for (title, said) in [
        ("Marketing Planning", "the spring campaign"),
        ("Launch", "on friday"),
    ] {
        home.run(&[
            "chat",
            "--backend",
            "echo",
            "--title",
            title,
            "--tag",
            "work",
            "-m",
            said,
        ])
        .exits(0);
    }
    let sent = home.path().join("sent");
    let script = format!("cat > '{}'; printf 'an answer'", sent.display());
    let program = home.program("writing", &script);
    let program = program.to_str().unwrap().to_owned();
    Served::with(home, &["--command", &program])
}

pub fn statuses(message: &Value) -> Vec<(&str, &str)> {
    let tags = message["tags"].as_array().unwrap().iter();
    tags.map(|tag| {
        (
            tag["name"].as_str().unwrap(),
            tag["status"].as_str().unwrap(),
        )
    })
    .collect()
}

#[test]
fn names_are_resolved_signed_and_brought_in() {
    let served = with_threads();
    let conversation = begun(&served.client, &json!({}));
    let question = "What of @marketing-planning? @nobody knows; mail ana@example.com";
    let body = json!({"content": {"text": question}, "reply": true});
    let message = said(&served.client, &conversation, &body);
    let expected = [("marketing-planning", "resolved"), ("nobody", "unresolved")];
    assert_eq!(statuses(&message), expected);
    let reply = message["reply_id"].as_str().unwrap();
    let path = format!("{conversation}/replies/{reply}/events");
    served.client.stream(&path, None).next_of("answer");
    let sent = fs::read_to_string(served.home.path().join("sent")).unwrap();
    assert!(sent.contains("the spring campaign"), "{sent}");
    assert!(!sent.contains("on friday"), "{sent}");
    assert!(
        sent.find("the spring campaign") < sent.find(question),
        "{sent}"
    );
    let page = served.client.get(&format!("{conversation}/messages")).ok();
    assert_eq!(statuses(&page["messages"][0]), expected);
    let brought = &page["messages"][1]["context"];
    assert_eq!(
        (brought[0]["type"].as_str(), brought[0]["count"].as_u64()),
        (Some("messages"), Some(2))
    );
    served.home.run(&["verify"]).exits(0);
}

#[test]
fn a_tag_brings_its_threads_and_what_fits_several_is_ambiguous() {
    let served = with_threads();
    let launch = begun(&served.client, &json!({"title": "launch"}));
    let conversation = begun(&served.client, &json!({}));
    let message = said(&served.client, &conversation, &text("@work and @launch"));
    assert_eq!(
        statuses(&message),
        [("work", "resolved"), ("launch", "ambiguous")]
    );
    assert_eq!(message["tags"][0]["thread_count"], 2);
    assert_eq!(message["tags"][0]["conversation_ids"], json!([]));
    assert_eq!(message["tags"][1]["candidates"], 2);
    // A conversation doesn't name itself.
    let own = said(&served.client, &launch, &text("@launch"));
    assert_eq!(statuses(&own), [("launch", "resolved")]);
    let names = served.client.get("/api/v1/tags?prefix=MARK").ok();
    assert_eq!(names["tags"][0]["name"], "marketing-planning");
    assert_eq!(names["tags"].as_array().unwrap().len(), 1);
}

#[test]
fn a_tag_brings_three_threads_and_a_list_names_twenty() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    let project = client.post("/api/v1/projects", &json!({"name": "Plan"}));
    let project = project.json()["id"].as_str().unwrap().to_owned();
    for number in 10..30 {
        let title = format!("Plan {number}");
        let body = json!({"title": title, "master_project_id": project});
        begun(client, &body);
        if number < 14 {
            let args = ["thread-tag", "add", &title, "work"];
            served.home.run(&args).exits(0);
        }
    }
    let listed = |query: &str| client.get(&format!("/api/v1/tags?{query}"));
    let names = listed(&format!("prefix=plan&master_project_id={project}")).ok();
    assert_eq!(names["tags"].as_array().unwrap().len(), 20);
    let conversation = begun(client, &json!({"master_project_id": project}));
    let message = said(client, &conversation, &text("@work"));
    assert_eq!(statuses(&message), [("work", "resolved")]);
    assert_eq!(message["tags"][0]["thread_count"], 3);
    let of_length = |length: usize| listed(&format!("prefix={}", "x".repeat(length))).status;
    assert_eq!((of_length(200), of_length(201)), (200, 400));
}

/// Of a named conversation the last ten messages come, in the room that all names share.
#[test]
fn of_what_is_named_the_last_ten_messages_come_and_names_share_their_room() {
    let served = with_threads();
    let client = &served.client;
    let many = begun(client, &json!({"title": "Many"}));
    for number in 0..11 {
        said(client, &many, &text(&format!("number {number}.")));
    }
    let asking = begun(client, &json!({}));
    let (answer, sent) = asked(&served, &asking, &asks("What of @many?"));
    assert_eq!(answer["context"][0]["count"], 10);
    assert!(sent.contains("number 1.") && !sent.contains("number 0."));
    for title in ["One", "Two"] {
        let large = begun(client, &json!({ "title": title }));
        for _ in 0..2 {
            said(client, &large, &text(&"x".repeat(12 << 10)));
        }
    }
    // Each alone brings both of its messages; together they bring one each.
    let counts = |question: &str| -> Vec<u64> {
        let (answer, _) = asked(&served, &begun(client, &json!({})), &asks(question));
        let context = answer["context"].as_array().unwrap().iter();
        context.map(|one| one["count"].as_u64().unwrap()).collect()
    };
    assert_eq!(counts("What of @one?"), [2]);
    assert_eq!(counts("What of @one and @two?"), [1, 1]);
}

#[test]
fn five_names_are_taken_and_the_sixth_is_refused() {
    let served = Served::start(TestHome::new());
    let conversation = begun(&served.client, &json!({}));
    let five = said(&served.client, &conversation, &text("@a @b @c @d @e"));
    assert_eq!(statuses(&five).len(), 5);
    let six = served.client.post(
        &format!("{conversation}/messages"),
        &text("@a @b @c @d @e @f"),
    );
    refused(
        &six,
        400,
        "too_many_tags",
        "Message has 6 tags; at most 5 are allowed",
    );
}

/// `PROJECT_SCOPE_ENFORCED`, for what a name may bring in.
#[test]
fn nothing_comes_from_a_project_that_the_conversation_is_not_in() {
    let served = {
        let home = TestHome::new();
        let args = [
            "chat",
            "--backend",
            "echo",
            "--title",
            "Hidden",
            "--label",
            "other",
        ];
        home.run(&[&args[..], &["-m", "a secret"]].concat())
            .exits(0);
        Served::start(home)
    };
    let conversation = begun(&served.client, &json!({}));
    let message = said(&served.client, &conversation, &text("@hidden @never-was"));
    let unresolved = |name: &str| {
        json!({
            "name": name, "status": "unresolved", "kind": null, "thread_count": 0,
            "conversation_ids": [], "draft_id": null, "project_id": null, "candidates": null,
        })
    };
    assert_eq!(
        message["tags"],
        json!([unresolved("hidden"), unresolved("never-was")])
    );
    assert_eq!(
        served.client.get("/api/v1/tags?prefix=hid").ok()["tags"],
        json!([])
    );
}

/// Asks, waits for the answer, and gives it with what its AI got to read.
pub fn asked(served: &Served, conversation: &str, body: &Value) -> (Value, String) {
    let message = said(&served.client, conversation, body);
    answered(served, conversation, &message)
}

/// Waits for the answer to a message.
pub fn answered(served: &Served, conversation: &str, message: &Value) -> (Value, String) {
    let reply = message["reply_id"].as_str().unwrap();
    let path = format!("{conversation}/replies/{reply}/events");
    served.client.stream(&path, None).next_of("answer");
    let page = served.client.get(&format!("{conversation}/messages")).ok();
    let answer = page["messages"].as_array().unwrap().last().unwrap().clone();
    let sent = fs::read_to_string(served.home.path().join("sent")).unwrap();
    (answer, sent)
}

pub fn asks(text: &str) -> Value {
    json!({"content": {"text": text}, "reply": true})
}

#[test]
fn a_draft_is_named_by_its_first_line_and_brings_its_text_as_its_user_left_it() {
    let served = with_threads();
    let client = &served.client;
    let first = begun(client, &json!({}));
    let mut body = asks("Plan it");
    body["intent"] = "draft_plan".into();
    let (proposed, _) = asked(&served, &first, &body);
    let draft = proposed["linked_draft_id"].as_str().unwrap();
    let path = format!("/api/v1/drafts/{draft}");
    let edit = json!({"content": {"text": "# Spring plan\n\nwith tulips"}});
    client.ask("PATCH", &path, &edit.to_string()).ok();
    let other = begun(client, &json!({}));
    let question = format!("@spring-plan or @{draft}, not @an-answer");
    let message = said(client, &other, &text(&question));
    assert_eq!(
        statuses(&message),
        [
            ("spring-plan", "resolved"),
            (draft, "resolved"),
            ("an-answer", "unresolved")
        ]
    );
    assert_eq!(message["tags"][0]["kind"], "draft");
    let (answer, sent) = asked(&served, &other, &asks("What of @spring-plan?"));
    assert!(sent.contains("with tulips"), "{sent}");
    assert_eq!(answer["context"][0]["type"], "draft");
    let names = client.get("/api/v1/tags?prefix=spring").ok();
    let known = json!([{"name": "spring-plan", "kind": "draft", "title": "Spring plan"}]);
    assert_eq!(names["tags"], known);
    served.home.run(&["verify"]).exits(0);
}

/// `PROJECT_SCOPE_ENFORCED`: a project is named within itself alone, and so is what belongs to it.
#[test]
fn a_project_and_what_is_in_it_are_named_within_it_alone() {
    let served = with_threads();
    let client = &served.client;
    let begin = |name: &str| {
        let begun = client.post("/api/v1/projects", &json!({ "name": name }));
        begun.json()["id"].as_str().unwrap().to_owned()
    };
    let (one, other) = (begin("First project"), begin("Other project"));
    let within = |id: &str| begun(client, &json!({"master_project_id": id}));
    let told = begun(
        client,
        &json!({"master_project_id": one, "title": "Tulips"}),
    );
    said(client, &told, &text("bulbs in autumn"));
    let mut body = asks("Plan it");
    body["intent"] = "draft_plan".into();
    asked(&served, &told, &body);
    let question = "@first-project, @other-project, @tulips, @an-answer";
    let names = ["first-project", "other-project", "tulips", "an-answer"];
    let expected = |known: &[&str]| -> Vec<(String, String)> {
        let status = |name: &&str| match known.contains(name) {
            true => "resolved",
            false => "unresolved",
        };
        names
            .iter()
            .map(|name| ((*name).to_owned(), status(name).to_owned()))
            .collect()
    };
    let resolved = |conversation: &str| -> Vec<(String, String)> {
        let message = said(client, conversation, &text(question));
        let owned = |(name, status): (&str, &str)| (name.to_owned(), status.to_owned());
        statuses(&message).into_iter().map(owned).collect()
    };
    let all = ["first-project", "tulips", "an-answer"];
    assert_eq!(resolved(&within(&one)), expected(&all));
    assert_eq!(resolved(&within(&other)), expected(&["other-project"]));
    assert_eq!(resolved(&begun(client, &json!({}))), expected(&[]));
    let (answer, sent) = asked(&served, &within(&one), &asks("What of @first-project?"));
    assert!(sent.contains("bulbs in autumn"), "{sent}");
    assert!(!sent.contains("the spring campaign"), "{sent}");
    assert_eq!(answer["context"][0]["type"], "project");
    let listed = client
        .get(&format!("/api/v1/tags?master_project_id={one}"))
        .ok();
    let listed: Vec<&str> = listed["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    assert!(listed.contains(&"tulips") && listed.contains(&"first-project"));
    assert!(!listed.contains(&"launch"), "{listed:?}");
}

/// However many others there are, in other projects or called nearly so.
#[test]
fn a_name_is_found_among_many_that_it_does_not_mean() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    let wanted = begun(client, &json!({"title": "Spring plan"}));
    let wanted = wanted.rsplit('/').next().unwrap();
    let project = client.post("/api/v1/projects", &json!({"name": "Other"}));
    let project = project.json()["id"].clone();
    for number in 0..51 {
        let title = format!("Spring plan {}", number % 2);
        let body = json!({"title": title, "master_project_id": project});
        let other = begun(client, &body);
        client.ask("POST", &format!("{other}/archive"), "").ok();
    }
    let conversation = begun(client, &json!({}));
    let question = format!("@spring-plan, @Spring_Plan and @{wanted}");
    let message = said(client, &conversation, &text(&question));
    let expected = ["spring-plan", "Spring_Plan", wanted].map(|name| (name, "resolved"));
    assert_eq!(statuses(&message), expected);
    let threads = message["tags"].as_array().unwrap().iter();
    let threads: Vec<&Value> = threads.map(|tag| &tag["conversation_ids"]).collect();
    assert_eq!(threads, [&json!([wanted]); 3]);
}

#[test]
fn of_a_long_last_message_the_beginning_is_brought_in() {
    let served = with_threads();
    let conversation = begun(&served.client, &json!({"title": "Long"}));
    let long = format!("first words {} last words", "and ".repeat(9_000));
    said(&served.client, &conversation, &text(&long));
    let other = begun(&served.client, &json!({}));
    let (answer, sent) = asked(&served, &other, &asks("What of @long?"));
    assert!(
        sent.contains("(only how it begins): first words and"),
        "{sent}"
    );
    assert!(!sent.contains("last words"));
    assert_eq!(answer["context"][0]["count"], 1);
}

/// Every id on the wire is one that a route takes.
#[test]
fn what_names_stood_for_is_told_by_ids_that_routes_take() {
    let served = with_threads();
    let client = &served.client;
    let project = client.post("/api/v1/projects", &json!({"name": "Garden"}));
    let project = project.json()["id"].clone();
    let within = |title: &str| {
        let body = json!({"master_project_id": project, "title": title});
        begun(client, &body)
    };
    let told = within("Tulips");
    let mut body = asks("Plan it");
    body["intent"] = "draft_plan".into();
    let (proposed, _) = asked(&served, &told, &body);
    let question = asks("@tulips, @an-answer, @garden");
    let asking = within("Asking");
    let message = said(client, &asking, &question);
    let (answer, _) = answered(&served, &asking, &message);
    let tags = &message["tags"];
    let id = told.rsplit('/').next().unwrap();
    assert_eq!(tags[0]["conversation_ids"], json!([id]));
    assert_eq!(tags[1]["draft_id"], proposed["linked_draft_id"]);
    assert_eq!(tags[2]["project_id"], project);
    let of = |kind: &str| {
        let mut sources = answer["context"].as_array().unwrap().iter();
        sources.find(|source| source["type"] == kind).unwrap()
    };
    let messages = of("messages");
    assert_eq!(
        (&messages["conversation_id"], &messages["count"]),
        (&json!(id), &json!(2))
    );
    let page = client.get(&format!("{told}/messages")).ok();
    assert_eq!(messages["first_message_id"], page["messages"][0]["id"]);
    assert_eq!(messages["last_message_id"], page["messages"][1]["id"]);
    assert_eq!(of("draft")["draft_id"], proposed["linked_draft_id"]);
    assert_eq!(of("draft")["conversation_id"], id);
    assert_eq!(of("project")["project_id"], project);
    // Nothing as the record names it is there: no hash, nor a part of one.
    let all = client.get(&format!("{asking}/messages")).ok().to_string();
    let is_digit = |sign: char| sign.is_ascii_hexdigit();
    let longest = all.split(|sign| !is_digit(sign)).map(str::len).max();
    assert!(longest < Some(32), "{all}");
}
