//! No text leaves its quote: shown by two parsers, ours and the one that GitHub's is the model of.

use super::super::sheet::hostile;
use super::*;
use comrak::nodes::{Node, NodeValue};
use proptest::prelude::*;

fn sheet(title: &str, texts: &[&str]) -> Sheet {
    hostile::sheet(title, texts)
}

/// What may stand between the quotes, as (kind, words); and how many quotes there are.
type Outline = Vec<(String, String)>;

/// The outline by pulldown-cmark. Fails on what may stand nowhere in a document.
fn outline(document: &str, options: Options) -> Outline {
    let parser = Parser::new_ext(document, options);
    assert_eq!(
        parser.reference_definitions().iter().count(),
        0,
        "{document}"
    );
    let (mut outline, mut depth) = (Outline::new(), 0);
    let mut is_quoted = false;
    for event in parser {
        match &event {
            Event::Html(_) | Event::InlineHtml(_) => panic!("raw HTML in\n{document}"),
            Event::FootnoteReference(_) | Event::Start(Tag::FootnoteDefinition(_)) => {
                panic!("{document}")
            }
            Event::Start(Tag::Image { .. } | Tag::MetadataBlock(_) | Tag::HtmlBlock) => {
                panic!("{document}")
            }
            Event::Start(Tag::Link {
                dest_url,
                link_type,
                ..
            }) => {
                assert!(
                    is_safe(dest_url) || *link_type == pulldown_cmark::LinkType::Email,
                    "{document}"
                );
                assert!(is_quoted, "a link outside the quotes of\n{document}");
            }
            _ => {}
        }
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    is_quoted = matches!(tag, Tag::BlockQuote(_));
                    outline.push((format!("{:?}", tag.to_end()), String::new()));
                }
                assert!(
                    !matches!(tag, Tag::BlockQuote(Some(_))) || depth > 0,
                    "an alert:\n{document}"
                );
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            Event::Rule if depth == 0 => outline.push(("Rule".into(), String::new())),
            Event::Text(text) | Event::Code(text) if !is_quoted => {
                outline.last_mut().unwrap().1 += &text
            }
            _ => {}
        }
    }
    outline
}

fn text_of<'a>(node: Node<'a>) -> String {
    let own = |node: Node<'a>| match &node.data().value {
        NodeValue::Text(text) => text.to_string(),
        NodeValue::Code(code) => code.literal.clone(),
        _ => String::new(),
    };
    node.descendants().map(own).collect()
}

/// The outline by comrak, as GitHub reads it.
fn github_outline(document: &str) -> Outline {
    let mut options = comrak::Options::default();
    let extension = &mut options.extension;
    extension.table = true;
    extension.strikethrough = true;
    extension.tasklist = true;
    extension.footnotes = true;
    extension.alerts = true;
    // Bare addresses become links by themselves; `autolink` is left out, for a title may well hold
    // one.
    let arena = comrak::Arena::new();
    let root = comrak::parse_document(&arena, document, &options);
    for node in root.descendants() {
        match &node.data().value {
            NodeValue::HtmlBlock(_) | NodeValue::HtmlInline(_) => panic!("raw HTML in\n{document}"),
            NodeValue::Image(_)
            | NodeValue::FootnoteDefinition(_)
            | NodeValue::FootnoteReference(_) => {
                panic!("an image or a footnote in\n{document}")
            }
            NodeValue::Link(link) => {
                assert!(
                    is_safe(&link.url) || link.url.starts_with("mailto:"),
                    "{}\n{document}",
                    link.url
                );
            }
            _ => {}
        }
    }
    let line = |node: Node<'_>| match &node.data().value {
        NodeValue::BlockQuote => ("BlockQuote".to_owned(), String::new()),
        NodeValue::Heading(heading) => (format!("Heading {}", heading.level), text_of(node)),
        NodeValue::Paragraph | NodeValue::List(_) | NodeValue::ThematicBreak => {
            (node.data().value.xml_node_name().to_owned(), text_of(node))
        }
        other => panic!("{other:?} between the quotes of\n{document}"),
    };
    root.children().map(line).collect()
}

/// Whatever is said, a document has the outline of the same one in which nothing but `x` is said.
fn stays_within(title: &str, texts: &[&str]) {
    let (said, plain) = (
        document(&sheet(title, texts)),
        document(&sheet(title, &vec!["x"; texts.len()])),
    );
    for options in [Options::empty(), github()] {
        assert_eq!(outline(&said, options), outline(&plain, options), "{said}");
    }
    assert_eq!(github_outline(&said), github_outline(&plain), "{said}");
}

#[test]
fn the_outline_is_ours_and_whole() {
    let document = document(&sheet("A title", &["x", "y"]));
    let found = outline(&document, github());
    let kinds: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
    let message = ["Heading(H2)", "Paragraph", "BlockQuote(None)"];
    let expected = [
        &["Heading(H1)", "List(false)"][..],
        &message,
        &message,
        &["Rule", "Paragraph"],
    ]
    .concat();
    assert_eq!(kinds, expected, "{document}");
    assert_eq!(found[0].1, "A title");
}

#[test]
fn no_hostile_text_leaves_its_quote() {
    for text in hostile::TEXTS {
        stays_within("t", &[text, "an innocent [x], [^1] and ![x]", text]);
    }
}

#[test]
fn no_title_is_more_than_a_title() {
    for title in hostile::TEXTS {
        let title = crate::render::safe::safe_line(title).trim().to_owned();
        if title.is_empty() {
            continue;
        }
        let document = document(&sheet(&title, &["x"]));
        for options in [Options::empty(), github()] {
            assert_eq!(
                outline(&document, options)[0],
                ("Heading(H1)".to_owned(), title.clone()),
                "{document}"
            );
        }
        assert_eq!(
            github_outline(&document)[0],
            ("Heading 1".to_owned(), title.clone()),
            "{document}"
        );
        stays_within(&title, &["x"]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_mixture_of_marks_leaves_its_quote(one in hostile::mixture(), other in hostile::mixture()) {
        let clean = |text: &str| crate::render::safe::safe(text).into_owned();
        stays_within("t", &[&clean(&one), "[a] [b][a] [^a] <a>", &clean(&other)]);
    }

    #[test]
    fn any_title_is_a_title(title in any::<String>()) {
        let title = crate::render::safe::safe_line(&format!("t{title}")).trim().to_owned();
        let document = document(&sheet(&title, &["x"]));
        prop_assert_eq!(&outline(&document, github())[0].1, &title);
    }

    #[test]
    fn taking_the_quote_off_gives_the_message_back(text in "[a-z #>`*\\n.-]{0,80}") {
        prop_assume!(unsure_code(&text).is_empty());
        prop_assume!(wild_places(&text, github()).is_empty() && wild_places(&text, Options::empty()).is_empty());
        let quoted = quote(&tame(&text));
        let lines: Vec<&str> = quoted.lines().map(|line| line.strip_prefix("> ").or(line.strip_prefix('>')).unwrap()).collect();
        prop_assert_eq!(lines.join("\n"), text.trim_end());
    }
}

#[test]
fn what_people_write_is_left_as_it_is() {
    let text = "# A\n\n1. **b** `c<d>` & a < b, [e](https://e.example) <https://f.example> <g@h.example>\n\n```html\n<b>\n```\n\n| a |\n|---|\n| b |";
    assert_eq!(tame(text), text);
}

#[test]
fn what_acts_beyond_its_place_is_shown_instead() {
    assert_eq!(tame("a <b>c</b> <!-- d"), "a \\<b>c\\</b> <!-- d");
    assert_eq!(tame("<!-- open"), "\\<!-- open");
    assert_eq!(tame("![a](https://b.example)"), "\\![a](https://b.example)");
    assert_eq!(tame("![a](b.png)"), "\\!\\[a](b.png)");
    assert_eq!(
        tame("[a](javascript:b) <javascript:c>"),
        "\\[a](javascript:b) \\<javascript:c>"
    );
    assert_eq!(
        tame("[a]\n\n[a]: https://b.example"),
        "[a]\n\n[a]\\: https://b.example"
    );
    assert_eq!(tame("a[^1]\n\n[^1]: b"), "a[^1]\n\n[^1]\\: b");
    assert_eq!(tame("[!WARNING]\nb"), "\\[!WARNING]\nb");
    assert_eq!(tame("~~~---\n~~~ \t\n<b>"), "~~~---\n~~~\n\\<b>");
}

#[test]
fn what_cannot_be_tamed_is_code() {
    let tamed = as_code("````\n<b>");
    assert_eq!(tamed, "`````\n````\n<b>\n`````");
}

/// What is told apart by where parsers disagree, found by chance once and kept.
#[test]
fn what_only_one_parser_sees_is_tamed_for_all() {
    let texts = [
        "[```\na|b\n-|-\n<b>```",
        "> [a]: \n===\n",
        "[```[!NOTE]\n[^a]: ```\\",
        "```\n|---|\n\t```\n[^a]: ",
    ];
    for text in texts {
        stays_within("t", &[text, "[a] [^a] <a>", text]);
    }
}

#[test]
fn code_keeps_its_tabs_and_indented_code_its_depth() {
    let text = "\tindented\n\n```make\nall:\n\tcc\t-o a\n```\n\n- a\n\n\tb\n\n  ```\n\tc\n  ```";
    let quoted = quote(text);
    assert!(quoted.contains("> \tcc\t-o a\n"), "{quoted}");
    assert!(quoted.starts_with(">     indented\n"), "{quoted}");
    let inner = |markdown: &str| {
        let mut html = String::new();
        pulldown_cmark::html::push_html(&mut html, Parser::new(markdown));
        html
    };
    let expected = format!("<blockquote>\n{}</blockquote>\n", inner(text));
    assert_eq!(
        inner(&quoted).replace("  c", "c"),
        expected.replace("  c", "c")
    );
}
