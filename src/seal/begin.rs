//! Making an epoch, and letting readers into one.

use super::{CannotWrap, EpochKey, Plan, Reader};
use crate::model::{Epoch, EpochReader};
use zeroize::Zeroizing;

/// A source of random bytes, given by the caller.
pub type Random<'a> = &'a mut dyn FnMut(&mut [u8]);

/// An epoch that was just made, with its key.
pub struct Begun {
    /// As it stands in the header.
    pub epoch: Epoch,
    /// What is sealed with from now on.
    pub key: EpochKey,
}

impl EpochKey {
    /// A fresh key.
    pub fn generate(random: Random<'_>) -> Self {
        Self::new(fresh(random))
    }

    /// The entry of a header that lets a reader in.
    ///
    /// # Errors
    /// If nothing can be sealed to the reader's key.
    pub fn entry(&self, reader: &Reader, random: Random<'_>) -> Result<EpochReader, CannotWrap> {
        Ok(EpochReader {
            author: reader.author,
            encryption: reader.encryption,
            wrap: self.wrap(reader, fresh(random))?,
            others: Default::default(),
        })
    }
}

/// Begins the epoch that a plan asks for, for these readers: those of the plan whose encryption key
/// is known for sure.
///
/// # Errors
/// If nothing can be sealed to a reader's key.
pub fn begin_epoch(
    plan: &Plan,
    readers: &[Reader],
    random: Random<'_>,
) -> Result<Begun, CannotWrap> {
    let key = EpochKey::generate(random);
    let mut entries = Vec::new();
    for reader in readers {
        entries.push(key.entry(reader, random)?);
    }
    let epoch = Epoch {
        id: key.id(),
        after: plan.after.iter().copied().collect(),
        without: plan.without.iter().copied().collect(),
        readers: entries,
        others: Default::default(),
    };
    Ok(Begun { epoch, key })
}

fn fresh(random: Random<'_>) -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0; 32]);
    random(&mut *bytes);
    bytes
}
