//! What a search found, for people and for programs.

use super::safe::SafeText;
use super::threads::{icon_of, seconds, summary_json, troubles_json};
use crate::index::{FoundMessage, Hit, Hits, Snippet, TakenAsWords};
use crate::model::PublicKey;
use crate::model::json::Value;
use crate::safe_format;
use crate::workspace::SearchResult;
use anstyle::{AnsiColor, Effects, Style};
use serde_json::json;
use std::collections::HashMap;
use unicode_width::UnicodeWidthStr;

const INDENT: usize = 5;
const BOLD: Style = Style::new().effects(Effects::BOLD);
const MARK: Style = AnsiColor::Yellow.on_default().bold();

/// How hits are shown.
#[derive(Debug, Clone, Copy)]
pub struct Form<'o> {
    /// Who may go on with their own threads.
    pub owner: Option<&'o PublicKey>,
    /// What leads to the hits, if that is shown.
    pub ways: Option<Ways>,
    /// The columns that a line of text is cut to.
    pub width: Option<usize>,
    /// Whether there are styles.
    pub colour: bool,
}

/// What leads to a hit, in a face's words.
#[derive(Debug, Clone, Copy)]
pub struct Ways {
    /// To the thread, read from the hit on, or with what was set aside.
    pub replay: fn(&Hit) -> SafeText,
    /// To going on with the thread.
    pub go_on: fn(&Hit) -> SafeText,
}

/// The hits thread by thread: the thread with the best one first, and in each the best first.
pub fn by_thread(found: &Hits) -> Vec<Vec<&Hit>> {
    let mut threads: Vec<Vec<&Hit>> = Vec::new();
    let mut places: HashMap<(&PublicKey, &str), usize> = HashMap::new();
    for hit in &found.hits {
        let place = *places
            .entry((&hit.thread.owner, &hit.thread.path))
            .or_insert(threads.len());
        if place == threads.len() {
            threads.push(Vec::new());
        }
        threads[place].push(hit);
    }
    threads
}

/// The hits, numbered through: those of a thread together, two lines each, and the commands that
/// lead to them.
pub fn hits(found: &Hits, form: Form<'_>) -> SafeText {
    let mut text = heading(found.hits.len(), found.has_more);
    let mut number = 1;
    for hits in by_thread(found) {
        text += form.thread(&hits, number);
        number += hits.len();
    }
    text
}

fn heading(hits: usize, has_more: bool) -> SafeText {
    match (hits, has_more) {
        (0, _) => "Nothing found\n".into(),
        (1, false) => "🔎 1 hit\n\n".into(),
        (1, true) => "🔎 The best hit\n\n".into(),
        (number, false) => safe_format!("🔎 {} hits\n\n", number),
        (number, true) => safe_format!("🔎 The best {} hits\n\n", number),
    }
}

impl Form<'_> {
    fn thread(&self, hits: &[&Hit], first: usize) -> SafeText {
        let Some(best) = hits.first() else {
            return SafeText::new();
        };
        let thread = &best.thread;
        let archived = if thread.is_archived {
            " ⚫ archived"
        } else {
            ""
        };
        let (title, name) = (SafeText::line(&thread.title), SafeText::line(thread.name()));
        let title = if self.colour {
            safe_format!("{}{}{:#}", BOLD, title, BOLD)
        } else {
            title
        };
        let mut text = safe_format!("{} - {}{}\n", title, name, archived);
        for (number, hit) in (first..).zip(hits) {
            let place = hit.message.as_ref().map_or("📌 title".into(), place);
            text += safe_format!(
                "{:>3}. {}\n     {}\n",
                number,
                place,
                self.line(&hit.snippet)
            );
        }
        if let Some(ways) = self.ways {
            // Where several were set aside, one way shows them all.
            let mut shown: Vec<SafeText> = Vec::new();
            for hit in hits {
                let way = (ways.replay)(hit);
                if shown.is_empty() || (hit.is_aside() && !shown.contains(&way)) {
                    shown.push(way);
                }
            }
            if can_go_on(best, self.owner) {
                shown.push((ways.go_on)(best));
            }
            for way in shown {
                text += safe_format!("   {}\n", way);
            }
        }
        text += "\n";
        text
    }

    fn line(&self, snippet: &Snippet) -> SafeText {
        let mut text = SafeText::new();
        let mut room = self
            .width
            .map_or(usize::MAX, |width| width.saturating_sub(INDENT));
        for part in snippet.parts() {
            let is_match = part.is_match;
            let whole = SafeText::line(part.text);
            let part = whole.shortened(room);
            text += if is_match && self.colour {
                safe_format!("{}{}{:#}", MARK, part, MARK)
            } else {
                part.clone()
            };
            if part != whole {
                break;
            }
            room -= part.width();
        }
        text
    }
}

/// The same for programs, best first. `beginnings`: no text had the words themselves, these have
/// words that begin so. `taken_as_words` is what looked like more than its words.
pub fn json(
    found: &SearchResult,
    owner: Option<&PublicKey>,
    ways: Ways,
    beginnings: bool,
    taken_as_words: &[TakenAsWords],
) -> Value {
    let mut hits = Vec::new();
    for hit in &found.hits.hits {
        hits.push(hit_json(hit, owner, ways));
    }
    let taken: Vec<&str> = taken_as_words.iter().map(TakenAsWords::text).collect();
    json!({
        "hits": hits,
        "more": found.hits.has_more,
        "beginnings": beginnings,
        "taken_as_words": taken,
        "troubles": troubles_json(&found.troubles),
        "not_opened": found.not_opened,
    })
}

fn hit_json(hit: &Hit, owner: Option<&PublicKey>, ways: Ways) -> Value {
    let go_on = can_go_on(hit, owner).then(|| (ways.go_on)(hit));
    let message = hit.message.as_ref().map(|message| {
        json!({
            "id": message.id.map(|id| id.to_string()),
            "number": message.number,
            "aside": message.number.is_none(),
            "role": message.role,
            "model": message.model,
            "timestamp": message.time.map(|time| time.to_string()),
        })
    });
    let parts = hit.snippet.parts().into_iter();
    let parts = parts.map(|part| json!({"text": part.text, "match": part.is_match}));
    json!({
        "thread": summary_json(&hit.thread),
        "message": message,
        "snippet": parts.collect::<Vec<_>>(),
        "replay": (ways.replay)(hit).as_str(),
        "continue": go_on.map(|way| way.to_string()),
    })
}

/// `🤖 ai, message 4, 2025-01-21T10:30:00Z`.
fn place(message: &FoundMessage) -> SafeText {
    let mut text = safe_format!(
        "{} {}",
        icon_of(&message.role),
        SafeText::line(&message.role)
    );
    match message.number {
        Some(number) => text += safe_format!(", message {}", number),
        None => text += ", set aside",
    }
    if let Some(time) = message.time {
        text += safe_format!(", {}", seconds(&time.to_string()));
    }
    text
}

fn can_go_on(hit: &Hit, owner: Option<&PublicKey>) -> bool {
    let thread = &hit.thread;
    owner == Some(&thread.owner) && !thread.is_archived && !thread.is_legacy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Summary;
    use crate::model::{Hash, Timestamp};
    use crate::store::Trouble;

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
            is_sealed: false,
            opening: String::new(),
            owner: "63".repeat(32).parse().unwrap(),
            path: ".mmogit/threads/1970-01/01/thread_7-0123abcd.json".into(),
            participants: Vec::new(),
            root: None,
            is_shared: false,
            face: None,
            continues: None,
        };
        let message = FoundMessage {
            id: Some(Hash([7; 32])),
            number,
            role: "ai".into(),
            model: None,
            time: Some(Timestamp::from_millis(7000)),
        };
        let marks = marks.iter().map(|(start, end)| *start..*end).collect();
        let snippet = Snippet {
            text: text.into(),
            marks,
        };
        Hits {
            hits: vec![Hit {
                thread,
                message: Some(message),
                snippet,
            }],
            has_more: false,
            unread: Vec::new(),
        }
    }

    const WAYS: Ways = Ways {
        replay: |hit| match hit.message.as_ref().and_then(|message| message.number) {
            Some(number) => {
                safe_format!("read {} from {}", SafeText::line(hit.thread.name()), number)
            }
            None => safe_format!("read all of {}", SafeText::line(hit.thread.name())),
        },
        go_on: |hit| safe_format!("go on with {}", SafeText::line(hit.thread.name())),
    };

    fn form(owner: Option<&PublicKey>) -> Form<'_> {
        Form {
            owner,
            ways: Some(WAYS),
            width: None,
            colour: false,
        }
    }

    #[test]
    fn a_hit_says_where_it_is_and_how_to_get_there() {
        let mut found = found("the token", &[(4, 9)], Some(4));
        let owner = found.hits[0].thread.owner;
        assert_eq!(
            hits(&found, form(Some(&owner))).as_str(),
            "🔎 1 hit\n\na␛[2Jb - thread_7-0123abcd\n  1. 🤖 ai, message 4, 1970-01-01T00:00:07Z\n     the token\n   \
             read thread_7-0123abcd from 4\n   go on with thread_7-0123abcd\n\n"
        );
        let goes_on =
            |found: &Hits, owner| hits(found, form(owner)).as_str().contains("go on with");
        found.hits[0].thread.is_archived = true;
        assert!(
            !goes_on(&found, Some(&owner)),
            "an archived thread is not gone on with"
        );
        found.hits[0].thread.is_archived = false;
        assert!(!goes_on(&found, None), "nor is someone else's");
    }

    #[test]
    fn the_hits_of_a_thread_stand_together_in_two_lines_each() {
        let mut all = found("one", &[], Some(1));
        let mut other = found("two", &[], Some(2));
        other.hits[0].thread.path = "thread_8.json".into();
        all.hits.append(&mut other.hits);
        all.hits.append(&mut found("three", &[], None).hits);
        assert_eq!(
            hits(&all, form(None)).as_str(),
            "🔎 3 hits\n\na␛[2Jb - thread_7-0123abcd\n  1. 🤖 ai, message 1, 1970-01-01T00:00:07Z\n     one\n  \
             2. 🤖 ai, set aside, 1970-01-01T00:00:07Z\n     three\n   read thread_7-0123abcd from 1\n   \
             read all of thread_7-0123abcd\n\na␛[2Jb - thread_8\n  \
             3. 🤖 ai, message 2, 1970-01-01T00:00:07Z\n     two\n   read thread_8 from 2\n\n"
        );
        let numbered: Vec<&str> = by_thread(&all)
            .concat()
            .iter()
            .map(|hit| hit.snippet.text.as_str())
            .collect();
        assert_eq!(numbered, ["one", "three", "two"]);
    }

    #[test]
    fn a_line_is_cut_to_the_screen() {
        let all = found("a long line with a match at the end", &[(31, 34)], Some(1));
        let cut = hits(
            &all,
            Form {
                width: Some(20),
                ..form(None)
            },
        );
        assert!(
            cut.as_str().contains("\n     a long line wi…\n"),
            "{}",
            cut.as_str()
        );
    }

    #[test]
    fn a_match_is_highlighted_and_nothing_in_it_reaches_the_terminal() {
        let form = Form {
            colour: true,
            ..form(None)
        };
        let text = hits(&found("x\u{1b}]0;a\u{7}y", &[(0, 6)], None), form);
        let text = text.as_str();
        assert!(
            text.contains("ai, set aside,") && text.contains("read all of thread_7-0123abcd\n"),
            "{text}"
        );
        assert!(
            text.contains("\u{1b}[1m\u{1b}[33mx␛]0;a\u{1b}[0m␇y"),
            "{text:?}"
        );
    }

    #[test]
    fn programs_get_the_snippet_in_parts() {
        let found = SearchResult {
            hits: found("the token", &[(4, 9)], Some(4)),
            troubles: vec![Trouble {
                place: "users/x".into(),
                why: "can't be read".into(),
            }],
            not_opened: 0,
        };
        let value = json(&found, None, WAYS, false, &[]);
        assert_eq!(value["troubles"][0]["place"], "users/x");
        let hit = &value["hits"][0];
        assert_eq!(
            hit["snippet"],
            json!([{"text": "the ", "match": false}, {"text": "token", "match": true}])
        );
        assert_eq!(hit["message"]["id"], "07".repeat(32));
        assert_eq!(hit["message"]["number"], 4);
        assert_eq!(hit["continue"], Value::Null);
    }
}
