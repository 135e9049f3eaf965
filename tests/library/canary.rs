//! What looks for texts that should be nowhere finds them everywhere.

use crate::support::{canary, git};
use flate2::Compression;
use flate2::write::{DeflateEncoder, ZlibEncoder};
use rusqlite::Connection;
use std::fs;
use std::io::Write;
use std::path::Path;

const CANARY: &str = "qzjvkwxcanary";

fn found(folder: &Path) -> Vec<String> {
    canary::places_of(CANARY, &[folder])
}

fn deflated(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn base64(bytes: &[u8]) -> String {
    <base64ct::Base64 as base64ct::Encoding>::encode_string(bytes)
}

#[test]
fn it_is_found_in_every_form() {
    let text = format!("before, {CANARY}, and after it comes more");
    let units = || text.encode_utf16();
    let forms: [(&str, Vec<u8>); 10] = [
        ("plain", text.clone().into_bytes()),
        ("UTF-16, low", units().flat_map(u16::to_le_bytes).collect()),
        ("UTF-16, high", units().flat_map(u16::to_be_bytes).collect()),
        ("hexadecimal", hex::encode(&text).into_bytes()),
        ("Base64", base64(text.as_bytes()).into_bytes()),
        ("Base64", base64(&text.as_bytes()[1..]).into_bytes()),
        ("Base64", base64(&text.as_bytes()[2..]).into_bytes()),
        ("deflated, plain", deflated(text.as_bytes())),
        (
            "Base64, deflated, plain",
            base64(&deflated(text.as_bytes())).into_bytes(),
        ),
        (
            "deflated, plain",
            [b"in a page ", &zlib(text.as_bytes())[..]].concat(),
        ),
    ];
    for (form, bytes) in forms {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("file"), &bytes).unwrap();
        let found = found(folder.path());
        assert!(
            found.iter().any(|place| place.contains(form)),
            "{form}: {found:?}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "nothing of the kind, qzjvkwx").unwrap();
    assert_eq!(found(folder.path()), [""; 0]);
}

#[test]
fn it_is_found_in_a_database_whether_or_not_it_was_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let database = Connection::open(folder.path().join("some.db")).unwrap();
    database
        .execute_batch("CREATE TABLE t (a, b); CREATE VIRTUAL TABLE words USING fts5(w)")
        .unwrap();
    database
        .execute(
            "INSERT INTO t VALUES (1, ?1)",
            [deflated(CANARY.as_bytes())],
        )
        .unwrap();
    let finds = |form: &str| {
        found(folder.path())
            .iter()
            .any(|place| place.contains(form))
    };
    assert!(finds("table t, deflated") && finds("deflated in a page"));
    database.execute_batch("DELETE FROM t WHERE a = 1").unwrap();
    assert!(finds("deflated in a page") && !finds("table t"));

    database
        .execute_batch("PRAGMA secure_delete = ON; VACUUM; PRAGMA secure_delete = OFF")
        .unwrap();
    assert_eq!(found(folder.path()), [""; 0]);

    let word = |word: &str| {
        database
            .execute("INSERT INTO words VALUES (?1)", [word])
            .unwrap()
    };
    word("qzjvkwxcanaries");
    word(CANARY);
    database.execute_batch("UPDATE words SET w = ''").unwrap();
    word(&format!("{CANARY}{CANARY}"));
    let places = found(folder.path());
    assert!(
        places.iter().any(|place| place.contains("full-text")),
        "{places:?}"
    );

    database
        .execute("INSERT INTO t VALUES (2, ?1)", [CANARY])
        .unwrap();
    database
        .execute_batch("DELETE FROM t WHERE a = 2; DROP TABLE words")
        .unwrap();
    let places = found(folder.path());
    assert!(
        places.iter().any(|place| place.ends_with(": plain")),
        "{places:?}"
    );
}

#[test]
fn it_is_found_in_gits_objects_loose_and_packed() {
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join("some.git");
    git(folder.path(), &["init", "-q", "--bare", "some.git"]);
    fs::write(folder.path().join("text"), "").unwrap();
    assert_eq!(found(folder.path()), [""; 0]);
    let text = folder.path().join("text");
    fs::write(&text, format!("some text with {CANARY} in it")).unwrap();
    let id = git(&repository, &["hash-object", "-w", text.to_str().unwrap()]);
    fs::remove_file(text).unwrap();
    let loose = found(folder.path());
    assert!(
        loose.iter().any(|place| place.contains("an object of git")),
        "{loose:?}"
    );
    assert!(
        loose.iter().any(|place| place.contains("deflated, plain")),
        "{loose:?}"
    );

    let tree = git(&repository, &["mktree", "--missing"]);
    git(&repository, &["update-ref", "refs/tags/kept", id.trim()]);
    git(&repository, &["repack", "-adq"]);
    let packed = found(folder.path());
    assert!(
        packed
            .iter()
            .any(|place| place.contains("an object of git")),
        "{packed:?}, {tree}"
    );
}
