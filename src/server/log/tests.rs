//! What stands in the log when a request breaks.

use super::*;
use crate::profiles::Profiles;
use crate::server::app::Served;
use crate::server::caller::{Local, Peer};
use crate::server::gate;
use crate::server::logins::Logins;
use crate::settings::ServerSettings;
use axum::Router;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::routing::get;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::Arc;
use tower::ServiceExt;

const SECRET: &str = "plantedsecret";
const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7717);

/// A server of nobody, one of whose routes breaks.
fn broken(folder: &std::path::Path) -> Router {
    let profiles = Profiles::open_or_create(&folder.join("homes")).unwrap();
    let settings = ServerSettings::default();
    let open_home = Box::new(|_| unreachable!("nobody logs in"));
    let logins = Logins::begin(profiles, &settings, open_home).unwrap();
    let served = Served::Several(Arc::new(logins));
    let random = Box::new(|bytes: &mut [u8]| bytes.fill(7));
    let (app, _) = App::new(ADDRESS, served, settings, random);
    let routes = Router::new().route("/broken", get(breaks));
    gate::before(routes, &app).with_state(app)
}

async fn breaks() -> String {
    panic!("cut within {SECRET}")
}

fn request() -> Request {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = "/broken".parse().unwrap();
    let host = ADDRESS.to_string().parse().unwrap();
    request.headers_mut().insert(header::HOST, host);
    request.extensions_mut().insert(Peer(ADDRESS.ip()));
    request.extensions_mut().insert(Local(ADDRESS));
    request
}

/// What breaks in a whole process is told to all of it, so this has one of its own.
#[tokio::test]
#[ignore = "runs in a process that another test starts"]
async fn breaking() {
    let folder = tempfile::tempdir().unwrap();
    begin(LogForm {
        level: LogLevel::Error,
        is_json: false,
    });
    let routes = broken(folder.path());
    let response = routes.oneshot(request()).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await;
    let body: serde_json::Value = serde_json::from_slice(&body.unwrap()).unwrap();
    assert_eq!(body["error"], "Something went wrong in the server");
}

#[test]
fn a_request_that_breaks_is_a_500_and_a_line_without_words() {
    let mut child = Command::new(std::env::current_exe().unwrap());
    let name = format!("{}::breaking", module_path!().split_once("::").unwrap().1);
    let ran = child
        .args(["--exact", &name, "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(told.contains("1 passed"), "{told}{said}");
    assert!(said.contains("something broke"), "{said}");
    assert!(said.contains("place=\"src/server/log/tests.rs"), "{said}");
    assert!(said.contains("status=500"), "{said}");
    assert!(!said.contains(SECRET), "{said}");
}
