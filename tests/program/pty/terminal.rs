//! A terminal with a person at it who looks before they type.

use crate::common::TestHome;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZero;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub const CTRL_C: &str = "\x03";
pub const CTRL_D: &str = "\x04";
pub const ALT_ENTER: &str = "\x1b\r";
pub const UP: &str = "\x1b[A";
pub const TAB: &str = "\t";

const ROWS: u16 = 60;
const COLUMNS: u16 = 80;

pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    seen: Arc<Mutex<Seen>>,
    reading: JoinHandle<()>,
    /// Kept open for as long as the terminal lasts.
    master: Box<dyn MasterPty + Send>,
}

struct Seen {
    raw: Vec<u8>,
    screen: vt100::Parser,
}

/// How the program is started.
pub struct Start<'h> {
    home: &'h TestHome,
    program: String,
    args: Vec<String>,
    variables: Vec<(&'static str, String)>,
    columns: u16,
    rows: u16,
}

impl<'h> Start<'h> {
    pub fn new(home: &'h TestHome, args: &[&str]) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Self {
            home,
            program: env!("CARGO_BIN_EXE_mmogit").to_owned(),
            args,
            variables: Vec::new(),
            columns: COLUMNS,
            rows: ROWS,
        }
    }

    /// A shell that runs a script, in which `mmogit` is the program; the number of its process is
    /// in the file `pid`.
    pub fn script(home: &'h TestHome, script: &str) -> Self {
        home.program(
            "mmogit",
            &format!("echo $$ >pid; exec {} \"$@\"", env!("CARGO_BIN_EXE_mmogit")),
        );
        Self {
            program: "/bin/sh".to_owned(),
            ..Self::new(home, &["-c", script])
        }
    }

    pub fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    pub fn columns(mut self, columns: u16) -> Self {
        self.columns = columns;
        self
    }

    pub fn rows(mut self, rows: u16) -> Self {
        self.rows = rows;
        self
    }

    pub fn run(self) -> Terminal {
        let size = PtySize {
            rows: self.rows,
            cols: self.columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(&self.program);
        command.args(&self.args);
        command.env_clear();
        command.cwd(self.home.path());
        command.env("HOME", self.home.path());
        command.env("PATH", self.home.path().join("bin"));
        command.env("TERM", "xterm-256color");
        self.variables
            .iter()
            .for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let [rows, columns] = [self.rows, self.columns].map(|size| NonZero::new(size).unwrap());
        let seen = Arc::new(Mutex::new(Seen {
            raw: Vec::new(),
            screen: vt100::Parser::new(rows, columns, 0),
        }));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let into = Arc::clone(&seen);
        let reading = thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                let mut seen = into.lock().unwrap();
                seen.raw.extend_from_slice(&bytes[..count]);
                seen.screen.process(&bytes[..count]);
            }
        });
        Terminal {
            child,
            writer,
            seen,
            reading,
            master: pair.master,
        }
    }
}

impl Terminal {
    pub fn start(home: &TestHome, args: &[&str]) -> Self {
        Start::new(home, args).run()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        let contents = self.seen().screen.screen().contents();
        contents
            .lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
            .trim_end()
            .to_owned()
    }

    /// Every byte that reached the terminal.
    pub fn raw(&self) -> Vec<u8> {
        self.seen().raw.clone()
    }

    /// Presses keys.
    pub fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Makes the window wider or narrower.
    pub fn resize(&self, columns: u16) {
        self.master
            .resize(PtySize {
                rows: ROWS,
                cols: columns,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let [rows, columns] = [ROWS, columns].map(|size| NonZero::new(size).unwrap());
        self.seen().screen.screen_mut().set_size(rows, columns);
    }

    /// Waits for the prompt, types a line, looks that it is there, and presses Enter.
    #[track_caller]
    pub fn say(&mut self, line: &str) {
        self.wait_for_prompt();
        self.keys(line);
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        self.wait("what was typed", |screen| {
            squeezed(screen).ends_with(&squeezed(line))
        });
        let row = self.cursor().0;
        self.keys("\r");
        self.wait("Enter", |_| self.cursor().0 != row);
    }

    /// Waits until the screen is as it should be; fails with what it shows if it never is.
    #[track_caller]
    pub fn wait(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        for _ in 0..2400 {
            if is_so(&self.screen()) {
                return;
            }
            thread::sleep(Duration::from_millis(25));
        }
        panic!("{what}: never seen. The screen:\n{}", self.screen());
    }

    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        self.wait(text, |screen| screen.contains(text));
    }

    /// Waits for an empty prompt with the cursor behind it.
    #[track_caller]
    pub fn wait_for_prompt(&self) {
        self.wait("an empty prompt", |screen| {
            screen.lines().last() == Some("You:") && self.cursor().1 == 5
        });
    }

    /// Its row and column.
    pub fn cursor(&self) -> (u16, u16) {
        self.seen().screen.screen().cursor_position()
    }

    /// Waits for the end of the program and returns its exit code.
    #[track_caller]
    pub fn exit_code(&mut self) -> u32 {
        for _ in 0..2400 {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.hear_the_rest();
                return status.exit_code();
            }
            thread::sleep(Duration::from_millis(25));
        }
        panic!("it never ended. The screen:\n{}", self.screen());
    }

    /// What it wrote last may still be on its way. It has all come once nobody holds the terminal any
    /// more; what it left running may hold it for longer.
    fn hear_the_rest(&self) {
        for _ in 0..100 {
            if self.reading.is_finished() {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Says that it should end, and looks that it did.
    #[track_caller]
    pub fn leave(mut self) -> String {
        self.wait_for_prompt();
        self.keys(CTRL_D);
        assert_eq!(self.exit_code(), 0, "{}", self.screen());
        self.screen()
    }

    /// Sends a signal to the program that a script started.
    pub fn signal(&self, home: &TestHome, name: &str) {
        let pid = std::fs::read_to_string(home.path().join("pid")).unwrap();
        send(name, pid.trim());
    }

    /// Ends it as nothing should end.
    pub fn kill(mut self) {
        let pid = self.child.process_id().unwrap().to_string();
        send("KILL", &pid);
        self.child.wait().unwrap();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A failed test leaves no program behind.
        let _ = self.child.kill();
    }
}

fn send(signal: &str, pid: &str) {
    let sent = Command::new("kill")
        .arg(format!("-{signal}"))
        .arg(pid)
        .status()
        .unwrap();
    assert!(sent.success());
}
