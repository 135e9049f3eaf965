use super::*;
use crate::identity::{Keys, Words};
use crate::model::{Birth, Face, Hash, MessageDraft, Role, ThreadId};
use crate::store::Save;
use crate::workspace::{Setup, ThreadLook, WorkError};
use std::fs;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;

const NOW: i64 = 1_756_140_749_000;

pub(in crate::workspace) struct Scene {
    home: TempDir,
    pub workspace: Workspace,
    pub store: Store,
    pub keys: Keys,
    clock: Arc<AtomicI64>,
}

pub(in crate::workspace) fn scene() -> Scene {
    let home = tempfile::tempdir().unwrap();
    let clock = Arc::new(AtomicI64::new(NOW));
    let time = Arc::clone(&clock);
    let workspace = Workspace::open(Setup {
        home: home.path().to_owned(),
        clock: Box::new(move || time.load(Ordering::SeqCst)),
        random: Box::new(|bytes| bytes.fill(1)),
    });
    let words = Words::from_entropy(&[1; 32]).unwrap();
    let workspace = workspace.unwrap();
    workspace.create_identity(&words, None).unwrap();
    let keys = Keys::from_words(&words);
    Scene {
        store: Store::open_or_create(home.path(), &keys.public()).unwrap(),
        home,
        workspace,
        keys,
        clock,
    }
}

impl Scene {
    pub fn birth(&self, project: Option<&Hash>) -> Birth {
        let begun = Timestamp::from_millis(NOW);
        Birth {
            id: ThreadId::at(begun),
            title: "a talk".to_owned(),
            author: self.keys.public(),
            created_at: begun,
            mode: "conversation".to_owned(),
            project: project.map(Hash::to_string),
            tags: Vec::new(),
        }
    }

    fn begun(&self) -> Thread {
        let mut thread = Thread::begin(self.birth(None));
        thread.set_face(Face::Service);
        thread
    }

    /// One that is for its owner's eyes alone.
    pub fn sealed(&self, project: Option<&Hash>) -> Thread {
        let sealer = self.workspace.sealer(&self.keys);
        let thread = sealer.begin_sealed(self.birth(project), &[]);
        let mut thread = thread.unwrap();
        thread.set_face(Face::Service);
        thread
    }

    pub fn say(&self, thread: &mut Thread, text: &str, proposes: bool) {
        let time = Timestamp::from_millis(NOW + thread.messages().len() as i64);
        let prev = match thread.heads() {
            heads if heads.is_empty() => thread.origins(),
            heads => heads,
        };
        let draft = MessageDraft::new(Role::Human, text, time, self.keys.public(), &prev)
            .with("draft", proposes.then_some(true));
        let draft = match thread.is_sealed() {
            true => self
                .workspace
                .sealer(&self.keys)
                .seal(thread, draft)
                .unwrap(),
            false => draft,
        };
        thread.append(self.keys.owner().sign_message(draft));
    }

    /// Saves a thread, and gives its file.
    pub fn save(&self, thread: &Thread) -> Entry {
        let save = Save {
            owner: self.keys.owner(),
            thread,
            base: None,
            replaces: None,
            now: Timestamp::from_millis(NOW),
        };
        let saved = self.store.save(&save).unwrap();
        let entries = self.store.with_id(saved.thread.id()).unwrap();
        entries.into_iter().next().unwrap()
    }

    fn recall(&self, entry: &Entry) -> Option<Arc<TrueThread>> {
        self.workspace.recall_thread(&self.store, entry).unwrap()
    }

    fn kept(&self) -> usize {
        let recall = &self.workspace.recall;
        locked(&recall.threads).files.len()
            + locked(&recall.proposals).files.len()
            + locked(&recall.drafts).files.len()
    }

    fn texts(&self, root: &Hash) -> Vec<String> {
        match self.workspace.threads().look(&root.to_string()).unwrap() {
            ThreadLook::True(known) => known.visible().iter().map(|said| said.text()).collect(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_same_bytes_are_read_and_checked_once() {
    let scene = scene();
    let mut thread = scene.begun();
    scene.say(&mut thread, "hello", false);
    let entry = scene.save(&thread);
    let first = scene.recall(&entry).unwrap();
    let again = scene.recall(&entry).unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    assert_eq!(scene.texts(&thread.root()), ["hello"]);
    assert!(Arc::ptr_eq(&first, &scene.recall(&entry).unwrap()));
    assert_eq!(first.facts().sent, 1);
}

#[test]
fn what_was_said_since_is_seen_at_once() {
    let scene = scene();
    let mut thread = scene.begun();
    scene.say(&mut thread, "hello", false);
    scene.save(&thread);
    assert_eq!(scene.texts(&thread.root()), ["hello"]);
    scene.say(&mut thread, "and more", false);
    scene.save(&thread);
    assert_eq!(scene.texts(&thread.root()), ["hello", "and more"]);
}

#[test]
fn bytes_that_are_true_in_one_place_are_not_in_another() {
    let scene = scene();
    let entry = scene.save(&scene.begun());
    assert!(scene.recall(&entry).is_some());
    let mut elsewhere = entry.clone();
    elsewhere.path = entry.path.replace("thread_", "thread_1");
    assert!(scene.recall(&elsewhere).is_none());
    let mut of_another = entry.clone();
    of_another.owner = PublicKey([7; 32]);
    assert!(scene.recall(&of_another).is_none());
    let mut link = entry.clone();
    link.is_plain = false;
    assert!(scene.recall(&link).is_none());
    // What is not true is not kept, and does not push out what is.
    assert_eq!(scene.kept(), 1);
    assert!(scene.recall(&entry).is_some());
}

#[test]
fn what_is_gone_from_the_disk_is_not_shown_from_memory() {
    let scene = scene();
    let entry = scene.save(&scene.begun());
    assert!(scene.recall(&entry).is_some());
    fs::remove_dir_all(scene.home.path().join("repo.git/objects")).unwrap();
    fs::create_dir(scene.home.path().join("repo.git/objects")).unwrap();
    let store = Store::open(scene.home.path()).unwrap().unwrap();
    let recalled = scene.workspace.recall_thread(&store, &entry);
    assert!(recalled.is_err(), "{recalled:?}");
}

#[test]
fn what_is_forgotten_or_not_asked_for_is_kept_nowhere() {
    let scene = scene();
    let mut thread = scene.begun();
    scene.say(&mut thread, "a plan", true);
    let entry = scene.save(&thread);
    let fill = || {
        scene.recall(&entry).unwrap();
        let proposals = scene
            .workspace
            .recall_proposals(&scene.store, std::slice::from_ref(&entry));
        assert_eq!(proposals.found[0].drafts.len(), 1);
        assert_eq!(scene.kept(), 2);
    };
    fill();
    scene.workspace.forget_files();
    assert_eq!(scene.kept(), 0);
    fill();
    scene.clock.store(NOW + KEPT_FOR - 1, Ordering::SeqCst);
    scene.workspace.forget_unasked_files();
    assert_eq!(scene.kept(), 2);
    scene.recall(&entry).unwrap();
    scene.clock.store(NOW + KEPT_FOR, Ordering::SeqCst);
    scene.workspace.forget_unasked_files();
    assert_eq!(scene.kept(), 1, "what was asked for a moment ago stays");
    // A clock that goes back keeps nothing for ever.
    scene.clock.store(NOW - 1, Ordering::SeqCst);
    scene.workspace.forget_unasked_files();
    assert_eq!(scene.kept(), 0);
}

#[test]
fn proposals_are_read_once_and_those_of_a_changed_file_anew() {
    let scene = scene();
    let mut thread = scene.begun();
    scene.say(&mut thread, "a plan", true);
    let entry = scene.save(&thread);
    let proposals = |entry: &Entry| {
        let entries = std::slice::from_ref(entry);
        scene.workspace.recall_proposals(&scene.store, entries)
    };
    assert!(Arc::ptr_eq(
        &proposals(&entry).found[0],
        &proposals(&entry).found[0]
    ));
    scene.say(&mut thread, "another", true);
    let changed = scene.save(&thread);
    assert_eq!(proposals(&changed).found[0].drafts.len(), 2);
    let mut elsewhere = changed;
    elsewhere.path = entry.path.replace("thread_", "thread_1");
    let untrue = proposals(&elsewhere);
    assert!(untrue.found.is_empty());
    assert_eq!(untrue.troubles.len(), 1);
}

#[test]
fn no_more_is_kept_than_there_is_room_for() {
    let most = 1_000;
    let mut kept = Kept::at_most(most);
    let now = Timestamp::from_millis(NOW);
    let place = |number: u8| CheckedPlace {
        content: ContentId::from_bytes(&[number; 20]).unwrap(),
        owner: PublicKey([1; 32]),
        path: "thread_1.json".to_owned(),
    };
    for number in 0..4 {
        kept.put(place(number), &Arc::new(number), most / 4, now);
    }
    assert_eq!(kept.find(&place(0), now).as_deref(), Some(&0));
    kept.put(place(4), &Arc::new(4), most / 4, now);
    assert_eq!(kept.bytes, most);
    assert!(kept.find(&place(1), now).is_none(), "asked for longest ago");
    for number in [0, 2, 3, 4] {
        assert!(kept.find(&place(number), now).is_some(), "{number}");
    }
    kept.put(place(5), &Arc::new(5), most + 1, now);
    assert!(kept.find(&place(5), now).is_none(), "larger than all");
    kept.put(place(4), &Arc::new(4), 1, now);
    assert_eq!(kept.bytes, 3 * (most / 4) + 1);
}

#[test]
fn of_what_is_sealed_only_the_ciphertext_is_kept() {
    let scene = scene();
    let mut thread = scene.sealed(None);
    scene.say(&mut thread, "a hidden plan", true);
    let entry = scene.save(&thread);
    // Whoever reads it sees all of it.
    let root = thread.root().to_string();
    match scene.workspace.threads().look(&root).unwrap() {
        ThreadLook::Opened(opened) => assert_eq!(opened.visible()[0].text(), "a hidden plan"),
        other => panic!("{other:?}"),
    }
    let entries = std::slice::from_ref(&entry);
    let proposals = scene.workspace.recall_proposals(&scene.store, entries);
    let open = proposals.found[0].drafts[0].open.as_ref().unwrap();
    assert_eq!(open.text(), "a hidden plan");
    // Of that the thread alone is kept, as it lies on its branch.
    assert_eq!(scene.kept(), 1);
    let known = scene.recall(&entry).unwrap();
    assert!(known.is_sealed() && !known.thread().messages()[0].is_open());
}

#[test]
fn what_was_erased_is_found_no_more() {
    let scene = scene();
    let mut thread = scene.begun();
    scene.say(&mut thread, "a plan", true);
    scene.save(&thread);
    let (root, owner) = (thread.root().to_string(), scene.keys.public());
    let listed = || scene.workspace.drafts().list(&owner).unwrap();
    assert_eq!(listed().drafts.len(), 1);
    scene.texts(&thread.root());
    // By another process: nothing tells this one to forget.
    let elsewhere = Workspace::open(Setup {
        home: scene.home.path().to_owned(),
        clock: Box::new(|| NOW),
        random: Box::new(|bytes| bytes.fill(1)),
    });
    let elsewhere = elsewhere.unwrap();
    let id = thread.id().to_string();
    let eraser = elsewhere.eraser();
    let erasable = eraser.erasable(&owner, &id).unwrap();
    eraser.erase(&scene.keys, &erasable).unwrap();
    let looked = scene.workspace.threads().look(&root);
    assert!(
        matches!(
            looked,
            Err(WorkError::ErasedByYou(_) | WorkError::NotFound(_))
        ),
        "{looked:?}"
    );
    let list = listed();
    assert!(
        list.drafts.is_empty() && list.troubles.is_empty(),
        "{list:?}"
    );
}
