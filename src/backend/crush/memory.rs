//! Which Crush there is, remembered from one start of ours to the next: asking it takes some 40 ms.

use super::{Crush, CrushSettings, Version};
use crate::backend::{Backend, Listener, NoReply, Reply, Request};
use crate::bounded;
use crate::files::{self, Readers};
use crate::home::Home;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Crush, with its version remembered.
pub struct KnownCrush {
    crush: Crush,
    memory: Memory,
    is_remembered: AtomicBool,
}

impl KnownCrush {
    /// Crush with these settings; which it is is looked up in what this home remembers.
    pub fn new(settings: CrushSettings, home: &Path) -> Self {
        let memory = Memory::of(&settings.program, home);
        let version = memory.recall();
        let is_remembered = AtomicBool::new(version.is_some());
        Self {
            crush: Crush::new(CrushSettings {
                version,
                ..settings
            }),
            memory,
            is_remembered,
        }
    }

    /// Which Crush this is; it is asked only if it changed since it was asked last.
    ///
    /// # Errors
    /// When it can't be started, or doesn't answer as Crush does.
    pub fn version(&self) -> Result<&Version, NoReply> {
        let version = self.crush.version()?;
        if !self.is_remembered.swap(true, Ordering::Relaxed) {
            self.memory.keep(version);
        }
        Ok(version)
    }
}

impl Backend for KnownCrush {
    fn name(&self) -> &str {
        self.crush.name()
    }

    fn recorded(&self) -> String {
        self.crush.recorded()
    }

    fn description(&self) -> String {
        self.crush.description()
    }

    fn ask(&self, request: &Request<'_>, listener: Listener<'_>) -> Result<Reply, NoReply> {
        self.version()?;
        self.crush.ask(request, listener)
    }
}

/// A file with the version of one program, good for as long as the program's file is the same.
struct Memory {
    file: PathBuf,
    /// Size, time of change and place of the program.
    stamp: Option<String>,
}

impl Memory {
    fn of(program: &Path, home: &Path) -> Self {
        let stamp = fs::canonicalize(program).and_then(|real| {
            let about = fs::metadata(&real)?;
            Ok(format!(
                "{} {}.{:09} {}",
                about.len(),
                about.mtime(),
                about.mtime_nsec(),
                real.display()
            ))
        });
        Self {
            file: Home::at(home).crush_version(),
            stamp: stamp.ok(),
        }
    }

    fn recall(&self) -> Option<Version> {
        let bytes = bounded::read_plain(&self.file, bounded::FEW_LINES).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (version, stamp) = text.split_once('\n')?;
        (Some(stamp.trim_end_matches('\n')) == self.stamp.as_deref())
            .then(|| Version::parse(version))?
    }

    /// If it can't be kept, Crush is asked again next time.
    fn keep(&self, version: &Version) {
        if let Some(stamp) = &self.stamp
            && let Some(folder) = self.file.parent()
            && fs::create_dir_all(folder).is_ok()
        {
            let text = format!("crush version {version}\n{stamp}\n");
            let _ = files::replace(
                &self.file,
                ".crush-version-",
                Readers::Owner,
                text.as_bytes(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_remembered_until_the_program_changes() {
        let home = tempfile::tempdir().unwrap();
        let program = home.path().join("crush");
        fs::write(&program, "one").unwrap();
        assert_eq!(Memory::of(&program, home.path()).recall(), None);
        for version in [
            Version::new(0, 7, 1),
            Version::Unnumbered("devel".to_owned()),
        ] {
            Memory::of(&program, home.path()).keep(&version);
            assert_eq!(Memory::of(&program, home.path()).recall(), Some(version));
        }
        fs::write(&program, "another").unwrap();
        assert_eq!(Memory::of(&program, home.path()).recall(), None);
    }

    #[test]
    fn a_pipe_in_its_place_is_not_waited_for() {
        let home = tempfile::tempdir().unwrap();
        let program = home.path().join("crush");
        fs::write(&program, "one").unwrap();
        let memory = Memory::of(&program, home.path());
        fs::create_dir_all(memory.file.parent().unwrap()).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &memory.file, rustix::fs::Mode::RWXU).unwrap();
        assert_eq!(memory.recall(), None);
    }
}
