//! Drafts over HTTP: what an AI proposed stays as it is, and only its user does something with it.

use super::{begun, refused, said};
use crate::common::{TestHome, wait_until};
use crate::server::served::{Answered, Client, Served};
use serde_json::{Value, json};
use std::thread;

const DRAFTS: &str = "/api/v1/drafts";
const NONE: &str = "Linked draft not found or access denied";

/// A server whose AI proposes tasks.
fn planning() -> Served {
    let home = TestHome::new();
    let program = home.program(
        "planner",
        "cat > /dev/null; printf '# Tasks\\n\\n- one\\n- two'",
    );
    let program = program.to_str().unwrap().to_owned();
    Served::with(home, &["--command", &program])
}

/// Has a draft written in a conversation, and gives the AI's message.
fn proposed(client: &Client, conversation: &str) -> Value {
    let asked = json!({"content": {"text": "Plan it"}, "intent": "draft_task_list", "reply": true});
    let asked = said(client, conversation, &asked);
    let reply = asked["reply_id"].as_str().unwrap();
    let path = format!("{conversation}/replies/{reply}/events");
    client.stream(&path, None).next_of("answer");
    let page = client.get(&format!("{conversation}/messages")).ok();
    page["messages"].as_array().unwrap().last().unwrap().clone()
}

fn address(message: &Value) -> String {
    format!("{DRAFTS}/{}", message["linked_draft_id"].as_str().unwrap())
}

fn act(client: &Client, draft: &str, how: &str) -> Answered {
    client.ask("POST", &format!("{draft}/{how}"), "")
}

#[test]
fn an_answer_that_is_a_draft_says_so_and_leads_to_it() {
    let served = planning();
    let conversation = begun(&served.client, &json!({}));
    let message = proposed(&served.client, &conversation);
    assert_eq!(message["sender_type"], "ai");
    assert_eq!(message["intent"], "draft_task_list");
    assert_eq!(message["response_type"], "draft");
    let draft = served.client.get(&address(&message)).ok();
    let fields: Vec<&str> = draft
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let known = [
        "id",
        "user_id",
        "conversation_id",
        "message_id",
        "master_project_id",
        "intent",
        "state",
        "interrupted",
        "content",
        "created_at",
        "updated_at",
        "applied",
    ];
    assert_eq!(fields, known);
    assert_eq!(draft["id"], message["linked_draft_id"]);
    assert_eq!(draft["message_id"], message["id"]);
    assert_eq!(draft["conversation_id"], message["conversation_id"]);
    assert_eq!(draft["content"], message["content"]);
    assert_eq!(draft["state"], "generated");
    assert_eq!(draft["interrupted"], false);
    assert_eq!(draft["intent"], "draft_task_list");
    assert_eq!(draft["master_project_id"], Value::Null);
    assert_eq!(draft["applied"], json!([]));
    let listed = served.client.get(DRAFTS).ok();
    assert_eq!(listed["drafts"], json!([draft]));
    assert_eq!(
        (&listed["total"], &listed["unreadable"]),
        (&1.into(), &0.into())
    );
    // By the same id it is found at the command line.
    let id = draft["id"].as_str().unwrap();
    let shown = served.home.run(&["draft", "show", id, "--json"]).exits(0);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["content"], draft["content"]["text"]);
}

#[test]
fn a_draft_is_drawn_as_its_message_and_does_nothing_either() {
    let served = planning();
    let client = &served.client;
    let conversation = begun(client, &json!({}));
    let draft = address(&proposed(client, &conversation));
    let drawn = || client.get(&format!("{draft}/drawn")).ok();
    let picture = client.get(&format!("{conversation}/drawn")).ok();
    let mut shown = drawn();
    assert_eq!(shown["html"], picture["messages"][1]["html"]);
    shown.as_object_mut().unwrap().remove("html");
    assert_eq!(shown, client.get(&draft).ok());
    let hostile = "**bold** <script>alert(1)</script> <img src=x onerror=alert(1)> \u{202e}end";
    let edit = json!({ "content": { "text": hostile } });
    client.ask("PATCH", &draft, &edit.to_string()).ok();
    let html = drawn()["html"].as_str().unwrap().to_owned();
    assert!(html.contains("<strong>bold</strong>"), "{html}");
    for sign in ["<script", "<img", "\u{202e}"] {
        assert!(!html.contains(sign), "{sign:?} in {html}");
    }
}

/// `DRAFT_REFERENCES_READ_ONLY`, and nothing is applied but by the user.
#[test]
fn whatever_becomes_of_a_draft_its_message_stays() {
    let served = planning();
    let client = &served.client;
    let conversation = begun(client, &json!({}));
    let message = proposed(client, &conversation);
    let draft = address(&message);
    let early = client.ask("POST", &format!("{draft}/apply"), "{}");
    refused(
        &early,
        409,
        "draft_not_accepted",
        "Draft has not been accepted",
    );
    let blocks = json!({"blocks": [
        {"type": "heading", "content": "Mine", "level": 2},
        {"type": "list", "content": "- three"},
    ]});
    let edited = client
        .ask("PATCH", &draft, &json!({"content": blocks}).to_string())
        .ok();
    assert_eq!(
        (&edited["state"], &edited["content"]),
        (&"edited".into(), &blocks)
    );
    let accepted = act(client, &draft, "accept").ok();
    assert_eq!(
        (&accepted["state"], &accepted["content"]),
        (&"accepted".into(), &blocks)
    );
    assert_eq!(accepted["applied"], json!([]), "accepting applies nothing");
    let again = act(client, &draft, "accept");
    refused(
        &again,
        409,
        "draft_already_applied",
        "Draft has already been applied",
    );
    let late = client.ask("PATCH", &draft, r#"{"content": {"text": "late"}}"#);
    let fixed = "Cannot edit applied or discarded drafts";
    refused(&late, 409, "draft_not_editable", fixed);
    let applied = client
        .post(&format!("{draft}/apply"), &json!({"to": "plan.md"}))
        .ok();
    assert_eq!(applied["applied"][0]["to"], "plan.md");
    assert_eq!(client.get(&draft).ok(), applied);
    let page = client.get(&format!("{conversation}/messages")).ok();
    assert_eq!(page["messages"].as_array().unwrap().last(), Some(&message));
    served.home.run(&["verify"]).exits(0);
    let figures = client.get("/api/v1/analytics").ok();
    assert_eq!(figures["draft_acceptance_rate"], 1.0);
}

#[test]
fn what_was_discarded_is_neither_edited_nor_applied() {
    let served = planning();
    let client = &served.client;
    let draft = address(&proposed(client, &begun(client, &json!({}))));
    assert_eq!(act(client, &draft, "discard").ok()["state"], "discarded");
    for how in ["accept", "discard"] {
        let told = act(client, &draft, how);
        refused(&told, 409, "draft_discarded", "Draft has been discarded");
    }
    for body in [json!({}), json!({"part": true})] {
        let told = client.post(&format!("{draft}/apply"), &body);
        refused(&told, 409, "draft_discarded", "Draft has been discarded");
    }
    let figures = client.get("/api/v1/analytics").ok();
    assert_eq!(figures["draft_acceptance_rate"], 0.0);
}

#[test]
fn a_part_is_applied_without_accepting_the_whole() {
    let served = planning();
    let client = &served.client;
    let draft = address(&proposed(client, &begun(client, &json!({}))));
    let part = client
        .post(&format!("{draft}/apply"), &json!({"part": true}))
        .ok();
    assert_eq!(part["state"], "partially_applied");
    assert_eq!(part["applied"][0]["to"], Value::Null);
    let figures = client.get("/api/v1/analytics").ok();
    assert_eq!(
        figures["draft_acceptance_rate"],
        Value::Null,
        "pending is not discarded"
    );
}

#[test]
fn a_repeated_act_is_done_once() {
    let served = planning();
    let client = &served.client;
    let draft = address(&proposed(client, &begun(client, &json!({}))));
    let body = json!({"to": "a", "part": true});
    let path = format!("{draft}/apply");
    let first = client.post_with_key(&path, "key-1", &body).ok();
    assert_eq!(client.post_with_key(&path, "key-1", &body).ok(), first);
    assert_eq!(first["applied"].as_array().unwrap().len(), 1);
    let other = client.post_with_key(&path, "key-1", &json!({"part": true}));
    assert_eq!(other.status, 422, "{other:?}");
    let other = address(&proposed(client, &begun(client, &json!({}))));
    let path = format!("{other}/accept");
    let accepted = client.post_with_key(&path, "key-2", &json!({})).ok();
    assert_eq!(accepted["state"], "accepted");
    let again = client.post_with_key(&path, "key-2", &json!({}));
    assert_eq!(again.ok(), accepted);
}

#[test]
fn what_is_decided_is_about_what_was_shown() {
    let served = planning();
    let client = &served.client;
    let conversation = begun(client, &json!({}));
    for how in ["accept", "discard"] {
        let draft = address(&proposed(client, &conversation));
        let shown = json!({"content": client.get(&draft).ok()["content"]});
        let edited = json!({"content": {"text": "what nobody read"}});
        client.ask("PATCH", &draft, &edited.to_string()).ok();
        let path = format!("{draft}/{how}");
        let changed = client.post(&path, &shown);
        refused(
            &changed,
            409,
            "draft_changed",
            "Draft has been changed since it was shown",
        );
        assert_eq!(client.get(&draft).ok()["state"], "edited");
        let decided = client.post(&path, &edited).ok();
        assert_ne!(decided["state"], "edited");
    }
    let draft = address(&proposed(client, &conversation));
    act(client, &draft, "accept").ok();
}

#[test]
fn what_is_too_large_to_be_kept_says_so_and_can_be_shortened() {
    let home = TestHome::new();
    let large = "x".repeat((1 << 20) - 100);
    std::fs::write(home.path().join("large"), &large).unwrap();
    let program = home.program(
        "planner",
        &format!(
            "cat > /dev/null; cat '{}'",
            home.path().join("large").display()
        ),
    );
    let program = program.to_str().unwrap().to_owned();
    let served = Served::with(home, &["--command", &program]);
    let client = &served.client;
    let conversation = begun(client, &json!({}));
    let draft = address(&proposed(client, &conversation));
    let too_large = "Draft is too large to be kept";
    refused(
        &act(client, &draft, "accept"),
        409,
        "draft_too_large",
        too_large,
    );
    let shorter = json!({"content": {"text": "short"}});
    client.ask("PATCH", &draft, &shorter.to_string()).ok();
    act(client, &draft, "accept").ok();
    // A page ends earlier where its texts are large.
    for _ in 0..2 {
        proposed(client, &conversation);
    }
    let path = format!("{conversation}/messages?limit=200");
    let page = client.get(&path).ok();
    assert_eq!(page["message_count"], 6);
    assert_eq!(page["messages"].as_array().unwrap().len(), 5);
    let earlier = page["earlier"].as_str().unwrap();
    let rest = client.get(&format!("{path}&cursor={earlier}")).ok();
    assert_eq!(rest["messages"].as_array().unwrap().len(), 1);
}

#[test]
fn drafts_are_listed_by_what_is_asked_for_and_page_by_page() {
    let served = planning();
    let client = &served.client;
    let (one, other) = (begun(client, &json!({})), begun(client, &json!({})));
    let mut drafts: Vec<String> = (0..3).map(|_| address(&proposed(client, &one))).collect();
    drafts.push(address(&proposed(client, &other)));
    act(client, &drafts[1], "discard").ok();
    let ids = |query: &str| -> Vec<String> {
        let page = client.get(&format!("{DRAFTS}?{query}")).ok();
        let drafts = page["drafts"].as_array().unwrap().iter();
        drafts
            .map(|draft| format!("{DRAFTS}/{}", draft["id"].as_str().unwrap()))
            .collect()
    };
    assert_eq!(ids("state=discarded"), [drafts[1].clone()]);
    assert_eq!(ids("state=generated").len(), 3);
    let other = other.rsplit('/').next().unwrap();
    assert_eq!(
        ids(&format!("conversation_id={other}")),
        [drafts[3].clone()]
    );
    let all = ids("");
    assert_eq!(all[0], drafts[1], "the last changed first");
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{DRAFTS}?limit=1{cursor}")).ok();
        assert_eq!(page["total"], 4);
        paged.push(format!(
            "{DRAFTS}/{}",
            page["drafts"][0]["id"].as_str().unwrap()
        ));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, all);
    let unknown = "00000000-0000-8000-8000-000000000000";
    let missing = client.get(&format!("{DRAFTS}?conversation_id={unknown}"));
    refused(
        &missing,
        404,
        "not_found",
        "Conversation not found or access denied",
    );
    let missing = client.get(&format!("{DRAFTS}?master_project_id={unknown}"));
    refused(
        &missing,
        404,
        "not_found",
        "Project not found or access denied",
    );
    assert_eq!(client.get(&format!("{DRAFTS}?state=applied")).status, 400);
    assert_eq!(client.get(&format!("{DRAFTS}?cursor=x")).status, 404);
}

#[test]
fn what_is_no_draft_is_refused_in_one_way() {
    let served = planning();
    let client = &served.client;
    let message = proposed(client, &begun(client, &json!({})));
    let unknown = "00000000-0000-8000-8000-000000000000";
    for id in [unknown, "x", message["id"].as_str().unwrap()] {
        let draft = format!("{DRAFTS}/{id}");
        refused(&client.get(&draft), 404, "not_found", NONE);
        let drawn = client.get(&format!("{draft}/drawn"));
        refused(&drawn, 404, "not_found", NONE);
        let edit = client.ask("PATCH", &draft, r#"{"content": {"text": "x"}}"#);
        refused(&edit, 404, "not_found", NONE);
        for how in ["accept", "discard"] {
            refused(&act(client, &draft, how), 404, "not_found", NONE);
        }
        refused(
            &client.post(&format!("{draft}/apply"), &json!({})),
            404,
            "not_found",
            NONE,
        );
    }
    let draft = address(&message);
    let empty = client.ask("PATCH", &draft, r#"{"content": {"text": " "}}"#);
    refused(
        &empty,
        400,
        "invalid_content",
        "Message text cannot be empty",
    );
    for to in ["", " ", "a\nb", &"x".repeat(201)] {
        let told = client.post(&format!("{draft}/apply"), &json!({"to": to, "part": true}));
        assert_eq!(
            (told.status, &told.json()["error"]["code"]),
            (400, &"invalid_place".into())
        );
    }
    assert_eq!(client.get(&draft).ok()["state"], "generated");
}

#[test]
fn an_answer_that_a_kill_cut_short_is_a_draft_all_the_same() {
    let home = TestHome::new();
    let program = home.program("slow", "cat > /dev/null; printf 'first words'; sleep 60");
    let program = program.to_str().unwrap().to_owned();
    let served = Served::with(home, &["--command", &program]);
    let conversation = begun(&served.client, &json!({}));
    let asked = json!({"content": {"text": "Plan it"}, "intent": "draft_task_list", "reply": true});
    said(&served.client, &conversation, &asked);
    wait_until("the piece is noted", || {
        served.home.journals().contains("first words")
    });
    let served = Served::start(served.kill());
    let page = served.client.get(&format!("{conversation}/messages")).ok();
    let answer = &page["messages"][1];
    assert_eq!(answer["interrupted"], true, "{page}");
    assert_eq!(answer["intent"], "draft_task_list");
    assert_eq!(answer["response_type"], "draft");
    let draft = served.client.get(&address(answer)).ok();
    assert_eq!(draft["content"], json!({"text": "first words"}));
    served.home.run(&["verify"]).exits(0);
}

#[test]
fn of_several_acts_at_once_one_is_done() {
    let served = planning();
    let draft = address(&proposed(
        &served.client,
        &begun(&served.client, &json!({})),
    ));
    let told: Vec<Answered> = thread::scope(|scope| {
        let ask = |how: &'static str| {
            let (client, draft) = (served.client.clone(), &draft);
            scope.spawn(move || act(&client, draft, how))
        };
        let asked: Vec<_> = ["accept", "discard"]
            .repeat(4)
            .into_iter()
            .map(ask)
            .collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let done: Vec<&Answered> = told.iter().filter(|one| one.status == 200).collect();
    let [done] = done[..] else {
        panic!("{told:?}");
    };
    assert!(
        told.iter().all(|one| [200, 409].contains(&one.status)),
        "{told:?}"
    );
    let state = &served.client.get(&draft).ok()["state"];
    assert_eq!(*state, done.json()["state"]);
}

/// What is sealed stays so, and where it was put is nobody else's business.
#[test]
fn a_draft_of_a_sealed_conversation_is_worked_with_as_any() {
    let home = TestHome::new();
    home.config("encrypt = true\n");
    let program = home.program("planner", "cat > /dev/null; printf 'a hidden plan'");
    let program = program.to_str().unwrap().to_owned();
    let served = Served::with(home, &["--command", &program]);
    let client = &served.client;
    let conversation = begun(client, &json!({}));
    let draft = address(&proposed(client, &conversation));
    assert_eq!(
        client.get(&draft).ok()["content"],
        json!({"text": "a hidden plan"})
    );
    let edit = r#"{"content": {"text": "hidden, and mine"}}"#;
    client.ask("PATCH", &draft, edit).ok();
    act(client, &draft, "accept").ok();
    let applied = client
        .post(&format!("{draft}/apply"), &json!({"to": "plan.md"}))
        .ok();
    assert_eq!(applied["content"], json!({"text": "hidden, and mine"}));
    assert_eq!(applied["applied"][0]["to"], Value::Null);
    let listed = client.get(DRAFTS).ok();
    assert_eq!(
        (&listed["total"], &listed["unreadable"]),
        (&1.into(), &0.into())
    );
    let id = conversation.rsplit('/').next().unwrap();
    let of_conversation = client.get(&format!("{DRAFTS}?conversation_id={id}")).ok();
    assert_eq!(of_conversation["drafts"], listed["drafts"]);
    served.home.run(&["verify"]).exits(0);
}

/// Somebody with write access to all but the keys can put a file there, and can't forge it.
#[test]
fn a_draft_that_is_not_its_users_word_is_not_believed() {
    let served = planning();
    let draft = address(&proposed(
        &served.client,
        &begun(&served.client, &json!({})),
    ));
    act(&served.client, &draft, "accept").ok();
    let untrue = "Draft can't be verified or read";
    let shown = |served: &Served| {
        let told = served.client.get(&draft);
        // The server may have put the branch right again by now.
        match told.status {
            200 => assert_eq!(told.json()["state"], "accepted"),
            _ => refused(&told, 409, "not_verified", untrue),
        }
    };
    forge(&served.home);
    shown(&served);
    let edit = r#"{"content": {"text": "x"}}"#;
    assert_eq!(served.client.ask("PATCH", &draft, edit).status, 409);
    let served = Served::start(served.stop().home);
    shown(&served);
}

/// Changes the state of the draft in the branch's newest tree, and moves the branch there.
fn forge(home: &TestHome) {
    let repository = home.mmogit().join("repo.git");
    let script = r#"
        set -e
        branch=$(git symbolic-ref HEAD)
        export GIT_INDEX_FILE=$PWD/forged-index
        git read-tree "$branch"
        path=$(git ls-files .mmogit/drafts)
        blob=$(git show "$branch:$path" | sed 's/"accepted"/"edited"/' | git hash-object -w --stdin)
        git update-index --cacheinfo "100644,$blob,$path"
        tree=$(git write-tree)
        commit=$(git -c user.name=x -c user.email=x@example.invalid commit-tree "$tree" -p "$branch" -m forged)
        git update-ref "$branch" "$commit"
        rm "$GIT_INDEX_FILE"
    "#;
    let mut shell = std::process::Command::new("sh");
    let ran = shell.current_dir(&repository).args(["-c", script]).status();
    assert!(ran.unwrap().success());
}
