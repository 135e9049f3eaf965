//! How many messages a buffer shows.

use super::{BufferError, BufferNotice};
use crate::bounded;
use crate::files::{self, Readers};
use crate::home::Home;
use serde_json::{Map, Value};
use std::io;
use std::path::Path;

const NAME: &str = "messageLimit";

/// So many messages a buffer shows at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageLimit(usize);

impl Default for MessageLimit {
    fn default() -> Self {
        Self(50)
    }
}

impl MessageLimit {
    /// The fewest that may be asked for.
    pub const LEAST: usize = 10;
    /// The most that may be asked for.
    pub const MOST: usize = 100;

    /// The limit, if it is one.
    pub fn of(messages: u64) -> Option<Self> {
        let messages = usize::try_from(messages).ok()?;
        (Self::LEAST..=Self::MOST)
            .contains(&messages)
            .then_some(Self(messages))
    }

    /// How many.
    pub fn get(self) -> usize {
        self.0
    }
}

/// The limit of a home. Where its file can't be understood the default holds, and that is told.
pub(super) fn read(home: &Path) -> (MessageLimit, Option<BufferNotice>) {
    let path = Home::at(home).chat_config();
    let fields = match read_fields(&path) {
        Ok(Some(fields)) => fields,
        Ok(None) => return (MessageLimit::default(), None),
        Err(why) => {
            let notice = BufferNotice::NoLimit { path, why };
            return (MessageLimit::default(), Some(notice));
        }
    };
    let Some(value) = fields.get(NAME) else {
        return (MessageLimit::default(), None);
    };
    if let Some(limit) = value.as_u64().and_then(MessageLimit::of) {
        return (limit, None);
    }
    let (least, most) = (MessageLimit::LEAST, MessageLimit::MOST);
    let why = format!("{NAME} is not a number from {least} to {most}");
    let notice = BufferNotice::NoLimit { path, why };
    (MessageLimit::default(), Some(notice))
}

/// Writes the limit of a home beside whatever else its file says.
///
/// # Errors
/// If the file is there and can't be understood, or if the disk refuses.
pub fn write(home: &Path, limit: MessageLimit) -> Result<(), BufferError> {
    let path = Home::at(home).chat_config();
    let fields = read_fields(&path).map_err(|why| BufferError::Config {
        path: path.clone(),
        why,
    })?;
    let mut fields = fields.unwrap_or_default();
    fields.insert(NAME.to_owned(), limit.get().into());
    let mut text = serde_json::to_string_pretty(&fields).expect("a value is always writable");
    text.push('\n');
    super::note::make_folder(files::folder_of(&path))?;
    let written = files::replace(&path, ".chat-config-", Readers::Owner, text.as_bytes());
    written.map_err(|source| BufferError::Disk { path, source })
}

fn read_fields(path: &Path) -> Result<Option<Map<String, Value>>, String> {
    let text = match bounded::read_plain_text(path, bounded::FEW_LINES) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    match serde_json::from_str(&text) {
        Ok(fields) => Ok(Some(fields)),
        Err(error) => Err(error.to_string()),
    }
}
