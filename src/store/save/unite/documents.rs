//! The signed documents beside the threads: a true one has its name before anything else, and
//! several true ones are united and signed anew.

use super::trees::Uniting;
use crate::model::{
    Card, Document, DocumentKind, Erasure, Filed, KeptDraft, MAX_FILED_BYTES, OwnedProject,
    unite_cards,
};
use crate::store::history::losses::FolderKind;
use crate::store::{StoreError, objects};
use crate::verify;
use git2::Oid;
use std::collections::BTreeSet;

impl Uniting<'_, '_> {
    /// Whether an object is a true document of the owner's that may lie in this folder under this
    /// name.
    pub(super) fn is_true_document(
        &self,
        folder: FolderKind,
        name: &[u8],
        object: Oid,
    ) -> Result<bool, StoreError> {
        Ok(match folder {
            FolderKind::Erased => self.true_erasure(name, object)?.is_some(),
            FolderKind::Mmogit => self.true_card(object)?.is_some(),
            FolderKind::Projects => self.true_filed::<OwnedProject>(name, object)?.is_some(),
            FolderKind::Drafts => self.true_filed::<KeptDraft>(name, object)?.is_some(),
            _ => false,
        })
    }

    /// The union of true documents that lie under one name. One alone stays as it is.
    pub(super) fn united_document(
        &self,
        folder: FolderKind,
        name: &[u8],
        objects: &BTreeSet<Oid>,
    ) -> Result<Option<Oid>, StoreError> {
        match folder {
            FolderKind::Erased => self.united_erasure(name, objects),
            FolderKind::Projects => self.united_filed::<OwnedProject>(name, objects),
            FolderKind::Drafts => self.united_filed::<KeptDraft>(name, objects),
            _ => {
                let mut cards = Vec::new();
                for object in objects {
                    cards.extend(self.true_card(*object)?);
                }
                self.united(objects, cards, unite_cards)
            }
        }
    }

    fn united_erasure(
        &self,
        name: &[u8],
        objects: &BTreeSet<Oid>,
    ) -> Result<Option<Oid>, StoreError> {
        let mut erasures = Vec::new();
        for object in objects {
            erasures.extend(self.true_erasure(name, *object)?);
        }
        let is_again = |again: &&Erasure| {
            let mut known = erasures.iter().map(|erasure: &Erasure| erasure.erased_id());
            known.any(|known| known == again.erased_id())
        };
        let again: Vec<Erasure> = self.asked.again.iter().filter(is_again).cloned().collect();
        erasures.extend(again);
        self.united(objects, erasures, Erasure::united_with)
    }

    fn united_filed<Kind: Filed>(
        &self,
        name: &[u8],
        objects: &BTreeSet<Oid>,
    ) -> Result<Option<Oid>, StoreError> {
        let mut documents = Vec::new();
        for object in objects {
            documents.extend(self.true_filed::<Kind>(name, *object)?);
        }
        self.united(objects, documents, Kind::unite)
    }

    /// Whether an object is the draft of a thread that was erased.
    pub(super) fn is_erased_draft(&self, name: &[u8], object: Oid) -> Result<bool, StoreError> {
        let draft = self.true_filed::<KeptDraft>(name, object)?;
        Ok(draft.is_some_and(|draft| self.erased.contains(&draft.thread.to_string())))
    }

    fn united<Kind: DocumentKind>(
        &self,
        objects: &BTreeSet<Oid>,
        documents: Vec<Document<Kind>>,
        unite: impl Fn(&Document<Kind>, &Document<Kind>) -> Document<Kind>,
    ) -> Result<Option<Oid>, StoreError> {
        if documents.len() < 2 {
            return Ok(objects.first().copied());
        }
        let united = documents
            .into_iter()
            .reduce(|united, next| unite(&united, &next));
        united.map(|united| self.write_document(united)).transpose()
    }

    fn write_document<Kind: DocumentKind>(
        &self,
        mut document: Document<Kind>,
    ) -> Result<Oid, StoreError> {
        if document.signature().is_none() {
            self.asked.owner.sign_document(&mut document);
        }
        let file = document.to_file();
        self.store.repo.blob(&file).map_err(|e| self.store.git(e))
    }

    /// The word of an erasure.
    fn true_erasure(&self, name: &[u8], object: Oid) -> Result<Option<Erasure>, StoreError> {
        let Ok(name) = str::from_utf8(name) else {
            return Ok(None);
        };
        let erasure: Option<Erasure> = self.document(object)?;
        Ok(erasure.filter(|erasure| verify::erasure(&self.owner(), erasure, name).is_ok()))
    }

    /// The owner's card.
    fn true_card(&self, object: Oid) -> Result<Option<Card>, StoreError> {
        let card: Option<Card> = self.document(object)?;
        Ok(card.filter(|card| verify::card(&self.owner(), card).is_ok()))
    }

    /// A project, or a draft, of the owner's.
    fn true_filed<Kind: Filed>(
        &self,
        name: &[u8],
        object: Oid,
    ) -> Result<Option<Document<Kind>>, StoreError> {
        let Ok(name) = str::from_utf8(name) else {
            return Ok(None);
        };
        let size = objects::size_of(&self.store.repo, object);
        if size.map_err(|e| self.store.git(e))? > MAX_FILED_BYTES {
            return Ok(None);
        }
        let filed: Option<Document<Kind>> = self.document(object)?;
        Ok(filed.filter(|filed| verify::filed(&self.owner(), filed, name).is_ok()))
    }

    fn document<Kind: DocumentKind>(
        &self,
        object: Oid,
    ) -> Result<Option<Document<Kind>>, StoreError> {
        match self.store.read_blob(object) {
            Err(StoreError::ObjectTooLarge { .. }) => Ok(None),
            bytes => Ok(Document::read(&bytes?).ok()),
        }
    }
}
