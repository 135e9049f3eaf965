use super::*;
use proptest::prelude::*;

#[test]
fn ordinary_text_is_lent_back() {
    for text in ["", "plain", "a\n\tb", "naïve 漢字 Ελλάδα שלום مرحبا 😀"] {
        assert!(matches!(safe(text), Cow::Borrowed(same) if same == text));
    }
}

#[test]
fn escape_sequences_become_visible() {
    assert_eq!(safe("\x1b[31mred\x1b[0m"), "␛[31mred␛[0m");
    assert_eq!(
        safe("\x1b]0;title\x07after\x7f\u{9b}2J"),
        "␛]0;title␇after␡�2J"
    );
}

#[test]
fn every_kind_of_line_end_is_one_line_feed() {
    assert_eq!(
        safe("a\r\nb\rc\u{2028}d\u{2029}e\r\r\nf"),
        "a\nb\nc\nd\ne\n\nf"
    );
    assert_eq!(safe("end\r"), "end\n");
}

#[test]
fn a_field_stays_on_its_line() {
    assert_eq!(
        safe_line("title\n✅ Signed\tby\r\nme"),
        "title␊✅ Signed by␊me"
    );
}

#[test]
fn text_is_not_turned_around() {
    assert_eq!(safe("file\u{202E}txt.exe\u{202C}"), "file�txt.exe�");
    assert_eq!(safe("\u{2066}\u{2067}if\u{2069}"), "�if�");
}

#[test]
fn a_hidden_message_shows_that_it_is_there() {
    let hidden: String = "attack"
        .chars()
        .filter_map(|c| char::from_u32(0xE0000 + c as u32))
        .collect();
    assert_eq!(safe(&format!("hello{hidden}!")), "hello�!");
    // Bytes smuggled in a row of selectors behind one emoji.
    assert_eq!(safe("😀\u{FE01}\u{E0101}\u{E0102}\u{FE00}x"), "😀\u{FE01}x");
}

#[test]
fn marks_that_show_nothing_are_dropped() {
    assert_eq!(
        safe("\u{FEFF}co\u{AD}op\u{200B}er\u{200E}ate\u{2060}"),
        "cooperate"
    );
    assert_eq!(safe("pay\u{200D}pal\u{FE0F}"), "paypal");
}

/// Unicode's Default_Ignorable_Code_Point (16.0): what a terminal shows nothing for.
const IGNORABLE: [(u32, u32); 17] = [
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
];

fn every(ranges: &[(u32, u32)]) -> Vec<char> {
    ranges
        .iter()
        .flat_map(|(first, last)| *first..=*last)
        .filter_map(char::from_u32)
        .collect()
}

/// How often a character is shown when it stands four times behind another.
fn shown_behind(before: char, c: char) -> usize {
    let shown = safe(&format!("{before}{}z", c.to_string().repeat(4))).into_owned();
    shown.matches(c).count()
}

#[test]
fn nothing_that_shows_nothing_gets_through() {
    for c in every(&IGNORABLE) {
        assert_eq!(shown_behind('a', c), 0, "{c:?}");
        // Joiners and selectors have their use behind what they join or vary: once.
        let may = matches!(kind(c, Lines::Kept), Kind::Joiner | Kind::Selector);
        assert_eq!(shown_behind('❤', c), usize::from(may), "{c:?}");
    }
    let may: Vec<char> = every(&IGNORABLE)
        .into_iter()
        .filter(|c| matches!(kind(*c, Lines::Kept), Kind::Joiner))
        .collect();
    assert_eq!(may, ['\u{200C}', '\u{200D}']);
}

#[test]
fn joiners_and_selectors_in_turn_hide_nothing() {
    assert_eq!(
        safe(&format!("❤{}", "\u{200D}\u{FE0F}".repeat(9))),
        "❤\u{200D}"
    );
    assert_eq!(
        safe(&format!("❤{}", "\u{FE0F}\u{200D}".repeat(9))),
        "❤\u{FE0F}\u{200D}"
    );
}

#[test]
fn what_is_no_character_is_shown_as_such() {
    let planes = (0..=16).map(|plane| (plane * 0x10000 + 0xFFFE, plane * 0x10000 + 0xFFFF));
    let ranges: Vec<(u32, u32)> = planes.chain([(0xFDD0, 0xFDEF)]).collect();
    let all = every(&ranges);
    assert_eq!(all.len(), 66);
    for c in all {
        assert_eq!(safe(&format!("a{c}")), "a�", "{c:?}");
    }
}

#[test]
fn emoji_and_scripts_keep_their_joiners() {
    for text in [
        "👩\u{200D}💻",
        "❤\u{FE0F}\u{200D}🔥",
        "1\u{FE0F}\u{20E3}",
        "می\u{200C}خواهم",
        "क्\u{200D}ष",
        "葛\u{E0100}",
    ] {
        assert_eq!(safe(text), text);
    }
}

#[test]
fn shorten_counts_columns_and_keeps_graphemes_whole() {
    assert_eq!(shorten("hello", 5), "hello");
    assert_eq!(shorten("hello", 4), "hel…");
    assert_eq!(shorten("漢字漢字", 8), "漢字漢字");
    assert_eq!(shorten("漢字漢字", 7), "漢字漢…");
    assert_eq!(shorten("漢字漢字", 6), "漢字…");
    assert_eq!(shorten("ae\u{301}io", 3), "ae\u{301}…");
    assert_eq!(shorten("👩\u{200D}💻👩\u{200D}💻", 3), "👩\u{200D}💻…");
    assert_eq!(shorten("x", 0), "");
    assert_eq!(shorten("漢", 1), "…");
}

/// Text with far more than its share of what this module is about.
fn hostile() -> impl Strategy<Value = String> {
    let c = prop_oneof![
        any::<char>(),
        Just('\r'),
        Just('\n'),
        proptest::char::range('\0', '\u{A0}'),
        proptest::char::range('\u{2000}', '\u{2070}'),
        proptest::char::range('\u{FE00}', '\u{FE10}'),
        proptest::char::range('\u{E0000}', '\u{E0200}'),
        Just('❤'),
    ];
    proptest::collection::vec(c, 0..40).prop_map(|chars| chars.into_iter().collect())
}

/// Cuts a text into pieces whose sizes (in characters) repeat `sizes`.
fn pieces(text: &str, sizes: &[usize]) -> Vec<String> {
    let mut chars = text.chars().peekable();
    let mut out = Vec::new();
    for size in sizes.iter().cycle() {
        if chars.peek().is_none() {
            break;
        }
        out.push(chars.by_ref().take(*size).collect());
    }
    out
}

proptest! {
    #[test]
    fn no_control_gets_through(text in hostile()) {
        prop_assert!(safe(&text).chars().all(|c| c == '\n' || c == '\t' || !c.is_control()));
        prop_assert!(!safe_line(&text).chars().any(|c| c.is_control()));
    }

    #[test]
    fn what_is_clean_stays_as_it_is(text in hostile()) {
        let once = safe(&text).into_owned();
        prop_assert_eq!(safe(&once), once.as_str());
        let line = safe_line(&text).into_owned();
        prop_assert_eq!(safe_line(&line), line.as_str());
    }

    #[test]
    fn plain_text_is_unchanged(text in "[ -~\n\t\u{A1}-\u{AC}\u{AE}-\u{2FF}α-ω一-龥😀-😎]*") {
        prop_assert_eq!(safe(&text), text.as_str());
    }

    #[test]
    fn a_stream_may_be_cut_anywhere(text in hostile(), sizes in proptest::collection::vec(1usize..5, 1..6)) {
        let mut stream = SafeStream::new();
        let mut joined: SafeText = pieces(&text, &sizes).iter().map(|piece| stream.push(piece)).collect();
        joined += stream.finish();
        prop_assert_eq!(joined, safe(&text).into_owned());
    }

    #[test]
    fn shortened_text_fits(text in hostile(), width in 0usize..30) {
        let line = safe_line(&text).into_owned();
        let short = shorten(&line, width);
        prop_assert!(short.graphemes(true).map(UnicodeWidthStr::width).sum::<usize>() <= width);
    }
}

#[test]
fn wrapped_colours_take_no_room_and_stay_whole() {
    let text = SafeText::coloured("\u{1b}[1;31mred\u{1b}[0m and \u{1b}[32mgreen\u{1b}[0m");
    assert_eq!(
        text.wrapped(7),
        "\u{1b}[1;31mred\u{1b}[0m and\n\u{1b}[32mgreen\u{1b}[0m"
    );
    assert_eq!(text.wrapped(13), text);
}
