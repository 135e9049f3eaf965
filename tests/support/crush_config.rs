//! A home whose Crush knows one provider, at an address on the loopback.

use serde_json::json;
use std::fs;
use std::path::Path;

/// Writes Crush's settings below a home.
pub fn write(home: &Path, base_url: &str) {
    let models = json!([{"id": "stub-model", "name": "Stub Model", "context_window": 1_000_000, "default_max_tokens": 4096}]);
    let chosen = json!({"provider": "stub", "model": "stub-model"});
    let config = json!({
        "providers": {"stub": {"name": "Stub", "base_url": base_url, "api_key": "dummy", "discover_models": false, "models": models}},
        "models": {"large": chosen, "small": chosen},
        "options": {"disable_default_providers": true, "disable_metrics": true},
        "mcp": {"noisy": {"type": "stdio", "command": "false"}},
    });
    // Before 0.8 Crush doesn't start without a list of providers; this one has no key.
    let listed = json!([{"name": "none", "id": "none", "type": "openai", "api_key": "$CRUSH_STUB_UNSET_KEY", "api_endpoint": "http://127.0.0.1:9"}]);
    for (name, content) in [
        (".config/crush/crush.json", config),
        (".local/share/crush/providers.json", listed),
    ] {
        let file = home.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content.to_string()).unwrap();
    }
}
