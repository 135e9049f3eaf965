//! It follows the branches: what differs is read, and nothing else.

use super::common::{Home, say};
use mmogit::index::Query;
use mmogit::model::PublicKey;

#[test]
fn only_what_changed_is_read_again() {
    let home = Home::new();
    for second in 0..5 {
        home.save(&home.thread(second, &format!("t{second}"), &["question", "answer"]));
    }
    assert_eq!(home.titles(), ["t4", "t3", "t2", "t1", "t0"]);
    assert_eq!(home.heard(), (5, false));
    assert_eq!(home.titles().len(), 5);
    assert_eq!(home.heard(), (0, false), "nothing changed");
    home.save(&home.thread(9, "new", &["question"]));
    assert_eq!(home.titles()[0], "new");
    assert_eq!(home.heard(), (1, false));
}

#[test]
fn a_session_that_replaces_its_own_commit_is_followed() {
    let home = Home::new();
    let mut thread = home.thread(0, "t", &["one"]);
    let mut commit = home.save(&thread);
    assert_eq!(home.found("one"), [("t".to_owned(), Some(1))]);
    for text in ["two", "three"] {
        let base = thread.clone();
        say(&home.keys, &mut thread, text);
        commit = home.save_as(&thread, Some(&base), Some(commit));
        assert_eq!(home.found(text).len(), 1, "{text}");
    }
    assert_eq!(home.list().threads[0].messages, 3);
    assert_eq!(home.heard(), (3, false));
}

#[test]
fn an_answer_set_aside_is_found_and_marked_and_the_rest_is_renumbered() {
    let home = Home::new();
    let mut thread = home.thread(0, "t", &["question", "first answer"]);
    home.save(&thread);
    assert_eq!(home.found("answer"), [("t".to_owned(), Some(2))]);
    let base = thread.clone();
    let question = thread.messages()[0].id();
    thread.set_heads(&[question], thread.updated_at());
    home.keys.owner().sign_thread(&mut thread);
    home.save_as(&thread, Some(&base), None);
    assert_eq!(home.found("answer"), [("t".to_owned(), None)]);
    assert_eq!(home.list().threads[0].messages, 1);
}

#[test]
fn a_title_is_found_by_its_new_name_only() {
    let home = Home::new();
    let mut thread = home.thread(0, "before", &["text"]);
    home.save(&thread);
    assert_eq!(home.found("before").len(), 1);
    let base = thread.clone();
    thread.set_title("after", thread.updated_at());
    home.keys.owner().sign_thread(&mut thread);
    home.save_as(&thread, Some(&base), None);
    assert_eq!(
        (home.found("before").len(), home.found("after").len()),
        (0, 1)
    );
}

#[test]
fn what_is_no_thread_is_told_until_it_is_gone() {
    let home = Home::new();
    home.save(&home.thread(0, "t", &["text"]));
    let malformed = ".mmogit/threads/2025-01/21/thread_1737453601.json";
    let strays = [
        malformed,
        ".mmogit/threads/2025-01/21/notes.txt",
        ".mmogit/threads/2025-01/x",
        ".mmogit/threads/y",
    ];
    for stray in strays {
        home.put(stray, Some(b"{"));
    }
    for _ in 0..2 {
        let troubles = home.list().troubles;
        let mut places: Vec<&str> = troubles
            .iter()
            .map(|trouble| trouble.place.as_str())
            .collect();
        places.sort_unstable();
        assert_eq!(places, [strays[1], strays[0], strays[2], strays[3]]);
        assert!(
            troubles
                .iter()
                .any(|trouble| trouble.why == "is not a thread's file")
        );
        assert_eq!(home.titles(), ["t"]);
    }
    home.put(
        malformed,
        Some(&home.thread(1, "mended", &["text"]).to_file()),
    );
    home.put(strays[1], None);
    // A folder where a file was.
    home.put(strays[2], None);
    home.put(".mmogit/threads/2025-01/x/thread_1.json", Some(b"{"));
    home.put(strays[3], None);
    let list = home.list();
    let places: Vec<&str> = list
        .troubles
        .iter()
        .map(|trouble| trouble.place.as_str())
        .collect();
    assert_eq!(places, [".mmogit/threads/2025-01/x/thread_1.json"]);
    assert_eq!(list.threads.len(), 2);
}

#[test]
fn a_removed_thread_and_a_removed_day_are_forgotten() {
    let home = Home::new();
    home.save(&home.thread(0, "a", &["apple"]));
    home.save(&home.thread(1, "b", &["banana"]));
    home.save(&home.thread(86_400, "c", &["cherry"]));
    assert_eq!(home.titles().len(), 3);
    home.put(".mmogit/threads/2025-01/21/thread_1737453600.json", None);
    assert_eq!(home.titles(), ["c", "b"]);
    home.put(".mmogit/threads/2025-01/22/thread_1737540000.json", None);
    assert_eq!(home.titles(), ["b"]);
    assert!(home.search("apple").hits.is_empty() && home.search("cherry").hits.is_empty());
}

#[test]
fn a_branch_moved_to_another_history_is_followed() {
    let home = Home::new();
    let old = home.save(&home.thread(0, "a", &["apple"])).to_string();
    home.save(&home.thread(1, "b", &["banana"]));
    assert_eq!(home.titles(), ["b", "a"]);
    home.move_branch(&home.keys.public(), Some(&old));
    assert_eq!(home.titles(), ["a"]);
    assert!(home.search("banana").hits.is_empty());
}

#[test]
fn the_commit_that_was_seen_may_be_gone_for_good() {
    let home = Home::new();
    home.save(&home.thread(0, "a", &["apple"]));
    let seen = home.save(&home.thread(1, "b", &["banana"])).to_string();
    assert_eq!(home.titles(), ["b", "a"]);
    home.put("README", Some(b"another commit"));
    std::fs::remove_file(home.path().join(format!(
        "repo.git/objects/{}/{}",
        &seen[..2],
        &seen[2..]
    )))
    .unwrap();
    assert_eq!(home.titles(), ["b", "a"]);
    home.save(&home.thread(2, "c", &["cherry"]));
    assert_eq!(home.titles(), ["c", "b", "a"]);
}

#[test]
fn another_authors_branch_comes_and_goes() {
    let home = Home::new();
    home.save(&home.thread(0, "mine", &["apple"]));
    let other: PublicKey = "5a".repeat(32).parse().unwrap();
    assert_eq!(home.titles(), ["mine"]);
    let path = ".mmogit/threads/2025-01/21/thread_1737453600.json";
    let file = home.thread(0, "theirs", &["apple"]).to_file();
    super::common::put(&home.path().join("repo.git"), &other, path, Some(&file));
    assert_eq!(home.titles().len(), 2);
    assert_eq!(
        home.found("apple"),
        [("mine".to_owned(), Some(1)), ("theirs".to_owned(), Some(1))]
    );
    home.move_branch(&other, None);
    assert_eq!(home.titles(), ["mine"]);
    assert_eq!(home.found("apple"), [("mine".to_owned(), Some(1))]);
}

/// The owner's branch is remembered outside the repository, so that its absence is told.
#[test]
fn the_owners_branch_is_missed() {
    let home = Home::new();
    let tip = home.save(&home.thread(0, "mine", &["apple"])).to_string();
    assert_eq!(home.titles(), ["mine"]);
    home.move_branch(&home.keys.public(), None);
    for _ in 0..2 {
        let list = home.list();
        assert_eq!(list.threads, []);
        assert!(list.troubles[0].why.contains("gone"), "{:?}", list.troubles);
    }
    home.move_branch(&home.keys.public(), Some(&tip));
    assert_eq!((home.titles().len(), home.list().troubles.len()), (1, 0));
}

/// A file that can't be read now may be there again later, without the branch having moved.
#[test]
fn a_missing_object_is_told_and_looked_for_again() {
    let home = Home::new();
    let thread = home.thread(0, "t", &["text"]);
    home.save(&thread);
    home.save(&home.thread(1, "u", &["text"]));
    let repo = git2::Repository::open_bare(home.path().join("repo.git")).unwrap();
    let tree = repo
        .find_reference(&format!("refs/heads/users/{}", home.keys.public()))
        .unwrap();
    let tree = tree.peel_to_tree().unwrap();
    let path = ".mmogit/threads/2025-01/21/thread_1737453600.json";
    let blob = tree.get_path(path.as_ref()).unwrap().id().to_string();
    let object = home
        .path()
        .join(format!("repo.git/objects/{}/{}", &blob[..2], &blob[2..]));
    let aside = home.path().join("aside");
    std::fs::rename(&object, &aside).unwrap();
    for _ in 0..2 {
        assert_eq!(home.titles(), ["u"]);
        assert_eq!(home.list().troubles[0].place, path);
    }
    std::fs::rename(&aside, &object).unwrap();
    assert_eq!(home.titles(), ["u", "t"]);
    assert_eq!(home.list().troubles, []);
}

/// So many that the index is made anew instead: the answer is the same.
#[test]
fn a_thousand_threads_that_come_at_once_are_taken_in() {
    let home = Home::new();
    home.save(&home.thread(0, "first", &["apple"]));
    assert_eq!(home.titles(), ["first"]);
    let file = home.thread(1, "copy", &["banana"]).to_file();
    let paths = (0..1_100).map(|number| {
        format!(
            ".mmogit/threads/2020-01/01/thread_{}.json",
            1_577_836_800 + number
        )
    });
    super::common::put_all(
        &home.path().join("repo.git"),
        &home.keys.public(),
        paths,
        &file,
    );
    home.heard();
    assert_eq!(home.titles().len(), 1_101);
    assert_eq!(home.heard(), (1_101, false), "all are read");
    assert_eq!(home.search("banana").hits.len(), 1_000);
    assert_eq!(home.found("apple").len(), 1);
}

#[test]
fn no_word_of_a_thread_that_is_gone_stays_behind() {
    let home = Home::new();
    // So much that the texts rest in the index.
    let much = format!("four {}", "and more ".repeat(5_000));
    let (gone, kept) = (
        home.thread(0, "gone", &["one two", &much]),
        home.thread(1, "kept", &[&much]),
    );
    home.save(&gone);
    home.save(&kept);
    assert_eq!(home.found("two").len(), 1);
    let count = |table: &str| {
        let db = rusqlite::Connection::open(home.index()).unwrap();
        db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
            row.get::<_, i64>(0)
        })
        .unwrap()
    };
    let all = || ["message", "texts", "words"].map(count);
    // A title stands among what is said; the texts of a thread lie together.
    let before = all();
    let path = crate::support::path_of(&home.workspace(), "gone").unwrap();
    home.put(&path, None);
    assert_eq!(home.titles(), ["kept"]);
    assert_eq!((before, all()), ([5, 2, 5], [2, 1, 2]));
}

#[test]
fn a_folder_that_could_not_be_read_is_looked_at_again() {
    let home = Home::new();
    home.save(&home.thread(0, "t", &["text"]));
    let repo = git2::Repository::open_bare(home.path().join("repo.git")).unwrap();
    let tip = repo
        .refname_to_id(&format!("refs/heads/users/{}", home.keys.public()))
        .unwrap();
    let tree = repo.find_commit(tip).unwrap().tree().unwrap();
    let day = tree
        .get_path(".mmogit/threads/2025-01/21".as_ref())
        .unwrap()
        .id()
        .to_string();
    let object = repo.path().join("objects").join(&day[..2]).join(&day[2..]);
    let away = home.path().join("away");
    std::fs::rename(&object, &away).unwrap();
    let list = home.list();
    assert_eq!((list.threads.len(), list.troubles.len()), (0, 1));
    // What is there may be what is looked for.
    let workspace = home.workspace();
    let query = Query::read("text", workspace.now());
    let found = workspace.threads().search(&query, 9).unwrap();
    assert_eq!((found.hits.hits.len(), found.troubles), (0, list.troubles));
    std::fs::rename(&away, &object).unwrap();
    let list = home.list();
    assert_eq!((list.threads.len(), list.troubles.len()), (1, 0));
}
