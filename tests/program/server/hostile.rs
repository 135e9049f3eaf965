//! Texts and names that would be more than that: ways out of a folder, and script.

use super::served::Served;
use super::wire::{ask, bearer};
use crate::common::{TestHome, wait_until};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// In usernames: `no_name_leads_out_of_the_folder_or_tells_whether_it_is_there`.
#[test]
fn traversal_in_modes_and_ids_leads_nowhere() {
    let served = Served::start(TestHome::new());
    let client = &served.client;
    let before = names_below(&served.home.mmogit());
    for way in [
        "../inner",
        "inner/../conversation",
        "/etc/passwd",
        "..%2f..%2fidentity",
        "%2e%2e%2finner",
        "inner%00.json",
        "inner\\..\\x",
    ] {
        let path = format!("/api/conversation-buffer?mode={}", way.replace('\\', "%5C"));
        assert_eq!(client.get(&path).status, 400, "{way}");
        assert_eq!(client.delete(&path).status, 400, "{way}");
        let message = json!({"role": "user", "content": "x"});
        let said = json!({"mode": way, "message": message});
        let said = client.post("/api/conversation-buffer", &said);
        said.refused(400, "Invalid or missing mode");
        let asked = json!({"mode": way, "message": "x"});
        let asked = client.post("/api/persona_chat", &asked);
        asked.refused(400, "Invalid or missing mode");
        let id = way.replace(['/', '\\'], "%2f");
        for path in ["threads", "persona_chat", "sessions"] {
            let answered = client.get(&format!("/api/{path}/{id}"));
            assert!([404, 405].contains(&answered.status), "{path} {answered:?}");
        }
    }
    assert_eq!(names_below(&served.home.mmogit()), before);
}

/// The names of all that lies in a folder, and in those within it.
fn names_below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            names.extend(names_below(&entry.path()));
        }
        names.insert(entry.path());
    }
    names
}

const SCRIPT: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>\"; x=\"";

/// Whatever is HTML shows it as text; whatever is not says that it is not.
#[test]
fn script_in_message_title_model_and_file_name_never_runs() {
    let home = TestHome::new();
    let program = home.program(
        "answers",
        "cat >/dev/null; printf '<script>alert(2)</script>'",
    );
    let program = program.to_str().unwrap().to_owned();
    let served = Served::with(home, &["--command", &program, "--model", SCRIPT]);
    let client = &served.client;
    let asked = json!({"message": SCRIPT, "mode": "conversation"});
    let mut events = client.post_stream("/api/persona_chat", None, &asked);
    events.next_of("answer");
    let listed = || client.get("/api/threads").ok()["threads"].clone();
    wait_until("the thread is saved", || listed()[0]["root"].is_string());
    let root = listed()[0]["root"].as_str().unwrap().to_owned();
    let thread = format!("/api/threads/{root}");
    let titled = json!({"title": SCRIPT}).to_string();
    client.ask("PATCH", &thread, &titled).ok();
    let token = bearer(&served);
    for path in [
        "/",
        "/api/page/messages?mode=conversation",
        &format!("/api/page/threads/{root}"),
        &format!("{thread}/export?format=html"),
        &format!("{thread}/export?format=md"),
        &thread,
        "/api/threads",
        "/api/search?q=alert",
        "/api/conversation-buffer?mode=conversation",
    ] {
        let headers = [("Authorization", token.as_str())];
        let answer = ask(&served, &format!("GET {path}"), &headers, "");
        answer.is(200);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(!policy.contains("unsafe"), "{policy}");
        let is_page = answer.header("content-type") == Some("text/html; charset=utf-8");
        let drawn = match is_page {
            true => vec![answer.text.clone()],
            false if path.starts_with("/api/page") => drawn_in(&answer.json()),
            false => continue,
        };
        assert!(!drawn.is_empty(), "{path}: {}", answer.text);
        for html in drawn {
            for sign in ["<script>alert", "<img src=x", "onerror=alert(1)>"] {
                assert!(!html.contains(sign), "{path}: {html}");
            }
        }
    }
    let export = format!("GET {thread}/export?format=html");
    let file = ask(&served, &export, &[("Authorization", &token)], "");
    let name = file.header("content-disposition").unwrap();
    assert!(name.starts_with("attachment; filename=\""), "{name}");
    assert_eq!(name.matches('"').count(), 2, "{name}");
    assert!(!name.contains(['<', '>']), "{name}");
}

/// All that is HTML within an answer to the page.
fn drawn_in(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("html").and_then(Value::as_str);
            let inner = fields.values().flat_map(drawn_in);
            own.map(str::to_owned).into_iter().chain(inner).collect()
        }
        Value::Array(items) => items.iter().flat_map(drawn_in).collect(),
        _ => Vec::new(),
    }
}
