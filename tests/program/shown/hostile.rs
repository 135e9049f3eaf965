//! The text that tries, and how it is found where it got through.

use mmogit::render::safe::is_plain;

/// Colours that mmogit never uses, the window's title, C1 controls, what turns text around, hides
/// or ends a line. `name` tells the place, so that what got through says where it stood.
pub fn hostile(name: &str) -> String {
    format!(
        "{name}\u{1b}[38;5;201mX\u{1b}]0;title\u{7}\u{9b}38;5;201m\u{9d}0;title\u{9c}\u{202e}\u{2066}\u{2028}\u{2029}\
         \u{85}\u{e0041}\u{e007f}\u{7f}\rFORGED\u{8}\u{0}\u{fdd0}\u{feff}\u{200b}\u{1b}c"
    )
}

/// The same without what neither a path, nor an argument or a variable can hold.
pub fn hostile_name(name: &str) -> String {
    hostile(name).replace(['\0', '/'], "")
}

/// What got through to a terminal, if anything did, with what stands around it.
pub fn foreign(seen: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(seen);
    let ours = without_ours(&text);
    let at = ours.find(|c| !is_plain(c))?;
    let (before, after) = ours.split_at(at);
    let before: String = before
        .chars()
        .rev()
        .take(60)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    let after: String = after.chars().take(30).collect();
    Some(format!("{:?}", before + &after))
}

/// What JSON holds that would not be shown as it is, or could not be read.
pub fn foreign_in_json(printed: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(printed).ok()?;
    if text.contains('\r') {
        return Some(format!("a carriage return in {text:?}"));
    }
    foreign(printed).or_else(|| {
        let value = serde_json::from_str::<serde_json::Value>(text);
        value
            .err()
            .filter(|_| !text.is_empty())
            .map(|error| format!("{error}: {text}"))
    })
}

/// Without the sequences that our own code writes: plain colours, those with which lines are drawn
/// again, and a carriage return that is followed by a line feed or by one of them.
fn without_ours(text: &str) -> String {
    let mut rest = text;
    let mut left = String::new();
    while let Some(at) = rest.find(['\u{1b}', '\r']) {
        left.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = length_of_ours(rest);
        if length == 0 {
            let c = rest.chars().next().unwrap();
            left.push(c);
            rest = &rest[c.len_utf8()..];
        }
        rest = &rest[length..];
    }
    left + rest
}

fn length_of_ours(text: &str) -> usize {
    if text
        .strip_prefix('\r')
        .is_some_and(|next| next.is_empty() || next.starts_with(['\r', '\n', '\u{1b}']))
    {
        return 1;
    }
    // Marks around what is pasted, and around what is drawn at once.
    for sequence in [
        "\u{1b}[?2004h",
        "\u{1b}[?2004l",
        "\u{1b}[?2026h",
        "\u{1b}[?2026l",
    ] {
        if text.starts_with(sequence) {
            return sequence.len();
        }
    }
    // What is copied, in Base64.
    if let Some(copied) = text.strip_prefix("\u{1b}]52;c;") {
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || ['+', '/', '='].contains(&c);
        let end = copied.trim_start_matches(is_base64);
        return if end.starts_with('\u{7}') {
            text.len() - end.len() + 1
        } else {
            0
        };
    }
    let Some(rest) = text.strip_prefix("\u{1b}[") else {
        return 0;
    };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    // One number at most: what tries has more.
    if digits <= 2 && rest[digits..].starts_with(['m', 'A', 'B', 'C', 'D', 'G', 'H', 'J', 'K']) {
        return "\u{1b}[".len() + digits + 1;
    }
    0
}

#[test]
fn what_is_ours_passes_and_nothing_else() {
    for ours in [
        "\u{1b}[1m\u{1b}[36mAI: \u{1b}[0mhi\r\n",
        "\r\u{1b}[2Kx\u{1b}[5C\u{1b}[J",
        "\u{1b}[?2004h",
        "é日本👩\u{200d}🚀",
    ] {
        assert_eq!(foreign(ours.as_bytes()), None, "{ours:?}");
    }
    let parts = [
        "\u{1b}[38;5;201m",
        "\u{1b}]0;t\u{7}",
        "\u{9b}",
        "\u{202e}",
        "\u{e0041}",
        "\u{7f}",
        "\u{8}",
        "\rFORGED",
        "\u{1b}c",
        "\u{2028}",
    ];
    for part in parts {
        assert!(
            foreign(format!("x {part} y").as_bytes()).is_some(),
            "{part:?}"
        );
        let escaped = serde_json::to_string(part).unwrap();
        let is_raw = escaped.contains(|c: char| !c.is_ascii() || c == '\u{7f}');
        assert_eq!(
            foreign_in_json(escaped.as_bytes()).is_some(),
            is_raw,
            "{part:?}"
        );
    }
}
