//! One message: what somebody said, in which thread and after what.

use super::json::{self, Map, Value, canonical_without};
use super::read::read_signature;
use super::{Hash, Malformed, PublicKey, SEALED_MARK, Sealed, Signature, Timestamp};
use sha2::{Digest, Sha256, Sha512};

/// Who speaks. Faces map these to their own words at their edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The person.
    Human,
    /// An AI's answer.
    Ai,
    /// Instructions, summaries; signed by the person.
    System,
    /// An AI's second thought.
    Reflection,
    /// An AI's free association.
    Dream,
    /// An AI's working.
    Reasoning,
}

impl Role {
    const NAMES: [(Role, &'static str); 6] = [
        (Role::Human, "human"),
        (Role::Ai, "ai"),
        (Role::System, "system"),
        (Role::Reflection, "reflection"),
        (Role::Dream, "dream"),
        (Role::Reasoning, "reasoning"),
    ];

    /// The names of all roles.
    pub fn names() -> [&'static str; 6] {
        Self::NAMES.map(|(_, name)| name)
    }

    /// The role's name in the record.
    pub fn as_str(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(role, _)| *role == self)
            .expect("every role has a name")
            .1
    }

    /// Reads a role's name.
    pub fn read(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(role, _)| *role)
    }

    /// Whether a person signs it (an agent signs the others).
    pub fn is_persons(self) -> bool {
        matches!(self, Role::Human | Role::System)
    }
}

/// A well-formed message. It never changes: its id is a hash of all it says.
///
/// Its fields are kept as their text, in the order in which they came: as values they take many
/// times the memory.
#[derive(Debug, Clone)]
pub struct Message {
    text: Box<str>,
    role: Role,
    author: PublicKey,
    timestamp: Timestamp,
    prev: Vec<Hash>,
    signature: Option<Signature>,
    id: Hash,
    digest: [u8; 64],
    epoch: Option<Hash>,
    /// What its reader sees besides, if it is sealed and was opened. Never written, never hashed.
    pub(super) inside: Option<Box<str>>,
    pub(super) is_interrupted: bool,
    is_imported: bool,
}

/// The id stands for all but the signature.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.signature == other.signature
    }
}

impl Eq for Message {}

/// What a message is known by and what is signed of it, both of its canonical form.
struct Hashes {
    id: Hash,
    digest: [u8; 64],
}

impl Hashes {
    fn of(fields: &Map<String, Value>) -> Self {
        let canonical = canonical_without(fields, &["signature"]);
        Self {
            id: Hash(Sha256::digest(&canonical).into()),
            digest: Sha512::digest(&canonical).into(),
        }
    }
}

impl Message {
    /// Checks the shape of a message's fields.
    ///
    /// # Errors
    /// The first field that is missing or not of its form.
    pub fn from_fields(fields: Map<String, Value>) -> Result<Self, Malformed> {
        let hashes = Hashes::of(&fields);
        Self::with_hashes(fields, hashes)
    }

    fn with_hashes(fields: Map<String, Value>, made: Hashes) -> Result<Self, Malformed> {
        let text = |name: &str| {
            let text = fields.get(name).and_then(Value::as_str);
            text.ok_or_else(|| Malformed::field(format!("{name} is missing or not a text")))
        };
        let role_name = text("role")?;
        let role = Role::read(role_name)
            .ok_or_else(|| Malformed::field(format!("unknown role {role_name:?}")))?;
        let author = text("author")?.parse::<PublicKey>();
        let author = author.map_err(|why| Malformed::field(format!("author: {why}")))?;
        let timestamp = Timestamp::read(text("timestamp")?).ok_or_else(|| {
            Malformed::field("timestamp is not of the form 2025-01-21T10:00:00.000Z")
        })?;
        let prev = hashes(fields.get("prev"))
            .ok_or_else(|| Malformed::field("prev is not a list of message ids"))?;
        if prev.is_empty() {
            return Err(Malformed::field("prev is empty"));
        }
        let epoch = read_content(&fields)?;
        let signature = read_signature(fields.get("signature"))?;
        let is_interrupted = fields
            .get("interrupted")
            .is_some_and(|value| *value != Value::Bool(false));
        let is_imported = fields.contains_key("source");
        let text = serde_json::to_string(&fields)
            .expect("a value is always writable")
            .into();
        Ok(Self {
            text,
            role,
            author,
            timestamp,
            prev,
            signature,
            id: made.id,
            digest: made.digest,
            epoch,
            inside: None,
            is_interrupted,
            is_imported,
        })
    }

    /// All fields as the record has them, with those this version doesn't know. Of a sealed message
    /// these are the sealed ones, opened or not.
    pub fn fields(&self) -> Map<String, Value> {
        match json::read_again(&self.text) {
            Value::Object(fields) => fields,
            _ => unreachable!("made of fields"),
        }
    }

    /// The same as JSON, in one line.
    pub fn to_json(&self) -> &str {
        &self.text
    }

    /// Its signature and its text: what two copies of a message can differ in.
    pub(super) fn as_written(&self) -> (Option<&Signature>, &str, bool) {
        (self.signature.as_ref(), &self.text, self.is_open())
    }

    /// One field: inside, if it was opened, or else outside.
    pub fn field(&self, name: &str) -> Option<Value> {
        let inside = self.inside.as_ref();
        let inside = inside.and_then(|inside| json::field(inside, name));
        inside.or_else(|| json::field(&self.text, name))
    }

    /// SHA-256 of the canonical form without `signature`.
    pub fn id(&self) -> Hash {
        self.id
    }

    /// SHA-512 of the same bytes: what SSHSIG frames and the author signs.
    pub fn digest(&self) -> &[u8; 64] {
        &self.digest
    }

    /// The bytes that are hashed and signed.
    pub fn canonical(&self) -> Vec<u8> {
        canonical_without(&self.fields(), &["signature"])
    }

    /// Who speaks.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The key it claims to be signed by.
    pub fn author(&self) -> PublicKey {
        self.author
    }

    /// When, as its author claims.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// What it stands after.
    pub fn prev(&self) -> &[Hash] {
        &self.prev
    }

    /// Its signature, unchecked.
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// What it says, sealed, if it is.
    pub fn sealed(&self) -> Option<Sealed> {
        self.epoch?;
        Sealed::read(&self.field("sealed")?)
    }

    /// The epoch whose key opens it, if it is sealed.
    pub fn epoch(&self) -> Option<&Hash> {
        self.epoch.as_ref()
    }

    /// Whether what it says is sealed.
    pub fn is_sealed(&self) -> bool {
        self.epoch.is_some()
    }

    /// The content as Markdown: a string as it is, blocks flattened. A sealed one gives the mark
    /// for that.
    pub fn text(&self) -> String {
        if !self.is_open() {
            return SEALED_MARK.to_owned();
        }
        match self.field("content") {
            Some(Value::String(text)) => text,
            content => text_of(&content.expect("checked when read")),
        }
    }

    /// Who answered, through what and with which model, as far as the record says. What says no
    /// more than another is left out: `command` beside `command:llm`.
    pub fn answered_by(&self) -> Vec<String> {
        let backend = self.text_field("backend");
        let says_more =
            |agent: &String| backend.as_ref().is_none_or(|full| !full.starts_with(agent));
        let agent = self.text_field("agent").filter(says_more);
        let model = self.text_field("model");
        let model =
            model.filter(|model| Some(model) != backend.as_ref() && Some(model) != agent.as_ref());
        agent.into_iter().chain(backend).chain(model).collect()
    }

    /// An optional field that is a text: `agent`, `model`, `backend`.
    pub fn text_field(&self, name: &str) -> Option<String> {
        match self.field(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The name of the persona that an AI is given by this message's text.
    pub fn persona_name(&self) -> Option<String> {
        if self.role == Role::System {
            self.text_field("role_name")
        } else {
            None
        }
    }

    /// Whether the answer was cut off.
    pub fn is_interrupted(&self) -> bool {
        self.is_interrupted
    }

    /// Whether it came from another tool's history.
    pub fn is_imported(&self) -> bool {
        self.is_imported
    }
}

/// A message before it is signed.
#[derive(Debug, Clone)]
pub struct MessageDraft {
    fields: Map<String, Value>,
    /// What is sealed in it.
    inside: Option<Map<String, Value>>,
}

impl MessageDraft {
    /// The five fields every message has.
    pub fn new(
        role: Role,
        content: &str,
        timestamp: Timestamp,
        author: PublicKey,
        prev: &[Hash],
    ) -> Self {
        let prev: Vec<Value> = prev.iter().map(|id| id.to_string().into()).collect();
        let fields = [
            ("role", role.as_str().into()),
            ("content", content.into()),
            ("timestamp", timestamp.to_string().into()),
            ("author", author.to_string().into()),
            ("prev", prev.into()),
        ];
        Self {
            fields: fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            inside: None,
        }
    }

    /// A sealed one, of what is to be signed and what its writer sealed in it.
    pub fn of_halves(outside: Map<String, Value>, inside: Map<String, Value>) -> Self {
        Self {
            fields: outside,
            inside: Some(inside),
        }
    }

    /// All its fields, to be sealed.
    pub fn into_fields(self) -> Map<String, Value> {
        self.fields
    }

    /// Adds an optional field; nothing is added for `None`.
    pub fn with(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.fields.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Adds optional fields.
    pub fn with_all(mut self, fields: Map<String, Value>) -> Self {
        self.fields.extend(fields);
        self
    }

    /// The signed message.
    pub fn signed(self, signature: Signature) -> Message {
        self.signed_by(|_| signature)
    }

    /// The message with the signature that is made of its digest: SHA-512 of the canonical form.
    pub fn signed_by(mut self, sign: impl FnOnce(&[u8; 64]) -> Signature) -> Message {
        let hashes = Hashes::of(&self.fields);
        let signature = sign(&hashes.digest);
        self.fields
            .insert("signature".to_owned(), signature.to_string().into());
        let message = Message::with_hashes(self.fields, hashes);
        let mut message = message.expect("a draft has the shape of a message");
        if let Some(inside) = &self.inside {
            message.put_inside(inside);
        }
        message
    }
}

/// Reads a list of hashes.
pub(super) fn hashes(value: Option<&Value>) -> Option<Vec<Hash>> {
    value?
        .as_array()?
        .iter()
        .map(|item| item.as_str()?.parse().ok())
        .collect()
}

/// A list of hashes as the record writes it.
pub(super) fn hash_list(ids: &[Hash]) -> Value {
    ids.iter().map(|id| Value::from(id.to_string())).collect()
}

/// The epoch of a message that is sealed; none if its content lies open.
fn read_content(fields: &Map<String, Value>) -> Result<Option<Hash>, Malformed> {
    match (fields.get("content"), fields.get("sealed")) {
        (Some(_), Some(_)) => Err(Malformed::field("it has both content and sealed")),
        (None, Some(sealed)) => match Sealed::read(sealed) {
            Some(sealed) => Ok(Some(sealed.epoch)),
            None => Err(Malformed::field("sealed is not of its form")),
        },
        (content, None) if is_content(content) => Ok(None),
        (_, None) => {
            let why = "content is neither a text nor {\"blocks\": […]}";
            Err(Malformed::field(why))
        }
    }
}

/// Whether a value has the form of a message's content.
pub(crate) fn is_content(content: Option<&Value>) -> bool {
    match content {
        Some(Value::String(_)) => true,
        Some(Value::Object(fields)) => match fields.get("blocks") {
            Some(Value::Array(blocks)) => blocks.iter().all(Value::is_object),
            _ => false,
        },
        _ => false,
    }
}

/// A content value as Markdown. A block of an unknown type gives its `text`, or at least shows that
/// it is there.
pub fn text_of(content: &Value) -> String {
    if let Some(text) = content.as_str() {
        return text.to_owned();
    }
    let blocks = content
        .get("blocks")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    blocks
        .iter()
        .map(block_text)
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn block_text(block: &Value) -> String {
    let text = |name: &str| block.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "heading" => {
            let level = block
                .get("level")
                .and_then(Value::as_u64)
                .unwrap_or(1)
                .clamp(1, 6);
            format!("{} {}", "#".repeat(level as usize), text("text"))
        }
        "code" => {
            let code = text("code");
            let fence = "`".repeat(longest_run(code, '`').max(2) + 1);
            // A line feed or a backtick in the language would end the fence's line, or make it
            // none.
            let language: String = text("language")
                .chars()
                .filter(|c| *c != '`' && !c.is_control())
                .collect();
            format!("{fence}{language}\n{code}\n{fence}")
        }
        "list" => {
            let items = block
                .get("items")
                .and_then(Value::as_array)
                .map(Vec::as_slice)
                .unwrap_or_default();
            items
                .iter()
                .filter_map(Value::as_str)
                .map(|item| format!("- {item}"))
                .collect::<Vec<_>>()
                .join("\n")
        }
        kind if kind != "text" && text("text").is_empty() => format!("[a block of type {kind:?}]"),
        _ => text("text").to_owned(),
    }
}

fn longest_run(text: &str, wanted: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn blocks_become_markdown() {
        let content = json!({"blocks": [
            {"type": "heading", "level": 2, "text": "H"},
            {"type": "code", "language": "rust", "code": "let x = \"```\";"},
            {"type": "list", "items": ["a", "b"]},
            {"type": "code", "language": "sh`\n# not a heading", "code": "ls"},
            {"type": "hologram", "text": "from the future"},
            {"type": "table", "rows": []},
        ]});
        assert_eq!(
            text_of(&content),
            "## H\n\n````rust\nlet x = \"```\";\n````\n\n- a\n- b\n\n```sh# not a heading\nls\n```\n\nfrom the future\n\n[a block of type \"table\"]"
        );
    }
}
