use super::*;
use crate::model::{Birth, Role, SEALED_MARK, ThreadId};
use crate::seal::{DecryptionKey, StillClosed};
use std::sync::atomic::{AtomicU8, Ordering};

const BEGUN: i64 = 1_760_000_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(BEGUN + seconds * 1000)
}

fn reader(person: u8) -> Reader {
    Reader {
        author: PublicKey([person; 32]),
        encryption: DecryptionKey::from_secret(&[person; 32]).public(),
    }
}

/// Seals for a person, with bytes that no other sealer of these tests gets.
fn sealer(person: u8, chance: u8) -> Sealer<'static> {
    let decryption = DecryptionKey::from_secret(&[person; 32]);
    let opener = Opener::new(PublicKey([person; 32]), decryption);
    let next = AtomicU8::new(0);
    Sealer::new(opener, reader(person), move |bytes| {
        bytes.fill(chance);
        bytes[0] = next.fetch_add(1, Ordering::Relaxed);
    })
}

fn birth() -> Birth {
    Birth {
        id: ThreadId::at(at(0)),
        title: "a secret".to_owned(),
        author: PublicKey([1; 32]),
        created_at: at(0),
        mode: "conversation".to_owned(),
        project: Some("hidden".to_owned()),
        tags: vec!["quiet".to_owned()],
    }
}

fn know(person: u8) -> impl FnMut(&PublicKey) -> Option<EncryptionKey> {
    move |key| (*key == reader(person).author).then(|| reader(person).encryption)
}

fn nobody(_: &PublicKey) -> Option<EncryptionKey> {
    None
}

fn say(sealer: &Sealer<'_>, thread: &mut Thread, text: &str, seconds: i64) {
    let heads = thread.heads();
    let prev = if heads.is_empty() {
        vec![thread.root()]
    } else {
        heads
    };
    let draft = MessageDraft::new(Role::Human, text, at(seconds), sealer.own.author, &prev);
    let draft = sealer.seal(thread, draft).unwrap();
    thread.append(draft.signed("00".repeat(64).parse().unwrap()));
}

/// The texts and the title that a person sees.
fn seen(thread: &Thread, person: u8) -> (String, Vec<String>) {
    // As it would come from a disk: nothing is open.
    let mut read = match Thread::read(&thread.to_file()).unwrap() {
        crate::model::Reading::Thread(read) => read,
        crate::model::Reading::Legacy(_) => unreachable!(),
    };
    sealer(person, 99).open(&mut read);
    let texts = read.messages().iter().map(|message| message.text());
    (read.title().to_owned(), texts.collect())
}

#[test]
fn a_thread_born_sealed_tells_nothing_outside() {
    let owner = sealer(1, 1);
    let thread = owner.begin_sealed(birth(), &[]).unwrap();
    let file = String::from_utf8(thread.to_file()).unwrap();
    for word in ["a secret", "quiet", "hidden"] {
        assert!(!file.contains(word), "{word}");
    }
    assert_eq!(thread.title(), "a secret");
    assert_eq!(
        (thread.tags(), thread.project()),
        (vec!["quiet"], Some("hidden"))
    );
    assert_eq!(seen(&thread, 1).0, "a secret");
    assert_eq!(seen(&thread, 2).0, SEALED_MARK);
}

#[test]
fn a_reader_who_is_let_in_reads_the_epoch_from_its_beginning() {
    let owner = sealer(1, 1);
    let mut thread = owner.begin_sealed(birth(), &[]).unwrap();
    say(&owner, &mut thread, "first", 1);
    assert_eq!(owner.add_reader(&mut thread, &reader(2), at(2)), Ok(true));
    assert_eq!(owner.add_reader(&mut thread, &reader(2), at(3)), Ok(false));
    say(&owner, &mut thread, "second", 4);
    let both = vec!["first".to_owned(), "second".to_owned()];
    assert_eq!(seen(&thread, 2), ("a secret".to_owned(), both));
}

#[test]
fn who_is_removed_reads_nothing_that_follows() {
    let owner = sealer(1, 1);
    let mut thread = owner
        .begin_sealed(birth(), &[reader(2), reader(3)])
        .unwrap();
    say(&owner, &mut thread, "first", 1);
    let find = &mut know(3);
    let removed = owner.remove_reader(&mut thread, &reader(2).author, find, at(2));
    assert_eq!(removed.unwrap().unwrap().unreached, []);
    assert_eq!(thread.epochs().len(), 2);
    owner.set_title(&mut thread, "another", at(3)).unwrap();
    say(&owner, &mut thread, "second", 4);
    assert_eq!(seen(&thread, 1).1, ["first", "second"]);
    assert_eq!(
        seen(&thread, 2),
        (SEALED_MARK.into(), vec!["first".into(), SEALED_MARK.into()])
    );
    assert_eq!(
        seen(&thread, 3),
        ("another".into(), vec!["first".into(), "second".into()])
    );
    let again = owner.remove_reader(&mut thread, &reader(2).author, &mut know(3), at(5));
    assert_eq!(again, Ok(None));
    let author = owner.remove_reader(&mut thread, &reader(1).author, &mut know(3), at(5));
    assert_eq!(author, Err(CannotSeal::AuthorStays));
}

#[test]
fn a_reader_who_comes_after_a_removal_reads_the_title() {
    let owner = sealer(1, 1);
    let mut thread = owner.begin_sealed(birth(), &[reader(2)]).unwrap();
    say(&owner, &mut thread, "first", 1);
    owner
        .remove_reader(&mut thread, &reader(2).author, &mut nobody, at(2))
        .unwrap();
    owner.add_reader(&mut thread, &reader(3), at(3)).unwrap();
    assert_eq!(
        seen(&thread, 3),
        ("a secret".into(), vec![SEALED_MARK.into()])
    );
}

#[test]
fn whose_card_is_not_known_is_named_and_let_in_later() {
    let owner = sealer(1, 1);
    let mut thread = owner
        .begin_sealed(birth(), &[reader(2), reader(3)])
        .unwrap();
    let left = owner.remove_reader(&mut thread, &reader(2).author, &mut nobody, at(1));
    assert_eq!(left.unwrap().unwrap().unreached, [reader(3).author]);
    let still = owner.ready(&mut thread, &mut nobody, at(2)).unwrap();
    assert_eq!(
        (still.is_changed, still.unreached),
        (false, vec![reader(3).author])
    );
    let now = owner.ready(&mut thread, &mut know(3), at(3)).unwrap();
    assert_eq!((now.is_changed, now.unreached), (true, vec![]));
    say(&owner, &mut thread, "said", 4);
    assert_eq!(seen(&thread, 3).1, ["said"]);
}

#[test]
fn of_two_epochs_begun_at_once_the_author_makes_one_and_others_wait() {
    let owner = sealer(1, 1);
    let thread = owner
        .begin_sealed(birth(), &[reader(2), reader(3)])
        .unwrap();
    let (mut here, mut there) = (thread.clone(), thread);
    owner
        .remove_reader(&mut here, &reader(2).author, &mut know(3), at(1))
        .unwrap();
    sealer(1, 7)
        .remove_reader(&mut there, &reader(3).author, &mut know(2), at(1))
        .unwrap();
    let mut united = crate::model::union(&here, &there);
    let draft = || {
        MessageDraft::new(
            Role::Human,
            "x",
            at(9),
            PublicKey([3; 32]),
            &[united.root()],
        )
    };
    let waits = sealer(3, 8).seal(&united, draft()).err();
    assert_eq!(waits, Some(CannotSeal::SeveralInForce));
    let not_theirs = sealer(3, 8).ready(&mut united.clone(), &mut nobody, at(2));
    assert_eq!(not_theirs, Err(CannotSeal::SeveralInForce));

    let readied = owner.ready(&mut united, &mut know(2), at(3)).unwrap();
    assert_eq!((readied.is_changed, readied.unreached), (true, vec![]));
    say(&owner, &mut united, "for the author alone", 4);
    for person in [2, 3] {
        assert_eq!(seen(&united, person).1, [SEALED_MARK], "both removals hold");
    }
    assert_eq!(seen(&united, 1).1, ["for the author alone"]);
}

#[test]
fn only_the_author_changes_who_reads() {
    let owner = sealer(1, 1);
    let mut thread = owner.begin_sealed(birth(), &[reader(2)]).unwrap();
    let other = sealer(2, 2);
    let added = other.add_reader(&mut thread, &reader(3), at(1));
    assert_eq!(added, Err(CannotSeal::NotTheAuthor));
    let removed = other.remove_reader(&mut thread, &reader(1).author, &mut nobody, at(1));
    assert_eq!(removed, Err(CannotSeal::NotTheAuthor));
    // They can speak in it, and what they say is for the same readers.
    say(&other, &mut thread, "theirs", 2);
    assert_eq!(seen(&thread, 1).1, ["theirs"]);
}

#[test]
fn an_open_thread_is_sealed_from_then_on() {
    let owner = sealer(1, 1);
    let mut thread = Thread::begin(birth());
    assert_eq!(
        owner.add_reader(&mut thread, &reader(2), at(1)),
        Err(CannotSeal::NotSealed)
    );
    owner.set_title(&mut thread, "still open", at(1)).unwrap();
    assert_eq!(owner.open(&mut thread), StillClosed::default());
    owner.encrypt(&mut thread, &[reader(2)], at(2)).unwrap();
    let twice = owner.encrypt(&mut thread, &[], at(3));
    assert_eq!(twice, Err(CannotSeal::AlreadySealed));
    let stamps: Vec<&str> = thread.changed().keys().map(String::as_str).collect();
    assert_eq!(stamps, ["sealed"], "no stamp tells of the open title");
    assert_eq!(seen(&thread, 2).0, "still open");
    assert_eq!(seen(&thread, 3).0, SEALED_MARK);
}

#[test]
fn a_key_without_a_good_secret_is_refused_and_nothing_changes() {
    let owner = sealer(1, 1);
    let weak = Reader {
        encryption: EncryptionKey([0; 32]),
        ..reader(2)
    };
    let begun = owner.begin_sealed(birth(), &[weak]).map(drop);
    assert_eq!(begun, Err(CannotSeal::Wrap(CannotWrap(weak))));
    let mut thread = owner.begin_sealed(birth(), &[]).unwrap();
    let before = thread.to_file();
    let added = owner.add_reader(&mut thread, &weak, at(1));
    assert_eq!(added, Err(CannotSeal::Wrap(CannotWrap(weak))));
    assert_eq!(thread.to_file(), before);
}
