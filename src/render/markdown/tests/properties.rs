//! What holds for any text.

use super::*;
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

/// Text with far more than its share of Markdown, in lines.
fn marked() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "[a-z]{1,8}",
        4 => Just(" ".to_owned()),
        3 => Just("\n".to_owned()),
        6 => proptest::sample::select(vec![
            "*", "**", "_", "`", "``", "```", "~~", "~~~", "[", "](", ")", "<", ">", "> ", "- ", "1. ", "2) ",
            "# ", "## ", "|", "|-|-|", "---", "===", "\\", "&amp;", "&#27;", "  ", "    ", "\t", "\r\n", "\n\n",
            "  \n", "[ ] ", "<br>", "漢字", "。", "👩\u{200D}💻", "e\u{301}", "\x1b[1m", "\u{202E}", "![", "https://a.b/c",
        ]).prop_map(str::to_owned),
        // But for what begins the title of a link, which isn't shown.
        1 => any::<char>().prop_filter("title", |c| !"\"'(".contains(*c)).prop_map(String::from),
    ];
    proptest::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

/// Code in a language, between fences, in a quote or an item or neither.
fn code() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => "[a-z]{1,8}|[0-9]{1,4}|[0-9]\\.[0-9]",
        3 => Just(" ".to_owned()),
        3 => Just("\n".to_owned()),
        6 => proptest::sample::select(vec![
            "\"", "'", "`", "\\", "/", "//", "/*", "*/", "#", "--", "\"\"\"", "<", "</", ">", "<!--", "-->", "r#", "{-", "-}",
            "[[", "]]", "=", ": ", ":", "@", "$", ".", "(", ")", "fn", "let", "if", "true", "null", "select", "  ", "\t",
            "漢字", "👩\u{200D}💻", "e\u{301}", "\x1b[31m", "\x1b[0m", "\u{202E}", "\r\n", "+", "-",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    let names = vec![
        "rust", "python", "js", "c", "bash", "yaml", "json", "toml", "html", "css", "sql", "lua",
        "diff", "none",
    ];
    let containers = vec![("", ""), ("> ", "> "), ("- ", "  "), ("1. > ", "   > ")];
    (
        proptest::sample::select(names),
        proptest::sample::select(containers),
        proptest::collection::vec(part, 0..60),
    )
        .prop_map(|(name, (first, rest), parts)| {
            let code = parts.concat().replace('\n', &format!("\n{rest}"));
            format!("{first}```{name}\n{rest}{code}\n{rest}```\n{rest}after\n")
        })
}

/// Blocks of tidy Markdown, each as its lines.
fn tidy() -> impl Strategy<Value = Vec<String>> {
    let span = "[a-z]{1,6}|\\*\\*[a-z]{1,4} [a-z]{1,4}\\*\\*|`[a-z]{1,3} <[a-z]`|\\*[a-z]{1,4}\\*|[0-9]{1,3}";
    let text =
        proptest::collection::vec(span, 1..6).prop_map(|spans| format!("a {}", spans.join(" ")));
    let code = proptest::collection::vec("[ \t]{0,6}[a-z#>*|-]{1,6}|", 0..4);
    let leaf = prop_oneof![
        3 => text.clone().prop_map(|text| vec![text]),
        1 => (1usize..7, text.clone()).prop_map(|(level, text)| vec![format!("{} {text}", "#".repeat(level))]),
        1 => code.prop_map(|code| [vec!["```x".to_owned()], code, vec!["```".to_owned()]].concat()),
        1 => Just(vec!["---".to_owned()]),
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        let blocks = proptest::collection::vec(inner, 1..4).prop_map(apart);
        let items = proptest::collection::vec((text.clone(), blocks.clone()), 1..4);
        prop_oneof![
            blocks.prop_map(|lines| behind("> ", "> ", &lines)),
            (items.clone(), text.clone())
                .prop_map(|(items, text)| list(&text, items, |_| "- ".to_owned())),
            (items, text.clone())
                .prop_map(|(items, text)| list(&text, items, |n| format!("{}. ", n + 1))),
        ]
    })
}

fn apart(blocks: Vec<Vec<String>>) -> Vec<String> {
    blocks.join(&String::new())
}

fn behind(first: &str, rest: &str, lines: &[String]) -> Vec<String> {
    let prefix = |at| if at == 0 { first } else { rest };
    let line = |(at, line): (usize, &String)| format!("{}{line}", prefix(at)).trim_end().to_owned();
    lines.iter().enumerate().map(line).collect()
}

/// A list under a line of text, which keeps it apart from a list before it.
fn list(
    text: &str,
    items: Vec<(String, Vec<String>)>,
    mark: impl Fn(usize) -> String,
) -> Vec<String> {
    let item = |(at, (text, blocks)): (usize, (String, Vec<String>))| {
        let mark = mark(at);
        behind(
            &mark,
            &" ".repeat(mark.len()),
            &apart(vec![vec![text], blocks]),
        )
    };
    let items: Vec<_> = items.into_iter().enumerate().map(item).collect();
    apart(vec![vec![text.to_owned()], items.concat()])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn cuts_do_not_show(text in marked(), width in 1usize..60, sizes in proptest::collection::vec(1usize..9, 1..5)) {
        for style in [Style::plain(), Style::colour()] {
            prop_assert_eq!(in_pieces(&text, width, style, &sizes), markdown(&text, width, style).to_string());
        }
    }

    #[test]
    fn cuts_do_not_show_in_code(text in code(), sizes in proptest::collection::vec(1usize..9, 1..5)) {
        let whole = markdown(&text, 40, Style::colour());
        prop_assert_eq!(in_pieces(&text, 40, Style::colour(), &sizes), whole.to_string());
    }

    #[test]
    fn without_its_colours_code_is_as_it_was(text in code()) {
        let coloured = markdown(&text, 40, Style::colour());
        let uncoloured = Style { syntax: Syntax::plain(), ..Style::colour() };
        prop_assert_eq!(strip(&coloured), strip(&markdown(&text, 40, uncoloured)));
        // Whatever the text holds, only colours reach the terminal, and each is ended.
        for code in coloured.split('\x1b').skip(1) {
            let (code, _) = code.split_once('m').expect("a colour");
            prop_assert!(code.starts_with('[') && code[1..].bytes().all(|b| b.is_ascii_digit() || b == b';'), "{}", code);
        }
        let last = coloured.rfind('\x1b').map(|at| coloured[at..].starts_with("\x1b[0m"));
        prop_assert_ne!(last, Some(false));
    }

    #[test]
    fn tidy_markdown_comes_out_plain_as_it_went_in(blocks in proptest::collection::vec(tidy(), 1..5)) {
        let text = apart(blocks).join("\n") + "\n";
        prop_assert_eq!(markdown(&text, 10_000, Style::plain()), text);
    }

    #[test]
    fn plain_output_holds_no_controls(text in marked(), width in 1usize..60) {
        let shown = markdown(&text, width, Style::plain());
        prop_assert!(shown.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()));
        prop_assert!(shown.is_empty() || shown.ends_with('\n'));
    }

    #[test]
    fn every_style_is_ended(text in marked(), width in 1usize..60, sizes in proptest::collection::vec(1usize..9, 1..5)) {
        let mut stream = Markdown::new(width, Style::colour());
        let chars: Vec<char> = text.chars().collect();
        for piece in chars.chunks(sizes[0]) {
            let shown = stream.push(&piece.iter().collect::<String>());
            let last = shown.rfind('\x1b').map(|at| shown[at..].starts_with("\x1b[0m"));
            prop_assert_ne!(last, Some(false));
        }
    }

    #[test]
    fn lines_fit(words in proptest::collection::vec("[a-z漢字]{1,10}|\\*\\*[a-z]{1,6}\\*\\*|`[a-z]{1,3}`", 1..40), width in 20usize..60) {
        let text = words.join(" ");
        for line in markdown(&text, width, Style::plain()).lines() {
            prop_assert!(line.width() <= width, "{:?}", line);
            prop_assert_eq!(line.trim(), line);
        }
    }

    #[test]
    fn no_word_is_lost(text in marked(), width in 20usize..60) {
        let shown = markdown(&text, width, Style::plain());
        let letters = |text: &str| text.chars().filter(char::is_ascii_lowercase).collect::<String>();
        let longest = text.split(|c: char| !c.is_ascii_lowercase()).max_by_key(|word| word.len()).unwrap_or("");
        prop_assert!(letters(&shown).contains(longest) || text.contains("&a"), "{} in {:?}", longest, shown);
    }
}
