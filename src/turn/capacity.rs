//! How much a thread may hold.

use crate::model::json;
use crate::model::{MAX_FILE_BYTES, Message};

/// What messages may take in all: the rest of what a file may have is for what changes besides
/// them.
pub(super) const IN_ALL: usize = MAX_FILE_BYTES - (1 << 20);

/// How many bytes a message takes in a thread's file, where it stands two levels deep.
pub(super) fn taken_by(message: &Message) -> usize {
    let alone = json::indented(&message.fields());
    alone.len() + 4 * alone.iter().filter(|&&byte| byte == b'\n').count() + 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Keys, Words};
    use crate::model::{Birth, MessageDraft, Role, Thread, ThreadId, Timestamp};

    #[test]
    fn a_messages_room_is_what_the_file_grows_by() {
        let keys = Keys::from_words(&Words::from_entropy(&[0; 32]).unwrap());
        let created_at = Timestamp::from_millis(1_756_140_749_000);
        let mut thread = Thread::begin(Birth {
            id: ThreadId::at(created_at),
            title: "x".into(),
            author: keys.public(),
            created_at,
            mode: "conversation".into(),
            project: None,
            tags: Vec::new(),
        });
        let mut prev = vec![thread.root()];
        for (place, text) in ["first", "", "\n\u{1}\"\\ \u{1f980}", &"x".repeat(1000)]
            .into_iter()
            .enumerate()
        {
            let before = thread.to_file().len();
            let draft = MessageDraft::new(Role::Human, text, created_at, keys.public(), &prev)
                .with("usage", Some(serde_json::json!({"a": [1, 2], "b": {}})));
            let message = keys.owner().sign_message(draft);
            let room = taken_by(&message);
            prev = vec![message.id()];
            thread.append(message);
            let grown = thread.to_file().len() - before;
            // The first also opens two lists, and names the first head.
            let besides = if place == 0 { 100 } else { 0 };
            assert!(
                grown <= room + besides && room <= grown + 4,
                "{text:?}: {grown} bytes, not {room}"
            );
        }
    }
}
