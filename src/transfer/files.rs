//! Files for exports: names that no title can bend, written whole or not at all.

use super::TransferError;
use crate::files::{self, Existing, NewFile, Readers};
use rayon::prelude::*;
use std::collections::HashSet;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

const MAX_SLUG_CHARACTERS: usize = 40;
const MAX_SLUG_BYTES: usize = 100;

/// Gives each of several threads a file name of its own.
#[derive(Debug, Default)]
pub struct Names(HashSet<String>);

impl Names {
    /// Keeps a name for another file; no thread's file gets it.
    pub fn reserve(&mut self, name: &'static str) -> &'static str {
        self.0
            .insert(name.split('.').next().unwrap_or_default().to_owned());
        name
    }

    /// A name for the thread whose file in the store is `path`: the name there, the title's letters
    /// and digits, and the extension. Of two that would be the same the second gets a number.
    pub fn name(&mut self, path: &str, title: &str, extension: &str) -> String {
        let stem = path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches(".json");
        let numbers =
            std::iter::once(String::new()).chain((2..).map(|number: u32| format!(".{number}")));
        let stem = numbers
            .map(|number| format!("{stem}{number}"))
            .find(|stem| self.0.insert(stem.clone()))
            .expect("there is always another number");
        let slug = slug(title);
        let dash = if slug.is_empty() { "" } else { "-" };
        format!("{stem}{dash}{slug}.{extension}")
    }
}

/// Letters and digits of any script, in lowercase, with a dash for all that stands between them.
fn slug(title: &str) -> String {
    // Letters by Unicode's word that show nothing.
    let is_blank = |c: char| matches!(c, '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}');
    let mut slug = String::new();
    for c in title
        .chars()
        .flat_map(char::to_lowercase)
        .take(4 * MAX_SLUG_CHARACTERS)
    {
        if c.is_alphanumeric() && !is_blank(c) {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.chars().count() >= MAX_SLUG_CHARACTERS || slug.len() >= MAX_SLUG_BYTES {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Refuses a path at which something stands, unless it is a plain file that may be replaced.
///
/// # Errors
///
/// If something stands there, or if that can't be told.
pub fn refuse_existing(path: &Path, may_replace: bool) -> Result<(), TransferError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(TransferError::disk(path)(error)),
        Ok(found) if !found.is_file() => Err(TransferError::NotAFile(path.to_owned())),
        Ok(_) if may_replace => Ok(()),
        Ok(_) => Err(TransferError::Exists(path.to_owned())),
    }
}

/// Makes the folder for several files, if it is not there.
///
/// # Errors
///
/// If something else stands there, or if the disk refuses.
pub fn make_folder(path: &Path) -> Result<(), TransferError> {
    match fs::create_dir_all(path) {
        Err(_) if path.exists() && !path.is_dir() => {
            Err(TransferError::NotAFolder(path.to_owned()))
        }
        made => made.map_err(TransferError::disk(path)),
    }
}

/// Writes a file beside its place, syncs it, and only then gives it its name. However it ends,
/// there is no half of it.
///
/// # Errors
///
/// If something stands there that may not be replaced, or if `content` or the disk refuses.
pub fn write(
    path: &Path,
    may_replace: bool,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), TransferError> {
    write_one(path, may_replace, content)?;
    sync_folder(files::folder_of(path))
}

/// The same for one of several files in a folder, which is to be synced after the last.
///
/// # Errors
///
/// If something stands there that may not be replaced, or if `content` or the disk refuses.
pub fn write_one(
    path: &Path,
    may_replace: bool,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), TransferError> {
    refuse_existing(path, may_replace)?;
    let file = NewFile::beside(path, ".mmogit-export-", Readers::AsUmask)
        .map_err(TransferError::disk(files::folder_of(path)))?;
    let mut buffer = BufWriter::new(file);
    content(&mut buffer).map_err(TransferError::disk(path))?;
    let file = buffer
        .into_inner()
        .map_err(|refused| TransferError::disk(path)(refused.into_error()))?;
    let existing = if may_replace {
        Existing::Replace
    } else {
        Existing::Keep
    };
    file.keep(existing).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => TransferError::Exists(path.to_owned()),
        _ => TransferError::disk(path)(error),
    })
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile<'c> {
    /// Where.
    pub path: PathBuf,
    /// All that it will hold.
    pub content: &'c [u8],
}

/// Writes several files of a folder on all cores, each as [`write_one`] does.
///
/// # Errors
/// The first in their order that could not be written; others after it may have been.
pub fn write_all(files: &[ExportFile<'_>], may_replace: bool) -> Result<(), TransferError> {
    let write = |file: &ExportFile<'_>| {
        write_one(&file.path, may_replace, |out| out.write_all(file.content))
    };
    let written: Vec<_> = files.par_iter().map(write).collect();
    written.into_iter().collect()
}

/// Makes the names of the files in a folder outlast a power cut.
///
/// # Errors
///
/// If the disk refuses.
pub fn sync_folder(folder: &Path) -> Result<(), TransferError> {
    files::sync(folder).map_err(TransferError::disk(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PATH: &str = ".mmogit/threads/2025-08/25/thread_1756140749.json";

    #[test]
    fn names_tell_the_thread_and_its_title() {
        let mut names = Names::default();
        assert_eq!(
            names.name(PATH, "implementing_auth", "md"),
            "thread_1756140749-implementing-auth.md"
        );
        assert_eq!(
            names.name(PATH, "Über  Größe!", "md"),
            "thread_1756140749.2-über-größe.md"
        );
        assert_eq!(
            names.name(PATH, "../../etc/passwd", "md"),
            "thread_1756140749.3-etc-passwd.md"
        );
        assert_eq!(
            names.name(PATH, "\u{3164}\u{202e} \n", "html"),
            "thread_1756140749.4.html"
        );
        assert_eq!(names.reserve("index.html"), "index.html");
        assert_eq!(names.name("a/index.json", "", "html"), "index.2.html");
        let long = names.name(PATH, &"語".repeat(200), "json");
        assert!(long.len() < 150, "{long}");
    }

    proptest! {
        #[test]
        fn names_are_plain_and_distinct(titles in prop::collection::vec(any::<String>(), 1..6)) {
            let mut names = Names::default();
            let made: HashSet<String> = titles.iter().map(|title| names.name(PATH, title, "md").to_lowercase()).collect();
            prop_assert_eq!(made.len(), titles.len());
            for name in made {
                prop_assert!(name.starts_with("thread_1756140749") && name.len() < 150);
                prop_assert!(name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c)), "{}", name);
            }
        }
    }

    #[test]
    fn what_stands_there_is_kept_unless_it_may_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        let text = |text: &'static str| move |out: &mut dyn Write| out.write_all(text.as_bytes());
        write(&path, false, text("one")).unwrap();
        assert!(matches!(
            write(&path, false, text("two")),
            Err(TransferError::Exists(_))
        ));
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        write(&path, true, text("three")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        assert!(matches!(
            write(folder.path(), true, text("x")),
            Err(TransferError::NotAFile(_))
        ));
    }

    #[test]
    fn of_several_files_each_is_whole_and_the_first_that_fails_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let content: Vec<String> = (0..100)
            .map(|number| format!("{number} ").repeat(999))
            .collect();
        let mut files = Vec::new();
        for (number, content) in content.iter().enumerate() {
            files.push(ExportFile {
                path: folder.path().join(format!("{number}.md")),
                content: content.as_bytes(),
            });
        }
        write_all(&files, false).unwrap();
        for file in &files {
            assert_eq!(fs::read(&file.path).unwrap(), file.content);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 100);
        fs::remove_file(&files[0].path).unwrap();
        let refused = write_all(&files, false).unwrap_err();
        assert!(matches!(refused, TransferError::Exists(path) if path == files[1].path));
    }

    #[test]
    fn a_write_that_breaks_off_leaves_nothing_and_harms_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, "before").unwrap();
        let broken = write(&path, true, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("the cable was pulled"))
        });
        assert!(matches!(broken, Err(TransferError::Disk { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("precious"), folder.path().join("a.md"));
        fs::write(&target, "kept").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(matches!(
            write(&link, true, |_| Ok(())),
            Err(TransferError::NotAFile(_))
        ));
        assert_eq!(fs::read_to_string(&target).unwrap(), "kept");
    }
}
