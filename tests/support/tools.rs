//! Programs that a test needs and a machine may not have.

use std::io::Write;
use std::path::Path;

/// Whether all of these are there. If not, one line says what is skipped; with `CI=true`, that is a
/// failure.
pub fn are_there(suite: &str, names: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_missing = |name: &&&str| {
        if name.contains('/') {
            return !Path::new(name).is_file();
        }
        !std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
    };
    let missing: Vec<&str> = names.iter().filter(is_missing).copied().collect();
    if missing.is_empty() {
        return true;
    }
    let said = format!("{suite}: skipped, for it needs {}", missing.join(", "));
    assert_ne!(
        std::env::var("CI").as_deref(),
        Ok("true"),
        "{said}; with CI=true it must run"
    );
    // Not `eprintln!`, which the test runner would swallow.
    let _ = writeln!(std::io::stderr(), "{said}");
    false
}
