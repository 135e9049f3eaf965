//! How a thread is put down when it is taken elsewhere.

use super::{Sheet, html, markdown};
use crate::model::json::NotStrict;
use crate::model::{Message, Reading};
use crate::transfer::bundle;
use crate::workspace::CheckedFile;

/// How a thread is put down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// Markdown, each message with its proof.
    Markdown {
        /// With what was set aside.
        branches: bool,
    },
    /// The title and the messages alone, as Markdown.
    BareMarkdown,
    /// A page for a browser.
    Html {
        /// With what was set aside.
        branches: bool,
    },
    /// Its file as it is stored.
    File,
    /// Its file on one line, as bundles have it.
    Line,
}

/// What is written of a thread; nothing of what is none.
///
/// # Errors
/// Its file can't stand on a line, since it is no JSON that a thread may be.
pub fn drawn(how: Drawing, file: &CheckedFile) -> Result<Vec<u8>, NotStrict> {
    let Some(reading) = &file.reading else {
        return Ok(Vec::new());
    };
    Ok(match how {
        Drawing::File => file.bytes.clone(),
        Drawing::Line => bundle::line(&file.bytes)?,
        Drawing::Html { branches } => html::document(&sheet(file, reading, branches)).into_bytes(),
        Drawing::BareMarkdown => markdown::bare(&sheet(file, reading, false)).into_bytes(),
        Drawing::Markdown { branches } => {
            markdown::document(&sheet(file, reading, branches)).into_bytes()
        }
    })
}

fn sheet(file: &CheckedFile, reading: &Reading, branches: bool) -> Sheet {
    let report = &file.report;
    match (reading, &report.thread) {
        (Reading::Thread(thread), Some((_, checks))) => {
            Sheet::of_thread(thread, checks, &report.findings, branches)
        }
        (Reading::Legacy(legacy), _) => Sheet::of_legacy(legacy),
        (Reading::Thread(_), None) => unreachable!("what reads as a thread was checked as one"),
    }
}

/// Whether anything in it was sealed, and is shown.
pub fn is_opened(reading: &Reading) -> bool {
    let Reading::Thread(thread) = reading else {
        return false;
    };
    let is_opened = |message: &Message| message.is_sealed() && message.is_open();
    thread.inside().is_some() || thread.messages().iter().any(is_opened)
}
