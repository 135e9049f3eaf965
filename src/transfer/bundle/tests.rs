use super::*;
use proptest::prelude::*;

fn bundle(files: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_header(&mut bytes, files.len(), &BTreeSet::new()).unwrap();
    for file in files {
        bytes.extend(line(file.as_bytes()).unwrap());
    }
    bytes
}

type Found = (String, Result<String, BundleFault>);

fn parts(bytes: &[u8]) -> Vec<Found> {
    // A reader that hands out a few bytes at a time: no place may depend on where a buffer ends.
    let reader = io::BufReader::with_capacity(7, bytes);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Parts::new("f", reader)
        .map(|part| part.unwrap())
        .map(|part| (part.place, part.content.map(text)))
        .collect()
}

fn ok(place: &str, text: &str) -> Found {
    (place.into(), Ok(text.into()))
}

#[test]
fn each_thread_is_one_line_and_comes_back() {
    let bytes = bundle(&["{\n  \"a\": \"x\\ny\"\n}\n", "[]"]);
    assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 3);
    assert_eq!(
        parts(&bytes),
        [ok("f:2", r#"{"a":"x\ny"}"#), ok("f:3", "[]")]
    );
}

#[test]
fn what_is_no_bundle_is_one_file() {
    for text in ["", "{", "{\"version\": 1}\n\n", "{\"mmogit_bundle\" :1}"] {
        assert_eq!(parts(text.as_bytes()), [ok("f", text)]);
    }
}

#[test]
fn a_bundle_that_was_cut_or_padded_says_so() {
    let whole = bundle(&["1", "2"]);
    let cut = parts(&whole[..whole.len() - 2]);
    assert_eq!(cut[0], ok("f:2", "1"));
    let count = |found| BundleFault::OtherCount { promised: 2, found };
    assert_eq!(cut[1], ("f".into(), Err(count(1))));
    let padded = parts(&[whole, b"\n".to_vec()].concat());
    assert_eq!(padded[2], ok("f:4", ""));
    assert_eq!(padded[3], ("f".into(), Err(count(3))));
}

#[test]
fn blank_lines_in_a_row_are_one_part_however_many_they_are() {
    let whole = bundle(&["1"]);
    let blank = vec![b'\n'; 5_000_000];
    let padded = parts(&[whole.as_slice(), &blank, b"2\n\n"].concat());
    let told = Err(BundleFault::BlankLines(5_000_000));
    assert_eq!(padded[0], ok("f:2", "1"));
    assert_eq!(padded[1], ("f:3-5000002".into(), told));
    assert_eq!(padded[2], ok("f:5000003", "2"));
    assert_eq!(padded[3], ok("f:5000004", ""));
    let count = BundleFault::OtherCount {
        promised: 1,
        found: 5_000_003,
    };
    assert_eq!(padded[4..], [("f".into(), Err(count))]);
}

#[test]
fn a_header_that_cannot_be_read_hides_no_thread() {
    let headers = [
        r#"{"mmogit_bundle":2,"threads":1}"#,
        r#"{"mmogit_bundle":true,"threads":1}"#,
        r#"{"mmogit_bundle":1}"#,
        r#"{"mmogit_bundle":1,"threads":-1}"#,
        r#"{"mmogit_bundle":1,"threads":1,"threads":1}"#,
        r#"{"mmogit_bundle":1.0,"threads":1}"#,
        r#"{"mmogit_bundle":"#,
    ];
    for header in headers {
        let found = parts(format!("{header}\n[]\n").as_bytes());
        assert!(found[0].1.is_err(), "{header}: {found:?}");
        assert_eq!(found[1..], [ok("f:2", "[]")], "{header}");
    }
}

#[test]
fn a_line_too_long_for_a_thread_is_cut_and_the_next_is_found() {
    let mut bytes = bundle(&["1", "2"]);
    let long = vec![b' '; MAX_FILE_BYTES + 100];
    let place = bytes.len() - 4;
    bytes.splice(place..place, long);
    let found: Vec<Part> = Parts::new("f", bytes.as_slice())
        .map(|part| part.unwrap())
        .collect();
    // So much that it is refused as too long, and no more, however long it is.
    let kept = found[0].content.as_ref().unwrap().len();
    assert!(
        (MAX_FILE_BYTES + 1..=MAX_FILE_BYTES + 2).contains(&kept),
        "{kept}"
    );
    assert_eq!(found[1].content, Ok(b"2".to_vec()));
    assert_eq!(found.len(), 2);
}

#[test]
fn the_header_is_strict_and_carries_the_verifier() {
    let bytes = bundle(&[]);
    let header = json::read(&bytes).unwrap();
    assert!(bytes.starts_with(MAGIC));
    assert_eq!(header["verifier"], VERIFIER);
    assert_eq!(header["verifier_sha256"], *verifier_sha256());
    assert!(VERIFIER.starts_with("#!/usr/bin/env python3"));
}

proptest! {
    #[test]
    fn no_input_panics_and_every_line_is_told(tail in "[\\n{}a\\x00]{0,40}") {
        let bytes = [&bundle(&["1"]), tail.as_bytes()].concat();
        let all = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let lines = all.split(|byte| *byte == b'\n').count();
        let mut told = 0;
        for (_, content) in parts(&bytes) {
            told += match content {
                Ok(_) => 1,
                Err(BundleFault::BlankLines(blank)) => blank,
                Err(_) => 0,
            };
        }
        prop_assert_eq!(told, lines - 1);
    }
}
