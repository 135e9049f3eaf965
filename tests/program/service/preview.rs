//! What a text would bring in by its `@tags`, told before it is sent.

use super::tags::{answered, asked, asks, statuses, with_threads};
use super::{CONVERSATIONS, begun, refused, said, text};
use crate::common::TestHome;
use crate::server::served::{Answered, Client, Served};
use serde_json::{Value, json};

const PREVIEW: &str = "/api/v1/tags/preview";

fn preview(client: &Client, conversation: &str, said: &str) -> Value {
    let id = conversation.rsplit('/').next().unwrap();
    let body = json!({"content": {"text": said}, "conversation_id": id});
    client.post(PREVIEW, &body).ok()
}

#[test]
fn what_is_told_before_is_what_is_brought_in() {
    let served = with_threads();
    let client = &served.client;
    let named = begun(client, &json!({"title": "Spring"}));
    said(client, &named, &text("tulips"));
    let conversation = begun(client, &json!({}));
    let question = "Of @marketing-planning, @spring and @nobody? `@Override`";
    let told = preview(client, &conversation, question);
    let sources = told["sources"].as_array().unwrap();
    let id = named.rsplit('/').next().unwrap();
    let expected = [
        ("Marketing Planning", 2, json!(null)),
        ("Spring", 1, json!(id)),
    ];
    assert_eq!(sources.len(), expected.len(), "{told}");
    for (source, (title, count, conversation)) in sources.iter().zip(expected) {
        assert_eq!(source["type"], "messages");
        assert_eq!(source["title"], title);
        assert_eq!(
            (&source["count"], &source["message_count"]),
            (&json!(count), &json!(count))
        );
        assert_eq!(source["conversation_id"], conversation);
        assert_eq!(source["cut"], false);
    }
    let sizes = sources
        .iter()
        .map(|source| source["bytes"].as_u64().unwrap());
    assert_eq!(told["bytes"], sizes.sum::<u64>());
    // Nothing was said by that.
    assert_eq!(client.get(&conversation).ok()["message_count"], 0);
    let message = said(client, &conversation, &asks(question));
    assert_eq!(message["tags"], told["tags"]);
    let (answer, sent) = answered(&served, &conversation, &message);
    let context = answer["context"].as_array().unwrap();
    let counts: Vec<&Value> = context.iter().map(|source| &source["count"]).collect();
    assert_eq!(counts, [&json!(2), &json!(1)]);
    assert!(sent.contains("the spring campaign") && sent.contains("tulips"));
}

#[test]
fn drafts_and_projects_are_told_and_that_a_text_is_cut() {
    let served = with_threads();
    let client = &served.client;
    let project = client.post("/api/v1/projects", &json!({"name": "Garden"}));
    let project = project.json()["id"].clone();
    let within = begun(client, &json!({"master_project_id": project}));
    let mut body = asks("Plan it");
    body["intent"] = "draft_plan".into();
    let (proposed, _) = asked(&served, &within, &body);
    let draft = &proposed["linked_draft_id"];
    let long = format!("# Spring plan\n\n{}", "tulips ".repeat(6_000));
    let edit = json!({"content": {"text": long}}).to_string();
    let path = format!("/api/v1/drafts/{}", draft.as_str().unwrap());
    client.ask("PATCH", &path, &edit).ok();
    // Before there is a conversation.
    let body = json!({
        "content": {"blocks": [{"type": "text", "content": "@garden and @spring-plan"}]},
        "master_project_id": project,
    });
    let conversations = client.get(CONVERSATIONS).ok()["total"].clone();
    let told = client.post(PREVIEW, &body).ok();
    assert_eq!(client.get(CONVERSATIONS).ok()["total"], conversations);
    let of = |kind: &str| {
        let mut sources = told["sources"].as_array().unwrap().iter();
        sources.find(|source| source["type"] == kind).unwrap()
    };
    assert_eq!(of("project")["project_id"], project);
    assert_eq!(of("project")["title"], "Garden");
    assert_eq!(
        of("messages")["conversation_id"],
        within.rsplit('/').next().unwrap()
    );
    let cut = of("draft");
    assert_eq!(
        (&cut["draft_id"], &cut["title"]),
        (draft, &json!("Spring plan"))
    );
    assert_eq!(cut["cut"], true);
    assert!(
        told["bytes"].as_u64().unwrap() < 34 << 10,
        "{}",
        told["bytes"]
    );
    // Of no project nothing of it is told.
    let outside = json!({"content": {"text": "@garden and @spring-plan"}});
    let outside = client.post(PREVIEW, &outside).ok();
    assert_eq!(outside["sources"], json!([]));
    let unresolved = [("garden", "unresolved"), ("spring-plan", "unresolved")];
    assert_eq!(statuses(&outside), unresolved);
}

#[test]
fn what_could_not_be_said_has_no_preview() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    let conversation = begun(client, &json!({}));
    let id = conversation.rsplit('/').next().unwrap();
    let ask = |body: &Value| client.post(PREVIEW, body);
    let six = ask(&text("@a @b @c @d @e @f"));
    let at_most = "Message has 6 tags; at most 5 are allowed";
    refused(&six, 400, "too_many_tags", at_most);
    let empty = ask(&text(" "));
    refused(
        &empty,
        400,
        "invalid_content",
        "Message text cannot be empty",
    );
    let mut both = text("@a");
    both["conversation_id"] = id.into();
    both["master_project_id"] = id.into();
    assert_eq!(ask(&both).status, 404);
    assert_eq!(
        ask(&json!({"content": {"text": "@a"}, "more": 1})).status,
        400
    );
    let long = "x".repeat(70 << 10);
    refused(
        &ask(&text(&long)),
        413,
        "too_large",
        "The request is too large",
    );
    let none = ask(&text("no name")).ok();
    assert_eq!(none, json!({"tags": [], "sources": [], "bytes": 0}));
}

/// Whatever it is that its user does not reach.
#[test]
fn refusals_of_a_preview_are_alike() {
    let home = TestHome::new();
    let chat = ["chat", "--backend", "echo", "-m", "not of the service"];
    home.run(&chat).exits(0);
    let served = Served::start(home);
    let client = &served.client;
    let root = served.home.thread_files()[0]["id"].clone();
    let within = |field: &str, id: &Value| -> Answered {
        let mut body = text("@a");
        body[field] = id.clone();
        client.post(PREVIEW, &body)
    };
    let none = json!("00000000-0000-8000-8000-000000000000");
    for id in [&none, &root, &json!("x")] {
        let missing = "Conversation not found or access denied";
        refused(&within("conversation_id", id), 404, "not_found", missing);
        let missing = "Project not found or access denied";
        refused(&within("master_project_id", id), 404, "not_found", missing);
    }
}
