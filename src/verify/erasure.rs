//! The check of an erasure.

use super::{Check, signature};
use crate::model::{Erasure, PublicKey};
use crate::sign::Namespace;

/// Checks that the owner of a branch signed an erasure on it, which stands there under this name.
pub fn erasure(owner: &PublicKey, erasure: &Erasure, file_name: &str) -> Check {
    if file_name != erasure.file_name() {
        return Err("it is not in its place".into());
    }
    if erasure.author() != *owner {
        return Err(format!(
            "it names {}…, not the branch's owner",
            erasure.author().short()
        ));
    }
    let made = erasure.signature().ok_or("it is not signed")?;
    if signature(owner, Namespace::Erasure, &erasure.signed_bytes(), made) {
        Ok(())
    } else {
        Err("its signature is wrong".into())
    }
}
