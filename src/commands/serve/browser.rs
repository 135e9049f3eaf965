//! Opening the page in a browser. Its link must not be seen by others, so the browser is handed a
//! file that leads there, and never the link itself: whoever lists processes sees their arguments.

use crate::backend::find_in;
use crate::cli::{Environment, Exit, Failure, Ui};
use crate::render::safe::SafeText;
use crate::safe_format;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use tempfile::NamedTempFile;

const PROGRAM: &str = if cfg!(target_os = "macos") {
    "open"
} else {
    "xdg-open"
};
const OPEN_IT: &str = "Open the link yourself.";
/// How long a browser may take to read the file.
const TIME_TO_READ: Duration = Duration::from_secs(60);

/// The file that a browser was handed; gone with this, or after a while.
pub struct HandedPage(Arc<Mutex<Option<NamedTempFile>>>);

impl HandedPage {
    /// Starts the browser on a page that leads to a link.
    ///
    /// # Errors
    /// If there is no program that opens pages, or the file can't be written.
    pub fn open(url: &str, environment: &Environment) -> Result<Self, Failure> {
        let program = find_in(&environment.path, PROGRAM).ok_or_else(|| {
            let what = safe_format!("no browser was opened: {} is not there", PROGRAM);
            Failure::new(Exit::Failed, what).hint(OPEN_IT)
        })?;
        let folder = folder(environment);
        let file = write_page(&folder, url).map_err(|error| {
            let what = safe_format!(
                "no browser was opened: {}: {}",
                SafeText::shown(folder.display()),
                SafeText::shown(error)
            );
            Failure::new(Exit::Failed, what).hint(OPEN_IT)
        })?;
        let mut child = Command::new(program)
            .arg(file.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let page = Arc::new(Mutex::new(Some(file)));
        let shared = Arc::clone(&page);
        thread::spawn(move || {
            // What it says of itself is nobody's concern, but for that it could not.
            if !child.wait().is_ok_and(|status| status.success()) {
                Ui::new().warning(safe_format!(
                    "⚠️  no browser was opened: {} failed",
                    PROGRAM
                ));
                Ui::new().hint(OPEN_IT);
            }
            thread::sleep(TIME_TO_READ);
            remove(&shared);
        });
        Ok(Self(page))
    }

    /// Leaves a browser the time to read it, where nothing else is waited for.
    pub fn wait_to_be_read(self) {
        thread::sleep(Duration::from_secs(5));
    }
}

impl Drop for HandedPage {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

fn remove(page: &Mutex<Option<NamedTempFile>>) {
    page.lock().unwrap_or_else(PoisonError::into_inner).take();
}

/// The user's own folder: browsers from a package see no hidden ones, and have a `/tmp` of their own.
fn folder(environment: &Environment) -> PathBuf {
    let home = environment.variable("HOME").map(PathBuf::from);
    home.unwrap_or_else(|| environment.home.clone())
}

/// A page that only its owner can read.
fn write_page(folder: &Path, url: &str) -> std::io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix("mmogit-")
        .suffix(".html")
        .tempfile_in(folder)?;
    // The address is made of our own words, digits and signs that mean nothing here.
    writeln!(
        file,
        "<!doctype html><meta charset=\"utf-8\"><title>mmogit</title>\
         <meta name=\"referrer\" content=\"no-referrer\">\
         <meta http-equiv=\"refresh\" content=\"0;url={url}\"><a href=\"{url}\">mmogit</a>"
    )?;
    file.flush()?;
    Ok(file)
}
