//! The key of an epoch, and how it reaches each reader: HPKE (RFC 9180) to their encryption key.

use crate::model::{EncryptionKey, Hash, PublicKey, WRAP_BYTES};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use zeroize::Zeroizing;

/// Sets these hashes and wraps apart from all others; the zero byte ends it.
const LABEL: &[u8] = b"mmogit.epoch.v1\0";

/// How many entries for one reader are tried. A header may hold any number, and each costs a
/// multiplication on the curve.
const MAX_TRIED: usize = 16;

/// Bytes of the ephemeral public key before the ciphertext of a wrap.
const ENCAPSULATED: usize = 32;

type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type Encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey;

/// The key that every sealed part of an epoch is sealed with. It can't be printed, copied or
/// written, except wrapped.
pub struct EpochKey(Zeroizing<[u8; 32]>);

/// Who is to read an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reader {
    /// The key with which they sign.
    pub author: PublicKey,
    /// The key to which an epoch is wrapped for them.
    pub encryption: EncryptionKey,
}

/// An epoch's key as one reader gets it: HPKE's encapsulated key, then its ciphertext.
pub type Wrap = [u8; WRAP_BYTES];

/// Nothing may be wrapped to this key: the shared secret would be one that everybody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the encryption key of {} is none that anything can be sealed to", .0.author)]
pub struct CannotWrap(pub Reader);

/// Why an epoch's key can't be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NoKey {
    /// No entry is for this reader.
    #[error("it was not sealed for this key")]
    NotAReader,
    /// No entry for this reader opens.
    #[error("what was sealed for this key can't be opened with it")]
    DoesNotOpen,
    /// What opens is not the key that the epoch's id commits to.
    #[error("another key than the one all readers share was sealed for this key")]
    AnotherKey,
}

impl NoKey {
    /// Its name, which does not change.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAReader => "sealed-not-a-reader",
            Self::DoesNotOpen => "sealed-wrap-closed",
            Self::AnotherKey => "sealed-another-key",
        }
    }
}

impl EpochKey {
    /// The key that these bytes are. They must be fresh, and random.
    pub fn new(random: Zeroizing<[u8; 32]>) -> Self {
        Self(random)
    }

    /// What the epoch is called. It commits to the key, so that two readers can't be given
    /// different ones under one name.
    pub fn id(&self) -> Hash {
        let hash = Sha256::new().chain_update(LABEL);
        Hash(hash.chain_update(*self.0).finalize().into())
    }

    /// The key for one reader; `ephemeral` is fresh and random for each.
    ///
    /// # Errors
    /// If the reader's encryption key is one of the few that give a shared secret of zeros.
    pub fn wrap(
        &self,
        reader: &Reader,
        ephemeral: Zeroizing<[u8; 32]>,
    ) -> Result<Wrap, CannotWrap> {
        let refused = |_| CannotWrap(*reader);
        let to = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&reader.encryption.0);
        let (encapsulated, sealed) =
            hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
                &OpModeS::Base,
                &to.map_err(refused)?,
                &info(&self.id()),
                &*self.0,
                &reader.author.0,
                &mut Given(ephemeral),
            )
            .map_err(refused)?;
        let wrap = [&encapsulated.to_bytes()[..], &sealed].concat();
        let wrap = wrap.try_into();
        Ok(wrap.expect("a key of 32 bytes, 32 sealed bytes and a tag of 16"))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The secret with which a reader opens what is wrapped to them. It can't be printed, copied or
/// written.
pub struct DecryptionKey(PrivateKey);

impl DecryptionKey {
    /// The key of these 32 secret bytes (RFC 7748 clamps them).
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(PrivateKey::from_bytes(secret).expect("any 32 bytes are a secret"))
    }

    /// What others seal to.
    pub fn public(&self) -> EncryptionKey {
        let public = X25519HkdfSha256::sk_to_pk(&self.0).to_bytes();
        EncryptionKey(public.into())
    }

    /// The epoch's key from what a header has for the reader `author`, in the header's order. No
    /// more than 16 are tried.
    ///
    /// # Errors
    /// If none is there, if none opens, or if none is the key that the id commits to.
    pub fn unwrap<'w>(
        &self,
        author: &PublicKey,
        epoch: &Hash,
        wraps: impl IntoIterator<Item = &'w Wrap>,
    ) -> Result<EpochKey, NoKey> {
        let mut why = NoKey::NotAReader;
        for wrap in wraps.into_iter().take(MAX_TRIED) {
            match self.unwrap_one(author, epoch, wrap) {
                Some(key) if key.id() == *epoch => return Ok(key),
                Some(_) => why = NoKey::AnotherKey,
                None if why == NoKey::NotAReader => why = NoKey::DoesNotOpen,
                None => {}
            }
        }
        Err(why)
    }

    fn unwrap_one(&self, author: &PublicKey, epoch: &Hash, wrap: &Wrap) -> Option<EpochKey> {
        let (encapsulated, sealed) = wrap.split_at(ENCAPSULATED);
        let encapsulated = Encapsulated::from_bytes(encapsulated).ok()?;
        let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &self.0,
            &encapsulated,
            &info(epoch),
            sealed,
            &author.0,
        );
        let opened = Zeroizing::new(opened.ok()?);
        let key: [u8; 32] = opened.as_slice().try_into().ok()?;
        Some(EpochKey(Zeroizing::new(key)))
    }
}

/// Binds a wrap to its epoch.
fn info(epoch: &Hash) -> Vec<u8> {
    [LABEL, &epoch.0].concat()
}

/// The 32 bytes that the caller gave, as the source of chance that HPKE asks for. It asks once.
struct Given(Zeroizing<[u8; 32]>);

impl TryRng for Given {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("a key of 32 bytes is asked for as bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("a key of 32 bytes is asked for as bytes")
    }

    fn try_fill_bytes(&mut self, wanted: &mut [u8]) -> Result<(), Infallible> {
        wanted.copy_from_slice(&*self.0);
        Ok(())
    }
}

impl TryCryptoRng for Given {}

#[cfg(test)]
mod tests;
