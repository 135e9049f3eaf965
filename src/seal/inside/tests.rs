use super::*;
use serde_json::json;
use zeroize::Zeroizing;

fn key() -> EpochKey {
    EpochKey::new(Zeroizing::new([1; 32]))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => unreachable!(),
    }
}

fn draft() -> Map<String, Value> {
    object(json!({
        "role": "ai",
        "content": "said",
        "timestamp": "2025-10-09T08:53:21.500Z",
        "author": "ab".repeat(32),
        "prev": ["cd".repeat(32)],
        "agent": "echo",
        "model": "m",
        "usage": {"total_tokens": 3},
        "tags": ["t"],
        "future": [1],
    }))
}

#[test]
fn only_who_when_and_where_stay_outside() {
    let sealed = key().seal_message(Nonce([2; 24]), draft()).unwrap();
    let names: Vec<&str> = sealed.outside.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["role", "timestamp", "author", "prev", "agent", "sealed"]
    );
    let opened = key().open_message(&sealed.outside).unwrap();
    assert_eq!(Value::Object(opened.clone()), Value::Object(sealed.inside));
    let names: Vec<&str> = opened.keys().map(String::as_str).collect();
    assert_eq!(names, ["content", "future", "model", "tags", "usage"]);
}

#[test]
fn an_import_tells_that_it_is_one_and_not_of_what() {
    let mut import = draft();
    let source = json!({"kind": "elsewhere", "id": "secret"});
    import.insert("source".to_owned(), source.clone());
    let sealed = key().seal_message(Nonce([2; 24]), import).unwrap();
    assert_eq!(sealed.outside["source"], json!({}));
    assert_eq!(
        key().open_message(&sealed.outside).unwrap()["source"],
        source
    );
}

#[test]
fn a_box_opens_at_its_place_only() {
    let sealed = key().seal_message(Nonce([2; 24]), draft()).unwrap().outside;
    let mut signed = sealed.clone();
    signed.insert("signature".to_owned(), json!("any"));
    assert!(key().open_message(&signed).is_ok());
    let changes = [
        ("role", json!("dream")),
        ("timestamp", json!("2025-10-09T08:53:21.501Z")),
        ("author", json!("ac".repeat(32))),
        ("agent", json!("other")),
        ("prev", json!(["ce".repeat(32)])),
        ("source", json!({})),
        ("unknown", json!(1)),
    ];
    for (name, value) in changes {
        let mut moved = sealed.clone();
        moved.insert(name.to_owned(), value);
        assert_eq!(key().open_message(&moved), Err(Closed::Altered), "{name}");
    }
    let mut also_bound = sealed.clone();
    also_bound["sealed"]["unknown"] = json!(1);
    assert_eq!(key().open_message(&also_bound), Err(Closed::Altered));
    let open = draft();
    assert_eq!(key().open_message(&open), Err(Closed::Shape));
}

/// A message whose inside somebody with the key made as they liked.
fn with_inside(inside: &[u8]) -> Map<String, Value> {
    let mut fields = draft();
    for name in ["content", "model", "usage", "tags", "future"] {
        fields.remove(name);
    }
    let unboxed = json!({"epoch": key().id().to_string(), "nonce": "02".repeat(24)});
    fields.insert("sealed".to_owned(), unboxed);
    let context = canonical_without(&fields, &[]);
    let sealed = key().seal(Nonce([2; 24]), &context, inside).unwrap();
    fields.insert("sealed".to_owned(), sealed.to_value());
    fields
}

#[test]
fn nobody_poses_inside_as_somebody_else() {
    for name in NEVER_INSIDE {
        let inside = json!({"content": "said", name: "x"}).to_string();
        let opened = key().open_message(&with_inside(inside.as_bytes()));
        assert_eq!(opened, Err(Closed::Poses(name)));
    }
}

#[test]
fn what_is_inside_a_message_has_content_of_its_form() {
    for content in [
        json!(1),
        json!(null),
        json!({"blocks": 1}),
        json!({"blocks": [1]}),
    ] {
        let inside = json!({ "content": content }).to_string();
        let opened = key().open_message(&with_inside(inside.as_bytes()));
        assert_eq!(opened, Err(Closed::NoContent), "{inside}");
    }
    let blocks = json!({"content": {"blocks": [{"type": "text", "text": "a"}]}}).to_string();
    assert!(key().open_message(&with_inside(blocks.as_bytes())).is_ok());
    let utf8 = key().open_message(&with_inside(&[0xff]));
    assert_eq!(utf8, Err(Closed::NotStrict(json::Rule::Utf8)));
}

#[test]
fn a_header_opens_for_its_thread_and_has_title_tags_and_project() {
    let root = Hash([4; 32]);
    let good = object(json!({"title": "t", "tags": ["a"], "project": null, "future": 1}));
    let open = |inside: &Map<String, Value>, root: &Hash| {
        let sealed = key()
            .seal_header(Nonce([2; 24]), &Hash([4; 32]), inside)
            .unwrap();
        key().open_header(root, &sealed).map(Value::Object)
    };
    assert_eq!(open(&good, &root), Ok(Value::Object(good.clone())));
    assert_eq!(open(&good, &Hash([5; 32])), Err(Closed::Altered));
    let bad = [
        ("title", json!("")),
        (
            "title",
            json!("x".repeat(crate::model::MAX_TITLE_CHARACTERS + 1)),
        ),
        ("title", json!(null)),
        ("tags", json!(null)),
        ("tags", json!([1])),
        ("project", json!(1)),
    ];
    for (name, value) in bad {
        let mut inside = good.clone();
        inside.insert(name.to_owned(), value);
        assert_eq!(open(&inside, &root), Err(Closed::HeaderField(name)));
        inside.remove(name);
        assert_eq!(open(&inside, &root), Err(Closed::HeaderField(name)));
    }
}
