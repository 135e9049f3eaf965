//! The OpenAPI text as a page that a person can read: plain, without scripts, styles or anything from
//! elsewhere.

use maud::{DOCTYPE, Markup, html};
use serde_json::{Map, Value};

/// The page of a document.
pub(super) fn page(document: &Value) -> Markup {
    let info = &document["info"];
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (text(&info["title"])) " – API" }
            }
            body {
                h1 { (text(&info["title"])) " " (text(&info["version"])) }
                p { (text(&info["description"])) }
                p {
                    "Every request below " code { "/api" } " carries " code { "Authorization: Bearer" }
                    ", but those that are marked open. For programs: " code { "/api/openapi.json" } "."
                }
                @for (path, item) in entries(&document["paths"]) {
                    @for (method, operation) in entries(item) {
                        (operation_section(path, method, operation))
                    }
                }
                h2 { "Forms" }
                @for (name, schema) in entries(&document["components"]["schemas"]) {
                    h3 id=(name) { code { (name) } }
                    p { (text(&schema["description"])) }
                    (fields(schema))
                }
            }
        }
    }
}

fn operation_section(path: &str, method: &str, operation: &Value) -> Markup {
    let is_open = operation["security"] == serde_json::json!([{}]);
    html! {
        section {
            h2 {
                code { (method.to_uppercase()) " " (path) }
                @if is_open { " (open)" }
            }
            p { (text(&operation["summary"])) }
            p { (text(&operation["description"])) }
            @if let Some(parameters) = operation["parameters"].as_array() {
                table {
                    thead { tr { th { "Parameter" } th { "In" } th { "What" } } }
                    tbody {
                        @for parameter in parameters {
                            tr {
                                td { code { (text(&parameter["name"])) } }
                                td { (text(&parameter["in"])) }
                                td { (text(&parameter["description"])) }
                            }
                        }
                    }
                }
            }
            @for (kind, content) in entries(&operation["requestBody"]["content"]) {
                p { "Body: " code { (kind) } " " (form(&content["schema"])) }
            }
            table {
                thead { tr { th { "Status" } th { "What" } th { "Form" } } }
                tbody {
                    @for (status, response) in entries(&operation["responses"]) {
                        tr {
                            td { (status) }
                            td { (text(&response["description"])) }
                            td {
                                @for (kind, content) in entries(&response["content"]) {
                                    code { (kind) } " " (form(&content["schema"])) " "
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn fields(schema: &Value) -> Markup {
    let required = schema["required"].as_array();
    let is_required =
        |name: &str| required.is_some_and(|required| required.iter().any(|one| one == name));
    html! {
        table {
            thead { tr { th { "Field" } th { "Form" } th { "What" } } }
            tbody {
                @for (name, field) in entries(&schema["properties"]) {
                    tr {
                        td { code { (name) } @if !is_required(name) { " (may be missing)" } }
                        td { (form(field)) }
                        td { (text(&field["description"])) }
                    }
                }
            }
        }
    }
}

/// A schema in a few words: a name that leads to its form, or a type.
fn form(schema: &Value) -> Markup {
    let named = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next());
    html! {
        @if let Some(name) = named {
            a href=(format!("#{name}")) { (name) }
        } @else if schema["items"].is_object() {
            "list of " (form(&schema["items"]))
        } @else if let Some(kinds) = schema["type"].as_array() {
            @for (number, kind) in kinds.iter().enumerate() {
                @if number > 0 { " or " }
                (text(kind))
            }
        } @else {
            (text(&schema["type"]))
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let entries = value.as_object().into_iter().flat_map(Map::iter);
    entries.map(|(name, value)| (name.as_str(), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_document_says_is_text() {
        let hostile = "<script>alert(1)</script>";
        let document = json!({
            "info": {"title": "t", "version": "1", "description": hostile},
            "paths": {"/api/a": {"post": {
                "summary": "Does it",
                "security": [{}],
                "parameters": [{"name": "q", "in": "query", "description": hostile}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}},
                "responses": {"200": {"description": "Done", "content": {}}},
            }}},
            "components": {"schemas": {"A": {
                "description": hostile,
                "required": ["b"],
                "properties": {"b": {"type": "array", "items": {"type": "string"}}, "c": {"type": ["integer", "null"]}},
            }}},
        });
        let page = page(&document).into_string();
        assert!(!page.contains("<script"), "{page}");
        for part in [
            "POST /api/a</code> (open)",
            "<a href=\"#A\">A</a>",
            "list of string",
            "integer or null",
            "<code>c</code> (may be missing)",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
}
