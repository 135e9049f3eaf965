use super::*;
use serde_json::json;

fn told(read: &Conversation) -> Vec<(&Speaker, &str)> {
    let messages = read.messages.iter();
    messages
        .map(|said| (&said.speaker, said.text.as_str()))
        .collect()
}

#[test]
fn roles_of_all_interfaces_are_understood() {
    let list = json!([
        {"role": "developer", "content": "be brief"},
        {"role": "user", "content": [
            {"type": "text", "text": "what is this?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            {"type": "smell", "value": 1},
        ]},
        {"role": "assistant", "content": null, "reasoning_content": "hm", "model": "m",
         "usage": {"prompt_tokens": 7, "completion_tokens": 3},
         "tool_calls": [{"id": "1", "function": {"name": "look", "arguments": "{\"at\":1}"}}]},
        {"role": "tool", "name": "look", "content": "a cat"},
        {"role": "model", "content": "a cat", "timestamp": 1_700_000_000},
    ]);
    let found = read(&list, "f:1").unwrap();
    let tool = "look".to_owned();
    let expected = [
        (&Speaker::Instructions, "be brief"),
        (&Speaker::Human, "what is this?\n\n[image: image/png]"),
        (&Speaker::Reasoning, "hm"),
        (
            &Speaker::ToolCall(tool.clone()),
            "```json\n{\n  \"at\": 1\n}\n```",
        ),
        (&Speaker::ToolOutput(tool), "a cat"),
        (&Speaker::Ai, "a cat"),
    ];
    assert_eq!(told(&found), expected);
    let parents: Vec<Option<usize>> = found.messages.iter().map(|said| said.parent).collect();
    assert_eq!(parents, [None, Some(0), Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(found.messages[2].usage.prompt, Some(7));
    assert_eq!(found.messages[3].usage, Usage::default());
    assert_eq!(found.messages[1].unknown[0].kind, "smell");
    assert_eq!((found.shown, found.title.as_deref()), (5, None));
    assert!(found.began.is_some(), "the first time that is known");
}

#[test]
fn without_an_id_it_is_known_by_its_file_and_its_beginning() {
    let id = |list: Value, place: &str| read(&list, place).unwrap().native_id;
    let one = json!([{"role": "user", "content": "hi"}]);
    let grown = json!([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]);
    let other = json!([{"role": "user", "content": "hello"}]);
    assert_eq!(id(one.clone(), "f:1"), id(grown, "f:1"));
    assert_ne!(id(one.clone(), "f:1"), id(one.clone(), "f:2"));
    assert_ne!(id(one, "f:1"), id(other, "f:1"));
    let named = json!({"id": "x", "title": "T", "model": "m", "created_at": "2024-05-05T05:05:05Z",
                       "messages": [{"role": "assistant", "content": "a"}]});
    let found = read(&named, "f:1").unwrap();
    assert_eq!(
        (found.native_id.as_str(), found.title.as_deref()),
        ("x", Some("T"))
    );
    assert_eq!(found.messages[0].model.as_deref(), Some("m"));
    assert_eq!(found.began.unwrap().to_string(), "2024-05-05T05:05:05.000Z");
}

#[test]
fn whose_words_they_are_is_never_guessed() {
    for list in [
        json!([{"role": "oracle", "content": "a"}]),
        json!([{"content": "a"}]),
        json!(["a"]),
        json!({"messages": 1}),
        json!(5),
    ] {
        assert_eq!(
            read(&list, "f").unwrap_err(),
            SkipReason::OtherForm,
            "{list}"
        );
    }
    assert_eq!(read(&json!([]), "f").unwrap_err(), SkipReason::Empty);
    let silent = json!([{"role": "user", "content": ""}]);
    assert_eq!(read(&silent, "f").unwrap_err(), SkipReason::Empty);
}
