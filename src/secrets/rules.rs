//! What secrets look like.

use super::placeholder::{is_of_letters, is_placeholder, looks_random};
use super::{Secret, SecretKind};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use nosecrets_rules::Rule;
use regex::bytes::{Captures, Regex, RegexBuilder};
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

/// More rules, in the same form.
const OURS: &str = include_str!("rules.toml");
/// Rules that ours take the place of: they find less, or only the beginning, or too much.
const REPLACED: [&str; 11] = [
    "private-key",
    "generic-api-key",
    "generic-secret",
    "password-assignment",
    "postgres-connection-uri",
    "mysql-connection-uri",
    "mongodb-connection-uri",
    "redis-connection-uri",
    "mssql-connection-uri",
    "jdbc-password-param",
    "slack-token",
];

static RULES: LazyLock<Rules> = LazyLock::new(Rules::load);

struct Rules {
    rules: Vec<Compiled>,
    /// A text without a rule's keywords has nothing for that rule, and this tells for all at once.
    keywords: AhoCorasick,
    /// The rule of each keyword.
    rule_of: Vec<usize>,
}

struct Compiled {
    rule: &'static Rule,
    kind: SecretKind,
    /// Made when a text has a keyword for the first time: most have none.
    pattern: OnceLock<Regex>,
    /// What it finds and is none.
    allowed: OnceLock<Vec<Regex>>,
}

impl Rules {
    fn load() -> Self {
        let theirs = nosecrets_rules::load_builtin_rules().expect("the rules of the crate");
        let ours = nosecrets_rules::parse_rules(OURS, "rules.toml").expect("our own rules");
        let theirs = theirs
            .into_iter()
            .filter(|rule| !REPLACED.contains(&rule.id.as_str()));
        let all: Vec<Rule> = ours.into_iter().chain(theirs).collect();
        // Read once in a life of the program, and never let go.
        static ALL: OnceLock<Vec<Rule>> = OnceLock::new();
        let all = ALL.get_or_init(|| all);
        let rules: Vec<Compiled> = all.iter().map(Compiled::new).collect();
        let places = rules.iter().enumerate();
        let (keywords, rule_of): (Vec<&str>, Vec<usize>) = places
            .flat_map(|(place, rule)| {
                let words = rule.rule.keywords.iter();
                words.map(move |word| (word.as_str(), place))
            })
            .unzip();
        let keywords = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            // Every byte of every text goes through it.
            .kind(Some(AhoCorasickKind::DFA))
            .build(keywords)
            .expect("a few hundred words");
        Self {
            rules,
            keywords,
            rule_of,
        }
    }

    /// The rules of which a text has a keyword.
    fn of(&self, text: &str) -> impl Iterator<Item = &Compiled> {
        let mut is_wanted = vec![false; self.rules.len()];
        for found in self.keywords.find_overlapping_iter(text) {
            is_wanted[self.rule_of[found.pattern().as_usize()]] = true;
        }
        let rules = self.rules.iter().zip(is_wanted);
        rules.filter_map(|(rule, is_wanted)| is_wanted.then_some(rule))
    }
}

/// What the rules find in a text as it stands there.
pub(super) fn find(text: &str) -> Vec<Secret> {
    let rules = RULES.of(text);
    rules.flat_map(|rule| rule.find(text)).collect()
}

/// The same by the rules alone that know a secret by itself, wherever it stands.
pub(super) fn find_by_itself(text: &str) -> Vec<(Secret, Shorter)> {
    let rules = RULES.of(text);
    rules
        .filter(|rule| !rule.kind.is_by_surroundings)
        .flat_map(|rule| {
            let found = rule.find(text).into_iter();
            found.map(move |secret| (secret, Shorter(rule)))
        })
        .collect()
}

/// Tells whether less of it would be a secret, too.
pub(super) struct Shorter(&'static Compiled);

impl Shorter {
    pub(super) fn is_whole(&self, part: &str) -> bool {
        self.0
            .find(part)
            .first()
            .is_some_and(|secret| secret.at == (0..part.len()))
    }
}

impl Compiled {
    fn new(rule: &'static Rule) -> Self {
        // A pattern that begins with a secret's own letters knows it wherever it stands.
        let is_by_surroundings = rule.pattern.starts_with("(?i)");
        Self {
            rule,
            kind: SecretKind {
                name: &rule.name,
                code: &rule.id,
                is_by_surroundings,
            },
            pattern: OnceLock::new(),
            allowed: OnceLock::new(),
        }
    }

    fn pattern(&self) -> &Regex {
        self.pattern.get_or_init(|| {
            // Letters of other alphabets are in no key; without them a search is several times as fast.
            RegexBuilder::new(&self.rule.pattern)
                .unicode(false)
                .build()
                .expect("a test compiles all of them")
        })
    }

    fn find(&self, text: &str) -> Vec<Secret> {
        let all = self.pattern().captures_iter(text.as_bytes());
        all.filter_map(|found| self.secret(text, &found)).collect()
    }

    fn secret(&self, text: &str, found: &Captures<'_>) -> Option<Secret> {
        let group = found.get(self.rule.capture).or_else(|| found.get(0))?;
        let at = on_characters(text, group.range());
        // The backslash belongs to the quotation mark after it.
        let value = text[at.clone()].trim_end_matches('\\');
        let is_secret = !is_placeholder(value) && !self.is_allowed(value) && self.is_likely(value);
        is_secret.then(|| Secret {
            at: at.start..at.start + value.len(),
            kind: self.kind,
        })
    }

    fn is_allowed(&self, value: &str) -> bool {
        let allowed = self.allowed.get_or_init(|| {
            let allow = self.rule.allow.iter().flat_map(|allow| &allow.patterns);
            let patterns = allow.map(|pattern| {
                let mut pattern = RegexBuilder::new(pattern);
                pattern.case_insensitive(true).unicode(false).build()
            });
            let patterns: Result<Vec<Regex>, _> = patterns.collect();
            patterns.expect("a test compiles all of them")
        });
        allowed
            .iter()
            .any(|pattern| pattern.is_match(value.as_bytes()))
    }

    /// Where only the surroundings tell, a word is more likely than a secret; a password may be one.
    fn is_likely(&self, value: &str) -> bool {
        match self.kind.code {
            "password-in-url" | "password-parameter" => true,
            "password-quoted" | "password-env" => !is_of_letters(value),
            _ => !self.kind.is_by_surroundings || looks_random(value),
        }
    }
}

/// A range of bytes that may begin or end within a character, widened to whole ones.
fn on_characters(text: &str, range: Range<usize>) -> Range<usize> {
    let (mut start, mut end) = (range.start, range.end);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = (&'static Rule, SecretKind)> {
    RULES.rules.iter().map(|rule| {
        rule.pattern();
        rule.is_allowed("");
        (rule.rule, rule.kind)
    })
}
