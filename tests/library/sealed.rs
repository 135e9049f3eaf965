//! Sealed threads as an independent implementation wrote them: what each reader sees of them, and
//! why what can't be opened can't.

use mmogit::identity::{Keys, Words};
use mmogit::model::json::{self, Map, Value};
use mmogit::model::{Hash, Sealed};
use mmogit::seal::{Closed, EpochKey, NoKey, Wrap};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What an independent implementation wrote.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/independent/sealed")
}

/// What this one wrote.
fn our_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/sealed")
}

fn read(file: &str) -> Value {
    read_in(&folder(), file)
}

fn read_in(folder: &Path, file: &str) -> Value {
    json::read(&fs::read(folder.join(file)).unwrap()).unwrap()
}

/// The keys of the epochs that a reader has, and why they lack the others.
fn epoch_keys(thread: &Value, keys: &Keys) -> BTreeMap<Hash, Result<EpochKey, NoKey>> {
    let epochs = thread["epochs"].as_array().unwrap();
    let unwrap = |epoch: &Value| {
        let id: Hash = epoch["id"].as_str().unwrap().parse().unwrap();
        let entries = epoch["readers"].as_array().unwrap();
        let mine = entries
            .iter()
            .filter(|entry| entry["author"] == keys.public().to_string());
        let wraps: Vec<Wrap> = mine.map(wrap_of).collect();
        let key = keys.decryption().unwrap(&keys.public(), &id, &wraps);
        (id, key)
    };
    epochs.iter().map(unwrap).collect()
}

fn wrap_of(entry: &Value) -> Wrap {
    use base64ct::{Base64, Encoding};
    let bytes = Base64::decode_vec(entry["wrap"].as_str().unwrap()).unwrap();
    bytes.try_into().unwrap()
}

/// What a reader sees of something sealed.
enum Seen {
    Inside(Map<String, Value>),
    NoKey,
    Closed(Closed),
}

impl Seen {
    fn of(opened: Option<Result<Map<String, Value>, Closed>>) -> Self {
        match opened {
            None => Self::NoKey,
            Some(Ok(inside)) => Self::Inside(inside),
            Some(Err(closed)) => Self::Closed(closed),
        }
    }

    fn as_the_index_has_it(&self) -> Value {
        match self {
            Self::Inside(inside) => Value::Object(inside.clone()),
            Self::NoKey => Value::Null,
            Self::Closed(_) => json!("cannot be opened"),
        }
    }
}

struct View {
    epochs: Vec<String>,
    header: Seen,
    messages: Vec<Result<Seen, Value>>,
    no_keys: Vec<NoKey>,
}

fn view(thread: &Value, words: &str) -> View {
    let keys = Keys::from_words(&Words::read(words).unwrap());
    let epochs = epoch_keys(thread, &keys);
    let key_of = |epoch: &Hash| epochs[epoch].as_ref().ok();
    let root = root_of(thread);
    let sealed_header = Sealed::read(&thread["sealed"]).unwrap();
    let header = key_of(&sealed_header.epoch).map(|key| key.open_header(&root, &sealed_header));
    let open = |message: &Value| {
        let fields = message.as_object().unwrap();
        let Some(sealed) = fields.get("sealed") else {
            return Err(fields["content"].clone());
        };
        let epoch = Sealed::read(sealed).unwrap().epoch;
        Ok(Seen::of(key_of(&epoch).map(|key| key.open_message(fields))))
    };
    View {
        header: Seen::of(header),
        messages: thread["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(open)
            .collect(),
        no_keys: epochs
            .values()
            .filter_map(|key| key.as_ref().err().copied())
            .collect(),
        epochs: epochs
            .iter()
            .filter(|(_, key)| key.is_ok())
            .map(|(id, _)| id.to_string())
            .collect(),
    }
}

fn root_of(thread: &Value) -> Hash {
    use sha2::{Digest, Sha256};
    let birth = [
        "version",
        "id",
        "author",
        "created_at",
        "mode",
        "project",
        "anchors",
    ];
    let fields: Map<String, Value> = birth
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), thread.get(*name)?.clone())))
        .collect();
    Hash(Sha256::digest(json::canonical(&Value::Object(fields))).into())
}

#[test]
fn each_reader_sees_what_is_for_them_and_no_more() {
    let independent = threads_and_readers(&folder());
    assert!(independent > (20, 40), "{independent:?}");
    assert_eq!(threads_and_readers(&our_folder()), (4, 12));
}

/// Opens all threads of a folder for all of their readers; how many there are.
fn threads_and_readers(folder: &Path) -> (usize, usize) {
    let (mut threads, mut readers) = (0, 0);
    for case in read_in(folder, "index.json").as_array().unwrap() {
        let file = case["file"].as_str().unwrap();
        let Some(reads) = case["reads"].as_array() else {
            continue;
        };
        threads += 1;
        let thread = read_in(folder, file);
        for reader in reads {
            readers += 1;
            if thread.get("epochs").is_none() {
                assert_eq!(reader["epochs"], json!([]), "{file}");
                continue;
            }
            let view = view(&thread, reader["words"].as_str().unwrap());
            assert_eq!(json!(view.epochs), reader["epochs"], "{file}");
            assert_eq!(
                view.header.as_the_index_has_it(),
                reader["header"],
                "{file}"
            );
            let messages: Vec<Value> = view
                .messages
                .into_iter()
                .map(|message| match message {
                    Ok(seen) => seen.as_the_index_has_it(),
                    Err(open) => open,
                })
                .collect();
            assert_eq!(json!(messages), reader["messages"], "{file}");
        }
    }
    (threads, readers)
}

#[test]
fn what_cannot_be_opened_says_why() {
    // By file: why the last message can't be opened, for its owner.
    let messages = [
        ("open-box-damaged.json", Closed::Altered),
        ("open-box-with-another-time.json", Closed::Altered),
        ("open-box-moved.json", Closed::Altered),
        ("open-bomb.json", Closed::TooLong),
        ("open-inside-author.json", Closed::Poses("author")),
        ("open-inside-no-content.json", Closed::NoContent),
        (
            "open-inside-duplicate-key.json",
            Closed::NotStrict(json::Rule::EachKeyOnce),
        ),
        (
            "open-inside-float.json",
            Closed::NotStrict(json::Rule::PlainIntegers),
        ),
        ("open-inside-list.json", Closed::NotAnObject),
        ("open-inside-padding.json", Closed::Padding),
        ("open-inside-length.json", Closed::Length),
        ("open-inside-tail.json", Closed::Tail),
    ];
    for (file, expected) in messages {
        let view = view(&read(file), OWNER);
        let last = view.messages.into_iter().last().unwrap();
        assert!(
            matches!(last, Ok(Seen::Closed(why)) if why == expected),
            "{file}"
        );
    }
    let moved = view(&read("open-header-of-another-thread.json"), OWNER);
    assert!(matches!(moved.header, Seen::Closed(Closed::Altered)));
    let [owner, other] = [OWNER, READER].map(|words| {
        let view = view(&read("open-other-key-for-one-reader.json"), words);
        view.no_keys
    });
    assert_eq!((owner, other), (vec![], vec![NoKey::AnotherKey]));
    let stranger = view(&read("good-owner-alone.json"), READER);
    assert_eq!(stranger.no_keys, [NoKey::NotAReader]);
    let files = fs::read_dir(folder()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(
        names.filter(|name| name.starts_with("open-")).count(),
        messages.len() + 2
    );
}

/// The words of the author of these threads, and of their other reader.
const OWNER: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";
const READER: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";
