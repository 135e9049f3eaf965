//! A draft: what an AI proposed, and what its user made of it. It is theirs to accept, to discard,
//! and to apply; the message that it came from never changes.

use super::document::Fields;
use super::filed::{Filed, hash_of, hash_without};
use super::json::{Map, Value};
use super::message::is_content;
use super::project::later_stamps;
use super::sealed::{others, text};
use super::stamps::{changed_value, read_changed, stamp};
use super::{
    Changed, Document, DocumentKind, Hash, Malformed, Message, Namespace, PublicKey, Sealed,
    Timestamp, text_of,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// A draft, as `.mmogit/drafts/` keeps it on its user's branch.
pub type Draft = Document<KeptDraft>;

/// The stamp of the state, and of the text that goes with it.
const STATE: &str = "state";

/// What has rules of its own in a union.
const RULED: [&str; 9] = [
    "signature",
    "kind",
    "project",
    "content",
    "sealed",
    "state",
    "updated_at",
    "changed",
    "applied",
];

/// What became of a draft, in the order in which one gives way to the next where two machines
/// differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DraftState {
    /// As the AI wrote it.
    Generated,
    /// Its user wrote in it.
    Edited,
    /// Its user wants none of it.
    Discarded,
    /// Some of it was applied.
    PartiallyApplied,
    /// Its user agreed to it.
    Accepted,
}

/// A state, and the name of it.
const STATES: [(DraftState, &str); 5] = [
    (DraftState::Generated, "generated"),
    (DraftState::Edited, "edited"),
    (DraftState::Discarded, "discarded"),
    (DraftState::PartiallyApplied, "partially_applied"),
    (DraftState::Accepted, "accepted"),
];

impl DraftState {
    /// All names, in the order of their states.
    pub fn names() -> [&'static str; 5] {
        STATES.map(|(_, name)| name)
    }

    /// As the record writes it.
    pub fn as_str(self) -> &'static str {
        let (_, name) = STATES[self as usize];
        name
    }

    /// The state of a name.
    pub fn read(name: &str) -> Option<Self> {
        let found = STATES.iter().find(|(_, known)| *known == name)?;
        Some(found.0)
    }

    /// Whether it waits for its user: nothing was decided yet.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Generated | Self::Edited)
    }
}

impl fmt::Display for DraftState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why something is not done with a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DraftRefusal {
    /// It was accepted or applied before.
    #[error("Draft has already been applied")]
    AlreadyApplied,
    /// It was discarded before.
    #[error("Draft has been discarded")]
    Discarded,
    /// Its text stands.
    #[error("Cannot edit applied or discarded drafts")]
    NotEditable,
    /// Nobody agreed to it yet.
    #[error("Draft has not been accepted")]
    NotAccepted,
    /// It says something else than what was decided on.
    #[error("Draft has been changed since it was shown")]
    Changed,
}

impl DraftRefusal {
    /// A name that does not change.
    pub fn code(self) -> &'static str {
        match self {
            Self::AlreadyApplied => "draft-already-applied",
            Self::Discarded => "draft-discarded",
            Self::NotEditable => "draft-not-editable",
            Self::NotAccepted => "draft-not-accepted",
            Self::Changed => "draft-changed",
        }
    }
}

/// What a draft says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDraft {
    /// A hash over the message's id and the block.
    pub id: Hash,
    /// The root of the thread that it came up in.
    pub thread: Hash,
    /// The message that it came from.
    pub message: Hash,
    /// Which code block of the message it is, from 1; 0 for the whole.
    pub block: u32,
    /// Its text, and what belongs to that.
    pub text: DraftText,
    /// What became of it.
    pub state: DraftState,
    /// When the AI wrote it.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When what was last changed: `state`, and the text that goes with it.
    pub changed: Changed,
    /// When and where it was applied, in order.
    pub applied: Vec<Applied>,
}

/// The text of a draft: open, or sealed like the message that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftText {
    /// For everybody who has the branch.
    Open(OpenDraft),
    /// For the readers of the thread.
    Sealed(Sealed),
}

/// What may be read of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenDraft {
    /// As a message's: a text, or blocks.
    pub content: Value,
    /// What was asked for.
    pub kind: Option<String>,
    /// The project of the thread.
    pub project: Option<Hash>,
}

impl OpenDraft {
    /// The content as Markdown.
    pub fn text(&self) -> String {
        text_of(&self.content)
    }

    /// What is sealed of it.
    pub fn to_inside(&self) -> Map<String, Value> {
        let mut inside = Map::new();
        inside.insert("content".to_owned(), self.content.clone());
        inside.insert("kind".to_owned(), self.kind.clone().into());
        let project = self.project.map(|project| project.to_string());
        inside.insert("project".to_owned(), project.into());
        inside
    }

    /// What was sealed; `None` if it is not of its form.
    pub fn of_inside(inside: &Map<String, Value>) -> Option<Self> {
        let fields = Fields::of(inside);
        Self::read(&fields).ok()
    }

    fn read(fields: &Fields<'_>) -> Result<Self, Malformed> {
        let content = |value: &Value| is_content(Some(value)).then(|| value.clone());
        Ok(Self {
            content: fields.value("content", content)?,
            kind: fields.nullable("kind", |text| Some(text.to_owned()))?,
            project: fields.nullable("project", |text| text.parse().ok())?,
        })
    }
}

/// That a draft, or some of it, was put somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// When.
    pub at: Timestamp,
    /// Where: the name of a file, say; none, where that is nobody else's business.
    pub to: Option<String>,
    /// Fields that this version doesn't know.
    pub others: Map<String, Value>,
}

impl Applied {
    fn read(fields: &Map<String, Value>) -> Option<Self> {
        let value = Value::Object(fields.clone());
        let to = match fields.get("to")? {
            Value::Null => None,
            to => Some(to.as_str()?.to_owned()),
        };
        Some(Self {
            at: Timestamp::read(text(&value, "at")?)?,
            to,
            others: others(&value, &["at", "to"])?,
        })
    }

    fn to_value(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("at".to_owned(), self.at.to_string().into());
        fields.insert("to".to_owned(), self.to.clone().into());
        fields.extend(self.others.clone());
        fields.into()
    }

    fn rank(&self) -> (Timestamp, Hash) {
        (self.at, hash_of(&self.to_value()))
    }
}

/// The id of a draft of a message: the number is that of its code block, or 0 for the whole.
pub fn draft_id(message: &Hash, block: u32) -> Hash {
    let mut hash = Sha256::new();
    hash.update(Namespace::Draft.as_str());
    hash.update([0]);
    hash.update(message.0);
    hash.update(block.to_be_bytes());
    Hash(hash.finalize().into())
}

impl Message {
    /// Whether it is the source of a draft: its speaker says so.
    pub fn proposes_draft(&self) -> bool {
        self.field("draft") == Some(Value::Bool(true))
    }
}

impl KeptDraft {
    /// The draft of a message of a thread as it came. It is the same whenever and wherever it is
    /// made, but for what is sealed.
    pub fn generated(thread: Hash, message: &Message, block: u32, text: DraftText) -> Self {
        Self {
            id: draft_id(&message.id(), block),
            thread,
            message: message.id(),
            block,
            text,
            state: DraftState::Generated,
            created_at: message.timestamp(),
            updated_at: message.timestamp(),
            changed: Changed::new(),
            applied: Vec::new(),
        }
    }

    /// Whether its text is sealed.
    pub fn is_sealed(&self) -> bool {
        matches!(self.text, DraftText::Sealed(_))
    }

    /// Puts another text in its place.
    ///
    /// # Errors
    /// If something was decided already.
    pub fn edit(&mut self, text: DraftText, now: Timestamp) -> Result<(), DraftRefusal> {
        if !self.state.is_pending() {
            return Err(DraftRefusal::NotEditable);
        }
        self.text = text;
        self.go_to(DraftState::Edited, now);
        Ok(())
    }

    /// Agrees to it. Applying is another step.
    ///
    /// # Errors
    /// If something was decided already.
    pub fn accept(&mut self, now: Timestamp) -> Result<(), DraftRefusal> {
        self.undecided()?;
        self.go_to(DraftState::Accepted, now);
        Ok(())
    }

    /// Wants none of it.
    ///
    /// # Errors
    /// If something was decided already.
    pub fn discard(&mut self, now: Timestamp) -> Result<(), DraftRefusal> {
        self.undecided()?;
        self.go_to(DraftState::Discarded, now);
        Ok(())
    }

    /// Whether it may be applied: as a whole once it was accepted, in parts as long as it was not
    /// discarded.
    ///
    /// # Errors
    /// Why not.
    pub fn may_be_applied(&self, is_part: bool) -> Result<(), DraftRefusal> {
        match (self.state, is_part) {
            (DraftState::Discarded, _) => Err(DraftRefusal::Discarded),
            (DraftState::Accepted, _) | (_, true) => Ok(()),
            (DraftState::PartiallyApplied, false) => Err(DraftRefusal::AlreadyApplied),
            (DraftState::Generated | DraftState::Edited, false) => Err(DraftRefusal::NotAccepted),
        }
    }

    /// Notes that it, or a part of it, was put somewhere.
    ///
    /// # Errors
    /// As [`KeptDraft::may_be_applied`].
    pub fn apply(
        &mut self,
        to: Option<&str>,
        is_part: bool,
        now: Timestamp,
    ) -> Result<(), DraftRefusal> {
        self.may_be_applied(is_part)?;
        let at = stamp(now, self.applied.last().map(|applied| applied.at));
        self.applied.push(Applied {
            at,
            to: to.map(str::to_owned),
            others: Map::new(),
        });
        match self.state.is_pending() {
            true => self.go_to(DraftState::PartiallyApplied, at),
            false => self.touch(at),
        }
        Ok(())
    }

    fn undecided(&self) -> Result<(), DraftRefusal> {
        match self.state {
            DraftState::Generated | DraftState::Edited => Ok(()),
            DraftState::Discarded => Err(DraftRefusal::Discarded),
            DraftState::Accepted | DraftState::PartiallyApplied => {
                Err(DraftRefusal::AlreadyApplied)
            }
        }
    }

    fn go_to(&mut self, state: DraftState, now: Timestamp) {
        let at = stamp(now, self.changed.get(STATE).copied());
        self.state = state;
        self.changed.insert(STATE.to_owned(), at);
        self.touch(at);
    }

    fn touch(&mut self, now: Timestamp) {
        self.updated_at = stamp(now, Some(self.updated_at));
    }

    /// What stands and falls together in a union.
    fn decided(&self) -> Map<String, Value> {
        let mut fields = self.text_fields();
        fields.push((STATE, self.state.as_str().into()));
        let named = fields.into_iter();
        named
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    fn text_fields(&self) -> Vec<(&'static str, Value)> {
        match &self.text {
            DraftText::Open(open) => vec![
                ("kind", open.kind.clone().into()),
                (
                    "project",
                    open.project.map(|project| project.to_string()).into(),
                ),
                ("content", open.content.clone()),
            ],
            DraftText::Sealed(sealed) => vec![
                ("kind", Value::Null),
                ("project", Value::Null),
                ("sealed", sealed.to_value()),
            ],
        }
    }

    /// By what a union takes the state, and the text that goes with it.
    fn rank(&self) -> (DraftState, Option<Timestamp>, Hash) {
        let stamp = self.changed.get(STATE).copied();
        (self.state, stamp, hash_of(&self.decided().into()))
    }
}

fn read_text(fields: &Fields<'_>) -> Result<DraftText, Malformed> {
    if !fields.has("sealed") {
        return OpenDraft::read(fields).map(DraftText::Open);
    }
    let tells = |name: &str| fields.value(name, |value| Some(!value.is_null()));
    if fields.has("content") {
        return Err(Malformed::field("it has both content and sealed"));
    }
    if tells("kind")? || tells("project")? {
        return Err(Malformed::field(
            "kind and project: not null, though it is sealed",
        ));
    }
    // Nothing stands beside its three fields: else it would be lost in a union.
    let sealed = |value: &Value| Sealed::read(value).filter(|read| read.to_value() == *value);
    fields.value("sealed", sealed).map(DraftText::Sealed)
}

impl DocumentKind for KeptDraft {
    const NAMESPACE: Namespace = Namespace::Draft;

    fn read(fields: &Fields<'_>) -> Result<Self, Malformed> {
        let block = |value: &Value| u32::try_from(value.as_u64()?).ok();
        let applied = fields.list("applied", Applied::read)?;
        if !applied.is_sorted_by(|one, next| one.rank() < next.rank()) {
            return Err(Malformed::field("applied: not in its order"));
        }
        Ok(Self {
            id: fields.required("id", |text| text.parse().ok())?,
            thread: fields.required("thread", |text| text.parse().ok())?,
            message: fields.required("message", |text| text.parse().ok())?,
            block: fields.value("block", block)?,
            text: read_text(fields)?,
            state: fields.required("state", DraftState::read)?,
            created_at: fields.required("created_at", Timestamp::read)?,
            updated_at: fields.required("updated_at", Timestamp::read)?,
            changed: fields.value("changed", read_changed)?,
            applied,
        })
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let applied: Vec<Value> = self.applied.iter().map(Applied::to_value).collect();
        let mut fields = vec![
            ("id", self.id.to_string().into()),
            ("thread", self.thread.to_string().into()),
            ("message", self.message.to_string().into()),
            ("block", self.block.into()),
        ];
        fields.extend(self.text_fields());
        fields.extend([
            ("state", self.state.as_str().into()),
            ("created_at", self.created_at.to_string().into()),
            ("updated_at", self.updated_at.to_string().into()),
            ("changed", changed_value(&self.changed)),
            ("applied", applied.into()),
        ]);
        fields
    }
}

impl Filed for KeptDraft {
    const FOLDER: &'static str = "drafts";

    fn id(&self) -> Hash {
        self.id
    }

    fn true_id(&self, _author: &PublicKey) -> Hash {
        draft_id(&self.message, self.block)
    }

    fn unite(one: &Draft, other: &Draft) -> Draft {
        let decided = std::cmp::max_by_key(one, other, |version| version.rank());
        let base = std::cmp::max_by_key(one, other, |version| {
            (
                version.updated_at,
                hash_without(version.all_fields(), &RULED),
            )
        });
        let mut changed = later_stamps(&one.changed, &other.changed);
        match decided.changed.get(STATE) {
            Some(at) => changed.insert(STATE.to_owned(), *at),
            None => changed.remove(STATE),
        };
        let united = base.with(KeptDraft {
            text: decided.text.clone(),
            state: decided.state,
            updated_at: one.updated_at.max(other.updated_at),
            changed,
            applied: joined(&one.applied, &other.applied),
            ..KeptDraft::clone(base)
        });
        united.with_signature_of([one, other])
    }

    fn thread(&self) -> Option<Hash> {
        Some(self.thread)
    }
}

fn joined(one: &[Applied], other: &[Applied]) -> Vec<Applied> {
    let both = one.iter().chain(other);
    let in_order: BTreeMap<_, _> = both.map(|applied| (applied.rank(), applied)).collect();
    in_order.into_values().cloned().collect()
}

#[cfg(test)]
mod tests;
