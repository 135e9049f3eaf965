use super::*;
use crate::identity::{Keys, Words};
use crate::model::effort;
use crate::turn::Beginning;
use crate::workspace::{Setup, Workspace};
use std::sync::atomic::{AtomicI64, Ordering};

fn dream(text: &str) -> Saying {
    Saying {
        role: Role::Dream,
        content: text.to_owned(),
        structured: None,
        agent: Some("api".to_owned()),
        fields: Map::new(),
    }
}

/// How often graphs are drawn and headers read for one more message.
fn effort_of_one(session: &mut Session<'_>) -> usize {
    let before = effort::spent();
    session.stage(dream("one more")).unwrap();
    session.commit_staged().unwrap();
    effort::spent() - before
}

#[test]
fn a_message_takes_no_more_effort_in_a_long_thread() {
    let home = tempfile::tempdir().unwrap();
    let now = AtomicI64::new(1_756_140_749_000);
    let workspace = Workspace::open(Setup {
        home: home.path().to_owned(),
        clock: Box::new(move || now.fetch_add(1, Ordering::Relaxed)),
        random: Box::new(|_: &mut [u8]| unreachable!("nothing is made by chance")),
    })
    .unwrap();
    let keys = Keys::from_words(&Words::from_entropy(&[1; 32]).unwrap());
    let store = workspace.store_of(&keys.public()).unwrap();
    let mut session = Session::begin(&workspace, &store, &keys, Beginning::default()).unwrap();
    session.save_when_asked();
    for number in 0..3 {
        session.stage(dream(&number.to_string())).unwrap();
    }
    session.commit_staged().unwrap();
    let early = effort_of_one(&mut session);
    for number in 0..300 {
        session.stage(dream(&number.to_string())).unwrap();
    }
    session.commit_staged().unwrap();
    session.save().unwrap();
    assert_eq!(effort_of_one(&mut session), early);
    assert!(early <= 4, "{early}");
}
