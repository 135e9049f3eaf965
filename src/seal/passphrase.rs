//! A secret under a passphrase: Argon2id (RFC 9106), then XChaCha20-Poly1305.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

/// What deriving a key from a passphrase costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// KiB of memory.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// RFC 9106's second recommended option.
    pub const RECOMMENDED: Cost = Cost {
        memory: 64 * 1024,
        passes: 3,
        lanes: 4,
    };

    /// A sealed file from elsewhere may ask for more than any honest writer would.
    fn is_reasonable(self) -> bool {
        (8..=1024 * 1024).contains(&self.memory)
            && (1..=64).contains(&self.passes)
            && (1..=64).contains(&self.lanes)
    }
}

/// Why something could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotOpen {
    /// The text was altered, or the passphrase is another. The two can't be told apart.
    #[error("the passphrase is wrong, or the file was altered")]
    WrongPassphraseOrAltered,
    /// The cost stated in the file is out of bounds.
    #[error("it asks for an unreasonable amount of work")]
    Unreasonable,
}

/// A key made from a passphrase.
pub struct PassphraseKey(Zeroizing<[u8; 32]>);

impl PassphraseKey {
    /// Derives the key; takes a good part of a second on purpose.
    ///
    /// # Errors
    /// If the cost is out of all reason, as only an altered file asks for.
    pub fn derive(passphrase: &str, salt: &[u8; 16], cost: Cost) -> Result<Self, CannotOpen> {
        if !cost.is_reasonable() {
            return Err(CannotOpen::Unreasonable);
        }
        let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(32));
        let params = params.map_err(|_| CannotOpen::Unreasonable)?;
        #[cfg(test)]
        derived::count();
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), salt, &mut *key)
            .map_err(|_| CannotOpen::Unreasonable)?;
        Ok(Self(key))
    }

    /// Seals a secret; `context` is bound to it and must be given again to open it.
    pub fn seal(&self, nonce: &[u8; 24], context: &[u8], secret: &[u8]) -> Vec<u8> {
        let payload = Payload {
            msg: secret,
            aad: context,
        };
        self.cipher()
            .encrypt(&XNonce::from(*nonce), payload)
            .expect("a secret is far below the cipher's limit")
    }

    /// Opens what `seal` made.
    ///
    /// # Errors
    /// If the passphrase is another, or anything was altered.
    pub fn open(
        &self,
        nonce: &[u8; 24],
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let payload = Payload {
            msg: sealed,
            aad: context,
        };
        let opened = self.cipher().decrypt(&XNonce::from(*nonce), payload);
        opened
            .map(Zeroizing::new)
            .map_err(|_| CannotOpen::WrongPassphraseOrAltered)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.0))
    }
}

/// How often a key was derived, for tests that hold two ways against each other.
#[cfg(test)]
pub(super) mod derived {
    use std::cell::Cell;

    thread_local! {
        static COUNT: Cell<u32> = const { Cell::new(0) };
    }

    pub(super) fn count() {
        COUNT.set(COUNT.get() + 1);
    }

    /// How many keys this thread has derived from passphrases.
    pub fn keys_derived_here() -> u32 {
        COUNT.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_cost_has_bounds() {
        let cheap = Cost {
            memory: 1024,
            passes: 1,
            lanes: 1,
        };
        let derive = |cost: Cost| PassphraseKey::derive("x", &[0; 16], cost).map(drop);
        assert_eq!(derive(cheap), Ok(()));
        let unreasonable = [
            Cost { memory: 7, ..cheap },
            Cost {
                memory: 1024 * 1024 + 1,
                ..cheap
            },
            Cost { passes: 0, ..cheap },
            Cost {
                passes: 65,
                ..cheap
            },
            Cost { lanes: 0, ..cheap },
            Cost { lanes: 65, ..cheap },
        ];
        for cost in unreasonable {
            assert_eq!(derive(cost), Err(CannotOpen::Unreasonable), "{cost:?}");
        }
    }

    #[test]
    fn what_was_sealed_with_a_context_opens_with_that_one_only() {
        let cost = Cost {
            memory: 8,
            passes: 1,
            lanes: 1,
        };
        let key = PassphraseKey::derive("x", &[0; 16], cost).unwrap();
        let sealed = key.seal(&[1; 24], b"mine", b"secret");
        assert_eq!(**key.open(&[1; 24], b"mine", &sealed).unwrap(), *b"secret");
        let other = key.open(&[1; 24], b"yours", &sealed);
        assert_eq!(other, Err(CannotOpen::WrongPassphraseOrAltered));
    }
}
