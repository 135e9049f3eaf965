//! Personas: system prompts with a name, one Markdown file each, which the user writes.
//!
//! A file is only where a persona comes from. What an AI was told is in the thread, signed.

use super::{WorkError, make_home};
use crate::bounded;
use crate::files::{self, Readers};
use crate::home::Home;
use crate::model::{Message, Thread};
use crate::store::Trouble;
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// No persona has more; what is longer would crowd the conversation out of the prompt.
pub const MAX_PERSONA_BYTES: usize = 64 << 10;
/// Why a second folder is told.
const UNUSED: &str = "personas are kept in the folder `personas` now; nothing in this one is used";
const MAX_NAME: usize = 50;
const EXTENSION: &str = ".md";

/// A system prompt and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persona {
    /// The name.
    pub name: String,
    /// What an AI is told.
    pub text: String,
}

/// The name under which no persona is kept: taking it leaves the persona that was in force.
const NONE: &str = "none";
const NONE_TEXT: &str = "From here on you have no persona: \
    what was said above about how you are to answer no longer holds.";
/// The name of a text that is kept in the thread alone.
const ONE_OFF: &str = "one-off";

impl Persona {
    /// A text that is in no file.
    ///
    /// # Errors
    /// If it is no text for a persona.
    pub fn one_off(text: &str) -> Result<Self, WorkError> {
        let text = checked(text.as_bytes()).map_err(WorkError::BadPersonaText)?;
        Ok(Self {
            name: ONE_OFF.to_owned(),
            text,
        })
    }

    /// Ends the persona before.
    pub fn none() -> Self {
        Self {
            name: NONE.to_owned(),
            text: NONE_TEXT.to_owned(),
        }
    }

    /// Whether this is the name of no persona.
    pub fn is_none_name(name: &str) -> bool {
        name == NONE
    }
}

/// The message with the persona in which the next answer is given: the newest that is shown. Where
/// that one left the persona before it, none is in force.
pub fn persona_in_force(thread: &Thread) -> Option<&Message> {
    let shown = thread.visible();
    let newest = shown
        .into_iter()
        .rev()
        .find(|message| message.persona_name().is_some());
    newest.filter(|message| !leaves_persona(message))
}

fn leaves_persona(message: &Message) -> bool {
    message
        .persona_name()
        .is_some_and(|name| Persona::is_none_name(&name))
}

/// The personas there are.
#[derive(Debug, Default)]
pub struct PersonaList {
    /// In order of their names.
    pub personas: Vec<Persona>,
    /// The files that are none, and why.
    pub troubles: Vec<Trouble>,
}

/// Why a persona can't be called so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPersonaName {
    /// There is nothing in it.
    #[error("A persona's name cannot be empty")]
    Empty,
    /// It has too many characters.
    #[error("A persona's name exceeds maximum length of {MAX_NAME} characters")]
    TooLong,
    /// It has another character than letters, digits, `-` and `_`, or begins with `-`.
    #[error("A persona's name can only have letters, digits, - and _, and does not begin with -")]
    Character,
    /// It is the name that leaves a persona.
    #[error("No persona can be called {NONE}: that name leaves a persona")]
    IsNone,
}

/// Why a text, or what lies in a file's place, can't be a persona's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPersonaText {
    /// It is a link.
    #[error("it is a symbolic link")]
    Link,
    /// It is a folder, a pipe or the like.
    #[error("it is not a file")]
    NoFile,
    /// It is not a text in UTF-8.
    #[error("it is not a text in UTF-8")]
    NotUtf8,
    /// It has a byte that no text has.
    #[error("it is binary")]
    Binary,
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is longer than any persona.
    #[error("it has more than {} KiB", MAX_PERSONA_BYTES >> 10)]
    TooLong,
}

/// Whether a persona may be called so: letters and digits of any script, `-` and `_`. So no name
/// leads out of the folder.
///
/// # Errors
/// Why not.
pub fn check_persona_name(name: &str) -> Result<(), WorkError> {
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let wrong = if name.is_empty() {
        BadPersonaName::Empty
    } else if name.chars().count() > MAX_NAME {
        BadPersonaName::TooLong
    } else if name.starts_with('-') || !name.chars().all(is_allowed) {
        BadPersonaName::Character
    } else if name == NONE {
        BadPersonaName::IsNone
    } else {
        return Ok(());
    };
    Err(WorkError::BadPersonaName(wrong))
}

/// The personas of a home.
pub struct Personas<'w> {
    pub(super) home: &'w Path,
}

impl Personas<'_> {
    /// Where the personas are. A folder of the name that it had before is given the new one; where
    /// that is refused it is used as it is.
    pub fn folder(&self) -> PathBuf {
        let folder = Home::at(self.home).personas();
        let older = Home::at(self.home).older_personas();
        if is_there(&folder) || !is_there(&older) {
            return folder;
        }
        let is_moved = fs::rename(&older, &folder).is_ok();
        // Another process may have been faster.
        if is_moved || is_there(&folder) {
            folder
        } else {
            older
        }
    }

    /// The folder of the name that it had before, where there is one beside that of today: nothing
    /// in it is used, and nothing of it is touched.
    pub fn unused_folder(&self) -> Option<PathBuf> {
        let used = self.folder();
        let older = Home::at(self.home).older_personas();
        (used != older && is_there(&older)).then_some(older)
    }

    /// The file of a persona, whether there is one or not.
    ///
    /// # Errors
    /// If no persona can be called that.
    pub fn path(&self, name: &str) -> Result<PathBuf, WorkError> {
        check_persona_name(name)?;
        Ok(self.folder().join(format!("{name}{EXTENSION}")))
    }

    /// The persona of this name; an error that names the others if there is none.
    ///
    /// # Errors
    /// If there is none, or if its file can't be read or holds no text for a persona.
    pub fn get(&self, name: &str) -> Result<Persona, WorkError> {
        if name == NONE {
            return Ok(Persona::none());
        }
        let path = self.path(name)?;
        let text = read(&path)?.ok_or_else(|| WorkError::NoSuchPersona {
            name: name.to_owned(),
            known: self.names().unwrap_or_default(),
        })?;
        Ok(Persona {
            name: name.to_owned(),
            text,
        })
    }

    /// Whether there is a file for a persona of this name, whatever is in it.
    ///
    /// # Errors
    /// If no persona can be called that.
    pub fn has(&self, name: &str) -> Result<bool, WorkError> {
        Ok(fs::symlink_metadata(self.path(name)?).is_ok())
    }

    /// The names of all personas, in order. Other files in the folder are not ours.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn names(&self) -> Result<Vec<String>, WorkError> {
        let folder = self.folder();
        let disk = |source| WorkError::Disk {
            path: folder.clone(),
            source,
        };
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(disk(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(disk)?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(EXTENSION));
            names.extend(
                name.filter(|name| check_persona_name(name).is_ok())
                    .map(str::to_owned),
            );
        }
        names.sort();
        Ok(names)
    }

    /// All personas. One that can't be read hides no other.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn list(&self) -> Result<PersonaList, WorkError> {
        let mut list = PersonaList::default();
        if let Some(unused) = self.unused_folder() {
            list.troubles.push(Trouble {
                place: unused.display().to_string(),
                why: UNUSED.to_owned(),
            });
        }
        for name in self.names()? {
            match self.get(&name) {
                Ok(persona) => list.personas.push(persona),
                Err(WorkError::BadPersona { path, why }) => {
                    list.troubles.push(Trouble {
                        place: path.display().to_string(),
                        why: why.to_string(),
                    });
                }
                Err(other) => list.troubles.push(Trouble {
                    place: name,
                    why: other.to_string(),
                }),
            }
        }
        Ok(list)
    }

    /// Writes a persona, in place of one of this name; `false` if it said the same already. The file
    /// is never half written, and only its owner may read it.
    ///
    /// # Errors
    /// If no persona can be called that, if it is no text for one, if something else than a file
    /// has that name, or if the disk refuses.
    pub fn write(&self, name: &str, text: &[u8]) -> Result<bool, WorkError> {
        let path = self.path(name)?;
        let text = checked(text).map_err(WorkError::BadPersonaText)?;
        match read(&path) {
            Ok(known) if known.as_ref() == Some(&text) => return Ok(false),
            // What is no file is not ours to replace.
            Err(error) if fs::symlink_metadata(&path).is_ok_and(|about| !about.is_file()) => {
                return Err(error);
            }
            _ => {}
        }
        make_home(self.home)?;
        let folder = self.folder();
        let made = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder);
        let line = format!("{text}\n");
        made.and_then(|()| files::replace(&path, ".persona-", Readers::Owner, line.as_bytes()))
            .map_err(|source| WorkError::Disk { path, source })?;
        Ok(true)
    }
}

/// Whether there is anything of this name, a dangling link too.
fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// The text of a persona's file, or `None` if there is no file. Links are not followed, and pipes not
/// waited for.
fn read(path: &Path) -> Result<Option<String>, WorkError> {
    let bad = |why| WorkError::BadPersona {
        path: path.to_owned(),
        why,
    };
    let is_link =
        |error: &io::Error| error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    let bytes = match bounded::read_no_link(path, 2 * MAX_PERSONA_BYTES as u64) {
        Ok(bytes) => bytes,
        Err(error) if is_link(&error) => return Err(bad(BadPersonaText::Link)),
        Err(source) => match source.kind() {
            ErrorKind::NotFound => return Ok(None),
            ErrorKind::InvalidInput => return Err(bad(BadPersonaText::NoFile)),
            ErrorKind::InvalidData => return Err(bad(BadPersonaText::TooLong)),
            _ => {
                let path = path.to_owned();
                return Err(WorkError::Disk { path, source });
            }
        },
    };
    checked(&bytes).map(Some).map_err(bad)
}

/// A persona's text without what an editor puts around it.
fn checked(bytes: &[u8]) -> Result<String, BadPersonaText> {
    let text = std::str::from_utf8(bytes).map_err(|_| BadPersonaText::NotUtf8)?;
    if text.contains('\0') {
        return Err(BadPersonaText::Binary);
    }
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let text = text.trim_matches('\n').trim_end();
    if text.trim().is_empty() {
        return Err(BadPersonaText::Empty);
    }
    if text.len() > MAX_PERSONA_BYTES {
        return Err(BadPersonaText::TooLong);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;
