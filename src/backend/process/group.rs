//! A process group that is never left behind.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// A child that leads its own process group. Dropping it kills and reaps.
pub(super) struct Group {
    child: Child,
    leader: Pid,
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
        let mut child = command.process_group(0).spawn()?;
        let pipes =
            Pipes { stdin: child.stdin.take(), stdout: child.stdout.take(), stderr: child.stderr.take() };
        let leader = Pid::from_child(&child);
        let group = Group { child, leader, reaped: None };
        Ok((group, pipes))
    }

    /// Whether the leader has ended. It isn't reaped: its id must stay taken while the group may get a signal.
    pub(super) fn has_ended(&self) -> io::Result<bool> {
        if self.reaped.is_some() {
            return Ok(true);
        }
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        loop {
            match waitid(WaitId::Pid(self.leader), options) {
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
            let _ = kill_process_group(self.leader, signal);
        }
    }

    /// Waits for the leader, ends what it left behind, and says how it ended.
    pub(super) fn finish(&mut self) -> io::Result<ExitStatus> {
        if let Some(status) = self.reaped {
            return Ok(status);
        }
        while !self.has_ended()? {
            thread::sleep(Duration::from_millis(1));
        }
        self.kill();
        let status = self.child.wait()?;
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
            self.kill();
            let _ = self.child.wait();
        }
    }
}
