//! Which backend is meant: the one named at the start, or within the chat; else that of the
//! settings; else, where a thread is gone on with, the one that answered before.

use super::backends::Wanted;
use crate::backend::{BackendKind, command};
use crate::cli::{Exit, Failure};
use crate::model::Message;
use crate::render::safe::SafeText;
use crate::safe_format;
use crate::settings::{Profile, Settings};
use std::path::Path;

/// A backend, not looked for yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// Without one, what is found.
    pub(super) kind: Option<BackendKind>,
    /// The model to ask for; with a command, what the record calls it.
    pub(super) model: Option<String>,
    /// The program behind `command`, and its arguments.
    pub(super) command: Vec<String>,
}

impl Choice {
    /// What the user wants goes before what is set.
    pub(super) fn of(wanted: &Wanted, settings: &Settings) -> Result<Self, Failure> {
        let implied = wanted.command.as_ref().map(|_| BackendKind::Command.name());
        let name = wanted
            .backend
            .as_deref()
            .or(implied)
            .or(settings.backend.as_deref());
        let mut choice = match name {
            None => Self {
                kind: None,
                model: settings.model.clone(),
                command: settings.command.clone(),
            },
            Some(name) => Self::named(name, settings)?,
        };
        if let Some(line) = wanted
            .command
            .as_ref()
            .filter(|_| choice.kind == Some(BackendKind::Command))
        {
            choice.command = split(line)?;
            choice.model = None;
        }
        choice.model = wanted.model.clone().or(choice.model);
        Ok(choice)
    }

    fn named(name: &str, settings: &Settings) -> Result<Self, Failure> {
        if let Some(profile) = settings.profile.get(name) {
            return Ok(Self::of_profile(profile, settings));
        }
        let kind = BackendKind::read(name).ok_or_else(|| unknown(name, settings))?;
        // The model that is set belongs to the backend that is set, or else to Crush, which is
        // looked for.
        let set = settings.backend.as_deref();
        let is_its = set == Some(name) || (set.is_none() && kind == BackendKind::Crush);
        let model = settings.model.clone().filter(|_| is_its);
        Ok(Self {
            kind: Some(kind),
            model,
            command: settings.command.clone(),
        })
    }

    fn of_profile(profile: &Profile, settings: &Settings) -> Self {
        let Profile {
            backend,
            model,
            command,
        } = profile.clone();
        let has_command = !command.is_empty();
        Self {
            kind: backend.or(has_command.then_some(BackendKind::Command)),
            model,
            command: if has_command {
                command
            } else {
                settings.command.clone()
            },
        }
    }

    /// What the record would say its answers came through.
    fn recorded(&self) -> Option<String> {
        match self.kind? {
            BackendKind::Command => Some(command::recorded(Path::new(self.command.first()?))),
            kind => Some(kind.name().to_owned()),
        }
    }

    fn has_model_of(&self, answer: &Message) -> bool {
        let said = answer.text_field("model");
        match (self.model.as_deref(), said.as_deref()) {
            // Crush is asked for `provider/model`, and says `model`.
            (Some(own), Some(said)) => own == said || own.ends_with(&format!("/{said}")),
            (own, said) => own == said,
        }
    }
}

/// The backend of an answer, if it is set up here. A record may be anybody's: it is compared with
/// the settings, and nothing that it names is run.
pub(super) fn that_gave(answer: &Message, settings: &Settings) -> Option<Wanted> {
    let recorded = answer
        .text_field("backend")
        .or(answer.text_field("agent"))?;
    let all = settings.backend_names().into_iter().map(|name| Wanted {
        backend: Some(name),
        ..Wanted::default()
    });
    let mut fitting: Vec<(Wanted, Choice)> = all
        .filter_map(|wanted| {
            Choice::of(&wanted, settings)
                .ok()
                .map(|choice| (wanted, choice))
        })
        .collect();
    // Before programs were recorded, all of them were `command`.
    let is_old = recorded == BackendKind::Command.name();
    fitting.retain(|(_, choice)| {
        let own = choice.recorded();
        own.as_deref() == Some(recorded.as_str())
            || (is_old && own.is_some_and(|own| own.starts_with("command:")))
    });
    let best = fitting
        .iter()
        .position(|(_, choice)| choice.has_model_of(answer))
        .unwrap_or(0);
    (!fitting.is_empty()).then(|| fitting.swap_remove(best).0)
}

fn unknown(name: &str, settings: &Settings) -> Failure {
    let own: Vec<&str> = settings.profile.keys().map(String::as_str).collect();
    let own = if own.is_empty() {
        SafeText::from("; `[profile.NAME]` in config.toml adds others")
    } else {
        safe_format!(
            ", or a profile of config.toml: {}",
            SafeText::line(&own.join(", "))
        )
    };
    let what = safe_format!("there is no backend `{}`", SafeText::line(name));
    let hint = safe_format!("Use crush, command, echo or offline{}.", own);
    Failure::new(Exit::Usage, what).hint(hint)
}

/// The first word of a command that only a shell would understand. What is quoted can't be told
/// from what is not, so this is a guess; a program that is given a line by `-c` is a shell.
pub(super) fn shell_sign(line: &str) -> Option<String> {
    let words = shlex::split(line)?;
    if words.iter().any(|word| word == "-c") {
        return None;
    }
    let is_sign = |word: &String| {
        let is_alone = ["&", "&&", ";"].contains(&word.as_str());
        let is_redirection = ["<", ">", "1>", "2>"]
            .iter()
            .any(|sign| word.starts_with(sign));
        let has_one =
            word.contains('|') || word.contains("$(") || (word.len() > 1 && word.ends_with(';'));
        !word.contains(char::is_whitespace) && (is_alone || is_redirection || has_one)
    };
    words.into_iter().find(is_sign)
}

fn split(line: &str) -> Result<Vec<String>, Failure> {
    shlex::split(line).ok_or_else(|| {
        let what = safe_format!(
            "`{}` can't be split into words: a quote is not closed",
            SafeText::line(line)
        );
        Failure::new(Exit::Usage, what)
            .hint("Write it as you would in a shell: --command 'llm -m \"a model\"'")
    })
}

#[cfg(test)]
mod tests {
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

    fn choose(
        backend: Option<&str>,
        settings: &str,
    ) -> (Option<BackendKind>, Option<String>, String) {
        let wanted = Wanted {
            backend: backend.map(str::to_owned),
            ..Wanted::default()
        };
        let choice = Choice::of(&wanted, &read(settings)).unwrap();
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
        let wanted = Wanted {
            command: Some("say 'so much'".into()),
            ..Wanted::default()
        };
        let choice = Choice::of(&wanted, &settings).unwrap();
        assert_eq!(
            (choice.command, choice.model),
            (vec!["say".to_owned(), "so much".into()], None)
        );
        let wanted = Wanted {
            backend: Some("fast".into()),
            model: Some("m".into()),
            ..Wanted::default()
        };
        assert_eq!(
            Choice::of(&wanted, &settings).unwrap().model.as_deref(),
            Some("m")
        );
    }

    #[test]
    fn what_only_a_shell_understands_is_seen() {
        for (line, sign) in [
            ("code | tail", Some("|")),
            ("code|tail", Some("code|tail")),
            ("code >out", Some(">out")),
            ("code 2>&1", Some("2>&1")),
            ("a && b", Some("&&")),
            ("echo $(date)", Some("$(date)")),
            ("sh -c 'a | b'", None),
            ("sh -c 'a|b'", None),
            ("llm -m gpt-4o-mini", None),
            ("llm -s 'one | two'", None),
        ] {
            assert_eq!(shell_sign(line).as_deref(), sign, "{line}");
        }
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
            let found =
                that_gave(&answer(backend, model), &settings).and_then(|wanted| wanted.backend);
            assert_eq!(found.as_deref(), name, "{backend} {model:?}");
        }
        assert!(
            that_gave(&answer("command", None), &Settings::default()).is_none(),
            "there is no program"
        );
    }
}
