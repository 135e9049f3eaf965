//! Several people's homes side by side, each under a name, for one server.
//!
//! ```text
//! <folder>/profiles.json    who may log in, and as what                 register
//!          profiles.lock    held by who changes that
//!          <name>/          a whole home, its owner's alone             folder
//! ```
//!
//! A name is never more than one step in the folder: [`ProfileName`] holds nothing that a path could
//! be made of.

mod error;
mod folder;
mod login;
mod name;
mod register;

pub use error::{NotPrivate, ProfilesError, RegisterDamage};
pub use login::CannotLogIn;
pub use name::{BadProfileName, ProfileName};
pub use register::{ProfileEntry, Register, Role};

use crate::bounded;
use crate::files;
use crate::home::Home;
use crate::locked::Locked;
use crate::model::Timestamp;
use std::collections::BTreeSet;
use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The folder with all homes, whose register can be read.
#[derive(Debug, Clone)]
pub struct Profiles {
    folder: PathBuf,
}

/// What was done to let somebody log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admitted {
    /// They are new in the register.
    Added,
    /// They were there, and may log in again, or have another role.
    Changed,
    /// They were there like this already.
    Already,
}

impl Profiles {
    /// The profiles in a folder that is there.
    ///
    /// # Errors
    /// If it is not there, or not the user's alone.
    pub fn open(folder: &Path) -> Result<Self, ProfilesError> {
        match fs::symlink_metadata(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(ProfilesError::NoFolder(folder.to_owned()));
            }
            _ => folder::check(folder)?,
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// The same, made if need be.
    ///
    /// # Errors
    /// If it is not the user's alone, or if the disk refuses.
    pub fn open_or_create(folder: &Path) -> Result<Self, ProfilesError> {
        make_private(folder, true)?;
        Self::open(folder)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Who is admitted, and as what.
    ///
    /// # Errors
    /// If it can't be read, or if there is none though there are homes.
    pub fn register(&self) -> Result<Register, ProfilesError> {
        match register::read(&self.register_path())? {
            Some(register) => Ok(register),
            None if self.homes_on_disk()?.is_empty() => Ok(Register::default()),
            None => Err(ProfilesError::RegisterMissing(self.register_path())),
        }
    }

    /// Where a profile's home is, or will be. Whether anything is there is not looked at.
    pub fn path_of(&self, name: &ProfileName) -> PathBuf {
        self.folder.join(name.as_str())
    }

    /// A profile's home, which is there and its owner's alone.
    ///
    /// # Errors
    /// If it is not there, is a link, or may be entered by others.
    pub fn home(&self, name: &ProfileName) -> Result<PathBuf, ProfilesError> {
        let home = self.path_of(name);
        match fs::symlink_metadata(&home) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(ProfilesError::NoHome(home));
            }
            _ => folder::check(&home)?,
        }
        Ok(home)
    }

    /// A profile's home, made if need be.
    ///
    /// # Errors
    /// If what is there is not the user's alone, or if the disk refuses.
    pub fn home_or_new(&self, name: &ProfileName) -> Result<PathBuf, ProfilesError> {
        make_private(&self.path_of(name), false)?;
        self.home(name)
    }

    /// The names under which identities lie in the folder, whether or not the register has them.
    ///
    /// # Errors
    /// If the folder can't be listed.
    pub fn homes_on_disk(&self) -> Result<BTreeSet<ProfileName>, ProfilesError> {
        let disk = |source| ProfilesError::Disk {
            path: self.folder.clone(),
            source,
        };
        let mut names = BTreeSet::new();
        for found in fs::read_dir(&self.folder).map_err(disk)? {
            let found = found.map_err(disk)?;
            let name = found.file_name();
            let Some(Ok(name)) = name.to_str().map(str::parse::<ProfileName>) else {
                continue;
            };
            if Home::at(&found.path()).identity().exists() {
                names.insert(name);
            }
        }
        Ok(names)
    }

    /// Lets somebody log in. Where the register is missing it is begun anew: whoever was in it has to
    /// be admitted again, and until then can't log in.
    ///
    /// # Errors
    /// If the register is damaged, or can't be written.
    pub fn admit(
        &self,
        name: &ProfileName,
        role: Role,
        now: Timestamp,
    ) -> Result<Admitted, ProfilesError> {
        let _lock = self.lock()?;
        let before = register::read(&self.register_path())?.unwrap_or_default();
        let mut register = before.clone();
        let is_new = register.get(name).is_none();
        register.admit(name, role, now);
        if register == before {
            return Ok(Admitted::Already);
        }
        register::write(&self.register_path(), &register)?;
        Ok(match is_new {
            true => Admitted::Added,
            false => Admitted::Changed,
        })
    }

    /// Takes the login from somebody. Their home stays. Says whether they had one.
    ///
    /// # Errors
    /// If nobody has that name, or if the register can't be read or written.
    pub fn remove_login(&self, name: &ProfileName) -> Result<bool, ProfilesError> {
        let _lock = self.lock()?;
        let mut register = self.register()?;
        let had_one = register.remove_login(name)?;
        if had_one {
            register::write(&self.register_path(), &register)?;
        }
        Ok(had_one)
    }

    /// Where the register lies.
    pub fn register_path(&self) -> PathBuf {
        self.folder.join("profiles.json")
    }

    fn lock(&self) -> Result<Locked, ProfilesError> {
        let path = self.folder.join("profiles.lock");
        let disk = |source| ProfilesError::Disk {
            path: path.clone(),
            source,
        };
        let file = bounded::open_lock(&path).map_err(disk)?;
        Locked::wait(file).map_err(disk)
    }
}

/// A folder that is the user's alone from its first moment. What is there already is left as it is.
fn make_private(folder: &Path, recursive: bool) -> Result<(), ProfilesError> {
    let disk = |source| ProfilesError::Disk {
        path: folder.to_owned(),
        source,
    };
    if fs::symlink_metadata(folder).is_ok() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(recursive).mode(0o700);
    builder.create(folder).map_err(disk)?;
    files::sync(files::folder_of(folder)).map_err(disk)
}

#[cfg(test)]
mod tests;
