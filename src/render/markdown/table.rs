//! Tables: collected row by row, drawn when the last has come.
//!
//! Columns are as wide as their widest cell. If that is too much, the widest are narrowed and their
//! cells wrapped; if even that is too much, each row becomes a list of `head: cell` lines.

use super::Style;
use super::inline::Inline;
use super::wrap::Page;
use crate::render::safe::SafeText;

/// The narrowest that a column with more to say can become.
const NARROWEST: usize = 8;

/// The space that a drawn border takes between two columns.
const BETWEEN: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Middle,
    Right,
}

#[derive(Debug)]
pub(super) struct Table {
    head: Vec<String>,
    aligns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

/// A cell ready to be drawn: its lines, each with its width.
type Cell = Vec<(SafeText, usize)>;

impl Table {
    /// The table that these two lines begin, if the second is what stands between a head and its
    /// rows.
    pub fn begun_by(head: &str, line: &str) -> Option<Self> {
        let aligns = delimiters(line)?;
        let head = cells(head);
        (head.len() == aligns.len()).then_some(Self {
            head,
            aligns,
            rows: Vec::new(),
        })
    }

    /// The table whose head has been shown already, as a paragraph.
    pub fn headless(line: &str) -> Option<Self> {
        let aligns = delimiters(line)?;
        (aligns.len() > 1).then_some(Self {
            head: Vec::new(),
            aligns,
            rows: Vec::new(),
        })
    }

    pub fn push(&mut self, line: &str) {
        self.rows.push(cells(line));
    }

    pub fn draw(&self, page: &mut Page, style: Style) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let columns = columns.max(self.aligns.len());
        let room = page.room();
        // The narrowest columns are one wide; what can't fit even so is not worth measuring.
        let grid = (columns * (1 + BETWEEN) <= room + BETWEEN)
            .then(|| self.widths(columns, room, style))
            .flatten();
        match grid {
            Some(widths) => self.draw_grid(&widths, page, style),
            None => self.draw_list(page, style),
        }
    }

    fn align(&self, column: usize) -> Align {
        self.aligns.get(column).copied().unwrap_or(Align::Left)
    }

    /// The columns' widths, or nothing if they can't be made to fit.
    fn widths(&self, columns: usize, room: usize, style: Style) -> Option<Vec<usize>> {
        let mut widths = vec![1; columns];
        let mut measure = |row: &[String], look| {
            for (width, cell) in widths.iter_mut().zip(row) {
                for (_, line) in lay(cell, usize::MAX, style, look) {
                    *width = line.max(*width);
                }
            }
        };
        measure(&self.head, style.heading);
        for row in &self.rows {
            measure(row, anstyle::Style::new());
        }
        narrow(widths, room.saturating_sub(BETWEEN * (columns - 1)))
    }

    fn draw_grid(&self, widths: &[usize], page: &mut Page, style: Style) {
        let lay_row = |row: &[String], look| -> Vec<Cell> {
            let cell = |(column, width): (usize, &usize)| {
                row.get(column)
                    .map_or_else(Vec::new, |cell| lay(cell, *width, style, look))
            };
            widths.iter().enumerate().map(cell).collect()
        };
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|row| lay_row(row, anstyle::Style::new()))
            .collect();
        // Where cells take several lines, rows need something between them.
        let ruled = rows.iter().flatten().any(|cell| cell.len() > 1);
        if !self.head.is_empty() {
            self.draw_row(&lay_row(&self.head, style.heading), widths, page, style);
        }
        draw_rule(widths, page, style);
        for (at, row) in rows.iter().enumerate() {
            if ruled && at > 0 {
                draw_rule(widths, page, style);
            }
            self.draw_row(row, widths, page, style);
        }
    }

    fn draw_row(&self, row: &[Cell], widths: &[usize], page: &mut Page, style: Style) {
        let border = if style.marks { " | " } else { " │ " };
        let plain = anstyle::Style::new();
        let height = row.iter().map(Vec::len).max().unwrap_or(0).max(1);
        for line in 0..height {
            for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                let nothing = (SafeText::new(), 0);
                let (text, used) = cell.get(line).unwrap_or(&nothing);
                let last = column + 1 == widths.len();
                if column > 0 && last && text.is_empty() {
                    page.raw(border.trim_end(), style.faint);
                    continue;
                }
                if column > 0 {
                    page.raw(border, style.faint);
                }
                let spare = width.saturating_sub(*used);
                let before = match self.align(column) {
                    Align::Left => 0,
                    Align::Middle => spare / 2,
                    Align::Right => spare,
                };
                page.raw(&" ".repeat(before), plain);
                page.drawn(text, *used);
                // Nothing but the line's end follows the last cell.
                if !last {
                    page.raw(&" ".repeat(spare - before), plain);
                }
            }
            page.end_line();
        }
    }

    fn draw_list(&self, page: &mut Page, style: Style) {
        let depth = page.prefixes.len();
        for (at, row) in self.rows.iter().enumerate() {
            if at > 0 {
                page.empty_line(depth);
            }
            for (column, cell) in row.iter().enumerate() {
                if let Some(head) = self.head.get(column).filter(|head| !head.is_empty()) {
                    write(head, style, style.heading, page);
                    page.text(":", style.heading);
                    page.space();
                }
                write(cell, style, anstyle::Style::new(), page);
                page.end_line();
            }
        }
        if self.rows.is_empty() {
            for head in &self.head {
                write(head, style, style.heading, page);
                page.end_line();
            }
        }
    }
}

fn draw_rule(widths: &[usize], page: &mut Page, style: Style) {
    let (line, cross) = if style.marks {
        ("-", "-|-")
    } else {
        ("─", "─┼─")
    };
    let parts: Vec<_> = widths.iter().map(|width| line.repeat(*width)).collect();
    page.raw(&parts.join(cross), style.faint);
    page.end_line();
}

fn write(cell: &str, style: Style, look: anstyle::Style, page: &mut Page) {
    let mut inline = Inline::cell(style, look);
    inline.feed(cell, page);
    inline.finish(page);
}

fn lay(cell: &str, width: usize, style: Style, look: anstyle::Style) -> Cell {
    let mut page = Page::cell(width);
    write(cell, style, look, &mut page);
    page.into_lines()
}

/// Narrows the widest columns until all fit into `room`; nothing if they would become too narrow to
/// read.
fn narrow(widths: Vec<usize>, room: usize) -> Option<Vec<usize>> {
    let total = |cap: usize| -> usize { widths.iter().map(|width| *width.min(&cap)).sum() };
    if total(usize::MAX) <= room {
        return Some(widths);
    }
    if total(NARROWEST) > room {
        return None;
    }
    let cap = (NARROWEST..=room).rev().find(|cap| total(*cap) <= room)?;
    let mut spare = room - total(cap);
    let fit = |width: &usize| {
        if *width <= cap || spare == 0 {
            return *width.min(&cap);
        }
        spare -= 1;
        cap + 1
    };
    Some(widths.iter().map(fit).collect())
}

/// The alignments in a line such as `|:---|---:|`.
fn delimiters(line: &str) -> Option<Vec<Align>> {
    if !line.contains('|') || !line.bytes().all(|b| b"|:- \t".contains(&b)) {
        return None;
    }
    let align = |cell: &String| {
        let dashes = cell.trim_start_matches(':').trim_end_matches(':');
        if dashes.is_empty() || !dashes.bytes().all(|b| b == b'-') {
            return None;
        }
        let colons = cell.len() - dashes.len();
        match (cell.starts_with(':'), cell.ends_with(':')) {
            _ if colons > 2 => None,
            (true, true) => Some(Align::Middle),
            (false, true) => Some(Align::Right),
            _ => Some(Align::Left),
        }
    };
    cells(line).iter().map(align).collect()
}

/// The cells of a row: parted by `|`, except by `\|`, which stands for itself.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut escaped = false;
    let mut ended = false;
    for c in line.chars() {
        ended = c == '|' && !escaped;
        if ended {
            cells.push(cell.trim().to_owned());
            cell.clear();
        } else {
            if c == '|' {
                cell.pop();
            }
            cell.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    if !ended {
        cells.push(cell.trim().to_owned());
    }
    cells
}
