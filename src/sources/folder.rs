//! All files of a folder that are of some kind: how agents keep their transcripts. Links are not
//! followed, and of the names nothing is believed but how they end.

use super::zipped::has_conversations;
use super::{Kind, OtherFile, Skip, SkipReason, Source, SourceError};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders within folders are gone into so far.
const DEEPEST: usize = 16;

/// A folder with files of other programs.
pub struct Folder {
    path: PathBuf,
    kind: Option<Kind>,
    files: Vec<PathBuf>,
    skips: Vec<Skip>,
}

impl Folder {
    /// Looks at what there is in a folder; no file is opened yet.
    ///
    /// # Errors
    ///
    /// If it can't be read, or there is nothing in it that could be a conversation.
    pub fn open(path: &Path, kind: Option<Kind>) -> Result<Self, SourceError> {
        let mut folder = Self {
            path: path.to_owned(),
            kind,
            files: Vec::new(),
            skips: Vec::new(),
        };
        let disk = |source| SourceError::Disk {
            path: path.to_owned(),
            source,
        };
        folder.look_into(path, DEEPEST).map_err(disk)?;
        if folder.files.is_empty() && folder.skips.is_empty() {
            return Err(SourceError::NothingInFolder {
                path: path.to_owned(),
            });
        }
        Ok(folder)
    }

    /// Its name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its files, each opened when it is its turn; and those that are left out.
    pub fn sources(self) -> impl Iterator<Item = Result<Source, Skip>> {
        let kind = self.kind;
        let skips = self.skips.into_iter().map(Err);
        let opened = self.files.into_iter().map(move |path| open(&path, kind));
        skips.chain(opened)
    }

    fn look_into(&mut self, path: &Path, deeper: usize) -> io::Result<()> {
        let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            let is = entry.file_type()?;
            if is.is_dir() && name != "tool-results" {
                let looked = match deeper.checked_sub(1) {
                    Some(deeper) => self.look_into(&path, deeper),
                    None => Err(io::Error::other("too many folders within one another")),
                };
                if let Err(error) = looked {
                    self.skip(&path, SkipReason::Unreadable(error.to_string()));
                }
            } else if is.is_file() && name.ends_with(".jsonl.zst") {
                let is_there_plain = path.with_extension("").is_file();
                if !is_there_plain {
                    self.skip(&path, SkipReason::Compressed);
                }
            } else if is.is_file() && name.ends_with(".jsonl") {
                match is_of_subagent(&path, &name) {
                    true => self.skip(&path, SkipReason::OfSubagent),
                    false => self.files.push(path),
                }
            } else if is.is_file() && has_conversations(&name) {
                self.files.push(path);
            }
        }
        Ok(())
    }

    fn skip(&mut self, path: &Path, reason: SkipReason) {
        self.skips.push(skip(path, reason));
    }
}

fn skip(path: &Path, reason: SkipReason) -> Skip {
    let place = path.display().to_string();
    Skip { place, reason }
}

/// Claude Code keeps what it gave others to do beside its own transcripts.
fn is_of_subagent(path: &Path, name: &str) -> bool {
    let folder = path.parent().and_then(Path::file_name);
    name.starts_with("agent-") || folder.is_some_and(|folder| folder == "subagents")
}

/// One file that is none of these, or can't be read, is no reason to leave all others out.
fn open(path: &Path, kind: Option<Kind>) -> Result<Source, Skip> {
    match Source::open(path, kind) {
        Ok(Some(source)) => Ok(source),
        Ok(None) => Err(skip(path, SkipReason::OtherKind)),
        Err(SourceError::OtherKind { .. }) => Err(skip(path, SkipReason::OtherForm)),
        Err(SourceError::Other {
            what: OtherFile::Empty,
            ..
        }) => Err(skip(path, SkipReason::Empty)),
        Err(SourceError::Other { .. }) => Err(skip(path, SkipReason::OtherKind)),
        Err(SourceError::Disk { source, .. }) => {
            Err(skip(path, SkipReason::Unreadable(source.to_string())))
        }
        Err(error) => Err(skip(path, SkipReason::Unreadable(error.to_string()))),
    }
}
