use super::*;
use crate::workspace::{Setup, Workspace};
use std::os::unix::fs::{PermissionsExt, symlink};

fn workspace(home: &Path) -> Workspace {
    Workspace::open(Setup {
        home: home.join("home"),
        clock: Box::new(|| 0),
        random: Box::new(|_| {}),
    })
    .unwrap()
}

#[test]
fn what_is_written_is_read_and_only_by_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    assert!(workspace.personas().names().unwrap().is_empty());
    assert!(
        workspace
            .personas()
            .write("zed", b"Be\r\nbrief.\n\n")
            .unwrap()
    );
    assert!(
        workspace
            .personas()
            .write("änne_2", "\u{feff}\n  Be kind.".as_bytes())
            .unwrap()
    );
    assert!(!workspace.personas().write("zed", b"Be\nbrief.").unwrap());
    assert_eq!(workspace.personas().get("zed").unwrap().text, "Be\nbrief.");
    assert_eq!(
        workspace.personas().get("änne_2").unwrap().text,
        "  Be kind."
    );
    assert_eq!(workspace.personas().names().unwrap(), ["zed", "änne_2"]);
    for (path, expected) in [
        (workspace.home().to_owned(), 0o700),
        (workspace.personas().folder(), 0o700),
        (workspace.personas().path("zed").unwrap(), 0o600),
    ] {
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            expected,
            "{path:?}"
        );
    }
    assert_eq!(
        fs::read_dir(workspace.personas().folder()).unwrap().count(),
        2
    );
}

#[test]
fn a_folder_of_the_older_name_is_given_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    let older = Home::at(workspace.home()).older_personas();
    fs::create_dir_all(&older).unwrap();
    fs::write(older.join("monk.md"), "Be silent.").unwrap();
    assert_eq!(workspace.personas().get("monk").unwrap().text, "Be silent.");
    assert!(!older.exists() && workspace.home().join("personas/monk.md").exists());
    assert!(workspace.personas().list().unwrap().troubles.is_empty());
}

#[test]
fn a_folder_of_the_older_name_that_cannot_be_moved_is_used_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    let older = Home::at(workspace.home()).older_personas();
    fs::create_dir_all(&older).unwrap();
    fs::write(older.join("monk.md"), "Be silent.").unwrap();
    let home = workspace.home();
    fs::set_permissions(home, fs::Permissions::from_mode(0o500)).unwrap();
    // Whoever may write anywhere is refused nothing.
    let is_refused = fs::create_dir(home.join("probe")).is_err();
    let text = workspace.personas().get("monk").unwrap().text;
    let is_there = older.exists();
    let troubles = workspace.personas().list().unwrap().troubles.len();
    fs::set_permissions(home, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(text, "Be silent.");
    assert_eq!(is_there, is_refused);
    assert_eq!(troubles, 0);
}

#[test]
fn beside_the_new_folder_the_older_one_is_told_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    workspace.personas().write("monk", b"Be silent.").unwrap();
    let older = Home::at(workspace.home()).older_personas();
    fs::create_dir(&older).unwrap();
    fs::write(older.join("pirate.md"), "Arr.").unwrap();
    let list = workspace.personas().list().unwrap();
    assert_eq!(list.personas.len(), 1);
    assert_eq!(list.troubles[0].place, older.display().to_string());
    assert_eq!(workspace.personas().unused_folder(), Some(older.clone()));
    assert!(older.join("pirate.md").exists());
}

#[test]
fn no_name_leads_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    for name in [
        "",
        ".",
        "..",
        "../x",
        "/etc/passwd",
        "a/b",
        "a.md",
        "a b",
        "-x",
        "a\n",
        &"x".repeat(51),
    ] {
        assert!(
            matches!(
                workspace.personas().get(name),
                Err(WorkError::BadPersonaName(_))
            ),
            "{name:?}"
        );
        assert!(
            matches!(
                workspace.personas().write(name, b"x"),
                Err(WorkError::BadPersonaName(_))
            ),
            "{name:?}"
        );
    }
}

#[test]
fn a_missing_persona_says_which_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    workspace.personas().write("b", b"x").unwrap();
    workspace.personas().write("a", b"x").unwrap();
    let Err(WorkError::NoSuchPersona { name, known }) = workspace.personas().get("c") else {
        panic!()
    };
    assert_eq!(
        (name.as_str(), known),
        ("c", vec!["a".to_owned(), "b".to_owned()])
    );
}

#[test]
fn what_is_no_persona_is_told_and_neither_followed_nor_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = workspace(folder.path());
    workspace.personas().write("good", b"x").unwrap();
    let at = |name: &str| workspace.personas().path(name).unwrap();
    let outside = folder.path().join("secret");
    fs::write(&outside, "secret").unwrap();
    symlink(&outside, at("link")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    fs::create_dir(at("folder")).unwrap();
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        at("pipe"),
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
    )
    .unwrap();
    fs::write(at("latin"), b"caf\xe9").unwrap();
    fs::write(at("binary"), "a\0b").unwrap();
    fs::write(at("empty"), " \n\n").unwrap();
    fs::write(at("large"), "x".repeat(MAX_PERSONA_BYTES + 1)).unwrap();
    for (name, why) in [
        ("link", BadPersonaText::Link),
        ("dangling", BadPersonaText::Link),
        ("folder", BadPersonaText::NoFile),
        ("pipe", BadPersonaText::NoFile),
        ("latin", BadPersonaText::NotUtf8),
        ("binary", BadPersonaText::Binary),
        ("empty", BadPersonaText::Empty),
        ("large", BadPersonaText::TooLong),
    ] {
        let error = workspace.personas().get(name).unwrap_err();
        assert!(
            matches!(&error, WorkError::BadPersona { why: found, .. } if *found == why),
            "{name}: {error}"
        );
    }
    for name in ["link", "dangling", "folder", "pipe"] {
        assert!(workspace.personas().write(name, b"new").is_err(), "{name}");
    }
    assert!(
        workspace
            .personas()
            .write("latin", "café".as_bytes())
            .unwrap()
    );
    assert_eq!(fs::read_to_string(&outside).unwrap(), "secret");
    assert_eq!(workspace.personas().list().unwrap().personas.len(), 2);
    assert_eq!(workspace.personas().list().unwrap().troubles.len(), 7);
    assert!(
        workspace
            .personas()
            .write("new", &[b'x'; MAX_PERSONA_BYTES + 1])
            .is_err()
    );
    assert!(workspace.personas().write("new", b" ").is_err());
    assert!(
        workspace
            .personas()
            .write("new", &[b'x'; MAX_PERSONA_BYTES])
            .unwrap()
    );
}
