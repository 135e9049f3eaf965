//! What two people read to each other to be sure of their keys.

use super::words::{nearest, suggestion};
use crate::model::{EncryptionKey, PublicKey};
use bip39::Language;
use sha2::{Digest, Sha256};

/// What is hashed begins with this, so that the words stand for nothing else.
const PURPOSE: &[u8] = b"mmogit.comparison.v1\0";
/// 16 words of 11 bits: 176. Whoever stands between two people chooses a false key for each of
/// them, and needs only two of all they can make that give the same words: half the bits, 88.
const WORDS: usize = 16;
const BITS_OF_A_WORD: usize = 11;
/// No word of the list has more than eight letters; of an unknown one no more is quoted.
const MOST_QUOTED: usize = 20;

/// One of the two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Side {
    /// Their key.
    pub key: PublicKey,
    /// The key for which others seal what they may read.
    pub encryption: EncryptionKey,
}

/// Why a text is not what somebody else can see at a comparison: it says nothing about their keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadComparison {
    /// Another number of words.
    #[error("{WORDS} words are expected, {given} {} given", if *.given == 1 { "was" } else { "were" })]
    Count {
        /// So many there are.
        given: usize,
    },
    /// A word that no comparison has.
    #[error("word {place}, “{word}”, is not in the list{}", suggestion(.near))]
    Unknown {
        /// Its place, from 1.
        place: usize,
        /// The word, or its beginning.
        word: String,
        /// The word of the list that is most like it.
        near: Option<&'static str>,
    },
}

/// A word as it was typed.
struct Typed<'t> {
    place: usize,
    word: &'t str,
}

/// The words for the keys of two people: the same for both, whoever asks.
pub fn comparison_words(one: Side, other: Side) -> Vec<&'static str> {
    let mut sides = [one, other];
    sides.sort();
    let mut hash = Sha256::new_with_prefix(PURPOSE);
    for side in sides {
        hash.update(side.key.0);
        hash.update(side.encryption.0);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let list = Language::English.word_list();
    (0..WORDS)
        .map(|place| list[bits(&digest, place * BITS_OF_A_WORD)])
        .collect()
}

/// Reads the words that somebody else sees: any case, any white space between them. A number before
/// a word says its place, so that words in columns can be given as they are shown.
///
/// # Errors
/// If they are not 16 words of the list.
pub fn read_comparison(text: &str) -> Result<Vec<&'static str>, BadComparison> {
    let typed = in_order(text);
    if typed.len() != WORDS {
        let given = typed.len();
        return Err(BadComparison::Count { given });
    }
    let words = typed.iter().enumerate();
    words.map(|(at, typed)| known(at + 1, typed.word)).collect()
}

fn in_order(text: &str) -> Vec<Typed<'_>> {
    let mut typed = Vec::new();
    let mut place = 1_usize;
    for piece in text.split_whitespace() {
        if let Ok(number) = piece.trim_end_matches(['.', ')', ':']).parse() {
            place = number;
            continue;
        }
        typed.push(Typed { place, word: piece });
        place = place.saturating_add(1);
    }
    typed.sort_by_key(|typed| typed.place);
    typed
}

fn known(place: usize, word: &str) -> Result<&'static str, BadComparison> {
    let word: String = word.to_lowercase().chars().take(MOST_QUOTED).collect();
    let list = Language::English.word_list();
    match list.binary_search(&word.as_str()) {
        Ok(at) => Ok(list[at]),
        Err(_) => Err(BadComparison::Unknown {
            place,
            near: nearest(&word),
            word,
        }),
    }
}

/// The number that the bits from a place on are.
fn bits(digest: &[u8; 32], from: usize) -> usize {
    let places = from..from + BITS_OF_A_WORD;
    places.fold(0, |number, place| {
        let bit = digest[place / 8] >> (7 - place % 8) & 1;
        number << 1 | usize::from(bit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(key: u8, encryption: u8) -> Side {
        Side {
            key: PublicKey([key; 32]),
            encryption: EncryptionKey([encryption; 32]),
        }
    }

    #[test]
    fn both_read_the_same_words_and_any_other_key_gives_others() {
        let words = comparison_words(side(1, 2), side(3, 4));
        assert_eq!(words.len(), WORDS);
        assert_eq!(comparison_words(side(3, 4), side(1, 2)), words);
        for other in [
            comparison_words(side(9, 2), side(3, 4)),
            comparison_words(side(1, 9), side(3, 4)),
            comparison_words(side(1, 2), side(9, 4)),
            comparison_words(side(1, 2), side(3, 9)),
            comparison_words(side(1, 4), side(3, 2)),
        ] {
            assert_ne!(other, words);
        }
    }

    #[test]
    fn the_words_of_the_other_side_are_read_as_they_are_shown() {
        let words = comparison_words(side(1, 2), side(3, 4));
        let plain = words.join(" ");
        assert_eq!(read_comparison(&plain.to_uppercase()).unwrap(), words);
        let mut columns = String::new();
        for row in 0..4 {
            for at in [row, row + 4, row + 8, row + 12] {
                columns += &format!("{:>4}. {:<10}", at + 1, words[at]);
            }
            columns.push('\n');
        }
        assert_eq!(read_comparison(&columns).unwrap(), words);
        let swapped = plain.replacen(words[0], words[1], 1);
        assert_ne!(read_comparison(&swapped).unwrap(), words);
    }

    #[test]
    fn what_is_no_comparison_is_named() {
        let told = |text: &str| read_comparison(text).unwrap_err().to_string();
        assert_eq!(told("a b c"), "16 words are expected, 3 were given");
        assert_eq!(told("abandon"), "16 words are expected, 1 was given");
        let seventeen = "abandon ".repeat(17);
        assert_eq!(
            read_comparison(&seventeen),
            Err(BadComparison::Count { given: 17 })
        );
        let typo = format!("{} abandn", "zoo ".repeat(15));
        assert_eq!(
            told(&typo),
            "word 16, “abandn”, is not in the list; did you mean “abandon”?"
        );
    }

    #[test]
    fn each_bit_counts_once_and_in_order() {
        let mut digest = [0; 32];
        digest[..3].copy_from_slice(&[0b1000_0000, 0b0011_0000, 0b0000_0111]);
        assert_eq!(bits(&digest, 0), 0b100_0000_0001);
        assert_eq!(bits(&digest, 11), 0b100_0000_0001);
        assert_eq!(bits(&digest, 22), 0b110_0000_0000);
    }
}
