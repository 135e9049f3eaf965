//! One person at two machines, which meet through a bare repository: whatever was done at each, and
//! whoever syncs first, both end alike; nothing is said twice, and nothing is lost.

use crate::support::devices::Device;
use crate::support::far::Far;
use crate::support::{
    Canned, START, Say, all_texts, has, ignore, keys, me, texts, titled, workspace_at,
    workspace_with_chance,
};
use mmogit::identity::Keys;
use mmogit::model::{State, Thread};
use mmogit::seal::Reader;
use mmogit::store::{LeftJournal, StoreError};
use mmogit::sync::How;
use mmogit::turn::{Session, TurnError};
use mmogit::workspace::WorkError;
use std::fs;

/// The other machine's clock is an hour ahead.
const AHEAD: i64 = 3_600_000;

/// Two machines that have one thread, "a talk".
struct Pair {
    far: Far,
    one: Device,
    other: Device,
}

impl Pair {
    fn new() -> Self {
        let far = Far::new();
        let mut one = Device::of(me(), START);
        let mut other = Device::of(me(), START + AHEAD);
        one.workspace = workspace_with_chance(one.home.path(), START, "one");
        other.workspace = workspace_with_chance(other.home.path(), START + AHEAD, "other");
        begin(&one, "a talk", "first");
        let pair = Self { far, one, other };
        pair.one.sync(&pair.far);
        pair.other.sync(&pair.far);
        assert_eq!(pair.one.tip(), pair.other.tip());
        pair
    }

    /// Syncs until both have all, the one or the other first.
    fn meet(&self, is_one_first: bool) {
        let (first, second) = match is_one_first {
            true => (&self.one, &self.other),
            false => (&self.other, &self.one),
        };
        for device in [first, second, first] {
            let summary = device.sync(&self.far);
            assert!(summary.refused.is_empty(), "{:?}", summary.refused);
        }
        assert_eq!(self.one.tip(), self.other.tip());
        for device in [&self.one, &self.other] {
            device.home.assert_sound();
            assert_eq!(
                device.store().lost_since_seen(&me().public()).unwrap(),
                None
            );
        }
    }
}

/// Does the same with the one and with the other machine syncing first.
fn in_both_orders(act: impl Fn(&Pair), look: impl Fn(&Pair)) {
    if !has("git") {
        return;
    }
    for is_one_first in [true, false] {
        let pair = Pair::new();
        act(&pair);
        pair.meet(is_one_first);
        look(&pair);
    }
}

fn begin(device: &Device, title: &str, text: &str) -> Thread {
    let store = device.store();
    let mut session =
        Session::begin(&device.workspace, &store, device.keys, titled(title)).unwrap();
    session.say(text).unwrap();
    session.end().unwrap().unwrap()
}

fn go_on<'d>(device: &'d Device, store: &'d mmogit::store::Store, title: &str) -> Session<'d> {
    let threads = device.workspace.threads();
    let found = threads.find(title).unwrap();
    let (thread, commit) = threads.continuable(found, &device.keys.public()).unwrap();
    Session::resume(&device.workspace, store, device.keys, thread, commit).unwrap()
}

fn say(device: &Device, title: &str, text: &str) {
    let store = device.store();
    let mut session = go_on(device, &store, title);
    session.say(text).unwrap();
    session.end().unwrap();
}

fn undo(device: &Device, title: &str) {
    let store = device.store();
    let mut session = go_on(device, &store, title);
    session.undo().unwrap();
    session.end().unwrap();
}

fn rename(device: &Device, title: &str, new: &str) {
    let found = device.workspace.threads().find(title).unwrap();
    device
        .workspace
        .organiser()
        .rename(device.keys, found, new)
        .unwrap();
}

fn archive(device: &Device, title: &str) {
    let found = device.workspace.threads().find(title).unwrap();
    let organiser = device.workspace.organiser();
    organiser
        .set_state(device.keys, found, State::Archived)
        .unwrap();
}

fn erase(device: &Device, title: &str) {
    let eraser = device.workspace.eraser();
    let erasable = eraser.erasable(&device.keys.public(), title).unwrap();
    eraser.erase(device.keys, &erasable).unwrap();
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

#[test]
fn a_thread_continued_on_both_has_all_that_was_said() {
    in_both_orders(
        |pair| {
            say(&pair.one, "a talk", "here");
            say(&pair.other, "a talk", "there");
        },
        |pair| {
            for device in [&pair.one, &pair.other] {
                let thread = device.thread("a talk");
                assert_eq!(sorted(all_texts(&thread)), ["first", "here", "there"]);
                assert_eq!(sorted(texts(&thread)), ["first", "here", "there"]);
                assert_eq!(thread.heads().len(), 2);
            }
            // The next message joins both.
            say(&pair.one, "a talk", "and on");
            assert_eq!(pair.one.thread("a talk").heads().len(), 1);
        },
    );
}

#[test]
fn a_title_given_here_outlasts_what_was_said_there() {
    in_both_orders(
        |pair| {
            rename(&pair.one, "a talk", "a better title");
            say(&pair.other, "a talk", "there");
        },
        |pair| {
            let thread = pair.one.thread("a better title");
            assert_eq!(texts(&thread), ["first", "there"]);
        },
    );
}

#[test]
fn a_thread_archived_on_one_and_renamed_on_the_other_is_both() {
    in_both_orders(
        |pair| {
            archive(&pair.one, "a talk");
            rename(&pair.other, "a talk", "a better title");
        },
        |pair| {
            let thread = pair.other.thread("a better title");
            assert_eq!(thread.state(), State::Archived);
        },
    );
}

#[test]
fn of_two_titles_the_later_one_stays() {
    in_both_orders(
        |pair| {
            rename(&pair.one, "a talk", "earlier");
            rename(&pair.other, "a talk", "later");
        },
        |pair| assert_eq!(texts(&pair.one.thread("later")), ["first"]),
    );
}

#[test]
fn what_was_undone_here_comes_back_only_if_the_other_built_on_it() {
    in_both_orders(
        |pair| {
            say(&pair.one, "a talk", "second");
            pair.one.sync(&pair.far);
            pair.other.sync(&pair.far);
            undo(&pair.one, "a talk");
            say(&pair.other, "a talk", "built on it");
        },
        |pair| {
            let thread = pair.one.thread("a talk");
            assert_eq!(texts(&thread), ["first", "second", "built on it"]);
        },
    );
    in_both_orders(
        |pair| {
            say(&pair.one, "a talk", "second");
            pair.one.sync(&pair.far);
            pair.other.sync(&pair.far);
            undo(&pair.one, "a talk");
            rename(&pair.other, "a talk", "renamed");
        },
        |pair| {
            let thread = pair.other.thread("renamed");
            assert_eq!(texts(&thread), ["first"]);
            assert_eq!(all_texts(&thread), ["first", "second"]);
        },
    );
}

#[test]
fn a_thread_erased_here_and_continued_there_is_gone_and_what_was_said_is_kept_aside() {
    in_both_orders(
        |pair| {
            begin(&pair.one, "another", "plain");
            erase(&pair.one, "a talk");
            say(&pair.other, "a talk", "said too late");
            begin(&pair.other, "a third", "plain");
        },
        |pair| {
            for device in [&pair.one, &pair.other] {
                let mut titles: Vec<String> = Vec::new();
                for thread in device.own_threads().values() {
                    titles.push(thread.title().to_owned());
                }
                titles.sort();
                assert_eq!(titles, ["a third", "another"]);
                let found = device.workspace.threads().find("a talk");
                assert!(matches!(found, Err(WorkError::NotFound(_))));
            }
            // Nowhere does the history lead to it.
            let log = pair.far.git(&["log", "--all", "--name-only", "--format="]);
            let names: std::collections::BTreeSet<&str> = log.lines().collect();
            let talks = names.iter().filter(|name| name.contains("/threads/"));
            assert_eq!(talks.count(), 2, "{log}");
            let mut kept = pair.one.kept();
            kept.extend(pair.other.kept());
            assert!(!kept.is_empty());
            for bundle in kept {
                let text = fs::read_to_string(bundle).unwrap();
                assert!(text.contains("said too late"));
            }
        },
    );
}

#[test]
fn each_machine_may_have_erased_what_the_other_still_has() {
    in_both_orders(
        |pair| {
            begin(&pair.one, "another", "plain");
            pair.one.sync(&pair.far);
            pair.other.sync(&pair.far);
            erase(&pair.one, "a talk");
            erase(&pair.other, "another");
            begin(&pair.one, "a third", "plain");
        },
        |pair| {
            assert_eq!(pair.one.own_threads().len(), 1);
            assert_eq!(pair.other.home.verify().branches[0].erasures.len(), 2);
        },
    );
}

#[test]
fn one_thread_erased_on_both_is_erased_once() {
    in_both_orders(
        |pair| {
            begin(&pair.one, "another", "plain");
            erase(&pair.one, "a talk");
            erase(&pair.other, "a talk");
        },
        |pair| {
            assert_eq!(pair.other.own_threads().len(), 1);
            let report = pair.one.home.verify();
            let [erasure] = &report.branches[0].erasures[..] else {
                panic!("{:?}", report.branches[0].erasures)
            };
            let erasure = erasure.erasure.as_ref().unwrap();
            assert_eq!(erasure.also.len(), 1, "both replaced a tip");
            // Nothing was said after either, so nothing is kept aside.
            assert!(pair.one.kept().is_empty() && pair.other.kept().is_empty());
        },
    );
}

#[test]
fn of_two_threads_with_one_id_the_smaller_root_has_the_bare_name() {
    let begin_at = |device: &Device, title: &str, millis: i64| {
        let workspace = workspace_at(device.home.path(), START + 50_000_000 + millis);
        let store = device.store();
        let mut session = Session::begin(&workspace, &store, me(), titled(title)).unwrap();
        session.say(title).unwrap();
        session.end().unwrap();
    };
    in_both_orders(
        |pair| {
            begin_at(&pair.one, "made here", 0);
            begin_at(&pair.other, "made there", 500);
        },
        |pair| {
            let (here, there) = (pair.one.thread("made here"), pair.one.thread("made there"));
            assert_eq!(here.id(), there.id());
            let smaller = if here.root() < there.root() {
                &here
            } else {
                &there
            };
            let bare = mmogit::model::layout::places_of(smaller)[0].clone();
            assert_eq!(pair.one.own_threads()[&bare].root(), smaller.root());
            assert_eq!(pair.one.own_threads().len(), 3);
        },
    );
}

#[test]
fn a_sync_tells_how_both_became_one_and_what_was_erased() {
    if !has("git") {
        return;
    }
    let pair = Pair::new();
    erase(&pair.one, "a talk");
    pair.one.sync(&pair.far);
    say(&pair.other, "a talk", "said too late");
    let summary = pair.other.sync(&pair.far);
    assert!(matches!(summary.came[0].how, How::Joined), "{summary:?}");
    let [joined] = &summary.joined[..] else {
        panic!("{summary:?}")
    };
    assert_eq!((joined.erased.len(), joined.said_since.len()), (1, 1));
    assert!(joined.kept_at.is_some());
    // Once is enough.
    let again = pair.other.sync(&pair.far);
    assert!(
        again.joined.is_empty() && again.came.is_empty(),
        "{again:?}"
    );
    assert_eq!(pair.other.kept().len(), 1);
}

#[test]
fn nothing_more_is_said_in_a_thread_that_another_machine_erased() {
    if !has("git") {
        return;
    }
    let pair = Pair::new();
    let store = pair.other.store();
    let mut chat = go_on(&pair.other, &store, "a talk");
    chat.say("said before").unwrap();
    erase(&pair.one, "a talk");
    pair.one.sync(&pair.far);
    pair.other.sync(&pair.far);
    let asked = chat.ask(&Canned::new("an answer"), None, &mut ignore);
    let is_refused = matches!(asked, Err(TurnError::Store(StoreError::Erased { .. })));
    assert!(is_refused, "{asked:?}");
    let said = chat.say("said too late");
    assert!(matches!(said, Err(StoreError::Erased { .. })), "{said:?}");
    drop(chat);
    // What was accepted before stays in the journal, and that is told.
    let recovery = pair.other.workspace.recover(me()).unwrap();
    let [LeftJournal::Erased { path, .. }] = &recovery.left[..] else {
        panic!("{recovery:?}")
    };
    assert!(fs::read_to_string(path).unwrap().contains("said before"));
    assert!(pair.other.own_threads().is_empty());
}

/// The one thread of the pair, opened by a person.
fn opened(device: &Device, by: &Keys) -> Thread {
    let threads = device.own_threads();
    assert_eq!(threads.len(), 1);
    let mut thread = threads.into_values().next().unwrap();
    by.opener().open(&mut thread);
    thread
}

/// The id of the pair's one thread: what it is called may be sealed.
fn its_id(device: &Device) -> String {
    opened(device, me()).id().to_string()
}

fn encrypt(device: &Device, readers: &[Reader]) {
    let found = device.workspace.threads().find(&its_id(device)).unwrap();
    let organiser = device.workspace.organiser();
    organiser.encrypt(device.keys, found, readers).unwrap();
}

fn is_said_in_the_open(thread: &Thread, text: &str) -> bool {
    let mut messages = thread.messages().iter();
    let message = messages.find(|message| message.text() == text).unwrap();
    !message.is_sealed()
}

#[test]
fn sealed_here_and_spoken_in_there() {
    in_both_orders(
        |pair| {
            encrypt(&pair.one, &[]);
            say(&pair.other, "a talk", "there");
        },
        |pair| {
            for device in [&pair.one, &pair.other] {
                let thread = opened(device, me());
                assert!(thread.is_sealed());
                assert_eq!(thread.title(), "a talk");
                assert_eq!(all_texts(&thread), ["first", "there"]);
                assert!(is_said_in_the_open(&thread, "there"));
            }
            // What follows is sealed on the machine that spoke in the open, too.
            say(&pair.other, &its_id(&pair.other), "and on");
            let thread = opened(&pair.other, me());
            assert!(!is_said_in_the_open(&thread, "and on"));
        },
    );
}

#[test]
fn a_reader_removed_here_while_the_other_machine_of_the_author_writes() {
    let friend = keys(2);
    in_both_orders(
        |pair| {
            let reader = Reader {
                author: friend.public(),
                encryption: friend.encryption(),
            };
            encrypt(&pair.one, &[reader]);
            pair.one.sync(&pair.far);
            pair.other.sync(&pair.far);
            let found = pair.one.workspace.threads().find(&its_id(&pair.one));
            let organiser = pair.one.workspace.organiser();
            let removed = organiser.remove_readers(me(), found.unwrap(), &[friend.public()]);
            assert!(removed.unwrap().is_some());
            say(&pair.other, &its_id(&pair.other), "meanwhile");
        },
        |pair| {
            for device in [&pair.one, &pair.other] {
                let readers = device.workspace.readers_of(&opened(device, me())).readers;
                let theirs = readers.iter().find(|reader| reader.key == friend.public());
                assert!(!theirs.unwrap().reads_on);
                say(device, &its_id(device), "without them");
                let seen = opened(device, friend);
                assert_eq!(all_texts(&opened(device, me())).len(), 3);
                let texts = all_texts(&seen);
                assert!(texts.contains(&"meanwhile".to_owned()), "{texts:?}");
                assert!(!texts.contains(&"without them".to_owned()), "{texts:?}");
            }
        },
    );
}

/// The draft of the pair's one message, as a device has it.
fn its_draft(device: &Device) -> mmogit::workspace::ShownDraft {
    let thread = device.thread("a talk");
    let visible = thread.visible();
    let message = visible[0];
    let content = message.field("content").unwrap();
    let drafts = device.workspace.drafts();
    let found = drafts.of_message(&me().public(), &thread, message, 0, content);
    found.unwrap()
}

#[test]
fn projects_and_drafts_that_both_changed() {
    in_both_orders(
        |pair| {
            let projects = |device: &Device, name: &str| {
                device.workspace.projects().create(me(), name).unwrap();
            };
            projects(&pair.one, "launch");
            pair.meet(true);
            let add = |device: &Device, who: u8| {
                let who = keys(who).public();
                let added = device.workspace.projects().add(me(), "launch", who);
                added.unwrap();
            };
            add(&pair.one, 2);
            add(&pair.other, 3);
            projects(&pair.other, "garden");
            let drafts = pair.one.workspace.drafts();
            drafts.accept(me(), &its_draft(&pair.one)).unwrap();
            let drafts = pair.other.workspace.drafts();
            let late = drafts.edit(me(), &its_draft(&pair.other), "late".into());
            late.unwrap();
        },
        |pair| {
            for device in [&pair.one, &pair.other] {
                let list = device.workspace.projects().of(&me().public()).unwrap();
                let names: Vec<&str> = list.projects.iter().map(|one| &one.name[..]).collect();
                assert_eq!(names, ["garden", "launch"]);
                assert_eq!(list.projects[1].members_now().count(), 2);
                let shown = its_draft(device);
                assert_eq!(shown.draft.state, mmogit::model::DraftState::Accepted);
                assert_eq!(shown.open.unwrap().text(), "first");
            }
        },
    );
}

#[test]
fn a_draft_goes_with_the_thread_that_the_other_machine_erased() {
    in_both_orders(
        |pair| {
            let drafts = pair.other.workspace.drafts();
            drafts.keep(me(), &its_draft(&pair.other)).unwrap();
            erase(&pair.one, "a talk");
        },
        |pair| {
            for device in [&pair.one, &pair.other] {
                let list = device.workspace.drafts().list(&me().public()).unwrap();
                assert_eq!(list.drafts.len(), 0, "{:?}", list.drafts);
                assert_eq!(device.own_threads().len(), 0);
            }
        },
    );
}
