//! What a thread may be called, and how it may be labelled: the same limits at every face.

use super::WorkError;
use crate::model::MAX_TITLE_CHARACTERS;

const MAX_TAG: usize = 50;

/// Whether a title is accepted.
pub fn check_title(title: &str) -> Result<(), WorkError> {
    let wrong = if title.trim().is_empty() {
        "Title cannot be empty"
    } else if title.chars().count() > MAX_TITLE_CHARACTERS {
        "Title exceeds maximum length of 200 characters"
    } else if title.chars().any(char::is_control) {
        "Title cannot contain control characters"
    } else {
        return Ok(());
    };
    Err(WorkError::BadTitle(wrong))
}

/// Whether the name of a project is accepted.
pub fn check_project(name: &str) -> Result<(), WorkError> {
    let is_fit = !name.trim().is_empty() && name.chars().count() <= MAX_TITLE_CHARACTERS;
    if is_fit && !name.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(WorkError::BadProject)
    }
}

/// Whether a tag is accepted: letters and digits of any script, `-` and `_`.
pub fn check_tag(tag: &str) -> Result<(), WorkError> {
    let wrong = if tag.is_empty() {
        "Tag cannot be empty"
    } else if tag.chars().count() > MAX_TAG {
        "Tag exceeds maximum length of 50 characters"
    } else if !tag
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    {
        "Tag can only have letters, digits, - and _"
    } else {
        return Ok(());
    };
    Err(WorkError::BadTag(wrong))
}
