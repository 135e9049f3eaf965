//! The small words that all formats are read with.

use crate::model::Timestamp;
use chrono::{DateTime, NaiveDateTime};
use serde_json::Value;

/// A field that is a text with something in it.
pub fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    let text = value.get(name)?.as_str()?;
    (!text.trim().is_empty()).then_some(text)
}

/// A list, empty where there is none.
pub fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    let list = value.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// A time: seconds or milliseconds since 1970, or as RFC 3339 has it. What is before 1971 is none: a
/// program that knows no time writes zero.
pub fn time(value: Option<&Value>) -> Option<Timestamp> {
    const FIRST: i64 = 31_536_000_000;
    const LAST: i64 = 253_402_300_799_999;
    let millis = match value? {
        Value::Number(number) => millis_of(number.as_f64()?)?,
        Value::String(text) => millis_of_text(text.trim())?,
        _ => return None,
    };
    (FIRST..=LAST)
        .contains(&millis)
        .then(|| Timestamp::from_millis(millis))
}

/// In seconds all times until the year 5138 are below this, in milliseconds all since 1973 above.
const MILLISECONDS_FROM: f64 = 1e11;

fn millis_of(number: f64) -> Option<i64> {
    let millis = if number < MILLISECONDS_FROM {
        number * 1000.0
    } else {
        number
    };
    let is_fit = millis.is_finite() && (0.0..9e15).contains(&millis);
    #[expect(clippy::cast_possible_truncation, reason = "looked at above")]
    is_fit.then(|| millis.round() as i64)
}

fn millis_of_text(text: &str) -> Option<i64> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp_millis());
    }
    // Without a zone: as databases write UTC.
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    let mut read = forms
        .iter()
        .filter_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    Some(read.next()?.and_utc().timestamp_millis())
}

/// Code in a fence that nothing in it can end.
pub fn fenced(language: &str, code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let is_name = |c: &char| c.is_ascii_alphanumeric() || "+-#_.".contains(*c);
    let language: String = language.chars().filter(is_name).take(40).collect();
    format!(
        "{fence}{language}\n{}\n{fence}",
        code.trim_end_matches('\n')
    )
}

/// A value as code; a text as itself.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => fenced("", text),
        value => fenced("json", &pretty(value)),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

/// What stands for something that has no text: `[image: cat.png, image/png]`.
pub fn placeholder(what: &str, facts: &[Option<String>]) -> String {
    let facts: Vec<String> = facts.iter().flatten().map(|fact| one_line(fact)).collect();
    if facts.is_empty() {
        return format!("[{what}]");
    }
    format!("[{what}: {}]", facts.join(", "))
}

fn one_line(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(plain).take(200).collect()
}

/// Texts with an empty line between each two.
pub fn joined(parts: &[String]) -> String {
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.cloned().collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_time_is_read_in_all_its_forms_and_zero_is_none() {
        let told = |value: Value| time(Some(&value)).map(|time| time.to_string());
        let moment = Some("2025-01-21T10:00:00.500Z".to_owned());
        assert_eq!(told(json!(1_737_453_600.5)), moment);
        assert_eq!(told(json!(1_737_453_600_500_u64)), moment);
        assert_eq!(told(json!("2025-01-21T10:00:00.500Z")), moment);
        assert_eq!(told(json!("2025-01-21T11:00:00.500+01:00")), moment);
        assert_eq!(told(json!("2025-01-21 10:00:00.500")), moment);
        for none in [
            json!(0),
            json!(-5),
            json!(null),
            json!("soon"),
            json!(1e300),
            json!([]),
        ] {
            assert_eq!(told(none.clone()), None, "{none}");
        }
    }

    #[test]
    fn nothing_ends_a_fence_from_within() {
        assert_eq!(fenced("rust", "let x;"), "```rust\nlet x;\n```");
        assert_eq!(fenced("a\n`b", "```\nx"), "````ab\n```\nx\n````");
    }
}
