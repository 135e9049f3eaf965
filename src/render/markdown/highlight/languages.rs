//! What code looks like in each language.

use table::LANGUAGES;

mod table;

/// How quoted text begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    pub open: &'static str,
    pub close: &'static str,
    /// A backslash takes the meaning from what follows it.
    pub escapes: bool,
    /// Without its end, it goes on in the next line.
    pub spans_lines: bool,
}

/// What counts as the name of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    None,
    /// Quoted text before a colon.
    Quoted,
    /// A word before a colon.
    BeforeColon,
    /// Every word before the line's `=`.
    BeforeEquals,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Words and marks.
    Code,
    /// Text with tags in it.
    Markup,
    /// Lines that were added and removed.
    Diff,
}

/// A language, as far as it is known here.
#[derive(Debug)]
pub(super) struct Language {
    /// What fences call it.
    names: &'static str,
    pub keywords: &'static str,
    /// Words that are values.
    pub constants: &'static str,
    /// What begins a comment that ends with the line.
    pub comments: &'static [&'static str],
    /// What begins and ends other comments, and whether these stand in each other.
    pub block: Option<(&'static str, &'static str)>,
    pub nests: bool,
    /// Longer beginnings first.
    pub quotes: &'static [Quote],
    /// What makes a name of the word behind it.
    pub sigils: &'static str,
    /// What belongs to words besides letters, digits and `_`.
    pub word: &'static str,
    pub keys: Keys,
    pub shape: Shape,
    pub ignores_case: bool,
    /// A lone `'` quotes nothing.
    pub has_lifetimes: bool,
}

/// The language that a fence names.
pub(super) fn find(info: &str) -> Option<&'static Language> {
    let is_part = |c: char| c.is_alphanumeric() || "+#-_".contains(c);
    let name = info.trim_start_matches(['{', '.', ' ']);
    let name = name
        .split(|c| !is_part(c))
        .next()
        .filter(|name| !name.is_empty() && name.len() < 20)?;
    let name = name.to_lowercase();
    LANGUAGES
        .iter()
        .find(|language| language.names.split(' ').any(|known| known == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn fences_name_languages_in_many_ways() {
        for info in [
            "rust",
            "Rust",
            "rs,ignore",
            "rust title=\"a\"",
            "{.rust}",
            "rust:src/main.rs",
            "rust {1-3}",
        ] {
            assert!(
                find(info).is_some_and(|found| found.names.starts_with("rust ")),
                "{info:?}"
            );
        }
        assert!(find("c++").is_some_and(|found| found.names.starts_with("c ")));
        assert!(find("c#").is_some_and(|found| found.names.starts_with("csharp ")));
        for info in [
            "",
            " ",
            "text",
            "console",
            "brainfuck",
            "*",
            &"rust".repeat(50),
        ] {
            assert!(find(info).is_none(), "{info:?}");
        }
    }

    #[test]
    fn the_table_is_sound() {
        let mut names = HashSet::new();
        for language in LANGUAGES {
            assert!(
                language
                    .names
                    .split(' ')
                    .all(|name| !name.is_empty() && names.insert(name)),
                "{}",
                language.names
            );
            let words = [language.keywords, language.constants].join(" ");
            assert!(
                words
                    .split_ascii_whitespace()
                    .all(|word| word.len() < super::super::LONGEST)
            );
            if language.ignores_case {
                assert_eq!(words, words.to_lowercase());
            }
            for (at, quote) in language.quotes.iter().enumerate() {
                let later = &language.quotes[at + 1..];
                assert!(
                    later
                        .iter()
                        .all(|later| !later.open.starts_with(quote.open)),
                    "{}",
                    language.names
                );
            }
        }
    }
}
