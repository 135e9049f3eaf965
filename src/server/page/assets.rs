//! What the browser loads: the same bytes for everybody, without data. They may be kept for ever, since
//! their address changes with them.

use crate::server::app::App;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::Embed;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const SHELL: &str = include_str!("shell.html");
/// The window in which somebody lets another site's page speak for them.
const EMBED: &str = include_str!("embed.html");
/// How one comes in, in both of them.
const SIGN_IN: &str = include_str!("signin.html");
const SIGN_IN_PLACE: &str = "  <!-- how one comes in -->\n";
/// A page that embeds the widget, to look at.
const DEMO: &str = include_str!("demo.html");

/// Stands in the shell for the folder that the contents name.
const FOLDER: &str = "/assets/-/";

/// One name for all: modules name each other by their place beside themselves.
static VERSION: LazyLock<String> = LazyLock::new(version);

#[derive(Embed)]
#[folder = "src/server/page/assets"]
struct Assets;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(async || drawn(SHELL)))
        .route("/demo", get(demo))
        .route("/embed", get(embed))
        .route("/widget.js", get(widget))
        .route("/assets/{version}/{file}", get(asset))
}

/// Asked for each time, so that a newer program's page is there at once.
const KEPT_NOWHERE: &str = "no-cache";

fn drawn(shell: &str) -> Response {
    let folder = format!("/assets/{}/", *VERSION);
    let page = shell
        .replace(SIGN_IN_PLACE, SIGN_IN)
        .replace(FOLDER, &folder);
    answer("text/html; charset=utf-8", KEPT_NOWHERE, page.into_bytes())
}

/// It answers whoever opened it, which is another site's page.
async fn embed() -> Response {
    with_windows(drawn(EMBED), "unsafe-none")
}

/// It opens that window and hears from it, as any page that embeds does.
async fn demo() -> Response {
    with_windows(drawn(DEMO), "same-origin-allow-popups")
}

/// A page, and which windows may know of each other.
fn with_windows(mut page: Response, which: &'static str) -> Response {
    let policy = HeaderName::from_static("cross-origin-opener-policy");
    page.headers_mut()
        .insert(policy, HeaderValue::from_static(which));
    page
}

/// One address for all who embed; what it leads to may be kept.
async fn widget() -> Response {
    let script = format!("import \"./assets/{}/widget.js\";\n", *VERSION);
    let kind = "text/javascript; charset=utf-8";
    answer(kind, KEPT_NOWHERE, script.into_bytes())
}

async fn asset(Path((version, file)): Path<(String, String)>) -> Response {
    let kind = kind_of(&file).filter(|_| version == *VERSION);
    match (kind, Assets::get(&file)) {
        (Some(kind), Some(asset)) => {
            let keeping = "public, max-age=31536000, immutable";
            answer(kind, keeping, served(&file, &asset.data))
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What a browser gets of a file: of a script not its comments, which are for who reads the source.
fn served(file: &str, contents: &[u8]) -> Vec<u8> {
    match str::from_utf8(contents) {
        Ok(script) if file.ends_with(".js") => without_comments(script).into_bytes(),
        _ => contents.to_vec(),
    }
}

/// Without the lines that are nothing but a comment. They are empty then, so that a browser counts
/// lines as the source has them.
fn without_comments(script: &str) -> String {
    let mut code = String::with_capacity(script.len());
    let mut is_within = false;
    for line in script.lines() {
        let words = line.trim();
        let begins = words.starts_with("/*");
        if !(is_within || begins || words.starts_with("//")) {
            code.push_str(line);
        }
        is_within = (is_within || begins) && !words.ends_with("*/");
        code.push('\n');
    }
    code
}

fn answer(kind: &'static str, keeping: &'static str, body: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(keeping)),
    ];
    (headers, body).into_response()
}

fn kind_of(file: &str) -> Option<&'static str> {
    let (_, ending) = file.rsplit_once('.')?;
    match ending {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

/// The hash of all names and contents.
fn version() -> String {
    let mut names: Vec<_> = Assets::iter().collect();
    names.sort_unstable();
    let mut hash = Sha256::new();
    for name in names {
        let asset = Assets::get(&name);
        let contents = asset.map(|asset| asset.metadata.sha256_hash());
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(contents.unwrap_or_default());
    }
    hex::encode(&hash.finalize()[..10])
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    /// What a page may weigh that people wait for.
    const MOST_SCRIPT: usize = 40_000;

    fn named(ending: &str) -> Vec<(String, String)> {
        Assets::iter()
            .filter(|name| name.ends_with(ending))
            .map(|name| {
                let asset = Assets::get(&name).unwrap();
                (
                    name.into_owned(),
                    String::from_utf8(asset.data.into_owned()).unwrap(),
                )
            })
            .collect()
    }

    /// A module, and all that it imports, each once.
    fn loaded(entry: &str) -> Vec<String> {
        let mut names = vec![entry.to_owned()];
        let mut place = 0;
        while let Some(name) = names.get(place) {
            for imported in imports(&script(name)) {
                if !names.contains(&imported) {
                    names.push(imported);
                }
            }
            place += 1;
        }
        names
    }

    fn script(name: &str) -> String {
        let asset = Assets::get(name).unwrap_or_else(|| panic!("{name} is not there"));
        String::from_utf8(asset.data.into_owned()).unwrap()
    }

    fn imports(script: &str) -> Vec<String> {
        let mut imports: Vec<String> = Vec::new();
        for start in ["from \"./", "import \"./", "import(\"./"] {
            let named = script.split(start).skip(1);
            imports.extend(named.map(|after| after.split('"').next().unwrap().to_owned()));
        }
        imports
    }

    fn packed(names: &[String]) -> usize {
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        for name in names {
            packed.write_all(script(name).as_bytes()).unwrap();
        }
        packed.finish().unwrap().len()
    }

    #[test]
    fn all_script_that_one_page_loads_together_stays_small() {
        let mut all_loaded = ["theme.js", "demo.js"].map(str::to_owned).to_vec();
        for entry in ["main.js", "widget.js", "embed.js"] {
            let names = loaded(entry);
            assert!(names.len() > 3, "{names:?}");
            let size = packed(&names);
            assert!(size <= MOST_SCRIPT, "{entry}: {size} bytes");
            all_loaded.extend(names);
        }
        for (name, _) in named(".js") {
            assert!(all_loaded.contains(&name), "nothing loads {name}");
        }
    }

    #[test]
    fn comments_are_not_served_and_all_else_is() {
        let source = "// a\nlet a = 1; // b\n  /** c\n   * d\n   */\nlet e = `//`;\n/* f */\n";
        let code = "\nlet a = 1; // b\n\n\n\nlet e = `//`;\n\n";
        assert_eq!(served("x.js", source.as_bytes()), code.as_bytes());
        assert_eq!(served("x.css", source.as_bytes()), source.as_bytes());
        for (module, script) in named(".js") {
            let code = without_comments(&script);
            assert_eq!(code.lines().count(), script.lines().count(), "{module}");
            let mut quotes = 0;
            for (kept, line) in code.lines().zip(script.lines()) {
                assert!(kept == line || kept.is_empty(), "{module}: {line}");
                assert!(
                    kept == line || quotes % 2 == 0,
                    "in a text of {module}: {line}"
                );
                quotes += kept.matches('`').count();
            }
        }
    }

    #[test]
    fn what_the_shell_and_the_modules_name_is_there() {
        let mut named_by_shell = 0;
        let shells = [SHELL, EMBED, SIGN_IN, DEMO].map(|shell| shell.split(FOLDER).skip(1));
        for after in shells.into_iter().flatten() {
            let name: String = after
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || "-.".contains(*c))
                .collect();
            assert!(Assets::get(&name).is_some(), "{name}");
            named_by_shell += 1;
        }
        assert!(named_by_shell > 5, "{named_by_shell}");
        for (module, script) in named(".js") {
            for name in imports(&script) {
                assert!(Assets::get(&name).is_some(), "{module} imports {name}");
            }
        }
    }

    #[test]
    fn nothing_needs_code_or_style_within_the_page() {
        for shell in [SHELL, EMBED, SIGN_IN, DEMO] {
            check_nothing_inline(&shell.to_lowercase());
        }
        for (module, script) in named(".js") {
            for raw in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "eval(",
                "new Function",
                "document.write",
            ] {
                assert!(!script.contains(raw), "{module}: {raw}");
            }
        }
    }

    fn check_nothing_inline(shell: &str) {
        for inline in [
            " style=",
            "<style",
            " onclick=",
            " onload=",
            "javascript:",
            "//cdn",
            "http-equiv",
        ] {
            assert!(!shell.contains(inline), "{inline}");
        }
        assert_eq!(
            shell.matches("<script").count(),
            shell.matches("<script src=").count()
                + shell.matches("<script type=\"module\" src=").count()
        );
    }

    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        let mut all = named(".js");
        all.extend(named(".css"));
        let shells = [
            ("shell.html", SHELL),
            ("embed.html", EMBED),
            ("signin.html", SIGN_IN),
            ("demo.html", DEMO),
        ];
        all.extend(shells.map(|(name, shell)| (name.to_owned(), shell.to_owned())));
        for (name, text) in all {
            for start in ["https://", "url("] {
                assert!(!text.contains(start), "{name}: {start}");
            }
        }
    }
}
