//! A disk that is full while a home is served. It is a small one in memory, which only the server
//! sees.

use super::served::Served;
use crate::common::{TestHome, signal, wait_until};
use crate::support::{copy_folder, skip};
use crate::sync::disks::mount_namespace;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const BUFFER: &str = "/api/conversation-buffer";

/// A server whose home lies on a disk of its own. `None` where the system gives no such disk.
fn on_small_disk() -> Option<Served> {
    let Some(namespace) = mount_namespace() else {
        skip("unshare, and mount namespaces");
        return None;
    };
    let home = TestHome::new();
    let inner = home.command(&["serve", "--port", "0", "--json", "--backend", "echo"]);
    fs::create_dir_all(home.mmogit()).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=8m,mode=0700 none '{}' && exec \"$0\" \"$@\"",
        home.mmogit().display()
    );
    let mut command = Command::new("unshare");
    command
        .args([namespace, "sh", "-c", &script])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(home.path())
        .env("HOME", home.path())
        .stdin(Stdio::null());
    Some(Served::spawn(home, command))
}

/// The home as the server sees it.
fn inside(served: &Served) -> PathBuf {
    let home = served.home.mmogit();
    let home = home.strip_prefix("/").unwrap();
    PathBuf::from(format!("/proc/{}/root", served.child.id())).join(home)
}

/// Leaves no room at all.
fn fill(path: &PathBuf) {
    let mut file = File::create(path).unwrap();
    for size in [64 << 10, 4 << 10, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

/// More than has room in what a file has left of its last page.
fn long(begin: &str) -> String {
    format!("{begin}{}", "x".repeat(20_000))
}

fn said(text: &str) -> Value {
    json!({"mode": "conversation", "message": {"role": "user", "content": long(text)}})
}

#[test]
fn a_full_disk_is_said_and_all_goes_on_when_there_is_room() {
    let Some(served) = on_small_disk() else {
        return;
    };
    let client = &served.client;
    let kept = |texts: &[&str]| -> Vec<(String, String)> {
        let texts = texts.iter().map(|text| long(text));
        texts.map(|text| ("user".to_owned(), text)).collect()
    };
    client.post(BUFFER, &said("before")).ok();
    let filler = inside(&served).join("filler");
    fill(&filler);
    for _ in 0..3 {
        let refused = client.post_with_key(BUFFER, "again", &said("meanwhile"));
        refused.refused(500, "Failed to save buffer");
    }
    let asked = json!({"mode": "conversation", "message": long("asked")});
    let refused = client.post("/api/persona_chat", &asked);
    refused.refused(500, "Failed to save message");
    assert_eq!(client.shown("conversation"), kept(&["before"]));
    fs::remove_file(&filler).unwrap();
    client
        .post_with_key(BUFFER, "again", &said("meanwhile"))
        .ok();
    client.post(BUFFER, &said("after")).ok();
    let all = kept(&["before", "meanwhile", "after"]);
    assert_eq!(client.shown("conversation"), all);
    wait_until("it is saved", || {
        let listed = fs::read_dir(inside(&served).join("journal")).unwrap();
        listed.flatten().count() == 0
    });
    assert_eq!(client.shown("conversation"), all);
    // As the disk would be after a power cut.
    signal(&served.child, "STOP");
    copy_folder(&inside(&served), &served.home.mmogit());
    let home = served.kill();
    home.run(&["verify"]).exits(0);
    let served = Served::start(home);
    assert_eq!(served.client.shown("conversation"), all);
}

/// A server whose files may not grow beyond a few MiB.
fn with_small_files() -> Served {
    let home = TestHome::new();
    let inner = home.command(&["serve", "--port", "0", "--json", "--backend", "echo"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 16384; exec \"$0\" \"$@\""])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(home.path())
        .env("HOME", home.path())
        .stdin(Stdio::null());
    Served::spawn(home, command)
}

/// How large a file of a process may be.
fn most_bytes(served: &Served) -> u64 {
    let limits = fs::read_to_string(format!("/proc/{}/limits", served.child.id())).unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max file size"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3));
    soft.unwrap().parse().unwrap()
}

#[test]
fn a_line_of_the_audit_trail_that_has_no_room_leaves_no_half() {
    let served = with_small_files();
    let folder = served.home.mmogit().join("logs/audit");
    fs::create_dir_all(&folder).unwrap();
    let day = folder.join(chrono::Utc::now().format("%Y-%m-%d.ndjson").to_string());
    // There is room for some bytes of the next line, and not for all.
    let before = most_bytes(&served) - 40;
    let full = File::create(&day).unwrap();
    full.set_len(before).unwrap();
    let clear = || {
        let said = json!({"mode": "inner", "message": {"role": "user", "content": "one"}});
        served.client.post(BUFFER, &said).ok();
        served.client.delete(&format!("{BUFFER}?mode=inner"))
    };
    for _ in 0..2 {
        clear();
        assert_eq!(fs::metadata(&day).unwrap().len(), before);
    }
    // Where there is room again the next line comes to it.
    full.set_len(0).unwrap();
    clear().ok();
    let text = fs::read_to_string(&day).unwrap();
    assert!(text.contains("conversation_buffer_cleared"), "{text}");
}
