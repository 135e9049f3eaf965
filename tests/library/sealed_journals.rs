//! What a dead session leaves of a sealed thread: nothing that can be read, nothing that others can
//! add to, and nothing less than of any other.

use crate::support::{Home, canary, me, sealed};
use mmogit::identity::Keys;
use mmogit::model::{Epoch, Hash, Role, Thread, ThreadId, Timestamp};
use mmogit::seal::EpochKey;
use mmogit::store::{
    Journal, JournalDamage, LeftJournal, Recovery, ReplyPiece, Store, StoreError, Unvouched,
};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

const CANARY: &str = "qzjvkwxcanary";
const START: i64 = crate::support::START;

fn others() -> &'static Keys {
    crate::support::keys(9)
}

/// A dead session in a new sealed thread, in which one thing was said.
struct Dead {
    home: Home,
    key: EpochKey,
    question: Hash,
}

impl Dead {
    fn new() -> (Self, Store, Journal) {
        let key = sealed::epoch_key(1);
        let epochs = [sealed::epoch(&key, &[], &[me(), others()])];
        Self::with_epochs(key, &epochs)
    }

    fn with_epochs(key: EpochKey, epochs: &[Epoch]) -> (Self, Store, Journal) {
        let home = Home::new();
        let store = home.store();
        let from = ThreadId::at(Timestamp::from_millis(START));
        let make = |id| sealed::thread(id, CANARY, &key, epochs);
        let (mut journal, thread) = store.journal_new(&me().public(), from, make).unwrap();
        let message = sealed::message(CANARY, 1, &[thread.root()], &key);
        journal.message(&message).unwrap();
        let question = message.id();
        let dead = Self {
            home,
            key,
            question,
        };
        (dead, store, journal)
    }

    fn piece(&self, text: &str) -> ReplyPiece {
        ReplyPiece {
            agent: "echo".to_owned(),
            backend: Some(format!("command:{CANARY}")),
            prev: vec![self.question],
            replaces: None,
            timestamp: Timestamp::from_millis(START + 2),
            context: None,
            text: text.to_owned(),
        }
    }

    /// Its journal, of which each line is a value.
    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.journal()).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.collect()
    }

    fn write(&self, lines: &[Value]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.journal(), text).unwrap();
    }

    fn journal(&self) -> PathBuf {
        let folder = fs::read_dir(self.home.path().join("journal")).unwrap();
        folder.map(|entry| entry.unwrap().path()).next().unwrap()
    }

    fn recover(&self) -> Recovery {
        self.home.workspace().recover(me()).unwrap()
    }

    /// What the recovered answer says, and whether it broke off.
    fn answer(&self) -> Option<(String, bool)> {
        let thread = self.home.only_thread();
        let answer = thread
            .messages()
            .iter()
            .find(|message| message.role() == Role::Ai)?;
        assert!(answer.is_sealed());
        let inside = sealed::inside(answer, &self.key);
        let text = inside["content"].as_str().unwrap().to_owned();
        Some((text, inside["interrupted"] == json!(true)))
    }

    fn assert_nothing_readable(&self) {
        assert_eq!(canary::places_of(CANARY, &[self.home.path()]), [""; 0]);
    }
}

fn damage(recovery: &Recovery) -> Option<&JournalDamage> {
    match &recovery.left[..] {
        [] => None,
        [LeftJournal::Quarantined { damage, .. }] => Some(damage),
        left => panic!("{left:?}"),
    }
}

/// A session that died while an answer came in two pieces.
fn died_in_an_answer() -> Dead {
    let (dead, _store, mut journal) = Dead::new();
    let notes = journal.reply_notes(Some(me().journal()));
    notes.piece(&dead.piece("first, ")).unwrap();
    notes.piece(&dead.piece(CANARY)).unwrap();
    dead
}

#[test]
fn an_answer_that_was_coming_is_recovered_and_at_no_time_readable() {
    let dead = died_in_an_answer();
    dead.assert_nothing_readable();
    let recovery = dead.recover();
    assert_eq!(
        (recovery.sessions[0].messages, damage(&recovery)),
        (2, None)
    );
    assert_eq!(dead.answer(), Some((format!("first, {CANARY}"), true)));
    dead.assert_nothing_readable();
    dead.home.assert_sound();
}

/// A recovery that dies after its save begins again.
#[test]
fn an_answer_that_is_recovered_twice_is_there_once() {
    let dead = died_in_an_answer();
    let lines = dead.lines();
    let journal = dead.journal();
    dead.recover();
    let once = dead.home.only_thread();
    fs::write(journal, "").unwrap();
    dead.write(&lines);
    dead.recover();
    assert_eq!(dead.home.only_thread().messages(), once.messages());
}

#[test]
fn of_an_attempt_that_failed_nothing_is_left_and_the_next_one_counts() {
    let (dead, _store, mut journal) = Dead::new();
    let notes = journal.reply_notes(Some(me().journal()));
    notes.piece(&dead.piece("first")).unwrap();
    notes.no_reply().unwrap();
    notes.piece(&dead.piece("second")).unwrap();
    drop(journal);
    assert_eq!(damage(&dead.recover()), None);
    assert_eq!(dead.answer(), Some(("second".to_owned(), true)));
}

/// What somebody who can write files may do to the pieces, and what is left of the answer.
#[test]
fn a_piece_counts_in_its_place_alone_and_only_if_the_owner_sealed_it() {
    type Change = fn(&Dead, &mut Vec<Value>);
    let changes: [(&str, Change, Option<&str>); 9] = [
        ("swapped", |_, lines| lines.swap(2, 3), None),
        (
            "the first is missing",
            |_, lines| drop(lines.remove(2)),
            None,
        ),
        (
            "said twice",
            |_, lines| lines.push(lines[3].clone()),
            Some("first, "),
        ),
        (
            "of another reply",
            |_, lines| lines[3]["partial"]["reply"] = json!(5),
            Some("first, "),
        ),
        (
            "by another agent",
            |_, lines| lines[2]["partial"]["agent"] = json!("other"),
            None,
        ),
        (
            "to another question",
            |_, lines| lines[2]["partial"]["prev"] = json!(["a".repeat(64)]),
            None,
        ),
        (
            "with more outside",
            |_, lines| lines[2]["partial"]["text"] = json!("posing"),
            None,
        ),
        (
            "readable",
            |dead, lines| {
                let mut piece = lines[2]["partial"].clone();
                piece.as_object_mut().unwrap().remove("sealed");
                piece["text"] = json!("forged");
                piece["prev"] = json!([dead.question.to_string()]);
                lines.truncate(2);
                lines.push(json!({ "partial": piece }));
            },
            None,
        ),
        (
            "by another reader",
            |dead, lines| {
                let (other, _store, mut journal) = Dead::new();
                let notes = journal.reply_notes(Some(others().journal()));
                notes.piece(&dead.piece("forged")).unwrap();
                lines.truncate(2);
                lines.push(other.lines().pop().unwrap());
            },
            None,
        ),
    ];
    for (name, change, left) in changes {
        let dead = died_in_an_answer();
        let mut lines = dead.lines();
        change(&dead, &mut lines);
        dead.write(&lines);
        let recovery = dead.recover();
        assert_eq!(damage(&recovery), Some(&JournalDamage::Line), "{name}");
        let said = dead.answer().map(|(text, _)| text);
        let with_the_rest = format!("first, {CANARY}");
        let expected = if name == "said twice" {
            Some(with_the_rest.as_str())
        } else {
            left
        };
        assert_eq!(said.as_deref(), expected, "{name}");
        dead.home.assert_sound();
    }
}

#[test]
fn a_piece_of_another_session_is_none_here() {
    let (dead, store, journal) = Dead::new();
    drop(journal);
    dead.recover();
    let stored = dead.home.only_thread();
    let tip = store.tip(&me().public()).unwrap();
    let mut earlier = store.journal(&stored, tip).unwrap();
    let notes = earlier.reply_notes(Some(me().journal()));
    notes.piece(&dead.piece("said earlier")).unwrap();
    let piece = dead.lines().pop().unwrap();
    earlier.close().unwrap();

    let mut later = store.journal(&stored, tip).unwrap();
    let more = sealed::message("more", 9, &[dead.question], &dead.key);
    later.message(&more).unwrap();
    drop(later);
    dead.recover();
    let tip = store.tip(&me().public()).unwrap();
    let mut latest = store.journal(&dead.home.only_thread(), tip).unwrap();
    let more = sealed::message("and more", 10, &[more.id()], &dead.key);
    latest.message(&more).unwrap();
    drop(latest);
    let mut lines = dead.lines();
    lines.insert(1, piece);
    dead.write(&lines);
    assert_eq!(damage(&dead.recover()), Some(&JournalDamage::Line));
    assert_eq!(dead.answer(), None);
}

/// An epoch of one's own in a journal's header would open all that is sealed from then on.
#[test]
fn a_header_that_nobody_signed_says_nothing_of_who_reads() {
    let slipped_in = |header: &mut Value| {
        let theirs = sealed::epoch_key(6);
        let epoch = sealed::epoch(&theirs, &[sealed::epoch_key(1).id()], &[me(), others()]);
        header["epochs"]
            .as_array_mut()
            .unwrap()
            .push(epoch.to_value());
    };
    type Change<'c> = &'c dyn Fn(&mut Value);
    let changes: [(&str, Change<'_>); 4] = [
        ("an epoch", &slipped_in),
        ("no signature", &|header| {
            drop(header.as_object_mut().unwrap().remove("signature"))
        }),
        ("no signature at all", &|header| {
            header["signature"] = json!(null)
        }),
        ("no readers", &|header| {
            header["epochs"][0]["readers"] = json!([])
        }),
    ];
    for (name, change) in changes {
        for is_first in [true, false] {
            let dead = died_in_an_answer();
            let mut lines = dead.lines();
            let mut header = lines[0]["thread"].clone();
            change(&mut header);
            if is_first {
                lines[0]["thread"] = header;
            } else {
                lines.push(json!({ "thread": header }));
            }
            dead.write(&lines);
            let brings = Unvouched::Readers;
            let expected = JournalDamage::UnvouchedHeader { brings };
            assert_eq!(
                damage(&dead.recover()),
                Some(&expected),
                "{name}, {is_first}"
            );
            let epochs = dead
                .home
                .threads()
                .iter()
                .map(|thread| thread.epochs().len())
                .max();
            assert_eq!(epochs, (!is_first).then_some(1), "{name}");
        }
    }
}

/// What came sealed is not made readable by a header that says that nothing is.
#[test]
fn a_header_that_was_made_open_opens_nothing() {
    let dead = died_in_an_answer();
    let mut lines = dead.lines();
    let header = lines[0]["thread"].as_object_mut().unwrap();
    for name in ["sealed", "epochs", "signature"] {
        header.remove(name);
    }
    dead.write(&lines);
    let recovery = dead.recover();
    assert!(damage(&recovery).is_some());
    assert_eq!(dead.home.threads(), Vec::<Thread>::new());
    dead.assert_nothing_readable();
}

#[test]
fn an_answer_is_sealed_in_the_epoch_in_force_and_that_is_not_its_questions() {
    let (first, second) = (sealed::epoch_key(1), sealed::epoch_key(2));
    let epochs = [
        sealed::epoch(&first, &[], &[me(), others()]),
        sealed::epoch(&second, &[first.id()], &[me()]),
    ];
    let (dead, _store, mut journal) = Dead::with_epochs(first, &epochs);
    let notes = journal.reply_notes(Some(me().journal()));
    notes.piece(&dead.piece(CANARY)).unwrap();
    drop(journal);
    assert_eq!(damage(&dead.recover()), None);
    let thread = dead.home.only_thread();
    assert_eq!(thread.messages()[1].epoch(), Some(&second.id()));
    assert_eq!(
        sealed::inside(&thread.messages()[1], &second)["content"],
        CANARY
    );
}

#[test]
fn an_answer_that_can_be_sealed_for_nobody_stays_in_the_journal() {
    let key = sealed::epoch_key(1);
    let epochs = [sealed::epoch(&key, &[], &[others()])];
    let (dead, _store, mut journal) = Dead::with_epochs(key, &epochs);
    let notes = journal.reply_notes(Some(me().journal()));
    notes.piece(&dead.piece(CANARY)).unwrap();
    drop(journal);
    let recovery = dead.recover();
    assert_eq!(damage(&recovery), Some(&JournalDamage::NoKey));
    assert_eq!(dead.home.only_thread().messages().len(), 1);
    dead.assert_nothing_readable();
}

#[test]
fn a_sealed_thread_that_is_open_elsewhere_is_listed_without_its_words() {
    let (dead, store, journal) = Dead::new();
    let open: Result<_, StoreError> = store.open_sessions();
    let open = open.unwrap().sessions;
    assert_eq!((open[0].title.as_str(), open[0].messages), ("🔒", 1));
    drop(journal);
    dead.assert_nothing_readable();
}
