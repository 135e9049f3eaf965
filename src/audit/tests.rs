use super::*;
use crate::model::Mode;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

const DAY: &str = "2025-08-25";

fn noon() -> Timestamp {
    Timestamp::read("2025-08-25T12:00:00.000Z").unwrap()
}

fn trail_in(home: &Path) -> Trail {
    let actor = Actor {
        name: "local".to_owned(),
        user: "5a".repeat(32).parse().unwrap(),
    };
    Trail::of(home, actor)
}

struct DayRead {
    lines: Vec<Line>,
    damaged: usize,
}

/// The last lines of a day, oldest first.
fn last_lines(trail: &Trail, day: &str, limit: usize) -> DayRead {
    let mut lines = Vec::new();
    let looked = trail.each_line(day, None, |line| lines.push(line)).unwrap();
    DayRead {
        lines: lines.split_off(lines.len().saturating_sub(limit)),
        damaged: looked.damaged,
    }
}

#[test]
fn a_line_has_the_documented_fields_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let trail = trail_in(home.path());
    let event = Event::buffer_pruned(Mode::Inner, 2, 10);
    trail.append(&event, noon(), Sync::Now).unwrap();
    let path = home.path().join("logs/audit/2025-08-25.ndjson");
    let text = fs::read_to_string(&path).unwrap();
    let user = "5a".repeat(32);
    let expected = serde_json::json!({
        "timestamp": "2025-08-25T12:00:00.000Z", "level": "info", "category": "system",
        "event": "conversation_buffer_pruned",
        "details": {"mode": "inner", "removedCount": 2, "remaining": 10},
        "actor": "local", "userId": user,
    });
    assert_eq!(text, format!("{expected}\n"));
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let folder = fs::metadata(home.path().join("logs")).unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
    let day = last_lines(&trail, DAY, 10);
    assert_eq!(day.lines[0].event(), "conversation_buffer_pruned");
    assert_eq!(day.lines[0].detail("remaining"), Some(&10.into()));
    assert_eq!(day.damaged, 0);
}

#[test]
fn the_last_lines_are_read_and_damaged_ones_counted() {
    let home = tempfile::tempdir().unwrap();
    let trail = trail_in(home.path());
    for removed in 0..5 {
        let event = Event::buffer_pruned(Mode::Conversation, removed, 50);
        trail.append(&event, noon(), Sync::Later).unwrap();
    }
    let path = home.path().join("logs/audit/2025-08-25.ndjson");
    let mut text = fs::read_to_string(&path).unwrap();
    text.push_str("no line\n{}\n");
    text.push_str(&"x".repeat(3 * MAX_LINE));
    // The last one is half a line: what comes next stands on one of its own.
    fs::write(&path, text + "\n{\"half").unwrap();
    let event = Event::buffer_cleared(Mode::Conversation);
    trail.append(&event, noon(), Sync::Later).unwrap();
    let day = last_lines(&trail, DAY, 3);
    let events: Vec<_> = day.lines.iter().map(Line::event).collect();
    let pruned = "conversation_buffer_pruned";
    assert_eq!(events, [pruned, pruned, "conversation_buffer_cleared"]);
    assert_eq!(day.damaged, 4);
    let mut count = 0;
    let looked = trail.each_line(DAY, None, |_| count += 1).unwrap();
    assert_eq!((looked.damaged, looked.from), (4, 0));
    assert_eq!(count, 6);
}

#[test]
fn clearing_counts_the_files_and_leaves_one_line() {
    let home = tempfile::tempdir().unwrap();
    let trail = trail_in(home.path());
    let folder = home.path().join("logs/audit");
    assert_eq!(trail.clear(noon()).unwrap(), Cleared::default());
    let yesterday = folder.join("2025-08-24.ndjson");
    fs::write(&yesterday, "x\n").unwrap();
    let other = folder.join("notes.txt");
    fs::write(&other, "mine").unwrap();
    let linked = folder.join("2025-08-23.ndjson");
    symlink(&other, &linked).unwrap();
    let cleared = trail.clear(noon()).unwrap();
    assert_eq!(cleared.deleted, 2);
    let aside = folder.join("2025-08-23.ndjson.corrupted-20250825T120000000Z");
    assert_eq!(cleared.set_aside, std::slice::from_ref(&aside));
    assert!(!linked.is_symlink() && aside.is_symlink());
    assert!(other.exists() && !yesterday.exists());
    let day = last_lines(&trail, DAY, 10);
    assert_eq!(day.lines.len(), 1);
    assert_eq!(day.lines[0].event(), "audit_logs_cleared");
    assert_eq!(day.lines[0].detail("deletedFiles"), Some(&2.into()));
}

/// Of a file of any size no more is read at once than of any other, and all of it can be seen.
#[test]
fn a_huge_file_is_looked_at_a_part_at_a_time() {
    let home = tempfile::tempdir().unwrap();
    let trail = trail_in(home.path());
    let event = Event::buffer_cleared(Mode::Inner);
    trail.append(&event, noon(), Sync::Later).unwrap();
    let path = home.path().join("logs/audit/2025-08-25.ndjson");
    let length = fs::metadata(&path).unwrap().len();
    let huge = 150 << 20;
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(huge).unwrap();
    trail.append(&event, noon(), Sync::Later).unwrap();
    let mut places = Vec::new();
    let mut before = None;
    let mut looks = 0;
    while before != Some(0) {
        let looked = trail.each_line(DAY, before, |line| places.push(line.place));
        let looked = looked.unwrap();
        let end = before.unwrap_or(huge + 1 + length);
        assert!(end - looked.from <= 64 << 20);
        before = Some(looked.from);
        looks += 1;
    }
    assert_eq!((places, looks), (vec![huge + 1, 0], 3));
}

/// In place of today's file each of these would keep the trail from being written for ever.
#[test]
fn clearing_makes_room_where_no_plain_file_is() {
    let home = tempfile::tempdir().unwrap();
    let trail = trail_in(home.path());
    let folder = home.path().join("logs/audit");
    let today = folder.join("2025-08-25.ndjson");
    fs::create_dir_all(&today).unwrap();
    fs::write(today.join("x"), "mine").unwrap();
    let first = trail.clear(noon()).unwrap().set_aside;
    assert_eq!(fs::read_to_string(first[0].join("x")).unwrap(), "mine");
    fs::remove_file(&today).unwrap();
    let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU);
    rustix::fs::mknodat(rustix::fs::CWD, &today, kind, mode, 0).unwrap();
    let second = trail.clear(noon()).unwrap().set_aside;
    assert_eq!(second.len(), 1);
    assert_ne!(first, second, "in the same moment");
    assert_eq!(last_lines(&trail, DAY, 10).lines.len(), 1);
    assert_eq!(trail.days().unwrap(), [DAY]);
}

/// Whoever put it there would say where the trail goes, or make it wait for ever.
#[test]
fn a_link_a_pipe_and_a_folder_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let trail = trail_in(home.path());
    let folder = home.path().join("logs/audit");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("2025-08-25.ndjson");
    let target = home.path().join("target");
    let event = Event::buffer_cleared(Mode::Inner);
    let is_refused = |what: &str| {
        assert!(trail.append(&event, noon(), Sync::Now).is_err(), "{what}");
        assert!(trail.each_line(DAY, None, |_| {}).is_err(), "{what}");
    };
    symlink(&target, &path).unwrap();
    is_refused("a link");
    assert!(!target.exists());
    fs::remove_file(&path).unwrap();
    let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU);
    rustix::fs::mknodat(rustix::fs::CWD, &path, kind, mode, 0).unwrap();
    is_refused("a pipe");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    is_refused("a folder");
    fs::remove_dir_all(&folder).unwrap();
    symlink(home.path(), &folder).unwrap();
    assert!(trail.append(&event, noon(), Sync::Now).is_err());
    assert!(trail.clear(noon()).is_err());
}

#[test]
fn only_a_day_names_a_file() {
    let home = tempfile::tempdir().unwrap();
    let trail = trail_in(home.path());
    for day in [
        "",
        "../x",
        "2025-8-25",
        "2025-02-30",
        "2025-08-25/..",
        "2025-08-25\n",
    ] {
        let refused = trail.each_line(day, None, |_| {});
        assert!(matches!(refused, Err(TrailError::NoDay(_))), "{day}");
    }
    for day in ["1857-07-07", "0001-01-01", "9999-12-31"] {
        let looked = trail.each_line(day, None, |_| panic!("{day} has no lines"));
        assert!(looked.is_ok(), "{day}");
    }
}

#[test]
fn the_days_before_one_are_removed_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("answered");
    let actor = trail_in(home.path()).actor;
    let trail = Trail::in_folder(folder.clone(), actor, MAX_LINE);
    let event = Event::buffer_cleared(Mode::Inner);
    trail.append(&event, noon(), Sync::Now).unwrap();
    for name in ["2025-08-23.ndjson", "2025-08-24.ndjson", "2025-08-23.txt"] {
        fs::write(folder.join(name), "x\n").unwrap();
    }
    symlink("x", folder.join("2025-08-22.ndjson")).unwrap();
    trail.remove_before("2025-08-24").unwrap();
    assert_eq!(
        trail.days().unwrap(),
        ["2025-08-22", "2025-08-24", "2025-08-25"]
    );
    assert!(folder.join("2025-08-23.txt").exists());
    assert!(matches!(
        trail.remove_before("../x"),
        Err(TrailError::NoDay(_))
    ));
}
