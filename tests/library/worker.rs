//! The thread that owns a profile: what breaks on it, and more than it can take.

use crate::support::{Canned, Home, workspace_now};
use mmogit::backend::choose::ReadyBackend;
use mmogit::buffer::{IdempotencyMark, Mode, NewMessage};
use mmogit::identity::{Keys, Words};
use mmogit::model::{Hash, Role};
use mmogit::server::worker::{AppendError, ProfileHandle, Refused, Repeatable, Serving};
use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc;
use std::time::Duration;
use tokio::runtime::Builder;

/// How many questions may be asked in a mode, with that which is answered.
const MOST_ASKED: usize = 9;

/// How many jobs wait at the most.
const MOST_WAITING: usize = 256;

fn serve(home: &Home) -> ProfileHandle {
    let words = Words::from_entropy(&[1; 32]).unwrap();
    let serving = Serving {
        workspace: workspace_now(home.path()),
        keys: Keys::from_words(&words),
        backend: ReadyBackend {
            backend: Box::new(Canned::new("yes")),
            model: None,
        },
        name: "local".to_owned(),
    };
    ProfileHandle::start(serving).unwrap()
}

fn run(work: impl Future<Output = ()>) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let done = tokio::time::timeout(Duration::from_secs(60), work).await;
        done.expect("it ends");
    });
}

fn said(text: &str) -> NewMessage {
    NewMessage::new(Role::Human, text)
}

fn shown(profile: &ProfileHandle) -> Vec<String> {
    let view = profile.view(Mode::Inner).unwrap().view;
    let messages = view.messages.iter();
    messages.map(|shown| shown.message.text()).collect()
}

/// Keeps a profile busy until told.
async fn hold(profile: &ProfileHandle) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel();
    let (begin, begun) = tokio::sync::oneshot::channel();
    let profile = profile.clone();
    tokio::spawn(async move {
        let step = profile.run(move |_| {
            let _ = begin.send(());
            let _ = released.recv();
        });
        step.await.unwrap();
    });
    begun.await.unwrap();
    release
}

type Waiting<'p> = Pin<Box<dyn Future<Output = Result<(), Refused>> + 'p>>;

/// Hands something in, and leaves it waiting for the profile that is held.
async fn hand_in<T>(work: impl Future<Output = T>) -> Pin<Box<impl Future<Output = T>>> {
    let mut work = Box::pin(work);
    let at_once = tokio::time::timeout(Duration::ZERO, &mut work).await;
    assert!(at_once.is_err(), "the profile is busy");
    work
}

/// Has a profile do things until no more are taken.
async fn fill(profile: &ProfileHandle) -> Vec<Waiting<'_>> {
    let mut accepted = Vec::new();
    loop {
        let mut step: Waiting<'_> = Box::pin(profile.run(|_| ()));
        match tokio::time::timeout(Duration::ZERO, &mut step).await {
            Err(_) => accepted.push(step),
            Ok(refused) => {
                assert_eq!(refused, Err(Refused::Busy));
                return accepted;
            }
        }
    }
}

#[test]
fn a_step_that_breaks_costs_its_own_answer_and_nothing_else() {
    let home = Home::new();
    let profile = serve(&home);
    run(async {
        profile.append(Mode::Inner, said("before")).await.unwrap();
        for _ in 0..2 {
            let broken = profile.run(|_| panic!("a step of a test")).await;
            assert_eq!(broken.map(|(): ()| ()), Err(Refused::Failed));
            assert_eq!(shown(&profile), ["before"]);
        }
        profile.append(Mode::Inner, said("after")).await.unwrap();
        assert_eq!(shown(&profile), ["before", "after"]);
        profile.stop().await.unwrap();
    });
    home.assert_sound();
    let again = serve(&home);
    assert_eq!(shown(&again), ["before", "after"]);
    run(async { again.stop().await.unwrap() });
}

#[test]
fn who_comes_to_a_full_queue_is_told_and_what_was_accepted_is_done() {
    let home = Home::new();
    let profile = serve(&home);
    run(async {
        let release = hold(&profile).await;
        let accepted = fill(&profile).await;
        assert_eq!(accepted.len(), MOST_WAITING);
        let refused = profile.append(Mode::Inner, said("too much")).await;
        assert_eq!(refused.unwrap_err(), Refused::Busy.into());
        release.send(()).unwrap();
        for step in accepted {
            assert_eq!(step.await, Ok(()));
        }
        profile.append(Mode::Inner, said("later")).await.unwrap();
        assert_eq!(shown(&profile), ["later"]);
        profile.stop().await.unwrap();
    });
}

#[test]
fn a_key_is_free_again_once_nobody_does_what_it_stands_for() {
    let home = Home::new();
    let profile = serve(&home);
    let mark = IdempotencyMark {
        key: Hash([1; 32]),
        body: Hash([2; 32]),
    };
    run(async {
        let claimed = profile.claim(mark).await.unwrap();
        assert!(matches!(claimed, Repeatable::New(_)));
        let other = profile.claim(mark).await.unwrap();
        assert!(matches!(other, Repeatable::Going));
        let release = hold(&profile).await;
        let accepted = fill(&profile).await;
        drop(claimed);
        release.send(()).unwrap();
        for step in accepted {
            step.await.unwrap();
        }
        let again = profile.claim(mark).await.unwrap();
        assert!(matches!(again, Repeatable::New(_)));
        // Who asks and leaves before the answer leaves the key free, too.
        drop(again);
        let release = hold(&profile).await;
        let leaving = tokio::time::timeout(Duration::from_millis(20), profile.claim(mark));
        assert!(leaving.await.is_err());
        release.send(()).unwrap();
        let after = profile.claim(mark).await.unwrap();
        assert!(matches!(after, Repeatable::New(_)));
        drop(after);
        profile.stop().await.unwrap();
    });
}

fn marked(text: &str, mark: IdempotencyMark) -> NewMessage {
    NewMessage {
        idempotency: Some(mark),
        ..said(text)
    }
}

#[test]
fn what_is_repeated_before_it_is_on_disk_is_said_once() {
    let home = Home::new();
    let profile = serve(&home);
    let mark = IdempotencyMark {
        key: Hash([1; 32]),
        body: Hash([2; 32]),
    };
    let other = IdempotencyMark {
        body: Hash([3; 32]),
        ..mark
    };
    run(async {
        let release = hold(&profile).await;
        let first = hand_in(profile.append(Mode::Inner, marked("once", mark))).await;
        let again = hand_in(profile.append(Mode::Inner, marked("once", mark))).await;
        let another = hand_in(profile.append(Mode::Inner, marked("another", other))).await;
        release.send(()).unwrap();
        let (first, again) = (first.await.unwrap(), again.await.unwrap());
        assert!(!first.is_repeat && again.is_repeat);
        assert_eq!(first.appended, again.appended);
        assert_eq!(another.await, Err(AppendError::OtherBody));
        assert_eq!(shown(&profile), ["once"]);
        profile.stop().await.unwrap();
    });
}

#[test]
fn of_those_that_ask_together_no_more_are_taken_than_there_is_room_for() {
    let home = Home::new();
    let profile = serve(&home);
    run(async {
        let release = hold(&profile).await;
        let mut asking = Vec::new();
        for number in 0..MOST_ASKED + 3 {
            let question = said(&number.to_string());
            asking.push(hand_in(profile.ask(Mode::Inner, question)).await);
        }
        release.send(()).unwrap();
        for (number, asked) in asking.into_iter().enumerate() {
            let refused = asked.await.err();
            let expected = (number >= MOST_ASKED).then_some(AppendError::TooManyWaiting);
            assert_eq!(refused, expected, "{number}");
        }
        profile.stop().await.unwrap();
    });
    let thread = home.only_thread();
    let of_people = thread.messages().iter().map(|message| message.role());
    let of_people = of_people.filter(|role| *role == Role::Human);
    assert_eq!(of_people.count(), MOST_ASKED);
}

#[test]
fn what_came_to_disk_before_a_step_broke_is_known_when_it_is_repeated() {
    let home = Home::new();
    let profile = serve(&home);
    let mark = |number| IdempotencyMark {
        key: Hash([number; 32]),
        body: Hash([2; 32]),
    };
    run(async {
        // From here on the marks of the home are known.
        let before = profile.append(Mode::Inner, marked("before", mark(1)));
        before.await.unwrap();
        let broken = profile.run(move |profile| {
            let work = profile.home.work();
            let message = marked("on disk", mark(3));
            let staged = profile.buffers.stage(work, Mode::Inner, message).unwrap();
            profile.buffers.commit(work).of(&staged).unwrap();
            panic!("a step of a test");
        });
        assert_eq!(broken.await.map(|(): ()| ()), Err(Refused::Failed));
        let again = profile.append(Mode::Inner, marked("on disk", mark(3)));
        assert!(again.await.unwrap().is_repeat);
        assert_eq!(shown(&profile), ["before", "on disk"]);
        profile.stop().await.unwrap();
    });
}
