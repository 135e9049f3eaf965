//! The code in a reply, by itself: for pipes and the clipboard.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// What the last fenced block of a Markdown text holds, without its fences; nothing where there is none.
pub fn last_block(text: &str) -> Option<String> {
    let mut last = None;
    let mut open: Option<String> = None;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => open = Some(String::new()),
            Event::Text(piece) => {
                if let Some(code) = &mut open {
                    code.push_str(&piece);
                }
            }
            Event::End(TagEnd::CodeBlock) => last = open.take().or(last),
            _ => {}
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_fenced_block_is_found() {
        for (text, code) in [
            ("no code", None),
            ("`inline` and\n\n    indented\n", None),
            ("```sh\nls\n```\n", Some("ls\n")),
            ("```\none\n```\nor\n~~~py\ntwo\n\n  2\n~~~\nbye\n", Some("two\n\n  2\n")),
            ("```\none\n```\n\n    indented\n", Some("one\n")),
            ("- item\n\n  ```c\n  in = an;\n  ```\n", Some("in = an;\n")),
            ("````md\n```\ninner\n```\n````\n", Some("```\ninner\n```\n")),
            ("broken off:\n```\nhalf", Some("half")),
            ("```\n```\n", Some("")),
        ] {
            assert_eq!(last_block(text).as_deref(), code, "{text:?}");
        }
    }
}
