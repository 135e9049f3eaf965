//! What the next version of one's own copy begins with: speaking makes or changes it, and takes
//! over what is visible, and nothing else, of what others said.

use super::{SharedThread, ids_of};
use crate::model::{Agent, Message, PublicKey, Thread, union};
use crate::verify::{HeaderFault, ThreadFinding, Untrue};
use std::collections::HashSet;

/// Why somebody can't speak in a thread.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotSpeak {
    /// They have no part in it.
    #[error("it is {}…'s, and you have no part in it", .author.short())]
    NoPart {
        /// Whose thread it is.
        author: PublicKey,
    },
    /// They had a part in it, and were dropped.
    #[error("it is {}…'s, who dropped you from it", .author.short())]
    Dropped {
        /// Whose thread it is.
        author: PublicKey,
    },
    /// What their version would be is not true by itself.
    #[error("{0}")]
    Untrue(Untrue),
}

impl SharedThread {
    /// The thread for somebody to go on with in their own copy: the version of theirs that is here,
    /// with what is visible of the others' messages. Not signed, unless nothing of it is new.
    ///
    /// # Errors
    /// If they have no part in the thread, or if their version would not be true.
    pub fn to_write(&self, writer: &PublicKey) -> Result<Thread, CannotSpeak> {
        self.check_may_speak(writer)?;
        let own = self.copies.get(writer).map(|copy| &**copy);
        let mut version = self.taken_over(writer);
        if let Some(own) = own.filter(|_| *writer != self.thread.author()) {
            version = union(&version, own);
        }
        version.keep_for((*writer != self.thread.author()).then_some(*writer));
        version.show(&self.thread.heads());
        if let Some(own) = own.filter(|own| is_same(own, &version)) {
            return Ok(own.clone());
        }
        check(&version)?;
        Ok(version)
    }

    fn check_may_speak(&self, writer: &PublicKey) -> Result<(), CannotSpeak> {
        let author = self.thread.author();
        if *writer == author || self.thread.participants().contains(writer) {
            return Ok(());
        }
        let mut former = self.thread.former().iter();
        if former.any(|former| former.key == *writer) {
            Err(CannotSpeak::Dropped { author })
        } else {
            Err(CannotSpeak::NoPart { author })
        }
    }

    /// The header that counts over the writer's own messages and what is visible of the others',
    /// with the agents who said it.
    fn taken_over(&self, writer: &PublicKey) -> Thread {
        let header = &*self.copies[&self.word_of];
        let own = self.copies.get(writer).map(|copy| &**copy);
        let mut sources = vec![&self.thread];
        sources.extend(own);
        let mut wanted = ids_of(self.thread.visible());
        wanted.extend(own.into_iter().flat_map(Thread::messages).map(Message::id));
        let mut version = header.gathered(&sources);
        version.retain_messages(|message| wanted.contains(&message.id()));
        version.add_agents(&self.agents_who_speak_in(&version));
        version
    }

    fn agents_who_speak_in(&self, version: &Thread) -> Vec<Agent> {
        let spoken: HashSet<PublicKey> = version.messages().iter().map(Message::author).collect();
        let mut agents = self.thread.agents();
        agents.retain(|agent| spoken.contains(&agent.key));
        agents
    }
}

/// All must be true of it but the signature, which it does not have yet.
fn check(version: &Thread) -> Result<(), CannotSpeak> {
    let mut findings = crate::verify::thread(version).findings();
    findings.retain(|finding| *finding != ThreadFinding::Header(HeaderFault::Unsigned));
    if findings.is_empty() {
        Ok(())
    } else {
        Err(CannotSpeak::Untrue(Untrue { findings }))
    }
}

fn is_same(one: &Thread, other: &Thread) -> bool {
    one.header() == other.header() && one.messages().len() == other.messages().len()
}
