//! The record as `tests/vectors/` has it: ours, and what an independent implementation wrote.
//!
//! Each file of that folder has its test in the table below; one that has none fails
//! `no_file_is_forgotten`.

use mmogit::identity::{BadWords, Keys, Words};
use mmogit::model::json::{self, Map, Value};
use mmogit::model::{
    Document, Erasure, Filed, KeptDraft, Message, OwnedProject, PublicKey, Reading, Signature,
    Thread, union,
};
use mmogit::sign::{Namespace, Signer, allowed_signers_line, armour, framed, read_armour};
use mmogit::verify::{self, FilePlace, ThreadReport};
use mmogit::workspace::check_file;
use sha2::{Digest, Sha256, Sha512};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

mod bundle;

macro_rules! table {
    ($($test:ident: $file:literal, $check:expr;)*) => {
        const FILES: &[&str] = &[$($file),*];
        $(#[test] fn $test() { $check(&folder().join($file)); })*
    };
}

table! {
    our_keys: "keys.json", keys;
    independent_keys: "independent/keys.json", keys;
    our_bip39: "bip39.json", bip39;
    our_canonical: "canonical.json", canonical;
    independent_canonical: "independent/canonical.json", canonical;
    our_roots: "roots.json", roots;
    our_messages: "messages.json", messages;
    independent_messages: "independent/messages.json", messages;
    our_signatures: "signatures.json", signatures;
    our_threads: "threads/index.json", threads;
    independent_threads: "independent/threads/index.json", threads;
    our_sealed: "sealed/index.json", threads;
    independent_sealed: "independent/sealed/index.json", sealed_without_a_key;
    our_places: "places.json", places;
    our_unions: "union.json", unions;
    independent_unions_of_three: "independent/unions.json", independent_unions;
    our_commits: "commits.json", commits;
    our_erasures: "erasures.json", erasures;
    our_documents: "documents.json", documents;
    independent_commits: "independent/commits.json", independent_commits_and_signers;
    independent_store: "independent/store.bundle", bundle::a_fetched_store_is_gone_on_with;
}

#[test]
fn no_file_is_forgotten() {
    const NO_VECTORS: [&str; 5] = [
        ".gitattributes",
        "LICENSE",
        "README.md",
        "generate.py",
        "generator",
    ];
    let mut found = BTreeSet::new();
    let mut waiting = vec![folder()];
    while let Some(inner) = waiting.pop() {
        for path in names_in(&inner).iter().map(|name| inner.join(name)) {
            let name = path
                .strip_prefix(folder())
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if NO_VECTORS.contains(&name.as_str()) {
                continue;
            }
            if !path.is_dir() {
                found.insert(name);
            } else if name.ends_with("threads") || name.ends_with("sealed") {
                // Their index is held against the folder where it is run.
                found.insert(format!("{name}/index.json"));
            } else {
                waiting.push(path);
            }
        }
    }
    let run: BTreeSet<String> = FILES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(
        found, run,
        "left: files there are; right: files that are run"
    );
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn load(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let list = value[name]
        .as_array()
        .unwrap_or_else(|| panic!("{name} is no list"));
    assert!(!list.is_empty(), "{name} is empty");
    list
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} is no text in {value}"))
}

fn fields(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn key(value: &Value, name: &str) -> PublicKey {
    text(value, name).parse().unwrap()
}

/// A thread of the record, from a value within a file of vectors.
fn thread(value: &Value) -> Thread {
    match Thread::read(&serde_json::to_vec(value).unwrap()).unwrap() {
        Reading::Thread(thread) => thread,
        Reading::Legacy(_) => panic!("a legacy thread: {value}"),
    }
}

fn keys(path: &Path) {
    let vectors = load(path);
    for case in list(&vectors, "good") {
        let words = Words::read(text(case, "words")).unwrap_or_else(|why| panic!("{why}: {case}"));
        assert_eq!(words.reveal().join(" "), text(case, "words"));
        if let Some(entropy) = case.get("entropy") {
            assert_eq!(hex::encode(&*words.entropy()), *entropy);
        }
        assert_eq!(hex::encode(*words.seed()), text(case, "seed"));
        let keys = Keys::from_words(&words);
        let secret: [u8; 32] = hex::decode(text(&case["owner"], "secret"))
            .unwrap()
            .try_into()
            .unwrap();
        assert_eq!(keys.public(), key(&case["owner"], "public"));
        assert_eq!(Signer::from_secret(&secret).public(), keys.public());
        for derived in list(case, "derived") {
            let label = text(derived, "label");
            let secret = keys.derive(label);
            assert_eq!(hex::encode(*secret), text(derived, "secret"), "{label}");
            if let Some(agent) = label.strip_prefix("agent:") {
                assert_eq!(
                    keys.agent(agent).public(),
                    key(derived, "public"),
                    "{label}"
                );
            } else {
                let public =
                    x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(*secret));
                assert_eq!(
                    hex::encode(public.as_bytes()),
                    text(derived, "x25519_public"),
                    "{label}"
                );
            }
        }
    }
    for case in list(&vectors, "refused") {
        let reason = match Words::read(text(case, "words")).err() {
            None => panic!("taken: {case}"),
            Some(BadWords::Checksum { .. }) => "checksum",
            Some(BadWords::Count(_)) => "count",
            Some(BadWords::Unknown { .. }) => "word",
        };
        assert!(
            case.get("reason").is_none_or(|named| *named == reason),
            "{reason}: {case}"
        );
    }
}

fn bip39(path: &Path) {
    let vectors = load(path);
    let mut seeds = 0;
    for case in list(&vectors, "cases") {
        let words = Words::read(text(case, "words")).unwrap();
        assert_eq!(hex::encode(&*words.entropy()), text(case, "entropy"));
        let entropy = hex::decode(text(case, "entropy")).unwrap();
        assert_eq!(
            Words::from_entropy(&entropy).unwrap().reveal().join(" "),
            text(case, "words")
        );
        // The record knows the empty BIP39 passphrase only, so seeds under others can't be asked
        // for.
        if text(case, "passphrase").is_empty() {
            assert_eq!(hex::encode(*words.seed()), text(case, "seed"));
            seeds += 1;
        }
    }
    assert!(seeds > 10, "only {seeds} seeds");
}

fn canonical(path: &Path) {
    let vectors = load(path);
    for case in list(&vectors, "good") {
        let value = json::read(text(case, "input").as_bytes())
            .unwrap_or_else(|why| panic!("{why}: {case}"));
        let form = json::canonical(&value);
        assert_eq!(String::from_utf8_lossy(&form), text(case, "canonical"));
        assert_eq!(hex::encode(Sha256::digest(&form)), text(case, "sha256"));
        assert_eq!(json::canonical(&json::read(&form).unwrap()), form);
    }
    for case in list(&vectors, "refused") {
        let hex = case
            .get("input_hex")
            .map(|hex| hex::decode(hex.as_str().unwrap()).unwrap());
        let input = hex.unwrap_or_else(|| text(case, "input").as_bytes().to_vec());
        assert!(json::read(&input).is_err(), "taken: {case}");
    }
}

fn roots(path: &Path) {
    for case in list(&load(path), "roots") {
        let mut header = fields(&case["header"]);
        header
            .entry("heads")
            .or_insert_with(|| Value::Array(Vec::new()));
        let thread = Thread::from_parts(header, Vec::new()).unwrap();
        assert_eq!(
            thread.root().to_string(),
            text(case, "root"),
            "{}",
            case["why"]
        );
        assert_eq!(
            hex::encode(Sha256::digest(text(case, "canonical"))),
            text(case, "root")
        );
    }
}

fn messages(path: &Path) {
    let vectors = load(path);
    for case in list(&vectors, "messages") {
        let message = Message::from_fields(fields(&case["message"])).unwrap();
        assert_eq!(message.id().to_string(), text(case, "id"));
        signed(
            case,
            Namespace::Message,
            &message.canonical(),
            &message.author(),
            message.signature().unwrap(),
        );
    }
    let first = &list(&vectors, "messages")[0]["message"]["prev"][0];
    let root = vectors.get("root").or(vectors.get("thread_root")).unwrap();
    assert_eq!(first, root);
    let author = key(&list(&vectors, "messages")[0]["message"], "author");
    if let Some(header) = vectors.get("root_of") {
        assert_eq!(hex::encode(Sha256::digest(json::canonical(header))), *root);
    }
    if let Some(thread) = vectors.get("thread") {
        let made = text(thread, "signature").parse().unwrap();
        signed(
            thread,
            Namespace::Thread,
            text(thread, "canonical").as_bytes(),
            &author,
            &made,
        );
    } else {
        let made = text(&vectors, "thread_signature").parse().unwrap();
        let bytes = text(&vectors, "thread_signed_text").as_bytes();
        assert!(verify::signature(&author, Namespace::Thread, bytes, &made));
    }
}

/// The canonical form, the frame around it, the armour and the line for the signers' file, of one
/// signed thing.
fn signed(case: &Value, namespace: Namespace, form: &[u8], key: &PublicKey, made: &Signature) {
    assert_eq!(String::from_utf8_lossy(form), text(case, "canonical"));
    assert_eq!(
        hex::encode(framed(namespace, &Sha512::digest(form).into())),
        text(case, "signed_bytes")
    );
    assert!(verify::signature(key, namespace, form, made), "{case}");
    assert_eq!(armour(key, namespace, made), text(case, "armour"));
    assert_eq!(
        read_armour(text(case, "armour"), namespace),
        Some((*key, *made))
    );
    let principal = text(case, "allowed_signers").split(' ').next().unwrap();
    assert_eq!(
        allowed_signers_line(principal, &[namespace], key),
        text(case, "allowed_signers")
    );
}

fn signatures(path: &Path) {
    let vectors = load(path);
    for (name, expected) in [("good", true), ("bad", false)] {
        for case in list(&vectors, name) {
            let namespace = [Namespace::Message, Namespace::Thread, Namespace::Git]
                .into_iter()
                .find(|namespace| namespace.as_str() == text(case, "namespace"))
                .unwrap();
            let made = text(case, "signature").parse().unwrap();
            let holds = verify::signature(
                &key(case, "key"),
                namespace,
                text(case, "data").as_bytes(),
                &made,
            );
            assert_eq!(holds, expected, "{}", case["why"]);
        }
    }
}

fn threads(path: &Path) {
    threads_beside(path, &[]);
}

/// Nobody needs a key to check what is sealed; who can read it is for `sealed.rs`.
fn sealed_without_a_key(path: &Path) {
    threads_beside(path, &["cards.json", "padding.json"]);
}

/// The threads of an index, in a folder that has these other files too.
fn threads_beside(path: &Path, others: &[&str]) {
    let folder = path.parent().unwrap();
    let index = load(path);
    let index = index.as_array().unwrap();
    let mut listed: BTreeSet<String> = index
        .iter()
        .map(|entry| text(entry, "file").to_owned())
        .collect();
    assert_eq!(listed.len(), index.len(), "a file is listed twice");
    listed.insert("index.json".to_owned());
    listed.extend(others.iter().map(|name| (*name).to_owned()));
    assert_eq!(
        listed,
        names_in(folder),
        "left: files in the index; right: files in the folder"
    );
    for entry in index {
        let file = text(entry, "file");
        let report = check_file(file, &fs::read(folder.join(file)).unwrap(), None).report;
        let why = &report.findings;
        assert_eq!(
            report.verdict.as_str(),
            text(entry, "verdict"),
            "{file} ({}): {why:?}",
            entry["why"]
        );
        if let (Some(section), Some((_, checks))) = (entry.get("section"), &report.thread) {
            let section = section.as_str().unwrap();
            assert!(
                is_found_by_the_check_for(section, checks),
                "{file}, section {section}, only: {why:?}"
            );
        }
    }
}

/// Whether it is the check for that section of docs/format.md that failed, and not another alone.
fn is_found_by_the_check_for(section: &str, report: &ThreadReport) -> bool {
    let message = report.messages.iter().any(|message| message.check.is_err());
    match section {
        "5 and 6" | "7" => message,
        "6" => message || report.header.is_err(),
        "6 and 8.1" => report.header.is_err() && report.chain.is_err(),
        "8.1" | "8.2" => report.chain.is_err(),
        "8" => report.chain.is_err() || report.tail.is_err(),
        "8.3" | "8.4" | "8.5" | "8.6" => report.tail.is_err(),
        "9" => report.header.is_err(),
        other => panic!("no check is known for section {other}"),
    }
}

fn places(path: &Path) {
    for case in list(&load(path), "places") {
        let bytes = fs::read(path.parent().unwrap().join(text(case, "file"))).unwrap();
        let (owner, path) = (key(case, "branch"), text(case, "path"));
        let place = FilePlace {
            owner: &owner,
            path,
            is_plain: true,
        };
        let report = check_file(path, &bytes, Some(place)).report;
        assert_eq!(
            report.verdict.as_str(),
            text(case, "verdict"),
            "{}: {:?}",
            case["why"],
            report.findings
        );
    }
}

fn erasures(path: &Path) {
    for case in list(&load(path), "erasures") {
        let name = text(case, "path").strip_prefix(".mmogit/erased/").unwrap();
        let verdict = match Erasure::read(case["erasure"].to_string().as_bytes()) {
            Err(_) => "malformed",
            Ok(erasure) if verify::erasure(&key(case, "branch"), &erasure, name).is_ok() => {
                assert_eq!(
                    String::from_utf8(erasure.signed_bytes()).unwrap(),
                    text(case, "canonical")
                );
                let made = armour(
                    &key(case, "branch"),
                    Namespace::Erasure,
                    erasure.signature().unwrap(),
                );
                assert_eq!(made.trim(), text(case, "armour").trim());
                "valid"
            }
            Ok(_) => "invalid",
        };
        assert_eq!(verdict, text(case, "verdict"), "{}", case["why"]);
    }
}

fn documents(path: &Path) {
    let cases = load(path);
    let cases = list(&cases, "documents");
    for case in cases {
        let (verdict, canonical) = match text(case, "kind") {
            "project" => document::<OwnedProject>(case),
            _ => document::<KeptDraft>(case),
        };
        assert_eq!(verdict, text(case, "verdict"), "{}", case["why"]);
        if verdict == "valid" {
            assert_eq!(canonical, text(case, "canonical"));
        }
    }
    assert!(cases.len() > 100, "{}", cases.len());
}

fn document<Kind: Filed>(case: &Value) -> (&'static str, String) {
    let path = text(case, "path");
    let folder = format!(".mmogit/{}/", Kind::FOLDER);
    let name = path.strip_prefix(&folder).unwrap();
    let Ok(document) = Document::<Kind>::read(case["document"].to_string().as_bytes()) else {
        return ("malformed", String::new());
    };
    let canonical = String::from_utf8(document.signed_bytes()).unwrap();
    let is_good = verify::filed(&key(case, "branch"), &document, name).is_ok();
    if is_good {
        // The union of a good document with itself is itself.
        assert_eq!(
            Kind::unite(&document, &document).signed_bytes(),
            canonical.as_bytes()
        );
    }
    (if is_good { "valid" } else { "invalid" }, canonical)
}

fn unions(path: &Path) {
    for case in list(&load(path), "cases") {
        let versions = versions(case);
        for result in &unions_in_all_orders(&versions) {
            is_the_union(case, result);
            for version in &versions {
                is_the_union(case, &union(result, version));
            }
        }
    }
}

/// The same, where the union is told as a whole thread.
fn independent_unions(path: &Path) {
    for case in list(&load(path), "cases") {
        let versions = versions(case);
        let mut expected = case["union"].clone();
        let names = ["changed", "hides"].map(|name| expected.get(name).cloned());
        expected["signature"] = Value::Null;
        let form = |value: &Value| String::from_utf8(json::canonical(value)).unwrap();
        for result in unions_in_all_orders(&versions) {
            assert_eq!(form(&result.to_value()), form(&expected), "{names:?}");
        }
    }
}

fn versions(case: &Value) -> Vec<Thread> {
    let versions: Vec<Thread> = list(case, "versions").iter().map(thread).collect();
    for version in &versions {
        assert_eq!(verify::thread(version).findings(), [], "{}", case["name"]);
    }
    versions
}

/// Whichever way two or three versions are paired; all written in the same bytes.
fn unions_in_all_orders(versions: &[Thread]) -> Vec<Thread> {
    let made: Vec<Thread> = match versions {
        [a, b] => vec![union(a, b), union(b, a)],
        [a, b, c] => [
            [a, b, c],
            [a, c, b],
            [b, a, c],
            [b, c, a],
            [c, a, b],
            [c, b, a],
        ]
        .into_iter()
        .flat_map(|[x, y, z]| [union(&union(x, y), z), union(x, &union(y, z))])
        .collect(),
        _ => panic!("neither two nor three versions"),
    };
    for result in &made {
        assert_eq!(result.to_file(), made[0].to_file());
    }
    made
}

fn is_the_union(case: &Value, result: &Thread) {
    let header = Value::Object(result.header().clone());
    let texts =
        [&case["header"], &header].map(|value| String::from_utf8(json::canonical(value)).unwrap());
    assert_eq!(texts[1], texts[0], "{}", case["name"]);
    let order: Vec<Value> = result
        .messages()
        .iter()
        .map(|m| m.id().to_string().into())
        .collect();
    assert_eq!(Value::from(order), case["order"], "{}", case["name"]);
    let made = result
        .messages()
        .iter()
        .map(|m| m.signature().unwrap().to_string());
    assert_eq!(
        made.collect::<Value>(),
        case["signatures"],
        "{}",
        case["name"]
    );
}

fn commits(path: &Path) {
    for case in list(&load(path), "commits") {
        let object = text(case, "object").as_bytes();
        assert_eq!(commit_id(object), text(case, "id"));
        let check = verify::commit(&key(case, "branch"), object);
        assert_eq!(
            check.is_ok(),
            text(case, "verdict") == "valid",
            "{}: {check:?}",
            case["why"]
        );
    }
}

fn independent_commits_and_signers(path: &Path) {
    let vectors = load(path);
    let [owner, other] = ["owner_words", "other_words"]
        .map(|who| Keys::from_words(&Words::read(text(&vectors, who)).unwrap()));
    for case in list(&vectors, "commits") {
        let object = text(case, "object").as_bytes();
        assert_eq!(commit_id(object), text(case, "id"));
        let checks = [&owner, &other].map(|keys| verify::commit(&keys.public(), object));
        assert_eq!(
            checks.iter().filter(|check| check.is_ok()).count(),
            1,
            "{checks:?}"
        );
    }
    let line = |keys: &Keys| {
        let principal = format!("{}@users.mmogit.invalid", keys.public());
        allowed_signers_line(&principal, &[Namespace::Git], &keys.public())
    };
    assert_eq!(
        line(&owner) + &line(&other),
        text(&vectors, "allowed_signers")
    );
}

fn commit_id(object: &[u8]) -> String {
    git2::Oid::hash_object(git2::ObjectType::Commit, object)
        .unwrap()
        .to_string()
}
