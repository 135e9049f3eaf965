use super::*;

/// A home with these files, and its environment.
fn home(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<(OsString, OsString)>) {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = home.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let environment = vec![("HOME".into(), home.path().into())];
    (home, environment)
}

const LISTED: &str = r#"[
    {"id": "anthropic", "api_key": "$ANTHROPIC_API_KEY", "default_large_model_id": "claude-3-5-sonnet",
     "models": [{"id": "claude-3-5-sonnet", "name": "Claude 3.5 Sonnet"}]},
    {"id": "openai", "api_key": "$OPENAI_API_KEY", "default_large_model_id": "gpt-x",
     "models": [{"id": "gpt-x", "name": "GPT X"}]}]"#;

fn name(files: &[(&str, &str)], asked: Option<&str>, set: &[&str]) -> Option<String> {
    let (_home, mut environment) = home(files);
    environment.extend(set.iter().map(|name| (name.into(), "key".into())));
    CrushConfig::read(&environment).model_name(asked, &environment)
}

#[test]
fn what_the_picker_wrote_wins_and_gets_its_name() {
    let picked =
        r#"{"models": {"large": {"provider": "anthropic", "model": "claude-3-5-sonnet"}}}"#;
    let written = r#"{"models": {"large": {"provider": "openai", "model": "gpt-x"}}}"#;
    let mut files = vec![
        (".local/share/crush/providers.json", LISTED),
        (".config/crush/crush.json", written),
    ];
    assert_eq!(name(&files, None, &[]).as_deref(), Some("GPT X"));
    files.push((".local/share/crush/crush.json", picked));
    assert_eq!(
        name(&files, None, &[]).as_deref(),
        Some("Claude 3.5 Sonnet")
    );
    assert_eq!(
        name(&files, Some("openai/gpt-x"), &[]).as_deref(),
        Some("GPT X")
    );
    assert_eq!(name(&files, Some("GPT-X"), &[]).as_deref(), Some("GPT X"));
    assert_eq!(
        name(&files, Some("other/thing"), &[]).as_deref(),
        Some("thing")
    );
}

#[test]
fn without_a_choice_it_is_the_first_provider_with_a_key() {
    let listed = (".local/share/crush/providers.json", LISTED);
    assert_eq!(
        name(&[listed], None, &["OPENAI_API_KEY"]).as_deref(),
        Some("GPT X")
    );
    assert_eq!(name(&[listed], None, &[]), None);
    let own = r#"{"providers": {"stub": {"models": [{"id": "m", "name": "My Model"}]}}}"#;
    let own = (".config/crush/crush.json", own);
    assert_eq!(name(&[listed, own], None, &[]).as_deref(), Some("My Model"));
    assert_eq!(
        name(&[listed, own], None, &["ANTHROPIC_API_KEY"]).as_deref(),
        Some("Claude 3.5 Sonnet")
    );
    assert_eq!(
        name(&[(".config/crush/crush.json", "{ not json")], None, &[]),
        None
    );
}

#[test]
fn a_crushrc_is_understood_as_far_as_the_model_goes() {
    let script = "option metrics false; model add stub/m --name \"Stub Model\" # yes\nmodel large stub/m --think\n";
    assert_eq!(
        name(&[(".config/crush/crushrc", script)], None, &[]).as_deref(),
        Some("Stub Model")
    );
}

#[test]
fn only_the_variables_of_providers_are_named() {
    let config = r#"{"providers": {"w": {"api_key": "$WORK_KEY", "base_url": "https://${WORK_HOST}/v1"}},
                     "mcp": {"forge": {"headers": {"Authorization": "Bearer $FORGE_TOKEN"}}}}"#;
    let (_home, environment) = home(&[(".config/crush/crush.json", config)]);
    let config = CrushConfig::read(&environment);
    assert_eq!(config.named_variables(false), ["WORK_KEY", "WORK_HOST"]);
    assert_eq!(
        config.named_variables(true),
        ["WORK_KEY", "WORK_HOST", "FORGE_TOKEN"]
    );
}
