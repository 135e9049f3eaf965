//! Fixed-length values that the record writes as lowercase hex.

use std::fmt;
use std::str::FromStr;

/// A text that is not the expected number of lowercase hex digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {digits} lowercase hex digits")]
pub struct BadHex {
    digits: usize,
}

fn decode<const N: usize>(text: &str) -> Result<[u8; N], BadHex> {
    let wrong = BadHex { digits: N * 2 };
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(wrong);
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| wrong)?;
    Ok(bytes)
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
            pub fn short(&self) -> String {
                hex::encode(&self.0[..4])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lowercase_hex_of_the_right_length_is_read() {
        let good = "ab".repeat(32);
        assert_eq!(good.parse::<Hash>().unwrap().to_string(), good);
        for bad in [&good[2..], &format!("{good}ab"), &good.to_uppercase(), &good.replace('a', "g"), ""] {
            assert!(bad.parse::<Hash>().is_err(), "{bad}");
        }
    }
}
