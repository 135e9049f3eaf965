use super::*;

fn epoch(fill: u8) -> EpochKey {
    EpochKey::new(Zeroizing::new([fill; 32]))
}

fn reader(fill: u8) -> (DecryptionKey, Reader) {
    let secret = DecryptionKey::from_secret(&[fill; 32]);
    let reader = Reader {
        author: PublicKey([fill; 32]),
        encryption: secret.public(),
    };
    (secret, reader)
}

fn wrapped(key: &EpochKey, reader: &Reader) -> Wrap {
    key.wrap(reader, Zeroizing::new([9; 32])).unwrap()
}

#[test]
fn a_wrap_opens_for_its_reader_and_its_epoch_only() {
    let key = epoch(1);
    let (secret, mine) = reader(2);
    let (stranger, _) = reader(3);
    let wrap = wrapped(&key, &mine);
    let unwrap = |secret: &DecryptionKey, author: &PublicKey, id: &Hash| {
        secret.unwrap(author, id, [&wrap]).map(|key| key.id())
    };
    assert_eq!(unwrap(&secret, &mine.author, &key.id()), Ok(key.id()));
    let closed = Err(NoKey::DoesNotOpen);
    assert_eq!(unwrap(&stranger, &mine.author, &key.id()), closed);
    assert_eq!(unwrap(&secret, &PublicKey([8; 32]), &key.id()), closed);
    assert_eq!(unwrap(&secret, &mine.author, &epoch(5).id()), closed);
    for byte in 0..WRAP_BYTES {
        let mut altered = wrap;
        altered[byte] ^= 1;
        let opened = secret.unwrap(&mine.author, &key.id(), [&altered]);
        // The uppermost bit of an X25519 key counts for nothing, yet it is bound all the same.
        assert_eq!(opened.map(|key| key.id()), closed, "byte {byte}");
    }
    let none = secret.unwrap(&mine.author, &key.id(), []);
    assert_eq!(none.map(|key| key.id()), Err(NoKey::NotAReader));
}

#[test]
fn a_key_that_the_id_does_not_commit_to_opens_nothing() {
    let (secret, mine) = reader(2);
    let (promised, other) = (epoch(1), epoch(4));
    // The author wraps another key as if it were the promised epoch's.
    let refused = |_| unreachable!();
    let to = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&mine.encryption.0).unwrap();
    let (enc, sealed) =
        hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &to,
            &info(&promised.id()),
            &*other.0,
            &mine.author.0,
            &mut Given(Zeroizing::new([7; 32])),
        )
        .unwrap_or_else(refused);
    let false_wrap: Wrap = [&enc.to_bytes()[..], &sealed].concat().try_into().unwrap();
    let unwrap = |wraps: &[&Wrap]| {
        let key = secret.unwrap(&mine.author, &promised.id(), wraps.iter().copied());
        key.map(|key| key.id())
    };
    assert_eq!(unwrap(&[&false_wrap]), Err(NoKey::AnotherKey));
    let good = wrapped(&promised, &mine);
    assert_eq!(unwrap(&[&false_wrap, &good]), Ok(promised.id()));
    let garbage = [1; WRAP_BYTES];
    assert_eq!(unwrap(&[&false_wrap, &garbage]), Err(NoKey::AnotherKey));
}

#[test]
fn sixteen_entries_are_tried_and_no_more() {
    let key = epoch(1);
    let (secret, mine) = reader(2);
    let good = wrapped(&key, &mine);
    let garbage = [1; WRAP_BYTES];
    for (before, opens) in [(15, true), (16, false)] {
        let wraps = std::iter::repeat_n(&garbage, before).chain([&good]);
        let opened = secret.unwrap(&mine.author, &key.id(), wraps);
        assert_eq!(opened.is_ok(), opens, "{before} before it");
    }
}

/// RFC 7748 §6.1: points of small order, whose shared secret is all zeros, whoever computes it.
const SMALL_ORDER: [&str; 5] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

#[test]
fn a_shared_secret_of_zeros_wraps_and_opens_nothing() {
    let (secret, mine) = reader(2);
    for point in SMALL_ORDER {
        let point: EncryptionKey = point.parse().unwrap();
        let low = Reader {
            encryption: point,
            ..mine
        };
        let refused = epoch(1).wrap(&low, Zeroizing::new([9; 32]));
        assert_eq!(refused, Err(CannotWrap(low)));
        // What everybody could have made who knows that the secret is zero.
        let mut wrap = [0; WRAP_BYTES];
        wrap[..32].copy_from_slice(&point.0);
        let opened = secret.unwrap(&mine.author, &epoch(1).id(), [&wrap]);
        assert_eq!(opened.map(|key| key.id()), Err(NoKey::DoesNotOpen));
    }
}
