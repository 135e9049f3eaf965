//! Every single change that can be made to a thread's file, made one by one, and the kind of what
//! is found for each.

use crate::support::{START, keys, me};
use mmogit::identity::Keys;
use mmogit::model::{
    Agent, Birth, EncryptionKey, Epoch, EpochReader, Hash, MessageDraft, Nonce, Reading, Role,
    Sealed, Thread, ThreadId, Timestamp,
};
use mmogit::verify;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn time(at: i64) -> Timestamp {
    Timestamp::from_millis(START + at)
}

fn said(thread: &mut Thread, who: &Keys, sealed: Option<&Sealed>, at: i64) {
    let prev = match thread.heads() {
        heads if heads.is_empty() => vec![thread.root()],
        heads => heads,
    };
    let draft = MessageDraft::new(Role::Human, "words", time(at), who.public(), &prev);
    let message = match sealed {
        None => who.owner().sign_message(draft),
        Some(sealed) => {
            let mut fields = draft.into_fields();
            fields.remove("content");
            fields.insert("sealed".to_owned(), sealed.to_value());
            let draft = MessageDraft::of_halves(fields, Map::new());
            who.owner().sign_message(draft)
        }
    };
    thread.append(message);
}

fn answered(thread: &mut Thread, whose: &Keys, at: i64) {
    let agent = whose.agent("echo");
    let prev = thread.heads();
    let draft = MessageDraft::new(Role::Ai, "an answer", time(at), agent.public(), &prev);
    thread.append(agent.sign_message(draft.with("agent", Some("echo"))));
}

/// A thread with something of everything that the record knows.
fn whole() -> Value {
    let mut thread = Thread::begin(Birth {
        id: ThreadId::at(time(0)),
        title: "all of it".into(),
        author: me().public(),
        created_at: time(0),
        mode: "conversation".into(),
        project: Some("p".into()),
        tags: vec!["a".into(), "b".into()],
    });
    thread.add_agent(&me().agent_entry("echo"));
    thread.invite(keys(2).public(), time(1));
    thread.invite(keys(3).public(), time(1));
    thread.add_agent(&keys(2).agent_entry_in(&thread, "echo"));
    said(&mut thread, me(), None, 2);
    said(&mut thread, keys(2), None, 3);
    answered(&mut thread, keys(2), 4);
    said(&mut thread, keys(3), None, 5);
    thread.drop_participant(keys(2).public(), time(6));
    answered(&mut thread, me(), 7);
    let shown = thread.messages()[3].id();
    thread.set_heads(&[shown], time(8));
    thread.set_title("renamed", time(9));
    let epoch = Hash([5; 32]);
    thread.set_epochs(&[epoch_of(epoch)], time(10));
    let sealed = Sealed {
        epoch,
        nonce: Nonce([6; 24]),
        sealed_box: vec![7; 272],
    };
    said(&mut thread, me(), Some(&sealed), 11);
    me().owner().sign_thread(&mut thread);
    assert_eq!(verify::thread(&thread).findings(), []);
    thread.to_value()
}

fn epoch_of(id: Hash) -> Epoch {
    Epoch {
        id,
        after: vec![Hash([4; 32])],
        without: vec![keys(2).public()],
        readers: vec![EpochReader {
            author: me().public(),
            encryption: EncryptionKey([8; 32]),
            wrap: [9; 80],
            others: Map::new(),
        }],
        others: Map::new(),
    }
}

/// One change: where, what is done there, and the file that comes of it.
struct Mutant {
    place: String,
    how: &'static str,
    file: Value,
}

fn mutants(file: &Value) -> Vec<Mutant> {
    let mut all = Vec::new();
    visit(file, String::new(), &mut |place, how, change| {
        let mut changed = file.clone();
        change(changed.pointer_mut(place).expect("it is there"));
        if changed != *file {
            let place = place.to_owned();
            all.push(Mutant {
                place,
                how,
                file: changed,
            });
        }
    });
    all
}

type Change<'c> = &'c dyn Fn(&mut Value);

fn visit(value: &Value, at: String, mutate: &mut dyn FnMut(&str, &'static str, Change<'_>)) {
    match value {
        Value::Object(fields) => {
            mutate(&at, "a field more", &|it| it["from_nowhere"] = 1.into());
            for (name, inner) in fields {
                mutate(&at, "a field less", &|it| {
                    drop(it.as_object_mut().unwrap().remove(name))
                });
                visit(inner, format!("{at}/{name}"), mutate);
            }
        }
        Value::Array(items) => {
            for (place, inner) in items.iter().enumerate() {
                let list = |it: &mut Value| std::mem::take(it.as_array_mut().unwrap());
                mutate(&at, "an item less", &|it| {
                    let mut items = list(it);
                    items.remove(place);
                    *it = items.into();
                });
                mutate(&at, "an item twice", &|it| {
                    let mut items = list(it);
                    items.insert(place, items[place].clone());
                    *it = items.into();
                });
                mutate(&at, "items swapped", &|it| {
                    let mut items = list(it);
                    let other = (place + 1) % items.len();
                    items.swap(place, other);
                    *it = items.into();
                });
                visit(inner, format!("{at}/{place}"), mutate);
            }
        }
        _ => mutate(&at, "another value", &|it| *it = other(it)),
    }
}

/// Another value of the same form, if it has one.
fn other(value: &Value) -> Value {
    match value {
        Value::String(text) if text == "conversation" => "inner".into(),
        Value::String(text) if text == "active" => "archived".into(),
        Value::String(text) if text == "human" => "system".into(),
        Value::String(text) if text == "ai" => "dream".into(),
        Value::String(text) if text.ends_with('Z') => {
            text.replace("Z", "").replace(".0", ".1").into()
        }
        Value::String(text) => {
            let (first, rest) = text.split_at(1);
            let first = if first == "1" { "2" } else { "1" };
            format!("{first}{rest}").into()
        }
        Value::Bool(is) => (!is).into(),
        Value::Number(number) => (number.as_u64().unwrap() + 1).into(),
        _ => "x".into(),
    }
}

/// The codes of all that is found wrong with a file; none if it is true.
fn codes(file: &Value) -> BTreeSet<&'static str> {
    match Thread::read(&serde_json::to_vec(file).unwrap()) {
        Err(malformed) => BTreeSet::from([malformed.code()]),
        Ok(Reading::Legacy(_)) => BTreeSet::from(["legacy"]),
        Ok(Reading::Thread(thread)) => {
            let findings = verify::thread(&thread).findings();
            findings.iter().map(verify::ThreadFinding::code).collect()
        }
    }
}

/// Nobody who lacks the keys can change anything unseen, and what they touch is what is named.
#[test]
fn whatever_one_thing_is_changed_it_is_found_and_named() {
    let file = whole();
    let all = mutants(&file);
    assert!(all.len() > 220, "{}", all.len());
    let (mut seen, mut siblings) = (BTreeSet::new(), 0);
    for Mutant { place, how, file } in &all {
        let found = codes(file);
        if found.is_empty() && place == "/messages" && *how == "items swapped" {
            // Two that don't stand on each other may stand in either order.
            siblings += 1;
            continue;
        }
        let is_malformed = found.contains("field-malformed") || found.contains("version-missing");
        let expected: &[&str] = match place.strip_prefix("/messages") {
            _ if is_malformed => &["field-malformed", "version-missing"],
            Some("") => &["message-missing", "message-twice", "chain-broken"],
            Some(inner) if inner.ends_with("signature") => &["message-signature-wrong"],
            // What was changed is no more what they had said when they were dropped.
            Some(inner) if inner.starts_with("/1") => &[
                "message-by-former",
                "message-by-stranger",
                "message-unsigned",
            ],
            Some(inner) if inner.starts_with("/2") => &[
                "message-agent-of-former",
                "message-agent-unlisted",
                "message-by-former",
                "message-names-no-agent",
                "message-unsigned",
            ],
            Some(_) if *how == "a field less" => &[
                "message-unsigned",
                "message-signature-wrong",
                "message-names-no-agent",
            ],
            Some(inner) if inner.ends_with("/epoch") => &["message-epoch-unknown"],
            Some(inner) if inner.ends_with("/author") => {
                &["message-by-stranger", "message-agent-unlisted"]
            }
            Some(inner) if inner.ends_with("/agent") => &["message-agent-unlisted"],
            Some(_) => &["message-signature-wrong"],
            None if place == "/version" => &["version-unknown"],
            None if place.is_empty() && *how == "a field less" => {
                &["thread-signature-wrong", "thread-unsigned"]
            }
            None => &["thread-signature-wrong"],
        };
        assert!(
            expected.iter().any(|code| found.contains(code)),
            "{place}, {how}: {found:?} instead of {expected:?}"
        );
        seen.extend(found);
    }
    assert_eq!(siblings, 1);
    for code in [
        "chain-broken",
        "field-malformed",
        "heads-wrong",
        "message-agent-of-stranger",
        "message-agent-unlisted",
        "message-by-former",
        "message-by-stranger",
        "message-epoch-unknown",
        "message-missing",
        "message-names-no-agent",
        "message-signature-wrong",
        "message-twice",
        "message-unreached",
        "message-unsigned",
        "thread-signature-wrong",
        "thread-unsigned",
        "version-missing",
        "version-unknown",
    ] {
        assert!(
            seen.contains(code),
            "{code} is found in no mutant: {seen:?}"
        );
    }
}

/// What the owner's own program could get wrong: each change of who has a part, or of what is shown,
/// under a good signature.
#[test]
fn what_the_author_signs_again_is_held_against_what_was_said() {
    let file = whole();
    let mut by_place: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for Mutant { place, how, file } in mutants(&file) {
        if place.starts_with("/messages") || codes(&file).contains("field-malformed") {
            continue;
        }
        let Ok(Reading::Thread(mut thread)) = Thread::read(&serde_json::to_vec(&file).unwrap())
        else {
            continue;
        };
        me().owner().sign_thread(&mut thread);
        let found = codes(&thread.to_value());
        by_place
            .entry(format!("{place} {how}"))
            .or_default()
            .extend(found);
    }
    let found = |place: &str| by_place[place].iter().copied().collect::<Vec<_>>();
    let own_agent = position_of(&file, &me().agent_entry("echo"));
    let other_agent = 1 - own_agent;
    assert_eq!(found("/participants an item less"), ["message-by-stranger"]);
    assert_eq!(
        found("/former an item less"),
        ["message-agent-of-stranger", "message-by-stranger"]
    );
    assert_eq!(
        found("/former/0/last an item less"),
        ["message-agent-of-former", "message-by-former"]
    );
    assert_eq!(
        found("/former/0/last/0 another value"),
        ["message-agent-of-former", "message-by-former"]
    );
    assert_eq!(found("/former/0/times another value"), [] as [&str; 0]);
    assert_eq!(
        found(&format!("/agents/{other_agent}/by another value")),
        ["message-agent-of-stranger"]
    );
    assert_eq!(
        found(&format!("/agents/{own_agent}/key another value")),
        ["message-agent-unlisted"]
    );
    assert_eq!(found("/epochs an item less"), ["message-epoch-unknown"]);
    assert_eq!(
        found("/epochs/0/id another value"),
        ["message-epoch-unknown"]
    );
    assert_eq!(found("/heads an item less"), ["message-unreached"]);
    assert_eq!(found("/heads an item twice"), ["heads-wrong"]);
    assert_eq!(found("/heads/0 another value"), ["message-missing"]);
    assert_eq!(found("/aside an item less"), ["message-unreached"]);
    assert_eq!(found("/aside an item twice"), ["aside-wrong"]);
    assert_eq!(found("/mode another value"), ["chain-broken"]);
    assert_eq!(found("/project another value"), ["chain-broken"]);
    assert_eq!(found("/title another value"), [] as [&str; 0]);
}

fn position_of(file: &Value, agent: &Agent) -> usize {
    let key = json!(agent.key.to_string());
    let mut agents = file["agents"].as_array().unwrap().iter();
    agents.position(|entry| entry["key"] == key).unwrap()
}
