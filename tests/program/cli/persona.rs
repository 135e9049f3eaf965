//! Personas: their files, and what becomes of them in a chat.

use crate::common::TestHome;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;

const PIRATE: &str = "Talk like a pirate.\n\nBe `brief`.\n";

fn pirate(home: &TestHome) {
    home.run_with_input(&["persona", "edit", "pirate"], PIRATE)
        .exits(0);
}

#[test]
fn personas_are_made_listed_shown_and_changed() {
    let home = TestHome::new();
    let ran = home.run(&["persona", "list"]).exits(0);
    assert_eq!(
        ran.stdout,
        "No personas found. Make one with 'mmogit persona edit NAME'\n"
    );
    assert!(!home.mmogit().exists());
    let ran = home
        .run_with_input(&["persona", "edit", "pirate"], PIRATE)
        .exits(0);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    🎭 Persona pirate: HOME/.mmogit/personas/pirate.md
    ── stderr
       Use it: mmogit chat --persona pirate
    ");
    home.run_with_input(&["persona", "edit", "monk"], "  Say \x1b[31mlittle\x1b[0m.")
        .exits(0);
    let ran = home.run(&["persona", "list"]).exits(0);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    🎭 Personas (2 total)

    monk - Say ␛[31mlittle␛[0m.
    pirate - Talk like a pirate.
    ── stderr
    ");
    assert_eq!(
        home.run(&["persona", "show", "pirate"]).exits(0).stdout,
        PIRATE
    );
    let ran = home
        .run_with_input(&["persona", "edit", "pirate"], PIRATE)
        .exits(0);
    assert_eq!(
        ran.stderr,
        "It says the same already; nothing was changed.\n"
    );
    let json =
        |args: &[&str]| serde_json::from_str::<Value>(&home.run(args).exits(0).stdout).unwrap();
    let list = json(&["persona", "list", "--json"]);
    assert_eq!(list["personas"][1]["name"], "pirate");
    assert_eq!(list["personas"][1]["bytes"], PIRATE.len() - 1);
    assert_eq!(
        json(&["persona", "show", "pirate", "--json"])["text"],
        PIRATE.trim_end()
    );
}

#[test]
fn what_is_no_persona_is_refused_with_a_next_step() {
    let home = TestHome::new();
    let ran = home.run(&["persona", "show", "pirate"]).exits(1);
    insta::assert_snapshot!(ran.stderr, @r"
    error: there is no persona `pirate`
    hint: There are none yet. Make it: mmogit persona edit pirate
    ");
    pirate(&home);
    for args in [
        &["chat", "--persona", "monk", "-m", "x"][..],
        &["persona", "show", "monk"],
    ] {
        let ran = home.run(args).exits(1);
        assert!(
            ran.stderr
                .contains("hint: There are: pirate. Make it: mmogit persona edit monk"),
            "{}",
            ran.stderr
        );
    }
    assert!(
        !home.mmogit().join("repo.git").exists(),
        "nothing was made for it"
    );
    let ran = home
        .run_with_input(&["persona", "edit", "../evil"], "x")
        .exits(2);
    assert!(
        ran.stderr.contains("hint: A persona is called like"),
        "{}",
        ran.stderr
    );
    let ran = home.run(&["persona", "edit", "empty"]).exits(2);
    insta::assert_snapshot!(ran.stderr, @r"
    error: the text is not accepted: it is empty
    hint: A persona is a text of at most 64 KiB in UTF-8. Nothing was changed.
    ");
    symlink("/etc/passwd", home.mmogit().join("personas/users.md")).unwrap();
    let ran = home.run(&["persona", "list"]).exits(0);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    🎭 Personas (1 total)

    pirate - Talk like a pirate.
    ── stderr
    ⚠️  HOME/.mmogit/personas/users.md: it is a symbolic link
    ");
    home.run(&["chat", "--persona", "users", "-m", "x"])
        .exits(1);
}

#[test]
fn a_persona_goes_to_the_ai_and_stays_in_the_thread_signed() {
    let home = TestHome::new();
    pirate(&home);
    let ask = |args: &[&str]| {
        let args = [&["chat", "--command", "cat", "--title", "T"], args].concat();
        home.run(&args).exits(0).stdout
    };
    let prompt = ask(&["--persona", "pirate", "-m", "hello"]);
    let at = prompt
        .find("=== system (how you are to answer from here on), ")
        .expect(&prompt);
    assert!(
        prompt[at..].contains("\nTalk like a pirate.\n\nBe `brief`.\n\n=== human, "),
        "{prompt}"
    );
    ask(&["--persona", "pirate", "--continue", "-m", "again"]);
    let roles: Vec<String> = home.messages().into_iter().map(|(role, _)| role).collect();
    assert_eq!(roles, ["system", "human", "ai", "human", "ai"]);
    home.run_with_input(&["persona", "edit", "pirate"], "Arr.")
        .exits(0);
    let ran = home
        .run_with_input(
            &[
                "chat",
                "--continue",
                "--persona",
                "pirate",
                "--backend",
                "echo",
            ],
            "more\n",
        )
        .exits(0);
    assert!(
        ran.stdout
            .contains("\n🎭 Persona: pirate, from your next message on\n💬"),
        "{}",
        ran.stdout
    );
    assert_eq!(home.messages()[5], ("system".to_owned(), "Arr.".to_owned()));
    assert_eq!(home.thread_files()[0]["messages"][5]["role_name"], "pirate");
    home.run(&["verify"]).exits(0);
}

#[test]
fn a_persona_is_named_wherever_a_thread_is_shown() {
    let home = TestHome::new();
    pirate(&home);
    home.run(&[
        "chat",
        "--persona",
        "pirate",
        "-m",
        "hello",
        "--title",
        "T",
        "--backend",
        "echo",
    ])
    .exits(0);
    let shown = |args: &[&str]| home.run(args).exits(0).stdout;
    assert!(
        shown(&["thread-replay", "T"])
            .contains("📋 system (persona pirate): Talk like a pirate.\n")
    );
    assert!(shown(&["thread-info", "T"]).contains("\n   Persona: pirate\n"));
    assert!(shown(&["thread-info", "T", "--json"]).contains("\"persona\": \"pirate\""));
    assert!(shown(&["thread-tree", "T"]).contains("📋 (persona pirate) Talk like a pirate."));
    assert!(shown(&["thread-search", "pirate role:system"]).contains("📋 system, message 1"));
    assert!(shown(&["thread-export", "T"]).contains("## 1 · 📋 system · persona pirate · "));
    let page = shown(&["thread-export", "T", "--format", "html"]);
    assert!(
        page.contains("<h2>system</h2> <span>persona pirate</span>"),
        "{page}"
    );
    assert!(
        shown(&["thread-export", "T", "--format", "json"]).contains("\"role_name\": \"pirate\"")
    );
    fs::remove_file(home.mmogit().join("personas/pirate.md")).unwrap();
    let ran = home
        .run_with_input(
            &["chat", "--continue", "--backend", "echo"],
            "/persona\nmore\n",
        )
        .exits(0);
    assert_eq!(
        ran.stdout.matches("🎭 Persona: pirate\n").count(),
        2,
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr.contains("There are no personas yet"),
        "{}",
        ran.stderr
    );
    assert_eq!(home.messages().len(), 5);
}

/// What was learnt once still works, and no help shows it.
#[test]
fn what_was_called_a_role_answers_to_that_name_still() {
    let home = TestHome::new();
    home.run_with_input(&["role", "edit", "pirate"], PIRATE)
        .exits(0);
    let list = |name: &str| home.run(&[name, "list"]).exits(0).stdout;
    assert_eq!(list("role"), list("persona"));
    home.run(&["role", "show", "pirate"]).exits(0);
    let chat = ["chat", "--backend", "echo", "--role", "pirate"];
    let ran = home.run_with_input(&chat, "ahoy\n/role none\n").exits(0);
    assert!(
        ran.stdout.contains("🎭 Persona: pirate\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("🎭 Persona: none, from"),
        "{}",
        ran.stdout
    );
    home.config("role = 'pirate'\nbackend = 'echo'");
    home.run(&["chat", "x"]).exits(0);
    assert_eq!(home.thread_files()[1]["messages"][0]["role_name"], "pirate");
    for args in [&["--help"][..], &["chat", "--help"]] {
        let help = home.run(args).exits(0).stdout;
        assert!(
            !help.contains("--role") && !help.contains("\n  role"),
            "{help}"
        );
    }
}

#[test]
fn a_folder_of_the_older_name_is_used_and_a_second_one_told() {
    let home = TestHome::new();
    pirate(&home);
    let folder = |name: &str| home.mmogit().join(name);
    fs::rename(folder("personas"), folder("roles")).unwrap();
    let ran = home.run(&["persona", "show", "pirate"]).exits(0);
    assert_eq!(ran.stdout, PIRATE);
    fs::create_dir(folder("roles")).unwrap();
    fs::write(folder("roles/monk.md"), "Be silent.").unwrap();
    let ran = home.run(&["persona", "list"]).exits(0);
    assert!(
        ran.stdout.contains("🎭 Personas (1 total)"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr.contains("/.mmogit/roles: personas are kept in"),
        "{}",
        ran.stderr
    );
    let doctor = home.run(&["doctor"]).exits(0).stdout;
    assert!(
        doctor.contains("/roles is of an older mmogit")
            && doctor.contains("Move what you need from there to"),
        "{doctor}"
    );
    assert!(folder("roles/monk.md").exists());
}

#[test]
fn a_shell_is_offered_the_names() {
    let home = TestHome::new();
    pirate(&home);
    let complete = |words: &[&str]| {
        let mut command = home.command(&[&["--", "mmogit"], words].concat());
        let at = words.len().to_string();
        command
            .env("MMOGIT_COMPLETE", "bash")
            .env("_CLAP_COMPLETE_INDEX", at)
            .env("_CLAP_IFS", "\n");
        crate::common::Ran::of(command.output().unwrap())
            .exits(0)
            .stdout
    };
    assert_eq!(complete(&["persona", "show", "pi"]), "pirate");
    assert_eq!(complete(&["chat", "--persona", ""]), "pirate");
    assert_eq!(complete(&["persona", "edit", "x"]), "");
}

#[test]
fn a_persona_is_left_again_and_leaving_none_says_nothing() {
    let home = TestHome::new();
    home.program("reader", "cat >prompt; echo answered");
    home.run_with_input(&["persona", "edit", "pirate"], "Talk like a pirate.")
        .exits(0);
    let chat = |args: &[&str], input: &str| {
        home.run_with_input(&[&["chat", "--command", "reader"], args].concat(), input)
            .exits(0)
    };
    chat(
        &["--title", "T"],
        "/persona none\nplain\n/persona pirate\nahoy\n/persona none\nback\n/persona none\n/persona\nagain\n",
    );
    let personas: Vec<String> = home
        .messages()
        .into_iter()
        .filter(|(role, _)| role == "system")
        .map(|said| said.1)
        .collect();
    assert_eq!(personas.len(), 2, "{personas:?}");
    assert!(
        personas[0].contains("pirate")
            && personas[1].starts_with("From here on you have no persona"),
        "{personas:?}"
    );
    let prompt = std::fs::read_to_string(home.path().join("prompt")).unwrap();
    let (before, after) = prompt
        .split_once("From here on you have no persona")
        .unwrap();
    assert!(
        before.contains("Talk like a pirate.") && after.contains("again"),
        "{prompt}"
    );
    let ran = chat(&["--continue", "T"], "/persona\n");
    assert!(
        ran.stdout.contains("🎭 Persona: none\n") && ran.stdout.matches("🎭").count() == 1,
        "{}",
        ran.stdout
    );
    let info = home.run(&["thread-info", "T", "--json"]).exits(0).stdout;
    assert!(info.contains("\"persona\": null"), "{info}");
    let info = home.run(&["thread-info", "T"]).exits(0).stdout;
    assert!(!info.contains("Persona"), "{info}");
    let ran = chat(
        &["--continue", "T", "--persona", "pirate"],
        "/persona none\nmore\n",
    );
    assert!(ran.stdout.contains("🎭 Persona: pirate"), "{}", ran.stdout);
    assert_eq!(
        home.messages()
            .iter()
            .filter(|(role, _)| role == "system")
            .count(),
        2,
        "it was never taken up"
    );
    let ran = home
        .run_with_input(&["persona", "edit", "none"], "x")
        .exits(2);
    assert!(
        ran.stderr.contains("that name leaves a persona"),
        "{}",
        ran.stderr
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn a_system_text_is_a_persona_for_this_thread_and_the_settings_have_one_for_new_threads() {
    let home = TestHome::new();
    home.run_with_input(&["persona", "edit", "brief"], "Be brief.")
        .exits(0);
    home.config("persona = 'brief'\nbackend = 'echo'");
    let personas = |number: usize| -> Vec<String> {
        let messages = home.thread_files()[number]["messages"]
            .as_array()
            .unwrap()
            .clone();
        let persona = |message: &serde_json::Value| {
            Some(format!(
                "{}: {}",
                message["role_name"].as_str()?,
                message["content"].as_str()?
            ))
        };
        messages.iter().filter_map(persona).collect()
    };
    home.run(&["chat", "x", "--system", "Answer in verse.", "--title", "A"])
        .exits(0);
    assert_eq!(personas(0), ["one-off: Answer in verse."]);
    home.run(&["chat", "x", "-c", "A"]).exits(0);
    assert_eq!(
        personas(0).len(),
        1,
        "a thread goes on in the persona that it has"
    );
    home.run(&["chat", "x", "--title", "B"]).exits(0);
    assert_eq!(personas(1), ["brief: Be brief."]);
    home.run(&["chat", "x", "--persona", "none", "--title", "C"])
        .exits(0);
    assert!(personas(2).is_empty());
    home.run_with_input(&["chat", "--title", "D"], "one\n/new E\ntwo\n")
        .exits(0);
    assert_eq!((personas(3).len(), personas(4).len()), (1, 1));
    home.run(&["chat", "x", "--system", " "]).exits(2);
    home.run(&["chat", "x", "--system", "a", "--persona", "brief"])
        .exits(2);
    home.config("persona = 'gone'\nbackend = 'echo'");
    let ran = home.run(&["chat", "x"]).exits(1);
    assert!(
        ran.stderr
            .contains("`persona` in config.toml asks for it. There are: brief."),
        "{}",
        ran.stderr
    );
    home.run(&["chat", "x", "-c", "A"]).exits(0);
    home.run(&["verify"]).exits(0);
}
