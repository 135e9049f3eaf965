//! What whoever is not let in gets, and what the log says of it.

use super::unlocking::WhyWrong;
use crate::profiles::{CannotLogIn, ProfilesError};
use crate::server::fault::Fault;
use axum::http::StatusCode;
use std::time::Duration;

pub(super) fn not_set(why: &dyn std::error::Error) -> Fault {
    tracing::error!(%why, "a limit could not be set");
    Fault::internal("The limit could not be set")
}

/// One text for whoever is not who they say. Why stands in the log, where it is more than a slip.
pub(super) fn wrong(why: &WhyWrong) -> Fault {
    match why {
        // Not the name: somebody may have typed their passphrase there.
        WhyWrong::Passphrase
        | WhyWrong::NoName
        | WhyWrong::CannotLogIn(CannotLogIn::Home(ProfilesError::Unknown(_))) => {
            tracing::info!("a login was refused");
        }
        why => tracing::warn!(%why, "a login was refused"),
    }
    Fault::new(StatusCode::UNAUTHORIZED, "Wrong username or passphrase")
}

pub(super) fn too_often(wait: Duration) -> Fault {
    let fault = Fault::new(StatusCode::TOO_MANY_REQUESTS, "Too many attempts to log in");
    // Whole seconds, and never too few.
    fault.retry_after(wait + Duration::from_millis(999))
}

pub(super) fn cannot_open(why: &dyn std::error::Error) -> Fault {
    tracing::error!(%why, "a profile could not be opened");
    Fault::internal("The profile could not be opened").explained(
        "The passphrase is right, but the home could not be opened.",
        "Whoever runs the server finds the reason in its log.",
    )
}
