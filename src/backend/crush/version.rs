//! Which Crush this is, and what that means it can do.

use std::ffi::OsString;
use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use super::CrushFailure;
use crate::backend::NoReply;
use crate::process::{End, Program, Timeouts};

/// How long `crush -v` may take; it needs some 40 ms.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A version of Crush, or a build that doesn't say which it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Version {
    /// As released.
    Numbered {
        /// Major, minor, patch.
        number: (u32, u32, u32),
    },
    /// A build from source that calls itself `devel`, `unknown` or the like.
    Unnumbered(String),
}

/// With what a version can be told not to use its tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denial {
    /// Nothing: its tools run.
    Nothing,
    /// `options.disabled_tools`, read from `.crush.json` where it runs.
    HereByName,
    /// The same, read from `crush.json` in its data directory, over everything else.
    DataByName,
    /// By name, and a hook that refuses every call whatever its name.
    DataWithHook,
    /// Unknown: say it in every place, and rely on none.
    Unknown,
}

impl Version {
    /// Released as `major.minor.patch`.
    pub fn new(major: u32, minor: u32, patch: u32) -> Self {
        Version::Numbered {
            number: (major, minor, patch),
        }
    }

    /// Asks a program which Crush it is.
    ///
    /// # Errors
    /// When it can't be started, or doesn't answer as Crush does.
    pub fn of(
        program: &Path,
        directory: &Path,
        environment: &[(OsString, OsString)],
    ) -> Result<Version, NoReply> {
        let asked = Program {
            path: program,
            args: &["-v".into()],
            directory: Some(directory),
            environment,
            input: "",
            timeouts: Timeouts {
                first: TIMEOUT,
                silence: TIMEOUT,
                total: TIMEOUT,
            },
        };
        let finished = asked
            .run(&mut |_| ControlFlow::Continue(()))
            .map_err(|error| NoReply::not_started("crush", &error))?;
        if let Some(version) = Version::parse(&finished.text) {
            return Ok(version);
        }
        Err(match finished.ended {
            End::Exit(status) if status.success() => {
                CrushFailure::NoVersion(program.to_owned()).into()
            }
            End::Exit(status) => NoReply::failed("crush", status, &finished.stderr),
            other => NoReply::of_end("crush", other),
        })
    }

    /// From the output of `crush -v`, which may begin with a heart.
    pub fn parse(output: &str) -> Option<Version> {
        let said = output
            .split("crush version ")
            .nth(1)?
            .split_whitespace()
            .next()?;
        let mut parts = said
            .trim_start_matches('v')
            .split(|c: char| !c.is_ascii_digit());
        let mut next = || parts.next()?.parse().ok();
        Some(match (next(), next(), next()) {
            (Some(major), Some(minor), Some(patch)) => Version::new(major, minor, patch),
            _ => Version::Unnumbered(said.to_owned()),
        })
    }

    fn since(&self, minor: u32, patch: u32) -> Option<bool> {
        match self {
            Version::Numbered { number } => Some(*number >= (0, minor, patch)),
            Version::Unnumbered(_) => None,
        }
    }

    /// `run --model`.
    pub(super) fn has_model_flag(&self) -> bool {
        self.since(34, 0).unwrap_or(true)
    }

    /// `session last --json`.
    pub(super) fn has_session_command(&self) -> bool {
        self.since(48, 0).unwrap_or(true)
    }

    /// Progress codes on stdout, whatever stdout is.
    pub(super) fn writes_progress_codes(&self) -> bool {
        self.since(11, 0).unwrap_or(true) && !self.since(14, 0).unwrap_or(false)
    }

    /// Whether it carries a list of providers for when none can be fetched.
    pub(super) fn carries_providers(&self) -> bool {
        self.since(8, 0).unwrap_or(true)
    }

    /// 0.8.0 to 0.10.0 kept their `agent` tool whatever they were told.
    pub(super) fn denial(&self) -> Denial {
        match self {
            Version::Unnumbered(_) => Denial::Unknown,
            _ if self.since(63, 0) == Some(true) => Denial::DataWithHook,
            _ if self.since(48, 0) == Some(true) => Denial::DataByName,
            _ if self.since(10, 1) == Some(true) => Denial::HereByName,
            _ => Denial::Nothing,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Version::Numbered { number: (a, b, c) } => write!(f, "{a}.{b}.{c}"),
            Version::Unnumbered(said) => f.write_str(said),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_crush_says_its_version_is_read() {
        let heart = "   /\\/\\\n   \\  /\n    \\/\ncrush version 0.12.0\n";
        for (output, version) in [
            ("crush version v0.7.1\n", Some(Version::new(0, 7, 1))),
            ("crush version 0.90.0\n", Some(Version::new(0, 90, 0))),
            (
                "crush version v0.9.4-0.20250926-abc+dirty\n",
                Some(Version::new(0, 9, 4)),
            ),
            (heart, Some(Version::new(0, 12, 0))),
            (
                "crush version devel\n",
                Some(Version::Unnumbered("devel".to_owned())),
            ),
            ("git version 2.47.0\n", None),
            ("", None),
        ] {
            assert_eq!(Version::parse(output), version, "{output:?}");
        }
    }

    #[test]
    fn each_version_is_told_what_it_understands() {
        let denials = [
            (Version::new(0, 7, 1), Denial::Nothing),
            (Version::new(0, 10, 0), Denial::Nothing),
            (Version::new(0, 10, 1), Denial::HereByName),
            (Version::new(0, 47, 2), Denial::HereByName),
            (Version::new(0, 48, 0), Denial::DataByName),
            (Version::new(0, 63, 0), Denial::DataWithHook),
            (Version::new(1, 0, 0), Denial::DataWithHook),
            (Version::Unnumbered("devel".to_owned()), Denial::Unknown),
        ];
        for (version, denial) in denials {
            assert_eq!(version.denial(), denial, "{version}");
        }
        let codes: Vec<bool> = [10, 11, 13, 14]
            .map(|minor| Version::new(0, minor, 0).writes_progress_codes())
            .into();
        assert_eq!(codes, [false, true, true, false]);
    }
}
