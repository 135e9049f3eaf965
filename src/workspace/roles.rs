//! Roles: system prompts with a name, one Markdown file each, which the user writes.
//!
//! A file is only where a role comes from. What an AI was told is in the thread, signed.

use super::{WorkError, Workspace};
use crate::store::Trouble;
use rustix::fs::OFlags;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// No role has more; what is longer would crowd the conversation out of the prompt.
pub const MAX_ROLE_BYTES: usize = 64 << 10;
const TOO_LONG: &str = "it has more than 64 KiB";
const MAX_NAME: usize = 50;
const EXTENSION: &str = ".md";

/// A system prompt and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolePrompt {
    /// The name.
    pub name: String,
    /// What an AI is told.
    pub text: String,
}

/// The name under which no role is kept: taking it leaves the role that was in force.
const NONE: &str = "none";
const NONE_TEXT: &str = "From here on you have no role: what was said above about how you are to answer no longer holds.";
/// The name of a text that is kept in the thread alone.
const ONE_OFF: &str = "one-off";

impl RolePrompt {
    /// A text that is in no file.
    pub fn one_off(text: &str) -> Result<Self, WorkError> {
        let text = checked(text.as_bytes()).map_err(WorkError::BadRoleText)?;
        Ok(Self {
            name: ONE_OFF.to_owned(),
            text,
        })
    }

    /// Ends the role before.
    pub fn none() -> Self {
        Self {
            name: NONE.to_owned(),
            text: NONE_TEXT.to_owned(),
        }
    }

    /// Whether this is the name of no role.
    pub fn is_none_name(name: &str) -> bool {
        name == NONE
    }
}

/// The roles there are.
#[derive(Debug, Default)]
pub struct RoleList {
    /// In order of their names.
    pub roles: Vec<RolePrompt>,
    /// The files that are none, and why.
    pub troubles: Vec<Trouble>,
}

/// Whether a role may be called so: letters and digits of any script, `-` and `_`. So no name leads
/// out of the folder.
pub fn check_role_name(name: &str) -> Result<(), WorkError> {
    let wrong = if name.is_empty() {
        "A role's name cannot be empty"
    } else if name.chars().count() > MAX_NAME {
        "A role's name exceeds maximum length of 50 characters"
    } else if name.starts_with('-')
        || !name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    {
        "A role's name can only have letters, digits, - and _, and does not begin with -"
    } else if name == NONE {
        "No role can be called none: that name leaves a role"
    } else {
        return Ok(());
    };
    Err(WorkError::BadRoleName(wrong))
}

impl Workspace {
    /// Where the roles are.
    pub fn roles_folder(&self) -> PathBuf {
        self.home().join("roles")
    }

    /// The file of a role, whether there is one or not.
    pub fn role_path(&self, name: &str) -> Result<PathBuf, WorkError> {
        check_role_name(name)?;
        Ok(self.roles_folder().join(format!("{name}{EXTENSION}")))
    }

    /// The role of this name; an error that names the others if there is none.
    pub fn role(&self, name: &str) -> Result<RolePrompt, WorkError> {
        if name == NONE {
            return Ok(RolePrompt::none());
        }
        let path = self.role_path(name)?;
        let text = read(&path)?.ok_or_else(|| WorkError::NoSuchRole {
            name: name.to_owned(),
            known: self.role_names().unwrap_or_default(),
        })?;
        Ok(RolePrompt {
            name: name.to_owned(),
            text,
        })
    }

    /// Whether there is a file for a role of this name, whatever is in it.
    pub fn has_role(&self, name: &str) -> Result<bool, WorkError> {
        Ok(fs::symlink_metadata(self.role_path(name)?).is_ok())
    }

    /// The names of all roles, in order. Other files in the folder are not ours.
    pub fn role_names(&self) -> Result<Vec<String>, WorkError> {
        let folder = self.roles_folder();
        let disk = |source| WorkError::Disk {
            path: folder.clone(),
            source,
        };
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(disk(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(disk)?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(EXTENSION));
            names.extend(
                name.filter(|name| check_role_name(name).is_ok())
                    .map(str::to_owned),
            );
        }
        names.sort();
        Ok(names)
    }

    /// All roles. One that can't be read hides no other.
    pub fn roles(&self) -> Result<RoleList, WorkError> {
        let mut list = RoleList::default();
        for name in self.role_names()? {
            match self.role(&name) {
                Ok(role) => list.roles.push(role),
                Err(WorkError::BadRole { path, why }) => {
                    list.troubles.push(Trouble {
                        place: path.display().to_string(),
                        why: why.to_owned(),
                    });
                }
                Err(other) => list.troubles.push(Trouble {
                    place: name,
                    why: other.to_string(),
                }),
            }
        }
        Ok(list)
    }

    /// Writes a role, in place of one of this name; `false` if it said the same already. The file
    /// is never half written, and only its owner may read it.
    pub fn write_role(&self, name: &str, text: &[u8]) -> Result<bool, WorkError> {
        let path = self.role_path(name)?;
        let text = checked(text).map_err(WorkError::BadRoleText)?;
        match read(&path) {
            Ok(known) if known.as_ref() == Some(&text) => return Ok(false),
            // What is no file is not ours to replace.
            Err(error) if fs::symlink_metadata(&path).is_ok_and(|about| !about.is_file()) => {
                return Err(error);
            }
            _ => {}
        }
        self.make_home()?;
        let folder = self.roles_folder();
        let made = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder);
        made.and_then(|()| replace(&folder, &path, &text))
            .map_err(|source| WorkError::Disk { path, source })?;
        Ok(true)
    }
}

fn replace(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(".role-")
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}

/// The text of a role's file, or `None` if there is no file. Links are not followed, and pipes not
/// waited for.
fn read(path: &Path) -> Result<Option<String>, WorkError> {
    let bad = |why| WorkError::BadRole {
        path: path.to_owned(),
        why,
    };
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits() as i32)
        .open(path);
    let file = match file {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            return Err(bad("it is a symbolic link"));
        }
        Err(source) => {
            return Err(WorkError::Disk {
                path: path.to_owned(),
                source,
            });
        }
    };
    let disk = |source| WorkError::Disk {
        path: path.to_owned(),
        source,
    };
    if !file.metadata().map_err(disk)?.is_file() {
        return Err(bad("it is not a file"));
    }
    let mut bytes = Vec::new();
    file.take(2 * MAX_ROLE_BYTES as u64)
        .read_to_end(&mut bytes)
        .map_err(disk)?;
    if bytes.len() == 2 * MAX_ROLE_BYTES {
        return Err(bad(TOO_LONG));
    }
    checked(&bytes).map(Some).map_err(bad)
}

/// A role's text without what an editor puts around it.
fn checked(bytes: &[u8]) -> Result<String, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not a text in UTF-8")?;
    if text.contains('\0') {
        return Err("it is binary");
    }
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let text = text.trim_matches('\n').trim_end();
    if text.trim().is_empty() {
        return Err("it is empty");
    }
    if text.len() > MAX_ROLE_BYTES {
        return Err(TOO_LONG);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Setup;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn workspace(home: &Path) -> Workspace {
        Workspace::open(Setup {
            home: home.join("home"),
            clock: Box::new(|| 0),
            random: Box::new(|_| {}),
        })
        .unwrap()
    }

    #[test]
    fn what_is_written_is_read_and_only_by_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = workspace(folder.path());
        assert!(workspace.role_names().unwrap().is_empty());
        assert!(workspace.write_role("zed", b"Be\r\nbrief.\n\n").unwrap());
        assert!(
            workspace
                .write_role("änne_2", "\u{feff}\n  Be kind.".as_bytes())
                .unwrap()
        );
        assert!(!workspace.write_role("zed", b"Be\nbrief.").unwrap());
        assert_eq!(workspace.role("zed").unwrap().text, "Be\nbrief.");
        assert_eq!(workspace.role("änne_2").unwrap().text, "  Be kind.");
        assert_eq!(workspace.role_names().unwrap(), ["zed", "änne_2"]);
        for (path, expected) in [
            (workspace.home().to_owned(), 0o700),
            (workspace.roles_folder(), 0o700),
            (workspace.role_path("zed").unwrap(), 0o600),
        ] {
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                expected,
                "{path:?}"
            );
        }
        assert_eq!(fs::read_dir(workspace.roles_folder()).unwrap().count(), 2);
    }

    #[test]
    fn no_name_leads_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = workspace(folder.path());
        for name in [
            "",
            ".",
            "..",
            "../x",
            "/etc/passwd",
            "a/b",
            "a.md",
            "a b",
            "-x",
            "a\n",
            &"x".repeat(51),
        ] {
            assert!(
                matches!(workspace.role(name), Err(WorkError::BadRoleName(_))),
                "{name:?}"
            );
            assert!(
                matches!(
                    workspace.write_role(name, b"x"),
                    Err(WorkError::BadRoleName(_))
                ),
                "{name:?}"
            );
        }
    }

    #[test]
    fn a_missing_role_says_which_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = workspace(folder.path());
        workspace.write_role("b", b"x").unwrap();
        workspace.write_role("a", b"x").unwrap();
        let Err(WorkError::NoSuchRole { name, known }) = workspace.role("c") else {
            panic!()
        };
        assert_eq!(
            (name.as_str(), known),
            ("c", vec!["a".to_owned(), "b".to_owned()])
        );
    }

    #[test]
    fn what_is_no_role_is_told_and_neither_followed_nor_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = workspace(folder.path());
        workspace.write_role("good", b"x").unwrap();
        let at = |name: &str| workspace.role_path(name).unwrap();
        let outside = folder.path().join("secret");
        fs::write(&outside, "secret").unwrap();
        symlink(&outside, at("link")).unwrap();
        symlink("nowhere", at("dangling")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            at("pipe"),
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        )
        .unwrap();
        fs::write(at("latin"), b"caf\xe9").unwrap();
        fs::write(at("binary"), "a\0b").unwrap();
        fs::write(at("empty"), " \n\n").unwrap();
        fs::write(at("large"), "x".repeat(MAX_ROLE_BYTES + 1)).unwrap();
        for (name, why) in [
            ("link", "symbolic link"),
            ("dangling", "symbolic link"),
            ("folder", "not a file"),
            ("pipe", "not a file"),
            ("latin", "UTF-8"),
            ("binary", "binary"),
            ("empty", "empty"),
            ("large", "64 KiB"),
        ] {
            let error = workspace.role(name).unwrap_err().to_string();
            assert!(error.contains(why), "{name}: {error}");
        }
        for name in ["link", "dangling", "folder", "pipe"] {
            assert!(workspace.write_role(name, b"new").is_err(), "{name}");
        }
        assert!(workspace.write_role("latin", "café".as_bytes()).unwrap());
        assert_eq!(fs::read_to_string(&outside).unwrap(), "secret");
        assert_eq!(workspace.roles().unwrap().roles.len(), 2);
        assert_eq!(workspace.roles().unwrap().troubles.len(), 7);
        assert!(
            workspace
                .write_role("new", &[b'x'; MAX_ROLE_BYTES + 1])
                .is_err()
        );
        assert!(workspace.write_role("new", b" ").is_err());
        assert!(
            workspace
                .write_role("new", &[b'x'; MAX_ROLE_BYTES])
                .unwrap()
        );
    }
}
