//! What others try against a server on this machine: pages of other sites, programs of other users,
//! and whoever reaches its port. Each over a real connection.

use super::served::{Client, Served};
use super::wire::{ask, ask_as, bearer, connect, raw, read_all};
use crate::common::TestHome;
use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

const JSON: (&str, &str) = ("Content-Type", "application/json");
/// A route that every script may ask.
const LINK: &str = "POST /api/link";

fn served() -> Served {
    Served::start(TestHome::new())
}

fn own_host(served: &Served) -> String {
    format!("127.0.0.1:{}", served.client.port)
}

#[test]
fn dns_rebinding_a_page_of_another_name_gets_nothing() {
    let served = served();
    let token = bearer(&served);
    let own = own_host(&served);
    for line in ["GET /", "GET /healthz", "GET /api/openapi.json", LINK] {
        for host in [
            "evil.example",
            &format!("evil.example:{}", served.client.port),
        ] {
            let answer = ask_as(&served, host, line, &[("Authorization", &token), JSON], "");
            let told = answer.is(403).json();
            assert_eq!(told["error"], "Forbidden", "{line}");
            assert!(told["reason"].is_string() && told["hint"].is_string());
        }
    }
    ask_as(&served, &own, LINK, &[("Authorization", &token)], "").is(200);
}

#[test]
fn csrf_forms_and_plain_text_are_refused() {
    let served = served();
    let token = bearer(&served);
    for kind in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/json, text/plain",
        "application/jsonp",
        "",
    ] {
        let body = r#"{"token":"x"}"#;
        let open = ask(&served, "POST /api/launch", &[("Content-Type", kind)], body);
        open.is(415);
        let headers = [("Authorization", token.as_str()), ("Content-Type", kind)];
        ask(&served, LINK, &headers, body).is(415);
        ask(&served, LINK, &headers, "").is(415);
        // Who is not known is told nothing of forms.
        ask(&served, LINK, &[("Content-Type", kind)], body).is(401);
    }
    ask(&served, "POST /api/launch", &[], r#"{"token":"x"}"#).is(415);
}

#[test]
fn a_foreign_origin_is_refused_and_told_nothing() {
    let served = served();
    let token = bearer(&served);
    let own = own_host(&served);
    for origin in [
        "https://evil.example",
        "null",
        "",
        &format!("https://{own}"),
        &format!("http://{own}.evil.example"),
        &format!("http://localhost:{}", served.client.port),
    ] {
        let headers = [("Authorization", token.as_str()), ("Origin", origin)];
        let answer = ask(&served, LINK, &headers, "");
        answer.is(403);
        assert_eq!(answer.header("access-control-allow-origin"), None);
        let wanted = ("Access-Control-Request-Method", "POST");
        let asked = ask(
            &served,
            "OPTIONS /api/link",
            &[("Origin", origin), wanted],
            "",
        );
        asked.is(403);
        assert_eq!(asked.header("access-control-allow-methods"), None);
    }
    let headers = [
        ("Authorization", token.as_str()),
        ("Origin", &format!("http://{own}")),
    ];
    ask(&served, LINK, &headers, "").is(200);
}

#[test]
fn a_service_on_another_port_of_this_host_is_foreign() {
    let served = served();
    let token = bearer(&served);
    let origin = "http://127.0.0.1:1".to_owned();
    ask(
        &served,
        LINK,
        &[("Authorization", &token), ("Origin", &origin)],
        "",
    )
    .is(403);
    for site in ["same-site", "cross-site", "none"] {
        let headers = [("Authorization", token.as_str()), ("Sec-Fetch-Site", site)];
        ask(&served, LINK, &headers, "").is(403);
        let launch = [JSON, ("Sec-Fetch-Site", site)];
        ask(&served, "POST /api/launch", &launch, r#"{"token":"x"}"#).is(403);
    }
    let headers = [
        ("Authorization", token.as_str()),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    ask(&served, LINK, &headers, "").is(200);
    // A cookie would be sent by the pages of that service as well.
    for line in ["GET /", "GET /healthz", LINK] {
        let answer = ask(&served, line, &[("Authorization", &token)], "");
        assert_eq!(answer.header("set-cookie"), None, "{line}");
    }
    let cookie = format!("token={}", served.client.token);
    ask(&served, LINK, &[("Cookie", &cookie)], "").is(401);
    ask(
        &served,
        &format!("POST /api/link?token={}", served.client.token),
        &[],
        "",
    )
    .is(401);
}

#[test]
fn an_allowed_origin_may_ask_and_its_page_still_needs_a_token_of_its_own() {
    let home = TestHome::new();
    home.config("[server]\nallowed-origins = [\"https://app.example\"]\n");
    let served = Served::start(home);
    let origin = ("Origin", "https://app.example");
    let wanted = ("Access-Control-Request-Method", "POST");
    let asked = ask(&served, "OPTIONS /api/link", &[origin, wanted], "");
    asked.is(204);
    assert_eq!(
        asked.header("access-control-allow-origin"),
        Some("https://app.example")
    );
    assert_eq!(asked.header("access-control-allow-credentials"), None);
    assert_eq!(asked.header("vary"), Some("origin"));
    let allowed = asked.header("access-control-allow-headers").unwrap();
    for name in [
        "authorization",
        "content-type",
        "idempotency-key",
        "last-event-id",
    ] {
        assert!(allowed.contains(name), "{allowed}");
    }
    ask(&served, LINK, &[origin], "").is(401);
    let token = bearer(&served);
    let headers = [
        ("Authorization", token.as_str()),
        origin,
        ("Sec-Fetch-Site", "cross-site"),
    ];
    ask(&served, LINK, &headers, "").is(403);
    let another = ("Origin", "https://app.example.evil");
    ask(&served, "OPTIONS /api/link", &[another, wanted], "").is(403);
}

#[test]
fn token_guessing_runs_into_a_wall_that_does_not_stop_the_owner() {
    let served = served();
    let mut refused = Vec::new();
    for number in 0..60 {
        let guess = format!("Bearer {number:064x}");
        let answer = ask(&served, LINK, &[("Authorization", &guess)], "");
        refused.push(answer.status());
        if answer.status() == 429 {
            assert!(answer.header("retry-after").is_some());
        }
    }
    assert_eq!(refused[0], 401);
    assert!(refused.contains(&429), "{refused:?}");
    ask(&served, "POST /api/launch", &[JSON], r#"{"token":"x"}"#).is(429);
    let link = ask(&served, LINK, &[("Authorization", &bearer(&served))], "");
    let link = link.is(200).json();
    let (_, token) = link["url"]
        .as_str()
        .unwrap()
        .split_once("#launch=")
        .unwrap();
    let body = format!(r#"{{"token":"{token}"}}"#);
    ask(&served, "POST /api/launch", &[JSON], &body).is(200);
}

/// Such as `<img>` sends: without `Origin`, and as often as it likes.
#[test]
fn a_foreign_page_takes_nobodys_tries() {
    let served = served();
    for path in ["GET /api/threads", "GET /api/anything"] {
        for _ in 0..50 {
            ask(&served, path, &[("Sec-Fetch-Site", "cross-site")], "").is(403);
        }
    }
    ask(&served, LINK, &[], "").is(401);
    ask(&served, "POST /api/launch", &[JSON], r#"{"token":"x"}"#).is(401);
}

#[test]
fn what_is_nearly_a_token_opens_nothing() {
    let served = served();
    let token = &served.client.token;
    for value in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        token.clone(),
        format!("Basic {token}"),
        format!("Bearer {}", &token[1..]),
        format!("Bearer {token}0"),
        format!("Bearer {}", token.to_uppercase()),
    ] {
        let answer = ask(&served, LINK, &[("Authorization", &value)], "");
        answer.is(401);
        assert_eq!(answer.json()["error"], "Authentication required");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    let token = bearer(&served);
    let twice = [
        ("Authorization", token.as_str()),
        ("Authorization", token.as_str()),
    ];
    ask(&served, LINK, &twice, "").is(401);
}

#[test]
fn a_launch_token_is_good_once() {
    let served = served();
    let fresh = ask(&served, LINK, &[("Authorization", &bearer(&served))], "");
    let fresh = fresh.is(200).json();
    let (_, token) = fresh["url"]
        .as_str()
        .unwrap()
        .split_once("/#launch=")
        .unwrap();
    let body = format!(r#"{{"token":"{token}"}}"#);
    ask(
        &served,
        LINK,
        &[("Authorization", &format!("Bearer {token}"))],
        "",
    )
    .is(401);
    let statuses: Vec<u16> = thread::scope(|scope| {
        let trades: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| ask(&served, "POST /api/launch", &[JSON], &body).status()))
            .collect();
        trades
            .into_iter()
            .map(|trade| trade.join().unwrap())
            .collect()
    });
    let traded = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(traded, 1, "{statuses:?}");
    ask(&served, "POST /api/launch", &[JSON], &body).is(401);
}

#[test]
fn a_session_ends_with_the_server() {
    let first = served();
    let told = ask(&first, LINK, &[("Authorization", &bearer(&first))], "").json();
    let (_, token) = told["url"]
        .as_str()
        .unwrap()
        .split_once("/#launch=")
        .unwrap();
    let body = format!(r#"{{"token":"{token}"}}"#);
    let session = ask(&first, "POST /api/launch", &[JSON], &body)
        .is(200)
        .json();
    let session = format!("Bearer {}", session["token"].as_str().unwrap());
    ask(&first, LINK, &[("Authorization", &session)], "").is(200);
    let run = ask(&first, "GET /healthz", &[], "").json()["run"].clone();
    let stopped = first.stop();
    assert!(stopped.status.success(), "{:?}", stopped.status);
    let second = Served::start(stopped.home);
    ask(&second, LINK, &[("Authorization", &session)], "").is(401);
    assert_ne!(ask(&second, "GET /healthz", &[], "").json()["run"], run);
}

#[test]
fn header_floods_are_refused() {
    let served = served();
    let host = own_host(&served);
    let many: String = (0..200)
        .map(|number| format!("x-{number}: 1\r\n"))
        .collect();
    raw(
        &served,
        format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n{many}\r\n"),
    )
    .is(431);
    let long = "a".repeat(1 << 20);
    let answer = raw(
        &served,
        format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nx: {long}\r\n\r\n"),
    );
    assert!(
        answer.text.is_empty() || answer.status() == 431,
        "{}",
        answer.text
    );
    ask(&served, "GET /healthz", &[], "").is(200);
}

#[test]
fn body_floods_are_refused() {
    let served = served();
    let host = own_host(&served);
    let body = format!(r#"{{"token":"{}"}}"#, "a".repeat(1 << 20));
    let answer = ask(&served, "POST /api/launch", &[JSON], &body);
    assert_eq!(answer.is(413).json()["error"], "The request is too large");
    let head =
        format!("POST /api/launch HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
    raw(
        &served,
        format!("{head}Content-Length: 99999999999\r\n\r\n{{"),
    )
    .is(413);
    let chunk = format!("8000\r\n{}\r\n", "a".repeat(0x8000));
    let chunks = chunk.repeat(40);
    raw(
        &served,
        format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}"),
    )
    .is(413);
}

#[test]
fn slowloris_heads_and_bodies_that_never_end_are_cut() {
    let served = served();
    let host = own_host(&served);
    let began = Instant::now();
    let mut head = connect(&served);
    head.write_all(b"GET /healthz HTTP/1.1\r\nHost: ").unwrap();
    let mut body = connect(&served);
    let start = format!(
        "POST /api/launch HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Content-Length: 1000\r\n\r\n"
    );
    body.write_all(start.as_bytes()).unwrap();
    let mut idle = connect(&served);
    idle.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
        .unwrap();
    // A byte now and then keeps neither of them alive.
    for _ in 0..24 {
        thread::sleep(Duration::from_secs(1));
        let _ = head.write_all(b"a");
        let _ = body.write_all(b" ");
    }
    read_all(body).is(400);
    read_all(head);
    read_all(idle).is(200);
    let took = began.elapsed();
    assert!(
        took < Duration::from_secs(36),
        "they were cut before: {took:?}"
    );
    ask(&served, "GET /healthz", &[], "").is(200);
}

#[test]
fn too_many_connections_of_one_address_are_refused() {
    let served = served();
    let mut held: Vec<_> = (0..256).map(|_| connect(&served)).collect();
    let mut refused = connect(&served);
    // Without a limit it would stay open until it was idle for too long.
    let began = Instant::now();
    assert_eq!(refused.read(&mut [0; 1]).unwrap_or(0), 0);
    assert!(began.elapsed() < Duration::from_secs(8), "closed at once");
    held.clear();
    let mut tries = (0..100).map(|_| {
        thread::sleep(Duration::from_millis(50));
        ask(&served, "GET /healthz", &[], "").text
    });
    assert!(
        tries.any(|text| text.starts_with("HTTP/1.1 200")),
        "there is room again"
    );
}

#[test]
fn decompression_bombs_are_not_unpacked() {
    let served = served();
    for coding in ["gzip", "br", "identity, gzip", "zstd"] {
        let headers = [JSON, ("Content-Encoding", coding)];
        ask(&served, "POST /api/launch", &headers, "\u{1f}\u{8b}").is(415);
    }
    let both = [
        JSON,
        ("Content-Encoding", "identity"),
        ("Content-Encoding", "gzip"),
    ];
    ask(&served, "POST /api/launch", &both, "\u{1f}\u{8b}").is(415);
}

#[test]
fn what_stands_in_a_refused_body_is_not_asked() {
    let served = served();
    let host = own_host(&served);
    let hidden = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let answer = raw(
        &served,
        format!(
            "POST /api/launch HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain\r\n\
             Content-Length: {}\r\n\r\n{hidden}{hidden}",
            hidden.len()
        ),
    );
    answer.is(415);
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(answer.count(), 1, "the connection ends there");
}

#[test]
fn an_oversize_address_is_refused() {
    let served = served();
    let long = format!("GET /healthz?{}", "a".repeat(9 << 10));
    ask(&served, &long, &[], "").is(414);
    let longer = format!("GET /healthz?{}", "a".repeat(70 << 10));
    let status = ask(&served, &longer, &[], "").status();
    assert!([414, 431].contains(&status), "{status}");
}

#[test]
fn request_smuggling_finds_one_meaning_or_none() {
    let served = served();
    let host = own_host(&served);
    let token = bearer(&served);
    let head = format!(
        "POST /api/link HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\
         Content-Type: application/json\r\n"
    );
    let hidden = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let both = format!(
        "{head}Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
        5 + hidden.len()
    );
    assert_eq!(raw(&served, both).count(), 1, "the connection ends there");
    for (name, framing) in [
        ("two lengths", "Content-Length: 0\r\nContent-Length: 5"),
        ("a sign", "Content-Length: +5"),
        (
            "not chunked at last",
            "Transfer-Encoding: chunked, identity",
        ),
        ("another coding", "Transfer-Encoding: xchunked"),
        ("a space before the colon", "Transfer-Encoding : chunked"),
        ("a folded line", "X: a\r\n Transfer-Encoding: chunked"),
    ] {
        let answer = raw(&served, format!("{head}{framing}\r\n\r\n{hidden}"));
        assert_eq!((answer.status(), answer.count()), (400, 1), "{name}");
    }
}

#[test]
fn http_1_0_is_held_to_the_same() {
    let served = served();
    let host = own_host(&served);
    raw(&served, "GET /healthz HTTP/1.0\r\n\r\n").is(400);
    let answer = raw(
        &served,
        format!("GET /healthz HTTP/1.0\r\nHost: {host}\r\n\r\n"),
    );
    answer.is(200);
    assert_eq!(answer.header("transfer-encoding"), None);
    let chunked =
        format!("GET /healthz HTTP/1.0\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n");
    raw(&served, chunked).is(400);
}

#[test]
fn absolute_addresses_must_name_this_server() {
    let served = served();
    let own = own_host(&served);
    ask(&served, &format!("GET http://{own}/healthz"), &[], "").is(200);
    ask(&served, "GET http://evil.example/healthz", &[], "").is(400);
    ask_as(
        &served,
        "evil.example",
        &format!("GET http://{own}/healthz"),
        &[],
        "",
    )
    .is(400);
    ask(&served, "OPTIONS *", &[], "").is(400);
    let connected = ask(&served, "CONNECT evil.example:443", &[], "");
    assert!(connected.status() >= 400, "{}", connected.text);
}

#[test]
fn a_missing_or_double_host_is_refused() {
    let served = served();
    let own = own_host(&served);
    raw(
        &served,
        "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
    )
    .is(400);
    ask(&served, "GET /healthz", &[("Host", &own)], "").is(400);
    ask(&served, "GET /healthz", &[("Host", "evil.example")], "").is(400);
}

#[test]
fn every_answer_keeps_the_page_apart_from_others() {
    let served = served();
    for (line, status) in [
        ("GET /healthz", 200),
        ("GET /api/threads", 401),
        ("GET /nothing", 404),
        ("DELETE /healthz", 405),
        ("OPTIONS /healthz", 405),
    ] {
        let answer = ask(&served, line, &[], "");
        answer.is(status);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'")
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{line}: {name}");
        }
        assert_eq!(answer.header("server"), None, "no word of what runs here");
        if status >= 400 {
            assert!(answer.json()["error"].is_string(), "{line}");
        }
    }
    let broken = ask(&served, "POST /api/launch", &[JSON], "{");
    assert!(broken.is(400).json()["error"].is_string());
    let misfit = ask(&served, "POST /api/launch", &[JSON], "{}");
    assert!(misfit.is(400).json()["error"].is_string());
}

#[test]
fn every_operation_needs_a_token() {
    // The ways to a token.
    const OPEN: [&str; 3] = ["/api/launch", "/api/login", "/api/embed/token"];
    // Who comes too often without one is told to wait: a server for each few.
    const AT_ONCE: usize = 30;
    let served = Served::start(TestHome::new());
    let document = served.client.get("/api/openapi.json").ok();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            let is_open = OPEN.contains(&path.as_str()) && method == "post";
            let is_closed = path.starts_with("/api") && !is_open;
            if is_closed && methods.get(method).is_some() {
                operations.push((method.to_uppercase(), path.replace(['{', '}'], "")));
            }
        }
    }
    assert!(operations.len() > 40, "{operations:?}");
    for some in operations.chunks(AT_ONCE) {
        let served = Served::start(TestHome::new());
        let stranger = Client::new(served.client.port, &"0".repeat(64));
        for (method, path) in some {
            let body = if method == "GET" { "" } else { "{}" };
            assert_eq!(
                stranger.ask(method, path, body).status,
                401,
                "{method} {path}"
            );
        }
    }
}
