//! Quotes and list items: matching a line with those that are open, and beginning new ones.

use unicode_width::UnicodeWidthStr;

use super::{Blocks, Container, Found, Leaf};
use crate::render::markdown::lines::{self, Item, ListMark, Wait};
use crate::render::markdown::wrap::Prefix;

/// Containers within containers beyond this are text.
const DEEPEST: usize = 32;

/// What marks the items of a list, and of lists within lists.
const BULLETS: [&str; 3] = ["• ", "◦ ", "▪ "];

impl Blocks {
    /// Matches the line with the next open container.
    pub(super) fn container(&mut self, _whole: bool) -> Found {
        let Some(container) = self.containers.get(self.matched) else {
            return Found::No;
        };
        match *container {
            Container::Quote if !self.is_deep() && self.line.trimmed().starts_with('>') => {
                self.line.take(1);
                self.quote_begun = true;
            }
            Container::Item { need, content, .. } if self.line.indent() >= need => {
                self.line.strip(content);
            }
            _ => return Found::No,
        }
        self.matched += 1;
        Found::Again
    }

    pub(super) fn quote(&mut self, _whole: bool) -> Found {
        let deepest = self.matched >= DEEPEST;
        if self.is_deep() || deepest || !self.line.trimmed().starts_with('>') {
            return Found::No;
        }
        self.close(self.matched);
        self.line.take(1);
        self.quote_begun = true;
        self.start(false);
        let bar = if self.style.marks { "> " } else { "│ " };
        self.page.prefixes.push(Prefix {
            first: None,
            rest: self.fitting(bar),
            bar: true,
            used: false,
            style: self.style.faint,
        });
        self.containers.push(Container::Quote);
        self.matched += 1;
        Found::Again
    }

    /// A prefix, unless the prefixes would leave too little room for text.
    pub(super) fn fitting(&self, prefix: &str) -> String {
        let taken = self.page.indent() + prefix.width();
        if taken > self.page.full_width() / 2 {
            return String::new();
        }
        prefix.to_owned()
    }

    pub(super) fn item(&mut self, whole: bool) -> Found {
        if (self.is_deep() && !self.in_list()) || self.matched >= DEEPEST {
            return Found::No;
        }
        let text = self.line.trimmed();
        let mark = match lines::item(text, whole) {
            Item::No => return Found::No,
            Item::Unclear(wait) => return Found::Wait(wait),
            Item::Yes(mark) => mark,
        };
        let after = &text[mark.width..];
        let blank = after.trim().is_empty();
        if blank && !whole {
            return Found::Wait(Wait::Blank);
        }
        let interrupts = !blank && mark.number.is_none_or(|number| number == 1);
        if self.in_paragraph() && self.in_all() && !self.in_list() && !interrupts {
            return Found::No;
        }
        self.begin_item(mark, blank);
        if blank { Found::Done } else { Found::Again }
    }

    pub(super) fn begin_item(&mut self, mark: ListMark, blank: bool) {
        let indent = self.line.indent();
        let before = self.close(self.matched);
        self.start(false);
        self.line.take(mark.width);
        let spaces = match self.line.indent() {
            spaces @ 1..=4 if !blank => spaces,
            _ => 1,
        };
        self.line.strip(spaces);
        let written = mark.number.unwrap_or_default();
        let (first, number) = match before {
            Some(Container::Item {
                mark: same,
                first,
                number,
                ..
            }) if same.mark == mark.mark && same.number.is_some() == mark.number.is_some() => {
                let number = if written == first {
                    number + 1
                } else {
                    written
                };
                (first, number)
            }
            _ => (written, written),
        };
        let label = self.label(mark, number);
        self.page.prefixes.push(Prefix {
            rest: self.fitting(&" ".repeat(label.width())),
            first: Some(label),
            bar: false,
            used: false,
            style: self.style.faint,
        });
        self.containers.push(Container::Item {
            need: indent + mark.width.min(1) + 1,
            content: indent + mark.width + spaces,
            mark,
            first,
            number,
        });
        self.matched += 1;
        self.item_begun = true;
    }

    pub(super) fn label(&self, mark: ListMark, number: u64) -> String {
        if mark.number.is_some() {
            return format!("{number}{} ", mark.mark);
        }
        if self.style.marks {
            return "- ".to_owned();
        }
        let is_bullet =
            |c: &&Container| matches!(c, Container::Item { mark, .. } if mark.number.is_none());
        BULLETS[self.containers.iter().filter(is_bullet).count() % BULLETS.len()].to_owned()
    }

    /// The box of a task, right behind an item's mark.
    pub(super) fn task(&mut self, whole: bool) -> Found {
        if !self.item_begun {
            return Found::No;
        }
        let text = self.line.trimmed();
        let boxes = [("[ ] ", "☐"), ("[x] ", "☑"), ("[X] ", "☑")];
        if !whole && boxes.iter().any(|(b, _)| b.starts_with(text)) && text.len() < 4 {
            return Found::Wait(Wait::Any);
        }
        self.item_begun = false;
        let Some((shown, drawn)) = boxes.iter().find(|(b, _)| text.starts_with(b)) else {
            return Found::No;
        };
        let text = if self.style.marks {
            shown.trim()
        } else {
            drawn
        };
        self.line.take(shown.len());
        self.start(true);
        self.leaf = Leaf::Paragraph { piped: None };
        let mark = self.page.prefixes.last_mut().and_then(|p| p.first.as_mut());
        match mark {
            // A drawn box stands in place of the bullet.
            Some(mark) if !self.style.marks && BULLETS.contains(&mark.as_str()) => {
                *mark = format!("{text} ");
            }
            _ => {
                self.inline.feed(text, &mut self.page);
                self.inline.feed(" ", &mut self.page);
            }
        }
        self.flow()
    }

    pub(super) fn in_list(&self) -> bool {
        self.matched > 0 && matches!(self.containers[self.matched - 1], Container::Item { .. })
    }
}
