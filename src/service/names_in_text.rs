//! The `@tags` that stand in a text. In code stand none: there an `@` is the code's own.

use super::{MOST_TAGS, Refusal};
use crate::index::fold;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, TextMergeStream};
use std::collections::HashSet;

/// The names in a text, each once, in the order in which they stand there.
///
/// # Errors
/// If there are more than may be.
pub fn names_in(text: &str) -> Result<Vec<String>, Refusal> {
    if !text.contains('@') {
        return Ok(Vec::new());
    }
    let mut found = Names::default();
    let mut is_code = false;
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    for event in TextMergeStream::new(Parser::new_ext(text, options)) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            Event::Text(text) if !is_code => found.take(&text),
            // It is shown as it was written.
            Event::Html(text) | Event::InlineHtml(text) => found.take(&text),
            _ => {}
        }
    }
    match found.names.len() {
        0..=MOST_TAGS => Ok(found.names),
        count => Err(Refusal::TooManyTags { count }),
    }
}

/// The names found so far.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    /// The same, in one case and without accents.
    known: HashSet<String>,
}

impl Names {
    fn take(&mut self, text: &str) {
        let mut before = None;
        let mut rest = text;
        while let Some(sign) = rest.chars().next() {
            rest = &rest[sign.len_utf8()..];
            if sign != '@' || before.is_some_and(is_of_address) {
                before = Some(sign);
                continue;
            }
            let end = rest.find(|sign| !is_of_name(sign)).unwrap_or(rest.len());
            let name = &rest[..end];
            if !name.is_empty() && self.known.insert(fold(name)) {
                self.names.push(name.to_owned());
            }
            before = name.chars().last().or(Some('@'));
            rest = &rest[end..];
        }
    }
}

fn is_of_name(sign: char) -> bool {
    sign.is_alphanumeric() || matches!(sign, '-' | '_')
}

/// Whether what follows an `@` behind it is the domain of an e-mail address, or a part of a link's.
fn is_of_address(sign: char) -> bool {
    is_of_name(sign) || matches!(sign, '@' | '.' | '+' | '%' | '"' | '\'' | ')' | '/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        names_in(text).unwrap()
    }

    #[test]
    fn names_are_letters_digits_and_two_signs_and_no_addresses() {
        assert_eq!(
            names("Show tasks from @marketing and @launch."),
            ["marketing", "launch"]
        );
        assert_eq!(
            names("@q3_plan, (@über-uns) @日本 @2025"),
            ["q3_plan", "über-uns", "日本", "2025"]
        );
        assert_eq!(names("@twice @Twice @TWICE"), ["twice"]);
        for none in [
            "rachel@example.com",
            "first.last@example.com a+b@c",
            "<rachel@example.com>",
            "@ alone",
            "@@x",
            "",
            "@",
            "a_@b",
            "\"q\"@example.com",
        ] {
            assert_eq!(names(none), Vec::<String>::new(), "{none}");
        }
    }

    #[test]
    fn in_code_there_are_none() {
        for none in [
            "`@Override`",
            "``a ` @Override``",
            "```java\n@Override\nvoid run() {}\n```",
            "~~~\n@Override",
            "    @Override\n    void run() {}",
            "> ```\n> @Override\n> ```",
            "[a profile](https://example.com/@somebody)",
            "https://example.com/@somebody",
            "<https://example.com/@somebody>",
        ] {
            assert_eq!(names(none), Vec::<String>::new(), "{none}");
        }
        let around = "@one `@Override`@two\n\n```\n@Test\n```\n@three";
        assert_eq!(names(around), ["one", "two", "three"]);
        // What only seems to be code is none.
        assert_eq!(names("a ` and @one, `` and @two"), ["one", "two"]);
        assert_eq!(names("text\n    @one"), ["one"]);
    }

    #[test]
    fn names_stand_in_whatever_else_a_text_is_made_of() {
        for text in [
            "_@plan_",
            "**@plan**",
            "# @plan",
            "- @plan",
            "> @plan",
            "[@plan](https://example.com)",
            "[@plan]",
            "<b>@plan</b>",
            "<div>\n@plan\n</div>",
            "|a|\n|-|\n|@plan|",
            "~~@plan~~",
            r"\@plan",
        ] {
            assert_eq!(names(text), ["plan"], "{text}");
        }
        for name in ["_plan", "a_b_c", "x_"] {
            assert_eq!(names(&format!("@{name}")), [name]);
        }
    }

    #[test]
    fn at_most_five_are_taken() {
        assert_eq!(names("@a @b @c @d @e").len(), MOST_TAGS);
        assert_eq!(names("@a @b @c @d @e @a").len(), MOST_TAGS);
        let six = names_in("@a @b @c @d @e @f");
        assert_eq!(six, Err(Refusal::TooManyTags { count: 6 }));
    }
}
