//! The JSON Schemas in `docs/schema`, read by a validator that knows nothing of mmogit.

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

const THREAD: &str = include_str!("../../docs/schema/thread.json");
const COMMANDS: &str = include_str!("../../docs/schema/commands.json");
/// Where the two stand beside each other; nothing is fetched from there.
const PLACE: &str = "https://mmogit.invalid/";

/// The schema of a thread's file.
pub fn thread() -> Validator {
    validator("thread.json", read(COMMANDS))
}

/// The schema of what a command prints with `--json`, as it is for anyone.
pub fn open(command: &str) -> Validator {
    validator(&format!("commands.json#/$defs/{command}"), read(COMMANDS))
}

/// The same, but whatever the schema doesn't name is refused: for ourselves, so that nothing goes
/// undocumented.
pub fn closed(command: &str) -> Validator {
    let mut commands = read(COMMANDS);
    close(&mut commands);
    validator(&format!("commands.json#/$defs/{command}"), commands)
}

/// The commands that have a schema.
pub fn commands() -> Vec<String> {
    let commands = read(COMMANDS);
    let forms = commands["$defs"].as_object().unwrap().keys();
    let parts = [
        "one_draft",
        "one_project",
        "shared_copies",
        "summary",
        "legacy",
        "verification",
        "file_findings",
        "problem",
        "troubles",
        "card",
        "position",
        "person",
    ];
    forms
        .filter(|form| !parts.contains(&form.as_str()))
        .cloned()
        .collect()
}

/// Fails with all that is wrong.
#[track_caller]
pub fn check(validator: &Validator, value: &Value, what: &str) {
    let wrong: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        wrong.is_empty(),
        "{what} is not of its schema: {wrong:#?}\n{value:#}"
    );
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn validator(reference: &str, commands: Value) -> Validator {
    let add = |registry: jsonschema::RegistryBuilder<'static>, name: &str, schema| {
        registry.add(format!("{PLACE}{name}"), schema).unwrap()
    };
    let registry = add(Registry::new(), "thread.json", read(THREAD));
    let registry = add(registry, "commands.json", commands).prepare().unwrap();
    let whole = json!({ "$ref": format!("{PLACE}{reference}") });
    jsonschema::options()
        .with_registry(&registry)
        .offline()
        .build(&whole)
        .unwrap()
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.contains_key("properties")
                && fields.contains_key("required")
                && !fields.contains_key("additionalProperties")
            {
                fields.insert("additionalProperties".to_owned(), false.into());
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
