//! Who one is: 24 words, the keys that follow from them, and the file in which they rest.
//!
//! ```text
//! words ── BIP39 ──► seed (64 bytes) ──► first 32 bytes: the owner's signing key
//!                                   └──► HKDF-SHA512: every other key, by its label
//! ```

mod comparison;
mod keys;
mod vault;
mod words;

pub use crate::seal::Random;
pub use comparison::{BadComparison, Side, comparison_words, read_comparison};
pub use keys::Keys;
pub use vault::{Vault, VaultError, try_no_vault};
pub use words::{BadWords, Words};
