//! What a test needs of a Markdown document: its fenced blocks and its links.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// A fenced block.
#[derive(Debug)]
pub struct Block {
    /// What stands after the fence, such as `console`.
    pub info: String,
    /// The line in the document on which its text begins.
    pub line: usize,
    pub text: String,
}

pub fn blocks(document: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (event, place) in Parser::new(document).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let line = document[..place.start].lines().count() + 2;
                open = Some(Block {
                    info: info.to_string(),
                    line,
                    text: String::new(),
                });
            }
            Event::Text(text) => {
                if let Some(block) = &mut open {
                    block.text.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}

/// Links and pictures, without those to other sites; an anchor is cut off.
pub fn local_links(document: &str) -> Vec<String> {
    let links = Parser::new(document).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(dest_url.to_string())
        }
        _ => None,
    });
    let local = links.filter(|link| !link.contains("://") && !link.starts_with("mailto:"));
    local
        .map(|link| link.split('#').next().unwrap_or_default().to_owned())
        .filter(|l| !l.is_empty())
        .collect()
}
