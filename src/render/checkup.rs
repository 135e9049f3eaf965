//! What `doctor` found, in words and as JSON.

use super::safe::safe;
use crate::model::json::Value;
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
    pub said: String,
    /// What to do; empty where nothing needs doing.
    pub next: String,
}

impl Finding {
    /// As it should be.
    pub fn good(what: &'static str, said: &str) -> Self {
        Self { what, health: Health::Good, said: said.to_owned(), next: String::new() }
    }

    /// Worth knowing.
    pub fn note(what: &'static str, said: &str, next: &str) -> Self {
        Self { what, health: Health::Note, said: said.to_owned(), next: next.to_owned() }
    }

    /// Needs the user.
    pub fn bad(what: &'static str, said: &str, next: &str) -> Self {
        Self { what, health: Health::Bad, said: said.to_owned(), next: next.to_owned() }
    }
}

/// A line a finding, and one for what to do about it.
pub fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let mark = match finding.health {
            Health::Good => "✅",
            Health::Note => "💡",
            Health::Bad => "❌",
        };
        text += &format!("{mark} {:<10} {}\n", finding.what, safe(&finding.said));
        if !finding.next.is_empty() {
            text += &format!("   → {}\n", safe(&finding.next));
        }
    }
    text
}

/// The findings for programs.
pub fn json(findings: &[Finding]) -> String {
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let health = match finding.health {
                Health::Good => "good",
                Health::Note => "note",
                Health::Bad => "bad",
            };
            json!({"what": finding.what, "health": health, "said": finding.said, "next": finding.next})
        })
        .collect();
    format!("{:#}", json!({ "findings": findings }))
}
