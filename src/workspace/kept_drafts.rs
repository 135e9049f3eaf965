//! The drafts of a home's owner: what AIs proposed in their threads, and what became of it.
//!
//! A message that says so has a draft, which is as it came until its user does something with it:
//! only then there is a document. Whoever keeps a reply, or a piece of code in it, makes one too.

use super::projects::LEAST_DIGITS;
use super::{DraftOrigin, ShownDraft, ThreadLook, WorkError, Workspace};
use crate::identity::Keys;
use crate::model::json::Value;
use crate::model::{
    Draft, DraftRefusal, DraftState, DraftText, Hash, KeptDraft, Message, OpenDraft, PublicKey,
    Thread, Timestamp, Uuid, draft_id,
};
use crate::seal::Locked;
use crate::store::{DraftVerdict, Entry, Store, StoreError, Trouble};
use crate::verify::Verdict;
use std::collections::HashMap;
use std::sync::Arc;

/// Something that was asked of a draft and did not happen.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// No draft has an id that begins so.
    #[error("Draft not found: {0}")]
    NotFound(String),
    /// No draft that can be read has.
    #[error(
        "Draft not found: {query}; files that may have it can't be read or verified: {troubles}"
    )]
    NotFoundInAll {
        /// What was asked for.
        query: String,
        /// How many files.
        troubles: usize,
    },
    /// Several have.
    #[error("“{query}” fits {} drafts", ids.len())]
    Ambiguous {
        /// What was asked for.
        query: String,
        /// Whose ids begin so.
        ids: Vec<Hash>,
    },
    /// It is sealed, and its thread, whose keys would open it, is not here or not true.
    #[error("the thread that the draft came up in is not here")]
    NoThread,
    /// It is sealed, and can't be opened.
    #[error("the draft can't be opened: {0}")]
    Closed(Locked),
    /// What became of it does not allow it.
    #[error(transparent)]
    Refused(#[from] DraftRefusal),
}

/// Drafts, and what was found that is none.
#[derive(Debug, Default)]
pub struct DraftList {
    /// The last changed first.
    pub drafts: Vec<ShownDraft>,
    /// What can't be read, or is not its owner's word.
    pub troubles: Vec<Trouble>,
}

/// The documents of drafts on a branch, and what was found that is none.
#[derive(Debug, Default)]
pub struct KeptDrafts {
    /// The documents.
    pub drafts: Vec<Arc<Draft>>,
    /// What can't be read, or is not its owner's word.
    pub troubles: Vec<Trouble>,
}

/// The drafts of a home.
pub struct Drafts<'w> {
    workspace: &'w Workspace,
}

impl Workspace {
    /// Its drafts.
    pub fn drafts(&self) -> Drafts<'_> {
        Drafts { workspace: self }
    }
}

impl Drafts<'_> {
    /// All drafts of the owner: those that are kept, and those that messages of their threads
    /// propose. For the latter each of their threads is read.
    ///
    /// # Errors
    /// If the store can't be read. What is wrong with one draft is a trouble.
    pub fn list(&self, owner: &PublicKey) -> Result<DraftList, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(DraftList::default());
        };
        let Some(tip) = store.tip(owner)? else {
            return Ok(DraftList::default());
        };
        let entries = store.list_at(owner, tip)?.entries;
        self.listed(&store, owner, &entries)
    }

    /// The drafts of the owner that are kept, and those that messages of their conversations propose.
    /// The index says which of these are to be read.
    ///
    /// # Errors
    /// As [`Drafts::list`]; if the index can't be read.
    pub fn list_of_conversations(&self, owner: &PublicKey) -> Result<DraftList, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(DraftList::default());
        };
        let entries = self.workspace.threads().with_drafts(owner)?;
        self.listed(&store, owner, &entries)
    }

    fn listed(
        &self,
        store: &Store,
        owner: &PublicKey,
        entries: &[Entry],
    ) -> Result<DraftList, WorkError> {
        let mut list = DraftList::default();
        let mut found: HashMap<Hash, ShownDraft> = HashMap::new();
        let mut origins: HashMap<Hash, Arc<DraftOrigin>> = HashMap::new();
        let proposals = self.workspace.recall_proposals(store, entries);
        list.troubles = proposals.troubles;
        for proposals in proposals.found {
            let origin = proposals.origin.clone();
            origins.insert(origin.header().root(), origin);
            for proposed in &proposals.drafts {
                found.insert(proposed.draft.id, proposed.clone());
            }
        }
        let KeptDrafts { drafts, troubles } = self.kept_in(store, owner)?;
        list.troubles.extend(troubles);
        for document in drafts {
            let root = document.thread;
            let origin = origins.get(&root).cloned();
            let origin = origin.or_else(|| self.true_origin(&root));
            let shown = ShownDraft::kept(&document, origin, self.workspace.reader());
            found.insert(shown.draft.id, shown);
        }
        list.drafts = found.into_values().collect();
        list.drafts.sort_by_key(|shown| {
            let draft = &shown.draft;
            (std::cmp::Reverse(draft.updated_at), draft.id)
        });
        Ok(list)
    }

    /// The drafts of the owner that are kept.
    ///
    /// # Errors
    /// If the store can't be read. What is wrong with one draft is a trouble.
    pub fn kept(&self, owner: &PublicKey) -> Result<KeptDrafts, WorkError> {
        match self.workspace.store()? {
            Some(store) => self.kept_in(&store, owner),
            None => Ok(KeptDrafts::default()),
        }
    }

    fn kept_in(&self, store: &Store, owner: &PublicKey) -> Result<KeptDrafts, WorkError> {
        let mut kept = KeptDrafts::default();
        for file in store.draft_files(owner)? {
            match self.workspace.recall_draft(store, owner, &file) {
                Ok(document) => kept.drafts.push(document),
                Err(fault) => kept.troubles.push(Trouble {
                    place: file.path_of_draft(),
                    why: fault.to_string(),
                }),
            }
        }
        Ok(kept)
    }

    /// The one draft whose id this is, in either form, or begins so.
    ///
    /// # Errors
    /// If none fits, or several do; if it is not its owner's word.
    pub fn find(&self, owner: &PublicKey, query: &str) -> Result<ShownDraft, WorkError> {
        if let (Ok(id), Some(store)) = (query.parse::<Hash>(), self.workspace.store()?)
            && let Some(document) = good(store.draft(owner, &id)?)?
        {
            return Ok(self.shown(document));
        }
        let list = match query.len() < LEAST_DIGITS {
            true => DraftList::default(),
            false => self.list(owner)?,
        };
        let short_name: Option<Uuid> = query.parse().ok();
        let fits =
            |id: &Hash| short_name == Some(Uuid::of(id)) || id.to_string().starts_with(query);
        let mut fitting = list.drafts;
        fitting.retain(|shown| fits(&shown.draft.id));
        match fitting.pop() {
            None if list.troubles.is_empty() => Err(DraftError::NotFound(query.to_owned()).into()),
            None => Err(DraftError::NotFoundInAll {
                query: query.to_owned(),
                troubles: list.troubles.len(),
            }
            .into()),
            Some(only) if fitting.is_empty() => Ok(only),
            Some(last) => Err(DraftError::Ambiguous {
                query: query.to_owned(),
                ids: fitting
                    .iter()
                    .chain([&last])
                    .map(|one| one.draft.id)
                    .collect(),
            }
            .into()),
        }
    }

    /// The draft that programs know by a name, if it is kept or a conversation has it.
    ///
    /// # Errors
    /// If it is not its owner's word, or the store can't be read.
    pub fn called(&self, owner: &PublicKey, name: &Uuid) -> Result<Option<ShownDraft>, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(None);
        };
        let is_called_so = |id: &Hash| Uuid::of(id) == *name;
        for id in store.draft_ids(owner)? {
            if is_called_so(&id)
                && let Some(document) = good(store.draft(owner, &id)?)?
            {
                return Ok(Some(self.shown(document)));
            }
        }
        let entries = self.workspace.threads().with_drafts(owner)?;
        let proposals = self.workspace.recall_proposals(&store, &entries);
        let found = proposals.found.iter();
        let mut proposed = found.flat_map(|proposals| &proposals.drafts);
        let called_so = proposed.find(|shown| is_called_so(&shown.draft.id));
        Ok(called_so.cloned())
    }

    /// How many of the owner's conversations may propose something, and can't be read or are not
    /// true.
    ///
    /// # Errors
    /// If the store or the index can't be read.
    pub fn count_troubles(&self, owner: &PublicKey) -> Result<usize, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(0);
        };
        let entries = self.workspace.threads().with_drafts(owner)?;
        let proposals = self.workspace.recall_proposals(&store, &entries);
        // Of the latter the index says only that they are no threads, or can't be read.
        let unknown = self.workspace.threads().troubles_of(owner)?;
        Ok(proposals.troubles.len() + unknown.len())
    }

    /// The draft of a message of a true thread, as it is kept, or else as it came: of the whole
    /// message, or of the code block of that number, whose text is `content`.
    ///
    /// # Errors
    /// If the store can't be read, or what is kept is not its owner's word.
    pub fn of_message(
        &self,
        owner: &PublicKey,
        thread: &Thread,
        message: &Message,
        block: u32,
        content: Value,
    ) -> Result<ShownDraft, WorkError> {
        let id = draft_id(&message.id(), block);
        let kept = match self.workspace.store()? {
            Some(store) => good(store.draft(owner, &id)?)?,
            None => None,
        };
        let origin = Arc::new(DraftOrigin::of(thread));
        Ok(match kept {
            None => ShownDraft::proposed(thread, origin, message, block, content),
            Some(document) => {
                let opener = self.workspace.reader();
                ShownDraft::kept(&document, Some(origin), opener)
            }
        })
    }

    /// Keeps a draft as it is.
    ///
    /// # Errors
    /// If it can't be sealed or saved.
    pub fn keep(&self, keys: &Keys, shown: &ShownDraft) -> Result<ShownDraft, WorkError> {
        self.act(keys, shown, |_, _| Ok(()))
    }

    /// Puts another text in its place.
    ///
    /// # Errors
    /// If something was decided already, or if it can't be sealed or saved.
    pub fn edit(
        &self,
        keys: &Keys,
        shown: &ShownDraft,
        content: Value,
    ) -> Result<ShownDraft, WorkError> {
        // What can't be read is not replaced unseen.
        let open = OpenDraft {
            content,
            ..shown.open.clone().map_err(DraftError::Closed)?
        };
        let text = self.text_of(keys, shown, open)?;
        self.act(keys, shown, |draft, now| draft.edit(text, now))
    }

    /// Agrees to what was shown of it. Applying is another step.
    ///
    /// # Errors
    /// If something was decided already, or it says something else by now; if it can't be saved.
    pub fn accept(&self, keys: &Keys, shown: &ShownDraft) -> Result<ShownDraft, WorkError> {
        self.decide(keys, shown, KeptDraft::accept)
    }

    /// Wants none of what was shown of it.
    ///
    /// # Errors
    /// If something was decided already, or it says something else by now; if it can't be saved.
    pub fn discard(&self, keys: &Keys, shown: &ShownDraft) -> Result<ShownDraft, WorkError> {
        self.decide(keys, shown, KeptDraft::discard)
    }

    /// What its user decides is about what they saw.
    fn decide(
        &self,
        keys: &Keys,
        shown: &ShownDraft,
        decide: impl FnOnce(&mut KeptDraft, Timestamp) -> Result<(), DraftRefusal>,
    ) -> Result<ShownDraft, WorkError> {
        self.act(keys, shown, |draft, now| {
            let is_as_shown = match shown.is_kept {
                true => draft.text == shown.draft.text,
                // It was shown as the AI wrote it.
                false => draft.state == DraftState::Generated,
            };
            decide(draft, now)?;
            is_as_shown.then_some(()).ok_or(DraftRefusal::Changed)
        })
    }

    /// Notes that it, or a part of it, was put somewhere. Of a sealed draft it is not noted where.
    ///
    /// # Errors
    /// If it was not accepted, and is no part; if it was discarded; if it can't be saved.
    pub fn note_applied(
        &self,
        keys: &Keys,
        shown: &ShownDraft,
        to: Option<&str>,
        is_part: bool,
    ) -> Result<ShownDraft, WorkError> {
        let to = to.filter(|_| !shown.is_sealed);
        self.act(keys, shown, |draft, now| draft.apply(to, is_part, now))
    }

    fn act(
        &self,
        keys: &Keys,
        shown: &ShownDraft,
        act: impl FnOnce(&mut KeptDraft, Timestamp) -> Result<(), DraftRefusal>,
    ) -> Result<ShownDraft, WorkError> {
        self.workspace.check_in_use(keys)?;
        let (owner, now) = (keys.public(), self.workspace.now());
        let store = self.workspace.store_of(&owner)?;
        // As it is now, and not as it was when it was looked at.
        let before = match good(store.draft(&owner, &shown.draft.id)?)? {
            Some(document) => document,
            None => Draft::new(owner, self.first_version(keys, shown)?),
        };
        let mut draft = KeptDraft::clone(&before);
        act(&mut draft, now).map_err(DraftError::Refused)?;
        let wanted = draft.state;
        let after = match draft == *before {
            true => before,
            false => before.with(draft),
        };
        let saved = store.save_draft(keys.owner(), &after, now)?;
        if let Some(why) = overtaken(wanted, saved.state) {
            return Err(DraftError::Refused(why).into());
        }
        let opener = keys.opener();
        let origin = shown.thread.clone();
        Ok(ShownDraft::kept(&saved, origin, Some(&opener)))
    }

    /// A draft as it came, sealed where its thread is.
    fn first_version(&self, keys: &Keys, shown: &ShownDraft) -> Result<KeptDraft, WorkError> {
        let open = shown.open.clone().map_err(DraftError::Closed)?;
        let mut draft = shown.draft.clone();
        draft.text = self.text_of(keys, shown, open)?;
        Ok(draft)
    }

    fn text_of(
        &self,
        keys: &Keys,
        shown: &ShownDraft,
        open: OpenDraft,
    ) -> Result<DraftText, WorkError> {
        let origin = shown.thread.as_ref();
        let is_sealed = shown.is_sealed || origin.is_some_and(|origin| origin.header().is_sealed());
        if !is_sealed {
            return Ok(DraftText::Open(open));
        }
        let origin = origin.ok_or(DraftError::NoThread)?;
        let sealer = self.workspace.sealer(keys);
        let sealed = sealer.seal_draft_text(origin.header(), &shown.draft.id, &open)?;
        Ok(DraftText::Sealed(sealed))
    }

    fn shown(&self, document: Draft) -> ShownDraft {
        let origin = self.true_origin(&document.thread);
        ShownDraft::kept(&document, origin, self.workspace.reader())
    }

    /// The thread with a root, if it is here and true.
    fn true_origin(&self, root: &Hash) -> Option<Arc<DraftOrigin>> {
        let origin = match self.workspace.threads().look(&root.to_string()).ok()? {
            ThreadLook::True(known) => DraftOrigin::of(known.thread()),
            ThreadLook::Opened(opened) => DraftOrigin::of(&opened),
            ThreadLook::Checked(checked) => {
                let is_true = checked.file.report.verdict == Verdict::Valid;
                let thread = checked.thread().filter(|_| is_true)?;
                DraftOrigin::of(thread)
            }
        };
        Some(Arc::new(origin))
    }
}

/// What is kept, if there is something. Nothing is built on what is not its owner's word.
fn good(verdict: Option<DraftVerdict>) -> Result<Option<Draft>, StoreError> {
    let Some(verdict) = verdict else {
        return Ok(None);
    };
    let path = verdict.path.clone();
    let document = verdict.good();
    document
        .map(Some)
        .map_err(|fault| StoreError::Filed { path, fault })
}

/// Why what was wanted did not come about: somebody else decided otherwise meanwhile.
fn overtaken(wanted: DraftState, found: DraftState) -> Option<DraftRefusal> {
    if wanted == found {
        return None;
    }
    Some(match (wanted, found) {
        (DraftState::Edited, _) => DraftRefusal::NotEditable,
        (_, DraftState::Discarded) => DraftRefusal::Discarded,
        (DraftState::Generated, _) => return None,
        _ => DraftRefusal::AlreadyApplied,
    })
}
