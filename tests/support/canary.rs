//! Looks for a text in all that lies in folders, in every form in which a program may have put it
//! there: plain, in UTF-16, in Base64 or as hexadecimal digits, deflated, in SQLite's tables and
//! free pages, in git's objects, reachable or not; and in these within each other.

use flate2::read::{DeflateDecoder, ZlibDecoder};
use flate2::{Decompress, FlushDecompress};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// So deep forms within forms are looked through.
const DEPTH: usize = 3;
/// So much of what is inflated is looked at.
const INFLATED: u64 = 4 << 20;
/// And so much of what may be deflated within a page.
const INFLATED_IN_PAGES: usize = 16 << 10;
/// Runs of fewer signs are no Base64 worth looking into.
const SHORTEST_RUN: usize = 24;

/// Where a text was found: each file, with the form.
pub fn places_of(canary: &str, folders: &[&Path]) -> Vec<String> {
    let search = Search::of(canary);
    let mut files = Vec::new();
    for folder in folders {
        collect(folder, &mut files);
    }
    let mut found = BTreeSet::new();
    for file in &files {
        let name = file.display().to_string();
        if name.contains(canary) {
            found.insert(format!("{name}: its name"));
        }
        let bytes = fs::read(file).unwrap_or_default();
        found.extend(
            search
                .forms_in(&bytes)
                .map(|form| format!("{name}: {form}")),
        );
        found.extend(
            search
                .deflated_within(&bytes)
                .map(|form| format!("{name}: {form}")),
        );
        if bytes.starts_with(b"SQLite format 3\0") {
            found.extend(
                search
                    .in_database(file)
                    .map(|form| format!("{name}: {form}")),
            );
            let deleted = search.deflated_in_pages(&bytes);
            found.extend(deleted.map(|form| format!("{name}: {form}")));
        }
        if file.ends_with("HEAD") && file.with_file_name("objects").is_dir() {
            let repository = file.parent().unwrap();
            found.extend(
                search
                    .in_git(repository)
                    .map(|form| format!("{name}: {form}")),
            );
        }
    }
    found.into_iter().collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}

/// The forms of one text.
struct Search {
    forms: Vec<(&'static str, Vec<u8>)>,
}

impl Search {
    fn of(canary: &str) -> Self {
        let units: Vec<u16> = canary.encode_utf16().collect();
        let low_first = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let high_first = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let digits = hex::encode(canary);
        let mut forms = vec![
            ("plain", canary.as_bytes().to_vec()),
            ("in capitals", canary.to_uppercase().into_bytes()),
            ("UTF-16, low byte first", low_first),
            ("UTF-16, high byte first", high_first),
            ("hexadecimal", digits.to_uppercase().into_bytes()),
            ("hexadecimal", digits.into_bytes()),
        ];
        // Which signs of Base64 a text becomes depends on how many bytes stand before it.
        for before in 0..3 {
            let mut text = vec![b'x'; before];
            text.extend_from_slice(canary.as_bytes());
            let encoded = <base64ct::Base64Unpadded as base64ct::Encoding>::encode_string(&text);
            let first = if before == 0 { 0 } else { before + 1 };
            let last = encoded.len() - usize::from(text.len() % 3 != 0);
            forms.push(("Base64", encoded.as_bytes()[first..last].to_vec()));
        }
        Self { forms }
    }

    fn forms_in<'s>(&'s self, bytes: &[u8]) -> impl Iterator<Item = String> + use<'s> {
        let mut found = BTreeSet::new();
        self.look(bytes, "", DEPTH, &mut found);
        found.into_iter()
    }

    fn look(&self, bytes: &[u8], within: &str, depth: usize, found: &mut BTreeSet<String>) {
        for (name, form) in &self.forms {
            if has_within(bytes, form) {
                found.insert(format!("{within}{name}"));
            }
        }
        if depth == 0 {
            return;
        }
        for inflated in [inflate_raw(bytes), inflate_zlib(bytes)]
            .into_iter()
            .flatten()
        {
            self.look(&inflated, &format!("{within}deflated, "), depth - 1, found);
        }
        for run in runs_of_base64(bytes) {
            if let Some(decoded) = decoded(run) {
                self.look(&decoded, &format!("{within}Base64, "), depth - 1, found);
            }
        }
    }

    /// What is deflated anywhere within a file, as in a pack.
    fn deflated_within<'s>(&'s self, bytes: &[u8]) -> impl Iterator<Item = String> + use<'s> {
        let mut found = BTreeSet::new();
        for start in 0..bytes.len() {
            // Two bytes tell zlib apart from nearly all else.
            let is_zlib = bytes[start] & 0x0f == 8
                && bytes.get(start + 1).is_some_and(|second| {
                    ((u16::from(bytes[start]) << 8) | u16::from(*second)).is_multiple_of(31)
                });
            let inflated = is_zlib.then(|| inflate_zlib(&bytes[start..])).flatten();
            if let Some(inflated) = inflated {
                self.look(&inflated, "deflated, ", DEPTH - 1, &mut found);
            }
        }
        found.into_iter()
    }

    /// What was deflated in a database and deleted: nothing tells where in a free page it begins.
    fn deflated_in_pages(&self, bytes: &[u8]) -> Option<String> {
        let mut inflated = vec![0; INFLATED_IN_PAGES];
        let is_there = (0..bytes.len()).any(|start| {
            let mut inflate = Decompress::new(false);
            let rest = &bytes[start..];
            let _ = inflate.decompress(rest, &mut inflated, FlushDecompress::Sync);
            let length = usize::try_from(inflate.total_out()).unwrap();
            has_within(&inflated[..length], &self.forms[0].1)
        });
        is_there.then(|| "deflated in a page".to_owned())
    }

    /// Every value of every table.
    fn in_database(&self, file: &Path) -> impl Iterator<Item = String> {
        let mut found = BTreeSet::new();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let database = Connection::open_with_flags(file, flags).unwrap();
        let mut tables = database
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
            .unwrap();
        let tables: Vec<String> = tables
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for table in tables {
            let Ok(mut all) = database.prepare(&format!("SELECT * FROM \"{table}\"")) else {
                continue;
            };
            let columns = all.column_count();
            let mut rows = all.query([]).unwrap();
            while let Ok(Some(row)) = rows.next() {
                for column in 0..columns {
                    let bytes = match row.get_ref(column).unwrap() {
                        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
                        _ => continue,
                    };
                    for form in self.forms_in(bytes) {
                        found.insert(format!("table {table}, {form}"));
                    }
                }
            }
        }
        found.extend(self.in_word_list(&database));
        found.into_iter()
    }

    /// A word of a full-text table stands in its pages in parts.
    fn in_word_list(&self, database: &Connection) -> Option<String> {
        let list = "CREATE VIRTUAL TABLE temp.every_word USING fts5vocab(main, words, row)";
        database.execute_batch(list).ok()?;
        let mut words = database.prepare("SELECT term FROM every_word").ok()?;
        let words = words.query_map([], |row| row.get::<_, String>(0)).ok()?;
        let mut words = words.map_while(Result::ok);
        let plain = &self.forms[0].1;
        words
            .any(|word| has_within(word.as_bytes(), plain))
            .then(|| "a word of the full-text table".to_owned())
    }

    /// Every object that git has, whether or not anything names it.
    fn in_git(&self, repository: &Path) -> impl Iterator<Item = String> {
        let output = Command::new("git")
            .arg("-C")
            .arg(repository)
            .args(["cat-file", "--batch-all-objects", "--batch", "--unordered"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let found = self.forms_in(&output.stdout);
        found.map(|form| format!("an object of git, {form}"))
    }
}

fn has_within(bytes: &[u8], wanted: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(place) = rest.iter().position(|byte| *byte == wanted[0]) {
        rest = &rest[place..];
        if rest.starts_with(wanted) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

fn inflate_raw(bytes: &[u8]) -> Option<Vec<u8>> {
    read_some(DeflateDecoder::new(bytes))
}

fn inflate_zlib(bytes: &[u8]) -> Option<Vec<u8>> {
    read_some(ZlibDecoder::new(bytes))
}

/// As far as it can be inflated: what broke off tells as much.
fn read_some(decoder: impl Read) -> Option<Vec<u8>> {
    let mut inflated = Vec::new();
    let _ = decoder.take(INFLATED).read_to_end(&mut inflated);
    (!inflated.is_empty()).then_some(inflated)
}

fn runs_of_base64(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_sign = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    bytes
        .split(move |byte| !is_sign(byte))
        .filter(|run| run.len() >= SHORTEST_RUN)
}

fn decoded(run: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(run).ok()?;
    let text = text.replace('-', "+").replace('_', "/");
    // Its last sign may hold bits of nothing.
    let whole = &text[..text.len() / 4 * 4];
    <base64ct::Base64 as base64ct::Encoding>::decode_vec(whole).ok()
}
