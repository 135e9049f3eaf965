//! Threads on their way out: read, checked, drawn and written on all cores, in their order.

use super::{ExportRequest, Format};
use crate::cli::{Failure, Progress, Ui};
use crate::model::{PublicKey, Reading};
use crate::render::export::{Drawing, ListingLine, drawn, html, is_opened};
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::seal::Opener;
use crate::store::Entry;
use crate::transfer::{self, ExportFile, Names, bundle};
use crate::verify::Verdict;
use crate::workspace::{CheckedFile, FileFinding, Workspace, read_checked};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::Path;

/// So many threads are in memory at once.
const AT_ONCE: usize = 256;
/// The page that lists the others.
const INDEX: &str = "index.html";

/// What is to be exported, and how.
pub(super) struct Export<'a> {
    pub(super) request: &'a ExportRequest<'a>,
    /// What opens sealed threads, for a document.
    pub(super) opener: Option<Opener>,
    pub(super) workspace: &'a Workspace,
    pub(super) entries: &'a [Entry],
    pub(super) ui: &'a Ui,
}

/// What happened on the way.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) written: usize,
    pub(super) is_bad: bool,
    /// Sealed threads that lie open in what was written.
    pub(super) opened: usize,
}

/// A thread as it will be written.
struct Drawn {
    entry: Entry,
    reading: Reading,
    findings: Vec<FileFinding>,
    content: Vec<u8>,
}

impl Export<'_> {
    /// Into one file, or to standard output.
    pub(super) fn to_one(&self, output: Option<&Path>) -> Result<Tally, Failure> {
        let shape = if self.request.several {
            Drawing::Line
        } else {
            self.request.drawing()
        };
        let progress = if output.is_some() {
            Progress::new(self.ui)
        } else {
            Progress::beside_output(self.ui)
        };
        self.each_group(shape, progress, |group| {
            for thread in group {
                self.write_one(output, &thread.content)?;
            }
            Ok(())
        })
    }

    fn write_one(&self, output: Option<&Path>, content: &[u8]) -> Result<(), Failure> {
        match output {
            Some(path) => Ok(transfer::write(path, self.request.force, |out| {
                out.write_all(content)
            })?),
            None if self.request.format == Format::Json => self.ui.stored_json(content),
            None => self.ui.bytes(content),
        }
    }

    /// Into a folder, each into a file of its own.
    pub(super) fn to_folder(&self, folder: &Path) -> Result<Tally, Failure> {
        let force = self.request.force;
        transfer::make_folder(folder)?;
        let mut names = Names::default();
        let has_index = self.request.several && self.request.format == Format::Html;
        let index = has_index.then(|| folder.join(names.reserve(INDEX)));
        if let Some(index) = &index {
            transfer::refuse_existing(index, force)?;
        }
        let mut lines = Vec::new();
        let tally = self.each_group(self.request.drawing(), Progress::new(self.ui), |group| {
            let mut files = Vec::with_capacity(group.len());
            for thread in group {
                let name = self.name_of(thread, &mut names);
                files.push(ExportFile {
                    path: folder.join(&name),
                    content: &thread.content,
                });
                if has_index {
                    lines.push(ListingLine::new(name, &thread.reading, &thread.findings));
                }
            }
            Ok(transfer::write_all(&files, force)?)
        })?;
        if let Some(index) = index {
            let page = html::index(&mut lines);
            transfer::write_one(&index, force, |out| out.write_all(page.as_bytes()))?;
        }
        transfer::sync_folder(folder)?;
        Ok(tally)
    }

    fn name_of(&self, thread: &Drawn, names: &mut Names) -> String {
        let title = match &thread.reading {
            Reading::Thread(thread) => thread.title(),
            Reading::Legacy(legacy) => &legacy.title,
        };
        names.name(&thread.entry.path, title, self.request.format.extension())
    }

    /// Into one bundle. The threads wait in a nameless file, since the header tells how many they
    /// are and whose.
    pub(super) fn to_bundle(&self, output: Option<&Path>) -> Result<Tally, Failure> {
        if let Some(path) = output {
            transfer::refuse_existing(path, self.request.force)?;
        }
        let mut lines = tempfile::tempfile()?;
        let mut authors = BTreeSet::new();
        let tally = self.each_group(Drawing::Line, Progress::new(self.ui), |group| {
            for thread in group {
                authors.extend(thread.reading.author());
                lines.write_all(&thread.content)?;
            }
            Ok(())
        })?;
        lines.rewind()?;
        match output {
            Some(path) => transfer::write(path, self.request.force, |out| {
                copy(out, &tally, &authors, &mut lines)
            })?,
            None => {
                let mut whole = Vec::new();
                copy(&mut whole, &tally, &authors, &mut lines)?;
                self.ui.bytes(&whole)?;
            }
        }
        Ok(tally)
    }

    /// Hands over the threads that can be exported, group by group and in order; a malformed file
    /// can't. Reading, checking and drawing a group is done on all cores.
    fn each_group(
        &self,
        shape: Drawing,
        progress: Progress,
        mut take: impl FnMut(&[Drawn]) -> Result<(), Failure>,
    ) -> Result<Tally, Failure> {
        let mut tally = Tally::default();
        let Some(store) = self.workspace.store()? else {
            return Ok(tally);
        };
        let mut done = 0;
        for entries in store.in_groups(self.entries, AT_ONCE) {
            progress.show("Exporting", done, self.entries.len());
            done += entries.len();
            let opener = self.opener.as_ref();
            let checked = read_checked(&store, entries, |mut file| {
                if let (Some(opener), Some(Reading::Thread(thread))) = (opener, &mut file.reading) {
                    opener.open(thread);
                }
                let content = drawn(shape, &file);
                (file, content)
            });
            let mut group = Vec::with_capacity(checked.len());
            for (file, content) in checked {
                self.warn_of(&file, &progress);
                tally.is_bad |= file.report.is_bad();
                if let Some(reading) = file.reading {
                    tally.opened += usize::from(is_opened(&reading));
                    group.push(Drawn {
                        entry: file.entry,
                        reading,
                        findings: file.report.findings,
                        content: content.map_err(anyhow::Error::from)?,
                    });
                }
            }
            tally.written += group.len();
            take(&group)?;
        }
        Ok(tally)
    }

    fn warn_of(&self, file: &CheckedFile, progress: &Progress) {
        let report = &file.report;
        if report.verdict == Verdict::Valid {
            return;
        }
        let why = SafeText::joined(report.findings.iter().map(SafeText::shown), "; ");
        let sign = if report.is_bad() { "❌" } else { "⚠️ " };
        progress.clear();
        self.ui.warning(safe_format!(
            "{} {}: {}: {}",
            sign,
            SafeText::line(&report.path),
            report.verdict.as_str(),
            why
        ));
    }
}

fn copy(
    out: &mut dyn Write,
    tally: &Tally,
    authors: &BTreeSet<PublicKey>,
    lines: &mut File,
) -> io::Result<()> {
    bundle::write_header(out, tally.written, authors)?;
    io::copy(lines, out).map(drop)
}
