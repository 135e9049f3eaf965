//! What a text would bring into the prompt if it were said now. Nothing is said, and nothing kept.

use super::brought::{Brought, brought_by};
use super::names_in_text::names_in;
use super::shown_names::{ShownSource, ShownTag, ThreadNames, items};
use super::tags::{Tag, resolve};
use super::{Content, Scope, ServiceError};
use crate::model::json::Value;
use crate::turn::recorded_source;
use crate::workspace::Workspace;

/// What a text would bring in.
#[derive(Debug, Default)]
pub struct Preview {
    /// What each name in it stands for.
    pub tags: Vec<ShownTag>,
    /// What these bring in, in the order in which an AI gets to read it.
    pub brought: Vec<PreviewedSource>,
}

/// Something that would be brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewedSource {
    /// The name that brings it in.
    pub name: String,
    /// The thread's title, the draft's first line, or the project's name.
    pub title: String,
    /// What it is, as an answer would record it.
    pub source: ShownSource,
    /// How many messages the thread has.
    pub count_of_all: Option<usize>,
    /// How many bytes an AI gets to read of it.
    pub bytes: usize,
    /// Whether a text is too long, so that only how it begins comes.
    pub is_cut: bool,
}

/// What a text would bring in.
///
/// # Errors
/// If it has more names than it may; if they can't be looked up.
pub fn preview(
    workspace: &Workspace,
    scope: &Scope,
    content: &Content,
) -> Result<Preview, ServiceError> {
    let names = names_in(content.as_text())?;
    let tags = resolve(workspace, scope, &names)?;
    let signed: Value = tags.iter().map(Tag::to_value).collect();
    let brought = brought_by(workspace, scope, &signed)?;
    let tags = items(Some(signed));
    let recorded = brought.iter().map(|one| recorded_source(&one.text.source));
    let recorded: Vec<Value> = recorded.collect();
    let called = ThreadNames::of_signed(workspace, tags.iter().chain(&recorded));
    let sources = brought.into_iter().zip(&recorded);
    Ok(Preview {
        tags: tags.iter().map(|tag| ShownTag::of(tag, &called)).collect(),
        brought: sources
            .map(|(one, recorded)| shown(one, ShownSource::of(recorded, &called)))
            .collect(),
    })
}

fn shown(brought: Brought, source: ShownSource) -> PreviewedSource {
    PreviewedSource {
        source,
        count_of_all: brought.count_of_all,
        bytes: brought.text.text.len(),
        is_cut: brought.is_cut,
        name: brought.name,
        title: brought.title,
    }
}
