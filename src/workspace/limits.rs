//! What a thread may be called, and how it may be labelled: the same limits at every face.

use super::WorkError;
use crate::model::{Hash, MAX_TITLE_CHARACTERS};
use unicode_width::UnicodeWidthChar;

/// So many characters may a tag have.
pub const MAX_TAG_CHARACTERS: usize = 50;

/// Why a title is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTitle {
    /// There is nothing in it.
    #[error("Title cannot be empty")]
    Empty,
    /// It has too many characters.
    #[error("Title exceeds maximum length of {MAX_TITLE_CHARACTERS} characters")]
    TooLong,
    /// It has a control character: a line break, say.
    #[error("Title cannot contain control characters")]
    ControlCharacter,
}

/// Why a tag is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTag {
    /// There is nothing in it.
    #[error("Tag cannot be empty")]
    Empty,
    /// It has too many characters.
    #[error("Tag exceeds maximum length of {MAX_TAG_CHARACTERS} characters")]
    TooLong,
    /// It has another character than letters, digits, `-` and `_`.
    #[error("Tag can only have letters, digits, - and _")]
    Character,
}

/// Whether a title is accepted.
///
/// # Errors
/// Why not.
pub fn check_title(title: &str) -> Result<(), BadTitle> {
    let wrong = if title.trim().is_empty() {
        BadTitle::Empty
    } else if title.chars().count() > MAX_TITLE_CHARACTERS {
        BadTitle::TooLong
    } else if title.chars().any(char::is_control) {
        BadTitle::ControlCharacter
    } else if is_unseen(title) {
        BadTitle::Empty
    } else {
        return Ok(());
    };
    Err(wrong)
}

/// Whether nobody would see anything of a text.
pub fn is_unseen(text: &str) -> bool {
    let is_seen = |sign: char| !sign.is_whitespace() && sign.width().is_some_and(|width| width > 0);
    !text.contains(is_seen)
}

/// Whether the name of a project is accepted.
///
/// # Errors
/// That it is not.
pub fn check_project(name: &str) -> Result<(), WorkError> {
    let is_fit = !is_unseen(name) && name.chars().count() <= MAX_TITLE_CHARACTERS;
    if is_fit && !name.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(WorkError::BadProject)
    }
}

/// Whether a label is accepted: what is like a project's id would be taken for that project.
///
/// # Errors
/// That it is not.
pub fn check_label(label: &str) -> Result<(), WorkError> {
    check_project(label)?;
    match label.parse::<Hash>() {
        Ok(_) => Err(WorkError::BadLabel),
        Err(_) => Ok(()),
    }
}

/// Whether a tag is accepted: letters and digits of any script, `-` and `_`.
///
/// # Errors
/// Why not.
pub fn check_tag(tag: &str) -> Result<(), WorkError> {
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let wrong = if tag.is_empty() {
        BadTag::Empty
    } else if tag.chars().count() > MAX_TAG_CHARACTERS {
        BadTag::TooLong
    } else if !tag.chars().all(is_allowed) {
        BadTag::Character
    } else {
        return Ok(());
    };
    Err(WorkError::BadTag(wrong))
}
