//! The register: who may log in, and as what.
//!
//! ```json
//! {"version": 1, "profiles": {"ana": {"role": "owner", "login": true, "added_at": "2026-…Z"}}}
//! ```
//! It holds no secret, but whoever can write it says who may log in. So it counts only as long as
//! nobody but its owner can.

use super::{ProfileName, ProfilesError, RegisterDamage, folder};
use crate::bounded;
use crate::files::{self, Readers};
use crate::model::{Timestamp, json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// What somebody may do on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Use their own home, see who is logged in, end sessions and lock profiles.
    Owner,
    /// Use their own home.
    User,
}

impl Role {
    /// Its name, which does not change.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::User => "user",
        }
    }
}

/// What the register says of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileEntry {
    /// What they may do.
    pub role: Role,
    /// Whether they may log in.
    pub may_log_in: bool,
    /// When they were first admitted.
    pub added_at: Timestamp,
}

/// Who may log in, and as what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register {
    entries: BTreeMap<ProfileName, ProfileEntry>,
}

impl Register {
    /// What it says of somebody.
    pub fn get(&self, name: &ProfileName) -> Option<&ProfileEntry> {
        self.entries.get(name)
    }

    /// All of them, by name.
    pub fn entries(&self) -> impl Iterator<Item = (&ProfileName, &ProfileEntry)> {
        self.entries.iter()
    }

    /// Whether somebody may log in.
    #[cfg(test)]
    pub fn may_log_in(&self, name: &ProfileName) -> bool {
        self.get(name).is_some_and(|entry| entry.may_log_in)
    }

    pub(super) fn admit(&mut self, name: &ProfileName, role: Role, now: Timestamp) {
        let entry = self.entries.entry(name.clone()).or_insert(ProfileEntry {
            role,
            may_log_in: true,
            added_at: now,
        });
        entry.role = role;
        entry.may_log_in = true;
    }

    pub(super) fn remove_login(&mut self, name: &ProfileName) -> Result<bool, ProfilesError> {
        let entry = self.entries.get_mut(name);
        let entry = entry.ok_or_else(|| ProfilesError::Unknown(name.clone()))?;
        Ok(std::mem::replace(&mut entry.may_log_in, false))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegisterFile {
    version: u32,
    profiles: BTreeMap<ProfileName, EntryInFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryInFile {
    role: Role,
    login: bool,
    added_at: String,
}

/// The register at a path; `None` if there is none.
pub(super) fn read(path: &Path) -> Result<Option<Register>, ProfilesError> {
    if !folder::check_file(path)? {
        return Ok(None);
    }
    let bytes = match bounded::read_no_link(path, bounded::FEW_LINES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(ProfilesError::Disk {
                path: path.to_owned(),
                source,
            });
        }
    };
    let register = parse(&bytes).map_err(|why| ProfilesError::RegisterDamaged {
        path: path.to_owned(),
        why,
    })?;
    Ok(Some(register))
}

fn parse(bytes: &[u8]) -> Result<Register, RegisterDamage> {
    // Strictly: a name that stands there twice would have two roles.
    let value = json::read(bytes).map_err(|why| RegisterDamage::NotStrict(why.to_string()))?;
    if value.get("version").is_some_and(|version| *version != 1) {
        return Err(RegisterDamage::OtherVersion);
    }
    let file: RegisterFile =
        serde_json::from_value(value).map_err(|why| RegisterDamage::Form(why.to_string()))?;
    let mut register = Register::default();
    for (name, entry) in file.profiles {
        let added_at = Timestamp::read(&entry.added_at);
        let added_at = added_at.ok_or_else(|| RegisterDamage::Time(name.clone()))?;
        let entry = ProfileEntry {
            role: entry.role,
            may_log_in: entry.login,
            added_at,
        };
        register.entries.insert(name, entry);
    }
    Ok(register)
}

pub(super) fn write(path: &Path, register: &Register) -> Result<(), ProfilesError> {
    let entries = register.entries().map(|(name, entry)| {
        let entry = EntryInFile {
            role: entry.role,
            login: entry.may_log_in,
            added_at: entry.added_at.to_string(),
        };
        (name.clone(), entry)
    });
    let file = RegisterFile {
        version: 1,
        profiles: entries.collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&file).expect("a register is writable");
    bytes.push(b'\n');
    files::replace(path, ".profiles-", Readers::Owner, &bytes).map_err(|source| {
        ProfilesError::Disk {
            path: path.to_owned(),
            source,
        }
    })
}
