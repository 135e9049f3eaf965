//! Markdown for the terminal, drawn while it arrives.
//!
//! A reply comes in pieces, and its reader wants to see it grow. So the output is only ever
//! appended to: no cursor moves, nothing is drawn twice, nothing is asked of the terminal. A word
//! appears as soon as its meaning is settled, code as it comes; a heading waits for the end of its
//! line, text between `**` for the closing `**`, a table for its last row. How a text was cut into
//! pieces never shows in the result.
//!
//! ```text
//! safe ──▶ blocks (lines, containers) ──▶ inline (emphasis, code, links; by pulldown-cmark) ──▶ wrap (words, lines)
//!                ├──▶ highlight (fenced code) ──▶ wrap
//!                └──▶ table (whole tables) ──▶ inline, once for each cell ──▶ wrap
//! ```
//!
//! The block structure is CommonMark's with a few kindnesses for what models write (`blocks` lists
//! them); text between the marks is parsed by pulldown-cmark, a settled stretch at a time.
//! Reference links, which need the whole text, and raw HTML are shown as they are written. Work and
//! memory grow with the length of the text, whatever it contains.
//!
//! There are no margins and code has no frame at its sides, so what is copied from the terminal is
//! what was meant.

use anstyle::{AnsiColor, Effects};

use super::safe::{SafeStream, SafeText};

mod blocks;
mod highlight;
mod inline;
mod lines;
mod marks;
mod table;
mod wrap;

pub use highlight::{Highlight, Kind};

/// How the parts of a text look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Headings of the first level.
    pub title: anstyle::Style,
    /// All other headings, and the head of a table.
    pub heading: anstyle::Style,
    /// `**strong**`
    pub strong: anstyle::Style,
    /// `*emphasis*`
    pub emphasis: anstyle::Style,
    /// `~~struck~~`
    pub struck: anstyle::Style,
    /// Code within a line.
    pub code: anstyle::Style,
    /// The text of a link.
    pub link: anstyle::Style,
    /// What is drawn around the text: rules, frames, quote bars, list marks, addresses.
    pub faint: anstyle::Style,
    /// What stands in code blocks.
    pub syntax: Syntax,
    /// Whether Markdown's own marks stay, since nothing else would show what they mean.
    pub marks: bool,
}

impl Style {
    /// No escape codes at all. Emphasis, code and headings keep their marks, lists and tables use
    /// ASCII.
    pub const fn plain() -> Self {
        let none = anstyle::Style::new();
        Self {
            title: none,
            heading: none,
            strong: none,
            emphasis: none,
            struck: none,
            code: none,
            link: none,
            faint: none,
            syntax: Syntax::plain(),
            marks: true,
        }
    }

    /// A modest use of the terminal's own colours, readable on light and dark.
    pub const fn colour() -> Self {
        let none = anstyle::Style::new();
        Self {
            title: none.effects(Effects::BOLD.insert(Effects::UNDERLINE)),
            heading: none.effects(Effects::BOLD),
            strong: none.effects(Effects::BOLD),
            emphasis: none.effects(Effects::ITALIC),
            struck: none.effects(Effects::STRIKETHROUGH),
            code: AnsiColor::Cyan.on_default(),
            link: none.effects(Effects::UNDERLINE),
            faint: none.effects(Effects::DIMMED),
            syntax: Syntax::colour(),
            marks: false,
        }
    }
}

/// How the parts of code look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syntax {
    /// Comments.
    pub comment: anstyle::Style,
    /// Words of the language.
    pub keyword: anstyle::Style,
    /// Quoted text, and lines that were added.
    pub quoted: anstyle::Style,
    /// Numbers, and words that are values.
    pub number: anstyle::Style,
    /// Names of values: keys, attributes, variables with a mark.
    pub name: anstyle::Style,
    /// Lines that were removed.
    pub removed: anstyle::Style,
}

impl Syntax {
    /// All in the terminal's own colour.
    pub const fn plain() -> Self {
        let none = anstyle::Style::new();
        Self {
            comment: none,
            keyword: none,
            quoted: none,
            number: none,
            name: none,
            removed: none,
        }
    }

    /// How a piece of code looks.
    pub(super) fn of(&self, kind: Kind) -> anstyle::Style {
        match kind {
            Kind::Plain => anstyle::Style::new(),
            Kind::Comment => self.comment,
            Kind::Keyword => self.keyword,
            Kind::Quoted => self.quoted,
            Kind::Number => self.number,
            Kind::Name => self.name,
            Kind::Removed => self.removed,
        }
    }

    /// The terminal's own colours, those that can be read on light and on dark.
    pub const fn colour() -> Self {
        Self {
            comment: anstyle::Style::new().effects(Effects::DIMMED),
            keyword: AnsiColor::Magenta.on_default(),
            quoted: AnsiColor::Green.on_default(),
            number: AnsiColor::Cyan.on_default(),
            name: AnsiColor::BrightBlue.on_default(),
            removed: AnsiColor::Red.on_default(),
        }
    }
}

/// A Markdown text on its way to the terminal.
#[derive(Debug)]
pub struct Markdown {
    width: usize,
    style: Style,
    safe: SafeStream,
    blocks: blocks::Blocks,
}

impl Markdown {
    /// A text at its beginning, for lines of `width` columns.
    ///
    /// Lines are wrapped between words. A word longer than a line, such as an address, is left to
    /// the terminal, and so are lines of code: broken by us, they couldn't be copied.
    pub fn new(width: usize, style: Style) -> Self {
        Self {
            width,
            style,
            safe: SafeStream::new(),
            blocks: blocks::Blocks::new(width, style, 0),
        }
    }

    /// Says that something `column` columns wide, `AI: ` say, stands in the line already. A
    /// paragraph begins right behind it, anything else on the next line.
    #[must_use]
    pub fn after(mut self, column: usize) -> Self {
        self.blocks = blocks::Blocks::new(self.width, self.style, column);
        self
    }

    /// The terminal has another width: what is wrapped from now on keeps to it. What was written
    /// stays as it is.
    pub fn resize(&mut self, width: usize) {
        self.width = width;
        self.blocks.resize(width);
    }

    /// Takes the next piece and returns what can be written now. What is returned never leaves the
    /// terminal in a style, so the text may be abandoned at any point.
    pub fn push(&mut self, piece: &str) -> SafeText {
        let text = self.safe.push(piece);
        self.blocks.push(&text);
        self.blocks.take()
    }

    /// Ends the text and returns what was held back. All that was returned since the beginning ends
    /// in a line feed, unless it is empty. Afterwards another text may begin, at the start of a
    /// line.
    pub fn finish(&mut self) -> SafeText {
        let text = self.safe.finish();
        self.blocks.push(&text);
        self.blocks.finish();
        let rest = self.blocks.take();
        self.blocks = blocks::Blocks::new(self.width, self.style, 0);
        rest
    }
}

#[cfg(test)]
mod tests;
