//! Taking a buffer's file of the documented form into the record: its messages are said again, in
//! its owner's name, and marked as what they are.

use super::threads::{self, Opened};
use super::{BufferError, BufferNotice, Buffers, Imported, Mode, Work};
use crate::audit::Event;
use crate::mirror::{BufferMessage, ReadBuffer};
use crate::model::json::Map;
use crate::model::{Hash, Message, Thread};
use crate::turn::Saying;
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// What an imported message says it comes from.
const FORMAT: &str = "conversation-buffer";

/// So many are written together.
const TOGETHER: usize = 100;

impl Buffers {
    /// Appends the messages of a file in the documented form, marked as imported. Those of that
    /// very file that the buffer has already are passed over: what was broken off is finished, and
    /// nothing comes twice.
    ///
    /// # Errors
    /// If it is no such file, or the messages can't be written; then some may have been.
    pub fn import_documented(
        &mut self,
        work: Work<'_>,
        mode: Mode,
        bytes: &[u8],
    ) -> Result<Imported, BufferError> {
        let read = ReadBuffer::of(bytes, mode)?;
        let source = Hash(Sha256::digest(bytes).into());
        self.flush(work, mode);
        let there = self.imported_before(work, mode, &source)?;
        let total = read.messages.len();
        let mut taken = 0;
        let mut waiting = Vec::new();
        for (number, message) in read.messages.into_iter().enumerate() {
            if there.contains(&number) {
                continue;
            }
            waiting.push(self.stage_saying(work, mode, saying(message, &source, number))?);
            if waiting.len() == TOGETHER {
                taken += self.commit_all(work, &mut waiting)?;
            }
        }
        taken += self.commit_all(work, &mut waiting)?;
        self.save(work);
        if taken > 0 {
            self.note_event(work, &Event::buffer_imported(mode, taken, source));
        }
        Ok(Imported {
            mode,
            taken,
            skipped: read.skipped,
            was_there: total > 0 && taken == 0,
        })
    }

    fn commit_all(
        &mut self,
        work: Work<'_>,
        waiting: &mut Vec<super::Staged>,
    ) -> Result<usize, BufferError> {
        let committed = self.commit(work);
        let count = waiting.len();
        for staged in waiting.drain(..) {
            committed.of(&staged)?;
        }
        Ok(count)
    }

    /// The numbers of the messages of a file that stand in the buffer's threads.
    fn imported_before(
        &mut self,
        work: Work<'_>,
        mode: Mode,
        source: &Hash,
    ) -> Result<HashSet<usize>, BufferError> {
        let mut there = HashSet::new();
        self.one(mode).close(work)?;
        let mut next = self.one(mode).current.map(|current| current.root);
        let mut seen = HashSet::new();
        while let Some(root) = next.filter(|root| seen.insert(*root)) {
            let Opened::Thread(thread) = threads::at_root(work, mode, &root)? else {
                break;
            };
            there.extend(numbers_in(&thread, source));
            next = thread.continues();
        }
        Ok(there)
    }

    /// Takes in the file that another program left in the mirror's place. Where the buffer has
    /// threads, only what was begun and broken off is finished: their mirror it may as well be.
    pub(super) fn take_in_what_was_there(
        &mut self,
        work: Work<'_>,
        mode: Mode,
        has_threads: bool,
    ) -> Result<(), BufferError> {
        let now = work.workspace.now();
        let aside = self.one(mode).mirror.set_aside_if_corrupt(now)?;
        self.notices.extend(aside.map(BufferNotice::SetAside));
        let Some(bytes) = self.one(mode).mirror.read()? else {
            return Ok(());
        };
        let source = Hash(Sha256::digest(&bytes).into());
        if has_threads && self.imported_before(work, mode, &source)?.is_empty() {
            return Ok(());
        }
        if !work.workspace.settings().encrypt {
            // The mirror takes its place.
            let text = String::from_utf8_lossy(&bytes);
            self.one(mode).mirror.archive(&text, now)?;
        }
        let imported = self.import_documented(work, mode, &bytes)?;
        if imported.taken > 0 || imported.skipped > 0 {
            let path = self.one(mode).mirror.path().to_owned();
            self.notices.push(BufferNotice::Migrated { imported, path });
        }
        Ok(())
    }
}

fn saying(message: BufferMessage, file: &Hash, number: usize) -> Saying {
    let mut source = Map::new();
    source.insert("format".to_owned(), FORMAT.into());
    source.insert("sha256".to_owned(), file.to_string().into());
    source.insert("number".to_owned(), number.into());
    let mut fields = Map::new();
    fields.insert("source".to_owned(), source.into());
    fields.insert("client_timestamp".to_owned(), message.timestamp.into());
    if let Some(meta) = message.meta {
        fields.insert("meta".to_owned(), meta.as_str().into());
    }
    Saying {
        role: message.role,
        content: message.content,
        structured: None,
        agent: None,
        fields,
    }
}

fn numbers_in(thread: &Thread, file: &Hash) -> Vec<usize> {
    let numbers = thread.messages().iter();
    numbers
        .filter_map(|message| number_of(message, file))
        .collect()
}

fn number_of(message: &Message, file: &Hash) -> Option<usize> {
    let source = message.field("source")?;
    let is_of_it = source.get("sha256")?.as_str()? == file.to_string();
    let number = source.get("number")?.as_u64().filter(|_| is_of_it)?;
    usize::try_from(number).ok()
}
