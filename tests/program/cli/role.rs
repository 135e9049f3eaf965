//! Roles: their files, and what becomes of them in a chat.

use crate::common::TestHome;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;

const PIRATE: &str = "Talk like a pirate.\n\nBe `brief`.\n";

fn pirate(home: &TestHome) {
    home.run_with_input(&["role", "edit", "pirate"], PIRATE)
        .exits(0);
}

#[test]
fn roles_are_made_listed_shown_and_changed() {
    let home = TestHome::new();
    let ran = home.run(&["role", "list"]).exits(0);
    assert_eq!(
        ran.stdout,
        "No roles found. Make one with 'mmogit role edit NAME'\n"
    );
    assert!(!home.mmogit().exists());
    let ran = home
        .run_with_input(&["role", "edit", "pirate"], PIRATE)
        .exits(0);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    🎭 Role pirate: HOME/.mmogit/roles/pirate.md
    ── stderr
       Use it: mmogit chat --role pirate
    ");
    home.run_with_input(&["role", "edit", "monk"], "  Say \x1b[31mlittle\x1b[0m.")
        .exits(0);
    let ran = home.run(&["role", "list"]).exits(0);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    🎭 Roles (2 total)

    monk - Say ␛[31mlittle␛[0m.
    pirate - Talk like a pirate.
    ── stderr
    ");
    assert_eq!(
        home.run(&["role", "show", "pirate"]).exits(0).stdout,
        PIRATE
    );
    let ran = home
        .run_with_input(&["role", "edit", "pirate"], PIRATE)
        .exits(0);
    assert_eq!(
        ran.stderr,
        "It says the same already; nothing was changed.\n"
    );
    let json =
        |args: &[&str]| serde_json::from_str::<Value>(&home.run(args).exits(0).stdout).unwrap();
    let list = json(&["role", "list", "--json"]);
    assert_eq!(list["roles"][1]["name"], "pirate");
    assert_eq!(list["roles"][1]["bytes"], PIRATE.len() - 1);
    assert_eq!(
        json(&["role", "show", "pirate", "--json"])["text"],
        PIRATE.trim_end()
    );
}

#[test]
fn what_is_no_role_is_refused_with_a_next_step() {
    let home = TestHome::new();
    let ran = home.run(&["role", "show", "pirate"]).exits(1);
    insta::assert_snapshot!(ran.stderr, @r"
    error: there is no role `pirate`
    hint: There are none yet. Make it: mmogit role edit pirate
    ");
    pirate(&home);
    for args in [
        &["chat", "--role", "monk", "-m", "x"][..],
        &["role", "show", "monk"],
    ] {
        let ran = home.run(args).exits(1);
        assert!(
            ran.stderr
                .contains("hint: There are: pirate. Make it: mmogit role edit monk"),
            "{}",
            ran.stderr
        );
    }
    assert!(
        !home.mmogit().join("repo.git").exists(),
        "nothing was made for it"
    );
    let ran = home
        .run_with_input(&["role", "edit", "../evil"], "x")
        .exits(2);
    assert!(
        ran.stderr.contains("hint: A role is called like"),
        "{}",
        ran.stderr
    );
    let ran = home.run(&["role", "edit", "empty"]).exits(2);
    insta::assert_snapshot!(ran.stderr, @r"
    error: the text is not accepted: it is empty
    hint: A role is a text of at most 64 KiB in UTF-8. Nothing was changed.
    ");
    symlink("/etc/passwd", home.mmogit().join("roles/users.md")).unwrap();
    let ran = home.run(&["role", "list"]).exits(0);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    🎭 Roles (1 total)

    pirate - Talk like a pirate.
    ── stderr
    ⚠️  HOME/.mmogit/roles/users.md: it is a symbolic link
    ");
    home.run(&["chat", "--role", "users", "-m", "x"]).exits(1);
}

#[test]
fn a_role_goes_to_the_ai_and_stays_in_the_thread_signed() {
    let home = TestHome::new();
    pirate(&home);
    let ask = |args: &[&str]| {
        let args = [&["chat", "--command", "cat", "--title", "T"], args].concat();
        home.run(&args).exits(0).stdout
    };
    let prompt = ask(&["--role", "pirate", "-m", "hello"]);
    let at = prompt
        .find("=== system (how you are to answer from here on), ")
        .expect(&prompt);
    assert!(
        prompt[at..].contains("\nTalk like a pirate.\n\nBe `brief`.\n\n=== human, "),
        "{prompt}"
    );
    ask(&["--role", "pirate", "--continue", "-m", "again"]);
    let roles: Vec<String> = home.messages().into_iter().map(|(role, _)| role).collect();
    assert_eq!(roles, ["system", "human", "ai", "human", "ai"]);
    home.run_with_input(&["role", "edit", "pirate"], "Arr.")
        .exits(0);
    let ran = home
        .run_with_input(
            &[
                "chat",
                "--continue",
                "--role",
                "pirate",
                "--backend",
                "echo",
            ],
            "more\n",
        )
        .exits(0);
    assert!(
        ran.stdout
            .contains("\n🎭 Role: pirate, from your next message on\n💬"),
        "{}",
        ran.stdout
    );
    assert_eq!(home.messages()[5], ("system".to_owned(), "Arr.".to_owned()));
    assert_eq!(home.thread_files()[0]["messages"][5]["role_name"], "pirate");
    home.run(&["verify"]).exits(0);
}

#[test]
fn a_role_is_named_wherever_a_thread_is_shown() {
    let home = TestHome::new();
    pirate(&home);
    home.run(&[
        "chat",
        "--role",
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
        shown(&["thread-replay", "T"]).contains("📋 system (role pirate): Talk like a pirate.\n")
    );
    assert!(shown(&["thread-info", "T"]).contains("\n   Role: pirate\n"));
    assert!(shown(&["thread-info", "T", "--json"]).contains("\"role_name\": \"pirate\""));
    assert!(shown(&["thread-tree", "T"]).contains("📋 (role pirate) Talk like a pirate."));
    assert!(shown(&["thread-search", "pirate role:system"]).contains("📋 system, message 1"));
    assert!(shown(&["thread-export", "T"]).contains("## 1 · 📋 system · role pirate · "));
    let page = shown(&["thread-export", "T", "--format", "html"]);
    assert!(
        page.contains("<h2>system</h2> <span>role pirate</span>"),
        "{page}"
    );
    assert!(
        shown(&["thread-export", "T", "--format", "json"]).contains("\"role_name\": \"pirate\"")
    );
    fs::remove_file(home.mmogit().join("roles/pirate.md")).unwrap();
    let ran = home
        .run_with_input(
            &["chat", "--continue", "--backend", "echo"],
            "/role\nmore\n",
        )
        .exits(0);
    assert_eq!(
        ran.stdout.matches("🎭 Role: pirate\n").count(),
        2,
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr.contains("There are no roles yet"),
        "{}",
        ran.stderr
    );
    assert_eq!(home.messages().len(), 5);
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
    assert_eq!(complete(&["role", "show", "pi"]), "pirate");
    assert_eq!(complete(&["chat", "--role", ""]), "pirate");
    assert_eq!(complete(&["role", "edit", "x"]), "");
}

#[test]
fn a_role_is_left_again_and_leaving_none_says_nothing() {
    let home = TestHome::new();
    home.program("reader", "cat >prompt; echo answered");
    home.run_with_input(&["role", "edit", "pirate"], "Talk like a pirate.")
        .exits(0);
    let chat = |args: &[&str], input: &str| {
        home.run_with_input(&[&["chat", "--command", "reader"], args].concat(), input)
            .exits(0)
    };
    chat(
        &["--title", "T"],
        "/role none\nplain\n/role pirate\nahoy\n/role none\nback\n/role none\n/role\nagain\n",
    );
    let roles: Vec<String> = home
        .messages()
        .into_iter()
        .filter(|(role, _)| role == "system")
        .map(|said| said.1)
        .collect();
    assert_eq!(roles.len(), 2, "{roles:?}");
    assert!(
        roles[0].contains("pirate") && roles[1].starts_with("From here on you have no role"),
        "{roles:?}"
    );
    let prompt = std::fs::read_to_string(home.path().join("prompt")).unwrap();
    let (before, after) = prompt.split_once("From here on you have no role").unwrap();
    assert!(
        before.contains("Talk like a pirate.") && after.contains("again"),
        "{prompt}"
    );
    let ran = chat(&["--continue", "T"], "/role\n");
    assert!(
        ran.stdout.contains("🎭 Role: none\n") && ran.stdout.matches("🎭").count() == 1,
        "{}",
        ran.stdout
    );
    let ran = chat(
        &["--continue", "T", "--role", "pirate"],
        "/role none\nmore\n",
    );
    assert!(ran.stdout.contains("🎭 Role: pirate"), "{}", ran.stdout);
    assert_eq!(
        home.messages()
            .iter()
            .filter(|(role, _)| role == "system")
            .count(),
        2,
        "it was never taken up"
    );
    let ran = home.run_with_input(&["role", "edit", "none"], "x").exits(2);
    assert!(
        ran.stderr.contains("that name leaves a role"),
        "{}",
        ran.stderr
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn a_system_text_is_a_role_for_this_thread_and_the_settings_have_one_for_new_threads() {
    let home = TestHome::new();
    home.run_with_input(&["role", "edit", "brief"], "Be brief.")
        .exits(0);
    home.config("role = 'brief'\nbackend = 'echo'");
    let roles = |number: usize| -> Vec<String> {
        let messages = home.thread_files()[number]["messages"]
            .as_array()
            .unwrap()
            .clone();
        let role = |message: &serde_json::Value| {
            Some(format!(
                "{}: {}",
                message["role_name"].as_str()?,
                message["content"].as_str()?
            ))
        };
        messages.iter().filter_map(role).collect()
    };
    home.run(&["chat", "x", "--system", "Answer in verse.", "--title", "A"])
        .exits(0);
    assert_eq!(roles(0), ["one-off: Answer in verse."]);
    home.run(&["chat", "x", "-c", "A"]).exits(0);
    assert_eq!(
        roles(0).len(),
        1,
        "a thread goes on in the role that it has"
    );
    home.run(&["chat", "x", "--title", "B"]).exits(0);
    assert_eq!(roles(1), ["brief: Be brief."]);
    home.run(&["chat", "x", "--role", "none", "--title", "C"])
        .exits(0);
    assert!(roles(2).is_empty());
    home.run_with_input(&["chat", "--title", "D"], "one\n/new E\ntwo\n")
        .exits(0);
    assert_eq!((roles(3).len(), roles(4).len()), (1, 1));
    home.run(&["chat", "x", "--system", " "]).exits(2);
    home.run(&["chat", "x", "--system", "a", "--role", "brief"])
        .exits(2);
    home.config("role = 'gone'\nbackend = 'echo'");
    let ran = home.run(&["chat", "x"]).exits(1);
    assert!(
        ran.stderr
            .contains("`role` in config.toml asks for it. There are: brief."),
        "{}",
        ran.stderr
    );
    home.run(&["chat", "x", "-c", "A"]).exits(0);
    home.run(&["verify"]).exits(0);
}
