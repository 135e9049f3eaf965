//! An ssh server on the loopback with settings, keys and a port of its own.
//!
//! Nothing of the machine's own server or of the user's keys is touched. Where the tests run as
//! root, the server wants a folder below `/run`, and gets it in a mount namespace of its own.

use super::{has, said, skip};
use std::fs::{self, Permissions};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// A running server; it ends with this value, and with the thread that started it.
pub struct Sshd {
    folder: TempDir,
    port: u16,
    server: Child,
}

impl Sshd {
    /// `None`, with a line that says so, where there is no server to start.
    pub fn start() -> Option<Self> {
        let program = program()?;
        if !["ssh", "ssh-keygen", "setpriv"].into_iter().all(has) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        for key in ["host", "user", "stranger"] {
            make_key(&folder.path().join(key));
        }
        fs::copy(
            folder.path().join("user.pub"),
            folder.path().join("authorized"),
        )
        .unwrap();
        for _ in 0..5 {
            let port = free_port();
            fs::write(folder.path().join("config"), config(folder.path(), port)).unwrap();
            let mut server = serve(&program, folder.path());
            if answers(&mut server, port) {
                return Some(Self {
                    folder,
                    port,
                    server,
                });
            }
        }
        let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        panic!("no ssh server would start: {log}");
    }

    /// A URL of a path on that machine.
    pub fn url(&self, path: &Path) -> String {
        format!("ssh://127.0.0.1:{}{}", self.port, path.display())
    }

    /// What an `ssh` in front of the machine's own has to be, as the text of a shell script: it
    /// takes only this server's settings, and the key that is let in.
    pub fn client(&self) -> String {
        self.client_with("user")
    }

    /// The same with a key that is not let in.
    pub fn client_of_a_stranger(&self) -> String {
        self.client_with("stranger")
    }

    fn client_with(&self, key: &str) -> String {
        let folder = self.folder.path().display();
        let ssh = found("ssh").expect("it was there when the server started");
        format!(
            "exec '{}' -F none -o IdentitiesOnly=yes -o IdentityAgent=none \
             -o IdentityFile='{folder}/{key}' -o UserKnownHostsFile='{folder}/known' \
             -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=accept-new \
             -o LogLevel=ERROR \"$@\"",
            ssh.display()
        )
    }

    /// Every login from now on gets this command, whatever it asked for.
    pub fn answer_only(&self, command: &str) {
        let key = fs::read_to_string(self.folder.path().join("user.pub")).unwrap();
        let line = format!("command=\"{command}\" {key}");
        fs::write(self.folder.path().join("authorized"), line).unwrap();
    }

    /// The server has another key from the next login on, as if somebody stood in between.
    pub fn change_host_key(&self) {
        for end in ["", ".pub"] {
            let place = |name: &str| self.folder.path().join(format!("{name}{end}"));
            fs::copy(place("stranger"), place("host")).unwrap();
        }
        let changed = fs::read_to_string(self.folder.path().join("host.pub")).unwrap();
        rustix::process::kill_process(
            rustix::process::Pid::from_child(&self.server),
            rustix::process::Signal::HUP,
        )
        .unwrap();
        self.wait_for_key(&changed);
    }

    /// It begins itself anew; until it has, it has its older key, or nobody is there.
    fn wait_for_key(&self, key: &str) {
        let key = key.split_whitespace().nth(1).expect("a public key");
        for _ in 0..600 {
            let scan = Command::new("ssh-keyscan")
                .args(["-p", &self.port.to_string(), "127.0.0.1"])
                .output()
                .expect("ssh-keyscan");
            if String::from_utf8_lossy(&scan.stdout).contains(key) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("sshd never has its other key");
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The server's program; it must be called by its whole path.
fn program() -> Option<PathBuf> {
    let program = found("sshd").or_else(|| {
        let beside = PathBuf::from("/usr/sbin/sshd");
        beside.is_file().then_some(beside)
    });
    if program.is_none() {
        skip("sshd");
    }
    program
}

fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|place| place.is_file())
}

fn make_key(place: &Path) {
    let output = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
        .arg(place)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    fs::set_permissions(place, Permissions::from_mode(0o600)).unwrap();
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on the loopback");
    listener.local_addr().expect("its address").port()
}

fn config(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\n\
         AuthorizedKeysFile {folder}/authorized\nPidFile none\nUsePAM no\nStrictModes no\n\
         PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n\
         PermitUserRC no\nLogLevel ERROR\n"
    )
}

/// Whoever is root starts it where `/run/sshd` is a folder that nobody else sees.
fn serve(program: &Path, folder: &Path) -> Child {
    let log = fs::File::create(folder.join("log")).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if rustix::process::geteuid().is_root() && !Path::new("/run/sshd").is_dir() {
        let script = "mount -t tmpfs none /run && mkdir /run/sshd && exec \"$0\" \"$@\"";
        command.args(["unshare", "-m", "sh", "-c", script]);
    }
    command
        .arg(program)
        .args(["-D", "-e", "-f"])
        .arg(folder.join("config"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    command.spawn().unwrap()
}

/// Whether it listens; not if it ended instead.
fn answers(server: &mut Child, port: u16) -> bool {
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        if server.try_wait().unwrap().is_some() {
            return false;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let _ = server.kill();
    let _ = server.wait();
    false
}
