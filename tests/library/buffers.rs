//! The buffers, without a server: what they show follows from the record, whoever wrote it and
//! however often they are opened.

use crate::support::{Home, START, Say, me, resume, texts, workspace_at};
use mmogit::audit::{Actor, Line, Trail};
use mmogit::buffer::{
    BufferError, BufferNotice, Buffers, Imported, MOST_BYTES_IN_THREAD, MOST_IN_THREAD,
    MessageLimit, Mode, NewMessage, Work, write_limit,
};
use mmogit::index::Filter;
use mmogit::mirror::JsonText;
use mmogit::model::{Face, Role, State, Thread};
use mmogit::store::Store;
use mmogit::turn::Session;
use mmogit::workspace::Workspace;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const TALK: Mode = Mode::Conversation;
const INNER: Mode = Mode::Inner;

/// A home with its buffers open, as a server has it.
struct Served {
    workspace: Workspace,
    store: Store,
    buffers: Buffers,
    trail: Trail,
}

impl Served {
    fn open(home: &Path) -> Self {
        // Whoever comes later has the later clock.
        static HOURS: AtomicI64 = AtomicI64::new(0);
        let hours = HOURS.fetch_add(1, Ordering::Relaxed);
        let workspace = workspace_at(home, START + hours * 3_600_000);
        let store = workspace.store_of(&me().public()).unwrap();
        let actor = Actor {
            name: "local".to_owned(),
            user: me().public(),
        };
        let trail = Trail::of(home, actor);
        workspace.recover(me()).unwrap();
        let work = Work {
            workspace: &workspace,
            store: &store,
            keys: me(),
        };
        let buffers = Buffers::open(work, trail.clone()).unwrap();
        Self {
            workspace,
            store,
            buffers,
            trail,
        }
    }

    /// The buffers, and what a step on them needs.
    fn parts(&mut self) -> (&mut Buffers, Work<'_>) {
        let work = Work {
            workspace: &self.workspace,
            store: &self.store,
            keys: me(),
        };
        (&mut self.buffers, work)
    }

    fn say(&mut self, mode: Mode, text: &str) -> usize {
        self.append(mode, NewMessage::new(Role::Human, text))
    }

    fn append(&mut self, mode: Mode, message: NewMessage) -> usize {
        let (buffers, work) = self.parts();
        let staged = buffers.stage(work, mode, message).unwrap();
        let appended = buffers.commit(work).of(&staged).unwrap();
        assert_eq!(appended.id, staged.id);
        appended.message_count
    }

    fn say_many(&mut self, mode: Mode, texts: impl Iterator<Item = String>) {
        let (buffers, work) = self.parts();
        let staged: Vec<_> = texts
            .map(|text| {
                let message = NewMessage::new(Role::Human, text);
                buffers.stage(work, mode, message).unwrap()
            })
            .collect();
        let committed = buffers.commit(work);
        for staged in &staged {
            committed.of(staged).unwrap();
        }
    }

    fn clear(&mut self, mode: Mode) {
        let (buffers, work) = self.parts();
        buffers.clear(work, mode).unwrap();
    }

    fn undo(&mut self, mode: Mode) -> bool {
        let (buffers, work) = self.parts();
        match buffers.undo_clear(work, mode) {
            Ok(()) => true,
            Err(BufferError::NothingToUndo(_)) => false,
            Err(error) => panic!("{error}"),
        }
    }

    fn save(&mut self) {
        let (buffers, work) = self.parts();
        buffers.save(work);
    }

    fn refresh(&mut self) -> bool {
        let (buffers, work) = self.parts();
        buffers.refresh(work).unwrap()
    }

    fn close_idle(&mut self) {
        let (buffers, work) = self.parts();
        buffers.close_idle(work, 0).unwrap();
    }

    fn end(self) -> Vec<BufferNotice> {
        let work = Work {
            workspace: &self.workspace,
            store: &self.store,
            keys: me(),
        };
        self.buffers.end(work).unwrap()
    }

    fn shown(&self, mode: Mode) -> Vec<String> {
        let view = self.buffers.view(mode);
        let shown = view.messages.iter();
        shown.map(|shown| shown.message.text()).collect()
    }

    /// The events of the trail with their details.
    fn events(&self) -> Vec<(String, Value)> {
        let mut events = Vec::new();
        for day in self.trail.days().unwrap() {
            let take = |line: Line| {
                events.push((line.event().to_owned(), line.fields["details"].clone()));
            };
            self.trail.each_line(&day, None, take).unwrap();
        }
        events
    }
}

fn json_of(served: &Served, mode: Mode) -> Value {
    serde_json::from_str(&served.buffers.view(mode).to_json()).unwrap()
}

fn numbered(from: usize, to: usize) -> impl Iterator<Item = String> {
    (from..to).map(|number| format!("message {number}"))
}

#[test]
fn a_view_has_the_documented_form() {
    let home = Home::new();
    let mut served = Served::open(home.path());
    let empty = json_of(&served, TALK);
    assert_eq!(empty["mode"], "conversation");
    assert_eq!(empty["messages"], json!([]));
    assert_eq!(empty["messageLimit"], 50);
    assert!(empty["lastUpdated"].is_string());
    served.append(
        TALK,
        NewMessage {
            timestamp: Some(1_731_715_200_000),
            meta: Some(JsonText::read(r#"{"score": 1.50, "id": "q"}"#).unwrap()),
            ..NewMessage::new(Role::Human, "Hello!")
        },
    );
    for role in [
        Role::Ai,
        Role::System,
        Role::Reflection,
        Role::Dream,
        Role::Reasoning,
    ] {
        served.append(TALK, NewMessage::new(role, "said"));
    }
    let view = json_of(&served, TALK);
    let fields: Vec<_> = view.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["mode", "messages", "lastUpdated", "messageLimit"]);
    let messages = view["messages"].as_array().unwrap();
    let roles: Vec<_> = messages.iter().map(|message| &message["role"]).collect();
    assert_eq!(
        roles,
        [
            "user",
            "assistant",
            "system",
            "reflection",
            "dream",
            "reasoning"
        ]
    );
    assert_eq!(messages[0]["timestamp"], 1_731_715_200_000_i64);
    assert!(messages[1]["timestamp"].is_i64() && messages[1].get("meta").is_none());
    // As it came, to the character.
    let text = served.buffers.view(TALK).to_json();
    assert!(
        text.contains(r#""meta":{"score": 1.50, "id": "q"}"#),
        "{text}"
    );
    assert_eq!(json_of(&served, INNER)["messages"], json!([]));
    served.end();
    let thread = home.only_thread();
    assert_eq!(
        (thread.face(), thread.mode()),
        (Some(Face::Buffer), "conversation")
    );
    let agents: Vec<_> = thread
        .agents()
        .into_iter()
        .map(|agent| agent.name)
        .collect();
    assert_eq!(agents, ["api"]);
    home.assert_sound();
}

#[test]
fn what_is_shown_is_the_same_after_a_restart_and_after_a_kill() {
    let home = Home::new();
    let mut served = Served::open(home.path());
    served.say_many(TALK, numbered(0, 7));
    served.say(INNER, "yes");
    served.say(INNER, "yes");
    let before = Mode::ALL.map(|mode| served.shown(mode));
    assert_eq!(before[1], ["yes", "yes"]);
    // Nothing was saved: what was said is in the journals.
    drop(served);
    let served = Served::open(home.path());
    assert_eq!(Mode::ALL.map(|mode| served.shown(mode)), before);
    let written = Mode::ALL.map(|mode| json_of(&served, mode));
    served.end();
    let served = Served::open(home.path());
    assert_eq!(Mode::ALL.map(|mode| json_of(&served, mode)), written);
    home.assert_sound();
}

#[test]
fn the_oldest_go_together_and_each_time_one_line_is_written() {
    let home = Home::new();
    write_limit(home.path(), MessageLimit::of(10).unwrap()).unwrap();
    let mut served = Served::open(home.path());
    served.say_many(TALK, numbered(0, 9));
    assert_eq!(served.say(TALK, "message 9"), 10);
    assert_eq!(served.events(), []);
    assert_eq!(served.say(TALK, "message 10"), 10);
    served.say_many(TALK, numbered(11, 14));
    let expected: Vec<_> = numbered(4, 14).collect();
    assert_eq!(served.shown(TALK), expected);
    let pruned = |removed: usize| {
        let details = json!({"mode": "conversation", "removedCount": removed, "remaining": 10});
        ("conversation_buffer_pruned".to_owned(), details)
    };
    assert_eq!(served.events(), [pruned(1), pruned(3)]);
    assert!(served.buffers.view(TALK).has_earlier);
    let (buffers, work) = served.parts();
    buffers
        .set_limit(work, MessageLimit::of(12).unwrap())
        .unwrap();
    assert_eq!(served.shown(TALK).len(), 12);
    served.end();
    let thread = home.only_thread();
    assert_eq!(texts(&thread).len(), 14, "the thread keeps all of them");
}

#[test]
fn a_limit_that_is_none_is_told_and_left_as_it_is() {
    let home = Home::new();
    fs::create_dir_all(home.path().join("state")).unwrap();
    let path = home.path().join("state/chat-config.json");
    for text in [
        r#"{"messageLimit": 9}"#,
        r#"{"messageLimit": 101}"#,
        r#"{"messageLimit": "50"}"#,
        "{",
    ] {
        fs::write(&path, text).unwrap();
        let mut served = Served::open(home.path());
        assert_eq!(served.buffers.limit().get(), 50, "{text}");
        let notices = served.buffers.take_notices();
        assert!(
            matches!(notices[..], [BufferNotice::NoLimit { .. }]),
            "{text}: {notices:?}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    let (least, most) = (MessageLimit::of(10), MessageLimit::of(100));
    assert!(least.is_some() && most.is_some());
    assert!(
        write_limit(home.path(), least.unwrap()).is_err(),
        "it is written over"
    );
    fs::write(&path, r#"{"theme": "dark", "messageLimit": 20}"#).unwrap();
    write_limit(home.path(), most.unwrap()).unwrap();
    let written: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(written, json!({"theme": "dark", "messageLimit": 100}));
}

#[test]
fn clearing_archives_and_nothing_comes_back_by_itself() {
    let home = Home::new();
    let mut served = Served::open(home.path());
    served.clear(TALK);
    served.clear(TALK);
    served.say(TALK, "old");
    served.say(INNER, "inside");
    served.clear(TALK);
    assert_eq!(served.shown(TALK), Vec::<String>::new());
    assert_eq!(served.shown(INNER), ["inside"]);
    served.refresh();
    assert_eq!(served.shown(TALK), Vec::<String>::new());
    served.say(TALK, "new");
    assert_eq!(served.shown(TALK), ["new"]);
    drop(served);
    let mut served = Served::open(home.path());
    assert_eq!(served.shown(TALK), ["new"]);
    assert!(!served.undo(TALK), "something was said since");
    served.clear(TALK);
    drop(served);
    let mut served = Served::open(home.path());
    assert_eq!(served.shown(TALK), Vec::<String>::new());
    let view = json_of(&served, TALK);
    let file = fs::read(
        home.path()
            .join("state/conversation-buffer-conversation.json"),
    )
    .unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&file).unwrap(), view);
    served.clear(TALK);
    assert!(
        served.undo(TALK),
        "clearing what is empty keeps what can be undone"
    );
    assert_eq!(served.shown(TALK), ["new"]);
    assert!(!served.undo(TALK));
    served.end();
    let mut states: Vec<_> = home
        .threads()
        .iter()
        .map(|thread| (texts(thread), thread.state()))
        .collect();
    states.sort_by(|one, other| one.0.cmp(&other.0));
    let said = |text: &str, state| (vec![text.to_owned()], state);
    let expected = [
        said("inside", State::Active),
        said("new", State::Active),
        said("old", State::Archived),
    ];
    assert_eq!(states, expected);
    home.assert_sound();
}

#[test]
fn a_long_thread_gives_way_and_the_window_spans_both() {
    let home = Home::new();
    write_limit(home.path(), MessageLimit::of(100).unwrap()).unwrap();
    let mut served = Served::open(home.path());
    served.say_many(TALK, numbered(0, MOST_IN_THREAD + 5));
    let expected: Vec<_> = numbered(MOST_IN_THREAD - 95, MOST_IN_THREAD + 5).collect();
    assert_eq!(served.shown(TALK), expected);
    drop(served);
    let served = Served::open(home.path());
    assert_eq!(served.shown(TALK), expected);
    served.end();
    let mut threads = home.threads();
    threads.sort_by_key(|thread| thread.messages().len());
    let [young, old] = &threads[..] else {
        panic!("{} threads", threads.len())
    };
    assert_eq!(
        (young.messages().len(), old.messages().len()),
        (5, MOST_IN_THREAD)
    );
    assert_eq!(young.continues(), Some(old.root()));
    assert_eq!(
        (young.state(), old.state()),
        (State::Active, State::Archived)
    );
    let mut served = Served::open(home.path());
    served.clear(TALK);
    assert_eq!(served.shown(TALK), Vec::<String>::new());
    assert!(served.undo(TALK));
    assert_eq!(served.shown(TALK), expected);
    let packed = fs::read_dir(home.path().join("state/archive"))
        .unwrap()
        .count();
    assert_eq!(packed, 2, "one as it gave way, one as it was cleared");
}

#[test]
fn a_thread_gives_way_only_once_something_is_said_after_it() {
    for ends_before_more_is_said in [false, true] {
        let home = Home::new();
        let mut served = Served::open(home.path());
        served.say_many(TALK, numbered(0, MOST_IN_THREAD));
        let before = served.shown(TALK);
        let journals = home.path().join("journal");
        let away = home.path().join("away");
        let (buffers, work) = served.parts();
        let message = NewMessage::new(Role::Human, "lost");
        let staged = buffers.stage(work, TALK, message).unwrap();
        fs::rename(&journals, &away).unwrap();
        fs::write(&journals, "in the way").unwrap();
        assert!(buffers.commit(work).of(&staged).is_err());
        fs::remove_file(&journals).unwrap();
        fs::rename(&away, &journals).unwrap();
        assert_eq!(served.shown(TALK), before);
        if ends_before_more_is_said {
            served.end();
            let threads = home.threads();
            assert_eq!((threads.len(), threads[0].state()), (1, State::Active));
            served = Served::open(home.path());
            assert_eq!(served.shown(TALK), before);
        }
        served.say(TALK, "said");
        assert_eq!(served.shown(TALK).last().unwrap(), "said");
        served.end();
        let mut threads = home.threads();
        threads.sort_by_key(|thread| thread.messages().len());
        let states: Vec<_> = threads.iter().map(Thread::state).collect();
        assert_eq!(states, [State::Active, State::Archived]);
        assert_eq!(texts(&threads[0]), ["said"]);
        assert_eq!(threads[1].messages().len(), MOST_IN_THREAD);
        home.assert_sound();
    }
}

/// All of it is known from the sessions that saved it.
#[test]
fn what_gives_way_is_not_looked_at_again() {
    let home = Home::new();
    let mut served = Served::open(home.path());
    // Where there was no branch yet, what the first save made is looked at.
    served.say(TALK, "first");
    served.save();
    assert!(!served.refresh());
    served.say_many(TALK, numbered(0, MOST_IN_THREAD + 5));
    let views = |served: &Served| served.buffers.view(TALK);
    served.save();
    let before = views(&served);
    assert!(!served.refresh());
    // Looking again makes another view, also of the same.
    assert!(Arc::ptr_eq(&before, &views(&served)));
    served.close_idle();
    assert!(!served.refresh());
    assert!(Arc::ptr_eq(&before, &views(&served)));
    served.end();
}

#[test]
fn a_large_thread_gives_way_and_the_window_spans_both() {
    let home = Home::new();
    let mut served = Served::open(home.path());
    // Each takes six times as much in the file.
    let large = "\u{1}".repeat(500_000);
    let count = MOST_BYTES_IN_THREAD / (6 * large.len()) + 1;
    for _ in 0..count {
        served.say(TALK, &large);
    }
    // A restart knows how large it is, too.
    drop(served);
    let mut served = Served::open(home.path());
    served.say(TALK, "next");
    assert_eq!(served.shown(TALK).len(), count + 1);
    served.end();
    let mut threads = home.threads();
    threads.sort_by_key(|thread| thread.messages().len());
    let [young, old] = &threads[..] else {
        panic!("{} threads", threads.len())
    };
    assert_eq!((texts(old).len(), texts(young).len()), (count, 1));
    assert_eq!(young.continues(), Some(old.root()));
    assert_eq!(
        (old.state(), young.state()),
        (State::Archived, State::Active)
    );
    home.assert_sound();
}

#[test]
fn what_another_process_did_is_shown() {
    let home = Home::new();
    let mut served = Served::open(home.path());
    served.say(TALK, "here");
    served.save();
    assert!(!served.refresh(), "nobody else did anything");
    let other = workspace_at(home.path(), START + 900_000_000_000);
    let store = other.store_of(&me().public()).unwrap();
    let found = || other.threads().newest_of(&me().public()).unwrap().unwrap();
    let (thread, commit) = other
        .threads()
        .continuable(found(), &me().public())
        .unwrap();
    let mut session = Session::resume(&other, &store, me(), thread, commit).unwrap();
    session.say("there").unwrap();
    session.end().unwrap();
    assert!(served.refresh());
    assert_eq!(served.shown(TALK), ["here", "there"]);
    served.say(TALK, "and here");
    served.save();
    let organiser = other.organiser();
    organiser.rename(me(), found(), "named").unwrap();
    served.refresh();
    assert_eq!(served.shown(TALK), ["here", "there", "and here"]);
    organiser.set_state(me(), found(), State::Archived).unwrap();
    assert!(served.refresh());
    assert_eq!(served.shown(TALK), Vec::<String>::new());
    served.say(TALK, "anew");
    assert_eq!(served.shown(TALK), ["anew"]);
    served.end();
    home.assert_sound();
}

#[test]
fn what_a_save_brings_from_another_process_is_shown_at_once() {
    let home = Home::new();
    let mut served = Served::open(home.path());
    served.say(TALK, "here");
    served.save();
    served.say(TALK, "and here");
    let other = workspace_at(home.path(), START + 900_000_000_000);
    let store = other.store_of(&me().public()).unwrap();
    let mut session = resume(&other, &store, me());
    session.say("there").unwrap();
    session.end().unwrap();
    assert_eq!(served.shown(TALK), ["here", "and here"]);
    served.save();
    let mut shown = served.shown(TALK);
    shown.sort();
    assert_eq!(shown, ["and here", "here", "there"]);
    served.end();
    home.assert_sound();
}

#[test]
fn what_was_said_since_and_archived_elsewhere_keeps_what_was_cleared() {
    let home = Home::new();
    let mut served = Served::open(home.path());
    served.say(TALK, "old");
    served.clear(TALK);
    served.say(TALK, "new");
    served.save();
    served.close_idle();
    let other = workspace_at(home.path(), START + 900_000_000_000);
    let threads = other.threads();
    let newest = threads.newest_of(&me().public()).unwrap().unwrap();
    let organiser = other.organiser();
    organiser.set_state(me(), newest, State::Archived).unwrap();
    let states: Vec<_> = home.threads().iter().map(Thread::state).collect();
    assert_eq!(states, [State::Archived, State::Archived]);
    assert!(!served.undo(TALK));
    assert_eq!(served.shown(TALK), Vec::<String>::new());
}

#[test]
fn a_thread_that_idles_can_be_erased_and_no_file_keeps_its_words() {
    let home = Home::new();
    let mut served = Served::open(home.path());
    served.say(TALK, "a secret of mine");
    served.clear(TALK);
    served.undo(TALK);
    served.close_idle();
    assert!(!served.buffers.is_any_open());
    let other = workspace_at(home.path(), START + 900_000_000_000);
    let id = home.only_thread().id().to_string();
    let eraser = other.eraser();
    let erasable = eraser.erasable(&me().public(), &id).unwrap();
    eraser.erase(me(), &erasable).unwrap();
    assert!(served.refresh());
    assert_eq!(served.shown(TALK), Vec::<String>::new());
    served.save();
    drop(served);
    let traces = crate::support::traces_of("a secret of mine", &home);
    assert_eq!(traces, Vec::<String>::new());
    let packed = home.path().join("state/archive");
    assert_eq!(fs::read_dir(packed).unwrap().count(), 0);
}

#[test]
fn the_mirror_is_only_ever_written() {
    let home = Home::new();
    let path = home
        .path()
        .join("state/conversation-buffer-conversation.json");
    let served = Served::open(home.path());
    assert!(path.exists(), "also while nothing was said");
    drop(served);
    // An edit of the mirror is no message, even where there is no thread yet.
    let forged =
        r#"{"mode":"conversation","messages":[{"role":"user","content":"forged","timestamp":1}]}"#;
    fs::write(&path, forged).unwrap();
    let mut served = Served::open(home.path());
    assert_eq!(served.shown(TALK), Vec::<String>::new());
    served.say(TALK, "true");
    served.save();
    for corrupt in ["{", r#"{"mode":"inner","messages":[]}"#] {
        fs::write(&path, corrupt).unwrap();
        served.say(TALK, "more");
        served.save();
        let notices = served.buffers.take_notices();
        let [BufferNotice::SetAside(aside)] = &notices[..] else {
            panic!("{notices:?}")
        };
        assert_eq!(fs::read_to_string(aside).unwrap(), corrupt);
        let name = aside.file_name().unwrap().to_str().unwrap();
        assert!(
            name.starts_with("conversation-buffer-conversation.json.corrupted-"),
            "{name}"
        );
        let written: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(written, json_of(&served, TALK));
    }
}

fn documented(messages: &Value) -> String {
    json!({
        "mode": "conversation", "messages": messages,
        "lastUpdated": "2025-11-16T00:00:00.000Z", "messageLimit": 50,
    })
    .to_string()
}

#[test]
fn a_file_that_was_there_before_is_taken_in_once() {
    let home = Home::new();
    let state = home.path().join("state");
    fs::create_dir_all(&state).unwrap();
    let path = state.join("conversation-buffer-conversation.json");
    let file = documented(&json!([
        {"role": "user", "content": "Hello!", "timestamp": 1_731_715_200_000_i64, "meta": {"a": 0.5}},
        {"role": "assistant", "content": "Hi there!", "timestamp": 1_731_715_201_000_i64},
        {"role": "user", "content": "Hello!", "timestamp": 1_731_715_200_000_i64},
        {"role": "pirate", "content": "Arr", "timestamp": 1},
        "nothing", {"role": "user"},
    ]));
    fs::write(&path, &file).unwrap();
    // The document's reset file.
    fs::write(
        state.join("conversation-buffer-inner.json"),
        r#"{"mode":"inner","messages":[],"lastUpdated":"2025-11-16T00:00:00.000Z","messageLimit":50}"#,
    )
    .unwrap();
    let mut served = Served::open(home.path());
    let notices = served.buffers.take_notices();
    let [
        BufferNotice::Migrated {
            imported,
            path: from,
        },
    ] = &notices[..]
    else {
        panic!("{notices:?}")
    };
    assert_eq!(*from, path);
    let expected = Imported {
        mode: TALK,
        taken: 3,
        skipped: 3,
        was_there: false,
    };
    assert_eq!(*imported, expected);
    assert_eq!(served.shown(TALK), ["Hello!", "Hi there!", "Hello!"]);
    let view = json_of(&served, TALK);
    assert_eq!(view["messages"][0]["timestamp"], 1_731_715_200_000_i64);
    assert_eq!(view["messages"][0]["meta"], json!({"a": 0.5}));
    drop(served);
    let mut served = Served::open(home.path());
    assert_eq!(served.shown(TALK).len(), 3, "once is enough");
    let again = {
        let (buffers, work) = served.parts();
        buffers
            .import_documented(work, TALK, file.as_bytes())
            .unwrap()
    };
    assert!(again.was_there && again.taken == 0);
    served.clear(TALK);
    drop(served);
    let served = Served::open(home.path());
    assert_eq!(served.shown(TALK), Vec::<String>::new());
    let thread = home.only_thread();
    assert!(
        thread
            .messages()
            .iter()
            .all(|message| message.is_imported())
    );
    assert!(
        thread
            .messages()
            .iter()
            .all(|message| message.author() == me().public())
    );
    home.assert_sound();
}

#[test]
fn a_file_that_is_no_buffer_is_set_aside_at_the_start() {
    let home = Home::new();
    let state = home.path().join("state");
    fs::create_dir_all(&state).unwrap();
    let path = state.join("conversation-buffer-inner.json");
    fs::write(&path, documented(&json!([]))).unwrap();
    let mut served = Served::open(home.path());
    let notices = served.buffers.take_notices();
    assert!(
        matches!(notices[..], [BufferNotice::SetAside(_)]),
        "{notices:?}"
    );
    assert_eq!(served.shown(INNER), Vec::<String>::new());
}

#[test]
fn threads_of_other_faces_and_modes_are_never_shown() {
    let home = Home::new();
    home.chat(2);
    let mut served = Served::open(home.path());
    assert_eq!(served.shown(TALK), Vec::<String>::new());
    served.clear(TALK);
    served.end();
    let open = Filter {
        is_archived: Some(false),
        ..Filter::default()
    };
    let listed = home.workspace().threads().list(&open).unwrap();
    assert_eq!(listed.threads.len(), 1, "clearing touches no other thread");
}

#[test]
fn what_is_not_accepted_leaves_nothing() {
    let home = Home::new();
    let mut served = Served::open(home.path());
    let refused = [
        NewMessage::new(Role::Human, ""),
        NewMessage {
            timestamp: Some(i64::MAX),
            ..NewMessage::new(Role::Human, "x")
        },
        NewMessage {
            agent: Some("../x".to_owned()),
            ..NewMessage::new(Role::Ai, "x")
        },
        NewMessage {
            agent: Some("a".repeat(65)),
            ..NewMessage::new(Role::Ai, "x")
        },
    ];
    for message in refused {
        let (buffers, work) = served.parts();
        let refused = buffers.stage(work, TALK, message);
        assert!(matches!(refused, Err(BufferError::BadMessage(_))));
    }
    served.end();
    assert!(home.threads().is_empty());
}

/// What a buffer should show, by the document alone.
#[derive(Default)]
struct Model {
    said: VecDeque<String>,
    cleared: Option<VecDeque<String>>,
}

impl Model {
    fn clear(&mut self) {
        if !self.said.is_empty() {
            self.cleared = Some(std::mem::take(&mut self.said));
        }
    }

    fn undo(&mut self) -> bool {
        match self.cleared.take_if(|_| self.said.is_empty()) {
            Some(cleared) => {
                self.said = cleared;
                true
            }
            None => false,
        }
    }

    fn shown(&self, limit: usize) -> Vec<String> {
        let passed_over = self.said.len().saturating_sub(limit);
        self.said.iter().skip(passed_over).cloned().collect()
    }
}

#[derive(Debug, Clone)]
enum Step {
    Say(usize, Mode, u8),
    Clear(usize, Mode),
    Undo(usize, Mode),
    Limit(usize, u64),
    Save(usize),
    Idle(usize),
    Refresh(usize),
    Restart(usize),
    Kill(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let home = 0..2usize;
    let mode = prop_oneof![Just(TALK), Just(INNER)];
    let in_mode = (home.clone(), mode);
    let step = prop_oneof![
        6 => (in_mode.clone(), 1..6u8).prop_map(|((home, mode), count)| Step::Say(home, mode, count)),
        2 => in_mode.clone().prop_map(|(home, mode)| Step::Clear(home, mode)),
        2 => in_mode.prop_map(|(home, mode)| Step::Undo(home, mode)),
        1 => (home.clone(), 10..15u64).prop_map(|(home, limit)| Step::Limit(home, limit)),
        1 => home.clone().prop_map(Step::Save),
        1 => home.clone().prop_map(Step::Idle),
        1 => home.clone().prop_map(Step::Refresh),
        1 => home.clone().prop_map(Step::Restart),
        1 => home.prop_map(Step::Kill),
    ];
    prop::collection::vec(step, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    /// Two homes, both modes, whatever is done in whatever order: nothing mixes, nothing comes back
    /// by itself, and each view is what the document says.
    #[test]
    fn the_views_are_those_of_the_document(steps in steps()) {
        let homes = [Home::new(), Home::new()];
        let mut served = [0, 1].map(|home| Some(Served::open(homes[home].path())));
        let mut models = [0, 1].map(|_| Mode::ALL.map(|_| Model::default()));
        let mut limits = [50, 50];
        let mut number = 0;
        for step in steps {
            let home = match step {
                Step::Say(home, mode, count) => {
                    let texts: Vec<_> = (0..count).map(|_| {
                        number += 1;
                        format!("{home} {} {number}", mode.as_str())
                    }).collect();
                    models[home][mode as usize].said.extend(texts.iter().cloned());
                    served[home].as_mut().unwrap().say_many(mode, texts.into_iter());
                    home
                }
                Step::Clear(home, mode) => {
                    models[home][mode as usize].clear();
                    served[home].as_mut().unwrap().clear(mode);
                    home
                }
                Step::Undo(home, mode) => {
                    let expected = models[home][mode as usize].undo();
                    prop_assert_eq!(served[home].as_mut().unwrap().undo(mode), expected);
                    home
                }
                Step::Limit(home, limit) => {
                    limits[home] = usize::try_from(limit).unwrap();
                    let (buffers, work) = served[home].as_mut().unwrap().parts();
                    buffers.set_limit(work, MessageLimit::of(limit).unwrap()).unwrap();
                    home
                }
                Step::Save(home) => {
                    served[home].as_mut().unwrap().save();
                    home
                }
                Step::Idle(home) => {
                    served[home].as_mut().unwrap().close_idle();
                    home
                }
                Step::Refresh(home) => {
                    prop_assert!(!served[home].as_mut().unwrap().refresh());
                    home
                }
                Step::Restart(home) => {
                    served[home].take().unwrap().end();
                    served[home] = Some(Served::open(homes[home].path()));
                    home
                }
                Step::Kill(home) => {
                    drop(served[home].take());
                    served[home] = Some(Served::open(homes[home].path()));
                    home
                }
            };
            for mode in Mode::ALL {
                let shown = served[home].as_ref().unwrap().shown(mode);
                prop_assert_eq!(shown, models[home][mode as usize].shown(limits[home]));
            }
        }
    }
}
