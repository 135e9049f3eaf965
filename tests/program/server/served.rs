//! A home that is served, and a client of it.

use crate::common::{TestHome, signal};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;
use ureq::http::Response;
use ureq::{Agent, Body};

/// `mmogit serve` at work on a home.
pub struct Served {
    pub home: TestHome,
    pub child: Child,
    pub client: Client,
}

/// Whoever asks a server, with the scripts' token.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    pub port: u16,
    pub token: String,
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    pub status: u16,
    pub body: String,
}

/// An event of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct SentEvent {
    pub id: Option<String>,
    pub kind: String,
    pub data: Value,
}

/// The events of a stream, as they come.
pub struct SentEvents(BufReader<Box<dyn Read + Send>>);

impl Served {
    /// Serves a home with the echo, as its owner's scripts use it.
    pub fn start(home: TestHome) -> Self {
        Self::with(home, &["--backend", "echo"])
    }

    pub fn with(home: TestHome, args: &[&str]) -> Self {
        let serve = ["serve", "--port", "0", "--json"];
        let mut command = home.command(&[&serve, args].concat());
        command.stderr(Stdio::inherit());
        Self::spawn(home, command)
    }

    /// A server whose log is in a file.
    pub fn logged(home: TestHome) -> (Self, PathBuf) {
        let log = home.path().join("log");
        let mut command = home.command(&["serve", "--port", "0", "--json", "--backend", "echo"]);
        command.stderr(File::create(&log).unwrap());
        (Self::spawn(home, command), log)
    }

    /// Runs a command that becomes a server.
    pub fn spawn(home: TestHome, mut command: std::process::Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).expect("it listens");
        let client = Client::new(
            told["port"].as_u64().unwrap().try_into().unwrap(),
            told["token"].as_str().unwrap(),
        );
        Self {
            home,
            child,
            client,
        }
    }

    /// Kills it, as a power cut would.
    pub fn kill(mut self) -> TestHome {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.into_home()
    }

    /// Ends it as the system does.
    pub fn stop(self) -> Stopped {
        signal(&self.child, "TERM");
        self.wait()
    }

    /// Waits until it has ended by itself.
    pub fn wait(mut self) -> Stopped {
        let status = self.child.wait().unwrap();
        Stopped {
            status,
            home: self.into_home(),
        }
    }

    fn into_home(mut self) -> TestHome {
        std::mem::replace(&mut self.home, TestHome::new())
    }
}

/// What a server leaves that ended by itself.
pub struct Stopped {
    pub status: ExitStatus,
    pub home: TestHome,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Client {
    pub fn new(port: u16, token: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .max_idle_connections_per_host(64)
            .build();
        Self {
            agent: config.new_agent(),
            port,
            token: token.to_owned(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    pub fn get(&self, path: &str) -> Answered {
        let request = self.agent.get(self.url(path));
        Answered::of(request.header("authorization", self.bearer()).call())
    }

    pub fn delete(&self, path: &str) -> Answered {
        let request = self.agent.delete(self.url(path));
        Answered::of(request.header("authorization", self.bearer()).call())
    }

    /// Asks by any method; JSON, where there is a body.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> Answered {
        self.ask_with(method, path, "application/json", body)
    }

    /// The same with a body of some kind.
    pub fn ask_with(&self, method: &str, path: &str, kind: &str, body: &str) -> Answered {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(self.url(path))
            .header("authorization", self.bearer())
            .header("content-type", kind)
            .body(body.to_owned())
            .unwrap();
        Answered::of(self.agent.run(request))
    }

    /// The same in JSON, with further headers.
    pub fn ask_with_headers(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answered {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(self.url(path))
            .header("authorization", self.bearer())
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answered::of(self.agent.run(request.body(body.to_owned()).unwrap()))
    }

    pub fn post(&self, path: &str, body: &Value) -> Answered {
        self.try_post(path, None, &body.to_string()).unwrap()
    }

    pub fn post_with_key(&self, path: &str, key: &str, body: &Value) -> Answered {
        self.try_post(path, Some(key), &body.to_string()).unwrap()
    }

    /// Posts to a server that may die meanwhile.
    pub fn try_post(
        &self,
        path: &str,
        key: Option<&str>,
        body: &str,
    ) -> Result<Answered, ureq::Error> {
        Answered::read(self.send(path, key, body)?)
    }

    fn send(
        &self,
        path: &str,
        key: Option<&str>,
        body: &str,
    ) -> Result<Response<Body>, ureq::Error> {
        let mut request = self
            .agent
            .post(self.url(path))
            .header("authorization", self.bearer())
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        request.send(body)
    }

    /// The stream of what a POST begins.
    pub fn post_stream(&self, path: &str, key: Option<&str>, body: &Value) -> SentEvents {
        let response = self.send(path, key, &body.to_string()).unwrap();
        assert_eq!(response.status(), 200, "{path}");
        SentEvents::of(response)
    }

    /// The stream of an address, from a place on.
    pub fn stream(&self, path: &str, last: Option<usize>) -> SentEvents {
        let mut request = self
            .agent
            .get(self.url(path))
            .header("authorization", self.bearer());
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let response = request.call().unwrap();
        assert_eq!(response.status(), 200, "{path}");
        SentEvents::of(response)
    }

    /// What a buffer shows, as roles and texts.
    pub fn shown(&self, mode: &str) -> Vec<(String, String)> {
        let answered = self.get(&format!("/api/conversation-buffer?mode={mode}"));
        let view = answered.ok();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let messages = view["messages"].as_array().unwrap().iter();
        messages
            .map(|message| (text(&message["role"]), text(&message["content"])))
            .collect()
    }
}

impl Answered {
    fn of(response: Result<Response<Body>, ureq::Error>) -> Self {
        Self::read(response.unwrap()).unwrap()
    }

    fn read(mut response: Response<Body>) -> Result<Self, ureq::Error> {
        Ok(Self {
            status: response.status().as_u16(),
            body: response.body_mut().read_to_string()?,
        })
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The body of an answer that must be 200.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json()
    }

    /// Fails unless the server refused with exactly this.
    #[track_caller]
    pub fn refused(&self, status: u16, error: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.json()["error"], error);
    }
}

impl SentEvents {
    fn of(response: Response<Body>) -> Self {
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert_eq!(kind, "text/event-stream");
        let reader = response.into_body().into_reader();
        Self(BufReader::new(Box::new(reader)))
    }

    /// The next event of a kind.
    pub fn next_of(&mut self, kind: &str) -> SentEvent {
        self.find(|event| event.kind == kind)
            .unwrap_or_else(|| panic!("the stream ended without {kind}"))
    }
}

impl Iterator for SentEvents {
    type Item = SentEvent;

    fn next(&mut self) -> Option<SentEvent> {
        let (mut id, mut data) = (None, String::new());
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end_matches('\n');
            if let Some(text) = line.strip_prefix("data: ") {
                data.push_str(text);
            } else if let Some(text) = line.strip_prefix("id: ") {
                id = Some(text.to_owned());
            } else if line.is_empty() && !data.is_empty() {
                let event: Value = serde_json::from_str(&data).unwrap();
                return Some(SentEvent {
                    id,
                    kind: event["type"].as_str().unwrap().to_owned(),
                    data: event["data"].clone(),
                });
            }
        }
    }
}
