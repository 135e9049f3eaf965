//! The cipher, and why it may refuse to open something.

use super::padding::{self, MAX_INSIDE_BYTES};
use super::{EpochKey, Room};
use crate::model::json::Rule;
use crate::model::{Nonce, Sealed};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

/// Why a sealed part can't be opened, though its reader has the epoch's key. None of it says that
/// the thread is wrong: who signed it did not keep to the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// It is no sealed part at all.
    #[error("it is not of the form of a sealed part")]
    Shape,
    /// It was sealed with another key, for another place, or was altered before it was signed.
    #[error("it was sealed for another place, or altered before it was signed")]
    Altered,
    /// Its stated length is more than there is.
    #[error("it says to be longer than it is")]
    Length,
    /// It is not padded with zeros to the length that follows from its own.
    #[error("its padding is not of the form")]
    Padding,
    /// It is not deflated as RFC 1951 says.
    #[error("it can't be inflated")]
    Deflate,
    /// Something follows what is deflated.
    #[error("something follows its end")]
    Tail,
    /// It is longer than [`MAX_INSIDE_BYTES`].
    #[error("it would be longer than {MAX_INSIDE_BYTES} bytes")]
    TooLong,
    /// With what was opened of its thread before, it is longer than [`MAX_INSIDE_BYTES`].
    #[error("its thread would be longer than {MAX_INSIDE_BYTES} bytes")]
    ThreadTooLong,
    /// Inside is no strict JSON.
    #[error("inside, it breaks a rule of strict JSON ({})", .0.code())]
    NotStrict(Rule),
    /// Inside is another value than an object.
    #[error("inside, it is no object")]
    NotAnObject,
    /// Inside stands a field that belongs outside, where everybody sees it.
    #[error("inside stands `{0}`, which belongs outside")]
    Poses(&'static str),
    /// Inside is no content.
    #[error("inside, there is no content")]
    NoContent,
    /// Inside a header, the title, the tags or the project is missing or not of its form.
    #[error("inside, its {0} is missing or not of its form")]
    HeaderField(&'static str),
}

impl Closed {
    /// Its name, which does not change.
    pub fn code(self) -> &'static str {
        match self {
            Self::Shape => "sealed-shape",
            Self::Altered => "sealed-altered",
            Self::Length => "sealed-length",
            Self::Padding => "sealed-padding",
            Self::Deflate => "sealed-deflate",
            Self::Tail => "sealed-tail",
            Self::TooLong => "sealed-too-long",
            Self::ThreadTooLong => "sealed-thread-too-long",
            Self::NotStrict(_) => "sealed-not-strict",
            Self::NotAnObject => "sealed-not-an-object",
            Self::Poses(_) => "sealed-poses",
            Self::NoContent => "sealed-no-content",
            Self::HeaderField(_) => "sealed-header-field",
        }
    }
}

/// A text is too long to be sealed: nobody would open it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is longer than the {MAX_INSIDE_BYTES} bytes that can be sealed at once")]
pub struct TooLong;

impl EpochKey {
    /// Seals a text. `context` is bound to it, and must be given again to open it.
    ///
    /// # Errors
    /// If the text is too long to be opened again.
    pub fn seal(&self, nonce: Nonce, context: &[u8], text: &[u8]) -> Result<Sealed, TooLong> {
        let packed = padding::pack(text).ok_or(TooLong)?;
        let payload = Payload {
            msg: &packed,
            aad: context,
        };
        let sealed_box = self.cipher().encrypt(&XNonce::from(nonce.0), payload);
        Ok(Sealed {
            epoch: self.id(),
            nonce,
            sealed_box: sealed_box.expect("what was packed is far below the cipher's limit"),
        })
    }

    /// Opens what `seal` made, or anybody else who has the key.
    ///
    /// # Errors
    /// If the context or the key is another, if anything was altered, or if the form is broken.
    pub fn open(&self, context: &[u8], sealed: &Sealed) -> Result<Vec<u8>, Closed> {
        self.open_within(&mut Room::of_a_box(), context, sealed)
    }

    /// The same, as far as there is room.
    pub(super) fn open_within(
        &self,
        room: &mut Room,
        context: &[u8],
        sealed: &Sealed,
    ) -> Result<Vec<u8>, Closed> {
        room.check()?;
        let payload = Payload {
            msg: &sealed.sealed_box,
            aad: context,
        };
        let opened = self
            .cipher()
            .decrypt(&XNonce::from(sealed.nonce.0), payload);
        padding::unpack(&opened.map_err(|_| Closed::Altered)?, room)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.bytes()))
    }
}

#[cfg(test)]
mod tests;
