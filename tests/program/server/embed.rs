//! Pages of other sites that embed conversations: what a token that was made for one opens, to whom,
//! and for how long. Each over a real connection.

use super::served::Served;
use super::wire::{Answer, ask, bearer};
use crate::common::TestHome;
use crate::support::git;
use serde_json::{Value, json};
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

const APP: &str = "https://app.example";
const OTHER: &str = "https://other.example";
const JSON: (&str, &str) = ("Content-Type", "application/json");
const CONVERSATIONS: &str = "/api/v1/conversations";

/// A home whose settings allow two sites.
fn served() -> Served {
    let home = TestHome::new();
    home.config(&format!(
        "[server]\nallowed-origins = [\"{APP}\", \"{OTHER}\"]\n"
    ));
    Served::start(home)
}

/// A permit, as the window of the server's own gets it.
fn permit(served: &Served, origin: &str) -> String {
    let told = served
        .client
        .post("/api/embed/permits", &json!({"origin": origin}))
        .ok();
    told["permit"].as_str().unwrap().to_owned()
}

fn trade(served: &Served, permit: &str, origin: &str) -> Answer {
    let headers = [JSON, ("Origin", origin), ("Sec-Fetch-Site", "cross-site")];
    let body = json!({ "permit": permit }).to_string();
    ask(served, "POST /api/embed/token", &headers, &body)
}

/// A page that was let in.
struct Page<'s> {
    served: &'s Served,
    origin: &'static str,
    bearer: String,
}

impl<'s> Page<'s> {
    fn let_in(served: &'s Served, origin: &'static str) -> Self {
        let traded = trade(served, &permit(served, origin), origin);
        let token = traded.is(200).json()["token"].as_str().unwrap().to_owned();
        Self {
            served,
            origin,
            bearer: format!("Bearer {token}"),
        }
    }

    /// Asks as a browser does for a page of this origin.
    fn ask_from(&self, origin: Option<&str>, line: &str, body: &str) -> Answer {
        let site = ("Sec-Fetch-Site", "cross-site");
        let mut headers = vec![("Authorization", self.bearer.as_str()), JSON, site];
        headers.extend(origin.map(|origin| ("Origin", origin)));
        ask(self.served, line, &headers, body)
    }

    fn ask(&self, line: &str, body: &str) -> Answer {
        self.ask_from(Some(self.origin), line, body)
    }

    fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), "")
    }

    /// Begins a conversation, and says something in it.
    fn say(&self, text: &str) -> Value {
        let begun = self.ask(&format!("POST {CONVERSATIONS}"), "{}");
        let id = begun.is(201).json()["id"].as_str().unwrap().to_owned();
        self.say_in(&id, text).is(201);
        id.into()
    }

    fn preview(&self, conversation: Option<&Value>, text: &str) -> Answer {
        let body = json!({"content": {"text": text}, "conversation_id": conversation});
        self.ask("POST /api/v1/tags/preview", &body.to_string())
    }

    fn say_in(&self, id: &str, text: &str) -> Answer {
        let body = json!({"content": {"text": text}}).to_string();
        self.ask(&format!("POST {CONVERSATIONS}/{id}/messages"), &body)
    }
}

fn path_of(id: &Value) -> String {
    format!("{CONVERSATIONS}/{}", id.as_str().unwrap())
}

#[test]
fn a_page_that_was_let_in_says_something_and_its_origin_is_signed_with_it() {
    let served = served();
    let page = Page::let_in(&served, APP);
    let id = page.say("from the page");
    let answer = page.get(&format!("{}/drawn", path_of(&id)));
    assert_eq!(
        answer.is(200).header("access-control-allow-origin"),
        Some(APP)
    );
    let drawn = answer.json();
    let message = &drawn["messages"][0];
    assert_eq!(message["content"]["text"], "from the page");
    assert!(message["html"].as_str().unwrap().contains("from the page"));
    assert_eq!(message["verified"], true);
    let listed = page.get(CONVERSATIONS).is(200).json();
    assert_eq!(listed["total"], 1);
    // Its user sees all, and which page it came from is signed.
    assert_eq!(served.client.get(CONVERSATIONS).ok()["total"], 1);
    let home = served.stop().home;
    let thread = &home.thread_files()[0];
    assert_eq!(thread["web_origin"], APP);
    assert_eq!(thread["messages"][0]["web_origin"], APP);
    let verified = home.run(&["verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

#[test]
fn another_origin_with_the_token_gets_nothing() {
    let served = served();
    let page = Page::let_in(&served, APP);
    let id = page.say("mine");
    let own = format!("http://127.0.0.1:{}", served.client.port);
    for origin in [OTHER, "https://app.example.evil.example", "null", &own] {
        for path in [CONVERSATIONS.to_owned(), path_of(&id)] {
            let answer = page.ask_from(Some(origin), &format!("GET {path}"), "");
            answer.is(403);
        }
        let said = page.ask_from(Some(origin), &format!("POST {CONVERSATIONS}"), "{}");
        said.is(403);
    }
    page.get(&path_of(&id)).is(200);
}

#[test]
fn without_an_origin_the_token_opens_nothing() {
    let served = served();
    let page = Page::let_in(&served, APP);
    page.ask_from(None, &format!("GET {CONVERSATIONS}"), "")
        .is(403);
    page.ask_from(None, &format!("POST {CONVERSATIONS}"), "{}")
        .is(403);
    // Nor from a page of the server's own, or a program.
    for site in [Some("same-origin"), None] {
        let mut headers = vec![("Authorization", page.bearer.as_str())];
        headers.extend(site.map(|site| ("Sec-Fetch-Site", site)));
        ask(&served, &format!("GET {CONVERSATIONS}"), &headers, "").is(403);
    }
    let twice = [
        ("Authorization", page.bearer.as_str()),
        ("Origin", APP),
        ("Origin", APP),
    ];
    ask(&served, &format!("GET {CONVERSATIONS}"), &twice, "").is(403);
}

#[test]
fn another_sites_conversations_and_the_users_own_are_not_found() {
    let served = served();
    let (page, other) = (Page::let_in(&served, APP), Page::let_in(&served, OTHER));
    let theirs = other.say("for the other site");
    let own = served
        .client
        .post(CONVERSATIONS, &json!({"title": "Private"}));
    assert_eq!(own.status, 201);
    let own = own.json()["id"].clone();
    let nowhere = json!("00000000-0000-8000-8000-000000000000");
    let refusals: Vec<Vec<String>> = [&theirs, &own, &nowhere]
        .map(|id| {
            let path = path_of(id);
            let asked = [
                page.get(&path),
                page.get(&format!("{path}/messages")),
                page.get(&format!("{path}/drawn")),
                page.get(&format!("{path}/context")),
                page.say_in(id.as_str().unwrap(), "into it"),
                page.ask(&format!("PATCH {path}"), r#"{"title":"taken"}"#),
                page.ask(&format!("POST {path}/archive"), ""),
                page.preview(Some(id), "@own-plan"),
                page.ask(&format!("POST {path}/restore"), ""),
                page.get(&format!("{path}/replies/{}/events", "0".repeat(64))),
                page.ask(&format!("POST {path}/replies/{}/stop", "0".repeat(64)), ""),
            ];
            asked
                .map(|answer| answer.is(404).json().to_string())
                .to_vec()
        })
        .to_vec();
    assert_eq!(
        refusals[0], refusals[2],
        "one text for what is another's and what there is not"
    );
    assert_eq!(refusals[1], refusals[2]);
    assert_eq!(page.get(CONVERSATIONS).json()["total"], 0);
    let query = format!("{CONVERSATIONS}?include_archived=true");
    assert_eq!(page.get(&query).json()["total"], 0);
}

#[test]
fn nothing_but_conversations_is_open_to_it() {
    let served = served();
    let page = Page::let_in(&served, APP);
    let id = page.say("mine");
    let path = path_of(&id);
    for line in [
        "GET /api/v1/search?q=mine",
        "GET /api/v1/analytics",
        &format!("GET {path}/export?format=json"),
        &format!("GET {path}/analytics"),
        "GET /api/threads",
        "GET /api/search?q=mine",
        "GET /api/conversation-buffer?mode=conversation",
        "GET /api/events",
        "GET /api/audit",
        "GET /api/settings",
        "GET /api/sessions",
        "GET /api/profiles",
        "GET /api/openapi.json",
        "GET /api/page/about",
        "GET /api/embed/asking?origin=https://app.example",
        "POST /api/embed/permits",
        "POST /api/link",
        "POST /api/logout",
        "DELETE /api/audit/clear",
        "DELETE /api/conversation-buffer?mode=conversation",
        "POST /api/persona_chat",
        "GET /api",
        "GET /api/v1x",
    ] {
        let answer = page.ask(line, if line.starts_with("GET") { "" } else { "{}" });
        assert_eq!(answer.status(), 403, "{line}: {}", answer.text);
    }
}

#[test]
fn what_it_says_brings_in_nothing_of_the_users() {
    let served = served();
    let secret = served
        .client
        .post(CONVERSATIONS, &json!({"title": "Secret Plan"}))
        .json();
    let said = json!({"content": {"text": "the code is 4711"}});
    let messages = format!("{}/messages", path_of(&secret["id"]));
    assert_eq!(served.client.post(&messages, &said).status, 201);
    let page = Page::let_in(&served, APP);
    let first = page.say("what I said first");
    let title = json!({"title": "Own Plan"}).to_string();
    page.ask(&format!("PATCH {}", path_of(&first)), &title)
        .is(200);
    let names = page.get("/api/v1/tags?prefix=").is(200).json();
    assert_eq!(names["tags"].as_array().unwrap().len(), 1, "{names}");
    assert_eq!(names["tags"][0]["name"], "own-plan");
    let second = page.say("begins");
    let text = "tell me of @secret-plan and @own-plan";
    for within in [None, Some(&second)] {
        let told = page.preview(within, text).is(200).json();
        let sources = told["sources"].as_array().unwrap();
        assert_eq!(sources.len(), 1, "{told}");
        assert_eq!(sources[0]["conversation_id"], first);
    }
    let answer = page.say_in(second.as_str().unwrap(), text).is(201).json();
    let status = |place: usize| answer["tags"][place]["status"].clone();
    assert_eq!(
        (status(0), status(1)),
        (json!("unresolved"), json!("resolved"))
    );
    // The user's own message does bring it in.
    let own = served.client.post(CONVERSATIONS, &json!({})).json();
    let messages = format!("{}/messages", path_of(&own["id"]));
    let said = served
        .client
        .post(&messages, &json!({"content": {"text": text}}))
        .json();
    assert_eq!(said["tags"][0]["status"], "resolved");
}

#[test]
fn an_origin_that_is_not_allowed_is_never_let_in() {
    let served = served();
    for origin in ["https://evil.example", "https://APP.example", "null", ""] {
        let body = json!({ "origin": origin });
        served
            .client
            .post("/api/embed/permits", &body)
            .refused(403, "Forbidden");
        let asking = format!("/api/embed/asking?origin={origin}");
        served.client.get(&asking).refused(403, "Forbidden");
        let preflight = [("Origin", origin), ("Access-Control-Request-Method", "GET")];
        let asked = ask(&served, &format!("OPTIONS {CONVERSATIONS}"), &preflight, "");
        assert_eq!(asked.is(403).header("access-control-allow-origin"), None);
        let script = ask(&served, "GET /widget.js", &[("Origin", origin)], "");
        script.is(403);
    }
}

#[test]
fn a_permit_is_good_once_and_for_its_origin_alone() {
    let served = served();
    let one = permit(&served, APP);
    trade(&served, &one, APP).is(200);
    trade(&served, &one, APP).is(401);
    let stolen = permit(&served, APP);
    trade(&served, &stolen, OTHER).is(401);
    // Whoever tried it spoiled it.
    trade(&served, &stolen, APP).is(401);
    let without = [JSON];
    let body = json!({"permit": permit(&served, APP)}).to_string();
    ask(&served, "POST /api/embed/token", &without, &body).is(401);
    trade(&served, &"0".repeat(64), APP).is(401);
    // A permit is no token.
    let permit = permit(&served, APP);
    let headers = [
        ("Authorization", &*format!("Bearer {permit}")),
        ("Origin", APP),
    ];
    ask(&served, &format!("GET {CONVERSATIONS}"), &headers, "").is(401);
}

#[test]
fn a_page_asks_about_the_drafts_of_its_own_conversations_alone() {
    let served = served();
    let page = Page::let_in(&served, APP);
    let id = page.say("hello");
    let asked = json!({"content": {"text": "a plan"}, "intent": "draft_task_list", "reply": true});
    let path = format!("POST {}/messages", path_of(&id));
    page.ask(&path, &asked.to_string()).is(201);
    let draft = first_draft(&served);
    assert_eq!(draft["interrupted"], false);
    let asking = |origin: &str| {
        let draft = draft["id"].as_str().unwrap();
        let path = format!("/api/embed/asking?origin={origin}&draft={draft}");
        served.client.get(&path)
    };
    asking(APP).ok();
    asking("https://evil.example").refused(403, "Forbidden");
    asking(OTHER).refused(404, "Linked draft not found or access denied");
    // Another page's draft is missing in just that way.
    let path = format!(
        "/api/embed/asking?origin={OTHER}&draft={}",
        id.as_str().unwrap()
    );
    let missing = served.client.get(&path);
    assert_eq!(missing.json(), asking(OTHER).json());
}

/// The one draft that there is, once its answer is there.
fn first_draft(served: &Served) -> Value {
    let ends = Instant::now() + Duration::from_secs(30);
    loop {
        let listed = served.client.get("/api/v1/drafts").ok();
        if let Some(draft) = listed["drafts"].get(0) {
            return draft.clone();
        }
        assert!(Instant::now() < ends, "no draft comes");
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn only_the_users_own_page_or_program_makes_permits() {
    let served = served();
    let body = json!({"origin": APP}).to_string();
    let line = "POST /api/embed/permits";
    ask(&served, line, &[JSON, ("Origin", APP)], &body).is(401);
    let token = bearer(&served);
    for site in ["cross-site", "same-site", "none"] {
        let headers = [
            ("Authorization", token.as_str()),
            JSON,
            ("Origin", APP),
            ("Sec-Fetch-Site", site),
        ];
        ask(&served, line, &headers, &body).is(403);
    }
    let form = [
        ("Authorization", token.as_str()),
        ("Content-Type", "text/plain"),
    ];
    ask(&served, line, &form, &body).is(415);
}

#[test]
fn a_token_that_was_ended_opens_nothing_more() {
    let served = served();
    let page = Page::let_in(&served, APP);
    let id = page.say("before");
    let listed = served.client.get("/api/sessions").ok();
    let session = &listed["sessions"][0];
    assert_eq!(session["origin"], APP);
    let ending = format!("/api/sessions/{}", session["id"].as_str().unwrap());
    served.client.delete(&ending).ok();
    page.get(&path_of(&id)).is(401);
    page.say_in(id.as_str().unwrap(), "after").is(401);
    // One that the page ends itself, too.
    let page = Page::let_in(&served, APP);
    page.ask("DELETE /api/embed/token", "").is(204);
    page.get(CONVERSATIONS).is(401);
    assert_eq!(
        served.client.get("/api/sessions").ok()["sessions"],
        json!([])
    );
    // Nobody else's token is ended there.
    let own = served.client.delete("/api/embed/token");
    own.refused(403, "Forbidden");
}

#[test]
fn a_key_of_the_users_is_none_of_the_pages() {
    let served = served();
    let begun = served
        .client
        .post_with_key(CONVERSATIONS, "one", &json!({}));
    assert_eq!(begun.status, 201);
    let page = Page::let_in(&served, APP);
    let headers = [
        ("Authorization", page.bearer.as_str()),
        ("Origin", APP),
        JSON,
        ("Idempotency-Key", "one"),
    ];
    let line = format!("POST {CONVERSATIONS}");
    let first = ask(&served, &line, &headers, "{}").is(201).json();
    assert_ne!(first["id"], begun.json()["id"]);
    let again = ask(&served, &line, &headers, "{}").is(201).json();
    assert_eq!(first["id"], again["id"]);
    // Nor where both say the same in the same conversation.
    let messages = format!("{}/messages", path_of(&first["id"]));
    let text = json!({"content": {"text": "yes"}});
    let own = served.client.post_with_key(&messages, "two", &text).json();
    let line = format!("POST {messages}");
    let [bearer, origin, kind, _] = headers;
    let headers = [bearer, origin, kind, ("Idempotency-Key", "two")];
    let of_page = ask(&served, &line, &headers, &text.to_string())
        .is(201)
        .json();
    assert_ne!(of_page["id"], own["id"]);
}

/// A conversation with a draft of the echo's.
fn draft_in(ask: impl Fn(&str, &str) -> Value) -> (Value, String) {
    let begun = ask(&format!("POST {CONVERSATIONS}"), "{}");
    let path = path_of(&begun["id"]);
    let body = json!({"content": {"text": "a list"}, "intent": "draft_task_list", "reply": true});
    ask(&format!("POST {path}/messages"), &body.to_string());
    let answered = |_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        let messages = ask(&format!("GET {path}/messages"), "");
        messages["messages"][1]["linked_draft_id"]
            .as_str()
            .map(str::to_owned)
    };
    let draft = (0..200).find_map(answered).expect("a draft");
    (begun["id"].clone(), draft)
}

#[test]
fn a_draft_is_shown_where_it_came_up_and_decided_on_nowhere_but_at_home() {
    let served = served();
    let page = Page::let_in(&served, APP);
    let of_page = |line: &str, body: &str| page.ask(line, body).json();
    let (_, theirs) = draft_in(of_page);
    let own = |line: &str, body: &str| {
        let (method, path) = line.split_once(' ').unwrap();
        served.client.ask(method, path, body).json()
    };
    let (_, hidden) = draft_in(own);
    let path = format!("/api/v1/drafts/{theirs}");
    assert_eq!(page.get(&path).is(200).json()["state"], "generated");
    let drawn = page.get(&format!("{path}/drawn")).is(200).json();
    assert_eq!(drawn["state"], "generated");
    let edit = json!({"content": {"text": "another list"}}).to_string();
    let edited = page.ask(&format!("PATCH {path}"), &edit).is(200).json();
    assert_eq!(edited["state"], "edited");
    for deed in ["accept", "discard", "apply"] {
        page.ask(&format!("POST {path}/{deed}"), "{}").is(403);
    }
    page.get("/api/v1/drafts").is(403);
    page.get("/api/v1/projects").is(403);
    // A key of the user's is none of the page's.
    let by_user = json!({"content": {"text": "the user's list"}}).to_string();
    let key = ("Idempotency-Key", "one");
    served
        .client
        .ask_with_headers("PATCH", &path, &[key], &by_user)
        .ok();
    let headers = [("Authorization", &*page.bearer), ("Origin", APP), JSON, key];
    ask(&served, &format!("PATCH {path}"), &headers, &edit).is(200);
    // By no name does it bring in what it can't see.
    let text = format!("what of @{hidden}?");
    let told = page.preview(None, &text).is(200).json();
    assert_eq!(told["tags"][0]["status"], "unresolved");
    assert_eq!(told["sources"], json!([]));
    let missing = "/api/v1/drafts/00000000-0000-8000-8000-000000000000";
    let refused = page.get(missing).is(404).json();
    let hidden = format!("/api/v1/drafts/{hidden}");
    for of_it in [&hidden, &format!("{hidden}/drawn")] {
        assert_eq!(page.get(of_it).is(404).json(), refused);
    }
    assert_eq!(
        page.ask(&format!("PATCH {hidden}"), &edit).is(404).json(),
        refused
    );
    let other = Page::let_in(&served, OTHER);
    for of_it in [&path, &format!("{path}/drawn")] {
        assert_eq!(other.get(of_it).is(404).json(), refused);
    }
}

#[test]
fn what_is_in_another_project_is_not_found() {
    let served = served();
    let project = |name: &str| {
        let begun = served
            .client
            .post("/api/v1/projects", &json!({ "name": name }));
        begun.json()["id"].as_str().unwrap().to_owned()
    };
    let (one, other) = (project("One"), project("Other"));
    let let_in = |project: &str| {
        let body = json!({"origin": APP, "project": project});
        let permit = served.client.post("/api/embed/permits", &body).ok();
        let traded = trade(&served, permit["permit"].as_str().unwrap(), APP);
        let token = traded.is(200).json()["token"].as_str().unwrap().to_owned();
        Page {
            served: &served,
            origin: APP,
            bearer: format!("Bearer {token}"),
        }
    };
    let (in_one, in_other, in_none) = (let_in(&one), let_in(&other), Page::let_in(&served, APP));
    let said = in_one.say("of the first project");
    let path = path_of(&said);
    let shown = in_one.get(&path).is(200).json();
    assert_eq!(shown["master_project_id"], json!(one));
    for page in [&in_other, &in_none] {
        page.get(&path).is(404);
        page.say_in(said.as_str().unwrap(), "into it").is(404);
        assert_eq!(page.get(CONVERSATIONS).is(200).json()["total"], 0);
    }
    let elsewhere = json!({ "master_project_id": other }).to_string();
    in_one
        .ask(&format!("POST {CONVERSATIONS}"), &elsewhere)
        .is(404);
    in_none
        .ask(&format!("POST {CONVERSATIONS}"), &elsewhere)
        .is(404);
    let unknown = json!({"origin": APP, "project": "00000000-0000-8000-8000-000000000000"});
    let refused = served.client.post("/api/embed/permits", &unknown);
    refused.refused(404, "Project not found or access denied");
}

const NOBODYS: &str = "00000000-0000-8000-8000-000000000000";

/// Begins a conversation of the user's own, and says something in it.
fn begun_at_home(served: &Served) -> String {
    let begun = served.client.post(CONVERSATIONS, &json!({})).json();
    let path = path_of(&begun["id"]);
    let body = json!({"content": {"text": "private"}});
    let said = served.client.post(&format!("{path}/messages"), &body);
    assert_eq!(said.status, 201, "{said:?}");
    begun["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_page_of_a_list_before_what_is_out_of_reach_is_that_before_nothing() {
    let served = served();
    let page = Page::let_in(&served, APP);
    let private = begun_at_home(&served);
    // Behind the private one there is nothing.
    page.say("from the page");
    let before = |id: &str| {
        page.get(&format!("{CONVERSATIONS}?before={id}"))
            .is(200)
            .json()
    };
    let unknown = before(NOBODYS);
    assert_eq!(unknown["conversations"].as_array().unwrap().len(), 1);
    assert_eq!(before(&private), unknown);
}

/// So it takes as long as if there were nothing. Of this one there is nothing but its name left.
#[test]
fn what_is_out_of_reach_is_refused_before_it_is_read() {
    let served = served();
    let private = begun_at_home(&served);
    let home = served.stop().home;
    let repository = home.mmogit().join("repo.git");
    let paths = git(&repository, &["ls-tree", "-r", "HEAD", ".mmogit/threads"]);
    let blob = paths.split_whitespace().nth(2).unwrap();
    let object = repository.join("objects").join(&blob[..2]).join(&blob[2..]);
    fs::remove_file(object).unwrap();
    let served = Served::start(home);
    let page = Page::let_in(&served, APP);
    for (method, rest, body) in [
        ("GET", "", ""),
        ("GET", "/messages", ""),
        ("GET", "/drawn", ""),
        ("POST", "/messages", r#"{"content":{"text":"x"}}"#),
        ("POST", "/archive", ""),
    ] {
        let told = |id: &str| {
            let line = format!("{method} {CONVERSATIONS}/{id}{rest}");
            page.ask(&line, body).is(404).json()
        };
        assert_eq!(told(&private), told(NOBODYS), "{method} {rest}");
    }
}
