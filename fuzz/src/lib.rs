//! What the fuzz targets share: seeds made from the project's test vectors, so that no corpus is
//! committed.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes inputs to begin from into the target's corpus. Runs before the corpus is read.
pub fn seed(target: &str, inputs: impl IntoIterator<Item = Vec<u8>>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    fs::create_dir_all(&folder).expect("the corpus can be made");
    for (n, input) in inputs.into_iter().enumerate() {
        fs::write(folder.join(format!("seed-{n:03}")), input).expect("the corpus can be written");
    }
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors")
}

/// A file of vectors.
pub fn read(name: &str) -> Value {
    let bytes = fs::read(vectors().join(name)).expect("the vectors are there");
    serde_json::from_slice(&bytes).expect("the vectors are JSON")
}

/// The thread files, good and bad, but for the large ones.
pub fn threads() -> Vec<Vec<u8>> {
    files_of("threads")
}

/// Sealed ones.
pub fn sealed_threads() -> Vec<Vec<u8>> {
    [files_of("sealed"), files_of("independent/sealed")].concat()
}

fn files_of(folder: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(vectors().join(folder)).expect("the vectors are there");
    let files = entries.map(|entry| fs::read(entry.expect("listed").path()).expect("readable"));
    files.filter(|file| file.len() < 8192).collect()
}

/// The texts under a name in a list of vectors.
pub fn texts(list: &Value, name: &str) -> Vec<Vec<u8>> {
    let entries = list.as_array().map(Vec::as_slice).unwrap_or_default();
    entries
        .iter()
        .filter_map(|entry| Some(entry.get(name)?.as_str()?.as_bytes().to_vec()))
        .collect()
}
