use super::*;
use zeroize::Zeroizing;

fn key() -> EpochKey {
    EpochKey::new(Zeroizing::new([1; 32]))
}

#[test]
fn key_nonce_context_and_each_byte_are_bound() {
    let sealed = key().seal(Nonce([2; 24]), b"here", b"said").unwrap();
    assert_eq!(key().open(b"here", &sealed), Ok(b"said".to_vec()));
    let other = EpochKey::new(Zeroizing::new([3; 32]));
    assert_eq!(other.open(b"here", &sealed), Err(Closed::Altered));
    assert_eq!(key().open(b"there", &sealed), Err(Closed::Altered));
    let with_nonce = Sealed {
        nonce: Nonce([3; 24]),
        ..sealed.clone()
    };
    assert_eq!(key().open(b"here", &with_nonce), Err(Closed::Altered));
    for byte in [0, 100, sealed.sealed_box.len() - 1] {
        let mut altered = sealed.clone();
        altered.sealed_box[byte] ^= 1;
        assert_eq!(key().open(b"here", &altered), Err(Closed::Altered));
    }
    let mut empty = sealed;
    empty.sealed_box.clear();
    assert_eq!(key().open(b"here", &empty), Err(Closed::Altered));
}
