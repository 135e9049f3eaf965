//! Reads the texts of a Rust source: its string literals, but those of documentation and of tests.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The string literals of a source file, as they are written there.
pub fn texts(file: &str, source: &str) -> Vec<String> {
    let tokens: TokenStream = source.parse().unwrap_or_else(|why| panic!("{file}: {why}"));
    let mut found = Vec::new();
    collect(tokens, &mut found);
    found
}

fn collect(tokens: TokenStream, found: &mut Vec<String>) {
    let mut is_test = false;
    for token in tokens {
        match token {
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if text.contains('"') {
                    found.push(text);
                }
            }
            TokenTree::Group(group) => {
                let inner = group.stream().to_string();
                let is_attribute = group.delimiter() == Delimiter::Bracket;
                if is_attribute && inner.starts_with("cfg (test)") {
                    is_test = true;
                } else if is_attribute && inner.starts_with("doc =") {
                    // Documentation.
                } else if is_test && group.delimiter() == Delimiter::Brace {
                    is_test = false;
                } else {
                    collect(group.stream(), found);
                }
            }
            TokenTree::Punct(sign) if sign.as_char() == ';' => is_test = false,
            _ => {}
        }
    }
}
