use super::*;

/// A whole text at once.
fn markdown(text: &str, width: usize, style: Style) -> SafeText {
    let mut stream = Markdown::new(width, style);
    let mut out = stream.push(text);
    out += stream.finish();
    out
}

mod hostile;
mod properties;

/// A whole text without colours, 40 columns wide.
fn plain(text: &str) -> String {
    markdown(text, 40, Style::plain()).to_string()
}

/// Like `plain`, but with the drawing that colour goes with, and the codes taken out again.
fn drawn(text: &str, width: usize) -> String {
    strip(&markdown(text, width, Style::colour()))
}

fn strip(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        out.push_str(&rest[..at]);
        let end = rest[at..].find('m').map_or(rest.len(), |end| at + end + 1);
        rest = &rest[end..];
    }
    out + rest
}

fn in_pieces(text: &str, width: usize, style: Style, sizes: &[usize]) -> String {
    let mut stream = Markdown::new(width, style);
    let mut chars = text.chars().peekable();
    let mut out = String::new();
    for size in sizes.iter().cycle() {
        if chars.peek().is_none() {
            break;
        }
        let piece: String = chars.by_ref().take(*size).collect();
        out.push_str(&stream.push(&piece));
    }
    out + &stream.finish()
}

mod inline {
    use super::*;

    #[test]
    fn paragraphs_are_wrapped_between_words() {
        assert_eq!(
            plain("The quick brown fox jumps over the lazy dog, and then it rests.\n\nNext.\n"),
            "The quick brown fox jumps over the lazy\ndog, and then it rests.\n\nNext.\n"
        );
    }

    #[test]
    fn what_was_written_in_lines_is_read_in_lines() {
        assert_eq!(
            plain("Roses are red\n  violets are blue\n"),
            "Roses are red\nviolets are blue\n"
        );
        assert_eq!(
            drawn("an **open\n_mark_\n** here\n**and\none**", 40),
            "an **open\nmark\n** here\nand\none\n"
        );
        assert_eq!(
            plain("- one\n  two\n> three\n> four"),
            "- one\n  two\n> three\n> four\n"
        );
    }

    #[test]
    fn styles_wrap_words_and_end_with_them() {
        assert_eq!(
            markdown("a **b c** *d* `e`", 40, Style::colour()),
            "a \x1b[1mb\x1b[0m\x1b[1m c\x1b[0m \x1b[3md\x1b[0m \x1b[36me\x1b[0m\n"
        );
        assert_eq!(
            plain("a **b *c*** ~~d~~ `` `e ``"),
            "a **b *c*** ~~d~~ ```e``\n"
        );
    }

    #[test]
    fn what_only_looks_like_marks_is_left_alone() {
        for text in [
            "2 * 3 * 4 and snake_case_name",
            "*args and **kwargs",
            "a[0] < b && c",
            "~/bin and ~5",
            "an unclosed `tick and more",
            "[1] and [x](",
            "[label]: https://example.com/",
        ] {
            assert_eq!(drawn(text, 80), format!("{text}\n"));
        }
    }

    #[test]
    fn a_mark_may_span_lines() {
        assert_eq!(drawn("a **b\nc** d", 40), "a b\nc d\n");
        assert_eq!(drawn("`a\nb` c", 40), "a b c\n");
        assert_eq!(drawn("**a  \nb** c", 40), "a\nb c\n");
    }

    #[test]
    fn escapes_and_entities_are_read() {
        assert_eq!(drawn(r"\*a\* &lt;b&gt; &#65;", 40), "*a* <b> A\n");
    }

    #[test]
    fn hard_breaks_break() {
        assert_eq!(
            plain("one  \ntwo\\\nthree\nfour"),
            "one\ntwo\nthree\nfour\n"
        );
        assert_eq!(plain("ends in \\"), "ends in \\\n");
    }

    #[test]
    fn links_show_where_they_lead() {
        assert_eq!(
            drawn(
                "[docs](https://a.example/) <https://b.example> ![logo](l.png)",
                80
            ),
            "docs (https://a.example/) https://b.example logo (l.png)\n"
        );
        assert_eq!(
            drawn("[https://bank.example](https://evil.example)", 80),
            "https://bank.example (https://evil.example)\n"
        );
    }

    #[test]
    fn raw_html_is_text() {
        assert_eq!(
            drawn("<b>x</b> a<br>b <!-- c -->", 40),
            "<b>x</b> a<br>b <!-- c -->\n"
        );
        assert_eq!(
            drawn("<div>\n<p>x</p>\n</div>", 40),
            "<div>\n<p>x</p>\n</div>\n"
        );
    }

    #[test]
    fn wide_characters_are_wrapped_by_their_columns() {
        assert_eq!(
            markdown("日本語の文章はスペースなし。", 10, Style::plain()),
            "日本語の文\n章はスペー\nスなし。\n"
        );
        // No line begins with a full stop.
        assert_eq!(
            markdown("日本語の文。章", 10, Style::plain()),
            "日本語の\n文。章\n"
        );
        assert_eq!(
            markdown("👩\u{200D}💻👩\u{200D}💻👩\u{200D}💻", 4, Style::plain()),
            "👩\u{200D}💻👩\u{200D}💻\n👩\u{200D}💻\n"
        );
    }

    #[test]
    fn a_long_word_is_left_whole() {
        let word = "https://example.com/0123456789/0123456789/0123456789";
        assert_eq!(
            plain(&format!("see {word} there")),
            format!("see\n{word}\nthere\n")
        );
    }
}

mod blocks {
    use super::*;

    #[test]
    fn headings() {
        assert_eq!(
            plain("text\n# One\n## Two ##\n#no\n"),
            "text\n\n# One\n\n## Two\n#no\n"
        );
        assert_eq!(
            markdown("# One\n\n### Three *x*", 40, Style::colour()),
            "\x1b[1m\x1b[4mOne\x1b[0m\n\n\x1b[1mThree\x1b[0m \x1b[1m\x1b[3mx\x1b[0m\n"
        );
    }

    #[test]
    fn a_heading_by_underline_is_underlined() {
        assert_eq!(
            drawn("Title\n===\nSub title\n---\ntext", 40),
            "Title\n═════\nSub title\n─────────\ntext\n"
        );
    }

    #[test]
    fn nested_lists() {
        let text = "- one\n- two\n  - three, which is long enough to be wrapped\n\n    more\n1. four\n   ```\n   x\n   ```\n2. five\n";
        assert_eq!(
            drawn(text, 30),
            "• one\n• two\n  ◦ three, which is long\n    enough to be wrapped\n\n    more\n\
             1. four\n   ───────────────────────────\n   x\n   ───────────────────────────\n2. five\n"
        );
    }

    #[test]
    fn numbers_stay_as_written_unless_all_are_the_same() {
        assert_eq!(plain("1. a\n1. b\n1. c"), "1. a\n2. b\n3. c\n");
        assert_eq!(plain("3) a\n5) b\n4) c"), "3) a\n5) b\n4) c\n");
        assert_eq!(plain("1. a\n\ntext\n\n1. b"), "1. a\n\ntext\n\n1. b\n");
        assert_eq!(plain("1. a\n  - b\n2. c"), "1. a\n   - b\n2. c\n");
    }

    #[test]
    fn tasks_and_empty_items() {
        assert_eq!(
            drawn("- [ ] a\n- [x] b\n- [c](d)\n-\n- e", 40),
            "☐ a\n☑ b\n• c (d)\n•\n• e\n"
        );
    }

    #[test]
    fn quotes() {
        assert_eq!(
            drawn("> a\n> > b\n>\n> - c\nlazy\n\nd", 40),
            "│ a\n│ │ b\n│\n│ • c\n│   lazy\n\nd\n"
        );
    }

    #[test]
    fn code_is_shown_as_it_is() {
        assert_eq!(
            drawn(
                "```rust\nlet a = \"**b**\";\n\n    \tindented\n```\nafter",
                24
            ),
            "── rust ────────────────\nlet a = \"**b**\";\n\n    \tindented\n────────────────────────\nafter\n"
        );
        assert_eq!(
            plain("```\nif x:\n\ty\n    z\n```"),
            "```\nif x:\n\ty\n    z\n```\n"
        );
        assert_eq!(plain("~~~~\n```\n~~~~\n"), "~~~~\n```\n~~~~\n");
        assert_eq!(
            plain("1. a\n\n       code\n\n       more\n   b"),
            "1. a\n\n   code\n\n   more\n   b\n"
        );
        assert_eq!(
            plain("text\n\n    code\n\n      more\n\ntext"),
            "text\n\ncode\n\n  more\n\ntext\n"
        );
    }

    #[test]
    fn unfinished_code_is_closed() {
        assert_eq!(plain("```\nx"), "```\nx\n```\n");
        assert_eq!(
            plain("1. a\n   ```\n   x\n```\nb"),
            "1. a\n   ```\n   x\n   ```\nb\n"
        );
    }

    #[test]
    fn deep_nesting_leaves_room_for_text() {
        let items: String = (0..30).map(|n| "  ".repeat(n) + "- word word\n").collect();
        let quotes = "> ".repeat(100) + "word word";
        for text in [items, quotes] {
            let shown = drawn(&text, 20);
            assert!(
                shown.lines().all(|line| line.chars().count() <= 20),
                "{shown}"
            );
        }
    }

    #[test]
    fn rules() {
        assert_eq!(
            drawn("a\n\n---\n* * *\nb", 10),
            "a\n\n──────────\n──────────\nb\n"
        );
    }

    #[test]
    fn text_goes_on_behind_the_callers_own() {
        let after = |text: &str| {
            let mut stream = Markdown::new(12, Style::plain()).after(4);
            stream.push(text) + &stream.finish()
        };
        assert_eq!(after("one two three"), "one two\nthree\n");
        assert_eq!(after("- one"), "\n- one\n");
        assert_eq!(after("# one"), "\n# one\n");
        assert_eq!(after(""), "");
    }
}

mod tables {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        assert_eq!(
            drawn(
                "| a | *b* | c |\n|:--|--:|:-:|\n| 漢字 | 1 | `x\\|y` |\n| d | 1000 |\n\nafter",
                40
            ),
            "a    │    b │  c\n─────┼──────┼────\n漢字 │    1 │ x|y\nd    │ 1000 │\n\nafter\n"
        );
    }

    #[test]
    fn what_is_too_wide_is_wrapped() {
        assert_eq!(
            plain("|k|v|\n|-|-|\n|a|one two three four five six seven eight|\n|b|x<br>y|\n"),
            "k | v\n--|-------------------------------------\na | one two three four five six seven\n  | eight\n--|-------------------------------------\nb | x\n  | y\n"
        );
    }

    #[test]
    fn what_can_not_fit_becomes_a_list() {
        let row = |cell: &str| format!("|{}\n", format!("{cell}|").repeat(6));
        let text = row("head") + &row("-") + &row("a cell of text");
        let shown = plain(&text);
        assert_eq!(shown, "head: a cell of text\n".repeat(6));
    }

    #[test]
    fn a_head_without_a_table_is_text() {
        assert_eq!(plain("| a | b |\nmore\n"), "| a | b |\nmore\n");
        assert_eq!(plain("| a |"), "| a |\n");
    }

    #[test]
    fn a_table_without_outer_bars_is_aligned_below_its_head() {
        assert_eq!(
            plain("a | b\n--|--\n| cc | d |\n"),
            "a | b\n---|--\ncc | d\n"
        );
    }
}

mod streaming {
    use super::*;

    #[test]
    fn words_appear_as_they_end() {
        let mut stream = Markdown::new(40, Style::plain());
        assert_eq!(stream.push("Hello wo"), "Hello");
        assert_eq!(stream.push("rld, **this"), " world,");
        assert_eq!(stream.push(" is** bold"), " **this is**");
        assert_eq!(stream.push(" "), " bold");
        assert_eq!(stream.push("```x"), "");
        assert_eq!(stream.finish(), " ```x\n");
    }

    #[test]
    fn code_appears_as_it_comes() {
        let mut stream = Markdown::new(40, Style::plain());
        assert_eq!(stream.push("```sh\nca"), "```sh\nca");
        assert_eq!(stream.push("rgo te"), "rgo te");
        assert_eq!(stream.push("st\n``"), "st\n");
        assert_eq!(stream.push("`\n"), "```\n");
        assert_eq!(stream.finish(), "");
    }

    #[test]
    fn wide_text_without_spaces_appears_too() {
        let mut stream = Markdown::new(40, Style::plain());
        assert_eq!(stream.push("日本語の"), "日本");
    }

    #[test]
    fn an_unclosed_mark_does_not_hold_text_for_ever() {
        let mut stream = Markdown::new(40, Style::plain());
        let shown = stream.push(&format!("**{}", "word ".repeat(1000)));
        assert!(shown.starts_with("**word word"));
        assert!(shown.matches("word").count() > 500);
    }

    #[test]
    fn another_text_may_follow() {
        let mut stream = Markdown::new(40, Style::plain()).after(4);
        assert_eq!(
            stream.push("> a\n\n```\nb") + &stream.finish(),
            "\n> a\n\n```\nb\n```\n"
        );
        assert_eq!(stream.push("- c") + &stream.finish(), "- c\n");
    }
}

#[test]
fn what_comes_after_a_change_of_width_keeps_to_it() {
    let mut stream = Markdown::new(40, Style::plain());
    let mut out = stream.push("- one two three four five six seven ");
    stream.resize(20);
    out += &stream
        .push("eight nine ten eleven\n\n| a | b |\n|---|---|\n| one two three | four five six |\n");
    out += &stream.finish();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "- one two three four five six seven");
    assert!(
        lines[1..].iter().all(|line| line.chars().count() <= 20),
        "{out}"
    );
    assert!(out.contains("  eight nine ten\n  eleven\n"), "{out}");
}

mod code_in_colours {
    use super::*;

    #[test]
    fn a_known_language_has_colours_and_others_none() {
        let shown = |info: &str| {
            markdown(
                &format!("```{info}\nlet x = 1;\n```\n"),
                40,
                Style::colour(),
            )
        };
        assert!(
            shown("rust").contains("\n\x1b[35mlet\x1b[0m x = \x1b[36m1\x1b[0m;\n"),
            "{:?}",
            shown("rust")
        );
        for info in ["", "text", "nonesuch"] {
            assert!(shown(info).contains("\nlet x = 1;\n"), "{info}");
        }
        let plain = markdown("```rust\nlet x = 1;\n```\n", 40, Style::plain());
        assert_eq!(plain, "```rust\nlet x = 1;\n```\n");
    }

    #[test]
    fn code_appears_word_by_word() {
        let mut stream = Markdown::new(40, Style::colour());
        stream.push("```rust\n");
        assert_eq!(stream.push("le"), "");
        assert_eq!(stream.push("t x"), "\x1b[35mlet\x1b[0m ");
        assert_eq!(
            stream.push(" = \"a b"),
            "x = \x1b[32m\"\x1b[0m\x1b[32ma\x1b[0m"
        );
        assert_eq!(stream.finish().matches("\x1b[32m b\x1b[0m\n").count(), 1);
    }

    #[test]
    fn a_comment_goes_on_through_empty_lines_and_ends_with_its_block() {
        let shown = markdown(
            "```c\n/* a\n\nb\n```\n\n```c\nint b\n```\n",
            40,
            Style::colour(),
        );
        assert!(shown.contains("\n\n\x1b[2mb\x1b[0m\n"), "{shown:?}");
        assert!(shown.contains("\x1b[36mint\x1b[0m b\n"), "{shown:?}");
    }
}
