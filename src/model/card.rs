//! An owner's card: what they say of themselves, and what others must know of their keys.

use super::document::Fields;
use super::erasure::commit_id;
use super::json::{self, Map, Value};
use super::{
    Document, DocumentKind, EncryptionKey, Hash, Malformed, Namespace, PublicKey, Timestamp,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// No name on a card has more characters.
pub const MAX_NAME_CHARACTERS: usize = 100;

const SUCCEEDS: &str = "succeeds";
const SUCCEEDED_BY: &str = "succeeded_by";
const RETIRED: &str = "retired";

/// A card, as `.mmogit/card.json` keeps it on its owner's branch.
pub type Card = Document<OwnerCard>;

/// What a card says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerCard {
    /// What its owner wants to be called; empty if they don't say.
    pub name: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The key for which others seal what only its owner may read.
    pub encryption: EncryptionKey,
    /// The keys that this one took the place of, each with the commit up to which its branch
    /// counts.
    pub succeeds: Vec<CardEntry>,
    /// The keys that take the place of this one.
    pub succeeded_by: Vec<CardEntry>,
    /// The keys of agents that say nothing more, each with the commit up to which they did.
    pub retired: Vec<CardEntry>,
}

/// A key that a card names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardEntry {
    /// The key.
    pub key: PublicKey,
    /// A position: the commit up to which the key's word counts, as git names it.
    pub tip: Option<String>,
    /// All fields as they stand in the card.
    fields: Map<String, Value>,
}

impl CardEntry {
    /// A key by itself.
    pub fn of(key: PublicKey) -> Self {
        let mut fields = Map::new();
        fields.insert("key".to_owned(), key.to_string().into());
        Self {
            key,
            tip: None,
            fields,
        }
    }

    /// A key, and the commit up to which its word counts.
    pub fn up_to(key: PublicKey, tip: &str) -> Self {
        let mut entry = Self::of(key);
        entry.fields.insert("tip".to_owned(), tip.into());
        entry.tip = Some(tip.to_owned());
        entry
    }

    fn read(fields: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let tip = match fields.get("tip") {
            None => None,
            Some(tip) => Some(tip.as_str().and_then(commit_id)?),
        };
        Some(Self {
            key: text("key")?.parse().ok()?,
            tip,
            fields: fields.clone(),
        })
    }

    /// The same, where a position must be named.
    fn read_with_tip(fields: &Map<String, Value>) -> Option<Self> {
        Self::read(fields).filter(|entry| entry.tip.is_some())
    }
}

impl OwnerCard {
    /// The card that is made by itself, before its owner says anything. It is the same on each of
    /// their machines, and older than any that they change.
    pub fn unnamed(encryption: EncryptionKey) -> Self {
        Self {
            name: String::new(),
            updated_at: Timestamp::from_millis(0),
            encryption,
            succeeds: Vec::new(),
            succeeded_by: Vec::new(),
            retired: Vec::new(),
        }
    }
}

impl DocumentKind for OwnerCard {
    const NAMESPACE: Namespace = Namespace::Card;

    fn read(fields: &Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            name: fields.required("name", name)?,
            updated_at: fields.required("updated_at", Timestamp::read)?,
            encryption: fields.required("encryption", |text| text.parse().ok())?,
            succeeds: fields.optional_list(SUCCEEDS, CardEntry::read_with_tip)?,
            succeeded_by: fields.optional_list(SUCCEEDED_BY, CardEntry::read)?,
            retired: fields.optional_list(RETIRED, CardEntry::read_with_tip)?,
        })
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let mut fields = vec![
            ("name", self.name.as_str().into()),
            ("updated_at", self.updated_at.to_string().into()),
            ("encryption", self.encryption.to_string().into()),
        ];
        let lists = [
            (SUCCEEDS, &self.succeeds),
            (SUCCEEDED_BY, &self.succeeded_by),
            (RETIRED, &self.retired),
        ];
        for (name, entries) in lists {
            let sorted = sorted(entries).into_iter();
            let values: Vec<Value> = sorted.map(|entry| entry.fields.into()).collect();
            if !values.is_empty() {
                fields.push((name, values.into()));
            }
        }
        fields
    }
}

fn name(text: &str) -> Option<String> {
    (text.chars().count() <= MAX_NAME_CHARACTERS).then(|| text.to_owned())
}

/// Each entry once, by its key, its position, and then its canonical form.
fn sorted<'e>(entries: impl IntoIterator<Item = &'e CardEntry>) -> Vec<CardEntry> {
    let in_order: BTreeMap<_, _> = entries
        .into_iter()
        .map(|entry| {
            let form = json::canonical(&entry.fields.clone().into());
            ((entry.key, &entry.tip, form), entry)
        })
        .collect();
    in_order.into_values().cloned().collect()
}

/// The union of two versions of one owner's card: their lists joined, all else from the one that
/// was changed last. If that is one of the two it comes with its signature, else it is still to be
/// signed. In any order the same comes out.
pub fn unite_cards(one: &Card, other: &Card) -> Card {
    let (newer, older) = if age(one) >= age(other) {
        (one, other)
    } else {
        (other, one)
    };
    let join = |list: fn(&OwnerCard) -> &Vec<CardEntry>| {
        let both = list(newer).iter().chain(list(older));
        sorted(both)
    };
    let united = newer.with(OwnerCard {
        succeeds: join(|card| &card.succeeds),
        succeeded_by: join(|card| &card.succeeded_by),
        retired: join(|card| &card.retired),
        ..OwnerCard::clone(newer)
    });
    united.with_signature_of([one, other])
}

/// By what a union takes the fields that are no lists.
fn age(card: &Card) -> (Timestamp, Hash) {
    let lists = [SUCCEEDS, SUCCEEDED_BY, RETIRED, "signature"];
    let rest = json::canonical_without(card.all_fields(), &lists);
    (card.updated_at, Hash(Sha256::digest(rest).into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Signature;

    const OWNER: PublicKey = PublicKey([1; 32]);

    fn entry(key: u8, tip: u8) -> CardEntry {
        CardEntry::up_to(PublicKey([key; 32]), &hex::encode([tip; 20]))
    }

    fn card(name: &str, time: i64, retired: &[CardEntry]) -> Card {
        let mut card = OwnerCard::unnamed(EncryptionKey([2; 32]));
        card.name = name.to_owned();
        card.updated_at = Timestamp::from_millis(time);
        card.retired = retired.to_vec();
        let mut card = Card::new(OWNER, card);
        card.set_signature(Signature([3; 64]));
        card
    }

    #[test]
    fn a_card_is_read_as_it_was_written() {
        let made = card("Ana", 5, &[entry(4, 1)]);
        assert_eq!(Card::read(&made.to_file()), Ok(made.clone()));
        let text = String::from_utf8(made.to_file()).unwrap();
        for wrong in [
            ("\"name\"", "\"other\""),
            ("\"updated_at\"", "\"other\""),
            ("\"encryption\"", "\"other\""),
            ("\"tip\"", "\"other\""),
            ("\"key\"", "\"other\""),
            (&"01".repeat(20), "01"),
            ("Ana", &"n".repeat(MAX_NAME_CHARACTERS + 1)),
        ] {
            let other = text.replace(wrong.0, wrong.1);
            assert_ne!(other, text);
            assert!(Card::read(other.as_bytes()).is_err(), "{wrong:?}");
        }
        for list in ["null", "{}", "[1]", "[{}]"] {
            let other = text.replace("{\n", &format!("{{\"succeeds\": {list},\n"));
            assert!(Card::read(other.as_bytes()).is_err(), "{list}");
        }
    }

    #[test]
    fn the_union_is_the_same_in_any_order_and_joins_the_lists() {
        let (a, b, c) = (entry(4, 1), entry(4, 2), entry(5, 1));
        let [one, two, three] = [
            card("one", 10, std::slice::from_ref(&a)),
            card("two", 20, std::slice::from_ref(&b)),
            card("three", 20, &[a.clone(), c.clone()]),
        ];
        let all = unite_cards(&unite_cards(&one, &two), &three);
        assert_eq!(all.retired, [a, b, c]);
        assert_ne!(all.name, "one");
        assert!(all.signature().is_none(), "nobody signed it yet");
        let orders = [
            [&one, &three, &two],
            [&two, &one, &three],
            [&two, &three, &one],
            [&three, &one, &two],
            [&three, &two, &one],
        ];
        for [first, second, third] in orders {
            let united = unite_cards(&unite_cards(first, second), third);
            assert_eq!(united.signed_bytes(), all.signed_bytes());
        }
    }

    #[test]
    fn what_a_version_has_already_changes_nothing() {
        let (older, newer) = (card("older", 10, &[]), card("newer", 20, &[entry(4, 1)]));
        assert_eq!(unite_cards(&older, &newer), newer);
        assert_eq!(unite_cards(&newer, &older), newer);
        assert_eq!(unite_cards(&newer, &newer), newer);
    }

    #[test]
    fn a_card_made_by_itself_never_wins() {
        let made = Card::new(OWNER, OwnerCard::unnamed(EncryptionKey([2; 32])));
        let named = card("Ana", 1, &[]);
        assert_eq!(unite_cards(&made, &named), named);
        assert_eq!(unite_cards(&named, &made), named);
    }

    #[test]
    fn what_nobody_knows_stays_with_the_newer_and_in_its_entry() {
        let text = String::from_utf8(card("newer", 20, &[entry(4, 1)]).to_file()).unwrap();
        let text = text.replacen('{', "{\"future\": 1,", 1);
        let text = text.replace("\"tip\"", "\"why\": \"lost\", \"tip\"");
        let newer = Card::read(text.as_bytes()).unwrap();
        let united = unite_cards(&card("older", 10, &[entry(5, 1)]), &newer);
        let united = String::from_utf8(united.signed_bytes()).unwrap();
        assert!(united.contains("\"future\":1"), "{united}");
        assert!(united.contains("\"why\":\"lost\""), "{united}");
    }
}
