//! Whatever another program's file holds, reading it does not panic, what it says hangs together, and
//! reading it again says the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mmogit::sources::{Found, Source, SourceError};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

thread_local! {
    static FOLDER: TempDir = folder();
}

fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    tempfile::tempdir_in(parent).expect("a folder can be made")
}

/// A file of each kind.
fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        r#"[{"title":"t","create_time":1.7e9,"current_node":"b","mapping":{"a":{"parent":null,"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["q"]}}},"b":{"parent":"a","message":{"author":{"role":"assistant"},"content":{"content_type":"thoughts","thoughts":[{"summary":"s","content":"c"}]}}}}}]"#,
        r#"[{"uuid":"u","name":"n","chat_messages":[{"uuid":"1","sender":"human","text":"q","parent_message_uuid":"00000000-0000-4000-8000-000000000000"},{"uuid":"2","sender":"assistant","parent_message_uuid":"1","content":[{"type":"thinking","thinking":"h"},{"type":"tool_use","id":"t","name":"n","input":{}},{"type":"tool_result","tool_use_id":"t","content":"x"}]}]}]"#,
        "{\"type\":\"user\",\"uuid\":\"1\",\"parentUuid\":null,\"sessionId\":\"s\",\"message\":{\"content\":\"q\"}}\n{\"type\":\"assistant\",\"uuid\":\"2\",\"parentUuid\":\"1\",\"sessionId\":\"s\",\"message\":{\"id\":\"m\",\"content\":[{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{}}],\"usage\":{\"input_tokens\":1}}}\n{\"type\":\"user\",\"uuid\":\"3\",\"parentUuid\":\"2\",\"isSidechain\":true,\"sessionId\":\"s\",\"message\":{\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":\"x\"}]}}\n",
        "{\"timestamp\":\"2026-02-03T04:05:06.789Z\",\"type\":\"session_meta\",\"payload\":{\"id\":\"u\"}}\n{\"type\":\"response_item\",\"payload\":{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"q\"}]}}\n{\"type\":\"response_item\",\"payload\":{\"type\":\"function_call\",\"name\":\"n\",\"call_id\":\"c\",\"arguments\":\"{}\"}}\n{\"type\":\"event_msg\",\"payload\":{\"type\":\"thread_rolled_back\",\"num_turns\":1}}\n",
        r#"[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"text","text":"a"}],"tool_calls":[{"function":{"name":"n","arguments":"{}"}}]}]"#,
        "# t\n\n## User\nq\n\n## Assistant\n```\n## User\n```\na\n",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fuzz_target!(
    init: mmogit_fuzz::seed("sources", seeds()),
    |data: &[u8]| FOLDER.with(|folder| {
        let path = folder.path().join("file");
        fs::write(&path, data).expect("it can be written");
        assert_eq!(read(&path), read(&path));
    })
);

fn read(path: &Path) -> Vec<String> {
    let mut told = Vec::new();
    let Ok(Some(source)) = Source::open(path, None) else {
        return told;
    };
    let end = source.each::<SourceError>(&mut |found| {
        if let Found::Conversation(_, conversation) = &found {
            assert!(conversation.shown < conversation.messages.len());
            for (place, message) in conversation.messages.iter().enumerate() {
                assert!(message.parent.is_none_or(|parent| parent < place));
            }
        }
        told.push(format!("{found:?}"));
        Ok(())
    });
    told.push(format!("{end:?}"));
    told
}
