//! Who answers: the one trait behind which every AI stands, and the answers it may give.
//!
//! A backend is synchronous. It gets a [`Request`], reports what happens through a callback that
//! may stop it, and returns a [`Reply`]. It never writes to the record, the terminal or the
//! environment: `turn` does the first, the faces do the others.
//!
//! The way of a reply, where a program gives it:
//!
//! ```text
//! stdout ── a thread of process reads it, as fast as it comes
//!   └─ process   bytes to whole characters; time and size are limited      process::Event
//!       └─ ReplyText   holds back the program's last newline and codes     backend::Event
//!           └─ turn::Question::ask   pieces into the journal
//!               └─ the face's listener   draws it; Break stops all above
//! ```
//! All of it but the reading happens on the thread that asks. What the listener was given, piece by
//! piece, is the text of the [`Reply`] that comes back, which `turn` signs.

pub mod choose;
pub mod command;
mod command_line;
pub mod crush;
pub mod echo;
mod no_reply;
mod notice;
pub mod offline;
mod reply_text;

use std::ffi::{OsStr, OsString};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::prompt::Prompt;
use rustix::fs::{Access, access};

pub use no_reply::NoReply;
pub use notice::Notice;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The conversation; its last message is to be answered. Each backend writes it as it needs.
    pub prompt: &'a Prompt,
    /// The model the user asked for, in the backend's own words.
    pub model: Option<&'a str>,
    /// Where files may lie that hold what is said.
    pub files: FilePlace,
}

/// Where a backend may put files while it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePlace {
    /// On a disk, in the home.
    Disk,
    /// In memory only: what is said is sealed where it rests.
    Memory,
}

/// What a backend reports while it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// The next piece of the answer, whole characters only.
    Text(&'a str),
    /// Nothing new; sent some 20 times a second so that the caller can draw, or stop the reply.
    Waiting {
        /// Time since the request was sent.
        elapsed: Duration,
    },
    /// Something the user should know.
    Notice(&'a Notice),
}

/// The callback's answer: `Break` stops the reply and keeps what came.
pub type Listener<'a> = &'a mut dyn FnMut(Event<'_>) -> ControlFlow<()>;

/// A whole or a cut answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    /// The answer, as it was given.
    pub text: String,
    /// The model that gave it, where the backend knows.
    pub model: Option<String>,
    /// Tokens, where the backend knows.
    pub usage: Option<Usage>,
    /// Why the answer is not whole; `None` when it is.
    pub interrupted: Option<NoReply>,
}

impl Reply {
    /// The reply, if there is any text in it.
    ///
    /// # Errors
    /// What became of it otherwise.
    pub fn with_text(self) -> Result<Self, NoReply> {
        if !self.text.trim().is_empty() {
            return Ok(self);
        }
        Err(match self.interrupted {
            Some(why) => NoReply::NothingBefore(Box::new(why)),
            None => NoReply::Empty,
        })
    }
}

/// Tokens spent on one answer, as far as the provider tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Tokens read.
    pub prompt: Option<u64>,
    /// Of these, how many were remembered from an earlier question.
    pub cached: Option<u64>,
    /// Tokens written.
    pub completion: Option<u64>,
    /// Of these, how many were thought and not said.
    pub reasoning: Option<u64>,
}

/// One way to get answers. It may be asked from any thread, and by several at once.
pub trait Backend: Send + Sync {
    /// The name under which it signs: `crush`, `command`, `echo`.
    fn name(&self) -> &str;
    /// What the record says an answer came through; the program too, where any may stand behind the
    /// name.
    fn recorded(&self) -> String {
        self.name().to_owned()
    }
    /// What the header shows, such as `Claude 3.5 Sonnet (via Crush)`. May read files, never the
    /// network.
    fn description(&self) -> String;
    /// Asks, and waits for the answer.
    fn ask(&self, request: &Request<'_>, listener: Listener<'_>) -> Result<Reply, NoReply>;
}

/// The program `name` as a shell would find it on this `PATH`; a name with a slash is taken as a
/// path.
pub fn find_in(path: &OsStr, name: &str) -> Option<PathBuf> {
    let runs = |program: &Path| program.is_file() && access(program, Access::EXEC_OK).is_ok();
    if name.contains('/') {
        return std::path::absolute(name)
            .ok()
            .filter(|program| runs(program));
    }
    std::env::split_paths(path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name))
        .find(|program| runs(program))
}

/// A value from an environment given as a list; an empty value counts as unset.
fn variable<'a>(environment: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    environment
        .iter()
        .rev()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_os_str())
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_program_is_found_where_a_shell_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        for (name, mode) in [("a/tool", 0o644), ("b/tool", 0o755), ("c/tool", 0o755)] {
            let file = folder.path().join(name);
            fs::create_dir(file.parent().unwrap()).unwrap();
            fs::write(&file, "#!/bin/sh\n").unwrap();
            fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        }
        let at = |name: &str| folder.path().join(name);
        let path = std::env::join_paths([at("none"), at("a"), at("b"), at("c")]).unwrap();
        assert_eq!(find_in(&path, "tool"), Some(at("b/tool")));
        assert_eq!(find_in(&path, "other"), None);
        let direct = at("c/tool");
        assert_eq!(
            find_in(OsStr::new(""), direct.to_str().unwrap()),
            Some(direct)
        );
    }

    /// Or whoever can write into the current folder says what runs.
    #[test]
    fn a_relative_entry_of_the_path_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tool");
        fs::write(&file, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
        // The parent of the root is the root.
        let to_root = "../".repeat(64);
        let relative = format!("{to_root}{}", folder.path().display());
        assert!(Path::new(&relative).join("tool").is_file());
        assert_eq!(find_in(OsStr::new(&relative), "tool"), None);
    }
}
