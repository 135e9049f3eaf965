//! Files that are read whole, but never more of them than they ever rightly have: nothing else
//! tells what a file on a person's disk has grown to.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The most bytes of what a person or this program writes down in a few lines.
pub const FEW_LINES: u64 = 1 << 20;

/// The most bytes of what grows line by line.
pub const MANY_LINES: u64 = 64 << 20;

/// A file's bytes, if there are not more than so many. If there are, the error is of the kind
/// `InvalidData`.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    // With room for all of it from the start, no copy of a secret is left behind.
    let size = file.metadata()?.len().min(most);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(too_large(most));
    }
    Ok(bytes)
}

/// A file's text, by the same rule.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    let not_text = |_| io::Error::new(io::ErrorKind::InvalidData, "it is not a text in UTF-8");
    String::from_utf8(read(path, most)?).map_err(not_text)
}

fn too_large(most: u64) -> io::Error {
    let why = format!(
        "it has more than {} MiB, which no such file has",
        most >> 20
    );
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound_and_refused_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (size, is_read) in [
            (0, true),
            (FEW_LINES, true),
            (FEW_LINES + 1, false),
            (1 << 40, false),
        ] {
            File::create(&path).unwrap().set_len(size).unwrap();
            let read = read(&path, FEW_LINES);
            assert_eq!(
                read.as_ref().ok().map(|bytes| bytes.len() as u64),
                is_read.then_some(size)
            );
            assert!(
                read.err()
                    .is_none_or(|error| error.kind() == io::ErrorKind::InvalidData)
            );
        }
        // It says that it has nothing, and never ends.
        assert!(read(Path::new("/dev/zero"), FEW_LINES).is_err());
        assert_eq!(
            read(&folder.path().join("none"), 1).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }
}
