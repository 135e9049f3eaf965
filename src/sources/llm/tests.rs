use super::*;
use crate::sources::{SourceMessage, Speaker};

/// As `llm` 0.36 makes them, without what is not read.
const NEWER: &str = "
CREATE TABLE messages (hash TEXT PRIMARY KEY, parent_hash TEXT, role TEXT, provider_metadata TEXT);
CREATE TABLE parts (id INTEGER PRIMARY KEY, message_hash TEXT, position INTEGER, type TEXT,
    tool_name TEXT, text TEXT, payload TEXT);
CREATE TABLE threads (id TEXT PRIMARY KEY, name TEXT, tip_message_hash TEXT, forked_from TEXT,
    datetime_utc TEXT);
CREATE TABLE turns (id TEXT PRIMARY KEY, thread_id TEXT, parent_message_hash TEXT,
    tip_message_hash TEXT, model TEXT, resolved_model TEXT, options_json TEXT, schema_id TEXT,
    input_tokens INTEGER, output_tokens INTEGER, token_details TEXT, duration_ms INTEGER,
    datetime_utc TEXT, response_json TEXT);
CREATE TABLE fragments (id INTEGER PRIMARY KEY, hash TEXT, content TEXT);
CREATE TABLE attachments (id TEXT PRIMARY KEY, type TEXT, path TEXT, url TEXT, content BLOB);
";
/// As `llm` 0.20 made them.
const OLDER: &str = "
CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, prompt_json TEXT,
    options_json TEXT, response TEXT, response_json TEXT, conversation_id TEXT, duration_ms INTEGER,
    datetime_utc TEXT, input_tokens INTEGER, output_tokens INTEGER, token_details TEXT);
";

fn database(sql: &[&str]) -> Connection {
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch(&sql.concat()).unwrap();
    database
}

fn all(database: &Connection) -> Vec<Result<Conversation, SkipReason>> {
    let llm = Llm::of(database).unwrap().unwrap();
    let names = llm.names(database).unwrap();
    names.iter().map(|name| Llm::read(database, name)).collect()
}

fn one(database: &Connection) -> Conversation {
    let mut all = all(database);
    assert_eq!(all.len(), 1);
    all.remove(0).unwrap()
}

fn told(read: &Conversation) -> Vec<(&Speaker, &str, Option<usize>)> {
    let messages = read.messages.iter();
    messages
        .map(|said| (&said.speaker, said.text.as_str(), said.parent))
        .collect()
}

const THREAD: &str = "
INSERT INTO messages (hash, parent_hash, role) VALUES ('s', NULL, 'system'), ('q', 's', 'user'),
    ('c', 'q', 'assistant'), ('r', 'c', 'tool'), ('a', 'r', 'assistant'), ('o', 'q', 'assistant');
INSERT INTO parts (message_hash, position, type, text, payload) VALUES
    ('s', 0, 'text', 'be brief', NULL),
    ('q', 0, 'text', NULL, '{\"text_ref\": [{\"fragment\": 1}, {\"literal\": \" double it\"}]}'),
    ('q', 1, 'attachment', NULL, '{\"attachment\": \"f\"}'),
    ('c', 0, 'reasoning', 'hm', NULL),
    ('c', 1, 'tool_call', NULL, '{\"name\": \"double\", \"arguments\": {\"n\": 4}, \"tool_call_id\": \"1\"}'),
    ('r', 0, 'tool_result', NULL, '{\"name\": \"double\", \"output\": \"8\", \"tool_call_id\": \"1\"}'),
    ('a', 0, 'text', 'eight', NULL), ('a', 1, 'novel', NULL, '{\"x\": 1}'),
    ('o', 0, 'text', 'nine', NULL);
INSERT INTO fragments VALUES (1, 'h', '4:');
INSERT INTO attachments VALUES ('f', 'image/png', NULL, 'https://a.example/b', x'00');
INSERT INTO threads VALUES ('t', 'doubling', 'a', NULL, '2026-11-22 20:34:08.510770+00:00');
INSERT INTO turns (id, thread_id, parent_message_hash, tip_message_hash, model, resolved_model,
    input_tokens, output_tokens, datetime_utc) VALUES
    ('1', 't', 'q', 'c', 'm', 'm-2026', 5, 1, '2026-11-22T20:34:00.000000+00:00'),
    ('2', 't', 'r', 'a', 'm', NULL, 9, 2, '2026-11-22T20:34:05.000000+00:00'),
    ('3', 't', 'q', 'o', 'm', NULL, 7, 3, '2026-11-22T20:34:07.000000+00:00');
";

#[test]
fn a_thread_is_read_with_its_tools_fragments_and_branches() {
    let found = one(&database(&[NEWER, THREAD]));
    let tool = "double".to_owned();
    let expected = [
        (&Speaker::Instructions, "be brief", None),
        (
            &Speaker::Human,
            "4: double it\n\n[attached: https://a.example/b, image/png]",
            Some(0),
        ),
        (&Speaker::Reasoning, "hm", Some(1)),
        (
            &Speaker::ToolCall(tool.clone()),
            "```json\n{\n  \"n\": 4\n}\n```",
            Some(2),
        ),
        (&Speaker::ToolOutput(tool), "```\n8\n```", Some(3)),
        (&Speaker::Ai, "eight", Some(4)),
        (&Speaker::Ai, "nine", Some(1)),
    ];
    assert_eq!(told(&found), expected);
    assert_eq!((found.shown, found.title.as_deref()), (5, Some("doubling")));
    let at = |said: &SourceMessage| said.time.map(|time| time.to_seconds_string());
    let times: Vec<_> = found.messages.iter().map(at).collect();
    let [first, second, third] = [0, 5, 7].map(|s| Some(format!("2026-11-22T20:34:0{s}Z")));
    let expected = [&first, &first, &first, &first, &second, &second, &third];
    assert_eq!(times.iter().collect::<Vec<_>>(), expected);
    assert_eq!(found.messages[3].model.as_deref(), Some("m-2026"));
    assert_eq!(found.messages[3].usage.prompt, Some(5));
    assert_eq!(found.messages[5].usage.completion, Some(2));
    assert_eq!(found.messages[5].unknown[0].kind, "novel");
    assert_eq!(found.began.map(|time| time.to_seconds_string()), first);
}

#[test]
fn what_stood_there_before_a_turn_has_no_time_of_it() {
    let forked = "INSERT INTO threads VALUES ('u', NULL, 'a', 't', NULL);
        INSERT INTO turns (id, thread_id, parent_message_hash, tip_message_hash, datetime_utc)
        VALUES ('4', 'u', 'r', 'a', '2026-12-01T00:00:00+00:00');";
    let found = all(&database(&[NEWER, THREAD, forked])).remove(1).unwrap();
    let has_time = found.messages.iter().map(|said| said.time.is_some());
    let expected = [false, false, false, false, true, true];
    assert_eq!(has_time.collect::<Vec<_>>(), expected);
}

#[test]
fn links_that_lead_nowhere_or_in_a_circle_lose_nothing() {
    let found = one(&database(&[
        NEWER,
        "INSERT INTO messages (hash, parent_hash, role) VALUES ('a', 'b', 'user'), ('b', 'a', 'user');
         INSERT INTO parts (message_hash, position, type, text) VALUES
            ('a', 0, 'text', 'one'), ('b', 0, 'text', 'two');
         INSERT INTO threads VALUES ('t', 'n', 'gone', NULL, NULL);
         INSERT INTO turns (id, thread_id, tip_message_hash) VALUES ('1', 't', 'a');",
    ]));
    assert_eq!(found.messages.len(), 2);
}

#[test]
fn older_rows_are_a_question_and_an_answer_each() {
    let found = one(&database(&[
        OLDER,
        "INSERT INTO conversations VALUES ('c', 'tea', 'm');
         INSERT INTO responses (id, model, prompt, system, response, conversation_id, duration_ms,
            datetime_utc, input_tokens, output_tokens, token_details) VALUES
            ('1', 'm', 'Which tea?', 'be brief', 'Green.', 'c', 1500, '2024-05-05T05:05:05+00:00', 5, 1,
             '{\"prompt_tokens_details\": {\"cached_tokens\": 4}}'),
            ('2', 'm', 'And milk?', 'be brief', 'No.', 'c', NULL, NULL, NULL, NULL, NULL);",
    ]));
    let expected = [
        (&Speaker::Instructions, "be brief", None),
        (&Speaker::Human, "Which tea?", Some(0)),
        (&Speaker::Ai, "Green.", Some(1)),
        (&Speaker::Human, "And milk?", Some(2)),
        (&Speaker::Ai, "No.", Some(3)),
    ];
    assert_eq!(told(&found), expected);
    let answer = &found.messages[2];
    assert_eq!(answer.time.unwrap().to_string(), "2024-05-05T05:05:06.500Z");
    assert_eq!(
        (answer.usage.prompt, answer.usage.cached),
        (Some(5), Some(4))
    );
    assert_eq!(found.messages[3].time, None);
    assert_eq!(found.messages[3].native_id, "2/prompt");
}

#[test]
fn what_was_upgraded_is_there_once() {
    let older = "INSERT INTO conversations VALUES ('t', 'again', 'm'), ('only', 'here', 'm');
        INSERT INTO responses (id, prompt, response, conversation_id) VALUES
            ('1', 'a', 'b', 't'), ('2', 'c', 'd', 'only');
        INSERT INTO threads VALUES (NULL, NULL, NULL, NULL, NULL);";
    let found = all(&database(&[NEWER, OLDER, THREAD, older]));
    let names: Vec<String> = found
        .into_iter()
        .map(|one| one.unwrap().native_id)
        .collect();
    assert_eq!(names, ["only", "t"]);
    assert!(
        Llm::of(&database(&["CREATE TABLE messages (x)"]))
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_short_list_that_names_a_long_text_often_is_not_held() {
    let many = "{\"fragment\": 1},".repeat(40);
    let bomb = format!(
        "INSERT INTO fragments VALUES (1, 'h', printf('%.1000000c', 'x'));
         INSERT INTO messages (hash, role) VALUES ('q', 'user');
         INSERT INTO parts (message_hash, position, type, payload) VALUES
            ('q', 0, 'text', '{{\"text_ref\": [{}]}}');
         INSERT INTO threads VALUES ('t', NULL, 'q', NULL, NULL);",
        many.trim_end_matches(',')
    );
    let found = all(&database(&[NEWER, &bomb]));
    assert!(matches!(found[..], [Err(SkipReason::TooLarge(_))]));
}
