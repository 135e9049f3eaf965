//! Pages of other origins: refused, but for those that the settings name.

use super::addressed::OwnHost;
use crate::model::Embedder;
use crate::server::fault::Fault;
use crate::settings::ServerSettings;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

const ALLOWED_METHODS: &str = "GET, POST, PUT, PATCH, DELETE";
const ALLOWED_HEADERS: &str = "authorization, content-type, idempotency-key, last-event-id";
/// What another site's page may read of an answer's head besides its kind.
const EXPOSED_HEADERS: &str = "retry-after";
/// Where the page stands that sent a request, as its browser says.
const FETCH_SITE: &str = "sec-fetch-site";
/// How long a browser may remember that it may ask.
const REMEMBERED_SECONDS: &str = "600";

/// So many refused origins are told, of so many bytes at the most.
const MOST_TOLD: usize = 32;
const LONGEST_TOLD: usize = 300;

/// By whose page a request was sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// By the server's own, or by none.
    Own,
    /// By a page that the settings allow.
    Allowed(HeaderValue),
}

/// The origins of pages that were refused: each is told the operator once, who may have meant to allow
/// it.
#[derive(Default)]
pub(in crate::server) struct RefusedOrigins(Mutex<BTreeSet<String>>);

impl RefusedOrigins {
    /// Notes that a request of these headers was refused.
    pub(super) fn note(&self, headers: &HeaderMap) {
        let origin = headers.get(header::ORIGIN);
        let Some(origin) = origin.and_then(|origin| origin.to_str().ok()) else {
            return;
        };
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = origin.len() <= LONGEST_TOLD && told.len() < MOST_TOLD;
        if is_news && told.insert(origin.to_owned()) {
            tracing::warn!(
                origin,
                "a page of this site was refused: to allow it, name it in allowed-origins below [server] \
                 in the settings, and start the server again"
            );
        }
    }
}

impl Origin {
    /// The origin of a request.
    ///
    /// # Errors
    /// If it is one that nobody allowed, or if there are several.
    pub fn of(
        headers: &HeaderMap,
        host: &OwnHost,
        settings: &ServerSettings,
    ) -> Result<Self, Fault> {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next() else {
            return Ok(Self::Own);
        };
        let is_only_one = origins.next().is_none();
        let text = origin.to_str().unwrap_or_default();
        if is_only_one && host.is_origin(text) {
            return Ok(Self::Own);
        }
        let is_allowed = settings.allowed_origins.iter().any(|one| one == text);
        if is_only_one && is_allowed {
            return Ok(Self::Allowed(origin.clone()));
        }
        Err(foreign())
    }

    /// Whether it is that of another site's page that may ask.
    pub fn is_allowed_page(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }

    /// The answer to a browser that asks whether a page may ask. No token comes with that.
    pub fn preflight(&self, request: &Request) -> Option<Response> {
        let Self::Allowed(_) = self else { return None };
        let wanted = header::ACCESS_CONTROL_REQUEST_METHOD;
        if *request.method() != Method::OPTIONS || !request.headers().contains_key(wanted) {
            return None;
        }
        let mut response = (StatusCode::NO_CONTENT, Body::empty()).into_response();
        let headers = response.headers_mut();
        let fixed = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS),
            (header::ACCESS_CONTROL_MAX_AGE, REMEMBERED_SECONDS),
        ];
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
        self.allow(headers);
        Some(response)
    }

    /// Lets the page read the answer.
    pub fn allow(&self, headers: &mut HeaderMap) {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        if let Self::Allowed(origin) = self {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            let exposed = HeaderValue::from_static(EXPOSED_HEADERS);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
}

/// Refuses what a page sent that an embedder's token is not for. Where that page stands is what its
/// browser says: no page can say it in its stead.
pub(super) fn refuse_other_embedder(
    headers: &HeaderMap,
    host: &OwnHost,
    embedder: &Embedder,
) -> Result<(), Fault> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let is_theirs = match (origins.next(), origins.next()) {
        (Some(origin), None) => origin == embedder.origin.as_str(),
        // A page of the server's own reads without naming its origin.
        (None, None) => host.is_origin(&embedder.origin) && is_fetched_by_own_page(headers),
        _ => false,
    };
    if is_theirs { Ok(()) } else { Err(foreign()) }
}

fn is_fetched_by_own_page(headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all(FETCH_SITE).iter();
    let site = sites.next().filter(|_| sites.next().is_none());
    site.is_some_and(|site| site == "same-origin")
}

/// Refuses what a browser says another site's page sent. Tokens that are for no such page open nothing
/// to those, whatever their origin.
pub(super) fn refuse_foreign_fetch(headers: &HeaderMap) -> Result<(), Fault> {
    let mut sites = headers.get_all(FETCH_SITE).iter();
    if sites.all(|site| site == "same-origin") {
        Ok(())
    } else {
        Err(foreign())
    }
}

fn foreign() -> Fault {
    Fault::forbidden(
        "The request comes from another site's page.",
        "Use the server's own page, or a program of yours with the script token.",
    )
}
