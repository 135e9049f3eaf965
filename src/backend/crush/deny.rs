//! Tells Crush, in the way its version understands, to use no tools.
//!
//! In `crush run` every tool is run without asking. The user's own configuration stays as it is:
//! what is written here lies over it for one run, in directories of that run.

use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::version::Denial;

/// Every built-in tool of any version; a name that a version doesn't know does no harm.
const TOOLS: [&str; 31] = [
    "agent",
    "agentic_fetch",
    "bash",
    "crush_info",
    "crush_logs",
    "diagnostics",
    "download",
    "edit",
    "fetch",
    "glob",
    "grep",
    "job_kill",
    "job_output",
    "list_mcp_resources",
    "ls",
    "lsp_call_hierarchy",
    "lsp_definition",
    "lsp_diagnostics",
    "lsp_references",
    "lsp_rename",
    "lsp_replace_symbol",
    "lsp_restart",
    "lsp_symbols",
    "multiedit",
    "question",
    "read_mcp_resource",
    "references",
    "sourcegraph",
    "todos",
    "view",
    "write",
];

/// Writes the refusal where this version looks for it. `here` is where Crush runs, `data` its data
/// directory, `user` the user's own configuration.
pub(super) fn write(denial: Denial, user: &Value, here: &Path, data: &Path) -> io::Result<()> {
    let hook = matches!(denial, Denial::DataWithHook | Denial::Unknown);
    let refusal = refusal(user, hook).to_string();
    // What can't turn its tools off can at least leave other servers unstarted.
    if matches!(
        denial,
        Denial::Nothing | Denial::HereByName | Denial::Unknown
    ) {
        std::fs::write(here.join(".crush.json"), &refusal)?;
    }
    if matches!(
        denial,
        Denial::DataByName | Denial::DataWithHook | Denial::Unknown
    ) {
        std::fs::write(data.join("crush.json"), &refusal)?;
    }
    Ok(())
}

fn refusal(user: &Value, hook: bool) -> Value {
    // `disabled_tools` doesn't cover the tools of MCP servers; a disabled server has none.
    let mut refusal = json!({
        "options": {"disabled_tools": TOOLS, "auto_lsp": false},
        "mcp": disabled(user, "mcp"),
        "lsp": disabled(user, "lsp"),
    });
    if hook {
        refusal["hooks"] = json!({"PreToolUse": [
            {"name": "no-tools", "command": "echo 'tools are disabled' >&2; exit 2"}
        ]});
    }
    refusal
}

/// Every server of a kind, disabled.
fn disabled(user: &Value, kind: &str) -> Map<String, Value> {
    let servers = user[kind].as_object();
    let names = servers.into_iter().flat_map(Map::keys);
    names
        .map(|name| (name.clone(), json!({"disabled": true})))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_where_each_version_looks() {
        let user = json!({"mcp": {"files": {"type": "stdio", "command": "x"}}});
        for (denial, places) in [
            (Denial::Nothing, [true, false]),
            (Denial::HereByName, [true, false]),
            (Denial::DataByName, [false, true]),
            (Denial::DataWithHook, [false, true]),
            (Denial::Unknown, [true, true]),
        ] {
            let (here, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            write(denial, &user, here.path(), data.path()).unwrap();
            let files = [
                here.path().join(".crush.json"),
                data.path().join("crush.json"),
            ];
            assert_eq!(
                files.each_ref().map(|file| file.exists()),
                places,
                "{denial:?}"
            );
            for file in files.iter().filter(|file| file.exists()) {
                let written: Value =
                    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
                assert_eq!(written["mcp"]["files"]["disabled"], true);
                assert_eq!(
                    written["options"]["disabled_tools"]
                        .as_array()
                        .unwrap()
                        .len(),
                    TOOLS.len()
                );
                let hooked = matches!(denial, Denial::DataWithHook | Denial::Unknown);
                assert_eq!(written.get("hooks").is_some(), hooked, "{denial:?}");
            }
        }
    }
}
