//! What somebody wants with a message, and what kind of answer that makes.

use super::json::{Map, Value};
use super::{Face, Hash, Thread};
use std::fmt;
use std::str::FromStr;

/// The longest name of an intent.
const LONGEST: usize = 64;

/// What somebody wants: a word in `snake_case`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Intent(Box<str>);

/// What is no intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Intent must be snake_case: small letters, digits and single underscores")]
pub struct NoName;

impl Intent {
    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what is answered is a draft.
    pub fn is_draft(&self) -> bool {
        self.0.starts_with("draft_")
    }

    /// The kind of answer that is asked for by it; none where nothing says.
    pub fn response_type(&self) -> Option<&'static str> {
        if self.is_draft() {
            return Some("draft");
        }
        Some(match self.as_str() {
            "explain" | "explain_relationships" => "explanation",
            "summarize" => "summary",
            "suggest_next_steps" | "suggest_breakdown" => "suggestion",
            "analyze_deadlines" | "identify_risks" => "analysis",
            "critique_plan" => "critique",
            "compare_options" => "comparison",
            "generate_checklist" => "checklist",
            "propose_timeline" => "timeline_proposal",
            "recommend_priorities" => "recommendation",
            _ => return None,
        })
    }

    /// What an answer is signed with: what was asked for, and what kind of answer that makes.
    fn answer_fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("intent".to_owned(), self.as_str().into());
        if let Some(kind) = self.response_type() {
            fields.insert("response_type".to_owned(), kind.into());
        }
        if self.is_draft() {
            fields.insert("draft".to_owned(), true.into());
        }
        fields
    }
}

impl Thread {
    /// What the answer to a question of a conversation is signed with besides; of other threads, and
    /// where nothing is asked for, nothing. What is sealed says nothing before it is opened.
    pub fn answer_fields(&self, question: &Hash) -> Map<String, Value> {
        let mut newest_first = self.messages().iter().rev();
        let asked = newest_first.find(|message| message.id() == *question);
        let asked = asked.filter(|_| self.face() == Some(Face::Service));
        let intent = asked.and_then(|asked| asked.text_field("intent"));
        let intent = intent.and_then(|intent| intent.parse::<Intent>().ok());
        intent
            .map(|intent| intent.answer_fields())
            .unwrap_or_default()
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Intent {
    type Err = NoName;

    fn from_str(name: &str) -> Result<Self, NoName> {
        let is_word = |word: &str| {
            let fits = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit();
            !word.is_empty() && word.bytes().all(fits)
        };
        let begins = name.starts_with(|sign: char| sign.is_ascii_lowercase());
        let is_name = begins && name.len() <= LONGEST && name.split('_').all(is_word);
        is_name.then(|| Self(name.into())).ok_or(NoName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The intents that programs know. Others of the same form are taken as well.
    const KNOWN_INTENTS: [&str; 14] = [
        "explain",
        "summarize",
        "draft_roadmap_item",
        "draft_task_list",
        "suggest_next_steps",
        "analyze_deadlines",
        "critique_plan",
        "compare_options",
        "generate_checklist",
        "propose_timeline",
        "explain_relationships",
        "suggest_breakdown",
        "identify_risks",
        "recommend_priorities",
    ];

    /// The kinds of answers that programs know.
    const KNOWN_RESPONSE_TYPES: [&str; 10] = [
        "explanation",
        "summary",
        "draft",
        "suggestion",
        "critique",
        "comparison",
        "checklist",
        "timeline_proposal",
        "analysis",
        "recommendation",
    ];

    #[test]
    fn the_known_ones_are_of_the_form_and_lead_to_known_kinds_of_answers() {
        let mut led_to = Vec::new();
        for name in KNOWN_INTENTS {
            let intent: Intent = name.parse().unwrap();
            let kind = intent.response_type().expect(name);
            assert!(KNOWN_RESPONSE_TYPES.contains(&kind), "{kind}");
            led_to.push(kind);
        }
        for kind in KNOWN_RESPONSE_TYPES {
            assert!(led_to.contains(&kind), "{kind}");
        }
    }

    #[test]
    fn others_in_snake_case_are_taken_and_nothing_else() {
        let longest = "a".repeat(LONGEST);
        for name in ["query_roadmap", "draft_roadmap", "a", "a1_b2", &longest] {
            assert_eq!(name.parse::<Intent>().unwrap().as_str(), name);
        }
        assert!("draft_roadmap".parse::<Intent>().unwrap().is_draft());
        assert_eq!(
            "query_roadmap".parse::<Intent>().unwrap().response_type(),
            None
        );
        let too_long = "a".repeat(LONGEST + 1);
        for other in [
            "", "_a", "a_", "a__b", "A", "a b", "a-b", "1a", "\u{e9}", &too_long,
        ] {
            assert_eq!(other.parse::<Intent>(), Err(NoName), "{other}");
        }
    }
}
