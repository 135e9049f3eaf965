//! Who one is: 24 words, the keys that follow from them, and the file in which they rest.
//!
//! ```text
//! words ── BIP39 ──► seed (64 bytes) ──► first 32 bytes: the owner's signing key
//!                                   └──► HKDF-SHA512: every other key, by its label
//! ```

mod keys;
mod vault;
mod words;

pub use keys::Keys;
pub use vault::{Vault, VaultError};
pub use words::{BadWords, Words};

/// A source of random bytes, given by the caller.
pub type Random<'a> = &'a mut dyn FnMut(&mut [u8]);
