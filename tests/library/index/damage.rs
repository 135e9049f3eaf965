//! Whatever becomes of the file: the answer is the same, and the file is whole again.

use super::common::Home;
use rusqlite::Connection;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

fn filled() -> Home {
    let home = Home::new();
    for second in 0..40 {
        let text = format!("question {second} {}", "filler ".repeat(50));
        home.save(&home.thread(second, &format!("t{second}"), &[&text, "answer"]));
    }
    assert_eq!(home.titles().len(), 40);
    home.heard();
    home
}

/// The right answer, and afterwards an index that answers without reading files.
#[track_caller]
fn is_whole(home: &Home) {
    assert_eq!(home.titles().len(), 40);
    assert_eq!(home.found("question 7"), [("t7".to_owned(), Some(1))]);
    home.heard();
    assert_eq!(home.titles().len(), 40);
    assert_eq!(home.heard(), (0, false));
}

#[test]
fn without_a_file_it_is_built_and_private() {
    let home = filled();
    fs::remove_file(home.index()).unwrap();
    is_whole(&home);
    assert_eq!(
        fs::metadata(home.index()).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let left: Vec<_> = fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().contains(".new")),
        "{left:?}"
    );
}

#[test]
fn another_version_is_built_anew() {
    let home = filled();
    for version in [0, 999_999, -1] {
        let db = Connection::open(home.index()).unwrap();
        db.pragma_update(None, "user_version", version).unwrap();
        drop(db);
        is_whole(&home);
    }
}

#[test]
fn a_cut_file_is_built_anew() {
    let home = filled();
    let whole = fs::read(home.index()).unwrap();
    for part in [
        0,
        1,
        50,
        100,
        4096,
        whole.len() / 2,
        whole.len() - 1,
        whole.len() - 4096,
    ] {
        fs::write(home.index(), &whole[..part]).unwrap();
        is_whole(&home);
    }
}

#[test]
fn a_file_of_anything_else_is_built_anew() {
    let home = filled();
    for content in ["not a database", &"x".repeat(100_000)] {
        fs::write(home.index(), content).unwrap();
        is_whole(&home);
    }
    // A database, of this version, of something else.
    fs::remove_file(home.index()).unwrap();
    let db = Connection::open(home.index()).unwrap();
    db.execute_batch("CREATE TABLE thread (key); PRAGMA user_version = 1;")
        .unwrap();
    drop(db);
    is_whole(&home);
}

/// Each page in turn holds noise. SQLite may not notice what is not asked for; what is asked for is
/// right.
#[test]
fn noise_on_any_page_never_stops_a_list() {
    let home = filled();
    let whole = fs::read(home.index()).unwrap();
    let mut noise: u64 = 42;
    for page in 0..whole.len() / 4096 {
        let mut damaged = whole.clone();
        for byte in &mut damaged[page * 4096..(page + 1) * 4096] {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            *byte = (noise >> 56) as u8;
        }
        fs::write(home.index(), damaged).unwrap();
        assert_eq!(home.titles().len(), 40, "page {page}");
        assert!(!home.heard().1, "page {page}");
        home.search("question");
    }
}

#[test]
fn a_stale_journal_beside_it_does_no_harm() {
    let home = filled();
    fs::write(
        home.path().join("index.db-journal"),
        "left by a process that died",
    )
    .unwrap();
    is_whole(&home);
}

#[test]
fn a_draft_that_broke_off_does_no_harm() {
    let home = filled();
    fs::remove_file(home.index()).unwrap();
    fs::write(home.path().join("index.db.new"), "half").unwrap();
    is_whole(&home);
}

/// Where the file can't be, the files are read: each question is answered, and each time that is
/// said.
#[test]
fn where_it_cannot_be_written_the_threads_are_read() {
    let home = filled();
    fs::remove_file(home.index()).unwrap();
    fs::create_dir_all(home.index().join("in the way")).unwrap();
    assert_eq!(home.titles().len(), 40);
    assert_eq!(home.heard(), (40, true));
    assert_eq!(home.found("question 7"), [("t7".to_owned(), Some(1))]);
    assert!(home.heard().1);
    assert_eq!(
        crate::support::path_of(&home.workspace(), "t17")
            .unwrap()
            .len(),
        49
    );
    assert!(
        home.workspace()
            .threads()
            .newest_of(&home.keys.public())
            .unwrap()
            .is_some()
    );
}

/// The same with permissions, which do not hold for root.
#[test]
fn a_read_only_home_is_read() {
    let home = filled();
    home.save(&home.thread(100, "new", &["text"]));
    fs::set_permissions(home.path(), Permissions::from_mode(0o500)).unwrap();
    fs::set_permissions(home.index(), Permissions::from_mode(0o400)).unwrap();
    let is_root = fs::write(home.path().join("probe"), "").is_ok();
    assert_eq!(home.titles().len(), 41);
    assert_eq!(
        home.heard().1,
        !is_root,
        "only who may not write reads the files"
    );
    fs::set_permissions(home.path(), Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(home.index(), Permissions::from_mode(0o600)).unwrap();
    assert_eq!(home.titles().len(), 41);
}

#[test]
fn what_was_taken_out_of_it_or_put_into_it_is_noticed_by_who_looks() {
    let home = filled();
    let workspace = home.workspace();
    assert!(!workspace.check_index(&home.keys.public()).unwrap());
    for harm in [
        "DELETE FROM thread",
        "DELETE FROM thread WHERE title = 't7'",
        "UPDATE thread SET path = 'elsewhere' WHERE title = 't7'",
    ] {
        let db = Connection::open(home.index()).unwrap();
        db.execute_batch(harm).unwrap();
        drop(db);
        assert!(
            workspace.check_index(&home.keys.public()).unwrap(),
            "{harm}"
        );
        assert!(
            !workspace.check_index(&home.keys.public()).unwrap(),
            "{harm}"
        );
        is_whole(&home);
    }
}
