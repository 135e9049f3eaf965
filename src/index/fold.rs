//! Words as they are compared: without case, without accents, and found inside the runs of scripts
//! that put no spaces between words.
//!
//! One function makes the words that are indexed, the words that are looked for, and the places
//! that are highlighted, so the three can't disagree.

use std::ops::Range;
use unicode_normalization::char::{canonical_combining_class, compose, decompose_compatible};

/// Longer words are compared by their beginning: they are keys and encoded data.
const LONGEST: usize = 64;

/// Text without case and accents; everything else stays. For titles, tags and names.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.chars() {
        fold_character(character, |part| folded.push(part));
    }
    folded
}

/// Calls `each` with every word's place in the text and its folded form.
pub(super) fn words(text: &str, each: impl FnMut(Range<usize>, &str)) {
    let mut splitter = Splitter {
        word: String::new(),
        length: 0,
        start: 0,
        end: 0,
        each,
    };
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let mut end = at + character.len_utf8();
        if character.is_ascii_alphanumeric() {
            splitter.push(at..end, character.to_ascii_lowercase());
            continue;
        }
        if character.is_ascii() {
            splitter.flush();
            continue;
        }
        let mut whole = character;
        // A syllable may be written in parts: 하 + ᆫ, か + a voicing mark.
        while stands_alone(whole)
            && let Some(&(next_at, next)) = characters.peek()
            && let Some(composed) = compose(whole, next)
        {
            whole = composed;
            end = next_at + next.len_utf8();
            characters.next();
        }
        splitter.take(at..end, whole);
    }
    splitter.flush();
}

/// The words alone.
pub(super) fn word_list(text: &str) -> Vec<String> {
    let mut list = Vec::new();
    words(text, |_, word| list.push(word.to_owned()));
    list
}

struct Splitter<F> {
    word: String,
    length: usize,
    start: usize,
    end: usize,
    each: F,
}

impl<F: FnMut(Range<usize>, &str)> Splitter<F> {
    fn push(&mut self, place: Range<usize>, character: char) {
        if self.length == 0 {
            self.start = place.start;
        }
        self.end = place.end;
        self.length += 1;
        if self.length <= LONGEST {
            self.word.push(character);
        }
    }

    fn flush(&mut self) {
        if self.length > 0 {
            (self.each)(self.start..self.end, &self.word);
            self.word.clear();
            self.length = 0;
        }
    }

    /// A character beyond ASCII.
    fn take(&mut self, place: Range<usize>, character: char) {
        if is_joiner(character) {
            return;
        }
        fold_character(character, |part| {
            if stands_alone(part) {
                self.flush();
                self.push(place.clone(), part);
                self.flush();
            } else if part.is_alphanumeric() || canonical_combining_class(part) != 0 {
                self.push(place.clone(), part);
            } else {
                self.flush();
            }
        });
    }
}

/// Gives what folding makes of a character.
pub(super) fn fold_character(character: char, mut give: impl FnMut(char)) {
    if character.is_ascii() {
        return give(character.to_ascii_lowercase());
    }
    if stands_alone(character) && !is_half_width(character) {
        return give(character);
    }
    decompose_compatible(character, |part| {
        for part in part.to_lowercase() {
            // Accents and points are dropped; signs of vowels (class 0), nuktas and viramas are
            // letters.
            if canonical_combining_class(part) >= 10 || is_voicing(part) {
                continue;
            }
            match part {
                'ß' => "ss".chars().for_each(&mut give),
                'æ' => "ae".chars().for_each(&mut give),
                'œ' => "oe".chars().for_each(&mut give),
                'þ' => "th".chars().for_each(&mut give),
                'ø' => give('o'),
                'ł' => give('l'),
                'đ' | 'ð' => give('d'),
                'ħ' => give('h'),
                'ı' => give('i'),
                'ς' => give('σ'),
                other => give(other),
            }
        }
    });
}

/// Characters that join or vary their neighbours and part no word.
fn is_joiner(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{200C}' | '\u{200D}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
    )
}

fn is_half_width(character: char) -> bool {
    matches!(character, '\u{FF00}'..='\u{FFEF}')
}

fn is_voicing(character: char) -> bool {
    matches!(character, '\u{3099}' | '\u{309A}')
}

/// Characters that are a word of their own: those of scripts written without spaces, so that any
/// part of a run is found, and symbols, so that they are found at all.
fn stands_alone(character: char) -> bool {
    matches!(character,
        // Thai, Lao, Myanmar, Khmer.
        '\u{0E01}'..='\u{0E30}' | '\u{0E32}'..='\u{0E33}' | '\u{0E40}'..='\u{0E46}'
        | '\u{0E81}'..='\u{0EB0}' | '\u{0EC0}'..='\u{0EC6}' | '\u{1000}'..='\u{102A}' | '\u{1780}'..='\u{17B3}'
        // Chinese, Japanese, Korean.
        | '\u{1100}'..='\u{11FF}' | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}'
        | '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{318F}'
        | '\u{31A0}'..='\u{31BF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9D}'
        | '\u{1B000}'..='\u{1B16F}' | '\u{20000}'..='\u{3FFFD}'
        // Currencies, arrows, mathematics, technical and miscellaneous symbols, emoji; no box
        // drawing.
        | '¢'..='©' | '®' | '°' | '±' | '¶' | '×' | '÷' | '\u{20A0}'..='\u{20CF}' | '\u{2190}'..='\u{24FF}'
        | '\u{25A0}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_widths_make_no_difference() {
        for (one, other) in [
            ("Crème BRÛLÉE", "creme brulee"),
            ("cre\u{300}me", "crème"),
            ("Straße", "STRASSE"),
            ("Łódź", "lodz"),
            ("ΟΔΟΣ", "οδος"),
            ("Ｒｕｓｔ", "rust"),
            ("İstanbul", "istanbul"),
            ("ﬁle", "file"),
            ("co\u{AD}operate", "cooperate"),
            ("한글", "\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}"),
            ("が", "か\u{3099}"),
        ] {
            assert_eq!(word_list(one), word_list(other), "{one} {other}");
            assert!(!word_list(one).is_empty());
        }
    }

    #[test]
    fn words_end_where_they_should() {
        assert_eq!(
            word_list("don't panic(42) snake_case é"),
            ["don", "t", "panic", "42", "snake", "case", "e"]
        );
        assert_eq!(
            word_list("Rust中文🦀ไทย"),
            ["rust", "中", "文", "🦀", "ไ", "ท", "ย"]
        );
        assert_eq!(word_list("हिन्दी में"), ["हिन्दी", "में"]);
        assert_eq!(word_list("│ ─ … “”"), Vec::<String>::new());
    }

    #[test]
    fn a_word_knows_its_place() {
        let text = "Ça, c'est “l’été” 日本";
        let mut found = Vec::new();
        words(text, |place, word| {
            found.push((text[place].to_owned(), word.to_owned()))
        });
        let wanted = [
            ("Ça", "ca"),
            ("c", "c"),
            ("est", "est"),
            ("l", "l"),
            ("été", "ete"),
            ("日", "日"),
            ("本", "本"),
        ];
        assert_eq!(
            found,
            wanted.map(|(one, other)| (one.to_owned(), other.to_owned()))
        );
    }

    #[test]
    fn an_endless_word_is_cut_but_keeps_its_place() {
        let text = "a".repeat(1000);
        words(&text, |place, word| {
            assert_eq!((place, word.len()), (0..1000, LONGEST))
        });
    }
}
