//! A thread: the messages of one conversation under one signed header.

use super::header::Header;
use super::json::{Map, Value, canonical_without};
use super::{Graph, Hash, Message, PublicKey, Signature, Timestamp};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::{BTreeSet, HashSet};
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

/// A well-formed thread. Changing anything takes its signature off; `sign` puts a new one on.
#[derive(Debug, Clone, PartialEq)]
pub struct Thread {
    /// Every field but `messages` and `signature`: what the signature covers.
    pub(super) header: Header,
    pub(super) messages: Vec<Message>,
    pub(super) signature: Option<Signature>,
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
        }
    }

    /// Every field but `messages` and `signature`, with those this version doesn't know.
    pub fn header(&self) -> &Map<String, Value> {
        self.header.fields()
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
        self.header.text("title")
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
        self.header.fields().get("project").and_then(Value::as_str)
    }

    /// Its tags.
    pub fn tags(&self) -> Vec<&str> {
        self.header
            .array("tags")
            .iter()
            .filter_map(Value::as_str)
            .collect()
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
        let shown = Graph::of(&self.messages).reached_from(&self.heads());
        self.messages
            .iter()
            .zip(shown)
            .filter(|(_, shown)| *shown)
            .map(|(message, _)| message)
            .collect()
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

    /// Adds a message after those it names, which it replaces among the heads.
    pub fn append(&mut self, message: Message) {
        let answered = |id: &Hash| message.prev().contains(id);
        let mut heads = self.heads();
        heads.retain(|id| !answered(id));
        heads.push(message.id());
        let mut aside = self.aside();
        aside.retain(|id| !answered(id));
        let time = message.timestamp();
        self.messages.push(message);
        self.write_heads(&heads, &aside);
        self.touch(time);
    }

    /// Moves what is shown. Nothing is deleted: what is no longer shown is named in `aside`.
    pub fn set_heads(&mut self, heads: &[Hash]) {
        let graph = Graph::of(&self.messages);
        let heads = graph.newest_of(heads);
        let shown: HashSet<&Hash> = heads.iter().collect();
        let mut aside = graph.leaves();
        aside.retain(|leaf| !shown.contains(leaf));
        self.write_heads(&heads, &aside);
    }

    /// Lists an agent's key, once.
    pub fn add_agent(&mut self, agent: &Agent) {
        if !self.agents().contains(agent) {
            let mut agents = self.header.array("agents").to_vec();
            agents.push(agent_value(agent));
            self.set("agents", agents.into());
        }
    }

    /// Lists several agents' keys, each once.
    pub fn add_agents(&mut self, new: &[Agent]) {
        let known: BTreeSet<Agent> = self.agents().into_iter().collect();
        let new: BTreeSet<&Agent> = new.iter().filter(|agent| !known.contains(agent)).collect();
        if !new.is_empty() {
            let mut agents = self.header.array("agents").to_vec();
            agents.extend(new.into_iter().map(agent_value));
            self.set("agents", agents.into());
        }
    }

    /// Changes the title.
    pub fn set_title(&mut self, title: &str) {
        self.set("title", title.into());
    }

    /// Changes the tags.
    pub fn set_tags(&mut self, tags: &[String]) {
        self.set("tags", tags.into());
    }

    /// Archives or restores.
    pub fn set_state(&mut self, state: State) {
        self.set("state", state.as_str().into());
    }

    /// Moves `updated_at` on, for a change: later than before even if the clock is not, so that a
    /// union can tell which version was changed last.
    pub fn touch_changed(&mut self, time: Timestamp) {
        self.touch(time.max(Timestamp::from_millis(self.updated_at().millis() + 1)));
    }

    /// Moves `updated_at` forward; never back.
    pub fn touch(&mut self, time: Timestamp) {
        if time > self.updated_at() {
            self.set("updated_at", time.to_string().into());
        }
    }

    /// Puts the signature on that `signed_bytes` got.
    pub fn set_signature(&mut self, signature: Signature) {
        self.signature = Some(signature);
    }

    fn write_heads(&mut self, heads: &[Hash], aside: &[Hash]) {
        self.set("heads", hash_list(heads));
        if aside.is_empty() {
            self.header.remove("aside");
        } else {
            self.set("aside", hash_list(aside));
        }
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.signature = None;
        self.header.set(name, value);
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

/// A list of hashes as the record writes it.
pub(super) fn hash_list(ids: &[Hash]) -> Value {
    ids.iter().map(|id| Value::from(id.to_string())).collect()
}

/// An agent as the record writes it.
pub(super) fn agent_value(agent: &Agent) -> Value {
    let fields = [("name", agent.name.clone()), ("key", agent.key.to_string())];
    Value::Object(
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect(),
    )
}

/// Reads an agent; other fields beside its name and key are let be.
pub(super) fn read_agent(value: &Value) -> Option<Agent> {
    Some(Agent {
        name: value.get("name")?.as_str()?.to_owned(),
        key: value.get("key")?.as_str()?.parse().ok()?,
    })
}
