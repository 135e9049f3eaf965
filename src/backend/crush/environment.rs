//! What Crush gets to see of the user's environment.
//!
//! What it gets, its tools and the model can get at too. So it is given what it needs to run, to
//! reach a provider and to find its configuration, and nothing else: no `MMOGIT_*`, no agent's
//! socket, no token of another service.

use std::ffi::{OsStr, OsString};

/// Needed by any program, or by any program that talks to a network.
const PLAIN: &[&str] = &[
    "ALL_PROXY",
    "CATWALK_URL",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "HYPER_URL",
    "LANG",
    "LANGUAGE",
    "LOGNAME",
    "NO_PROXY",
    "PATH",
    "SHELL",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TERMUX_VERSION",
    "TMPDIR",
    "TZ",
    "USER",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
    "XDG_DATA_DIRS",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Keys under which Crush's list of providers looks; the rest is named by the list itself, or by
/// the user.
const KEYS: &[&str] = &[
    "AIHUBMIX_API_KEY",
    "CEREBRAS_API_KEY",
    "CHUTES_API_KEY",
    "DEEPSEEK_API_KEY",
    "GROQ_API_KEY",
    "HF_TOKEN",
    "HYPER_API_KEY",
    "LAMBDA_API_KEY",
    "MINIMAX_API_KEY",
    "MISTRAL_API_KEY",
    "MOONSHOT_API_KEY",
    "OPENROUTER_API_KEY",
    "SYNTHETIC_API_KEY",
    "VENICE_API_KEY",
    "XAI_API_KEY",
    "ZAI_API_KEY",
];

/// Families of settings of which a provider may need any.
const FAMILIES: &[&str] = &[
    "ANTHROPIC_",
    "AWS_",
    "AZURE_OPENAI_",
    "CRUSH_",
    "GEMINI_",
    "GOOGLE_",
    "LC_",
    "OPENAI_",
    "VERTEXAI_",
];

/// Never passed on, whoever names them: doors to the user's keys, and what would make Crush run
/// otherwise than here expected (its server mode never ends a run that asks for permission).
const NEVER: &[&str] = &["CRUSH_CLIENT_SERVER", "CRUSH_PROFILE", "XDG_RUNTIME_DIR"];
const NEVER_FAMILIES: &[&str] = &["DBUS_", "GNOME_KEYRING_", "GPG_", "MMOGIT_", "SSH_"];

/// Set for every run: no colours, no telemetry.
const SET: [(&str, &str); 4] = [
    ("CRUSH_DISABLE_METRICS", "1"),
    ("DO_NOT_TRACK", "1"),
    ("NO_COLOR", "1"),
    ("TERM", "dumb"),
];

/// The part of `all` that Crush gets; `named` are the variables its configuration names.
pub(super) fn for_crush(
    all: &[(OsString, OsString)],
    named: &[String],
) -> Vec<(OsString, OsString)> {
    let mut passed: Vec<(OsString, OsString)> = all
        .iter()
        .filter(|(name, _)| passes(name, named))
        .cloned()
        .collect();
    for (name, value) in SET {
        set(&mut passed, name, value.into());
    }
    passed
}

/// Sets a variable, whatever it was.
pub(super) fn set(environment: &mut Vec<(OsString, OsString)>, name: &str, value: OsString) {
    environment.retain(|(known, _)| known != name);
    environment.push((name.into(), value));
}

fn passes(name: &OsStr, named: &[String]) -> bool {
    let Some(name) = name.to_str() else {
        return false;
    };
    let in_family = |families: &[&str]| families.iter().any(|family| name.starts_with(family));
    if NEVER.contains(&name) || in_family(NEVER_FAMILIES) {
        return false;
    }
    PLAIN.contains(&name)
        || KEYS.contains(&name)
        || in_family(FAMILIES)
        || named.iter().any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_pass_and_doors_do_not() {
        let passed = [
            "HOME",
            "PATH",
            "XDG_CONFIG_HOME",
            "OPENAI_API_KEY",
            "ANTHROPIC_API_KEY",
            "AWS_PROFILE",
            "CRUSH_THING",
            "WORK_KEY",
            "VERTEXAI_PROJECT",
            "https_proxy",
        ];
        let kept_back = [
            "MMOGIT_HOME",
            "MMOGIT_PASSPHRASE_FILE",
            "SSH_AUTH_SOCK",
            "GPG_AGENT_INFO",
            "DBUS_SESSION_BUS_ADDRESS",
            "GITHUB_TOKEN",
            "NPM_TOKEN",
            "XDG_RUNTIME_DIR",
            "CRUSH_CLIENT_SERVER",
            "CLICOLOR_FORCE",
            "LD_PRELOAD",
        ];
        let all: Vec<(OsString, OsString)> = passed
            .iter()
            .chain(&kept_back)
            .map(|name| (name.into(), "value".into()))
            .collect();
        let named = ["WORK_KEY", "MMOGIT_HOME", "SSH_AUTH_SOCK"].map(str::to_owned);
        let given = for_crush(&all, &named);
        let names: Vec<&str> = given
            .iter()
            .map(|(name, _)| name.to_str().unwrap())
            .collect();
        assert_eq!(names[..passed.len()], passed);
        assert_eq!(names[passed.len()..], SET.map(|(name, _)| name));
    }
}
