//! Many threads saved as one: all of them or none, in one commit, and united with what others save
//! meanwhile.

use crate::support::{Home, START, all_texts, git, has, me, numbered};
use mmogit::model::{MessageDraft, Role, Thread, Timestamp};
use mmogit::store::{Batch, Save, Store, StoreError};
use std::fs;

fn at(second: usize) -> Timestamp {
    Timestamp::from_millis(START + second as i64 * 1000)
}

/// A signed thread, begun on a day of its own, in which these things are said.
fn thread(number: usize, says: &[&str]) -> Thread {
    let keys = me();
    let begun = at(number * 86_400);
    let mut thread = numbered(number as i64);
    let mut prev = thread.origins();
    for text in says {
        let draft = MessageDraft::new(Role::Human, text, begun, keys.public(), &prev);
        let message = keys.owner().sign_message(draft);
        prev = vec![message.id()];
        thread.append(message);
    }
    thread.touch(at(number * 86_400 + says.len()));
    keys.owner().sign_thread(&mut thread);
    thread
}

fn save(store: &Store, thread: &Thread) {
    let now = at(0);
    store
        .save(&Save {
            owner: me().owner(),
            thread,
            base: None,
            replaces: None,
            now,
        })
        .unwrap();
}

fn save_many(home: &Home, fill: impl FnOnce(&mut Batch<'_>) -> Result<(), StoreError>) -> bool {
    home.store()
        .save_many(me().owner(), at(0), fill)
        .unwrap()
        .is_some()
}

fn log(home: &Home) -> String {
    git(&home.repository(), &["log", "--format=%s"])
}

#[test]
fn few_become_files_and_many_a_pack_and_either_is_one_commit() {
    if !has("git") {
        return;
    }
    for (count, packs) in [(1, 0), (3, 0), (120, 2)] {
        let home = Home::new();
        let threads: Vec<Thread> = (0..count)
            .map(|number| thread(number, &["one", "two"]))
            .collect();
        assert!(save_many(&home, |batch| threads
            .iter()
            .try_for_each(|thread| batch.add(thread, None))));
        home.assert_sound();
        assert_eq!(home.threads().len(), count);
        assert!(
            threads.iter().all(|thread| home.threads().contains(thread)),
            "each as it was"
        );
        assert_eq!(
            log(&home),
            if count == 1 {
                "1 thread\n".into()
            } else {
                format!("{count} threads\n")
            }
        );
        let pack = fs::read_dir(home.repository().join("objects/pack"))
            .unwrap()
            .flatten();
        let found = pack
            .filter(|file| {
                file.path()
                    .extension()
                    .is_some_and(|ending| ending == "pack")
            })
            .count();
        assert_eq!(found, packs, "of {count}");
        // What is there already is no commit.
        assert!(!save_many(&home, |batch| threads
            .iter()
            .try_for_each(|thread| batch.add(thread, None))));
    }
}

#[test]
fn what_does_not_fit_in_memory_is_packed_on_the_way() {
    let home = Home::new();
    let long = "many words ".repeat((33 << 20) / 11);
    let threads = [
        thread(0, &[&long]),
        thread(1, &["short"]),
        thread(2, &["shorter"]),
    ];
    assert!(save_many(&home, |batch| threads
        .iter()
        .try_for_each(|thread| batch.add(thread, None))));
    home.assert_sound();
    assert_eq!(home.threads().len(), 3);
}

#[test]
fn after_an_error_nothing_came_in() {
    let home = Home::new();
    home.chat(1);
    let before = home.store().tip(&me().public()).unwrap();
    let failed = home.store().save_many(me().owner(), at(0), |batch| {
        batch.add(&thread(1, &["one"]), None)?;
        Err(StoreError::Contended)
    });
    assert!(matches!(failed, Err(StoreError::Contended)));
    assert_eq!(home.store().tip(&me().public()).unwrap(), before);
    assert_eq!(home.threads().len(), 1);
    home.assert_sound();
}

#[test]
fn what_another_process_saves_meanwhile_is_united_with() {
    let home = Home::new();
    let store = home.store();
    save(&store, &thread(1, &["one"]));
    assert!(save_many(&home, |batch| {
        batch.add(&thread(0, &["elsewhere"]), None)?;
        batch.add(&thread(1, &["one", "from the file"]), None)?;
        batch.add(&thread(2, &["from the file"]), None)?;
        // Meanwhile the same threads grow, one comes that was not there, and one that nobody
        // brings.
        save(&store, &thread(1, &["one", "meanwhile"]));
        save(&store, &thread(2, &["meanwhile"]));
        save(&store, &thread(3, &["a fourth"]));
        Ok(())
    }));
    home.assert_sound();
    let mut texts: Vec<Vec<String>> = home.threads().iter().map(all_texts).collect();
    texts.iter_mut().for_each(|texts| texts.sort());
    texts.sort();
    let wanted = [
        &["a fourth"][..],
        &["elsewhere"],
        &["from the file", "meanwhile", "one"],
        &["from the file", "meanwhile"],
    ];
    let mut wanted: Vec<Vec<String>> = wanted
        .map(|texts| texts.iter().map(|text| (*text).to_owned()).collect())
        .into();
    wanted.sort();
    assert_eq!(texts, wanted);
}

/// What was set aside meanwhile stays aside, for both come from the version that was there.
#[test]
fn what_another_process_set_aside_meanwhile_stays_aside() {
    let home = Home::new();
    let store = home.store();
    let first = thread(1, &["one", "two"]);
    save(&store, &first);
    let mut renamed = first.clone();
    renamed.set_title("renamed", renamed.updated_at());
    renamed.touch(at(86_400 + 60));
    me().owner().sign_thread(&mut renamed);
    let mut undone = first.clone();
    undone.set_heads(&[first.messages()[0].id()], undone.updated_at());
    undone.touch(at(86_400 + 30));
    me().owner().sign_thread(&mut undone);
    assert!(save_many(&home, |batch| {
        batch.add(&renamed, Some(&first))?;
        let keys = me();
        let save = Save {
            owner: keys.owner(),
            thread: &undone,
            base: Some(&first),
            replaces: None,
            now: at(0),
        };
        store.save(&save).map(drop)
    }));
    home.assert_sound();
    let now = home.only_thread();
    assert_eq!(
        (now.title(), crate::support::texts(&now)),
        ("renamed", vec!["one".to_owned()])
    );
}

#[test]
fn a_thread_added_twice_is_united_with_itself() {
    let home = Home::new();
    assert!(save_many(&home, |batch| {
        let (short, long) = (thread(1, &["one"]), thread(1, &["one", "two"]));
        batch.add(&short, None)?;
        assert_eq!(batch.stored(&long)?, Some(short.clone()));
        batch.add(&long, Some(&short))?;
        assert_eq!(batch.stored(&short)?, Some(long));
        batch.add(&short, None)
    }));
    assert_eq!(home.only_thread(), thread(1, &["one", "two"]));
    home.assert_sound();
}
