//! A real third-party program as the AI: `llm` (<https://llm.datasette.io>) behind the `command`
//! backend, asking a model server on the loopback.
//!
//! Runs where `MMOGIT_TEST_LLM` names the program, or `llm` is on `PATH`; elsewhere it says that it
//! is skipped, and with `CI=true` it fails.

use crate::support::model_server::{MODEL, ModelServer};
use crate::support::{has, scenario};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::fs;
use std::io::Read;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A home whose settings name `llm`, an `llm` that knows one model, and the server that plays it.
struct Place {
    home: TempDir,
    server: ModelServer,
}

impl Place {
    /// `None` where there is no `llm`.
    fn new() -> Option<Place> {
        let llm = std::env::var("MMOGIT_TEST_LLM")
            .ok()
            .filter(|named| !named.is_empty());
        let llm = llm.unwrap_or_else(|| "llm".to_owned());
        if !has(&llm) {
            return None;
        }
        let (home, server) = (tempfile::tempdir().unwrap(), ModelServer::start());
        let write = |name: &str, text: String| {
            let file = home.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write(
            ".mmogit/config.toml",
            format!("backend = \"command\"\ncommand = [{llm:?}, \"-m\", \"stub\"]\n"),
        );
        let base = server.base_url();
        let model = json!([{"model_id": "stub", "model_name": MODEL, "api_base": base, "api_key_name": "stub"}]);
        // JSON is YAML too.
        write("llm/extra-openai-models.yaml", model.to_string());
        write("llm/keys.json", json!({"stub": "a-key"}).to_string());
        Some(Place { home, server })
    }

    fn mmogit(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mmogit"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("LLM_USER_PATH", self.home.path().join("llm"))
            .env("LC_ALL", "C.UTF-8")
            .current_dir(self.home.path())
            .args(args)
            .stdin(Stdio::null());
        command
    }

    #[track_caller]
    fn run(&self, args: &[&str]) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.mmogit(args).output().unwrap();
        assert!(
            status.success(),
            "{args:?}: {status}\n{}",
            String::from_utf8_lossy(&stderr)
        );
        String::from_utf8(stdout).unwrap()
    }

    /// The messages of a thread, as they are stored.
    fn messages(&self, thread: &str) -> Vec<Value> {
        let replay: Value =
            serde_json::from_str(&self.run(&["thread-replay", thread, "--json"])).unwrap();
        assert_eq!(replay["verification"]["verdict"], "valid");
        replay["thread"]["messages"].as_array().unwrap().clone()
    }
}

#[test]
fn a_conversation_is_answered_stored_verified_and_continued_with_its_context() {
    let Some(place) = Place::new() else { return };
    let first = place.run(&["chat", "--title", "by_llm", "-m", "a question about tokens"]);
    assert_eq!(first, "You said: a question about tokens\n");
    let second = place.run(&[
        "chat",
        "--continue",
        "by_llm",
        "-m",
        "and one about rotation",
    ]);
    assert_eq!(second, "You said: and one about rotation\n");

    let request = place.server.requests().pop().unwrap();
    assert_eq!(request.authorization, "Bearer a-key");
    let asked = request.prompt();
    let place_of = |text: &str| {
        asked
            .find(text)
            .unwrap_or_else(|| panic!("not in the prompt: {text}\n{asked}"))
    };
    let order = [
        "\na question about tokens\n",
        "\nYou said: a question about tokens\n",
        "\nand one about rotation\n",
    ];
    assert!(order.map(place_of).is_sorted(), "{asked}");

    let messages = place.messages("by_llm");
    let said: Vec<_> = messages
        .iter()
        .map(|message| (&message["role"], &message["content"]))
        .collect();
    assert_eq!(said.len(), 4);
    assert_eq!(
        said[3],
        (&json!("ai"), &json!("You said: and one about rotation"))
    );
    assert_eq!(messages[3]["backend"], "command:llm");
    let verdict = place.run(&["verify"]);
    assert!(
        verdict.contains("3 commits, all signed by the owner"),
        "{verdict}"
    );
}

/// The server never ends this answer, so what is seen of it was streamed.
#[test]
fn an_answer_is_seen_as_it_comes_and_ctrl_c_keeps_what_came() {
    let Some(place) = Place::new() else { return };
    let mut chat = place.mmogit(&["chat", "--title", "stopped", "-m", "scenario=stuck"]);
    let mut chat = chat
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut seen = vec![0; scenario::PIECES[0].len()];
    chat.stdout.as_mut().unwrap().read_exact(&mut seen).unwrap();
    assert_eq!(seen, scenario::PIECES[0].as_bytes());
    kill_process(Pid::from_child(&chat), Signal::INT).unwrap();
    assert_eq!(chat.wait().unwrap().code(), Some(130));

    let messages = place.messages("stopped");
    assert_eq!(messages[1]["content"], scenario::PIECES[0]);
    assert_eq!(messages[1]["interrupted"], true);
}

#[test]
fn a_refusal_keeps_the_question_and_asking_again_does_not_store_it_twice() {
    let Some(place) = Place::new() else { return };
    let refused = place
        .mmogit(&["chat", "--title", "refused", "-m", "scenario=401"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(4), "{told}");
    assert!(
        refused.stdout.is_empty() && told.contains("stub says 401"),
        "{told}"
    );
    assert_eq!(place.messages("refused").len(), 1);

    let again = place
        .mmogit(&["chat", "--continue", "refused"])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&again.stdout).contains("You: scenario=401"));
    assert_eq!(place.messages("refused").len(), 1);
}
