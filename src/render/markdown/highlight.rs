//! Fenced code in colours, while it arrives.
//!
//! One scanner for all languages: it knows comments, quoted text, numbers, words and little more,
//! and a table (`languages`) says what these look like in each. It reads a character at a time,
//! holds back no more than a word, never looks back, and keeps nothing but where it is. So code
//! appears as it comes, the work is the same for every character, and no text, however made, makes
//! it slow or large. Grammars made of regular expressions know more and cannot promise that.
//!
//! It takes apart and never changes: without the colours, the text is what it was. A language that
//! is not in the table stays plain. What it takes for the wrong thing is coloured wrongly, mostly
//! to the end of the line.

use languages::{Keys, Language, Quote, Shape};

mod languages;

/// No word that means anything is longer; what is, is passed on as it comes.
const LONGEST: usize = 64;

/// `'\u{10ffff}'`
const LONGEST_CHARACTER: usize = 12;

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing that stands out.
    Plain,
    /// A comment.
    Comment,
    /// A word of the language.
    Keyword,
    /// Quoted text, or a line that was added.
    Quoted,
    /// A number, or a word that is a value.
    Number,
    /// The name of a value: a key, an attribute, a variable with a mark.
    Name,
    /// A line that was removed.
    Removed,
}

/// Where the scanner is.
#[derive(Debug, Clone, Copy)]
enum State {
    Code,
    /// In a word that is too long to mean anything.
    Word,
    /// What is left of the line is one thing.
    Line(Kind),
    /// In a comment that has an end, so many deep.
    Comment(usize),
    Quoted(&'static Quote),
}

/// A block of code on its way to the page.
#[derive(Debug)]
pub struct Highlight {
    language: &'static Language,
    state: State,
    /// What can't be judged yet.
    held: String,
    /// The character before that, within the line.
    last: Option<char>,
    /// The line has come to where its keys end.
    past_keys: bool,
    /// In markup: within a tag, and how many of its words have come.
    tag: Option<usize>,
}

impl Highlight {
    /// For a block whose fence says `info`; nothing where the language is not known.
    pub fn of(info: &str) -> Option<Self> {
        let language = languages::find(info)?;
        let (held, state) = (String::new(), State::Code);
        Some(Self {
            language,
            state,
            held,
            last: None,
            past_keys: false,
            tag: None,
        })
    }

    /// Takes the next character; `out` gets what can be written now.
    pub fn push(&mut self, c: char, out: &mut impl FnMut(&str, Kind)) {
        self.held.push(c);
        self.run(false, out);
    }

    /// Ends the line.
    pub fn end_line(&mut self, out: &mut impl FnMut(&str, Kind)) {
        self.run(true, out);
        self.last = None;
        self.past_keys = false;
        match self.state {
            State::Word | State::Line(_) => self.state = State::Code,
            State::Quoted(quote) if !quote.spans_lines => self.state = State::Code,
            _ => {}
        }
    }

    fn run(&mut self, whole: bool, out: &mut impl FnMut(&str, Kind)) {
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_str();
        while !rest.is_empty() {
            let Some((length, kind)) = self.step(rest, whole) else {
                break;
            };
            let (piece, after) = rest.split_at(length);
            out(piece, kind);
            self.last = piece.chars().next_back().or(self.last);
            rest = after;
        }
        let done = held.len() - rest.len();
        self.held = held;
        self.held.drain(..done);
    }

    /// How much of `rest` is of one kind, or nothing if that can't be said before more of the line
    /// has come; `whole` says that no more will.
    fn step(&mut self, rest: &str, whole: bool) -> Option<(usize, Kind)> {
        match self.state {
            State::Code => self.code(rest, whole),
            State::Line(kind) => Some((piece(rest, whole, &[])?, kind)),
            State::Word => {
                let length = self.word(rest);
                if length == 0 {
                    self.state = State::Code;
                    return self.code(rest, whole);
                }
                Some((length, Kind::Plain))
            }
            State::Comment(depth) => {
                let (open, close) = self.language.block?;
                let opens = self.language.nests && rest.starts_with(open);
                if rest.starts_with(close) {
                    self.state = if depth > 1 {
                        State::Comment(depth - 1)
                    } else {
                        State::Code
                    };
                    return Some((close.len(), Kind::Comment));
                }
                if opens {
                    self.state = State::Comment(depth + 1);
                    return Some((open.len(), Kind::Comment));
                }
                let is_begun = |mark: &str| mark.len() > rest.len() && mark.starts_with(rest);
                if !whole && (is_begun(close) || (self.language.nests && is_begun(open))) {
                    return None;
                }
                Some((
                    piece(rest, whole, &[first(open), first(close)])?,
                    Kind::Comment,
                ))
            }
            State::Quoted(quote) => {
                if rest.starts_with(quote.close) {
                    self.state = State::Code;
                    return Some((quote.close.len(), Kind::Quoted));
                }
                let is_begun = quote.close.starts_with(rest);
                if quote.escapes && rest.starts_with('\\') {
                    let length = rest.chars().take(2).map(char::len_utf8).sum();
                    return (whole || length > 1).then_some((length, Kind::Quoted));
                }
                if !whole && is_begun {
                    return None;
                }
                let escape = if quote.escapes {
                    '\\'
                } else {
                    first(quote.close)
                };
                Some((
                    piece(rest, whole, &[first(quote.close), escape])?,
                    Kind::Quoted,
                ))
            }
        }
    }

    fn code(&mut self, rest: &str, whole: bool) -> Option<(usize, Kind)> {
        let c = first(rest);
        if self.language.shape == Shape::Diff {
            self.state = State::Line(changed(c));
            return self.step(rest, whole);
        }
        if c.is_whitespace() {
            return Some((c.len_utf8(), Kind::Plain));
        }
        if self.language.shape == Shape::Markup && self.tag.is_none() && !rest.starts_with('<') {
            return Some((c.len_utf8(), Kind::Plain));
        }
        if let Some(opened) = self.opening(rest, whole)? {
            self.state = opened;
            let length = match opened {
                State::Quoted(quote) => return self.quoted(quote, rest, whole),
                State::Comment(_) => self.language.block?.0.len(),
                _ => return self.step(rest, whole),
            };
            return Some((length, Kind::Comment));
        }
        if c == '\'' && self.language.has_lifetimes {
            return self.character(rest, whole);
        }
        if c.is_ascii_digit() {
            return number(rest, whole);
        }
        let sigil = if self.language.sigils.contains(c) {
            c.len_utf8()
        } else {
            0
        };
        let word = self.word(&rest[sigil..]);
        if sigil + word == rest.len() && !whole {
            if rest.len() < LONGEST {
                return None;
            }
            self.state = State::Word;
            return Some((rest.len(), Kind::Plain));
        }
        if word == 0 {
            return Some((c.len_utf8(), self.mark(c, rest)));
        }
        if sigil > 0 {
            return Some((sigil + word, Kind::Name));
        }
        let kind = self.meaning(&rest[..word], &rest[word..], whole)?;
        Some((word, kind))
    }

    /// What begins here, if anything does; the outer nothing is that more must come.
    fn opening(&self, rest: &str, whole: bool) -> Option<Option<State>> {
        let language = self.language;
        let quotes = language
            .quotes
            .iter()
            .filter(|_| language.shape != Shape::Markup || self.tag.is_some());
        let marks = language
            .comments
            .iter()
            .copied()
            .chain(language.block.map(|(open, _)| open));
        let mut marks = marks.chain(quotes.clone().map(|quote| quote.open));
        if !whole && marks.any(|mark| mark.len() > rest.len() && mark.starts_with(rest)) {
            return None;
        }
        if language
            .block
            .is_some_and(|(open, _)| rest.starts_with(open))
        {
            return Some(Some(State::Comment(1)));
        }
        // `$#` and `a#b` are no comments.
        let may_comment = self
            .last
            .is_none_or(|last| last.is_whitespace() || ";(){}[],".contains(last));
        let is_comment =
            |mark: &&str| rest.starts_with(*mark) && (may_comment || !mark.starts_with('#'));
        if language.comments.iter().any(is_comment) {
            return Some(Some(State::Line(Kind::Comment)));
        }
        Some(
            quotes
                .clone()
                .find(|quote| rest.starts_with(quote.open))
                .map(State::Quoted),
        )
    }

    /// The beginning of quoted text; a key, where a colon follows, is all of it.
    fn quoted(&mut self, quote: &'static Quote, rest: &str, whole: bool) -> Option<(usize, Kind)> {
        if self.language.keys == Keys::Quoted {
            let mut characters = rest.char_indices().skip(1);
            let mut end = None;
            while let Some((at, c)) = characters.next() {
                match c {
                    '\\' => drop(characters.next()),
                    '"' => {
                        end = Some(at + 1);
                        break;
                    }
                    _ => {}
                }
            }
            let is_open = end.is_none_or(|end| end == rest.len());
            if is_open && !whole && rest.len() < LONGEST {
                self.state = State::Code;
                return None;
            }
            if let Some(end) = end.filter(|end| rest[*end..].starts_with(':')) {
                self.state = State::Code;
                return Some((end, Kind::Name));
            }
        }
        Some((quote.open.len(), Kind::Quoted))
    }

    /// `'a'` and `'\n'` are characters, `'a` is not.
    fn character(&self, rest: &str, whole: bool) -> Option<(usize, Kind)> {
        let mut characters = rest.chars().skip(1);
        let (one, two) = (characters.next(), characters.next());
        let end = match (one, two) {
            (Some('\\'), Some(c)) => rest[2 + c.len_utf8()..]
                .find('\'')
                .map(|at| at + 3 + c.len_utf8()),
            (Some(c), Some('\'')) => Some(2 + c.len_utf8()),
            _ => None,
        };
        let may_come = two.is_none() || (one == Some('\\') && rest.len() < LONGEST_CHARACTER);
        if end.is_none() && may_come && !whole {
            return None;
        }
        Some(end.map_or((1, Kind::Plain), |end| (end, Kind::Quoted)))
    }

    /// How many bytes at the beginning belong to a word.
    fn word(&self, text: &str) -> usize {
        let fits = |(at, c): &(usize, char)| {
            c.is_alphabetic()
                || *c == '_'
                || (*at > 0 && (c.is_ascii_digit() || self.language.word.contains(*c)))
        };
        text.char_indices()
            .take_while(fits)
            .map(|(_, c)| c.len_utf8())
            .sum()
    }

    fn meaning(&mut self, word: &str, after: &str, whole: bool) -> Option<Kind> {
        let language = self.language;
        if let Some(words) = &mut self.tag {
            *words += 1;
            return Some(if *words == 1 {
                Kind::Keyword
            } else {
                Kind::Name
            });
        }
        let is_key = match language.keys {
            Keys::None | Keys::Quoted => false,
            Keys::BeforeEquals => !self.past_keys,
            Keys::BeforeColon => {
                if after == ":" && !whole {
                    return None;
                }
                after == ":" || after.starts_with(": ")
            }
        };
        let lowered = if language.ignores_case {
            word.to_lowercase()
        } else {
            String::new()
        };
        let word = if language.ignores_case {
            &lowered
        } else {
            word
        };
        let is_in = |list: &str| list.split_ascii_whitespace().any(|known| known == word);
        // A member is not what it is called.
        let is_member = self.last == Some('.') && !language.word.contains('.');
        Some(match () {
            () if is_key => Kind::Name,
            () if is_member => Kind::Plain,
            () if is_in(language.keywords) => Kind::Keyword,
            () if is_in(language.constants) => Kind::Number,
            () => Kind::Plain,
        })
    }

    /// A character that stands for itself.
    fn mark(&mut self, c: char, rest: &str) -> Kind {
        match (self.language.shape, self.language.keys, c) {
            (Shape::Markup, _, '<')
                if rest[1..].starts_with(|c: char| c.is_alphabetic() || "/!?".contains(c)) =>
            {
                self.tag = Some(0);
            }
            (Shape::Markup, _, '>') => self.tag = None,
            (_, Keys::BeforeEquals, '=') => self.past_keys = true,
            _ => {}
        }
        Kind::Plain
    }
}

/// A word of a longer text, with the white space before it: up to where there is white space again,
/// or one of `stops`. Nothing if that has not come.
fn piece(rest: &str, whole: bool, stops: &[char]) -> Option<usize> {
    let begin = rest.len() - rest.trim_start().len();
    let mut characters = rest[begin..].char_indices();
    if begin == 0 {
        characters.next();
    }
    match characters.find(|(_, c)| c.is_whitespace() || stops.contains(c)) {
        Some((at, _)) => Some(begin + at),
        None if whole || rest.len() >= LONGEST => Some(rest.len()),
        None => None,
    }
}

/// A number with its letters, as in `0xff_u8`, and a point within it.
fn number(rest: &str, whole: bool) -> Option<(usize, Kind)> {
    let bytes = rest.as_bytes();
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        let is_point = *byte == b'.' && bytes.get(length + 1).is_none_or(u8::is_ascii_digit);
        if !(byte.is_ascii_alphanumeric() || *byte == b'_' || is_point) {
            break;
        }
        length += 1;
    }
    if length == rest.len() && !whole && length < LONGEST {
        return None;
    }
    let number = rest[..length].trim_end_matches('.').len();
    Some((number, Kind::Number))
}

fn changed(first: char) -> Kind {
    match first {
        '+' => Kind::Quoted,
        '-' => Kind::Removed,
        '@' => Kind::Name,
        _ => Kind::Plain,
    }
}

fn first(text: &str) -> char {
    text.chars().next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
