use super::*;
use crate::identity::{Keys, Words};
use crate::model::json::{Map, Value};
use crate::model::{Birth, MessageDraft, Reading, Role, ThreadId, Timestamp};
use crate::verify::MessageFaultKind;
use proptest::prelude::*;

const BEGUN: i64 = 1_767_225_600_000;

fn person(number: u8) -> Keys {
    Keys::from_words(&Words::from_entropy(&[number; 32]).unwrap())
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_millis(BEGUN + second * 1000)
}

/// Alice begins a thread, of which these are too.
fn thread_with(alice: &Keys, others: &[&Keys]) -> Thread {
    let thread = Thread::begin(Birth {
        id: ThreadId::at(time(0)),
        title: "a talk".to_owned(),
        author: alice.public(),
        created_at: time(0),
        mode: "conversation".to_owned(),
        project: None,
        tags: Vec::new(),
    });
    let keys: Vec<PublicKey> = others.iter().map(|keys| keys.public()).collect();
    edited(&thread, |header| list_people(header, &keys))
}

fn list_people(header: &mut Map<String, Value>, keys: &[PublicKey]) {
    let mut keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    keys.sort();
    header.insert("participants".to_owned(), keys.into());
}

/// The thread with another header, whoever may write that.
fn edited(thread: &Thread, edit: impl FnOnce(&mut Map<String, Value>)) -> Thread {
    let Value::Object(mut file) = thread.to_value() else {
        unreachable!("a thread is an object");
    };
    edit(&mut file);
    match Thread::read(&serde_json::to_vec(&Value::Object(file)).unwrap()) {
        Ok(Reading::Thread(thread)) => thread,
        other => panic!("{other:?}"),
    }
}

fn say(thread: &mut Thread, who: &Keys, second: i64, text: &str) -> Hash {
    let heads = thread.heads();
    let after = if heads.is_empty() {
        vec![thread.root()]
    } else {
        heads
    };
    let draft = MessageDraft::new(Role::Human, text, time(second), who.public(), &after);
    let message = who.owner().sign_message(draft);
    let id = message.id();
    thread.append(message);
    id
}

fn answer(thread: &mut Thread, agent: &Keys, second: i64, text: &str) -> Hash {
    let signer = agent.agent("echo");
    let after = thread.heads();
    let draft = MessageDraft::new(Role::Ai, text, time(second), signer.public(), &after)
        .with("agent", Some("echo"));
    let message = signer.sign_message(draft);
    let id = message.id();
    thread.append(message);
    id
}

fn agent_of(owner: &Keys, by: Option<&Keys>) -> Agent {
    Agent {
        by: by.map(Keys::public),
        ..owner.agent_entry("echo")
    }
}

/// As it lies on somebody's branch.
fn signed(mut thread: Thread, keeper: &Keys) -> Verified<Thread> {
    if keeper.public() != thread.author() {
        thread.keep_for(Some(keeper.public()));
    }
    keeper.owner().sign_thread(&mut thread);
    Verified::check_of(&keeper.public(), thread).unwrap()
}

fn shared(copies: &[&Verified<Thread>]) -> SharedThread {
    SharedThread::of(copies.iter().copied().cloned().collect(), None).unwrap()
}

fn visible(shared: &SharedThread) -> Vec<String> {
    let visible = shared.thread().visible();
    visible.into_iter().map(Message::text).collect()
}

fn codes(shared: &SharedThread) -> Vec<&'static str> {
    shared.findings().iter().map(CopyFinding::code).collect()
}

/// Alice asked; then both went on at once, each in their own copy.
fn both_at_once() -> (Keys, Keys, Verified<Thread>, Verified<Thread>) {
    let (alice, bob) = (person(1), person(2));
    let mut thread = thread_with(&alice, &[&bob]);
    say(&mut thread, &alice, 1, "shall we?");
    let (mut hers, mut his) = (thread.clone(), thread);
    say(&mut hers, &alice, 2, "or not?");
    say(&mut his, &bob, 3, "yes");
    let (hers, his) = (signed(hers, &alice), signed(his, &bob));
    (alice, bob, hers, his)
}

#[test]
fn who_speaks_at_once_is_heard_by_both() {
    let (_, bob, hers, his) = both_at_once();
    for copies in [[&hers, &his], [&his, &hers]] {
        let shared = shared(&copies);
        assert_eq!(visible(&shared), ["shall we?", "or not?", "yes"]);
        assert_eq!(shared.findings(), []);
        assert_eq!(shared.thread().heads().len(), 2);
        let only = shared.in_one_copy_only();
        assert_eq!(only.get(&his.heads()[0]), Some(&bob.public()));
        assert_eq!(only.len(), 2);
        for copy in shared.copies() {
            assert_eq!((copy.has, copy.lacks, copy.hides), (2, 1, 0));
        }
    }
}

#[test]
fn the_next_message_joins_what_both_said() {
    let (alice, bob, hers, his) = both_at_once();
    let shared = shared(&[&hers, &his]);
    for writer in [&alice, &bob] {
        let mut version = shared.to_write(&writer.public()).unwrap();
        assert_eq!(version.heads().len(), 2);
        say(&mut version, writer, 9, "so");
        let version = signed(version, writer);
        assert_eq!(version.heads().len(), 1);
        assert_eq!(version.messages().len(), 4);
    }
}

#[test]
fn whoever_has_nothing_to_take_over_keeps_their_version() {
    let (alice, bob, hers, his) = both_at_once();
    let hers_again = shared(&[&hers]).to_write(&alice.public()).unwrap();
    assert_eq!(hers_again.signature(), hers.signature());
    let his_again = shared(&[&his]).to_write(&bob.public()).unwrap();
    assert_eq!(his_again.signature(), his.signature());
}

#[test]
fn who_has_no_part_speaks_nowhere() {
    let (_, _, hers, his) = both_at_once();
    let shared = shared(&[&hers, &his]);
    let author = hers.author();
    let refused = shared.to_write(&person(3).public());
    assert_eq!(refused.unwrap_err(), CannotSpeak::NoPart { author });
}

#[test]
fn a_strangers_message_in_a_copy_and_what_follows_it_are_not_shown() {
    let (alice, bob, mallory) = (person(1), person(2), person(3));
    let mut thread = thread_with(&alice, &[&bob]);
    say(&mut thread, &alice, 1, "shall we?");
    let hers = signed(thread.clone(), &alice);
    let people = [bob.public(), mallory.public()];
    let mut his = edited(&thread, |header| list_people(header, &people));
    let slipped = say(&mut his, &mallory, 2, "let me in");
    let after = say(&mut his, &bob, 3, "do");
    let his = signed(his, &bob);

    let shared = shared(&[&hers, &his]);
    assert_eq!(visible(&shared), ["shall we?"]);
    let keeper = bob.public();
    let (message, key) = (slipped, mallory.public());
    let stranger = Uncounted::Fault(MessageFaultKind::Stranger(key));
    let expected = [
        CopyFinding::Uncounted {
            message,
            keeper,
            why: stranger,
        },
        CopyFinding::Uncounted {
            message: after,
            keeper,
            why: Uncounted::Follows(slipped),
        },
        CopyFinding::AddedPerson { keeper, key },
    ];
    assert_eq!(shared.findings(), expected);
    // What the author says next takes nothing of it over.
    let version = shared.to_write(&alice.public()).unwrap();
    assert_eq!(version.signature(), hers.signature());
}

#[test]
fn a_strangers_copy_counts_for_nothing() {
    let (alice, bob, mallory) = (person(1), person(2), person(3));
    let mut thread = thread_with(&alice, &[&bob]);
    say(&mut thread, &alice, 1, "shall we?");
    let hers = signed(thread.clone(), &alice);
    let people = [mallory.public()];
    let mut forged = edited(&thread, |header| {
        list_people(header, &people);
        header.insert("title".to_owned(), "mine".into());
    });
    forged.show(&[]);
    say(&mut forged, &mallory, 99, "all mine");
    let forged = signed(forged, &mallory);
    let shared = shared(&[&forged, &hers]);
    assert_eq!(visible(&shared), ["shall we?"]);
    assert_eq!(shared.thread().title(), "a talk");
    assert_eq!(codes(&shared), ["copy-by-stranger"]);
}

#[test]
fn a_keeper_hides_what_they_said_and_nothing_else() {
    let (alice, bob, carol) = (person(1), person(2), person(3));
    let mut thread = thread_with(&alice, &[&bob, &carol]);
    say(&mut thread, &alice, 1, "shall we?");
    let asked = thread.heads();
    say(&mut thread, &bob, 2, "yes");
    let hers = signed(thread.clone(), &alice);

    // Carol hides all, and it stays.
    let mut hiding = thread.clone();
    hiding.show(&[]);
    let carols = signed(hiding, &carol);
    assert_eq!(visible(&shared(&[&hers, &carols])), ["shall we?", "yes"]);

    // Bob takes back what he said, and nobody sees it.
    let mut hiding = thread.clone();
    hiding.show(&asked);
    let bobs = signed(hiding, &bob);
    assert_eq!(visible(&shared(&[&hers, &carols, &bobs])), ["shall we?"]);

    // Carol had built on it.
    let mut answered = thread;
    say(&mut answered, &carol, 3, "good");
    let carols = signed(answered, &carol);
    let all = ["shall we?", "yes", "good"];
    assert_eq!(visible(&shared(&[&hers, &carols, &bobs])), all);
}

#[test]
fn the_author_hides_what_anybody_said() {
    let (alice, bob) = (person(1), person(2));
    let mut thread = thread_with(&alice, &[&bob]);
    say(&mut thread, &alice, 1, "shall we?");
    let asked = thread.heads();
    say(&mut thread, &bob, 2, "no!");
    let his = signed(thread.clone(), &bob);
    thread.show(&asked);
    let hers = signed(thread, &alice);
    let shared = shared(&[&hers, &his]);
    assert_eq!(visible(&shared), ["shall we?"]);
    // It is hidden, not gone: it counts.
    assert_eq!(shared.thread().messages().len(), 2);
    assert_eq!(shared.findings(), []);
}

#[test]
fn the_authors_header_is_nobody_elses_word() {
    let (alice, bob, carol) = (person(1), person(2), person(3));
    let mut thread = thread_with(&alice, &[&bob, &carol]);
    say(&mut thread, &alice, 1, "shall we?");
    let hers = signed(thread.clone(), &alice);
    let forged = edited(&thread, |header| {
        list_people(header, &[bob.public()]);
        header.insert("title".to_owned(), "bob's".into());
        header.insert("updated_at".to_owned(), time(1_000_000).to_string().into());
    });
    let his = signed(forged, &bob);
    let shared = shared(&[&his, &hers]);
    assert!(shared.is_authors_word());
    assert_eq!(shared.thread().title(), "a talk");
    assert!(shared.thread().participants().contains(&carol.public()));
    assert_eq!(shared.thread().kept_by(), None);
}

#[test]
fn without_the_authors_copy_a_kept_one_is_its_keepers_word() {
    let (_, bob, hers, his) = both_at_once();
    let view = shared(&[&his]);
    assert_eq!(view.word_of(), bob.public());
    assert!(!view.is_authors_word());
    assert_eq!(visible(&view), ["shall we?", "yes"]);
    assert!(shared(&[&his, &hers]).is_authors_word());
}

#[test]
fn without_the_authors_copy_a_reader_goes_by_their_own() {
    let (alice, bob, carol) = (person(1), person(2), person(3));
    let mut thread = thread_with(&alice, &[&bob, &carol]);
    say(&mut thread, &alice, 1, "shall we?");
    let titled = |title: &str, second: i64| {
        edited(&thread, |header| {
            header.insert("title".to_owned(), title.into());
            header.insert("updated_at".to_owned(), time(second).to_string().into());
        })
    };
    let copies = vec![
        signed(titled("bob's", 5), &bob),
        signed(titled("carol's", 6), &carol),
    ];
    let title = |reader: Option<&Keys>| {
        let reader = reader.map(Keys::public);
        let shared = SharedThread::of(copies.clone(), reader.as_ref()).unwrap();
        shared.thread().title().to_owned()
    };
    assert_eq!(title(Some(&bob)), "bob's");
    assert_eq!(title(Some(&carol)), "carol's");
    assert_eq!(title(None), "carol's");
}

#[test]
fn a_participants_agents_speak_and_no_agent_of_anothers() {
    let (alice, bob, carol) = (person(1), person(2), person(3));
    let mut thread = thread_with(&alice, &[&bob, &carol]);
    say(&mut thread, &alice, 1, "shall we?");
    let hers = signed(thread.clone(), &alice);

    let mut his = thread.clone();
    his.add_agent(&agent_of(&bob, Some(&bob)));
    answer(&mut his, &bob, 2, "says bob's AI");
    let his = signed(his, &bob);
    let view = shared(&[&hers, &his]);
    assert_eq!(visible(&view), ["shall we?", "says bob's AI"]);
    let visible_now = view.thread().visible();
    assert_eq!(
        view.speakers(visible_now[1]),
        BTreeSet::from([bob.public()])
    );

    for by in [None, Some(&carol)] {
        let mut his = thread.clone();
        his.add_agent(&agent_of(&bob, by));
        answer(&mut his, &bob, 2, "says whose AI?");
        let his = signed(his, &bob);
        let shared = shared(&[&hers, &his]);
        assert_eq!(visible(&shared), ["shall we?"]);
        assert_eq!(codes(&shared), ["message-agent-unlisted"]);
    }
}

#[test]
fn who_claims_anothers_agent_hides_nothing_of_it() {
    let (alice, bob, carol) = (person(1), person(2), person(3));
    let mut thread = thread_with(&alice, &[&bob, &carol]);
    say(&mut thread, &alice, 1, "shall we?");
    let hers = signed(thread.clone(), &alice);
    let asked = thread.heads();
    let mut carols = thread.clone();
    carols.add_agent(&agent_of(&carol, Some(&carol)));
    answer(&mut carols, &carol, 2, "says carol's AI");
    let mut bobs = carols.clone();
    let carols = signed(carols, &carol);
    bobs.add_agent(&agent_of(&carol, Some(&bob)));
    bobs.show(&asked);
    let bobs = signed(bobs, &bob);
    let shared = shared(&[&hers, &carols, &bobs]);
    assert_eq!(visible(&shared), ["shall we?", "says carol's AI"]);
}

#[test]
fn a_writer_takes_over_agents_with_what_they_said() {
    let (alice, bob, carol) = (person(1), person(2), person(3));
    let mut thread = thread_with(&alice, &[&bob, &carol]);
    say(&mut thread, &alice, 1, "shall we?");
    let hers = signed(thread.clone(), &alice);
    let mut his = thread;
    his.add_agent(&agent_of(&bob, Some(&bob)));
    answer(&mut his, &bob, 2, "says bob's AI");
    let his = signed(his, &bob);
    let view = shared(&[&hers, &his]);
    for writer in [&alice, &carol] {
        let mut version = view.to_write(&writer.public()).unwrap();
        say(&mut version, writer, 3, "thanks");
        let version = signed(version, writer);
        let all = shared(&[&hers, &his, &version]);
        assert_eq!(visible(&all), ["shall we?", "says bob's AI", "thanks"]);
        assert_eq!(all.findings(), []);
    }
}

#[test]
fn a_writer_takes_over_only_what_is_visible() {
    let (alice, bob, carol) = (person(1), person(2), person(3));
    let mut thread = thread_with(&alice, &[&bob, &carol]);
    say(&mut thread, &alice, 1, "shall we?");
    let asked = thread.heads();
    say(&mut thread, &alice, 2, "or not?");
    thread.show(&asked);
    let hers = signed(thread, &alice);
    let version = shared(&[&hers]).to_write(&bob.public()).unwrap();
    assert_eq!(version.messages().len(), 1);
    assert_eq!(version.kept_by(), Some(bob.public()));
    signed(version, &bob);
}

#[test]
fn who_was_dropped_neither_speaks_on_nor_dates_back() {
    let (alice, bob) = (person(1), person(2));
    let mut thread = thread_with(&alice, &[&bob]);
    say(&mut thread, &alice, 10, "shall we?");
    say(&mut thread, &bob, 20, "yes");
    let before = thread.clone();
    thread.drop_participant(bob.public(), time(30));
    let hers = signed(thread, &alice);
    // A second message, of a time before the drop: it stands before nothing that was known then.
    for second in [15, 40] {
        let mut his = before.clone();
        say(&mut his, &bob, second, "and more");
        let his = signed(his, &bob);
        let shared = shared(&[&hers, &his]);
        assert_eq!(visible(&shared), ["shall we?", "yes"], "at {second}");
        assert_eq!(shared.findings().len(), 1, "{:?}", shared.findings());
        let author = alice.public();
        let refused = shared.to_write(&bob.public());
        assert_eq!(refused.unwrap_err(), CannotSpeak::Dropped { author });
        shared.to_write(&alice.public()).unwrap();
    }
}

#[test]
fn what_a_dropped_persons_agent_says_later_does_not_count() {
    let (alice, bob) = (person(1), person(2));
    let mut thread = thread_with(&alice, &[&bob]);
    say(&mut thread, &alice, 1, "shall we?");
    thread.add_agent(&agent_of(&bob, Some(&bob)));
    answer(&mut thread, &bob, 2, "says bob's AI");
    let before = thread.clone();
    thread.drop_participant(bob.public(), time(3));
    let hers = signed(thread, &alice);
    let mut his = before;
    answer(&mut his, &bob, 4, "says bob's AI again");
    let his = signed(his, &bob);
    assert_eq!(
        visible(&shared(&[&hers, &his])),
        ["shall we?", "says bob's AI"]
    );
}

/// What three people may do, each in their own copy.
#[derive(Debug, Clone)]
enum Deed {
    Say { by: usize },
    TakeBack { by: usize },
    Look { by: usize },
}

fn deed() -> impl Strategy<Value = Deed> {
    let by = 0..3_usize;
    prop_oneof![
        by.clone().prop_map(|by| Deed::Say { by }),
        by.clone().prop_map(|by| Deed::TakeBack { by }),
        by.prop_map(|by| Deed::Look { by }),
    ]
}

/// The copies after these deeds: each says what they say from what they saw last.
fn after(deeds: &[Deed]) -> Vec<Verified<Thread>> {
    let people = [person(1), person(2), person(3)];
    let mut thread = thread_with(&people[0], &[&people[1], &people[2]]);
    say(&mut thread, &people[0], 1, "shall we?");
    let first = signed(thread, &people[0]);
    let mut copies: Vec<Option<Verified<Thread>>> = vec![Some(first.clone()), None, None];
    let mut seen = vec![vec![first.clone()]; 3];
    for (place, deed) in deeds.iter().enumerate() {
        let (Deed::Say { by } | Deed::TakeBack { by } | Deed::Look { by }) = *deed;
        if let Deed::Look { .. } = deed {
            seen[by] = copies.iter().flatten().cloned().collect();
            continue;
        }
        let mut known = seen[by].clone();
        known.extend(copies[by].clone());
        let shared = SharedThread::of(known, None).unwrap();
        let mut version = shared.to_write(&people[by].public()).unwrap();
        match deed {
            Deed::TakeBack { .. } => {
                let keep = version.visible().len().saturating_sub(1).max(1);
                let kept: Vec<Hash> = ids(&version)[..keep].to_vec();
                version.show(&kept);
            }
            _ => {
                say(
                    &mut version,
                    &people[by],
                    place as i64 + 2,
                    &format!("{place}"),
                );
            }
        }
        version.touch(time(place as i64 + 2));
        copies[by] = Some(signed(version, &people[by]));
    }
    copies.into_iter().flatten().collect()
}

fn ids(thread: &Thread) -> Vec<Hash> {
    let visible = thread.visible();
    visible.into_iter().map(Message::id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn all_see_the_same_in_whatever_order_copies_came(
        deeds in prop::collection::vec(deed(), 1..12),
        turn in 0..3_usize,
    ) {
        let copies = after(&deeds);
        let shared = SharedThread::of(copies.clone(), None).unwrap();
        // Nobody who keeps to the rules is ever reported.
        prop_assert_eq!(shared.findings(), []);
        let mut others = copies;
        others.reverse();
        let turn = turn % others.len();
        others.rotate_left(turn);
        others.push(others[0].clone());
        let again = SharedThread::of(others, Some(&person(2).public())).unwrap();
        prop_assert_eq!(again.thread(), shared.thread());
        // What one writes next is true by itself, whoever they are.
        for number in 1..=3 {
            let writer = person(number);
            let mut version = shared.to_write(&writer.public()).unwrap();
            prop_assert_eq!(ids(&version), ids(shared.thread()));
            say(&mut version, &writer, 100, "next");
            signed(version, &writer);
        }
    }
}
