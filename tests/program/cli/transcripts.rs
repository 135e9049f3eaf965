//! `thread-import` of agents' transcripts: a file, or all of a folder, also while they are written.

use crate::cli::taken_in::{home, imported, outcomes};
use crate::common::TestHome;
use serde_json::{Value, json};
use std::fs;

fn asked(session: &str, id: &str, parent: Option<&str>, text: &str) -> Value {
    json!({
        "type": "user", "uuid": id, "parentUuid": parent, "sessionId": session,
        "isSidechain": false, "timestamp": "2026-01-02T03:04:05.678Z", "cwd": "/w",
        "message": {"role": "user", "content": text},
    })
}

fn answered(session: &str, id: &str, parent: &str, text: &str) -> Value {
    json!({
        "type": "assistant", "uuid": id, "parentUuid": parent, "sessionId": session,
        "isSidechain": false, "timestamp": "2026-01-02T03:04:06.000Z",
        "message": {"id": format!("msg_{id}"), "role": "assistant", "model": "claude-x",
                    "content": [{"type": "text", "text": text}],
                    "usage": {"input_tokens": 3, "output_tokens": 2}},
    })
}

fn rollout(id: &str) -> [Value; 3] {
    let line = |kind: &str, payload: Value| json!({"timestamp": "2026-02-03T04:05:06.789Z", "type": kind, "payload": payload});
    let said = |role: &str, kind: &str, text: &str| {
        let content = json!([{"type": kind, "text": text}]);
        line(
            "response_item",
            json!({"type": "message", "role": role, "content": content}),
        )
    };
    [
        line(
            "session_meta",
            json!({"id": id, "timestamp": "2026-02-03T04:05:00.000Z"}),
        ),
        said("user", "input_text", "sort the drawer"),
        said("assistant", "output_text", "sorted"),
    ]
}

fn write(home: &TestHome, name: &str, lines: &[Value]) {
    let path = home.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    fs::write(path, lines.join("\n") + "\n").unwrap();
}

fn replayed(home: &TestHome, thread: &str) -> String {
    home.run(&["thread-replay", thread]).exits(0).stdout
}

#[test]
fn a_transcript_comes_in_and_grows() {
    let home = home();
    let mut lines = vec![
        asked("s", "q", None, "paint the fence"),
        answered("s", "a", "q", "which colour?"),
    ];
    write(&home, "s.jsonl", &lines);
    let done = imported(&home, &["s.jsonl"], 0);
    assert_eq!(outcomes(&done), ["new"]);
    assert_eq!(
        (&done["messages"], &done["skipped"]),
        (&json!(2), &json!(0))
    );
    lines.push(asked("s", "q2", Some("a"), "green"));
    write(&home, "s.jsonl", &lines);
    let done = imported(&home, &["s.jsonl"], 0);
    assert_eq!(outcomes(&done), ["updated"]);
    assert_eq!((&done["added"], &done["unchanged"]), (&json!(1), &json!(2)));
    let shown = replayed(&home, "paint the fence");
    assert!(
        shown.contains("attests that it stood in Claude Code"),
        "{shown}"
    );
    assert!(shown.contains("green"), "{shown}");
    home.run(&["verify"]).exits(0);
}

#[test]
fn a_line_that_is_being_written_costs_itself() {
    let home = home();
    write(
        &home,
        "s.jsonl",
        &[asked("s", "q", None, "paint the fence")],
    );
    let path = home.path().join("s.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    let half = answered("s", "a", "q", "which colour?").to_string();
    fs::write(&path, format!("{whole}{}", &half[..40])).unwrap();
    let done = imported(&home, &["s.jsonl"], 1);
    assert_eq!(
        (outcomes(&done), &done["skipped"]),
        (vec!["new"], &json!(1))
    );
    assert_eq!(done["left_out"][0]["code"], "broken-off");
    assert_eq!(done["left_out"][0]["place"], "s.jsonl:2");
}

#[test]
fn a_folder_of_transcripts_comes_in_by_one_commit() {
    let home = home();
    let of = |session: &str| [asked(session, session, None, &format!("about {session}"))];
    write(&home, "all/-w/one.jsonl", &of("one"));
    write(&home, "all/-w/two.jsonl", &of("two"));
    write(&home, "all/-w/agent-x.jsonl", &of("three"));
    write(&home, "all/-w/one/subagents/agent-y.jsonl", &of("four"));
    write(&home, "all/-w/one/tool-results/t.jsonl", &of("five"));
    write(&home, "all/2026/02/03/rollout-u.jsonl", &rollout("u"));
    fs::write(home.path().join("all/notes.txt"), "nothing").unwrap();
    std::os::unix::fs::symlink("..", home.path().join("all/up")).unwrap();
    let done = imported(&home, &["all"], 0);
    assert_eq!(outcomes(&done), ["new", "new", "new"]);
    let left_out = done["left_out"].as_array().unwrap();
    let left_out: Vec<&Value> = left_out.iter().map(|one| &one["code"]).collect();
    assert_eq!(left_out, ["of-subagent", "of-subagent"]);
    let commits = crate::cli::import::commits(&home);
    assert_eq!(commits, ["3 threads", "card"]);
    let shown = replayed(&home, "sort the drawer");
    assert!(shown.contains("attests that it stood in Codex"), "{shown}");
    let told = home.run(&["thread-import", "all"]).exits(0).stdout;
    assert!(told.contains("📥 all: Claude Code, 2 files\n"), "{told}");
    assert!(told.contains("📥 all: Codex\n"), "{told}");
    // Who names the file itself means it.
    let done = imported(&home, &["all/-w/agent-x.jsonl"], 0);
    assert_eq!(outcomes(&done), ["new"]);
}

#[test]
fn what_a_folder_has_that_cant_be_read_is_said() {
    let home = home();
    let of = |session: &str| [asked(session, session, None, &format!("about {session}"))];
    write(&home, "all/one.jsonl", &of("one"));
    write(&home, "all/other.jsonl", &[json!({"a": 1})]);
    write(&home, "all/packed.jsonl.zst", &[]);
    write(&home, "all/one.jsonl.zst", &[]);
    let done = imported(&home, &["all"], 1);
    assert_eq!(outcomes(&done), ["new"]);
    let left_out = done["left_out"].as_array().unwrap();
    let left_out: Vec<&Value> = left_out.iter().map(|one| &one["code"]).collect();
    assert_eq!(left_out, ["compressed", "other-kind"]);
    fs::create_dir(home.path().join("empty")).unwrap();
    let failed = home.run(&["thread-import", "empty"]).exits(1).stderr;
    assert!(
        failed.contains("no files in it that could be conversations"),
        "{failed}"
    );
    assert!(failed.contains("*.jsonl"), "{failed}");
}

fn log_of_llm(home: &TestHome, name: &str, sql: &str) {
    let path = home.path().join(name);
    let database = rusqlite::Connection::open(path).unwrap();
    database.execute_batch(sql).unwrap();
}

const LOG: &str = "
    CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
    CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, response TEXT,
        conversation_id TEXT, datetime_utc TEXT);
    INSERT INTO conversations VALUES ('c', 'tea', 'm');
    INSERT INTO responses VALUES ('1', 'm', 'Which tea?', 'Green.', 'c', '2024-05-05T05:05:05+00:00');";

#[test]
fn the_log_of_llm_comes_in_and_grows_and_stays_as_it_is() {
    let home = home();
    log_of_llm(&home, "logs.db", LOG);
    let before = fs::read(home.path().join("logs.db")).unwrap();
    assert_eq!(outcomes(&imported(&home, &["logs.db"], 0)), ["new"]);
    assert_eq!(outcomes(&imported(&home, &["logs.db"], 0)), ["known"]);
    assert_eq!(fs::read(home.path().join("logs.db")).unwrap(), before);
    let more = "INSERT INTO responses VALUES ('2', 'm', 'And milk?', 'No.', 'c', NULL);";
    log_of_llm(&home, "logs.db", more);
    let done = imported(&home, &["logs.db", "--from", "llm"], 0);
    assert_eq!(
        (outcomes(&done), &done["added"]),
        (vec!["updated"], &json!(2))
    );
    let shown = replayed(&home, "tea");
    assert!(shown.contains("attests that it stood in llm"), "{shown}");
    home.run(&["verify"]).exits(0);
}

#[test]
fn a_database_that_only_looks_like_the_log_is_told_apart() {
    let home = home();
    log_of_llm(
        &home,
        "views.db",
        "CREATE VIEW conversations AS SELECT 'c' AS id, 'n' AS name;
         CREATE VIEW responses AS SELECT '1' AS id, 'forged' AS prompt, 'c' AS conversation_id;",
    );
    let failed = home.run(&["thread-import", "views.db"]).exits(1).stderr;
    assert!(
        failed.contains("a database of no program that is known"),
        "{failed}"
    );
    assert!(failed.contains("llm logs path"), "{failed}");
    log_of_llm(&home, "logs.db", LOG);
    let failed = home.run(&["thread-import", "logs.db", "--from", "codex"]);
    let failed = failed.exits(1).stderr;
    assert!(failed.contains("not of the kind codex"), "{failed}");
    let bytes = fs::read(home.path().join("logs.db")).unwrap();
    fs::write(home.path().join("half.db"), &bytes[..bytes.len() / 2]).unwrap();
    home.run(&["thread-import", "half.db"]).exits(1);
    let threads = home.run(&["thread-list", "--json"]).exits(0).stdout;
    assert!(!threads.contains("forged"), "{threads}");
}
