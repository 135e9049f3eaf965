use super::super::recall::tests::{Scene, scene};
use super::*;
use crate::workspace::indexing::Needs;

const PAGE: &str = "https://app.example";

fn embedder(origin: &str, project: Option<&Hash>) -> Embedder {
    Embedder {
        origin: origin.to_owned(),
        project: project.map(Hash::to_string),
    }
}

/// A conversation that a page began in a project, saved.
fn conversation(scene: &Scene, project: &Hash) -> Thread {
    let mut thread = Thread::begin(scene.birth(Some(project)));
    thread.set_face(Face::Service);
    thread.set_web_origin(PAGE);
    scene.say(&mut thread, "hello", false);
    scene.save(&thread);
    thread
}

/// As the index has it.
fn indexed(scene: &Scene, root: &Hash) -> Summary {
    let with_root = |index: &crate::index::Index| index.with_root(root);
    let found = scene
        .workspace
        .with_index(&scene.store, Needs::Lists, &with_root);
    found.unwrap().remove(0)
}

fn reach(scene: &Scene, thread: &Summary) -> Option<Reach> {
    scene.workspace.threads().reach(thread).unwrap()
}

#[test]
fn a_page_reaches_what_its_site_began_in_its_project_alone() {
    let (scene, project, other) = (scene(), Hash([1; 32]), Hash([2; 32]));
    let thread = conversation(&scene, &project);
    let reach = reach(&scene, &indexed(&scene, &thread.root())).unwrap();
    assert!(reach.is_reached_by(&embedder(PAGE, Some(&project))));
    for page in [
        embedder("https://other.example", Some(&project)),
        embedder("https://app.example.evil.example", Some(&project)),
        embedder(PAGE, Some(&other)),
        embedder(PAGE, None),
    ] {
        assert!(!reach.is_reached_by(&page), "{page:?}");
    }
    assert!(reach.is_conversation_of(&scene.keys.public()));
    assert!(!reach.is_conversation_of(&PublicKey([7; 32])));
    // Whoever has no part in the project reaches it on no page.
    let page = embedder(PAGE, Some(&project));
    assert!(!reach.is_within(&Membership::default(), Some(&page)));
    assert!(!reach.is_within(&Membership::default(), None));
}

#[test]
fn what_the_index_says_of_a_thread_decides_nothing() {
    let (scene, project) = (scene(), Hash([1; 32]));
    let thread = conversation(&scene, &project);
    let row = indexed(&scene, &thread.root());
    let truth = reach(&scene, &row).unwrap();
    assert_eq!(truth.belonging, Belonging::Project(project));
    let lies = [
        Summary {
            project: None,
            ..row.clone()
        },
        Summary {
            project: Some(Hash([2; 32]).to_string()),
            root: Some(Hash([3; 32])),
            author: PublicKey([7; 32]).to_string(),
            ..row.clone()
        },
    ];
    for lie in lies {
        assert_eq!(reach(&scene, &lie).as_ref(), Some(&truth));
    }
    // Where it names no file there is nothing.
    let elsewhere = Summary {
        path: row.path.replace("thread_", "thread_1"),
        ..row
    };
    assert_eq!(reach(&scene, &elsewhere), None);
}

#[test]
fn a_sealed_header_says_to_its_readers_what_it_belongs_to() {
    let (scene, project) = (scene(), Hash([1; 32]));
    let mut thread = scene.sealed(Some(&project));
    scene.say(&mut thread, "hidden", false);
    scene.save(&thread);
    let row = indexed(&scene, &thread.root());
    assert_eq!(row.project, None, "the index does not know it");
    let reach = reach(&scene, &row).unwrap();
    assert_eq!(reach.belonging, Belonging::Project(project));
    assert!(reach.is_of_project(Some(&project.to_string())));
}

#[test]
fn what_a_file_says_now_counts_and_not_what_it_said() {
    let (scene, project) = (scene(), Hash([1; 32]));
    let thread = conversation(&scene, &project);
    let row = indexed(&scene, &thread.root());
    let entry = scene
        .store
        .entry_at(&row.owner, &row.path)
        .unwrap()
        .unwrap();
    assert!(reach(&scene, &row).is_some());
    assert!(scene.workspace.reaches.find(entry.content()).is_some());
    // Other bytes have another name: nothing that was remembered fits them.
    let mut more = thread.clone();
    scene.say(&mut more, "and more", false);
    let changed = scene.save(&more);
    assert_eq!(scene.workspace.reaches.find(changed.content()), None);
    assert_eq!(reach(&scene, &row).unwrap().root, thread.root());
    assert!(
        scene.workspace.reaches.find(changed.content()).is_some(),
        "it was read where it is now"
    );
}
