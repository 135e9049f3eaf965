//! The beginnings of lines: indentation, marks of containers and blocks, and how much of a line
//! must have come before it is clear what it is.

/// What must come before a line can be judged further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// Any character.
    Any,
    /// Something other than white space.
    Blank,
    /// Something other than this character.
    Run(char),
    /// Something other than this character and white space.
    Spaced(char),
    /// Something other than a digit.
    Digits,
    /// The whole line.
    Line,
}

impl Wait {
    /// Whether the line still can't be judged after this character.
    pub fn holds(self, c: char) -> bool {
        let blank = c == ' ' || c == '\t';
        match self {
            Self::Any => false,
            Self::Blank => blank,
            Self::Run(run) => c == run,
            Self::Spaced(run) => c == run || blank,
            Self::Digits => c.is_ascii_digit(),
            Self::Line => true,
        }
    }
}

/// A line of which part has been understood.
#[derive(Debug, Default)]
pub(super) struct Line {
    text: String,
    at: usize,
    column: usize,
    /// Columns left over from a tab of which only a part was taken.
    spare: usize,
}

impl Line {
    pub fn push(&mut self, c: char) {
        self.text.push(c);
    }

    pub fn clear(&mut self) {
        self.text.clear();
        self.at = 0;
        self.column = 0;
        self.spare = 0;
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// What has not been understood yet.
    pub fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    pub fn is_blank(&self) -> bool {
        self.rest().bytes().all(|b| b == b' ' || b == b'\t')
    }

    /// What follows the indentation.
    pub fn trimmed(&self) -> &str {
        self.rest().trim_start_matches([' ', '\t'])
    }

    /// The columns of white space before the next character.
    pub fn indent(&self) -> usize {
        let mut column = self.column + self.spare;
        for b in self.rest().bytes() {
            match b {
                b' ' => column += 1,
                b'\t' => column += 4 - column % 4,
                _ => break,
            }
        }
        column - self.column
    }

    /// Takes up to so many columns of white space.
    pub fn strip(&mut self, columns: usize) {
        let target = self.column + columns;
        let spare = self.spare.min(columns);
        self.spare -= spare;
        self.column += spare;
        while self.column < target {
            match self.text.as_bytes().get(self.at) {
                Some(b' ') => self.column += 1,
                Some(b'\t') => {
                    let stop = self.column + 4 - self.column % 4;
                    self.spare = stop.saturating_sub(target);
                    self.column = stop.min(target);
                }
                _ => return,
            }
            self.at += 1;
        }
    }

    /// Takes all white space and then so many ASCII characters.
    pub fn take(&mut self, count: usize) {
        self.strip(usize::MAX - self.column);
        self.at += count;
        self.column += count;
    }

    /// The rest as a line of code.
    pub fn code(&self) -> String {
        format!("{}{}", " ".repeat(self.spare), self.rest())
    }
}

/// How many times a character stands at the beginning.
pub(super) fn run(text: &str, c: char) -> usize {
    text.chars().take_while(|same| *same == c).count()
}

/// What opened a fenced block, and so what closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fence {
    pub mark: char,
    pub length: usize,
}

impl Fence {
    /// The fence that a whole line opens, with its info string.
    pub fn opened_by(line: &str) -> Option<(Self, &str)> {
        let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let length = run(line, mark);
        let info = line[length..].trim();
        if length < 3 || (mark == '`' && info.contains('`')) {
            return None;
        }
        Some((Self { mark, length }, info))
    }

    /// Whether a whole line closes it.
    pub fn closed_by(self, line: &str) -> bool {
        let length = run(line, self.mark);
        length >= self.length && line[length..].trim().is_empty()
    }
}

/// The kind of a list: its bullet, or what follows its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ListMark {
    pub mark: char,
    /// The number as written, in a numbered list.
    pub number: Option<u64>,
    /// Characters taken by the mark.
    pub width: usize,
}

/// Whether a list item begins here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    No,
    Unclear(Wait),
    Yes(ListMark),
}

/// Judges the beginning of a trimmed line; `whole` says that no more of it will come.
pub(super) fn item(text: &str, whole: bool) -> Item {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let found = if digits == 0 {
        let mark = text.chars().next().filter(|c| matches!(c, '-' | '*' | '+'));
        mark.map(|mark| ListMark {
            mark,
            number: None,
            width: 1,
        })
    } else if digits > 9 {
        None
    } else if digits == text.len() && !whole {
        return Item::Unclear(Wait::Digits);
    } else {
        let mark = text[digits..].chars().next();
        mark.filter(|c| matches!(c, '.' | ')'))
            .map(|mark| ListMark {
                mark,
                number: text[..digits].parse().ok(),
                width: digits + 1,
            })
    };
    let Some(found) = found else {
        return Item::No;
    };
    match text[found.width..].chars().next() {
        None if !whole => Item::Unclear(Wait::Any),
        None | Some(' ' | '\t') => Item::Yes(found),
        Some(_) => Item::No,
    }
}

/// Whether a line of nothing but this character and white space is a rule.
pub(super) fn is_rule(text: &str, mark: char) -> bool {
    let mut count = 0;
    for c in text.chars() {
        if c == mark {
            count += 1;
        } else if c != ' ' && c != '\t' {
            return false;
        }
    }
    count >= 3
}

/// Whether a line underlines a heading: one run of `=` or `-`.
pub(super) fn is_underline(text: &str) -> bool {
    let Some(mark @ ('=' | '-')) = text.chars().next() else {
        return false;
    };
    text[run(text, mark)..].trim().is_empty()
}
