//! Which signs a text has, in one number. The full-text table knows words alone; this tells most
//! texts without the signs that are looked for from those that must be read.

use super::fold::fold_character;

/// Signs of ASCII: which there are, and which stand side by side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SignSet(i64);

/// The bits of the single signs, of which ASCII has so many. Those of the pairs come after them.
const SINGLES: u32 = 32;
/// Several pairs share a bit. The bit of the number's own sign stays free.
const PAIRS: u32 = 31;

impl SignSet {
    /// The signs of a text, as folding leaves them.
    pub(super) fn of(text: &str) -> Self {
        let mut collector = Collector::default();
        for character in text.chars() {
            fold_character(character, |part| collector.push(part));
        }
        collector.found
    }

    /// The signs of a text that is folded already.
    pub(super) fn of_folded(text: &str) -> Self {
        let mut collector = Collector::default();
        for character in text.chars() {
            collector.push(character);
        }
        collector.found
    }

    /// The signs of both.
    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// As a column holds it.
    pub(super) fn bits(self) -> i64 {
        self.0
    }

    /// As a column held it.
    pub(super) fn from_bits(bits: i64) -> Self {
        Self(bits)
    }
}

#[derive(Default)]
struct Collector {
    found: SignSet,
    before: Option<u32>,
}

impl Collector {
    fn push(&mut self, character: char) {
        let sign = number_of(character);
        if let Some(sign) = sign {
            self.found.0 |= 1 << sign;
            if let Some(before) = self.before {
                let pair = before * SINGLES + sign;
                self.found.0 |= 1 << (SINGLES + pair % PAIRS);
            }
        }
        self.before = sign;
    }
}

/// The number of a sign among those of ASCII, in their order.
fn number_of(character: char) -> Option<u32> {
    let code = u32::from(character);
    match character {
        '!'..='/' => Some(code - 0x21),
        ':'..='@' => Some(code - 0x3A + 15),
        '['..='`' => Some(code - 0x5B + 22),
        '{'..='~' => Some(code - 0x7B + 28),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::fold::fold;
    use proptest::prelude::*;

    fn may_have(text: &str, part: &str) -> bool {
        let wanted = SignSet::of_folded(part).bits();
        SignSet::of(text).bits() & wanted == wanted
    }

    proptest! {
        #[test]
        fn no_text_is_passed_over_that_has_what_is_looked_for(
            before in "(\\PC|[!-~]){0,20}",
            part in "(\\PC|[!-~]){0,6}",
            after in "(\\PC|[!-~]){0,20}",
        ) {
            let text = format!("{before}{part}{after}");
            prop_assert!(!fold(&text).contains(&fold(&part)) || may_have(&text, &fold(&part)));
        }
    }

    #[test]
    fn each_sign_has_a_bit_of_its_own() {
        let mut numbers = Vec::new();
        for character in (0..=u8::MAX).map(char::from) {
            assert_eq!(
                number_of(character).is_some(),
                character.is_ascii_punctuation()
            );
            numbers.extend(number_of(character));
        }
        assert_eq!(numbers, (0..SINGLES).collect::<Vec<_>>());
    }

    #[test]
    fn most_texts_without_the_signs_are_told_apart() {
        assert!(may_have("in C++17", "c++"));
        assert!(may_have("ｃ＋＋", "c++"));
        assert!(!may_have("c, and a + b + c", "c++"));
        assert!(!may_have("if a == 42 {}", "!="));
        assert!(!may_have("no sign at all", "?"));
    }
}
