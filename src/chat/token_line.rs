//! The line below an answer: what it took, and how full the context is.

use crate::render::safe::SafeText;
use crate::safe_format;
use unicode_width::UnicodeWidthStr;

/// What one answer took, and what the next question will send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tokens {
    /// Tokens read.
    pub(super) read: u64,
    /// Tokens written.
    pub(super) written: u64,
    /// Whether the backend counted them; else they are a rough count of ours.
    pub(super) is_counted: bool,
}

/// How much of what may be sent the thread takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Context {
    /// Tokens that the next question will send, roughly.
    pub(super) next: usize,
    /// Tokens that are sent at the most.
    pub(super) most: usize,
}

/// As much of it as fits into one line; nothing where not even the shortest does.
pub(super) fn line(tokens: &Tokens, context: &Context, width: usize) -> Option<SafeText> {
    let (read, written) = (grouped(tokens.read), grouped(tokens.written));
    let spent = safe_format!("{} tokens in · {} out", read, written);
    let share = context
        .share()
        .map(|share| safe_format!("{} of {}", share, short(context.most)));
    let lines = match (share, tokens.is_counted) {
        (Some(share), true) => {
            vec![
                safe_format!("{} · context about {}", spent, share),
                safe_format!("context about {}", share),
                safe_format!("about {}", share),
            ]
        }
        (Some(share), false) => {
            vec![
                safe_format!("about {} · context {}", spent, share),
                safe_format!("context about {}", share),
                safe_format!("about {}", share),
            ]
        }
        (None, true) => vec![spent],
        (None, false) => vec![safe_format!("about {}", spent)],
    };
    lines.into_iter().find(|line| line.width() < width)
}

impl Context {
    /// In hundredths, for a person.
    pub(super) fn share(&self) -> Option<SafeText> {
        let share = (self.next.saturating_mul(100) + self.most / 2).checked_div(self.most)?;
        Some(if share == 0 && self.next > 0 {
            "<1 %".into()
        } else {
            safe_format!("{} %", share)
        })
    }
}

/// `1,234`
pub(super) fn grouped(number: u64) -> SafeText {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    SafeText::line(&text)
}

/// `128k` where nothing is lost by it.
pub(super) fn short(number: usize) -> SafeText {
    match number {
        1_000_000.. if number.is_multiple_of(1_000_000) => {
            safe_format!("{}M", grouped(number as u64 / 1_000_000))
        }
        1_000.. if number.is_multiple_of(1_000) => {
            safe_format!("{}k", grouped(number as u64 / 1_000))
        }
        _ => grouped(number as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(width: usize, is_counted: bool, most: usize) -> Option<SafeText> {
        let tokens = Tokens {
            read: 1_234,
            written: 256,
            is_counted,
        };
        line(&tokens, &Context { next: 12_345, most }, width)
    }

    #[test]
    fn what_is_only_estimated_is_called_so() {
        let of = |is_counted, most| at(80, is_counted, most).unwrap();
        assert_eq!(
            of(true, 100_000),
            "1,234 tokens in · 256 out · context about 12 % of 100k"
        );
        assert_eq!(
            of(false, 128_000),
            "about 1,234 tokens in · 256 out · context 10 % of 128k"
        );
        assert_eq!(of(true, 0), "1,234 tokens in · 256 out");
    }

    #[test]
    fn a_narrow_terminal_gets_the_part_that_fits() {
        assert_eq!(at(40, true, 100_000).unwrap(), "context about 12 % of 100k");
        assert_eq!(at(20, true, 100_000).unwrap(), "about 12 % of 100k");
        assert_eq!(at(18, true, 100_000), None);
    }

    #[test]
    fn a_share_is_never_rounded_to_nothing() {
        let share = |next, most| Context { next, most }.share();
        assert_eq!(share(0, 100).unwrap(), "0 %");
        assert_eq!(share(92, 100_000).unwrap(), "<1 %");
        assert_eq!(share(999, 1_000).unwrap(), "100 %");
        assert_eq!(share(1, 0), None);
    }

    #[test]
    fn numbers_are_short_where_that_loses_nothing() {
        let shorts = [999, 1_000, 4_096, 128_000, 1_000_000, 1_048_576].map(short);
        assert_eq!(shorts, ["999", "1k", "4,096", "128k", "1M", "1,048,576"]);
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
