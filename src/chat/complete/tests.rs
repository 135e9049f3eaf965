use super::*;

fn offered(helper: &Helper<'_>, line: &str) -> (usize, Vec<String>) {
    let history = rustyline::history::MemHistory::new();
    let (start, pairs) = helper
        .complete(line, line.len(), &Context::new(&history))
        .unwrap();
    (
        start,
        pairs.into_iter().map(|pair| pair.replacement).collect(),
    )
}

fn helper() -> Helper<'static> {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let here = Here {
        title: "A \u{1b}title".to_owned(),
        tags: texts(&["rust", "git"]),
        branches: vec!["one".into(), "two".into()],
        questions: vec![(1, "one".into()), (3, "two".into())],
    };
    Helper {
        here,
        ..Helper::default()
    }
}

#[test]
fn commands_and_what_may_follow_them() {
    let helper = helper();
    assert_eq!(offered(&helper, "/ti"), (0, vec!["/title ".to_owned()]));
    assert_eq!(offered(&helper, "/TIT").1, ["/title "]);
    assert_eq!(
        offered(&helper, "/title "),
        (7, vec!["A ␛title".to_owned()])
    );
    assert_eq!(offered(&helper, "/title B").1, [""; 0]);
    assert_eq!(
        offered(&helper, "/tag one -r"),
        (9, vec!["-rust".to_owned()])
    );
    assert_eq!(
        offered(&helper, "/switch 1,"),
        (10, vec!["1".to_owned(), "2".to_owned()])
    );
    assert_eq!(offered(&helper, "/edit 3").1, ["3"]);
    assert_eq!(offered(&helper, "/copy 2 c").1, ["code"]);
    assert_eq!(offered(&helper, "say /ti").1, [""; 0]);
    assert_eq!(offered(&helper, "//ti").1, [""; 0]);
}

#[test]
fn a_title_stands_for_its_thread_only_where_it_is_plain_and_alone() {
    let threads = |titles: &[&str]| -> Vec<(String, String)> {
        titles
            .iter()
            .zip(1..)
            .map(|(title, n)| (format!("thread_{n}"), (*title).to_owned()))
            .collect()
    };
    let offered = |part: &str, titles: &[&str]| -> Vec<(String, String)> {
        let pairs = offer(part, &threads(titles));
        pairs
            .into_iter()
            .map(|pair| (pair.display, pair.replacement))
            .collect()
    };
    let same = |text: &str| (text.to_owned(), text.to_owned());
    assert_eq!(
        offered("im", &["implementing auth", "Import"]),
        [same("implementing auth"), same("Import")]
    );
    let hostile = "imp\u{1b}[31m";
    let shown = "imp␛[31m (thread_1)".to_owned();
    assert_eq!(offered("imp", &[hostile]), [(shown, "thread_1".to_owned())]);
    let twice: Vec<String> = offered("", &["Same", "same"])
        .into_iter()
        .map(|pair| pair.1)
        .collect();
    assert_eq!(twice, ["thread_1", "thread_2"]);
}

#[test]
fn a_part_within_titles_stays_as_it_was_typed() {
    let titles = [
        ("a".to_owned(), "new auth".to_owned()),
        ("b".to_owned(), "old auth".to_owned()),
    ];
    let replacements = |threads| {
        offer("auth", threads)
            .into_iter()
            .map(|pair| pair.replacement)
    };
    assert_eq!(replacements(&titles[..1]).collect::<Vec<_>>(), ["new auth"]);
    assert_eq!(
        replacements(&titles[..]).collect::<Vec<_>>(),
        ["auth", "auth"]
    );
}

#[test]
fn no_control_character_is_shown() {
    assert_eq!(
        helper().highlight("a\x1b[31mb\u{9b}\nc\td", 0),
        "a\u{fffd}[31mb\u{fffd}\nc\td"
    );
    assert_eq!(
        helper().highlight("a\u{202e}b\u{e0041}c", 0),
        "abc",
        "what has no width"
    );
}
