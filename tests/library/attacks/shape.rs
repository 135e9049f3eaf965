//! Attacks on the reader.

use super::forge::Forge;
use crate::support::Home;
use mmogit::index::Filter;
use mmogit::model::json::MAX_VALUES;
use mmogit::verify::Verdict;

/// Put in the stored thread's place, the bytes are malformed in this way.
fn refused(forge: &Forge, bytes: &[u8], code: &str) {
    forge.put(&forge.path(), bytes);
    let report = forge.home.verify();
    assert_eq!(report.files[0].verdict, Verdict::Malformed, "{code}");
    let [finding] = &report.files[0].findings[..] else {
        panic!("{code}: {report:?}")
    };
    assert_eq!(finding.code(), code, "{finding}");
    assert!(!report.is_good());
    let listed = forge
        .home
        .workspace()
        .threads()
        .list(&Filter::default())
        .unwrap();
    assert_eq!(listed.threads.len(), 0);
    assert_eq!(listed.troubles[0].why, finding.to_string());
}

#[test]
fn a_duplicate_key_is_refused_however_it_is_escaped() {
    let forge = Forge::new();
    let file = String::from_utf8(forge.bytes()).unwrap();
    for twice in ["\"title\": \"other\",", "\"\\u0074itle\": \"other\","] {
        let doubled = file.replacen('{', &format!("{{{twice}"), 1);
        refused(&forge, doubled.as_bytes(), "json-key-twice");
    }
    let inside = file.replacen("\"role\"", "\"content\": \"other\", \"role\"", 1);
    refused(&forge, inside.as_bytes(), "json-key-twice");
    let messages = file.replacen('{', "{\"messages\": [],", 1);
    refused(&forge, messages.as_bytes(), "json-key-twice");
}

#[test]
fn a_damaged_file_is_refused_with_its_reason() {
    let forge = Forge::new();
    let file = forge.bytes();
    refused(&forge, b"", "json-broken");
    refused(&forge, b"{}", "version-missing");
    refused(&forge, b"[]", "not-an-object");
    refused(&forge, &[0xff, 0xfe, 0, 1], "json-not-utf8");
    refused(&forge, &file[..file.len() / 2], "json-broken");
    let marked = [b"\xef\xbb\xbf", &file[..]].concat();
    refused(&forge, &marked, "json-byte-order-mark");
    refused(&forge, "[".repeat(100_000).as_bytes(), "json-too-deep");
    let more = [&file[..], b"{}"].concat();
    refused(&forge, &more, "json-broken");
    let many = format!("[{}0]", "0,".repeat(MAX_VALUES));
    refused(&forge, many.as_bytes(), "json-too-many-values");
    let text = String::from_utf8(file).unwrap();
    for (whole, damaged, code) in [
        ("\"version\": 1", "\"version\": 1.0", "json-number"),
        ("\"version\": 1", "\"version\": 2", "version-unknown"),
        ("\"active\"", "\"lost\"", "field-malformed"),
        ("\"human\"", "\"nobody\"", "field-malformed"),
    ] {
        assert!(text.contains(whole));
        refused(&forge, text.replacen(whole, damaged, 1).as_bytes(), code);
    }
}

#[test]
fn no_cut_and_no_flipped_byte_is_ever_taken_for_true_nor_panics() {
    let home = Home::new();
    home.chat(1);
    let store = home.store();
    let file = store.read(&store.list().unwrap().entries[0]).unwrap();
    let check = |bytes: &[u8]| {
        mmogit::workspace::check_file("x", bytes, None)
            .report
            .verdict
    };
    assert_eq!(check(&file), Verdict::Valid);
    for end in 0..file.len() - 2 {
        assert_ne!(check(&file[..end]), Verdict::Valid, "cut at {end}");
    }
    let text: Vec<usize> = (0..file.len())
        .filter(|&at| !file[at].is_ascii_whitespace())
        .collect();
    for at in text {
        let mut flipped = file.clone();
        flipped[at] ^= 1;
        assert_ne!(check(&flipped), Verdict::Valid, "flipped at {at}");
    }
}
