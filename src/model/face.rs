//! Where a thread belongs: its mode, the face that began it, from which site's page, and the thread
//! that it goes on with. All of it is fixed when it begins.

use super::{Hash, Thread};
use serde_json::Value;

/// What a conversation is for. The two never mix.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A person and an AI talk with each other.
    #[default]
    Conversation,
    /// An AI's inner dialogue.
    Inner,
}

impl Mode {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Conversation, Self::Inner];

    /// Its name in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Inner => "inner",
        }
    }

    /// Reads its name.
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}

/// What began a thread and shows it as its own. A thread without one was begun by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Face {
    /// A rolling buffer of the history server.
    Buffer,
    /// The conversation service.
    Service,
}

impl Face {
    const ALL: [Self; 2] = [Self::Buffer, Self::Service];

    /// Its name in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Buffer => "buffer",
            Self::Service => "service",
        }
    }

    /// Reads its name; none for one that this version doesn't know.
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|face| face.as_str() == name)
    }
}

impl Thread {
    /// Which face began it, if one did that this version knows.
    pub fn face(&self) -> Option<Face> {
        let face = self.header().get("face")?;
        Face::read(face.as_str()?)
    }

    /// The root of the thread that gave way to this one.
    pub fn continues(&self) -> Option<Hash> {
        let root = self.header().get("continues")?;
        root.as_str()?.parse().ok()
    }

    /// The web origin of the page that began it, if it was another site's.
    pub fn web_origin(&self) -> Option<&str> {
        self.header().get("web_origin")?.as_str()
    }

    /// Says from which site's page it is begun. It does not change later.
    pub fn set_web_origin(&mut self, origin: &str) {
        self.set("web_origin", origin.into());
    }

    /// Says which face begins it. It does not change later.
    pub fn set_face(&mut self, face: Face) {
        self.set("face", face.as_str().into());
    }

    /// Says which thread it goes on with. It does not change later.
    pub fn set_continues(&mut self, root: Hash) {
        self.set("continues", Value::from(root.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Birth, PublicKey, ThreadId, Timestamp, union};

    fn begun() -> Thread {
        let created_at = Timestamp::from_millis(1_756_140_749_000);
        Thread::begin(Birth {
            id: ThreadId::at(created_at),
            title: "x".to_owned(),
            author: PublicKey([1; 32]),
            created_at,
            mode: Mode::Inner.as_str().to_owned(),
            project: None,
            tags: Vec::new(),
        })
    }

    #[test]
    fn a_union_keeps_the_face_and_what_is_continued() {
        let mut one = begun();
        let before = Hash([7; 32]);
        one.set_face(Face::Buffer);
        one.set_continues(before);
        one.set_web_origin("https://app.example");
        let mut other = one.clone();
        other.set_title("y", Timestamp::from_millis(1_756_140_750_000));
        for united in [union(&one, &other), union(&other, &one)] {
            assert_eq!(united.face(), Some(Face::Buffer));
            assert_eq!(united.continues(), Some(before));
            assert_eq!(united.web_origin(), Some("https://app.example"));
            assert_eq!(Mode::read(united.mode()), Some(Mode::Inner));
            assert_eq!(united.title(), "y");
        }
    }

    #[test]
    fn what_is_no_face_is_kept_and_is_none() {
        for value in [Value::from("hologram"), 5.into(), Value::Null] {
            let mut thread = begun();
            thread.set("face", value.clone());
            thread.set("continues", value.clone());
            assert_eq!((thread.face(), thread.continues()), (None, None));
            let united = union(&thread, &thread.clone());
            assert_eq!(united.header().get("face"), Some(&value));
            assert_eq!(united.header().get("continues"), Some(&value));
        }
    }

    #[test]
    fn neither_is_part_of_the_root() {
        let mut thread = begun();
        let root = thread.root();
        thread.set_face(Face::Service);
        thread.set_continues(Hash([7; 32]));
        thread.set_web_origin("https://app.example");
        assert_eq!(thread.root(), root);
    }
}
