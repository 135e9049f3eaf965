//! What someone might write who means harm.

use super::*;

#[test]
fn no_control_reaches_the_terminal() {
    for text in [
        "\x1b[2J\x1b]0;x\x07",
        "&#27;[2J&#x9b;2J&#8238;",
        "`\x1b[2J`",
        "```\x1b[2J\n\x1b[2J\n```",
        "[a](\x1b[2J) [b](<&#27;[2J \u{202E}>)",
        "| \x1b[2J |\n|---|\n| &#27;[2J |\n",
        "# \x1b[2J &#7;",
    ] {
        let shown = markdown(text, 40, Style::plain());
        assert!(
            shown.chars().all(|c| c == '\n' || !c.is_control()),
            "{shown:?}"
        );
        assert!(!shown.contains('\u{202E}'), "{shown:?}");
    }
}

/// Sizes at which anything worse than linear would not end within the patience of a test run.
#[test]
fn much_of_anything_is_drawn() {
    const SIZE: usize = 1 << 17;
    let fill = |part: &str| part.repeat(SIZE / part.len());
    let row = |cell: &str| format!("|{}\n", format!("{cell}|").repeat(10_000));
    let texts = [
        fill("x"),
        fill("x "),
        fill(" "),
        fill("\t"),
        fill("\n"),
        fill("> "),
        fill("- "),
        fill("1. "),
        fill("> - "),
        fill("#"),
        fill("`"),
        fill("` "),
        fill("*"),
        fill("**a "),
        fill("*a_b"),
        fill("["),
        fill("[a]("),
        fill("![["),
        fill("]("),
        fill("<"),
        fill("<a "),
        fill("&"),
        fill("\\"),
        fill("~~~\n"),
        fill("```a\n"),
        fill("|"),
        fill("|a\n"),
        fill("|-|\n"),
        fill("漢"),
        fill("👩\u{200D}💻"),
        fill("e\u{301}"),
        fill("\u{301}"),
        fill("- a\n "),
        fill("  - a\n"),
        fill("=\n"),
        fill("a\n-\n"),
        fill("a  \n"),
        fill("    a\n\n"),
        fill("> a\n\n"),
        fill("0"),
        fill("- - - - -x\n"),
        fill("<!--"),
        "```rust\n".to_owned() + &fill("x"),
        "```rust\n".to_owned() + &fill("/*"),
        "```rust\n".to_owned() + &fill("\"\\"),
        "```json\n".to_owned() + &fill("\""),
        "```js\n".to_owned() + &fill("1."),
        "```yaml\n".to_owned() + &fill("a:"),
        "```html\n".to_owned() + &fill("<a "),
        "```py\n".to_owned() + &fill("\"\"\"\n"),
        fill("```") + "\n" + &fill("``` "),
        fill(" ") + "- a",
        (0..1000).map(|n| " ".repeat(2 * n) + "- a\n").collect(),
        row("h") + &row("-") + &row("c").repeat(20),
    ];
    for text in texts {
        let shown = markdown(&text, 80, Style::colour());
        assert!(shown.is_empty() || shown.ends_with('\n'));
    }
}
