//! What buffers showed before they were cleared, packed; and taking out of all of a buffer's files
//! what was said in a thread that goes.

use super::file::make_folder;
use super::{MirrorError, ReadBuffer};
use crate::bounded;
use crate::files::{self, Existing, NewFile, Readers};
use crate::home::Home;
use crate::model::{Mode, Timestamp};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::collections::HashSet;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// A moment as it stands in a file's name.
pub(super) fn spelled(now: Timestamp) -> String {
    now.utc().format("%Y%m%dT%H%M%S%3fZ").to_string()
}

/// The first name beside a file that nothing has.
pub(super) fn unused(beside: &Path, name: impl Fn(&str) -> String) -> Result<PathBuf, MirrorError> {
    let mut number = String::new();
    for next in 2.. {
        let path = files::folder_of(beside).join(name(&number));
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path),
            Err(error) => return Err(MirrorError::at(path)(error)),
            Ok(_) => number = format!("-{next}"),
        }
    }
    unreachable!("there are more numbers than files")
}

pub(super) fn keep(
    home: &Path,
    mode: Mode,
    text: &str,
    now: Timestamp,
) -> Result<PathBuf, MirrorError> {
    let folder = Home::at(home).buffer_archive();
    make_folder(files::folder_of(&folder))?;
    make_folder(&folder)?;
    let name = |number: &str| {
        let (mode, time) = (mode.as_str(), spelled(now));
        format!("conversation-buffer-{mode}-{time}{number}.json.gz")
    };
    let path = unused(&folder.join("x"), name)?;
    let kept = write(&path, text);
    kept.map_err(MirrorError::at(&path))?;
    Ok(path)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let file = NewFile::beside(path, ".buffer-", Readers::Owner)?;
    let mut packed = GzEncoder::new(file, Compression::default());
    packed.write_all(text.as_bytes())?;
    packed.finish()?.keep(Existing::Keep)?;
    files::sync(files::folder_of(path))
}

/// Removes each file of a buffer in which one of these texts stands: the mirrors, which are made
/// anew without it, what was set aside, and what was packed.
///
/// # Errors
/// If a file can't be read, or the disk refuses.
pub fn forget(home: &Path, said: &HashSet<String>) -> Result<usize, MirrorError> {
    let mut removed = 0;
    for (path, mode) in files_of_buffers(home)? {
        let bytes = unpacked(&path).map_err(MirrorError::at(&path))?;
        if !holds_any(&bytes, mode, said) {
            continue;
        }
        fs::remove_file(&path).map_err(MirrorError::at(&path))?;
        files::sync(files::folder_of(&path)).map_err(MirrorError::at(&path))?;
        removed += 1;
    }
    Ok(removed)
}

/// Each file with a buffer's words, those that were set aside among them.
fn files_of_buffers(home: &Path) -> Result<Vec<(PathBuf, Mode)>, MirrorError> {
    let home = Home::at(home);
    let mut found = Vec::new();
    for folder in [home.state(), home.buffer_archive()] {
        if !bounded::has_folder(&folder).map_err(MirrorError::at(&folder))? {
            continue;
        }
        for entry in folder.read_dir().map_err(MirrorError::at(&folder))? {
            let entry = entry.map_err(MirrorError::at(&folder))?;
            let name = entry.file_name();
            let mode = name.to_str().and_then(mode_named);
            found.extend(mode.map(|mode| (entry.path(), mode)));
        }
    }
    Ok(found)
}

/// Whose buffer a file is, by its name.
fn mode_named(name: &str) -> Option<Mode> {
    let rest = name.strip_prefix("conversation-buffer-")?;
    let is_of = |mode: &Mode| {
        let behind = rest.strip_prefix(mode.as_str());
        behind.is_some_and(|behind| behind.starts_with(['.', '-']))
    };
    Mode::ALL.into_iter().find(is_of)
}

fn unpacked(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = bounded::read_no_link(path, bounded::MANY_LINES)?;
    if path.extension().is_none_or(|ending| ending != "gz") {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    let mut reader = GzDecoder::new(bytes.as_slice()).take(bounded::MANY_LINES);
    match reader.read_to_end(&mut unpacked) {
        Ok(_) => Ok(unpacked),
        // Damaged, or none of ours: what gunzip reads of it is looked at, and what stands in it as it
        // is.
        Err(_) => {
            unpacked.extend(bytes);
            Ok(unpacked)
        }
    }
}

/// Whether one of the texts stands in a buffer's file; where that can't be read, anywhere in it.
fn holds_any(bytes: &[u8], mode: Mode, said: &HashSet<String>) -> bool {
    match ReadBuffer::of(bytes, mode) {
        Ok(buffer) if buffer.skipped == 0 => buffer
            .messages
            .iter()
            .any(|message| said.contains(&message.content)),
        _ => {
            let text = String::from_utf8_lossy(bytes);
            said.iter().any(|said| {
                let quoted = serde_json::Value::from(said.as_str()).to_string();
                !said.is_empty() && text.contains(quoted.trim_matches('"'))
            })
        }
    }
}
