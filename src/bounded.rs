//! Files that are read whole, but never more of them than they ever rightly have: nothing else
//! tells what a file on a person's disk has grown to.

use rustix::fs::OFlags;
use std::fs::{self, File, OpenOptions};
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
    open_plain(path, OpenOptions::new().read(true), OFlags::empty())
}

/// Opens a file of the home to read it by the same rule, if its name is no link.
///
/// # Errors
///
/// If it can't be opened, is a link, or is no plain file.
pub fn open_no_link(path: &Path) -> io::Result<File> {
    open_plain(path, OpenOptions::new().read(true), OFlags::NOFOLLOW)
}

/// Opens a file of the home to write it where it lies, by the same rule.
///
/// # Errors
///
/// If it can't be opened, or is no plain file.
pub fn open_to_write(path: &Path) -> io::Result<File> {
    open_plain(path, OpenOptions::new().write(true), OFlags::empty())
}

/// Opens a file of the home that is only there to be locked, and makes it where there is none. What
/// it holds is left alone, and a link in its place is not followed: it would lead to a file that is
/// not ours.
///
/// # Errors
///
/// If it can't be opened or made, or is no plain file.
pub fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    open_plain(path, &mut options, OFlags::NOFOLLOW)
}

/// Whether a folder of the home is there. What lies in one of ours may be renamed and removed, so a
/// link in its place is refused: it would lead to what others keep.
///
/// # Errors
///
/// If it can't be looked at, or is no folder.
pub fn has_folder(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::NotADirectory,
            "it is not a folder of its own",
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Refuses what is there and is no plain file, before it is opened by code that is not ours. What is
/// not there is all right.
///
/// # Errors
///
/// If it is no plain file.
pub fn refuse_unless_plain(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(not_plain()),
        _ => Ok(()),
    }
}

/// The same for all that lies in a folder and in those within it. No link is followed to a folder.
///
/// # Errors
///
/// If something in it is no plain file, or a folder can't be read.
pub fn refuse_unless_all_plain(folder: &Path) -> io::Result<()> {
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_symlink() {
                let is_pipe_or_such = |found: fs::Metadata| !found.is_file() && !found.is_dir();
                if fs::metadata(entry.path()).is_ok_and(is_pipe_or_such) {
                    return Err(not_plain());
                }
            } else if !kind.is_file() {
                return Err(not_plain());
            }
        }
    }
    Ok(())
}

fn not_plain() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not a plain file")
}

fn open_plain(path: &Path, options: &mut OpenOptions, links: OFlags) -> io::Result<File> {
    // So that a pipe is not waited for.
    let flags = OFlags::NONBLOCK | links;
    let file = options
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Err(not_plain());
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

/// A plain file's bytes by the same rule, if its name is no link.
///
/// # Errors
///
/// As [`read_plain`]: of the kind `InvalidInput`, if it is no plain file; with the code `ELOOP`, if it
/// is a link.
pub fn read_no_link(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_from(open_no_link(path)?, most)
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

/// A plain file's text, if it has not more than so many bytes.
///
/// # Errors
///
/// As [`read_plain`]; of the kind `InvalidData`, if it is no text.
pub fn read_plain_text(path: &Path, most: u64) -> io::Result<String> {
    text_of(read_plain(path, most)?)
}

/// The text of a file, or of whatever stands for one.
///
/// # Errors
///
/// As [`read`]; of the kind `InvalidData`, if it is no text.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    text_of(read(path, most)?)
}

fn text_of(bytes: Vec<u8>) -> io::Result<String> {
    let not_text = |_| io::Error::new(io::ErrorKind::InvalidData, "it is not a text in UTF-8");
    String::from_utf8(bytes).map_err(not_text)
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
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(read_plain(&link, FEW_LINES).unwrap(), b"text");
        assert_eq!(read_no_link(&file, FEW_LINES).unwrap(), b"text");
        let refused = read_no_link(&link, FEW_LINES).unwrap_err();
        let code = rustix::io::Errno::LOOP.raw_os_error();
        assert_eq!(refused.raw_os_error(), Some(code));
        assert!(open_to_write(&file).is_ok());
    }

    #[test]
    fn a_link_is_no_lock_and_no_folder_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link, folders, linked] =
            ["file", "link", "folders", "linked"].map(|name| folder.path().join(name));
        fs::write(&file, "text").unwrap();
        fs::create_dir(&folders).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        std::os::unix::fs::symlink(&folders, &linked).unwrap();
        assert!(open_lock(&link).is_err());
        assert!(open_lock(&file).is_ok() && open_lock(&folder.path().join("new")).is_ok());
        assert_eq!(fs::read_to_string(&file).unwrap(), "text");
        assert!(has_folder(&folders).unwrap());
        assert!(!has_folder(&folder.path().join("none")).unwrap());
        assert!(has_folder(&linked).is_err() && has_folder(&file).is_err());
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
