//! The JSON Schema of a thread's file agrees with the test vectors.

use crate::support::schema;
use jsonschema::Validator;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Malformed files of which a schema can't say so: it sees neither the bytes nor the calendar, and
/// counts nothing in all.
const BEYOND_A_SCHEMA: [&str; 19] = [
    "malformed-box.json",
    "malformed-duplicate-key-equal.json",
    "malformed-duplicate-key-escaped.json",
    "malformed-duplicate-key-unknown.json",
    "malformed-duplicate-key.json",
    "malformed-duplicate-messages.json",
    "malformed-exponent.json",
    "malformed-float.json",
    "malformed-message-sealed-box-between.json",
    "malformed-message-sealed-box-long.json",
    "malformed-message-sealed-box-short.json",
    "malformed-minus-nought.json",
    "malformed-nested-65.json",
    "malformed-sealed-box-between.json",
    "malformed-sealed-box-long.json",
    "malformed-sealed-box-short.json",
    "malformed-time-29-february.json",
    "malformed-values-header.json",
    "malformed-values-message.json",
];

const NO_THREADS: [&str; 3] = ["index.json", "cards.json", "padding.json"];

fn files() -> Vec<PathBuf> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let folders = ["threads", "independent/threads", "independent/sealed"];
    let folders = folders.map(|folder| vectors.join(folder));
    let files = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap());
    files
        .map(|file| file.unwrap().path())
        .filter(|path| !NO_THREADS.iter().any(|name| path.ends_with(name)))
        .collect()
}

/// The schema's word on a file; `None` if it is no JSON for a common parser.
fn fits(path: &Path, schema: &Validator) -> Option<bool> {
    let value: Value = serde_json::from_slice(&fs::read(path).unwrap()).ok()?;
    Some(schema.is_valid(&value))
}

#[test]
fn what_is_well_formed_fits_and_what_is_malformed_does_not() {
    let schema = schema::thread();
    let (mut fitting, mut refused, mut beyond) = (0, 0, BTreeSet::new());
    for path in files() {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let found = fits(&path, &schema);
        if ["good-", "bad-", "open-"]
            .iter()
            .any(|start| name.starts_with(start))
        {
            assert_eq!(found, Some(true), "{name} is well-formed");
            fitting += 1;
        } else if found == Some(true) {
            beyond.insert(name);
        } else {
            refused += usize::from(found == Some(false));
        }
    }
    assert_eq!(beyond, BTreeSet::from(BEYOND_A_SCHEMA.map(str::to_owned)));
    // Most of what the schema refuses is good JSON to everyone else.
    assert!(fitting > 140 && refused > 100, "{fitting} {refused}");
}
