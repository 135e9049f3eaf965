//! How much memory the program takes for what somebody else wrote. Each run is measured from
//! outside, as a process.

use crate::common::TestHome;
use crate::measure::peak;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

const MIB: u64 = 1 << 20;

/// What a hostile file has here; the promise is made for any size.
const SIZE: usize = 1 << 20;

/// `before`, then `item` again and again with a comma between, then `after`; of about so many
/// bytes.
fn filled(path: &Path, before: &str, item: &str, comma: &str, after: &str) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    file.write_all(before.as_bytes()).unwrap();
    for number in 0..=SIZE / (item.len() + comma.len()) {
        let item = item.replace("NUMBER", &format!("{number:06}"));
        write!(file, "{}{item}", if number > 0 { comma } else { "" }).unwrap();
    }
    file.write_all(after.as_bytes()).unwrap();
    file.into_inner().unwrap().sync_all().unwrap();
}

/// A thread's header, but for what closes it.
const HEADER: &str = r#"{"version":1,"id":"thread_1756140749","title":"t","author":"AUTHOR",
"created_at":"2025-08-25T16:52:29.123Z","updated_at":"2025-08-25T16:53:00.123Z","mode":"conversation","project":null,
"tags":[],"state":"active","agents":[],"heads":[],"signature":null,"#;

const MESSAGE: &str = r#"{"role":"human","content":"","timestamp":"2025-08-25T16:52:29.123Z","author":"AUTHOR","prev":["AUTHOR"]"#;

const LEGACY: &str = r#"{"id":"","title":"","author":"","created_at":"","updated_at":"","tags":[],"state":"","messages":["#;

const SAID: &str = r#"{"role":"","content":"","timestamp":""}"#;

const AUTHOR: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/// Each hostile file: its name, and how it is filled.
fn shapes() -> Vec<(&'static str, String, String, &'static str, &'static str)> {
    let items = [
        ("objects", "{}"),
        ("arrays", "[]"),
        ("one-key", r#"{"a":0}"#),
        ("texts", r#""""#),
        ("short-texts", r#""a""#),
        ("numbers", "-9007199254740991"),
        ("digits", "0"),
        ("deep", r#"[[[[[[[[[{"a":[[[[{}]]]]}]]]]]]]]]"#),
    ];
    let mut shapes = Vec::new();
    for (name, item) in items {
        let item = item.to_owned();
        let message = format!("{HEADER}\"messages\":[{MESSAGE},\"x\":[").replace("AUTHOR", AUTHOR);
        shapes.push((name, "[".to_owned(), item.clone(), ",", "]"));
        shapes.push((
            name,
            format!("{HEADER}\"messages\":["),
            item.clone(),
            ",",
            "]}",
        ));
        shapes.push((
            name,
            format!("{HEADER}\"messages\":[],\"x\":["),
            item.clone(),
            ",",
            "]}",
        ));
        shapes.push((name, message, item, ",", "]}]}"));
    }
    // As many values as a message may have, again and again.
    let full =
        format!("{MESSAGE},\"x\":[{}0]}}", r#"{"a":0},"#.repeat(32_000)).replace("AUTHOR", AUTHOR);
    shapes.push((
        "full-messages",
        format!("{HEADER}\"messages\":[").replace("AUTHOR", AUTHOR),
        full,
        ",",
        "]}",
    ));
    let message = format!("{MESSAGE}}}").replace("AUTHOR", AUTHOR);
    shapes.push((
        "messages",
        format!("{HEADER}\"messages\":[").replace("AUTHOR", AUTHOR),
        message,
        ",",
        "]}",
    ));
    let but_tags = HEADER.replace(r#""tags":[],"#, "");
    shapes.push((
        "tags",
        format!("{but_tags}\"messages\":[],\"tags\":["),
        r#""NUMBER""#.into(),
        ",",
        "]}",
    ));
    shapes.push(("keys", "{".into(), r#""NUMBER":0"#.into(), ",", "}"));
    shapes.push((
        "header-keys",
        HEADER.into(),
        r#""NUMBER":0"#.into(),
        ",",
        "}",
    ));
    shapes.push(("brackets", String::new(), "[".into(), "", ""));
    shapes.push(("blanks", HEADER.into(), " ".into(), "", "\"messages\":[]}"));
    shapes.push(("escapes", "[\"".into(), r"\u00e9".into(), "", "\"]"));
    shapes.push(("legacy", LEGACY.into(), SAID.into(), ",", "]}"));
    let bundle = "{\"mmogit_bundle\":1,\"threads\":1}\n";
    shapes.push(("blank-lines", bundle.into(), "\n".into(), "", ""));
    shapes.push(("lines", bundle.into(), "{}\n".into(), "", ""));
    shapes.push((
        "legacy-lines",
        bundle.into(),
        format!("{LEGACY}]}}\n"),
        "",
        "",
    ));
    shapes
}

#[test]
fn no_file_takes_more_than_eight_times_its_size() {
    let home = TestHome::new();
    home.run(&["init", "--no-verify"]).exits(0);
    let file = home.path().join("hostile");
    let path = file.to_str().unwrap();
    for (name, before, item, comma, after) in shapes() {
        filled(
            &file,
            &before.replace("AUTHOR", AUTHOR),
            &item.replace("AUTHOR", AUTHOR),
            comma,
            after,
        );
        let most = 8 * fs::metadata(&file).unwrap().len() + 50 * MIB;
        let mut commands = vec![vec!["verify", "--json", "--file", path]];
        if name.ends_with("messages") || name.ends_with("lines") {
            commands.push(vec!["thread-import", "--json", path]);
            commands.push(vec!["thread-replay", "--file", path]);
        }
        for command in commands {
            let Some(peak) = peak(&home, &command) else {
                return;
            };
            let begins = &before[..before.len().min(20)];
            assert!(
                peak <= most,
                "{name} ({begins:?}): {} MiB by {command:?}",
                peak / MIB
            );
        }
    }
}

/// The most that any repository may take.
fn most_of_a_repository() -> u64 {
    let cores = std::thread::available_parallelism().unwrap().get() as u64;
    200 * MIB + 64 * MIB * cores
}

/// A home with one thread, and then what a script does in its repository, where `$branch` is the
/// branch and `below BLOB_OR_TREE` makes the tree of a commit whose day it is.
fn home_after(script: &str) -> TestHome {
    let home = TestHome::new();
    home.run(&["chat", "-m", "hello", "--backend", "echo"])
        .exits(0);
    let script = format!(
        r#"set -e
        cd "$0"
        branch=$(git symbolic-ref HEAD)
        export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x
        zeros() {{ head -c "$1" /dev/zero; }}
        keep() {{ git -c core.compression=1 hash-object -w --literally --stdin -t "$1"; }}
        within() {{ printf '040000 tree %s\t%s\n' "$1" "$2" | git mktree --missing; }}
        below() {{ within "$(within "$(within "$(within "$1" 25)" 2025-08)" threads)" .mmogit; }}
        add() {{ git update-ref "$branch" "$(git commit-tree -p "$branch" -m x "$1")"; }}
        {script}"#
    );
    let made = Command::new("sh")
        .args(["-c", &script])
        .arg(home.mmogit().join("repo.git"))
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    home
}

/// No object is read before its size was looked at, whatever leads to it; and each is a finding.
#[test]
fn no_commit_or_folder_of_a_repository_is_read_for_its_size_alone() {
    let commit = r#"parent=$(git rev-parse "$branch")
        commit=$({ printf 'tree %s\nparent %s\n' "$(git rev-parse "$branch^{tree}")" "$parent"
            printf 'author x <x> 1756140749 +0000\ncommitter x <x> 1756140749 +0000\n\n'
            zeros 400M | tr '\0' x; } | keep commit)"#;
    let cases = [
        (
            "commit",
            format!("{commit}; git update-ref \"$branch\" $commit"),
            "any commit that is read",
        ),
        (
            "earlier commit",
            format!(
                "{commit}; git update-ref \"$branch\" $commit; add \"$(git rev-parse \"$parent^{{tree}}\")\""
            ),
            "any commit that is read",
        ),
        (
            "day",
            "add \"$(below \"$(zeros 400M | keep tree)\")\"".to_owned(),
            "any folder that is read",
        ),
        (
            "top",
            "add \"$(zeros 400M | keep tree)\"".to_owned(),
            "any folder that is read",
        ),
    ];
    for (name, script, why) in cases {
        let home = home_after(&script);
        for command in [
            &["verify"][..],
            &["thread-list"],
            &["doctor"],
            &["chat", "-m", "more", "--backend", "echo"],
        ] {
            let Some(peak) = peak(&home, command) else {
                return;
            };
            assert!(
                peak <= most_of_a_repository(),
                "{name}: {} MiB by {command:?}",
                peak / MIB
            );
        }
        let said = home.run(&["verify"]).exits(3);
        assert!(said.stdout.contains(why), "{name}: {}", said.stdout);
    }
}

/// A thread's place on a branch that holds one file under many names.
#[test]
fn no_blob_of_a_repository_is_read_for_its_size_alone() {
    let home = home_after(
        r#"blob=$(zeros 400M | keep blob)
        day=$(for n in 1 2 3 4 5 6 7 8; do printf '100644 blob %s\tthread_175614074%s.json\n' "$blob" "$n"; done | git mktree)
        add "$(below "$day")""#,
    );
    for command in [
        &["verify"][..],
        &["thread-list"],
        &["thread-export", "--all", "--format", "json", "-o", "out"],
    ] {
        let Some(peak) = peak(&home, command) else {
            return;
        };
        assert!(
            peak <= most_of_a_repository(),
            "{} MiB by {command:?}",
            peak / MIB
        );
    }
    let said = home.run(&["verify"]).exits(3);
    assert!(
        said.stdout
            .contains("has 419430400 bytes, more than the 64 MiB of any thread"),
        "{}",
        said.stdout
    );
}

/// Files of the home itself, which something else may have filled.
#[test]
fn no_file_of_the_home_is_read_for_its_size_alone() {
    const HUGE: u64 = 400 * MIB;
    let cases: [(&str, &[&[&str]]); 5] = [
        ("config.toml", &[&["chat", "-m", "x"], &["thread-list"]]),
        ("identity.json", &[&["identity"], &["chat", "-m", "x"]]),
        (
            "personas/pirate.md",
            &[
                &["persona", "show", "pirate"],
                &["persona", "list"],
                &["chat", "-m", "x", "--persona", "pirate"],
            ],
        ),
        (
            "journal/thread_1756140749.0.ndjson",
            &[&["thread-list"], &["verify"], &["chat", "-m", "x"]],
        ),
        ("state/tips/huge", &[&["thread-list"], &["verify"]]),
    ];
    for (name, commands) in cases {
        for command in commands {
            let home = TestHome::new();
            home.run(&["chat", "-m", "hello", "--backend", "echo"])
                .exits(0);
            let path = home.mmogit().join(name);
            let folder = path.parent().unwrap();
            fs::create_dir_all(folder).unwrap();
            let mut file = File::create(&path).unwrap();
            file.write_all(b"{}\n").unwrap();
            file.set_len(HUGE).unwrap();
            let Some(peak) = peak(&home, command) else {
                return;
            };
            assert!(
                peak <= most_of_a_repository(),
                "{name}: {} MiB by {command:?}",
                peak / MIB
            );
            let mut left = fs::read_dir(folder).unwrap().flatten();
            assert!(
                left.any(|file| file.metadata().unwrap().len() == HUGE),
                "{name} was taken away by {command:?}"
            );
        }
    }
}
