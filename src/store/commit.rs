//! Signed commits, written object by object: no index, no work tree, no checkout.

use super::files::components;
use super::{Store, StoreError};
use crate::model::{PublicKey, ThreadId, Timestamp};
use crate::sign::{Namespace, Signer};
use git2::{ErrorCode, FileMode, ObjectType, Oid, Signature, Time, Tree};

/// Never a title or a text: a thread may be encrypted.
const MESSAGE: &str = "1 thread\n";

impl Store {
    /// The tree with one thread's file put in its place: a blob and five trees.
    pub(super) fn tree_with(
        &self,
        tree: Option<&Tree<'_>>,
        id: ThreadId,
        file_name: &str,
        blob: Oid,
    ) -> Result<Oid, StoreError> {
        self.put(tree, &components(id, file_name), blob)
    }

    fn put(&self, tree: Option<&Tree<'_>>, path: &[String], blob: Oid) -> Result<Oid, StoreError> {
        let mut builder = self.repo.treebuilder(tree).map_err(|e| self.git(e))?;
        let (name, inner) = path.split_first().expect("a path has a name");
        let (child, mode) = if inner.is_empty() {
            (blob, FileMode::Blob)
        } else {
            let below = match builder.get(name).map_err(|e| self.git(e))? {
                None => None,
                Some(entry) if entry.kind() == Some(ObjectType::Tree) => {
                    Some(self.repo.find_tree(entry.id()).map_err(|e| self.git(e))?)
                }
                Some(_) => return Err(StoreError::Misplaced { path: name.clone() }),
            };
            (self.put(below.as_ref(), inner, blob)?, FileMode::Tree)
        };
        builder.insert(name, child, mode.into()).map_err(|e| self.git(e))?;
        builder.write().map_err(|e| self.git(e))
    }

    /// Writes a commit signed by the branch's owner. It moves no branch.
    pub(super) fn commit(
        &self,
        owner: &Signer,
        tree: Oid,
        parent: Option<Oid>,
        time: Timestamp,
    ) -> Result<Oid, StoreError> {
        let written = || {
            let who = identity(&owner.public(), time)?;
            let tree = self.repo.find_tree(tree)?;
            let parent = parent.map(|id| self.repo.find_commit(id)).transpose()?;
            let parents: Vec<_> = parent.iter().collect();
            let text = self.repo.commit_create_buffer(&who, &who, MESSAGE, &tree, &parents)?;
            let text = std::str::from_utf8(&text).expect("what we put in is UTF-8");
            let armour = owner.sign_armoured(Namespace::Git, text.as_bytes());
            self.repo.commit_signed(text, armour.trim_end(), None)
        };
        written().map_err(|e| self.git(e))
    }

    /// Moves a branch from one commit to another; `false` if it is no longer where it was.
    pub(super) fn move_branch(&self, name: &str, from: Option<Oid>, to: Oid) -> Result<bool, StoreError> {
        let moved = match from {
            Some(from) => self.repo.reference_matching(name, to, true, from, ""),
            None => self.repo.reference(name, to, false, ""),
        };
        match moved {
            Ok(_) => Ok(true),
            Err(e) if matches!(e.code(), ErrorCode::Modified | ErrorCode::Exists | ErrorCode::Locked) => {
                Ok(false)
            }
            Err(e) => Err(self.git(e)),
        }
    }
}

fn identity(author: &PublicKey, time: Timestamp) -> Result<Signature<'static>, git2::Error> {
    Signature::new("mmogit", &principal(author), &Time::new(time.seconds(), 0))
}

/// The address under which an author's key stands in commits and in the allowed-signers file.
pub(super) fn principal(author: &PublicKey) -> String {
    format!("{author}@users.mmogit.invalid")
}
