//! The text of a paragraph, a heading or a cell, as it arrives.
//!
//! Text is held only while its meaning is open: [`Marks`] follows what has been opened and not yet
//! closed, and at the first space where nothing is open the stretch so far goes through
//! pulldown-cmark and out to the page. An opener that is never closed holds no more than [`HOLD`]
//! bytes, and is then shown as it is written.

use anstyle::Style as Look;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::Style;
use super::marks::Marks;
use super::wrap::Page;
use crate::render::safe::{safe, safe_line};

/// How much text an unclosed mark can hold back.
const HOLD: usize = 2048;

/// Stands for a forced line end inside a held stretch. No text that has been through `safe`
/// contains it.
const HARD: char = '\u{1}';

/// White space on both sides, so that marks beside it mean what they do beside a line end.
const HARD_BREAK: &str = " \u{1} ";

/// What pulldown-cmark must not take for the beginning of a list, a heading or a definition stands
/// behind this.
const GUARD: &str = "x ";

#[derive(Debug)]
pub(super) struct Inline {
    style: Style,
    /// The look on which all else is laid: a heading's, or none.
    base: Look,
    held: String,
    marks: Marks,
    spaces: usize,
    /// Show `<br>` as a line end: in a table there is no other way to write one.
    breaks: bool,
}

impl Inline {
    pub fn new(style: Style, base: Look) -> Self {
        Self {
            style,
            base,
            held: String::new(),
            marks: Marks::default(),
            spaces: 0,
            breaks: false,
        }
    }

    pub fn cell(style: Style, base: Look) -> Self {
        Self {
            breaks: true,
            ..Self::new(style, base)
        }
    }

    /// Takes text that contains no line feed.
    pub fn feed(&mut self, text: &str, page: &mut Page) {
        for c in text.chars() {
            self.take(c, page);
        }
    }

    /// Takes the next character, anything but a line feed.
    pub fn take(&mut self, c: char, page: &mut Page) {
        if c == ' ' || c == '\t' {
            if self.spaces == 0 {
                self.word_end(page);
            }
            self.spaces += 1;
            return;
        }
        if self.spaces > 0 && !self.held.is_empty() {
            self.held.push(' ');
        }
        self.spaces = 0;
        // Where words are written without spaces, every character is a word's end.
        let parts = ideographic(c) && !self.held.ends_with('\u{200D}');
        if parts && !self.held.is_empty() && self.marks.settled() {
            self.flush(page);
        }
        self.held.push(c);
        self.marks.take(c);
        if self.held.len() > 2 * HOLD {
            self.flush(page);
        }
    }

    /// Says that the line has ended. The next call is `next_line` or `finish`.
    pub fn line_end(&mut self, page: &mut Page) {
        if self.spaces == 0 && !self.marks.escaping {
            self.word_end(page);
        }
    }

    /// Says that the text goes on in another line. What was written in lines is read in lines.
    pub fn next_line(&mut self, page: &mut Page) {
        if self.spaces == 0 && self.marks.escaping {
            self.held.pop();
            self.marks.escaping = false;
            self.word_end(page);
        }
        if self.held.is_empty() {
            page.hard_break();
        } else {
            self.held.push_str(HARD_BREAK);
        }
        self.spaces = 1;
    }

    /// Ends the text.
    pub fn finish(&mut self, page: &mut Page) {
        self.spaces = 0;
        self.flush(page);
    }

    fn word_end(&mut self, page: &mut Page) {
        self.marks.space();
        if self.marks.settled() || self.held.len() > HOLD {
            self.flush(page);
            page.space();
        }
    }

    fn flush(&mut self, page: &mut Page) {
        let held = std::mem::take(&mut self.held);
        self.marks = Marks::default();
        if held.contains(['*', '_', '`', '~', '[', '<', '&', '\\']) {
            Drawing::new(self, page).parse(&held);
        } else {
            write(&held, self.base, page);
        }
        // The buffer is taken back for its memory.
        self.held = held;
        self.held.clear();
    }
}

/// Characters of scripts without spaces, each of which begins a grapheme of its own.
fn ideographic(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Text without marks, word by word. It may hold what an entity stood for, so it is made safe here
/// too.
fn write(text: &str, look: Look, page: &mut Page) {
    let mut rest = text;
    while let Some(at) = rest.find([' ', '\t', '\n', HARD]) {
        page.text(&safe_line(&rest[..at]), look);
        if rest[at..].starts_with(HARD) {
            page.hard_break();
            rest = rest[at + 1..].trim_start_matches(' ');
        } else {
            page.space();
            rest = &rest[at + 1..];
        }
    }
    page.text(&safe_line(rest), look);
}

/// A settled stretch on its way through pulldown-cmark to the page.
struct Drawing<'a> {
    style: Style,
    breaks: bool,
    looks: Vec<Look>,
    /// The addresses of the links that are open, each with its text so far.
    links: Vec<(String, String)>,
    page: &'a mut Page,
}

impl<'a> Drawing<'a> {
    fn new(inline: &Inline, page: &'a mut Page) -> Self {
        Self {
            style: inline.style,
            breaks: inline.breaks,
            looks: vec![inline.base],
            links: Vec::new(),
            page,
        }
    }

    fn parse(&mut self, held: &str) {
        let source = format!("{GUARD}{held}");
        let mut guarded = true;
        for event in Parser::new_ext(&source, Options::ENABLE_STRIKETHROUGH) {
            match event {
                Event::Text(text) if guarded => {
                    guarded = false;
                    self.text(text.strip_prefix(GUARD).unwrap_or(&text));
                }
                Event::Text(text) => self.text(&text),
                Event::Code(code) => self.code(&code),
                Event::InlineHtml(html) if self.breaks && is_break(&html) => self.page.hard_break(),
                Event::InlineHtml(html) | Event::Html(html) => self.text(&html),
                Event::SoftBreak | Event::HardBreak => self.page.space(),
                Event::Start(tag) => self.start(tag),
                Event::End(tag) => self.end(tag),
                _ => {}
            }
        }
    }

    fn look(&self) -> Look {
        self.looks.last().copied().unwrap_or_default()
    }

    fn text(&mut self, text: &str) {
        if let Some((_, shown)) = self.links.last_mut() {
            shown.push_str(text);
        }
        write(text, self.look(), self.page);
    }

    fn code(&mut self, code: &str) {
        let code = code.replace(HARD_BREAK, " ").replace(HARD, " ");
        let look = over(self.look(), self.style.code);
        if !self.style.marks {
            if let Some((_, shown)) = self.links.last_mut() {
                shown.push_str(&code);
            }
            return write(&code, look, self.page);
        }
        let mark = if code.contains('`') { "``" } else { "`" };
        self.page.text(mark, look);
        write(&code, look, self.page);
        self.page.text(mark, look);
    }

    fn start(&mut self, tag: Tag<'_>) {
        let (mark, look) = match tag {
            Tag::Emphasis => ("*", self.style.emphasis),
            Tag::Strong => ("**", self.style.strong),
            Tag::Strikethrough => ("~~", self.style.struck),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((dest_url.into_string(), String::new()));
                ("", self.style.link)
            }
            _ => return,
        };
        self.looks.push(over(self.look(), look));
        self.mark(mark);
    }

    fn end(&mut self, tag: TagEnd) {
        let mark = match tag {
            TagEnd::Emphasis => "*",
            TagEnd::Strong => "**",
            TagEnd::Strikethrough => "~~",
            TagEnd::Link | TagEnd::Image => "",
            _ => return,
        };
        self.mark(mark);
        self.looks.pop();
        if matches!(tag, TagEnd::Link | TagEnd::Image) {
            self.address();
        }
    }

    fn mark(&mut self, mark: &str) {
        if self.style.marks {
            self.page.text(mark, self.look());
        }
    }

    /// Writes where a link leads, unless its text says so already.
    fn address(&mut self) {
        let Some((address, shown)) = self.links.pop() else {
            return;
        };
        if let Some((_, outer)) = self.links.last_mut() {
            outer.push_str(&shown);
        }
        let shown = shown.trim();
        if address.is_empty() || address == shown || address.strip_prefix("mailto:") == Some(shown)
        {
            return;
        }
        if !shown.is_empty() {
            self.page.space();
        }
        let address = safe(&address)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join("%20");
        let look = over(self.look(), self.style.faint);
        self.page.text(&format!("({address})"), look);
    }
}

fn is_break(html: &str) -> bool {
    let name = html.trim_start_matches('<').trim_end_matches('>');
    name.trim_end_matches('/').trim().eq_ignore_ascii_case("br")
}

/// One look laid over another.
pub(super) fn over(below: Look, above: Look) -> Look {
    below
        .fg_color(above.get_fg_color().or(below.get_fg_color()))
        .bg_color(above.get_bg_color().or(below.get_bg_color()))
        .effects(below.get_effects() | above.get_effects())
}
