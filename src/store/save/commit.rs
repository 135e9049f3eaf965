//! Signed commits, written object by object: no index, no work tree, no checkout.

use crate::model::{PublicKey, Timestamp};
use crate::sign::{Namespace, Signer};
use crate::store::objects::ObjectError;
use crate::store::{Store, StoreError, objects};
use git2::{ErrorCode, FileMode, ObjectType, Oid, Signature, Time, Tree};

/// Where a file lies within a branch, and what it holds.
pub(in crate::store) type Placed<'p> = (&'p [String], Oid);

impl Store {
    /// The tree with these files, in the order of their paths, put in their places. Each tree on
    /// the way is written once, and noted in `made`.
    pub(in crate::store) fn tree_with(
        &self,
        tree: Option<&Tree<'_>>,
        files: &[Placed<'_>],
        made: &mut Vec<Oid>,
    ) -> Result<Oid, StoreError> {
        let mut builder = self.repo.treebuilder(tree).map_err(|e| self.git(e))?;
        for group in files.chunk_by(|(one, _), (other, _)| one[0] == other[0]) {
            let (path, blob) = group[0];
            let name = &path[0];
            let (child, mode) = if path.len() == 1 {
                (blob, FileMode::Blob)
            } else {
                let below = match builder.get(name).map_err(|e| self.git(e))? {
                    None => None,
                    Some(entry) if entry.kind() == Some(ObjectType::Tree) => {
                        Some(objects::folder(&self.repo, entry.id()).map_err(|e| self.git(e))?)
                    }
                    Some(_) => return Err(StoreError::Misplaced { path: name.clone() }),
                };
                let inner: Vec<Placed<'_>> = group
                    .iter()
                    .map(|(path, blob)| (&path[1..], *blob))
                    .collect();
                (
                    self.tree_with(below.as_ref(), &inner, made)?,
                    FileMode::Tree,
                )
            };
            builder
                .insert(name, child, mode.into())
                .map_err(|e| self.git(e))?;
        }
        let id = builder.write().map_err(|e| self.git(e))?;
        // What could not be read back is refused before anything leads to it.
        objects::is_readable_folder(&self.repo, id).map_err(|e| self.git(e))?;
        made.push(id);
        Ok(id)
    }

    /// Writes a commit of so many changed threads on top of its parents, signed by the branch's
    /// owner. It moves no branch.
    pub(in crate::store) fn commit(
        &self,
        owner: &Signer,
        tree: Oid,
        threads: usize,
        parents: &[Oid],
        time: Timestamp,
    ) -> Result<Oid, StoreError> {
        // Never a title or a text: a thread may be encrypted.
        let message = if threads == 1 {
            "1 thread\n".to_owned()
        } else {
            format!("{threads} threads\n")
        };
        self.commit_saying(owner, tree, &message, parents, time)
    }

    /// The same, of a changed card.
    pub(in crate::store) fn commit_card(
        &self,
        owner: &Signer,
        tree: Oid,
        parents: &[Oid],
        time: Timestamp,
    ) -> Result<Oid, StoreError> {
        self.commit_saying(owner, tree, "card\n", parents, time)
    }

    /// The same, with a message that tells nothing of what is in it.
    pub(in crate::store) fn commit_saying(
        &self,
        owner: &Signer,
        tree: Oid,
        message: &str,
        parents: &[Oid],
        time: Timestamp,
    ) -> Result<Oid, StoreError> {
        let who = identity(&owner.public(), time).map_err(|e| self.git(e))?;
        let text = self
            .commit_text(&who, tree, message, parents)
            .map_err(|e| self.git(e))?;
        let armour = owner.sign_armoured(Namespace::Git, text.as_bytes());
        self.repo
            .commit_signed(&text, armour.trim_end(), None)
            .map_err(|e| self.git(e))
    }

    /// What is signed of a commit.
    fn commit_text(
        &self,
        who: &Signature<'_>,
        tree: Oid,
        message: &str,
        parents: &[Oid],
    ) -> Result<String, ObjectError> {
        let tree = objects::folder(&self.repo, tree)?;
        let mut commits = Vec::with_capacity(parents.len());
        for parent in parents {
            commits.push(objects::commit(&self.repo, *parent)?);
        }
        let parents: Vec<_> = commits.iter().collect();
        let text = self
            .repo
            .commit_create_buffer(who, who, message, &tree, &parents)?;
        Ok(String::from_utf8(text.to_vec()).expect("what we put in is UTF-8"))
    }

    /// Moves a branch from one commit to another; `false` if it is no longer where it was.
    pub(in crate::store) fn move_branch(
        &self,
        name: &str,
        from: Option<Oid>,
        to: Oid,
    ) -> Result<bool, StoreError> {
        let moved = match from {
            Some(from) => self.repo.reference_matching(name, to, true, from, ""),
            None => self.repo.reference(name, to, false, ""),
        };
        match moved {
            Ok(_) => Ok(true),
            Err(e)
                if matches!(
                    e.code(),
                    ErrorCode::Modified | ErrorCode::Exists | ErrorCode::Locked
                ) =>
            {
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
pub(in crate::store) fn principal(author: &PublicKey) -> String {
    format!("{author}@users.mmogit.invalid")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Keys, Words};

    /// What another program put there meanwhile is never written over.
    #[test]
    fn a_branch_moves_only_from_where_it_was_seen() {
        let home = tempfile::tempdir().unwrap();
        let keys = Keys::from_words(&Words::from_entropy(&[1; 32]).unwrap());
        let store = Store::open_or_create(home.path(), &keys.public()).unwrap();
        let tree = store.repo.treebuilder(None).unwrap().write().unwrap();
        let [first, theirs, ours] = [1, 2, 3].map(|second| {
            store
                .commit(
                    keys.owner(),
                    tree,
                    1,
                    &[],
                    Timestamp::from_millis(second * 1000),
                )
                .unwrap()
        });
        let name = "refs/heads/users/somebody";
        let at = || store.repo.refname_to_id(name).unwrap();

        assert!(store.move_branch(name, None, first).unwrap());
        assert!(!store.move_branch(name, None, ours).unwrap());
        assert_eq!(at(), first);
        store.repo.reference(name, theirs, true, "").unwrap();
        assert!(!store.move_branch(name, Some(first), ours).unwrap());
        assert_eq!(at(), theirs);
        assert!(store.move_branch(name, Some(theirs), ours).unwrap());
        assert_eq!(at(), ours);
    }
}
