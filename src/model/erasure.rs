//! What remains of a thread that its owner erased: a signed word that it was there, and that nobody
//! else took it away.

use super::json::{self, Map, Value};
use super::{Hash, Malformed, PublicKey, Signature, ThreadId, Timestamp, layout};

/// An erasure, as `.mmogit/erased/` keeps it. Well-formed, and not yet known to be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    fields: Map<String, Value>,
    thread: ThreadId,
    root: Option<Hash>,
    author: PublicKey,
    erased_at: Timestamp,
    replaced: String,
    signature: Option<Signature>,
}

impl Erasure {
    /// One that is still to be signed. `root`: none for a file that was no thread of this format.
    /// `replaced`: the commit that the branch had before.
    pub fn new(
        thread: ThreadId,
        root: Option<Hash>,
        author: PublicKey,
        erased_at: Timestamp,
        replaced: String,
    ) -> Self {
        let mut fields = Map::new();
        fields.insert("version".into(), 1.into());
        fields.insert("thread".into(), thread.to_string().into());
        fields.insert(
            "root".into(),
            root.map_or(Value::Null, |root| root.to_string().into()),
        );
        fields.insert("author".into(), author.to_string().into());
        fields.insert("erased_at".into(), erased_at.to_string().into());
        fields.insert("replaced".into(), replaced.as_str().into());
        Self {
            fields,
            thread,
            root,
            author,
            erased_at,
            replaced,
            signature: None,
        }
    }

    /// Reads the file.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let bad = |what: &str| Malformed::field(format!("{what}: missing, or not of its form"));
        let value = json::read(bytes)?;
        let Value::Object(fields) = value else {
            return Err(bad("an object"));
        };
        if fields.get("version") != Some(&1.into()) {
            return Err(bad("version"));
        }
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let hash = |text: &str| text.parse::<Hash>().ok();
        let root = match fields.get("root") {
            Some(Value::Null) => None,
            _ => Some(text("root").and_then(hash).ok_or_else(|| bad("root"))?),
        };
        let is_commit = |text: &&str| {
            text.len() == 40 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        Ok(Self {
            thread: text("thread")
                .and_then(ThreadId::read)
                .ok_or_else(|| bad("thread"))?,
            root,
            author: text("author")
                .and_then(|key| key.parse().ok())
                .ok_or_else(|| bad("author"))?,
            erased_at: text("erased_at")
                .and_then(Timestamp::read)
                .ok_or_else(|| bad("erased_at"))?,
            replaced: text("replaced")
                .filter(is_commit)
                .ok_or_else(|| bad("replaced"))?
                .to_owned(),
            signature: Some(
                text("signature")
                    .and_then(|made| made.parse().ok())
                    .ok_or_else(|| bad("signature"))?,
            ),
            fields,
        })
    }

    /// The bytes that its signature covers.
    pub fn signed_bytes(&self) -> Vec<u8> {
        json::canonical_without(&self.fields, &["signature"])
    }

    /// Puts the signature in.
    pub fn set_signature(&mut self, signature: Signature) {
        self.fields
            .insert("signature".into(), signature.to_string().into());
        self.signature = Some(signature);
    }

    /// The signature, if it has one.
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// The id of the thread that was erased.
    pub fn thread(&self) -> ThreadId {
        self.thread
    }

    /// Its root.
    pub fn root(&self) -> Option<Hash> {
        self.root
    }

    /// Who erased it.
    pub fn author(&self) -> PublicKey {
        self.author
    }

    /// When.
    pub fn erased_at(&self) -> Timestamp {
        self.erased_at
    }

    /// The commit that the branch had before.
    pub fn replaced(&self) -> &str {
        &self.replaced
    }

    /// Its name in `.mmogit/erased/`: as that of the second thread of an id, so that two of one id
    /// have two.
    pub fn file_name(&self) -> String {
        match &self.root {
            Some(root) => layout::file_name_with_root(self.thread, root),
            None => layout::file_name(self.thread),
        }
    }

    /// The file.
    pub fn to_file(&self) -> Vec<u8> {
        json::indented(&Value::Object(self.fields.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_one_is_read() {
        let hash = "ab".repeat(32);
        let time = Timestamp::from_millis(1_756_140_749_123);
        let mut made = Erasure::new(
            ThreadId::at(time),
            hash.parse().ok(),
            hash.parse().unwrap(),
            time,
            "0".repeat(40),
        );
        assert!(
            Erasure::read(&made.to_file()).is_err(),
            "without a signature"
        );
        made.set_signature("cd".repeat(64).parse().unwrap());
        assert_eq!(Erasure::read(&made.to_file()), Ok(made.clone()));
        let text = String::from_utf8(made.to_file()).unwrap();
        for name in [
            "version",
            "thread",
            "root",
            "author",
            "erased_at",
            "replaced",
            "signature",
        ] {
            let without = text.replace(&format!("\"{name}\""), "\"other\"");
            assert!(Erasure::read(without.as_bytes()).is_err(), "without {name}");
        }
    }
}
