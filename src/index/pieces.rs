//! The language of searches and of filters, cut into its pieces.

use super::when::{DayBoundary, moment};
use crate::model::{Role, Timestamp};

/// Something in a search that looks as if it meant more than its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenAsWords {
    /// `after:soon`: no time.
    Time(String),
    /// `role:boss`: no role.
    Role(String),
    /// `title:auth`: no filter of a search.
    Filter(String),
    /// A quotation mark that nothing closes.
    OpenQuote,
    /// `-word`, which leaves nothing out.
    Minus(String),
    /// `AND`, `OR` or `NOT`.
    Operator(String),
}

impl TakenAsWords {
    /// What was typed.
    pub fn text(&self) -> &str {
        match self {
            Self::Time(text)
            | Self::Role(text)
            | Self::Filter(text)
            | Self::Minus(text)
            | Self::Operator(text) => text,
            Self::OpenQuote => "\"",
        }
    }
}

/// What lists are narrowed by, and people try in a search.
const FILTERS_ELSEWHERE: [&str; 9] = [
    "author", "from", "by", "title", "project", "mode", "state", "is", "in",
];

/// What stands between spaces, or between quotation marks.
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
    pub(super) is_quoted: bool,
    /// Its quotation mark is closed, or it has none.
    is_closed: bool,
    pub(super) is_prefix: bool,
    pub(super) filter: Option<(&'t str, &'t str)>,
}

pub(super) fn is_gap(character: char) -> bool {
    character.is_whitespace() || character.is_control()
}

pub(super) fn next_piece(text: &str) -> Option<(Piece<'_>, &str)> {
    let text = text.trim_start_matches(is_gap);
    let until_gap = |text: &str| text.find(is_gap).unwrap_or(text.len());
    let first = text.chars().next()?;
    if first == '"' {
        let closed = text[1..].split_once('"');
        let is_closed = closed.is_some();
        let (inner, after) = closed.unwrap_or((&text[1..], ""));
        if inner.chars().all(is_gap) {
            let end = until_gap(text);
            let text_of_it = &text[..end];
            let piece = Piece {
                text: text_of_it,
                is_quoted: true,
                is_closed,
                is_prefix: false,
                filter: None,
            };
            return Some((piece, &text[end..]));
        }
        let is_prefix = after.starts_with('*');
        let after = if is_prefix { &after[1..] } else { after };
        return Some((
            Piece {
                text: inner,
                is_quoted: true,
                is_closed,
                is_prefix,
                filter: None,
            },
            after,
        ));
    }
    let end = until_gap(text);
    if let Some((name, value)) = text[..end].split_once(':')
        && name.bytes().all(|byte| byte.is_ascii_lowercase())
        && !value.is_empty()
    {
        let start = name.len() + 1;
        let (value, end) = match text[start..]
            .strip_prefix('"')
            .and_then(|quoted| quoted.split_once('"'))
        {
            Some((quoted, _)) if !quoted.is_empty() => (quoted, start + quoted.len() + 2),
            _ => (value, end),
        };
        let filter = Some((name, value));
        let piece = Piece {
            text: &text[..end],
            is_quoted: false,
            is_closed: true,
            is_prefix: false,
            filter,
        };
        return Some((piece, &text[end..]));
    }
    let piece = &text[..end];
    let stem = piece
        .strip_suffix('*')
        .filter(|stem| stem.ends_with(char::is_alphanumeric));
    let (stem, is_prefix) = (stem.unwrap_or(piece), stem.is_some());
    let piece = Piece {
        text: stem,
        is_quoted: false,
        is_closed: true,
        is_prefix,
        filter: None,
    };
    Some((piece, &text[end..]))
}

/// What `name:value` narrows a search or a list by. Either takes some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Narrowing<'t> {
    Tag(&'t str),
    Title(&'t str),
    Model(&'t str),
    Project(&'t str),
    Mode(&'t str),
    Archived(bool),
    Role(Role),
    /// Before this time, in milliseconds since 1970.
    Before(i64),
    /// At this time or later.
    Since(i64),
}

impl Piece<'_> {
    /// What it narrows by; `None` if that can't be read, or it is no filter.
    pub(super) fn narrowing(&self, now: Timestamp) -> Option<Narrowing<'_>> {
        let (name, value) = self.filter?;
        let time = || moment(value, now, DayBoundary::Start);
        match name {
            "tag" => Some(Narrowing::Tag(value)),
            "title" => Some(Narrowing::Title(value)),
            "model" => Some(Narrowing::Model(value)),
            "project" => Some(Narrowing::Project(value)),
            "mode" => Some(Narrowing::Mode(value)),
            "is" | "state" => match value {
                "archived" => Some(Narrowing::Archived(true)),
                "active" => Some(Narrowing::Archived(false)),
                _ => None,
            },
            "role" => role(value).map(Narrowing::Role),
            "before" => time().map(Narrowing::Before),
            "after" | "since" => time().map(Narrowing::Since),
            _ => None,
        }
    }
}

/// Reads a role by its name in the record, or as other tools call it.
fn role(name: &str) -> Option<Role> {
    match name.to_ascii_lowercase().as_str() {
        "user" | "you" => Some(Role::Human),
        "assistant" => Some(Role::Ai),
        name => Role::read(name),
    }
}

/// What a piece that is no filter looks like all the same.
pub(super) fn taken_as_words(piece: &Piece<'_>) -> Option<TakenAsWords> {
    if piece.is_quoted {
        return (!piece.is_closed).then_some(TakenAsWords::OpenQuote);
    }
    let text = piece.text.to_owned();
    match piece.filter {
        Some(("before" | "after" | "since", _)) => return Some(TakenAsWords::Time(text)),
        Some(("role", _)) => return Some(TakenAsWords::Role(text)),
        Some((name, _)) => {
            return FILTERS_ELSEWHERE
                .contains(&name)
                .then_some(TakenAsWords::Filter(text));
        }
        None => {}
    }
    if matches!(piece.text, "AND" | "OR" | "NOT") {
        return Some(TakenAsWords::Operator(text));
    }
    let word = piece.text.strip_prefix('-')?;
    // A single letter is an option, which is what is looked for.
    let is_word = word.chars().count() > 1 && word.chars().all(char::is_alphanumeric);
    is_word.then_some(TakenAsWords::Minus(text))
}
