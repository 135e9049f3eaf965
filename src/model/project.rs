//! A project: what threads and drafts belong to, and who may take part in it.

use super::document::Fields;
use super::filed::{Filed, hash_of, hash_without};
use super::json::{self, Map, Value};
use super::sealed::{others, text};
use super::stamps::{changed_value, read_changed, stamp};
use super::{
    Changed, Document, DocumentKind, Hash, MAX_NAME_CHARACTERS, Malformed, Namespace, ProjectNonce,
    PublicKey, Timestamp,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A project, as `.mmogit/projects/` keeps it on its owner's branch.
pub type Project = Document<OwnedProject>;

/// The stamp of the name.
const NAME: &str = "name";

/// What never changes, or has rules of its own in a union.
const RULED: [&str; 5] = ["signature", "name", "updated_at", "changed", "members"];

/// What a project says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedProject {
    /// A hash over who began it, when, and its nonce.
    pub id: Hash,
    /// Who began it, where that is not its owner: their key came after this one.
    pub begun_by: Option<PublicKey>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// What tells it from all others.
    pub nonce: ProjectNonce,
    /// What it is called.
    pub name: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When what was last changed: `name`.
    pub changed: Changed,
    /// Whoever is or was a member beside its owner, in the order of their keys.
    pub members: Vec<Member>,
}

/// Somebody who is or was a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Their key.
    pub key: PublicKey,
    /// One when they were let in first, and one more whenever they went and came back.
    pub times: u64,
    /// Fields that this version doesn't know.
    pub others: Map<String, Value>,
}

impl Member {
    /// Whether they are a member, and not a former one.
    pub fn is_in(&self) -> bool {
        self.times % 2 == 1
    }

    fn read(fields: &Map<String, Value>) -> Option<Self> {
        let value = Value::Object(fields.clone());
        Some(Self {
            key: text(&value, "key")?.parse().ok()?,
            times: fields.get("times")?.as_u64().filter(|times| *times > 0)?,
            others: others(&value, &["key", "times"])?,
        })
    }

    fn to_value(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("key".to_owned(), self.key.to_string().into());
        fields.insert("times".to_owned(), self.times.into());
        fields.extend(self.others.clone());
        fields.into()
    }

    /// Which of two entries for one key counts.
    fn rank(&self) -> (u64, Hash) {
        (self.times, hash_of(&self.others.clone().into()))
    }
}

/// Why a project was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProjectRefusal {
    /// They are always a member.
    #[error("the owner of a project is always a member")]
    Owner,
    /// They are one already.
    #[error("they are a member already")]
    MemberAlready,
    /// They are none.
    #[error("they are not a member")]
    NoMember,
    /// It can't be said once more: they came and went as often as can be written.
    #[error("they came and went too often")]
    TooOften,
}

impl OwnedProject {
    /// A project that begins now. Its name should be one ([`is_project_name`]).
    pub fn begin(author: &PublicKey, name: &str, now: Timestamp, nonce: ProjectNonce) -> Self {
        Self {
            id: project_id(author, now, &nonce),
            begun_by: None,
            created_at: now,
            nonce,
            name: name.to_owned(),
            updated_at: now,
            changed: Changed::new(),
            members: Vec::new(),
        }
    }

    /// The same project in the hands of the key that took the place of its owner's.
    #[must_use]
    pub fn handed_on(&self, older: &PublicKey, newer: &PublicKey) -> Self {
        let begun_by = self.begun_by.unwrap_or(*older);
        Self {
            begun_by: (begun_by != *newer).then_some(begun_by),
            ..self.clone()
        }
    }

    /// Those who are members now, beside its owner.
    pub fn members_now(&self) -> impl Iterator<Item = PublicKey> {
        let now = self.members.iter().filter(|member| member.is_in());
        now.map(|member| member.key)
    }

    /// Gives it another name.
    pub fn rename(&mut self, name: &str, now: Timestamp) {
        let at = stamp(now, self.changed.get(NAME).copied());
        name.clone_into(&mut self.name);
        self.changed.insert(NAME.to_owned(), at);
        self.touch(at);
    }

    /// Lets somebody in.
    ///
    /// # Errors
    /// If they are a member already.
    pub fn add(
        &mut self,
        owner: &PublicKey,
        key: PublicKey,
        now: Timestamp,
    ) -> Result<(), ProjectRefusal> {
        if *owner == key {
            return Err(ProjectRefusal::Owner);
        }
        if self.members_now().any(|member| member == key) {
            return Err(ProjectRefusal::MemberAlready);
        }
        self.go_or_come(key, now)
    }

    /// Lets somebody take part no more.
    ///
    /// # Errors
    /// If they are no member, or its owner.
    pub fn remove(
        &mut self,
        owner: &PublicKey,
        key: PublicKey,
        now: Timestamp,
    ) -> Result<(), ProjectRefusal> {
        if *owner == key {
            return Err(ProjectRefusal::Owner);
        }
        if !self.members_now().any(|member| member == key) {
            return Err(ProjectRefusal::NoMember);
        }
        self.go_or_come(key, now)
    }

    fn go_or_come(&mut self, key: PublicKey, now: Timestamp) -> Result<(), ProjectRefusal> {
        match self.members.binary_search_by_key(&key, |member| member.key) {
            Ok(place) => {
                let times = self.members[place].times + 1;
                if times > json::MAX_INTEGER {
                    return Err(ProjectRefusal::TooOften);
                }
                self.members[place].times = times;
            }
            Err(place) => self.members.insert(
                place,
                Member {
                    key,
                    times: 1,
                    others: Map::new(),
                },
            ),
        }
        self.touch(now);
        Ok(())
    }

    fn touch(&mut self, now: Timestamp) {
        self.updated_at = stamp(now, Some(self.updated_at));
    }
}

impl Project {
    /// Who began it.
    pub fn begun_by_whom(&self) -> PublicKey {
        self.begun_by.unwrap_or(self.author())
    }

    /// Whether somebody may take part in it: its owner, or a member now.
    pub fn has_member(&self, key: &PublicKey) -> bool {
        self.author() == *key || self.members_now().any(|member| member == *key)
    }
}

/// Whether a text can be the name of a project: on one line, and nothing in it that can't be seen.
pub fn is_project_name(name: &str) -> bool {
    let characters = name.chars().count();
    let is_hidden = |c: char| {
        let turns_text = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        c.is_control() || turns_text || matches!(c, '\u{2028}' | '\u{2029}')
    };
    (1..=MAX_NAME_CHARACTERS).contains(&characters) && !name.chars().any(is_hidden)
}

fn project_id(begun_by: &PublicKey, created_at: Timestamp, nonce: &ProjectNonce) -> Hash {
    let mut fields = Map::new();
    fields.insert("author".to_owned(), begun_by.to_string().into());
    fields.insert("created_at".to_owned(), created_at.to_string().into());
    fields.insert("nonce".to_owned(), nonce.to_string().into());
    let mut hash = Sha256::new();
    hash.update(Namespace::Project.as_str());
    hash.update([0]);
    hash.update(json::canonical(&fields.into()));
    Hash(hash.finalize().into())
}

impl DocumentKind for OwnedProject {
    const NAMESPACE: Namespace = Namespace::Project;

    fn read(fields: &Fields<'_>) -> Result<Self, Malformed> {
        let name = |text: &str| is_project_name(text).then(|| text.to_owned());
        let members = fields.list("members", Member::read)?;
        if !members.is_sorted_by(|one, next| one.key < next.key) {
            return Err(Malformed::field("members: not in the order of their keys"));
        }
        Ok(Self {
            id: fields.required("id", |text| text.parse().ok())?,
            begun_by: fields.optional("begun_by", |text| text.parse().ok())?,
            created_at: fields.required("created_at", Timestamp::read)?,
            nonce: fields.required("nonce", |text| text.parse().ok())?,
            name: fields.required("name", name)?,
            updated_at: fields.required("updated_at", Timestamp::read)?,
            changed: fields.value("changed", read_changed)?,
            members,
        })
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let members: Vec<Value> = self.members.iter().map(Member::to_value).collect();
        let mut fields = vec![("id", self.id.to_string().into())];
        if let Some(begun_by) = self.begun_by {
            fields.push(("begun_by", begun_by.to_string().into()));
        }
        fields.extend([
            ("created_at", self.created_at.to_string().into()),
            ("nonce", self.nonce.to_string().into()),
            ("name", self.name.as_str().into()),
            ("updated_at", self.updated_at.to_string().into()),
            ("changed", changed_value(&self.changed)),
            ("members", members.into()),
        ]);
        fields
    }
}

impl Filed for OwnedProject {
    const FOLDER: &'static str = "projects";

    fn id(&self) -> Hash {
        self.id
    }

    fn true_id(&self, author: &PublicKey) -> Hash {
        let begun_by = self.begun_by.unwrap_or(*author);
        project_id(&begun_by, self.created_at, &self.nonce)
    }

    fn unite(one: &Project, other: &Project) -> Project {
        let named = std::cmp::max_by_key(one, other, |version| {
            let stamp = version.changed.get(NAME).copied();
            (stamp, hash_of(&version.name.as_str().into()))
        });
        let base = std::cmp::max_by_key(one, other, |version| {
            (
                version.updated_at,
                hash_without(version.all_fields(), &RULED),
            )
        });
        let united = base.with(OwnedProject {
            name: named.name.clone(),
            updated_at: one.updated_at.max(other.updated_at),
            changed: later_stamps(&one.changed, &other.changed),
            members: joined(&one.members, &other.members),
            ..OwnedProject::clone(base)
        });
        united.with_signature_of([one, other])
    }

    fn thread(&self) -> Option<Hash> {
        None
    }
}

/// The names of both, each with the later stamp.
pub(super) fn later_stamps(one: &Changed, other: &Changed) -> Changed {
    let mut stamps = one.clone();
    for (what, at) in other {
        let stamp = stamps.entry(what.clone()).or_insert(*at);
        *stamp = (*stamp).max(*at);
    }
    stamps
}

/// Whoever came and went more often counts, so that an old version brings nobody back.
fn joined(one: &[Member], other: &[Member]) -> Vec<Member> {
    let mut joined: BTreeMap<PublicKey, &Member> = BTreeMap::new();
    for member in one.iter().chain(other) {
        let known = joined.entry(member.key).or_insert(member);
        if member.rank() > known.rank() {
            *known = member;
        }
    }
    joined.into_values().cloned().collect()
}

#[cfg(test)]
mod tests;
