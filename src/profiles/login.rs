//! Whether somebody could log in.

use super::{ProfileName, Profiles, ProfilesError};
use crate::home::Home;
use crate::identity::{Vault, VaultError};

/// Why nobody can log in under a name. Who is refused is not told which it is: it is for whoever
/// runs the server.
#[derive(Debug, thiserror::Error)]
pub enum CannotLogIn {
    /// Their login was removed.
    #[error("the login was removed")]
    Removed,
    /// Their home is missing or not private, or nobody has that name.
    #[error(transparent)]
    Home(#[from] ProfilesError),
    /// Nothing would have to be opened, so nothing would show who it is.
    #[error("the identity has no passphrase, and a login is one with which it opens")]
    NoPassphrase,
    /// The identity is missing or can't be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl CannotLogIn {
    /// The name of its kind, which does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Removed => "login-removed",
            Self::Home(ProfilesError::NoHome(_)) => "no-home",
            Self::Home(ProfilesError::NotPrivate { .. }) => "home-not-private",
            Self::Home(_) => "home-unreadable",
            Self::NoPassphrase => "no-passphrase",
            Self::Vault(VaultError::Missing(_)) => "no-identity",
            Self::Vault(_) => "identity-unreadable",
        }
    }
}

impl Profiles {
    /// The vault with which somebody logs in, if they may.
    ///
    /// # Errors
    /// If they may not, or if their home or their identity is not as it must be.
    pub fn vault_to_log_in(&self, name: &ProfileName) -> Result<Vault, CannotLogIn> {
        let register = self.register()?;
        let entry = register.get(name);
        let entry = entry.ok_or_else(|| ProfilesError::Unknown(name.clone()))?;
        if !entry.may_log_in {
            return Err(CannotLogIn::Removed);
        }
        self.sealed_vault(name)
    }

    /// The vault in somebody's home, if it is one with which one can log in.
    ///
    /// # Errors
    /// If their home or their identity is not as it must be.
    pub fn sealed_vault(&self, name: &ProfileName) -> Result<Vault, CannotLogIn> {
        let home = self.home(name)?;
        let vault = Vault::read(&Home::at(&home).identity())?;
        match vault.is_sealed() {
            true => Ok(vault),
            false => Err(CannotLogIn::NoPassphrase),
        }
    }
}
