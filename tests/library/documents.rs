//! Projects and drafts in a home: whose word counts, what goes with an erased thread, what a newer
//! key goes on with, and that nothing of a sealed thread lies open in a draft of it.

use crate::support::{
    Canned, Home, START, Say, ignore, keys, me, titled, traces_of, workspace_with_chance,
};
use mmogit::identity::Words;
use mmogit::model::{
    DraftState, DraftText, Filed, Hash, KeptDraft, Message, OwnedProject, Project, ProjectNonce,
    Role, Thread, Timestamp, Uuid, draft_id,
};
use mmogit::seal::Reader;
use mmogit::turn::{Beginning, Session};
use mmogit::workspace::{DraftError, ProjectError, ProjectOwner, ShownDraft, WorkError, Workspace};
use std::collections::BTreeMap;

const SECRET: &str = "xyzzy";

fn talk_in(workspace: &Workspace, beginning: Beginning, answer: &str) -> Thread {
    let store = workspace.store_of(&me().public()).unwrap();
    let mut session = Session::begin(workspace, &store, me(), beginning).unwrap();
    session.say("a question").unwrap();
    session
        .ask(&Canned::new(answer), None, &mut ignore)
        .unwrap();
    let mut thread = session.end().unwrap().unwrap();
    me().opener().open(&mut thread);
    thread
}

fn talk(workspace: &Workspace, title: &str, answer: &str) -> Thread {
    talk_in(workspace, titled(title), answer)
}

fn reply(thread: &Thread) -> Message {
    let mut visible = thread.visible().into_iter().rev();
    let reply = visible.find(|message| message.role() == Role::Ai);
    reply.unwrap().clone()
}

fn found(workspace: &Workspace, thread: &Thread) -> ShownDraft {
    let message = reply(thread);
    let content = message.field("content").unwrap();
    let drafts = workspace.drafts();
    let found = drafts.of_message(&me().public(), thread, &message, 0, content);
    found.unwrap()
}

fn kept(workspace: &Workspace, thread: &Thread) -> ShownDraft {
    let found = found(workspace, thread);
    workspace.drafts().keep(me(), &found).unwrap()
}

#[test]
fn a_draft_is_kept_edited_accepted_and_applied() {
    let home = Home::new();
    let workspace = home.workspace();
    let thread = talk(&workspace, "a talk", "the plan");
    let shown = kept(&workspace, &thread);
    let again = kept(&workspace, &thread);
    assert_eq!(again.draft, shown.draft, "made twice it is one");
    assert_eq!(shown.draft.id, draft_id(&reply(&thread).id(), 0));
    let drafts = workspace.drafts();
    let edited = drafts.edit(me(), &shown, "my plan".into()).unwrap();
    assert_eq!(edited.draft.state, DraftState::Edited);
    let too_early = drafts.note_applied(me(), &edited, Some("plan.md"), false);
    assert!(matches!(
        too_early,
        Err(WorkError::Draft(DraftError::Refused(_)))
    ));
    let accepted = drafts.accept(me(), &edited).unwrap();
    let applied = drafts
        .note_applied(me(), &accepted, Some("plan.md"), false)
        .unwrap();
    assert_eq!(applied.draft.state, DraftState::Accepted);
    assert_eq!(applied.draft.applied[0].to.as_deref(), Some("plan.md"));
    // What somebody decided on an older sight of it.
    let late = drafts.discard(me(), &shown).unwrap_err();
    assert_eq!(late.to_string(), "Draft has already been applied");
    let list = drafts.list(&me().public()).unwrap();
    assert_eq!(list.drafts.len(), 1);
    assert_eq!(list.drafts[0].open.as_ref().unwrap().text(), "my plan");
    let id = applied.draft.id.to_string();
    let by_prefix = drafts.find(&me().public(), &id[..6]).unwrap();
    assert_eq!(by_prefix.draft, applied.draft);
    assert!(drafts.find(&me().public(), &id[..3]).is_err());
    home.assert_sound();
}

/// Before anything is done with it there is no document, and it is a draft all the same.
#[test]
fn a_message_that_says_so_has_a_draft_at_once() {
    let home = Home::new();
    let workspace = home.workspace();
    let mut thread = talk(&workspace, "a talk", "an answer");
    let last = reply(&thread);
    let said = mmogit::model::MessageDraft::new(
        Role::Human,
        "proposed",
        last.timestamp(),
        me().public(),
        &[last.id()],
    );
    let said = said
        .with("draft", Some(true))
        .with("intent", Some("explain"));
    thread.append(me().owner().sign_message(said));
    let store = home.store();
    let save = mmogit::store::Save {
        owner: me().owner(),
        thread: &thread,
        base: None,
        replaces: None,
        now: workspace.now(),
    };
    store.save(&save).unwrap();
    let list = workspace.drafts().list(&me().public()).unwrap();
    let [shown] = &list.drafts[..] else {
        panic!("{list:?}")
    };
    assert!(!shown.is_kept);
    assert_eq!(shown.draft.state, DraftState::Generated);
    let open = shown.open.as_ref().unwrap();
    assert_eq!(
        (open.text().as_str(), open.kind.as_deref()),
        ("proposed", Some("explain"))
    );
    let accepted = workspace.drafts().accept(me(), shown).unwrap();
    assert!(accepted.is_kept);
    let list = workspace.drafts().list(&me().public()).unwrap();
    assert_eq!(list.drafts.len(), 1);
    assert_eq!(list.drafts[0].draft.state, DraftState::Accepted);
}

#[test]
fn what_was_erased_is_gone_from_its_drafts_too() {
    let home = Home::new();
    let workspace = home.workspace();
    let thread = talk(&workspace, "secret", SECRET);
    let other = talk(&workspace, "other", "harmless");
    let shown = kept(&workspace, &thread);
    let edited = workspace.drafts();
    let edited = edited.edit(me(), &shown, format!("{SECRET} edited").into());
    edited.unwrap();
    let left = kept(&workspace, &other);
    assert_ne!(traces_of(SECRET, &home), Vec::<String>::new());
    let erasable = workspace.eraser().erasable(&me().public(), "secret");
    workspace.eraser().erase(me(), &erasable.unwrap()).unwrap();
    assert_eq!(traces_of(SECRET, &home), Vec::<String>::new());
    home.assert_sound();
    assert_eq!(home.store().lost_since_seen(&me().public()).unwrap(), None);
    let list = workspace.drafts().list(&me().public()).unwrap();
    let ids: Vec<_> = list.drafts.iter().map(|shown| shown.draft.id).collect();
    assert_eq!(ids, [left.draft.id]);
    let back = workspace.drafts().keep(me(), &shown);
    assert!(back.is_err(), "it does not come back: {back:?}");
}

#[test]
fn a_draft_of_a_sealed_thread_lies_nowhere_open() {
    let home = Home::new();
    let workspace = workspace_with_chance(home.path(), START, "home");
    let beginning = Beginning {
        sealed_for: Some(Vec::<Reader>::new()),
        ..titled("a talk")
    };
    let thread = talk_in(&workspace, beginning, SECRET);
    let shown = kept(&workspace, &thread);
    let drafts = workspace.drafts();
    let edited = drafts
        .edit(me(), &shown, format!("{SECRET} edited").into())
        .unwrap();
    let accepted = drafts.accept(me(), &edited).unwrap();
    let applied = drafts
        .note_applied(me(), &accepted, Some(SECRET), false)
        .unwrap();
    assert_eq!(applied.draft.applied[0].to, None);
    assert!(matches!(applied.draft.text, DraftText::Sealed(_)));
    assert_eq!(traces_of(SECRET, &home), Vec::<String>::new());
    workspace.read_as(me());
    let list = drafts.list(&me().public()).unwrap();
    let open = list.drafts[0].open.as_ref().unwrap();
    assert_eq!(open.text(), format!("{SECRET} edited"));
    // Who has the branch and no key.
    let stranger = keys(2).opener();
    let DraftText::Sealed(sealed) = &applied.draft.text else {
        unreachable!()
    };
    assert!(
        stranger
            .open_draft_text(&thread, &applied.draft.id, sealed)
            .is_err()
    );
    home.assert_sound();
}

#[test]
fn projects_count_on_their_owners_branch_alone() {
    let home = Home::new();
    let workspace = workspace_with_chance(home.path(), START, "home");
    let projects = workspace.projects();
    let mine = projects.create(me(), "launch").unwrap();
    let alike = projects.create(me(), "Iaunch").unwrap_err();
    assert!(matches!(alike, WorkError::Project(ProjectError::Exists(_))));
    let friend = keys(2);
    projects.add(me(), "launch", friend.public()).unwrap();
    let twice = projects.add(me(), "launch", friend.public());
    assert!(twice.is_err());
    // A friend's own, and one that only claims to be mine.
    let now = Timestamp::from_millis(1_756_140_749_000);
    let store = home.store();
    let begun =
        |name: &str| OwnedProject::begin(&friend.public(), name, now, ProjectNonce([3; 32]));
    let mut theirs = begun("theirs");
    theirs.add(&friend.public(), me().public(), now).unwrap();
    let save = |kind: OwnedProject| {
        let project = Project::new(friend.public(), kind);
        store.save_project(friend.owner(), &project, now).unwrap()
    };
    save(theirs.clone());
    let mut stolen = OwnedProject::clone(&mine);
    stolen.begun_by = Some(me().public());
    stolen.name = "stolen".to_owned();
    save(stolen);
    let names = |list: Vec<Project>| {
        let named = list.into_iter().map(|project| project.name.clone());
        named.collect::<Vec<_>>()
    };
    let list = projects.of(&me().public()).unwrap();
    assert_eq!(list.troubles.len(), 1, "{:?}", list.troubles);
    assert_eq!(names(list.projects), ["launch", "theirs"]);
    let found = projects.with_id(&me().public(), &mine.id).unwrap().unwrap();
    assert!(found.has_member(&friend.public()) && found.author() == me().public());
    let foreign = projects.remove(me(), "theirs", me().public()).unwrap_err();
    assert!(matches!(
        foreign,
        WorkError::Project(ProjectError::Foreign { .. })
    ));
    // A member who was removed sees nothing of it any more.
    theirs.remove(&friend.public(), me().public(), now).unwrap();
    save(theirs);
    assert_eq!(
        names(projects.of(&me().public()).unwrap().projects),
        ["launch"]
    );
    assert!(matches!(
        projects.find(&me().public(), "theirs"),
        Err(WorkError::Project(ProjectError::NotFound(_)))
    ));
}

#[test]
fn a_project_goes_by_its_id_in_either_form_and_several_say_whose_they_are() {
    let home = Home::new();
    let workspace = workspace_with_chance(home.path(), START, "home");
    let projects = workspace.projects();
    let mine = projects.create(me(), "launch").unwrap();
    let friend = keys(2);
    let now = Timestamp::from_millis(1_756_140_749_000);
    let mut theirs = OwnedProject::begin(&friend.public(), "launch", now, ProjectNonce([3; 32]));
    theirs.add(&friend.public(), me().public(), now).unwrap();
    let theirs = Project::new(friend.public(), theirs);
    home.store()
        .save_project(friend.owner(), &theirs, now)
        .unwrap();
    let own = me().public();
    for project in [&mine, &theirs] {
        for name in [project.id.to_string(), Uuid::of(&project.id).to_string()] {
            assert_eq!(projects.find(&own, &name).unwrap().id, project.id);
        }
    }
    let several = projects.find(&own, "launch").unwrap_err();
    let WorkError::Project(ProjectError::Ambiguous { candidates, .. }) = several else {
        panic!("{several}");
    };
    let owner_of = |id: &Hash| {
        let mut all = candidates.iter();
        all.find(|one| one.project.id == *id).unwrap().owner.clone()
    };
    assert_eq!(owner_of(&mine.id), ProjectOwner::Reader);
    let friends = ProjectOwner::Other {
        key: friend.public(),
        name: None,
    };
    assert_eq!(owner_of(&theirs.id), friends);
}

#[test]
fn a_newer_key_goes_on_with_projects_and_drafts() {
    let home = Home::new();
    let workspace = workspace_with_chance(home.path(), START, "home");
    let vault = workspace.vault().unwrap();
    assert!(vault.is_none_or(|vault| vault.author() == me().public()));
    let thread = talk(&workspace, "a talk", "the plan");
    let project = workspace.projects().create(me(), "launch").unwrap();
    workspace
        .projects()
        .add(me(), "launch", keys(2).public())
        .unwrap();
    let draft = kept(&workspace, &thread);
    let accepted = workspace.drafts().accept(me(), &draft).unwrap();
    let rotator = workspace.rotator().unwrap();
    let words = Words::from_entropy(&[9; 32]).unwrap();
    if workspace.vault().unwrap().is_none() {
        let own = Words::from_entropy(&[1; 32]).unwrap();
        workspace.create_identity(&own, None).unwrap();
    }
    rotator.begin(&words, None).unwrap();
    let newer = rotator.broken_off().unwrap().unwrap().unlock(None).unwrap();
    rotator.rotate(me(), &newer).unwrap();
    let own = newer.public();
    let list = workspace.projects().of(&own).unwrap();
    assert_eq!(list.troubles.len(), 0, "{:?}", list.troubles);
    let [found] = &list.projects[..] else {
        panic!("{list:?}")
    };
    assert_eq!((found.id, found.author()), (project.id, own));
    assert!(found.has_member(&keys(2).public()));
    let drafts = workspace.drafts().list(&own).unwrap();
    let [shown] = &drafts.drafts[..] else {
        panic!("{drafts:?}")
    };
    assert_eq!(shown.draft, accepted.draft);
    assert!(shown.thread.is_some());
    home.assert_sound();
}

/// Two devices, each of which changes what the other changes.
#[test]
fn two_devices_end_with_one_version_of_each() {
    let home = Home::new();
    let workspace = home.workspace();
    let thread = talk(&workspace, "a talk", "the plan");
    let shown = kept(&workspace, &thread);
    let versions = |texts: &[&str]| {
        let mut versions = BTreeMap::new();
        for (number, text) in texts.iter().enumerate() {
            let mut draft = shown.draft.clone();
            let now = Timestamp::from_millis(2_000_000_000_000 + number as i64);
            match *text {
                "accept" => draft.accept(now).unwrap(),
                "discard" => draft.discard(now).unwrap(),
                text => {
                    let mut open = shown.open.clone().unwrap();
                    open.content = text.into();
                    draft.edit(DraftText::Open(open), now).unwrap();
                }
            }
            versions.insert(number, mmogit::model::Draft::new(me().public(), draft));
        }
        versions
    };
    let made = versions(&["accept", "one", "discard", "two"]);
    let store = home.store();
    for number in [1, 3, 0, 2] {
        store
            .save_draft(me().owner(), &made[&number], workspace.now())
            .unwrap();
    }
    let verdict = store.draft(&me().public(), &shown.draft.id).unwrap();
    let found = verdict.unwrap().good().unwrap();
    assert_eq!(found.state, DraftState::Accepted);
    let all = made.values().cloned();
    let united = all
        .reduce(|one, other| KeptDraft::unite(&other, &one))
        .unwrap();
    assert_eq!(united.state, found.state);
    assert_eq!(united.text, found.text);
    home.assert_sound();
}
