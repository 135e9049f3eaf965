//! An owner's card on their branch.

use crate::model::layout::CARD;
use crate::model::{Card, PublicKey, Timestamp, crash_point, unite_cards};
use crate::sign::Signer;
use crate::store::lock::RepositoryLock;
use crate::store::objects::places::{PLAIN, folder_at};
use crate::store::objects::repository::branch_of;
use crate::store::objects::threads::LARGE;
use crate::store::save::Attempt;
use crate::store::{CommitId, Store, StoreError, objects};
use crate::verify::{self, CardFault};
use git2::{Oid, Tree};

/// The verdict on the card that a branch has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardVerdict {
    /// What it says, where it can be read.
    pub card: Option<Card>,
    /// Signed by the branch's owner, with keys that are some.
    pub check: Result<(), CardFault>,
}

impl CardVerdict {
    /// The card, if it is its owner's word.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn good(self) -> Result<Card, CardFault> {
        self.check?;
        Ok(self.card.expect("what was checked was read"))
    }

    fn of(owner: &PublicKey, read: Result<Card, CardFault>) -> Self {
        match read {
            Ok(card) => Self {
                check: verify::card(owner, &card),
                card: Some(card),
            },
            Err(fault) => Self {
                card: None,
                check: Err(fault),
            },
        }
    }
}

impl Store {
    /// The card on an owner's branch; `None` if there is no branch, or no card on it.
    ///
    /// # Errors
    ///
    /// If the branch's newest commit can't be read. What is wrong with the card is in its verdict.
    pub fn card_of(&self, owner: &PublicKey) -> Result<Option<CardVerdict>, StoreError> {
        match self.tip(owner)? {
            Some(tip) => self.card_at(owner, tip),
            None => Ok(None),
        }
    }

    /// The card of an owner as a commit has it. No branch need have the commit.
    ///
    /// # Errors
    ///
    /// If the commit can't be read. What is wrong with the card is in its verdict.
    pub fn card_at(
        &self,
        owner: &PublicKey,
        tip: CommitId,
    ) -> Result<Option<CardVerdict>, StoreError> {
        self.card_in(owner, &self.tree_at(tip.0)?)
    }

    pub(in crate::store) fn card_in(
        &self,
        owner: &PublicKey,
        tree: &Tree<'_>,
    ) -> Result<Option<CardVerdict>, StoreError> {
        let [folder, name] = CARD;
        let folder = folder_at(&self.repo, tree, &[folder]).map_err(|e| self.git(e))?;
        let entry = folder.as_ref().and_then(|folder| folder.get_name(name));
        let Some(entry) = entry else { return Ok(None) };
        let read = if entry.filemode_raw() == PLAIN {
            self.read_card(entry.id())
        } else {
            Err(CardFault::NotPlain)
        };
        Ok(Some(CardVerdict::of(owner, read)))
    }

    /// Refuses to put anything on a branch whose card names a successor. A card that is not good says
    /// nothing here.
    pub(in crate::store) fn refuse_succeeded(
        &self,
        owner: &PublicKey,
        tree: Option<&Tree<'_>>,
    ) -> Result<(), StoreError> {
        let Some(tree) = tree else { return Ok(()) };
        let card = self.card_in(owner, tree)?.map(CardVerdict::good);
        match card.and_then(Result::ok) {
            Some(card) => match card.succeeded_by.first() {
                Some(newer) => Err(StoreError::Succeeded { by: newer.key }),
                None => Ok(()),
            },
            None => Ok(()),
        }
    }

    fn read_card(&self, blob: Oid) -> Result<Card, CardFault> {
        let unreadable = |why: String| CardFault::Unreadable { why };
        let size = objects::size_of(&self.repo, blob).map_err(|e| unreadable(e.to_string()))?;
        if size > LARGE {
            return Err(CardFault::TooLarge);
        }
        let bytes = self
            .read_blob(blob)
            .map_err(|e| unreadable(e.to_string()))?;
        Card::read(&bytes).map_err(CardFault::Malformed)
    }

    /// Puts a card on its owner's branch, united with the one that is there. Returns what is there
    /// then.
    ///
    /// # Errors
    ///
    /// If the card that is there is not its owner's word, if the branch can't be read, if other
    /// programs keep moving it, or if the disk refuses. Nothing was changed then.
    pub fn put_card(
        &self,
        owner: &Signer,
        card: &Card,
        now: Timestamp,
    ) -> Result<Card, StoreError> {
        let _lock = RepositoryLock::wait(self.home())?;
        self.unite_before_saving(owner, now)?;
        let author = owner.public();
        self.insist(&branch_of(&author), || {
            let tip = self.tip(&author)?;
            self.try_to_put_card(owner, card, tip, now)
        })
    }

    fn try_to_put_card(
        &self,
        owner: &Signer,
        card: &Card,
        tip: Option<CommitId>,
        now: Timestamp,
    ) -> Result<Attempt<Card>, StoreError> {
        let author = owner.public();
        let tree = tip.map(|CommitId(tip)| self.tree_at(tip)).transpose()?;
        let stored = match &tree {
            Some(tree) => self.card_in(&author, tree)?,
            None => None,
        };
        let stored = stored.map(CardVerdict::good).transpose();
        let stored = stored.map_err(|fault| StoreError::Card {
            owner: author,
            fault,
        })?;
        let mut united = match &stored {
            Some(stored) => unite_cards(stored, card),
            None => card.clone(),
        };
        if united.signature().is_none() {
            owner.sign_document(&mut united);
        }
        if stored.as_ref() == Some(&united) {
            return Ok(Attempt::Done(united));
        }
        let blob = self.repo.blob(&united.to_file()).map_err(|e| self.git(e))?;
        let place = CARD.map(str::to_owned);
        let new_tree = self.tree_with(tree.as_ref(), &[(&place[..], blob)], &mut Vec::new())?;
        let parents: Vec<Oid> = tip.iter().map(|CommitId(tip)| *tip).collect();
        let commit = self.commit_card(owner, new_tree, &parents, now)?;
        crash_point!("card-commit-written");
        let published = self.publish(&author, tip, commit)?;
        Ok(published.map(|_| united))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Keys, Words};
    use crate::model::{CardEntry, EncryptionKey, OwnerCard};
    use crate::store::CommitFinding;

    fn store_and_keys() -> (tempfile::TempDir, Store, Keys) {
        let home = tempfile::tempdir().unwrap();
        let keys = Keys::from_words(&Words::from_entropy(&[1; 32]).unwrap());
        let store = Store::open_or_create(home.path(), &keys.public()).unwrap();
        (home, store, keys)
    }

    fn named(keys: &Keys, name: &str, time: i64) -> Card {
        let mut card = OwnerCard::unnamed(EncryptionKey([9; 32]));
        card.name = name.to_owned();
        card.updated_at = Timestamp::from_millis(time);
        Card::new(keys.public(), card)
    }

    #[test]
    fn a_card_is_put_once_and_united_with_the_one_there() {
        let (_home, store, keys) = store_and_keys();
        let now = Timestamp::from_millis(1_756_140_749_000);
        let put = |card: &Card| store.put_card(keys.owner(), card, now).unwrap();
        let tip = || store.tip(&keys.public()).unwrap().unwrap();
        assert_eq!(store.card_of(&keys.public()).unwrap(), None);
        let newer = put(&named(&keys, "newer", 20));
        let first = tip();
        assert_eq!(put(&named(&keys, "newer", 20)), newer);
        assert_eq!(put(&named(&keys, "older", 10)), newer);
        assert_eq!(tip(), first, "nothing new, no commit");
        put(&named(&keys, "newest", 30));
        assert_ne!(tip(), first);
        let found = store.card_of(&keys.public()).unwrap().unwrap();
        assert_eq!(found.good().unwrap().name, "newest");
        assert_eq!(
            store.check_branch(&keys.public()).unwrap().problems(),
            [""; 0]
        );
    }

    /// What a branch is found to lack, whose card was one and then becomes another, or none.
    fn lost_after(before: &Card, after: Option<Vec<u8>>) -> Vec<CommitFinding> {
        let (_home, store, keys) = store_and_keys();
        let now = Timestamp::from_millis(1_756_140_749_000);
        store.put_card(keys.owner(), before, now).unwrap();
        let place = CARD.map(str::to_owned);
        let tip = store.tip(&keys.public()).unwrap();
        let blob = after.map(|bytes| store.repo.blob(&bytes).unwrap());
        let files: Vec<_> = blob.iter().map(|blob| (&place[..], *blob)).collect();
        let tree = store.tree_with(None, &files, &mut Vec::new()).unwrap();
        let parents = [tip.unwrap().0];
        let commit = store.commit_card(keys.owner(), tree, &parents, now);
        let report = store.check_history(&keys.public(), CommitId(commit.unwrap()));
        report.unwrap().commits[0].findings.clone()
    }

    #[test]
    fn a_card_that_says_less_is_a_loss() {
        let (_home, _store, keys) = store_and_keys();
        let path = || CARD.join("/");
        let taken = [CommitFinding::CardTakenAway { path: path() }];
        let file = |card: &Card| {
            let mut card = card.clone();
            keys.owner().sign_document(&mut card);
            Some(card.to_file())
        };
        let plain = named(&keys, "newer", 20);
        let mut says = OwnerCard::clone(&plain);
        says.retired = vec![CardEntry::up_to(PublicKey([5; 32]), &"0".repeat(40))];
        let more = plain.with(says);
        assert_eq!(lost_after(&plain, file(&more)), []);
        assert_eq!(lost_after(&more, file(&plain)), taken);
        assert_eq!(lost_after(&plain, Some(b"{}".to_vec())), taken);
        assert_eq!(
            lost_after(&plain, Some(plain.to_file())),
            taken,
            "not signed"
        );
        let older = CommitFinding::OlderVersion { path: path() };
        assert_eq!(
            lost_after(&plain, file(&named(&keys, "older", 10))),
            [older]
        );
        assert_eq!(lost_after(&plain, None), taken);
    }

    #[test]
    fn nothing_is_built_on_a_card_that_somebody_else_signed() {
        let (_home, store, keys) = store_and_keys();
        let other = Signer::from_secret(&[7; 32]);
        let mut forged = named(&keys, "forged", 10);
        other.sign_document(&mut forged);
        let blob = store.repo.blob(&forged.to_file()).unwrap();
        let place = CARD.map(str::to_owned);
        let tree = store.tree_with(None, &[(&place[..], blob)], &mut Vec::new());
        let now = Timestamp::from_millis(1_756_140_749_000);
        let commit = store.commit_card(keys.owner(), tree.unwrap(), &[], now);
        store
            .publish(&keys.public(), None, commit.unwrap())
            .map(|_| ())
            .unwrap();
        let refused = store.put_card(keys.owner(), &named(&keys, "true", 20), now);
        let report = store.check_branch(&keys.public()).unwrap();
        let codes: Vec<_> = report.findings().iter().map(|found| found.code()).collect();
        assert_eq!(codes, ["card-untrue"]);
        assert!(
            matches!(
                &refused,
                Err(StoreError::Card {
                    fault: CardFault::Untrue(_),
                    ..
                })
            ),
            "{refused:?}"
        );
    }
}
