//! Whatever is said to be sealed, wrapped or listed as epochs, opening it does not panic, and takes
//! neither memory nor time out of proportion.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mmogit::identity::{Keys, Words};
use mmogit::model::json::{self, Map, Value};
use mmogit::model::{Hash, Nonce, Reading, Thread};
use mmogit::seal::{EpochKey, Epochs};
use std::sync::LazyLock;
use zeroize::Zeroizing;

/// The author of the seeds.
static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    Keys::from_words(&Words::from_entropy(&[0; 32]).expect("32 bytes make words"))
});

fn key() -> EpochKey {
    EpochKey::new(Zeroizing::new([7; 32]))
}

fuzz_target!(init: mmogit_fuzz::seed("sealed", mmogit_fuzz::sealed_threads()), |data: &[u8]| {
    // A thread from anywhere, with whatever epochs and boxes it has.
    if let Ok(Reading::Thread(mut thread)) = Thread::read(data) {
        let before = thread.to_file();
        KEYS.opener().open(&mut thread);
        assert_eq!(thread.to_file(), before, "what is seen is never written");
        let epochs = Epochs::of(thread.epochs());
        let (in_force, _) = (epochs.in_force(), epochs.due());
        assert_eq!(in_force.is_empty(), thread.epochs().is_empty());
    }
    // A message as a stranger may write it.
    if let Ok(Value::Object(fields)) = json::read(data) {
        let _ = key().open_message(&fields);
        // And one that is sealed: what was inside comes out.
        let mut draft = Map::new();
        draft.insert("content".to_owned(), "said".into());
        draft.insert("future".to_owned(), Value::Object(fields));
        if let Ok(sealed) = key().seal_message(Nonce([1; 24]), draft) {
            let opened = key().open_message(&sealed.outside);
            // What nests too deep is refused, by whoever reads it.
            assert!(opened.is_err() || opened == Ok(sealed.inside));
        }
    }
    // The inside of a box whose author has the key, and makes of it what they like.
    let root = Hash([3; 32]);
    if let Ok(sealed) = key().seal(Nonce([2; 24]), b"here", data) {
        assert_eq!(key().open(b"here", &sealed).as_deref(), Ok(data));
        let _ = key().open_header(&root, &sealed);
    }
});
