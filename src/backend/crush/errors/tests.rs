use super::*;

#[test]
fn both_forms_of_an_error_read_alike() {
    let old = "agent processing failed: failed to process events: POST \"http://x/chat/completions\": 404 Not Found {\"message\":\"no such model\"}\n";
    let framed = "\x1b[1m \x1b[0m\n   ERROR  \n          \n  Agent processing failed: failed to start agent processing    \n  stream: not found: no such model.                       \n\n";
    assert_eq!(plain(old), old.trim_end());
    let unframed = "Agent processing failed: failed to start agent processing stream: not found: no such model";
    assert_eq!(plain(framed), unframed);
    let (old, new) = (explain(&plain(old)), explain(&plain(framed)));
    assert_eq!(
        old.to_string(),
        "the provider does not know this model or address (404): no such model"
    );
    assert_eq!(
        new.to_string(),
        "the provider does not know this model or address (404): not found: no such model"
    );
    assert_eq!(old.problem, new.problem);
}

#[test]
fn every_known_error_has_its_sentence() {
    let stream = "agent processing failed: failed to start agent processing stream: ";
    let cases = [
        (
            "no providers configured - please run 'crush' to set up a provider interactively",
            "no model to ask yet",
        ),
        (
            "failed to load providers: failed to load providers",
            "list of providers",
        ),
        (
            "failed to override models: large model \"x\" not found",
            "does not know the model",
        ),
        (
            "invalid JSON in config file /x/crush.json",
            "can't use its configuration",
        ),
        ("unknown shorthand flag: 'm' in -m", "too old"),
        ("unauthorized: bad key", "refused the API key"),
        (
            "retry error: too many requests: slow down",
            "too many requests",
        ),
        (
            "retry error: internal server error: oops",
            "server failed: internal server error: oops",
        ),
        (
            "retry error: Post \"http://127.0.0.1:9\": dial tcp 127.0.0.1:9: connect: connection refused",
            "can't be reached",
        ),
        (
            "retry error: stream transport error: unexpected EOF",
            "broke off",
        ),
        (
            "received empty streaming response from OpenAI API - check endpoint configuration",
            "broke off",
        ),
        (
            "bad request: this model's maximum context length is 10",
            "too long for this model",
        ),
        (
            "something nobody has seen",
            "Crush failed: something nobody has seen",
        ),
    ];
    for (error, expected) in cases {
        for error in [error.to_owned(), format!("{stream}{error}")] {
            let what = explain(&error).to_string();
            assert!(what.contains(expected), "{error}: {what}");
            assert!(!what.ends_with('.') && !what.contains('\n'));
        }
    }
}

#[test]
fn the_cause_of_silent_retries_is_in_the_log() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(cause_in_log(data.path()), None);
    std::fs::create_dir(data.path().join("logs")).unwrap();
    let log = r#"{"level":"INFO","msg":"OK"}
{"level":"WARN","msg":"Retrying due to rate limit","attempt":1,"error":"first"}
{"level":"WARN","msg":"Retrying due to rate limit","attempt":2,"error":"POST \"http://x\": 500 Internal Server Error {}"}
{"level":"WARN","msg":"something el"#;
    std::fs::write(data.path().join("logs/crush.log"), log).unwrap();
    let cause = cause_in_log(data.path()).unwrap();
    assert_eq!(
        explain(&cause).to_string().split(':').next(),
        Some("the provider's server failed")
    );
}

#[test]
fn later_versions_log_a_cause_in_parts() {
    let data = tempfile::tempdir().unwrap();
    std::fs::create_dir(data.path().join("logs")).unwrap();
    let log = r#"{"level":"WARN","msg":"Provider request failed, retrying","retry_delay":"5s","status_code":429,"title":"too many requests","message":"slow down"}"#;
    std::fs::write(data.path().join("logs/crush.log"), log).unwrap();
    let cause = cause_in_log(data.path()).unwrap();
    let what = "the provider has had too many requests (429): 429 too many requests: slow down";
    assert_eq!(explain(&cause).to_string(), what);
}

#[test]
fn a_port_is_no_status() {
    let error = "retry error: Post \"http://127.0.0.1:40129/v1\": dial tcp 127.0.0.1:42901: connect: connection refused";
    assert_eq!(explain(error).problem, CrushProblem::Unreachable);
}
