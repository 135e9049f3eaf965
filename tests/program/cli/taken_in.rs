//! `thread-import` of what other programs kept: it comes in once, whole or not at all, and says that it
//! came from elsewhere.

use crate::cli::import::{commits, recovered, sorted};
use crate::common::{Ran, TestHome};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::process::Stdio;

pub fn home() -> TestHome {
    let home = TestHome::new();
    home.run(&["init", "--no-verify"]).exits(0);
    home
}

/// One conversation of ChatGPT, in which each says one thing after the other.
pub fn chatgpt(id: &str, began: f64, texts: &[&str]) -> Value {
    let mut mapping = serde_json::Map::new();
    mapping.insert(
        "root".to_owned(),
        json!({"id": "root", "parent": null, "message": null}),
    );
    let mut before = "root".to_owned();
    for (place, text) in texts.iter().enumerate() {
        let name = format!("{id}-{place}");
        let role = if place % 2 == 0 { "user" } else { "assistant" };
        let said_at = began + place as f64;
        let message = json!({
            "id": name, "author": {"role": role}, "create_time": said_at, "recipient": "all",
            "content": {"content_type": "text", "parts": [text]},
            "status": "finished_successfully", "metadata": {"model_slug": "gpt-x"},
        });
        let node = json!({"id": name, "parent": before, "message": message});
        mapping.insert(name.clone(), node);
        before = name;
    }
    json!({
        "title": format!("about {id}"), "create_time": began, "mapping": mapping,
        "current_node": before, "conversation_id": id,
    })
}

pub fn write(home: &TestHome, name: &str, value: &Value) {
    fs::write(home.path().join(name), value.to_string()).unwrap();
}

#[track_caller]
pub fn imported(home: &TestHome, args: &[&str], code: i32) -> Value {
    let ran = home.run(&[&["thread-import", "--json"], args].concat());
    serde_json::from_str(&ran.exits(code).stdout).unwrap()
}

fn sums(done: &Value) -> [u64; 5] {
    ["messages", "added", "unchanged", "skipped", "unknown"]
        .map(|name| done[name].as_u64().unwrap())
}

pub fn outcomes(done: &Value) -> Vec<&str> {
    let threads = done["threads"].as_array().unwrap();
    threads
        .iter()
        .map(|one| one["outcome"].as_str().unwrap())
        .collect()
}

const BEGAN: f64 = 1_680_000_000.0;

#[test]
fn it_comes_in_under_its_own_time_and_a_second_time_nothing_does() {
    let home = home();
    let two = json!([
        chatgpt("a", BEGAN, &["hello", "good day"]),
        chatgpt("b", BEGAN, &["other", "another"]),
    ]);
    write(&home, "conversations.json", &two);
    let dry = imported(&home, &["--dry-run", "conversations.json"], 0);
    assert_eq!(
        (sums(&dry), outcomes(&dry)),
        ([4, 4, 0, 0, 0], vec!["new", "new"])
    );
    assert_eq!(commits(&home), ["card"], "a dry run makes nothing");

    let done = imported(&home, &["conversations.json"], 0);
    assert_eq!(
        (sums(&done), outcomes(&done)),
        ([4, 4, 0, 0, 0], vec!["new", "new"])
    );
    assert_eq!(done["redacted"], 0);
    assert_eq!(done["threads"][0]["id"], "thread_1680000000");
    let before = sorted(&home);
    for name in ["conversations.json", "conversations.json"] {
        let again = imported(&home, &[name], 0);
        assert_eq!(
            (sums(&again), outcomes(&again)),
            ([4, 0, 4, 0, 0], vec!["known", "known"])
        );
    }
    assert_eq!(sorted(&home), before);
    assert_eq!(commits(&home), ["2 threads", "card"]);
    home.run(&["verify"]).exits(0);
    let found = home.run(&["thread-search", "another"]).exits(0);
    assert!(found.stdout.contains("about b"), "{}", found.stdout);
}

#[test]
fn every_face_says_that_it_came_from_elsewhere() {
    let home = home();
    write(
        &home,
        "c.json",
        &json!([chatgpt("a", BEGAN, &["hello", "good day"])]),
    );
    home.run(&["thread-import", "c.json"]).exits(0);
    let replay = home.run(&["thread-replay", "about a"]).exits(0).stdout;
    assert_eq!(
        replay.matches("attests that it stood in ChatGPT").count(),
        2,
        "{replay}"
    );
    assert!(!replay.contains("✅ Signed"), "{replay}");
    assert!(
        replay.contains("Derived from: ChatGPT, imported"),
        "{replay}"
    );
    let verified = home.run(&["verify", "about a"]).exits(0).stdout;
    assert!(verified.contains("2 messages imported"), "{verified}");
    let exported = home
        .run(&["thread-export", "about a", "--format", "markdown"])
        .exits(0);
    assert_eq!(
        exported
            .stdout
            .matches("attests that it stood there, not who said it")
            .count(),
        2
    );
    let verified: Value =
        serde_json::from_str(&home.run(&["verify", "about a", "--json"]).exits(0).stdout).unwrap();
    assert!(verified.to_string().contains("\"imported\":true"));
}

#[test]
fn it_is_continued_and_what_was_said_there_since_comes_beside_it() {
    let home = home();
    write(
        &home,
        "c.json",
        &json!([chatgpt("a", BEGAN, &["hello", "good day"])]),
    );
    home.run(&["thread-import", "c.json"]).exits(0);
    home.run(&[
        "chat",
        "--continue",
        "about a",
        "--backend",
        "echo",
        "-m",
        "said here",
    ])
    .exits(0);
    home.run(&["thread-rename", "about a", "mine"]).exits(0);

    let mut grown = chatgpt("a", BEGAN, &["hello", "good day", "more", "yes"]);
    write(&home, "c.json", &json!([grown.clone()]));
    let done = imported(&home, &["c.json"], 0);
    assert_eq!(
        (sums(&done), outcomes(&done)),
        ([4, 2, 2, 0, 0], vec!["updated"])
    );
    let replay = home.run(&["thread-replay", "mine"]).exits(0).stdout;
    for said in ["good day", "said here", "more", "yes"] {
        assert!(replay.contains(said), "{said}: {replay}");
    }

    // What was changed there stays as it came in, and is told; what follows it comes in.
    grown = chatgpt("a", BEGAN, &["hello", "GOOD DAY", "more", "yes", "last"]);
    write(&home, "c.json", &json!([grown]));
    let told = home.run(&["thread-import", "c.json"]).exits(0).stdout;
    assert!(told.contains("updated, with 1 message more"), "{told}");
    assert!(told.contains("1 message changed there since"), "{told}");
    let replay = home.run(&["thread-replay", "mine"]).exits(0).stdout;
    assert!(
        replay.contains("good day") && replay.contains("last"),
        "{replay}"
    );
    assert!(!replay.contains("GOOD DAY"), "{replay}");
    home.run(&["verify"]).exits(0);
}

#[test]
fn other_branches_stand_aside() {
    let home = home();
    let mut forked = chatgpt("a", BEGAN, &["hello", "good day"]);
    let other = json!({"id": "x", "parent": "a-0", "message": {
        "id": "x", "author": {"role": "assistant"}, "create_time": BEGAN + 5.0,
        "content": {"content_type": "text", "parts": ["another answer"]}, "metadata": {},
    }});
    forked["mapping"]["x"] = other;
    write(&home, "c.json", &json!([forked.clone()]));
    let done = imported(&home, &["c.json"], 0);
    assert_eq!(sums(&done), [3, 3, 0, 0, 0]);
    let replay = home.run(&["thread-replay", "about a"]).exits(0).stdout;
    assert!(
        replay.contains("1 message set aside") && !replay.contains("another answer"),
        "{replay}"
    );
    let all = home
        .run(&["thread-replay", "about a", "--branches"])
        .exits(0)
        .stdout;
    assert!(all.contains("another answer"), "{all}");

    // There the other one was chosen, and gone on with.
    let next = json!({"id": "y", "parent": "x", "message": {
        "id": "y", "author": {"role": "user"}, "create_time": BEGAN + 9.0,
        "content": {"content_type": "text", "parts": ["thanks"]}, "metadata": {},
    }});
    forked["mapping"]["y"] = next;
    forked["current_node"] = json!("y");
    write(&home, "c.json", &json!([forked]));
    imported(&home, &["c.json"], 0);
    let replay = home.run(&["thread-replay", "about a"]).exits(0).stdout;
    assert!(
        replay.contains("thanks") && replay.contains("another answer"),
        "{replay}"
    );
    assert!(!replay.contains("good day"), "{replay}");
    home.run(&["verify"]).exits(0);
}

#[test]
fn what_was_taken_back_here_is_not_brought_into_view() {
    let home = home();
    write(
        &home,
        "c.json",
        &json!([chatgpt(
            "a",
            BEGAN,
            &["hello", "good day", "bad joke", "ha"]
        )]),
    );
    imported(&home, &["c.json"], 0);
    home.run_with_input(
        &["chat", "--continue", "about a", "--backend", "echo"],
        "/undo\n",
    )
    .exits(0);
    let more = ["hello", "good day", "bad joke", "ha", "another one"];
    write(&home, "c.json", &json!([chatgpt("a", BEGAN, &more)]));
    assert_eq!(sums(&imported(&home, &["c.json"], 0)), [5, 1, 4, 0, 0]);
    let replay = home.run(&["thread-replay", "about a"]).exits(0).stdout;
    assert!(
        replay.contains("good day") && !replay.contains("another one"),
        "{replay}"
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn by_a_bundle_it_comes_to_another_machine_as_it_is() {
    let home = home();
    let all = json!([
        chatgpt("a", BEGAN, &["hello", "good day"]),
        chatgpt("b", BEGAN + 1.0, &["x"])
    ]);
    write(&home, "c.json", &all);
    home.run(&["thread-import", "c.json"]).exits(0);
    let bundle = home
        .run(&["thread-export", "--all", "--format", "bundle"])
        .exits(0)
        .stdout;
    let other = recovered(&home);
    fs::write(other.path().join("b"), bundle).unwrap();
    other.run(&["thread-import", "b"]).exits(0);
    assert_eq!(sorted(&other), sorted(&home));
    other.run(&["verify"]).exits(0);
    // The same export adds nothing there, and gives the very same threads where nothing was.
    write(&other, "c.json", &all);
    assert_eq!(
        outcomes(&imported(&other, &["c.json"], 0)),
        ["known", "known"]
    );
    let third = recovered(&home);
    write(&third, "c.json", &all);
    imported(&third, &["c.json"], 0);
    assert_eq!(sorted(&third), sorted(&home));
}

#[test]
fn what_nobody_dated_says_so() {
    let home = home();
    let list = json!([{"role": "user", "content": "when?"}, {"role": "assistant", "content": "who knows"}]);
    write(&home, "list.json", &list);
    assert_eq!(outcomes(&imported(&home, &["list.json"], 0)), ["new"]);
    let replay = home.run(&["thread-replay", "when?"]).exits(0).stdout;
    assert!(
        replay.contains("Created: not known") && !replay.contains("1970"),
        "{replay}"
    );
    let grown = json!([
        {"role": "user", "content": "when?"}, {"role": "assistant", "content": "who knows"},
        {"role": "user", "content": "ah"},
    ]);
    write(&home, "list.json", &grown);
    let done = imported(&home, &["list.json"], 0);
    assert_eq!(
        (sums(&done), outcomes(&done)),
        ([3, 1, 2, 0, 0], vec!["updated"])
    );
    // The same, a line each.
    let lines = "{\"role\":\"user\",\"content\":\"by line\"}\n{\"role\":\"assistant\",\"content\":\"yes\"}\n";
    fs::write(home.path().join("lines.jsonl"), lines).unwrap();
    assert_eq!(sums(&imported(&home, &["lines.jsonl"], 0)), [2, 2, 0, 0, 0]);
}

#[test]
fn what_is_broken_is_told_and_the_rest_comes_in() {
    let home = home();
    let (good, last) = (
        chatgpt("a", BEGAN, &["hello"]),
        chatgpt("b", BEGAN, &["last"]),
    );
    let strange = json!({"mapping": {"n": {"message": {"author": {"role": "user"},
        "content": {"content_type": "hologram", "depth": 1.5}}}}, "id": "s"});
    let empty = json!({"mapping": {"n": {"message": null}}, "id": "e"});
    let cut = r#"{"mapping": {"x"#;
    let text = format!("[{good},{{\"mapping\":bad}},{strange},{empty},{last},{cut}");
    fs::write(home.path().join("c.json"), text).unwrap();
    let done = imported(&home, &["c.json"], 1);
    assert_eq!(
        (sums(&done), outcomes(&done)),
        ([3, 3, 0, 3, 1], vec!["new", "new", "new"])
    );
    let codes = done["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|skip| skip["code"].as_str());
    assert_eq!(
        codes.flatten().collect::<Vec<_>>(),
        ["not-json", "empty", "broken-off"]
    );
    let told = home
        .run(&["thread-import", "c.json", "--explain"])
        .exits(1)
        .stdout;
    assert!(
        told.contains("unknown, kept as it is: 1 × hologram"),
        "{told}"
    );
    let file = home
        .thread_files()
        .iter()
        .map(ToString::to_string)
        .collect::<String>();
    let kept = r#""json":"{\"content_type\":\"hologram\",\"depth\":1.5}""#;
    assert!(file.contains(kept), "{file}");
    home.run(&["verify"]).exits(0);
}

#[test]
fn what_was_erased_or_sealed_here_takes_nothing_in() {
    let home = home();
    let both = |more: &[&str]| {
        let texts = [&["hello", "good day"], more].concat();
        json!([
            chatgpt("a", BEGAN, &texts),
            chatgpt("b", BEGAN + 9.0, &texts)
        ])
    };
    write(&home, "c.json", &both(&[]));
    let done = imported(&home, &["c.json"], 0);
    let id = done["threads"][0]["id"].as_str().unwrap();
    home.run(&["thread-erase", id, "--yes"]).exits(0);
    home.run(&["thread-encrypt", "about b"]).exits(0);
    write(&home, "c.json", &both(&["new words"]));
    let done = imported(&home, &["c.json"], 1);
    assert_eq!(
        (sums(&done), outcomes(&done)),
        ([6, 0, 2, 2, 0], vec!["erased", "sealed"])
    );
    let files: String = home
        .thread_files()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(!files.contains("new words"));
    // Where new threads are to be sealed, nothing comes in open.
    home.config("encrypt = true\n");
    write(
        &home,
        "c.json",
        &json!([chatgpt("c", BEGAN, &["new words"])]),
    );
    let refused = home.run(&["thread-import", "c.json"]).exits(1);
    assert!(
        refused.stderr.contains("would lie open"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_kill_in_the_middle_leaves_nothing() {
    let home = home();
    write(
        &home,
        "first.json",
        &json!([chatgpt("first", BEGAN, &["hello"])]),
    );
    imported(&home, &["first.json"], 0);
    let before = sorted(&home);
    let mut child = home
        .command(&["thread-import", "/dev/stdin", "--from", "chatgpt"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(b"[").unwrap();
    for number in 0..300 {
        let one = chatgpt(
            &number.to_string(),
            BEGAN + f64::from(number),
            &["said", "answered"],
        );
        write!(pipe, "{one},").unwrap();
    }
    // More than a pipe holds: what came first is taken in by now.
    pipe.write_all(&vec![b' '; 1 << 20]).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(sorted(&home), before);
    assert_eq!(commits(&home), ["1 thread", "card"]);
    home.run(&["verify"]).exits(0);
    let again = imported(&home, &["first.json"], 0);
    assert_eq!(outcomes(&again), ["known"]);
}

#[test]
fn what_is_of_no_known_kind_is_refused_with_the_next_step() {
    let home = home();
    fs::write(home.path().join("x.txt"), "words\n").unwrap();
    let refused: Ran = home.run(&["thread-import", "x.txt"]);
    let refused = refused.exits(1);
    assert!(
        refused.stderr.contains("is no thread and no bundle"),
        "{}",
        refused.stderr
    );
    let refused = home
        .run(&["thread-import", "x.txt", "--from", "claude"])
        .exits(1);
    assert!(
        refused.stderr.contains("not of the kind claude"),
        "{}",
        refused.stderr
    );
    home.run(&["thread-import", "x.txt", "--from", "nothing"])
        .exits(2);
    home.run(&["thread-import", "missing.json"]).exits(1);
}

fn zipped(home: &TestHome, name: &str, members: &[(&str, String)]) {
    let file = fs::File::create(home.path().join(name)).unwrap();
    let mut zip = zip::ZipWriter::new(file);
    let how = zip::write::SimpleFileOptions::default();
    for (member, text) in members {
        zip.start_file(*member, how).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

#[test]
fn an_export_comes_in_as_the_zip_that_it_is() {
    let home = home();
    let one = json!([chatgpt("a", BEGAN, &["hello", "good day"])]).to_string();
    let other = json!([chatgpt("b", BEGAN + 1.0, &["other"])]).to_string();
    let members = [
        ("user.json", "{}".to_owned()),
        ("conversations-000.json", one),
        ("../../conversations-001.json", other),
        ("conversations-002.json", "[1".to_owned()),
        ("/etc/passwd", "root".to_owned()),
    ];
    zipped(&home, "export.zip", &members);
    let done = imported(&home, &["export.zip"], 1);
    assert_eq!(
        (sums(&done), outcomes(&done)),
        ([3, 3, 0, 1, 0], vec!["new", "new"])
    );
    assert_eq!(done["left_out"][0]["code"], "other-form");
    assert_eq!(
        done["left_out"][0]["place"],
        "export.zip/conversations-002.json:1"
    );
    home.run(&["verify"]).exits(0);
    zipped(&home, "none.zip", &members[..1]);
    let refused = home.run(&["thread-import", "none.zip"]).exits(1);
    assert!(
        refused.stderr.contains("has no conversations in it"),
        "{}",
        refused.stderr
    );
    fs::write(home.path().join("cut.zip"), b"PK\x03\x04 and no more").unwrap();
    home.run(&["thread-import", "cut.zip"]).exits(1);
}

#[test]
fn a_text_with_speakers_is_a_conversation() {
    let home = home();
    let text = "# Tea\n\n## User\n\nWhich tea?\n\n## Assistant\n\nGreen.\n";
    fs::write(home.path().join("tea.md"), text).unwrap();
    let done = imported(&home, &["tea.md"], 0);
    assert_eq!(
        (sums(&done), outcomes(&done)),
        ([2, 2, 0, 0, 0], vec!["new"])
    );
    assert_eq!(done["threads"][0]["title"], "Tea");
    fs::write(
        home.path().join("tea.md"),
        format!("{text}\n## User\n\nThanks.\n"),
    )
    .unwrap();
    assert_eq!(sums(&imported(&home, &["tea.md"], 0)), [3, 1, 2, 0, 0]);
}
