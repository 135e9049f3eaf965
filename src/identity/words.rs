//! The words a person writes down (BIP39, English).

use super::Random;
use crate::model::edit_distance;
use bip39::{Error, Language, Mnemonic};
use sha2::Sha512;
use zeroize::Zeroizing;

/// BIP39's salt with an empty passphrase, and its rounds.
const SALT: &[u8] = b"mnemonic";
const ROUNDS: u32 = 2048;

/// 12 to 24 words with a right checksum. They can't be printed but on purpose.
pub struct Words(Mnemonic);

/// Why a phrase is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadWords {
    /// Another number of words than BIP39 has.
    #[error("there are {0} words; a phrase has 12, 15, 18, 21 or 24, mmogit's own have 24")]
    Count(usize),
    /// A word that is not in the list.
    #[error("word {place}, “{word}”, is not in the list{}", suggestion(.near))]
    Unknown {
        /// Its place, from 1.
        place: usize,
        /// The word.
        word: String,
        /// The word of the list that is most like it.
        near: Option<&'static str>,
    },
    /// All words are known but they don't belong together.
    #[error(
        "the words don't belong together: the last one, “{last}”, does not match the others. \
         One of them is another word, or two changed places"
    )]
    Checksum {
        /// The last word, which carries the checksum.
        last: String,
    },
}

/// What is said of the word of the list that is most like an unknown one.
pub(super) fn suggestion(near: &Option<&'static str>) -> String {
    near.map(|word| format!("; did you mean “{word}”?"))
        .unwrap_or_default()
}

impl Words {
    /// 24 new words.
    pub fn generate(random: Random<'_>) -> Self {
        let mut entropy = Zeroizing::new([0; 32]);
        random(&mut *entropy);
        Self(
            Mnemonic::from_entropy_in(Language::English, &*entropy)
                .expect("32 bytes make 24 words"),
        )
    }

    /// Reads words as a person types them: any case, any white space between them, numbering
    /// ignored.
    ///
    /// # Errors
    /// If they are not 24 words of the list, or don't fit together.
    pub fn read(text: &str) -> Result<Self, BadWords> {
        let words: Vec<Zeroizing<String>> = text
            .split_whitespace()
            .filter(|word| {
                !word
                    .trim_end_matches(['.', ')', ':'])
                    .chars()
                    .all(|c| c.is_ascii_digit())
            })
            .map(|word| Zeroizing::new(word.to_lowercase()))
            .collect();
        let phrase = Zeroizing::new(
            words
                .iter()
                .map(|word| word.as_str())
                .collect::<Vec<_>>()
                .join(" "),
        );
        Mnemonic::parse_in_normalized(Language::English, &phrase)
            .map(Self)
            .map_err(|error| match error {
                Error::UnknownWord(place) => BadWords::Unknown {
                    place: place + 1,
                    word: words[place].to_string(),
                    near: nearest(&words[place]),
                },
                Error::InvalidChecksum => BadWords::Checksum {
                    last: words
                        .last()
                        .map(|word| word.to_string())
                        .unwrap_or_default(),
                },
                _ => BadWords::Count(words.len()),
            })
    }

    /// The words as entropy, for the vault.
    pub fn entropy(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.to_entropy())
    }

    /// The words of an entropy.
    pub fn from_entropy(entropy: &[u8]) -> Option<Self> {
        Mnemonic::from_entropy_in(Language::English, entropy)
            .ok()
            .map(Self)
    }

    /// The 64-byte BIP39 seed, with an empty passphrase.
    pub fn seed(&self) -> Zeroizing<[u8; 64]> {
        // As `Mnemonic::to_seed_normalized`, in less than half the time: each command that signs
        // waits for it.
        let phrase = Zeroizing::new(self.0.words().collect::<Vec<_>>().join(" "));
        let mut seed = Zeroizing::new([0; 64]);
        pbkdf2::pbkdf2_hmac::<Sha512>(phrase.as_bytes(), SALT, ROUNDS, &mut *seed);
        seed
    }

    /// The words themselves: for showing them to their owner, and nothing else.
    pub fn reveal(&self) -> Vec<&'static str> {
        self.0.words().collect()
    }
}

/// BIP39's words differ in their first four letters, so the most alike word is nearly always the
/// one meant.
pub(super) fn nearest(typed: &str) -> Option<&'static str> {
    let list = Language::English.word_list();
    let (distance, word) = list
        .iter()
        .map(|word| (edit_distance(typed, word), *word))
        .min()?;
    (distance <= 2).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZEROS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                         abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                         abandon art";

    #[test]
    fn words_are_read_as_people_type_them() {
        let numbered: String = ZEROS
            .split(' ')
            .enumerate()
            .map(|(i, word)| format!("{}. {}\n", i + 1, word.to_uppercase()))
            .collect();
        assert_eq!(
            Words::read(&numbered).unwrap().entropy().as_slice(),
            [0; 32]
        );
    }

    #[test]
    fn each_mistake_is_named() {
        let message = |text: &str| Words::read(text).err().unwrap().to_string();
        let typo = ZEROS.replacen("abandon", "abandn", 1);
        assert_eq!(
            message(&typo),
            "word 1, “abandn”, is not in the list; did you mean “abandon”?"
        );
        assert!(message(&ZEROS.replace("art", "about")).contains("“about”, does not match"));
        assert!(message("abandon art").contains("there are 2 words"));
        assert!(message("").contains("there are 0 words"));
    }
}
