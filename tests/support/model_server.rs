//! An OpenAI-compatible model server on the loopback, for tests of programs that talk to one.
//!
//! What it answers is said in the prompt: `scenario=NAME`, the last one counts; without any it
//! repeats the prompt's last line. `std` only, a thread for each connection.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::scenario::{self, Scenario};

/// The one model it has.
pub const MODEL: &str = "stub-model";

/// One request it got.
#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    pub authorization: String,
    pub body: Value,
}

impl Request {
    /// The text of the last message of the user.
    pub fn prompt(&self) -> String {
        let messages = self.body["messages"].as_array().into_iter().flatten();
        let last = messages.rev().find(|message| message["role"] == "user");
        match last.map(|message| &message["content"]) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(parts)) => parts
                .iter()
                .filter_map(|part| part["text"].as_str())
                .collect(),
            _ => String::new(),
        }
    }

    /// Crush asks for a title beside each answer.
    pub fn is_for_a_title(&self) -> bool {
        self.prompt().starts_with("Generate a concise title")
    }
}

/// A running server; it ends with the process of the test.
#[derive(Debug)]
pub struct ModelServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl ModelServer {
    pub fn start() -> ModelServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on the loopback");
        let address = listener.local_addr().expect("its address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                // A client that goes away in the middle is no failure of the server's.
                thread::spawn(move || serve(stream, &seen));
            }
        });
        ModelServer { address, requests }
    }

    /// What a client puts before `/chat/completions`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no panic while held").clone()
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Request>>) -> io::Result<()> {
    let Some(request) = read(&mut BufReader::new(stream.try_clone()?))? else {
        return Ok(());
    };
    seen.lock()
        .expect("no panic while held")
        .push(request.clone());
    if request.path.ends_with("/models") {
        let list = json!({"object": "list", "data": [{"id": MODEL, "object": "model"}]});
        return answer(&mut stream, "200 OK", &list);
    }
    if request.is_for_a_title() {
        return speak(&mut stream, &request, &["A title"], "stop");
    }
    act(&mut stream, &request)
}

fn act(stream: &mut TcpStream, request: &Request) -> io::Result<()> {
    let prompt = request.prompt();
    let scenario = scenario::of(&prompt);
    match scenario {
        Scenario::Pieces => {
            let mut speech = Speech::begin(stream)?;
            for piece in scenario::PIECES {
                speech.say(piece)?;
                thread::sleep(scenario::PAUSE);
            }
            speech.end("stop")
        }
        Scenario::Slow => {
            thread::sleep(scenario::SLOW_START);
            speak(stream, request, &scenario::PIECES, "stop")
        }
        Scenario::Blank => speak(stream, request, &[], "stop"),
        Scenario::Length => speak(stream, request, &scenario::PIECES, "length"),
        Scenario::Codes => speak(stream, request, &[scenario::CODES], "stop"),
        Scenario::Huge => {
            let text = scenario::huge();
            let pieces: Vec<&str> = text.split_inclusive('\n').collect();
            speak(stream, request, &pieces, "stop")
        }
        Scenario::Cut => {
            let mut speech = Speech::begin(stream)?;
            speech.say(scenario::PIECES[0])
        }
        Scenario::Stuck => {
            let mut speech = Speech::begin(stream)?;
            speech.say(scenario::PIECES[0])?;
            // Longer than any test waits.
            thread::sleep(Duration::from_secs(600));
            Ok(())
        }
        Scenario::Refused(status) => refuse(stream, status),
        Scenario::Tool(marker) => {
            if request.body["messages"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one["role"] == "tool"))
            {
                return speak(stream, request, &[scenario::AFTER_TOOL], "stop");
            }
            let mut speech = Speech::begin(stream)?;
            speech.say(scenario::BEFORE_TOOL)?;
            speech.call(
                "bash",
                &json!({"command": format!("touch {marker}"), "description": "mark"}),
            )?;
            speech.end("tool_calls")
        }
        Scenario::None => {
            let last = prompt.trim().lines().last().unwrap_or_default();
            speak(stream, request, &[&format!("You said: {last}")], "stop")
        }
    }
}

fn refuse(stream: &mut TcpStream, status: u16) -> io::Result<()> {
    let reason = match status {
        401 => "Unauthorized",
        404 => "Not Found",
        429 => "Too Many Requests",
        _ => "Internal Server Error",
    };
    let error = json!({"error": {"message": format!("stub says {status}"), "type": "stub", "code": "stub"}});
    answer(stream, &format!("{status} {reason}"), &error)
}

/// A whole answer: a stream of events, or one object if the client wants no stream.
fn speak(
    stream: &mut TcpStream,
    request: &Request,
    pieces: &[&str],
    finish: &str,
) -> io::Result<()> {
    if request.body["stream"] != true {
        let message = json!({"role": "assistant", "content": pieces.concat()});
        let choice = json!({"index": 0, "message": message, "finish_reason": finish});
        let whole = json!({"id": "c1", "object": "chat.completion", "created": 1, "model": MODEL,
            "choices": [choice], "usage": usage()});
        return answer(stream, "200 OK", &whole);
    }
    let mut speech = Speech::begin(stream)?;
    for piece in pieces {
        speech.say(piece)?;
    }
    speech.end(finish)
}

fn usage() -> Value {
    json!({"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12})
}

fn answer(stream: &mut TcpStream, status: &str, body: &Value) -> io::Result<()> {
    let body = body.to_string();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// An answer in events.
struct Speech<'a> {
    stream: &'a mut TcpStream,
    begun: bool,
}

impl<'a> Speech<'a> {
    fn begin(stream: &'a mut TcpStream) -> io::Result<Speech<'a>> {
        stream.set_nodelay(true)?;
        stream.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n",
        )?;
        Ok(Speech {
            stream,
            begun: false,
        })
    }

    fn event(&mut self, choices: Value, usage: Option<Value>) -> io::Result<()> {
        let mut event = json!({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL,
            "choices": choices});
        if let Some(usage) = usage {
            event["usage"] = usage;
        }
        write!(self.stream, "data: {event}\n\n")
    }

    fn delta(&mut self, mut delta: Value, finish: Option<&str>) -> io::Result<()> {
        if !self.begun {
            delta["role"] = "assistant".into();
            self.begun = true;
        }
        self.event(
            json!([{"index": 0, "delta": delta, "finish_reason": finish}]),
            None,
        )
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.delta(json!({"content": text}), None)
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> io::Result<()> {
        let call = json!({"index": 0, "id": "call_1", "type": "function",
            "function": {"name": tool, "arguments": arguments.to_string()}});
        self.delta(json!({"tool_calls": [call]}), None)
    }

    fn end(mut self, finish: &str) -> io::Result<()> {
        self.delta(json!({}), Some(finish))?;
        self.event(json!([]), Some(usage()))?;
        self.stream.write_all(b"data: [DONE]\n\n")
    }
}

fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let Some(path) = line.split_whitespace().nth(1).map(str::to_owned) else {
        return Ok(None);
    };
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" => authorization = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Request {
        path,
        authorization,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    }))
}
