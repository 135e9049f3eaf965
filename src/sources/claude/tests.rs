use super::*;
use serde_json::json;

const ROOT: &str = "00000000-0000-4000-8000-000000000000";

fn message(id: &str, parent: Option<&str>, sender: &str, content: Value) -> Value {
    json!({
        "uuid": id, "sender": sender, "text": "", "content": content,
        "created_at": "2025-03-01T10:00:00.000000Z", "parent_message_uuid": parent,
        "attachments": [], "files": [],
    })
}

fn words(text: &str) -> Value {
    json!([{"type": "text", "text": text}])
}

fn conversation(messages: Vec<Value>) -> Value {
    json!({
        "uuid": "c", "name": "", "created_at": "2025-03-01T09:59:00Z", "model": "claude-x",
        "chat_messages": messages,
    })
}

fn told(read: &Conversation) -> Vec<(&str, Option<usize>)> {
    let messages = read.messages.iter();
    messages
        .map(|said| (said.text.as_str(), said.parent))
        .collect()
}

#[test]
fn an_older_export_without_links_goes_in_order() {
    let mut messages = vec![
        message("1", None, "human", json!([])),
        message("2", None, "assistant", words("answer")),
    ];
    messages[0]["text"] = json!("only here");
    let found = read(&conversation(messages)).unwrap();
    assert_eq!(told(&found), [("only here", None), ("answer", Some(0))]);
    assert_eq!((found.shown, found.title), (1, None));
    assert_eq!(found.messages[0].model, None);
    assert_eq!(found.messages[1].model.as_deref(), Some("claude-x"));
}

#[test]
fn links_make_branches_and_what_is_broken_follows_the_one_before() {
    let mut tree = conversation(vec![
        message("q", Some(ROOT), "human", words("question")),
        message("a", Some("q"), "assistant", words("one")),
        message("b", Some("q"), "assistant", words("other")),
        message("lost", Some("gone"), "human", words("lost")),
    ]);
    tree["current_leaf_message_uuid"] = json!("a");
    let found = read(&tree).unwrap();
    let expected = [
        ("question", None),
        ("one", Some(0)),
        ("other", Some(0)),
        ("lost", Some(2)),
    ];
    assert_eq!(told(&found), expected);
    assert_eq!(found.shown, 1);
}

#[test]
fn one_message_with_thoughts_tools_and_text_is_several() {
    let content = json!([
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "let me look"},
        {"type": "tool_use", "id": "t", "name": "search", "input": {"q": "x"}},
        {"type": "tool_result", "name": "search", "content": [{"type": "text", "text": "found ```"}], "is_error": true},
        {"type": "text", "text": "it is"},
        {"type": "text", "text": "so"},
        {"type": "rich_link", "url": "u"},
    ]);
    let question = message("q", Some(ROOT), "human", words("?"));
    let found = read(&conversation(vec![
        question,
        message("a", Some("q"), "assistant", content),
    ]))
    .unwrap();
    let who: Vec<&Speaker> = found.messages.iter().map(|said| &said.speaker).collect();
    let tool = "search".to_owned();
    let expected = [
        Speaker::Human,
        Speaker::Reasoning,
        Speaker::Ai,
        Speaker::ToolCall(tool.clone()),
        Speaker::ToolOutput(tool),
        Speaker::Ai,
    ];
    assert_eq!(who, expected.iter().collect::<Vec<_>>());
    let ids: Vec<&str> = found.messages.iter().map(|said| &*said.native_id).collect();
    assert_eq!(ids, ["q", "a", "a#1", "a#2", "a#3", "a#4"]);
    assert_eq!(found.messages[3].text, "```json\n{\n  \"q\": \"x\"\n}\n```");
    assert_eq!(
        found.messages[4].text,
        "[it failed]\n\n````\nfound ```\n````"
    );
    assert_eq!(found.messages[5].text, "it is\n\nso");
    assert_eq!(found.messages[5].unknown[0].kind, "rich_link");
}

#[test]
fn what_was_pasted_stands_where_there_is_no_other_text() {
    let mut pasted = message("q", Some(ROOT), "human", json!([]));
    pasted["attachments"] =
        json!([{"file_name": "", "file_type": "txt", "extracted_content": "body"}]);
    pasted["files"] = json!([{"file_name": "a.pdf", "file_uuid": "u"}]);
    pasted["files_v2"] = json!([{"file_name": "a.pdf", "file_uuid": "u"}]);
    let found = read(&conversation(vec![pasted])).unwrap();
    assert_eq!(
        found.messages[0].text,
        "[attached: txt]\n\n```\nbody\n```\n\n[file: a.pdf]"
    );
    assert_eq!(
        read(&conversation(Vec::new())).unwrap_err(),
        SkipReason::Empty
    );
    assert_eq!(
        read(&json!({"chat_messages": 1})).unwrap_err(),
        SkipReason::OtherForm
    );
}
