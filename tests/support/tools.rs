//! What a test needs and a machine may not have.

use std::io::Write;
use std::path::Path;

/// Says in a line that the test that calls this is skipped, and what it needs. Where `CI` is set,
/// nothing may be skipped: there it fails.
pub fn skip(needed: &str) {
    let current = std::thread::current();
    let test = current.name().unwrap_or("a test");
    let said = format!("{test}: skipped, for it needs {needed}");
    assert!(
        std::env::var_os("CI").is_none(),
        "{said}; where CI is set it must run"
    );
    // Not `eprintln!`, which the test runner would swallow.
    let _ = writeln!(std::io::stderr(), "{said}");
}

/// Whether a program is there, by its name or its path; if not, the test is skipped.
pub fn has(program: &str) -> bool {
    let is_there = if program.contains('/') {
        Path::new(program).is_file()
    } else {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    if !is_there {
        skip(program);
    }
    is_there
}
