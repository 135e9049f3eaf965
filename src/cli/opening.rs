//! Opening what is sealed, for commands that show a thread: with the keys if they can be had, and
//! saying so where they can't.

use super::unlock::{given_passphrase, unlock};
use super::{Environment, Failure, Ui};
use crate::identity::Keys;
use crate::model::{Reading, Thread, ThreadId};
use crate::render::counted::counted;
use crate::safe_format;
use crate::seal::{Locked, NoKey, Opener, StillClosed};
use crate::verify::SharedThread;
use crate::workspace::Workspace;

/// Opens sealed threads of one home, and asks for the passphrase once, when the first of them comes.
pub struct ThreadOpener<'a> {
    workspace: &'a Workspace,
    environment: &'a Environment,
    ui: &'a Ui,
    keys: Option<Option<Keys>>,
}

impl<'a> ThreadOpener<'a> {
    /// What opens the threads of this home.
    pub fn new(workspace: &'a Workspace, environment: &'a Environment, ui: &'a Ui) -> Self {
        Self {
            workspace,
            environment,
            ui,
            keys: None,
        }
    }

    /// Lays over a thread what its reader sees of it, if any of it is sealed.
    ///
    /// # Errors
    /// If the passphrase that was given is wrong.
    pub fn open(&mut self, thread: &mut Thread) -> Result<StillClosed, Failure> {
        if !has_sealed(thread) {
            return Ok(StillClosed::default());
        }
        let ui = self.ui;
        let Some(keys) = self.keys(thread.id())? else {
            return Ok(StillClosed::default());
        };
        let still = keys.opener().open(thread);
        tell_if_for_others(thread, &still, ui);
        Ok(still)
    }

    /// The same for a thread of several copies.
    ///
    /// # Errors
    /// As [`ThreadOpener::open`].
    pub fn open_shared(&mut self, shared: &mut SharedThread) -> Result<(), Failure> {
        let ui = self.ui;
        if has_sealed(shared.thread())
            && let Some(keys) = self.keys(shared.thread().id())?
        {
            let still = shared.open(&keys.opener());
            tell_if_for_others(shared.thread(), &still, ui);
        }
        Ok(())
    }

    /// The same for what was read, which may be older than that.
    ///
    /// # Errors
    /// As [`ThreadOpener::open`].
    pub fn open_reading(&mut self, reading: &mut Reading) -> Result<StillClosed, Failure> {
        match reading {
            Reading::Thread(thread) => self.open(thread),
            Reading::Legacy(_) => Ok(StillClosed::default()),
        }
    }

    /// What opens any number of threads: with the keys if they lie open or the passphrase was given,
    /// and else, if one of these is sealed, by asking.
    ///
    /// # Errors
    /// As [`ThreadOpener::open`].
    pub fn for_many(&mut self, named: &[Reading]) -> Result<Option<Opener>, Failure> {
        let can_be_had = match self.workspace.vault()? {
            Some(vault) => !vault.is_sealed() || given_passphrase(self.environment)?.is_some(),
            None => false,
        };
        let sealed = named.iter().find_map(|reading| match reading {
            Reading::Thread(thread) => has_sealed(thread).then(|| thread.id()),
            Reading::Legacy(_) => None,
        });
        match sealed {
            Some(id) => Ok(self.keys(id)?.map(Keys::opener)),
            None if can_be_had => Ok(self.keys_at_hand()?.map(|keys| keys.opener())),
            None => Ok(None),
        }
    }

    /// The keys, asked for once; that there are none is told of each thread.
    fn keys(&mut self, id: ThreadId) -> Result<Option<&Keys>, Failure> {
        if self.keys.is_none() {
            self.keys = Some(self.keys_at_hand()?);
        }
        let keys = self.keys.as_ref().and_then(Option::as_ref);
        if keys.is_none() {
            self.ui.hint(safe_format!(
                "🔒 {} is sealed, and your keys are locked: MMOGIT_PASSPHRASE_FILE opens them.",
                id
            ));
        }
        Ok(keys)
    }

    /// The keys, if they lie open, or if somebody gives or types the passphrase.
    fn keys_at_hand(&self) -> Result<Option<Keys>, Failure> {
        let Some(vault) = self.workspace.vault()? else {
            return Ok(None);
        };
        let can_be_asked = self.ui.stdin_is_terminal;
        if vault.is_sealed() && !can_be_asked && given_passphrase(self.environment)?.is_none() {
            return Ok(None);
        }
        unlock(&vault, self.environment, self.ui).map(Some)
    }
}

/// Why there are locks in place of words, where a reader's keys are none for them.
fn tell_if_for_others(thread: &Thread, still: &StillClosed, ui: &Ui) {
    let is_for_others = |why: &Locked| *why == Locked::NoKey(NoKey::NotAReader);
    let messages = still.messages.values();
    let closed = messages.filter(|why| is_for_others(why)).count();
    if still.header.as_ref().is_some_and(is_for_others) {
        ui.hint(safe_format!(
            "🔒 {} is sealed, and not for you: ask its author to let you read.",
            thread.id()
        ));
    } else if closed > 0 {
        ui.hint(safe_format!(
            "🔒 {} of {} sealed, and not for you: ask its author to let you read.",
            closed,
            counted(thread.messages().len(), "message")
        ));
    }
}

/// Whether any of a thread is sealed.
pub fn has_sealed(thread: &Thread) -> bool {
    thread.is_sealed() || thread.messages().iter().any(|message| message.is_sealed())
}
