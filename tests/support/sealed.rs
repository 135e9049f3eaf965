//! Sealed threads, made by hand.

use super::{START, me};
use mmogit::identity::Keys;
use mmogit::model::json::{Map, Value, canonical};
use mmogit::model::{
    Birth, Epoch, EpochReader, Hash, Message, MessageDraft, Nonce, PublicKey, Role, Thread,
    ThreadId, Timestamp,
};
use mmogit::seal::{EpochKey, Reader};
use serde_json::json;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// An epoch's key, of fixed bytes.
pub fn epoch_key(number: u8) -> EpochKey {
    EpochKey::new(Zeroizing::new([number; 32]))
}

/// An epoch for these readers.
pub fn epoch(key: &EpochKey, after: &[Hash], readers: &[&Keys]) -> Epoch {
    let entry = |keys: &&Keys| {
        let reader = Reader {
            author: keys.public(),
            encryption: keys.encryption(),
        };
        EpochReader {
            author: reader.author,
            encryption: reader.encryption,
            wrap: key.wrap(&reader, Zeroizing::new([7; 32])).unwrap(),
            others: Map::new(),
        }
    };
    Epoch {
        id: key.id(),
        after: after.to_vec(),
        without: Vec::new(),
        readers: readers.iter().map(entry).collect(),
        others: Map::new(),
    }
}

/// A sealed thread of mine without a message, signed. Its title is `inside`.
pub fn thread(id: ThreadId, title: &str, key: &EpochKey, epochs: &[Epoch]) -> Thread {
    let begun = Timestamp::from_millis(START);
    let born = Thread::begin(Birth {
        id,
        title: "🔒".to_owned(),
        author: me().public(),
        created_at: begun,
        mode: "conversation".to_owned(),
        project: None,
        tags: Vec::new(),
    });
    let inside = json!({ "title": title, "tags": [], "project": null });
    let inside = inside.as_object().unwrap();
    let sealed = key
        .seal_header(nonce_of(title), &born.root(), inside)
        .unwrap();
    let mut header = born.header().clone();
    let epochs: Vec<Value> = epochs.iter().map(Epoch::to_value).collect();
    header.insert("epochs".to_owned(), epochs.into());
    header.insert("sealed".to_owned(), sealed.to_value());
    let mut thread = Thread::from_parts(header, Vec::new()).unwrap();
    me().owner().sign_thread(&mut thread);
    thread
}

/// A sealed message of mine.
pub fn message(text: &str, at: i64, prev: &[Hash], key: &EpochKey) -> Message {
    let at = Timestamp::from_millis(START + at);
    let draft = MessageDraft::new(Role::Human, text, at, me().public(), prev);
    let sealed = key
        .seal_message(nonce_of(text), draft.into_fields())
        .unwrap();
    me().owner()
        .sign_message(MessageDraft::of_halves(sealed.outside, sealed.inside))
}

/// What a sealed message says inside.
pub fn inside(message: &Message, key: &EpochKey) -> Map<String, Value> {
    key.open_message(&message.fields()).unwrap()
}

fn nonce_of(text: &str) -> Nonce {
    let hash = Sha256::digest(canonical(&text.into()));
    Nonce(hash[..24].try_into().unwrap())
}
