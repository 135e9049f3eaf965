//! What may not be read: secrets under a passphrase, and the sealed parts of threads.
//!
//! ```text
//! words ──► DecryptionKey ── unwraps ──► EpochKey ── opens ──► a message's or a header's inside
//!           (X25519)          HPKE       (32 bytes)  XChaCha20-Poly1305
//! ```
//!
//! Chance comes from the caller. Nothing here knows who signed what: only what was verified is
//! worth opening.

mod begin;
mod draft;
mod envelope;
mod epoch;
mod hand_on;
mod inside;
mod opener;
mod padding;
mod passphrase;
mod readers;
mod repeatable;
mod room;
mod rules;
mod sealer;
mod weak;

pub use begin::{Random, begin_epoch};
pub use envelope::{Closed, TooLong};
pub use epoch::{CannotWrap, DecryptionKey, EpochKey, NoKey, Reader, Wrap};
pub use opener::{Locked, Opener, StillClosed};
#[cfg(test)]
pub use passphrase::derived::keys_derived_here;
pub use passphrase::{CannotOpen, Cost, PassphraseKey};
pub use rules::{Due, Epochs, Plan};
pub use sealer::{CannotSeal, Readied, Sealer};
pub use weak::is_weak;

use room::Room;
