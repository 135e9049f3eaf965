//! Fixed-length values that the record writes as lowercase hex.

use std::fmt;
use std::str::FromStr;

/// A text that is not the expected number of lowercase hex digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {digits} lowercase hex digits")]
pub struct BadHex {
    digits: usize,
}

/// What each byte is worth as a lowercase digit; [`NONE`] where it is none. A message holds some
/// 200 digits, and all of them are read before it can be checked.
const DIGITS: [u8; 256] = {
    let mut digits = [NONE; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    digits
};
const NONE: u8 = 0xff;

fn decode<const N: usize>(text: &str) -> Result<[u8; N], BadHex> {
    let wrong = BadHex { digits: N * 2 };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return Err(wrong);
    };
    let pairs: &[[u8; 2]; N] = pairs.try_into().map_err(|_| wrong.clone())?;
    let mut seen = 0;
    let bytes = pairs.map(|pair| {
        let [high, low] = pair.map(|digit| DIGITS[usize::from(digit)]);
        seen |= high | low;
        high << 4 | low & 15
    });
    if seen == NONE { Err(wrong) } else { Ok(bytes) }
}

/// The first eight hex digits of something longer, as people are shown it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ShortHex([u8; 4]);

impl fmt::Display for ShortHex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

macro_rules! hex_value {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; $len]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = BadHex;
            fn from_str(text: &str) -> Result<Self, BadHex> {
                decode(text).map(Self)
            }
        }

        impl $name {
            /// The first eight hex digits, as people are shown it.
            pub fn short(&self) -> ShortHex {
                ShortHex([self.0[0], self.0[1], self.0[2], self.0[3]])
            }
        }
    };
}

hex_value!(
    /// A SHA-256 hash: a message's id, a thread's root, an anchor.
    Hash, 32
);
hex_value!(
    /// An Ed25519 public key (RFC 8032), not yet checked to be a point on the curve.
    PublicKey, 32
);
hex_value!(
    /// An Ed25519 signature (RFC 8032), not yet checked.
    Signature, 64
);
hex_value!(
    /// An X25519 public key (RFC 7748): for whom something is sealed.
    EncryptionKey, 32
);
hex_value!(
    /// What tells a project from all others.
    ProjectNonce, 32
);
hex_value!(
    /// A nonce of XChaCha20-Poly1305.
    Nonce, 24
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lowercase_hex_of_the_right_length_is_read() {
        let good = "ab".repeat(32);
        assert_eq!(good.parse::<Hash>().unwrap().to_string(), good);
        for bad in [
            &good[2..],
            &format!("{good}ab"),
            &good.to_uppercase(),
            &good.replace('a', "g"),
            "",
        ] {
            assert!(bad.parse::<Hash>().is_err(), "{bad}");
        }
    }
}
