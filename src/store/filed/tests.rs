use super::*;
use crate::identity::{Keys, Words};
use crate::model::{DraftText, Message, MessageDraft, OpenDraft, ProjectNonce, Role};
use crate::store::CommitFinding;

const NOW: i64 = 1_756_140_749_000;

struct Home {
    _folder: tempfile::TempDir,
    store: Store,
    keys: Keys,
}

fn home() -> Home {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::from_words(&Words::from_entropy(&[1; 32]).unwrap());
    let store = Store::open_or_create(folder.path(), &keys.public()).unwrap();
    Home {
        _folder: folder,
        store,
        keys,
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(NOW)
}

fn project(keys: &Keys) -> OwnedProject {
    OwnedProject::begin(&keys.public(), "launch", now(), ProjectNonce([7; 32]))
}

fn message(keys: &Keys) -> Message {
    let draft = MessageDraft::new(Role::Human, "plan", now(), keys.public(), &[Hash([2; 32])]);
    keys.owner().sign_message(draft)
}

fn draft(keys: &Keys) -> KeptDraft {
    let text = DraftText::Open(OpenDraft {
        content: "the plan".into(),
        kind: None,
        project: None,
    });
    KeptDraft::generated(Hash([2; 32]), &message(keys), 0, text)
}

impl Home {
    fn findings(&self) -> Vec<&'static str> {
        let report = self.store.check_branch(&self.keys.public()).unwrap();
        report.findings().iter().map(|found| found.code()).collect()
    }

    fn put(&self, project: OwnedProject) -> Project {
        let project = Project::new(self.keys.public(), project);
        self.store
            .save_project(self.keys.owner(), &project, now())
            .unwrap()
    }

    fn put_draft(&self, draft: KeptDraft) -> Draft {
        let draft = Draft::new(self.keys.public(), draft);
        self.store
            .save_draft(self.keys.owner(), &draft, now())
            .unwrap()
    }

    /// A commit of the owner's in which these are all the files, on top of the branch.
    fn commit(&self, files: &[([String; 3], Vec<u8>)]) {
        let blobs: Vec<Oid> = files
            .iter()
            .map(|(_, bytes)| self.store.repo.blob(bytes).unwrap())
            .collect();
        let placed: Vec<_> = files
            .iter()
            .zip(blobs)
            .map(|((place, _), blob)| (&place[..], blob))
            .collect();
        let tree = self
            .store
            .tree_with(None, &placed, &mut Vec::new())
            .unwrap();
        let tip = self.store.tip(&self.keys.public()).unwrap();
        let parents: Vec<Oid> = tip.iter().map(|CommitId(tip)| *tip).collect();
        let made = self
            .store
            .commit_saying(self.keys.owner(), tree, "1 thread\n", &parents, now())
            .unwrap();
        self.store
            .publish(&self.keys.public(), tip, made)
            .map(drop)
            .unwrap();
    }
}

#[test]
fn what_is_saved_is_there_and_united_with_what_was() {
    let home = home();
    let owner = home.keys.public();
    assert_eq!(home.store.projects(&owner).unwrap(), []);
    assert_eq!(home.store.drafts(&owner).unwrap(), []);
    let mut first = project(&home.keys);
    let saved = home.put(first.clone());
    let tip = home.store.tip(&owner).unwrap();
    assert_eq!(home.put(first.clone()), saved);
    assert_eq!(
        home.store.tip(&owner).unwrap(),
        tip,
        "nothing new, no commit"
    );
    let mut other = first.clone();
    first.add(&owner, PublicKey([5; 32]), now()).unwrap();
    other.rename("start", now());
    home.put(first);
    let united = home.put(other);
    assert_eq!((united.name.as_str(), united.members.len()), ("start", 1));
    let found = home.store.project(&owner, &united.id).unwrap().unwrap();
    assert_eq!(found.good(), Ok(united.clone()));

    let made = home.put_draft(draft(&home.keys));
    assert_eq!(
        home.put_draft(draft(&home.keys)),
        made,
        "made twice it is one"
    );
    assert_eq!(home.store.drafts(&owner).unwrap().len(), 1);
    assert_eq!(
        home.store.draft(&owner, &made.id).unwrap().unwrap().good(),
        Ok(made)
    );
    assert_eq!(home.store.draft(&owner, &Hash([0; 32])).unwrap(), None);
    assert_eq!(home.store.projects(&PublicKey([9; 32])).unwrap(), []);
    assert_eq!(home.findings(), [""; 0]);
}

#[test]
fn what_is_not_its_owners_word_is_told_and_never_built_on() {
    let home = home();
    let owner = home.keys.public();
    let stranger = Signer::from_secret(&[7; 32]);
    let place = |name: &str| [".mmogit", "projects", name].map(str::to_owned);
    let signed = |project: OwnedProject, signer: &Signer| {
        let mut made = Project::new(signer.public(), project);
        signer.sign_document(&mut made);
        made
    };
    let good = signed(project(&home.keys), home.keys.owner());
    let theirs = OwnedProject::begin(&stranger.public(), "x", now(), ProjectNonce([1; 32]));
    let theirs = signed(theirs, &stranger);
    let mut other_id = project(&home.keys);
    other_id.id = Hash([9; 32]);
    let other_id = signed(other_id, home.keys.owner());
    let forged = String::from_utf8(good.to_file())
        .unwrap()
        .replace("launch", "lunch");
    let cases = [
        (good.file_name(), good.to_file(), None),
        (
            theirs.file_name(),
            theirs.to_file(),
            Some("document-by-another"),
        ),
        (
            other_id.file_name(),
            other_id.to_file(),
            Some("document-id-wrong"),
        ),
        (
            "x.json".to_owned(),
            good.to_file(),
            Some("document-out-of-place"),
        ),
        (
            good.file_name(),
            forged.into_bytes(),
            Some("document-signature-wrong"),
        ),
        (good.file_name(), b"{}".to_vec(), Some("document-malformed")),
        (
            good.file_name(),
            vec![b' '; MAX_FILED_BYTES + 1],
            Some("document-too-large"),
        ),
    ];
    for (name, bytes, fault) in cases {
        home.commit(&[(place(&name), bytes)]);
        let found = home.store.projects(&owner).unwrap();
        let codes: Vec<_> = found
            .iter()
            .map(|verdict| verdict.check.as_ref().err().map(FiledFault::code))
            .collect();
        assert_eq!(codes, [fault], "{name}");
        assert_eq!(
            home.findings().contains(&"document-untrue"),
            fault.is_some()
        );
        let saved = home.store.save_project(home.keys.owner(), &good, now());
        let is_in_the_way = fault.is_some() && name == good.file_name();
        assert_eq!(saved.is_err(), is_in_the_way, "{name} {saved:?}");
    }
}

#[test]
fn what_a_commit_takes_away_is_a_finding() {
    let lost_after = |before: &dyn Fn(&Home), after: &[([String; 3], Vec<u8>)]| {
        let home = home();
        before(&home);
        home.commit(after);
        let report = home.store.check_branch(&home.keys.public()).unwrap();
        report.commits[0].findings.clone()
    };
    let keys = Keys::from_words(&Words::from_entropy(&[1; 32]).unwrap());
    let file = |kind: &KeptDraft| {
        let mut made = Draft::new(keys.public(), kind.clone());
        keys.owner().sign_document(&mut made);
        (place_of_filed("drafts", &made.id), made.to_file())
    };
    let generated = draft(&keys);
    let mut accepted = generated.clone();
    accepted.accept(now()).unwrap();
    let mut applied = accepted.clone();
    applied.apply(Some("a"), false, now()).unwrap();
    let put = |draft: &KeptDraft| {
        let draft = draft.clone();
        move |home: &Home| drop(home.put_draft(draft.clone()))
    };
    let path = place_of_filed("drafts", &generated.id).join("/");
    let taken = [CommitFinding::DocumentTakenAway { path: path.clone() }];
    let older = [CommitFinding::OlderVersion { path }];
    assert_eq!(lost_after(&put(&generated), &[file(&accepted)]), []);
    assert_eq!(lost_after(&put(&accepted), &[file(&applied)]), []);
    assert_eq!(lost_after(&put(&accepted), &[file(&generated)]), older);
    assert_eq!(lost_after(&put(&applied), &[file(&accepted)]), older);
    assert_eq!(lost_after(&put(&accepted), &[]), taken);
    let (place, _) = file(&accepted);
    assert_eq!(
        lost_after(&put(&accepted), &[(place, b"{}".to_vec())]),
        taken
    );

    let begun = project(&keys);
    let path = place_of_filed("projects", &begun.id).join("/");
    let put = |home: &Home| drop(home.put(begun.clone()));
    assert_eq!(
        lost_after(&put, &[]),
        [CommitFinding::DocumentTakenAway { path }]
    );
}
