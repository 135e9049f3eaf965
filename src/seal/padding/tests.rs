use super::*;
use crate::model::json::{self, Value};

fn unpack(packed: &[u8]) -> Result<Vec<u8>, Closed> {
    super::unpack(packed, &mut Room::of_a_box())
}

/// Bytes that don't deflate.
fn noise(length: usize) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let blocks = (0..length.div_ceil(32)).flat_map(|block| Sha256::digest(block.to_be_bytes()));
    blocks.take(length).collect()
}

#[test]
fn lengths_are_those_of_an_independent_implementation() {
    let path = "tests/vectors/independent/sealed/padding.json";
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let vectors = json::read(&std::fs::read(file).unwrap()).unwrap();
    let padded = vectors["padded"].as_object().unwrap();
    assert!(padded.len() > 10);
    for (length, expected) in padded {
        let length: usize = length.parse().unwrap();
        assert_eq!(Value::from(padded_length(length)), *expected, "{length}");
    }
}

#[test]
fn padding_costs_little_and_never_cuts() {
    for length in (0..5000).chain((1 << 20) - 50..(1 << 20) + 50) {
        let padded = padded_length(length);
        assert!(padded >= length.max(256));
        assert_eq!(padded_length(padded), padded);
        assert!(
            padded == 256 || padded - length <= length * 12 / 100,
            "{length}"
        );
    }
}

#[test]
fn what_is_packed_unpacks() {
    for length in [0, 1, 255, 256, 257, 5000, 3 * PIECE, 1_000_000] {
        for text in [noise(length), vec![b'a'; length]] {
            let packed = pack(&text).unwrap();
            assert_eq!(packed.len(), padded_length(packed.len()));
            assert_eq!(unpack(&packed), Ok(text), "{length}");
        }
    }
}

#[test]
fn all_but_the_form_is_refused() {
    let text = b"some text, and some text again";
    let good = pack(text).unwrap();
    let length = u32::from_be_bytes(good[..4].try_into().unwrap());
    let with_length = |length: u32| {
        let mut packed = good.clone();
        packed[..4].copy_from_slice(&length.to_be_bytes());
        packed
    };
    assert_eq!(unpack(&good[..3]), Err(Closed::Length));
    assert_eq!(unpack(&with_length(u32::MAX)), Err(Closed::Length));
    assert_eq!(unpack(&with_length(253)), Err(Closed::Length));
    // One byte of the padding is said to belong to the text, and the other way round.
    assert_eq!(unpack(&with_length(length + 1)), Err(Closed::Tail));
    assert_eq!(unpack(&with_length(length - 2)), Err(Closed::Padding));
    let mut longer = good.clone();
    longer.resize(272, 0);
    assert_eq!(unpack(&longer), Err(Closed::Padding));
    assert_eq!(unpack(&good[..255]), Err(Closed::Padding));
    let mut cut = with_length(length - 2);
    cut[2 + length as usize..].fill(0);
    assert_eq!(unpack(&cut), Err(Closed::Deflate));
    let mut broken = good.clone();
    broken[4] = 0xff;
    assert_eq!(unpack(&broken), Err(Closed::Deflate));
    assert_eq!(unpack(&with_length(0)).map(drop), Err(Closed::Padding));
    assert_eq!(unpack(&[0; 256]), Err(Closed::Deflate));
}

#[test]
fn the_limit_is_exact_and_what_exceeds_it_is_not_kept() {
    let longest = vec![b'a'; MAX_INSIDE_BYTES];
    assert_eq!(
        unpack(&pack(&longest).unwrap()).unwrap().len(),
        MAX_INSIDE_BYTES
    );
    let longer = vec![b'a'; MAX_INSIDE_BYTES + 1];
    assert_eq!(pack(&longer), None);
    let mut packed = vec![0; LENGTH];
    deflate(&longer, &mut packed);
    let length = u32::try_from(packed.len() - LENGTH).unwrap();
    packed[..LENGTH].copy_from_slice(&length.to_be_bytes());
    packed.resize(padded_length(packed.len()), 0);
    assert!(
        packed.len() > MAX_INSIDE_BYTES / MOST_OF_ONE,
        "what is too long is measured first"
    );
    assert_eq!(unpack(&packed), Err(Closed::TooLong));
    let mut kept = 0;
    let inflated = inflate(&packed[LENGTH..], &mut Room::of_a_box(), |piece| {
        kept += piece.len();
    });
    assert_eq!(inflated, Err(Closed::TooLong));
    assert!(kept <= MAX_INSIDE_BYTES);
}
