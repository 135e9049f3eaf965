//! What a search finds.

use super::common::Home;
use mmogit::index::Query;
use proptest::prelude::*;

fn home() -> Home {
    let home = Home::new();
    home.save(&home.thread(
        0,
        "implementing_auth",
        &[
            "How should we handle the refresh token?",
            "Rotate the refresh tokens. Crème brûlée.",
        ],
    ));
    home.save(&home.thread(
        1,
        "日本語",
        &[
            "東京都に住んでいます",
            "한국어를 배웁니다 🎉",
            "机器学习很有趣",
        ],
    ));
    home.save(&home.thread(
        2,
        "code",
        &[
            "C++ or C?",
            "let x = a->b(**c); // 100% `sure` --all",
            "call NEAR( \"x\"",
        ],
    ));
    home
}

fn at(title: &str, number: usize) -> (String, Option<usize>) {
    (title.to_owned(), Some(number))
}

#[test]
fn words_phrases_beginnings_and_titles() {
    let home = home();
    let auth = |number| at("implementing_auth", number);
    assert_eq!(home.found("refresh"), [auth(1), auth(2)]);
    assert_eq!(home.found("refresh token"), [auth(1)]);
    assert_eq!(home.found("refresh tok*"), [auth(1), auth(2)]);
    assert_eq!(home.found("\"token refresh\""), []);
    assert_eq!(home.found("\"the refresh token\""), [auth(1)]);
    assert_eq!(home.found("implementing"), [auth(0)]);
    assert_eq!(home.found("CREME brulee"), [auth(2)]);
}

#[test]
fn scripts_without_spaces_are_found_by_any_part() {
    let home = home();
    let japanese = |number| at("日本語", number);
    assert_eq!(home.found("日本"), [japanese(0)]);
    assert_eq!(home.found("京都"), [japanese(1)]);
    assert_eq!(home.found("都京"), []);
    assert_eq!(home.found("国어"), []);
    assert_eq!(home.found("국어"), [japanese(2)]);
    assert_eq!(home.found("学习"), [japanese(3)]);
    assert_eq!(home.found("🎉"), [japanese(2)]);
}

#[test]
fn signs_are_looked_for() {
    let home = home();
    let code = |number| at("code", number);
    assert_eq!(home.found("C++"), [code(1)]);
    assert_eq!(home.found("c"), [code(1), code(2)]);
    assert_eq!(home.found("->"), [code(2)]);
    assert_eq!(home.found("**"), [code(2)]);
    assert_eq!(home.found("100%"), [code(2)]);
    assert_eq!(home.found("--all"), [code(2)]);
    assert_eq!(home.found("`sure`"), [code(2)]);
    assert_eq!(home.found("NEAR("), [code(3)]);
    assert_eq!(home.found("\"NEAR( \""), [code(3)]);
    assert_eq!(home.found("AND"), []);
}

#[test]
fn filters_narrow_a_search() {
    let home = home();
    let auth = |number| at("implementing_auth", number);
    assert_eq!(home.found("refresh role:ai"), [auth(2)]);
    assert_eq!(home.found("refresh role:user"), [auth(1)]);
    assert_eq!(home.found("refresh model:ECHO"), [auth(2)]);
    assert_eq!(home.found("refresh model:gpt"), []);
    assert_eq!(home.found("refresh tag:ete").len(), 2);
    assert_eq!(home.found("refresh tag:rust"), []);
    assert_eq!(home.found("refresh after:2025-01-21").len(), 2);
    assert_eq!(home.found("refresh before:2025-01-21"), []);
    assert_eq!(
        home.found("before:2025-01-21T10:00:00.010Z role:human"),
        [auth(1)]
    );
    assert_eq!(home.found("role:ai").len(), 3);
    assert_eq!(home.found("tag:ete").len(), 11, "titles too");
}

#[test]
fn the_best_hit_is_first_and_the_limit_holds() {
    let home = home();
    home.save(&home.thread(
        9,
        "long",
        &[
            &format!("token {}", "filler ".repeat(500)),
            "token token token",
        ],
    ));
    let workspace = home.workspace();
    let query = mmogit::index::Query::read("token", workspace.now());
    let all = workspace.threads().search(&query, 10).unwrap().hits;
    assert_eq!((all.hits.len(), all.has_more), (3, false));
    let number = |hit: &mmogit::index::Hit| hit.message.as_ref().unwrap().number.unwrap();
    assert_eq!(all.hits.iter().map(number).collect::<Vec<_>>(), [2, 1, 1]);
    let best = workspace.threads().search(&query, 2).unwrap().hits;
    assert_eq!((best.hits, best.has_more), (all.hits[..2].to_vec(), true));
    assert!(
        workspace
            .threads()
            .search(&query, 0)
            .unwrap()
            .hits
            .hits
            .is_empty()
    );
}

#[test]
fn a_query_of_ten_kilobytes_is_searched_for() {
    let home = home();
    let words: String = (0..2000).map(|number| format!("w{number} ")).collect();
    home.save(&home.thread(9, "long", &[&words]));
    assert_eq!(home.found(&words), [at("long", 1)]);
    for long in [
        "x".repeat(10_000),
        "\"".repeat(10_000),
        "( ".repeat(5_000),
        "a* ".repeat(3_000),
    ] {
        home.search(&long);
    }
    assert!(!home.heard().1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Nothing that can be typed is an error, and whatever a message holds is found by its own
    /// text.
    #[test]
    fn any_text_finds_itself(text in "([a-zA-Z\"*()\\-:^+é日が🎉_ .\\\\\0]|NEAR|AND|NOT |role:|tag:|before:|\\PC){1,24}") {
        thread_local! {
            static HOME: Home = home();
        }
        HOME.with(|home| {
            let workspace = home.workspace();
            let query = mmogit::index::Query::read(&text, workspace.now());
            workspace.threads().search(&query, 5).unwrap();
            prop_assert!(!home.heard().1, "an error was taken for damage");
            Ok(())
        })?;
    }
}

/// What others said, and what belongs to projects that are out of reach, takes nobody's place.
#[test]
fn what_is_not_asked_for_takes_no_place_among_the_hits() {
    let home = home();
    let workspace = home.workspace();
    let mut query = Query::read("refresh", workspace.now());
    query.owner = Some(home.keys.public());
    query.is_shown = true;
    let found = |query: &Query| workspace.threads().search(query, 1).unwrap().hits;
    assert_eq!(found(&query).hits.len(), 1);
    query.owner = Some("5a".repeat(32).parse().unwrap());
    let none = found(&query);
    assert!(none.hits.is_empty() && !none.has_more);
}
