//! Short names for programs that know nothing longer: UUIDs of version 8 (RFC 9562), each the first
//! 16 bytes of a hash. They follow from the record and are stored nowhere, so they never change.

use super::{Hash, PublicKey};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// A UUID of version 8.
///
/// Six of its bits say which version it is; the other 122 are the hash's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub [u8; 16]);

/// What is no UUID of version 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no UUID of version 8")]
pub struct NoUuid;

/// Where the hyphens stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const LENGTH: usize = 36;

impl Uuid {
    /// That of a thread's root, or of a message's id.
    pub fn of(hash: &Hash) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.0[..16]);
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }

    /// That of somebody: of the hash of their key.
    pub fn of_key(key: &PublicKey) -> Self {
        Self::of(&Hash(Sha256::digest(key.0).into()))
    }

    /// The first bytes of the hash that it was made of, as far as the version left them.
    pub fn beginning(&self) -> [u8; 6] {
        let [a, b, c, d, e, f, ..] = self.0;
        [a, b, c, d, e, f]
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = hex::encode(self.0);
        let (a, rest) = digits.split_at(8);
        let (b, rest) = rest.split_at(4);
        let (c, rest) = rest.split_at(4);
        let (d, e) = rest.split_at(4);
        write!(f, "{a}-{b}-{c}-{d}-{e}")
    }
}

impl FromStr for Uuid {
    type Err = NoUuid;

    fn from_str(text: &str) -> Result<Self, NoUuid> {
        let bytes = text.as_bytes();
        if bytes.len() != LENGTH || HYPHENS.iter().any(|place| bytes[*place] != b'-') {
            return Err(NoUuid);
        }
        let is_digit = |sign: &char| matches!(sign, '0'..='9' | 'a'..='f');
        let digits: String = text.chars().filter(is_digit).collect();
        let mut uuid = [0; 16];
        // Fewer digits than a UUID has: something else stood between them.
        hex::decode_to_slice(digits, &mut uuid).map_err(|_| NoUuid)?;
        let uuid = Self(uuid);
        let has_version = uuid.0[6] >> 4 == 8 && uuid.0[8] >> 6 == 0b10;
        has_version.then_some(uuid).ok_or(NoUuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXED: &str = "00112233-4455-8677-8899-aabbccddeeff";

    fn hash(digits: &str) -> Hash {
        format!("{digits}{}", "f".repeat(32)).parse().unwrap()
    }

    #[test]
    fn it_is_the_beginning_of_a_hash_with_the_version_in_its_place() {
        let plain = Uuid::of(&hash("00112233445566778899aabbccddeeff"));
        assert_eq!(plain.to_string(), FIXED);
        let zeros = Uuid::of(&hash(&"0".repeat(32)));
        assert_eq!(zeros.to_string(), "00000000-0000-8000-8000-000000000000");
        let ones = Uuid::of(&hash(&"f".repeat(32)));
        assert_eq!(ones.to_string(), "ffffffff-ffff-8fff-bfff-ffffffffffff");
        assert_eq!(plain.beginning(), [0, 0x11, 0x22, 0x33, 0x44, 0x55]);
        // `printf '\0…' | sha256sum` of 32 zero bytes begins with 66687aadf862bd776c8fc18b8e9f8e20.
        let of_zeros = Uuid::of_key(&PublicKey([0; 32]));
        assert_eq!(of_zeros.to_string(), "66687aad-f862-8d77-ac8f-c18b8e9f8e20");
    }

    #[test]
    fn it_is_read_as_it_is_written_and_in_no_other_way() {
        assert_eq!(FIXED.parse::<Uuid>().unwrap().to_string(), FIXED);
        for other in [
            "",
            "00112233445586778899aabbccddeeff",
            "00112233-4455-8677-8899-aabbccddeef",
            "00112233-4455-8677-8899-aabbccddeeff0",
            "00112233-4455-8677-8899-aabbccddeefF",
            "00112233-4455-8677-8899-aabbccddeefg",
            "0011223--4455-8677-8899-aabbccddeeff",
            "00112233-4455-4677-8899-aabbccddeeff",
            "00112233-4455-8677-c899-aabbccddeeff",
            "{0112233-4455-8677-8899-aabbccddeef}",
            "00112233-4455-8677-8899-aabbccddee\u{e9}",
        ] {
            assert_eq!(other.parse::<Uuid>(), Err(NoUuid), "{other}");
        }
    }
}
