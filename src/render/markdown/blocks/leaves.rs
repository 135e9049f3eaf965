//! What stands in the containers, paragraphs aside: code, headings, rules, tables.

use unicode_width::UnicodeWidthStr;

use super::{Blocks, Found, Leaf, Mode, PLAIN};
use crate::render::markdown::Syntax;
use crate::render::markdown::highlight::Highlight;
use crate::render::markdown::inline::Inline;
use crate::render::markdown::lines::{self, Fence, Item, Wait};
use crate::render::markdown::table::Table;
use crate::render::safe::safe_line;

/// The longest rule drawn.
const RULE: usize = 40;

impl Blocks {
    /// A line in fenced code: its end, or code.
    pub(super) fn fenced(&mut self, whole: bool) -> Found {
        let Leaf::Fenced { fence, indent } = self.leaf else {
            return Found::No;
        };
        let trimmed = self.line.trimmed();
        if trimmed.is_empty() && !whole {
            return Found::Wait(Wait::Blank);
        }
        let marks = lines::run(trimmed, fence.mark);
        let may_close = trimmed[marks..].trim().is_empty() && !self.is_deep();
        if may_close && !whole {
            return Found::Wait(Wait::Spaced(fence.mark));
        }
        if may_close && fence.closed_by(trimmed) {
            self.close_leaf();
            return Found::Done;
        }
        if !self.in_all() {
            self.close(self.matched);
            return Found::Again;
        }
        self.line.strip(indent.min(self.line.indent()));
        self.code()
    }

    /// A line of code, whole or begun.
    pub(super) fn code(&mut self) -> Found {
        let code = self.line.code();
        if code.trim().is_empty() {
            self.page.empty_line(self.containers.len());
            return Found::Done;
        }
        self.code_text(&code);
        Found::Rest(Mode::Code)
    }

    /// Passes on code within a line.
    pub(super) fn code_text(&mut self, code: &str) {
        let Some(highlight) = &mut self.highlight else {
            return self.page.raw(code, PLAIN);
        };
        let colours = self.style.syntax;
        for c in code.chars() {
            highlight.push(c, &mut |piece, kind| self.page.raw(piece, colours.of(kind)));
        }
    }

    pub(super) fn end_code_line(&mut self) {
        if let Some(highlight) = &mut self.highlight {
            let colours = self.style.syntax;
            highlight.end_line(&mut |piece, kind| self.page.raw(piece, colours.of(kind)));
        }
        self.page.end_line();
    }

    /// A line after the head of a table, or after its rows.
    pub(super) fn tabular(&mut self, whole: bool) -> Found {
        let candidate = self.in_all() && !self.is_deep();
        let first = self.line.trimmed().chars().next();
        match &mut self.leaf {
            Leaf::Head(head) => {
                if candidate && matches!(first, Some('|' | ':' | '-')) {
                    if !whole {
                        return Found::Wait(Wait::Line);
                    }
                    if let Some(table) = Table::begun_by(head, self.line.rest()) {
                        self.leaf = Leaf::Table(table);
                        return Found::Done;
                    }
                }
                self.head_to_paragraph();
                Found::Again
            }
            Leaf::Table(table) if candidate && first == Some('|') => {
                if !whole {
                    return Found::Wait(Wait::Line);
                }
                table.push(self.line.rest());
                Found::Done
            }
            Leaf::Paragraph { piped: Some(true) }
                if candidate && matches!(first, Some('|' | ':' | '-')) =>
            {
                if !whole {
                    return Found::Wait(Wait::Line);
                }
                let Some(table) = Table::headless(self.line.rest()) else {
                    return Found::No;
                };
                self.close_leaf();
                self.leaf = Leaf::Table(table);
                Found::Done
            }
            _ => Found::No,
        }
    }

    /// Code by indentation alone. Within a list that may be an item indented too far.
    pub(super) fn indented(&mut self, whole: bool) -> Found {
        if !self.is_deep() {
            if self.in_all() && matches!(self.leaf, Leaf::Indented { .. }) {
                self.close_leaf();
            }
            return Found::No;
        }
        if self.in_all()
            && let Leaf::Indented { blanks } = &mut self.leaf
        {
            for _ in 0..std::mem::take(blanks) {
                self.page.empty_line(self.containers.len());
            }
            self.line.strip(4);
            return self.code();
        }
        if self.in_list() {
            match lines::item(self.line.trimmed(), whole) {
                Item::Unclear(wait) => return Found::Wait(wait),
                Item::Yes(_) => return Found::No,
                Item::No => {}
            }
        }
        if self.in_paragraph() {
            return self.paragraph();
        }
        self.close(self.matched);
        self.start(false);
        self.leaf = Leaf::Indented { blanks: 0 };
        self.line.strip(4);
        self.code()
    }

    pub(super) fn heading(&mut self, whole: bool) -> Found {
        let text = self.line.trimmed();
        let level = lines::run(text, '#');
        if level == 0 || level > 6 || self.is_deep() {
            return Found::No;
        }
        match text[level..].chars().next() {
            None if !whole => return Found::Wait(Wait::Run('#')),
            Some(' ' | '\t') if !whole => return Found::Wait(Wait::Line),
            None | Some(' ' | '\t') => {}
            Some(_) => return Found::No,
        }
        let text = text[level..].trim();
        let bare = text.trim_end_matches('#');
        let text = if bare.is_empty() || bare.ends_with([' ', '\t']) {
            bare.trim_end().to_owned()
        } else {
            text.to_owned()
        };
        self.close(self.matched);
        if self.page.prefixes.iter().all(|p| p.used) {
            self.page.want_blank(self.containers.len());
        }
        self.start(false);
        let look = if level == 1 {
            self.style.title
        } else {
            self.style.heading
        };
        if self.style.marks {
            self.page.text(&"#".repeat(level), look);
            self.page.space();
        }
        let mut inline = Inline::new(self.style, look);
        inline.feed(&text, &mut self.page);
        inline.finish(&mut self.page);
        self.page.end_line();
        Found::Done
    }

    /// The beginning of fenced code.
    pub(super) fn fence(&mut self, whole: bool) -> Found {
        let text = self.line.trimmed();
        let Some(mark @ ('`' | '~')) = text.chars().next() else {
            return Found::No;
        };
        let length = lines::run(text, mark);
        if self.is_deep() || (length < 3 && length < text.len()) {
            return Found::No;
        }
        if !whole {
            return Found::Wait(if length < 3 {
                Wait::Run(mark)
            } else {
                Wait::Line
            });
        }
        let Some((fence, info)) = Fence::opened_by(text) else {
            return Found::No;
        };
        let label = safe_line(info).into_owned();
        let indent = self.line.indent();
        self.close(self.matched);
        self.start(false);
        self.leaf = Leaf::Fenced { fence, indent };
        let is_coloured = self.style.syntax != Syntax::plain();
        self.highlight = Highlight::of(&label).filter(|_| is_coloured);
        self.frame(fence, &label);
        Found::Done
    }

    /// The line above or below code.
    pub(super) fn frame(&mut self, fence: Fence, label: &str) {
        if self.style.marks {
            let marks = fence.mark.to_string().repeat(fence.length.min(RULE));
            self.page.raw(&format!("{marks}{label}"), self.style.faint);
        } else if label.is_empty() {
            self.line_of("─");
        } else {
            let label = format!("── {label} ");
            let rest = self.page.room().min(RULE).saturating_sub(label.width());
            self.page
                .raw(&format!("{label}{}", "─".repeat(rest)), self.style.faint);
        }
        self.page.end_line();
    }

    pub(super) fn line_of(&mut self, part: &str) {
        let line = part.repeat(self.page.room().min(RULE));
        self.page.raw(&line, self.style.faint);
    }

    /// A rule, or the line under a heading.
    pub(super) fn rule(&mut self, whole: bool) -> Found {
        let text = self.line.trimmed();
        let Some(mark @ ('-' | '*' | '_' | '=')) = text.chars().next() else {
            return Found::No;
        };
        let under = self.in_paragraph() && self.in_all();
        if self.is_deep()
            || (mark == '=' && !under)
            || text.contains(|c| c != mark && c != ' ' && c != '\t')
        {
            return Found::No;
        }
        if !whole {
            return Found::Wait(Wait::Spaced(mark));
        }
        if under && lines::is_underline(text) {
            self.underline(mark);
            return Found::Done;
        }
        if mark == '=' || !lines::is_rule(text, mark) {
            return Found::No;
        }
        self.close(self.matched);
        self.start(false);
        if self.style.marks {
            self.page.raw("---", self.style.faint);
        } else {
            self.line_of("─");
        }
        self.page.end_line();
        Found::Done
    }

    /// Draws a line under the paragraph, as long as its last line.
    pub(super) fn underline(&mut self, mark: char) {
        self.inline.finish(&mut self.page);
        self.page.space();
        let length = self.page.column().saturating_sub(self.page.indent());
        self.close_leaf();
        let part = match mark {
            _ if self.style.marks => mark,
            '=' => '═',
            _ => '─',
        };
        let line = part
            .to_string()
            .repeat(length.clamp(3, self.page.room().max(3)));
        self.page.raw(&line, self.style.faint);
        self.page.end_line();
    }

    /// What may be the head of a table.
    pub(super) fn table(&mut self, whole: bool) -> Found {
        let starts = self.line.trimmed().starts_with('|');
        if !starts || self.in_paragraph() || self.is_deep() {
            return Found::No;
        }
        if !whole {
            return Found::Wait(Wait::Line);
        }
        self.close(self.matched);
        self.leaf = Leaf::Head(self.line.trimmed().to_owned());
        Found::Done
    }

    pub(super) fn head_to_paragraph(&mut self) {
        if let Leaf::Head(head) = std::mem::replace(&mut self.leaf, Leaf::None) {
            self.start(true);
            self.leaf = Leaf::Paragraph { piped: None };
            self.inline.feed(&head, &mut self.page);
            self.inline.line_end(&mut self.page);
        }
    }
}
