//! Every kind is found, its placeholder is not, and all else stays as it is. No key stands here: each is
//! made when a test runs.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

const SMALL: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &str = "0123456789abcdef";
const LARGE: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const MIXED: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const DIGITS: &str = "0123456789";

/// So many signs that look like chance, the same in every run.
fn made(count: usize, of: &str) -> String {
    let signs: Vec<char> = of.chars().collect();
    let mut state = 0x9e37_79b9_u64 + count as u64;
    let next = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        signs[(state >> 33) as usize % signs.len()]
    };
    (0..count).map(next).collect()
}

/// A text with a key of each kind, as the rule's code, what stands before it, the key, and after it.
fn keys() -> Vec<(&'static str, String, String, &'static str)> {
    let of = |code, beginning: &str, count, signs| {
        let key = format!("{beginning}{}", made(count, signs));
        (code, "it is ".to_owned(), key, " there")
    };
    let after = |code, before: &str, key: String, after| (code, before.to_owned(), key, after);
    let pem = |what: &str, lines: usize| {
        let body: Vec<String> = (0..lines).map(|line| made(64 - line % 2, MIXED)).collect();
        let edge = |side: &str| format!("-----{side} {what}PRIVATE KEY-----");
        format!("{}\n{}\n{}", edge("BEGIN"), body.join("\n"), edge("END"))
    };
    let jwt = ["eyJ", ".eyJ", "."].map(|part| format!("{part}{}", made(40, MIXED)));
    vec![
        after("private-key-block", "key:\n", pem("RSA ", 20), "\nafter"),
        after("private-key-block", "key:\n", pem("OPENSSH ", 6), "\nafter"),
        after("private-key-block", "key:\n", pem("", 1), "\nafter"),
        of("age-secret-key", "AGE-SECRET-KEY-1", 58, LARGE),
        of("anthropic-key", "sk-ant-api03-", 95, MIXED),
        of("openrouter-key", "sk-or-v1-", 64, HEX),
        of("openai-key", "sk-proj-", 80, MIXED),
        of("sk-key", "sk-", 48, MIXED),
        of("huggingface-token", "hf_", 34, MIXED),
        of("groq-key", "gsk_", 52, MIXED),
        of("xai-key", "xai-", 80, MIXED),
        of("perplexity-key", "pplx-", 48, MIXED),
        of("replicate-token", "r8_", 37, MIXED),
        of("nvidia-key", "nvapi-", 64, MIXED),
        of("cerebras-key", "csk-", 48, SMALL),
        after(
            "langsmith-key",
            "",
            format!("lsv2_pt_{}_{}", made(32, HEX), made(10, HEX)),
            "",
        ),
        of("tavily-key", "tvly-", 32, MIXED),
        of("google-oauth-secret", "GOCSPX-", 28, MIXED),
        of("google-access-token", "ya29.", 60, MIXED),
        of("google-refresh-token", "1//0", 60, MIXED),
        of("gcp-api-key", "AIza", 35, MIXED),
        of("github-pat", "ghp_", 36, MIXED),
        of("github-fine-grained-pat", "github_pat_", 82, MIXED),
        of("github-oauth", "gho_", 36, MIXED),
        of("github-refresh-token", "ghr_", 36, MIXED),
        of("gitlab-token", "glpat-", 20, MIXED),
        of("npm-token", "npm_", 36, MIXED),
        of("pypi-token", "pypi-", 120, MIXED),
        of("aws-access-key", "AKIA", 16, LARGE),
        of("slack-key", "xoxb-1", 40, MIXED),
        of("stripe-key", "sk_live_", 24, MIXED),
        of("stripe-key", "sk_test_", 24, MIXED),
        of("stripe-webhook-secret", "whsec_", 32, MIXED),
        of("shopify-token", "shpat_", 32, HEX),
        of("docker-token", "dckr_pat_", 27, MIXED),
        of("vault-token", "hvs.", 90, MIXED),
        of("linear-key", "lin_api_", 40, MIXED),
        of("notion-token", "ntn_", 46, MIXED),
        of("figma-token", "figd_", 40, MIXED),
        of("databricks-token", "dapi", 32, HEX),
        of("grafana-token", "glsa_", 40, MIXED),
        of("doppler-token", "dp.pt.", 43, MIXED),
        of("sentry-token", "sntrys_", 60, MIXED),
        of("pulumi-token", "pul-", 40, HEX),
        of("planetscale-token", "pscale_tkn_", 43, MIXED),
        of("rubygems-key", "rubygems_", 48, HEX),
        of("crates-token", "cio", 32, MIXED),
        of("new-relic-key", "NRAK-", 27, LARGE),
        of("atlassian-token", "ATATT3", 186, MIXED),
        of("digitalocean-token", "dop_v1_", 64, HEX),
        of("sendgrid-api-key", "SG.", 22, MIXED).with(&made(43, MIXED)),
        of("telegram-bot-token", "", 9, DIGITS).with_colon(&format!("AA{}", made(33, MIXED))),
        after("json-web-token", "", jwt.concat(), ""),
        after(
            "bearer-header",
            "Authorization: Bearer ",
            made(40, MIXED),
            "\"",
        ),
        after(
            "password-in-url",
            "postgres://u:",
            made(12, MIXED),
            "@host/db",
        ),
        after("token-in-url", "https://", made(30, MIXED), "@host/x.git"),
        after(
            "parameter-in-url",
            "https://h/?q=1&key=",
            made(30, MIXED),
            "&b",
        ),
        after(
            "password-parameter",
            "jdbc:x://h/d?user=u&password=",
            made(9, MIXED),
            "",
        ),
        after("assigned-secret", "MY_API_KEY=", made(24, MIXED), "\n"),
        after(
            "assigned-secret",
            "\"client_secret\": \"",
            made(32, HEX),
            "\"",
        ),
        after(
            "assigned-secret",
            "{\\\"token\\\":\\\"",
            made(32, MIXED),
            "\\\"}",
        ),
        after(
            "assigned-secret",
            "aws_secret_access_key = ",
            made(40, MIXED),
            "",
        ),
        after(
            "password-quoted",
            "password: '",
            format!("hunter2{}", '!'),
            "'",
        ),
        after(
            "password-env",
            "DB_PASSWORD=",
            format!("hunter{}", 23),
            "\n",
        ),
    ]
}

/// Keys that consist of two parts.
trait Parts {
    fn with(self, more: &str) -> Self;
    fn with_colon(self, more: &str) -> Self;
}

impl Parts for (&'static str, String, String, &'static str) {
    fn with(self, more: &str) -> Self {
        (self.0, self.1, format!("{}.{more}", self.2), self.3)
    }

    fn with_colon(self, more: &str) -> Self {
        (self.0, self.1, format!("{}:{more}", self.2), self.3)
    }
}

/// The same key as examples have it.
fn placeholders(key: &str, is_by_surroundings: bool) -> [String; 3] {
    let mark = key.find(['-', '_', '.', ':']).map_or(4, |place| place + 1);
    let keep = if is_by_surroundings { 0 } else { mark };
    let rest = key.len() - keep;
    let (beginning, _) = key.split_at(keep.min(key.len()));
    let of = |sign: &str| format!("{beginning}{}", sign.repeat(rest));
    [of("x"), of("0"), format!("{beginning}<your key>")]
}

#[test]
fn every_rule_is_one_that_can_be_read() {
    let codes: Vec<&str> = rules::all().map(|(_, kind)| kind.code).collect();
    let different: BTreeSet<&str> = codes.iter().copied().collect();
    assert_eq!(codes.len(), different.len(), "{codes:?}");
    for (rule, kind) in rules::all() {
        assert!(!rule.keywords.is_empty(), "{}", kind.code);
        assert!(!kind.name.contains([']', '\n']), "{}", kind.name);
    }
}

#[test]
fn each_kind_is_found_alone_and_as_a_whole() {
    for (code, before, key, after) in keys() {
        let text = format!("{before}{key}{after}");
        let found = find(&text);
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.kind.code, &text[one.at.clone()]))
            .collect();
        assert_eq!(told, [(code, key.as_str())], "{text}");
    }
}

#[test]
fn a_placeholder_is_no_key() {
    for (code, before, key, after) in keys() {
        let kind = find(&format!("{before}{key}{after}"))[0].kind;
        for placeholder in placeholders(&key, kind.is_by_surroundings) {
            let text = format!("{before}{placeholder}{after}");
            if code != "private-key-block" {
                assert_eq!(find(&text), [], "{text}");
            }
        }
    }
    for text in [
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "It begins with -----BEGIN RSA PRIVATE KEY----- and goes on with letters and digits, as you know, for a while.",
        "export OPENAI_API_KEY=\"sk-...\"",
        "api_key = os.environ[\"OPENAI_API_KEY\"]",
        "const token = await getTokenFromTheStore(user2);",
        "password: String, // at least 8 characters",
        "password=self.settings.password",
        "the token is refreshed_by_the_server every 2 hours",
        "postgres://user:password@localhost/db",
        "https://host.example/a/b?tab=readme&key=overview",
        "commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        "id toolu_01A09q90qw90lq917835lq9 and 550e8400-e29b-41d4-a716-446655440000",
        "secret santa: meet at /home/u/projects/very/long/path/2 at noon",
        "AKIAIOSFODNN7EXAMPLE",
        "git@github.com:owner/name.git and mailto://someone@host",
    ] {
        assert_eq!(find(text), [], "{text}");
    }
}

#[test]
fn a_redaction_names_the_kind_and_has_no_sign_of_it() {
    for (_, before, key, after) in keys() {
        let text = format!("{before}{key}{after}");
        let (redacted, found) = redact(&text).unwrap();
        let expected = format!("{before}[redacted: {}]{after}", found[0].kind.name);
        assert_eq!(redacted, expected);
        assert_eq!(redact(&redacted), None, "{redacted}");
    }
}

#[test]
fn several_in_one_text_are_each_replaced() {
    let all: Vec<String> = keys()
        .into_iter()
        .map(|(_, before, key, after)| format!("{before}{key}{after}"))
        .collect();
    let (redacted, _) = redact(&all.join("\n\nand ")).unwrap();
    for (code, _, key, _) in keys() {
        for line in key.lines().filter(|line| !line.starts_with("-----")) {
            assert!(!redacted.contains(line), "{code}");
        }
    }
}

#[test]
fn a_line_break_within_hides_nothing() {
    for (code, before, key, after) in keys() {
        let found = find(&format!("{before}{key}{after}"));
        if found[0].kind.is_by_surroundings || key.contains('\n') {
            continue;
        }
        for place in [3, key.len() / 2, key.len() - 5] {
            let (first, rest) = key.split_at(place);
            for fold in ["\n", "\r\n", "\n    "] {
                let text = format!("{before}{first}{fold}{rest}\n\nThe end.");
                let (redacted, _) = redact(&text).unwrap_or_default();
                assert!(!redacted.is_empty(), "{code}: {text}");
                let is_left = |part: &str| part.len() > 8 && redacted.contains(part);
                assert!(!is_left(first) && !is_left(rest), "{code}: {redacted}");
                assert!(redacted.ends_with("The end."), "{redacted}");
            }
        }
    }
    let key = format!("ghp_{}", made(36, MIXED));
    let (redacted, _) = redact(&format!("{key}\nNext\nline")).unwrap();
    assert!(redacted.ends_with("]\nNext\nline"), "{redacted}");
}

#[test]
fn a_key_that_never_ends_keeps_nobody_busy() {
    let lines = "aaaaaaaa\n".repeat(20_000);
    let hostile = [
        format!("sk-ant-{lines}"),
        format!("sk-ant-{}", made(30, MIXED) + "\n").repeat(1_000),
        "password=".repeat(10_000),
        "-----BEGIN PRIVATE KEY-----\n".repeat(2_000),
        "a://".repeat(10_000),
        made(200_000, MIXED),
    ];
    for text in hostile {
        find(&text);
    }
}

#[test]
fn base_64_hides_nothing() {
    use base64ct::{Base64, Base64Unpadded, Base64Url, Encoding};
    let key = format!("sk-ant-api03-{}", made(95, MIXED));
    let inner = format!("{{\"key\":\"{key}\"}}");
    let forms = [
        Base64::encode_string(inner.as_bytes()),
        Base64Unpadded::encode_string(inner.as_bytes()),
        Base64Url::encode_string(inner.as_bytes()),
        Base64::encode_string(format!("ü{inner}").as_bytes()),
        Base64::encode_string(Base64::encode_string(inner.as_bytes()).as_bytes()),
        format!("prefix/{}", Base64::encode_string(inner.as_bytes())),
    ];
    for form in forms {
        let folded: Vec<&str> = (0..form.len().div_ceil(64))
            .map(|line| &form[line * 64..form.len().min(line * 64 + 64)])
            .collect();
        for text in [form.clone(), folded.join("\n"), folded.join("\r\n")] {
            let (redacted, found) = redact(&format!("see: {text} .")).expect(&text);
            assert_eq!(found[0].kind.code, "anthropic-key", "{text}");
            assert!(redacted.len() < 60, "{redacted}");
        }
    }
}

#[test]
fn what_is_cut_in_two_by_a_strange_letter_stays_a_text() {
    for text in [
        "postgres://u:pä5wörd€@host",
        "password='žluťoučký5'",
        "api_key=ä5ä5ä5ä5ä5ä5ä5ä5",
    ] {
        let (redacted, _) = redact(text).unwrap_or((text.to_owned(), Vec::new()));
        assert!(redacted.is_char_boundary(redacted.len()));
    }
}

/// Words, marks and the beginnings of keys, as hostile as chance makes them.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~\n]{0,30}",
        "\\PC{0,8}",
        Just("password=".to_owned()),
        Just("sk-ant-".to_owned()),
        Just("ghp_".to_owned()),
        Just("\n".to_owned()),
        Just("-----BEGIN PRIVATE KEY-----".to_owned()),
        Just("://u:".to_owned()),
        "[A-Za-z0-9]{20,60}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_no_secret_stays_byte_by_byte(text in any_text()) {
        let found = find(&text);
        match redact(&text) {
            None => prop_assert!(found.is_empty()),
            Some((redacted, told)) => {
                prop_assert_eq!(&told, &found);
                let (mut before, mut after) = (text.as_str(), redacted.as_str());
                let mut done = 0;
                for secret in &told {
                    let kept = &text[done..secret.at.start];
                    prop_assert!(after.starts_with(kept));
                    let mark = format!("[redacted: {}]", secret.kind.name);
                    after = &after[kept.len()..];
                    prop_assert!(after.starts_with(&mark));
                    after = &after[mark.len()..];
                    done = secret.at.end;
                    before = &text[done..];
                }
                prop_assert_eq!(before, after);
            }
        }
    }
}
