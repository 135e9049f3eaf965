//! However the index came to be up to date, it says the same as one made anew.

use super::common::{Home, put};
use mmogit::index::{Filter, Query, Sort};
use mmogit::model::{PublicKey, State};
use proptest::prelude::*;

/// Something that happens to the branches.
#[derive(Debug, Clone)]
enum Event {
    Save {
        second: i64,
        title: usize,
        texts: usize,
        is_archived: bool,
    },
    Undo {
        second: i64,
        texts: usize,
    },
    Remove {
        second: i64,
    },
    Stray {
        place: usize,
        content: usize,
    },
    Clear {
        place: usize,
    },
    Other {
        second: i64,
        texts: usize,
    },
    NoOther,
    Ask,
}

const WORDS: [&str; 5] = ["apple", "été", "日本語", "apple->pie", "🎉"];
const STRAYS: [&str; 5] = [
    "2025-01/21/notes.txt",
    "2025-01/21/thread_1737453603.json",
    "2025-01/x",
    "y",
    "2025-01/22/z/w",
];

fn events() -> impl Strategy<Value = Vec<Event>> {
    let second = 0..5_i64;
    let event = prop_oneof![
        4 => (second.clone(), 0..5_usize, 0..4_usize, any::<bool>()).prop_map(
            |(second, title, texts, is_archived)| Event::Save { second, title, texts, is_archived }
        ),
        1 => (second.clone(), 1..4_usize).prop_map(|(second, texts)| Event::Undo { second, texts }),
        1 => second.clone().prop_map(|second| Event::Remove { second }),
        1 => (0..5_usize, 0..3_usize).prop_map(|(place, content)| Event::Stray { place, content }),
        1 => (0..5_usize).prop_map(|place| Event::Clear { place }),
        1 => (second, 0..4_usize).prop_map(|(second, texts)| Event::Other { second, texts }),
        1 => Just(Event::NoOther),
        3 => Just(Event::Ask),
    ];
    prop::collection::vec(event, 1..16)
}

fn other() -> PublicKey {
    "5a".repeat(32).parse().unwrap()
}

fn path(second: i64) -> String {
    format!(
        ".mmogit/threads/2025-01/21/thread_{}.json",
        super::common::BEGIN / 1000 + second
    )
}

fn exists(home: &Home, path: &str) -> bool {
    let repo = git2::Repository::open_bare(home.path().join("repo.git")).unwrap();
    let branch = repo.find_reference(&format!("refs/heads/users/{}", home.keys.public()));
    branch.is_ok_and(|branch| {
        branch
            .peel_to_tree()
            .unwrap()
            .get_path(path.as_ref())
            .is_ok()
    })
}

fn happen(home: &Home, event: &Event) {
    match event {
        Event::Save {
            second,
            title,
            texts,
            is_archived,
        } => {
            let mut thread = home.thread(*second, WORDS[*title], &WORDS[..*texts]);
            if *is_archived {
                thread.set_state(State::Archived, thread.updated_at());
                home.keys.owner().sign_thread(&mut thread);
            }
            home.put(&path(*second), Some(&thread.to_file()));
        }
        Event::Undo { second, texts } => {
            let mut thread = home.thread(*second, "undone", &WORDS[..*texts]);
            let first = thread.messages()[0].id();
            thread.set_heads(&[first], thread.updated_at());
            home.put(&path(*second), Some(&thread.to_file()));
        }
        Event::Remove { second } if exists(home, &path(*second)) => home.put(&path(*second), None),
        Event::Stray { place, content } => {
            home.put(
                &format!(".mmogit/threads/{}", STRAYS[*place]),
                Some(&[b'{'; 3][..*content]),
            );
        }
        Event::Clear { place } => {
            let path = format!(".mmogit/threads/{}", STRAYS[*place]);
            if exists(home, &path) {
                home.put(&path, None);
            }
        }
        Event::Other { second, texts } => {
            let file = home.thread(*second, "theirs", &WORDS[..*texts]).to_file();
            put(
                &home.path().join("repo.git"),
                &other(),
                &path(*second),
                Some(&file),
            );
        }
        Event::NoOther => {
            let repo = git2::Repository::open_bare(home.path().join("repo.git")).unwrap();
            if let Ok(mut branch) = repo.find_reference(&format!("refs/heads/users/{}", other())) {
                branch.delete().unwrap();
            }
        }
        Event::Ask => drop(home.titles()),
        Event::Remove { .. } => {}
    }
}

/// All that the index can be asked, as text.
fn all(home: &Home) -> String {
    let workspace = home.workspace();
    let mut list = workspace.threads().list(&Filter::default()).unwrap();
    list.troubles
        .sort_by(|one, other| (&one.place, &one.why).cmp(&(&other.place, &other.why)));
    let mut text = format!("{list:#?}\n");
    for model in ["echo", "none"] {
        let filter = Filter {
            model: Some(model.into()),
            tags: vec!["ete".into()],
            ..Filter::default()
        };
        text += &format!(
            "{model}: {:#?}\n",
            workspace.threads().list(&filter).unwrap().threads
        );
    }
    for query in [
        "apple",
        "日本",
        "🎉",
        "pie",
        "ete",
        "role:ai",
        "undone",
        "apple after:2025-01-01",
        "thre*",
        "*",
        "->",
    ] {
        let mut hits = workspace
            .threads()
            .search(&Query::read(query, workspace.now()), 1000)
            .unwrap()
            .hits
            .hits;
        // Equally good hits come in no certain order.
        hits.sort_by_key(|hit| format!("{hit:?}"));
        text += &format!("{query}: {hits:#?}\n");
    }
    text
}

fn filters() -> Vec<Filter> {
    let tag = |tag: &str| Filter {
        tags: vec![tag.into()],
        ..Filter::default()
    };
    let model = |model: &str| Filter {
        model: Some(model.into()),
        ..Filter::default()
    };
    vec![
        Filter::default(),
        tag("ete"),
        tag("nowhere"),
        model("echo"),
        model("e"),
        model("none"),
        Filter {
            tags: vec!["ete".into(), "web".into()],
            ..model("echo")
        },
        Filter {
            is_archived: Some(true),
            ..tag("ete")
        },
        Filter {
            title: Some("apple".into()),
            ..Filter::default()
        },
        Filter {
            parts: vec!["ete".into()],
            ..Filter::default()
        },
        Filter {
            since: Some(super::common::BEGIN + 2_000),
            ..Filter::default()
        },
    ]
}

/// Each way to the first page gives the beginning of the whole list, and counts all of it.
fn pages_are_beginnings(home: &Home) {
    let workspace = home.workspace();
    for filter in filters() {
        for sort in [Sort::Updated, Sort::Created, Sort::Title, Sort::Messages] {
            let filter = Filter {
                sort,
                ..filter.clone()
            };
            let whole = workspace.threads().list(&filter).unwrap().threads;
            for limit in [1, 2, 4] {
                let page = Filter {
                    limit: Some(limit),
                    ..filter.clone()
                };
                let page = workspace.threads().list(&page).unwrap();
                let beginning = &whole[..limit.min(whole.len())];
                assert_eq!(page.threads, beginning, "{filter:?} {limit}");
                assert_eq!(page.total, whole.len(), "{filter:?} {limit}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn followed_is_the_same_as_made_anew(events in events()) {
        let home = Home::new();
        home.store();
        for event in &events {
            happen(&home, event);
        }
        let followed = all(&home);
        prop_assert!(!home.heard().1);
        std::fs::remove_file(home.index()).unwrap();
        let anew = all(&home);
        prop_assert_eq!(followed, anew);
        pages_are_beginnings(&home);
    }
}
