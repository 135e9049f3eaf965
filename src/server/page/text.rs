//! What a message says, as HTML that can do nothing: an AI's Markdown, drawn by the export's writer and
//! washed once more by another's hand.

use crate::render::export::html::markdown_in_colours;
use ammonia::Builder;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

static WASHER: LazyLock<Builder<'static>> = LazyLock::new(washer);

/// Markdown as HTML: text, its structure, and links that lead to the web or to a letter.
pub(super) fn drawn(text: &str) -> String {
    WASHER.clean(&markdown_in_colours(text)).to_string()
}

/// Lets through what the writer writes, and not more.
fn washer() -> Builder<'static> {
    let tags = HashSet::from([
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "li",
        "ol",
        "p",
        "pre",
        "span",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]);
    let attributes = HashMap::from([
        ("a", HashSet::from(["href"])),
        ("ol", HashSet::from(["start"])),
        ("span", HashSet::from(["title"])),
    ]);
    let mut washer = Builder::empty();
    washer
        .tags(tags)
        .tag_attributes(attributes)
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .allowed_classes(HashMap::from([("span", kinds_of_code())]))
        .set_tag_attribute_value("a", "target", "_blank")
        .link_rel(Some("noopener noreferrer nofollow"));
    washer
}

/// What the style sheet has a colour for.
fn kinds_of_code() -> HashSet<&'static str> {
    HashSet::from(["comment", "keyword", "quoted", "number", "name", "removed"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_stays() {
        let html =
            drawn("# One\n\n1. *a*\n2. `b`\n\n```rust\nfn f() {}\n```\n\n| a |\n|---|\n| b |\n");
        for part in [
            "<h3>One</h3>",
            "<em>a</em>",
            "<code>b</code>",
            "<pre><i>rust</i><code><span class=\"keyword\">fn</span> f() {}",
            "<table><thead><tr><th>a</th>",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn headings_follow_each_other_level_by_level() {
        let html = drawn("### a\n\n# b\n\n##### c\n\n###### d\n\n## e\n");
        for part in [
            "<h3>a</h3>",
            "<h3>b</h3>",
            "<h4>c</h4>",
            "<h5>d</h5>",
            "<h4>e</h4>",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn links_lead_to_the_web_and_to_letters_only() {
        let html = drawn("[good](https://a.example/) [letter](mailto:a@b.example)");
        assert!(html.contains("href=\"https://a.example/\""), "{html}");
        assert!(html.contains("href=\"mailto:a@b.example\""), "{html}");
        assert!(
            html.contains("rel=\"noopener noreferrer nofollow\""),
            "{html}"
        );
        for bad in [
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "[x](/api/audit/clear)",
            "[x](//a.example)",
            "<a href=\"javascript:alert(1)\">x</a>",
            "![x](https://a.example/pixel.png)<img src=x onerror=alert(1)>",
            "<svg onload=alert(1)>",
            "<style>*{display:none}</style><form action=//a.example><input></form>",
            "<p style=\"position:fixed\" id=status class=banner onclick=alert(1)>",
        ] {
            let html = drawn(bad);
            for sign in [
                "<img",
                "<script",
                "<svg",
                "<style",
                "<form",
                "<input",
                "<a href=\"j",
                "<a href=\"J",
                "<a href=\"d",
                "<a href=\"/",
                " id=\"",
                " class=\"",
            ] {
                assert!(!html.contains(sign), "{sign} in {html}");
            }
        }
    }
}
