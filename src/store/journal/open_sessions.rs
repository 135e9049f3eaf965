//! Sessions that go on in other processes, as their journals tell.

use crate::bounded;
use crate::locked;
use crate::model::{Message, PublicKey, ThreadId, Timestamp};
use crate::store::journal::folder;
use crate::store::journal::noted_header::NotedHeader;
use crate::store::journal::read::{self, Contents, Record};
use crate::store::journal::recover::JournalDamage;
use crate::store::{Store, StoreError, Trouble};
use std::io::{self, ErrorKind};
use std::path::Path;

/// A session whose process lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// The thread's id.
    pub id: ThreadId,
    /// Its title.
    pub title: String,
    /// Whose it is.
    pub author: PublicKey,
    /// How many messages were said in this session.
    pub messages: usize,
    /// When it was last heard of.
    pub updated_at: Timestamp,
    /// Whether the thread is on its author's branch already; until then only the session has it.
    pub is_saved: bool,
}

/// What other processes hold open.
#[derive(Debug, Default)]
pub struct OpenSessions {
    /// The sessions.
    pub sessions: Vec<OpenSession>,
    /// The journals, or the folder of them, that can't be read.
    pub troubles: Vec<Trouble>,
}

impl Store {
    /// The sessions that other processes hold open. What can't be read of the journals hides no
    /// thread that is saved.
    ///
    /// # Errors
    ///
    /// If the repository can't be read.
    pub fn open_sessions(&self) -> Result<OpenSessions, StoreError> {
        let mut found = OpenSessions::default();
        let journals = match folder::all(&self.home().journals()) {
            Ok(journals) => journals,
            Err(error) => {
                found.troubles.push(trouble(error)?);
                Vec::new()
            }
        };
        for path in journals {
            match self.open_session(&path) {
                Ok(session) => found.sessions.extend(session),
                Err(error) => found.troubles.push(trouble(error)?),
            }
        }
        Ok(found)
    }

    fn open_session(&self, path: &Path) -> Result<Option<OpenSession>, StoreError> {
        if !is_held(path).map_err(StoreError::disk(path))? {
            return Ok(None);
        }
        let contents = match read::journal(path) {
            Ok(Some(contents)) => contents,
            // One that is just beginning has said nothing yet.
            Ok(None) => return Ok(None),
            // It ended meanwhile.
            Err(StoreError::Disk { source, .. }) if source.kind() == ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let thread = last_header(&contents).thread();
        let thread = thread.map_err(|why| StoreError::Journal {
            path: path.to_owned(),
            damage: JournalDamage::Header {
                why: why.to_string(),
            },
        })?;
        let said: Vec<&Message> = contents.records.iter().filter_map(message).collect();
        let times = said.iter().map(|message| message.timestamp());
        let author = contents.author();
        let is_saved = self
            .with_id(thread.id())?
            .iter()
            .any(|entry| entry.owner == author);
        Ok(Some(OpenSession {
            id: thread.id(),
            title: thread.title().to_owned(),
            author,
            messages: said.len(),
            updated_at: times
                .chain([thread.updated_at()])
                .max()
                .unwrap_or(thread.updated_at()),
            is_saved,
        }))
    }
}

/// What of the journals can't be read. Any other error stays one.
fn trouble(error: StoreError) -> Result<Trouble, StoreError> {
    let (path, why) = match error {
        StoreError::Journal { path, damage } => (path, damage.to_string()),
        StoreError::Disk { path, source } => (path, source.to_string()),
        error => return Err(error),
    };
    Ok(Trouble {
        place: path.display().to_string(),
        why,
    })
}

/// Whether a living session holds its lock on a journal.
fn is_held(path: &Path) -> io::Result<bool> {
    match bounded::open(path).and_then(locked::is_held) {
        // It ended meanwhile.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        held => held,
    }
}

fn last_header(contents: &Contents) -> &NotedHeader {
    contents
        .records
        .iter()
        .rev()
        .find_map(header)
        .unwrap_or(&contents.header)
}

fn header(record: &Record) -> Option<&NotedHeader> {
    match record {
        Record::Header(header) | Record::Stored(_, header) => Some(header),
        _ => None,
    }
}

fn message(record: &Record) -> Option<&Message> {
    match record {
        Record::Message(message) => Some(message),
        Record::Answer(answer) => Some(&answer.message),
        _ => None,
    }
}
