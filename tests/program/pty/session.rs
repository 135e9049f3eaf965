//! The main job, from the first start to continuing after a crash.

use super::terminal::{Start, Terminal};
use crate::common::TestHome;

fn texts(home: &TestHome) -> Vec<String> {
    home.messages().into_iter().map(|(_, text)| text).collect()
}

#[test]
fn a_first_start_needs_nothing_and_looks_like_this() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(
        &home,
        &["chat", "--title", "implementing_auth", "--backend", "echo"],
    );
    terminal.say("How should we handle JWT refresh tokens?");
    terminal.say("exit");
    assert_eq!(terminal.exit_code(), 0);
    let screen = terminal.screen();
    // The temporary folder's name decides where this line is folded.
    let below = screen
        .split_once("mmogit identity words\n")
        .map_or(screen.as_str(), |(_, below)| below);
    insta::assert_snapshot!(home.normal(below), @r"
    🔐 Using identity: HEX8...
    🤖 AI: echo (repeats what you say)
    💬 Starting thread: implementing_auth

    You: How should we handle JWT refresh tokens?
    AI: How should we handle JWT refresh tokens?
    about 89 tokens in · 10 out · context <1 % of 100k

    You: exit

    📝 Thread saved: implementing_auth (2 messages)
    💾 Thread ID: thread_N
    Continue it: mmogit chat --continue thread_N
    ");
    assert!(
        screen.starts_with("✨ Made a new identity for you: "),
        "{screen}"
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn continuing_asks_for_the_answer_that_is_missing() {
    let home = TestHome::new();
    home.run(&["chat", "-m", "anyone?", "--title", "T"])
        .exits(4);
    let mut terminal = Terminal::start(&home, &["chat", "--continue", "--backend", "echo"]);
    terminal.wait_for("You: anyone?\nAI: anyone?");
    terminal.say("more");
    let screen = terminal.leave();
    insta::assert_snapshot!(home.normal(&screen), @r"
    🔐 Using identity: HEX8...
    🤖 AI: echo (repeats what you say)
    💬 Continuing thread: T

    You: anyone?
    AI: anyone?
    about 76 tokens in · 2 out · context <1 % of 100k

    You: more
    AI: more
    about 97 tokens in · 1 out · context <1 % of 100k

    You:

    📝 Thread saved: T (4 messages)
    💾 Thread ID: thread_N
    Continue it: mmogit chat --continue thread_N
    ");
    assert_eq!(texts(&home), ["anyone?", "anyone?", "more", "more"]);
}

#[test]
fn continuing_shows_the_last_exchange_as_it_was_typed_and_answered() {
    let home = TestHome::new();
    home.program("ai", "cat >/dev/null; printf '**bold** words\n'");
    home.config("[profile.mine]\ncommand = ['ai']");
    home.run(&["chat", "-m", "earlier", "--title", "T", "--backend", "mine"])
        .exits(0);
    let typed = "Traceback:\n    def __init__(self):\n        a *b* c";
    home.run_with_input(&["chat", "-c", "-m", "-"], typed)
        .exits(0);
    let mut terminal = Terminal::start(&home, &["chat", "-c"]);
    terminal.wait_for_prompt();
    insta::assert_snapshot!(home.normal(&terminal.screen()), @r"
    🔐 Using identity: HEX8...
    🤖 AI: ai (via a command)
    💬 Continuing thread: T

    You: Traceback:
        def __init__(self):
            a *b* c
    AI: bold words

    You:
    ");
    terminal.keys("/ba\tmi\t\r");
    terminal.wait("the same backend", |screen| {
        screen.matches("AI: ai (via a command)").count() == 2
    });
    terminal.say("/show all");
    terminal.wait("all of it", |screen| {
        screen.matches("You: earlier").count() == 1
    });
    terminal.leave();
}

#[test]
fn a_killed_session_goes_on_where_it_was() {
    let home = TestHome::new();
    home.program(
        "endless",
        "cat >/dev/null; while :; do printf 'word %0100d ' 0; sleep 0.05; done",
    );
    let mut terminal = Terminal::start(&home, &["chat", "--title", "T", "--command", "endless"]);
    terminal.say("precious");
    terminal.wait("many words", |screen| screen.matches("word").count() > 8);
    terminal.kill();
    let terminal = Terminal::start(&home, &["chat", "--continue", "T", "--backend", "echo"]);
    terminal.wait_for("Recovered 2 messages of “T”");
    terminal.leave();
    let texts = texts(&home);
    assert_eq!(texts[0], "precious");
    assert!(texts[1].starts_with("word 00"), "{texts:?}");
}

#[test]
fn nothing_said_saves_nothing() {
    let home = TestHome::new();
    let screen = Terminal::start(&home, &["chat", "--backend", "echo"]).leave();
    assert!(
        screen.ends_with("You:\n\n📝 Nothing was said, so nothing was saved."),
        "{screen}"
    );
}

#[test]
fn title_tags_and_info() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &["chat", "--backend", "echo"]);
    for line in [
        "hello",
        "/title A better title",
        "/tag one two",
        "/tag -one",
        "/save",
        "/info",
    ] {
        terminal.say(line);
    }
    let screen = terminal.leave();
    let below = screen.split_once("% of 100k\n\n").expect(&screen).1;
    let shown: Vec<&str> = below
        .lines()
        .filter(|line| !line.contains("Repository") && !line.contains("repo.git"))
        .collect();
    insta::assert_snapshot!(home.normal(&shown.join("\n")), @r"
    You: /title A better title
    💬 Title: A better title

    You: /tag one two
    🏷️  Tags: one, two

    You: /tag -one
    🏷️  Tags: two

    You: /save
    💾 Saved: thread_N, 2 messages

    You: /info
    💬 A better title
       ID: thread_N
       Messages: 2
       Tokens: about 92 to send with the next question (<1 % of 100k)
       Tags: two
       AI: echo (repeats what you say)
       File: .mmogit/threads/MONTH/DAY/thread_N.json
       Saved in git

    You:

    📝 Thread saved: A better title (2 messages)
    💾 Thread ID: thread_N
    Continue it: mmogit chat --continue thread_N
    ");
    assert_eq!(home.thread_files()[0]["tags"], serde_json::json!(["two"]));
}

#[test]
fn retry_undo_and_edit() {
    let home = TestHome::new();
    home.program(
        "counting",
        "cat >/dev/null; printf x >>count; read all <count; echo \"answer ${#all}\"",
    );
    let mut terminal = Terminal::start(&home, &["chat", "--command", "counting"]);
    terminal.say("first");
    terminal.say("/retry");
    terminal.wait_for("AI: answer 2");
    terminal.say("second");
    terminal.wait_for("AI: answer 3");
    terminal.say("/undo");
    terminal.wait_for("Put aside: second");
    terminal.say("/edit");
    terminal.wait("the old text in the prompt", |screen| {
        screen.ends_with("\nYou: first")
    });
    terminal.keys(" edited\r");
    terminal.wait_for("AI: answer 4");
    let screen = terminal.leave();
    assert!(screen.contains("(2 messages)"), "{screen}");
    assert_eq!(
        texts(&home),
        [
            "first",
            "answer 1",
            "answer 2",
            "second",
            "answer 3",
            "first edited",
            "answer 4"
        ]
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn an_earlier_message_is_asked_differently_and_the_old_branch_shown_again() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &["chat", "--backend", "echo"]);
    for text in ["first", "second"] {
        terminal.say(text);
        terminal.wait_for(&format!("AI: {text}"));
    }
    terminal.say("/edit 2");
    terminal.wait_for("/edit takes the number of a message of yours: 1, 3");
    terminal.say("/edit 1");
    terminal.wait("the old text in the prompt", |screen| {
        screen.ends_with("\nYou: first")
    });
    terminal.keys(" edited\r");
    terminal.wait_for("AI: first edited");
    terminal.say("/branches");
    terminal.wait_for("● 2 🤖 first edited (2 messages, ");
    terminal.say("/switch 1");
    terminal.wait_for("🔀 4 messages shown now");
    assert!(terminal.leave().contains("(4 messages)"));
    assert_eq!(
        texts(&home),
        [
            "first",
            "first",
            "second",
            "second",
            "first edited",
            "first edited"
        ]
    );
    home.run(&["verify"]).exits(0);
}

#[test]
fn an_edit_that_is_given_up_changes_nothing() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &["chat", "--backend", "echo"]);
    terminal.say("kept");
    terminal.wait_for("AI: kept");
    terminal.say("/edit");
    terminal.wait("the old text in the prompt", |screen| {
        screen.ends_with("\nYou: kept")
    });
    terminal.keys("\x03\r");
    terminal.wait_for("Left as it was.");
    assert!(terminal.leave().contains("(2 messages)"));
    assert_eq!(texts(&home).len(), 2);
}

#[test]
fn an_edit_moves_nothing_before_the_new_text_is_sent() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &["chat", "--backend", "echo"]);
    for text in ["first", "second"] {
        terminal.say(text);
        terminal.wait_for(&format!("AI: {text}"));
    }
    terminal.say("/edit 1");
    terminal.wait("the old text in the prompt", |screen| {
        screen.ends_with("\nYou: first")
    });
    terminal.keys("\x03");
    terminal.wait_for("Left as it was.");
    terminal.say("carry on");
    terminal.wait_for("AI: carry on");
    terminal.say("/edit");
    terminal.wait("the old text in the prompt", |screen| {
        screen.ends_with("\nYou: carry on")
    });
    // Whoever wants something else has given the edit up.
    terminal.keys("\x15/info\r");
    terminal.wait_for("Messages: 6\n");
    terminal.say("/edit");
    terminal.wait("the old text in the prompt", |screen| {
        screen.ends_with("You: carry on")
    });
    terminal.kill();
    let mut terminal = Terminal::start(&home, &["chat", "-c", "--backend", "echo"]);
    terminal.say("/info");
    terminal.wait_for("Messages: 6\n");
    terminal.leave();
}

#[test]
fn a_message_can_be_written_in_the_users_editor() {
    let home = TestHome::new();
    let editor = home.program(
        "my editor",
        "ls -l \"$1\" >mode; printf '# Title\\n\\n/help me\\n\\n' >\"$1\"",
    );
    home.program("ls", "exec /bin/ls \"$@\"");
    let start = Start::new(&home, &["chat", "--backend", "echo"]);
    let mut terminal = start
        .variable("EDITOR", format!("'{}'", editor.display()))
        .run();
    terminal.say("/editor");
    terminal.wait_for("You: # Title\n\n/help me\nAI:");
    terminal.leave();
    assert_eq!(texts(&home)[0], "# Title\n\n/help me");
    assert!(
        std::fs::read_to_string(home.path().join("mode"))
            .unwrap()
            .starts_with("-rw------- ")
    );
    let left = std::fs::read_dir(home.mmogit().join("state/drafts")).unwrap();
    assert_eq!(left.count(), 0);
}

#[test]
fn where_no_editor_is_set_it_is_vi() {
    let home = TestHome::new();
    home.program("vi", "printf 'from vi\\n' >\"$1\"");
    let start = Start::new(&home, &["chat", "--backend", "echo"]).variable("EDITOR", "");
    let mut terminal = start.run();
    terminal.say("/editor");
    terminal.wait_for("You: from vi\nAI:");
    terminal.leave();
}

#[test]
fn an_editor_that_is_missing_or_fails_sends_nothing() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &["chat", "--backend", "echo"]);
    terminal.say("/editor");
    terminal.wait_for("hint: Set VISUAL or EDITOR");
    terminal.leave();
    for (script, said) in [
        (
            "echo half >\"$1\"; exit 1",
            "the editor ended with an error",
        ),
        (":", "nothing was sent"),
    ] {
        let editor = home.program("ed", script);
        let start = Start::new(&home, &["chat", "--backend", "echo"]);
        let mut terminal = start.variable("VISUAL", editor.display().to_string()).run();
        terminal.say("/editor");
        terminal.wait_for(said);
        assert!(terminal.leave().contains("Nothing was said"));
    }
}

#[test]
fn a_persona_is_written_in_the_users_editor_and_taken_up_within_a_chat() {
    let home = TestHome::new();
    let editor = home.program("my-editor", "printf 'Talk like a pirate.\\n' > \"$1\"");
    let edit = |name| {
        Start::new(&home, &["persona", "edit", name])
            .variable("EDITOR", editor.display().to_string())
    };
    assert_eq!(edit("pirate").run().exit_code(), 0);
    let persona = home.mmogit().join("personas/pirate.md");
    assert_eq!(
        std::fs::read_to_string(persona).unwrap(),
        "Talk like a pirate.\n"
    );
    let mut terminal = Terminal::start(&home, &["chat", "--backend", "echo", "--title", "T"]);
    terminal.say("before");
    terminal.keys("/pe\tpi\t\r");
    terminal.wait_for("🎭 Persona: pirate, from your next message on");
    for line in ["hello", "/undo", "/persona", "/retry", "again"] {
        terminal.say(line);
    }
    let screen = terminal.leave();
    let below = screen
        .split_once("You: /persona pirate\n")
        .expect(&screen)
        .1;
    let shown: Vec<&str> = below
        .lines()
        .filter(|line| !line.starts_with("about "))
        .collect();
    insta::assert_snapshot!(home.normal(&shown.join("\n")), @r"
    🎭 Persona: pirate, from your next message on

    You: hello
    AI: hello

    You: /undo
    ↩️  Put aside: hello (kept in the thread, no longer sent or shown)

    You: /persona
    🎭 Persona: pirate
       /persona NAME takes one, /persona none leaves it: pirate

    You: /retry
    AI: before

    You: again
    AI: again

    You:

    📝 Thread saved: T (5 messages)
    💾 Thread ID: thread_N
    Continue it: mmogit chat --continue thread_N
    ");
    home.run(&["verify"]).exits(0);
    assert_eq!(texts(&home).len(), 9);
}

#[test]
fn what_is_no_command_is_told_and_not_sent() {
    let home = TestHome::new();
    let mut terminal = Terminal::start(&home, &["chat", "--backend", "echo"]);
    terminal.say("/hlep");
    terminal.wait_for("/hlep is no command; /help lists them.");
    terminal.say("/help");
    terminal.wait_for("/editor");
    assert!(
        terminal
            .screen()
            .lines()
            .all(|line| line.chars().count() <= 80)
    );
    terminal.say("//hlep");
    terminal.wait_for("AI: /hlep");
    terminal.leave();
    assert_eq!(texts(&home), ["/hlep", "/hlep"]);
}

#[test]
fn a_plain_terminal_gets_lines_and_the_second_ctrl_c_leaves() {
    let home = TestHome::new();
    let mut terminal = Start::new(&home, &["chat", "--backend", "echo"])
        .variable("TERM", "dumb")
        .run();
    terminal.say("hello");
    terminal.wait_for("AI: hello");
    terminal.say("/edit");
    terminal.wait_for("/edit needs a terminal that can edit.");
    terminal.wait_for_prompt();
    assert!(!terminal.raw().contains(&0x1b), "{:?}", terminal.screen());
    terminal.keys("\x03");
    terminal.wait_for("Ctrl-C again or Ctrl-D saves and leaves.");
    terminal.say("still here");
    terminal.wait_for("AI: still here");
    for count in [2, 3] {
        terminal.wait_for_prompt();
        terminal.keys("\x03");
        terminal.wait("an answer to Ctrl-C", |screen| {
            screen.matches("Ctrl-C again").count() == 2
                && (count == 2 || screen.contains("Thread saved"))
        });
    }
    assert_eq!(terminal.exit_code(), 130);
    assert!(
        terminal.screen().contains("📝 Thread saved: "),
        "{}",
        terminal.screen()
    );
}

#[test]
fn lines_from_a_slow_program_are_counted_before_the_first_is_sent() {
    let home = TestHome::new();
    let slow = "(echo one; sleep 1.2; for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo more; done)";
    let mut terminal = Start::script(&home, &format!("{slow} | mmogit chat --backend echo")).run();
    assert_eq!(terminal.exit_code(), 2);
    assert!(
        terminal.screen().contains("nothing was sent"),
        "{}",
        terminal.screen()
    );
    assert!(!home.mmogit().exists());
}
