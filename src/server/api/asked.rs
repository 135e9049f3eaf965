//! What a request asks for, read so that whatever can't be meant gets the form of every other
//! answer.

use super::super::fault::Fault;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::{DeserializeOwned, Error, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Number;

/// What the library puts before the reason.
const QUERY_REFUSED: &str = "Failed to deserialize query string: ";

/// The query of an address.
pub(super) struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        if !is_text(parts.uri.query().unwrap_or_default()) {
            return Err(Fault::bad_request("Invalid query: it is not UTF-8"));
        }
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(why) => {
                let why = why.body_text();
                let why = why.strip_prefix(QUERY_REFUSED).unwrap_or(&why);
                Err(unclear("Invalid query", why))
            }
        }
    }
}

/// What of an address names something.
pub(super) struct Named<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Named<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(named)) => Ok(Self(named)),
            // A name that is no text names nothing that there is.
            Err(_) => Err(Fault::not_found()),
        }
    }
}

/// A body of JSON: an object.
pub(super) struct Sent<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let bytes = Bytes::from_request(request, state).await.map_err(|why| {
            let status = why.status();
            match status {
                StatusCode::PAYLOAD_TOO_LARGE => Fault::too_large(),
                _ => unclear("The body could not be read", &why.body_text()),
            }
        })?;
        match object(&bytes) {
            Ok(sent) => Ok(Self(sent)),
            Err(why) => Err(unclear("Invalid body", &why.to_string())),
        }
    }
}

/// Whether what stands in an address is UTF-8 once its `%` are resolved: libraries put another sign
/// in the place of what isn't.
fn is_text(query: &str) -> bool {
    let mut bytes = Vec::with_capacity(query.len());
    let mut rest = query.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = (byte == b'%').then(|| after.get(..2)).flatten();
        let escaped = escaped.and_then(|digits| std::str::from_utf8(digits).ok());
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(value) => {
                bytes.push(value);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    std::str::from_utf8(&bytes).is_ok()
}

/// The fields of an object. A list of their values, which the library would take as well, is none.
///
/// # Errors
/// It is no such object.
pub(super) fn object<'b, T: Deserialize<'b>>(json: &'b [u8]) -> serde_json::Result<T> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        // The words for what isn't even JSON are the library's.
        let _: IgnoredAny = serde_json::from_slice(json)?;
        return Err(serde_json::Error::custom("it is no object"));
    }
    serde_json::from_slice(json)
}

/// The greatest whole number that all programs read alike.
const MOST_WHOLE: f64 = 9_007_199_254_740_991.0;

/// A whole number of a body. JSON knows no other numbers: `33.0` and `3.3e1` are 33 as well.
///
/// # Errors
/// It is no number, or a broken one.
pub(super) fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    let is_whole = |float: &f64| float.fract() == 0.0 && float.abs() <= MOST_WHOLE;
    let of_float = || number.as_f64().filter(is_whole).map(|float| float as i64);
    let whole = number.as_i64().or_else(of_float);
    whole.ok_or_else(|| D::Error::custom("it is no whole number"))
}

fn unclear(what: &str, why: &str) -> Fault {
    Fault::bad_request(format!("{what}: {why}"))
}

/// A number of things to answer with, within its bounds.
///
/// # Errors
/// It is out of them.
pub(super) fn limit_of(asked: Option<u64>, usual: usize, most: usize) -> Result<usize, Fault> {
    let Some(asked) = asked else {
        return Ok(usual);
    };
    let limit = usize::try_from(asked).unwrap_or(usize::MAX);
    if (1..=most).contains(&limit) {
        return Ok(limit);
    }
    let said = format!("Invalid limit. Must be a whole number from 1 to {most}");
    Err(Fault::bad_request(said))
}

/// A cursor that none of these routes gave: where it leads there is nothing.
pub(super) fn bad_cursor() -> Fault {
    let fault = Fault::new(StatusCode::NOT_FOUND, "There is no such page");
    fault.explained(
        "The cursor is none that was given out here.",
        "Take the one that the page before gave.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_values_is_no_object() {
        #[derive(Debug, Deserialize)]
        struct Named {
            name: String,
        }
        let read = |json: &str| object::<Named>(json.as_bytes()).map(|named| named.name);
        assert_eq!(read(" {\"name\": \"a\"}").unwrap(), "a");
        for (json, why) in [
            ("[\"a\"]", "no object"),
            ("", "EOF"),
            ("x", "expected value"),
        ] {
            let error = read(json).unwrap_err().to_string();
            assert!(error.contains(why), "{json}: {error}");
        }
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        let read = |text: &str| whole_number(&mut serde_json::Deserializer::from_str(text)).ok();
        for text in ["33", "33.0", "3.3e1", "330e-1"] {
            assert_eq!(read(text), Some(33), "{text}");
        }
        assert_eq!(read("-0.0"), Some(0));
        assert_eq!(read("9007199254740991.0"), Some(9_007_199_254_740_991));
        for text in ["33.5", "1e300", "9.1e15", "\"33\"", "null", "true", "[33]"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_text_behind_its_escapes_is_told_from_what_is() {
        for text in ["", "q=a+b", "q=%C3%A9", "q=100%", "q=%zz", "q=%"] {
            assert!(is_text(text), "{text}");
        }
        for other in ["q=%ff", "q=%C3", "q=a%80b", "q=%ED%A0%80"] {
            assert!(!is_text(other), "{other}");
        }
    }
}
