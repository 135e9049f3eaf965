//! A thread that its owner erased while others keep their copies: here it stays hidden, whatever
//! comes first.

use crate::support::devices::Device;
use crate::support::far::Far;
use crate::support::{START, Say, has, keys, me, texts, titled};
use mmogit::identity::{Keys, Words};
use mmogit::index::{Filter, Query};
use mmogit::model::{Thread, ThreadId, Timestamp};
use mmogit::turn::Session;
use mmogit::workspace::{Contact, WorkError};

const AHEAD: i64 = 3_600_000;

/// A machine with an identity, so that it is known who erased what.
fn device(person: u8, start: i64) -> Device {
    let device = Device::of(keys(person), start);
    let words = Words::from_entropy(&[person; 32]).unwrap();
    device.workspace.create_identity(&words, None).unwrap();
    assert_eq!(
        device.workspace.owner_if_readable(),
        Some(device.keys.public())
    );
    device
}

/// Who has a part in my thread.
const FRIEND: u8 = 2;

fn friend() -> &'static Keys {
    keys(FRIEND)
}

/// A thread of mine that a friend has a part in, and keeps.
struct Shared {
    far: Far,
    mine: Device,
    friends: Device,
    thread: Thread,
}

impl Shared {
    fn new() -> Self {
        let far = Far::new();
        let mine = device(1, START);
        let friends = device(FRIEND, START + AHEAD);
        begin(&mine, "a talk", "first");
        begin(&mine, "another", "plain");
        let found = mine.workspace.threads().find("a talk").unwrap();
        let contact = Contact {
            name: String::new(),
            key: friend().public(),
            encryption: Some(friend().encryption()),
            verified: true,
            added_at: None,
        };
        let organiser = mine.workspace.organiser();
        organiser.invite(me(), found, &contact).unwrap().unwrap();
        mine.sync(&far);
        friends.sync(&far);
        say(&friends, "a talk", "quaggas");
        friends.sync(&far);
        mine.sync(&far);
        let thread = mine.thread("a talk");
        Self {
            far,
            mine,
            friends,
            thread,
        }
    }
}

fn begin(device: &Device, title: &str, text: &str) {
    let store = device.store();
    let mut session =
        Session::begin(&device.workspace, &store, device.keys, titled(title)).unwrap();
    session.say(text).unwrap();
    session.end().unwrap();
}

fn say(device: &Device, title: &str, text: &str) {
    let store = device.store();
    let threads = device.workspace.threads();
    let found = threads.find(title).unwrap();
    let (thread, commit) = threads.continuable(found, &device.keys.public()).unwrap();
    let mut session =
        Session::resume(&device.workspace, &store, device.keys, thread, commit).unwrap();
    session.say(text).unwrap();
    session.end().unwrap();
}

fn erase(device: &Device, title: &str) {
    let eraser = device.workspace.eraser();
    let erasable = eraser.erasable(&device.keys.public(), title).unwrap();
    eraser.erase(device.keys, &erasable).unwrap();
}

fn listed(device: &Device) -> Vec<String> {
    let list = device.workspace.threads().list(&Filter::default()).unwrap();
    let titles = list.threads.into_iter().map(|thread| thread.title);
    let mut titles: Vec<String> = titles.collect();
    titles.sort();
    titles
}

fn hits(device: &Device, text: &str) -> usize {
    let query = Query::read(text, Timestamp::from_millis(START));
    let found = device.workspace.threads().search(&query, 9).unwrap();
    found.hits.hits.len()
}

#[track_caller]
fn assert_hidden(device: &Device, id: ThreadId) {
    assert_eq!(listed(device), ["another"]);
    assert_eq!(hits(device, "quaggas"), 0);
    let threads = device.workspace.threads();
    let by_title = threads.find("a talk");
    assert!(
        matches!(by_title, Err(WorkError::NotFound(_))),
        "{by_title:?}"
    );
    let by_id = threads.find(&id.to_string());
    assert!(
        matches!(&by_id, Err(WorkError::ErasedByYou(erased)) if *erased == id),
        "{by_id:?}"
    );
    // The friend's copy is here, and looked at.
    let copies = device.store().with_id_on(&friend().public(), id);
    assert_eq!(copies.len(), 1);
    let report = device.home.verify();
    let is_copy = |path: &str| path == copies[0].path;
    assert!(report.files.iter().any(|file| is_copy(&file.path)));
    device.home.assert_sound();
}

#[test]
fn what_i_erased_stays_hidden_whoever_keeps_it() {
    if !has("git") {
        return;
    }
    let shared = Shared::new();
    assert_eq!(listed(&shared.mine), ["a talk", "another"]);
    assert_eq!(hits(&shared.mine, "quaggas"), 1);
    erase(&shared.mine, "a talk");
    assert_hidden(&shared.mine, shared.thread.id());
    // What they say later changes nothing here, and to them nothing is hidden.
    shared.mine.sync(&shared.far);
    shared.friends.sync(&shared.far);
    say(&shared.friends, "a talk", "quaggas again");
    shared.friends.sync(&shared.far);
    shared.mine.sync(&shared.far);
    assert_hidden(&shared.mine, shared.thread.id());
    assert_eq!(hits(&shared.friends, "quaggas"), 2);
    let kept = shared.friends.thread("a talk");
    assert!(texts(&kept).contains(&"quaggas again".to_owned()));
}

/// On another machine, which has read the friend's copy before it hears of the erasure.
#[test]
fn an_erasure_that_comes_later_hides_what_was_listed() {
    if !has("git") {
        return;
    }
    let shared = Shared::new();
    let friends_far = Far::new();
    let branch = mmogit::store::Store::branch_name(&friend().public());
    let only_theirs = format!("{branch}:{branch}");
    shared
        .far
        .git(&["push", "--quiet", &friends_far.path_url(), &only_theirs]);
    erase(&shared.mine, "a talk");
    shared.mine.sync(&shared.far);
    let other = device(1, START + 2 * AHEAD);
    other.sync(&friends_far);
    assert_eq!(listed(&other), ["a talk"]);
    assert_eq!(hits(&other, "quaggas"), 1);
    other.sync(&shared.far);
    assert_hidden(&other, shared.thread.id());
}
