//! Attacks on the reader.

use super::forge::Forge;
use crate::support::Home;
use mmogit::index::Filter;
use mmogit::model::json::MAX_DEPTH;
use mmogit::verify::Verdict;

fn refused(forge: &Forge, bytes: &[u8], reason: &str) {
    forge.put(&forge.path(), bytes);
    let report = forge.home.verify();
    assert_eq!(report.files[0].verdict, Verdict::Malformed, "{reason}");
    assert!(
        report.files[0].problems[0].contains(reason),
        "{reason}: {:?}",
        report.files[0].problems
    );
    assert!(!report.is_good());
    let summaries = forge.home.workspace().list(&Filter::default()).unwrap();
    assert_eq!(summaries.threads.len(), 0);
    assert!(
        summaries.troubles[0].why.contains(reason),
        "{:?}",
        summaries.troubles
    );
}

#[test]
fn a_duplicate_key_is_refused_however_it_is_escaped() {
    let forge = Forge::new();
    let file = String::from_utf8(forge.bytes()).unwrap();
    for twice in ["\"title\": \"other\",", "\"\\u0074itle\": \"other\","] {
        let doubled = file.replacen('{', &format!("{{{twice}"), 1);
        refused(&forge, doubled.as_bytes(), "stands twice");
    }
    let inside = file.replacen("\"role\"", "\"content\": \"other\", \"role\"", 1);
    refused(&forge, inside.as_bytes(), "stands twice");
}

#[test]
fn a_damaged_file_is_refused_with_its_reason() {
    let forge = Forge::new();
    let file = forge.bytes();
    refused(&forge, b"", "EOF");
    refused(&forge, b"{}", "version is missing");
    refused(&forge, b"[]", "not a JSON object");
    refused(&forge, &[0xff, 0xfe, 0, 1], "not UTF-8");
    refused(&forge, &file[..file.len() / 2], "EOF");
    let deep = "[".repeat(100_000);
    refused(
        &forge,
        deep.as_bytes(),
        &format!("nested deeper than {MAX_DEPTH}"),
    );
    let more = [&file[..], b"{}"].concat();
    refused(&forge, &more, "trailing");
}

#[test]
fn no_cut_and_no_flipped_byte_is_ever_taken_for_true_nor_panics() {
    let home = Home::new();
    home.chat(1);
    let store = home.store();
    let file = store.read(&store.list().unwrap().entries[0]).unwrap();
    let check = |bytes: &[u8]| mmogit::workspace::check_file("x", bytes, None).verdict;
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
