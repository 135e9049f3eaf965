//! People who come into a thread and go out of it, and their agents: whose word counts, and until
//! when.

use crate::support::{START, keys, me};
use mmogit::identity::Keys;
use mmogit::model::{
    Agent, Birth, Excerpt, Kinship, Message, MessageDraft, Role, Thread, ThreadId, Timestamp,
    derive,
};
use mmogit::verify::{self, MessageFaultKind, ThreadFinding};

fn time(at: i64) -> Timestamp {
    Timestamp::from_millis(START + at)
}

fn birth(author: &Keys, at: i64) -> Birth {
    Birth {
        id: ThreadId::at(time(at)),
        title: "a talk".into(),
        author: author.public(),
        created_at: time(at),
        mode: "conversation".into(),
        project: None,
        tags: Vec::new(),
    }
}

fn after(thread: &Thread) -> Vec<mmogit::model::Hash> {
    match thread.heads() {
        heads if heads.is_empty() => vec![thread.root()],
        heads => heads,
    }
}

fn say(thread: &mut Thread, who: &Keys, text: &str, at: i64) -> Message {
    let draft = MessageDraft::new(Role::Human, text, time(at), who.public(), &after(thread));
    let message = who.owner().sign_message(draft);
    thread.append(message.clone());
    message
}

fn answer(thread: &mut Thread, whose: &Keys, text: &str, at: i64) -> Message {
    let agent = whose.agent("echo");
    let draft = MessageDraft::new(Role::Ai, text, time(at), agent.public(), &after(thread));
    let message = agent.sign_message(draft.with("agent", Some("echo")));
    thread.append(message.clone());
    message
}

fn agent_of(whose: &Keys) -> Agent {
    let by = Some(whose.public());
    Agent {
        by,
        ..whose.agent_entry("echo")
    }
}

/// A thread of mine in which a friend and the friend's agent take part.
fn shared() -> Thread {
    let mut thread = Thread::begin(birth(me(), 0));
    thread.invite(keys(2).public(), time(1));
    thread.add_agent(&agent_of(keys(2)));
    say(&mut thread, me(), "shall we?", 2);
    say(&mut thread, keys(2), "we shall", 3);
    answer(&mut thread, keys(2), "you shall", 4);
    thread
}

/// What is found wrong with a thread once its author signed it.
fn found(thread: &Thread, author: &Keys) -> Vec<MessageFaultKind> {
    let mut thread = thread.clone();
    author.owner().sign_thread(&mut thread);
    let findings = verify::thread(&thread).findings().into_iter();
    let kind = |finding| match finding {
        ThreadFinding::Message { fault, .. } => fault.kind,
        other => panic!("{other}"),
    };
    findings.map(kind).collect()
}

#[test]
fn what_was_said_before_a_drop_counts_and_nothing_after_it() {
    let friend = keys(2).public();
    let mut thread = shared();
    let last = thread.heads();
    thread.drop_participant(friend, time(5));
    assert_eq!(found(&thread, me()), []);
    let entry = &thread.former()[0];
    assert_eq!((entry.key, entry.times, &entry.last), (friend, 1, &last));
    assert_eq!(thread.participants(), []);

    let mut on = thread.clone();
    say(&mut on, keys(2), "I am still here", 6);
    assert_eq!(found(&on, me()), [MessageFaultKind::Former(friend)]);
    let mut on = thread.clone();
    answer(&mut on, keys(2), "so am I", 6);
    let (key, name) = (keys(2).agent("echo").public(), "echo".to_owned());
    let by = friend;
    assert_eq!(
        found(&on, me()),
        [MessageFaultKind::AgentOfFormer { key, name, by }]
    );
}

#[test]
fn who_comes_back_may_speak_and_who_is_dropped_again_may_not() {
    let friend = keys(2).public();
    let mut thread = shared();
    thread.drop_participant(friend, time(5));
    let gone = thread.clone();
    thread.invite(friend, time(6));
    assert_eq!(thread.former()[0].times, 2);
    say(&mut thread, keys(2), "back", 7);
    assert_eq!(found(&thread, me()), []);
    thread.drop_participant(friend, time(8));
    assert_eq!(thread.former()[0].times, 3);
    assert_eq!(found(&thread, me()), []);
    // A version from before the return changes nothing.
    let both = mmogit::model::union(&gone, &thread);
    assert_eq!(found(&both, me()), []);
    assert_eq!(both.former(), thread.former());
    say(&mut thread, keys(2), "again", 9);
    assert_eq!(found(&thread, me()), [MessageFaultKind::Former(friend)]);
}

#[test]
fn inviting_twice_and_dropping_a_stranger_change_nothing() {
    let mut thread = shared();
    let before = thread.clone();
    thread.invite(keys(2).public(), time(9));
    thread.invite(me().public(), time(9));
    thread.drop_participant(keys(3).public(), time(9));
    assert_eq!(thread, before);
}

#[test]
fn an_agent_counts_for_nothing_if_its_owner_has_no_part() {
    let stranger = keys(3);
    let mut thread = shared();
    thread.add_agent(&agent_of(stranger));
    answer(&mut thread, stranger, "trust me", 5);
    let (key, name) = (stranger.agent("echo").public(), "echo".to_owned());
    let by = stranger.public();
    assert_eq!(
        found(&thread, me()),
        [MessageFaultKind::AgentOfStranger { key, name, by }]
    );
    // One good entry is enough.
    let own = Agent {
        by: None,
        ..agent_of(stranger)
    };
    thread.add_agent(&own);
    assert_eq!(found(&thread, me()), []);
}

#[test]
fn a_fork_lists_whose_the_older_agents_are_and_who_was_dropped() {
    let (author, friend) = (me().public(), keys(2).public());
    let mut theirs = shared();
    theirs.add_agent(&me().agent_entry("echo"));
    answer(&mut theirs, me(), "mine", 5);
    theirs.drop_participant(friend, time(6));
    let fork = derive(birth(keys(3), 7), Kinship::Fork, &[Excerpt::whole(&theirs)]);
    assert_eq!(found(&fork, keys(3)), []);
    assert_eq!(fork.participants(), [author]);
    assert_eq!(fork.former()[0].key, friend);
    let owners: Vec<_> = fork.agents().into_iter().map(|agent| agent.by).collect();
    assert_eq!(owners, [Some(friend), Some(author)]);
    let mut on = fork.clone();
    say(&mut on, keys(2), "here too", 8);
    assert_eq!(found(&on, keys(3)), [MessageFaultKind::Former(friend)]);
}

/// As after a rotation: the older key has a part in what it said, and in nothing more.
#[test]
fn a_fork_from_which_the_older_author_is_dropped_keeps_their_words() {
    let mut older = Thread::begin(birth(me(), 0));
    older.add_agent(&me().agent_entry("echo"));
    say(&mut older, me(), "hello", 1);
    answer(&mut older, me(), "hello", 2);
    let mut fork = derive(birth(keys(3), 7), Kinship::Fork, &[Excerpt::whole(&older)]);
    fork.drop_participant(me().public(), time(8));
    say(&mut fork, keys(3), "it is me", 9);
    assert_eq!(found(&fork, keys(3)), []);
    answer(&mut fork, me(), "and me", 10);
    assert!(matches!(
        found(&fork, keys(3)).as_slice(),
        [MessageFaultKind::AgentOfFormer { .. }]
    ));
}
