//! Opening vaults, which takes a good part of a second and 64 MiB each: off the threads that answer
//! requests, two at a time, and as many may wait as there is patience for.

use crate::identity::{self, Keys, VaultError};
use crate::profiles::{CannotLogIn, ProfileName, Profiles};
use crate::seal::CannotOpen;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

/// So many vaults are opened at once.
const AT_ONCE: usize = 2;
/// So many may wait for that, or be at it.
const MOST_WAITING: usize = 32;

/// Why a vault was not opened.
#[derive(Debug)]
pub(super) enum NotUnlocked {
    /// Too many wait already.
    Busy,
    /// It is not who they said, or nobody. Which of the two is not told to whoever asked.
    Wrong(WhyWrong),
}

/// Why a login is refused, for whoever runs the server.
#[derive(Debug, thiserror::Error)]
pub(super) enum WhyWrong {
    /// It is no name.
    #[error("nobody can have that name")]
    NoName,
    /// The profile can't be logged in to.
    #[error(transparent)]
    CannotLogIn(#[from] CannotLogIn),
    /// The passphrase does not open it.
    #[error("wrong passphrase")]
    Passphrase,
    /// The attempt broke.
    #[error("it broke")]
    Broken,
}

/// What opens vaults.
pub(super) struct Unlocking {
    waiting: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Unlocking {
    pub fn new() -> Self {
        Self {
            waiting: Arc::new(Semaphore::new(MOST_WAITING)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Takes all places, as many who wait would.
    #[cfg(test)]
    pub fn crowded(&self) -> tokio::sync::OwnedSemaphorePermit {
        let places = u32::try_from(MOST_WAITING).unwrap();
        let waiting = Arc::clone(&self.waiting);
        waiting.try_acquire_many_owned(places).unwrap()
    }

    /// The keys of whoever has this name and this passphrase.
    ///
    /// # Errors
    /// If too many wait, or if they are not who they say.
    pub async fn unlock(
        &self,
        profiles: &Profiles,
        name: Option<ProfileName>,
        passphrase: Zeroizing<String>,
    ) -> Result<Keys, NotUnlocked> {
        let place = Arc::clone(&self.waiting).try_acquire_owned();
        let place = place.map_err(|_| NotUnlocked::Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|_| NotUnlocked::Busy)?;
        let profiles = profiles.clone();
        // Where the client leaves, this still runs; so it holds its turn itself.
        let unlocked = spawn_blocking(move || {
            let _held = (place, turn);
            open(&profiles, name.as_ref(), &passphrase)
        });
        let unlocked = unlocked.await.unwrap_or(Err(WhyWrong::Broken));
        unlocked.map_err(NotUnlocked::Wrong)
    }
}

/// Each way out costs the same key derivation, so that the time tells nothing of a name.
fn open(
    profiles: &Profiles,
    name: Option<&ProfileName>,
    passphrase: &str,
) -> Result<Keys, WhyWrong> {
    let vault = match name {
        Some(name) => profiles.vault_to_log_in(name).map_err(WhyWrong::from),
        None => Err(WhyWrong::NoName),
    };
    let vault = vault.inspect_err(|_| identity::try_no_vault(passphrase))?;
    vault.unlock(Some(passphrase)).map_err(|error| match error {
        VaultError::CannotOpen(CannotOpen::WrongPassphraseOrAltered) => WhyWrong::Passphrase,
        error => WhyWrong::CannotLogIn(error.into()),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::home::Home;
    use crate::identity::{Vault, Words};
    use crate::model::Timestamp;
    use crate::profiles::Role;
    use crate::seal::keys_derived_here;

    fn counting() -> impl FnMut(&mut [u8]) {
        let mut next = 0u8;
        move |bytes| {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_add(1);
            }
        }
    }

    pub(in crate::server::logins) fn add(
        profiles: &Profiles,
        name: &str,
        passphrase: Option<&str>,
    ) -> ProfileName {
        let name: ProfileName = name.parse().unwrap();
        let home = profiles.home_or_new(&name).unwrap();
        let words = Words::generate(&mut counting());
        Vault::create(
            &Home::at(&home).identity(),
            &words,
            passphrase,
            &mut counting(),
        )
        .unwrap();
        let now = Timestamp::from_millis(0);
        profiles.admit(&name, Role::User, now).unwrap();
        name
    }

    fn work_of(profiles: &Profiles, name: Option<&ProfileName>, passphrase: &str) -> (bool, u32) {
        let before = keys_derived_here();
        let is_open = open(profiles, name, passphrase).is_ok();
        (is_open, keys_derived_here() - before)
    }

    /// Not the time is measured, which varies, but what it goes into.
    #[test]
    fn who_is_not_there_costs_as_much_as_a_wrong_passphrase() {
        let outside = tempfile::tempdir().unwrap();
        let profiles = Profiles::open_or_create(&outside.path().join("homes")).unwrap();
        let ana = add(&profiles, "ana", Some("right"));
        let open_vault = add(&profiles, "ben", None);
        let removed = add(&profiles, "cleo", Some("right"));
        profiles.remove_login(&removed).unwrap();
        let gone = add(&profiles, "dora", Some("right"));
        std::fs::remove_dir_all(profiles.path_of(&gone)).unwrap();
        let nobody: ProfileName = "nobody".parse().unwrap();
        assert_eq!(work_of(&profiles, Some(&ana), "right"), (true, 1));
        assert_eq!(work_of(&profiles, Some(&ana), "wrong"), (false, 1));
        for refused in [
            Some(&nobody),
            None,
            Some(&open_vault),
            Some(&removed),
            Some(&gone),
        ] {
            assert_eq!(
                work_of(&profiles, refused, "right"),
                (false, 1),
                "{refused:?}"
            );
        }
        std::fs::write(profiles.register_path(), "damaged").unwrap();
        assert_eq!(work_of(&profiles, Some(&ana), "right"), (false, 1));
    }
}
