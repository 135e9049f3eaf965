//! What else goes on while a sync runs: chats, other syncs, imports, erasures.

use super::device::{Device, SYNC};
use crate::common::{Ran, wait_until};
use crate::support::far::Far;
use crate::support::git_command;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::process::{Child, Stdio};

/// A chat that is open, a line a turn.
struct OpenChat {
    child: Child,
}

impl OpenChat {
    fn begin(device: &Device, args: &[&str]) -> Self {
        let args = [&["chat", "--backend", "echo"], args].concat();
        let mut command = device.home.command(&args);
        let child = command.stdin(Stdio::piped()).spawn().unwrap();
        Self { child }
    }

    fn say(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
        input.flush().unwrap();
    }

    fn end(mut self) -> Ran {
        drop(self.child.stdin.take());
        Ran::of(self.child.wait_with_output().unwrap())
    }
}

/// Every text of the one thread of this title, in order.
fn texts(device: &Device, title: &str) -> Vec<String> {
    let files = device.home.thread_files();
    let mut found = files.iter().filter(|file| file["title"] == title);
    let thread = found.next().expect("it is stored");
    assert!(found.next().is_none(), "it is stored twice");
    let messages = thread["messages"].as_array().unwrap();
    let text = |message: &Value| message["content"].as_str().unwrap().to_owned();
    messages.iter().map(text).collect()
}

/// Whether a branch still holds what it held.
fn holds(far: &Far, newer: &str, older: &str) -> bool {
    let asked = git_command(&far.repository())
        .args(["merge-base", "--is-ancestor", older, newer])
        .status()
        .unwrap();
    asked.success()
}

#[test]
fn a_chat_goes_on_undisturbed_and_replaces_nothing_that_was_shared() {
    let far = Far::new();
    let chatting = Device::with_remote(1, 1, &far.path_url());
    let mut other = Device::with_remote(1, 2, &far.path_url());
    let mut chat = OpenChat::begin(&chatting, &["--title", "the talk"]);
    let (mut said, mut tips) = (Vec::new(), Vec::new());
    for turn in 0..12 {
        let line = format!("line {turn}");
        chat.say(&line);
        // Both the line and its echo are noted.
        said.extend([line.clone(), line.clone()]);
        let noted = format!("\"{line}\"");
        wait_until("it is answered", || {
            chatting.home.journals().matches(&noted).count() >= 2
                || is_stored(&chatting, "the talk", &said)
        });
        if turn % 3 == 1 {
            other.talk(1);
            other.sync(0);
        }
        chatting.sync(0);
        tips.extend(far.tip_of(&chatting.author()));
    }
    let ran = chat.end().exits(0);
    assert_eq!(ran.stderr, "", "{ran:?}");
    chatting.sync(0);
    tips.extend(far.tip_of(&chatting.author()));
    for pair in tips.windows(2) {
        assert!(holds(&far, &pair[1], &pair[0]), "{pair:?}");
    }
    assert_eq!(texts(&chatting, "the talk"), said);
    other.sync(0);
    assert_eq!(texts(&other, "the talk"), said);
    assert_eq!(other.listed().len(), 5);
    assert_eq!(chatting.listed(), other.listed());
    [&chatting, &other]
        .into_iter()
        .for_each(Device::assert_sound);
    far.assert_sound();
}

fn is_stored(device: &Device, title: &str, said: &[String]) -> bool {
    let is_there = device.tip_of(&device.author()).is_some();
    let files = if is_there {
        device.home.thread_files()
    } else {
        Vec::new()
    };
    let thread = files.iter().find(|file| file["title"] == title);
    let count = thread.map_or(0, |thread| thread["messages"].as_array().unwrap().len());
    count == said.len()
}

/// The same thread goes on on both machines, one of them within an open chat.
#[test]
fn a_thread_that_another_machine_continued_is_united_under_an_open_chat() {
    let far = Far::new();
    let first = Device::with_remote(1, 1, &far.path_url());
    let second = Device::with_remote(1, 2, &far.path_url());
    let begin = ["chat", "--backend", "echo", "--title", "the talk"];
    first.home.run_with_input(&begin, "begun\n").exits(0);
    first.sync(0);
    second.sync(0);
    let mut chat = OpenChat::begin(&first, &["--continue", "the talk"]);
    chat.say("here");
    wait_until("it is answered", || {
        first.home.journals().matches("\"here\"").count() >= 2
    });
    let go_on = ["chat", "--backend", "echo", "--continue", "the talk"];
    second.home.run_with_input(&go_on, "there\n").exits(0);
    second.sync(0);
    first.sync(0);
    chat.say("here again");
    chat.end().exits(0);
    for device in [&first, &second, &first] {
        device.sync(0);
    }
    let mut all = texts(&first, "the talk");
    assert_eq!(texts(&second, "the talk"), all);
    all.sort();
    let mut said = ["begun", "here", "here again", "there"].repeat(2);
    said.sort_unstable();
    assert_eq!(all, said);
    [&first, &second].into_iter().for_each(Device::assert_sound);
}

#[test]
fn two_syncs_of_one_home_wait_for_each_other() {
    let far = Far::new();
    let mut device = Device::with_remote(1, 1, &far.path_url());
    let mut all = vec![device.talk(1), device.talk(1)];
    all.sort();
    let running: Vec<Child> = (0..4)
        .map(|_| device.home.command(&SYNC).spawn().unwrap())
        .collect();
    for child in running {
        Ran::of(child.wait_with_output().unwrap()).exits(0);
    }
    assert_eq!(
        far.tip_of(&device.author()),
        device.tip_of(&device.author())
    );
    assert_eq!(device.listed(), all);
    device.assert_sound();
    far.assert_sound();
}

/// So many threads in a bundle, as another machine of the same person exports them.
fn bundle(device: &mut Device, count: usize) -> (Vec<String>, String) {
    let ids = (0..count).map(|_| device.talk(1)).collect();
    let args = ["thread-export", "--all", "--format", "bundle"];
    (ids, device.run(&args).exits(0).stdout)
}

#[test]
fn an_import_meanwhile_is_whole() {
    let far = Far::new();
    let mut device = Device::with_remote(1, 1, &far.path_url());
    let (mut all, bundle) = bundle(&mut Device::new(1, 2), 20);
    all.push(device.talk(1));
    let file = device.home.path().join("bundle.json");
    fs::write(&file, bundle).unwrap();
    let import = ["thread-import", "bundle.json"];
    let importing = device.home.command(&import).spawn().unwrap();
    for _ in 0..3 {
        device.sync(0);
    }
    Ran::of(importing.wait_with_output().unwrap()).exits(0);
    device.sync(0);
    all.sort();
    assert_eq!(device.listed(), all);
    assert_eq!(
        far.tip_of(&device.author()),
        device.tip_of(&device.author())
    );
    device.assert_sound();
    far.assert_sound();
}

/// Whatever the order in which they come to the branch, what is erased does not come back, here or
/// there.
#[test]
fn an_erasure_meanwhile_wins() {
    let far = Far::new();
    let mut device = Device::with_remote(1, 1, &far.path_url());
    let mut kept = vec![device.talk(1)];
    let begin = ["chat", "--backend", "echo", "--title", "my secret"];
    device.home.run_with_input(&begin, "xyzzy\n").exits(0);
    let secret = device
        .listed()
        .into_iter()
        .find(|id| !kept.contains(id))
        .expect("it is listed");
    device.sync(0);
    let branch = format!("refs/heads/users/{}", device.author());
    let commits_of_it = ["log", "-Sxyzzy", "--format=%H", &branch];
    assert_ne!(far.git(&commits_of_it), "");
    kept.push(device.talk(1));
    kept.sort();
    let syncing = device.home.command(&SYNC).spawn().unwrap();
    device.run(&["thread-erase", &secret, "--yes"]).exits(0);
    let synced = Ran::of(syncing.wait_with_output().unwrap());
    assert!(matches!(synced.code, Some(0 | 3)), "{synced:?}");
    device.sync(0);
    assert_eq!(device.listed(), kept);
    assert_eq!(far.git(&commits_of_it), "");
    assert_eq!(
        far.tip_of(&device.author()),
        device.tip_of(&device.author())
    );
    device.assert_sound();
    far.assert_sound();
}
