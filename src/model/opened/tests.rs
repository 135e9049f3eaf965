use super::*;
use crate::model::sealed::{TAG_BYTES, padded_length};
use crate::model::{Birth, Hash, PublicKey, Reading, SEALED_MARK, Sealed, ThreadId, Timestamp};
use serde_json::json;

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => unreachable!(),
    }
}

/// Nothing opens it; it only has one of the lengths that a box may have.
fn sealed(nonce: &str) -> Value {
    let sealed = Sealed {
        epoch: Hash([1; 32]),
        nonce: nonce.repeat(24).parse().unwrap(),
        sealed_box: vec![0; padded_length(0) + TAG_BYTES],
    };
    sealed.to_value()
}

fn message() -> Message {
    let fields = json!({
        "role": "ai", "timestamp": "2025-10-09T08:53:21.500Z", "author": "02".repeat(32),
        "prev": ["03".repeat(32)], "agent": "echo", "source": {}, "sealed": sealed("04"),
        "signature": "05".repeat(64),
    });
    Message::from_fields(object(fields)).unwrap()
}

fn thread() -> Thread {
    let mut thread = Thread::begin(Birth {
        id: ThreadId::at(Timestamp::from_millis(1_760_000_000_000)),
        title: SEALED_MARK.to_owned(),
        author: PublicKey([6; 32]),
        created_at: Timestamp::from_millis(1_760_000_000_000),
        mode: "conversation".to_owned(),
        project: None,
        tags: Vec::new(),
    });
    thread.set("sealed", sealed("07"));
    thread.messages = vec![message()];
    thread
}

fn title(title: &str) -> Map<String, Value> {
    object(json!({"title": title, "tags": ["secret"], "project": "hidden"}))
}

#[test]
fn what_was_opened_is_seen_and_never_written() {
    let mut thread = thread();
    let (before, id) = (thread.to_file(), thread.messages[0].id());
    let closed = &thread.messages[0];
    assert_eq!(
        (closed.text(), closed.is_open()),
        (SEALED_MARK.to_owned(), false)
    );
    assert_eq!((thread.title(), thread.is_open()), (SEALED_MARK, false));

    thread.put_inside(title("a secret"));
    let inside = object(json!({
        "content": "said", "model": "m", "interrupted": true, "source": {"kind": "x"},
    }));
    thread.open_messages(|_| Some(inside.clone()));
    assert_eq!(thread.title(), "a secret");
    assert_eq!(
        (thread.tags(), thread.project()),
        (vec!["secret"], Some("hidden"))
    );
    let opened = &thread.messages[0];
    assert_eq!(opened.text(), "said");
    assert_eq!(opened.answered_by(), ["echo", "m"]);
    assert_eq!(opened.field("source"), Some(json!({"kind": "x"})));
    assert!(opened.is_interrupted() && opened.is_open() && opened.is_sealed());

    assert_eq!(thread.to_file(), before);
    assert_eq!(thread.messages[0].id(), id);
    let again = Thread::read(&thread.to_file()).unwrap();
    assert!(matches!(again, Reading::Thread(read) if read == thread && !read.is_open()));
}

#[test]
fn a_header_sealed_anew_is_closed_again() {
    let mut thread = thread();
    thread.put_inside(title("old"));
    thread.set("sealed", sealed("08"));
    assert_eq!((thread.title(), thread.is_open()), (SEALED_MARK, false));
    assert_eq!(thread.inside(), None);
    thread.put_inside(title("new"));
    assert_eq!(thread.title(), "new");
}

#[test]
fn nothing_is_laid_over_what_lies_open() {
    let mut open = thread();
    open.header.remove("sealed");
    open.set("title", "open".into());
    open.put_inside(title("false"));
    assert_eq!(open.title(), "open");
}
