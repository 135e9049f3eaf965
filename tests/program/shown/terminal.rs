//! Running the program at a terminal, in a pipe and for a shell, with hostile variables.

use super::home::HostileHome;
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_mmogit");
const TICK: Duration = Duration::from_millis(20);
/// So many ticks without a sign of life are silence.
const SILENCE: usize = 8;
/// So many ticks are too many.
const PATIENCE: usize = 3_000;

/// What a run may know of the machine.
fn variables(home: &HostileHome) -> Vec<(&'static str, OsString)> {
    vec![
        ("HOME", home.path().into()),
        ("MMOGIT_HOME", home.mmogit().into()),
        ("PATH", home.bin().into()),
        ("TERM", "xterm-256color".into()),
        ("MMOGIT_PAGER", "".into()),
    ]
}

/// A program at a terminal, and all that reached it.
pub struct Pty {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Pty {
    pub fn start(home: &HostileHome, words: &[String]) -> Self {
        let size = PtySize {
            rows: 60,
            cols: 100,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(PROGRAM);
        command.args(words);
        command.env_clear();
        command.cwd(home.path());
        variables(home)
            .into_iter()
            .for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let into = Arc::clone(&seen);
        thread::spawn(move || {
            let _open = pair.master;
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                into.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        Self {
            child,
            writer,
            seen,
        }
    }

    fn seen(&self) -> Vec<u8> {
        self.seen.lock().unwrap().clone()
    }

    fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits until nothing comes any more, once something has come.
    pub fn settle(&mut self) {
        let (mut length, mut silent) = (self.seen().len(), 0);
        for _ in 0..PATIENCE {
            if self.is_over() || silent == SILENCE {
                return;
            }
            thread::sleep(TICK);
            let now = self.seen().len();
            silent = if now == length && now > 0 {
                silent + 1
            } else {
                0
            };
            length = now;
        }
        panic!("it never rests: {}", String::from_utf8_lossy(&self.seen()));
    }

    /// Presses keys. Whoever has ended no longer listens.
    pub fn keys(&mut self, keys: &str) {
        let _ = self
            .writer
            .write_all(keys.as_bytes())
            .and_then(|()| self.writer.flush());
    }

    /// Presses Ctrl-D until it ends, and returns all that was seen.
    pub fn end(mut self) -> Vec<u8> {
        for tick in 0..PATIENCE {
            if self.is_over() {
                // What it wrote last may still be on its way.
                thread::sleep(TICK);
                return self.seen();
            }
            if tick % SILENCE == 0 {
                self.keys("\u{4}");
            }
            thread::sleep(TICK);
        }
        let _ = self.child.kill();
        panic!("it never ended: {}", String::from_utf8_lossy(&self.seen()));
    }
}

/// Runs a command at a terminal at which somebody types these keys, if they are asked.
pub fn on_a_terminal(home: &HostileHome, words: &[String], keys: &str) -> Vec<u8> {
    let mut pty = Pty::start(home, words);
    pty.keys(keys);
    pty.end()
}

/// What a command prints into a pipe.
pub fn in_a_pipe(home: &HostileHome, words: &[String]) -> Vec<u8> {
    in_a_pipe_with(home, words, "hello\n")
}

pub fn in_a_pipe_with(home: &HostileHome, words: &[String], input: &str) -> Vec<u8> {
    let mut child = Command::new(PROGRAM)
        .args(words)
        .env_clear()
        .envs(variables(home))
        .current_dir(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Where the program refuses before it reads, nobody takes the input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap().stdout
}

/// What shells are offered where the last of the words stands.
pub fn complete(home: &HostileHome, words: &[String]) -> Vec<u8> {
    let mut offered = Vec::new();
    for shell in ["bash", "zsh"] {
        let output = Command::new(PROGRAM)
            .args(["--", "mmogit"])
            .args(words)
            .env_clear()
            .envs(variables(home))
            .env("MMOGIT_COMPLETE", shell)
            .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
            .env("_CLAP_IFS", "\n")
            .current_dir(home.path())
            .output()
            .unwrap();
        offered.extend(output.stdout);
        offered.extend(output.stderr);
    }
    offered
}
