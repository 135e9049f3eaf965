//! Where each thread's file lies in a branch: format.md, section 11.

use crate::model::{Hash, Thread, ThreadId};
use git2::{ObjectType, Repository, Tree};

/// The folder of all threads on a branch.
pub(in crate::store) const THREADS: [&str; 2] = [".mmogit", "threads"];

/// The mode of a thread's file (format.md, section 11).
pub(in crate::store) const PLAIN: i32 = 0o100_644;

/// `.mmogit`, `threads`, month, day, file.
pub(in crate::store) fn components(id: ThreadId, file_name: &str) -> [String; 5] {
    let day = id.time().utc();
    let [top, threads] = THREADS.map(str::to_owned);
    [
        top,
        threads,
        day.format("%Y-%m").to_string(),
        day.format("%d").to_string(),
        file_name.to_owned(),
    ]
}

pub(in crate::store) fn file_name(id: ThreadId) -> String {
    format!("{id}.json")
}

/// The name of the later arrival, where two threads have one id.
pub(in crate::store) fn file_name_with_root(id: ThreadId, root: &Hash) -> String {
    format!("{id}-{}.json", root.short())
}

/// The two paths on a branch at which a thread may lie.
pub fn places_of(thread: &Thread) -> [String; 2] {
    let id = thread.id();
    [file_name(id), file_name_with_root(id, &thread.root())]
        .map(|name| components(id, &name).join("/"))
}

pub(in crate::store) fn id_of_file(name: &str) -> Option<ThreadId> {
    let stem = name.strip_suffix(".json")?;
    let (id, root) = stem.split_once('-').unwrap_or((stem, ""));
    let root_is_right =
        root.len() == 8 && root.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (root.is_empty() != stem.contains('-') && (root.is_empty() || root_is_right))
        .then(|| ThreadId::read(id))
        .flatten()
}

/// The folder at a path, if it is there and is a folder. One that can't be read is an error, and
/// not missing.
pub(in crate::store) fn folder_at<'r>(
    repo: &'r Repository,
    tree: &Tree<'r>,
    path: &[impl AsRef<str>],
) -> Result<Option<Tree<'r>>, git2::Error> {
    let mut folder = tree.clone();
    for name in path {
        let found = folder
            .get_name(name.as_ref())
            .filter(|entry| entry.kind() == Some(ObjectType::Tree));
        let Some(id) = found.map(|entry| entry.id()) else {
            return Ok(None);
        };
        folder = super::folder(repo, id)?;
    }
    Ok(Some(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_read_off_the_id() {
        let id = ThreadId::read("thread_1756140749").unwrap();
        let path = components(id, &file_name(id)).join("/");
        assert_eq!(path, ".mmogit/threads/2025-08/25/thread_1756140749.json");
    }

    #[test]
    fn only_our_own_names_are_threads() {
        for good in ["thread_1.json", "thread_1-0123abcd.json"] {
            assert!(id_of_file(good).is_some(), "{good}");
        }
        let bad = [
            "thread_1",
            "thread_01.json",
            "thread_1-.json",
            "thread_1-0123ABCD.json",
            "x.json",
            "thread_1-a-b.json",
        ];
        for bad in bad {
            assert!(id_of_file(bad).is_none(), "{bad}");
        }
    }
}
