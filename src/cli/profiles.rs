//! Where the homes of several people lie.

use super::{Environment, Failure};
use std::path::{Path, PathBuf};

/// The folder that an option names, or else the setting `profiles`; a relative one there is meant
/// from the home. `None` where neither is.
pub fn profiles_folder(
    option: Option<&Path>,
    environment: &Environment,
) -> Result<Option<PathBuf>, Failure> {
    if let Some(named) = option {
        return Ok(Some(std::path::absolute(named)?));
    }
    let workspace = environment.workspace()?;
    let set = workspace.settings().profiles.as_ref();
    Ok(set.map(|folder| environment.home.join(folder)))
}
