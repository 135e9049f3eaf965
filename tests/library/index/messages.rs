//! Messages by their ids, and texts that rest together.

use super::common::{BEGIN, Home, say};
use mmogit::index::Query;
use mmogit::model::{Hash, Thread};

fn path(second: i64) -> String {
    format!(
        ".mmogit/threads/2025-01/21/thread_{}.json",
        BEGIN / 1000 + second
    )
}

fn put(home: &Home, second: i64, thread: &Thread) {
    home.put(&path(second), Some(&thread.to_file()));
}

#[test]
fn a_hit_names_its_message() {
    let home = Home::new();
    let thread = home.thread(0, "a title", &["a question", "an answer"]);
    home.save(&thread);
    let hits = home.search("answer").hits;
    let message = hits[0].message.as_ref().unwrap();
    assert_eq!(message.id, Some(thread.messages()[1].id()));
    assert_eq!(home.search("title").hits[0].message, None);
}

#[test]
fn a_message_is_found_in_each_thread_that_has_it() {
    let home = Home::new();
    home.store();
    let thread = home.thread(0, "one", &["a question", "an answer", "another question"]);
    put(&home, 0, &thread);
    put(&home, 1, &home.thread(1, "two", &["a question"]));
    let with = |id: &Hash| -> Vec<(String, Option<usize>)> {
        let places = home.workspace().threads().threads_with_message(id).unwrap();
        let place = |place: mmogit::index::MessagePlace| {
            assert_eq!(place.message.id.as_ref(), Some(id));
            (place.thread.path, place.message.number)
        };
        places.into_iter().map(place).collect()
    };
    let answer = thread.messages()[1].id();
    assert_eq!(with(&answer), [(path(0), Some(2))]);
    // The same thread at another place has the same messages.
    put(&home, 2, &thread);
    assert_eq!(with(&answer), [(path(2), Some(2)), (path(0), Some(2))]);
    let mut undone = thread.clone();
    undone.set_heads(&[thread.messages()[0].id()], undone.updated_at());
    put(&home, 2, &undone);
    let mut both = with(&answer);
    both.sort();
    assert_eq!(both, [(path(0), Some(2)), (path(2), None)]);
    home.put(&path(0), None);
    assert_eq!(with(&answer), [(path(2), None)]);
    assert_eq!(with(&Hash([7; 32])), []);
}

/// The object that holds a thread's file goes, as on a failing disk.
#[test]
fn a_text_that_can_not_be_read_any_more_is_found_and_told() {
    let home = Home::new();
    let thread = home.thread(0, "one", &["a question", "an answer in C++"]);
    home.save(&thread);
    home.save(&home.thread(1, "two", &["a question"]));
    assert_eq!(home.search("question").hits.len(), 2);
    let repo = git2::Repository::open_bare(home.path().join("repo.git")).unwrap();
    let blob = repo.blob(&thread.to_file()).unwrap().to_string();
    let object = repo
        .path()
        .join("objects")
        .join(&blob[..2])
        .join(&blob[2..]);
    std::fs::remove_file(object).unwrap();
    let workspace = home.workspace();
    let search = |query| {
        let query = Query::read(query, workspace.now());
        workspace.threads().search(&query, 9).unwrap()
    };
    let found = search("question");
    let texts: Vec<_> = found
        .hits
        .hits
        .iter()
        .map(|hit| hit.snippet.text.as_str())
        .collect();
    assert_eq!((texts.len(), texts.concat().as_str()), (2, "a question"));
    let places: Vec<_> = found
        .troubles
        .iter()
        .map(|trouble| trouble.place.as_str())
        .collect();
    assert_eq!(places, [path(0)]);
    // Whether it has the sign can't be known.
    let found = search("C++");
    assert_eq!((found.hits.hits.len(), found.troubles.len()), (0, 1));
    // Its title is known.
    let found = search("one");
    assert_eq!((found.hits.hits.len(), found.troubles.len()), (1, 0));
}

/// A thread grows, shrinks and changes, from a file that is read again to texts that rest in the
/// index, in several groups, and back; each text is still its own.
#[test]
fn texts_that_rest_together_are_told_apart() {
    let home = Home::new();
    home.store();
    let text = |number: usize| format!("number{number} {}", "lorem ipsum ".repeat(600));
    let texts: Vec<String> = (0..30).map(text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let right = |thread: &Thread, what: &str| {
        put(&home, 0, thread);
        for (place, message) in thread.messages().iter().enumerate() {
            let text = message.text();
            let word = text.split(' ').next().unwrap();
            let hits = home.search(word).hits;
            assert_eq!(hits.len(), 1, "{what}: {word}");
            assert!(hits[0].snippet.text.starts_with(word), "{what}: {word}");
            let number = hits[0].message.as_ref().unwrap().number;
            assert_eq!(number, Some(place + 1), "{what}: {word}");
        }
        assert!(!home.heard().1, "{what}");
    };
    right(&home.thread(0, "t", &texts[..1]), "one");
    right(&home.thread(0, "t", &texts[..20]), "grown");
    let mut one_more = home.thread(0, "t", &texts[..20]);
    say(&home.keys, &mut one_more, "number20 is short");
    right(&one_more, "grown by one");
    right(
        &home.thread(0, "another title", &texts[..20]),
        "shrunk by one",
    );
    let mut changed = texts.clone();
    changed[12] = "number777 in the middle";
    right(
        &home.thread(0, "another title", &changed),
        "changed and grown",
    );
    assert_eq!(home.search("number12").hits.len(), 0);
    right(&home.thread(0, "another title", &texts[..3]), "shrunk");
    assert_eq!(home.search("number3").hits.len(), 0);
    assert_eq!(home.found("another").len(), 1);
}
