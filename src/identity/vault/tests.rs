//! A vault gives its words back to whom they belong, and is never lost.

use super::contents::Sealed;
use super::*;

fn counting() -> impl FnMut(&mut [u8]) {
    let mut next = 0u8;
    move |bytes| {
        for byte in bytes {
            *byte = next;
            next = next.wrapping_add(1);
        }
    }
}

fn vault(passphrase: Option<&str>) -> (tempfile::TempDir, PathBuf, PublicKey) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("identity.json");
    let words = Words::generate(&mut counting());
    let vault = Vault::create(&path, &words, passphrase, &mut counting()).unwrap();
    (folder, path, vault.author())
}

#[test]
fn a_plain_vault_gives_its_words_back_and_is_private() {
    let (_folder, path, author) = vault(None);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let words = Vault::read(&path).unwrap().open(None).unwrap();
    assert_eq!(Keys::from_words(&words).public(), author);
}

#[test]
fn a_sealed_vault_opens_with_its_passphrase_only() {
    let (_folder, path, author) = vault(Some("correct horse"));
    let vault = Vault::read(&path).unwrap();
    assert!(vault.is_sealed());
    assert_eq!(vault.author(), author);
    assert!(matches!(vault.open(None), Err(VaultError::Locked)));
    assert!(matches!(
        vault.open(Some("wrong")),
        Err(VaultError::CannotOpen(_))
    ));
    assert!(vault.open(Some("correct horse")).is_ok());
    let keys = vault.unlock(Some("correct horse")).unwrap();
    assert_eq!(keys.public(), vault.author());
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("entropy"), "{text}");
}

/// As it was written once, and must be readable for ever. Its author is bound to the sealed
/// text.
const SEALED: &str = r#"{
  "version": 1,
  "author": "6a8eac28582e0a3b19f4f1e799d34c19cb076d38e9c80a13852a92cb885babcd",
  "salt": "000102030405060708090a0b0c0d0e0f",
  "memory_kib": 65536,
  "passes": 3,
  "lanes": 4,
  "nonce": "101112131415161718191a1b1c1d1e1f2021222324252627",
  "sealed": "7fb862ea464454d87cba345736983727be477d32859e9ab20373476a7c1752ad0d17989e2a7f45ba5500a369c62fd89d"
}
"#;

#[test]
fn a_vault_that_was_sealed_long_ago_opens_and_is_written_the_same_today() {
    let (_folder, path, author) = vault(Some("correct horse"));
    assert_eq!(fs::read_to_string(&path).unwrap(), SEALED);
    fs::write(&path, SEALED).unwrap();
    let words = Vault::read(&path)
        .unwrap()
        .open(Some("correct horse"))
        .unwrap();
    assert_eq!(Keys::from_words(&words).public(), author);
}

#[test]
fn no_two_vaults_share_salt_or_nonce() {
    let words = Words::generate(&mut counting());
    let author = Keys::from_words(&words).public();
    let mut random = counting();
    let [one, other] = [0, 1].map(|_| Sealed::of(author, &words, "x", &mut random));
    assert_ne!(one.salt, other.salt);
    assert_ne!(one.nonce, other.nonce);
}

#[test]
fn it_is_never_overwritten() {
    let (_folder, path, _) = vault(None);
    let before = fs::read(&path).unwrap();
    let words = Words::generate(&mut counting());
    assert!(matches!(
        Vault::create(&path, &words, None, &mut counting()),
        Err(VaultError::Exists(_))
    ));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn another_passphrase_opens_the_same_words() {
    let (folder, path, author) = vault(None);
    for (before, after) in [
        (None, Some("one")),
        (Some("one"), Some("two")),
        (Some("two"), None),
    ] {
        let vault = Vault::read(&path).unwrap();
        let words = vault.open(before).unwrap();
        let changed = vault
            .change_passphrase(&words, after, &mut counting())
            .unwrap();
        assert_eq!(
            (changed.author(), changed.is_sealed()),
            (author, after.is_some())
        );
        let words = Vault::read(&path).unwrap().open(after).unwrap();
        assert_eq!(Keys::from_words(&words).public(), author);
        assert!(after.is_none() || Vault::read(&path).unwrap().open(Some("wrong")).is_err());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "a draft is left"
        );
    }
}

#[test]
fn what_cannot_be_replaced_stays_as_it_is() {
    let (folder, path, _) = vault(None);
    let before = fs::read(&path).unwrap();
    let vault = Vault::read(&path).unwrap();
    let words = vault.open(None).unwrap();
    let others = Words::generate(&mut |bytes| bytes.fill(7));
    let wrong = vault.change_passphrase(&others, None, &mut counting());
    assert!(matches!(wrong, Err(VaultError::Damaged { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);

    // Somebody put another identity there meanwhile.
    fs::remove_file(&path).unwrap();
    Vault::create(&path, &others, None, &mut counting()).unwrap();
    let theirs = fs::read(&path).unwrap();
    assert!(matches!(
        vault.change_passphrase(&words, Some("x"), &mut counting()),
        Err(VaultError::Changed(_))
    ));
    assert_eq!(fs::read(&path).unwrap(), theirs);

    // Where nothing can be written, nothing is lost.
    let vault = Vault::read(&path).unwrap();
    let gone = folder.path().join("gone");
    fs::rename(&path, &gone).unwrap();
    assert!(
        vault
            .change_passphrase(&others, Some("x"), &mut counting())
            .is_err()
    );
    assert_eq!(fs::read(&gone).unwrap(), theirs);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "a draft is left"
    );
}

#[test]
fn a_link_stays_one_and_what_it_leads_to_is_sealed() {
    let (folder, path, _) = vault(None);
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("kept.json");
    fs::copy(&path, &target).unwrap();
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&target, &path).unwrap();
    let vault = Vault::read(&path).unwrap();
    let words = vault.open(None).unwrap();
    assert!(
        vault
            .change_passphrase(&words, Some("x"), &mut counting())
            .unwrap()
            .is_sealed()
    );
    assert!(
        fs::symlink_metadata(folder.path().join("identity.json"))
            .unwrap()
            .is_symlink()
    );
    assert!(!fs::read_to_string(&target).unwrap().contains("entropy"));
}

#[test]
fn others_must_not_be_able_to_read_it() {
    let (_folder, path, _) = vault(None);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        Vault::read(&path),
        Err(VaultError::Permissions { mode: 0o644, .. })
    ));
}

#[test]
fn damage_is_told_from_a_wrong_passphrase_where_it_can_be() {
    let (_folder, path, _) = vault(None);
    let text = fs::read_to_string(&path).unwrap();
    let broken = [
        text[..text.len() / 2].to_owned(),
        text.replace("\"version\": 1", "\"version\": 2"),
        text.replace("\"entropy\": \"00", "\"entropy\": \"01"),
        text.replace("\"entropy\": \"00", "\"entropy\": \""),
        String::new(),
    ];
    for text in broken {
        fs::write(&path, &text).unwrap();
        let result = Vault::read(&path).and_then(|vault| vault.open(None));
        assert!(matches!(result, Err(VaultError::Damaged { .. })), "{text}");
    }
}

#[test]
fn a_hostile_cost_is_refused_before_any_work() {
    let (_folder, path, _) = vault(Some("x"));
    let text = fs::read_to_string(&path)
        .unwrap()
        .replace("65536", "4294967295");
    fs::write(&path, text).unwrap();
    let result = Vault::read(&path).unwrap().open(Some("x"));
    assert!(matches!(
        result,
        Err(VaultError::CannotOpen(CannotOpen::Unreasonable))
    ));
}
