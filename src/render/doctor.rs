//! What `doctor` found, in words and as JSON.

use super::safe::SafeText;
use crate::model::json::Value;
use crate::safe_format;
use serde_json::json;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// It needs the user.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: &'static str,
    /// How it is.
    pub health: Health,
    /// What was found.
    pub said: SafeText,
    /// What to do; empty where nothing needs doing.
    pub next: SafeText,
}

impl Finding {
    /// As it should be.
    pub fn good(what: &'static str, said: impl Into<SafeText>) -> Self {
        Self {
            what,
            health: Health::Good,
            said: said.into(),
            next: SafeText::new(),
        }
    }

    /// Worth knowing.
    pub fn note(what: &'static str, said: impl Into<SafeText>, next: impl Into<SafeText>) -> Self {
        Self {
            what,
            health: Health::Note,
            said: said.into(),
            next: next.into(),
        }
    }

    /// Needs the user.
    pub fn bad(what: &'static str, said: impl Into<SafeText>, next: impl Into<SafeText>) -> Self {
        Self {
            what,
            health: Health::Bad,
            said: said.into(),
            next: next.into(),
        }
    }
}

/// A line a finding, and one for what to do about it.
pub fn lines(findings: &[Finding]) -> Vec<SafeText> {
    let mut lines = Vec::new();
    for finding in findings {
        let mark = match finding.health {
            Health::Good => "✅",
            Health::Note => "💡",
            Health::Bad => "❌",
        };
        lines.push(safe_format!(
            "{} {:<10} {}",
            mark,
            finding.what,
            finding.said
        ));
        if !finding.next.is_empty() {
            lines.push(safe_format!("   → {}", finding.next));
        }
    }
    lines
}

/// The findings for programs.
pub fn json(findings: &[Finding]) -> Value {
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let health = match finding.health {
                Health::Good => "good",
                Health::Note => "note",
                Health::Bad => "bad",
            };
            json!({"what": finding.what, "health": health, "said": finding.said.as_str(), "next": finding.next.as_str()})
        })
        .collect();
    json!({ "findings": findings })
}
