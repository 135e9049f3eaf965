//! The profiles of several people.

use super::counted::counted;
use super::safe::SafeText;
use crate::model::PublicKey;
use crate::profiles::{CannotLogIn, ProfileEntry, ProfileName};
use crate::safe_format;
use serde_json::{Value, json};
use std::path::Path;

/// One profile of a list.
pub struct ListedProfile {
    /// Its name.
    pub name: ProfileName,
    /// What the register says.
    pub entry: ProfileEntry,
    /// Whose home it is, if that can be read; or why nobody could log in.
    pub vault: Result<PublicKey, CannotLogIn>,
    /// How many sessions are logged in; `None` if no server tells.
    pub sessions: Option<usize>,
}

/// All profiles of a folder.
pub struct ProfileList<'l> {
    /// The folder.
    pub folder: &'l Path,
    /// Those that the register has.
    pub profiles: Vec<ListedProfile>,
    /// Homes that the register doesn't have.
    pub not_admitted: Vec<ProfileName>,
}

/// For people.
pub fn list(list: &ProfileList<'_>) -> SafeText {
    let count = list.profiles.len();
    let mut text = safe_format!("👥 Profiles ({} total)\n\n", count);
    for profile in &list.profiles {
        text += one(profile);
    }
    for name in &list.not_admitted {
        text += safe_format!(
            "⚪ {} - a home that nobody can log in to: it was never admitted\n",
            SafeText::shown(name)
        );
    }
    text
}

fn one(profile: &ListedProfile) -> SafeText {
    let entry = &profile.entry;
    let name = SafeText::shown(&profile.name);
    let login = if entry.may_log_in { "🟢" } else { "⚫" };
    let mut text = safe_format!("{} {} ({})", login, name, entry.role.name());
    if !entry.may_log_in {
        text += " - login removed";
    }
    match profile.sessions {
        Some(0) => text += " - locked",
        Some(sessions) => text += safe_format!(" - logged in, {}", counted(sessions, "session")),
        None => {}
    }
    text += "\n";
    match &profile.vault {
        Ok(key) => {
            let key = key.short();
            text += safe_format!("   Key: {}…\n", SafeText::shown(key));
        }
        Err(why) => text += safe_format!("   ❌ can't log in: {}\n", SafeText::shown(why)),
    }
    let added = entry.added_at.to_seconds_string();
    text + safe_format!("   Added: {}\n", SafeText::shown(added))
}

/// For programs.
pub fn list_json(list: &ProfileList<'_>) -> Value {
    let profiles: Vec<Value> = list.profiles.iter().map(one_json).collect();
    let not_admitted: Vec<&str> = list.not_admitted.iter().map(ProfileName::as_str).collect();
    json!({
        "folder": list.folder.display().to_string(),
        "profiles": profiles,
        "not_admitted": not_admitted,
    })
}

fn one_json(profile: &ListedProfile) -> Value {
    let key = profile.vault.as_ref().ok().map(PublicKey::to_string);
    let problem = profile.vault.as_ref().err().map(CannotLogIn::code);
    json!({
        "name": profile.name,
        "role": profile.entry.role.name(),
        "login": profile.entry.may_log_in,
        "added_at": profile.entry.added_at.to_string(),
        "key": key,
        "problem": problem,
        "sessions": profile.sessions,
    })
}
