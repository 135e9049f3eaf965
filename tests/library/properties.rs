//! What holds for every thread, however it came about: of the union of versions, of the tail rule,
//! of the file.

use crate::support::{START, keys, me, thread_of};
use mmogit::model::json::{self, Map, Value};
use mmogit::model::{
    Agent, Birth, EncryptionKey, Epoch, EpochReader, Hash, Message, MessageDraft, Nonce, PublicKey,
    Reading, Role, Sealed, State, Thread, ThreadId, Timestamp, union,
};
use mmogit::sign::Signer;
use mmogit::verify::{self, Verdict};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::LazyLock;

static OWNER: LazyLock<&mmogit::identity::Keys> = LazyLock::new(me);
static AGENT: LazyLock<Signer> = LazyLock::new(|| OWNER.agent("echo"));
static FRIEND: LazyLock<&mmogit::identity::Keys> = LazyLock::new(|| keys(2));

/// One step in the life of a thread. Numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    Say { by_agent: bool, text: u8, at: u8 },
    Regenerate { text: u8 },
    Undo,
    SetHeads(Vec<u8>),
    Title(u8),
    Tag(u8),
    ListAgent(u8),
    Invite,
    Drop,
    FriendSays { by_agent: bool, text: u8, at: u8 },
    Archive(bool),
    Seal(u8),
    Epoch(u8),
    Unknown(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<bool>(), 0..4u8, 0..3u8).prop_map(|(by_agent, text, at)| Step::Say { by_agent, text, at }),
        1 => (0..4u8).prop_map(|text| Step::Regenerate { text }),
        1 => Just(Step::Undo),
        1 => prop::collection::vec(any::<u8>(), 0..3).prop_map(Step::SetHeads),
        1 => (0..3u8).prop_map(Step::Title),
        1 => (0..3u8).prop_map(Step::Tag),
        1 => (0..3u8).prop_map(Step::ListAgent),
        1 => Just(Step::Invite),
        1 => Just(Step::Drop),
        2 => (any::<bool>(), 0..4u8, 0..3u8)
            .prop_map(|(by_agent, text, at)| Step::FriendSays { by_agent, text, at }),
        1 => any::<bool>().prop_map(Step::Archive),
        1 => (0..3u8).prop_map(Step::Seal),
        1 => (0..8u8).prop_map(Step::Epoch),
        1 => (0..3u8).prop_map(Step::Unknown),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 0..8)
}

fn time(at: i64) -> Timestamp {
    Timestamp::from_millis(START + at)
}

fn newborn() -> Thread {
    let mut thread = Thread::begin(Birth {
        id: ThreadId::at(time(0)),
        title: "a talk".into(),
        author: OWNER.public(),
        created_at: time(0),
        mode: "conversation".into(),
        project: None,
        tags: Vec::new(),
    });
    thread.add_agent(&OWNER.agent_entry("echo"));
    thread
}

fn say(thread: &mut Thread, by_agent: bool, text: u8, at: u8) {
    let text = format!("text {text}");
    if by_agent {
        say_as(thread, &AGENT, Role::Ai, &text, at);
    } else {
        say_as(thread, OWNER.owner(), Role::Human, &text, at);
    }
}

fn say_as(thread: &mut Thread, signer: &Signer, role: Role, text: &str, at: u8) {
    let prev = if thread.heads().is_empty() {
        vec![thread.root()]
    } else {
        thread.heads()
    };
    let draft = MessageDraft::new(role, text, time(i64::from(at)), signer.public(), &prev);
    let agent = (role == Role::Ai).then_some("echo");
    let message = signer.sign_message(draft.with("agent", agent));
    let mut known = thread.messages().iter();
    if known.all(|known| known.id() != message.id()) {
        thread.append(message);
    }
}

/// Of a friend who has a part; nothing of one who was dropped.
fn friend_says(thread: &mut Thread, by_agent: bool, text: u8, at: u8) {
    if !thread.participants().contains(&FRIEND.public()) {
        return;
    }
    let agent = FRIEND.agent_entry_in(thread, "echo");
    thread.add_agent(&agent);
    let text = format!("friend {text}");
    if by_agent {
        say_as(thread, &FRIEND.agent("echo"), Role::Ai, &text, at);
    } else {
        say_as(thread, FRIEND.owner(), Role::Human, &text, at);
    }
}

fn sealed(n: u8) -> Sealed {
    Sealed {
        epoch: Hash([n; 32]),
        nonce: Nonce([n; 24]),
        sealed_box: vec![n; 272],
    }
}

/// One of two epochs, with one of two lists of readers.
fn epoch(n: u8) -> Epoch {
    let reader = |n: u8| EpochReader {
        author: PublicKey([n; 32]),
        encryption: EncryptionKey([n; 32]),
        wrap: [n; 80],
        others: Map::new(),
    };
    Epoch {
        id: Hash([n % 2; 32]),
        after: if n % 2 == 1 {
            vec![Hash([0; 32])]
        } else {
            Vec::new()
        },
        without: if n >= 6 {
            vec![PublicKey([7; 32])]
        } else {
            Vec::new()
        },
        readers: vec![reader(1), reader(n)],
        others: Map::new(),
    }
}

fn edited(thread: &Thread, change: impl FnOnce(&mut Map<String, Value>)) -> Thread {
    let Value::Object(mut file) = thread.to_value() else {
        unreachable!("a thread is an object")
    };
    change(&mut file);
    thread_of(&json::canonical(&Value::Object(file)))
}

fn take(thread: &mut Thread, step: &Step) {
    match step {
        Step::Say { by_agent, text, at } => say(thread, *by_agent, *text, *at),
        Step::Regenerate { text } => {
            let Some(last) = thread
                .visible()
                .last()
                .map(|message| (message.id(), message.prev().to_vec()))
            else {
                return;
            };
            let others = thread.heads().into_iter().filter(|head| *head != last.0);
            let heads: Vec<Hash> = others.chain(last.1).collect();
            thread.set_heads(&heads, thread.updated_at());
            say(thread, true, *text, 9);
        }
        Step::Undo => {
            let heads: Vec<Hash> = thread
                .visible()
                .last()
                .map_or(Vec::new(), |last| last.prev().to_vec());
            thread.set_heads(&heads, thread.updated_at());
        }
        Step::SetHeads(choice) => {
            let ids: Vec<Hash> = thread.messages().iter().map(Message::id).collect();
            let chosen: Vec<Hash> = choice
                .iter()
                .filter_map(|&n| ids.get(usize::from(n) % ids.len().max(1)).copied())
                .collect();
            thread.set_heads(&chosen, thread.updated_at());
        }
        // What is sealed has another title.
        Step::Title(_) | Step::Tag(_) if thread.is_sealed() => {}
        Step::Title(n) => thread.set_title(&format!("title {n}"), time(i64::from(*n))),
        Step::Tag(n) => thread.set_tags(&[format!("tag{n}")], time(i64::from(*n))),
        Step::ListAgent(n) => {
            let key = OWNER.agent(&format!("agent {n}")).public();
            thread.add_agent(&Agent {
                name: format!("agent {n}"),
                key,
                by: None,
            });
        }
        Step::Invite => thread.invite(FRIEND.public(), time(1)),
        Step::Drop => thread.drop_participant(FRIEND.public(), time(2)),
        Step::FriendSays { by_agent, text, at } => friend_says(thread, *by_agent, *text, *at),
        Step::Archive(put_away) => {
            let state = if *put_away {
                State::Archived
            } else {
                State::Active
            };
            thread.set_state(state, time(1));
        }
        Step::Seal(n) => thread.set_sealed(&sealed(*n), time(i64::from(*n))),
        Step::Epoch(n) => {
            let mut epochs = thread.epochs().to_vec();
            epochs.push(epoch(*n));
            epochs.sort_by_key(|epoch| epoch.id);
            epochs.dedup_by_key(|epoch| epoch.id);
            thread.set_epochs(&epochs, time(1));
        }
        Step::Unknown(n) => {
            let value = Value::from(*n);
            *thread = edited(thread, |file| {
                drop(file.insert("from_the_future".into(), value))
            });
        }
    }
}

fn live(thread: &Thread, steps: &[Step], changed: u8) -> Thread {
    let mut thread = thread.clone();
    for step in steps {
        take(&mut thread, step);
    }
    thread.touch(time(i64::from(changed)));
    thread
}

fn signed(thread: &Thread) -> Thread {
    let mut thread = thread.clone();
    OWNER.owner().sign_thread(&mut thread);
    thread
}

fn assert_valid(thread: &Thread) -> Result<(), TestCaseError> {
    let report = verify::thread(&signed(thread));
    prop_assert_eq!(report.verdict(), Verdict::Valid, "{:?}", report.findings());
    Ok(())
}

fn ids(thread: &Thread) -> BTreeSet<Hash> {
    thread.messages().iter().map(Message::id).collect()
}

fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    items.into_iter().collect()
}

/// Some versions of one thread that grew apart, each all true.
fn versions<const N: usize>() -> impl Strategy<Value = (Thread, [Thread; N])> {
    let branch = || (steps(), 0..3u8);
    (steps(), prop::array::uniform::<_, N>(branch())).prop_map(|(common, branches)| {
        let base = live(&newborn(), &common, 0);
        let versions = branches.map(|(steps, changed)| signed(&live(&base, &steps, changed)));
        (signed(&base), versions)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn whatever_is_done_to_a_thread_its_tail_holds(steps in prop::collection::vec(step(), 0..20)) {
        let mut thread = newborn();
        let mut most = 0;
        for step in &steps {
            take(&mut thread, step);
            prop_assert!(thread.messages().len() >= most, "a message is gone after {step:?}");
            most = thread.messages().len();
        }
        assert_valid(&thread)?;
    }

    #[test]
    fn a_union_does_not_depend_on_the_side((_, [one, other]) in versions::<2>()) {
        prop_assert_eq!(union(&one, &other), union(&other, &one));
    }

    #[test]
    fn a_union_does_not_depend_on_the_order((_, [a, b, c]) in versions::<3>()) {
        let left = union(&union(&a, &b), &c);
        let right = union(&a, &union(&b, &c));
        prop_assert_eq!(&left, &right);
        // Two machines write the same bytes.
        prop_assert_eq!(left.to_file(), right.to_file());
        prop_assert_eq!(left.to_file(), union(&union(&c, &a), &b).to_file());
    }

    #[test]
    fn a_union_with_what_is_in_it_adds_nothing((_, [one, other]) in versions::<2>()) {
        let both = union(&one, &other);
        for part in [&one, &other, &both] {
            prop_assert_eq!(&union(&both, part), &both);
        }
        let alone = union(&one, &one);
        prop_assert_eq!(ids(&alone), ids(&one));
        prop_assert_eq!(set(alone.heads()), set(one.heads()));
        prop_assert_eq!(set(alone.aside()), set(one.aside()));
        prop_assert_eq!(set(alone.agents()), set(one.agents()));
    }

    #[test]
    fn a_union_is_true_once_signed_and_loses_no_message((_, [one, other]) in versions::<2>()) {
        let both = union(&one, &other);
        assert_valid(&both)?;
        prop_assert_eq!(ids(&both), &ids(&one) | &ids(&other));
        prop_assert_eq!(set(both.agents()), &set(one.agents()) | &set(other.agents()));
        let newest = one.updated_at().max(other.updated_at());
        prop_assert_eq!(both.updated_at(), newest);
    }

    #[test]
    fn what_one_side_did_since_is_kept((base, [one]) in versions::<1>()) {
        let both = union(&base, &one);
        prop_assert_eq!(set(both.heads()), set(one.heads()));
        prop_assert_eq!(set(both.aside()), set(one.aside()));
        prop_assert_eq!((both.title(), both.state()), (one.title(), one.state()));
        prop_assert_eq!(set(both.tags()), set(one.tags()));
        prop_assert_eq!(both.hides(), one.hides());
        prop_assert_eq!(both.changed(), one.changed());
        prop_assert_eq!(both.participants(), one.participants());
        // Whoever came back may have spoken since: that is then among the last of theirs.
        let drops = |thread: &Thread| -> Vec<(PublicKey, u64)> {
            thread.former().iter().map(|entry| (entry.key, entry.times)).collect()
        };
        prop_assert_eq!(drops(&both), drops(&one));
        prop_assert_eq!(both.sealed(), one.sealed());
    }

    #[test]
    fn a_descendant_is_its_own_union_with_its_ancestor(common in steps(), more in prop::collection::vec(
        (any::<bool>(), 0..4u8, 0..3u8), 1..5))
    {
        let before = live(&newborn(), &common, 0);
        let mut after = before.clone();
        for (by_agent, text, at) in more {
            say(&mut after, by_agent, text, at);
        }
        let both = union(&before, &after);
        prop_assert_eq!(ids(&both), ids(&after));
        if !before.heads().is_empty() {
            prop_assert_eq!(set(both.heads()), set(after.heads()));
        }
    }

    #[test]
    fn a_file_is_read_back_as_the_thread_it_was_written_from(steps in prop::collection::vec(step(), 0..12)) {
        let thread = signed(&live(&newborn(), &steps, 1));
        let read = thread_of(&thread.to_file());
        prop_assert_eq!(&read, &thread);
        prop_assert_eq!(read.to_file(), thread.to_file());
        prop_assert_eq!(verify::thread(&read), verify::thread(&thread));
    }

    #[test]
    fn reading_never_panics_and_writing_back_changes_no_meaning(
        steps in steps(), at in any::<prop::sample::Index>(), byte in any::<u8>())
    {
        let mut file = signed(&live(&newborn(), &steps, 1)).to_file();
        let at = at.index(file.len());
        file[at] = byte;
        if let Ok(Reading::Thread(thread)) = Thread::read(&file) {
            let again = thread_of(&thread.to_file());
            prop_assert_eq!(verify::thread(&again), verify::thread(&thread));
            prop_assert_eq!(again, thread);
        }
    }
}
