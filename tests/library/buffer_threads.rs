//! Which threads a buffer shows: of two successors the greater, under a newer key what the older one
//! had; and what of a sealed one lies beside it.

use crate::support::{
    Home, START, Say, me, rotate, workspace_at, workspace_now, workspace_that_seals,
};
use mmogit::audit::{Actor, Trail};
use mmogit::buffer::{Buffers, MOST_IN_THREAD, Mode, NewMessage, Work};
use mmogit::identity::{Keys, Words};
use mmogit::index::Filter;
use mmogit::model::{Face, Role, State, Thread};
use mmogit::turn::{Beginning, Session};
use std::fs;
use std::path::Path;

const TALK: Mode = Mode::Conversation;

/// Opens the buffers of a home, does something with them, and ends.
fn with_buffers<T>(home: &Path, keys: &Keys, step: impl FnOnce(&mut Buffers, Work<'_>) -> T) -> T {
    let workspace = workspace_that_seals(home);
    let store = workspace.store_of(&keys.public()).unwrap();
    let actor = Actor {
        name: "local".to_owned(),
        user: keys.public(),
    };
    let work = Work {
        workspace: &workspace,
        store: &store,
        keys,
    };
    let mut buffers = Buffers::open(work, Trail::of(home, actor)).unwrap();
    let done = step(&mut buffers, work);
    buffers.end(work).unwrap();
    done
}

fn say(buffers: &mut Buffers, work: Work<'_>, text: &str) {
    let message = NewMessage::new(Role::Human, text);
    let staged = buffers.stage(work, TALK, message).unwrap();
    buffers.commit(work).of(&staged).unwrap();
}

fn shown(buffers: &Buffers) -> Vec<String> {
    let view = buffers.view(TALK);
    let shown = view.messages.iter();
    shown.map(|shown| shown.message.text()).collect()
}

#[test]
fn of_two_successors_the_greater_is_followed_and_the_other_archived() {
    let home = Home::new();
    with_buffers(home.path(), me(), |buffers, work| {
        say(buffers, work, "first")
    });
    let first = home.only_thread();
    for (hours, text) in [(2, "later"), (1, "earlier")] {
        let workspace = workspace_at(home.path(), START + hours * 3_600_000);
        let store = home.store();
        let beginning = Beginning {
            mode: TALK,
            face: Some(Face::Buffer),
            continues: Some(first.root()),
            ..Beginning::default()
        };
        let mut session = Session::begin(&workspace, &store, me(), beginning).unwrap();
        session.say(text).unwrap();
        session.end().unwrap();
    }
    let followed = with_buffers(home.path(), me(), |buffers, _| shown(buffers));
    assert_eq!(followed, ["first", "later"]);
    let state_of = |text: &str| {
        let threads = home.threads();
        let has = |thread: &&Thread| thread.messages()[0].text() == text;
        threads.iter().find(has).unwrap().state()
    };
    assert_eq!(state_of("first"), State::Archived);
    assert_eq!(state_of("earlier"), State::Archived);
    assert_eq!(state_of("later"), State::Active);
    home.assert_sound();
}

/// Somebody who said something, and took a newer key.
fn with_newer_key(home: &Path) -> Keys {
    let words = Words::from_entropy(&[1; 32]).unwrap();
    let first = workspace_that_seals(home);
    first.create_identity(&words, None).unwrap();
    with_buffers(home, me(), |buffers, work| {
        say(buffers, work, "cleared");
        buffers.clear(work, TALK).unwrap();
        say(buffers, work, "before");
    });
    rotate(home)
}

#[test]
fn a_buffer_goes_on_under_a_newer_key() {
    for settings in ["", "encrypt = true\n"] {
        let home = Home::new();
        fs::write(home.path().join("config.toml"), settings).unwrap();
        goes_on_under_a_newer_key(&home);
    }
}

fn goes_on_under_a_newer_key(home: &Home) {
    let newer = with_newer_key(home.path());
    with_buffers(home.path(), &newer, |buffers, work| {
        assert_eq!(shown(buffers), ["before"]);
        say(buffers, work, "after");
    });
    let again = with_buffers(home.path(), &newer, |buffers, work| {
        let again = shown(buffers);
        buffers.clear(work, TALK).unwrap();
        again
    });
    assert_eq!(again, ["before", "after"]);
    // What was cleared under the newer key is not brought back from the older one.
    let cleared = with_buffers(home.path(), &newer, |buffers, _| shown(buffers));
    assert_eq!(cleared, Vec::<String>::new());
    assert!(
        workspace_now(home.path())
            .verifier()
            .all()
            .unwrap()
            .is_good()
    );
}

#[test]
fn what_was_erased_under_a_newer_key_does_not_come_back_from_the_older_one() {
    let home = Home::new();
    let newer = with_newer_key(home.path());
    let shown_then = with_buffers(home.path(), &newer, |buffers, _| shown(buffers));
    assert_eq!(shown_then, ["before"]);
    let workspace = workspace_now(home.path());
    let threads = workspace
        .threads()
        .list(&Filter::default())
        .unwrap()
        .threads;
    let mut own = threads
        .iter()
        .filter(|thread| thread.owner == newer.public());
    let copy = own.next().unwrap().id.clone();
    let eraser = workspace.eraser();
    let erasable = eraser.erasable(&newer.public(), &copy).unwrap();
    eraser.erase(&newer, &erasable).unwrap();
    let shown_now = with_buffers(home.path(), &newer, |buffers, _| shown(buffers));
    assert_eq!(shown_now, Vec::<String>::new());
}

#[test]
fn of_a_sealed_buffer_nothing_lies_readable_and_an_old_mirror_goes() {
    let home = Home::new();
    let mirror = home
        .path()
        .join("state/conversation-buffer-conversation.json");
    with_buffers(home.path(), me(), |buffers, work| {
        say(buffers, work, "open words");
        buffers.clear(work, TALK).unwrap();
        say(buffers, work, "open again");
    });
    assert!(fs::read_to_string(&mirror).unwrap().contains("open again"));
    with_buffers(home.path(), me(), |buffers, work| {
        buffers.clear(work, TALK).unwrap()
    });
    fs::write(home.path().join("config.toml"), "encrypt = true\n").unwrap();
    with_buffers(home.path(), me(), |buffers, work| {
        say(buffers, work, "sealed words");
        buffers.save(work);
        assert!(!mirror.exists(), "while it goes on");
        assert_eq!(shown(buffers), ["sealed words"]);
    });
    assert!(!mirror.exists());
    let again = with_buffers(home.path(), me(), |buffers, _| shown(buffers));
    assert_eq!(again, ["sealed words"]);
    let state = fs::read_dir(home.path().join("state")).unwrap();
    for file in state.flatten().filter(|file| file.path().is_file()) {
        let bytes = fs::read(file.path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("sealed words"), "{:?}", file.path());
    }
}

#[test]
fn what_follows_a_sealed_thread_is_sealed_too() {
    let home = Home::new();
    fs::write(home.path().join("config.toml"), "encrypt = true\n").unwrap();
    with_buffers(home.path(), me(), |buffers, work| {
        let said = (0..MOST_IN_THREAD + 5).map(|number| {
            let message = NewMessage::new(Role::Human, number.to_string());
            buffers.stage(work, TALK, message).unwrap()
        });
        let said: Vec<_> = said.collect();
        let committed = buffers.commit(work);
        for staged in &said {
            committed.of(staged).unwrap();
        }
    });
    let sealed: Vec<_> = home.threads().iter().map(Thread::is_sealed).collect();
    assert_eq!(sealed, [true, true]);
}

#[test]
fn what_a_sealed_buffer_showed_is_not_packed_open() {
    let home = Home::new();
    fs::write(home.path().join("config.toml"), "encrypt = true\n").unwrap();
    with_buffers(home.path(), me(), |buffers, work| {
        say(buffers, work, "sealed words");
        buffers.clear(work, TALK).unwrap();
        assert_eq!(shown(buffers), Vec::<String>::new());
    });
    assert!(!home.path().join("state/archive").exists());
}
