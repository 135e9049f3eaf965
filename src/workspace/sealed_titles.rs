//! What sealed threads are called, for who may read them: the index doesn't know.

use super::indexing::{Needs, with_words};
use super::{ThreadList, Threads, WorkError};
use crate::index::Summary;
use crate::model::{Reading, Thread};
use crate::seal::Opener;
use crate::store::{Entry, Store};

/// So much of what is said is opened for a list, which shows how the first question begins.
const BEGINNING: usize = 64 * 1024;

/// The sealed threads, as far as they can be opened.
#[derive(Default)]
pub(super) struct SealedTitles {
    /// Those with their true titles.
    pub opened: Vec<Summary>,
    /// How many could not be opened, since nobody's keys are at hand.
    pub not_opened: usize,
}

impl Threads<'_> {
    /// Puts the true titles, tags and first questions of sealed threads into a list, where the
    /// owner's keys are at hand.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn open_titles(&self, list: &mut ThreadList) -> Result<(), WorkError> {
        let is_any = list.threads.iter().any(|thread| thread.is_sealed);
        let (Some(reader), true) = (self.workspace.reader(), is_any) else {
            return Ok(());
        };
        let Some(store) = self.workspace.store()? else {
            return Ok(());
        };
        let sealed = list.threads.iter_mut().filter(|thread| thread.is_sealed);
        for thread in sealed {
            let Some(entry) = store.entry_at(&thread.owner, &thread.path)? else {
                continue;
            };
            if let Some(opened) = opened(&entry, &store.read(&entry)?, reader) {
                thread.title = opened.title;
                thread.tags = opened.tags;
                thread.project = opened.project;
                thread.opening = opened.opening;
            }
        }
        Ok(())
    }

    /// The sealed threads by their true titles.
    pub(super) fn sealed_titles(&self, store: &Store) -> Result<SealedTitles, WorkError> {
        let sealed = self
            .workspace
            .with_index(store, Needs::Lists, &|index| index.sealed_summaries())?;
        if sealed.is_empty() {
            return Ok(SealedTitles::default());
        }
        let Some(reader) = self.workspace.reader() else {
            return Ok(SealedTitles {
                opened: Vec::new(),
                not_opened: sealed.len(),
            });
        };
        let mut places = Vec::new();
        for thread in sealed {
            if let Some(entry) = store.entry_at(&thread.owner, &thread.path)? {
                places.push((thread, entry));
            }
        }
        let content = |(_, entry): &(Summary, Entry)| Some(entry.content());
        let opened = store.read_contents(&places, content, |(thread, _), bytes| {
            let title = title(&bytes.ok()?, reader)?;
            Some(Summary {
                title,
                ..thread.clone()
            })
        });
        Ok(SealedTitles {
            opened: opened.into_iter().flatten().collect(),
            not_opened: 0,
        })
    }
}

fn opened(entry: &Entry, bytes: &[u8], reader: &Opener) -> Option<Summary> {
    let Ok(Reading::Thread(mut thread)) = Thread::read(bytes) else {
        return None;
    };
    reader.open_beginning(&mut thread, BEGINNING);
    Some(with_words(entry.owner, &entry.path, &thread).summary)
}

/// What a thread is called; nothing else of it is opened.
fn title(bytes: &[u8], reader: &Opener) -> Option<String> {
    let Ok(Reading::Thread(thread)) = Thread::read(bytes) else {
        return None;
    };
    let mut header = Thread::from_parts(thread.header().clone(), Vec::new()).ok()?;
    reader.open(&mut header);
    header.is_open().then(|| header.title().to_owned())
}
