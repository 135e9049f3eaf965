//! What remains of a thread that its owner erased: a signed word that it was there, and that nobody
//! else took it away.

use super::document::Fields;
use super::json::{self, Map, Value};
use super::{Document, DocumentKind, Hash, Malformed, Namespace, ThreadId, Timestamp, layout};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

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
    /// Further commits that it had elsewhere, in order.
    pub also: Vec<String>,
    /// What became of the commits that stand for a position on the branch, in order.
    pub moved: Vec<MovedPosition>,
}

/// A commit that stood for a position on a branch, and the one that stands for it since the branch
/// was written anew.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MovedPosition {
    /// The commit that is gone.
    pub from: String,
    /// The one in its place.
    pub to: String,
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

    /// The commits that the branch had before, here and elsewhere.
    pub fn all_replaced(&self) -> impl Iterator<Item = &str> {
        let also = self.also.iter().map(String::as_str);
        also.chain([self.replaced.as_str()])
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
            also: fields.optional_texts("also", commit_id)?,
            moved: fields.optional_list("moved", MovedPosition::read)?,
        })
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let root = self.root.map(|root| root.to_string());
        let mut fields: Vec<(&'static str, Value)> = vec![
            ("thread", self.thread.to_string().into()),
            ("root", root.into()),
            ("erased_at", self.erased_at.to_string().into()),
            ("replaced", self.replaced.as_str().into()),
        ];
        if !self.also.is_empty() {
            fields.push(("also", self.also.clone().into()));
        }
        if !self.moved.is_empty() {
            let moved: Vec<Value> = self.moved.iter().map(MovedPosition::to_value).collect();
            fields.push(("moved", moved.into()));
        }
        fields
    }
}

impl Erasure {
    /// The word of two erasures of one thread: what each replaced and moved, and of all else the
    /// later one's. Commutative, associative, idempotent. It is still to be signed, unless one of
    /// the two says all of it.
    #[must_use]
    pub fn united_with(&self, other: &Self) -> Self {
        let (earlier, later) = match self.rank() <= other.rank() {
            true => (self, other),
            false => (other, self),
        };
        let mut kind = (**later).clone();
        let replaced = later
            .also
            .iter()
            .cloned()
            .chain(earlier.all_replaced().map(str::to_owned));
        let mut also: BTreeSet<String> = replaced.collect();
        also.remove(&later.replaced);
        kind.also = also.into_iter().collect();
        let moved: BTreeSet<_> = earlier.moved.iter().chain(&later.moved).cloned().collect();
        kind.moved = moved.into_iter().collect();
        [later, earlier]
            .into_iter()
            .find(|erasure| ***erasure == kind && erasure.rank() == later.rank())
            .cloned()
            .unwrap_or_else(|| later.with(kind))
    }

    fn rank(&self) -> (Timestamp, [u8; 32]) {
        let joined = ["signature", "also", "moved"];
        let rest = json::canonical_without(self.all_fields(), &joined);
        (self.erased_at, Sha256::digest(rest).into())
    }
}

impl MovedPosition {
    fn read(fields: &Map<String, Value>) -> Option<Self> {
        let commit = |name| commit_id(fields.get(name)?.as_str()?);
        Some(Self {
            from: commit("from")?,
            to: commit("to")?,
        })
    }

    fn to_value(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("from".to_owned(), self.from.as_str().into());
        fields.insert("to".to_owned(), self.to.as_str().into());
        fields.into()
    }
}

pub(super) fn commit_id(text: &str) -> Option<String> {
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
            also: Vec::new(),
            moved: Vec::new(),
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

    fn erasure(at: i64, replaced: &str, moved: &[(&str, &str)]) -> Erasure {
        let time = Timestamp::from_millis(1_756_140_749_123);
        let moved = moved.iter().map(|(from, to)| MovedPosition {
            from: from.repeat(40),
            to: to.repeat(40),
        });
        let erased = ErasedThread {
            thread: ThreadId::at(time),
            root: "ab".repeat(32).parse().ok(),
            erased_at: Timestamp::from_millis(at),
            replaced: replaced.repeat(40),
            also: Vec::new(),
            moved: moved.collect(),
        };
        let mut made = Erasure::new("ab".repeat(32).parse().unwrap(), erased);
        made.set_signature("cd".repeat(64).parse().unwrap());
        made
    }

    #[test]
    fn two_words_of_one_erasure_unite_alike_in_any_order() {
        let all = [
            erasure(30, "1", &[("a", "b")]),
            erasure(30, "2", &[]),
            erasure(10, "3", &[("c", "d"), ("a", "b")]),
        ];
        let [one, two, three] = &all;
        let united = one.united_with(two).united_with(three);
        let mut replaced: Vec<String> = united.all_replaced().map(str::to_owned).collect();
        replaced.sort();
        assert_eq!(replaced, ["1", "2", "3"].map(|digit| digit.repeat(40)));
        assert_eq!((united.also.len(), united.moved.len()), (2, 2));
        assert_eq!(united.erased_at, Timestamp::from_millis(30));
        assert_eq!(united.signature(), None, "it is signed anew");
        for [one, two, three] in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let [one, two, three] = [&all[one], &all[two], &all[three]];
            assert_eq!(one.united_with(two).united_with(three), united);
            assert_eq!(one.united_with(&two.united_with(three)), united);
        }
        assert_eq!(
            one.united_with(one),
            *one,
            "what says all keeps its signature"
        );
    }

    #[test]
    fn what_was_replaced_elsewhere_and_moved_is_read_again() {
        let united = erasure(1, "1", &[("a", "b")]).united_with(&erasure(2, "2", &[]));
        let mut signed = united;
        signed.set_signature("cd".repeat(64).parse().unwrap());
        assert_eq!(Erasure::read(&signed.to_file()), Ok(signed.clone()));
        let text = String::from_utf8(signed.to_file()).unwrap();
        let bad = text.replace(&"b".repeat(40), "b");
        assert!(Erasure::read(bad.as_bytes()).is_err(), "not a commit");
    }
}
