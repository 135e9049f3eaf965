//! `mmogit draft apply`: a draft, or some of its lines, as a file.

use super::{Desk, Which, refused, with_end};
use crate::cli::{Exit, Failure};
use crate::files::{self, Existing, NewFile, Readers};
use crate::model::DraftState;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::workspace::{DraftError, ShownDraft, WorkError};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Write an accepted draft to a file, or some lines of any draft
///
/// A file that is there stays, unless you say --force. Some lines (--part) may be taken of a draft
/// that was not accepted; it is then partially applied: more lines may be taken, but it can't be
/// accepted, edited, discarded or applied as a whole any more. The draft notes when it was applied,
/// and the name of the file without its folder; of a sealed draft not even that.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  mmogit draft apply 3fa9 --to plan.md
  mmogit draft apply 3fa9 --to plan.md --force
  mmogit draft apply 3fa9 --part 3-10 --to snippet.rs")]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Only these lines of it, counted from 1
    #[arg(long, value_name = "LINES")]
    part: Option<Part>,
    /// Write over the file if there is one
    #[arg(long)]
    force: bool,
}

/// Lines of a draft: `7`, or `3-10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    first: usize,
    last: usize,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let number = |text: &str| text.parse::<usize>().ok().filter(|number| *number > 0);
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self { first, last }),
            _ => Err("write 7, or 3-10: lines are counted from 1".to_owned()),
        }
    }
}

impl Part {
    /// These lines of a text; `None` if it has not as many.
    fn of(self, text: &str) -> Option<String> {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let part = lines.get(self.first - 1..self.last)?;
        Some(part.concat())
    }
}

/// Writes the file, and notes that.
///
/// # Errors
/// If what became of the draft does not allow it, if the file is there or can't be written, or if
/// it can't be noted.
pub fn run(args: &Args, desk: &Desk<'_>) -> Result<(), Failure> {
    let keys = desk.keys()?;
    let found = desk.find(&keys, &args.which.id)?;
    if args.to == Path::new("-") {
        return Err(no_file(&found));
    }
    let allowed = found.draft.may_be_applied(args.part.is_some());
    allowed.map_err(|why| refused(DraftError::Refused(why).into(), &found))?;
    let text = text_of(&found, args.part)?;
    let name = args.to.file_name().ok_or_else(|| {
        Failure::new(Exit::Usage, "that names no file").hint("Name one: --to plan.md")
    })?;
    put(&args.to, text.as_bytes(), args.force)?;
    let name = name.to_string_lossy();
    let drafts = desk.workspace.drafts();
    let noted = drafts.note_applied(&keys, &found, Some(&name), args.part.is_some());
    let done = noted.map_err(|error| {
        desk.ui.hint(safe_format!(
            "{} is written; the draft does not say so.",
            SafeText::shown(args.to.display())
        ));
        refused(error, &found)
    })?;
    tell(args, &done, desk)
}

fn tell(args: &Args, done: &ShownDraft, desk: &Desk<'_>) -> Result<(), Failure> {
    let what = match args.part {
        Some(_) => "🧩 Applied in part",
        None => "📄 Applied",
    };
    desk.tell(&args.which, done, what)?;
    if args.which.json {
        return Ok(());
    }
    desk.ui
        .hint(safe_format!("   {}", SafeText::shown(args.to.display())));
    if done.draft.state == DraftState::PartiallyApplied {
        desk.ui.hint(safe_format!(
            "   More of its lines: mmogit draft apply {} --part LINES --to FILE. It can't be \
             accepted, edited or discarded any more.",
            SafeText::shown(done.draft.id.short())
        ));
    }
    Ok(())
}

fn no_file(found: &ShownDraft) -> Failure {
    Failure::new(Exit::Usage, "- names no file").hint(safe_format!(
        "Nothing was written. To print it: `mmogit draft show {} --text`; for a file of that name: \
         --to ./-",
        SafeText::shown(found.draft.id.short())
    ))
}

fn text_of(found: &ShownDraft, part: Option<Part>) -> Result<String, Failure> {
    let open = found.open.clone();
    let open = open.map_err(|why| WorkError::from(DraftError::Closed(why)))?;
    let mut text = open.text();
    if let Some(part) = part {
        text = part.of(&text).ok_or_else(|| {
            let lines = text.lines().count();
            Failure::new(
                Exit::Usage,
                safe_format!("the draft has only {} lines", lines),
            )
            .hint("Nothing was written.")
        })?;
    }
    Ok(with_end(text))
}

/// Writes a file whole or not at all.
fn put(path: &Path, bytes: &[u8], may_replace: bool) -> Result<(), Failure> {
    let shown = || SafeText::shown(path.display());
    let nothing = "Nothing was written.";
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => {
            let what = safe_format!("{} is a link", shown());
            return Err(Failure::new(Exit::Failed, what).hint("Name the file that it leads to."));
        }
        Ok(there) if !there.is_file() => {
            let what = safe_format!("{} is not a file", shown());
            return Err(Failure::new(Exit::Failed, what).hint(nothing));
        }
        Ok(_) if !may_replace => return Err(exists(path)),
        _ => {}
    }
    let existing = match may_replace {
        true => Existing::Replace,
        false => Existing::Keep,
    };
    let written = write(path, bytes, existing);
    // What it is called before it has its name is nothing to anybody: the kind alone is told.
    let why = written.map_err(|error| error.kind());
    why.map_err(|why| match why {
        ErrorKind::AlreadyExists => exists(path),
        ErrorKind::NotFound if !files::folder_of(path).is_dir() => {
            let folder = SafeText::shown(files::folder_of(path).display());
            let what = safe_format!("there is no folder {}", folder);
            Failure::new(Exit::Failed, what).hint(nothing)
        }
        why => {
            let what = safe_format!("{} can't be written: {}", shown(), SafeText::shown(why));
            Failure::new(Exit::Failed, what).hint(nothing)
        }
    })
}

fn write(path: &Path, bytes: &[u8], existing: Existing) -> io::Result<()> {
    let mut file = NewFile::beside(path, ".mmogit-draft-", Readers::AsUmask)?;
    file.write_all(bytes)?;
    file.keep(existing)?;
    files::sync(files::folder_of(path))
}

fn exists(path: &Path) -> Failure {
    let what = safe_format!("{} is there already", SafeText::shown(path.display()));
    Failure::new(Exit::Failed, what)
        .hint("Nothing was written. Take another name, or --force to write over it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one_and_none_is_made_up() {
        let part = |text: &str| text.parse::<Part>();
        assert_eq!(part("2").unwrap().of("a\nb\nc"), Some("b\n".to_owned()));
        assert_eq!(part("2-3").unwrap().of("a\nb\nc"), Some("b\nc".to_owned()));
        assert_eq!(part("3-4").unwrap().of("a\nb\nc"), None);
        for wrong in ["", "0", "0-1", "3-2", "a", "1-", "-1", "1-2-3"] {
            assert!(part(wrong).is_err(), "{wrong}");
        }
    }
}
