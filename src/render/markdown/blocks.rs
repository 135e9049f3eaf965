//! The structure of a text: containers (quotes, list items) and the leaves in them (paragraphs,
//! code, tables), found line by line, and within a line as early as can be.
//!
//! The rules are CommonMark's, but for a few things that models write and readers understand:
//! - under a numbered item, two columns of indentation are enough to belong to it;
//! - within a list, another item may be indented as far as it likes;
//! - code in an item may be closed by a fence that isn't indented;
//! - a table may have rows with more cells than its head has;
//! - the numbers of a list stay as written, unless all are the same.
//!
//! A line of `=` or `-` under a paragraph is drawn as a line there: the paragraph is on the screen
//! already.

use super::Style;
use super::highlight::Highlight;
use super::inline::Inline;
use super::lines::{Fence, Line, ListMark, Wait};
use super::table::Table;
use super::wrap::Page;
use crate::render::safe::SafeText;

mod containers;
mod leaves;

/// Code of no known language is left in the terminal's own colours.
const PLAIN: anstyle::Style = anstyle::Style::new();

#[derive(Debug, Clone, Copy)]
enum Container {
    Quote,
    Item {
        /// The columns of indentation by which a line belongs to it.
        need: usize,
        /// The columns at which its content stands.
        content: usize,
        mark: ListMark,
        /// The number that the list began with, and this item's own.
        first: u64,
        number: u64,
    },
}

#[derive(Debug)]
enum Leaf {
    None,
    Paragraph {
        /// Whether its first line holds a `|`, as the head of a table might; nothing once there are
        /// more lines.
        piped: Option<bool>,
    },
    Fenced {
        fence: Fence,
        indent: usize,
    },
    Indented {
        /// Empty lines that count only if more code follows.
        blanks: usize,
    },
    /// A line that is the head of a table, should the next line say so.
    Head(String),
    Table(Table),
}

/// What the rest of the line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Unclear(Wait),
    Text,
    Code,
}

/// What has been found out about a line.
enum Found {
    /// More must come.
    Wait(Wait),
    /// The rest is text or code, and has been passed on as far as it has come.
    Rest(Mode),
    /// The line is done with.
    Done,
    /// A container has begun or a leaf has ended; look again.
    Again,
    /// Not what was looked for.
    No,
}

#[derive(Debug)]
pub(super) struct Blocks {
    style: Style,
    page: Page,
    inline: Inline,
    containers: Vec<Container>,
    leaf: Leaf,
    /// The colours of the code that is open, if there are any for it.
    highlight: Option<Highlight>,
    line: Line,
    mode: Mode,
    /// How many containers this line has been found to belong to.
    matched: usize,
    /// An item's mark has just been read; a task's box may follow.
    item_begun: bool,
    /// The optional space behind `>` has not come yet.
    quote_begun: bool,
}

impl Blocks {
    pub fn new(width: usize, style: Style, column: usize) -> Self {
        Self {
            style,
            page: Page::new(width, column),
            inline: Inline::new(style, anstyle::Style::new()),
            containers: Vec::new(),
            leaf: Leaf::None,
            highlight: None,
            line: Line::default(),
            mode: Mode::Unclear(Wait::Any),
            matched: 0,
            item_begun: false,
            quote_begun: false,
        }
    }

    pub fn resize(&mut self, width: usize) {
        self.page.resize(width);
    }

    pub fn take(&mut self) -> SafeText {
        self.page.take()
    }

    /// Takes text that has been made safe.
    pub fn push(&mut self, text: &str) {
        for c in text.chars() {
            match self.mode {
                _ if c == '\n' => self.end_line(),
                Mode::Text => self.text(c),
                Mode::Code => self.code_text(c.encode_utf8(&mut [0; 4])),
                Mode::Unclear(wait) => {
                    self.line.push(c);
                    if !wait.holds(c) {
                        self.judge(false);
                    }
                }
            }
        }
    }

    pub fn finish(&mut self) {
        if self.mode != Mode::Unclear(Wait::Any) || !self.line.is_empty() {
            self.end_line();
        }
        self.close(0);
        self.page.finish();
    }

    fn text(&mut self, c: char) {
        if let Leaf::Paragraph { piped: Some(piped) } = &mut self.leaf {
            *piped |= c == '|';
        }
        self.inline.take(c, &mut self.page);
    }

    fn end_line(&mut self) {
        match self.mode {
            Mode::Text => self.inline.line_end(&mut self.page),
            Mode::Code => self.end_code_line(),
            Mode::Unclear(_) => {
                self.judge(true);
                match self.mode {
                    Mode::Text => self.inline.line_end(&mut self.page),
                    Mode::Code => self.end_code_line(),
                    Mode::Unclear(_) => {}
                }
            }
        }
        self.line.clear();
        self.mode = Mode::Unclear(Wait::Any);
        self.matched = 0;
        self.item_begun = false;
        self.quote_begun = false;
    }

    /// Finds out as much about the line as can be known; `whole` says that no more of it will come.
    fn judge(&mut self, whole: bool) {
        loop {
            match self.step(whole) {
                Found::Again => {}
                Found::Wait(wait) => {
                    self.mode = Mode::Unclear(wait);
                    return;
                }
                Found::Rest(mode) => {
                    self.mode = mode;
                    return;
                }
                Found::Done | Found::No => return,
            }
        }
    }

    fn step(&mut self, whole: bool) -> Found {
        if self.quote_begun {
            if self.line.rest().is_empty() && !whole {
                return Found::Wait(Wait::Any);
            }
            self.line.strip(1);
            self.quote_begun = false;
        }
        if self.line.is_blank() && !self.in_fence() {
            if !whole {
                return Found::Wait(Wait::Blank);
            }
            self.blank_line();
            return Found::Done;
        }
        let steps = [
            Self::container,
            Self::fenced,
            Self::tabular,
            Self::indented,
            Self::task,
            Self::quote,
            Self::heading,
            Self::fence,
            Self::rule,
            Self::item,
            Self::table,
        ];
        for step in steps {
            match step(self, whole) {
                Found::No => {}
                found => return found,
            }
        }
        self.paragraph()
    }

    /// The line is within fenced code, as far as is known.
    fn in_fence(&self) -> bool {
        matches!(self.leaf, Leaf::Fenced { .. }) && self.matched == self.containers.len()
    }

    fn in_paragraph(&self) -> bool {
        matches!(self.leaf, Leaf::Paragraph { .. })
    }

    /// Whether the line belongs to all open containers.
    fn in_all(&self) -> bool {
        self.matched == self.containers.len()
    }

    /// Indentation that means code.
    fn is_deep(&self) -> bool {
        self.line.indent() >= 4
    }

    fn paragraph(&mut self) -> Found {
        let piped = if self.in_paragraph() {
            self.inline.next_line(&mut self.page);
            None
        } else {
            self.close(self.matched);
            self.start(true);
            Some(self.line.rest().contains('|'))
        };
        self.leaf = Leaf::Paragraph { piped };
        self.line.take(0);
        self.flow()
    }

    /// Passes on the rest of the line as text.
    fn flow(&mut self) -> Found {
        self.inline.feed(self.line.rest(), &mut self.page);
        Found::Rest(Mode::Text)
    }

    /// Begins a block on the page.
    fn start(&mut self, paragraph: bool) {
        self.item_begun = false;
        self.page.start_block(paragraph);
    }

    fn blank_line(&mut self) {
        // Items go on through empty lines, quotes don't.
        while self.matched < self.containers.len() {
            if matches!(self.containers[self.matched], Container::Quote) {
                self.close(self.matched);
                break;
            }
            self.matched += 1;
        }
        match &mut self.leaf {
            Leaf::Fenced { .. } => self.page.empty_line(self.containers.len()),
            Leaf::Indented { blanks } => *blanks += 1,
            _ => {
                self.close_leaf();
                self.page.want_blank(self.containers.len());
            }
        }
    }

    /// Closes all but the outermost `depth` containers, and the leaf. Returns the container that
    /// stood next.
    fn close(&mut self, depth: usize) -> Option<Container> {
        self.close_leaf();
        let next = self.containers.get(depth).copied();
        while self.containers.len() > depth {
            self.page.end_prefix();
            self.containers.pop();
        }
        next
    }

    fn close_leaf(&mut self) {
        match std::mem::replace(&mut self.leaf, Leaf::None) {
            Leaf::None => {}
            Leaf::Indented { blanks } => {
                if blanks > 0 {
                    self.page.want_blank(self.containers.len());
                }
            }
            Leaf::Paragraph { .. } => {
                self.inline.finish(&mut self.page);
                self.page.end_line();
            }
            Leaf::Fenced { fence, .. } => {
                self.end_code_line();
                self.highlight = None;
                self.frame(fence, "");
            }
            Leaf::Head(head) => {
                self.leaf = Leaf::Head(head);
                self.head_to_paragraph();
                self.close_leaf();
            }
            Leaf::Table(table) => {
                self.page.start_block(false);
                table.draw(&mut self.page, self.style);
            }
        }
    }
}
