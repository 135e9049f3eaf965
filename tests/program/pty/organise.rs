//! Changing several threads at once, at a terminal.

use super::terminal::Terminal;
use crate::common::TestHome;

#[test]
fn a_project_that_is_none_is_asked_about_before_it_is_signed() {
    let home = TestHome::new();
    let args = ["chat", "--project", "lanch", "-m", "q", "--backend", "echo"];
    for (answer, code, threads) in [("", 2, 0), ("y", 0, 1)] {
        let mut terminal = Terminal::start(&home, &args);
        terminal.wait_for("Take it as a mere label? (y/N)");
        terminal.keys(&format!("{answer}\r"));
        assert_eq!(terminal.exit_code(), code, "{}", terminal.screen());
        let listed = home.run(&["thread-list", "--ids"]).exits(0).stdout;
        assert_eq!(listed.lines().count(), threads);
    }
    assert_eq!(home.thread_files()[0]["project"], "lanch");
}

#[test]
fn what_a_filter_chose_is_shown_and_asked_about() {
    let home = TestHome::new();
    for title in ["one", "two"] {
        home.run(&[
            "chat",
            "-m",
            "q",
            "--title",
            title,
            "--tag",
            "x",
            "--backend",
            "echo",
        ])
        .exits(0);
    }
    for (answer, code, told) in [
        ("", 1, "nothing was changed"),
        ("no", 1, "nothing was changed"),
        ("y", 0, "2 of 2"),
    ] {
        let mut terminal = Terminal::start(&home, &["thread-archive", "--filter", "tag:x"]);
        terminal.wait_for("Archive 2 threads? (y/N)");
        assert!(terminal.screen().contains("  one\n") && terminal.screen().contains("  two\n"));
        assert!(
            home.thread_files()
                .iter()
                .all(|thread| thread["state"] == "active")
        );
        terminal.keys(&format!("{answer}\r"));
        assert_eq!(terminal.exit_code(), code, "{}", terminal.screen());
        assert!(terminal.screen().contains(told), "{}", terminal.screen());
    }
    assert!(
        home.thread_files()
            .iter()
            .all(|thread| thread["state"] == "archived")
    );
}
