//! Runs a program that answers on its stdout, and is certain to end it.
//!
//! Crush and every `command` are run the same way: the prompt on stdin, the answer read as it comes
//! by a thread of its own (Crush loses text when its reader is slow), in a process group of their
//! own so that one signal reaches whatever they started. Programs hang, retry silently for minutes,
//! or never stop talking: time and size are limited here, and nothing of the group is left when
//! [`Program::run`] returns, or when this process is gone.

mod group;
mod text;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use group::Group;
use text::Decoder;

/// What is heard of a program while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// The next piece of its output, whole characters only.
    Text(&'a str),
    /// Nothing new; told some 20 times a second.
    Waiting {
        /// Time since it was started.
        elapsed: Duration,
    },
}

/// Hears it; `Break` ends the program, and what came is kept.
pub type Listener<'a> = &'a mut dyn FnMut(Event<'_>) -> ControlFlow<()>;

/// How long a program may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the first text.
    pub first: Duration,
    /// Between two pieces of text.
    pub silence: Duration,
    /// In all.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            first: Duration::from_secs(300),
            silence: Duration::from_secs(300),
            total: Duration::from_secs(3600),
        }
    }
}

/// The longest answer that is kept; a program that writes more is stopped.
pub const LONGEST_ANSWER: usize = 8 << 20;

/// How often a waiting caller hears of it.
const TICK: Duration = Duration::from_millis(50);
/// How long a program that was asked to end may take to do so.
const GRACE: Duration = Duration::from_secs(1);
/// How long a program that closed its stdout may take to end.
const LINGERING: Duration = Duration::from_secs(2);
/// How much of the end of stderr is kept.
const STDERR_KEPT: usize = 64 << 10;

/// One program to run.
#[derive(Debug, Clone, Copy)]
pub struct Program<'a> {
    /// Its path.
    pub path: &'a Path,
    /// Its arguments.
    pub args: &'a [OsString],
    /// Where it runs; the caller's own directory when `None`.
    pub directory: Option<&'a Path>,
    /// All of its environment.
    pub environment: &'a [(OsString, OsString)],
    /// What it reads on stdin.
    pub input: &'a str,
    /// How long it may take.
    pub timeouts: Timeouts,
}

/// How a program came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, or by a signal that was not ours.
    Exit(ExitStatus),
    /// The listener stopped it.
    Stopped,
    /// Nothing came for this long at the start.
    NoFirstText(Duration),
    /// Nothing more came for this long.
    Silent(Duration),
    /// It took longer than this in all.
    TooSlow(Duration),
    /// It wrote more than [`LONGEST_ANSWER`].
    TooLong,
    /// It closed its stdout and went on.
    Lingered,
}

/// What a program left.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The text the listener was given, in one piece.
    pub text: String,
    /// How it ended.
    pub ended: End,
    /// The end of what it wrote on stderr.
    pub stderr: String,
}

impl Program<'_> {
    /// Runs the program to its end, or to the limit that ends it.
    ///
    /// # Errors
    /// Only when it can't be started.
    pub fn run(&self, listener: Listener<'_>) -> io::Result<Finished> {
        let mut command = Command::new(self.path);
        command
            .args(self.args)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(directory) = self.directory {
            command.current_dir(directory);
        }
        let (mut group, mut pipes) = Group::spawn(&mut command)?;
        if let Some(mut stdin) = pipes.stdin.take() {
            let input = self.input.as_bytes().to_vec();
            // A program may never read its input; then this thread waits until the group is gone.
            thread::spawn(move || stdin.write_all(&input));
        }
        let complaints = pipes.stderr.take().map(Complaints::collect);
        let pieces = pipes.stdout.take().map(read_at_once);
        let mut watch = Watch::new(self.timeouts, listener);
        let ended = match pieces {
            Some(pieces) => watch.follow(&mut group, &pieces)?,
            None => End::Exit(group.finish()?),
        };
        group.end(GRACE)?;
        Ok(Finished {
            text: watch.text,
            ended,
            stderr: complaints.map(Complaints::finish).unwrap_or_default(),
        })
    }
}

/// Reads stdout in a thread; the channel closes at its end, or when there is more than anyone
/// keeps.
fn read_at_once(mut stdout: ChildStdout) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 16 << 10];
        let mut read = 0;
        while read <= LONGEST_ANSWER {
            match stdout.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    read += count;
                    if sender.send(buffer[..count].to_vec()).is_err() {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    });
    receiver
}

/// The last [`STDERR_KEPT`] bytes of stderr, collected by a thread.
struct Complaints {
    kept: Arc<Mutex<Vec<u8>>>,
    /// Closed when the thread has read all there is.
    open: Receiver<()>,
}

impl Complaints {
    fn collect(mut stderr: ChildStderr) -> Complaints {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let (done, open) = mpsc::channel();
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            let _done: Sender<()> = done;
            let mut buffer = [0; 4 << 10];
            while let Ok(count @ 1..) = stderr.read(&mut buffer) {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend_from_slice(&buffer[..count]);
                let excess = kept.len().saturating_sub(STDERR_KEPT);
                kept.drain(..excess);
            }
        });
        Complaints { kept, open }
    }

    /// What was collected, once the program is gone. What escaped its group may hold stderr open
    /// for ever.
    fn finish(self) -> String {
        let _ = self.open.recv_timeout(GRACE);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).into_owned()
    }
}

/// Follows one run: turns bytes into events and measures time.
struct Watch<'a> {
    timeouts: Timeouts,
    listener: Listener<'a>,
    decoder: Decoder,
    text: String,
    start: Instant,
    last_text: Option<Instant>,
    last_event: Instant,
}

impl<'a> Watch<'a> {
    fn new(timeouts: Timeouts, listener: Listener<'a>) -> Self {
        let start = Instant::now();
        Watch {
            timeouts,
            listener,
            decoder: Decoder::default(),
            text: String::new(),
            start,
            last_text: None,
            last_event: start,
        }
    }

    fn follow(&mut self, group: &mut Group, pieces: &Receiver<Vec<u8>>) -> io::Result<End> {
        if let Some(ended) = self.read_to_the_end(group, pieces)? {
            return Ok(ended);
        }
        if let Some(ended) = self.wait_for_exit(group)? {
            return Ok(ended);
        }
        let rest = self.decoder.finish();
        match self.give(&rest) {
            Some(ended) => Ok(ended),
            None => Ok(End::Exit(group.finish()?)),
        }
    }

    /// Takes what the program writes, until its stdout is closed. `None`: it is.
    fn read_to_the_end(
        &mut self,
        group: &mut Group,
        pieces: &Receiver<Vec<u8>>,
    ) -> io::Result<Option<End>> {
        // Set when the program is gone but something it started still holds its stdout.
        let mut orphaned: Option<Instant> = None;
        loop {
            let is_quiet = match pieces.recv_timeout(self.until_tick()) {
                Ok(bytes) => {
                    if let Some(ended) = self.take(&bytes) {
                        return Ok(Some(ended));
                    }
                    false
                }
                Err(RecvTimeoutError::Timeout) => true,
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            };
            if let Some(ended) = self.tick() {
                return Ok(Some(ended));
            }
            if orphaned.is_none() && self.due_for_a_look() && group.has_ended()? {
                group.kill();
                orphaned = Some(Instant::now());
            }
            // What the program said in time still waits here if it is taken slowly.
            if is_quiet && orphaned.is_some_and(|since| since.elapsed() > GRACE) {
                return Ok(None);
            }
        }
    }

    /// Waits for the end of a program that has nothing more to say. `None`: it ended.
    fn wait_for_exit(&mut self, group: &mut Group) -> io::Result<Option<End>> {
        let mut closed: Option<Instant> = None;
        loop {
            if let Some(ended) = self.tick() {
                return Ok(Some(ended));
            }
            if group.has_ended()? {
                return Ok(None);
            }
            if closed.get_or_insert_with(Instant::now).elapsed() >= LINGERING {
                return Ok(Some(End::Lingered));
            }
            // Between its last word and its exit a program takes a millisecond or two.
            thread::sleep(Duration::from_millis(2).min(self.until_tick()));
        }
    }

    /// Whether nothing came just now, so that asking the system costs nobody anything.
    fn due_for_a_look(&self) -> bool {
        self.last_text.is_none_or(|at| at.elapsed() >= TICK / 2)
    }

    fn take(&mut self, bytes: &[u8]) -> Option<End> {
        self.last_text = Some(Instant::now());
        let text = self.decoder.push(bytes);
        self.give(&text)
    }

    fn give(&mut self, text: &str) -> Option<End> {
        if text.is_empty() {
            return None;
        }
        let room = whole_characters(text, LONGEST_ANSWER - self.text.len());
        let fits = &text[..room];
        self.text.push_str(fits);
        self.last_event = Instant::now();
        if !fits.is_empty() && (self.listener)(Event::Text(fits)).is_break() {
            return Some(End::Stopped);
        }
        (room < text.len()).then_some(End::TooLong)
    }

    fn until_tick(&self) -> Duration {
        TICK.saturating_sub(self.last_event.elapsed())
            .max(Duration::from_millis(1))
    }

    /// Tells the caller that time passes, and ends the run when it took too much of it.
    fn tick(&mut self) -> Option<End> {
        if self.last_event.elapsed() >= TICK {
            self.last_event = Instant::now();
            let elapsed = self.start.elapsed();
            if let ControlFlow::Break(()) = (self.listener)(Event::Waiting { elapsed }) {
                return Some(End::Stopped);
            }
        }
        let Timeouts {
            first,
            silence,
            total,
        } = self.timeouts;
        match self.last_text {
            _ if self.start.elapsed() >= total => Some(End::TooSlow(total)),
            None if self.start.elapsed() >= first => Some(End::NoFirstText(first)),
            Some(at) if at.elapsed() >= silence => Some(End::Silent(silence)),
            _ => None,
        }
    }
}

/// The longest beginning of `text` of at most `most` bytes that cuts no character.
fn whole_characters(text: &str, most: usize) -> usize {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests;
