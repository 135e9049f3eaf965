//! Where on a branch the files of the record lie (docs/format.md, section 11).

use super::{Hash, Thread, ThreadId, filed_name};

/// The folder of all threads.
pub const THREADS: [&str; 2] = [".mmogit", "threads"];

/// The folder, beside that of the threads, of what remains of those that were erased.
pub const ERASED: &str = "erased";

/// An owner's card: its folder and its name.
pub const CARD: [&str; 2] = [".mmogit", "card.json"];

/// Where a document lies that is filed under its id: `.mmogit`, the folder of its kind, file.
pub fn place_of_filed(folder: &str, id: &Hash) -> [String; 3] {
    [THREADS[0].to_owned(), folder.to_owned(), filed_name(id)]
}

/// The path to a file in the folder of a thread's day: `.mmogit`, `threads`, month, day, file.
pub fn components(id: ThreadId, file_name: &str) -> [String; 5] {
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

/// A file's bare name: that of the only, or the first, thread of an id.
pub fn file_name(id: ThreadId) -> String {
    format!("{id}.json")
}

/// The name of the later arrival, where two threads have one id.
pub fn file_name_with_root(id: ThreadId, root: &Hash) -> String {
    format!("{id}-{}.json", root.short())
}

/// The two paths on a branch at which a thread may lie, the bare one first.
pub fn places_of(thread: &Thread) -> [String; 2] {
    let id = thread.id();
    let names = [file_name(id), file_name_with_root(id, &thread.root())];
    names.map(|name| components(id, &name).join("/"))
}

/// The id that a thread file's name states; `None` if no thread's file has such a name.
pub fn id_of_file(name: &str) -> Option<ThreadId> {
    let stem = name.strip_suffix(".json")?;
    let id = match stem.split_once('-') {
        None => stem,
        Some((id, root)) if is_short_hex(root) => id,
        Some(_) => return None,
    };
    ThreadId::read(id)
}

fn is_short_hex(text: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == 8 && text.bytes().all(is_digit)
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
