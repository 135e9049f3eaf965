//! The audit trail of a home: what was done, when and by whom, one JSON object a line, a file for
//! each day. It never holds what was said, nor titles, nor tokens: an event's details are of types
//! that can't.

mod clear;
mod event;
mod files;
mod read;

pub use event::{Category, Detail, Event, Level};
pub use read::{Line, Looked};

use crate::home::Home;
use crate::model::Timestamp;
use std::io;
use std::path::{Path, PathBuf};

/// The most bytes of one line.
const MAX_LINE: usize = 64 << 10;

/// The trail of one home, written in somebody's name.
#[derive(Debug, Clone)]
pub struct Trail {
    folder: PathBuf,
    actor: Actor,
    /// The most bytes of one line.
    longest: usize,
}

/// In whose name a line is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The profile's name.
    pub name: String,
    /// The owner's public key.
    pub user: crate::model::PublicKey,
}

/// Whether a line must outlast a power cut before one goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// It must.
    Now,
    /// The system writes it when it likes.
    Later,
}

/// Why the trail can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    /// The system refused a file, or what is there is no plain file.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is to be written is longer than a line may be.
    #[error("a line of the audit trail has no room for {event}")]
    TooLong {
        /// Which event.
        event: &'static str,
    },
    /// It is no day.
    #[error("{0:?} is not a day of the form 2025-01-21")]
    NoDay(String),
}

impl Trail {
    /// The trail of a home; makes nothing yet.
    pub fn of(home: &Path, actor: Actor) -> Self {
        Self {
            folder: Home::at(home).audit_trail(),
            actor,
            longest: MAX_LINE,
        }
    }

    /// A trail that lies in a folder of its own, and is no part of what a person clears; its lines
    /// may have so many bytes.
    pub fn in_folder(folder: PathBuf, actor: Actor, longest: usize) -> Self {
        Self {
            folder,
            actor,
            longest,
        }
    }

    /// Adds a line.
    ///
    /// # Errors
    /// If the disk refuses. Nothing was written then.
    pub fn append(&self, event: &Event, now: Timestamp, sync: Sync) -> Result<(), TrailError> {
        let line = event.line(&self.actor, now);
        if line.len() > self.longest {
            return Err(TrailError::TooLong {
                event: event.name(),
            });
        }
        files::append(&self.folder, &files::day_of(now), line.as_bytes(), sync)
    }

    /// Hands over the lines of a day that begin before a place, or all, oldest first. Of a file that
    /// has grown beyond 64 MiB only so much is looked at, from the end (or that place) back: what
    /// stands before it is to be asked for by itself.
    ///
    /// # Errors
    /// If it is no day, or its file is there and can't be read.
    pub fn each_line(
        &self,
        day: &str,
        before: Option<u64>,
        take: impl FnMut(Line),
    ) -> Result<Looked, TrailError> {
        files::check_day(day)?;
        let path = files::path_of(&self.folder, day);
        read::each_line(&path, before, self.longest, take)
    }

    /// The days there are files of, oldest first.
    ///
    /// # Errors
    /// If the folder is there and can't be read.
    pub fn days(&self) -> Result<Vec<String>, TrailError> {
        files::days(&self.folder)
    }

    /// Removes the files of the days before this one.
    ///
    /// # Errors
    /// If it is no day, or the disk refuses.
    pub fn remove_before(&self, day: &str) -> Result<(), TrailError> {
        files::check_day(day)?;
        clear::remove_before(&self.folder, day)
    }

    /// Removes the files, and leaves a line that says so. What bears a day's name and is no plain file
    /// is set aside under another, so that lines find room again.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn clear(&self, now: Timestamp) -> Result<Cleared, TrailError> {
        let cleared = clear::remove_all(&self.folder, now)?;
        let event = Event::logs_cleared(cleared.deleted);
        self.append(&event, now, Sync::Now)?;
        Ok(cleared)
    }
}

/// What became of the files of a trail.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// How many were removed.
    pub deleted: usize,
    /// What was no plain file, where it lies now.
    pub set_aside: Vec<PathBuf>,
}

#[cfg(test)]
mod tests;
