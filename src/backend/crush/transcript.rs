//! What a session record says of an answer: its text, its model, its cost, and how it ended.

use serde_json::Value;

use crate::backend::Usage;
use crate::backend::no_reply::quotable;

/// One run of Crush, as it recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Transcript {
    pub(super) messages: Vec<Message>,
    pub(super) tokens: Tokens,
}

/// What Crush counts; nought where the provider did not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tokens {
    pub(super) read: u64,
    pub(super) written: u64,
}

/// One message of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    role: String,
    model: Option<String>,
    text: String,
    finish: Option<Finish>,
}

/// How a message ended.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finish {
    reason: String,
    /// What Crush says of a failure, or nothing.
    said: String,
}

impl Message {
    /// `parts` is a JSON array, as stored in the database or as `session last --json` prints it.
    pub(super) fn new(role: String, model: Option<String>, parts: &str) -> Message {
        let parts: Value = serde_json::from_str(parts).unwrap_or_default();
        Message::of(role, model, &parts)
    }

    fn of(role: String, model: Option<String>, parts: &Value) -> Message {
        let mut message = Message {
            role,
            model: model.filter(|model| !model.is_empty()),
            text: String::new(),
            finish: None,
        };
        for part in parts.as_array().into_iter().flatten() {
            // The database nests what the command prints flat.
            let body = part.get("data").unwrap_or(part);
            match part["type"].as_str() {
                Some("text") => message.text.push_str(text(body, "text")),
                Some("finish") => {
                    let said = [text(body, "message"), text(body, "details")];
                    let said: Vec<&str> =
                        said.into_iter().filter(|words| !words.is_empty()).collect();
                    message.finish = Some(Finish {
                        reason: text(body, "reason").to_owned(),
                        said: said.join(": "),
                    });
                }
                _ => {}
            }
        }
        message
    }
}

impl Transcript {
    /// From the output of `crush session last --json`.
    pub(super) fn from_json(output: &str) -> Option<Transcript> {
        let output: Value = serde_json::from_str(output.trim()).ok()?;
        let messages = output["messages"].as_array()?.iter().map(|message| {
            let model = message["model"].as_str().map(str::to_owned);
            Message::of(text(message, "role").to_owned(), model, &message["parts"])
        });
        let count = |name: &str| output["meta"][name].as_u64().unwrap_or(0);
        Some(Transcript {
            messages: messages.collect(),
            tokens: Tokens {
                read: count("prompt_tokens"),
                written: count("completion_tokens"),
            },
        })
    }

    fn answers(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages
            .iter()
            .filter(|message| message.role == "assistant")
    }

    /// The answer as Crush prints it: its steps, one after the other.
    pub(super) fn text(&self) -> String {
        self.answers()
            .map(|message| message.text.as_str())
            .collect()
    }

    /// The model that gave the last of it.
    pub(super) fn model(&self) -> Option<String> {
        self.answers()
            .rev()
            .find_map(|message| message.model.clone())
    }

    /// Tokens, unless Crush counted none.
    pub(super) fn usage(&self) -> Option<Usage> {
        let Tokens { read, written } = self.tokens;
        (self.tokens != Tokens::default()).then_some(Usage {
            prompt: Some(read),
            completion: Some(written),
            ..Usage::default()
        })
    }

    /// How the last step ended; `None` when it did not.
    fn finish(&self) -> Option<&Finish> {
        self.answers().next_back()?.finish.as_ref()
    }

    /// Whether the last step was canceled, by whomever.
    pub(super) fn was_canceled(&self) -> bool {
        self.finish()
            .is_some_and(|finish| finish.reason == "canceled")
    }

    /// Why the answer is not whole, if the record says so.
    pub(super) fn why_not_whole(&self) -> Option<CutShort> {
        let Some(finish) = self.finish() else {
            return Some(CutShort::NoEnd);
        };
        Some(match finish.reason.as_str() {
            "end_turn" => return None,
            "max_tokens" => CutShort::MaxTokens,
            "content_filter" => CutShort::ContentFilter,
            "tool_use" => CutShort::ToolUse,
            "canceled" => CutShort::Canceled,
            "error" if !finish.said.is_empty() => CutShort::Said(quotable(&finish.said)),
            other => CutShort::Unusual(other.to_owned()),
        })
    }
}

/// Why an answer is not whole, as the record says it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CutShort {
    /// It has no end.
    #[error("Crush recorded no end of the answer")]
    NoEnd,
    /// The model may not say more.
    #[error("the model reached the longest answer it may give")]
    MaxTokens,
    /// The provider doesn't want it to.
    #[error("the provider's content filter ended the answer")]
    ContentFilter,
    /// A tool was asked for, and is off.
    #[error("Crush ended while a tool was asked for")]
    ToolUse,
    /// Somebody canceled it.
    #[error("Crush gave up in the middle")]
    Canceled,
    /// An error, in its own words.
    #[error("{0}")]
    Said(String),
    /// A reason that nobody knows yet.
    #[error("Crush recorded an unusual end of the answer ({0})")]
    Unusual(String),
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_and_the_command_say_the_same() {
        let stored = [
            r#"[{"type":"text","data":{"text":"Hel"}},{"type":"finish","data":{"reason":"tool_use","time":1}}]"#,
            r#"[{"type":"reasoning","data":{"thinking":"hm"}},{"type":"text","data":{"text":"lo"}},{"type":"finish","data":{"reason":"end_turn"}}]"#,
        ];
        let message = |parts| Message::new("assistant".into(), Some("m1".into()), parts);
        let mut messages = vec![Message::new(
            "user".into(),
            None,
            r#"[{"type":"text","data":{"text":"hi"}}]"#,
        )];
        messages.extend(stored.map(message));
        let tokens = Tokens {
            read: 10,
            written: 2,
        };
        let usage = Usage {
            prompt: Some(10),
            completion: Some(2),
            ..Usage::default()
        };
        let from_database = Transcript { messages, tokens };
        let printed = r#"{"meta":{"id":"x","prompt_tokens":10,"completion_tokens":2},"messages":[
            {"role":"user","parts":[{"type":"text","text":"hi"}]},
            {"role":"assistant","model":"m1","parts":[{"type":"text","text":"Hel"},{"type":"finish","reason":"tool_use"}]},
            {"role":"assistant","model":"m1","parts":[{"type":"reasoning","thinking":"hm"},{"type":"text","text":"lo"},{"type":"finish","reason":"end_turn","time":1}]}]}"#;
        let transcript = Transcript::from_json(printed).unwrap();
        assert_eq!(transcript, from_database);
        assert_eq!(transcript.text(), "Hello");
        assert_eq!(transcript.model().as_deref(), Some("m1"));
        assert_eq!(transcript.usage(), Some(usage));
        assert_eq!(transcript.why_not_whole(), None);
    }

    #[test]
    fn only_the_end_of_a_turn_is_a_whole_answer() {
        for reason in [
            "max_tokens",
            "content_filter",
            "tool_use",
            "canceled",
            "error",
            "unknown",
            "",
        ] {
            let parts = format!(
                r#"[{{"type":"text","data":{{"text":"a"}}}},{{"type":"finish","data":{{"reason":"{reason}"}}}}]"#
            );
            let transcript = Transcript {
                messages: vec![Message::new("assistant".into(), None, &parts)],
                tokens: Tokens::default(),
            };
            assert!(transcript.why_not_whole().is_some(), "{reason}");
            assert_eq!(transcript.usage(), None);
        }
    }
}
