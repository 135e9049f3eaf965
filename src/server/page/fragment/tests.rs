use super::*;
use crate::identity::{Keys, Words};
use crate::model::{MessageDraft, Signature, Timestamp};
use crate::verify;

fn keys() -> Keys {
    let words = ["abandon"; 23].join(" ") + " art";
    Keys::from_words(&Words::read(&words).unwrap())
}

fn said(role: Role, text: &str) -> Message {
    let keys = keys();
    let agent = keys.agent("echo");
    let signer = if role.is_persons() {
        keys.owner()
    } else {
        &agent
    };
    let time = Timestamp::from_millis(1_756_140_749_000);
    let draft = MessageDraft::new(role, text, time, signer.public(), &[Hash([7; 32])]);
    signer.sign_message(draft.with("agent", (!role.is_persons()).then_some("echo")))
}

fn drawn(message: &Message) -> String {
    let place = shown_to(Some(keys().public()));
    fragment(message, Some(&verify::message(message)), &place).html
}

/// A place in a thread of ours.
fn shown_to(reader: Option<PublicKey>) -> Place {
    Place {
        thread: Hash([7; 32]),
        owner: Some(keys().public()),
        reader,
        is_aside: false,
    }
}

#[test]
fn a_message_is_one_article_with_its_speaker_and_its_proof() {
    let html = drawn(&said(Role::Human, "one\n  two"));
    assert!(
        html.starts_with("<article class=\"message human\""),
        "{html}"
    );
    assert!(html.ends_with("</article>"), "{html}");
    for part in [
        ">You</h2>",
        "one\n  two",
        "Verified",
        "2025-08-25T16:52:29.000Z",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    let html = drawn(&said(Role::Ai, "**bold**"));
    for part in [
        "message ai",
        ">AI</h2>",
        "<strong>bold</strong>",
        "<span>echo</span>",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[test]
fn an_answer_names_its_question_and_says_that_it_broke_off() {
    let place = shown_to(None);
    let drawn = |role, interrupted| {
        let time = Timestamp::from_millis(1_756_140_749_000);
        let author = keys().public();
        let draft = MessageDraft::new(role, "text", time, author, &[Hash([8; 32])]);
        let message = draft.with("interrupted", Some(interrupted));
        fragment(&message.signed(Signature([0; 64])), None, &place)
    };
    let answer = drawn(Role::Ai, true);
    assert_eq!(answer.answers, Some(Hash([8; 32]).to_string()));
    assert!(answer.html.contains("class=\"message ai interrupted\""));
    assert!(!drawn(Role::Ai, false).html.contains(" interrupted\""));
    assert_eq!(drawn(Role::Human, false).answers, None);
}

#[test]
fn a_message_whose_signature_is_not_its_own_is_not_called_verified() {
    let mut fields = said(Role::Human, "one").fields();
    fields.insert("content".to_owned(), "two".into());
    let html = drawn(&Message::from_fields(fields).unwrap());
    assert!(html.contains("Not proven"), "{html}");
    assert!(!html.contains("Verified"), "{html}");
}

#[test]
fn somebody_elses_message_is_not_called_mine() {
    let place = shown_to(None);
    let html = fragment(&said(Role::Human, "one"), None, &place).html;
    assert!(!html.contains("You"), "{html}");
    assert!(html.contains("Not proven"), "{html}");
}

/// An agent's key is the reader's agent's only in a thread of theirs.
#[test]
fn it_is_told_whose_key_signed_it() {
    let own = keys().public();
    let echo = Signer::Agent {
        name: "echo".to_owned(),
    };
    for (role, reader, signer) in [
        (Role::Human, Some(own), Signer::You),
        (Role::Ai, Some(own), echo),
        (Role::Human, Some(PublicKey([9; 32])), Signer::Other),
        (Role::Ai, Some(PublicKey([9; 32])), Signer::Other),
        (Role::Ai, None, Signer::Other),
    ] {
        let drawn = fragment(&said(role, "one"), None, &shown_to(reader));
        assert_eq!(drawn.signer, signer, "{role:?}");
    }
}

#[test]
fn what_was_set_aside_says_so() {
    let mut place = shown_to(None);
    let drawn = |place: &Place| fragment(&said(Role::Ai, "one"), None, place).html;
    assert!(!drawn(&place).contains("set aside"));
    place.is_aside = true;
    let html = drawn(&place);
    assert!(html.contains("message ai aside"), "{html}");
    assert!(html.contains("set aside"), "{html}");
}

#[test]
fn what_a_message_says_stays_text() {
    let hostile = "</p></div></article><script>alert(1)</script><img src=x onerror=alert(1)>\u{1b}[31m\u{202e}";
    for role in [Role::Human, Role::Ai, Role::System, Role::Dream] {
        let html = drawn(&said(role, hostile));
        for sign in ["<script", "<img", "\u{1b}", "\u{202e}"] {
            assert!(!html.contains(sign), "{role:?}: {sign} in {html}");
        }
        assert_eq!(html.matches("</article>").count(), 1, "{html}");
    }
}
