use super::*;

/// What each part of a code is, in brackets: `k` for a keyword, `q` quoted, `n` a number or value,
/// `c` a comment, `a` a name, `-` removed.
fn marked(info: &str, code: &str) -> String {
    let mut highlight = Highlight::of(info).expect("a known language");
    let mut parts: Vec<(char, String)> = Vec::new();
    let mut out = |piece: &str, kind: Kind| {
        let kind = match kind {
            Kind::Plain => ' ',
            Kind::Keyword => 'k',
            Kind::Quoted => 'q',
            Kind::Number => 'n',
            Kind::Comment => 'c',
            Kind::Name => 'a',
            Kind::Removed => '-',
        };
        match parts.last_mut() {
            Some((last, text)) if *last == kind => text.push_str(piece),
            _ => parts.push((kind, piece.to_owned())),
        }
    };
    for (number, line) in code.split('\n').enumerate() {
        if number > 0 {
            out("\n", Kind::Plain);
        }
        line.chars().for_each(|c| highlight.push(c, &mut out));
        highlight.end_line(&mut out);
    }
    let shown = |(kind, text): &(char, String)| {
        if *kind == ' ' {
            text.clone()
        } else {
            format!("⟨{kind} {text}⟩")
        }
    };
    parts.iter().map(shown).collect()
}

#[test]
fn rust() {
    assert_eq!(
        marked(
            "rust",
            "pub fn f<'a>(x: &'a str) -> u8 { 0xff_u8 + b'\\'' } // it's\nlet s = \"a \\\" // b\n c\";"
        ),
        "⟨k pub⟩ ⟨k fn⟩ f<'a>(x: &'a str) -> u8 { ⟨n 0xff_u8⟩ + b⟨q '\\''⟩ } ⟨c // it's⟩\n\
         ⟨k let⟩ s = ⟨q \"a \\\" // b⟩\n⟨q  c\"⟩;"
    );
    assert_eq!(
        marked(
            "rs",
            "/* a /* b */ c */ r#\"x\"y\"# r#type x.type 1..2 3.5.abs() 'x' self"
        ),
        "⟨c /* a /* b */ c */⟩ ⟨q r#\"x\"y\"#⟩ r#⟨k type⟩ x.type ⟨n 1⟩..⟨n 2⟩ ⟨n 3.5⟩.abs() ⟨q 'x'⟩ ⟨n self⟩"
    );
}

#[test]
fn python() {
    assert_eq!(
        marked(
            "py",
            "@cache\ndef f(x=None):  # why\n    \"\"\"One\n    def two\"\"\"\n    return f\"{x}\" + '' + 'a"
        ),
        "⟨a @cache⟩\n⟨k def⟩ f(x=⟨n None⟩):  ⟨c # why⟩\n    ⟨q \"\"\"One⟩\n⟨q     def two\"\"\"⟩\n    ⟨k return⟩ f⟨q \"{x}\"⟩ + ⟨q ''⟩ + ⟨q 'a⟩"
    );
}

#[test]
fn typescript() {
    assert_eq!(
        marked(
            "tsx",
            "const a: string = `x\n${y}` /* c\n */ ?? null;\nexport default () => a.default"
        ),
        "⟨k const⟩ a: ⟨n string⟩ = ⟨q `x⟩\n⟨q ${y}`⟩ ⟨c /* c⟩\n⟨c  */⟩ ?? ⟨n null⟩;\n⟨k export⟩ ⟨k default⟩ () => a.default"
    );
}

#[test]
fn shells() {
    assert_eq!(
        marked(
            "bash",
            "#!/bin/sh\nif [ \"$#\" -gt 0 ]; then echo $HOME ${x#y} 'it' # done\ndon't\nfi"
        ),
        "⟨c #!/bin/sh⟩\n⟨k if⟩ [ ⟨q \"$#\"⟩ -gt ⟨n 0⟩ ]; ⟨k then⟩ echo ⟨a $HOME⟩ ${x#y} ⟨q 'it'⟩ ⟨c # done⟩\ndon⟨q 't⟩\n⟨k fi⟩"
    );
}

#[test]
fn data() {
    assert_eq!(
        marked(
            "json",
            "{\"a\": [1, \"b: \\\"c\\\"\", true], \"d\\\"\":null}"
        ),
        "{⟨a \"a\"⟩: [⟨n 1⟩, ⟨q \"b: \\\"c\\\"\"⟩, ⟨n true⟩], ⟨a \"d\\\"\"⟩:⟨n null⟩}"
    );
    assert_eq!(
        marked(
            "yaml",
            "on: # x\n  - name: don't # y\n    uses: a/b@v4\n    url: http://x: yes"
        ),
        "⟨a on⟩: ⟨c # x⟩\n  - ⟨a name⟩: don't ⟨c # y⟩\n    ⟨a uses⟩: a/b@v4\n    ⟨a url⟩: http://⟨a x⟩: ⟨n yes⟩"
    );
    assert_eq!(
        marked("toml", "[a.b]\nc-d = true # e\nf = \"\"\"g\nh\"\"\""),
        "[⟨a a.b⟩]\n⟨a c-d⟩ = ⟨n true⟩ ⟨c # e⟩\n⟨a f⟩ = ⟨q \"\"\"g⟩\n⟨q h\"\"\"⟩"
    );
}

#[test]
fn markup_and_style() {
    assert_eq!(
        marked("html", "<!-- <a>\n--><a href=\"x\" hidden>it's 1 < 2</a>"),
        "⟨c <!-- <a>⟩\n⟨c -->⟩<⟨k a⟩ ⟨a href⟩=⟨q \"x\"⟩ ⟨a hidden⟩>it's 1 < 2</⟨k a⟩>"
    );
    assert_eq!(
        marked("css", "@media x { a:hover { margin-top: 2px; /* y */ } }"),
        "⟨a @media⟩ x { a:hover { ⟨a margin-top⟩: ⟨n 2px⟩; ⟨c /* y */⟩ } }"
    );
}

#[test]
fn sql_in_any_case() {
    assert_eq!(
        marked("sql", "Select 'it''s' FROM t -- x\nwhere a IS NOT null"),
        "⟨k Select⟩ ⟨q 'it''s'⟩ ⟨k FROM⟩ t ⟨c -- x⟩\n⟨k where⟩ a ⟨k IS⟩ ⟨k NOT⟩ ⟨n null⟩"
    );
}

#[test]
fn differences() {
    assert_eq!(
        marked("diff", "@@ -1 +1 @@\n-old \"a\n+new\n same - line"),
        "⟨a @@ -1 +1 @@⟩\n⟨- -old \"a⟩\n⟨q +new⟩\n same - line"
    );
}

#[test]
fn no_more_than_a_word_is_held_back_and_nothing_is_lost() {
    let fills = [
        "x",
        "\"",
        "'",
        "\\",
        "/",
        "*",
        "/*",
        "*/",
        "#",
        "`",
        "<",
        "<a ",
        "r#\"",
        "\"\\",
        "1",
        "1.",
        "{-",
        "[[",
        "-",
        "--",
        ":",
        "=",
        "@",
        "$",
        "é",
        "漢",
        "👩\u{200D}💻",
        " ",
        "\t",
        "a: ",
        "\"\"",
        "<!-",
        "'\\",
    ];
    for info in [
        "rust", "py", "js", "sh", "json", "yaml", "toml", "html", "css", "sql", "lua", "hs",
        "diff", "clj", "tex",
    ] {
        for (fill, other) in fills
            .iter()
            .flat_map(|fill| fills.iter().map(move |other| (fill, other)))
        {
            let mut highlight = Highlight::of(info).unwrap();
            let mut shown = String::new();
            let text = format!("{}{}", fill.repeat(80), other.repeat(80));
            for (at, c) in text.char_indices() {
                highlight.push(c, &mut |piece, _| shown.push_str(piece));
                let held = at + c.len_utf8() - shown.len();
                assert!(held <= LONGEST + 4, "{info}: {held} bytes of {text}");
            }
            highlight.end_line(&mut |piece, _| shown.push_str(piece));
            assert_eq!(shown, text, "{info}");
            assert!(highlight.held.is_empty());
        }
    }
}
