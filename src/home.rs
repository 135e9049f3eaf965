//! Where everything lies in the folder that holds a person's conversations. This only spells the
//! paths; the room named beside each makes and reads what is there.
//!
//! ```text
//! <home>/identity.json         the words behind all keys, sealed            identity
//!        config.toml           what the user set                            settings
//!        personas/<name>.md    system prompts that they keep                workspace
//!        repo.git/             the threads                                  store
//!        journal/              what live and dead sessions said             store
//!        lock  tidy.lock       who saves, and who tidies                    store
//!        state/tips/<author>   the newest commit seen of each branch        store
//!        state/erasing         which thread is being erased                 store
//!        state/drafts/         what is being written in an editor           workspace
//!        state/chat-history    what was typed at the prompt                 chat
//!        state/crush-version   which Crush answered last                    backend
//!        crush/                where Crush works                            backend
//!        index.db …            what a search needs; made anew at any time   index
//! ```

use crate::model::PublicKey;
use std::path::{Path, PathBuf};

/// A home folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home<'h>(&'h Path);

impl<'h> Home<'h> {
    /// The home at a path, whether or not anything is there.
    pub fn at(folder: &'h Path) -> Self {
        Self(folder)
    }

    /// The folder itself.
    pub fn path(self) -> &'h Path {
        self.0
    }

    /// The file with the words behind all keys.
    pub fn identity(self) -> PathBuf {
        self.0.join("identity.json")
    }

    /// The user's settings.
    pub fn settings(self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// The folder of the personas.
    pub fn personas(self) -> PathBuf {
        self.0.join("personas")
    }

    /// The name that the personas' folder had before.
    pub fn older_personas(self) -> PathBuf {
        self.0.join("roles")
    }

    /// The git repository that holds the threads.
    pub fn repository(self) -> PathBuf {
        self.0.join("repo.git")
    }

    /// The folder of the journals.
    pub fn journals(self) -> PathBuf {
        self.0.join("journal")
    }

    /// The lock that is held around a save.
    pub fn saving_lock(self) -> PathBuf {
        self.0.join("lock")
    }

    /// The lock of who moves objects about without changing a branch.
    pub fn tidying_lock(self) -> PathBuf {
        self.0.join("tidy.lock")
    }

    /// The folder of what is noted on the way.
    pub fn state(self) -> PathBuf {
        self.0.join("state")
    }

    /// The folder of the newest commits that were seen of each branch.
    pub fn tips(self) -> PathBuf {
        self.state().join("tips")
    }

    /// The note of the newest commit that was seen of an author's branch.
    pub fn tip_of(self, author: &PublicKey) -> PathBuf {
        self.tips().join(author.to_string())
    }

    /// The note of a thread that is being erased.
    pub fn erasing(self) -> PathBuf {
        self.state().join("erasing")
    }

    /// The folder of the texts that are being written in an editor.
    pub fn drafts(self) -> PathBuf {
        self.state().join("drafts")
    }

    /// What was typed at the prompt.
    pub fn chat_history(self) -> PathBuf {
        self.state().join("chat-history")
    }

    /// The note of which Crush is there.
    pub fn crush_version(self) -> PathBuf {
        self.state().join("crush-version")
    }

    /// The folder in which Crush works.
    pub fn crush(self) -> PathBuf {
        self.0.join("crush")
    }

    /// The index.
    pub fn index(self) -> PathBuf {
        self.0.join("index.db")
    }

    /// The index that is being made to take the place of the one there is.
    pub fn index_anew(self) -> PathBuf {
        self.0.join("index.db.new")
    }

    /// The lock of who makes the index anew.
    pub fn index_lock(self) -> PathBuf {
        self.0.join("index.lock")
    }
}
