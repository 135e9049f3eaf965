//! How a conversation becomes a thread. Nothing of it is by chance, and nothing comes from a clock: the
//! same conversation gives the same root and the same ids of messages.

use crate::model::json::{Map, Value};
use crate::model::{
    Birth, Hash, MAX_TITLE_CHARACTERS, Message, MessageDraft, Mode, PublicKey, Role, Signature,
    Thread, ThreadId, Timestamp,
};
use crate::sign::Signer;
use crate::sources::{Conversation, Kind, SourceMessage, Speaker, Unknown, Usage};
use crate::workspace::is_unseen;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Names of other programs are kept up to so many characters.
const MOST_OF_NAME: usize = 200;
/// A title that is made of what was said first has so many.
const MOST_OF_FIRST: usize = 60;

const SECONDS_OF_A_DAY: u32 = 86_400;

/// What a conversation comes to beside what is stored of it.
pub struct Assembled {
    /// The messages that are not there yet, each after what it follows.
    pub new: Vec<Message>,
    /// How many those are.
    pub added: usize,
    /// How many are there as they are.
    pub unchanged: usize,
    /// How many are there with something else in them: those that stand there stay.
    pub changed: usize,
    /// The last one of those that are shown where it comes from.
    pub shown: Hash,
}

impl Assembled {
    pub fn take_new(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.new)
    }
}

/// The thread of a conversation, with nothing in it.
pub fn begin(conversation: &Conversation, kind: Kind, author: PublicKey) -> Thread {
    let native_id = kept_name(&conversation.native_id);
    let anchor = anchor(kind, &native_id);
    let began = conversation.began.unwrap_or_else(|| unknown_time(&anchor));
    let mut origin = Map::new();
    origin.insert("how".to_owned(), "import".into());
    origin.insert("from".to_owned(), kind.code().into());
    origin.insert("id".to_owned(), native_id.into());
    if conversation.began.is_none() {
        origin.insert("time".to_owned(), "unknown".into());
    }
    let birth = Birth {
        id: ThreadId::at(began),
        title: title(conversation),
        author,
        created_at: began,
        mode: Mode::Conversation.as_str().to_owned(),
        project: None,
        tags: Vec::new(),
    };
    Thread::begin_elsewhere(birth, anchor, origin)
}

/// Stands for the conversation: `docs/format.md`, section 7.
fn anchor(kind: Kind, native_id: &str) -> Hash {
    let text = format!("mmogit.import.v1\0{}\0{native_id}", kind.code());
    Hash(Sha256::digest(text).into())
}

/// A moment of the first day of 1970, which nobody takes for the time of a conversation.
fn unknown_time(anchor: &Hash) -> Timestamp {
    let [a, b, c, d, ..] = anchor.0;
    let second = u32::from_be_bytes([a, b, c, d]) % SECONDS_OF_A_DAY;
    Timestamp::from_millis(i64::from(second) * 1000)
}

/// A name of another program that is too long is known by its hash.
fn kept_name(name: &str) -> String {
    if name.chars().count() <= MOST_OF_NAME {
        return name.to_owned();
    }
    format!("sha256:{}", hex::encode(Sha256::digest(name)))
}

fn title(conversation: &Conversation) -> String {
    let given = conversation
        .title
        .as_deref()
        .map(|title| in_one_line(title, MAX_TITLE_CHARACTERS));
    let asked = conversation
        .messages
        .iter()
        .find(|message| message.speaker == Speaker::Human);
    let first = asked.map(|asked| in_one_line(&asked.text, MOST_OF_FIRST));
    let mut titles = given.into_iter().chain(first);
    let title = titles.find(|title| !is_unseen(title));
    title.unwrap_or_else(|| "untitled".to_owned())
}

fn in_one_line(text: &str, most: usize) -> String {
    // Of a long message only the beginning is looked at.
    let beginning: String = text.chars().take(10 * most).collect();
    let words = beginning.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words
        .join(" ")
        .chars()
        .take(most)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// What a conversation adds to its thread. Without a signer, what would be signed is only counted.
pub fn assemble(
    conversation: &Conversation,
    kind: Kind,
    thread: &Thread,
    signer: Option<&Signer>,
) -> Assembled {
    let native_id = kept_name(&conversation.native_id);
    let stored = by_native_id(thread, kind, &native_id);
    let mut writer = Writer {
        kind,
        conversation: &native_id,
        author: thread.author(),
        ids: HashMap::new(),
    };
    let mut done = Assembled {
        new: Vec::new(),
        added: 0,
        unchanged: 0,
        changed: 0,
        shown: thread.root(),
    };
    let mut placed: Vec<Placed> = Vec::with_capacity(conversation.messages.len());
    for message in &conversation.messages {
        let before = message.parent.map(|place| placed[place]);
        let after = before.map_or_else(|| thread.root(), |before| before.id);
        let inherited = before.map_or_else(|| thread.created_at(), |before| before.time);
        let time = message.time.unwrap_or(inherited);
        let id = writer.own_id(&message.native_id);
        let draft = |prev: &[Hash]| writer.draft(message, &id, time, prev);
        let id = match stored.get(&id) {
            Some(there) if unsigned(draft(there.prev())).id() == there.id() => {
                done.unchanged += 1;
                there.id()
            }
            Some(there) => {
                done.changed += 1;
                there.id()
            }
            None => {
                let made = match signer {
                    Some(signer) => signer.sign_message(draft(&[after])),
                    None => unsigned(draft(&[after])),
                };
                done.added += 1;
                done.new.push(made);
                done.new[done.added - 1].id()
            }
        };
        placed.push(Placed { id, time });
    }
    if let Some(shown) = placed.get(conversation.shown) {
        done.shown = shown.id;
    }
    done
}

/// A message that has its place in the thread.
#[derive(Clone, Copy)]
struct Placed {
    id: Hash,
    time: Timestamp,
}

/// Only its id is asked for.
fn unsigned(draft: MessageDraft) -> Message {
    draft.signed(Signature([0; 64]))
}

/// The messages of a thread that came from a conversation, by what they are known by there.
fn by_native_id<'t>(
    thread: &'t Thread,
    kind: Kind,
    conversation: &str,
) -> HashMap<String, &'t Message> {
    let imported = thread.messages().iter().filter(|said| said.is_imported());
    let known = imported.filter_map(|message| {
        let source = message.field("source")?;
        let text = |name: &str| source.get(name).and_then(Value::as_str);
        let is_its =
            text("from") == Some(kind.code()) && text("conversation") == Some(conversation);
        let id = text("id").filter(|_| is_its)?;
        Some((id.to_owned(), message))
    });
    known.collect()
}

/// Writes the messages of one conversation.
struct Writer<'c> {
    kind: Kind,
    conversation: &'c str,
    author: PublicKey,
    /// Those that were given out, and how often each was asked for.
    ids: HashMap<String, usize>,
}

impl Writer<'_> {
    /// An id that no other message of the conversation has: files may have one many times.
    fn own_id(&mut self, native_id: &str) -> String {
        let name = kept_name(native_id);
        let mut id = name.clone();
        while self.ids.contains_key(&id) {
            let times = self.ids.entry(name.clone()).or_insert(1);
            *times += 1;
            id = format!("{name}~{times}");
        }
        self.ids.insert(id.clone(), 1);
        id
    }

    fn draft(
        &self,
        message: &SourceMessage,
        id: &str,
        time: Timestamp,
        prev: &[Hash],
    ) -> MessageDraft {
        let role = role(&message.speaker);
        let model = message.model.as_deref().map(kept_name);
        MessageDraft::new(role, &message.text, time, self.author, prev)
            .with("model", model)
            .with("usage", usage(&message.usage))
            .with("interrupted", message.is_interrupted.then_some(true))
            .with("source", Some(self.source(message, id)))
    }

    fn source(&self, message: &SourceMessage, id: &str) -> Map<String, Value> {
        let mut source = Map::new();
        let mut say = |name: &str, value: Value| source.insert(name.to_owned(), value);
        say("from", self.kind.code().into());
        say("conversation", self.conversation.into());
        say("id", id.into());
        if message.time.is_none() {
            say("time", "unknown".into());
        }
        match &message.speaker {
            Speaker::ToolCall(name) => {
                say("tool_call", kept_name(name).into());
            }
            Speaker::ToolOutput(name) => {
                say("tool_output", kept_name(name).into());
            }
            Speaker::Human | Speaker::Ai | Speaker::Instructions | Speaker::Reasoning => {}
        }
        if !message.unknown.is_empty() {
            say("unknown", message.unknown.iter().map(unknown).collect());
        }
        source
    }
}

/// A tool's words are an AI's side of the talk, and never instructions.
fn role(speaker: &Speaker) -> Role {
    match speaker {
        Speaker::Human => Role::Human,
        Speaker::Instructions => Role::System,
        Speaker::Reasoning => Role::Reasoning,
        Speaker::Ai | Speaker::ToolCall(_) | Speaker::ToolOutput(_) => Role::Ai,
    }
}

/// As the text of a JSON value: it may have what the record refuses.
fn unknown(part: &Unknown) -> Value {
    let mut fields = Map::new();
    fields.insert("type".to_owned(), part.kind.as_str().into());
    fields.insert("json".to_owned(), part.raw.as_deref().into());
    fields.into()
}

fn usage(usage: &Usage) -> Option<Map<String, Value>> {
    let counts = [
        ("prompt_tokens", usage.prompt),
        ("cached_tokens", usage.cached),
        ("completion_tokens", usage.completion),
        ("reasoning_tokens", usage.reasoning),
    ];
    let known = counts.into_iter().filter_map(|(name, count)| {
        let count = count.filter(|count| *count <= crate::model::json::MAX_INTEGER)?;
        Some((name.to_owned(), count.into()))
    });
    let known: Map<String, Value> = known.collect();
    (!known.is_empty()).then_some(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(ids: &[&str], title: &str) -> Conversation {
        let messages = ids.iter().zip(0_usize..).map(|(id, place)| SourceMessage {
            native_id: (*id).to_owned(),
            parent: place.checked_sub(1),
            speaker: Speaker::Human,
            text: " the first\nwords ".to_owned(),
            time: None,
            model: None,
            usage: Usage::default(),
            is_interrupted: false,
            unknown: Vec::new(),
        });
        Conversation {
            native_id: "c".to_owned(),
            title: Some(title.to_owned()),
            began: None,
            messages: messages.collect(),
            shown: ids.len() - 1,
            hidden: 0,
        }
    }

    fn author() -> PublicKey {
        "5a".repeat(32).parse().unwrap()
    }

    #[test]
    fn the_same_conversation_is_the_same_thread_and_no_other_is() {
        let one = conversation(&["a"], "t");
        let root = |of: &Conversation, kind| begin(of, kind, author()).root();
        let grown = conversation(&["a", "b"], "another title");
        assert_eq!(root(&one, Kind::Claude), root(&grown, Kind::Claude));
        assert_ne!(root(&one, Kind::Claude), root(&one, Kind::ChatGpt));
        let other = Conversation {
            native_id: "d".to_owned(),
            ..one.clone()
        };
        assert_ne!(root(&one, Kind::Claude), root(&other, Kind::Claude));
        let thread = begin(&one, Kind::Claude, author());
        assert!(thread.created_at().to_string().starts_with("1970-01-01T"));
        assert_eq!(thread.id().time(), thread.created_at());
    }

    #[test]
    fn an_id_that_stands_many_times_is_many_and_they_are_known_again() {
        let twice = conversation(&["a", "a", "a~2", "a"], "t");
        let mut thread = begin(&twice, Kind::Plain, author());
        let mut first = assemble(&twice, Kind::Plain, &thread, None);
        assert_eq!((first.added, first.unchanged, first.changed), (4, 0, 0));
        thread.take_in(first.take_new(), &first.shown);
        let again = assemble(&twice, Kind::Plain, &thread, None);
        assert_eq!((again.added, again.unchanged, again.changed), (0, 4, 0));
        let many = vec!["a"; 50_000];
        let many = assemble(&conversation(&many, "t"), Kind::Plain, &thread, None);
        assert_eq!((many.added, many.unchanged), (49_997, 3));
    }

    #[test]
    fn a_title_is_one_line_that_is_seen() {
        let told = |given: &str| title(&conversation(&["a"], given));
        assert_eq!(told(" a\tb\u{1b}[31m\nc "), "a b [31m c");
        assert_eq!(told(&"x".repeat(500)).chars().count(), MAX_TITLE_CHARACTERS);
        for unseen in ["", " \n", "\u{200b}"] {
            assert_eq!(told(unseen), "the first words");
        }
    }
}
