//! Projects of several people on one server: whoever has no part in one, or none any more, gets what
//! they would get if it were not there.

mod behind;

use super::Server;
use super::conversations::{Chance, NOBODYS, all_of};
use crate::cli::profile;
use crate::common::{TestHome, wait_until};
use crate::server::served::{Answered, Client};
use crate::support::git;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

const CONVERSATIONS: &str = "/api/v1/conversations";
const PROJECTS: &str = "/api/v1/projects";
const NAMES: [&str; 3] = ["ana", "ben", "cleo"];
const STEPS: usize = 120;

/// What a project's owner says, and what each of the others has heard of it last.
struct Project {
    id: String,
    owner: usize,
    members: BTreeSet<usize>,
    heard: [Option<BTreeSet<usize>>; NAMES.len()],
}

/// A conversation of somebody's in a project.
struct Conversation {
    id: String,
    user: usize,
    project: usize,
    texts: Vec<String>,
}

/// Everybody, and what should be.
struct Model {
    server: Server,
    clients: Vec<Client>,
    keys: Vec<String>,
    projects: Vec<Project>,
    conversations: Vec<Conversation>,
}

impl Project {
    /// Whether somebody has a part in it, as far as they know.
    fn admits(&self, user: usize) -> bool {
        match user == self.owner {
            true => true,
            false => self.heard[user]
                .as_ref()
                .is_some_and(|members| members.contains(&user)),
        }
    }
}

impl Model {
    fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// On a server of which something is made ready before anybody logs in.
    fn start_with(prepare: impl FnOnce(&Server)) -> Self {
        let server = Server::start();
        prepare(&server);
        Self::of(server)
    }

    /// On a server that asks an AI of somebody's making.
    fn start_on(options: impl FnOnce(&TestHome) -> Vec<String>) -> Self {
        let home = TestHome::new();
        profile::add(&home, NAMES[0], &["--owner"]).exits(0);
        for name in &NAMES[1..] {
            profile::add(&home, name, &[]).exits(0);
        }
        let options = options(&home);
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        Self::of(Server::with(home, &options))
    }

    fn of(server: Server) -> Self {
        let clients: Vec<Client> = NAMES.iter().map(|name| server.client_of(name)).collect();
        let keys = clients.iter().map(key_of).collect();
        Self {
            server,
            clients,
            keys,
            projects: Vec::new(),
            conversations: Vec::new(),
        }
    }

    fn served_again(self) -> Self {
        let server = self.server.again(false);
        Self {
            clients: NAMES.iter().map(|name| server.client_of(name)).collect(),
            server,
            ..self
        }
    }

    fn repository(&self, user: usize) -> PathBuf {
        self.server.folder().join(NAMES[user]).join("repo.git")
    }

    fn begin_project(&mut self, owner: usize) {
        let name = format!("Project {}", self.projects.len());
        let begun = self.clients[owner].post(PROJECTS, &json!({ "name": name }));
        assert_eq!(begun.status, 201, "{begun:?}");
        self.projects.push(Project {
            id: text(&begun.json()["id"]),
            owner,
            members: BTreeSet::new(),
            heard: Default::default(),
        });
    }

    /// Its owner lets somebody in, or puts them out.
    fn change_members(&mut self, project: usize, user: usize) {
        let project = &mut self.projects[project];
        if user == project.owner {
            return;
        }
        let (client, key) = (&self.clients[project.owner], &self.keys[user]);
        let address = format!("{PROJECTS}/{}/members", project.id);
        if !project.members.remove(&user) {
            project.members.insert(user);
            let added = client.post(&address, &json!({ "key": key }));
            assert_eq!(added.status, 201, "{added:?}");
            return;
        }
        let members = client.get(&address).ok();
        let members = members["members"].as_array().unwrap().iter();
        let mut found = members.filter(|member| member["key"] == **key);
        let id = text(&found.next().unwrap()["user_id"]);
        client
            .ask("POST", &format!("{address}/{id}/remove"), "")
            .ok();
    }

    /// Somebody gets what another's branch has, as by syncing.
    fn deliver(&mut self, from: usize, to: usize) {
        if from == to {
            return;
        }
        let branch = format!("refs/heads/users/{}", self.keys[from]);
        let source = self.repository(from);
        let refspec = format!("+{branch}:{branch}");
        git(
            &self.repository(to),
            &["fetch", "-q", source.to_str().unwrap(), &refspec],
        );
        for project in self
            .projects
            .iter_mut()
            .filter(|project| project.owner == from)
        {
            project.heard[to] = Some(project.members.clone());
        }
    }

    fn begin_conversation(&mut self, user: usize, project: usize) {
        let known = &self.projects[project];
        let body = json!({ "master_project_id": known.id });
        let begun = self.clients[user].post(CONVERSATIONS, &body);
        if !known.admits(user) {
            let unknown = json!({ "master_project_id": NOBODYS });
            assert_eq!(begun, self.clients[user].post(CONVERSATIONS, &unknown));
            assert_eq!(begun.status, 404);
            return;
        }
        assert_eq!(begun.status, 201, "{begun:?}");
        self.conversations.push(Conversation {
            id: text(&begun.json()["id"]),
            user,
            project,
            texts: Vec::new(),
        });
    }

    fn say(&mut self, conversation: usize, number: usize) {
        let kept = &mut self.conversations[conversation];
        let path = format!("{CONVERSATIONS}/{}/messages", kept.id);
        let words = format!("text {number}");
        let body = json!({"content": {"text": words}});
        let said = self.clients[kept.user].post(&path, &body);
        match self.projects[kept.project].admits(kept.user) {
            true => {
                assert_eq!(said.status, 201, "{said:?}");
                kept.texts.push(words);
            }
            false => assert_eq!(said.status, 404, "{said:?}"),
        }
    }

    /// Asks for a draft, and gives the reply's name.
    fn ask(&self, user: usize, conversation: &str) -> String {
        let body = json!({"content": {"text": "plan it"}, "intent": "draft_plan", "reply": true});
        let said = self.clients[user].post(&format!("{conversation}/messages"), &body);
        assert_eq!(said.status, 201, "{said:?}");
        text(&said.json()["reply_id"])
    }

    fn step(&mut self, chance: &mut Chance, number: usize) {
        let (user, other) = (chance.below(NAMES.len()), chance.below(NAMES.len()));
        if self.projects.len() < 3 {
            return self.begin_project(user);
        }
        let project = chance.below(self.projects.len());
        match chance.below(5) {
            0 => self.change_members(project, other),
            1 => self.deliver(user, other),
            2 => self.begin_conversation(user, project),
            _ if self.conversations.is_empty() => self.begin_conversation(user, project),
            _ => {
                let place = chance.below(self.conversations.len());
                self.say(place, number);
            }
        }
    }

    /// Each sees what is theirs, as far as its project admits them, and of the rest nothing.
    fn check(&self) {
        self.check_reach();
        for (user, client) in self.clients.iter().enumerate() {
            self.check_figures(client, &self.admitted(user));
        }
    }

    /// The conversations that somebody may see.
    fn admitted(&self, user: usize) -> BTreeSet<String> {
        let admitted =
            |kept: &&Conversation| kept.user == user && self.projects[kept.project].admits(user);
        let kept = self.conversations.iter().filter(admitted);
        kept.map(|kept| kept.id.clone()).collect()
    }

    /// All but the figures, which are the index's.
    fn check_reach(&self) {
        for (user, client) in self.clients.iter().enumerate() {
            let own = self.admitted(user);
            assert_eq!(listed(client, CONVERSATIONS, "conversations"), own);
            let page = client.get(CONVERSATIONS).ok();
            assert_eq!(page["total"], own.len(), "{page}");
            for (place, project) in self.projects.iter().enumerate() {
                if project.admits(user) {
                    let path = format!("{CONVERSATIONS}?master_project_id={}", project.id);
                    let within = |kept: &&Conversation| kept.user == user && kept.project == place;
                    let count = self.conversations.iter().filter(within).count();
                    assert_eq!(client.get(&path).ok()["total"], count);
                }
            }
            let projects = self.projects.iter().filter(|project| project.admits(user));
            let projects: BTreeSet<String> = projects.map(|one| one.id.clone()).collect();
            assert_eq!(listed(client, PROJECTS, "projects"), projects);
            self.check_found(client, &own);
            let nothing = all_of(client, NOBODYS);
            for kept in &self.conversations {
                if own.contains(&kept.id) {
                    assert_eq!(texts(client, &kept.id), kept.texts);
                } else {
                    let asked = all_of(client, &kept.id);
                    assert_eq!(asked, nothing, "{} asks for {}", NAMES[user], kept.id);
                }
            }
            for project in self.projects.iter().filter(|project| !project.admits(user)) {
                let unknown = all_of_project(client, NOBODYS);
                assert_eq!(all_of_project(client, &project.id), unknown);
            }
        }
    }

    /// Nothing is counted of what they may not see.
    fn check_figures(&self, client: &Client, own: &BTreeSet<String>) {
        let figures = client.get("/api/v1/analytics").ok();
        assert_eq!(figures["conversation_count"], own.len(), "{figures}");
        if figures["sealed_conversations"] == 0 {
            let seen = self.conversations.iter();
            let seen = seen.filter(|kept| own.contains(&kept.id));
            let sent: usize = seen.map(|kept| kept.texts.len()).sum();
            assert_eq!(figures["message_count"], sent, "{figures}");
        }
    }

    /// A search leads to what they may see, and to nothing else.
    fn check_found(&self, client: &Client, own: &BTreeSet<String>) {
        let found = client.get("/api/v1/search?q=text&limit=100").ok();
        for hit in found["hits"].as_array().unwrap() {
            assert!(own.contains(&text(&hit["conversation_id"])), "{hit}");
        }
    }
}

fn key_of(client: &Client) -> String {
    let begun = client.post(PROJECTS, &json!({"name": "Own"}));
    let key = text(&begun.json()["members"][0]["key"]);
    assert_eq!(key.len(), 64);
    key
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value}"))
        .to_owned()
}

fn listed(client: &Client, path: &str, field: &str) -> BTreeSet<String> {
    let page = client.get(&format!("{path}?limit=200")).ok();
    let all = page[field].as_array().unwrap().iter();
    all.filter(|one| one["name"] != "Own")
        .map(|one| text(&one["id"]))
        .collect()
}

fn texts(client: &Client, id: &str) -> Vec<String> {
    let page = client
        .get(&format!("{CONVERSATIONS}/{id}/messages?limit=200"))
        .ok();
    let messages = page["messages"].as_array().unwrap().iter();
    messages
        .map(|message| text(&message["content"]["text"]))
        .collect()
}

/// What somebody gets who asks for all that can be asked of a project.
fn all_of_project(client: &Client, id: &str) -> Vec<Answered> {
    let address = format!("{PROJECTS}/{id}");
    let key = json!({"key": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"});
    let user = "0011aabb-4455-8677-8899-aabbccddeeff";
    vec![
        client.get(&address),
        client.get(&format!("{address}/members")),
        client.post(&format!("{address}/members"), &key),
        client.ask("POST", &format!("{address}/members/{user}/remove"), ""),
        client.get(&format!("{CONVERSATIONS}?master_project_id={id}")),
        client.get(&format!("/api/v1/drafts?master_project_id={id}")),
        client.get(&format!("/api/v1/tags?master_project_id={id}")),
        client.post(
            "/api/v1/tags/preview",
            &json!({"content": {"text": "@text"}, "master_project_id": id}),
        ),
    ]
}

/// `PROJECT_SCOPE_ENFORCED`, on creating, reading, writing, and after it has ended.
#[test]
fn whoever_has_no_part_in_a_project_gets_nothing_of_it() {
    let mut model = Model::start();
    let mut chance = Chance(11);
    for number in 0..STEPS {
        model.step(&mut chance, number);
        if number % 20 == 19 {
            model.check();
        }
    }
    model.check();
}

/// What they said stays theirs, and can be checked; it comes back with their part in the project.
#[test]
fn a_former_member_keeps_nothing_new_and_loses_nothing() {
    let mut model = Model::start();
    let (ana, ben) = (0, 1);
    model.begin_project(ana);
    model.change_members(0, ben);
    model.deliver(ana, ben);
    model.begin_conversation(ben, 0);
    model.say(0, 1);
    // What was shown a moment ago, and is remembered, is as far away as what is read anew.
    model.check();
    model.change_members(0, ben);
    model.say(0, 2);
    model.deliver(ana, ben);
    model.check();
    model.say(0, 3);
    model.begin_conversation(ben, 0);
    model.check();
    assert_eq!(model.conversations[0].texts, ["text 1", "text 2"]);
    model.change_members(0, ben);
    model.deliver(ana, ben);
    model.say(0, 4);
    model.check();
    assert_eq!(model.conversations[0].texts, ["text 1", "text 2", "text 4"]);
}

/// Anybody may call a project what they like, and let in whom they like.
#[test]
fn whoever_is_asked_by_a_page_is_told_who_began_its_project() {
    let mut model = Model::start();
    let (ana, ben) = (0, 1);
    model.begin_project(ana);
    model.change_members(0, ben);
    model.deliver(ana, ben);
    let asked = |user: usize| {
        let client = &model.clients[user];
        let own = format!("http://127.0.0.1:{}", client.port);
        let project = &model.projects[0].id;
        client.get(&format!("/api/embed/asking?origin={own}&project={project}"))
    };
    let told = asked(ana).ok();
    assert_eq!(
        (&told["project"], &told["project_owner"]),
        (&json!("Project 0"), &json!(null))
    );
    let told = asked(ben).ok();
    assert_eq!(
        (&told["project"], &told["project_owner"]),
        (&json!("Project 0"), &json!(model.keys[ana]))
    );
    assert_eq!(asked(2).status, 404);
}

/// What is sealed says to what it belongs only when it is opened.
#[test]
fn a_sealed_conversation_is_of_its_project_too() {
    let mut model = Model::start_with(|server| {
        let ben = server.folder().join("ben").join("config.toml");
        fs::write(ben, "encrypt = true\n").unwrap();
    });
    let (ana, ben) = (0, 1);
    model.begin_project(ana);
    model.change_members(0, ben);
    model.deliver(ana, ben);
    model.begin_conversation(ben, 0);
    model.say(0, 1);
    let path = format!("{CONVERSATIONS}/{}", model.conversations[0].id);
    let shown = model.clients[ben].get(&path).ok();
    assert_eq!(shown["master_project_id"], *model.projects[0].id);
    model.check();
    model.change_members(0, ben);
    model.deliver(ana, ben);
    model.say(0, 2);
    model.check();
    let model = &mut model.served_again();
    model.say(0, 3);
    model.check();
    // Nobody can archive what they can't see: it counts for nothing.
    let client = &model.clients[ben];
    for number in 0..50 {
        let begun = client.post(CONVERSATIONS, &json!({}));
        assert_eq!(begun.status, 201, "{number}: {begun:?}");
    }
    assert_eq!(client.post(CONVERSATIONS, &json!({})).status, 409);
}

/// Neither an answer that was coming when they were put out, nor what they had a draft of before.
#[test]
fn an_answer_that_comes_too_late_is_not_kept_and_drafts_are_out_of_reach() {
    let mut model = Model::start_on(|home| {
        let go = home.path().join("go");
        let script = format!(
            "cat > /dev/null; echo >> '{}'; while ! test -e '{}'; do sleep 0.1; done; printf 'too late'",
            home.path().join("calls").display(),
            go.display()
        );
        let program = home.program("waiting", &script);
        vec!["--command".to_owned(), program.to_str().unwrap().to_owned()]
    });
    let (ana, ben) = (0, 1);
    let go = model.server.home.path().join("go");
    model.begin_project(ana);
    model.change_members(0, ben);
    model.deliver(ana, ben);
    model.begin_conversation(ben, 0);
    let path = format!("{CONVERSATIONS}/{}", model.conversations[0].id);
    fs::write(&go, "").unwrap();
    let first = model.ask(ben, &path);
    let draft = wait_for_draft(&model.clients[ben], &path);
    fs::remove_file(&go).unwrap();
    assert_eq!(model.clients[ben].get(&draft).status, 200);
    let second = model.ask(ben, &path);
    let waiting = model.ask(ben, &path);
    model.change_members(0, ben);
    model.deliver(ana, ben);
    let client = &model.clients[ben];
    let unknown = format!("/api/v1/drafts/{NOBODYS}");
    for of_it in ["", "/drawn"] {
        let told = client.get(&format!("{draft}{of_it}"));
        assert_eq!(told, client.get(&format!("{unknown}{of_it}")));
    }
    for how in ["accept", "discard"] {
        let (draft, unknown) = (format!("{draft}/{how}"), format!("{unknown}/{how}"));
        let told = client.ask("POST", &draft, "");
        assert_eq!(told, client.ask("POST", &unknown, ""));
    }
    assert_eq!(client.get("/api/v1/drafts").ok()["total"], 0);
    for reply in [&first, &second, &waiting] {
        let events = client.get(&format!("{path}/replies/{reply}/events"));
        assert_eq!(events.status, 404, "{events:?}");
    }
    // Its program waits on, and yet it has ended.
    for reply in [&second, &waiting] {
        let told = client.get(&format!("/api/persona_chat/{reply}"));
        assert_eq!(told.status, 200, "{told:?}");
    }
    let calls = fs::read_to_string(model.server.home.path().join("calls")).unwrap();
    assert_eq!(calls.lines().count(), 2, "what waited is not sent any more");
    model.change_members(0, ben);
    model.deliver(ana, ben);
    let page = model.clients[ben].get(&format!("{path}/messages")).ok();
    let texts: Vec<&Value> = page["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| &message["content"]["text"])
        .collect();
    assert_eq!(
        texts,
        ["plan it", "too late", "plan it", "plan it"],
        "{page}"
    );
    assert_eq!(model.clients[ben].get(&draft).ok()["state"], "generated");
}

/// What was decided on where they have no part any more is counted no longer.
#[test]
fn a_decision_in_a_project_that_was_left_is_not_counted() {
    let mut model = Model::start_on(|home| {
        let program = home.program("planner", "cat > /dev/null; printf 'a plan'");
        vec!["--command".to_owned(), program.to_str().unwrap().to_owned()]
    });
    let (ana, ben) = (0, 1);
    model.begin_project(ana);
    model.change_members(0, ben);
    model.deliver(ana, ben);
    model.begin_conversation(ben, 0);
    let path = format!("{CONVERSATIONS}/{}", model.conversations[0].id);
    model.ask(ben, &path);
    let draft = wait_for_draft(&model.clients[ben], &path);
    let accept = format!("{draft}/accept");
    model.clients[ben].ask("POST", &accept, "").ok();
    let rate = |model: &Model| {
        let figures = model.clients[ben].get("/api/v1/analytics").ok();
        figures["draft_acceptance_rate"].clone()
    };
    assert_eq!(rate(&model), json!(1.0));
    model.change_members(0, ben);
    model.deliver(ana, ben);
    assert_eq!(rate(&model), Value::Null);
}

fn wait_for_draft(client: &Client, conversation: &str) -> String {
    let mut draft = None;
    wait_until("there is a draft", || {
        let page = client.get(&format!("{conversation}/messages")).ok();
        draft = page["messages"][1]["linked_draft_id"]
            .as_str()
            .map(str::to_owned);
        draft.is_some()
    });
    format!("/api/v1/drafts/{}", draft.unwrap())
}
