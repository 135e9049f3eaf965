//! The text of a draft whose thread is sealed: for the readers of the thread, bound to the draft.

use super::{CannotSeal, Closed, EpochKey, Locked, Opener, Room, Sealer, TooLong};
use crate::model::json::{Map, Value, canonical, canonical_without};
use crate::model::{Hash, Nonce, OpenDraft, Sealed, Thread};

impl EpochKey {
    /// Seals what may be read of the draft with this id.
    ///
    /// # Errors
    /// If it is too long to be opened again.
    pub fn seal_draft_text(
        &self,
        nonce: Nonce,
        id: &Hash,
        open: &OpenDraft,
    ) -> Result<Sealed, TooLong> {
        let text = canonical_without(&open.to_inside(), &[]);
        self.seal(nonce, &draft_context(id), &text)
    }

    /// Opens it.
    ///
    /// # Errors
    /// Why it can't be opened.
    pub fn open_draft_text(&self, id: &Hash, sealed: &Sealed) -> Result<OpenDraft, Closed> {
        let inside = self.open_object(&mut Room::of_a_box(), &draft_context(id), sealed)?;
        OpenDraft::of_inside(&inside).ok_or(Closed::NoContent)
    }
}

impl Sealer<'_> {
    /// Seals what may be read of a draft, for whoever reads what is said in its thread now.
    ///
    /// # Errors
    /// If it is too long, or its writer can't open the epoch in force.
    pub fn seal_draft_text(
        &self,
        thread: &Thread,
        id: &Hash,
        open: &OpenDraft,
    ) -> Result<Sealed, CannotSeal> {
        let key = self.key_in_force(thread)?;
        Ok(key.seal_draft_text(self.nonce(), id, open)?)
    }
}

impl Opener {
    /// What may be read of a draft that was sealed in one of its thread's epochs.
    ///
    /// # Errors
    /// Why it stays closed.
    pub fn open_draft_text(
        &self,
        thread: &Thread,
        id: &Hash,
        sealed: &Sealed,
    ) -> Result<OpenDraft, Locked> {
        let key = self.key_to_read(thread.epochs(), &sealed.epoch)?;
        Ok(key.open_draft_text(id, sealed)?)
    }
}

fn draft_context(id: &Hash) -> Vec<u8> {
    let mut bound = Map::new();
    bound.insert("id".to_owned(), id.to_string().into());
    canonical(&Value::Object(bound))
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    #[test]
    fn a_draft_opens_under_its_own_id_and_no_other() {
        let key = EpochKey::new(Zeroizing::new([4; 32]));
        let open = OpenDraft {
            content: "the plan".into(),
            kind: Some("draft_task_list".to_owned()),
            project: None,
        };
        let id = Hash([1; 32]);
        let sealed = key.seal_draft_text(Nonce([2; 24]), &id, &open).unwrap();
        assert_eq!(key.open_draft_text(&id, &sealed), Ok(open));
        let other = key.open_draft_text(&Hash([3; 32]), &sealed);
        assert_eq!(other, Err(Closed::Altered));
        let title = key.seal(
            Nonce([2; 24]),
            &draft_context(&id),
            b"{\"title\":\"no content\"}",
        );
        let other = key.open_draft_text(&id, &title.unwrap());
        assert_eq!(other, Err(Closed::NoContent));
    }
}
