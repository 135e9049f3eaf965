//! A server that dies while its buffers are appended to, cleared and brought back.

use crate::dies_at;
use crate::support::{Home, me, texts, workspace_now};
use mmogit::audit::{Actor, Trail};
use mmogit::buffer::{Buffers, MOST_IN_THREAD, Mode, NewMessage, Work};
use mmogit::model::{Role, State};
use mmogit::store::Store;
use mmogit::workspace::Workspace;
use std::fs;
use std::path::Path;

const TALK: Mode = Mode::Conversation;

/// What the buffer shows after each step of [`walk`].
const SHOWN: [&[&str]; 8] = [
    &["a", "b"],
    &[],
    &["a", "b"],
    &["a", "b", "c"],
    &[],
    &["d"],
    &[],
    &["d"],
];

const STEPS: [&str; 8] = [
    "journal-before-group",
    "journal-after-group",
    "journal-before-removal",
    "save-branch-moved",
    "buffer-clearing-noted",
    "buffer-cleared",
    "buffer-restored",
    "buffer-settled",
];

struct Served {
    workspace: Workspace,
    store: Store,
}

impl Served {
    fn at(home: &Path) -> Self {
        let workspace = workspace_now(home);
        let store = workspace.store_of(&me().public()).unwrap();
        Self { workspace, store }
    }

    fn work(&self) -> Work<'_> {
        Work {
            workspace: &self.workspace,
            store: &self.store,
            keys: me(),
        }
    }

    fn open(&self, home: &Path) -> Buffers {
        let actor = Actor {
            name: "local".to_owned(),
            user: me().public(),
        };
        self.workspace.recover(me()).unwrap();
        Buffers::open(self.work(), Trail::of(home, actor)).unwrap()
    }
}

fn shown(buffers: &Buffers) -> Vec<String> {
    let view = buffers.view(TALK);
    let shown = view.messages.iter();
    shown.map(|shown| shown.message.text()).collect()
}

fn say(buffers: &mut Buffers, work: Work<'_>, texts: &[&str]) {
    let message = |text: &&str| NewMessage::new(Role::Human, *text);
    let stage = |text| buffers.stage(work, TALK, message(text)).unwrap();
    let staged: Vec<_> = texts.iter().map(stage).collect();
    let committed = buffers.commit(work);
    for staged in staged {
        committed.of(&staged).unwrap();
    }
}

/// Appends, clears and brings back; after each step says what is shown.
pub fn walk(home: &Path) {
    let served = Served::at(home);
    let mut buffers = served.open(home);
    for (number, after) in SHOWN.iter().enumerate() {
        let work = served.work();
        match number {
            0 => say(&mut buffers, work, &["a", "b"]),
            3 => say(&mut buffers, work, &["c"]),
            5 => say(&mut buffers, work, &["d"]),
            2 | 7 => buffers.undo_clear(work, TALK).unwrap(),
            _ => buffers.clear(work, TALK).unwrap(),
        }
        assert_eq!(shown(&buffers), *after);
        eprintln!("ack {number}");
    }
    buffers.end(served.work()).unwrap();
}

/// What takes in a file that was there before.
pub fn take_in(home: &Path) {
    drop(Served::at(home).open(home));
}

/// One message more than a thread has room for.
pub fn give_way(home: &Path) {
    let served = Served::at(home);
    let mut buffers = served.open(home);
    let texts: Vec<String> = (0..=MOST_IN_THREAD)
        .map(|number| number.to_string())
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    say(&mut buffers, served.work(), &texts[..MOST_IN_THREAD]);
    eprintln!("ack all but one");
    say(&mut buffers, served.work(), &texts[MOST_IN_THREAD..]);
    eprintln!("ack one more");
}

/// Whatever it died at: what was acknowledged is shown, and what was not is shown wholly or not at
/// all.
#[test]
fn a_view_is_that_before_a_step_or_that_after_it() {
    for step in STEPS {
        let mut deaths = 0;
        for time in 1.. {
            let home = Home::new();
            let Some(acknowledged) = dies_at("buffers", home.path(), step, time) else {
                break;
            };
            deaths += 1;
            let done = acknowledged.len();
            let before: &[&str] = done.checked_sub(1).map_or(&[], |last| SHOWN[last]);
            let after = SHOWN.get(done).copied().unwrap_or(before);
            let served = Served::at(home.path());
            let mut buffers = served.open(home.path());
            let now = shown(&buffers);
            let place = format!("{step}, time {time}: {done} acknowledged, {now:?}");
            assert!(now == before || now == after, "{place}");
            // It goes on from there, and what is cleared stays so.
            say(&mut buffers, served.work(), &["next"]);
            assert_eq!(shown(&buffers).last().unwrap(), "next", "{place}");
            buffers.clear(served.work(), TALK).unwrap();
            drop(buffers);
            assert_eq!(
                shown(&served.open(home.path())),
                Vec::<String>::new(),
                "{place}"
            );
            home.assert_sound();
        }
        assert!(deaths > 0, "{step} is never met");
    }
}

#[test]
fn a_successor_that_was_begun_goes_on() {
    let home = Home::new();
    let acknowledged = dies_at("give way", home.path(), "buffer-gave-way", 1).unwrap();
    assert_eq!(acknowledged, ["all but one"]);
    let served = Served::at(home.path());
    let buffers = served.open(home.path());
    let expected: Vec<String> = (MOST_IN_THREAD - 49..=MOST_IN_THREAD)
        .map(|number| number.to_string())
        .collect();
    assert_eq!(shown(&buffers), expected);
    let mut threads = home.threads();
    threads.sort_by_key(|thread| texts(thread).len());
    let states: Vec<_> = threads.iter().map(|thread| thread.state()).collect();
    assert_eq!(states, [State::Active, State::Archived]);
}

/// Half an import is finished by the next opening, and nothing of it comes twice.
#[test]
fn what_was_there_before_is_taken_in_once() {
    let messages: Vec<String> = (0..250)
        .map(|number| format!(r#"{{"role":"user","content":"{number}","timestamp":{number}}}"#))
        .collect();
    let file = format!(
        r#"{{"mode":"conversation","messages":[{}]}}"#,
        messages.join(",")
    );
    for step in [
        "journal-after-group",
        "journal-before-group",
        "save-branch-moved",
        "buffer-settled",
    ] {
        for time in 1..4 {
            let home = Home::new();
            fs::create_dir_all(home.path().join("state")).unwrap();
            let path = home
                .path()
                .join("state/conversation-buffer-conversation.json");
            fs::write(&path, &file).unwrap();
            if dies_at("take in", home.path(), step, time).is_none() {
                continue;
            }
            let served = Served::at(home.path());
            drop(served.open(home.path()));
            drop(served.open(home.path()));
            let mut said: Vec<String> = home.threads().iter().flat_map(texts).collect();
            said.retain(|text| text.parse::<u32>().is_ok());
            let all: Vec<String> = (0..250).map(|number| number.to_string()).collect();
            assert_eq!(said, all, "{step}, time {time}");
        }
    }
}
