//! Clients that ask the same again and again, each on a connection of its own.

use super::served::Place;
use std::fmt;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

/// What is asked.
#[derive(Clone)]
pub struct Asked {
    method: &'static str,
    path: &'static str,
    body: &'static str,
}

impl Asked {
    pub fn get(path: &'static str) -> Self {
        let method = "GET";
        let body = "";
        Self { method, path, body }
    }

    pub fn post(path: &'static str, body: &'static str) -> Self {
        let method = "POST";
        Self { method, path, body }
    }

    fn bytes(&self, place: &Place) -> Vec<u8> {
        let Self { method, path, body } = self;
        let Place { port, token } = place;
        let length = body.len();
        format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

/// How it went.
pub struct Measured {
    /// Answers a second.
    pub rate: f64,
    half: Duration,
    nearly_all: Duration,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>8.0} a second, p50 {:>7.2} ms, p99 {:>7.2} ms",
            self.rate,
            self.half.as_secs_f64() * 1000.0,
            self.nearly_all.as_secs_f64() * 1000.0
        )
    }
}

/// Asks for as long as a turn takes. Any answer but 200 ends the measurement.
pub fn measure(place: &Place, asked: &Asked, clients: usize, turn: Duration) -> Measured {
    let request = asked.bytes(place);
    let began = Instant::now();
    let end = began + turn;
    let mut times: Vec<Duration> = thread::scope(|scope| {
        let mut running = Vec::new();
        for _ in 0..clients {
            running.push(scope.spawn(|| one_client(place.port, &request, end)));
        }
        let times = running.into_iter().map(|client| client.join());
        times
            .flat_map(|times| times.expect("each is answered"))
            .collect()
    });
    let took = began.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    Measured {
        rate: times.len() as f64 / took,
        half: at(0.50),
        nearly_all: at(0.99),
    }
}

fn one_client(port: u16, request: &[u8], end: Instant) -> Vec<Duration> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream.set_nodelay(true).expect("a socket can do that");
    let mut times = Vec::new();
    while Instant::now() < end {
        let began = Instant::now();
        stream.write_all(request).expect("it reads");
        read_answer(&mut stream);
        times.push(began.elapsed());
    }
    times
}

fn read_answer(stream: &mut TcpStream) {
    let mut bytes = Vec::new();
    let mut piece = [0; 16 * 1024];
    let mut whole = None;
    while whole.is_none_or(|whole| bytes.len() < whole) {
        let read = stream.read(&mut piece).expect("it answers");
        assert!(read > 0, "the connection ended");
        bytes.extend_from_slice(&piece[..read]);
        whole = whole.or_else(|| whole_length(&bytes));
    }
}

/// How long the answer is that begins so, once its head is there.
fn whole_length(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|part| part == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).expect("a head is ASCII");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse::<usize>().ok());
    Some(end + 4 + length.expect("the answer says its length"))
}
