//! What a search found, for people and for programs.

use super::safe::SafeText;
use super::threads::{icon_of, seconds, summary_json};
use crate::index::{Hit, Hits, Snippet, Spot};
use crate::model::PublicKey;
use crate::model::json::Value;
use crate::safe_format;
use anstyle::{AnsiColor, Style};
use serde_json::json;

const MARK: Style = AnsiColor::Yellow.on_default().bold();

/// The hits, numbered, each with the command that leads to it. `owner` is who may go on with their own threads.
pub fn hits(found: &Hits, owner: Option<&PublicKey>, colour: bool) -> SafeText {
    let mut text = match (found.hits.len(), found.has_more) {
        (0, _) => return "Nothing found\n".into(),
        (1, false) => "🔎 1 hit\n\n".into(),
        (1, true) => "🔎 The best hit\n\n".into(),
        (number, false) => safe_format!("🔎 {} hits\n\n", number),
        (number, true) => safe_format!("🔎 The best {} hits\n\n", number),
    };
    for (number, hit) in (1..).zip(&found.hits) {
        let thread = &hit.thread;
        let archived = if thread.is_archived { " ⚫ archived" } else { "" };
        text += safe_format!(
            "{}. {} - {}{}\n",
            number,
            SafeText::line(&thread.title),
            SafeText::line(thread.name()),
            archived
        );
        text += safe_format!("   {}\n", hit.message.as_ref().map_or("📌 title".into(), place));
        text += safe_format!("   {}\n", line(&hit.snippet, colour));
        text += safe_format!("   {}\n", replay(hit));
        text += resume(hit, owner).map_or_else(SafeText::new, |command| safe_format!("   {}\n", command));
        text.push("\n");
    }
    text
}

/// The same for programs.
pub fn json(found: &Hits, owner: Option<&PublicKey>) -> Value {
    let hits: Vec<Value> = found.hits.iter().map(|hit| hit_json(hit, owner)).collect();
    json!({ "hits": hits, "more": found.has_more })
}

fn hit_json(hit: &Hit, owner: Option<&PublicKey>) -> Value {
    let message = hit.message.as_ref().map(|spot| {
        json!({
            "number": spot.number,
            "aside": spot.number.is_none(),
            "role": spot.role,
            "model": spot.model,
            "timestamp": spot.time.map(|time| time.to_string()),
        })
    });
    let parts =
        parts(&hit.snippet).into_iter().map(|(part, is_match)| json!({"text": part, "match": is_match}));
    json!({
        "thread": summary_json(&hit.thread),
        "message": message,
        "snippet": parts.collect::<Vec<_>>(),
        "replay": replay(hit).as_str(),
        "continue": resume(hit, owner).map(|command| command.to_string()),
    })
}

/// `🤖 ai, message 4, 2025-01-21T10:30:00Z`.
fn place(spot: &Spot) -> SafeText {
    let mut text = safe_format!("{} {}", icon_of(&spot.role), SafeText::line(&spot.role));
    match spot.number {
        Some(number) => text += safe_format!(", message {}", number),
        None => text += ", set aside",
    }
    text + spot.time.map_or_else(SafeText::new, |time| safe_format!(", {}", seconds(&time.to_string())))
}

/// The command that replays from the hit on, or with what was set aside.
pub fn replay(hit: &Hit) -> SafeText {
    let at = hit.message.as_ref().and_then(|spot| spot.number);
    let aside = if hit.is_aside() { " --branches" } else { "" };
    let at = at.map_or_else(|| aside.into(), |number| safe_format!(" --at {}", number));
    safe_format!("mmogit thread-replay {}{}", SafeText::line(hit.thread.name()), at)
}

fn resume(hit: &Hit, owner: Option<&PublicKey>) -> Option<SafeText> {
    let thread = &hit.thread;
    let is_own = owner == Some(&thread.owner) && !thread.is_archived && !thread.is_legacy;
    is_own.then(|| safe_format!("mmogit chat --continue {}", SafeText::line(thread.name())))
}

fn line(snippet: &Snippet, colour: bool) -> SafeText {
    let mut text = SafeText::new();
    for (part, is_match) in parts(snippet) {
        let part = SafeText::line(part);
        if is_match && colour {
            text += safe_format!("{}{}{:#}", MARK, part, MARK);
        } else {
            text += part;
        }
    }
    text
}

fn parts(snippet: &Snippet) -> Vec<(&str, bool)> {
    let mut parts = Vec::new();
    let mut at = 0;
    for mark in &snippet.marks {
        parts.push((&snippet.text[at..mark.start], false));
        parts.push((&snippet.text[mark.clone()], true));
        at = mark.end;
    }
    parts.push((&snippet.text[at..], false));
    parts.retain(|(part, _)| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Summary;
    use crate::model::Timestamp;

    fn found(text: &str, marks: &[(usize, usize)], number: Option<usize>) -> Hits {
        let thread = Summary {
            id: "thread_7".into(),
            title: "a\u{1b}[2Jb".into(),
            author: "63".repeat(32),
            created_at: "2025-01-21T10:00:00.000Z".into(),
            updated_at: "2025-01-21T10:00:00.000Z".into(),
            mode: "conversation".into(),
            project: None,
            tags: vec![],
            is_archived: false,
            messages: 4,
            is_legacy: false,
            owner: "63".repeat(32).parse().unwrap(),
            path: ".mmogit/threads/1970-01/01/thread_7-0123abcd.json".into(),
        };
        let message =
            Spot { number, role: "ai".into(), model: None, time: Some(Timestamp::from_millis(7000)) };
        let marks = marks.iter().map(|(start, end)| *start..*end).collect();
        let snippet = Snippet { text: text.into(), marks };
        Hits { hits: vec![Hit { thread, message: Some(message), snippet }], has_more: false }
    }

    #[test]
    fn a_hit_says_where_it_is_and_how_to_get_there() {
        let mut found = found("the token", &[(4, 9)], Some(4));
        let owner = found.hits[0].thread.owner;
        assert_eq!(
            hits(&found, Some(&owner), false),
            "🔎 1 hit\n\n1. a␛[2Jb - thread_7-0123abcd\n   🤖 ai, message 4, 1970-01-01T00:00:07Z\n   the token\n   \
             mmogit thread-replay thread_7-0123abcd --at 4\n   mmogit chat --continue thread_7-0123abcd\n\n"
        );
        found.hits[0].thread.is_archived = true;
        assert!(
            !hits(&found, Some(&owner), false).contains("--continue"),
            "an archived thread is not gone on with"
        );
        found.hits[0].thread.is_archived = false;
        assert!(!hits(&found, None, false).contains("--continue"), "nor is someone else's");
    }

    #[test]
    fn a_match_is_highlighted_and_nothing_in_it_reaches_the_terminal() {
        let text = hits(&found("x\u{1b}]0;a\u{7}y", &[(0, 6)], None), None, true);
        assert!(text.contains("ai, set aside,") && text.contains("thread_7-0123abcd --branches\n"), "{text}");
        assert!(text.contains("\u{1b}[1m\u{1b}[33mx␛]0;a\u{1b}[0m␇y"), "{text:?}");
    }

    #[test]
    fn programs_get_the_snippet_in_parts() {
        let value: Value = json(&found("the token", &[(4, 9)], Some(4)), None);
        let hit = &value["hits"][0];
        assert_eq!(
            hit["snippet"],
            json!([{"text": "the ", "match": false}, {"text": "token", "match": true}])
        );
        assert_eq!(hit["message"]["number"], 4);
        assert_eq!(hit["continue"], Value::Null);
    }
}
