//! What a test asks a stub to do, said in the prompt, so that every stub and every expectation mean
//! the same.

use std::time::Duration;

/// The pieces of the usual answer.
pub const PIECES: [&str; 4] = ["Grüße", ", dear", " world:\n\n", "日本 and 😀."];
/// Between two pieces.
pub const PAUSE: Duration = Duration::from_millis(200);
/// Before the first piece of a slow answer.
pub const SLOW_START: Duration = Duration::from_millis(700);
/// Control sequences that an AI may send.
pub const CODES: &str = "a \x1b[31mred\x1b[0m word, a \x1b]0;title\x07 bell";
pub const BEFORE_TOOL: &str = "Let me look. ";
pub const AFTER_TOOL: &str = "All is well.";

/// How a stub behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scenario {
    /// Repeats the last line.
    None,
    /// [`PIECES`], with pauses.
    Pieces,
    /// [`PIECES`], late.
    Slow,
    /// Nothing, and says all went well.
    Blank,
    /// [`PIECES`], ended by the model's length limit.
    Length,
    /// [`CODES`].
    Codes,
    /// [`huge`].
    Huge,
    /// The first of [`PIECES`], then the connection closes.
    Cut,
    /// The first of [`PIECES`], then nothing, for ever.
    Stuck,
    /// An HTTP error.
    Refused(u16),
    /// Calls a tool that would make this file, between [`BEFORE_TOOL`] and [`AFTER_TOOL`].
    Tool(String),
}

/// The last scenario that a prompt names.
pub fn of(prompt: &str) -> Scenario {
    let Some(named) = prompt.rsplit_once("scenario=").map(|(_, rest)| rest) else {
        return Scenario::None;
    };
    let mut words = named.split_whitespace();
    match words.next().unwrap_or_default() {
        "pieces" => Scenario::Pieces,
        "slow" => Scenario::Slow,
        "blank" => Scenario::Blank,
        "length" => Scenario::Length,
        "codes" => Scenario::Codes,
        "huge" => Scenario::Huge,
        "cut" => Scenario::Cut,
        "stuck" => Scenario::Stuck,
        "401" => Scenario::Refused(401),
        "404" => Scenario::Refused(404),
        "500" => Scenario::Refused(500),
        "tool" => Scenario::Tool(words.next().unwrap_or_default().to_owned()),
        other => panic!("no scenario `{other}`"),
    }
}

/// An answer of some 300 kB in 1,000 pieces.
pub fn huge() -> String {
    (0..1000)
        .map(|line| format!("{line:04} {}\n", "lorem ipsum – ".repeat(18)))
        .collect::<String>()
        + "end"
}
