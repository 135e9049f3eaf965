//! Which marks in a text are still open, character by character.

/// What is open in a stretch of text: whether something to come could change what it means.
///
/// It need not be exact. If it takes too much for open, text waits longer than it need; if too
/// little, a mark that spans a space is shown as written.
#[derive(Debug, Default)]
pub(super) struct Marks {
    last: Option<char>,
    /// The run of `*`, `_`, `~` or backticks that is growing: its character, length, and what came
    /// before.
    run: Option<(char, usize, Option<char>)>,
    /// The length of the run of backticks that opened code.
    code: Option<usize>,
    open: Vec<(char, usize)>,
    brackets: usize,
    /// A bracket has just been closed; a parenthesis would belong to it.
    closed: bool,
    parens: usize,
    /// A backslash has just come.
    pub escaping: bool,
}

impl Marks {
    pub fn take(&mut self, c: char) {
        if std::mem::take(&mut self.escaping) {
            self.last = Some(c);
            return;
        }
        match &mut self.run {
            Some((same, length, _)) if *same == c => {
                *length += 1;
                return;
            }
            Some(_) => self.end_run(Some(c)),
            None => {}
        }
        let closed = std::mem::take(&mut self.closed);
        match c {
            '`' => self.run = Some((c, 1, self.last)),
            _ if self.code.is_some() => {}
            '\\' => self.escaping = true,
            '(' if closed || self.parens > 0 => self.parens += 1,
            ')' => self.parens = self.parens.saturating_sub(1),
            _ if self.parens > 0 => {}
            '*' | '_' | '~' => self.run = Some((c, 1, self.last)),
            '[' => self.brackets += 1,
            ']' if self.brackets > 0 => {
                self.brackets -= 1;
                self.closed = true;
            }
            _ => {}
        }
        self.last = Some(c);
    }

    pub fn space(&mut self) {
        self.end_run(None);
        self.closed = false;
        self.escaping = false;
        self.last = None;
    }

    pub fn settled(&self) -> bool {
        self.run.is_none()
            && self.code.is_none()
            && self.open.is_empty()
            && self.brackets == 0
            && self.parens == 0
            && !self.closed
            && !self.escaping
    }

    /// A run has ended before `next`; `None` stands for white space.
    fn end_run(&mut self, next: Option<char>) {
        let Some((c, mut length, before)) = self.run.take() else {
            return;
        };
        if c == '`' {
            match self.code {
                None => self.code = Some(length),
                Some(open) if open == length => self.code = None,
                Some(_) => {}
            }
            return;
        }
        let (opens, closes) = flanks(c, before, next);
        while closes && length > 0 {
            let Some(at) = self.open.iter().rposition(|(open, _)| *open == c) else {
                break;
            };
            let taken = self.open[at].1.min(length);
            length -= taken;
            self.open[at].1 -= taken;
            let keep = at + usize::from(self.open[at].1 > 0);
            self.open.truncate(keep);
        }
        if opens && length > 0 {
            self.open.push((c, length));
        }
    }
}

/// CommonMark's rule for whether a run of `c` between two characters can open and can close.
fn flanks(c: char, before: Option<char>, after: Option<char>) -> (bool, bool) {
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let mark = |c: Option<char>| c.is_some_and(|c| !c.is_alphanumeric() && !c.is_whitespace());
    let left = !blank(after) && (!mark(after) || blank(before) || mark(before));
    let right = !blank(before) && (!mark(before) || blank(after) || mark(after));
    if c == '_' {
        return (
            left && (!right || mark(before)),
            right && (!left || mark(after)),
        );
    }
    (left, right)
}
