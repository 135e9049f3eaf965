//! What one item of a rollout says.

use super::super::Speaker;
use super::super::plain::{Content, arguments_text, content};
use super::super::read::{fenced, list, placeholder, shown, text};
use serde_json::Value;
use std::collections::HashMap;

/// What an item comes to.
pub enum Item {
    /// It was said, or done.
    Said {
        /// By whom.
        speaker: Speaker,
        /// What.
        texts: Content,
    },
    /// The program put it there, and shows it to nobody.
    Hidden,
    /// There is nothing in it for anybody.
    Nothing,
    /// Nobody knows it; it calls itself so.
    Unknown(String),
}

/// How texts begin that the program puts in the person's place.
const PUT_THERE: [&str; 10] = [
    "# AGENTS.md",
    "<INSTRUCTIONS>",
    "<app-context>",
    "<collaboration_mode>",
    "<environment_context>",
    "<permissions instructions>",
    "<skill>",
    "<subagent_notification>",
    "<turn_aborted>",
    "<user_instructions>",
];

/// Whether the program said it, and not the person.
pub fn is_put_there(text: &str) -> bool {
    let text = text.trim_start();
    PUT_THERE.iter().any(|start| text.starts_with(start))
}

/// Whether an event tells what an item says as well, or how far the program is.
pub fn is_known_event(kind: &str) -> bool {
    const ENDS: [&str; 6] = [
        "_begin",
        "_end",
        "_delta",
        "_started",
        "_complete",
        "_completed",
    ];
    const OTHERS: [&str; 22] = [
        "agent_reasoning_raw_content",
        "agent_reasoning_section_break",
        "apply_patch_approval_request",
        "background_event",
        "context_compacted",
        "deprecation_notice",
        "elicitation_request",
        "entered_review_mode",
        "error",
        "exec_approval_request",
        "exited_review_mode",
        "guardian_assessment",
        "model_reroute",
        "plan_update",
        "request_user_input",
        "session_configured",
        "shutdown_complete",
        "stream_error",
        "thread_goal_updated",
        "turn_diff",
        "view_image_tool_call",
        "warning",
    ];
    OTHERS.contains(&kind) || ENDS.iter().any(|end| kind.ends_with(end))
}

impl Item {
    /// Reads an item. `tools` are those that were asked for until then.
    pub fn of(item: &Value, tools: &mut HashMap<String, String>) -> Self {
        let kind = text(item, "type").unwrap_or("without a type");
        let mut called = |name: &str, said: String| {
            if let Some(call) = text(item, "call_id") {
                tools.insert(call.to_owned(), name.to_owned());
            }
            Self::said(Speaker::ToolCall(name.to_owned()), said)
        };
        let action = || item.get("action").map(shown).unwrap_or_default();
        match kind {
            "message" => Self::message(item),
            "reasoning" => Self::reasoning(item),
            "function_call" | "custom_tool_call" => {
                let name = text(item, "name").unwrap_or("tool");
                let name = match text(item, "namespace") {
                    Some(space) => format!("{space}.{name}"),
                    None => name.to_owned(),
                };
                let asked = item.get("arguments").map(arguments_text);
                let asked = asked.or_else(|| item.get("input").map(shown));
                called(&name, asked.unwrap_or_default())
            }
            "local_shell_call" => called("local_shell", action()),
            "web_search_call" => called("web_search", action()),
            "tool_search_call" => {
                let asked = item.get("arguments").map(arguments_text);
                called("tool_search", asked.unwrap_or_default())
            }
            "image_generation_call" => {
                let prompt = text(item, "revised_prompt").map(str::to_owned);
                called("image_generation", placeholder("image", &[prompt]))
            }
            "function_call_output" | "custom_tool_call_output" | "tool_search_output" => {
                let call = text(item, "call_id").and_then(|call| tools.get(call));
                let name = call.map(String::as_str).or(text(item, "name"));
                let output = item.get("output").or_else(|| item.get("tools"));
                Self::Said {
                    speaker: Speaker::ToolOutput(name.unwrap_or("tool").to_owned()),
                    texts: gave(output.unwrap_or(&Value::Null)),
                }
            }
            // A state of the files, which is no part of the talk.
            "ghost_snapshot" => Self::Nothing,
            other => Self::Unknown(other.to_owned()),
        }
    }

    fn said(speaker: Speaker, said: String) -> Self {
        Self::Said {
            speaker,
            texts: Content {
                texts: vec![said],
                unknown: Vec::new(),
            },
        }
    }

    fn message(item: &Value) -> Self {
        let speaker = match text(item, "role") {
            Some("user") => Speaker::Human,
            Some("assistant") => Speaker::Ai,
            Some("developer" | "system") => return Self::Hidden,
            _ => return Self::Unknown("message".to_owned()),
        };
        let mut texts = content(item.get("content").unwrap_or(&Value::Null));
        if speaker == Speaker::Human {
            texts.texts.retain(|said| !is_put_there(said));
            if texts.texts.is_empty() && texts.unknown.is_empty() {
                return Self::Hidden;
            }
        }
        Self::Said { speaker, texts }
    }

    /// What the provider keeps to itself of it is of no use to anybody else.
    fn reasoning(item: &Value) -> Self {
        let of = |name| {
            list(item, name)
                .iter()
                .filter_map(|part| text(part, "text"))
        };
        let mut texts: Vec<String> = of("content").map(str::to_owned).collect();
        if texts.is_empty() {
            texts = of("summary").map(str::to_owned).collect();
        }
        if texts.is_empty() {
            return Self::Nothing;
        }
        Self::Said {
            speaker: Speaker::Reasoning,
            texts: Content {
                texts,
                unknown: Vec::new(),
            },
        }
    }
}

/// What a tool gave: a text, which may be JSON with the text in it; or parts.
fn gave(output: &Value) -> Content {
    let plain = |text: &str, state: Option<String>| Content {
        texts: state.into_iter().chain([fenced("", text)]).collect(),
        unknown: Vec::new(),
    };
    let failed = |failed: bool| failed.then(|| "[it failed]".to_owned());
    match output {
        Value::Null => Content::default(),
        Value::String(said) => {
            let inside: Option<Value> = serde_json::from_str(said).ok();
            let inside = inside.as_ref();
            let printed = inside.and_then(|inside| text(inside, "output"));
            let code = inside.and_then(|inside| inside.pointer("/metadata/exit_code"));
            let code = code.and_then(Value::as_i64).unwrap_or(0);
            plain(
                printed.unwrap_or(said),
                failed(code != 0 && printed.is_some()),
            )
        }
        Value::Array(items) => {
            let mut found = content(output);
            // Texts are a tool's, so nothing in them may act.
            let is_text = |item: &&Value| item.as_str().or_else(|| text(item, "text")).is_some();
            if items.iter().all(|item| is_text(&item)) {
                found.texts = found.texts.iter().map(|said| fenced("", said)).collect();
            }
            found
        }
        object => {
            let state = failed(object.get("success") == Some(&Value::Bool(false)));
            match object.get("content") {
                Some(Value::String(said)) => plain(said, state),
                Some(items @ Value::Array(_)) => {
                    let mut found = gave(items);
                    found.texts.splice(..0, state);
                    found
                }
                _ => Content {
                    texts: state.into_iter().chain([shown(object)]).collect(),
                    unknown: Vec::new(),
                },
            }
        }
    }
}
