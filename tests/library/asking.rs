//! Asking in three steps: a question that owns what it needs, asked on any thread while the session
//! does other things, and an answer that is kept in whatever became of the thread meanwhile.

use crate::support::{
    Canned, Home, Say, all_texts, copy_folder, ignore, me, resume, texts, titled, workspace_now,
};
use mmogit::backend::{Backend, Reply, Usage};
use mmogit::model::{Hash, Message, Role, Thread};
use mmogit::store::{ReplyNotes, Store};
use mmogit::turn::{GivenReply, IdleSession, Question, Session, TurnError, WakeError};
use mmogit::workspace::Counts;
use std::thread;

fn is_sendable<T: Send + 'static>() {}

/// A server asks on other threads than that which holds the session: this has to compile.
#[test]
fn what_a_server_holds_or_hands_on_may_be_sent() {
    is_sendable::<Question>();
    is_sendable::<GivenReply>();
    is_sendable::<Reply>();
    is_sendable::<ReplyNotes>();
    is_sendable::<IdleSession>();
    is_sendable::<Store>();
    is_sendable::<Box<dyn Backend>>();
    fn is_shared<T: Send + Sync + ?Sized>() {}
    is_shared::<dyn Backend>();
}

/// A question as it is asked elsewhere.
fn asked(question: &Question, reply: &str) -> GivenReply {
    question.ask(&Canned::new(reply), &mut ignore).unwrap()
}

fn found<'t>(thread: &'t Thread, text: &str) -> &'t Message {
    let mut messages = thread.messages().iter();
    messages.find(|message| message.text() == text).unwrap()
}

#[test]
fn a_question_is_asked_on_another_thread_while_the_session_goes_on() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("first").unwrap();
    let question = session.question(None).unwrap();
    let asking = thread::spawn(move || {
        let given = asked(&question, "to the first");
        (question, given)
    });
    session.say("second").unwrap();
    session.set_title("renamed").unwrap();
    let (question, given) = asking.join().unwrap();
    let answer = session.keep(&question, &given).unwrap();
    assert!(answer.is_shown);

    let second = found(session.thread(), "second").id();
    let kept = found(session.thread(), "to the first");
    assert_eq!(kept.prev(), [question.id()]);
    assert_eq!(session.thread().heads(), [second, kept.id()]);
    // The next message joins both.
    session.say("third").unwrap();
    let third = found(session.thread(), "third");
    assert_eq!(third.prev(), [second, answer.accepted.id]);
    session.end().unwrap();
    assert_eq!(
        texts(&home.only_thread()),
        ["first", "second", "to the first", "third"]
    );
    home.assert_sound();
}

#[test]
fn two_questions_of_one_session_are_answered_in_any_order() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("first").unwrap();
    let first = session.question(None).unwrap();
    session.say("second").unwrap();
    let second = session.question(None).unwrap();
    assert_eq!(second.id(), found(session.thread(), "second").id());

    let to_second = asked(&second, "to the second");
    session.keep(&second, &to_second).unwrap();
    let to_first = asked(&first, "to the first");
    session.keep(&first, &to_first).unwrap();
    for (question, answer) in [(&first, "to the first"), (&second, "to the second")] {
        let answer = found(session.thread(), answer);
        assert_eq!(answer.prev(), [question.id()]);
        assert!(session.thread().heads().contains(&answer.id()));
    }
    assert!(session.unanswered().is_none());
    session.end().unwrap();
    assert_eq!(texts(&home.only_thread()).len(), 4);
    home.assert_sound();
}

#[test]
fn one_question_that_is_asked_twice_at_once_has_two_answers() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("question").unwrap();
    let (one, other) = (
        session.question(None).unwrap(),
        session.question(None).unwrap(),
    );
    let (given, also_given) = (asked(&one, "the same"), asked(&other, "the same"));
    let answer = session.keep(&one, &given).unwrap();
    let another = session.keep(&other, &also_given).unwrap();
    assert_ne!(answer.accepted.id, another.accepted.id);
    let both = [answer.accepted.id, another.accepted.id];
    assert_eq!(session.thread().heads(), both);
    session.end().unwrap();
    assert_eq!(all_texts(&home.only_thread()).len(), 3);
    home.assert_sound();
}

#[test]
fn the_answer_to_a_question_that_was_taken_back_is_kept_aside() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("first").unwrap();
    session
        .ask(&Canned::new("answer"), None, &mut ignore)
        .unwrap();
    session.say("question").unwrap();
    let question = session.question(None).unwrap();
    session.undo().unwrap();
    let answer = session.keep(&question, &asked(&question, "late")).unwrap();
    assert!(!answer.is_shown);
    assert_eq!(texts(session.thread()), ["first", "answer"]);
    assert_eq!(session.thread().aside(), [answer.accepted.id]);

    // And where the session dies before it saves.
    let killed = Home::new();
    copy_folder(home.path(), killed.path());
    let left = workspace_now(killed.path()).recover(me()).unwrap().left;
    assert_eq!(left, Vec::new());
    session.end().unwrap();
    for home in [home, killed] {
        let thread = home.only_thread();
        assert_eq!(texts(&thread), ["first", "answer"]);
        assert_eq!(all_texts(&thread).len(), 4);
        home.assert_sound();
    }
}

#[test]
fn an_answer_stays_until_another_is_kept_in_its_place() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("question").unwrap();
    session
        .ask(&Canned::new("earlier"), None, &mut ignore)
        .unwrap();
    let again = session.question_again(None).unwrap();
    assert_eq!(texts(session.thread()), ["question", "earlier"]);
    session.keep(&again, &asked(&again, "better")).unwrap();
    assert_eq!(texts(session.thread()), ["question", "better"]);

    // Whoever goes on from an answer meanwhile keeps it.
    let again = session.question_again(None).unwrap();
    session.say("thanks").unwrap();
    let answer = session.keep(&again, &asked(&again, "too late")).unwrap();
    assert!(!answer.is_shown);
    assert_eq!(texts(session.thread()), ["question", "better", "thanks"]);
    let killed = Home::new();
    copy_folder(home.path(), killed.path());
    workspace_now(killed.path()).recover(me()).unwrap();
    session.end().unwrap();
    for home in [home, killed] {
        let thread = home.only_thread();
        assert_eq!(texts(&thread), ["question", "better", "thanks"]);
        assert_eq!(all_texts(&thread).len(), 5);
        home.assert_sound();
    }
}

#[test]
fn a_reply_that_comes_after_a_save_stands_in_what_others_said_too() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("question").unwrap();
    let question = session.question(None).unwrap();
    session.save().unwrap();
    let (elsewhere, their_store) = (home.workspace(), home.store());
    let mut other = resume(&elsewhere, &their_store, keys);
    other.say("from elsewhere").unwrap();
    other.end().unwrap();
    session.set_title("renamed").unwrap();
    assert_eq!(session.save().unwrap(), 1);

    let answer = session
        .keep(&question, &asked(&question, "answer"))
        .unwrap();
    assert!(answer.is_shown);
    let killed = Home::new();
    copy_folder(home.path(), killed.path());
    let recovery = workspace_now(killed.path()).recover(me()).unwrap();
    let (recovered, left) = (recovery.sessions, recovery.left);
    assert_eq!((recovered[0].messages, left), (1, Vec::new()));
    session.end().unwrap();
    for home in [home, killed] {
        let thread = home.only_thread();
        assert_eq!(found(&thread, "answer").prev(), [question.id()]);
        assert_eq!(thread.heads().len(), 2);
        assert_eq!(texts(&thread).len(), 3);
        home.assert_sound();
    }
}

#[test]
fn a_reply_outlives_the_session_that_asked_and_stays_in_its_thread() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("question").unwrap();
    let question = session.question(None).unwrap();
    session.end().unwrap();
    // Its pieces go nowhere, and harm nothing.
    let long = "piece ".repeat(200);
    let given = asked(&question, &long);

    let mut another = Session::begin(&workspace, &store, keys, titled("another")).unwrap();
    another.say("something else").unwrap();
    let refused = another.keep(&question, &given).unwrap_err();
    assert!(matches!(refused, TurnError::AnotherThread), "{refused}");
    drop(another);
    let mut next = resume(&workspace, &store, keys);
    next.keep(&question, &given).unwrap();
    let thread = next.end().unwrap().unwrap();
    assert_eq!(texts(&thread), ["question".to_owned(), long]);
}

/// One that is dropped while its reply comes is dead at once, and recovered by the next command.
#[test]
fn whoever_still_notes_a_reply_does_not_keep_a_dead_session_alive() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("question").unwrap();
    let question = session.question(None).unwrap();
    drop(session);
    let recovered = workspace.recover(keys).unwrap().sessions;
    assert_eq!(recovered.len(), 1);
    asked(&question, &"piece ".repeat(200));
    assert!(fs_is_empty(&home));
}

fn fs_is_empty(home: &Home) -> bool {
    crate::support::files_below(&home.path().join("journal")).is_empty()
}

#[test]
fn of_two_replies_that_were_coming_when_the_session_died_both_are_kept() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("first").unwrap();
    let first = session.question(None).unwrap();
    session.say("second").unwrap();
    let second = session.question(None).unwrap();
    let (one, other) = ("one ".repeat(200), "other ".repeat(200));
    // The pieces come by turns; nothing is kept before the end.
    asked(&first, &one);
    asked(&second, &other);
    asked(&first, &one);
    session.say("third").unwrap();
    let killed = Home::new();
    copy_folder(home.path(), killed.path());
    let recovery = workspace_now(killed.path()).recover(me()).unwrap();
    let (recovered, left) = (recovery.sessions, recovery.left);
    assert_eq!((recovered[0].messages, left), (5, Vec::new()));
    let thread = killed.only_thread();
    let cut: Vec<(Vec<Hash>, String)> = thread
        .visible()
        .into_iter()
        .filter(|message| message.role() == Role::Ai && message.is_interrupted())
        .map(|message| (message.prev().to_vec(), message.text()))
        .collect();
    let twice = format!("{one}{one}");
    assert_eq!(cut, [(vec![first.id()], twice), (vec![second.id()], other)]);
    killed.assert_sound();
}

#[test]
fn a_reply_whose_notes_are_closed_is_cut_there() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("question").unwrap();
    let question = session.question(None).unwrap();
    let before = "before ".repeat(200);
    asked(&question, &before);
    question.close_notes();
    asked(&question, &"after ".repeat(200));
    let killed = Home::new();
    copy_folder(home.path(), killed.path());
    workspace_now(killed.path()).recover(me()).unwrap();
    assert_eq!(
        texts(&killed.only_thread()),
        ["question".to_owned(), before]
    );
}

/// Two replies of one number would be taken for one.
#[test]
fn a_reply_that_comes_after_its_journal_was_lost_is_not_taken_for_another() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("first").unwrap();
    let first = session.question(None).unwrap();
    let given = asked(&first, "to the first");
    for file in crate::support::files_below(&home.path().join("journal")) {
        std::fs::remove_file(file).unwrap();
    }
    session.say("second").unwrap();
    assert!(session.take_lost_journal().is_some());
    let second = session.question(None).unwrap();
    let cut = "to the second ".repeat(200);
    asked(&second, &cut);
    session.keep(&first, &given).unwrap();
    let killed = Home::new();
    copy_folder(home.path(), killed.path());
    workspace_now(killed.path()).recover(me()).unwrap();
    let thread = killed.only_thread();
    assert_eq!(found(&thread, &cut).prev(), [second.id()]);
    assert_eq!(found(&thread, "to the first").prev(), [first.id()]);
}

#[test]
fn a_session_is_made_used_and_let_go_of_for_each_step() {
    let home = Home::new();
    let keys = me();
    let idle = {
        let (workspace, store) = (home.workspace(), home.store());
        let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
        session.say("question").unwrap();
        session.idle()
    };
    let path = home.path().to_owned();
    let step = move || {
        let (workspace, keys) = (workspace_now(&path), me());
        let store = workspace.store_of(&keys.public()).unwrap();
        let mut session = idle.wake(&workspace, &store, keys).ok().unwrap();
        session
            .ask(&Canned::new("answer"), None, &mut ignore)
            .unwrap();
        session.idle()
    };
    let idle = thread::spawn(step).join().unwrap();
    let (workspace, store, stranger) = (home.workspace(), home.store(), crate::support::keys(9));
    let refused = *idle.wake(&workspace, &store, stranger).err().unwrap();
    assert_eq!(refused.why, WakeError::OtherKeys);
    let idle = refused.session;
    let session = idle.wake(&workspace, &store, keys).ok().unwrap();
    let thread = session.end().unwrap().unwrap();
    assert_eq!(texts(&thread), ["question", "answer"]);
    home.assert_sound();
}

#[test]
fn a_session_does_not_wake_on_the_store_of_another_home() {
    let (home, elsewhere) = (Home::new(), Home::new());
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("question").unwrap();
    let idle = session.idle();
    let (other_workspace, other_store) = (elsewhere.workspace(), elsewhere.store());
    let woken = idle.wake(&other_workspace, &other_store, keys);
    let refused = *woken.err().unwrap();
    assert_eq!(refused.why, WakeError::OtherStore);
    // The same store, opened again, is no other.
    let reopened = home.store();
    let session = refused.session.wake(&workspace, &reopened, keys);
    let thread = session.ok().unwrap().end().unwrap().unwrap();
    assert_eq!(texts(&thread), ["question"]);
    home.assert_sound();
}

#[test]
fn what_answers_took_is_recorded_and_counted_in_all_its_parts() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    let full = Usage {
        prompt: Some(100),
        cached: Some(60),
        completion: Some(20),
        reasoning: Some(5),
    };
    let part = Usage {
        prompt: Some(10),
        ..Usage::default()
    };
    for usage in [full, part] {
        session.say("question").unwrap();
        let question = session.question(None).unwrap();
        let mut given = asked(&question, "answer");
        given.reply.usage = Some(usage);
        session.keep(&question, &given).unwrap();
    }
    let counts = Counts::of(session.thread());
    assert_eq!((counts.prompt_tokens, counts.cached_tokens), (110, 60));
    assert_eq!((counts.completion_tokens, counts.reasoning_tokens), (20, 5));
}
