use super::*;
use crate::index::{Hit, Snippet};
use crate::model::Timestamp;
use proptest::prelude::*;

fn owner() -> PublicKey {
    "5a".repeat(32).parse().unwrap()
}

fn summary(title: &str, updated_at: &str) -> Summary {
    Summary {
        id: "thread_1".into(),
        title: title.into(),
        author: owner().to_string(),
        created_at: String::new(),
        updated_at: updated_at.into(),
        mode: String::new(),
        project: None,
        tags: vec![],
        is_archived: false,
        messages: 1,
        is_legacy: false,
        is_sealed: true,
        opening: String::new(),
        owner: owner(),
        path: "thread_1.json".into(),
        participants: vec![],
        root: None,
        is_shared: false,
        face: None,
        continues: None,
    }
}

fn thread(title: &str, text: &str) -> IndexedThread {
    let message = IndexedMessage {
        id: None,
        role: "human".into(),
        model: None,
        time: Some(0),
        shown: Some(1),
        text: text.into(),
    };
    IndexedThread::new(summary(title, ""), vec![message])
}

fn query(text: &str) -> Query {
    Query::read(text, Timestamp::from_millis(0))
}

#[test]
fn words_count_as_wholes_rows_and_beginnings() {
    let thread = thread("Café Zürich", "Refresh the token, 日本語, at 10:30");
    let fits = |text: &str| query(text).may_find(&thread);
    for text in [
        "token",
        "REFRESH the",
        "\"the token\"",
        "refr*",
        "cafe",
        "本",
        "\"10 30\"",
        "->",
    ] {
        assert!(fits(text), "{text}");
    }
    for text in [
        "fresh",
        "tok",
        "\"token the\"",
        "cafe token",
        "efr*",
        "nothing",
    ] {
        assert!(!fits(text), "{text}");
    }
}

proptest! {
    /// What is quickly left out would not have been found.
    #[test]
    fn nothing_is_left_out_that_a_search_finds(
        title in "[a-cA-C áß日本 .'-]{0,8}",
        text in "[a-cA-C áß日本 .'+-]{0,24}",
        words in "[a-cA-C áß日本 .'+*\"-]{1,8}",
    ) {
        let (query, thread) = (query(&words), thread(&title, &text));
        let found = Index::search_in(vec![thread.clone()], &query, 9).unwrap();
        prop_assert!(found.hits.is_empty() || query.may_find(&thread));
    }
}

fn hits(of: &[&str]) -> Hits {
    let hit = |updated_at: &&str| Hit {
        thread: summary("", updated_at),
        message: None,
        snippet: Snippet::default(),
    };
    Hits {
        hits: of.iter().map(hit).collect(),
        ..Hits::default()
    }
}

fn joined(one: &[&str], other: &[&str], words: &str, limit: usize) -> (Vec<String>, bool) {
    let joined = hits(one).joined(hits(other), &query(words), limit);
    let times = joined.hits.into_iter().map(|hit| hit.thread.updated_at);
    (times.collect(), joined.has_more)
}

#[test]
fn the_best_of_both_come_first_and_without_words_the_newest() {
    let times = |times: &[&str]| {
        times
            .iter()
            .map(|time| (*time).to_owned())
            .collect::<Vec<_>>()
    };
    let (open, sealed) = (["9", "1", "5"], ["3", "8"]);
    assert_eq!(
        joined(&open, &sealed, "word", 9),
        (times(&["9", "3", "1", "8", "5"]), false)
    );
    assert_eq!(
        joined(&open, &sealed, "word", 3),
        (times(&["9", "3", "1"]), true)
    );
    assert_eq!(
        joined(&["9", "5", "1"], &["8", "3"], "role:ai", 4),
        (times(&["9", "8", "5", "3"]), true)
    );
}
