//! Conversations whose user took a newer key: each is there as it was, under the name that programs
//! know, and goes on.

use super::{CONVERSATIONS, begun, said, text};
use crate::common::TestHome;
use crate::server::served::{Client, Served};
use serde_json::{Value, json};

const DRAFTS: &str = "/api/v1/drafts";
const PROJECTS: &str = "/api/v1/projects";

fn serve(home: TestHome) -> Served {
    let program = home.path().join("bin/planner");
    let program = match program.exists() {
        true => program,
        false => home.program("planner", "cat > /dev/null; printf '# Tasks\\n\\n- one'"),
    };
    let program = program.to_str().unwrap().to_owned();
    Served::with(home, &["--command", &program])
}

/// Ends the server, takes newer words, and serves the home again.
fn rotated(served: Served) -> Served {
    let home = served.stop().home;
    home.run(&["identity", "rotate", "--no-verify"]).exits(0);
    serve(home)
}

fn propose(client: &Client, conversation: &str) -> Value {
    let asked = json!({"content": {"text": "Plan it"}, "intent": "draft_task_list", "reply": true});
    let asked = said(client, conversation, &asked);
    let reply = asked["reply_id"].as_str().unwrap();
    let path = format!("{conversation}/replies/{reply}/events");
    client.stream(&path, None).next_of("answer");
    let page = client.get(&format!("{conversation}/messages")).ok();
    page["messages"].as_array().unwrap().last().unwrap().clone()
}

/// The user has another name under another key; all else stays.
fn without_user(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.remove("user_id");
            for (_, inner) in fields.iter_mut() {
                *inner = without_user(inner.take());
            }
        }
        Value::Array(items) => {
            for inner in items.iter_mut() {
                *inner = without_user(inner.take());
            }
        }
        _ => {}
    }
    value
}

fn shown(client: &Client, conversations: &[String]) -> Vec<Value> {
    let mut paths = vec![
        format!("{CONVERSATIONS}?include_archived=true"),
        CONVERSATIONS.to_owned(),
        format!("{CONVERSATIONS}?archived=true"),
        DRAFTS.to_owned(),
        "/api/v1/analytics".to_owned(),
        "/api/v1/tags?prefix=".to_owned(),
    ];
    for conversation in conversations {
        paths.push(conversation.clone());
        paths.push(format!("{conversation}/messages"));
        paths.push(format!("{conversation}/analytics"));
    }
    let get = |path: &String| {
        let mut got = without_user(client.get(path).ok());
        // Handing a sealed one on changes it: then it is another that was changed last.
        if let Some(Value::Array(listed)) = got.get_mut("conversations") {
            listed.sort_by_key(|one| one["id"].to_string());
        }
        got
    };
    paths.iter().map(get).collect()
}

fn all_is_there_after_a_rotation(config: &str) {
    let home = TestHome::new();
    home.config(config);
    let served = serve(home);
    let client = &served.client;
    let project = client.post(PROJECTS, &json!({"name": "Marketing"})).json();
    let plans = begun(
        client,
        &json!({"title": "Plans", "intent_context": "for planning"}),
    );
    let draft = propose(client, &plans);
    propose(client, &plans);
    let draft = format!("{DRAFTS}/{}", draft["linked_draft_id"].as_str().unwrap());
    assert_eq!(
        client.ask("POST", &format!("{draft}/discard"), "").status,
        200
    );
    let archived = begun(client, &json!({}));
    said(client, &archived, &text("put away"));
    client.ask("POST", &format!("{archived}/archive"), "").ok();
    let empty = begun(client, &json!({}));
    let of_project = begun(client, &json!({"master_project_id": project["id"]}));
    said(client, &of_project, &text("within"));
    let all = [plans, archived, empty, of_project];
    let before = shown(client, &all);

    let served = rotated(served);
    let after = shown(&served.client, &all);
    for (was, is) in before.iter().zip(&after) {
        assert_eq!(was, is);
    }
    let served = rotated(served);
    assert_eq!(shown(&served.client, &all), before, "and after another one");

    let client = &served.client;
    let [plans, archived, empty, of_project] = &all;
    client.ask("POST", &format!("{archived}/restore"), "").ok();
    for conversation in [plans, archived, empty, of_project] {
        let count = client.get(conversation).ok()["message_count"]
            .as_u64()
            .unwrap();
        said(client, conversation, &text("and after"));
        assert_eq!(client.get(conversation).ok()["message_count"], count + 1);
    }
    let listed = client
        .get(&format!("{CONVERSATIONS}?include_archived=true"))
        .ok();
    assert_eq!(listed["total"], 4);
    let home = served.stop().home;
    home.run(&["verify"]).exits(0);
    // What is there already is not carried over once more.
    let threads = home.thread_files().len();
    let served = serve(home);
    let listed = served.client.get(CONVERSATIONS).ok();
    assert_eq!(listed["total"], 4);
    assert_eq!(served.stop().home.thread_files().len(), threads);
}

#[test]
fn after_a_rotation_every_conversation_is_there_and_goes_on() {
    all_is_there_after_a_rotation("");
}

#[test]
fn sealed_ones_are_too() {
    all_is_there_after_a_rotation("encrypt = true\n");
}

/// What was named under the older key, and what is named since, is told by ids that routes take.
#[test]
fn names_lead_to_the_same_conversation_under_both_keys() {
    let served = serve(TestHome::new());
    let named = begun(&served.client, &json!({"title": "Tulips"}));
    said(&served.client, &named, &text("bulbs in autumn"));
    let id = json!([named.rsplit('/').next().unwrap()]);
    let asking = begun(&served.client, &json!({}));
    let before = said(&served.client, &asking, &text("What of @tulips?"));
    assert_eq!(before["tags"][0]["conversation_ids"], id);
    let served = rotated(served);
    let page = served.client.get(&format!("{asking}/messages")).ok();
    assert_eq!(page["messages"][0]["tags"], before["tags"]);
    let since = said(&served.client, &asking, &text("And of @tulips?"));
    assert_eq!(since["tags"], before["tags"]);
    let preview = served
        .client
        .post("/api/v1/tags/preview", &text("@tulips"))
        .ok();
    assert_eq!(preview["sources"][0]["conversation_id"], id[0]);
    served.client.get(&named).ok();
}
