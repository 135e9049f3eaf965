//! Programs that answer, each a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Where a program answers.
pub struct Place {
    pub port: u16,
    pub token: String,
}

/// A program that answers, until this is let go of.
pub struct Served {
    pub place: Place,
    pub child: Child,
    _folder: TempDir,
}

impl Served {
    /// The home in the subfolder `home` of a folder, served.
    pub fn home_in(folder: TempDir) -> Self {
        let serve = ["serve", "--port", "0", "--json", "--backend", "echo"];
        Self::start(mmogit(&folder, &serve), folder)
    }

    /// A program that says where it answers, as `mmogit serve --json` does.
    pub fn start(mut command: Command, folder: TempDir) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut told = String::new();
        let value: serde_json::Value = loop {
            let line = lines.next().expect("it says where it listens");
            told += &line.expect("it is text");
            if let Ok(value) = serde_json::from_str(&told) {
                break value;
            }
        };
        let port = value["port"].as_u64().and_then(|port| port.try_into().ok());
        let place = Place {
            port: port.expect("a port"),
            token: value["token"].as_str().expect("a token").to_owned(),
        };
        Self {
            place,
            child,
            _folder: folder,
        }
    }
}

/// The program, for the home in the subfolder `home` of a folder.
pub fn mmogit(folder: &TempDir, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mmogit"));
    let home = folder.path().join("home");
    command.args(args).env("MMOGIT_HOME", home);
    command
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
