use super::*;
use serde_json::json;

fn node(id: &str, parent: Option<&str>, role: &str, content: Value) -> (String, Value) {
    let message = json!({
        "id": id, "author": {"role": role}, "create_time": 1_700_000_000.25, "recipient": "all",
        "content": content, "status": "finished_successfully", "metadata": {},
    });
    let node = json!({"id": id, "parent": parent, "children": [], "message": message});
    (id.to_owned(), node)
}

fn text_of(parts: &str) -> Value {
    json!({"content_type": "text", "parts": [parts]})
}

fn conversation(nodes: Vec<(String, Value)>, current: Value) -> Value {
    let mapping: serde_json::Map<String, Value> = nodes.into_iter().collect();
    json!({
        "conversation_id": "c", "id": "other", "title": "T", "create_time": 1_700_000_000.0,
        "mapping": mapping, "current_node": current,
    })
}

fn texts(read: &Conversation) -> Vec<(&str, Option<usize>)> {
    let messages = read.messages.iter();
    messages
        .map(|said| (said.text.as_str(), said.parent))
        .collect()
}

#[test]
fn branches_stay_branches_and_the_current_one_is_shown() {
    let root = ("root".to_owned(), json!({"parent": null, "message": null}));
    let nodes = vec![
        root,
        node("q", Some("root"), "user", text_of("question")),
        node("a1", Some("q"), "assistant", text_of("first")),
        node("a2", Some("q"), "assistant", text_of("second")),
    ];
    let found = read(&conversation(nodes.clone(), json!("a1"))).unwrap();
    assert_eq!(
        texts(&found),
        [("question", None), ("first", Some(0)), ("second", Some(0))]
    );
    assert_eq!((found.shown, found.native_id.as_str()), (1, "c"));
    assert_eq!(
        found.messages[0].time.unwrap().to_string(),
        "2023-11-14T22:13:20.250Z"
    );
    // Without one, the newest.
    let found = read(&conversation(nodes, json!(null))).unwrap();
    assert_eq!(found.shown, 2);
}

#[test]
fn what_is_shown_to_nobody_is_left_out_and_counted() {
    let mut hidden = node("h", Some("q"), "user", text_of("hidden"));
    hidden.1["message"]["metadata"]["is_visually_hidden_from_conversation"] = json!(true);
    let mut told = node("own", None, "system", text_of("be brief"));
    told.1["message"]["metadata"]["is_user_system_message"] = json!(true);
    let recap = json!({"content_type": "reasoning_recap", "content": "Thought for 5 s"});
    let nodes = vec![
        node("s", None, "system", text_of("")),
        told,
        node("q", Some("own"), "user", text_of("question")),
        hidden,
        node("r", Some("h"), "assistant", recap),
        node("a", Some("r"), "assistant", text_of("answer")),
    ];
    let found = read(&conversation(nodes, json!("a"))).unwrap();
    let expected = [
        ("be brief", None),
        ("question", Some(0)),
        ("answer", Some(1)),
    ];
    assert_eq!(texts(&found), expected);
    assert_eq!(found.messages[0].speaker, Speaker::Instructions);
    // The empty one says nothing that could be missed.
    assert_eq!(found.hidden, 2);
}

#[test]
fn tools_and_thoughts_speak_for_themselves() {
    let mut call = node(
        "call",
        None,
        "assistant",
        json!({"content_type": "code", "language": "python", "text": "1+1"}),
    );
    call.1["message"]["recipient"] = json!("python");
    call.1["message"]["metadata"]["model_slug"] = json!("gpt-4o");
    let mut gave = node(
        "gave",
        Some("call"),
        "tool",
        json!({"content_type": "execution_output", "text": "2"}),
    );
    gave.1["message"]["author"]["name"] = json!("python");
    let thoughts =
        json!({"content_type": "thoughts", "thoughts": [{"summary": "S", "content": "C"}]});
    let mut last = node("last", Some("th"), "assistant", text_of("half"));
    last.1["message"]["status"] = json!("in_progress");
    let nodes = vec![
        call,
        gave,
        node("th", Some("gave"), "assistant", thoughts),
        last,
    ];
    let found = read(&conversation(nodes, json!("last"))).unwrap();
    let speakers: Vec<&Speaker> = found.messages.iter().map(|said| &said.speaker).collect();
    assert_eq!(*speakers[0], Speaker::ToolCall("python".to_owned()));
    assert_eq!(*speakers[1], Speaker::ToolOutput("python".to_owned()));
    assert_eq!(
        [speakers[2], speakers[3]],
        [&Speaker::Reasoning, &Speaker::Ai]
    );
    let said: Vec<&str> = found
        .messages
        .iter()
        .map(|said| said.text.as_str())
        .collect();
    assert_eq!(
        said,
        ["```python\n1+1\n```", "```\n2\n```", "S\n\nC", "half"]
    );
    assert_eq!(found.messages[0].model.as_deref(), Some("gpt-4o"));
    assert!(found.messages[3].is_interrupted && !found.messages[0].is_interrupted);
}

#[test]
fn parts_without_text_leave_a_place_and_unknown_ones_stay_whole() {
    let content = json!({"content_type": "multimodal_text", "parts": [
        "look",
        {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1", "metadata": null},
        {"content_type": "audio_transcription", "text": "spoken", "direction": "in"},
        {"content_type": "hologram", "depth": 1.5},
    ]});
    let mut asked = node("q", None, "user", content);
    asked.1["message"]["metadata"]["attachments"] =
        json!([{"name": "cat\u{1b}.png", "mime_type": "image/png"}]);
    let odd = json!({"content_type": "quantum", "state": "both"});
    let nodes = vec![asked, node("odd", Some("q"), "assistant", odd)];
    let found = read(&conversation(nodes, json!("odd"))).unwrap();
    assert_eq!(
        found.messages[0].text,
        "look\n\n[image: file-service://file-1]\n\nspoken\n\n[attached: cat .png, image/png]"
    );
    let kept: Vec<&Unknown> = found
        .messages
        .iter()
        .flat_map(|said| &said.unknown)
        .collect();
    assert_eq!(
        kept[0].raw.as_deref(),
        Some(r#"{"content_type":"hologram","depth":1.5}"#)
    );
    assert_eq!([&*kept[0].kind, &*kept[1].kind], ["hologram", "quantum"]);
}

#[test]
fn circles_lost_parents_and_strange_types_are_no_end() {
    let nodes = vec![
        node("a", Some("b"), "user", text_of("a")),
        node("b", Some("a"), "assistant", text_of("b")),
        node("c", Some("gone"), "user", text_of("c")),
    ];
    let found = read(&conversation(nodes, json!("gone"))).unwrap();
    assert_eq!(found.messages.len(), 3);
    let strange = json!({"id": "x", "title": 5, "create_time": "2024-01-01T00:00:00Z", "mapping": {
        "n": {"parent": 7, "message": {"author": "me", "content": {"content_type": "text", "parts": "p"}}},
        "m": null,
        "o": {"message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["ok", null]}}},
    }});
    let found = read(&strange).unwrap();
    assert_eq!(found.title, None);
    assert_eq!(found.began.unwrap().to_string(), "2024-01-01T00:00:00.000Z");
    assert_eq!(found.messages.last().unwrap().text, "ok");
    assert_eq!(
        read(&json!({"mapping": {}})).unwrap_err(),
        SkipReason::Empty
    );
    assert_eq!(
        read(&json!({"mapping": []})).unwrap_err(),
        SkipReason::OtherForm
    );
    assert_eq!(read(&json!([1])).unwrap_err(), SkipReason::OtherForm);
}
