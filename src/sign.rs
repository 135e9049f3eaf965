//! Signatures: Ed25519 (RFC 8032) over OpenSSH's SSHSIG framing (PROTOCOL.sshsig), hash sha512.
//!
//! The record keeps the raw 64 bytes; the armour is rebuilt on export, so that stock `ssh-keygen -Y
//! verify` and `git verify-commit` can check everything that is signed here.

pub(crate) mod remembered;

pub use crate::model::Namespace;
use crate::model::{Document, DocumentKind, Message, MessageDraft, PublicKey, Signature, Thread};
use base64ct::{Base64, Encoding};
use ed25519_dalek::Signer as _;
use remembered::Mark;
#[cfg(feature = "internals")]
pub use remembered::forget_signatures;
use sha2::{Digest, Sha512};

const MAGIC: &[u8] = b"SSHSIG";
const HASH: &[u8] = b"sha512";
const KEY_TYPE: &[u8] = b"ssh-ed25519";
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----\n";
const END: &str = "-----END SSH SIGNATURE-----\n";

/// A secret key, ready to sign. It can't be printed, copied or written.
pub struct Signer(ed25519_dalek::SigningKey);

impl Signer {
    /// From the 32 secret bytes of RFC 8032.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(secret))
    }

    /// The key that checks its signatures.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs bytes.
    pub fn sign(&self, namespace: Namespace, bytes: &[u8]) -> Signature {
        self.sign_framed(&framed(namespace, &Sha512::digest(bytes).into()))
    }

    fn sign_framed(&self, framed: &[u8]) -> Signature {
        Signature(self.0.sign(framed).to_bytes())
    }

    /// Signs a message; the draft must name this key as its author.
    pub fn sign_message(&self, draft: MessageDraft) -> Message {
        draft.signed_by(|digest| {
            let framed = framed(Namespace::Message, digest);
            let signature = self.sign_framed(&framed);
            Mark::of(&self.public(), &framed, &signature).remember();
            signature
        })
    }

    /// Signs a thread's header.
    pub fn sign_thread(&self, thread: &mut Thread) {
        let signature = self.sign(Namespace::Thread, &thread.signed_bytes());
        thread.set_signature(signature);
    }

    /// Signs a document; it must name this key as its author.
    pub fn sign_document<Kind: DocumentKind>(&self, document: &mut Document<Kind>) {
        let signature = self.sign(Kind::NAMESPACE, &document.signed_bytes());
        document.set_signature(signature);
    }

    /// The armoured signature of bytes, as git keeps it in a commit.
    pub fn sign_armoured(&self, namespace: Namespace, bytes: &[u8]) -> String {
        armour(&self.public(), namespace, &self.sign(namespace, bytes))
    }
}

/// The bytes that Ed25519 signs: the SSHSIG frame around the SHA-512 of what is signed.
pub fn framed(namespace: Namespace, digest: &[u8; 64]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(128);
    frame.extend(MAGIC);
    for field in [namespace.as_str().as_bytes(), b"", HASH, digest] {
        push(&mut frame, field);
    }
    frame
}

/// The `SSH SIGNATURE` block that `ssh-keygen -Y verify` reads.
pub fn armour(key: &PublicKey, namespace: Namespace, signature: &Signature) -> String {
    let mut signature_field = Vec::new();
    push(&mut signature_field, KEY_TYPE);
    push(&mut signature_field, &signature.0);
    let mut blob = MAGIC.to_vec();
    blob.extend(1u32.to_be_bytes());
    for field in [
        &key_field(key)[..],
        namespace.as_str().as_bytes(),
        b"",
        HASH,
        &signature_field,
    ] {
        push(&mut blob, field);
    }
    let encoded = Base64::encode_string(&blob);
    let mut text = BEGIN.to_owned();
    for line in encoded.as_bytes().chunks(70) {
        text.extend(line.iter().map(|&byte| char::from(byte)));
        text.push('\n');
    }
    text + END
}

/// Reads an armoured signature made for `namespace`; `None` if it is anything else, however
/// slightly.
pub fn read_armour(text: &str, namespace: Namespace) -> Option<(PublicKey, Signature)> {
    let body = text
        .strip_prefix(BEGIN)?
        .trim_end_matches('\n')
        .strip_suffix(END.trim_end())?;
    let blob = Base64::decode_vec(&body.replace('\n', "")).ok()?;
    let rest = blob
        .strip_prefix(MAGIC)?
        .strip_prefix(&1u32.to_be_bytes())?;
    let (key, rest) = take(rest)?;
    let (found_namespace, rest) = take(rest)?;
    let (reserved, rest) = take(rest)?;
    let (hash, rest) = take(rest)?;
    let (signature, rest) = take(rest)?;
    let key = only_field_after_type(key)?;
    let signature = only_field_after_type(signature)?;
    let right = rest.is_empty()
        && found_namespace == namespace.as_str().as_bytes()
        && reserved.is_empty()
        && hash == HASH;
    right.then_some((
        PublicKey(key.try_into().ok()?),
        Signature(signature.try_into().ok()?),
    ))
}

/// A line of an allowed-signers file (ssh-keygen(1), ALLOWED SIGNERS).
pub fn allowed_signers_line(principal: &str, namespaces: &[Namespace], key: &PublicKey) -> String {
    let names: Vec<&str> = namespaces
        .iter()
        .map(|namespace| namespace.as_str())
        .collect();
    let encoded = Base64::encode_string(&key_field(key));
    format!(
        "{principal} namespaces=\"{}\" ssh-ed25519 {encoded}\n",
        names.join(",")
    )
}

/// `SHA256:…`, as ssh-keygen shows a key.
pub fn fingerprint(key: &PublicKey) -> String {
    let digest = sha2::Sha256::digest(key_field(key));
    format!(
        "SHA256:{}",
        Base64::encode_string(&digest).trim_end_matches('=')
    )
}

fn key_field(key: &PublicKey) -> Vec<u8> {
    let mut field = Vec::new();
    push(&mut field, KEY_TYPE);
    push(&mut field, &key.0);
    field
}

/// An SSH string (RFC 4251 §5): its length in four bytes, then itself.
fn push(bytes: &mut Vec<u8>, field: &[u8]) {
    let length = u32::try_from(field.len()).expect("no field is that long");
    bytes.extend(length.to_be_bytes());
    bytes.extend(field);
}

fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

fn only_field_after_type(bytes: &[u8]) -> Option<&[u8]> {
    let (key_type, rest) = take(bytes)?;
    let (field, rest) = take(rest)?;
    (key_type == KEY_TYPE && rest.is_empty()).then_some(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn armour_is_read_back_for_its_own_purpose_only() {
        let signer = Signer::from_secret(&[7; 32]);
        let text = signer.sign_armoured(Namespace::Git, b"commit");
        let (key, signature) = read_armour(&text, Namespace::Git).unwrap();
        assert_eq!(key, signer.public());
        assert_eq!(signature, signer.sign(Namespace::Git, b"commit"));
        assert_eq!(read_armour(&text, Namespace::Message), None);
        for cut in 0..text.len() - 1 {
            assert_eq!(
                read_armour(&text[..cut], Namespace::Git),
                None,
                "cut at {cut}"
            );
        }
    }
}
