//! Which thread, which identity, and who answers.

use crate::common::TestHome;
use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

fn talk(home: &TestHome, title: &str) {
    home.run(&["chat", "-m", title, "--title", title, "--backend", "echo"])
        .exits(0);
}

#[test]
fn continuing_names_the_newest_an_id_or_a_part_of_a_title() {
    let home = TestHome::new();
    talk(&home, "alpha one");
    talk(&home, "beta two");
    let id = home.thread_files()[0]["id"].as_str().unwrap().to_owned();
    for (which, title) in [
        (None, "beta two"),
        (Some(id.as_str()), "alpha one"),
        (Some("two"), "beta two"),
    ] {
        let args: Vec<&str> = ["chat", "--backend", "echo", "--continue"]
            .into_iter()
            .chain(which)
            .collect();
        let ran = home.run_with_input(&args, "more\n").exits(0);
        assert!(
            ran.stdout
                .contains(&format!("💬 Continuing thread: {title}\n")),
            "{}",
            ran.stdout
        );
    }
    let counts: Vec<usize> = home
        .thread_files()
        .iter()
        .map(|thread| thread["messages"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [4, 6]);
    home.run(&["verify"]).exits(0);
}

#[test]
fn continuing_may_give_a_new_title_and_tags() {
    let home = TestHome::new();
    talk(&home, "old");
    let args = [
        "chat",
        "--continue",
        "--title",
        "new",
        "--tag",
        "a",
        "--tag",
        "b",
        "--backend",
        "echo",
    ];
    let ran = home.run(&args).exits(0);
    assert!(
        ran.stdout.contains("📝 Thread saved: new (2 messages)"),
        "{}",
        ran.stdout
    );
    assert_eq!(
        home.thread_files()[0]["tags"],
        serde_json::json!(["a", "b"])
    );
    let ran = home.run(&["chat", "--continue"]).exits(0);
    assert!(
        ran.stdout.contains("📝 Nothing new in: new (2 messages)"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_is_not_there_is_told_and_nothing_is_made() {
    let home = TestHome::new();
    let ran = home.run(&["chat", "--continue"]).exits(1);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    ── stderr
    error: there is no thread of yours to continue yet
    hint: Start one with `mmogit chat`.
    ");
    assert!(!home.mmogit().exists());
    talk(&home, "one thing");
    talk(&home, "one more");
    let ran = home.run(&["chat", "--continue", "nothing"]).exits(1);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    ── stderr
    error: Thread not found: nothing
    hint: `mmogit thread-list` shows all threads.
    ");
    let ran = home.run(&["chat", "--continue", "one"]).exits(1);
    assert!(
        ran.stderr.contains("one thing") && ran.stderr.contains("one more"),
        "{}",
        ran.stderr
    );
}

#[test]
fn starts_in_one_second_are_different_threads() {
    let home = TestHome::new();
    talk(&home, "first");
    let start = |_| {
        home.command(&["chat", "-m", "x", "--backend", "echo"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..4).map(start).collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let threads = home.thread_files();
    let ids: HashSet<&str> = threads
        .iter()
        .map(|thread| thread["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 5);
    home.run(&["verify"]).exits(0);
}

#[test]
fn only_a_home_is_needed_and_its_absence_is_told() {
    let home = TestHome::new();
    let own = home.path().join("elsewhere");
    let args = ["chat", "-m", "x", "--backend", "echo"];
    let mut command = home.command(&args);
    assert!(
        command
            .env_clear()
            .env("MMOGIT_HOME", &own)
            .output()
            .unwrap()
            .status
            .success()
    );
    assert_eq!(
        fs::metadata(&own).unwrap().permissions().mode() & 0o777,
        0o700
    );
    assert!(own.join("repo.git").exists() && !home.mmogit().exists());
    let output = home.command(&args).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("MMOGIT_HOME"));
}

#[test]
fn another_sessions_messages_come_in_with_a_save_and_are_told() {
    let home = TestHome::new();
    talk(&home, "shared");
    home.program("meddler", "cat >/dev/null; test -e done || { : >done; \"$MM\" chat --continue shared -m meanwhile --backend echo >/dev/null; }; echo ok");
    let mut command = home.command(&["chat", "--continue", "shared", "--command", "meddler"]);
    let mut child = command
        .env("MM", env!("CARGO_BIN_EXE_mmogit"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"mine\n/save\nand on\n").unwrap();
    let ran = crate::common::Ran::of(child.wait_with_output().unwrap()).exits(0);
    assert!(
        ran.stderr
            .contains("2 messages from another session came into this thread"),
        "{}",
        ran.stderr
    );
    assert_eq!(home.messages().len(), 8);
    home.run(&["verify"]).exits(0);
}

#[test]
fn two_lines_of_one_thread_are_told_and_joined() {
    let home = TestHome::new();
    talk(&home, "shared");
    let meddler = "cat >/dev/null; \"$MM\" chat --continue shared -m meanwhile --backend echo >/dev/null; echo ok";
    home.program("meddler", meddler);
    let mut command = home.command(&[
        "chat",
        "--continue",
        "shared",
        "-m",
        "mine",
        "--command",
        "meddler",
    ]);
    assert!(
        command
            .env("MM", env!("CARGO_BIN_EXE_mmogit"))
            .output()
            .unwrap()
            .status
            .success()
    );
    let ran = home
        .run_with_input(&["chat", "--continue", "--backend", "echo"], "both?\n")
        .exits(0);
    assert!(
        ran.stderr.contains("more than one open end"),
        "{}",
        ran.stderr
    );
    let thread = &home.thread_files()[0];
    let prev = thread["messages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|message| message["content"] == "both?");
    assert_eq!(prev.unwrap()["prev"].as_array().unwrap().len(), 2);
    assert_eq!(home.run(&["chat", "--continue"]).exits(0).stderr, "");
}

#[test]
fn the_backend_is_the_flag_then_the_settings_then_what_is_found() {
    let home = TestHome::new();
    home.program("crush", "case \"$1\" in -v) echo v >>asked; echo 'crush version v0.90.0';; *) cat >/dev/null; echo from crush;; esac");
    home.program("other", "cat >/dev/null; echo \"from other $*\"");
    let ask = |args: &[&str]| {
        home.run(&[&["chat", "-m", "x"], args].concat())
            .exits(0)
            .stdout
    };
    assert_eq!(ask(&[]), "from crush\n");
    assert_eq!(ask(&[]), "from crush\n");
    assert_eq!(ask(&["--backend", "echo"]), "x\n");
    assert_eq!(
        ask(&["--command", "other -m 'a model'"]),
        "from other -m a model\n"
    );
    home.config("backend = \"command\"\ncommand = [\"other\", \"set\"]\n");
    assert_eq!(ask(&[]), "from other set\n");
    assert_eq!(ask(&["--backend", "crush"]), "from crush\n");
    assert_eq!(
        fs::read_to_string(home.mmogit().join("state/crush-version"))
            .unwrap()
            .lines()
            .next(),
        Some("crush version 0.90.0")
    );
}

#[test]
fn the_version_of_crush_is_read_once_and_again_when_crush_changes() {
    let home = TestHome::new();
    let asked = home.path().join("asked");
    let crush = |version: &str| {
        let script = format!(
            "case \"$1\" in -v) echo v >>{}; echo 'crush version {version}';; *) cat >/dev/null; echo hi;; esac",
            asked.display()
        );
        home.program("crush", &script);
    };
    let ask = || home.run(&["chat", "-m", "x"]).exits(0);
    crush("0.90.0");
    ask();
    ask();
    assert_eq!(fs::read_to_string(&asked).unwrap().lines().count(), 1);
    crush("v0.91.0-newer");
    ask();
    assert_eq!(fs::read_to_string(&asked).unwrap().lines().count(), 2);
}

#[test]
fn a_backend_that_can_not_be_had_is_told_with_the_next_step() {
    let home = TestHome::new();
    for (args, code, said) in [
        (["--backend", "crush"], 1, "Crush was not found"),
        (
            ["--command", "no-such-program"],
            1,
            "`no-such-program` was not found",
        ),
        (["--command", "sh -c 'x"], 2, "a quote is not closed"),
        (["--backend", "gpt"], 2, "there is no backend `gpt`"),
    ] {
        let ran = home
            .run(&[&["chat", "-m", "x"], &args[..]].concat())
            .exits(code);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    home.config("backend = \"gpt\"\n[profile.fast]\nbackend = \"echo\"");
    let ran = home.run(&["chat", "-m", "x"]).exits(2);
    assert!(
        ran.stderr.contains("there is no backend `gpt`")
            && ran.stderr.contains(
                "hint: Use crush, command, echo or offline, or a profile of config.toml: fast."
            ),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_record_names_the_program_behind_a_command_and_its_label() {
    let home = TestHome::new();
    home.program("ollama", "cat >/dev/null; echo hello");
    let ask = |args: &[&str]| {
        home.run(&[&["chat", "-m", "x", "--command"], args].concat())
            .exits(0)
    };
    ask(&["ollama run llama3.2", "--title", "plain"]);
    let ran = ask(&[
        "ollama run llama3.2",
        "--model",
        "llama3.2",
        "--title",
        "labelled",
        "--json",
    ]);
    assert!(
        ran.stdout.contains(r#""model": "llama3.2""#),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.stderr, "", "a label is not asked for in vain");
    let answer =
        |number: usize, name: &str| home.thread_files()[number]["messages"][1][name].clone();
    for number in [0, 1] {
        assert_eq!(
            (answer(number, "agent"), answer(number, "backend")),
            ("command".into(), "command:ollama".into())
        );
    }
    assert_eq!(
        (answer(0, "model"), answer(1, "model")),
        (serde_json::Value::Null, "llama3.2".into())
    );
    let page = home
        .run(&["thread-export", "labelled", "--format", "markdown"])
        .exits(0)
        .stdout;
    assert!(
        page.contains("command:ollama") && page.contains("llama3.2"),
        "{page}"
    );
    let list = home
        .run(&["thread-list", "--model", "llama3"])
        .exits(0)
        .stdout;
    assert!(
        list.contains("labelled") && !list.contains("plain"),
        "{list}"
    );
    // Without a label the program tells them apart.
    let list = home
        .run(&["thread-list", "--model", "ollama"])
        .exits(0)
        .stdout;
    assert!(
        list.contains("plain") && !list.contains("labelled"),
        "{list}"
    );
    let found = home
        .run(&["thread-search", "model:command:ollama"])
        .exits(0)
        .stdout;
    assert!(
        found.contains("🔎 1 hit") && found.contains("plain"),
        "{found}"
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn a_profile_is_a_backend_under_a_name_of_ones_own() {
    let home = TestHome::new();
    home.program("fast-ai", "cat >/dev/null; echo \"quick $1\"");
    home.config("model = 'anthropic/large'\n[profile.fast]\ncommand = ['fast-ai', 'reply']\nmodel = 'tiny'\n[profile.gone]\ncommand = ['no-such-program']");
    let ran = home
        .run(&["chat", "-m", "x", "-b", "fast", "--json"])
        .exits(0);
    assert!(
        ran.stdout.contains("quick reply") && ran.stdout.contains(r#""model": "tiny""#),
        "{}",
        ran.stdout
    );
    let ran = home
        .run(&["chat", "-m", "x", "-b", "fast", "--model", "own", "--json"])
        .exits(0);
    assert!(ran.stdout.contains(r#""model": "own""#), "{}", ran.stdout);
    let ran = home.run(&["chat", "-m", "x", "-b", "slow"]).exits(2);
    assert!(
        ran.stderr.contains("a profile of config.toml: fast, gone."),
        "{}",
        ran.stderr
    );
    home.run(&["chat", "-m", "x", "-b", "gone"]).exits(1);
    let ran = home.run_with_input(&["chat", "-b", "echo"], "one\n/backend fast\ntwo\n/backend\n/backend slow\n/model big\nthree\n/model -\n/model\n/backend echo\n/model x\nfour\n").exits(0);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    🔐 Using identity: HEX8...
    🤖 AI: echo (repeats what you say)
    💬 Starting thread: chat_TIME

    You: one
    AI: one

    You: /backend fast
    🤖 AI: tiny (via fast-ai)

    You: two
    AI: quick reply

    You: /backend
    🤖 AI: tiny (via fast-ai)
       crush: Crush, which is not installed, anthropic/large
       command: no program is named in config.toml
       echo: repeats what you say
       offline: nobody answers
       fast: fast-ai reply, tiny
       gone: no-such-program

    You: /backend slow

    You: /model big
    🤖 AI: big (via fast-ai)

    You: three
    AI: quick reply

    You: /model -
    🤖 AI: tiny (via fast-ai)

    You: /model
    🤖 AI: tiny (via fast-ai)

    You: /backend echo
    🤖 AI: echo (repeats what you say)

    You: /model x

    You: four
    AI: four

    📝 Thread saved: chat_TIME (8 messages)
    💾 Thread ID: thread_N
    Continue it: mmogit chat --continue thread_N
    ── stderr
       /backend NAME lets another answer.
    error: there is no backend `slow`
    hint: Use crush, command, echo or offline, or a profile of config.toml: fast, gone.
       The program is not told: from now on the record calls its model so.
       /model NAME asks for another, in the backend's own words.
    There is no model to choose here; /backend NAME lets another answer.
    ");
    let backends: Vec<String> = home.thread_files().last().unwrap()["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|message| {
            Some(format!(
                "{} {}",
                message.get("backend")?.as_str()?,
                message["model"].as_str()?
            ))
        })
        .collect();
    assert_eq!(
        backends,
        [
            "echo echo",
            "command:fast-ai tiny",
            "command:fast-ai big",
            "echo echo"
        ]
    );
    home.config("[profile.echo]\nbackend = 'echo'");
    let ran = home.run(&["chat", "-m", "x"]).exits(1);
    assert!(
        ran.stderr.contains("no profile can be called `echo`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_thread_goes_on_with_who_answered_before_unless_another_is_asked_for() {
    let home = TestHome::new();
    let own_ai = home.program("own-ai", "cat >/dev/null; echo own");
    home.run(&["chat", "-m", "x", "--title", "by echo", "--backend", "echo"])
        .exits(0);
    home.run(&[
        "chat",
        "-m",
        "x",
        "--title",
        "by command",
        "--command",
        "own-ai",
    ])
    .exits(0);
    let go_on = |args: &[&str]| home.run(&[&["chat", "-m", "again", "-c"], args].concat());
    assert_eq!(go_on(&["by echo"]).exits(0).stdout, "again\n");
    // What a record names is never run.
    let ran = go_on(&["by command"]).exits(4);
    assert!(
        ran.stderr
            .contains("command:own-ai answered before and is not set up here"),
        "{}",
        ran.stderr
    );
    home.config("[profile.mine]\ncommand = ['own-ai']");
    assert_eq!(go_on(&["by command"]).exits(0).stdout, "own\n");
    assert_eq!(go_on(&["by echo", "-b", "mine"]).exits(0).stdout, "own\n");
    assert_eq!(
        go_on(&["by echo"]).exits(0).stdout,
        "own\n",
        "the last answer counts"
    );
    home.config("backend = 'echo'\n[profile.mine]\ncommand = ['own-ai']");
    assert_eq!(
        go_on(&["by command"]).exits(0).stdout,
        "again\n",
        "settings go before"
    );
    // And why they can't be asked, where they are set up.
    home.config("[profile.mine]\ncommand = ['own-ai']");
    std::fs::remove_file(own_ai).unwrap();
    let ran = go_on(&["by echo"]).exits(4);
    assert!(
        ran.stderr.contains(
            "mine answered before and can't be asked: the program `own-ai` was not found."
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_a_killed_session_was_told_names_the_program_too() {
    let home = TestHome::new();
    home.program(
        "endless",
        "cat >/dev/null; while :; do printf 'word %0200d ' 0; sleep 0.05; done",
    );
    let mut child = home
        .command(&["chat", "-m", "x", "--command", "endless"])
        .spawn()
        .unwrap();
    crate::common::wait_until("some of it is in the journal", || {
        home.journals().contains("word")
    });
    crate::common::signal(&child, "KILL");
    child.wait().unwrap();
    home.run(&["chat", "-c", "-m", "y", "--backend", "echo"])
        .exits(0);
    assert_eq!(
        home.thread_files()[0]["messages"][1]["backend"],
        "command:endless"
    );
}

#[test]
fn a_new_thread_may_have_a_label_in_the_place_of_a_project() {
    let home = TestHome::new();
    let chat =
        |which: &str, name: &str| home.run(&["chat", "-m", "x", which, name, "--backend", "echo"]);
    // A slip of the pen would stay with the thread for ever.
    let refused = chat("--project", "foo bar").exits(2).stderr;
    assert!(refused.contains("--label 'foo bar'"), "{refused}");
    chat("--label", &"ab".repeat(32)).exits(2);
    chat("--project", &"ab".repeat(32)).exits(2);
    chat("--label", "foo bar").exits(0);
    assert_eq!(home.thread_files().len(), 1);
    assert_eq!(home.thread_files()[0]["project"], "foo bar");
    let listed = |which: &str| {
        let listed = home.run(&["thread-list", which, "foo bar", "--ids"]);
        listed.exits(0).stdout.lines().count()
    };
    assert_eq!((listed("--project"), listed("--label")), (1, 1));
    let shown = home.run(&["thread-list"]).exits(0).stdout;
    assert!(shown.contains("   Label: foo bar\n"), "{shown}");
    // What is a label already is no slip.
    let again = chat("--project", "foo bar").exits(0).stderr;
    assert!(again.contains("is no project"), "{again}");
    // A project that begins later takes none of them in, and says so.
    let begun = home.run(&["project", "create", "foo bar"]).exits(0).stderr;
    let told = "2 threads of yours only have a label that is called so: mmogit thread-list --label 'foo bar'";
    assert!(begun.contains(told), "{begun}");
    assert_eq!((listed("--project"), listed("--label")), (0, 2));
    home.run(&[
        "chat",
        "-c",
        "--project",
        "other",
        "-m",
        "x",
        "--backend",
        "echo",
    ])
    .exits(2);
    for name in ["", " ", "a\nb", "a\u{7}b"] {
        chat("--project", name).exits(2);
        chat("--label", name).exits(2);
    }
    assert_eq!(home.thread_files().len(), 2);
    home.run(&["verify"]).exits(0);
}

#[test]
fn a_question_in_the_place_of_a_thread_or_without_quotes_is_shown_its_place() {
    let home = TestHome::new();
    talk(&home, "one");
    let ran = home
        .run(&["chat", "-c", "What else is there?", "--backend", "echo"])
        .exits(1);
    assert!(
        ran.stderr.contains("mmogit chat -c -m 'QUESTION'"),
        "{}",
        ran.stderr
    );
    let ran = home.run(&["chat", "What", "is", "it"]).exits(2);
    assert!(
        ran.stderr
            .contains("goes in quotes: mmogit chat 'What is it?'"),
        "{}",
        ran.stderr
    );
    let ran = home.run(&["chat", "--nonsense"]).exits(2);
    assert!(!ran.stderr.contains("in quotes"), "{}", ran.stderr);
}

#[test]
fn a_model_is_refused_where_nobody_would_look_at_it() {
    let home = TestHome::new();
    for backend in ["echo", "offline"] {
        home.run(&["chat", "-m", "x", "--model", "foo", "--backend", backend])
            .exits(2);
    }
    home.config("[profile.parrot]\nbackend = 'echo'");
    home.run(&["chat", "-m", "x", "--model", "foo", "--backend", "parrot"])
        .exits(2);
    home.config("backend = 'echo'");
    home.run(&["chat", "-m", "x", "--model", "foo"]).exits(2);
    assert!(!home.mmogit().join("repo.git").exists(), "nothing is made");
}

#[test]
fn a_command_that_looks_like_a_shell_line_is_told_to_be_none() {
    let home = TestHome::new();
    home.program("code", "cat >/dev/null; echo fine");
    let told = |command: &str| {
        let ran = home
            .run(&["chat", "-m", "x", "--command", command])
            .exits(0);
        ran.stderr.contains("--command is no shell line")
    };
    assert!(told("code | tail"));
    assert!(!told("code -m 'a | b'"));
    assert!(!told("sh -c 'code | tail'"));
}

#[test]
fn an_empty_input_makes_no_identity() {
    let home = TestHome::new();
    let ran = home.run(&["chat", "--backend", "echo"]).exits(0);
    assert_eq!(ran.stdout, "📝 Nothing was said, so nothing was saved.\n");
    assert!(!home.mmogit().exists());
    home.run_with_input(&["chat", "--backend", "echo"], "\n \n")
        .exits(0);
    assert!(!home.mmogit().exists());
    talk(&home, "one");
    home.run(&["thread-list", "--limit", "0"]).exits(2);
    home.run(&["thread-search", "one", "--limit", "0"]).exits(2);
    home.run(&["thread-search", "one", "--limit", "1"]).exits(0);
}
