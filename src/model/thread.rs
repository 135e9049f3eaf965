//! A thread: the messages of one conversation under one signed header.

use super::header::Header;
use super::heads::Settled;
use super::json::{MAX_VALUES, Map, Value, canonical_without};
use super::opened::OpenedHeader;
use super::stamps::{Changed, Hides};
use super::{
    Epoch, Former, Graph, Hash, Message, PublicKey, SEALED_MARK, Sealed, Signature, Timestamp,
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::fmt;

/// `thread_<unix seconds>`: also says on which UTC day the thread's file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadId(u64);

impl ThreadId {
    const PREFIX: &str = "thread_";

    /// The id of a thread begun at that second.
    pub fn at(time: Timestamp) -> Self {
        Self(time.seconds().unsigned_abs())
    }

    /// The id of the next second, for when this one is taken; none after the year 9999.
    pub fn next(self) -> Option<Self> {
        let next = Self(self.0 + 1);
        next.is_writable().then_some(next)
    }

    fn is_writable(self) -> bool {
        self.time().seconds().unsigned_abs() == self.0
    }

    /// The second it names.
    pub fn time(self) -> Timestamp {
        Timestamp::from_millis(
            i64::try_from(self.0)
                .unwrap_or(i64::MAX)
                .saturating_mul(1000),
        )
    }

    /// Reads an id; the one spelling only, since it becomes a file's name.
    pub fn read(text: &str) -> Option<Self> {
        let this = Self(text.strip_prefix(Self::PREFIX)?.parse().ok()?);
        (this.to_string() == text && this.is_writable()).then_some(this)
    }
}

impl fmt::Display for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::PREFIX, self.0)
    }
}

/// Whether a thread is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In use.
    Active,
    /// Put away; nothing of it is lost.
    Archived,
}

impl State {
    /// Its name in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Archived => "archived",
        }
    }

    /// Reads its name.
    pub fn read(name: &str) -> Option<Self> {
        [State::Active, State::Archived]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

/// A key that may sign answers in a thread, and the name under which it does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Agent {
    /// The backend's name: `crush`, `echo`, …
    pub name: String,
    /// Its public key.
    pub key: PublicKey,
    /// Whose agent it is, if not the thread's author's.
    pub by: Option<PublicKey>,
}

/// What a thread begins with.
#[derive(Debug, Clone)]
pub struct Birth {
    /// Its id within its author's store.
    pub id: ThreadId,
    /// Its title.
    pub title: String,
    /// Whose it is.
    pub author: PublicKey,
    /// When it began.
    pub created_at: Timestamp,
    /// `conversation` or `inner`.
    pub mode: String,
    /// The project it belongs to.
    pub project: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
}

impl Birth {
    /// What a thread that is sealed begins with, for everybody to see.
    pub fn covered(self) -> Self {
        Self {
            title: SEALED_MARK.to_owned(),
            tags: Vec::new(),
            project: None,
            ..self
        }
    }
}

/// A well-formed thread. Changing anything takes its signature off; `sign` puts a new one on.
#[derive(Debug, Clone)]
pub struct Thread {
    /// Every field but `messages` and `signature`: what the signature covers.
    pub(super) header: Header,
    pub(super) messages: Vec<Message>,
    pub(super) signature: Option<Signature>,
    pub(super) settled: Settled,
    pub(super) opened: Option<OpenedHeader>,
}

/// What was opened in it is no part of it.
impl PartialEq for Thread {
    fn eq(&self, other: &Self) -> bool {
        self.header == other.header
            && self.messages == other.messages
            && self.signature == other.signature
    }
}

impl Thread {
    /// A thread without messages, not yet signed.
    pub fn begin(birth: Birth) -> Self {
        let time = birth.created_at.to_string();
        let header = [
            ("version", 1.into()),
            ("id", birth.id.to_string().into()),
            ("title", birth.title.into()),
            ("author", birth.author.to_string().into()),
            ("created_at", time.clone().into()),
            ("updated_at", time.into()),
            ("mode", birth.mode.into()),
            ("project", birth.project.map_or(Value::Null, Value::from)),
            ("tags", birth.tags.into()),
            ("state", State::Active.as_str().into()),
            ("agents", Value::Array(Vec::new())),
            ("heads", Value::Array(Vec::new())),
        ];
        let header = header
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self {
            header: Header::of_checked(header),
            messages: Vec::new(),
            signature: None,
            opened: None,
            settled: Settled::default(),
        }
    }

    /// Every field but `messages` and `signature`, with those this version doesn't know.
    pub fn header(&self) -> &Map<String, Value> {
        self.header.fields()
    }

    /// Whether its file could not be read for all that stands in it besides the messages.
    pub fn says_too_much_around(&self) -> bool {
        let fields = self.header().values().map(count_values).sum::<usize>();
        // The thread itself, its list of messages and its signature are values, too.
        fields + 3 > MAX_VALUES
    }

    /// The bytes that the thread's signature covers.
    pub fn signed_bytes(&self) -> Vec<u8> {
        canonical_without(self.header.fields(), &[])
    }

    /// SHA-256 of what was fixed at birth: what the first message's `prev` names.
    pub fn root(&self) -> Hash {
        self.header.root
    }

    /// The root and the anchors: where this thread's chains may begin.
    pub fn origins(&self) -> Vec<Hash> {
        let mut origins = vec![self.header.root];
        origins.extend(&self.header.anchors);
        origins
    }

    /// Its id.
    pub fn id(&self) -> ThreadId {
        self.header.id
    }

    /// Its title.
    pub fn title(&self) -> &str {
        let title = self.seen("title").and_then(Value::as_str);
        title.expect("checked when read")
    }

    /// Whose it is.
    pub fn author(&self) -> PublicKey {
        self.header.author
    }

    /// Who keeps this copy, if it is not the author's own.
    pub fn kept_by(&self) -> Option<PublicKey> {
        self.header.kept_by
    }

    /// Who signs it: its author, or who keeps this copy.
    pub fn signer(&self) -> PublicKey {
        self.kept_by().unwrap_or_else(|| self.author())
    }

    /// When it began.
    pub fn created_at(&self) -> Timestamp {
        self.header.created_at
    }

    /// When it last changed.
    pub fn updated_at(&self) -> Timestamp {
        self.header.updated_at
    }

    /// `conversation` or `inner`.
    pub fn mode(&self) -> &str {
        self.header.text("mode")
    }

    /// The project it belongs to.
    pub fn project(&self) -> Option<&str> {
        self.seen("project").and_then(Value::as_str)
    }

    /// Its tags.
    pub fn tags(&self) -> Vec<&str> {
        let tags = self.seen("tags").and_then(Value::as_array);
        let tags = tags.into_iter().flatten();
        tags.filter_map(Value::as_str).collect()
    }

    /// Whether it is in use.
    pub fn state(&self) -> State {
        self.header.state
    }

    /// The keys that may sign answers.
    pub fn agents(&self) -> Vec<Agent> {
        self.header.agents.clone()
    }

    /// The same, as they are written.
    pub(super) fn agent_entries(&self) -> &[Value] {
        self.header.array("agents")
    }

    /// The keys, besides the author's, that may sign a person's messages.
    pub fn participants(&self) -> Vec<PublicKey> {
        self.header.participants.clone()
    }

    /// Who was dropped from it at least once.
    pub fn former(&self) -> &[Former] {
        &self.header.former
    }

    /// The keys of what is sealed in it, and who may have them.
    pub fn epochs(&self) -> &[Epoch] {
        &self.header.epochs
    }

    /// Its sealed title and tags, if it is a sealed thread.
    pub fn sealed(&self) -> Option<&Sealed> {
        self.header.sealed.as_ref()
    }

    /// Whether all that is said in it from now on is to be sealed.
    pub fn is_sealed(&self) -> bool {
        self.header.sealed.is_some()
    }

    /// When each part of its header was last changed, as far as that is known.
    pub fn changed(&self) -> &Changed {
        &self.header.changed
    }

    /// The messages that were ever set aside, or brought back, as far as that is known.
    pub fn hides(&self) -> &Hides {
        &self.header.hides
    }

    /// What is shown: these and their ancestors.
    pub fn heads(&self) -> Vec<Hash> {
        self.header.heads.clone()
    }

    /// The leaves that `heads` no longer reach.
    pub fn aside(&self) -> Vec<Hash> {
        self.header.aside.clone()
    }

    /// All messages, parents first.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The messages that are shown, in order.
    pub fn visible(&self) -> Vec<&Message> {
        let places = self.visible_places().into_iter();
        places.map(|place| &self.messages[place]).collect()
    }

    /// Where among all messages those stand that are shown, in order.
    pub fn visible_places(&self) -> Vec<usize> {
        let shown = Graph::of(&self.messages).reached_from(&self.heads());
        let places = shown.into_iter().enumerate();
        places
            .filter_map(|(place, shown)| shown.then_some(place))
            .collect()
    }

    /// What stands around the messages, opened where it was, for who only looks at it.
    pub fn around_messages(&self) -> Self {
        Self {
            header: self.header.clone(),
            messages: Vec::new(),
            signature: None,
            settled: Settled::default(),
            opened: self.opened.clone(),
        }
    }

    /// The thread's signature, unchecked.
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// The whole file as a value, fields in their documented order.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(AsFile(self)).expect("a thread is always writable")
    }

    /// The whole file as it is written.
    pub fn to_file(&self) -> Vec<u8> {
        super::json::indented(&AsFile(self))
    }

    /// Puts the signature on that `signed_bytes` got.
    pub fn set_signature(&mut self, signature: Signature) {
        self.signature = Some(signature);
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.signature = None;
        self.header.set(name, value);
    }

    /// Writes a field, or leaves it out if there is nothing to say.
    pub(super) fn set_or_remove(&mut self, name: &str, value: Option<Value>) {
        match value {
            Some(value) => self.set(name, value),
            None if self.header().contains_key(name) => {
                self.signature = None;
                self.header.remove(name);
            }
            None => {}
        }
    }
}

/// A thread as its file has it, fields in their documented order.
struct AsFile<'t>(&'t Thread);

impl Serialize for AsFile<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut file = serializer.serialize_map(None)?;
        for (name, value) in self.0.header.fields() {
            if name == "heads" {
                file.serialize_entry("messages", &Messages(&self.0.messages))?;
            }
            file.serialize_entry(name, value)?;
        }
        file.serialize_entry(
            "signature",
            &self.0.signature.map(|signature| signature.to_string()),
        )?;
        file.end()
    }
}

/// One after the other, so that only one is there as values.
struct Messages<'t>(&'t [Message]);

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Message::fields))
    }
}

/// How many values there are in one, itself among them.
fn count_values(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count_values).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(count_values).sum::<usize>(),
        _ => 1,
    }
}

/// An agent as the record writes it.
pub(super) fn agent_value(agent: &Agent) -> Value {
    let mut fields = Map::new();
    fields.insert("name".to_owned(), agent.name.clone().into());
    fields.insert("key".to_owned(), agent.key.to_string().into());
    if let Some(by) = agent.by {
        fields.insert("by".to_owned(), by.to_string().into());
    }
    fields.into()
}

/// Reads an agent; other fields beside these are let be.
pub(super) fn read_agent(value: &Value) -> Option<Agent> {
    let by = match value.get("by") {
        None => None,
        Some(by) => Some(by.as_str()?.parse().ok()?),
    };
    Some(Agent {
        name: value.get("name")?.as_str()?.to_owned(),
        key: value.get("key")?.as_str()?.parse().ok()?,
        by,
    })
}
