//! Threads over HTTP: lists, one thread, proofs, titles, archive, search, export, import, audit.

use super::served::{Answered, Served};
use crate::common::TestHome;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

/// A home with threads that a person began at the command line.
fn with_threads(texts: &[&str]) -> Served {
    let home = TestHome::new();
    for text in texts {
        home.run(&["chat", "--backend", "echo", "-m", text])
            .exits(0);
    }
    Served::start(home)
}

#[track_caller]
fn value(answered: Answered) -> Value {
    assert_eq!(answered.status, 200, "{answered:?}");
    serde_json::from_str(&answered.body).unwrap()
}

#[track_caller]
fn error(answered: Answered, status: u16) -> String {
    assert_eq!(answered.status, status, "{answered:?}");
    let body: Value = serde_json::from_str(&answered.body).unwrap();
    body["error"].as_str().unwrap().to_owned()
}

fn ids(page: &Value) -> Vec<String> {
    let threads = page["threads"].as_array().unwrap().iter();
    let id = |thread: &Value| thread["id"].as_str().unwrap().to_owned();
    threads.map(id).collect()
}

/// Changes the only thread's file on the branch, in a commit that nobody signed.
fn put_on_branch(home: &TestHome, id: &str, change: impl Fn(&str) -> String) {
    let git = |script: &str| {
        let done = Command::new("sh")
            .args(["-c", script])
            .current_dir(home.mmogit().join("repo.git"))
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
        String::from_utf8(done.stdout).unwrap()
    };
    let place = git(&format!("git ls-tree -r --name-only HEAD | grep {id}"));
    let place = place.trim();
    let file = change(&git(&format!("git show HEAD:{place}")));
    fs::write(home.path().join("forged"), file).unwrap();
    git(&format!(
        "export GIT_INDEX_FILE=index && git read-tree HEAD && \
         git update-index --add --cacheinfo 100644,$(git hash-object -w ../../forged),{place} && \
         git update-ref HEAD $(git -c user.name=x -c user.email=x@example.invalid \
         commit-tree -p HEAD -m x $(git write-tree))"
    ));
}

#[test]
fn lists_come_in_pages_with_each_thread_once() {
    let served = with_threads(&["one", "two", "three"]);
    let all = value(served.client.get("/api/threads"));
    assert_eq!(all["total"], 3);
    assert_eq!(all["next"], Value::Null);
    let mut seen = Vec::new();
    let mut path = "/api/threads?limit=2".to_owned();
    loop {
        let page = value(served.client.get(&path));
        assert_eq!(page["total"], 3);
        seen.extend(ids(&page));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/api/threads?limit=2&cursor={next}");
    }
    assert_eq!(seen, ids(&all));
    assert_eq!(
        ids(&value(served.client.get("/api/threads?mode=inner"))),
        [""; 0]
    );
}

#[test]
fn what_can_not_be_meant_is_refused_and_named() {
    let served = with_threads(&["one"]);
    let client = &served.client;
    for (path, said) in [
        ("/api/threads?limit=0", "Invalid limit"),
        ("/api/threads?limit=-1", "Invalid query"),
        ("/api/threads?limit=201", "Invalid limit"),
        ("/api/threads?limit=1e9", "Invalid query"),
        ("/api/threads?mode=both", "Invalid query"),
        ("/api/threads?mode=%ff", "Invalid query: it is not UTF-8"),
        ("/api/threads?archived=maybe", "Invalid query"),
        ("/api/threads?unknown=1", "Invalid query"),
        ("/api/threads?limit=1&limit=2", "Invalid query"),
        ("/api/search", "Invalid query"),
        (
            "/api/search?q=",
            "Invalid query: q says nothing to look for",
        ),
        (
            "/api/search?q=%20",
            "Invalid query: q says nothing to look for",
        ),
        ("/api/search?q=%ff", "Invalid query: it is not UTF-8"),
        ("/api/audit?day=yesterday", "Invalid day"),
        ("/api/audit?day=../../x", "Invalid day"),
    ] {
        let said_instead = error(client.get(path), 400);
        assert!(said_instead.starts_with(said), "{path}: {said_instead}");
    }
    let long = format!("/api/search?q={}", "x".repeat(401));
    assert!(error(client.get(&long), 400).contains("400 characters"));
    let missing = "Not found or access denied";
    for path in [
        "/api/threads/thread_1",
        "/api/threads/one",
        "/api/threads/%2e%2e%2fconfig.toml",
        "/api/threads/%ff%00",
        "/api/threads/thread_1/messages/x/proof",
        "/api/threads/thread_1/export?format=md",
    ] {
        assert_eq!(error(client.get(path), 404), missing, "{path}");
    }
    for path in [
        "/api/threads?cursor=",
        "/api/threads?cursor=x",
        "/api/search?q=one&cursor=WyIxIiwiMiJd",
        "/api/audit?cursor=WyIteCJd",
    ] {
        assert_eq!(
            error(client.get(path), 404),
            "There is no such page",
            "{path}"
        );
    }
}

#[test]
fn a_thread_is_shown_with_a_verdict_for_each_message_and_what_is_damaged_is_said() {
    let served = with_threads(&["to be shown"]);
    let id = ids(&value(served.client.get("/api/threads"))).remove(0);
    let path = format!("/api/threads/{id}");
    let shown = value(served.client.get(&path));
    assert_eq!(shown["verdict"], "valid");
    assert_eq!(shown["messages"][0]["role"], "user");
    assert_eq!(shown["messages"][1]["role"], "assistant");
    assert_eq!(shown["messages"][0]["content"], "to be shown");
    assert_eq!(shown["messages"][0]["verdict"], "valid");
    assert_eq!(shown["earlier"], Value::Null);
    let last = value(served.client.get(&format!("{path}?limit=1")));
    assert_eq!(last["messages"][0]["number"], 2);
    let earlier = last["earlier"].as_str().unwrap();
    let first = value(
        served
            .client
            .get(&format!("{path}?limit=1&cursor={earlier}")),
    );
    assert_eq!(first["messages"][0]["number"], 1);
    let root = shown["thread"]["root"].as_str().unwrap();
    assert_eq!(
        value(served.client.get(&format!("/api/threads/{root}"))),
        shown
    );

    put_on_branch(&served.home, &id, |file| {
        file.replace("to be shown", "changed since")
    });
    let changed = value(served.client.get(&path));
    assert_eq!(changed["verdict"], "invalid");
    assert_eq!(changed["messages"][0]["verdict"], "invalid");
    assert_eq!(
        changed["messages"][0]["findings"][0]["code"],
        "message-signature-wrong"
    );
    put_on_branch(&served.home, &id, |_| "{".to_owned());
    let broken = value(served.client.get(&path));
    assert_eq!(broken["verdict"], "malformed");
    assert_eq!(broken["thread"], Value::Null);
    assert_eq!(
        error(served.client.get(&format!("{path}/export?format=md")), 409),
        "This thread can't be read"
    );
}

#[test]
fn a_proof_is_what_stock_ssh_keygen_accepts() {
    let served = with_threads(&["to be proven"]);
    let id = ids(&value(served.client.get("/api/threads"))).remove(0);
    let shown = value(served.client.get(&format!("/api/threads/{id}")));
    for message in shown["messages"].as_array().unwrap() {
        let message = message["id"].as_str().unwrap();
        let path = format!("/api/threads/{id}/messages/{message}/proof");
        let proof = value(served.client.get(&path));
        assert_eq!(proof["sha256"], message);
        assert_eq!(proof["verdict"], "valid");
        let text = |name: &str| proof[name].as_str().unwrap().to_owned();
        let folder = served.home.path();
        for name in ["canonical", "armour", "allowedSigners"] {
            fs::write(folder.join(name), text(name)).unwrap();
        }
        let checked = Command::new("ssh-keygen")
            .args(["-Y", "verify", "-f", "allowedSigners", "-s", "armour"])
            .args(["-I", &text("principal"), "-n", &text("namespace")])
            .stdin(fs::File::open(folder.join("canonical")).unwrap())
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(checked.status.success(), "{checked:?}");
    }
}

#[test]
fn titles_and_states_change_and_the_command_line_sees_it() {
    let served = with_threads(&["one"]);
    let client = &served.client;
    let id = ids(&value(client.get("/api/threads"))).remove(0);
    let path = format!("/api/threads/{id}");
    let rename = |title: &str| client.ask("PATCH", &path, &json!({"title": title}).to_string());
    assert_eq!(value(rename("another title"))["changed"], true);
    assert_eq!(value(rename("another title"))["changed"], false);
    assert_eq!(error(rename(""), 400), "Title cannot be empty");
    let long = "x".repeat(201);
    assert_eq!(
        error(rename(&long), 400),
        "Title exceeds maximum length of 200 characters"
    );
    assert_eq!(
        error(rename("a\u{7}b"), 400),
        "Title cannot contain control characters"
    );
    assert!(error(client.ask("PATCH", &path, "{"), 400).starts_with("Invalid body"));
    let archived = value(client.ask("POST", &format!("{path}/archive"), ""));
    assert_eq!(archived["changed"], true);
    assert_eq!(
        ids(&value(client.get("/api/threads?archived=true"))),
        std::slice::from_ref(&id)
    );
    assert_eq!(
        ids(&value(client.get("/api/threads?archived=false"))),
        [""; 0]
    );
    let listed = served.home.run(&["thread-list", "--json"]);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed["threads"][0]["state"], "archived");
    assert_eq!(listed["threads"][0]["title"], "another title");
    assert_eq!(
        value(client.ask("POST", &format!("{path}/restore"), ""))["changed"],
        true
    );
    assert_eq!(ids(&value(client.get("/api/threads?archived=false"))), [id]);
}

#[test]
fn a_search_finds_in_its_mode_and_shows_parts_that_are_no_html() {
    let served = with_threads(&["<b>token</b> one", "token two"]);
    let client = &served.client;
    let found = value(client.get("/api/search?q=token&limit=1"));
    assert_eq!(found["hits"].as_array().unwrap().len(), 1);
    let next = found["next"].as_str().unwrap();
    let mut seen = 1;
    let mut next = Some(next.to_owned());
    while let Some(cursor) = next {
        let page = value(client.get(&format!("/api/search?q=token&limit=1&cursor={cursor}")));
        seen += page["hits"].as_array().unwrap().len();
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, 4);
    let found = value(client.get("/api/search?q=token+one&mode=conversation"));
    let parts = found["hits"][0]["snippet"].as_array().unwrap();
    assert!(
        parts.contains(&json!({"text": "token", "match": true})),
        "{parts:?}"
    );
    let found = value(client.get("/api/search?q=token&mode=inner"));
    assert_eq!(found["hits"], json!([]));
}

#[test]
fn what_was_exported_comes_back_once_by_an_import() {
    let served = with_threads(&["to be taken along"]);
    let client = &served.client;
    let id = ids(&value(client.get("/api/threads"))).remove(0);
    let export = |format: &str| client.get(&format!("/api/threads/{id}/export?format={format}"));
    assert!(export("md").body.contains("to be taken along"));
    assert!(
        export("html").body.starts_with("<!doctype html>")
            || export("html").body.starts_with("<!DOCTYPE html>")
    );
    assert_eq!(
        error(client.get(&format!("/api/threads/{id}/export")), 400)
            .split(':')
            .next(),
        Some("Invalid query")
    );
    let bundle = export("bundle").body;
    let thread = export("json").body;
    let import = |served: &Served, kind: &str, body: &str| {
        value(served.client.ask_with("POST", "/api/import", kind, body))
    };
    let report = import(&served, "application/x-ndjson", &bundle);
    assert_eq!(report["threads"][0]["outcome"], "known");
    let buffer =
        r#"{"mode":"conversation","messages":[{"role":"user","content":"x","timestamp":1}]}"#;
    let keyed = |body: &str| client.try_post("/api/import", Some("one"), body).unwrap();
    let first = keyed(buffer);
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(keyed(buffer), first);
    assert_eq!(keyed(&thread).status, 422);
    let changed = thread.replace("to be taken along", "never said");
    let report = import(&served, "application/json", &changed);
    assert_eq!(report["threads"][0]["outcome"], "unproven");
    assert_eq!(
        error(client.ask("POST", "/api/import", ""), 400),
        "Invalid body: it is empty"
    );
    let report = import(&served, "application/json", "no json");
    assert_eq!(report["threads"][0]["outcome"], "unproven");
    let total = value(client.get("/api/threads?archived=false"))["total"].clone();
    assert_eq!(total, 2, "the thread, and the buffer's");

    let other = Served::start(TestHome::new());
    let report = import(&other, "application/json", &thread);
    assert_eq!(report["threads"][0]["outcome"], "foreign");
    assert_eq!(value(other.client.get("/api/threads"))["total"], 0);
}

#[test]
fn the_audit_trail_is_the_callers_and_leaves_a_line_when_it_is_cleared() {
    let served = with_threads(&[]);
    let client = &served.client;
    let cleared = client.delete("/api/audit/clear");
    let before = value(cleared);
    assert_eq!(before["success"], true);
    let cleared = client.delete("/api/audit/clear");
    assert_eq!(
        cleared.body,
        r#"{"success":true,"deletedFiles":1,"message":"Cleared 1 audit log file(s)"}"#
    );
    let page = value(client.get("/api/audit?limit=1"));
    assert_eq!(page["lines"][0]["event"], "audit_logs_cleared");
    let day = page["day"].as_str().unwrap();
    let file = served
        .home
        .mmogit()
        .join("logs/audit")
        .join(format!("{day}.ndjson"));
    let mut text = fs::read_to_string(&file).unwrap();
    text += "damaged\n";
    fs::write(&file, text).unwrap();
    assert_eq!(value(client.get("/api/audit"))["damaged"], 1);
}

#[test]
fn the_limit_of_the_buffers_is_a_number_from_10_to_100() {
    let served = with_threads(&[]);
    let client = &served.client;
    assert_eq!(
        client.get("/api/chat-config").body,
        r#"{"messageLimit":50}"#
    );
    let put = |body: &str| client.ask("PUT", "/api/chat-config", body);
    assert_eq!(value(put(r#"{"messageLimit":10}"#))["messageLimit"], 10);
    for bad in [
        r#"{"messageLimit":9}"#,
        r#"{"messageLimit":101}"#,
        r#"{"messageLimit":-1}"#,
        r#"{"messageLimit":"50"}"#,
        r#"{"messageLimit":50.5}"#,
        "{}",
        "",
    ] {
        error(put(bad), 400);
    }
    assert_eq!(
        client.get("/api/chat-config").body,
        r#"{"messageLimit":10}"#
    );
    let view = value(client.get("/api/conversation-buffer?mode=inner"));
    assert_eq!(view["messageLimit"], 10);
}

#[test]
fn a_buffer_in_the_documented_form_comes_in_once() {
    let served = with_threads(&[]);
    let buffer = json!({
        "mode": "inner",
        "messages": [
            {"role": "reflection", "content": "what was", "timestamp": 1731715200000_i64},
            {"role": "nobody", "content": "x", "timestamp": 1731715201000_i64},
        ],
        "lastUpdated": "2025-11-16T00:00:00.000Z",
        "messageLimit": 50
    });
    let import = || value(served.client.post("/api/import", &buffer));
    let first = import();
    assert_eq!(
        first["buffer"],
        json!({"mode": "inner", "taken": 1, "skipped": 1, "wasThere": false})
    );
    assert_eq!(import()["buffer"]["wasThere"], true);
    let view = value(served.client.get("/api/conversation-buffer?mode=inner"));
    assert_eq!(view["messages"].as_array().unwrap().len(), 1);
    let view = value(
        served
            .client
            .get("/api/conversation-buffer?mode=conversation"),
    );
    assert_eq!(view["messages"], json!([]));
}
