//! Words into lines.
//!
//! [`Page`] is the only place that knows columns. It takes words and spaces, puts a line feed where
//! a word doesn't fit, and begins each line with what the containers around it ask for (a quote
//! bar, a list's indentation). A word is held until its end is known; all else is written at once.

use crate::render::safe::{SafeStream, SafeText};
use crate::safe_format;
use anstyle::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// What a container writes at the start of a line.
#[derive(Debug)]
pub(super) struct Prefix {
    /// On the container's first line, until that has been written.
    pub first: Option<String>,
    /// On every other line.
    pub rest: String,
    /// Whether it shows on lines that have no text.
    pub bar: bool,
    /// A line has begun with it.
    pub used: bool,
    pub style: Style,
}

/// What becomes of a word that is longer than a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Long {
    /// It runs over; the terminal breaks it, and copies it whole.
    Runs,
    /// It is broken between graphemes.
    Breaks,
}

#[derive(Debug)]
pub(super) struct Page {
    width: usize,
    long: Long,
    out: SafeText,
    /// What every text goes through, however it was come by: an entity may stand for anything.
    safe: SafeStream,
    pub prefixes: Vec<Prefix>,
    /// The column after what the line holds.
    col: usize,
    /// The column at which the line's text began.
    begin: usize,
    /// The line has begun.
    open: bool,
    /// Only a caller's own words stand in the line.
    headed: bool,
    /// Something has been written.
    any: bool,
    /// An empty line is due, with the bars of so many containers.
    blank: Option<usize>,
    word: Vec<(String, Style)>,
    word_width: usize,
    /// The last grapheme of the word, as far as breaking after it goes.
    edge: Edge,
    space: bool,
    /// The word goes on from what was written last; no break between.
    glued: bool,
    last_style: Style,
    /// The finished lines with their widths, where they are wanted one by one.
    lines: Option<Vec<(SafeText, usize)>>,
}

/// How a grapheme may meet its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Edge {
    /// Takes two columns, as in scripts that are written without spaces.
    wide: bool,
    /// Nothing may break after it.
    opens: bool,
    /// Nothing may break before it.
    closes: bool,
}

impl Edge {
    const NARROW: Self = Self {
        wide: false,
        opens: false,
        closes: false,
    };

    fn of(grapheme: &str, width: usize) -> Self {
        let first = grapheme.chars().next();
        Self {
            wide: width > 1,
            opens: first.is_some_and(|c| "（「『【《〈〔［｛“‘([{".contains(c)),
            closes: first.is_some_and(|c| {
                "、。，．！？：；）」』】》〉〕］｝ー々…”’,.!?:;)]}\"'".contains(c)
            }),
        }
    }
}

impl Page {
    pub fn new(width: usize, column: usize) -> Self {
        Self {
            width: width.max(1),
            long: Long::Runs,
            out: SafeText::new(),
            safe: SafeStream::new(),
            prefixes: Vec::new(),
            col: column,
            begin: 0,
            open: column > 0,
            headed: column > 0,
            any: false,
            blank: None,
            word: Vec::new(),
            word_width: 0,
            edge: Edge::NARROW,
            space: false,
            glued: false,
            last_style: Style::new(),
            lines: None,
        }
    }

    /// A page whose lines are wanted one by one, none wider than `width`.
    pub fn cell(width: usize) -> Self {
        Self {
            long: Long::Breaks,
            lines: Some(Vec::new()),
            ..Self::new(width, 0)
        }
    }

    /// What has been written since the last call.
    pub fn take(&mut self) -> SafeText {
        std::mem::take(&mut self.out)
    }

    /// A cell's lines with their widths.
    pub fn into_lines(mut self) -> Vec<(SafeText, usize)> {
        self.end_line();
        self.lines.unwrap_or_default()
    }

    /// From now on lines have so many columns.
    pub fn resize(&mut self, width: usize) {
        self.width = width.max(1);
    }

    /// The columns left for text beside the prefixes.
    pub fn room(&self) -> usize {
        self.width.saturating_sub(self.indent()).max(1)
    }

    /// The columns taken by the prefixes.
    pub fn indent(&self) -> usize {
        self.prefixes.iter().map(|p| p.rest.width()).sum()
    }

    pub fn full_width(&self) -> usize {
        self.width
    }

    /// The column that the next character would take.
    pub fn column(&self) -> usize {
        self.col
    }

    /// Asks for an empty line before the next block, with the bars of the outermost `depth`
    /// containers.
    pub fn want_blank(&mut self, depth: usize) {
        if self.any {
            self.blank = Some(self.blank.map_or(depth, |old| old.min(depth)));
        }
    }

    /// Begins a block. A paragraph may share its line with what the caller wrote there.
    pub fn start_block(&mut self, paragraph: bool) {
        if self.headed && paragraph {
            return;
        }
        self.end_line();
        if let Some(depth) = self.blank.take() {
            self.empty_line(depth);
        }
    }

    /// Writes a line that has no text, with the bars of the outermost `depth` containers.
    pub fn empty_line(&mut self, depth: usize) {
        self.end_line();
        let shown = self.prefixes.iter().take(depth);
        let bars = shown.clone().rposition(|p| p.bar).map_or(0, |at| at + 1);
        for at in 0..bars {
            let text = self.prefixes[at].rest.clone();
            let text = if at + 1 == bars {
                text.trim_end()
            } else {
                &text
            };
            let style = self.prefixes[at].style;
            self.write(text, style);
        }
        self.break_line();
    }

    /// Begins a line, unless one has begun.
    pub fn begin_line(&mut self) {
        if self.open {
            return;
        }
        self.open = true;
        self.any = true;
        self.col = 0;
        for at in 0..self.prefixes.len() {
            let prefix = &mut self.prefixes[at];
            let style = prefix.style;
            prefix.used = true;
            let text = prefix.first.take().unwrap_or_else(|| prefix.rest.clone());
            self.col += text.width();
            self.write(&text, style);
        }
        self.begin = self.col;
        self.last_style = Style::new();
    }

    /// Ends the innermost container. If it is an item that had no content, its mark is written now.
    pub fn end_prefix(&mut self) {
        if let Some(Prefix {
            first: Some(first), ..
        }) = self.prefixes.last_mut()
        {
            first.truncate(first.trim_end().len());
            self.begin_line();
            self.end_line();
        }
        self.prefixes.pop();
    }

    /// Ends the text. A line that holds nothing of it is left as it is.
    pub fn finish(&mut self) {
        if self.any {
            self.end_line();
        }
    }

    /// Ends the line, if one has begun.
    pub fn end_line(&mut self) {
        self.place_word();
        self.space = false;
        self.glued = false;
        self.headed = false;
        if self.open {
            match &mut self.lines {
                Some(lines) => lines.push((std::mem::take(&mut self.out), self.col)),
                None => self.break_line(),
            }
            self.open = false;
            self.col = 0;
        }
    }

    /// Writes text that is never wrapped. The line must not hold a word.
    pub fn raw(&mut self, text: &str, style: Style) {
        self.begin_line();
        self.write(text, style);
        self.col += text.width();
    }

    fn write(&mut self, text: &str, style: Style) {
        if text.is_empty() {
            return;
        }
        self.any = true;
        let is_plain = style.is_plain() || text.trim().is_empty();
        let text = self.safe.push(text);
        self.out += if is_plain {
            text
        } else {
            safe_format!("{}{}{:#}", style, text, style)
        };
    }

    fn break_line(&mut self) {
        self.out += self.safe.push("\n");
    }

    /// Writes what was drawn on another page, so many columns wide.
    pub fn drawn(&mut self, text: &SafeText, width: usize) {
        self.begin_line();
        self.any = true;
        self.out += text;
        self.col += width;
    }

    fn push_word(&mut self, text: &str, width: usize, style: Style) {
        match self.word.last_mut() {
            Some((last, same)) if *same == style => last.push_str(text),
            _ => self.word.push((text.to_owned(), style)),
        }
        self.word_width += width;
    }

    fn push_grapheme(&mut self, grapheme: &str, style: Style) {
        let width = grapheme.width();
        let edge = Edge::of(grapheme, width);
        let between = (self.edge.wide || edge.wide) && !self.edge.opens && !edge.closes;
        if between && self.word_width > 0 {
            self.place_word();
        } else if between && self.glued {
            self.glued = false;
        }
        if self.long == Long::Breaks && self.word_width + width > self.room() {
            self.place_word();
        }
        self.edge = edge;
        self.push_word(grapheme, width, style);
    }

    /// Writes the word that is held, on this line or the next.
    fn place_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        self.begin_line();
        let need = self.word_width + usize::from(self.space);
        if !self.glued && self.col + need > self.width && self.col > self.begin {
            let word = std::mem::take(&mut self.word);
            self.end_line();
            self.begin_line();
            self.word = word;
        }
        let mut word = std::mem::take(&mut self.word);
        if std::mem::take(&mut self.space) {
            self.col += 1;
            if word[0].1 == self.last_style {
                word[0].0.insert(0, ' ');
            } else {
                self.out += self.safe.push(" ");
            }
        }
        for (text, style) in &word {
            self.write(text, *style);
            self.last_style = *style;
        }
        self.col += self.word_width;
        self.word_width = 0;
        self.headed = false;
        self.glued = false;
    }

    /// Takes text without white space. Calls that follow each other make one word.
    pub fn text(&mut self, text: &str, style: Style) {
        if text.is_empty() {
            return;
        }
        if text.is_ascii() && !self.edge.wide && self.long == Long::Runs {
            self.push_word(text, text.len(), style);
            self.edge = Edge::of(&text[text.len() - 1..], 1);
        } else {
            for grapheme in text.graphemes(true) {
                self.push_grapheme(grapheme, style);
            }
        }
        // What is longer than a line anyway need not wait for its end.
        if self.long == Long::Runs && self.word_width > self.width {
            self.place_word();
            self.glued = true;
        }
    }

    /// Marks a place where the line may break.
    pub fn space(&mut self) {
        self.place_word();
        self.glued = false;
        self.edge = Edge::NARROW;
        self.space = self.open && self.col > self.begin && !self.headed;
    }

    /// Marks a place where the line must break.
    pub fn hard_break(&mut self) {
        self.place_word();
        self.begin_line();
        self.end_line();
        self.edge = Edge::NARROW;
    }
}
