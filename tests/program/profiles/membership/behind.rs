//! Whoever was put out of a project changes files of their home, with the server running and without
//! it. It gives them nothing.

use super::{CONVERSATIONS, Model, text};
use crate::support::git;
use rusqlite::Connection;
use serde_json::json;

const ANA: usize = 0;
const BEN: usize = 1;

/// Ben was a member of Ana's project, said something in it, and was put out.
fn with_former_member() -> (Model, String) {
    let mut model = Model::start();
    model.begin_project(ANA);
    model.change_members(0, BEN);
    model.deliver(ANA, BEN);
    model.begin_conversation(BEN, 0);
    model.say(0, 1);
    let before = git(&model.repository(BEN), &["rev-parse", &model.branch(ANA)]);
    model.change_members(0, BEN);
    model.deliver(ANA, BEN);
    model.check();
    (model, before.trim().to_owned())
}

impl Model {
    fn branch(&self, user: usize) -> String {
        format!("refs/heads/users/{}", self.keys[user])
    }

    fn edit_index(&self, user: usize, sql: &str) {
        let index = self.repository(user).with_file_name("index.db");
        let changed = Connection::open(index).unwrap().execute(sql, []).unwrap();
        assert!(changed > 0, "{sql}");
    }
}

/// It was seen as it was later.
#[test]
fn an_owners_branch_that_was_put_back_makes_nobody_a_member() {
    let (mut model, before) = with_former_member();
    let branch = model.branch(ANA);
    let put_back = |model: &Model| {
        git(&model.repository(BEN), &["update-ref", &branch, &before]);
    };
    put_back(&model);
    model.say(0, 2);
    model.begin_conversation(BEN, 0);
    model.check();
    let mut model = model.served_again();
    model.say(0, 3);
    model.check();
    git(&model.repository(BEN), &["update-ref", "-d", &branch]);
    model.say(0, 4);
    model.check();
    model.change_members(0, BEN);
    model.deliver(ANA, BEN);
    model.say(0, 5);
    model.check();
}

#[test]
fn an_edited_index_lets_no_former_member_in() {
    let (model, _) = with_former_member();
    model.edit_index(BEN, "UPDATE thread SET project = NULL");
    let mut model = model.served_again();
    model.say(0, 2);
    model.check_reach();
    model.edit_index(BEN, "UPDATE thread SET project = NULL, title = title");
    model.check_reach();
}

#[test]
fn an_edited_index_shows_no_conversation_under_anothers_id() {
    let (model, _) = with_former_member();
    let client = &model.clients[BEN];
    let begun = client.post(CONVERSATIONS, &json!({"title": "own"}));
    let own = text(&begun.json()["id"]);
    let said = json!({"content": {"text": "mine"}});
    let said = client.post(&format!("{CONVERSATIONS}/{own}/messages"), &said);
    assert_eq!(said.status, 201, "{said:?}");
    client.get(CONVERSATIONS).ok();
    let secret = model.conversations[0].id.clone();
    // The one lies under the other's id, and says to be of its root.
    model.edit_index(
        BEN,
        "UPDATE thread SET root = (SELECT root FROM thread WHERE project IS NOT NULL)
         WHERE project IS NULL AND face = 'service'",
    );
    let model = model.served_again();
    let client = &model.clients[BEN];
    // Hidden it may be, and never another one.
    let shown = client.get(&format!("{CONVERSATIONS}/{own}/messages"));
    assert_eq!(shown.status, 404, "{shown:?}");
    let hidden = client.get(&format!("{CONVERSATIONS}/{secret}/messages"));
    assert_eq!(hidden.status, 404, "{hidden:?}");
    model.edit_index(
        BEN,
        "UPDATE conversation SET id = (SELECT id FROM conversation WHERE thread IN
             (SELECT key FROM thread WHERE project IS NOT NULL))",
    );
    let hidden = client.get(&format!("{CONVERSATIONS}/{secret}/messages"));
    assert_eq!(hidden.status, 404, "{hidden:?}");
    let listed = client.get(CONVERSATIONS).ok();
    let ids: Vec<&str> = listed["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [own.as_str()], "{listed}");
}
