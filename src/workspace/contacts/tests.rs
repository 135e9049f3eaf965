use super::*;
use crate::identity::Words;
use crate::model::{Card, OwnerCard};
use crate::sign::Signer;
use crate::workspace::{Setup, WorkError};
use std::fs;
use tempfile::TempDir;

const NOW: i64 = 1_756_140_749_000;

struct Scene {
    home: TempDir,
    workspace: Workspace,
    keys: Keys,
}

fn keys_of(number: u8) -> Keys {
    Keys::from_words(&Words::from_entropy(&[number; 32]).unwrap())
}

fn scene() -> Scene {
    let home = tempfile::tempdir().unwrap();
    let workspace = Workspace::open(Setup {
        home: home.path().to_owned(),
        clock: Box::new(|| NOW),
        random: Box::new(|bytes| bytes.fill(1)),
    });
    Scene {
        workspace: workspace.unwrap(),
        keys: keys_of(1),
        home,
    }
}

impl Scene {
    fn contacts(&self) -> Contacts<'_> {
        self.workspace.contacts(self.keys.public()).unwrap()
    }

    fn file(&self) -> PathBuf {
        self.home.path().join("contacts.json")
    }

    fn add(&self, who: &str, name: &str) -> Result<Contact, ContactError> {
        let mut contacts = self.contacts();
        let mut contact = contacts.find(who)?;
        name.clone_into(&mut contact.name);
        contacts.remember(&self.keys, &contact)
    }

    /// A file with a card that these keys signed.
    fn card(&self, signer: &Signer, author: PublicKey, encryption: [u8; 32]) -> String {
        let mut card = OwnerCard::unnamed(EncryptionKey(encryption));
        card.name = "from the card".to_owned();
        let mut card = Card::new(author, card);
        signer.sign_document(&mut card);
        let path = self.home.path().join(format!("card-{}", encryption[0]));
        fs::write(&path, card.to_file()).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

#[test]
fn somebody_is_found_by_name_key_its_beginning_and_card() {
    let scene = scene();
    let ana = keys_of(2);
    let key = ana.public().to_string();
    let by_card = scene
        .contacts()
        .find(&scene.card(ana.owner(), ana.public(), [9; 32]));
    assert_eq!(by_card.unwrap().name, "from the card");
    scene.add(&key, "Ana").unwrap();
    for who in ["Ana", "ana", &key, &key[..4], &key[..63]] {
        let found = scene.contacts().find(who).unwrap();
        assert_eq!(
            (found.key, found.name.as_str()),
            (ana.public(), "Ana"),
            "{who}"
        );
    }
    assert!(matches!(
        scene.contacts().find(&key[..3]),
        Err(ContactError::Unknown(_))
    ));
    let nobody = scene.contacts().find(&"0f".repeat(32)).unwrap();
    assert_eq!((nobody.name.as_str(), nobody.added_at), ("", None));
}

#[test]
fn the_first_encryption_key_is_remembered_and_another_refused() {
    let scene = scene();
    let ana = keys_of(2);
    let card = |key| scene.card(ana.owner(), ana.public(), [key; 32]);
    let added = scene.add(&card(9), "Ana").unwrap();
    assert_eq!(added.encryption, Some(EncryptionKey([9; 32])));
    assert!(scene.contacts().find(&card(9)).is_ok());
    let changed = scene.contacts().find(&card(10));
    assert!(
        matches!(changed, Err(ContactError::EncryptionKeyChanged { .. })),
        "{changed:?}"
    );
    let mut forced = added;
    forced.encryption = Some(EncryptionKey([10; 32]));
    let refused = scene.contacts().remember(&scene.keys, &forced);
    assert!(matches!(
        refused,
        Err(ContactError::EncryptionKeyChanged { .. })
    ));
}

#[test]
fn a_card_that_its_owner_did_not_sign_is_none() {
    let scene = scene();
    let ana = keys_of(2);
    let forged = scene.card(keys_of(3).owner(), ana.public(), [9; 32]);
    let weak = scene.card(ana.owner(), ana.public(), [0; 32]);
    for card in [forged, weak] {
        let refused = scene.contacts().find(&card);
        assert!(
            matches!(refused, Err(ContactError::NoCard { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn a_name_that_looks_like_anothers_is_refused() {
    let scene = scene();
    let [ana, other] = [keys_of(2), keys_of(3)].map(|keys| keys.public().to_string());
    scene.add(&ana, "Ana").unwrap();
    for alike in ["Ana", "ANA", "Аnа"] {
        let refused = scene.add(&other, alike);
        assert!(
            matches!(refused, Err(ContactError::NameTaken { .. })),
            "{alike}"
        );
    }
    for bad in [" ", "a\u{200b}b", "a\nb", &other[..8], &"n".repeat(101)] {
        let refused = scene.add(&other, bad);
        assert!(
            matches!(refused, Err(ContactError::BadName { .. })),
            "{bad:?}"
        );
    }
    scene.add(&ana, "Ana").unwrap();
    scene.add(&other, "Anna").unwrap();
}

#[test]
fn only_the_owner_says_whom_they_verified() {
    let scene = scene();
    let ana = keys_of(2);
    let added = scene.add(&ana.public().to_string(), "Ana").unwrap();
    let too_early = scene.contacts().set_verified(&scene.keys, &added);
    assert!(matches!(too_early, Err(ContactError::NothingToCompare(_))));
    scene
        .add(&scene.card(ana.owner(), ana.public(), [9; 32]), "Ana")
        .unwrap();
    let found = scene.contacts().find("Ana").unwrap();
    assert!(!found.verified);
    scene.contacts().set_verified(&scene.keys, &found).unwrap();
    assert!(scene.contacts().find("Ana").unwrap().verified);
    for was_verified in [true, false] {
        let taken = scene
            .contacts()
            .take_back_verified(&scene.keys, &ana.public());
        assert_eq!(taken.unwrap(), was_verified);
        assert!(!scene.contacts().find("Ana").unwrap().verified);
    }
    scene.contacts().set_verified(&scene.keys, &found).unwrap();

    let good = fs::read_to_string(scene.file()).unwrap();
    for forged in [
        good.replace("Ana", "Eva"),
        good.replace(&ana.public().to_string(), &keys_of(3).public().to_string()),
        good[..good.len() / 2].to_owned(),
        String::new(),
    ] {
        fs::write(scene.file(), forged).unwrap();
        let refused = scene.workspace.contacts(scene.keys.public());
        assert!(matches!(
            refused.map(drop),
            Err(WorkError::Contacts(ContactError::Damaged { .. }))
        ));
    }
    fs::write(scene.file(), good).unwrap();
    assert!(matches!(
        scene.workspace.contacts(ana.public()).map(drop),
        Err(WorkError::Contacts(ContactError::Damaged { .. }))
    ));
    assert!(scene.contacts().remove(&scene.keys, &ana.public()).unwrap());
    assert!(scene.contacts().list().is_empty());
}

#[test]
fn the_card_on_a_branch_counts_like_one_from_a_file() {
    let scene = scene();
    let other = tempfile::tempdir().unwrap();
    let ana = keys_of(2);
    scene.workspace.ensure_card(&scene.keys).unwrap();
    let theirs = Store::open_or_create(other.path(), &ana.public()).unwrap();
    let mut card = OwnerCard::unnamed(ana.encryption());
    card.name = "Ana".to_owned();
    let now = Timestamp::from_millis(NOW);
    theirs
        .put_card(ana.owner(), &Card::new(ana.public(), card), now)
        .unwrap();
    let branch = format!("refs/heads/users/{}", ana.public());
    let mut git = std::process::Command::new("git");
    git.arg("-C")
        .arg(scene.workspace.store().unwrap().unwrap().path());
    git.args(["fetch", "-q"]).arg(theirs.path());
    git.arg(format!("{branch}:{branch}"));
    assert!(git.status().unwrap().success());
    let found = scene
        .contacts()
        .find(&ana.public().to_string()[..5])
        .unwrap();
    assert_eq!(found.name, "Ana");
    assert_eq!(found.encryption, Some(ana.encryption()));
}
