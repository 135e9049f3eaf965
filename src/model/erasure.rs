//! What remains of a thread that its owner erased: a signed word that it was there, and that nobody
//! else took it away.

use super::document::Fields;
use super::json::Value;
use super::{Document, DocumentKind, Hash, Malformed, Namespace, ThreadId, Timestamp, layout};

/// An erasure, as `.mmogit/erased/` keeps it. Its author is who erased the thread.
pub type Erasure = Document<ErasedThread>;

/// Which thread was erased, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedThread {
    /// The thread's id.
    pub thread: ThreadId,
    /// Its root; none for a file that was no thread of this format.
    pub root: Option<Hash>,
    /// When it was erased.
    pub erased_at: Timestamp,
    /// The commit that the branch had before, as git names it.
    pub replaced: String,
}

/// What tells erasures apart: an id may be that of two threads, so the root counts too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ErasedId {
    /// The thread's id.
    pub thread: ThreadId,
    /// Its root; none for a file that was no thread of this format.
    pub root: Option<Hash>,
}

impl ErasedThread {
    /// Which thread it was.
    pub fn erased_id(&self) -> ErasedId {
        ErasedId {
            thread: self.thread,
            root: self.root,
        }
    }

    /// Its name in `.mmogit/erased/`: as that of the second thread of an id, so that two of one id
    /// have two.
    pub fn file_name(&self) -> String {
        match &self.root {
            Some(root) => layout::file_name_with_root(self.thread, root),
            None => layout::file_name(self.thread),
        }
    }
}

impl DocumentKind for ErasedThread {
    const NAMESPACE: Namespace = Namespace::Erasure;

    fn read(fields: &Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            thread: fields.required("thread", ThreadId::read)?,
            root: fields.nullable("root", |text| text.parse().ok())?,
            erased_at: fields.required("erased_at", Timestamp::read)?,
            replaced: fields.required("replaced", commit_id)?,
        })
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let root = self.root.map(|root| root.to_string());
        vec![
            ("thread", self.thread.to_string().into()),
            ("root", root.into()),
            ("erased_at", self.erased_at.to_string().into()),
            ("replaced", self.replaced.as_str().into()),
        ]
    }
}

fn commit_id(text: &str) -> Option<String> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_whole = text.len() == 40 && text.bytes().all(is_digit);
    is_whole.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_one_is_read() {
        let hash = "ab".repeat(32);
        let time = Timestamp::from_millis(1_756_140_749_123);
        let erased = ErasedThread {
            thread: ThreadId::at(time),
            root: hash.parse().ok(),
            erased_at: time,
            replaced: "0".repeat(40),
        };
        let mut made = Erasure::new(hash.parse().unwrap(), erased);
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
