//! Encryption keys that protect nothing.

use crate::model::EncryptionKey;

/// Whether every secret gives the same with this key: nothing (RFC 7748, section 6.1). What is
/// sealed for it anybody could open. Secrets are clamped, so one shows it for all.
pub fn is_weak(key: &EncryptionKey) -> bool {
    x25519_dalek::x25519([0x40; 32], key.0) == [0; 32]
}
