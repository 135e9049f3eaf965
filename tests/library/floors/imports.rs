//! Reads the paths that a Rust source names: in `use` trees, in code, in attributes and inside
//! macros alike.
//!
//! It looks at tokens, so neither comments nor strings deceive it, and it needs no knowledge of the
//! grammar beyond `mod`, `use`, `::` and braces.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The paths that a source file names, `crate`, `self` and `super` resolved; a macro's name ends in
/// `!`. A path within the crate begins with `crate`. `file` is relative to `src/`.
pub fn paths(file: &str, source: &str) -> Vec<Vec<String>> {
    let tokens: TokenStream = source.parse().unwrap_or_else(|why| panic!("{file}: {why}"));
    let mut reader = Reader {
        module: module_of(file),
        found: Vec::new(),
    };
    reader.walk(&tokens.into_iter().collect::<Vec<_>>());
    reader.found
}

/// `store/files.rs` is `crate::store::files`; `lib.rs` is `crate`.
fn module_of(file: &str) -> Vec<String> {
    let names = file
        .trim_end_matches(".rs")
        .split('/')
        .filter(|name| !["lib", "mod"].contains(name));
    std::iter::once("crate")
        .chain(names)
        .map(str::to_owned)
        .collect()
}

struct Reader {
    module: Vec<String>,
    found: Vec<Vec<String>>,
}

impl Reader {
    fn walk(&mut self, tokens: &[TokenTree]) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Ident(word) if word == "mod" => {
                    if let [TokenTree::Ident(name), TokenTree::Group(body), ..] = &tokens[at..] {
                        self.module.push(name.to_string());
                        self.walk(&body.stream().into_iter().collect::<Vec<_>>());
                        self.module.pop();
                        at += 2;
                    }
                }
                TokenTree::Ident(word) if word == "use" => {
                    let end = tokens[at..]
                        .iter()
                        .position(|token| is(token, ';'))
                        .unwrap_or(0);
                    self.tree(&[], &tokens[at..at + end]);
                    at += end;
                }
                TokenTree::Ident(_) => at = self.path_in_code(tokens, at - 1),
                TokenTree::Group(group) => {
                    self.walk(&group.stream().into_iter().collect::<Vec<_>>())
                }
                _ => {}
            }
        }
    }

    /// One tree of a `use`: a path that may end in braces with more trees.
    fn tree(&mut self, before: &[String], tokens: &[TokenTree]) {
        let mut path = before.to_vec();
        for token in tokens {
            match token {
                TokenTree::Ident(word) if word == "as" => break,
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    inner
                        .split(|token| is(token, ','))
                        .for_each(|tree| self.tree(&path, tree));
                    return;
                }
                TokenTree::Punct(sign) if sign.as_char() == '*' => path.push("*".to_owned()),
                _ => {}
            }
        }
        self.keep(path);
    }

    /// A path in code begins at this word; the place after it is returned.
    fn path_in_code(&mut self, tokens: &[TokenTree], start: usize) -> usize {
        let mut path = vec![tokens[start].to_string()];
        let mut at = start + 1;
        while let [one, other, TokenTree::Ident(word), ..] = &tokens[at..]
            && is(one, ':')
            && is(other, ':')
        {
            path.push(word.to_string());
            at += 3;
        }
        if let [sign, TokenTree::Group(_), ..] = &tokens[at..]
            && is(sign, '!')
        {
            path.last_mut().expect("begins with a word").push('!');
        }
        if path.len() > 1 || path[0].ends_with('!') {
            self.keep(path);
        }
        at
    }

    fn keep(&mut self, path: Vec<String>) {
        let Some(first) = path.first() else { return };
        let mut whole = match first.as_str() {
            "self" | "super" => self.module.clone(),
            // `main.rs` reaches the library by its name.
            "mmogit" => vec!["crate".to_owned()],
            _ => Vec::new(),
        };
        for (place, name) in path.iter().enumerate() {
            match name.as_str() {
                "super" if !whole.is_empty() => drop(whole.pop()),
                "self" | "mmogit" if place == 0 => {}
                _ => whole.push(name.clone()),
            }
        }
        self.found.push(whole);
    }
}

fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}
