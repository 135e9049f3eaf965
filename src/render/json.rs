//! JSON that can be shown and pasted anywhere.

use super::safe::{SafeText, Shown};

/// The same value in JSON, with `\\u` in place of each character that [`SafeText::line`] would not
/// leave as it is: what steers a terminal, turns text around or can't be seen.
pub fn text(json: &str) -> SafeText {
    let mut escaped = String::with_capacity(json.len());
    let mut shown = Shown::new();
    for c in json.chars() {
        match c {
            // Outside of strings, where alone they can stand.
            '\n' | '\t' => escaped.push(c),
            '\r' => {}
            c if shown.leaves(c) => escaped.push(c),
            c => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| escaped += &format!("\\u{unit:04x}")),
        }
    }
    SafeText::block(&escaped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn what_is_not_shown_as_it_is_is_escaped_and_the_value_stays() {
        let value = json!({"a\u{202e}b": "\u{1b}[31m\u{9b}2J\u{7f}\r\n\t\u{2028}\u{e0041}\u{fdd0}\u{10ffff}é日本👍🏽\u{ad}"});
        for json in [format!("{value}"), format!("{value:#}")] {
            let text = text(&json);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            assert!(
                text.contains("\\u202e")
                    && text.contains("\\u009b2J\\u007f")
                    && text.contains("\\udb40\\udc41"),
                "{text}"
            );
            assert!(text.contains("é日本👍🏽\\u00ad"), "{text}");
        }
    }

    #[test]
    fn emoji_stay_as_they_are_written() {
        for emoji in ["❤\u{fe0f}", "👩\u{200d}🚀", "1\u{fe0f}\u{20e3}"] {
            assert_eq!(
                text(&format!("\"{emoji}\"")).as_str(),
                format!("\"{emoji}\"")
            );
        }
        assert_eq!(
            text("\"a\u{200d}\u{200d}b\"").as_str(),
            "\"a\\u200d\\u200db\""
        );
        // A joiner has nothing to join to what is escaped.
        assert_eq!(
            text("\"\u{202e}\u{200d}x\"").as_str(),
            "\"\\u202e\\u200dx\""
        );
    }
}
