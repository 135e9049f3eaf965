//! Agents: the keys with which AIs sign, and what each said.

use super::counted::counted;
use super::safe::SafeText;
use crate::model::Timestamp;
use crate::safe_format;
use crate::workspace::{AgentKey, AgentList};
use serde_json::{Value, json};

/// So much of a name is shown.
const NAME: usize = 40;

/// All agents, for people: a line each.
pub fn list(list: &AgentList) -> SafeText {
    let mut text = safe_format!("🤖 Agents ({} total)\n\n", list.agents.len());
    for agent in &list.agents {
        let key = SafeText::shown(agent.key.short());
        let retired = if agent.retired.is_empty() {
            ""
        } else {
            " - retired"
        };
        text += safe_format!(
            "{} ({}…) - {} in {}{}{}\n",
            SafeText::line(&agent.name).shortened(NAME),
            key,
            counted(agent.answers, "answer"),
            counted(agent.threads, "thread"),
            until(agent),
            retired
        );
    }
    text
}

fn until(agent: &AgentKey) -> SafeText {
    match agent.last {
        Some(last) => safe_format!(", last {}", last),
        None => "".into(),
    }
}

/// One agent with all its keys, for people.
pub fn show(keys: &[&AgentKey]) -> SafeText {
    let mut text = SafeText::from("");
    for agent in keys {
        text += safe_format!(
            "🤖 {}\n   Key: {}\n",
            SafeText::line(&agent.name),
            agent.key
        );
        text += safe_format!(
            "   Said: {} in {}\n",
            counted(agent.answers, "answer"),
            counted(agent.threads, "thread")
        );
        if let (Some(first), Some(last)) = (agent.first, agent.last) {
            text += safe_format!("   From {} to {}\n", first, last);
        }
        for (model, answers) in &agent.models {
            let model = SafeText::line(model);
            text += safe_format!("   Model {}: {}\n", model, counted(*answers, "answer"));
        }
        for tip in &agent.retired {
            text += safe_format!("   Retired at commit {}\n", SafeText::line(tip));
        }
        if agent.retired.len() > 1 {
            text += "   It was retired more than once; the earliest of these counts, and each \
                     where none comes before the other.\n";
        }
    }
    text
}

/// All agents, for programs.
pub fn list_json(list: &AgentList) -> Value {
    let agents: Vec<Value> = list.agents.iter().map(json).collect();
    json!({"agents": agents, "unread": list.unread})
}

/// One key of an agent, for programs.
pub fn json(agent: &AgentKey) -> Value {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    json!({
        "name": agent.name,
        "key": agent.key.to_string(),
        "retired": agent.retired,
        "answers": agent.answers,
        "threads": agent.threads,
        "models": agent.models,
        "first": time(agent.first),
        "last": time(agent.last),
    })
}
