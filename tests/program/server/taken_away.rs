//! What something takes from a home while it is served: a journal, the repository, a branch. What was
//! acknowledged is there afterwards, and it is said.

use super::served::{Served, Stopped};
use crate::common::{TestHome, wait_until};
use serde_json::{Value, json};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const BUFFER: &str = "/api/conversation-buffer";

fn said(text: &str) -> Value {
    json!({"mode": "conversation", "message": {"role": "user", "content": text}})
}

fn say(served: &Served, text: &str) {
    served.client.post(BUFFER, &said(text)).ok();
}

fn shown(served: &Served) -> Vec<String> {
    let shown = served.client.shown("conversation");
    shown.into_iter().map(|(_, text)| text).collect()
}

fn journals(home: &TestHome) -> PathBuf {
    home.mmogit().join("journal")
}

/// Says something and does harm to the journal that has it; says more where all is saved before.
fn harm_journal(served: &Served, said: &mut Vec<String>, harm: impl Fn(&Path) -> io::Result<()>) {
    for number in 0..100 {
        let text = number.to_string();
        say(served, &text);
        said.push(text);
        let journal = fs::read_dir(journals(&served.home))
            .ok()
            .and_then(|mut found| found.next());
        if let Some(Ok(journal)) = journal
            && harm(&journal.path()).is_ok()
        {
            return;
        }
    }
    panic!("there is never a journal");
}

fn git(home: &TestHome, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command
        .current_dir(home.mmogit().join("repo.git"))
        .args(args);
    let done = command.output().unwrap();
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

fn restarted(home: TestHome) -> Served {
    Served::start(home)
}

#[test]
fn a_journal_that_was_removed_costs_nothing_that_was_acknowledged() {
    for remove in ["folder", "file", "moved"] {
        let (served, _) = Served::logged(TestHome::new());
        let mut texts = vec!["one".to_owned()];
        say(&served, "one");
        harm_journal(&served, &mut texts, |journal| match remove {
            "folder" => fs::remove_dir_all(journals(&served.home)),
            "file" => fs::remove_file(journal),
            _ => fs::rename(journal, served.home.path().join("elsewhere")),
        });
        say(&served, "at last");
        texts.push("at last".to_owned());
        let served = restarted(served.kill());
        assert_eq!(shown(&served), texts, "{remove}");
        served.home.run(&["verify"]).exits(0);
    }
}

#[test]
fn a_journal_that_was_cut_or_replaced_costs_nothing_that_was_acknowledged() {
    for harm in ["emptied", "halved", "replaced"] {
        let (served, _) = Served::logged(TestHome::new());
        let mut texts = vec!["one".to_owned()];
        say(&served, "one");
        harm_journal(&served, &mut texts, |journal| {
            let file = OpenOptions::new().write(true).open(journal)?;
            let length = file.metadata()?.len();
            match harm {
                "emptied" => file.set_len(0),
                "halved" => file.set_len(length / 2),
                _ => {
                    let copy = served.home.path().join("copy");
                    fs::copy(journal, &copy)?;
                    fs::rename(copy, journal)
                }
            }
        });
        say(&served, "at last");
        texts.push("at last".to_owned());
        let served = restarted(served.kill());
        assert_eq!(shown(&served), texts, "{harm}");
        served.home.run(&["verify"]).exits(0);
    }
}

#[test]
fn a_journal_that_is_removed_while_saving_fails_is_written_again() {
    let (served, log) = Served::logged(TestHome::new());
    say(&served, "one");
    let repository = served.home.mmogit().join("repo.git");
    let away = served.home.path().join("away");
    fs::rename(&repository, &away).unwrap();
    say(&served, "two");
    fs::remove_dir_all(journals(&served.home)).unwrap();
    wait_until("there is another", || !served.home.journals().is_empty());
    wait_until("it is said", || {
        let told = fs::read_to_string(&log).unwrap();
        told.contains("all of it is in a journal")
    });
    let home = served.kill();
    fs::rename(&away, &repository).unwrap();
    let served = restarted(home);
    assert_eq!(shown(&served), ["one", "two"]);
}

#[test]
fn what_goes_wrong_again_and_again_is_told_when_it_begins_and_when_it_ends() {
    let (served, log) = Served::logged(TestHome::new());
    say(&served, "one");
    wait_until("it is saved", || served.home.journals().is_empty());
    let branch = git(&served.home, &["symbolic-ref", "HEAD"]);
    let branch = served.home.mmogit().join("repo.git").join(branch);
    let repository = served.home.mmogit().join("repo.git");
    let away = served.home.path().join("away");
    let tip = fs::read(&branch).unwrap();
    for harm in ["away", "garbage"] {
        let before = fs::read_to_string(&log).unwrap().lines().count();
        match harm {
            "away" => fs::rename(&repository, &away).unwrap(),
            _ => fs::write(&branch, "garbage").unwrap(),
        }
        std::thread::sleep(Duration::from_secs(4));
        let told = fs::read_to_string(&log).unwrap();
        let lines = told.lines().count() - before;
        // Sixteen looks, of which the first tells.
        assert!((1..=6).contains(&lines), "{harm}: {told}");
        match harm {
            "away" => fs::rename(&away, &repository).unwrap(),
            _ => fs::write(&branch, &tip).unwrap(),
        }
        wait_until("its end is told", || {
            let told = fs::read_to_string(&log).unwrap();
            told.lines()
                .skip(before)
                .any(|line| line.contains("over: "))
        });
    }
    say(&served, "two");
    assert_eq!(shown(&served), ["one", "two"]);
}

#[test]
fn where_nothing_can_be_written_the_answer_says_so() {
    let (served, _) = Served::logged(TestHome::new());
    say(&served, "one");
    fs::remove_dir_all(journals(&served.home)).unwrap();
    // Nothing can be made there.
    fs::write(journals(&served.home), "").unwrap();
    let refused = served.client.post(BUFFER, &said("lost"));
    refused.refused(500, "Failed to save buffer");
    assert_eq!(shown(&served), ["one"]);
    fs::remove_file(journals(&served.home)).unwrap();
    say(&served, "two");
    let served = restarted(served.kill());
    assert_eq!(shown(&served), ["one", "two"]);
}

#[test]
fn a_server_that_can_not_save_ends_with_an_error_and_the_journal_has_all() {
    let (served, log) = Served::logged(TestHome::new());
    say(&served, "one");
    // Its session is open, and what it said before is saved.
    wait_until("it is saved", || !served.home.thread_files().is_empty());
    fs::remove_dir_all(journals(&served.home)).unwrap();
    let repository = served.home.mmogit().join("repo.git");
    fs::rename(&repository, served.home.path().join("away")).unwrap();
    say(&served, "two");
    say(&served, "three");
    let Stopped { status, home } = served.stop();
    let told = fs::read_to_string(log).unwrap();
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(told.contains("it is all in a journal"), "{told}");
    fs::rename(home.path().join("away"), &repository).unwrap();
    let served = restarted(home);
    assert_eq!(shown(&served), ["one", "two", "three"]);
}

#[test]
fn where_the_repository_is_gone_for_good_the_journal_has_all_that_was_said() {
    let (served, _) = Served::logged(TestHome::new());
    say(&served, "one");
    wait_until("it is saved", || !served.home.thread_files().is_empty());
    fs::remove_dir_all(journals(&served.home)).unwrap();
    fs::remove_dir_all(served.home.mmogit().join("repo.git")).unwrap();
    say(&served, "two");
    let stopped = served.stop();
    assert_eq!(stopped.status.code(), Some(1));
    let served = restarted(stopped.home);
    assert_eq!(shown(&served), ["one", "two"]);
}

#[test]
fn what_is_nowhere_is_not_called_kept() {
    let (served, log) = Served::logged(TestHome::new());
    say(&served, "one");
    fs::remove_dir_all(served.home.mmogit().join("repo.git")).unwrap();
    say(&served, "two");
    fs::remove_dir_all(journals(&served.home)).unwrap();
    fs::write(journals(&served.home), "").unwrap();
    let stopped = served.stop();
    let told = fs::read_to_string(log).unwrap();
    assert_eq!(stopped.status.code(), Some(1), "{told}");
    assert!(told.contains("it is not in a journal"), "{told}");
}

#[test]
fn a_branch_that_is_moved_back_or_deleted_gets_back_what_it_had_and_it_is_said() {
    for harm in ["back", "deleted"] {
        let (served, log) = Served::logged(TestHome::new());
        for text in ["one", "two"] {
            say(&served, text);
        }
        wait_until("the session is closed", || {
            served.home.journals().is_empty()
        });
        let branch = git(&served.home, &["symbolic-ref", "HEAD"]);
        let tip = git(&served.home, &["rev-parse", "HEAD"]);
        match harm {
            "back" => git(&served.home, &["update-ref", &branch, &format!("{tip}^")]),
            _ => git(&served.home, &["update-ref", "-d", &branch]),
        };
        wait_until("it is said", || {
            assert_eq!(shown(&served), ["one", "two"], "{harm}");
            fs::read_to_string(&log).unwrap().contains("together again")
        });
        let told = fs::read_to_string(&log).unwrap();
        let lost = match harm {
            "back" => "moved back",
            _ => "the branch is gone",
        };
        assert!(told.contains(lost), "{told}");
        say(&served, "three");
        assert_eq!(shown(&served), ["one", "two", "three"]);
        let stopped = served.stop();
        assert_eq!(stopped.status.code(), Some(0));
        let served = restarted(stopped.home);
        assert_eq!(shown(&served), ["one", "two", "three"]);
        served.home.run(&["verify"]).exits(0);
    }
}

#[test]
fn what_can_not_be_brought_back_stands_among_the_troubles() {
    let (served, _) = Served::logged(TestHome::new());
    say(&served, "one");
    wait_until("it is saved", || served.home.journals().is_empty());
    let branch = git(&served.home, &["symbolic-ref", "HEAD"]);
    let tip = git(&served.home, &["rev-parse", "HEAD"]);
    git(&served.home, &["update-ref", "-d", &branch]);
    let object = format!("repo.git/objects/{}/{}", &tip[..2], &tip[2..]);
    fs::remove_file(served.home.mmogit().join(object)).unwrap();
    wait_until("it is among the troubles", || {
        let list = served.client.get("/api/threads").ok();
        let troubles = list["troubles"].as_array().unwrap();
        troubles
            .iter()
            .any(|trouble| trouble["place"] == branch.as_str())
    });
}

#[test]
fn a_repository_that_is_gone_is_no_empty_one() {
    let (served, _) = Served::logged(TestHome::new());
    say(&served, "one");
    wait_until("it is saved", || served.home.journals().is_empty());
    let repository = served.home.mmogit().join("repo.git");
    let away = served.home.path().join("away");
    fs::rename(&repository, &away).unwrap();
    for route in ["/api/threads", "/api/search?q=one"] {
        let answer = served.client.get(route).ok();
        let why = answer["troubles"][0]["why"].as_str();
        let why = why.unwrap_or_else(|| panic!("{route}: {answer}"));
        assert!(why.contains("the branch is gone"), "{route}: {why}");
    }
    fs::rename(&away, &repository).unwrap();
    let answer = served.client.get("/api/threads").ok();
    assert_eq!(answer["troubles"], json!([]), "{answer}");
}

#[test]
fn that_a_journal_was_taken_away_is_said() {
    let (served, log) = Served::logged(TestHome::new());
    say(&served, "one");
    fs::remove_dir_all(journals(&served.home)).unwrap();
    say(&served, "two");
    wait_until("it is said", || {
        let told = fs::read_to_string(&log).unwrap();
        told.contains("was taken away or cut while it was in use")
    });
    assert_eq!(served.stop().status.code(), Some(0));
}

#[test]
fn what_is_called_like_a_journal_and_is_no_file_is_set_aside_and_said() {
    let home = TestHome::new();
    let journals = journals(&home);
    fs::create_dir_all(journals.join("thread_2.0.ndjson")).unwrap();
    let fifo = journals.join("thread_1.0.ndjson");
    let made = Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink("/nowhere", journals.join("thread_3.0.ndjson")).unwrap();
    let (served, log) = Served::logged(home);
    say(&served, "one");
    let told = fs::read_to_string(log).unwrap();
    for name in ["thread_1", "thread_2", "thread_3"] {
        let aside = format!("{name}.0.ndjson.damaged");
        assert!(told.contains(&aside), "{told}");
        assert!(fs::symlink_metadata(journals.join(aside)).is_ok());
    }
    assert_eq!(served.stop().status.code(), Some(0));
}

#[test]
fn what_opening_the_buffers_found_is_said_when_the_server_starts() {
    let home = TestHome::new();
    let state = home.mmogit().join("state");
    fs::create_dir_all(&state).unwrap();
    let buffer = state.join("conversation-buffer-conversation.json");
    fs::write(&buffer, "no buffer").unwrap();
    fs::write(state.join("chat-config.json"), "{").unwrap();
    let (served, log) = Served::logged(home);
    let told = fs::read_to_string(log).unwrap();
    assert!(
        told.contains("what was in a buffer's file is no buffer"),
        "{told}"
    );
    assert!(told.contains("a buffer shows 50 messages"), "{told}");
    assert_eq!(served.stop().status.code(), Some(0));
}

/// What lies in the place of a buffer's file when the next thing is said has another name then, and
/// is what it was.
#[track_caller]
fn is_set_aside(put_there: impl Fn(&Path)) -> fs::FileType {
    let served = Served::start(TestHome::new());
    say(&served, "one");
    let state = served.home.mmogit().join("state");
    let name = "conversation-buffer-conversation.json";
    let mirror = state.join(name);
    wait_until("it is written", || mirror.exists());
    put_there(&mirror);
    say(&served, "two");
    let corrupted = format!("{name}.corrupted-");
    let mut aside = None;
    wait_until("it is set aside", || {
        let files = fs::read_dir(&state).unwrap().flatten();
        let mut files = files.map(|file| file.path());
        aside = files.find(|file| file.to_string_lossy().contains(&corrupted));
        aside.is_some() && mirror.exists()
    });
    assert!(fs::symlink_metadata(&mirror).unwrap().is_file());
    assert_eq!(shown(&served), ["one", "two"]);
    fs::symlink_metadata(aside.unwrap()).unwrap().file_type()
}

#[test]
fn a_link_in_the_place_of_a_buffers_file_is_set_aside() {
    let kind = is_set_aside(|mirror| {
        let elsewhere = mirror.with_extension("elsewhere");
        fs::rename(mirror, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, mirror).unwrap();
    });
    assert!(kind.is_symlink());
}

#[test]
fn a_pipe_in_the_place_of_a_buffers_file_is_set_aside() {
    let kind = is_set_aside(|mirror| {
        fs::remove_file(mirror).unwrap();
        let made = Command::new("mkfifo").arg(mirror).status().unwrap();
        assert!(made.success());
    });
    assert!(std::os::unix::fs::FileTypeExt::is_fifo(&kind));
}
