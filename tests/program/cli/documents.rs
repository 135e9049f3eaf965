//! Projects and drafts at the command line.

use crate::cli::contact::person;
use crate::common::TestHome;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;

/// A program whose answer has two code blocks.
const PLANNER: &str = "#!/bin/sh\ncat > /dev/null\nprintf 'See:\\n\\n```\\none\\n```\\n\\n```sh\\ntwo\\nthree\\n```\\n'\n";

fn json(home: &TestHome, args: &[&str]) -> Value {
    serde_json::from_str(&home.run(args).exits(0).stdout).unwrap()
}

/// A home in which a piece of code was kept; gives the draft's id.
fn with_draft(number: &str) -> (TestHome, String) {
    let home = TestHome::new();
    let planner = home.program("planner", PLANNER);
    let command = planner.to_str().unwrap();
    let input = format!("What now?\n/draft{number}\n/exit\n");
    home.run_with_input(
        &[
            "chat",
            "--script",
            "--backend",
            "command",
            "--command",
            command,
        ],
        input,
    )
    .exits(0);
    let list = json(&home, &["draft", "list", "--json"]);
    let id = list["drafts"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(list["drafts"].as_array().unwrap().len(), 1);
    (home, id)
}

fn fails(home: &TestHome, args: &[&str], with: &str) {
    let ran = home.run(args).exits(1);
    assert!(ran.stderr.contains(with), "{}", ran.stderr);
}

#[test]
fn a_piece_of_code_is_kept_edited_accepted_and_applied() {
    let (home, id) = with_draft(" 2");
    let shown = json(&home, &["draft", "show", &id[..6], "--json"]);
    assert_eq!(
        (&shown["content"], &shown["block"]),
        (&"two\nthree\n".into(), &2.into())
    );
    assert_eq!(shown["state"], "generated");
    let target = home.path().join("plan.sh");
    let to = target.to_str().unwrap();
    fails(
        &home,
        &["draft", "apply", &id, "--to", to],
        "Draft has not been accepted",
    );
    assert!(!target.exists());
    home.run_with_input(&["draft", "edit", &id], "two\nmine\n")
        .exits(0);
    assert_eq!(
        home.run(&["draft", "show", &id, "--text"]).exits(0).stdout,
        "two\nmine\n"
    );
    home.run(&["draft", "accept", &id]).exits(0);
    assert!(!target.exists(), "accepting applies nothing");
    home.run(&["draft", "apply", &id, "--to", to]).exits(0);
    assert_eq!(fs::read_to_string(&target).unwrap(), "two\nmine\n");
    let shown = json(&home, &["draft", "show", &id, "--json"]);
    assert_eq!(shown["state"], "accepted");
    assert_eq!(shown["applied"][0]["to"], "plan.sh");
    fails(
        &home,
        &["draft", "accept", &id],
        "Draft has already been applied",
    );
    let edited = home.run_with_input(&["draft", "edit", &id], "x").exits(1);
    assert!(
        edited
            .stderr
            .contains("Cannot edit applied or discarded drafts")
    );
    let verified = json(&home, &["verify", "--json"]);
    assert_eq!(verified["good"], true, "{verified}");
    assert_eq!(verified["branches"][0]["drafts"][0]["state"], "accepted");
}

#[test]
fn nothing_that_is_there_is_written_over_unasked() {
    let (home, id) = with_draft("");
    home.run(&["draft", "accept", &id]).exits(0);
    let (there, link, folder) = (
        home.path().join("there"),
        home.path().join("link"),
        home.path().join("folder"),
    );
    fs::write(&there, "mine").unwrap();
    symlink(&there, &link).unwrap();
    fs::create_dir(&folder).unwrap();
    let apply = |to: &std::path::Path, more: &[&str]| {
        let mut args = vec!["draft", "apply", &id, "--to", to.to_str().unwrap()];
        args.extend(more);
        home.run(&args)
    };
    for (place, more) in [
        (&there, &[][..]),
        (&link, &[]),
        (&link, &["--force"]),
        (&folder, &["--force"]),
    ] {
        apply(place, more).exits(1);
        assert_eq!(fs::read_to_string(&there).unwrap(), "mine");
    }
    apply(&home.path().join("no/such/folder"), &[]).exits(1);
    assert_eq!(
        json(&home, &["draft", "show", &id, "--json"])["applied"],
        Value::Array(vec![])
    );
    apply(&there, &["--force"]).exits(0);
    assert!(fs::read_to_string(&there).unwrap().starts_with("See:"));
}

#[test]
fn some_lines_make_it_partially_applied() {
    let (home, id) = with_draft(" 2");
    let target = home.path().join("part");
    let to = target.to_str().unwrap();
    home.run(&["draft", "apply", &id, "--to", to, "--part", "3"])
        .exits(2);
    home.run(&["draft", "apply", &id, "--to", to, "--part", "2"])
        .exits(0);
    assert_eq!(fs::read_to_string(&target).unwrap(), "three\n");
    assert_eq!(
        json(&home, &["draft", "show", &id, "--json"])["state"],
        "partially_applied"
    );
    fails(
        &home,
        &["draft", "discard", &id],
        "Draft has already been applied",
    );
    let (home, id) = with_draft(" 1");
    home.run(&["draft", "discard", &id]).exits(0);
    fails(&home, &["draft", "accept", &id], "Draft has been discarded");
    assert_eq!(
        home.run(&["draft", "list", "--pending"]).exits(0).stdout,
        "No drafts found. /draft in a chat keeps a reply as one\n"
    );
}

#[test]
fn a_project_has_members_and_threads_belong_to_it() {
    let (home, _) = person("Ana");
    let (_bo, card) = person("Bo");
    let made = json(&home, &["project", "create", "Spring launch", "--json"]);
    let id = made["id"].as_str().unwrap();
    let uuid = made["uuid"].as_str().unwrap();
    assert_eq!(json(&home, &["project", "members", uuid, "--json"]), made);
    let shown = home.run(&["project", "list"]).exits(0).stdout;
    assert!(shown.contains("   yours; no other members\n"), "{shown}");
    assert!(shown.contains(&format!("widget: {uuid}\n")), "{shown}");
    let shown = home.run(&["project", "members", uuid]).exits(0).stdout;
    assert!(shown.contains("   No other members\n"), "{shown}");
    let short = home.run(&["project", "members", &id[..3]]).exits(2).stderr;
    assert!(short.contains("at least 4 digits"), "{short}");
    home.run(&["project", "create", "spring  launch"]).exits(0);
    home.run(&["project", "create", "Spring launch"]).exits(2);
    home.run(&["project", "create", "a\u{202e}b"]).exits(2);
    home.run(&["contact", "add", &card]).exits(0);
    let let_in = json(&home, &["project", "add", "Spring launch", "Bo", "--json"]);
    assert_eq!(let_in["members"][0]["member"], true);
    let shown = home.run(&["project", "list"]).exits(0).stdout;
    assert!(shown.contains("   yours; 1 other member\n"), "{shown}");
    home.run(&["project", "add", "Spring launch", "Bo"])
        .exits(2);
    let members = home.run(&["project", "members", &id[..8]]).exits(0).stdout;
    assert!(members.contains("Member: Bo"), "{members}");
    home.run(&["project", "remove", "Spring launch", "Bo"])
        .exits(0);
    let members = home.run(&["project", "members", &id[..8]]).exits(0).stdout;
    assert!(members.contains("Former member: Bo"), "{members}");
    home.run(&[
        "chat",
        "--project",
        "Spring launch",
        "--backend",
        "echo",
        "-m",
        "hi",
    ])
    .exits(0);
    let files = home.thread_files();
    assert_eq!(files[0]["project"], id);
    let listed = json(
        &home,
        &["thread-list", "--project", "Spring launch", "--json"],
    );
    assert_eq!(listed["threads"].as_array().unwrap().len(), 1);
    for name in [id, uuid, &id[..8]] {
        let listed = home.run(&["thread-list", "--project", name]).exits(0);
        assert!(listed.stdout.contains("Project: Spring"), "{listed:?}");
        assert_eq!(listed.stderr, "");
    }
    let shown = home.run(&["thread-list"]).exits(0).stdout;
    assert!(shown.contains("   Project: Spring launch\n"), "{shown}");
}

#[test]
fn what_is_left_to_do_with_a_draft_is_said() {
    let (home, id) = with_draft(" 2");
    let short = &id[..8];
    let to = home.path().join("plan");
    let apply = format!("mmogit draft apply {short} --to FILE");
    let refused = |args: &[&str]| home.run(args).exits(1).stderr;
    let accept = format!("mmogit draft accept {short}");
    let to = to.to_str().unwrap();
    assert!(refused(&["draft", "apply", &id, "--to", to]).contains(&accept));
    let accepted = home.run(&["draft", "accept", &id]).exits(0).stderr;
    assert!(accepted.contains("can't be edited or discarded") && accepted.contains(&apply));
    let again = refused(&["draft", "accept", &id]);
    assert!(again.contains("Draft has already been applied"), "{again}");
    assert!(again.contains("nothing was applied yet") && again.contains(&apply));
    let listed = || home.run(&["draft", "list"]).exits(0).stdout;
    assert!(
        listed().contains("- accepted, not applied -"),
        "{}",
        listed()
    );
    home.run(&["draft", "apply", &id, "--to", to]).exits(0);
    assert!(
        listed().contains("- accepted and applied -"),
        "{}",
        listed()
    );
    let discarded = refused(&["draft", "discard", &id]);
    assert!(discarded.contains("write it once more"), "{discarded}");

    let (home, id) = with_draft(" 2");
    let short = &id[..8];
    let to = home.path().join("part");
    let to = to.to_str().unwrap();
    let args = ["draft", "apply", &id, "--to", to, "--part", "1"];
    let applied = home.run(&args).exits(0);
    let told = applied.stdout + &applied.stderr;
    let more = format!("mmogit draft apply {short} --part LINES --to FILE");
    assert!(
        told.contains("Applied in part") && told.contains(&more),
        "{told}"
    );
    let whole = home.run(&["draft", "accept", &id]).exits(1).stderr;
    assert!(whole.contains(&more), "{whole}");
}

#[test]
fn a_drafts_text_ends_as_a_file_does_and_has_no_place_but_a_file() {
    let (home, id) = with_draft("");
    home.run_with_input(&["draft", "edit", &id], "no end")
        .exits(0);
    let text = home.run(&["draft", "show", &id, "--text"]).exits(0).stdout;
    assert_eq!(text, "no end\n");
    let same = home.run_with_input(&["draft", "edit", &id], text).exits(0);
    assert!(
        same.stderr.contains("nothing was changed"),
        "{}",
        same.stderr
    );
    let dash = home.run(&["draft", "apply", &id, "--to", "-"]).exits(2);
    assert!(dash.stderr.contains("--text"), "{}", dash.stderr);
    home.run(&["draft", "accept", &id]).exits(0);
    let nowhere = home.path().join("no/such/plan");
    let failed = home.run(&["draft", "apply", &id, "--to", nowhere.to_str().unwrap()]);
    let failed = failed.exits(1).stderr;
    assert!(
        failed.contains("there is no folder") && !failed.contains(".mmogit-draft"),
        "{failed}"
    );
    // A folder that is there, and takes no files.
    let refused = home.run(&["draft", "apply", &id, "--to", "/proc/plan"]);
    let refused = refused.exits(1).stderr;
    assert!(refused.contains("/proc/plan can't be written"), "{refused}");
    let shown = json(&home, &["draft", "show", &id, "--json"]);
    assert_eq!(shown["applied"], Value::Array(vec![]));
}

#[test]
fn what_was_kept_before_is_not_said_to_be_kept_now() {
    let home = TestHome::new();
    let input = "What now?\n/draft\n/draft\n/exit\n".to_owned();
    let said = home.run_with_input(&["chat", "--script", "--backend", "echo"], input);
    let said = said.exits(0).stderr;
    assert_eq!(said.matches("Kept as draft").count(), 1, "{said}");
    assert_eq!(
        said.matches("Was kept already, as draft").count(),
        1,
        "{said}"
    );
}
