//! The OpenAPI text, made from the routes as they are.

mod reference;

use super::app::App;
use super::{api, health, idempotency, page, service_faults};
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use std::sync::Arc;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi as Text, Ref, RefOr};
use utoipa_axum::router::OpenApiRouter;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "mmogit",
        description = "Your conversations with AI, from your own home: every message signed, \
                       every thread a file in git.",
        license(name = "MIT OR Apache-2.0")
    ),
    security(("token" = [])),
    tags(
        (name = "server", description = "The server itself"),
        (name = "entry", description = "Who is let in"),
        (name = "buffer", description = "The rolling view of each mode, and the replies"),
        (name = "chat", description = "Asking an AI, and its replies as they come"),
        (name = "events", description = "What changed, as it happens"),
        (name = "threads", description = "All that was ever said"),
        (name = "service", description = "Conversations as a service for programs"),
        (name = "audit", description = "What was done")
    )
)]
struct Document;

/// What the gate answers where a token is missing.
const UNKNOWN: (&str, &str) = ("401", "Who asks is not known");

/// What the gate and the worker may answer to any request.
const BY_THE_HOUSE: [(&str, &str); 4] = [
    ("403", "This is not for whoever asks, or not from there"),
    (
        "429",
        "Too much was asked for; `retry-after` says when to come again",
    ),
    ("500", "Something went wrong within the server"),
    ("503", "There is too much to do, or the server is ending"),
];

/// What it may answer besides to one with a body.
const TO_A_BODY: [(&str, &str); 3] = [
    ("400", "The body can't be meant"),
    ("413", "The body is too large"),
    ("415", "The body is of another kind than this takes"),
];

/// And to one that may be sent twice.
const TO_A_KEY: [(&str, &str); 3] = [
    ("400", "The key is none"),
    ("409", "A request with this key is being done"),
    ("422", "The key was used for another request"),
];

/// Names in each operation what it may answer besides what it says itself, and what its streams are
/// made of.
fn complete(document: &mut Text) {
    for (address, path) in &mut document.paths.paths {
        let form = match address.starts_with(service_faults::BELOW) {
            true => "ServiceFault",
            false => "FaultBody",
        };
        for operation in operations(path) {
            describe_streams(operation);
            let nobody = SecurityRequirement::default();
            let security = operation.security.as_deref();
            let is_open = security.is_some_and(|security| security.contains(&nobody));
            if !is_open {
                add(operation, form, UNKNOWN);
            }
            add_all(operation, form, &BY_THE_HOUSE);
            if operation.request_body.is_some() {
                add_all(operation, form, &TO_A_BODY);
            }
            if takes_key(operation) {
                add_all(operation, form, &TO_A_KEY);
            }
        }
    }
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        delete,
        patch,
        ..
    } = path;
    [get, put, post, delete, patch].into_iter().flatten()
}

/// Says of each stream what one of its events is: JSON, within the `data` of an event.
fn describe_streams(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        let RefOr::T(response) = response else {
            continue;
        };
        if let Some(RefOr::T(stream)) = response.content.get_mut("text/event-stream") {
            stream.schema = stream.schema.take().map(event_with);
        }
    }
}

fn event_with(data: RefOr<Schema>) -> RefOr<Schema> {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let json = text()
        .content_media_type("application/json")
        .content_schema(Some(data));
    let event = ObjectBuilder::new()
        .description(Some("One event of the stream"))
        .property("id", text().description(Some("For `Last-Event-ID`")))
        .property("data", json)
        .required("data");
    Schema::Object(event.build()).into()
}

fn takes_key(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.name.eq_ignore_ascii_case(idempotency::NAME),
        RefOr::Ref(_) => false,
    })
}

fn add_all(operation: &mut Operation, form: &str, answers: &[(&str, &str)]) {
    for answer in answers {
        add(operation, form, *answer);
    }
}

fn add(operation: &mut Operation, form: &str, (status, description): (&str, &str)) {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name(form)));
    let answer = ResponseBuilder::new()
        .description(description)
        .content("application/json", body.build())
        .build();
    let responses = &mut operation.responses.responses;
    responses
        .entry(status.to_owned())
        .or_insert(RefOr::T(answer));
}

/// The routes that the document describes, and the one that gives it.
pub(super) fn routes() -> Router<App> {
    let documented = OpenApiRouter::with_openapi(Document::openapi())
        .merge(health::routes())
        .merge(api::routes());
    let (router, mut document) = documented.split_for_parts();
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    document
        .components
        .get_or_insert_default()
        .add_security_scheme("token", scheme);
    complete(&mut document);
    let document = Arc::new(serde_json::json!(document));
    let to_read = Arc::clone(&document);
    router
        .route(
            "/api/openapi.json",
            get(move || async move { Json(document.as_ref().clone()) }),
        )
        .merge(page::routes())
        .route(
            "/api/docs",
            get(move || async move { Html(reference::page(&to_read).into_string()) }),
        )
}
