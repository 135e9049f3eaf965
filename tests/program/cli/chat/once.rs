//! One question, one answer.

use crate::common::{Ran, TestHome, signal, wait_until};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

#[test]
fn standard_output_is_the_answer_and_nothing_else() {
    let home = TestHome::new();
    let ran = home
        .run(&["chat", "-m", "hello", "--backend", "echo"])
        .exits(0);
    assert_eq!(ran.stdout, "hello\n");
    assert!(ran.stderr.contains("Made a new identity"), "{}", ran.stderr);
    assert_eq!(
        home.run(&["chat", "-m", "again", "--backend", "echo"])
            .exits(0)
            .stderr,
        ""
    );
}

#[test]
fn a_question_by_itself_is_asked_as_with_m() {
    let home = TestHome::new();
    assert_eq!(
        home.run(&["chat", "a question", "--backend", "echo"])
            .exits(0)
            .stdout,
        "a question\n"
    );
    let ran = home
        .run(&[
            "chat",
            "-c",
            "chat_",
            "--json",
            "--backend",
            "echo",
            "and another",
        ])
        .exits(0);
    assert!(
        ran.stdout.contains("\"message_count\": 4"),
        "{}",
        ran.stdout
    );
    let ran = home
        .run_with_input(&["chat", "this?", "--backend", "echo"], "piped\n")
        .exits(0);
    assert_eq!(ran.stdout, "this?\n\npiped\n");
    home.run(&["chat", "two", "questions", "--backend", "echo"])
        .exits(2);
    home.run(&["chat", "two", "-m", "questions", "--backend", "echo"])
        .exits(2);
}

#[test]
fn what_is_piped_in_stands_below_the_question() {
    let home = TestHome::new();
    let ran = home.run_with_input(
        &["chat", "-m", "what is this?", "--backend", "echo"],
        "line 1\n  line 2\n\n",
    );
    assert_eq!(ran.exits(0).stdout, "what is this?\n\nline 1\n  line 2\n");
    for args in [["chat", "-m", "-"], ["chat", "-m", ""]] {
        let home = TestHome::new();
        let ran = home.run_with_input(&[&args[..], &["--backend", "echo"]].concat(), "just this\n");
        assert_eq!(ran.exits(0).stdout, "just this\n");
    }
}

#[test]
fn a_piped_answer_is_the_ais_bytes_with_one_newline() {
    let home = TestHome::new();
    home.program(
        "raw",
        r"cat >/dev/null; printf 'a \033[1mcode\033[0m\tand\r\n\n\n**text**\n\n\n'",
    );
    let ran = home.run(&["chat", "-m", "x", "--command", "raw"]).exits(0);
    assert_eq!(ran.stdout, "a \x1b[1mcode\x1b[0m\tand\r\n\n\n**text**\n");
}

#[test]
fn an_answer_comes_as_it_is_written() {
    let home = TestHome::new();
    home.program(
        "slow",
        "cat >/dev/null; echo first; until test -e go; do sleep 0.05; done; echo second",
    );
    let mut child = home
        .command(&["chat", "-m", "x", "--command", "slow"])
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    // The newline waits for what follows it; the word must not.
    let mut word = [0; 5];
    stdout.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"first");
    std::fs::write(home.path().join("go"), "").unwrap();
    let rest: Vec<String> = stdout.lines().map(Result::unwrap).collect();
    assert_eq!(rest, ["", "second"]);
    assert!(child.wait().unwrap().success());
}

#[test]
fn json_names_what_is_stored() {
    let home = TestHome::new();
    let ran = home
        .run(&[
            "chat",
            "-m",
            "hello",
            "--json",
            "--title",
            "T",
            "--backend",
            "echo",
        ])
        .exits(0);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    let thread = &home.thread_files()[0];
    let answer = &thread["messages"][1];
    assert_eq!(
        said,
        json!({
            "thread_id": thread["id"], "thread_title": "T", "response": "hello",
            "response_signature": answer["signature"], "response_author": answer["author"],
            "agent_name": "echo", "message_count": 2, "model": "echo",
        })
    );
    assert!(answer["signature"].is_string() && answer["author"] == thread["agents"][0]["key"]);
}

#[test]
fn json_takes_its_question_from_a_pipe_too() {
    let home = TestHome::new();
    let ran = home
        .run_with_input(&["chat", "--json", "--backend", "echo"], "two\nlines\n")
        .exits(0);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(said["response"], "two\nlines");
}

#[test]
fn no_reply_is_exit_4_and_the_message_is_kept() {
    let home = TestHome::new();
    let ran = home
        .run(&["chat", "-m", "anyone?", "--title", "T"])
        .exits(4);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    ── stderr
    ✨ Made a new identity for you: HEX8… in HOME/.mmogit
       Back up its 24 words, the only way to bring it back: mmogit identity words
    error: no reply: there is no AI to ask
    hint: Install Crush (https://github.com/charmbracelet/crush) and run `crush` once to choose a model, or name any program that answers on stdout: --command 'PROGRAM ARGS'.
    Your message is kept; this asks again: mmogit chat --continue thread_N
    ");
    assert_eq!(
        home.messages(),
        [("human".to_owned(), "anyone?".to_owned())]
    );
    // Later it is answered, and not stored twice.
    let ran = home
        .run(&["chat", "--continue", "T", "--backend", "echo"])
        .exits(0);
    assert!(
        ran.stdout.contains("You: anyone?\nAI: anyone?\n"),
        "{}",
        ran.stdout
    );
    assert_eq!(home.messages().len(), 2);
}

#[test]
fn no_reply_in_json_is_null_with_the_reason() {
    let home = TestHome::new();
    home.program("broken", "cat >/dev/null; echo 'no such model' >&2; exit 1");
    let ran = home
        .run(&["chat", "-m", "x", "--json", "--command", "broken"])
        .exits(4);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(said["response"], Value::Null);
    assert_eq!(said["response_signature"], Value::Null);
    assert_eq!(said["agent_name"], "command");
    assert_eq!(said["message_count"], 1);
    assert!(
        said["error"].as_str().unwrap().contains("no such model"),
        "{said}"
    );
}

#[test]
fn a_blank_answer_is_none() {
    let home = TestHome::new();
    home.program("blank", "cat >/dev/null; printf '\\n \\n'");
    let ran = home
        .run(&["chat", "-m", "x", "--command", "blank"])
        .exits(4);
    assert_eq!(ran.stdout, "");
    assert_eq!(home.messages().len(), 1);
}

#[test]
fn an_answer_that_breaks_off_is_printed_and_marked() {
    let home = TestHome::new();
    home.program("half", "cat >/dev/null; echo half of it; exit 3");
    let ran = home.run(&["chat", "-m", "x", "--command", "half"]).exits(4);
    assert_eq!(ran.stdout, "half of it\n");
    assert!(
        ran.stderr.contains("The answer is not whole"),
        "{}",
        ran.stderr
    );
    assert_eq!(home.thread_files()[0]["messages"][1]["interrupted"], true);
    let ran = home
        .run(&["chat", "-m", "x", "--json", "--command", "half"])
        .exits(4);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(said["response"], "half of it");
    assert!(
        said["interrupted"]
            .as_str()
            .unwrap()
            .contains("exit status: 3"),
        "{said}"
    );
}

#[test]
fn a_question_in_an_unanswered_thread_just_adds_to_it() {
    let home = TestHome::new();
    home.run(&["chat", "-m", "one"]).exits(4);
    let ran = home
        .run(&["chat", "--continue", "-m", "two", "--backend", "echo"])
        .exits(0);
    assert_eq!(ran.stdout, "two\n");
    let roles: Vec<String> = home.messages().into_iter().map(|(role, _)| role).collect();
    assert_eq!(roles, ["human", "human", "ai"]);
}

#[test]
fn what_is_no_text_is_told_or_refused() {
    let home = TestHome::new();
    let ran = home
        .run_with_input(&["chat", "-m", "x", "--backend", "echo"], b"caf\xe9\n")
        .exits(0);
    assert_eq!(ran.stdout, "x\n\ncaf\u{fffd}\n");
    assert!(ran.stderr.contains("not all UTF-8"), "{}", ran.stderr);
}

#[test]
fn what_can_be_refused_is_refused_before_anything_is_made() {
    let long = "x".repeat(201);
    let much = "x".repeat((1 << 20) + 1);
    let cases: [(&[&str], &str, &str); 7] = [
        (&["-m", "x"], &much, "more than 1 MiB"),
        (&["-m", " "], "\n", "nothing to ask"),
        (&["--json"], "", "nothing to ask"),
        (&["--title", " "], "x", "Title cannot be empty"),
        (
            &["--title", &long],
            "x",
            "Title exceeds maximum length of 200 characters",
        ),
        (&["--tag", "a b"], "x", "Tag can only have"),
        (&["--backend", "command"], "x", "no program to run"),
    ];
    for (args, input, said) in cases {
        let home = TestHome::new();
        let ran: Ran = home
            .run_with_input(&[&["chat"], args].concat(), input)
            .exits(2);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{args:?}");
        assert!(!home.mmogit().exists(), "{args:?}");
    }
}

#[test]
fn a_reader_that_leaves_early_costs_nothing() {
    let home = TestHome::new();
    home.program("long", "cat >/dev/null; echo start; sleep 0.3; for i in 1 2 3 4 5 6 7 8 9; do echo more $i; sleep 0.05; done");
    let mut child = home
        .command(&["chat", "-m", "x", "--command", "long"])
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{stderr}");
    assert!(
        !stderr.contains("panic") && !stderr.contains("roken pipe"),
        "{stderr}"
    );
    assert_eq!(home.messages()[0].1, "x");
}

#[test]
fn a_first_question_streams_over_an_open_pipe_once_it_ends() {
    let home = TestHome::new();
    let mut child = home
        .command(&["chat", "-m", "q", "--backend", "echo"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for part in ["one ", "two\n"] {
        stdin.write_all(part.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }
    drop(stdin);
    assert_eq!(
        Ran::of(child.wait_with_output().unwrap()).exits(0).stdout,
        "q\n\none two\n"
    );
}

#[test]
fn the_last_code_block_alone_is_printed_on_demand() {
    let home = TestHome::new();
    home.program(
        "coder",
        r"cat >/dev/null; printf 'One:\n```sh\nfirst\n```\nTwo:\n```sh\n  second\nline\n```\nBye.\n'",
    );
    let ran = home
        .run(&["chat", "-x", "-m", "x", "--command", "coder"])
        .exits(0);
    assert_eq!(ran.stdout, "  second\nline\n");
    assert!(
        home.messages()[1].1.ends_with("Bye."),
        "the whole answer is kept"
    );
    let ran = home
        .run(&["chat", "--extract", "-m", "no code", "--backend", "echo"])
        .exits(1);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr.contains("error: the answer has no code block\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(home.thread_files().len(), 2);
    home.run(&["chat", "-x"]).exits(2);
}

#[test]
fn a_question_names_files_and_what_is_piped_in_names_none() {
    let home = TestHome::new();
    std::fs::write(home.path().join("a.txt"), "inside\n").unwrap();
    std::fs::write(home.path().join("data"), [0xff, 0xfe]).unwrap();
    let args = ["chat", "-m", "what is this?", "--backend", "echo"];
    assert_eq!(
        home.run_with_input(&args, "@a.txt\n").exits(0).stdout,
        "what is this?\n\n@a.txt\n"
    );
    let ran = home
        .run(&["chat", "-m", "@a.txt?", "--backend", "echo"])
        .exits(0);
    assert_eq!(
        ran.stdout,
        "@a.txt?\n\nFile `a.txt` (7 bytes):\n```txt\ninside\n```\n"
    );
    let ran = home
        .run(&["chat", "-m", "@data", "--backend", "echo"])
        .exits(2);
    assert!(
        ran.stderr
            .contains("data can't be attached: it is not a text in UTF-8"),
        "{}",
        ran.stderr
    );
    assert_eq!(home.thread_files().len(), 2);
}

#[test]
fn no_code_is_taken_from_what_is_not_whole() {
    let home = TestHome::new();
    home.program(
        "cut",
        r"cat >/dev/null; printf '```sh\nrm -rf build\n```\nand\n'; exit 3",
    );
    home.program(
        "open",
        r"cat >/dev/null; printf '```sh\nfirst\n```\n```sh\nrm -rf build'",
    );
    for (program, code, said) in [
        (
            "cut",
            4,
            "error: the answer is not whole, so no code is taken from it\n",
        ),
        (
            "open",
            1,
            "error: the last code block of the answer is not closed, so it may not be whole\n",
        ),
    ] {
        let ran = home
            .run(&["chat", "-x", "-m", "x", "--command", program])
            .exits(code);
        assert_eq!(ran.stdout, "", "{program}");
        assert!(ran.stderr.contains(said), "{program}: {}", ran.stderr);
        assert!(
            ran.stderr
                .contains("hint: It is kept; read it with: mmogit thread-replay thread_")
        );
    }
    assert_eq!(home.thread_files().len(), 2, "both answers are kept");
}

#[test]
fn a_stopped_answer_gives_no_code_either() {
    let home = TestHome::new();
    home.program(
        "coder",
        r"cat >/dev/null; printf '```\nhalf\n```\nnow'; sleep 1000",
    );
    let child = home
        .command(&["chat", "-x", "-m", "x", "--command", "coder"])
        .spawn()
        .unwrap();
    wait_until("something of it is in the journal", || {
        home.journals().contains("half")
    });
    signal(&child, "INT");
    let ran = Ran::of(child.wait_with_output().unwrap()).exits(130);
    assert_eq!(ran.stdout, "");
}

#[test]
fn files_go_with_one_question() {
    let home = TestHome::new();
    std::fs::write(home.path().join("a b.txt"), "inside\n").unwrap();
    std::fs::write(home.path().join("c.rs"), "fn c() {}\n").unwrap();
    let args = [
        "chat",
        "read @c.rs",
        "--attach",
        "a b.txt",
        "--attach",
        "c.rs",
        "--backend",
        "echo",
    ];
    let answer = home.run(&args).exits(0).stdout;
    assert_eq!(
        answer,
        "read @c.rs\n\nFile `a b.txt` (7 bytes):\n```txt\ninside\n```\n\nFile `c.rs` (10 bytes):\n```rs\nfn c() {}\n```\n"
    );
    assert_eq!(
        home.thread_files()[0]["messages"][0]["context"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let ran = home
        .run(&[
            "chat",
            "-m",
            "read",
            "--attach",
            "missing",
            "--backend",
            "echo",
        ])
        .exits(2);
    assert!(
        ran.stderr
            .contains("missing can't be attached: No such file"),
        "{}",
        ran.stderr
    );
    home.run(&["chat", "--attach", "c.rs", "--backend", "echo"])
        .exits(2);
    assert_eq!(home.thread_files().len(), 1);
}
