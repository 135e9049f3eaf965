//! What is measured.

use super::measure::{Row, Run, Tools, bytes_of, in_turns, median, megabytes, row, time, timed};
use super::store::{Archive, long_thread, thread};
use super::words::{Dice, Language};
use mmogit::store::{Save, Store};
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

const MMOGIT: &str = env!("CARGO_BIN_EXE_mmogit");
pub const GIT: &str = "/usr/bin/git";

pub fn measure(part: &str, archive: &Archive, tools: &Tools, rounds: usize) -> Vec<Row> {
    if part != "rebuild" {
        tools.run(MMOGIT, &["thread-list", "--limit", "1"], &archive.home);
    }
    match part {
        "rebuild" => rebuild(archive, tools),
        "list" => list(archive, tools, rounds),
        "search" => search(archive, tools, rounds),
        "names" => names(archive, tools, rounds),
        "save" => save(archive, tools, rounds),
        "replay" => replay(archive, tools, rounds.min(7)),
        "size" => size(archive),
        "others" => super::others::measure(archive, tools, rounds),
        _ => unreachable!("one of the parts"),
    }
}

fn within(mut row: Row, run: Run, most: Duration, megabytes: Option<u64>) -> Row {
    row.goals
        .push((format!("≤ {}", time(most)), run.time <= most));
    if let Some(most) = megabytes {
        row.goals
            .push((format!("≤ {most} MB"), run.peak <= most * 1_000_000));
    }
    row
}

fn rebuild(archive: &Archive, tools: &Tools) -> Vec<Row> {
    let _ = fs::remove_file(archive.home.join("index.db"));
    let run = tools.run(MMOGIT, &["thread-list", "--limit", "1"], &archive.home);
    let seconds = run.time.as_secs_f64();
    let rate = archive.messages as f64 / seconds;
    let what = format!(
        "index made anew: {} messages, {:.0} a second, {:.0} MB of text",
        archive.messages,
        rate,
        archive.text as f64 / 1e6
    );
    vec![row(what, run)]
}

fn list(archive: &Archive, tools: &Tools, rounds: usize) -> Vec<Row> {
    let list = |args: &[&str]| {
        let all: Vec<&str> = [&["thread-list"], args].concat();
        tools.runs(rounds, MMOGIT, &all, &archive.home)
    };
    let nothing = tools.runs(rounds, MMOGIT, &["--version"], &archive.home);
    let newest = list(&["--limit", "20"]);
    let repository = archive.home.join("repo.git");
    let log = [
        "-C",
        repository.to_str().unwrap(),
        "log",
        "--oneline",
        "-20",
    ];
    let log = tools.runs(rounds, GIT, &log, &archive.home);
    let mut first = within(
        row("list the newest 20", newest),
        newest,
        Duration::from_millis(10),
        Some(15),
    );
    (first.beside, first.theirs) = (
        "`git log -20` in the same repository".into(),
        time(log.time),
    );
    let mut rows = vec![row("`mmogit --version`", nothing), first];
    for args in [
        &["--tag", "rust", "--limit", "20"][..],
        &["--title", "borrow", "--limit", "20"],
        &["--model", "gpt", "--limit", "20"],
        &["--since", "2025-06-01", "--limit", "20"],
        &["--sort", "messages", "--limit", "20"],
    ] {
        rows.push(row(format!("list `{}`", args.join(" ")), list(args)));
    }
    rows
}

fn search(archive: &Archive, tools: &Tools, rounds: usize) -> Vec<Row> {
    let db = rusqlite::Connection::open(archive.home.join("index.db")).unwrap();
    let workspace = archive.workspace();
    let mut rows = Vec::new();
    for (query, raw) in [
        ("violin", Some("violin")),
        ("gradient tensor", Some("gradient AND tensor")),
        ("\"refresh token\"", Some("\"refresh token\"")),
        ("latency role:ai after:2024-01-01", None),
        ("数据库", Some("\"数 据 库\"")),
        ("gradi*", Some("\"gradi\" *")),
        ("the", Some("the")),
        ("kernel tag:rust", None),
        ("!= 42", None),
    ] {
        let run = tools.runs(rounds, MMOGIT, &["thread-search", query], &archive.home);
        let mut found = row(format!("search `{query}`"), run);
        if query != "the" && query != "!= 42" {
            found = within(found, run, Duration::from_millis(30), None);
        }
        if let Some(raw) = raw {
            let count: i64 = db
                .query_row(
                    "SELECT count(*) FROM words WHERE words MATCH ?1",
                    [raw],
                    |row| row.get(0),
                )
                .unwrap();
            found.what += &format!(", {count} hits");
            // What any answer needs: the best hits, ranked, each with what it is and its thread's
            // title.
            let sql = "SELECT words.rowid, (SELECT role FROM message WHERE key = words.rowid),
                       (SELECT title FROM thread WHERE key = words.rowid >> 20)
                       FROM words WHERE words MATCH ?1 ORDER BY rank LIMIT 20";
            let bare = || {
                let db = rusqlite::Connection::open(archive.home.join("index.db")).unwrap();
                let mut find = db.prepare(sql).unwrap();
                let rows = find.query_map([raw], |row| {
                    Ok((row.get::<_, String>(1)?, row.get::<_, String>(2)?))
                });
                rows.unwrap().for_each(drop);
            };
            let read = mmogit::index::Query::read(query, workspace.now());
            let (ours, theirs) = in_turns(
                rounds,
                || drop(workspace.threads().search(&read, 20).unwrap()),
                bare,
            );
            let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
            found.beside = format!(
                "the same by bare SQL; ours, in process: {} ({ratio:.2}×)",
                time(ours)
            );
            found.theirs = time(theirs);
            // Below a millisecond it is all opening and looking whether the index is up to date.
            if theirs >= Duration::from_millis(1) {
                found.goals.push(("≤ 1.5×".into(), ratio <= 1.5));
            }
        }
        rows.push(found);
    }
    rows
}

fn names(archive: &Archive, tools: &Tools, rounds: usize) -> Vec<Row> {
    let workspace = archive.workspace();
    let newest = timed(rounds, || {
        drop(
            workspace
                .threads()
                .newest_of(&archive.keys.public())
                .unwrap(),
        )
    });
    let id = long_thread().to_string();
    let title = timed(rounds, || {
        drop(workspace.threads().find("borrow garden violin nowhere"))
    });
    let whole = timed(rounds, || drop(workspace.threads().find(&id).unwrap()));
    let start = Instant::now();
    workspace.threads().names("thread_17", 200).unwrap();
    let offered = start.elapsed();
    let of = |what: &str, taken| Row {
        what: what.into(),
        ours: time(taken),
        ..Row::default()
    };
    let missing = tools.runs(
        rounds,
        MMOGIT,
        &["thread-list", "--title", "nowhere"],
        &archive.home,
    );
    vec![
        of("the newest thread (with reading it), in process", newest),
        of("a thread by a title that is not there, in process", title),
        of("the long thread by its id, in process", whole),
        of("ids for completion, in process", offered),
        row("list `--title nowhere`", missing),
    ]
}

fn save(archive: &Archive, tools: &Tools, rounds: usize) -> Vec<Row> {
    let workspace = archive.workspace();
    let store = workspace.store().unwrap().unwrap();
    let owner = archive.keys.owner();
    let language = Language::new();
    let (mut saves, mut follows) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        // Each run adds threads of its own to what is there.
        let taken = store.list().unwrap().entries[0].id.time().seconds();
        let second = taken + 60 + round as i64;
        let made = thread(
            &archive.keys,
            &language,
            &mut Dice::new(second as u64),
            second,
            10,
        );
        let start = Instant::now();
        store
            .save(&Save {
                owner,
                thread: &made,
                base: None,
                replaces: None,
                now: made.updated_at(),
            })
            .unwrap();
        saves.push(start.elapsed());
        follows.push(
            tools
                .run(MMOGIT, &["thread-list", "--limit", "20"], &archive.home)
                .time,
        );
    }
    let chat = ["chat", "--backend", "echo", "-m", "hello"];
    let whole = tools.runs(rounds, MMOGIT, &chat, &archive.home);
    let of = |what: &str, taken| Row {
        what: what.into(),
        ours: time(taken),
        ..Row::default()
    };
    vec![
        of("save one session of 10 messages, in process", median(saves)),
        row(
            "`mmogit chat --backend echo -m hello`: a new thread of 2 messages",
            whole,
        ),
        of(
            "the next list, which reads that thread into the index",
            median(follows),
        ),
    ]
}

fn replay(archive: &Archive, tools: &Tools, rounds: usize) -> Vec<Row> {
    let id = long_thread().to_string();
    let length = archive.long_thread.to_string();
    let whole = tools.runs(rounds, MMOGIT, &["thread-replay", &id], &archive.home);
    let end = tools.runs(
        rounds,
        MMOGIT,
        &["thread-replay", &id, "--at", &length],
        &archive.home,
    );
    let what = format!("replay the thread of {length} messages, every signature checked");
    vec![
        row(what, whole),
        row(format!("the same with `--at {length}`"), end),
    ]
}

fn size(archive: &Archive) -> Vec<Row> {
    let index = fs::metadata(archive.home.join("index.db")).unwrap().len();
    let repository = bytes_of(&archive.home.join("repo.git"));
    let mut rows = vec![
        beside_text("the index", index, archive.text),
        beside_text(
            "the repository, one pack without deltas",
            repository,
            archive.text,
        ),
    ];
    rows.extend(packing(archive));
    rows
}

fn beside_text(what: &str, bytes: u64, text: u64) -> Row {
    Row {
        what: what.into(),
        ours: megabytes(bytes),
        beside: "the messages' text".into(),
        theirs: format!("{} ({:.2}×)", megabytes(text), bytes as f64 / text as f64),
        ..Row::default()
    }
}

/// A store that grew session by session, as it is left, as mmogit packs it, and as git does.
fn packing(archive: &Archive) -> Vec<Row> {
    const SESSIONS: usize = 500;
    let place = tempfile::TempDir::new_in(archive.home.parent().unwrap()).unwrap();
    let keys = &archive.keys;
    let store = Store::open_or_create(place.path(), &keys.public()).unwrap();
    let language = Language::new();
    let mut text = 0;
    for number in 0..SESSIONS {
        let second = 1_700_000_000 + number as i64 * 7_200;
        let made = thread(keys, &language, &mut Dice::new(number as u64), second, 10);
        text += made
            .messages()
            .iter()
            .map(|message| message.text().len() as u64)
            .sum::<u64>();
        let (owner, now) = (keys.owner(), made.updated_at());
        store
            .save(&Save {
                owner,
                thread: &made,
                base: None,
                replaces: None,
                now,
            })
            .unwrap();
    }
    let repository = place.path().join("repo.git");
    let sessions = format!("{SESSIONS} sessions of 10 messages");
    let row = |how: &str| beside_text(&format!("{sessions}, {how}"), bytes_of(&repository), text);
    let loose = row("each object a file");
    store.pack().unwrap();
    let packed = row("packed by mmogit");
    let gc = Command::new(GIT)
        .arg("-C")
        .arg(&repository)
        .args(["gc", "--quiet"])
        .status()
        .unwrap();
    assert!(gc.success());
    vec![loose, packed, row("packed by `git gc`")]
}
