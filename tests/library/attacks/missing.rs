//! What is missing, or can't be read, is a finding, and never nothing. What a branch lost comes
//! back with the next save.

use super::forge::Forge;
use crate::support::{
    START, Say, all_texts, keys, me, numbered, problems, resume, texts, titled, workspace_at,
    workspace_now,
};
use git2::{ObjectType, Oid, TreeBuilder};
use mmogit::index::Filter;
use mmogit::model::Thread;
use mmogit::store::{BranchFinding, CommitFinding, Save};
use mmogit::turn::Session;
use std::fs;

const DAY: &str = ".mmogit/threads/2026-01/01";

/// A second commit on top of the first session's, with one more message.
fn two_sessions() -> (Forge, Oid) {
    let forge = Forge::new();
    let first = forge.tip();
    say(&forge, "later");
    (forge, first)
}

fn say(forge: &Forge, text: &str) -> Thread {
    let (workspace, store, keys) = (forge.home.workspace(), forge.home.store(), me());
    let mut session = resume(&workspace, &store, keys);
    session.say(text).unwrap();
    session.end().unwrap().unwrap()
}

fn talk(forge: &Forge, second: i64, text: &str) -> Thread {
    let (workspace, keys) = (workspace_at(forge.home.path(), START + second * 1000), me());
    let store = forge.home.store();
    let mut session = Session::begin(&workspace, &store, keys, titled(text)).unwrap();
    session.say(text).unwrap();
    session.end().unwrap().unwrap()
}

fn remembered(forge: &Forge) -> String {
    fs::read_to_string(
        forge
            .home
            .path()
            .join("state/tips")
            .join(me().public().to_string()),
    )
    .unwrap()
}

fn erase(forge: &Forge, title: &str) {
    let workspace = workspace_now(forge.home.path());
    let erasable = workspace.eraser().erasable(&me().public(), title).unwrap();
    workspace.eraser().erase(me(), &erasable).unwrap();
}

fn is_unreadable(path: &str) -> impl Fn(&CommitFinding) -> bool {
    move |finding| matches!(finding, CommitFinding::Unreadable { path: found, .. } if found == path)
}

#[test]
fn a_branch_moved_back_whose_newer_threads_were_deleted_is_caught_and_stays_remembered() {
    let (forge, first) = two_sessions();
    let newest = forge.tip();
    forge.move_branch(first);
    forge.remove_news(newest, first);
    let seen_unreadable = |forge: &Forge| {
        let findings = forge.findings();
        let [BranchFinding::SeenUnreadable { seen, unreadable }] = &findings[..] else {
            panic!("{findings:?}")
        };
        assert_eq!(seen.to_string(), newest.to_string());
        assert!(
            unreadable.iter().any(is_unreadable(&forge.path())),
            "{unreadable:?}"
        );
    };
    seen_unreadable(&forge);
    // What is said on top does not hide it.
    say(&forge, "on the old one");
    assert_eq!(remembered(&forge), format!("{newest}\n"));
    seen_unreadable(&forge);
}

#[test]
fn an_earlier_erasure_does_not_hide_that_a_branch_was_moved_back() {
    let forge = Forge::new();
    talk(&forge, 60, "secret");
    erase(&forge, "secret");
    let first = forge.tip();
    say(&forge, "later");
    let newest = forge.tip();
    forge.move_branch(first);
    forge.remove_news(newest, first);
    let findings = forge.findings();
    assert!(
        matches!(findings[..], [BranchFinding::SeenUnreadable { .. }]),
        "{findings:?}"
    );
    say(&forge, "on the old one");
    assert_eq!(remembered(&forge), format!("{newest}\n"));
}

#[test]
fn a_commit_that_drops_a_message_is_caught_though_its_parents_thread_is_gone() {
    let (forge, first) = two_sessions();
    let path = forge.path();
    let kept = forge.repo.find_commit(forge.tip()).unwrap().tree().unwrap();
    let blob = kept.get_path(path.as_ref()).unwrap().id();
    let old = forge.repo.find_commit(first).unwrap().tree_id();
    forge.commit(old, Some(forge.tip()), me().owner());
    forge.remove(blob);
    assert!(forge.commit_findings().iter().any(is_unreadable(&path)));
}

#[test]
fn bit_rot_in_the_history_is_caught() {
    let (forge, first) = two_sessions();
    let path = forge.path();
    let blob = forge
        .repo
        .find_commit(first)
        .unwrap()
        .tree()
        .unwrap()
        .get_path(path.as_ref())
        .unwrap()
        .id();
    forge.remove(blob);
    let found = forge.commit_findings();
    assert!(
        found.iter().all(is_unreadable(&path)) && !found.is_empty(),
        "{found:?}"
    );
}

#[test]
fn a_missing_tree_is_no_warning_but_a_finding() {
    for path in [
        "",
        ".mmogit",
        ".mmogit/threads",
        ".mmogit/threads/2026-01",
        DAY,
    ] {
        let (forge, _) = two_sessions();
        let objects = forge.objects_of(forge.tip());
        forge.remove(objects.iter().find(|(found, _)| found == path).unwrap().1);
        let found = forge.commit_findings();
        assert!(found.iter().any(is_unreadable(path)), "{path}: {found:?}");
        assert!(!forge.home.verify().is_good(), "{path}");
        let at_a_glance = forge
            .home
            .workspace()
            .findings_at_a_glance(&me().public())
            .unwrap();
        assert!(
            matches!(at_a_glance[..], [BranchFinding::FolderUnreadable { .. }]),
            "{path}: {at_a_glance:?}"
        );
    }
}

#[test]
fn the_tree_of_a_day_that_one_commit_introduced_and_another_replaced_is_missed() {
    // The very first commit, and one in the middle: nothing of either stands in the newest commit.
    for in_the_middle in [false, true] {
        let forge = Forge::new();
        if in_the_middle {
            talk(&forge, 86_400, "a new day");
        }
        let day = if in_the_middle {
            ".mmogit/threads/2026-01/02"
        } else {
            DAY
        };
        let objects = forge.objects_of(forge.tip());
        let tree = objects.iter().find(|(path, _)| path == day).unwrap().1;
        say(&forge, "later");
        forge.remove(tree);
        let found = forge.commit_findings();
        assert!(found.iter().any(is_unreadable(day)), "{found:?}");
    }
}

#[test]
fn a_branch_that_was_only_moved_back_is_put_back_by_the_next_save() {
    let (forge, first) = two_sessions();
    let newest = forge.tip();
    forge.move_branch(first);
    let said = talk(&forge, 60, "said on the older state");
    assert_eq!(forge.findings(), []);
    assert_eq!(
        forge
            .repo
            .find_commit(forge.tip())
            .unwrap()
            .parent_id(0)
            .unwrap(),
        newest
    );
    let all: Vec<Vec<String>> = forge.home.threads().iter().map(all_texts).collect();
    assert!(all.contains(&all_texts(&said)), "{all:?}");
    assert!(
        all.iter().any(|texts| texts.contains(&"later".to_owned())),
        "{all:?}"
    );
    forge.home.assert_sound();
}

#[test]
fn a_branch_that_was_deleted_comes_back_with_the_next_save() {
    let (forge, _) = two_sessions();
    forge
        .repo
        .find_reference(&Forge::branch(&me().public()))
        .unwrap()
        .delete()
        .unwrap();
    talk(&forge, 60, "and on");
    assert_eq!(forge.findings(), []);
    assert_eq!(forge.home.threads().len(), 2);
}

/// My branch as it went on elsewhere from an older commit, without what was said here since: two
/// states, each with a message in the one thread, a thread and a file of its own.
fn two_states() -> (Forge, Oid, Oid) {
    let forge = Forge::new();
    let first = forge.tip();
    say(&forge, "here");
    talk(&forge, 60, "only here");
    forge.put("notes.txt", b"here");
    forge.put("here.txt", b"here");
    forge.home.store().remember(&me().public()).unwrap();
    let here = forge.tip();

    let elsewhere = crate::support::Home::new();
    let path = forge.home.repository();
    crate::support::git(
        elsewhere.path(),
        &[
            "clone",
            "--quiet",
            "--bare",
            path.to_str().unwrap(),
            "repo.git",
        ],
    );
    let other = git2::Repository::open_bare(elsewhere.repository()).unwrap();
    other
        .reference(&Forge::branch(&me().public()), first, true, "")
        .unwrap();
    let there = Forge {
        home: elsewhere,
        repo: other,
    };
    say(&there, "there");
    talk(&there, 120, "only there");
    there.put("notes.txt", b"there");
    there.put("there.txt", b"there");
    let moved = there.tip();
    let source = there.home.repository();
    let branch = Forge::branch(&me().public());
    let refspec = format!("+{branch}:{branch}");
    crate::support::git(
        &path,
        &["fetch", "--quiet", source.to_str().unwrap(), &refspec],
    );
    assert_eq!(forge.tip(), moved);
    (forge, here, moved)
}

#[test]
fn two_states_of_a_branch_become_one_with_all_of_both() {
    if !crate::support::has("git") {
        return;
    }
    let (forge, here, there) = two_states();
    let findings = forge.findings();
    assert!(
        matches!(findings[..], [BranchFinding::MovedBack { .. }]),
        "{findings:?}"
    );
    let united = forge
        .home
        .workspace()
        .bring_together(me())
        .unwrap()
        .unwrap();
    assert_eq!(united.commit.to_string(), forge.tip().to_string());
    assert_eq!(united.kept_at, None);
    let commit = forge.repo.find_commit(forge.tip()).unwrap();
    assert_eq!(commit.parent_ids().collect::<Vec<_>>(), [there, here]);
    assert_eq!(forge.findings(), []);
    assert_eq!(forge.home.threads().len(), 3);
    let talk = forge
        .home
        .threads()
        .into_iter()
        .find(|thread| thread.title() == "a talk")
        .unwrap();
    let said = all_texts(&talk);
    assert!(
        said.contains(&"here".to_owned()) && said.contains(&"there".to_owned()),
        "{said:?}"
    );
    // Of files that are no threads both stay, those in conflict side by side.
    let names: Vec<String> = commit
        .tree()
        .unwrap()
        .iter()
        .map(|e| e.name().unwrap().to_owned())
        .collect();
    let beside = format!(
        "notes-{:.8}.txt",
        Oid::hash_object(ObjectType::Blob, b"there")
            .unwrap()
            .to_string()
    );
    for name in ["here.txt", "there.txt", "notes.txt", beside.as_str()] {
        assert!(
            names.iter().any(|found| found == name),
            "{name} is not in {names:?}"
        );
    }
    forge.home.assert_sound();
    // Once is enough.
    assert_eq!(forge.home.workspace().bring_together(me()).unwrap(), None);
}

#[test]
fn a_save_unites_two_states_by_itself() {
    if !crate::support::has("git") {
        return;
    }
    let (forge, here, there) = two_states();
    let said = say(&forge, "and on");
    assert!(texts(&said).contains(&"and on".to_owned()));
    assert_eq!(forge.findings(), []);
    let tip = forge.repo.find_commit(forge.tip()).unwrap();
    let united = tip.parent(0).unwrap();
    assert_eq!(united.parent_ids().collect::<Vec<_>>(), [there, here]);
    assert_eq!(forge.home.threads().len(), 3);
    assert_eq!(remembered(&forge), format!("{}\n", tip.id()));
}

#[test]
fn of_a_state_that_somebody_else_signed_only_the_owners_threads_are_taken_over() {
    let (forge, first) = two_sessions();
    let newest = forge.tip();
    forge.move_branch(first);
    let thread = {
        let mut thread = numbered(40);
        me().owner().sign_thread(&mut thread);
        thread
    };
    let place = mmogit::model::layout::places_of(&thread)[0].clone();
    forge.commit(
        forge.tree_with(&place, &thread.to_file()),
        Some(first),
        me().owner(),
    );
    let tree = forge.tree_with("junk.txt", b"junk");
    let theirs = forge.commit(tree, Some(forge.tip()), keys(9).owner());
    let united = forge
        .home
        .workspace()
        .bring_together(me())
        .unwrap()
        .unwrap();
    assert_eq!(
        united.kept_at,
        Some(format!("refs/mmogit/replaced/{theirs}"))
    );
    let commit = forge.repo.find_commit(forge.tip()).unwrap();
    assert_eq!(commit.parent_ids().collect::<Vec<_>>(), [newest]);
    assert_eq!(forge.findings(), []);
    assert_eq!(forge.home.threads().len(), 2);
    assert!(commit.tree().unwrap().get_name("junk.txt").is_none());
}

#[test]
fn a_note_that_names_what_somebody_else_signed_is_not_built_upon() {
    let (forge, first) = two_sessions();
    let newest = forge.tip();
    let mut thread = numbered(40);
    keys(9).owner().sign_thread(&mut thread);
    let place = mmogit::model::layout::places_of(&thread)[0].clone();
    let tree = forge.tree_with(&place, &thread.to_file());
    for parent in [newest, first] {
        let theirs = forge.commit(tree, Some(parent), keys(9).owner());
        let note = forge
            .home
            .path()
            .join("state/tips")
            .join(me().public().to_string());
        fs::write(note, format!("{theirs}\n")).unwrap();
        forge.move_branch(newest);
        assert_eq!(forge.home.workspace().bring_together(me()).unwrap(), None);
        assert_eq!(forge.tip(), newest);
        assert_ne!(forge.findings(), []);
    }
    let name = format!("refs/heads/users/{}", me().public());
    forge.repo.find_reference(&name).unwrap().delete().unwrap();
    assert_eq!(forge.home.workspace().bring_together(me()).unwrap(), None);
    assert!(forge.repo.find_reference(&name).is_err());
}

#[test]
fn a_folder_of_strange_folders_without_end_is_not_entered() {
    let (forge, first) = two_sessions();
    forge.move_branch(first);
    // 16^12 paths in 13 objects.
    let mut bomb = forge.repo.blob(b"x").unwrap();
    let mut mode = 0o100_644;
    for _ in 0..12 {
        let mut folder = forge.repo.treebuilder(None).unwrap();
        for name in 0..16 {
            folder.insert(format!("{name:02}"), bomb, mode).unwrap();
        }
        bomb = folder.write().unwrap();
        mode = 0o040_000;
    }
    let base = forge.repo.find_commit(forge.tip()).unwrap().tree().unwrap();
    let mut top = forge.repo.treebuilder(Some(&base)).unwrap();
    top.insert("bomb", bomb, mode).unwrap();
    let tree = top.write().unwrap();
    forge.commit(tree, Some(forge.tip()), keys(9).owner());
    assert!(
        forge
            .home
            .workspace()
            .bring_together(me())
            .unwrap()
            .is_some()
    );
    let commit = forge.repo.find_commit(forge.tip()).unwrap();
    assert!(commit.tree().unwrap().get_name("bomb").is_none());
    assert_eq!(forge.findings(), []);

    // What the owner signed comes along, whole.
    forge.move_branch(first);
    forge.commit(tree, Some(first), me().owner());
    assert!(
        forge
            .home
            .workspace()
            .bring_together(me())
            .unwrap()
            .is_some()
    );
    let commit = forge.repo.find_commit(forge.tip()).unwrap();
    assert_eq!(commit.tree().unwrap().get_name("bomb").unwrap().id(), bomb);
}

#[test]
fn a_tampered_thread_gives_way_to_the_true_one_and_stays_beside_it() {
    let (forge, _) = two_sessions();
    let path = forge.path();
    forge.edit(|file| file["messages"][0]["content"] = "tampered".into());
    let tampered = forge
        .objects_of(forge.tip())
        .into_iter()
        .find(|(found, _)| *found == path)
        .unwrap()
        .1;
    say_elsewhere(&forge);
    let aside = path.replace(".json", &format!("-{:.8}.json", tampered.to_string()));
    let objects = forge.objects_of(forge.tip());
    assert!(objects.contains(&(aside.clone(), tampered)), "{objects:?}");
    let report = forge.home.verify();
    let good: Vec<bool> = report
        .files
        .iter()
        .map(|file| !file.is_bad() && file.path == path)
        .collect();
    assert!(good.contains(&true), "{:?}", problems(&report));
}

fn say_elsewhere(forge: &Forge) {
    talk(forge, 60, "something else");
}

#[test]
fn an_erasure_that_a_forced_fetch_undid_is_caught_and_stands_again_after_the_next_save() {
    let forge = Forge::new();
    talk(&forge, 60, "secret");
    let before = forge.tip();
    let keeper = forge
        .repo
        .reference("refs/tags/keeps-it", before, true, "")
        .unwrap();
    erase(&forge, "secret");
    let erased = forge.tip();
    forge.move_branch(before);
    let findings = forge.findings();
    let [BranchFinding::MovedBack { lost, .. }] = &findings[..] else {
        panic!("{findings:?}")
    };
    assert!(
        matches!(lost[..], [CommitFinding::ErasureTakenAway { .. }]),
        "{lost:?}"
    );
    assert_eq!(findings[0].code(), "branch-moved-back");

    // What was said meanwhile beside it stays, the erased thread does not, and is kept apart.
    let united = forge
        .home
        .workspace()
        .bring_together(me())
        .unwrap()
        .unwrap();
    assert_eq!(
        united.kept_at,
        Some(format!("refs/mmogit/replaced/{before}"))
    );
    talk(&forge, 120, "plain");
    assert!(forge.repo.graph_descendant_of(forge.tip(), erased).unwrap());
    assert!(!forge.repo.graph_descendant_of(forge.tip(), before).unwrap());
    assert_eq!(forge.findings(), []);
    let titles: Vec<String> = forge
        .home
        .threads()
        .iter()
        .map(|t| t.title().to_owned())
        .collect();
    assert_eq!(titles, ["plain", "a talk"]);
    drop(keeper);
}

#[test]
fn a_commit_that_takes_the_word_of_an_erasure_away_is_caught() {
    let forge = Forge::new();
    talk(&forge, 60, "secret");
    let keeper = forge
        .repo
        .reference("refs/tags/keeps-it", forge.tip(), true, "")
        .unwrap();
    let before = forge.repo.find_commit(forge.tip()).unwrap().tree_id();
    erase(&forge, "secret");
    forge.commit(before, Some(forge.tip()), me().owner());
    let found = forge.commit_findings();
    assert!(
        matches!(found[..], [CommitFinding::ErasureTakenAway { .. }]),
        "{found:?}"
    );
    drop(keeper);
}

#[test]
fn a_thread_erased_elsewhere_stays_erased_when_what_only_this_device_had_comes_back() {
    let forge = Forge::new();
    talk(&forge, 60, "secret");
    let before = forge.tip();
    talk(&forge, 120, "only here");
    let here = forge.tip();
    erase_elsewhere(&forge, before, "secret");
    let erased = forge.tip();
    let united = forge
        .home
        .workspace()
        .bring_together(me())
        .unwrap()
        .unwrap();
    assert_eq!(united.kept_at, Some(format!("refs/mmogit/replaced/{here}")));
    assert!(forge.repo.graph_descendant_of(forge.tip(), erased).unwrap());
    assert!(!forge.repo.graph_descendant_of(forge.tip(), before).unwrap());
    assert_eq!(forge.findings(), []);
    let titles: Vec<String> = forge
        .home
        .threads()
        .iter()
        .map(|t| t.title().to_owned())
        .collect();
    assert_eq!(titles, ["only here", "a talk"]);
}

#[test]
fn two_states_that_erased_different_threads_become_one_without_either() {
    let forge = Forge::new();
    talk(&forge, 60, "erased here");
    talk(&forge, 120, "erased there");
    let before = forge.tip();
    let keeper = forge
        .repo
        .reference("refs/tags/keeps-it", before, true, "")
        .unwrap();
    erase(&forge, "erased here");
    let here = forge.tip();
    erase_elsewhere(&forge, before, "erased there");
    let there = forge.tip();
    let findings = forge.findings();
    assert!(
        matches!(findings[..], [BranchFinding::MovedBack { .. }]),
        "{findings:?}"
    );
    let united = forge.home.workspace().bring_together(me()).unwrap();
    assert!(united.unwrap().kept_at.is_some());
    assert_eq!(forge.findings(), []);
    let threads = forge.home.threads();
    let titles: Vec<&str> = threads.iter().map(Thread::title).collect();
    assert_eq!(titles, ["a talk"]);
    assert_eq!(forge.home.verify().branches[0].erasures.len(), 2);
    // Neither of the two histories is part of it: each leads to what the other erased.
    for old in [before, here, there] {
        assert!(!forge.repo.graph_descendant_of(forge.tip(), old).unwrap());
    }
    let mut walk = forge.repo.revwalk().unwrap();
    walk.push(forge.tip()).unwrap();
    for commit in walk {
        let paths = forge.objects_of(commit.unwrap());
        let days: Vec<_> = paths
            .iter()
            .filter(|(path, _)| path.contains("/01/"))
            .collect();
        assert!(days.len() <= 1, "{days:?}");
    }
    drop(keeper);
}

/// Another device erases on an older state, and a forced fetch brings that here.
fn erase_elsewhere(forge: &Forge, at: Oid, title: &str) {
    let elsewhere = crate::support::Home::new();
    forge
        .repo
        .reference("refs/heads/elsewhere", at, true, "")
        .unwrap();
    copy_branch(forge, at, &elsewhere);
    let workspace = workspace_now(elsewhere.path());
    let erasable = workspace.eraser().erasable(&me().public(), title).unwrap();
    workspace.eraser().erase(me(), &erasable).unwrap();
    let branch = Forge::branch(&me().public());
    crate::support::git(
        &forge.home.repository(),
        &[
            "fetch",
            "--quiet",
            elsewhere.repository().to_str().unwrap(),
            &format!("+{branch}:{branch}"),
        ],
    );
}

#[test]
fn a_file_erased_elsewhere_stays_erased_though_it_was_no_thread_of_this_format() {
    let older = r#"{"id":"thread_1700000000","title":"older","author":"me","created_at":"2023-11-14T22:13:20Z",
        "updated_at":"2023-11-14T22:13:20Z","state":"active","tags":[],
        "messages":[{"role":"user","content":"secret","timestamp":"2023-11-14T22:13:20Z"}]}"#;
    let path = ".mmogit/threads/2023-11/14/thread_1700000000.json";
    for content in [older, "secret, and no thread at all"] {
        let forge = Forge::new();
        forge.put(path, content.as_bytes());
        let before = forge.tip();
        talk(&forge, 120, "only here");
        erase_elsewhere(&forge, before, "thread_1700000000");
        forge
            .home
            .workspace()
            .bring_together(me())
            .unwrap()
            .unwrap();
        let objects = forge.objects_of(forge.tip());
        assert!(
            objects.iter().all(|(found, _)| found != path),
            "{content}: {objects:?}"
        );
        assert_eq!(forge.home.threads().len(), 2);
        assert_eq!(forge.findings(), []);
    }
}

fn copy_branch(forge: &Forge, at: Oid, to: &crate::support::Home) {
    let branch = Forge::branch(&me().public());
    to.store();
    let source = forge.home.repository();
    crate::support::git(
        &to.repository(),
        &[
            "fetch",
            "--quiet",
            source.to_str().unwrap(),
            &format!("{at}:{branch}"),
        ],
    );
}

#[test]
fn finishing_an_erasure_leaves_what_a_branch_that_was_moved_back_had() {
    let forge = Forge::new();
    talk(&forge, 60, "secret");
    erase(&forge, "secret");
    let (first, erasures) = (
        forge.tip(),
        forge.home.verify().branches[0].erasures.clone(),
    );
    say(&forge, "later");
    let newest = forge.tip();
    forge.move_branch(first);
    let id = erasures[0].erasure.as_ref().unwrap().thread;
    workspace_now(forge.home.path())
        .eraser()
        .finish_erasure(&me().public(), id)
        .unwrap();
    assert!(
        forge
            .home
            .workspace()
            .bring_together(me())
            .unwrap()
            .is_some()
    );
    assert_eq!(forge.tip(), newest);
    assert_eq!(forge.findings(), []);
}

#[test]
fn a_damaged_note_of_the_tip_is_told_and_not_written_over() {
    let (forge, first) = two_sessions();
    let note = forge
        .home
        .path()
        .join("state/tips")
        .join(me().public().to_string());
    for damage in ["", "garbage", "0123\n"] {
        fs::write(&note, damage).unwrap();
        let damaged = [BranchFinding::NoteDamaged { path: note.clone() }];
        assert_eq!(forge.findings(), damaged);
        say(&forge, "and on");
        assert_eq!(forge.findings(), damaged);
        assert_eq!(fs::read_to_string(&note).unwrap(), damage);
    }
    forge.move_branch(first);
    assert!(!forge.home.verify().is_good());
}

#[test]
fn what_another_authors_branch_had_is_remembered_by_a_verification_and_by_the_index() {
    for by_the_index in [false, true] {
        let forge = Forge::new();
        let (friend, workspace) = (keys(2), workspace_at(forge.home.path(), START + 60_000));
        let store = forge.home.store();
        let saved = |number: i64| {
            let mut thread = mmogit_thread(friend, number);
            friend.owner().sign_thread(&mut thread);
            let now = workspace.now();
            let save = Save {
                owner: friend.owner(),
                thread: &thread,
                base: None,
                replaces: None,
                now,
            };
            store.save(&save).unwrap().commit.to_string()
        };
        let (first, second) = (saved(1), saved(2));
        // As if a fetch had brought the branch: nothing is remembered of it.
        let note = forge
            .home
            .path()
            .join("state/tips")
            .join(friend.public().to_string());
        fs::remove_file(&note).unwrap();
        if by_the_index {
            workspace.threads().list(&Filter::default()).unwrap();
        } else {
            workspace.verifier().all().unwrap();
        }
        assert_eq!(
            fs::read_to_string(&note).unwrap(),
            format!("{second}\n"),
            "index: {by_the_index}"
        );
        let branch = Forge::branch(&friend.public());
        forge
            .repo
            .reference(&branch, Oid::from_str(&first).unwrap(), true, "")
            .unwrap();
        workspace.threads().list(&Filter::default()).unwrap();
        let report = workspace.verifier().all().unwrap();
        assert!(!report.is_good());
        let theirs = report
            .branches
            .iter()
            .find(|branch| branch.owner == friend.public())
            .unwrap();
        let findings = theirs.findings();
        assert!(
            matches!(findings[..], [BranchFinding::MovedBack { .. }]),
            "{findings:?}"
        );
        assert_eq!(fs::read_to_string(&note).unwrap(), format!("{second}\n"));
    }
}

fn mmogit_thread(friend: &mmogit::identity::Keys, number: i64) -> Thread {
    use mmogit::model::{Birth, ThreadId, Timestamp};
    let begun = Timestamp::from_millis(START + number * 86_400_000);
    Thread::begin(Birth {
        id: ThreadId::at(begun),
        title: format!("number {number}"),
        author: friend.public(),
        created_at: begun,
        mode: "conversation".to_owned(),
        project: None,
        tags: Vec::new(),
    })
}

/// A tree with one entry changed, along a path of folders.
fn tree_with(forge: &Forge, path: &str, change: &dyn Fn(&mut TreeBuilder<'_>, &str)) -> Oid {
    let tree = forge.repo.find_commit(forge.tip()).unwrap().tree().unwrap();
    changed(forge, &tree, path, change)
}

fn changed(
    forge: &Forge,
    tree: &git2::Tree<'_>,
    path: &str,
    change: &dyn Fn(&mut TreeBuilder<'_>, &str),
) -> Oid {
    let mut builder = forge.repo.treebuilder(Some(tree)).unwrap();
    match path.split_once('/') {
        None => change(&mut builder, path),
        Some((folder, rest)) => {
            let below = forge
                .repo
                .find_tree(tree.get_name(folder).unwrap().id())
                .unwrap();
            builder
                .insert(folder, changed(forge, &below, rest, change), 0o040_000)
                .unwrap();
        }
    }
    builder.write().unwrap()
}

#[test]
fn a_folder_turned_into_a_submodule_with_the_same_id_is_caught() {
    for path in [".mmogit", ".mmogit/threads", ".mmogit/threads/2026-01", DAY] {
        let forge = Forge::new();
        let (file, messages) = (forge.path(), 4);
        let tree = tree_with(&forge, path, &|builder, name| {
            let id = builder.get(name).unwrap().unwrap().id();
            builder.insert(name, id, 0o160_000).unwrap();
        });
        forge.commit(tree, Some(forge.tip()), me().owner());
        let expected = [CommitFinding::MessagesTakenAway {
            path: file,
            messages,
        }];
        assert_eq!(forge.commit_findings(), expected, "{path}");
    }
}

#[test]
fn a_thread_under_a_name_that_nobody_reads_is_caught() {
    for ending in [".JSON", ".json.txt", ".json~", ""] {
        let forge = Forge::new();
        let path = forge.path();
        let tree = tree_with(&forge, &path, &|builder, name| {
            let id = builder.get(name).unwrap().unwrap().id();
            builder.remove(name).unwrap();
            builder
                .insert(name.replace(".json", ending), id, 0o100_644)
                .unwrap();
        });
        forge.commit(tree, Some(forge.tip()), me().owner());
        let expected = [CommitFinding::MessagesTakenAway { path, messages: 4 }];
        assert_eq!(forge.commit_findings(), expected, "{ending}");
    }
}

#[test]
fn a_thread_that_is_a_link_or_can_be_run_is_caught() {
    for mode in [0o120_000, 0o100_755] {
        let forge = Forge::new();
        let path = forge.path();
        let tree = tree_with(&forge, &path, &|builder, name| {
            let id = builder.get(name).unwrap().unwrap().id();
            builder.insert(name, id, mode).unwrap();
        });
        forge.commit(tree, Some(forge.tip()), me().owner());
        let report = forge.home.verify();
        assert!(report.files[0].is_bad(), "{mode:o}");
        let expected = [CommitFinding::NotPlain {
            path: path.clone(),
            mode: mode as u32,
        }];
        assert_eq!(forge.commit_findings(), expected);
        let found = forge.home.workspace().threads().find("a talk").unwrap();
        assert!(
            forge
                .home
                .workspace()
                .threads()
                .continuable(found, &me().public())
                .is_err(),
            "{mode:o}"
        );
        let info = forge.home.workspace().threads().info("a talk").unwrap();
        assert_eq!(info.file.findings, report.files[0].findings, "{mode:o}");
        assert!(info.file.is_bad(), "{mode:o}");
    }
}

#[test]
fn a_name_that_is_there_twice_is_caught() {
    let forge = Forge::new();
    let tree = forge.repo.find_commit(forge.tip()).unwrap().tree().unwrap();
    let raw = forge
        .repo
        .odb()
        .unwrap()
        .read(tree.id())
        .unwrap()
        .data()
        .to_vec();
    let twice = forge
        .repo
        .odb()
        .unwrap()
        .write(ObjectType::Tree, &[raw.clone(), raw].concat());
    let Ok(twice) = twice else {
        panic!("{twice:?}")
    };
    let raw = forge
        .text(tree.id(), Some(forge.tip()))
        .replace(&tree.id().to_string(), &twice.to_string());
    let armour = me()
        .owner()
        .sign_armoured(mmogit::sign::Namespace::Git, raw.as_bytes());
    forge.commit_with(&raw, Some(&armour));
    assert_eq!(
        forge.commit_findings(),
        [CommitFinding::Twice {
            path: ".mmogit".into()
        }]
    );
}

#[test]
fn a_remembered_commit_that_is_gone_itself_is_no_sign_that_nothing_is_missing() {
    let (forge, first) = two_sessions();
    let newest = forge.tip();
    forge.move_branch(first);
    forge.remove(newest);
    let findings = forge.findings();
    let [BranchFinding::SeenUnreadable { unreadable, .. }] = &findings[..] else {
        panic!("{findings:?}")
    };
    assert!(unreadable.iter().any(is_unreadable("")), "{unreadable:?}");
}

#[test]
fn the_same_threads_in_a_history_of_somebody_else_are_no_continuation() {
    let (forge, _) = two_sessions();
    let tree = forge.repo.find_commit(forge.tip()).unwrap().tree_id();
    forge.commit(tree, None, keys(9).owner());
    let findings = forge.findings();
    let moved_back = |finding: &BranchFinding| matches!(finding, BranchFinding::MovedBack { lost, .. } if lost.is_empty());
    assert!(findings.iter().any(moved_back), "{findings:?}");
}

#[test]
fn a_tip_that_its_owner_did_not_sign_is_not_remembered() {
    let forge = Forge::new();
    let friend = keys(2).public();
    forge
        .repo
        .reference(&Forge::branch(&friend), forge.tip(), true, "")
        .unwrap();
    forge.home.workspace().verifier().all().unwrap();
    forge
        .home
        .workspace()
        .threads()
        .list(&Filter::default())
        .unwrap();
    assert!(
        !forge
            .home
            .path()
            .join("state/tips")
            .join(friend.to_string())
            .exists()
    );
}

fn thread_titled(forge: &Forge, title: &str) -> Thread {
    forge
        .home
        .threads()
        .into_iter()
        .find(|thread| thread.title() == title)
        .unwrap()
}

#[test]
fn a_word_of_an_erasure_that_is_made_untrue_is_taken_away() {
    let forge = Forge::new();
    talk(&forge, 60, "secret");
    erase(&forge, "secret");
    let objects = forge.objects_of(forge.tip());
    let (path, word) = objects
        .into_iter()
        .find(|(path, _)| path.contains("/erased/thread_"))
        .unwrap();
    let text = String::from_utf8(forge.repo.find_blob(word).unwrap().content().to_vec()).unwrap();
    let replaced = text.split("\"replaced\": \"").nth(1).unwrap()[..40].to_owned();
    forge.put(&path, text.replace(&replaced, &"0".repeat(40)).as_bytes());
    assert_eq!(
        forge.commit_findings(),
        [CommitFinding::ErasureTakenAway { path }]
    );
}

#[test]
fn an_erasure_hides_no_other_loss_of_the_same_step() {
    let forge = Forge::new();
    talk(&forge, 60, "secret");
    let before = forge.tip();
    forge
        .repo
        .reference("refs/tags/keeps-it", before, true, "")
        .unwrap();
    erase(&forge, "secret");
    // As a device that had seen no more than the commit that was replaced meets it.
    let tree = forge.repo.find_commit(forge.tip()).unwrap().tree().unwrap();
    let path = mmogit::model::layout::places_of(&thread_titled(&forge, "a talk"))[0].clone();
    let without = git2::build::TreeUpdateBuilder::new()
        .remove(path.as_str())
        .create_updated(&forge.repo, &tree)
        .unwrap();
    forge.commit(without, None, me().owner());
    let note = forge
        .home
        .path()
        .join("state/tips")
        .join(me().public().to_string());
    fs::write(note, format!("{before}\n")).unwrap();
    let findings = forge.findings();
    let [BranchFinding::MovedBack { lost, .. }] = &findings[..] else {
        panic!("{findings:?}")
    };
    assert!(
        matches!(&lost[..], [CommitFinding::MessagesTakenAway { path: lost, .. }] if *lost == path),
        "{lost:?}"
    );
}
