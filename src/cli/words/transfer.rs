//! What writing to files and folders outside the home, and reading those of other programs, can fail with.

use crate::cli::{Exit, Failure};
use crate::sources::{OtherFile, SourceError};
use crate::transfer::{TransferError, WouldLieOpen};

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let hint = match &error {
            SourceError::Disk { .. } => {
                "Nothing was imported. Check the path, and that you may read it."
            }
            SourceError::NoConversations { .. } => {
                "Nothing was imported. An export of ChatGPT or Claude.ai has a file conversations.json in it."
            }
            SourceError::NothingInFolder { .. } => {
                "Nothing was imported. Of a folder *.jsonl and conversations.json are looked at; name any other file itself."
            }
            SourceError::Other { what, .. } => other_file(*what),
            SourceError::UnknownDatabase { .. } => {
                "Nothing was imported. Of databases the one of llm is read: `llm logs path` names it."
            }
            SourceError::OtherKind { .. } => {
                "Leave --from out to see what it is taken for; \
                 `mmogit thread-import --help` lists the kinds."
            }
        };
        Failure::of(error, Exit::Failed, Some(hint.into()))
    }
}

/// What to do with a file that is no conversation.
fn other_file(what: OtherFile) -> &'static str {
    match what {
        OtherFile::Empty => {
            "Nothing was imported. If it was downloaded or copied, do that once more."
        }
        OtherFile::Picture | OtherFile::Pdf => {
            "Nothing was imported. Conversations come as text: export them as JSON or Markdown, or copy \
             them into a text in which a line says who speaks."
        }
        OtherFile::Page => {
            "Nothing was imported. Of an export, name the zip that it came as, or the conversations.json \
             beside the page; of a saved page, the text."
        }
        OtherFile::Compressed => {
            "Nothing was imported. Unpack it first: `zstd -d`, `gunzip`, `bunzip2` or `unxz`."
        }
    }
}

impl From<WouldLieOpen> for Failure {
    fn from(error: WouldLieOpen) -> Self {
        let hint = "Nothing was imported. To have them lie open, set `encrypt = false` meanwhile; \
                    `mmogit thread-encrypt` seals what is said in one from then on.";
        Failure::of(error, Exit::Failed, Some(hint.into()))
    }
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Self {
        let hint = next_step(&error);
        Failure::of(error, Exit::Failed, Some(hint.into()))
    }
}

fn next_step(error: &TransferError) -> &'static str {
    match error {
        TransferError::Exists(_) => "Name another place, or say --force to replace it.",
        TransferError::NotAFile(_) => {
            "Name a new file, or leave --output out to write to standard output."
        }
        TransferError::NotAFolder(_) => {
            "Name a folder, new or not, or take --format bundle for a single file."
        }
        TransferError::Disk { .. } => "Check that the folder exists, can be written and has room.",
    }
}
