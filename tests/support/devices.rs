//! Machines of one person or of several, and what lies between them.

use super::far::Far;
use super::{Home, workspace_at};
use mmogit::identity::Keys;
use mmogit::model::{Reading, Thread};
use mmogit::store::{Address, CommitId, Store};
use mmogit::sync::{self, GitProgram, Request, Summary};
use mmogit::workspace::Workspace;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// A machine of a person's.
pub struct Device {
    pub home: Home,
    pub keys: &'static Keys,
    pub workspace: Workspace,
}

impl Device {
    /// A new one, whose clock begins at a time.
    pub fn of(keys: &'static Keys, start: i64) -> Self {
        let home = Home::new();
        let workspace = workspace_at(home.path(), start);
        workspace.store_of(&keys.public()).unwrap();
        Self {
            home,
            keys,
            workspace,
        }
    }

    pub fn store(&self) -> Store {
        self.workspace.store_of(&self.keys.public()).unwrap()
    }

    pub fn tip(&self) -> Option<CommitId> {
        self.store().tip(&self.keys.public()).unwrap()
    }

    /// Syncs, as a person would who says yes to all.
    pub fn sync(&self, far: &Far) -> Summary {
        let address = Address::read(&far.path_url()).unwrap();
        let request = Request {
            remote: &"origin".parse().unwrap(),
            address: &address,
            keys: self.keys,
            git: &self.git(),
            follow: None,
            may_push: true,
            is_dry_run: false,
        };
        let store = self.store();
        let go_on = &mut |_: sync::Step| ControlFlow::Continue(());
        sync::sync(&self.workspace, &store, &request, go_on).unwrap()
    }

    /// The person's own threads, as they lie on their branch, by path.
    pub fn own_threads(&self) -> BTreeMap<String, Thread> {
        let store = self.store();
        let mut threads = BTreeMap::new();
        for entry in store.list().unwrap().entries {
            if entry.owner != self.keys.public() {
                continue;
            }
            if let Ok(Reading::Thread(thread)) = Thread::read(&store.read(&entry).unwrap()) {
                threads.insert(entry.path, thread);
            }
        }
        threads
    }

    /// The one own thread of a title.
    pub fn thread(&self, title: &str) -> Thread {
        let threads = self.own_threads();
        let mut titled = threads.values().filter(|thread| thread.title() == title);
        let found = titled
            .next()
            .unwrap_or_else(|| panic!("{title} is not there"));
        assert!(titled.next().is_none(), "{title} is there twice");
        found.clone()
    }

    /// The bundles of what was said in threads that were erased elsewhere.
    pub fn kept(&self) -> Vec<PathBuf> {
        super::files_below(&self.home.path().join("kept"))
    }

    /// The git of this machine, without anybody's settings.
    fn git(&self) -> GitProgram {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let mut programs = std::env::split_paths(&folders).map(|folder| folder.join("git"));
        let path = programs.find(|git| git.is_file()).expect("git is there");
        GitProgram {
            path,
            environment: vec![
                ("PATH".into(), folders.clone()),
                ("GIT_CONFIG_GLOBAL".into(), "/dev/null".into()),
                ("GIT_CONFIG_NOSYSTEM".into(), "1".into()),
            ],
            budget: self.workspace.settings().sync.into(),
        }
    }
}
