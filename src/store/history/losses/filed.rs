//! What projects and drafts keep: whatever was said in one stays said.

use super::{File, FolderKind, Sides, Walk};
use crate::model::{Document, Filed, MAX_FILED_BYTES, PublicKey};
use crate::store::history::findings::CommitFinding;
use crate::verify;
use std::collections::{HashMap, HashSet};

impl Walk<'_> {
    /// Notes which documents of a kind are gone, or say less; those of the threads `but` apart.
    pub(super) fn miss_filed<Kind: Filed>(&mut self, owner: &PublicKey, but: &HashSet<String>) {
        let Sides { before, after } = std::mem::take(self.filed_sides::<Kind>());
        let after: HashMap<&str, &File> = after
            .iter()
            .map(|file| (file.path.as_str(), file))
            .collect();
        for file in &before {
            let Some(earlier) = self.true_filed::<Kind>(owner, file) else {
                continue;
            };
            let thread = earlier.thread();
            if thread.is_some_and(|thread| but.contains(&thread.to_string())) {
                continue;
            }
            let path = file.path.clone();
            let later = after.get(file.path.as_str());
            match later.and_then(|later| self.true_filed::<Kind>(owner, later)) {
                None => self.found(CommitFinding::DocumentTakenAway { path }),
                Some(later) if !later.has_all_of(&earlier) => {
                    self.found(CommitFinding::OlderVersion { path });
                }
                Some(_) => {}
            }
        }
    }

    fn filed_sides<Kind: Filed>(&mut self) -> &mut Sides {
        let folder = FolderKind::Mmogit.folder(Kind::FOLDER.as_bytes());
        match folder == Some(FolderKind::Projects) {
            true => &mut self.projects,
            false => &mut self.drafts,
        }
    }

    fn true_filed<Kind: Filed>(
        &mut self,
        owner: &PublicKey,
        file: &File,
    ) -> Option<Document<Kind>> {
        let bytes = self.read_blob(file)?;
        let document = Document::read(&bytes).ok()?;
        let name = file.path.rsplit('/').next()?;
        let is_good = verify::filed(owner, &document, name).is_ok();
        (is_good && bytes.len() <= MAX_FILED_BYTES).then_some(document)
    }
}
