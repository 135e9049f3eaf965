//! What adding and taking off make of a thread's tags. As in filters, case and accents make no
//! difference.

use crate::index::fold;

/// The tags with others behind them; one that is there in whatever spelling is not added.
pub fn with_tags(known: &[&str], added: &[String]) -> Vec<String> {
    let mut all: Vec<String> = known.iter().map(|tag| (*tag).to_owned()).collect();
    for tag in added {
        if !has_tag(&all, tag) {
            all.push(tag.clone());
        }
    }
    all
}

/// The tags without others, in whatever spelling.
pub fn without_tags(known: &[&str], removed: &[String]) -> Vec<String> {
    known
        .iter()
        .filter(|tag| !has_tag(removed, tag))
        .map(|tag| (*tag).to_owned())
        .collect()
}

fn has_tag(tags: &[String], wanted: &str) -> bool {
    tags.iter().any(|tag| fold(tag) == fold(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn a_tag_is_the_same_in_every_spelling_of_case_and_accents() {
        assert_eq!(
            with_tags(&["rust"], &owned(&["Rust", "Café", "cafe", "RUST"])),
            ["rust", "Café"]
        );
        assert_eq!(
            with_tags(&["Rust", "rust"], &[]),
            ["Rust", "rust"],
            "what is there stays as it is"
        );
        assert_eq!(
            without_tags(&["Rust", "rust", "rusty"], &owned(&["RUST", "x"])),
            ["rusty"]
        );
    }
}
