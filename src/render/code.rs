//! The code in a reply, by itself: for pipes and the clipboard.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// A fenced block of a Markdown text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FencedBlock {
    /// Its closing fence is missing, so it may not be whole.
    Unclosed,
    /// What stands between its fences.
    Whole(String),
}

/// The fenced blocks of a Markdown text, in their order.
pub fn fenced_blocks(text: &str) -> Vec<FencedBlock> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for (event, place) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => open = Some(String::new()),
            Event::Text(piece) => {
                if let Some(code) = &mut open {
                    code.push_str(&piece);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                let Some(code) = open.take() else { continue };
                blocks.push(match is_closed(&text[place], &code) {
                    true => FencedBlock::Whole(code),
                    false => FencedBlock::Unclosed,
                });
            }
            _ => {}
        }
    }
    blocks
}

/// The last fenced block of a Markdown text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastBlock {
    /// There is none.
    Missing,
    /// Its closing fence is missing, so it may not be whole.
    Unclosed,
    /// What stands between its fences.
    Whole(String),
}

impl LastBlock {
    /// Looks for it.
    pub fn of(text: &str) -> Self {
        match fenced_blocks(text).pop() {
            None => Self::Missing,
            Some(FencedBlock::Unclosed) => Self::Unclosed,
            Some(FencedBlock::Whole(code)) => Self::Whole(code),
        }
    }
}

/// Whether a block, given from its opening fence to its end, has a closing one: a line that no code
/// stands in.
fn is_closed(block: &str, code: &str) -> bool {
    let Some(mark) = block.chars().next() else {
        return false;
    };
    let fence = block.len() - block.trim_start_matches(mark).len();
    let last = block.lines().last().unwrap_or_default();
    let last = last.trim_start_matches([' ', '\t', '>']).trim_end();
    let is_fence = last.len() >= fence && last.chars().all(|c| c == mark);
    is_fence && block.lines().count() == code.lines().count() + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_fenced_block_is_found() {
        for (text, code) in [
            ("```sh\nls\n```\n", "ls\n"),
            (
                "```\none\n```\nor\n~~~py\ntwo\n\n  2\n~~~\nbye\n",
                "two\n\n  2\n",
            ),
            ("```\none\n```\n\n    indented\n", "one\n"),
            ("- item\n\n  ```c\n  in = an;\n  ```\n", "in = an;\n"),
            ("````md\n```\ninner\n```\n````\n", "```\ninner\n```\n"),
            ("> ```\n> quoted\n> ```\n", "quoted\n"),
            ("```\r\none\r\n```\r\n", "one\n"),
            ("1. a\n\n   ~~~~\n   x\n\n   ~~~~", "x\n\n"),
            ("```\n```\n", ""),
        ] {
            assert_eq!(
                LastBlock::of(text),
                LastBlock::Whole(code.to_owned()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_is_no_block_or_has_no_end_is_told_from_one_that_has() {
        for text in ["no code", "`inline` and\n\n    indented\n"] {
            assert_eq!(LastBlock::of(text), LastBlock::Missing, "{text:?}");
        }
        for text in [
            "broken off:\n```\nhalf",
            "```\none\n```\n\n```\ntwo\n",
            "```",
            "```sh",
            "````\n```\nhalf\n```\n",
            "````\nhalf\n```",
            "```\nhalf\n~~~\n",
            "```\n> ```\n",
            "> ```\n> half\n\nafter\n",
            "- ```\n  half\n\nafter\n",
            "- ```\n  half\n\n\n",
        ] {
            assert_eq!(LastBlock::of(text), LastBlock::Unclosed, "{text:?}");
        }
    }
}
