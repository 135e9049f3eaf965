//! Files that are read whole, but never more of them than they ever rightly have: nothing else
//! tells what a file on a person's disk has grown to.

use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The most bytes of what a person or this program writes down in a few lines.
pub const FEW_LINES: u64 = 1 << 20;

/// The most bytes of what grows line by line.
pub const MANY_LINES: u64 = 64 << 20;

/// Opens a file of the home to read it. Only a plain file is one of ours: at a pipe that somebody put
/// in its place nobody would ever write, and reading it would never end.
///
/// # Errors
///
/// If it can't be opened, or is no plain file.
pub fn open(path: &Path) -> io::Result<File> {
    open_plain(path, OpenOptions::new().read(true))
}

/// Opens a file of the home to write it where it lies, by the same rule.
///
/// # Errors
///
/// If it can't be opened, or is no plain file.
pub fn open_to_write(path: &Path) -> io::Result<File> {
    open_plain(path, OpenOptions::new().write(true))
}

fn open_plain(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // So that a pipe is not waited for.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = options.custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        let why = "it is not a plain file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    Ok(file)
}

/// A plain file's bytes, if there are not more than so many.
///
/// # Errors
///
/// If it can't be read, or is no plain file; of the kind `InvalidData`, if it has more.
pub fn read_plain(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_from(open(path)?, most)
}

/// The bytes of a file, or of whatever stands for one, such as a pipe that the user named; if there
/// are not more than so many.
///
/// # Errors
///
/// If it can't be read; of the kind `InvalidData`, if it has more.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_from(File::open(path)?, most)
}

fn read_from(file: File, most: u64) -> io::Result<Vec<u8>> {
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
///
/// # Errors
///
/// As [`read`]; of the kind `InvalidData`, if it is no text.
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

    /// With nobody at its other end, whoever opened a pipe would wait for ever.
    #[test]
    fn what_is_no_plain_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RWXU,
            0,
        )
        .unwrap();
        for path in [&pipe, folder.path(), Path::new("/dev/null")] {
            assert!(read_plain(path, FEW_LINES).is_err(), "{path:?}");
            assert!(open_to_write(path).is_err(), "{path:?}");
        }
        let file = folder.path().join("file");
        std::fs::write(&file, "text").unwrap();
        assert_eq!(read_plain(&file, FEW_LINES).unwrap(), b"text");
        assert!(open_to_write(&file).is_ok());
    }

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
