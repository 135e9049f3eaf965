//! `git http-backend` behind a web server on the loopback, which may want a login, or fail as web
//! servers do. `std` only, a thread for each connection, one request for each.

use super::has;
use std::fmt::Display;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How it behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// As it should.
    Plain,
    /// Only whoever comes with these, as `user:password` in base64, is let in.
    Login(&'static str),
    /// Breaks the connection off after so many bytes of what git says to a POST.
    Cut(usize),
    /// Takes what it is asked, and never answers.
    Silent,
    /// Sends a byte of its answer, and the next one when this time has passed.
    Trickle(Duration),
    /// Answers everything with this status.
    Refuse(&'static str),
    /// Sends everyone elsewhere.
    Redirect(String),
    /// Hands out the files of the folder as they lie there, as the oldest hosts do.
    Files,
    /// Has branches of these names, and all of them stand at this commit.
    List(String, Vec<String>),
    /// Has branches without end.
    Flood,
}

/// The login that `Manner::Login` takes in the tests: `somebody:a password`.
pub const LOGIN: &str = "c29tZWJvZHk6YSBwYXNzd29yZA==";

/// One request it got.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// With what follows the `?`.
    pub target: String,
    pub authorization: Option<String>,
}

/// A running server; its connections end with this value.
pub struct GitHttp {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    manner: Mutex<Manner>,
    requests: Mutex<Vec<Request>>,
    is_over: AtomicBool,
}

impl GitHttp {
    /// Serves the repositories of a folder. `None`, with a line that says so, without git.
    pub fn serve(folder: &Path, manner: Manner) -> Option<Self> {
        if !has("git") {
            return None;
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on the loopback");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            manner: Mutex::new(manner),
            requests: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if served.is_over.load(Ordering::Relaxed) {
                    return;
                }
                let served = Arc::clone(&served);
                // A client that goes away in the middle is no failure of the server's.
                thread::spawn(move || served.answer(stream));
            }
        });
        Some(Self { address, shared })
    }

    /// The URL of a repository in its folder.
    pub fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    /// The same with a login in it.
    pub fn url_of(&self, login: &str, name: &str) -> String {
        format!("http://{login}@{}/{name}", self.address)
    }

    /// It behaves otherwise from the next request on.
    pub fn behave(&self, manner: Manner) {
        *self.shared.manner.lock().expect("no panic while held") = manner;
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared
            .requests
            .lock()
            .expect("no panic while held")
            .clone()
    }
}

impl Drop for GitHttp {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // Wakes the one that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let Some((request, head)) = read_head(&mut reader)? else {
            return Ok(());
        };
        self.requests
            .lock()
            .expect("no panic while held")
            .push(request.clone());
        let manner = self.manner.lock().expect("no panic while held").clone();
        if head.of("expect").is_some() {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = read_body(&mut reader, &head)?;
        match &manner {
            Manner::Silent => self.wait_for_the_end(&mut reader),
            Manner::Refuse(status) => say(&mut stream, status, "", b"refused\n"),
            Manner::Redirect(to) => say(
                &mut stream,
                "302 Found",
                &format!("Location: {to}\r\n"),
                b"",
            ),
            Manner::Login(login) if !request.is_by(login) => {
                let wanted = "WWW-Authenticate: Basic realm=\"far\"\r\n";
                say(&mut stream, "401 Unauthorized", wanted, b"who are you?\n")
            }
            Manner::Files => self.hand_out(&mut stream, &request),
            Manner::List(commit, names) if request.method == "GET" => list(
                &mut stream,
                &request,
                names.iter().map(|name| (commit, name)),
            ),
            Manner::Flood => {
                let branch = |number: u64| {
                    let author = format!("refs/heads/users/{number:064x}");
                    (format!("{number:040x}"), author)
                };
                list(&mut stream, &request, (1..).map(branch))
            }
            _ => self.run_backend(&mut stream, &request, &head, body, &manner),
        }
    }

    /// Until the client goes away, or the test is over.
    fn wait_for_the_end(&self, reader: &mut impl Read) -> io::Result<()> {
        let _ = reader.read(&mut [0]);
        Ok(())
    }

    fn hand_out(&self, stream: &mut TcpStream, request: &Request) -> io::Result<()> {
        let path = request.target.split('?').next().unwrap_or_default();
        let place = self.folder.join(path.trim_start_matches('/'));
        match std::fs::read(place) {
            Ok(bytes) => say(stream, "200 OK", "Content-Type: text/plain\r\n", &bytes),
            Err(_) => say(stream, "404 Not Found", "", b"not here\n"),
        }
    }

    fn run_backend(
        &self,
        stream: &mut TcpStream,
        request: &Request,
        head: &Head,
        body: Vec<u8>,
        manner: &Manner,
    ) -> io::Result<()> {
        let mut backend = self.backend(request, head, body.len()).spawn()?;
        let mut input = backend.stdin.take().expect("it is piped");
        let feeder = thread::spawn(move || {
            // A backend that refuses doesn't read to the end.
            let _ = input.write_all(&body);
        });
        let mut output = BufReader::new(backend.stdout.take().expect("it is piped"));
        let sent = pass_on(stream, &mut output, request, manner);
        drop(output);
        let _ = feeder.join();
        let _ = backend.wait();
        sent
    }

    fn backend(&self, request: &Request, head: &Head, length: usize) -> Command {
        let (path, query) = request
            .target
            .split_once('?')
            .unwrap_or((&request.target, ""));
        let mut command = Command::new("git");
        command
            .args(["-c", "http.receivepack=true", "http-backend"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_PROJECT_ROOT", &self.folder)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("REMOTE_ADDR", "127.0.0.1")
            .env("REMOTE_USER", "somebody")
            .env("REQUEST_METHOD", &request.method)
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("CONTENT_LENGTH", length.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let passed = [
            ("content-type", "CONTENT_TYPE"),
            ("content-encoding", "HTTP_CONTENT_ENCODING"),
            ("git-protocol", "HTTP_GIT_PROTOCOL"),
        ];
        for (name, variable) in passed {
            if let Some(value) = head.of(name) {
                command.env(variable, value);
            }
        }
        command
    }
}

impl Request {
    fn is_by(&self, login: &str) -> bool {
        self.authorization.as_deref() == Some(&format!("Basic {login}"))
    }
}

/// The lines between the first and the empty one; names in small letters.
struct Head(Vec<(String, String)>);

impl Head {
    fn of(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter();
        let found = fields.find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn read_head(reader: &mut impl BufRead) -> io::Result<Option<(Request, Head)>> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut words = first.split_whitespace().map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut head = Head(Vec::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let field = (name.to_ascii_lowercase(), value.trim().to_owned());
        head.0.push(field);
    }
    let authorization = head.of("authorization").map(str::to_owned);
    let request = Request {
        method,
        target,
        authorization,
    };
    Ok(Some((request, head)))
}

/// Git sends what is long in chunks.
fn read_body(reader: &mut impl BufRead, head: &Head) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if head.of("transfer-encoding") != Some("chunked") {
        let length = head.of("content-length").unwrap_or("0");
        let length = length.parse().map_err(io::Error::other)?;
        reader.take(length).read_to_end(&mut body)?;
        return Ok(body);
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        reader.take(length).read_to_end(&mut body)?;
        reader.read_line(&mut line)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

fn say(stream: &mut TcpStream, status: &str, head: &str, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{head}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(body)
}

/// What a CGI program answers, as an answer of the server.
fn pass_on(
    stream: &mut TcpStream,
    output: &mut impl BufRead,
    request: &Request,
    manner: &Manner,
) -> io::Result<()> {
    let (mut status, mut head) = ("200 OK".to_owned(), String::new());
    loop {
        let mut line = String::new();
        output.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some(("Status", given)) => status = given.to_owned(),
            Some((name, value)) => head.push_str(&format!("{name}: {value}\r\n")),
            None => break,
        }
    }
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{head}Connection: close\r\n\r\n"
    )?;
    match manner {
        Manner::Cut(bytes) if request.method == "POST" => {
            io::copy(&mut output.take(*bytes as u64), stream)?;
            stream.shutdown(Shutdown::Both)
        }
        Manner::Trickle(pause) => {
            for byte in output.bytes() {
                stream.write_all(&[byte?])?;
                thread::sleep(*pause);
            }
            Ok(())
        }
        _ => io::copy(output, stream).map(drop),
    }
}

/// What a remote has, as git tells it: commits and names of branches.
fn list(
    stream: &mut TcpStream,
    request: &Request,
    branches: impl Iterator<Item = (impl Display, impl Display)>,
) -> io::Result<()> {
    let service = request.target.rsplit('=').next().unwrap_or_default();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-{service}-advertisement\r\n\
         Connection: close\r\n\r\n"
    )?;
    let mut stream = BufWriter::new(stream);
    write_line(&mut stream, &format!("# service={service}\n"))?;
    stream.write_all(b"0000")?;
    for (number, (commit, name)) in branches.enumerate() {
        // What it is able to do stands behind the first one.
        let able = if number == 0 {
            "\0side-band-64k ofs-delta"
        } else {
            ""
        };
        write_line(&mut stream, &format!("{commit} {name}{able}\n"))?;
    }
    stream.write_all(b"0000")?;
    stream.flush()
}

/// A line with its length before it.
fn write_line(stream: &mut impl Write, text: &str) -> io::Result<()> {
    write!(stream, "{:04x}{text}", text.len() + 4)
}
