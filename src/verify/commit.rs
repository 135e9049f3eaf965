//! The check of a commit, on its bytes alone.

use super::{Check, signature};
use crate::model::PublicKey;
use crate::sign::{Namespace, read_armour};

/// Checks a commit object: signed once, over all the rest of it, by the key that owns the branch.
pub fn commit(owner: &PublicKey, object: &[u8]) -> Check {
    let (armour, signed_bytes) = take_signature(object)?;
    let (key, made) = std::str::from_utf8(&armour)
        .ok()
        .and_then(|armour| read_armour(armour, Namespace::Git))
        .ok_or("its signature is not one of git's by SSH")?;
    if key != *owner {
        return Err(format!(
            "signed by {}…, not by the branch's owner",
            key.short()
        ));
    }
    if signature(&key, Namespace::Git, &signed_bytes, &made) {
        Ok(())
    } else {
        Err("its signature is wrong".into())
    }
}

/// The armour in the one `gpgsig` header, and the object without that header. With two of them,
/// programs differ in what they take for signed, so such a commit is refused; so is
/// `gpgsig-sha256`, which git leaves out as well.
fn take_signature(object: &[u8]) -> Result<(Vec<u8>, Vec<u8>), String> {
    let end = object
        .windows(2)
        .position(|two| two == b"\n\n")
        .ok_or("it is no commit")?
        + 1;
    let (header, text) = object.split_at(end);
    let (mut armour, mut rest) = (None, Vec::with_capacity(object.len()));
    let mut in_armour = false;
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        match (line.strip_prefix(b" "), &mut armour) {
            (Some(more), Some(armour)) if in_armour => Vec::extend_from_slice(armour, more),
            (_, found) if line.starts_with(b"gpgsig") => {
                let first = line.strip_prefix(b"gpgsig ").filter(|_| found.is_none());
                armour = Some(
                    first
                        .ok_or("it has more than one signature, or another kind")?
                        .to_vec(),
                );
                in_armour = true;
            }
            _ => {
                rest.extend_from_slice(line);
                in_armour = false;
            }
        }
    }
    rest.extend_from_slice(text);
    Ok((armour.ok_or("it is not signed")?, rest))
}
