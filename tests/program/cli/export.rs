//! `thread-export`: what it writes, where, and what it leaves alone.

use crate::common::TestHome;
use crate::support::skip;
use scraper::{Html, Selector};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const HOSTILE: &str = "</blockquote></article></main>\n\n<script>document.title = 'owned'</script>\n\n\
                       <img src=x onerror=\"document.title='owned'\">\n\n[x](javascript:alert(1)) ![y](http://127.0.0.1:9/y.png)\n\n\
                       # heading\n\n```\nnever closed";

pub fn with_threads() -> TestHome {
    let home = TestHome::new();
    for (title, text) in [("first one", "hello"), ("Second: <b>\"two\"</b>", HOSTILE)] {
        home.run(&["chat", "--backend", "echo", "--title", title, "-m", text])
            .exits(0);
    }
    home
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn one_thread_goes_to_standard_output_as_markdown() {
    let home = with_threads();
    let ran = home.run(&["thread-export", "first"]).exits(0);
    assert!(
        ran.stdout
            .starts_with("# first one\n\n- **Thread:** `thread_"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("\n> hello\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("✅ signed by"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
    let again = home
        .run(&["thread-export", "first", "--format", "md", "--output", "-"])
        .exits(0);
    assert_eq!(
        again.stdout, ran.stdout,
        "the same thread gives the same bytes"
    );
}

#[test]
fn json_is_the_file_as_it_is_stored() {
    let home = with_threads();
    let ran = home
        .run(&["thread-export", "first", "--format", "json"])
        .exits(0);
    let stored = home.thread_files();
    let exported: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(stored.contains(&exported));
    let path = home.path().join("one.json");
    home.run(&[
        "thread-export",
        "first",
        "--format",
        "json",
        "--output",
        "one.json",
    ])
    .exits(0);
    assert_eq!(fs::read_to_string(&path).unwrap(), ran.stdout);
    assert!(
        home.run(&["verify", "--file", "one.json"])
            .exits(0)
            .stdout
            .contains("one.json: valid")
    );
    // Several are a line each.
    let all = home
        .run(&["thread-export", "--all", "--format", "json"])
        .exits(0)
        .stdout;
    let all: Vec<Value> = all
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|thread| stored.contains(thread)));
}

#[test]
fn several_threads_go_into_a_folder_by_safe_and_distinct_names() {
    let home = with_threads();
    let ran = home
        .run(&[
            "thread-export",
            "--all",
            "--format",
            "html",
            "--output",
            "a/site",
        ])
        .exits(0);
    assert!(ran.stderr.contains("2 threads → a/site"), "{}", ran.stderr);
    let made = names(&home.path().join("a/site"));
    assert_eq!(made.len(), 3);
    assert_eq!(made[0], "index.html");
    assert!(
        made[1].starts_with("thread_") && made[1].ends_with("-first-one.html"),
        "{made:?}"
    );
    assert!(made[2].ends_with("-second-b-two-b.html"), "{made:?}");
    // A folder that is there takes a single one too.
    home.run(&["thread-export", "first", "--output", "a/site"])
        .exits(0);
    assert_eq!(names(&home.path().join("a/site")).len(), 4);
    let refused = home.run(&["thread-export", "--all"]).exits(2);
    assert!(refused.stderr.contains("--output"), "{}", refused.stderr);
}

#[test]
fn the_ending_of_the_output_says_what_is_written() {
    let home = with_threads();
    let beginnings = [
        ("a.html", "<!DOCTYPE html>"),
        ("b.HTM", "<!DOCTYPE html>"),
        ("c.md", "# first one\n\n- **Thread:**"),
        ("d.markdown", "# first one\n\n- **Thread:**"),
        ("e.json", "{"),
        ("f.bundle", "{\"mmogit_bundle\":1"),
        ("g.txt", "# first one\n\n- **Thread:**"),
    ];
    for (name, beginning) in beginnings {
        home.run(&["thread-export", "first", "-o", name]).exits(0);
        let written = fs::read_to_string(home.path().join(name)).unwrap();
        assert!(written.starts_with(beginning), "{name}: {written}");
    }
    // What is said goes before the ending, and Markdown may be called by its whole name.
    home.run(&["thread-export", "first", "-f", "markdown", "-o", "h.html"])
        .exits(0);
    assert!(
        fs::read_to_string(home.path().join("h.html"))
            .unwrap()
            .starts_with("# first one")
    );
    home.run(&["thread-export", "--all", "-o", "all.bundle"])
        .exits(0);
    home.run(&["verify", "--file", "all.bundle"]).exits(0);
    // A folder is what several pages need, and what its name ends with is no format.
    fs::create_dir(home.path().join("site.html")).unwrap();
    home.run(&["thread-export", "--all", "-o", "site.html"])
        .exits(0);
    assert!(
        names(&home.path().join("site.html"))
            .iter()
            .all(|name| name.ends_with(".md"))
    );
}

#[test]
fn what_would_be_ignored_is_refused() {
    let home = with_threads();
    let cases: [(&[&str], &str); 8] = [
        (&["--all", "first"], "cannot be used with"),
        (
            &["--all", "-o", "all.html"],
            "several threads don't fit into one file",
        ),
        (
            &["--all", "-f", "json", "-o", "all.json"],
            "several threads don't fit into one file",
        ),
        (
            &["first", "-f", "json", "--branches"],
            "--branches is for Markdown and HTML",
        ),
        (
            &["first", "-o", "x.bundle", "--branches"],
            "--branches is for Markdown and HTML",
        ),
        (
            &["first", "-o", "x.html", "--bare"],
            "--bare is for Markdown",
        ),
        (&["first", "-f", "json", "--bare"], "--bare is for Markdown"),
        (&["first", "--force"], "--output"),
    ];
    let before = names(home.path());
    for (args, why) in cases {
        let ran = home.run(&[&["thread-export"], args].concat()).exits(2);
        assert!(ran.stderr.contains(why), "{args:?}: {}", ran.stderr);
    }
    assert_eq!(names(home.path()), before, "something was written");
}

#[test]
fn a_bare_export_has_the_messages_and_nothing_else() {
    let home = with_threads();
    let ran = home.run(&["thread-export", "first", "--bare"]).exits(0);
    assert_eq!(
        ran.stdout,
        "# first one\n\n## 👤 human\n\n> hello\n\n## 🤖 ai\n\n> hello\n"
    );
    // A message stays within its quote here too.
    let hostile = home
        .run(&["thread-export", "Second", "--bare"])
        .exits(0)
        .stdout;
    let outside: Vec<&str> = hostile
        .lines()
        .filter(|line| !line.starts_with('>') && !line.is_empty())
        .collect();
    assert_eq!(
        outside,
        [
            "# Second: \\<b\\>\"two\"\\</b\\>",
            "## 👤 human",
            "## 🤖 ai"
        ]
    );
}

#[test]
fn several_pages_have_one_that_lists_them() {
    let home = with_threads();
    home.run(&["thread-tag", "add", "Second", "rust"]).exits(0);
    home.run(&["thread-export", "--all", "-f", "html", "-o", "site"])
        .exits(0);
    let site = home.path().join("site");
    let page = fs::read_to_string(site.join("index.html")).unwrap();
    let document = Html::parse_document(&page);
    let select = |what: &str| Selector::parse(what).unwrap();
    let titles: Vec<String> = document
        .select(&select(".threads a"))
        .map(|link| link.text().collect())
        .collect();
    assert_eq!(titles, ["Second: <b>\"two\"</b>", "first one"]);
    for link in document.select(&select(".threads a")) {
        let target = link.attr("href").unwrap().strip_prefix("./").unwrap();
        assert!(site.join(target).exists(), "{target}");
    }
    assert_eq!(document.select(&select(".threads .good")).count(), 2);
    assert_eq!(
        document
            .select(&select("script, img, [onerror], .threads b > *"))
            .count(),
        0
    );
    assert!(
        page.contains("default-src 'none'") && page.contains("<code>rust</code>"),
        "{page}"
    );
    // It is a file like the others: kept unless one says so, and then all that was to be written
    // stays unwritten.
    fs::create_dir(home.path().join("other")).unwrap();
    fs::write(home.path().join("other/index.html"), "mine").unwrap();
    home.run(&["thread-export", "--all", "-f", "html", "-o", "other"])
        .exits(1);
    assert_eq!(names(&home.path().join("other")), ["index.html"]);
    assert_eq!(
        fs::read_to_string(home.path().join("other/index.html")).unwrap(),
        "mine"
    );
}

#[test]
fn nothing_is_overwritten_unless_one_says_so() {
    let home = with_threads();
    let path = home.path().join("kept.md");
    fs::write(&path, "mine").unwrap();
    for format in ["md", "json", "html", "bundle"] {
        let args = [
            "thread-export",
            "first",
            "--format",
            format,
            "--output",
            "kept.md",
        ];
        let refused = home.run(&args).exits(1);
        assert!(
            refused.stderr.contains("is there already") && refused.stderr.contains("--force"),
            "{}",
            refused.stderr
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        home.run(&[&args[..], &["--force"]].concat()).exits(0);
        assert_ne!(fs::read_to_string(&path).unwrap(), "mine");
        fs::write(&path, "mine").unwrap();
    }
    assert!(
        !names(home.path())
            .iter()
            .any(|name| name.contains("mmogit-export")),
        "no draft is left"
    );
    let refused = home
        .run(&[
            "thread-export",
            "first",
            "--force",
            "--output",
            "nowhere/x.md",
        ])
        .exits(1);
    assert!(refused.stderr.contains("hint: "), "{}", refused.stderr);
    home.run(&["thread-export", "--all", "--output", "kept.md"])
        .exits(1);
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn a_file_is_as_open_as_the_user_makes_files() {
    let home = with_threads();
    home.run(&["thread-export", "first", "--output", "a.md"])
        .exits(0);
    let made = fs::metadata(home.path().join("a.md"))
        .unwrap()
        .permissions()
        .mode()
        & 0o777;
    fs::write(home.path().join("b.md"), "").unwrap();
    let plain = fs::metadata(home.path().join("b.md"))
        .unwrap()
        .permissions()
        .mode()
        & 0o777;
    assert_eq!(made, plain);
}

#[test]
fn what_is_not_there_is_told() {
    let home = TestHome::new();
    assert!(
        home.run(&["thread-export", "--all"])
            .exits(1)
            .stderr
            .contains("no threads to export")
    );
    assert!(
        home.run(&["thread-export", "x"])
            .exits(1)
            .stderr
            .contains("Thread not found: x")
    );
    home.run(&["thread-export"]).exits(2);
}

#[test]
fn a_bundle_is_checked_by_mmogit_and_by_python_alone() {
    let home = with_threads();
    home.run(&[
        "thread-export",
        "--all",
        "--format",
        "bundle",
        "--output",
        "all.bundle",
    ])
    .exits(0);
    let ran = home.run(&["verify", "--file", "all.bundle"]).exits(0);
    assert!(
        ran.stdout.contains("all.bundle:2: valid") && ran.stdout.contains("all.bundle:3: valid"),
        "{}",
        ran.stdout
    );

    let bundle = fs::read_to_string(home.path().join("all.bundle")).unwrap();
    let header: Value = serde_json::from_str(bundle.lines().next().unwrap()).unwrap();
    let stored = home.thread_files();
    assert_eq!(header["authors"], serde_json::json!([stored[0]["author"]]));
    assert_eq!(header["threads"], 2);
    let Some(python) = python() else { return };
    let verifier = home.path().join("verify.py");
    fs::write(&verifier, header["verifier"].as_str().unwrap()).unwrap();
    let check = |name: &str| {
        let output = Command::new(&python)
            .arg(&verifier)
            .arg(name)
            .current_dir(home.path())
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    assert_eq!(
        check("all.bundle"),
        (Some(0), "all.bundle:2: valid\nall.bundle:3: valid\n".into())
    );

    // The two agree on what was done to a bundle.
    let lines: Vec<&str> = bundle.lines().collect();
    let cases: [(String, &str); 6] = [
        (bundle.replace("hello", "hullo"), "invalid"),
        (format!("{}\n{}\n", lines[0], lines[1]), "malformed"),
        (format!("{bundle}\n"), "malformed"),
        (
            bundle.replacen("\"threads\":2", "\"threads\":\"2\"", 1),
            "malformed",
        ),
        (
            bundle.replacen("\"mmogit_bundle\":1", "\"mmogit_bundle\":2", 1),
            "malformed",
        ),
        (
            bundle.replacen("{\"version\":1", "{\"version\":1,\"version\":1", 1),
            "malformed",
        ),
    ];
    for (place, (altered, verdict)) in cases.iter().enumerate() {
        fs::write(home.path().join("bad.bundle"), altered).unwrap();
        let ours = home
            .run(&["verify", "--file", "bad.bundle"])
            .exits(3)
            .stdout;
        let (code, theirs) = check("bad.bundle");
        assert_eq!(code, Some(3), "{place}: {theirs}");
        for said in [&ours, &theirs] {
            assert!(said.contains(&format!(": {verdict}")), "{place}: {said}");
        }
        let good = |said: &str| said.matches(": valid").count();
        assert_eq!(good(&ours), good(&theirs), "{place}: {ours}\n{theirs}");
    }
}

fn python() -> Option<PathBuf> {
    let found = ["/usr/bin/python3", "/usr/local/bin/python3"]
        .map(PathBuf::from)
        .into_iter()
        .find(|path| path.exists());
    if found.is_none() {
        skip("python3");
    }
    found
}

/// A real browser, if there is one: `MMOGIT_TEST_CHROMIUM`, or `chromium` in the usual places.
fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("MMOGIT_TEST_CHROMIUM").map(PathBuf::from);
    let usual = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ]
    .map(PathBuf::from);
    let found = named.into_iter().chain(usual).find(|path| path.exists());
    if found.is_none() {
        skip("chromium (MMOGIT_TEST_CHROMIUM names one)");
    }
    found
}

/// The page as the browser has it once all has been loaded that it would load.
fn in_browser(browser: &Path, home: &TestHome, page: &str) -> Html {
    let profile = format!("--user-data-dir={}", home.path().join("profile").display());
    let output = Command::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--virtual-time-budget=2000",
        ])
        .args([&profile, "--dump-dom"])
        .arg(format!("file://{}", home.path().join(page).display()))
        .env("HOME", home.path())
        .output()
        .unwrap();
    let dom = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && dom.contains("<html"),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Html::parse_document(&dom)
}

#[test]
fn in_a_real_browser_nothing_of_a_message_acts() {
    let Some(browser) = chromium() else { return };
    let home = with_threads();
    home.run(&[
        "thread-export",
        "Second",
        "--format",
        "html",
        "--output",
        "page.html",
    ])
    .exits(0);
    let page = in_browser(&browser, &home, "page.html");
    let texts = |place: &str| -> Vec<String> {
        page.select(&Selector::parse(place).unwrap())
            .map(|found| found.text().collect())
            .collect()
    };
    assert_eq!(texts("title"), ["Second: <b>\"two\"</b>"]);
    assert_eq!(texts("main > article").len(), 2);
    assert_eq!(
        texts("script, img, b > *, .text b, [onerror]"),
        Vec::<String>::new()
    );
    assert_eq!(texts("body > *").len(), 1, "all is within main");
    assert!(texts(".text")[0].contains("<script>document.title = 'owned'</script>"));
}

/// The second wall, alone: had something come through, the page's own policy would still stop it.
#[test]
fn in_a_real_browser_the_policy_stops_what_a_page_holds() {
    let Some(browser) = chromium() else { return };
    let home = with_threads();
    let page = home
        .run(&["thread-export", "first", "--format", "html"])
        .exits(0)
        .stdout;
    let script =
        "<script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\">";
    let broken = page.replace("</main>", &format!("{script}</main>"));
    let title = |page: &Html| -> String {
        page.select(&Selector::parse("title").unwrap())
            .flat_map(|title| title.text())
            .collect()
    };
    fs::write(home.path().join("broken.html"), &broken).unwrap();
    assert_eq!(
        title(&in_browser(&browser, &home, "broken.html")),
        "first one"
    );
    // Without the policy it does act, or this would show nothing.
    fs::write(
        home.path().join("open.html"),
        broken.replace("Content-Security-Policy", "x"),
    )
    .unwrap();
    assert_eq!(title(&in_browser(&browser, &home, "open.html")), "owned");
}

/// What the page's messages hold that a browser's own sanitiser takes away: how a link is to be
/// followed, and to which side a table's cell is set. A script in the browser takes off just these,
/// and then nothing may differ.
const SANITISER: &str = r#"<!DOCTYPE html><meta charset="utf-8"><div id="clean"></div><pre id="found"></pre><script>
const ours = [["a", "rel", /^noopener noreferrer nofollow$/], ["td, th", "style", /^text-align: (left|center|right)$/]];
const differs = text => {
  const page = document.createElement("template");
  page.innerHTML = text;
  for (const [where, name, value] of ours)
    for (const element of page.content.querySelectorAll(where))
      if (value.test(element.getAttribute(name))) element.removeAttribute(name);
  clean.setHTML(text);
  return page.innerHTML !== clean.innerHTML;
};
found.textContent = typeof clean.setHTML === "function" ? JSON.stringify(TEXTS.map(differs)) : "no sanitiser";
</script>"#;

/// As many kinds of Markdown as a message may hold.
const RICH: &str = "# One\n\ntext *with* **all** ~~kinds~~ of `code` and <https://example.com/?a=1&b=2>\n\n\
                    | left | right | middle |\n|:--|--:|:-:|\n| 1 | [two](https://example.com) | `3` |\n\n\
                    1. first\n   - [ ] open\n   - [x] done\n\n> a quote\n> of two lines\n\n---\n\n\
                    ```rust\nfn main() { println!(\"<b>\"); }\n```\n\n    indented & <script>\n\n\
                    ![a picture](https://example.com/x.png \"title\") <mailto:a@example.com> \\\\ &amp; &#x202e;";

#[test]
fn a_browsers_own_sanitiser_finds_nothing_to_take_out_of_a_message() {
    let Some(browser) = chromium() else { return };
    let home = with_threads();
    home.run(&["chat", "--backend", "echo", "--title", "rich", "-m", RICH])
        .exits(0);
    let mut texts: Vec<String> = ["Second", "rich"]
        .iter()
        .flat_map(|title| {
            let page = home
                .run(&["thread-export", title, "--format", "html"])
                .exits(0)
                .stdout;
            let texts = page.split("<div class=\"text\">\n").skip(1);
            texts
                .map(|text| text.split_once("</div>\n<footer").unwrap().0.to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        texts
            .iter()
            .any(|text| text.contains("text-align: right") && text.contains("rel=\"noopener"))
    );
    let ours = texts.len();
    assert_eq!(ours, 4);
    // What it does take away, or this would show nothing.
    let bad = [
        "<p onclick=\"x()\">x</p>",
        "<script>x()</script>",
        "<a href=\"javascript:x()\">x</a>",
        "<img src=x>",
    ];
    texts.extend(bad.map(str::to_owned));
    texts.push(HOSTILE.to_owned());
    let list = serde_json::to_string(&texts)
        .unwrap()
        .replace('<', "\\u003c");
    fs::write(
        home.path().join("check.html"),
        SANITISER.replace("TEXTS", &list),
    )
    .unwrap();
    let page = in_browser(&browser, &home, "check.html");
    let found: String = page
        .select(&Selector::parse("#found").unwrap())
        .flat_map(|found| found.text())
        .collect();
    if found == "no sanitiser" {
        skip("a browser that has Element.setHTML");
        return;
    }
    let found: Vec<bool> = serde_json::from_str(&found).unwrap_or_else(|_| panic!("{found:?}"));
    for (place, (text, differs)) in texts.iter().zip(&found).enumerate() {
        assert_eq!(*differs, place >= ours, "{text}");
    }
    assert_eq!(found.len(), texts.len());
}
