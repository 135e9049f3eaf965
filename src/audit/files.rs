//! The trail's files: one a day, appended to.

use super::{Sync, TrailError};
use crate::bounded;
use crate::files;
use crate::locked::Locked;
use crate::model::Timestamp;
use chrono::NaiveDate;
use rustix::fs::OFlags;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const ENDING: &str = ".ndjson";
/// How a day is written.
const DAY: &str = "%Y-%m-%d";

/// The UTC day of a moment, as its file is called.
pub(super) fn day_of(now: Timestamp) -> String {
    now.utc().format(DAY).to_string()
}

/// Whether a text is a day, in the one spelling there is: it becomes a file's name.
pub(super) fn check_day(day: &str) -> Result<(), TrailError> {
    let read = NaiveDate::parse_from_str(day, DAY);
    let is_day = day.len() == 10 && read.is_ok_and(|read| read.format(DAY).to_string() == day);
    match is_day {
        true => Ok(()),
        false => Err(TrailError::NoDay(day.to_owned())),
    }
}

/// Where a day's lines are.
pub(super) fn path_of(folder: &Path, day: &str) -> PathBuf {
    folder.join(format!("{day}{ENDING}"))
}

/// The days of the files in the folder, oldest first.
pub(super) fn days(folder: &Path) -> Result<Vec<String>, TrailError> {
    if !bounded::has_folder(folder).map_err(failed(folder))? {
        return Ok(Vec::new());
    }
    let mut days = Vec::new();
    for entry in folder.read_dir().map_err(failed(folder))? {
        let name = entry.map_err(failed(folder))?.file_name();
        let day = name.to_str().and_then(|name| name.strip_suffix(ENDING));
        days.extend(day.filter(|day| check_day(day).is_ok()).map(str::to_owned));
    }
    days.sort();
    Ok(days)
}

/// Adds a line to a day's file: all of it or, where the disk refuses, nothing.
pub(super) fn append(folder: &Path, day: &str, line: &[u8], sync: Sync) -> Result<(), TrailError> {
    make_folder(folder)?;
    let path = path_of(folder, day);
    let is_new = !path.exists();
    let file = open_to_append(&path).map_err(failed(&path))?;
    add_line(file, line, sync).map_err(failed(&path))?;
    if is_new && sync == Sync::Now {
        files::sync(folder).map_err(failed(folder))?;
    }
    Ok(())
}

fn make_folder(folder: &Path) -> Result<(), TrailError> {
    let logs = files::folder_of(folder);
    for place in [logs, folder] {
        if bounded::has_folder(place).map_err(failed(place))? {
            continue;
        }
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(place).map_err(failed(place))?;
        files::sync(files::folder_of(place)).map_err(failed(place))?;
    }
    Ok(())
}

/// Neither follows a link nor waits at a pipe.
fn open_to_append(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is not a plain file"))
    }
}

fn add_line(file: File, line: &[u8], sync: Sync) -> io::Result<()> {
    // Another process may add a line to the same file.
    let locked = Locked::wait(file)?;
    let mut file: &File = &locked;
    let length = file.metadata()?.len();
    let mut text = Vec::with_capacity(line.len() + 1);
    if !ends_a_line(file, length)? {
        text.push(b'\n');
    }
    text.extend_from_slice(line);
    let mut written = file.write_all(&text);
    if written.is_ok() && sync == Sync::Now {
        written = file.sync_data();
    }
    if written.is_err() {
        file.set_len(length)?;
    }
    written
}

/// Whether what was written last is whole: a process that died may have left half a line.
fn ends_a_line(mut file: &File, length: u64) -> io::Result<bool> {
    if length == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}

/// The error of a file.
pub(super) fn failed(path: &Path) -> impl Fn(io::Error) -> TrailError + use<> {
    let path = path.to_owned();
    move |source| TrailError::Disk {
        path: path.clone(),
        source,
    }
}
