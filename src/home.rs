//! Where everything lies in the folder that holds a person's conversations. This only spells the
//! paths; the room named beside each makes and reads what is there.
//!
//! ```text
//! <home>/identity.json         the words behind all keys, sealed            identity
//!        identity.next.json    newer words, until they are in use           workspace
//!        former/<key>.json     older words, sealed as they were             workspace
//!        config.toml           what the user set                            settings
//!        contacts.json         whom they know, signed                       workspace
//!        personas/<name>.md    system prompts that they keep                workspace
//!        repo.git/             the threads                                  store
//!        journal/              what live and dead sessions said             store
//!        lock  tidy.lock       who saves, and who tidies                    store
//!        state/tips/<author>   the newest commit seen of each branch        store
//!        state/remotes/<place>/  what was pushed there, and what it had    store
//!        state/partners        who takes part in threads with the owner    sync
//!        state/sync/           where git works while it fetches            sync
//!        sync.lock             who fetches and pushes                      sync
//!        serve.lock            which server serves the home                workspace
//!        serve.json            how programs reach that server             server
//!        state/erasing         which thread is being erased                 store
//!        state/drafts/         what is being written in an editor           workspace
//!        state/conversation-buffer-<mode>.json  a buffer as programs read it  mirror
//!        state/buffer-<mode>.json  what is noted of a buffer                buffer
//!        state/chat-config.json  how many messages a buffer shows           buffer
//!        state/archive/        what buffers showed before                   mirror
//!        logs/audit/           what was done, a file a day                  audit
//!        state/answered/       what repeated requests are answered          server
//!        state/chat-history    what was typed at the prompt                 chat
//!        state/crush-version   which Crush answered last                    backend
//!        kept/                 what was said in threads erased elsewhere    transfer
//!        crush/                where Crush works                            backend
//!        index.db …            what a search needs; made anew at any time   index
//! ```

use crate::model::{Mode, PublicKey};
use std::path::{Path, PathBuf};

/// What lies at the top of a home, whichever room made it first.
const TOP: [&str; 19] = [
    "identity.json",
    "identity.next.json",
    "former",
    "config.toml",
    "contacts.json",
    "personas",
    "roles",
    "repo.git",
    "journal",
    "lock",
    "tidy.lock",
    "sync.lock",
    "serve.lock",
    "serve.json",
    "state",
    "logs",
    "kept",
    "crush",
    "index.db",
];

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

    /// Whether one of these names is that of something at the top of a home.
    pub fn has_any_of<'n>(mut names: impl Iterator<Item = &'n str>) -> bool {
        names.any(|name| TOP.contains(&name))
    }

    /// The file with the words behind all keys.
    pub fn identity(self) -> PathBuf {
        self.0.join("identity.json")
    }

    /// The file with newer words, as long as they don't take the place of the older ones yet.
    pub fn next_identity(self) -> PathBuf {
        self.0.join("identity.next.json")
    }

    /// The folder of the words that were in use before.
    pub fn former_identities(self) -> PathBuf {
        self.0.join("former")
    }

    /// The file with the words of a key that was in use before.
    pub fn former_identity(self, key: &PublicKey) -> PathBuf {
        self.former_identities().join(format!("{key}.json"))
    }

    /// The user's settings.
    pub fn settings(self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// Whom the owner knows.
    pub fn contacts(self) -> PathBuf {
        self.0.join("contacts.json")
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

    /// The folder of what is noted of each remote.
    pub fn remotes(self) -> PathBuf {
        self.state().join("remotes")
    }

    /// The note of who takes part in threads with the owner.
    pub fn partners(self) -> PathBuf {
        self.state().join("partners")
    }

    /// The folder in which git works while it fetches and pushes.
    pub fn syncing(self) -> PathBuf {
        self.state().join("sync")
    }

    /// The lock of who fetches and pushes.
    pub fn syncing_lock(self) -> PathBuf {
        self.0.join("sync.lock")
    }

    /// The lock of the server that serves the home.
    pub fn serving_lock(self) -> PathBuf {
        self.0.join("serve.lock")
    }

    /// The note of a thread that is being erased.
    pub fn erasing(self) -> PathBuf {
        self.state().join("erasing")
    }

    /// The folder of the texts that are being written in an editor.
    pub fn drafts(self) -> PathBuf {
        self.state().join("drafts")
    }

    /// A buffer in the form that other programs read.
    pub fn buffer_file(self, mode: Mode) -> PathBuf {
        let name = format!("conversation-buffer-{}.json", mode.as_str());
        self.state().join(name)
    }

    /// What is noted of a buffer and can't be told from the threads.
    pub fn buffer_note(self, mode: Mode) -> PathBuf {
        self.state().join(format!("buffer-{}.json", mode.as_str()))
    }

    /// How many messages the buffers show.
    pub fn chat_config(self) -> PathBuf {
        self.state().join("chat-config.json")
    }

    /// The folder of what buffers showed before they were cleared.
    pub fn buffer_archive(self) -> PathBuf {
        self.state().join("archive")
    }

    /// The folder of the audit trail.
    pub fn audit_trail(self) -> PathBuf {
        self.0.join("logs").join("audit")
    }

    /// The folder of what requests were answered on the last day, for whoever repeats one.
    pub fn answered(self) -> PathBuf {
        self.state().join("answered")
    }

    /// What was typed at the prompt.
    pub fn chat_history(self) -> PathBuf {
        self.state().join("chat-history")
    }

    /// The note of which Crush is there.
    pub fn crush_version(self) -> PathBuf {
        self.state().join("crush-version")
    }

    /// The folder of what was said in threads that another machine had erased.
    pub fn kept(self) -> PathBuf {
        self.0.join("kept")
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
