//! What holds for every thread, however it came about: of the union of versions, of the tail rule,
//! of the file.

use crate::support::{START, keys, me, thread_of};
use mmogit::model::json::{self, Map, Value};
use mmogit::model::{
    Agent, Birth, Hash, Message, MessageDraft, Reading, Role, Thread, ThreadId, Timestamp, union,
    union_since,
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
    Befriend,
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
        1 => Just(Step::Befriend),
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
    let prev = if thread.heads().is_empty() {
        vec![thread.root()]
    } else {
        thread.heads()
    };
    let text = format!("text {text}");
    let at = time(i64::from(at));
    let message = if by_agent {
        let draft = MessageDraft::new(Role::Ai, &text, at, AGENT.public(), &prev)
            .with("agent", Some("echo"));
        AGENT.sign_message(draft)
    } else {
        OWNER.owner().sign_message(MessageDraft::new(
            Role::Human,
            &text,
            at,
            OWNER.public(),
            &prev,
        ))
    };
    if thread
        .messages()
        .iter()
        .all(|known| known.id() != message.id())
    {
        thread.append(message);
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
            thread.set_heads(&heads);
            say(thread, true, *text, 9);
        }
        Step::Undo => {
            let heads: Vec<Hash> = thread
                .visible()
                .last()
                .map_or(Vec::new(), |last| last.prev().to_vec());
            thread.set_heads(&heads);
        }
        Step::SetHeads(choice) => {
            let ids: Vec<Hash> = thread.messages().iter().map(Message::id).collect();
            let chosen: Vec<Hash> = choice
                .iter()
                .filter_map(|&n| ids.get(usize::from(n) % ids.len().max(1)).copied())
                .collect();
            thread.set_heads(&chosen);
        }
        Step::Title(n) => thread.set_title(&format!("title {n}")),
        Step::Tag(n) => thread.set_tags(&[format!("tag{n}")]),
        Step::ListAgent(n) => {
            let key = OWNER.agent(&format!("agent {n}")).public();
            thread.add_agent(&Agent {
                name: format!("agent {n}"),
                key,
            });
        }
        Step::Befriend => {
            let friend = Value::from(FRIEND.public().to_string());
            *thread = edited(thread, |file| {
                drop(file.insert("participants".into(), vec![friend].into()))
            });
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
    fn a_union_does_not_depend_on_the_side((base, [one, other]) in versions::<2>()) {
        prop_assert_eq!(union(&one, &other), union(&other, &one));
        prop_assert_eq!(union_since(Some(&base), &one, &other), union_since(Some(&base), &other, &one));
    }

    #[test]
    fn a_union_does_not_depend_on_the_order((_, [a, b, c]) in versions::<3>()) {
        let left = union(&union(&a, &b), &c);
        let right = union(&a, &union(&b, &c));
        prop_assert_eq!(left, right);
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
    fn a_union_is_true_once_signed_and_loses_no_message((base, [one, other]) in versions::<2>()) {
        for both in [union(&one, &other), union_since(Some(&base), &one, &other)] {
            assert_valid(&both)?;
            prop_assert_eq!(ids(&both), &ids(&one) | &ids(&other));
            prop_assert_eq!(set(both.agents()), &set(one.agents()) | &set(other.agents()));
            let newest = one.updated_at().max(other.updated_at());
            prop_assert_eq!(both.updated_at(), newest);
        }
    }

    #[test]
    fn since_their_base_one_sides_moves_are_kept((base, [one]) in versions::<1>()) {
        let both = union_since(Some(&base), &base, &one);
        if one.heads().is_empty() {
            // Something must be shown: an undo of everything is not told from a version without
            // messages.
            prop_assert_eq!(ids(&both), ids(&one));
        } else {
            prop_assert_eq!(set(both.heads()), set(one.heads()));
            prop_assert_eq!(set(both.aside()), set(one.aside()));
        }
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

#[test]
fn the_union_agrees_with_the_vectors() {
    let file = include_bytes!("../vectors/union.json");
    let vectors: Value = serde_json::from_slice(file).unwrap();
    let thread = |value: &Value| thread_of(&json::canonical(value));
    for case in vectors["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let base = case.get("base").map(&thread);
        let versions: Vec<Thread> = case["versions"]
            .as_array()
            .unwrap()
            .iter()
            .map(&thread)
            .collect();
        let reversed: Vec<Thread> = versions.iter().rev().cloned().collect();
        for versions in [versions, reversed] {
            let (first, rest) = versions.split_first().unwrap();
            let both = rest.iter().fold(first.clone(), |one, other| {
                union_since(base.as_ref(), &one, other)
            });
            assert_eq!(
                Value::Object(both.header().clone()),
                case["header"],
                "{name}"
            );
            let texts = |of: fn(&Message) -> String| {
                Value::from(both.messages().iter().map(of).collect::<Vec<_>>())
            };
            assert_eq!(
                texts(|message| message.id().to_string()),
                case["order"],
                "{name}"
            );
            assert_eq!(
                texts(|message| message.signature().unwrap().to_string()),
                case["signatures"],
                "{name}"
            );
        }
    }
}
