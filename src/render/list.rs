//! The list of threads at a terminal, and in other short forms.

use super::counted::counted;
use super::safe::SafeText;
use super::shared;
use super::threads::{LEGACY, OPEN, OPEN_UNSAVED, age, belonging, seconds, short_key, titled};
use crate::model::{PublicKey, Timestamp};
use crate::safe_format;
use crate::store::OpenSession;
use crate::workspace::{Summary, ThreadList};
use anstyle::{Effects, Style};
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

const BOLD: Style = Style::new().effects(Effects::BOLD);
const FAINT: Style = Style::new().effects(Effects::DIMMED);
/// A clock may be wrong by so much before a time to come is shown as what it is.
const SLACK: i64 = 60_000;
/// Fewer columns of a question say nothing.
const WORTH_SHOWING: usize = 10;

/// Who reads a list at a terminal.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// Columns.
    pub width: usize,
    /// Whether there are styles.
    pub colour: bool,
    /// The time.
    pub now: Timestamp,
    /// Whose threads need no author named.
    pub own: Option<PublicKey>,
}

/// The names of the threads, one a line.
pub fn ids(summaries: &ThreadList) -> SafeText {
    summaries
        .threads
        .iter()
        .map(|thread| safe_format!("{}\n", SafeText::line(thread.name())))
        .collect()
}

/// A line for each thread: its name, when it last changed, its title.
pub fn lines(summaries: &ThreadList) -> SafeText {
    let line = |thread: &Summary| {
        let name = SafeText::line(thread.name());
        let title = titled(&thread.title, thread.is_sealed);
        safe_format!("{}  {}  {}\n", name, seconds(&thread.updated_at), title)
    };
    let unsaved = summaries.unsaved().map(|open| {
        let updated = seconds(&open.updated_at.to_string());
        safe_format!(
            "{}  {}  {}\n",
            open.id,
            updated,
            SafeText::line(&open.title)
        )
    });
    unsaved.chain(summaries.threads.iter().map(line)).collect()
}

impl Reader {
    /// The list; where there is none, `if_none` stands instead.
    pub fn list(&self, summaries: &ThreadList, if_none: &'static str) -> SafeText {
        let total = summaries.total + summaries.unsaved().count();
        if total == 0 {
            return if_none.into();
        }
        let mut text = safe_format!("📚 Chat Threads ({} total)\n\n", total);
        for open in summaries.unsaved() {
            text += self.unsaved(open);
        }
        for thread in &summaries.threads {
            text += self.thread(thread, summaries);
        }
        text
    }

    fn thread(&self, thread: &Summary, summaries: &ThreadList) -> SafeText {
        let light = if thread.is_archived { "⚫" } else { "🟢" };
        let title = self.styled(BOLD, titled(&thread.title, thread.is_sealed));
        let counted = counted(thread.messages, "message");
        let mut text = safe_format!(
            "{} {} - {} ({})\n",
            light,
            title,
            SafeText::line(&thread.id),
            counted
        );
        if let Some(opening) = question(thread) {
            let room = self.width.saturating_sub(5);
            text += safe_format!("   “{}”\n", opening.shortened(room));
        }
        let mut facts = vec![self.ago(&thread.updated_at)];
        if !thread.tags.is_empty() {
            facts.push(safe_format!(
                "Tags: {}",
                SafeText::line(&thread.tags.join(", "))
            ));
        }
        facts.extend(belonging(thread, &summaries.projects));
        facts.extend(shared::with(thread, &summaries.people));
        if self.own.is_none_or(|own| own.to_string() != thread.author) {
            facts.push(safe_format!("Author: {}", short_key(&thread.author)));
        }
        text += safe_format!(
            "   {}\n",
            self.styled(FAINT, SafeText::joined(&facts, " · "))
        );
        if thread.is_legacy {
            text += safe_format!("   {}\n", LEGACY);
        }
        if summaries.is_open(thread) {
            text += safe_format!("   {}\n", OPEN);
        }
        text += "\n";
        text
    }

    fn unsaved(&self, open: &OpenSession) -> SafeText {
        let title = self.styled(BOLD, SafeText::line(&open.title));
        let counted = counted(open.messages, "message");
        let ago = self.styled(FAINT, self.ago(&open.updated_at.to_string()));
        safe_format!(
            "🟡 {} - {} ({})\n   {}\n   {}\n\n",
            title,
            open.id,
            counted,
            ago,
            OPEN_UNSAVED
        )
    }

    /// A line for each thread, none longer than the screen is wide.
    pub fn lines(&self, summaries: &ThreadList) -> SafeText {
        let unsaved = summaries.unsaved().map(|open| {
            let (name, title) = (open.id.to_string(), SafeText::line(&open.title));
            self.line("🟡", &name, &open.updated_at.to_string(), title, None)
        });
        let saved = summaries.threads.iter().map(|thread| {
            let light = match (summaries.is_open(thread), thread.is_archived) {
                (true, _) => "🟡",
                (false, true) => "⚫",
                (false, false) => "🟢",
            };
            let title = titled(&thread.title, thread.is_sealed);
            self.line(
                light,
                thread.name(),
                &thread.updated_at,
                title,
                question(thread),
            )
        });
        unsaved.chain(saved).collect()
    }

    fn line(
        &self,
        light: &'static str,
        name: &str,
        time: &str,
        title: SafeText,
        question: Option<SafeText>,
    ) -> SafeText {
        let (name, ago) = (SafeText::line(name), self.ago(time));
        let head = safe_format!("{} {}  {:<14}  ", light, name, ago);
        let room = self.width.saturating_sub(head.width());
        let title = title.shortened(room);
        let room = room.saturating_sub(title.width() + 3);
        let question = question.map(|words| safe_format!(" “{}”", words.shortened(room)));
        let question = question
            .filter(|_| room > WORTH_SHOWING)
            .unwrap_or_default();
        let ago = self.styled(FAINT, safe_format!("{:<14}", ago));
        safe_format!(
            "{} {}  {}  {}{}\n",
            light,
            name,
            ago,
            self.styled(BOLD, title),
            question
        )
    }

    /// How long ago, where that is known and past.
    fn ago(&self, time: &str) -> SafeText {
        match Timestamp::read(time) {
            Some(time) if time.millis() <= self.now.millis() + SLACK => {
                let past = self.now.millis().saturating_sub(time.millis()).max(0);
                age(Duration::from_millis(past.unsigned_abs()))
            }
            _ => seconds(time),
        }
    }

    fn styled(&self, style: Style, text: SafeText) -> SafeText {
        if self.colour {
            safe_format!("{}{}{:#}", style, text, style)
        } else {
            text
        }
    }
}

/// The first words of the first question, for a thread that nobody gave a title.
pub fn question(thread: &Summary) -> Option<SafeText> {
    (is_default(&thread.title) && !thread.opening.is_empty())
        .then(|| SafeText::line(&thread.opening))
}

/// `chat_20250121_103000`, as a thread is called that nobody named.
fn is_default(title: &str) -> bool {
    let digits = |text: &str, count: usize| {
        text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let parts = title
        .strip_prefix("chat_")
        .and_then(|rest| rest.split_once('_'));
    parts.is_some_and(|(date, time)| digits(date, 8) && digits(time, 6))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::turn::default_title;

    #[test]
    fn a_title_that_nobody_gave_is_known() {
        assert!(is_default(&default_title(Timestamp::from_millis(
            1_737_453_600_000
        ))));
        for given in [
            "chat_",
            "chat_2025_103000",
            "chat_20250121_10300x",
            "my chat_20250121_103000",
        ] {
            assert!(!is_default(given), "{given}");
        }
    }

    #[test]
    fn a_time_to_come_is_shown_as_it_is() {
        let now = Timestamp::from_millis(1_000_000_000);
        let reader = Reader {
            width: 80,
            colour: false,
            now,
            own: None,
        };
        assert_eq!(reader.ago("1970-01-12T13:46:40.000Z").as_str(), "just now");
        assert_eq!(reader.ago("1970-01-12T13:47:10.000Z").as_str(), "just now");
        assert_eq!(
            reader.ago("1970-01-13T13:46:40.000Z").as_str(),
            "1970-01-13T13:46:40Z"
        );
        assert_eq!(reader.ago("once \u{1b}").as_str(), "once ␛");
    }
}
