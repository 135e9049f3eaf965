use super::*;
use crate::model::{MessageDraft, Nonce, Role, Signature};
use proptest::prelude::*;

const OWNER: PublicKey = PublicKey([1; 32]);
const ROOT: Hash = Hash([2; 32]);

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn message() -> Message {
    let draft = MessageDraft::new(Role::Ai, "the plan", at(1_000), OWNER, &[ROOT]);
    draft.with("draft", Some(true)).signed(Signature([3; 64]))
}

fn open(text: &str) -> DraftText {
    DraftText::Open(OpenDraft {
        content: text.into(),
        kind: Some("draft_task_list".to_owned()),
        project: Some(Hash([6; 32])),
    })
}

fn sealed(number: u8) -> DraftText {
    DraftText::Sealed(Sealed {
        epoch: Hash([number; 32]),
        nonce: Nonce([number; 24]),
        sealed_box: vec![number; 256 + 16],
    })
}

fn generated() -> KeptDraft {
    KeptDraft::generated(ROOT, &message(), 0, open("the plan"))
}

fn signed(draft: KeptDraft) -> Draft {
    let mut draft = Draft::new(OWNER, draft);
    draft.set_signature(Signature([3; 64]));
    draft
}

#[test]
fn a_draft_is_read_as_it_was_written_and_nothing_else_is() {
    let mut draft = generated();
    draft.apply(Some("plan.md"), true, at(2_000)).unwrap();
    draft.apply(None, true, at(2_000)).unwrap();
    let made = signed(draft);
    assert_eq!(Draft::read(&made.to_file()), Ok(made.clone()));
    let text = String::from_utf8(made.to_file()).unwrap();
    for (right, wrong) in [
        ("\"id\"", "\"other\""),
        ("\"thread\"", "\"other\""),
        ("\"message\"", "\"other\""),
        ("\"block\": 0", "\"block\": -1"),
        ("\"block\": 0", "\"block\": 4294967296"),
        ("\"kind\"", "\"other\""),
        ("\"project\"", "\"other\""),
        ("\"content\": \"the plan\"", "\"content\": null"),
        ("\"content\"", "\"other\""),
        ("partially_applied", "applied"),
        ("\"to\": null", "\"to\": 1"),
    ] {
        let other = text.replacen(right, wrong, 1);
        assert_ne!(other, text, "{right}");
        assert!(Draft::read(other.as_bytes()).is_err(), "{right} {wrong}");
    }
    // The first entry's time, which is that of the state as well.
    let unsorted = text.replace("02.000Z", "02.009Z");
    assert_ne!(unsorted, text);
    assert!(Draft::read(unsorted.as_bytes()).is_err());
}

#[test]
fn a_sealed_draft_tells_nothing_beside_its_box() {
    let made = signed(KeptDraft::generated(ROOT, &message(), 0, sealed(5)));
    assert_eq!(Draft::read(&made.to_file()), Ok(made.clone()));
    let text = String::from_utf8(made.to_file()).unwrap();
    assert!(!text.contains("plan"));
    for (right, wrong) in [
        ("\"kind\": null", "\"kind\": \"explain\""),
        ("\"project\": null", "\"project\": \"x\""),
        ("\"sealed\"", "\"content\": \"both\", \"sealed\""),
        ("\"epoch\"", "\"more\": 1, \"epoch\""),
    ] {
        let other = text.replacen(right, wrong, 1);
        assert_ne!(other, text, "{right}");
        assert!(Draft::read(other.as_bytes()).is_err(), "{wrong}");
    }
    let DraftText::Open(open) = open("inside") else {
        unreachable!()
    };
    assert_eq!(OpenDraft::of_inside(&open.to_inside()), Some(open));
}

#[test]
fn the_id_is_that_of_the_message_and_the_block() {
    let made = generated();
    assert_eq!(made.id, made.true_id(&OWNER));
    assert_eq!(made.true_id(&PublicKey([9; 32])), made.id);
    assert_ne!(draft_id(&made.message, 1), made.id);
    assert_ne!(draft_id(&Hash([1; 32]), 0), made.id);
    let other = KeptDraft {
        block: 1,
        ..made.clone()
    };
    assert_ne!(other.true_id(&OWNER), other.id);
}

#[test]
fn only_a_message_that_says_so_proposes_a_draft() {
    assert!(message().proposes_draft());
    let of = |value: Value| {
        let draft = MessageDraft::new(Role::Ai, "text", at(1), OWNER, &[ROOT]);
        draft
            .with("draft", Some(value))
            .signed(Signature([3; 64]))
            .proposes_draft()
    };
    assert!(!of(false.into()) && !of("true".into()) && !of(Map::new().into()));
}

/// Every state, and what each act makes of it.
#[test]
fn each_state_lets_happen_what_it_may() {
    use DraftRefusal::{AlreadyApplied, Discarded, NotAccepted, NotEditable};
    type Act = fn(&mut KeptDraft) -> Result<(), DraftRefusal>;
    let accept: Act = |draft| draft.accept(at(5));
    let discard: Act = |draft| draft.discard(at(5));
    let edit: Act = |draft| draft.edit(open("mine"), at(5));
    let apply: Act = |draft| draft.apply(Some("f"), false, at(5));
    let part: Act = |draft| draft.apply(Some("f"), true, at(5));
    let after = |acts: &[Act]| {
        let mut draft = generated();
        let done = acts.iter().map(|act| act(&mut draft)).collect::<Vec<_>>();
        (draft.state, done.last().copied().unwrap_or(Ok(())))
    };
    use DraftState as S;
    for (acts, state, done) in [
        (vec![], S::Generated, Ok(())),
        (vec![edit], S::Edited, Ok(())),
        (vec![edit, edit], S::Edited, Ok(())),
        (vec![accept], S::Accepted, Ok(())),
        (vec![edit, accept], S::Accepted, Ok(())),
        (vec![accept, accept], S::Accepted, Err(AlreadyApplied)),
        (vec![accept, discard], S::Accepted, Err(AlreadyApplied)),
        (vec![accept, edit], S::Accepted, Err(NotEditable)),
        (vec![accept, apply], S::Accepted, Ok(())),
        (vec![accept, apply, apply], S::Accepted, Ok(())),
        (vec![accept, part], S::Accepted, Ok(())),
        (vec![discard], S::Discarded, Ok(())),
        (vec![discard, accept], S::Discarded, Err(Discarded)),
        (vec![discard, discard], S::Discarded, Err(Discarded)),
        (vec![discard, edit], S::Discarded, Err(NotEditable)),
        (vec![discard, apply], S::Discarded, Err(Discarded)),
        (vec![discard, part], S::Discarded, Err(Discarded)),
        (vec![apply], S::Generated, Err(NotAccepted)),
        (vec![edit, apply], S::Edited, Err(NotAccepted)),
        (vec![part], S::PartiallyApplied, Ok(())),
        (vec![part, part], S::PartiallyApplied, Ok(())),
        (vec![part, apply], S::PartiallyApplied, Err(AlreadyApplied)),
        (vec![part, accept], S::PartiallyApplied, Err(AlreadyApplied)),
        (
            vec![part, discard],
            S::PartiallyApplied,
            Err(AlreadyApplied),
        ),
        (vec![part, edit], S::PartiallyApplied, Err(NotEditable)),
    ] {
        assert_eq!(after(&acts), (state, done));
    }
    let texts = [AlreadyApplied, Discarded, NotEditable].map(|why| why.to_string());
    assert_eq!(
        texts,
        [
            "Draft has already been applied",
            "Draft has been discarded",
            "Cannot edit applied or discarded drafts"
        ]
    );
}

#[test]
fn names_and_states_agree() {
    for (state, name) in STATES {
        assert_eq!(
            (state.as_str(), DraftState::read(name)),
            (name, Some(state))
        );
    }
    assert_eq!(DraftState::read("applied"), None);
}

/// What was decided is not undone by who didn't know of it, whatever the clocks say.
#[test]
fn a_late_edit_gives_way_to_what_was_decided() {
    let mut accepted = generated();
    accepted.accept(at(2_000)).unwrap();
    let mut edited = generated();
    edited.edit(open("later"), at(9_000)).unwrap();
    let (accepted, edited) = (signed(accepted), signed(edited));
    let united = KeptDraft::unite(&accepted, &edited);
    assert_eq!(united.state, DraftState::Accepted);
    assert_eq!(united.text, accepted.text);
    assert!(united.has_all_of(&accepted) && united.has_all_of(&edited));
    assert!(!edited.has_all_of(&accepted));
}

prop_compose! {
    fn any_version()(
        state in 0_usize..5,
        text in 0_u8..4,
        state_at in prop::option::of(0_i64..3),
        updated in 0_i64..3,
        applied in prop::sample::subsequence(vec![(1, "a"), (1, "b"), (2, "a")], 0..3),
        thread in 0_u8..2,
        future in prop::option::of(0..3),
    ) -> Draft {
        let mut draft = generated();
        draft.state = STATES[state].0;
        draft.text = match text {
            0 => sealed(8),
            1 => sealed(9),
            _ => open(if text == 2 { "two" } else { "three" }),
        };
        draft.thread = Hash([thread; 32]);
        draft.changed = state_at.into_iter().map(|millis| (STATE.to_owned(), at(millis))).collect();
        draft.updated_at = at(1_000 + updated);
        let entry = |(millis, to): (i64, &str)| Applied {
            at: at(millis),
            to: Some(to.to_owned()),
            others: Map::new(),
        };
        draft.applied = applied.into_iter().map(entry).collect();
        draft.applied.sort_by_key(Applied::rank);
        let text = String::from_utf8(signed(draft).to_file()).unwrap();
        let text = match future {
            Some(value) => text.replacen('{', &format!("{{\"future\": {value},"), 1),
            None => text,
        };
        Draft::read(text.as_bytes()).unwrap()
    }
}

proptest! {
    #[test]
    fn unions_end_alike_in_any_order(a in any_version(), b in any_version(), c in any_version()) {
        let unite = |one: &Draft, other: &Draft| KeptDraft::unite(one, other);
        let signed = |draft: &Draft| draft.signed_bytes();
        let all = unite(&unite(&a, &b), &c);
        prop_assert_eq!(signed(&unite(&a, &b)), signed(&unite(&b, &a)));
        prop_assert_eq!(signed(&unite(&a, &unite(&b, &c))), signed(&all));
        prop_assert_eq!(unite(&a, &a), a.clone());
        let mut again = all.clone();
        again.set_signature(Signature([3; 64]));
        prop_assert!(Draft::read(&again.to_file()).is_ok());
        for one in [&a, &b, &c] {
            prop_assert_eq!(signed(&unite(&all, one)), signed(&all));
            prop_assert!(all.has_all_of(one));
        }
    }

    #[test]
    fn whatever_is_done_to_a_draft_keeps_all_of_it(
        acts in prop::collection::vec((0_u8..5, 0_i64..5_000), 0..8)
    ) {
        let mut draft = generated();
        for (act, millis) in acts {
            let before = signed(draft.clone());
            let _ = match act {
                0 => draft.edit(open("mine"), at(millis)),
                1 => draft.accept(at(millis)),
                2 => draft.discard(at(millis)),
                3 => draft.apply(Some("file"), false, at(millis)),
                _ => draft.apply(Some("file"), true, at(millis)),
            };
            prop_assert!(signed(draft.clone()).has_all_of(&before));
        }
    }
}
