use super::*;
use proptest::prelude::*;
use std::io::BufReader;

/// In small bites, so that every value is cut somewhere.
fn pieces(text: &[u8], shape: Shape, bite: usize) -> Vec<Piece> {
    let mut pieces = Pieces::new(BufReader::with_capacity(bite, text), shape);
    let mut found = Vec::new();
    while let Some(piece) = pieces.next_piece().unwrap() {
        found.push(piece);
        assert!(found.len() < 10_000, "it goes on for ever");
    }
    found
}

fn record(text: &str) -> Piece {
    Piece::Record(text.as_bytes().to_vec())
}

#[test]
fn each_item_comes_as_it_stands() {
    let text = br#" [ {"a":[1,"]}"]} , "x\"]" ,-1.5e3,null, [] ] "#;
    let expected = ["{\"a\":[1,\"]}\"]}", r#""x\"]""#, "-1.5e3", "null", "[]"].map(record);
    for bite in [1, 2, 7, 1000] {
        // A mark at the start is only looked for in what is there at once.
        assert_eq!(pieces(text, Shape::Items, bite), expected);
    }
}

#[test]
fn the_list_of_one_field_is_found_between_others() {
    let text = br#"{"a":{"list":[1]},"b":"list","list":[{"x":1},2],"c":[3]}"#;
    let found = pieces(text, Shape::ItemsOf("list"), 3);
    assert_eq!(found, [record(r#"{"x":1}"#), record("2")]);
    let without = pieces(br#"{"a":1}"#, Shape::ItemsOf("list"), 3);
    assert_eq!(without, [Piece::BrokenOff]);
}

#[test]
fn values_follow_one_another_also_glued_and_between_zeros() {
    let text = b"{\"a\":1}{\"b\":2}\n\0\0\0{\"c\":3}\n4 5\n";
    let expected = ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}", "4", "5"].map(record);
    assert_eq!(pieces(text, Shape::Values, 4), expected);
}

#[test]
fn what_is_cut_off_is_told_and_what_stood_before_it_comes() {
    for cut in [&b"[1,{\"a\":"[..], b"[1,\"abc", b"[1,[", b"[1", b"[1,"] {
        let found = pieces(cut, Shape::Items, 2);
        assert_eq!(found[0], record("1"), "{cut:?}");
        assert_eq!(found[1..], [Piece::BrokenOff], "{cut:?}");
    }
    assert_eq!(pieces(b"", Shape::Items, 2), [Piece::BrokenOff]);
    assert_eq!(pieces(b"", Shape::Values, 2), []);
    let found = pieces(b"[1]x", Shape::Items, 2);
    assert_eq!(found, [record("1"), Piece::AfterTheEnd]);
    let found = pieces(b"{\"l\":[1]", Shape::ItemsOf("l"), 2);
    assert_eq!(found, [record("1"), Piece::BrokenOff]);
}

#[test]
fn what_is_too_large_or_too_many_is_passed_and_the_next_comes() {
    let large = format!("[\"{}\",7]", "x".repeat(MOST_BYTES));
    let size = MOST_BYTES as u64 + 2;
    let found = pieces(large.as_bytes(), Shape::Items, 1 << 16);
    assert_eq!(found, [Piece::TooLarge(size), record("7")]);
    let many = format!("[[{}0],7]", "0,".repeat(MOST_VALUES));
    let found = pieces(many.as_bytes(), Shape::Items, 1 << 16);
    assert_eq!(found, [Piece::TooManyValues, record("7")]);
    let deep = "[".repeat(3_000_000);
    let found = pieces(deep.as_bytes(), Shape::Items, 1 << 16);
    assert_eq!(found, [Piece::BrokenOff]);
}

#[test]
fn the_first_fields_are_told_though_the_rest_is_not_there() {
    let fields = first_fields(br#" [ {"a":1,"list":[{"in":2}],"cut":{"#).unwrap();
    assert!(fields.is_list && fields.has("a") && fields.has("cut"));
    assert!(fields.has_list("list") && !fields.has_list("a") && !fields.has("in"));
    assert!(first_fields(b"plain text").unwrap().names.is_empty());
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::vec((any::<String>(), inner), 0..5)
                .prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn every_list_comes_apart_as_a_whole_reader_reads_it(
        items in prop::collection::vec(json(), 0..6),
        bite in 1..40_usize,
        pretty: bool,
    ) {
        let list = serde_json::Value::from(items.clone());
        let text = if pretty { format!("{list:#}") } else { list.to_string() };
        let read: Vec<serde_json::Value> = pieces(text.as_bytes(), Shape::Items, bite)
            .into_iter()
            .map(|piece| match piece {
                Piece::Record(bytes) => serde_json::from_slice(&bytes).unwrap(),
                other => panic!("{other:?}"),
            })
            .collect();
        prop_assert_eq!(read, items);
    }

    #[test]
    fn no_bytes_are_too_strange(bytes: Vec<u8>, bite in 1..9_usize) {
        for shape in [Shape::Values, Shape::Items, Shape::ItemsOf("a")] {
            pieces(&bytes, shape, bite);
        }
    }
}
