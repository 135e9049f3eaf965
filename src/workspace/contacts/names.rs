//! Names that look alike.

use crate::model::PublicKey;
use std::collections::{BTreeMap, BTreeSet};
use unicode_security::skeleton;

/// What a name looks like (UTS #39): a capital I is like a small l, and also like a small i, which
/// is not like an l. So each name has two looks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Looks {
    as_written: String,
    in_small_letters: String,
}

impl Looks {
    fn of(name: &str) -> Self {
        let look = |text: &str| skeleton(text).collect::<String>();
        let as_written = look(&look(name).to_lowercase());
        let in_small_letters = look(&name.to_lowercase());
        Self {
            as_written,
            in_small_letters,
        }
    }
}

/// Whether a reader may take one name for the other, whatever the case.
pub fn look_alike(one: &str, other: &str) -> bool {
    let (one, other) = (Looks::of(one), Looks::of(other));
    one.as_written == other.as_written || one.in_small_letters == other.in_small_letters
}

/// Names as they may be shown beside each other.
#[derive(Debug, Default)]
pub struct ShownNames {
    as_written: BTreeMap<String, BTreeSet<PublicKey>>,
    in_small_letters: BTreeMap<String, BTreeSet<PublicKey>>,
}

impl ShownNames {
    /// Takes in that somebody is called so.
    pub fn add(&mut self, key: PublicKey, name: &str) {
        let looks = Looks::of(name);
        let keys = self.as_written.entry(looks.as_written).or_default();
        keys.insert(key);
        let keys = self.in_small_letters.entry(looks.in_small_letters);
        keys.or_default().insert(key);
    }

    /// Whether a name must not stand without its key: several have it, or one that looks the same.
    pub fn is_shared(&self, name: &str) -> bool {
        let looks = Looks::of(name);
        let found = [
            self.as_written.get(&looks.as_written),
            self.in_small_letters.get(&looks.in_small_letters),
        ];
        found.into_iter().flatten().any(|keys| keys.len() > 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_told_by_their_keys() {
        let (one, other) = (PublicKey([1; 32]), PublicKey([2; 32]));
        // Cyrillic а; a capital I for an l; the same in another case; a full-width letter.
        for (name, alike) in [
            ("Ana", "Аnа"),
            ("Bill", "BiIl"),
            ("ana", "ANA"),
            ("ina", "INA"),
            ("Bo", "Ｂo"),
            ("Zoë", "Zoe\u{308}"),
        ] {
            let mut names = ShownNames::default();
            names.add(one, name);
            assert!(!names.is_shared(name));
            names.add(one, name);
            assert!(!names.is_shared(name), "twice the same");
            names.add(other, alike);
            assert!(
                names.is_shared(name) && names.is_shared(alike),
                "{name} {alike}"
            );
        }
        let mut names = ShownNames::default();
        names.add(one, "Ana");
        names.add(other, "Anna");
        assert!(!names.is_shared("Ana") && !look_alike("Ana", "Anna"));
    }
}
