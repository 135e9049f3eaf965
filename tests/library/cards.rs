//! Cards as an independent implementation writes them.

use mmogit::model::{Card, unite_cards};
use mmogit::verify;
use serde_json::Value;

const CARDS: &str = include_str!("../vectors/independent/sealed/cards.json");

fn cards(list: &str) -> Vec<Value> {
    let vectors: Value = serde_json::from_str(CARDS).unwrap();
    vectors[list].as_array().unwrap().clone()
}

#[test]
fn good_ones_are_good_and_stay_as_they_are() {
    let good = cards("good");
    assert_eq!(good.len(), 5);
    for value in good {
        let card = Card::read(value.to_string().as_bytes()).unwrap();
        assert_eq!(verify::card(&card.author(), &card), Ok(()), "{value}");
        let again: Value = serde_json::from_slice(&card.to_file()).unwrap();
        assert_eq!(again, value);
        assert_eq!(unite_cards(&card, &card), card);
    }
}

#[test]
fn others_are_refused() {
    let refused = cards("refused");
    assert_eq!(refused.len(), 4);
    for case in refused {
        let read = Card::read(case["card"].to_string().as_bytes());
        let is_good = read.is_ok_and(|card| verify::card(&card.author(), &card).is_ok());
        assert!(!is_good, "{}", case["why"]);
    }
}
