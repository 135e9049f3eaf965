//! A process group that is never left behind.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// Waits until its input ends, which is when we do, and then ends its group: with a moment to put
/// things in order, since git removes its locks when it is asked to end. What ends us or stops a
/// program must not end it before.
const WATCH: &str = "trap '' HUP INT QUIT TERM; read -r nothing; \
                     kill -TERM 0; sleep 1; kill -KILL 0";

/// A child in a process group of its own. Dropping it kills and reaps.
///
/// The group's leader is a watchdog that holds the other end of a pipe to us: however we end, the
/// system closes our end, and the group goes with us. It is there before the child, and its id is
/// the group's until it is reaped.
pub(super) struct Group {
    child: Child,
    watchdog: Child,
    reaped: Option<ExitStatus>,
}

/// The child's ends of its pipes.
pub(super) struct Pipes {
    pub(super) stdin: Option<ChildStdin>,
    pub(super) stdout: Option<ChildStdout>,
    pub(super) stderr: Option<ChildStderr>,
}

impl Group {
    pub(super) fn spawn(command: &mut Command) -> io::Result<(Group, Pipes)> {
        let mut watchdog = watchdog()?;
        let leader = Pid::from_child(&watchdog);
        let spawned = command.process_group(leader.as_raw_nonzero().get()).spawn();
        let mut child = spawned.inspect_err(|_| {
            let _ = watchdog.kill();
            let _ = watchdog.wait();
        })?;
        let pipes = Pipes {
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
        };
        Ok((
            Group {
                child,
                watchdog,
                reaped: None,
            },
            pipes,
        ))
    }

    /// Whether the child has ended. It isn't reaped here.
    pub(super) fn has_ended(&self) -> io::Result<bool> {
        if self.reaped.is_some() {
            return Ok(true);
        }
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        loop {
            match waitid(WaitId::Pid(Pid::from_child(&self.child)), options) {
                Ok(status) => return Ok(status.is_some()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Ends all of the group at once.
    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        if self.reaped.is_none() {
            // The one possible failure is a group that has no member left, which is what is wanted.
            let _ = kill_process_group(Pid::from_child(&self.watchdog), signal);
        }
    }

    /// Waits for the child, ends what it left behind, and says how it ended.
    pub(super) fn finish(&mut self) -> io::Result<ExitStatus> {
        if let Some(status) = self.reaped {
            return Ok(status);
        }
        while !self.has_ended()? {
            thread::sleep(Duration::from_millis(1));
        }
        self.reap()
    }

    fn reap(&mut self) -> io::Result<ExitStatus> {
        self.kill();
        let status = self.child.wait()?;
        self.watchdog.wait()?;
        self.reaped = Some(status);
        Ok(status)
    }

    /// Asks the group to end, and makes it end when `grace` is over.
    pub(super) fn end(&mut self, grace: Duration) -> io::Result<()> {
        if self.reaped.is_none() {
            self.signal(Signal::INT);
            let asked = Instant::now();
            while !self.has_ended()? && asked.elapsed() < grace {
                thread::sleep(Duration::from_millis(2));
            }
            self.kill();
            self.finish()?;
        }
        Ok(())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.reaped.is_none() {
            let _ = self.reap();
        }
    }
}

/// A shell, since every system has one: a process of ours would have to be told which of our
/// programs it is.
fn watchdog() -> io::Result<Child> {
    Command::new("/bin/sh")
        .args(["-c", WATCH])
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}
