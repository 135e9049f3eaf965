//! A session with a line a turn.

use crate::common::{Ran, TestHome};
use std::io::{Read, Write};
use std::process::{Command, Stdio};

#[test]
fn a_first_session_without_anything_set_up() {
    let home = TestHome::new();
    let ran = home
        .run_with_input(
            &["chat", "--title", "T", "--backend", "echo"],
            "first\nsecond\nexit\n",
        )
        .exits(0);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    🔐 Using identity: HEX8...
    🤖 AI: echo (repeats what you say)
    💬 Starting thread: T

    You: first
    AI: first

    You: second
    AI: second

    You: exit

    📝 Thread saved: T (4 messages)
    💾 Thread ID: thread_N
    Continue it: mmogit chat --continue thread_N
    ── stderr
    ✨ Made a new identity for you: HEX8… in HOME/.mmogit
       Back up its 24 words, the only way to bring it back: mmogit identity words
    ");
    let said = home.messages();
    let texts: Vec<(&str, &str)> = said
        .iter()
        .map(|(role, text)| (role.as_str(), text.as_str()))
        .collect();
    assert_eq!(
        texts,
        [
            ("human", "first"),
            ("ai", "first"),
            ("human", "second"),
            ("ai", "second")
        ]
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn without_an_ai_messages_are_kept_and_the_way_out_is_told_once() {
    let home = TestHome::new();
    let ran = home
        .run_with_input(&["chat", "--title", "T"], "one\ntwo\n")
        .exits(0);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    🔐 Using identity: HEX8...
    🤖 AI: none (offline: messages are kept, nobody answers)
    💬 Starting thread: T

    You: one

    You: two

    📝 Thread saved: T (2 messages)
    💾 Thread ID: thread_N
    Continue it: mmogit chat --continue thread_N
    ── stderr
    ✨ Made a new identity for you: HEX8… in HOME/.mmogit
       Back up its 24 words, the only way to bring it back: mmogit identity words
    ⚠️  No reply: there is no AI to ask.
       Install Crush (https://github.com/charmbracelet/crush) and run `crush` once to choose a model, or name any program that answers on stdout: --command 'PROGRAM ARGS'.
       Your message is kept; /retry asks again.
    ⚠️  Again no reply. Your message is kept; /retry asks again.
    ");
    assert_eq!(home.messages().len(), 2);
}

#[test]
fn every_way_to_end_ends() {
    for end in ["exit\n", "EXIT\n", "quit", "/exit\n", ""] {
        let home = TestHome::new();
        let args = ["chat", "--backend", "echo"];
        let ran = home.run_with_input(&args, format!("hello\n{end}")).exits(0);
        assert!(
            ran.stdout.contains("📝 Thread saved: chat_"),
            "{end:?}: {}",
            ran.stdout
        );
        assert_eq!(home.messages().len(), 2, "{end:?}");
    }
}

#[test]
fn empty_lines_are_not_sent_and_a_text_keeps_its_inside() {
    let home = TestHome::new();
    let input = "\n   \n\t\n  spaced  out  \r\n\u{a0}\n";
    home.run_with_input(&["chat", "--backend", "echo"], input)
        .exits(0);
    assert_eq!(home.messages()[0].1, "spaced  out");
    assert_eq!(home.messages().len(), 2);
}

#[test]
fn nothing_said_leaves_nothing_behind() {
    let home = TestHome::new();
    let ran = home
        .run_with_input(
            &["chat", "--backend", "echo"],
            "/title New\n/tag a\n/save\n/info\n",
        )
        .exits(0);
    assert!(
        ran.stdout
            .ends_with("📝 Nothing was said, so nothing was saved.\n"),
        "{}",
        ran.stdout
    );
    assert_eq!(
        home.run(&["thread-list"]).stdout.trim(),
        "No threads found. Start a chat with 'mmogit chat'"
    );
    assert_eq!(
        std::fs::read_dir(home.mmogit().join("journal"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn slash_commands_work_and_what_is_none_is_not_sent() {
    let home = TestHome::new();
    let input = "one\n/title A new title\n/tag x y\n/tag -x z\n/tag -w\n/nope\n//etc/hosts\n/undo\n/edit\n/editor\n/title a\u{7}b\n/info\n/save\n";
    let ran = home
        .run_with_input(&["chat", "--backend", "echo"], input)
        .exits(0);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    🔐 Using identity: HEX8...
    🤖 AI: echo (repeats what you say)
    💬 Starting thread: chat_TIME

    You: one
    AI: one

    You: /title A new title
    💬 Title: A new title

    You: /tag x y
    🏷️  Tags: x, y

    You: /tag -x z
    🏷️  Tags: y, z

    You: /tag -w
    🏷️  Tags: y, z

    You: /nope

    You: //etc/hosts
    AI: /etc/hosts

    You: /undo

    You: /edit

    You: /editor

    You: /title a␇b

    You: /info
    💬 A new title
       ID: thread_N
       Messages: 2, 2 put aside
       Tokens: about 90 to send with the next question (<1 % of 100k)
       Tags: y, z
       AI: echo (repeats what you say)
       Not saved in git yet: 4 messages (in the journal, so not lost)

    You: /save

    📝 Thread saved: A new title (2 messages)
    💾 Thread ID: thread_N
    Continue it: mmogit chat --continue thread_N
    ── stderr
    ✨ Made a new identity for you: HEX8… in HOME/.mmogit
       Back up its 24 words, the only way to bring it back: mmogit identity words
    w is not among the tags
    /nope is no command; /help lists them. To say something that begins with a slash, double it: //nope
    ↩️  Put aside: /etc/hosts (kept in the thread, no longer sent or shown)
    /edit needs a terminal that can edit.
    /editor needs a terminal that can edit.
    error: Title cannot contain control characters
    hint: A title has 1 to 200 characters and fits on a line.
    💾 Saved: thread_N, 2 messages
    ");
    let texts: Vec<String> = home.messages().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["one", "one", "/etc/hosts", "/etc/hosts"]);
    let thread = &home.thread_files()[0];
    assert_eq!(thread["title"], "A new title");
    assert_eq!(thread["tags"], serde_json::json!(["y", "z"]));
    assert_eq!(thread["aside"].as_array().unwrap().len(), 1);
    home.run(&["verify"]).exits(0);
}

#[test]
fn retry_asks_for_another_answer_and_keeps_the_old_one_aside() {
    let home = TestHome::new();
    home.program(
        "counting",
        "cat >/dev/null; printf x >>count; printf 'answer '; wc -c <count",
    );
    home.program("wc", "exec /usr/bin/wc \"$@\"");
    let ran = home
        .run_with_input(&["chat", "--command", "counting"], "hello\n/retry\n")
        .exits(0);
    assert!(
        ran.stdout
            .contains("AI: answer 1\n\nYou: /retry\nAI: answer 2\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("(2 messages)"), "{}", ran.stdout);
    assert_eq!(home.messages().len(), 3);
}

#[test]
fn a_failing_ai_costs_nothing_and_retry_asks_again() {
    let home = TestHome::new();
    home.program(
        "shaky",
        "cat >/dev/null; test -e there || { : >there; echo 'out of luck' >&2; exit 7; }; echo fine",
    );
    let ran = home
        .run_with_input(&["chat", "--command", "shaky"], "hello\n/retry\n")
        .exits(0);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    🔐 Using identity: HEX8...
    🤖 AI: shaky (via a command)
    💬 Starting thread: chat_TIME

    You: hello

    You: /retry
    AI: fine

    📝 Thread saved: chat_TIME (2 messages)
    💾 Thread ID: thread_N
    Continue it: mmogit chat --continue thread_N
    ── stderr
    ✨ Made a new identity for you: HEX8… in HOME/.mmogit
       Back up its 24 words, the only way to bring it back: mmogit identity words
    ⚠️  No reply: `shaky` failed (exit status: 7): out of luck.
       Run it by hand with the same arguments to see more.
       Your message is kept; /retry asks again.
    ");
    let texts: Vec<String> = home.messages().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["hello", "fine"]);
}

#[test]
fn a_failed_retry_leaves_the_earlier_answer() {
    let home = TestHome::new();
    home.program(
        "once",
        "cat >/dev/null; test -e there && exit 1; : >there; echo fine",
    );
    let ran = home
        .run_with_input(&["chat", "--command", "once"], "hello\n/retry\n")
        .exits(0);
    assert!(
        ran.stderr.contains("The earlier answer stays."),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.contains("(2 messages)"), "{}", ran.stdout);
}

#[test]
fn no_control_code_of_anybody_reaches_the_output() {
    let home = TestHome::new();
    home.program(
        "rude",
        r"cat >/dev/null; printf 'red \033[31mtext\033[0m \007 and \302\233m\n'",
    );
    let args = ["chat", "--title", "t\u{202e}itle", "--command", "rude"];
    let ran = home
        .run_with_input(&args, "my \x1b]0;own\x07 codes\n")
        .exits(0);
    let is_control = |c: char| c.is_control() && c != '\n';
    assert!(!ran.stdout.contains(is_control), "{:?}", ran.stdout);
    assert!(!ran.stdout.contains('\u{202e}'), "{:?}", ran.stdout);
    assert!(
        home.messages()[0].1.contains("\x1b]0;own"),
        "the record keeps what was said"
    );
}

#[test]
fn the_ai_reads_the_whole_thread_and_is_told_what_was_left_out() {
    let home = TestHome::new();
    home.program("reader", "cat >prompt; echo answered");
    home.run_with_input(
        &["chat", "--title", "T", "--command", "reader"],
        "alpha\nbeta\n",
    )
    .exits(0);
    let prompt = std::fs::read_to_string(home.path().join("prompt")).unwrap();
    for text in ["alpha", "answered", "beta"] {
        assert_eq!(prompt.matches(text).count(), 1, "{text}: {prompt}");
    }
    home.config("context-tokens = 40");
    let long = format!("{}\n", "gamma ".repeat(20));
    let ran = home
        .run_with_input(&["chat", "--continue", "T", "--command", "reader"], long)
        .exits(0);
    assert!(
        ran.stderr.contains("oldest were not sent"),
        "{}",
        ran.stderr
    );
    assert!(
        !std::fs::read_to_string(home.path().join("prompt"))
            .unwrap()
            .contains("alpha")
    );
}

#[test]
fn without_a_terminal_nothing_is_copied() {
    let home = TestHome::new();
    let ran = home
        .run_with_input(&["chat", "--backend", "echo"], "hello\n/copy\n")
        .exits(0);
    assert!(
        ran.stderr.contains("/copy needs a terminal"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stdout.contains('\x1b'), "{:?}", ran.stdout);
}

#[test]
fn files_go_with_a_message_and_are_named_in_the_record() {
    let home = TestHome::new();
    std::fs::write(home.path().join("a.rs"), "fn a() {}\n").unwrap();
    std::fs::write(home.path().join("b.txt"), "b ```\n").unwrap();
    std::fs::write(home.path().join("data"), b"a\0b").unwrap();
    let input = "/attach b.txt data missing .\nsee @a.rs, me@a.rs @nobody\nnow @data\n/attach a.rs\n/attach -\nplain\n";
    let ran = home
        .run_with_input(&["chat", "--backend", "echo"], input)
        .exits(0);
    for said in [
        "📎 b.txt (6 bytes)",
        "data can't be attached: it is binary",
        "missing can't be attached: No such file",
        ". can't be attached: it is not a file",
        "📎 a.rs (10 bytes)",
        "Nothing was sent.",
        "No file waits.",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
    let messages = &home.thread_files()[0]["messages"];
    assert_eq!(
        messages[0]["content"],
        "see @a.rs, me@a.rs @nobody\n\nFile `b.txt` (6 bytes):\n````txt\nb ```\n````\n\n\
         File `a.rs` (10 bytes):\n```rs\nfn a() {}\n```"
    );
    assert_eq!(
        messages[0]["context"][1],
        serde_json::json!({"type": "file", "name": "a.rs", "size": 10,
            "sha256": "509a0a5b5ce4e59f5039e30a39324342d7a161296bb8eba761983faaeebf6efd"})
    );
    assert_eq!(messages[2]["content"], "plain");
    assert!(messages[2].get("context").is_none() && messages.as_array().unwrap().len() == 4);
    home.run(&["verify"]).exits(0);
}

fn numbered(count: usize) -> String {
    (1..=count)
        .map(|number| format!("line {number}\n\n"))
        .collect()
}

#[test]
fn twenty_lines_are_turns_and_more_need_to_be_meant() {
    let home = TestHome::new();
    let ran = home
        .run_with_input(&["chat", "--backend", "echo"], numbered(21))
        .exits(2);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    ── stderr
    error: standard input has more than 20 lines, and each would be a question of its own; nothing was sent
    hint: As one question: mmogit chat -m -. As a turn for each line: mmogit chat --script.
    ");
    assert!(!home.mmogit().exists(), "nothing is made either");
    home.run_with_input(&["chat", "--backend", "echo"], numbered(20))
        .exits(0);
    assert_eq!(home.messages().len(), 40);
    home.run_with_input(
        &["chat", "-c", "--script", "--backend", "echo"],
        numbered(21),
    )
    .exits(0);
    assert_eq!(home.messages().len(), 82);
    home.run_with_input(
        &["chat", "-c", "-m", "-", "--backend", "echo"],
        numbered(21),
    )
    .exits(0);
    assert_eq!(home.messages().len(), 84);
    for args in [
        &["--script", "-m", "x"][..],
        &["--script", "--json"],
        &["--script", "x"],
    ] {
        home.run(&[&["chat"], args].concat()).exits(2);
    }
}

#[test]
fn a_line_that_no_model_reads_is_no_turn_and_not_two() {
    let home = TestHome::new();
    let lines = format!("first\n{}\n", "x".repeat((1 << 20) + 1));
    let ran = home
        .run_with_input(&["chat", "--backend", "echo"], &lines)
        .exits(2);
    assert!(
        ran.stderr
            .contains("a line of standard input has more than 1 MiB"),
        "{}",
        ran.stderr
    );
    assert!(!home.mmogit().exists(), "nothing is sent before all can be");
    home.run_with_input(&["chat", "--script", "--backend", "echo"], &lines)
        .exits(2);
    assert_eq!(home.messages().len(), 2, "what was said before is saved");
}

#[test]
fn a_program_may_wait_for_each_answer_and_has_no_more_turns_either() {
    let home = TestHome::new();
    let mut child = home
        .command(&["chat", "--backend", "echo"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut seen = Vec::new();
    let mut wait_for = |text: &str| {
        while !String::from_utf8_lossy(&seen).contains(text) {
            let mut byte = [0];
            stdout.read_exact(&mut byte).unwrap();
            seen.push(byte[0]);
        }
    };
    wait_for("Starting thread");
    for number in 1..=20 {
        writeln!(stdin, "turn {number}").unwrap();
        wait_for(&format!("AI: turn {number}\n"));
    }
    writeln!(stdin, "turn 21").unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap()).exits(2);
    assert!(
        ran.stderr.contains("the rest was not sent"),
        "{}",
        ran.stderr
    );
    assert_eq!(home.messages().len(), 40, "what was said is saved");
}

#[test]
fn other_threads_are_begun_listed_searched_and_shown_within_a_chat() {
    let home = TestHome::new();
    let input = "about  *tokens*\n/show\n/new second one\n/show\nhello\n/list\n/search\n/continue chat_\n/show 2\n/show x\n/new bad\u{7}title\n";
    let ran = home
        .run_with_input(&["chat", "--backend", "echo"], input)
        .exits(0);
    insta::assert_snapshot!(ran.snapshot(&home), @r"
    🔐 Using identity: HEX8...
    🤖 AI: echo (repeats what you say)
    💬 Starting thread: chat_TIME

    You: about  *tokens*
    AI: about  *tokens*

    You: /show
    You: about  *tokens*
    AI: about  *tokens*

    You: /new second one
    📝 Thread saved: chat_TIME (2 messages)
    💬 Starting thread: second one

    You: /show

    You: hello
    AI: hello

    You: /list
    ○ chat_TIME - thread_N (2 messages, just now)
      “about *tokens*”

    You: /search

    You: /continue chat_
    📝 Thread saved: second one (2 messages)
    💬 Continuing thread: chat_TIME (2 messages)
       👤 about  *tokens*
       🤖 about  *tokens*

    You: /show 2
    You: about  *tokens*
    AI: about  *tokens*

    You: /show x

    You: /new bad␇title

    📝 Nothing new in: chat_TIME (2 messages)
    💾 Thread ID: thread_N
    Continue it: mmogit chat --continue thread_N
    ── stderr
    ✨ Made a new identity for you: HEX8… in HOME/.mmogit
       Back up its 24 words, the only way to bring it back: mmogit identity words
    Nothing was said yet.
    /continue goes on with one: a part of its title or id is enough.
    /search takes words: all of them must be in one message or title.
    /show takes how many of the last questions and answers to show, or `all`.
    error: Title cannot contain control characters
    hint: A title has 1 to 200 characters and fits on a line.
    ");
    let ran = home
        .run_with_input(
            &["chat", "--backend", "echo"],
            "more tokens\n/search tokens\n",
        )
        .exits(0);
    assert!(
        ran.stdout.contains("🔎 2 hits") && ran.stdout.contains("about *tokens*"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr.contains("What is not saved yet is not searched"),
        "{}",
        ran.stderr
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn what_is_not_on_disk_is_not_shown_as_said() {
    let home = TestHome::new();
    home.run(&["chat", "--backend", "echo", "-m", "before"])
        .exits(0);
    let inner = home.command(&["chat", "--backend", "echo"]);
    let mut limited = Command::new("/bin/sh");
    // No file may have more than 8 or 16 KiB: no room for the second line in the journal.
    limited.args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\""]);
    limited
        .arg(inner.get_program())
        .args(inner.get_args())
        .env_clear();
    limited.envs(
        inner
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    limited
        .current_dir(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = limited.spawn().unwrap();
    let _ = write!(
        child.stdin.take().unwrap(),
        "short\n{}\n",
        "x".repeat(20_000)
    );
    let ran = Ran::of(child.wait_with_output().unwrap()).exits(1);
    assert!(ran.stderr.contains("journal"), "{}", ran.stderr);
    assert!(ran.stdout.contains("You: short\n"), "{}", ran.stdout);
    assert!(
        !ran.stdout.contains("You: xxx"),
        "{} bytes",
        ran.stdout.len()
    );
}

#[test]
fn as_many_questions_are_undone_as_were_named_or_none() {
    let said = "one\ntwo\nthree\nfour\n";
    for (undo, left) in [
        ("/undo", 3),
        ("/undo 1", 3),
        ("/undo 3", 1),
        ("/undo 4", 0),
        ("/undo 5", 4),
        ("/undo 0", 4),
        ("/undo x", 4),
        ("/undo 1 2", 4),
    ] {
        let home = TestHome::new();
        let ran = home
            .run_with_input(&["chat", "--backend", "echo"], format!("{said}{undo}\n"))
            .exits(0);
        assert!(
            ran.stdout.contains(&format!("({} messages)", 2 * left)),
            "{undo}: {}",
            ran.stdout
        );
        assert_eq!(home.messages().len(), 8, "{undo}");
    }
}

#[test]
fn a_command_that_takes_nothing_does_nothing_with_more() {
    let home = TestHome::new();
    let input = "one\n/retry please\n/save now\n/exit now\n/quit now\n/list foo\n/info foo\n/branches 3\n/help undo\ntwo\n";
    let ran = home
        .run_with_input(&["chat", "--backend", "echo"], input)
        .exits(0);
    for name in ["/retry", "/save", "/list", "/info", "/branches", "/help"] {
        let refusal = format!("{name} takes nothing after it; nothing was done.");
        assert_eq!(
            ran.stderr.matches(&refusal).count(),
            1,
            "{name}: {}",
            ran.stderr
        );
    }
    assert_eq!(
        ran.stderr.matches("/exit takes nothing after it").count(),
        2,
        "{}",
        ran.stderr
    );
    assert_eq!(home.messages().len(), 4);
}

#[test]
fn a_mistyped_command_is_told_what_it_may_have_meant() {
    let home = TestHome::new();
    let ran = home
        .run_with_input(&["chat", "--backend", "echo"], "/rety\n/etc/hosts\n")
        .exits(0);
    assert!(
        ran.stderr.contains("Did you mean /retry?"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        ran.stderr.matches("Did you mean").count(),
        1,
        "{}",
        ran.stderr
    );
}
