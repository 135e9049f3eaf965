use super::*;

fn told(text: &str) -> Vec<(Speaker, String)> {
    assert!(is_conversation(text.as_bytes()), "{text}");
    let messages = read(text, "f").unwrap().messages.into_iter();
    messages.map(|said| (said.speaker, said.text)).collect()
}

fn expected(human: &str, ai: &str) -> Vec<(Speaker, String)> {
    vec![
        (Speaker::Human, human.to_owned()),
        (Speaker::Ai, ai.to_owned()),
    ]
}

#[test]
fn each_way_to_say_who_speaks_is_read() {
    let two = expected("a\n\nb", "c");
    for text in [
        "# Title\n\nwords before\n\n## User\n\na\n\nb\n\n---\n\n## Assistant\n\nc\n",
        "## **You:**\na\n\nb\n## ChatGPT:\nc",
        "**User**: a\n\nb\n\n**Assistant**: c\n",
        "**User:**\na\n\nb\n\n**Claude:**\nc",
        "**Human**\n\na\n\nb\n\n**AI**\n\nc",
        "Human: a\n\nb\n\nAssistant: c\n",
        "user: a\r\n\r\nb\r\nAI: c\r\n",
    ] {
        assert_eq!(told(text), two, "{text}");
    }
    let titled = read("# Title\n\n## User\na\n## AI\nb", "f").unwrap();
    assert_eq!((titled.title.as_deref(), titled.shown), (Some("Title"), 1));
    assert_eq!(read("User: a\nAI: b\n# Late", "f").unwrap().title, None);
}

#[test]
fn what_only_looks_like_a_speaker_is_text() {
    let text =
        "## User\nhow?\n## Assistant\n```\n## User\n~~~\n```\n### User\n**User**: no\nUser: no\n";
    let answer = "```\n## User\n~~~\n```\n### User\n**User**: no\nUser: no";
    assert_eq!(told(text), expected("how?", answer));
    // Code that nobody closes goes on to the end.
    let open = "User: a\nAI: b\n````\n```\nUser: c";
    assert_eq!(told(open), expected("a", "b\n````\n```\nUser: c"));
}

#[test]
fn other_texts_are_no_conversations() {
    for text in [
        "",
        "words",
        "# A heading\n\nNote: a text.\n",
        "User: a\nUser: b",
        "Answer: 42",
        "User: a\n\0AI: b",
        "```\nUser: a\nAI: b\n```",
    ] {
        assert!(!is_conversation(text.as_bytes()), "{text}");
    }
    assert_eq!(read("words", "f").unwrap_err(), SkipReason::OtherForm);
    assert_eq!(read("User:\nAI:\n", "f").unwrap_err(), SkipReason::Empty);
}
