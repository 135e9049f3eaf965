//! What a dead session leaves is recovered by the next command: after random kills, and from
//! damaged journals.

use crate::support::{
    Canned, Home, Say, all_texts, copy_folder, ignore, job, keys, me, resume, start_child, texts,
    titled, workspace_now,
};
use mmogit::backend::{Backend, Event, Listener, NoReply, Reply, Request};
use mmogit::identity::Keys;
use mmogit::model::{Message, MessageDraft, Role, Thread};
use mmogit::store::{ForeignJournal, JournalDamage, LeftJournal, Recovered, Unvouched};
use mmogit::turn::Session;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Chats until it is killed. Each line on stderr is a message that was acknowledged.
#[test]
#[ignore = "runs in processes that the other tests start"]
fn child() {
    let Some((round, home)) = job() else { return };
    let (workspace, keys) = (workspace_now(&home), me());
    let store = workspace.store_of(&keys.public()).unwrap();
    let left = workspace.recover(keys).unwrap().left;
    assert!(left.is_empty(), "{left:?}");
    for n in 0.. {
        let is_first = workspace
            .threads()
            .newest_of(&keys.public())
            .unwrap()
            .is_none();
        let mut session = if is_first || n % 4 == 3 {
            Session::begin(&workspace, &store, keys, titled("killed")).unwrap()
        } else {
            resume(&workspace, &store, keys)
        };
        for turn in 0..7 {
            let name = format!("{round}.{n}.{turn}");
            session.say(&format!("asks {name}")).unwrap();
            acknowledge(&format!("asks {name}"));
            session
                .ask(&Canned::new(&format!("hears {name}")), None, &mut ignore)
                .unwrap();
            acknowledge(&format!("hears {name}"));
        }
        session.end().unwrap();
    }
}

/// In one write, and with an end: a kill may cut it.
fn acknowledge(text: &str) {
    std::io::stderr()
        .write_all(format!("ack {text};\n").as_bytes())
        .unwrap();
}

/// xorshift; the seed is printed, so that a failure can be had again.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[test]
fn no_acknowledged_message_is_lost_to_random_kills() {
    let rounds: usize =
        std::env::var("MMOGIT_TEST_KILLS").map_or(200, |text| text.parse().unwrap());
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_nanos() as u64;
    let seed = std::env::var("MMOGIT_TEST_SEED").map_or(now | 1, |text| text.parse().unwrap());
    println!("MMOGIT_TEST_KILLS={rounds} MMOGIT_TEST_SEED={seed}");
    let mut random = Random(seed);
    let mut all = 0;
    // Verification is quadratic over the rounds if all happen in one home.
    for group in 0..rounds.div_ceil(20) {
        let home = Home::new();
        let mut acknowledged = Vec::new();
        for round in 0..20.min(rounds - group * 20) {
            kill_one(
                &home,
                round,
                Duration::from_micros(random.below(200_000)),
                &mut acknowledged,
            );
        }
        let left = workspace_now(home.path()).recover(me()).unwrap().left;
        assert!(left.is_empty(), "{left:?}");
        if !home.path().join("repo.git").exists() {
            // On a busy machine each of a group's processes may die before it has begun.
            assert!(acknowledged.is_empty(), "lost {acknowledged:?}");
            continue;
        }
        home.assert_sound();
        assert_all_there(&home, &acknowledged);
        all += acknowledged.len();
    }
    println!("{all} messages were acknowledged");
    assert!(
        all >= rounds / 4,
        "the kills came too early to show anything"
    );
}

fn kill_one(home: &Home, round: usize, after: Duration, acknowledged: &mut Vec<String>) {
    let mut child = start_child(module_path!(), &round.to_string(), home.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let reader = thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<String>>());
    thread::sleep(after);
    assert!(
        child.try_wait().unwrap().is_none(),
        "it ended by itself: {:?}",
        reader.join()
    );
    child.kill().unwrap();
    child.wait().unwrap();
    let lines = reader.join().unwrap();
    acknowledged.extend(
        lines
            .iter()
            .filter_map(|line| line.strip_prefix("ack ")?.strip_suffix(';'))
            .map(str::to_owned),
    );
}

fn assert_all_there(home: &Home, acknowledged: &[String]) {
    let stored: Vec<String> = home.threads().iter().flat_map(all_texts).collect();
    let set: BTreeSet<&String> = stored.iter().collect();
    assert_eq!(set.len(), stored.len(), "something stands twice");
    for text in acknowledged {
        assert!(set.contains(text), "lost {text:?}");
    }
}

/// A process that another test starts holds our locks too, from its fork to its exec: for
/// milliseconds.
fn wait_for_other_tests_children(home: &Home) {
    // Closing it would leave the lock to whoever was begun meanwhile.
    let is_free = |path: &PathBuf| {
        fs::File::open(path).is_ok_and(|file| file.try_lock().is_ok() && file.unlock().is_ok())
    };
    for _ in 0..200 {
        if journals(home).iter().all(is_free) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// What was recovered, and which journals are left.
fn recover(home: &Home) -> (Vec<Recovered>, Vec<LeftJournal>) {
    wait_for_other_tests_children(home);
    let recovery = workspace_now(home.path()).recover(me()).unwrap();
    (recovery.sessions, recovery.left)
}

fn is_quarantined(journal: &LeftJournal) -> bool {
    matches!(journal, LeftJournal::Quarantined { .. })
}

fn journals(home: &Home) -> Vec<PathBuf> {
    crate::support::files_below(&home.path().join("journal"))
}

/// A session that says two things and is then let go of, as by a death. Returns its journal.
fn dead_session(home: &Home) -> PathBuf {
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("left")).unwrap();
    session.say("one").unwrap();
    session.ask(&Canned::new("two"), None, &mut ignore).unwrap();
    session.say("three").unwrap();
    drop(session);
    journals(home).pop().unwrap()
}

fn append(path: &Path, bytes: &[u8]) {
    OpenOptions::new()
        .append(true)
        .open(path)
        .unwrap()
        .write_all(bytes)
        .unwrap();
}

#[test]
fn a_dead_session_is_recovered_and_told() {
    let home = Home::new();
    dead_session(&home);
    assert_eq!(home.workspace().waiting_to_be_recovered().unwrap(), 1);
    let (recovered, left) = recover(&home);
    assert_eq!((recovered.len(), left.len()), (1, 0));
    assert_eq!(
        (recovered[0].title.as_str(), recovered[0].messages),
        ("left", 3)
    );
    assert_eq!(recovered[0].id, home.only_thread().id());
    assert_eq!(texts(&home.only_thread()), ["one", "two", "three"]);
    assert_eq!(journals(&home), Vec::<PathBuf>::new());
    assert_eq!(home.workspace().waiting_to_be_recovered().unwrap(), 0);
    home.assert_sound();
}

#[test]
fn a_journal_waits_while_what_it_goes_on_from_cannot_be_read() {
    let home = Home::new();
    dead_session(&home);
    recover(&home);
    let id = home.only_thread().id().to_string();
    let (workspace, store, keys) = (workspace_now(home.path()), home.store(), me());
    let found = workspace.threads().find(&id).unwrap();
    let (thread, commit) = workspace
        .threads()
        .continuable(found, &keys.public())
        .unwrap();
    let mut session = Session::resume(&workspace, &store, keys, thread, commit).unwrap();
    session.say("four").unwrap();
    drop(session);
    let waiting = journals(&home);
    let objects = home.repository().join("objects");
    let away = home.path().join("objects-away");
    let thread_file = object_of_the_only_thread(&home);
    fs::rename(objects.join(&thread_file), &away).unwrap();

    let (recovered, left) = recover(&home);
    assert_eq!((recovered.len(), left.len()), (0, 1), "{left:?}");
    assert_eq!(
        journals(&home),
        waiting,
        "what is damaged is the repository, not the journal"
    );

    fs::rename(&away, objects.join(&thread_file)).unwrap();
    let (recovered, left) = recover(&home);
    assert_eq!((recovered.len(), left), (1, Vec::new()));
    assert_eq!(texts(&home.only_thread()), ["one", "two", "three", "four"]);
}

/// The loose object that holds the thread's file, by its place among the objects.
fn object_of_the_only_thread(home: &Home) -> PathBuf {
    let repository = git2::Repository::open_bare(home.repository()).unwrap();
    let mut tree = repository.head().unwrap().peel_to_tree().unwrap();
    loop {
        let entry = tree.get(0).unwrap().to_owned();
        match entry.to_object(&repository).unwrap().into_tree() {
            Ok(below) => tree = below,
            Err(_) => {
                let id = entry.id().to_string();
                return Path::new(&id[..2]).join(&id[2..]);
            }
        }
    }
}

#[test]
fn a_torn_last_line_was_never_acknowledged_and_is_dropped() {
    let home = Home::new();
    let journal = dead_session(&home);
    append(&journal, b"{\"message\": {\"role\": \"human\", \"cont");
    let (recovered, left) = recover(&home);
    assert_eq!((recovered[0].messages, left), (3, Vec::new()));
    assert_eq!(journals(&home), Vec::<PathBuf>::new());
}

#[test]
fn a_last_line_whose_newline_is_damaged_is_not_dropped() {
    for flipped in [0x0b, 0x08, 0x0e, 0x02, 0x1a, b'*', b'J', 0x8a] {
        let home = Home::new();
        let journal = dead_session(&home);
        let mut bytes = fs::read(&journal).unwrap();
        *bytes.last_mut().unwrap() = flipped;
        fs::write(&journal, &bytes).unwrap();
        let (recovered, left) = recover(&home);
        assert_eq!((recovered[0].messages, left.len()), (3, 1), "{flipped:#x}");
        assert_eq!(fs::read(left[0].path()).unwrap(), bytes);
        home.assert_sound();
    }
}

#[test]
fn a_last_line_that_lacks_only_its_newline_is_whole() {
    let home = Home::new();
    let journal = dead_session(&home);
    let bytes = fs::read(&journal).unwrap();
    fs::write(&journal, &bytes[..bytes.len() - 1]).unwrap();
    let (recovered, left) = recover(&home);
    assert_eq!((recovered[0].messages, left), (3, Vec::new()));
}

#[test]
fn no_flipped_bit_in_a_journal_loses_an_accepted_message_in_silence() {
    let whole = Home::new();
    let journal = dead_session(&whole);
    let bytes = fs::read(&journal).unwrap();
    // A bit of each newline, and of one byte in 37.
    for at in (0..bytes.len()).filter(|at| at % 37 == 0 || bytes[*at] == b'\n') {
        let home = Home::new();
        let folder = home.path().join("journal");
        fs::create_dir(&folder).unwrap();
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(folder.join(journal.file_name().unwrap()), damaged).unwrap();
        let (recovered, left) = recover(&home);
        let found = recovered.first().map_or(0, |found| found.messages);
        assert!(
            found == 3 || left.len() == 1,
            "byte {at} of {}: {found} messages",
            bytes.len()
        );
    }
}

#[test]
fn a_journal_that_names_another_author_in_one_place_is_recovered_and_set_aside() {
    for key in [keys(2).public().to_string(), "0".repeat(64), "x".to_owned()] {
        let home = Home::new();
        let journal = dead_session(&home);
        let text = fs::read_to_string(&journal).unwrap();
        let mine = me().public().to_string();
        fs::write(&journal, text.replacen(&mine, &key, 1)).unwrap();
        let (recovered, left) = recover(&home);
        assert_eq!((recovered[0].messages, left.len()), (3, 1), "{key}");
        assert!(is_quarantined(&left[0]), "{left:?}");
        home.assert_sound();
    }
}

#[test]
fn a_line_longer_than_any_record_hinders_nothing() {
    let home = Home::new();
    let journal = dead_session(&home);
    append(&journal, &vec![b'['; (64 << 20) + 2000]);
    append(&journal, b"\n");
    let (recovered, left) = recover(&home);
    assert_eq!((recovered[0].messages, left.len()), (3, 1));
}

#[test]
fn of_a_damaged_journal_the_beginning_is_kept_and_the_whole_is_set_aside() {
    for (what, with) in [
        ("\"two\"", "\"2\""),
        ("{\"message\"", "{#message\""),
        ("\"prev\"", "\"next\""),
    ] {
        let home = Home::new();
        let journal = dead_session(&home);
        let text = fs::read_to_string(&journal).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let place = lines
            .iter()
            .position(|line| line.contains("\"two\""))
            .unwrap();
        lines[place] = lines[place].replace(what, with);
        let damaged = lines.join("\n") + "\n";
        assert_ne!(damaged, text);
        fs::write(&journal, &damaged).unwrap();
        let (recovered, left) = recover(&home);
        assert_eq!(texts(&home.only_thread()), ["one"], "{what}");
        assert_eq!(recovered[0].messages, 1);
        assert_eq!(left.len(), 1);
        assert!(is_quarantined(&left[0]), "{left:?}");
        assert_eq!(fs::read_to_string(left[0].path()).unwrap(), damaged);
        // And it is not met again.
        assert_eq!(recover(&home), (Vec::new(), Vec::new()));
        home.assert_sound();
    }
}

#[test]
fn a_journal_that_is_none_is_set_aside_whole_and_hinders_nothing() {
    let home = Home::new();
    let journal = dead_session(&home);
    let folder = journal.parent().unwrap();
    let strange: [(&str, &[u8]); 4] = [
        ("thread_5.0.ndjson", b"\xff\xfe\n"),
        ("thread_6.0.ndjson", b"{\"journal\": 2}\n"),
        ("thread_7.0.ndjson", b"[]\n"),
        (
            "thread_8.0.ndjson",
            b"{\"journal\": 1, \"author\": \"x\"}\n{}\n",
        ),
    ];
    for (name, bytes) in strange {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let (recovered, left) = recover(&home);
    assert_eq!((recovered.len(), left.len()), (1, 4));
    for (name, bytes) in strange {
        assert_eq!(
            fs::read(folder.join(format!("{name}.damaged"))).unwrap(),
            bytes
        );
    }
    home.assert_sound();
}

#[test]
fn a_second_damaged_journal_of_one_name_does_not_replace_the_first() {
    let home = Home::new();
    let folder = dead_session(&home).parent().unwrap().to_owned();
    for text in ["first\n", "second\n", "third\n"] {
        fs::write(folder.join("thread_5.0.ndjson"), text).unwrap();
        recover(&home);
    }
    let kept: BTreeSet<String> = journals(&home)
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    assert_eq!(
        kept,
        ["first\n", "second\n", "third\n"].map(str::to_owned).into()
    );
}

#[test]
fn an_empty_journal_and_one_in_which_nothing_was_said_leave_nothing_behind() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("silent")).unwrap();
    session.set_title("renamed, and still silent").unwrap();
    drop(session);
    fs::write(home.path().join("journal/thread_5.0.ndjson"), "").unwrap();
    fs::write(
        home.path().join("journal/thread_6.0.ndjson"),
        "{\"journal\": 1, \"auth",
    )
    .unwrap();
    assert_eq!(recover(&home), (Vec::new(), Vec::new()));
    assert_eq!(journals(&home), Vec::<PathBuf>::new());
    assert!(store.list().unwrap().entries.is_empty());
}

#[test]
fn a_session_that_ends_without_a_word_leaves_nothing_behind_either() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("silent")).unwrap();
    session.add_tags(&["tagged".to_owned()]).unwrap();
    assert!(session.end().unwrap().is_none());
    assert!(store.list().unwrap().entries.is_empty());
    assert_eq!(journals(&home), Vec::<PathBuf>::new());
}

#[test]
fn another_persons_journal_is_left_alone_and_told() {
    let home = Home::new();
    let journal = dead_session(&home);
    let before = fs::read(&journal).unwrap();
    let recovery = workspace_now(home.path()).recover(keys(2)).unwrap();
    assert_eq!(recovery.sessions, []);
    let path = journal.clone();
    let author = me().public();
    assert_eq!(recovery.left, [LeftJournal::Foreign { path, author }]);
    assert_eq!(fs::read(&journal).unwrap(), before);
    let others = home.store().journals_of_others(&keys(2).public()).unwrap();
    let path = journal.clone();
    assert_eq!(others, [ForeignJournal { path, author }]);
    assert_eq!(home.store().journals_of_others(&me().public()).unwrap(), []);
    assert_eq!(recover(&home).0[0].messages, 3);
}

#[test]
fn a_living_sessions_journal_is_left_alone() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("alive")).unwrap();
    session.say("one").unwrap();
    assert_eq!(recover(&home), (Vec::new(), Vec::new()));
    assert_eq!(home.workspace().waiting_to_be_recovered().unwrap(), 0);
    session.say("two").unwrap();
    assert_eq!(texts(&session.end().unwrap().unwrap()), ["one", "two"]);
    home.assert_sound();
}

#[test]
fn a_commit_that_is_gone_does_not_stop_a_recovery() {
    // The commit that a session began from may have been another session's own, replaced since and
    // cleaned away.
    let home = Home::new();
    home.chat(1);
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = resume(&workspace, &store, keys);
    for n in 0..6 {
        session.say(&format!("say {n}")).unwrap();
    }
    drop(session);
    let journal = journals(&home).pop().unwrap();
    let text = fs::read_to_string(&journal).unwrap();
    let base = text.split("\"base\":\"").nth(1).unwrap()[..40].to_owned();
    fs::write(&journal, text.replace(&base, &"0".repeat(40))).unwrap();
    let (recovered, left) = recover(&home);
    assert_eq!((recovered[0].messages, left), (1, Vec::new()));
    assert_eq!(texts(&home.only_thread()).len(), 8);
    home.assert_sound();
}

#[test]
fn what_another_session_renamed_is_not_named_back_by_a_recovery() {
    let home = Home::new();
    home.chat(1);
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut dies = resume(&workspace, &store, keys);
    for n in 0..5 {
        dies.say(&format!("say {n}")).unwrap();
    }
    let mut renames = resume(&workspace, &store, keys);
    renames.set_title("the new name").unwrap();
    renames.end().unwrap();
    drop(dies);
    recover(&home);
    assert_eq!(home.only_thread().title(), "the new name");
    assert_eq!(texts(&home.only_thread()).len(), 7);
}

#[test]
fn what_other_sessions_added_meanwhile_is_there_after_a_recovery() {
    let home = Home::new();
    home.chat(1);
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut dies = resume(&workspace, &store, keys);
    let mut other = resume(&workspace, &store, keys);
    other.say("other 1").unwrap();
    other.save().unwrap();
    for n in 0..6 {
        // The fifth brings in what the other said; the sixth stands after both.
        dies.say(&format!("say {n}")).unwrap();
    }
    other.say("other 2").unwrap();
    other.end().unwrap();
    drop(dies);
    let (recovered, left) = recover(&home);
    assert_eq!((recovered[0].messages, left), (1, Vec::new()));
    let thread = home.only_thread();
    let last = thread
        .messages()
        .iter()
        .find(|message| message.text() == "say 5")
        .unwrap();
    assert_eq!(last.prev().len(), 2);
    assert_eq!(all_texts(&thread).len(), 10);
    assert_eq!(thread.visible().len(), 10);
    home.assert_sound();
}

/// Gives pieces of an answer, then looks at what a killed process would have left.
struct Watched<'a> {
    home: &'a Path,
    pieces: usize,
    copy: &'a Path,
    ends: Ends,
}

#[derive(Clone, Copy, PartialEq)]
enum Ends {
    Well,
    Failing,
}

const PIECE: usize = 600;

impl Backend for Watched<'_> {
    fn name(&self) -> &str {
        "echo"
    }

    fn description(&self) -> String {
        "watched".to_owned()
    }

    fn ask(&self, _: &Request<'_>, listener: Listener<'_>) -> Result<Reply, NoReply> {
        let text: String = (0..self.pieces)
            .map(|n| n.to_string().repeat(PIECE))
            .collect();
        for piece in 0..self.pieces {
            let _ = listener(Event::Text(&piece.to_string().repeat(PIECE)));
        }
        copy_folder(self.home, self.copy);
        match self.ends {
            Ends::Well => Ok(Reply {
                text,
                ..Reply::default()
            }),
            Ends::Failing => Err(NoReply::Empty),
        }
    }
}

/// Asks while watched; returns the home as it was when the last piece had come.
fn asked(home: &Home, session: &mut Session<'_>, pieces: usize, ends: Ends) -> Home {
    let copy = Home::new();
    let backend = Watched {
        home: home.path(),
        pieces,
        copy: copy.path(),
        ends,
    };
    let answer = session.ask(&backend, None, &mut ignore);
    assert_eq!(answer.is_ok(), ends == Ends::Well);
    copy
}

#[test]
fn an_answer_that_was_coming_is_kept_and_marked_interrupted() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("question").unwrap();
    let killed = asked(&home, &mut session, 3, Ends::Well);
    let (recovered, left) = recover(&killed);
    assert_eq!((recovered[0].messages, left), (2, Vec::new()));
    let thread = killed.only_thread();
    let answer = thread.messages().last().unwrap();
    assert_eq!(answer.role(), Role::Ai);
    assert!(answer.is_interrupted());
    assert_eq!(answer.text().len(), 3 * PIECE);
    killed.assert_sound();
    // Where it came to its end it is whole, once.
    let whole = session.end().unwrap().unwrap();
    assert_eq!(
        whole
            .messages()
            .iter()
            .filter(|message| message.is_interrupted())
            .count(),
        0
    );
    assert_eq!(whole.messages().len(), 2);
}

#[test]
fn an_attempt_that_failed_is_not_the_beginning_of_the_next() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("question").unwrap();
    asked(&home, &mut session, 2, Ends::Failing);
    let killed = asked(&home, &mut session, 1, Ends::Well);
    recover(&killed);
    assert_eq!(
        killed.only_thread().messages().last().unwrap().text().len(),
        PIECE
    );
    killed.assert_sound();
}

#[test]
fn after_a_failed_attempt_the_question_stays_open_and_may_be_taken_back() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("first").unwrap();
    session
        .ask(&Canned::new("answer"), None, &mut ignore)
        .unwrap();
    session.say("question").unwrap();
    asked(&home, &mut session, 2, Ends::Failing);
    let killed = Home::new();
    copy_folder(home.path(), killed.path());
    recover(&killed);
    assert_eq!(
        texts(&killed.only_thread()),
        ["first", "answer", "question"]
    );

    session.undo().unwrap();
    drop(session);
    let (_, left) = recover(&home);
    assert_eq!(left, Vec::new());
    assert_eq!(texts(&home.only_thread()), ["first", "answer"]);
    assert_eq!(all_texts(&home.only_thread()).len(), 3);
    home.assert_sound();
}

#[test]
fn a_second_answer_that_was_coming_leaves_the_first_aside() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("question").unwrap();
    session
        .ask(&Canned::new("first answer"), None, &mut ignore)
        .unwrap();
    session.save().unwrap();
    let killed = Home::new();
    let backend = Watched {
        home: home.path(),
        pieces: 1,
        copy: killed.path(),
        ends: Ends::Well,
    };
    session.ask_again(&backend, None, &mut ignore).unwrap();
    recover(&killed);
    let thread = killed.only_thread();
    let shown: Vec<Message> = thread.visible().into_iter().cloned().collect();
    assert_eq!(shown.len(), 2);
    assert!(shown[1].is_interrupted());
    assert_eq!(thread.aside().len(), 1);
    killed.assert_sound();
}

/// Says a little, then nothing for a while; then looks at what a killed process would have left.
struct Hesitating<'a> {
    home: &'a Path,
    copy: &'a Path,
}

impl Backend for Hesitating<'_> {
    fn name(&self) -> &str {
        "echo"
    }

    fn description(&self) -> String {
        "hesitating".to_owned()
    }

    fn ask(&self, _: &Request<'_>, listener: Listener<'_>) -> Result<Reply, NoReply> {
        let _ = listener(Event::Text("so far"));
        let _ = listener(Event::Waiting {
            elapsed: Duration::from_millis(50),
        });
        copy_folder(self.home, self.copy);
        Ok(Reply {
            text: "so far, so good".to_owned(),
            ..Reply::default()
        })
    }
}

#[test]
fn a_small_piece_is_kept_too_when_nothing_comes_behind_it() {
    let (home, killed) = (Home::new(), Home::new());
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("question").unwrap();
    session
        .ask(
            &Hesitating {
                home: home.path(),
                copy: killed.path(),
            },
            None,
            &mut ignore,
        )
        .unwrap();
    recover(&killed);
    assert_eq!(texts(&killed.only_thread()), ["question", "so far"]);
}

#[test]
fn a_cut_answer_to_a_question_that_was_taken_back_is_none() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("first").unwrap();
    session
        .ask(&Canned::new("answer"), None, &mut ignore)
        .unwrap();
    session.say("question").unwrap();
    asked(&home, &mut session, 2, Ends::Failing);
    session.undo().unwrap();
    drop(session);
    // As if the line that no answer came of the pieces could not be written.
    let journal = journals(&home).pop().unwrap();
    let text = fs::read_to_string(&journal).unwrap();
    let without = text.replace("{\"partial\":null,\"reply\":1}\n", "");
    assert_ne!(without, text);
    fs::write(&journal, without).unwrap();
    recover(&home);
    assert_eq!(
        all_texts(&home.only_thread()),
        ["first", "answer", "question"]
    );
    assert_eq!(texts(&home.only_thread()), ["first", "answer"]);
}

#[test]
fn what_would_not_verify_is_not_recovered() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("mine").unwrap();
    // Signed well, after the last message: only the whole shows that nobody answers as the owner.
    let false_answer = message_after(session.thread(), keys, Role::Ai, None);
    drop(session);
    let journal = journals(&home).pop().unwrap();
    append_line(&journal, &json!({ "message": false_answer.fields() }));
    let before = fs::read(&journal).unwrap();
    let (recovered, left) = recover(&home);
    assert_eq!((recovered.len(), left.len()), (0, 1));
    assert_eq!(home.threads(), Vec::new());
    assert_eq!(fs::read(left[0].path()).unwrap(), before);
}

fn append_line(journal: &Path, record: &Value) {
    append(journal, format!("{record}\n").as_bytes());
}

/// A message with a true signature, after all that a thread shows.
fn message_after(thread: &Thread, signer: &Keys, role: Role, agent: Option<&str>) -> Message {
    let (at, after) = (thread.updated_at(), thread.heads());
    let draft = MessageDraft::new(role, "forged", at, signer.public(), &after);
    signer.owner().sign_message(draft.with("agent", agent))
}

/// What is wrong with the only journal that is left.
fn damage(left: &[LeftJournal]) -> &JournalDamage {
    match left {
        [LeftJournal::Quarantined { damage, .. }] => damage,
        left => panic!("{left:?}"),
    }
}

/// A dead session's journal, its last header, and the thread that it left.
fn dead_with_header(home: &Home) -> (PathBuf, Value) {
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("mine").unwrap();
    let header = Value::Object(session.thread().header().clone());
    drop(session);
    (journals(home).pop().unwrap(), header)
}

#[test]
fn a_strangers_message_in_a_journal_is_not_signed_for() {
    for (role, agent) in [
        (Role::Human, None),
        (Role::System, None),
        (Role::Ai, Some("crush")),
    ] {
        let home = Home::new();
        let (workspace, store, keys) = (home.workspace(), home.store(), me());
        let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
        session.say("mine").unwrap();
        let stranger = crate::support::keys(9);
        let forged = message_after(session.thread(), stranger, role, agent);
        let mut header = Value::Object(session.thread().header().clone());
        drop(session);
        let journal = journals(&home).pop().unwrap();
        let key = stranger.public();
        // As if they took part in it, without which nothing of it would verify anyway.
        header["participants"] = json!([key.to_string()]);
        header["agents"] = json!([{ "name": "crush", "key": key.to_string() }]);
        append_line(&journal, &json!({ "message": forged.fields() }));
        append_line(&journal, &json!({ "thread": header }));
        let (_, left) = recover(&home);
        assert_eq!(*damage(&left), JournalDamage::MessageOfAnother { key });
        assert_eq!(texts(&home.only_thread()), ["mine"]);
        home.assert_sound();
    }
}

#[test]
fn an_answer_of_a_strangers_agent_is_not_signed_for() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("mine").unwrap();
    let stranger = crate::support::keys(9);
    let forged = message_after(session.thread(), stranger, Role::Ai, Some("crush"));
    drop(session);
    let journal = journals(&home).pop().unwrap();
    let line = json!({ "message": forged.fields(), "reply": 7, "replaces": null });
    append_line(&journal, &line);
    let (_, left) = recover(&home);
    let key = stranger.public();
    assert_eq!(*damage(&left), JournalDamage::MessageOfAnother { key });
    assert_eq!(texts(&home.only_thread()), ["mine"]);
}

/// What a forged header may try, and what is said of it.
fn forgeries() -> Vec<(&'static str, Value, Unvouched)> {
    let stranger = crate::support::keys(9).public();
    let text = stranger.to_string();
    let agents = json!([{ "name": "crush", "key": text }]);
    vec![
        (
            "participants",
            json!([text]),
            Unvouched::Participant(stranger),
        ),
        ("agents", agents, Unvouched::Agent(stranger)),
        ("author", json!(text), Unvouched::Author(stranger)),
        ("kept_by", json!(text), Unvouched::Keeper(stranger)),
        ("anchors", json!(["a".repeat(64)]), Unvouched::Anchors),
        (
            "web_origin",
            json!("https://app.example"),
            Unvouched::Beginning("web_origin"),
        ),
        (
            "former",
            json!([{ "key": text, "times": 1, "last": ["a".repeat(64)] }]),
            Unvouched::Participant(stranger),
        ),
    ]
}

#[test]
fn a_header_in_a_journal_brings_nobody_into_a_thread() {
    for (field, value, brings) in forgeries() {
        let home = Home::new();
        let (journal, mut header) = dead_with_header(&home);
        header[field] = value;
        append_line(&journal, &json!({ "thread": header }));
        let (_, left) = recover(&home);
        let expected = JournalDamage::UnvouchedHeader { brings };
        assert_eq!(*damage(&left), expected, "{field}");
        assert_eq!(texts(&home.only_thread()), ["mine"], "{field}");
        home.assert_sound();
    }
}

#[test]
fn the_first_line_of_a_journal_brings_nobody_into_a_thread_either() {
    for (field, value, brings) in forgeries() {
        let home = Home::new();
        let (journal, _) = dead_with_header(&home);
        let text = fs::read_to_string(&journal).unwrap();
        let (first, others) = text.split_once('\n').unwrap();
        let mut first: Value = serde_json::from_str(first).unwrap();
        first["thread"][field] = value;
        fs::write(&journal, format!("{first}\n{others}")).unwrap();
        let (recovered, left) = recover(&home);
        let expected = JournalDamage::UnvouchedHeader { brings };
        assert_eq!(*damage(&left), expected, "{field}");
        assert_eq!((recovered, home.threads()), (Vec::new(), Vec::new()));
    }
}

/// Where a thread began decides whose pages reach it, and which face shows it.
#[test]
fn a_journal_does_not_say_otherwise_where_a_stored_thread_began() {
    for (field, value) in [
        ("web_origin", json!("https://app.example")),
        ("face", json!("service")),
        ("continues", json!("a".repeat(64))),
    ] {
        let home = Home::new();
        let (workspace, store, keys) = (home.workspace(), home.store(), me());
        let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
        session.say("stored").unwrap();
        session.save().unwrap();
        session.say("mine").unwrap();
        drop(session);
        let journal = journals(&home).pop().unwrap();
        let text = fs::read_to_string(&journal).unwrap();
        let (first, others) = text.split_once('\n').unwrap();
        let mut first: Value = serde_json::from_str(first).unwrap();
        first["thread"][field] = value;
        fs::write(&journal, format!("{first}\n{others}")).unwrap();
        let (_, left) = recover(&home);
        let brings = Unvouched::Beginning(field);
        assert_eq!(*damage(&left), JournalDamage::UnvouchedHeader { brings });
        let stored = home.only_thread();
        assert_eq!(stored.header().get(field), None);
        assert_eq!(texts(&stored), ["stored"]);
        home.assert_sound();
    }
}

#[test]
fn a_stored_header_whose_commit_is_gone_brings_nobody() {
    let home = Home::new();
    let (journal, mut header) = dead_with_header(&home);
    let stranger = crate::support::keys(9).public();
    header["participants"] = json!([stranger.to_string()]);
    append_line(
        &journal,
        &json!({ "stored": "0".repeat(40), "thread": header }),
    );
    let (_, left) = recover(&home);
    let brings = Unvouched::Participant(stranger);
    let expected = JournalDamage::UnvouchedHeader { brings };
    assert_eq!(*damage(&left), expected);
    assert_eq!(home.only_thread().participants(), []);
}

#[test]
fn no_time_that_is_yet_to_come_is_taken_from_a_journal() {
    let home = Home::new();
    let (journal, mut header) = dead_with_header(&home);
    let later = "2999-01-01T00:00:00.000Z";
    header["updated_at"] = json!(later);
    header["changed"] = json!({ "title": later });
    let head = header["heads"][0].as_str().unwrap().to_owned();
    header["hides"] = json!({ head: { "at": later, "hidden": false } });
    append_line(&journal, &json!({ "thread": header }));
    let heads = &header["heads"];
    let piece = json!({
        "reply": 0, "agent": "echo", "backend": null, "prev": heads, "replaces": null,
        "timestamp": later, "text": "cut",
    });
    append_line(&journal, &json!({ "partial": piece }));
    let (_, left) = recover(&home);
    assert_eq!(left, Vec::new());
    let thread = home.only_thread();
    assert_eq!(texts(&thread), ["mine", "cut"]);
    let future = mmogit::model::Timestamp::read(later).unwrap();
    assert!(thread.updated_at() < future);
    assert!(thread.messages()[1].timestamp() < future);
    assert!(thread.changed()["title"] < future);
    assert!(thread.hides().values().all(|entry| entry.at < future));
    assert_eq!(thread.hides().len(), 1);
    home.assert_sound();
}

#[test]
fn a_living_session_counts_answers_too() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("alive")).unwrap();
    session.say("one").unwrap();
    session.ask(&Canned::new("two"), None, &mut ignore).unwrap();
    let open = store.open_sessions().unwrap();
    assert_eq!(open.sessions.len(), 1);
    assert_eq!(open.sessions[0].messages, 2);
    let answer = session.thread().messages().last().unwrap();
    assert_eq!(open.sessions[0].updated_at, answer.timestamp());
}
