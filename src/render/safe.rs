//! Text that can't steer the terminal or hide from its reader.
//!
//! Messages, titles, tags and names come from models and from other people. Written to a terminal
//! as they are, they could move the cursor, recolour a verdict, set the window title, turn text
//! around or carry invisible words. What comes in is therefore sorted, character by character:
//!
//! | comes in | goes out |
//! |---|---|
//! | line feed, tab | kept in [`safe`]; `␊` and a space in [`safe_line`] |
//! | `\r\n`, `\r`, U+2028, U+2029 | a line feed |
//! | other C0 controls, DEL | their picture: `␛` for escape, `␇` for bell |
//! | C1 controls, noncharacters | `�` |
//! | what reorders or conceals: bidirectional embeddings, overrides and isolates, tag characters, Hangul fillers, … | one `�` for each run |
//! | what merely shows nothing: byte order mark, soft hyphen, zero-width space, direction marks, … | dropped |
//! | joiners, variation selectors | kept where a script or an emoji can use them: one of each after a visible character; dropped elsewhere |
//!
//! An escape sequence is made visible, not removed: `␛[31m` says honestly what was there, and
//! nothing that pretends to be a sequence can swallow the words after it.

mod text;

pub use text::SafeText;
#[doc(hidden)]
pub use text::{captures_nothing, checked};

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// What stands for a character that must not reach the terminal and has no picture of its own.
const MARK: char = '\u{FFFD}';

/// Makes a block of text safe for a terminal. Line feeds and tabs stay.
pub fn safe(text: &str) -> Cow<'_, str> {
    clean(text, Lines::Kept)
}

/// Makes a one-line field (a title, a tag, a name) safe: the result has no line feed and no tab.
pub fn safe_line(text: &str) -> Cow<'_, str> {
    clean(text, Lines::Shown)
}

/// Cuts text to at most `width` columns, ending it with `…` if anything was cut. No grapheme is cut
/// in two.
///
/// Meant for what [`safe_line`] returns: a line feed or a tab has no width that could be counted.
pub fn shorten(text: &str, width: usize) -> Cow<'_, str> {
    let mut used = 0;
    let mut cut = 0;
    for (start, grapheme) in text.grapheme_indices(true) {
        used += grapheme.width();
        if used > width {
            if width == 0 {
                return Cow::Borrowed("");
            }
            return Cow::Owned(format!("{}…", &text[..cut]));
        }
        // The mark needs a column of its own.
        if used < width {
            cut = start + grapheme.len();
        }
    }
    Cow::Borrowed(text)
}

/// [`safe`] for text that comes in pieces: however a text is cut, the joined output is the same.
#[derive(Debug, Clone)]
pub struct SafeStream(Filter);

impl SafeStream {
    /// A stream at its beginning.
    pub fn new() -> Self {
        Self(Filter::new(Lines::Kept))
    }

    /// Takes the next piece and returns what can be written now: all of it, but for a carriage
    /// return at the very end, which waits for the line feed that may follow.
    pub fn push(&mut self, piece: &str) -> SafeText {
        let mut out = String::with_capacity(piece.len());
        for c in piece.chars() {
            self.0.take(c, &mut out);
        }
        SafeText::filtered(out)
    }

    /// Returns what was still waiting, and is ready for another text.
    pub fn finish(&mut self) -> SafeText {
        let mut out = String::new();
        self.0.end(&mut out);
        *self = Self::new();
        SafeText::filtered(out)
    }
}

impl Default for SafeStream {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a character is shown as it is wherever it stands; joiners and selectors are left to
/// those around them.
pub fn is_plain(c: char) -> bool {
    matches!(
        kind(c, Lines::Kept),
        Kind::Plain | Kind::Joiner | Kind::Selector
    )
}

/// Which characters of a text are shown as they are, asked in order; for those that are not,
/// something else is written.
#[derive(Debug)]
pub(super) struct Shown {
    filter: Filter,
    written: String,
}

impl Shown {
    pub(super) fn new() -> Self {
        Self {
            filter: Filter::new(Lines::Shown),
            written: String::new(),
        }
    }

    /// Whether [`safe_line`] would leave this one, where it stands.
    pub(super) fn leaves(&mut self, c: char) -> bool {
        self.written.clear();
        self.filter.take(c, &mut self.written);
        self.filter.end(&mut self.written);
        let is_left = self.written.chars().eq([c]);
        if !is_left {
            self.filter = Filter::new(Lines::Shown);
        }
        is_left
    }
}

fn clean(text: &str, lines: Lines) -> Cow<'_, str> {
    if text.chars().all(|c| kind(c, lines) == Kind::Plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut filter = Filter::new(lines);
    for c in text.chars() {
        filter.take(c, &mut out);
    }
    filter.end(&mut out);
    if out == text {
        return Cow::Borrowed(text);
    }
    Cow::Owned(out)
}

/// What becomes of line feeds and tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lines {
    Kept,
    Shown,
}

/// What is to be done with a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Shown(char),
    /// A line feed in other words.
    Break,
    Return,
    Concealing,
    Invisible,
    Joiner,
    Selector,
}

fn kind(c: char, lines: Lines) -> Kind {
    match c {
        '\n' if lines == Lines::Shown => Kind::Break,
        '\t' if lines == Lines::Shown => Kind::Shown(' '),
        '\n' | '\t' | ' '..='~' => Kind::Plain,
        '\r' => Kind::Return,
        '\0'..='\u{1F}' => Kind::Shown(picture(c)),
        '\u{7F}' => Kind::Shown('\u{2421}'),
        '\u{80}'..='\u{9F}' => Kind::Shown(MARK),
        '\u{2028}' | '\u{2029}' => Kind::Break,
        '\u{200C}' | '\u{200D}' => Kind::Joiner,
        '\u{FE00}'..='\u{FE0F}'
        | '\u{E0100}'..='\u{E01EF}'
        | '\u{180B}'..='\u{180D}'
        | '\u{180F}' => Kind::Selector,
        '\u{AD}'
        | '\u{34F}'
        | '\u{61C}'
        | '\u{115F}'..='\u{1160}'
        | '\u{17B4}'..='\u{17B5}'
        | '\u{180E}'
        | '\u{200B}'
        | '\u{200E}'..='\u{200F}'
        | '\u{2060}'..='\u{2065}'
        | '\u{FEFF}'
        | '\u{13430}'..='\u{1343F}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' => Kind::Invisible,
        '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{206F}'
        | '\u{3164}'
        | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}' => Kind::Concealing,
        '\u{FDD0}'..='\u{FDEF}' => Kind::Shown(MARK),
        c if c as u32 & 0xFFFE == 0xFFFE => Kind::Shown(MARK),
        _ => Kind::Plain,
    }
}

/// The control pictures stand in the order of the controls.
fn picture(control: char) -> char {
    char::from_u32(0x2400 + control as u32).unwrap_or(MARK)
}

/// What the last character written allows to follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing that could be joined or varied.
    Bare,
    /// A digit, `#` or `*`, of which a selector makes a keycap.
    Keycap,
    /// A visible character beyond ASCII.
    Visible,
    Selector,
}

/// One character in, what may be shown out. Decisions rest on what was *written*, so that cleaning
/// what is already clean changes nothing.
#[derive(Debug, Clone)]
struct Filter {
    lines: Lines,
    last: Last,
    /// The last character written stands for concealing ones, and for those that follow too.
    marked: bool,
    returned: bool,
}

impl Filter {
    fn new(lines: Lines) -> Self {
        Self {
            lines,
            last: Last::Bare,
            marked: false,
            returned: false,
        }
    }

    fn take(&mut self, c: char, out: &mut String) {
        if std::mem::take(&mut self.returned) {
            self.break_line(out);
            if c == '\n' {
                return;
            }
        }
        match kind(c, self.lines) {
            Kind::Plain => self.write(c, out),
            Kind::Shown(shown) => self.write(shown, out),
            Kind::Break => self.break_line(out),
            Kind::Return => self.returned = true,
            Kind::Invisible => {}
            Kind::Concealing => {
                if !self.marked {
                    self.write(MARK, out);
                    self.marked = true;
                }
            }
            Kind::Joiner => {
                if matches!(self.last, Last::Visible | Last::Selector) {
                    out.push(c);
                    self.last = Last::Bare;
                    self.marked = false;
                }
            }
            Kind::Selector => {
                if self.last == Last::Visible || (self.last == Last::Keycap && c == '\u{FE0F}') {
                    out.push(c);
                    self.last = Last::Selector;
                    self.marked = false;
                }
            }
        }
    }

    fn end(&mut self, out: &mut String) {
        if std::mem::take(&mut self.returned) {
            self.break_line(out);
        }
    }

    fn break_line(&mut self, out: &mut String) {
        let shown = match self.lines {
            Lines::Kept => '\n',
            Lines::Shown => '␊',
        };
        self.write(shown, out);
    }

    fn write(&mut self, c: char, out: &mut String) {
        out.push(c);
        self.marked = false;
        self.last = match c {
            '0'..='9' | '#' | '*' => Last::Keycap,
            '\0'..='\u{7F}' => Last::Bare,
            _ => Last::Visible,
        };
    }
}

#[cfg(test)]
mod tests;
