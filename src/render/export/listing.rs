//! A thread as a line of the page that lists an export.

use super::sheet::{legacy_time, time, title};
use crate::model::Reading;
use crate::render::safe::safe_line;
use crate::workspace::FileFinding;

/// What the list shows of a thread. Its text can neither steer a terminal nor hide; it is not yet
/// escaped.
#[derive(Debug, Clone)]
pub struct ListingLine {
    /// The file beside the list.
    pub file: String,
    /// The title; never empty.
    pub title: String,
    /// When it was changed last.
    pub changed: String,
    /// The same to the millisecond, to sort by.
    pub(super) updated_at: String,
    /// How many messages it shows.
    pub messages: usize,
    /// The tags.
    pub tags: Vec<String>,
    /// Whether all of it holds; `None` where nothing can be proven.
    pub holds: Option<bool>,
}

impl ListingLine {
    /// A thread whose document is in `file`; `findings` are all that is wrong with it.
    pub fn new(file: String, reading: &Reading, findings: &[FileFinding]) -> Self {
        let tags = |tags: Vec<&str>| {
            tags.into_iter()
                .map(|tag| safe_line(tag).into_owned())
                .collect()
        };
        match reading {
            Reading::Thread(thread) => Self {
                file,
                title: title(thread.title(), &thread.id().to_string()),
                changed: time(thread.updated_at()),
                updated_at: thread.updated_at().to_string(),
                messages: thread.visible().len(),
                tags: tags(thread.tags()),
                holds: Some(findings.is_empty()),
            },
            Reading::Legacy(legacy) => Self {
                file,
                title: title(&legacy.title, &legacy.id),
                changed: legacy_time(&legacy.updated_at),
                updated_at: legacy.updated_at.clone(),
                messages: legacy.messages.len(),
                tags: tags(legacy.tags.iter().map(String::as_str).collect()),
                holds: None,
            },
        }
    }
}
