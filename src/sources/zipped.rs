//! Exports that come as a zip. Nothing of one is ever written to a disk, and of its names only those
//! of conversations are looked at; so whatever else they say is harmless.

use std::fs::File;
use std::io::{self, BufReader, Read};
use zip::ZipArchive;

/// What a zip begins with.
const MAGIC: &[u8] = b"PK\x03\x04";

/// So many bytes may all that is read of one come to. A small file can hold a thousand times its size.
const MOST_BYTES: u64 = 16 << 30;

/// Whether a file that begins so is a zip.
pub fn is_zip(start: &[u8]) -> bool {
    start.starts_with(MAGIC)
}

/// A zip, opened.
pub struct Zipped {
    archive: ZipArchive<BufReader<File>>,
    /// The names of the files with conversations, in order.
    pub members: Vec<String>,
    left: u64,
}

impl Zipped {
    /// Reads what there is in a zip.
    ///
    /// # Errors
    ///
    /// If it is none, or can't be read.
    pub fn open(file: File) -> io::Result<Self> {
        let archive = ZipArchive::new(BufReader::new(file))?;
        // A name that is no text is not one of these.
        let names = archive.file_names().filter_map(Result::ok);
        let names = names.filter(|name| has_conversations(name));
        let mut members: Vec<String> = names.map(|name| name.into_owned()).collect();
        members.sort();
        Ok(Self {
            archive,
            members,
            left: MOST_BYTES,
        })
    }

    /// Hands over one of its files to be read; `read` says how many bytes it took of it.
    pub fn with_member<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut dyn Read) -> T,
    ) -> io::Result<T> {
        let member = self.archive.by_name(name)?;
        let mut bounded = Bounded {
            input: member,
            left: self.left,
        };
        let done = read(&mut bounded);
        self.left = bounded.left;
        Ok(done)
    }
}

/// `conversations.json`, or `conversations-000.json` and so on, at the top or in a folder.
pub fn has_conversations(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let number = file
        .strip_prefix("conversations")
        .and_then(|rest| rest.strip_suffix(".json"));
    number.is_some_and(|number| {
        let digits = number.strip_prefix('-').unwrap_or(number);
        digits.chars().all(|digit| digit.is_ascii_digit())
    })
}

/// Fails where there is more than it may come to: what is cut off would look whole.
struct Bounded<R> {
    input: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            let why = format!("it unpacks to more than {} GiB", MOST_BYTES >> 30);
            io::Error::new(io::ErrorKind::InvalidData, why)
        })?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_conversations_are_looked_at() {
        for name in [
            "conversations.json",
            "conversations-012.json",
            "export/conversations.json",
        ] {
            assert!(has_conversations(name), "{name}");
        }
        for name in [
            "user.json",
            "conversations.json.exe",
            "my-conversations.json",
            "conversations-a.json",
            "",
        ] {
            assert!(!has_conversations(name), "{name}");
        }
    }

    #[test]
    fn what_unpacks_without_end_is_an_error_and_no_end() {
        let mut bounded = Bounded {
            input: io::repeat(b'['),
            left: 100,
        };
        let mut read = Vec::new();
        assert!(bounded.read_to_end(&mut read).is_err());
        assert!(read.len() <= 100);
    }
}
