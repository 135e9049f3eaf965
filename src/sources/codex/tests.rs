use super::*;
use serde_json::json;

fn read(lines: &[Value]) -> Result<Conversation, SkipReason> {
    let mut transcript = Box::<Codex>::default();
    for (line, number) in lines.iter().zip(1..) {
        transcript.take(number, line).unwrap();
    }
    let mut all = transcript.end();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn line(kind: &str, payload: Value) -> Value {
    json!({"timestamp": "2026-02-03T04:05:06.789Z", "type": kind, "payload": payload})
}

fn meta(id: &str) -> Value {
    let about = json!({"id": id, "timestamp": "2026-02-03T04:05:00.000Z", "cwd": "/w",
                       "originator": "codex_cli_rs", "cli_version": "0.1", "source": "cli"});
    line("session_meta", about)
}

fn item(payload: Value) -> Value {
    line("response_item", payload)
}

fn event(payload: Value) -> Value {
    line("event_msg", payload)
}

fn said(role: &str, text: &str) -> Value {
    let kind = match role {
        "assistant" => "output_text",
        _ => "input_text",
    };
    item(json!({"type": "message", "role": role, "content": [{"type": kind, "text": text}]}))
}

fn tokens(input: u64, total: u64) -> Value {
    event(json!({"type": "token_count", "info": {
        "last_token_usage": {"input_tokens": input, "cached_input_tokens": 5,
                             "output_tokens": 7, "reasoning_output_tokens": 2},
        "total_token_usage": {"total_tokens": total},
    }}))
}

fn told(read: &Conversation) -> Vec<(&str, Option<usize>)> {
    let messages = read.messages.iter();
    messages
        .map(|said| (said.text.as_str(), said.parent))
        .collect()
}

#[test]
fn a_turn_with_thoughts_tools_and_tokens_is_read_whole() {
    let found = read(&[
        meta("u"),
        line("turn_context", json!({"model": "gpt-x", "cwd": "/w"})),
        said("developer", "keep to this"),
        said("user", "<environment_context>\n<cwd>/w</cwd>\n</environment_context>"),
        said("user", "list it"),
        event(json!({"type": "user_message", "message": "list it"})),
        item(json!({"type": "reasoning", "encrypted_content": "AAAA",
                    "summary": [{"type": "summary_text", "text": "**Looking**"}], "content": null})),
        item(json!({"type": "function_call", "name": "shell", "call_id": "c",
                    "arguments": "{\"command\":[\"ls\"]}"})),
        item(json!({"type": "function_call_output", "call_id": "c",
                    "output": "{\"output\":\"a\\n\",\"metadata\":{\"exit_code\":1}}"})),
        tokens(11, 18),
        // Told once more.
        tokens(99, 18),
        said("assistant", "there is a"),
        event(json!({"type": "agent_message", "message": "there is a"})),
        tokens(20, 45),
        event(json!({"type": "thread_name_updated", "thread_name": "Listing"})),
    ])
    .unwrap();
    let tool = "shell".to_owned();
    let speakers: Vec<&Speaker> = found.messages.iter().map(|said| &said.speaker).collect();
    let expected = [
        Speaker::Human,
        Speaker::Reasoning,
        Speaker::ToolCall(tool.clone()),
        Speaker::ToolOutput(tool),
        Speaker::Ai,
    ];
    assert_eq!(speakers, expected.iter().collect::<Vec<_>>());
    let call = "```json\n{\n  \"command\": [\n    \"ls\"\n  ]\n}\n```";
    let texts = [
        ("list it", None),
        ("**Looking**", Some(0)),
        (call, Some(1)),
        ("[it failed]\n\n```\na\n```", Some(2)),
        ("there is a", Some(3)),
    ];
    assert_eq!(told(&found), texts);
    assert_eq!(found.messages[2].usage.prompt, Some(11));
    let usage = &found.messages[4].usage;
    let counts = [
        usage.prompt,
        usage.cached,
        usage.completion,
        usage.reasoning,
    ];
    assert_eq!(counts, [Some(20), Some(5), Some(7), Some(2)]);
    assert_eq!(found.messages[4].model.as_deref(), Some("gpt-x"));
    assert_eq!(found.messages[0].model, None);
    assert_eq!(found.title.as_deref(), Some("Listing"));
    assert_eq!((found.native_id.as_str(), found.hidden), ("u", 2));
    assert_eq!(found.began.unwrap().to_string(), "2026-02-03T04:05:00.000Z");
}

#[test]
fn what_was_gone_back_from_is_a_branch() {
    let found = read(&[
        meta("u"),
        said("user", "one"),
        said("assistant", "first"),
        said("user", "two"),
        said("assistant", "second"),
        event(json!({"type": "thread_rolled_back", "num_turns": 1})),
        said("user", "three"),
        event(json!({"type": "thread_rolled_back", "num_turns": 9})),
        said("user", "four"),
    ])
    .unwrap();
    let expected = [
        ("one", None),
        ("first", Some(0)),
        ("two", Some(1)),
        ("second", Some(2)),
        ("three", Some(1)),
        ("four", None),
    ];
    assert_eq!(told(&found), expected);
    assert_eq!(found.shown, 5);
    let all = read(&[
        meta("u"),
        said("user", "one"),
        event(json!({"type": "thread_rolled_back", "num_turns": 1})),
    ]);
    assert_eq!(all.unwrap().shown, 0, "something is shown");
}

#[test]
fn where_only_events_were_kept_they_are_what_was_said() {
    let found = read(&[
        meta("u"),
        event(json!({"type": "user_message", "message": "hi"})),
        event(json!({"type": "agent_reasoning", "text": "hm"})),
        item(json!({"type": "function_call", "name": "look", "call_id": "c", "arguments": "{}"})),
        event(json!({"type": "agent_message", "message": "ho"})),
        event(json!({"type": "turn_aborted", "reason": "interrupted"})),
    ])
    .unwrap();
    let expected = [
        ("hi", None),
        ("hm", Some(0)),
        ("```json\n{}\n```", Some(1)),
        ("ho", Some(2)),
    ];
    assert_eq!(told(&found), expected);
    assert!(found.messages[3].is_interrupted);
}

#[test]
fn the_first_versions_have_no_envelope() {
    let found = read(&[
        json!({"id": "old", "timestamp": "2025-04-05T06:07:08.000Z", "instructions": null}),
        json!({"record_type": "state"}),
        json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a"}]}),
        json!({"type": "local_shell_call", "call_id": "c", "action": {"type": "exec"}}),
        json!({"type": "function_call_output", "call_id": "c",
               "output": {"content": "b", "success": false}}),
    ])
    .unwrap();
    let call = "```json\n{\n  \"type\": \"exec\"\n}\n```";
    let expected = [
        ("a", None),
        (call, Some(0)),
        ("[it failed]\n\n```\nb\n```", Some(1)),
    ];
    assert_eq!(told(&found), expected);
    assert_eq!(found.native_id, "old");
    let tool = Speaker::ToolOutput("local_shell".to_owned());
    assert_eq!(found.messages[2].speaker, tool);
}

#[test]
fn a_session_that_was_forked_off_has_its_own_name() {
    let found = read(&[meta("own"), meta("the other's"), said("user", "a")]);
    assert_eq!(found.unwrap().native_id, "own");
    assert_eq!(read(&[said("user", "a")]), Err(SkipReason::OtherForm));
    assert_eq!(read(&[meta("u")]), Err(SkipReason::Empty));
}

#[test]
fn what_nobody_knows_is_kept_whole() {
    let found = read(&[
        meta("u"),
        said("user", "a"),
        item(json!({"type": "dream", "of": 1})),
        event(json!({"type": "weather", "sun": true})),
        event(json!({"type": "task_started"})),
        line("rollout_reference", json!({"id": "elsewhere"})),
        item(json!({"type": "ghost_snapshot"})),
        item(json!({"type": "message", "role": "oracle", "content": []})),
        item(json!({"type": "message", "role": "user",
                    "content": [{"type": "input_image", "image_url": "data:image/png;base64,AA"},
                                {"type": "smell"}]})),
    ])
    .unwrap();
    let unknown = found.messages.iter().flat_map(|said| &said.unknown);
    let kinds: Vec<&str> = unknown.map(|part| part.kind.as_str()).collect();
    let expected = ["dream", "weather", "rollout_reference", "message", "smell"];
    assert_eq!(kinds, expected);
    assert_eq!(found.messages.last().unwrap().text, "[image: image/png]");
    let mut transcript = Codex::default();
    let bad = json!({"timestamp": "t"});
    assert_eq!(transcript.take(1, &bad), Err(SkipReason::OtherForm));
}
