//! What it costs to draw code in colours.

use super::measure::{Row, in_turns, time, timed};
use mmogit::render::markdown::{Markdown, Style, Syntax};
use std::hint::black_box;

/// Code to draw: what this project is written in.
const CODE: &str = include_str!("../../src/turn.rs");
/// As a provider sends it.
const PIECE: usize = 16;

/// A block of so many lines as it arrives, with and without colours.
pub fn code(rounds: usize, lines: usize) -> Vec<Row> {
    let text: Vec<&str> = CODE.lines().cycle().take(lines).collect();
    let text = format!("```rust\n{}\n```\n", text.join("\n"));
    let pieces: Vec<char> = text.chars().collect();
    let pieces: Vec<String> = pieces
        .chunks(PIECE)
        .map(|piece| piece.iter().collect())
        .collect();
    let draw = |style: Style| {
        timed(|| {
            let mut stream = Markdown::new(80, style);
            pieces
                .iter()
                .for_each(|piece| drop(black_box(stream.push(piece))));
            stream.finish()
        })
    };
    let bare = Style {
        syntax: Syntax::plain(),
        ..Style::colour()
    };
    let (ours, theirs) = in_turns(rounds, || draw(Style::colour()), || draw(bare));
    let rate = lines as f64 / ours.as_secs_f64();
    let what = format!(
        "draw {lines} lines of code in colours: {:.0},000 lines/s",
        rate / 1e3
    );
    let first = || {
        timed(|| {
            let mut stream = Markdown::new(80, Style::colour());
            stream.push("```rust\nlet x = 1;\n")
        })
    };
    let (first, _) = in_turns(rounds, first, first);
    vec![
        Row::times(what, ours, "without colours", theirs),
        Row::new("the first fence, with a line", time(first), "–", "–".into()),
    ]
}
