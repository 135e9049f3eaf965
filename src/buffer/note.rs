//! What is noted of a buffer and can't be told from its threads.

use super::{BufferError, Mode};
use crate::bounded;
use crate::files::{self, Readers};
use crate::home::Home;
use crate::model::{Hash, Timestamp};
use serde_json::{Value, json};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The note of one buffer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Note {
    /// Whether the file in the mirror's place is ours: then nothing is read from it any more.
    pub is_settled: bool,
    /// What was cleared last.
    pub cleared: Option<Clearing>,
    /// The threads of older keys that became the buffer's under a newer one: what was erased since
    /// is not to come back from them.
    pub carried: Vec<Hash>,
}

/// A clearing that may be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clearing {
    /// When.
    pub at: Timestamp,
    /// The roots of the threads that were archived.
    pub roots: Vec<Hash>,
}

/// A note that can't be understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadNote {
    pub path: PathBuf,
    pub why: String,
}

impl Note {
    pub fn read(home: &Path, mode: Mode) -> Result<Self, BadNote> {
        let path = Home::at(home).buffer_note(mode);
        let bytes = match bounded::read_no_link(&path, bounded::FEW_LINES) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            read => read,
        };
        let text = bytes.map_err(|error| error.to_string());
        let value = text.and_then(|text| {
            serde_json::from_slice::<Value>(&text).map_err(|error| error.to_string())
        });
        let note = value.and_then(|value| {
            Self::of(&value).ok_or_else(|| "it is not the note of a buffer".to_owned())
        });
        note.map_err(|why| BadNote { path, why })
    }

    fn of(value: &Value) -> Option<Self> {
        let cleared = match value.get("cleared")? {
            Value::Null => None,
            cleared => Some(Clearing::of(cleared)?),
        };
        let carried = match value.get("carried") {
            None => Vec::new(),
            Some(roots) => roots_in(roots)?,
        };
        Some(Self {
            is_settled: value.get("settled")?.as_bool()?,
            cleared,
            carried,
        })
    }

    pub fn write(&self, home: &Path, mode: Mode) -> Result<(), BufferError> {
        let cleared = self.cleared.as_ref().map(Clearing::value);
        let carried = listed(&self.carried);
        let value = json!({"settled": self.is_settled, "cleared": cleared, "carried": carried});
        let path = Home::at(home).buffer_note(mode);
        make_folder(files::folder_of(&path))?;
        let text = format!("{value}\n");
        let written = files::replace(&path, ".buffer-note-", Readers::Owner, text.as_bytes());
        written.map_err(|source| BufferError::Disk { path, source })
    }
}

impl Clearing {
    fn of(value: &Value) -> Option<Self> {
        Some(Self {
            at: Timestamp::read(value.get("at")?.as_str()?)?,
            roots: roots_in(value.get("roots")?)?,
        })
    }

    fn value(&self) -> Value {
        json!({"at": self.at.to_string(), "roots": listed(&self.roots)})
    }
}

fn listed(roots: &[Hash]) -> Vec<String> {
    roots.iter().map(Hash::to_string).collect()
}

fn roots_in(value: &Value) -> Option<Vec<Hash>> {
    let roots = value.as_array()?.iter();
    roots.map(|root| root.as_str()?.parse().ok()).collect()
}

/// Makes a folder of the home, if it is not there.
pub(super) fn make_folder(folder: &Path) -> Result<(), BufferError> {
    let failed = |source| BufferError::Disk {
        path: folder.to_owned(),
        source,
    };
    if bounded::has_folder(folder).map_err(failed)? {
        return Ok(());
    }
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(failed)
}
