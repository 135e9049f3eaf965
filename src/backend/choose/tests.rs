use super::*;
use crate::model::{Hash, MessageDraft, PublicKey, Role, Timestamp};

const SETTINGS: &str = "
    model = 'anthropic/large'
    command = ['/opt/bin/llm', '-m', 'x']
    [profile.fast]
    backend = 'crush'
    model = 'anthropic/small'
    [profile.local]
    command = ['ollama', 'run', 'y']
    model = 'y'
    [profile.other]
    command = ['ollama', 'run', 'z']
    model = 'z'
";

fn read(text: &str) -> Settings {
    Settings::read(text).unwrap()
}

fn choose(backend: Option<&str>, settings: &str) -> (Option<BackendKind>, Option<String>, String) {
    let overrides = BackendOverrides {
        backend: backend.map(str::to_owned),
        ..BackendOverrides::default()
    };
    let choice = BackendSpec::of(&overrides, &read(settings)).unwrap();
    (choice.kind, choice.model, choice.command.join(" "))
}

#[test]
fn a_name_is_a_kind_or_a_profile_with_all_that_goes_with_it() {
    let llm = "/opt/bin/llm -m x".to_owned();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        choose(None, SETTINGS),
        (None, text("anthropic/large"), llm.clone())
    );
    assert_eq!(
        choose(Some("crush"), SETTINGS),
        (
            Some(BackendKind::Crush),
            text("anthropic/large"),
            llm.clone()
        )
    );
    assert_eq!(
        choose(Some("fast"), SETTINGS),
        (
            Some(BackendKind::Crush),
            text("anthropic/small"),
            llm.clone()
        )
    );
    assert_eq!(
        choose(Some("local"), SETTINGS),
        (
            Some(BackendKind::Command),
            text("y"),
            "ollama run y".to_owned()
        )
    );
    // The model that is set is Crush's, and would be a false label.
    assert_eq!(
        choose(Some("command"), SETTINGS),
        (Some(BackendKind::Command), None, llm.clone())
    );
    let own = format!("backend = 'command'\n{SETTINGS}");
    assert_eq!(
        choose(Some("command"), &own),
        (
            Some(BackendKind::Command),
            text("anthropic/large"),
            llm.clone()
        )
    );
    assert_eq!(choose(Some("crush"), &own).1, None);
    let profile = format!("backend = 'local'\n{SETTINGS}");
    assert_eq!(choose(None, &profile).1, text("y"));
}

#[test]
fn what_is_said_at_the_start_goes_before_all_that_is_set() {
    let settings = read(&format!("backend = 'command'\n{SETTINGS}"));
    let overrides = BackendOverrides {
        command: Some("say 'so much'".into()),
        ..BackendOverrides::default()
    };
    let choice = BackendSpec::of(&overrides, &settings).unwrap();
    assert_eq!(
        (choice.command, choice.model),
        (vec!["say".to_owned(), "so much".into()], None)
    );
    let overrides = BackendOverrides {
        backend: Some("fast".into()),
        model: Some("m".into()),
        ..BackendOverrides::default()
    };
    assert_eq!(
        BackendSpec::of(&overrides, &settings)
            .unwrap()
            .model
            .as_deref(),
        Some("m")
    );
}

fn answer(backend: &str, model: Option<&str>) -> Message {
    let draft = MessageDraft::new(
        Role::Ai,
        "x",
        Timestamp::from_millis(0),
        PublicKey([7; 32]),
        &[Hash([0; 32])],
    );
    let draft = draft
        .with("agent", Some("command"))
        .with("backend", Some(backend))
        .with("model", model);
    draft.signed("00".repeat(64).parse().unwrap())
}

#[test]
fn who_answered_before_is_found_among_what_is_set_up_and_nowhere_else() {
    let settings = read(SETTINGS);
    for (backend, model, name) in [
        ("crush", Some("small"), Some("fast")),
        ("crush", Some("large"), Some("crush")),
        ("crush", Some("another"), Some("crush")),
        ("crush", None, Some("crush")),
        ("echo", Some("echo"), Some("echo")),
        ("command:llm", None, Some("command")),
        ("command:llm", Some("a label"), Some("command")),
        ("command:ollama", Some("z"), Some("other")),
        ("command:ollama", Some("gone"), Some("local")),
        ("command", None, Some("command")),
        ("command:rm", None, None),
        ("command:/opt/bin/llm", None, None),
        ("gpt", None, None),
    ] {
        let found = match EarlierBackend::of(&answer(backend, model), &settings) {
            EarlierBackend::Named(name) => Some(name),
            EarlierBackend::NotSetUp(recorded) => {
                assert_eq!(recorded, backend);
                None
            }
        };
        assert_eq!(found.as_deref(), name, "{backend} {model:?}");
    }
    assert!(
        matches!(
            EarlierBackend::of(&answer("command", None), &Settings::default()),
            EarlierBackend::NotSetUp(_)
        ),
        "there is no program"
    );
}
