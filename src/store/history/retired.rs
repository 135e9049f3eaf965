//! What an agent said after it was retired: words that were not there at the position that its
//! owner's card names.

use crate::model::{Card, CardEntry, Hash, PublicKey, Reading, Thread};
use crate::store::history::findings::BranchFinding;
use crate::store::objects::ancestry;
use crate::store::objects::threads::Entry;
use crate::store::{CommitId, Store, StoreError};
use git2::Oid;
use std::collections::{BTreeMap, HashSet};

/// The messages of one key, with where they stand.
type Said = BTreeMap<Hash, String>;

impl Store {
    /// What agents that an owner's card calls retired said after that, as a commit of the branch
    /// has it. Where a position can't be looked at, that is said.
    ///
    /// # Errors
    ///
    /// If the commit can't be read.
    pub(in crate::store) fn said_after_retirement(
        &self,
        owner: &PublicKey,
        card: &Card,
        tip: CommitId,
    ) -> Result<Vec<BranchFinding>, StoreError> {
        let mut by_key: BTreeMap<PublicKey, Vec<&CardEntry>> = BTreeMap::new();
        for entry in &card.retired {
            by_key.entry(entry.key).or_default().push(entry);
        }
        let mut findings = Vec::new();
        for (key, entries) in by_key {
            let positions = self.positions(owner, &entries, tip)?;
            if positions.is_empty() {
                findings.push(BranchFinding::PositionUnknown { key });
                continue;
            }
            for (message, path) in self.said_after(owner, &key, &positions, tip)? {
                findings.push(BranchFinding::RetiredSpoke { path, key, message });
            }
        }
        Ok(findings)
    }

    /// The commits of this history at which a key stopped: of two the earlier, and both where
    /// neither is. What an erasure moved is followed.
    fn positions(
        &self,
        owner: &PublicKey,
        entries: &[&CardEntry],
        tip: CommitId,
    ) -> Result<Vec<Oid>, StoreError> {
        let erasures = self.true_erasures_in(owner, &self.tree_at(tip.0)?, None)?;
        let moved: Vec<_> = erasures.iter().flat_map(|erasure| &erasure.moved).collect();
        let mut named: Vec<String> = entries
            .iter()
            .filter_map(|entry| entry.tip.clone())
            .collect();
        let mut next = 0;
        while next < named.len() {
            let from = named[next].clone();
            let later = moved.iter().filter(|moved| moved.from == from);
            let later: Vec<String> = later.map(|moved| moved.to.clone()).collect();
            named.extend(
                later
                    .into_iter()
                    .filter(|to| !named.contains(to))
                    .collect::<Vec<_>>(),
            );
            next += 1;
        }
        let is_here = |commit: &Oid| {
            *commit == tip.0 || ancestry::descends(&self.repo, tip.0, *commit).unwrap_or(false)
        };
        let commits = named.iter().filter_map(|name| Oid::from_str(name).ok());
        let here: Vec<Oid> = commits.filter(is_here).collect();
        let is_later = |commit: &Oid| {
            here.iter().any(|other| {
                other != commit && ancestry::descends(&self.repo, *commit, *other).unwrap_or(false)
            })
        };
        Ok(here
            .iter()
            .filter(|commit| !is_later(commit))
            .copied()
            .collect())
    }

    /// What a key said that is in a commit and was at none of the positions. Most of what changed
    /// since stands where it stood; what was copied elsewhere is looked for everywhere.
    fn said_after(
        &self,
        owner: &PublicKey,
        key: &PublicKey,
        positions: &[Oid],
        tip: CommitId,
    ) -> Result<Said, StoreError> {
        let mut said = Said::new();
        for position in positions {
            let changes = self.diff_between(owner, CommitId(*position), tip)?;
            let changed = match changes {
                Some(changes) => changes.changed,
                None => self.list_at(owner, tip)?.entries,
            };
            said.extend(self.said_in(&changed, key));
        }
        for position in positions {
            if said.is_empty() {
                break;
            }
            let all = self.list_at(owner, CommitId(*position))?.entries;
            let known: HashSet<Hash> = self.said_in(&all, key).into_keys().collect();
            said.retain(|message, _| !known.contains(message));
        }
        Ok(said)
    }

    /// A key's own messages in threads' files; imported ones are another's word.
    fn said_in(&self, entries: &[Entry], key: &PublicKey) -> Said {
        let of_file = |entry: &Entry, bytes: Result<Vec<u8>, StoreError>| {
            let Ok(Ok(Reading::Thread(thread))) = bytes.map(|bytes| Thread::read(&bytes)) else {
                return Vec::new();
            };
            let messages = thread.messages().iter();
            let theirs =
                messages.filter(|message| message.author() == *key && !message.is_imported());
            theirs
                .map(|message| (message.id(), entry.path.clone()))
                .collect()
        };
        self.read_all(entries, of_file)
            .into_iter()
            .flatten()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::identity::{Keys, Words};
    use crate::model::{
        Birth, CardEntry, MessageDraft, OwnerCard, Role, Thread, ThreadId, Timestamp,
    };
    use crate::store::{Save, Store};
    use crate::verify;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_756_140_749_000)
    }

    struct Scene {
        _home: tempfile::TempDir,
        store: Store,
        keys: Keys,
        thread: Thread,
    }

    fn scene() -> Scene {
        let home = tempfile::tempdir().unwrap();
        let keys = Keys::from_words(&Words::from_entropy(&[1; 32]).unwrap());
        let store = Store::open_or_create(home.path(), &keys.public()).unwrap();
        let mut thread = Thread::begin(Birth {
            id: ThreadId::at(now()),
            title: "t".to_owned(),
            author: keys.public(),
            created_at: now(),
            mode: "conversation".to_owned(),
            project: None,
            tags: Vec::new(),
        });
        thread.add_agent(&keys.agent_entry("echo"));
        Scene {
            _home: home,
            store,
            keys,
            thread,
        }
    }

    impl Scene {
        fn answer(&mut self, text: &str) {
            let signer = self.keys.agent("echo");
            let heads = self.thread.heads();
            let prev = if heads.is_empty() {
                vec![self.thread.root()]
            } else {
                heads
            };
            let draft = MessageDraft::new(Role::Ai, text, now(), signer.public(), &prev)
                .with("agent", Some("echo"));
            self.thread.append(signer.sign_message(draft));
            let save = Save {
                owner: self.keys.owner(),
                thread: &self.thread,
                base: None,
                replaces: None,
                now: now(),
            };
            self.thread = self.store.save(&save).unwrap().thread;
        }

        fn retire(&self, tip: &str) {
            let key = self.keys.agent("echo").public();
            let mut card = OwnerCard::unnamed(self.keys.encryption());
            card.retired = vec![CardEntry::up_to(key, tip)];
            let card = crate::model::Card::new(self.keys.public(), card);
            self.store
                .put_card(self.keys.owner(), &card, now())
                .unwrap();
        }

        fn tip(&self) -> String {
            let tip = self.store.tip(&self.keys.public());
            tip.unwrap().unwrap().to_string()
        }

        fn codes(&self) -> Vec<&'static str> {
            let report = self.store.check_branch(&self.keys.public()).unwrap();
            report.findings().iter().map(|found| found.code()).collect()
        }
    }

    #[test]
    fn what_a_retired_agent_says_later_is_found_and_the_thread_stays_valid() {
        let mut scene = scene();
        scene.answer("before");
        scene.retire(&scene.tip());
        assert_eq!(scene.codes(), [""; 0]);
        scene.answer("after");
        assert_eq!(scene.codes(), ["retired-agent-spoke"]);
        assert_eq!(verify::thread(&scene.thread).findings(), []);
    }

    #[test]
    fn of_two_positions_the_earlier_counts() {
        let mut scene = scene();
        scene.answer("before");
        let earlier = scene.tip();
        scene.answer("between");
        scene.retire(&scene.tip());
        assert_eq!(scene.codes(), [""; 0]);
        scene.retire(&earlier);
        assert_eq!(scene.codes(), ["retired-agent-spoke"]);
    }

    #[test]
    fn a_position_that_is_not_in_the_history_is_said() {
        let mut scene = scene();
        scene.answer("before");
        scene.retire(&"1".repeat(40));
        assert_eq!(scene.codes(), ["position-unknown"]);
    }

    #[test]
    fn the_next_key_of_a_name_signs_once_one_is_retired() {
        let keys = Keys::from_words(&Words::from_entropy(&[1; 32]).unwrap());
        let first = keys.agent("echo").public();
        let keys = keys.without_agents([first]);
        let second = keys.agent("echo").public();
        assert_ne!(first, second);
        let signer = crate::sign::Signer::from_secret(&keys.derive("agent-2:echo"));
        assert_eq!(signer.public(), second);
        assert!(keys.is_agents("echo", &first) && keys.is_agents("echo", &second));
        assert!(!keys.is_agents("echo", &keys.agent("other").public()));
    }
}
