use super::*;
use serde_json::json;

/// What the lines of a file come to.
fn read(lines: &[Value]) -> Vec<Result<Conversation, SkipReason>> {
    let mut transcript = Box::<ClaudeCode>::default();
    for (line, number) in lines.iter().zip(1..) {
        transcript.take(number, line).unwrap();
    }
    transcript.end()
}

fn one(lines: &[Value]) -> Conversation {
    let mut all = read(lines);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0).unwrap()
}

fn record(kind: &str, id: &str, parent: Option<&str>, content: Value) -> Value {
    json!({
        "type": kind, "uuid": id, "parentUuid": parent, "sessionId": "s", "isSidechain": false,
        "timestamp": "2026-01-02T03:04:05.678Z", "cwd": "/w", "version": "2.1.0",
        "message": {"role": kind, "content": content},
    })
}

fn asked(id: &str, parent: Option<&str>, text: &str) -> Value {
    record("user", id, parent, json!(text))
}

fn answered(id: &str, parent: &str, content: Value) -> Value {
    let mut line = record("assistant", id, Some(parent), content);
    line["message"]["id"] = json!(format!("msg_{id}"));
    line["message"]["model"] = json!("claude-x");
    line
}

fn words(text: &str) -> Value {
    json!([{"type": "text", "text": text}])
}

fn call(id: &str, name: &str) -> Value {
    json!([{"type": "tool_use", "id": id, "name": name, "input": {"at": 1}}])
}

fn gave(id: &str, parent: &str, call: &str, text: &str) -> Value {
    let block = json!({"type": "tool_result", "tool_use_id": call, "content": text});
    record("user", id, Some(parent), json!([block]))
}

fn told(read: &Conversation) -> Vec<(&str, Option<usize>)> {
    let messages = read.messages.iter();
    messages
        .map(|said| (said.text.as_str(), said.parent))
        .collect()
}

#[test]
fn an_answer_in_several_lines_is_counted_once() {
    let usage = |output: u64| {
        json!({"input_tokens": 3, "cache_creation_input_tokens": 10,
               "cache_read_input_tokens": 100, "output_tokens": output})
    };
    let mut first = answered("a1", "q", json!([{"type": "thinking", "thinking": "hm"}]));
    let mut second = answered("a2", "a1", words("so"));
    for (line, output) in [(&mut first, 1), (&mut second, 42)] {
        line["message"]["id"] = json!("msg");
        line["message"]["usage"] = usage(output);
    }
    let found = one(&[asked("q", None, "why?"), first, second]);
    let speakers: Vec<&Speaker> = found.messages.iter().map(|said| &said.speaker).collect();
    assert_eq!(
        speakers,
        [&Speaker::Human, &Speaker::Reasoning, &Speaker::Ai]
    );
    let usage = &found.messages[1].usage;
    assert_eq!(
        (usage.prompt, usage.cached, usage.completion),
        (Some(113), Some(100), Some(42))
    );
    assert_eq!(found.messages[2].usage, Usage::default());
    assert_eq!(found.messages[2].model.as_deref(), Some("claude-x"));
    assert_eq!(found.messages[0].model, None);
    assert_eq!(found.began.unwrap().to_string(), "2026-01-02T03:04:05.678Z");
    assert_eq!((found.native_id.as_str(), found.shown), ("s", 2));
}

#[test]
fn what_several_tools_gave_at_once_is_no_branch_and_no_word_of_the_person() {
    let mut first = answered("a1", "q", call("t1", "Read"));
    let mut second = answered("a2", "a1", call("t2", "Bash"));
    for line in [&mut first, &mut second] {
        line["message"]["id"] = json!("msg");
    }
    let mut failed = gave("r1", "a1", "t1", "gone");
    failed["message"]["content"][0]["is_error"] = json!(true);
    let found = one(&[
        asked("q", None, "look"),
        first,
        second,
        failed,
        gave("r2", "a2", "t2", "ok"),
        answered("a3", "r2", words("done")),
    ]);
    let tool = |name: &str| name.to_owned();
    let speakers: Vec<&Speaker> = found.messages.iter().map(|said| &said.speaker).collect();
    let expected = [
        Speaker::Human,
        Speaker::ToolCall(tool("Read")),
        Speaker::ToolCall(tool("Bash")),
        Speaker::ToolOutput(tool("Read")),
        Speaker::ToolOutput(tool("Bash")),
        Speaker::Ai,
    ];
    assert_eq!(speakers, expected.iter().collect::<Vec<_>>());
    assert_eq!(found.messages[3].text, "[it failed]\n\n```\ngone\n```");
    let parents: Vec<Option<usize>> = found.messages.iter().map(|said| said.parent).collect();
    assert_eq!(parents, [None, Some(0), Some(1), Some(2), Some(3), Some(4)]);
}

#[test]
fn only_what_somebody_asks_in_anothers_place_begins_a_branch() {
    let found = one(&[
        asked("q1", None, "first"),
        answered("a1", "q1", words("one")),
        asked("q2", Some("a1"), "second"),
        answered("a2", "q2", words("two")),
        // Gone back from, and asked in another way.
        asked("q3", Some("a1"), "instead"),
        answered("a3", "q3", words("three")),
        // A name that leads nowhere.
        asked("q4", Some("gone"), "fourth"),
        // What was waited for all the while.
        gave("r", "a1", "t", "late"),
    ]);
    let expected = [
        ("first", None),
        ("one", Some(0)),
        ("second", Some(1)),
        ("two", Some(2)),
        ("instead", Some(1)),
        ("three", Some(4)),
        ("fourth", Some(5)),
        ("```\nlate\n```", Some(6)),
    ];
    assert_eq!(told(&found), expected);
    assert_eq!(found.shown, 7);
}

#[test]
fn asking_anew_from_the_beginning_is_a_branch_and_making_it_shorter_is_none() {
    let boundary = json!({
        "type": "system", "subtype": "compact_boundary", "uuid": "b", "parentUuid": null,
        "logicalParentUuid": "a", "sessionId": "s", "content": "Conversation compacted",
    });
    let mut summary = asked("sum", Some("b"), "This is what was said.");
    summary["isCompactSummary"] = json!(true);
    let lines = [
        asked("q", None, "question"),
        answered("a", "q", words("answer")),
        boundary,
        summary,
        asked("q2", Some("sum"), "more"),
    ];
    let found = one(&lines);
    let expected = [
        ("question", None),
        ("answer", Some(0)),
        ("This is what was said.", Some(1)),
        ("more", Some(2)),
    ];
    assert_eq!(told(&found), expected);
    assert_eq!(found.messages[2].speaker, Speaker::Ai);

    let anew = [&lines[..2], &[asked("q3", None, "otherwise")]].concat();
    let found = one(&anew);
    assert_eq!(told(&found)[2], ("otherwise", None));
    assert_eq!(found.shown, 2);
}

#[test]
fn what_an_agent_does_beside_stands_beside_and_in_its_own_file_is_its_own() {
    let beside = |mut line: Value| {
        line["isSidechain"] = json!(true);
        line
    };
    let found = one(&[
        asked("q", None, "do it"),
        answered("a", "q", call("t", "Task")),
        beside(asked("x", None, "find it")),
        beside(answered("y", "x", words("found"))),
        gave("r", "a", "t", "found"),
        answered("b", "r", words("done")),
    ]);
    let expected = [
        ("do it", None),
        ("```json\n{\n  \"at\": 1\n}\n```", Some(0)),
        ("find it", Some(1)),
        ("found", Some(2)),
        ("```\nfound\n```", Some(1)),
        ("done", Some(4)),
    ];
    assert_eq!(told(&found), expected);
    assert_eq!(found.shown, 5);
    assert_eq!(found.messages[2].speaker, Speaker::Ai, "no person said it");

    let mut own = [
        beside(asked("x", None, "find it")),
        beside(answered("y", "x", words("found"))),
    ];
    for line in &mut own {
        line["agentId"] = json!("a7");
    }
    let found = one(&own);
    assert_eq!(found.native_id, "s/a7");
    assert_eq!(told(&found), [("find it", None), ("found", Some(0))]);
    assert_eq!(found.title.as_deref(), Some("find it"));
}

#[test]
fn what_the_program_says_in_the_persons_place_is_not_the_persons() {
    let mut meta = asked("m", None, "Caveat: what follows is the program's.");
    meta["isMeta"] = json!(true);
    let command = "<command-message>review is running</command-message>\n\
                   <command-name>/review</command-name>\n<command-args>the parser</command-args>";
    let found = one(&[
        meta,
        asked("1", Some("m"), "<command-name>/clear</command-name>"),
        asked(
            "2",
            Some("1"),
            "<local-command-stdout>x</local-command-stdout>",
        ),
        asked("3", Some("2"), command),
        record(
            "user",
            "4",
            Some("3"),
            json!([{"type": "text", "text": "<system-reminder>r</system-reminder>"},
                   {"type": "text", "text": "<b>mine</b>"}]),
        ),
        asked("5", Some("4"), "<bash-input>ls</bash-input>"),
        asked(
            "6",
            Some("5"),
            "<bash-stdout>a</bash-stdout><bash-stderr></bash-stderr>",
        ),
    ]);
    let expected = [
        ("/review the parser", None),
        ("<b>mine</b>", Some(0)),
        ("! ls", Some(1)),
    ];
    assert_eq!(told(&found), expected);
    assert_eq!(found.hidden, 5);
}

#[test]
fn an_answer_that_was_broken_off_says_so() {
    let mut long = answered("b", "r", words("and so on"));
    long["message"]["stop_reason"] = json!("max_tokens");
    let found = one(&[
        asked("q", None, "tell"),
        answered("a", "q", words("once")),
        record(
            "user",
            "i",
            Some("a"),
            words("[Request interrupted by user]"),
        ),
        asked("r", Some("i"), "go on"),
        long,
    ]);
    let broken: Vec<bool> = found
        .messages
        .iter()
        .map(|said| said.is_interrupted)
        .collect();
    assert_eq!(broken, [false, true, false, true]);
    assert_eq!(found.messages.len(), 4);
}

#[test]
fn lines_of_other_sessions_are_theirs_and_repeated_ones_are_one() {
    let mut other = asked("o", None, "elsewhere");
    other["sessionId"] = json!("other");
    let lines = [
        asked("q", None, "here"),
        other,
        asked("q", None, "here"),
        answered("a", "q", words("yes")),
    ];
    let found = read(&lines);
    let found: Vec<&Conversation> = found.iter().map(|one| one.as_ref().unwrap()).collect();
    assert_eq!(told(found[0]), [("here", None), ("yes", Some(0))]);
    assert_eq!(found[1].native_id, "other");
    assert_eq!(told(found[1]), [("elsewhere", None)]);
}

#[test]
fn the_name_that_a_person_gave_counts_most_and_anothers_summary_nothing() {
    let session = [asked("q", None, "words")];
    let summary =
        |leaf: &str| json!({"type": "summary", "summary": format!("of {leaf}"), "leafUuid": leaf});
    let named =
        |kind: &str, field: &str, name: &str| json!({"type": kind, "sessionId": "s", field: name});
    let title = |more: &[Value]| one(&[more, &session[..]].concat()).title;
    assert_eq!(title(&[]), None);
    assert_eq!(title(&[summary("elsewhere")]), None);
    let mut more = vec![summary("q")];
    assert_eq!(title(&more).as_deref(), Some("of q"));
    more.push(named("ai-title", "aiTitle", "by the AI"));
    more.insert(0, named("custom-title", "customTitle", "by me"));
    assert_eq!(title(&more).as_deref(), Some("by me"));
    more.remove(0);
    assert_eq!(title(&more).as_deref(), Some("by the AI"));
}

#[test]
fn what_nobody_knows_is_kept_and_what_is_the_programs_own_is_not() {
    let mut transcript = Box::<ClaudeCode>::default();
    for bad in [
        json!({"type": "novel"}),
        json!({"sessionId": "s"}),
        json!(5),
    ] {
        assert_eq!(
            transcript.take(1, &bad),
            Err(SkipReason::OtherForm),
            "{bad}"
        );
    }
    let attached = json!({"type": "attachment", "uuid": "x", "parentUuid": "q", "sessionId": "s"});
    let novel = json!({"type": "novel", "sessionId": "s", "value": 7});
    let image = json!([{"type": "image", "source": {"type": "base64", "media_type": "image/png",
                        "data": "AAAA"}}]);
    let found = one(&[
        asked("q", None, "words"),
        attached,
        record("user", "i", Some("x"), image),
        novel.clone(),
    ]);
    let expected = [
        ("words", None),
        ("[image: image/png]", Some(0)),
        ("", Some(1)),
    ];
    assert_eq!(told(&found), expected);
    let unknown = &found.messages[2].unknown[0];
    assert_eq!(unknown.kind, "novel");
    assert_eq!(unknown.raw.as_deref(), Some(&*novel.to_string()));

    let silent = [json!({"type": "mode", "sessionId": "s"})];
    assert_eq!(read(&silent), [Err(SkipReason::Empty)]);
    assert_eq!(read(&[]), [Err(SkipReason::Empty)]);
}

#[test]
fn what_no_thread_has_room_for_is_not_held() {
    let long = "x".repeat(1 << 20);
    let lines: Vec<Value> = (0..40)
        .map(|number| asked(&number.to_string(), None, &long))
        .collect();
    assert!(matches!(read(&lines)[..], [Err(SkipReason::TooLarge(_))]));
}
