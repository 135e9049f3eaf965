//! No file of the tests is forgotten: a module that nothing names isn't compiled, so its tests
//! would be silent for ever.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where Rust code lies, and the files in which a compiler begins to read it.
const PARTS: [(&str, &[&str]); 4] = [
    (
        "tests",
        &["library/main.rs", "program/main.rs", "crash/main.rs"],
    ),
    ("src", &["lib.rs", "main.rs"]),
    (
        "benches",
        &[
            "archive/main.rs",
            "promises/main.rs",
            "serving/main.rs",
            "service/main.rs",
        ],
    ),
    (
        "fuzz",
        &[
            "src/lib.rs",
            "fuzz_targets/canonical.rs",
            "fuzz_targets/thread.rs",
            "fuzz_targets/journal.rs",
            "fuzz_targets/commit.rs",
            "fuzz_targets/sealed.rs",
            "fuzz_targets/sources.rs",
        ],
    ),
];

#[test]
fn every_file_is_a_module_of_something() {
    for (part, roots) in PARTS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(part);
        let mut read = BTreeSet::new();
        for root in roots {
            follow(&folder.join(root), true, &mut read);
        }
        let mut there = BTreeSet::new();
        rust_files(&folder, &mut there);
        let forgotten: Vec<_> = there.difference(&read).collect();
        assert!(forgotten.is_empty(), "no module names {forgotten:#?}");
    }
}

/// Collects a file and all that its `mod` lines lead to.
fn follow(file: &Path, is_root: bool, read: &mut BTreeSet<PathBuf>) {
    let file = file
        .canonicalize()
        .unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    if !read.insert(file.clone()) {
        return;
    }
    let folder = file.parent().unwrap();
    let stem = file.file_stem().unwrap();
    let own_folder = if is_root || stem == "mod" {
        folder.to_owned()
    } else {
        folder.join(stem)
    };
    for module in modules(&fs::read_to_string(&file).unwrap()) {
        match module {
            Module::At(path) => follow(&folder.join(path), true, read),
            Module::Named(name) => {
                let flat = own_folder.join(format!("{name}.rs"));
                let nested = own_folder.join(&name).join("mod.rs");
                follow(if flat.exists() { &flat } else { &nested }, false, read);
            }
        }
    }
}

/// A module in a file of its own.
#[derive(Debug, PartialEq)]
enum Module {
    Named(String),
    /// `#[path = "…"]`.
    At(String),
}

/// The modules that a source leaves to other files; one with a body is none.
fn modules(source: &str) -> Vec<Module> {
    let tokens: TokenStream = source.parse().unwrap();
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    let mut path = None;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(attribute) => {
                path = path_in(&attribute.stream().to_string()).or(path);
            }
            TokenTree::Ident(word) if word == "mod" => {
                let [name, TokenTree::Punct(_)] = &tokens[at + 1..at + 3] else {
                    continue;
                };
                found.push(match path.take() {
                    Some(path) => Module::At(path),
                    None => Module::Named(name.to_string()),
                });
            }
            TokenTree::Punct(end) if end.as_char() == ';' => path = None,
            _ => {}
        }
    }
    found
}

fn path_in(attribute: &str) -> Option<String> {
    let text = attribute.strip_prefix("path")?.trim_start();
    let text = text.strip_prefix('=')?.trim();
    Some(text.trim_matches('"').to_owned())
}

fn rust_files(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().unwrap() != "target" {
                rust_files(&path, found);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.insert(path.canonicalize().unwrap());
        }
    }
}

#[test]
fn modules_are_told_from_what_looks_like_one() {
    let source = r#"
        mod first;
        #[cfg(test)]
        pub mod second;
        #[path = "../there/mod.rs"]
        mod third;
        mod inner { fn f() {} }
        // mod commented;
        const TEXT: &str = "mod quoted;";
        pub(crate) mod fourth;
    "#;
    let named = |name: &str| Module::Named(name.to_owned());
    assert_eq!(
        modules(source),
        [
            named("first"),
            named("second"),
            Module::At("../there/mod.rs".to_owned()),
            named("fourth"),
        ]
    );
}
