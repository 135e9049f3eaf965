//! The page as a browser's parser builds it: no element, attribute or place on it is a message's
//! choice.

use super::super::sheet::hostile;
use super::*;
use proptest::prelude::*;
use scraper::{ElementRef, Html, Node, Selector};

/// What a message may be made of, and with which attributes.
const MESSAGE: &[(&str, &[&str])] = &[
    ("p", &[]),
    ("br", &[]),
    ("hr", &[]),
    ("em", &[]),
    ("strong", &[]),
    ("del", &[]),
    ("code", &[]),
    ("pre", &[]),
    ("i", &[]),
    ("blockquote", &[]),
    ("ul", &[]),
    ("ol", &["start"]),
    ("li", &[]),
    ("h3", &[]),
    ("h4", &[]),
    ("h5", &[]),
    ("h6", &[]),
    ("table", &[]),
    ("thead", &[]),
    ("tbody", &[]),
    ("tr", &[]),
    ("th", &["style"]),
    ("td", &["style"]),
    ("a", &["href", "rel"]),
    ("span", &["title"]),
];

fn texts(page: &Html) -> Vec<ElementRef<'_>> {
    page.select(&Selector::parse("article > .text").unwrap())
        .collect()
}

/// Fails on whatever a message may not put on a page.
fn check_message(text: ElementRef<'_>, page: &str) {
    for node in text.descendants().skip(1) {
        match node.value() {
            Node::Text(_) => {}
            Node::Element(element) => {
                let known = MESSAGE.iter().find(|(name, _)| *name == element.name());
                let (name, attributes) =
                    known.unwrap_or_else(|| panic!("<{}> in\n{page}", element.name()));
                for (attribute, value) in element.attrs() {
                    assert!(
                        attributes.contains(&attribute),
                        "<{name} {attribute}> in\n{page}"
                    );
                    match attribute {
                        "href" => assert!(is_safe(value), "{value} in\n{page}"),
                        "rel" => assert_eq!(value, "noopener noreferrer nofollow"),
                        "style" => assert!(value.starts_with("text-align: "), "{value} in\n{page}"),
                        "start" => assert!(value.parse::<u64>().is_ok(), "{value} in\n{page}"),
                        _ => {}
                    }
                }
                assert!(*name != "a" || element.attr("rel").is_some(), "{page}");
            }
            other => panic!("{other:?} in\n{page}"),
        }
    }
}

/// All that stands outside the messages: elements, attributes and words, in order.
fn frame(page: &Html) -> String {
    let is_text = |node: &Node| {
        node.as_element()
            .is_some_and(|element| element.classes().any(|class| class == "text"))
    };
    let nodes = page.tree.root().descendants();
    let outside = nodes.filter(|node| !node.ancestors().any(|above| is_text(above.value())));
    outside
        .map(|node| format!("{:?}\n", node.value()))
        .collect()
}

/// Whatever is said, the page around it is that of the same sheet in which nothing but `x` is said.
fn stays_within(title: &str, said: &[&str]) {
    let page = document(&hostile::sheet(title, said));
    let plain = document(&hostile::sheet(title, &vec!["x"; said.len()]));
    let (built, plain) = (Html::parse_document(&page), Html::parse_document(&plain));
    assert_eq!(frame(&built), frame(&plain), "{page}");
    let texts = texts(&built);
    assert_eq!(texts.len(), said.len(), "{page}");
    texts
        .into_iter()
        .for_each(|text| check_message(text, &page));
}

#[test]
fn no_hostile_text_leaves_its_place() {
    for text in hostile::TEXTS {
        stays_within("t", &[text, "x", text]);
    }
}

#[test]
fn no_title_is_more_than_a_title() {
    for title in hostile::TEXTS {
        let page = document(&hostile::sheet(title, &["x"]));
        let built = Html::parse_document(&page);
        for place in ["h1", "title", "dd code"] {
            let found: Vec<_> = built.select(&Selector::parse(place).unwrap()).collect();
            assert_eq!(found.len(), 1, "{place} of\n{page}");
            // A parser makes line feeds of carriage returns, and drops U+0000.
            let plain = |text: &str| {
                text.replace("\r\n", "\n")
                    .replace('\r', "\n")
                    .replace(['\0', '\u{fffd}'], "")
            };
            assert_eq!(
                plain(&found[0].text().collect::<String>()),
                plain(title),
                "{place} of\n{page}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_mixture_of_marks_leaves_its_place(one in hostile::mixture(), other in hostile::mixture()) {
        let clean = |text: &str| crate::render::safe::safe(text).into_owned();
        stays_within("t", &[&clean(&one), "[a] <a>", &clean(&other)]);
    }

    #[test]
    fn any_text_stays_in_its_place(title in any::<String>(), text in any::<String>()) {
        let clean = |text: &str| crate::render::safe::safe(text).into_owned();
        stays_within(&clean(&title), &[&clean(&text), "x"]);
    }
}

#[test]
fn markdown_is_drawn() {
    let drawn =
        markdown("# A\n*b* `c` [d](https://e.example \"f\")\ng\n\n```rust\n1 < 2\n```\n- [x] h");
    let expected = "<h3>A</h3>\n<p><em>b</em> <code>c</code> <a href=\"https://e.example\" \
                    rel=\"noopener noreferrer nofollow\">d</a><br />\ng</p>\n<pre><i>rust</i><code>1 &lt; 2\n</code></pre>\n\
                    <ul>\n<li>☑ h</li>\n</ul>\n";
    assert_eq!(drawn, expected);
}

#[test]
fn what_a_person_typed_stays_as_it_was() {
    let typed = "Traceback:\n    def __init__(self):\n\n\n        *args <b>";
    let page = document(&hostile::sheet("t", &[typed, typed]));
    let built = Html::parse_document(&page);
    let texts = texts(&built);
    let [own, drawn] = texts.as_slice() else {
        panic!("{page}")
    };
    assert_eq!(own.text().collect::<String>().trim(), typed);
    assert_ne!(drawn.text().collect::<String>().trim(), typed);
    let set: Vec<_> = built
        .select(&Selector::parse("article.typed").unwrap())
        .collect();
    assert_eq!(set.len(), 1, "{page}");
    assert!(STYLE.contains("article.typed .text p { white-space: pre-wrap;"));
}

#[test]
fn what_could_act_is_words() {
    assert_eq!(markdown("<b>a</b>"), "<p>&lt;b&gt;a&lt;/b&gt;</p>\n");
    assert_eq!(
        markdown("<script>\na"),
        "<pre><code>&lt;script&gt;\na</code></pre>\n"
    );
    assert_eq!(
        markdown("[a](javascript:b)"),
        "<p><span title=\"javascript:b\">a</span></p>\n"
    );
    let image =
        "<a href=\"https://b.example/c.png\" rel=\"noopener noreferrer nofollow\">image: a</a>";
    assert_eq!(
        markdown("![a](https://b.example/c.png)"),
        format!("<p>{image}</p>\n")
    );
    let letter =
        "<a href=\"mailto:a@b.example\" rel=\"noopener noreferrer nofollow\">a@b.example</a>";
    assert_eq!(markdown("<a@b.example>"), format!("<p>{letter}</p>\n"));
    // A link within a link would end it.
    assert_eq!(
        markdown("[![a](https://b.example)](https://c.example)")
            .matches("<a ")
            .count(),
        1
    );
}

#[test]
fn the_page_needs_nothing_and_forbids_the_rest() {
    let page = document(&hostile::sheet("t", hostile::TEXTS));
    let built = Html::parse_document(&page);
    let count = |place: &str| built.select(&Selector::parse(place).unwrap()).count();
    assert_eq!(
        count(
            "script, img, iframe, object, embed, link, base, form, input, svg, video, audio, [src]"
        ),
        0
    );
    assert_eq!(count("style"), 1);
    // The policy stands before anything that it is to bind.
    let policy = built
        .select(&Selector::parse("head > meta").unwrap())
        .nth(1)
        .unwrap();
    assert_eq!(policy.attr("http-equiv"), Some("Content-Security-Policy"));
    assert!(
        policy
            .attr("content")
            .unwrap()
            .starts_with("default-src 'none'; style-src 'unsafe-inline'")
    );
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains("</"));
}

#[test]
fn what_stands_within_itself_without_end_is_not_followed() {
    for sign in [">", "- ", "1. ", "*a ", "[", "> - "] {
        let text = format!("{}deep", sign.repeat(5_000));
        let html = markdown_in_colours(&text);
        let page = Html::parse_fragment(&html);
        assert!(html.contains("deep"), "{sign}");
        let deepest = page.tree.nodes().map(|node| node.ancestors().count()).max();
        assert!(deepest.unwrap() <= DEEPEST + 4, "{sign}: {deepest:?}");
    }
}
