//! Projects and drafts on a branch: documents that lie in a folder of their own, each under its id.
//! Each is read with the verdict on it, and only on its owner's branch.

use crate::model::layout::{THREADS, place_of_filed};
use crate::model::{
    Document, Draft, Filed, Hash, KeptDraft, MAX_FILED_BYTES, OwnedProject, Project, PublicKey,
    Timestamp, crash_point,
};
use crate::sign::Signer;
use crate::store::lock::RepositoryLock;
use crate::store::objects::places::{PLAIN, folder_at};
use crate::store::objects::repository::branch_of;
use crate::store::save::Attempt;
use crate::store::{CommitId, ContentId, Store, StoreError, objects};
use crate::verify::{self, FiledFault};
use git2::{Oid, Repository, Tree, TreeEntry};

/// The verdict on a project or a draft that a branch has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiledVerdict<Kind> {
    /// Where it lies on the branch.
    pub path: String,
    /// What it says, where it can be read.
    pub document: Option<Document<Kind>>,
    /// Signed by the branch's owner, in its place, and with the id that follows from it.
    pub check: Result<(), FiledFault>,
}

/// The file of a project or a draft on a branch, not yet read.
#[derive(Debug, Clone)]
pub struct FiledEntry {
    name: String,
    blob: Oid,
    is_plain: bool,
}

impl FiledEntry {
    /// What it is called in the folder of its kind.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it lies on the branch, if it is a draft.
    pub fn path_of_draft(&self) -> String {
        [THREADS[0], KeptDraft::FOLDER, &self.name].join("/")
    }

    /// Whether it is a plain file, no link and nothing that can be run.
    pub fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Names what it holds.
    pub fn content(&self) -> ContentId {
        ContentId(self.blob)
    }

    fn of(entry: &TreeEntry<'_>) -> Option<Self> {
        Some(Self {
            name: filed_name_of(entry)?,
            blob: entry.id(),
            is_plain: entry.filemode_raw() == PLAIN,
        })
    }
}

/// The verdict on a project.
pub type ProjectVerdict = FiledVerdict<OwnedProject>;

/// The verdict on a draft.
pub type DraftVerdict = FiledVerdict<KeptDraft>;

impl<Kind: Filed> FiledVerdict<Kind> {
    /// The document, if it is its owner's word.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn good(self) -> Result<Document<Kind>, FiledFault> {
        self.check?;
        Ok(self.document.expect("what was checked was read"))
    }

    fn of(owner: &PublicKey, name: &str, read: Result<Document<Kind>, FiledFault>) -> Self {
        let path = [THREADS[0], Kind::FOLDER, name].join("/");
        match read {
            Ok(document) => Self {
                path,
                check: verify::filed(owner, &document, name),
                document: Some(document),
            },
            Err(fault) => Self {
                path,
                document: None,
                check: Err(fault),
            },
        }
    }
}

impl Store {
    /// The projects on an owner's branch, in the order of their ids. What is wrong with one is in
    /// its verdict.
    ///
    /// # Errors
    ///
    /// If the branch's newest commit, or the folder of the projects, can't be read.
    pub fn projects(&self, owner: &PublicKey) -> Result<Vec<ProjectVerdict>, StoreError> {
        self.all_filed(owner)
    }

    /// The projects as a commit of an owner's has them. No branch need have the commit.
    ///
    /// # Errors
    ///
    /// If the commit, or the folder of the projects, can't be read.
    pub fn projects_at(
        &self,
        owner: &PublicKey,
        tip: CommitId,
    ) -> Result<Vec<ProjectVerdict>, StoreError> {
        self.filed_at(owner, tip)
    }

    /// One project on an owner's branch; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// As [`Store::projects`].
    pub fn project(
        &self,
        owner: &PublicKey,
        id: &Hash,
    ) -> Result<Option<ProjectVerdict>, StoreError> {
        self.one_filed(owner, id)
    }

    /// Puts a project on its owner's branch, united with the version that is there. Gives what is
    /// there then.
    ///
    /// # Errors
    ///
    /// If the version that is there is not its owner's word, if this one could not be read back, if
    /// the branch can't be read, if other programs keep moving it, or if the disk refuses. Nothing
    /// was changed then.
    pub fn save_project(
        &self,
        owner: &Signer,
        project: &Project,
        now: Timestamp,
    ) -> Result<Project, StoreError> {
        self.save_filed(owner, project, now, "project\n")
    }

    /// The drafts on an owner's branch, in the order of their ids. What is wrong with one is in its
    /// verdict.
    ///
    /// # Errors
    ///
    /// If the branch's newest commit, or the folder of the drafts, can't be read.
    pub fn drafts(&self, owner: &PublicKey) -> Result<Vec<DraftVerdict>, StoreError> {
        self.all_filed(owner)
    }

    /// The files of the drafts on an owner's branch; none of them is looked into.
    ///
    /// # Errors
    ///
    /// As [`Store::drafts`].
    pub fn draft_files(&self, owner: &PublicKey) -> Result<Vec<FiledEntry>, StoreError> {
        let Some(tree) = self.tree_of(owner)? else {
            return Ok(Vec::new());
        };
        let folder = folder_of::<KeptDraft>(&self.repo, &tree).map_err(|e| self.git(e))?;
        let entries = folder.iter().flat_map(Tree::iter);
        Ok(entries.filter_map(|entry| FiledEntry::of(&entry)).collect())
    }

    /// The draft in such a file.
    pub fn draft_in(&self, owner: &PublicKey, file: &FiledEntry) -> DraftVerdict {
        FiledVerdict::of(owner, &file.name, self.read_filed(file))
    }

    /// One draft on an owner's branch; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// As [`Store::drafts`].
    pub fn draft(&self, owner: &PublicKey, id: &Hash) -> Result<Option<DraftVerdict>, StoreError> {
        self.one_filed(owner, id)
    }

    /// The ids after which the drafts on an owner's branch are named; none of them is looked into.
    ///
    /// # Errors
    ///
    /// As [`Store::drafts`].
    pub fn draft_ids(&self, owner: &PublicKey) -> Result<Vec<Hash>, StoreError> {
        let Some(tree) = self.tree_of(owner)? else {
            return Ok(Vec::new());
        };
        let folder = folder_of::<KeptDraft>(&self.repo, &tree).map_err(|e| self.git(e))?;
        let names = folder.iter().flat_map(Tree::iter);
        let names = names.filter_map(|entry| filed_name_of(&entry));
        let ids = names.filter_map(|name| name.strip_suffix(".json")?.parse().ok());
        Ok(ids.collect())
    }

    /// Puts a draft on its user's branch, united with the version that is there. Gives what is there
    /// then.
    ///
    /// # Errors
    ///
    /// If its thread was erased; else as [`Store::save_project`].
    pub fn save_draft(
        &self,
        owner: &Signer,
        draft: &Draft,
        now: Timestamp,
    ) -> Result<Draft, StoreError> {
        self.save_filed(owner, draft, now, "draft\n")
    }

    fn all_filed<Kind: Filed>(
        &self,
        owner: &PublicKey,
    ) -> Result<Vec<FiledVerdict<Kind>>, StoreError> {
        match self.tree_of(owner)? {
            Some(tree) => self.filed_in(owner, &tree),
            None => Ok(Vec::new()),
        }
    }

    /// All of one kind that a commit of an owner's has.
    pub(in crate::store) fn filed_at<Kind: Filed>(
        &self,
        owner: &PublicKey,
        tip: CommitId,
    ) -> Result<Vec<FiledVerdict<Kind>>, StoreError> {
        self.filed_in(owner, &self.tree_at(tip.0)?)
    }

    /// All of one kind that a tree has.
    fn filed_in<Kind: Filed>(
        &self,
        owner: &PublicKey,
        tree: &Tree<'_>,
    ) -> Result<Vec<FiledVerdict<Kind>>, StoreError> {
        let folder = folder_of::<Kind>(&self.repo, tree).map_err(|e| self.git(e))?;
        let mut verdicts = Vec::new();
        for entry in folder.iter().flat_map(Tree::iter) {
            if let Some(file) = FiledEntry::of(&entry) {
                verdicts.push(FiledVerdict::of(owner, &file.name, self.read_filed(&file)));
            }
        }
        Ok(verdicts)
    }

    fn one_filed<Kind: Filed>(
        &self,
        owner: &PublicKey,
        id: &Hash,
    ) -> Result<Option<FiledVerdict<Kind>>, StoreError> {
        match self.tree_of(owner)? {
            Some(tree) => self.one_filed_in(owner, &tree, id),
            None => Ok(None),
        }
    }

    fn one_filed_in<Kind: Filed>(
        &self,
        owner: &PublicKey,
        tree: &Tree<'_>,
        id: &Hash,
    ) -> Result<Option<FiledVerdict<Kind>>, StoreError> {
        let [.., name] = place_of_filed(Kind::FOLDER, id);
        let folder = folder_of::<Kind>(&self.repo, tree).map_err(|e| self.git(e))?;
        let entry = folder.as_ref().and_then(|folder| folder.get_name(&name));
        let read = |entry: TreeEntry<'_>| {
            self.read_filed(&FiledEntry {
                name: name.clone(),
                blob: entry.id(),
                is_plain: entry.filemode_raw() == PLAIN,
            })
        };
        Ok(entry.map(|entry| FiledVerdict::of(owner, &name, read(entry))))
    }

    fn read_filed<Kind: Filed>(&self, file: &FiledEntry) -> Result<Document<Kind>, FiledFault> {
        if !file.is_plain {
            return Err(FiledFault::NotPlain);
        }
        let unreadable = |why: String| FiledFault::Unreadable { why };
        let size = objects::size_of(&self.repo, file.blob);
        if size.map_err(|e| unreadable(e.to_string()))? > MAX_FILED_BYTES {
            return Err(FiledFault::TooLarge);
        }
        let bytes = self.read_blob(file.blob);
        let bytes = bytes.map_err(|e| unreadable(e.to_string()))?;
        Document::read(&bytes).map_err(FiledFault::Malformed)
    }

    fn save_filed<Kind: Filed>(
        &self,
        owner: &Signer,
        filed: &Document<Kind>,
        now: Timestamp,
        said: &str,
    ) -> Result<Document<Kind>, StoreError> {
        let _lock = RepositoryLock::wait(self.home())?;
        self.unite_before_saving(owner, now)?;
        let author = owner.public();
        self.insist(&branch_of(&author), || {
            let tip = self.tip(&author)?;
            self.try_to_save_filed(owner, filed, tip, now, said)
        })
    }

    fn try_to_save_filed<Kind: Filed>(
        &self,
        owner: &Signer,
        filed: &Document<Kind>,
        tip: Option<CommitId>,
        now: Timestamp,
        said: &str,
    ) -> Result<Attempt<Document<Kind>>, StoreError> {
        let author = owner.public();
        let tree = tip.map(|CommitId(tip)| self.tree_at(tip)).transpose()?;
        self.refuse_succeeded(&author, tree.as_ref())?;
        let stored = match &tree {
            Some(tree) => {
                self.refuse_erased(&author, tree, filed)?;
                self.good_stored(&author, tree, &filed.id())?
            }
            None => None,
        };
        let mut united = match &stored {
            Some(stored) => Kind::unite(stored, filed),
            None => filed.clone(),
        };
        if united.signature().is_none() {
            owner.sign_document(&mut united);
        }
        let is_same = |stored: &Document<Kind>| {
            stored.signature() == united.signature()
                && stored.signed_bytes() == united.signed_bytes()
        };
        if stored.as_ref().is_some_and(is_same) {
            return Ok(Attempt::Done(united));
        }
        let file = readable_again(&author, &united)?;
        let blob = self.repo.blob(&file).map_err(|e| self.git(e))?;
        let place = place_of_filed(Kind::FOLDER, &united.id());
        let new_tree = self.tree_with(tree.as_ref(), &[(&place[..], blob)], &mut Vec::new())?;
        let parents: Vec<Oid> = tip.iter().map(|CommitId(tip)| *tip).collect();
        let commit = self.commit_saying(owner, new_tree, said, &parents, now)?;
        crash_point!("document-commit-written");
        let published = self.publish(&author, tip, commit)?;
        Ok(published.map(|_| united))
    }

    /// The version that is stored. Nothing is built on what is not its owner's word.
    fn good_stored<Kind: Filed>(
        &self,
        owner: &PublicKey,
        tree: &Tree<'_>,
        id: &Hash,
    ) -> Result<Option<Document<Kind>>, StoreError> {
        let Some(stored) = self.one_filed_in(owner, tree, id)? else {
            return Ok(None);
        };
        let path = stored.path.clone();
        let good = stored.good();
        good.map(Some)
            .map_err(|fault| StoreError::Filed { path, fault })
    }

    fn refuse_erased<Kind: Filed>(
        &self,
        owner: &PublicKey,
        tree: &Tree<'_>,
        filed: &Document<Kind>,
    ) -> Result<(), StoreError> {
        let Some(root) = filed.thread() else {
            return Ok(());
        };
        let erasures = self.true_erasures_in(owner, tree, None)?;
        let erased = erasures.iter().find(|erased| erased.root == Some(root));
        match erased {
            Some(erased) => Err(StoreError::Erased { id: erased.thread }),
            None => Ok(()),
        }
    }
}

/// The file of a document, if it is one that is read again as the owner's word.
fn readable_again<Kind: Filed>(
    owner: &PublicKey,
    filed: &Document<Kind>,
) -> Result<Vec<u8>, StoreError> {
    let name = filed.file_name();
    let refused = |fault| StoreError::Filed {
        path: [THREADS[0], Kind::FOLDER, &name].join("/"),
        fault,
    };
    let file = filed.to_file();
    if file.len() > MAX_FILED_BYTES {
        return Err(refused(FiledFault::TooLarge));
    }
    let again = Document::<Kind>::read(&file);
    let again = again.map_err(|why| refused(FiledFault::Malformed(why)))?;
    verify::filed(owner, &again, &name).map_err(refused)?;
    Ok(file)
}

/// The folder of a kind in a tree.
pub(in crate::store) fn folder_of<'r, Kind: Filed>(
    repo: &'r Repository,
    tree: &Tree<'r>,
) -> Result<Option<Tree<'r>>, objects::ObjectError> {
    folder_at(repo, tree, &[THREADS[0], Kind::FOLDER])
}

/// The name of an entry that readers take for a document.
pub(in crate::store) fn filed_name_of(entry: &TreeEntry<'_>) -> Option<String> {
    let name = entry.name().ok()?;
    name.ends_with(".json").then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
