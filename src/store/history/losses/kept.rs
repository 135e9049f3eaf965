//! What a thread's file keeps, by which losses are told.

use crate::model::{PublicKey, Reading, Thread, Timestamp};

/// What no commit may take away: a thread, or a message of it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kept {
    /// Its root; for a thread of the older mmogit, its id.
    pub(super) thread: String,
    /// Its id; for the older mmogit, all that it says.
    pub(super) message: Option<String>,
}

/// Whose version of which thread (by its root) it is, and its `updated_at`, which only goes on,
/// also in a union. One signer's versions can be told apart by age; what another signer claims of
/// time is no measure for them.
pub(super) type Age = (Version, Timestamp);
pub(super) type Version = (String, PublicKey);

/// What a thread's file keeps. A file that is no thread keeps nothing.
pub(super) fn what_it_keeps(bytes: &[u8]) -> (Vec<Kept>, Option<Age>) {
    match Thread::read(bytes) {
        Ok(Reading::Thread(thread)) => {
            let root = thread.root().to_string();
            let ids = thread.messages().iter();
            let ids = ids.map(|message| message.id().to_string());
            let kept = all_kept(&root, ids);
            let version = (root, thread.signer());
            (kept, Some((version, thread.updated_at())))
        }
        Ok(Reading::Legacy(legacy)) => {
            let said = legacy.messages.iter();
            let said =
                said.map(|said| format!("{} {} {}", said.timestamp, said.role, said.content));
            (all_kept(&legacy.id, said), None)
        }
        Err(_) => (Vec::new(), None),
    }
}

/// The thread, and each of its messages.
fn all_kept(thread: &str, messages: impl Iterator<Item = String>) -> Vec<Kept> {
    let mut kept = vec![Kept {
        thread: thread.to_owned(),
        message: None,
    }];
    for message in messages {
        kept.push(Kept {
            thread: thread.to_owned(),
            message: Some(message),
        });
    }
    kept
}
