use super::*;
use crate::model::{Birth, EpochReader, Role, SEALED_MARK, ThreadId, Timestamp};
use crate::seal::{Plan, Reader, begin_epoch};
use serde_json::json;

fn opener(person: u8) -> Opener {
    let decryption = DecryptionKey::from_secret(&[person; 32]);
    Opener::new(PublicKey([person; 32]), decryption)
}

fn reader(person: u8) -> Reader {
    Reader {
        author: PublicKey([person; 32]),
        encryption: opener(person).decryption.public(),
    }
}

/// A thread that the first two people read, with one message of each epoch; the second epoch is
/// without the second person.
fn thread() -> Thread {
    let begun = Timestamp::from_millis(1_760_000_000_000);
    let mut thread = Thread::begin(Birth {
        id: ThreadId::at(begun),
        title: SEALED_MARK.to_owned(),
        author: PublicKey([1; 32]),
        created_at: begun,
        mode: "conversation".to_owned(),
        project: None,
        tags: Vec::new(),
    });
    let mut random = counting();
    let mut epochs = Vec::new();
    let mut begin = |readers: &[Reader]| {
        let begun = begin_epoch(&Plan::default(), readers, &mut random).unwrap();
        epochs.push(begun.epoch);
        begun.key
    };
    let (first, second) = (begin(&[reader(1), reader(2)]), begin(&[reader(1)]));
    let mut prev = thread.root();
    for (number, key) in [&first, &second].into_iter().enumerate() {
        let draft = MessageDraft::new(Role::Human, "said", begun, PublicKey([1; 32]), &[prev]);
        let draft = key.seal_draft(Nonce([number as u8; 24]), draft).unwrap();
        // An empty signature: nothing here looks at it.
        let message = draft.signed("00".repeat(64).parse().unwrap());
        assert_eq!(message.text(), "said", "who wrote it sees it");
        prev = message.id();
        thread.append(message);
    }
    let inside = json!({"title": "private", "tags": [], "project": null});
    let inside = inside.as_object().unwrap();
    let sealed = second
        .seal_header(Nonce([9; 24]), &thread.root(), inside)
        .unwrap();
    let mut value = thread.to_value();
    value["sealed"] = sealed.to_value();
    value["epochs"] = epochs.iter().map(Epoch::to_value).collect();
    read(&value)
}

fn read(value: &Value) -> Thread {
    match Thread::read(value.to_string().as_bytes()).unwrap() {
        crate::model::Reading::Thread(thread) => thread,
        crate::model::Reading::Legacy(_) => unreachable!(),
    }
}

fn counting() -> impl FnMut(&mut [u8]) {
    let mut next = 0u8;
    move |bytes: &mut [u8]| {
        next += 1;
        bytes.fill(next);
    }
}

fn texts(thread: &Thread) -> Vec<String> {
    thread.messages().iter().map(Message::text).collect()
}

#[test]
fn each_reader_opens_what_is_theirs() {
    let mut for_owner = thread();
    assert_eq!(opener(1).open(&mut for_owner), StillClosed::default());
    assert_eq!(
        (for_owner.title(), texts(&for_owner)),
        ("private", vec!["said".into(); 2])
    );

    let mut for_other = thread();
    let still = opener(2).open(&mut for_other);
    let not_mine = Locked::NoKey(NoKey::NotAReader);
    assert_eq!(still.header, Some(not_mine));
    let last = for_other.messages()[1].id();
    assert_eq!(still.messages, BTreeMap::from([(last, not_mine)]));
    assert_eq!(texts(&for_other), ["said", SEALED_MARK]);
    assert_eq!(for_other.title(), SEALED_MARK);

    let mut for_nobody = thread();
    assert_eq!(opener(3).open(&mut for_nobody).messages.len(), 2);
    assert_eq!(for_nobody.to_file(), thread().to_file());
}

#[test]
fn no_number_of_false_entries_hides_the_true_one() {
    let mut epochs = thread().epochs().to_vec();
    let decoy = |number: u8| EpochReader {
        author: PublicKey([2; 32]),
        encryption: crate::model::EncryptionKey([number; 32]),
        wrap: [number; 80],
        others: Default::default(),
    };
    epochs[0].readers.splice(0..0, (1..30).map(decoy));
    let id = epochs[0].id;
    assert!(opener(2).key_of(&epochs, &id).is_ok());
    assert_eq!(
        opener(2).key_of(&epochs, &Hash([0; 32])).err(),
        Some(NoKey::NotAReader)
    );
}

#[test]
fn what_does_not_open_says_why() {
    let mut value = thread().to_value();
    value["messages"][0]["timestamp"] = "2025-10-09T08:53:20.001Z".into();
    let mut moved = read(&value);
    let still = opener(1).open(&mut moved);
    let why: Vec<Locked> = still.messages.into_values().collect();
    assert_eq!(why, [Locked::Closed(Closed::Altered)]);
    assert_eq!(texts(&moved), [SEALED_MARK, "said"]);
}

/// The thread with three messages more, of which each is nothing when sealed and 30 MiB when open,
/// and a short one after them.
fn with_bombs() -> (Thread, EpochKey) {
    let mut thread = thread();
    let epochs = thread.epochs().to_vec();
    let key = opener(1).key_of(&epochs, &epochs[1].id).unwrap();
    let begun = Timestamp::from_millis(1_760_000_000_000);
    let bomb = "a".repeat(30 << 20);
    for (number, text) in [&bomb, &bomb, &bomb, "short"].into_iter().enumerate() {
        let prev = thread.messages().last().unwrap().id();
        let draft = MessageDraft::new(Role::Human, text, begun, PublicKey([1; 32]), &[prev]);
        let nonce = Nonce([100 + number as u8; 24]);
        let draft = key.seal_draft(nonce, draft).unwrap();
        thread.append(draft.signed("00".repeat(64).parse().unwrap()));
    }
    // Read again, so that nothing is open.
    (read(&thread.to_value()), key)
}

#[test]
fn the_messages_of_a_thread_share_the_room_of_one() {
    let (mut thread, key) = with_bombs();
    assert!(thread.to_file().len() < 1 << 20, "a small file");
    let messages = thread.messages().iter();
    let alone = messages
        .skip(2)
        .map(|message| key.open_message(&message.fields()));
    assert!(alone.into_iter().all(|opened| opened.is_ok()));

    let beyond: Vec<Hash> = thread.messages()[4..].iter().map(Message::id).collect();
    let too_long = Locked::Closed(Closed::ThreadTooLong);
    let expected = StillClosed {
        header: None,
        messages: beyond.into_iter().map(|id| (id, too_long)).collect(),
    };
    assert_eq!(opener(1).open(&mut thread), expected);
    let open = thread.messages_open_bytes();
    assert!(open > 60 << 20 && open <= crate::seal::padding::MAX_INSIDE_BYTES);

    // What is open goes on taking room.
    let short = thread.messages()[5].id();
    let again = opener(1).open(&mut thread);
    assert_eq!(again.messages.values().next(), Some(&too_long));
    assert!(again.messages.contains_key(&short));
    assert_eq!(thread.messages_open_bytes(), open);
}

#[test]
fn the_beginning_of_a_thread_inflates_no_more_than_is_asked_for() {
    let (mut thread, _) = with_bombs();
    let still = opener(1).open_beginning(&mut thread, 1 << 10);
    assert_eq!((thread.title(), still.header), ("private", None));
    let reasons: Vec<Locked> = still.messages.into_values().collect();
    assert_eq!(reasons, [Locked::Closed(Closed::ThreadTooLong); 4]);
    assert_eq!(texts(&thread)[..2], ["said", "said"]);
    assert!(thread.messages_open_bytes() < 1 << 10);

    let (mut titled, _) = with_bombs();
    opener(1).open_beginning(&mut titled, 0);
    assert_eq!(
        (titled.title(), titled.messages_open_bytes()),
        ("private", 0)
    );
}

#[test]
fn what_finds_no_room_takes_all_of_it() {
    let mut room = Room::of_a_thread(0);
    assert_eq!(room.take(1), Ok(()));
    assert_eq!(room.take(usize::MAX), Err(Closed::ThreadTooLong));
    assert_eq!((room.left(), room.check()), (0, Err(Closed::ThreadTooLong)));
    assert_eq!(Room::of_a_box().take(usize::MAX), Err(Closed::TooLong));
}
