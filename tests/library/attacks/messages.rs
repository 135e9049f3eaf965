//! Attacks on what was said.

use super::forge::{Forge, said_after};
use crate::support::{Home, Say, keys, me, titled};
use mmogit::model::{Agent, Role};
use mmogit::sign::{Namespace, Signer};
use mmogit::store::CommitFinding;
use mmogit::turn::Session;
use mmogit::verify::Verdict;
use mmogit::workspace::{Obstacle, WorkError};
use serde_json::{Value, json};

fn messages(file: &mut Value) -> &mut Vec<Value> {
    file["messages"].as_array_mut().unwrap()
}

#[test]
fn an_edited_message_is_caught_and_the_others_stay_good() {
    let forge = Forge::new();
    forge.edit(|file| file["messages"][2]["content"] = "something else".into());
    forge.assert_invalid(&[
        "message-signature-wrong 3",
        "chain-broken 4",
        "message-unreached 1",
        "messages-taken-away",
        "branch-moved-back",
    ]);
    let report = forge.home.verify();
    let checks = &report.files[0].thread.as_ref().unwrap().1.messages;
    let good: Vec<bool> = checks.iter().map(|message| message.check.is_ok()).collect();
    assert_eq!(good, [true, true, false, true]);
}

#[test]
fn an_edited_last_message_is_caught() {
    let forge = Forge::new();
    forge.edit(|file| file["messages"][3]["content"] = "something else".into());
    forge.assert_invalid(&[
        "message-signature-wrong 4",
        "message-missing",
        "messages-taken-away",
        "branch-moved-back",
    ]);
}

#[test]
fn an_unknown_field_is_signed_too() {
    let forge = Forge::new();
    forge.edit(|file| file["messages"][3]["from_the_future"] = 1.into());
    forge.assert_invalid(&[
        "message-signature-wrong 4",
        "message-missing",
        "messages-taken-away",
        "branch-moved-back",
    ]);
}

#[test]
fn swapped_messages_are_caught() {
    let forge = Forge::new();
    forge.edit(|file| messages(file).swap(1, 2));
    forge.assert_invalid(&["chain-broken 2"]);
}

#[test]
fn swapped_signatures_are_caught() {
    let forge = Forge::new();
    forge.edit(|file| {
        let first = file["messages"][0]["signature"].take();
        file["messages"][0]["signature"] = file["messages"][2]["signature"].take();
        file["messages"][2]["signature"] = first;
    });
    forge.assert_invalid(&["message-signature-wrong 1", "message-signature-wrong 3"]);
}

#[test]
fn a_stranger_inserts_a_message() {
    let forge = Forge::new();
    let mut thread = forge.thread();
    let stranger = keys(9);
    let draft = said_after(&thread, Role::Human, stranger.public());
    thread.append(stranger.owner().sign_message(draft));
    forge.replace(&thread);
    forge.assert_invalid(&["message-by-stranger 5", "thread-unsigned"]);
}

#[test]
fn a_strangers_message_stays_a_strangers_under_the_owners_signature() {
    let forge = Forge::new();
    let mut thread = forge.thread();
    let stranger = keys(9);
    let draft = said_after(&thread, Role::Human, stranger.public());
    thread.append(stranger.owner().sign_message(draft));
    me().owner().sign_thread(&mut thread);
    forge.replace(&thread);
    forge.assert_invalid(&["message-by-stranger 5"]);
}

#[test]
fn the_owners_words_in_a_strangers_mouth_and_the_other_way_round() {
    // Who speaks is part of what is signed.
    let forge = Forge::new();
    let stranger = keys(9).public().to_string();
    forge.edit_as_owner(|file| file["messages"][3]["author"] = stranger.into());
    forge.assert_invalid(&[
        "message-agent-unlisted 4",
        "message-missing",
        "messages-taken-away",
        "branch-moved-back",
    ]);
}

#[test]
fn a_deleted_message_is_caught() {
    let forge = Forge::new();
    forge.edit(|file| drop(messages(file).remove(1)));
    forge.assert_invalid(&[
        "chain-broken 2",
        "message-unreached 1",
        "messages-taken-away",
        "branch-moved-back",
    ]);
}

#[test]
fn a_cut_tail_is_caught() {
    let forge = Forge::new();
    forge.edit(|file| drop(messages(file).pop()));
    forge.assert_invalid(&[
        "message-missing",
        "messages-taken-away",
        "branch-moved-back",
    ]);
}

#[test]
fn a_cut_tail_with_heads_moved_back_is_caught() {
    let forge = Forge::new();
    let before = forge.thread().messages()[2].id().to_string();
    forge.edit(|file| {
        messages(file).pop();
        file["heads"] = json!([before]);
    });
    forge.assert_invalid(&[
        "thread-signature-wrong",
        "messages-taken-away",
        "branch-moved-back",
    ]);
}

#[test]
fn a_cut_tail_under_the_owners_own_signature_shows_in_the_history() {
    let forge = Forge::new();
    let before = forge.thread().messages()[2].id().to_string();
    forge.edit_as_owner(|file| {
        messages(file).pop();
        file["heads"] = json!([before]);
    });
    forge.assert_branch_shows(&["messages-taken-away", "branch-moved-back"]);
}

#[test]
fn a_message_moved_to_another_thread_is_caught() {
    let forge = Forge::new();
    let other = Home::new();
    let workspace = crate::support::workspace_at(other.path(), crate::support::START + 60_000);
    let moved = other.chat_with(&workspace, me(), 1).messages()[0].clone();
    let mut thread = forge.thread();
    thread.append(moved);
    me().owner().sign_thread(&mut thread);
    forge.replace(&thread);
    forge.assert_invalid(&["chain-broken 5"]);
}

#[test]
fn a_signature_moved_to_another_role_is_caught() {
    let forge = Forge::new();
    forge.edit_as_owner(|file| {
        let last = messages(file).len() - 1;
        // The agent's own answer, turned into its second thought.
        file["messages"][last]["role"] = "reflection".into();
    });
    forge.assert_invalid(&[
        "message-signature-wrong 4",
        "message-missing",
        "messages-taken-away",
        "branch-moved-back",
    ]);
}

#[test]
fn a_signature_moved_to_another_time_is_caught() {
    let forge = Forge::new();
    forge.edit_as_owner(|file| {
        file["messages"][3]["timestamp"] = "2026-01-01T12:00:00.000Z".into();
    });
    forge.assert_invalid(&[
        "message-signature-wrong 4",
        "message-missing",
        "messages-taken-away",
        "branch-moved-back",
    ]);
}

#[test]
fn a_person_can_not_speak_as_an_agent_nor_an_agent_as_a_person() {
    let forge = Forge::new();
    let mut thread = forge.thread();
    let me = me();
    let as_agent = said_after(&thread, Role::Ai, me.public()).with("agent", Some("echo"));
    thread.append(me.owner().sign_message(as_agent));
    let agent = me.agent("echo");
    let as_person = said_after(&thread, Role::Human, agent.public());
    thread.append(agent.sign_message(as_person));
    me.owner().sign_thread(&mut thread);
    forge.replace(&thread);
    forge.assert_invalid(&["message-agent-unlisted 5", "message-by-stranger 6"]);
}

#[test]
fn an_agent_can_not_speak_under_another_agents_name() {
    let forge = Forge::new();
    let mut thread = forge.thread();
    let me = me();
    thread.add_agent(&Agent {
        name: "crush".into(),
        key: me.agent("crush").public(),
        by: None,
    });
    let agent = me.agent("echo");
    let draft = said_after(&thread, Role::Ai, agent.public()).with("agent", Some("crush"));
    thread.append(agent.sign_message(draft));
    me.owner().sign_thread(&mut thread);
    forge.replace(&thread);
    forge.assert_invalid(&["message-agent-unlisted 5"]);
}

#[test]
fn a_small_order_key_signs_nothing() {
    // With the neutral point as key, this signature satisfies the bare equation over any text.
    let neutral = format!("01{}", "00".repeat(31));
    let everything = format!("{neutral}{}", "00".repeat(32));
    let forge = Forge::new();
    let heads = forge.thread().heads()[0].to_string();
    let message = json!({
        "role": "human", "content": "forged", "timestamp": "2026-01-01T12:00:00.000Z",
        "author": neutral, "prev": [heads], "signature": everything,
    });
    let mut thread = forge.thread();
    let Value::Object(fields) = message else {
        unreachable!()
    };
    thread.append(mmogit::model::Message::from_fields(fields).unwrap());
    let mut file = thread.to_value();
    file["participants"] = json!([neutral]);
    let mut thread = crate::support::thread_of(&serde_json::to_vec(&file).unwrap());
    me().owner().sign_thread(&mut thread);
    forge.replace(&thread);
    forge.assert_invalid(&["message-key-unusable 5"]);
}

#[test]
fn a_malleable_signature_is_refused() {
    let forge = Forge::new();
    forge.edit_as_owner(|file| {
        let signature = file["messages"][3]["signature"].as_str().unwrap();
        file["messages"][3]["signature"] = plus_group_order(signature).into();
    });
    forge.assert_invalid(&["message-signature-wrong 4"]);
}

/// S + L: the same point, another spelling (RFC 8032 §5.1.7 demands S < L).
fn plus_group_order(signature: &str) -> String {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut bytes = hex::decode(signature).unwrap();
    let mut carry = 0;
    for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    hex::encode(bytes)
}

#[test]
fn a_signature_made_for_one_purpose_is_worth_nothing_for_another() {
    for namespace in [Namespace::Thread, Namespace::Git] {
        let forge = Forge::new();
        let signature = {
            let thread = forge.thread();
            me().agent("echo")
                .sign(namespace, &thread.messages()[3].canonical())
        };
        forge.edit_as_owner(|file| file["messages"][3]["signature"] = signature.to_string().into());
        forge.assert_invalid(&["message-signature-wrong 4"]);
    }
    let forge = Forge::new();
    let signature = me()
        .owner()
        .sign(Namespace::Message, &forge.thread().signed_bytes());
    forge.edit(|file| file["signature"] = signature.to_string().into());
    forge.assert_invalid(&["thread-signature-wrong"]);
}

#[test]
fn a_message_without_a_signature_is_not_signed() {
    let forge = Forge::new();
    forge.edit(|file| file["messages"][3]["signature"] = Value::Null);
    forge.assert_invalid(&["message-unsigned 4"]);
}

#[test]
fn a_replayed_message_stands_twice() {
    let forge = Forge::new();
    forge.edit(|file| {
        let first = file["messages"][0].clone();
        messages(file).push(first);
    });
    forge.assert_invalid(&["message-twice 5", "message-unreached 1"]);
}

#[test]
fn an_import_attested_by_a_stranger_is_refused() {
    let forge = Forge::new();
    let mut thread = forge.thread();
    let stranger = Signer::from_secret(&[9; 32]);
    let draft = said_after(&thread, Role::Ai, stranger.public()).with("source", Some("elsewhere"));
    thread.append(stranger.sign_message(draft));
    me().owner().sign_thread(&mut thread);
    forge.replace(&thread);
    forge.assert_invalid(&["message-names-no-agent 5"]);
}

#[test]
fn a_session_does_not_build_on_a_tampered_version() {
    let forge = Forge::new();
    let path = forge.path();
    let workspace = forge.home.workspace();
    let store = forge.home.store();
    let keys = me();
    let mut session = crate::support::resume(&workspace, &store, keys);
    session.say("before").unwrap();
    forge.edit(|file| file["messages"][0]["content"] = "tampered".into());
    session.say("after").unwrap();
    let thread = session.end().unwrap().unwrap();
    assert_eq!(
        crate::support::texts(&thread),
        [
            "question 0",
            "answer",
            "question 1",
            "answer",
            "before",
            "after"
        ]
    );
    // The tampering stays in the history and beside the thread, where it is told; the thread itself
    // is whole.
    let report = forge.home.verify();
    let whole = report.files.iter().find(|file| file.path == path).unwrap();
    assert_eq!(whole.verdict, Verdict::Valid);
    assert_eq!(report.files.iter().filter(|file| file.is_bad()).count(), 1);
    let taken = |found: &CommitFinding| {
        matches!(found, CommitFinding::MessagesTakenAway { messages: 1, .. })
    };
    let found = forge.commit_findings();
    assert!(matches!(&found[..], [one] if taken(one)), "{found:?}");
    // And a new session does not begin on one.
    let forge = Forge::new();
    let (workspace, store) = (forge.home.workspace(), forge.home.store());
    forge.edit(|file| file["messages"][0]["content"] = "tampered".into());
    let found = workspace
        .threads()
        .newest_of(&keys.public())
        .unwrap()
        .unwrap();
    let refused = workspace.threads().continuable(found, &keys.public()).err();
    let Some(WorkError::Unfit {
        why: Obstacle::Invalid(untrue),
        ..
    }) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(untrue.findings[0].code(), "message-signature-wrong");
    let next = Session::begin(&workspace, &store, keys, titled("another"));
    assert!(next.is_ok());
}
