//! Several people on one server: who gets in, what each sees, and what locking leaves.

mod apart;
mod conversations;
mod hammered;
mod lasting;
mod membership;

use crate::cli::profile;
use crate::common::{Ran, TestHome, signal, wait_until};
use crate::server::served::Client;
use crate::support::canary;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::BufReader;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;
use ureq::Agent;
use ureq::http::Request;

const FOLDER: &str = "profiles";
const WRONG: &str = r#"{"error":"Wrong username or passphrase"}"#;

/// A server with the profiles of the owner `ana` and the users `ben` and `cleo`.
struct Server {
    home: TestHome,
    child: Child,
    port: u64,
    script: String,
}

#[derive(Debug)]
struct Answered {
    status: u16,
    body: String,
    retry_after: Option<u64>,
}

impl Answered {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    #[track_caller]
    fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()
    }

    /// The token of a login that succeeded.
    #[track_caller]
    fn token(&self) -> String {
        self.ok()["token"].as_str().unwrap().to_owned()
    }
}

impl Server {
    fn start() -> Self {
        let home = TestHome::new();
        profile::add(&home, "ana", &["--owner"]).exits(0);
        profile::add(&home, "ben", &[]).exits(0);
        profile::add(&home, "cleo", &[]).exits(0);
        Self::on(home)
    }

    fn on(home: TestHome) -> Self {
        Self::with(home, &["--backend", "echo"])
    }

    fn with(home: TestHome, options: &[&str]) -> Self {
        home.config("[server]\nlock-after = 1\n");
        let args = ["serve", "--port", "0", "--json", "--profiles", FOLDER];
        let mut command = home.command(&[&args[..], options].concat());
        let mut child = command.stderr(Stdio::inherit()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut told = serde_json::Deserializer::from_reader(stdout).into_iter::<Value>();
        let told = told.next().expect("it listens").unwrap();
        Self {
            home,
            child,
            port: told["port"].as_u64().unwrap(),
            script: told["token"].as_str().unwrap().to_owned(),
        }
    }

    /// Ends it, in one way or the other, and serves the same people again.
    fn again(mut self, is_killed: bool) -> Self {
        signal(&self.child, if is_killed { "KILL" } else { "TERM" });
        let status = self.child.wait().unwrap();
        assert_eq!(status.success(), !is_killed);
        Self::on(std::mem::replace(&mut self.home, TestHome::new()))
    }

    /// A client of somebody, just logged in.
    fn client_of(&self, name: &str) -> Client {
        Client::new(self.port.try_into().unwrap(), &self.token_of(name))
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join(FOLDER)
    }

    fn ask(&self, method: &str, path: &str, token: &str, body: &str) -> Answered {
        ask(self.port, method, path, token, body)
    }

    fn get(&self, path: &str, token: &str) -> Answered {
        self.ask("GET", path, token, "")
    }

    fn log_in(&self, username: &str, passphrase: &str) -> Answered {
        log_in(self.port, username, passphrase)
    }

    fn token_of(&self, name: &str) -> String {
        self.log_in(name, &format!("{name}'s passphrase")).token()
    }

    fn profile(&self, args: &[&str]) -> Ran {
        self.home
            .run(&[&["profile"], args, &["--profiles", FOLDER]].concat())
    }

    fn is_locked(&self, name: &str) -> bool {
        let listed = self.get("/api/profiles", &self.script).ok();
        let profiles = listed["profiles"].as_array().unwrap();
        let found = profiles.iter().find(|one| one["name"] == name).unwrap();
        found["locked"].as_bool().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ask(port: u64, method: &str, path: &str, token: &str, body: &str) -> Answered {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .timeout_global(Some(Duration::from_secs(120)))
        .build();
    let request = Request::builder()
        .method(method)
        .uri(format!("http://127.0.0.1:{port}{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    let agent = config.new_agent();
    let answered = match method {
        "GET" | "DELETE" => agent.run(request.body(()).unwrap()),
        _ => agent.run(request.body(body.to_owned()).unwrap()),
    };
    let mut response = answered.unwrap();
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
    Answered {
        status: response.status().as_u16(),
        retry_after,
        body: response.body_mut().read_to_string().unwrap(),
    }
}

fn log_in(port: u64, username: &str, passphrase: &str) -> Answered {
    let body = json!({"username": username, "passphrase": passphrase});
    ask(port, "POST", "/api/login", "", &body.to_string())
}

#[test]
fn a_passphrase_gives_a_session_until_it_is_ended() {
    let server = Server::start();
    let answered = server.log_in("ana", "ana's passphrase");
    let token = answered.token();
    let told = answered.json();
    assert_eq!(
        (&told["username"], &told["role"]),
        (&"ana".into(), &"owner".into())
    );
    assert!(told["expires"].is_string());
    let other = server.token_of("ana");
    let sessions = server.get("/api/sessions", &token);
    let listed = sessions.ok()["sessions"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 2);
    assert!(!sessions.body.contains(&token) && !sessions.body.contains(&other));
    let current: Vec<_> = listed.iter().filter(|one| one["current"] == true).collect();
    assert_eq!(current.len(), 1);
    let elsewhere = listed.iter().find(|one| one["current"] == false).unwrap();
    let path = format!("/api/sessions/{}", elsewhere["id"].as_str().unwrap());
    server.ask("DELETE", &path, &token, "").ok();
    assert_eq!(server.get("/api/sessions", &other).status, 401);
    server.ask("POST", "/api/logout", &token, "").ok();
    let after = server.get("/api/sessions", &token);
    assert_eq!(
        (after.status, after.body.as_str()),
        (401, r#"{"error":"Authentication required"}"#)
    );
}

/// One text, whatever is wrong; and nothing of the disk is touched on the way.
#[test]
fn no_name_leads_out_of_the_folder_or_tells_whether_it_is_there() {
    let server = Server::start();
    symlink(server.folder().join("ben"), server.folder().join("link")).unwrap();
    let before = names_in(&server);
    let endless = "a".repeat(5000);
    let names = [
        "nobody",
        "",
        ".",
        "..",
        "../ana",
        "ana/../ben",
        "/etc/passwd",
        "%2e%2e",
        "%2fana",
        "ana\0",
        "ana\u{0}/x",
        "ANA",
        "аna",
        "ana ",
        "link",
        "profiles.json",
        "local",
        &endless,
    ];
    let wrong = server.log_in("ana", "ben's passphrase");
    assert_eq!((wrong.status, wrong.body.as_str()), (401, WRONG));
    for name in names {
        let refused = server.log_in(name, "ben's passphrase");
        assert_eq!(
            (refused.status, refused.body.as_str()),
            (401, WRONG),
            "{name:?}"
        );
    }
    assert_eq!(names_in(&server), before);
}

fn names_in(server: &Server) -> BTreeSet<String> {
    let found = fs::read_dir(server.folder()).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    found.map(|entry| name(entry.unwrap())).collect()
}

#[test]
fn a_link_in_the_place_of_a_home_lets_nobody_in() {
    let server = Server::start();
    let (ben, elsewhere) = (
        server.folder().join("ben"),
        server.home.path().join("elsewhere"),
    );
    fs::rename(&ben, &elsewhere).unwrap();
    symlink(&elsewhere, &ben).unwrap();
    let refused = server.log_in("ben", "ben's passphrase");
    assert_eq!((refused.status, refused.body.as_str()), (401, WRONG));
    fs::remove_file(&ben).unwrap();
    fs::rename(&elsewhere, &ben).unwrap();
    server.token_of("ben");
}

#[test]
fn a_login_that_is_taken_away_ends_its_sessions_and_is_given_back() {
    let server = Server::start();
    let (ben, cleo) = (server.token_of("ben"), server.token_of("cleo"));
    server.profile(&["remove-login", "ben"]).exits(0);
    assert_eq!(server.get("/api/sessions", &ben).status, 401);
    assert_eq!(server.log_in("ben", "ben's passphrase").body, WRONG);
    assert_eq!(server.get("/api/sessions", &cleo).status, 200);
    profile::add(&server.home, "ben", &[]).exits(0);
    server.token_of("ben");
}

/// Also where nobody tells the server.
#[test]
fn a_register_without_somebody_ends_their_sessions() {
    let server = Server::start();
    let ben = server.token_of("ben");
    let register = server.folder().join("profiles.json");
    let text = fs::read_to_string(&register).unwrap();
    let mut changed: Value = serde_json::from_str(&text).unwrap();
    changed["profiles"]["ben"]["login"] = false.into();
    fs::write(&register, changed.to_string()).unwrap();
    wait_until("the session ends", || {
        server.get("/api/sessions", &ben).status == 401
    });
}

#[test]
fn locking_ends_sessions_and_leaves_nothing_open() {
    let server = Server::start();
    let (ana, ben) = (server.token_of("ana"), server.token_of("ben"));
    assert!(!server.is_locked("ben"));
    server.profile(&["lock", "ben"]).exits(0);
    assert_eq!(server.get("/api/sessions", &ben).status, 401);
    assert!(server.is_locked("ben"));
    let cleo = server.token_of("cleo");
    server.ask("POST", "/api/profiles/cleo/lock", &ana, "").ok();
    assert_eq!(server.get("/api/sessions", &cleo).status, 401);
    server.token_of("ben");
    let unknown = server.ask("POST", "/api/profiles/nobody/lock", &ana, "");
    assert_eq!(unknown.status, 404);
}

#[test]
fn a_profile_without_sessions_is_locked_after_a_while() {
    let server = Server::start();
    let ben = server.token_of("ben");
    thread::sleep(Duration::from_secs(3));
    assert!(!server.is_locked("ben"), "it has a session");
    server.ask("POST", "/api/logout", &ben, "").ok();
    wait_until("it is locked", || server.is_locked("ben"));
}

#[test]
fn only_for_whom_the_server_is_sees_who_is_logged_in() {
    let server = Server::start();
    let (ana, ben) = (server.token_of("ana"), server.token_of("ben"));
    for (method, path) in [
        ("GET", "/api/profiles"),
        ("POST", "/api/profiles/cleo/lock"),
        ("DELETE", "/api/profiles/ana/sessions"),
    ] {
        let refused = server.ask(method, path, &ben, "");
        assert_eq!(refused.status, 403, "{path}: {refused:?}");
        let told = refused.json();
        for part in ["error", "reason", "hint"] {
            assert!(told[part].is_string(), "{path}: {refused:?}");
        }
    }
    for token in [&ana, &server.script] {
        let listed = server.get("/api/profiles", token).ok();
        assert_eq!(listed["profiles"][1]["name"], "ben");
        assert_eq!(listed["profiles"][1]["sessions"], 1);
    }
    let own = server.get("/api/sessions", &server.script);
    assert_eq!(
        own.status, 403,
        "the operator's token opens nobody's home: {own:?}"
    );
    server
        .ask("DELETE", "/api/profiles/ben/sessions", &ana, "")
        .ok();
    assert_eq!(server.get("/api/sessions", &ben).status, 401);
    let listed = server.profile(&["list"]).exits(0).stdout;
    assert!(
        listed.contains("ana (owner) - logged in, 1 session"),
        "{listed}"
    );
}

#[test]
fn who_fails_often_waits_and_keeps_nobody_else_out() {
    let server = Server::start();
    let first = server.token_of("ana");
    // The pause after the sixth is longer than a slow machine takes to look at a passphrase.
    for (name, why) in [
        ("ben", "there"),
        ("nobody", "alike for a name that nobody has"),
    ] {
        let mut statuses = Vec::new();
        while statuses.len() < 12 && !statuses.contains(&429) {
            let answered = server.log_in(name, "wrong");
            assert_eq!(answered.status == 429, answered.retry_after.is_some());
            statuses.push(answered.status);
        }
        assert_eq!(statuses[..5], [401; 5], "{why}");
        assert!(statuses.contains(&429), "{why}: {statuses:?}");
    }
    server.get("/api/sessions", &first).ok();
    server.token_of("ana");
}

/// The table is of a fixed size, and two vaults are opened at a time: whatever comes is answered.
#[test]
fn a_thousand_logins_at_once_are_all_answered() {
    let server = Server::start();
    let port = server.port;
    let workers: Vec<_> = (0..50)
        .map(|worker| {
            thread::spawn(move || {
                let tries = 0..20;
                let name = |turn| format!("name{worker}x{turn}");
                tries
                    .map(|turn| log_in(port, &name(turn), "wrong").status)
                    .collect::<Vec<u16>>()
            })
        })
        .collect();
    let statuses: Vec<u16> = workers
        .into_iter()
        .flat_map(|one| one.join().unwrap())
        .collect();
    assert_eq!(statuses.len(), 1000);
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!(count(401) + count(429) + count(503), 1000, "{statuses:?}");
    assert!(count(401) <= 40, "so many vaults at most: {}", count(401));
    assert_eq!(server.get("/healthz", "").status, 200);
}

/// What is sealed is nowhere to be had once its reader's profile is locked.
#[test]
fn of_a_locked_profile_the_operator_gets_nothing_that_is_sealed() {
    const SECRET: &str = "canary-of-a-sealed-thread";
    let home = TestHome::new();
    profile::add(&home, "ana", &["--owner"]).exits(0);
    profile::add(&home, "ben", &[]).exits(0);
    let chat = ["chat", "--encrypt", "--backend", "echo", "-m", SECRET];
    let mut command = home.command(&chat);
    command.env("MMOGIT_HOME", home.path().join(FOLDER).join("ben"));
    command.env(
        "MMOGIT_PASSPHRASE_FILE",
        profile::with_passphrase(&home, "ben"),
    );
    Ran::of(command.output().unwrap()).exits(0);
    let server = Server::on(home);
    let (ana, ben) = (server.token_of("ana"), server.token_of("ben"));
    server.profile(&["lock", "ben"]).exits(0);
    let document = server.get("/api/openapi.json", &ana).ok();
    for path in document["paths"].as_object().unwrap().keys() {
        for token in [&ana, &ben, &server.script] {
            if path.contains("events") {
                continue;
            }
            let answered = server.get(&path.replace("{name}", "ben"), token);
            assert!(!answered.body.contains(SECRET), "{path}: {answered:?}");
        }
    }
    let places = canary::places_of(SECRET, &[&server.folder()]);
    assert!(places.is_empty(), "{places:?}");
}

/// Through the server where the home is open, and into its file where it is not.
#[test]
fn how_much_a_buffer_shows_is_set_for_open_homes_and_closed_ones() {
    let server = Server::start();
    let ben = server.token_of("ben");
    for (name, limit) in [("ben", "10"), ("cleo", "100")] {
        server.profile(&["limit", name, limit]).exits(0);
        let file = server.folder().join(name).join("state/chat-config.json");
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains(limit), "{name}: {text}");
    }
    let shown = server.get("/api/conversation-buffer?mode=conversation", &ben);
    assert_eq!(shown.ok()["messageLimit"], 10);
    server.profile(&["limit", "ben", "101"]).exits(2);
    server.profile(&["limit", "nobody", "10"]).exits(2);
    let body = json!({"messageLimit": 101}).to_string();
    let refused = server.ask("PUT", "/api/profiles/ben/limit", &server.script, &body);
    assert_eq!(refused.status, 400, "{refused:?}");
}

#[test]
fn one_server_serves_a_folder_and_at_its_end_all_is_locked() {
    let mut server = Server::start();
    server.token_of("ben");
    let serve = ["serve", "--port", "0", "--profiles", FOLDER];
    let second = server.home.run(&serve).exits(1);
    assert!(
        second.stderr.contains("a server is at work on"),
        "{second:?}"
    );
    let note = server.folder().join("serve.json");
    assert!(note.exists());
    signal(&server.child, "TERM");
    assert!(server.child.wait().unwrap().success());
    assert!(!note.exists());
    let locked = server.profile(&["lock", "ben"]).exits(0).stdout;
    assert!(locked.contains("no server runs"), "{locked}");
}
