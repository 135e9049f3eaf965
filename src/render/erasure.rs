//! What erasing a thread does and doesn't do, said before; and what was done.

use super::counted::counted;
use super::safe::SafeText;
use crate::safe_format;
use crate::store::Erased;
use crate::workspace::Erasable;
use serde_json::{Value, json};

/// What is to be known before.
pub fn warning(erasable: &Erasable) -> SafeText {
    let title = erasable
        .title
        .as_deref()
        .map(SafeText::line)
        .unwrap_or_default();
    let mut text = safe_format!(
        "🪦 {} - {} ({})\n",
        title,
        SafeText::line(erasable.name()),
        counted(erasable.messages, "message")
    );
    text += "\
Will be erased for good: the thread with all its versions on your branch, its journals, what you typed in it, and the \
index. Your branch will be written anew without it and signed by you; from where the thread began its commits get \
new ids. A signed word that it was there stays, with its id and root.\n\
Out of reach from here: clones, exports, bundles and backups; other people's copies; what the AI's service keeps; a \
disk may keep deleted blocks. Your other devices keep it until they fetch your new branch and the same command is run \
there.\n";
    text += list(
        "Still in this repository, for these hold it too:",
        &erasable.kept_in,
    );
    text += list(
        "Threads with copies of its messages, which stay; erase each by itself:",
        &erasable.copied_in,
    );
    let remotes: Vec<String> = erasable
        .remotes
        .iter()
        .map(|remote| format!("{} ({})", remote.name, remote.address))
        .collect();
    text += list("Remotes, which keep what was pushed to them:", &remotes);
    text += list(
        "Repositories that this one borrows objects from, left as they are:",
        &erasable.alternates,
    );
    text
}

fn list(heading: &'static str, names: &[String]) -> SafeText {
    let lines = names
        .iter()
        .map(|name| safe_format!("→ {}\n", SafeText::line(name)));
    if names.is_empty() {
        SafeText::new()
    } else {
        safe_format!("{}\n{}", heading, lines.collect::<SafeText>())
    }
}

/// What was done.
pub fn done(erased: &Erased) -> SafeText {
    safe_format!(
        "🪦 Erased: {}\n   Commits signed anew: {}; gone: {}; objects removed: {}\n",
        erased.erasure.thread,
        erased.commits.anew,
        erased.commits.gone,
        erased.removed
    )
}

/// The same for programs; without what was looked at before, if only the rest of an erasure was
/// done.
pub fn json(erased: &Erased, erasable: Option<&Erasable>) -> Value {
    let remotes = |erasable: &Erasable| {
        let remotes = erasable.remotes.iter();
        remotes
            .map(|remote| json!({"name": remote.name, "address": remote.address}))
            .collect::<Vec<_>>()
    };
    json!({
        "id": erased.erasure.thread.to_string(),
        "root": erased.erasure.root.map(|root| root.to_string()),
        "erased_at": erased.erasure.erased_at.to_string(),
        "replaced": erased.erasure.replaced,
        "commits_signed_anew": erased.commits.anew,
        "commits_gone": erased.commits.gone,
        "objects_removed": erased.removed,
        "kept_in": erasable.map(|erasable| &erasable.kept_in),
        "copied_in": erasable.map(|erasable| &erasable.copied_in),
        "remotes": erasable.map(remotes),
        "alternates": erasable.map(|erasable| &erasable.alternates),
    })
}
