//! Which threads a list shows.

use super::common::{BEGIN, Home};
use mmogit::index::{Filter, ListPlace, Sort};
use mmogit::model::{State, Timestamp};

fn home() -> Home {
    let home = Home::new();
    home.save(&home.thread(0, "Über alles", &["q", "a", "q"]));
    let mut archived = home.thread(10, "apple_pie", &["q"]);
    archived.set_state(State::Archived, archived.updated_at());
    archived.set_tags(&["rust".into(), "ÉTÉ".into()], archived.updated_at());
    home.keys.owner().sign_thread(&mut archived);
    home.save(&archived);
    home.save(&home.thread(20, "zebra 100%", &["q", "a"]));
    home
}

fn titles(home: &Home, filter: Filter) -> (Vec<String>, usize) {
    let list = home.workspace().threads().list(&filter).unwrap();
    (
        list.threads
            .into_iter()
            .map(|thread| thread.title)
            .collect(),
        list.total,
    )
}

#[test]
fn each_filter_keeps_what_it_says() {
    let home = home();
    let all = Filter::default();
    let parts = |parts: &[&str]| {
        parts
            .iter()
            .map(|&part| part.to_owned())
            .collect::<Vec<_>>()
    };
    let cases: [(Filter, &[&str]); 21] = [
        (all.clone(), &["zebra 100%", "apple_pie", "Über alles"]),
        (
            Filter {
                tags: vec!["ete".into()],
                ..all.clone()
            },
            &["zebra 100%", "apple_pie", "Über alles"],
        ),
        (
            Filter {
                tags: vec!["ete".into(), "RUST".into()],
                ..all.clone()
            },
            &["apple_pie"],
        ),
        (
            Filter {
                tags: vec!["rus".into()],
                ..all.clone()
            },
            &[],
        ),
        (
            Filter {
                parts: parts(&["UBER"]),
                ..all.clone()
            },
            &["Über alles"],
        ),
        (
            Filter {
                parts: parts(&["ete", "pie"]),
                ..all.clone()
            },
            &["apple_pie"],
        ),
        (
            Filter {
                parts: parts(&["thread_1737453620"]),
                ..all.clone()
            },
            &["zebra 100%"],
        ),
        (
            Filter {
                parts: parts(&["pie", "zebra"]),
                ..all.clone()
            },
            &[],
        ),
        (
            Filter {
                is_archived: Some(true),
                ..all.clone()
            },
            &["apple_pie"],
        ),
        (
            Filter {
                is_archived: Some(false),
                ..all.clone()
            },
            &["zebra 100%", "Über alles"],
        ),
        (
            Filter {
                title: Some("UBER".into()),
                ..all.clone()
            },
            &["Über alles"],
        ),
        (
            Filter {
                title: Some("0%".into()),
                ..all.clone()
            },
            &["zebra 100%"],
        ),
        (
            Filter {
                title: Some("_".into()),
                ..all.clone()
            },
            &["apple_pie"],
        ),
        (
            Filter {
                model: Some("echo".into()),
                ..all.clone()
            },
            &["zebra 100%", "Über alles"],
        ),
        (
            Filter {
                mode: Some("inner".into()),
                ..all.clone()
            },
            &[],
        ),
        (
            Filter {
                project: Some("p".into()),
                ..all.clone()
            },
            &[],
        ),
        (
            Filter {
                author: Some(home.keys.public().short().to_string().to_uppercase()),
                limit: Some(1),
                ..all.clone()
            },
            &["zebra 100%"],
        ),
        (
            Filter {
                author: Some("00".into()),
                ..all.clone()
            },
            &[],
        ),
        (
            Filter {
                since: Some(BEGIN + 10_000),
                ..all.clone()
            },
            &["zebra 100%", "apple_pie"],
        ),
        (
            Filter {
                until: Some(BEGIN + 10_002),
                ..all.clone()
            },
            &["apple_pie", "Über alles"],
        ),
        (
            Filter {
                continuable_by: Some(home.keys.public()),
                ..all
            },
            &["zebra 100%", "Über alles"],
        ),
    ];
    for (filter, wanted) in cases {
        assert_eq!(titles(&home, filter.clone()).0, wanted, "{filter:?}");
    }
}

#[test]
fn the_first_question_is_known_by_its_first_words() {
    let home = Home::new();
    let long = format!("  What\tis\n\n{}", "a word ".repeat(100));
    home.save(&home.thread(0, "t", &[&long, "answer"]));
    home.save(&home.thread(10, "empty", &[]));
    let openings: Vec<String> = home
        .list()
        .threads
        .into_iter()
        .map(|thread| thread.opening)
        .collect();
    assert_eq!(openings[0], "");
    assert!(
        openings[1].starts_with("What is a word a word "),
        "{openings:?}"
    );
    assert_eq!(openings[1].chars().count(), 120);
}

#[test]
fn a_thread_that_is_not_saved_yet_fits_by_its_title_alone() {
    let fits = |filter: Filter| filter.fits_unsaved("Über alles", "thread_7");
    assert!(fits(Filter {
        limit: Some(1),
        sort: Sort::Title,
        ..Filter::default()
    }));
    assert!(fits(Filter {
        title: Some("UBER".into()),
        parts: vec!["d_7".into()],
        ..Filter::default()
    }));
    assert!(!fits(Filter {
        parts: vec!["d_8".into()],
        ..Filter::default()
    }));
    assert!(!fits(Filter {
        tags: vec!["x".into()],
        ..Filter::default()
    }));
}

#[test]
fn a_limit_cuts_the_list_and_not_the_count() {
    let home = home();
    for (limit, shown) in [(0, 0), (1, 1), (3, 3), (4, 3)] {
        let (threads, total) = titles(
            &home,
            Filter {
                limit: Some(limit),
                ..Filter::default()
            },
        );
        assert_eq!((threads.len(), total), (shown, 3), "{limit}");
    }
    let filter = Filter {
        is_archived: Some(false),
        limit: Some(1),
        ..Filter::default()
    };
    assert_eq!(titles(&home, filter).1, 2);
}

#[test]
fn each_order_is_what_it_says() {
    let home = home();
    let sorted = |sort| {
        titles(
            &home,
            Filter {
                sort,
                ..Filter::default()
            },
        )
        .0
    };
    assert_eq!(
        sorted(Sort::Updated),
        ["zebra 100%", "apple_pie", "Über alles"]
    );
    assert_eq!(
        sorted(Sort::Created),
        ["zebra 100%", "apple_pie", "Über alles"]
    );
    assert_eq!(
        sorted(Sort::Title),
        ["apple_pie", "Über alles", "zebra 100%"]
    );
    assert_eq!(
        sorted(Sort::Messages),
        ["Über alles", "zebra 100%", "apple_pie"]
    );
}

#[test]
fn a_thread_is_found_by_a_part_of_its_title_without_its_accents() {
    let home = home();
    let find = |query: &str| crate::support::path_of(&home.workspace(), query);
    let path = find("thread_1737453600").unwrap();
    for query in ["Über alles", "über", "UBER", "1737453600"] {
        assert_eq!(find(query).unwrap(), path, "{query}");
    }
    for query in ["", "nowhere", "%%", "thread_"] {
        assert!(find(query).is_err(), "{query}");
    }
}

#[test]
fn names_are_completed_from_their_beginning() {
    let home = home();
    let names = |start: &str| home.workspace().threads().names(start, 2).unwrap();
    let newest = ("thread_1737453620".to_owned(), "zebra 100%".to_owned());
    assert_eq!(names("")[0], newest, "a few threads are indexed at once");
    assert_eq!(names("thread_17374536")[0], newest);
    assert_eq!(names("").len(), 2);
    assert_eq!(names("x"), []);
    home.save(&home.thread(30, "newer", &[]));
    assert_eq!(names("thread_")[0].1, "newer", "it keeps up");
}

/// Threads come one page after the other, each once, though many changed at the same moment.
#[test]
fn pages_follow_each_other_without_a_gap_or_a_repetition() {
    let home = Home::new();
    let one_moment = Timestamp::read("2025-02-01T00:00:00.000Z").unwrap();
    for number in 0..7 {
        let mut thread = home.thread(number, "at once", &["q"]);
        thread.touch(one_moment);
        home.keys.owner().sign_thread(&mut thread);
        home.save(&thread);
    }
    home.save(&home.thread(20, "earlier", &["q"]));
    for size in [1, 2, 3, 8] {
        let mut filter = Filter {
            limit: Some(size),
            ..Filter::default()
        };
        let mut seen = Vec::new();
        loop {
            let list = home.workspace().threads().list(&filter).unwrap();
            assert_eq!(list.total, 8);
            let Some(last) = list.threads.last() else {
                break;
            };
            filter.after = Some(ListPlace::of(last));
            seen.extend(list.threads.into_iter().map(|thread| thread.id));
        }
        let all = home.workspace().threads().list(&Filter::default()).unwrap();
        let all: Vec<String> = all.threads.into_iter().map(|thread| thread.id).collect();
        assert_eq!(seen, all, "pages of {size}");
    }
}

#[test]
fn a_thread_is_found_by_its_root() {
    let home = Home::new();
    let thread = home.thread(0, "rooted", &["q"]);
    home.save(&thread);
    let workspace = home.workspace();
    let threads = workspace.threads();
    for handle in [
        thread.id().to_string(),
        thread.root().to_string(),
        format!("{}-{}", thread.id(), thread.root().short()),
    ] {
        let found = threads.checked(&handle).unwrap();
        assert_eq!(found.thread().unwrap().root(), thread.root());
    }
    let no_handle = ["rooted", "thread_", &thread.root().to_string()[..8]];
    for other in no_handle {
        assert!(threads.checked(other).is_err(), "{other}");
    }
}
