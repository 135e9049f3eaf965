//! Organising: what holds for every fork, split and merge, and for changes made while somebody
//! talks.

use crate::support::{
    Canned, Home, START, Say, git, has, ignore, keys, me, resume, texts, thread_of, titled,
    workspace_at,
};
use mmogit::identity::Keys;
use mmogit::index::Filter;
use mmogit::model::{
    Agent, Birth, Excerpt, Hash, Kinship, Message, MessageDraft, Role, State, Thread, ThreadId,
    Timestamp, derive,
};
use mmogit::render::tree;
use mmogit::store::Save;
use mmogit::turn::Session;
use mmogit::verify::{self, Verdict};
use mmogit::workspace::{FoundThread, Obstacle, Setup, WorkError, Workspace};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::sync::LazyLock;
use unicode_width::UnicodeWidthStr;

static OWNER: LazyLock<&Keys> = LazyLock::new(me);

fn time(at: i64) -> Timestamp {
    Timestamp::from_millis(START + at)
}

fn birth(number: u64, mode: &str) -> Birth {
    Birth {
        id: ThreadId::at(time(1000 * i64::try_from(number).unwrap())),
        title: format!("thread {number}"),
        author: OWNER.public(),
        created_at: time(0),
        mode: mode.to_owned(),
        project: None,
        tags: vec![format!("tag{number}")],
    }
}

/// A signed thread with branches: a step says something after what is shown, or shows something
/// else first.
fn grown(number: u64, mode: &str, steps: &[(u8, u8)]) -> Thread {
    let agent = OWNER.agent("echo");
    let mut thread = Thread::begin(birth(number, mode));
    for (place, (choice, to)) in steps.iter().enumerate() {
        let ids: Vec<Hash> = thread.messages().iter().map(Message::id).collect();
        if choice % 4 == 0 && !ids.is_empty() {
            let one = ids[usize::from(*to) % ids.len()];
            let two = ids[usize::from(*choice) % ids.len()];
            thread.set_heads(
                if to % 3 == 0 {
                    vec![one, two]
                } else {
                    vec![one]
                }
                .as_slice(),
                thread.updated_at(),
            );
        }
        let prev = if thread.heads().is_empty() {
            vec![thread.root()]
        } else {
            thread.heads()
        };
        let (text, at) = (
            format!("{number}/{place}"),
            time(i64::from(*to) * 10 + i64::from(*choice)),
        );
        let message = if choice % 2 == 0 {
            OWNER.owner().sign_message(MessageDraft::new(
                Role::Human,
                &text,
                at,
                OWNER.public(),
                &prev,
            ))
        } else {
            thread.add_agent(&OWNER.agent_entry("echo"));
            let draft = MessageDraft::new(Role::Ai, &text, at, agent.public(), &prev);
            agent.sign_message(draft.with("agent", Some("echo")))
        };
        thread.append(message);
    }
    OWNER.owner().sign_thread(&mut thread);
    thread
}

fn derived(kinship: Kinship, parts: &[Excerpt<'_>]) -> Thread {
    let mut thread = derive(birth(9, "conversation"), kinship, parts);
    OWNER.owner().sign_thread(&mut thread);
    // What counts is what is read back.
    thread_of(&thread.to_file())
}

fn assert_true(thread: &Thread) -> Result<(), TestCaseError> {
    let report = verify::thread(thread);
    prop_assert_eq!(report.verdict(), Verdict::Valid, "{:?}", report.findings());
    prop_assert!(thread.aside().is_empty());
    prop_assert_eq!(thread.visible().len(), thread.messages().len());
    Ok(())
}

fn shown(thread: &Thread) -> BTreeSet<Hash> {
    thread.visible().into_iter().map(Message::id).collect()
}

fn steps() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((0..12u8, 0..20u8), 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn a_fork_at_any_message_verifies(steps in steps(), at in any::<prop::sample::Index>()) {
        let thread = grown(1, "conversation", &steps);
        let visible = thread.visible();
        let number = at.index(visible.len()) + 1;
        let fork = derived(Kinship::Fork, &[Excerpt::up_to(&thread, number).unwrap()]);
        assert_true(&fork)?;
        prop_assert_eq!(shown(&fork), visible[..number].iter().map(|message| message.id()).collect());
        prop_assert!(fork.messages().iter().all(|copy| visible.contains(&copy)), "a copy is not verbatim");
        prop_assert!(fork.origins().contains(&thread.root()));
        // And so does a fork of the fork.
        let again = derived(Kinship::Fork, &[Excerpt::whole(&fork)]);
        assert_true(&again)?;
        prop_assert_eq!(shown(&again), shown(&fork));
    }

    #[test]
    fn what_is_split_off_and_what_is_left_make_the_whole_again(
        steps in steps(), at in any::<prop::sample::Index>())
    {
        let thread = grown(1, "conversation", &steps);
        let count = thread.visible().len();
        prop_assume!(count > 1);
        let number = at.index(count - 1) + 2;
        let rest = derived(Kinship::Fork, &[Excerpt::up_to(&thread, number - 1).unwrap()]);
        let split = derived(Kinship::Split, &[Excerpt::from(&thread, number).unwrap()]);
        assert_true(&split)?;
        prop_assert!(shown(&split).is_disjoint(&shown(&rest)));
        for parts in [[&rest, &split], [&split, &rest]] {
            let merged = derived(Kinship::Merge, &parts.map(Excerpt::whole));
            assert_true(&merged)?;
            prop_assert_eq!(shown(&merged), shown(&thread));
            let heads = |thread: &Thread| thread.heads().into_iter().collect::<BTreeSet<_>>();
            prop_assert_eq!(heads(&merged), heads(&thread));
        }
    }

    #[test]
    fn a_tree_draws_each_message_once_within_the_width(steps in steps(), width in 24..100usize) {
        let thread = grown(1, "conversation", &steps);
        let drawn = tree::text(&thread, width);
        let (head, rest) = drawn.split_once("\n\n").unwrap();
        prop_assert!(head.contains("thread 1"));
        let lines: Vec<&str> = rest.split("\n\n").next().unwrap().lines().collect();
        prop_assert_eq!(lines.len(), thread.messages().len());
        prop_assert!(lines.iter().all(|line| line.width() <= width), "{}", drawn);
        let count = |mark: char| lines.iter().filter(|line| line.contains(mark)).count();
        prop_assert_eq!(count('●'), thread.heads().len());
        prop_assert_eq!(count('○'), thread.messages().len() - thread.visible().len());
    }

    #[test]
    fn a_merge_shows_both_and_does_not_depend_on_the_side(one in steps(), other in steps()) {
        let (one, other) = (grown(1, "conversation", &one), grown(2, "conversation", &other));
        let merged = derived(Kinship::Merge, &[Excerpt::whole(&one), Excerpt::whole(&other)]);
        assert_true(&merged)?;
        prop_assert_eq!(shown(&merged), &shown(&one) | &shown(&other));
        prop_assert!([&one, &other].iter().all(|part| merged.origins().contains(&part.root())));
        let turned = derived(Kinship::Merge, &[Excerpt::whole(&other), Excerpt::whole(&one)]);
        prop_assert_eq!(merged.messages(), turned.messages());
        prop_assert_eq!(merged.heads(), turned.heads());
    }
}

#[test]
fn a_message_that_joins_two_lines_says_so() {
    let mut thread = grown(1, "conversation", &[(2, 1)]);
    let first = thread.heads();
    for text in ["left", "right"] {
        thread.set_heads(&first, thread.updated_at());
        let at = time(if text == "left" { 1000 } else { 2000 });
        thread.append(OWNER.owner().sign_message(MessageDraft::new(
            Role::Human,
            text,
            at,
            OWNER.public(),
            &first,
        )));
    }
    let both: Vec<Hash> = thread.messages()[1..].iter().map(Message::id).collect();
    thread.set_heads(&both, thread.updated_at());
    let draft = MessageDraft::new(Role::Human, "joined", time(3000), OWNER.public(), &both);
    thread.append(OWNER.owner().sign_message(draft));
    let drawn = tree::text(&thread, 80);
    assert!(
        drawn
            .contains("\n• 1 👤 1/0\n├─• 2 👤 left\n• 3 👤 right\n● 4 👤 (joins 2 and 3) joined\n"),
        "{drawn}"
    );
}

/// One thing done to the threads of a home. The numbers choose among them.
#[derive(Debug, Clone)]
enum Deed {
    Rename(u8),
    Tag(u8, u8),
    Untag(u8, u8),
    Archive(u8),
    Restore(u8),
    Fork(u8, usize),
    Split(u8, usize, bool),
    Merge(u8, u8),
}

fn deed() -> impl Strategy<Value = Deed> {
    let which = any::<u8>;
    prop_oneof![
        which().prop_map(Deed::Rename),
        (which(), 0..3u8).prop_map(|(thread, tag)| Deed::Tag(thread, tag)),
        (which(), 0..3u8).prop_map(|(thread, tag)| Deed::Untag(thread, tag)),
        which().prop_map(Deed::Archive),
        which().prop_map(Deed::Restore),
        (which(), 0..6usize).prop_map(|(thread, at)| Deed::Fork(thread, at)),
        (which(), 0..6usize, any::<bool>())
            .prop_map(|(thread, at, aside)| Deed::Split(thread, at, aside)),
        (which(), which()).prop_map(|(one, other)| Deed::Merge(one, other)),
    ]
}

fn found(workspace: &Workspace, number: u8) -> FoundThread {
    let threads = workspace
        .threads()
        .list(&Filter::default())
        .unwrap()
        .threads;
    workspace
        .threads()
        .find(&threads[usize::from(number) % threads.len()].id)
        .unwrap()
}

/// Does it. A refusal is fine here; that it leaves everything sound is what is looked at.
fn perform(workspace: &Workspace, deed: &Deed) -> Result<(), WorkError> {
    let keys = &*OWNER;
    let tags = |tag: u8| vec![format!("tag{tag}")];
    match *deed {
        Deed::Rename(n) => workspace
            .organiser()
            .rename(keys, found(workspace, n), &format!("title {n}"))
            .map(drop),
        Deed::Tag(n, tag) => workspace
            .organiser()
            .add_tags(keys, found(workspace, n), &tags(tag))
            .map(drop),
        Deed::Untag(n, tag) => workspace
            .organiser()
            .remove_tags(keys, found(workspace, n), &tags(tag))
            .map(drop),
        Deed::Archive(n) => workspace
            .organiser()
            .set_state(keys, found(workspace, n), State::Archived)
            .map(drop),
        Deed::Restore(n) => workspace
            .organiser()
            .set_state(keys, found(workspace, n), State::Active)
            .map(drop),
        Deed::Fork(n, at) => workspace
            .organiser()
            .fork(keys, found(workspace, n), (at > 0).then_some(at), None)
            .map(drop),
        Deed::Split(n, at, aside) => {
            let source = found(workspace, n);
            workspace
                .organiser()
                .split(keys, source.clone(), at, None)?;
            if aside {
                workspace
                    .organiser()
                    .set_aside_from(keys, source, at)
                    .map(drop)
            } else {
                Ok(())
            }
        }
        Deed::Merge(one, other) => workspace
            .organiser()
            .merge(keys, found(workspace, one), found(workspace, other), None)
            .map(drop),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) })]

    #[test]
    fn whatever_is_organised_everything_stays_true_and_nothing_is_lost(
        deeds in prop::collection::vec(deed(), 1..10))
    {
        let home = Home::new();
        let workspace = home.workspace();
        home.chat_with(&workspace, &OWNER, 2);
        home.chat_with(&workspace, &OWNER, 1);
        for deed in &deeds {
            match perform(&workspace, deed) {
                Ok(()) | Err(WorkError::Unfit { .. } | WorkError::NoSuchMessage { .. }) => {}
                Err(error) => prop_assert!(false, "{deed:?}: {error}"),
            }
        }
        // The history is looked through too: no commit takes away a thread or a message.
        home.assert_sound();
    }
}

#[test]
fn a_change_made_while_somebody_talks_stays_and_so_does_what_is_said() {
    let home = Home::new();
    let (workspace, elsewhere) = (home.workspace(), workspace_at(home.path(), START + 500));
    let before = home.chat(1);
    let store = home.store();
    let mut session = resume(&workspace, &store, &OWNER);
    session.say("one").unwrap();
    let find = || elsewhere.threads().find(&before.id().to_string()).unwrap();
    elsewhere
        .organiser()
        .rename(&OWNER, find(), "renamed")
        .unwrap()
        .expect("a change");
    elsewhere
        .organiser()
        .add_tags(&OWNER, find(), &["new".to_owned()])
        .unwrap()
        .expect("a change");
    elsewhere
        .organiser()
        .set_state(&OWNER, find(), State::Archived)
        .unwrap()
        .expect("a change");
    session.ask(&Canned::new("two"), None, &mut ignore).unwrap();
    session.add_tags(&["mine".to_owned()]).unwrap();
    session.save().unwrap();
    assert_eq!(session.thread().title(), "renamed");
    session.say("three").unwrap();
    let after = session.end().unwrap().unwrap();
    assert_eq!(
        texts(&after),
        ["question 0", "answer", "one", "two", "three"]
    );
    assert_eq!((after.title(), after.state()), ("renamed", State::Archived));
    assert_eq!(after.tags(), ["mine", "new"]);
    home.assert_sound();
}

#[test]
fn a_change_made_while_somebody_talks_outlasts_the_death_of_that_session() {
    for saved_before_it_died in [false, true] {
        let home = Home::new();
        let (workspace, elsewhere) = (home.workspace(), workspace_at(home.path(), START + 500));
        let before = home.chat(1);
        let store = home.store();
        let mut session = resume(&workspace, &store, &OWNER);
        session.say("one").unwrap();
        let found = elsewhere.threads().find(&before.id().to_string()).unwrap();
        elsewhere
            .organiser()
            .rename(&OWNER, found, "renamed")
            .unwrap()
            .expect("a change");
        if saved_before_it_died {
            session.save().unwrap();
        }
        session.add_tags(&["late".to_owned()]).unwrap();
        session.say("two").unwrap();
        drop(session);
        let recovery = workspace.recover(&OWNER).unwrap();
        let (recovered, left) = (recovery.sessions, recovery.left);
        assert_eq!((recovered.len(), left.len()), (1, 0), "{left:?}");
        let after = home.only_thread();
        assert_eq!(texts(&after), ["question 0", "answer", "one", "two"]);
        assert_eq!((after.title(), after.tags()), ("renamed", vec!["late"]));
        home.assert_sound();
    }
}

#[test]
fn the_same_answer_twice_in_one_millisecond_is_two_messages() {
    let home = Home::new();
    let setup = Setup {
        home: home.path().to_owned(),
        clock: Box::new(|| START),
        random: Box::new(|_| unreachable!()),
    };
    let workspace = Workspace::open(setup).unwrap();
    let store = home.store();
    let mut session = Session::begin(&workspace, &store, &OWNER, titled("a talk")).unwrap();
    for _ in 0..2 {
        session.say("the same").unwrap();
        session
            .ask(&Canned::new("again"), None, &mut ignore)
            .unwrap();
        session
            .ask_again(&Canned::new("again"), None, &mut ignore)
            .unwrap();
        session.undo().unwrap();
    }
    let thread = session.end().unwrap().unwrap();
    assert_eq!(thread.messages().len(), 6);
    home.assert_sound();
    // Nor do two threads of one moment get in each other's way.
    let find = || workspace.threads().find("a talk").unwrap();
    let nothing_shown = workspace
        .organiser()
        .fork(&OWNER, find(), None, None)
        .unwrap_err();
    assert!(
        matches!(
            nothing_shown,
            WorkError::Unfit {
                why: Obstacle::NothingToCopy,
                ..
            }
        ),
        "{nothing_shown}"
    );
    let store = home.store();
    let mut session = resume(&workspace, &store, &OWNER);
    session.say("more").unwrap();
    session.end().unwrap();
    let forks = [(); 2].map(|()| {
        workspace
            .organiser()
            .fork(&OWNER, find(), None, None)
            .unwrap()
    });
    assert_ne!(forks[0].id(), forks[1].id());
    home.assert_sound();
}

#[test]
fn branches_are_listed_and_shown_again() {
    let home = Home::new();
    let workspace = home.workspace();
    home.chat(3);
    let store = home.store();
    let mut session = resume(&workspace, &store, &OWNER);
    let second = session.thread().visible()[2].id();
    session.take_back(&second).unwrap();
    assert_eq!(texts(session.thread()), ["question 0", "answer"]);
    session.say("asked differently").unwrap();
    let branches: Vec<(String, bool, usize)> = session
        .branches()
        .iter()
        .map(|branch| (branch.end.text(), branch.is_shown, branch.messages))
        .collect();
    assert_eq!(
        branches,
        [
            ("answer".to_owned(), false, 6),
            ("asked differently".to_owned(), true, 3)
        ]
    );
    let old = session.branches()[0].end.id();
    session.show(&[old]).unwrap();
    assert_eq!(texts(session.thread()).len(), 6);
    let thread = session.end().unwrap().unwrap();
    assert_eq!((thread.messages().len(), thread.aside().len()), (7, 1));
    home.assert_sound();
}

#[test]
fn taking_back_a_question_leaves_what_does_not_stand_on_it() {
    let home = Home::new();
    let workspace = home.workspace();
    home.chat(1);
    let store = home.store();
    // Two sessions go on at once; each has its own line.
    let (mut one, mut other) = (
        resume(&workspace, &store, &OWNER),
        resume(&workspace, &store, &OWNER),
    );
    one.say("left").unwrap();
    other.say("right").unwrap();
    one.end().unwrap();
    other.end().unwrap();
    let mut session = resume(&workspace, &store, &OWNER);
    let left = session
        .thread()
        .visible()
        .into_iter()
        .find(|message| message.text() == "left")
        .unwrap()
        .id();
    session.take_back(&left).unwrap();
    assert_eq!(texts(session.thread()), ["question 0", "answer", "right"]);
    session.end().unwrap();
    home.assert_sound();
}

#[test]
fn somebody_elses_thread_can_be_copied_but_not_changed() {
    let home = Home::new();
    let workspace = home.workspace();
    let friend = keys(2);
    let theirs = home.chat_with(&workspace, friend, 1);
    home.chat_with(&workspace, &OWNER, 1);
    let find = || workspace.threads().find(&theirs.id().to_string()).unwrap();
    let refused = workspace
        .organiser()
        .rename(&OWNER, find(), "mine now")
        .unwrap_err();
    assert!(
        matches!(
            refused,
            WorkError::Unfit {
                why: Obstacle::Foreign(_),
                ..
            }
        ),
        "{refused}"
    );
    let fork = workspace
        .organiser()
        .fork(&OWNER, find(), None, None)
        .unwrap();
    assert_eq!(
        (fork.author(), fork.participants()),
        (OWNER.public(), vec![friend.public()])
    );
    assert_eq!(
        fork.header()["derived_from"]["author"],
        friend.public().to_string()
    );
    let theirs = Agent {
        by: Some(friend.public()),
        ..friend.agent_entry("echo")
    };
    assert_eq!(fork.agents(), [theirs]);
    home.assert_sound();
}

#[test]
fn of_all_threads_that_fit_only_the_owners_are_changed() {
    let home = Home::new();
    let workspace = home.workspace();
    let theirs = home.chat_with(&workspace, keys(2), 1);
    let mine = home.chat_with(&workspace, &OWNER, 1);
    assert_eq!(
        workspace
            .threads()
            .list(&Filter::default())
            .unwrap()
            .threads
            .len(),
        2
    );
    let (fit, _) = workspace
        .organiser()
        .own_that_fit(&Filter::default(), &OWNER.public())
        .unwrap();
    assert_eq!(
        workspace
            .organiser()
            .change_all(&OWNER, &fit, |changing| {
                changing.set_state(State::Archived);
                Ok(())
            })
            .unwrap(),
        1
    );
    let state = |thread: &Thread| {
        home.threads()
            .into_iter()
            .find(|found| found.root() == thread.root())
            .unwrap()
            .state()
    };
    assert_eq!(
        (state(&mine), state(&theirs)),
        (State::Archived, State::Active)
    );
    home.assert_sound();
}

/// What a friend imported, the friend alone attests, in a thread of mine too.
#[test]
fn what_a_friend_imported_stays_the_friends_word_in_a_fork_of_mine() {
    let home = Home::new();
    let workspace = home.workspace();
    let friend = keys(2);
    let mut theirs = Thread::begin(Birth {
        author: friend.public(),
        ..birth(1, "conversation")
    });
    let draft = MessageDraft::new(
        Role::Ai,
        "an old answer",
        time(0),
        friend.public(),
        &[theirs.root()],
    );
    let source = serde_json::json!({ "kind": "another program" });
    theirs.append(
        friend
            .owner()
            .sign_message(draft.with("source", Some(source))),
    );
    let store = workspace.store_of(&friend.public()).unwrap();
    let (owner, now) = (friend.owner(), time(0));
    store
        .save(&Save {
            owner,
            thread: &theirs,
            base: None,
            replaces: None,
            now,
        })
        .unwrap();
    home.assert_sound();
    let theirs = workspace.threads().find("thread 1").unwrap();
    let fork = workspace.organiser().fork(&OWNER, theirs, None, None);
    let fork = fork.unwrap();
    assert_eq!(fork.participants(), [friend.public()]);
    assert_eq!(verify::thread(&fork).findings(), []);
    home.assert_sound();
}

#[test]
fn the_author_of_a_copy_is_no_participant_of_it() {
    let friend = keys(2);
    let mut theirs = Thread::begin(Birth {
        author: friend.public(),
        ..birth(1, "conversation")
    });
    for speaker in [&friend, &*OWNER] {
        let prev = if theirs.heads().is_empty() {
            vec![theirs.root()]
        } else {
            theirs.heads()
        };
        let draft = MessageDraft::new(Role::Human, "said", time(0), speaker.public(), &prev);
        theirs.append(speaker.owner().sign_message(draft));
    }
    let copy = derived(Kinship::Fork, &[Excerpt::whole(&theirs)]);
    assert_eq!(copy.participants(), [friend.public()]);
    assert_eq!(verify::thread(&copy).verdict(), Verdict::Valid);
}

#[test]
fn modes_never_mix() {
    let home = Home::new();
    let workspace = home.workspace();
    let store = home.store();
    for (number, mode) in [(1, "conversation"), (2, "inner")] {
        let thread = grown(number, mode, &[(2, 1)]);
        let (owner, now) = (OWNER.owner(), time(0));
        store
            .save(&Save {
                owner,
                thread: &thread,
                base: None,
                replaces: None,
                now,
            })
            .unwrap();
    }
    let find = |title: &str| workspace.threads().find(title).unwrap();
    let refused = workspace
        .organiser()
        .merge(&OWNER, find("thread 1"), find("thread 2"), None)
        .unwrap_err();
    assert!(
        refused.to_string().contains("mode is conversation"),
        "{refused}"
    );
}

#[test]
fn the_commits_of_a_thread_are_those_that_git_names() {
    let home = Home::new();
    let workspace = home.workspace();
    let thread = home.chat_with(&workspace, &OWNER, 1);
    let id = thread.id().to_string();
    workspace
        .organiser()
        .rename(&OWNER, workspace.threads().find(&id).unwrap(), "one")
        .unwrap();
    workspace
        .organiser()
        .fork(
            &OWNER,
            workspace.threads().find(&id).unwrap(),
            None,
            Some("another"),
        )
        .unwrap();
    workspace
        .organiser()
        .rename(&OWNER, workspace.threads().find(&id).unwrap(), "two")
        .unwrap();
    let info = workspace.threads().info(&id).unwrap();
    let ours: Vec<String> = info
        .commits
        .iter()
        .map(|touch| touch.commit.to_string())
        .collect();
    assert_eq!(ours.len(), 3);
    if has("git") {
        let log = git(
            &home.repository(),
            &["log", "--format=%H", "HEAD", "--", &info.file.path],
        );
        assert_eq!(log.lines().collect::<Vec<_>>(), ours);
    }
}

#[test]
fn the_page_of_python_calls_derived_threads_valid() {
    if !has("python3") {
        return;
    }
    let home = Home::new();
    let thread = grown(
        1,
        "conversation",
        &[(2, 1), (1, 2), (2, 3), (1, 4), (4, 1), (1, 9)],
    );
    let other = grown(2, "conversation", &[(2, 2), (1, 3)]);
    let files = [
        derived(Kinship::Fork, &[Excerpt::up_to(&thread, 2).unwrap()]),
        derived(Kinship::Split, &[Excerpt::from(&thread, 2).unwrap()]),
        derived(
            Kinship::Merge,
            &[Excerpt::whole(&thread), Excerpt::whole(&other)],
        ),
    ];
    let paths = files.iter().enumerate().map(|(number, thread)| {
        let path = home.path().join(format!("{number}.json"));
        fs::write(&path, thread.to_file()).unwrap();
        path
    });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/verify.py");
    let output = Command::new("python3")
        .arg(script)
        .args(paths)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.matches(": valid\n").count(), 3, "{said}");
}
