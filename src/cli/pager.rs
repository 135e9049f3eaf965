//! Long texts at a terminal, page by page, in the program that the user reads long texts with.

use super::shell::in_shell;
use super::{Environment, Exit, Failure, Ui};
use crate::render::safe::SafeText;
use crate::safe_format;
use anyhow::Context;
use signal_hook::consts::SIGINT;
use std::io::{ErrorKind, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use unicode_width::UnicodeWidthStr;

/// What a shell ends with if there is no such program, or it may not be run.
const NOT_STARTED: [i32; 2] = [126, 127];

/// Shows a text, through the pager if it is longer than the screen.
///
/// # Errors
/// When nothing can be written, and when Ctrl-C ended the pager. A pager that is left early is no
/// error.
pub fn show(text: &SafeText, environment: &Environment, ui: &Ui) -> Result<(), Failure> {
    let pager = environment
        .pager()
        .filter(|_| ui.stdout_is_terminal && is_long(text, ui));
    match pager {
        Some(pager) if page(text, &pager, environment)? => Ok(()),
        Some(pager) => {
            ui.warning(safe_format!(
                "The pager `{}` could not be started; here is all of it:",
                SafeText::line(&pager)
            ));
            ui.data(text)
        }
        None => ui.data(text),
    }
}

/// Whether it is longer than the screen, on which the next prompt must have its line too.
fn is_long(text: &SafeText, ui: &Ui) -> bool {
    let (columns, rows) = ui.size();
    text.lines()
        .map(|line| self::rows(line, columns))
        .sum::<usize>()
        >= rows
}

/// The rows that a line takes on a screen.
pub fn rows(line: &str, columns: usize) -> usize {
    let plain = anstream::adapter::strip_str(line).to_string();
    plain.width().div_ceil(columns).max(1)
}

/// `false` if there is no such pager.
fn page(text: &SafeText, pager: &str, environment: &Environment) -> Result<bool, Failure> {
    // Ctrl-C is the pager's: it may stop a search there, and we must not go before it does.
    signal_hook::flag::register(SIGINT, Arc::new(AtomicBool::new(false)))
        .context("Ctrl-C can't be left to the pager")?;
    let mut command = in_shell(pager);
    command.stdin(Stdio::piped());
    // Its own history would remember what was looked for in a sealed thread.
    for (name, value) in [("LESS", "FRX"), ("LV", "-c"), ("LESSHISTFILE", "-")] {
        if environment.variable(name).is_none() {
            command.env(name, value);
        }
    }
    let Ok(mut running) = command.spawn() else {
        return Ok(false);
    };
    let written = running
        .stdin
        .take()
        .map_or(Ok(()), |mut input| input.write_all(text.as_bytes()));
    let ended = running.wait()?;
    // A shell tells it by its code, a program that the shell became dies of the signal itself.
    if ended.signal() == Some(SIGINT) {
        return Err(Failure::Known(Exit::Interrupted));
    }
    match ended.code() {
        Some(code) if NOT_STARTED.contains(&code) => return Ok(false),
        Some(code) if code == Exit::Interrupted as i32 => {
            return Err(Failure::Known(Exit::Interrupted));
        }
        _ => {}
    }
    match written {
        // Whoever has read enough leaves.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(true),
        written => Ok(written.map(|()| true)?),
    }
}
