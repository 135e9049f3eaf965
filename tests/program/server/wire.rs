//! Bytes on a connection to a served home, as no well-behaved client would send them.

use super::served::Served;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    pub text: String,
}

impl Answer {
    #[track_caller]
    pub fn status(&self) -> u16 {
        let status = self.text.get(9..12).and_then(|status| status.parse().ok());
        status.unwrap_or_else(|| panic!("no status: {:?}", self.text))
    }

    /// The value of a header, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (head, _) = self.text.split_once("\r\n\r\n")?;
        head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        let (_, body) = self.text.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {:?}", self.text))
    }

    /// How many answers there are in what came.
    pub fn count(&self) -> usize {
        self.text.matches("HTTP/1.1 ").count()
    }

    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status(), status, "{}", self.text);
        self
    }
}

pub fn connect(served: &Served) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", served.client.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends bytes, and reads until the other side closes.
pub fn raw(served: &Served, bytes: impl AsRef<[u8]>) -> Answer {
    let mut stream = connect(served);
    // Where the server refuses early, the rest is not taken.
    let _ = stream.write_all(bytes.as_ref());
    read_all(stream)
}

pub fn read_all(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // A connection that is reset had its answer before.
    let _ = stream.read_to_end(&mut bytes);
    Answer {
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// A request with the server's own Host, whose connection ends with the answer.
pub fn ask(served: &Served, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let host = format!("127.0.0.1:{}", served.client.port);
    ask_as(served, &host, line, headers, body)
}

pub fn ask_as(
    served: &Served,
    host: &str,
    line: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    raw(served, format!("{request}\r\n{body}"))
}

/// The header that a script sends.
pub fn bearer(served: &Served) -> String {
    format!("Bearer {}", served.client.token)
}
