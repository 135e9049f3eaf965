//! A server that runs, as the programs of its owner find it: a lock that it holds, and a note beside
//! it that says where it listens and what opens it for them.
//!
//! A note is believed only while the lock is held: what a dead server left leads nobody to whoever
//! listens at its port now.

use crate::bounded;
use crate::files::{self, Readers};
use crate::locked::{Locked, is_held};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{self, TryLockError};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::{Zeroize, Zeroizing};

/// The file that a server holds locked.
const LOCK: &str = "serve.lock";
/// The file that says how to reach it.
const NOTE: &str = "serve.json";
/// Stopping a profile takes ten seconds at the most.
const PATIENCE: Duration = Duration::from_secs(20);
/// No answer to these questions is longer.
const LONGEST_ANSWER: u64 = 1 << 20;

/// Serving a folder of profiles, as long as it is kept: no other server begins meanwhile, and programs
/// find this one.
pub struct FolderServed {
    note: PathBuf,
    _lock: Locked,
}

/// The note of a server that serves one home, whose worker holds the lock; gone with this.
pub struct HomeNoted(PathBuf);

/// A server that runs.
pub struct RunningServer {
    note: Note,
}

/// What a server answered.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

/// Why a folder can't be served, or its server not be asked.
#[derive(Debug, thiserror::Error)]
pub enum RunningError {
    /// Another server serves it.
    #[error("a server is at work on {} already", .0.display())]
    Served(PathBuf),
    /// Its note is no note.
    #[error("{} does not say how to reach the server", .0.display())]
    NoNote(PathBuf),
    /// It gave no answer, or none that can be read.
    #[error("the server gave no answer: {0}")]
    NoAnswer(io::Error),
    /// The disk refused.
    #[error("{path}: {source}", path = path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

#[derive(Serialize, Deserialize)]
struct Note {
    address: SocketAddr,
    token: String,
    pid: u32,
}

impl Drop for Note {
    fn drop(&mut self) {
        self.token.zeroize();
    }
}

impl FolderServed {
    /// Locks a folder for one server.
    ///
    /// # Errors
    /// If another server serves it, or if the disk refuses.
    pub fn lock(folder: &Path) -> Result<Self, RunningError> {
        let path = folder.join(LOCK);
        let lock = bounded::open_lock(&path).map_err(disk(&path))?;
        let locked = match Locked::at_once(lock) {
            Ok(locked) => locked,
            Err(TryLockError::WouldBlock) => {
                return Err(RunningError::Served(folder.to_owned()));
            }
            Err(TryLockError::Error(source)) => return Err(disk(&path)(source)),
        };
        Ok(Self {
            note: folder.join(NOTE),
            _lock: locked,
        })
    }

    /// Notes where it listens, and the token of its owner's programs.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn note(&self, address: SocketAddr, token: &str, pid: u32) -> Result<(), RunningError> {
        write_note(&self.note, address, token, pid)
    }
}

impl HomeNoted {
    /// Notes where a home's server listens, and the token of its owner's programs.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn write(
        home: &Path,
        address: SocketAddr,
        token: &str,
        pid: u32,
    ) -> Result<Self, RunningError> {
        let path = home.join(NOTE);
        write_note(&path, address, token, pid)?;
        Ok(Self(path))
    }
}

impl Drop for HomeNoted {
    fn drop(&mut self) {
        // What stays there is believed by nobody.
        let _ = fs::remove_file(&self.0);
    }
}

fn write_note(path: &Path, address: SocketAddr, token: &str, pid: u32) -> Result<(), RunningError> {
    let note = Note {
        address,
        token: token.to_owned(),
        pid,
    };
    let text = serde_json::to_vec(&note).expect("a note is writable");
    let text = Zeroizing::new(text);
    files::replace(path, ".serve-", Readers::Owner, &text).map_err(disk(path))
}

impl Drop for FolderServed {
    fn drop(&mut self) {
        // What stays there is believed by nobody.
        let _ = fs::remove_file(&self.note);
    }
}

impl RunningServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.note.address
    }

    /// Its page, as it is reached on this machine.
    pub fn url(&self) -> String {
        format!("http://{}/", reachable(self.note.address))
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.note.pid
    }

    /// The server that serves a folder or a home; `None` if there is none.
    ///
    /// # Errors
    /// If there is one that can't be reached by its note.
    pub fn of_folder(folder: &Path) -> Result<Option<Self>, RunningError> {
        let lock = folder.join(LOCK);
        let file = match bounded::open(&lock) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(disk(&lock)(source)),
            Ok(file) => file,
        };
        // Held for a moment at most.
        if !is_held(file).map_err(disk(&lock))? {
            return Ok(None);
        }
        let path = folder.join(NOTE);
        let text = bounded::read_no_link(&path, bounded::FEW_LINES).map_err(disk(&path))?;
        let text = Zeroizing::new(text);
        let note = serde_json::from_slice(&text).map_err(|_| RunningError::NoNote(path))?;
        Ok(Some(Self { note }))
    }

    /// Asks it something.
    ///
    /// # Errors
    /// If it gives no answer in time, or none in JSON.
    pub fn ask(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, RunningError> {
        self.exchange(method, path, body)
            .map_err(RunningError::NoAnswer)
    }

    fn exchange(&self, method: &str, path: &str, body: Option<&Value>) -> io::Result<Answer> {
        let address = reachable(self.note.address);
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = Zeroizing::new(format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.note.token,
            body.len()
        ));
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.take(LONGEST_ANSWER).read_to_end(&mut answer)?;
        Answer::read(&answer).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    }
}

impl Answer {
    /// An answer of this program's own server: with a length, and in JSON.
    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?;
        Some(Self {
            status: status.parse().ok()?,
            body: serde_json::from_slice(&bytes[end + 4..]).ok()?,
        })
    }
}

/// Who listens everywhere is reached on this machine.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> RunningError + '_ {
    |source| RunningError::Disk {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    /// Answers once, and gives what it was asked.
    fn answering(with: &'static str) -> (SocketAddr, thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut bytes = [0; 4096];
            let count = stream.read(&mut bytes).unwrap();
            stream.write_all(with.as_bytes()).unwrap();
            String::from_utf8(bytes[..count].to_vec()).unwrap()
        });
        (address, asked)
    }

    #[test]
    fn a_server_is_found_while_it_runs_and_asked() {
        let folder = tempfile::tempdir().unwrap();
        assert!(RunningServer::of_folder(folder.path()).unwrap().is_none());
        let served = FolderServed::lock(folder.path()).unwrap();
        let (address, asked) = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        served.note(address, "secret", 1).unwrap();
        let second = FolderServed::lock(folder.path());
        assert!(matches!(second, Err(RunningError::Served(_))));
        let server = RunningServer::of_folder(folder.path()).unwrap().unwrap();
        let answer = server.ask("GET", "/api/profiles", None).unwrap();
        assert_eq!((answer.status, answer.body), (200, serde_json::json!({})));
        let asked = asked.join().unwrap();
        assert!(
            asked.starts_with("GET /api/profiles HTTP/1.1\r\n"),
            "{asked}"
        );
        assert!(
            asked.contains("Authorization: Bearer secret\r\n"),
            "{asked}"
        );
        drop(served);
        assert!(RunningServer::of_folder(folder.path()).unwrap().is_none());
    }

    /// At its port somebody else may listen by now, who would get the token.
    #[test]
    fn what_a_dead_server_left_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let served = FolderServed::lock(folder.path()).unwrap();
        served
            .note("127.0.0.1:9".parse().unwrap(), "secret", 1)
            .unwrap();
        let left = fs::read(folder.path().join(NOTE)).unwrap();
        drop(served);
        fs::write(folder.path().join(NOTE), left).unwrap();
        assert!(RunningServer::of_folder(folder.path()).unwrap().is_none());
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for text in [
            "",
            "HTTP/1.1 200 OK",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 2\r\n\r\n{}",
            "SSH-2.0-x\r\n\r\n{}",
        ] {
            assert!(Answer::read(text.as_bytes()).is_none(), "{text:?}");
        }
    }
}
