//! One client on one connection that stays open. What it measures is from the first byte that it
//! writes to the last that it reads; nothing is subtracted.

use super::served::{Place, Served};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A connection to a server.
pub struct Client<'s> {
    served: &'s Served,
    stream: TcpStream,
}

/// An answer.
pub struct Answer {
    pub body: String,
    pub took: Duration,
}

impl<'s> Client<'s> {
    pub fn of(served: &'s Served) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", served.place.port)).expect("it listens");
        stream.set_nodelay(true).expect("a socket can do that");
        Self { served, stream }
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }

    pub fn post(&mut self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, body)
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let Place { port, token } = &self.served.place;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        let began = Instant::now();
        self.stream.write_all(request.as_bytes()).expect("it reads");
        let bytes = self.read();
        let took = began.elapsed();
        let answer = String::from_utf8(bytes).expect("it is text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("it has a head");
        let is_good = head.starts_with("HTTP/1.1 20");
        assert!(is_good, "{method} {path}: {answer}");
        Answer {
            body: body.to_owned(),
            took,
        }
    }

    /// A whole answer with its head.
    fn read(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut piece = [0; 64 * 1024];
        let mut whole = None;
        while whole.is_none_or(|whole| bytes.len() < whole) {
            let read = self.stream.read(&mut piece).expect("it answers");
            assert!(read > 0, "the connection ended");
            bytes.extend_from_slice(&piece[..read]);
            whole = whole.or_else(|| whole_length(&bytes));
        }
        bytes
    }

    /// The processor time that the server has taken so far, its system calls included.
    pub fn processor_time(&self) -> Duration {
        let path = format!("/proc/{}/stat", self.served.child.id());
        let stat = fs::read_to_string(path).expect("it runs");
        let (_, fields) = stat.rsplit_once(") ").expect("a name in brackets");
        let ticks = fields.split(' ').skip(11).take(2);
        let ticks: u64 = ticks.map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        // Linux has a hundred a second.
        Duration::from_millis(ticks * 10)
    }
}

/// How long the answer is that begins so, once its head is there.
fn whole_length(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|part| part == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).expect("a head is ASCII");
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let length = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let (_, length) = length.expect("the answer says its length");
    Some(end + 4 + length.trim().parse::<usize>().expect("a number"))
}
