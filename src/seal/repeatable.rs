//! Sealing that comes out the same when it is done again.

use super::{EpochKey, TooLong};
use crate::model::{Nonce, Sealed};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};

/// Sets these nonces apart from all else that follows from the key; the zero byte ends it.
const LABEL: &[u8] = b"mmogit.nonce.v1\0";

impl EpochKey {
    /// Seals a text as [`EpochKey::seal`] does, with a nonce that follows from the text and from
    /// what is bound to it. Who sees the same box twice learns that the same stood in the same
    /// place, and nothing else.
    ///
    /// # Errors
    /// If it is too long to be opened again.
    pub fn seal_again(&self, context: &[u8], text: &[u8]) -> Result<Sealed, TooLong> {
        self.seal(self.nonce_for(context, text), context, text)
    }

    /// The nonce that follows from a text and from what is bound to it: for what may have to be
    /// sealed again after a crash, where another nonce would make another message of it.
    pub fn nonce_for(&self, context: &[u8], text: &[u8]) -> Nonce {
        let hashes = [Sha256::digest(context), Sha256::digest(text)].concat();
        let mut nonce = Nonce([0; 24]);
        Hkdf::<Sha256>::new(Some(LABEL), self.bytes())
            .expand(&hashes, &mut nonce.0)
            .expect("24 bytes are within HKDF's reach");
        nonce
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Closed;
    use std::collections::HashSet;
    use zeroize::Zeroizing;

    fn key(byte: u8) -> EpochKey {
        EpochKey::new(Zeroizing::new([byte; 32]))
    }

    #[test]
    fn the_same_comes_out_the_same_and_nothing_else_does() {
        let mut nonces = HashSet::new();
        for owner in [1, 2] {
            for context in ["", "here", "there"] {
                for text in ["", "here", "a text"] {
                    let seal = || key(owner).seal_again(context.as_bytes(), text.as_bytes());
                    let sealed = seal().unwrap();
                    assert_eq!(seal().unwrap(), sealed);
                    assert!(nonces.insert(sealed.nonce.0), "{owner} {context} {text}");
                    let opened = key(owner).open(context.as_bytes(), &sealed);
                    assert_eq!(opened.unwrap(), text.as_bytes());
                    let elsewhere = key(owner).open(b"elsewhere", &sealed);
                    assert_eq!(elsewhere, Err(Closed::Altered));
                }
            }
        }
    }
}
