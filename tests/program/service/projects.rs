//! Projects over HTTP: who has a part in them, and who says so.

use super::{begun, refused, said, text};
use crate::common::TestHome;
use crate::server::served::Served;
use serde_json::{Value, json};

const PROJECTS: &str = "/api/v1/projects";
const NONE: &str = "Project not found or access denied";
const NOBODYS: &str = "00000000-0000-8000-8000-000000000000";
/// The key of somebody who is not here.
const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

fn begin(served: &Served, name: &str) -> Value {
    let begun = served.client.post(PROJECTS, &json!({ "name": name }));
    assert_eq!(begun.status, 201, "{begun:?}");
    begun.json()
}

fn roles(project: &Value) -> Vec<(&str, &str)> {
    let members = project["members"].as_array().unwrap().iter();
    members
        .map(|member| {
            let (key, role) = (&member["key"], &member["role"]);
            (key.as_str().unwrap(), role.as_str().unwrap())
        })
        .collect()
}

#[test]
fn a_project_is_begun_and_its_owner_lets_in_and_puts_out() {
    let served = Served::start(TestHome::new());
    let project = begin(&served, "Marketing");
    let fields: Vec<&str> = project
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let known = [
        "id",
        "user_id",
        "name",
        "created_at",
        "updated_at",
        "members",
    ];
    assert_eq!(fields, known);
    let own = roles(&project)[0].0.to_owned();
    assert_eq!(roles(&project), [(&own[..], "owner")]);
    assert_eq!(project["members"][0]["user_id"], project["user_id"]);
    let address = format!("{PROJECTS}/{}", project["id"].as_str().unwrap());
    let added = served
        .client
        .post(&format!("{address}/members"), &json!({ "key": KEY }));
    assert_eq!(added.status, 201, "{added:?}");
    assert_eq!(roles(&added.json())[1], (KEY, "member"));
    let members = served.client.get(&format!("{address}/members")).ok();
    assert_eq!(members["members"], added.json()["members"]);
    let again = served
        .client
        .post(&format!("{address}/members"), &json!({ "key": KEY }));
    assert_eq!(
        (again.status, &again.json()["error"]["code"]),
        (409, &"members_unchanged".into())
    );
    let user = members["members"][1]["user_id"].as_str().unwrap();
    let remove = format!("{address}/members/{user}/remove");
    let removed = served.client.ask("POST", &remove, "").ok();
    assert_eq!(roles(&removed), [(&own[..], "owner")]);
    let gone = served.client.ask("POST", &remove, "");
    refused(&gone, 404, "not_found", "Member not found");
    let owner = project["user_id"].as_str().unwrap();
    let own = served
        .client
        .ask("POST", &format!("{address}/members/{owner}/remove"), "");
    assert_eq!(
        (own.status, &own.json()["error"]["code"]),
        (409, &"members_unchanged".into())
    );
    assert_eq!(served.client.get(&address).ok(), removed);
    assert_eq!(
        served.client.get(PROJECTS).ok()["projects"],
        json!([removed])
    );
    served.home.run(&["verify"]).exits(0);
}

#[test]
fn what_can_not_be_a_project_or_a_member_is_refused() {
    let served = Served::start(TestHome::new());
    let project = begin(&served, "Marketing");
    let looks_alike = served.client.post(PROJECTS, &json!({"name": "MARKETING"}));
    let said = "You have a project of this name already";
    refused(&looks_alike, 409, "project_exists", said);
    for name in ["", " ", "a\nb", "a\u{202e}b", &"x".repeat(101)] {
        let told = served.client.post(PROJECTS, &json!({ "name": name }));
        assert_eq!(
            (told.status, &told.json()["error"]["code"]),
            (400, &"invalid_name".into())
        );
    }
    let address = format!("{PROJECTS}/{}", project["id"].as_str().unwrap());
    for key in ["", "x", &KEY[1..], &KEY.to_uppercase()] {
        let told = served
            .client
            .post(&format!("{address}/members"), &json!({ "key": key }));
        refused(
            &told,
            400,
            "invalid_key",
            "Invalid key. Must be 64 hexadecimal digits",
        );
    }
    for id in [NOBODYS, "x"] {
        let address = format!("{PROJECTS}/{id}");
        refused(&served.client.get(&address), 404, "not_found", NONE);
        refused(
            &served.client.get(&format!("{address}/members")),
            404,
            "not_found",
            NONE,
        );
        let add = served
            .client
            .post(&format!("{address}/members"), &json!({ "key": KEY }));
        refused(&add, 404, "not_found", NONE);
        let conversation = json!({ "master_project_id": id });
        let told = served.client.post("/api/v1/conversations", &conversation);
        refused(&told, 404, "not_found", NONE);
        let path = format!("/api/v1/conversations?master_project_id={id}");
        refused(&served.client.get(&path), 404, "not_found", NONE);
    }
}

#[test]
fn a_repeated_beginning_gives_the_same_project() {
    let served = Served::start(TestHome::new());
    let body = json!({"name": "Marketing"});
    let first = served.client.post_with_key(PROJECTS, "key-1", &body);
    let again = served.client.post_with_key(PROJECTS, "key-1", &body);
    assert_eq!((first.status, &again), (201, &first));
    let other = served
        .client
        .post_with_key(PROJECTS, "key-1", &json!({"name": "Other"}));
    assert_eq!(other.status, 422, "{other:?}");
}

#[test]
fn a_conversation_belongs_to_its_project_and_is_listed_with_it() {
    let served = Served::start(TestHome::new());
    let project = begin(&served, "Marketing");
    let id = project["id"].as_str().unwrap();
    let within = begun(&served.client, &json!({ "master_project_id": id }));
    let without = begun(&served.client, &json!({}));
    said(&served.client, &within, &text("in it"));
    said(&served.client, &without, &text("out of it"));
    let ids = |query: &str| -> Vec<String> {
        let page = served
            .client
            .get(&format!("/api/v1/conversations{query}"))
            .ok();
        let listed = page["conversations"].as_array().unwrap().iter();
        listed.map(super::address).collect()
    };
    let shown = served.client.get(&within).ok();
    assert_eq!(shown["master_project_id"], id);
    let (of_project, all) = (ids(&format!("?master_project_id={id}")), ids(""));
    assert_eq!(all, [&without[..], &within]);
    assert_eq!(of_project, [within]);
    served.home.run(&["verify"]).exits(0);
}

#[test]
fn a_project_goes_by_its_id_in_the_record_too() {
    let home = TestHome::new();
    // The first chat makes the identity.
    home.run(&["chat", "-m", "hi", "--backend", "echo"])
        .exits(0);
    let made = home.run(&["project", "create", "Marketing", "--json"]);
    let made: Value = serde_json::from_str(&made.exits(0).stdout).unwrap();
    let (id, uuid) = (made["id"].as_str().unwrap(), made["uuid"].as_str().unwrap());
    let served = Served::start(home);
    let shown = served.client.get(&format!("{PROJECTS}/{id}")).ok();
    assert_eq!(shown["id"], uuid);
    let conversation = served
        .client
        .post("/api/v1/conversations", &json!({ "master_project_id": id }));
    assert_eq!(conversation.status, 201, "{conversation:?}");
    assert_eq!(conversation.json()["master_project_id"], uuid);
    let unknown = format!("{PROJECTS}/{}", "ab".repeat(32));
    let missing = served.client.get(&unknown);
    assert_eq!(missing.status, 404, "{missing:?}");
}
