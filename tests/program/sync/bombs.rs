//! Objects that take more to look at than to send. Their author signed them: nothing but their size
//! or their form is wrong.

use super::device::{REMOTE, SYNC};
use super::hostile::Scene;
use crate::measure::peak;
use crate::support::far::Far;
use crate::support::git_http::{GitHttp, Manner};
use crate::support::hostile::{Entry, mode};
use crate::support::{git, keys};
use std::time::Instant;

const MIB: u64 = 1 << 20;

/// The most memory that mmogit or the git that it runs may take for whatever is sent.
const MOST: u64 = 400 * MIB;

/// The reader's sync, whatever comes of it, takes neither long nor much.
#[track_caller]
fn stays_small(scene: &Scene) {
    let begun = Instant::now();
    let Some(peak) = peak(&scene.reader.home, &SYNC) else {
        return;
    };
    assert!(
        begun.elapsed() < super::hostile::BOUND,
        "{:?}",
        begun.elapsed()
    );
    assert!(peak < MOST, "{} MiB", peak / MIB);
}

/// And what is here can still be listed, searched and verified.
#[track_caller]
fn goes_on(scene: &Scene) {
    let ran = scene.reader.run(&SYNC);
    assert!(matches!(ran.code, Some(0 | 3)), "{ran:?}");
    for args in [
        &["thread-list", "--all"][..],
        &["thread-search", "question"],
        &["verify"],
    ] {
        let begun = Instant::now();
        let Some(peak) = peak(&scene.reader.home, args) else {
            return;
        };
        assert!(begun.elapsed() < super::hostile::BOUND, "{args:?}");
        assert!(peak < MOST, "{args:?}: {} MiB", peak / MIB);
    }
    let own = scene.reader.tip_of(&scene.reader.author());
    assert!(own.is_some());
    let listed = scene.reader.listed();
    assert!(listed.len() >= 4, "{listed:?}");
}

const THREADS: [&[u8]; 4] = [b".mmogit", b"threads", b"2026-01", b"01"];

#[test]
fn a_huge_file() {
    let scene = Scene::new();
    let zeros = scene.remote.blob_of_zeros(300 << 20);
    scene.put(
        &THREADS,
        Entry::new(mode::FILE, "thread_1767225600.json", zeros),
    );
    scene.put(&[], Entry::new(mode::FILE, "somewhere", zeros));
    stays_small(&scene);
    goes_on(&scene);
}

#[test]
fn a_card_and_an_erasure_that_are_huge() {
    let scene = Scene::new();
    let zeros = scene.remote.blob_of_zeros(300 << 20);
    scene.put(&[b".mmogit"], Entry::new(mode::FILE, "card.json", zeros));
    let erasure = format!("{}.json", "a".repeat(64));
    scene.put(
        &[b".mmogit", b"erased"],
        Entry::new(mode::FILE, erasure, zeros),
    );
    stays_small(&scene);
    goes_on(&scene);
}

#[test]
fn folders_in_folders() {
    let scene = Scene::new();
    let deep = scene.remote.deep_tree(5000);
    scene.put(&[], Entry::new(mode::FOLDER, "deep", deep));
    scene.put(
        &[b".mmogit", b"threads"],
        Entry::new(mode::FOLDER, "deep", deep),
    );
    stays_small(&scene);
    goes_on(&scene);
}

#[test]
fn a_hundred_thousand_entries() {
    let scene = Scene::new();
    let wide = scene.remote.wide_tree(100_000);
    scene.put(&[], Entry::new(mode::FOLDER, "wide", wide));
    scene.put(
        &[b".mmogit", b"threads"],
        Entry::new(mode::FOLDER, "2026-02", wide),
    );
    stays_small(&scene);
    goes_on(&scene);
}

/// A few trees that say each other ten times over: ten thousand million files.
#[test]
fn a_tree_that_multiplies() {
    let scene = Scene::new();
    let bomb = scene.remote.tree_bomb(10);
    scene.put(&[], Entry::new(mode::FOLDER, "bomb", bomb));
    scene.put(
        &[b".mmogit", b"threads"],
        Entry::new(mode::FOLDER, "2026-02", bomb),
    );
    stays_small(&scene);
    goes_on(&scene);
}

#[test]
fn many_commits() {
    let scene = Scene::new();
    let tip = scene
        .remote
        .chain(scene.tree(), Some(scene.tip()), 5000, scene.keys().owner());
    scene.move_to(tip);
    stays_small(&scene);
    scene.is_whole();
    goes_on(&scene);
}

#[test]
fn many_branches() {
    let scene = Scene::new();
    let tip = scene.tip();
    for number in 0..3000 {
        scene
            .remote
            .set_ref(&format!("refs/heads/users/{number:064x}"), tip);
    }
    let names = scene.remote.folder();
    git(names, &["pack-refs", "--all"]);
    stays_small(&scene);
    goes_on(&scene);
    let refused = scene.reader.refused();
    assert!(
        refused
            .iter()
            .all(|(author, _)| *author != keys(3).public().to_string())
    );
}

/// Git keeps the whole list in memory before it says anything of it.
#[test]
fn a_list_of_branches_that_never_ends() {
    let scene = Scene::new();
    let Some(server) = GitHttp::serve(&scene.folder(), Manner::Flood) else {
        return;
    };
    scene.reader.run(&["remote", "remove", REMOTE]).exits(0);
    let url = server.url(Far::NAME);
    scene.reader.run(&["remote", "add", REMOTE, &url]).exits(0);
    let ran = scene.reader.run(&SYNC).exits(1);
    assert!(ran.stderr.contains("more came than is taken"), "{ran:?}");
    let Some(peak) = peak(&scene.reader.home, &SYNC) else {
        return;
    };
    // Git may take so much, and no more.
    assert!(peak < 1100 * MIB, "{} MiB", peak / MIB);
    scene.is_whole();
}

/// Over a path git leaves out such names by itself; a server can say what it likes.
#[test]
fn branches_whose_names_are_no_names() {
    let scene = Scene::new();
    let tip = scene.tip().to_string();
    let author = scene.target.author();
    let names = [
        format!("refs/heads/users/{author}"),
        "refs/heads/users/\x1b[31mred\x1b[0m".to_owned(),
        format!("refs/heads/users/../users/{}", keys(7).public()),
        format!("refs/heads/users/{} ", keys(7).public()),
        format!("refs/heads/users/\u{202e}{author}"),
        "refs/heads/users/--upload-pack=touch ran".to_owned(),
        format!("refs/mmogit/incoming/far/{author}"),
        "HEAD".to_owned(),
    ];
    let manner = Manner::List(tip.clone(), names.to_vec());
    let Some(server) = GitHttp::serve(&scene.folder(), manner) else {
        return;
    };
    scene.reader.run(&["remote", "remove", REMOTE]).exits(0);
    let url = server.url(Far::NAME);
    scene.reader.run(&["remote", "add", REMOTE, &url]).exits(0);
    let ran = scene.reader.run(&SYNC);
    assert!(ran.code.is_some(), "{ran:?}");
    for shown in [&ran.stdout, &ran.stderr] {
        assert!(!shown.contains(['\x1b', '\u{202e}']), "{shown:?}");
    }
    assert_eq!(scene.reader.tip_of(&keys(7).public()), None);
    scene.is_whole();
}

#[test]
fn a_commit_with_a_huge_message_and_one_with_many_parents() {
    let scene = Scene::new();
    let (tree, tip) = (scene.tree(), scene.tip());
    let who = "mmogit <x@users.mmogit.invalid> 1767225700 +0000";
    let long = "x".repeat(64 << 20);
    let text = format!("tree {tree}\nparent {tip}\nauthor {who}\ncommitter {who}\n\n{long}\n");
    let signer = scene.keys().owner();
    scene.move_to(scene.remote.signed_commit(&text, Some(signer)));
    stays_small(&scene);
    goes_on(&scene);

    let scene = Scene::new();
    let (tree, tip) = (scene.tree(), scene.tip());
    let parents = vec![tip; 20_000];
    scene.move_to(
        scene
            .remote
            .commit(tree, &parents, Some(scene.keys().owner())),
    );
    stays_small(&scene);
    goes_on(&scene);
}

/// Entries that a checkout would do harm with. Nothing here checks anything out; still nothing of
/// them may be followed or run.
#[test]
fn entries_that_are_no_plain_files() {
    let scene = Scene::new();
    let tip = scene.tip();
    let secret = scene.reader.home.path().join("secret");
    std::fs::write(&secret, "{\"a secret\": 1}").unwrap();
    let link = scene.remote.blob(secret.display().to_string().as_bytes());
    scene.put(
        &THREADS,
        Entry::new(mode::LINK, "thread_1767225600.json", link),
    );
    scene.put(
        &THREADS,
        Entry::new(mode::SUBMODULE, "thread_1767225601.json", tip),
    );
    scene.put(&[b".mmogit"], Entry::new(mode::LINK, "card.json", link));
    let program = scene.remote.blob(b"#!/bin/sh\ntouch ran\n");
    scene.put(&[], Entry::new(mode::PROGRAM, "program", program));
    stays_small(&scene);
    goes_on(&scene);
    for args in [
        &["verify"][..],
        &["thread-list", "--all"],
        &["thread-list", "--all", "--json"],
    ] {
        let ran = scene.reader.run(args);
        assert!(!ran.stdout.contains("a secret") && !ran.stderr.contains("a secret"));
    }
}

/// Names that git itself refuses, or that try something with whoever prints them.
#[test]
fn names_that_are_no_names() {
    let mut names: Vec<&[u8]> = vec![b".git", b".GIT", b"git~1", b".gitmodules", b"..", b"."];
    names.extend([
        &b"a/b"[..],
        b"\xff\xfe",
        b"\x1b[31mred\x1b[0m",
        b"new\nline",
    ]);
    names.push("\u{202e}nosj.daerht".as_bytes());
    let mut scene = Scene::new();
    let target = scene.target.author();
    for name in names {
        scene.honest.talk(1);
        // Who is not kept from pushing by what they meet there.
        scene.honest.run(&SYNC);
        // On what was taken so far, so that one name doesn't keep the next one out.
        let taken = scene.reader.tip_of(&target).unwrap();
        scene.move_to(git2::Oid::from_str(&taken).unwrap());
        let file = scene.remote.blob(b"[core]\n");
        let inner = scene
            .remote
            .tree(vec![Entry::new(mode::FILE, "config", file)]);
        let kind = if name.ends_with(b"modules") {
            mode::FILE
        } else {
            mode::FOLDER
        };
        let id = if kind == mode::FILE { file } else { inner };
        scene.put(&[], Entry::new(kind, name, id));
        let ran = scene.reader.run(&SYNC);
        assert!(matches!(ran.code, Some(0 | 3)), "{name:?}: {ran:?}");
        let verified = scene.reader.run(&["verify"]);
        for shown in [&ran.stdout, &ran.stderr, &verified.stdout, &verified.stderr] {
            assert!(!shown.contains(['\x1b', '\u{202e}']), "{name:?}: {shown:?}");
        }
        let honest = keys(3).public();
        let there = scene.remote.tip_of(&honest).to_string();
        assert_eq!(scene.reader.tip_of(&honest), Some(there), "{name:?}");
    }
}
