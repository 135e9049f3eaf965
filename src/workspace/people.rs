//! Who has a part in a thread: its author lets people in, and drops them.

use super::sealing::encryption_in_use;
use super::{Contact, FoundThread, Obstacle, Organiser, Purpose, WorkError};
use crate::identity::Keys;
use crate::model::{PublicKey, Reading, Thread, Timestamp};
use crate::seal::Reader;
use crate::store::Save;

impl Organiser<'_> {
    /// Lets somebody speak in a thread of the owner's, and read it, if it is sealed. `None`: they
    /// have a part in it already.
    ///
    /// # Errors
    /// If the thread is not the owner's own and true, if they are its author, if it is sealed and
    /// no card of theirs was seen, or if it can't be saved.
    pub fn invite(
        &self,
        keys: &Keys,
        found: FoundThread,
        who: &Contact,
    ) -> Result<Option<Thread>, WorkError> {
        self.change_people(keys, found, who.key, |thread, at| {
            thread.invite(who.key, at);
            if !thread.is_sealed() {
                return Ok(());
            }
            let contacts = self.workspace.contacts(keys.public())?;
            let encryption = encryption_in_use(&contacts, who)?;
            let author = who.key;
            let reader = Reader { author, encryption };
            self.workspace.let_read(keys, thread, &[reader], at)
        })
    }

    /// Takes somebody's part in a thread of the owner's from them. What they said until now, as far
    /// as it is here, stays said; of a sealed thread they read nothing that is said from now on.
    /// `None`: they have no part in it.
    ///
    /// # Errors
    /// If the thread is not the owner's own and true, if they are its author, or if it can't be
    /// saved.
    pub fn drop_person(
        &self,
        keys: &Keys,
        found: FoundThread,
        who: PublicKey,
    ) -> Result<Option<Thread>, WorkError> {
        self.change_people(keys, found, who, |thread, at| {
            thread.drop_participant(who, at);
            if !thread.is_sealed() {
                return Ok(());
            }
            self.workspace.stop_reading(keys, thread, who, at)
        })
    }

    /// Changes who has a part, with what others said until then taken over: it is told from what
    /// comes later by that.
    fn change_people(
        &self,
        keys: &Keys,
        found: FoundThread,
        who: PublicKey,
        change: impl FnOnce(&mut Thread, Timestamp) -> Result<(), WorkError>,
    ) -> Result<Option<Thread>, WorkError> {
        let owner = keys.public();
        let unfit = |id: String, why: Obstacle| WorkError::Unfit {
            id,
            what: Purpose::ChangePeople,
            why,
        };
        if let Reading::Thread(thread) = &found.reading
            && thread.author() != owner
        {
            let (id, author) = (thread.id().to_string(), thread.author());
            return Err(unfit(id, Obstacle::Foreign(author)));
        }
        let shared = found.shared.clone();
        let before = found.own(Purpose::ChangePeople, &owner)?.into_inner();
        let id = before.id().to_string();
        if who == owner {
            return Err(unfit(id, Obstacle::Yours));
        }
        let together = shared.map(|shared| shared.thread.to_write(&owner));
        let mut thread = match together {
            None => before.clone(),
            Some(Ok(together)) => together,
            Some(Err(why)) => return Err(unfit(id, why.into())),
        };
        let people = (thread.participants(), thread.former().to_vec());
        let now = self.workspace.now();
        change(&mut thread, now)?;
        if people == (thread.participants(), thread.former().to_vec()) {
            return Ok(None);
        }
        let store = self.workspace.store_of(&owner)?;
        let saved = store.save(&Save {
            owner: keys.owner(),
            thread: &thread,
            base: Some(&before),
            replaces: None,
            now,
        })?;
        let mut thread = saved.thread;
        self.workspace.sealer(keys).open(&mut thread);
        Ok(Some(thread))
    }
}
