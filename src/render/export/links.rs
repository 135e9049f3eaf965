//! Which links a document may have.

/// Whether a link leads where a reader may be led: to the web or to a letter. What a reader does
/// not open on purpose (`javascript:`, `data:`, `file:`), and what leads to another place on
/// another computer (`../x`), is shown as text.
pub(super) fn is_safe(target: &str) -> bool {
    let Some((scheme, rest)) = target.split_once(':') else {
        return false;
    };
    let is_web = ["http", "https"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    let is_plain = !target.chars().any(|c| c.is_control() || c.is_whitespace());
    is_plain && (is_web && rest.starts_with("//") || scheme.eq_ignore_ascii_case("mailto"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_and_letters() {
        for good in [
            "https://a.example/b?c=d#e",
            "HTTP://a.example",
            "mailto:a@b.example",
            "Mailto:a@b",
        ] {
            assert!(is_safe(good), "{good}");
        }
        let bad = [
            "",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "https:javascript",
            "https://a.example/\u{1}",
            "https://a b",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "//a.example",
            "/etc/passwd",
            "#top",
            "x.html",
            "\u{1}https://a.example",
        ];
        for bad in bad {
            assert!(!is_safe(bad), "{bad:?}");
        }
    }
}
