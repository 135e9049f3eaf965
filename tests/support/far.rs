//! A bare repository that is somebody else's machine, with whatever stands before it.

use super::{git, git_command};
use mmogit::model::PublicKey;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A bare repository in a folder of its own; it is gone with the test.
pub struct Far {
    folder: TempDir,
}

impl Far {
    /// What its repository is called in its folder, and in every URL.
    pub const NAME: &str = "far.git";

    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "--quiet", "--bare", Self::NAME]);
        Self { folder }
    }

    /// The folder in which the repository lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn repository(&self) -> PathBuf {
        self.folder().join(Self::NAME)
    }

    /// The repository as a path without a scheme.
    pub fn path_url(&self) -> String {
        self.repository().display().to_string()
    }

    pub fn file_url(&self) -> String {
        format!("file://{}", self.path_url())
    }

    /// What stock git says there; it must succeed.
    pub fn git(&self, arguments: &[&str]) -> String {
        git(&self.repository(), arguments)
    }

    /// Where the branch of an author stands, if it is there.
    pub fn tip_of(&self, author: &PublicKey) -> Option<String> {
        let branch = format!("refs/heads/users/{author}");
        let output = git_command(&self.repository())
            .args(["rev-parse", "--verify", "--quiet", &branch])
            .output()
            .unwrap();
        let tip = String::from_utf8(output.stdout).unwrap();
        output.status.success().then(|| tip.trim().to_owned())
    }

    /// Every ref there, with what it names.
    pub fn refs(&self) -> String {
        self.git(&["for-each-ref", "--format=%(objectname) %(refname)"])
    }

    /// Puts a shell script in the place of one of its hooks.
    pub fn hook(&self, name: &str, script: &str) {
        let place = self.repository().join("hooks").join(name);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(&place, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&place, Permissions::from_mode(0o755)).unwrap();
    }

    /// Git finds nothing broken there.
    pub fn assert_sound(&self) {
        let said = self.git(&["fsck", "--strict", "--no-dangling"]);
        let found: Vec<&str> = said
            .lines()
            .filter(|line| !line.starts_with("notice: "))
            .collect();
        assert_eq!(found, Vec::<&str>::new(), "fsck has something to say");
    }
}
